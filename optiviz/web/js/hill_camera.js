/** Orthographic camera of the hill: two angles, a fold into the map, and the pixels of places. */

export const HILL_NORTH = -90; // the azimuth at which x runs to the right and y upwards, as on a map
const USUAL_AZIMUTH = -60;
const DIRECTIONS = 24; // that are tried for the best view
const POINTS_TRIED = 800; // of all paths
const TURN_ROOM = 6; // pixels beside the block

/**
 * @typedef {{azimuth: number, elevation: number, fold: number}} HillPose degrees; fold 0 hill, 1 map
 * @typedef {{left: number, top: number, width: number, height: number}} PixelBox from the upper left corner
 * @typedef {{right: number[], up: number[], towards: number[], scale: number, x: number, y: number,
 *   lift: number, width: number, height: number}} HillView directions in the box, pixels a unit, pixel of the
 *   middle, and the share that is left of heights and of light
 */

/**
 * Right, up and towards the camera.
 * @param {number} elevation
 * @param {number} azimuth degrees
 * @returns {{right: number[], up: number[], towards: number[]}}
 */
export function hillAxes(elevation, azimuth) {
  const [e, a] = [(elevation * Math.PI) / 180, (azimuth * Math.PI) / 180];
  const [ce, se, ca, sa] = [Math.cos(e), Math.sin(e), Math.cos(a), Math.sin(a)];
  return { right: [-sa, ca, 0], up: [-se * ca, -se * sa, ce], towards: [ce * ca, ce * sa, se] };
}

/**
 * The shorter way from one azimuth to another, in degrees.
 * @param {number} from
 * @param {number} to
 */
export function turnBetween(from, to) {
  return ((((to - from + 180) % 360) + 360) % 360) - 180;
}

/**
 * What a pose sees in a picture of so many pixels. The scale is one for all directions of an
 * elevation, so that the block keeps its size while it turns. With fold = 1 it lies on `map`, to the
 * pixel.
 * @param {HillPose} pose
 * @param {import("./hill_mesh.js").HillBox} box
 * @param {number} width
 * @param {number} height
 * @param {PixelBox} map where the map stands in the same picture
 * @returns {HillView}
 */
export function hillView(pose, box, width, height, map) {
  const { fold } = pose;
  const azimuth = pose.azimuth + fold * turnBetween(pose.azimuth, HILL_NORTH);
  const elevation = pose.elevation + fold * (90 - pose.elevation);
  const axes = hillAxes(elevation, azimuth);
  const lift = 1 - fold;
  const radius = Math.sqrt(box.x * box.x + box.y * box.y);
  const [floor, tall] = [lift * box.floor * axes.up[2], lift * box.z * axes.up[2]];
  const fitting = (across, reach) => Math.min(
    (width - 2 * TURN_ROOM) / (2 * across),
    (height - 2 * TURN_ROOM) / (tall - floor + 2 * reach),
  );
  const turning = fitting(radius, radius * axes.towards[2]);
  const across = Math.abs(axes.right[0]) * box.x + Math.abs(axes.right[1]) * box.y;
  const reach = Math.abs(axes.up[0]) * box.x + Math.abs(axes.up[1]) * box.y;
  const whole = turning + fold * (map.width / (2 * box.x) - turning);
  const scale = fold < 1 ? Math.min(whole, fitting(across, reach)) : whole;
  const inside = (place, low, high, size) => Math.min(Math.max(place, -low), Math.max(size - high, -low));
  const [x, y] = [width / 2, height / 2 + (scale * (floor + tall)) / 2];
  const [toX, toY] = [map.left + map.width / 2, map.top + map.height / 2];
  return {
    ...axes,
    scale,
    x: inside(x + fold * (toX - x), -scale * across, scale * across, width),
    y: inside(y + fold * (toY - y), -scale * (tall + reach), scale * (reach - floor), height),
    lift,
    width,
    height,
  };
}

/**
 * The pixel, from the upper left corner, of a place in the box.
 * @param {HillView} view
 * @param {number} x
 * @param {number} y
 * @param {number} z
 * @returns {number[]}
 */
export function hillPixel(view, x, y, z) {
  const { right, up, scale } = view;
  const high = z * view.lift;
  return [
    view.x + scale * (right[0] * x + right[1] * y + right[2] * high),
    view.y - scale * (up[0] * x + up[1] * y + up[2] * high),
  ];
}

/**
 * The matrix (16, column by column) from places in the box to clip space.
 * @param {HillView} view
 * @returns {Float32Array}
 */
export function hillMatrix(view) {
  const { right, up, towards, scale, lift, width, height } = view;
  const [across, tall] = [(2 * scale) / width, (2 * scale) / height];
  const column = (axis, share) => [
    share * across * right[axis], share * tall * up[axis], (-share * towards[axis]) / 4, 0,
  ];
  return Float32Array.from([
    ...column(0, 1), ...column(1, 1), ...column(2, lift),
    (2 * view.x) / width - 1, 1 - (2 * view.y) / height, 0, 1,
  ]);
}

/**
 * Of 24 directions the one from which most of all places is seen, the usual one among equals.
 * @param {number} elevation
 * @param {Float32Array[]} paths 3 numbers a place, in the box
 * @param {(at: number[], towards: number[]) => boolean} hidden
 * @returns {number} degrees
 */
export function bestAzimuth(elevation, paths, hidden) {
  const count = paths.reduce((sum, path) => sum + path.length / 3, 0);
  const stride = Math.max(1, Math.floor(count / POINTS_TRIED));
  const tried = [];
  for (let path = 0, k = 0; path < paths.length; path++) {
    for (let at = 0; at < paths[path].length; at += 3, k++) {
      if (k % stride === 0) tried.push([paths[path][at], paths[path][at + 1], paths[path][at + 2]]);
    }
  }
  let [best, most] = [USUAL_AZIMUTH, -1];
  for (let k = 0; k < DIRECTIONS && tried.length; k++) {
    const azimuth = USUAL_AZIMUTH + (360 / DIRECTIONS) * k;
    const { towards } = hillAxes(elevation, azimuth);
    const seen = tried.filter((at) => !hidden(at, towards)).length;
    const share = Math.round((100 * seen) / tried.length);
    if (share > most) [best, most] = [azimuth, share];
  }
  return best;
}
