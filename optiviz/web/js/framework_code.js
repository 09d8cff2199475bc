/** A program in torch, Keras or optax that takes the steps of a scene. */

import { frameworkCall } from "./as_frameworks.js";
import { changedProblem, sharedRuns } from "./changes.js";
import { RULE_TABLE } from "./rule_table.js";

/**
 * The program, with a line on what is left out; a reason instead where no run has such a rule.
 * @param {{scene: import("./scene_types.js").Scene, changes: import("./changes.js").Changes,
 *   start: number[]|null}} state
 * @param {"torch"|"keras"|"optax"} framework
 * @returns {{lines: import("./as_toml.js").CodeLine[], reasons: string[]}}
 */
export function frameworkLines(state, framework) {
  const { scene, changes } = state;
  const entries = [];
  const reasons = [];
  for (const run of sharedRuns(scene, changes)) {
    const told = run.recorded
      ? { call: "", note: "", reason: `recorded by ${run.recorded}` }
      : frameworkCall(framework, run.rule, run.settings);
    const changed = Boolean(changes?.runs?.[run.label]);
    if (told.reason) {
      const name = Object.hasOwn(RULE_TABLE, run.rule) ? RULE_TABLE[run.rule].name : run.rule;
      reasons.push(run.label === name ? `${name}: ${told.reason}` : `${run.label} (${name}): ${told.reason}`);
      continue;
    }
    const made = framework === "torch" ? `lambda params: ${told.call}` : told.call;
    const notes = [told.note, run.noise ? `its noise of ${run.noise} is not here` : "",
      run.batch ? `batches of ${run.batch}` : ""].filter(Boolean);
    const comment = notes.length > 0 ? `  # ${notes.join("; ")}` : "";
    entries.push({ text: `    ${JSON.stringify(run.label)}: ${made},${comment}`, changed });
  }
  if (entries.length === 0) return { lines: [], reasons };
  const parts = PROGRAM_PARTS[framework];
  const plain = (texts) => texts.map((text) => ({ text, changed: false }));
  const formula = formulaOf(changedProblem(scene, changes));
  if (!formula) {
    return { lines: [...plain(["runs = {"]), ...entries, ...plain(["}"])], reasons };
  }
  const functions = functionsOf(formula);
  const start = state.start ?? scene.problem.start;
  return {
    lines: [
      ...plain([...parts.imports, ...importsOf(functions, parts.home), "", "",
        "def f(x, y):", `    return ${pythonFormula(formula)}`, "", ""]),
      ...plain(parts.descent(start.join(", "), scene.steps)),
      ...plain(["", "", "runs = {"]),
      ...entries,
      ...plain(["}", ...parts.last]),
    ],
    reasons,
  };
}

const formulaOf = (problem) => (["surface", "formula"].includes(problem.kind) ? problem.formula ?? "" : "");

const CONSTANTS = ["pi", "e"];

/** Names of functions and constants that a formula uses. */
function functionsOf(formula) {
  const names = formula.match(/[A-Za-z_]\w*/g) ?? [];
  return [...new Set(names)].filter((name) => !["x", "y"].includes(name)).sort();
}

const pythonFormula = (formula) => formula.replaceAll("^", "**");

function importsOf(names, home) {
  const constants = names.filter((name) => CONSTANTS.includes(name));
  const functions = names.filter((name) => !CONSTANTS.includes(name) && name !== "abs");
  const lines = [];
  if (constants.length > 0) lines.push(`from math import ${constants.join(", ")}`);
  if (functions.length > 0) lines.push(`from ${home} import ${functions.join(", ")}`);
  return lines;
}

const LOOP = "for _ in range(steps):";

/** What the programs have of their own; every text is one line. */
const PROGRAM_PARTS = {
  torch: {
    imports: ["import torch"],
    home: "torch",
    descent: (start, steps) => [
      `def descend(make, start=(${start}), steps=${steps}):`,
      "    theta = torch.tensor(start, dtype=torch.float64, requires_grad=True)",
      "    optimizer = make([theta])",
      `    ${LOOP}`,
      "        optimizer.zero_grad()",
      "        f(*theta).backward()",
      "        optimizer.step()",
      "    return theta.detach()",
    ],
    last: ["for label, make in runs.items():", "    print(label, descend(make))"],
  },
  keras: {
    imports: ["import keras", "import tensorflow as tf"],
    home: "tensorflow",
    descent: (start, steps) => [
      `def descend(optimizer, start=(${start}), steps=${steps}):`,
      '    theta = keras.Variable(start, dtype="float64")',
      `    ${LOOP}`,
      "        with tf.GradientTape() as tape:",
      "            loss = f(theta.value[0], theta.value[1])",
      "        optimizer.apply([tape.gradient(loss, theta.value)], [theta])",
      "    return theta.numpy()",
    ],
    last: ["for label, optimizer in runs.items():", "    print(label, descend(optimizer))"],
  },
  optax: {
    imports: ["import jax", "import optax", "from jax import numpy as jnp"],
    home: "jax.numpy",
    descent: (start, steps) => [
      'jax.config.update("jax_enable_x64", True)',
      "",
      "",
      `def descend(optimizer, start=(${start}), steps=${steps}):`,
      "    theta = jnp.array(start)",
      "    slope = jax.jit(jax.grad(lambda theta: f(*theta)))",
      "    state = optimizer.init(theta)",
      `    ${LOOP}`,
      "        updates, state = optimizer.update(slope(theta), state, theta)",
      "        theta = optax.apply_updates(theta, updates)",
      "    return theta",
    ],
    last: ["for label, optimizer in runs.items():", "    print(label, descend(optimizer))"],
  },
};
