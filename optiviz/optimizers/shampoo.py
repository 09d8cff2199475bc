"""Shampoo: a matrix of weights divided by roots of what its gradients share from the left and the right."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.errors import BadInput
from optiviz._lib.registry import check_settings
from optiviz._lib.typing import Array, Positive, Rate, State, rate_at
from optiviz.optimizers.base import Variables
from optiviz.optimizers.columns import run_by_run
from optiviz.optimizers.each_variable import EachVariable

MOST = 4096  # entries of a side: its square is 128 MiB


@checked_settings
@dataclass(frozen=True)
class Shampoo:
    """Adagrad in the axes that the gradients themselves prefer, not in those of the coordinates.

    Of a matrix:   L = L + G G^T,   R = R + G^T G,   theta = theta - rate L^(-1/4) G R^(-1/4).
    Of a vector:   L = L + g g^T,   theta = theta - rate L^(-1/2) g, which is Adagrad with a full matrix.

    L and R begin as epsilon times the unit matrix. On a surface a valley that lies across the coordinates is
    no harder than one along them.

    Parameters
    ----------
    learning_rate : float, array (N,) or schedule, default 0.1
    epsilon : float or array (N,), default 1e-6
        Greater than 0.

    Examples
    --------
    >>> rule = Shampoo(learning_rate=1.0)
    >>> theta, _ = rule.step(np.zeros(2), np.array([3.0, 4.0]), rule.init(np.zeros(2)))
    >>> theta.round(6).tolist()    # a step of length 1 along the gradient
    [-0.6, -0.8]

    References
    ----------
    V. Gupta, T. Koren, Y. Singer, Shampoo: preconditioned stochastic tensor optimization, ICML 2018.
    """

    learning_rate: Rate = 0.1
    epsilon: Positive = 1e-6

    def __post_init__(self) -> None:
        check_settings(self)

    def with_variables(self, variables: Variables) -> EachVariable:
        """The same for theta that is made of `variables`."""
        return EachVariable(self, variables)

    def init(self, theta: Array) -> State:
        return self.init_variable(theta, theta.shape[:1])

    def step(self, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
        return self.step_variable(theta, gradient, state, theta.shape[:1])

    def init_variable(self, theta: Array, shape: tuple[int, ...]) -> State:
        sides = shape if len(shape) == 2 else (len(theta),)
        if max(sides, default=0) > MOST:
            raise BadInput(
                f"Shampoo: a variable of {max(sides):,} entries a side is too large; the limit is {MOST:,}"
            )
        units = [np.eye(side).reshape(side, side, *[1] * (theta.ndim - 1)) for side in sides]
        first = [self.epsilon * unit + np.zeros((1, 1, *theta.shape[1:])) for unit in units]
        return {"count": 0, **dict(zip(("left", "right"), first, strict=False))}

    def step_variable(
        self, theta: Array, gradient: Array, state: State, shape: tuple[int, ...]
    ) -> tuple[Array, State]:
        sides = shape if len(shape) == 2 else (len(theta), 1)
        own = [state[name] for name in ("left", "right") if name in state]
        if theta.ndim == 1:
            way, *sums = preconditioned(sides, gradient, *own)
        else:
            way, *sums = run_by_run(lambda *one: preconditioned(sides, *one), gradient, *own)
        moved = theta - rate_at(self.learning_rate, state["count"]) * way
        return moved, {
            "count": state["count"] + 1, **dict(zip(("left", "right"), sums, strict=False))
        }  # fmt: skip


def preconditioned(shape: tuple[int, ...], gradient: Array, left: Array, *right: Array) -> tuple[Any, ...]:
    """(m n,) the gradient of one run between roots of both sides, and the sums of which they are roots."""
    g = gradient.reshape(shape)
    left = left + g @ g.T
    if not right:
        return (inverse_root(left, 1) @ g).ravel(), left
    behind = right[0] + g.T @ g
    return (inverse_root(left, 2) @ g @ inverse_root(behind, 2)).ravel(), left, behind


def inverse_root(matrix: Array, halvings: int) -> Array:
    """matrix^(-1/2) for 1 halving, matrix^(-1/4) for 2, of one that is symmetric and positive.

    >>> inverse_root(np.diag([16.0, 81.0]), 2).round(12).tolist()
    [[0.5, 0.0], [0.0, 0.333333333333]]
    """
    if not np.isfinite(matrix).all():
        return np.full_like(matrix, np.nan)
    values, axes = np.linalg.eigh(matrix)
    values = np.maximum(values, np.finfo(float).tiny)
    for _ in range(halvings):
        values = np.sqrt(values)
    return np.asarray((axes / values) @ axes.T)
