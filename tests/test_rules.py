"""The rules of today against torch, Keras, optax and their authors; those that ask, by hand and by scipy."""

import json
from pathlib import Path

import numpy as np
import pytest
import scipy.integrate

import optiviz as ov
from optiviz.flavours import FLAVOURS
from optiviz.nn import Dense, Network
from optiviz.objectives.training import Training
from optiviz.optimizers import OPTIMIZERS
from optiviz.optimizers.base import asks, told_variables
from optiviz.optimizers.muon import newton_schulz

HERE = Path(__file__).parent / "references"
TABLE = json.loads((HERE / "rules.json").read_text(encoding="utf-8"))
VARIABLES = json.loads((HERE / "variables.json").read_text(encoding="utf-8"))
START, TAPE = np.array(VARIABLES["start"]), np.array(VARIABLES["tape"])
NETWORK = Network([Dense(3), Dense(1)], inputs=2)
# float32 in the framework's own arithmetic, and roots of nearly singular matrices
LOOSE = {"adafactor optax": 1e-6, "shampoo": 1e-8}
each = pytest.mark.parametrize("name", TABLE["rules"])


def ours(name):
    rule, settings = TABLE["rules"][name]["ours"]
    return (FLAVOURS if "." in rule else OPTIMIZERS)[rule](**settings)


def largest_difference(found, told):
    return np.abs(np.asarray(found) - told).max() / np.abs(told).max()


@each
def test_steps_on_surfaces_are_those_of_the_reference(name):
    for surface, told in TABLE["rules"][name].get("surfaces", {}).items():
        run = ov.minimize(surface, ours(name), steps=TABLE["kept"][-1])
        assert largest_difference(run.path[TABLE["kept"]], np.array(told)) < LOOSE.get(name, 1e-12), surface


@each
def test_steps_of_each_variable_are_those_of_the_reference(name):
    entry = TABLE["rules"][name]
    rule = told_variables(ours(name), NETWORK.parameters)
    theta, state, path = START, rule.init(START), []
    for gradient in TAPE:
        theta, state = rule.step(theta, gradient, state)
        path.append(theta)
    found = np.array(path)
    if entry["only"] == "kernels":
        kernels = [at for at, shape in NETWORK.parameters.values() if len(shape) == 2]
        found = np.concatenate([found[:, at] for at in kernels], axis=1)
    assert largest_difference(found, np.array(entry["variables"])) < LOOSE.get(name, 1e-11)


@pytest.mark.parametrize("name", ["lars", "lamb", "adafactor", "muon", "shampoo"])
def test_variables_side_by_side_have_the_bits_of_variables_alone(name):
    rule = told_variables(OPTIMIZERS[name](np.array([0.1, 0.05])), NETWORK.parameters)
    starts = np.stack([START, -2 * START], axis=1)
    theta, state = starts, rule.init(starts)
    for gradient in TAPE:
        theta, state = rule.step(theta, np.stack([gradient, 3 * gradient[::-1]], axis=1), state)
    for k, rate in enumerate((0.1, 0.05)):
        alone = told_variables(OPTIMIZERS[name](rate), NETWORK.parameters)
        one, own = starts[:, k], alone.init(starts[:, k])
        for gradient in TAPE:
            one, own = alone.step(one, gradient if k == 0 else 3 * gradient[::-1], own)
        np.testing.assert_array_equal(theta[:, k], one)


def test_schedule_free_runs_stand_at_their_average():
    run = ov.minimize("ravine", ov.ScheduleFreeSGD(0.02, momentum=0.5), steps=3)
    z = run.state["base"]
    np.testing.assert_allclose(run.positions[3], z[1:].mean(axis=0), rtol=1e-13)
    np.testing.assert_allclose(run.path, (run.positions + z) / 2, rtol=1e-13)


# ---- rules that ask

BOWL = ov.surface("x**2 + 9*y**2", xlim=(-9, 9), ylim=(-9, 9), start=(9, 1))  # slope (2x, 18y)
ASKING = [name for name, make in OPTIMIZERS.items() if asks(make)]


@pytest.mark.parametrize("name", ASKING)
def test_runs_that_ask_side_by_side_are_runs_alone(name):
    starts = np.array([[9.0, -3.0, 0.0], [1.0, 2.0, 0.0]])
    rule = OPTIMIZERS[name](0.05)
    for surface in ("himmelblau", BOWL):
        together = ov.minimize(surface, rule, steps=4, start=starts)
        for k in range(3):
            alone = ov.minimize(surface, rule, steps=4, start=starts[:, k])
            np.testing.assert_array_equal(together[k].path, alone.path)
            assert together[k].evaluations.gradients == alone.evaluations.gradients
            assert together[k].evaluations.values == alone.evaluations.values


