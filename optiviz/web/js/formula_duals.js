/**
 * Value and slope of a formula's tree, by dual numbers: a port of `optiviz/objectives/formula_duals.py`.
 *
 * The tree becomes a list of small steps on a row of registers, in the library's order of operations: what is
 * made of + - * / and square roots has its bits. A derivative that cannot be is null and costs nothing.
 */

import { readFormula } from "./formula_text.js";

const FORMULA_E = 2.718281828459045;

/** u**n for a small whole n >= 0 by products, lowest binary digit first. */
function wholePower(u, n) {
  if (n === 0) return 1;
  let base = u;
  let left = n;
  while (left % 2 === 0) {
    base *= base;
    left /= 2;
  }
  let result = base;
  while (left > 1) {
    left = Math.floor(left / 2);
    base *= base;
    if (left % 2 === 1) result *= base;
  }
  return result;
}

/** C's pow, whose 1**nan and 1**inf are 1. */
function floatPower(u, n) {
  return u === 1 || (u === -1 && Math.abs(n) === Infinity) ? 1 : Math.pow(u, n);
}

function raisedTo(u, n) {
  if (!(Math.abs(n) <= 16 && n === Math.floor(n))) return n === 0.5 ? Math.sqrt(u) : floatPower(u, n);
  return n < 0 ? 1 / wholePower(u, -n) : wholePower(u, n);
}

/** The product in a derivative, where 0 times infinity is 0: sqrt(x**2 + y**2) is flat at its tip. */
function slopeTimes(a, b) {
  const product = a * b;
  return Number.isNaN(product) && !Number.isNaN(a) && !Number.isNaN(b) ? 0 : product;
}

function stableSigmoid(u) {
  const small = Math.exp(-Math.abs(u));
  return (u >= 0 ? 1 : small) / (1 + small);
}

function softPlus(u) {
  if (u === 0) return Math.LN2;
  return u > 0 ? u + Math.log1p(Math.exp(-u)) : Math.log1p(Math.exp(u));
}

/** The root of u u + v v, without overflow. */
function lengthOf(u, v) {
  const most = Math.max(Math.abs(u), Math.abs(v));
  if (most > 1e-150 && most < 1e150) return Math.sqrt(u * u + v * v);
  if (most === 0 || most === Infinity || Number.isNaN(most)) return most;
  return most * Math.sqrt((u / most) * (u / most) + (v / most) * (v / most));
}

function circleOf(u) {
  return Math.sqrt((1 - u) * (1 + u));
}

/** name -> value of u; slope from u and the value f, null where there is none */
const DUAL_FUNCTIONS = {
  sqrt: [Math.sqrt, (u, f) => 0.5 / f],
  exp: [Math.exp, (u, f) => f],
  log: [Math.log, (u) => 1 / u],
  sin: [Math.sin, (u) => Math.cos(u)],
  cos: [Math.cos, (u) => -Math.sin(u)],
  tan: [Math.tan, (u, f) => 1 + f * f],
  sinh: [Math.sinh, (u) => Math.cosh(u)],
  cosh: [Math.cosh, (u) => Math.sinh(u)],
  tanh: [Math.tanh, (u) => raisedTo(Math.cosh(u), -2)],
  arctan: [Math.atan, (u) => 1 / (1 + u * u)],
  abs: [Math.abs, (u) => Math.sign(u)],
  log10: [Math.log10, (u) => 1 / (u * Math.LN10)],
  log2: [Math.log2, (u) => 1 / (u * Math.LN2)],
  log1p: [Math.log1p, (u) => 1 / (1 + u)],
  expm1: [Math.expm1, (u) => Math.exp(u)],
  arcsin: [Math.asin, (u) => 1 / circleOf(u)],
  arccos: [Math.acos, (u) => -1 / circleOf(u)],
  cbrt: [Math.cbrt, (u, f) => 1 / (3 * f * f)],
  sign: [Math.sign, null],
  relu: [(u) => Math.max(u, 0), (u) => (u > 0 ? 1 : 0)],
  sigmoid: [stableSigmoid, (u, f) => f * stableSigmoid(-u)],
  softplus: [softPlus, (u) => stableSigmoid(u)],
};
const DUAL_COMPARISONS = {
  "<": (a, b) => Number(a < b),
  "<=": (a, b) => Number(a <= b),
  ">": (a, b) => Number(a > b),
  ">=": (a, b) => Number(a >= b),
};

/**
 * A formula's tree as functions.
 * @param {import("./formula_text.js").FormulaTree} tree
 * @returns {{value: (x: number, y: number) => number,
 *   slope: (x: number, y: number, out: Float64Array) => number}} slope fills out and returns the value
 */
export function formulaFunctions(tree) {
  const start = [0, 0];
  const whole = [];
  const known = [false, false];

  /** A register for f of other registers; worked out now if all of those are numbers. */
  function step(f, ...from) {
    const to = start.length;
    const [a, b, c] = from;
    const run = (r) => {
      r[to] = f(r[a], r[b], r[c]);
    };
    start.push(0);
    known.push(from.every((one) => known[one]));
    if (known[to]) run(start);
    else whole.push({ to, from, run });
    return to;
  }

  const number = (value) => {
    start.push(value);
    known.push(true);
    return start.length - 1;
  };
  const one = number(1);
  const [value, dx, dy] = dualOf(tree, { step, number, one });
  const alone = neededSteps(whole, [value]);
  const joint = neededSteps(whole, [value, dx, dy]);
  const r = Float64Array.from(start);

  function run(steps, x, y) {
    r[0] = x;
    r[1] = y;
    for (let k = 0; k < steps.length; k += 1) steps[k](r);
  }

  return {
    value(x, y) {
      run(alone, x, y);
      return r[value];
    },
    slope(x, y, out) {
      run(joint, x, y);
      out[0] = dx === null ? 0 : r[dx];
      out[1] = dy === null ? 0 : r[dy];
      return r[value];
    },
  };
}

