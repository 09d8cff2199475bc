/** Keyboard: what each key does, and the panel that says so. */

import { goTo, goToChapter, stepBy, togglePlay } from "./clock.js";
import { make } from "./layout.js";
import { runsNow, toggleHidden, toggleOnly } from "./run_focus.js";
import { toggleFullScreen, togglePanel } from "./tools.js";
import { changeSpeed } from "./transport.js";

const HELP = [
  [["Space"], "play, pause"],
  [["←", "→"], "one step back, on"],
  [["⇧", "←", "→"], "ten steps"],
  [["[", "]"], "caption before, after"],
  [["Home", "End"], "first, last step"],
  [["1", "to", "N"], "show only this run; again: all"],
  [["⇧", "1", "to", "N"], "hide, show this run"],
  [["S"], "start: then arrows move it"],
  [["E"], "explore"],
  [["A"], "arrows inside the step"],
  [["V"], "hill, map"],
  [["C"], "copy the scene"],
  [["−", "+"], "slower, faster"],
  [["Esc"], "close; give the keys back"],
];

/** Put the focus on what a letter names, after the next frame has shown it. */
function focusOn(name) {
  requestAnimationFrame(() => document.querySelector(`[data-key="${name}"]`)?.focus());
}

/** What Escape closes: the innermost thing that is open. */
function escape(store) {
  const { state } = store;
  if (state.dragging) store.set({ dropped: {} });
  else if (state.pinned || state.hover) store.set({ pinned: null, hover: null });
  else if (state.panel !== "views" && state.panel !== "ask") store.set({ panel: "views" });
  else if (document.fullscreenElement) document.exitFullscreen();
  else {
    document.activeElement?.blur?.();
    if (window.parent !== window) window.parent.focus(); // the slides around it have their arrows back
  }
}

/** What each key does; it is given the event. */
function actionsOf(store) {
  const { state } = store;
  const unit = state.scene.perUnit;
  const toggle = (key) => () => store.set({ [key]: !state[key] });
  return {
    " ": () => togglePlay(store),
    ArrowLeft: (event) => stepBy(store, -unit * (event.shiftKey ? 10 : 1)),
    ArrowRight: (event) => stepBy(store, unit * (event.shiftKey ? 10 : 1)),
    "[": () => goToChapter(store, -1),
    "]": () => goToChapter(store, 1),
    Home: () => goTo(store, 0, { playing: false }),
    End: () => goTo(store, state.scene.steps, { playing: false }),
    s: () => focusOn("start"),
    p: () => {
      store.set({ panel: "explore" });
      focusOn("pad");
    },
    e: () => togglePanel(store, "explore"),
    a: toggle("arrows"),
    n: toggle("names"),
    v: () => state.scene.panels.some(({ kind }) => kind === "hill") && store.set({ swapped: !state.swapped }),
    0: () => store.set({ bestView: {} }),
    c: (event) => store.set({ copying: { what: event.shiftKey ? "link" : "scene" }, panel: "share" }),
    "-": () => changeSpeed(store, -1),
    "−": () => changeSpeed(store, -1),
    "+": () => changeSpeed(store, 1),
    "=": () => changeSpeed(store, 1),
    t: () => store.set({ theme: state.theme === "dark" ? "light" : "dark" }),
    f: toggleFullScreen,
    "?": () => togglePanel(store, "keys"),
  };
}

/**
 * Listen to keys, and fill the panel.
 * @param {HTMLElement} root
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountKeys(root, store) {
  const { state } = store;
  const count = String(Math.min(state.scene.runs.length, 9));
  const cap = (word) => (word === "to" ? ` ${word} ` : make("kbd", {}, [word === "N" ? count : word]));
  const told = HELP.filter(([caps]) => !caps.includes("N") || state.scene.runs.length > 1);
  const rows = told.map(([caps, words]) =>
    make("div", {}, [make("dt", {}, caps.map(cap)), make("dd", {}, [words])]),
  );
  root.append(make("h2", {}, ["Keys"]), make("dl", { class: "keys" }, rows));
  const actions = actionsOf(store);

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey) return;
    const inField = event.target.matches?.("input, textarea, select, [contenteditable]");
    if (event.key === "Escape") {
      if (inField) event.target.blur();
      else escape(store);
      return;
    }
    if (inField || (event.key === " " && event.target.closest?.("button:not(#play), [role=button]"))) return;
    const waits = state.scene.ask && !state.asked && state.time >= state.scene.ask.time;
    const digit = /^Digit([1-9])$/.exec(event.code)?.[1];
    if (digit && !waits) {
      const run = runsNow(state)[Number(digit) - 1];
      if (!run) return;
      (event.shiftKey ? toggleHidden : toggleOnly)(store, run.label);
      event.preventDefault();
      return;
    }
    const act = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act || (digit && waits) || (event.altKey && !event.key.startsWith("Arrow"))) return;
    event.preventDefault();
    act(event);
  });
  // a button that was pressed with the pointer does not keep Space for itself
  document.addEventListener("click", (event) => {
    if (event.detail > 0) event.target.closest?.("button")?.blur();
  });
}
