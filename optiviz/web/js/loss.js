/** Loss view: the loss of each run over the steps, with what is to come drawn faintly. */

import { glidedTime, goTo, horizonOf } from "./clock.js";
import { curveLimits, curvePixel, drawCurveAxes, drawCurves } from "./curves.js";
import { layer, onResize, wiped } from "./layout.js";
import { colorOf, isShown, runsNow, strengthOf } from "./run_focus.js";
import { paintOf, typeScale } from "./themes.js";

const CURVE_REACH = 14; // pixels from a curve within which it is looked at

/**
 * Draw the curves into a view.
 * @param {HTMLElement} root the plot
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountLoss(root, store) {
  const { state } = store;
  const [still, moving] = [layer(root, "ground"), layer(root, "paths")];
  root.setAttribute("role", "img");
  root.setAttribute("aria-label", "Loss of all runs over the steps");
  root.setAttribute("aria-describedby", "told");
  const size = { width: 0, height: 0 };
  let plot = null;

  function drawStill() {
    if (size.width < 40 || size.height < 60) {
      plot = null;
      return;
    }
    const u = typeScale();
    const { limits, log } = curveLimits(state.race.filter(({ label }) => isShown(state, label)));
    const [left, below] = [44 * u, 38 * u];
    const [width, height] = [size.width - left - 13 * u, size.height - below - 6];
    plot = { left, top: 6, width, height, limits, log, steps: state.scene.steps };
    root.parentElement.querySelector(".small").textContent = log ? "log" : "";
    drawCurveAxes(wiped(still, size.width, size.height), plot, state.scene, paintOf(state.theme));
    drawMoving();
  }

  function drawMoving() {
    if (!plot) return;
    const pen = wiped(moving, size.width, size.height);
    const runs = runsNow(state);
    const u = typeScale();
    const curves = state.race
      .map((result, k) => ({
        label: result.label,
        values: result.losses,
        color: colorOf(runs[k], state.theme),
        marker: runs[k].marker,
        strength: strengthOf(state, result.label),
      }))
      .filter(({ label }) => isShown(state, label));
    const limit = horizonOf(state);
    const time = glidedTime(state.scene, Math.min(state.time, limit));
    drawCurves(pen, plot, curves, time, limit, paintOf(state.theme), { line: 2.4 * u, head: 12 * u });
    if (state.hover?.step === undefined || state.hover?.step === null) return;
    const [x] = curvePixel(plot, Math.min(state.hover.step, limit), 1);
    pen.fillStyle = paintOf(state.theme).soft;
    pen.fillRect(x, plot.top, 1, plot.height);
  }

  function under(event) {
    const box = root.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    if (!plot || x < plot.left - 8 || x > plot.left + plot.width + 12) return null;
    const share = Math.min(Math.max((x - plot.left) / plot.width, 0), 1);
    const step = Math.min(Math.round(share * plot.steps), horizonOf(state));
    let [run, best] = [null, CURVE_REACH];
    for (const { label, losses } of state.race) {
      if (!isShown(state, label)) continue;
      const away = Math.abs(curvePixel(plot, step, losses[Math.min(step, losses.length - 1)])[1] - y);
      if (away < best) [run, best] = [label, away];
    }
    return { run, step };
  }

  root.addEventListener("pointermove", (event) => {
    const found = under(event);
    const { hover } = state;
    if (found?.run !== hover?.run || found?.step !== hover?.step) store.set({ hover: found });
  });
  root.addEventListener("pointerleave", () => store.set({ hover: null }));
  root.addEventListener("click", (event) => {
    const found = under(event);
    if (found) goTo(store, found.step);
  });
  onResize(root, ({ width, height }) => {
    Object.assign(size, { width, height });
    drawStill();
  });
  store.on(["race", "theme", "fonts", "hidden", "only"], drawStill);
  store.on(["time", "hover", "pinned", "asked"], drawMoving);
}
