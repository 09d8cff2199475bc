/** Decision regions: scores of a classifier over a window as flat shades, a class each, and its borders. */

import { forwardPass, softmaxRows } from "./forward_pass.js";

const CERTAIN = [0.15, 0.35]; // how far from one half a probability is, at which a class gets its next shade
const MIXED = [0.2, 0.4, 0.62]; // how much of its colour a class gives the ground
const SHADES_A_CLASS = MIXED.length;

export const CLASS_LOOKS = [
  ["#f5c92e", "o"], ["#62c8ec", "s"], ["#c9f0b0", "^"], ["#f0d9f2", "D"], ["#f7b9a0", "v"], ["#d8d8d8", "P"],
  ["#ffffff", "X"],
];

/**
 * @typedef {"sigmoid"|"step"|"clip"|"shares"} ScoreKind how a score becomes a probability of class 1; with
 *   "shares" there is one probability a class
 * @typedef {{across: number, down: number, scores: Float32Array[]}} ScoreGrid row by row from the top
 */

/** The logarithm of the odds of a probability. */
function oddsOf(share) {
  return Math.log(share / (1 - share));
}

/**
 * How far from 0 a score is, at which its class gets the next shade.
 * @param {ScoreKind} kind
 * @param {number} span between the targets of the two classes, for "clip"
 * @returns {[number, number]}
 */
export function shadeLimits(kind, span) {
  if (kind === "sigmoid") return CERTAIN.map((far) => oddsOf(0.5 + far));
  return kind === "step" ? [0, 0] : CERTAIN.map((far) => far * span);
}

/**
 * The colours of the ground: of each class its shades, from faint to strong, as "#rrggbb".
 * @param {string} paper
 * @param {number} classes
 * @returns {string[]}
 */
