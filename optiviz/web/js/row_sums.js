/** Sums and batches over the rows of data, in the order in which NumPy adds and the library draws. */

const BLOCK_ROWS = 128;

/**
 * The sum of `count` numbers from `first` on: NumPy's pairwise summation, to the bit.
 * @param {ArrayLike<number>} values
 * @param {number} [first]
 * @param {number} [count]
 * @returns {number}
 */
export function pairwiseSum(values, first = 0, count = values.length) {
  if (count < 8) {
    let sum = 0;
    for (let k = 0; k < count; k += 1) sum += values[first + k];
    return sum;
  }
  if (count > BLOCK_ROWS) {
    const half = Math.floor(count / 2);
    const left = half - (half % 8);
    return pairwiseSum(values, first, left) + pairwiseSum(values, first + left, count - left);
  }
  const r = Float64Array.from({ length: 8 }, (_, j) => values[first + j]);
  const whole = count - (count % 8);
  for (let k = 8; k < whole; k += 8) {
    for (let j = 0; j < 8; j += 1) r[j] += values[first + k + j];
  }
  let sum = r[0] + r[1] + (r[2] + r[3]) + (r[4] + r[5] + (r[6] + r[7]));
  for (let k = whole; k < count; k += 1) sum += values[first + k];
  return sum;
}

/**
 * The rows that step k + 1 sees: each epoch an order of all rows, cut in batches, the last one maybe shorter.
 * @param {Int32Array} order epoch after epoch; what is longer than it begins again
 * @param {number} count of rows
 * @param {number} size of a batch
 * @param {number} k finished steps
 * @returns {Int32Array}
 */
export function rowsOfStep(order, count, size, k) {
  const perEpoch = Math.ceil(count / size);
  const first = (k % perEpoch) * size;
  const end = Math.min(first + size, count);
  let epoch = Math.floor(k / perEpoch);
  if (epoch * count + end > order.length) epoch %= Math.max(Math.floor(order.length / count), 1);
  return order.subarray(epoch * count + first, epoch * count + end);
}

/**
 * Orders of rows of the page's own, where none travel with it: the same in every browser.
 * @param {number} count of rows
 * @param {number} epochs
 * @returns {Int32Array}
 */
export function drawnOrders(count, epochs) {
  let seed = 1;
  const order = new Int32Array(count * epochs);
  for (let epoch = 0; epoch < epochs; epoch += 1) {
    const rows = order.subarray(epoch * count, (epoch + 1) * count);
    for (let k = 0; k < count; k += 1) rows[k] = k;
    for (let k = count - 1; k > 0; k -= 1) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0; // Numerical Recipes' generator
      const other = Math.floor((seed / 4294967296) * (k + 1));
      [rows[k], rows[other]] = [rows[other], rows[k]];
    }
  }
  return order;
}
