/**
 * Ground of the pad: for a grid of two settings, when a run arrives and when it is lost, in slices of time.
 *
 * As `optiviz/analysis/stability.py` has it: a run has arrived when its loss is at most
 * lowest + tolerance (loss at the start - lowest) and stays so until the last step.
 */

import { advanceRun, beginRun, objectiveOfRun } from "./engine.js";

/** Grids, columns and rows: a coarse one first, then the one that stays. */
export const GROUND_GRIDS = [[16, 11], [61, 41]];
const ARRIVED_SHARE = 1e-3;

/**
 * The loss that counts as arrived.
 * @param {number} first the loss at the start
 * @param {number} lowest the least loss there is
 * @param {number} [tolerance]
 */
export function arrivalTarget(first, lowest, tolerance = ARRIVED_SHARE) {
  return lowest + tolerance * (first - lowest);
}

/**
 * One run: the step from which on its loss is at most `target` (-1: not at the end), and the step at which it
 * was lost (-1: it stayed).
 * @param {import("./engine.js").Objective} objective
 * @param {import("./engine.js").Run} run
 * @param {number} steps
 * @param {number} target
 */
export function arrivalOf(objective, run, steps, target) {
  const now = beginRun(objective, run);
  let since = now.loss <= target ? 0 : 1;
  for (let k = 1; k <= steps; k += 1) {
    if (!advanceRun(objective, run.program, now)) return { arrived: -1, lost: k };
    if (!(now.loss <= target)) since = k + 1;
  }
  return { arrived: since <= steps ? since : -1, lost: -1 };
}

/**
 * Values evenly spaced from `low` to `high`, or in equal ratios.
 * @param {number} low
 * @param {number} high
 * @param {number} count
 * @param {boolean} [log]
 */
export function evenly(low, high, count, log = false) {
  const share = (k) => k / (count - 1);
  const at = (k) => (log ? low * Math.exp(Math.log(high / low) * share(k)) : low + (high - low) * share(k));
  return Float64Array.from({ length: count }, (_, k) => (k === count - 1 ? high : at(k)));
}

/**
 * The ground of a pad, worked out as far as there is time: `continueFor(4)` a frame.
 * @param {object} problem
 * @param {import("./engine.js").Run} run with its start and its other settings
 * @param {{name: string, low: number, high: number, log?: boolean}} across of the setting along x
 * @param {{name: string, low: number, high: number, log?: boolean}|null} up along y; null for a strip
 * @param {{steps: number, target: number, grids?: number[][]}} options
 * @returns {{continueFor: (ms: number, clock?: () => number) => boolean, grid: object|null, done: boolean}}
 *   `continueFor` tells whether all is done; `grid` is the last whole one:
 *   {columns, rows, x, y, arrived, lost}, arrived and lost Int32Array, row after row from below
 */
export function stabilityGround(problem, run, across, up, { steps, target, grids = GROUND_GRIDS }) {
  const objective = objectiveOfRun(problem, run);
  const cells = gridCells();
  const ground = { grid: null, done: false, continueFor };

  function* gridCells() {
    for (const [columns, all] of grids) {
      const rows = up ? all : 1;
      const x = evenly(across.low, across.high, columns, across.log);
      const y = up ? evenly(up.low, up.high, rows, up.log) : new Float64Array(1);
      const arrived = new Int32Array(columns * rows);
      const lost = new Int32Array(columns * rows);
      for (let cell = 0; cell < columns * rows; cell += 1) {
        const settings = { ...run.settings, [across.name]: x[cell % columns] };
        if (up) settings[up.name] = y[Math.floor(cell / columns)];
        const rates = across.name === "learning_rate" || up?.name === "learning_rate" ? null : run.rates;
        const found = arrivalOf(objective, { ...run, settings, rates }, steps, target);
        arrived[cell] = found.arrived;
        lost[cell] = found.lost;
        yield;
      }
      ground.grid = { columns, rows, x, y, arrived, lost };
    }
  }

  function continueFor(ms, clock = () => performance.now()) {
    const end = clock() + ms;
    while (!ground.done) {
      ground.done = cells.next().done;
      if (clock() >= end) break;
    }
    return ground.done;
  }

  return ground;
}

/**
 * The largest stable rate on a quadratic of largest curvature L; null where theory is silent.
 * @param {string} rule name of its program
 * @param {{momentum?: number, dampening?: number}} settings
 * @param {number} curvature L
 */
export function largestStableRate(rule, settings, curvature) {
  if (!(curvature > 0)) return null;
  const { momentum = 0, dampening = 0 } = settings;
  if (rule === "gd") return 2 / curvature;
  if (rule === "momentum") return (2 * (1 + momentum)) / (curvature * (1 - dampening));
  if (rule === "nag") return (2 + 2 * momentum) / (curvature * (1 + 2 * momentum));
  return null;
}

/**
 * The largest eigenvalue of the Hessian at a place, from central differences of the slope.
 * @param {{slope: Function}} surface
 * @param {number} x
 * @param {number} y
 */
export function curvatureAt(surface, x, y) {
  const [above, below] = [new Float64Array(2), new Float64Array(2)];
  const h = 1e-5 * Math.max(1, Math.abs(x));
  const k = 1e-5 * Math.max(1, Math.abs(y));
  surface.slope(x + h, y, above);
  surface.slope(x - h, y, below);
  const xx = (above[0] - below[0]) / (2 * h);
  const yx = (above[1] - below[1]) / (2 * h);
  surface.slope(x, y + k, above);
  surface.slope(x, y - k, below);
  const xy = ((above[0] - below[0]) / (2 * k) + yx) / 2;
  const yy = (above[1] - below[1]) / (2 * k);
  const half = (xx - yy) / 2;
  return (xx + yy) / 2 + Math.sqrt(half * half + xy * xy);
}
