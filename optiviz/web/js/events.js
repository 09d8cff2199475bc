/**
 * Events of a race, from its losses and places: home, turn, leaves, diverges; as `optiviz/scene/events.py`.
 *
 * @typedef {object} RunEvents
 * @property {string} label
 * @property {number} home the step from which on its loss is all but the best, or -1
 * @property {{step: number, axis: number}|null} turn where it first turns back, and in which coordinate
 * @property {number} leaves the step from which on it is outside of the window for good, or -1
 * @property {number} diverges the step at which it was lost, or -1
 */

const HOME_SHARE = 0.01; // of the drop from the start to the best; a run that keeps below it is home
const TURN_BACK = 0.02; // of the way out; a run that comes back by so much has turned

/** How many rows a run has of its own: a lost one none from there on. */
function ownRows(run) {
  return run.stopped >= 0 ? Math.min(run.stopped, run.losses.length) : run.losses.length;
}

/**
 * The lowest finite loss of a run; Infinity when there is none.
 * @param {import("./engine.js").RunResult} run
 */
export function bestLoss(run) {
  let best = Infinity;
  for (let k = 0; k < ownRows(run); k += 1) {
    if (Number.isFinite(run.losses[k]) && run.losses[k] < best) best = run.losses[k];
  }
  return best;
}

/**
 * The least loss that a problem is known to have, or null.
 * @param {{f_min?: number|null, minima?: Array<ArrayLike<number>>, value?: Function}} problem
 */
export function knownLowest(problem) {
  if (Number.isFinite(problem?.f_min)) return problem.f_min;
  if (!problem?.minima?.length || !problem.value) return null;
  return Math.min(...problem.minima.map((place) => problem.value(place[0], place[1])));
}

/**
 * The loss at or below which a run is home; null where nothing drops, or nobody knows how low it goes.
 * @param {import("./engine.js").RunResult[]} race
 * @param {number|null} lowest `knownLowest` of the problem
 */
export function homeLevel(race, lowest) {
  if (!race.length) return null;
  const start = Math.max(...race.map((run) => run.losses[0]).filter(Number.isFinite));
  const least = Math.min(...(lowest === null ? [] : [lowest]), ...race.map(bestLoss));
  const drop = start - least;
  if (!(Number.isFinite(drop) && drop > 1e-290)) return null;
  const level = least + HOME_SHARE * drop;
  const there = race.filter((run) => keptBelow(run, level) >= 0).length;
  return lowest !== null || there > 1 ? level : null;
}

/**
 * The step from which on the loss of a run is at or below `level` to the end, or -1.
 * @param {import("./engine.js").RunResult} run
 * @param {number} level
 */
export function keptBelow(run, level) {
  if (run.stopped >= 0) return -1;
  let first = run.losses.length;
  while (first > 0 && run.losses[first - 1] <= level) first -= 1;
  return first < run.losses.length ? first : -1;
}

/** Where a run first turns back: of its coordinates the one that went furthest until it reversed. */
function turnOf(run) {
  let found = null;
  let furthest = -1;
  for (let axis = 0; axis < run.size; axis += 1) {
    const values = Float64Array.from({ length: ownRows(run) }, (_, k) => run.path[k * run.size + axis]);
    const step = reversalOf(values);
    const out = step < 0 ? -1 : Math.abs(values[step] - values[0]);
    if (out > furthest) [found, furthest] = [{ step, axis }, out];
  }
  return found;
}

/** The first extremum of `values` from which they come back by 2 % of the way out, or -1. */
function reversalOf(values) {
  let direction = 0;
  for (let k = 0; k + 1 < values.length; k += 1) {
    const now = Math.sign(values[k + 1] - values[k]);
    if (now === 0 || Number.isNaN(now)) continue;
    const out = values[k] - values[0];
    if (direction !== 0 && now !== direction && out !== 0) {
      let back = -Infinity;
      const way = Math.sign(out);
      for (let j = k; j < values.length; j += 1) back = Math.max(back, (values[k] - values[j]) * way);
      if (back >= TURN_BACK * Math.abs(out)) return k;
    }
    direction = now;
  }
  return -1;
}

/** The step from which on a run of two parameters is outside of a window for good, or -1. */
function leavesAt(run, [left, right], [low, high]) {
  if (run.size !== 2) return -1;
  const rows = ownRows(run);
  let first = rows;
  while (first > 0) {
    const [x, y] = [run.path[2 * first - 2], run.path[2 * first - 1]];
    if (x >= left && x <= right && y >= low && y <= high) break;
    first -= 1;
  }
  return first < rows ? first : run.stopped;
}

/**
 * What happens to each run of a race.
 * @param {import("./engine.js").RunResult[]} race
 * @param {{f_min?: number|null, minima?: number[][], value?: Function}|null} problem
 * @param {[number, number]} xlim of the window that runs may leave
 * @param {[number, number]} ylim
 * @returns {RunEvents[]}
 */
export function eventsOf(race, problem, xlim, ylim) {
  const level = homeLevel(race, knownLowest(problem));
  return race.map((run) => ({
    label: run.label,
    home: level === null ? -1 : keptBelow(run, level),
    turn: turnOf(run),
    leaves: leavesAt(run, xlim, ylim),
    diverges: run.stopped,
  }));
}
