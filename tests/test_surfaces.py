"""The catalogue against numbers computed elsewhere: mpmath at 40 digits, sympy, and central differences."""

import json
from pathlib import Path

import numpy as np
import pytest
import sympy

from optiviz.objectives.formula import parse
from optiviz.objectives.surface import Surface
from optiviz.objectives.surfaces import RULES, beale, nonzero, power_19, surfaces

# the minima and f_min have 20 digits, found with mpmath on sympy's gradient
REFERENCE = {
    row["name"]: row for row in json.loads((Path(__file__).parent / "data/surfaces.json").read_text())
}
every = pytest.mark.parametrize("name", list(surfaces))
with_reference = pytest.mark.parametrize("name", list(REFERENCE))
with_minimum = pytest.mark.parametrize("name", [n for n, surface in surfaces.items() if len(surface.minima)])


def random_points(name: str, count: int) -> np.ndarray:
    """(2, count) in the window; the same at every call."""
    low, high = np.transpose([surfaces[name].xlim, surfaces[name].ylim])
    return np.random.default_rng(20).uniform(low, high, (count, 2)).T


def assert_close(found, expected, tolerance):
    """Equal to `tolerance`, relative to each number or to a typical one of the lot, if that is more."""
    size = np.median(np.abs(expected)) if np.ndim(expected) else 0.0
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance * size)


# What the records say


def test_the_catalogue_holds_all_of_the_reference_and_is_read_only():
    assert set(REFERENCE) <= set(surfaces)
    assert surfaces["beale"] is beale
    with pytest.raises(TypeError):
        surfaces["beale"] = beale


@with_reference
def test_record_agrees_with_the_reference(name):
    surface, row = surfaces[name], REFERENCE[name]
    assert isinstance(surface, Surface)
    assert surface.name == name
    assert surface.xlim == tuple(row["xlim"])
    assert surface.ylim == tuple(row["ylim"])
    assert np.array_equal(surface.domain, row["domain"])
    assert np.array_equal(surface.start, row["start"])
    assert surface.levels == row["levels"]
    assert np.array_equal(surface.minima, np.array(row["minima"], dtype=float).reshape(-1, 2))
    assert surface.f_min == (None if row["f_min"] is None else float(row["f_min"]))
    for rule, expected in zip(RULES, row["rates"], strict=True):
        assert expected in (None, surface.learning_rates[rule])  # None: a saddle, whose rates are our choice


@every
def test_record_is_complete(name):
    surface = surfaces[name]
    assert tuple(surface.learning_rates) == RULES
    assert all(np.isfinite(rate) and rate > 0 for rate in surface.learning_rates.values())
    assert (surface.f_min is None) == (len(surface.minima) == 0)
    assert surface.xlim[0] <= surface.start[0] <= surface.xlim[1]
    assert surface.ylim[0] <= surface.start[1] <= surface.ylim[1]
    assert 20 < len(surface.about) < 110 and "\n" not in surface.about


# Values and slopes


@with_reference
def test_value_and_gradient_at_the_start(name):
    surface, row = surfaces[name], REFERENCE[name]
    value, gradient = surface.value_and_gradient(surface.start)
    np.testing.assert_allclose(value, row["f_start"], rtol=1e-12)
    np.testing.assert_allclose(gradient, row["gradient_start"], rtol=1e-12)


@with_minimum
def test_value_at_each_minimum_is_f_min(name):
    surface = surfaces[name]
    values = surface.value(surface.minima.T)
    scale = max(1.0, abs(surface.f_min))
    np.testing.assert_allclose(values, surface.f_min, rtol=0, atol=1e-14 * scale)


@with_minimum
def test_gradient_vanishes_at_each_minimum_or_points_out_of_the_domain(name):
    surface = surfaces[name]
    low, high = np.transpose(surface.domain)[..., None]  # (2, 1) each
    at = surface.minima.T
    gradient = surface.gradient(at)
    left = np.where(
        at == low, np.minimum(gradient, 0), np.where(at == high, np.maximum(gradient, 0), gradient)
    )
    curvature = np.abs(surface.gradient(at + 1e-3)).max() / 1e-3
    slope = np.abs(left).max()
    # a coordinate is known to about 1e-16 of its size, so a slope of that times the curvature is a zero;
    # the wall of the cliff, 20 times a rounded 1 - tanh, adds 2e-15
    assert slope <= 4e-16 * curvature * max(1.0, np.abs(surface.minima).max()) + 2e-15


def test_eggholder_is_lowest_where_its_slope_points_out_of_the_domain():
    eggholder = surfaces["eggholder"]
    dx, dy = eggholder.gradient(eggholder.minima[0])
    assert dx < -1
    assert abs(dy) < 1e-10


