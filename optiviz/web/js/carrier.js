/** Carrier: tells the state to a notebook that shows the page and asks for it; to nobody else. */

import { tomlLines } from "./as_toml.js";

const ASKED = "optiviz:state";
const SETTLED_FOR = 150; // ms without a change after which the state is told
const TOLD_OF = ["start", "changes", "time", "hidden", "playing", "dragging"];

/**
 * What a notebook is told.
 * @param {Object<string, any>} state
 * @returns {{start: number[], time: number, changes: object, toml: string}}
 */
export function stateForCarrier(state) {
  const toml = tomlLines(state).map(({ text }) => `${text}\n`).join("");
  return { start: [...state.start], time: state.time, changes: state.changes, toml };
}

/**
 * Answer the page around this one, if there is one and it asks.
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountCarrier(store) {
  if (window.parent === window) return;
  let asked = false;
  let timer = 0;

  function tell() {
    if (!asked || store.state.playing || store.state.dragging) return;
    window.parent.postMessage({ optiviz: stateForCarrier(store.state) }, "*"); // it has no origin
  }
  window.addEventListener("message", (event) => {
    if (event.source === window.parent && event.data === ASKED) asked = true;
  });
  store.on(TOLD_OF, () => {
    clearTimeout(timer);
    timer = setTimeout(tell, SETTLED_FOR);
  });
}
