"""The run: what is written down, equal luck, divergence as a result, many runs at once."""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import optiviz as ov
from optiviz.runs import minimize as run_module

BOWL = ov.surface("x**2 + y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1, 1))


def test_everything_is_recorded_where_it_belongs():
    # rate 0.1, momentum 0.5, g = 2 x:  v = -0.2, -0.26, -0.238   x = 0.8, 0.54, 0.302
    run = ov.minimize(BOWL, ov.Momentum(0.1, 0.5), steps=3)
    np.testing.assert_allclose(run.path[:, 0], [1, 0.8, 0.54, 0.302], rtol=1e-15)
    np.testing.assert_allclose(run.losses, [2, 1.28, 0.5832, 0.182408], rtol=1e-14)
    np.testing.assert_allclose(run.gradients[:, 0], [2, 1.6, 1.08], rtol=1e-15)
    np.testing.assert_allclose(run.state["velocity"][:, 1], [0, -0.2, -0.26, -0.238], rtol=1e-14)
    assert (run.label, run.status, run.stopped_at, run.steps) == ("Momentum", "finished", None, 3)
    assert run.at.tolist() == [0, 1, 2, 3]


def test_replaying_the_recorded_gradients_gives_the_path():
    run = ov.minimize(ov.beale, ov.Adam(0.1), steps=50)
    theta, state = run.path[0], ov.Adam(0.1).init(run.path[0])
    for gradient, after in zip(run.gradients, run.path[1:], strict=True):
        theta, state = ov.Adam(0.1).step(theta, gradient, state)
        np.testing.assert_array_equal(theta, after)


def test_divergence_is_a_result():
    # rate 1.5: x -> -2 x, from 1; far is 4e6, and |theta| = sqrt(2) 2^k passes it at k = 22
    run = ov.minimize(BOWL, ov.GD(1.5), steps=100)
    assert BOWL.far == 4e6
    assert (run.status, run.stopped_at, len(run.path)) == ("diverged", 22, 22)
    assert np.isfinite(run.path).all() and np.isfinite(run.losses).all()
    np.testing.assert_array_equal(run.path[:, 0], (-2.0) ** np.arange(22))
    assert len(run.gradients) == 21


def test_a_value_that_is_no_number_ends_a_run():
    hole = ov.surface("sqrt(x) + y**2", xlim=(-1, 1), ylim=(-1, 1), start=(0.01, 0))
    run = ov.minimize(hole, ov.GD(0.1), steps=10)  # slope 5: the first step lands at x = -0.49
    assert (run.status, run.stopped_at, run.path.tolist()) == ("diverged", 1, [[0.01, 0.0]])


def test_no_steps():
    run = ov.minimize(BOWL, ov.GD(), steps=0)
    assert run.path.tolist() == [[1.0, 1.0]] and run.status == "finished"


@pytest.mark.parametrize(
    "rule", [ov.GD(0.02), ov.Momentum(0.005), ov.NAG(0.002), ov.Adagrad(1.0), ov.RMSprop(0.05), ov.Adam(0.5)]
)
def test_runs_side_by_side_are_single_runs(rule):
    starts = np.random.default_rng(3).uniform(-2, 2, (2, 40))
    many = ov.minimize(ov.himmelblau, rule, steps=60, start=starts)
    for k in range(40):
        one = ov.minimize(ov.himmelblau, rule, steps=60, start=starts[:, k])
        assert many.status[k] == one.status
        np.testing.assert_array_equal(many.path[: len(one.path), :, k], one.path)
        np.testing.assert_array_equal(many.losses[: len(one.path), k], one.losses)


def test_a_lost_run_stands_still_among_others():
    run = ov.minimize(BOWL, ov.GD(np.array([0.25, 1.5])), steps=40, start=np.ones((2, 2)))
    assert run.status.tolist() == ["finished", "diverged"]
    assert run.stopped_at.tolist() == [-1, 22]
    np.testing.assert_array_equal(run.path[21:, 0, 1], (-2.0) ** 21)
    np.testing.assert_array_equal(run.path[:, 0, 0], 0.5 ** np.arange(41))


def test_a_lost_run_stays_lost_whatever_its_rule_does_next():
    # x**4 at 2.9: rates of 0.5 throw it away in step 3; the tiny ones after would let it walk on
    steep = ov.surface("x**4 + y**2", xlim=(-4, 4), ylim=(-4, 4), start=(1, 1))
    rule = ov.GD(lambda count: 0.5 if count < 6 else 1e-20 if count < 8 else 1e-3)
    starts = np.array([[2.9, 1.0], [0.1, 0.1]])
    run = ov.minimize(steep, rule, steps=12, start=starts)
    assert run.stopped_at.tolist() == [3, -1]
    assert (run.path[2:, :, 0] == run.path[2, :, 0]).all() and (run.losses[2:, 0] == run.losses[2, 0]).all()


@pytest.mark.parametrize("name", ov.surfaces)
def test_runs_side_by_side_are_those_alone(name):
    surface = ov.surfaces[name]
    rng = np.random.default_rng(8)
    starts = np.stack([rng.uniform(*surface.xlim, 6), rng.uniform(*surface.ylim, 6)])
    for rule in (ov.RAdam(0.1), ov.RAdam(1e5), ov.GD(1.0), ov.Momentum(3.0)):
        runs = ov.minimize(surface, rule, steps=30, start=starts)
        for k in range(6):
            one = ov.minimize(surface, rule, steps=30, start=starts[:, k])
            rows = len(one.path)
            np.testing.assert_array_equal(runs.path[:rows, :, k], one.path)
            np.testing.assert_array_equal(runs.losses[:rows, k], one.losses)
            if rows:
                assert (runs.path[rows:, :, k] == one.path[-1]).all()
            assert runs.stopped_at[k] == (-1 if one.stopped_at is None else one.stopped_at)


X = np.linspace(-1, 2, 37)
NET = ov.Network([ov.Dense(8, "tanh"), ov.Dense(1)], inputs=1)


@pytest.mark.parametrize(
    "objective",
    [
        ov.Fit(ov.Data(X, X * X)),
        ov.Fit(ov.Data(X, X * X), loss="mae", batch_size=5),
        ov.Fit(ov.Data(X, X * X), degree=3),
        ov.Training(NET, X[:, None], X * X, batch_size=16),
    ],
    ids=["line", "batches", "cubic", "network"],
)
@pytest.mark.parametrize("rule", [ov.Adam(0.05), ov.Clip(ov.GD(0.05), norm=0.1)], ids=["Adam", "Clip"])
def test_fits_and_networks_side_by_side_are_those_alone(objective, rule):
    starts = np.random.default_rng(2).normal(size=(len(objective.start), 4))
    runs = ov.minimize(objective, rule, steps=12, start=starts)
    for k in range(4):
        one = ov.minimize(objective, rule, steps=12, start=starts[:, k])
        np.testing.assert_array_equal(runs.path[:, :, k], one.path)
        np.testing.assert_array_equal(runs.losses[:, k], one.losses)


def test_blocks_change_nothing(monkeypatch):
    starts = np.random.default_rng(5).uniform(-4, 4, (2, 300))
    rates = np.linspace(0.001, 0.3, 300)
    whole = ov.minimize(ov.beale, ov.Momentum(rates), steps=30, start=starts)
    monkeypatch.setattr(run_module, "BLOCK", 1024)
    assert {"finished", "diverged"} == set(whole.status.tolist())
    for forks, processes in ((False, None), (False, 3), (True, 2)):
        monkeypatch.setattr("optiviz._lib.parallel.is_single_threaded", lambda forks=forks: forks)
        monkeypatch.setattr("optiviz._lib.fork.is_single_threaded", lambda forks=forks: forks)
        parts = ov.minimize(ov.beale, ov.Momentum(rates), steps=30, start=starts, processes=processes)
        for name in ("path", "losses", "gradients", "status", "stopped_at"):
            np.testing.assert_array_equal(getattr(parts, name), getattr(whole, name))
        np.testing.assert_array_equal(parts.state["velocity"], whole.state["velocity"])


def test_recording_less():
    whole = ov.minimize(ov.beale, ov.Adam(0.1), steps=25)
    some = ov.minimize(ov.beale, ov.Adam(0.1), steps=25, every=10, memory=False)
    assert some.at.tolist() == [0, 10, 20, 25]
    np.testing.assert_array_equal(some.path, whole.path[[0, 10, 20, 25]])
    np.testing.assert_array_equal(some.losses, whole.losses[[0, 10, 20, 25]])
    assert not some.state and not len(some.gradients)
    ends = ov.minimize(ov.beale, ov.Adam(0.1), steps=25, every=0)
    assert ends.at.tolist() == [0, 25]


def test_equal_luck():
    noisy = ov.surface("x**2 + y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1, 1), noise=0.5)
    race = ov.compare(noisy, {"a": ov.GD(0.1), "b": ov.Adam(0.1)}, steps=20, seed=7)
    noise = [run.gradients - 2 * run.path[:-1] for run in race.trajectories.values()]
    np.testing.assert_allclose(noise[0], noise[1], rtol=0, atol=1e-14)
    assert noise[0].std() == pytest.approx(0.5, rel=0.3)
    again = ov.minimize(noisy, ov.GD(0.1), steps=20, seed=7)
    np.testing.assert_array_equal(again.path, race.trajectories["a"].path)
    other = ov.minimize(noisy, ov.GD(0.1), steps=20, seed=8)
    assert (other.path[1:] != again.path[1:]).all()


def test_all_runs_of_a_scene_see_the_same_batches():
    line = ov.Fit(ov.DATASETS["line"](n=10))
    runs = {"one": ov.Run(ov.GD(0.0), batch_size=1), "four": ov.Run(ov.GD(0.0), batch_size=4)}
    scene = ov.Scene(line, runs, steps=12)
    one, four = ov.play(scene).trajectories.values()
    # a batch of four is the mean of the four rows that one by one came before
    for k in range(2):
        np.testing.assert_allclose(
            four.gradients[k], one.gradients[4 * k : 4 * k + 4].mean(axis=0), rtol=1e-12
        )


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"start": [1, 2, 3]}, "start must be 2 finite numbers"),
        ({"start": [1, float("nan")]}, "start must be 2 finite numbers"),
        ({"steps": -1}, "steps must be a whole number from 0 to 1,000,000, got -1"),
        ({"start": np.zeros((2, 100_000)), "steps": 100_000}, "would take .* GiB; the limit is 2 GiB"),
    ],
)
def test_bad_input(settings, sentence):
    with pytest.raises(ov.BadInput, match=sentence):
        ov.minimize(BOWL, ov.GD(), **settings)


