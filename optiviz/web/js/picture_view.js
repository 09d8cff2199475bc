/** Picture view: pictures of a panel that the page cannot draw itself, each at its time of the clip. */

import { make } from "./layout.js";

/**
 * The number of the last picture that is not of a later time: what is to come is not shown.
 * @param {number[]} times ascending
 * @param {number} time
 * @returns {number}
 */
export function pictureAt(times, time) {
  let found = 0;
  while (found + 1 < times.length && times[found + 1] <= time + 1e-6) found += 1;
  return found;
}

/**
 * Draw it into a view.
 * @param {HTMLElement} plot
 * @param {import("./store.js").Store} store
 * @param {import("./scene_types.js").Panel & {times: number[], images: string[], why: string}} panel
 * @returns {void}
 */
export function mountPictureView(plot, store, panel) {
  const { state } = store;
  const of = panel.board ? "All panels" : panel.heading;
  const picture = make("img", { alt: `${of}, a recorded picture`, decoding: "sync" });
  const words = make("figcaption", {}, []);
  plot.append(make("figure", { class: "recorded" }, [picture, words]));
  let shown = -1;

  function show() {
    const k = pictureAt(panel.times, state.time);
    if (k === shown || !panel.images.length) return;
    shown = k;
    picture.src = panel.images[k];
    const at = panel.times[k] / (state.scene.perUnit ?? 1);
    const counted = Math.round(10 * at) / 10;
    words.textContent = `Recorded, ${state.scene.unit} ${counted}: ${panel.why}`;
  }

  show();
  store.on(["time"], show);
}
