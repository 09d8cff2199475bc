"""Height bands: the loss over a grid, and the contour levels between bands of colour."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from optiviz._lib.typing import Array
from optiviz.objectives.base import Objective
from optiviz.objectives.surface import Surface
from optiviz.rendering.panels._shared.window import Limits, bottom
from optiviz.runs.trajectory import Comparison

FLAT, RAISED = 0.12, 2.5  # a larger share above the highest band raises its level, to so many times at most
HIGHEST = 1e300  # what is higher is drawn as this, or differences would overflow


def ground(
    objective: Objective, xlim: tuple[float, float], ylim: tuple[float, float], count: int
) -> tuple[Array, Array, Array]:
    """x (count,), y (count,) and the loss z (count, count) over them, within +-`HIGHEST`; holes are NaN."""
    x, y = np.linspace(*xlim, count), np.linspace(*ylim, count)
    plane = np.stack(np.meshgrid(x, y)).reshape(2, -1)
    with np.errstate(all="ignore"):
        z = objective.value(plane).reshape(count, count)
    return x, y, within_reach(z)


def within_reach(z: Array) -> Array:
    """Losses that can be subtracted from each other: within +-`HIGHEST`, NaN where there is none."""
    return np.where(np.isfinite(z), np.clip(z, -HIGHEST, HIGHEST), np.nan)


@dataclass(frozen=True, eq=False)
class Bands:
    """Contour levels (count + 1,) evenly spaced in (loss - lowest) to a power."""

    levels: Array
    power: float

    def height(self, loss: Array) -> Array:
        """From 0 at the lowest level to 1 at the highest, flat above it."""
        low, high = self.levels[0], self.levels[-1]
        return np.asarray(np.clip((loss - low) / (high - low), 0.0, 1.0) ** self.power)


def bands(comparison: Comparison, xlim: Limits, ylim: Limits, count: int = 14) -> Bands:
    """The bands of a window: from the lowest loss in it to a tenth above the highest that a run stands on.

    Where much of the window would lie flat above that, they reach higher. The power is the one that puts the
    median of the window nearest to 0.42 of the scale.
    """
    objective = comparison.objective
    _, _, z = ground(objective, xlim, ylim, 96)
    finite = z[np.isfinite(z)]
    if not len(finite):
        return Bands(np.linspace(0.0, 1.0, count + 1), 1.0)
    low, high = float(finite.min()), float(finite.max())
    known = bottom(objective)
    with np.errstate(all="ignore"):
        for point in known:
            if xlim[0] <= point[0] <= xlim[1] and ylim[0] <= point[1] <= ylim[1]:
                low = float(np.fmin(low, within_reach(objective.value(point))))
        tops = [run.path[points_in_window(run.path, xlim, ylim)] for run in comparison.trajectories.values()]
        every = within_reach(objective.value(np.concatenate([np.empty((0, 2)), *tops]).T))
    top = float(np.max(every[np.isfinite(every)], initial=-np.inf))
    if top > low:
        reach = 1.1 * (top - low)
        most = float(np.quantile(finite, 1 - FLAT)) - low
        high = min(high, low + min(max(reach, most), RAISED * reach))
    if high > low:
        levels, power = power_levels(finite, low, high, count)
        if (np.diff(levels) > 0).all():
            return Bands(levels, power)
    return Bands(around_level(low, count), 1.0)


def around_level(loss: float, count: int) -> Array:
    """Levels (count + 1,) around what is flat, or differs in its last digits only."""
    room = max(1.0, count * 1e-14 * abs(loss))
    return np.linspace(loss - room, loss + room, count + 1)


def points_in_window(path: Array, xlim: Limits, ylim: Limits) -> Any:
    """(R,) which points of a path (R, 2) lie in a window."""
    low, high = np.array([xlim, ylim]).T
    return ((path >= low) & (path <= high)).all(axis=1)


def power_levels(z: Array, low: float, high: float, count: int) -> tuple[Array, float]:
    """Levels (count + 1,) evenly spaced in (z - low) to a power, and the power: 1, 1/2, 1/3, 1/4 or 1/6.

    >>> power_levels(np.array([0.0, 0.17, 1.0]), 0.0, 1.0, 2)  # the median 0.17 to the power of 1/2 is 0.41
    (array([0.  , 0.25, 1.  ]), 0.5)
    """
    middle = float(np.median(np.clip((z - low) / (high - low), 0, 1)))
    power = min((1.0, 1 / 2, 1 / 3, 1 / 4, 1 / 6), key=lambda p: abs(middle**p - 0.42))
    return low + (high - low) * np.linspace(0, 1, count + 1) ** (1 / power), power


def contour_levels(objective: Objective, z: Array, count: int) -> Array:
    """Ascending levels of the loss: even in itself, or in its logarithm above the lowest.

    The logarithmic ones reach down to a thousandth of the loss at the start, so that the valley in
    which the runs end has lines too, however high the corners of the window are.
    """
    z = within_reach(z)
    low, high = float(np.nanmin(z)), float(np.nanmax(z))
    if not high > low:
        return around_level(low, 2)
    levels = spaced_levels(objective, low, high, count)
    return levels if (np.diff(levels) > 0).all() else around_level(low, count - 1)


def spaced_levels(objective: Objective, low: float, high: float, count: int) -> Array:
    """Levels (count,) from low to high as `contour_levels` says, where rounding leaves them apart."""
    if isinstance(objective, Surface) and objective.levels == "linear":
        return np.linspace(low, high, count)
    floor = low
    if isinstance(objective, Surface) and objective.f_min is not None:
        floor = min(low, objective.f_min)
    drop = float(np.nan_to_num(within_reach(objective.value(objective.start)), nan=high)) - floor
    least = np.clip(1e-3 * drop, 1e-9 * (high - floor), 1e-2 * (high - floor))
    return floor + np.geomspace(least, high - floor, count)
