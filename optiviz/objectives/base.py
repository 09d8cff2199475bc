"""What every problem is: something with a value and a slope at theta."""

from dataclasses import fields, replace
from itertools import repeat
from typing import Any, Protocol

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz._lib.registry import unknown
from optiviz._lib.typing import Array, Batch, Batches


class Objective(Protocol):
    """What to descend. `theta` is (P,), or (P, N) for N runs at once.

    The value is always exact. The gradient may be told to look at a part only: `batches` gives, for
    one seed, what each step in turn gets to see, and a rule never knows. So batch, mini-batch and
    stochastic descent are one rule with three sources, and one seed is equal luck for all.
    """

    def __init__(self, *_: Any, **__: Any) -> None:
        if type(self) is Objective:
            raise BadInput(
                "Objective says what a problem must have; one is made by ov.objective(f, start=...)"
            )

    @property
    def name(self) -> str: ...

    @property
    def start(self) -> Array:
        """(P,) where a run begins unless told otherwise."""
        ...

    @property
    def far(self) -> float:
        """A run with a coordinate beyond this size has left for good: it counts as diverged."""
        ...

    def value(self, theta: Array) -> Array:
        """The exact loss: (P,) -> (), (P, N) -> (N,)."""
        ...

    def gradient(self, theta: Array, batch: Batch = None) -> Array:
        """The slope that a step sees, shaped like theta; exact when `batch` is None."""
        ...

    def value_and_gradient(self, theta: Array, batch: Batch = None) -> tuple[Array, Array]:
        """Both at once, for the price of little more than one."""
        ...

    def batches(self, rng: np.random.Generator) -> Batches:
        """What steps 1, 2, 3, ... get to see: an endless iterator, of None when nothing is hidden."""
        ...


def replaced(objective: Any, **settings: Any) -> Any:
    """The same problem with other settings, e.g. `batch_size=1`; refuses what it does not have."""
    known = [field.name for field in fields(objective) if field.init]
    for name in settings:
        if name not in known:
            raise unknown(f"setting of {type(objective).__name__}", name, known)
    return replace(objective, **settings)


def shuffled(n: int, size: int | None, rng: np.random.Generator, shuffle: bool = True) -> Batches:
    """Row indices (k,) for steps 1, 2, 3, ...; None for ever without a `size`.

    Each epoch is a new order of all n rows, cut in consecutive batches, the last one shorter if need be.
    The order depends on `rng` alone: all batch sizes see the same rows in the same order. Without
    `shuffle` it is the order of the rows, in every epoch.

    Examples
    --------
    >>> batches = shuffled(3, 2, np.random.default_rng(0))
    >>> sorted([*next(batches).tolist(), *next(batches).tolist()])
    [0, 1, 2]
    """
    if size is None:
        return repeat(None)
    orders = (rng.permutation(n) if shuffle else np.arange(n) for _ in repeat(None))
    return (order[first : first + size] for order in orders for first in range(0, n, size))
