/** Hill: the loss as a surface in WebGL2, turned by hand, folded into the map, drawn when it is new. */

import { heightAbove } from "./heights.js";
import { bestAzimuth, hillView } from "./hill_camera.js";
import { hillPainter } from "./hill_gl.js";
import { hillWindow, raisedGround, runsOnHill } from "./hill_ground.js";
import { drawFoldedWays, drawHillCross, drawHillMarks, runOnHill, timeDrawn } from "./hill_overlay.js";
import { drapedVertexAt } from "./hill_paths.js";
import { glideHill, mountHillControls, poseWords, turnByHand } from "./hill_pose.js";
import { layer, make, onResize, wiped } from "./layout.js";
import { drawBands, sizesOf } from "./map_ways.js";
import { surfaceNow } from "./problem_now.js";
import { colorOf, isShown, strengthOf } from "./run_focus.js";
import { paintOf, typeScale } from "./themes.js";

const USUAL_ELEVATION = 38; // degrees
const REST_TIME = 140; // milliseconds after which a hill at rest is drawn sharp
const MOVING_DENSE = 1; // device pixels a pixel
const RESTING_DENSE = 2; // so that edges are smooth without a flag
const SHARP_PIXELS = 1.7e6; // of a sharp picture, at most
const COARSE_DENSE = 0.7; // where the machine is slow
const SLOW_GAP = 34; // milliseconds between two pictures of a motion, from which on it is
const NO_WEBGL = "picture only: no WebGL";
const DRAPES = 0.85; // of the fold, from which on the picture of the map covers the bands

/** The box of as large a map as there is room for, in the middle. */
function mapInside(view, width, height) {
  const scale = Math.min(width / view.width, height / view.height);
  const [wide, high] = [view.width * scale, view.height * scale];
  return { left: (width - wide) / 2, top: (height - high) / 2, width: wide, height: high };
}

/**
 * Draw the hill into a view; `pose` in the state says from where it is seen.
 * @param {HTMLElement} plot
 * @param {import("./store.js").Store} store
 * @param {import("./scene_types.js").Panel} panel
 * @returns {void}
 */
