"""Sprites: blended by hand, cut at the rim, the same as Agg draws; letters put together once."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import RendererAgg

from optiviz.rendering.glyphs import Glyphs
from optiviz.rendering.marks.agg import marker_path, pen, rgba
from optiviz.rendering.sprites import Stamp, blend, sprite_of


def one_pixel(color, cover):
    return sprite_of(np.array([[[*color, cover]]], np.uint8), 0, 0)


def page(height=6, width=8, color=(255, 255, 255, 255)):
    return np.full((height, width, 4), color, np.uint8)


def test_half_a_pixel_is_the_mean_of_both():
    pixels = page(color=(100, 200, 0, 255))
    blend(pixels, one_pixel((200, 0, 100), 51), 3, 1)  # a fifth: 0.8 * 100 + 0.2 * 200, ...
    assert pixels[6 - 1 - 1, 3].tolist() == [120, 160, 20, 255]
    assert (pixels != (100, 200, 0, 255)).any(axis=2).sum() == 1


def test_whole_cover_is_the_exact_colour_and_none_leaves_the_ground():
    pixels = page(color=(7, 8, 9, 255))
    blend(pixels, one_pixel((36, 70, 224), 255), 0, 0)
    blend(pixels, one_pixel((36, 70, 224), 0), 5, 5)
    assert pixels[5, 0].tolist() == [36, 70, 224, 255]
    assert pixels[0, 5].tolist() == [7, 8, 9, 255]


def test_over_what_one_sees_through_only_the_ink_counts():
    pixels = page(color=(255, 255, 255, 0))
    blend(pixels, one_pixel((10, 20, 30), 102), 2, 2)
    assert pixels[3, 2].tolist() == [10, 20, 30, 102]  # no fringe of the white below
    half = page(color=(200, 200, 200, 51))
    blend(half, one_pixel((0, 0, 0), 204), 2, 2)  # cover 0.8 + 0.2 * 0.2, colour 0.04 * 200 / 0.84
    assert half[3, 2].tolist() == [10, 10, 10, 214]


@pytest.mark.parametrize("place", [(-2, 2), (7, 2), (3, -2), (3, 5), (-9, 0), (0, 99)])
def test_what_is_outside_is_cut_off(place):
    whole = np.full((3, 3, 4), 255, np.uint8)
    whole[..., :3] = 9
    pixels = page()
    blend(pixels, sprite_of(whole, 0, 0), *place)
    x, y = place
    seen = {(row, column) for row in range(6) for column in range(8) if pixels[row, column, 0] == 9}
    assert seen == {
        (6 - 1 - up, right)
        for up in range(y, y + 3)
        for right in range(x, x + 3)
        if 0 <= up < 6 and 0 <= right < 8
    }


def test_a_faded_sprite_covers_so_much_less():
    pixels = page(color=(0, 0, 0, 255))
    blend(pixels, one_pixel((200, 100, 50), 255).faded(0.5), 1, 1)
    assert np.abs(pixels[4, 1, :3].astype(int) - [100, 50, 25]).max() <= 1


def test_a_stamp_is_what_agg_draws_at_the_middle_of_the_pixel():
    def paint(renderer, x, y):
        from matplotlib.transforms import Affine2D

        gc = pen("#ffffff", 2.0, None, renderer)
        place = Affine2D().scale(14.0).translate(x, y)
        renderer.draw_path(gc, marker_path("D"), place, rgba("#2446e0"))

    one, two = (RendererAgg(60, 40, 100.0) for _ in range(2))
    for renderer in (one, two):
        np.asarray(renderer.buffer_rgba())[:] = 200, 210, 220, 255
    Stamp(paint, 12.0).put(one, 30.9, 20.1)
    paint(two, 30.5, 20.5)
    drawn, wanted = (np.asarray(renderer.buffer_rgba()).astype(int) for renderer in (one, two))
    assert (wanted[20, 30] == (0x24, 0x46, 0xE0, 255)).all()
    assert np.abs(drawn - wanted).max() <= 2


def test_letters_stand_one_advance_after_the_other():
    glyphs = Glyphs(24.0, "#2446e0", bold=True)
    pixels = page(60, 200)
    glyphs.write(pixels, "1010", 10, 20)
    ink = (pixels != 255).any(axis=2)
    wide = glyphs.width("10")
    assert glyphs.width("1010") == 2 * wide
    np.testing.assert_array_equal(ink[:, 10 : 10 + wide], ink[:, 10 + wide : 10 + 2 * wide])
    left, bottom, right, top = glyphs.box("1010", 10, 20)
    ink[60 - top : 60 - bottom, left:right] = False
    assert not ink.any()
    assert (pixels == (0x24, 0x46, 0xE0, 255)).all(axis=2).any()


def test_an_empty_text_has_no_box_and_no_ink():
    glyphs = Glyphs(24.0, "#000000")
    pixels = page()
    glyphs.write(pixels, "", 3, 3)
    assert glyphs.box("", 3, 3) == (0, 0, 0, 0)
    assert (pixels == 255).all()


def test_a_rim_lies_around_the_letters():
    glyphs = Glyphs(24.0, "#000000")
    pixels = page(60, 120, (200, 0, 0, 255))
    glyphs.write_haloed(pixels, "I", 50, 20, "#ffffff")
    ink, rim = (pixels[..., :3] == 0).all(axis=2), (pixels[..., :3] == 255).all(axis=2)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    middle = rows[len(rows) // 2]
    assert rim[middle, columns[0] - 2] and rim[middle, columns[-1] + 2]
    assert tuple(pixels[middle, columns[0] - 6]) == (200, 0, 0, 255)
