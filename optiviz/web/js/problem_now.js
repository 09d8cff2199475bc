/** The problem as it is now: the scene's own, or the surface or formula that a viewer chose. */

import { problemOf } from "./race.js";

/**
 * What stands on the map: window, minima, saddles and names of the present problem.
 * @param {Object<string, any>} state
 * @returns {import("./scene_types.js").Problem}
 */
export function problemNow({ scene, changes }) {
  if (!changes?.problem) return scene.problem;
  const live = problemOf(scene, changes);
  const minima = (live?.minima ?? []).map(([x, y]) => [x, y, "minimum"]);
  const { xlim, ylim } = { ...live, ...changes.problem };
  return { ...scene.problem, ...changes.problem, xlim, ylim, minima, saddles: [] };
}

/**
 * The loss over the map, or null where it cannot be computed here.
 * @param {Object<string, any>} state
 * @returns {{value: (x: number, y: number) => number}|null}
 */
export function surfaceNow({ scene, changes }) {
  return problemOf(scene, changes ?? {});
}
