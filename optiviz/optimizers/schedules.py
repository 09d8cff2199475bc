"""Learning rates that change on the way: count of finished steps -> rate.

A schedule is a frozen dataclass that is called with the number of steps finished so far, so the first
step has the rate schedule(0). Formulas and names are Keras 3's where Keras has them. torch calls
`scheduler.step()` after `optimizer.step()`, optax counts from 0: both ask the same question.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import cos, floor, pi, sqrt
from types import MappingProxyType
from typing import Annotated, Any, Literal

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.errors import BadInput
from optiviz._lib.powers import Powers
from optiviz._lib.registry import check_settings
from optiviz._lib.typing import Bounds, Decay, Positive, Rate, Share, Small, Steps, rate_at
from optiviz.optimizers.cycles import CosineRestarts, Cyclical


@checked_settings
@dataclass(frozen=True)
class Constant:
    """The same rate always; a plain number says the same.

    >>> Constant(0.1)(1000)
    0.1
    """

    learning_rate: Small = 0.01

    def __post_init__(self) -> None:
        check_settings(self)

    def __call__(self, count: int) -> Any:
        return self.learning_rate


@checked_settings
@dataclass(frozen=True)
class StepDecay:
    """A staircase: the rate is multiplied by `decay_rate` after every `decay_steps` steps.

    initial_learning_rate decay_rate^floor(count / decay_steps): torch's `StepLR(step_size, gamma)`, and
    `ExponentialDecay(staircase=True)` of Keras and optax.

    >>> [StepDecay(8.0, decay_steps=2, decay_rate=0.5)(count) for count in range(5)]
    [8.0, 8.0, 4.0, 4.0, 2.0]
    """

    initial_learning_rate: Small
    decay_steps: Steps
    decay_rate: Small = 0.1

    def __post_init__(self) -> None:
        check_settings(self)

    @cached_property
    def decay(self) -> Powers:
        """n -> decay_rate^n."""
        return Powers(self.decay_rate)

    def __call__(self, count: int) -> Any:
        return self.initial_learning_rate * self.decay(count // self.decay_steps)


@checked_settings
@dataclass(frozen=True)
class ExponentialDecay:
    """initial_learning_rate decay_rate^(count / decay_steps), in stairs if `staircase`.

    Keras' `ExponentialDecay` and optax's `exponential_decay`; torch's `ExponentialLR(gamma)` has
    decay_steps = 1 and decay_rate = gamma.

    >>> ExponentialDecay(8.0, decay_steps=2, decay_rate=0.25)(1)
    4.0
    """

    initial_learning_rate: Small
    decay_steps: Steps
    decay_rate: Small
    staircase: bool = False

    def __post_init__(self) -> None:
        check_settings(self)

    @cached_property
    def decay(self) -> Powers:
        """n -> decay_rate^n."""
        return Powers(self.decay_rate)

    def __call__(self, count: int) -> Any:
        share = count / self.decay_steps
        return self.initial_learning_rate * self.decay(floor(share) if self.staircase else share)


@checked_settings
@dataclass(frozen=True)
class InverseTimeDecay:
    """initial_learning_rate / (1 + decay_rate count / decay_steps), in stairs if `staircase`.

    Keras' `InverseTimeDecay`; torch's `Adagrad(lr_decay)` has decay_steps = 1 and decay_rate = lr_decay.

    >>> InverseTimeDecay(8.0, decay_steps=2, decay_rate=1.0)(6)
    2.0
    """

    initial_learning_rate: Small
    decay_steps: Steps
    decay_rate: Small
    staircase: bool = False

    def __post_init__(self) -> None:
        check_settings(self)

    def __call__(self, count: int) -> Any:
        share = count / self.decay_steps
        return self.initial_learning_rate / (
            1 + self.decay_rate * (floor(share) if self.staircase else share)
        )


@checked_settings
@dataclass(frozen=True)
class CosineDecay:
    """Half a cosine wave down to `alpha` times the initial rate, which then stays.

    initial_learning_rate ((1 - alpha) (1 + cos(pi count / decay_steps)) / 2 + alpha): Keras' `CosineDecay`
    and optax's `cosine_decay_schedule`. torch's `CosineAnnealingLR(T_max, eta_min)` is the same up to
    T_max = decay_steps with eta_min = alpha initial_learning_rate, but rises again after that.
    For Keras' `warmup_steps` put it into a `LinearWarmup`.

    >>> [round(CosineDecay(8.0, decay_steps=4)(count), 6) for count in (0, 2, 4, 9)]
    [8.0, 4.0, 0.0, 0.0]
    """

    initial_learning_rate: Small
    decay_steps: Steps
    alpha: Share = 0.0

    def __post_init__(self) -> None:
        check_settings(self)

    def __call__(self, count: int) -> Any:
        wave = (1 + cos(pi * min(count / self.decay_steps, 1.0))) / 2
        return self.initial_learning_rate * ((1 - self.alpha) * wave + self.alpha)


@checked_settings
@dataclass(frozen=True)
class Linear:
    """A straight line from one rate to another, which then stays.

    From `begin` on, in `steps` steps: optax's `linear_schedule`; torch's `LinearLR`, which goes from a third
    of its rate to all of it in 5 steps.

    >>> [Linear(1.0, 3.0, steps=4)(count) for count in (0, 1, 4, 9)]
    [1.0, 1.5, 3.0, 3.0]
    """

    initial_learning_rate: Small
    final_learning_rate: Small
    steps: Steps
    begin: Annotated[int, Bounds(low=0.0)] = 0

    def __post_init__(self) -> None:
        check_settings(self)

    def __call__(self, count: int) -> Any:
        share = min(max(count - self.begin, 0) / self.steps, 1.0)
        low, high = self.initial_learning_rate, self.final_learning_rate
        return low * (1 - share) + high * share


@checked_settings
@dataclass(frozen=True)
class PolynomialDecay:
    """(initial - end) (1 - count / decay_steps)^power + end: Keras' `PolynomialDecay`.

    With `cycle` decay_steps is made so many times as long that count still lies in it: the end is reached at
    each multiple, and the rate jumps up after it, to less each time. torch's `PolynomialLR` ends at 0.

    >>> [PolynomialDecay(8.0, 4, 0.0, power=2.0)(count) for count in (0, 2, 4, 9)]
    [8.0, 2.0, 0.0, 0.0]
    >>> [PolynomialDecay(8.0, 4, 0.0, cycle=True)(count) for count in (0, 2, 4, 6, 8)]
    [8.0, 4.0, 0.0, 2.0, 0.0]
    """

    initial_learning_rate: Small
    decay_steps: Steps
    end_learning_rate: Small = 0.0001
    power: Small = 1.0
    cycle: bool = False

    def __post_init__(self) -> None:
        check_settings(self)

    def __call__(self, count: int) -> Any:
        length = self.decay_steps * max(-(-count // self.decay_steps), 1) if self.cycle else self.decay_steps
        left = 1 - min(count, length) / length
        low, high = self.end_learning_rate, self.initial_learning_rate
        return (high - low) * Powers(left)(self.power) + low


@checked_settings
@dataclass(frozen=True)
class WarmupStableDecay:
    """A line up, a long level, and a short way down: WSD.

    0 to `warmup_steps`: from 0 to the rate; then level until `decay_begin`; then in `decay_steps` down to
    `alpha` times the rate, along a line, half a cosine wave, or 1 - sqrt of the share done.

    >>> [WarmupStableDecay(8.0, 2, 5, 4)(count) for count in (0, 1, 2, 5, 7, 9, 12)]
    [0.0, 4.0, 8.0, 8.0, 4.0, 0.0, 0.0]
    """

    learning_rate: Small
    warmup_steps: Annotated[int, Bounds(low=0.0)]
    decay_begin: Steps
    decay_steps: Steps
    shape: Literal["linear", "cosine", "sqrt"] = "linear"
    alpha: Share = 0.0

    def __post_init__(self) -> None:
        check_settings(self)
        if self.shape not in ("linear", "cosine", "sqrt"):
            raise BadInput(
                f"must be linear, cosine or sqrt, got {self.shape!r}", field="shape", part="WarmupStableDecay"
            )

    def __call__(self, count: int) -> Any:
        if count < self.warmup_steps:
            return self.learning_rate * (count / self.warmup_steps)
        done = min(max(count - self.decay_begin, 0) / self.decay_steps, 1.0)
        left = {"linear": 1 - done, "cosine": (1 + cos(pi * done)) / 2, "sqrt": 1 - sqrt(done)}[self.shape]
        return self.learning_rate * ((1 - self.alpha) * left + self.alpha)


@checked_settings
@dataclass(frozen=True)
class LinearWarmup:
    """A straight line up to another rate or schedule, which begins when the warm-up is over.

    Steps 0 to warmup_steps go from `initial_learning_rate` to `learning_rate` (a schedule's first value);
    after that the schedule is asked for count - warmup_steps. Keras' `CosineDecay(warmup_target,
    warmup_steps)` and optax's `warmup_cosine_decay_schedule`, whose decay_steps include the warm-up, are
    `LinearWarmup(CosineDecay(...), warmup_steps)`.

    >>> [LinearWarmup(8.0, warmup_steps=4)(count) for count in (0, 1, 4, 9)]
    [0.0, 2.0, 8.0, 8.0]
    """

    learning_rate: Rate
    warmup_steps: Steps
    initial_learning_rate: Small = 0.0

    def __post_init__(self) -> None:
        check_settings(self)

    def __call__(self, count: int) -> Any:
        if count >= self.warmup_steps:
            return rate_at(self.learning_rate, count - self.warmup_steps)
        low, high = self.initial_learning_rate, rate_at(self.learning_rate, 0)
        return low + (high - low) * (count / self.warmup_steps)


@checked_settings
@dataclass(frozen=True)
class OneCycle:
    """Up to the largest rate, then down to almost nothing: torch's `OneCycleLR`, two phases.

    From max_learning_rate / div_factor to max_learning_rate at count pct_start total_steps - 1, then down
    to max_learning_rate / (div_factor final_div_factor) at count total_steps - 1, which then stays (torch
    raises). Each phase is half a cosine wave, or a line. Momentum is not cycled.
    optax's `cosine_onecycle_schedule(n, pct_start=p)` has its peak at int(p n) and ends at n:
    give total_steps = n + 1 and pct_start = (int(p n) + 1) / (n + 1).

    >>> [round(OneCycle(8.0, total_steps=11, pct_start=6 / 11, div_factor=8.0)(k), 4) for k in (0, 5, 10)]
    [1.0, 8.0, 0.0001]
    """

    max_learning_rate: Small
    total_steps: Steps
    pct_start: Decay = 0.3
    div_factor: Positive = 25.0
    final_div_factor: Positive = 1e4
    anneal_strategy: Literal["cos", "linear"] = "cos"
    three_phase: bool = False

    def __post_init__(self) -> None:
        check_settings(self)
        if self.anneal_strategy not in ("cos", "linear"):
            raise BadInput(
                f"must be 'cos' or 'linear', got {self.anneal_strategy!r}",
                field="anneal_strategy",
                part="OneCycle",
            )

    def __call__(self, count: int) -> Any:
        high, first = self.max_learning_rate, self.max_learning_rate / self.div_factor
        last = first / self.final_div_factor
        peak, end = self.pct_start * self.total_steps - 1, self.total_steps - 1
        if count < peak:
            return self.between(first, high, count / peak)
        if self.three_phase:
            back = 2 * self.pct_start * self.total_steps - 2
            if count < back:
                return self.between(high, first, (count - peak) / (back - peak))
            return self.between(first, last, (count - back) / (end - back) if count < end else 1.0)
        return self.between(high, last, (count - peak) / (end - peak) if count < end else 1.0)

    def between(self, start: Any, stop: Any, share: Any) -> Any:
        """`start` at share 0, `stop` at share 1."""
        return start + (stop - start) * (
            (1 - cos(pi * share)) / 2 if self.anneal_strategy == "cos" else share
        )


@checked_settings
@dataclass(frozen=True)
class PiecewiseConstantDecay:
    """`values[0]` up to and with count = boundaries[0], then `values[1]` up to boundaries[1], and so on.

    Keras' `PiecewiseConstantDecay`. The others switch one step earlier: torch's `MultiStepLR(milestones,
    gamma)` and optax's `piecewise_constant_schedule` have the new rate at count = milestone already, and
    they multiply: give boundaries = milestones - 1 and values = rate, rate gamma, rate gamma^2, ...

    >>> [PiecewiseConstantDecay([2, 4], [8.0, 4.0, 1.0])(count) for count in range(7)]
    [8.0, 8.0, 8.0, 4.0, 4.0, 1.0, 1.0]
    """

    boundaries: Sequence[int]
    values: Annotated[Sequence[float], Bounds(low=0.0)]

    def __post_init__(self) -> None:
        check_settings(self)
        if len(self.values) != len(self.boundaries) + 1:
            counts = f"{len(self.boundaries)} boundaries and {len(self.values)} values"
            raise BadInput(
                f"there must be one value more than boundaries, got {counts}",
                part="PiecewiseConstantDecay",
            )
        if np.any(np.diff(self.boundaries) <= 0):
            raise BadInput(
                f"must increase, got {list(self.boundaries)}",
                field="boundaries",
                part="PiecewiseConstantDecay",
            )

    def __call__(self, count: int) -> Any:
        return self.values[sum(count > boundary for boundary in self.boundaries)]


# The index: a scene's spelling -> the schedule.
SCHEDULES: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "constant": Constant,
        "step": StepDecay,
        "exponential": ExponentialDecay,
        "inverse_time": InverseTimeDecay,
        "cosine": CosineDecay,
        "warmup": LinearWarmup,
        "one_cycle": OneCycle,
        "piecewise": PiecewiseConstantDecay,
        "linear": Linear,
        "polynomial": PolynomialDecay,
        "warmup_stable_decay": WarmupStableDecay,
        "cosine_restarts": CosineRestarts,
        "cyclical": Cyclical,
    }
)
