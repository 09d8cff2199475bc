/** Start handle on the map: drag, keyboard and click move where the runs begin. */

import { isWaiting } from "./ask.js";
import { make } from "./layout.js";
import { toPixel, toPlace } from "./scales.js";

const SNAP_TO_PLACES = 8; // pixels
const LONG_PRESS = 350; // ms
const STILL = 6; // pixels that a click or a press may wander
const NS = "http://www.w3.org/2000/svg";

/**
 * A place under a pixel, with no more digits than a pixel has; a minimum or a saddle nearby takes it.
 * @param {import("./scene_types.js").View} view
 * @param {number} right
 * @param {number} down
 * @param {Array<number[]>} [places] x and y first
 * @returns {[number, number]}
 */
export function startUnder(view, right, down, places = []) {
  for (const [x, y] of places) {
    const at = toPixel(view, x, y);
    const [across, up] = [at[0] - right, at[1] - down];
    if (across * across + up * up < SNAP_TO_PLACES * SNAP_TO_PLACES) return [x, y];
  }
  const inside = [Math.min(Math.max(right, 0), view.width), Math.min(Math.max(down, 0), view.height)];
  const [x, y] = toPlace(view, ...inside);
  return [roundedTo(x, pixelSize(view)), roundedTo(y, pixelSize(view))];
}

const pixelSize = ({ width, xlim }) => (xlim[1] - xlim[0]) / width;

/** A number without the digits that are less than a tenth of `size`. */
function roundedTo(value, size) {
  const digits = Math.min(Math.max(Math.ceil(-Math.log10(size)), 0), 12);
  return Number(value.toFixed(digits));
}

/**
 * The step of an arrow key: 1, 2 or 5 times a power of ten, near a hundredth of the window.
 * @param {import("./scene_types.js").View} view
 * @returns {number}
 */
export function keyStep({ xlim }) {
  const rough = (xlim[1] - xlim[0]) / 120;
  const ten = Number(`1e${Math.floor(Math.log10(rough))}`);
  return [1, 2, 5, 10].map((digit) => Number((digit * ten).toPrecision(3))).find((size) => size >= rough);
}

/**
 * Draw the handle over the plot of the map.
 * @param {HTMLElement} root where it is drawn
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountStartHandle(root, store) {
  if (store.state.scene.problem.kind === "recorded") return;
  if (store.state.scene.problem.start.length !== 2) return;
  const lines = make("div", { class: "cross-hair", hidden: "" }, [
    make("span", { class: "across" }), make("span", { class: "up" }),
  ]);
  const tip = make("span", { class: "start-tip", "aria-hidden": "true" });
  const handle = make("button", { type: "button", class: "start-handle", "data-key": "start" }, [
    startRing(), make("span", { class: "start-word", "aria-hidden": "true" }, ["start"]), tip,
  ]);
  root.append(lines, handle);

  function place() {
    const { view, start } = store.state;
    handle.hidden = !view || isWaiting(store.state);
    if (!view) return;
    const [right, down] = toPixel(view, ...start);
    handle.style.transform = `translate(${right - 28}px, ${down - 28}px)`;
    const words = `start (${start.map(startText).join(", ")}): arrows move it`;
    handle.setAttribute("aria-label", words);
    tip.textContent = words;
    handle.classList.toggle("leftwards", right > view.width - 260);
    const inside = right >= 0 && right <= view.width && down >= 0 && down <= view.height;
    handle.classList.toggle("outside", !inside);
    showCrossHair(lines, store.state, right, down);
  }
  store.on(["view", "start", "dragging", "asked", "time", "playing"], place);
  followKeys(handle, store);
  followDrag(root, handle, store);
  followPresses(root, store);
  place();
}

const startText = (value) => String(Number(value.toPrecision(4))).replace("-", "−");

function startRing() {
  const drawing = document.createElementNS(NS, "svg");
  drawing.setAttribute("viewBox", "-34 -34 68 68");
  drawing.setAttribute("aria-hidden", "true");
  const ticks = "M0-25V-18M0 25V18M-25 0H-18M25 0H18";
  for (const kind of ["casing", "ink"]) {
    const group = document.createElementNS(NS, "g");
    group.setAttribute("class", kind);
    for (const [tag, attributes] of [["circle", { class: "ring", r: "15" }], ["path", { d: ticks }],
      ["circle", { class: "focus-ring", r: "31" }]]) {
      const part = document.createElementNS(NS, tag);
      for (const [name, value] of Object.entries(attributes)) part.setAttribute(name, value);
      group.append(part);
    }
    drawing.append(group);
  }
  return drawing;
}

function showCrossHair(lines, { dragging, start }, right, down) {
  lines.hidden = dragging !== "start";
  if (lines.hidden) return;
  const [across, up] = lines.children;
  across.style.transform = `translateY(${down}px)`;
  across.dataset.value = startText(start[1]);
  up.style.transform = `translateX(${right}px)`;
  up.dataset.value = startText(start[0]);
}

const snapPlaces = ({ scene, changes }) =>
  (changes?.problem ? [] : [...(scene.problem.minima ?? []), ...(scene.problem.saddles ?? [])]);

function followKeys(handle, store) {
  handle.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    const { view, start } = store.state;
    if (!way || !view) return;
    event.preventDefault();
    event.stopPropagation();
    const step = keyStep(view) * (event.shiftKey ? 10 : 1);
    const next = start.map((value, axis) => Number((value + way[axis] * step).toPrecision(12)));
    store.set({ start: next.map((value, axis) => withinWindow(view, value, axis)) });
  });
  handle.addEventListener("dblclick", () => store.set({ start: [...store.state.scene.problem.start] }));
}

function withinWindow({ xlim, ylim }, value, axis) {
  const [low, high] = axis === 0 ? xlim : ylim;
  return Math.min(Math.max(value, low), high);
}

/** Where a pointer is over the plot. */
function pixelUnder(root, event) {
  const box = root.getBoundingClientRect();
  const { clientLeft, clientTop } = root;
  return [event.clientX - box.left - clientLeft, event.clientY - box.top - clientTop];
}

