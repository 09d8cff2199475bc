"""What panels were taught for the lecture: rings round a batch, grounds that fill their cell, shares."""

import numpy as np
import pytest

import optiviz as ov
from optiviz.nn import Dense, Network
from optiviz.objectives.training import Training
from optiviz.rendering.layout import has_key
from optiviz.rendering.marks.agg import box_of
from optiviz.rendering.panels._shared.network_runs import Learner
from optiviz.rendering.panels.boundary import COARSE, GRID, LARGE, Regions
from optiviz.rendering.panels.curve import decimals
from optiviz.rendering.panels.ewma import GAPS
from optiviz.rendering.panels.plane import thinned
from optiviz.rendering.stage import set_stage

X = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0], [4.0, 4.0]])
FAST = {"seconds": 1.0, "hold": 0.0, "opening": 0.0, "ease": "linear"}


def four_corners(batch_size=1, **settings):
    return Training(
        Network([Dense(1, "sigmoid")], 2), X, [0, 0, 1, 1], "binary_crossentropy", batch_size=batch_size,
        start=[0.1, -0.2, 0.0], **settings,
    )  # fmt: skip


def stage_of(problem, panels, runs=None, **settings):
    runs = runs or {"one": ov.GD(0.1)}
    scene = ov.Scene(problem, runs, panels, **{"size": (640, 360), "steps": 8, **FAST, **settings})
    comparison = ov.play(scene)
    return comparison, set_stage(scene, comparison)


def test_a_ring_stands_round_the_row_that_the_last_step_saw():
    problem = four_corners()
    pictures = []
    for batch in (False, True):
        _, stage = stage_of(problem, (ov.Panel("boundary", {"batch": batch}),))
        pictures.append([stage.frame(k)[..., :3].astype(int).copy() for k in range(len(stage.moments))])
    ax = stage.figure.axes[0]
    order = problem.batches(np.random.default_rng(0))
    seen = [int(next(order)[0]) for _ in range(8)]
    assert len(set(seen)) == 4
    for k, moment in enumerate(stage.moments):
        rows, columns = np.nonzero((pictures[0][k] != pictures[1][k]).any(axis=-1))
        if moment.step == 0:
            assert not len(rows)  # nothing has been seen
            continue
        x, y = ax.transData.transform(X[seen[moment.step - 1]])
        middle = (columns.min() + columns.max()) / 2, 359 - (rows.min() + rows.max()) / 2
        assert middle == pytest.approx((x, y), abs=1.5)


def test_a_ring_needs_batches():
    with pytest.raises(ov.BadInput, match="'one' has no batches, it sees all rows: give it a batch_size"):
        stage_of(four_corners(None), (ov.Panel("boundary", {"batch": True}),))


def test_decision_regions_fill_a_wide_cell_at_the_scale_of_a_square_one():
    _, stage = stage_of(four_corners(), ("boundary",), size=(1280, 720))
    ax = stage.figure.axes[0]
    left, bottom, right, top = box_of(ax)
    (x0, x1), (y0, y1) = ax.get_xlim(), ax.get_ylim()
    assert right - left > 1.5 * (top - bottom)
    assert (y0, y1) == pytest.approx((-0.32, 4.32))
    assert (x1 - x0) / (right - left) == pytest.approx((y1 - y0) / (top - bottom), rel=0.01)
    assert x0 + x1 == pytest.approx(4.0)


