"""Newton's rule: a step to the bottom of the parabola that touches the loss here."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.registry import check_settings
from optiviz._lib.typing import Array, Rate, Small, State, rate_at
from optiviz.optimizers.base import Questions
from optiviz.optimizers.columns import run_by_run

FLAT = 1e-12  # of the largest curvature: what is less is none, and no step goes along it


@checked_settings
@dataclass(frozen=True)
class Newton:
    """Divide the gradient by the curvature, along each axis of the Hessian.

    theta = theta - rate (H + damping I)^-1 g,   H the exact matrix of second derivatives.

    In the Hessian's own axes each part of the gradient is divided by its curvature plus `damping`; where that
    is 0 there is no step. A bowl is left in one step whatever its shape; where the surface curves downwards
    the rule walks uphill, to saddles and tops, unless `saddle_free` divides by the size of the curvature.

    Parameters
    ----------
    learning_rate : float, array (N,) or schedule, default 1.0
        The share of the step that is taken.
    damping : float or array (N,), default 0.0
        Added to every curvature: the larger, the shorter the steps, and the nearer to gradient descent.
    saddle_free : bool, default False

    Examples
    --------
    >>> import optiviz as ov
    >>> bowl = ov.surface("x**2 + 25*y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1, 1))
    >>> ov.minimize(bowl, Newton(), steps=1).path[-1].tolist()
    [0.0, 0.0]

    References
    ----------
    J. Nocedal, S. Wright, Numerical optimization, chapter 3, 2006. Y. Dauphin et al., Identifying and
    attacking the saddle point problem in high-dimensional non-convex optimization, NeurIPS 2014.
    """

    asks: ClassVar[bool] = True

    learning_rate: Rate = 1.0
    damping: Small = 0.0
    saddle_free: bool = False

    def __post_init__(self) -> None:
        check_settings(self)

    def init(self, theta: Array) -> State:
        return {"count": 0}

    def step(self, theta: Array, gradient: Array, state: State, questions: Questions) -> tuple[Array, State]:
        matrix = questions.hessian(theta)
        damping = self.damping + np.zeros(theta.shape[1:])
        if theta.ndim == 1:
            way = self.solved(matrix, gradient, damping)
        else:
            way = run_by_run(self.solved, matrix, gradient, damping)
        return theta - rate_at(self.learning_rate, state["count"]) * way, {"count": state["count"] + 1}

    def solved(self, matrix: Array, gradient: Array, damping: Array) -> Array:
        """(P,) the gradient over the curvature along each axis of one Hessian."""
        if not np.isfinite(matrix).all():
            return np.full_like(gradient, np.nan)
        curvatures, axes = np.linalg.eigh(matrix)
        if self.saddle_free:
            curvatures = np.abs(curvatures)
        curvatures = curvatures + damping
        some = np.abs(curvatures) > FLAT * np.abs(curvatures).max(initial=0.0)
        along = np.where(some, (axes.T @ gradient) / np.where(some, curvatures, 1.0), 0.0)
        return np.asarray(axes @ along)
