"""What moves: a few marks that know how to draw themselves at any moment, in any order.

A panel declares its marks once, in data coordinates; all the speed of drawing lives here. A mark draws in
two parts. What stays for good is settled into a layer every few frames, in the order of the marks; what
came since, and what changes its shape, is drawn over a copy of that layer in every frame. Both are bare Agg
calls, and both depend on the moment alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Any, Protocol

import numpy as np
from matplotlib.backend_bases import GraphicsContextBase
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

    @cached_property
    def clamped(self) -> Array:
        """(V, 2) the pixels, those outside the view moved to its rim."""
        return np.asarray(np.clip(self.pixels, self.clip[:2], self.clip[2:]))

    @cached_property
    def inside(self) -> NDArray[np.bool_]:
        """(V,) which vertices lie in the view, its rim included."""
        low, high = np.array(self.clip[:2]) - 1, np.array(self.clip[2:]) + 1
        return np.asarray(((self.pixels >= low) & (self.pixels <= high)).all(axis=1))

    @cached_property
    def lengths(self) -> Array:
        """(V,) the pixels from the start to each vertex, along the line."""
        steps = np.hypot(*np.diff(self.pixels, axis=0).T)
        return np.concatenate([[0.0], np.cumsum(np.nan_to_num(steps))])

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
        tail = route.clamped[max(route.end(settled) - OVERLAP, 0) : route.end(moment) + 1]
        gone = self.exit(moment)
        return around(np.vstack([tail, gone[0]]) if gone else tail, max(self.head, 2 * self.width) + 3)

    def line(self, renderer: Any, moment: Moment, first: int, clip: Box) -> None:
        """Draw from vertex `first` to where `moment` stands, within `clip`."""
        pixels, hidden = self.route.at(moment)
        end = self.route.end(moment) + 1
        if end - first < 2 or clip[2] <= clip[0]:
            return
        before, dash = max(first - OVERLAP, 0), self.look.dash
        if dash and (hidden is not None or not self.route.inside[:first].all()):
            before = 0  # dashes begin anew where a line comes into sight, so they must all be counted
        casing = pen(self.casing, 1.8 * self.width, clip, renderer, cap="butt" if first else "round")
        gone = float(self.route.lengths[before]) if before else 0.0
        line = pen(self.look.color, self.width, clip, renderer, dash, gone=gone)
        if hidden is None:
            if self.cased:
                stroke(renderer, casing, pixels[first:end])
            stroke(renderer, line, pixels[before:end])
            return
        seen = ~(hidden[1:end] | hidden[: end - 1])
        behind = pen(self.look.color, 0.6 * self.width, clip, renderer, (0.1, 2.6), cap="round")
        stroke(renderer, behind, pixels[:end], ~seen)
        stroke(renderer, casing, pixels[first:end], seen[first:])
        stroke(renderer, line, pixels[before:end], seen[before:])

    def draw_head(self, renderer: Any, moment: Moment) -> None:
        """The marker at the end of what is shown, whole also on the rim; an arrow where it left the view."""
        pixels, hidden = self.route.at(moment)
        end = self.route.end(moment)
        edge = max(1.5, self.head / 9)
        gone = self.exit(moment)
        if gone:
            at, direction = gone
            gc = pen(self.casing, edge, None, renderer)
            place = Affine2D().scale(1.1 * self.head).rotate(direction - np.pi / 2).translate(*at)
            renderer.draw_path(gc, marker_path("^"), place, rgba(self.look.color))
            return
        # on a whole pixel: a head that hardly moves then changes nothing, which keeps files small
        x, y = np.floor(pixels[end]) + 0.5
        place = Affine2D(np.array([[self.head, 0, x], [0, self.head, y], [0, 0, 1]]))
        alpha = 0.45 if hidden is not None and hidden[end] else 1.0
        color = (*rgba(self.look.color)[:3], alpha)
        gc = pen(self.casing, edge, None, renderer, alpha=alpha)
        renderer.draw_path(gc, marker_path(self.look.marker), place, color)

    def exit(self, moment: Moment) -> tuple[Array, float] | None:
        """Where the head left the view and in which direction, in pixels and radians; None while it is in."""
        end, inside = self.route.end(moment), self.route.inside
        if self.route.turning or inside[end]:
            return None
        pixels, low, high = self.route.pixels, np.array(self.route.clip[:2]), np.array(self.route.clip[2:])
        out = end - int(np.argmax(inside[: end + 1][::-1])) + 1 if inside[: end + 1].any() else 0
        before, after = pixels[max(out - 1, 0)], pixels[out]
        step = after - before
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = np.concatenate([(low - before) / step, (high - before) / step])
        share = np.min(shares[shares > 0], initial=1.0)
        room = 0.6 * self.head
        at = np.clip(before + share * step, low + room, high - room)
        return at, float(np.arctan2(step[1], step[0]))


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
class Words:
    """A text that changes: `text` says what a step reads; `x`, `y` is where its baseline starts.

    In slow motion it may go `by_moment`: `text` is then asked with the whole moment, not with its step.
    """

    text: Callable[[Any], str]
    x: float
    y: float
    glyphs: Glyphs
    anchor: float = 0.0
    by_moment: bool = False

    def reads(self, moment: Moment) -> str:
        """The text at `moment`."""
        return self.text(moment if self.by_moment else moment.step)

    def settle(self, renderer: Any, moment: Moment) -> None:
        """Nothing of it stays."""

    def draw(self, renderer: Any, moment: Moment, settled: Moment) -> None:
        pixels = np.asarray(renderer.buffer_rgba())
        self.glyphs.write(pixels, self.reads(moment), self.x, self.y, self.anchor)

    def box(self, moment: Moment, settled: Moment) -> Box:
        return self.glyphs.box(self.reads(moment), self.x, self.y, self.anchor)


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

    `gone` are the pixels of a dashed line that came before. There is one pen of each kind, handed out again
    and again with another clip: use it before the next is asked for, and change nothing.
    """
    points = width * 72 / renderer.dpi
    gc = plain_pen(color, points, bool(dash), cap or ("butt" if dash else "round"), alpha)
    gc.set_clip_rectangle(clip and bbox(clip))
    if dash:
        gc.set_dashes(gone / width % sum(dash) * points, [length * points for length in dash])
    return gc


