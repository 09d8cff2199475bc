"""Critical points of a surface in a window: minima, local minima and saddles, by Newton's method."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.typing import Array
from optiviz.objectives.surface import Surface

GRID = 61  # places across at which the slope is asked for
ROUNDS = 40  # of Newton's method
DEGENERATE = 1e-6  # of the larger curvature, and of the usual one; a smaller one may be none
AS_DEEP = 1e-5  # of the usual height above the lowest point; minima nearer than that are equally deep
Limits = tuple[float, float]
Kind = Literal["minimum", "local minimum", "saddle", "maximum"]


@dataclass(frozen=True)
class CriticalPoint:
    """A place at which the slope is zero and no curvature is.

    Parameters
    ----------
    at : (x, y)
    value : float
    kind : "minimum", "local minimum", "saddle" or "maximum"
        A minimum is the deepest place of the window; one that is not is local.
    """

    at: tuple[float, float]
    value: float
    kind: Kind


@lru_cache(maxsize=16)
def critical_points(surface: Surface, xlim: Limits, ylim: Limits) -> tuple[CriticalPoint, ...]:
    """The isolated critical points of a surface in a window, minima first, the deepest of them first.

    From each cell of a grid in which both slopes change their signs, and from each place that is flatter than
    its neighbours, Newton's method goes to where the exact gradient is zero. The signs of the Hessian's
    eigenvalues tell the kind. Creases, and valleys whose floor is a line, have no such point.

    Parameters
    ----------
    surface : Surface
    xlim, ylim : (low, high)

    Returns
    -------
    tuple of CriticalPoint

    Examples
    --------
    >>> from optiviz.objectives.surface import surface
    >>> waves = surface("cos(x) + y**2", xlim=(-5, 5), ylim=(-1, 1), start=(1, 1))
    >>> [(one.kind, round(one.at[0], 6)) for one in critical_points(waves, waves.xlim, waves.ylim)]
    [('minimum', -3.141593), ('minimum', 3.141593), ('saddle', 0.0)]
    """
    low, high = np.array([xlim, ylim]).T
    cell = (high - low) / (GRID - 1)
    # a little larger than the window and off the middle: no symmetry puts a point on the lines of the grid
    x, y = np.linspace(low - 0.37 * cell, high + 0.59 * cell, GRID).T
    grid = np.stack(np.meshgrid(x, y))
    with np.errstate(all="ignore"):
        z = surface.value(grid.reshape(2, -1)).reshape(GRID, GRID)
        slopes = surface.gradient(grid.reshape(2, -1)).reshape(2, GRID, GRID)
        usual = float(np.nanmedian(np.hypot(*slopes))) / float((high - low).max())
        theta, curvatures = stationary_points(surface, candidates(grid, slopes), cell, DEGENERATE * usual)
        values = surface.value(theta)
    inside = ((theta >= low[:, None]) & (theta <= high[:, None])).all(axis=0) & np.isfinite(values)
    theta, curvatures, values = theta[:, inside], curvatures[:, inside], values[inside]
    finite = z[((grid >= low[:, None, None]) & (grid <= high[:, None, None])).all(axis=0) & np.isfinite(z)]
    known = [] if surface.f_min is None else [surface.f_min]
    lowest = min([*values[(curvatures > 0).all(axis=0)], *finite.tolist(), *known], default=0.0)
    level = lowest + AS_DEEP * max(float(np.median(finite)) - lowest if len(finite) else 0.0, 0.0)
    found: list[CriticalPoint] = []
    order = np.lexsort((*theta[::-1].round(9), np.round(values, 9)))
    kept = np.empty((2, len(order)))  # places of those found
    for place, (least, most), value in zip(theta.T[order], curvatures.T[order], values[order], strict=True):
        beside = np.abs(kept[:, : len(found)] - place[:, None]) < 0.02 * cell[:, None]
        if beside.all(axis=0).any():
            continue
        kept[:, len(found)] = place
        kind: Kind = (
            "saddle" if least < 0 < most else
            "maximum" if most < 0 else
            "minimum" if value <= level else
            "local minimum"
        )  # fmt: skip
        x_at, y_at = (place + 0.0).tolist()
        found.append(CriticalPoint((x_at, y_at), float(value), kind))
    kinds = ("minimum", "local minimum", "saddle", "maximum")
    return tuple(sorted(found, key=lambda one: kinds.index(one.kind)))


def candidates(grid: Array, slopes: Array) -> Array:
    """(2, M) places of a grid (2, n, n) near which both `slopes` (2, n, n) may be zero."""
    corners = [slopes[:, i : GRID - 1 + i, j : GRID - 1 + j] for i in (0, 1) for j in (0, 1)]
    crossed = ((np.min(corners, axis=0) <= 0) & (np.max(corners, axis=0) >= 0)).all(axis=0)
    middles = (grid[:, :-1, :-1] + grid[:, 1:, 1:]) / 2
    steep = np.nan_to_num(np.hypot(*slopes), nan=np.inf)
    beside = [
        steep[i : GRID - 2 + i, j : GRID - 2 + j] for i in range(3) for j in range(3) if (i, j) != (1, 1)
    ]
    flatter = (steep[1:-1, 1:-1] < np.array(beside)).all(axis=0)
    return np.hstack([middles[:, crossed], grid[:, 1:-1, 1:-1][:, flatter]])


def stationary_points(surface: Surface, theta: Array, cell: Array, least: float) -> tuple[Array, Array]:
    """Where Newton's method arrives from `theta` (2, M), if it does, and both curvatures there (2, M).

    A curvature of `least` or less is none.
    """
    far = 2 * cell[:, None]
    for _ in range(ROUNDS):
        step, _, _ = newton_step(surface, theta, cell)
        theta = theta + np.clip(np.nan_to_num(step), -far, far)
        if (np.abs(step) < 1e-9 * cell[:, None]).all():
            break
    step, curvatures, whole = newton_step(surface, theta, cell)
    arrived = (
        (np.abs(step) < 1e-5 * cell[:, None]).all(axis=0) & whole & (np.abs(curvatures).min(axis=0) > least)
    )
    return theta[:, arrived], curvatures[:, arrived]


def newton_step(surface: Surface, theta: Array, cell: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Newton's step (2, M), both curvatures (2, M), and (M,) whether neither of them is as good as none."""
    a, b, d = second_differences(surface, theta, 1e-4 * float(cell.min()))
    middle, radius = (a + d) / 2, np.hypot((a - d) / 2, b)
    curvatures = np.stack([middle - radius, middle + radius])
    sizes = np.abs(curvatures)
    whole = sizes.min(axis=0) > DEGENERATE * sizes.max(axis=0)
    return solve_step(surface, theta, (a, b, d), whole), curvatures, np.asarray(whole)


def second_differences(surface: Surface, theta: Array, h: float) -> tuple[Array, Array, Array]:
    """f_xx, f_xy and f_yy at each place, (M,) each, by central differences of the exact gradient."""
    (a, b), (c, d) = (
        (surface.gradient(theta + h * e) - surface.gradient(theta - h * e)) / (2 * h)
        for e in np.eye(2)[:, :, None]
    )
    return a, (b + c) / 2, d


def solve_step(
    surface: Surface, theta: Array, hessian: tuple[Array, Array, Array], whole: NDArray[np.bool_]
) -> Array:
    """(2, M) the step to where the fitted quadratic is level; 0 where its `hessian` is not `whole`."""
    a, b, d = hessian
    u, v = surface.gradient(theta)
    area = np.where(whole, a * d - b * b, np.inf)
    return np.stack([(b * v - d * u) / area, (b * u - a * v) / area])


__all__ = ["CriticalPoint", "critical_points"]
