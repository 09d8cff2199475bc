"""Adamax: Adam with the largest recent gradient in place of the mean square."""

from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.powers import Powers
from optiviz._lib.registry import check_settings
from optiviz._lib.typing import Array, Decay, Rate, Small, State
from optiviz.optimizers.base import rate_of_step


@checked_settings
@dataclass(frozen=True)
class Adamax:
    """Step along a moving mean of the gradient, divided by its largest size of late.

    m = beta_1 m + (1 - beta_1) g,   u = max(beta_2 u, |g|),
    theta = theta - rate / (1 - beta_1^t)  m / (u + epsilon).

    Parameters
    ----------
    learning_rate : float, array (N,) or schedule, default 0.001
    beta_1, beta_2 : float or array (N,), default 0.9 and 0.999
        The share of the mean kept at each step, and of the largest size, in [0, 1).
    epsilon : float or array (N,), default 1e-7
        Keeps the division finite; 0, as in the paper, is allowed where no gradient is exactly 0.
    epsilon_inside_max : bool, default False
        True is the form of torch and optax: u = max(beta_2 u, |g| + epsilon), and no epsilon outside.

    Examples
    --------
    >>> rule = Adamax(learning_rate=0.1, epsilon=0.0)
    >>> theta, state = rule.step(np.ones(1), np.full(1, -7.0), rule.init(np.ones(1)))
    >>> round(float(theta[0]), 12), float(state["largest_gradient"][0])
    (1.1, 7.0)

    References
    ----------
    D. Kingma, J. Ba, Adam: a method for stochastic optimization, section 7, ICLR 2015; form and
    defaults of Keras 3.
    """

    learning_rate: Rate = 0.001
    beta_1: Decay = 0.9
    beta_2: Decay = 0.999
    epsilon: Small = 1e-7
    _: KW_ONLY
    epsilon_inside_max: bool = False

    def __post_init__(self) -> None:
        check_settings(self)

    def init(self, theta: Array) -> State:
        zeros = np.zeros_like(theta)
        return {"count": 0, "first_moment": zeros, "largest_gradient": zeros}

    def step(self, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
        size = np.abs(gradient) + self.epsilon if self.epsilon_inside_max else np.abs(gradient)
        m = self.beta_1 * state["first_moment"] + (1 - self.beta_1) * gradient
        u = np.maximum(self.beta_2 * state["largest_gradient"], size)
        now = {"count": state["count"] + 1, "first_moment": m, "largest_gradient": u}
        return theta - self.effective_rate(now) * m, now

    @cached_property
    def decay(self) -> Powers:
        """t -> beta_1^t."""
        return Powers(self.beta_1)

    def effective_rate(self, state: State) -> Any:
        """What m is multiplied by in the step that ended in `state`, shaped like theta."""
        c_1 = 1 - self.decay(state["count"] or 1)
        rate = rate_of_step(self.learning_rate, state["count"]) / c_1
        u = state["largest_gradient"]
        return rate / (u if self.epsilon_inside_max else u + self.epsilon)
