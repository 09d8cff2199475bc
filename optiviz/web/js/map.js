/** Map: level lines of the loss over two parameters, with the way and the head of each run. */

import { isChanged } from "./changes.js";
import { glidedTime, horizonOf, prefersStill } from "./clock.js";
import { bandsOf } from "./heights.js";
import { drawHead, drawTruth, headPlaces } from "./heads.js";
import { drawLandmarks, landmarkPlaces } from "./landmarks.js";
import { layer, make, onResize, wiped } from "./layout.js";
import { drawMarkedLines, drawWords } from "./map_words.js";
import { AXES_ROOM, drawAxes } from "./map_axes.js";
import { followPointer } from "./map_hover.js";
import { drawBands, sizesOf, waysOf } from "./map_ways.js";
import { windowOf } from "./map_window.js";
import { drawMarker } from "./markers.js";
import { problemNow, surfaceNow } from "./problem_now.js";
import { colorOf, focusedRun, isShown, strengthOf } from "./run_focus.js";
import { pixelAt } from "./scales.js";
import { fontOf, paintOf, typeScale } from "./themes.js";
import { mountTip } from "./tip.js";
import { drawTrail } from "./trails.js";

const GROWS_FOR = 250; // milliseconds in which the window becomes another one

/**
 * Draw the map into a view; `view` in the state says what it shows.
 * @param {HTMLElement} plot
 * @param {import("./store.js").Store} store
 * @param {import("./scene_types.js").Panel} [panel]
 * @returns {void}
 */
