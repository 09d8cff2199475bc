"""A scene: its limits, and the frames it asks for."""

import pytest

import optiviz as ov
from optiviz.rendering.stage import set_stage
from optiviz.rendering.timeline import timeline
from optiviz.runs.summary import summary


def scene(**settings):
    return ov.Scene(**{"objective": ov.beale, "runs": {"GD": ov.GD(0.01)}, **settings})


def test_bare_names_and_rules_are_enough():
    plain = scene(panels=["loss"])
    assert plain.panels == (ov.Panel("loss"),)
    assert plain.runs["GD"] == ov.Run(ov.GD(0.01))


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            {"runs": {str(k): ov.GD() for k in range(65)}},
            "a scene has from 0 to 64 runs, this one has 65",
        ),
        ({"objective": None}, "there is no problem for the runs to descend"),
        ({"panels": [ov.Panel("landscape", each=True)] * 7}, "a scene has from 1 to 6 panels"),
        (
            {"objective": None, "runs": {}, "epochs": 3},
            "must be left out, as this problem has no data to pass over",
        ),
        (
            {"objective": ov.Fit(ov.Data([0, 1], [1, 2])), "steps": 5, "epochs": 3},
            "steps and epochs both say how long the runs take",
        ),
        ({"steps": 0}, "steps must be from 1 to 1,000,000, got 0"),
        ({"steps": 10**7}, "steps must be from 1 to 1,000,000, got 10,000,000"),
        ({"size": (100, 50)}, "size must be from 120 to 8,192, got 50"),
        ({"size": (8000, 8000)}, r"8000 x 8000 is larger than 4K \(3840 x 2160\)"),
        ({"seconds": 599, "fps": 50}, "29,950 frames are too many; the limit is 3,000"),
        ({"seconds": 60, "fps": 50, "size": (3840, 2160)}, "are 24.9 gigapixels; the limit is 4"),
        ({"ease": "bounce"}, "ease must be one of arc, linear, in, out, in-out, got 'bounce'"),
        ({"hold": -1}, "hold must be from 0 to 60, got -1"),
        ({"seconds": float("nan")}, "seconds must be from 0.1 to 600, got nan"),
    ],
)
def test_limits_hold_before_anything_is_allocated(settings, sentence):
    with pytest.raises(ov.BadInput, match=sentence):
        scene(**settings)


@pytest.mark.parametrize(
    ("asked", "given"), [(30, 100 / 3), (24, 25), (60, 50), (11, 10), (12, 12.5), (20, 20)]
)
def test_frame_rates_are_those_that_a_gif_has(asked, given):
    assert scene(fps=asked).fps == given


def test_without_runs_nothing_is_played_but_the_clip_has_its_length():
    bare = ov.Scene(panels=("curve",), seconds=2, fps=10, hold=0)
    comparison = ov.play(bare)
    assert comparison.objective is None and not comparison.trajectories
    assert len(timeline(bare)) == 20
    with pytest.raises(ov.BadInput, match="there are no runs to write down"):
        comparison.save("never.npz")
    with pytest.raises(ov.BadInput, match="there are no runs to compare"):
        summary(comparison)
    ground = scene(runs={}, panels=("landscape",))
    assert ov.play(ground).objective is ov.beale and not ov.play(ground).trajectories


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"runs": {}}, "panel 'loss' shows runs, and this scene has none"),
        ({"objective": None, "runs": {}}, "panel 'landscape' shows a problem, and this scene has none"),
    ],
)
def test_panels_that_have_nothing_to_show_say_so(settings, sentence):
    bare = scene(**settings)
    with pytest.raises(ov.BadInput, match=sentence):
        set_stage(bare, ov.play(bare))


def test_pictures_of_a_function_need_no_runs():
    bare = scene(runs={}, panels=("landscape", ov.Panel("landscape3d", {"orbit": 90.0})), size=(480, 270))
    stage = set_stage(bare, ov.play(bare))
    first = stage.frame(0).copy()
    assert (stage.frame(len(stage.moments) - 1) != first).any()  # the camera turns
    assert not any("step" in text.get_text() for text in stage.figure.texts)


def test_timeline_keeps_its_time():
    frames = timeline(scene(steps=60, seconds=6, fps=20, hold=2, opening=1))
    assert len(frames) == 120
    assert (frames[0].step, frames[-1].step) == (0, 60)
    assert sum(frame.centiseconds for frame in frames) == 900
    assert frames[-1].centiseconds == 205
    assert [frame.step for frame in frames] == sorted(frame.step for frame in frames)


def test_ease_in_shows_early_steps_longer():
    frames = timeline(scene(steps=100, seconds=5, fps=20, ease="in"))
    # u^2 at half of the time is a quarter of the way
    assert frames[50].time == pytest.approx(100 * (50 / 99) ** 2)
    late = timeline(scene(steps=100, ease="out"))[60]
    assert late.time == pytest.approx(100 * (60 / 119) * (2 - 60 / 119))


def test_unknown_setting_of_a_run():
    odd = scene(runs={"GD": ov.Run(ov.GD(), batch_size=4)})
    with pytest.raises(ov.BadInput, match="unknown setting of Surface 'batch_size'"):
        ov.play(odd)