@cache
def plain_pen(color: str, points: float, dashed: bool, cap: str, alpha: float) -> Any:
    """A pen without a clip, its dashes yet to be set."""
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
    left = [box for box in (meet(box, frame) for box in boxes) if box[2] > box[0]]
    done: list[Box] = []
    while left:
        x0, y0, x1, y1 = left.pop()
        near = [box for box in done if box[0] < x1 and x0 < box[2] and box[1] < y1 and y0 < box[3]]
        if near:
            done = [box for box in done if box not in near]
            x, y, right, top = zip((x0, y0, x1, y1), *near, strict=True)
            left.append((min(x), min(y), max(right), max(top)))
        else:
            done.append((x0, y0, x1, y1))
    return done


# ------------------------------------------------------------------------------------------ of networks


@dataclass(frozen=True, eq=False)
class Image:
    """A picture that changes: `colors` gives all pixels of `clip` at a step, (h, w, 4), the top row first."""

    colors: Callable[[int], NDArray[np.uint8]]
    clip: Box

    def settle(self, renderer: Any, moment: Moment) -> None:
        """Nothing of it stays."""

    def draw(self, renderer: Any, moment: Moment, settled: Moment) -> None:
        pixels = np.asarray(renderer.buffer_rgba())
        left, bottom, right, top = self.clip
        height = len(pixels)
        pixels[height - top : height - bottom, left:right] = self.colors(moment.step)

    def box(self, moment: Moment, settled: Moment) -> Box:
        return self.clip


