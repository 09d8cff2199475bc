"""Minima, local minima and saddles: found by themselves, marked, named, and giving way; marks on a hill."""

from dataclasses import replace

import numpy as np
import pytest

import optiviz as ov
from optiviz.analysis.critical_points import critical_points
from optiviz.rendering.marks.notes import Note
from optiviz.rendering.marks.shapes import Figurine
from optiviz.rendering.marks.trails import Head, Trail
from optiviz.rendering.panels._shared.landmarks import landmarks_of
from optiviz.rendering.stage import set_stage
from optiviz.scene.words import Mark

VALLEYS = ov.surface(
    "x**4/4 - 3*x**2/2 + 7*x/5 + 3*y**2/5", xlim=(-3, 3), ylim=(-2, 2.5), start=(2.8, 2), minima=[(-1.93, 0)]
)
RUNS = {"GD": ov.GD(0.1), "Momentum": ov.Momentum(0.1, 0.5)}
SMALL = {"size": (640, 360), "steps": 12, "seconds": 2.0}


def found(surface, xlim=None, ylim=None):
    return [
        (one.kind, *one.at) for one in critical_points(surface, xlim or surface.xlim, ylim or surface.ylim)
    ]


def test_two_valleys_and_a_pass():
    # the slope along x is x^3 - 3 x + 7/5, the curvature 3 x^2 - 3: below zero between -1 and 1
    low, middle, high = np.sort(np.roots([1, 0, -3, 1.4]).real)
    (deep, x0, y0), (local, x1, y1), (saddle, x2, y2) = found(VALLEYS)
    assert (deep, local, saddle) == ("minimum", "local minimum", "saddle")
    np.testing.assert_allclose([x0, x1, x2], [low, high, middle], atol=1e-8)
    np.testing.assert_allclose([y0, y1, y2], 0, atol=1e-8)


def test_what_is_beyond_the_window_does_not_count_and_lower_ground_makes_a_minimum_local():
    assert [kind for kind, *_ in found(VALLEYS, (0.9, 3.0))] == ["minimum"]  # all that is seen is higher
    assert [kind for kind, *_ in found(VALLEYS, (-0.9, 3.0))] == [
        "local minimum",
        "saddle",
    ]  # its rim is lower


def test_himmelblau_has_four_minima_four_saddles_and_a_maximum():
    kinds = [kind for kind, *_ in found(ov.himmelblau)]
    assert kinds == ["minimum"] * 4 + ["saddle"] * 4 + ["maximum"]
    top = found(ov.himmelblau)[-1]
    np.testing.assert_allclose(top[1:], (-0.270845, -0.923039), atol=1e-5)  # D. M. Himmelblau, 1972


@pytest.mark.parametrize("formula", ["x**2", "x**3 - 3*x*y**2", "abs(x) + abs(y)", "x + y", "(x*y)**2"])
def test_valley_floors_monkey_saddles_creases_and_slopes_have_none(formula):
    ground = ov.surface(formula, xlim=(-2, 2.1), ylim=(-2.2, 2), start=(1, 1))
    assert found(ground) == []


def test_every_known_minimum_of_the_catalogue_that_is_smooth_is_found():
    missed = set()
    for name, one in ov.surfaces.items():
        at = np.array([place for kind, *place in found(one) if kind == "minimum"]).reshape(-1, 2)
        inside = [
            m for m in one.minima if one.xlim[0] < m[0] < one.xlim[1] and one.ylim[0] < m[1] < one.ylim[1]
        ]
        for known in inside:
            if not len(at) or np.abs(at - known).max(axis=1).min() > 1e-3:
                missed.add(name)
    assert missed <= {"l1_norm", "bukin6", "ackley"}, missed  # creases, and the tip of a cone


def test_of_too_many_only_the_known_minima_are_shown():
    rastrigin = ov.surfaces["rastrigin"]
    marks = landmarks_of(rastrigin, rastrigin.xlim, rastrigin.ylim, True)
    assert [(mark.kind, mark.at) for mark in marks] == [("minimum", (0.0, 0.0))]
    assert [mark.kind for mark in landmarks_of(VALLEYS, VALLEYS.xlim, VALLEYS.ylim, False)] == ["minimum"]


def stage_of(*panels, surface=VALLEYS, runs=RUNS, marks=(), **settings):
    scene = ov.Scene(surface, runs, panels, marks=marks, **{**SMALL, **settings})
    return set_stage(scene, ov.play(scene))


def names(stage):
    return [mark for mark in stage.marks if isinstance(mark, Note) and mark.kind == "word"]


def test_each_kind_is_named_once_in_a_frame_in_the_flat_map():
    stage = stage_of("landscape3d", "landscape")
    words = {note.word.parts[0][1]: note for note in names(stage)}
    assert set(words) == {"minimum", "local minimum", "saddle"} and len(names(stage)) == 3
    assert not any(note.anchor.turning or note.clip[0] < 200 for note in words.values())  # not on the hill
    boxes = [note.word_box for note in words.values()]
    for k, a in enumerate(boxes):
        for b in boxes[:k]:
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


