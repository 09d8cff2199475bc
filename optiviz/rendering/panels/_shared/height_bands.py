"""The law of height: the loss over a grid, and the levels between its bands of colour."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from optiviz._lib.typing import Array
from optiviz.objectives.base import Objective
from optiviz.objectives.surface import Surface
from optiviz.rendering.panels._shared.window import Limits, bottom
from optiviz.runs.trajectory import Comparison


def ground(
    objective: Objective, xlim: tuple[float, float], ylim: tuple[float, float], count: int
) -> tuple[Array, Array, Array]:
    """x (count,), y (count,) and the loss z (count, count) over them; holes are NaN."""
    x, y = np.linspace(*xlim, count), np.linspace(*ylim, count)
    plane = np.stack(np.meshgrid(x, y)).reshape(2, -1)
    with np.errstate(all="ignore"):
        z = objective.value(plane).reshape(count, count)
    return x, y, np.where(np.isfinite(z), z, np.nan)


@dataclass(frozen=True, eq=False)
class Bands:
    """The law of height: levels (count + 1,) evenly spaced in (loss - lowest) to a power."""

    levels: Array
    power: float

    def height(self, loss: Array) -> Array:
        """From 0 at the lowest level to 1 at the highest, flat above it."""
        low, high = self.levels[0], self.levels[-1]
        return np.asarray(np.clip((loss - low) / (high - low), 0.0, 1.0) ** self.power)


def bands(comparison: Comparison, xlim: Limits, ylim: Limits, count: int = 14) -> Bands:
    """The bands of a window: from the lowest loss in it to a tenth above the highest that a run stands on.

    The power is the one that puts the median of the window nearest to 0.42 of the scale.
    """
    objective = comparison.objective
    _, _, z = ground(objective, xlim, ylim, 96)
    finite = z[np.isfinite(z)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    known = bottom(objective)
    with np.errstate(all="ignore"):
        for point in known:
            if xlim[0] <= point[0] <= xlim[1] and ylim[0] <= point[1] <= ylim[1]:
                low = min(low, float(objective.value(point)))
        tops = [run.path[points_in_window(run.path, xlim, ylim)] for run in comparison.trajectories.values()]
        losses = [np.nanmax(objective.value(path.T)) for path in tops if len(path)]
    if losses and max(losses) > low:
        high = min(high, low + 1.1 * (float(max(losses)) - low))
    if not high > low:
        return Bands(np.linspace(low - 1.0, low + 1.0, count + 1), 1.0)
    return Bands(*power_levels(finite, low, high, count))


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
    low, high = float(np.nanmin(z)), float(np.nanmax(z))
    if not high > low:
        return np.array([low - 1.0, low, low + 1.0])
    if isinstance(objective, Surface) and objective.levels == "linear":
        return np.linspace(low, high, count)
    floor = low
    if isinstance(objective, Surface) and objective.f_min is not None:
        floor = min(low, objective.f_min)
    drop = float(objective.value(objective.start)) - floor
    least = np.clip(1e-3 * drop, 1e-9 * (high - floor), 1e-2 * (high - floor))
    return floor + np.geomspace(least, high - floor, count)
