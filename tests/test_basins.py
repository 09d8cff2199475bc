"""Basins: a map says of every start what a single run from there does."""

import numpy as np
import pytest

import optiviz as ov
from optiviz.analysis import many_runs
from optiviz.analysis.basins import DIVERGED, NONE

STEPS = 100
RULES = {"GD": ov.GD(0.02), "Momentum": ov.Momentum(0.01, 0.9), "Adam": ov.Adam(1.0)}


def arrival(run, minima, tolerance):
    """What a single path says: the minimum at which it ends, and the first step from which it stays there."""
    if run.status == "diverged":
        return DIVERGED, run.stopped_at
    near = np.linalg.norm(run.path[:, None] - minima[None], axis=-1) <= tolerance  # (T+1, K)
    for k in range(len(minima)):
        if near[-1, k]:
            return k, next(t for t in range(len(near)) if near[t:, k].all())
    return NONE, -1


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_map_of_himmelblau_matches_single_runs(rule):
    found = ov.basin_map(ov.himmelblau, rule, starts=400, steps=STEPS)
    assert found.minimum.shape == found.steps.shape == (400, 400) and found.tolerance == 0.1
    rows, columns = np.random.default_rng(1).integers(0, 400, (2, 1000 // 3 + 1))
    if rule is RULES["Momentum"]:  # among them some that diverge
        more = np.argwhere(found.minimum == DIVERGED)[::20]
        assert len(more) > 5
        rows, columns = np.concatenate([rows, more[:, 0]]), np.concatenate([columns, more[:, 1]])
    for i, j in zip(rows, columns, strict=True):
        run = ov.minimize(ov.himmelblau, rule, steps=STEPS, start=(found.x[j], found.y[i]))
        expected = arrival(run, ov.himmelblau.minima, 0.1)
        assert (found.minimum[i, j], found.steps[i, j]) == expected, (found.x[j], found.y[i])


@pytest.mark.parametrize("steps", [1, many_runs.CHUNK - 1, many_runs.CHUNK, many_runs.CHUNK + 1, 70])
def test_every_length_of_run(steps):
    x, y = np.array([3.0, 2.95, 0.5, -3.0]), np.array([2.0, 1.5, -3.0])
    found = ov.basin_map(ov.himmelblau, ov.Momentum(0.01, 0.8), (x, y), steps=steps)
    for i in range(3):
        for j in range(4):
            run = ov.minimize(ov.himmelblau, ov.Momentum(0.01, 0.8), steps=steps, start=(x[j], y[i]))
            assert (found.minimum[i, j], found.steps[i, j]) == arrival(run, found.minima, found.tolerance)
    assert found.minimum[0, 0] == 2 and found.steps[0, 0] == 0  # it starts there and stays


def test_one_core_or_many_all_at_once_or_rate_by_rate(monkeypatch):
    rates = [0.005, 0.02, 0.03]
    monkeypatch.setattr(many_runs, "SPLIT", 1000)
    together = ov.basin_maps(ov.himmelblau, ov.Momentum(momentum=0.5), rates, 60, steps=400, processes=2)
    for rate, found in zip(rates, together, strict=True):
        alone = ov.basin_map(ov.himmelblau, ov.Momentum(rate, 0.5), 60, steps=400)
        np.testing.assert_array_equal(found.minimum, alone.minimum)
        np.testing.assert_array_equal(found.steps, alone.steps)
    assert (together[2].minimum == DIVERGED).any()


def test_time_and_shares():
    found = ov.basin_map(ov.himmelblau, ov.GD(0.01), 40, steps=80)
    assert (found.at(0) >= 0).sum() == (found.steps == 0).sum()
    for step in (3, 20):
        np.testing.assert_array_equal(found.at(step) >= 0, (found.steps >= 0) & (found.steps <= step))
    np.testing.assert_array_equal(found.at(80), found.minimum)
    assert found.shares.shape == (4,)
    np.testing.assert_allclose(found.shares, [(found.minimum == k).mean() for k in range(4)])


def test_noise_is_equal_luck():
    noisy = ov.surface("x**2 + y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1, 1), noise=0.3, minima=[(0, 0)])
    found = ov.basin_map(noisy, ov.GD(0.1), ([-1.0, 1.0], [0.5]), steps=50, tolerance=0.4, seed=3)
    for j, x in enumerate(found.x):
        run = ov.minimize(noisy, ov.GD(0.1), steps=50, start=(x, 0.5), seed=3)
        assert (found.minimum[0, j], found.steps[0, j]) == arrival(run, found.minima, 0.4)


# ---- minima


def test_minima_that_are_known_from_elsewhere():
    # Himmelblau: (3, 2) by inspection; the camels: Molga and Smutnicki, Test functions for optimization, 2005
    three = [[0, 0], [-1.74755, 0.87378], [1.74755, -0.87378]]
    np.testing.assert_allclose(ov.local_minima(ov.surfaces["three_hump_camel"]), three, atol=1e-5)
    six = np.array([[-0.08984, 0.71266], [-1.70361, 0.79608], [-1.60710, -0.56865]])
    both = np.sort(np.concatenate([six, -six]), axis=0)
    np.testing.assert_allclose(
        np.sort(ov.local_minima(ov.surfaces["six_hump_camel"]), axis=0), both, atol=1e-5
    )
    np.testing.assert_array_equal(ov.local_minima(ov.himmelblau), ov.himmelblau.minima)


def test_minima_of_a_formula_are_the_roots_of_its_slope():
    tilted = ov.surface("x**4/4 - 1.5*x**2 + 1.4*x + 0.6*y**2", xlim=(-3, 3), ylim=(-2, 2), start=(2, 1))
    left, _, right = np.sort(np.roots([1, 0, -3, 1.4]).real)
    np.testing.assert_allclose(
        ov.local_minima(tilted), [[left, 0], [right, 0]], atol=1e-7
    )  # the deeper first
    assert len(ov.local_minima(ov.surfaces["rastrigin"], most=200)) == 121  # an egg box of 11 x 11
    assert ov.local_minima(ov.surfaces["rastrigin"]).shape == (32, 2)
    for name in ("beale", "rosenbrock", "booth"):
        assert len(ov.local_minima(ov.surfaces[name])) == 1
    assert ov.local_minima(ov.surface("x*y", xlim=(-1, 1), ylim=(-1, 1), start=(1, 0))).shape == (0, 2)


def test_without_minima_nobody_arrives():
    saddle = ov.surface("x**2 - y**2", xlim=(-1, 1), ylim=(-1, 1), start=(1, 0.1))
    found = ov.basin_map(saddle, ov.GD(0.3), 6, steps=60)
    assert (found.minimum == DIVERGED).all() and found.shares.shape == (0,)
    assert (found.steps > 0).all()


def test_refusals():
    himmelblau, rule = ov.himmelblau, ov.GD(0.01)
    cases = {
        "starts must be at least 2": lambda: ov.basin_map(himmelblau, rule, 1),
        "9,000,000 runs side by side are too many; the limit is 4,000,000": (
            lambda: ov.basin_map(himmelblau, rule, 3000)
        ),
        "starts: x must be finite numbers": lambda: ov.basin_map(himmelblau, rule, ([np.nan], [0.0])),
        "steps must be a whole number from 1 to": lambda: ov.basin_map(himmelblau, rule, 5, steps=0),
        "tolerance must be greater than 0 and less than 1.95": (
            lambda: ov.basin_map(himmelblau, rule, 5, tolerance=2.0)
        ),
        "minima must be finite pairs": lambda: ov.basin_map(himmelblau, rule, 5, minima=[1.0, 2.0]),
        "scipy's BFGS takes one at a time": lambda: ov.basin_map(himmelblau, ov.Scipy("BFGS"), 5),
        "learning_rates must be numbers": lambda: ov.basin_maps(himmelblau, rule, 0.1, 5),
        "unknown hyperparameter of Rule 'learning_rate'": (
            lambda: ov.basin_maps(himmelblau, lambda theta, g: theta - g, [0.1], 5)
        ),
    }
    for said, call in cases.items():
        with pytest.raises(ov.BadInput, match=said):
            call()


def test_two_minima_that_are_close_share_no_start():
    # 0.03 apart in a window 4 wide: a hundredth of it would reach beyond the middle between them
    pair = ov.surface("x**2 + y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1, 1), minima=[(0, 0), (0.03, 0)])
    x = np.array([0.0, 0.011, 0.0125, 0.0175, 0.019, 0.03])
    stays = ov.rule(lambda theta, gradient: theta)
    found = ov.basin_map(pair, stays, (x, np.array([0.0])), steps=1)
    assert found.tolerance == pytest.approx(0.012)  # 0.4 of the distance
    assert found.minimum.tolist() == [[0, 0, NONE, NONE, 1, 1]]
    wider = ov.basin_map(pair, stays, (x, np.array([0.0])), steps=1, tolerance=0.0149)
    assert wider.minimum.tolist() == [[0, 0, 0, 1, 1, 1]]
    for tolerance in (0.015, 0.02):
        with pytest.raises(ov.BadInput, match="less than 0.015, half the distance"):
            ov.basin_map(pair, stays, (x, np.array([0.0])), steps=1, tolerance=tolerance)
