"""Prodigy: Adam that finds its own rate, from how far it has come."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.powers import Powers
from optiviz._lib.registry import check_settings
from optiviz._lib.typing import Array, Decay, Positive, Rate, Small, State, rate_at
from optiviz.optimizers.columns import column_sums


@checked_settings
@dataclass(frozen=True)
class Prodigy:
    """Estimate the distance d from the start to the goal, and take Adam's steps with d as the rate.

    m = beta_1 m + (1 - beta_1) d g,   v = beta_2 v + (1 - beta_2) d^2 g^2,   with b = sqrt(beta_2):
    r = b r + (d / d_0) d rate g.(theta_0 - theta),   s = b s + (d / d_0) d rate g,   d' = max(d, r / |s|_1),
    theta = theta - d rate m / (sqrt(v) + d' epsilon).

    |s|_1 is the sum of sizes over all of theta: d is one number. It begins at d_0, far too small, and grows.

    Parameters
    ----------
    learning_rate : float, array (N,) or schedule, default 1.0
        Times the distance: leave it, or give a schedule that goes from 1 to 0.
    beta_1, beta_2 : float or array (N,), default 0.9 and 0.999
        In [0, 1).
    epsilon : float or array (N,), default 1e-8
    first_distance : float or array (N,), default 1e-6
        d_0; in a picture of few steps 1e-3 of the way or more.
    coefficient : float or array (N,), default 1.0
        What d' is multiplied by.
    bias_correction : bool, default False
        Adam's factors with beta^t on the rate; the authors leave them out, optax has them.

    Examples
    --------
    >>> rule = Prodigy(first_distance=0.5, beta_1=0.0, beta_2=0.0, epsilon=0.0)
    >>> theta, state = rule.step(np.ones(1), np.full(1, 7.0), rule.init(np.ones(1)))
    >>> theta.tolist(), state["distance"].tolist()
    ([0.5], [0.5])

    References
    ----------
    K. Mishchenko, A. Defazio, Prodigy: an expeditiously adaptive parameter-free learner, ICML 2024; form and
    defaults of the authors' `prodigyopt`.
    """

    learning_rate: Rate = 1.0
    beta_1: Decay = 0.9
    beta_2: Decay = 0.999
    epsilon: Small = 1e-8
    first_distance: Positive = 1e-6
    coefficient: Positive = 1.0
    bias_correction: bool = False

    def __post_init__(self) -> None:
        check_settings(self)

    def init(self, theta: Array) -> State:
        zeros = np.zeros_like(theta)
        names = ("first_moment", "second_moment", "gradient_sum", "progress")
        first = {"start": theta, "distance": self.first_distance + zeros}
        return {"count": 0, **dict.fromkeys(names, zeros), **first}

    def step(self, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
        t, d = state["count"] + 1, state["distance"]  # one number a run, in every coordinate
        rate = d * rate_at(self.learning_rate, state["count"]) * self.correction(t)
        m = self.beta_1 * state["first_moment"] + (1 - self.beta_1) * d * gradient
        v = self.beta_2 * state["second_moment"] + (1 - self.beta_2) * d * d * gradient * gradient
        kept, weight = np.sqrt(self.beta_2), d / self.first_distance * rate
        toward = column_sums(gradient * (state["start"] - theta))
        r = kept * state["progress"] + weight * toward
        s = kept * state["gradient_sum"] + weight * gradient
        far = column_sums(np.abs(s)) + 0.0 * theta
        found = np.where(far > 0, self.coefficient * r / np.where(far > 0, far, 1.0), d)
        longer = np.maximum(d, found)
        root = np.sqrt(v) + longer * self.epsilon
        theta = theta - np.where(root > 0, rate * m / np.where(root > 0, root, 1.0), 0.0)
        moments = {"first_moment": m, "second_moment": v, "gradient_sum": s, "progress": r}
        return theta, {"count": t, **moments, "start": state["start"], "distance": longer}

    def correction(self, t: int) -> Any:
        """sqrt(1 - beta_2^t) / (1 - beta_1^t), or 1."""
        if not self.bias_correction:
            return 1.0
        first, second = self.decays
        return np.sqrt(1 - second(t)) / (1 - first(t))

    @cached_property
    def decays(self) -> tuple[Powers, Powers]:
        """t -> beta_1^t and t -> beta_2^t."""
        return Powers(self.beta_1), Powers(self.beta_2)
