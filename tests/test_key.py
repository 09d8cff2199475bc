"""The key of the runs: every run has its number, as exact as there is room for, and stands off the map."""

from dataclasses import replace

import numpy as np
import pytest

import optiviz as ov
from optiviz.rendering.key import loss_text
from optiviz.rendering.marks.agg import box_of
from optiviz.rendering.marks.shapes import Words
from optiviz.rendering.stage import set_stage
from optiviz.rendering.timeline import Moment
from optiviz.scene.numbers import number


@pytest.mark.parametrize("size", [(1280, 720), (960, 720)])
@pytest.mark.parametrize("name", ["race_beale", "race_himmelblau"])
def test_every_run_has_its_number_in_the_middle_of_the_clip(name, size):
    scene = ov.load(name)
    scene = replace(scene, size=size)
    comparison = ov.play(scene)
    stage = set_stage(scene, comparison)
    moment = next(one for one in stage.moments if one.step == scene.steps // 4)
    told = [mark.reads(moment) for mark in stage.marks if isinstance(mark, Words)]
    for label, run in comparison.at_positions.trajectories.items():
        loss = float(run.losses[comparison.at_positions.row(label, moment.step)])
        forms = {number(loss, digits, zeros=True) for digits in (3, 2, 1)}
        assert forms & {text.removeprefix("loss ") for text in told}, (label, loss)


def test_the_digits_are_those_asked_for():
    bowl = ov.surface("x**2 + y**2", xlim=(-2, 2), ylim=(-2, 2), start=(0.3, 0.04))
    run = ov.compare(bowl, {"GD": ov.GD(0.0)}, steps=2)
    moment = Moment(1, 0.5, 5)
    said = loss_text(run, "GD", "lost")
    assert [said(moment, digits) for digits in (3, 2, 1)] == ["0.0916", "0.092", "0.09"]  # 0.09 + 0.0016


def test_in_a_narrow_frame_the_key_stands_off_the_map():
    scene = ov.Scene(
        ov.beale, {"GD": ov.GD(1e-3), "Adam": ov.Adam(0.1)}, ("landscape",), size=(960, 720), steps=5
    )
    stage = set_stage(scene, ov.play(scene))
    edge = box_of(stage.figure.axes[0])[2]
    spots = [
        float(line.get_transform().transform(line.get_xydata())[0, 0]) - line.get_markersize() * 100 / 72 / 2
        for line in stage.figure.artists
    ]
    assert len(spots) == 2 and min(np.subtract(spots, edge)) > 4
