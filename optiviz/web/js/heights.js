/** Height bands: levels of the loss in a window, evenly spaced in a power of it, as the clip has them. */

export const BAND_COUNT = 14;
const FLAT_SHARE = 0.12; // a larger one above the highest band raises its level,
const RAISED_MOST = 2.5; // to so many times at most
const HIGHEST = 1e300;
const POWERS_OF_HEIGHT = [1, 1 / 2, 1 / 3, 1 / 4, 1 / 6];
const PER_SIDE = 96;

/**
 * @typedef {{low: number, high: number, power: number, count: number}} Bands
 */

/**
 * A loss that can be subtracted from others; NaN where there is none.
 * @param {number} loss
 * @returns {number}
 */
export function withinReach(loss) {
  return Number.isFinite(loss) ? Math.min(Math.max(loss, -HIGHEST), HIGHEST) : NaN;
}

/** Linear interpolation between sorted values, as numpy's quantile. */
function quantile(sorted, share) {
  const at = share * (sorted.length - 1);
  const k = Math.floor(at);
  return sorted[k] + (at - k) * ((sorted[k + 1] ?? sorted[k]) - sorted[k]);
}

/**
 * The bands of a window: from the lowest loss in it to a tenth above the highest that a run stands on.
 * @param {(x: number, y: number) => number} value
 * @param {import("./scene_types.js").RunResult[]} race
 * @param {Array<[number, number, string]>} minima
 * @param {[number, number]} xlim
 * @param {[number, number]} ylim
 * @param {number} [count]
 * @returns {Bands}
 */
export function bandsOf(value, race, minima, xlim, ylim, count = BAND_COUNT) {
  const inside = (x, y) => x >= xlim[0] && x <= xlim[1] && y >= ylim[0] && y <= ylim[1];
  const every = [];
  for (let j = 0; j < PER_SIDE; j += 1) {
    const y = ylim[0] + (j * (ylim[1] - ylim[0])) / (PER_SIDE - 1);
    for (let i = 0; i < PER_SIDE; i += 1) {
      const loss = withinReach(value(xlim[0] + (i * (xlim[1] - xlim[0])) / (PER_SIDE - 1), y));
      if (loss === loss) every.push(loss);
    }
  }
  if (every.length === 0) return { low: 0, high: 1, power: 1, count };
  every.sort((a, b) => a - b);
  let [low, high] = [every[0], every.at(-1)];
  const least = (loss) => (loss < low ? loss : low); // of no number it stays
  for (const [x, y] of minima) if (inside(x, y)) low = least(withinReach(value(x, y)));
  let top = -Infinity;
  for (const { path } of race) {
    for (let k = 0; k < path.length; k += 2) {
      if (!inside(path[k], path[k + 1])) continue;
      const loss = withinReach(value(path[k], path[k + 1]));
      if (loss > top) top = loss;
    }
  }
  if (top > low) {
    const reach = 1.1 * (top - low);
    const most = quantile(every, 1 - FLAT_SHARE) - low;
    high = Math.min(high, low + Math.min(Math.max(reach, most), RAISED_MOST * reach));
  }
  if (!(high > low)) return { low: low - Math.max(1, 1e-12 * Math.abs(low)), high: low + 1, power: 1, count };
  const middle = Math.min(Math.max((quantile(every, 0.5) - low) / (high - low), 0), 1);
  const miss = (power) => Math.abs(Math.pow(middle, power) - 0.42);
  const power = POWERS_OF_HEIGHT.reduce((best, one) => (miss(one) < miss(best) ? one : best));
  return { low, high, power, count };
}

/**
 * The height of a loss, from 0 at the lowest level, 1 at the highest, and more above it; NaN of none.
 * @param {Bands} bands
 * @param {number} loss
 * @returns {number}
 */
export function heightAbove({ low, high, power }, loss) {
  const share = Math.max((withinReach(loss) - low) / (high - low), 0);
  return power === 1 ? share : Math.pow(share, power);
}

/**
 * The height of a loss, from 0 at the lowest level to 1 at the highest and above; NaN of none.
 * @param {Bands} bands
 * @param {number} loss
 * @returns {number}
 */
export function heightOf(bands, loss) {
  return Math.min(heightAbove(bands, loss), 1);
}
