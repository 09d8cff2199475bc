/** Race clock: runs computed anew after each change, at once or, where they train networks, in slices. */

import { racing } from "./race.js";

const RACE_SLICE = 12; // milliseconds of computing between two looks at the viewer's hands

/**
 * Compute the race when the start or a setting changes; a newer change takes the place of one at work.
 *
 * While networks are trained `training` in the state is the share that is done, and the old race stays.
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function followRace(store) {
  let newest = null;
  store.on(["start", "changes"], () => {
    const { scene, start, changes } = store.state;
    const walk = racing(scene, start, changes);
    const slow = scene.problem.kind === "network";
    newest = walk;

    function go() {
      if (walk !== newest) return;
      const until = slow ? performance.now() + RACE_SLICE : Infinity;
      let step = walk.next();
      while (!step.done && performance.now() < until) step = walk.next();
      if (step.done) store.set({ race: step.value, training: null });
      else {
        store.set({ training: step.value });
        setTimeout(go);
      }
    }
    go();
  });
}
