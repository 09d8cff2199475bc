"""Fit: losses and slopes worked by hand, checked against differences; batches that miss no row."""

from itertools import combinations, islice
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optiviz._lib.errors import BadInput
from optiviz.objectives import fit as module
from optiviz.objectives.base import replaced
from optiviz.objectives.data import Data
from optiviz.objectives.datasets import line, polynomial
from optiviz.objectives.fit import Fit, least_absolute
from optiviz.objectives.table import read_csv

CARS = read_csv(Path(__file__).parents[1] / "scenes" / "data" / "cars.csv", x="speed", y="dist")
THREE = Data([1, 2, 3], [2, 3, 7])
PLANE = Data([[1, 0], [0, 1], [2, 1], [-1, 3]], [1, 2, 3, 9])

# at w = 2, b = 1 the predictions are 3, 5, 7 and the residuals 1, 2, 0
HERE = np.array([2.0, 1.0])
BY_HAND = {
    # (1 + 4 + 0) / 3;  2/3 (1*1 + 2*2 + 0*3), 2/3 (1 + 2 + 0)
    "mse": (5 / 3, [10 / 3, 2]),
    # (1 + 2 + 0) / 3;  1/3 (1 + 2 + 0), 1/3 (1 + 1 + 0): the point that is hit does not pull
    "mae": (1, [1, 2 / 3]),
}
PROBLEMS = {
    f"{loss}, {name}": Fit(data, loss=loss, degree=degree)
    for loss in ("mse", "mae")
    for name, data, degree in (("line", THREE, 1), ("plane", PLANE, 1), ("cubic", polynomial(n=20), 3))
}

losses = pytest.mark.parametrize("loss", BY_HAND)
problems = pytest.mark.parametrize("fit", PROBLEMS.values(), ids=PROBLEMS)


@losses
def test_value_and_gradient_by_hand(loss):
    fit = Fit(THREE, loss=loss)
    value, gradient = BY_HAND[loss]
    np.testing.assert_allclose(fit.value(HERE), value, rtol=1e-15)
    np.testing.assert_allclose(fit.gradient(HERE), gradient, rtol=1e-15)
    # rows 1 and 2 only: residuals 2 at x = 2, and 0 at x = 3
    expected = {"mse": [4, 2], "mae": [1, 0.5]}[loss]
    both = fit.value_and_gradient(HERE, np.array([1, 2]))
    np.testing.assert_allclose(both[0], value, rtol=1e-15)
    np.testing.assert_allclose(both[1], expected, rtol=1e-15)


def test_predictions_by_hand():
    assert Fit(THREE).predict(HERE, np.array([1, 2, 10])).tolist() == [3, 5, 21]
    # 1 x + 2 x^2 + 3 x^3 + 4 at x = 2
    assert Fit(THREE, degree=3).predict(np.array([1.0, 2, 3, 4]), np.array([2.0])).tolist() == [38]
    assert Fit(PLANE).predict(np.array([1.0, 10, 100]), np.array([[2, 3]])).tolist() == [132]
    side_by_side = Fit(THREE).predict(np.array([[2.0, 0], [1, 5]]), THREE.x)
    assert side_by_side.tolist() == [[3, 5], [5, 5], [7, 5]]
    with pytest.raises(BadInput, match="x must have 2 columns"):
        Fit(PLANE).predict(np.zeros(3), np.array([1.0]))


@problems
def test_the_gradient_is_the_slope_of_the_value(fit):
    rng = np.random.default_rng(1)
    for _ in range(5):
        theta, h = rng.normal(size=fit.start.size), 1e-6  # far from the kinks of MAE
        slopes = [(fit.value(theta + e) - fit.value(theta - e)) / (2 * h) for e in h * np.eye(theta.size)]
        np.testing.assert_allclose(fit.gradient(theta), slopes, rtol=1e-6, atol=1e-8)


@problems
def test_runs_side_by_side_are_the_runs_alone(fit):
    thetas = np.random.default_rng(2).normal(size=(fit.start.size, 7))
    for batch in (None, np.array([2, 0])):
        values, gradients = fit.value_and_gradient(thetas, batch)
        assert values.shape == (7,) and gradients.shape == thetas.shape
        np.testing.assert_array_equal(values, fit.value(thetas))
        np.testing.assert_array_equal(gradients, fit.gradient(thetas, batch))
        for k in range(7):
            np.testing.assert_allclose(values[k], fit.value(thetas[:, k]), rtol=1e-13)
            alone = fit.gradient(thetas[:, k], batch)
            np.testing.assert_allclose(gradients[:, k], alone, rtol=1e-12, atol=1e-13)


