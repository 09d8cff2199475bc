"""A stability map that is enlarged about one place as the clip goes on: nested maps shown as one picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.typing import Array
from optiviz.rendering.glyphs import Box
from optiviz.rendering.marks.agg import rgba
from optiviz.rendering.panels._shared.cell_map import BANDS, CRIMSON, Swatch, band_of, duration, tints
from optiviz.rendering.style import BLUE, Theme


def zoom_palette(theme: Theme) -> list[Array]:
    """The ground, the shades of those that arrive, and those of the lost; the strongest are the soonest."""
    blue = theme.lighter.get(BLUE, BLUE)
    return [np.array(rgba(theme.ground)), *tints(blue, theme), *tints(CRIMSON, theme)]


def zoom_swatches(steps: int, theme: Theme) -> list[Swatch]:
    """What the key says of it."""
    ground, *shades = zoom_palette(theme)
    blue, red = shades[:BANDS], shades[BANDS:]
    return [Swatch(blue, duration(steps)), Swatch([ground], "not there"), Swatch(red, "diverged")]


@dataclass(frozen=True, eq=False)
class ZoomImage:
    """The picture within `clip` at a step: the map that fills the window, and over its middle the next finer.

    Parameters
    ----------
    colors : sequence of array (Y, X) of uint8
        Of each map, half as wide as the one before, the place of each cell's colour in `palette`.
    palette : array (M, 4) of uint8
    place : (x, y)
        What stays where it is, as shares of the window.
    times : float
        How many times the window is enlarged at the last step.
    steps : int
        Of the clip; each multiplies by the same factor.
    """

    colors: Sequence[NDArray[np.uint8]]
    palette: NDArray[np.uint8]
    place: tuple[float, float]
    times: float
    steps: int
    clip: Box

    def enlarged(self, step: int) -> float:
        """How many times at a step."""
        return float(self.times ** (step / self.steps))

    def pixels(self, step: int) -> NDArray[np.uint8]:
        """(h, w, 4) at a step, the top row first: what `Image` takes."""
        times = self.enlarged(step)
        depth = min(int(np.log2(times) + 1e-9), len(self.colors) - 1)
        shown = self.seen(depth, times)[0]
        if depth + 1 < len(self.colors):
            finer, rows, columns = self.seen(depth + 1, times)
            shown[rows, columns] = finer
        colors = np.take(self.palette.view(np.uint32)[:, 0], shown[::-1])
        pixels: NDArray[np.uint8] = colors.view(np.uint8).reshape(*shown.shape, 4)
        return pixels

    def seen(self, depth: int, times: float) -> tuple[NDArray[np.uint8], slice, slice]:
        """One map as far as it reaches, from below, and the rows and columns of pixels that it fills."""
        left, bottom, right, top = self.clip
        cells = self.colors[depth]
        across = zoomed_cells(right - left, cells.shape[1], self.place[0], 2.0**depth / times)
        up = zoomed_cells(top - bottom, len(cells), self.place[1], 2.0**depth / times)
        (first, columns), (lowest, rows) = across, up
        fine = np.take(np.take(cells, columns, axis=1), rows, axis=0)
        return fine, slice(lowest, lowest + len(rows)), slice(first, first + len(columns))


@lru_cache(maxsize=8)
def zoomed_cells(pixels: int, cells: int, place: float, scale: float) -> tuple[int, NDArray[np.intp]]:
    """The first of a row of pixels that lies on the map, and the cell below it and each after it.

    >>> first, below = zoomed_cells(8, 4, 0.5, 2.0)     # a map of half the window: its middle
    >>> first, below.tolist()
    (2, [0, 1, 2, 3])
    """
    shares = place + ((np.arange(pixels) + 0.5) / pixels - place) * scale
    on = np.flatnonzero((shares >= 0) & (shares < 1))
    return int(on[0]), (shares[on] * cells).astype(np.intp)


def zoom_colors(arrived: NDArray[np.int64], lost: NDArray[np.int64], steps: int) -> NDArray[np.uint8]:
    """The colour of each cell of a map (Y, X), by when it arrived or was lost."""
    blue, red = 1 + band_of(arrived, steps), 1 + BANDS + band_of(lost, steps)
    return np.where(lost >= 0, red, np.where(arrived >= 0, blue, 0)).astype(np.uint8)
