/** Boundary view: decision regions over two inputs with the data, an x on every row that is told wrong. */

import { horizonOf } from "./clock.js";
import { traceLevel } from "./contours.js";
import { layer, make, onResize, wiped } from "./layout.js";
import { drawMarker, markerElement } from "./markers.js";
import { drawPlotAxes } from "./plot_axes.js";
import { recordedWeights, trainedWeights } from "./recorded_weights.js";
import { CLASS_LOOKS, classesOf, fillRegions, gridPlaces, leadsOf, regionColors } from "./regions.js";
import { regionScores, shadeLimits } from "./regions.js";
import { toPixel } from "./scales.js";
import { fontOf, isNarrow, paintOf, typeScale } from "./themes.js";

const PLACES_ASKED = 100; // along the longer side at which a network is asked, at most
const ASKED_APART = 4; // pixels between two of them, at least
const SMALL_BOUNDARY = { left: 40, below: 44, above: 6, right: 6 };
const STAGE_BOUNDARY = { left: 0, below: 0, above: 0, right: 0 };
const ROW_OUTLINE = "#16181d"; // of rows, in both themes; those held out are white inside
const FEW_ROWS = 150; // rows, up to which they are larger

/**
 * The window around rows, wider where the plot is.
 * @param {Float64Array} rows 2 numbers each
 * @param {number} width
 * @param {number} height
 * @returns {{xlim: [number, number], ylim: [number, number]}}
 */
export function rowsWindow(rows, width, height) {
  const ends = [[Infinity, -Infinity], [Infinity, -Infinity]];
  rows.forEach((value, k) => {
    const end = ends[k % 2];
    [end[0], end[1]] = [Math.min(end[0], value), Math.max(end[1], value)];
  });
  const room = ends.map(([low, high]) => 0.08 * (high > low ? high - low : 1));
  room[0] += Math.max(width / height - 1, 0) * (0.5 * (ends[0][1] - ends[0][0]) + room[0]);
  const [xlim, ylim] = ends.map(([low, high], k) => [low - room[k], high + room[k]]);
  return { xlim, ylim };
}

/**
 * Draw it into a view.
 * @param {HTMLElement} plot
 * @param {import("./store.js").Store} store
 * @param {import("./scene_types.js").Panel} panel `network` and the run whose it is
 * @returns {void}
 */
