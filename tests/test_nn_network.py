"""What a network promises: it changes nothing, remembers nothing, and says clearly what cannot be."""

import copy
import math
import warnings

import numpy as np
import pytest

from optiviz._lib.errors import BadInput
from optiviz.nn import (
    ACTIVATIONS,
    INITIALIZERS,
    LAYERS,
    LOSSES,
    BatchNormalization,
    Dense,
    Network,
    PReLU,
    activation,
    initializer,
    layer,
)

X = np.random.default_rng(0).normal(size=(6, 2))
Y = np.array([0, 1, 2, 1, 0, 2])
NETWORK = Network([Dense(4, "relu"), BatchNormalization(), PReLU(), Dense(3, "softmax")], inputs=2)


def frozen(*arrays):
    for array in arrays:
        array.setflags(write=False)
    return arrays


@pytest.mark.parametrize("shape", ["(P,)", "(P, N)"])
def test_nothing_is_changed_and_nothing_is_kept(shape):
    theta = NETWORK.initial(1) if shape == "(P,)" else np.stack([NETWORK.initial(k) for k in range(3)], 1)
    theta, data, labels = frozen(theta, X.copy(), Y.copy())
    statistics = NETWORK.statistics(theta, data)
    frozen(*statistics.values())
    before = copy.deepcopy(vars(NETWORK) | {"parameters": None, "plan": None})
    first = NETWORK.value_and_gradient(theta, data, labels, "sparse_categorical_crossentropy")
    NETWORK.predict(theta, data, statistics)
    NETWORK.forward(theta, data)
    NETWORK.value(np.ones_like(theta), 2 * data, labels, "sparse_categorical_crossentropy")
    again = NETWORK.value_and_gradient(theta, data, labels, "sparse_categorical_crossentropy")
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    assert repr(before) == repr(vars(NETWORK) | {"parameters": None, "plan": None})
    with pytest.raises(AttributeError):
        NETWORK.inputs = 3


def test_running_statistics_are_passed_and_not_kept():
    old = NETWORK.initial_statistics()
    frozen(*old.values())
    new = NETWORK.moving_statistics(old, NETWORK.initial(), X)
    now = NETWORK.statistics(NETWORK.initial(), X)
    for name, start in (("mean", 0.0), ("variance", 1.0)):
        key = f"batch_normalization/{name}"
        np.testing.assert_allclose(new[key], 0.99 * start + 0.01 * now[key], rtol=1e-14)


