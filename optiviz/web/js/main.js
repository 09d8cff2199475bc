/** Main: reads the scene, makes the state, mounts every module. */

import { mountAddress } from "./address.js";
import { mountAnatomyArrows } from "./anatomy_arrows.js";
import { mountAsk } from "./ask.js";
import { mountBar } from "./bar.js";
import { mountBoundaryView } from "./boundary_view.js";
import { mountCaption } from "./caption.js";
import { mountExplore } from "./explore.js";
import { mountFitView } from "./fit_view.js";
import { mountGhost } from "./ghost.js";
import { mountHill } from "./hill.js";
import { mountKey } from "./key.js";
import { mountKeys } from "./keys.js";
import { make, viewShell } from "./layout.js";
import { mountLiveText } from "./live_text.js";
import { mountLoss } from "./loss.js";
import { mountMap } from "./map.js";
import { mountNumbers } from "./numbers.js";
import { mountPictureView } from "./picture_view.js";
import { raceOf } from "./race.js";
import { mountShare } from "./share.js";
import { mountStartHandle } from "./start_handle.js";
import { makeStore } from "./store.js";
import { mountTransport } from "./transport.js";

const VIEWS = {
  map: mountMap,
  hill: mountHill,
  loss: mountLoss,
  weights: mountLoss,
  rates: mountLoss,
  fit: mountFitView,
  boundary: mountBoundaryView,
  picture: mountPictureView,
};
const PANELS = {
  explore: mountExplore,
  share: mountShare,
  keys: mountKeys,
  numbers: mountNumbers,
  ask: mountAsk,
};

/**
 * The state in which a page opens.
 * @param {import("./scene_types.js").Scene} scene
 * @returns {Object<string, any>}
 */
export function firstState(scene) {
  const start = [...scene.problem.start];
  const changes = { runs: {} };
  return {
    scene,
    time: 0,
    playing: false,
    speed: 1,
    theme: scene.theme,
    names: true,
    arrows: false,
    swapped: false,
    panel: "views",
    selected: null,
    only: null,
    hidden: [],
    hover: null,
    start,
    changes,
    race: raceOf(scene, start, changes),
    view: null,
    asked: false,
    votes: {},
  };
}

/** Build the page. */
export function openPage() {
  const scene = JSON.parse(document.getElementById("scene").textContent);
  const store = makeStore(firstState(scene));
  const at = (id) => document.getElementById(id);
  document.documentElement.classList.add("live");

  store.on(["start", "changes"], () => {
    const { start, changes } = store.state;
    store.set({ race: raceOf(scene, start, changes) });
  });
  for (const [name, mount] of Object.entries(PANELS)) {
    const root = make("div", { "data-panel": name, hidden: "" });
    at("panel").append(root);
    mount(root, store);
  }
  scene.panels.forEach((panel, index) => {
    const { section, plot } = viewShell(panel, index);
    at(index === 0 ? "stage" : "column").append(section);
    VIEWS[panel.kind](plot, store, panel);
    if (panel.kind === "map") {
      mountGhost(plot, store);
      mountAnatomyArrows(plot, store);
      mountStartHandle(plot, store);
    }
  });
  const key = make("div", { id: "key" });
  at("column").append(key);
  mountKey(key, store);
  mountBar(at("bar"), store);
  mountTransport(at("transport"), store);
  mountCaption(at("caption"), store);
  mountLiveText(at("told"), store);
  mountAddress(at("page"), store);
}

if (typeof document !== "undefined") openPage();
