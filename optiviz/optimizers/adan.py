"""Adan: Adam that looks ahead by the difference of the last two gradients."""

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
class Adan:
    """Nesterov's momentum without a second point: a mean of gradients, and one of their differences.

    d = g - g_before (0 at first),   m, v and n are moving means of g, d and (g + (1 - beta_2) d)^2 that keep
    the shares beta_1, beta_2 and beta_3, each over 1 - beta^t:

    theta = theta - rate (m + (1 - beta_2) v) / (sqrt(n + epsilon_root) + epsilon).

    Parameters
    ----------
    learning_rate : float, array (N,) or schedule, default 0.001
    beta_1, beta_2, beta_3 : float or array (N,), default 0.98, 0.92 and 0.99
        In [0, 1); the paper writes 1 minus these.
    epsilon, epsilon_root : float or array (N,), default 1e-8

    Examples
    --------
    >>> rule = Adan(learning_rate=0.1, epsilon=0.0, epsilon_root=0.0)
    >>> theta, state = rule.step(np.ones(1), np.full(1, 7.0), rule.init(np.ones(1)))
    >>> round(float(theta[0]), 12)
    0.9

    References
    ----------
    X. Xie et al., Adan: adaptive Nesterov momentum algorithm for faster optimizing deep models, 2022; form
    and defaults of optax.
    """

    learning_rate: Rate = 0.001
    beta_1: Decay = 0.98
    beta_2: Decay = 0.92
    beta_3: Decay = 0.99
    epsilon: Small = 1e-8
    epsilon_root: Small = 1e-8

    def __post_init__(self) -> None:
        check_settings(self)

    def init(self, theta: Array) -> State:
        names = ("first_moment", "difference", "second_moment", "last_gradient")
        return {"count": 0, **dict.fromkeys(names, np.zeros_like(theta))}

    def step(self, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
        change = gradient - state["last_gradient"] if state["count"] else 0.0 * gradient
        ahead = gradient + (1 - self.beta_2) * change
        m = self.beta_1 * state["first_moment"] + (1 - self.beta_1) * gradient
        v = self.beta_2 * state["difference"] + (1 - self.beta_2) * change
        n = self.beta_3 * state["second_moment"] + (1 - self.beta_3) * ahead * ahead
        t = state["count"] + 1
        first, second, third = self.decays
        direction = m / (1 - first(t)) + (1 - self.beta_2) * (v / (1 - second(t)))
        now = {"count": t, "first_moment": m, "difference": v, "second_moment": n, "last_gradient": gradient}
        return theta - self.effective_rate(now) * direction, now

    @cached_property
    def decays(self) -> tuple[Powers, Powers, Powers]:
        """t -> beta^t of each of the three."""
        return Powers(self.beta_1), Powers(self.beta_2), Powers(self.beta_3)

    def effective_rate(self, state: State) -> Any:
        """What the direction is multiplied by in the step that ended in `state`, shaped like theta."""
        rate = rate_of_step(self.learning_rate, state["count"])
        n = state["second_moment"] / (1 - self.decays[2](state["count"] or 1))
        return rate / (np.sqrt(n + self.epsilon_root) + self.epsilon)
