/**
 * Dense networks in training: loss and gradient by backpropagation, as `optiviz/nn` has them.
 *
 * @typedef {object} NetworkRecord
 * @property {import("./forward_pass.js").DenseLayer[]} layers
 * @property {{kind: string, from_logits?: boolean, epsilon?: number, clamp_log?: boolean, delta?: number}}
 *   loss as the library's
 * @property {boolean} sums whether the loss looks at the sums of the last layer, not at its outputs
 * @property {Float64Array} targets `outputs` numbers a row
 * @property {Float64Array} start all weights
 * @property {number} far
 * @property {boolean} exact whether losses are of all rows, else of the batch
 */

import { ACTIVATIONS, softmaxRows } from "./forward_pass.js";
import { drawnOrders, rowsOfStep } from "./row_sums.js";

const NETWORK_EPOCHS = 100;
const SELU = [1.0507009873554804934, 1.6732632423543772848]; // its scale and its alpha
const TORCH_LEAST = 9.999999960041972e-13; // 1e-12 as torch has it, in float32
const sigmoidSlope = (z) => ACTIVATIONS.sigmoid(z);

/** da/dz of a neuron, from its sum z, its output a and the setting of its activation. */
const ACTIVATION_SLOPES = {
  linear: () => 1,
  step: () => 1, // the perceptron's rule passes the error back as if it were linear
  sigmoid: (z, a) => a * (1 - a),
  tanh: (z, a) => 1 - a * a,
  relu: (z, a) => Math.sign(a),
  leaky_relu: (z, a, slope = 0.2) => (z > 0 ? 1 : slope),
  elu: (z, a, alpha = 1) => (z > 0 ? 1 : alpha * Math.exp(z)),
  selu: (z) => SELU[0] * (z > 0 ? 1 : SELU[1] * Math.exp(z)),
  softplus: sigmoidSlope,
  silu: (z) => sigmoidSlope(z) * (1 + z * (1 - sigmoidSlope(z))),
  gcu: (z) => Math.cos(z) - z * Math.sin(z),
  mish: (z, a) => {
    const t = z ? a / z : Math.tanh(Math.LN2);
    return t + z * (1 - t * t) * sigmoidSlope(z);
  },
  softsign: (z) => 1 / ((1 + Math.abs(z)) * (1 + Math.abs(z))),
  hard_sigmoid: (z) => (z > -3 && z < 3 ? 1 / 6 : 0),
  exponential: (z, a) => a,
};

/**
 * Losses: (p, y, rows, outputs, g, settings) -> the mean; g, where given, is filled with dL/dp.
 * p and y hold `outputs` numbers a row.
 */
const NETWORK_LOSSES = {
  mse: (p, y, rows, outputs, g) => {
    const count = rows * outputs;
    return eachOutput(count, g, (k) => [(p[k] - y[k]) * (p[k] - y[k]), (p[k] - y[k]) * (2 / count)]) / count;
  },
  mae: (p, y, rows, outputs, g) => {
    const count = rows * outputs;
    return eachOutput(count, g, (k) => [Math.abs(p[k] - y[k]), Math.sign(p[k] - y[k]) / count]) / count;
  },
  huber: (p, y, rows, outputs, g, { delta }) => {
    const count = rows * outputs;
    return eachOutput(count, g, (k) => {
      const r = p[k] - y[k];
      const c = Math.max(Math.min(r, delta), -delta);
      return [c * (r - 0.5 * c), c / count];
    }) / count;
  },
  binary_crossentropy: binaryCrossentropy,
  categorical_crossentropy: categoricalCrossentropy,
};

/** The sum of the first of what `f` gives for each output; the second goes to g. */
function eachOutput(count, g, f) {
  let sum = 0;
  for (let k = 0; k < count; k += 1) {
    const [cost, slope] = f(k);
    sum += cost;
    if (g) g[k] = slope;
  }
  return sum;
}

