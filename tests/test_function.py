"""Objectives from plain functions, and everyday slips of the library told in a sentence."""

import numpy as np
import pytest
import scipy.optimize

import optiviz as ov


def test_a_function_of_fifty_parameters():
    run = ov.minimize(lambda v: v @ v, ov.GD(0.25), start=np.ones(50), steps=3)
    np.testing.assert_allclose(run.path[:, 0], [1, 0.5, 0.25, 0.125], rtol=1e-9)  # theta - 0.25 * 2 theta


def test_gradients_given_or_by_differences():
    rosen, slope = scipy.optimize.rosen, scipy.optimize.rosen_der
    exact = ov.objective(rosen, slope, start=[-1.2, 1.0, 0.5])
    rough = ov.objective(rosen, start=[-1.2, 1.0, 0.5], name="mine")
    assert (exact.name, rough.name, exact.differences, rough.differences) == ("rosen", "mine", False, True)
    np.testing.assert_array_equal(exact.gradient(exact.start), slope(exact.start))
    np.testing.assert_allclose(rough.gradient(rough.start), slope(rough.start), rtol=1e-7)
    side = np.stack([exact.start, exact.start + 1], axis=1)
    assert exact.value(side).tolist() == [rosen(side[:, 0]), rosen(side[:, 1])]
    assert exact.gradient(side).shape == (3, 2)


def test_functions_of_one_vector_are_surfaces():
    mine = ov.surface(
        scipy.optimize.rosen, scipy.optimize.rosen_der, xlim=(-2, 2), ylim=(-1, 3), start=(-1.2, 1)
    )
    value, gradient = mine.value_and_gradient(mine.start)
    assert value == pytest.approx(24.2) and gradient.tolist() == pytest.approx([-215.6, -88.0])
    bare = ov.surface(lambda v: v @ v, xlim=(-1, 1), ylim=(-1, 1), start=(1, 1))
    assert bare.value(np.array([[1.0, 2.0], [0.0, 1.0]])).tolist() == [1, 5]
    np.testing.assert_allclose(bare.gradient(np.array([1.0, 2.0])), [2, 4], rtol=1e-8)


def test_names_do_where_their_meaning_is_plain():
    ours = ov.minimize(ov.beale, ov.Adam(), steps=5).path
    np.testing.assert_array_equal(ov.minimize("beale", "adam", steps=5).path, ours)
    race = ov.compare("beale", [ov.GD(0.001), ov.Adam(0.1), ov.Adam(0.2)], steps=2)
    assert list(race.trajectories) == ["GD", "Adam", "Adam 2"]
    assert ov.load("momentum").title == ov.load("scenes/momentum.toml").title


class Half:
    def value(self, theta):
        return 0.0


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: ov.minimize("bealle", ov.GD()), "unknown surface 'bealle' - did you mean 'beale'?"),
        (lambda: ov.minimize(ov.beale, "adm"), "unknown optimizer 'adm' - did you mean 'adam'?"),
        (
            lambda: ov.minimize(Half(), ov.GD()),
            "Half is no objective, it lacks start, far, value_and_gradient, batches; "
            "or see ov.objective(f, start=...)",
        ),
        (
            lambda: ov.minimize(lambda p: p @ p, ov.GD()),
            "a function has no start of its own: give start, or ov.objective(f, start=...)",
        ),
        (
            lambda: ov.minimize(lambda p: p, ov.GD(), start=[1.0, 2.0]),
            "<lambda>: gives values of shape (2,), one number is needed",
        ),
    ],
)
def test_slips_are_told_in_a_sentence(call, sentence):
    with pytest.raises(ov.BadInput) as fault:
        call()
    assert str(fault.value) == sentence


def test_a_name_that_is_nearly_right():
    for name, near in [("NAdam", "Nadam"), ("bealle", "beale"), ("minimise", "minimize")]:
        with pytest.raises(AttributeError, match=f"did you mean '{near}'"):
            getattr(ov, name)
