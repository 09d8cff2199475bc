/** Curves over steps: axes, growing lines with their faint future, and heads. */

import { drawMarker } from "./markers.js";
import { decadeText, decadeTicks, evenTicks, numberText } from "./number_text.js";
import { fontOf } from "./themes.js";

/**
 * @typedef {object} Curve
 * @property {string} label
 * @property {ArrayLike<number>} values one a step
 * @property {string} color
 * @property {string} marker
 * @property {number} strength
 *
 * @typedef {object} Plot
 * @property {number} left @property {number} top @property {number} width @property {number} height
 * @property {[number, number]} limits
 * @property {boolean} log
 * @property {number} steps
 */

/**
 * A limit at the lower end and at the upper end of curves, and whether the axis is logarithmic.
 *
 * A run that climbs or dives out of sight does not flatten the others.
 * @param {Array<{losses: Float64Array, stopped: number}>} race
 * @returns {{limits: [number, number], log: boolean}}
 */
export function curveLimits(race) {
  const finite = (values) => Array.from(values).filter(Number.isFinite).sort((a, b) => a - b);
  const settled = race.filter((run) => run.stopped < 0);
  const counted = settled.length > 0 ? settled : race;
  const sorted = counted.map((run) => finite(run.losses)).filter((one) => one.length > 0);
  const starts = finite(race.map((run) => run.losses[0]));
  if (sorted.length === 0) return { limits: [0, 1], log: false };
  let low = Math.min(...sorted.map((values) => values[0]));
  let high = Math.max(...starts, ...sorted.map((values) => values[Math.floor(0.9 * (values.length - 1))]));
  const log = low > 0 && high > 31.6 * low;
  if (log) {
    const top = Math.max(...sorted.map((values) => values.at(-1)));
    high = Math.max(high, Math.min(top, 100 * Math.max(...starts)));
    low = Math.max(low, high * 1e-12);
    const margin = Math.exp(0.06 * Math.log(high / low));
    return { limits: [low / margin, high * 3.16], log };
  }
  const room = high > low ? 0.06 * (high - low) : Math.max(1, 1e-3 * Math.abs(high));
  return { limits: [low - room, high + room], log };
}

/**
 * The pixel of a step and a value.
 * @param {Plot} plot
 * @param {number} step
 * @param {number} value
 * @returns {[number, number]}
 */
export function curvePixel(plot, step, value) {
  const [low, high] = plot.log ? plot.limits.map(Math.log) : plot.limits;
  const at = plot.log ? Math.log(Math.max(value, 1e-300)) : value;
  const up = Number.isFinite(at) ? (at - low) / (high - low) : 1;
  const across = plot.steps > 0 ? step / plot.steps : 0;
  return [plot.left + across * plot.width, plot.top + (1 - Math.min(Math.max(up, -0.5), 1.5)) * plot.height];
}

/**
 * Grid, ticks and the name of the axis across.
 * @param {CanvasRenderingContext2D} pen
 * @param {Plot} plot
 * @param {{unit: string, perUnit: number}} scene
 * @param {Object<string, string>} paint
 */
export function drawCurveAxes(pen, plot, { unit, perUnit }, paint) {
  const { left, top, width, height, limits, log, steps } = plot;
  const room = Math.max(2, Math.min(5, Math.floor(height / 42)));
  const up = log ? decadeTicks(...limits, room) : evenTicks(...limits, room);
  pen.font = fontOf(14.5, false);
  pen.textBaseline = "middle";
  pen.textAlign = "right";
  pen.lineWidth = 1.2;
  for (const value of up) {
    const y = curvePixel(plot, 0, value)[1];
    pen.strokeStyle = paint.grid;
    pen.beginPath();
    pen.moveTo(left, y);
    pen.lineTo(left + width, y);
    pen.stroke();
    pen.fillStyle = paint.soft;
    pen.fillText(log ? decadeText(value) : numberText(value), left - 5, y);
  }
  pen.strokeStyle = paint.soft;
  pen.beginPath();
  pen.moveTo(left + 0.5, top);
  pen.lineTo(left + 0.5, top + height);
  pen.lineTo(left + width, top + height);
  pen.stroke();
  pen.textAlign = "center";
  const below = top + height + 15;
  for (const value of evenTicks(0, steps / perUnit, Math.max(1, Math.floor(width / 60)))) {
    pen.fillText(numberText(value), curvePixel(plot, value * perUnit, limits[0])[0], below);
  }
  pen.textAlign = "right";
  pen.fillText(unit, left + width, below + 17);
}

/** Trace values from one step to another. */
function traceCurve(pen, plot, values, from, to) {
  const last = Math.min(Math.floor(to), values.length - 1);
  pen.beginPath();
  pen.moveTo(...curvePixel(plot, from, values[from]));
  for (let k = from + 1; k <= last; k += 1) pen.lineTo(...curvePixel(plot, k, values[k]));
  if (to > last && last + 1 < values.length) {
    const [ax, ay] = curvePixel(plot, last, values[last]);
    const [bx, by] = curvePixel(plot, last + 1, values[last + 1]);
    pen.lineTo(ax + (to - last) * (bx - ax), ay + (to - last) * (by - ay));
  }
}

/**
 * All curves at a time.
 * @param {CanvasRenderingContext2D} pen
 * @param {Plot} plot
 * @param {Curve[]} curves in the order of the key
 * @param {number} time
 * @param {number} horizon the last step that may be shown
 * @param {Object<string, string>} paint
 * @param {{line: number, head: number}} sizes
 */
export function drawCurves(pen, plot, curves, time, horizon, paint, sizes) {
  const { left, top, width, height } = plot;
  pen.save();
  pen.beginPath();
  pen.rect(left - 1, top - 8, width + 10, height + 9);
  pen.clip();
  pen.lineJoin = "round";
  for (const { values, color, strength } of curves) {
    if (horizon <= time) break;
    traceCurve(pen, plot, values, Math.min(Math.floor(time), values.length - 1), horizon);
    pen.globalAlpha = 0.28 * strength;
    pen.strokeStyle = color;
    pen.lineWidth = 1.2;
    pen.stroke();
  }
  for (const { values, color, strength } of [...curves].reverse().sort((a, b) => a.strength - b.strength)) {
    traceCurve(pen, plot, values, 0, time);
    pen.globalAlpha = strength;
    pen.strokeStyle = paint.casing;
    pen.lineWidth = sizes.line + 2;
    pen.stroke();
    pen.strokeStyle = color;
    pen.lineWidth = sizes.line;
    pen.stroke();
  }
  pen.restore();
  const now = curvePixel(plot, Math.min(time, plot.steps), 1)[0];
  pen.beginPath();
  pen.moveTo(now, top);
  pen.lineTo(now, top + height);
  pen.lineWidth = 1;
  pen.strokeStyle = paint.soft;
  pen.stroke();
  for (const { values, color, marker, strength } of [...curves].reverse()) {
    const step = Math.min(Math.floor(time), values.length - 1);
    const after = Math.min(step + 1, values.length - 1);
    const [a, b] = [curvePixel(plot, step, values[step]), curvePixel(plot, after, values[after])];
    const share = Math.min(time - step, 1);
    const at = [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])];
    pen.globalAlpha = Math.max(strength, 0.4);
    if (at[1] <= top + height + 1) drawMarker(pen, marker, at, sizes.head, color, paint.casing, 1.4);
  }
  pen.globalAlpha = 1;
}
