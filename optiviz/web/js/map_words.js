/** Words on the map: landmarks and marks of the scene, and the names of the runs beside their heads. */

import { isChanged } from "./changes.js";
import { haloText, landmarkPlaces, wordPlaces } from "./landmarks.js";
import { namePlaces } from "./name_places.js";
import { problemNow } from "./problem_now.js";
import { colorOf, strengthOf } from "./run_focus.js";
import { pixelAt, toPixel } from "./scales.js";
import { fontOf } from "./themes.js";

const boxAt = ([x, y], half) => ({ left: x - half, top: y - half, right: x + half, bottom: y + half });

/**
 * All words of a map at a time.
 * @param {CanvasRenderingContext2D} pen
 * @param {Object<string, any>} state
 * @param {import("./scene_types.js").View} view
 * @param {{ways: Array<{label: string, run: object, truth: Float64Array}>,
 *   places: import("./heads.js").HeadPlace[], time: number,
 *   sizes: {head: number, em: number, named: boolean},
 *   sides: Map<string, number>}} seen
 * @param {import("./landmarks.js").Paint} paint
 */
export function drawWords(pen, state, view, { ways, places, time, sizes, sides }, paint) {
  if (!sizes.em) return;
  const half = sizes.head / 2;
  pen.font = fontOf(16.5, false);
  pen.textAlign = "left";
  const signs = landmarkPlaces(problemNow(state), view);
  const kinds = new Set();
  const first = signs.filter(({ kind }) => !kinds.has(kind) && kinds.add(kind));
  const words = first.map(({ kind, at }) => ({ text: kind, at }));
  if (!isChanged(state)) words.push(...marksNow(state, view, ways, time));
  const heads = places.map(({ at }) => boxAt(at, half));
  const handle = state.start.length === 2 ? startBoxes(toPixel(view, ...state.start), view.width) : [];
  heads.push(...handle);
  const placed = wordPlaces(pen, words, sizes.em, heads, view);
  placed.forEach(({ text, left, top, bottom }, k) => {
    haloText(pen, text, left, (top + bottom) / 2, words[k].color ?? paint.ink, paint.casing);
  });
  if (!state.names || !sizes.named) return;
  const seen = ways.map((way) => ({ ...way, end: time }));
  const taken = [...placed, ...handle.slice(1)];
  drawNames(pen, state, view, { ways: seen, places, sizes, sides }, signs, paint, taken);
}

/** The handle of the start, and its word beside it; near the right edge that stands on the left. */
function startBoxes([x, y], width) {
  const left = x > width - 260 ? x - 72 : x + 24;
  return [boxAt([x, y], 27), { left, top: y - 26, right: left + 48, bottom: y - 2 }];
}

/**
 * The names of the runs, each beside its head, off the ways, the signs and what else is `taken`.
 * @param {CanvasRenderingContext2D} pen
 * @param {Object<string, any>} state
 * @param {{width: number, height: number}} view
 * @param {{ways: Array<{label: string, run: object, truth: Float64Array, end: number}>,
 *   places: import("./heads.js").HeadPlace[], sizes: {head: number, em: number}, sides: Map<string, number>}}
 *   seen `end` is the vertex that a way has come to
 * @param {Array<{at: [number, number]}>} signs
 * @param {import("./landmarks.js").Paint} paint
 * @param {Array<{left: number, top: number, right: number, bottom: number}>} [taken]
 */
export function drawNames(pen, state, view, { ways, places, sizes, sides }, signs, paint, taken = []) {
  const half = sizes.head / 2;
  pen.textAlign = "left";
  pen.font = fontOf(17, true);
  const boxes = namePlaces(
    places,
    ways.map(({ label }) => pen.measureText(label).width + 4),
    { size: sizes.head, em: sizes.em, width: view.width, height: view.height },
    ways.flatMap(({ truth, end }) => troddenBy(truth, end)),
    [...taken, ...signs.map(({ at }) => boxAt(at, 10))],
    sides,
  );
  boxes.forEach((box, k) => {
    if (!box) return;
    const { label, run } = ways[k];
    const color = colorOf(run, state.theme);
    pen.globalAlpha = Math.max(strengthOf(state, label), 0.6);
    if (box.far) drawLeader(pen, places[k].at, box, half, color);
    haloText(pen, label, box.left + 2, (box.top + box.bottom) / 2, color, paint.casing);
  });
  pen.globalAlpha = 1;
}

/** Pixels along a way as far as it has come. */
function troddenBy(pixels, time) {
  const last = Math.min(Math.floor(time), pixels.length / 2 - 1);
  const found = [];
  for (let k = 0; k < last; k += 1) {
    const [x, y] = [pixels[2 * k], pixels[2 * k + 1]];
    const [dx, dy] = [pixels[2 * k + 2] - x, pixels[2 * k + 3] - y];
    const pieces = Math.min(Math.max(1, Math.round(Math.sqrt(dx * dx + dy * dy) / 8)), 60);
    for (let n = 0; n < pieces; n += 1) found.push([x + (n / pieces) * dx, y + (n / pieces) * dy]);
  }
  return found;
}

/** The scene's own marks at a time: at a place, at a line, or where a run is at its moment. */
function marksNow({ scene, theme }, view, drawn, time) {
  return marksOfMap(scene)
    .filter((mark) => (mark.time ?? 0) <= time)
    .map(({ text, at, line, run, time: when }) => {
      const way = drawn.find(({ label }) => label === run);
      const color = way && colorOf(way.run, theme);
      const right = view.width - pixelsOf(text);
      if (line !== undefined) return { text, color, at: [right, toPixel(view, 0, line)[1] - 18] };
      return { text, color, at: at ? toPixel(view, ...at) : way && pixelAt(way.truth, when ?? time) };
    })
    .filter(({ at }) => at);
}

const pixelsOf = (text) => 9.5 * text.length + 30; // about as wide as it is, from the right edge

/** The marks that the scene sets on its map. */
function marksOfMap({ marks, panels }) {
  return (marks ?? []).filter(({ panel }) => panels[panel]?.kind === "map");
}

/**
 * The level lines that the scene marks across its map.
 * @param {CanvasRenderingContext2D} pen
 * @param {Object<string, any>} state
 * @param {import("./scene_types.js").View} view
 * @param {import("./landmarks.js").Paint} paint
 */
export function drawMarkedLines(pen, state, view, paint) {
  if (isChanged(state) && state.changes?.problem) return;
  for (const { line } of marksOfMap(state.scene)) {
    if (line === undefined) continue;
    const y = toPixel(view, 0, line)[1];
    for (const [color, width] of [[paint.casing, 6], [paint.ink, 2.4]]) {
      pen.fillStyle = color;
      pen.fillRect(0, y - width / 2, view.width, width);
    }
  }
}

/** The thin line from a head to a name that stands away from it. */
function drawLeader(pen, [x, y], box, half, color) {
  const end = [Math.min(Math.max(x, box.left), box.right), Math.min(Math.max(y, box.top), box.bottom)];
  const [dx, dy] = [end[0] - x, end[1] - y];
  const long = Math.max(Math.sqrt(dx * dx + dy * dy), 1e-9);
  pen.beginPath();
  pen.moveTo(x + (dx * half) / long, y + (dy * half) / long);
  pen.lineTo(...end);
  pen.lineWidth = 1.5;
  pen.strokeStyle = color;
  pen.stroke();
}
