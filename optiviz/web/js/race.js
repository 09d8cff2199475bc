/** Race: the runs of a scene from the present start, with the present changes. */

import { changedProblem, changedRuns } from "./changes.js";
import { trainingProblem } from "./dense.js";
import { racingRuns } from "./engine.js";
import { formulaSurface } from "./formula_duals.js";
import { formulaFault } from "./formula_text.js";
import { fitProblem } from "./line_fit.js";
import { PROGRAMS } from "./programs.js";
import { RULE_TABLE } from "./rule_table.js";

/**
 * Bytes from base64.
 * @param {string} text
 * @returns {ArrayBuffer}
 */
function unpackBytes(text) {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let k = 0; k < letters.length; k += 1) bytes[k] = letters.charCodeAt(k);
  return bytes.buffer;
}

/**
 * Numbers from base64 of little-endian Float64.
 * @param {string} text
 * @returns {Float64Array}
 */
export function unpackFloats(text) {
  return new Float64Array(unpackBytes(text));
}

/**
 * Whole numbers from base64 of little-endian Int32.
 * @param {string} text
 * @returns {Int32Array}
 */
export function unpackWholes(text) {
  return new Int32Array(unpackBytes(text));
}

/**
 * The rules that a viewer may choose on this page, each by its first name.
 * @returns {string[]}
 */
export function availableRules() {
  return Object.keys(PROGRAMS.index ?? {}).filter((name) => Object.hasOwn(RULE_TABLE, name));
}

/**
 * The surfaces that a viewer may choose on this page.
 * @returns {string[]}
 */
export function availableSurfaces() {
  return Object.keys(PROGRAMS).filter((name) => name.startsWith("surface:")).map((name) => name.slice(8));
}

/**
 * What the page tells of the problem that is descended now: window, start, minima, rates.
 * @param {import("./scene_types.js").Scene} scene
 * @param {import("./changes.js").Changes} changes
 * @returns {import("./scene_types.js").Problem}
 */
export function problemShown(scene, changes) {
  const changed = changes.problem;
  if (changed?.kind !== "surface") return changedProblem(scene, changes);
  const { xlim, ylim, start, minima, formula, rates } = PROGRAMS[`surface:${changed.name}`];
  const stars = minima.map((place) => [...place, "minimum"]);
  const facts = { xlim, ylim, start, minima: stars, saddles: [], formula, rates };
  return { ...changedProblem(scene, changes), ...facts };
}

/**
 * What the runs descend, after changes: `{value, slope, start, far, ...}`; null where it was only recorded.
 * @param {import("./scene_types.js").Scene} scene
 * @param {import("./changes.js").Changes} changes
 */
export function problemOf(scene, changes) {
  const changed = changes.problem;
  const shown = changedProblem(scene, changes);
  if (shown.kind === "formula") return formulaProblem({ ...shown, f_min: changed ? null : shown.f_min });
  if (shown.kind === "fit") return fitOf(shown);
  if (shown.kind === "network") return networksOf(scene);
  const name = changed?.kind === "surface" ? `surface:${changed.name}` : scene.problem.program;
  return (name && PROGRAMS[name]) || null;
}

/** Fits by what they are of, each made once. */
const madeFits = new WeakMap();

function fitOf(problem) {
  if (!madeFits.has(problem.data)) madeFits.set(problem.data, fitProblem(problem));
  return madeFits.get(problem.data);
}

/** Networks of a scene by the scene, and each by its record. */
const madeNetworks = new WeakMap();

function networksOf(scene) {
  if (!madeNetworks.has(scene)) {
    const rows = unpackFloats(scene.problem.rows);
    madeNetworks.set(scene, trainingProblem(rows, scene.problem.inputs, scene.runs, unpackedNetwork));
  }
  return madeNetworks.get(scene);
}

function unpackedNetwork(record) {
  return { ...record, targets: unpackFloats(record.targets), start: unpackFloats(record.start) };
}

/** The last formula that was read: a dragged start asks for it in every frame. */
const lastFormula = { key: "", problem: null };

/** A formula as the engine takes it; null where it does not read. */
function formulaProblem({ name, formula, xlim, ylim, start, f_min }) {
  const key = JSON.stringify([formula, xlim, ylim]);
  if (lastFormula.key !== key) {
    const far = 1e6 * Math.max(xlim[1] - xlim[0], ylim[1] - ylim[0]); // as the library has it
    const facts = { name, xlim, ylim, start, far, f_min };
    const problem = formulaFault(formula) ? null : formulaSurface(formula, facts);
    Object.assign(lastFormula, { key, problem });
  }
  return lastFormula.problem;
}

/**
 * The noise of a run, drawn for the scene: the same luck at another size; null without noise.
 *
 * All runs of a scene draw alike, so what one of them drew serves the others.
 * @param {import("./scene_types.js").Scene} scene
 * @param {import("./scene_types.js").Run} run after changes
 * @returns {Float64Array|null}
 */
