"""What is kept of each run of a block: last and lowest loss, last place, and when targets were met."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array, State
from optiviz.analysis.stability import lowest_of
from optiviz.objectives.surface import Surface

Columns = dict[str, NDArray[Any]]

MEASURE: Mapping[str, Any] = {"targets": [1e-3], "of": "drop", "lowest": None, "inside": True, "kept": 0}
MOST_COORDINATES = 8  # of the last place, which is kept of runs with no more parameters


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Per run: the last and the lowest loss, the last place, and since when each target has been met."""

    at: NDArray[np.int64]
    names: tuple[str, ...]  # (K,) of the targets
    targets: Array  # (K, N)
    ground: Surface | None  # in whose domain an arrival counts
    kept: int
    loss: Array  # (N,)
    best: Array
    theta: Array  # (P, N), or (P, 0)
    since: NDArray[np.int32]  # (K, N) the first step of the stretch below the target that is under way
    fixed: NDArray[np.int32]  # (K, N) that of the first stretch of `kept` steps, or -1; (K, 0) without it

    def columns(self, block: slice) -> "Outcomes":
        own: dict[str, Any] = {name: a[..., block] for name, a in self.arrays().items()}
        return replace(self, **own)

    def emptied(self, count: int) -> "Outcomes":
        own: dict[str, Any] = {
            name: np.empty((*a.shape[:-1], count), a.dtype) for name, a in self.arrays().items()
        }
        return replace(self, **own)

    def fill(self, block: slice, part: "Outcomes") -> None:
        for name, array in self.arrays().items():
            array[..., block] = getattr(part, name)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What has an entry for each run."""
        names = ("targets", "loss", "best", "theta", "since", "fixed")
        return {name: a for name in names if (a := getattr(self, name)).shape[-1]}

    def write(self, row: int, theta: Array, loss: Array, gradient: Array, state: State) -> None:
        np.fmin(self.best, loss, out=self.best)
        outside = None
        for k, target in enumerate(self.targets):
            above = ~(loss <= target)
            if self.ground is not None and not above.all():
                if outside is None:
                    outside = ~self.ground.contains(theta)
                above |= outside
            since = self.since[k]
            np.maximum(since, above * np.int32(row + 1), out=since)  # a masked copy takes 30 times as long
            if self.kept:
                fixed = self.fixed[k]
                np.copyto(fixed, since, where=(fixed < 0) & (row + 1 - since >= self.kept))
        if row == len(self.at) - 1:
            self.loss[:] = loss
            if self.theta.shape[-1]:
                self.theta[:] = theta

    def columns_of(self, objective: Any, lost: NDArray[np.int64]) -> Columns:
        """The results by name; `lost` (N,) is the step at which each run was lost, or -1."""
        steps = len(self.at) - 1
        found: Columns = {"loss": self.loss, "best": self.best, "stopped_at": lost.astype(np.int32)}
        for k, name in enumerate(self.names):
            arrived = (self.fixed[k] >= 0) if self.kept else (self.since[k] <= steps) & (lost < 0)
            found[name] = np.where(arrived, self.fixed[k] if self.kept else self.since[k], -1).astype(
                np.int32
            )
        for name, coordinate in zip(coordinate_names(objective), self.theta, strict=False):
            found[name] = coordinate
        return found


def watched(objective: Any, theta: Array, steps: int, measure: Mapping[str, Any]) -> Outcomes:
    """What is to be watched of runs from `theta` (P, N)."""
    count, targets = theta.shape[1], measure["targets"]
    if measure["of"] == "drop" and targets:
        lowest = lowest_loss(objective) if measure["lowest"] is None else float(measure["lowest"])
        with np.errstate(all="ignore"):
            first = np.asarray(objective.value(theta), dtype=float)
        levels = np.array([lowest + share * (first - lowest) for share in targets])
    else:
        levels = np.repeat(np.array(targets, dtype=float)[:, None], count, axis=1)
    kept = len(theta) <= MOST_COORDINATES
    return Outcomes(
        at=np.arange(steps + 1),
        names=tuple(f"steps_to_{target:g}" for target in targets),
        targets=levels.reshape(len(targets), count),
        ground=objective if measure["inside"] and isinstance(objective, Surface) else None,
        kept=int(measure["kept"]),
        loss=np.full(count, np.nan),
        best=np.full(count, np.inf),
        theta=np.empty((len(theta), count if kept else 0)),
        since=np.zeros((len(targets), count), np.int32),
        fixed=np.full((len(targets), count if measure["kept"] else 0), -1, np.int32),
    )


def lowest_loss(objective: Any) -> float:
    """The least loss there is."""
    lowest = lowest_of(objective)
    if lowest is None:
        raise BadInput(f"the lowest loss of {objective.name} is not known; give `lowest`, or no targets")
    return lowest


def coordinate_names(objective: Any) -> tuple[str, ...]:
    """What the coordinates of a place are called in results."""
    if isinstance(objective, Surface):
        return ("x", "y")
    named = getattr(objective, "parameter_names", None)
    return tuple(named or (f"theta_{k}" for k in range(np.size(objective.start))))
