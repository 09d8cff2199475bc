"use strict";
(() => {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");

  // A clip plays while the mouse is over it or the keyboard on it; where less motion is wished, after a click.
  for (const clip of document.querySelectorAll(".clip")) {
    const button = clip.parentElement.querySelector(".play");
    if (!button) continue;
    const word = button.querySelector("span");
    const picture = clip.querySelector("img");
    const poster = picture.getAttribute("src");
    let playing = false;
    let kept = false; // it was started by a click, and goes on until the next one
    let video = null;

    const play = () => {
      if (playing) return;
      playing = true;
      word.textContent = "Stop";
      if (clip.dataset.kind === "picture") {
        picture.src = clip.dataset.clip;
        return;
      }
      video = document.createElement("video");
      Object.assign(video, { src: clip.dataset.clip, muted: true, loop: true, playsInline: true });
      clip.append(video);
      video.play().catch(() => {}); // stopped before it began
    };
    const stop = () => {
      if (!playing) return;
      playing = kept = false;
      word.textContent = "Play";
      picture.src = poster;
      if (video) video.remove();
      video = null;
    };
    const toggle = () => {
      if (playing) return stop();
      play();
      kept = true;
    };
    const mouse = (act) => (event) => event.pointerType === "mouse" && act();
    clip.addEventListener("pointerenter", mouse(() => calm.matches || play()));
    clip.addEventListener("pointerleave", mouse(() => kept || stop()));
    clip.addEventListener("click", toggle);
    button.addEventListener("focus", () => calm.matches || !button.matches(":focus-visible") || play());
    button.addEventListener("blur", () => kept || stop());
    button.addEventListener("click", toggle);
    button.addEventListener("keydown", (event) => event.key === "Escape" && stop());
    button.hidden = false;
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
