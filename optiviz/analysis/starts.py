"""Starts of runs by their numbers: the problem's own, given places, a grid, or draws round the own one."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array
from optiviz.objectives.surface import Surface

SPREAD = 0.1  # of the window's sides, to each side of the start
CHUNK = 4096  # starts drawn from one generator


def start_count(starts: Any) -> int:
    """How many starts a job names."""
    if starts is None:
        return 1
    if isinstance(starts, dict):
        return int(np.prod(starts["grid"])) if "grid" in starts else int(starts["count"])
    return len(starts)


def starts_at(starts: Any, objective: Any, numbers: NDArray[np.int64]) -> Array:
    """(P, N) the starts of these numbers (N,)."""
    own = np.asarray(objective.start, dtype=float)
    if starts is None:
        return np.repeat(own[:, None], len(numbers), axis=1)
    if isinstance(starts, dict):
        if "grid" in starts:
            return grid_starts(starts["grid"], objective, numbers)
        return drawn_starts(starts, objective, own, numbers)
    places = np.array(starts, dtype=float).T
    if places.shape != (len(own), len(starts)):
        raise BadInput(f"starts must be places of {len(own)} numbers each")
    return places[:, numbers]


def grid_starts(counts: Any, objective: Any, numbers: NDArray[np.int64]) -> Array:
    """(2, N) places of a grid over the window, its rim included, row by row from below."""
    if not isinstance(objective, Surface):
        raise BadInput("a grid of starts lies on a surface; this problem is none")
    across, up = counts
    row, column = np.divmod(numbers, across)
    return np.stack([np.linspace(*objective.xlim, across)[column], np.linspace(*objective.ylim, up)[row]])


def drawn_starts(starts: Mapping[str, Any], objective: Any, own: Array, numbers: NDArray[np.int64]) -> Array:
    """(P, N) places drawn evenly from a box round the problem's own start.

    It reaches `spread` times the sides of a surface's window to each side, and stays within the domain;
    of any other problem so many times the largest number in the start, at least 1.
    """
    spread = starts.get("spread", SPREAD)
    if isinstance(objective, Surface):
        sides = np.ptp(np.array([objective.xlim, objective.ylim]), axis=1)
        (low, high) = np.array(objective.domain, dtype=float).T
        if objective.turned:  # its domain is no box; a tenth of the window is not far
            low, high = np.full(2, -np.inf), np.full(2, np.inf)
        low, high = np.minimum(low, own), np.maximum(high, own)
        low, high = np.maximum(own - spread * sides, low), np.minimum(own + spread * sides, high)
    else:
        reach = spread * max(1.0, float(np.abs(own).max(initial=0.0)))
        low, high = own - reach, own + reach
    theta = np.empty((len(own), len(numbers)))
    chunk = numbers // CHUNK
    for k in np.unique(chunk).tolist():  # a place depends on its number alone
        drawn = np.random.default_rng([starts.get("seed", 0), k]).uniform(size=(CHUNK, len(own)))
        here = chunk == k
        theta[:, here] = (low + (high - low) * drawn[numbers[here] - k * CHUNK]).T
    if starts.get("own", True):
        theta[:, numbers == 0] = own[:, None]
    return theta
