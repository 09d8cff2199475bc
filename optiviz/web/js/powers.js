/**
 * Powers by products and square roots: `optiviz/_lib/powers.py` to the bit. Math.pow would differ in the last
 * bit, and from engine to engine.
 */

const SQUARE_COUNT = 33;
const ROOT_COUNT = 30;
const MOST_EXPONENT = 2 ** 32; // beyond it nothing changes
const HALVING = 134217729; // 2^27 + 1 splits a number into two of 26 digits
const MOST_BASES = 200;

/** @type {Map<number, {squares: Float64Array, roots: Float64Array}>} */
const powerTables = new Map();

/**
 * base^exponent for an exponent >= 0: sums of running means, decaying rates.
 * @param {number} base at least 0
 * @param {number} exponent at least 0
 * @returns {number}
 */
export function power(base, exponent) {
  const { squares, roots } = powerTable(base);
  const whole = Math.min(exponent, MOST_EXPONENT);
  let n = Math.floor(whole);
  let fraction = whole - n;
  let result = 1;
  for (let k = 0; n > 0 && k < SQUARE_COUNT; k += 1) {
    if (n % 2 === 1) result *= squares[k];
    n = Math.floor(n / 2);
  }
  if (fraction === 0) return result;
  for (let k = 0; k < ROOT_COUNT; k += 1) {
    fraction *= 2;
    if (fraction >= 1) {
      result *= roots[k];
      fraction -= 1;
    }
  }
  return result * (1 + fraction * (roots[ROOT_COUNT - 1] - 1));
}

/** base^(2^k) and base^(2^-k), worked out once for a base. */
function powerTable(base) {
  const known = powerTables.get(base);
  if (known) return known;
  if (powerTables.size >= MOST_BASES) powerTables.clear(); // a dragged slider asks for many
  const made = { squares: powerSquares(base), roots: powerRoots(base) };
  powerTables.set(base, made);
  return made;
}

/** Each square is worked out to twice the digits (Dekker 1971), then rounded. */
function powerSquares(base) {
  const squares = new Float64Array(SQUARE_COUNT);
  let high = base;
  let low = 0 * base;
  for (let k = 0; k < SQUARE_COUNT; k += 1) {
    squares[k] = high;
    const split = HALVING * high;
    const big = split - (split - high);
    const small = high - big;
    const square = high * high;
    const rest = (big * big - square) + 2 * big * small + small * small + 2 * high * low;
    const total = square + rest;
    const fine = Number.isFinite(total);
    high = fine ? total : square;
    low = fine ? rest - (total - square) : 0;
  }
  return squares;
}

function powerRoots(base) {
  const roots = new Float64Array(ROOT_COUNT);
  let root = base;
  for (let k = 0; k < ROOT_COUNT; k += 1) {
    root = Math.sqrt(root);
    roots[k] = root;
  }
  return roots;
}