/** The steps that some registers need, in order. */
function neededSteps(whole, registers) {
  const wanted = new Set(registers);
  for (let k = whole.length - 1; k >= 0; k -= 1) {
    if (wanted.has(whole[k].to)) whole[k].from.forEach((one) => wanted.add(one));
  }
  return whole.filter(({ to }) => wanted.has(to)).map(({ run }) => run);
}

/** Registers of value, d/dx and d/dy; null for a slope that is 0 everywhere. */
function dualOf(tree, make) {
  const { step, number, one } = make;
  const plus = (a, b) => (a === null ? b : b === null ? a : step((u, v) => u + v, a, b));
  const times = (a, b) => (a === null || b === null ? null : step(slopeTimes, a, b));
  const negative = (a) => (a === null ? null : step((u) => -u, a));
  const minus = (a, b) => (b === null ? a : a === null ? negative(b) : step((u, v) => u - v, a, b));
  const isConstant = ([, dx, dy]) => dx === null && dy === null;
  const choose = (test, a, b) => {
    if (a === null && b === null) return null;
    return step((first, u, v) => (first ? u : v), test, a ?? number(0), b ?? number(0));
  };
  const either = (test, u, v) => u.map((part, k) => choose(test, part, v[k]));
  const chain = (f, u, v, fu, fv) => [
    f,
    plus(times(fu, u[1]), times(fv, v[1])),
    plus(times(fu, u[2]), times(fv, v[2])),
  ];
  const nothing = [null, null, null];

  const operations = {
    "+": (u, v) => u.map((part, k) => plus(part, v[k])),
    "-": (u, v) => u.map((part, k) => minus(part, v[k])),
    neg: (u) => u.map(negative),
    "*": (u, v) => chain(step((a, b) => a * b, u[0], v[0]), u, v, v[0], u[0]),
    "/": (u, v) => {
      const f = step((a, b) => a / b, u[0], v[0]);
      const r = step((b) => 1 / b, v[0]);
      return chain(f, u, v, r, isConstant(v) ? null : step((a, b) => -a * b, f, r));
    },
    "**": (u, v) => {
      const by = isConstant(v) ? raisedTo : floatPower;
      const f = step(by, u[0], v[0]);
      const less = (base, n) => by(base, n - 1);
      const fu = isConstant(u) ? null : times(v[0], step(less, u[0], v[0]));
      const log = isConstant(v) ? null : step(Math.log, u[0]);
      return chain(f, u, v, fu, times(f, log));
    },
    max: (u, v) => either(step((a, b) => Number(a >= b || Number.isNaN(a)), u[0], v[0]), u, v),
    min: (u, v) => either(step((a, b) => Number(a <= b || Number.isNaN(a)), u[0], v[0]), u, v),
    hypot: (u, v) => {
      const f = step(lengthOf, u[0], v[0]);
      const share = (a, length) => (length === 0 ? 0 : a / length);
      return chain(f, u, v, step(share, u[0], f), step(share, v[0], f));
    },
    atan2: (u, v) => {
      const r = step(lengthOf, u[0], v[0]);
      const [a, b] = [u, v].map((part) => step((p, length) => p / length, part[0], r));
      const back = step((p, length) => -p / length, a, r);
      return chain(step(Math.atan2, u[0], v[0]), u, v, step((p, length) => p / length, b, r), back);
    },
  };

  function dual([kind, ...parts]) {
    if (kind === "number") return [number(parts[0]), null, null];
    if (kind === "x") return [0, one, null];
    if (kind === "y") return [1, null, one];
    if (kind === "pi") return [number(Math.PI), null, null];
    if (kind === "e") return [number(FORMULA_E), null, null];
    if (kind === "where") {
      const [sign, left, right] = parts[0];
      const test = step(DUAL_COMPARISONS[sign], dual(left)[0], dual(right)[0]);
      return either(test, dual(parts[1]), dual(parts[2]));
    }
    if (!Object.hasOwn(DUAL_FUNCTIONS, kind)) return operations[kind](...parts.map(dual));
    const [f, slope] = DUAL_FUNCTIONS[kind];
    const u = dual(parts[0]);
    const value = step(f, u[0]);
    if (isConstant(u)) return [value, u[1], u[2]];
    return chain(value, u, nothing, slope && step(slope, u[0], value), null);
  }

  return dual(tree);
}

/**
 * A formula as a surface for the engine.
 * @param {string} typed
 * @param {object} [facts] xlim, ylim, start, far, ... as a page knows them
 * @returns {object} the facts with `value`, `slope` and `formula`, its normal form
 * @throws {Error} where it is no formula: `readFormula` tells its faults
 */
export function formulaSurface(typed, facts = {}) {
  const { text, tree, faults } = readFormula(typed);
  if (!tree) throw new Error(faults[0].told);
  return { name: typed, ...facts, formula: text, ...formulaFunctions(tree) };
}
