/** Presenter mode and print: what fades in full screen, and what the page is on paper. */

import { make } from "./layout.js";
import { numberText } from "./number_text.js";
import { resultRows } from "./numbers.js";
import { runsNow } from "./run_focus.js";
import { textParts } from "./run_label.js";

const IDLE = 3000; // milliseconds without a pointer or a key

/** In full screen, fade the tools when nothing was touched for a while. */
export function startPresenter() {
  const root = document.documentElement;
  let waiting = 0;
  const stir = () => {
    clearTimeout(waiting);
    root.classList.remove("is-idle");
    if (document.fullscreenElement) waiting = setTimeout(() => root.classList.add("is-idle"), IDLE);
  };
  for (const kind of ["pointermove", "pointerdown", "keydown", "fullscreenchange"]) {
    document.addEventListener(kind, stir);
  }
}

/**
 * On paper: the light theme, all captions as a list, and the numbers.
 * @param {HTMLElement} root
 * @param {import("./store.js").Store} store
 */
export function preparePrint(root, store) {
  const { state } = store;
  let theme = "";

  window.addEventListener("beforeprint", () => {
    theme = state.theme;
    const hides = state.scene.ask && !state.asked;
    const runs = runsNow(state);
    const lines = state.scene.captions.filter((line) => !hides || line.time <= state.scene.ask.time);
    const { unit, perUnit, verdict, name } = state.scene;
    const items = lines.map(({ time, text }) =>
      make("li", {}, [`${unit} ${numberText(time / perUnit)}: `, ...textParts(text, runs)]),
    );
    if (!hides && verdict) items.push(make("li", {}, textParts(verdict, runs)));
    root.replaceChildren(
      make("ul", {}, items),
      make("table", { class: "numbers" }, resultRows(state)),
      make("p", {}, [location.protocol === "file:" ? `${name}.html${location.hash}` : location.href]),
    );
    store.set({ theme: "light" });
    store.flush();
  });
  window.addEventListener("afterprint", () => store.set({ theme }));
}
