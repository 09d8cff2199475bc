/** Landmarks of a map: stars at minima, rings at saddles, their words, and the marks that the scene sets. */

import { drawMarker } from "./markers.js";
import { toPixel } from "./scales.js";

/**
 * @typedef {object} Paint
 * @property {string} ink
 * @property {string} soft
 * @property {string} casing
 * @property {string} star
 * @property {string} grid
 * @property {string} line
 * @property {string} paper
 */

/**
 * The places of a problem that have a sign, as pixels within the plot.
 * @param {import("./scene_types.js").Problem} problem
 * @param {import("./scene_types.js").View} view
 * @returns {Array<{kind: string, at: [number, number]}>}
 */
export function landmarkPlaces(problem, view) {
  const every = [
    ...problem.minima.map(([x, y, kind]) => ({ kind: kind ?? "minimum", at: toPixel(view, x, y) })),
    ...problem.saddles.map(([x, y]) => ({ kind: "saddle", at: toPixel(view, x, y) })),
  ];
  return every.filter(({ at: [x, y] }) => x >= 0 && x <= view.width && y >= 0 && y <= view.height);
}

/**
 * Stars and rings.
 * @param {CanvasRenderingContext2D} pen
 * @param {ReturnType<typeof landmarkPlaces>} places
 * @param {number} size pixels of a star
 * @param {Paint} paint
 * @param {boolean} dark
 */
export function drawLandmarks(pen, places, size, paint, dark) {
  for (const { kind, at } of places) {
    if (kind === "saddle") {
      for (const [color, width] of [[paint.casing, 5.5], [paint.ink, 2.5]]) {
        pen.beginPath();
        pen.arc(...at, 0.36 * size, 0, 7);
        pen.lineWidth = width;
        pen.strokeStyle = color;
        pen.stroke();
      }
      continue;
    }
    const deepest = kind === "minimum";
    const edge = deepest && dark ? paint.casing : paint.ink;
    drawMarker(pen, "*", at, size, deepest ? paint.star : paint.casing, edge, 0.8);
  }
}

/**
 * A text in its halo.
 * @param {CanvasRenderingContext2D} pen its font is set
 * @param {string} text
 * @param {number} x
 * @param {number} y of the middle
 * @param {string} color
 * @param {string} casing
 */
export function haloText(pen, text, x, y, color, casing) {
  pen.lineJoin = "round";
  pen.textBaseline = "middle";
  pen.lineWidth = 4.5;
  pen.strokeStyle = casing;
  pen.strokeText(text, x, y);
  pen.fillStyle = color;
  pen.fillText(text, x, y);
}

/**
 * A place for each word: of right, below, left and above the one that covers least.
 * @param {CanvasRenderingContext2D} pen its font is set
 * @param {Array<{text: string, at: [number, number]}>} words
 * @param {number} em
 * @param {Array<{left: number, top: number, right: number, bottom: number}>} taken by heads
 * @param {{width: number, height: number}} view
 * @returns {Array<{text: string, left: number, top: number, right: number, bottom: number}>}
 */
export function wordPlaces(pen, words, em, taken, { width, height }) {
  const found = [];
  const met = (box, other) =>
    Math.max(Math.min(box.right, other.right) - Math.max(box.left, other.left), 0) *
    Math.max(Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top), 0);
  for (const { text, at } of words) {
    const wide = pen.measureText(text).width;
    const places = [
      [at[0] + em, at[1] - 0.6 * em],
      [at[0] - wide / 2 + em, at[1] + 0.9 * em],
      [at[0] - em - wide, at[1] - 0.6 * em],
      [at[0] - wide / 2, at[1] - 2 * em],
      [at[0] + em, at[1] + 1.8 * em],
    ];
    const boxes = places.map(([left, top]) => ({ left, top, right: left + wide, bottom: top + 1.2 * em }));
    const costs = boxes.map((box, k) => {
      const out = box.left < 2 || box.top < 2 || box.right > width - 2 || box.bottom > height - 2;
      return [...taken, ...found].reduce((sum, other) => sum + met(box, other), k + (out ? 1e6 : 0));
    });
    found.push({ text, ...boxes[costs.indexOf(Math.min(...costs))] });
  }
  return found;
}