export function regionColors(paper, classes) {
  const parts = (color) => [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
  const below = parts(paper);
  return CLASS_LOOKS.slice(0, classes).flatMap(([color]) => MIXED.map((share) => {
    const mixed = parts(color).map((one, k) => Math.floor(below[k] + share * (one - below[k]) + 0.5));
    return `#${mixed.map((one) => one.toString(16).padStart(2, "0")).join("")}`;
  }));
}

/**
 * The places of a grid over a window, row by row from the top: 2 numbers a place.
 * @param {[number, number]} xlim
 * @param {[number, number]} ylim
 * @param {number} across
 * @param {number} down
 * @returns {Float64Array}
 */
export function gridPlaces(xlim, ylim, across, down) {
  const places = new Float64Array(2 * across * down);
  for (let k = 0; k < across * down; k += 1) {
    const [i, j] = [k % across, Math.floor(k / across)];
    places[2 * k] = xlim[0] + ((xlim[1] - xlim[0]) * i) / (across - 1);
    places[2 * k + 1] = ylim[1] - ((ylim[1] - ylim[0]) * j) / (down - 1);
  }
  return places;
}

/**
 * Fill a canvas with the shade of each pixel.
 * @param {CanvasRenderingContext2D} pen
 * @param {ScoreGrid} grid one score, or one a class
 * @param {[number, number]} limits as `shadeLimits` gives them; of several classes not used
 * @param {string[]} colors as `regionColors` gives them
 */
export function fillRegions(pen, grid, limits, colors) {
  const { width, height } = pen.canvas;
  const image = pen.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const inks = Uint32Array.from(colors, (color) => {
    const [red, green, blue] = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
    return (255 << 24) | (blue << 16) | (green << 8) | red;
  });
  const shades = regionShades(grid, width, height, limits);
  for (let k = 0; k < shades.length; k += 1) pixels[k] = inks[shades[k]];
  pen.putImageData(image, 0, 0);
}

/**
 * The place among the colours of each pixel: class times 3, plus how certain; row by row from the top.
 * @param {ScoreGrid} grid
 * @param {number} width
 * @param {number} height
 * @param {[number, number]} limits
 * @returns {Uint8Array}
 */
export function regionShades({ across, down, scores }, width, height, limits) {
  const found = new Uint8Array(width * height);
  const [sx, sy] = [(across - 1) / width, (down - 1) / height];
  const values = new Float64Array(scores.length);
  for (let row = 0; row < height; row += 1) {
    const v = (row + 0.5) * sy;
    const j = Math.min(Math.floor(v), down - 2);
    for (let column = 0; column < width; column += 1) {
      const u = (column + 0.5) * sx;
      const i = Math.min(Math.floor(u), across - 2);
      const at = j * across + i;
      for (let s = 0; s < scores.length; s += 1) {
        const grid = scores[s];
        const above = grid[at] + (u - i) * (grid[at + 1] - grid[at]);
        const below = grid[at + across] + (u - i) * (grid[at + across + 1] - grid[at + across]);
        values[s] = above + (v - j) * (below - above);
      }
      const shade = scores.length === 1 ? shadeOfScore(values[0], limits) : shadeOfShares(values);
      found[row * width + column] = shade;
    }
  }
  return found;
}

/** The shade of one score: positive where class 1 wins. */
function shadeOfScore(score, limits) {
  const far = Math.abs(score);
  const certain = (far > limits[0] || limits[0] === 0 ? 1 : 0) + (far > limits[1] || limits[1] === 0 ? 1 : 0);
  return (score >= 0 ? SHADES_A_CLASS : 0) + certain;
}

/** The shade of a share for each class: by how much the largest is ahead of the next. */
function shadeOfShares(values) {
  let [best, top, next] = [0, -Infinity, -Infinity];
  values.forEach((value, k) => {
    if (value > top) [best, top, next] = [k, value, top];
    else if (value > next) next = value;
  });
  const half = (top - next) / 2;
  return SHADES_A_CLASS * best + (half > CERTAIN[0] ? 1 : 0) + (half > CERTAIN[1] ? 1 : 0);
}

/**
 * Of each class how far it is ahead of the best other one: its border is where that is 0. One score is
 * its own.
 * @param {Float32Array[]} scores
 * @returns {Float32Array[]}
 */
export function leadsOf(scores) {
  if (scores.length === 1) return scores;
  return scores.map((own, s) => own.map((value, k) => {
    let rest = -Infinity;
    for (let other = 0; other < scores.length; other += 1) {
      if (other !== s) rest = Math.max(rest, scores[other][k]);
    }
    return value - rest;
  }));
}

/**
 * The class that scores tell of each place.
 * @param {Array<ArrayLike<number>>} scores one, positive where class 1 wins, or one a class
 * @returns {Int32Array}
 */
export function classesOf(scores) {
  return Int32Array.from(scores[0], (_, k) => {
    if (scores.length === 1) return scores[0][k] >= 0 ? 1 : 0;
    let best = 0;
    for (let s = 1; s < scores.length; s += 1) if (scores[s][k] > scores[best][k]) best = s;
    return best;
  });
}

/**
 * @typedef {object} RegionNetwork a classifier of two inputs, as the page is told of it
 * @property {import("./forward_pass.js").DenseLayer[]} layers
 * @property {ScoreKind} kind
 * @property {boolean} sums whether scores are of the last layer's sums, not of its outputs
 * @property {boolean} [shared] whether sums of several classes become shares
 * @property {number} middle between the targets of two classes, where there is one output
 * @property {number} span
 */

/**
 * Scores of places: one, positive where class 1 wins, or a share for each class.
 * @param {RegionNetwork} network
 * @param {ArrayLike<number>} theta
 * @param {Float64Array} places 2 numbers each
 * @returns {Float32Array[]}
 */
export function regionScores(network, theta, places) {
  const { z, a } = forwardPass(network.layers, theta, places, 2);
  const outputs = network.layers.at(-1).units;
  const said = network.sums ? z : a;
  const column = (values, k) => Float32Array.from({ length: places.length / 2 }, (_, row) => {
    return values[row * outputs + k] || 0;
  });
  if (network.kind === "shares") {
    const shares = network.shared ? softmaxRows(z, outputs) : a;
    return Array.from({ length: outputs }, (_, k) => column(shares, k));
  }
  const first = column(said, 0);
  if (outputs === 2) {
    const second = column(said, 1);
    return [first.map((value, row) => second[row] - value)];
  }
  return network.kind === "clip" ? [first.map((value) => value - network.middle)] : [first];
}
