"""Basins of attraction: which minimum a rule finds from each start, and after how many steps."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.calls import checked_call, checked_settings
from optiviz._lib.display import short_repr
from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array
from optiviz.analysis.critical_points import second_differences, solve_step
from optiviz.analysis.many_runs import Attractors, check_memory, run_batch, stepping, with_settings
from optiviz.objectives.given import named_surface
from optiviz.objectives.surface import Surface
from optiviz.runs.minimize import Competitor

NONE, DIVERGED = -1, -2
MOST_MINIMA = 32
SHARE = 0.01  # of the shorter side of the window: how near is there
TOGETHER = 2**19  # starts of several rates that are run at once
GRID_SAMPLES = 241  # of the search for minima, across its box
ROUNDS = 80

Grid = int | tuple[Any, Any]


@checked_settings
@dataclass(frozen=True, eq=False)
class BasinMap:
    """Basins of attraction on a grid of starts: the minimum that each reaches, and the step of arrival.

    Parameters
    ----------
    x : array (X,)
    y : array (Y,)
        The grid; `basin_map` makes it square, X = Y = `starts`, unless told otherwise.
    minimum : array (Y, X) of int
        The row of `minima` at which the run from (x[j], y[i]) ended; -1 at none of them, -2 it diverged.
    steps : array (Y, X) of int
        The step from which on it stayed within `tolerance` of that minimum, 0 where it started there; the
        step at which it was lost where it diverged; -1 where it is at none.
    minima : array (K, 2)
    tolerance : float
    """

    __repr__ = short_repr

    x: Array
    y: Array
    minimum: NDArray[np.int64]
    steps: NDArray[np.int64]
    minima: Array
    tolerance: float

    @property
    def shares(self) -> Array:
        """(K,) the part of all starts that each minimum gets."""
        counts = np.bincount(self.minimum[self.minimum >= 0], minlength=len(self.minima))
        return np.asarray(counts / self.minimum.size)

    def at(self, step: int) -> NDArray[np.int64]:
        """(Y, X) `minimum` as it was known after `step` steps: -1 where the run had not arrived for good."""
        return np.where((self.steps >= 0) & (self.steps <= step), self.minimum, NONE)


@checked_call
def basin_map(
    surface: Surface | str,
    optimizer: Competitor,
    starts: Grid = 400,
    *,
    steps: int = 200,
    tolerance: float | None = None,
    minima: Any = None,
    seed: int = 0,
    processes: int | None = None,
) -> BasinMap:
    """Start a rule from every point of a grid, and see which minimum it finds.

    All starts are one batch of runs; the paths are not kept, so the memory depends on the
    number of starts alone: 64 bytes a start, and some MB for the blocks in which they are worked on.

    Parameters
    ----------
    surface : Surface
    optimizer : Optimizer or function
    starts : int or (array (X,), array (Y,)), default 400
        Starts across and up the window of the surface, its rim included; or the two axes of a grid.
    steps : int, default 200
    tolerance : float, default a hundredth of the shorter side of the window
        A run has reached a minimum when it is this near and stays so until its last step. Less than half
        the distance between any two minima; the default gives way where they are close.
    minima : array (K, 2), default `local_minima(surface)`
    seed : int, default 0
        Of the noise, where the surface has any; all starts see the same.
    processes : int, default 1
        How many work on it, as in `minimize`.

    Returns
    -------
    BasinMap
        Each start fares exactly as a single run of `minimize` from there does.

    Raises
    ------
    BadInput
        When the grid is no grid or has more than 4 million starts, for a solver of scipy's, which takes one
        start at a time, and for a tolerance within which two minima lie.

    Examples
    --------
    >>> from optiviz.objectives.surface import surface
    >>> from optiviz.optimizers import GD
    >>> two = surface("(x**2 - 1)**2 + y**2", xlim=(-2, 2), ylim=(-1, 1), start=(0.5, 0.5))
    >>> found = basin_map(two, GD(0.1), starts=(np.array([-1.5, 0.0, 0.5]), np.array([0.0, 1.0])))
    >>> found.minima.round(6).tolist()
    [[-1.0, 0.0], [1.0, 0.0]]
    >>> found.minimum.tolist(), found.shares.round(3).tolist()   # between the two it stays where it is
    ([[0, -1, 1], [0, -1, 1]], [0.333, 0.333])
    """
    return next(
        maps_of(named_surface(surface), optimizer, None, starts, steps, tolerance, minima, seed, processes)
    )


@checked_call
def basin_maps(
    surface: Surface | str,
    optimizer: Competitor,
    learning_rates: Array | Sequence[float],
    starts: Grid = 100,
    *,
    steps: int = 200,
    tolerance: float | None = None,
    minima: Any = None,
    seed: int = 0,
    processes: int | None = None,
) -> list[BasinMap]:
    """A `basin_map` for each of some learning rates, which take the place of the rule's own.

    Parameters
    ----------
    learning_rates : array (F,)
    starts : int or (array (X,), array (Y,)), default 100
    surface, optimizer, steps, tolerance, minima, seed, processes
        As in `basin_map`.

    Returns
    -------
    list of BasinMap

    Examples
    --------
    >>> from optiviz.objectives.surfaces import surfaces
    >>> from optiviz.optimizers import GD
    >>> maps = basin_maps(surfaces["himmelblau"], GD(), [0.01, 0.02], starts=21, steps=100)
    >>> [(found.shares > 0.1).tolist() for found in maps]   # at 0.02 two minima are too steep to stay in
    [[True, True, True, True], [False, True, True, False]]
    """
    rates = np.array(learning_rates, dtype=float)
    if rates.ndim != 1 or not len(rates):
        raise BadInput(f"learning_rates must be numbers (F,), got an array of shape {rates.shape}")
    return list(
        maps_of(named_surface(surface), optimizer, rates, starts, steps, tolerance, minima, seed, processes)
    )


def maps_of(
    surface: Surface,
    optimizer: Competitor,
    rates: Array | None,
    starts: Grid,
    steps: int,
    tolerance: float | None = None,
    minima: Any = None,
    seed: int = 0,
    processes: int | None = None,
) -> Iterator[BasinMap]:
    """A map for each of `rates` (F,), several of them run at once; one with the rule's own rate without."""
    rule = stepping(optimizer)
    x, y = start_axes(surface, starts)
    count = len(x) * len(y)
    check_memory(count, steps)
    known = local_minima(surface) if minima is None else minima_array(minima)
    reach = tolerance_of(surface, known, tolerance)
    theta = np.stack(np.meshgrid(x, y)).reshape(2, -1)
    at_once = max(TOGETHER // count, 1)
    for low in range(0, 1 if rates is None else len(rates), at_once):
        own, many = rule, 1
        if rates is not None:
            some = rates[low : low + at_once]
            own, many = with_settings(rule, {"learning_rate": np.repeat(some, count)}), len(some)
        reached = Attractors.of(count * many, steps, known, reach)
        lost = run_batch(surface, own, theta if many == 1 else np.tile(theta, many), reached, seed, processes)
        minimum = np.where(lost >= 0, DIVERGED, reached.home.astype(np.int64))
        since = np.where(lost >= 0, lost, reached.since.astype(np.int64))
        shape = many, len(y), len(x)
        for ends, times in zip(minimum.reshape(shape), since.reshape(shape), strict=True):
            yield BasinMap(x, y, ends, times, known, reach)


def start_axes(surface: Surface, starts: Grid) -> tuple[Array, Array]:
    """x (X,) and y (Y,) of a grid."""
    if isinstance(starts, int | np.integer):
        if starts < 2:
            raise BadInput(f"starts must be at least 2, across and up, got {starts}")
        check_memory(int(starts) ** 2, 1)
        return np.linspace(*surface.xlim, int(starts)), np.linspace(*surface.ylim, int(starts))
    x, y = (np.array(axis, dtype=float) for axis in starts)
    for name, axis in (("x", x), ("y", y)):
        if axis.ndim != 1 or not len(axis) or not np.isfinite(axis).all():
            raise BadInput(f"starts: {name} must be finite numbers (N,), got an array of shape {axis.shape}")
    return x, y


def minima_array(minima: Any) -> Array:
    """Minima as (K, 2); refuses what is none."""
    found = np.array(minima, dtype=float)
    if found.ndim != 2 or found.shape[1] != 2 or not np.isfinite(found).all():
        raise BadInput(f"minima must be finite pairs (K, 2), got {minima!r:.80}")
    return found


def tolerance_of(surface: Surface, minima: Array, tolerance: float | None) -> float:
    """The tolerance asked for, or the default one; refuses one that leaves in doubt where a run is."""
    apart = np.linalg.norm(minima[:, None] - minima[None], axis=-1)[~np.eye(len(minima), dtype=bool)]
    nearest = float(apart.min(initial=np.inf))
    if tolerance is None:
        side = min(np.ptp(surface.xlim), np.ptp(surface.ylim))
        return float(min(SHARE * side, 0.4 * nearest))
    if not (np.isfinite(tolerance) and 0 < tolerance < nearest / 2):
        two = len(minima) > 1
        most = f" and less than {nearest / 2:.3g}, half the distance of the two nearest minima" * two
        raise BadInput(f"tolerance must be greater than 0{most}, got {tolerance:g}")
    return float(tolerance)


# ---- minima


@checked_call
def local_minima(surface: Surface | str, most: int = MOST_MINIMA) -> Array:
    """The known minima of a surface, then those that a search finds, the deepest first.

    From every point of a grid over window and domain that lies lower than its neighbours, Newton's method
    goes down, damped so that each step lowers the value. A minimum is kept where the slope is nothing and
    the surface is curved upwards in all directions; creases and flat ground have none that it could find.

    Parameters
    ----------
    surface : Surface
    most : int, default 32
        How many at most, the known ones included.

    Returns
    -------
    array (K, 2)

    Examples
    --------
    >>> from optiviz.objectives.surface import surface
    >>> waves = surface("cos(x) + y**2", xlim=(-7, 7), ylim=(-1, 1), start=(1, 1))
    >>> local_minima(waves)[:, 0].round(6).tolist()
    [-3.141593, 3.141593]
    """
    surface = named_surface(surface)
    found, cell = search(replace(surface, noise=0.0))
    kept = list(surface.minima)
    for place in found:
        if len(kept) >= most:
            break
        if all(np.abs(place - other).max() > 0.02 * cell for other in kept):
            kept.append(place)
    return np.array(kept[:most], dtype=float).reshape(-1, 2)


def search(surface: Surface) -> tuple[Array, float]:
    """(M, 2) minima, the deepest first, some of them several times; and the width of a cell of the grid."""
    limits = np.array([[surface.xlim, surface.ylim], surface.domain])
    low, high = limits[..., 0].min(axis=0), limits[..., 1].max(axis=0)
    room = high - low
    # off the middle: a grid that no symmetry fits has no two neighbours that are equally low
    x, y = np.linspace(low - 0.0137 * room, high + 0.0211 * room, GRID_SAMPLES).T
    cell = float(min(x[1] - x[0], y[1] - y[0]))
    grid = np.stack(np.meshgrid(x, y))
    with np.errstate(all="ignore"):
        z = np.nan_to_num(surface.value(grid.reshape(2, -1)).reshape(GRID_SAMPLES, GRID_SAMPLES), nan=np.inf)
        rows, columns = np.nonzero(lower_than_neighbours(z))
        order = np.argsort(z[rows + 1, columns + 1], kind="stable")[: 8 * MOST_MINIMA]
        theta = grid[:, rows[order] + 1, columns[order] + 1]
        theta, value = minimize_by_newton(surface, theta, cell)
    inside = ((theta >= low[:, None] - cell) & (theta <= high[:, None] + cell)).all(axis=0)
    theta, value = theta[:, inside], value[inside]
    # equally deep ones from left to right, so that the last bits do not decide
    depth = np.round(value, 9)
    return theta[:, np.lexsort((*theta[::-1].round(9), depth))].T, cell


def lower_than_neighbours(z: Array) -> NDArray[np.bool_]:
    """(n-2, n-2) whether an inner point of a grid (n, n) lies lower than the eight around it."""
    middle, n = z[1:-1, 1:-1], len(z)
    steps = [(i, j) for i in (0, 1, 2) for j in (0, 1, 2) if (i, j) != (1, 1)]
    lower = [middle < z[i : n - 2 + i, j : n - 2 + j] for i, j in steps]
    return np.asarray(np.logical_and.reduce(lower))


def minimize_by_newton(surface: Surface, theta: Array, cell: float) -> tuple[Array, Array]:
    """Those of `theta` (2, M) that end at a minimum, where they do, and the values there."""
    value, reach = surface.value(theta), np.full(theta.shape[1], cell)
    for _ in range(ROUNDS):
        step = damped_newton_step(surface, theta, cell)[0]
        length = np.maximum(np.hypot(*step), 1e-300)
        there = theta + step * np.minimum(1, reach / length)
        new = surface.value(there)
        better = new <= value
        theta, value = np.where(better, there, theta), np.where(better, new, value)
        reach = np.where(better, 2 * reach, reach / 4)
    step, least = damped_newton_step(surface, theta, cell)
    arrived = (np.hypot(*step) < 1e-4 * cell) & (least > 0) & np.isfinite(value)
    return theta[:, arrived], value[arrived]


def damped_newton_step(surface: Surface, theta: Array, cell: float) -> tuple[Array, Array]:
    """(2, M) the step to the bottom of the bowl that fits best at `theta`, and (M,) its least curvature.

    Where the surface is curved downwards in some direction it is taken to be curved upwards a little.
    """
    a, b, d = second_differences(surface, theta, 1e-4 * cell)
    middle, radius = (a + d) / 2, np.hypot((a - d) / 2, b)
    least = middle - radius
    more = np.maximum(0, 1e-3 * (np.abs(middle) + radius) - least)
    a, d = a + more, d + more
    return solve_step(surface, theta, (a, b, d), a * d - b * b > 0), least
