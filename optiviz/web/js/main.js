/** Main: reads the scene, makes the state, mounts every module. */

import { mountAddress } from "./address.js";
import { mountAnatomyArrows } from "./anatomy_arrows.js";
import { mountAsk } from "./ask.js";
import { mountBar } from "./bar.js";
import { mountBoundaryView } from "./boundary_view.js";
import { mountCaption } from "./caption.js";
import { mountCarrier } from "./carrier.js";
import { startClock } from "./clock.js";
import { mountCurvesView } from "./curves_view.js";
import { mountExplore } from "./explore.js";
import { mountFitView } from "./fit_view.js";
import { mountGhost } from "./ghost.js";
import { mountHill } from "./hill.js";
import { mountKey } from "./key.js";
import { mountKeys } from "./keys.js";
import { arrangeViews, make, viewShell } from "./layout.js";
import { mountLiveText } from "./live_text.js";
import { mountLoss } from "./loss.js";
import { mountMap } from "./map.js";
import { mountNeuronsView } from "./neurons_view.js";
import { mountNumbers } from "./numbers.js";
import { mountPictureView } from "./picture_view.js";
import { preparePrint, startPresenter } from "./presenter.js";
import { followRace } from "./race_clock.js";
import { raceOf } from "./race.js";
import { mountShare } from "./share.js";
import { mountStartHandle } from "./start_handle.js";
import { makeStore, storeWithOwn } from "./store.js";
import { openingTheme } from "./themes.js";
import { mountChips, mountPanelFrame, mountPick, mountTabs, mountTools } from "./tools.js";
import { mountTransport } from "./transport.js";

const VIEWS = {
  map: mountMap,
  hill: mountHill,
  loss: mountLoss,
  accuracy: mountCurvesView,
  rates: mountCurvesView,
  fit: mountFitView,
  boundary: mountBoundaryView,
  neurons: mountNeuronsView,
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
    scrubbing: false,
    dragging: false,
    speed: 1,
    theme: scene.theme,
    names: true,
    arrows: false,
    swapped: false,
    panel: "views",
    tab: 0,
    selected: null,
    pinned: null,
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
  const store = makeStore({ ...firstState(scene), theme: openingTheme(scene.theme) });
  const at = (id) => document.getElementById(id);
  document.documentElement.classList.add("live");

  followRace(store);
  mountTools(at("tools"), store);
  mountTabs(at("tabs"), store);
  const views = scene.panels.map(viewShell);
  at("views").append(...views.map(({ section }) => section));
  arrangeViews(
    store,
    views.map(({ section }) => section),
  );
  scene.panels.forEach((panel, index) => {
    const { plot } = views[index];
    const lead = scene.panels.findIndex(({ kind }) => kind === "map");
    const own = panel.kind === "map" && index !== lead ? storeWithOwn(store, "view", `view ${index}`) : store;
    VIEWS[panel.kind](plot, own, panel);
    if (panel.kind !== "map") return;
    mountGhost(plot, own);
    mountAnatomyArrows(plot, own);
    mountStartHandle(plot, own);
  });
  mountChips(at("chips"), store);
  mountPick(at("pick"), store);
  mountKey(at("key"), store);
  mountBar(at("bar"), store);
  mountTransport(at("transport"), store);
  mountCaption(at("caption"), store);
  mountLiveText(at("told"), store);
  for (const [name, mount] of Object.entries(PANELS)) {
    const root = make("div", { "data-panel": name, hidden: "" });
    at("panel").append(root);
    mount(root, store);
  }
  mountPanelFrame(at("panel"), store);
  mountAddress(at("page"), store);
  mountCarrier(store);
  startClock(store);
  startPresenter();
  preparePrint(at("print"), store);
  document.fonts?.ready.then(() => store.set({ fonts: true }));
  window.optiviz = store;
}

if (typeof document !== "undefined") openPage();
