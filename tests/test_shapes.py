"""Shapes and kinds of what a user's own functions give: taken as meant, or refused at the first call."""

import numpy as np
import pytest

import optiviz as ov
from optiviz.optimizers.schedules import StepDecay

WINDOW = {"xlim": (-2, 2), "ylim": (-2, 2), "start": (1, 2)}
THREE = np.ones((2, 3))


def square(x, y):
    return x * x + y * y


class Own:
    """x^2 + y^2 as a class of one's own, with its loss and slope given another form."""

    name, start, far = "mine", np.array([1.0, 2.0]), 1e6

    def __init__(self, loss=lambda loss: loss, slope=lambda slope: slope):
        self.loss, self.slope = loss, slope

    def value(self, theta):
        return self.loss((theta * theta).sum(axis=0))

    def gradient(self, theta, batch=None):
        return self.slope(2 * theta)

    def value_and_gradient(self, theta, batch=None):
        return self.value(theta), self.gradient(theta)

    def batches(self, rng):
        return iter(lambda: None, 0)


@pytest.mark.parametrize(
    "objective",
    [
        Own(slope=list),
        Own(slope=lambda slope: slope.astype("f4")),
        Own(loss=lambda loss: np.float32(loss)),
        Own(loss=lambda loss: loss[None]),
        Own(loss=lambda loss: np.asarray(loss).tolist()),
        ov.surface(square, lambda x, y: [2 * x, 2 * y], **WINDOW),
        ov.surface(square, lambda x, y: np.array([2 * x, 2 * y]), **WINDOW),
        ov.objective(lambda v: [v @ v], lambda v: [2 * v[0], 2 * v[1]], start=[1, 2]),
    ],
    ids=["list", "float32", "loss float32", "loss (1,)", "loss list", "[dx, dy]", "array", "objective"],
)
def test_lists_and_other_floats_are_taken_as_floats(objective):
    # x 0.75 = 1, 0.75, 0.5625: each of them a float32 too
    run = ov.minimize(objective, ov.GD(0.125), steps=2)
    assert run.path.tolist() == [[1, 2], [0.75, 1.5], [0.5625, 1.125]] and run.path.dtype == float
    assert run.losses.tolist() == [5, 5 * 0.5625, 5 * 0.5625**2]
    many = ov.minimize(objective, ov.GD(0.125), steps=2, start=np.column_stack([run.path[0]] * 3))
    assert (many.path == run.path[:, :, None]).all() and (many.losses == run.losses[:, None]).all()


def test_a_constant_slope_stands_for_all_runs():
    slope = ov.surface(lambda x, y: 2 * x + 3, lambda x, y: (2.0, 0), **WINDOW)
    for start, moved in (((1, 2), [0, 2]), (THREE, [[0, 0, 0], [1, 1, 1]])):
        assert ov.minimize(slope, ov.GD(0.5), steps=1, start=start).path[1].tolist() == moved


@pytest.mark.parametrize(
    ("gradient", "said"),
    [
        (lambda x, y: [2 * x], r"slopes of shape \(\); two are needed, \(df/dx, df/dy\), each of shape \(\)"),
        (lambda x, y: (2 * x, 2 * y, x), r"gives slopes of shape \(\), \(\), \(\); two are needed"),
        (lambda x, y: 2 * x, r"gives np.float64\(2.0\); two are needed"),
        (lambda x, y: None, "gives None; two are needed"),
        (lambda x, y: ("a", y), "gives 'a' where numbers are needed"),
        (lambda x, y: (np.ones(7), y), r"gives slopes of shape \(7,\), \(\); two are needed"),
    ],
)  # fmt: skip
def test_slopes_of_a_surface(gradient, said):
    with pytest.raises(ov.BadInput, match=said):
        ov.minimize(ov.surface(square, gradient, **WINDOW), ov.GD(0.1), steps=1)