@dataclass(frozen=True, eq=False)
class Bars:
    """Rectangles of one colour that change: `bars` gives (M, 4) left, bottom, right, top in pixels."""

    bars: Callable[[int], NDArray[np.int64]]
    color: str
    clip: Box

    def settle(self, renderer: Any, moment: Moment) -> None:
        """Nothing of it stays."""

    def draw(self, renderer: Any, moment: Moment, settled: Moment) -> None:
        pixels = np.asarray(renderer.buffer_rgba())
        height, ink = len(pixels), (np.array(rgba(self.color)) * 255 + 0.5).astype(np.uint8)
        low, high = np.array([*self.clip[:2]] * 2), np.array([*self.clip[2:]] * 2)
        for left, bottom, right, top in np.clip(self.bars(moment.step), low, high).tolist():
            pixels[height - top : height - bottom, left:right] = ink

    def box(self, moment: Moment, settled: Moment) -> Box:
        return self.clip


@dataclass(frozen=True, eq=False)
class Curve:
    """A line that is worked out when it is asked for: `points` gives its pixels (M, 2) at a step.

    With a `head`, pixels across, each of its points wears the marker of the look.
    """

    points: Callable[[int], Array]
    look: Look
    width: float
    casing: str
    clip: Box
    head: float = 0.0
    cased: bool = True

    def pixels(self, moment: Moment) -> Array:
        return np.clip(self.points(moment.step), -FAR, FAR)

    def settle(self, renderer: Any, moment: Moment) -> None:
        """Nothing of it stays."""

    def draw(self, renderer: Any, moment: Moment, settled: Moment) -> None:
        pixels = self.pixels(moment)
        if self.cased:
            stroke(renderer, pen(self.casing, 1.8 * self.width, self.clip, renderer), pixels)
        stroke(renderer, pen(self.look.color, self.width, self.clip, renderer, self.look.dash), pixels)
        if self.head:
            gc, outline = (
                pen(self.casing, max(1.5, self.head / 9), self.clip, renderer),
                marker_path(self.look.marker),
            )
            for x, y in pixels:
                place = Affine2D().scale(self.head).translate(x, y)
                renderer.draw_path(gc, outline, place, rgba(self.look.color))

    def box(self, moment: Moment, settled: Moment) -> Box:
        return meet(around(self.pixels(moment), 2 * self.width + self.head + 1), self.clip)


@dataclass(frozen=True, eq=False)
class Bundle:
    """Many thin lines of one colour that grow together: `pixels` (L, V, 2); step t is at vertex `last[t]`."""

    pixels: Array
    last: NDArray[np.int64]  # (T+1,)
    color: str
    width: float
    clip: Box

    def end(self, moment: Moment) -> int:
        return int(self.last[min(moment.step, len(self.last) - 1)])

    def settle(self, renderer: Any, moment: Moment) -> None:
        self.lines(renderer, 0, self.end(moment))

    def draw(self, renderer: Any, moment: Moment, settled: Moment) -> None:
        self.lines(renderer, max(self.end(settled) - OVERLAP, 0), self.end(moment))

    def lines(self, renderer: Any, first: int, end: int) -> None:
        """All lines from one vertex to another, as one path."""
        part = self.pixels[:, first : end + 1]
        if part.shape[1] > 1:
            gone = np.ones(part.shape[:2], dtype=bool)
            gone[:, 0] = False  # each line begins anew
            gc = pen(self.color, self.width, self.clip, renderer)
            stroke(renderer, gc, part.reshape(-1, 2), gone.ravel()[1:])

    def box(self, moment: Moment, settled: Moment) -> Box:
        tail = self.pixels[:, max(self.end(settled) - OVERLAP, 0) : self.end(moment) + 1]
        return meet(around(tail.reshape(-1, 2), 2 * self.width + 2), self.clip)


def dots(
    renderer: Any,
    pixels: Array,
    marker: str,
    size: float,
    color: tuple[float, ...] | None,
    edge: str,
    width: float,
    clip: Box,
) -> None:
    """The same marker at each of (M, 2) pixels, `size` across; hollow without a colour."""
    gc, place = pen(edge, width, clip, renderer), Affine2D().scale(size)
    renderer.draw_markers(gc, marker_path(marker), place, Path(pixels), IdentityTransform(), color)


