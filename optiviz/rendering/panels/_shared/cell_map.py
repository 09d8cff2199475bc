"""Cell maps (heat maps whose cells take their colour at steps of their own), and their colour key."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from optiviz._lib.typing import Array
from optiviz.rendering.cell import Cell
from optiviz.rendering.glyphs import Box, Glyphs
from optiviz.rendering.marks.agg import box_of, rgba
from optiviz.rendering.marks.shapes import Words
from optiviz.rendering.style import Theme

BANDS = 5  # shades of a colour, from the soonest to the latest
STRONG, FAINT = 0.75, 0.38  # how much of its colour a cell takes that is there at once, or only at the end
CRIMSON, LOST = "#c81e3a", 0.6  # of a run that diverged: no shade of another colour looks like it
SWATCH, GAP, LEADING = 0.75, 0.9, 1.3  # of a key, in heights of the type
NEVER = 2**31 - 1  # a step after all others


@dataclass(frozen=True, eq=False)
class Cells:
    """A picture of cells (Y, X) within `clip`, the lowest row of them first.

    Parameters
    ----------
    color : array (Y, X) of uint8
        The place of each cell's colour in `palette`.
    since : array (Y, X) of int
        The step at which it takes it; until then it has the first colour.
    palette : array (M, 4) of uint8
    """

    color: NDArray[np.uint8]
    since: NDArray[np.int64]
    palette: NDArray[np.uint8]
    clip: Box

    @cached_property
    def rows(self) -> NDArray[np.intp]:
        """(h,) the row of cells at each row of pixels, from the top."""
        return spread(self.clip[3] - self.clip[1], len(self.color))[::-1].copy()

    @cached_property
    def columns(self) -> NDArray[np.intp]:
        """(w,) the column of cells at each column of pixels."""
        return spread(self.clip[2] - self.clip[0], self.color.shape[1])

    def pixels(self, step: int) -> NDArray[np.uint8]:
        """(h, w, 4) at a step, the top row first: what `Image` takes."""
        shown = np.where(self.since <= step, self.color, np.uint8(0))
        fine = np.take(np.take(shown, self.columns, axis=1), self.rows, axis=0)
        colors = np.take(self.palette.view(np.uint32)[:, 0], fine)
        pixels: NDArray[np.uint8] = colors.view(np.uint8).reshape(*fine.shape, 4)
        return pixels


def spread(pixels: int, cells: int) -> NDArray[np.intp]:
    """(pixels,) the cell below each of a row of pixels."""
    return ((np.arange(pixels) + 0.5) / pixels * cells).astype(np.intp)


def interpolation_weights(pixels: int, points: int) -> tuple[NDArray[np.intp], Array]:
    """(pixels,) the grid point before each pixel, and the weight in [0, 1) of the one after it."""
    place = np.clip((np.arange(pixels) + 0.5) / pixels * (points - 1), 0, points - 1 - 1e-9)
    before = place.astype(np.intp)
    return before, place - before


def inner_box(ax: object) -> Box:
    """The pixels within the frame of axes."""
    left, bottom, right, top = box_of(ax)
    return left + 1, bottom + 1, right - 1, top - 1


def tints(color: str, theme: Theme) -> list[Array]:
    """The shades of a colour (4,) over the ground, the strongest first."""
    ground, own = np.array(rgba(theme.ground)), np.array(rgba(color))
    return [np.asarray(ground + share * (own - ground)) for share in np.linspace(STRONG, FAINT, BANDS)]


def diverged_color(theme: Theme) -> Array:
    """(4,) the colour of a run that diverged."""
    ground = np.array(rgba(theme.ground))
    return np.asarray(ground + LOST * (np.array(rgba(CRIMSON)) - ground))


def palette_of(colors: Sequence[Array]) -> NDArray[np.uint8]:
    """(M, 4) colours as bytes."""
    return (np.array(colors) * 255 + 0.5).astype(np.uint8)


def band_of(steps: NDArray[np.int64], last: int) -> NDArray[np.uint8]:
    """The shade of each step: 4 in the second half of the `last` steps, 3 in the quarter before, and so on.

    It depends on nothing else, so that a shade means the same in all panels of a scene.

    >>> band_of(np.array([0, 6, 7, 13, 26, 51, 100]), 100).tolist()
    [0, 0, 1, 2, 3, 4, 4]
    """
    return np.searchsorted(last / 2.0 ** np.arange(BANDS - 1, 0, -1), steps).astype(np.uint8)


def duration(last: int) -> str:
    """What the shades stand for, in words: the ends of the first and of the last band."""
    return f"{max(round(last / 2 ** (BANDS - 1)), 1)} to {last} steps"


def name_over_map(cell: Cell, ax: Any, name: str) -> None:
    """The name of the vertical axis, over a map: below it, as the axes would write it, nobody saw it."""
    left, _, _, top = box_of(ax)
    em = cell.sizes["text"]
    glyphs = Glyphs(em, cell.theme.ink, rim=cell.theme.casing)
    cell.marks.append(Words(lambda step: name, left + 0.5 * em, top - 1.2 * em, glyphs))


# ---- the key


@dataclass(frozen=True, eq=False)
class Swatch:
    """Small squares of some colours (4,), and what they stand for."""

    colors: Sequence[Array]
    text: str


def key_line_count(cell: Cell, swatches: Sequence[Swatch]) -> int:
    """How many lines a key takes in a cell."""
    em = cell.sizes["text"]
    return len(wrap_spans(spans_of(cell, swatches), GAP * em, cell.box[2] - em))


def above_key(cell: Cell, swatches: Sequence[Swatch]) -> Cell:
    """What is left of a cell above a key to all of `swatches`."""
    left, bottom, width, height = cell.box
    lines = key_line_count(cell, swatches)
    taken = (LEADING * lines + 0.5) * cell.sizes["text"] if lines else 0.0
    return replace(cell, box=(left, bottom + taken, width, height - taken))


def draw_key(cell: Cell, swatches: Sequence[Swatch]) -> None:
    """Write a key at the foot of a cell, in as few lines as hold it."""
    em, (left, bottom, width, _) = cell.sizes["text"], cell.box
    across, up = cell.figure.canvas.get_width_height()
    spans, side = spans_of(cell, swatches), SWATCH * em
    lines = wrap_spans(spans, GAP * em, width - em)
    for number, line in enumerate(lines):
        y = bottom + (LEADING * (len(lines) - 1 - number) + 0.35) * em
        x = left + (width - sum(spans[k] for k in line) - GAP * em * (len(line) - 1)) / 2
        for k in line:
            for j, color in enumerate(swatches[k].colors):
                cell.figure.add_artist(
                    Rectangle(
                        ((x + j * side) / across, (y - 0.05 * em) / up), side / across, side / up,
                        transform=cell.figure.transFigure, facecolor=tuple(color),
                        edgecolor=cell.theme.faint, linewidth=0.8 * cell.fine,
                    )
                )  # fmt: skip
            word = x + side * len(swatches[k].colors) + 0.4 * em
            text = cell.figure.text(word / across, y / up, swatches[k].text, color=cell.theme.ink)
            text.set_fontsize(cell.points("text"))
            x += spans[k] + GAP * em


def spans_of(cell: Cell, swatches: Sequence[Swatch]) -> list[float]:
    """The pixels that each entry of a key takes."""
    em, glyphs = cell.sizes["text"], cell.glyphs("text")
    return [(SWATCH * len(one.colors) + 0.4) * em + glyphs.width(one.text) for one in swatches]


def wrap_spans(spans: Sequence[float], between: float, room: float) -> list[list[int]]:
    """The places of `spans`, in order, in lines that are no longer than `room` where that can be.

    >>> wrap_spans([4, 4, 4], between=1, room=9)
    [[0, 1], [2]]
    """
    lines: list[list[int]] = []
    left = 0.0
    for k, span in enumerate(spans):
        if not lines or span > left:
            lines.append([])
            left = room
        lines[-1].append(k)
        left -= span + between
    return lines