@with_minimum
def test_nothing_in_the_domain_lies_below_f_min(name):
    surface = surfaces[name]
    scale = max(1.0, abs(surface.f_min))
    for x_ends, y_ends in ((surface.xlim, surface.ylim), surface.domain):
        x, y = np.meshgrid(np.linspace(*x_ends, 401), np.linspace(*y_ends, 401))
        assert surface.function(x, y)[0].min() >= surface.f_min - 1e-9 * scale
    low, high = np.transpose(surface.domain)[..., None]  # (2, 1) each
    around = np.random.default_rng(3).normal(0, 1e-3, (2, 1000)) * (high - low)
    for minimum in surface.minima:
        near = np.clip(minimum[:, None] + around, low, high)
        assert surface.value(near).min() >= surface.f_min - 1e-14 * scale


@pytest.mark.parametrize(
    ("name", "point"),
    [
        ("mccormick", (-10, -11)),
        ("schwefel", (1088, 1088)),  # sqrt(1088) = 10.5 pi
        ("eggholder", (522, 413)),
        ("holder_table", (11, 12.57)),  # 3.5 pi, 4 pi
    ],
)
def test_these_are_lower_outside_their_domain(name, point):
    assert surfaces[name].value(np.array(point, dtype=float)) < surfaces[name].f_min - 1


@every
def test_gradient_agrees_with_central_differences(name):
    surface = surfaces[name]
    theta = random_points(name, 300)
    gradient = surface.gradient(theta)
    for axis in (0, 1):
        step = 1e-6 * np.eye(2)[:, [axis]]  # small, for steep creases are never far
        up, down = theta + step, theta - step
        slope = (surface.value(up) - surface.value(down)) / (up - down)[axis]
        rounding = np.finfo(float).eps * np.abs(surface.value(theta)).max() / 1e-6
        np.testing.assert_allclose(
            gradient[axis], slope, rtol=3e-6, atol=3e-6 * np.median(np.abs(slope)) + 2 * rounding
        )


def by_sympy(formula: str):
    """(x, y) -> (df/dx, df/dy) of the formula, differentiated by sympy."""
    x, y = sympy.symbols("x y", real=True)
    names = {"x": x, "y": y, "e": sympy.E, "pi": sympy.pi, "abs": sympy.Abs, "arctan": sympy.atan}
    f = sympy.sympify(formula, locals=names)
    return sympy.lambdify((x, y), [f, f.diff(x), f.diff(y)], "numpy", cse=True)


@every
def test_value_and_gradient_agree_with_sympy_on_the_formula(name):
    x, y = random_points(name, 200)
    value, (dx, dy) = surfaces[name].function(x, y)
    for found, expected in zip((value, dx, dy), by_sympy(surfaces[name].formula)(x, y), strict=True):
        assert_close(found, expected, 1e-11)


@every
def test_value_and_gradient_agree_with_our_own_formulas(name):
    x, y = random_points(name, 50)
    value, (dx, dy) = surfaces[name].function(x, y)
    formula_value, (formula_dx, formula_dy) = parse(surfaces[name].formula)(x, y)
    assert_close(value, formula_value, 1e-11)
    assert_close(dx, formula_dx, 1e-11)
    assert_close(dy, formula_dy, 1e-11)


# Shapes


@every
def test_numbers_rows_and_grids_give_the_same(name):
    function = surfaces[name].function
    x, y = random_points(name, 12)
    row = np.array([function(x, y)[0], *function(x, y)[1]])
    assert row.shape == (3, 12)
    value, slope = function(x.reshape(3, 4), y.reshape(3, 4))
    assert value.shape == slope[0].shape == slope[1].shape == (3, 4)
    assert_close(np.array([value, *slope]).reshape(3, 12), row, 1e-13)
    for number in (float, np.float64):
        each = [function(number(a), number(b)) for a, b in zip(x, y, strict=True)]
        assert all(np.shape(part) == () for value, slope in each for part in (value, *slope))
        assert_close(np.array([[value, *slope] for value, slope in each]).T, row, 1e-13)


@every
def test_surface_methods_take_one_point_or_many(name):
    surface = surfaces[name]
    many = random_points(name, 5)
    assert np.shape(surface.value(surface.start)) == ()
    assert surface.gradient(surface.start).shape == (2,)
    assert surface.value(many).shape == (5,)
    assert surface.gradient(many).shape == (2, 5)
    value, gradient = surface.value_and_gradient(many)
    assert value.dtype == gradient.dtype == float
    assert np.array_equal(value, surface.value(many))
    assert np.array_equal(gradient, surface.gradient(many))


def test_arguments_are_not_changed():
    for name, surface in surfaces.items():
        theta = random_points(name, 7)
        before = theta.copy()
        _, gradient = surface.value_and_gradient(theta)
        assert np.array_equal(theta, before)
        assert not np.shares_memory(theta, gradient)


# Creases and tips


