/** Contours: flat bands of height and the level lines between them, on a canvas. */

import { heightOf } from "./heights.js";

const CELL = 3; // pixels between two samples

/**
 * Heights over a window, sampled on a grid.
 * @param {(x: number, y: number) => number} value
 * @param {import("./heights.js").Bands} bands
 * @param {import("./scene_types.js").View} view
 * @param {number} [cell] pixels between two samples
 * @returns {{across: number, down: number, heights: Float32Array}} row by row from the top
 */
export function sampledHeights(value, bands, { width, height, xlim, ylim }, cell = CELL) {
  const across = Math.max(2, Math.ceil(width / cell) + 1);
  const down = Math.max(2, Math.ceil(height / cell) + 1);
  const heights = new Float32Array(across * down);
  for (let j = 0; j < down; j += 1) {
    const y = ylim[1] - (j * (ylim[1] - ylim[0])) / (down - 1);
    for (let i = 0; i < across; i += 1) {
      heights[j * across + i] = heightOf(bands, value(xlim[0] + (i * (xlim[1] - xlim[0])) / (across - 1), y));
    }
  }
  return { across, down, heights };
}

/** A colour "#rrggbb" as one number in the byte order of image data. */
function packedColor(color) {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/**
 * Fill a canvas with flat bands.
 * @param {CanvasRenderingContext2D} pen
 * @param {ReturnType<typeof sampledHeights>} grid
 * @param {string[]} colors one a band, the lowest first
 */
export function fillBands(pen, { across, down, heights }, colors) {
  const { width, height } = pen.canvas;
  const image = pen.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const inks = Uint32Array.from(colors, packedColor);
  const last = colors.length - 1;
  const [sx, sy] = [(across - 1) / width, (down - 1) / height];
  for (let row = 0; row < height; row += 1) {
    const v = (row + 0.5) * sy;
    const j = Math.min(Math.floor(v), down - 2);
    const t = v - j;
    const top = j * across;
    for (let column = 0; column < width; column += 1) {
      const u = (column + 0.5) * sx;
      const i = Math.min(u | 0, across - 2);
      const s = u - i;
      const at = top + i;
      const above = heights[at] + s * (heights[at + 1] - heights[at]);
      const below = heights[at + across] + s * (heights[at + across + 1] - heights[at + across]);
      const level = above + t * (below - above);
      if (level !== level) continue;
      pixels[row * width + column] = inks[Math.min(Math.floor(level * colors.length), last)];
    }
  }
  pen.putImageData(image, 0, 0);
}

// of a cell's corners (top left 1, top right 2, bottom right 4, bottom left 8) above a level: edges to join
const EDGES = [
  [], [3, 0], [0, 1], [3, 1], [1, 2], [3, 0, 1, 2], [0, 2], [3, 2],
  [2, 3], [2, 0], [0, 1, 2, 3], [2, 1], [1, 3], [1, 0], [0, 3], [],
];

/**
 * Trace the line of one level through a grid, as segments of one path.
 * @param {CanvasRenderingContext2D|Path2D} pen
 * @param {ReturnType<typeof sampledHeights>} grid
 * @param {number} level
 * @param {number} width pixels of the plot
 * @param {number} height
 */
export function traceLevel(pen, { across, down, heights }, level, width, height) {
  const [dx, dy] = [width / (across - 1), height / (down - 1)];
  for (let j = 0; j < down - 1; j += 1) {
    for (let i = 0; i < across - 1; i += 1) {
      const at = j * across + i;
      const [a, b, c, d] = [heights[at], heights[at + 1], heights[at + across + 1], heights[at + across]];
      const edges = EDGES[(a >= level) | ((b >= level) << 1) | ((c >= level) << 2) | ((d >= level) << 3)];
      if (edges.length === 0 || !(a + b + c + d === a + b + c + d)) continue;
      for (let k = 0; k < edges.length; k += 1) {
        const edge = edges[k];
        let [x, y] = [i, j];
        if (edge === 0) x += (level - a) / (b - a);
        else if (edge === 1) [x, y] = [i + 1, j + (level - b) / (c - b)];
        else if (edge === 2) [x, y] = [i + (level - d) / (c - d), j + 1];
        else y += (level - a) / (d - a);
        if (k % 2 === 0) pen.moveTo(x * dx, y * dy);
        else pen.lineTo(x * dx, y * dy);
      }
    }
  }
}
