/** Weights of a network that were recorded: single numbers, row by row, at times of the clip. */

/**
 * Numbers from base64 of little-endian Float32.
 * @param {string} text
 * @returns {Float32Array}
 */
export function unpackSingles(text) {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let k = 0; k < letters.length; k += 1) bytes[k] = letters.charCodeAt(k);
  return new Float32Array(bytes.buffer);
}

/**
 * What gives the last recorded weights that are not of a later time, and the number of their row.
 * @param {{times: number[], weights: string}} network
 * @returns {(time: number) => {theta: Float32Array, row: number}}
 */
export function recordedWeights({ times, weights }) {
  const every = unpackSingles(weights);
  const wide = every.length / times.length;
  return (time) => {
    let [row, high] = [0, times.length - 1];
    while (row < high) {
      const middle = Math.ceil((row + high) / 2);
      if (times[middle] <= time + 1e-6) row = middle;
      else high = middle - 1;
    }
    return { theta: every.subarray(row * wide, (row + 1) * wide), row };
  };
}

/**
 * The weights of a run that the page has trained anew, at the last step that is not of a later time; null
 * while its record is played.
 * @param {import("./engine.js").RunResult[]} race
 * @param {string} label
 * @param {number} wide how many weights there are
 * @param {number} time
 * @returns {{theta: Float64Array, row: number}|null}
 */
export function trainedWeights(race, label, wide, time) {
  const run = race.find((one) => one.label === label);
  if (!run || run.size !== wide) return null;
  const row = Math.min(Math.floor(time + 1e-6), run.losses.length - 1);
  return { theta: run.path.subarray(row * wide, (row + 1) * wide), row };
}