export function mountHill(plot, store, panel) {
  const { state } = store;
  const [canvas, marks] = [layer(plot, "hill"), layer(plot, "hill-marks")];
  const size = { width: 0, height: 0, small: true };
  const best = { azimuth: panel.azimuth ?? null, elevation: panel.elevation ?? USUAL_ELEVATION, fold: 0 };
  const sides = new Map(); // of each name, the side of its head on which it stands
  let [painter, window_, ground, runs, view] = [null, null, null, [], null];
  let [known, draped, resting, skipped] = ["", "", 0, false];
  let [drawnAt, gap] = [0, 0]; // of the last picture, and between pictures of a motion
  let surface = null;

  plot.setAttribute("role", "img");
  plot.setAttribute("tabindex", "0");
  plot.setAttribute("aria-describedby", "told");
  const first = { ...best, azimuth: best.azimuth ?? 0 };
  store.set({ pose: first, bestPose: best.azimuth === null ? null : { ...best } });
  const controls = mountHillControls(document.getElementById("fold"), store, () => best);
  turnByHand(plot, store, () => best);

  const bands = () => (state.theme === "dark" ? state.scene.levels.dark : state.scene.levels.ramp);

  function begin() {
    const gl = canvas.getContext("webgl2", { antialias: false, premultipliedAlpha: true });
    painter = gl && hillPainter(gl);
    known = "";
    if (painter) {
      plot.classList.remove("no-webgl");
      plot.querySelector(".poster")?.remove();
      controls.disable("");
    } else showPoster();
  }

  function showPoster() {
    painter = null;
    plot.classList.add("no-webgl");
    controls.disable(NO_WEBGL);
    if (plot.querySelector(".poster")) return;
    const poster = document.getElementById("poster");
    const picture = poster ? [make("img", { src: poster.src, alt: poster.alt })] : [];
    plot.append(make("figure", { class: "poster" }, [...picture, make("figcaption", {}, [NO_WEBGL])]));
  }

  function raise() {
    if (!painter || state.growing) return;
    const next = hillWindow(state, size, window_);
    if (!next) return;
    const { width, height, xlim, ylim } = next;
    const key = JSON.stringify([width, height, xlim, ylim, next.bands]);
    if (key !== known || surface !== surfaceNow(state)) {
      [known, window_, surface, draped] = [key, next, surfaceNow(state), ""];
      ground = raisedGround(surface, window_);
      painter.load({ grid: ground.grid, box: ground.box, paths: [] });
    }
    runs = runsOnHill(ground, window_, state);
    const paths = runs.map(({ placed }) => placed);
    painter.loadPaths(paths);
    if (best.azimuth === null) {
      best.azimuth = bestAzimuth(best.elevation, paths, ground.hidden);
      store.set({ bestPose: { ...best }, ...(state.pose === first ? { pose: { ...best } } : {}) });
    }
    draw();
  }

  function paint() {
    const { soft, ink, casing, line } = paintOf(state.theme);
    painter?.paint({ bands: bands(), soft, ink, casing, line });
    draped = "";
    draw();
  }

  function drape(map, dense) {
    const key = [map.width, map.height, dense, known, state.theme].join();
    if (key === draped) return;
    draped = key;
    const picture = new OffscreenCanvas(Math.round(map.width * dense), Math.round(map.height * dense));
    const pen = picture.getContext("2d");
    pen.scale(dense, dense);
    const { width, height } = map;
    drawBands(pen, surface, { ...window_, width, height }, bands(), paintOf(state.theme).line);
    painter.drape(picture);
  }

  function ribbons(sizes) {
    const time = timeDrawn(state);
    return runs
      .map(({ label, run, draped: { last } }, path) => ({
        path,
        label,
        end: drapedVertexAt(last, time),
        color: colorOf(run, state.theme),
        alpha: strengthOf(state, label) * (run.faded ? 0.28 : 1),
        radius: sizes.width / 2,
        casing: sizes.rim,
      }))
      .filter(({ label }) => isShown(state, label)); // the last on top, as in the clip: no lanes part them
  }

  function draw(sharp = false) {
    if (!painter || !ground || size.width < 8) return;
    if (!sharp) measure();
    const { pose } = state;
    const finest = Math.min(RESTING_DENSE, Math.sqrt(SHARP_PIXELS / (size.width * size.height)));
    const moving = gap > SLOW_GAP ? COARSE_DENSE : MOVING_DENSE;
    const own = Math.min(window.devicePixelRatio || 1, 2); // of the map, whose very pixels the fold ends on
    const rest = pose.fold === 1 ? own : Math.max(finest, MOVING_DENSE);
    const dense = sharp ? rest : moving;
    const [across, down] = [Math.round(size.width * dense), Math.round(size.height * dense)];
    if (canvas.width !== across || canvas.height !== down) [canvas.width, canvas.height] = [across, down];
    const map = mapInside(window_, size.width, size.height);
    const mapShare = Math.max((pose.fold - DRAPES) / (1 - DRAPES), 0);
    if (mapShare > 0) drape(map, dense);
    view = hillView(pose, ground.box, size.width, size.height, map);
    const sizes = sizesOf(size.small, state.race.length, typeScale());
    const bold = panel.outline === undefined ? -1 : heightAbove(window_.bands, panel.outline);
    const lines = pose.fold === 1 ? [] : ribbons(sizes);
    const coarse = dense === COARSE_DENSE;
    painter.draw(view, { ratio: dense, ribbons: lines, mapShare, bold, coarse });
    const pen = wiped(marks, size.width, size.height);
    const colors = paintOf(state.theme);
    if (pose.fold === 1) drawFoldedWays(pen, map, window_, state, sizes, colors);
    if (panel.crosshair && runs[0]) drawHillCross(pen, view, ground, runs[0], window_, state, colors);
    drawHillMarks(pen, view, ground, runs, state, sizes, colors, sides);
    Object.assign(canvas.dataset, painter.counts);
    plot.setAttribute("aria-label", poseWords(pose, best));
    clearTimeout(resting);
    if (!sharp && dense !== rest) resting = setTimeout(() => draw(true), REST_TIME);
  }

  function follow() {
    skipped = state.playing && gap > SLOW_GAP && !skipped;
    if (!skipped) draw();
  }

  function measure() {
    const now = performance.now();
    if (now - drawnAt < REST_TIME) gap += 0.3 * (now - drawnAt - gap);
    drawnAt = now;
  }

  canvas.addEventListener("webglcontextlost", (event) => {
    event.preventDefault();
    showPoster();
  });
  canvas.addEventListener("webglcontextrestored", () => {
    begin();
    paint();
    raise();
  });
  plot.addEventListener("pointermove", ({ offsetX, offsetY }) => {
    if (!view || plot.classList.contains("turning")) return;
    const found = runOnHill(view, runs, state, offsetX, offsetY);
    const same = found?.run === state.hover?.run && found?.step === state.hover?.step;
    if (!same) store.set({ hover: found });
  });
  plot.addEventListener("pointerleave", () => store.set({ hover: null }));
  begin();
  paint();
  onResize(plot, ({ width, height }) => {
    Object.assign(size, { width, height, small: plot.closest(".view").classList.contains("in-small") });
    store.set({ hillSized: {} });
  });
  store.on(["view", "race", "hillSized", "dragging", "growing"], raise);
  store.on(["theme"], paint);
  store.on(["bestView"], () => glideHill(store, { ...best, fold: 0 }));
  store.on(["pictured"], () => draw(true));
  store.on(["time", "pose", "hidden", "only", "hover", "pinned", "asked", "names", "fonts"], follow);
}