export function mountMap(plot, store, panel) {
  const { state } = store;
  const layers = Object.fromEntries(
    ["ground", "axes", "marks", "paths", "heads", "names"].map((name) => [name, layer(plot, name)]),
  );
  plot.setAttribute("role", "group");
  plot.setAttribute("aria-label", "Map of the loss with the paths of all runs");
  plot.setAttribute("aria-describedby", "told");
  const message = make("button", { type: "button", class: "message", hidden: "" });
  message.append("All runs hidden: show all");
  message.addEventListener("click", () => store.set({ hidden: [], only: null }));
  plot.append(message);
  const sides = new Map(); // of each name, the side of its head on which it stands
  const size = { width: 0, height: 0, small: false, inside: false };
  let [ways, sizes, shownKey] = [[], sizesOf(true, 0, 1), ""];
  let [bands, growing, shownProblem] = [null, 0, ""];

  const pen = (name) => wiped(layers[name], size.width, size.height);
  const hasRun = (label) => !panel?.run || panel.run === label; // a panel may be of one run
  const shown = () => ways.filter(({ label }) => hasRun(label) && isShown(state, label));
  const now = () => glidedTime(state.scene, Math.min(state.time, horizonOf(state)));

  function lookAt() {
    if (size.width < 8) return;
    const problem = problemNow(state);
    const kept = state.view && state.dragging && state.view.width === size.width;
    const { race, start } = state;
    const fresh = () => windowOf(problem, race, start, size.width, size.height, sceneWindow());
    const window_ = kept ? state.view : fresh();
    const { xlim, ylim, bent } = window_;
    const surface = surfaceNow(state);
    if (surface && !kept) bands = bandsOf(surface.value, state.race, problem.minima, xlim, ylim);
    const target = { width: size.width, height: size.height, xlim, ylim, bent, bands, small: size.small };
    const key = JSON.stringify(target);
    if (key === shownKey) return;
    shownKey = key;
    cancelAnimationFrame(growing);
    const before = state.view;
    const own = problem.name === shownProblem && before && !before.bent && !bent;
    shownProblem = problem.name;
    if (kept || !own || prefersStill() || before.width !== size.width || before.height !== size.height) {
      store.set({ view: target, growing: false });
    } else growTo(target, before, performance.now());
  }

  /** Let the window grow from one to another, which is not to jump under the hand. */
  function growTo(target, before, since) {
    const share = Math.min((performance.now() - since) / GROWS_FOR, 1);
    const part = share * share * (3 - 2 * share);
    const between = (axis) => before[axis].map((end, k) => end + part * (target[axis][k] - end));
    const view = share < 1 ? { ...target, xlim: between("xlim"), ylim: between("ylim") } : target;
    store.set({ view, growing: share < 1 });
    if (share < 1) growing = requestAnimationFrame(() => growTo(target, before, since));
  }

  /** The window that the scene shows, and whether the runs are still its own. */
  function sceneWindow() {
    if (state.changes?.problem || !panel?.xlim || !panel.ylim) return null;
    return { xlim: panel.xlim, ylim: panel.ylim, grows: isChanged(state) };
  }

  function trace() {
    const { view } = state;
    if (!view) return;
    sizes = sizesOf(size.small, state.race.length, typeScale());
    ways = waysOf(state, view, sizes, !state.dragging && !state.growing && !size.small);
  }

  function drawGround() {
    const { view, theme, scene } = state;
    if (!view) return;
    const paint = paintOf(theme);
    const surface = surfaceNow(state);
    const ground = pen("ground");
    if (surface && view.bands) {
      drawBands(ground, surface, view, theme === "dark" ? scene.levels.dark : scene.levels.ramp, paint.line);
    }
    drawFrame(paint);
    const small = plot.parentElement.querySelector(".small");
    small.textContent = small.textContent.replace(/low is \w+/, `low is ${theme}`);
    const marks = pen("marks");
    drawMarkedLines(marks, state, view, paint);
    drawLandmarks(marks, landmarkPlaces(problemNow(state), view), sizes.star, paint, theme === "dark");
  }

  function drawFrame(paint) {
    const { left, below, around } = size.inside ? { left: 0, below: 0, around: 0 } : AXES_ROOM;
    const axes = wiped(layers.axes, size.width + left + around, size.height + below + around);
    layers.axes.style.left = `${-left}px`;
    layers.axes.style.top = `${-around}px`;
    axes.translate(left, around);
    if (size.small) {
      axes.strokeStyle = paint.soft;
      axes.strokeRect(0.5, 0.5, size.width - 1, size.height - 1);
    } else drawAxes(axes, state.view, problemNow(state).names, paint, fontOf(16, false), size.inside);
  }

  function drawPaths() {
    if (!state.view) return;
    const paint = paintOf(state.theme);
    const paths = pen("paths");
    const time = now();
    const pens = { ...sizes, casing: paint.casing };
    const focused = focusedRun(state);
    const order = shown().reverse().sort((a, b) => (a.label === focused) - (b.label === focused));
    for (const way of order) {
      paths.globalAlpha = strengthOf(state, way.label) * (way.run.faded ? 0.28 : 1);
      drawTrail(paths, way, time, colorOf(way.run, state.theme), pens);
    }
    paths.globalAlpha = 1;
    layers.marks.classList.toggle("above", time >= state.scene.steps); // a star is seen at the end
    message.hidden = shown().length > 0 || state.race.length === 0;
  }

  function drawHeads() {
    if (!state.view) return;
    const { view, theme, hover } = state;
    const paint = paintOf(theme);
    const time = now();
    const heads = pen("heads");
    const drawn = shown();
    const places = headPlaces(
      drawn.map((way) => ({ label: way.label, pixels: way.truth })),
      time,
      view.width,
      view.height,
      sizes.head,
    );
    for (const place of places) drawTruth(heads, place, sizes.head, paint.ink, paint.casing);
    drawn
      .map((way, k) => ({ way, place: places[k] }))
      .reverse()
      .sort((a, b) => (a.way.label === focusedRun(state)) - (b.way.label === focusedRun(state)))
      .forEach(({ way, place }) => {
        heads.globalAlpha = Math.max(strengthOf(state, way.label), 0.4);
        drawHead(heads, place, way.run, colorOf(way.run, theme), sizes.head, paint.casing);
      });
    heads.globalAlpha = 1;
    if (hover && hover.step !== null && hover.step <= horizonOf(state)) {
      for (const { run, truth } of drawn.filter(({ label }) => !hover.run || hover.run === label)) {
        const at = pixelAt(truth, hover.step);
        drawMarker(heads, run.marker, at, sizes.head * 0.72, paint.casing, colorOf(run, theme), 2);
      }
    }
    const seen = { ways: drawn, places, time, sizes, sides };
    drawWords(pen("names"), state, view, seen, paint);
  }

  onResize(plot, ({ width, height }) => {
    const section = plot.closest(".view");
    const small = section.classList.contains("in-small");
    const inside = !small && document.documentElement.classList.contains("narrow");
    Object.assign(size, { width, height, small, inside });
    store.set({ resized: {} });
  });
  store.on(["race", "start", "changes", "resized", "dragging"], lookAt);
  store.on(["race", "view", "dragging", "growing", "fonts"], trace);
  store.on(["view", "theme", "fonts"], drawGround);
  const drawn = ["race", "view", "theme", "time", "hidden", "only", "hover", "pinned", "asked", "dragging",
    "growing"];
  store.on(drawn, drawPaths);
  store.on([...drawn, "names", "fonts"], drawHeads);
  followPointer(plot, store, () => ({ ways: shown(), time: now() }));
  mountTip(plot, store, () => ways);
}
