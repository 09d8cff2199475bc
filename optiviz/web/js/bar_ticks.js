/** Ticks of the bar: one a step, and numbers where there is room. */

import { shareOfTime } from "./clock.js";
import { numberText } from "./number_text.js";

const GAP = 38; // pixels from one number to the next, at least

/**
 * The counts that get a number: the first, the last, and round ones between.
 * @param {number} last
 * @param {(count: number) => number} place pixels along the bar
 * @returns {number[]} ascending
 */
export function numberedTicks(last, place) {
  const found = [0];
  if (last > 0) found.push(last);
  let top = 1;
  while (10 * top <= last) top *= 10;
  const levels = [];
  for (let ten = top; ten >= 1; ten /= 10) levels.push(ten, ten / 2, ten / 10, ten / 4);
  for (const level of levels) {
    if (level < (last > 20 ? 5 : 1) || level !== Math.round(level)) continue;
    for (let count = level; count < last && count <= 4 * level; count += level) {
      if (found.every((other) => Math.abs(place(other) - place(count)) >= GAP)) found.push(count);
    }
  }
  return found.sort((a, b) => a - b);
}

/**
 * Draw the ticks below the track.
 * @param {CanvasRenderingContext2D} pen
 * @param {import("./scene_types.js").Scene} scene
 * @param {{left: number, width: number, top: number}} bar
 * @param {Object<string, string>} paint
 * @param {string} font
 */
export function drawBarTicks(pen, scene, { left, width, top }, paint, font) {
  const last = scene.steps / scene.perUnit;
  const place = (count) => left + shareOfTime(scene, count * scene.perUnit) * width;
  const line = (x, long, color) => {
    pen.fillStyle = color;
    pen.fillRect(x - 0.5, top, 1, long);
  };
  let before = -9;
  for (let count = 0; count <= last; count += 1) {
    const x = place(count);
    if (x - before < 3 && count % 10 !== 0) continue;
    line(x, 4, paint.track);
    before = x;
  }
  pen.font = font;
  pen.textAlign = "center";
  pen.textBaseline = "alphabetic";
  for (const count of numberedTicks(last, place)) {
    line(place(count), 8, paint.soft);
    pen.fillStyle = paint.soft;
    pen.fillText(numberText(count), place(count), top + 23);
  }
}