# ------------------------------------------------------------------------------------------ of a step


@dataclass(frozen=True, eq=False)
class Arrow:
    """An arrow that changes: `points` gives its tail and its tip (2, 2) in data; None where there is none.

    `place` turns places in data (M, 2) into pixels, as its panel does at that moment.
    """

    points: Callable[[Moment], Array | None]
    place: Callable[[Moment, Array], Array]
    color: str
    width: float  # pixels of its shaft
    casing: str
    clip: Box

    def outline(self, moment: Moment) -> Array | None:
        """(8, 2) pixels around it; None when it is too short to be seen."""
        points = self.points(moment)
        if points is None or not np.isfinite(points).all():
            return None
        tail, tip = np.clip(self.place(moment, points), -FAR, FAR)
        length = float(np.hypot(*(tip - tail)))
        if length < 1.5:
            return None
        along = (tip - tail) / length
        beside = np.array([-along[1], along[0]])
        head = min(4.2 * self.width, 0.7 * length)  # of a short arrow the head shrinks, too
        half, barb, neck = min(0.5 * self.width, 0.2 * head), 0.42 * head, tip - head * along
        right = [(tail, half), (neck, half), (neck, barb), (tip, 0.0)]
        left = [(at, -by) for at, by in right[-2::-1]]
        return np.array([at + by * beside for at, by in [*right, *left, right[0]]])

    def settle(self, renderer: Any, moment: Moment) -> None:
        """Nothing of it stays."""

    def draw(self, renderer: Any, moment: Moment, settled: Moment) -> None:
        outline = self.outline(moment)
        if outline is None:
            return
        path = Path(outline, closed=True)
        around_it = pen(self.casing, max(0.5 * self.width, 2.0), self.clip, renderer)
        renderer.draw_path(around_it, path, IdentityTransform())
        edge = pen(self.color, 0.5, self.clip, renderer)
        renderer.draw_path(edge, path, IdentityTransform(), rgba(self.color))

    def box(self, moment: Moment, settled: Moment) -> Box:
        outline = self.outline(moment)
        return (0, 0, 0, 0) if outline is None else meet(around(outline, self.width + 3), self.clip)


@dataclass(frozen=True, eq=False)
class Figurine:
    """A thin line that changes: `points` gives its vertices (M, 2) in data; None where there is none.

    With a `head`, pixels across, it is the marker of the look at each of them instead, hollow if it is so.
    """

    points: Callable[[Moment], Array | None]
    place: Callable[[Moment, Array], Array]
    look: Look
    width: float
    casing: str
    clip: Box
    head: float = 0.0
    hollow: bool = False

    def pixels(self, moment: Moment) -> Array:
        points = self.points(moment)
        if points is None:
            return np.empty((0, 2))
        return np.clip(np.nan_to_num(self.place(moment, points), nan=-FAR), -FAR, FAR)

    def settle(self, renderer: Any, moment: Moment) -> None:
        """Nothing of it stays."""

    def draw(self, renderer: Any, moment: Moment, settled: Moment) -> None:
        pixels, look = self.pixels(moment), self.look
        if not len(pixels):
            return
        if self.head:
            face = rgba(self.casing if self.hollow else look.color)
            edge = look.color if self.hollow else self.casing
            gc, outline = pen(edge, self.width, self.clip, renderer), marker_path(look.marker)
            for x, y in pixels:
                place = Affine2D().scale(self.head).translate(x, y)
                renderer.draw_path(gc, outline, place, face)
            return
        stroke(renderer, pen(self.casing, self.width + 2, self.clip, renderer), pixels)
        stroke(renderer, pen(look.color, self.width, self.clip, renderer, look.dash), pixels)

    def box(self, moment: Moment, settled: Moment) -> Box:
        return meet(around(self.pixels(moment), self.head + self.width + 4), self.clip)
