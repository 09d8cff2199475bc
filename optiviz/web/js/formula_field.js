/** Fields of the problem: a surface to choose, and a formula of one's own, read at each key. */

import { readFormula } from "./formula_text.js";
import { make } from "./layout.js";
import { problemNow } from "./problem_now.js";
import { availableSurfaces, problemOf } from "./race.js";

const SETTLED_KEYS = 150; // ms after the last key

/**
 * Draw them into the Explore panel.
 * @param {HTMLElement} root where it is drawn
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountFormulaField(root, store) {
  const { scene } = store.state;
  if (!["surface", "formula"].includes(scene.problem.kind)) return;
  const field = make("input", {
    type: "text", class: "formula-text", spellcheck: "false", autocomplete: "off", autocapitalize: "off",
    id: "formula", "aria-describedby": "formula-fault",
  });
  const wave = make("span", { class: "wave", "aria-hidden": "true" });
  const fault = make("p", { class: "fault", id: "formula-fault", role: "status" });
  const label = make("label", { class: "setting", for: "formula" }, ["f(x, y) ="]);
  root.append(label, make("span", { class: "formula-box" }, [field, wave]), fault);
  let timer = 0;

  function read() {
    const typed = field.value;
    const wrong = readFormula(typed).faults[0];
    field.setAttribute("aria-invalid", String(Boolean(wrong)));
    showFault(fault, wave, typed, wrong, problemNow(store.state).name);
    if (!wrong) store.set(formulaPatch(store.state, typed));
  }
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(read, SETTLED_KEYS);
  });
  function show() {
    if (store.state.panel !== "explore" || document.activeElement === field) return;
    const formula = problemOf(scene, store.state.changes)?.formula ?? problemNow(store.state).formula ?? "";
    field.value = formula;
    showFault(fault, wave, formula);
    field.setAttribute("aria-invalid", "false");
  }
  store.on(["panel", "changes", "scene"], show);
}

/** The state with a formula: the window stays, the start too. */
function formulaPatch({ scene, changes }, typed) {
  const { xlim, ylim } = problemNow({ scene, changes });
  const own = scene.problem.kind === "formula" && typed.trim() === scene.problem.formula;
  const problem = { kind: "formula", name: typed.trim(), formula: typed.trim(), xlim, ylim };
  return { changes: { ...changes, problem: own ? undefined : problem } };
}

/** The sentence below the field, and a wave under the very letters. */
function showFault(line, wave, typed, wrong, kept) {
  const column = wrong?.column ?? null;
  line.replaceChildren();
  wave.hidden = column === null;
  if (!wrong) return;
  const place = column === null ? "" : `Place ${column + 1}: `;
  const told = `${place}${wrong.told.replace(/[.?]$/, "")}.`;
  line.append(make("b", {}, [told]), ` The map keeps ${kept} until it reads.`);
  if (column === null) return;
  wave.style.left = `calc(${column}ch + 12px)`;
  wave.style.width = `${/^\w+/.exec(typed.slice(column))?.[0].length ?? 1}ch`;
}

/**
 * A menu of all surfaces that the page carries.
 * @param {HTMLElement} root
 * @param {import("./store.js").Store} store
 */
export function mountSurfaceMenu(root, store) {
  const names = availableSurfaces();
  if (names.length < 2 || !["surface", "formula"].includes(store.state.scene.problem.kind)) return;
  const menu = make("select", { "aria-label": "Surface" }, names.map((name) =>
    make("option", { value: name }, [name.replaceAll("_", " ")])));
  const own = make("option", { value: "" }, ["formula"]);
  menu.prepend(own);
  menu.addEventListener("change", () => {
    if (menu.value) store.set(surfacePatch(store.state, menu.value));
  });
  const words = make("span", { class: "setting" }, ["surface"]);
  const row = make("label", { class: "surface-row" }, [words, menu]);
  root.append(row);
  store.on(["changes", "panel"], () => {
    const problem = problemNow(store.state);
    menu.value = problem.kind === "surface" ? problem.name : "";
  });
}

/** The state on a surface, from its own start; the scene's own surface is no change. */
function surfacePatch({ scene, changes }, name) {
  const own = scene.problem.kind === "surface" && scene.problem.name === name;
  const next = { ...changes, problem: own ? undefined : { kind: "surface", name } };
  const start = own ? scene.problem.start : problemOf(scene, next).start;
  return { changes: next, start: Array.from(start) };
}
