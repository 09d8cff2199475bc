/** State in the address after #: written short, read with every fault told. */

import { changedRun, startMoved } from "./changes.js";
import { RULE_TABLE, kindOfSetting, settingFault } from "./rule_table.js";

/** Longest address that is written or read. */
export const LONGEST_ADDRESS = 8000;

const PANELS_OF_ADDRESS = ["explore", "share", "keys", "numbers"];
const ALIASES = { rate: "learning_rate" };

/**
 * The text after # that brings a state back; empty for a scene as it was written, at its beginning.
 * @param {Object<string, any>} state
 * @returns {string} without the #
 */
export function addressOf(state) {
  const { scene, changes } = state;
  const parts = [];
  const add = (key, value) => parts.push(`${key}=${value}`);
  if (state.time > 0) add("k", plainNumber(state.time));
  if (startMoved(scene, state.start)) add("start", state.start.map(plainNumber).join(","));
  const problem = changes?.problem;
  if (problem?.kind === "surface") add("surface", encodedLabel(problem.name));
  if (problem?.kind === "formula") {
    add("f", encodedLabel(problem.formula));
    if (problem.xlim) add("x", problem.xlim.map(plainNumber).join(","));
    if (problem.ylim) add("y", problem.ylim.map(plainNumber).join(","));
  }
  for (const [label, change] of Object.entries(changes?.runs ?? {})) {
    if (change.rule) add(`${encodedLabel(label)}.rule`, change.rule);
    for (const [name, value] of Object.entries(change.settings ?? {})) {
      const short = name === "learning_rate" ? "rate" : name;
      const text = typeof value === "number" ? plainNumber(value) : encodedLabel(String(value));
      add(`${encodedLabel(label)}.${short}`, text);
    }
    if (change.noise !== undefined) add(`${encodedLabel(label)}.noise`, plainNumber(change.noise));
    if (change.batch !== undefined) add(`${encodedLabel(label)}.batch`, plainNumber(change.batch));
  }
  if (state.hidden?.length) add("hide", state.hidden.map(encodedLabel).join(","));
  if (state.only) add("only", encodedLabel(state.only));
  if (state.selected) add("run", encodedLabel(state.selected));
  if (PANELS_OF_ADDRESS.includes(state.panel)) add("panel", state.panel);
  if (state.theme && state.theme !== scene.theme) add("theme", state.theme);
  if (state.names === false) add("names", "0");
  if (state.arrows) add("arrows", "1");
  if (state.swapped) add("view", "hill");
  if (isTurned(state)) add("turn", roundedPose(state.pose).join(","));
  if (state.speed && state.speed !== 1) add("speed", plainNumber(state.speed));
  return parts.join("&");
}

const plainNumber = (value) => String(value);

/** Azimuth and elevation of the hill in tenths of a degree, and the fold in hundredths. */
const roundedPose = ({ azimuth, elevation, fold }) => [
  Math.round(10 * azimuth) / 10, Math.round(10 * elevation) / 10, Math.round(100 * fold) / 100,
];

/** Whether the hill is seen from elsewhere than its best view. */
function isTurned({ pose, bestPose }) {
  return Boolean(pose && bestPose) && roundedPose(pose).join() !== roundedPose(bestPose).join();
}

