/** Ask card: votes before the reveal, order after it. */

import { arrivalsOf } from "./arrivals.js";
import { horizonOf } from "./clock.js";
import { button } from "./controls.js";
import { make } from "./layout.js";
import { numberText } from "./number_text.js";
import { runLabel, runMarker } from "./run_label.js";

const MOST_CHOICES = 6;

/**
 * Whether the page waits for an answer.
 * @param {Object<string, any>} state
 * @returns {boolean}
 */
export function isWaiting(state) {
  const { scene, asked, time, playing } = state;
  return Boolean(scene.ask) && !asked && !playing && time >= horizonOf(state);
}

/**
 * Votes with one hand more, or one less.
 * @param {Object<string, number>} votes by label
 * @param {string} label
 * @param {number} hands 1 or -1
 * @returns {Object<string, number>}
 */
export function withHand(votes, label, hands) {
  return { ...votes, [label]: Math.max((votes[label] ?? 0) + hands, 0) };
}

/**
 * Fill the card; it shows itself while a question is open.
 * @param {HTMLElement} root where it is drawn
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountAsk(root, store) {
  const { scene } = store.state;
  if (!scene.ask) return;
  root.classList.add("ask");
  const title = make("h2", {}, ["Your guess?"]);
  const how = make("p", { class: "how" }, ["One press, one hand. Shift takes one back."]);
  const list = make("div", { class: "choices", role: "group", "aria-label": scene.ask.question });
  const reveal = button(["Reveal ", make("kbd", {}, ["Enter"])], () => answer(store), { class: "filled" });
  const skip = button(["Skip"], () => answer(store, true), { class: "outlined" });
  const close = button(["Close"], () => store.set({ panel: "views" }), { class: "filled" });
  const note = make("p", { class: "note", role: "status" });
  root.append(title, how, list, make("div", { class: "row" }, [reveal, skip, close]), note);
  const runs = scene.runs.slice(0, MOST_CHOICES);
  const rows = runs.map((run, k) => choice(run, k, store));
  list.append(...rows.map((row) => row.element));
  let last = "";

  function hand(label, hands) {
    if (!label) return;
    last = label;
    store.set({ votes: withHand(store.state.votes, label, hands) });
  }
  rows.forEach((row, k) => row.element.addEventListener("click", (event) => {
    if (!store.state.asked) hand(runs[k].label, event.shiftKey ? -1 : 1);
  }));

  function update() {
    const { votes, asked, panel } = store.state;
    if (isWaiting(store.state) && panel === "views") store.set({ panel: "ask" });
    const total = Object.values(votes).reduce((sum, count) => sum + count, 0);
    const arrived = asked ? arrivalsOf(store.state) : [];
    title.textContent = asked ? "The answer" : "Your guess?";
    how.hidden = asked;
    reveal.hidden = asked;
    skip.hidden = asked;
    close.hidden = !asked;
    rows.forEach((row) => row.update({ votes, total, last, arrived, asked }));
    if (asked) list.append(...ordered(rows, arrived).map((row) => row.element));
    note.textContent = asked ? sentence(runs, votes, total, arrived) : waitingWords(store.state, total);
  }
  store.on(["votes", "asked", "panel", "time", "playing", "race"], update);
  document.addEventListener("keydown", (event) => pressInAsk(event, store, runs, hand), true);
  update();
}

/** Digits are hands, Enter reveals. */
function pressInAsk(event, store, runs, hand) {
  if (!isWaiting(store.state) || store.state.panel !== "ask" || event.ctrlKey || event.metaKey) return;
  if (event.target.matches?.("input, textarea, select")) return;
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1];
  if (digit) {
    hand(runs[Number(digit) - 1]?.label, event.shiftKey ? -1 : 1);
  } else if (event.key === "Enter" && !event.target.closest?.(".ask .row button, #tools")) {
    answer(store);
  } else {
    return;
  }
  event.preventDefault();
  event.stopPropagation();
}

function answer(store, skipped = false) {
  store.set({ asked: true, playing: true, ...(skipped ? { panel: "views", votes: {} } : {}) });
}

function choice(run, index, store) {
  const strip = make("span", { class: "strip" });
  const count = make("b", { class: "count" });
  const told = make("span", { class: "arrival" });
  const element = make("button", { type: "button", class: "choice" }, [
    make("kbd", {}, [String(index + 1)]), runMarker(run), runLabel(run), told, count, strip,
  ]);
  return {
    element,
    label: run.label,
    update({ votes, total, last, arrived, asked }) {
      const own = votes[run.label] ?? 0;
      count.textContent = asked && total === 0 ? "" : String(own);
      count.classList.toggle("none", own === 0);
      strip.style.width = `${total > 0 ? (100 * own) / total : 0}%`;
      element.classList.toggle("last", !asked && last === run.label);
      const place = arrived.findIndex((one) => one.label === run.label);
      const { perUnit } = store.state.scene;
      told.textContent = !asked ? "" : place < 0 ? "not yet"
        : `${arrived[place].word} at ${numberText(Math.ceil(arrived[place].step / perUnit - 1e-9))}`;
      element.classList.toggle("right", asked && place === 0);
      element.setAttribute("aria-label", `${run.label}, ${own} ${own === 1 ? "hand" : "hands"}${
        told.textContent ? `, ${told.textContent}` : ""}`);
    },
  };
}

/** Rows in the order of arrival; those that never arrive come last. */
function ordered(rows, arrived) {
  const place = (row) => {
    const found = arrived.findIndex((one) => one.label === row.label);
    return found < 0 ? arrived.length : found;
  };
  return [...rows].sort((a, b) => place(a) - place(b));
}

function waitingWords({ scene }, total) {
  const votes = `${total} ${total === 1 ? "vote" : "votes"}`;
  const step = numberText(Math.floor(scene.ask.time / scene.perUnit));
  return `${votes}, kept in this window only. Until you reveal, nothing past ${scene.unit} ${step} `
    + "is drawn, told or copied.";
}

/** What was guessed and what came: "RMSprop out at 4: 2 of 19". */
function sentence(runs, votes, total, arrived) {
  const voted = runs.filter((run) => votes[run.label] > 0).map((run) => run.label);
  const [first] = arrived;
  if (!first) return "";
  const right = `${first.label} ${first.word} at ${first.step}`;
  if (total === 0) return `${right}.`;
  if (total === 1) return `You say ${voted[0]}. ${right}.`;
  return `${right}: ${votes[first.label] ?? 0} of ${total}.`;
}
