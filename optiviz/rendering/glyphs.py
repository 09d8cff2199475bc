"""Type that is drawn in every frame: each letter is rasterised once, then copied.

matplotlib lays out a text anew whenever it draws it, which takes longer than all trails of a frame
together. What changes from frame to frame is mostly digits, so one mask a letter is enough.
"""

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_rgb
from matplotlib.font_manager import FontProperties, get_font

from optiviz._lib.typing import Array
from optiviz.rendering.typeface import file_for

Written = tuple["Glyphs", str, float, float, float]  # with x, y, anchor
# While a list is set here, what is written goes there instead of into pixels: for vector files.
LETTERS: ContextVar[list[Written] | None] = ContextVar("LETTERS", default=None)
Box = tuple[int, int, int, int]  # left, bottom, right, top in pixels; right and top are outside


@dataclass(frozen=True)
class Glyphs:
    """A type size in one colour, on any ground.

    `size` is in pixels. Letters stand on whole pixels, one advance after the other, without kerning:
    digits are all equally wide, so a running number does not tremble.
    """

    size: float
    color: str
    bold: bool = False
    masks: dict[str, tuple[Array, int, int, int]] = field(default_factory=dict, compare=False, repr=False)

    def letter(self, char: str) -> tuple[Array, int, int, int]:
        """The coverage (h, w) in [0, 1] of a letter, its left and bottom offsets, and its advance."""
        if char not in self.masks:
            points, dpi = self.size * 0.72, 100.0
            side, base = int(3 * self.size) + 4, int(self.size)
            renderer: Any = RendererAgg(side, side, dpi)
            path = file_for(char, self.bold)
            properties = FontProperties(fname=path, size=points)
            renderer.draw_text(renderer.new_gc(), base, side - base, char, properties, 0)
            ink = np.asarray(renderer.buffer_rgba())[..., 3] / 255
            font: Any = get_font(path)
            font.set_size(points, dpi)
            advance = round(font.load_char(ord(char)).linearHoriAdvance / 65536)
            rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
            if len(rows):
                mask = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
                self.masks[char] = mask, int(columns[0]) - base, side - base - int(rows[-1]) - 1, advance
            else:
                self.masks[char] = np.zeros((0, 0)), 0, 0, advance
        return self.masks[char]

    def width(self, text: str) -> int:
        """The pixels that `text` takes up, from pen to pen."""
        return sum(self.letter(char)[3] for char in text)

    def box(self, text: str, x: float, y: float, anchor: float = 0.0) -> Box:
        """The pixels that `write` touches."""
        left = round(x - anchor * self.width(text))
        return left - 2, int(y - 0.4 * self.size), left + self.width(text) + 2, int(y + 1.2 * self.size)

    def write_haloed(self, pixels: Any, text: str, x: float, y: float, halo: str, alpha: float = 1.0) -> None:
        """`write` over a rim of another colour, both seen in part where `alpha` is below 1."""
        width, height = self.width(text), int(1.7 * self.size)
        left, top = round(x) - 4, pixels.shape[0] - round(y) - int(1.15 * self.size)
        patch = pixels[max(top, 0) : top + height, max(left, 0) : left + width + 8]
        mask = np.zeros((pixels.shape[0], pixels.shape[1]), np.float32) if patch.size else None
        if mask is None:
            return
        pen = round(x)
        for char in text:
            cover, off, bottom, advance = self.letter(char)
            h, w = cover.shape
            row, start = pixels.shape[0] - round(y) - bottom - h, pen + off
            pen += advance
            if h and row >= 0 and row + h <= mask.shape[0] and start >= 0 and start + w <= mask.shape[1]:
                mask[row : row + h, start : start + w] = np.maximum(
                    mask[row : row + h, start : start + w], cover
                )
        ink = mask[max(top, 0) : top + height, max(left, 0) : left + width + 8]
        rim = ink
        for _ in range(2):
            for axis in (0, 1):
                rim = np.maximum(rim, np.maximum(np.roll(rim, 1, axis), np.roll(rim, -1, axis)))
        for share, color in ((rim, halo), (ink, self.color)):
            level = alpha * share[..., None]
            patch[:] = (level * np.array([*to_rgb(color), 1.0]) * 255 + (1 - level) * patch + 0.5).astype(
                np.uint8
            )

    def write(self, pixels: Any, text: str, x: float, y: float, anchor: float = 0.0) -> None:
        """Blend `text` into `pixels` (height, width, 4) with its baseline at y from below.

        `anchor` is the share of its width that lies left of x: 0 left-, 0.5 centred, 1 right-aligned.
        """
        if (texts := LETTERS.get()) is not None:
            texts.append((self, text, x, y, anchor))
            return
        height, width = pixels.shape[:2]
        ink = np.array([*to_rgb(self.color), 1.0]) * 255
        pen = round(x - anchor * self.width(text))
        for char in text:
            mask, left, bottom, advance = self.letter(char)
            h, w = mask.shape
            top, start = height - round(y) - bottom - h, pen + left
            pen += advance
            if top >= 0 and top + h <= height and start >= 0 and start + w <= width and h:
                patch = pixels[top : top + h, start : start + w]
                share = mask[..., None]
                patch[:] = (share * ink + (1 - share) * patch + 0.5).astype(np.uint8)
