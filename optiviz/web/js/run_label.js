/** Labels of runs as elements: bold, in the colour of the run in either theme. */

import { make } from "./layout.js";
import { markerElement } from "./markers.js";

/**
 * Give an element the colour of a run; the theme chooses which of the two it wears.
 * @param {HTMLElement|SVGElement} element
 * @param {import("./scene_types.js").Run} run
 */
export function wearColor(element, run) {
  element.classList.add("run");
  element.style.setProperty("--run", run.color);
  element.style.setProperty("--run-dark", run.dark);
}

/**
 * The label of a run.
 * @param {import("./scene_types.js").Run} run
 * @param {string} [words] in place of the label
 * @returns {HTMLElement}
 */
export function runLabel(run, words = run.label) {
  const found = make("b", {}, [words]);
  wearColor(found, run);
  return found;
}

/**
 * The marker of a run.
 * @param {import("./scene_types.js").Run} run
 * @returns {SVGElement}
 */
export function runMarker(run) {
  const found = markerElement(run.marker);
  wearColor(found, run);
  return found;
}

/**
 * A text in parts as nodes; names of runs bold and in their colours.
 * @param {Array<[string, string]>} parts
 * @param {import("./scene_types.js").Run[]} runs
 * @returns {Array<Node|string>}
 */
export function textParts(parts, runs) {
  return parts.map(([label, words]) => {
    const run = runs.find((one) => one.label === label);
    return run ? runLabel(run, words) : words;
  });
}