@problems
def test_many_runs_are_cut_to_fit_in_memory(fit, monkeypatch):
    thetas = np.random.default_rng(3).normal(size=(fit.start.size, 11))
    whole = fit.value_and_gradient(thetas)
    for cells in (1, 2 * len(fit.data.y)):  # one run at a time, two at a time
        monkeypatch.setattr(module, "CELLS", cells)
        cut = fit.value_and_gradient(thetas)
        np.testing.assert_allclose(cut[0], whole[0], rtol=1e-13)
        np.testing.assert_allclose(cut[1], whole[1], rtol=1e-12, atol=1e-13)
        np.testing.assert_allclose(fit.value(thetas), whole[0], rtol=1e-13)
        np.testing.assert_allclose(fit.gradient(thetas), whole[1], rtol=1e-12, atol=1e-13)


@problems
def test_theta_is_not_written_to(fit):
    theta = np.ones(fit.start.size)
    theta.setflags(write=False)
    fit.value_and_gradient(theta)
    value, gradient = fit.value(theta), fit.gradient(theta)
    assert np.shape(value) == () and gradient.shape == theta.shape


# --- the best weights ----------------------------------------------------------------------------------


def test_least_squares_of_the_cars():
    fit = Fit(CARS)
    np.testing.assert_allclose(fit.best, [3.93240876, -17.57909489], atol=5e-9)
    np.testing.assert_allclose(fit.gradient(fit.best), 0, atol=1e-10)
    # R: sum of squared residuals 11353.52105
    assert fit.value(fit.best) * 50 == pytest.approx(11353.52105, abs=5e-6)


@pytest.mark.parametrize("seed", range(8))
def test_least_absolute_is_the_best_line_through_two_points(seed):
    # A line of least sum |r| can always be found among those through two of the points.
    rng = np.random.default_rng(seed)
    data = CARS if seed == 0 else Data(rng.normal(size=15), 1e3 * rng.standard_cauchy(size=15))
    fit = Fit(data, loss="mae")
    lines = [
        np.linalg.solve(fit.design[[i, j]], data.y[[i, j]])
        for i, j in combinations(range(len(data.y)), 2)
        if data.x[i, 0] != data.x[j, 0]
    ]
    assert fit.value(fit.best) == pytest.approx(fit.value(np.array(lines).T).min(), rel=1e-12)


def test_least_absolute_of_odd_tables():
    ones = np.ones((5, 1))
    assert least_absolute(ones, np.array([3.0, 1, 4, 1, 100])).tolist() == [3]  # the median
    np.testing.assert_array_equal(least_absolute(ones, np.zeros(5)), 0)
    twice = np.column_stack([ones, 0 * ones, ones])  # weights that cannot be told apart
    assert (twice @ least_absolute(twice, np.array([3.0, 1, 4, 1, 5]))).tolist() == pytest.approx([3] * 5)
    few = np.array([[1.0, 2, 3]])
    assert few @ least_absolute(few, np.array([6.0])) == pytest.approx(6)


def test_the_outlier_pulls_the_squares_only():
    data = Data(np.arange(9.0), 2 * np.arange(9.0) + 1 + 90 * (np.arange(9) == 6))
    np.testing.assert_allclose(Fit(data, loss="mae").best, [2, 1], atol=1e-12)
    # mean shift 10; slope shift 90 (6 - 4) / sum (x - 4)^2 = 180 / 60 = 3
    np.testing.assert_allclose(Fit(data).best, [5, 1 + 10 - 3 * 4], atol=1e-12)


def test_a_cubic_is_found_by_a_cubic():
    data = polynomial(coefficients=(5, -1, 0.5, 2), noise=0, n=30)
    for loss in BY_HAND:
        np.testing.assert_allclose(Fit(data, loss=loss, degree=3).best, [-1, 0.5, 2, 5], atol=1e-9)


def test_descent_ends_at_the_best_weights():
    fit, theta = Fit(line(noise=0.3)), np.array([-1.0, -1.5])
    for _ in range(200):
        theta = theta - 0.2 * fit.gradient(theta)
    np.testing.assert_allclose(theta, fit.best, atol=1e-12)


# --- batches -------------------------------------------------------------------------------------------


