"""Where a run is drawn: where its weights are, whatever point its rule keeps."""

import numpy as np
import pytest

import optiviz as ov
from optiviz.flavours import FLAVOURS
from optiviz.optimizers import OPTIMIZERS
from optiviz.optimizers.wrappers import position_of
from optiviz.runs.summary import summary
from optiviz.scene.play import play

AHEAD = {
    "NAG": ov.NAG(0.05, momentum=0.9),
    "torch form": ov.NAG(0.05, momentum=0.9, rate_inside=False),
    "clipped": ov.Clip(ov.NAG(0.05, momentum=0.9), norm=1.0),
    "decayed": ov.WeightDecay(ov.NAG(0.05, momentum=0.9), 0.01),
    "RMSprop": ov.RMSprop(0.05, momentum=0.5, nesterov=True),
    "keras.SGD": FLAVOURS["keras.SGD"](0.05, momentum=0.9, nesterov=True),
}


def by_hand(objective, rate, momentum, steps):
    """theta and v of the lecture: v = momentum v - rate g(theta + momentum v), theta = theta + v."""
    theta, velocity = np.array(objective.start, dtype=float), np.zeros(2)
    path = [theta]
    for _ in range(steps):
        _, gradient = objective.value_and_gradient(theta + momentum * velocity, None)
        velocity = momentum * velocity - rate * gradient
        theta = theta + velocity
        path.append(theta)
    return np.array(path)


def test_positions_of_nag_are_theta_of_the_lecture():
    run = ov.minimize(ov.ravine, ov.NAG(0.02, momentum=0.9), steps=60)
    np.testing.assert_allclose(run.positions, by_hand(ov.ravine, 0.02, 0.9, 60), rtol=0, atol=1e-12)
    assert np.abs(run.path - run.positions).max() > 0.1


def test_the_first_step_of_nag_is_that_of_momentum():
    nag = ov.minimize(ov.beale, ov.NAG(0.01), steps=1)
    ball = ov.minimize(ov.beale, ov.Momentum(0.01), steps=1)
    np.testing.assert_allclose(nag.positions[1], ball.path[1], rtol=0, atol=1e-15)


@pytest.mark.parametrize("name", AHEAD)
def test_rules_that_look_ahead_are_drawn_at_their_weights(name):
    rule = AHEAD[name]
    race = ov.compare(ov.ravine, {name: rule}, steps=20)
    run, drawn = race.trajectories[name], race.at_positions.trajectories[name]
    for k in range(21):
        state = {"count": k, **{key: rows[k] for key, rows in run.state.items()}}
        np.testing.assert_allclose(drawn.path[k], position_of(rule, run.path[k], state), rtol=0, atol=1e-12)
        np.testing.assert_allclose(drawn.losses[k], ov.ravine.value(drawn.path[k]), rtol=1e-15)
    assert np.abs(drawn.path - run.path).max() > 1e-3
    assert race.at_positions.recorded[name] is run


@pytest.mark.parametrize(
    "name", [name for name in OPTIMIZERS if not name.startswith(("nag", "schedulefree"))]
)
def test_rules_that_do_not_look_ahead_stay_the_same_object(name):
    race = ov.compare(ov.beale, {name: OPTIMIZERS[name](learning_rate=1e-3)}, steps=3)
    assert race.trajectories[name].positions is race.trajectories[name].path
    assert race.at_positions is race


def test_runs_side_by_side_have_the_positions_of_runs_alone():
    rates = np.array([0.01, 0.02, 5.0])
    together = ov.minimize(ov.ravine, ov.NAG(rates), steps=30, start=np.tile(ov.ravine.start, (3, 1)).T)
    for k, rate in enumerate(rates[:2]):
        alone = ov.minimize(ov.ravine, ov.NAG(rate), steps=30)
        np.testing.assert_array_equal(together.positions[..., k], alone.positions)


def test_tables_and_words_speak_of_the_weights():
    race = ov.compare(ov.ravine, {"NAG": ov.NAG(0.02)}, steps=40)
    (row,) = summary(race)
    assert row.final_loss == pytest.approx(float(ov.ravine.value(race.trajectories["NAG"].positions[-1])))


def test_positions_survive_a_file(tmp_path):
    run = ov.minimize(ov.ravine, ov.NAG(0.02), steps=5)
    run.save(tmp_path / "nag.npz")
    np.testing.assert_array_equal(ov.load_trajectory(tmp_path / "nag.npz").positions, run.positions)


def test_cars_shows_nag_no_further_than_its_weights():
    """The ditch of `cars`: by its look-ahead points NAG came to w = 5.849, its weights stay below 3.9."""
    from optiviz.scenefile import load, resolve

    scene = load(resolve("cars"))
    drawn = play(scene).at_positions
    nag = next(label for label in scene.runs if "NAG" in label)
    assert drawn.trajectories[nag].path[:, 0].max() < 3.95
