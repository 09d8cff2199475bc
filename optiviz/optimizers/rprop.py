"""Rprop: only the sign of the gradient, and a step of its own for each coordinate."""

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.registry import check_settings
from optiviz._lib.typing import Array, Bounds, Decay, Positive, Small, State, rate_at


@checked_settings
@dataclass(frozen=True)
class Rprop:
    """Longer steps while the slope keeps its sign, shorter ones once it has changed: the ancestor of RMSprop.

    d = d eta_plus where g g_before > 0, d eta_minus where g g_before < 0, held within [shortest, longest];
    where g g_before < 0 also g = 0, so that the step after a change is none;   theta = theta - d sign(g).

    For full batches: under noise the signs, and so the steps, are those of the noise.

    Parameters
    ----------
    learning_rate : float or array (N,), default 0.01
        The first step of every coordinate; the steps then find their own length, so there is no schedule.
    eta_minus, eta_plus : float or array (N,), default 0.5 and 1.2
        In [0, 1), and at least 1.
    shortest, longest : float or array (N,), default 1e-6 and 50.0

    Examples
    --------
    >>> rule, theta = Rprop(learning_rate=1.0), np.array([3.0])
    >>> state = rule.init(theta)
    >>> for slope in (7.0, 0.1, -5.0):    # 3 - 1, - 1.2, and it has gone too far
    ...     theta, state = rule.step(theta, np.array([slope]), state)
    >>> theta.round(12).tolist(), state["step_size"].tolist()
    ([0.8], [0.6])

    References
    ----------
    M. Riedmiller, H. Braun, A direct adaptive method for faster backpropagation learning, ICNN 1993; form and
    defaults of torch (iRprop-: a step is never taken back).
    """

    learning_rate: Small = 0.01
    eta_minus: Decay = 0.5
    eta_plus: Annotated[float | Array, Bounds(low=1.0)] = 1.2
    shortest: Positive = 1e-6
    longest: Positive = 50.0

    def __post_init__(self) -> None:
        check_settings(self)

    def init(self, theta: Array) -> State:
        first = rate_at(self.learning_rate, 0) + np.zeros_like(theta)
        return {"count": 0, "step_size": first, "last_gradient": np.zeros_like(theta)}

    def step(self, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
        same = np.sign(gradient) * np.sign(state["last_gradient"])
        factor: Any = np.where(same > 0, self.eta_plus, np.where(same < 0, self.eta_minus, 1.0))
        size = np.minimum(np.maximum(state["step_size"] * factor, self.shortest), self.longest)
        kept = np.where(same < 0, 0.0, gradient)
        now = {"count": state["count"] + 1, "step_size": size, "last_gradient": kept}
        return theta - size * np.sign(kept), now
