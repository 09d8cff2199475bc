/** Ways and ground of a map: what is drawn of runs and of the loss, and how large, wherever it stands. */

import { fillBands, sampledHeights, traceLevel } from "./contours.js";
import { BAND_COUNT } from "./heights.js";
import { sideBySide } from "./lanes.js";
import { runsNow } from "./run_focus.js";
import { pathPixels } from "./scales.js";
import { isNarrow } from "./themes.js";
import { dottedSteps } from "./trails.js";

/**
 * Sizes of what is drawn, by the place of the map and the number of runs.
 * @param {boolean} small
 * @param {number} count
 * @param {number} scale
 */
export function sizesOf(small, count, scale) {
  if (small) return { width: 3, rim: 1, dot: 0, head: 13, star: 16, em: 0, named: false };
  const many = count >= 5;
  if (isNarrow()) return { width: 3, rim: 1, dot: many ? 0 : 7, head: 17, star: 20, em: 16, named: !many };
  return {
    width: (many ? 3.4 : 4.2) * scale,
    rim: many ? 1.3 : 1.5,
    dot: (many ? 7.5 : 8.5) * scale,
    head: (many ? 19 : 21) * scale,
    star: 25 * scale,
    em: 17 * scale,
    named: true,
  };
}

/**
 * The ways of all runs as pixels of a map: at the true places, and as they are drawn.
 * @param {Object<string, any>} state
 * @param {import("./scene_types.js").View} view
 * @param {ReturnType<typeof sizesOf>} sizes
 * @param {boolean} laned whether those that share a way are drawn side by side
 */
export function waysOf(state, view, sizes, laned) {
  const runs = runsNow(state);
  const truths = state.race.map(({ path }) => pathPixels(view, path));
  const lanes = laned ? sideBySide(truths, sizes.width + 1, view.width, view.height) : null;
  return state.race.map((result, k) => ({
    label: result.label,
    run: runs[k],
    truth: truths[k],
    pixels: lanes ? lanes[k].pixels : truths[k],
    last: lanes ? lanes[k].last : undefined,
    dots: sizes.dot ? dottedSteps(truths[k], sizes.dot) : [],
  }));
}

/**
 * Fill a canvas with the bands of the loss, and draw the level lines between them.
 * @param {CanvasRenderingContext2D} pen
 * @param {{value: (x: number, y: number) => number}} surface
 * @param {import("./scene_types.js").View & {bands: import("./heights.js").Bands}} view
 * @param {string[]} colors
 * @param {string} line
 */
export function drawBands(pen, surface, view, colors, line) {
  const grid = sampledHeights(surface.value, view.bands, view);
  fillBands(pen, grid, colors);
  pen.beginPath();
  for (let k = 1; k < BAND_COUNT; k += 1) traceLevel(pen, grid, k / BAND_COUNT, view.width, view.height);
  pen.strokeStyle = line;
  pen.lineWidth = 1;
  pen.lineCap = "butt";
  pen.stroke();
}
