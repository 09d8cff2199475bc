"use strict";
(() => {
  // Without this script the page is all slides below each other; with it, one at a time.
  const slides = [...document.querySelectorAll(".slide")];
  const nav = document.querySelector("nav");
  const where = document.getElementById("where");
  const told = document.getElementById("told");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let now = -1;

  const clipOf = (slide) => slide.querySelector("video");
  const stopsOf = (clip) => (clip.dataset.stops ? clip.dataset.stops.split(",").map(Number) : []);
  let stops = []; // pauses of the clip that are still to come

  const start = (clip) => {
    stops = stopsOf(clip);
    clip.currentTime = 0;
    if (!calm.matches) clip.play().catch(() => {});
  };
  // A page to touch stands on its slide while that is shown: few drawing contexts are alive at once.
  // A click gives it the keys, Escape in it gives them back.
  const enter = (slide) => {
    const still = slide.querySelector("[data-page]");
    if (!still) return;
    const frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "allow-scripts");
    frame.title = still.alt;
    frame.srcdoc = still.dataset.page;
    still.hidden = true;
    still.after(frame);
  };
  const leave = (slide) => {
    slide.querySelector("iframe")?.remove();
    const still = slide.querySelector("[data-page]");
    if (still) still.hidden = false;
  };
  const show = (k) => {
    const to = Math.max(0, Math.min(slides.length - 1, k));
    if (to === now) return;
    if (now >= 0) {
      const before = clipOf(slides[now]);
      if (before) before.pause();
      leave(slides[now]);
      slides[now].classList.remove("now");
    }
    now = to;
    slides[now].classList.add("now");
    enter(slides[now]);
    where.value = String(now);
    told.textContent = "Slide " + (now + 1) + " of " + slides.length + ": " + slides[now].getAttribute("aria-label");
    history.replaceState(null, "", "#" + slides[now].id);
    const clip = clipOf(slides[now]);
    if (clip) start(clip);
  };
  const halted = (clip) => clip && clip.paused && !clip.ended && clip.currentTime > 0 && !clip.dataset.held;
  const on = () => {
    const clip = clipOf(slides[now]);
    if (halted(clip)) clip.play().catch(() => {}); // it stood at a pause
    else show(now + 1);
  };
  const toggle = () => {
    const clip = clipOf(slides[now]);
    if (!clip) return;
    if (clip.paused) clip.play().catch(() => {});
    else clip.pause();
  };

  for (const slide of slides) {
    const clip = clipOf(slide);
    if (!clip) continue;
    clip.addEventListener("timeupdate", () => {
      if (stops.length && clip.currentTime >= stops[0] && !clip.paused) {
        stops.shift();
        clip.pause();
        told.textContent = "The clip stands.";
      }
    });
    clip.addEventListener("seeked", () => {
      if (clip.currentTime === 0) stops = stopsOf(clip); // it began anew
    });
    clip.addEventListener("click", toggle);
  }

  const keys = {
    ArrowRight: on, PageDown: on, " ": on, Enter: on,
    ArrowLeft: () => show(now - 1), PageUp: () => show(now - 1), Backspace: () => show(now - 1),
    Home: () => show(0), End: () => show(slides.length - 1),
    k: toggle, n: () => document.getElementById("said").click(),
    f: () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    if (event.target.closest("select, button") && [" ", "Enter"].includes(event.key)) return;
    if (event.target.closest("select")) return;
    event.preventDefault();
    keys[event.key]();
  });
  document.getElementById("on").addEventListener("click", on);
  document.getElementById("back").addEventListener("click", () => show(now - 1));
  document.getElementById("said").addEventListener("click", (event) => {
    const open = document.body.classList.toggle("said");
    event.currentTarget.setAttribute("aria-pressed", String(open));
  });
  where.addEventListener("change", () => show(Number(where.value)));

  nav.hidden = false;
  document.body.classList.add("live");
  const begun = slides.findIndex((slide) => "#" + slide.id === location.hash);
  show(Math.max(begun, 0));
})();
