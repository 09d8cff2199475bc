"""Labelled data: the formula of each, balanced classes, the irises, and rows held out."""

from inspect import signature

import numpy as np
import pytest

from optiviz._lib.errors import BadInput
from optiviz.nn import Dense
from optiviz.objectives.base import replaced
from optiviz.objectives.data import Data
from optiviz.objectives.datasets import DATASETS, line
from optiviz.objectives.fit import Fit
from optiviz.objectives.labelled import blobs, circles, iris, moons, spiral, xor
from optiviz.objectives.training import rebuilt, training
from optiviz.optimizers import GD
from optiviz.runs.minimize import minimize

MADE = {name: make for name, make in DATASETS.items() if make().classes and name != "iris"}
made = pytest.mark.parametrize("make", MADE.values(), ids=MADE)


def test_there_are_five_of_them():
    assert list(MADE) == ["blobs", "moons", "circles", "spiral", "xor"]


@made
@pytest.mark.parametrize("n", [4, 7, 100, 1001])
def test_no_class_is_larger_than_another_by_more_than_a_row(make, n):
    data = make(n=n)
    counts = np.bincount(data.y.astype(int), minlength=len(data.classes))
    assert data.x.shape == (n, 2) and counts.sum() == n and np.ptp(counts) <= (2 if make is xor else 1)
    assert data.classes == ("0", "1") and data.truth is None and data.y_name == "class"


@made
def test_noise_is_added_to_the_pattern_and_depends_on_the_seed(make):
    still, moved = make(n=5000, noise=0.0), make(n=5000, noise=0.5, seed=4)
    drawn = np.random.default_rng(4).standard_normal(still.x.shape)
    np.testing.assert_allclose(moved.x - still.x, 0.5 * drawn, atol=1e-12)
    np.testing.assert_array_equal(moved.y, still.y)
    assert np.all(make(n=10, noise=1.0, seed=1).x != make(n=10, noise=1.0, seed=2).x)


def test_blobs_stand_on_their_centers():
    data = blobs(centers=((1, 2), (-3, 4), (5, -6)), noise=0, n=7)
    assert data.x.tolist() == [[1, 2], [-3, 4], [5, -6], [1, 2], [-3, 4], [5, -6], [1, 2]]
    assert data.y.tolist() == [0, 1, 2, 0, 1, 2, 0] and data.classes == ("0", "1", "2")
    wide = blobs(n=500, columns=500, noise=2.0)
    assert wide.x.shape == (500, 500) and len(wide.x_names) == 500
    assert abs(wide.x[:, 2:].mean()) < 0.02 and abs(wide.x[:, 2:].std() - 2) < 0.02


def test_moons_are_half_circles():
    data = moons(noise=0, n=10)
    upper, lower = data.x[data.y == 0], data.x[data.y == 1]
    t = np.pi * np.arange(5) / 4
    np.testing.assert_allclose(upper, np.column_stack([np.cos(t), np.sin(t)]), atol=1e-15)
    np.testing.assert_allclose(lower, np.column_stack([1 - np.cos(t), 0.5 - np.sin(t)]), atol=1e-15)


def test_circles_have_their_radii():
    data = circles(noise=0, n=16, factor=0.25)
    radius = np.hypot(*data.x.T)
    np.testing.assert_allclose(radius, np.where(data.y == 0, 1.0, 0.25), rtol=1e-14)
    np.testing.assert_allclose(data.x[data.y == 0].sum(axis=0), 0, atol=1e-14)  # evenly, once around


def test_spirals_wind_as_often_as_asked():
    data = spiral(arms=3, turns=1.5, noise=0, n=30)
    for arm in range(3):
        x = data.x[data.y == arm]
        r = np.arange(1, 11) / 10
        np.testing.assert_allclose(np.hypot(*x.T), r, rtol=1e-13)
        angle = 2 * np.pi * (1.5 * r + arm / 3)
        np.testing.assert_allclose(
            x, r[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]), atol=1e-14
        )


def test_xor_is_its_table():
    assert xor().x.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]] and xor().y.tolist() == [0, 1, 1, 0]
    assert xor(n=8).y.tolist() == [0, 1, 1, 0, 0, 1, 1, 0]


