/** Tip: what is known of a run at a step, beside its place on the map. */

import { glidedTime, horizonOf } from "./clock.js";
import { make } from "./layout.js";
import { numberText } from "./number_text.js";
import { pixelAt } from "./scales.js";
import { runLabel } from "./run_label.js";

/** The lines of a tip below its head. */
function linesOf(result, step, names) {
  const { path, losses } = result;
  const [x, y] = [path[2 * step], path[2 * step + 1]];
  const place = `${names[0]} ${numberText(x, 3, true)}, ${names[1]} ${numberText(y, 3, true)}`;
  const lines = [`${place} · loss ${numberText(losses[step])}`];
  if (step > 0) {
    const [dx, dy] = [x - path[2 * step - 2], y - path[2 * step - 1]];
    lines.push(`step length ${numberText(Math.sqrt(dx * dx + dy * dy))}`);
  }
  return lines;
}

/**
 * Show the tip of the run that is looked at.
 * @param {HTMLElement} plot
 * @param {import("./store.js").Store} store
 * @param {() => Array<{label: string, truth: Float64Array, run: object}>} ways
 */
export function mountTip(plot, store, ways) {
  const { state } = store;
  const box = make("div", { class: "tip", hidden: "" });
  plot.append(box);
  let shown = "";

  store.on(["hover", "pinned", "time", "race", "view", "theme", "asked", "hidden", "only"], () => {
    const { hover, pinned, scene, view } = state;
    const looked = hover?.run ? hover : pinned;
    const way = looked && ways().find(({ label }) => label === looked.run);
    const result = looked && state.race.find(({ label }) => label === looked.run);
    box.hidden = !way || !result || !view || view.small || (hover !== null && !hover.run);
    if (box.hidden) return;
    const limit = Math.min(horizonOf(state), result.losses.length - 1);
    const step = Math.min(looked.step ?? Math.floor(state.time), limit);
    const text = JSON.stringify([looked.run, step, state.theme, state.start, state.changes]);
    if (text !== shown) {
      shown = text;
      const word = `${scene.unit} ${numberText(step / scene.perUnit)}`;
      const head = make("p", { class: "tip-head" }, [runLabel(way.run), ` · ${word}`]);
      const lines = linesOf(result, step, scene.problem.names);
      box.replaceChildren(head, ...lines.map((line) => make("p", {}, [line])));
    }
    const time = looked.step ?? glidedTime(scene, Math.min(state.time, limit));
    const [x, y] = pixelAt(way.truth, time);
    const [wide, high] = [box.offsetWidth, box.offsetHeight];
    const left = x + 28 + wide < view.width - 8 ? x + 28 : x - 28 - wide;
    const top = y + 24 + high < view.height - 8 ? y + 24 : y - 24 - high;
    box.style.left = `${Math.min(Math.max(left, 8), Math.max(view.width - wide - 8, 8))}px`;
    box.style.top = `${Math.min(Math.max(top, 8), Math.max(view.height - high - 8, 8))}px`;
  });
}
