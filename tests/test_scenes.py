"""The shipped scenes: what each claims on its top line is a number here."""

from pathlib import Path

import numpy as np
import pytest

import optiviz as ov

SCENES = Path(__file__).parents[1] / "scenes"


def played(name):
    scene = ov.load(SCENES / f"{name}.toml")
    return scene, ov.play(scene).trajectories


@pytest.mark.parametrize("file", sorted(SCENES.glob("*.toml")), ids=lambda file: file.stem)
def test_says_what_to_tell_the_class(file):
    first = file.read_text(encoding="utf-8").split("title", 1)[0]
    told = f"{first} {ov.load(file).notes}"
    assert first.startswith("# ") and "ell the class" in told


def overshoot(run, best):
    """How far past the minimum a path goes, along the line from its start to the minimum."""
    ahead = best - run.path[0]
    return ((run.path - best) @ ahead / np.linalg.norm(ahead)).max()


def test_momentum():
    scene, runs = played("momentum")
    best = scene.objective.best
    past = {label: overshoot(run, best) for label, run in runs.items()}
    assert past["Batch GD"] <= 0
    assert 0 < past["Momentum 0.5"] < past["NAG 0.9"] < past["Momentum 0.9"]
    first_turn = {
        label: int(np.argmax((run.path - best) @ (best - run.path[0]))) for label, run in runs.items()
    }
    assert first_turn["NAG 0.9"] < first_turn["Momentum 0.9"]  # NAG brakes earlier


def test_cars():
    scene, runs = played("cars")
    np.testing.assert_allclose(scene.objective.best, [3.93240876, -17.57909489], atol=5e-9)  # Ezekiel's data
    assert len(scene.objective.data.y) == 50
    curvature = np.linalg.eigvalsh(scene.objective.design.T @ scene.objective.design)
    assert 2500 < curvature[1] / curvature[0] < 2700
    way = {label: run.path[-1, 1] / scene.objective.best[1] for label, run in runs.items()}
    assert 0.15 < way["Batch GD"] < 0.25 and way["Momentum 0.9"] > 0.9 and way["NAG 0.9"] > 0.9
    swing = {label: np.abs(np.diff(run.path[10:50, 0])).sum() for label, run in runs.items()}
    assert swing["Momentum 0.9"] > 20 * swing["NAG 0.9"]


def test_race_beale():
    _, runs = played("race_beale")
    rough = np.abs(np.diff(runs["SGD"].path, axis=0)).sum()
    assert rough > 1.5 * np.abs(np.diff(runs["GD"].path, axis=0)).sum()  # the same way, less sure of it
    assert list(runs) == ["GD", "SGD", "Momentum", "NAG", "Adagrad", "RMSprop", "Adam"]
    for run in runs.values():
        assert run.status == "finished"
        # within a thousandth of the first loss, and by now close to (3, 0.5)
        assert run.losses[-1] < 1e-3 * run.losses[0]
        assert np.linalg.norm(run.path[-1] - [3, 0.5]) < 0.5


def test_race_saddle():
    _, runs = played("race_saddle")
    first_below = {label: int(np.argmax(run.losses < -1)) for label, run in runs.items()}
    # the counts of the verified table of surfaces, rate 0.1
    expected = {"RMSprop": 6, "Adam": 14, "NAG": 16, "Momentum": 19, "GD": 38, "Adagrad": 42}
    assert first_below == expected


def test_zigzag():
    _, runs = played("zigzag")
    flips = {label: int((np.diff(np.sign(run.path[:31, 1])) != 0).sum()) for label, run in runs.items()}
    assert flips["SGD"] == 30  # from wall to wall at every step
    assert flips["SGD with momentum"] < 15
    assert runs["SGD with momentum"].losses[-1] < 0.01 * runs["SGD"].losses[-1]


def test_graphs():
    scene, runs = played("graphs")
    assert scene.objective.name == "lecture_saddle"
    assert [panel.name for panel in scene.panels] == ["landscape3d", "landscape", "landscape3d"]
    path = runs["Gradient descent"].path
    assert np.linalg.norm(path - [-0.5, 0], axis=1).min() < 0.1  # to the saddle first, then away from it
    assert np.linalg.norm(path[-1] - [-0.5, 0]) > 1


def test_meshc():
    scene, runs = played("meshc")
    assert not runs and (scene.objective.xlim, scene.objective.ylim) == ((-6, 6), (-2, 2))
    x = np.linspace(-6, 6, 25)
    value, slope = scene.objective.value_and_gradient(np.stack([x, 0 * x]))
    assert (value == 0).all() and (slope == 0).all()  # all of y = 0 is flat
    above = scene.objective.value(np.stack([x, 0 * x + 0.1]))
    np.testing.assert_array_equal(above > 0, np.cos(x) > 0)  # a valley there, a crest elsewhere
