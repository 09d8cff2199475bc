/** Two-axis pad: rate and second setting of a run over the ground of its stability. */

import { changedRuns, withRunChange } from "./changes.js";
import { knownLowest } from "./events.js";
import { make, wiped } from "./layout.js";
import { markerElement } from "./markers.js";
import { drawPad, padBox } from "./pad_drawing.js";
import { regionOf } from "./pad_regions.js";
import { fractionOf, nudgedValue, settingAxis, snappedValue, valueAt } from "./pad_scale.js";
import { problemNow } from "./problem_now.js";
import { liveRun, problemOf } from "./race.js";
import { secondSetting, settingWords } from "./rule_table.js";
import { colorOf } from "./run_focus.js";
import { chosenRun } from "./sliders.js";
import { arrivalTarget, stabilityGround } from "./stability.js";

const SLICE = 4; // ms of each frame that the ground may take

/**
 * The two settings of a run and the axes they lie on; the axes stay when the values move.
 * @param {import("./scene_types.js").Scene} scene
 * @param {import("./scene_types.js").Run} run
 * @returns {{names: string[], axes: import("./pad_scale.js").ControlAxis[]}}
 */
export function padAxes(scene, run) {
  const own = scene.runs.find((one) => one.label === run.label);
  const base = own?.rule === run.rule ? own.settings : run.settings;
  const second = secondSetting(run.rule);
  const names = ["learning_rate", second].filter(Boolean);
  const axes = names.map((name) => {
    // a beta lies evenly here, as momentum does: the ground is read, not its nines
    const kind = name === "learning_rate" ? "rate" : "share";
    return settingAxis(kind, base[name] ?? run.settings[name]);
  });
  return { names, axes };
}

/**
 * Draw the pad into the Explore panel.
 * @param {HTMLElement} root where it is drawn
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountPad(root, store) {
  const canvas = make("canvas", { class: "pad-canvas", "aria-hidden": "true" });
  const point = make("div", { class: "pad-point" });
  const sliders = [0, 1].map((axis) => make("div", {
    role: "slider", tabindex: "0", class: `pad-slider axis-${axis}`, ...(axis ? {} : { "data-key": "pad" }),
  }));
  root.setAttribute("role", "group");
  root.append(canvas, point, ...sliders);
  const work = { ground: null, old: null, key: "", frame: 0, axes: null };

  const draw = () => drawAll(root, canvas, point, sliders, store, work);
  store.on(["panel", "selected", "changes", "theme", "start", "dragging", "race"], () => {
    if (store.state.panel !== "explore") return;
    renewGround(store, work, draw);
    draw();
  });
  followPad(root, canvas, sliders, store, work);
}

// ---- the ground

/** Begin the ground anew where it is another one: never while something is dragged. */
function renewGround(store, work, draw) {
  const { scene, changes, start, dragging } = store.state;
  const run = chosenRun(store.state);
  if (!run || run.recorded || dragging) return;
  const { names, axes } = padAxes(scene, run);
  const rest = Object.entries(run.settings).filter(([name]) => !names.includes(name));
  const key = JSON.stringify([run.label, run.rule, axes, start, changes.problem ?? null, rest]);
  if (key === work.key) return;
  work.key = key;
  work.old = work.ground;
  work.ground = null;
  cancelAnimationFrame(work.frame);
  const problem = problemOf(scene, changes);
  const live = problem && liveRun(scene, run, changes.runs?.[run.label]);
  const first = live ? problem.value?.(start[0], start[1]) : NaN;
  const lowest = live ? knownLowest(problem) ?? lowestSeen(store.state.race) : NaN;
  if (!(first > lowest)) return;
  const options = { steps: scene.steps, target: arrivalTarget(first, lowest) };
  const [across, up] = names.map((name, i) => ({ ...axes[i], name, log: axes[i].scale === "log" }));
  const still = { ...live, luck: null, start: run.start ?? start };
  const ground = stabilityGround(problem, still, across, up ?? null, options);
  const slice = () => {
    const grid = ground.grid;
    const done = ground.continueFor(SLICE);
    if (ground.grid !== grid) {
      work.ground = ground.grid;
      work.old = null;
      draw();
    }
    if (!done) work.frame = requestAnimationFrame(slice);
  };
  work.frame = requestAnimationFrame(slice);
}

/** The lowest loss that the runs have seen. */
function lowestSeen(race) {
  return race.reduce((least, { losses }) => losses.reduce((low, loss) => (loss < low ? loss : low), least),
    Infinity);
}

// ---- drawing

function drawAll(root, canvas, point, sliders, store, work) {
  const { state } = store;
  const { scene, changes, theme } = state;
  const run = chosenRun(state);
  if (!run || run.recorded) return;
  const { names, axes } = padAxes(scene, run);
  const box = padBox(names.length, root.clientWidth);
  root.style.setProperty("--pad-height", `${box.height}px`);
  const pen = wiped(canvas, box.width, box.height);
  const own = scene.runs.find((one) => one.label === run.label && one.rule === run.rule);
  const others = changedRuns(scene, changes).filter((one) =>
    one.label !== run.label && !one.recorded && secondSetting(one.rule) === (names[1] ?? ""));
  drawPad(pen, box, {
    names, axes, theme, run, own, others, ground: work.ground ?? work.old, faint: !work.ground,
    steps: scene.steps, ramp: scene.levels[theme === "dark" ? "dark" : "ramp"],
    problem: problemOf(scene, changes), minima: problemNow(state).minima ?? [],
    style: getComputedStyle(root),
  });
  placePoint(point, run, names, axes, box, theme);
  tellSliders(root, sliders, run, names, axes, work.ground);
}

