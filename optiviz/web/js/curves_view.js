/** Curves view: recorded numbers of each run over the steps: shares told right, effective rates. */

import { isChanged } from "./changes.js";
import { glidedTime, goTo, horizonOf } from "./clock.js";
import { curvePixel, drawCurveAxes, drawCurves } from "./curves.js";
import { layer, onResize, wiped } from "./layout.js";
import { colorOf, isShown, strengthOf } from "./run_focus.js";
import { paintOf, typeScale } from "./themes.js";

/**
 * The numbers of a curve at every step, on straight lines between those at its times.
 * @param {number[]} times ascending
 * @param {number[]} values
 * @param {number} steps
 * @returns {Float64Array}
 */
export function valuesByStep(times, values, steps) {
  const found = new Float64Array(steps + 1);
  for (let step = 0, k = 0; step <= steps; step += 1) {
    while (k + 2 < times.length && times[k + 1] <= step) k += 1;
    const [from, to] = [times[k], times[k + 1] ?? times[k]];
    const share = to > from ? Math.min(Math.max((step - from) / (to - from), 0), 1) : 0;
    found[step] = values[k] + share * ((values[k + 1] ?? values[k]) - values[k]);
  }
  return found;
}

/**
 * Draw them into a view.
 * @param {HTMLElement} root the plot
 * @param {import("./store.js").Store} store
 * @param {import("./scene_types.js").Panel} panel `curves` with `run`, `times`, `values` and `held`, of rows
 *   held out; `limits`, and whether they are of a `log` axis
 * @returns {void}
 */
export function mountCurvesView(root, store, panel) {
  const { state } = store;
  const [still, moving] = [layer(root, "ground"), layer(root, "paths")];
  const { steps } = state.scene;
  const known = new Map(state.scene.runs.map((run) => [run.label, run]));
  const every = panel.curves.map(({ run, times, values, held }) => ({
    label: run, run: known.get(run), held: Boolean(held), values: valuesByStep(times, values, steps),
  }));
  const size = { width: 0, height: 0 };
  let plot = null;
  root.setAttribute("role", "img");
  root.setAttribute("aria-label", panel.heading);
  root.setAttribute("aria-describedby", "told");

  function drawStill() {
    plot = null;
    if (size.width < 40 || size.height < 60) return;
    const u = typeScale();
    const [width, height] = [size.width - 57 * u, size.height - 38 * u - 6];
    plot = { left: 44 * u, top: 6, width, height, limits: panel.limits, log: Boolean(panel.log), steps };
    drawCurveAxes(wiped(still, size.width, size.height), plot, state.scene, paintOf(state.theme));
    drawMoving();
  }

  function drawMoving() {
    if (!plot) return;
    const small = root.parentElement.querySelector(".small");
    small.textContent = isChanged(state) ? "as recorded" : panel.small;
    const pen = wiped(moving, size.width, size.height);
    const [u, paint] = [typeScale(), paintOf(state.theme)];
    const limit = horizonOf(state);
    const time = glidedTime(state.scene, Math.min(state.time, limit));
    const shown = every.filter(({ label }) => isShown(state, label)).map((one) => ({
      ...one,
      color: colorOf(one.run, state.theme),
      marker: one.run.marker,
      strength: strengthOf(state, one.label),
    }));
    drawHeldOut(pen, shown.filter(({ held }) => held), time);
    const seen = shown.filter(({ held }) => !held);
    drawCurves(pen, plot, seen, time, limit, paint, { line: 2.4 * u, head: 12 * u });
  }

  /** Thin and without a casing: numbers of rows that no step has seen. */
  function drawHeldOut(pen, curves, time) {
    for (const { values, color, strength } of curves) {
      pen.beginPath();
      for (let k = 0; k <= Math.min(Math.floor(time), steps); k += 1) {
        pen.lineTo(...curvePixel(plot, k, values[k]));
      }
      pen.globalAlpha = strength;
      pen.strokeStyle = color;
      pen.lineWidth = 1.6;
      pen.stroke();
    }
    pen.globalAlpha = 1;
  }

  root.addEventListener("click", ({ offsetX }) => {
    if (plot) goTo(store, Math.round(Math.min(Math.max((offsetX - plot.left) / plot.width, 0), 1) * steps));
  });
  onResize(root, ({ width, height }) => {
    Object.assign(size, { width, height });
    drawStill();
  });
  store.on(["theme", "fonts"], drawStill);
  store.on(["time", "hidden", "only", "hover", "pinned", "asked", "start", "changes"], drawMoving);
}
