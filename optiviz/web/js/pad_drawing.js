/** Drawing of the pad: ground, theory line, axes, and the runs that stand on it. */

import { drawMarker } from "./markers.js";
import { middlesOf, regionOf } from "./pad_regions.js";
import { fractionOf } from "./pad_scale.js";
import { settingWords } from "./rule_table.js";
import { colorOf } from "./run_focus.js";
import { curvatureAt, largestStableRate } from "./stability.js";

const LOST_GROUND = "#5f7388";
const THEORY_WORDS = { gd: "2 / L", momentum: "2 (1 + m) / L", nag: "2 (1 + m) / ((1 + 2 m) L)" };

/** Pixels of the pad with its axes, where there is room. */
const PAD_WIDTH = 366;

/**
 * The rectangle of the pad within its canvas; a rule of one setting has a strip.
 * @param {number} settings 1 or 2
 * @param {number} room pixels that there are
 * @returns {{width: number, height: number, left: number, top: number, across: number, up: number}}
 */
export function padBox(settings, room) {
  const width = Math.min(room || PAD_WIDTH, PAD_WIDTH);
  const up = settings > 1 ? 190 : 56;
  return { width, height: up + 52, left: 45, top: 16, across: width - 66, up };
}

/**
 * All of it.
 * @param {CanvasRenderingContext2D} pen
 * @param {ReturnType<typeof padBox>} box
 * @param {object} what
 */
export function drawPad(pen, box, what) {
  const { left, top, across, up } = box;
  const token = (name) => what.style.getPropertyValue(name).trim();
  const colors = { ink: token("--ink"), paper: token("--paper"), soft: token("--soft") };
  pen.save();
  pen.beginPath();
  pen.rect(left, top, across, up);
  pen.clip();
  if (what.ground) drawGround(pen, box, what);
  const taken = drawTheory(pen, box, what, colors);
  drawCross(pen, box, what, colors);
  drawRuns(pen, box, what, colors);
  pen.restore();
  if (what.ground) drawRegionWords(pen, box, what, colors, taken);
  drawPadAxes(pen, box, what, colors);
}

function drawGround(pen, box, { ground, ramp, steps, faint, theme }) {
  const { left, top, across, up } = box;
  const [wide, high] = [across / ground.columns, up / ground.rows];
  const light = ramp.slice(0, 6);
  pen.globalAlpha = faint ? 0.5 : 1;
  const hatched = { "on its way": new Path2D(), "runs away": new Path2D() };
  for (let cell = 0; cell < ground.columns * ground.rows; cell += 1) {
    const [x, y] = [left + (cell % ground.columns) * wide,
      top + up - (Math.floor(cell / ground.columns) + 1) * high];
    const region = regionOf(ground, cell);
    const share = Math.sqrt(ground.arrived[cell] / steps);
    pen.fillStyle = region === "arrives" ? light[Math.min(Math.floor(share * light.length), light.length - 1)]
      : region === "runs away" ? LOST_GROUND : ramp[theme === "dark" ? 8 : 9];
    pen.fillRect(x, y, wide + 0.5, high + 0.5);
    hatched[region]?.rect(x, y, wide + 0.5, high + 0.5);
  }
  hatch(pen, box, hatched["on its way"], 1, "rgba(255,255,255,.38)");
  hatch(pen, box, hatched["runs away"], -1, "rgba(0,0,0,.22)");
  pen.globalAlpha = 1;
}

/** Slanted lines over an area. */
function hatch(pen, { left, top, across, up }, area, slant, color) {
  pen.save();
  pen.clip(area);
  pen.beginPath();
  for (let at = -up; at < across + up; at += 6) {
    pen.moveTo(left + at, slant > 0 ? top : top + up);
    pen.lineTo(left + at + up, slant > 0 ? top + up : top);
  }
  pen.lineWidth = 1;
  pen.strokeStyle = color;
  pen.stroke();
  pen.restore();
}

/** The border by theory, on the quadratic that the minimum is from near; the box of its words, or null. */
function drawTheory(pen, box, { names, axes, run, problem, minima }, { ink, paper }) {
  const place = minima.find(([, , kind]) => kind === "minimum");
  if (!place || !problem?.slope) return null;
  const curvature = curvatureAt(problem, place[0], place[1]);
  const line = new Path2D();
  let first = null;
  for (let i = 0; i <= 40; i += 1) {
    const momentum = names[1] ? (axes[1].high * i) / 40 : 0;
    const rate = largestStableRate(run.rule, { ...run.settings, [names[1]]: momentum }, curvature);
    if (rate === null) return null;
    if (rate < axes[0].low || rate > axes[0].high) continue;
    const x = box.left + fractionOf(axes[0], rate) * box.across;
    const y = names[1] ? box.top + (1 - fractionOf(axes[1], momentum)) * box.up
      : box.top + (i / 40) * box.up;
    line.lineTo(x, y);
    first ??= x;
  }
  if (first === null) return null;
  pen.lineWidth = 4.5;
  pen.strokeStyle = paper;
  pen.stroke(line);
  pen.setLineDash([7, 5]);
  pen.lineWidth = 2;
  pen.strokeStyle = ink;
  pen.stroke(line);
  pen.setLineDash([]);
  const x = first < box.left + box.across * 0.6 ? box.left + box.across - 6 : first - 8;
  const low = box.top + box.up;
  padWords(pen, THEORY_WORDS[run.rule], [x, names[1] ? low - 22 : low - 5], "right", ink, paper, 400);
  if (names[1]) padWords(pen, "at the minimum", [x, low - 6], "right", ink, paper, 400);
  return { left: x - pen.measureText(THEORY_WORDS[run.rule]).width, right: x, top: low - 36 };
}

