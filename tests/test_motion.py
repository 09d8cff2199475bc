"""Motion that the eye can follow: continuous time, pacing by path, dots, lanes, petals, names."""

import numpy as np
import pytest

import optiviz as ov
from optiviz.rendering.marks.lanes import side_by_side
from optiviz.rendering.marks.names import Names
from optiviz.rendering.marks.trails import MOST_DOTS, Head, Route, Trail, kept_apart
from optiviz.rendering.stage import set_stage
from optiviz.rendering.timeline import timeline
from optiviz.scene.pacing import arc_times, paths_in_window
from optiviz.scenefile import load, resolve

SMALL = {"size": (640, 360), "seconds": 2.0, "fps": 20, "steps": 20}
RACE = {"GD": ov.GD(0.02), "Momentum": ov.Momentum(0.01), "NAG": ov.NAG(0.01), "Adam": ov.Adam(0.3)}
PATHS = ["momentum", "race_beale", "race_saddle", "race_himmelblau", "local_minimum", "zigzag"]


def stage_of(objective=ov.ravine, runs=RACE, panels=("landscape",), **settings):
    scene = ov.Scene(objective, runs, panels, **{**SMALL, **settings})
    comparison = ov.play(scene)
    return scene, comparison, set_stage(scene, comparison)


def marks(stage, kind):
    return [mark for mark in stage.marks if isinstance(mark, kind)]


def test_heads_stand_at_the_weights_at_every_time():
    _, comparison, stage = stage_of()
    drawn, axes = comparison.at_positions, stage.figure.axes[0]
    for head in marks(stage, Head):
        run = drawn.trajectories[list(RACE)[head.k]]
        for moment in stage.moments[::7]:
            row = int(moment.time)
            after = run.path[min(row + 1, 20)]
            weights = run.path[row] + (moment.time - row) * (after - run.path[row])
            at = head.trail.route.place(moment)
            np.testing.assert_allclose(axes.transData.inverted().transform(at), weights, atol=1e-9)


def test_steps_with_time_enough_glide_and_then_rest():
    scene = ov.Scene(ov.ravine, {"GD": ov.GD(0.02)}, **{**SMALL, "steps": 4}, ease="linear")
    times = [moment.time for moment in timeline(scene)]
    u = np.array([k * 4 / 39 for k in range(40)])
    f = np.minimum((u - np.floor(u)) / 0.9, 1.0)
    np.testing.assert_allclose(times, np.floor(u) + f * f * (3 - 2 * f), atol=1e-9)
    assert times == sorted(times) and times[0] == 0 and times[-1] == 4


