"""Adafactor: a matrix of second moments kept as the sums of its rows and columns."""

from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.powers import Powers
from optiviz._lib.registry import check_settings
from optiviz._lib.typing import Array, Positive, Rate, Share, Small, State, Steps, rate_at
from optiviz.optimizers.base import Variables
from optiviz.optimizers.columns import column_sums
from optiviz.optimizers.each_variable import EachVariable


@checked_settings
@dataclass(frozen=True)
class Adafactor:
    """Divide by root mean squares guessed from the means of rows and columns, and step in proportion.

    With b = 1 - t^-decay:   R = b R + (1 - b) mean over each row of g^2, C the same of each column,
    V = R C / mean(R),   u = g / sqrt(V),   u = u / max(1, rms(u) / clip),
    theta = theta - max(epsilon_2, rms(theta)) min(rate, 1 / sqrt(t)) u.

    rms is the root mean square over one variable. A vector keeps the whole of V; so does a matrix with a side
    shorter than `least_side`. The first step has b = 0: it is as large in every entry of a vector.

    Parameters
    ----------
    learning_rate : float, array (N,) or schedule, default 0.01
        The largest relative step.
    decay : float or array (N,), default 0.8
    epsilon_1 : float or array (N,), default 2.220446049250313e-16
        torch's: mean(R) is no less, and V no less than its square. With `epsilon_inside` it is added to g^2,
        as in Keras, optax and the paper, whose value is 1e-30.
    epsilon_2 : float or array (N,), default 1e-3
        The size that a variable of zeros is taken to have.
    clip : float or array (N,), default 1.0
    epsilon_inside : bool, default False
    relative_step : bool, default True
        False leaves out 1 / sqrt(t), as optax does.
    least_side : int, default 1
        optax has 128.

    Examples
    --------
    >>> rule = Adafactor(learning_rate=0.5)
    >>> theta, _ = rule.step(np.array([3.0, 4.0]), np.array([7.0, -0.1]), rule.init(np.ones(2)))
    >>> theta.round(4).tolist()    # 0.5 times the root mean square of 3 and 4, both ways
    [1.2322, 5.7678]

    References
    ----------
    N. Shazeer, M. Stern, Adafactor: adaptive learning rates with sublinear memory cost, ICML 2018; form and
    defaults of torch.
    """

    learning_rate: Rate = 0.01
    decay: Share = 0.8
    epsilon_1: Small = float(np.finfo(float).eps)
    epsilon_2: Small = 1e-3
    clip: Positive = 1.0
    _: KW_ONLY
    epsilon_inside: bool = False
    relative_step: bool = True
    least_side: Steps = 1

    def __post_init__(self) -> None:
        check_settings(self)

    def with_variables(self, variables: Variables) -> EachVariable:
        """The same for theta that is made of `variables`."""
        return EachVariable(self, variables)

    def init(self, theta: Array) -> State:
        return self.init_variable(theta, theta.shape[:1])

    def step(self, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
        return self.step_variable(theta, gradient, state, theta.shape[:1])

    def is_factored(self, shape: tuple[int, ...]) -> bool:
        """Whether a variable of that shape keeps rows and columns."""
        return len(shape) == 2 and min(shape) >= self.least_side

    def init_variable(self, theta: Array, shape: tuple[int, ...]) -> State:
        if not self.is_factored(shape):
            return {"count": 0, "second_moment": np.zeros_like(theta)}
        rows, columns = (np.zeros((side, *theta.shape[1:])) for side in shape)
        return {"count": 0, "row_means": rows, "column_means": columns}

    def step_variable(
        self, theta: Array, gradient: Array, state: State, shape: tuple[int, ...]
    ) -> tuple[Array, State]:
        t = state["count"] + 1
        rate = most = rate_at(self.learning_rate, state["count"])
        if self.relative_step:
            rate = np.minimum(most, 1 / np.sqrt(float(t)))
        fresh = self.fresh_share(t)
        square = gradient * gradient + (self.epsilon_1 if self.epsilon_inside else 0.0)
        if self.is_factored(shape):
            rows, columns = means_of(square, shape)
            rows = state["row_means"] + fresh * (rows - state["row_means"])
            columns = state["column_means"] + fresh * (columns - state["column_means"])
            v = self.product(rows, columns).reshape(theta.shape)
            kept = {"row_means": rows, "column_means": columns}
        else:
            v = state["second_moment"] + fresh * (square - state["second_moment"])
            kept = {"second_moment": v}
        if not self.epsilon_inside:
            v = np.maximum(v, self.epsilon_1 * self.epsilon_1)
        u = np.where(v > 0, gradient / np.sqrt(np.where(v > 0, v, 1.0)), 0.0)
        u = u / np.maximum(1.0, root_mean_square(u) / self.clip)
        return theta - np.maximum(self.epsilon_2, root_mean_square(theta)) * rate * u, {"count": t, **kept}

    def product(self, rows: Array, columns: Array) -> Array:
        """(m, n) or (m, n, N) the matrix that has these means of rows and of columns."""
        mean = column_sums(rows) / len(rows)
        if not self.epsilon_inside:
            mean = np.maximum(mean, self.epsilon_1)
        return rows[:, None] * columns[None] / np.where(mean > 0, mean, 1.0)

    def fresh_share(self, t: int) -> Any:
        """t^-decay, the share of the new squares in the means."""
        if t not in self.shares:
            self.shares[t] = 1 / Powers(float(t))(self.decay)
        return self.shares[t]

    @cached_property
    def shares(self) -> dict[int, Any]:
        """Those that have been worked out."""
        return {}


def means_of(square: Array, shape: tuple[int, ...]) -> tuple[Array, Array]:
    """(m,) or (m, N) means over each row, and (n,) or (n, N) over each column, of (m n,) or (m n, N)."""
    matrix = np.copy(square.T, order="C").reshape(*square.shape[1:], *shape)
    rows = matrix.sum(axis=-1) / shape[1]
    columns = np.copy(matrix.swapaxes(-1, -2), order="C").sum(axis=-1) / shape[0]
    return rows.T, columns.T


def root_mean_square(values: Array) -> Array:
    """() or (N,)."""
    return np.sqrt(column_sums(values * values) / len(values))
