"""Nonlinear conjugate gradient: line searches whose directions do not undo each other."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.errors import BadInput
from optiviz._lib.registry import check_settings, hint
from optiviz._lib.typing import Array, Rate, State, rate_at
from optiviz.optimizers.base import Questions
from optiviz.optimizers.columns import column_sums
from optiviz.optimizers.line_search import lowest

KINDS = ("fletcher_reeves", "polak_ribiere", "hestenes_stiefel", "dai_yuan")


@checked_settings
@dataclass(frozen=True)
class ConjugateGradient:
    """Go to the lowest place along a direction, then turn less far than the slope says.

    d = -g + b d_before,   theta = theta + a d with the a of an exact line search. With y = g - g_before:

        fletcher_reeves    b = g.g / g_before.g_before
        polak_ribiere      b = max(g.y / g_before.g_before, 0)
        hestenes_stiefel   b = g.y / d_before.y
        dai_yuan           b = g.g / d_before.y

    On a quadratic all four are one, and P steps reach the bottom. Where d does not lead down it is -g again.

    Parameters
    ----------
    learning_rate : float, array (N,) or schedule, default 0.01
        The first length that is tried; what is found hardly depends on it.
    kind : str, default "polak_ribiere"

    Examples
    --------
    >>> import optiviz as ov
    >>> bowl = ov.surface("x**2 + 9*y**2", xlim=(-2, 2), ylim=(-2, 2), start=(9, 1))
    >>> bool(ov.minimize(bowl, ConjugateGradient(), steps=2).losses[-1] < 1e-20)
    True

    References
    ----------
    R. Fletcher, C. Reeves, Function minimization by conjugate gradients, 1964. E. Polak, G. Ribiere, 1969.
    J. Nocedal, S. Wright, Numerical optimization, chapter 5, 2006.
    """

    asks: ClassVar[bool] = True

    learning_rate: Rate = 0.01
    kind: Literal["fletcher_reeves", "polak_ribiere", "hestenes_stiefel", "dai_yuan"] = "polak_ribiere"

    def __post_init__(self) -> None:
        check_settings(self)
        if self.kind not in KINDS:
            near = hint(str(self.kind), KINDS)
            raise BadInput(f"must be one of {', '.join(KINDS)}, got {self.kind!r}{near}", field="kind",
                           part="ConjugateGradient")  # fmt: skip

    def init(self, theta: Array) -> State:
        return {"count": 0, "direction": np.zeros_like(theta), "last_gradient": np.zeros_like(theta)}

    def step(self, theta: Array, gradient: Array, state: State, questions: Questions) -> tuple[Array, State]:
        direction = -gradient + self.turn(gradient, state) * state["direction"]
        slope = column_sums(gradient * direction)
        down = np.asarray(slope < 0)
        direction = np.where(down, direction, -gradient)
        slope = np.where(down, slope, -column_sums(gradient * gradient))
        length = lowest(questions, theta, direction, slope, rate_at(self.learning_rate, state["count"]))
        now = {"count": state["count"] + 1, "direction": direction, "last_gradient": gradient}
        return theta + length * direction, now

    def turn(self, gradient: Array, state: State) -> Array:
        """How much of the last direction is kept: () or (N,)."""
        before, last = state["direction"], state["last_gradient"]
        change = gradient - last
        above = column_sums(gradient * (gradient if self.kind in ("fletcher_reeves", "dai_yuan") else change))
        below = column_sums(last * last if self.kind in KINDS[:2] else before * change)
        some = below != 0
        kept = np.where(some, above / np.where(some, below, 1.0), 0.0)
        return np.maximum(kept, 0.0) if self.kind == "polak_ribiere" else kept
