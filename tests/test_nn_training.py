"""A network as an objective, its Keras-like face, and what the lecture claims of perceptrons and XOR."""

import numpy as np
import pytest

from optiviz._lib.errors import BadInput
from optiviz.interop.sequential import Sequential
from optiviz.nn import BatchNormalization, Dense, Network
from optiviz.objectives.base import replaced
from optiviz.objectives.data import Data
from optiviz.objectives.fit import Fit
from optiviz.objectives.training import Training
from optiviz.optimizers import GD, Adam
from optiviz.runs.minimize import compare, minimize

XOR, DIFFER = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 1, 0])
LINE = Network([Dense(1)], inputs=1)


def two_blobs(n=60, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    return rng.normal(size=(n, 2)) + 3.0 * np.column_stack([labels, labels]), labels


def test_a_dense_layer_alone_is_the_fit_of_a_line():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=20), rng.normal(size=20)
    for loss in ("mse", "mae"):
        fit = Fit(Data(x, y), loss=loss, batch_size=6)
        training = Training(LINE, x[:, np.newaxis], y, loss, batch_size=6, start=fit.start)
        ours, theirs = (minimize(problem, GD(0.05), steps=30, seed=4) for problem in (training, fit))
        np.testing.assert_allclose(ours.path, theirs.path, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(ours.losses, theirs.losses, rtol=1e-12)


@pytest.mark.parametrize("size", [None, 1, 3, 7, 10])
def test_batches_are_those_of_a_fit(size):
    x = np.arange(10.0)
    fit = Fit(Data(x, x), batch_size=size)
    training = Training(LINE, x[:, np.newaxis], x, batch_size=size)
    assert training.steps_per_epoch == fit.steps_per_epoch
    ours, theirs = (problem.batches(np.random.default_rng(5)) for problem in (training, fit))
    for _ in range(25):
        np.testing.assert_array_equal(next(ours), next(theirs))


def test_the_loss_recorded_is_exact_or_that_of_the_batch():
    X, y = two_blobs()
    exact = Training(Network([Dense(3, "tanh"), Dense(1)], 2), X, y, batch_size=7)
    cheap = replaced(exact, losses="batch")
    theta, rows = exact.start, np.arange(7)
    np.testing.assert_array_equal(exact.gradient(theta, rows), cheap.gradient(theta, rows))
    assert exact.value_and_gradient(theta, rows)[0] == exact.value(theta) == cheap.value(theta)
    seen = exact.network.value(theta, X[:7], y[:7], "mse")
    assert cheap.value_and_gradient(theta, rows)[0] == pytest.approx(float(seen), rel=1e-14)
    assert cheap.value_and_gradient(theta)[0] == pytest.approx(float(exact.value(theta)), rel=1e-14)
    a, b = (minimize(problem, GD(0.01), steps=9) for problem in (exact, cheap))
    np.testing.assert_array_equal(a.path, b.path)


def test_many_runs_at_once_are_runs_in_turn():
    X, y = two_blobs(20)
    training = Training(Network([Dense(3, "tanh"), Dense(1, "sigmoid")], 2), X, y, "binary_crossentropy", 6)
    starts = np.stack([training.network.initial(k) for k in range(4)], axis=1)
    together = minimize(training, Adam(0.05), steps=15, start=starts)
    for k, start in enumerate(starts.T):
        alone = minimize(training, Adam(0.05), steps=15, start=start)
        np.testing.assert_allclose(together.path[..., k], alone.path, rtol=1e-10, atol=1e-12)
    assert training.accuracy(together.path[-1]).shape == (4,)
    assert training.accuracy(together.path[-1])[2] == training.accuracy(together.path[-1][:, 2])


def test_nothing_is_kept_or_changed():
    X, y = two_blobs(10)
    training = Training(Network([Dense(2, "relu"), BatchNormalization(), Dense(1)], 2), X, y, held_out=(X, y))
    before = dict(vars(training))
    theta = training.start.copy()
    training.value_and_gradient(theta), training.predict(theta), training.accuracy(theta)
    training.held_out_value(theta), training.statistics(theta)
    assert all(vars(training)[name] is value for name, value in before.items())
    assert set(vars(training)) == set(before)
    np.testing.assert_array_equal(theta, training.start)
    X[0] = 99.0
    assert training.X[0, 0] != 99.0 and not training.X.flags.writeable


def test_accuracy():
    X = np.array([[-1.0], [1.0], [2.0]])
    theta = np.array([1.0, 0.0])  # output = x
    assert Training(LINE, X, [0, 1, 1]).accuracy(theta) == 1.0
    assert Training(LINE, X, [0, 0, 1]).accuracy(theta) == pytest.approx(2 / 3)
    assert Training(LINE, X, [-1, 1, -1]).accuracy(theta) == pytest.approx(2 / 3)  # the middle is 0
    scores = {"kind": "binary_crossentropy", "from_logits": True}
    assert Training(LINE, X / 10, [0, 1, 1], scores).accuracy(theta) == 1.0  # the middle is score 0
    three = Network([Dense(3, "softmax")], 1)
    theta = np.array([-1.0, 0.0, 1.0, 0.0, 0.5, 0.0])  # scores -x, 0.5, x
    for y, loss in (([0, 2, 1], "sparse_categorical_crossentropy"), (np.eye(3)[[0, 2, 1]], "mse")):
        assert Training(three, X, y, loss).accuracy(theta) == pytest.approx(2 / 3)
    held = Training(LINE, X, [0, 1, 1], held_out=(X[:2], [1, 0]))
    assert held.held_out_accuracy(np.array([1.0, 0.0])) == 0.0
    assert held.held_out_value(np.array([1.0, 0.0])) == pytest.approx((4 + 1) / 2)


def test_held_out_rows_are_normalised_by_the_training_rows():
    X, y = two_blobs(12)
    network = Network([BatchNormalization(), Dense(1, "sigmoid")], 2)
    training = Training(network, X, y, "binary_crossentropy", held_out=(X[:3], y[:3]))
    theta = training.start
    p = network.predict(theta, X[:3], network.statistics(theta, X))[:, 0]
    expected = -np.mean(y[:3] * np.log(p) + (1 - y[:3]) * np.log(1 - p))
    assert training.held_out_value(theta) == pytest.approx(expected, rel=1e-12)


# --- what the lecture claims -----------------------------------------------------------------------------


def test_the_perceptron_separates_two_blobs_sample_by_sample():
    X, y = two_blobs()
    for activation in ("step", "sigmoid"):
        start = {"kind": "random_normal", "stddev": 1.0}
        network = Network([Dense(1, activation, kernel_initializer=start)], 2)
        training = Training(network, X, y, batch_size=1)
        run = minimize(training, GD(0.1), steps=20 * training.steps_per_epoch)
        assert training.accuracy(run.path[-1]) > 0.95
        assert run.losses[-1] < run.losses[0]


def test_the_step_follows_the_perceptron_rule():
    # a wrong 1: w = w - 2 rate x, b = b - 2 rate; a right answer moves nothing
    network = Network([Dense(1, "step")], 2)
    theta = np.array([1.0, -1.0, 0.5])
    wrong = network.value_and_gradient(theta, np.array([[3.0, 2.0]]), [0.0], "mse")
    right = network.value_and_gradient(theta, np.array([[3.0, 2.0]]), [1.0], "mse")
    assert float(wrong[0]) == 1.0 and wrong[1].tolist() == [6.0, 4.0, 2.0]
    assert float(right[0]) == 0.0 and not right[1].any()


def test_the_sigmoid_perceptron_has_the_lecture_gradient():
    # 2 (yhat - y) s (1 - s) x, with its parentheses
    network, theta, x = Network([Dense(1, "sigmoid")], 2), np.array([0.3, -0.2, 0.1]), np.array([[2.0, -1.0]])
    s = 1 / (1 + np.exp(-(0.3 * 2 + 0.2 + 0.1)))
    expected = 2 * (s - 1) * s * (1 - s) * np.array([2.0, -1.0, 1.0])
    np.testing.assert_allclose(network.value_and_gradient(theta, x, [1.0], "mse")[1], expected, rtol=1e-13)


def test_xor_is_beyond_one_neuron_and_not_beyond_two_layers_or_one_that_swings():
    settings = {"loss": "mse", "epochs": 400}
    line = Sequential([Dense(1, "sigmoid")])
    layers = Sequential([Dense(4, "tanh"), Dense(1, "sigmoid")])
    swing = Sequential([Dense(1, "gcu")])
    accuracy = lambda model, run: model.training(XOR, DIFFER).accuracy(run.path[-1])
    assert accuracy(line, line.fit(XOR, DIFFER, Adam(0.1), **settings)) <= 0.75
    assert accuracy(layers, layers.fit(XOR, DIFFER, Adam(0.1), **settings)) == 1.0
    solved = [accuracy(swing, swing.fit(XOR, DIFFER, Adam(0.05), seed=seed, **settings)) for seed in range(5)]
    assert max(solved) == 1.0


# --- the face --------------------------------------------------------------------------------------------


def test_fit_is_minimize_on_the_training():
    X, y = two_blobs(20)
    model = Sequential([{"kind": "dense", "units": 3, "activation": "relu"}, Dense(1)])
    run = model.fit(X, y, Adam(0.01), epochs=3, batch_size=8, seed=2)
    training = model.training(X, y, batch_size=8, seed=2)
    same = compare(training, {"Adam": Adam(0.01)}, steps=9, seed=2).trajectories["Adam"]
    np.testing.assert_array_equal(run.path, same.path)
    np.testing.assert_array_equal(model.predict(run, X), training.predict(run.path[-1]))
    thin = model.fit(X, y, Adam(0.01), epochs=3, batch_size=8, seed=2, every=0, memory=False)
    np.testing.assert_array_equal(thin.path, run.path[[0, -1]])


def test_a_model_is_frozen():
    model = Sequential([Dense(1)])
    with pytest.raises(AttributeError):
        model.inputs = 2
    model.fit([[0.0], [1.0]], [1.0, 2.0], "adam")
    assert vars(model) == {"layers": (Dense(1),), "inputs": None}


WRONG = {
    "batch": (
        lambda: Training(LINE, [[1], [2]], [1, 2], batch_size=3),
        "batch_size 3 is larger than the data's 2 rows",
    ),
    "batch of 0": (
        lambda: Training(LINE, [[1], [2]], [1, 2], batch_size=0),
        "batch_size must be a whole number from 1, got 0",
    ),
    "one class": (
        lambda: Training(Network([Dense(1, "sigmoid")], 1), [[1], [2]], [1, 1], "binary_crossentropy"),
        "y is 1 in every row: there is one class only, and two are needed to tell apart",
    ),
    "one class of three": (
        lambda: Training(Network([Dense(3)], 1), [[1], [2]], [2, 2], "sparse_categorical_crossentropy"),
        "y is class 2 in every row: there is one class only, and two are needed to tell apart",
    ),
    "one class in two outputs": (
        lambda: Training(Network([Dense(2)], 1), [[1], [2]], [[1, 0], [1, 0]], "binary_crossentropy"),
        "y is [1.0, 0.0] in every row: there is one class only, and two are needed to tell apart",
    ),
    "huge": (lambda: Training(LINE, [[1e101]], [1]), "X and y must be smaller than 1e+100"),
    "start": (lambda: Training(LINE, [[1]], [1], start=[1.0]), "start must be 2 finite numbers, got [1.0]"),
    "losses": (
        lambda: Training(LINE, [[1]], [1], losses="exct"),
        "losses must be exact or batch, got 'exct' - did you mean 'exact'?",
    ),
    "held out": (
        lambda: Training(LINE, [[1]], [1], held_out=([[1, 2]], [1])),
        "held out: X must be (n, 1), one column an input, got shape (1, 2)",
    ),
    "held out alone": (
        lambda: Training(LINE, [[1]], [1], held_out=[1]),
        "held_out must be two tables, X and y",
    ),
    "nothing held out": (
        lambda: Training(LINE, [[1]], [1]).held_out_value(np.zeros(2)),
        "no rows are held out: give held_out=(X, y)",
    ),
    "accuracy of numbers": (
        lambda: Training(LINE, [[1], [2], [3]], [1, 2, 3]).accuracy(np.zeros(2)),
        "accuracy needs classes, but y has 3 different values",
    ),
    "accuracy of columns": (
        lambda: Training(Network([Dense(2)], 1), [[1]], [[1, 2]]).accuracy(np.zeros(4)),
        "accuracy needs classes: with several outputs, y must be one-hot",
    ),
    "layers": (lambda: Sequential(3), "Sequential needs a list of layers, got 3"),
    "summary": (
        lambda: Sequential([Dense(1)]).summary(),
        "the number of inputs is not known yet: Sequential([...], inputs=2)",
    ),
    "inputs": (
        lambda: Sequential([Dense(1)], inputs=2).fit([[1.0]], [1.0], "adam"),
        "X has 1 columns, the network takes 2 inputs",
    ),
    "X": (
        lambda: Sequential([Dense(1)]).fit([1.0], [1.0], "adam"),
        "X must be a table (n, d), one row an example, got shape (1,)",
    ),
    "optimizer": (
        lambda: Sequential([Dense(1)]).fit([[1.0]], [1.0], "adm"),
        "unknown optimizer 'adm' - did you mean 'adam'?",
    ),
    "epochs": (
        lambda: Sequential([Dense(1)]).fit([[1.0]], [1.0], "adam", epochs=0),
        "epochs must be a whole number from 1, got 0",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_one_clear_sentence(what):
    attempt, sentence = WRONG[what]
    with pytest.raises(BadInput) as caught:
        attempt()
    assert str(caught.value) == sentence