def test_a_scene_switches_them_off_and_its_own_marks_are_there_instead():
    assert names(stage_of(ov.Panel("landscape", {"critical": False}))) == []
    own = (Mark("landscape", "pass", at=(0.51, 0.0)), Mark("landscape", "minimum", at=(-1.93, 0.0)))
    found = names(stage_of("landscape", marks=own))
    assert [note.word.parts[0][1] for note in found] == ["pass", "minimum", "local minimum"]
    assert {note.kind for note in found} == {"word"}  # what is marked anyway gets no ring
    beside = stage_of("landscape", marks=(Mark("landscape", "here", at=(0.0, 1.0)),))
    (note,) = [one for one in beside.marks if isinstance(one, Note) and one.word.parts[0][1] == "here"]
    assert note.kind == "ring"


def test_names_give_way_to_heads():
    stage = stage_of("landscape", steps=30)
    (note,) = [note for note in names(stage) if note.word.parts[0][1] == "local minimum"]
    heads = [mark for mark in stage.marks if isinstance(mark, Head)]
    em, seen = note.em, {moment.step: note.now(moment)[2] for moment in stage.moments}
    for moment in stage.moments:
        places = np.array([head.crowd.spread(moment)[1][head.k] for head in heads])
        gap = np.hypot(*(places - np.clip(places, note.word_box[:2], note.word_box[2:])).T).min()
        assert note.now(moment)[2] == 0 if gap <= 1.2 * em else note.now(moment)[2] > 0 or moment.names
    assert seen[0] == 1.0 and seen[30] == 0.0  # GD ends beside it


def test_a_mark_on_a_hill_stands_where_a_run_there_is_drawn():
    at = (2.8, 2.0)
    for settings in ({}, {"orbit": 60.0}):
        stage = stage_of(ov.Panel("landscape3d", settings), marks=(Mark("landscape3d", "here", at=at),))
        (note,) = [mark for mark in stage.marks if isinstance(mark, Note) and mark.kind == "ring"]
        trail = next(mark for mark in stage.marks if isinstance(mark, Trail))
        for moment in (stage.moments[0], stage.moments[-1]):
            spot = note.now(moment)[0]
            np.testing.assert_allclose(spot, trail.route.at(moment)[0][0], atol=1e-6)


def test_a_mark_behind_a_hill_is_not_seen():
    ridge = ov.surface("-exp(-4*x**2)", xlim=(-2, 2), ylim=(-2, 2), start=(1.5, 0.5))
    peak = replace(ridge, function=lambda x, y: tuple(map(negative, ridge.function(x, y))))
    seen = {}
    for azimuth in (0.0, 180.0):  # from +x, and from -x: the ridge along y stands between
        panel = ov.Panel("landscape3d", {"azimuth": azimuth, "elevation": 12.0, "window": "surface"})
        stage = stage_of(panel, surface=peak, runs={}, marks=(Mark("landscape3d", at=(-0.8, 0.0)),))
        (note,) = [mark for mark in stage.marks if isinstance(mark, Note)]
        seen[azimuth] = not note.located(stage.moments[0])[1]
    assert seen == {0.0: False, 180.0: True}


def negative(part):
    return tuple(-one for one in part) if isinstance(part, tuple) else -part


def test_a_line_across_a_hill_is_refused():
    with pytest.raises(ov.BadInput, match=r"marks.0.line: a line lies in a flat panel"):
        stage_of("landscape3d", marks=(Mark("landscape3d", line=1.0),))


@pytest.mark.parametrize("panel", ["landscape", "descent1d"])
def test_the_look_ahead_point_of_nesterov_is_a_hollow_marker(panel):
    bowl = ov.surface("x**2 + y**2", xlim=(-4, 4), ylim=(-4, 4), start=(3, 1), minima=[(0, 0)])
    runs = {"Momentum": ov.Momentum(0.05, 0.9), "NAG": ov.NAG(0.05, 0.9)}
    bare, stage = (
        stage_of(ov.Panel(panel, {"look_ahead": on}), surface=bowl, runs=runs) for on in (False, True)
    )
    hollow = [mark for mark in stage.marks if isinstance(mark, Figurine) and mark.hollow]
    assert len(hollow) == 1 and not any(isinstance(mark, Figurine) and mark.hollow for mark in bare.marks)
    # theta after a step is 3 - 0.05 * 6 = 2.7, v = -0.3, and phi = theta + 0.9 v = 2.43
    moment = next(one for one in stage.moments if one.step >= 1)
    moment = replace(moment, step=1, ahead=0.0)
    x, y = hollow[0].points(moment)[0]
    assert x == pytest.approx(2.43) and y == pytest.approx(
        2.43**2 if panel == "descent1d" else 0.81, abs=1e-3
    )
