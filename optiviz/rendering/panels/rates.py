"""Effective learning rate per coordinate against steps."""

from typing import Any

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array
from optiviz.analysis.anatomy import rate_after, state_at
from optiviz.rendering.cell import Cell
from optiviz.rendering.panels._shared.log_axis import decades, log_axis, tick_text
from optiviz.rendering.panels._shared.needs import (
    innermost_rule,
    named_parameters,
    parameter_names,
    steps_with_memory,
)
from optiviz.rendering.panels._shared.run_selection import path_route, runs_of
from optiviz.rendering.panels._shared.spec import PanelSpec, Settings, Subject
from optiviz.runs.trajectory import Comparison, Trajectory


def rates(
    cell: Cell, comparison: Comparison, *, parameter: str = "", against: str = "", run: str = ""
) -> None:
    """The effective rate of one coordinate against steps, a curve a run: what its slope is multiplied by.

    For GD and Momentum it is the learning rate; Adagrad, RMSprop, Adam and their like divide it by the size
    of the slopes they have seen. All panels of a scene share one axis.

    Parameters
    ----------
    parameter : str
        The coordinate, by its name: "w" or "b" of a line, "x" or "y" of a surface; the first unless given.
    against : str
        Another coordinate: the rate is divided by that one's, so that rules with one rate for all stand at 1.
    run : str
        The label of the only run to draw; all of them unless given.
    """
    names = parameter_names(comparison.objective)
    index = names.index(parameter) if parameter else 0
    curves = {one.label: effective(cell.rules[one.label], one) for one in runs_of(comparison, "rates", "")}
    if against:
        with np.errstate(divide="ignore", invalid="ignore"):
            other = names.index(against)
            curves = {label: curve[:, [index]] / curve[:, [other]] for label, curve in curves.items()}
    runs = runs_of(comparison, "rates", run)
    seen = np.concatenate([curve[1:].ravel() for curve in curves.values()])
    seen = seen[np.isfinite(seen) & (seen > 0)]
    low, high = (float(seen.min()), float(seen.max())) if len(seen) else (0.1, 1.0)
    limits = (low / 1.6, high * 1.6)
    name = f"Rate of {names[index]}" + f" / rate of {against}" * bool(against)
    index = 0 if against else index
    ticks = [*map(tick_text, decades(*limits))]
    forms = [f"{name}, log scale", f"{name}, log", name]
    if against:
        forms += [f"Rates {parameter or names[0]} / {against}"]
    ax = cell.axes(forms, cell.counted, numbers=ticks)
    last = max(float(times[-1]) for times in comparison.times.values()) / cell.pace
    cell.time_axis(ax, last)
    log_axis(cell, ax, limits)
    routes = []
    for one in runs:
        points = comparison.times[one.label] / cell.pace, clipped_curve(curves[one.label][:, index], limits)
        routes.append(path_route(ax, comparison, one, np.column_stack(points)))
    cell.trails(routes, runs, thin=True)


def effective(rule: Any, run: Trajectory) -> Array:
    """(R, P) what the slope of each coordinate was multiplied by in the step to each row; row 0 is NaN."""
    shape = run.path.shape
    found = np.full(shape, np.nan)
    for row, count in enumerate(run.at.tolist()):
        if count:
            found[row], _ = rate_after(rule, state_at(run, row), run.path.shape[1:])
    return found


def clipped_curve(values: Array, limits: tuple[float, float]) -> Array:
    """A curve held near the limits; before the first step it waits at the rate of that step."""
    values = np.concatenate([values[1:2] if len(values) > 1 else [limits[0]], values[1:]])
    return np.clip(np.nan_to_num(values, nan=limits[0]), limits[0] / 2, limits[1] * 2)


def check_runs(subject: Subject, settings: Settings) -> None:
    """Refuse runs that have no rate to show, and a coordinate that is not there."""
    for label in subject.scene.runs:
        rule = innermost_rule(subject, label)
        if getattr(rule, "effective_rate", None) is not None:
            steps_with_memory(subject, label)
        elif getattr(rule, "learning_rate", None) is None:
            raise BadInput(f"shows learning rates, and run '{label}' has none")
    for field in ("parameter", "against"):
        named_parameters(subject, (settings[field],) if settings[field] else (), field)


SPEC = PanelSpec(runs=(check_runs,))