@pytest.mark.parametrize("rule", [ov.GD(0.1), ov.Scipy("BFGS")], ids=["GD", "BFGS"])
@pytest.mark.parametrize(
    ("objective", "said"),
    [
        (Own(slope=lambda slope: slope[:1]), r"must be shaped like theta, \(2,\); got one of \(1,\)"),
        (Own(slope=lambda slope: slope[:, None]), r"got one of \(2, 1\)"),
        (Own(slope=lambda slope: 2.0), r"got one of \(\)"),
        (Own(slope=lambda slope: None), "gives None where numbers are needed"),
        (Own(slope=lambda slope: 1j * slope), "where numbers are needed"),
        (Own(loss=lambda loss: "low"), "gives 'low' where numbers are needed"),
        (Own(loss=lambda loss: None), "gives None where numbers are needed"),
        (Own(loss=lambda loss: [loss, loss]), r"the loss must be one number; got one of \(2,\)"),
        (ov.objective(lambda v: v * v, start=[1, 2]), r"gives values of shape \(2,\), one number is needed"),
        (ov.objective(lambda v: v @ v, lambda v: v[:1], start=[1, 2]), r"shape \(1,\), \(2,\) is needed"),
        (ov.objective(lambda v: 1j * v[0], start=[1, 2]), "where numbers are needed"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_at_the_first_call(objective, said, rule):
    with pytest.raises(ov.BadInput, match=said):
        ov.minimize(objective, rule, steps=3)


@pytest.mark.parametrize("rule", [ov.GD(0.1), ov.Scipy("BFGS"), ov.Scipy("Nelder-Mead")])
def test_an_objective_cannot_move_a_run(rule):
    def shifted(theta):
        theta += 1
        return float(theta @ theta)

    class Wanders(Own):
        def value(self, theta):
            return shifted(theta)

    for objective in (Wanders(), ov.objective(shifted, start=[1.0, 2.0])):
        with pytest.raises(ov.BadInput, match=r"writes into theta; .* theta = theta \+ 1, not theta \+= 1"):
            ov.minimize(objective, rule, steps=1)


def test_rows_and_columns_of_starts():
    bowl, rule = ov.surface(square, **WINDOW), ov.GD(0.25)
    with pytest.raises(ov.BadInput, match=r"3 starts are given as rows; .* \(2, N\): transpose them"):
        ov.minimize(bowl, rule, start=[[1, 2], [3, 4], [5, 6]])
    with pytest.raises(ov.BadInput, match="1 start is given as a row"):
        ov.minimize(bowl, rule, start=[[1, 2]])
    with pytest.raises(
        ov.BadInput, match=r"2 lists of 2 numbers may be rows or columns; .* np.array\(...\).T"
    ):
        ov.minimize(bowl, rule, start=[[0, 1], [2, 3]])
    columns = ov.minimize(bowl, rule, steps=0, start=np.array([[0, 1], [2, 3]]))
    assert columns.path[0, :, 0].tolist() == [0, 2]  # an array is (P, N), as documented


@pytest.mark.parametrize(
    "rates", [np.array([0.25, 0.5]), [0.25, 0.5], lambda count: np.array([0.25, 0.5]),
              StepDecay(np.array([0.25, 0.5]), 10)], ids=["array", "list", "function", "schedule"],
)  # fmt: skip
def test_n_rates_and_one_start_are_n_runs(rates):
    bowl = ov.surface("x**2 + y**2", **WINDOW)
    run = ov.minimize(bowl, ov.GD(rates), steps=1)
    assert run.path[1].tolist() == [[0.5, 0], [1, 0]]  # x - 2 rate x


@pytest.mark.parametrize(
    ("rates", "said"),
    [
        (np.array([[0.1], [0.2]]), r"must be a number, or one for each run \(N,\), got the shape \(2, 1\)"),
        (np.array([]), "learning_rate has no values"),
    ],
)  # fmt: skip
def test_rates_of_no_meaning(rates, said):
    with pytest.raises(ov.BadInput, match=said):
        ov.minimize("beale", ov.Adam(rates), steps=1)
