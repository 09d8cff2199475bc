"""Runs that end early: small slopes, patience, callbacks, bounds; and comparisons that do."""

import numpy as np
import pytest
import scipy.optimize

import optiviz as ov
from optiviz.testing import differences

BOWL = ov.surface("x**2 + y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1, 1))


def test_tolerance_ends_at_the_first_small_slope():
    # x halves, the slope is 2 x: 2, 1, 1/2, 1/4
    run = ov.minimize(BOWL, ov.GD(0.25), steps=50, tolerance=0.25)
    assert run.path[:, 0].tolist() == [1, 0.5, 0.25, 0.125]
    assert (run.steps, run.status, run.stopped_at, run.evaluations.gradients) == (3, "finished", None, 3)
    assert len(run.gradients) == 3
    thinned = ov.minimize(BOWL, ov.GD(0.25), steps=50, tolerance=0.25, every=2)
    assert thinned.at.tolist() == [0, 2, 3] and thinned.path[-1, 0] == 0.125
    both = ov.minimize(BOWL, ov.GD([0.25, 0.5]), steps=50, tolerance=0.25)  # the slower one decides
    assert both.path.shape == (4, 2, 2)
    assert ov.minimize(BOWL, ov.GD(0.25), tolerance=9).steps == 0


def test_patience_counts_steps_without_a_lower_loss():
    # rate 1 throws x to -x: the loss stays 2, and step 3 is the third that is no better
    assert ov.minimize(BOWL, ov.GD(1.0), steps=50, patience=3).steps == 3
    assert ov.minimize(BOWL, ov.GD(0.25), steps=50, patience=3).steps == 50


def test_a_callback_sees_each_step_and_ends_the_run():
    seen = []

    def watch(step, theta, loss):
        seen.append((step, theta.tolist(), float(loss)))
        return step == 2

    assert ov.minimize(BOWL, ov.GD(0.25), steps=50, callback=watch).steps == 2
    assert seen == [(1, [0.5, 0.5], 0.5), (2, [0.25, 0.25], 0.125)]

    def stop(step, theta, loss):
        raise StopIteration

    assert ov.minimize(BOWL, ov.GD(0.25), steps=50, callback=stop).steps == 1


@pytest.mark.parametrize("setting", [{"tolerance": -1}, {"patience": 0}, {"patience": 1.5}, {"callback": 3}])
def test_settings_that_cannot_be(setting):
    with pytest.raises(ov.BadInput, match=f"^{next(iter(setting))} must be"):
        ov.minimize(BOWL, ov.GD(0.25), **setting)


def test_a_solver_stops_by_itself():
    with pytest.raises(ov.BadInput, match=r"scipy.BFGS stops by itself"):
        ov.minimize(BOWL, ov.Scipy("BFGS"), tolerance=0.1)


def test_sequential_grows_and_is_evaluated():
    model = ov.Sequential()
    with pytest.raises(ov.BadInput, match="the model has no layers yet"):
        model.network(1)
    model.add(ov.Dense(1))
    X, y = [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]
    trained = model.fit(X, y, ov.GD(0.1), epochs=500, tolerance=1e-3)
    assert trained.steps < 500
    assert model.evaluate(trained, X, y) == pytest.approx(0, abs=1e-5)
    assert model.evaluate(np.array([0.0, 0.0]), X, y) == pytest.approx((1 + 9 + 25) / 3)


def test_bounds_of_scipy():
    method = ov.scipy_method(ov.GD(0.1))
    square = lambda v: float((v - [3, 1]) @ (v - [3, 1]))
    slope = lambda v: 2 * (v - [3, 1])
    for bounds in ([(0, 2), (None, None)], scipy.optimize.Bounds([0, -np.inf], [2, np.inf])):
        found = scipy.optimize.minimize(square, [0.5, 0], jac=slope, method=method, bounds=bounds)
        assert found.success and found.x == pytest.approx([2, 1], abs=1e-4)
    for bounds in ([], [(None, None)] * 2, scipy.optimize.Bounds(-np.inf, np.inf)):
        free = scipy.optimize.minimize(square, [0.5, 0], jac=slope, method=method, bounds=bounds)
        assert free.x == pytest.approx([3, 1], abs=1e-4)
    with pytest.raises(ov.BadInput, match="knows no constraints"):
        scipy.optimize.minimize(square, [0.5, 0], method=method, constraints={"type": "eq", "fun": square})


def test_places_are_held_against_their_row_until_a_step():
    run = ov.minimize(BOWL, ov.GD(0.25), steps=3, start=[1.0, 1e-12])
    other = run.path.copy()
    other[1, 1] += 1e-13  # a fifth of y, and 2e-13 of the row
    race = ov.Comparison(BOWL, {"GD": run})
    moved = type(run)(**{**vars(run), "path": other})
    assert not differences(race, {"GD": moved})
    other[3, 0] += 1e-3
    (first,) = differences(race, {"GD": moved})
    assert (first.step, first.what) == (3, "x")
    assert not differences(race, {"GD": moved}, until=2)