/** Words that read on any ground: ink with a rim of paper. */
function padWords(pen, text, [x, y], align, ink, paper, weight) {
  pen.font = `${weight} 14px Page, system-ui, sans-serif`;
  pen.textAlign = align;
  pen.textBaseline = "alphabetic";
  pen.lineJoin = "round";
  pen.lineWidth = 3.5;
  pen.strokeStyle = paper;
  pen.strokeText(text, x, y);
  pen.fillStyle = ink;
  pen.fillText(text, x, y);
}

function placeOnPad(box, names, axes, settings) {
  const x = box.left + fractionOf(axes[0], settings[names[0]]) * box.across;
  const y = names[1]
    ? box.top + (1 - fractionOf(axes[1], settings[names[1]])) * box.up
    : box.top + box.up / 2;
  return [x, y];
}

function drawCross(pen, box, { names, axes, run }, { ink }) {
  const [x, y] = placeOnPad(box, names, axes, run.settings);
  pen.beginPath();
  pen.moveTo(x, box.top);
  pen.lineTo(x, box.top + box.up);
  if (names[1]) {
    pen.moveTo(box.left, y);
    pen.lineTo(box.left + box.across, y);
  }
  pen.lineWidth = 1;
  pen.strokeStyle = ink;
  pen.globalAlpha = 0.6;
  pen.stroke();
  pen.globalAlpha = 1;
}

function drawRuns(pen, box, { names, axes, run, own, others, theme }, { paper }) {
  for (const other of others) {
    const at = placeOnPad(box, names, axes, other.settings);
    drawMarker(pen, other.marker, at, 13, colorOf(other, theme), paper, 1.2);
  }
  if (!own) return;
  const [from, to] = [placeOnPad(box, names, axes, own.settings), placeOnPad(box, names, axes, run.settings)];
  if (Math.abs(from[0] - to[0]) + Math.abs(from[1] - to[1]) < 2) return;
  const color = colorOf(run, theme);
  pen.globalAlpha = 0.5;
  drawMarker(pen, run.marker, from, 12, color, paper, 1.2);
  pen.globalAlpha = 1;
  pen.beginPath();
  pen.moveTo(...from);
  pen.lineTo(...to);
  pen.lineWidth = 1.5;
  pen.strokeStyle = color;
  pen.stroke();
}

function drawRegionWords(pen, box, { ground, names }, { ink, paper }, taken) {
  const cell = [box.across / ground.columns, box.up / ground.rows];
  for (const [region, { column, row, room }] of Object.entries(middlesOf(ground))) {
    if (room < (names[1] ? 1 : 2)) continue;
    const middle = box.left + (column + 0.5) * cell[0];
    const x = Math.min(Math.max(middle, box.left + 42), box.left + box.across - 42);
    let y = names[1] ? box.top + box.up - (row + 0.5) * cell[1] + 5 : box.top + 15;
    const hides = names[1] && taken && x + 40 > taken.left && x - 40 < taken.right && y > taken.top - 4;
    if (hides) y = taken.top - 8;
    padWords(pen, region, [x, y], "center", ink, paper, 700);
  }
}

function drawPadAxes(pen, box, { names, axes }, { soft }) {
  const { left, top, across, up } = box;
  pen.strokeStyle = soft;
  pen.lineWidth = 1;
  pen.strokeRect(left + 0.5, top + 0.5, across - 1, up - 1);
  pen.fillStyle = soft;
  pen.font = "400 14px Page, system-ui, sans-serif";
  pen.textBaseline = "alphabetic";
  pen.textAlign = "center";
  const decades = Math.round(Math.log10(axes[0].high / axes[0].low));
  for (let i = 0; i <= decades; i += 1) {
    const value = Number((axes[0].low * Number(`1e${i}`)).toPrecision(3));
    pen.fillText(String(value), left + (i / decades) * across, top + up + 18);
  }
  pen.textAlign = "right";
  pen.fillText(settingWords(names[0]), left + across, top + up + 34);
  if (!names[1]) return;
  for (const value of [0, 0.5, 0.9]) {
    pen.fillText(String(value), left - 8, top + (1 - fractionOf(axes[1], value)) * up + 5);
  }
  pen.textAlign = "left";
  pen.fillText(settingWords(names[1]), 0, 11);
}
