"""The step that each coordinate takes for its slope: one rate for all, or a rate of its own."""

from typing import Any

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz._lib.registry import unknown
from optiviz._lib.typing import Array
from optiviz.analysis.anatomy import rate_after, state_at
from optiviz.objectives.fit import Fit
from optiviz.rendering.cell import Cell
from optiviz.rendering.panels._shared.log_axis import decades, log_axis, written
from optiviz.rendering.panels._shared.run_selection import path_route, runs_of
from optiviz.runs.trajectory import Comparison, Trajectory

LETTERS = 2  # coordinates of a problem whose parameters have no names


def rates(cell: Cell, comparison: Comparison, *, parameter: str = "", run: str = "") -> None:
    """The effective rate of one coordinate against steps, a curve a run: what its slope is multiplied by.

    For GD and Momentum it is the learning rate; Adagrad, RMSprop, Adam and their like divide it by the size
    of the slopes they have seen. All panels of a scene share one axis.

    Parameters
    ----------
    parameter : str
        The coordinate, by its name: "w" or "b" of a line, "x" or "y" of a surface; the first unless given.
    run : str
        The label of the only run to draw; all of them unless given.
    """
    names = names_of(comparison)
    if parameter and parameter not in names:
        raise unknown("parameter in panel 'rates'", parameter, names)
    index = names.index(parameter) if parameter else 0
    curves = {one.label: effective(cell.rules[one.label], one) for one in runs_of(comparison, "rates", "")}
    runs = runs_of(comparison, "rates", run)
    seen = np.concatenate([curve[1:].ravel() for curve in curves.values()])
    seen = seen[np.isfinite(seen) & (seen > 0)]
    low, high = (float(seen.min()), float(seen.max())) if len(seen) else (0.1, 1.0)
    limits = (low / 1.6, high * 1.6)
    name = f"Rate of {names[index]}"
    ticks = [*map(written, decades(*limits))]
    ax = cell.axes((f"{name}, log scale", f"{name}, log", name), cell.counted, numbers=ticks)
    last = max(float(times[-1]) for times in comparison.times.values()) / cell.pace
    ax.set(xlim=(0, max(last, 1.0)))
    log_axis(cell, ax, limits)
    routes = []
    for one in runs:
        points = comparison.times[one.label] / cell.pace, shown(curves[one.label][:, index], limits)
        routes.append(path_route(ax, comparison, one, np.column_stack(points)))
    cell.trails(routes, runs, thin=True)


def names_of(comparison: Comparison) -> tuple[str, ...]:
    """What the coordinates are called."""
    objective = comparison.objective
    if isinstance(objective, Fit):
        return objective.parameter_names
    count = int(np.size(objective.start))
    return ("x", "y") if count == LETTERS else tuple(str(k + 1) for k in range(count))


def effective(rule: Any, run: Trajectory) -> Array:
    """(R, P) what the slope of each coordinate was multiplied by in the step to each row; row 0 is NaN."""
    shape = run.path.shape
    found = np.full(shape, np.nan)
    own = getattr(rule, "effective_rate", None)
    rate = getattr(rule, "learning_rate", None)
    if own is None and rate is None:
        raise BadInput(f"panel 'rates': run '{run.label}' has no learning rate to show")
    if own is not None and not run.state:
        raise BadInput(f"panel 'rates': run '{run.label}' is too large for its memory to be recorded")
    for row, count in enumerate(run.at.tolist()):
        if count:
            found[row], _ = rate_after(rule, state_at(run, row), run.path.shape[1:])
    return found


def shown(values: Array, limits: tuple[float, float]) -> Array:
    """A curve held near the limits; before the first step it waits at the rate of that step."""
    values = np.concatenate([values[1:2] if len(values) > 1 else [limits[0]], values[1:]])
    return np.clip(np.nan_to_num(values, nan=limits[0]), limits[0] / 2, limits[1] * 2)
