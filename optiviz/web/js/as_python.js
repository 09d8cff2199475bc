/** A scene as Python: the same race through the library's own names. */

import { changedProblem, isChanged, sharedRuns, startMoved } from "./changes.js";
import { RULE_TABLE, settingsApart } from "./rule_table.js";

/**
 * Lines of Python that play and render the scene of a state.
 * @param {{scene: import("./scene_types.js").Scene, changes: import("./changes.js").Changes,
 *   start: number[]|null}} state
 * @returns {import("./as_toml.js").CodeLine[]}
 */
export function pythonLines(state) {
  const { scene, changes } = state;
  const runs = sharedRuns(scene, changes);
  const problem = changedProblem(scene, changes);
  if (!["surface", "formula"].includes(problem.kind) || runs.some((run) => run.recorded)) {
    return fromFile(state);
  }
  const objective = problemExpression(state, problem);
  const head = objective.includes("replace(") ? ["from dataclasses import replace", ""] : [];
  if (runs.some((run) => run.settings.learning_rate?.schedule)) {
    head.unshift("from optiviz.optimizers import schedules", "");
  }
  const steps = [`    steps=${scene.steps},`];
  if (scene.seed) steps.push(`    seed=${scene.seed},`);
  return [
    ...[...head, "import optiviz as ov", "", "scene = ov.Scene(", `    title=${pythonValue(scene.title)},`]
      .map(unchangedLine),
    {
      text: `    objective=${objective},`,
      changed: startMoved(scene, state.start) || Boolean(changes?.problem),
    },
    unchangedLine("    runs={"),
    ...runs.map((run) => ({
      text: `        ${pythonValue(run.label)}: ${runExpression(run)},`,
      changed: Boolean(changes?.runs?.[run.label]),
    })),
    ...["    },", ...steps, ")", "race = ov.play(scene)",
      `ov.render(scene, ${pythonValue(`${scene.name || "race"}.gif`)})`].map(unchangedLine),
  ];
}

const unchangedLine = (text) => ({ text, changed: false });

/** Data and networks are read from the scene's file. */
function fromFile(state) {
  const name = state.scene.name || "scene";
  const file = isChanged(state) ? `${name}.toml` : name;
  const why = isChanged(state) ? "  # saved from the tab Scene" : "";
  return [
    "import optiviz as ov",
    "",
    `scene = ov.load(${pythonValue(file)})${why}`,
    "race = ov.play(scene)",
    `ov.render(scene, ${pythonValue(`${name}.gif`)})`,
  ].map(unchangedLine);
}

function problemExpression({ scene, changes, start }, problem) {
  const place = start ?? scene.problem.start;
  if (problem.kind === "formula") {
    const constants = problem.constants ? `, constants=${pythonValue(problem.constants)}` : "";
    const window = `xlim=${pythonTuple(problem.xlim)}, ylim=${pythonTuple(problem.ylim)}`;
    return `ov.surface(${pythonValue(problem.formula)}, ${window}, start=${pythonTuple(place)}${constants})`;
  }
  const own = !changes?.problem && !startMoved(scene, start) && !needsStart(scene);
  return own ? `ov.${problem.name}` : `replace(ov.${problem.name}, start=${pythonTuple(place)})`;
}

/** Whether the scene begins elsewhere than its surface does; without its document nobody knows. */
const needsStart = ({ document }) => !document || document.problem.start !== undefined;

function runExpression(run) {
  const { own, clip, decay, coupled } = settingsApart(run.rule, run.settings);
  const one = ([name, value]) => `${name}=${pythonValue(value)}`;
  const named = (table) => Object.entries(table).map(one).join(", ");
  let rule = `ov.${RULE_TABLE[run.rule].name}(${named(own)})`;
  if (decay !== undefined) rule = `ov.WeightDecay(${rule}, ${pythonValue(decay)}${coupled ? ", False" : ""})`;
  if (clip) rule = `ov.Clip(${rule}, ${named(clip)})`;
  const beside = [];
  if (run.noise) beside.push(`noise=${pythonValue(run.noise)}`);
  if (run.start) beside.push(`start=${pythonValue(run.start)}`);
  return beside.length > 0 ? `ov.Run(${[rule, ...beside].join(", ")})` : rule;
}

/**
 * A value as Python writes it: numbers keep every digit.
 * @param {any} value
 * @returns {string}
 */
export function pythonValue(value) {
  if (value === null || value === undefined) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (typeof value === "number") return pythonNumber(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (value.python) return value.python.replace(/\b(?=[A-Z]\w*\()/g, "schedules.");
  if (Array.isArray(value)) return `[${value.map(pythonValue).join(", ")}]`;
  const pairs = Object.entries(value).map(([key, one]) => `${JSON.stringify(key)}: ${pythonValue(one)}`);
  return `{${pairs.join(", ")}}`;
}

function pythonNumber(value) {
  if (Object.is(value, -0)) return "-0.0";
  if (!Number.isFinite(value)) return `float("${String(value).toLowerCase()}")`;
  return String(value);
}

const pythonTuple = (values) => `(${values.map(pythonValue).join(", ")})`;
