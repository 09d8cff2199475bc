/** Lines and curves through data: loss and gradient of all rows or a batch, as objectives/fit.py has it. */

import { drawnOrders, pairwiseSum, rowsOfStep } from "./row_sums.js";

const FIT_EPOCHS = 200;
const FIT_LOSSES = {
  mse: [(r) => r * r, (r) => 2 * r],
  mae: [Math.abs, Math.sign],
};

/**
 * A fit as a problem of the engine.
 * @param {object} record of the payload
 * @param {{x: number[], y: number[]}} record.data
 * @param {"mse"|"mae"} record.loss
 * @param {number} [record.degree] 1 for a line: theta = (w, b), else (w1, w2, ..., b) of x, x^2, ...
 * @param {number[]} record.start
 * @param {number} record.far
 * @param {number[]} [record.best] the weights of least loss
 * @returns {object} with `objectiveOf(run)` (run.batch, run.luck and run.loss count), and for theta = (w, b)
 *   `value(w, b)` and `slope(w, b, out)`
 */
export function fitProblem(record) {
  const { data, degree = 1, start, far } = record;
  const columns = powersOf(Float64Array.from(data.x), degree);
  const y = Float64Array.from(data.y);
  const all = makeFit(columns, y, record.loss);
  const orders = { drawn: null };

  function objectiveOf(run) {
    const fit = run.loss && run.loss !== record.loss ? makeFit(columns, y, run.loss) : all;
    const size = run.batch || 0;
    if (size && !run.luck) orders.drawn ??= drawnOrders(y.length, FIT_EPOCHS);
    const order = run.luck ?? orders.drawn;
    const ask = (theta, k, gradient) => {
      if (!size) return fit.whole(theta, gradient);
      fit.part(theta, rowsOfStep(order, y.length, size, k), gradient);
      return fit.whole(theta);
    };
    return { size: columns.length, start, far, value: (theta) => fit.whole(theta), ask };
  }

  return {
    ...record,
    f_min: record.best ? all.whole(record.best) : null,
    objectiveOf,
    value: (w, b) => all.whole([w, b]),
    slope: (w, b, out) => all.whole([w, b], out),
  };
}

/** The columns of the design: x, x x, ..., and ones. */
function powersOf(x, degree) {
  const columns = [x];
  while (columns.length < degree) {
    const last = columns[columns.length - 1];
    columns.push(last.map((part, i) => part * x[i]));
  }
  return [...columns, x.map(() => 1)];
}

/** Loss and gradient over all rows, and the gradient over some. */
function makeFit(columns, y, loss) {
  const [cost, steep] = FIT_LOSSES[loss];
  const costs = new Float64Array(y.length);
  const slopes = new Float64Array(y.length);
  const products = new Float64Array(y.length);

  function residual(theta, row) {
    let sum = theta[0] * columns[0][row];
    for (let j = 1; j < columns.length; j += 1) sum += theta[j] * columns[j][row];
    return sum - y[row];
  }

  function meanSlopes(rows, count, gradient) {
    columns.forEach((column, j) => {
      for (let k = 0; k < count; k += 1) products[k] = column[rows ? rows[k] : k] * slopes[k];
      gradient[j] = pairwiseSum(products, 0, count) / count;
    });
  }

  return {
    whole(theta, gradient = null) {
      for (let k = 0; k < y.length; k += 1) {
        const r = residual(theta, k);
        costs[k] = cost(r);
        slopes[k] = steep(r);
      }
      if (gradient) meanSlopes(null, y.length, gradient);
      return pairwiseSum(costs) / y.length;
    },
    part(theta, rows, gradient) {
      for (let k = 0; k < rows.length; k += 1) slopes[k] = steep(residual(theta, rows[k]));
      meanSlopes(rows, rows.length, gradient);
    },
  };
}
