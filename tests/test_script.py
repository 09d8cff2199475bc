"""The script of a played scene: texts with numbers from the runs, when each is seen, and the verdict."""

from dataclasses import replace

import numpy as np
import pytest

import optiviz as ov
from optiviz.rendering.stage import set_stage
from optiviz.rendering.timeline import timeline
from optiviz.runs.trajectory import Evaluations, Trajectory
from optiviz.scene.script import script, standings
from optiviz.scene.words import Ask, Caption
from optiviz.scenefile import load, shipped

FLAGSHIP = replace(
    load(shipped()["momentum"]),
    verdict="Home: {home:Momentum 0.5} against {home:Momentum 0.9}",
    captions=(
        Caption(
            "turn:Momentum 0.9", "Back at w = {w:Momentum 0.9!2}, NAG 0.9 at {w:NAG 0.9@turn}.", rest=1.5
        ),
        Caption(0, "Four rules, one start, a line that takes longer to read than two seconds and a half."),
    ),
)
PLAYED = ov.play(FLAGSHIP).at_positions
BOWL = ov.surface("x**2 + y**2", xlim=(-9, 9), ylim=(-9, 9), start=(4, 0), minima=[(0, 0)])


def run(label, x, stopped_at=None):
    """A run along x, whose losses are the squares of x."""
    path, count = np.stack([x, np.zeros(len(x))], axis=1), np.arange(len(x))
    status = "finished" if stopped_at is None else "diverged"
    spent = Evaluations(0, len(x) - 1, 0 * count, count)
    return Trajectory(label, path, path[:, 0] ** 2, np.empty((0, 2)), {}, status, stopped_at, count, spent)


def race(*runs, objective=BOWL):
    return ov.Comparison(objective, {one.label: one for one in runs})


def scene(*labels, objective=BOWL, **settings):
    return ov.Scene(objective, {label: ov.GD() for label in labels}, **{"steps": 4, **settings})


def test_texts_are_filled_from_the_runs():
    # pictures.md 6.8 and 7.8: both turn at epoch 8, at w = 4.11 and 3.18; homes 8 and 42
    lines = script(FLAGSHIP, PLAYED)
    assert [line.time for line in lines] == [0, 8, 60]
    assert lines[1].text == "Back at w = 4.1, NAG 0.9 at 3.18."
    assert lines[2].text == "Home: 8 against 42" and lines[2].verdict


def test_what_never_happens_is_a_fault():
    never = replace(FLAGSHIP, captions=(Caption("diverges:NAG 0.9", "Gone."),))
    with pytest.raises(ov.BadInput, match=r"captions.0.at: 'diverges:NAG 0.9' never happens in 60 steps"):
        script(never, PLAYED)


@pytest.mark.parametrize(
    ("runs", "told"),
    [  # losses are squares of x; home is at 0.16 and below
        (
            [run("a", [4, 1, 0, 0, 0]), run("b", [4, 3, 2, 1, 0])],
            "a is home first, at step 2; b last, at 4.",
        ),
        ([run("a", [4, 1, 0, 0, 0]), run("b", [4, 3, 2, 2, 2])], 
         "a is home first, at step 2; b does not get there."),
        ([run("a", [4, 1, 0, 0, 0]), run("b", [4, 9], stopped_at=2)], 
         "a is home first, at step 2; b diverges."),
        ([run("a", [4, 1, 0, 0, 0])], "a is home at step 2."),
        ([run("a", [4, 3, 2, 2, 2]), run("b", [4, 3, 3, 3, 3])], "Loss in the end: a 4, b 9."),
        ([run("a", [4, 9], stopped_at=2)], "a diverges."),
    ],
)  # fmt: skip
def test_a_verdict_is_written_from_the_results(runs, told):
    (line,) = script(scene(*(one.label for one in runs)), race(*runs, objective=BOWL))
    assert line.text == told and line.time == 4


def test_a_scene_may_want_none():
    assert script(scene("a", verdict="none"), race(run("a", [4, 0, 0, 0, 0]))) == ()


def test_the_key_says_what_became_of_each():
    runs = [run("a", [4, 1, 0, 0, 0]), run("b", [4, 3, 2, 2, 2]), run("c", [4, 9], stopped_at=2)]
    told = standings(scene("a", "b", "c"), race(*runs))
    assert told == {"a": "home at 2", "b": "not home", "c": "diverged at 2"}


def test_a_line_stands_until_it_is_read():
    moments = timeline(FLAGSHIP, PLAYED)
    first = next(k for k, moment in enumerate(moments) if moment.line == 1 and moment.strength == 1)
    assert moments[first].step == 8 and moments[first - 1].strength < 1
    assert moments[first].centiseconds >= 150  # its rest
    words = 16  # of the first line, 0.28 s each: more than it has until the next one begins to fade in
    gone = next(k for k, moment in enumerate(moments) if moment.line == 1)
    assert sum(moment.centiseconds for moment in moments[:gone]) >= round(100 * 0.28 * words)
    assert moments[-1].line == 2 and moments[-1].centiseconds >= 250


