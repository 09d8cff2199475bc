"""What the words of the shipped scenes claim, computed another way; one function a scene, by name.

What `test_scenes*.py` holds already (basins, stability, robustness, the worked examples) is not repeated.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import optiviz as ov
from optiviz.scene.script import script

SCENES = Path(__file__).parents[1] / "scenes"


def played(name):
    """The scene, its runs where their weights are, and its lines as the class reads them."""
    scene = ov.load(SCENES / f"{name}.toml")
    comparison = ov.play(scene).at_positions
    return scene, comparison.trajectories, [line.text for line in script(scene, comparison)]


def first_kept(condition):
    """From which row on a condition holds to the end."""
    return len(condition) - int(np.argmin(condition[::-1])) if not condition.all() else 0


def test_anatomy_adam():
    scene, runs, lines = played("anatomy_adam")
    assert scene.objective.gradient(np.array([-7.0, 2.0])) == pytest.approx([-7 / 6, 4])
    np.testing.assert_allclose(np.abs(np.diff(runs["Adam"].path[:2], axis=0)), [[0.6, 0.6]], rtol=1e-5)
    assert lines[-1] == "Even, not fast: GD ends at loss 0.0039, Adam at 0.046."
    assert abs(runs["GD"].path[1, 1]) < 1e-12  # y' = y - 0.5 * 2 y: on the floor at once


def test_anatomy_nag():
    _, runs, lines = played("anatomy_nag")
    rate, decay, curvature = 0.013, 0.9, np.array([1.0, 50.0])  # f = (x^2 + 50 y^2) / 2

    def by_hand(ahead):
        theta, v = np.array([-9.0, 1.5]), np.zeros(2)
        for _ in range(3):
            v = decay * v - rate * curvature * (theta + ahead * decay * v)
            theta = theta + v
        return theta

    for label, ahead in (("Momentum", 0), ("NAG", 1)):
        np.testing.assert_allclose(runs[label].path[3], by_hand(ahead), rtol=1e-9)
    assert lines[-1] == "Momentum was thrown across the ravine to y = −1.34, NAG only to −0.25."
    assert abs(runs["NAG"].path[:, 1]).max() == 1.5 and runs["NAG"].path[:, 1].min() > -0.25


def test_cars():
    _, runs, lines = played("cars")
    assert runs["NAG 0.9"].path[:, 0].max() < 3.9 and runs["Momentum 0.9"].path[:, 0].argmax() == 2
    assert "Momentum 0.9 swings across, out to w = 5.7. NAG 0.9 stays below 3.9." in lines
    assert lines[-1] == (
        "After 600: Batch GD is at b = −3.7, Momentum 0.9 and NAG 0.9 at −16.2; best is −17.6."
    )
    assert runs["NAG 0.9"].path[-1, 1] == pytest.approx(-16.2, abs=0.05)


def test_convexity():
    _, runs, lines = played("convexity")
    assert (
        lines[-1]
        == "Convex: 0 for all. Not convex: Momentum, left at 1.15, GD, right at 4, the others −1.71."
    )
    y = {label: run.path[:, 1] for label, run in runs.items()}
    np.testing.assert_allclose([y["GD, left"][-1], y["Momentum, right"][-1]], -1.71, atol=0.005)
    assert y["Momentum, right"][20] < 1.16 < y["Momentum, right"][12]  # over the deepest valley by then
    assert all(abs(run.path[-1, 0]) < 0.05 for run in runs.values())


def test_ewma():
    """A wave of a year is late by the phase of beta: atan2(beta sin, 1 - beta cos) / frequency."""
    turn = 2 * np.pi / 365
    lags = [np.arctan2(b * np.sin(turn), 1 - b * np.cos(turn)) / turn for b in (0.5, 0.9, 0.98)]
    np.testing.assert_allclose(lags, [1, 9, 40], atol=0.6)
    assert "by 1, 9 and 40 days" in played("ewma")[2][-1]


def test_graphs():
    scene, runs, _ = played("graphs")
    height = runs["Gradient descent"].losses
    near = np.flatnonzero(abs(height - 0.25) < 0.01)
    assert (near[0], near[-1], len(near)) == (13, 25, 13)
    slopes = np.linalg.norm(scene.objective.gradient(runs["Gradient descent"].path.T), axis=0)
    assert abs(int(slopes[:30].argmin()) - 18) <= 1 and slopes[18] < 0.08


def test_local_minimum():
    _, runs, lines = played("local_minimum")
    top = np.sort(np.roots([1, 0, -3, 1.4]).real)[1]  # the pass of x^4/4 - 1.5 x^2 + 1.4 x
    assert top == pytest.approx(0.51, abs=0.01)
    assert (runs["Momentum 0.5"].path[1] == runs["Batch GD"].path[1]).all()  # the same first step
    assert lines[-1] == "Batch GD stays at loss −0.02; Momentum 0.5 is in the global minimum, at −4.82."
    longer = ov.minimize(played("local_minimum")[0].objective, ov.GD(0.1), steps=75)
    assert longer.losses[-1] == pytest.approx(-0.0201, abs=5e-5)  # 75 epochs do not help


def test_momentum_decay():
    _, runs, lines = played("momentum_decay")
    assert [int(run.path[:, 0].argmax()) for run in runs.values()] == [5, 5, 5]
    assert "The longer the memory, the further past the minimum: w = 2.5, 3.8, 4.4." in lines
    assert lines[-1] == "A walk, a swing, a spiral: home at epoch 7, 18 and 42."


def test_nag():
    _, runs, lines = played("nag")
    np.testing.assert_allclose(runs["NAG 0.9"].path[1], runs["Momentum 0.9"].path[1], rtol=1e-12)
    assert [int(run.path[:, 0].argmax()) for run in runs.values()] == [5, 5]  # never earlier in time
    assert "Both turn at epoch 5: Momentum 0.9 at w = 4.43, NAG 0.9 at 3.03." in lines
    assert lines[-1] == "NAG 0.9 is home at epoch 9, Momentum 0.9 at 42."


def test_one_weight():
    _, _, lines = played("one_weight")
    assert pytest.approx(18.8, abs=0.05) == 1 + 2 * 1.2**12
    home = [next(k for k in range(99) if 4 * (1 - 2 * rate) ** (2 * k) <= 0.04) for rate in (0.8, 0.1)]
    assert lines[-1] == (
        f"rate 0.8 is home at step {home[0]}, rate 0.1 at {home[1]}, rate 1 never; rate 1.1 is at w = 18.8."
    )


def test_race_beale():
    scene, runs, lines = played("race_beale")
    steps = np.linalg.norm(np.diff(runs["Adagrad"].path, axis=0), axis=1)
    assert steps.argmax() == 0  # its first step was its longest
    assert runs["Momentum"].path[:, 1].min() == pytest.approx(-1.86, abs=0.005)
    home = {label: first_kept(run.losses <= 0.01 * run.losses[0]) for label, run in runs.items()}
    assert min(home, key=home.get) == "Adagrad" and max(home, key=home.get) == "RMSprop"
    assert runs["Adam"].path[:100, 0].max() > 3.1  # past the minimum at 3
    for seed in range(8):  # the noise of SGD changes neither who is lowest nor who is home first
        sgd = ov.play(replace(scene, seed=seed)).trajectories["SGD"]
        assert sgd.losses[-1] > runs["Adam"].losses[-1]
        assert first_kept(sgd.losses <= 0.01 * sgd.losses[0]) > home["Adagrad"]
    assert lines[-1].startswith("First home: Adagrad, at step 20. Lowest in the end: Adam 3·10")


def test_race_himmelblau():
    scene, runs, _ = played("race_himmelblau")
    ends = {
        label: int(np.linalg.norm(scene.objective.minima - run.path[-1], axis=1).argmin())
        for label, run in runs.items()
    }
    assert ends["GD"] == ends["Momentum"] == ends["Adam 0.5"]
    assert len({ends["GD"], ends["Adam 2"], ends["Adam 2.1"], ends["Adam 2.9"]}) == 4
    apart = np.linalg.norm(runs["Adam 2"].path - runs["Adam 2.1"].path, axis=1)
    assert apart[8] < 1 and apart[12:].min() > 2


def test_race_rosenbrock():
    _, runs, lines = played("race_rosenbrock")
    for run in runs.values():
        x, y = run.path[20:].T
        assert np.abs(y - x * x).max() < 0.15  # on the floor
    past = {label: first_kept(run.path[:, 0] > 0) for label, run in runs.items() if run.path[-1, 0] > 0}
    assert past == {"Momentum": 134, "NAG": 30, "Adam": 209}
    assert lines[-1] == "Goal x = 1; after 300: NAG 0.897, Momentum 0.815, Adam 0.635; GD −1.25."


def test_race_saddle():
    _, runs, lines = played("race_saddle")
    out = {label: first_kept(abs(run.path[:, 1]) > 1) for label, run in runs.items()}
    assert out == {"GD": 38, "Momentum": 19, "NAG": 16, "Adagrad": 28, "RMSprop": 4, "Adam": 11}
    assert lines[-1] == "Out at 4: RMSprop; 11: Adam; 16: NAG; 19: Momentum; 28: Adagrad; 38: GD."
    growth = runs["GD"].path[1:, 1] / runs["GD"].path[:-1, 1]
    np.testing.assert_allclose(growth, 1.2, rtol=1e-9)  # by a fifth a step


def test_zigzag():
    _, runs, lines = played("zigzag")
    assert runs["SGD"].path[22, 0] == pytest.approx(-9 * (1 - 0.038) ** 22)
    assert "After 22 steps: SGD is at x = −3.8, with momentum at −0.2. The minimum is at 0." in lines
    assert lines[-1] == "With momentum home at step 18, without at 54: half the rate, three times as fast."