def test_iris_has_the_published_numbers():
    whole = iris(columns=("sepal_length", "sepal_width", "petal_length", "petal_width"))
    assert whole.x.shape == (150, 4) and whole.classes == ("setosa", "versicolor", "virginica")
    assert np.bincount(whole.y.astype(int)).tolist() == [50, 50, 50]
    np.testing.assert_allclose(whole.x.sum(axis=0), [876.5, 458.6, 563.7, 179.9], rtol=1e-13)
    np.testing.assert_allclose(whole.x.mean(axis=0), [5.843333, 3.057333, 3.758, 1.199333], atol=5e-7)
    assert whole.x[34].tolist() == [4.9, 3.1, 1.5, 0.2]  # the two rows that UCI has wrong
    assert whole.x[37].tolist() == [4.9, 3.6, 1.4, 0.1]
    # class means of Fisher's Table I
    means = [whole.x[whole.y == k].mean(axis=0).round(3).tolist() for k in range(3)]
    assert means == [[5.006, 3.428, 1.462, 0.246], [5.936, 2.77, 4.26, 1.326], [6.588, 2.974, 5.552, 2.026]]
    assert iris().x_names == ("petal_length", "petal_width")
    scaled = iris(standardize=True)
    np.testing.assert_allclose(scaled.x.mean(axis=0), 0, atol=1e-14)
    np.testing.assert_array_equal(scaled.y, whole.y)


@pytest.mark.parametrize(
    ("make", "settings", "sentence"),
    [
        (blobs, {"centers": ((0, 0),)}, "blobs: centers must be 2 to 10 pairs of numbers, got ((0, 0),)"),
        (blobs, {"centers": [[0, 0], [1]]}, "blobs: centers must lie in [-1e+06, 1e+06], got [[0, 0], [1]]"),
        (blobs, {"centers": [0, 1]}, "blobs: centers must be 2 to 10 pairs of numbers, got [0, 1]"),
        (blobs, {"centers": ((0, 0), (1, 1), (2, 2)), "n": 2},
         "blobs: n must be at least 3, one row a class, got 2"),
        (blobs, {"n": 100_000, "columns": 101},
         "blobs: 100,000 rows of 101 columns are too many; the limit is 10,000,000 cells"),
        (blobs, {"columns": 1}, "blobs: columns must lie in [2, 1000], got 1"),
        (circles, {"factor": 0}, "circles: factor must lie in (0, 1], got 0"),
        (spiral, {"arms": 1}, "spiral: arms must lie in [2, 10], got 1"),
        (spiral, {"arms": 2.0}, "spiral: arms must be a whole number, got 2.0"),
        (moons, {"noise": -1}, "moons: noise must lie in [0, 1e+06], got -1"),
        (iris, {"columns": ("petal_lenght",)},
         "iris.csv:1: unknown column 'petal_lenght' - did you mean 'petal_length'?"),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be(make, settings, sentence):
    with pytest.raises(BadInput) as fault:
        make(**settings)
    assert str(fault.value) == sentence
    assert all(p.kind is p.KEYWORD_ONLY for p in signature(make).parameters.values())


def test_one_hot_and_what_has_no_classes():
    data = Data([1, 2, 3], [2, 0, 1], classes=("a", "b", "c"))
    assert data.one_hot.tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0]]
    with pytest.raises(BadInput) as fault:
        _ = line().one_hot
    assert str(fault.value) == "data: 'y' is a quantity and has no classes"
    with pytest.raises(BadInput) as fault:
        Data([1, 2], [0, 2], classes=("a", "b"))
    assert str(fault.value) == "data: y must be class numbers from 0 to 1"


# --- rows held out ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "share", "count"), [(50, 0.25, 12), (50, 0.5, 25), (10, 0.01, 1), (10, 0.99, 9), (2, 0.5, 1)]
)
def test_the_share_held_out(n, share, count):
    whole = line(n=n)
    data = whole.split(share, seed=3)
    assert len(data.held_out.y) == count and len(data.y) == n - count
    both = np.concatenate([data.x, data.held_out.x])[:, 0]
    np.testing.assert_array_equal(np.sort(both), whole.x[:, 0])
    assert np.all(np.diff(data.x[:, 0]) > 0)  # the order stays
    assert data.truth is whole.truth and data.held_out.held_out is None


def test_the_split_depends_on_the_seed_alone():
    one, same, other = (moons(n=60).split(0.3, seed=k) for k in (1, 1, 2))
    np.testing.assert_array_equal(one.held_out.x, same.held_out.x)
    assert not np.array_equal(one.held_out.x, other.held_out.x)


