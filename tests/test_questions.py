"""What a step may ask besides its gradient, what counts, and where the weights are said to be."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

import optiviz as ov
from optiviz.nn import Dense, Network
from optiviz.objectives.training import Training
from optiviz.optimizers.average import Average
from optiviz.optimizers.base import asks
from optiviz.optimizers.each_variable import EachVariable
from optiviz.optimizers.lars import LARS
from optiviz.optimizers.lookahead import Lookahead
from optiviz.optimizers.plateau import Plateau
from optiviz.optimizers.sam import SAM

BOWL = ov.surface("x**2 + 3*y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1, 1))  # slope (2x, 6y)


@dataclass(frozen=True)
class Curious:
    """Newton's step, which also asks for one value, a product and, at even steps, one gradient more."""

    asks: ClassVar[bool] = True
    learning_rate: float = 1.0

    def init(self, theta):
        return {"count": 0}

    def step(self, theta, gradient, state, questions):
        steep = questions.hessian(theta)
        product = questions.hessian_product(theta, gradient)
        assert np.shape(questions.loss()) == np.shape(questions.value(theta)) == theta.shape[1:]
        among = np.asarray(theta[0] > 0)
        if state["count"] % 2 == 0:
            questions.gradient(theta, among=among)
        if theta.ndim == 1:
            np.testing.assert_allclose(product, steep @ gradient)
            step = np.linalg.solve(steep, gradient)
        else:
            each = zip(steep.transpose(2, 0, 1), gradient.T, strict=True)
            step = np.array([np.linalg.solve(*pair) for pair in each]).T
        return theta - 0.5 * step, {"count": state["count"] + 1}


def test_each_answer_counts_for_the_runs_that_asked():
    run = ov.minimize(BOWL, Curious(), steps=4, every=2)
    np.testing.assert_allclose(run.path[:, 0], [1, 1 / 4, 1 / 16])
    # a step: its gradient, a Hessian of 2, a product; one more at steps 1 and 3; two values
    assert run.evaluations.gradients == 4 * 4 + 2 and run.evaluations.values == 8
    assert run.evaluations.gradients_at.tolist() == [0, 9, 18]
    two = ov.minimize(BOWL, Curious(), steps=4, every=2, start=np.array([[1.0, -1.0], [1.0, 1.0]]))
    assert two.evaluations.gradients.tolist() == [18, 16]  # the second run is never among those who ask
    assert two.evaluations.gradients_at.tolist() == [[0, 0], [9, 8], [18, 16]]
    np.testing.assert_array_equal(two[0].path, run.path)
    assert two[1].evaluations.gradients_at.tolist() == [0, 8, 16]


def test_counts_of_runs_side_by_side_survive_a_file(tmp_path):
    two = ov.minimize(BOWL, SAM(ov.GD(0.1)), steps=2, start=np.ones((2, 3)))
    two.save(tmp_path / "runs.npz")
    back = ov.load_trajectory(tmp_path / "runs.npz")
    np.testing.assert_array_equal(back.evaluations.gradients_at, two.evaluations.gradients_at)


def test_a_lost_run_asks_no_more():
    runs = ov.minimize(BOWL, SAM(ov.GD(np.array([0.1, 50.0]))), steps=20)
    assert runs.status.tolist() == ["finished", "diverged"]
    assert runs.evaluations.gradients.tolist() == [40, 2 * runs.stopped_at[1]]


def test_the_second_gradient_sees_the_same_batch():
    # loss (w x - y)^2 over one row: slope 2 x (w x - y); with rate 1/8 and radius 1/2 one step by hand
    X, y = np.array([[1.0], [2.0]]), np.array([0.0, 0.0])
    training = Training(Network([Dense(1, use_bias=False)], inputs=1), X, y, batch_size=1, start=(1.0,))
    run = ov.minimize(training, SAM(ov.GD(1 / 8), radius=0.5, epsilon=0.0), steps=1, seed=0)
    (first,) = next(training.batches(np.random.default_rng(0)))
    x = float(X[first, 0])
    np.testing.assert_allclose(run.path[1], [1 - x * x * 1.5 / 4])


def test_curvature_of_a_batch_is_that_of_its_rows():
    X, y = np.array([[1.0], [2.0]]), np.array([0.0, 0.0])
    training = Training(Network([Dense(1, use_bias=False)], inputs=1), X, y, batch_size=1, start=(1.0,))
    assert ov.hessian(training, np.ones(1), batch=np.array([1])).item() == pytest.approx(8.0)
    assert ov.hessian(training, np.ones(1)).item() == pytest.approx(5.0)


def test_wrappers_hand_questions_on():
    inside = ov.Clip(ov.WeightDecay(SAM(ov.Clip(ov.GD(0.1), norm=9.0)), 0.0), norm=9.0)
    assert asks(inside) and not asks(ov.Clip(ov.GD(0.1), norm=1.0))
    wrapped = ov.minimize(BOWL, Lookahead(inside, period=99), steps=3)
    plain = ov.minimize(BOWL, SAM(ov.GD(0.1)), steps=3)
    np.testing.assert_allclose(wrapped.path, plain.path, rtol=1e-15)
    assert wrapped.evaluations.gradients == plain.evaluations.gradients == 6


def test_where_nobody_answers_a_rule_that_asks_is_refused():
    with pytest.raises(ov.BadInput, match="scipy_method: SAM asks for more than a gradient a step"):
        ov.scipy_method(SAM(ov.GD(0.1)))


