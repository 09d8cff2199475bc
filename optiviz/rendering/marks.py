"""What moves: a few marks that know how to draw themselves at any moment, in any order.

A panel declares its marks once, in data coordinates; all the speed of drawing lives here. A mark draws in
two parts. What stays for good is settled into a layer every few frames, in the order of the marks; what
came since, and what changes its shape, is drawn over a copy of that layer in every frame. Both are bare Agg
calls, and both depend on the moment alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.markers import MarkerStyle
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, Bbox, IdentityTransform
from numpy.typing import NDArray

from optiviz.notation import Array
from optiviz.rendering.glyphs import Box, Glyphs
from optiviz.rendering.style import Look
from optiviz.rendering.timeline import Moment

FAR = 1e6  # pixels; Agg's integers end not far beyond
OVERLAP = 3  # vertices that an open tail repeats, to cover the joint with what is settled
CODES = np.array([Path.MOVETO, Path.LINETO], dtype=np.uint8)


class Mark(Protocol):
    """Something that moves: a pure function of the moment."""

    def settle(self, renderer: Any, moment: Moment) -> None:
        """Draw what will stand from `moment` on."""
        ...

    def draw(self, renderer: Any, moment: Moment, settled: Moment) -> None:
        """Draw the rest of what `moment` shows, when all up to `settled` is there already."""
        ...

    def box(self, moment: Moment, settled: Moment) -> Box:
        """The pixels that `draw` touches."""
        ...


@dataclass(frozen=True, eq=False)
class Route:
    """Where a trail runs: pixels of its vertices, which of them a hill hides, and the one of each step.

    `pixels` (V, 2) and `hidden` (V,) hold for every moment, unless `turning` gives them anew for each.
    """

    points: Array
    pixels: Array
    last: NDArray[np.int64]  # (T+1,) the vertex at which step t stands
    clip: Box
    hidden: NDArray[np.bool_] | None = None
    turning: Callable[[Moment], tuple[Array, NDArray[np.bool_]]] | None = None

    def at(self, moment: Moment) -> tuple[Array, NDArray[np.bool_] | None]:
        """Pixels and hidden flags of all vertices, as the camera sees them at `moment`."""
        return self.turning(moment) if self.turning else (self.pixels, self.hidden)

    def end(self, moment: Moment) -> int:
        """The vertex at which `moment` stands; a run that ended early waits at its last."""
        return int(self.last[min(moment.step, len(self.last) - 1)])


def flat_route(axes: Any, points: Array) -> Route:
    """The route of `points` (T+1, 2) in the data of 2-D axes."""
    pixels = np.clip(axes.transData.transform(points), -FAR, FAR)
    return Route(points, pixels, np.arange(len(points)), box_of(axes))


@dataclass(frozen=True, eq=False)
class Trail:
    """A line that grows behind a head: from the start to step t, in a casing that lifts it off the ground."""

    route: Route
    look: Look
    width: float
    casing: str
    head: float  # pixels across
    cased: bool = True

    def settle(self, renderer: Any, moment: Moment) -> None:
        if self.route.turning is None:
            self.line(renderer, moment, 0, self.route.clip)

    def draw(self, renderer: Any, moment: Moment, settled: Moment) -> None:
        if self.route.turning:
            self.line(renderer, moment, 0, self.route.clip)
        else:
            clip = meet(self.box(moment, settled), self.route.clip)
            self.line(renderer, moment, self.route.end(settled), clip)

    def box(self, moment: Moment, settled: Moment) -> Box:
        route = self.route
        if route.turning:
            left, bottom, right, top = route.clip
            room = int(self.head)
            return left - room, bottom - room, right + room, top + room
        tail = route.pixels[max(route.end(settled) - OVERLAP, 0) : route.end(moment) + 1]
        return around(tail, max(self.head, 2 * self.width) + 3)

    def line(self, renderer: Any, moment: Moment, first: int, clip: Box) -> None:
        """Draw from vertex `first` to where `moment` stands, within `clip`."""
        pixels, hidden = self.route.at(moment)
        end = self.route.end(moment) + 1
        if end - first < 2 or clip[2] <= clip[0]:
            return
        # dashes must not start anew with each tail, so a dashed line is drawn whole
        before = 0 if self.look.dash else max(first - OVERLAP, 0)
        casing = pen(self.casing, 1.8 * self.width, clip, renderer)
        casing.set_capstyle("butt" if first else "round")
        line = pen(self.look.color, self.width, clip, renderer, self.look.dash)
        if hidden is None:
            if self.cased:
                stroke(renderer, casing, pixels[first:end])
            stroke(renderer, line, pixels[before:end])
            return
        seen = ~(hidden[1:end] | hidden[: end - 1])
        behind = pen(self.look.color, 0.6 * self.width, clip, renderer, (0.1, 2.6))
        behind.set_capstyle("round")
        stroke(renderer, behind, pixels[:end], ~seen)
        stroke(renderer, casing, pixels[first:end], seen[first:])
        stroke(renderer, line, pixels[before:end], seen[before:])

    def draw_head(self, renderer: Any, moment: Moment) -> None:
        """The marker at the end of what is shown; whole, also on the rim of the axes."""
        pixels, hidden = self.route.at(moment)
        end = self.route.end(moment)
        x, y = pixels[end]
        left, bottom, right, top = self.route.clip
        if left - 1 <= x <= right + 1 and bottom - 1 <= y <= top + 1:
            gc = pen(self.casing, max(1.5, self.head / 9), None, renderer)
            # on a whole pixel: a head that hardly moves then changes nothing, which keeps files small
            place = Affine2D().scale(self.head).translate(np.floor(x) + 0.5, np.floor(y) + 0.5)
            color = to_rgba(self.look.color)
            if hidden is not None and hidden[end]:
                gc.set_alpha(0.45)
                color = to_rgba(self.look.color, 0.45)
            renderer.draw_path(gc, marker_path(self.look.marker), place, color)


@dataclass(frozen=True, eq=False)
class Heads:
    """The heads of several trails, above all of them."""

    trails: Sequence[Trail]

    def settle(self, renderer: Any, moment: Moment) -> None:
        """Heads move on."""

    def draw(self, renderer: Any, moment: Moment, settled: Moment) -> None:
        for trail in self.trails:
            trail.draw_head(renderer, moment)

    def box(self, moment: Moment, settled: Moment) -> Box:
        return (0, 0, 0, 0)  # the boxes of the trails have room for their heads


@dataclass(frozen=True, eq=False)
class Line:
    """A line that changes its shape: pixels (T+1, M, 2), one row a step."""

    axes: Any
    x: Array
    y: Array  # (T+1, M) in data coordinates
    look: Look
    width: float
    casing: str
    cased: bool = True

    def pixels(self, moment: Moment) -> Array:
        row = self.y[min(moment.step, len(self.y) - 1)]
        places: Array = self.axes.transData.transform(np.column_stack([self.x, row]))
        return np.clip(places, -FAR, FAR)

    def settle(self, renderer: Any, moment: Moment) -> None:
        """Nothing of it stays."""

    def draw(self, renderer: Any, moment: Moment, settled: Moment) -> None:
        pixels, clip = self.pixels(moment), box_of(self.axes)
        if self.cased:
            stroke(renderer, pen(self.casing, 1.8 * self.width, clip, renderer), pixels)
        stroke(renderer, pen(self.look.color, self.width, clip, renderer, self.look.dash), pixels)

    def box(self, moment: Moment, settled: Moment) -> Box:
        return meet(around(self.pixels(moment), 2 * self.width), box_of(self.axes))


@dataclass(frozen=True, eq=False)
class Words:
    """A text that changes: `text` says what a step reads; `x`, `y` is where its baseline starts."""

    text: Callable[[int], str]
    x: float
    y: float
    glyphs: Glyphs
    anchor: float = 0.0

    def settle(self, renderer: Any, moment: Moment) -> None:
        """Nothing of it stays."""

    def draw(self, renderer: Any, moment: Moment, settled: Moment) -> None:
        self.glyphs.write(
            np.asarray(renderer.buffer_rgba()), self.text(moment.step), self.x, self.y, self.anchor
        )

    def box(self, moment: Moment, settled: Moment) -> Box:
        return self.glyphs.box(self.text(moment.step), self.x, self.y, self.anchor)


@dataclass(frozen=True, eq=False)
class Scenery:
    """A ground that is drawn anew in every frame, below the marks declared after it."""

    paint: Callable[[Any, Moment], None]
    clip: Box

    def settle(self, renderer: Any, moment: Moment) -> None:
        """It turns on."""

    def draw(self, renderer: Any, moment: Moment, settled: Moment) -> None:
        self.paint(renderer, moment)

    def box(self, moment: Moment, settled: Moment) -> Box:
        return self.clip


# ------------------------------------------------------------------------------------------ Agg and boxes


def pen(color: str, width: float, clip: Box | None, renderer: Any, dash: tuple[float, ...] = ()) -> Any:
    """A graphics context: `width` in pixels, dashes in widths, clipped to a box if there is one."""
    gc = renderer.new_gc()
    points = width * 72 / renderer.dpi
    gc.set_linewidth(points)
    gc.set_foreground(rgba(color), isRGBA=True)
    gc.set_joinstyle("round")
    gc.set_capstyle("butt" if dash else "round")
    if dash:
        gc.set_dashes(0, [length * points for length in dash])
    if clip is not None:
        left, bottom, right, top = clip
        gc.set_clip_rectangle(Bbox([[left, bottom], [right, top]]))
    return gc


@cache
def rgba(color: str) -> tuple[float, float, float, float]:
    """A colour as Agg takes it."""
    return to_rgba(color)


@cache
def marker_path(marker: str) -> Path:
    """The outline of a marker, one unit across."""
    style = MarkerStyle(marker)
    return style.get_path().transformed(style.get_transform())


def stroke(renderer: Any, gc: Any, pixels: Array, seen: NDArray[np.bool_] | None = None) -> None:
    """A line through `pixels` (M, 2); only those segments that are `seen` (M-1,), if given."""
    if seen is None:
        path = Path(pixels)
    elif seen.any():
        path = Path(pixels, CODES[np.concatenate([[0], seen.astype(np.intp)])])
    else:
        return
    path.should_simplify = False  # old pixels must not change when points are added
    renderer.draw_path(gc, path, IdentityTransform())


def box_of(axes: Any) -> Box:
    """The pixels inside the frame of 2-D axes."""
    box = axes.bbox
    return int(box.x0), int(box.y0), int(np.ceil(box.x1)), int(np.ceil(box.y1))


def around(pixels: Array, room: float) -> Box:
    """The box around (M, 2) pixels with `room` on all sides."""
    if not len(pixels):
        return (0, 0, 0, 0)
    (left, bottom), (right, top) = pixels.min(axis=0), pixels.max(axis=0)
    return int(left - room), int(bottom - room), int(right + room) + 1, int(top + room) + 1


def meet(one: Box, two: Box) -> Box:
    """What two boxes share; empty when they do not meet."""
    left, bottom = max(one[0], two[0]), max(one[1], two[1])
    right, top = min(one[2], two[2]), min(one[3], two[3])
    return (left, bottom, right, top) if left < right and bottom < top else (0, 0, 0, 0)


def join(boxes: Sequence[Box], frame: Box) -> list[Box]:
    """The boxes within `frame`, those that overlap made one."""
    left = [box for box in (meet(box, frame) for box in boxes) if box[2] > box[0]]
    done: list[Box] = []
    while left:
        box = left.pop()
        near = [other for other in done if meet(box, other)[2]]
        if near:
            done = [other for other in done if other not in near]
            lows, highs = np.array([box, *near])[:, :2].min(axis=0), np.array([box, *near])[:, 2:].max(axis=0)
            left.append((int(lows[0]), int(lows[1]), int(highs[0]), int(highs[1])))
        else:
            done.append(box)
    return done