@pytest.mark.parametrize(
    ("name", "point", "value", "gradient"),
    [
        ("ackley", (0, 0), 0, (0, 0)),
        ("drop_wave", (0, 0), -1, (0, 0)),
        ("l1_norm", (0, 0), 0, (0, 0)),
        ("l1_norm", (0, -2), 6, (0, -3)),
        ("l1_norm", (1.5, 0), 1.5, (1, 0)),
        ("bukin6", (-10, 1), 0, (0, 0)),
        ("bukin6", (-5, 0.25), 0.05, (0.01, 0)),  # on the floor, off its lowest point
        ("bukin6", (-10, 2), 100, (10, 50)),
        ("holder_table", (0, 0), 0, (0, 0)),
        ("holder_table", (0, 2), 0, (0, 0)),
        ("cross_in_tray", (0, 0), -0.0001, (0, 0)),
        ("cross_in_tray", (0, 2), -0.0001, (0, 0)),
        ("schwefel", (0, 0), 837.9657745448674, (0, 0)),
        # sqrt(|x/2 + y + 47|) = 0 at (0, -47): what is left is x sin(sqrt(|x|)), whose slope is 0 there
        ("eggholder", (0, -47), 0, (0, 0)),
        # x - y - 47 = 0 at (20, -27): -20 sin(sqrt(30)); slopes -20 cos(sqrt(30)) / (2 sqrt(30)) (1/2, 1)
        # and -sin(sqrt(30)) more in y
        ("eggholder", (20, -27), 14.42991024088, (-0.6320892777793, -0.5426830435145)),
    ],
)
def test_slope_is_finite_where_there_is_none(name, point, value, gradient):
    found, slope = surfaces[name].value_and_gradient(np.array(point, dtype=float))
    np.testing.assert_allclose(found, value, rtol=1e-10, atol=1e-15)
    np.testing.assert_allclose(slope, gradient, rtol=1e-9, atol=1e-12)
    row = surfaces[name].gradient(np.array([point, surfaces[name].start], dtype=float).T)
    np.testing.assert_allclose(row[:, 0], slope, rtol=1e-12)


def test_ackley_has_a_slope_of_2_sqrt_2_beside_its_tip():
    np.testing.assert_allclose(surfaces["ackley"].gradient(np.array([1e-9, 0.0])), [2 * 2**0.5, 0], rtol=1e-6)


def test_holder_table_folds_on_the_circle_of_radius_pi():
    # there 1 - r/pi = 0, so f = -sin(pi) cos(0) and only the fold is left; near it both sides are finite
    for x in (np.pi, np.pi - 1e-12, np.pi + 1e-12):
        assert np.isfinite(surfaces["holder_table"].gradient(np.array([x, 0.0]))).all()


@every
def test_no_warning_and_nothing_but_numbers_on_a_grid_through_all_axes(name):
    surface = surfaces[name]
    with np.errstate(divide="raise", over="raise", invalid="raise"):
        for x_ends, y_ends in ((surface.xlim, surface.ylim), surface.domain):
            x = np.unique(np.append(np.linspace(*x_ends, 101), np.arange(np.ceil(x_ends[0]), x_ends[1])))
            y = np.unique(np.append(np.linspace(*y_ends, 101), np.arange(np.ceil(y_ends[0]), y_ends[1])))
            value, slope = surface.function(*np.meshgrid(x, y))
            assert np.isfinite([value, *slope]).all()


# The two helpers, and what the docstrings promise


def test_nonzero_and_power_19():
    np.testing.assert_array_equal(nonzero(np.array([0.0, -0.0, 2.0, -1e-300])), [1, 1, 2, -1e-300])
    assert nonzero(0.0) == 1
    assert power_19(2.0) == 524288
    assert power_19(-1.0) == -1


def test_sphere_is_done_in_one_step_of_rate_one_half():
    sphere = surfaces["sphere"]
    assert np.array_equal(sphere.start - 0.5 * sphere.gradient(sphere.start), [0, 0])


def test_linear_regression_is_the_mean_squared_error_through_its_five_points():
    points = np.array([(0, 1), (1, 3), (2, 2), (3, 5), (4, 4)])
    for slope, intercept in random_points("linear_regression", 20).T:
        error = np.mean((slope * points[:, 0] + intercept - points[:, 1]) ** 2)
        np.testing.assert_allclose(surfaces["linear_regression"].function(slope, intercept)[0], error)


def test_rastrigin_has_121_minima():
    x = np.linspace(*surfaces["rastrigin"].xlim, 1025)
    f = surfaces["rastrigin"].function(*np.meshgrid(x, x))[0]
    inner = f[1:-1, 1:-1]
    lowest = [inner < f[1 + i : 1024 + i, 1 + j : 1024 + j] for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j]
    assert np.all(lowest, axis=0).sum() == 121
