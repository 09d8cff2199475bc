/** Number texts: the library's significant digits, powers of ten and minus sign; ticks of axes. */

const SUPERSCRIPTS = "⁻⁰¹²³⁴⁵⁶⁷⁸⁹";

const trueMinus = (text) => text.replace("-", "−");
const withoutZeros = (text) => (text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text);

/**
 * A whole number as an exponent.
 * @param {number} size
 * @returns {string}
 */
export function raisedText(size) {
  return [...String(size)].map((letter) => SUPERSCRIPTS["-0123456789".indexOf(letter)]).join("");
}

/**
 * A number with so many significant digits, as scene/numbers.py writes it.
 * @param {number} value
 * @param {number} [digits]
 * @param {boolean} [zeros] keep those at the end
 * @returns {string}
 */
export function numberText(value, digits = 3, zeros = false) {
  if (!Number.isFinite(value)) return "not a number any more";
  if (value === 0) return "0";
  if (value === Math.round(value) && Math.abs(value) < 10000) return trueMinus(String(value));
  const rounded = value.toExponential(digits - 1);
  const [mantissa, exponent] = rounded.split("e");
  const size = Number(exponent);
  if (size <= -4 || size >= 6) {
    const short = withoutZeros(mantissa);
    const factor = { 1: "", "-1": "-" }[short] ?? `${short}·`;
    return trueMinus(`${factor}10${raisedText(size)}`);
  }
  const text = Number(rounded).toFixed(Math.max(0, digits - 1 - size));
  const [whole, rest] = (zeros ? text : withoutZeros(text)).split(".");
  const grouped = Math.abs(Number(whole)) >= 10000 ? whole.replace(/\B(?=(\d{3})+$)/g, "\u00a0") : whole;
  return trueMinus(rest === undefined ? grouped : `${grouped}.${rest}`);
}

/**
 * A tick of a logarithmic axis.
 * @param {number} value
 * @returns {string}
 */
export function decadeText(value) {
  if (value >= 1e-3 && value <= 1e3) return String(Number(value.toPrecision(6)));
  return `10${raisedText(Math.round(Math.log10(value)))}`;
}

/**
 * Even places for ticks: 1, 2 or 5 times a power of ten apart.
 * @param {number} low
 * @param {number} high
 * @param {number} most
 * @returns {number[]}
 */
export function evenTicks(low, high, most) {
  if (!(high > low)) return [];
  const rough = (high - low) / Math.max(most, 1);
  const ten = Number(`1e${Math.floor(Math.log10(rough))}`);
  const apart = ten * ([1, 2, 5, 10].find((factor) => factor * ten >= 0.8 * rough) ?? 10);
  const found = [];
  for (let k = Math.ceil(low / apart - 1e-9); k * apart <= high + 1e-9 * apart; k += 1) {
    found.push(Number((k * apart).toPrecision(12)));
  }
  return found;
}

/**
 * Powers of ten from low to high, so many at most; of less than a decade 1, 2 and 5 times them.
 * @param {number} low
 * @param {number} high
 * @param {number} most
 * @returns {number[]}
 */
export function decadeTicks(low, high, most) {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  const found = [];
  if (last - first < 1) {
    for (let n = first - 1; n <= last + 1; n += 1) {
      for (const k of [1, 2, 5]) {
        const value = Number(`${k}e${n}`);
        if (value >= low && value <= high) found.push(value);
      }
    }
    return found;
  }
  const apart = Math.ceil((last - first + 1) / most);
  for (let n = first; n <= last; n += apart) found.push(Number(`1e${n}`));
  return found;
}
