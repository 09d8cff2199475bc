/** Race: the runs of a scene from the present start, with the present changes. */

import { raceRuns } from "./engine.js";
import { PROGRAMS } from "./programs.js";

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
 * What the runs descend, after changes: `{value, slope, start, far, ...}`; null where it was only recorded.
 * @param {import("./scene_types.js").Scene} scene
 * @param {{problem?: {surface?: string}}} changes
 */
export function problemOf(scene, changes) {
  const name = changes.problem?.surface ? `surface:${changes.problem.surface}` : scene.problem.program;
  return (name && PROGRAMS[name]) || null;
}

/**
 * A run of the scene as the engine takes it, after changes; `recorded` where it cannot be run here.
 * @param {import("./scene_types.js").Scene} scene
 * @param {import("./scene_types.js").Run} run
 * @param {{rule?: string, settings?: Object<string, number>}} [change]
 * @returns {import("./engine.js").Run|null} null where it can be neither run nor played
 */
export function liveRun(scene, run, change = {}) {
  const chosen = change.rule ? PROGRAMS.index[change.rule] : null;
  const program = PROGRAMS[`rule:${chosen ? chosen.program : run.program}`];
  if (!program) return null;
  const settings = { ...(chosen ? chosen.settings : run.settings), ...change.settings };
  const scheduled = !chosen && change.settings?.learning_rate === undefined;
  const luck = scene.luck?.[run.label];
  return {
    label: run.label,
    program,
    settings,
    rates: scheduled ? run.rates ?? null : null,
    luck: luck ? unpackFloats(luck) : null,
  };
}

/**
 * The runs of a scene from the present start, with the present changes.
 *
 * A run that cannot be run here stays as it was recorded.
 * @param {import("./scene_types.js").Scene} scene
 * @param {ArrayLike<number>} start
 * @param {{problem?: object, runs: Object<string, {rule?: string, settings?: object}>}} changes
 * @returns {import("./scene_types.js").RunResult[]}
 */
export function raceOf(scene, start, changes) {
  const problem = problemOf(scene, changes);
  const moved = Array.from(start).some((part, i) => part !== scene.problem.start[i]);
  const runs = scene.runs.map((run) => {
    const live = problem && !run.recorded ? liveRun(scene, run, changes.runs[run.label]) : null;
    if (live) return { ...live, start: moved || !run.start ? start : run.start };
    return { label: run.label, recorded: recordedRun(run) };
  });
  return raceRuns(problem, runs, scene.steps);
}

/** The arrays of a run that is played as it was. */
function recordedRun(run) {
  return { path: unpackFloats(run.path), losses: unpackFloats(run.losses), stopped: run.stopped ?? -1 };
}