@pytest.mark.parametrize("name", ASKING)
def test_where_there_is_no_slope_there_is_no_step(name):
    run = ov.minimize(BOWL, OPTIMIZERS[name](0.1), steps=3, start=(0, 0))
    assert (run.path == 0).all()


def test_newton_by_hand():
    # (9, 1) to the bottom at once; with damping 2: x = 9 - 18 / 4, y = 1 - 18 / 20
    assert np.abs(ov.minimize(BOWL, ov.Newton(), steps=1).path[1]).max() < 1e-14
    damped = ov.minimize(BOWL, ov.Newton(damping=2.0), steps=1)
    np.testing.assert_allclose(damped.path[1], [4.5, 0.1], rtol=1e-12)
    assert damped.evaluations.gradients == 3  # the gradient, and a Hessian of two
    # x^2 - y^2 at (1, 1): to the saddle; saddle-free away from it along y, 1 - (-2) / 2
    saddle = ov.surface("x**2 - y**2", xlim=(-9, 9), ylim=(-9, 9), start=(1, 1))
    np.testing.assert_allclose(ov.minimize(saddle, ov.Newton(), steps=1).path[1], [0, 0], atol=1e-15)
    free = ov.minimize(saddle, ov.Newton(saddle_free=True), steps=1)
    np.testing.assert_allclose(free.path[1], [0, 2], atol=1e-15)


def test_newton_doubles_its_digits_near_a_minimum():
    run = ov.minimize("rosenbrock", ov.Newton(), steps=6, start=(1.1, 1.2))
    distance = np.abs(run.path - 1).max(axis=1)
    assert distance[4] < 1e-4 and distance[5] < 1000 * distance[4] ** 2 + 1e-15


def test_backtracking_by_hand():
    # f = 90, slope (18, 18), squared 648: rate 1 leads to (-9, -17), 2682; 1/2 to (0, -8), 576; 1/4 to
    # (4.5, -3.5), 130.5; 1/8 to (6.75, -1.25), 59.6 <= 90 - 1e-4 / 8 * 648
    run = ov.minimize(BOWL, ov.Backtracking(), steps=1)
    np.testing.assert_allclose(run.path[1], [6.75, -1.25])
    assert run.evaluations.values == 5  # the one here, and four tries
    # with decrease 0.9 the fall has to be nearly what the slope promises
    strict = ov.minimize(BOWL, ov.Backtracking(decrease=0.9), steps=1)
    rates = 0.5 ** np.arange(20)
    there = np.array([BOWL.value(np.array([9.0, 1.0]) - rate * 18) for rate in rates])
    first = rates[np.argmax(there <= 90 - 0.9 * rates * 648)]
    np.testing.assert_allclose(strict.path[1], [9 - 18 * first, 1 - 18 * first])


def test_exact_line_search_is_the_closed_form_on_a_quadratic():
    # a = g.g / g.H g, H = diag(2, 18): the loss shrinks by ((9 - 1) / (9 + 1))^2 each step from here
    run = ov.minimize(BOWL, ov.ExactLineSearch(), steps=5)
    np.testing.assert_allclose(run.losses, 90 * 0.64 ** np.arange(6), rtol=1e-10)
    for a, b in zip(run.gradients[:-1], run.gradients[1:], strict=True):
        assert abs(a @ b) < 1e-9 * np.linalg.norm(a) * np.linalg.norm(b)  # right angles


def test_exact_line_search_finds_the_first_hollow_of_a_wavy_line():
    wave = ov.surface("1 - cos(x) + 0*y", xlim=(-9, 9), ylim=(-9, 9), start=(2, 0))
    run = ov.minimize(wave, ov.ExactLineSearch(0.1), steps=1)
    assert abs(run.path[1, 0]) < 1e-10
    half = ov.minimize(wave, ov.ExactLineSearch(0.1, share=0.5), steps=1)
    assert half.path[1, 0] == pytest.approx(1.0)


@pytest.mark.parametrize("kind", ["fletcher_reeves", "polak_ribiere", "hestenes_stiefel", "dai_yuan"])
def test_conjugate_gradient_needs_as_many_steps_as_there_are_dimensions(kind):
    run = ov.minimize(BOWL, ov.ConjugateGradient(kind=kind), steps=2)
    assert run.losses[1] > 10 and run.losses[2] < 1e-18
    with pytest.raises(ov.BadInput, match="kind must be one of fletcher_reeves.* - did you mean"):
        ov.ConjugateGradient(kind="fletcher_reves")


