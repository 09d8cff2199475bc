"""AdEMAMix: Adam with a second, very slow mean of the gradient."""

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
class AdEMAMix:
    """Adam's step with a mean added that remembers thousands of gradients.

    m, v as in Adam,   slow = beta_3 slow + (1 - beta_3) g,
    theta = theta - rate (m_hat + alpha slow) / (sqrt(v_hat + epsilon_root) + epsilon),
    m_hat and v_hat over 1 - beta^t.

    The slow mean is not corrected: it begins at 0 and takes its time.

    Parameters
    ----------
    learning_rate : float, array (N,) or schedule, default 0.001
    beta_1, beta_2, beta_3 : float or array (N,), default 0.9, 0.999 and 0.9999
        In [0, 1).
    alpha : float or array (N,), default 5.0
        The weight of the slow mean; 0 is Adam.
    epsilon, epsilon_root : float or array (N,), default 1e-8 and 0.0

    Examples
    --------
    >>> rule = AdEMAMix(learning_rate=0.1, beta_3=0.5, alpha=2.0, epsilon=0.0)
    >>> theta, state = rule.step(np.ones(1), np.full(1, 7.0), rule.init(np.ones(1)))
    >>> round(float(theta[0]), 12)    # 1 - 0.1 (7 + 2 * 3.5) / 7
    0.8

    References
    ----------
    M. Pagliardini, P. Ablin, D. Grangier, The AdEMAMix optimizer: better, faster, older, 2024; form and
    defaults of optax, without its warm-up of alpha and beta_3.
    """

    learning_rate: Rate = 0.001
    beta_1: Decay = 0.9
    beta_2: Decay = 0.999
    beta_3: Decay = 0.9999
    alpha: Small = 5.0
    epsilon: Small = 1e-8
    epsilon_root: Small = 0.0

    def __post_init__(self) -> None:
        check_settings(self)

    def init(self, theta: Array) -> State:
        zeros = np.zeros_like(theta)
        return {"count": 0, "first_moment": zeros, "slow_moment": zeros, "second_moment": zeros}

    def step(self, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
        m = self.beta_1 * state["first_moment"] + (1 - self.beta_1) * gradient
        slow = self.beta_3 * state["slow_moment"] + (1 - self.beta_3) * gradient
        v = self.beta_2 * state["second_moment"] + (1 - self.beta_2) * gradient * gradient
        now = {"count": state["count"] + 1, "first_moment": m, "slow_moment": slow, "second_moment": v}
        direction = m / self.corrections(now["count"])[0] + self.alpha * slow
        return theta - self.effective_rate(now) * direction, now

    def corrections(self, t: int) -> tuple[Any, Any]:
        """1 - beta_1^t and 1 - beta_2^t."""
        first, second = self.decays
        return 1 - first(t), 1 - second(t)

    @cached_property
    def decays(self) -> tuple[Powers, Powers]:
        """t -> beta_1^t and t -> beta_2^t."""
        return Powers(self.beta_1), Powers(self.beta_2)

    def effective_rate(self, state: State) -> Any:
        """What the direction is multiplied by in the step that ended in `state`, shaped like theta."""
        rate = rate_of_step(self.learning_rate, state["count"])
        v = state["second_moment"] / self.corrections(state["count"] or 1)[1]
        return rate / (np.sqrt(v + self.epsilon_root) + self.epsilon)