/** encodeURIComponent, and the dots, quotes and brackets that would end a label or a link. */
function encodedLabel(text) {
  const hex = (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(text).replace(/[.!'()*~]/g, hex);
}

/**
 * What an address says of the state, and the parts of it that say nothing that can be.
 * @param {string} text with or without the #
 * @param {import("./scene_types.js").Scene} scene
 * @param {{formulaFault?: (formula: string) => string, surfaces?: string[]}} [known] what the page can read
 * @returns {{patch: Object<string, any>, faults: string[]}}
 */
export function readAddress(text, scene, known = {}) {
  const plain = text.replace(/^#/, "");
  if (plain.length > LONGEST_ADDRESS) {
    return { patch: {}, faults: [`${plain.length.toLocaleString("en")} characters: the longest is 8,000`] };
  }
  const reading = { patch: {}, changes: { runs: {} }, limits: {}, scene, known };
  const faults = [];
  for (const part of plain.split("&").filter(Boolean)) {
    if (!readPart(part, reading)) faults.push(clippedPart(part));
  }
  const { patch, changes, limits } = reading;
  settleProblem(changes, limits, faults);
  if (changes.problem || Object.keys(changes.runs).length > 0) {
    patch.changes = changes;
    if (Object.keys(changes.runs).length === 0) delete changes.runs;
  }
  return { patch, faults };
}

/** A formula takes the window that stands beside it; a window alone says nothing. */
function settleProblem(changes, limits, faults) {
  if (changes.problem?.kind === "formula") Object.assign(changes.problem, limits);
  else for (const axis of Object.keys(limits)) faults.push(`${axis[0]}=${limits[axis].join(",")}`);
}

function clippedPart(part) {
  let words = part;
  try {
    words = decodeURIComponent(part);
  } catch {
    // shown as it stands
  }
  return words.length > 40 ? `${words.slice(0, 39)}…` : words;
}

/** Read one key=value into `reading`; false if it cannot be. */
function readPart(part, reading) {
  const at = part.indexOf("=");
  if (at < 1) return false;
  const key = part.slice(0, at);
  let value;
  try {
    value = decodeURIComponent(part.slice(at + 1));
  } catch {
    return false;
  }
  if (key.includes(".")) return readRunPart(key, value, reading);
  const read = Object.hasOwn(ADDRESS_READERS, key) ? ADDRESS_READERS[key] : () => false;
  return read(value, reading, part.slice(at + 1));
}

const ADDRESS_READERS = {
  k: (value, reading) => putPatch(reading, "time", numberWithin(value, 0, reading.scene.steps)),
  start: (value, reading) => {
    const place = numbersIn(value, reading.scene.problem.start.length);
    return place ? putPatch(reading, "start", place) : false;
  },
  surface: (value, { changes, known }) => {
    if (known.surfaces && !known.surfaces.includes(value)) return false;
    changes.problem = { kind: "surface", name: value };
    return true;
  },
  f: (value, { changes, known }) => {
    if (value === "" || known.formulaFault?.(value)) return false;
    changes.problem = { kind: "formula", name: value, formula: value };
    return true;
  },
  x: (value, { limits }) => putWindow(limits, "xlim", value),
  y: (value, { limits }) => putWindow(limits, "ylim", value),
  hide: (value, reading, raw) => putLabels(reading, raw),
  only: (value, reading) => putLabel(reading, "only", value),
  run: (value, reading) => putLabel(reading, "selected", value),
  turn: (value, reading) => {
    const [azimuth, elevation, fold] = numbersIn(value, 3) ?? [NaN, NaN, NaN];
    const good = Math.abs(azimuth) <= 360 && elevation >= 20 && elevation <= 90 && fold >= 0 && fold <= 1;
    return putPatch(reading, "pose", good ? { azimuth, elevation, fold } : undefined);
  },
  panel: (value, reading) => putPatch(reading, "panel", PANELS_OF_ADDRESS.find((name) => name === value)),
  theme: (value, reading) => putPatch(reading, "theme", ["light", "dark"].find((name) => name === value)),
  names: (value, reading) => putPatch(reading, "names", { 0: false, 1: true }[value]),
  arrows: (value, reading) => putPatch(reading, "arrows", { 0: false, 1: true }[value]),
  view: (value, reading) => putPatch(reading, "swapped", { map: false, hill: true }[value]),
  speed: (value, reading) => putPatch(reading, "speed", numberWithin(value, 0.25, 4)),
};

function putPatch({ patch }, key, value) {
  if (value === undefined) return false;
  patch[key] = value;
  return true;
}

/** The number that a text is, or undefined. */
function numberIn(text) {
  const plain = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text.trim());
  return plain && Number.isFinite(Number(text)) ? Number(text) : undefined;
}

function numberWithin(text, low, high) {
  const value = numberIn(text);
  return value !== undefined && value >= low && value <= high ? value : undefined;
}

function numbersIn(text, count) {
  const found = text.split(",").map(numberIn);
  return found.length === count && !found.includes(undefined) ? found : undefined;
}

function putWindow(limits, axis, text) {
  const ends = numbersIn(text, 2);
  if (!ends || ends[0] >= ends[1]) return false;
  limits[axis] = ends;
  return true;
}

const isKnownLabel = ({ scene, changes }, label) =>
  scene.runs.some((run) => run.label === label) || Object.hasOwn(changes.runs, label);

function putLabel(reading, key, label) {
  return isKnownLabel(reading, label) ? putPatch(reading, key, label) : false;
}

function putLabels(reading, raw) {
  const labels = raw.split(",").map((label) => decodeURIComponent(label));
  return labels.every((label) => isKnownLabel(reading, label)) ? putPatch(reading, "hidden", labels) : false;
}

/** LABEL.rule, LABEL.noise, LABEL.batch or LABEL.SETTING; a rule comes before its settings. */
function readRunPart(key, text, reading) {
  const dot = key.lastIndexOf(".");
  let label;
  try {
    label = decodeURIComponent(key.slice(0, dot));
  } catch {
    return false;
  }
  const short = key.slice(dot + 1);
  const name = Object.hasOwn(ALIASES, short) ? ALIASES[short] : short;
  const own = reading.scene.runs.find((run) => run.label === label);
  const { runs } = reading.changes;
  if (!own && !(name === "rule" || Object.hasOwn(runs, label))) return false;
  if (own?.recorded) return false;
  const change = Object.hasOwn(runs, label) ? runs[label] : {};
  const read = readSetting(name, text, own, change);
  if (!read) return false;
  Object.defineProperty(runs, label, { value: read, enumerable: true, writable: true, configurable: true });
  return true;
}

function readSetting(name, text, own, change) {
  if (name === "rule") {
    return Object.hasOwn(RULE_TABLE, text) ? { ...change, rule: text } : undefined;
  }
  if (name === "noise") {
    const noise = numberWithin(text, 0, Infinity);
    return noise === undefined ? undefined : { ...change, noise };
  }
  if (name === "batch") {
    const batch = numberWithin(text, 0, 1e9);
    return Number.isInteger(batch) ? { ...change, batch } : undefined;
  }
  const { settings } = changedRun(own ?? { rule: "", settings: {} }, change);
  if (!Object.hasOwn(settings, name)) return undefined;
  const value = settingValue(name, settings[name], text);
  return value === undefined ? undefined : { ...change, settings: { ...change.settings, [name]: value } };
}

/** The value of a setting in an address; undefined if it cannot be. */
function settingValue(name, now, text) {
  const kind = kindOfSetting(name, now);
  const words = { true: true, false: false };
  if (kind === "flag") return words[text];
  if (kind === "choice") return words[text] ?? (["max_v", "max_v_hat"].includes(text) ? text : undefined);
  if (text === "null") return now === null || name === "momentum_decay" ? null : undefined;
  const value = numberIn(text);
  return value === undefined || settingFault(kind, value) ? undefined : value;
}
