/**
 * Runs of update rules on a problem: gradient and step alternate, as `optiviz/runs/minimize.py` has it.
 *
 * A problem is a surface ({value, slope, start, far} of PROGRAMS["surface:..."] or of a formula), or makes an
 * objective itself (`objectiveOf(run)`: line_fit.js, dense.js).
 *
 * @typedef {object} Objective
 * @property {number} size of theta
 * @property {ArrayLike<number>} start
 * @property {number} far a run further out than this is lost
 * @property {(theta: Float64Array, k: number, gradient: Float64Array) => number} ask
 *   the loss at theta; fills the gradient that step k + 1 sees
 * @property {(theta: Float64Array) => number} value the loss at theta
 *
 * @typedef {object} Run
 * @property {string} label
 * @property {object} program of PROGRAMS["rule:..."]
 * @property {Object<string, number>} settings
 * @property {ArrayLike<number>|null} [rates] of steps 1, 2, ... by a schedule; else settings.learning_rate
 * @property {Float64Array|Int32Array|null} [luck] drawn noise (steps * P), or row numbers
 * @property {ArrayLike<number>} [start] of its own
 * @property {number} [steps] of its own
 * @property {number} [batch] rows that a step sees, all of them unless given
 * @property {{path: Float64Array, losses: Float64Array, stopped: number}} [recorded] played as it is
 *
 * @typedef {object} RunResult
 * @property {string} label
 * @property {number} size of theta
 * @property {Float64Array} path (steps + 1) * size: where the weights are, step after step
 * @property {Float64Array} losses (steps + 1) there
 * @property {Float64Array} looked the same of what the rule keeps: NAG's look-ahead, else path itself
 * @property {Float64Array} seen the losses there
 * @property {number} stopped the step at which the run was lost, or -1; it stays where it was before
 */

/**
 * The rate of the step after k finished ones.
 * @param {{learning_rate: number, rates?: ArrayLike<number>|null}} s
 * @param {number} k
 */
export function rateAt(s, k) {
  return s.rates ? s.rates[Math.min(k, s.rates.length - 1)] : s.learning_rate;
}

/**
 * A surface with its noise as an objective of two coordinates.
 * @param {{value: Function, slope: Function, start: number[], far: number}} surface
 * @param {Float64Array|null} [noise] drawn, two a step
 * @returns {Objective}
 */
export function surfaceObjective(surface, noise = null) {
  return {
    size: 2,
    start: surface.start,
    far: surface.far,
    value: (theta) => surface.value(theta[0], theta[1]),
    ask(theta, k, gradient) {
      const loss = surface.slope(theta[0], theta[1], gradient);
      if (noise && 2 * k + 1 < noise.length) {
        gradient[0] += noise[2 * k];
        gradient[1] += noise[2 * k + 1];
      }
      return loss;
    },
  };
}

/**
 * A run before its first step.
 * @param {Objective} objective
 * @param {Run} run
 */
export function beginRun(objective, run) {
  const theta = Float64Array.from(run.start ?? objective.start);
  const memory = run.program.state.map(() => new Float64Array(theta.length));
  const s = { ...run.settings, rates: run.rates ?? null };
  run.program.init(s, theta, memory);
  const gradient = new Float64Array(theta.length);
  const loss = objective.ask(theta, 0, gradient);
  const before = [theta, ...memory].map((part) => part.slice());
  return { k: 0, s, theta, memory, gradient, loss, before, lost: false };
}

/**
 * One step; false if the run is lost by it, and then it is where it was before.
 * @param {Objective} objective
 * @param {object} program
 * @param {ReturnType<typeof beginRun>} now changed in place
 */
export function advanceRun(objective, program, now) {
  now.before[0].set(now.theta);
  for (let j = 0; j < now.memory.length; j += 1) now.before[j + 1].set(now.memory[j]);
  program.step(now.s, now.k, now.theta, now.gradient, now.memory);
  const loss = objective.ask(now.theta, now.k + 1, now.gradient);
  let length = 0;
  for (let i = 0; i < now.theta.length; i += 1) length += now.theta[i] * now.theta[i];
  if (length <= objective.far * objective.far && loss - loss === 0) {
    now.loss = loss;
    now.k += 1;
    return true;
  }
  now.theta.set(now.before[0]);
  for (let j = 0; j < now.memory.length; j += 1) now.memory[j].set(now.before[j + 1]);
  now.lost = true;
  return false;
}

