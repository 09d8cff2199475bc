/** Pose of the hill in the state: turned by hand and keys, folded by a slider, brought back by a button. */

import { turnBetween } from "./hill_camera.js";
import { icon } from "./icons.js";
import { make } from "./layout.js";

const LOWEST_VIEW = 20; // degrees of elevation
const HIGHEST_VIEW = 90;
const TURN_A_PIXEL = 0.5; // degrees
const BACK_TIME = 300; // milliseconds
const FOLD_TIME = 1500;

/** A pose whose angles are within their limits. */
function poseWithin({ azimuth, elevation, fold }) {
  return {
    azimuth: turnBetween(0, azimuth),
    elevation: Math.min(Math.max(elevation, LOWEST_VIEW), HIGHEST_VIEW),
    fold: Math.min(Math.max(fold, 0), 1),
  };
}

/**
 * Turn the hill.
 * @param {import("./store.js").Store} store
 * @param {number} across degrees to the right
 * @param {number} up degrees
 */
export function turnHill(store, across, up) {
  const { pose } = store.state;
  const [azimuth, elevation] = [pose.azimuth - across, pose.elevation + up];
  store.set({ pose: poseWithin({ ...pose, azimuth, elevation }) });
}

/**
 * Glide to another pose; at once where motion is not wanted.
 * @param {import("./store.js").Store} store
 * @param {Partial<import("./hill_camera.js").HillPose>} aim
 * @param {number} [time] milliseconds
 */
export function glideHill(store, aim, time = BACK_TIME) {
  const from = store.state.pose;
  const to = poseWithin({ ...from, ...aim });
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
    store.set({ pose: to });
    return;
  }
  const turn = turnBetween(from.azimuth, to.azimuth);
  const begin = performance.now();
  let last = from;
  const go = (now) => {
    if (store.state.pose !== last) return; // another hand has it
    const u = Math.min(Math.max((now - begin) / time, 0), 1);
    const share = u * u * (3 - 2 * u);
    last = u === 1 ? to : {
      azimuth: from.azimuth + share * turn,
      elevation: from.elevation + share * (to.elevation - from.elevation),
      fold: from.fold + share * (to.fold - from.fold),
    };
    store.set({ pose: last });
    if (u < 1) requestAnimationFrame(go);
  };
  requestAnimationFrame(go);
}

/**
 * What a pose is called: "Hill turned by 40 degrees, seen from 46 above".
 * @param {import("./hill_camera.js").HillPose} pose
 * @param {import("./hill_camera.js").HillPose} best
 * @returns {string}
 */
export function poseWords({ azimuth, elevation, fold }, best) {
  if (fold === 1) return "Hill folded into the map";
  const turned = Math.round(turnBetween(best.azimuth, azimuth));
  const words = `Hill turned by ${turned} degrees, seen from ${Math.round(elevation)} above`;
  return fold > 0 ? `${words}, folded by ${Math.round(100 * fold)} percent` : words;
}

/**
 * Let a plot be turned by drag and by arrow keys.
 * @param {HTMLElement} plot
 * @param {import("./store.js").Store} store
 * @param {() => import("./hill_camera.js").HillPose} best the view to come back to
 */
export function turnByHand(plot, store, best) {
  let at = null;
  plot.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.target.closest("button")) return;
    at = [event.clientX, event.clientY];
    plot.setPointerCapture(event.pointerId);
    plot.classList.add("turning");
  });
  plot.addEventListener("pointermove", (event) => {
    if (!at) return;
    turnHill(store, TURN_A_PIXEL * (event.clientX - at[0]), TURN_A_PIXEL * (event.clientY - at[1]));
    at = [event.clientX, event.clientY];
  });
  const drop = () => {
    at = null;
    plot.classList.remove("turning");
  };
  plot.addEventListener("pointerup", drop);
  plot.addEventListener("pointercancel", drop);
  plot.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = event.shiftKey ? 15 : 5;
    const turns = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    if (turns[event.key]) turnHill(store, ...turns[event.key]);
    else if (event.key === "0") glideHill(store, { ...best(), fold: 0 });
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}

/**
 * The slider from hill to map and the button back to the best view.
 * @param {HTMLElement} root
 * @param {import("./store.js").Store} store
 * @param {() => import("./hill_camera.js").HillPose} best
 * @returns {{disable: (why: string) => void}}
 */
export function mountHillControls(root, store, best) {
  const slider = make("input", {
    type: "range", min: "0", max: "1", step: "0.01", value: "0", "aria-label": "Fold the hill into the map",
  });
  const [hill, map] = ["hill", "map"].map((word) => make("button", { type: "button", class: "end" }, [word]));
  const back = make("button", { type: "button", class: "best" }, [icon("reset"), "Best view"]);
  root.append(hill, slider, map, back);
  const show = () => {
    const { fold } = store.state.pose;
    if (Number(slider.value) !== fold) slider.value = String(fold);
    const between = fold === 1 ? "map" : `${Math.round(100 * fold)} percent`;
    slider.setAttribute("aria-valuetext", fold === 0 ? "hill" : between);
    slider.style.setProperty("--share", String(fold));
  };
  slider.addEventListener("input", () => {
    store.set({ pose: { ...store.state.pose, fold: Number(slider.value) } });
  });
  hill.addEventListener("click", () => glideHill(store, { fold: 0 }, FOLD_TIME));
  map.addEventListener("click", () => glideHill(store, { fold: 1 }, FOLD_TIME));
  back.addEventListener("click", () => glideHill(store, { ...best(), fold: 0 }));
  store.on(["pose"], show);
  return {
    disable(why) {
      for (const one of [slider, hill, map, back]) {
        one.disabled = Boolean(why);
        one.title = why;
      }
    },
  };
}
