"""Shared array types and bounds of settings, and the letters of every docstring.

P  parameters (2 for a surface, all weights of a network)      theta (P,)
N  runs side by side, always the last axis                     theta (P, N)
T  steps taken                                                 path (T+1, P)
K  minima of a surface                                         minima (K, 2)
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
State = dict[str, Any]  # named arrays shaped like theta, and "count": the steps finished so far
Batch = Any  # what one gradient gets to see: row indices, a noise vector, or None for everything
Batches = Iterator[Batch]


@dataclass(frozen=True)
class Bounds:
    """The values a setting may take: `low` and `high` belong to them unless marked open."""

    low: float = -np.inf
    high: float = np.inf
    open_low: bool = False
    open_high: bool = False

    def __str__(self) -> str:
        low = f"{'greater than' if self.open_low else 'at least'} {self.low:g}"
        high = f"{'less than' if self.open_high else 'at most'} {self.high:g}"
        return " and ".join([low] * (self.low > -np.inf) + [high] * (self.high < np.inf))

    def hold(self, value: Any) -> bool:
        """Whether every number in `value` lies inside; what is not a number never does."""
        try:
            value = np.asarray(value)
        except ValueError:  # a ragged list
            return False
        if value.dtype.kind not in "biuf":
            return False
        low = np.greater(value, self.low) if self.open_low else np.greater_equal(value, self.low)
        high = np.less(value, self.high) if self.open_high else np.less_equal(value, self.high)
        return bool(np.all(low & high & np.isfinite(value)))


# A rate is a number, one number a run (N,), or a schedule: count of finished steps -> number.
Rate = Annotated[float | Array | Callable[[int], Any], Bounds(low=0.0)]
Decay = Annotated[float | Array, Bounds(low=0.0, high=1.0, open_high=True)]  # a share kept, in [0, 1)
Small = Annotated[float | Array, Bounds(low=0.0)]  # keeps a division finite


def rate_at(rate: Any, count: int) -> Any:
    """The rate of the step after `count` finished ones."""
    return rate(count) if callable(rate) else rate


Share = Annotated[float | Array, Bounds(low=0.0, high=1.0)]  # a part of a whole, in [0, 1]
Positive = Annotated[float | Array, Bounds(low=0.0, open_low=True)]  # a limit or a scale
Steps = Annotated[int, Bounds(low=1.0)]  # how many steps something takes
