"""Classes have names in a line below the panels, and rows on the wrong side wear an x."""

import numpy as np
import pytest

import optiviz as ov
from optiviz.nn import Dense, Network
from optiviz.objectives.training import Training
from optiviz.rendering.class_key import FAINTER, WRONG, class_names
from optiviz.rendering.layout import layout
from optiviz.rendering.panels._shared.network_runs import GOLD, OUTLINE
from optiviz.rendering.stage import set_stage
from optiviz.scenefile import load, resolve

# x1 + x2 - 0.5 > 0 is the or of two inputs; the second row wants an and, and is told wrong
ROWS, WANTED = [[0.0, 0.0], [0.0, 1.0], [1.0, 1.0]], [0, 0, 1]
OR = Training(Network([Dense(1, "step")], inputs=2), ROWS, WANTED, start=[1.0, 1.0, -0.5])


def stage_of(problem=OR, panels=("boundary",), **settings):
    scene = ov.Scene(problem, {"still": ov.GD(0.0)}, panels, steps=2, seconds=1.0, **settings)
    return set_stage(scene, ov.play(scene))


def words(stage):
    return [text.get_text() for text in stage.figure.texts]


def test_only_the_row_that_is_told_wrong_wears_an_x():
    stage = stage_of()
    frame, axes = stage.frame(0), stage.figure.axes[0]
    middles = []
    for row in ROWS:
        x, y = axes.transData.transform(row)
        middles.append(frame[frame.shape[0] - 1 - round(y), round(x), :3])
    assert OR.rows_right(OR.start).tolist() == [True, False, True]
    ink, gold = (np.array([int(color[k : k + 2], 16) for k in (1, 3, 5)]) for color in (OUTLINE, GOLD))
    assert np.abs(middles[0].astype(int) - gold).max() < 4  # class 0, told right
    assert np.abs(middles[1].astype(int) - ink).max() < 40  # class 0, in the region of class 1


def test_the_line_tells_the_classes_and_what_the_x_means():
    assert [text for text in words(stage_of()) if text in ("class 0", "class 1", WRONG, FAINTER)] == [
        "class 0", "class 1", WRONG, FAINTER,
    ]  # fmt: skip
    own = stage_of(panels=(ov.Panel("boundary", {"classes": ("none or both", "one of the two")}),))
    assert {"none or both", "one of the two"} <= set(words(own)) and "class 0" not in words(own)


@pytest.mark.parametrize(
    ("scene", "names"), [("placement", ("not placed", "placed")), ("xor", ("class 0", "class 1"))]
)
def test_the_words_are_those_of_the_data(scene, names):
    assert class_names(load(resolve(scene)).objective) == names


@pytest.mark.parametrize("size", [(1280, 720), (1024, 768), (720, 720), (640, 360)])
def test_the_line_is_below_all_panels_and_within_the_frame(size):
    stage = stage_of(size=size)
    line = [text for text in stage.figure.texts if text.get_text() in ("class 0", "class 1", WRONG, FAINTER)]
    boxes = [text.get_window_extent() for text in line]
    below = min(axes.get_tightbbox().y0 for axes in stage.figure.axes)
    assert boxes and all(
        box.x0 >= 0 and box.x1 <= size[0] and box.y0 >= 0 and box.y1 < below for box in boxes
    )


def test_frames_without_classes_keep_their_room():
    with_them = layout([ov.Panel("boundary")], ["A"], (1280, 720), 24.0)
    without = layout([ov.Panel("landscape")], ["A"], (1280, 720), 24.0)
    assert without.classes is None and with_them.classes is not None
    assert with_them.panels[0][1] - without.panels[0][1] == with_them.classes[3]
