/** Scales: places of a plane or of an axis as pixels of a plot, and back. */

/**
 * The pixel of a place on a map.
 * @param {import("./scene_types.js").View} view
 * @param {number} x
 * @param {number} y
 * @returns {[number, number]}
 */
export function toPixel(view, x, y) {
  const { width, height, xlim, ylim } = view;
  return [
    ((x - xlim[0]) / (xlim[1] - xlim[0])) * width,
    ((ylim[1] - y) / (ylim[1] - ylim[0])) * height,
  ];
}

/**
 * The place under a pixel of a map.
 * @param {import("./scene_types.js").View} view
 * @param {number} right
 * @param {number} down
 * @returns {[number, number]}
 */
export function toPlace(view, right, down) {
  const { width, height, xlim, ylim } = view;
  return [
    xlim[0] + (right / width) * (xlim[1] - xlim[0]),
    ylim[1] - (down / height) * (ylim[1] - ylim[0]),
  ];
}

/**
 * All steps of a run as pixels of a map.
 * @param {import("./scene_types.js").View} view
 * @param {Float64Array} path 2 numbers a step
 * @returns {Float64Array}
 */
export function pathPixels(view, path) {
  const found = new Float64Array(path.length);
  for (let k = 0; k < path.length; k += 2) {
    const [right, down] = toPixel(view, path[k], path[k + 1]);
    found[k] = Math.min(Math.max(right, -1e5), 1e5);
    found[k + 1] = Math.min(Math.max(down, -1e5), 1e5);
  }
  return found;
}

/**
 * Where a line of pixels is at a time, in steps, on the straight way between two.
 * @param {Float64Array} pixels 2 numbers a step
 * @param {number} time
 * @returns {[number, number]}
 */
export function pixelAt(pixels, time) {
  const last = pixels.length / 2 - 1;
  const before = Math.min(Math.floor(time), last);
  const after = Math.min(before + 1, last);
  const share = Math.min(time, last) - before;
  return [0, 1].map((axis) => {
    const from = pixels[2 * before + axis];
    return from + share * (pixels[2 * after + axis] - from);
  });
}
