"""Every slope against differences of values, and N networks side by side against N in turn."""

import numpy as np
import pytest

from optiviz.nn import ACTIVATIONS, LOSSES, Network, activation, loss

STEEP = ("step",)  # its way back is the delta rule, not its derivative
LAST = {"binary_crossentropy": "sigmoid", "categorical_crossentropy": "softmax"}
LAST["sparse_categorical_crossentropy"] = "softmax"
POSITIVE = ("kl_divergence", "poisson", "msle")  # of positive predictions

ACTIVATIONS_HERE = [name for name in ACTIVATIONS if name not in STEEP]
ACTIVATIONS_HERE += [
    {"kind": "leaky_relu", "negative_slope": -0.3},
    {"kind": "elu", "alpha": 0.7},
    {"kind": "gelu", "approximate": True},
]
LOSSES_HERE = [
    *LOSSES,
    {"kind": "huber", "delta": 0.3},
    *({"kind": name, "from_logits": True} for name in LAST),
    *({"kind": name, "joined": False} for name in LAST),
    {"kind": "binary_crossentropy", "clamp_log": True},
    {"kind": "mse", "reduction": "sum"},
    {"kind": "categorical_crossentropy", "reduction": "sum"},
    {"kind": "categorical_crossentropy", "label_smoothing": 0.3},
    {"kind": "binary_crossentropy", "label_smoothing": 0.3},
]
NETWORKS = {
    "dense": [{"kind": "dense", "units": 5, "activation": "tanh"}, {"kind": "dense", "units": 3}],
    "no bias": [{"kind": "dense", "units": 3, "use_bias": False}],
    "prelu": [{"kind": "dense", "units": 5}, {"kind": "prelu"}, {"kind": "dense", "units": 3}],
    "prelu shared": [{"kind": "prelu", "shared": True}, {"kind": "dense", "units": 3}],
    "layer norm": [
        {"kind": "dense", "units": 5},
        {"kind": "layer_normalization"},
        {"kind": "dense", "units": 3},
    ],
    "residual": [{"kind": "residual", "units": 5, "activation": "tanh"}, {"kind": "dense", "units": 3}],
    "l1 and l2": [
        {"kind": "dense", "units": 3, "kernel_regularizer": {"kind": "l1_l2", "l1": 0.1, "l2": 0.2}}
    ],
    "activation": [{"kind": "activation", "activation": "tanh"}, {"kind": "dense", "units": 3}],
    "normalized": [{"kind": "batch_normalization"}, {"kind": "dense", "units": 3}],
    "normalized within": [
        {"kind": "dense", "units": 5, "activation": "softplus"},
        {"kind": "batch_normalization", "epsilon": 1e-5, "scale": False},
        {"kind": "dense", "units": 3},
        {"kind": "batch_normalization", "center": False},
    ],
}


def targets(name, n, k, rng):
    if name == "binary_crossentropy":
        return rng.integers(0, 2, (n, k)).astype(float)
    if name == "categorical_crossentropy":
        return rng.dirichlet(np.ones(k), n)
    if name == "sparse_categorical_crossentropy":
        return rng.integers(0, k, n)
    if name in ("hinge", "poisson"):
        return rng.integers(0, 2, (n, k)).astype(float)
    if name in POSITIVE:
        return rng.uniform(0.1, 0.9, (n, k))
    return rng.normal(size=(n, k))


def central(f, theta, h=1e-6):
    """(f(theta + h e) - f(theta - h e)) / 2h for each coordinate e."""
    steps = h * np.eye(len(theta))
    return np.array([(f(theta + e) - f(theta - e)) / (2 * h) for e in steps])


def by_complex_step(f, theta, h=1e-30):
    """Im f(theta + i h e) / h: no difference is taken, so nothing is lost, where f is analytic."""
    steps = 1j * h * np.eye(len(theta))
    return np.array([f(theta + e).imag / h for e in steps])


