/** Axes of a map: its frame, ticks with their numbers, and the names at the ends. */

import { haloText } from "./landmarks.js";
import { evenTicks, numberText } from "./number_text.js";
import { toPixel } from "./scales.js";
import { typeScale } from "./themes.js";

/** Pixels that the canvas of the axes reaches beyond the plot on the left and below. */
export const AXES_ROOM = { left: 52, below: 46, around: 8 };

/**
 * Draw the axes around a plot, or within it where there is no room outside.
 * @param {CanvasRenderingContext2D} pen its origin is the plot's upper left corner
 * @param {import("./scene_types.js").View} view
 * @param {[string, string]} names
 * @param {import("./landmarks.js").Paint} paint
 * @param {string} font
 * @param {boolean} inside
 */
export function drawAxes(pen, view, names, paint, font, inside) {
  const { width, height, xlim, ylim } = view;
  const across = evenTicks(...xlim, Math.max(4, Math.floor(width / (105 * typeScale()))));
  const up = evenTicks(...ylim, Math.max(4, Math.floor(height / (90 * typeScale()))));
  pen.font = font;
  pen.lineWidth = 1;
  pen.strokeStyle = paint.soft;
  const write = (text, x, y) => {
    if (inside) haloText(pen, text, x, y, paint.ink, paint.casing);
    else {
      pen.fillStyle = paint.soft;
      pen.textBaseline = "middle";
      pen.fillText(text, x, y);
    }
  };
  if (!inside) pen.strokeRect(0.5, 0.5, width - 1, height - 1);
  pen.beginPath();
  pen.textAlign = "center";
  for (const value of across) {
    const x = Math.round(toPixel(view, value, 0)[0]) + 0.5;
    if (inside && (x < 34 || x > width - 34)) continue;
    if (!inside) {
      pen.moveTo(x, height);
      pen.lineTo(x, height + 5);
    }
    write(numberText(value), x, inside ? height - 12 : height + 17);
  }
  pen.textAlign = inside ? "left" : "right";
  for (const value of up) {
    const y = Math.round(toPixel(view, 0, value)[1]) + 0.5;
    if (inside ? y < 34 || y > height - 34 : y < 26) continue;
    if (!inside) {
      pen.moveTo(0, y);
      pen.lineTo(-5, y);
    }
    write(numberText(value), inside ? 8 : -9, y);
  }
  pen.stroke();
  write(names[1], inside ? 8 : -9, inside ? 14 : 10);
  pen.textAlign = "right";
  write(names[0], inside ? width - 8 : width, inside ? height - 12 : height + 34);
}
