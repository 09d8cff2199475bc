/** Focus of runs: which are shown, which one is looked at, and how strongly the others are drawn. */

import { startMoved } from "./changes.js";

/**
 * The run that is looked at: under the pointer, or pinned.
 * @param {Object<string, any>} state
 * @returns {string|null}
 */
export function focusedRun({ hover, pinned }) {
  return hover?.run ?? pinned?.run ?? null;
}

/**
 * Whether a run is drawn.
 * @param {Object<string, any>} state
 * @param {string} label
 * @returns {boolean}
 */
export function isShown({ only, hidden }, label) {
  return only ? only === label : !hidden.includes(label);
}

/**
 * How strongly the path of a run is drawn.
 * @param {Object<string, any>} state
 * @param {string} label
 * @returns {number}
 */
export function strengthOf(state, label) {
  const focused = focusedRun(state);
  return focused && focused !== label && isShown(state, focused) ? 0.28 : 1;
}

/**
 * The runs that race now, with the looks they wear: those of the scene, then those that were added.
 * @param {Object<string, any>} state
 * @returns {import("./scene_types.js").Run[]}
 */
export function runsNow({ scene, race, start }) {
  const known = new Map(scene.runs.map((run) => [run.label, run]));
  const moved = startMoved(scene, start);
  return race.map((result) => {
    const run = result.run ?? known.get(result.label);
    return moved && run.recorded ? { ...run, faded: true } : run; // it did not start from here
  });
}

/**
 * The colour of a run on the present ground.
 * @param {import("./scene_types.js").Run} run
 * @param {string} theme
 * @returns {string}
 */
export function colorOf(run, theme) {
  return theme === "dark" ? run.dark : run.color;
}

/**
 * Show one run alone, or all again.
 * @param {import("./store.js").Store} store
 * @param {string} label
 */
export function toggleOnly(store, label) {
  store.set({ only: store.state.only === label ? null : label });
}

/**
 * Hide a run, or show it again.
 * @param {import("./store.js").Store} store
 * @param {string} label
 */
export function toggleHidden(store, label) {
  const { hidden } = store.state;
  const next = hidden.includes(label) ? hidden.filter((one) => one !== label) : [...hidden, label];
  store.set({ hidden: next, only: null });
}
