/** Changes of a viewer laid over a scene: its problem, start and runs as they are now. */

import { RULE_TABLE, defaultsOf } from "./rule_table.js";

/**
 * @typedef {object} RunChange
 * @property {string} [rule]
 * @property {Object<string, any>} [settings] those unlike the run's own, or the defaults of another rule
 * @property {number} [noise]
 * @property {number} [batch] 0 for all rows
 *
 * @typedef {object} Changes
 * @property {{kind: "surface"|"formula", name?: string, formula?: string,
 *   xlim?: number[], ylim?: number[]}} [problem]
 * @property {Object<string, RunChange>} [runs] by label; a label that the scene does not have adds a run
 */

/** Most runs that a page races. */
export const MOST_RUNS = 8;

/**
 * A run with what was changed of it.
 * @param {import("./scene_types.js").Run} run
 * @param {RunChange} [change]
 * @returns {import("./scene_types.js").Run}
 */
export function changedRun(run, change) {
  if (!change) return run;
  const rule = change.rule ?? run.rule;
  const other = rule !== run.rule;
  const changed = {
    ...run,
    rule,
    settings: { ...(other ? defaultsOf(rule) : run.settings), ...change.settings },
  };
  if (other) changed.program = rule;
  if (change.noise !== undefined) changed.noise = change.noise;
  if (change.batch !== undefined) changed.batch = change.batch;
  return changed;
}

/**
 * All runs as they are now; those of the scene first.
 * @param {import("./scene_types.js").Scene} scene
 * @param {Changes} changes
 * @returns {Array<import("./scene_types.js").Run>}
 */
export function changedRuns(scene, changes) {
  const known = new Set(scene.runs.map((run) => run.label));
  const own = scene.runs.map((run) => changedRun(run, changes?.runs?.[run.label]));
  const added = Object.entries(changes?.runs ?? {})
    .filter(([label, change]) => !known.has(label) && change.rule)
    .map(([label, change]) => addedRun(scene, label, change));
  return [...own, ...added].slice(0, Math.max(MOST_RUNS, own.length));
}

/**
 * The same as they are shared: the rate of a run that keeps its schedule is the schedule.
 * @param {import("./scene_types.js").Scene} scene
 * @param {Changes} changes
 */
export function sharedRuns(scene, changes) {
  return changedRuns(scene, changes).map((run) => {
    const change = changes?.runs?.[run.label];
    if (!run.schedule || change?.rule || change?.settings?.learning_rate !== undefined) return run;
    return { ...run, settings: { ...run.settings, learning_rate: run.schedule } };
  });
}

/**
 * A run that the scene does not have; it wears a colour and a marker that no other has.
 * @param {import("./scene_types.js").Scene} scene
 * @param {string} label
 * @param {RunChange} change
 * @returns {import("./scene_types.js").Run}
 */
function addedRun(scene, label, change) {
  const spare = (scene.spare ?? []).find((one) => !scene.runs.some((run) => run.color === one.color));
  const look = spare ?? { color: "#5d646d", dark: "#a9b0b8", marker: "X" };
  const plain = { ...look, label, rule: change.rule, settings: defaultsOf(change.rule), recorded: null };
  return changedRun({ ...plain, program: change.rule }, { ...change, rule: change.rule });
}

/**
 * The rule that "+" adds next: the first of the table that no run has.
 * @param {Array<import("./scene_types.js").Run>} runs
 * @param {string[]} [known] the rules that the page has
 * @returns {string} "" when there are as many as can be
 */
export function nextRule(runs, known = Object.keys(RULE_TABLE)) {
  if (runs.length >= MOST_RUNS) return "";
  const used = new Set(runs.map((run) => run.rule));
  return known.find((rule) => Object.hasOwn(RULE_TABLE, rule) && !used.has(rule)) ?? "";
}

/**
 * Changes with one more of a run; what is back at the run's own value leaves no trace.
 * @param {import("./scene_types.js").Scene} scene
 * @param {Changes} changes
 * @param {string} label
 * @param {RunChange} patch
 * @returns {Changes}
 */
export function withRunChange(scene, changes, label, patch) {
  const before = changes.runs?.[label] ?? {};
  const own = scene.runs.find((run) => run.label === label);
  const merged = { ...before, ...patch };
  const other = patch.rule !== undefined && patch.rule !== (before.rule ?? own?.rule);
  merged.settings = other ? { ...patch.settings } : { ...before.settings, ...patch.settings };
  const runs = { ...changes.runs };
  const settled = own ? trimmedChange(own, merged) : merged;
  if (Object.keys(settled).length > 0) runs[label] = settled;
  else delete runs[label];
  return withoutEmpty({ ...changes, runs });
}

/**
 * A change without what the run has anyway.
 * @param {import("./scene_types.js").Run} run
 * @param {RunChange} change
 * @returns {RunChange}
 */
function trimmedChange(run, change) {
  const trimmed = {};
  const other = change.rule !== undefined && change.rule !== run.rule;
  if (other) trimmed.rule = change.rule;
  const base = other ? defaultsOf(change.rule) : run.settings;
  const settings = Object.entries(change.settings ?? {}).filter(([name, value]) => base[name] !== value);
  if (settings.length > 0) trimmed.settings = Object.fromEntries(settings);
  if (change.noise !== undefined && change.noise !== (run.noise ?? 0)) trimmed.noise = change.noise;
  if (change.batch !== undefined && change.batch !== (run.batch ?? 0)) trimmed.batch = change.batch;
  return trimmed;
}

/**
 * Changes without a run's.
 * @param {Changes} changes
 * @param {string} label
 * @returns {Changes}
 */
export function withoutRunChange(changes, label) {
  const runs = { ...changes.runs };
  delete runs[label];
  return withoutEmpty({ ...changes, runs });
}

function withoutEmpty(changes) {
  const kept = { ...changes };
  if (kept.runs && Object.keys(kept.runs).length === 0) delete kept.runs;
  return kept;
}

/**
 * The problem as it is now, without its start.
 * @param {import("./scene_types.js").Scene} scene
 * @param {Changes} changes
 * @returns {import("./scene_types.js").Problem}
 */
export function changedProblem(scene, changes) {
  return changes?.problem ? { ...scene.problem, minima: [], saddles: [], ...changes.problem } : scene.problem;
}

/**
 * Whether the paths are no longer those of the scene.
 * @param {{scene: import("./scene_types.js").Scene, changes: Changes, start: number[]|null}} state
 * @returns {boolean}
 */
export function isChanged({ scene, changes, start }) {
  return startMoved(scene, start) || Boolean(changes?.problem) || Object.keys(changes?.runs ?? {}).length > 0;
}

/**
 * Whether the start is not the scene's own.
 * @param {import("./scene_types.js").Scene} scene
 * @param {number[]|null} start
 * @returns {boolean}
 */
export function startMoved(scene, start) {
  const own = scene.problem?.start ?? [];
  return Boolean(start) && start.some((value, i) => value !== own[i]);
}
