/** CIELAB coordinates of sRGB colours, under the white of daylight (D65). */

const WHITE = [0.95047, 1.0, 1.0890];
const KNEE = 6 / 29;

/**
 * Light of a part of an sRGB colour in [0, 1].
 * @param {number} part
 * @returns {number}
 */
function linearLight(part) {
  return part <= 0.04045 ? part / 12.92 : Math.exp(2.4 * Math.log((part + 0.055) / 1.055));
}

/**
 * Red, green and blue, 0 to 255, of a colour such as "#2446e0".
 * @param {string} hex
 * @returns {number[]}
 */
export function channelsOf(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

/**
 * L*, a*, b* of a colour such as "#2446e0".
 * @param {string} hex
 * @returns {number[]}
 */
export function labOf(hex) {
  const [r, g, b] = channelsOf(hex).map((part) => linearLight(part / 255));
  const xyz = [
    0.4124564 * r + 0.3575761 * g + 0.1804375 * b,
    0.2126729 * r + 0.7151522 * g + 0.072175 * b,
    0.0193339 * r + 0.119192 * g + 0.9503041 * b,
  ];
  const [x, y, z] = xyz.map((part, k) => {
    const t = part / WHITE[k];
    return t > KNEE * KNEE * KNEE ? Math.cbrt(t) : t / (3 * KNEE * KNEE) + 4 / 29;
  });
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/**
 * Red, green and blue, 0 to 255, nearest to L*, a*, b*.
 * @param {number[]} lab
 * @returns {number[]}
 */
export function channelsOfLab([level, a, b]) {
  const y = (level + 16) / 116;
  const [X, Y, Z] = [y + a / 500, y, y - b / 200].map((t, k) => {
    return WHITE[k] * (t > KNEE ? t * t * t : 3 * KNEE * KNEE * (t - 4 / 29));
  });
  return [
    3.2404542 * X - 1.5371385 * Y - 0.4985314 * Z,
    -0.969266 * X + 1.8760108 * Y + 0.041556 * Z,
    0.0556434 * X - 0.2040259 * Y + 1.0572252 * Z,
  ].map((c) => {
    const bent = c <= 0.0031308 ? 12.92 * c : 1.055 * Math.exp(Math.log(c) / 2.4) - 0.055;
    return Math.round(255 * Math.min(Math.max(bent, 0), 1));
  });
}
