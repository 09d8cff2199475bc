"""Yogi: Adam whose mean square grows and shrinks by no more than one gradient at a time."""

from dataclasses import dataclass
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
class Yogi:
    """Adam, but v moves towards g^2 by (1 - beta_2) g^2 and not by a share of the distance.

    m = beta_1 m + (1 - beta_1) g,   v = v - (1 - beta_2) sign(v - g^2) g^2,
    theta = theta - rate m / (1 - beta_1^t) / (sqrt(v / (1 - beta_2^t)) + epsilon).

    After a steep place small gradients let v fall slowly, so that the steps do not grow at once.

    Parameters
    ----------
    learning_rate : float, array (N,) or schedule, default 0.01
    beta_1, beta_2 : float or array (N,), default 0.9 and 0.999
        In [0, 1).
    epsilon : float or array (N,), default 1e-3
    initial_accumulator_value : float or array (N,), default 1e-6
        What m and v begin with.

    Examples
    --------
    >>> rule = Yogi(0.1, epsilon=0.0, initial_accumulator_value=0.0)
    >>> theta, state = rule.step(np.ones(1), np.full(1, 7.0), rule.init(np.ones(1)))
    >>> round(float(theta[0]), 12)
    0.9

    References
    ----------
    M. Zaheer et al., Adaptive methods for nonconvex optimization, NeurIPS 2018; form of optax.
    """

    learning_rate: Rate = 0.01
    beta_1: Decay = 0.9
    beta_2: Decay = 0.999
    epsilon: Small = 1e-3
    initial_accumulator_value: Small = 1e-6

    def __post_init__(self) -> None:
        check_settings(self)

    def init(self, theta: Array) -> State:
        first = self.initial_accumulator_value + np.zeros_like(theta)
        return {"count": 0, "first_moment": first, "second_moment": first}

    def step(self, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
        m = self.beta_1 * state["first_moment"] + (1 - self.beta_1) * gradient
        v, square = state["second_moment"], gradient * gradient
        v = v - (1 - self.beta_2) * np.sign(v - square) * square
        now = {"count": state["count"] + 1, "first_moment": m, "second_moment": v}
        return theta - self.effective_rate(now) * m, now

    def corrections(self, t: int) -> tuple[Any, Any]:
        """1 - beta_1^t and 1 - beta_2^t."""
        first, second = self.decays
        return 1 - first(t), 1 - second(t)

    @cached_property
    def decays(self) -> tuple[Powers, Powers]:
        """t -> beta_1^t and t -> beta_2^t."""
        return Powers(self.beta_1), Powers(self.beta_2)

    def effective_rate(self, state: State) -> Any:
        """What m is multiplied by in the step that ended in `state`, shaped like theta."""
        rate = rate_of_step(self.learning_rate, state["count"])
        c_1, c_2 = self.corrections(state["count"] or 1)
        return rate / c_1 / (np.sqrt(state["second_moment"] / c_2) + self.epsilon)
