"""Every shipped scene: each run is seen in each panel that shows it, time is well spent, cells are filled."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import optiviz as ov
from optiviz.objectives.training import Training
from optiviz.rendering.marks.trails import Head
from optiviz.rendering.panels.check import has_own_clock
from optiviz.rendering.stage import set_stage
from optiviz.rendering.timeline import timeline
from optiviz.scene.pacing import paths_in_window
from optiviz.scenefile import load, shipped

SCENES = list(shipped())
# maps of very many runs and planes of large networks take many seconds to be set, and show one run or none
COSTLY = {
    "basins_rates",
    "basins_himmelblau",
    "wide_narrow",
    "edge_of_stability",
    "capacity",
    "initialisation",
}
SEEN = 40  # pixels of its own colour, of a run that is alive and in view
MOTION = 15  # different frames in a second of motion
FIFTH, ONE = 0.55, 0.85  # of all paths, and of one, in the first fifth of the motion


@cache
def played(name):
    """A scene and its runs; networks learn for two epochs, which is enough to see them."""
    scene = load(shipped()[name])
    if isinstance(scene.objective, Training) and scene.epochs:
        short = {"epochs": min(scene.epochs, 2), "steps": type(scene).steps}
        marks = {"captions": (), "marks": (), "ask": None, "poster": None, "verdict": "none", "pauses": ()}
        scene = replace(scene, **short, **marks)
    return scene, ov.play(scene)


@pytest.mark.parametrize("name", [name for name in SCENES if name not in COSTLY])
def test_every_run_is_seen(name):
    scene, comparison = played(name)
    stage = set_stage(scene, comparison)
    crowds = list({id(mark.crowd): mark.crowd for mark in stage.marks if isinstance(mark, Head)}.values())
    if not crowds:
        pytest.skip("shows no heads of runs")
    last, high = len(stage.moments) - 1, stage.size[1]
    for k in (0, last // 4, last // 2, last):
        frame = stage.frame(k)
        for crowd in crowds:
            for trail in crowd.trails:
                left, bottom, right, top = trail.route.clip
                if trail.exit(stage.moments[k]) or not trail.head:
                    continue
                room = int(3 * trail.head)  # heads at one place are petals around it, the key is on the right
                rows = slice(max(high - top - room, 0), high - bottom + room)
                part = frame[rows, max(left - room, 0) : right + int(trail.head)]
                color = [int(trail.look.color[j : j + 2], 16) for j in (1, 3, 5)]
                seen = int((part[..., :3] == color).all(axis=-1).sum())
                assert seen >= SEEN, (k, trail.look.color, trail.route.clip, seen)


def on_a_map(name):
    scene = load(shipped()[name])
    maps = ("landscape", "landscape3d", "anatomy")
    return scene.runs and any(panel.name in maps for panel in scene.panels)


@pytest.mark.parametrize("name", [name for name in SCENES if on_a_map(name)])
def test_time_is_spent_where_something_is_drawn(name):
    scene, comparison = played(name)
    comparison = comparison.at_positions
    every = timeline(scene, comparison)
    moments = [one for one in every if not one.part and one.camera == int(one.camera)]
    fifth = max(one.time for one in moments if one.phase < 0.2)
    drawn, early, most = 0.0, 0.0, 0.0
    for label, line in paths_in_window(comparison).items():
        along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
        if not along[-1]:
            continue
        then = float(np.interp(fifth, comparison.times[label], along))
        drawn, early, most = drawn + along[-1], early + then, max(most, then / along[-1])
    assert not drawn or early / drawn <= FIFTH, early / drawn
    assert most <= ONE, most


@pytest.mark.parametrize("name", SCENES)
def test_motion_is_smooth(name):
    """Of the frames of motion so many a second show another time, or a panel's own clock going on."""
    scene, comparison = played(name) if name not in COSTLY else (load(shipped()[name]), None)
    moments = timeline(scene, comparison.at_positions if comparison else None)
    seconds = sum(round(100 / scene.fps) for _ in moments) / 100
    different = len({(one.time, one.part, one.share, one.camera) for one in moments})
    if any(map(has_own_clock, scene.panels)):
        different = len({one.phase for one in moments})
    assert different / seconds >= MOTION * min(scene.fps, 20) / 20