function followDrag(root, handle, store) {
  let before = null;
  let grip = [0, 0];

  function end(keep) {
    if (!before) return;
    store.set({ dragging: null, ...(keep ? {} : { start: before }) });
    before = null;
  }
  handle.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !store.state.view) return;
    const at = pixelUnder(root, event);
    const centre = toPixel(store.state.view, ...store.state.start);
    grip = [centre[0] - at[0], centre[1] - at[1]];
    before = store.state.start;
    store.set({ hover: null });
    handle.setPointerCapture(event.pointerId);
    event.stopPropagation();
  });
  handle.addEventListener("pointermove", (event) => {
    if (!before) return;
    const at = pixelUnder(root, event);
    const { view } = store.state;
    const places = event.altKey ? [] : snapPlaces(store.state);
    store.set({ dragging: "start", start: startUnder(view, at[0] + grip[0], at[1] + grip[1], places) });
  });
  handle.addEventListener("pointerup", () => end(true));
  handle.addEventListener("pointercancel", () => end(false));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !before) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    end(false);
  }, true);
}

/** A click on empty ground, or a long press of a finger, begins there. */
function followPresses(root, store) {
  let down = null;
  let timer = 0;
  const begin = (at) => {
    store.set({ start: startUnder(store.state.view, ...at, snapPlaces(store.state)) });
  };
  root.addEventListener("pointerdown", (event) => {
    down = null;
    if (event.button !== 0 || !event.isPrimary || !store.state.view) return;
    if (event.target.closest("button, a, input, [role=button]")) return;
    down = pixelUnder(root, event);
    if (event.pointerType === "touch") {
      const at = down;
      timer = setTimeout(() => {
        if (down === at) begin(at);
        down = null;
      }, LONG_PRESS);
    }
  });
  root.addEventListener("pointermove", (event) => {
    if (!down) return;
    const at = pixelUnder(root, event);
    if (Math.abs(at[0] - down[0]) + Math.abs(at[1] - down[1]) > STILL) down = null;
  });
  for (const kind of ["pointercancel", "pointerleave"]) root.addEventListener(kind, () => { down = null; });
  root.addEventListener("pointerup", (event) => {
    clearTimeout(timer);
    // a press on a run looks at that run
    const free = down && event.pointerType !== "touch" && !store.state.hover;
    if (free) begin(down);
    down = null;
  });
}