export function mountBoundaryView(plot, store, panel) {
  const { state } = store;
  const { network, rows: given } = panel;
  const [regions, axes, marks] = ["regions", "axes", "rows"].map((name) => layer(plot, name));
  const { classes, held, names, classNames } = given;
  const rows = Float64Array.from(given.places);
  const weights = recordedWeights(network);
  const count = Math.max(network.layers.at(-1).units, 2);
  const size = { width: 0, height: 0, small: true, room: SMALL_BOUNDARY };
  let [grid, shown] = [null, ""];
  plot.setAttribute("role", "img");
  plot.setAttribute("aria-describedby", "told");
  plot.after(classKey(classNames));

  function box() {
    const { width, height, room } = size;
    const [wide, high] = [width - room.left - room.right, height - room.above - room.below];
    return { width: wide, height: high, ...rowsWindow(rows, wide, high) };
  }

  function atOrigin(canvas) {
    const pen = wiped(canvas, size.width, size.height);
    pen.translate(size.room.left, size.room.above);
    return pen;
  }

  function drawRegions(theta, view) {
    const paint = paintOf(state.theme);
    const apart = Math.max(ASKED_APART, Math.max(view.width, view.height) / PLACES_ASKED);
    const [across, down] = [view.width, view.height].map((side) => Math.max(Math.round(side / apart), 2));
    const scores = regionScores(network, theta, gridPlaces(view.xlim, view.ylim, across, down));
    grid = { across, down, scores };
    const picture = new OffscreenCanvas(Math.round(view.width), Math.round(view.height));
    const colors = regionColors(paint.paper, count);
    fillRegions(picture.getContext("2d"), grid, shadeLimits(network.kind, network.span), colors);
    const pen = atOrigin(regions);
    pen.imageSmoothingEnabled = false;
    pen.drawImage(picture, 0, 0, view.width, view.height);
    pen.beginPath();
    pen.rect(0, 0, view.width, view.height);
    pen.clip();
    pen.beginPath();
    for (const lead of leadsOf(scores)) {
      traceLevel(pen, { across, down, heights: lead }, 0, view.width, view.height);
    }
    pen.lineCap = "round";
    for (const [color, width] of [[paint.casing, 6], [paint.ink, 3]]) {
      pen.strokeStyle = color;
      pen.lineWidth = width * (size.small ? 0.75 : 1) * typeScale();
      pen.stroke();
    }
  }

  function drawRows(theta, view) {
    const pen = atOrigin(marks);
    const found = classesOf(regionScores(network, theta, rows));
    const small = size.small || found.length > FEW_ROWS;
    const across = (small ? 8.2 : 10.5) * typeScale();
    let wrong = 0;
    classes.forEach((kind, k) => {
      const at = toPixel(view, rows[2 * k], rows[2 * k + 1]);
      const [color, marker] = CLASS_LOOKS[kind];
      drawMarker(pen, marker, at, across, k < held ? color : "#ffffff", ROW_OUTLINE, 1.3);
      if (found[k] === kind) return;
      wrong += k < held ? 1 : 0;
      const arm = 0.36 * across;
      pen.beginPath();
      for (const [x, y] of [[-arm, -arm], [arm, arm], [-arm, arm], [arm, -arm]]) {
        if (x < 0) pen.moveTo(at[0] + x, at[1] + y);
        else pen.lineTo(at[0] + x, at[1] + y);
      }
      pen.lineWidth = 1.6;
      pen.strokeStyle = ROW_OUTLINE;
      pen.stroke();
    });
    const run = panel.run ?? state.scene.runs[0]?.label ?? "";
    plot.setAttribute("aria-label", `Border of ${run}: ${held - wrong} of ${held} rows on the right side`);
  }

  function draw() {
    if (size.width < 60) return;
    const time = Math.min(state.time, horizonOf(state));
    const recorded = weights(time);
    const label = panel.run ?? state.scene.runs[0]?.label;
    const { theta, row } = trainedWeights(state.race, label, recorded.theta.length, time) ?? recorded;
    const key = [row, size.width, size.height, state.theme].join();
    if (key === shown) return;
    shown = key;
    const view = box();
    drawRegions(theta, view);
    drawRows(theta, view);
    plot.dataset.row = String(row);
  }

  function drawFrame() {
    if (size.width < 60) return;
    const paint = paintOf(state.theme);
    const inside = !size.small && isNarrow();
    const around = size.small || inside ? 0 : 52;
    const [wide, high] = [size.width + 2 * around, size.height + 2 * around];
    const pen = around === 0 ? atOrigin(axes) : wiped(axes, wide, high);
    for (const side of ["left", "top"]) axes.style[side] = `${-around}px`;
    pen.translate(around, around);
    const room = { inside, left: size.small ? SMALL_BOUNDARY.left : around };
    drawPlotAxes(pen, box(), names, paint, fontOf(size.small ? 14 : 16, false), room);
  }

  onResize(plot, ({ width, height }) => {
    const small = plot.closest(".view").classList.contains("in-small");
    Object.assign(size, { width, height, small, room: small ? SMALL_BOUNDARY : STAGE_BOUNDARY });
    drawFrame();
    draw();
  });
  store.on(["theme", "fonts"], drawFrame);
  store.on(["time", "theme", "asked"], draw);
  store.on(["race"], () => {
    shown = "";
    draw();
  });
}

/** The line that names the classes, and tells what the x means. */
function classKey(names) {
  const entries = names.map((name, k) => {
    const [color, marker] = CLASS_LOOKS[k];
    const sign = markerElement(marker);
    sign.style.color = color;
    return make("span", { class: "class" }, [sign, name]);
  });
  const wrong = make("span", { class: "class" }, [make("b", {}, ["\u00d7"]), "on the wrong side"]);
  const paler = make("span", { class: "paler" }, ["fainter: less certain"]);
  return make("p", { class: "class-key" }, [...entries, wrong, paler]);
}
