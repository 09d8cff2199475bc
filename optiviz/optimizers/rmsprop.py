"""RMSprop: Adagrad that forgets."""

from dataclasses import dataclass

import numpy as np

from optiviz.names import check_settings
from optiviz.notation import Array, Decay, Rate, Small, State, rate_at


@dataclass(frozen=True)
class RMSprop:
    """Divide each coordinate's step by a moving root mean square of its gradients.

    a = rho a + (1 - rho) g^2, then theta = theta - rate g / sqrt(a + epsilon). With a constant rate
    the path ends in a small cycle about rate / 2 wide around the minimum; that is the rule, not a fault.

    Parameters
    ----------
    learning_rate : float, array (N,) or schedule, default 0.001
    rho : float or array (N,), default 0.9
        The share of the mean square kept at each step, in [0, 1).
    epsilon : float or array (N,), default 1e-7
        Added under the root.

    Examples
    --------
    >>> rule = RMSprop(learning_rate=0.5, rho=0.75, epsilon=0.0)
    >>> theta, state = rule.step(np.ones(1), np.full(1, 4.0), rule.init(np.ones(1)))
    >>> float(theta[0]), float(state["mean_square"][0])
    (0.0, 4.0)

    References
    ----------
    T. Tieleman, G. Hinton, Neural networks for machine learning, lecture 6.5, 2012; form and
    defaults of Keras 3.
    """

    learning_rate: Rate = 0.001
    rho: Decay = 0.9
    epsilon: Small = 1e-7

    def __post_init__(self) -> None:
        check_settings(self)

    def init(self, theta: Array) -> State:
        return {"count": 0, "mean_square": np.zeros_like(theta)}

    def step(self, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
        rate = rate_at(self.learning_rate, state["count"])
        mean_square = self.rho * state["mean_square"] + (1 - self.rho) * gradient * gradient
        theta = theta - rate * gradient / np.sqrt(mean_square + self.epsilon)
        return theta, {"count": state["count"] + 1, "mean_square": mean_square}
