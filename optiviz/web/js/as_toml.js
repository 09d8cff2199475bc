/** A scene as TOML that `optiviz render` takes, line by line, with what was changed. */

import { changedProblem, isChanged, sharedRuns, startMoved } from "./changes.js";
import { settingsApart } from "./rule_table.js";

/**
 * @typedef {{text: string, changed: boolean}} CodeLine
 */

// Words about the runs and the places of one race are untrue of another, so a changed scene goes without.
const WORDS_OF_A_RACE = [
  "captions", "marks", "verdict", "ask", "poster", "pauses", "camera", "slow", "notes",
];
// What a run has beside its rule.
const BESIDE_RULE = ["batch_size", "noise", "start", "loss", "layers", "kernel_initializer"];

/**
 * The scene that a state shows.
 * @param {{scene: import("./scene_types.js").Scene, changes: import("./changes.js").Changes,
 *   start: number[]|null}} state
 * @returns {CodeLine[]}
 */
export function tomlLines(state) {
  const { scene } = state;
  const document = documentOf(scene);
  const lines = topLines(document, state);
  if (document.problem) lines.push(blankLine(), ...problemLines(document, state));
  if (document.runs) lines.push(...(lines.length > 0 ? [blankLine()] : []), ...runLines(document, state));
  return lines;
}

const blankLine = () => ({ text: "", changed: false });
const plainLine = (text) => ({ text, changed: false });

/** The document that the scene was read from, or one made of the payload. */
function documentOf(scene) {
  if (scene.document) return scene.document;
  const { problem } = scene;
  const runs = Object.fromEntries(sharedRuns(scene, {}).map((run) => [run.label, writtenRun(run, {})]));
  if (!writesProblem(scene)) return { runs };
  const own = problem.kind === "formula"
    ? { formula: problem.formula, xlim: problem.xlim, ylim: problem.ylim, start: problem.start }
    : { surface: problem.name, start: problem.start };
  if (problem.constants) own.constants = problem.constants;
  const panels = (scene.panels ?? []).map(writtenPanel).filter(Boolean);
  const top = {
    title: scene.title,
    panels: panels.length > 0 ? panels : undefined,
    steps: scene.steps,
    seed: scene.seed || undefined,
    seconds: scene.clock ? scene.clock.length / 20 : undefined,
  };
  return { ...top, problem: own, runs };
}

/**
 * Whether a page knows enough of the problem to write it; of data it has the numbers, not their source.
 * @param {import("./scene_types.js").Scene} scene
 * @returns {boolean}
 */
export function writesProblem(scene) {
  return Boolean(scene.document) || ["surface", "formula"].includes(scene.problem.kind);
}

/** A panel of the page as scenes name it; null for one that they have no name of. */
function writtenPanel({ kind, azimuth, elevation }) {
  if (kind !== "hill") return { map: "landscape", loss: "loss" }[kind] ?? null;
  return azimuth === undefined ? "landscape3d" : { panel: "landscape3d", azimuth, elevation };
}

/** A run as a table: its rule, the rate, and the settings that are not the rule's own. */
function writtenRun(run, beside) {
  const { own, clip, decay, coupled } = settingsApart(run.rule, run.settings);
  const written = { optimizer: run.rule };
  for (const [name, value] of Object.entries(own)) if (value !== null) written[name] = value;
  if (decay !== undefined) written.weight_decay = coupled ? { rate: decay, decoupled: false } : decay;
  if (clip) written.clip = clip;
  for (const name of BESIDE_RULE) if (beside[name] !== undefined) written[name] = beside[name];
  if (run.noise !== undefined && (run.noise !== 0 || beside.noise !== undefined)) written.noise = run.noise;
  if (run.batch) written.batch_size = run.batch;
  else if (run.batch === 0) delete written.batch_size;
  if (run.start && written.start === undefined) written.start = run.start;
  return written;
}

function topLines(document, state) {
  const other = isChanged(state);
  const lines = [];
  for (const [key, value] of Object.entries(document)) {
    if (key === "problem" || key === "runs" || value === undefined || value === null) continue;
    if (other && WORDS_OF_A_RACE.includes(key)) continue;
    if (state.changes?.problem && key === "goal") continue;
    const now = key === "panels" && state.changes?.problem ? value.map(panelName) : value;
    lines.push(...assignment(key, now));
  }
  return lines;
}

/** A panel by its name alone: windows and camera of its settings belong to another problem. */
const panelName = (panel) => (typeof panel === "string" ? panel : panel.panel);

/** key = value, a list of tables with one on each line. */
function assignment(key, value) {
  const tables = Array.isArray(value) && value.some((one) => isTable(one));
  if (!tables) return [plainLine(`${tomlKey(key)} = ${tomlValue(value)}`)];
  const rows = value.map((one) => plainLine(`  ${tomlValue(one)},`));
  return [plainLine(`${tomlKey(key)} = [`), ...rows, plainLine("]")];
}

function problemLines(document, { scene, changes, start }) {
  const lines = [plainLine("[problem]")];
  const moved = startMoved(scene, start);
  const given = changes?.problem ? tableOfProblem(changedProblem(scene, changes)) : { ...document.problem };
  if (moved || changes?.problem) given.start = start ?? scene.problem.start;
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined || value === null) continue;
    const changed = key === "start" ? moved : Boolean(changes?.problem);
    lines.push({ text: `${tomlKey(key)} = ${tomlValue(value)}`, changed });
  }
  return lines;
}

function tableOfProblem(problem) {
  if (problem.kind === "surface") return { surface: problem.name };
  return { formula: problem.formula, xlim: problem.xlim, ylim: problem.ylim };
}

function runLines(document, { scene, changes }) {
  const lines = [plainLine("[runs]")];
  for (const run of sharedRuns(scene, changes)) {
    const own = document.runs[run.label];
    const key = tomlKey(run.label);
    if (changes?.runs?.[run.label]) {
      const table = Object.entries(writtenRun(run, own ?? {}));
      lines.push(...table.map(([name, value]) => ({
        text: `${key}.${tomlKey(name)} = ${tomlValue(value)}`, changed: true,
      })));
    } else {
      // a rate that is not written is the surface's own, so on another surface it is written
      const rewritten = !own || (changes?.problem && !run.recorded);
      const table = rewritten ? writtenRun(run, own ?? {}) : own;
      lines.push(plainLine(`${key} = ${tomlValue(table)}`));
    }
  }
  return lines;
}

// ---- values

const isTable = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * A key, in quotes where it needs them.
 * @param {string} key
 * @returns {string}
 */
export function tomlKey(key) {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : tomlText(key);
}

/**
 * A value of TOML: numbers keep every digit.
 * @param {any} value text, number, boolean, list or table
 * @returns {string}
 */
export function tomlValue(value) {
  if (typeof value === "string") return tomlText(value);
  if (Array.isArray(value)) return `[${value.map(tomlValue).join(", ")}]`;
  if (isTable(value)) {
    const told = ([key, one]) => one !== undefined && one !== null && key !== "python"; // of a schedule
    const pairs = Object.entries(value).filter(told);
    return `{ ${pairs.map(([key, one]) => `${tomlKey(key)} = ${tomlValue(one)}`).join(", ")} }`;
  }
  if (Object.is(value, -0)) return "-0.0";
  return String(value).replace("Infinity", "inf").replace("NaN", "nan");
}

/** A basic string; letters that a file should not hold bare are written by their numbers. */
function tomlText(text) {
  const short = { "\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\" };
  const written = (letter) => short[letter] ?? `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return `"${text.replace(/["\\\u0000-\u001f\u007f]/g, written)}"`;
}
