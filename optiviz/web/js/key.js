/** Key: one button a run, with its marker, its name and its loss at the present step. */

import { make } from "./layout.js";
import { markerElement } from "./markers.js";
import { numberText } from "./number_text.js";
import { horizonOf } from "./clock.js";
import { focusedRun, isShown, runsNow, toggleHidden, toggleOnly } from "./run_focus.js";
import { runLabel, runMarker, wearColor } from "./run_label.js";
import { fontOf, textWidth, typeScale } from "./themes.js";

/**
 * Fill the key.
 * @param {HTMLElement} root
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountKey(root, store) {
  const { state } = store;
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Runs");
  const note = make("span", { class: "key-note" }, ["number: the loss now"]);
  const more = make("button", { type: "button", class: "key-more" }, ["Numbers"]);
  more.addEventListener("click", () => store.set({ panel: "numbers" }));
  let [rows, labels] = [[], ""];

  function rowOf(run) {
    const hollow = markerElement(run.marker);
    hollow.classList.add("hollow");
    wearColor(hollow, run);
    const name = runLabel(run);
    name.classList.add("name");
    const number = make("span", { class: "number" });
    const row = make("button", { type: "button", class: "key-row", title: run.rule });
    row.append(runMarker(run), hollow, name, number);
    row.addEventListener("click", (event) => {
      if (event.shiftKey) toggleHidden(store, run.label);
      else if (event.altKey) toggleOnly(store, run.label);
      else if (isShown(state, run.label)) pin(run.label);
      else store.set({ hidden: state.hidden.filter((one) => one !== run.label), only: null });
    });
    const look = (hover) => () => store.set({ hover });
    row.addEventListener("pointerenter", look({ run: run.label, step: null }));
    row.addEventListener("pointerleave", look(null));
    row.addEventListener("focus", () => {
      if (row.matches(":focus-visible")) store.set({ hover: { run: run.label, step: null } });
    });
    row.addEventListener("blur", look(null));
    return { run, row, number, text: "" };
  }

  function pin(label) {
    const same = state.pinned?.run === label;
    store.set({ pinned: same ? null : { run: label, step: null }, selected: label });
  }

  /** The number of a run: its loss now, or what became of it. */
  function numberOf(result) {
    if (!isShown(state, result.label)) return "hidden";
    const time = Math.min(state.time, horizonOf(state));
    if (result.stopped >= 0 && time >= result.stopped) {
      return `left at ${numberText(Math.ceil(result.stopped / state.scene.perUnit))}`;
    }
    const loss = result.losses[Math.min(Math.floor(time + 1e-9), result.losses.length - 1)];
    const text = numberText(loss, 3, true);
    return text.length > 7 ? numberText(loss, 2, true) : text;
  }

  function build() {
    const runs = runsNow(state);
    const now = runs.map(({ label, marker }) => `${label} ${marker}`).join("\n") + state.fonts;
    if (now === labels) return;
    labels = now;
    rows = runs.map(rowOf);
    const wide = Math.max(...runs.map(({ label }) => textWidth(label, fontOf(19, true)) / typeScale()), 0);
    document.documentElement.style.setProperty("--key", String(Math.min(Math.max(194, wide + 96), 236)));
    root.replaceChildren(...rows.map(({ row }) => row), note, more);
    rows.forEach(({ row }, k) => row.setAttribute("tabindex", k === 0 ? "0" : "-1"));
  }

  function follow() {
    const focused = focusedRun(state);
    rows.forEach((one, k) => {
      const text = state.race[k] ? numberOf(state.race[k]) : "";
      if (text !== one.text) one.number.textContent = one.text = text;
      const shown = isShown(state, one.run.label);
      one.row.classList.toggle("is-hidden", !shown);
      one.row.classList.toggle("is-focused", focused === one.run.label);
      one.row.classList.toggle("is-dim", Boolean(focused) && focused !== one.run.label);
      one.row.setAttribute("aria-pressed", String(state.pinned?.run === one.run.label));
    });
  }

  root.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const at = rows.findIndex(({ row }) => row === document.activeElement);
    if (!step || at < 0) return;
    event.preventDefault();
    event.stopPropagation();
    const next = rows[(at + step + rows.length) % rows.length].row;
    rows.forEach(({ row }) => row.setAttribute("tabindex", row === next ? "0" : "-1"));
    next.focus();
  });
  store.on(["race", "fonts"], build);
  store.on(["race", "fonts", "time", "hidden", "only", "hover", "pinned", "asked"], follow); // after `build`
  build();
  follow();
}