def test_each_class_has_its_share():
    held = iris().split(0.2, seed=5).held_out
    assert np.bincount(held.y.astype(int)).tolist() == [10, 10, 10]
    labels = np.array([0] * 90 + [1] * 10)
    rare = Data(np.arange(100.0), labels, classes=("often", "rare")).split(0.3, seed=1)
    assert np.bincount(rare.held_out.y.astype(int)).tolist() == [27, 3]


@pytest.mark.parametrize("share", [0, 1, -0.5, np.nan, "0.2"])
def test_a_share_that_is_none(share):
    with pytest.raises(BadInput, match=r"^held_out must lie between 0 and 1, both left out, got "):
        line().split(share)


def test_a_fit_knows_the_loss_of_the_rows_it_never_saw():
    # y = 2 x + 1 exactly; w = 2 and b = 0 are wrong by 1 on every row
    fit = Fit(line(slope=2, intercept=1, noise=0, n=20).split(0.25))
    assert len(fit.data.y) == 15 and float(fit.held_out_value(np.array([2.0, 0.0]))) == pytest.approx(1.0)
    assert fit.held_out_value(np.array([[2.0, 2.0], [0.0, 1.0]])).round(12).tolist() == [1.0, 0.0]
    with pytest.raises(BadInput) as fault:
        Fit(line()).held_out_value(np.zeros(2))
    assert str(fault.value) == "no rows are held out: give held_out, the share of them"


def test_a_line_is_not_fitted_to_three_classes():
    with pytest.raises(BadInput) as fault:
        Fit(iris())
    assert str(fault.value) == "'species' holds 3 classes; a model without `layers` is fitted to numbers"
    assert Fit(moons()).parameter_names == ("w1", "w2", "b")


# --- networks on tables ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outputs", "loss", "last"),
    [(1, "mse", "sigmoid"), (1, "binary_crossentropy", "sigmoid"), (2, "mse", "linear"),
     (2, "categorical_crossentropy", "softmax"), (2, "sparse_categorical_crossentropy", "softmax")],
)  # fmt: skip
def test_labels_become_what_the_loss_asks_for(outputs, loss, last):
    data = moons(n=200).split(0.25, seed=1)
    problem = training(data, [Dense(outputs, last)], loss=loss)
    expected = data.y[:, np.newaxis] if outputs == 1 else data.one_hot
    np.testing.assert_array_equal(problem.targets, expected)
    X, targets = problem.held_out
    assert X.shape == (50, 2) and targets.shape == (50, outputs)
    assert (problem.x_names, problem.class_names, problem.name) == (("x1", "x2"), ("0", "1"), "moons")
    run = minimize(problem, GD(0.5), steps=200)
    assert problem.accuracy(run.path[-1]) > 0.8 and problem.held_out_accuracy(run.path[-1]) > 0.7


def test_another_loss_or_network_takes_its_targets_anew():
    first = training(iris().split(0.2), [Dense(3, "softmax")], loss="sparse_categorical_crossentropy")
    batches = replaced(first, batch_size=7)
    np.testing.assert_array_equal(batches.held_out[1], first.held_out[1])
    hot = replaced(first, loss="mse")
    np.testing.assert_array_equal(hot.targets, first.targets)
    np.testing.assert_array_equal(hot.start, first.start)
    other = replaced(first, network=rebuilt(first.network, [Dense(5, "relu"), Dense(3, "softmax")]), start=())
    assert other.network.widths == (2, 5, 3)
    np.testing.assert_array_equal(other.start, other.network.initial(0))


def test_weights_seed_draws_the_start():
    problem = training(moons(), [Dense(2, "softmax")], loss="categorical_crossentropy", weights_seed=7)
    np.testing.assert_array_equal(problem.start, problem.network.initial(7))


@pytest.mark.parametrize(
    ("data", "outputs", "loss", "sentence"),
    [
        (iris, 2, "mse", "'species' has 3 classes, so the last layer needs 3 units; it has 2"),
        (iris, 1, "mse", "'species' has 3 classes, so the last layer needs 3 units; it has 1"),
        (moons, 3, "mse", "'class' has 2 classes, so the last layer needs 2 units, or one alone; it has 3"),
        (moons, 1, "sparse_categorical_crossentropy",
         "sparse_categorical_crossentropy needs an output for each class, the network has 1"),
        (line, 2, "mse", "mse: y must be (n, 2), one column an output, got shape (50,)"),
    ],
)  # fmt: skip
def test_a_last_layer_that_does_not_fit_the_classes(data, outputs, loss, sentence):
    with pytest.raises(BadInput) as fault:
        training(data(), [Dense(outputs)], loss=loss)
    assert str(fault.value) == sentence
