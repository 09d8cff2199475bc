"""Marks of a scene: where they stand in pixels, from when on, and which are refused."""

from dataclasses import replace

import numpy as np
import pytest

import optiviz as ov
from optiviz.rendering.marks.names import Names
from optiviz.rendering.marks.notes import Note, haloed
from optiviz.rendering.marks.trails import Head
from optiviz.rendering.stage import set_stage
from optiviz.scene.words import Mark

BOWL = ov.surface("x**2 + 4*y**2", xlim=(-4, 4), ylim=(-3, 3), start=(3, 1), minima=[(0, 0)])
SCENE = ov.Scene(BOWL, {"A": ov.Momentum(0.05, 0.9), "B": ov.GD(0.1)}, steps=20, panels=("landscape", "loss"))
PLAYED = ov.play(SCENE)


def notes(*marks, scene=SCENE):
    panels = (ov.Panel("landscape", {"critical": False}), ov.Panel("loss"))
    stage = set_stage(replace(scene, marks=marks, panels=panels), PLAYED)
    return stage, [mark for mark in stage.marks if isinstance(mark, Note)]


def test_a_mark_stands_at_its_place():
    stage, (note,) = notes(Mark("landscape", "goal", at=(0.0, 0.0)))
    place = stage.figure.axes[0].transData.transform((0.0, 0.0))
    np.testing.assert_allclose(note.place, place)
    height = stage.size[1]
    with_it = stage.frame(0).copy()
    without = notes()[0].frame(0)
    rows, columns = np.nonzero((with_it != without).any(axis=2))
    left, bottom, right, top = note.box(stage.moments[0], stage.moments[0])
    assert left <= columns.min() and columns.max() < right
    assert height - top <= rows.min() and rows.max() < height - bottom


def test_a_run_is_marked_from_its_event_on():
    # x = 3, v = 0: x(t) of the heavy ball crosses 0 and turns; its step is that of the least x
    x = PLAYED.trajectories["A"].path[:, 0]
    turned = int(np.flatnonzero(np.diff(np.sign(np.diff(x))) > 0)[0]) + 1
    stage, (note,) = notes(Mark("landscape", "x = {x:A@turn}", run="A", step="turn"))
    assert note.time == turned
    assert note.place[0] == pytest.approx(stage.figure.axes[0].transData.transform((x[turned], 0))[0])
    before, after = (next(m for m in stage.moments if m.step >= step) for step in (0, turned))
    assert note.box(before, before) == (0, 0, 0, 0) and note.box(after, after) != (0, 0, 0, 0)


def test_a_name_of_a_region_has_no_ring_and_its_middle_at_the_place():
    stage, (note,) = notes(Mark("landscape", "far side", at=(1.0, -1.0), ring=False))
    left, bottom, right, top = note.word_box
    x, y = stage.figure.axes[0].transData.transform((1.0, -1.0))
    assert note.kind == "word" and abs((left + right) / 2 - x) <= 1 and abs((bottom + top) / 2 - y) <= 1
    _, (note,) = notes(Mark("landscape", "far side", at=(-2.35, -1.0), ring=False))
    assert note.word_box[0] >= note.clip[0]  # it stays in its panel


def test_a_line_crosses_its_panel():
    stage, (note,) = notes(Mark("loss", "half", line=0.5))
    frame, (x0, _, x1, _) = stage.frame(0), note.clip
    row = stage.size[1] - 1 - int(note.place[1])
    assert (frame[row, x0 + 2 : x1 - 60, :3].max(axis=1) < 60).mean() > 0.9  # ink, but where runs lie


def test_a_line_lies_below_the_heads_and_names_of_its_panel():
    stage, (note,) = notes(Mark("landscape", "out", line=1.5))
    crowd = next(mark.crowd for mark in stage.marks if isinstance(mark, Names))
    above = [mark for mark in stage.marks if isinstance(mark, Names)]
    above += [mark for mark in stage.marks if isinstance(mark, Head) and mark.crowd is crowd]
    assert len(above) == 3 and all(stage.marks.index(note) < stage.marks.index(mark) for mark in above)


def test_a_map_of_basins_is_as_wide_as_its_window_is():
    scene = ov.Scene(
        ov.himmelblau, {"GD": ov.GD(0.01)}, [ov.Panel("basins", {"starts": 20})], steps=2, size=(1024, 768)
    )
    (axes,) = set_stage(scene, ov.play(scene)).figure.axes
    (x0, x1), (y0, y1) = axes.get_xlim(), axes.get_ylim()
    assert axes.bbox.width / (x1 - x0) == pytest.approx(axes.bbox.height / (y1 - y0), rel=0.01)


@pytest.mark.parametrize(
    ("mark", "fault"),
    [
        (Mark("landscape", "far", at=(99.0, 0.0)), r"marks.0.at: \(99, 0\) is outside of 'landscape'"),
        (Mark("loss", "deep", line=-5.0), r"marks.0.line: .* is outside of 'loss'"),
        (Mark("loss", "lost", run="B", step="diverges"), r"marks.0.step: 'diverges:B' never happens"),
    ],
)
def test_marks_that_cannot_be_shown(mark, fault):
    with pytest.raises(ov.BadInput, match=fault):
        notes(mark)


def test_two_words_do_not_meet():
    _, found = notes(*(Mark("landscape", word, at=(0.0, 0.0)) for word in ("one", "two", "three")))
    boxes = [note.word_box for note in found]
    for k, a in enumerate(boxes):
        for b in boxes[:k]:
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


def test_a_halo_is_as_wide_as_asked():
    dot = np.zeros((9, 9, 4), np.uint8)
    dot[4, 4] = (0, 0, 0, 255)
    rim = haloed(dot, "#ffffff", 2.0)[0][..., 3] > 0
    assert rim.sum() == 13  # the points of a grid within 2 of one of them
