"""Benchmark scores: performance and data profiles, AlgoPerf's score, ERT, ECDF, and bootstrap bands.

Times are arrays (problems, rules); infinity is a miss. No number here knows where the times come from.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.typing import Array

SLOWEST = 64.0  # ratio to the quickest from which on a problem counts nothing: the profile's right end
SLOWEST_OF_ALGOPERF = 4.0
CONFIDENCE = 0.95
RESAMPLES = 1000
CHUNK = 50  # resamples worked on at once


# ---- ratios and profiles


def performance_ratios(times: Array, reference: int | None = None) -> Array:
    """Times as multiples of the quickest of their problem (problems, rules); a problem nobody solves is inf.

    Parameters
    ----------
    times : array (problems, rules)
        Infinity for a miss; nan, for a problem that was not tried, counts as one.
    reference : int, optional
        The rule to compare with, if not the quickest.

    Examples
    --------
    >>> performance_ratios(np.array([[10.0, 20.0], [np.inf, np.inf]])).tolist()
    [[1.0, 2.0], [inf, inf]]
    """
    times = np.where(np.isnan(times), np.inf, np.asarray(times, dtype=float))
    best = times.min(axis=-1, keepdims=True) if reference is None else times[..., reference, None]
    with np.errstate(invalid="ignore"):
        return np.where(np.isfinite(times), times / best, np.inf)


def performance_profile(times: Array, tau: Any, reference: int | None = None) -> Array:
    """Share of the problems that each rule solves within tau times the quickest (rules, T).

    rho_s(tau) = |{p: r_ps <= tau}| / n of Dolan and More; problems that nobody solves count in n.

    Examples
    --------
    Three problems, two rules, worked by hand: ratios 1, 2, inf and 2, 1, 1.

    >>> times = np.array([[10.0, 20.0], [30.0, 15.0], [np.inf, 40.0]])
    >>> (3 * performance_profile(times, [1, 2, 100])).round().tolist()
    [[1.0, 2.0, 2.0], [2.0, 3.0, 3.0]]

    References
    ----------
    E. Dolan, J. More, Benchmarking optimization software with performance profiles, 2002.
    """
    ratios = performance_ratios(times, reference)
    return share_within(ratios, np.asarray(tau, dtype=float))


def share_within(ratios: Array, tau: Array) -> Array:
    """Share of the rows of (problems, rules) that are at most tau (T,): (rules, T)."""
    return (ratios[:, :, None] <= tau).mean(axis=0)  # type: ignore[no-any-return]


def area_in_log(times: Array, slowest: float = SLOWEST) -> Array:
    """Area under the performance profile over log2 tau from 1 to `slowest`, as a share of all of it (rules,).

    In closed form: the mean over problems of max(0, 1 - log r / log slowest). 1 is the quickest on all.

    Parameters
    ----------
    times : array (..., problems, rules)
    slowest : float, default 64

    Examples
    --------
    Ratios 1 and 8 of at most 64: 1 and 1 - 3/6.

    >>> area_in_log(np.array([[1.0, 2.0], [8.0, 1.0]])).tolist()
    [0.75, 0.9166666666666667]
    """
    share = 1.0 - np.log2(performance_ratios(times)) / np.log2(slowest)
    return np.maximum(share, 0.0).mean(axis=-2)  # type: ignore[no-any-return]


def algoperf_score(times: Array, slowest: float = SLOWEST_OF_ALGOPERF) -> Array:
    """AlgoPerf's benchmark score, the exact integral: mean of max(0, slowest - r) / (slowest - 1) (rules,).

    References
    ----------
    G. Dahl et al., Benchmarking neural network training algorithms, 2023.
    """
    ratios = performance_ratios(times)
    return np.maximum(slowest - ratios, 0.0).mean(axis=-2) / (slowest - 1.0)  # type: ignore[no-any-return]


def algoperf_score_on_grid(
    times: Array, slowest: float | None = SLOWEST_OF_ALGOPERF, points: int = 100, reference: int | None = None
) -> tuple[Array, Array]:
    """AlgoPerf's score as its code has it, by trapezoids: (rules,), and the ratios (points,) they stand on.

    A time of more than 4 times the quickest is a miss. It is up to 0.0051 off the exact integral.

    Parameters
    ----------
    times : array (problems, rules)
    slowest : float or None
        The last ratio; None is the largest that is no miss.
    points : int, default 100
    reference : int, optional
        As for `performance_ratios`.
    """
    ratios = performance_ratios(times, reference)
    ratios = np.where(ratios > SLOWEST_OF_ALGOPERF, np.inf, ratios)
    end = slowest if slowest is not None else float(ratios[np.isfinite(ratios)].max())
    tau = np.linspace(1.0, end, points)
    area = np.asarray(np.trapezoid(share_within(ratios, tau), tau, axis=1))
    return area / (end - 1.0), tau


def void_by_twins(times: Array, twins: Array, slowest: float) -> Array:
    """Times in which a problem is missed whose held-out twin is missed, or more than `slowest` times slower.

    AlgoPerf's rule for held-out workloads: a twin counts only where its problem is solved.

    Parameters
    ----------
    times, twins : array (..., problems, rules)
        nan in `twins` where a problem has none.
    slowest : float
        In multiples of the quickest on the twin.
    """
    counted = np.where(np.isfinite(times), twins, np.inf)
    held = performance_ratios(counted) <= slowest
    return np.where(held | np.isnan(twins), times, np.inf)


def median_of_best(times: Array) -> Array:
    """AlgoPerf's time of a workload: the median over studies of the best trial in each; misses take part.

    Parameters
    ----------
    times : array (..., studies, trials)
    """
    return np.median(np.min(times, axis=-1), axis=-1)  # type: ignore[no-any-return]


def data_profile(evaluations: Array, kappa: Any, dimension: int) -> Array:
    """Share of the problems solved within kappa (dimension + 1) evaluations (rules, K), of More and Wild.

    Parameters
    ----------
    evaluations : array (problems, rules)
    kappa : array (K,)
        In simplex gradients; with `dimension` 0 in evaluations.
    """
    return share_within(
        np.asarray(evaluations, dtype=float) / (dimension + 1), np.asarray(kappa, dtype=float)
    )


def first_within(history: Array, start: float, lowest: float, tolerance: float) -> int | None:
    """The first evaluation, counted from 1, that is within a tolerance of the lowest value; None if none is.

    f <= max(tolerance f0 + (1 - tolerance) f_L, f_L), the convergence test of More and Wild.
    """
    level = max(tolerance * start + (1.0 - tolerance) * lowest, lowest)
    met = np.flatnonzero(np.asarray(history) <= level)
    return int(met[0]) + 1 if len(met) else None


def runtime_ecdf(times: Any, budgets: Any) -> Array:
    """Share of all (run, target) pairs met within each budget (B,); misses never are."""
    flat = np.sort(np.ravel(np.asarray(times, dtype=float)))
    return np.searchsorted(flat, np.asarray(budgets, dtype=float), side="right") / flat.size


def expected_running_time(evaluations: Any, solved: Any) -> float:
    """COCO's ERT: evaluations of all runs, those that fail too, for each that succeeds; inf if none does."""
    successes = int(np.count_nonzero(solved))
    return float(np.sum(evaluations)) / successes if successes else float("inf")


