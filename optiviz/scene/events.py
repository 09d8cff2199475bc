"""Events of played runs, computed from their losses and places: home, turn, leaves, diverges, overtaken."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.typing import Array
from optiviz.runs.summary import best, yardstick
from optiviz.runs.trajectory import Comparison, Trajectory

SHARE = 0.01  # of the drop from the start to the best; a run that keeps below it is home
BACK = 0.02  # of the way out; a run that comes back by so much has turned
Limits = tuple[float, float]


@dataclass(frozen=True)
class Event:
    """An event of a run, such as arriving at the best loss, with its row and time.

    Parameters
    ----------
    kind : str
        A name of `KINDS`.
    label : str
        Of the run.
    time : float
        In steps of the clip, as `Comparison.times` counts.
    row : int
        The first recorded row from which on it holds; the last one where the step was not recorded.
    axis : int, default -1
        Of a turn: the coordinate that turned.
    other : str, default ""
        Of an overtaken run: by whom.
    """

    kind: str
    label: str
    time: float
    row: int
    axis: int = -1
    other: str = ""


def home_level(comparison: Comparison, share: float = SHARE) -> float | None:
    """The loss at or below which a run is home: `share` of the drop from the start, above the best there is.

    None where nothing drops, where losses cannot be compared, or where nobody knows how low it goes: no
    minimum is known and one run alone came so low.

    Examples
    --------
    >>> from optiviz.objectives.surface import surface
    >>> from optiviz.optimizers import GD
    >>> from optiviz.runs.minimize import compare
    >>> bowl = surface("x**2 + y**2", xlim=(-4, 4), ylim=(-4, 4), start=(3, 1), minima=[(0, 0)])
    >>> home_level(compare(bowl, {"GD": GD(0.25)}, steps=9))
    0.1
    """
    runs = comparison.trajectories
    if not runs or len({repr(getattr(part, "loss", "")) for part in comparison.objectives.values()}) > 1:
        return None
    measure = yardstick(comparison)
    lowest = min([measure.lowest, *map(best, runs.values())])
    drop = measure.start - lowest
    if not (isfinite(drop) and drop > 1e-290):
        return None
    level = lowest + share * drop
    there = sum(kept_below(run, level) is not None for run in runs.values())
    return level if measure.source == "known minimum" or there > 1 else None


def kept_below(run: Trajectory, level: float) -> int | None:
    """The row from which on the loss of a run is at or below `level` to the end; None if there is none."""
    if run.stopped_at is not None:
        return None
    above = np.flatnonzero(~(run.losses <= level))
    first = int(above[-1]) + 1 if len(above) else 0
    return first if first < len(run.losses) else None


def home(comparison: Comparison, label: str, share: float = SHARE) -> Event | None:
    """From where on a run is all but at the best loss of the scene, and stays there."""
    level = home_level(comparison, share)
    row = None if level is None else kept_below(comparison.trajectories[label], level)
    return None if row is None else event(comparison, "home", label, row)


def turn(comparison: Comparison, label: str) -> Event | None:
    """Where a run first turns back: of its coordinates the one that went furthest until it reversed.

    It must then come back by 2 % of its way out, so that the last bits of a run at rest are no turn.
    """
    path = comparison.trajectories[label].path
    found = [(abs(path[row, k] - path[0, k]), row, k) for k in range(path.shape[1])
             if (row := reversal(path[:, k])) is not None]  # fmt: skip
    if not found:
        return None
    _, row, axis = max(found, key=lambda one: one[0])
    return event(comparison, "turn", label, row, axis=axis)


def reversal(values: Array) -> int | None:
    """The row of the first extremum of `values` (R,) from which they come back by 2 % of the way out."""
    steps = np.sign(np.diff(values))
    moving = np.flatnonzero(steps)
    if not len(moving):
        return None
    for row in moving[1:][np.diff(steps[moving]) != 0].tolist():
        out = values[row] - values[0]
        after = (values[row] - values[row:]) * np.sign(out)
        if out and after.max() >= BACK * abs(out):
            return int(row)
    return None


def leaves(comparison: Comparison, label: str, xlim: Limits, ylim: Limits) -> Event | None:
    """From where on a run with two parameters is outside of a window for good."""
    run = comparison.trajectories[label]
    if run.path.shape[1] != 2:
        return None
    low, high = np.array([xlim, ylim]).T
    inside = np.flatnonzero(((run.path >= low) & (run.path <= high)).all(axis=1))
    first = int(inside[-1]) + 1 if len(inside) else 0
    if first < len(run.path):
        return event(comparison, "leaves", label, first)
    lost = diverges(comparison, label)
    return None if lost is None else Event("leaves", label, lost.time, lost.row)


def passes(comparison: Comparison, label: str, values: Array, limit: float) -> Event | None:
    """Where `values` (R,) of a run first are above `limit`."""
    above = np.flatnonzero(values > limit)
    return event(comparison, "passes", label, int(above[0])) if len(above) else None


def diverges(comparison: Comparison, label: str) -> Event | None:
    """The step at which a run was lost: to infinity, or to what is no number."""
    run = comparison.trajectories[label]
    if run.stopped_at is None:
        return None
    times, at = comparison.times[label], max(int(run.at[-1]), 1)
    pace = float(times[-1]) / at if times[-1] > 0 else 1.0
    return Event("diverges", label, run.stopped_at * pace, len(times) - 1)


def overtaken(comparison: Comparison, label: str) -> Event | None:
    """From where on another run, which was behind, has the lower loss to the end; the first of them."""
    mine = comparison.trajectories[label]
    found = []
    for other, run in comparison.trajectories.items():
        if other == label:
            continue
        times = np.union1d(comparison.times[label], comparison.times[other])
        ahead = losses_at_times(comparison, other, times) < losses_at_times(comparison, label, times)
        behind = losses_at_times(comparison, other, times) > losses_at_times(comparison, label, times)
        if ahead[-1] and behind.any() and run.stopped_at is None:
            since = float(times[int(np.flatnonzero(~ahead)[-1]) + 1])
            found.append((since, other))
    if not found or mine.stopped_at is not None:
        return None
    time, other = min(found)
    return Event("overtaken", label, time, comparison.row(label, time), other=other)


def losses_at_times(comparison: Comparison, label: str, times: Array) -> Array:
    """The loss that a run has come to at each of `times` (M,)."""
    rows: NDArray[np.int64] = np.searchsorted(comparison.times[label], times, side="right") - 1
    return comparison.trajectories[label].losses[np.maximum(rows, 0)]


def event(comparison: Comparison, kind: str, label: str, row: int, axis: int = -1) -> Event:
    """The event that holds from a recorded row on."""
    return Event(kind, label, float(comparison.times[label][row]), row, axis)


# What a caption, a mark or a field may wait for without knowing a window.
KINDS = MappingProxyType({"home": home, "turn": turn, "diverges": diverges, "overtaken": overtaken})
WINDOWED = "leaves"


def homes(comparison: Comparison, share: float = SHARE) -> Mapping[str, Event]:
    """The runs that come home, by label, the first of them first."""
    found = [one for label in comparison.trajectories if (one := home(comparison, label, share))]
    return {one.label: one for one in sorted(found, key=lambda one: one.time)}


__all__ = ["KINDS", "Event", "diverges", "home", "home_level", "homes", "leaves", "overtaken", "turn"]
