/** Pointer on the map: which run, and which step of it, lies under it. */

const PATH_REACH = 12; // pixels

/**
 * The nearest step of the ways that are drawn, within reach.
 * @param {Array<{label: string, truth: Float64Array}>} ways
 * @param {number} time
 * @param {number} x
 * @param {number} y
 * @param {number} [reach] pixels
 * @returns {{run: string, step: number}|null}
 */
export function nearestStep(ways, time, x, y, reach = PATH_REACH) {
  let [found, best] = [null, reach * reach];
  for (const { label, truth } of ways) {
    const last = Math.min(Math.floor(time), truth.length / 2 - 1);
    for (let k = 0; k <= last; k += 1) {
      const [ax, ay] = [truth[2 * k], truth[2 * k + 1]];
      const after = Math.min(k + 1, last);
      const [dx, dy] = [truth[2 * after] - ax, truth[2 * after + 1] - ay];
      const long = dx * dx + dy * dy;
      const share = long > 0 ? Math.min(Math.max(((x - ax) * dx + (y - ay) * dy) / long, 0), 1) : 0;
      const [ex, ey] = [x - ax - share * dx, y - ay - share * dy];
      const gap = ex * ex + ey * ey;
      if (gap < best) [found, best] = [{ run: label, step: share > 0.5 ? after : k }, gap];
    }
  }
  return found;
}

/**
 * Set `hover` as the pointer moves over a map, and pin what is clicked.
 * @param {HTMLElement} plot
 * @param {import("./store.js").Store} store
 * @param {() => {ways: Array<{label: string, truth: Float64Array}>, time: number}} drawn
 */
export function followPointer(plot, store, drawn) {
  const under = (event) => {
    const box = plot.getBoundingClientRect();
    const { ways, time } = drawn();
    return nearestStep(ways, time, event.clientX - box.left, event.clientY - box.top);
  };
  plot.addEventListener("pointermove", (event) => {
    if (event.buttons > 0 || store.state.dragging) return;
    const found = under(event);
    const { hover } = store.state;
    if (found?.run === hover?.run && found?.step === hover?.step) return;
    store.set({ hover: found });
  });
  plot.addEventListener("pointerleave", () => store.set({ hover: null }));
  plot.addEventListener(
    "click",
    (event) => {
      const found = under(event);
      if (!found) return;
      event.stopImmediatePropagation(); // a click on a run is no new start
      const { pinned } = store.state;
      const same = pinned?.run === found.run && pinned?.step === found.step;
      store.set({ pinned: same ? null : found, selected: found.run });
    },
    { capture: true },
  );
}
