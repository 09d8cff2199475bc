"""scipy's minimizers in our races, and our rules in scipy's `minimize`."""

import numpy as np
import pytest
from scipy.optimize import OptimizeResult, basinhopping, minimize, rosen, rosen_der

import optiviz as ov
from optiviz.runs.scipy_solvers import METHODS

BOWL = ov.surface("x**2 + y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1, 1))
ROSEN = ov.rosenbrock
METHOD_OF = {name: name.removeprefix("scipy.") for name in ov.SOLVERS}


def test_the_index_has_every_method():
    assert list(METHOD_OF.values()) == list(METHODS)
    for name, maker in ov.SOLVERS.items():
        assert maker().name == name


@pytest.mark.parametrize("name", ov.SOLVERS)
def test_a_solver_goes_as_scipy_goes(name):
    method = METHOD_OF[name]
    walked = [ROSEN.start]
    slope = ROSEN.gradient if METHODS[method][0] else None
    reference = minimize(
        ROSEN.value, ROSEN.start, jac=slope, method=method, callback=lambda x: walked.append(x.copy())
    )
    run = ov.minimize(ROSEN, ov.SOLVERS[name](), steps=1000)
    np.testing.assert_array_equal(run.path, np.array(walked))
    np.testing.assert_array_equal(run.losses, [ROSEN.value(x) for x in walked])
    assert (run.status, run.stopped_at, run.label) == ("finished", None, name)
    assert run.evaluations.values == reference.nfev
    assert run.evaluations.gradients == reference.get("njev", 0)
    if slope:
        np.testing.assert_array_equal(run.gradients, [ROSEN.gradient(x) for x in walked[:-1]])
    else:
        assert run.gradients.shape == (0, 2)


@pytest.mark.parametrize("name", ov.SOLVERS)
def test_no_more_steps_than_allowed(name):
    whole = ov.minimize(ROSEN, ov.SOLVERS[name](), steps=25)
    few = ov.minimize(ROSEN, ov.SOLVERS[name](), steps=7)
    assert few.at.tolist() == list(range(8))
    np.testing.assert_array_equal(few.path, whole.path[:8])
    assert few.evaluations.values == whole.evaluations.values_at[7]
    some = ov.minimize(ROSEN, ov.SOLVERS[name](), steps=25, every=10, memory=False)
    assert some.at.tolist() == [0, 10, 20, 25] and not len(some.gradients)
    np.testing.assert_array_equal(some.path, whole.path[[0, 10, 20, 25]])
    none = ov.minimize(ROSEN, ov.SOLVERS[name](), steps=0)
    assert none.path.tolist() == [ROSEN.start.tolist()] and none.evaluations.values == 0


def test_thinned_runs_end_where_they_end():
    # BFGS on a bowl: one step of length 1 against the slope's direction, then the exact curvature
    whole = ov.minimize(BOWL, ov.Scipy("BFGS"), steps=100)
    some = ov.minimize(BOWL, ov.Scipy("BFGS"), steps=100, every=60)
    assert len(whole.path) < 6 and some.at.tolist() == [0, whole.steps]
    np.testing.assert_allclose(whole.path[-1], [0, 0], atol=1e-7)


def test_a_race_between_worlds():
    runs = {"BFGS": ov.Scipy("BFGS"), "Adam": ov.Adam(0.1)}
    race = ov.play(ov.Scene(BOWL, runs, steps=40))
    assert race.trajectories["BFGS"].steps < race.trajectories["Adam"].steps == 40
    assert race.trajectories["Adam"].evaluations.gradients == 40
    assert race.trajectories["Adam"].evaluations.values == 0


@pytest.mark.parametrize("name", ov.SOLVERS)
def test_divergence_is_a_result(name):
    slope = {"scipy.BFGS": "-x - y", "scipy.L-BFGS-B": "-x - y"}.get(name, "x*x*x + y*y")
    abyss = ov.surface(slope, xlim=(-2, 2), ylim=(-2, 2), start=(-1, 1))
    run = ov.minimize(abyss, ov.SOLVERS[name](), steps=1000)
    assert run.status == "diverged" and run.stopped_at == len(run.path)
    assert np.isfinite(run.path).all() and np.isfinite(run.losses).all()
    nowhere = ov.surface("sqrt(x) + y**2", xlim=(-1, 1), ylim=(-1, 1), start=(-0.5, 0))
    run = ov.minimize(nowhere, ov.SOLVERS[name](), steps=50)
    assert (run.status, run.stopped_at, len(run.path)) == ("diverged", 1, 1)


def test_noise_is_equal_luck_and_repeats():
    noisy = ov.surface("x**2 + y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1, 1), noise=0.5)
    one, two = (ov.minimize(noisy, ov.Scipy("L-BFGS-B"), steps=10, seed=3) for _ in range(2))
    np.testing.assert_array_equal(one.path, two.path)
    # the first gradient is the one that every other rule is told first
    np.testing.assert_array_equal(one.gradients[0], ov.minimize(noisy, ov.GD(), steps=1, seed=3).gradients[0])


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: ov.Scipy("BFG"), "unknown method of scipy 'BFG' - did you mean 'BFGS'"),
        (lambda: ov.Scipy("BFGS", {"gtl": 1}), "unknown option of scipy.BFGS 'gtl' - did you mean 'gtol'"),
        (lambda: ov.Scipy("CG", {"gtol": -1.0}), "scipy.CG: gtol must be at least 0"),
        (lambda: ov.SOLVERS["scipy.L-BFGS-B"](maxcor=0), "maxcor must be at least 1"),
        (lambda: ov.minimize(BOWL, ov.Scipy("CG"), start=np.ones((2, 3))), "one start at a time, got 3"),
    ],
)
def test_bad_settings(make, sentence):
    with pytest.raises(ov.BadInput, match=sentence):
        make()