@given(n=st.integers(2, 40), size=st.integers(1, 40), seed=st.integers(0, 2**32 - 1))
def test_each_epoch_sees_each_row_once(n, size, seed):
    size = min(size, n)
    fit = Fit(Data(np.arange(n), np.arange(n)), batch_size=size)
    batches = fit.batches(np.random.default_rng(seed))
    assert fit.steps_per_epoch == -(-n // size)
    for _ in range(3):
        epoch = list(islice(batches, fit.steps_per_epoch))
        assert sorted(np.concatenate(epoch)) == list(range(n))
        assert [len(batch) for batch in epoch[:-1]] == [size] * (len(epoch) - 1)
        assert 1 <= len(epoch[-1]) <= size


def rows(fit: Fit, seed: int, epochs: int = 3) -> list[int]:
    """The rows in the order in which the runs of a seed see them."""
    batches = fit.batches(np.random.default_rng(seed))
    return np.concatenate(list(islice(batches, epochs * fit.steps_per_epoch))).tolist()


def test_all_batch_sizes_see_the_rows_in_the_same_order():
    fits = [Fit(CARS, batch_size=size) for size in (1, 16, 32, 50)]
    orders = [rows(fit, seed=4) for fit in fits]
    assert len(orders[0]) == 150 and all(order == orders[0] for order in orders)
    assert orders[0][:50] != orders[0][50:100] != orders[0][100:]  # each epoch anew
    assert rows(fits[0], seed=5) != orders[0]
    assert rows(fits[0], seed=4) == orders[0]


def test_without_a_batch_size_nothing_is_hidden():
    fit = Fit(CARS)
    assert list(islice(fit.batches(np.random.default_rng(0)), 3)) == [None, None, None]
    assert fit.steps_per_epoch == 1


@losses
@pytest.mark.parametrize("size", [1, 7, 16, 50])
def test_the_batches_of_an_epoch_add_up_to_the_whole(loss, size):
    fit, theta = Fit(CARS, loss=loss, batch_size=size), np.array([3.0, -10.0])
    epoch = list(islice(fit.batches(np.random.default_rng(6)), fit.steps_per_epoch))
    mean = sum(len(batch) * fit.gradient(theta, batch) for batch in epoch) / 50
    np.testing.assert_allclose(mean, fit.gradient(theta), rtol=1e-12)
    assert fit.value_and_gradient(theta, epoch[0])[0] == fit.value(theta)  # exact whatever is seen


# --- what it is made of --------------------------------------------------------------------------------


def test_names_and_defaults():
    assert Fit(THREE).parameter_names == ("w", "b")
    assert Fit(THREE, degree=3).parameter_names == ("w1", "w2", "w3", "b")
    assert Fit(PLANE).parameter_names == ("w1", "w2", "b")
    assert Fit(THREE, degree=3).start.tolist() == [0, 0, 0, 0]
    assert (Fit(CARS).name, Fit(CARS, name="brakes").name) == ("cars", "brakes")
    np.testing.assert_array_equal(Fit(Data([2], [0]), degree=3).design, [[2, 4, 8, 1]])


def test_far_is_a_million_times_what_is_at_stake():
    assert Fit(Data([0, 1], [0, 0.1])).far == 1e6
    assert Fit(THREE, start=[-50, 0]).far == 5e7
    assert Fit(Data([0, 1], [0, 3e9])).far == pytest.approx(3e15)
    assert Fit(Data([0, 1], [0, 3e9]), loss="mae").far == pytest.approx(3e15)


def test_the_same_problem_with_other_settings():
    fit = replaced(Fit(THREE, start=[1, 2]), batch_size=2, loss="mae")
    assert (fit.batch_size, fit.loss, fit.start.tolist()) == (2, "mae", [1, 2])
    with pytest.raises(BadInput, match="did you mean 'batch_size'"):
        replaced(fit, batchsize=1)


@pytest.mark.parametrize(
    ("data", "settings", "sentence"),
    [
        (THREE, {"loss": "huber"}, "unknown loss 'huber' - known: mse, mae"),
        (THREE, {"degree": 0}, "degree must be a whole number, 1 to 12, got 0"),
        (THREE, {"degree": 2.0}, "degree must be a whole number, 1 to 12, got 2.0"),
        (PLANE, {"degree": 2}, "degree must be 1 for data with 2 columns of x, got 2"),
        (THREE, {"batch_size": 4}, "batch_size 4 is larger than the data's 3 rows"),
        (THREE, {"batch_size": 0}, "batch_size must be a whole number from 1, got 0"),
        (THREE, {"batch_size": True}, "batch_size must be a whole number from 1, got True"),
        (THREE, {"start": [1, 2, 3]}, "start must be 2 finite numbers (w, b), got [1, 2, 3]"),
        (THREE, {"start": [1, np.nan]}, "start must be 2 finite numbers (w, b), got [1, nan]"),
        (Data([1e90, 2], [0, 1]), {"degree": 4}, "x to the power 4 passes 1e+100; standardise the data"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(data, settings, sentence):
    with pytest.raises(BadInput) as fault:
        Fit(data, **settings)
    assert str(fault.value) == sentence