def agree(network, theta, X, y, rule, rtol=1e-7):
    value, gradient = network.value_and_gradient(theta, X, y, rule)
    assert value == pytest.approx(network.value(theta, X, y, rule), rel=1e-14)
    f = lambda theta: network.value(theta, X, y, rule)
    np.testing.assert_allclose(gradient, central(f, theta), rtol=rtol, atol=1e-8)
    return gradient


@pytest.mark.parametrize("given", ACTIVATIONS_HERE, ids=str)
def test_the_slope_of_an_activation(given):
    z = np.random.default_rng(0).normal(scale=2, size=(3, 4))  # away from the kinks
    weight = np.random.default_rng(1).normal(size=z.shape)
    function = activation(given)
    a, back = function(z)
    slope = back(weight).ravel()
    f = lambda flat: (weight * function(flat.reshape(z.shape))[0]).sum()
    np.testing.assert_allclose(slope, central(f, z.ravel()), rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(slope, by_complex_step(f, z.ravel()), rtol=1e-13, atol=1e-14)
    np.testing.assert_array_equal(function(z)[0], a)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_stays_a_number_far_out(name):
    z = np.array([[-1e4, -800.0, -40.0, 0.0, 40.0, 800.0, 1e4]])
    a, back = activation(name)(z)
    assert np.isfinite(a).all() and np.isfinite(back(np.ones_like(z))).all()


def test_the_slopes_at_the_kinks():
    zero = np.zeros(1)
    slope = lambda given: float(activation(given)(zero)[1](np.ones(1))[0])
    assert slope("relu") == 0.0
    assert slope({"kind": "leaky_relu", "negative_slope": 0.01}) == 0.01
    assert slope({"kind": "elu", "alpha": 0.7}) == 0.7
    assert slope("step") == 1.0  # the delta rule


@pytest.mark.parametrize("given", LOSSES_HERE, ids=str)
def test_the_slope_of_a_loss(given):
    rng = np.random.default_rng(2)
    rule = loss(given)
    name = given if isinstance(given, str) else given["kind"]
    y = rule.targets(targets(name, 6, 3, rng), 3)
    p = rng.uniform(0.1, 0.9, (6, 3)) if name in {*LAST, *POSITIVE} else rng.normal(size=(6, 3))
    value, slope = rule.pull(p, y)
    f = lambda flat: rule.value(flat.reshape(p.shape), y)
    assert value == f(p.ravel())
    np.testing.assert_allclose(slope.ravel(), central(f, p.ravel()), rtol=1e-7, atol=1e-10)
    if "mae" not in name and "clamp_log" not in str(given):  # |r| is not analytic as NumPy takes it
        np.testing.assert_allclose(slope.ravel(), by_complex_step(f, p.ravel()), rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("given", LOSSES_HERE, ids=str)
def test_the_gradient_through_the_last_activation(given):
    rng = np.random.default_rng(3)
    name = given if isinstance(given, str) else given["kind"]
    scores = isinstance(given, dict) and given.get("from_logits")
    last = "linear" if scores else LAST.get(name, "softplus" if name in POSITIVE else "linear")
    network = Network([{"kind": "dense", "units": 3, "activation": last}], inputs=2)
    theta, X = rng.normal(size=network.size), rng.normal(size=(7, 2))
    agree(network, theta, X, targets(name, 7, 3, rng), given)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_gradient_of_a_network(name):
    rng = np.random.default_rng(4)
    network = Network(NETWORKS[name], inputs=2)
    theta, X, y = rng.normal(size=network.size), rng.normal(size=(7, 2)), rng.normal(size=(7, 3))
    gradient = agree(network, theta, X, y, "mse")
    f = lambda theta: network.unchecked_value(theta, *network.checked(X, y, "mse"))
    np.testing.assert_allclose(gradient, by_complex_step(f, theta), rtol=1e-12, atol=1e-14)


def test_the_gradient_of_all_at_once_deep():
    rng = np.random.default_rng(5)
    hidden = [{"kind": "dense", "units": 4, "activation": a} for a in ("gcu", "silu", "elu", "selu", "gelu")]
    network = Network([*hidden, {"kind": "dense", "units": 2, "activation": "softmax"}], inputs=2)
    theta, X = 0.5 * rng.normal(size=network.size), rng.normal(size=(5, 2))
    agree(network, theta, X, [0, 1, 1, 0, 1], "sparse_categorical_crossentropy", rtol=1e-6)


# --- many networks at once -----------------------------------------------------------------------------


@pytest.mark.parametrize("order", "CF")
@pytest.mark.parametrize("name", NETWORKS)
def test_networks_side_by_side_are_networks_in_turn(name, order):
    rng = np.random.default_rng(6)
    network = Network(NETWORKS[name], inputs=2)
    X, y = rng.normal(size=(7, 2)), rng.normal(size=(7, 3))
    thetas = np.asarray(rng.normal(size=(network.size, 5)), order=order)
    values, gradients = network.value_and_gradient(thetas, X, y, "mse")
    assert values.shape == (5,) and gradients.shape == thetas.shape
    assert gradients.flags.f_contiguous == thetas.flags.f_contiguous
    together = network.statistics(thetas, X)
    signals, p = network.forward(thetas, X), network.predict(thetas, X, together)
    for k, theta in enumerate(thetas.T):
        value, gradient = network.value_and_gradient(theta, X, y, "mse")
        np.testing.assert_allclose(values[k], value, rtol=1e-13)
        np.testing.assert_allclose(gradients[:, k], gradient, rtol=1e-12, atol=1e-14)
        for layer, own in network.forward(theta, X).items():
            np.testing.assert_allclose(signals[layer].z[..., k], own.z, rtol=1e-12, atol=1e-14)
            np.testing.assert_allclose(signals[layer].a[..., k], own.a, rtol=1e-12, atol=1e-14)
        statistics = network.statistics(theta, X)
        for key, statistic in statistics.items():
            np.testing.assert_allclose(together[key][..., k], statistic, rtol=1e-13)
        np.testing.assert_allclose(p[..., k], network.predict(theta, X, statistics), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(network.value(thetas, X, y, "mse"), values, rtol=1e-14)


def test_very_many_networks_are_cut_in_parts(monkeypatch):
    rng = np.random.default_rng(7)
    network = Network(NETWORKS["normalized within"], inputs=2)
    X, y, thetas = rng.normal(size=(7, 2)), rng.normal(size=(7, 3)), rng.normal(size=(network.size, 50))
    whole = network.value_and_gradient(thetas, X, y, "mse")
    monkeypatch.setattr("optiviz.nn.passes.CELLS", 300)
    parts = network.value_and_gradient(thetas, X, y, "mse")
    np.testing.assert_allclose(parts[0], whole[0], rtol=1e-14)
    np.testing.assert_allclose(parts[1], whole[1], rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(network.value(thetas, X, y, "mse"), whole[0], rtol=1e-14)


def test_views_share_memory_with_theta():
    network = Network(NETWORKS["dense"], inputs=2)
    for theta in (network.initial(), np.asfortranarray(np.stack([network.initial(k) for k in range(3)], 1))):
        for weight in network.unpack(theta).values():
            assert np.shares_memory(weight, theta)
    assert network.unpack(theta)["dense/kernel"].shape == (2, 5, 3)


def test_statistics_of_the_whole_data_give_the_training_outputs():
    rng = np.random.default_rng(8)
    network = Network(NETWORKS["normalized within"], inputs=2)
    theta, X = rng.normal(size=network.size), rng.normal(size=(9, 2))
    inferred = network.predict(theta, X, network.statistics(theta, X))
    trained = network.forward(theta, X)["batch_normalization_1"].a
    np.testing.assert_allclose(inferred, trained, rtol=1e-12, atol=1e-13)
    y = rng.normal(size=(9, 3))
    np.testing.assert_allclose(
        network.value(theta, X, y, "mse", network.statistics(theta, X)), network.value(theta, X, y, "mse")
    )
