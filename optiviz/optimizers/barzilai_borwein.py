"""Barzilai-Borwein: the rate that the last step would have wanted."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.errors import BadInput
from optiviz._lib.registry import check_settings
from optiviz._lib.typing import Array, Small, State, rate_at
from optiviz.optimizers.columns import column_sums


@checked_settings
@dataclass(frozen=True)
class BarzilaiBorwein:
    """Gradient descent with the rate of a one-number Newton's rule, found from two gradients.

    With s the last step and y the change of the gradient over it, the curvature along s is s.y / s.s:

        long    rate = s.s / s.y            short   rate = s.y / y.y

    The first step has `learning_rate`, and so has one after a step along which the slope did not grow. The
    loss may rise for some steps on the way.

    Parameters
    ----------
    learning_rate : float or array (N,), default 0.01
        Of the first step; the rule finds the others, so there is no schedule.
    kind : "long" or "short", default "long"

    Examples
    --------
    >>> rule, theta = BarzilaiBorwein(learning_rate=0.25), np.array([4.0])
    >>> state = rule.init(theta)
    >>> for _ in range(2):    # f = x^2: from 4 to 2, then s = -2, y = -4, and rate 1/2 is Newton's
    ...     theta, state = rule.step(theta, 2 * theta, state)
    >>> theta.tolist()
    [0.0]

    References
    ----------
    J. Barzilai, J. Borwein, Two-point step size gradient methods, IMA Journal of Numerical Analysis 8, 1988.
    """

    learning_rate: Small = 0.01
    kind: Literal["long", "short"] = "long"

    def __post_init__(self) -> None:
        check_settings(self)
        if self.kind not in ("long", "short"):
            raise BadInput(f"must be long or short, got {self.kind!r}", field="kind", part="BarzilaiBorwein")

    def init(self, theta: Array) -> State:
        return {"count": 0, "last_theta": theta, "last_gradient": np.zeros_like(theta)}

    def step(self, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
        first = rate_at(self.learning_rate, 0)
        if state["count"]:
            s, y = theta - state["last_theta"], gradient - state["last_gradient"]
            curved = column_sums(s * y)
            above, below = (
                (column_sums(s * s), curved) if self.kind == "long" else (curved, column_sums(y * y))
            )
            grew = (curved > 0) & (below > 0)
            first = np.where(grew, above / np.where(grew, below, 1.0), first)
        now = {"count": state["count"] + 1, "last_theta": theta, "last_gradient": gradient}
        return theta - first * gradient, now
