/** Marks over the hill: minima, saddles, the heads of runs and their names, as its camera sees them. */

import { glidedTime, horizonOf } from "./clock.js";
import { drawHead, drawTruth, keptApart } from "./heads.js";
import { hillPixel } from "./hill_camera.js";
import { drapedPlaceAt, drapedVertexAt } from "./hill_paths.js";
import { drawLandmarks, haloText, wordPlaces } from "./landmarks.js";
import { drawNames } from "./map_words.js";
import { waysOf } from "./map_ways.js";
import { drawMarker } from "./markers.js";
import { problemNow } from "./problem_now.js";
import { colorOf, focusedRun, isShown, strengthOf } from "./run_focus.js";
import { fontOf } from "./themes.js";
import { drawTrail } from "./trails.js";

const BEHIND = 0.4; // how strongly a head is drawn that the hill hides
const CROSS_PIECES = 90; // of a line on the ground
const NEAR_RUN = 12; // pixels from the pointer to a run

/**
 * The time that is drawn.
 * @param {Object<string, any>} state
 * @returns {number}
 */
export function timeDrawn(state) {
  return glidedTime(state.scene, Math.min(state.time, horizonOf(state)));
}

/**
 * Draw all marks.
 * @param {CanvasRenderingContext2D} pen
 * @param {import("./hill_camera.js").HillView} view
 * @param {import("./hill_ground.js").HillGround} ground
 * @param {import("./hill_ground.js").HillRun[]} runs
 * @param {Object<string, any>} state
 * @param {ReturnType<import("./map_ways.js").sizesOf>} sizes
 * @param {import("./landmarks.js").Paint} paint
 * @param {Map<string, number>} sides on which each name stands
 */
export function drawHillMarks(pen, view, ground, runs, state, sizes, paint, sides) {
  const spotOf = (place) => ({
    at: hillPixel(view, ...place),
    behind: view.lift > 0 && ground.hidden(place, view.towards),
  });
  const { minima, saddles } = problemNow(state);
  const signs = [...minima, ...saddles.map(([x, y]) => [x, y, "saddle"])]
    .map(([x, y, kind]) => ({ kind: kind ?? "minimum", place: ground.place(x, y) }))
    .filter(({ place }) => place)
    .map(({ kind, place }) => ({ kind, ...spotOf(place) }))
    .filter(({ behind }) => !behind);
  drawLandmarks(pen, signs, sizes.star, paint, state.theme === "dark");
  const time = timeDrawn(state);
  const shown = runs.filter(({ label }) => isShown(state, label));
  const places = headsOnHill(shown, time, spotOf, sizes.head);
  drawHillHeads(pen, shown, places, state, sizes, paint);
  drawAsked(pen, shown, time, spotOf, state, sizes, paint);
  if (!sizes.em) return;
  const words = signWords(pen, signs, places, view, sizes, paint);
  if (!state.names || !sizes.named) return;
  const ways = shown.map(({ label, run, draped, placed }) => {
    const last = drapedVertexAt(draped.last, time);
    const truth = [];
    for (let at = 0; at <= last; at += 1) {
      truth.push(...hillPixel(view, placed[3 * at], placed[3 * at + 1], placed[3 * at + 2]));
    }
    return { label, run, truth: Float64Array.from(truth), end: last };
  });
  drawNames(pen, state, view, { ways, places, sizes, sides }, signs, paint, words);
}

/** What the signs are called, each kind once, and where the words stand. */
function signWords(pen, signs, places, view, { em, head }, paint) {
  const kinds = new Set();
  const first = signs.filter(({ kind }) => !kinds.has(kind) && kinds.add(kind));
  const heads = places.map(({ at: [x, y] }) => {
    return { left: x - head / 2, top: y - head / 2, right: x + head / 2, bottom: y + head / 2 };
  });
  pen.font = fontOf(16.5, false);
  pen.textAlign = "left";
  const placed = wordPlaces(pen, first.map(({ kind, at }) => ({ text: kind, at })), em, heads, view);
  for (const { text, left, top, bottom } of placed) {
    haloText(pen, text, left, (top + bottom) / 2, paint.ink, paint.casing);
  }
  return placed;
}

/** Where the heads stand, those that would cover each other side by side. */
function headsOnHill(shown, time, spotOf, size) {
  const found = shown.map(({ draped, placed }) => {
    return spotOf(drapedPlaceAt(placed, drapedVertexAt(draped.last, time)));
  });
  const apart = keptApart(found.map(({ at }) => at), size);
  return shown.map(({ label }, k) => ({ label, ...found[k], true: found[k].at, at: apart[k], exit: null }));
}

/**
 * Draw two lines on the ground through the head of the first run, along x and along y.
 * @param {CanvasRenderingContext2D} pen
 * @param {import("./hill_camera.js").HillView} view
 * @param {import("./hill_ground.js").HillGround} ground
 * @param {import("./hill_ground.js").HillRun} run
 * @param {import("./scene_types.js").View} window_
 * @param {Object<string, any>} state
 * @param {import("./landmarks.js").Paint} paint
 */
