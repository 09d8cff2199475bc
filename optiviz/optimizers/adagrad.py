"""Adagrad: each coordinate has a rate of its own, which only shrinks."""

from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.registry import check_settings
from optiviz._lib.typing import Array, Rate, Small, State
from optiviz.optimizers.base import rate_of_step


@checked_settings
@dataclass(frozen=True)
class Adagrad:
    """Divide each coordinate's step by the root of all its squared gradients so far.

    a = a + g^2, then theta = theta - rate g / sqrt(a + epsilon). A coordinate with rare or small
    gradients (a sparse column) keeps a large step; the steps of the others die away.

    Parameters
    ----------
    learning_rate : float, array (N,) or schedule, default 0.001
        On surfaces rates of the order of the window (0.5 to 2) are what works.
    initial_accumulator_value : float or array (N,), default 0.1
    epsilon : float or array (N,), default 1e-7
        Keeps the division finite; 0 is allowed where no gradient is exactly 0.
    epsilon_inside_sqrt : bool, default True
        False is the form of the paper and of torch: sqrt(a) + epsilon.
    learning_rate_decay : float or array (N,), default 0.0
        torch's `lr_decay`: step t = 1, 2, ... has the rate divided by 1 + (t - 1) learning_rate_decay.

    Examples
    --------
    >>> rule = Adagrad(learning_rate=0.5, initial_accumulator_value=0.0, epsilon=0.0)
    >>> theta, state = rule.step(np.ones(1), np.full(1, 3.0), rule.init(np.ones(1)))
    >>> float(theta[0]), float(state["accumulator"][0])
    (0.5, 9.0)

    References
    ----------
    J. Duchi, E. Hazan, Y. Singer, Adaptive subgradient methods, JMLR 12, 2011; form and defaults
    of Keras 3.
    """

    learning_rate: Rate = 0.001
    initial_accumulator_value: Small = 0.1
    epsilon: Small = 1e-7
    _: KW_ONLY
    epsilon_inside_sqrt: bool = True
    learning_rate_decay: Small = 0.0

    def __post_init__(self) -> None:
        check_settings(self)

    def init(self, theta: Array) -> State:
        return {"count": 0, "accumulator": np.zeros_like(theta) + self.initial_accumulator_value}

    def step(self, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
        accumulator = state["accumulator"] + gradient * gradient
        state = {"count": state["count"] + 1, "accumulator": accumulator}
        return theta - self.effective_rate(state) * gradient, state

    def effective_rate(self, state: State) -> Any:
        """rate / sqrt(a + epsilon) of the step that ended in `state`, shaped like theta."""
        t, a = state["count"], state["accumulator"]
        rate = rate_of_step(self.learning_rate, t) / (1 + (t - 1) * self.learning_rate_decay)
        root = np.sqrt(a + self.epsilon) if self.epsilon_inside_sqrt else np.sqrt(a) + self.epsilon
        return rate / root
