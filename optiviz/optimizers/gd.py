"""Gradient descent: straight down the slope."""

from dataclasses import dataclass

from optiviz._lib.calls import checked_settings
from optiviz._lib.registry import check_settings
from optiviz._lib.typing import Array, Rate, State, rate_at


@checked_settings
@dataclass(frozen=True)
class GD:
    """Gradient descent: theta = theta - rate g.

    Batch, mini-batch and stochastic descent are this one rule; what differs is how many rows the
    gradient sees (`batch_size` of the problem).

    Parameters
    ----------
    learning_rate : float, array (N,) or schedule, default 0.01
        On a quadratic with largest curvature L the path converges for rates below 2 / L.

    Examples
    --------
    >>> GD(learning_rate=0.1).step(theta=1.0, gradient=2.0, state={"count": 0})
    (0.8, {'count': 1})

    References
    ----------
    A. Cauchy, Methode generale pour la resolution des systemes d'equations simultanees, 1847.
    """

    learning_rate: Rate = 0.01

    def __post_init__(self) -> None:
        check_settings(self)

    def init(self, theta: Array) -> State:
        return {"count": 0}

    def step(self, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
        rate = rate_at(self.learning_rate, state["count"])
        return theta - rate * gradient, {"count": state["count"] + 1}
