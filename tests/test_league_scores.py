"""Scores of the league against other people's implementations, and an example worked by hand."""

import json
from pathlib import Path

import numpy as np
import pytest

from optiviz.analysis import tuning
from optiviz.league import scores

# vectors of AlgoPerf's own code, perfprof, OptiProfiler, cocopp and scipy; none computed by optiviz
GOLDEN = json.loads((Path(__file__).parent / "league_data" / "golden.json").read_text(encoding="utf-8"))
EXACT = {"rtol": 1e-12, "atol": 1e-12}


def numbers(given):
    """Lists with "inf" and null as arrays."""
    return np.array([[np.nan if x is None else float(x) for x in row] for row in given])


def named(cases):
    return [pytest.param(case, id=case["name"]) for case in cases]


@pytest.mark.parametrize("case", named(GOLDEN["algoperf"]["cases"]))
def test_algoperf(case):
    settings, found = case["settings"], case["time_to_target"]
    names, base = list(found), settings["base"]
    times = np.array([[float(found[n].get(w) or np.nan) for n in names] for w in base])
    twins = np.full_like(times, np.nan)
    for variant in settings["held_out"] or ():
        row = base.index(next(w for w in base if variant.startswith(w)))
        twins[row] = [float(found[n][variant]) for n in names]
    slowest, reference = settings["max_tau"], settings["reference"]
    at = names.index(reference) if reference else None
    voided = scores.void_by_twins(times, twins, slowest or np.inf)
    score, tau = scores.algoperf_score_on_grid(voided, slowest, settings["num_points"], at)
    wanted = [case["score_normalised"][n] for n in names]
    np.testing.assert_allclose(score, wanted, **EXACT)
    rho = scores.performance_profile(voided, tau, at)
    np.testing.assert_allclose(rho, [case["rho"][n] for n in names], **EXACT)
    if slowest == 4 and at is None:
        gap = scores.algoperf_score(voided) - score
        assert abs(gap).max() <= 0.00506  # what 100 trapezoids are off


@pytest.mark.parametrize("case", named(c for c in GOLDEN["algoperf"]["cases"] if "submissions" in c))
def test_the_time_of_a_workload_is_the_median_of_the_best(case):
    for name, rows in case["submissions"].items():
        for workload, wanted in case["time_to_target"][name].items():
            _, target = case["targets"].get(f"{workload}_jax") or case["targets"]["*"]
            mine = [row for row in rows if row["workload"] == f"{workload}_jax"]
            studies = sorted({row["study"] for row in mine})
            best = [[first(r, target) for r in mine if r["study"] == study] for study in studies]
            assert scores.median_of_best(np.array(best)) == float(wanted)


def first(row, target):
    """The first time at which a trial meets its target."""
    met = [t for t, v in zip(row["time"], row["values"], strict=True) if v <= target]
    return met[0] if met else np.inf


@pytest.mark.parametrize("case", named(GOLDEN["profiles"]["performance_profiles"]))
def test_performance_profiles(case):
    rho = scores.performance_profile(numbers(case["times"]), case["tau"])
    np.testing.assert_allclose(rho, case["rho"], **EXACT)


@pytest.mark.parametrize("case", named(GOLDEN["profiles"]["data_profiles"]))
def test_data_profiles(case):
    found = scores.data_profile(
        numbers(case["evaluations"]), case["kappa_in_simplex_gradients"], case["dimension"]
    )
    np.testing.assert_allclose(found, case["share"], **EXACT)


@pytest.mark.parametrize("case", named(GOLDEN["profiles"]["convergence_work"]))
def test_convergence(case):
    for p, runs in enumerate(case["history"]):
        for run, wanted in zip(runs, case["first_evaluation"][p], strict=True):
            history = [np.nan if x is None else float(x) for x in run]
            assert scores.first_within(history, case["f0"][p], case["f_min"][p], case["tolerance"]) == wanted


def test_expected_running_times_and_shares_of_targets():
    for case in GOLDEN["coco"]["cases"]:
        assert scores.expected_running_time(case["evals"], case["success"]) == float(case["ert"])
    for case in GOLDEN["coco"]["ecdf"]:
        found = scores.runtime_ecdf(numbers(case["runtimes"]), case["budget"])
        np.testing.assert_allclose(found, case["share"], **EXACT)


