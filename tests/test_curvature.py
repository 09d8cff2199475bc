"""Curvature: against sympy on surfaces, against differences and numpy's eigenvalues on networks."""

import numpy as np
import pytest
import sympy

import optiviz as ov
from optiviz.analysis.curvature import condition_number, lanczos, sharpness, stability_limit
from optiviz.nn import ACTIVATIONS
from optiviz.objectives.second_derivatives import by_differences, hessian, hessian_product

NAMES = {"e": sympy.E, "abs": sympy.Abs, "arctan": sympy.atan}


def rows(count, columns, seed=0):
    return np.random.default_rng(seed).standard_normal((count, columns))


def network(*layers, loss="mse", inputs=2, outputs=1, n=7, **settings):
    X, y = rows(n, inputs), rows(n, outputs, 1)
    if "crossentropy" in loss:
        y = np.arange(n) % 2
        y = np.eye(2)[y] if loss == "categorical_crossentropy" else y
    network = ov.Network(layers, inputs)
    theta = 0.5 * np.random.default_rng(2).standard_normal(network.size)
    return ov.Training(network, X, y, loss=loss, start=theta, **settings)


@pytest.mark.parametrize("name", sorted(ov.surfaces))
def test_hessians_of_surfaces_are_those_of_sympy(name):
    surface = ov.surfaces[name]
    x, y = sympy.symbols("x y", real=True)
    formula = sympy.sympify(surface.formula, locals={"x": x, "y": y, **NAMES})
    (x0, x1), (y0, y1) = surface.xlim, surface.ylim
    for u, v in ((0.137, 0.731), (0.618, 0.291)):  # away from creases
        place = np.array([x0 + u * (x1 - x0), y0 + v * (y1 - y0)])
        at = dict(zip((x, y), map(sympy.Float, place, (30, 30)), strict=True))
        with sympy.evaluate(True):
            expected = [
                [complex(sympy.diff(formula, a, b).subs(at).evalf(30)).real for a in (x, y)] for b in (x, y)
            ]
        np.testing.assert_allclose(hessian(surface, place), expected, rtol=1e-9, atol=1e-9)


def test_a_function_of_ones_own_is_differenced_to_ten_digits():
    given = ov.surface(
        lambda x, y: np.sin(x) * y * y,
        lambda x, y: (np.cos(x) * y * y, 2 * np.sin(x) * y),
        xlim=(-2, 2), ylim=(-2, 2), start=(1, 1),
    )  # fmt: skip
    x, y = 0.7, 1.3
    expected = np.array([[-np.sin(x) * y * y, 2 * np.cos(x) * y], [2 * np.cos(x) * y, 2 * np.sin(x)]])
    error = np.abs(hessian(given, np.array([x, y])) - expected).max() / np.abs(expected).max()
    assert 0 < error < 2e-10


def test_the_hessian_of_a_line_is_that_of_its_normal_equations():
    fit = ov.Fit(ov.Data([0.0, 1.0, 2.0], [1.0, 3.0, 5.0]))
    # mean of (w x + b - y)^2: 2 mean(x^2) = 10/3, 2 mean(x) = 2, 2
    np.testing.assert_allclose(hessian(fit, np.array([9.0, 9.0])), [[10 / 3, 2], [2, 2]], rtol=1e-14)
    assert (hessian(ov.Fit(fit.data, loss="mae"), np.zeros(2)) == 0).all()


SMOOTH = sorted(set(ACTIVATIONS) - {"step", "linear"})


@pytest.mark.parametrize("activation", SMOOTH)
def test_products_of_networks_are_the_differences_of_their_slopes(activation):
    training = network(ov.Dense(5, activation), ov.Dense(4, "tanh"), ov.Dense(1))
    theta, directions = training.start, rows(training.network.size, 3, 5)
    exact = hessian_product(training, theta, directions)
    near = by_differences(training, theta, directions)
    assert np.abs(exact - near).max() < 3e-9 * np.abs(exact).max()
    whole = hessian(training, theta)
    np.testing.assert_allclose(exact, whole @ directions, rtol=1e-11, atol=1e-13 * np.abs(whole).max())


def test_products_are_exact_where_a_difference_is_not():
    # one weight, one row: L = (tanh(w) - y)^2, L'' = 2 (1 - t^2)^2 - 4 (t - y) t (1 - t^2)
    training = ov.Training(ov.Network([ov.Dense(1, "tanh", use_bias=False)], 1), [[1.0]], [0.3], start=[0.8])
    t = np.tanh(0.8)
    truth = 2 * (1 - t * t) ** 2 - 4 * (t - 0.3) * t * (1 - t * t)
    assert abs(hessian(training, training.start)[0, 0] - truth) < 4e-16 * abs(truth) * 4
    assert abs(by_differences(training, training.start, np.eye(1))[0, 0] - truth) > 1e-13