def test_lines_fade_and_stand_alone():
    moments = timeline(FLAGSHIP, PLAYED)
    assert {moment.line for moment in moments} == {0, 1, 2}
    assert all(a.line <= b.line for a, b in zip(moments, moments[1:], strict=False))
    assert all(0 < moment.strength <= 1 for moment in moments)


def test_names_are_seen_in_their_colours():
    stage = set_stage(FLAGSHIP, PLAYED)
    lines = next(mark for mark in stage.marks if type(mark).__name__ == "CaptionLines")
    strip = lines.strips[1][0].pixels.astype(int)  # it names NAG 0.9, not Momentum 0.5
    solid = strip[strip[..., 3] > 250][:, :3]
    nag, ball = (stage.colors[-k] for k in (1, 3))
    near = [(np.abs(solid - [int(color[k : k + 2], 16) for k in (1, 3, 5)]).max(axis=1) < 3).sum()
            for color in (nag, ball)]  # fmt: skip
    assert near[0] > 100 and near[1] == 0
    assert lines.box(stage.moments[-1], stage.moments[-1])[0] == 40


def test_what_a_scene_says_of_itself_is_in_its_files(tmp_path):
    import json

    from PIL import Image

    told = replace(FLAGSHIP, author="A. Nonym", notes="Tell the class = all; of it.", size=(640, 360),
                   seconds=1.0, poster="turn:NAG 0.9")  # fmt: skip
    outs = [tmp_path / f"a.{kind}" for kind in ("json", "png", "pdf", "svg")]
    ov.render(told, outs)
    sidecar = json.loads(outs[0].read_text(encoding="utf-8"))
    assert (sidecar["author"], sidecar["notes"]) == ("A. Nonym", "Tell the class = all; of it.")
    assert [line["text"] for line in sidecar["captions"]][-1] == "Home: 8 against 42"
    assert sidecar["typeface"] == "Lato"
    with Image.open(outs[1]) as image:
        assert image.text["Description"] == told.notes and image.text["Author"] == told.author
    assert b"A. Nonym" in outs[2].read_bytes()
    svg = outs[3].read_text(encoding="utf-8")
    assert "Tell the class" in svg and "against 42" in svg  # the verdict is letters
    ov.render(told, tmp_path / "a.gif")
    with Image.open(tmp_path / "a.gif") as image:
        assert told.notes.encode() in image.info["comment"]


def test_a_poster_shows_its_moment(tmp_path):
    from optiviz.rendering.render import still

    small = replace(FLAGSHIP, size=(640, 360), seconds=1.0)
    still(replace(small, poster="turn:NAG 0.9"), tmp_path / "a.png")
    still(small, tmp_path / "b.png", at=8)
    still(small, tmp_path / "c.png")
    bytes_of = lambda name: (tmp_path / name).read_bytes()
    assert bytes_of("a.png") == bytes_of("b.png") != bytes_of("c.png")


def test_a_question_stops_the_clip_before_the_answer(tmp_path):
    asking = replace(FLAGSHIP, ask=Ask(7, "Who is home first?", 3.0), size=(640, 360))
    moments, lines = timeline(asking, PLAYED), script(asking, PLAYED)
    assert [line.question for line in lines] == [False, True, False, False] and lines[2].late
    first = next(k for k, moment in enumerate(moments) if moment.line == 1 and moment.strength == 1)
    assert moments[first].step == 7 and moments[first].centiseconds >= 300
    assert all(moment.line <= 1 for moment in moments[: first + 1])
    answered = next(moment for moment in moments if moment.line == 2)
    assert answered.step >= 8  # its number is of epoch 8: nothing of it is seen before
    ov.render(asking, tmp_path / "a.png")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "a.question.png"]
    assert (tmp_path / "a.png").read_bytes() != (tmp_path / "a.question.png").read_bytes()


def test_in_a_narrow_frame_a_long_caption_takes_two_rows_above_the_panels():
    text = "Momentum 0.9 shoots past the minimum: it keeps nine tenths of its speed."  # 72 letters
    two = replace(FLAGSHIP, size=(1080, 1080), captions=({"at": 5, "text": text},), verdict="none")
    stages = [set_stage(replace(two, captions=given), PLAYED) for given in (two.captions, ())]
    (lines,) = (mark for mark in stages[0].marks if type(mark).__name__ == "CaptionLines")
    (rows,) = lines.strips
    read = [" ".join("".join(part[1] for part in row.parts).split()) for row in rows]
    assert read == ["Momentum 0.9 shoots past the minimum:", "it keeps nine tenths of its speed."]
    moment = next(one for one in stages[0].moments if one.line == 0)
    bottom = lines.box(moment, moment)[1]
    tops = [max(axes.bbox.y1 for axes in stage.figure.axes) for stage in stages]
    assert tops[0] + 1.5 * 36 < bottom + 36 and tops[1] - tops[0] == pytest.approx(36 * 1.5, abs=1)
