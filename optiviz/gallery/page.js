"use strict";
(() => {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  document.documentElement.classList.add("js"); // the wall is folded up: without a script all is open

  // A clip plays for as long as there is a reason: the mouse over it, the keyboard on it, it is pinned or
  // was started by hand. Where less motion is wished, only the last one counts.
  const player = (clip, word) => {
    const picture = clip.querySelector("img");
    const poster = picture.getAttribute("src");
    const reasons = new Set();
    let playing = false;
    let video = null;
    const show = () => {
      const wanted = calm.matches ? reasons.has("hand") : reasons.size > 0;
      if (wanted === playing || !clip.dataset.clip) return;
      playing = wanted;
      word.textContent = playing ? "Stop" : "Play";
      if (clip.dataset.kind === "picture") {
        picture.src = playing ? clip.dataset.clip : poster;
      } else if (playing) {
        video = document.createElement("video");
        Object.assign(video, { src: clip.dataset.clip, muted: true, loop: true, playsInline: true });
        clip.append(video);
        video.play().catch(() => {}); // stopped before it began
      } else {
        video.remove();
        video = null;
      }
    };
    return {
      set(reason, on) {
        if (on) reasons.add(reason);
        else reasons.delete(reason);
        show();
      },
      toggle() {
        const on = !playing;
        reasons.clear();
        if (on) reasons.add("hand");
        show();
      },
    };
  };

  // The page of a scene in the place of its clip: one at a time, as a browser has few drawing contexts for hills.
  // What is in the frame reaches nothing out of it; Escape in it gives the keys back.
  let touched = null;
  const leave = () => {
    if (!touched) return;
    touched.frame.remove();
    touched.button.querySelector("span").textContent = "Touch";
    touched.button.setAttribute("aria-pressed", "false");
    touched = null;
  };
  const touch = (clip, button) => {
    const again = touched?.button === button;
    leave();
    if (again) return;
    const frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "allow-scripts");
    frame.title = button.querySelector("small").textContent;
    frame.src = button.dataset.page;
    clip.append(frame);
    button.querySelector("span").textContent = "Leave";
    button.setAttribute("aria-pressed", "true");
    touched = { button, frame };
  };

  // A click enlarges a card and pins it; another one, or Escape, folds it up again.
  const pins = new Map();
  for (const card of document.querySelectorAll(".card")) {
    const [clip, link, button] = [".clip", ".pin", ".play"].map((name) => card.querySelector(name));
    const film = player(clip, button?.querySelector("span"));
    if (button) button.hidden = false;
    link.setAttribute("aria-expanded", "false");
    const pin = (on) => {
      card.classList.toggle("pinned", on);
      link.setAttribute("aria-expanded", String(on));
      film.set("pinned", on);
      if (!on && touched?.frame.parentElement === clip) leave();
      if (!on) ["hand", "mouse", "focus"].forEach((reason) => film.set(reason, false));
      if (on) card.scrollIntoView({ block: "nearest" });
    };
    pins.set(card.id, pin);
    const toggle = (event) => {
      event.preventDefault();
      const on = !card.classList.contains("pinned");
      pin(on);
      history.replaceState(null, "", on ? `#${card.id}` : location.pathname + location.search);
    };
    const mouse = (on) => (event) => event.pointerType === "mouse" && film.set("mouse", on);
    clip.addEventListener("pointerenter", mouse(true));
    clip.addEventListener("pointerleave", mouse(false));
    clip.addEventListener("click", toggle);
    link.addEventListener("click", toggle);
    link.addEventListener("focus", () => link.matches(":focus-visible") && film.set("focus", true));
    link.addEventListener("blur", () => film.set("focus", false));
    button?.addEventListener("click", film.toggle);
    const page = card.querySelector(".touch");
    if (page) page.hidden = false;
    page?.addEventListener("click", () => {
      pin(true);
      touch(clip, page);
    });
    card.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !card.classList.contains("pinned")) return;
      pin(false);
      link.focus();
    });
  }
  const wanted = () => {
    let name = location.hash.slice(1);
    try { name = decodeURIComponent(name); } catch { /* a lone % is part of a name */ }
    pins.get(name)?.(true);
  };
  addEventListener("hashchange", wanted);
  wanted();

  // A command or a scene file to the clipboard; where a page may not do that, it is at least selected.
  const copied = (text, source) => {
    const byHand = () => {
      getSelection().selectAllChildren(source);
      return document.execCommand("copy");
    };
    if (!navigator.clipboard) return Promise.resolve(byHand());
    return navigator.clipboard.writeText(text).then(() => true, byHand);
  };
  for (const button of document.querySelectorAll(".copy")) {
    const source = button.parentElement.querySelector("code");
    button.addEventListener("click", async () => {
      const done = await copied(source.textContent, source);
      button.textContent = done ? "Copied" : "Selected: press Ctrl+C";
      setTimeout(() => { button.textContent = "Copy"; }, 2500);
    });
  }

  // All words have to be in a card, wherever in it, or in the name of its section.
  const told = (card, section) =>
    `${card.textContent} ${card.querySelector("img").alt} ${section.querySelector("h2").textContent}`;
  const sections = [...document.querySelectorAll("section")].map((section) => [
    section,
    [...section.querySelectorAll(".card")].map((card) => [card, told(card, section).toLowerCase()]),
  ]);
  const field = document.getElementById("filter");
  const count = document.getElementById("count");
  const all = count.textContent;
  field.closest("p").hidden = false;
  const filter = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const [section, cards] of sections) {
      const before = shown;
      for (const [card, text] of cards) {
        card.hidden = !words.every((word) => text.includes(word));
        shown += !card.hidden;
      }
      section.hidden = shown === before;
    }
    count.textContent = words.length ? `${shown} of ${all}` : all;
  };
  field.addEventListener("input", filter);
  filter();
})();
