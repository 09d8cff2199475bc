"""Marks of runs: the trail that grows, and the head at its end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from matplotlib.transforms import Affine2D
from numpy.typing import NDArray

from optiviz._lib.typing import Array
from optiviz.rendering.glyphs import Box
from optiviz.rendering.marks.agg import FAR, around, box_of, marker_path, meet, pen, rgba, stroke
from optiviz.rendering.style import Look
from optiviz.rendering.timeline import Moment

OVERLAP = 3  # vertices that an open tail repeats, to cover the joint with what is settled


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
