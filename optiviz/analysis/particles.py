"""Particles: many copies of one noisy run, each with noise of its own, as histograms over one coordinate."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.calls import checked_call
from optiviz._lib.display import short_repr
from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array
from optiviz.analysis.many_runs import check_memory, stepping
from optiviz.objectives.surface import Limits, Surface
from optiviz.optimizers.base import check_asks_nothing
from optiviz.runs.minimize import Competitor, starting_point

MOST_BINS = 1000


@dataclass(frozen=True, eq=False)
class Particles:
    """Histograms of particles, step by step.

    Parameters
    ----------
    edges : array (B + 1,)
        Of the bins, ascending.
    counts : array (T + 1, B) of int
        How many particles are in each bin after each step; those outside are in none.
    count : int
        How many particles there are.
    """

    __repr__ = short_repr

    edges: Array
    counts: NDArray[np.int64]
    count: int

    @property
    def density(self) -> Array:
        """(T + 1, B) the share of particles per unit of the coordinate."""
        return np.asarray(self.counts / (self.count * np.diff(self.edges)))


@checked_call
def particles(
    surface: Surface,
    optimizer: Competitor,
    *,
    limits: Limits,
    along: int = 0,
    count: int = 10_000,
    bins: int = 60,
    steps: int = 100,
    start: object = None,
    seed: int = 0,
) -> Particles:
    """Step `count` copies of a run side by side, each with noise of its own, and count where they are.

    Parameters
    ----------
    surface : Surface
        Its `noise` is drawn anew for every particle, coordinate and step.
    optimizer : Optimizer
    limits : (low, high)
        The ends of the histogram.
    along : 0 or 1, default 0
        The coordinate that is counted.
    count, bins, steps : int
    start : array (2,), default the surface's own
    seed : int, default 0

    Returns
    -------
    Particles

    Raises
    ------
    BadInput
        For limits that are not low then high, and numbers out of bounds.

    Examples
    --------
    Without noise all stay together; in a bowl of curvature 2 a rate of 0.5 takes them home at once:

    >>> from optiviz.objectives.surface import surface
    >>> from optiviz.optimizers import GD
    >>> bowl = surface("x**2 + y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1.5, 1))
    >>> particles(bowl, GD(0.5), limits=(-2, 2), count=5, bins=4, steps=1).counts.tolist()
    [[0, 0, 0, 5], [0, 0, 5, 0]]
    """
    low, high = limits
    if not low < high:
        raise BadInput(f"limits must be two numbers, low then high, got {low:g} and {high:g}")
    if not (count >= 1 and 1 <= bins <= MOST_BINS and along in (0, 1)):
        raise BadInput(
            f"takes at least 1 particle, 1 to {MOST_BINS} bins and along 0 or 1, "
            f"got {count}, {bins} and {along}"
        )
    check_memory(count, steps)
    rule, still = stepping(optimizer), replace(surface, noise=0.0)
    check_asks_nothing(rule, "particles")
    rng = np.random.default_rng(seed)
    theta = np.repeat(starting_point(still, start)[:, np.newaxis], count, axis=1)
    state = rule.init(theta)
    edges = np.linspace(low, high, bins + 1)
    counts = np.empty((steps + 1, bins), dtype=np.int64)
    counts[0] = counted(theta[along], low, high, bins)
    with np.errstate(all="ignore"):  # those that are lost are in no bin
        for step in range(1, steps + 1):
            gradient = still.gradient(theta)
            if surface.noise:
                gradient = gradient + surface.noise * rng.standard_normal(theta.shape)
            theta, state = rule.step(theta, gradient, state)
            counts[step] = counted(theta[along], low, high, bins)
    return Particles(edges, counts, count)


def counted(places: Array, low: float, high: float, bins: int) -> NDArray[np.int64]:
    """(bins,) how many places (N,) are in each of some equal bins; what is outside, or no number, in none."""
    share = (places - low) / (high - low)
    inside = share[(share >= 0) & (share < 1)]
    return np.bincount((inside * bins).astype(np.int64), minlength=bins)


def gibbs_density(heights: Array, temperature: float, spacing: float) -> Array:
    """(M,) exp(-f / T), normalised: how often a slow run under noise is at places of heights f (M,).

    Gradient descent with rate a and noise of variance s^2 on each slope wanders, for small rates, as a
    particle at temperature T = a s^2 / 2. The noise of a mean over B rows has s^2 / B: rate and batch count
    only as rate / B.

    >>> gibbs_density(np.array([0.0, 0.0]), 1.0, 0.5).tolist()
    [1.0, 1.0]
    """
    weights = np.exp(-(heights - heights.min()) / temperature)
    return np.asarray(weights / (weights.sum() * spacing))