# ---- bands


@dataclass(frozen=True)
class Band:
    """An estimate with its interval."""

    value: float
    low: float
    high: float


def wilson(successes: int, count: int) -> Band:
    """A share with Wilson's interval of 95 %.

    Examples
    --------
    >>> share = wilson(4, 8)
    >>> share.value, round(share.low, 4), round(share.high, 4)
    (0.5, 0.2152, 0.7848)
    """
    z, share = 1.959963984540054, successes / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    # at the ends rounding alone would leave 0 and 1
    low = 0.0 if successes == 0 else middle - half
    high = 1.0 if successes == count else middle + half
    return Band(share, low, high)


def percentile_interval(draws: Array, confidence: float = CONFIDENCE) -> tuple[Array, Array]:
    """The percentile interval of bootstrap draws (R, ...): the two ends, each (...).

    With infinities the ends are draws themselves, as nothing lies between a number and a miss.
    """
    ends = np.array([(1 - confidence) / 2, (1 + confidence) / 2])
    if np.isfinite(draws).all():
        low, high = np.quantile(draws, ends, axis=0)
    else:
        low, high = np.quantile(draws, ends, axis=0, method="inverted_cdf")
    return np.asarray(low), np.asarray(high)


def bootstrap(
    values: Sequence[float], statistic: Callable[..., Any], resamples: int = RESAMPLES, seed: int = 0
) -> Band:
    """A statistic of numbers with its percentile bootstrap interval of 95 %.

    Parameters
    ----------
    values : sequence of float (n,)
        Infinity for a miss.
    statistic : callable
        Such as `np.median`; takes `axis`.
    resamples : int, default 1000
    seed : int, default 0
    """
    numbers = np.asarray(values, dtype=float)
    rows = np.random.default_rng(seed).integers(0, len(numbers), (resamples, len(numbers)))
    low, high = percentile_interval(statistic(numbers[rows], axis=1))
    return Band(float(statistic(numbers, axis=0)), float(low), float(high))


