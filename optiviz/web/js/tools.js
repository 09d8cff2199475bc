/** Tools: the buttons above the page, the chips above the stage, and the frame of the left panel. */

import { icon } from "./icons.js";
import { CURVES, headingOf, make } from "./layout.js";

/**
 * A button with an icon and a word.
 * @param {string} iconName
 * @param {string} word
 * @param {() => void} press
 * @param {Object<string, string>} [attributes]
 * @returns {HTMLButtonElement}
 */
export function iconButton(iconName, word, press, attributes = {}) {
  const found = make("button", { type: "button", ...attributes }, [icon(iconName), make("span", {}, [word])]);
  found.addEventListener("click", press);
  return found;
}

/**
 * Open a panel in the left column, or close it.
 * @param {import("./store.js").Store} store
 * @param {string} name
 */
export function togglePanel(store, name) {
  store.set({ panel: store.state.panel === name ? "views" : name });
}

/** Go to full screen, or leave it. */
export function toggleFullScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen?.().catch(() => {});
}

/**
 * Buttons above the page.
 * @param {HTMLElement} root
 * @param {import("./store.js").Store} store
 */
export function mountTools(root, store) {
  const { state } = store;
  const panels = { explore: ["explore", "Explore"], share: ["share", "Share"] };
  const buttons = {};
  for (const [name, [sign, word]] of Object.entries(panels)) {
    buttons[name] = iconButton(sign, word, () => togglePanel(store, name), { id: `tool-${name}` });
  }
  const bare = (sign, word, press) => iconButton(sign, word, press, { class: "bare", id: `tool-${sign}` });
  const theme = bare("dark", "Dark", () => store.set({ theme: state.theme === "dark" ? "light" : "dark" }));
  buttons.keys = bare("keys", "Keys", () => togglePanel(store, "keys"));
  const full = bare("full", "Full screen", toggleFullScreen);
  root.append(buttons.explore, buttons.share, theme, buttons.keys, full);
  if (!document.fullscreenEnabled) full.hidden = true;
  document.addEventListener("fullscreenchange", () => {
    full.setAttribute("aria-pressed", String(Boolean(document.fullscreenElement)));
  });

  function follow() {
    for (const [name, button] of Object.entries(buttons)) {
      button.setAttribute("aria-expanded", String(state.panel === name));
    }
    const other = state.theme === "dark" ? "Light" : "Dark";
    theme.replaceChildren(icon(other.toLowerCase()), make("span", {}, [other]));
    document.documentElement.dataset.theme = state.theme;
  }
  store.on(["panel", "theme"], follow);
  follow();
}

/**
 * Chips above the stage: what it shows.
 * @param {HTMLElement} root
 * @param {import("./store.js").Store} store
 */
export function mountChips(root, store) {
  const { state } = store;
  const kinds = state.scene.panels.map(({ kind }) => kind);
  const chips = {};
  const add = (key, sign, word) => {
    const press = () => store.set({ [key]: !state[key] });
    chips[key] = iconButton(sign, word, press, { class: "chip", id: `chip-${key}` });
    root.append(chips[key]);
  };
  if (kinds.includes("map")) {
    add("names", "names", "Names");
    if (state.scene.runs.some((run) => !run.recorded)) add("arrows", "arrows", "Arrows");
    if (kinds.includes("hill")) add("swapped", "swap", "Hill");
  }
  const follow = () => {
    for (const [key, chip] of Object.entries(chips)) {
      chip.setAttribute("aria-pressed", String(Boolean(state[key])));
    }
  };
  store.on(["names", "arrows", "swapped"], follow);
  follow();
}

/**
 * The panel in the left column: shows the one that is open, closes it, gives the focus back.
 * @param {HTMLElement} root
 * @param {import("./store.js").Store} store
 */
export function mountPanelFrame(root, store) {
  const { state } = store;
  let opener = null;
  let before = state.panel;
  const close = iconButton("close", "Close", () => store.set({ panel: "views" }), { class: "close bare" });
  root.append(close);

  function follow() {
    const open = state.panel !== "views";
    root.hidden = !open;
    document.documentElement.classList.toggle("panel-open", open);
    for (const child of root.querySelectorAll(":scope > [data-panel]")) {
      child.hidden = child.dataset.panel !== state.panel;
    }
    close.hidden = state.panel === "ask" || state.panel === "explore";
    if (open && before === "views") opener = document.activeElement;
    if (open && state.panel !== before) {
      root.setAttribute("aria-label", state.panel[0].toUpperCase() + state.panel.slice(1));
      root.focus({ preventScroll: true });
    }
    if (!open && before !== "views" && root.contains(document.activeElement)) opener?.focus?.();
    before = state.panel;
  }
  store.on(["panel"], follow);
  follow();
}

/**
 * Tabs of a narrow page: which view is the stage.
 * @param {HTMLElement} root
 * @param {import("./store.js").Store} store
 */
export function mountTabs(root, store) {
  const { state } = store;
  const tabs = state.scene.panels.map((panel, k) => {
    const word = panel.kind === "hill" ? "Hill" : headingOf(panel)[0];
    const tab = make("button", { type: "button" }, [word]);
    tab.addEventListener("click", () => store.set({ tab: k }));
    return tab;
  });
  root.append(...tabs);
  root.hidden = tabs.length < 2;
  const follow = () => tabs.forEach((tab, k) => tab.setAttribute("aria-pressed", String(k === state.tab)));
  store.on(["tab"], follow);
  follow();
}

/**
 * Which of several views stands beside the stage.
 * @param {HTMLElement} root
 * @param {import("./store.js").Store} store
 */
export function mountPick(root, store) {
  const { state } = store;
  const every = state.scene.panels.map((panel, k) => ({ panel, k })).slice(1);
  const choices = every.filter(({ panel }) => !CURVES.includes(panel.kind));
  root.hidden = choices.length < 2;
  document.documentElement.classList.toggle("has-pick", !root.hidden);
  const buttons = choices.map(({ panel, k }) => {
    const button = make("button", { type: "button" }, [headingOf(panel)[0] || `${k + 1}`]);
    button.addEventListener("click", () => store.set({ small: k }));
    return { button, k };
  });
  root.append(...buttons.map(({ button }) => button));
  const follow = () => {
    const shown = state.small ?? choices[0]?.k;
    for (const { button, k } of buttons) button.setAttribute("aria-pressed", String(k === shown));
  };
  store.on(["small"], follow);
  follow();
}
