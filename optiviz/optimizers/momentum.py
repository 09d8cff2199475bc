"""Momentum: the heavy ball."""

from dataclasses import KW_ONLY, dataclass

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.registry import check_settings
from optiviz._lib.typing import Array, Rate, Share, State, rate_at


@checked_settings
@dataclass(frozen=True)
class Momentum:
    """A ball that keeps its speed: v = momentum v - rate g, then theta = theta + v.

    Down a steady slope the step grows to 1 / (1 - momentum) times that of gradient descent.

    Parameters
    ----------
    learning_rate : float, array (N,) or schedule, default 0.01
    momentum : float or array (N,), default 0.9
        The share of speed kept at each step, in [0, 1]; 0 is plain gradient descent.
        The lecture calls it the decay.
    rate_inside : bool, default True
        Where the rate stands. False is the form of torch and optax: v = momentum v - g, then
        theta = theta + rate v. The paths part only when the rate changes on the way.
    dampening : float or array (N,), default 0.0
        Take (1 - dampening) g from the second step on; the first is undamped, as in torch.

    Examples
    --------
    >>> ball = Momentum(learning_rate=0.1, momentum=0.5)
    >>> theta, state = ball.step(np.ones(1), np.ones(1), ball.init(np.ones(1)))
    >>> float(theta[0]), float(state["velocity"][0])
    (0.9, -0.1)

    References
    ----------
    B. T. Polyak, Some methods of speeding up the convergence of iteration methods, 1964.
    Rate inside the velocity, as in Keras 3 `SGD(momentum=...)`.
    """

    learning_rate: Rate = 0.01
    momentum: Share = 0.9
    _: KW_ONLY
    rate_inside: bool = True
    dampening: Share = 0.0

    def __post_init__(self) -> None:
        check_settings(self)

    def init(self, theta: Array) -> State:
        return {"count": 0, "velocity": np.zeros_like(theta)}

    def step(self, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
        rate = rate_at(self.learning_rate, state["count"])
        damped = 1 - self.dampening if state["count"] else 1.0
        if self.rate_inside:
            velocity = self.momentum * state["velocity"] - rate * damped * gradient
            theta = theta + velocity
        else:
            velocity = self.momentum * state["velocity"] - damped * gradient
            theta = theta + rate * velocity
        return theta, {"count": state["count"] + 1, "velocity": velocity}