function placePoint(point, run, names, axes, box, theme) {
  const right = box.left + fractionOf(axes[0], run.settings[names[0]]) * box.across;
  const down = names.length > 1
    ? box.top + (1 - fractionOf(axes[1], run.settings[names[1]])) * box.up
    : box.top + box.up / 2;
  point.style.transform = `translate(${right}px, ${down}px)`;
  point.style.color = colorOf(run, theme);
  if (point.dataset.marker !== run.marker) {
    point.dataset.marker = run.marker;
    point.replaceChildren(markerElement(run.marker));
  }
}

/** What the two sliders say to those who do not see the pad. */
function tellSliders(root, sliders, run, names, axes, ground) {
  const words = names.map((name) => `${settingWords(name)} ${run.settings[name]}`).join(", ");
  root.setAttribute("aria-label", `${run.label}: ${names.map(settingWords).join(" and ")}`);
  const found = ground ? `: ${outcome(run, names, axes, ground)}` : "";
  sliders.forEach((slider, axis) => {
    slider.hidden = !names[axis];
    if (slider.hidden) return;
    slider.setAttribute("aria-label", `${settingWords(names[axis])} of ${run.label}`);
    slider.setAttribute("aria-valuemin", String(axes[axis].low));
    slider.setAttribute("aria-valuemax", String(axes[axis].high));
    slider.setAttribute("aria-valuenow", String(run.settings[names[axis]]));
    slider.setAttribute("aria-valuetext", `${words}${found}`);
    slider.setAttribute("aria-orientation", axis ? "vertical" : "horizontal");
  });
}

function cellOf(run, names, axes, ground) {
  const column = Math.round(fractionOf(axes[0], run.settings[names[0]]) * (ground.columns - 1));
  const row = names[1] ? Math.round(fractionOf(axes[1], run.settings[names[1]]) * (ground.rows - 1)) : 0;
  return row * ground.columns + column;
}

function outcome(run, names, axes, ground) {
  const cell = cellOf(run, names, axes, ground);
  const region = regionOf(ground, cell);
  if (region === "arrives") return `arrives at step ${ground.arrived[cell]}`;
  return region === "runs away" ? `runs away at step ${ground.lost[cell]}` : "on its way at the end";
}

// ---- hands

function followPad(root, canvas, sliders, store, work) {
  let held = false;
  const put = (values) => {
    const { scene, changes } = store.state;
    const run = chosenRun(store.state);
    const { names } = padAxes(scene, run);
    const settings = Object.fromEntries(names.map((name, axis) => [name, values[axis]]));
    store.set({ changes: withRunChange(scene, changes, run.label, { settings }), selected: run.label });
  };
  const follow = (event) => {
    const run = chosenRun(store.state);
    const { names, axes } = padAxes(store.state.scene, run);
    const box = padBox(names.length, root.clientWidth);
    const place = canvas.getBoundingClientRect();
    const scale = place.width / box.width;
    const right = (event.clientX - place.left) / scale - box.left;
    const down = (event.clientY - place.top) / scale - box.top;
    const raw = [valueAt(axes[0], right / box.across), axes[1] ? valueAt(axes[1], 1 - down / box.up) : 0];
    const own = store.state.scene.runs.find((one) => one.label === run.label && one.rule === run.rule);
    put(names.map((name, axis) => (event.altKey ? raw[axis] : snappedValue(axes[axis], raw[axis],
      axis ? box.up : box.across, own ? [own.settings[name]] : []))));
  };
  canvas.addEventListener("pointerdown", (event) => {
    const run = chosenRun(store.state);
    if (event.button !== 0 || !run || run.recorded) return;
    held = true;
    canvas.setPointerCapture(event.pointerId);
    store.set({ dragging: "pad" });
    follow(event);
    sliders[0].focus({ preventScroll: true });
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", (event) => held && follow(event));
  for (const kind of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(kind, () => {
      if (held) store.set({ dragging: null });
      held = false;
    });
  }
  canvas.addEventListener("dblclick", () => {
    const { scene } = store.state;
    const run = chosenRun(store.state);
    const own = scene.runs.find((one) => one.label === run.label && one.rule === run.rule);
    if (own) put(padAxes(scene, run).names.map((name) => own.settings[name]));
  });
  const press = (event) => pressKey(event, store, put, work);
  for (const slider of sliders) slider.addEventListener("keydown", press);
}

/**
 * The least and the greatest rate with which the run arrives, at its other setting; null where there is none.
 * @returns {[number, number]|null}
 */
function arrivingRates(run, names, axes, ground) {
  if (!ground) return null;
  const row = cellOf(run, names, axes, ground);
  const first = row - (row % ground.columns);
  const columns = Array.from({ length: ground.columns }, (_, column) => column)
    .filter((column) => regionOf(ground, first + column) === "arrives");
  if (columns.length === 0) return null;
  return [columns[0], columns.at(-1)].map((column) => valueAt(axes[0], column / (ground.columns - 1)));
}

/** Left and right move the rate, up and down the other setting; Home and End go to where it just arrives. */
function pressKey(event, store, put, work) {
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
  const run = chosenRun(store.state);
  const { names, axes } = padAxes(store.state.scene, run);
  const ends = { Home: 0, End: 1 }[event.key];
  if (!way && ends === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  if (!way) {
    const rates = arrivingRates(run, names, axes, work.ground);
    if (rates) put([rates[ends], run.settings[names[1]]]);
    return;
  }
  const presses = event.shiftKey ? 10 : 1;
  put(names.map((name, axis) => {
    const value = run.settings[name];
    return way[axis] ? nudgedValue(axes[axis], value, way[axis] * presses) : value;
  }));
}
