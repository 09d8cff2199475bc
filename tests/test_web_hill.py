"""The page's hill: mesh, cut, holes, camera, fold and drapery, as Node computes them."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from javascript import NODE, needs_node

from optiviz.rendering.panels.landscape3d import bridged, draped
from optiviz.rendering.style import BANDS, DARK, LIGHT, band_colors, from_lab, lab
from optiviz.rendering.surface3d.camera import camera_axes

FOLDER = Path(__file__).parents[1] / "optiviz" / "web" / "js"
pytestmark = needs_node

PATH = [[1, 1.5], [-0.5, 0.25], [-0.52, 0.2], [0.5, -1], [2.5, -1.5], [0, 0]]  # leaves at x = 2, comes back
SCRIPT = """
import * as mesh from "FOLDER/hill_mesh.js";
import * as paths from "FOLDER/hill_paths.js";
import * as camera from "FOLDER/hill_camera.js";
import { hillShades } from "FOLDER/hill_gl.js";
const given = JSON.parse(process.argv[2]);
const unit = [-1, 1];
const plain = (value) => JSON.parse(JSON.stringify(value, (_, one) =>
  ArrayBuffer.isView(one) ? Array.from(one, (x) => (Number.isFinite(x) ? x : null)) : one));
const box = mesh.hillBox(806, 506);
const square = mesh.hillBox(300, 300);
const surface = (height, count, shape = square) => {
  const grid = mesh.hillGrid(height, unit, unit, count);
  return { grid, ...mesh.hillSurface(grid, shape) };
};
const ridge = mesh.hillGrid((x) => (Math.abs(x) < 0.1 ? 1 : 0), unit, unit, 91);
const seen = (azimuth, elevation) =>
  paths.hiddenByHill(ridge, square, [-0.5, 0, 0], camera.hillAxes(elevation, azimuth).towards);
