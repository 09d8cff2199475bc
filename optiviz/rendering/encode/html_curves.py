"""Recorded curves of a page: shares of rows told right, and effective rates, over the steps."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from optiviz._lib.typing import Array
from optiviz.objectives.training import Training
from optiviz.rendering.panels._shared.needs import parameter_names
from optiviz.rendering.panels._shared.network_runs import Learner, learners_of
from optiviz.rendering.panels.accuracy import MANY_EPOCHS
from optiviz.rendering.panels.rates import effective
from optiviz.runs.trajectory import Comparison
from optiviz.scene.scene import Scene, counter

MOST_POINTS = 400  # of a curve


def accuracy_record(scene: Scene, comparison: Comparison) -> dict[str, Any] | None:
    """The curves of a panel `accuracy`, in percent; None where a run has no classes."""
    found = learners_of(comparison)
    if len(found) < len(comparison.trajectories) or not found:
        return None
    pace = float(counter(scene)[1])
    curves = []
    for one in found:
        rows = one.rows_by_epoch(pace, MANY_EPOCHS)
        curves.append(shares_of(one, one.training, rows, held=False))
        if one.training.held_out is not None:
            curves.append(shares_of(one, one.training, rows, held=True))
    low = min(min(curve["values"]) for curve in curves)
    limits = [max(-3.0, 10 * float(np.floor(low / 10 - 0.3))), 103.0]
    return {"curves": curves, "limits": limits, "log": False}


def shares_of(one: Learner, training: Training, rows: Any, held: bool) -> dict[str, Any]:
    """The share of rows told right, in percent, at some rows of the record."""
    times, shares = one.along(training.held_out_accuracy if held else training.accuracy, rows)
    return curve_record(one.run.label, times, 100 * shares) | ({"held": True} if held else {})


def rates_record(scene: Scene, comparison: Comparison, settings: Mapping[str, Any]) -> dict[str, Any] | None:
    """The curves of a panel `rates`; None where nothing of them can stand on a logarithmic axis."""
    names = parameter_names(comparison.objective)
    parameter, against = settings.get("parameter"), settings.get("against")
    index = names.index(parameter) if parameter else 0
    label = settings.get("run")
    curves, seen = [], []
    for run in comparison.trajectories.values():
        values = effective(scene.runs[run.label].optimizer, run)
        with np.errstate(divide="ignore", invalid="ignore"):
            curve = values[:, index] / values[:, names.index(against)] if against else values[:, index]
        curve[:1] = curve[1:2] if len(curve) > 1 else np.nan
        good = np.isfinite(curve) & (curve > 0)
        seen.append(curve[good])
        if good.any() and (not label or run.label == label):
            curves.append(curve_record(run.label, comparison.times[run.label][good], curve[good]))
    every = np.concatenate([np.empty(0), *seen])
    if not curves:
        return None
    return {"curves": curves, "limits": [float(every.min()) / 1.6, float(every.max()) * 1.6], "log": True}


def curve_record(label: str, times: Array, values: Array) -> dict[str, Any]:
    """A curve at no more than `MOST_POINTS` of its times.

    Examples
    --------
    >>> curve_record("GD", np.array([0.0, 1.0]), np.array([50.0, 200 / 3]))
    {'run': 'GD', 'times': [0.0, 1.0], 'values': [50.0, 66.6667]}
    """
    kept = np.unique(np.linspace(0, len(times) - 1, min(len(times), MOST_POINTS)).round().astype(int))
    return {
        "run": label,
        "times": [round(float(time), 4) for time in times[kept]],
        "values": [float(f"{value:.6g}") for value in values[kept]],
    }