def test_a_diverging_network_warns_nobody():
    network = Network([Dense(3, "gcu"), Dense(1)], inputs=2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        value, gradient = network.value_and_gradient(np.full(network.size, 1e200), X, Y, "mse")
    assert not np.isfinite(value) and gradient.shape == (network.size,)


def test_names_places_and_size():
    network = Network([Dense(4), Dense(3, name="mine"), Dense(2, use_bias=False)], inputs=2)
    assert network.names == ("dense", "mine", "dense_1")
    assert {name: place.shape for name, place in network.parameters.items()} == {
        "dense/kernel": (2, 4),
        "dense/bias": (4,),
        "mine/kernel": (4, 3),
        "mine/bias": (3,),
        "dense_1/kernel": (3, 2),
    }
    assert network.size == 33 and network.widths == (2, 4, 3, 2) and network.outputs == 2
    theta = np.arange(33.0)
    np.testing.assert_array_equal(network.pack(network.unpack(theta)), theta)


def test_layers_as_tables_are_layers():
    tables = [{"kind": "dense", "units": 4, "activation": "relu"}, {"kind": "batch_normalization"}, "prelu"]
    assert Network(tables, 2) == Network([Dense(4, "relu"), BatchNormalization(), PReLU()], 2)


def test_the_indices_are_read_only():
    for index in (ACTIVATIONS, INITIALIZERS, LAYERS, LOSSES):
        with pytest.raises(TypeError):
            index["new"] = None


# --- initializers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", INITIALIZERS)
def test_an_initializer_draws_by_its_generator_alone(name):
    drawn = [initializer(name)(np.random.default_rng(3), (4, 5)) for _ in range(2)]
    np.testing.assert_array_equal(*drawn)
    assert drawn[0].shape == (4, 5) and drawn[0].dtype == np.float64 and np.isfinite(drawn[0]).all()


@pytest.mark.parametrize(
    ("name", "std", "limit"),
    [
        ("glorot_uniform", math.sqrt(2 / 500), math.sqrt(6 / 500)),
        ("he_uniform", math.sqrt(2 / 200), math.sqrt(6 / 200)),
        ("lecun_uniform", math.sqrt(1 / 200), math.sqrt(3 / 200)),
        ("glorot_normal", math.sqrt(2 / 500), 2 * math.sqrt(2 / 500) / 0.87962566103423978),
        ("he_normal", math.sqrt(2 / 200), 2 * math.sqrt(2 / 200) / 0.87962566103423978),
        ("lecun_normal", math.sqrt(1 / 200), 2 * math.sqrt(1 / 200) / 0.87962566103423978),
        ("random_uniform", 0.05 / math.sqrt(3), 0.05),
        ("random_normal", 0.05, math.inf),
    ],
)
def test_an_initializer_has_keras_spread(name, std, limit):
    drawn = initializer(name)(np.random.default_rng(0), (200, 300))
    assert abs(drawn.mean()) < 5 * std / math.sqrt(drawn.size)
    assert drawn.std() == pytest.approx(std, rel=0.02)
    assert np.abs(drawn).max() <= limit
    if limit < math.inf:
        assert np.abs(drawn).max() > 0.99 * limit


def test_a_signal_stays_healthy_with_he_and_dies_or_saturates_without():
    rng = np.random.default_rng(1)
    inputs = rng.normal(size=(200, 500))

    def spread(start, function):
        network = Network([Dense(100, function, kernel_initializer=start)] * 6, inputs=500)
        return float(network.forward(network.initial(), inputs)["dense_5"].a.std())

    assert 0.3 < spread("he_normal", "relu") < 3
    assert spread({"kind": "random_normal", "stddev": 0.01}, "tanh") < 1e-4  # vanished
    assert spread({"kind": "random_normal", "stddev": 1.0}, "tanh") > 0.9  # all at -1 or 1
    assert spread("zeros", "tanh") == 0.0


def test_zero_weights_learn_nothing_but_the_last_bias():
    network = Network([Dense(5, "relu", kernel_initializer="zeros")] * 3 + [Dense(1, None)], inputs=2)
    theta = network.initial()
    theta[network.parameters["dense_3/kernel"].at] = 0.0
    slopes = network.unpack(network.value_and_gradient(theta, X, Y.astype(float), "mse")[1])
    assert {name for name, slope in slopes.items() if slope.any()} == {"dense_3/bias"}


# --- what cannot be --------------------------------------------------------------------------------------

ONE, THREE = Network([Dense(1)], 2), Network([Dense(3)], 2)
WRONG = {
    "no layers": (lambda: Network([], 2), "a network needs at least one layer"),
    "inputs": (lambda: Network([Dense(1)], 0), "inputs must be a whole number from 1, got 0"),
    "two of one name": (
        lambda: Network([Dense(1, name="a"), Dense(1, name="a")], 1),
        "two layers are named 'a'",
    ),
    "too large": (
        lambda: Network([Dense(20_000), Dense(20_000)], 2),
        "a network may have 134,217,728 weights, this one would have 400,080,000",
    ),
    "units": (lambda: Dense(0), "Dense: units must be at least 1 and at most 100000, got 0"),
    "units as text": (lambda: Dense("4"), "Dense: units must be a whole number, got '4'"),
    "layer": (lambda: Network(["dens"], 2), "unknown layer 'dens' - did you mean 'dense'?"),
    "no units": (lambda: layer("dense"), "layer dense: setting 'units' is missing"),
    "setting": (
        lambda: layer({"kind": "dense", "units": 3, "activaton": "relu"}),
        "layer dense: unknown setting 'activaton' - did you mean 'activation'?",
    ),
    "activation": (lambda: Dense(1, "rellu"), "unknown activation 'rellu' - did you mean 'relu'?"),
    "activation's setting": (
        lambda: activation({"kind": "elu", "alpha": "x"}),
        "activation elu: alpha must be at least -1e+06 and at most 1e+06, got 'x'",
    ),
    "prelu": (
        lambda: Dense(1, "prelu"),
        "activation 'prelu' has weights to train: put the layer PReLU() after this one",
    ),
    "initializer": (
        lambda: Dense(1, kernel_initializer="he_norml"),
        "unknown initializer 'he_norml' - did you mean 'he_normal'?",
    ),
    "negative spread": (
        lambda: initializer({"kind": "random_normal", "stddev": -1}),
        "initializer random_normal: stddev must be at least 0 and at most 1e+06, got -1",
    ),
    "limits": (
        lambda: initializer({"kind": "random_uniform", "minval": 1, "maxval": 0}),
        "RandomUniform: maxval 0 is below minval 1",
    ),
    "momentum": (
        lambda: BatchNormalization(momentum=2.0),
        "BatchNormalization: momentum must be at least 0 and at most 1, got 2.0",
    ),
    "loss": (lambda: ONE.value(np.zeros(3), X, Y, "msee"), "unknown loss 'msee' - did you mean 'mse'?"),
    "theta": (lambda: ONE.predict(np.zeros(4), X), "theta must be (3,) or (3, N), got shape (4,)"),
    "columns of X": (
        lambda: ONE.predict(np.zeros(3), X[:, :1]),
        "X must be (n, 2), one column an input, got shape (6, 1)",
    ),
    "no rows": (
        lambda: ONE.predict(np.zeros(3), X[:0]),
        "X must be (n, 2), one column an input, got shape (0, 2)",
    ),
    "X as text": (
        lambda: ONE.predict(np.zeros(3), [["a", "b"]]),
        "X must be numbers, in rows of one length",
    ),
    "NaN in X": (
        lambda: ONE.value(np.zeros(3), [[1.0, 2.0], [3.0, np.nan]], [0, 1], "mse"),
        "X must be finite numbers, got [3.0, nan] in row 1",
    ),
    "NaN in y": (
        lambda: ONE.value(np.zeros(3), [[1.0, 2.0], [3.0, 4.0]], [np.inf, 1], "mse"),
        "y must be finite numbers, got inf in row 0",
    ),
    "rows of y": (
        lambda: ONE.value(np.zeros(3), X, Y[:5], "mse"),
        "X has 6 rows and y has shape (5,): one target a row is needed",
    ),
    "columns of y": (
        lambda: THREE.value(np.zeros(9), X, Y, "mse"),
        "mse: y must be (n, 3), one column an output, got shape (6,)",
    ),
    "probabilities": (
        lambda: ONE.value(np.zeros(3), X, Y, "binary_crossentropy"),
        "binary_crossentropy: y must lie between 0 and 1, got [2.0] in row 2",
    ),
    "labels": (
        lambda: THREE.value(np.zeros(9), X, Y + 1, "sparse_categorical_crossentropy"),
        "sparse_categorical_crossentropy: y must be class numbers from 0 to 2, got 3.0 in row 2",
    ),
    "one-hot for sparse": (
        lambda: THREE.value(np.zeros(9), X, np.eye(3)[Y], "sparse_categorical_crossentropy"),
        "sparse_categorical_crossentropy: y must be class numbers (n,), got shape (6, 3); "
        "for one-hot rows use categorical_crossentropy",
    ),
    "labels for one-hot": (
        lambda: THREE.value(np.zeros(9), X, Y, "categorical_crossentropy"),
        "categorical_crossentropy: y must be one-hot rows (n, 3), got shape (6,); "
        "for class numbers use sparse_categorical_crossentropy",
    ),
    "shares": (
        lambda: THREE.value(np.zeros(9), X[:1], [[0.5, 0.6, 0.0]], "categorical_crossentropy"),
        "categorical_crossentropy: each row of y must be shares of 1, one a class, "
        "got [0.5, 0.6, 0.0] in row 0",
    ),
    "one output": (
        lambda: ONE.value(np.zeros(3), X, Y, "sparse_categorical_crossentropy"),
        "sparse_categorical_crossentropy needs an output for each class, the network has 1",
    ),
    "statistics": (
        lambda: NETWORK.predict(NETWORK.initial(), X),
        "predict needs the statistics of the batch normalisation: those of the data it was trained on, "
        "network.statistics(theta, X), or running ones",
    ),
    "no statistics": (
        lambda: NETWORK.predict(NETWORK.initial(), X, {}),
        "statistics need 'batch_normalization/mean', they have nothing",
    ),
    "weights": (
        lambda: ONE.pack({"dense/kernel": [[1], [2]]}),
        "weights must be dense/kernel, dense/bias, got dense/kernel",
    ),
    "shape of a weight": (
        lambda: ONE.pack({"dense/kernel": [1, 2], "dense/bias": [0]}),
        "dense/kernel must have shape (2, 1), got (2,)",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_one_clear_sentence(what):
    attempt, sentence = WRONG[what]
    with pytest.raises(BadInput) as caught:
        attempt()
    assert str(caught.value) == sentence
