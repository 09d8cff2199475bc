/** Arrivals: from which step on a run is home, or beyond the goal of its scene, as scene/events.py counts. */

import { homeLevel, keptBelow, knownLowest } from "./events.js";
import { surfaceNow } from "./problem_now.js";

/** The step from which on a coordinate keeps beyond the limit of a goal; -1 if there is none. */
function keptBeyond({ path, losses }, { axis, size, above, limit }) {
  const count = losses.length;
  let first = count;
  for (; first > 0; first -= 1) {
    const plain = axis < 0 ? losses[first - 1] : path[2 * (first - 1) + axis];
    const value = size ? Math.abs(plain) : plain;
    if (!(above ? value > limit : value < limit)) break;
  }
  return first < count ? first : -1;
}

/**
 * When each run arrives that does, the first of them first.
 * @param {Object<string, any>} state
 * @returns {Array<{label: string, step: number, word: string}>}
 */
export function arrivalsOf(state) {
  const { race, scene } = state;
  const { goal } = scene;
  const level = goal ? null : homeLevel(race, knownLowest(surfaceNow(state)));
  if (!goal && level === null) return [];
  return race
    .map((run) => ({
      label: run.label,
      word: goal ? goal.word : "home",
      step: goal ? keptBeyond(run, goal) : keptBelow(run, level),
    }))
    .filter(({ step }) => step >= 0)
    .sort((a, b) => a.step - b.step);
}

/**
 * What became of the runs, in a sentence.
 * @param {Object<string, any>} state
 * @returns {Array<[string, string]>} in parts: the label of the run that is named or "", and the words
 */
export function outcomeOf(state) {
  const unit = (step) => Math.ceil(step / state.scene.perUnit - 1e-9);
  const found = arrivalsOf(state);
  const lost = state.race.filter(({ stopped }) => stopped >= 0);
  const parts = [];
  if (found.length > 0) {
    const [{ label, step, word }] = found;
    const first = state.race.length > 1 ? `${word} first` : word;
    parts.push([label, label], ["", ` is ${first}, at ${unit(step)}`]);
  }
  if (lost.length > 0) {
    if (parts.length > 0) parts.push(["", "; "]);
    parts.push([lost[0].label, lost[0].label], ["", ` runs away at ${unit(lost[0].stopped)}`]);
  }
  if (parts.length === 0) {
    const lowest = state.race.reduce((best, run) => (run.losses.at(-1) < best.losses.at(-1) ? run : best));
    parts.push([lowest.label, lowest.label], ["", " is lowest in the end"]);
  }
  parts.push(["", "."]);
  return parts;
}
