"""Learning rates that rise again: warm restarts and cycles."""

from dataclasses import dataclass
from functools import cached_property
from math import cos, pi
from typing import Annotated, Any, Literal

from optiviz._lib.calls import checked_settings
from optiviz._lib.errors import BadInput
from optiviz._lib.powers import Powers
from optiviz._lib.registry import check_settings
from optiviz._lib.typing import Bounds, Share, Small, Steps


@checked_settings
@dataclass(frozen=True)
class CosineRestarts:
    """Half a cosine wave down, then up again at once, and so on: SGDR.

    The first wave takes `first_decay_steps`, each next one t_mul times as many from m_mul times the height.
    Keras' `CosineDecayRestarts` and, with t_mul = T_mult and alpha = eta_min / lr, torch's
    `CosineAnnealingWarmRestarts`. Waves are counted in whole numbers: the rate is full again AT a restart.

    >>> [round(CosineRestarts(8.0, 2, t_mul=2.0, m_mul=0.5)(count), 6) for count in range(7)]
    [8.0, 4.0, 4.0, 3.414214, 2.0, 0.585786, 2.0]
    """

    initial_learning_rate: Small
    first_decay_steps: Steps
    t_mul: Annotated[float, Bounds(low=1.0)] = 2.0
    m_mul: Small = 1.0
    alpha: Share = 0.0

    def __post_init__(self) -> None:
        check_settings(self)

    def __call__(self, count: int) -> Any:
        high, length, left = self.initial_learning_rate, float(self.first_decay_steps), float(count)
        while left >= length:
            left, length, high = left - length, length * self.t_mul, high * self.m_mul
        wave = (1 + cos(pi * left / length)) / 2
        return high * ((1 - self.alpha) * wave) + self.initial_learning_rate * self.alpha


@checked_settings
@dataclass(frozen=True)
class Cyclical:
    """A straight line up from `low` to `high` and one down again, over and over: torch's `CyclicLR`.

    mode "triangular" keeps the height, "triangular2" halves it after each cycle, "exp_range" multiplies it by
    gamma^count. Momentum is not cycled.

    >>> [Cyclical(1.0, 3.0, steps_up=2, mode="triangular2")(count) for count in range(7)]
    [1.0, 2.0, 3.0, 2.0, 1.0, 1.5, 2.0]
    """

    low: Small
    high: Small
    steps_up: Steps = 2000
    steps_down: Steps | None = None
    mode: Literal["triangular", "triangular2", "exp_range"] = "triangular"
    gamma: Small = 1.0

    def __post_init__(self) -> None:
        check_settings(self)
        if self.mode not in ("triangular", "triangular2", "exp_range"):
            raise BadInput(
                f"must be triangular, triangular2 or exp_range, got {self.mode!r}",
                field="mode",
                part="Cyclical",
            )

    @cached_property
    def fading(self) -> Powers:
        """n -> the height after n cycles, or steps, over the first."""
        return Powers(0.5 if self.mode == "triangular2" else self.gamma)

    def __call__(self, count: int) -> Any:
        up = self.steps_up
        down = up if self.steps_down is None else self.steps_down
        cycle, within = divmod(count, up + down)
        share = within / up if within <= up else 1 - (within - up) / down
        age = {"triangular": 0, "triangular2": cycle, "exp_range": count}[self.mode]
        return self.low + (self.high - self.low) * share * (self.fading(age) if age else 1.0)
