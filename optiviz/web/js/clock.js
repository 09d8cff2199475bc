/** Clock: the scene's motion in seconds, its chapters and rests, and the player that runs through them. */

import { isChanged } from "./changes.js";

export const FRAMES_A_SECOND = 20;
const GLIDE = 0.9; // of a step's time in which its head moves; then it rests
const EVEN = 4; // frames that a step must have to glide

/** Index of the last frame whose time is at most `time`. */
function frameBefore(clock, time) {
  let [low, high] = [0, clock.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (clock[middle] <= time) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * Where a time stands on the bar, from 0 to 1: the bar is linear in the seconds of the motion.
 * @param {import("./scene_types.js").Scene} scene
 * @param {number} time in steps
 * @returns {number}
 */
export function shareOfTime({ clock, steps }, time) {
  if (clock.length < 2) return steps > 0 ? Math.min(time / steps, 1) : 0;
  const k = frameBefore(clock, time);
  const after = Math.min(k + 1, clock.length - 1);
  const span = clock[after] - clock[k];
  return (k + (span > 0 ? Math.min((time - clock[k]) / span, 1) : 0)) / (clock.length - 1);
}

/**
 * The time at a place of the bar.
 * @param {import("./scene_types.js").Scene} scene
 * @param {number} share from 0 to 1
 * @returns {number}
 */
export function timeOfShare({ clock, steps }, share) {
  if (clock.length < 2) return share * steps;
  const at = Math.min(Math.max(share, 0), 1) * (clock.length - 1);
  const k = Math.min(Math.floor(at), clock.length - 2);
  return clock[k] + (at - k) * (clock[k + 1] - clock[k]);
}

/**
 * The time that is drawn: a step that has frames enough moves smoothly and then rests.
 * @param {import("./scene_types.js").Scene} scene
 * @param {number} time
 * @returns {number}
 */
export function glidedTime({ clock }, time) {
  const whole = Math.floor(time);
  if (time === whole) return time;
  const before = whole - 1e-9 < clock[0] ? -1 : frameBefore(clock, whole - 1e-9);
  const frames = frameBefore(clock, whole + 1 - 1e-9) - before;
  if (frames < EVEN) return time;
  const u = Math.min((time - whole) / GLIDE, 1);
  return whole + u * u * (3 - 2 * u);
}

/**
 * The last time that may be shown: a question hides all that comes after it until it is answered.
 * @param {Object<string, any>} state
 * @returns {number}
 */
export function horizonOf({ scene, asked }) {
  return scene.ask && !asked ? scene.ask.time : scene.steps;
}

/**
 * @typedef {{time: number, end: number, rest: number, run: string, name: string}} Chapter
 */

/**
 * The chapters of a scene: from each caption to the next.
 * @param {import("./scene_types.js").Scene} scene
 * @returns {Chapter[]}
 */
export function chaptersOf(scene) {
  const lines = scene.captions.filter((line) => line.time < scene.steps || scene.steps === 0);
  const found = lines.map(({ time, rest, text }) => {
    const bold = text.find(([run]) => run !== "");
    const words = text.map((part) => part[1]).join("").trim().split(/\s+/);
    const name = bold?.[1] ?? words.slice(0, 2).join(" ").replace(/[.,:;]$/, "");
    return { time, rest, run: bold?.[0] ?? "", name };
  });
  if (found.length === 0 || found[0].time > 0) found.unshift({ time: 0, rest: 0, run: "", name: "" });
  return found.map((one, k) => ({ ...one, end: found[k + 1]?.time ?? scene.steps }));
}

/**
 * Go to a time, within what may be shown.
 * @param {import("./store.js").Store} store
 * @param {number} time
 * @param {Object<string, any>} [more] other keys to set
 */
export function goTo(store, time, more = {}) {
  store.set({ ...more, time: Math.min(Math.max(time, 0), horizonOf(store.state)) });
}

/**
 * Step from where the runs are to a whole step, and stop playing.
 * @param {import("./store.js").Store} store
 * @param {number} count steps, negative for back
 */
export function stepBy(store, count) {
  const { time } = store.state;
  const from = count > 0 ? Math.floor(time + 1e-9) : Math.ceil(time - 1e-9);
  goTo(store, from + count, { playing: false });
}

/**
 * Go to the beginning of the chapter before or after.
 * @param {import("./store.js").Store} store
 * @param {number} direction -1 or 1
 */
export function goToChapter(store, direction) {
  const { scene, time } = store.state;
  const times = [...chaptersOf(scene).map((one) => one.time), scene.steps];
  const [after, before] = [(one) => one > time + 1e-9, (one) => one < time - 1e-9];
  const found = direction > 0 ? times.find(after) : times.findLast(before);
  goTo(store, found ?? (direction > 0 ? scene.steps : 0), { playing: false });
}

/**
 * Play, pause, or begin again at the end; with reduced motion go to the next rest.
 * @param {import("./store.js").Store} store
 */
export function togglePlay(store) {
  const { playing, time, scene, asked } = store.state;
  if (scene.ask && !asked && time >= scene.ask.time) return;
  if (prefersStill()) {
    if (time >= scene.steps) goTo(store, 0);
    else goToChapter(store, 1);
    return;
  }
  if (!playing && time >= scene.steps) store.set({ time: 0, playing: true });
  else store.set({ playing: !playing });
}

/**
 * Whether the reader asks for less motion.
 * @returns {boolean}
 */
export function prefersStill() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/**
 * The rests ahead of a time: how long playing stands there, or for ever.
 * @param {Object<string, any>} state
 * @returns {Array<{time: number, rest: number}>}
 */
export function restsOf(state) {
  const { scene } = state;
  const captions = isChanged(state) ? [] : scene.captions.filter((line) => line.rest > 0);
  const stops = scene.pauses.map((time) => ({ time, rest: Infinity }));
  const every = [...captions.map(({ time, rest }) => ({ time, rest })), ...stops];
  const limit = horizonOf(state);
  if (limit < scene.steps) every.push({ time: limit, rest: Infinity });
  return every.filter((one) => one.time <= limit).sort((a, b) => a.time - b.time || b.rest - a.rest);
}

/**
 * Where a player is after some seconds: its place in the motion, and the rest that it still has to stand.
 * @param {Object<string, any>} state
 * @param {{seconds: number, rest: number}} from
 * @param {number} passed seconds, the speed included
 * @returns {{seconds: number, rest: number, stop: boolean}}
 */
export function played(state, from, passed) {
  const { scene } = state;
  const whole = Math.max((scene.clock.length - 1) / FRAMES_A_SECOND, 1e-9);
  if (from.rest > passed) return { seconds: from.seconds, rest: from.rest - passed, stop: false };
  const seconds = from.seconds + passed - from.rest;
  for (const { time, rest } of restsOf(state)) {
    const at = shareOfTime(scene, time) * whole;
    if (at <= from.seconds + 1e-9 || at > seconds) continue;
    return { seconds: at, rest, stop: rest === Infinity, time };
  }
  return { seconds: Math.min(seconds, whole), rest: 0, stop: seconds >= whole };
}

/**
 * Let time run while `playing` is set; without it no frame is asked for.
 * @param {import("./store.js").Store} store
 */
export function startClock(store) {
  let from = { seconds: 0, rest: 0 };
  let [shown, before, running] = [NaN, 0, false];

  function frame(now) {
    const { state } = store;
    if (!state.playing) {
      running = false;
      return;
    }
    const { scene } = state;
    const whole = Math.max((scene.clock.length - 1) / FRAMES_A_SECOND, 1e-9);
    if (state.time !== shown) from = { seconds: shareOfTime(scene, state.time) * whole, rest: 0 };
    const passed = (Math.min(now - before, 100) / 1000) * state.speed;
    before = now;
    from = played(state, from, passed);
    shown = from.time ?? timeOfShare(scene, from.seconds / whole);
    if (from.seconds >= whole) shown = scene.steps;
    store.set(from.stop ? { time: shown, playing: false } : { time: shown });
    if (from.stop) from = { ...from, rest: 0 };
    requestAnimationFrame(frame);
  }

  store.on(["playing"], () => {
    if (!store.state.playing || running) return;
    running = true;
    before = performance.now();
    requestAnimationFrame(frame);
  });
}
