"use strict";
(() => {
  // A cell of a heat map tells what it is made of, and shows the clip of its problem where there is one.
  for (const board of document.querySelectorAll(".heat")) {
    const about = document.getElementById(board.dataset.about);
    let pressed = null;
    board.addEventListener("click", (event) => {
      const cell = event.target.closest("button");
      if (!cell) return;
      pressed?.setAttribute("aria-pressed", "false");
      pressed = pressed === cell ? null : cell;
      about.replaceChildren();
      if (!pressed) return;
      pressed.setAttribute("aria-pressed", "true");
      const words = document.createElement("p");
      words.textContent = cell.title;
      about.append(words);
      const { clip, command } = cell.closest("tr").dataset;
      if (clip) {
        const picture = document.createElement("img");
        picture.src = clip;
        picture.alt = `The tuned rules on ${cell.closest("tr").querySelector("th").textContent}, as a clip`;
        about.append(picture);
      } else {
        const line = document.createElement("p");
        const code = document.createElement("code");
        code.textContent = command;
        line.append("The clip of this race is drawn by ", code);
        about.append(line);
      }
    });
  }
})();
