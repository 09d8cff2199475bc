// Answers calls of the page's modules, one JSON line each; see tests/javascript.py.
import { readdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { PROGRAMS } from "./programs.js";
import { power } from "./powers.js";
import { makeStore, storeWithOwn } from "./store.js";
import { partsOfStep } from "./anatomy_arrows.js";
import { raceRuns, stateAt, walkRun } from "./engine.js";
import { eventsOf } from "./events.js";
import { networkObjective } from "./dense.js";
import { raceOf } from "./race.js";
import { fitProblem } from "./line_fit.js";
import { pairwiseSum } from "./row_sums.js";
import { arrivalTarget, curvatureAt, largestStableRate, stabilityGround } from "./stability.js";
import { formulaFunctions } from "./formula_duals.js";
import { readFormula } from "./formula_text.js";
import { nearestWord } from "./near_words.js";

const KINDS = { f64: Float64Array, i32: Int32Array };

function revive(key, value) {
  const name = value && typeof value === "object" && Object.keys(value).length === 1 ? Object.keys(value)[0] : "";
  if (!KINDS[name]) return value;
  const bytes = Buffer.from(value[name], "base64");
  return new KINDS[name](bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

function plain(key, value) {
  for (const [name, kind] of Object.entries(KINDS)) {
    if (value instanceof kind) return { [name]: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64") };
  }
  return value;
}

const withPrograms = (runs) => runs.map((run) => ({ ...run, program: PROGRAMS[`rule:${run.program}`] }));

/** Value, joint and alone, and slopes of a surface at places. */
function placed(surface, x, y) {
  const out = new Float64Array(2);
  const [value, alone, dx, dy] = [0, 0, 0, 0].map(() => new Float64Array(x.length));
  for (let i = 0; i < x.length; i += 1) {
    value[i] = surface.slope(x[i], y[i], out);
    alone[i] = surface.value(x[i], y[i]);
    [dx[i], dy[i]] = out;
  }
  return { value, alone, dx, dy };
}

const CALLS = {
  modules: () => readdirSync(new URL(".", import.meta.url)).filter((name) => name.endsWith(".js")),
  names: () => ({ programs: Object.keys(PROGRAMS), index: PROGRAMS.index }),
  powers: (bases, exponents) => bases.map((base, k) => power(base, exponents[k])),
  slopes: (name, x, y) => placed(PROGRAMS[`surface:${name}`], x, y),
  formulas: (texts) => texts.map(readFormula),
  formulaSlopes(text, x, y) {
    const { value, slope } = formulaFunctions(readFormula(text).tree);
    return placed({ value, slope }, x, y);
  },
  nearest: (word, words) => nearestWord(word, words),
  events(name, runs, steps, xlim, ylim) {
    const surface = PROGRAMS[`surface:${name}`];
    return eventsOf(raceRuns(surface, withPrograms(runs), steps), surface, xlim, ylim);
  },
  ground(name, run, across, up, options) {
    const surface = PROGRAMS[`surface:${name}`];
    const target = arrivalTarget(surface.value(...surface.start), surface.f_min);
    const ground = stabilityGround(surface, withPrograms([run])[0], across, up, { ...options, target });
    let slices = 0;
    let time = 0;
    while (!ground.continueFor(4, () => (time += 0.1))) slices += 1; // a clock of calls, not of seconds
    return { ...ground.grid, slices };
  },
  theory: (name, x, y, rule, settings) => {
    const curvature = curvatureAt(PROGRAMS[`surface:${name}`], x, y);
    return [curvature, largestStableRate(rule, settings, curvature)];
  },
  fit: (record, runs, steps) => raceRuns(fitProblem(record), withPrograms(runs), steps),
  train(record, X, inputs, run, steps) {
    const floats = (text) => new Float64Array(Uint8Array.from(atob(text), (one) => one.charCodeAt(0)).buffer);
    const network = { ...record, targets: floats(record.targets), start: floats(record.start) };
    const objective = networkObjective(network, X, inputs, { batch: run.batch, order: run.luck });
    return walkRun(objective, withPrograms([run])[0], steps);
  },
  page: (scene, start, changes) => raceOf(scene, start, changes).map(({ path, losses, stopped }) => {
    return { path, losses, stopped };
  }),
  pairwise: (values) => pairwiseSum(values),
  race: (name, runs, steps) => raceRuns(PROGRAMS[`surface:${name}`], withPrograms(runs), steps),
  of: async (file, name, ...args) => (await import(`./${file}.js`))[name](...args),
  ownViews() {
    const told = [];
    const later = [];
    const store = makeStore({ view: 1, time: 0 }, (run) => later.push(run));
    const own = storeWithOwn(store, "view", "view 2");
    store.on(["view"], () => told.push("all"));
    own.on(["view"], () => told.push("own"));
    own.set({ view: 5, time: 3 });
    later.forEach((run) => run());
    return { state: { ...store.state }, seen: [own.state.view, own.state.time], told };
  },
  parts(name, run, told, k) {
    const [live] = withPrograms([run]);
    const problem = PROGRAMS[`surface:${name}`];
    const [result] = raceRuns(problem, [live], k + 1);
    const [before, after] = [k, k + 1].map((step) => stateAt(problem, live, step));
    return partsOfStep(told, result, k, before, after);
  },
  state: (name, run, k) => stateAt(PROGRAMS[`surface:${name}`], withPrograms([run])[0], k),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { call, args } = JSON.parse(line, revive);
  let reply;
  try {
    reply = { answer: await CALLS[call](...args) };
  } catch (fault) {
    reply = { fault: String(fault.stack ?? fault) };
  }
  process.stdout.write(JSON.stringify(reply, plain) + "\n");
}
