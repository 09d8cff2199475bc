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

/** Where a tip covers least of the ways, above all of the one it speaks of. */
function tipPlace([x, y], wide, high, view, ways, label, time) {
  const [room, down] = [view.width - wide - 8, view.height - high - 8];
  let [best, least] = [[8, 8], Infinity];
  for (const far of [24, 70, 130]) {
    for (const [right, below] of [[1, 1], [1, -1], [-1, 1], [-1, -1]]) {
      const left = Math.min(Math.max(right > 0 ? x + far : x - far - wide, 8), Math.max(room, 8));
      const top = Math.min(Math.max(below > 0 ? y + far : y - far - high, 8), Math.max(down, 8));
      let cost = far / 10;
      for (const way of ways) {
        const weight = way.label === label ? 5 : 1;
        const last = Math.min(Math.floor(time), way.truth.length / 2 - 1);
        for (let k = 0; k <= last; k += 1) {
          const [px, py] = [way.truth[2 * k], way.truth[2 * k + 1]];
          const gap = k === last ? 26 : 4; // of a head, its name too
          if (px < left - gap || px > left + wide + gap || py < top - gap || py > top + high + gap) continue;
          cost += k === last ? 30 * weight : weight;
        }
      }
      if (cost < least) [best, least] = [[left, top], cost];
    }
  }
  return best;
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
    const [wide, high] = [box.offsetWidth, box.offsetHeight];
    const drawn = Math.min(state.time, limit);
    const [left, top] = tipPlace(pixelAt(way.truth, time), wide, high, view, ways(), looked.run, drawn);
    box.style.left = `${left}px`;
    box.style.top = `${top}px`;
  });
}
