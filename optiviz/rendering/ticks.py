"""Overlap of tick labels and axis names: numbers are left out and names step aside."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FixedLocator

GAP = 0.3  # heights of the type that two labels are to be apart
NAME = 0.85  # heights of the type from the upper end of an axis down to the middle of its name
FIGURE, SIGN = 0.64, 0.25  # widths of a figure, and of what a minus is wider


def thin_labels(every: Iterable[Any], em: float, taken: Sequence[Any] = ()) -> None:
    """Leave out ticks along x until no two labels meet, nor one of the boxes `taken`.

    `em` is the height of the type in pixels. Ticks that a panel placed one by one stay as they are.
    """
    for axes in every:
        if axes.name != "rectilinear" or isinstance(axes.xaxis.get_major_locator(), FixedLocator):
            continue
        near = [box for box in taken if box.x0 < axes.bbox.x1 + 2 * em and box.x1 > axes.bbox.x0]
        if not near and surely_apart(axes, em):
            continue
        low, high = sorted(axes.get_xlim())
        shown = zip(axes.get_xticks(), axes.get_xticklabels(), strict=True)
        seen = [
            (at, label.get_window_extent()) for at, label in shown if low <= at <= high and label.get_text()
        ]
        count = len(seen)
        seen = [tick for tick in seen if not any(tick[1].padded(GAP * em).overlaps(box) for box in near)]
        seen.sort(key=lambda tick: tick[1].x0 + tick[1].x1)
        ticks, boxes = [at for at, _ in seen], [box for _, box in seen]
        kept = next(
            choice
            for choice in choices(ticks)
            if all(boxes[a].x1 + GAP * em <= boxes[b].x0 for a, b in pairwise(choice))
        )
        if len(kept) < count:
            axes.xaxis.set_major_locator(FixedLocator([ticks[k] for k in kept]))


def place_names(every: Iterable[Any], em: float, casing: str) -> None:
    """Put the name of each vertical axis at its upper end: beside it where that is free, else in the plot."""
    for axes in every:
        label = axes.yaxis.label
        if axes.name != "rectilinear" or not label.get_text():
            continue
        outside = has_room_beside(axes, label.get_text(), em)
        box, to = axes.bbox, axes.figure.dpi_scale_trans + axes.figure.transFigure.inverted()
        place = lambda x, y, to=to, dpi=axes.figure.dpi: to.transform((x / dpi, y / dpi))
        y = box.y1 - NAME * em
        label.set(va="center", ha="right" if outside else "left")
        if not outside:
            label.set_path_effects([withStroke(linewidth=0.12 * em, foreground=casing)])
        x = box.x0 - 0.45 * em if outside else free_place(axes, y, em)
        axes.yaxis.set_label_coords(*place(x, y), axes.figure.transFigure)
        label.set_zorder(9)


def free_place(axes: Any, y: float, em: float) -> float:
    """The first pixel, up to the middle, from which on a name at height `y` meets no still line.

    Where there is none it is the usual one: the name then stands over the line.
    """
    label, box = axes.yaxis.label, axes.bbox
    columns = np.arange(box.x0, box.x1)
    met = np.zeros(len(columns), dtype=bool)
    for line in axes.lines:
        if line.get_linestyle() == "None" or line.get_transform() != axes.transData:
            continue
        x, heights = axes.transData.transform(line.get_xydata()).T
        if len(x) > 1 and (np.diff(x) >= 0).all():
            met |= np.abs(np.interp(columns, x, heights, left=np.inf, right=np.inf) - y) < 0.85 * em
    usual, wide = int(0.4 * em), int(label.get_window_extent().width + 0.4 * em)
    starts = range(usual, max(len(columns) // 2, usual + 1))
    return float(box.x0) + next((k for k in starts if not met[k : k + wide].any()), usual)


def has_room_beside(axes: Any, name: str, em: float) -> bool:
    """Whether the name of the vertical axis fits on the left of its upper end, where no number is near."""
    low, high = sorted(axes.get_ylim())
    ticks = [at for at in axes.get_yticks() if low <= at <= high]
    tops = axes.transData.transform([(axes.get_xlim()[0], at) for at in ticks])[:, 1] if ticks else []
    return len(name) <= 2 and all(abs(at - (axes.bbox.y1 - NAME * em)) > 1.1 * em for at in tops)


def surely_apart(axes: Any, em: float) -> bool:
    """Whether labels cannot meet, as far as their letters tell; to measure them takes longer."""
    places = axes.xaxis.get_majorticklocs()
    texts = axes.xaxis.get_major_formatter().format_ticks(places)
    centres = axes.transData.transform([(place, 1.0) for place in places])[:, 0] if len(places) else []
    wide = [(FIGURE * len(text) + SIGN + GAP) * em / 2 for text in texts]
    spans = sorted(zip(centres, wide, strict=True))
    return all(a + half <= b - other for (a, half), (b, other) in pairwise(spans))


def choices(ticks: Sequence[float]) -> list[range]:
    """Every tick, every second, every third, ...: the most ticks first, and among as many those with a zero.

    >>> [[*choice] for choice in choices([-1.0, 0.0, 1.0, 2.0])]
    [[0, 1, 2, 3], [1, 3], [0, 2], [0, 3], [1], [2], []]
    """
    count = len(ticks)
    every = [range(first, count, n) for n in range(1, count) for first in range(n)] or [range(count)]
    return [*sorted(every, key=lambda kept: (-len(kept), 0.0 not in [ticks[k] for k in kept])), range(0)]
