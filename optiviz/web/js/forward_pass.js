/** Forward pass of a dense network: what its last layer says of rows. */

const clampedExp = (z) => Math.exp(Math.min(z, 709));
const sigmoidOf = (z) => 1 / (1 + clampedExp(-z));
const eluOf = (z, alpha) => (z > 0 ? z : alpha * Math.expm1(z));

/** What a neuron makes of its sum, by the name of its activation and that one's setting. */
export const ACTIVATIONS = {
  linear: (z) => z,
  step: (z) => (z >= 0 ? 1 : 0),
  sigmoid: sigmoidOf,
  tanh: Math.tanh,
  relu: (z) => (z > 0 ? z : 0),
  leaky_relu: (z, slope = 0.2) => (z > 0 ? z : slope * z),
  elu: (z, alpha = 1) => eluOf(z, alpha),
  selu: (z) => 1.0507009873554804934 * eluOf(z, 1.6732632423543772848),
  softplus: (z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))),
  silu: (z) => z * sigmoidOf(z),
  gcu: (z) => z * Math.cos(z),
  mish: (z) => z * Math.tanh(Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)))),
  softsign: (z) => z / (1 + Math.abs(z)),
  hard_sigmoid: (z) => Math.max(Math.min(z + 3, 6), 0) / 6,
  exponential: clampedExp,
};

/**
 * @typedef {{units: number, activation: string, setting?: number, bias?: boolean}} DenseLayer
 *   kernel (inputs, units) row by row, then bias (units) unless it has none, in a flat vector of weights
 */

/**
 * Shares of 1 in place of each row of sums.
 * @param {Float64Array} z
 * @param {number} units a row
 * @returns {Float64Array}
 */
export function softmaxRows(z, units) {
  const shares = new Float64Array(z.length);
  for (let at = 0; at < z.length; at += units) {
    const row = z.subarray(at, at + units);
    const top = row.reduce((a, b) => Math.max(a, b), -Infinity);
    let whole = 0;
    for (let k = 0; k < units; k += 1) whole += shares[at + k] = Math.exp(row[k] - top);
    for (let k = 0; k < units; k += 1) shares[at + k] /= whole;
  }
  return shares;
}

/**
 * The outputs of every layer, row by row.
 * @param {DenseLayer[]} layers
 * @param {ArrayLike<number>} theta
 * @param {Float64Array} X `inputs` numbers a row
 * @param {number} inputs
 * @returns {Float64Array[]}
 */
export function layersPass(layers, theta, X, inputs) {
  const found = [];
  let [before, wide, at] = [X, inputs, 0];
  for (const one of layers) {
    const size = (wide + (one.bias === false ? 0 : 1)) * one.units;
    before = forwardPass([one], theta.subarray(at, at + size), before, wide).a;
    found.push(before);
    [wide, at] = [one.units, at + size];
  }
  return found;
}

/**
 * Sums z and outputs a of the last layer, row by row.
 * @param {DenseLayer[]} layers
 * @param {ArrayLike<number>} theta
 * @param {Float64Array} X `inputs` numbers a row
 * @param {number} inputs
 * @returns {{z: Float64Array, a: Float64Array}}
 */
export function forwardPass(layers, theta, X, inputs) {
  const rows = X.length / inputs;
  let [before, wide, at, z] = [X, inputs, 0, X];
  for (const { units, activation, setting, bias: biased = true } of layers) {
    z = new Float64Array(rows * units);
    const bias = at + wide * units;
    for (let row = 0; row < rows; row += 1) {
      for (let k = 0; k < units; k += 1) {
        let sum = 0;
        for (let i = 0; i < wide; i += 1) sum += before[row * wide + i] * theta[at + i * units + k];
        z[row * units + k] = biased ? sum + theta[bias + k] : sum;
      }
    }
    const activate = ACTIVATIONS[activation];
    before = activation === "softmax" ? softmaxRows(z, units) : z.map((one) => activate(one, setting));
    [wide, at] = [units, biased ? bias + units : bias];
  }
  return { z, a: before };
}
