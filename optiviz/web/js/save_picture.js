/** Pictures of the stage with title and caption: a PNG of now, a GIF of the whole motion. */

import { horizonOf } from "./clock.js";
import { saveFile } from "./controls.js";
import { encodedGif } from "./gif_encoder.js";
import { fontOf, paintOf } from "./themes.js";

const DENSE = 2;
const MARGIN = 24;
const HEAD = 96; // pixels for title and caption
const GIF_FRAMES = 60; // at most
const GIF_WIDTH = 640; // pixels at most
const GIF_HOLD = 250; // hundredths of a second that the last frame stands

/**
 * Draw the stage with its title on one canvas and save it.
 * @param {import("./store.js").Store} store
 * @returns {Promise<void>}
 */
export async function savePicture(store) {
  const { state } = store;
  const plot = document.querySelector(".in-stage .plot");
  if (!plot) return;
  drawnNow(store);
  const canvas = pictureOf(state, plot);
  const content = await new Promise((done) => canvas.toBlob(done, "image/png"));
  saveFile(`${state.scene.name || "race"}-${Math.round(state.time)}.png`, content);
}

/** Have all drawn in this very moment: what WebGL drew in an earlier one is gone from its canvas. */
function drawnNow(store) {
  store.set({ pictured: {} });
  store.flush();
}

/**
 * The times of the frames of a GIF, evenly along the motion, up to what may be shown.
 * @param {Object<string, any>} state
 * @returns {number[]} at most 60
 */
export function gifTimes(state) {
  const shown = state.scene.clock.filter((time) => time <= horizonOf(state));
  const count = Math.min(GIF_FRAMES, shown.length);
  const apart = (shown.length - 1) / Math.max(count - 1, 1);
  return Array.from({ length: count }, (_, k) => shown[Math.round(k * apart)]);
}

/**
 * Draw the motion frame by frame and save it as a GIF; the page stands where it was afterwards.
 * @param {import("./store.js").Store} store
 * @param {(words: string) => void} tell how far it is
 * @returns {Promise<void>}
 */
export async function saveGif(store, tell) {
  const plot = document.querySelector(".in-stage .plot");
  const { time, playing, scene } = store.state;
  const times = gifTimes(store.state);
  if (!plot || times.length === 0) return;
  const delay = Math.max(Math.round((scene.clock.length * 5) / times.length), 2);
  const frames = [];
  let size = [0, 0];
  for (const [k, at] of times.entries()) {
    store.set({ time: at, playing: false });
    drawnNow(store);
    const canvas = pictureOf(store.state, plot, (width) => Math.min(1, GIF_WIDTH / width));
    size = [canvas.width, canvas.height];
    const pixels = canvas.getContext("2d").getImageData(0, 0, ...size).data;
    frames.push({ pixels, delay: k + 1 < times.length ? delay : GIF_HOLD });
    tell(`${k + 1} of ${times.length}`);
    await new Promise((later) => setTimeout(later, 0));
  }
  store.set({ time, playing });
  saveFile(`${scene.name || "race"}.gif`, new Blob([encodedGif(frames, ...size)], { type: "image/gif" }));
}

/**
 * The picture as a canvas.
 * @param {Object<string, any>} state
 * @param {HTMLElement} plot of the stage
 * @param {(width: number) => number} [denseOf] pixels of the picture for each of the page, by its width there
 * @returns {HTMLCanvasElement}
 */
export function pictureOf({ theme }, plot, denseOf = () => DENSE) {
  const paint = paintOf(theme);
  const box = plot.getBoundingClientRect();
  const layers = [...plot.querySelectorAll("canvas")];
  const rects = layers.map((one) => one.getBoundingClientRect()).filter(({ width }) => width > 0);
  const [left, top] = [Math.min(box.left, ...rects.map((one) => one.left)),
    Math.min(box.top, ...rects.map((one) => one.top))];
  const right = Math.max(box.right, ...rects.map((one) => one.right));
  const bottom = Math.max(box.bottom, ...rects.map((one) => one.bottom));
  const canvas = document.createElement("canvas");
  const dense = denseOf(right - left + 2 * MARGIN);
  canvas.width = Math.round((right - left + 2 * MARGIN) * dense);
  canvas.height = Math.round((bottom - top + HEAD + MARGIN) * dense);
  const pen = canvas.getContext("2d");
  pen.fillStyle = paint.paper;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.scale(dense, dense);
  for (const one of inOrder(layers)) {
    const at = one.getBoundingClientRect();
    if (at.width > 0) {
      pen.drawImage(one, MARGIN + at.left - left, HEAD + at.top - top, at.width, at.height);
    }
  }
  writeLine(pen, document.querySelector("h1"), [MARGIN, 41], fontOf(28, true), paint.ink);
  writeCaption(pen, document.getElementById("caption"), [MARGIN, 74], paint.ink);
  return canvas;
}

/** Layers from below, as the page stacks them. */
function inOrder(layers) {
  const height = (one) => Number(getComputedStyle(one).zIndex) || 0;
  return layers.map((one, k) => [height(one), k, one]).sort((a, b) => a[0] - b[0] || a[1] - b[1])
    .map(([, , one]) => one);
}

function writeLine(pen, element, [x, y], font, color) {
  pen.font = font;
  pen.fillStyle = color;
  pen.fillText(element?.textContent ?? "", x, y);
}

/** The caption, the names of runs bold and in their colours. */
function writeCaption(pen, element, [x, y], ink) {
  let right = x;
  const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode;
    const run = node.parentElement.closest(".run");
    pen.font = fontOf(19, Boolean(run));
    pen.fillStyle = run ? getComputedStyle(run).color : ink;
    pen.fillText(node.textContent, right, y);
    right += pen.measureText(node.textContent).width;
  }
}
