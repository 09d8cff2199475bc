"""The fitted model over its data."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from optiviz._lib.typing import Array
from optiviz.objectives.fit import Fit
from optiviz.objectives.training import Training
from optiviz.rendering.cell import QUIET, Cell
from optiviz.rendering.marks.agg import box_of, dots, rgba
from optiviz.rendering.marks.shapes import Curve
from optiviz.rendering.panels._shared.needs import one_column, one_output_each
from optiviz.rendering.panels._shared.network_runs import (
    Learner,
    learner,
    learners_of,
    names_of,
    shortened_name,
    truth_of,
    verbatim,
)
from optiviz.rendering.panels._shared.run_selection import between_rows, runs_of
from optiviz.rendering.panels._shared.spec import PanelSpec
from optiviz.runs.trajectory import Comparison, Trajectory

PLACES = 240  # at which a curve is drawn


def fit(cell: Cell, comparison: Comparison, *, run: str = "") -> None:
    """The data, the truth behind them where it is known, and the line or curve each run has come to.

    Parameters
    ----------
    run : str
        The label of the only run to draw, which then stands above; all of them unless given.
    """
    headings = [run] if run else ["Ground truth & Model", "Truth & Model"]
    networks = learners_of(comparison)
    if networks:
        network_fit(cell, [learner(comparison, "fit", run)] if run else networks, headings)
        return
    objective = comparison.objective
    assert isinstance(objective, Fit)
    data = objective.data
    ax = cell.axes(headings, verbatim(data.x_names[0]), verbatim(data.y_name))
    xlim = set_limits(cell, ax, data.x[:, 0], data.y, data.truth)
    grid = np.linspace(*xlim, 2 if objective.degree == 1 else PLACES)
    for one in runs_of(comparison, "fit", run):
        points = lru_cache(maxsize=4)(fitted_curve(ax, comparison, one, grid))
        look, width = cell.looks[one.label], 0.65 * cell.line_width
        cased = len(cell.looks) > 1 and not look.quiet  # lifted off the others
        width = QUIET * cell.sizes["text"] if look.quiet else width
        cell.marks.append(
            Curve(points, look, width, cell.theme.casing, box_of(ax), cased=cased, by_time=True)
        )
    data_dots(cell, ax, np.column_stack([data.x[:, 0], data.y]))


def fitted_curve(ax: Any, comparison: Comparison, run: Trajectory, grid: Array) -> Callable[[float], Array]:
    """What gives the pixels (M, 2) of a fitted line or polynomial at a time of the clip."""
    objective, weights = comparison.objective, between_rows(comparison, run)
    assert isinstance(objective, Fit)

    def points(time: float) -> Array:
        y = objective.predict(weights(time), grid)
        pixels: Array = ax.transData.transform(np.column_stack([grid, y]))
        return pixels

    return points


def set_limits(cell: Cell, ax: Any, x: Array, y: Array, truth: Any) -> tuple[float, float]:
    """Draw the truth, and set the limits that the data have room in; those of x are returned."""
    theme = cell.theme
    room_x, room_y = 0.05 * np.ptp(x) or 1.0, 0.12 * np.ptp(y) or 1.0
    xlim, ylim = (x.min() - room_x, x.max() + room_x), (y.min() - room_y, y.max() + room_y)
    if truth is not None:
        fine = np.linspace(*xlim, 400)
        ax.plot(fine, truth(fine), color=theme.ink, linewidth=1.5 * cell.fine, linestyle=(0, (4, 3)))
    ax.set(xlim=xlim, ylim=ylim)
    return xlim


def network_fit(cell: Cell, shown: list[Learner], headings: list[str]) -> None:
    """The curves of networks with one input and one output; rows held out are hollow."""
    training = shown[0].training
    ax = cell.axes(headings, verbatim(shortened_name(cell, names_of(training)[0], cell.box[2])), "y")
    xlim = set_limits(cell, ax, training.X[:, 0], training.targets[:, 0], truth_of(training))
    grid = np.linspace(*xlim, PLACES)
    places = ax.transData.transform(np.column_stack([grid, np.zeros(PLACES)]))[:, 0]
    for one in shown:
        look = cell.looks[one.run.label]
        points = curve_of(ax, one, grid, places)
        cell.marks.append(Curve(points, look, cell.line_width, cell.theme.casing, box_of(ax), by_time=True))
    data_dots(cell, ax, np.column_stack([training.X[:, 0], training.targets[:, 0]]))
    if training.held_out is not None:
        held_out_dots(cell, ax, training)


def data_dots(cell: Cell, ax: Any, rows: Array) -> None:
    """The rows (n, 2) that are fitted, above the lines: which of them a line hits is seen."""
    size, color, clip = 0.34 * cell.sizes["text"], rgba(cell.theme.data), box_of(ax)

    def paint(renderer: Any, moment: Any) -> None:
        dots(renderer, ax.transData.transform(rows), "o", size, color, cell.theme.data, 0.0, clip)

    cell.scenery(paint, clip)


def held_out_dots(cell: Cell, ax: Any, training: Training) -> None:
    """The rows that no gradient sees, as rings."""
    assert training.held_out is not None
    X, targets = training.held_out
    spots = np.column_stack([X[:, 0], targets[:, 0]])
    size = 0.34 * cell.sizes["text"]

    def paint(renderer: Any, moment: Any) -> None:
        pixels = ax.transData.transform(spots)
        dots(renderer, pixels, "o", size, rgba(cell.theme.ground), cell.theme.data, 1.5, box_of(ax))

    cell.scenery(paint, box_of(ax))


def curve_of(ax: Any, one: Learner, grid: Array, places: Array) -> Callable[[float], Array]:
    """What gives the pixels (M, 2) of a network's curve at a time of the clip."""
    bottom, top = ax.get_ylim()

    @lru_cache(maxsize=4)  # rows of a thinned record stand for many frames
    def pixels(position: float) -> Array:
        y = one.training.predict(one.weights(position), grid[:, np.newaxis])[:, 0]
        y = np.clip(np.nan_to_num(y), bottom - 9 * (top - bottom), top + 9 * (top - bottom))
        heights = ax.transData.transform(np.column_stack([grid, y]))[:, 1]
        return np.asarray(np.column_stack([places, heights]))

    return lambda time: pixels(one.position(time))


SPEC = PanelSpec(problem=(one_column,), runs=(one_output_each,), without_runs=True)
