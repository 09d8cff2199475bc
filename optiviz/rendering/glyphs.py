"""Glyph cache for text that changes in every frame: each letter is rasterised once, then copied.

matplotlib lays out a text anew whenever it draws it, which takes longer than all trails of a frame
together. What changes from frame to frame is mostly digits, so one mask a letter is enough; a text that stays
is put together once.
"""

from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import accumulate
from math import ceil, floor
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg, get_hinting_flag
from matplotlib.colors import to_rgb
from matplotlib.font_manager import FontProperties, get_font

from optiviz._lib.typing import Array
from optiviz.rendering.sprites import Sprite, blend, covered, joined, sprite_of
from optiviz.rendering.typeface import DPI, families, file_for, needs_shaping

Written = tuple["Glyphs", str, float, float, float, str]  # with x, y, anchor, and the colour of a rim or ""
# While a list is set here, what is written goes there instead of into pixels: for vector files.
LETTERS: ContextVar[list[Written] | None] = ContextVar("LETTERS", default=None)
Box = tuple[int, int, int, int]  # left, bottom, right, top in pixels; right and top are outside
HALO = 2  # pixels of the rim around a text
MOST_TEXTS = 64  # that are kept, set


@dataclass(frozen=True)
class Glyphs:
    """A type size in one colour, on any ground.

    `size` is in pixels. Letters stand on whole pixels, one advance after the other, without kerning:
    digits are all equally wide, so a running number does not tremble.
    """

    size: float
    color: str
    bold: bool = False
    rim: str = ""  # the colour of an outline, for type on a ground that is not known
    fonts: tuple[str, ...] = field(default_factory=lambda: tuple(families()), repr=False)
    masks: dict[str, tuple[Array, int, int, int]] = field(default_factory=dict, compare=False, repr=False)
    letters: dict[str, Sprite] = field(default_factory=dict, init=False, compare=False, repr=False)
    texts: dict[str, Sprite] = field(default_factory=dict, init=False, compare=False, repr=False)
    halos: dict[tuple[str, str], Sprite] = field(default_factory=dict, init=False, compare=False, repr=False)
    widths: dict[str, int] = field(default_factory=dict, init=False, compare=False, repr=False)

    def letter(self, char: str) -> tuple[Array, int, int, int]:
        """The coverage (h, w) in [0, 1] of a letter, its left and bottom offsets, and its advance."""
        if char not in self.masks:
            self.masks[char] = self.word(char) if len(char) > 1 else self.drawn(char)
        return self.masks[char]

    def drawn(self, char: str) -> tuple[Array, int, int, int]:
        """The same of a single letter, without laying out a text: a fifth of the time."""
        font: Any = get_font(file_for(char, self.bold, self.fonts))
        font.set_size(self.size * 72 / DPI, DPI)
        advance = round(font.load_char(ord(char)).linearHoriAdvance / 65536)
        glyph = font.load_char(ord(char), get_hinting_flag())
        _, low, _, high = (side / 64 for side in glyph.bbox)
        base, bottom = int(self.size), floor(low)
        bitmap = np.zeros((ceil(high) - bottom, int(3 * self.size) + 4), np.uint8)
        if bitmap.size:  # not a space
            font.draw_glyph_to_bitmap(bitmap, base, 0, glyph)
        return trimmed(bitmap, -base, bottom, advance)

    def word(self, text: str) -> tuple[Array, int, int, int]:
        """The same of a whole text, whose letters are shaped beside each other."""
        weight = "bold" if self.bold else "normal"
        properties = FontProperties(family=list(self.fonts), weight=weight, size=self.size * 72 / DPI)
        measure: Any = RendererAgg(1, 1, DPI)
        wide, _, _ = measure.get_text_width_height_descent(text, properties, False)
        base, high = int(self.size), int(4 * self.size) + 4
        renderer: Any = RendererAgg(int(wide) + 2 * base + 4, high, DPI)
        renderer.draw_text(renderer.new_gc(), base, high - 2 * base, text, properties, 0)
        return trimmed(np.asarray(renderer.buffer_rgba())[..., 3], -base, -2 * base, round(wide))

    def width(self, text: str) -> int:
        """The pixels that `text` takes up, from pen to pen."""
        if text not in self.widths:
            if len(self.widths) >= MOST_TEXTS:
                self.widths.clear()
            self.widths[text] = sum([self.letter(unit)[3] for unit in units(text)])
        return self.widths[text]

    def box(self, text: str, x: float, y: float, anchor: float = 0.0) -> Box:
        """The pixels that `write` touches; none for an empty text."""
        if not text:
            return (0, 0, 0, 0)
        width = self.width(text)
        left = round(x - anchor * width)
        room = 2 + (HALO + 1) * bool(self.rim)
        low, high = y - 0.4 * self.size, y + 1.2 * self.size
        return left - room, int(low) - room + 2, left + width + room, int(high) + room - 2

    def sprite(self, text: str) -> Sprite:
        """A text, its baseline starting at the sprite's place."""
        if text not in self.texts:
            if len(self.texts) >= MOST_TEXTS:
                self.texts.clear()
            self.texts[text] = joined([(self.inked(char), pen) for char, pen in self.pens(text)])
        return self.texts[text]

    def pens(self, text: str) -> list[tuple[str, int]]:
        """The letters of a text that are seen, and where the pen stands at each."""
        parts = units(text)
        pens = accumulate([self.letter(unit)[3] for unit in parts], initial=0)
        return [(unit, pen) for unit, pen in zip(parts, pens, strict=False) if self.letter(unit)[0].size]

    def inked(self, char: str) -> Sprite:
        """A letter in the colour of the type."""
        if char not in self.letters:
            mask, left, bottom, _ = self.letter(char)
            self.letters[char] = covered(mask, self.color, left, bottom)
        return self.letters[char]

    def haloed(self, text: str, halo: str) -> Sprite:
        """The sprite of a text over a rim in the colour `halo`."""
        key = text, halo
        if key not in self.halos:
            ink = self.sprite(text)
            cover = np.pad(1 - ink.clear[..., 0] / 255, HALO)
            rim = cover
            for axis in (0, 1) * HALO:
                rim = np.maximum(rim, np.maximum(np.roll(rim, 1, axis), np.roll(rim, -1, axis)))
            colors = [255 * np.array(to_rgb(color)) for color in (self.color, halo)]
            mixed = cover[..., None] * colors[0] + (1 - cover[..., None]) * colors[1]
            pixels = np.dstack([mixed, 255 * rim]).round().astype(np.uint8)
            self.halos[key] = sprite_of(pixels, ink.left - HALO, ink.bottom - HALO)
        return self.halos[key]

    def write_haloed(self, pixels: Any, text: str, x: float, y: float, halo: str, alpha: float = 1.0) -> None:
        """`write` over a rim of another colour, both seen in part where `alpha` is below 1."""
        if (texts := LETTERS.get()) is not None:
            texts.append((self, text, x, y, 0.0, halo))
            return
        sprite = self.haloed(text, halo)
        blend(pixels, sprite if alpha >= 1 else sprite.faded(alpha), round(x), round(y))

    def write(self, pixels: Any, text: str, x: float, y: float, anchor: float = 0.0) -> None:
        """Blend `text` into `pixels` (height, width, 4) with its baseline at y from below.

        `anchor` is the share of its width that lies left of x: 0 left-, 0.5 centred, 1 right-aligned.
        """
        if (texts := LETTERS.get()) is not None:
            texts.append((self, text, x, y, anchor, self.rim))
        elif text and self.rim:
            blend(pixels, self.haloed(text, self.rim), round(x - anchor * self.width(text)), round(y))
        elif text:
            blend(pixels, self.sprite(text), round(x - anchor * self.width(text)), round(y))


def trimmed(ink: Array, left: int, bottom: int, advance: int) -> tuple[Array, int, int, int]:
    """What is inked of coverages (h, w), 0 to 255, whose lower left pixel is there; as `letter` gives it."""
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not len(rows):
        return np.zeros((0, 0)), 0, 0, advance
    mask = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] / 255
    return mask, left + int(columns[0]), bottom + len(ink) - 1 - int(rows[-1]), advance


def units(text: str) -> Sequence[str]:
    """What a text is drawn by: its letters one by one, or as a whole where these are shaped.

    >>> units("w = 2"), units("\u0635\u0641")
    ('w = 2', ['\u0635\u0641'])
    """
    return [text] if len(text) > 1 and needs_shaping(text) else text