def test_a_network_is_asked_at_no_more_places_than_the_picture_has_room_for():
    asked = lambda size, units: Regions(
        Training(Network([Dense(units), Dense(1)], 2), X, [0, 0, 1, 1]), (0, 4), (0, 4), size
    )
    assert asked((172, 172), 3).grid == (43, 43)
    assert asked((800, 400), 3).grid == (GRID, GRID // 2)
    large = asked((400, 400), LARGE // 4 + 1)
    assert large.grid == (COARSE, COARSE)
    small = asked((20, 12), 3)
    score = small.places.sum(axis=1).reshape(small.grid[::-1])  # x + y: linear, so nothing is lost
    fine = small.fine(score)
    assert fine.shape == (12, 20)  # at the middle of a pixel, half a pixel from the corner
    assert fine[0, -1] == pytest.approx(4 * 19.5 / 20 + 4 * 11.5 / 12, rel=1e-6)
    assert fine[-1, 0] == pytest.approx(4 * 0.5 / 20 + 4 * 0.5 / 12, rel=1e-5)


def test_rows_at_whole_epochs():
    comparison, _ = stage_of(four_corners(), ("loss",), steps=40)
    one = Learner(comparison.objective, comparison.trajectories["one"], comparison.times["one"])
    assert one.rows_by_epoch(4.0, least=5).tolist() == list(range(0, 41, 4))
    assert one.rows_by_epoch(4.0, least=11).tolist() == list(range(41))
    steps, values = one.along(lambda theta: theta[0], one.rows_by_epoch(4.0, least=5))
    assert steps.tolist() == list(range(0, 41, 4))
    np.testing.assert_array_equal(values, one.run.path[::4, 0])
    assert np.shares_memory(one.stretch(np.arange(3, 9)), one.run.path)
    np.testing.assert_array_equal(one.stretch(np.array([3, 5, 8])), one.run.path[[3, 5, 8]])


def test_names_wear_a_colour_only_where_the_picture_does():
    texts = {"verdict": "one and two", "steps": 2}
    for panels, coloured in ((("boundary",), False), (("boundary", "loss"), True)):
        _, stage = stage_of(four_corners(), panels, {"one": ov.GD(0.1), "two": ov.Adam(0.1)}, **texts)
        (captions,) = [mark for mark in stage.marks if type(mark).__name__ == "CaptionLines"]
        colors = {color for strip in captions.strips[-1] for _, _, color, bold in strip.parts if bold}
        assert (len(colors) == 2) == coloured


def test_a_plane_tells_how_much_of_it_is_below_its_outline():
    bowl = ov.surface("(x - 1)**2 + 3*(y - 2)**2", xlim=(-2, 4), ylim=(-2, 4), start=(1.5, 1.0))
    panel = {"through": "random", "outline": 0.5, "distance": False, "resolution": 121}
    panel = ov.Panel("plane", panel)
    _, stage = stage_of(bowl, (panel,), steps=200)
    (share,) = [text.get_text() for text in stage.figure.texts if text.get_text().endswith("%")]
    run = ov.minimize(bowl, ov.GD(0.1), steps=200)
    axes = ov.plane(bowl, [run], through="random").axes
    ellipse = np.pi * np.sqrt(0.5) * np.sqrt(0.5 / 3) / abs(np.linalg.det(axes))  # in a window from -1 to 1
    assert float(share.rstrip("%")) == pytest.approx(100 * ellipse / 4, abs=0.6)
    found = ov.plane(bowl, [ov.minimize(bowl, ov.GD(0.1), steps=3)], through="random", resolution=61)
    assert thinned(found, 20.4).x.shape == (20,) and thinned(found, 99).y.shape == (61,)
    np.testing.assert_allclose(thinned(found, 20).x[[0, -1]], found.x[[0, -1]])


def test_a_key_stands_where_a_panel_shows_several_runs():
    one, two = (ov.Panel("plane", {"runs": (label,)}) for label in "ab")
    assert not has_key((one, two), ["a", "b"])
    assert has_key((one, ov.Panel("plane", {"runs": ("a", "b")})), ["a", "b"])
    assert has_key((one, ov.Panel("loss")), ["a", "b"])


def test_bars_that_stand_close_touch():
    series = ov.load("ewma").objective
    for days in (40, 400):
        scene = ov.Scene(
            series, {}, (ov.Panel("ewma", {"show": "weights", "days": days}),), steps=365, **FAST
        )
        bars = next(mark for mark in set_stage(scene, ov.play(scene)).marks if type(mark).__name__ == "Bars")
        left, _, right, _ = bars.bars(365)[:30].T
        gaps = left[1:] - right[:-1]
        pitch = (left[-1] - left[0]) / 29
        assert (gaps <= 0).all() if pitch < GAPS else (gaps > 1).all()


def test_decimals_of_a_slope():
    assert [decimals(slope) for slope in (1.0, -0.0005, 0.0099)] == ["1.00", "−5·10⁻⁴", "0.01"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_rows_held_out_are_white_in_both_themes(theme):
    problem = four_corners(held_out=([[2.0, 1.0]], [0]))
    _, stage = stage_of(problem, ("boundary",), theme=theme, size=(1280, 720))
    frame, ax = stage.frame(0), stage.figure.axes[0]
    x, y = ax.transData.transform((2.0, 1.0))
    square = frame[719 - int(y) - 3 : 719 - int(y) + 4, int(x) - 3 : int(x) + 4, :3]
    assert (square == 255).all(axis=-1).any() and (square.max(axis=-1) < 60).any()  # and an x in ink
