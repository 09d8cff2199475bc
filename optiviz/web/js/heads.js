/** Heads: the marker of each run at its place, those that would cover each other side by side. */

import { drawMarker } from "./markers.js";
import { pixelAt } from "./scales.js";

const RELAXATIONS = 60; // rounds in which heads move apart
const RIM = 0.6; // of a head, from the rim of the plot to the middle of an arrow where a run left it

/**
 * Places moved as little as needed, so that no two are nearer than a head is wide.
 *
 * Heads at one place become petals around it, the first at 12 o'clock, clockwise.
 * @param {Array<[number, number]>} places y down
 * @param {number} size pixels of a head
 * @returns {Array<[number, number]>}
 */
export function keptApart(places, size) {
  const spots = places.map(([x, y]) => [x, y]);
  const count = spots.length;
  const gapOf = (i, j) => {
    const [x, y] = [spots[i][0] - spots[j][0], spots[i][1] - spots[j][1]];
    return Math.sqrt(x * x + y * y);
  };
  const crowded = new Set();
  for (let i = 0; i < count; i += 1) {
    for (let j = 0; j < i; j += 1) if (gapOf(i, j) < size) crowded.add(i).add(j);
  }
  for (const k of crowded) {
    const angle = Math.PI / 2 - (2 * Math.PI * k) / count; // a hair towards its petal
    spots[k][0] += 0.02 * size * Math.cos(angle);
    spots[k][1] -= 0.02 * size * Math.sin(angle);
  }
  for (let round = 0; round < RELAXATIONS && crowded.size > 0; round += 1) {
    const moves = spots.map(() => [0, 0, 0]);
    let still = true;
    for (let i = 0; i < count; i += 1) {
      for (let j = 0; j < i; j += 1) {
        const gap = gapOf(i, j);
        if (gap >= size - 0.05) continue;
        still = false;
        const share = (0.5 * (size - gap)) / Math.max(gap, 1e-9);
        const [x, y] = [share * (spots[i][0] - spots[j][0]), share * (spots[i][1] - spots[j][1])];
        [[i, 1], [j, -1]].forEach(([k, sign]) => {
          moves[k][0] += sign * x;
          moves[k][1] += sign * y;
          moves[k][2] += 1;
        });
      }
    }
    if (still) break;
    spots.forEach((spot, k) => {
      spot[0] += moves[k][0] / Math.max(moves[k][2], 1);
      spot[1] += moves[k][1] / Math.max(moves[k][2], 1);
    });
  }
  return spots;
}

/**
 * Where a way left the plot and in which direction; null while it is within.
 * @param {Float64Array} pixels 2 numbers a step
 * @param {number} time
 * @param {number} width
 * @param {number} height
 * @param {number} size of a head
 * @returns {{at: [number, number], angle: number, step: number}|null}
 */
export function exitOf(pixels, time, width, height, size) {
  const within = ([x, y]) => x >= -1 && x <= width + 1 && y >= -1 && y <= height + 1;
  const now = pixelAt(pixels, time);
  if (within(now)) return null;
  const end = Math.min(Math.floor(time), pixels.length / 2 - 1);
  let out = end;
  while (out >= 0 && !within([pixels[2 * out], pixels[2 * out + 1]])) out -= 1;
  out += 1;
  const from = [pixels[2 * Math.max(out - 1, 0)], pixels[2 * Math.max(out - 1, 0) + 1]];
  const to = out > 0 && out <= end ? [pixels[2 * out], pixels[2 * out + 1]] : now;
  let share = 1;
  [width, height].forEach((side, axis) => {
    const way = to[axis] - from[axis];
    if (way === 0) return;
    for (const rim of [0, side]) {
      const crossing = (rim - from[axis]) / way;
      if (crossing > 0 && crossing < share) share = crossing;
    }
  });
  const room = RIM * size;
  const at = [width, height].map((side, axis) => {
    const spot = from[axis] + share * (to[axis] - from[axis]);
    return Math.min(Math.max(spot, room), side - room);
  });
  return { at, angle: Math.atan2(to[1] - from[1], to[0] - from[0]), step: out };
}

/**
 * @typedef {{label: string, at: [number, number], true: [number, number],
 *   exit: ReturnType<typeof exitOf>}} HeadPlace
 */

/**
 * Where all heads are drawn at a time.
 * @param {Array<{label: string, pixels: Float64Array}>} ways at the true places
 * @param {number} time
 * @param {number} width of the plot
 * @param {number} height
 * @param {number} size of a head
 * @returns {HeadPlace[]}
 */
export function headPlaces(ways, time, width, height, size) {
  const found = ways.map(({ label, pixels }) => {
    const place = pixelAt(pixels, time);
    return { label, true: place, at: place, exit: exitOf(pixels, time, width, height, size) };
  });
  const apart = keptApart(
    found.map((one, k) => (one.exit ? [-1e4 * (k + 1), -1e4] : one.true)),
    size,
  );
  return found.map((one, k) => ({ ...one, at: one.exit ? one.exit.at : apart[k] }));
}

/**
 * A head, or the arrow of a run that left the plot.
 * @param {CanvasRenderingContext2D} pen
 * @param {HeadPlace} place
 * @param {{marker: string}} run
 * @param {string} color
 * @param {number} size
 * @param {string} casing
 */
export function drawHead(pen, { at, exit }, run, color, size, casing) {
  const rim = Math.max(1.5, size / 9.5);
  if (!exit) {
    drawMarker(pen, run.marker, at, size, color, casing, rim);
    return;
  }
  const [cos, sin] = [Math.cos(exit.angle), Math.sin(exit.angle)];
  const corners = [[0.5, 0], [-0.5, 0.42], [-0.26, 0], [-0.5, -0.42]];
  pen.beginPath();
  for (const [along, beside] of corners) {
    pen.lineTo(at[0] + size * (cos * along - sin * beside), at[1] + size * (sin * along + cos * beside));
  }
  pen.closePath();
  pen.lineJoin = "round";
  pen.lineWidth = 2 * rim;
  pen.strokeStyle = casing;
  pen.stroke();
  pen.fillStyle = color;
  pen.fill();
}

/**
 * The dot at the true place of heads that stand beside it.
 * @param {CanvasRenderingContext2D} pen
 * @param {HeadPlace} place
 * @param {number} size of a head
 * @param {string} ink
 * @param {string} casing
 */
export function drawTruth(pen, place, size, ink, casing) {
  const [x, y] = [place.at[0] - place.true[0], place.at[1] - place.true[1]];
  if (place.exit || x * x + y * y < 0.09 * size * size) return;
  drawMarker(pen, "o", place.true, 6, ink, casing, 1.4);
}
