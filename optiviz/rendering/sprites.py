"""Sprites: small images with coverage, blended into a frame at whole pixels.

What comes again in frame after frame, letters and heads, is rasterised once; laying it down is then one
sum over its few pixels.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import floor
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_rgb
from numpy.typing import NDArray

from optiviz._lib.typing import Array
from optiviz.rendering.typeface import DPI


@dataclass(frozen=True, eq=False)
class Sprite:
    """Colours and coverage of a few pixels, `left` and `bottom` from the place it is laid at.

    All in whole numbers: `ink` (h, w, 4) is colour times coverage and `clear` (h, w, 1) the coverage that is
    left to the ground, each colour and coverage from 0 to 255.
    """

    ink: NDArray[np.uint16]
    clear: NDArray[np.uint16]
    left: int
    bottom: int

    def faded(self, alpha: float) -> "Sprite":
        """The same seen in part: `alpha` of it in [0, 1]."""
        clear = np.rint(255 - alpha * (255 - self.clear.astype(float))).astype(np.uint16)
        ink = np.rint(alpha * self.ink).astype(np.uint16)
        return Sprite(np.minimum(ink, 255 * (255 - clear)), clear, self.left, self.bottom)


def sprite_of(pixels: NDArray[np.uint8], left: int, bottom: int) -> Sprite:
    """The sprite of (h, w, 4) pixels, colour and coverage apart, trimmed to what covers anything.

    >>> pixels = np.zeros((3, 3, 4), np.uint8)
    >>> pixels[1, 2] = 200, 100, 0, 255
    >>> dot = sprite_of(pixels, -1, -1)
    >>> dot.left, dot.bottom, dot.ink.tolist()
    (1, 0, [[[51000, 25500, 0, 65025]]])
    """
    cover = pixels[..., 3]
    rows, columns = np.flatnonzero(cover.any(axis=1)), np.flatnonzero(cover.any(axis=0))
    if not len(rows):
        return Sprite(np.zeros((0, 0, 4), np.uint16), np.zeros((0, 0, 1), np.uint16), left, bottom)
    part = pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.uint16)
    share = part[..., 3:]
    ink = np.concatenate([part[..., :3], np.full_like(share, 255)], axis=-1) * share
    return Sprite(ink, 255 - share, left + int(columns[0]), bottom + len(pixels) - 1 - int(rows[-1]))


def covered(cover: Array, color: str, left: int, bottom: int) -> Sprite:
    """The sprite of one colour where `cover` (h, w), from 0 to 1, says so."""
    share = np.rint(255 * cover).astype(np.uint16)[..., None]
    return Sprite(
        np.rint(255 * np.array([*to_rgb(color), 1.0])).astype(np.uint16) * share, 255 - share, left, bottom
    )


def joined(parts: Sequence[tuple[Sprite, int]]) -> Sprite:
    """Sprites of one colour, each so many pixels to the right of the place, as one."""
    if not parts:
        return Sprite(np.zeros((0, 0, 4), np.uint16), np.zeros((0, 0, 1), np.uint16), 0, 0)
    low = min([one.bottom for one, _ in parts])
    high = max([one.bottom + len(one.ink) for one, _ in parts])
    left = min([at + one.left for one, at in parts])
    right = max([at + one.left + one.ink.shape[1] for one, at in parts])
    ink = np.zeros((high - low, right - left, 4), np.uint16)
    clear = np.full((high - low, right - left, 1), 255, np.uint16)
    for one, at in parts:
        tall, wide = one.ink.shape[:2]
        top, column = high - one.bottom - tall, at + one.left - left
        window = slice(top, top + tall), slice(column, column + wide)
        np.maximum(ink[window], one.ink, out=ink[window])
        np.minimum(clear[window], one.clear, out=clear[window])
    return Sprite(ink, clear, left, low)


def blend(pixels: Any, sprite: Sprite, x: int, y: int) -> None:
    """Lay a sprite over `pixels` (height, width, 4) at (x, y), y from below; what is outside is cut off."""
    height, width = pixels.shape[:2]
    ink, clear = sprite.ink, sprite.clear
    high, wide = clear.shape[:2]
    left, top = x + sprite.left, height - (y + sprite.bottom) - high
    if left < 0 or top < 0 or left + wide > width or top + high > height:
        rows = slice(max(-top, 0), max(min(high, height - top), 0))
        columns = slice(max(-left, 0), max(min(wide, width - left), 0))
        ink, clear = ink[rows, columns], clear[rows, columns]
        left, top = max(left, 0), max(top, 0)
        high, wide = clear.shape[:2]
    if not ink.size:
        return
    patch = pixels[top : top + high, left : left + wide]
    if patch[..., 3].min() < 255:
        blend_clear(patch, ink, clear)
    else:
        patch[:] = (ink + clear * patch + np.uint16(127)) // np.uint16(255)


def blend_clear(patch: Any, ink: NDArray[np.uint16], clear: NDArray[np.uint16]) -> None:
    """Lay ink over pixels that one sees through: their colours count as far as they cover."""
    behind = patch[..., 3:] / 255.0 * clear
    cover = (255.0 - clear) + behind
    colors = (ink[..., :3] + behind * patch[..., :3]) / np.maximum(cover, 1e-9)
    patch[..., :3] = np.where(cover > 0, colors + 0.5, patch[..., :3])
    patch[..., 3:] = cover + 0.5


@dataclass(frozen=True, eq=False)
class Stamp:
    """A shape laid down again and again: `paint(renderer, x, y)` draws it, no farther than `reach` off.

    In pixels it is a sprite, laid at whole ones: what hardly moves then changes nothing, which keeps files
    small. In lines and letters it is painted where it is.
    """

    paint: Callable[[Any, float, float], None]
    reach: float

    @cached_property
    def sprite(self) -> Sprite:
        """It in pixels, the place in the middle of one."""
        half = int(np.ceil(self.reach)) + 1
        renderer: Any = RendererAgg(2 * half + 1, 2 * half + 1, DPI)
        self.paint(renderer, half + 0.5, half + 0.5)
        return sprite_of(np.array(renderer.buffer_rgba()), -half, -half)

    def put(self, renderer: Any, x: float, y: float) -> None:
        """Lay it down at (x, y)."""
        if isinstance(renderer, RendererAgg):
            blend(np.asarray(renderer.buffer_rgba()), self.sprite, floor(x), floor(y))
        else:
            self.paint(renderer, x, y)
