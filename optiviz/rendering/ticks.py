"""Tick labels that would meet: some of them are left out, whatever the size of type and panel."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from matplotlib.ticker import FixedLocator

GAP = 0.3  # heights of the type that two labels are to be apart
FIGURE, SIGN = 0.64, 0.25  # widths of a figure, and of what a minus is wider


def thin_labels(every: Iterable[Any], em: float) -> None:
    """Leave out ticks along x until no two labels meet; `em` is the height of the type in pixels.

    Ticks that a panel placed one by one stay as they are.
    """
    for axes in every:
        if axes.name != "rectilinear" or isinstance(axes.xaxis.get_major_locator(), FixedLocator):
            continue
        if surely_apart(axes, em):
            continue
        low, high = sorted(axes.get_xlim())
        shown = zip(axes.get_xticks(), axes.get_xticklabels(), strict=True)
        seen = [
            (at, label.get_window_extent()) for at, label in shown if low <= at <= high and label.get_text()
        ]
        seen.sort(key=lambda tick: tick[1].x0 + tick[1].x1)
        ticks, boxes = [at for at, _ in seen], [box for _, box in seen]
        kept = next(
            choice
            for choice in choices(ticks)
            if all(boxes[a].x1 + GAP * em <= boxes[b].x0 for a, b in pairwise(choice))
        )
        if len(kept) < len(ticks):
            axes.xaxis.set_major_locator(FixedLocator([ticks[k] for k in kept]))


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
