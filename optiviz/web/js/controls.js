/** Small controls of the panels: buttons, choices of one among several, files and the clipboard. */

import { make } from "./layout.js";

/**
 * A button.
 * @param {Array<Node|string>} inside
 * @param {() => void} act
 * @param {Object<string, string>} [attributes]
 * @returns {HTMLButtonElement}
 */
export function button(inside, act, attributes = {}) {
  const made = make("button", { type: "button", ...attributes }, inside);
  made.addEventListener("click", act);
  return made;
}

/**
 * Buttons of which one is on; arrow keys walk them, one stop for Tab.
 * @param {HTMLElement} root
 * @param {"radio"|"tab"} role of each
 * @param {(name: string) => void} choose
 * @returns {{show: (entries: Array<{name: string, inside: Array<Node|string>, label?: string}>, on: string)
 *   => void}}
 */
export function choiceRow(root, role, choose) {
  root.setAttribute("role", role === "tab" ? "tablist" : "radiogroup");
  const state = role === "tab" ? "aria-selected" : "aria-checked";
  root.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const all = [...root.querySelectorAll(`[role=${role}]`)];
    const at = all.indexOf(document.activeElement);
    if (!step || at < 0) return;
    event.preventDefault();
    event.stopPropagation();
    const next = all[(at + step + all.length) % all.length];
    choose(next.dataset.name);
    root.querySelector(`[data-name="${CSS.escape(next.dataset.name)}"]`)?.focus();
  });
  return {
    show(entries, on) {
      const focused = root.contains(document.activeElement) ? document.activeElement.dataset.name : "";
      root.replaceChildren(...entries.map(({ name, inside, label }) => {
        const made = button(inside, () => choose(name), {
          role, "data-name": name, [state]: String(name === on), tabindex: name === on ? "0" : "-1",
          ...(label ? { "aria-label": label, title: label } : {}),
        });
        return made;
      }));
      if (focused) root.querySelector(`[data-name="${CSS.escape(focused)}"]`)?.focus();
    },
  };
}

/**
 * A file for the viewer's disk, made in the page.
 * @param {string} name
 * @param {Blob} content
 */
export function saveFile(name, content) {
  const link = make("a", { download: name, href: URL.createObjectURL(content) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/**
 * Put a text on the clipboard.
 * @param {string} text
 * @returns {Promise<boolean>} false where it is refused
 */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // an older way works where a frame may not use the newer one
    const field = make("textarea", { class: "unseen", "aria-hidden": "true", tabindex: "-1" });
    const before = document.activeElement;
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    before?.focus?.();
    return done;
  }
}
