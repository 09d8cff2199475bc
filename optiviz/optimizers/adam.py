"""Adam: momentum and RMSprop at once, with a fair start."""

from dataclasses import dataclass

import numpy as np

from optiviz.names import check_settings
from optiviz.notation import Array, Decay, Rate, Small, State, rate_at


@dataclass(frozen=True)
class Adam:
    """Step along a moving mean of the gradient, divided by the root of its moving mean square.

    m = beta_1 m + (1 - beta_1) g,   v = beta_2 v + (1 - beta_2) g^2,
    theta = theta - rate sqrt(1 - beta_2^t) / (1 - beta_1^t)  m / (sqrt(v) + epsilon).

    Both means start at 0 and are too small at first; the factors with beta^t undo that. The first
    step is therefore `learning_rate` long in every coordinate, whatever the slope.

    Parameters
    ----------
    learning_rate : float, array (N,) or schedule, default 0.001
    beta_1, beta_2 : float or array (N,), default 0.9 and 0.999
        The shares of the two means kept at each step, in [0, 1).
    epsilon : float or array (N,), default 1e-7
        The paper's epsilon-hat: added after the root, before the bias correction.

    Examples
    --------
    >>> rule = Adam(learning_rate=0.1, epsilon=0.0)
    >>> theta, state = rule.step(np.ones(1), np.full(1, 7.0), rule.init(np.ones(1)))
    >>> round(float(theta[0]), 12), sorted(state)
    (0.9, ['count', 'first_moment', 'second_moment'])

    References
    ----------
    D. Kingma, J. Ba, Adam: a method for stochastic optimization, ICLR 2015; form and defaults of
    Keras 3.
    """

    learning_rate: Rate = 0.001
    beta_1: Decay = 0.9
    beta_2: Decay = 0.999
    epsilon: Small = 1e-7

    def __post_init__(self) -> None:
        check_settings(self)

    def init(self, theta: Array) -> State:
        zeros = np.zeros_like(theta)
        return {"count": 0, "first_moment": zeros, "second_moment": zeros}

    def step(self, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
        t = state["count"] + 1
        m = self.beta_1 * state["first_moment"] + (1 - self.beta_1) * gradient
        v = self.beta_2 * state["second_moment"] + (1 - self.beta_2) * gradient * gradient
        correction = (1 - self.beta_2**t) ** 0.5 / (1 - self.beta_1**t)
        rate = rate_at(self.learning_rate, state["count"]) * correction
        theta = theta - rate * m / (np.sqrt(v) + self.epsilon)
        return theta, {"count": t, "first_moment": m, "second_moment": v}