@pytest.mark.parametrize("name", PATHS)
def test_paths_are_dealt_over_the_clip(name):
    """In the first fifth at most 55 % of all that is drawn, and of no run more than 85 %."""
    scene = load(resolve(name))
    comparison = ov.play(scene).at_positions
    moments = timeline(scene, comparison)
    count = round(scene.seconds * scene.fps)
    fifth = moments[count // 5].time
    shares, total, early = {}, 0.0, 0.0
    for label, line in paths_in_window(comparison).items():
        along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
        then = np.interp(fifth, comparison.times[label], along)
        shares[label] = then / along[-1]
        total, early = total + along[-1], early + then
    assert early / total <= 0.55 and max(shares.values()) <= 0.85, shares


def test_arc_time_is_the_root_of_what_is_drawn():
    """Steps of length 9, 4, 1 (and none capped) take frames as 3 : 2 : 1."""
    line = ov.surface("x", xlim=(0, 20), ylim=(-1, 1), start=(0, 0))
    hops = iter([9.0, 4.0, 1.0])
    rule = ov.rule(lambda theta, gradient: theta + np.array([next(hops), 0.0]))
    scene = ov.Scene(line, {"hops": rule}, steps=3, seconds=1, fps=50)
    times = arc_times(scene, ov.play(scene), 61)
    np.testing.assert_allclose(times[[30, 50, 60]], [1.0, 2.0, 3.0], atol=1e-9)


def test_dots_stay_where_steps_ended():
    _, comparison, stage = stage_of(steps=60, seconds=4.0)
    for trail in marks(stage, Trail):
        assert 2 <= len(trail.dots) <= MOST_DOTS + 1
        assert set(trail.dots) <= set(trail.route.last[: MOST_DOTS + 1])
        gaps = np.hypot(*np.diff(trail.route.pixels[trail.dots], axis=0).T)
        assert gaps.min() >= max(1.5 * trail.dot, 11 * 360 / 720)


def test_runs_on_one_way_are_set_side_by_side():
    way = np.column_stack([np.linspace(0, 300, 31), np.full(31, 50.0)])
    clip, rows, times = (0, 0, 400, 100), np.arange(31), np.arange(31.0)
    one, two = side_by_side([Route(way, way, rows, clip, times) for _ in range(2)], 5.0)
    np.testing.assert_allclose(one.pixels[:, 1], 47.5)
    np.testing.assert_allclose(two.pixels[:, 1], 52.5)
    np.testing.assert_allclose(one.truth[one.last], way)
    apart = way + [0, 40]
    alone, other = side_by_side([Route(p, p, rows, clip, times) for p in (way, apart)], 5.0)
    np.testing.assert_array_equal(alone.pixels[alone.last], way)
    np.testing.assert_array_equal(other.pixels[other.last], apart)


@pytest.mark.parametrize("count", range(2, 9))
def test_heads_at_one_place_become_petals(count):
    placed = kept_apart(np.full((count, 2), 100.0), np.full(count, 20.0))
    gaps = np.hypot(*np.moveaxis(placed[:, None] - placed, 2, 0)) + 99 * np.eye(count)
    assert gaps.min() >= 19.5
    assert np.hypot(*(placed - 100).T).max() <= 1.4 * 20 / max(np.sin(np.pi / count), 0.5)


def test_names_are_shown_at_rests_and_meet_nobody():
    _, _, stage = stage_of(size=(1280, 720))
    (names,) = marks(stage, Names)
    shown = [moment.names for moment in stage.moments]
    assert shown[0] == 1.0 and shown[-1] == 1.0 and shown[20] == 0.0
    for moment in (stage.moments[0], stage.moments[-1]):
        boxes = [box for box, _ in names.boxes(moment)]
        for k, (left, bottom, right, top) in enumerate(boxes):
            for x0, y0, x1, y1 in boxes[:k]:
                assert right <= x0 or x1 <= left or top <= y0 or y1 <= bottom


def test_a_name_is_led_to_the_rim_where_its_run_left():
    """Two runs leave through one side; whatever leads to their names stays beside it."""
    runs = {"one": ov.GD(0.3), "two": ov.GD(0.31), "stays": ov.GD(0.01)}
    _, _, stage = stage_of(ov.saddle, runs, (ov.Panel("landscape", {"window": "surface"}),), steps=40)
    (names,) = marks(stage, Names)
    last = stage.moments[-1]
    left, bottom, right, top = names.crowd.trails[0].route.clip
    assert [bool(trail.exit(last)) for trail in names.crowd.trails] == [True, True, False]
    for k in range(3):
        x, y = names.head(k, last)
        assert left <= x <= right and bottom <= y <= top
    x0, y0, x1, y1 = names.box(last, last)
    assert x0 >= left - 60 and x1 <= right + 60 and y0 >= bottom - 60 and y1 <= top + 60


def test_every_run_is_seen_in_every_frame():
    _, _, stage = stage_of(size=(1280, 720))
    colors = {mark.trail.look.color for mark in marks(stage, Head)}
    for k in range(0, len(stage.moments), 5):
        pixels = stage.frame(k)[..., :3].astype(int)
        for color in colors:
            rgb = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
            assert (pixels == rgb).all(axis=2).sum() >= 40, (k, color)


def test_a_clip_shows_a_new_picture_nearly_every_frame():
    _, _, stage = stage_of(steps=8, seconds=4.0)
    frames = [stage.frame(k).tobytes() for k in range(80)]
    for second in range(4):
        assert len(set(frames[20 * second : 20 * second + 20])) >= 15
