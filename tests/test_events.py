"""Events of runs: the flagship's are the art direction's numbers, those of made paths are worked by hand."""

import numpy as np
import pytest

import optiviz as ov
from optiviz.runs.trajectory import Evaluations, Trajectory
from optiviz.scene.crossings import crosses, crossing_of
from optiviz.scene.events import (
    diverges,
    home,
    home_level,
    homes,
    leaves,
    losses_at_times,
    overtaken,
    passes,
    reversal,
    turn,
)  # fmt: skip
from optiviz.scene.script import standings
from optiviz.scene.words import Goal
from optiviz.scenefile import shipped

BOWL = ov.surface("x**2 + y**2", xlim=(-9, 9), ylim=(-9, 9), start=(4, 0), minima=[(0, 0)])
RIDGE = ov.surface("x**2 - y**2", xlim=(-9, 9), ylim=(-9, 9), start=(4, 0))


def run(label, x, y=None, losses=None, stopped_at=None):
    path = np.stack([np.array(x, float), np.zeros(len(x)) if y is None else np.array(y, float)], axis=1)
    losses = (path**2).sum(axis=1) if losses is None else np.array(losses, float)
    count = np.arange(len(path))
    status = "finished" if stopped_at is None else "diverged"
    return Trajectory(label, path, losses, np.empty((0, 2)), {}, status, stopped_at, count,
                      Evaluations(0, len(path) - 1, 0 * count, count))  # fmt: skip


def race(*runs, objective=BOWL, **settings):
    return ov.Comparison(objective, {one.label: one for one in runs}, **settings)


def played(name):
    return ov.play(ov.load(shipped()[name])).at_positions


@pytest.mark.parametrize(
    ("name", "steps"),
    [  # pictures.md 7.8, 13 and 13.1
        ("momentum", {"Momentum 0.5": 8, "Batch GD": 19, "NAG 0.9": 19, "Momentum 0.9": 42}),
        ("nag", {"NAG": 9, "Momentum": 42}),
        (
            "race_beale",
            {"Adagrad": 20, "GD": 27, "SGD": 30, "Momentum": 32, "Adam": 38, "NAG": 44, "RMSprop": 52},
        ),
        ("zigzag", {"SGD with momentum": 18, "SGD": 54}),
        ("race_saddle", {}),  # nobody knows how low it goes
    ],
)  # fmt: skip
def test_homes_of_shipped_scenes(name, steps):
    found = homes(played(name))
    assert {label: one.time for label, one in found.items()} == steps
    assert list(found) == list(steps)  # the first of them first


def test_turns_of_the_flagship():
    comparison = played("momentum")
    turns = {label: turn(comparison, label) for label in comparison.trajectories}
    assert turns["Batch GD"] is None and turns["Momentum 0.5"] is None
    for label, w in (("Momentum 0.9", 4.11), ("NAG 0.9", 3.18)):  # pictures.md 6.8: both at epoch 8
        one = turns[label]
        assert (one.time, one.axis) == (8, 0)
        assert comparison.trajectories[label].path[one.row, 0] == pytest.approx(w, abs=0.005)


def test_home_is_kept_to_the_end():
    # 16 at the start and 0 below: a hundredth is 0.16. It dips to 0 at row 1, leaves, and stays from row 3 on
    comparison = race(run("a", [4, 0, 1, 0.3, 0.1]), run("b", [4, 2, 1, 0, 1]))
    assert home_level(comparison) == pytest.approx(0.16)
    assert home(comparison, "a").row == 3 and home(comparison, "b") is None
    assert home(comparison, "a", share=0.07).row == 1  # 1.12


def test_home_counts_in_steps_of_the_clip():
    slow = race(run("a", [4, 2, 0]), times={"a": np.array([0.0, 10.0, 20.0])})
    assert home(slow, "a").time == 20.0


def test_nobody_is_home_where_nobody_knows_how_low_it_goes():
    one, other = run("a", [4, 2, 0], losses=[16, 4, 0]), run("b", [4, 3, 2], losses=[16, 9, 4])
    assert home_level(race(one, other, objective=RIDGE)) is None
    both = race(one, run("b", [4, 0, 0], losses=[16, 0.1, 0.1]), objective=RIDGE)
    assert homes(both).keys() == {"b", "a"}


