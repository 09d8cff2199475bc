/** Neurons view: what each neuron of a network of two inputs sees over the plane, and the weights between. */

import { horizonOf } from "./clock.js";
import { rowsWindow } from "./boundary_view.js";
import { layersPass } from "./forward_pass.js";
import { layer, onResize, wiped } from "./layout.js";
import { recordedWeights, trainedWeights } from "./recorded_weights.js";
import { gridPlaces } from "./regions.js";
import { fontOf, paintOf } from "./themes.js";

const PLACES = 24; // along a side of a neuron's picture
const LARGEST_CELL = 34; // pixels
const DEAD = 1e-9; // a neuron whose output changes by no more over the window sees nothing
const THICKEST = 4.5; // pixels, of the largest weight of a layer
const FAINTEST = 0.06; // of the largest, below which a weight is not drawn

/**
 * Parts of what a neuron puts out, from 0 (nothing, or its least) to 1 (its most); null where it is dead.
 * @param {ArrayLike<number>} outputs
 * @returns {Float64Array|null}
 */
export function neuronShades(outputs) {
  let [low, high] = [Infinity, -Infinity];
  for (const one of outputs) [low, high] = [Math.min(low, one), Math.max(high, one)];
  if (!(high - low > DEAD)) return null;
  const least = Math.min(low, 0) < 0 || high <= 0 ? low : 0;
  return Float64Array.from(outputs, (one) => (one - least) / (high - least));
}

/**
 * Draw it into a view.
 * @param {HTMLElement} plot
 * @param {import("./store.js").Store} store
 * @param {import("./scene_types.js").Panel} panel `from`: the boundary panel whose network it shows
 * @returns {void}
 */
export function mountNeuronsView(plot, store, panel) {
  const { state } = store;
  const { network, rows, run: label } = state.scene.panels[panel.from];
  const canvas = layer(plot, "neurons");
  const { xlim, ylim } = rowsWindow(Float64Array.from(rows.places), 1, 1);
  const places = gridPlaces(xlim, ylim, PLACES, PLACES);
  const weights = recordedWeights(network);
  const units = [2, ...network.layers.map((one) => one.units)];
  const size = { width: 0, height: 0 };
  let shown = "";
  plot.setAttribute("role", "img");

  /** The middle of a neuron's cell, and half its side. */
  function cellOf(column, k) {
    const high = size.height - 24;
    const side = Math.min(LARGEST_CELL, (high / Math.max(...units)) * 0.84);
    const gap = Math.min(high / units[column], 1.7 * side + 8);
    const across = (size.width - side - 8) / (units.length - 1);
    return [side / 2 + 4 + column * across, high / 2 + (k - (units[column] - 1) / 2) * gap, side / 2];
  }

  function drawWeights(pen, theta, colors) {
    let at = 0;
    network.layers.forEach(({ bias = true }, column) => {
      const [from, to] = [units[column], units[column + 1]];
      const kernel = Array.from(theta.subarray(at, at + from * to));
      const largest = Math.max(...kernel.map(Math.abs), 1e-12);
      kernel.forEach((weight, k) => {
        const share = Math.abs(weight) / largest;
        if (share < FAINTEST) return;
        const [x, y, half] = cellOf(column, Math.floor(k / to));
        const [right, down] = cellOf(column + 1, k % to);
        const middle = (x + right) / 2;
        pen.globalAlpha = 0.25 + 0.65 * share;
        pen.beginPath();
        pen.moveTo(x + half, y);
        pen.bezierCurveTo(middle, y, middle, down, right - half, down);
        pen.strokeStyle = colors.ink;
        pen.lineWidth = THICKEST * share + (weight < 0 ? 1 : 0);
        pen.stroke();
        if (weight >= 0) return;
        pen.globalAlpha = 1; // a negative one is hollow
        pen.strokeStyle = colors.paper;
        pen.lineWidth = Math.max(THICKEST * share - 0.8, 0.6);
        pen.stroke();
      });
      at += from * to + (bias ? to : 0);
    });
    pen.globalAlpha = 1;
  }

  function drawCell(pen, [x, y, half], shades, colors) {
    const box = [x - half, y - half, 2 * half, 2 * half];
    pen.fillStyle = colors.paper;
    pen.fillRect(...box);
    if (shades) {
      const ink = [1, 3, 5].map((at) => parseInt(colors.ink.slice(at, at + 2), 16));
      const picture = new OffscreenCanvas(PLACES, PLACES);
      const image = new ImageData(PLACES, PLACES);
      shades.forEach((share, k) => image.data.set([...ink, Math.round(255 * share)], 4 * k));
      picture.getContext("2d").putImageData(image, 0, 0);
      pen.drawImage(picture, ...box);
    }
    pen.strokeStyle = shades ? colors.ink : colors.grid;
    pen.lineWidth = 1.2;
    pen.strokeRect(...box);
  }

  function draw() {
    if (size.width < 60 || size.height < 60) return;
    const time = Math.min(state.time, horizonOf(state));
    const recorded = weights(time);
    const { theta, row } = trainedWeights(state.race, label, recorded.theta.length, time) ?? recorded;
    const key = [row, size.width, size.height, state.theme].join();
    if (key === shown) return;
    shown = key;
    const colors = paintOf(state.theme);
    const pen = wiped(canvas, size.width, size.height);
    drawWeights(pen, theta, colors);
    let dead = 0;
    [places, ...layersPass(network.layers, theta, places, 2)].forEach((outputs, column) => {
      for (let k = 0; k < units[column]; k += 1) {
        const own = { length: PLACES * PLACES };
        const shades = neuronShades(Float64Array.from(own, (_, at) => outputs[at * units[column] + k]));
        dead += shades ? 0 : 1;
        drawCell(pen, cellOf(column, k), shades, colors);
      }
    });
    pen.font = fontOf(14, false);
    pen.fillStyle = colors.soft;
    const words = network.layers.map((one) => `${one.units} ${one.activation.replaceAll("_", " ")}`);
    [rows.names.join(", "), ...words].forEach((word, column) => {
      pen.textAlign = column === 0 ? "left" : column === words.length ? "right" : "center";
      const x = column === 0 ? 0 : column === words.length ? size.width : cellOf(column, 0)[0];
      pen.fillText(word, x, size.height - 5);
    });
    const what = `${words.join(", ")}; ${dead} ${dead === 1 ? "sees" : "see"} nothing`;
    plot.setAttribute("aria-label", `Inside ${label}, what each neuron sees: ${what}`);
    Object.assign(plot.dataset, { row: String(row), dead: String(dead) });
  }

  onResize(plot, ({ width, height }) => {
    Object.assign(size, { width, height });
    draw();
  });
  store.on(["time", "theme", "asked", "fonts"], draw);
  store.on(["race"], () => {
    shown = "";
    draw();
  });
}
