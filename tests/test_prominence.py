"""Many runs: a few wear colours, the others are thin grey lines without heads."""

import numpy as np
import pytest

import optiviz as ov
from optiviz.rendering.marks.names import Names
from optiviz.rendering.marks.notes import Note
from optiviz.rendering.marks.trails import Head, Trail
from optiviz.rendering.prominence import prominent
from optiviz.rendering.stage import set_stage
from optiviz.rendering.style import GREY, LIGHT

RATES = [0.001, 0.002, 0.003, 0.02, 0.004, 0.005, 0.006, 0.007, 0.008, 0.0005]
RUNS = {f"rate {rate:g}": ov.GD(rate) for rate in RATES}


def scene(**settings):
    given = {"steps": 10, "seconds": 1.0, "size": (640, 360), **settings}
    return ov.Scene(ov.ravine, RUNS, ("landscape", "loss"), **given)


def test_of_many_the_first_the_best_the_worst_and_some_between():
    many = scene()
    played = ov.play(many)
    ends = {label: run.losses[-1] for label, run in played.trajectories.items()}
    best, worst = min(ends, key=ends.get), max(ends, key=ends.get)
    chosen = prominent(many, played)
    assert {"rate 0.001", best, worst} <= {*chosen} and len(chosen) == 7
    assert chosen == [label for label in RUNS if label in chosen]  # in the order of the file


def test_up_to_eight_all_are_seen():
    few = ov.Scene(ov.ravine, dict(list(RUNS.items())[:8]), steps=2)
    assert prominent(few, ov.play(few)) == list(few.runs)


def test_the_others_are_thin_grey_lines_at_their_own_places():
    shown = scene(highlight=["rate 0.005", "rate 0.02"])
    played = ov.play(shown)
    stage = set_stage(shown, played)
    trails = [mark for mark in stage.marks if isinstance(mark, Trail)]
    quiet = [trail for trail in trails if trail.look.quiet]
    assert len(trails) == 20 and len(quiet) == 16  # in two panels
    assert {trail.width for trail in quiet} == {1.6 * 360 / 720} and not any(trail.head for trail in quiet)
    assert len([mark for mark in stage.marks if isinstance(mark, Head)]) == 4
    assert {trail.look.color for trail in quiet} == {LIGHT.data}
    assert GREY not in {trail.look.color for trail in trails}
    assert [mark.labels for mark in stage.marks if isinstance(mark, Names)] == [["rate 0.02", "rate 0.005"]]
    back = stage.figure.axes[0].transData.inverted().transform(quiet[0].route.pixels)
    np.testing.assert_allclose(back, played.trajectories["rate 0.001"].path, atol=1e-9)
    words = [text.get_text() for text in stage.figure.texts]
    assert "and 8 more" in words and "rate 0.02" in words and "rate 0.001" not in words


def test_a_mark_at_a_quiet_run_stands_at_that_run():
    mark = {"panel": "loss", "run": "rate 0.004", "step": 5, "text": "here"}
    shown = scene(highlight=["rate 0.02"], marks=(mark,))
    played = ov.play(shown)
    (note,) = (one for one in set_stage(shown, played).marks if isinstance(one, Note) and one.time == 5)
    assert note.point == (5.0, float(played.trajectories["rate 0.004"].losses[5]))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("rate 0.03",), "unknown run 'rate 0.03'.*rate 0.003"),
        ((3,), "unknown run '3'"),
        (None, "must be a list"),
    ],
)
def test_what_is_no_label_is_told(given, told):
    with pytest.raises(ov.BadInput, match=f"highlight:? {told}"):
        scene(highlight=given)
