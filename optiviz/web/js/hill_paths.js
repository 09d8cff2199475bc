/** Paths draped on the hill: cut to follow the ground, lifted above it, and what the hill hides of them. */

import { hillHeight } from "./hill_mesh.js";

export const HILL_LIFT = 0.012; // of a trail above the ground, where the longer side is 2
const PATH_PIECES = 24; // at most, that one step is cut into so that it follows the ground
const RAY_SAMPLES = 40; // looks along the ray from a point to the camera

/**
 * @typedef {{points: Float64Array, last: Int32Array}} DrapedPath places (2 a vertex), and the vertex of
 *   each step
 */

/**
 * A path cut finely enough to follow the ground; it ends where it first leaves the window.
 * @param {ArrayLike<number>} path 2 numbers a step
 * @param {number[]} xlim
 * @param {number[]} ylim
 * @returns {DrapedPath}
 */
export function drapedPath(path, xlim, ylim) {
  const inside = (k) => {
    const [x, y] = [path[2 * k], path[2 * k + 1]];
    return x >= xlim[0] && x <= xlim[1] && y >= ylim[0] && y <= ylim[1];
  };
  const points = [path[0], path[1]];
  const last = [0];
  const leaves = inside(0); // one that begins outside is drawn all along, and cut by the picture
  for (let k = 1; 2 * k < path.length; k++) {
    const [x, y] = [path[2 * k - 2], path[2 * k - 1]];
    let [dx, dy] = [path[2 * k] - x, path[2 * k + 1] - y];
    const out = leaves && !inside(k);
    if (out) {
      const shares = [(xlim[0] - x) / dx, (xlim[1] - x) / dx, (ylim[0] - y) / dy, (ylim[1] - y) / dy];
      const share = Math.min(1, ...shares.filter((one) => one > 0));
      [dx, dy] = [share * dx, share * dy];
    }
    const long = Math.max(Math.abs(dx) / (xlim[1] - xlim[0]), Math.abs(dy) / (ylim[1] - ylim[0]));
    const pieces = Math.min(Math.max(Math.ceil(60 * long), 1), PATH_PIECES) || 1;
    for (let piece = 1; piece <= pieces; piece++) {
      points.push(x + (dx * piece) / pieces, y + (dy * piece) / pieces);
    }
    last.push(last[k - 1] + pieces);
    if (out) break;
  }
  return { points: Float64Array.from(points), last: Int32Array.from(last) };
}

/**
 * Places in the box (3 numbers a vertex) of a draped path, a little above the ground. Over a hole it
 * runs on straight from the ground before to the ground behind.
 * @param {DrapedPath} draped
 * @param {number[]} xlim
 * @param {number[]} ylim
 * @param {import("./hill_mesh.js").HillBox} box
 * @param {(x: number, y: number) => number} height as for `hillGrid`
 * @returns {Float32Array}
 */
export function liftedPath({ points }, xlim, ylim, box, height) {
  const count = points.length / 2;
  const heights = Float64Array.from({ length: count }, (_, k) => {
    return Math.min(Math.max(height(points[2 * k], points[2 * k + 1]), 0), 1);
  });
  bridgeHoles(heights);
  const placed = new Float32Array(3 * count);
  for (let k = 0; k < count; k++) {
    const x = ((2 * (points[2 * k] - xlim[0])) / (xlim[1] - xlim[0]) - 1) * box.x;
    const y = ((2 * (points[2 * k + 1] - ylim[0])) / (ylim[1] - ylim[0]) - 1) * box.y;
    placed.set([x, y, box.z * heights[k] + HILL_LIFT], 3 * k);
  }
  return placed;
}

/**
 * Fill what is no number on a straight line between those beside, or with 0.
 * @param {Float64Array} heights
 */
export function bridgeHoles(heights) {
  let before = -1;
  for (let k = 0; k <= heights.length; k++) {
    if (k < heights.length && !Number.isFinite(heights[k])) continue;
    for (let hole = before + 1; hole < k; hole++) {
      const low = heights[before] ?? heights[k] ?? 0;
      const high = heights[k] ?? low;
      heights[hole] = low + ((hole - before) / (k - before)) * (high - low);
    }
    before = k;
  }
}

/**
 * Whether the ground stands between a place in the box and the camera.
 * @param {import("./hill_mesh.js").HillGrid} grid
 * @param {import("./hill_mesh.js").HillBox} box
 * @param {ArrayLike<number>} at 3 numbers
 * @param {number[]} towards the camera, 3 numbers
 * @returns {boolean}
 */
export function hiddenByHill(grid, box, at, towards) {
  const reach = Math.min((box.z - at[2]) / Math.max(towards[2], 1e-3), 3);
  for (let sample = 0; sample < RAY_SAMPLES; sample++) {
    const far = reach * (0.02 + (0.98 * sample) / (RAY_SAMPLES - 1));
    const [x, y] = [at[0] + far * towards[0], at[1] + far * towards[1]];
    if (Math.abs(x) > box.x || Math.abs(y) > box.y) return false;
    if (hillHeight(grid, box, x, y) > at[2] + far * towards[2] + 0.004) return true;
  }
  return false;
}

/**
 * The vertex, with a share of the way to the next, at which a draped path stands at a time.
 * @param {Int32Array} last vertex of each step
 * @param {number} time in steps
 * @returns {number}
 */
export function drapedVertexAt(last, time) {
  const step = Math.min(Math.max(Math.floor(time), 0), last.length - 1);
  if (step === last.length - 1) return last[step];
  return last[step] + (time - step) * (last[step + 1] - last[step]);
}

/**
 * The place (3 numbers) at a vertex with a share of the way to the next.
 * @param {Float32Array} placed
 * @param {number} vertex
 * @returns {number[]}
 */
export function drapedPlaceAt(placed, vertex) {
  const whole = Math.min(Math.floor(vertex), placed.length / 3 - 1);
  const next = Math.min(whole + 1, placed.length / 3 - 1);
  const share = vertex - whole;
  return [0, 1, 2].map((axis) => {
    const here = placed[3 * whole + axis];
    return here + share * (placed[3 * next + axis] - here);
  });
}

/**
 * A place of the plane in the box, as high above the ground as trails are; null outside of the window.
 * @param {number} x
 * @param {number} y
 * @param {number[]} xlim
 * @param {number[]} ylim
 * @param {import("./hill_mesh.js").HillBox} box
 * @param {(x: number, y: number) => number} height as for `hillGrid`
 * @returns {number[]|null}
 */
export function hillPlace(x, y, xlim, ylim, box, height) {
  if (!(x >= xlim[0] && x <= xlim[1] && y >= ylim[0] && y <= ylim[1])) return null;
  return [
    ((2 * (x - xlim[0])) / (xlim[1] - xlim[0]) - 1) * box.x,
    ((2 * (y - ylim[0])) / (ylim[1] - ylim[0]) - 1) * box.y,
    box.z * (Math.min(Math.max(height(x, y), 0), 1) || 0) + HILL_LIFT,
  ];
}
