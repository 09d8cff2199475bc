"""AdaBelief: Adam that divides by how far gradients stray from their mean, not by how large they are."""

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
class AdaBelief:
    """Go far where the gradient came as its mean foretold, and not far where it did not.

    m = beta_1 m + (1 - beta_1) g,   s = beta_2 s + (1 - beta_2) (g - m)^2 + epsilon_root,
    theta = theta - rate m / (1 - beta_1^t) / (sqrt(s / (1 - beta_2^t)) + epsilon).

    On a steady slope g - m goes to 0 and the steps grow. `epsilon_root` enters s itself at every step.

    Parameters
    ----------
    learning_rate : float, array (N,) or schedule, default 0.001
    beta_1, beta_2 : float or array (N,), default 0.9 and 0.999
        The shares of the two means kept at each step, in [0, 1).
    epsilon, epsilon_root : float or array (N,), default 1e-16
        Added to the root, and to s.

    Examples
    --------
    >>> rule = AdaBelief(learning_rate=0.9, epsilon=0.0, epsilon_root=0.0)
    >>> theta, state = rule.step(np.ones(1), np.full(1, 7.0), rule.init(np.ones(1)))
    >>> round(float(theta[0]), 12)    # of g = 7 the mean foretold 0.7: the step is rate 7 / 6.3
    0.0

    References
    ----------
    J. Zhuang et al., AdaBelief optimizer: adapting stepsizes by the belief in observed gradients, NeurIPS
    2020; form and defaults of optax.
    """

    learning_rate: Rate = 0.001
    beta_1: Decay = 0.9
    beta_2: Decay = 0.999
    epsilon: Small = 1e-16
    epsilon_root: Small = 1e-16

    def __post_init__(self) -> None:
        check_settings(self)

    def init(self, theta: Array) -> State:
        zeros = np.zeros_like(theta)
        return {"count": 0, "first_moment": zeros, "second_moment": zeros}

    def step(self, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
        m = self.beta_1 * state["first_moment"] + (1 - self.beta_1) * gradient
        stray = gradient - m
        s = self.beta_2 * state["second_moment"] + (1 - self.beta_2) * stray * stray + self.epsilon_root
        now = {"count": state["count"] + 1, "first_moment": m, "second_moment": s}
        return theta - self.effective_rate(now) * m, now

    def corrections(self, t: int) -> tuple[Any, Any]:
        """1 - beta_1^t and 1 - beta_2^t: the share of the true mean that m and s have at step t."""
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
