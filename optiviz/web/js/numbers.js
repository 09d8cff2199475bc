/** Numbers: the results of all runs as a table, and the notes of the scene. */

import { arrivalsOf } from "./arrivals.js";
import { horizonOf } from "./clock.js";
import { make } from "./layout.js";
import { numberText } from "./number_text.js";
import { runsNow } from "./run_focus.js";
import { runLabel } from "./run_label.js";

/**
 * Fill the panel.
 * @param {HTMLElement} root
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountNumbers(root, store) {
  const { state } = store;
  root.append(make("h2", {}, ["Numbers"]));
  const table = make("table", { class: "numbers" });
  const notes = make("p", { class: "notes" }, [(state.scene.notes ?? "").trim().replace(/\s*\n/g, " ")]);
  root.append(table, notes);
  store.on(["panel", "race", "time", "asked"], () => {
    if (state.panel !== "numbers") return;
    table.replaceChildren(...resultRows(state));
    notes.hidden = horizonOf(state) < state.scene.steps; // they may tell what a question hides
  });
}

/**
 * The rows of the results: loss now, loss in the end, and arrival of each run.
 * @param {Object<string, any>} state
 * @returns {HTMLElement[]}
 */
export function resultRows(state) {
  const { scene, race } = state;
  const limit = horizonOf(state);
  const hides = limit < scene.steps;
  const step = Math.min(Math.floor(state.time + 1e-9), limit);
  const found = hides ? [] : arrivalsOf(state);
  const word = found[0]?.word ?? "home";
  const head = ["", `${scene.unit} ${numberText(step / scene.perUnit)}`];
  if (!hides) head.push(`${scene.unit} ${numberText(scene.steps / scene.perUnit)}`, word);
  const runs = runsNow(state);
  const rows = race.map((run, k) => {
    const at = (when) => numberText(run.losses[Math.min(when, run.losses.length - 1)]);
    const cells = [at(step)];
    const there = found.find(({ label }) => label === run.label);
    const gone = run.stopped >= 0 ? `left at ${numberText(run.stopped)}` : "–";
    if (!hides) cells.push(at(scene.steps), there ? `at ${numberText(there.step / scene.perUnit)}` : gone);
    const name = make("th", { scope: "row" }, [runLabel(runs[k])]);
    return make("tr", {}, [name, ...cells.map((cell) => make("td", {}, [cell]))]);
  });
  const caption = make("caption", {}, ["Loss"]);
  const heads = head.map((cell) => make(cell ? "th" : "td", cell ? { scope: "col" } : {}, [cell]));
  return [caption, make("thead", {}, [make("tr", {}, heads)]), make("tbody", {}, rows)];
}
