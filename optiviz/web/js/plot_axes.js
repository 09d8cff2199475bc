/** Axes of a plot with names of any length: one that has no room beside the axis stands within the plot. */

import { haloText } from "./landmarks.js";
import { drawAxes } from "./map_axes.js";

/**
 * Draw the axes, their numbers and names.
 * @param {CanvasRenderingContext2D} pen its origin is the plot's upper left corner
 * @param {import("./scene_types.js").View} view
 * @param {[string, string]} names
 * @param {import("./landmarks.js").Paint} paint
 * @param {string} font
 * @param {{inside: boolean, left: number}} room whether numbers stand in the plot; else pixels left of it
 */
export function drawPlotAxes(pen, view, [across, up], paint, font, { inside, left }) {
  pen.font = font;
  const beside = inside || pen.measureText(up).width < left - 12;
  drawAxes(pen, view, [across, beside ? up : ""], paint, font, inside);
  if (beside) return;
  pen.textAlign = "left";
  haloText(pen, up, 7, 14, paint.ink, paint.casing);
}