# ---- our rules as a method of scipy


def test_scipy_takes_our_steps():
    found = minimize(
        rosen, [-1.2, 1.0], jac=rosen_der, method=ov.scipy_method(ov.Adam(0.05)), options={"maxiter": 50}
    )
    start = np.array([-1.2, 1.0])
    theta, state = start, ov.Adam(0.05).init(start)
    for _ in range(50):
        theta, state = ov.Adam(0.05).step(theta, rosen_der(theta), state)
    np.testing.assert_array_equal(found.x, theta)
    np.testing.assert_array_equal(found.jac, rosen_der(theta))
    assert isinstance(found, OptimizeResult) and found.fun == rosen(theta)
    # 50 slopes for 50 steps and one at the end; one value for the result
    assert (found.nit, found.njev, found.nfev) == (50, 51, 1)
    assert (found.success, found.status) == (False, 1) and "Maximum number" in found.message


def test_it_arrives():
    found = minimize(
        rosen, np.array([-1.2, 1, 1]), jac=rosen_der, method=ov.scipy_method(ov.Adam(0.02)), tol=1e-6,
        options={"maxiter": 20_000},
    )  # fmt: skip
    assert found.success and found.status == 0 and np.abs(found.jac).max() <= 1e-6
    np.testing.assert_allclose(found.x, 1, atol=1e-4)


@pytest.mark.parametrize("jac", [None, "2-point", "3-point", "cs", False])
def test_without_slopes_they_are_differences(jac):
    # f = x^2 + 2 y^2 and rate 0.25: x halves, y is hit at once
    bowl = lambda x: x[0] ** 2 + 2 * x[1] ** 2
    method = ov.scipy_method(ov.GD(0.25))
    found = minimize(bowl, [1.0, 1.0], jac=jac, method=method, options={"maxiter": 3})
    np.testing.assert_allclose(found.x, [0.125, 0], atol=1e-7)
    assert (found.njev, found.nfev) == (4, 4 * 3 + 1)


def test_slope_and_value_from_one_function_with_arguments():
    both = lambda x, a: (a * x @ x, 2 * a * x)
    method = ov.scipy_method(ov.GD(0.25))
    found = minimize(
        both, [1.0, -1.0], args=(1.0,), jac=True, method=method, options={"maxiter": 2, "tol": 0}
    )
    assert found.x.tolist() == [0.25, -0.25] and found.fun == 0.125