function binaryCrossentropy(p, y, rows, outputs, g, { from_logits: scores, epsilon, clamp_log: clamped }) {
  const count = rows * outputs;
  const fromScore = (k) => {
    const cost = Math.max(p[k], 0) - p[k] * y[k] + Math.log1p(Math.exp(-Math.abs(p[k])));
    return [cost, (ACTIVATIONS.sigmoid(p[k]) - y[k]) / count];
  };
  const asTorch = (k) => {
    const [yes, no] = [Math.max(Math.log(p[k]), -100), Math.max(Math.log(1 - p[k]), -100)];
    const slope = (p[k] - y[k]) / Math.max(p[k] * (1 - p[k]), TORCH_LEAST) / count;
    return [-(y[k] * yes + (1 - y[k]) * no), slope];
  };
  const asKeras = (k) => {
    const q = Math.max(Math.min(p[k], 1 - epsilon), epsilon);
    const cost = -(y[k] * Math.log(q) + (1 - y[k]) * Math.log(1 - q));
    return [cost, (q === p[k] ? (q - y[k]) / (q * (1 - q)) : 0) / count];
  };
  return eachOutput(count, g, scores ? fromScore : clamped ? asTorch : asKeras) / count;
}

function categoricalCrossentropy(p, y, rows, outputs, g, { from_logits: scores, epsilon }) {
  let sum = 0;
  for (let at = 0; at < rows * outputs; at += outputs) {
    const row = p.subarray(at, at + outputs);
    const wanted = y.subarray(at, at + outputs);
    sum += (scores ? scoreRow : shareRow)(row, wanted, rows, g?.subarray(at, at + outputs), epsilon);
  }
  return sum / rows;
}

/** ln sum e^z - y z of one row of scores z. */
function scoreRow(z, y, rows, g) {
  const top = z.reduce((a, b) => Math.max(a, b), -Infinity);
  let whole = 0;
  for (let k = 0; k < z.length; k += 1) whole += Math.exp(z[k] - top);
  let cost = 0;
  for (let k = 0; k < z.length; k += 1) {
    cost += y[k] * (Math.log(whole) - (z[k] - top));
    if (g) g[k] = (Math.exp(z[k] - top) / whole - y[k]) / rows;
  }
  return cost;
}

/** -y ln q of one row of probabilities, divided by their sum and held off 0 and 1. */
function shareRow(p, y, rows, g, epsilon) {
  const whole = p.reduce((a, b) => a + b, 0);
  const share = p.map((one) => one / whole);
  const q = share.map((one) => Math.max(Math.min(one, 1 - epsilon), epsilon));
  const h = q.map((one, k) => (one === share[k] ? y[k] / one : 0) / -rows);
  const pulled = h.reduce((sum, one, k) => sum + one * share[k], 0);
  if (g) h.forEach((one, k) => (g[k] = (one - pulled) / whole));
  return -q.reduce((sum, one, k) => sum + y[k] * Math.log(one), 0);
}

/**
 * A network on data as an objective of the engine.
 * @param {NetworkRecord} network
 * @param {Float64Array} X `inputs` numbers a row
 * @param {number} inputs
 * @param {{batch?: number, order?: Int32Array|null}} [options] rows a step sees, and in which order
 * @returns {import("./engine.js").Objective}
 */
export function networkObjective(network, X, inputs, { batch = 0, order = null } = {}) {
  const { targets, start, far, exact } = network;
  const rows = X.length / inputs;
  const outputs = targets.length / rows;
  const passes = new Map(); // by the number of rows that they hold
  const passOf = (count) => {
    if (!passes.has(count)) passes.set(count, makePass(network, inputs, count));
    return passes.get(count);
  };
  const orders = batch ? order ?? drawnOrders(rows, NETWORK_EPOCHS) : null;
  const whole = (theta, gradient) => passOf(rows)(theta, X, targets, gradient);

  function part(theta, k, gradient) {
    const seen = rowsOfStep(orders, rows, batch, k);
    const [x, y] = [gathered(X, inputs, seen), gathered(targets, outputs, seen)];
    return passOf(seen.length)(theta, x, y, gradient);
  }

  return {
    size: start.length,
    start,
    far,
    value: (theta) => whole(theta, null),
    ask(theta, k, gradient) {
      if (!batch) return whole(theta, gradient);
      const loss = part(theta, k, gradient);
      return exact ? whole(theta, null) : loss;
    },
  };
}

/**
 * The networks of a scene as a problem of the engine; where the first has two weights it is a surface, too.
 * @param {Float64Array} X `inputs` numbers a row
 * @param {number} inputs
 * @param {Array<{network?: object}>} runs of the scene: one that has none trains the first of them
 * @param {(record: object) => NetworkRecord} unpack
 */
