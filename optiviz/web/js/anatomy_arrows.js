/** Anatomy arrows: what a step is made of, at the head of the selected run. */

import { horizonOf } from "./clock.js";
import { stateAt } from "./engine.js";
import { layer, wiped } from "./layout.js";
import { liveRun, problemOf } from "./race.js";
import { colorOf, isShown } from "./run_focus.js";
import { pathPixels } from "./scales.js";
import { chosenRun } from "./sliders.js";
import { fontOf, paintOf } from "./themes.js";

const FACTORS = [1, 2, 3, 5, 10];
const SHORTEST_ARROW = 60; // pixels that the longest arrow should at least have
const LONGEST_ARROW = 140;

/**
 * @typedef {{kept: number[]|null, slope: number[], sum: number[], keptWords: string, slopeWords: string}}
 *   StepParts vectors in the plane; sum = kept + slope
 */

/**
 * The parts of the step after step k.
 * @param {import("./scene_types.js").Run} run after changes
 * @param {{path: Float64Array}} result
 * @param {number} k
 * @param {{memory: Object<string, Float64Array>}} before what the rule holds at step k
 * @param {{memory: Object<string, Float64Array>}} after what it holds at step k + 1
 * @returns {StepParts}
 */
export function partsOfStep(run, { path }, k, before, after) {
  const sum = [0, 1].map((axis) => path[2 * k + 2 + axis] - path[2 * k + axis]);
  const { settings } = run;
  const rate = settings.learning_rate;
  const momentum = before.memory.velocity ? settings.momentum ?? 0 : 0;
  const [beta] = [settings.beta_1];
  const moments = before.memory.first_moment && after.memory.first_moment;
  let kept = null;
  let keptWords = "";
  if (momentum > 0 && k > 0) {
    kept = [0, 1].map((axis) => momentum * (path[2 * k + axis] - path[2 * k - 2 + axis]));
    keptWords = `kept: ${momentum} × last step`;
  } else if (moments && k > 0) {
    // a coordinate goes in proportion to its first moment, of which beta_1 times the old one was kept
    kept = [0, 1].map((axis) => {
      const now = after.memory.first_moment[axis];
      return now === 0 ? 0 : (sum[axis] * beta * before.memory.first_moment[axis]) / now;
    });
    keptWords = `kept: ${beta} × first moment`;
  }
  const slope = sum.map((part, axis) => part - (kept?.[axis] ?? 0));
  const divided = before.memory.second_moment || before.memory.accumulator || before.memory.mean_square;
  return { kept, slope, sum, keptWords, slopeWords: `−${rate} × slope${divided ? ", divided" : ""}` };
}

/**
 * The factor that makes the longest of some arrows 60 to 140 pixels long, as near as it can.
 * @param {number} length of the longest, in pixels
 * @returns {number} 1, 2, 3, 5 or 10
 */
export function arrowFactor(length) {
  if (!(length > 0)) return 1;
  const fits = (pixels) => pixels >= SHORTEST_ARROW && pixels <= LONGEST_ARROW;
  return FACTORS.find((factor) => fits(factor * length)) ?? (length > LONGEST_ARROW ? 1 : 10);
}