function noiseOf(scene, run) {
  if (!run.noise) return null;
  const own = scene.runs.find((one) => one.label === run.label);
  const source = own?.noise && scene.luck?.[own.label] ? own : noisyRun(scene);
  if (!source) return null;
  const drawn = unpackFloats(scene.luck[source.label]);
  return source.noise === run.noise ? drawn : drawn.map((part) => (part / source.noise) * run.noise);
}

/**
 * The rows of data in the order in which runs see them; null where the page draws its own.
 *
 * All sizes of batches see them in one order, so what one run drew serves the others.
 */
function rowsOf(scene, run) {
  const text = scene.luck?.[run.label] ?? Object.values(scene.luck ?? {})[0];
  return run.batch && text ? unpackWholes(text) : null;
}

/**
 * A run of the scene whose noise travels with the page.
 * @param {import("./scene_types.js").Scene} scene
 * @returns {import("./scene_types.js").Run|undefined}
 */
export function noisyRun(scene) {
  return scene.runs.find((run) => run.noise && scene.luck?.[run.label]);
}

/**
 * A run as the engine takes it, after changes.
 * @param {import("./scene_types.js").Scene} scene
 * @param {import("./scene_types.js").Run} run after changes
 * @param {import("./changes.js").RunChange} [change]
 * @returns {import("./engine.js").Run|null} null where the page has no program of it
 */
export function liveRun(scene, run, change = {}) {
  const chosen = change.rule ? PROGRAMS.index[change.rule] : null;
  const program = PROGRAMS[`rule:${chosen ? chosen.program : run.program}`];
  if (!program) return null;
  const settings = { ...(chosen ? chosen.settings : run.settings), ...change.settings };
  const scheduled = !chosen && change.settings?.learning_rate === undefined;
  return {
    label: run.label,
    program,
    settings,
    rates: scheduled ? run.rates ?? null : null,
    luck: ["fit", "network"].includes(scene.problem.kind) ? rowsOf(scene, run) : noiseOf(scene, run),
    network: run.network,
    batch: run.batch,
    loss: run.loss,
    steps: run.steps,
  };
}

/**
 * The runs of a scene from the present start, with the present changes; runs that were added come last.
 *
 * A run that cannot be run here stays as it was recorded; so does one that trains a network, which takes a
 * while, until something is changed.
 * @param {import("./scene_types.js").Scene} scene
 * @param {ArrayLike<number>} start
 * @param {import("./changes.js").Changes} changes
 * @returns {import("./scene_types.js").RunResult[]} each with `run`, its looks and settings as they are now
 */
export function raceOf(scene, start, changes) {
  const walk = racing(scene, start, changes);
  let step = walk.next();
  while (!step.done) step = walk.next();
  return step.value;
}

/**
 * The same, one step at a time: it yields the share that is done.
 * @param {import("./scene_types.js").Scene} scene
 * @param {ArrayLike<number>} start
 * @param {import("./changes.js").Changes} changes
 */
export function* racing(scene, start, changes) {
  const problem = problemOf(scene, changes);
  const moved = Array.from(start).some((part, i) => part !== scene.problem.start[i]);
  const shown = changedRuns(scene, changes);
  const runs = shown.map((run) => {
    const still = run.losses && !moved && !changes.problem && !changes.runs?.[run.label];
    const live = problem && !run.recorded && !still ? liveRun(scene, run, changes.runs?.[run.label]) : null;
    if (live) return { ...live, start: moved || !(run.start ?? run.network) ? start : run.start };
    return { label: run.label, recorded: recordedRun(run) };
  });
  const race = yield* racingRuns(problem, runs, scene.steps);
  return race.map((result, k) => ({ ...atClipSteps(result, scene.steps), run: shown[k] }));
}

/**
 * A run of steps of its own, several or a part of one for each of the clip, a row for each step of the clip.
 * @param {import("./engine.js").RunResult} result
 * @param {number} steps of the clip
 */
export function atClipSteps(result, steps) {
  const own = result.losses.length - 1;
  if (own === steps) return result;
  const spread = (values, size) => {
    const found = new Float64Array(size * (steps + 1));
    for (let k = 0; k <= steps; k += 1) {
      const place = (k * own) / steps;
      const row = Math.min(Math.floor(place), own - 1);
      for (let i = 0; i < size; i += 1) {
        const before = values[row * size + i];
        found[k * size + i] = before + (place - row) * (values[(row + 1) * size + i] - before);
      }
    }
    return found;
  };
  const { size, path, losses, stopped } = result;
  const places = spread(path, size);
  const heights = spread(losses, 1);
  const last = stopped < 0 ? -1 : Math.floor(((stopped - 1) * steps) / own) + 1;
  return { ...result, path: places, looked: places, losses: heights, seen: heights, stopped: last };
}

/** The arrays of a run that is played as it was. */
function recordedRun(run) {
  const path = run.path ? unpackFloats(run.path) : new Float64Array(0); // of two weights only
  return { path, losses: unpackFloats(run.losses), stopped: run.stopped ?? -1 };
}
