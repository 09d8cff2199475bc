"""Ftrl: follow the regularised leader, which makes weights exactly 0."""

from dataclasses import dataclass

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.registry import check_settings
from optiviz._lib.typing import Array, Rate, Small, State, rate_at


@checked_settings
@dataclass(frozen=True)
class Ftrl:
    """Work theta out anew from all gradients so far; an L1 penalty then holds small weights at 0.

    a' = a + g^2,   z = z + g + 2 l2_shrinkage theta - (sqrt(a') - sqrt(a)) / rate theta,
    theta = (clip(z, -l1, l1) - z) / (sqrt(a') / rate + 2 l2 + beta / rate).

    Without penalties it is Adagrad, but for the start: z begins at 0, so the start is forgotten as soon as
    the gradients outweigh `initial_accumulator_value`, which is at the first step.

    Parameters
    ----------
    learning_rate : float, array (N,) or schedule, default 0.001
        Greater than 0.
    initial_accumulator_value : float or array (N,), default 0.1
    l1, l2, l2_shrinkage, beta : float or array (N,), default 0.0
        The penalties, Keras' `l1_regularization_strength` and so on.

    Examples
    --------
    >>> rule = Ftrl(learning_rate=1.0, initial_accumulator_value=0.0, l1=2.0)
    >>> theta, _ = rule.step(np.zeros(2), np.array([-4.0, 1.0]), rule.init(np.zeros(2)))
    >>> theta.tolist()    # z = (-4, 1): 2 of the 4 are held back, and all of the 1
    [0.5, 0.0]

    References
    ----------
    B. McMahan et al., Ad click prediction: a view from the trenches, KDD 2013; form and defaults of Keras 3
    with its `learning_rate_power` of -0.5.
    """

    learning_rate: Rate = 0.001
    initial_accumulator_value: Small = 0.1
    l1: Small = 0.0
    l2: Small = 0.0
    l2_shrinkage: Small = 0.0
    beta: Small = 0.0

    def __post_init__(self) -> None:
        check_settings(self)

    def init(self, theta: Array) -> State:
        first = self.initial_accumulator_value + np.zeros_like(theta)
        return {"count": 0, "accumulator": first, "linear": np.zeros_like(theta)}

    def step(self, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
        rate = rate_at(self.learning_rate, state["count"])
        a = state["accumulator"] + gradient * gradient
        root = np.sqrt(a)
        grown = (root - np.sqrt(state["accumulator"])) / rate
        z = state["linear"] + (gradient + 2 * self.l2_shrinkage * theta - grown * theta)
        held = np.minimum(np.maximum(z, -self.l1), self.l1)
        steep = root / rate + 2 * (self.l2 + self.beta / (2 * rate))
        theta = np.where(steep > 0, (held - z) / np.where(steep > 0, steep, 1.0), theta)
        return theta, {"count": state["count"] + 1, "accumulator": a, "linear": z}
