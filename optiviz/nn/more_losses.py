"""More losses by Keras' names: log-cosh, hinge, Kullback-Leibler, Poisson, relative and logarithmic errors.

As in `losses`: predictions p (..., n, k) and targets y (n, k), r = p - y; the mean over rows and outputs
unless rows are summed.
"""

from dataclasses import dataclass

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.typing import Array
from optiviz.nn.activations import log_one_plus_exp
from optiviz.nn.loss_parts import check_reduction, columns, count, total
from optiviz.nn.parts import refuse_first_row

EPSILON = 1e-7  # Keras' `epsilon()`


@checked_settings
@dataclass(frozen=True)
class LogCosh:
    """L = mean of ln cosh r, computed as r + ln(1 + e^-2r) - ln 2; so dL/dp = tanh r / (n k).

    Examples
    --------
    >>> value, slope = LogCosh().pull(np.array([[1.0, 0.0]]), np.zeros((1, 2)))
    >>> round(float(value), 6), slope.round(6).tolist()
    (0.21689, [[0.380797, 0.0]])
    """

    reduction: str = "mean"

    def __post_init__(self) -> None:
        check_reduction(self)

    def targets(self, y: Array, outputs: int) -> Array:
        return columns("log_cosh", y, outputs)

    def value(self, p: Array, y: Array) -> Array:
        return self.pull(p, y)[0]

    def pull(self, p: Array, y: Array) -> tuple[Array, Array]:
        r = p - y
        heights = r + log_one_plus_exp(-2.0 * r) - np.log(2.0)
        return total(heights) / count(self, y), np.tanh(r) / count(self, y)


@checked_settings
@dataclass(frozen=True)
class Hinge:
    """L = mean of max(1 - y p, 0), y -1 or 1; so dL/dp = -y / (n k) where y p < 1, else 0.

    Classes 0 and 1 become -1 and 1, as in Keras.

    Examples
    --------
    >>> rule = Hinge()
    >>> value, slope = rule.pull(np.array([[0.5], [-2.0]]), rule.targets(np.array([1.0, 0.0]), 1))
    >>> float(value), slope.tolist()
    (0.25, [[-0.5], [0.0]])
    """

    reduction: str = "mean"

    def __post_init__(self) -> None:
        check_reduction(self)

    def targets(self, y: Array, outputs: int) -> Array:
        y = columns("hinge", y, outputs)
        return 2.0 * y - 1.0 if np.isin(y, (0.0, 1.0)).all() else y

    def value(self, p: Array, y: Array) -> Array:
        return self.pull(p, y)[0]

    def pull(self, p: Array, y: Array) -> tuple[Array, Array]:
        short = 1.0 - y * p
        return total(np.maximum(short, 0.0)) / count(self, y), np.where(short.real > 0, -y, 0.0) / count(
            self, y
        )


@checked_settings
@dataclass(frozen=True)
class KLDivergence:
    """L = mean over rows of sum_j y_j ln(y_j / p_j), both held within [1e-7, 1]; so dL/dp_j = -y_j / p_j / n.

    Examples
    --------
    >>> value, slope = KLDivergence().pull(np.array([[0.5, 0.5]]), np.array([[0.5, 0.5]]))
    >>> float(value), slope.tolist()
    (0.0, [[-1.0, -1.0]])
    """

    reduction: str = "mean"

    def __post_init__(self) -> None:
        check_reduction(self)

    def targets(self, y: Array, outputs: int) -> Array:
        y = columns("kl_divergence", y, outputs)
        refuse_first_row("kl_divergence: y must lie between 0 and 1", y, (y >= 0) & (y <= 1))
        return np.clip(y, EPSILON, 1.0)

    def value(self, p: Array, y: Array) -> Array:
        return self.pull(p, y)[0]

    def pull(self, p: Array, y: Array) -> tuple[Array, Array]:
        rows = count(self, y) // y.shape[-1]
        q = np.maximum(np.minimum(p, 1.0), EPSILON)
        return total(y * np.log(y / q)) / rows, np.where(q == p, -y / q, 0.0) / rows


@checked_settings
@dataclass(frozen=True)
class Poisson:
    """L = mean of p - y ln(p + 1e-7), for counts y and rates p; so dL/dp = (1 - y / (p + 1e-7)) / (n k).

    Examples
    --------
    >>> value, slope = Poisson().pull(np.array([[1.0]]), np.array([[3.0]]))
    >>> round(float(value), 5), slope.round(5).tolist()
    (1.0, [[-2.0]])
    """

    reduction: str = "mean"

    def __post_init__(self) -> None:
        check_reduction(self)

    def targets(self, y: Array, outputs: int) -> Array:
        return columns("poisson", y, outputs)

    def value(self, p: Array, y: Array) -> Array:
        return self.pull(p, y)[0]

    def pull(self, p: Array, y: Array) -> tuple[Array, Array]:
        q = p + EPSILON
        return total(p - y * np.log(q)) / count(self, y), (1.0 - y / q) / count(self, y)


@checked_settings
@dataclass(frozen=True)
class MeanAbsolutePercentageError:
    """L = 100 times the mean of |r| / |y|, |y| at least 1e-7; so dL/dp = 100 sign(r) / |y| / (n k).

    Examples
    --------
    >>> value, slope = MeanAbsolutePercentageError().pull(np.array([[3.0, 1.0]]), np.array([[2.0, 4.0]]))
    >>> float(value), slope.tolist()
    (62.5, [[25.0, -12.5]])
    """

    reduction: str = "mean"

    def __post_init__(self) -> None:
        check_reduction(self)

    def targets(self, y: Array, outputs: int) -> Array:
        return columns("mape", y, outputs)

    def value(self, p: Array, y: Array) -> Array:
        return self.pull(p, y)[0]

    def pull(self, p: Array, y: Array) -> tuple[Array, Array]:
        r, size = p - y, np.maximum(np.abs(y), EPSILON)
        heights = 100.0 * np.maximum(r, -r) / size
        return total(heights) / count(self, y), 100.0 * np.sign(r.real) / size / count(self, y)


@checked_settings
@dataclass(frozen=True)
class MeanSquaredLogarithmicError:
    """L = mean of s^2, s = ln(1 + p) - ln(1 + y), p and y at least 1e-7; so dL/dp = 2 s / (1 + p) / (n k).

    Examples
    --------
    >>> value, slope = MeanSquaredLogarithmicError().pull(np.array([[1.0]]), np.array([[0.0]]))
    >>> round(float(value), 5), slope.round(5).tolist()
    (0.48045, [[0.69315]])
    """

    reduction: str = "mean"

    def __post_init__(self) -> None:
        check_reduction(self)

    def targets(self, y: Array, outputs: int) -> Array:
        return np.maximum(columns("msle", y, outputs), EPSILON)

    def value(self, p: Array, y: Array) -> Array:
        return self.pull(p, y)[0]

    def pull(self, p: Array, y: Array) -> tuple[Array, Array]:
        q = np.maximum(p, EPSILON)
        s = np.log1p(q) - np.log1p(np.maximum(y, EPSILON))
        return total(s * s) / count(self, y), np.where(q == p, 2.0 * s / (1.0 + q), 0.0) / count(self, y)
