/** Presenter mode and print: what fades in full screen, and what the page is on paper. */

import { make } from "./layout.js";
import { numberText } from "./number_text.js";
import { resultRows } from "./numbers.js";
import { runsNow } from "./run_focus.js";
import { textParts } from "./run_label.js";
import { typeScale } from "./themes.js";

const PAPER = 1032; // pixels across an A4 sheet on its side, without its margins
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

/** On paper the page keeps the pixels of the screen, as large as the paper allows. */
function keepForm(printing) {
  const root = document.documentElement;
  const page = document.getElementById("page");
  const [wide, high] = [window.innerWidth, window.innerHeight];
  const scale = typeScale();
  const kept = { "--w": wide, "--h": high, "--u": scale, "--k": Math.min(scale, 1.12) };
  root.classList.toggle("printing", printing);
  for (const [name, value] of Object.entries(kept)) {
    root.style.setProperty(name, printing ? `${value}px` : null);
  }
  page.style.width = printing ? `${wide}px` : "";
  page.style.zoom = printing ? String(Math.min(PAPER / wide, 1.2)) : "";
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
    keepForm(true);
    store.set({ theme: "light" });
    store.flush();
  });
  window.addEventListener("afterprint", () => {
    keepForm(false);
    store.set({ theme });
  });
}
