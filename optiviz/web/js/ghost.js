/** Ghost of the selected run: its path before the first change. */

import { horizonOf } from "./clock.js";
import { layer, wiped } from "./layout.js";
import { colorOf } from "./run_focus.js";
import { pathPixels } from "./scales.js";
import { fontOf, paintOf } from "./themes.js";

/**
 * The paths that runs had before their settings were changed; a moved start ends them.
 * @param {Object<string, Float64Array>} kept by label
 * @param {{before: object, now: object}} states of `changes`, `race` and `start`
 * @returns {Object<string, Float64Array>}
 */
export function ghostsAfter(kept, { before, now }) {
  const changed = now.changes?.runs ?? {};
  if (String(before.start) !== String(now.start)) return {};
  if (JSON.stringify(before.changes?.problem) !== JSON.stringify(now.changes?.problem)) return {};
  const next = {};
  for (const label of Object.keys(changed)) {
    const path = kept[label] ?? (before.changes?.runs?.[label] ? null
      : before.race.find((one) => one.label === label)?.path);
    if (path) next[label] = path;
  }
  return next;
}

/**
 * Draw it on a layer below the paths of the map.
 * @param {HTMLElement} root where it is drawn
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountGhost(root, store) {
  const canvas = layer(root, "ghost");
  root.querySelector('[data-layer="paths"]')?.before(canvas);
  const picked = ({ changes, race, start }) => ({ changes, race, start });
  let before = picked(store.state);
  let kept = {};

  function draw() {
    const { view, theme, race, selected, hidden, only, time } = store.state;
    if (!view) return;
    const pen = wiped(canvas, view.width, view.height);
    const path = kept[selected];
    const run = race.find((one) => one.label === selected)?.run;
    if (!path || !run || hidden.includes(selected) || (only && only !== selected)) return;
    const shown = Math.min(Math.floor(time), horizonOf(store.state)) + 1;
    const pixels = pathPixels(view, path.subarray(0, 2 * shown));
    pen.globalAlpha = 0.38;
    pen.strokeStyle = colorOf(run, theme);
    pen.lineWidth = 2;
    pen.lineJoin = "round";
    pen.beginPath();
    for (let k = 0; k < pixels.length; k += 2) pen.lineTo(pixels[k], pixels[k + 1]);
    pen.stroke();
    pen.globalAlpha = 1;
    const others = race.map((one) => pathPixels(view, one.path.subarray(0, 2 * shown)));
    writeBefore(pen, freestPlace(pixels, others, view), colorOf(run, theme), paintOf(theme).casing);
  }
  store.on(["changes", "race", "start", "view", "theme", "selected", "hidden", "only", "time"], () => {
    if (before.race !== store.state.race || before.changes !== store.state.changes) {
      kept = ghostsAfter(kept, { before, now: store.state });
      before = picked(store.state);
    }
    draw();
  });
}

/** Where a word beside a path is farthest from all paths: its end and its side; null without room. */
function freestPlace(pixels, others, { width, height }) {
  let best = null;
  let room = 0;
  for (let k = 2; k < pixels.length; k += 2) {
    const [x, y] = [pixels[k], pixels[k + 1]];
    if (x < 70 || y < 20 || x > width - 70 || y > height - 10) continue;
    for (const side of [-1, 1]) {
      const free = roomRound(others, x + 34 * side, y);
      if (free > room) [best, room] = [{ at: [x + 8 * side, y + 5], side }, free];
    }
  }
  return best;
}

/** Squared distance from a place to the nearest path; what is above or below counts as twice as far. */
function roomRound(others, x, y) {
  let least = Infinity;
  for (const other of others) {
    for (let j = 2; j < other.length; j += 2) {
      const [fromX, fromY] = [other[j - 2] - x, 2 * (other[j - 1] - y)];
      const [across, down] = [other[j] - other[j - 2], 2 * (other[j + 1] - other[j - 1])];
      const length = across * across + down * down;
      const share = length > 0 ? Math.min(Math.max(-(fromX * across + fromY * down) / length, 0), 1) : 0;
      const [right, below] = [fromX + share * across, fromY + share * down];
      least = Math.min(least, right * right + below * below);
    }
  }
  return least;
}

/** The word beside the path. */
function writeBefore(pen, place, color, casing) {
  if (!place) return;
  pen.font = fontOf(14, false);
  pen.textAlign = place.side < 0 ? "right" : "left";
  pen.lineJoin = "round";
  pen.lineWidth = 4;
  pen.strokeStyle = casing;
  pen.strokeText("before", ...place.at);
  pen.fillStyle = color;
  pen.fillText("before", ...place.at);
}
