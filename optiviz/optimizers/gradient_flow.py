"""Gradient flow: what gradient descent does with steps that are infinitely short."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.registry import check_settings
from optiviz._lib.typing import Array, Bounds, Rate, State, rate_at
from optiviz.optimizers.base import Questions

# Dormand and Prince: the places of the seven slopes, and the difference of its two results
TABLE = (
    (1 / 5,),
    (3 / 40, 9 / 40),
    (44 / 45, -56 / 15, 32 / 9),
    (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
    (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
    (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
)
ERROR = (71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40)
MOST = 500  # strides of one step, after which it ends where it is
SHORT = 1 / (1 << 40)  # of a step: a stride is no shorter


@checked_settings
@dataclass(frozen=True)
class GradientFlow:
    """Follow the line of steepest descent, d theta / dt = -gradient, for a time of `learning_rate` a step.

    Gradient descent with the same rate takes one straight step (Euler's) where this takes as many short ones
    as the tolerance asks for: pairs of order 5 and 4 (Dormand and Prince), the stride halved where the two
    differ by more than `tolerance` (1 + |theta|) and doubled where by 64 times less.

    Parameters
    ----------
    learning_rate : float, array (N,) or schedule, default 0.01
        The time that a step takes.
    tolerance : float, default 1e-10

    Examples
    --------
    >>> import optiviz as ov
    >>> bowl = ov.surface("x**2 + y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1, 0))
    >>> run = ov.minimize(bowl, GradientFlow(0.5), steps=2)
    >>> bool(abs(run.path[2, 0] - np.exp(-2.0)) < 1e-9)    # x = exp(-2 t)
    True

    References
    ----------
    J. Dormand, P. Prince, A family of embedded Runge-Kutta formulae, 1980.
    """

    asks: ClassVar[bool] = True

    learning_rate: Rate = 0.01
    tolerance: Annotated[float, Bounds(low=1e-14, high=1.0)] = 1e-10

    def __post_init__(self) -> None:
        check_settings(self)

    def init(self, theta: Array) -> State:
        return {"count": 0}

    def step(self, theta: Array, gradient: Array, state: State, questions: Questions) -> tuple[Array, State]:
        time = rate_at(self.learning_rate, state["count"]) + np.zeros(theta.shape[1:])
        left, stride, slope = time, time, -gradient
        for _ in range(MOST):
            going = np.asarray(left > 0)
            if not going.any():
                break
            stride = np.minimum(stride, left)
            there, slope_there, off = self.tried(questions, theta, slope, stride, going)
            limit = self.tolerance * (1 + np.abs(theta).max(axis=0))
            taken = going & ((off <= limit) | (stride <= SHORT * time))
            theta, slope = np.where(taken, there, theta), np.where(taken, slope_there, slope)
            left = np.where(taken, left - stride, left)
            stride = np.where(taken, np.where(64 * off < limit, 2 * stride, stride), stride / 2)
        return theta, {"count": state["count"] + 1}

    def tried(
        self, questions: Questions, theta: Array, slope: Array, stride: Array, going: Array
    ) -> tuple[Array, Array, Array]:
        """One stride: where it leads, the slope there, and how far its two results are apart, () or (N,)."""
        slopes, there = [slope], theta
        for weights in TABLE:
            there = theta + stride * sum(w * k for w, k in zip(weights, slopes, strict=True) if w)
            slopes.append(-questions.gradient(there, among=going))
        off = stride * sum(w * k for w, k in zip(ERROR, slopes, strict=True) if w)
        return there, slopes[-1], np.nan_to_num(np.abs(off).max(axis=0), nan=np.inf)