export function trainingProblem(X, inputs, runs, unpack) {
  const made = new Map();
  const first = runs.find((run) => run.network).network;
  const networkOf = (record) => {
    if (!made.has(record)) made.set(record, unpack(record));
    return made.get(record);
  };
  const objectiveOf = ({ network = first, batch, luck }) => {
    return networkObjective(networkOf(network), X, inputs, { batch, order: luck });
  };
  const plain = objectiveOf({});
  const theta = new Float64Array(plain.size);
  const place = (x, y) => {
    [theta[0], theta[1]] = [x, y];
    return theta;
  };
  const shown = {
    value: (x, y) => plain.value(place(x, y)),
    slope: (x, y, out) => plain.ask(place(x, y), 0, out),
  };
  return { objectiveOf, ...(plain.size === 2 ? shown : {}) };
}

function gathered(values, wide, rows) {
  const found = new Float64Array(rows.length * wide);
  rows.forEach((row, k) => found.set(values.subarray(row * wide, (row + 1) * wide), k * wide));
  return found;
}

/** One pass of `rows` rows, forward and, where a gradient is wanted, back; its arrays are used again. */
function makePass({ layers, loss, sums }, inputs, rows) {
  let [wide, at] = [inputs, 0];
  const stages = layers.map(({ units, activation, setting, bias = true }, k) => {
    const name = sums && k === layers.length - 1 ? "linear" : activation;
    const [z, g] = [new Float64Array(rows * units), new Float64Array(rows * units)];
    const stage = { units, wide, kernel: at, bias: bias ? at + wide * units : -1, name, setting, z, a: z, g };
    at += wide * units + (bias ? units : 0);
    wide = units;
    return stage;
  });
  const last = stages[stages.length - 1];

  return (theta, X, targets, gradient) => {
    let before = X;
    for (const stage of stages) {
      forwardStage(stage, theta, before, rows);
      before = stage.a;
    }
    const value = NETWORK_LOSSES[loss.kind](last.a, targets, rows, last.units, gradient && last.g, loss);
    for (let k = stages.length - 1; gradient && k >= 0; k -= 1) {
      backwardStage(stages[k], theta, k ? stages[k - 1] : { a: X, g: null }, rows, gradient);
    }
    return value;
  };
}

function forwardStage(stage, theta, before, rows) {
  const { units, wide, kernel, bias, name, setting, z } = stage;
  for (let row = 0; row < rows; row += 1) {
    for (let k = 0; k < units; k += 1) {
      let sum = 0;
      for (let i = 0; i < wide; i += 1) sum += before[row * wide + i] * theta[kernel + i * units + k];
      z[row * units + k] = bias < 0 ? sum : sum + theta[bias + k];
    }
  }
  const activate = ACTIVATIONS[name];
  stage.a = name === "softmax" ? softmaxRows(z, units) : z.map((one) => activate(one, setting));
}

/** From dL/da in stage.g: its gradients of kernel and bias, and dL/da of the stage before. */
function backwardStage(stage, theta, before, rows, gradient) {
  const { units, wide, kernel, bias, g } = stage;
  throughActivation(stage, rows);
  gradient.fill(0, kernel, kernel + wide * units + (bias < 0 ? 0 : units));
  before.g?.fill(0);
  for (let row = 0; row < rows; row += 1) {
    for (let k = 0; k < units; k += 1) {
      const pull = g[row * units + k];
      if (bias >= 0) gradient[bias + k] += pull;
      for (let i = 0; i < wide; i += 1) {
        gradient[kernel + i * units + k] += before.a[row * wide + i] * pull;
        if (before.g) before.g[row * wide + i] += pull * theta[kernel + i * units + k];
      }
    }
  }
}

/** dL/dz in place of dL/da. */
function throughActivation({ name, setting, units, z, a, g }, rows) {
  if (name !== "softmax") {
    const slope = ACTIVATION_SLOPES[name];
    for (let k = 0; k < rows * units; k += 1) g[k] *= slope(z[k], a[k], setting);
    return;
  }
  for (let at = 0; at < rows * units; at += units) {
    let mean = 0;
    for (let k = at; k < at + units; k += 1) mean += g[k] * a[k];
    for (let k = at; k < at + units; k += 1) g[k] = a[k] * (g[k] - mean);
  }
}
