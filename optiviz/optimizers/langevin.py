"""Langevin descent: gradient descent that is shaken, and so visits all of a landscape."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.registry import check_settings
from optiviz._lib.typing import Array, Bounds, Rate, Small, State, rate_at


@checked_settings
@dataclass(frozen=True)
class Langevin:
    """Add noise of variance 2 rate temperature to each step down the slope.

    theta = theta - rate g + sqrt(2 rate temperature) xi,   xi normal, of its own in each coordinate.

    For small rates a long run is at theta as often as exp(-f(theta) / temperature) says: it leaves a shallow
    minimum for a deep one, and never rests. Noise of a gradient, by contrast, is multiplied by the rate.

    Parameters
    ----------
    learning_rate : float, array (N,) or schedule, default 0.01
    temperature : float or array (N,), default 0.01
        0 is gradient descent.
    seed : int, default 0
        Of the noise, which is the same for runs side by side.

    Examples
    --------
    >>> Langevin(0.1, temperature=0.0).step(np.ones(1), np.full(1, 2.0), {"count": 0})[0].tolist()
    [0.8]

    References
    ----------
    M. Welling, Y. W. Teh, Bayesian learning via stochastic gradient Langevin dynamics, ICML 2011.
    """

    learning_rate: Rate = 0.01
    temperature: Small = 0.01
    seed: Annotated[int, Bounds(low=0.0)] = 0

    def __post_init__(self) -> None:
        check_settings(self)

    def init(self, theta: Array) -> State:
        return {"count": 0}

    def step(self, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
        rate = rate_at(self.learning_rate, state["count"])
        noise = self.noise(state["count"], len(theta)).reshape(-1, *[1] * (theta.ndim - 1))
        theta = theta - rate * gradient + np.sqrt(2 * rate * self.temperature) * noise
        return theta, {"count": state["count"] + 1}

    def noise(self, count: int, size: int) -> Array:
        """(size,) normal numbers of the step after `count`: a stream of the seed for each step."""
        stream = np.random.Generator(np.random.Philox(key=[int(self.seed), int(count)]))
        return stream.standard_normal(size)