def test_callables_serve_too():
    with_slope = ov.surface(
        lambda x, y: x * x + 3 * y, lambda x, y: (2 * x, 3 + 0 * y), xlim=(-1, 1), ylim=(-1, 1), start=(1, 0)
    )
    without = ov.surface(lambda x, y: x * x + 3 * y, xlim=(-1, 1), ylim=(-1, 1), start=(1, 0))
    assert with_slope.gradient(np.array([0.5, 0.2])).tolist() == [1.0, 3.0]
    np.testing.assert_allclose(without.gradient(np.array([0.5, 0.2])), [1.0, 3.0], rtol=1e-10)
    grid = np.random.default_rng(0).normal(size=(2, 50))
    np.testing.assert_allclose(without.gradient(grid), with_slope.gradient(grid), rtol=1e-9, atol=1e-9)
    exact = ov.minimize(with_slope, ov.Adam(0.1), steps=50).path
    np.testing.assert_allclose(ov.minimize(without, ov.Adam(0.1), steps=50).path, exact, atol=1e-8)


def test_what_a_rule_asks_for_is_counted():
    run = ov.minimize(BOWL, ov.Adam(0.1), steps=25, every=10)
    assert (run.evaluations.values, run.evaluations.gradients) == (0, 25)
    assert run.evaluations.gradients_at.tolist() == [0, 10, 20, 25]
    assert run.evaluations.values_at.tolist() == [0, 0, 0, 0]
    lost = ov.minimize(BOWL, ov.GD(1.5), steps=100)  # see above: lost at step 22, which was asked for too
    assert lost.evaluations.gradients == 22 and lost.evaluations.gradients_at[-1] == 21
    both = ov.minimize(BOWL, ov.GD(np.array([0.25, 1.5])), steps=40, start=np.ones((2, 2)))
    assert both.evaluations.gradients.tolist() == [40, 22] and both.evaluations.values.tolist() == [0, 0]


