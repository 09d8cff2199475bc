"""Nadam: Adam that looks ahead as Nesterov does."""

from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.errors import BadInput
from optiviz._lib.powers import Powers
from optiviz._lib.registry import check_settings
from optiviz._lib.typing import Array, Decay, Rate, Small, State
from optiviz.optimizers.base import rate_of_step

FADING = Powers(0.96)  # Dozat's schedule of the momentum


@checked_settings
@dataclass(frozen=True)
class Nadam:
    """Adam with the first moment of the step to come, and a momentum that warms up.

    m and v as in Adam, v_hat = v / (1 - beta_2^t), mu_t = beta_1 (1 - 0.96^(t momentum_decay) / 2),
    m_hat = mu_(t+1) m / (1 - mu_1 ... mu_(t+1)) + (1 - mu_t) g / (1 - mu_1 ... mu_t),
    theta = theta - rate m_hat / (sqrt(v_hat) + epsilon).

    Parameters
    ----------
    learning_rate : float, array (N,) or schedule, default 0.001
    beta_1, beta_2 : float or array (N,), default 0.9 and 0.999
        The shares of the two means kept at each step, in [0, 1).
    epsilon : float or array (N,), default 1e-7
    momentum_decay : float, array (N,) or None, default 1.0
        How fast mu_t rises to beta_1: 1 in Keras 3, 0.004 in the paper and in torch. None is optax's
        `nadam`: no warm-up, mu_t = beta_1.

    Examples
    --------
    >>> rule = Nadam(learning_rate=0.1, epsilon=0.0, momentum_decay=None)
    >>> theta, state = rule.step(np.ones(1), np.full(1, 7.0), rule.init(np.ones(1)))
    >>> round(float(theta[0]), 12)    # 1 - 0.1 (0.9 0.1 / (1 - 0.81) + 0.1 / (1 - 0.9))
    0.852631578947

    References
    ----------
    T. Dozat, Incorporating Nesterov momentum into Adam, ICLR workshop 2016; form and defaults of
    Keras 3.
    """

    learning_rate: Rate = 0.001
    beta_1: Decay = 0.9
    beta_2: Decay = 0.999
    epsilon: Small = 1e-7
    _: KW_ONLY
    momentum_decay: Small | None = 1.0

    def __post_init__(self) -> None:
        check_settings(self)
        if self.momentum_decay is not None and not np.all(np.greater_equal(self.momentum_decay, 0.0)):
            raise BadInput(
                f"must be at least 0, got {self.momentum_decay!r}", field="momentum_decay", part="Nadam"
            )

    def init(self, theta: Array) -> State:
        zeros, ones = np.zeros_like(theta), np.ones_like(theta)
        return {"count": 0, "first_moment": zeros, "second_moment": zeros, "momentum_product": ones}

    def step(self, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
        t = state["count"] + 1
        m = self.beta_1 * state["first_moment"] + (1 - self.beta_1) * gradient
        v = self.beta_2 * state["second_moment"] + (1 - self.beta_2) * gradient * gradient
        mu, mu_next = self.momentum_at(t), self.momentum_at(t + 1)
        product = state["momentum_product"] * mu
        m_hat = mu_next * m / (1 - product * mu_next) + (1 - mu) * gradient / (1 - product)
        now = {"count": t, "first_moment": m, "second_moment": v, "momentum_product": product}
        return theta - self.effective_rate(now) * m_hat, now

    def momentum_at(self, t: int) -> Any:
        """mu_t, the share of speed kept at step t."""
        if self.momentum_decay is None:
            return self.beta_1
        return self.beta_1 * (1 - 0.5 * FADING(t * self.momentum_decay))

    @cached_property
    def decay(self) -> Powers:
        """t -> beta_2^t."""
        return Powers(self.beta_2)

    def effective_rate(self, state: State) -> Any:
        """rate / (sqrt(v_hat) + epsilon) of the step that ended in `state`, shaped like theta."""
        rate = rate_of_step(self.learning_rate, state["count"])
        v_hat = state["second_moment"] / (1 - self.decay(state["count"] or 1))
        return rate / (np.sqrt(v_hat) + self.epsilon)
