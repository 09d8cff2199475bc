"""Marks by themselves: the joint of a trail, and what a hill hides."""

from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.backends.backend_agg import RendererAgg

from optiviz.rendering.marks.trails import Crowd, Route, Trail
from optiviz.rendering.style import Look
from optiviz.rendering.surface3d.camera import Camera, camera_axes
from optiviz.rendering.surface3d.surface import Terrain
from optiviz.rendering.timeline import Moment


@pytest.mark.parametrize("settled", [1, 4, 5, 8])
def test_a_trail_in_two_pieces_is_the_trail_in_one(settled):
    """Corners of 45 degrees: where a tail begins anew at one, its round joint must still be there."""
    points = np.array([[20 + 12 * k, 40 + 24 * (k % 2)] for k in range(10)], dtype=float)
    route = Route(points, points, np.arange(10), (0, 0, 160, 100), np.arange(10.0))
    trail = Trail(route, Look("#D55E00", "o"), 6.0, "#ffffff", 12.0)
    whole, pieces = (RendererAgg(160, 100, 72) for _ in range(2))
    trail.settle(whole, Moment(9, 1.0, 5))
    trail.settle(pieces, Moment(settled, 0.5, 5))
    trail.draw(pieces, Moment(9, 1.0, 5), Moment(settled, 0.5, 5))
    one, two = (np.asarray(renderer.buffer_rgba()).astype(int) for renderer in (whole, pieces))
    assert (one[..., 3] > 0).sum() > 1000
    line = (one[..., :3] == (0xD5, 0x5E, 0x00)).all(axis=-1) & (one[..., 3] == 255)
    assert line.sum() > 500
    lost = line & (np.abs(one - two).max(axis=-1) > 60)
    assert lost.sum() == 0


def test_both_segments_at_a_hidden_vertex_are_faint_and_no_other():
    points = np.array([[20.0 + 30 * k, 50.0] for k in range(6)])
    hidden = np.array([False, False, True, False, False, False])
    route = Route(points, points, np.arange(6), (0, 0, 200, 100), np.arange(6.0), hidden)
    renderer = RendererAgg(200, 100, 72)
    Trail(route, Look("#D55E00", "o"), 6.0, "#ffffff", 12.0).settle(renderer, Moment(5, 1.0, 5))
    solid = (np.asarray(renderer.buffer_rgba()) == (0xD5, 0x5E, 0x00, 255)).all(axis=-1)
    middles = [solid[47:53, 30 + 30 * k : 40 + 30 * k].mean() for k in range(5)]  # (6, 10) pixels each
    assert [share > 0.9 for share in middles] == [True, False, False, True, True]


def test_what_is_behind_a_hill_is_as_faint_in_two_pieces_as_in_one():
    points = np.array([[20.0 + 30 * k, 50.0] for k in range(6)])
    route = Route(points, points, np.arange(6), (0, 0, 200, 100), np.arange(6.0), np.ones(6, dtype=bool))
    trail = Trail(route, Look("#D55E00", "o"), 6.0, "#ffffff", 12.0)
    whole, pieces = (RendererAgg(200, 100, 72) for _ in range(2))
    trail.settle(whole, Moment(5, 1.0, 5))
    trail.settle(pieces, Moment(3, 0.5, 5))
    trail.draw(pieces, Moment(5, 1.0, 5), Moment(3, 0.5, 5))
    one, two = (
        np.asarray(renderer.buffer_rgba())[49:52, 25:165, 3].astype(int) for renderer in (whole, pieces)
    )
    assert one[1, 5] == pytest.approx(0.35 * 255, abs=1.5)
    assert np.abs(one - two).max() <= 2


