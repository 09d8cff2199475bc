/** Layout: elements, the shells of views, layers of canvas within a plot, and who is told of a new size. */

import { isNarrow } from "./themes.js";

/**
 * A new element.
 * @param {string} tag
 * @param {Object<string, string>} [attributes]
 * @param {Array<Node|string>} [children]
 * @returns {HTMLElement}
 */
export function make(tag, attributes = {}, children = []) {
  const found = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) found.setAttribute(name, value);
  found.append(...children);
  return found;
}

/**
 * The heading of a view and the small words beside it.
 * @param {import("./scene_types.js").Panel} panel
 * @returns {[string, string]}
 */
export function headingOf({ kind, heading, small, run }) {
  const [first, ...rest] = (heading || run || "").split(", ");
  const words = [...rest, ...(small ? [small] : [])];
  if (kind === "map" && !rest.includes("axes not to scale")) words.unshift("equal scale");
  if (kind === "map") words.push("low is light");
  if (kind === "hill") words.push("drag to turn");
  return [first === "Level lines" ? "Map" : first, [...new Set(words)].join(" · ")];
}

/**
 * The shell of a view: its heading, small words and the plot to draw in.
 * @param {import("./scene_types.js").Panel} panel
 * @param {number} index
 * @returns {{section: HTMLElement, plot: HTMLElement}}
 */
export function viewShell(panel, index) {
  const [words, more] = headingOf(panel);
  const heading = make("h2", {}, [panel.kind === "picture" ? "" : words]); // a picture has its own in it
  const small = make("span", { class: "small" }, [more]);
  const plot = make("div", { class: "plot" });
  const section = make("section", { class: "view", id: `view-${index}`, "data-kind": panel.kind }, [
    make("div", { class: "heading" }, [heading, small]),
    plot,
  ]);
  return { section, plot };
}

/**
 * A canvas of the size of its plot, for one layer; page.css says which lies above which.
 * @param {HTMLElement} plot
 * @param {string} name
 * @returns {HTMLCanvasElement}
 */
export function layer(plot, name) {
  const canvas = make("canvas", { class: "layer", "data-layer": name, "aria-hidden": "true" });
  plot.append(canvas);
  return canvas;
}

/**
 * Clear a canvas and give its pen in CSS pixels; it is resized where its plot has another size.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 * @returns {CanvasRenderingContext2D}
 */
export function wiped(canvas, width, height) {
  const dense = Math.min(window.devicePixelRatio || 1, 2);
  const [across, up] = [Math.max(Math.round(width * dense), 1), Math.max(Math.round(height * dense), 1)];
  if (canvas.width !== across || canvas.height !== up) {
    canvas.width = across;
    canvas.height = up;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const pen = canvas.getContext("2d");
  pen.setTransform(dense, 0, 0, dense, 0, 0);
  pen.globalAlpha = 1;
  pen.clearRect(0, 0, width, height);
  window.optivizDraws = (window.optivizDraws || 0) + 1;
  return pen;
}

/**
 * Call a function with the size of an element, now and whenever it changes.
 * @param {HTMLElement} root
 * @param {(size: {width: number, height: number}) => void} told
 */
export function onResize(root, told) {
  const tell = () => told({ width: root.clientWidth, height: root.clientHeight });
  new ResizeObserver(tell).observe(root);
  tell();
}

/** Kinds of view that are curves over steps, and stand beside the key. */
export const CURVES = ["loss", "accuracy", "rates"];

/**
 * Which place each view takes: the stage, the small one beside it, the curves, or none.
 * @param {import("./scene_types.js").Panel[]} panels
 * @param {Object<string, any>} state
 * @param {boolean} narrow
 * @returns {string[]} "stage", "small", "loss" or "none", by panel
 */
export function placesOfViews(panels, state, narrow) {
  const found = panels.map(() => "none");
  if (narrow) {
    found[Math.min(state.tab ?? 0, panels.length - 1)] = "stage";
    return found;
  }
  const rest = panels.map((_, k) => k).slice(1);
  const curves = rest.filter((k) => CURVES.includes(panels[k].kind));
  const others = rest.filter((k) => !CURVES.includes(panels[k].kind));
  const small = others.includes(state.small) ? state.small : others[0];
  if (panels.length > 0) found[0] = "stage";
  if (small !== undefined) found[small] = "small";
  const shown = curves.includes(state.curve) ? state.curve : curves[0];
  if (shown !== undefined) found[shown] = "loss";
  if (state.swapped && small !== undefined) [found[0], found[small]] = ["small", "stage"];
  return found;
}

/**
 * Give every view its place, and keep the form of the page as the window changes.
 * @param {import("./store.js").Store} store
 * @param {HTMLElement[]} sections
 */
export function arrangeViews(store, sections) {
  const { state } = store;
  const root = document.documentElement;
  const forms = {
    narrow: matchMedia("(max-width: 899px)"),
    medium: matchMedia("(min-width: 900px) and (max-width: 1179px)"),
    short: matchMedia("(min-width: 900px) and (max-height: 699px)"),
  };

  function arrange() {
    if (root.classList.contains("printing")) return; // paper keeps the form of the screen
    for (const [name, form] of Object.entries(forms)) root.classList.toggle(name, form.matches);
    const places = placesOfViews(state.scene.panels, state, isNarrow());
    sections.forEach((section, k) => {
      for (const place of ["stage", "small", "loss", "none"]) {
        section.classList.toggle(`in-${place}`, places[k] === place);
      }
    });
    root.classList.toggle("board", Boolean(state.scene.panels[0]?.board));
    root.classList.toggle("no-small", !places.includes("small"));
    root.classList.toggle("no-loss", !places.includes("loss"));
    store.set({ places: places.join(), narrow: isNarrow() });
  }

  for (const form of Object.values(forms)) form.addEventListener("change", arrange);
  store.on(["swapped", "tab", "small", "curve"], arrange);
  arrange();
}
