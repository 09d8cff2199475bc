"""LAMB: Adam whose step is as long as the variable that it moves."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.powers import Powers
from optiviz._lib.registry import check_settings
from optiviz._lib.typing import Array, Decay, Rate, Small, State, rate_at
from optiviz.optimizers.base import Variables
from optiviz.optimizers.columns import lengths, ratio_or_one
from optiviz.optimizers.each_variable import EachVariable


@checked_settings
@dataclass(frozen=True)
class LAMB:
    """Adam's direction in each variable, stretched to `learning_rate` times the variable's own length.

    u = m / (1 - beta_1^t) / (sqrt(v / (1 - beta_2^t)) + epsilon) + weight_decay theta,   m and v as in Adam,
    theta = theta - rate |theta| / |u| u.

    |theta| and |u| are lengths of one kernel or one bias; on a surface theta is one variable. The factor is 1
    where one of the two is 0: a bias of zeros takes one full step, and small ones from then on.

    Parameters
    ----------
    learning_rate : float, array (N,) or schedule, default 0.001
    beta_1, beta_2 : float or array (N,), default 0.9 and 0.999
        In [0, 1).
    epsilon : float or array (N,), default 1e-7
        optax and the paper have 1e-6.
    weight_decay : float or array (N,), default 0.0
        Inside the factor, as in the paper and optax; Keras decays outside of it.

    Examples
    --------
    >>> rule = LAMB(learning_rate=0.5)
    >>> theta, _ = rule.step(np.array([3.0, 4.0]), np.array([0.0, 7.0]), rule.init(np.ones(2)))
    >>> theta.round(6).tolist()    # half of its length 5, along Adam's step
    [3.0, 1.5]

    References
    ----------
    Y. You et al., Large batch optimization for deep learning: training BERT in 76 minutes, ICLR 2020;
    defaults of Keras 3.
    """

    learning_rate: Rate = 0.001
    beta_1: Decay = 0.9
    beta_2: Decay = 0.999
    epsilon: Small = 1e-7
    weight_decay: Small = 0.0

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
        zeros = np.zeros_like(theta)
        return {"count": 0, "first_moment": zeros, "second_moment": zeros}

    def step_variable(
        self, theta: Array, gradient: Array, state: State, shape: tuple[int, ...]
    ) -> tuple[Array, State]:
        m = self.beta_1 * state["first_moment"] + (1 - self.beta_1) * gradient
        v = self.beta_2 * state["second_moment"] + (1 - self.beta_2) * gradient * gradient
        t = state["count"] + 1
        first, second = self.decays
        u = m / (1 - first(t)) / (np.sqrt(v / (1 - second(t))) + self.epsilon) + self.weight_decay * theta
        now = {"count": t, "first_moment": m, "second_moment": v}
        return theta - rate_at(self.learning_rate, state["count"]) * ratio_or_one(
            lengths(theta), lengths(u)
        ) * u, now

    @cached_property
    def decays(self) -> tuple[Powers, Powers]:
        """t -> beta_1^t and t -> beta_2^t."""
        return Powers(self.beta_1), Powers(self.beta_2)