def test_a_rule_that_asks_twice_a_step_is_counted_twice():
    def halfway(theta, gradient):  # the slope half a step on
        return theta - 0.1 * BOWL.gradient(theta - 0.05 * gradient)

    rule = ov.rule(halfway, gradients_per_step=2)
    run = ov.minimize(BOWL, ov.Clip(rule, norm=10.0), steps=20, every=5)
    assert run.evaluations.gradients == 40 and run.evaluations.gradients_at.tolist() == [0, 10, 20, 30, 40]
    np.testing.assert_allclose(run.path[1, 0], (1 - 0.2 + 0.02) ** 5)  # x - 0.2 (x - 0.1 x)
    two = ov.minimize(BOWL, rule, steps=3, start=np.ones((2, 4)))
    assert two.evaluations.gradients.tolist() == [6] * 4
    assert pickle.loads(pickle.dumps(ov.rule(math.fmod, gradients_per_step=2))).gradients_per_step == 2
    for wrong in (0, 1.5, True, "2"):
        with pytest.raises(ov.BadInput, match="gradients_per_step must be a whole number of at least 1"):
            ov.rule(halfway, gradients_per_step=wrong)


class Tagging:
    """A rule whose state holds more than arrays shaped like theta."""

    def init(self, theta):
        return {"count": 0, "seen": np.zeros_like(theta), "mean": np.zeros(()), "tag": "x", "pair": (1, 2)}

    def step(self, theta, gradient, state):
        return theta - 0.25 * gradient, {**state, "seen": gradient, "tag": object()}


