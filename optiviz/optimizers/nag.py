"""Nesterov's accelerated gradient: look ahead, then correct."""

from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.registry import check_settings
from optiviz._lib.typing import Array, Rate, Share, State, rate_at
from optiviz.optimizers.base import rate_of_step


@checked_settings
@dataclass(frozen=True)
class NAG:
    """Momentum that measures the slope where its speed is about to carry it.

    In the lecture's letters: v = momentum v - rate g(theta + momentum v), then theta = theta + v.
    Like Keras, torch and optax we keep the look-ahead point phi = theta + momentum v, so that the
    gradient is always asked for where the path stands:

        v = momentum v - rate g(phi),   phi = phi + momentum v - rate g(phi).

    So `path` holds phi, and theta = phi - momentum v is derived where a picture needs it: `position`.

    Parameters
    ----------
    learning_rate : float, array (N,) or schedule, default 0.01
    momentum : float or array (N,), default 0.9
        The share of speed kept at each step, in [0, 1].
    rate_inside : bool, default True
        Where the rate stands. False is the form of torch and optax: v = momentum v - g, then
        phi = phi + rate (momentum v - g). The paths part only when the rate changes on the way.

    Examples
    --------
    >>> ball = NAG(learning_rate=0.1, momentum=0.5)
    >>> phi, state = ball.step(np.ones(1), np.ones(1), ball.init(np.ones(1)))
    >>> round(float(phi[0]), 12), float(state["velocity"][0])
    (0.85, -0.1)
    >>> round(float(ball.position(phi, state)[0]), 12)
    0.9

    References
    ----------
    Y. Nesterov, A method for solving the convex programming problem with convergence rate
    O(1/k^2), 1983; in this form I. Sutskever et al., 2013, and Keras 3 `SGD(nesterov=True)`.
    """

    learning_rate: Rate = 0.01
    momentum: Share = 0.9
    _: KW_ONLY
    rate_inside: bool = True

    def __post_init__(self) -> None:
        check_settings(self)

    def init(self, theta: Array) -> State:
        return {"count": 0, "velocity": np.zeros_like(theta)}

    def step(self, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
        rate = rate_at(self.learning_rate, state["count"])
        if self.rate_inside:
            move = rate * gradient
            velocity = self.momentum * state["velocity"] - move
            look_ahead = theta + self.momentum * velocity - move
        else:
            velocity = self.momentum * state["velocity"] - gradient
            look_ahead = theta + rate * (self.momentum * velocity - gradient)
        return look_ahead, {"count": state["count"] + 1, "velocity": velocity}

    def position(self, look_ahead: Array, state: State) -> Any:
        """theta = phi - momentum v: where the ball is when it looks at phi, shaped like phi."""
        rate: Any = 1.0
        if not self.rate_inside and state["count"]:
            rate = rate_of_step(self.learning_rate, state["count"])
        return look_ahead - rate * self.momentum * state["velocity"]
