/** Lines of a linear model over its data: limits of the picture, lines at a time, lanes where they meet. */

const SIDE_BY_SIDE = 4; // pixels: lines nearer than this all along are side by side
const SEPARATE = 16; // and from here on no more

/**
 * Limits of x and y around data, as the clip has them.
 * @param {number[]} x
 * @param {number[]} y
 * @returns {{xlim: [number, number], ylim: [number, number]}}
 */
export function dataLimits(x, y) {
  const around = (values, share) => {
    const low = values.reduce((a, b) => Math.min(a, b), Infinity);
    const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
    const room = share * (high - low) || 1;
    return [low - room, high + room];
  };
  return { xlim: around(x, 0.05), ylim: around(y, 0.12) };
}

/**
 * The parameters of a run at a time, on the straight way between two steps.
 * @param {Float64Array} path 2 numbers a step
 * @param {number} time
 * @returns {[number, number]}
 */
export function lineAt(path, time) {
  const last = path.length / 2 - 1;
  const before = Math.min(Math.floor(time), last);
  const after = Math.min(before + 1, last);
  const share = Math.min(time, last) - before;
  return [0, 1].map((k) => path[2 * before + k] + share * (path[2 * after + k] - path[2 * before + k]));
}

/**
 * How far each line is moved down so that those that lie on each other are seen side by side.
 * @param {Array<[number, number]>} ends pixels down at the left and at the right end of each line
 * @param {number} pitch pixels from one lane to the next
 * @returns {number[]}
 */
export function lineLanes(ends, pitch) {
  return ends.map(([left, right], k) => {
    let [before, beside] = [0, 0];
    ends.forEach(([otherLeft, otherRight], j) => {
      if (j === k) return;
      const apart = Math.max(Math.abs(left - otherLeft), Math.abs(right - otherRight));
      const share = Math.min(Math.max((SEPARATE - apart) / (SEPARATE - SIDE_BY_SIDE), 0), 1);
      beside += share;
      if (j < k) before += share;
    });
    return pitch * (before - beside / 2);
  });
}
