/** Layout: the shells of views and panels, and layers of canvas within a plot. */

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
 * The shell of a view: its heading, small words and the plot to draw in.
 * @param {import("./scene_types.js").Panel} panel
 * @param {number} index
 * @returns {{section: HTMLElement, plot: HTMLElement}}
 */
export function viewShell(panel, index) {
  const heading = make("h2", {}, [panel.heading]);
  const small = make("span", { class: "small" }, [panel.small]);
  const plot = make("div", { class: "plot" });
  const section = make("section", { class: "view", id: `view-${index}`, "data-kind": panel.kind }, [
    make("div", { class: "heading" }, [heading, small]),
    plot,
  ]);
  return { section, plot };
}

/**
 * A canvas of the size of its plot, for one layer.
 * @param {HTMLElement} plot
 * @param {string} name
 * @returns {HTMLCanvasElement}
 */
export function layer(plot, name) {
  const canvas = make("canvas", { class: "layer", "data-layer": name });
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
  const [across, up] = [Math.round(width * dense), Math.round(height * dense)];
  if (canvas.width !== across || canvas.height !== up) {
    canvas.width = across;
    canvas.height = up;
  }
  const pen = canvas.getContext("2d");
  pen.setTransform(dense, 0, 0, dense, 0, 0);
  pen.clearRect(0, 0, width, height);
  window.optivizDraws = (window.optivizDraws || 0) + 1;
  return pen;
}
