"""Signum: the sign of a moving mean of the gradient."""

from dataclasses import dataclass

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.registry import check_settings
from optiviz._lib.typing import Array, Decay, Rate, State, rate_at


@checked_settings
@dataclass(frozen=True)
class Signum:
    """Step `learning_rate` far in every coordinate: steepest descent in the norm of the largest one.

    m = momentum m + (1 - momentum) g,   theta = theta - rate sign(m).

    With momentum 0 it is sign descent. Lion's step weighs the fresh gradient more than its memory does.

    Parameters
    ----------
    learning_rate : float, array (N,) or schedule, default 0.001
    momentum : float or array (N,), default 0.9
        The share of the mean kept at each step, in [0, 1).

    Examples
    --------
    >>> rule = Signum(learning_rate=0.5)
    >>> theta, state = rule.step(np.ones(3), np.array([7.0, 0.0, -0.1]), rule.init(np.ones(3)))
    >>> theta.tolist()
    [0.5, 1.0, 1.5]

    References
    ----------
    J. Bernstein et al., signSGD: compressed optimisation for non-convex problems, ICML 2018; with momentum 0
    as optax' `sign_sgd`.
    """

    learning_rate: Rate = 0.001
    momentum: Decay = 0.9

    def __post_init__(self) -> None:
        check_settings(self)

    def init(self, theta: Array) -> State:
        return {"count": 0, "first_moment": np.zeros_like(theta)}

    def step(self, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
        m = self.momentum * state["first_moment"] + (1 - self.momentum) * gradient
        theta = theta - rate_at(self.learning_rate, state["count"]) * np.sign(m)
        return theta, {"count": state["count"] + 1, "first_moment": m}
