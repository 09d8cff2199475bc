"""Run selection of a panel - all runs, or one - and the row of each at a step."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.registry import unknown
from optiviz._lib.typing import Array
from optiviz.rendering.marks.agg import FAR, box_of
from optiviz.rendering.marks.lanes import side_by_side
from optiviz.rendering.marks.trails import Route
from optiviz.rendering.panels._shared.network_runs import rows_at
from optiviz.rendering.style import Look
from optiviz.runs.trajectory import Comparison, Trajectory


def runs_of(comparison: Comparison, panel: str, label: str) -> list[Trajectory]:
    """The run of that label; all of them for ""."""
    known = comparison.trajectories
    if label and label not in known:
        raise unknown(f"run in panel '{panel}'", label, known)
    return [known[label]] if label else list(known.values())


def rows_of_steps(comparison: Comparison, run: Trajectory) -> NDArray[np.int64]:
    """(T+1,) the row of a run's record that each step of the clip shows."""
    times = comparison.times[run.label]
    return rows_at(times, np.arange(int(np.ceil(times[-1])) + 1))


def path_route(axes: Any, comparison: Comparison, run: Trajectory, points: Array) -> Route:
    """The route of `points` (R, 2), one for each row of a run, in the data of 2-D axes."""
    pixels = np.clip(axes.transData.transform(points), -FAR, FAR)
    return Route(points, pixels, np.arange(len(points)), box_of(axes), comparison.times[run.label])


def path_routes(
    axes: Any, comparison: Comparison, runs: Sequence[Trajectory], pitch: float, looks: Mapping[str, Look]
) -> list[Route]:
    """The routes of paths (R, 2) of several runs; those that share a way go side by side, `pitch` apart.

    Quiet runs stay where they are.
    """
    routes = {run.label: path_route(axes, comparison, run, run.path) for run in runs}
    loud = [label for label in routes if not looks[label].quiet]
    if pitch and len(loud) > 1:
        routes |= zip(loud, side_by_side([routes[label] for label in loud], pitch), strict=True)
    return list(routes.values())


def between_rows(comparison: Comparison, run: Trajectory) -> Callable[[float], Array]:
    """What gives the weights (P,) of a run at any time of the clip: on a straight line between two rows."""
    times, path = comparison.times[run.label], run.path

    def weights(time: float) -> Array:
        at = float(np.interp(time, times, np.arange(len(times))))
        row = int(at)
        if at == row:
            return np.asarray(path[row])
        return np.asarray(path[row] + (at - row) * (path[row + 1] - path[row]))

    return weights
