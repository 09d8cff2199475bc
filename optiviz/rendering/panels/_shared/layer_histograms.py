"""Violin histograms side by side, one a layer: for `activations` and `gradients`."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.colors import to_hex, to_rgb
from numpy.typing import NDArray

from optiviz._lib.typing import Array
from optiviz.rendering.cell import Cell
from optiviz.rendering.marks.agg import box_of
from optiviz.rendering.marks.shapes import Bars
from optiviz.rendering.panels._shared.network_runs import cached_by_step

SOLID = 0.75  # of the colour of its run: whole areas are softer than lines
FILLED = 0.84  # of a layer's column that its tallest bar takes up


def violins(
    cell: Cell,
    ax: Any,
    values: Callable[[int], Sequence[Array]],
    limits: tuple[float, float],
    bins: int,
    color: str,
) -> Callable[[int], NDArray[np.int64]]:
    """A sideways histogram for each layer, its bars centred on the layer's place 1, 2, ... of the x axis.

    Parameters
    ----------
    values : callable
        step -> for each layer the values (n,) that are counted.
    limits : (low, high)
        Of the bins; what lies beyond is counted in the outermost ones.

    Returns
    -------
    callable
        step -> counts (layers, bins).
    """
    edges = np.round(
        ax.transData.transform(np.column_stack([np.ones(bins + 1), np.linspace(*limits, bins + 1)]))
    )
    rows = edges[:, 1].astype(np.int64)
    column = float(np.diff(ax.transData.transform([[1, 0], [2, 0]])[:, 0])[0])
    first = float(ax.transData.transform([[1, limits[0]]])[0, 0])
    counts = cached_by_step(lambda step: np.stack([histogram(v, limits, bins) for v in values(step)]))

    def bars(step: int) -> NDArray[np.int64]:
        found = counts(step)
        most = np.maximum(found.max(axis=1, keepdims=True), 1)
        half = 0.5 * FILLED * column * found / most
        middle = first + column * np.arange(len(found))[:, np.newaxis]
        left, right = np.round(middle - half), np.round(middle + half)
        right = np.where(found > 0, np.maximum(right, left + 2), left)  # a few are seen, too
        low, high = np.broadcast_to(rows[:-1], found.shape), np.broadcast_to(rows[1:], found.shape)
        return np.stack([left, low, right, high], axis=-1).reshape(-1, 4).astype(np.int64)

    ground = np.array(to_rgb(cell.theme.ground))
    soft = to_hex(ground + SOLID * (np.array(to_rgb(color)) - ground))
    cell.marks.append(Bars(bars, soft, box_of(ax)))
    return counts


def histogram(values: Array, limits: tuple[float, float], bins: int) -> NDArray[np.int64]:
    """(bins,) counts; those beyond the limits in the first and the last bin.

    >>> histogram(np.array([-9.0, 0.1, 0.2, 0.9]), (0.0, 1.0), 2).tolist()
    [3, 1]
    """
    low, high = limits
    places = np.clip((values.ravel() - low) * (bins / (high - low)), 0, bins - 1)
    return np.bincount(np.nan_to_num(places).astype(np.intp), minlength=bins)


def layer_axes(
    cell: Cell,
    headings: Sequence[str],
    layers: int,
    limits: tuple[float, float],
    numbers: Sequence[str] = (),
) -> Any:
    """Axes with a column for each of the layers 1, 2, ..., and room on the left for `numbers`."""
    ax = cell.axes(headings, "layer", numbers=numbers)
    ax.set(xlim=(0.5, layers + 0.5), ylim=limits)
    ax.set_xticks(range(1, layers + 1) if layers <= 8 else np.unique(np.linspace(1, layers, 5).astype(int)))
    ax.grid(True, axis="y", color=cell.theme.faint, linewidth=0.8 * cell.fine)
    ax.set_axisbelow(True)
    return ax
