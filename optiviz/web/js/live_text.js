/** Live text: one sentence at rests, pauses, single steps and drags' ends, for those who do not see. */

import { outcomeOf } from "./arrivals.js";
import { horizonOf } from "./clock.js";
import { numberText } from "./number_text.js";
import { problemNow } from "./problem_now.js";
import { isShown } from "./run_focus.js";

const APART = 2000; // milliseconds from one sentence to the next, at least

/**
 * What is to be seen at the present step, in sentences.
 * @param {Object<string, any>} state
 * @returns {string}
 */
export function sentencesNow(state) {
  const { scene, race } = state;
  const step = Math.min(Math.floor(state.time + 1e-9), horizonOf(state));
  const [count, whole] = [Math.floor(step / scene.perUnit + 1e-9), scene.steps / scene.perUnit];
  const unit = scene.unit[0].toUpperCase() + scene.unit.slice(1);
  const lossOf = ({ losses }) => losses[Math.min(step, losses.length - 1)];
  const order = race.filter((run) => isShown(state, run.label)).sort((a, b) => lossOf(a) - lossOf(b));
  const parts = [`${unit} ${numberText(count)} of ${numberText(whole)}.`];
  if (order.length === 0) return parts[0];
  const [lowest, highest] = [order[0], order.at(-1)];
  let away = "";
  const { minima } = problemNow(state);
  if (minima.length > 0 && lowest.path.length === 2 * lowest.losses.length) {
    const gaps = minima.map(([x, y]) => {
      const [dx, dy] = [lowest.path[2 * step] - x, lowest.path[2 * step + 1] - y];
      return Math.sqrt(dx * dx + dy * dy);
    });
    away = `, ${numberText(Math.min(...gaps), 2)} from the minimum`;
  }
  const alone = order.length === 1;
  parts.push(`${lowest.label}${alone ? ":" : " is lowest,"} loss ${numberText(lossOf(lowest))}${away}.`);
  if (!alone) parts.push(`${highest.label} is highest, ${numberText(lossOf(highest))}.`);
  return parts.join(" ");
}

/**
 * Follow the state.
 * @param {HTMLElement} root
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountLiveText(root, store) {
  const { state } = store;
  let [waiting, last, start] = [0, -APART, state.start];

  function say() {
    waiting = 0;
    if (state.playing || state.dragging || state.scrubbing) return;
    const hides = horizonOf(state) < state.scene.steps;
    const moved = start !== state.start;
    start = state.start;
    const words = () => outcomeOf(state).map((part) => part[1]).join("");
    const place = `Start ${state.start.map((one) => numberText(one)).join(", ")}.`;
    const text = moved && !hides ? `${place} ${words()}` : sentencesNow(state);
    if (text === root.textContent) return;
    root.textContent = text;
    last = performance.now();
  }

  store.on(["time", "playing", "start", "changes", "dragging", "scrubbing", "asked", "training"], () => {
    if (state.training || state.playing || state.dragging || state.scrubbing || waiting) return;
    waiting = setTimeout(say, Math.max(150, APART - (performance.now() - last)));
  });
}
