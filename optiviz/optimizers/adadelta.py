"""Adadelta: RMSprop that measures its own steps and needs no rate."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.registry import check_settings
from optiviz._lib.typing import Array, Decay, Rate, Small, State, rate_at
from optiviz.optimizers.base import rate_of_step


@checked_settings
@dataclass(frozen=True)
class Adadelta:
    """Make steps as long as recent steps were, and as the gradient is against recent gradients.

    a = rho a + (1 - rho) g^2,   d = sqrt(u + epsilon) / sqrt(a + epsilon) g,
    u = rho u + (1 - rho) d^2,   theta = theta - rate d.

    Both means start at 0, so the first steps are about sqrt(epsilon) long: a slow start is the rule,
    not a fault.

    Parameters
    ----------
    learning_rate : float, array (N,) or schedule, default 1.0
        The paper has none, which is 1. (Keras 3 defaults to 0.001; its own text says to use 1.0.)
    rho : float or array (N,), default 0.95
        The share of both means kept at each step, in [0, 1).
    epsilon : float or array (N,), default 1e-7
        Under both roots; with 0 nothing would ever move.

    Examples
    --------
    >>> rule = Adadelta(rho=0.75, epsilon=4.0)
    >>> theta, state = rule.step(np.ones(1), np.full(1, 4.0), rule.init(np.ones(1)))
    >>> round(float(theta[0]), 12), float(state["mean_square"][0])    # 1 - sqrt(4) / sqrt(4 + 4) 4
    (-1.828427124746, 4.0)

    References
    ----------
    M. Zeiler, ADADELTA: an adaptive learning rate method, arXiv 1212.5701, 2012; form and other
    defaults of Keras 3.
    """

    learning_rate: Rate = 1.0
    rho: Decay = 0.95
    epsilon: Small = 1e-7

    def __post_init__(self) -> None:
        check_settings(self)

    def init(self, theta: Array) -> State:
        zeros = np.zeros_like(theta)
        return {"count": 0, "mean_square": zeros, "mean_square_step": zeros}

    def step(self, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
        rate = rate_at(self.learning_rate, state["count"])
        a = self.rho * state["mean_square"] + (1 - self.rho) * gradient * gradient
        d = np.sqrt(state["mean_square_step"] + self.epsilon) / np.sqrt(a + self.epsilon) * gradient
        u = self.rho * state["mean_square_step"] + (1 - self.rho) * d * d
        return theta - rate * d, {"count": state["count"] + 1, "mean_square": a, "mean_square_step": u}

    def effective_rate(self, state: State) -> Any:
        """rate sqrt(u + epsilon) / sqrt(a + epsilon), shaped like theta; the step used the u before it."""
        rate = rate_of_step(self.learning_rate, state["count"])
        roots = [np.sqrt(state[name] + self.epsilon) for name in ("mean_square_step", "mean_square")]
        return rate * roots[0] / roots[1]
