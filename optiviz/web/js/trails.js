/** Trails: the way of each run with its casing, and a dot where each of the first steps ended. */

import { pixelAt } from "./scales.js";

const MOST_DOTS = 40; // steps of a run that leave a dot

/**
 * @typedef {object} Pens
 * @property {number} width pixels of the line
 * @property {number} rim pixels of the casing on each side
 * @property {number} dot pixels across, 0 for none
 * @property {string} casing
 */

/**
 * Trace a way up to a time.
 * @param {CanvasRenderingContext2D} pen
 * @param {Float64Array} pixels 2 numbers a vertex
 * @param {number} end vertices, with a fraction
 */
export function traceWay(pen, pixels, end) {
  const last = Math.min(Math.floor(end), pixels.length / 2 - 1);
  pen.beginPath();
  pen.moveTo(pixels[0], pixels[1]);
  for (let k = 1; k <= last; k += 1) pen.lineTo(pixels[2 * k], pixels[2 * k + 1]);
  if (end > last) pen.lineTo(...pixelAt(pixels, end));
}

/**
 * The steps whose dots are far enough from the last one.
 * @param {Float64Array} pixels
 * @param {number} size pixels across
 * @returns {number[]}
 */
export function dottedSteps(pixels, size) {
  const kept = [];
  const last = Math.min(MOST_DOTS, pixels.length / 2 - 1);
  for (let k = 0; k <= last; k += 1) {
    const before = kept.at(-1);
    if (before !== undefined) {
      const x = pixels[2 * k] - pixels[2 * before];
      const y = pixels[2 * k + 1] - pixels[2 * before + 1];
      if (x * x + y * y < 1.5 * size * (1.5 * size)) continue;
    }
    kept.push(k);
  }
  return kept;
}

/**
 * One trail up to a time.
 * @param {CanvasRenderingContext2D} pen
 * @param {{pixels: Float64Array, last?: Int32Array, dots: number[]}} way `last` has the vertex of each step
 * @param {number} time
 * @param {string} color
 * @param {Pens} pens
 */
export function drawTrail(pen, way, time, color, pens) {
  pen.lineJoin = "round";
  pen.lineCap = "round";
  traceWay(pen, way.pixels, wayVertex(way, time));
  pen.strokeStyle = pens.casing;
  pen.lineWidth = pens.width + 2 * pens.rim;
  pen.stroke();
  pen.strokeStyle = color;
  pen.lineWidth = pens.width;
  pen.stroke();
  if (!pens.dot) return;
  for (const step of way.dots) {
    if (step > time) break;
    const at = 2 * (way.last ? way.last[step] : step);
    pen.beginPath();
    pen.arc(way.pixels[at], way.pixels[at + 1], pens.dot / 2 + 1.4, 0, 7);
    pen.fillStyle = pens.casing;
    pen.fill();
    pen.beginPath();
    pen.arc(way.pixels[at], way.pixels[at + 1], pens.dot / 2, 0, 7);
    pen.fillStyle = color;
    pen.fill();
  }
}

/**
 * The vertex at which a way is at a time, with a fraction.
 * @param {{last?: Int32Array}} way
 * @param {number} time
 * @returns {number}
 */
export function wayVertex({ last, pixels }, time) {
  if (!last) return Math.min(time, pixels.length / 2 - 1);
  const before = Math.min(Math.floor(time), last.length - 1);
  const after = Math.min(before + 1, last.length - 1);
  return last[before] + (time - before) * (last[after] - last[before]);
}
