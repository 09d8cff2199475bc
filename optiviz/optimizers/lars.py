"""LARS: momentum whose steps are a share of each variable's own length."""

from dataclasses import KW_ONLY, dataclass

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.registry import check_settings
from optiviz._lib.typing import Array, Positive, Rate, Share, Small, State, rate_at
from optiviz.optimizers.base import Variables
from optiviz.optimizers.columns import lengths, ratio_or_one
from optiviz.optimizers.each_variable import EachVariable


@checked_settings
@dataclass(frozen=True)
class LARS:
    """Scale the gradient of each variable to a share of the variable's length, then take a step of momentum.

    u = g + weight_decay theta,   v = momentum v - rate trust_coefficient |theta| / (|u| + epsilon) u,
    theta = theta + v.

    |theta| and |u| are lengths of one kernel or one bias; on a surface theta is one variable. The factor is 1
    where one of the two is 0.

    Parameters
    ----------
    learning_rate : float, array (N,) or schedule, default 0.01
    momentum : float or array (N,), default 0.9
    trust_coefficient : float or array (N,), default 0.001
        The share of its own length that a variable moves in a step, times the rate.
    weight_decay : float or array (N,), default 0.0
    epsilon : float or array (N,), default 0.0
    nesterov : bool, default False
        Step by momentum v - ... with the new v, as optax does.

    Examples
    --------
    >>> rule = LARS(1.0, trust_coefficient=0.5, momentum=0.0)
    >>> theta, _ = rule.step(np.array([3.0, 4.0]), np.array([0.0, 7.0]), rule.init(np.ones(2)))
    >>> theta.tolist()    # half of its length 5, along the gradient
    [3.0, 1.5]

    References
    ----------
    Y. You, I. Gitman, B. Ginsburg, Large batch training of convolutional networks, 2017; form and defaults of
    optax.
    """

    learning_rate: Rate = 0.01
    momentum: Share = 0.9
    trust_coefficient: Positive = 0.001
    weight_decay: Small = 0.0
    epsilon: Small = 0.0
    _: KW_ONLY
    nesterov: bool = False

    def __post_init__(self) -> None:
        check_settings(self)

    def with_variables(self, variables: Variables) -> EachVariable:
        """The same for theta that is made of `variables`."""
        return EachVariable(self, variables)

    def init(self, theta: Array) -> State:
        return self.init_variable(theta, theta.shape[:1])

    def step(self, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
        return self.step_variable(theta, gradient, state, theta.shape[:1])

    def init_variable(self, theta: Array, shape: tuple[int, ...]) -> State:
        return {"count": 0, "velocity": np.zeros_like(theta)}

    def step_variable(
        self, theta: Array, gradient: Array, state: State, shape: tuple[int, ...]
    ) -> tuple[Array, State]:
        u = gradient + self.weight_decay * theta
        ratio = ratio_or_one(self.trust_coefficient * lengths(theta), lengths(u), self.epsilon)
        push = rate_at(self.learning_rate, state["count"]) * ratio * u
        velocity = self.momentum * state["velocity"] - push
        move = self.momentum * velocity - push if self.nesterov else velocity
        return theta + move, {"count": state["count"] + 1, "velocity": velocity}
