/** Bar: the time of the clip with its chapters, arrivals, ticks and stops; press anywhere to go there. */

import { arrivalsOf } from "./arrivals.js";
import { drawBarTicks } from "./bar_ticks.js";
import { isChanged } from "./changes.js";
import { chaptersOf, goTo, horizonOf, shareOfTime, timeOfShare } from "./clock.js";
import { layer, make, onResize, wiped } from "./layout.js";
import { numberText } from "./number_text.js";
import { runsNow } from "./run_focus.js";
import { runMarker, wearColor } from "./run_label.js";
import { fontOf, isNarrow, paintOf, typeScale } from "./themes.js";

const SPILL = 20; // pixels that the ticks' numbers reach beyond the ends of the track

/**
 * Fill the bar.
 * @param {HTMLElement} root
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountBar(root, store) {
  const { state } = store;
  const { scene } = state;
  const row = (name, more = {}) => make("div", { class: `bar-${name}`, ...more });
  const [names, badges, track] = [row("names"), row("badges"), row("track")];
  const [veil, hair] = [row("veil", { hidden: "" }), row("hair", { hidden: "" })];
  veil.append(make("span", {}, ["hidden until you reveal"]));
  const bubble = make("span", { class: "bar-bubble", hidden: "" });
  const knob = row("knob", { tabindex: "0", role: "slider", "aria-label": "Time" });
  knob.append(bubble);
  const ticks = layer(root, "ticks");
  root.append(names, badges, track, veil, hair, knob);
  const chapters = chaptersOf(scene);
  const parts = chapters.map((chapter, k) => {
    const fill = make("i");
    const piece = make("span", { class: "bar-piece" }, [fill]);
    const name = make("span", { class: "bar-name" });
    const run = scene.runs.find(({ label }) => label === chapter.run);
    if (run) wearColor(name, run);
    track.append(piece);
    names.append(name);
    return { ...chapter, k, fill, piece, name };
  });
  const part = (share) => `${100 * share}%`;
  let width = 0;

  /** Pieces of the track; between two lies the rest of the caption. */
  function placePieces() {
    const gap = 4 / Math.max(width, 1);
    parts.forEach((one, k) => {
      one.from = shareOfTime(scene, one.time);
      one.to = shareOfTime(scene, one.end) - (k < parts.length - 1 ? gap : 0);
      one.piece.style.left = part(one.from);
      one.piece.style.width = part(Math.max(one.to - one.from, 0));
    });
    nameChapters();
  }

  /** The name of each chapter that has room for it, else its number. */
  function nameChapters() {
    const limit = horizonOf(state);
    const live = isChanged(state);
    let taken = -99;
    const current = parts.findLast(({ time }) => time <= state.time + 1e-9);
    for (const one of parts) {
      const room = (one.to - one.from) * width;
      one.name.style.left = part(one.from);
      one.name.textContent = one.name_ ??= one.name.textContent || chapters[one.k].name || String(one.k);
      one.name.classList.toggle("is-current", one === current);
      one.name.hidden = limit < scene.steps || (live && one.k > 0) || isNarrow();
      if (one.name.hidden) continue;
      if (one.name.offsetWidth > room - 6 && one !== current) one.name.textContent = String(one.k);
      const left = one.from * width;
      const spill = one === current ? 200 : 0;
      if (left < taken + 6 || one.name.offsetWidth > room + spill) one.name.hidden = true;
      else taken = left + one.name.offsetWidth;
    }
  }

  function placeBadges() {
    const runs = new Map(runsNow(state).map((run) => [run.label, run]));
    const limit = horizonOf(state);
    const rows = [-99, -99];
    const shown = arrivalsOf(state).filter(({ step }) => limit >= scene.steps || step <= limit);
    badges.replaceChildren(
      ...shown.map(({ label, step, word }) => {
        const told = `${label} ${word} at ${numberText(Math.ceil(step / scene.perUnit - 1e-9))}`;
        const badge = make("button", { type: "button", class: "badge", title: told, tabindex: "-1" });
        badge.setAttribute("aria-label", told);
        badge.append(runMarker(runs.get(label)));
        let x = shareOfTime(scene, step) * width;
        if (!isNarrow() && x < rows[0] + 13) x = rows[0] + 13; // beside each other where they came together
        badge.style.left = `${x}px`;
        const row = x - rows[0] >= 13 ? 0 : 1;
        rows[row] = x;
        badge.classList.toggle("is-above", row === 1 && isNarrow());
        badge.dataset.step = step;
        badge.addEventListener("pointerenter", () => store.set({ hover: { run: label, step } }));
        badge.addEventListener("pointerleave", () => store.set({ hover: null }));
        badge.addEventListener("click", () => goTo(store, step));
        return badge;
      }),
    );
  }

  function followTime() {
    const limit = horizonOf(state);
    const time = Math.min(state.time, limit);
    const share = shareOfTime(scene, time);
    for (const one of parts) {
      const filled = one.to > one.from ? (share - one.from) / (one.to - one.from) : 0;
      one.fill.style.width = part(Math.min(Math.max(filled, 0), 1));
    }
    knob.style.left = part(share);
    const current = parts.findLast((one) => one.time <= time + 1e-9);
    const shown = Math.floor(time / scene.perUnit + 1e-9);
    bubble.textContent = numberText(shown);
    knob.setAttribute("aria-valuemin", "0");
    knob.setAttribute("aria-valuemax", String(scene.steps / scene.perUnit));
    knob.setAttribute("aria-valuenow", String(shown));
    const chapter = chapters.length > 1 ? `, chapter ${(current?.k ?? 0) + 1} of ${chapters.length}` : "";
    knob.setAttribute("aria-valuetext", `${scene.unit} ${numberText(shown)}${chapter}`);
    if (current && !current.name.classList.contains("is-current")) nameChapters();
    const stopped = limit < scene.steps;
    veil.hidden = !stopped;
    if (stopped) veil.style.left = part(shareOfTime(scene, limit));
  }

  function followHover() {
    const { hover } = state;
    hair.hidden = hover?.step === null || hover?.step === undefined;
    if (!hair.hidden) hair.style.left = part(shareOfTime(scene, hover.step));
  }

  function drawTicks() {
    if (width < 20) return;
    const u = typeScale();
    const pen = wiped(ticks, width + 2 * SPILL, 34 * u);
    drawBarTicks(pen, scene, { left: SPILL, width, top: 2 }, paintOf(state.theme), fontOf(15, false));
  }

  // ---- pressing and dragging

  let resumes = false;
  const seek = (event) => {
    const box = track.getBoundingClientRect();
    const time = timeOfShare(scene, (event.clientX - box.left) / box.width);
    goTo(store, event.altKey ? time : Math.round(time / scene.perUnit) * scene.perUnit);
  };
  root.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.target.closest(".badge")) return;
    event.preventDefault();
    knob.focus({ focusVisible: false, preventScroll: true });
    root.setPointerCapture(event.pointerId);
    root.classList.add("is-dragged");
    bubble.hidden = event.pointerType !== "touch";
    resumes = state.playing;
    store.set({ playing: false, scrubbing: true });
    seek(event);
  });
  root.addEventListener("pointermove", (event) => root.classList.contains("is-dragged") && seek(event));
  const release = () => {
    if (!root.classList.contains("is-dragged")) return;
    root.classList.remove("is-dragged");
    bubble.hidden = true;
    store.set({ scrubbing: false, playing: resumes });
  };
  root.addEventListener("pointerup", release);
  root.addEventListener("pointercancel", release);

  onResize(track, (size) => {
    width = size.width;
    placePieces();
    placeBadges();
    drawTicks();
    followTime();
  });
  store.on(["race", "changes", "start", "asked", "fonts", "narrow"], () => {
    nameChapters();
    placeBadges();
  });
  store.on(["theme", "fonts"], drawTicks);
  store.on(["time", "asked"], followTime);
  store.on(["hover"], followHover);
}
