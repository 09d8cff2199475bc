"""The scenes that look inside a step and at curvature: what each tells the class is a number here."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import optiviz as ov
from optiviz.analysis.curvature import lanczos
from optiviz.rendering.timeline import timeline

SCENES = Path(__file__).parents[1] / "scenes"


def played(name):
    scene = ov.load(SCENES / f"{name}.toml")
    return scene, ov.play(scene).trajectories


def test_anatomy_nag():
    scene, runs = played("anatomy_nag")
    ball, nag = (
        ov.anatomy_of(runs[label], scene.runs[label].optimizer, scene.slow.step)
        for label in ("Momentum", "NAG")
    )
    np.testing.assert_allclose(ball.start, nag.start, rtol=1e-15)  # the same place,
    np.testing.assert_allclose(ball.memory, nag.memory, rtol=1e-15)  # the same speed,
    assert ball.slope[1] < -0.1 and nag.slope[1] > 0.1  # and opposite slopes across the valley
    assert nag.seen[1] < 0 < nag.start[1]  # the ring is beyond the floor
    assert abs(nag.end[1]) < 0.5 * abs(ball.end[1])
    longer = ov.play(replace(scene, steps=40, captions=(), verdict="none")).at_positions.trajectories
    swing = {label: np.abs(run.path[20:, 1]).max() for label, run in longer.items()}
    assert swing["NAG"] < 0.1 * swing["Momentum"]
    assert [m.part for m in timeline(scene) if m.part][::60] == ["memory", "gradient", "move"]


def test_anatomy_adam():
    scene, runs = played("anatomy_adam")
    one = ov.anatomy_of(runs["Adam"], scene.runs["Adam"].optimizer, scene.slow.step)
    slope, step = np.abs(one.gradient), np.abs(one.end - one.start)
    assert slope[1] > 2.5 * slope[0] and max(step) < 1.05 * min(step)
    assert one.rate[0] > 2.5 * one.rate[1]
    for k in range(1, 4):
        step = np.diff(runs["Adam"].path[k - 1 : k + 1], axis=0)[0]
        assert 0.9 < abs(step[0] / step[1]) < 1.1


def test_curvature_across_and_along():
    scene, runs = played("curvature")
    path = runs["GD"].path
    limit = ov.stability_limit(scene.runs["GD"].optimizer)
    across, along, angles = [], [], []
    for place, move in zip(path[:-1], np.diff(path, axis=0), strict=True):
        sharp, steep = lanczos(scene.objective, place)
        assert sharp == pytest.approx(4, rel=1e-9) and 0.98 * limit < sharp < limit
        steep = steep * np.sign(steep @ place)  # outwards
        across.append(steep @ move)
        along.append(np.array([-steep[1], steep[0]]) @ move)
        angles.append(np.degrees(np.arctan2(steep[1], steep[0])))
    assert (np.diff(np.sign(across)) != 0).all()  # to and fro at every step
    assert (np.sign(along) > 0).all()  # and always on along the valley
    assert angles[-1] - angles[0] > 140
    assert np.median(np.abs(across)) > 4 * np.median(along)
    smooth = runs["Half the rate"].path
    assert (np.abs(np.linalg.norm(smooth[5:], axis=1) - 3) < 0.13).all()


def test_edge_of_stability():
    scene, runs = played("edge_of_stability")
    for label, run in runs.items():
        limit = ov.stability_limit(scene.runs[label].optimizer)
        vector, seen = None, []
        for row in (0, *range(700, 1201, 25)):
            value, vector = lanczos(scene.objective, run.path[row], vector)
            seen.append(value / limit)
        assert seen[0] < 0.9  # it begins below,
        assert 0.97 < np.median(seen[1:]) < 1.03  # ends at 2 / rate
        assert min(seen[1:]) > 0.8 and max(seen[1:]) < 1.25  # and hovers there,
        rises = np.diff(run.losses[700:]) > 0
        assert (
            0.02 < rises.mean() < 0.7 and run.losses[-1] < 0.04 * run.losses[0]
        )  # while the loss falls, in jumps
