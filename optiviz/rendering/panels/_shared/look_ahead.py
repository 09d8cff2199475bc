"""The look-ahead point phi of Nesterov's rule: a hollow marker, joined to the head by a thin line."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from optiviz._lib.typing import Array
from optiviz.rendering.cell import Cell
from optiviz.rendering.marks.agg import box_of
from optiviz.rendering.marks.shapes import Figurine
from optiviz.rendering.timeline import Moment
from optiviz.runs.trajectory import Comparison, Trajectory

SIZE, RIM, LINE = 0.6 * 21, 2.4, 1.6  # twenty-fourths of the type


def looking_ahead(comparison: Comparison, runs: Sequence[Trajectory]) -> list[Trajectory]:
    """Those of the runs that measure the slope elsewhere than where their weights are, as recorded."""
    recorded = [comparison.recorded[run.label] for run in runs]
    return [run for run in recorded if run.positions is not run.path]


def at_time(comparison: Comparison, label: str, points: Array) -> Callable[[Moment], Array]:
    """What gives a point (2,) of `points` (R, 2), one for each row of a run, at any moment."""
    times = comparison.times[label]
    rows = np.arange(len(times))

    def point(moment: Moment) -> Array:
        at = float(np.interp(moment.time, times, rows))
        before = int(at)
        after = min(before + 1, len(points) - 1)
        return np.asarray(points[before] + (at - before) * (points[after] - points[before]))

    return point


def lines_ahead(
    cell: Cell, ax: Any, comparison: Comparison, runs: Sequence[Trajectory],
    drawn: Callable[[Array], Array] = lambda path: path,
) -> None:  # fmt: skip
    """A line from each run that looks ahead to its phi; it lies below the trails that are declared after it.

    `drawn` gives the places (R, 2) on the axes of weights (R, P).
    """
    for run in looking_ahead(comparison, runs):
        here = at_time(comparison, run.label, drawn(run.positions))
        there = at_time(comparison, run.label, drawn(run.path))
        ends = lambda moment, here=here, there=there: np.array([here(moment), there(moment)])  # noqa: E731
        unit, look = cell.sizes["text"] / 24, cell.looks[run.label]
        place = lambda moment, points: ax.transData.transform(points)  # noqa: E731
        cell.marks.append(Figurine(ends, place, look, LINE * unit, cell.theme.casing, box_of(ax)))


def points_ahead(
    cell: Cell, ax: Any, comparison: Comparison, runs: Sequence[Trajectory],
    drawn: Callable[[Array], Array] = lambda path: path,
) -> None:  # fmt: skip
    """A hollow marker at phi of each run that looks ahead."""
    for run in looking_ahead(comparison, runs):
        there = at_time(comparison, run.label, drawn(run.path))
        unit, look = cell.sizes["text"] / 24, cell.looks[run.label]
        place = lambda moment, points: ax.transData.transform(points)  # noqa: E731
        phi = lambda moment, there=there: there(moment)[None]  # noqa: E731
        cell.marks.append(
            Figurine(phi, place, look, RIM * unit, cell.theme.casing, box_of(ax), SIZE * unit, True)
        )