def test_a_hill_hides_what_lies_behind_it_and_nothing_else():
    """A wall 0.3 high over 0 <= x <= 0.2, seen from +x at 30 degrees: rays rise by 0.577 a unit of x."""
    eye = Camera(*camera_axes(30, 0), 70.0, np.zeros(2))
    assert eye.towards == pytest.approx([np.cos(np.pi / 6), 0, 0.5], abs=1e-12)
    wall = SimpleNamespace(height_at=lambda x, y: np.where((x >= 0) & (x <= 0.2), np.float32(0.3), 0 * x))
    points = {
        (-0.2, 0.0, 0.0): True,  # at x = 0 the ray is 0.115 high: 0.185 below the edge
        (-0.2, 0.0, 0.13): True,  # 0.245
        (-0.2, 0.0, 0.25): False,  # 0.365
        (-0.5, 0.0, 0.05): False,  # 0.339, though it is lower than the wall
        (0.1, 0.0, 0.3): False,  # on top of it
        (0.4, 0.0, 0.0): False,  # in front
        (0.4, 0.0, -0.001): False,  # the ground itself, but for rounding
    }
    found = Terrain.hidden(wall, np.array(list(points)), eye)
    assert found.tolist() == list(points.values())


@pytest.mark.parametrize(
    ("end", "arrow", "angle"),
    [
        ((250.0, 50.0), (188.0, 50.0), 0.0),  # through the right side at (200, 50), 0.6 x 20 pixels from it
        ((200.0, 150.0), (150.0, 88.0), np.pi / 4),  # through the top at (150, 100)
        ((-100.0, 50.0), (12.0, 50.0), np.pi),
    ],
)
def test_the_arrow_of_a_run_that_left_stands_whole_at_the_rim(end, arrow, angle):
    begin = np.array([100.0, 50.0])
    points = np.array([begin, end])
    route = Route(points, points, np.arange(2), (0, 0, 200, 100), np.arange(2.0))
    trail = Trail(route, Look("#D55E00", "o"), 3.0, "#ffffff", 20.0)
    assert trail.exit(Moment(0, 0.0, 5)) is None
    at, direction = trail.exit(Moment(1, 1.0, 5))
    assert at.tolist() == pytest.approx(arrow) and direction == pytest.approx(angle)
    renderer = RendererAgg(220, 120, 72)  # with 20 pixels beside the view
    Crowd([trail]).heads()[0].draw(renderer, Moment(1, 1.0, 5), Moment(0, 0.0, 5))
    up, across = np.nonzero(np.asarray(renderer.buffer_rgba())[::-1, :, 3])  # rows from below
    assert len(up) and across.min() >= 0 and across.max() < 200 and up.max() < 100


@pytest.mark.parametrize(("hidden", "share"), [(False, 1.0), (True, 0.45)])
def test_a_head_behind_a_hill_is_seen_at_45_per_cent(hidden, share):
    points = np.array([[20.0, 50.0], [100.0, 50.0]])
    route = Route(points, points, np.arange(2), (0, 0, 200, 100), np.arange(2.0), np.array([False, hidden]))
    trail = Trail(route, Look("#D55E00", "o"), 3.0, "#ffffff", 20.0)
    renderer = RendererAgg(200, 100, 72)
    Crowd([trail]).heads()[0].draw(renderer, Moment(1, 1.0, 5), Moment(0, 0.0, 5))
    assert np.asarray(renderer.buffer_rgba())[50, 100, 3] == pytest.approx(255 * share, abs=1)


@pytest.mark.parametrize("marker", ["s", "D", "^", "v", "P", "X", "h"])
def test_markers_show_nearly_as_much_ink_as_a_circle(marker):
    """Within the rim; of a circle's width and height a triangle shows half, a square 1.3 times as much."""

    def ink(marker):
        points = np.array([[50.0, 50.0]])
        route = Route(points, points, np.arange(1), (0, 0, 100, 100), np.arange(1.0))
        trail = Trail(route, Look("#D55E00", marker), 3.0, "#ffffff", 21.0)
        renderer = RendererAgg(100, 100, 72)
        Crowd([trail]).heads()[0].draw(renderer, Moment(0, 0.0, 5), Moment(0, 0.0, 5))
        return int((np.asarray(renderer.buffer_rgba())[..., :3] == (0xD5, 0x5E, 0)).all(axis=-1).sum())

    assert 0.65 <= ink(marker) / ink("o") <= 1.05
