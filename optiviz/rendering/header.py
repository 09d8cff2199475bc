"""The header of a frame: title, step counter and caption line."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from numpy.typing import NDArray

from optiviz.rendering.glyphs import Box, Glyphs
from optiviz.rendering.marks.agg import rgba
from optiviz.rendering.marks.base import MovingMark
from optiviz.rendering.marks.shapes import Words
from optiviz.rendering.panels.check import has_own_clock
from optiviz.rendering.style import Look, Theme
from optiviz.rendering.timeline import Moment
from optiviz.rendering.typeface import DPI, FONTS, families, runs_left, starts_right
from optiviz.scene.numbers import thousands
from optiviz.scene.scene import Scene
from optiviz.scene.script import CaptionLine
from optiviz.scene.words import caption_rows

MARGIN, TITLE, LINE = 40.0, 52.0, 94.0  # twenty-fourths of the type: the left end, baselines from the top
COUNTER, CAPTION, HEADING = 32.0, 27.0, 26.0  # heights of type
LEADING = 36.0  # from one row of a caption to the next
PAUSES = {".": 0.72, "?": 0.72, ":": 0.78, ";": 0.78, ",": 0.88}  # as if a row that ends so were shorter
BAR, BESIDE = (6.0, 31.0), 18.0  # left of a verdict, and what it moves the text
Segment = tuple[str, str, bool]  # text, colour, bold


def header(
    figure: Figure,
    scene: Scene,
    lines: Sequence[CaptionLine],
    look: Mapping[str, Look],
    counted: str,
    pace: float,
    theme: Theme,
    sizes: Mapping[str, float],
) -> list[MovingMark]:
    """The title on the left, the count of steps on the right, and below them the lines of the script.

    A line that begins at its right end stands on the right; of such a title the count is on the left.
    """
    width, height = scene.size
    unit = sizes["text"] / 24
    left, base = MARGIN * unit, height - TITLE * unit
    only = next(iter(scene.runs)) if len(scene.runs) == 1 else ""
    words = scene.title or only
    mirrored = starts_right(words)
    begin, side = ((width - left) / width, "right") if mirrored else (left / width, "left")
    title = figure.text(begin, base / height, words, color=theme.ink, weight="bold", ha=side)
    title.set_fontsize(sizes["title"] * 72 / DPI)
    marks: list[MovingMark] = [caption_lines(scene, lines, look, theme, unit)] if lines else []
    if not scene.runs or all(map(has_own_clock, scene.panels)):
        fit_title(title, width - 2 * left, sizes["text"])
        return marks
    glyphs = Glyphs(COUNTER * unit, theme.ink, bold=True, rim=theme.rim)  # drawn in every frame
    count: Callable[[Any], str] = lambda moment: thousands(int(moment.step / pace + 1e-9))
    # the word stands still; the number starts at a fixed place, so that it does not tremble
    wide, gap = glyphs.width(thousands(int(scene.steps / pace + 1e-9))), 0.3 * 24 * unit
    number = width - left - wide
    font: dict[str, Any] = {"size": HEADING * unit * 72 / DPI, "color": theme.soft}
    if mirrored:
        before = figure.text(left / width, base / height, f"{counted}:", fontdict=font)
        number = before.get_window_extent().x1 + gap
        fit_title(title, width - left - (number + wide + left), sizes["text"])
    else:
        before = figure.text((number - gap) / width, base / height, f"{counted}:", ha="right", fontdict=font)
        fit_title(title, before.get_window_extent().x0 - 2 * left, sizes["text"])
    return [*marks, Words(count, number, base, glyphs, by_moment=True)]


def fit_title(title: Any, room: float, least: float) -> None:
    """Make a title that is too long for `room` pixels smaller, to `least` pixels of type; then cut it."""
    while title.get_window_extent().width > room and title.get_fontsize() > least * 72 / DPI:
        title.set_fontsize(max(0.97 * title.get_fontsize(), least * 72 / DPI))
    words = title.get_text()
    while title.get_window_extent().width > room and len(words) > 1 and "$" not in words:
        words = words[:-1].rstrip()
        title.set_text(f"{words}\N{HORIZONTAL ELLIPSIS}")


# ---- the line below the title


def segments(text: str, look: Mapping[str, Look], ink: str) -> list[Segment]:
    """A text in parts: names of runs bold and in their colours, the rest in ink.

    >>> from optiviz.rendering.style import Look
    >>> segments("NAG 0.9 turns", {"NAG": Look("#f00", "D"), "NAG 0.9": Look("#0f0", "D")}, "#000")
    [('NAG 0.9', '#0f0', True), (' turns', '#000', False)]
    """
    if not look or runs_left(text):  # parts side by side would be in the wrong order
        return [(text, ink, False)]
    names = "|".join(re.escape(label) for label in sorted(look, key=len, reverse=True))
    parts = re.split(rf"(?<!\w)({names})(?!\w)", text)
    return [
        (part, look[part].color, True) if k % 2 else (part, ink, False)
        for k, part in enumerate(parts)
        if part
    ]


@dataclass(frozen=True, eq=False)
class Strip:
    """A line of text, set: its pixels (h, w, 4) with the baseline a third from below, and its parts.

    `parts` are (x, text, colour, bold), x from the left end of the pixels, `size` pixels of type, `bar` the
    (columns, rows) of the bar of a verdict.
    """

    pixels: NDArray[np.uint8]
    parts: tuple[tuple[float, str, str, bool], ...]
    size: float
    bar: tuple[slice, slice] | None = None


def strip_of(parts: Sequence[Segment], size: float, least: float, room: float, space: float = 0.0) -> Strip:
    """A line of text, with room for `space` pixels on its left.

    What is wider than `room` is set smaller, to `least`, and then cut.
    """

    def widths() -> list[float]:
        return [text_width(text, size, bold) for text, _, bold in parts]

    while sum(widths()) + space > room and size > least:
        size = max(0.97 * size, least)
    while sum(widths()) + space > room:
        text, color, bold = parts[-1]
        parts = [*parts[:-1], (f"{text.rstrip('…')[:-1].rstrip()}…", color, bold)]
        parts = parts if len(parts[-1][0]) > 1 else parts[:-1]
    high = int(1.7 * size)
    renderer: Any = RendererAgg(int(min(sum(widths()) + space, room)) + 4, high, DPI)
    gc, x, placed = renderer.new_gc(), space, []
    for (text, color, bold), wide in zip(parts, widths(), strict=True):
        gc.set_foreground(rgba(color), isRGBA=True)
        renderer.draw_text(gc, x, high - high / 3, text, font(size, bold), 0)
        placed.append((x, text, color, bold))
        x += wide
    return Strip(np.array(renderer.buffer_rgba()), tuple(placed), size)


def rows_of(
    parts: Sequence[Segment], size: float, least: float, room: float, space: float, most: int
) -> list[Strip]:
    """A line of text in one row, or in two of `most` where even the least type is too wide for one."""
    rows = [list(parts)]
    if most > 1 and row_width(parts, least) + space > room:
        rows = broken(parts, lambda row: row_width(row, size))
    return [strip_of(row, size, least, room, space) for row in rows if row]


def moved_right(strip: Strip, room: float, space: float) -> Strip:
    """A line of text as wide as `room`, which ends `space` pixels before its right end."""
    wide = sum(text_width(text, strip.size, bold) for _, text, _, bold in strip.parts)
    by = max(round(room - space - wide), 0)
    pixels = np.zeros((len(strip.pixels), round(room) + 4, 4), np.uint8)
    shown = strip.pixels[:, : pixels.shape[1] - by]
    pixels[:, by : by + shown.shape[1]] = shown
    parts = tuple((x + by, text, color, bold) for x, text, color, bold in strip.parts)
    return replace(strip, pixels=pixels, parts=parts)


def row_width(parts: Sequence[Segment], size: float) -> float:
    """Pixels that parts take beside each other."""
    return sum(text_width(text, size, bold) for text, _, bold in parts)


def broken(parts: Sequence[Segment], width: Callable[[Sequence[Segment]], float]) -> list[list[Segment]]:
    """A row broken at the space that leaves the wider half narrowest, names of runs kept; whole without one.

    The end of a sentence or of a part of one is the better place, where it is not far from the middle.

    >>> parts = [("NAG", "#f00", True), (" turns at 3", "#000", False)]
    >>> broken(parts, lambda row: sum(len(text) for text, *_ in row))
    [[('NAG', '#f00', True), (' turns', '#000', False)], [('at 3', '#000', False)]]
    """
    choices = []
    for k, (text, color, bold) in enumerate(parts):
        for n in (n for n, letter in enumerate(text) if letter == " " and not bold):
            head = [*parts[:k], *([(text[:n], color, bold)] if n else [])]
            tail = [*([(text[n + 1 :], color, bold)] if text[n + 1 :] else []), *parts[k + 1 :]]
            pause = PAUSES.get(text[n - 1 : n] or parts[k - 1][0][-1:], 1.0)
            choices.append((pause * max(width(head), width(tail)), [head, tail]))
    return min(choices, key=lambda choice: choice[0])[1] if choices else [list(parts)]


def font(size: float, bold: bool) -> FontProperties:
    """The typeface of all pictures in `size` pixels."""
    return FontProperties(family=families(), weight="bold" if bold else "normal", size=size * 72 / DPI)


def text_width(text: str, size: float, bold: bool) -> float:
    """Pixels that a text takes, the spaces at its ends too."""
    families = FONTS.get()
    return line_width(f"|{text}|", size, bold, families) - line_width("||", size, bold, families)


@lru_cache(1024)
def line_width(text: str, size: float, bold: bool, families: tuple[str, ...]) -> float:
    """Pixels from the first ink of a text to its last, in the families in use; asked again and again."""
    renderer: Any = RendererAgg(1, 1, DPI)
    return float(renderer.get_text_width_height_descent(text, font(size, bold), False)[0])


def outlined(strip: NDArray[np.uint8], rim: str) -> NDArray[np.uint8]:
    """(h, w, 4) a line of text over an outline in another colour, two pixels wide."""
    cover = strip[..., 3].astype(float) / 255
    around = cover
    for axis in (0, 1, 0, 1):
        around = np.maximum(around, np.maximum(np.roll(around, 1, axis), np.roll(around, -1, axis)))
    below = 255 * np.array(rgba(rim)[:3])
    mixed = cover[..., None] * strip[..., :3] + (1 - cover[..., None]) * below
    return np.dstack([mixed, 255 * around]).round().astype(np.uint8)


def caption_lines(
    scene: Scene, lines: Sequence[CaptionLine], look: Mapping[str, Look], theme: Theme, unit: float
) -> "CaptionLines":
    """The mark that shows the lines of a script; in frames of 4:3 and narrower in two rows where needed."""
    width, height = scene.size
    room = width - 2 * MARGIN * unit
    found = []
    for line in lines:
        space = BESIDE * unit if line.verdict else 0.0
        parts, size = segments(line.text, look, theme.ink), CAPTION * unit
        mirrored, most = starts_right(line.text), caption_rows(scene.size)
        if mirrored:
            strips = rows_of(parts, size, 24 * unit, room - space, 0.0, most)
            strips = [moved_right(strip, room, space) for strip in strips]
        else:
            strips = rows_of(parts, size, 24 * unit, room, space, most)
        if theme.clear:
            strips = [replace(strip, pixels=outlined(strip.pixels, theme.rim)) for strip in strips]
        if line.verdict:
            high = len(strips[0].pixels)
            middle, half = 2 * high / 3 - 0.36 * CAPTION * unit, BAR[1] * unit / 2
            rows = slice(max(round(middle - half), 0), round(middle + half))
            wide = max(2, round(BAR[0] * unit))
            columns = slice(round(room) - wide, round(room)) if mirrored else slice(0, wide)
            strips[0].pixels[rows, columns] = np.array(rgba(theme.ink)) * 255
            strips[0] = replace(strips[0], bar=(columns, rows))
        found.append(tuple(strips))
    return CaptionLines(
        tuple(found), round(MARGIN * unit), round(height - LINE * unit), round(LEADING * unit)
    )


@dataclass(frozen=True, eq=False)
class CaptionLines:
    """The mark of the captions, one at a time, as `Moment.line` and `Moment.strength` say."""

    strips: tuple[tuple[Strip, ...], ...]  # the rows of each
    x: int
    y: int  # of the first baseline, from below
    leading: int  # from one baseline to the next
    blended: dict[tuple[int, float], NDArray[np.uint8]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """The rows of the longest."""
        return max(map(len, self.strips))

    def settle(self, renderer: Any, moment: Moment) -> None:
        """Lines come and go."""

    def draw(self, renderer: Any, moment: Moment, settled: Moment) -> None:
        left, bottom, right, top = self.box(moment, settled)
        if right <= left:
            return
        pixels = np.asarray(renderer.buffer_rgba())
        patch = pixels[len(pixels) - top : len(pixels) - bottom, left:right]
        key = moment.line, moment.strength
        if key not in self.blended:  # the ground below it never changes
            ground = patch.astype(float)
            for k, row in enumerate(self.strips[moment.line]):
                at = ground[k * self.leading :, : row.pixels.shape[1]]  # cut where the picture ends
                strip = row.pixels[: at.shape[0], : at.shape[1]].astype(float)
                share = moment.strength * strip[..., 3:] / 255
                strip[..., 3] = 255
                at[: len(strip)] = share * strip + (1 - share) * at[: len(strip)]
            self.blended[key] = (ground + 0.5).astype(np.uint8)
        patch[:] = self.blended[key]

    def box(self, moment: Moment, settled: Moment) -> Box:
        if moment.line < 0 or moment.strength <= 0:
            return (0, 0, 0, 0)
        rows = self.strips[moment.line]
        high, wide = len(rows[0].pixels), max(row.pixels.shape[1] for row in rows)
        top, bottom = self.y - high // 3 + high, self.y - high // 3 - (len(rows) - 1) * self.leading
        return self.x, bottom, self.x + wide, top