def resampled_medians(
    times: Array, resamples: int, rng: np.random.Generator
) -> tuple[Array, NDArray[np.int64]]:
    """Medians over starts, of problems and starts drawn anew: (R, problems, rules), and the problems drawn.

    The same starts are drawn for all rules and for a problem's twin, as all rules begin at the same ones.

    Parameters
    ----------
    times : array (V, problems, rules, starts)
        Of V variants: the problems, and their twins.
    resamples : int
    rng : numpy.random.Generator

    Returns
    -------
    medians : array (V, R, problems, rules)
    drawn : array (R, problems)
        Which problems.
    """
    _, problems, _, starts = times.shape
    drawn = rng.integers(0, problems, (resamples, problems))
    which = rng.integers(0, starts, (resamples, problems, starts))
    picked = np.empty((len(times), resamples, problems, times.shape[2]))
    for low in range(0, resamples, CHUNK):
        some = slice(low, low + CHUNK)
        rows = np.take_along_axis(times[:, drawn[some]], which[None, some, :, None, :], axis=-1)
        picked[:, some] = sorted_medians(np.sort(rows, axis=-1))
    return picked, drawn


def sorted_medians(rows: Array) -> Array:
    """Medians over the last axis of sorted numbers; `np.median` asks each row for nan, which takes longer."""
    count = rows.shape[-1]
    return 0.5 * (rows[..., (count - 1) // 2] + rows[..., count // 2])


@dataclass(frozen=True)
class Scores:
    """Scores of rules over a family of problems, with bands and the probability of each rank.

    Parameters
    ----------
    score, algoperf : list of Band
        Of each rule: the area in log2 tau to 64, and AlgoPerf's exact score.
    algoperf_grid : array (rules,)
        The latter by 100 points.
    ranks : array (rules, rules)
        Probability that a rule has rank 1, 2, ... by score.
    draws : array (R, rules)
        The scores of the resamples.
    """

    score: list[Band]
    algoperf: list[Band]
    algoperf_grid: Array
    ranks: Array
    draws: Array


def scores_of(times: Array, twins: Array | None = None, resamples: int = RESAMPLES, seed: int = 0) -> Scores:
    """Scores of rules from the times of their runs, with bands over problems and starts.

    The time of a problem is the median over its starts; a problem whose twin is missed is missed.

    Parameters
    ----------
    times : array (problems, rules, starts)
    twins : array (problems, rules, starts), optional
        Of the held-out twins.
    resamples, seed : int
        Of the bootstrap.
    """
    variants = np.stack([times, times if twins is None else twins])
    medians, _ = resampled_medians(variants, resamples, np.random.default_rng(seed))
    plain = np.median(variants, axis=-1)

    def scored(of: Array, score: Callable[..., Array], slowest: float) -> Array:
        return score(void_by_twins(of[0], of[1], slowest), slowest)

    draws = scored(medians, area_in_log, SLOWEST)
    ours = scored(plain, area_in_log, SLOWEST)
    theirs = scored(plain, algoperf_score, SLOWEST_OF_ALGOPERF)
    theirs_drawn = scored(medians, algoperf_score, SLOWEST_OF_ALGOPERF)
    voided = void_by_twins(plain[0], plain[1], SLOWEST_OF_ALGOPERF)
    return Scores(
        score=bands_of(ours, draws),
        algoperf=bands_of(theirs, theirs_drawn),
        algoperf_grid=algoperf_score_on_grid(voided)[0],
        ranks=rank_probabilities(draws),
        draws=draws,
    )


def bands_of(values: Array, draws: Array) -> list[Band]:
    """Estimates (rules,) with the percentile intervals of their draws (R, rules)."""
    low, high = percentile_interval(draws)
    return [Band(float(v), float(a), float(b)) for v, a, b in zip(values, low, high, strict=True)]


def rank_probabilities(draws: Array) -> Array:
    """Share of draws (R, rules) in which each rule has each rank (rules, ranks); ties share their ranks.

    Examples
    --------
    >>> rank_probabilities(np.array([[0.5, 0.2], [0.3, 0.3]])).tolist()
    [[0.75, 0.25], [0.25, 0.75]]
    """
    count = draws.shape[1]
    better = (draws[:, None, :] > draws[:, :, None]).sum(axis=2)  # (R, rules) rules above each
    ties = (draws[:, None, :] == draws[:, :, None]).sum(axis=2)
    places = np.arange(count)
    held = (places >= better[..., None]) & (places < (better + ties)[..., None])
    return (held / ties[..., None]).mean(axis=0)  # type: ignore[no-any-return]