def test_of_a_state_only_what_is_shaped_like_theta_is_recorded():
    run = ov.minimize(BOWL, Tagging(), steps=2)
    assert list(run.state) == ["seen"] and run.state["seen"][:, 0].tolist() == [0, 2, 1]
    many = ov.minimize(BOWL, Tagging(), steps=2, start=np.ones((2, 3)))
    assert many.state["seen"].shape == (3, 2, 3)


RULES = {name: rule for name, rule in ov.OPTIMIZERS.items() if name not in ("sgd", "gradientflow")}


@settings(max_examples=150)
@given(
    name=st.sampled_from(sorted(ov.surfaces)),
    rule=st.sampled_from(sorted(RULES)),
    place=st.tuples(st.floats(-2, 3), st.floats(-2, 3)),
    rate=st.sampled_from([0.0, 1e-3, 0.1, 1.0, 50.0, 1e8]),
)
def test_any_rule_on_any_surface_from_any_start_has_a_status(name, rule, place, rate):
    """Warnings are errors here; a window and a half around the surface, rates from none to absurd."""
    surface = ov.surfaces[name]
    lows, widths = zip(*((low, high - low) for low, high in (surface.xlim, surface.ylim)), strict=True)
    start = np.array(lows) + np.array(place) * np.array(widths)
    run = ov.minimize(surface, RULES[rule](rate), steps=30, start=start)
    assert run.status in ("finished", "diverged")
    assert np.isfinite(run.path).all() and np.isfinite(run.losses[1:]).all()
    assert (run.stopped_at is None) == (run.status == "finished") == (len(run.path) == 31)
    many = ov.minimize(surface, RULES[rule](rate), steps=30, start=np.column_stack([start, start]))
    assert many.status.tolist() == [run.status] * 2
    np.testing.assert_array_equal(many.path[: len(run.path), :, 1], run.path)


def test_one_start_and_several_rates_are_several_runs():
    rates = np.array([0.25, 0.5])  # as many as coordinates: not one for each
    run = ov.minimize(BOWL, ov.GD(rates), steps=1)
    assert run.path[1].tolist() == [[0.5, 0.0], [0.5, 0.0]]
    wrapped = ov.minimize(BOWL, ov.Clip(ov.GD(rates), norm=10.0), steps=1)
    np.testing.assert_array_equal(wrapped.path, run.path)
    with pytest.raises(ov.BadInput, match="learning_rate has 2 values for 3 starts"):
        ov.minimize(BOWL, ov.GD(rates), start=np.ones((2, 3)))
    with pytest.raises(ov.BadInput, match="learning_rate has 2 values and momentum has 3"):
        ov.minimize(BOWL, ov.Momentum(rates, np.array([0.1, 0.2, 0.3])))


def test_slips_in_the_numbers_get_a_sentence():
    assert ov.minimize(BOWL, ov.GD(0.1), steps=1e3, every=500.0).at.tolist() == [0, 500, 1000]
    for steps in (1.5, np.nan, np.inf, "10", -1, True, None):
        with pytest.raises(ov.BadInput, match="steps must be a whole number from 0 to 1,000,000"):
            ov.minimize(BOWL, ov.GD(0.1), steps=steps)
    for every in (-1, 0.5, "2"):
        with pytest.raises(ov.BadInput, match="every must be a whole number"):
            ov.minimize(BOWL, ov.GD(0.1), every=every)
    for rate in (np.nan, np.inf, "0.1", np.array([0.1, np.nan])):
        with pytest.raises(ov.BadInput, match="learning_rate must be at least 0"):
            ov.GD(rate)
