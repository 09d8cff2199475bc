/** Picture of the stage as a PNG: title, caption and all layers of the map, on paper. */

import { saveFile } from "./controls.js";
import { fontOf, paintOf } from "./themes.js";

const DENSE = 2;
const MARGIN = 24;
const HEAD = 96; // pixels for title and caption

/**
 * Draw the stage with its title on one canvas and save it.
 * @param {Object<string, any>} state
 * @returns {Promise<void>}
 */
export async function savePicture(state) {
  const plot = document.querySelector(".in-stage .plot");
  if (!plot) return;
  const canvas = pictureOf(state, plot);
  const content = await new Promise((done) => canvas.toBlob(done, "image/png"));
  saveFile(`${state.scene.name || "race"}-${Math.round(state.time)}.png`, content);
}

/**
 * The picture as a canvas.
 * @param {Object<string, any>} state
 * @param {HTMLElement} plot of the stage
 * @returns {HTMLCanvasElement}
 */
export function pictureOf({ theme }, plot) {
  const paint = paintOf(theme);
  const box = plot.getBoundingClientRect();
  const layers = [...plot.querySelectorAll("canvas")];
  const rects = layers.map((one) => one.getBoundingClientRect()).filter(({ width }) => width > 0);
  const [left, top] = [Math.min(box.left, ...rects.map((one) => one.left)),
    Math.min(box.top, ...rects.map((one) => one.top))];
  const right = Math.max(box.right, ...rects.map((one) => one.right));
  const bottom = Math.max(box.bottom, ...rects.map((one) => one.bottom));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round((right - left + 2 * MARGIN) * DENSE);
  canvas.height = Math.round((bottom - top + HEAD + MARGIN) * DENSE);
  const pen = canvas.getContext("2d");
  pen.scale(DENSE, DENSE);
  pen.fillStyle = paint.paper;
  pen.fillRect(0, 0, canvas.width, canvas.height);
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
  for (const node of element?.childNodes ?? []) {
    const bold = node.nodeType === Node.ELEMENT_NODE;
    pen.font = fontOf(19, bold);
    pen.fillStyle = bold ? getComputedStyle(node).color : ink;
    pen.fillText(node.textContent, right, y);
    right += pen.measureText(node.textContent).width;
  }
}
