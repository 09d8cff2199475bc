/** Explore panel: rule, pad, sliders, formula and result line in the left column. */

import { changedRuns, isChanged, nextRule, withRunChange, withoutRunChange } from "./changes.js";
import { button, choiceRow } from "./controls.js";
import { mountFormulaField, mountSurfaceMenu } from "./formula_field.js";
import { icon } from "./icons.js";
import { make } from "./layout.js";
import { numberText } from "./number_text.js";
import { mountPad } from "./pad.js";
import { availableRules, problemOf, raceOf } from "./race.js";
import { RULE_TABLE } from "./rule_table.js";
import { colorOf } from "./run_focus.js";
import { runMarker } from "./run_label.js";
import { chosenRun, mountSliders } from "./sliders.js";

const GROUPS = { plain: "plain", remembers: "remembers", divides: "divides", both: "both" };

/**
 * Fill the panel once; it shows itself while `panel` is "explore".
 * @param {HTMLElement} root where it is drawn
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountExplore(root, store) {
  root.classList.add("explore");
  const heading = make("h2", { class: "unseen" }, ["Explore"]);
  const runs = make("div", { class: "choose-run", "aria-label": "Run" });
  const add = button(["+"], () => addRun(store), {
    class: "add-run", "aria-label": "Add a run",
  });
  const rule = make("select", { class: "rule", "aria-label": "Rule" });
  const reset = button([icon("reset"), "Reset"], () => resetAll(store), { class: "reset" });
  const pad = make("div", { class: "pad" });
  const sliders = make("div", {});
  const formula = make("div", { class: "formula" });
  const why = make("p", { class: "why" });
  const result = make("p", { class: "result" });
  root.append(heading, make("div", { class: "runs-row" }, [runs, add]), make("div", { class: "rule-row" },
    [rule, reset]), why, pad, sliders, formula, result);
  const row = choiceRow(runs, "radio", (label) => store.set({ selected: label }));
  rule.addEventListener("change", () => chooseRule(store, rule.value));
  mountPad(pad, store);
  mountSliders(sliders, store);
  mountSurfaceMenu(sliders.querySelector(".more-row"), store);
  mountFormulaField(formula, store);

  function update() {
    const { scene, changes, panel, theme } = store.state;
    root.hidden = panel !== "explore";
    if (root.hidden) return;
    const run = chosenRun(store.state);
    if (!run) return;
    const all = changedRuns(scene, changes);
    row.show(all.map(runChoice), run.label);
    add.hidden = !problemOf(scene, changes) || nextRule(all, availableRules()) === "";
    showRules(rule, availableRules(), run, theme);
    reset.disabled = !isChanged(store.state);
    why.textContent = run.recorded ? `${run.label} is recorded: it cannot be run here.` : "";
    why.hidden = !run.recorded;
    pad.hidden = Boolean(run.recorded);
  }
  store.on(["panel", "selected", "changes", "theme", "start"], update);
  store.on(["panel", "selected", "race", "scene", "time", "asked"], () => showResult(result, store));
}

function runChoice(run) {
  return { name: run.label, inside: [runMarker(run)], label: run.label };
}

/** Fill the menu of rules, grouped by what they do. */
function showRules(select, known, run, theme) {
  const names = known.includes(run.rule) ? known : [run.rule, ...known];
  const signature = names.join();
  if (select.dataset.names !== signature) {
    select.dataset.names = signature;
    select.replaceChildren(...Object.keys(GROUPS).map((group) => {
      const inside = names.filter((name) => (RULE_TABLE[name]?.group ?? "plain") === group);
      return make("optgroup", { label: GROUPS[group] }, inside.map((name) =>
        make("option", { value: name }, [RULE_TABLE[name]?.name ?? name])));
    }).filter((group) => group.children.length > 0));
  }
  select.value = run.rule;
  select.style.color = colorOf(run, theme);
  select.disabled = Boolean(run.recorded);
}

function chooseRule(store, rule) {
  const { scene, changes } = store.state;
  const run = chosenRun(store.state);
  const rate = problemOf(scene, changes)?.rates?.[RULE_TABLE[rule].name];
  const own = scene.runs.find((one) => one.label === run.label);
  const settings = own?.rule !== rule && rate ? { learning_rate: rate } : undefined;
  store.set({
    changes: withRunChange(scene, changes, run.label, settings ? { rule, settings } : { rule }),
    selected: run.label,
  });
}

/** Add a run of the first rule that none has yet. */
function addRun(store) {
  const { scene, changes } = store.state;
  const all = changedRuns(scene, changes);
  const rule = nextRule(all, availableRules());
  if (!rule) return;
  const { name } = RULE_TABLE[rule];
  const label = all.some((run) => run.label === name) ? `${name} 2` : name;
  const rate = problemOf(scene, changes)?.rates?.[name];
  const change = rate ? { rule, settings: { learning_rate: rate } } : { rule };
  store.set({ changes: withRunChange(scene, changes, label, change), selected: label });
}

/** The scene as it was written. */
function resetAll(store) {
  const { scene, changes, selected } = store.state;
  const alone = changes.runs?.[selected] && Object.keys(changes.runs).length > 1;
  if (alone) store.set({ changes: withoutRunChange(changes, selected) });
  else store.set({ changes: { runs: {} }, start: [...scene.problem.start] });
}

/** Loss of the chosen run at the end, before and now, and its place among all. */
function showResult(line, store) {
  const { panel, race, scene, changes, theme, asked, time } = store.state;
  if (panel !== "explore") return;
  const run = chosenRun(store.state);
  const now = race.find((one) => one.label === run?.label);
  line.replaceChildren();
  const hidden = scene.ask && !asked && !isChanged(store.state) && time <= scene.ask.time;
  if (!now || hidden) return;
  const last = (one) => one.losses[one.losses.length - 1];
  const loss = make("b", {}, [numberText(last(now), 1)]);
  loss.style.color = colorOf(run, theme);
  const words = [`Loss after ${scene.steps} `, loss];
  const before = raceAtFirst(store).find((one) => one.label === run.label);
  if (before && changes.runs?.[run.label]) words.push(` before ${numberText(last(before), 1)}`);
  const place = race.filter((one) => last(one) < last(now)).length;
  if (race.length > 1) words.push(` · ${ORDER[place] ?? `${place + 1}th`} of ${race.length}`);
  line.append(...words);
}

const firstRaces = new WeakMap();

/** The race of the scene as it was written. */
function raceAtFirst(store) {
  const { scene } = store.state;
  if (!firstRaces.has(store)) firstRaces.set(store, raceOf(scene, scene.problem.start, { runs: {} }));
  return firstRaces.get(store);
}

const ORDER = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"];
