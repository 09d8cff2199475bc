"""Camera moves: the clip stands, a fold makes a hill its map, a push brings a place to the middle."""

import re

import numpy as np
import pytest

import optiviz as ov
from optiviz.rendering.marks.notes import Note
from optiviz.rendering.marks.trails import Trail
from optiviz.rendering.stage import set_stage
from optiviz.rendering.style import LIGHT, band_colors
from optiviz.rendering.timeline import timeline
from optiviz.scene.camera import CameraMove
from optiviz.scene.words import Mark
from optiviz.scenefile import load

BOWL = ov.surface("x**2 + 2*y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1.5, 1.0), minima=[(0, 0)])
SETTINGS = {"size": (640, 480), "steps": 10, "seconds": 1.0, "fps": 20, "verdict": "none"}


def stage_of(*moves, marks=(), panel=None):
    panel = panel or ov.Panel("landscape3d", {"window": "surface"})
    scene = ov.Scene(BOWL, {"GD": ov.GD(0.1)}, (panel,), camera=moves, marks=marks, **SETTINGS)
    return set_stage(scene, ov.play(scene))


def test_the_clip_stands_while_the_camera_moves():
    scene = ov.Scene(
        BOWL, {"GD": ov.GD(0.1)}, ("landscape3d",), camera=(CameraMove(4, "fold", 1.5),), **SETTINGS
    )
    bare = ov.Scene(BOWL, {"GD": ov.GD(0.1)}, ("landscape3d",), **SETTINGS)
    with_it, without = timeline(scene), timeline(bare)
    assert len(with_it) == len(without) + 30  # 1.5 s at 20 frames a second
    moving = [one for one in with_it if 0 < one.camera <= 1][:30]
    assert len({one.time for one in moving}) == 1 and moving[0].step == 4
    assert [one.camera for one in moving] == pytest.approx([(k + 1) / 30 for k in range(30)])
    assert sum(one.centiseconds for one in with_it) == sum(one.centiseconds for one in without) + 150
    assert with_it[-1].camera == 1.0 and with_it[-1].centiseconds == without[-1].centiseconds


def test_a_folded_hill_is_a_map():
    """x to the right, y up, one unit as long in both directions, and the colours of the bands."""
    stage = stage_of(CameraMove(0, "fold"))
    (trail,) = [mark for mark in stage.marks if isinstance(mark, Trail)]
    run, end = stage.comparison.trajectories["GD"], stage.moments[-1]
    assert end.camera == 1.0
    pixels, hidden = trail.route.at(end)
    rows = trail.route.last[:4]
    dx, dy = np.diff(run.path[[0, 3]], axis=0)[0]
    px, py = np.diff(pixels[rows[[0, 3]]], axis=0)[0]
    assert px / dx > 0 and px / dx == pytest.approx(py / dy, rel=1e-6)
    assert not hidden.any()
    frame = stage.frame(len(stage.moments) - 1)
    middle = np.mean(trail.route.clip[::2]), np.mean(trail.route.clip[1::2])
    around = frame[
        int(480 - middle[1]) - 120 : int(480 - middle[1]) + 120, int(middle[0]) - 120 : int(middle[0]) + 120
    ]
    found = {
        "#" + "".join(f"{part:02x}" for part in color[:3]) for color in around.reshape(-1, 4)[::5].tolist()
    }
    assert len(found & set(band_colors(LIGHT.ramp, 14))) >= 5


def test_a_push_brings_its_place_to_the_middle_and_back_leads_to_where_it_was():
    moves = CameraMove(0, "push", to=(1.0, 0.5), zoom=3.0), CameraMove(5, "back")
    stage = stage_of(*moves, marks=(Mark("landscape3d", "here", at=(1.0, 0.5)),))
    (note,) = [mark for mark in stage.marks if isinstance(mark, Note) and mark.kind == "ring"]
    left, bottom, right, top = note.clip
    pushed = next(one for one in stage.moments if one.camera == 1.0)
    np.testing.assert_allclose(note.now(pushed)[0], ((left + right) / 2, (bottom + top) / 2), atol=1.0)
    a, b = (
        note.anchor.place(one, np.array([[0.0, 0.0], [0.5, 0.5]]))[0] for one in (stage.moments[0], pushed)
    )
    assert np.diff(b, axis=0) == pytest.approx(3 * np.diff(a, axis=0), abs=1e-6)
    np.testing.assert_allclose(note.now(stage.moments[-1])[0], note.now(stage.moments[0])[0], atol=1e-6)


def test_what_is_near_stays_in_its_cell():
    stage = stage_of(CameraMove(0, "push", to=(0.0, 0.0), zoom=4.0))
    (trail,) = [mark for mark in stage.marks if isinstance(mark, Trail)]
    left, bottom, right, top = trail.route.clip
    outside = np.ones((480, 640), dtype=bool)
    outside[480 - top : 480 - bottom, left:right] = False
    k = next(k for k, one in enumerate(stage.moments) if one.camera == 1.0)
    changed = (stage.frame(k) != stage.still).any(axis=2) & outside
    rows, columns = np.nonzero(changed)
    assert not len(rows) or (rows.max() < 60 and columns.min() > 400)  # the counter alone


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (
            'camera = [{ at = 99, move = "fold" }]',
            r"camera\[1\].at: there is no step 99: this scene goes from 0 to 20",
        ),
        ('camera = [{ at = 2, move = "push" }]', r"a push goes to = \[x, y\]"),
        ('camera = [{ at = 2, move = "flip" }]', r"camera.*flip"),
        ('camera = [{ at = 2, move = "fold", secnds = 2 }]', r"secnds.*seconds"),
        (
            'panels = ["landscape"]\ncamera = [{ at = 2, move = "fold" }]',
            r"moves the camera of panel 'landscape3d'",
        ),
    ],
)
def test_moves_that_cannot_be(tmp_path, line, fault):
    panels = "" if "panels" in line else 'panels = ["landscape3d"]\n'
    file = tmp_path / "scene.toml"
    file.write_text(
        f'{panels}{line}\nsteps = 20\n[problem]\nsurface = "beale"\n[runs]\nGD = {{ optimizer = "gd" }}\n'
    )
    with pytest.raises(ov.BadInput, match=r"scene.toml:\d+: ") as told:
        load(file)
    assert re.search(fault, str(told.value)), told.value


def test_a_push_beyond_the_window_is_refused():
    with pytest.raises(ov.BadInput, match=r"camera.0.to: \(9, 0\) is outside of panel 'landscape3d'"):
        stage_of(CameraMove(0, "push", to=(9.0, 0.0)))
