"""Stability: the measured border of what a rule bears is where theory has it."""

import numpy as np
import pytest

import optiviz as ov
from optiviz.analysis.curvature import stability_limit
from optiviz.analysis.many_runs import hyperparameters, with_settings
from optiviz.analysis.stability import critical_momentum, largest_curvature, largest_stable_rate

DITCH = ov.ill_conditioned_quadratic  # curvatures 1 and 50
BOWL = ov.surface("x**2 + y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1, 1))


# ---- theory


def roots(rule, rate, curvature):
    """The roots of the characteristic polynomial, from the rule's own step on the line f = curvature x^2 / 2.

    A step is linear in (theta, velocity), so its matrix is what it does to (1, 0) and (0, 1).
    """
    rule, columns = with_settings(rule, {"learning_rate": rate}), []
    for theta, velocity in ((1.0, 0.0), (0.0, 1.0)):
        state = {"count": 5, "velocity": np.array([velocity])}
        after, now = rule.step(np.array([theta]), np.array([curvature * theta]), state)
        columns.append([after[0], now.get("velocity", np.zeros(1))[0]])
    return np.abs(np.linalg.eigvals(np.array(columns).T)).max()


@pytest.mark.parametrize("momentum", [0.0, 0.3, 0.9, 0.99])
@pytest.mark.parametrize(
    "rule",
    [ov.GD(), ov.Momentum(), ov.Momentum(dampening=0.5), ov.NAG(), ov.NAG(rate_inside=False)],
    ids=repr,
)
def test_the_largest_stable_rate_is_where_a_root_leaves_the_circle(rule, momentum):
    if not isinstance(rule, ov.GD):
        rule = with_settings(rule, {"momentum": momentum})
    limit = ov.largest_stable_rate(rule, 50.0)
    for curvature in (50.0, 13.0, 0.1):
        assert roots(rule, 0.999 * limit, curvature) < 1
    assert roots(rule, 1.001 * limit, 50.0) > 1
    assert ov.largest_stable_rate(ov.Clip(rule, norm=1.0), 50.0) is None
    assert ov.largest_stable_rate(ov.Adam(), 50.0) is None


MOMENTA = np.linspace(0.0, 0.96, 25)
RATES = (np.arange(160) + 0.5) * 0.1 / 160


@pytest.mark.parametrize("rule", [ov.GD(), ov.Momentum(), ov.NAG()], ids=lambda rule: type(rule).__name__)
def test_the_measured_border_is_within_one_cell_of_theory(rule):
    grid = {"learning_rate": RATES} | ({} if isinstance(rule, ov.GD) else {"momentum": MOMENTA})
    found = ov.stability_map(DITCH, rule, grid, steps=1000)
    lost = np.atleast_2d(found.stopped_at >= 0)
    assert (np.diff(lost.astype(int), axis=1) >= 0).all()  # what diverges does so at all larger rates
    first = lost.argmax(axis=1)
    expected = np.searchsorted(RATES, np.atleast_1d(found.limit))
    assert lost.any(axis=1).all() and np.abs(first - expected).max() <= 1
    formula = {
        "GD": 2 / 50,
        "Momentum": 2 * (1 + MOMENTA) / 50,
        "NAG": (2 + 2 * MOMENTA) / (50 * (1 + 2 * MOMENTA)),
    }
    np.testing.assert_allclose(found.limit, formula[type(rule).__name__], rtol=1e-12)


def test_theory_knows_which_axis_is_the_rate():
    rates, momenta = np.array([0.01, 0.05]), np.array([0.0, 0.5, 0.9])
    across = ov.stability_map(DITCH, ov.Momentum(), {"learning_rate": rates, "momentum": momenta}, steps=5)
    upright = ov.stability_map(DITCH, ov.Momentum(), {"momentum": momenta, "learning_rate": rates}, steps=5)
    np.testing.assert_allclose(across.limit, [0.04, 0.06, 0.076])
    np.testing.assert_array_equal(across.limit, upright.limit)
    np.testing.assert_array_equal(across.steps, upright.steps.T)
    assert across.steps.shape == (3, 2) and across.names == ("learning_rate", "momentum")
    alone = ov.stability_map(DITCH, ov.Momentum(), {"momentum": momenta}, steps=5)
    assert alone.limit is None and alone.steps.shape == (3,)


def test_curvature_of_quadratics_only():
    fit = ov.Fit(ov.DATASETS["line"](n=32), start=(-1, -1.5))
    hessian = 2 * fit.design.T @ fit.design / 32
    assert largest_curvature(fit, fit.start) == pytest.approx(np.linalg.eigvalsh(hessian)[-1], rel=1e-9)
    assert largest_curvature(DITCH, DITCH.start) == pytest.approx(50, rel=1e-12)
    for name in ("beale", "rosenbrock", "cliff", "himmelblau"):  # a cliff is a bowl with a wall in it
        assert largest_curvature(ov.surfaces[name], ov.surfaces[name].start) is None
    saddle = ov.surface("x**2 - y**2", xlim=(-1, 1), ylim=(-1, 1), start=(1, 0.1))
    assert largest_curvature(saddle, saddle.start) is None


# ---- measured


def test_steps_of_gradient_descent_by_hand():
    # theta_k = (1 - 2 rate)^k theta_0, the loss its square: arrived when |1 - 2 rate|^(2 k) <= 0.001
    rates = np.array([0.05, 0.2, 0.45, 0.8, 0.97])
    expected = np.ceil(np.log(1e-3) / (2 * np.log(np.abs(1 - 2 * rates))))
    found = ov.stability_map(BOWL, ov.GD(), {"learning_rate": rates})
    np.testing.assert_array_equal(found.steps, expected)
    assert found.share == 1.0 and (found.stopped_at == -1).all() and found.target == pytest.approx(0.002)
    assert (
        ov.stability_map(BOWL, ov.GD(), {"learning_rate": rates}, steps=30).share == 0.6
    )  # 33 and 57 are late
    # lost when sqrt(2) (2 rate - 1)^k passes a million windows of 4
    rates = np.array([1.1, 1.5, 3.0])
    lost = np.floor(np.log(4e6 / np.sqrt(2)) / np.log(2 * rates - 1)) + 1
    found = ov.stability_map(BOWL, ov.GD(), {"learning_rate": rates})
    np.testing.assert_array_equal(found.stopped_at, lost)
    assert found.share == 0.0 and (found.steps == -1).all()


def test_cells_match_single_runs_and_stay_where_they_arrived():
    grid = {"learning_rate": np.geomspace(0.01, 3.0, 12), "momentum": np.array([0.0, 0.7, 0.95])}
    rule = ov.Clip(ov.Momentum(), norm=2.0)
    found = ov.stability_map(ov.beale, rule, grid, steps=120, tolerance=0.05)
    target = 0.05 * float(ov.beale.value(ov.beale.start))
    for i, momentum in enumerate(grid["momentum"]):
        for j, rate in enumerate(grid["learning_rate"]):
            run = ov.minimize(ov.beale, ov.Clip(ov.Momentum(rate, momentum), norm=2.0), steps=120)
            above = np.flatnonzero(~(run.losses <= target))
            since = int(above[-1]) + 1 if len(above) else 0
            expected = since if run.status == "finished" and since <= 120 else -1
            assert found.steps[i, j] == expected
            assert found.stopped_at[i, j] == (-1 if run.stopped_at is None else run.stopped_at)
    assert found.limit is None and 0 < found.share < 1


def test_networks_and_lines_have_maps_too():
    fit = ov.Fit(ov.DATASETS["line"](n=32), start=(-1, -1.5))
    found = ov.stability_map(fit, ov.GD(), {"learning_rate": np.array([0.1, 0.6, 0.8])}, steps=300)
    assert (found.steps[:2] > 0).all() and found.stopped_at[2] > 0  # 2 / 2.84 = 0.70
    assert float(found.limit) == pytest.approx(0.7045, abs=1e-4)
    network = ov.training(ov.DATASETS["xor"](), [ov.Dense(3, activation="tanh"), ov.Dense(1, "sigmoid")])
    found = ov.stability_map(
        network, ov.Adam(), {"learning_rate": np.array([1e-6, 0.1])}, steps=150, tolerance=0.5
    )
    assert found.steps[0] == -1 < found.steps[1]


def test_hyperparameters_through_wrappers():
    rule = ov.Clip(ov.AdamW(0.1), norm=1.0)
    assert {"learning_rate", "beta_1", "epsilon", "weight_decay", "norm"} <= set(hyperparameters(rule))
    assert "amsgrad" not in hyperparameters(rule)
    changed = with_settings(rule, {"learning_rate": 0.5, "weight_decay": 0.25})
    assert changed.optimizer.optimizer.learning_rate == 0.5 and changed.optimizer.weight_decay == 0.25


def test_refusals():
    many = np.linspace(0.01, 0.1, 2100)
    cases = {
        "unknown hyperparameter of Momentum 'momentun' - did you mean 'momentum'": {"momentun": [0.5]},
        "Momentum: momentum must be at least 0 and at most 1, got 1.5": {"momentum": [0.5, 1.5]},
        "learning_rate must be finite numbers": {"learning_rate": [0.1, np.nan]},
        "4,410,000 runs side by side are too many": {"learning_rate": many, "momentum": many},
        "a map has one or two hyperparameters, got 0": {},
    }
    for said, grid in cases.items():
        with pytest.raises(ov.BadInput, match=said):
            ov.stability_map(BOWL, ov.Momentum(), grid)
    rates = {"learning_rate": [0.1]}
    with pytest.raises(ov.BadInput, match="is not above the lowest"):
        ov.stability_map(BOWL, ov.GD(), rates, start=(0.0, 0.0))
    with pytest.raises(ov.BadInput, match="tolerance must be greater than 0 and less than 1"):
        ov.stability_map(BOWL, ov.GD(), rates, tolerance=1.0)
    saddle = ov.surface("x**2 - y**2", xlim=(-1, 1), ylim=(-1, 1), start=(1, 0.1))
    with pytest.raises(ov.BadInput, match="the lowest loss of .* is not known; give `lowest`"):
        ov.stability_map(saddle, ov.GD(), rates)
    assert ov.stability_map(saddle, ov.GD(), rates, lowest=-1.0, steps=30).steps[0] > 0


@pytest.mark.parametrize("rule", [ov.GD, ov.Momentum, ov.NAG])
@pytest.mark.parametrize("decoupled", [True, False])
def test_weight_decay_lowers_the_curvature_that_a_rule_bears(rule, decoupled):
    # on c/2 x^2 runs shrink just below the limit and grow just above it
    settings = {} if rule is ov.GD else {"momentum": 0.5}
    held = ov.WeightDecay(rule(learning_rate=0.1, **settings), 3.0, decoupled=decoupled)
    limit = stability_limit(held)
    assert limit < stability_limit(held.optimizer)
    for share, grows in ((0.99, False), (1.01, True)):
        c = share * limit
        bowl = ov.surface(lambda x, y, c=c: c / 2 * x * x, lambda x, y, c=c: (c * x, 0 * y),
                          xlim=(-1, 1), ylim=(-1, 1), start=(1, 0))  # fmt: skip
        path = ov.minimize(bowl, held, steps=1500).path[:, 0]
        assert (abs(path[-1]) > 1) == grows


def test_a_surface_is_no_curvature():
    with pytest.raises(ov.BadInput, match="curvature must be a number greater than 0, such as sharpness"):
        largest_stable_rate(ov.GD(), ov.beale)


def test_the_heavy_ball_rings_where_its_roots_are_complex():
    rates = np.array([0.1, 0.5, 1.0, 1.7, 2.4, 3.3])
    for curvature in (1.0, 50.0):
        border = critical_momentum(rates / curvature, curvature)
        for rate, momentum in zip(rates, border, strict=True):
            below, above = (
                np.roots([1, rate - 1 - m, m]) for m in (max(momentum - 1e-6, 0.0), momentum + 1e-6)
            )
            assert np.isreal(below).all() and not np.isreal(above).any()
            assert rate == 1 or (np.sign(below.real) == np.sign(1 - rate)).all()  # beyond 1 it changes sides
    assert ov.stability_map(BOWL, ov.Momentum(), {"learning_rate": [0.1], "momentum": [0.5]}).round == 2.0
    assert ov.stability_map(DITCH, ov.Momentum(), {"learning_rate": [0.01]}).round is None