@pytest.mark.parametrize(
    ("loss", "last"),
    [
        ("mse", "linear"), ("mae", "linear"), ("huber", "linear"), ("binary_crossentropy", "sigmoid"),
        ("categorical_crossentropy", "softmax"), ("sparse_categorical_crossentropy", "softmax"),
        ({"kind": "binary_crossentropy", "joined": False}, "sigmoid"),
        ({"kind": "categorical_crossentropy", "joined": False}, "softmax"),
    ],
)  # fmt: skip
def test_every_loss_and_layer(loss, last):
    name = loss if isinstance(loss, str) else loss["kind"]
    units = 2 if "categorical" in name else 1
    training = network(
        ov.Dense(4), ov.BatchNormalization(), ov.PReLU({"kind": "constant", "value": 0.3}),
        ov.Dense(units, last),
        loss=name, outputs=units,
    )  # fmt: skip
    if not isinstance(loss, str):
        training = ov.Training(training.network, training.X, training.y, loss=loss, start=training.start)
    directions = rows(training.network.size, 2, 3)
    exact, near = (f(training, training.start, directions) for f in (hessian_product, by_differences))
    assert np.abs(exact - near).max() < 1e-8 * max(np.abs(exact).max(), 1.0)


def test_an_activation_of_ones_own_is_differenced():
    def square(z):
        return z * np.abs(z), lambda g: g * 2 * np.abs(z)  # abs of a complex number would be no use

    training = network(ov.Dense(3, square), ov.Dense(1))
    v = rows(training.network.size, 1)
    np.testing.assert_array_equal(
        hessian_product(training, training.start, v), by_differences(training, training.start, v)
    )


@pytest.mark.parametrize("units", [6, 20])
def test_sharpness_is_the_largest_of_numpys_eigenvalues(units):
    training = network(ov.Dense(units, "tanh"), ov.Dense(units // 2, "tanh"), ov.Dense(1), n=30)
    values, vectors = np.linalg.eigh(hessian(training, training.start))
    assert (training.network.size > 64) == (units == 20)  # both ways are tried
    found, vector = lanczos(training, training.start)
    assert sharpness(training, training.start) == pytest.approx(values[-1], rel=1e-9)
    assert found == pytest.approx(values[-1], rel=1e-9)
    assert abs(vector @ vectors[:, -1]) == pytest.approx(1, abs=1e-6)
    again, _ = lanczos(training, training.start, vector)
    assert again == pytest.approx(values[-1], rel=1e-9)


def test_sharpness_is_exact_where_many_curvatures_are_near():
    # a linear network's loss is mean (X w + b - y)^2: its Hessian is 2/n of the products of the columns
    rng = np.random.default_rng(4)
    X = rng.standard_normal((4000, 150))
    line = ov.Training(ov.Network([{"kind": "dense", "units": 1}], inputs=150), X, rng.random(4000), "mse")
    A = np.hstack([X, np.ones((4000, 1))])
    wanted = np.linalg.eigvalsh(2 / 4000 * A.T @ A)
    assert wanted[-1] - wanted[-2] < 0.02 * wanted[-1]
    assert sharpness(line, line.start) == pytest.approx(wanted[-1], rel=1e-10)


def test_condition_and_limits_by_hand():
    assert condition_number(ov.ravine, np.zeros(2)) == pytest.approx(20, rel=1e-15)  # 2 over 1/10
    flat = ov.surface("x**2", xlim=(-1, 1), ylim=(-1, 1), start=(1, 1))
    assert condition_number(flat, np.zeros(2)) == np.inf
    assert stability_limit(ov.Clip(ov.GD(lambda t: 0.1 * (t + 1)), norm=1.0), 4) == pytest.approx(5)
    assert np.isnan(stability_limit(ov.Adam(0.1))) and stability_limit(ov.GD(0.0)) == np.inf
    assert stability_limit(ov.Momentum(0.1, 0.5, dampening=0.5)) == 60


@pytest.mark.parametrize("rule", [ov.GD, ov.Momentum, ov.NAG])
def test_limits_are_where_a_bowl_is_left(rule):
    limit = stability_limit(rule(0.1))
    for share, status in ((0.98, "finished"), (1.02, "diverged")):
        bowl = ov.surface(f"{share * limit / 2!r}*x**2", xlim=(-1, 1), ylim=(-1, 1), start=(1, 0))
        assert ov.minimize(bowl, rule(0.1), steps=5000).status == status


def test_refusals():
    with pytest.raises(ov.BadInput, match="the activation 'step' has no curvature"):
        sharpness(network(ov.Dense(1, "step")), np.zeros(3))
    with pytest.raises(ov.BadInput, match=r"theta must be \(2,\) and a direction \(2,\) or \(2, N\)"):
        hessian_product(ov.beale, np.zeros(3), np.zeros(2))
    with pytest.raises(ov.BadInput, match="a Hessian of 4,500 x 4,500 numbers is too large"):
        hessian(network(ov.Dense(1500), ov.Dense(1, use_bias=False), inputs=1), np.zeros(4500))
