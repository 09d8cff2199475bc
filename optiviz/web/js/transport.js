/** Transport: play and pause, single steps, the counter and the speed. */

import { goTo, horizonOf, prefersStill, stepBy, togglePlay } from "./clock.js";
import { icon } from "./icons.js";
import { make } from "./layout.js";
import { numberText } from "./number_text.js";
import { iconButton, togglePanel } from "./tools.js";

/** Speeds in the order in which they are stepped through. */
export const SPEEDS = [0.25, 0.5, 1, 2, 4];

/**
 * Play slower or faster.
 * @param {import("./store.js").Store} store
 * @param {number} direction -1 or 1
 */
export function changeSpeed(store, direction) {
  const at = SPEEDS.indexOf(store.state.speed) + direction;
  store.set({ speed: SPEEDS[Math.min(Math.max(at, 0), SPEEDS.length - 1)] });
}

/** Repeat what a button does while it is held: after 400 ms, 12 times a second. */
function repeatWhileHeld(button, act) {
  let [waiting, repeating] = [0, 0];
  const stop = () => {
    clearTimeout(waiting);
    clearInterval(repeating);
  };
  button.addEventListener("pointerdown", () => {
    waiting = setTimeout(() => {
      repeating = setInterval(act, 1000 / 12);
    }, 400);
  });
  for (const kind of ["pointerup", "pointerleave", "pointercancel"]) button.addEventListener(kind, stop);
}

/**
 * Fill the row of buttons.
 * @param {HTMLElement} root
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountTransport(root, store) {
  const { state } = store;
  const { scene } = state;
  const small = (sign, word, press, name) => iconButton(sign, word, press, { class: `bare ${name}` });
  const first = small("first", "to the start", () => goTo(store, 0, { playing: false }), "to-first");
  const explore = small("explore", "Explore", () => togglePanel(store, "explore"), "to-explore");
  const [back, on] = [
    small("back", "one step back", () => stepBy(store, -scene.perUnit), "step"),
    small("on", "one step on", () => stepBy(store, scene.perUnit), "step"),
  ];
  repeatWhileHeld(back, () => stepBy(store, -scene.perUnit));
  repeatWhileHeld(on, () => stepBy(store, scene.perUnit));
  const play = make("button", { type: "button", id: "play" });
  play.addEventListener("click", () => togglePlay(store));
  const [unit, number, whole] = [make("span", {}, [`${scene.unit} `]), make("b"), make("small")];
  const counter = make("p", { id: "counter" }, [make("span", {}, [unit, number]), whole]);
  const speed = make("button", { type: "button", id: "speed" });
  speed.addEventListener("click", () => {
    store.set({ speed: SPEEDS[(SPEEDS.indexOf(state.speed) + 1) % SPEEDS.length] });
  });
  root.append(first, explore, back, play, on, counter, speed);
  let [sign, count] = ["", ""];

  function follow() {
    const time = Math.min(state.time, horizonOf(state));
    const text = numberText(Math.floor(time / scene.perUnit + 1e-9));
    if (text !== count) number.textContent = count = text;
    whole.textContent = `of ${numberText(scene.steps / scene.perUnit)}`;
    const waits = Boolean(scene.ask) && !state.asked && time >= scene.ask.time;
    play.disabled = waits;
    on.disabled = waits || time >= scene.steps;
    back.disabled = first.disabled = time <= 0;
    const next = state.playing ? "pause" : "play";
    const word = prefersStill() ? "Next rest" : state.playing ? "Pause" : "Play";
    if (next + word === sign) return;
    sign = next + word;
    play.replaceChildren(icon(next));
    play.setAttribute("aria-label", word);
  }

  store.on(["time", "playing", "asked", "fonts"], follow);
  const followSpeed = () => {
    speed.textContent = `${state.speed}×`;
    speed.setAttribute("aria-label", `Speed ${state.speed}×`);
  };
  store.on(["speed"], followSpeed);
  follow();
  followSpeed();
}