def test_intervals():
    for case in GOLDEN["statistics"]["wilson"]:
        band = scores.wilson(case["k"], case["n"])
        np.testing.assert_allclose([band.low, band.high], case["wilson"], **EXACT)
    for case in GOLDEN["statistics"]["exact_bootstrap_of_median"]:
        band, ordered = scores.bootstrap(case["x"], np.median, 4000), sorted(case["x"])
        for end, wanted in ((band.low, 0.025), (band.high, 0.975)):
            at, shares = ordered.index(end), [0.0, *case["cdf_at_sorted"]]  # of all resamples there are
            assert shares[at] - 0.008 <= wanted <= shares[at + 1] + 0.008  # three standard errors
    for case in GOLDEN["statistics"]["bootstrap"]:
        if case["method"] != "percentile" or case["statistic"] != "mean":
            continue
        band = scores.bootstrap([float(x) for x in case["x"]], np.mean, 4000)
        for end in ("low", "high"):  # of another generator: equal to sampling error
            wanted = float(case[end]) if case[end] is not None else np.inf
            if np.isfinite(wanted):
                assert abs(getattr(band, end) - wanted) <= 0.15 * case["se"]


# ---- by hand


def test_the_area_in_log_is_the_integral_of_the_profile():
    # ratios   fast   slow        log2 of them, of 6
    #  p1      1      4           0   2
    #  p2      2      1           1   0
    #  p3      1      inf         0   -
    #  p4      inf    inf         -   -
    times = np.array([[5.0, 20.0], [6.0, 3.0], [7.0, np.inf], [np.inf, np.inf]])
    by_hand = np.array([(1 + 5 / 6 + 1 + 0) / 4, (4 / 6 + 1 + 0 + 0) / 4])
    np.testing.assert_allclose(scores.area_in_log(times), by_hand, **EXACT)
    tau = 2.0 ** np.linspace(0, 6, 6001)
    integral = np.trapezoid(scores.performance_profile(times, tau), np.log2(tau), axis=1) / 6
    np.testing.assert_allclose(integral, by_hand, atol=2e-4)
    # up to 4: ratio 4 counts nothing, 2 counts 2/3, 1 counts 1
    np.testing.assert_allclose(scores.algoperf_score(times), [(1 + 2 / 3 + 1) / 4, 1 / 4], **EXACT)


def test_a_missed_twin_voids_its_problem():
    times = np.array([[5.0, 10.0], [5.0, 5.0], [np.inf, 5.0]])
    twins = np.array([[5.0, np.inf], [1.0, 70.0], [1.0, 30.0]])
    voided = scores.void_by_twins(times, twins, 64.0)
    # the second rule misses one twin and is 70 times slower on another; the quick twin of the first rule on
    # the third problem does not count, as that problem is missed
    assert voided.tolist() == [[5.0, np.inf], [5.0, np.inf], [np.inf, 5.0]]


def test_standing_has_bands_and_ranks():
    rng = np.random.default_rng(3)
    quick = rng.integers(10, 20, (12, 1, 8))
    times = np.concatenate([quick, 2.0 * quick, 40.0 * quick], axis=1)
    found = scores.scores_of(times, resamples=200)
    # always 1, 2 and 40 times the quickest: no luck of problems or starts changes that
    for band, ratio in zip(found.score, (1, 2, 40), strict=True):
        wanted = 1 - np.log2(ratio) / 6
        np.testing.assert_allclose([band.value, band.low, band.high], wanted)
    assert found.ranks.tolist() == np.eye(3).tolist()
    times[:6, 0] = np.inf
    lucky = scores.scores_of(times, resamples=200)
    assert lucky.score[0].value == 0.5
    assert lucky.score[0].low < 0.3 and lucky.score[0].high > 0.7  # the share of 12 fair coins
    np.testing.assert_allclose(lucky.ranks.sum(axis=0), 1.0)
    again = scores.scores_of(times, resamples=200)
    assert (again.draws == lucky.draws).all()


def test_sobol_points():
    for case in GOLDEN["statistics"]["sobol"]:
        if not case["scramble"]:  # in the order of Gray code, so as sets
            axes = min(case["d"], 2)
            points = tuning.sobol_integers(case["n"])[:, :axes] / 2**30
            assert {*map(tuple, points.tolist())} == {tuple(point[:axes]) for point in case["points"]}
