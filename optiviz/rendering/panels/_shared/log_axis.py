"""Logarithmic axes: ticks at decades, in plain numbers where these are short."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.ticker import FixedLocator

from optiviz._lib.typing import Array
from optiviz.rendering.cell import Cell
from optiviz.rendering.panels._shared.height_bands import HIGHEST

LOWEST = 1e-280  # of the highest value on a logarithmic axis
NARROW = 1e-12  # of its height, an axis from low to high that rounding would swallow
MOST = 5  # decades that are written; of more, every second, third, ...
APART = 1.5  # heights of the type, from one number to the next at least
PLAIN = (1e-3, 1e3)  # numbers between are written out


def decades(low: float, high: float, most: int = MOST) -> list[float]:
    """Powers of ten from low to high, so many at most; of less than a decade 1, 2 and 5 times them.

    >>> decades(0.05, 20), decades(1e-8, 2), decades(2, 9)
    ([0.1, 1.0, 10.0], [1e-08, 1e-06, 0.0001, 0.01, 1.0], [2.0, 5.0])
    """
    first, last = int(np.ceil(np.log10(low) - 1e-9)), int(np.floor(np.log10(high) + 1e-9))
    if last - first < 1:
        every = (k * 10.0**n for n in range(first - 1, last + 2) for k in (1.0, 2.0, 5.0))
        return [value for value in every if low <= value <= high]
    apart = -(-(last - first + 1) // most)
    return [float(f"1e{n}") for n in range(first, last + 1, apart)]


def tick_text(value: float) -> str:
    """A tick in plain letters: mathematical typesetting takes longer than the frame.

    >>> tick_text(0.001), tick_text(1000.0), tick_text(1e-4)
    ('0.001', '1000', '10⁻⁴')
    """
    if PLAIN[0] <= value <= PLAIN[1]:
        return f"{value:g}"
    raised = str.maketrans("-0123456789", "\N{SUPERSCRIPT MINUS}⁰¹²³⁴⁵⁶⁷⁸⁹")
    return "10" + str(round(np.log10(value))).translate(raised)


def seen_of(curves: Sequence[Array]) -> Array:
    """(M,) all values of some curves that can be drawn; 0 where there is none."""
    values = np.concatenate([np.empty(0), *curves])
    values = np.clip(values[np.isfinite(values)], -HIGHEST, HIGHEST)
    return values if len(values) else np.zeros(1)


def even_limits(low: float, high: float, room: float) -> tuple[float, float]:
    """An axis from low to high with so much of its length free at both ends; around a single value, too.

    >>> even_limits(0.0, 10.0, 0.1), even_limits(3.0, 3.0, 0.1)
    ((-1.0, 11.0), (2.0, 4.0))
    """
    if high - low > NARROW * max(abs(low), abs(high)):
        margin = room * (high - low)
    else:
        margin = max(1.0, 1e-3 * abs(high))
    return low - margin, high + margin


def log_limits(low: float, high: float, room: float) -> tuple[float, float]:
    """The same on a logarithmic axis, 0 < low <= high; of a single value a third of a decade on either side.

    >>> log_limits(1.0, 100.0, 0.5), log_limits(2.0, 2.0, 0.5)
    ((0.1, 1000.0), (1.0, 4.0))
    """
    margin = (high / low) ** room if high > (1 + NARROW) * low else 2.0
    return max(low / margin, 1 / HIGHEST), high * margin


def log_axis(cell: Cell, ax: Any, limits: tuple[float, float]) -> None:
    """Make y logarithmic between two positive limits, with a fine line at each number."""
    ax.set(yscale="log", ylim=limits)
    ax.minorticks_off()
    room = int(np.clip(ax.bbox.height / (APART * cell.sizes["text"]), 2, MOST))
    ax.yaxis.set_major_locator(FixedLocator(decades(*limits, room)))
    ax.yaxis.set_major_formatter(lambda value, _: tick_text(value))
    level_grid(cell, ax)


def level_grid(cell: Cell, ax: Any) -> None:
    """Fine lines across, below all curves."""
    ax.grid(True, axis="y", color=cell.theme.faint, linewidth=0.86 * cell.fine)
    ax.set_axisbelow(True)
