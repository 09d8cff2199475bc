"""The surface in three dimensions: what its picture shows is what a ray from each pixel meets first."""

import numpy as np
import pytest

from optiviz.rendering.surface3d.camera import Camera, camera_axes
from optiviz.rendering.surface3d.floating_horizon import Relief, draw_relief, fill_columns

N = 17
ALONG = np.linspace(-1, 1, N)


def relief(height):
    """A surface of N x N points; red and green say which face it is."""
    x, y = np.meshgrid(ALONG, ALONG)
    row, column = np.mgrid[: N - 1, : N - 1]
    colors = np.stack([column, row, 0 * row, np.full(row.shape, 255)], axis=-1) / 255.0
    return Relief(height(x, y), colors)


def camera(elevation, azimuth, scale=70.0):
    return Camera(*camera_axes(elevation, azimuth), scale, np.array([120.0, 110.0]))


def first_met(surface, eye, x, y):
    """(M, 2) the face, column and row, that the ray from pixels (x, y) (M,) meets first; -1 for none."""
    here = (x - eye.centre[0])[:, None] / eye.scale * eye.right
    here = here + (y - eye.centre[1])[:, None] / eye.scale * eye.up
    far = np.linspace(2, -2, 801)  # a corner lies at most 1.8 from the centre
    along = here[:, None] + far[None, :, None] * eye.towards
    inside = (np.abs(along[..., :2]) <= 1).all(axis=-1)
    u, v = ((np.clip(along[..., axis], -1, 1) + 1) / 2 * (N - 1) for axis in (0, 1))
    i, j = np.minimum(u.astype(int), N - 2), np.minimum(v.astype(int), N - 2)
    p, q, z = u - i, v - j, surface.heights
    ground = (z[j, i] * (1 - p) + z[j, i + 1] * p) * (1 - q)
    ground = ground + (z[j + 1, i] * (1 - p) + z[j + 1, i + 1] * p) * q
    above = along[..., 2] > ground
    crossed = inside[:, 1:] & inside[:, :-1] & (above[:, 1:] != above[:, :-1])
    at = crossed.argmax(axis=1)
    rays = np.arange(len(x))
    return np.where(crossed.any(axis=1)[:, None], np.stack([i[rays, at], j[rays, at]], axis=1), -1)


SURFACES = {
    "bowl": lambda x, y: 0.6 * (x**2 + 0.5 * y**2),
    "waves": lambda x, y: 0.25 * np.sin(4 * x) * np.cos(3 * y) + 0.3,
    "cliff": lambda x, y: 0.9 / (1 + np.exp(12 * (x + 0.4 * y))),
    "corner up": lambda x, y: 1.1 * np.exp(-2 * ((x - 1) ** 2 + (y + 1) ** 2)),  # is seen from below, too
}


@pytest.mark.parametrize("name", SURFACES)
@pytest.mark.parametrize("elevation", [5, 38, 90])
@pytest.mark.parametrize("azimuth", [-60, 0, 30, 45, 90, 137, 180, 250, 270])
def test_a_pixel_shows_the_face_that_its_ray_meets_first(name, elevation, azimuth):
    surface, eye = relief(SURFACES[name]), camera(elevation, azimuth)
    picture, left, top = draw_relief(surface, eye)
    rows, columns = np.mgrid[: picture.shape[0], : picture.shape[1]]
    pick = np.random.default_rng(1).choice(rows.size, 400)
    row, column = rows.ravel()[pick], columns.ravel()[pick]
    found = first_met(surface, eye, left + column + 0.5, top - row - 0.5)
    red, green, blue, alpha = picture[row, column].astype(int).T
    rim = (alpha > 0) & (alpha < 255)  # partly covered
    assert rim.mean() < (0.25 if elevation == 5 else 0.1)
    hit = (found >= 0).all(axis=1)
    assert (hit == (alpha == 255))[~rim].mean() > 0.995
    assert not blue.any()
    solid = hit & (alpha == 255)
    assert solid.sum() > 40
    off = np.maximum(np.abs(red - found[:, 0]), np.abs(green - found[:, 1]))[solid]
    # four looks a pixel are averaged: on an edge between faces that is a neighbour, on a crest it is neither
    assert (off <= 1).mean() > (0.9 if elevation == 5 else 0.97)


def test_a_plane_from_above_fills_its_parallelogram():
    eye = camera(90, 25)
    picture, left, top = draw_relief(relief(lambda x, y: 0 * x), eye)
    assert picture[..., 3].sum() / 255 == pytest.approx((2 * eye.scale) ** 2, rel=2e-3)
    x, y = np.floor(eye.centre + [3.0, 5.0]).astype(int)  # of x and y that are turned by 25 degrees
    at = eye.right[:2] * (x + 0.5 - eye.centre[0]) + eye.up[:2] * (y + 0.5 - eye.centre[1])
    face = np.floor((at / eye.scale + 1) / 2 * (N - 1))
    assert picture[top - 1 - y, x - left].tolist() == [*face, 0, 255]


def test_columns_by_hand():
    # the near point stands at 1, then it rises to 3, falls to 0 and rises to 5, of 6 pixels
    below = np.array([[1, 3, 0, 5], [2, 2, 2, 2]])
    colors = np.array([[10, 20, 30], [40, 50, 60]], dtype=np.uint32)
    assert fill_columns(below, colors, 6).tolist() == [[20, 10, 10, 30, 30, 0], [0, 0, 0, 0, 0, 0]]
