/** Sliders with number fields for the settings of a run. */

import { changedRuns, withRunChange } from "./changes.js";
import { make } from "./layout.js";
import { fractionOf, nudgedValue, settingAxis, snappedValue, valueAt } from "./pad_scale.js";
import { liveRun, noisyRun } from "./race.js";
import { kindOfSetting, secondSetting, settingFault, settingWords } from "./rule_table.js";

const SLIDER_STEPS = 1000;

/**
 * The run that the panels work on: the selected one, else the first that can be run.
 * @param {Object<string, any>} state
 * @returns {import("./scene_types.js").Run|undefined}
 */
export function chosenRun({ scene, changes, selected }) {
  const runs = changedRuns(scene, changes);
  return runs.find((run) => run.label === selected) ?? runs.find((run) => !run.recorded) ?? runs[0];
}

/**
 * The settings of a run that have a slider, the telling ones first.
 * @param {import("./scene_types.js").Run} run
 * @param {string} problem its kind
 * @param {boolean} noisy whether the page carries noise that was drawn
 * @returns {string[]}
 */
export function slidSettings(run, problem, noisy) {
  const second = secondSetting(run.rule);
  const first = ["learning_rate", second].filter(Boolean);
  const plane = ["surface", "formula"].includes(problem);
  const luck = [...(plane && noisy ? ["noise"] : []), ...(!plane && run.batch ? ["batch"] : [])];
  const rest = Object.keys(run.settings).filter(
    (name) => !first.includes(name) && ["number", "boolean"].includes(typeof run.settings[name]),
  );
  return [...first, ...luck, ...rest];
}

/** Value, axis and change of one control; noise and batches stand beside the rule's settings. */
function controlOf(store, run, name) {
  const { scene } = store.state;
  const own = scene.runs.find((one) => one.label === run.label) ?? run;
  const put = (patch) => {
    const { changes } = store.state;
    store.set({ changes: withRunChange(scene, changes, run.label, patch), selected: run.label });
  };
  if (name === "noise") {
    const set = (noise) => put({ noise });
    return { value: run.noise ?? 0, own: own.noise ?? 0, axis: { scale: "linear", low: 0, high: 2 }, set,
      kind: "small", words: "noise" };
  }
  if (name === "batch") {
    const rows = scene.problem.data?.y?.length ?? 100;
    const set = (batch) => put({ batch: Math.round(batch) });
    return { value: run.batch, own: own.batch ?? 0, axis: { scale: "log", low: 1, high: rows }, set,
      kind: "small", words: "batch" };
  }
  const value = run.settings[name];
  const kind = kindOfSetting(name, value);
  const ownValue = own.rule === run.rule ? own.settings[name] : value;
  return { value, own: ownValue, axis: settingAxis(kind, ownValue), kind, words: settingWords(name),
    set: (now) => put({ settings: { [name]: now } }) };
}

/**
 * Draw the sliders into the Explore panel.
 * @param {HTMLElement} root where it is drawn
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountSliders(root, store) {
  const first = make("div", { class: "sliders" });
  const more = make("details", { class: "more-settings" }, [make("summary", {}, ["more settings"])]);
  const rest = make("div", { class: "sliders" });
  more.append(rest);
  root.append(first, make("div", { class: "more-row" }, [more]));
  let rows = [];
  let shown = "";

  function rebuild(run, names) {
    rows = names.map((name) => (typeof run.settings[name] === "boolean"
      ? flagRow(store, run.label, name)
      : sliderRow(store, run.label, name)));
    const telling = rows.filter((row) => row.range).slice(0, 3);
    const others = rows.filter((row) => !telling.includes(row));
    first.replaceChildren(...telling.map((row) => row.element));
    rest.replaceChildren(...others.map((row) => row.element));
    more.hidden = others.length === 0;
  }

  function update() {
    const { panel, scene, changes } = store.state;
    if (panel !== "explore") return;
    const run = chosenRun(store.state);
    if (!run) return;
    const names = slidSettings(run, changes?.problem?.kind ?? scene.problem.kind, Boolean(noisyRun(scene)));
    const signature = JSON.stringify([run.label, run.rule, names, run.recorded]);
    if (signature !== shown) rebuild(run, names);
    shown = signature;
    for (const row of rows) row.update(run);
  }
  store.on(["panel", "selected", "changes"], update);
}

function runOf(store, label) {
  const { scene, changes } = store.state;
  return changedRuns(scene, changes).find((run) => run.label === label);
}

function sliderRow(store, label, name) {
  const range = make("input", { type: "range", min: "0", max: String(SLIDER_STEPS), step: "1" });
  const field = make("input", { type: "text", inputmode: "decimal", class: "number", autocomplete: "off" });
  const words = make("span", { class: "setting" });
  const element = make("div", { class: "slider" }, [words, range, field]);
  const control = () => controlOf(store, runOf(store, label), name);

  range.addEventListener("input", () => {
    const { axis, own, set } = control();
    const raw = valueAt(axis, Number(range.value) / SLIDER_STEPS);
    set(snappedValue(axis, raw, range.clientWidth, own === undefined ? [] : [own]));
  });
  range.addEventListener("keydown", (event) => {
    const press = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (!press) return;
    event.preventDefault();
    event.stopPropagation();
    const { axis, value, set } = control();
    set(nudgedValue(axis, value, press * (event.shiftKey ? 10 : 1)));
  });
  field.addEventListener("change", () => {
    const { kind, set, value } = control();
    const now = Number(field.value.trim().replace(",", ".").replace("−", "-"));
    const fault = field.value.trim() === "" ? "must be a number" : settingFault(kind, now);
    field.setAttribute("aria-invalid", String(fault !== ""));
    field.title = fault;
    if (fault) field.value = String(value);
    else set(now);
  });
  return { element, range, update: (run) => showSlider(store, run, name, { range, field, words }) };
}

function showSlider(store, run, name, { range, field, words }) {
  const { value, axis, words: said } = controlOf(store, run, name);
  const share = fractionOf(axis, value);
  words.textContent = said;
  range.value = String(Math.round(share * SLIDER_STEPS));
  range.style.setProperty("--share", `${100 * share}%`);
  range.setAttribute("aria-label", `${said} of ${run.label}`);
  range.setAttribute("aria-valuetext", `${said} ${value}`);
  field.setAttribute("aria-label", `${said} of ${run.label}, as a number`);
  if (document.activeElement !== field) field.value = String(value);
  const { scene, changes } = store.state;
  const program = run.recorded ? null : liveRun(scene, run, changes.runs?.[run.label])?.program;
  const fixed = Boolean(program?.folded?.includes(name)); // another value is another program
  range.disabled = field.disabled = Boolean(run.recorded) || fixed;
  words.title = fixed ? "decides how the rule is computed: change it in the scene" : "";
}

function flagRow(store, label, name) {
  const box = make("input", { type: "checkbox" });
  const words = make("span", { class: "setting" }, [settingWords(name)]);
  const element = make("label", { class: "flag" }, [box, words]);
  box.addEventListener("change", () => controlOf(store, runOf(store, label), name).set(box.checked));
  // a flag is part of the program that the page carries of a rule, so it is shown, not changed
  return {
    element,
    update(run) {
      box.checked = run.settings[name];
      box.disabled = true;
    },
  };
}
