"""Curves of one variable with jumps and poles: where no line goes, and which heights are worth showing."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.typing import Array
from optiviz.rendering.panels._shared.height_bands import within_reach

SMALLEST = 1e-3  # of all heights, a jump that is looked for
FINE = 400  # places at which a curve is drawn


@dataclass(frozen=True, eq=False)
class CurveShape:
    """A curve to be drawn: x and height (M,), NaN where the line breaks, and the heights worth showing."""

    x: Array
    height: Array
    low: float
    high: float
    poles: bool


def drawn_curve(work: Callable[[Array], tuple[Array, Array]], low: float, high: float) -> CurveShape:
    """The curve of `work`, x (M,) -> heights and slopes (M,), broken where it jumps and at its poles.

    A curve with a pole is shown as high as nine tenths of it are.
    """
    x = np.linspace(low, high, FINE)
    height, slope = work(x)
    height, slope = within_reach(height), np.nan_to_num(within_reach(slope))
    jumps, odd = breaks_of(work, x, height, slope)
    seen = height[np.isfinite(height)]
    poles = odd or any(has_pole(work, x, k) for k in extremes(height))
    if not len(seen):
        return CurveShape(x, height, 0.0, 1.0, False)
    ends = np.quantile(seen, [0.05, 0.95]) if poles else (seen.min(), seen.max())
    at = np.flatnonzero(jumps) + 1
    middles = (x[at - 1] + x[at]) / 2
    return CurveShape(
        np.insert(x, at, middles), np.insert(height, at, np.nan), float(ends[0]), float(ends[1]), poles
    )


def breaks_of(
    work: Callable[[Array], tuple[Array, Array]], x: Array, height: Array, slope: Array
) -> tuple[NDArray[np.bool_], bool]:
    """Between which neighbours (M-1,) the curve jumps, and whether one of the jumps is a pole.

    A rise far steeper than both slopes is followed by halving into the half that rises more: if what is left
    after forty times is still half of it, no line goes there.
    """
    rise, seen = np.abs(np.diff(height)), np.append(height[np.isfinite(height)], 0.0)
    steep = rise > 1.5 * np.maximum(np.abs(slope[1:]), np.abs(slope[:-1])) * np.diff(x)
    steep |= np.sign(np.diff(height)) * np.sign(slope[1:] + slope[:-1]) < 0
    jumps, at = np.zeros(len(rise), dtype=bool), np.flatnonzero(steep & (rise > SMALLEST * np.ptp(seen)))
    left, right, a, b = x[at], x[at + 1], height[at], height[at + 1]
    pole = np.zeros(len(at), dtype=bool)
    for _ in range(40):
        middle = (left + right) / 2
        m = within_reach(work(middle)[0])
        pole |= ~(np.abs(m) <= 1e6 * (np.abs(height[at]) + np.abs(height[at + 1]) + 1e-300))
        into_left = ~(np.abs(m - a) < np.abs(b - m))  # a half with what is no number, too
        left, right = np.where(into_left, left, middle), np.where(into_left, middle, right)
        a, b = np.where(into_left, a, m), np.where(into_left, m, b)
    jumps[at] = pole | ~(np.abs(b - a) < 0.5 * rise[at])
    return jumps, bool((pole & jumps[at]).any())


def extremes(height: Array) -> list[int]:
    """Where a curve is highest and lowest."""
    if not np.isfinite(height).any():
        return []
    return [int(np.nanargmax(height)), int(np.nanargmin(height))]


def has_pole(work: Callable[[Array], tuple[Array, Array]], x: Array, k: int) -> bool:
    """Whether the curve goes on without end between the neighbours of x[k]: looked for nearer and nearer."""
    left, right = x[max(k - 1, 0)], x[min(k + 1, len(x) - 1)]
    begin = np.abs(within_reach(work(x[k : k + 1])[0]))[0]
    for _ in range(12):
        near = np.linspace(left, right, 17)
        size = np.abs(within_reach(work(near)[0]))
        if not np.isfinite(size).any():
            return False
        best = int(np.nanargmax(size))
        if size[best] > 1e6 * (begin + 1e-300):
            return True
        left, right = near[max(best - 1, 0)], near[min(best + 1, 16)]
    return False
