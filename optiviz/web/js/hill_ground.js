/** Ground of the hill: the window that it shows, heights in it, and the paths of all runs on it. */

import { bandsOf, heightAbove } from "./heights.js";
import { hillBox, hillGrid } from "./hill_mesh.js";
import { drapedPath, hiddenByHill, hillPlace, liftedPath } from "./hill_paths.js";
import { windowOf } from "./map_window.js";
import { problemNow, surfaceNow } from "./problem_now.js";
import { runsNow } from "./run_focus.js";

/**
 * @typedef {{label: string, run: import("./scene_types.js").Run,
 *   draped: import("./hill_paths.js").DrapedPath, placed: Float32Array}} HillRun
 * @typedef {object} HillGround
 * @property {import("./hill_mesh.js").HillBox} box
 * @property {import("./hill_mesh.js").HillGrid} grid
 * @property {(x: number, y: number) => number} height 0 lowest, 1 where the hill is cut
 * @property {(x: number, y: number) => number[]|null} place of the plane in the box, null outside
 * @property {(at: number[], towards: number[]) => boolean} hidden
 */

/**
 * The window of the map on the stage, or what it would be if the map stood where the hill is.
 * @param {Object<string, any>} state
 * @param {{width: number, height: number, small: boolean}} size of the hill's plot
 * @param {import("./scene_types.js").View|null} last what it was
 * @returns {import("./scene_types.js").View|null} with its bands
 */
export function hillWindow(state, size, last) {
  const { view, race, start } = state;
  const surface = surfaceNow(state);
  if (!surface) return null;
  if (view?.bands && !view.small) return view;
  if (last && (state.dragging || size.small)) return last;
  if (size.width < 8) return null;
  const problem = problemNow(state);
  const seen = windowOf(problem, race, start, size.width, size.height);
  const bands = bandsOf(surface.value, race, problem.minima, seen.xlim, seen.ylim);
  return { ...seen, width: size.width, height: size.height, bands };
}

/**
 * The ground of a window.
 * @param {{value: (x: number, y: number) => number}} surface
 * @param {import("./scene_types.js").View} view with its bands
 * @returns {HillGround}
 */
export function raisedGround(surface, { width, height: high, xlim, ylim, bands }) {
  const height = (x, y) => heightAbove(bands, surface.value(x, y));
  const box = hillBox(width, high);
  const grid = hillGrid(height, xlim, ylim);
  return {
    box,
    grid,
    height,
    place: (x, y) => hillPlace(x, y, xlim, ylim, box, height),
    hidden: (at, towards) => hiddenByHill(grid, box, at, towards),
  };
}

/**
 * The paths of all runs on a ground.
 * @param {HillGround} ground
 * @param {import("./scene_types.js").View} view
 * @param {Object<string, any>} state
 * @returns {HillRun[]}
 */
export function runsOnHill({ box, height }, { xlim, ylim }, state) {
  const runs = runsNow(state);
  return state.race.map(({ label, path }, k) => {
    const draped = drapedPath(path, xlim, ylim);
    return { label, run: runs[k], draped, placed: liftedPath(draped, xlim, ylim, box, height) };
  });
}
