/** Caption: the scene's line at the present time, or what the runs do after a change. */

import { outcomeOf } from "./arrivals.js";
import { isChanged } from "./changes.js";
import { make } from "./layout.js";
import { numberText } from "./number_text.js";
import { runsNow } from "./run_focus.js";
import { textParts } from "./run_label.js";

/**
 * The line below the title, in parts.
 * @param {Object<string, any>} state
 * @returns {{parts: Array<[string, string]>, verdict: boolean}}
 */
export function captionNow(state) {
  const { scene, time, asked, start } = state;
  if (state.training) {
    const words = `Training anew: ${Math.floor(100 * state.training)} %. Until then this is the one before.`;
    return { parts: [["", words]], verdict: false };
  }
  if (isChanged(state)) {
    if (scene.ask && !asked) return { parts: [["", scene.ask.question]], verdict: false };
    const place = start.length === 2 ? `Start ${start.map((one) => numberText(one)).join(", ")}. ` : "";
    return { parts: [["", place], ...outcomeOf(state)], verdict: false };
  }
  const asks = scene.ask && !asked && time >= scene.ask.time;
  if (asks) return { parts: [["", scene.ask.question]], verdict: false };
  if (scene.verdict && time >= scene.steps) return { parts: scene.verdict, verdict: true };
  const line = scene.captions.findLast((one) => one.time <= time + 1e-9);
  return { parts: line?.text ?? [], verdict: false };
}

/**
 * Follow the time.
 * @param {HTMLElement} root
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountCaption(root, store) {
  const { state } = store;
  let shown = "";
  const follow = () => {
    const { parts, verdict } = captionNow(state);
    const text = JSON.stringify([parts, verdict]);
    if (text === shown) return;
    shown = text;
    const line = make("span", { class: "caption-line" }, textParts(parts, runsNow(state)));
    root.classList.toggle("is-verdict", verdict);
    root.replaceChildren(line);
  };
  store.on(["time", "race", "start", "changes", "asked", "training"], follow);
  follow();
}
