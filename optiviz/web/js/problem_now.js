/** The problem as it is now: the scene's own, or the surface or formula that a viewer chose. */

import { problemOf, problemShown } from "./race.js";

/**
 * What stands on the map: window, minima, saddles and names of the present problem.
 * @param {Object<string, any>} state
 * @returns {import("./scene_types.js").Problem}
 */
export function problemNow({ scene, changes }) {
  return changes?.problem ? problemShown(scene, changes) : scene.problem;
}

/**
 * The loss over the map, or null where it cannot be computed here.
 * @param {Object<string, any>} state
 * @returns {{value: (x: number, y: number) => number}|null}
 */
export function surfaceNow({ scene, changes }) {
  return problemOf(scene, changes ?? {});
}
