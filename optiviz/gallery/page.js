"use strict";
(() => {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");

  // A clip plays while the mouse is over it or the keyboard on it; where less motion is wished, after a click.
  for (const clip of document.querySelectorAll(".clip")) {
    const button = clip.querySelector(".play");
    if (!button) continue;
    const picture = clip.querySelector("img");
    const poster = picture.getAttribute("src");
    let kept = false; // it was started by a click, and goes on until the next one
    let video = null;

    const playing = () => clip.classList.contains("plays");
    const play = () => {
      if (playing()) return;
      clip.classList.add("plays");
      button.setAttribute("aria-pressed", "true");
      if (clip.dataset.kind === "picture") {
        picture.src = clip.dataset.clip;
        return;
      }
      video = document.createElement("video");
      Object.assign(video, { src: clip.dataset.clip, muted: true, loop: true, playsInline: true });
      button.before(video);
      video.play().catch(() => {});
    };
    const stop = () => {
      if (!playing()) return;
      kept = false;
      clip.classList.remove("plays");
      button.setAttribute("aria-pressed", "false");
      picture.src = poster;
      if (video) video.remove();
      video = null;
    };
    clip.addEventListener("pointerenter", (event) => {
      if (event.pointerType === "mouse" && !calm.matches) play();
    });
    clip.addEventListener("pointerleave", (event) => {
      if (event.pointerType === "mouse" && !kept) stop();
    });
    button.addEventListener("focus", () => {
      if (button.matches(":focus-visible") && !calm.matches) play();
    });
    button.addEventListener("blur", () => {
      if (!kept) stop();
    });
    button.addEventListener("click", () => {
      if (playing()) return stop();
      play();
      kept = true;
    });
    button.addEventListener("keydown", (event) => {
      if (event.key === "Escape") stop();
    });
  }

  // The scene file to the clipboard; where a page may not do that, it is at least selected.
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

  // All words have to be in a card, wherever in it.
  const told = (card) => `${card.textContent} ${card.querySelector("img").alt}`.toLowerCase();
  const cards = [...document.querySelectorAll(".card")].map((card) => [card, told(card)]);
  const field = document.getElementById("filter");
  const count = document.getElementById("count");
  const all = count.textContent;
  field.closest("p").hidden = false;
  const filter = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const [card, text] of cards) {
      card.hidden = !words.every((word) => text.includes(word));
      shown += !card.hidden;
    }
    count.textContent = words.length ? `${shown} of ${all}` : all;
  };
  field.addEventListener("input", filter);
  filter();
})();