def test_callbacks_in_both_forms():
    seen, told = [], []

    def old(xk):
        seen.append(xk)

    def new(intermediate_result):
        told.append((intermediate_result.x[0], intermediate_result.fun))

    for callback in (old, new):
        method = ov.scipy_method(ov.GD(0.25))
        value, slope = (lambda x: x @ x), (lambda x: 2 * x)
        minimize(value, [1.0], jac=slope, method=method, callback=callback, options={"maxiter": 3})
    assert [x.tolist() for x in seen] == [[0.5], [0.25], [0.125]]
    assert told == [(0.5, 0.25), (0.25, 0.0625), (0.125, 0.015625)]


def test_a_callback_may_stop_it():
    def enough(xk):
        if xk[0] < 0.3:
            raise StopIteration

    method = ov.scipy_method(ov.GD(0.25))
    found = minimize(lambda x: x @ x, [1.0], jac=lambda x: 2 * x, method=method, callback=enough)
    assert (found.x.tolist(), found.nit, found.success, found.status) == ([0.25], 2, False, 99)
    # scipy's own methods say the same
    own = minimize(lambda x: x @ x, [1.0], jac=lambda x: 2 * x, method="BFGS", callback=enough)
    assert (own.success, own.status, own.message) == (found.success, found.status, found.message)


def test_what_diverges_says_so():
    method = ov.scipy_method(ov.GD(1.5))  # x -> -2 x
    found = minimize(lambda x: x @ x, [1.0], jac=lambda x: 2 * x, method=method, options={"maxiter": 5000})
    assert not found.success and found.status == 3 and "Diverged" in found.message
    assert abs(found.x[0]) == 2.0**1022  # the last power of two whose slope 2 x is a float
    assert found.nit == 1022


def test_content_at_the_start():
    found = minimize(lambda x: x @ x, [0.0], jac=lambda x: 2 * x, method=ov.scipy_method(ov.Adam()))
    assert found.success and found.nit == 0


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"constraints": {"type": "eq", "fun": lambda x: x}}, "Adam knows no constraints"),
        ({"options": {"maxitr": 3}}, "unknown option 'maxitr' - did you mean 'maxiter'"),
        ({"options": {"maxiter": -1}}, "maxiter and tol must be at least 0"),
    ],
)
def test_what_it_cannot_do_is_refused(settings, sentence):
    with pytest.raises(ov.BadInput, match=sentence):
        minimize(lambda x: x @ x, [1.0], method=ov.scipy_method(ov.Adam()), **settings)


def test_second_derivatives_are_not_used():
    with pytest.warns(RuntimeWarning, match="uses no second derivatives"):
        minimize(rosen, [1.0, 1.0], jac=rosen_der, hess=lambda x: x, method=ov.scipy_method(ov.Adam()))


def test_inside_basinhopping():
    # the hilly example of scipy's own documentation: its global minimum is at -0.1951, of -1.0009
    hills = lambda x: np.cos(14.5 * x[0] - 0.3) + (x[0] + 0.2) * x[0]
    slope = lambda x: np.array([-14.5 * np.sin(14.5 * x[0] - 0.3) + 2 * x[0] + 0.2])
    settings = {"method": ov.scipy_method(ov.GD(0.004)), "jac": slope, "options": {"maxiter": 300}}
    found = basinhopping(hills, [1.0], minimizer_kwargs=settings, niter=60, rng=np.random.default_rng(1))
    assert found.fun == pytest.approx(-1.0009, abs=1e-4)
    assert found.x[0] == pytest.approx(-0.1951, abs=1e-4)


def test_a_plain_function_serves_scipy_too():
    method = ov.scipy_method(lambda theta, gradient: theta - 0.25 * gradient)
    assert minimize(lambda x: x @ x, [1.0], method=method, jac=lambda x: 2 * x).success
