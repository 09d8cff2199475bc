/** Fit view: the data, the truth behind them where it is known, and the line that each run has come to. */

import { glidedTime, horizonOf } from "./clock.js";
import { dataLimits, lineAt, lineLanes } from "./fit_lines.js";
import { layer, onResize, wiped } from "./layout.js";
import { drawMarker } from "./markers.js";
import { drawPlotAxes } from "./plot_axes.js";
import { colorOf, focusedRun, isShown, runsNow, strengthOf } from "./run_focus.js";
import { toPixel } from "./scales.js";
import { fontOf, paintOf, typeScale } from "./themes.js";

const FIT_ROOM = { left: 44, below: 44, above: 6, right: 8 }; // pixels for numbers and names

/**
 * Draw it into a view.
 * @param {HTMLElement} plot
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountFitView(plot, store) {
  const { state } = store;
  const [still, moving] = [layer(plot, "data"), layer(plot, "lines")];
  const { data, axes } = state.scene.problem;
  const limits = dataLimits(data.x, data.y);
  const size = { width: 0, height: 0, small: true };
  plot.setAttribute("role", "img");
  plot.setAttribute("aria-label", "Data and the line of each run");
  plot.setAttribute("aria-describedby", "told");

  const dataColor = () => (state.theme === "dark" ? "#a3a9b0" : "#8a9098");
  const view = () => ({
    width: size.width - FIT_ROOM.left - FIT_ROOM.right,
    height: size.height - FIT_ROOM.above - FIT_ROOM.below,
    ...limits,
  });
  const inPlot = (canvas) => {
    const pen = wiped(canvas, size.width, size.height);
    pen.translate(FIT_ROOM.left, FIT_ROOM.above);
    return pen;
  };
  const clipped = (pen, { width, height }) => {
    pen.beginPath();
    pen.rect(0, 0, width, height);
    pen.clip();
  };

  function drawGround() {
    if (size.width < 80) return;
    const paint = paintOf(state.theme);
    const room = { inside: false, left: FIT_ROOM.left };
    drawPlotAxes(inPlot(still), view(), axes, paint, fontOf(size.small ? 14 : 16, false), room);
  }

  function drawTruthLine(pen, box, truth, paint) {
    if (!truth) return;
    pen.beginPath();
    truth.forEach(([x, y]) => pen.lineTo(...toPixel(box, x, y)));
    pen.setLineDash([6, 4.5]); // dashes mean theory, truth or a limit
    pen.strokeStyle = paint.ink;
    pen.lineWidth = 1.5;
    pen.stroke();
    pen.setLineDash([]);
  }

  function drawLines() {
    if (size.width < 80) return;
    const paint = paintOf(state.theme);
    const box = view();
    const pen = inPlot(moving);
    pen.save();
    clipped(pen, box);
    drawTruthLine(pen, box, state.scene.problem.truth, paint);
    const time = glidedTime(state.scene, Math.min(state.time, horizonOf(state)));
    const runs = runsNow(state);
    const shown = state.race
      .map(({ label, path }, k) => ({ label, run: runs[k], theta: lineAt(path, time) }))
      .filter(({ label }) => isShown(state, label));
    const ends = shown.map(({ theta: [slope, height] }) => limits.xlim.map((x) => {
      return Math.min(Math.max(toPixel(box, x, slope * x + height)[1], -1e5), 1e5);
    }));
    const width = (size.small ? 2.6 : 3) * typeScale();
    const lanes = lineLanes(ends, width + 1);
    const focused = focusedRun(state);
    const order = shown.map((_, k) => k).reverse();
    order.sort((a, b) => (shown[a].label === focused) - (shown[b].label === focused));
    for (const k of order) {
      pen.globalAlpha = strengthOf(state, shown[k].label);
      for (const [color, wide] of [[paint.casing, width + 2], [colorOf(shown[k].run, state.theme), width]]) {
        pen.beginPath();
        pen.moveTo(0, ends[k][0] + lanes[k]);
        pen.lineTo(box.width, ends[k][1] + lanes[k]);
        pen.strokeStyle = color;
        pen.lineWidth = wide;
        pen.stroke();
      }
    }
    pen.globalAlpha = 1;
    pen.restore();
    const dot = (size.small ? 5 : 6.4) * typeScale();
    data.x.forEach((x, k) => {
      drawMarker(pen, "o", toPixel(box, x, data.y[k]), dot, dataColor(), paint.casing, 0.8);
    });
  }

  onResize(plot, ({ width, height }) => {
    Object.assign(size, { width, height, small: plot.closest(".view").classList.contains("in-small") });
    drawGround();
    drawLines();
  });
  store.on(["theme", "fonts"], drawGround);
  store.on(["race", "theme", "time", "hidden", "only", "hover", "pinned", "asked"], drawLines);
}
