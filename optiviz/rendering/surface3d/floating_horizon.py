"""Floating-horizon rendering of surfaces, column by column: a third of the time of face by face.

In each column the surface is followed from the near side to the far one. It is seen where it rises above all
that was met before, and from below where it falls under that: the floating horizon of T. J. Wright ("A
two-space solution to the hidden line problem for plotting functions of two variables", 1973). NumPy works on
all columns at once.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from optiviz._lib.typing import Array
from optiviz.rendering.surface3d.camera import Camera

PART = 128  # columns at a time: what fits the cache of a processor
FINE = 2  # the picture is drawn this much larger and then reduced: smooth silhouettes

Single = NDArray[np.float32]  # a tenth of a pixel is all there is to see
Codes = NDArray[np.uint32]  # four bytes of colour as one number


@dataclass(frozen=True, eq=False)
class ScanLines:
    """Heights (L, n) along lines across the view, the nearest first, and the colours (L-1, n) behind each."""

    heights: Single
    colors: Codes

    @cached_property
    def rises(self) -> Single:
        """(L, n) from each height to the next one on its line."""
        return np.diff(self.heights, axis=1, append=self.heights[:, -1:])


@dataclass(frozen=True, eq=False)
class Relief:
    """A surface without holes: heights (m, n) over a square from -1 to 1, row by row of y.

    `colors` (m-1, n-1, 4) are those of its faces, from 0 to 1.
    """

    heights: Array
    colors: Array

    @cached_property
    def lines(self) -> dict[tuple[bool, bool], ScanLines]:
        """By whether the lines run along y rather than x, and whether the last of them is the nearest."""
        bytes_ = np.ascontiguousarray(self.colors * 255 + 0.5, dtype=np.uint8)
        codes = bytes_.view(np.uint32)[..., 0]
        grids = {False: (self.heights, codes), True: (self.heights.T, codes.T)}
        return {
            (turned, back): scan_lines(heights, colors, back)
            for turned, (heights, colors) in grids.items()
            for back in (False, True)
        }


def scan_lines(heights: Array, codes: Codes, back: bool) -> ScanLines:
    """The rows of a grid and what is between them, the last row first if it is to come from the `back`."""
    order = slice(None, None, -1 if back else 1)
    behind = np.hstack([codes, codes[:, -1:]])[order]
    return ScanLines(heights[order].astype(np.float32, order="C"), behind.copy())


def draw_relief(relief: Relief, camera: Camera) -> tuple[NDArray[np.uint8], int, int]:
    """The picture (h, w, 4) of a relief, colours times alpha, and the pixels of its left and upper ends."""
    right, up, scale = camera.right, camera.up, camera.scale
    turned = bool(abs(right[1]) > abs(right[0]))
    across, deep = (1, 0) if turned else (0, 1)
    near = 1.0 if (right[1], -right[0])[deep] > 0 else -1.0  # where the nearest line is
    lines = relief.lines[turned, near > 0]
    last, wide = len(lines.heights) - 1, (lines.heights.shape[1] - 1) / 2

    reach = scale * np.abs(right[:2]).sum()
    left, end = int(np.floor(camera.centre[0] - reach)), int(np.ceil(camera.centre[0] + reach))
    x = left + (np.arange(FINE * (end - left)) + 0.5) / FINE - camera.centre[0]
    # a column meets line k at u, both counted from 0: u = first + slope * k
    aside = near * right[deep] / right[across]
    first, slope = (x / (scale * right[across]) + 1 - aside) * wide, 2 * aside * wide / last
    # and a point stands this high on the screen: factors @ (u, k, z) + middle
    factors = FINE * scale * np.array([up[across] / wide, -2 * near * up[deep] / last, up[2]])
    middle = FINE * (camera.centre[1] + scale * (near * up[deep] - up[across]))

    k, u = np.ogrid[: last + 1, : lines.heights.shape[1]]
    every = factors[0] * u + factors[1] * k + factors[2] * lines.heights + middle
    bottom, top = int(np.floor(every.min() / FINE)) - 1, int(np.ceil(every.max() / FINE)) + 1
    picture = np.empty((len(x), FINE * (top - bottom)), dtype=np.uint32)
    for start in range(0, len(x), PART):
        part = slice(start, start + PART)
        y, colors = sample_columns(lines, first[part], slope, factors)
        below = np.nan_to_num(y + np.float32(middle - FINE * bottom + 0.5)).astype(np.int32)
        picture[part] = fill_columns(below, colors, picture.shape[1])
    image = Image.frombuffer("RGBa", picture.shape[::-1], picture, "raw", "RGBa", 0, 1).reduce(FINE)
    upright = np.asarray(image).view(np.uint32)[..., 0].T[::-1]
    return upright[..., None].copy().view(np.uint8), left, top


def sample_columns(lines: ScanLines, first: Array, slope: float, factors: Array) -> tuple[Single, Codes]:
    """What columns meet: heights on the screen (W, L), NaN beside the square, and colours (W, L-1) behind.

    Column w meets line k at first[w] + slope * k. Where that is beside the square, the point is taken at
    which the column enters or leaves it.
    """
    count, n = lines.heights.shape
    k, row = np.arange(count, dtype=np.float32), n * np.arange(count, dtype=np.int32)
    u = np.clip(first[:, None].astype(np.float32) + np.float32(slope) * k, 0, n - 1)
    before = u.astype(np.int32)
    z = np.take(lines.rises, before + row)
    z *= u - before.astype(np.float32)
    z += np.take(lines.heights, before + row)
    y = np.float32(factors[0]) * u
    y += np.float32(factors[1]) * k
    y += np.float32(factors[2]) * z

    with np.errstate(divide="ignore", invalid="ignore"):
        ends = np.sort([-first / slope, (n - 1 - first) / slope], axis=0)
    enters, leaves = np.clip(np.nan_to_num(ends), 0, count - 1)
    for edge, beside in ((enters, k < enters[:, None]), (leaves, k > leaves[:, None])):
        np.copyto(y, edge_heights(lines, edge, first + slope * edge, factors)[:, None], where=beside)
    y[~((ends[0] <= count - 1) & (ends[1] >= 0))] = np.nan
    between = ((u[:, 1:] + u[:, :-1]) / 2).astype(np.int32)
    return y, np.take(lines.colors, between + row[:-1])


def edge_heights(lines: ScanLines, k: Array, u: Array, factors: Array) -> Single:
    """(W,) heights on the screen of points of the surface, on or between lines."""
    count, n = lines.heights.shape
    u = np.clip(u, 0, n - 1)
    low, i = np.minimum(k.astype(int), count - 2), u.astype(int)
    near, far = (lines.heights[line, i] + (u - i) * lines.rises[line, i] for line in (low, low + 1))
    y: Array = factors @ np.stack([u, k, near + (k - low) * (far - near)])
    return y.astype(np.float32)


def fill_columns(below: NDArray[np.int32], colors: Codes, height: int) -> Codes:
    """(W, height) pixels of columns, from below: 0, what shows from below, from above, and 0 again.

    `below` (W, L) says how many pixels are below each point that a column meets, the nearest first; `colors`
    (W, L-1) are those between the points.

    >>> fill_columns(np.array([[2, 4, 3, 1, 5]]), np.array([[7, 8, 9, 6]], dtype=np.uint32), 6)
    array([[0, 9, 7, 7, 6, 0]], dtype=uint32)
    """
    last = colors.shape[1]
    highest, lowest = np.maximum.accumulate(below, axis=1), np.minimum.accumulate(below, axis=1)
    counts = np.empty((len(below), 2 * last + 2), dtype=np.intp)
    counts[:, 0] = lowest[:, -1]
    np.subtract(lowest[:, :-1], lowest[:, 1:], out=counts[:, last:0:-1])
    np.subtract(highest[:, 1:], highest[:, :-1], out=counts[:, last + 1 : -1])
    counts[:, -1] = height - highest[:, -1]
    every = np.zeros(counts.shape, dtype=np.uint32)
    every[:, last:0:-1] = every[:, last + 1 : -1] = colors
    return np.repeat(every.ravel(), counts.ravel()).reshape(len(below), height)
