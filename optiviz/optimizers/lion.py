"""Lion: only the sign of a moving mean, so every coordinate moves equally far."""

from dataclasses import dataclass

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.registry import check_settings
from optiviz._lib.typing import Array, Decay, Rate, State, rate_at


@checked_settings
@dataclass(frozen=True)
class Lion:
    """Step `learning_rate` far, up or down, in every coordinate.

    theta = theta - rate sign(beta_1 m + (1 - beta_1) g), then m = beta_2 m + (1 - beta_2) g.

    The step weighs the fresh gradient with beta_1, the memory with beta_2. With a constant rate the
    path ends in a cycle around the minimum. Rates 3 to 10 times below Adam's are usual.

    Parameters
    ----------
    learning_rate : float, array (N,) or schedule, default 0.001
    beta_1, beta_2 : float or array (N,), default 0.9 and 0.99
        The share of the mean in the step, and the share of it kept for the next, in [0, 1).

    Examples
    --------
    >>> rule = Lion(learning_rate=0.5)
    >>> theta, state = rule.step(np.ones(3), np.array([7.0, 0.0, -0.1]), rule.init(np.ones(3)))
    >>> theta.tolist()
    [0.5, 1.0, 1.5]

    References
    ----------
    X. Chen et al., Symbolic discovery of optimization algorithms, NeurIPS 2023; defaults of Keras 3.
    """

    learning_rate: Rate = 0.001
    beta_1: Decay = 0.9
    beta_2: Decay = 0.99

    def __post_init__(self) -> None:
        check_settings(self)

    def init(self, theta: Array) -> State:
        return {"count": 0, "first_moment": np.zeros_like(theta)}

    def step(self, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
        rate = rate_at(self.learning_rate, state["count"])
        m = state["first_moment"]
        theta = theta - rate * np.sign(self.beta_1 * m + (1 - self.beta_1) * gradient)
        m = self.beta_2 * m + (1 - self.beta_2) * gradient
        return theta, {"count": state["count"] + 1, "first_moment": m}
