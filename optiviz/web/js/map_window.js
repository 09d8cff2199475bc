/** Window of a map: the part of the plane in which runs and minima are, grown to the shape of the plot. */

const TALLEST = 5; // times as long as wide, a window that still has equal scales
const FILLS = 0.45; // of its own window, from which on a surface is shown whole

/** The least and greatest of places [x, y] on each axis. */
function boxOf(places) {
  const low = [Infinity, Infinity];
  const high = [-Infinity, -Infinity];
  for (const place of places) {
    for (const axis of [0, 1]) {
      if (place[axis] < low[axis]) low[axis] = place[axis];
      if (place[axis] > high[axis]) high[axis] = place[axis];
    }
  }
  return { low, high };
}

/** The finite places of a path. */
function placesOf({ path }) {
  const found = [];
  for (let k = 0; k < path.length; k += 2) {
    if (Number.isFinite(path[k]) && Number.isFinite(path[k + 1])) found.push([path[k], path[k + 1]]);
  }
  return found;
}

const spreadOf = ({ low, high }) => [high[0] - low[0], high[1] - low[1]];

/**
 * The corners of where runs and minima are; a run that leaves for ever is cropped.
 * @param {import("./scene_types.js").Problem} problem
 * @param {import("./scene_types.js").RunResult[]} race
 * @param {number[]} start
 * @returns {{low: number[], high: number[]}}
 */
export function cornersOf(problem, race, start) {
  const named = boxOf([start, ...problem.minima, ...race.map(({ path }) => [path[0], path[1]])]);
  let { low, high } = { low: [...named.low], high: [...named.high] };
  const paths = race.filter((run) => run.stopped < 0).map(placesOf);
  const widest = (path) => Math.max(...spreadOf(boxOf(path)), 0);
  for (const path of paths.sort((a, b) => widest(a) - widest(b))) {
    if (path.length === 0) continue;
    const middle = [0, 1].map((axis) => (low[axis] + high[axis]) / 2);
    const narrow = 0.5 * Math.min(...spreadOf(boxOf(path)));
    const half = [0, 1].map((axis) => Math.max((high[axis] - low[axis]) / 2, narrow));
    const room = half.map((one) => 3 * Math.max(one, 0.25 * Math.max(...half)));
    const far = (place) => [0, 1].some((axis) => Math.abs(place[axis] - middle[axis]) > room[axis]);
    const kept = far(path.at(-1)) ? path.slice(0, path.findIndex(far)) : path;
    if (kept.length === 0) continue;
    const box = boxOf(kept);
    low = low.map((one, axis) => Math.min(one, box.low[axis]));
    high = high.map((one, axis) => Math.max(one, box.high[axis]));
  }
  if (!problem.xlim || !problem.ylim) return { low, high };
  [problem.xlim, problem.ylim].forEach((own, axis) => {
    const room = 0.25 * (own[1] - own[0]); // beyond its own window a surface is not made to be looked at
    low[axis] = Math.max(low[axis], Math.min(own[0] - room, named.low[axis]));
    high[axis] = Math.min(high[axis], Math.max(own[1] + room, named.high[axis]));
  });
  return { low, high };
}

/** Corners with 12 % of the longer side around them, or of each side where one is five times the other. */
function padded({ low, high }) {
  let spans = spreadOf({ low, high }).map((span) => Math.max(span, 0));
  let longest = Math.max(...spans);
  const largest = Math.max(...low.map(Math.abs), ...high.map(Math.abs));
  if (longest <= 1e-12 * largest) [spans, longest] = [[0, 0], 1]; // one place, but for rounding
  const least = Math.min(...spans);
  const room = spans.map((span) => 0.12 * (least * TALLEST >= longest || least === 0 ? longest : span));
  return { low: low.map((one, axis) => one - room[axis]), high: high.map((one, axis) => one + room[axis]) };
}

/**
 * The window of a map in a plot of so many pixels, with equal scales unless it is too long.
 * @param {import("./scene_types.js").Problem} problem
 * @param {import("./scene_types.js").RunResult[]} race
 * @param {number[]} start
 * @param {number} width
 * @param {number} height
 * @param {{xlim: number[], ylim: number[], grows: boolean}|null} [given] by the scene, grown if asked
 * @returns {{xlim: [number, number], ylim: [number, number], bent: boolean}}
 */
export function windowOf(problem, race, start, width, height, given = null) {
  if (given && !given.grows) {
    return fitToPlot([given.xlim[0], given.ylim[0]], [given.xlim[1], given.ylim[1]], width, height);
  }
  let { low, high } = cornersOf(problem, race, start);
  const own = problem.xlim && problem.ylim ? [problem.xlim, problem.ylim] : null;
  const met = (axis) => Math.max(Math.min(high[axis], own[axis][1]) - Math.max(low[axis], own[axis][0]), 0);
  const whole = own && (own[0][1] - own[0][0]) * (own[1][1] - own[1][0]);
  if (own && (race.length === 0 || met(0) * met(1) >= FILLS * whole)) {
    [low, high] = [own.map((one) => one[0]), own.map((one) => one[1])];
  } else ({ low, high } = padded({ low, high }));
  if (given) {
    low = [given.xlim, given.ylim].map((one, axis) => Math.min(one[0], low[axis]));
    high = [given.xlim, given.ylim].map((one, axis) => Math.max(one[1], high[axis]));
  }
  return fitToPlot(low, high, width, height);
}

/** A window grown to the shape of a plot; one that is more than five times as long as wide fills it. */
function fitToPlot(low, high, width, height) {
  const spans = spreadOf({ low, high });
  if (Math.max(...spans) > TALLEST * Math.min(...spans)) {
    return { xlim: [low[0], high[0]], ylim: [low[1], high[1]], bent: true };
  }
  const unit = Math.max(spans[0] / width, spans[1] / height);
  const [x, y] = [0, 1].map((axis) => (low[axis] + high[axis]) / 2);
  return {
    xlim: [x - (unit * width) / 2, x + (unit * width) / 2],
    ylim: [y - (unit * height) / 2, y + (unit * height) / 2],
    bent: false,
  };
}