/**
 * All steps of one run.
 * @param {Objective} objective
 * @param {Run} run
 * @param {number} steps
 * @returns {RunResult}
 */
export function walkRun(objective, run, steps) {
  return lastOf(walkingRun(objective, run, steps));
}

/** What a generator returns in the end. */
function lastOf(walk) {
  let step = walk.next();
  while (!step.done) step = walk.next();
  return step.value;
}

/** The same, one step at a time: it yields the number of each. */
function* walkingRun(objective, run, steps) {
  const { program } = run;
  const now = beginRun(objective, run);
  const size = now.theta.length;
  const looked = new Float64Array(size * (steps + 1));
  const path = program.position ? new Float64Array(size * (steps + 1)) : looked;
  const seen = new Float64Array(steps + 1);
  const losses = program.position ? new Float64Array(steps + 1) : seen;
  const place = new Float64Array(size);
  let stopped = -1;
  for (let k = 0; k <= steps; k += 1) {
    if (k > 0 && stopped < 0 && !advanceRun(objective, program, now)) stopped = k;
    looked.set(now.theta, k * size);
    seen[k] = now.loss;
    if (program.position) {
      program.position(now.s, now.k, now.theta, now.memory, place);
      path.set(place, k * size);
      losses[k] = objective.value(place);
    }
    yield k;
  }
  return { label: run.label, size, path, losses, looked, seen, stopped };
}

/**
 * What problem a run descends.
 * @param {object} problem
 * @param {Run} run
 * @returns {Objective}
 */
export function objectiveOfRun(problem, run) {
  return problem.objectiveOf ? problem.objectiveOf(run) : surfaceObjective(problem, run.luck);
}

/**
 * All runs of a race; those that are recorded are given as they are.
 * @param {object} problem
 * @param {Run[]} runs
 * @param {number} steps
 * @returns {RunResult[]}
 */
export function raceRuns(problem, runs, steps) {
  return lastOf(racingRuns(problem, runs, steps));
}

/**
 * The same, one step at a time: it yields the share of all that is done.
 * @param {object} problem
 * @param {Run[]} runs
 * @param {number} steps
 * @returns {Generator<number, RunResult[]>}
 */
export function* racingRuns(problem, runs, steps) {
  const found = [];
  for (const run of runs) {
    if (run.recorded) found.push(recordedResult(run, steps));
    else {
      const own = run.steps ?? steps;
      const walk = walkingRun(objectiveOfRun(problem, run), run, own);
      let step = walk.next();
      for (; !step.done; step = walk.next()) yield (found.length + step.value / own) / runs.length;
      found.push(step.value);
    }
  }
  return found;
}

/** A recorded run in the shape of the others: after its end it stays. */
function recordedResult(run, steps) {
  const { path, losses, stopped = -1 } = run.recorded;
  const size = path.length / losses.length;
  const rows = Math.min(losses.length, steps + 1);
  const longer = { path: new Float64Array(size * (steps + 1)), losses: new Float64Array(steps + 1) };
  for (let k = 0; k <= steps; k += 1) {
    const row = Math.min(k, rows - 1);
    longer.path.set(path.subarray(row * size, (row + 1) * size), k * size);
    longer.losses[k] = losses[row];
  }
  return { label: run.label, size, ...longer, looked: longer.path, seen: longer.losses, stopped };
}

/**
 * What a rule holds at step k: for the arrows of its step.
 * @param {object} problem
 * @param {Run} run
 * @param {number} k
 * @returns {{k: number, theta: Float64Array, gradient: Float64Array, memory: Object<string, Float64Array>}}
 */
export function stateAt(problem, run, k) {
  const objective = objectiveOfRun(problem, run);
  const now = beginRun(objective, run);
  while (now.k < k && advanceRun(objective, run.program, now));
  const memory = Object.fromEntries(run.program.state.map((name, j) => [name, now.memory[j]]));
  return { k: now.k, theta: now.theta, gradient: now.gradient, memory };
}
