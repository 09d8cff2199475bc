"""Gradient descent with line searches: backtracking to a sufficient decrease, and exact."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.registry import check_settings
from optiviz._lib.typing import Array, Bounds, Decay, Rate, Share, State, Steps, rate_at
from optiviz.optimizers.base import Questions
from optiviz.optimizers.columns import column_sums
from optiviz.optimizers.line_search import backtracked, lowest

Shrink = Annotated[float | Array, Bounds(low=0.0, high=1.0, open_low=True, open_high=True)]


@checked_settings
@dataclass(frozen=True)
class Backtracking:
    """Try a long step down the slope, and a shorter one as long as the loss falls too little.

    theta = theta - a g with the first a of rate, rate shrink, rate shrink^2, ... for which
    f(theta - a g) <= f(theta) - decrease a |g|^2 (Armijo's condition).

    No step makes the loss larger, whatever the rate. Each try costs one value.

    Parameters
    ----------
    learning_rate : float, array (N,) or schedule, default 1.0
        The longest rate, which each step tries first.
    shrink : float or array (N,), default 0.5
        In (0, 1).
    decrease : float or array (N,), default 1e-4
        The share of the decrease promised by the slope that a step has to bring.
    most : int, default 50
        Tries, after which there is no step.

    Examples
    --------
    >>> import optiviz as ov
    >>> bowl = ov.surface("x**2 + y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1, 0))
    >>> run = ov.minimize(bowl, Backtracking(), steps=1)    # rate 1 leads to -1, as high; then 1/2
    >>> run.path[1].tolist(), run.evaluations.values
    ([0.0, 0.0], 3)

    References
    ----------
    L. Armijo, Minimization of functions having Lipschitz continuous first partial derivatives, 1966.
    """

    asks: ClassVar[bool] = True

    learning_rate: Rate = 1.0
    shrink: Shrink = 0.5
    decrease: Decay = 1e-4
    most: Steps = 50

    def __post_init__(self) -> None:
        check_settings(self)

    def init(self, theta: Array) -> State:
        return {"count": 0}

    def step(self, theta: Array, gradient: Array, state: State, questions: Questions) -> tuple[Array, State]:
        rate, slope = rate_at(self.learning_rate, state["count"]), -column_sums(gradient * gradient)
        length = backtracked(questions, theta, -gradient, slope, rate, self.shrink, self.decrease, self.most)
        return theta - length * gradient, {"count": state["count"] + 1}


@checked_settings
@dataclass(frozen=True)
class ExactLineSearch:
    """Steepest descent: go down the slope to the lowest place along it.

    theta = theta - a g with a the first place where the slope along the line is 0, found to rounding.

    Each step ends where the level line touches the direction, so the next one turns by a right angle: in a
    narrow valley a staircase. Each look along the line costs a gradient.

    Parameters
    ----------
    learning_rate : float, array (N,) or schedule, default 0.01
        The first length that is tried, and doubled while it leads down; what is found hardly depends on it.
    share : float or array (N,), default 1.0
        The part of the way to the lowest place that is gone.

    Examples
    --------
    >>> import optiviz as ov
    >>> bowl = ov.surface("x**2 + 9*y**2", xlim=(-2, 2), ylim=(-2, 2), start=(9, 1))
    >>> ov.minimize(bowl, ExactLineSearch(), steps=1).path[1].round(9).tolist()    # the worst start of all
    [7.2, -0.8]

    References
    ----------
    A. Cauchy, Methode generale pour la resolution des systemes d'equations simultanees, 1847.
    """

    asks: ClassVar[bool] = True

    learning_rate: Rate = 0.01
    share: Share = 1.0

    def __post_init__(self) -> None:
        check_settings(self)

    def init(self, theta: Array) -> State:
        return {"count": 0}

    def step(self, theta: Array, gradient: Array, state: State, questions: Questions) -> tuple[Array, State]:
        rate, slope = rate_at(self.learning_rate, state["count"]), -column_sums(gradient * gradient)
        length = np.asarray(lowest(questions, theta, -gradient, slope, rate)) * self.share
        return theta - length * gradient, {"count": state["count"] + 1}