def test_the_step_of_a_rule_that_asks_can_be_taken_apart():
    run = ov.minimize(BOWL, SAM(ov.GD(0.1)), steps=2)
    inside = ov.anatomy_of(run, SAM(ov.GD(0.1)), 2)
    np.testing.assert_allclose(inside.start + inside.memory + inside.slope, inside.end)


def test_an_average_is_where_the_weights_are():
    # along the slope 1 with rate 1: 3, 2, 1, 0 from 4; means 3, 5/2, 2, 3/2; ema 3, 5/2, 7/4, 7/8
    line = ov.surface("x + 0*y", xlim=(-9, 9), ylim=(-9, 9), start=(4, 0))
    run = ov.minimize(line, Average(ov.GD(1.0)), steps=4)
    assert run.path[:, 0].tolist() == [4, 3, 2, 1, 0]
    assert run.positions[:, 0].tolist() == [4, 3, 2.5, 2, 1.5]
    kept = ov.minimize(line, Average(ov.GD(1.0), "ema", decay=0.5), steps=4)
    assert kept.positions[:, 0].tolist() == [4, 3, 2.5, 1.75, 0.875]
    # SWA: from step 2 on every second theta: 1 after step 3 as it is, then nothing, then -1
    late = ov.minimize(line, Average(ov.GD(1.0), begin=2, every=2), steps=5)
    assert late.positions[:, 0].tolist() == [4, 3, 2, 1, 1, 0]
    with pytest.raises(ov.BadInput, match="kind must be mean or ema, got 'swa'"):
        Average(ov.GD(1.0), "swa")


def test_an_average_averages_what_its_rule_stands_at():
    nag = ov.minimize(BOWL, ov.NAG(0.05), steps=3)
    run = ov.minimize(BOWL, Average(ov.NAG(0.05)), steps=3)
    np.testing.assert_array_equal(run.path, nag.path)
    np.testing.assert_allclose(run.positions[3], nag.positions[1:].mean(axis=0), rtol=1e-14)
    np.testing.assert_array_equal(
        ov.minimize(BOWL, Lookahead(ov.NAG(0.05), period=9), steps=3).positions, nag.positions
    )


def test_lookahead_by_hand():
    # slope 1, rate 1, period 2, share 1/2: 4 -> 3 -> (2: half way from 4) 3 -> 2 -> (1: half way from 3) 2
    line = ov.surface("x + 0*y", xlim=(-9, 9), ylim=(-9, 9), start=(4, 0))
    run = ov.minimize(line, Lookahead(ov.GD(1.0), period=2), steps=4)
    assert run.path[:, 0].tolist() == [4, 3, 3, 2, 2]
    assert run.state["slow_weights"][:, 0].tolist() == [4, 4, 3, 3, 2]


def test_asam_by_hand():
    # theta (1, 2), g (2, 12): |theta| g = (2, 24); e = r theta^2 g / sqrt(580) = r (2, 48) / sqrt(580)
    place, radius = np.array([1.0, 2.0]), np.sqrt(580.0)
    run = ov.minimize(BOWL, SAM(ov.GD(1.0), radius, True, epsilon=0.0), steps=1, start=place)
    np.testing.assert_allclose(run.path[1], place - [2 * 3, 6 * 50], rtol=1e-14)


def test_variables_of_runs_side_by_side_are_those_of_runs_alone():
    rng = np.random.default_rng(3)
    training = Training(Network([Dense(3, "tanh"), Dense(1)], inputs=2), rng.normal(size=(9, 2)),
                        rng.normal(size=9))  # fmt: skip
    starts = np.stack([training.start, -training.start, 2 * training.start], axis=1)
    rule = LARS(0.5, trust_coefficient=0.1)
    assert isinstance(rule.with_variables(training.variables), EachVariable)
    together = ov.minimize(training, rule, steps=4, start=starts)
    for k in range(3):
        alone = ov.minimize(training, rule, steps=4, start=starts[:, k])
        np.testing.assert_allclose(together[k].path, alone.path, rtol=1e-13)
        np.testing.assert_allclose(together[k].state["velocity"], alone.state["velocity"], rtol=1e-12)


def test_a_scene_puts_wrappers_around_a_rule(tmp_path):
    file = tmp_path / "around.toml"
    file.write_text(
        """
title = "around"
steps = 3
[problem]
surface = "beale"
[runs.all]
optimizer = "gd"
learning_rate = 0.01
weight_decay = 0.1
clip = { norm = 1.0 }
sam = { radius = 0.1 }
lookahead = { period = 2 }
plateau = { patience = 3 }
average = { kind = "ema", decay = 0.5 }
[runs.swa]
optimizer = "newton"
average = {}
""",
        encoding="utf-8",
    )
    scene = ov.load(file)
    inside = ov.Clip(ov.WeightDecay(ov.GD(0.01), 0.1), norm=1.0)
    told = Plateau(Lookahead(SAM(inside, 0.1), 2), patience=3)
    assert scene.runs["all"].optimizer == Average(told, "ema", 0.5)
    assert scene.runs["swa"].optimizer == Average(ov.Newton())
    file.write_text(file.read_text("utf-8").replace("radius = 0.1", "radius = -1.0"), encoding="utf-8")
    with pytest.raises(ov.BadInput, match="around.toml:.*sam.*radius.*at least 0"):
        ov.load(file)
