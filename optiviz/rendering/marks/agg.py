"""Agg's pens, lines and markers, and the boxes of pixels they fill."""

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

import numpy as np
from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.colors import to_rgba
from matplotlib.markers import MarkerStyle
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, Bbox, IdentityTransform
from numpy.typing import NDArray

from optiviz._lib.typing import Array
from optiviz.rendering.glyphs import Box

FAR = 1e6  # pixels; Agg's integers end not far beyond
# A marker's size beside a circle's, for nearly the same ink within its rim: thin tips are lost below the rim.
EVEN = {"s": 0.84, "D": 0.82, "^": 1.12, "v": 1.12, "P": 1.18, "X": 1.2, "h": 1.1}
AS_IT_IS = IdentityTransform()
CODES = np.array([Path.MOVETO, Path.LINETO], dtype=np.uint8)


def pen(
    color: str,
    width: float,
    clip: Box | None,
    renderer: Any,
    dash: tuple[float, ...] = (),
    *,
    gone: float = 0.0,
    cap: str = "",
    alpha: float = 1.0,
) -> Any:
    """A graphics context: `width` in pixels, dashes in widths, clipped to a box if there is one.

    `gone` are the pixels of a dashed line that came before. Every call makes a pen of its own.
    """
    points = width * 72 / renderer.dpi
    gc: Any = GraphicsContextBase.__new__(GraphicsContextBase)
    vars(gc).update(vars(unclipped_pen(color, points, cap or ("butt" if dash else "round"), alpha)))
    if clip:
        gc.set_clip_rectangle(bbox(clip))
    if dash:
        gc.set_dashes(gone / width % sum(dash) * points, [length * points for length in dash])
    return gc


@lru_cache(maxsize=256)
def unclipped_pen(color: str, points: float, cap: str, alpha: float) -> Any:
    """A pen to be copied: its styles are looked up by name, which takes longer than many a line."""
    gc: Any = GraphicsContextBase()
    gc.set_linewidth(points)
    gc.set_foreground(rgba(color), isRGBA=True)
    gc.set_joinstyle("round")
    gc.set_capstyle(cap)
    if alpha < 1:
        gc.set_alpha(alpha)
    return gc


@lru_cache(maxsize=256)
def bbox(box: Box) -> Any:
    """A box as matplotlib has it."""
    left, bottom, right, top = box
    return Bbox([[left, bottom], [right, top]])


@cache
def rgba(color: str) -> tuple[float, float, float, float]:
    """A colour as Agg takes it."""
    return to_rgba(color)


@cache
def marker_path(marker: str) -> Path:
    """The outline of a marker, as large to the eye as a circle of one unit across."""
    style = MarkerStyle(marker)
    return style.get_path().transformed(style.get_transform() + Affine2D().scale(marker_scale(marker)))


def marker_scale(marker: str) -> float:
    """What a marker's size is multiplied by, so that it covers as much as a circle within its rim.

    >>> marker_scale("o"), marker_scale("^") > 1 > marker_scale("D")
    (1.0, True)
    """
    return EVEN.get(marker, 1.0)


def stroke(renderer: Any, gc: Any, pixels: Array, seen: NDArray[np.bool_] | None = None) -> None:
    """A line through `pixels` (M, 2); only those segments that are `seen` (M-1,), if given."""
    if seen is None:
        path = Path(pixels)
    elif seen.any():
        path = Path(pixels, CODES[np.concatenate([[0], seen.astype(np.intp)])])
    else:
        return
    path.should_simplify = False  # old pixels must not change when points are added
    renderer.draw_path(gc, path, AS_IT_IS)


def box_of(axes: Any) -> Box:
    """The pixels inside the frame of 2-D axes."""
    box = axes.bbox
    return int(box.x0), int(box.y0), int(np.ceil(box.x1)), int(np.ceil(box.y1))


def around(pixels: Array, room: float) -> Box:
    """The box around (M, 2) pixels with `room` on all sides."""
    if not len(pixels):
        return (0, 0, 0, 0)
    x, y = pixels.T.tolist()  # of a few numbers, Python's least and greatest are the quicker ones
    left, bottom, right, top = min(x), min(y), max(x), max(y)
    return int(left - room), int(bottom - room), int(right + room) + 1, int(top + room) + 1


def meet(one: Box, two: Box) -> Box:
    """What two boxes share; empty when they do not meet."""
    left, bottom = max(one[0], two[0]), max(one[1], two[1])
    right, top = min(one[2], two[2]), min(one[3], two[3])
    return (left, bottom, right, top) if left < right and bottom < top else (0, 0, 0, 0)


def join(boxes: Sequence[Box], frame: Box) -> list[Box]:
    """The boxes within `frame`, those that overlap made one."""
    left = [box for box in (meet(box, frame) for box in dict.fromkeys(boxes)) if box[2] > box[0]]
    done: list[Box] = []
    while left:
        x0, y0, x1, y1 = left.pop()
        near = [box for box in done if box[0] < x1 and x0 < box[2] and box[1] < y1 and y0 < box[3]]
        if not near:
            done.append((x0, y0, x1, y1))
            continue
        for box in near:
            done.remove(box)
            x0, y0, x1, y1 = min(x0, box[0]), min(y0, box[1]), max(x1, box[2]), max(y1, box[3])
        left.append((x0, y0, x1, y1))
    return done


def dots(
    renderer: Any,
    pixels: Array,
    marker: str,
    size: float,
    color: tuple[float, ...] | None,
    edge: str,
    width: float,
    clip: Box | None,
) -> None:
    """The same marker at each of (M, 2) pixels, `size` across; hollow without a colour."""
    gc, place = pen(edge, width, clip, renderer), Affine2D().scale(size)
    renderer.draw_markers(gc, marker_path(marker), place, Path(pixels), AS_IT_IS, color)