export function drawHillCross(pen, view, ground, { draped }, { xlim, ylim }, state, paint) {
  const at = 2 * Math.floor(drapedVertexAt(draped.last, timeDrawn(state)));
  const [x, y] = draped.points.subarray(at, at + 2);
  const along = (limits, k) => limits[0] + ((limits[1] - limits[0]) * k) / CROSS_PIECES;
  pen.beginPath();
  for (const placeOf of [(k) => [along(xlim, k), y], (k) => [x, along(ylim, k)]]) {
    let drawn = false;
    for (let k = 0; k <= CROSS_PIECES; k += 1) {
      const place = ground.place(...placeOf(k));
      const seen = place && !(view.lift > 0 && ground.hidden(place, view.towards));
      if (seen) pen[drawn ? "lineTo" : "moveTo"](...hillPixel(view, ...place));
      drawn = Boolean(seen);
    }
  }
  pen.strokeStyle = paint.ink; // no casing: it lies over the path, which it would hide
  pen.lineWidth = 1.2;
  pen.stroke();
}

/** The heads, the first run on top, and above it the one that is looked at. */
function drawHillHeads(pen, shown, places, state, { head }, paint) {
  const focused = focusedRun(state);
  const order = shown.map((_, k) => k).reverse();
  order.sort((a, b) => (shown[a].label === focused) - (shown[b].label === focused));
  for (const place of places) if (!place.behind) drawTruth(pen, place, head, paint.ink, paint.casing);
  for (const k of order) {
    const { label, run } = shown[k];
    pen.globalAlpha = Math.max(strengthOf(state, label), 0.4) * (places[k].behind ? BEHIND : 1);
    drawHead(pen, places[k], run, colorOf(run, state.theme), head, paint.casing);
  }
  pen.globalAlpha = 1;
}

/** Open heads at the step that the pointer asks for. */
function drawAsked(pen, shown, time, spotOf, { hover, theme }, { head }, paint) {
  if (!hover || typeof hover.step !== "number" || hover.step > time) return;
  for (const { label, run, draped, placed } of shown) {
    if (hover.run && hover.run !== label) continue;
    const { at, behind } = spotOf(drapedPlaceAt(placed, drapedVertexAt(draped.last, hover.step)));
    if (!behind) drawMarker(pen, run.marker, at, head * 0.72, paint.casing, colorOf(run, theme), 2);
  }
}

/**
 * Draw the ways as the map does, lanes and dots included, where the hill has become the map.
 * @param {CanvasRenderingContext2D} pen
 * @param {import("./hill_camera.js").PixelBox} map
 * @param {import("./scene_types.js").View} view
 * @param {Object<string, any>} state
 * @param {ReturnType<import("./map_ways.js").sizesOf>} sizes
 * @param {import("./landmarks.js").Paint} paint
 */
export function drawFoldedWays(pen, map, view, state, sizes, paint) {
  const ways = waysOf(state, { ...view, width: map.width, height: map.height }, sizes, sizes.dot > 0);
  const focused = focusedRun(state);
  const order = ways.filter(({ label }) => isShown(state, label)).reverse();
  order.sort((a, b) => (a.label === focused) - (b.label === focused));
  pen.save();
  pen.translate(map.left, map.top);
  pen.beginPath();
  pen.rect(0, 0, map.width, map.height);
  pen.clip();
  for (const way of order) {
    pen.globalAlpha = strengthOf(state, way.label) * (way.run.faded ? 0.28 : 1);
    drawTrail(pen, way, timeDrawn(state), colorOf(way.run, state.theme), { ...sizes, casing: paint.casing });
  }
  pen.restore();
  pen.globalAlpha = 1;
}

/**
 * The run and the step nearest to a pixel, if one is near.
 * @param {import("./hill_camera.js").HillView} view
 * @param {import("./hill_ground.js").HillRun[]} runs
 * @param {Object<string, any>} state
 * @param {number} x
 * @param {number} y
 * @returns {{run: string, step: number}|null}
 */
export function runOnHill(view, runs, state, x, y) {
  let [found, gap] = [null, NEAR_RUN * NEAR_RUN];
  for (const { label, draped, placed } of runs) {
    if (!isShown(state, label)) continue;
    const last = Math.min(Math.floor(timeDrawn(state)), draped.last.length - 1);
    for (let step = 0; step <= last; step += 1) {
      for (let at = draped.last[Math.max(step - 1, 0)]; at <= draped.last[step]; at += 1) {
        const [right, down] = hillPixel(view, placed[3 * at], placed[3 * at + 1], placed[3 * at + 2]);
        const far = (right - x) * (right - x) + (down - y) * (down - y);
        if (far < gap) [found, gap] = [{ run: label, step }, far];
      }
    }
  }
  return found;
}
