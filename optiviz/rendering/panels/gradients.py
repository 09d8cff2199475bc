"""Gradient histograms or norms per layer: does the first one still hear about the error?"""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from optiviz._lib.typing import Array
from optiviz.rendering.cell import Cell
from optiviz.rendering.marks.agg import box_of
from optiviz.rendering.marks.shapes import Curve
from optiviz.rendering.panels._shared.layer_histograms import layer_axes, violins
from optiviz.rendering.panels._shared.log_axis import tick_text
from optiviz.rendering.panels._shared.needs import a_network
from optiviz.rendering.panels._shared.network_runs import Learner, cached_by_step, learner, learners
from optiviz.rendering.panels._shared.spec import PanelSpec
from optiviz.runs.trajectory import Comparison

SAMPLES = 60  # rows of each run that are looked at for the limits
DECADES = 8  # that the axis covers at most


def gradients(
    cell: Cell, comparison: Comparison, *, show: Literal["norms", "histograms"] = "norms", run: str = ""
) -> None:
    """The size of the gradient in each layer on a logarithmic axis, one line a run; zero lies on the floor.

    Parameters
    ----------
    show : "norms" or "histograms"
        One number a layer for all runs, the root of the mean square over its weights; or, for one run,
        how the absolute values of all its slopes are spread.
    run : str
        The label of the run whose histograms are shown; the first one unless given.
    """
    chosen = [learner(comparison, "gradients", run)] if run or show == "histograms" else None
    shown = chosen or learners(comparison, "gradients")
    layers = max(len(kernels(one)) for one in shown)
    everyone = learners(comparison, "gradients")  # so that panels side by side have one axis
    sizes = [np.stack([norms(one, row) for row in one.rows(SAMPLES).tolist()]) for one in everyone]
    limits = norm_limits(np.concatenate([size.ravel() for size in sizes]))
    headings = ["Size of the gradient by layer", "Size of the gradient", "Gradient"]
    if show == "histograms":
        forms = ("{}: size of the gradient by layer", "{}: gradient by layer", "{}: gradient", "{}")
        headings = [form.format(shown[0].run.label) for form in cell.form(forms, comparison.trajectories)]
    told = [tick_text(10.0**power) for power in np.arange(limits[0] + 1, limits[1] + 1)]
    ax = layer_axes(cell, headings, layers, limits, told)
    most = int(ax.bbox.height / (1.4 * cell.sizes["text"]))
    ax.yaxis.set_major_locator(whole_decades(limits, most))
    ax.yaxis.set_major_formatter(lambda value, _: "0" if value <= limits[0] else tick_text(10.0**value))
    if show == "histograms":
        one = shown[0]
        values = cached_by_step(lambda step: [log_size(g) for g in slopes(one, one.row(step))])
        violins(cell, ax, values, limits, 31, cell.looks[one.run.label].color)
        return
    for one in shown:
        cell.marks.append(norm_line(cell, ax, one, limits))


def norm_line(cell: Cell, ax: object, one: Learner, limits: tuple[float, float]) -> Curve:
    """A point a layer, joined by a line."""
    places = np.arange(1, len(kernels(one)) + 1)
    size = 0.62 * cell.sizes["text"]

    def points(step: int) -> Array:
        height = np.clip(log_size(norms(one, one.row(step))), limits[0], limits[1])
        pixels: Array = ax.transData.transform(np.column_stack([places, height]))  # type: ignore[attr-defined]
        return pixels

    look = cell.looks[one.run.label]
    left, bottom, right, top = box_of(ax)
    clip = left, bottom - int(size), right, top  # a marker on the floor is whole
    return Curve(cached_by_step(points), look, cell.line_width, cell.theme.casing, clip, size)


def kernels(one: Learner) -> list[str]:
    """The names of the weights that sums are made with, layer by layer."""
    return [name for name in one.training.network.parameters if name.endswith("/kernel")]


def slopes(one: Learner, row: int) -> Sequence[Array]:
    """For each layer the slopes of its kernel that the rule was told in that row."""
    network = one.training.network
    recorded = one.run.gradients
    if len(recorded):
        gradient = recorded[min(row, len(recorded) - 1)]
    else:
        gradient = one.training.gradient(one.run.path[row])
    return [gradient[network.parameters[name].at] for name in kernels(one)]


def norms(one: Learner, row: int) -> Array:
    """(layers,) the root of the mean square of each layer's slopes."""
    return np.array([np.sqrt(np.mean(np.square(g))) for g in slopes(one, row)])


def log_size(values: Array) -> Array:
    """The decimal logarithm of absolute values; of zero, far below all limits."""
    with np.errstate(divide="ignore"):
        return np.maximum(np.log10(np.abs(values)), -300.0)


def norm_limits(sizes: Array) -> tuple[float, float]:
    """Limits of a logarithmic axis, in powers of ten, that hold nearly all sizes that are not zero."""
    logs = log_size(sizes[(sizes > 0) & np.isfinite(sizes)])
    if not len(logs):
        return -3.0, 0.0
    high = float(logs.max())
    low = max(float(np.quantile(logs, 0.01)), high - DECADES)
    return np.floor(min(low, high - 1)), np.ceil(high + 0.1)


def whole_decades(limits: tuple[float, float], most: int = 5) -> object:
    """Ticks at whole powers of ten, with at most so many intervals, and never more than five."""
    from matplotlib.ticker import MultipleLocator

    return MultipleLocator(max(1, int(np.ceil((limits[1] - limits[0]) / max(1, min(most, 5))))))


SPEC = PanelSpec(problem=(a_network,))
