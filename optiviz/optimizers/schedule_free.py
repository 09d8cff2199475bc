"""Schedule-Free: the average of the run is part of the rule, so the rate needs no schedule."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.powers import Powers
from optiviz._lib.registry import check_settings
from optiviz._lib.typing import Array, Decay, Rate, Share, Small, State, rate_at


def begun(theta: Array) -> State:
    """The state of both rules at the start."""
    zeros = np.zeros_like(theta)
    average = theta.copy()  # another array: by that a run knows that its weights are elsewhere
    return {"count": 0, "average": average, "base": theta, "weight_sum": zeros, "largest_rate": zeros}


def averaged(z: Array, rate: Any, momentum: Any, state: State) -> tuple[Array, State]:
    """y and the state after z has taken its step with `rate`."""
    largest = np.maximum(state["largest_rate"], rate)
    weight = largest * largest
    total = state["weight_sum"] + weight
    share = np.where(total > 0, weight / np.where(total > 0, total, 1.0), 0.0)
    x = (1 - share) * state["average"] + share * z
    y = momentum * x + (1 - momentum) * z
    now = {"count": state["count"] + 1, "average": x, "base": z, "weight_sum": total, "largest_rate": largest}
    return y, now


@checked_settings
@dataclass(frozen=True)
class ScheduleFreeSGD:
    """Gradient descent, its running mean, and a point between them at which the slope is taken.

    z = z - rate g(y),   x = (1 - c) x + c z,   y = momentum x + (1 - momentum) z.

    c = w / sum of w with w the square of the largest rate so far; under a constant rate c = 1 / t and x is
    the mean of all z. `path` holds y, where gradients are taken; the weights are x (`position`).

    Parameters
    ----------
    learning_rate : float, array (N,) or schedule, default 1.0
        A warm-up is the only schedule that it wants.
    momentum : float or array (N,), default 0.9
        How near y is to the mean, in [0, 1].

    Examples
    --------
    >>> rule, theta = ScheduleFreeSGD(1.0, momentum=0.5), np.array([4.0])
    >>> state = rule.init(theta)
    >>> for _ in range(2):    # z = 3, 2; x = 3, 5/2; y = 3, 9/4
    ...     theta, state = rule.step(theta, np.ones(1), state)
    >>> theta.tolist(), rule.position(theta, state).tolist()
    ([2.25], [2.5])

    References
    ----------
    A. Defazio et al., The road less scheduled, NeurIPS 2024; form of the authors' `SGDScheduleFreeReference`.
    """

    learning_rate: Rate = 1.0
    momentum: Share = 0.9

    def __post_init__(self) -> None:
        check_settings(self)

    def position(self, theta: Array, state: State) -> Array:
        """x, the average."""
        return state["average"]  # type: ignore[no-any-return]

    def init(self, theta: Array) -> State:
        return begun(theta)

    def step(self, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
        rate = rate_at(self.learning_rate, state["count"])
        return averaged(state["base"] - rate * gradient, rate, self.momentum, state)


@checked_settings
@dataclass(frozen=True)
class ScheduleFreeAdamW:
    """Schedule-Free descent with Adam's division by the root mean square.

    v = beta_2 v + (1 - beta_2) g^2,
    z = z - rate weight_decay y - rate g(y) / (sqrt(v / (1 - beta_2^t)) + epsilon),
    x and y as in `ScheduleFreeSGD`.

    Parameters
    ----------
    learning_rate : float, array (N,) or schedule, default 0.0025
    beta_1 : float or array (N,), default 0.9
        How near y is to the mean, in [0, 1].
    beta_2 : float or array (N,), default 0.999
        In [0, 1).
    epsilon : float or array (N,), default 1e-8
    weight_decay : float or array (N,), default 0.0

    Examples
    --------
    >>> rule, theta = ScheduleFreeAdamW(0.5, beta_1=0.5, epsilon=0.0), np.array([4.0])
    >>> theta, state = rule.step(theta, np.array([7.0]), rule.init(theta))
    >>> theta.tolist()
    [3.5]

    References
    ----------
    A. Defazio et al., The road less scheduled, NeurIPS 2024; form of the authors'
    `AdamWScheduleFreeReference`.
    """

    learning_rate: Rate = 0.0025
    beta_1: Share = 0.9
    beta_2: Decay = 0.999
    epsilon: Small = 1e-8
    weight_decay: Small = 0.0

    def __post_init__(self) -> None:
        check_settings(self)

    def position(self, theta: Array, state: State) -> Array:
        """x, the average."""
        return state["average"]  # type: ignore[no-any-return]

    def init(self, theta: Array) -> State:
        return begun(theta) | {"second_moment": np.zeros_like(theta)}

    def step(self, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
        rate = rate_at(self.learning_rate, state["count"])
        v = self.beta_2 * state["second_moment"] + (1 - self.beta_2) * gradient * gradient
        root = np.sqrt(v / (1 - self.decay(state["count"] + 1))) + self.epsilon
        z = state["base"] - rate * self.weight_decay * theta - rate * gradient / root
        y, now = averaged(z, rate, self.beta_1, state)
        return y, now | {"second_moment": v}

    @cached_property
    def decay(self) -> Powers:
        """t -> beta_2^t."""
        return Powers(self.beta_2)