/**
 * Draw them on a layer above the paths of the map.
 * @param {HTMLElement} root where it is drawn
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountAnatomyArrows(root, store) {
  const canvas = layer(root, "arrows");

  function draw() {
    const { state } = store;
    const { view, arrows, playing, scene, changes, race, theme, start } = state;
    if (!view) return;
    const pen = wiped(canvas, view.width, view.height);
    const run = chosenRun(state);
    if (!arrows || playing || !run || run.recorded || !isShown(state, run.label)) return;
    const result = race.find((one) => one.label === run.label);
    const problem = problemOf(scene, changes);
    const live = problem && liveRun(scene, run, changes.runs?.[run.label]);
    const k = Math.min(Math.floor(state.time + 1e-9), horizonOf(state));
    if (!live || !result || k >= scene.steps || (result.stopped >= 0 && k + 1 >= result.stopped)) return;
    if (k >= horizonOf(state)) return;
    const engineRun = { ...live, start: run.start ?? start };
    const [before, after] = [k, k + 1].map((step) => stateAt(problem, engineRun, step));
    const parts = partsOfStep(run, result, k, before, after);
    const seen = race.filter(({ label }) => isShown(state, label));
    const heads = seen.map(({ path, label }) => headBox(view, path, k, label));
    drawArrows(pen, view, result, k, parts, { color: colorOf(run, theme), paint: paintOf(theme), heads });
  }
  store.on(["arrows", "selected", "changes", "race", "time", "playing", "view", "theme", "hidden", "only",
    "asked", "start"], draw);
}

function drawArrows(pen, view, result, k, parts, { color, paint, heads }) {
  const [x, y] = pathPixels(view, result.path.subarray(2 * k, 2 * k + 2));
  const scale = [view.width / (view.xlim[1] - view.xlim[0]), -view.height / (view.ylim[1] - view.ylim[0])];
  const plain = (vector) => vector.map((part, axis) => part * scale[axis]);
  const vectors = [parts.sum, parts.slope, ...(parts.kept ? [parts.kept] : [])].map(plain);
  const factor = arrowFactor(Math.max(...vectors.map(([a, b]) => Math.sqrt(a * a + b * b))));
  const tip = (vector) => [x + plain(vector)[0] * factor, y + plain(vector)[1] * factor];
  const [sum, slope] = [tip(parts.sum), tip(parts.slope)];
  const times = factor > 1 ? ` (arrows × ${factor})` : "";
  const taken = [...heads];
  const write = (text, at, ink) => taken.push(arrowWords(pen, view, text, at, ink, paint, taken));
  if (parts.kept) {
    const kept = tip(parts.kept);
    pen.strokeStyle = paint.soft;
    pen.lineWidth = 1;
    pen.beginPath();
    for (const part of [kept, slope]) {
      pen.moveTo(...part);
      pen.lineTo(...sum);
    }
    pen.stroke();
    drawArrow(pen, [x, y], kept, 4, color, paint.casing);
  }
  drawArrow(pen, [x, y], slope, 4, paint.ink, paint.casing);
  drawArrow(pen, [x, y], sum, 6.5, color, paint.casing);
  write(`${parts.kept ? "sum: " : ""}the next step${times}`, sum, color);
  if (parts.kept) write(parts.keptWords, tip(parts.kept), color);
  write(parts.slopeWords, slope, paint.ink);
}

function drawArrow(pen, from, to, width, color, casing) {
  const [across, up] = [to[0] - from[0], to[1] - from[1]];
  const length = Math.sqrt(across * across + up * up);
  if (length < 1) return;
  const [right, down] = [across / length, up / length];
  const head = Math.min(Math.max(3 * width, 10), length);
  const shaft = [to[0] - right * head, to[1] - down * head];
  const wing = head * 0.5;
  for (const [color_, more] of [[casing, 3], [color, 0]]) {
    pen.strokeStyle = color_;
    pen.fillStyle = color_;
    pen.lineCap = "butt";
    pen.lineJoin = "round";
    pen.lineWidth = width + more;
    pen.beginPath();
    pen.moveTo(...from);
    pen.lineTo(...shaft);
    pen.stroke();
    pen.beginPath();
    pen.moveTo(...to);
    pen.lineTo(shaft[0] - down * wing, shaft[1] + right * wing);
    pen.lineTo(shaft[0] + down * wing, shaft[1] - right * wing);
    pen.closePath();
    if (more) {
      pen.lineWidth = more;
      pen.stroke();
    }
    pen.fill();
  }
}

/** About the box that a head takes, with its name to the right: left, top, right, bottom. */
function headBox(view, path, k, label) {
  const [x, y] = pathPixels(view, path.subarray(2 * k, 2 * k + 2));
  return [x - 14, y - 14, x + 24 + 9 * label.length, y + 14];
}

/** Square pixels that two boxes share. */
function coveredArea(a, b) {
  const wide = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const high = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  return Math.max(0, wide) * Math.max(0, high);
}

/** Words round a tip, where they cover least of what is taken; the box that they take. */
function arrowWords(pen, view, text, tip, color, paint, taken) {
  const x = Math.min(Math.max(tip[0], 0), view.width);
  const y = Math.min(Math.max(tip[1], 12), view.height - 12);
  pen.font = fontOf(14, true);
  pen.textBaseline = "alphabetic";
  const wide = pen.measureText(text).width;
  const boxes = [0, 18, -18, 36, -36, 54, -54].flatMap((down) => [x + 12, x - wide - 12].map((left) => {
    const at = Math.min(Math.max(left, 4), view.width - wide - 4);
    const base = Math.min(Math.max(y + 5 + down, 16), view.height - 6);
    return [at, base - 14, at + wide, base + 4];
  }));
  const cost = (box) => taken.reduce((sum, one) => sum + coveredArea(box, one), 0) + Math.abs(box[1] + 9 - y);
  const box = boxes.reduce((best, one) => (cost(one) < cost(best) ? one : best));
  pen.textAlign = "left";
  pen.lineJoin = "round";
  pen.lineWidth = 4;
  pen.strokeStyle = paint.casing;
  pen.strokeText(text, box[0], box[3] - 4);
  pen.fillStyle = color;
  pen.fillText(text, box[0], box[3] - 4);
  return box;
}