def test_gradient_flow_is_the_solution_of_its_equation():
    # x = 9 exp(-2 t), y = exp(-18 t)
    run = ov.minimize(BOWL, ov.GradientFlow(0.1), steps=5)
    times = 0.1 * np.arange(6)
    np.testing.assert_allclose(run.path, np.c_[9 * np.exp(-2 * times), np.exp(-18 * times)], atol=1e-8)
    banana = ov.surfaces["rosenbrock"]
    slope = lambda _, x: -banana.gradient(x)
    told = scipy.integrate.solve_ivp(slope, (0, 0.1), banana.start, "DOP853", rtol=1e-12, atol=1e-12)
    flow = ov.minimize(banana, ov.GradientFlow(0.02), steps=5)
    np.testing.assert_allclose(flow.path[-1], told.y[:, -1], atol=1e-7)


def test_langevin_visits_places_as_often_as_their_height_says():
    # along x^2 / 2 at temperature 1/4 the variance is 1/4; steps of 0.1 make it 1/4 / (1 - 0.1 / 2)
    bowl = ov.surface("x**2/2 + y**2/2", xlim=(-2, 2), ylim=(-2, 2), start=(0, 0))
    run = ov.minimize(bowl, ov.Langevin(0.1, temperature=0.25, seed=3), steps=8000, memory=False)
    assert run.path.var() == pytest.approx(0.25 / 0.95, rel=0.1)
    again = ov.minimize(bowl, ov.Langevin(0.1, temperature=0.25, seed=4), steps=3)
    assert (again.path[1] != run.path[1]).all()


def test_muon_makes_singular_values_one():
    matrix = np.random.default_rng(0).normal(size=(4, 3))
    matrix /= np.linalg.norm(matrix)
    left, _, right = np.linalg.svd(matrix, full_matrices=False)
    near = newton_schulz(matrix)
    assert np.all((np.linalg.svd(near)[1] > 0.6) & (np.linalg.svd(near)[1] < 1.25))
    exact = newton_schulz(matrix, 40, (1.5, -0.5, 0.0))
    np.testing.assert_allclose(exact, left @ right, atol=1e-12)


def test_shampoo_turns_with_the_valley():
    # a rotation of the surface and of the start turns the whole path: no coordinate is its own
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    straight = ov.objective(lambda t: t[0] ** 2 + 9 * t[1] ** 2, lambda t: np.array([2 * t[0], 18 * t[1]]),
                            start=(3.0, 1.0))  # fmt: skip
    there = lambda t: turn @ straight.gradient(turn.T @ t)
    slanted = ov.objective(lambda t: straight.value(turn.T @ t), there, start=turn @ [3.0, 1.0])
    one = ov.minimize(straight, ov.Shampoo(0.5), steps=20)
    other = ov.minimize(slanted, ov.Shampoo(0.5), steps=20)
    np.testing.assert_allclose(other.path @ turn, one.path, atol=1e-7)


def test_ftrl_holds_small_weights_at_nothing():
    run = ov.minimize(BOWL, ov.Ftrl(0.5, l1=500.0), steps=5)
    assert (run.path[1:] == 0).all()


def test_plateau_cuts_each_run_by_itself_and_asks_for_losses():
    line = ov.surface("abs(x) + 0*y", xlim=(-9, 9), ylim=(-9, 9), start=(0.25, 0))
    # to and fro: the losses 0.75, 0.25, 0.75, 0.25 are seen; the last two are no lower, so the rate is halved
    rule = ov.Plateau(ov.GD(1.0), factor=0.5, patience=1, relative=False)
    run = ov.minimize(line, rule, steps=6)
    assert run.path[:, 0].tolist() == [0.25, -0.75, 0.25, -0.75, 0.25, -0.25, 0.25]
    assert run.evaluations.values == 5
    both = ov.minimize(line, rule, steps=6, start=np.array([[0.25, 0.5], [0.0, 0.0]]))
    np.testing.assert_array_equal(both[0].path, run.path)
    assert both[1].path[1:5, 0].tolist() == [-0.5, 0.5, -0.5, 0.0]


def test_training_takes_second_order_steps_too():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(20, 2))
    training = Training(
        Network([Dense(1)], inputs=2), X, X @ [1.0, -2.0] + 0.5
    )  # a quadratic of three weights
    run = ov.minimize(training, ov.Newton(), steps=1)
    np.testing.assert_allclose(run.path[1], [1.0, -2.0, 0.5], atol=1e-12)
    assert run.evaluations.gradients == 4
    assert ov.minimize(training, ov.ConjugateGradient(), steps=3).losses[-1] < 1e-18
