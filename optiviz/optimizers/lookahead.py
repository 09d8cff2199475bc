"""Lookahead: a slow point that follows a fast run."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.registry import check_settings
from optiviz._lib.typing import Array, Share, State, Steps
from optiviz.optimizers.base import Optimizer, Variables, answers_for, told_variables
from optiviz.optimizers.wrappers import check_wrapped, position_of


@checked_settings
@dataclass(frozen=True)
class Lookahead:
    """Every `period` steps of `optimizer` go back to a point `share` of the way, and go on from there.

    slow = slow + share (theta - slow),   theta = slow,   at steps period, 2 period, ...

    The rule inside keeps what it remembers. The state holds `slow_weights`, so both paths can be drawn.

    Parameters
    ----------
    optimizer : Optimizer
    period : int, default 5
        Steps of the rule inside between two of the slow point.
    share : float or array (N,), default 0.5
        Of the way to the fast point that the slow one goes; 1 is the rule itself.

    Examples
    --------
    >>> from optiviz.optimizers.gd import GD
    >>> rule = Lookahead(GD(1.0), period=2, share=0.5)
    >>> theta, state = np.array([4.0]), rule.init(np.array([4.0]))
    >>> for _ in range(2):
    ...     theta, state = rule.step(theta, np.ones(1), state)
    >>> theta.tolist()    # half of the way from 4 to 2
    [3.0]

    References
    ----------
    M. Zhang, J. Lucas, G. Hinton, J. Ba, Lookahead optimizer: k steps forward, 1 step back, NeurIPS 2019;
    as optax' `lookahead`.
    """

    optimizer: Optimizer
    period: Steps = 5
    share: Share = 0.5

    def __post_init__(self) -> None:
        check_wrapped(self)
        check_settings(self)

    @property
    def learning_rate(self) -> Any:
        """The rate of the rule inside."""
        return self.optimizer.learning_rate  # type: ignore[attr-defined]

    def with_variables(self, variables: Variables) -> "Lookahead":
        """The same for theta that is made of `variables`."""
        return replace(self, optimizer=told_variables(self.optimizer, variables))

    def position(self, theta: Array, state: State) -> Array:
        """Where the rule inside has its weights."""
        return position_of(self.optimizer, theta, state)

    def init(self, theta: Array) -> State:
        return self.optimizer.init(theta) | {"slow_weights": np.array(theta)}

    def step(self, theta: Array, gradient: Array, state: State, *asked: Any) -> tuple[Array, State]:
        slow = state["slow_weights"]
        own = {name: value for name, value in state.items() if name != "slow_weights"}
        theta, now = self.optimizer.step(theta, gradient, own, *answers_for(self.optimizer, asked))
        if now["count"] % self.period == 0:
            slow = slow + self.share * (theta - slow)
            theta = slow
        return theta, now | {"slow_weights": slow}
