/** GIF encoder: one palette for all frames, only what changed of each, LZW. */

const BINS = 32768; // five bits a channel
const MOST_COLORS = 256;

const binOf = (pixels, at) =>
  ((pixels[at] >> 3) << 10) | ((pixels[at + 1] >> 3) << 5) | (pixels[at + 2] >> 3);

/**
 * The most frequent colours of some pictures, and the nearest of them to every colour.
 * @param {Uint8ClampedArray[]} pictures red, green, blue, alpha
 * @returns {{colors: Uint8Array, nearest: (bin: number) => number}} 3 * 256 parts; index by bin of `binOf`
 */
export function gifPalette(pictures) {
  const counts = new Float64Array(BINS);
  const sums = [0, 1, 2].map(() => new Float64Array(BINS));
  for (const pixels of pictures) {
    for (let at = 0; at < pixels.length; at += 4) {
      const bin = binOf(pixels, at);
      counts[bin] += 1;
      for (let part = 0; part < 3; part += 1) sums[part][bin] += pixels[at + part];
    }
  }
  const seen = Array.from(counts.keys()).filter((bin) => counts[bin] > 0);
  const kept = seen.sort((a, b) => counts[b] - counts[a]).slice(0, MOST_COLORS);
  const colors = new Uint8Array(3 * MOST_COLORS);
  kept.forEach((bin, k) => {
    for (let part = 0; part < 3; part += 1) colors[3 * k + part] = Math.round(sums[part][bin] / counts[bin]);
  });
  const known = new Int16Array(BINS).fill(-1);
  kept.forEach((bin, k) => { known[bin] = k; });
  const nearest = (bin) => (known[bin] < 0 ? nearestColor(bin, colors, kept.length, known) : known[bin]);
  return { colors, nearest };
}

/** The nearest colour of the palette to the middle of a bin; it is remembered. */
function nearestColor(bin, colors, count, known) {
  const middle = [bin >> 10, (bin >> 5) & 31, bin & 31].map((part) => 8 * part + 4);
  let best = 0;
  let least = Infinity;
  for (let k = 0; k < count; k += 1) {
    let away = 0;
    for (let part = 0; part < 3; part += 1) {
      const apart = colors[3 * k + part] - middle[part];
      away += apart * apart;
    }
    if (away < least) [best, least] = [k, away];
  }
  known[bin] = best;
  return best;
}

/**
 * The part of a frame that differs from the one before it; one pixel where nothing does.
 * @param {Uint8Array|null} before palette indices
 * @param {Uint8Array} now
 * @param {number} width
 * @param {number} height
 * @returns {{left: number, top: number, wide: number, high: number}}
 */
export function changedBox(before, now, width, height) {
  if (!before) return { left: 0, top: 0, wide: width, high: height };
  let [left, right, top, bottom] = [width, -1, height, -1];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if (before[y * width + x] === now[y * width + x]) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = y;
    }
  }
  if (right < 0) return { left: 0, top: 0, wide: 1, high: 1 };
  return { left, top, wide: right - left + 1, high: bottom - top + 1 };
}

/**
 * A GIF that begins anew when it ends.
 * @param {Array<{pixels: Uint8ClampedArray, delay: number}>} frames delay in hundredths of a second
 * @param {number} width
 * @param {number} height
 * @returns {Uint8Array}
 */
export function encodedGif(frames, width, height) {
  const some = [0, Math.floor(frames.length / 2), frames.length - 1].map((k) => frames[k].pixels);
  const { colors, nearest } = gifPalette(some);
  const bytes = [];
  const word = (value) => bytes.push(value & 255, value >> 8);
  for (const letter of "GIF89a") bytes.push(letter.charCodeAt(0));
  word(width);
  word(height);
  bytes.push(0xf7, 0, 0, ...colors);
  bytes.push(0x21, 0xff, 11, ...Array.from("NETSCAPE2.0", (letter) => letter.charCodeAt(0)), 3, 1, 0, 0, 0);
  let before = null;
  for (const { pixels, delay } of frames) {
    const now = new Uint8Array(width * height);
    for (let k = 0; k < now.length; k += 1) now[k] = nearest(binOf(pixels, 4 * k));
    const { left, top, wide, high } = changedBox(before, now, width, height);
    bytes.push(0x21, 0xf9, 4, 4);
    word(delay);
    bytes.push(0, 0, 0x2c);
    for (const part of [left, top, wide, high]) word(part);
    bytes.push(0, 8);
    const cut = new Uint8Array(wide * high);
    for (let y = 0; y < high; y += 1) {
      cut.set(now.subarray((top + y) * width + left, (top + y) * width + left + wide), y * wide);
    }
    pushBlocks(bytes, lzwCodes(cut));
    before = now;
  }
  bytes.push(0x3b);
  return Uint8Array.from(bytes);
}

function pushBlocks(bytes, data) {
  for (let at = 0; at < data.length; at += 255) {
    const block = data.slice(at, at + 255);
    bytes.push(block.length, ...block);
  }
  bytes.push(0);
}

/** LZW of bytes, codes of 9 to 12 bits, the lowest first. */
function lzwCodes(data) {
  const [clear, end, most] = [256, 257, 4095];
  const out = [];
  const table = new Int16Array(4096 * 256);
  let [bits, held, size, next] = [0, 0, 9, 258];
  const put = (code) => {
    held |= code << bits;
    for (bits += size; bits >= 8; bits -= 8) {
      out.push(held & 255);
      held >>>= 8;
    }
  };
  put(clear);
  let prefix = data[0];
  for (let k = 1; k < data.length; k += 1) {
    const at = prefix * 256 + data[k];
    if (table[at] > 0) {
      prefix = table[at];
      continue;
    }
    put(prefix);
    prefix = data[k];
    if (next > most) {
      put(clear);
      table.fill(0);
      [size, next] = [9, 258];
    } else {
      table[at] = next;
      // a code longer than the present size will be needed from here on
      if (next >> size) size += 1;
      next += 1;
    }
  }
  put(prefix);
  put(end);
  if (bits > 0) out.push(held & 255);
  return out;
}
