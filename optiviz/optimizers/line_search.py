"""How far to go along a direction: by a look back, or to the lowest place; run by run with masks."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.typing import Array
from optiviz.optimizers.base import Questions
from optiviz.optimizers.columns import column_sums

DOUBLINGS, CUTS = 60, 60  # as often as a double can tell lengths apart
CONTENT = 1e-12  # of the slope at the start: what is less is the bottom
NARROW = 1e-14  # of the length: two ends that are nearer are one place


def backtracked(
    questions: Questions, theta: Array, direction: Array, slope: Array, first: Any, shrink: Any, share: Any,
    most: int,
) -> Array:  # fmt: skip
    """The first of `first`, `first` shrink, ... at which the loss has fallen by `share` of what was promised.

    Parameters
    ----------
    direction : array shaped like theta
    slope : array () or (N,)
        Of the loss along it, less than 0 where it leads down.
    most : int
        Cuts after which the length is 0: there is no way down.

    Returns
    -------
    array () or (N,)
    """
    here = questions.loss()
    length = first + np.zeros(theta.shape[1:])
    looking = np.ones(theta.shape[1:], dtype=bool) & (slope < 0)
    length = np.where(looking, length, 0.0)
    for _ in range(most):
        there = questions.value(theta + length * direction, among=looking)
        looking = looking & ~(there <= here + share * length * slope)
        if not looking.any():
            return length
        length = np.where(looking, length * shrink, length)
    return np.where(looking, 0.0, length)


def lowest(questions: Questions, theta: Array, direction: Array, slope: Array, first: Any) -> Array:
    """The length at which the slope along a direction is 0 for the first time, as far as can be seen.

    From `first` on lengths are doubled until the loss no longer falls there; between the last two the place
    is found by false position (Illinois) with halvings. Each look is one gradient.

    Returns
    -------
    array () or (N,)
        0 where the direction leads nowhere down, and the last doubling where the loss falls without end.
    """
    runs = theta.shape[1:]
    low, low_slope = np.zeros(runs), slope + np.zeros(runs)
    high = first + np.zeros(runs)
    down = np.asarray(slope < 0) & (high > 0)
    looking = down
    high_slope = np.zeros(runs)
    for _ in range(DOUBLINGS):
        found = slope_along(questions, theta, direction, high, looking)
        high_slope = np.where(looking, found, high_slope)
        looking = looking & (high_slope < 0)
        if not looking.any():
            break
        low, low_slope = np.where(looking, high, low), np.where(looking, high_slope, low_slope)
        high = np.where(looking, 2 * high, high)
    return np.where(
        down, narrowed(questions, theta, direction, slope, (low, low_slope, high, high_slope), down), 0.0
    )


def narrowed(
    questions: Questions, theta: Array, direction: Array, slope: Array, ends: Any, looking: NDArray[np.bool_]
) -> Array:
    """The place between two ends, the slope less than 0 at the first, at which it is 0."""
    low, low_slope, high, high_slope = ends
    best, side = high, np.zeros(np.shape(high))
    looking = looking & (high_slope > 0)
    for _ in range(CUTS):
        looking = looking & (high - low > NARROW * high) & (np.abs(high_slope) + np.abs(low_slope) > 0)
        if not looking.any():
            break
        width = np.where(looking, high_slope - low_slope, 1.0)
        guess = (low * high_slope - high * low_slope) / width
        guess = np.where((guess > low) & (guess < high), guess, (low + high) / 2)
        best = np.where(looking, guess, best)
        found = slope_along(questions, theta, direction, best, looking)
        looking = looking & (np.abs(found) > CONTENT * np.abs(slope))
        above = found > 0
        # the end that stays twice has its slope halved: it gives way
        high_slope_now = np.where(above, found, np.where(side < 0, high_slope / 2, high_slope))
        low_slope_now = np.where(above, np.where(side > 0, low_slope / 2, low_slope), found)
        high_slope = np.where(looking, high_slope_now, high_slope)
        low_slope = np.where(looking, low_slope_now, low_slope)
        high, low = np.where(looking & above, best, high), np.where(looking & ~above, best, low)
        side = np.where(above, 1.0, -1.0)
    return np.asarray(best)


def slope_along(
    questions: Questions, theta: Array, direction: Array, length: Array, among: NDArray[np.bool_]
) -> Array:
    """The slope of the loss along a direction, at a length: () or (N,)."""
    return column_sums(questions.gradient(theta + length * direction, among=among) * direction)
