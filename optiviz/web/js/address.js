/** State in the address after #, read at the start and written as it changes. */

import { formulaFault } from "./formula_text.js";
import { LONGEST_ADDRESS, addressOf, readAddress } from "./address_text.js";
import { make } from "./layout.js";
import { availableSurfaces } from "./race.js";

const TOLD_FOR = 10000; // ms that a fault stands
const SETTLED = 300; // ms without a change after which the address is written
const IN_ADDRESS = ["time", "start", "changes", "hidden", "only", "selected", "panel", "theme", "names",
  "arrows", "swapped", "speed", "playing", "pose"];

/**
 * Read it, then follow the state.
 * @param {HTMLElement} root where what was not understood is told
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountAddress(root, store) {
  const line = make("p", { class: "bad-link", role: "status" });
  const { scene } = store.state;
  let written = "";
  let timer = 0;

  function read() {
    const hash = location.hash.replace(/^#/, "");
    if (hash === written && hash !== "") return;
    const { patch, faults } = readAddress(hash, scene, { surfaces: availableSurfaces(), formulaFault });
    line.textContent = faults.length > 0 ? `part of the link was not understood: ${faults.join(", ")}` : "";
    if (faults.length > 0) root.append(line);
    else line.remove();
    setTimeout(() => line.remove(), TOLD_FOR);
    written = hash;
    if (patch.changes) patch.changes = { runs: {}, ...patch.changes };
    if (scene.explore && !scene.ask && hash === "") patch.panel = "explore";
    store.set(patch);
  }

  function write() {
    if (store.state.playing || store.state.dragging) return;
    const text = addressOf(store.state);
    if (text === written || text.length > LONGEST_ADDRESS) return;
    written = text;
    try {
      history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
    } catch {
      // a frame without an address of its own: the link is still in the Share panel
    }
  }
  read();
  window.addEventListener("hashchange", read);
  store.on([...IN_ADDRESS, "dragging"], () => {
    clearTimeout(timer);
    timer = setTimeout(write, SETTLED);
  });
}
