/** Lanes: trails that share a way, set side by side so that each is seen; heads stay at the true places. */

const SPACING = 3; // pixels of arc between two samples
const NEAR = 6; // pixels between ways that are shared
const ALONG = 0.9396926; // cosine of 20 degrees: how parallel they are
const SMOOTH = 5; // samples, the deviation of the Gaussian that eases an offset in and out
const MOST_SAMPLES = 6000; // of all ways together; beyond, lanes would cost more than they show

/** A way with places added along long steps, and the vertex of each step. */
function resampled(pixels, width, height) {
  const seen = (k) => {
    const [x, y] = [pixels[2 * k], pixels[2 * k + 1]];
    return x >= 0 && x <= width && y >= 0 && y <= height;
  };
  const count = pixels.length / 2;
  const places = [pixels[0], pixels[1]];
  const last = new Int32Array(count);
  for (let k = 1; k < count; k += 1) {
    const [x, y] = [pixels[2 * k - 2], pixels[2 * k - 1]];
    const [dx, dy] = [pixels[2 * k] - x, pixels[2 * k + 1] - y];
    const long = Math.sqrt(dx * dx + dy * dy) / SPACING;
    const pieces = seen(k) || seen(k - 1) ? Math.min(Math.max(Math.ceil(long), 1), 400) : 1;
    for (let piece = 1; piece < pieces; piece += 1) {
      places.push(x + (piece / pieces) * dx, y + (piece / pieces) * dy);
    }
    places.push(pixels[2 * k], pixels[2 * k + 1]);
    last[k] = places.length / 2 - 1;
  }
  return { samples: Float64Array.from(places), last };
}

/** Directions of one unit along a way at each sample; 0 where it does not move. */
function tangents(samples) {
  const count = samples.length / 2;
  const found = new Float64Array(samples.length);
  for (let k = 0; k < count; k += 1) {
    const [before, after] = [Math.max(k - 1, 0), Math.min(k + 1, count - 1)];
    const x = samples[2 * after] - samples[2 * before];
    const y = samples[2 * after + 1] - samples[2 * before + 1];
    const long = Math.sqrt(x * x + y * y);
    if (long > 1e-9) found.set([x / long, y / long], 2 * k);
  }
  return found;
}

/** Samples by squares of the plane as wide as ways are near, to find the nearest one without asking all. */
function squaresOf(samples) {
  const found = new Map();
  for (let k = 0; k < samples.length / 2; k += 1) {
    const key = Math.floor(samples[2 * k] / NEAR) * 65536 + Math.floor(samples[2 * k + 1] / NEAR);
    if (found.has(key)) found.get(key).push(k);
    else found.set(key, [k]);
  }
  return found;
}

/** The nearest of the samples of a way to a place, if it is near; else -1. */
function nearestIn(squares, samples, x, y) {
  const [i, j] = [Math.floor(x / NEAR), Math.floor(y / NEAR)];
  let [best, gap] = [-1, NEAR * NEAR];
  for (let a = i - 1; a <= i + 1; a += 1) {
    for (let b = j - 1; b <= j + 1; b += 1) {
      for (const k of squares.get(a * 65536 + b) ?? []) {
        const [dx, dy] = [samples[2 * k] - x, samples[2 * k + 1] - y];
        if (dx * dx + dy * dy < gap) [best, gap] = [k, dx * dx + dy * dy];
      }
    }
  }
  return best;
}

/** Offsets eased along a way by a Gaussian; at the ends it goes on as it ends. */
function smoothed(offset) {
  const reach = 4 * SMOOTH;
  const weights = Array.from({ length: 2 * reach + 1 }, (_, k) => {
    const away = (k - reach) / SMOOTH;
    return Math.exp(-0.5 * away * away);
  });
  const whole = weights.reduce((sum, one) => sum + one, 0);
  const count = offset.length / 2;
  const found = new Float64Array(offset.length);
  for (let k = 0; k < count; k += 1) {
    for (let n = -reach; n <= reach; n += 1) {
      const at = Math.min(Math.max(k + n, 0), count - 1);
      found[2 * k] += (weights[n + reach] / whole) * offset[2 * at];
      found[2 * k + 1] += (weights[n + reach] / whole) * offset[2 * at + 1];
    }
  }
  return found;
}

/**
 * Ways set beside each other where they are shared, in their order, centred on the truth.
 * @param {Float64Array[]} ways pixels, 2 numbers a step
 * @param {number} pitch pixels from one lane to the next
 * @param {number} width of the plot
 * @param {number} height
 * @returns {Array<{pixels: Float64Array, last: Int32Array}>|null} null where it would cost too much
 */
export function sideBySide(ways, pitch, width, height) {
  const cut = ways.map((pixels) => resampled(pixels, width, height));
  if (cut.reduce((sum, one) => sum + one.samples.length / 2, 0) > MOST_SAMPLES) return null;
  const headings = cut.map((one) => tangents(one.samples));
  const squares = cut.map((one) => squaresOf(one.samples));
  return cut.map(({ samples, last }, k) => {
    const count = samples.length / 2;
    const offset = new Float64Array(samples.length);
    for (let v = 0; v < count; v += 1) {
      const [x, y] = [samples[2 * v], samples[2 * v + 1]];
      if (x < 0 || x > width || y < 0 || y > height) continue;
      const [tx, ty] = [headings[k][2 * v], headings[k][2 * v + 1]];
      let [lead, led, ahead, sharing] = [[tx, ty], k, 0, 1];
      for (let j = 0; j < cut.length; j += 1) {
        const near = j === k ? -1 : nearestIn(squares[j], cut[j].samples, x, y);
        if (near < 0) continue;
        const [ox, oy] = [headings[j][2 * near], headings[j][2 * near + 1]];
        if (Math.abs(ox * tx + oy * ty) <= ALONG) continue;
        sharing += 1;
        if (j < k) ahead += 1;
        if (j < led) [lead, led] = [[ox, oy], j];
      }
      const rank = (ahead - (sharing - 1) / 2) * pitch;
      offset[2 * v] = lead[1] * rank; // the same side as in the clip, whose y goes up
      offset[2 * v + 1] = -lead[0] * rank;
    }
    const eased = smoothed(offset);
    return { pixels: samples.map((one, n) => one + eased[n]), last };
  });
}