def test_a_turn_is_where_the_longest_way_out_ends():
    # x goes 4 -> 4.1 -> down (way out 0.1); y goes 0 -> 5 and comes back to 4
    comparison = race(run("a", [4, 4.1, 3, 2, 1], [0, 2, 5, 4.5, 4]), run("b", [4, 3, 2, 1, 0]))
    assert (turn(comparison, "a").row, turn(comparison, "a").axis) == (2, 1)
    assert turn(comparison, "b") is None


def test_last_bits_are_no_turn():
    assert reversal(np.array([4.0, 1.0, 1e-9, 2e-9, 1e-9])) is None
    assert reversal(np.array([4.0, 1.0, 1.0, 3.0])) == 2  # it stood still for a step, then turned
    assert reversal(np.array([1.0, 1.0])) is None


def test_who_leaves_the_window_does_not_come_back():
    comparison = race(run("a", [4, 6, 4, 7, 8]), run("b", [4, 6, 4, 3, 2]), run("c", [4, 4], stopped_at=2))
    found = {label: leaves(comparison, label, (-5, 5), (-5, 5)) for label in "abc"}
    assert found["a"].time == 3 and found["b"] is None
    assert found["c"].time == 2 and found["c"].kind == "leaves"  # lost from inside


def test_a_lost_run_is_told_with_its_step():
    comparison = race(run("a", [4, 5, 9], stopped_at=3), run("b", [4, 3, 2]))
    assert diverges(comparison, "a").time == 3 and diverges(comparison, "b") is None
    assert home(comparison, "a") is None
    epochs = race(run("a", [4, 5, 9], stopped_at=3), times={"a": np.array([0.0, 5.0, 10.0])})
    assert diverges(epochs, "a").time == 15  # five steps of the clip for each of its own


def test_overtaken_is_for_good():
    a = run("a", [0] * 5, losses=[9, 4, 3, 3, 3])
    b = run("b", [0] * 5, losses=[9, 5, 2, 5, 1])  # ahead at 2, behind at 3, ahead from 4 on
    found = overtaken(race(a, b), "a")
    assert (found.time, found.other) == (4, "b") and overtaken(race(a, b), "b") is None
    always = run("c", [0] * 5, losses=[9, 1, 1, 1, 0])
    assert overtaken(race(a, always), "a") is None  # it never led


def test_runs_of_other_paces_are_compared_at_equal_times():
    a = run("a", [0, 0, 0], losses=[9, 4, 3])
    comparison = race(a, times={"a": np.array([0.0, 4.0, 8.0])})
    assert losses_at_times(comparison, "a", np.array([0.0, 3.9, 4.0, 99.0])).tolist() == [9, 9, 4, 3]


def test_a_limit_is_passed():
    comparison = race(run("a", [4, 3, 2], [0, 0.5, 1.5]))
    assert passes(comparison, "a", comparison.trajectories["a"].path[:, 1], 1.0).row == 2


def test_crossings_hold_to_the_end():
    one = run("a", [4, -5, 2, -3, -6, -7], losses=[9, 1, 8, 1, 1, 1])
    comparison = race(one)
    found = {
        kind: crosses(comparison, "a", crossing_of(kind), kind)
        for kind in ("x<-2", "|x|>2.5", "loss < 2", "x>9")
    }
    assert {kind: event and event.time for kind, event in found.items()} == {
        "x<-2": 3, "|x|>2.5": 3, "loss < 2": 3, "x>9": None,
    }  # fmt: skip
    assert crossing_of("home") is None and crossing_of("|x>1") is None


def test_a_goal_is_told_in_the_key():
    scene = ov.Scene(BOWL, {"slow": ov.GD(0.05), "fast": ov.GD(0.25)}, steps=8, goal=Goal("x<1", "in"))
    # x' = 0.9 x: 4 * 0.9^8 = 1.72; x' = x / 2: 4, 2, 1, 0.5
    assert standings(scene, ov.play(scene)) == {"slow": "not in", "fast": "in at 3"}
    for when, said in (("home", "must be a crossing"), ("z>1", "of loss, x, y")):
        with pytest.raises(ov.BadInput, match=said):
            ov.Scene(BOWL, {"a": ov.GD()}, goal={"when": when})
