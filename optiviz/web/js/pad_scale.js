/** Scales of the pad and of sliders: values to fractions of an axis, and snapping to 1-2-5 values. */

/**
 * @typedef {{scale: "log"|"linear"|"nines", low: number, high: number}} ControlAxis
 *   nines: evenly in the logarithm of 1 - value, so that 0.9, 0.99 and 0.999 are equally far apart
 */

/** Largest share on a linear axis: at 1 nothing is ever forgotten. */
export const LARGEST_SHARE = 0.99;
/** Decades of rates on the pad. */
export const RATE_DECADES = 3;
/** How near, in pixels, a value must be for a snap. */
export const SNAP_PIXELS = 6;

/**
 * Three whole decades of rates, with the scene's rate between a fifth and a half of the way.
 * @param {number} rate the scene's own
 * @returns {ControlAxis}
 */
export function rateAxis(rate) {
  const low = rate > 0 ? Math.floor(Math.log10(rate) - 0.6) : -3;
  return { scale: "log", low: powerOfTen(low), high: powerOfTen(low + RATE_DECADES) };
}

/** 10 to a whole power, as its digits are written. */
const powerOfTen = (exponent) => Number(`1e${exponent}`);

/**
 * The axis of another setting.
 * @param {string} kind a key of SETTING_KINDS
 * @param {number} value the scene's own
 * @returns {ControlAxis}
 */
export function settingAxis(kind, value) {
  if (kind === "rate") return rateAxis(value);
  if (kind === "share") return { scale: "linear", low: 0, high: LARGEST_SHARE };
  if (kind === "decay") return { scale: "nines", low: 0, high: 0.9999 };
  if (kind === "threshold") return { scale: "linear", low: 4, high: 10 };
  const high = value > 0 ? powerOfTen(Math.ceil(Math.log10(value) - 1e-9) + 3) : 1;
  return { scale: "log", low: Math.min(high / 1e8, 1e-9), high };
}

/**
 * Where a value stands on an axis: 0 at its low end, 1 at its high end.
 * @param {ControlAxis} axis
 * @param {number} value
 * @returns {number} within 0 and 1
 */
export function fractionOf(axis, value) {
  const share = (stretched(axis, value) - stretched(axis, axis.low))
    / (stretched(axis, axis.high) - stretched(axis, axis.low));
  return Math.min(Math.max(share, 0), 1);
}

function stretched({ scale, low }, value) {
  if (scale === "log") return Math.log10(Math.max(value, low));
  return scale === "nines" ? -Math.log10(1 - value) : value;
}

/**
 * The value at a fraction of an axis, rounded to three digits so that it reads.
 * @param {ControlAxis} axis
 * @param {number} fraction
 * @returns {number}
 */
export function valueAt(axis, fraction) {
  const share = Math.min(Math.max(fraction, 0), 1);
  const low = stretched(axis, axis.low);
  const at = low + share * (stretched(axis, axis.high) - low);
  if (axis.scale === "linear") return Number(at.toFixed(3));
  if (axis.scale === "nines") {
    const rest = Number(Math.exp(-at * Math.LN10).toPrecision(2));
    return Math.max(Number((1 - rest).toPrecision(12)), 0);
  }
  return Number(Math.exp(at * Math.LN10).toPrecision(3));
}

/**
 * Values that a hand may mean: 1, 2 and 5 of each decade; tenths on a linear axis; one, two or five from 1.
 * @param {ControlAxis} axis
 * @returns {number[]} ascending
 */
export function roundValues(axis) {
  if (axis.scale === "linear") {
    const tenths = Array.from({ length: 10 }, (_, i) => i / 10);
    const wholes = Array.from({ length: Math.floor(axis.high - axis.low) + 1 }, (_, i) => axis.low + i);
    return axis.high <= 1 ? [...tenths, 0.95, 0.99] : wholes;
  }
  const values = [];
  const [from, to] = axis.scale === "log" ? [Math.log10(axis.low), Math.log10(axis.high)] : [-4, 0];
  for (let exponent = Math.floor(from + 1e-9); exponent <= Math.round(to); exponent += 1) {
    for (const digit of [1, 2, 5]) values.push(Number(`${digit}e${exponent}`));
  }
  const shares = values.toReversed().map((rest) => Number((1 - rest).toPrecision(12)));
  const found = axis.scale === "nines" ? shares : values;
  return found.filter((value) => value >= axis.low && value <= axis.high);
}

/**
 * The nearest round value, or one of the run's own, within SNAP_PIXELS; else the value itself.
 * @param {ControlAxis} axis
 * @param {number} value
 * @param {number} pixels length of the axis
 * @param {number[]} [own] further values to snap to; they go first
 * @returns {number}
 */
export function snappedValue(axis, value, pixels, own = []) {
  const at = fractionOf(axis, value) * pixels;
  let best = value;
  let least = SNAP_PIXELS;
  for (const candidate of [...own, ...roundValues(axis)]) {
    const away = Math.abs(fractionOf(axis, candidate) * pixels - at);
    if (away < least) {
      least = away;
      best = candidate;
    }
  }
  return best;
}

/**
 * The value one key press on: a sixtieth of a decade, a hundredth of a linear axis; ten of them with Shift.
 * @param {ControlAxis} axis
 * @param {number} value
 * @param {number} presses negative for down
 * @returns {number}
 */
export function nudgedValue(axis, value, presses) {
  const low = stretched(axis, axis.low);
  const high = stretched(axis, axis.high);
  const press = axis.scale === "linear" ? 0.01 : 1 / 60;
  const at = stretched(axis, value) + presses * press;
  const next = valueAt(axis, (at - low) / (high - low));
  return next;
}
