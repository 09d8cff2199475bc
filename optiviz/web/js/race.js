/** Race: the runs of a scene as recorded, and as they go after a change. */

/**
 * Numbers from base64 of little-endian Float64.
 * @param {string} text
 * @returns {Float64Array}
 */
export function unpackFloats(text) {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let k = 0; k < letters.length; k += 1) bytes[k] = letters.charCodeAt(k);
  return new Float64Array(bytes.buffer);
}

/**
 * The runs of a scene from the present start, with the present changes.
 * @param {import("./scene_types.js").Scene} scene
 * @param {number[]} start
 * @param {{problem?: object, runs: Object<string, {rule?: string, settings?: object}>}} changes
 * @returns {import("./scene_types.js").RunResult[]}
 */
export function raceOf(scene, start, changes) {
  return scene.runs.map((run) => ({
    label: run.label,
    path: unpackFloats(run.path),
    losses: unpackFloats(run.losses),
    stopped: -1,
  }));
}