const poses = [];
for (let azimuth = -180; azimuth <= 180; azimuth += 15) {
  for (const elevation of [20, 38, 60, 90]) {
    for (const fold of [0, 0.3, 1]) poses.push({ azimuth, elevation, fold });
  }
}
const map = { left: 15, top: 20, width: 346, height: 346 * 506 / 806 };
const corners = poses.map((pose) => {
  const view = camera.hillView(pose, box, 376, 260, map);
  const ends = [-1, 1].flatMap((x) => [-1, 1].map((y) => [x * box.x, y * box.y]));
  return ends.flatMap((end) => [box.floor, box.z].map((z) => camera.hillPixel(view, ...end, z)));
});
const folded = camera.hillView({ azimuth: 217, elevation: 48, fold: 1 }, box, 376, 260, map);
const places = [[-1, -1, 0.3], [1, 1, 0], [0.25, -0.4, 0.7]].map(([x, y, z]) => [x * box.x, y * box.y, z]);
const holes = Float64Array.from(given.heights, (one) => one ?? NaN);
paths.bridgeHoles(holes);
console.log(JSON.stringify(plain({
  box,
  bowl: surface((x, y) => 0.2 + 0.1 * (x * x + 2 * y * y), 9, box),
  largest: mesh.hillSurface(mesh.hillGrid(() => 0.5, unit, unit), square).triangles.length / 3,
  coarse: mesh.hillSurface(mesh.hillGrid(() => 0.5, unit, unit), square).coarse.length / 3,
  thinned: mesh.thinnedLine(Float32Array.from([0, 1, 3.5, 4.5, 10].flatMap((x) => [x, 0, 0])), 3),
  straight: surface((x) => 0.5 + x, 10),
  slanted: surface((x, y) => 1 + 0.3 * (x + 2.1 * y), 31),
  round: surface((x, y) => (x * x + y * y > 0.81 ? NaN : 0.5), 31),
  hidden: [seen(0, 30), seen(0, 80), seen(180, 30)],
  best: camera.bestAzimuth(30, [Float32Array.from([-0.5, 0, 0.012, -0.6, 0, 0.012])],
    (at, towards) => paths.hiddenByHill(ridge, square, at, towards)),
  axes: given.angles.map(([elevation, azimuth]) => camera.hillAxes(elevation, azimuth)),
  corners,
  places,
  pixels: places.map((place) => camera.hillPixel(folded, ...place)),
  matrix: camera.hillMatrix(folded),
  draped: paths.drapedPath(given.path.flat(), [-2, 2], [-2, 2]),
  ends: [0, 0.5, 3, 9].map((time) => paths.drapedVertexAt(Int32Array.from([0, 4, 6]), time)),
  between: paths.drapedPlaceAt(Float32Array.from([0, 0, 0, 1, 2, 4]), 0.25),
  holes,
  shades: [given.light, given.dark].map((bands) => hillShades(bands)),
})));
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    file = tmp_path_factory.mktemp("hill") / "hill.mjs"
    file.write_text(SCRIPT.replace("FOLDER", FOLDER.as_posix()), encoding="utf-8")
    given = {
        "path": PATH,
        "angles": [[38, -60], [90, -90], [20, 217]],
        "heights": [None, 1, None, 2, None],
        "light": band_colors(LIGHT.ramp, BANDS),
        "dark": band_colors(DARK.ramp, BANDS),
    }
    done = subprocess.run(
        [NODE, "--no-warnings", str(file), json.dumps(given)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def surface_of(told, name):
    """Vertices (n, 7), triangles (m, 3) and the raw heights of the grid, NaN in holes."""
    found = told[name]
    raw = np.array(found["grid"]["raw"], dtype=float)
    return np.array(found["vertices"], float).reshape(-1, 7), np.array(found["triangles"]).reshape(-1, 3), raw


def test_the_box_has_the_shape_of_the_map_and_stands_as_high_as_a_square_one_of_its_area(told):
    assert told["box"]["x"] == 1
    assert told["box"]["y"] == pytest.approx(506 / 806)
    assert told["box"]["z"] == pytest.approx((506 / 806) ** 0.5)  # 1 on a base of 2 x 2
    assert 0.34 < told["box"]["z"] / 2 < 0.6  # of the longer side
    assert told["box"]["floor"] == pytest.approx(-0.12 * told["box"]["z"])


def test_a_mesh_has_two_triangles_a_quad_that_cover_the_base_once(told):
    vertices, triangles, raw = surface_of(told, "bowl")
    assert len(vertices) == len(raw) == 81 and triangles.shape == (2 * 8 * 8, 3)
    assert triangles.min() == 0 and triangles.max() == 80
    a, b, c = (vertices[triangles[:, k], :2] for k in range(3))
    areas = ((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]) / 2
    assert (areas > 0).all()  # all turn the same way
    assert areas.sum() == pytest.approx(2 * 2 * 506 / 806, rel=1e-6)
    assert told["largest"] == 2 * 90 * 90


def test_normals_stand_on_the_slope(told):
    # z = Z (0.2 + 0.1 (x x + 2 y y)) over X = x, Y = 0.63 y: dz/dX = 0.2 Z x, dz/dY = 0.4 Z y / 0.63
    vertices, _, _ = surface_of(told, "bowl")
    tall, half = told["box"]["z"], told["box"]["y"]
    inner = vertices.reshape(9, 9, 7)[1:-1, 1:-1].reshape(-1, 7)
    x, y = inner[:, 0], inner[:, 1] / half
    np.testing.assert_allclose(inner[:, 2], tall * (0.2 + 0.1 * (x * x + 2 * y * y)), rtol=1e-6)
    slope = np.column_stack([-0.2 * tall * x, -0.4 * tall * y / half, np.ones(len(x))])
    slope /= np.linalg.norm(slope, axis=1, keepdims=True)
    np.testing.assert_allclose(inner[:, 3:6], slope, atol=1e-6)


def test_the_ground_is_cut_along_its_level_line_and_flat_above(told):
    # 0.5 + x is 1 at x = 0.5; places are 2/9 apart, so the line lies between 0.333 and 0.556
    vertices, _, _ = surface_of(told, "straight")
    on_cut = vertices[vertices[:, 6] == 1]
    assert len(on_cut) == 10 and on_cut[:, 0] == pytest.approx(0.5, abs=2 / 9 / 2**12)
    assert vertices[:, 2].max() == 1
    for name in ("straight", "slanted"):
        vertices, triangles, _ = surface_of(told, name)
        raw = vertices[triangles, 6]
        assert not ((raw.min(axis=1) < 1) & (raw.max(axis=1) > 1)).any()  # none reaches over the line
    moved = vertices[vertices[:, 6] == 1]
    np.testing.assert_allclose(moved[:, 0] + 2.1 * moved[:, 1], 0, atol=1e-3)
    border = vertices.reshape(31, 31, 7)
    assert (border[:, 0, 0] == -1).all() and (border[:, -1, 0] == 1).all()  # the walls stay closed
    assert (border[0, :, 1] == -1).all() and (border[-1, :, 1] == 1).all()


def test_a_hole_has_a_rim_that_is_no_saw(told):
    vertices, triangles, raw = surface_of(told, "round")
    assert np.isnan(raw).sum() > 100
    used = np.unique(triangles)
    radius = np.hypot(vertices[used, 0], vertices[used, 1])
    assert np.isfinite(vertices[used].astype(float)).all() and radius.max() <= 0.9
    outside = np.isnan(raw)[used]
    assert outside.sum() > 50 and radius[outside].min() > 0.9 - 0.01  # those moved stand on the circle


def test_a_ridge_hides_what_lies_low_behind_it(told):
    # 0.4 before a ridge of height 1: the ray rises 0.4 tan 30 = 0.23, or 0.4 tan 80 = 2.3
    assert told["hidden"] == [True, False, False]


def test_the_best_view_is_the_usual_one_of_those_that_see_most(told):
    # of -60, -45, ... 75 is the first from which the ray leaves the block beside the ridge: from 60 it meets
    # it at 0.8, where it has risen by 0.46; from 75 it is at x = -0.23 when it is out at y = 1
    assert told["best"] == 75


def test_the_camera_is_that_of_the_clip(told):
    for (elevation, azimuth), found in zip([[38, -60], [90, -90], [20, 217]], told["axes"], strict=True):
        for one, name in zip(camera_axes(elevation, azimuth), ("right", "up", "towards"), strict=True):
            np.testing.assert_allclose(found[name], one, atol=1e-15)


def test_the_block_stays_in_its_picture_from_every_side(told):
    corners = np.array(told["corners"])
    assert corners.shape == (25 * 4 * 3, 8, 2)
    assert corners.min() >= 0 and corners[..., 0].max() <= 376 and corners[..., 1].max() <= 260


def test_folded_it_lies_on_the_map_to_the_pixel(told):
    # the map is 346 wide from 15 on and 217.2 high from 20 on:
    # (x, y) -> 15 + 346 (x + 1) / 2, 20 + 217.2 (1 - y) / 2
    high = 346 * 506 / 806
    shares = np.array([[-1, -1], [1, 1], [0.25, -0.4]])
    expected = np.column_stack([15 + 173 * (shares[:, 0] + 1), 20 + high / 2 * (1 - shares[:, 1])])
    np.testing.assert_allclose(told["pixels"], expected, atol=1e-9)
    matrix = np.array(told["matrix"]).reshape(4, 4).T
    clip = np.column_stack([told["places"], np.ones(3)]) @ matrix.T
    np.testing.assert_allclose(376 * (clip[:, 0] + 1) / 2, expected[:, 0], atol=1e-4)
    np.testing.assert_allclose(260 * (1 - clip[:, 1]) / 2, expected[:, 1], atol=1e-4)
    assert (np.abs(clip[:, 2]) < 1e-6).all()  # nothing is left of the heights


def test_paths_are_draped_as_in_the_clip(told):
    points, last = draped(np.array(PATH, float), np.array([[-2.0, 2.0], [-2.0, 2.0]]))
    np.testing.assert_allclose(np.array(told["draped"]["points"]).reshape(-1, 2), points, atol=1e-15)
    assert told["draped"]["last"] == last.tolist()
    np.testing.assert_array_equal(told["holes"], bridged(np.array([np.nan, 1, np.nan, 2, np.nan])))
    assert told["ends"] == [0, 2, 6, 6]
    assert told["between"] == [0.25, 0.5, 1]


@pytest.mark.parametrize(("k", "theme"), [(0, LIGHT), (1, DARK)])
def test_light_changes_a_band_by_less_than_half_of_it(told, k, theme):
    shades = np.array(told["shades"][k]).reshape(BANDS, 13, 4)[..., :3]
    for row, color in zip(shades, band_colors(theme.ramp, BANDS), strict=True):
        level, a, b = lab(color)
        for shade, found in zip(range(-7, 6), row, strict=True):
            meant = from_lab((level + shade, a, b))
            assert np.abs(found - [int(meant[at : at + 2], 16) for at in (1, 3, 5)]).max() <= 1, color
        assert "#" + "".join(f"{part:02x}" for part in row[7]) == color  # unlit it is the map's


def test_what_moves_on_a_slow_machine_has_a_quarter_of_the_triangles_and_no_small_pieces(told):
    assert told["largest"] == 2 * 90 * 90 and told["coarse"] == 2 * 45 * 45
    assert told["thinned"]["line"][::3] == [0, 3.5, 10]  # 1 and 4.5 are nearer than 3 to those before them
    assert told["thinned"]["kept"] == [0, 0, 1, 1, 2]
