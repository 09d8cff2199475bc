"""Early stopping: a run ends once its slope is small, its loss no longer falls, or a callback says so."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array

Callback = Callable[[int, Array, Any], Any]


@dataclass
class Stopping:
    """When a run ends before its last step; runs side by side end when all of them may.

    Parameters
    ----------
    tolerance : float, optional
        Content once no coordinate of the gradient is larger in size, as scipy's `gtol`.
    patience : int, optional
        Steps without a loss below the lowest so far; of the rows held out, where `held_out` tells it.
    callback : callable, optional
        `(step, theta, loss)`, called after each step; True ends the run, and so does `StopIteration`.
    held_out : callable, optional
        theta -> the loss over the rows held out.

    Examples
    --------
    >>> patient = Stopping(patience=2)
    >>> [bool(patient.asks(k, np.zeros(1), loss, np.ones(1))) for k, loss in enumerate((3.0, 2.0, 2.0, 2.5))]
    [False, False, False, True]
    """

    tolerance: float | None = None
    patience: int | None = None
    callback: Callback | None = None
    held_out: Callable[[Array], Any] | None = None
    rows: int | None = None  # those written, once it has ended a run
    lowest: Any = field(default=np.inf, repr=False)
    since: Any = field(default=0, repr=False)  # steps since then

    def __post_init__(self) -> None:
        number = isinstance(self.tolerance, int | float) and self.tolerance >= 0
        if self.tolerance is not None and not number:
            raise BadInput(f"must be a number of at least 0, got {self.tolerance!r}", field="tolerance")
        whole = isinstance(self.patience, int | np.integer) and self.patience >= 1
        if self.patience is not None and not whole:
            raise BadInput(f"must be a whole number from 1, got {self.patience!r}", field="patience")
        if self.callback is not None and not callable(self.callback):
            raise BadInput(f"must be a function (step, theta, loss), got {self.callback!r}", field="callback")

    @property
    def wanted(self) -> bool:
        """Whether there is anything to ask after a step."""
        return not (self.tolerance is None and self.patience is None and self.callback is None)

    def asks(self, k: int, theta: Array, loss: Any, gradient: Array) -> bool:
        """Whether the run ends after step k."""
        ends = False
        if self.patience is not None:
            watched = loss if self.held_out is None else self.held_out(theta)
            better = np.asarray(watched) < self.lowest
            self.lowest, self.since = np.minimum(watched, self.lowest), np.where(better, 0, self.since + 1)
            ends = bool(np.all(self.since >= self.patience))
        if self.tolerance is not None:
            ends |= bool(np.abs(gradient).max(initial=0.0) <= self.tolerance)
        if self.callback is not None and k:
            try:
                ends |= bool(self.callback(k, theta.copy(), loss))
            except StopIteration:
                return True
        return ends


def held_out_value_of(objective: Any) -> Callable[[Array], Any] | None:
    """theta -> the loss over the rows that an objective holds out; None where it holds none."""
    apart = getattr(objective, "held_out", None)
    if apart is None:
        apart = getattr(getattr(objective, "data", None), "held_out", None)
    return None if apart is None else objective.held_out_value
