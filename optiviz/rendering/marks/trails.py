"""Animated marks of runs: the trail that grows, and the head at its end."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import atan2, cos, hypot, pi, sin
from typing import Any

import numpy as np
from matplotlib.path import Path
from matplotlib.transforms import Affine2D
from numpy.typing import NDArray

from optiviz._lib.typing import Array
from optiviz.rendering.glyphs import Box
from optiviz.rendering.marks.agg import FAR, around, box_of, dots, marker_path, meet, pen, rgba, stroke
from optiviz.rendering.sprites import Stamp
from optiviz.rendering.style import Look
from optiviz.rendering.timeline import Moment, once_a_moment

OVERLAP = 3  # vertices that an open tail repeats, to cover the joint with what is settled
MOST_DOTS = 40  # steps of a run that leave a dot
RIM = 0.6  # of a head, from the rim of the view to the middle of an arrow where a run left it
BEHIND, HIDDEN = 0.35, 0.45  # how much is seen of a trail, and of a head, behind a hill
REACH = 0.95  # of a head, from its middle to the tips of a triangle
FEW = 60  # numbers of which Python finds the least sooner than NumPy
RELAXATIONS = 60  # rounds in which heads move apart
TRUTH, INK = 6.0, "#16181d"  # the dot at the true place of a head that stands beside it
ARROW = Path([(0.5, 0.0), (-0.5, 0.42), (-0.26, 0.0), (-0.5, -0.42), (0.5, 0.0)], closed=True)


@dataclass(frozen=True, eq=False)
class Route:
    """Polyline of a run in pixels: its vertices, which of them a hill hides, and the vertex of each row.

    Row r of a run was reached at `times[r]`, in steps of the clip, and stands at vertex `last[r]`; between
    two rows it is on the line between them. `pixels` (V, 2) and `hidden` (V,) hold for every moment, unless
    `turning` gives them anew for each. `truth` (V, 2) is where the vertices of a trail are that is drawn
    beside its way, to leave room for others.
    """

    points: Array
    pixels: Array
    last: NDArray[np.int64]  # (R,)
    clip: Box
    times: Array  # (R,)
    hidden: NDArray[np.bool_] | None = None
    turning: Callable[[Moment], tuple[Array, NDArray[np.bool_]]] | None = None
    truth: Array | None = None

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

    @property
    def drawn(self) -> float:
        """The pixels of the whole line within the view."""
        steps = np.hypot(*np.diff(self.clamped, axis=0).T)
        return float(np.nan_to_num(steps).sum())

    def at(self, moment: Moment) -> tuple[Array, NDArray[np.bool_] | None]:
        """Pixels and hidden flags of all vertices, as the camera sees them at `moment`."""
        return self.turning(moment) if self.turning else (self.pixels, self.hidden)

    @cached_property
    def rows(self) -> tuple[list[float], list[int]]:
        """The times and the vertices of all rows: of single numbers Python is the quicker one."""
        return self.times.tolist(), self.last.tolist()

    @cached_property
    def vertex_at(self) -> Callable[[float], float]:
        """`located`; a frame asks for one time again and again, for boxes, lines, dots and heads."""
        return lru_cache(maxsize=4)(self.located)

    def vertex(self, moment: Moment) -> float:
        """Where `moment` stands, counted in vertices."""
        return self.vertex_at(moment.time)

    def located(self, time: float) -> float:
        """Where a run stands at a time, counted in vertices; one that ended early waits at its last."""
        times, last = self.rows
        after = bisect_right(times, time)
        if after in (0, len(times)):
            return float(last[after - 1 if after else 0])
        begin, end = times[after - 1], times[after]
        return last[after - 1] + (time - begin) / (end - begin) * (last[after] - last[after - 1])

    def end(self, moment: Moment) -> int:
        """The last vertex that was passed by `moment`."""
        return int(self.vertex(moment))

    def tip(self, moment: Moment, pixels: Array) -> tuple[float, float]:
        """The pixel at which `moment` stands, on the line between two of `pixels` (V, 2)."""
        at = self.vertex(moment)
        before = int(at)
        x, y = pixels[before].tolist()
        if at == before:
            return x, y
        right, up = pixels[before + 1].tolist()
        share = at - before
        return x + share * (right - x), y + share * (up - y)

    @cached_property
    def place(self) -> Callable[[Moment], tuple[float, float]]:
        """Gives the pixel of the run itself at a moment, at which its head belongs."""
        return once_a_moment(
            lambda moment: self.tip(moment, self.at(moment)[0] if self.truth is None else self.truth)
        )

    @cached_property
    def last_inside(self) -> list[int]:
        """Of each vertex, the last up to it that lies in the view; -1 where there is none."""
        found: list[int] = np.maximum.accumulate(
            np.where(self.inside, np.arange(len(self.inside)), -1)
        ).tolist()
        return found


def flat_route(axes: Any, points: Array) -> Route:
    """The route of `points` (T+1, 2) in the data of 2-D axes, one for each step."""
    pixels = np.clip(axes.transData.transform(points), -FAR, FAR)
    return Route(points, pixels, np.arange(len(points)), box_of(axes), np.arange(len(points), dtype=float))


def ends_of(points: Array) -> tuple[list[float], list[float]]:
    """The least and the greatest x and y of (M, 2) points.

    >>> ends_of(np.array([[1.0, 2.0], [3.0, 0.0]]))
    ([1.0, 0.0], [3.0, 2.0])
    """
    if len(points) > FEW:
        return points.min(axis=0).tolist(), points.max(axis=0).tolist()
    xs, ys = points.T.tolist()
    return [min(xs), min(ys)], [max(xs), max(ys)]


@dataclass(frozen=True, eq=False)
class Trail:
    """A line that grows behind a head: from the start to step t, in a casing that lifts it off the ground.

    With `dot`, pixels across, a dot stays where each of the first steps ended.
    """

    route: Route
    look: Look
    width: float
    casing: str
    head: float  # pixels across
    cased: bool = True
    dot: float = 0.0

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
        known = self.last_box
        if not known or known[0][0] is not moment or known[0][1] is not settled:
            known[:] = [(moment, settled, self.pixels_of_tail(moment, settled))]
        return known[0][2]  # asked for the frame, then to draw

    @cached_property
    def last_box(self) -> list[tuple[Moment, Moment, Box]]:
        """The last answer of `box`, and to what."""
        return []

    def pixels_of_tail(self, moment: Moment, settled: Moment) -> Box:
        """See `box`."""
        route = self.route
        if route.turning:
            return route.clip
        x, y = route.tip(moment, route.pixels)
        left, bottom, right, top = route.clip
        x, y = min(max(x, left), right), min(max(y, bottom), top)
        (x0, y0), (x1, y1) = ends_of(
            route.clamped[max(route.end(settled) - OVERLAP, 0) : route.end(moment) + 1]
        )
        room = max(self.dot / 2, self.width) + 3
        return (
            int(min(x0, x) - room),
            int(min(y0, y) - room),
            int(max(x1, x) + room) + 1,
            int(max(y1, y) + room) + 1,
        )

    @cached_property
    def dots(self) -> NDArray[np.int64]:
        """The vertices that get a dot: of the first `MOST_DOTS` steps those not too near the last one."""
        at = np.unique(self.route.last[: MOST_DOTS + 1])
        kept: list[int] = []
        for vertex in at.tolist() if self.dot and self.route.turning is None else ():
            pixel = self.route.pixels[vertex]
            if not kept or np.hypot(*(pixel - self.route.pixels[kept[-1]])) >= 1.5 * self.dot:
                kept.append(vertex)
        return np.array(kept, dtype=np.int64)

    def line(self, renderer: Any, moment: Moment, first: int, clip: Box) -> None:
        """Draw from vertex `first` to where `moment` stands, within `clip`."""
        pixels, hidden = self.route.at(moment)
        end, at = self.route.end(moment) + 1, self.route.vertex(moment)
        if clip[2] <= clip[0] or at <= first:
            return
        part = pixels[:end]
        if at > end - 1:
            part = np.concatenate([part, [self.route.tip(moment, pixels)]])
            hidden = None if hidden is None else np.append(hidden[:end], hidden[min(end, len(hidden) - 1)])
        before, dash = max(first - OVERLAP, 0), self.look.dash
        if dash and (hidden is not None or not self.route.inside[:first].all()):
            before = 0  # dashes begin anew where a line comes into sight, so they must all be counted
        casing = pen(
            self.casing, self.width + min(3.0, self.width), clip, renderer, cap="butt" if first else "round"
        )
        gone = float(self.route.lengths[before]) if before else 0.0
        line = pen(self.look.color, self.width, clip, renderer, dash, gone=gone)
        if hidden is None:
            if self.cased:
                stroke(renderer, casing, part[first:])
            stroke(renderer, line, part[before:])
        else:
            hidden = hidden[: len(part)]
            seen = ~(hidden[1:] | hidden[:-1])
            # from the settled vertex on: drawn twice, what is seen in part would be seen more strongly
            behind = pen(self.look.color, 0.6 * self.width, clip, renderer, alpha=BEHIND, cap="butt")
            stroke(renderer, behind, part[first:], ~seen[first:])
            stroke(renderer, casing, part[first:], seen[first:])
            stroke(renderer, line, part[before:], seen[before:])
        passed = self.dots[slice(*self.dots.searchsorted([before, end]))]
        if len(passed):
            color = rgba(self.look.color)
            dots(renderer, pixels[passed], "o", self.dot, color, self.casing, min(1.4, 0.2 * self.dot), clip)

    @cached_property
    def exit(self) -> Callable[[Moment], tuple[Array, float] | None]:
        """Where the head left the view and in which direction, in pixels and radians; None while it is in."""
        return once_a_moment(self.way_out)

    def way_out(self, moment: Moment) -> tuple[Array, float] | None:
        """See `exit`."""
        route = self.route
        if route.turning:
            return None
        left, bottom, right, top = route.clip
        x, y = route.place(moment)
        if left - 1 <= x <= right + 1 and bottom - 1 <= y <= top + 1:
            return None
        end = route.end(moment)
        out = route.last_inside[end] + 1
        x0, y0 = route.pixels[max(out - 1, 0)].tolist()
        x1, y1 = route.pixels[out].tolist() if 0 < out <= end else (x, y)
        share = 1.0
        for low, high, begin, step in ((left, right, x0, x1 - x0), (bottom, top, y0, y1 - y0)):
            crossings = ((side - begin) / step for side in (low, high)) if step else ()
            share = min([share, *(crossing for crossing in crossings if crossing > 0)])
        room = RIM * self.head
        at = (x0 + share * (x1 - x0), y0 + share * (y1 - y0))
        within = [min(max(at[0], left + room), right - room), min(max(at[1], bottom + room), top - room)]
        return np.array(within), atan2(y1 - y0, x1 - x0)


@dataclass(frozen=True, eq=False)
class Crowd:
    """The heads of several trails, kept apart: those that would cover each other stand side by side."""

    trails: Sequence[Trail]

    def places(self, moment: Moment) -> Array:
        """(n, 2) true places of the heads, in pixels; those that left the view far away from all others."""
        far = [(-1e4 * (k + 1), -1e4) for k in range(len(self.trails))]
        return np.array(
            [
                place if trail.exit(moment) else trail.route.place(moment)
                for trail, place in zip(self.trails, far, strict=True)
            ]
        )

    @cached_property
    def spread(self) -> Callable[[Moment], tuple[Array, Array]]:
        """What gives, of all heads at a moment, true places (n, 2) and where they are drawn (n, 2)."""

        @once_a_moment
        def placed(moment: Moment) -> tuple[Array, Array]:
            true = self.places(moment)
            return true, kept_apart(true, np.array([trail.head for trail in self.trails]))

        return placed

    @cached_property
    def spots(self) -> Callable[[Moment], list[list[list[float]]]]:
        """The same in plain numbers, which each head asks for by itself."""
        return once_a_moment(lambda moment: [places.tolist() for places in self.spread(moment)])

    def heads(self) -> "list[Head]":
        """A mark for each, the first run on top: it would be hidden by all others."""
        return [Head(self, k) for k in reversed(range(len(self.trails)))]


def kept_apart(places: Array, sizes: Array) -> Array:
    """Places (n, 2) moved as little as needed, so that no two are nearer than a head is wide.

    Heads at one place become petals around it, the first at 12 o'clock, clockwise.

    >>> apart = kept_apart(np.zeros((2, 2)), np.array([20.0, 20.0]))
    >>> (apart + 0.0).round(6).tolist()
    [[0.0, 10.0], [0.0, -10.0]]
    >>> kept_apart(np.array([[0.0, 0.0], [30.0, 0.0]]), np.array([20.0, 20.0])).tolist()
    [[0.0, 0.0], [30.0, 0.0]]
    """
    count, wide = len(places), sizes.tolist()
    xs, ys = places[:, 0].tolist(), places[:, 1].tolist()
    pairs = [(i, j, (wide[i] + wide[j]) / 2) for i in range(count) for j in range(i)]
    crowded = {k for i, j, need in pairs if hypot(xs[i] - xs[j], ys[i] - ys[j]) < need for k in (i, j)}
    if not crowded:
        return places
    for k in crowded:  # a hair towards its petal, so that heads at one place know where to go
        angle = pi / 2 - 2 * pi * k / count
        xs[k], ys[k] = xs[k] + 0.02 * wide[k] * cos(angle), ys[k] + 0.02 * wide[k] * sin(angle)
    for _ in range(RELAXATIONS):
        right, up, pushes = [0.0] * count, [0.0] * count, [0] * count
        for i, j, need in pairs:
            x, y = xs[i] - xs[j], ys[i] - ys[j]
            gap = hypot(x, y)
            if gap < need - 0.05:
                share = 0.5 * (need - gap) / max(gap, 1e-9)
                right[i] += share * x
                up[i] += share * y
                right[j] -= share * x
                up[j] -= share * y
                pushes[i] += 1
                pushes[j] += 1
        if not any(pushes):
            break
        for k, n in enumerate(pushes):  # several neighbours push in turn, not at once
            if n:
                xs[k] += right[k] / n
                ys[k] += up[k] / n
    return np.array([xs, ys]).T.copy()


def edge_of(head: float) -> float:
    """The pixels of the rim of a head so many pixels across."""
    return max(min(1.5, head / 8), head / 9.5)


def within(spot: Sequence[float], clip: Box) -> bool:
    """Whether a pixel lies in a box."""
    return clip[0] <= spot[0] <= clip[2] and clip[1] <= spot[1] <= clip[3]


@dataclass(frozen=True, eq=False)
class Head:
    """The head of a trail, above all trails: its marker, or an arrow where it left the view."""

    crowd: Crowd
    k: int

    @property
    def trail(self) -> Trail:
        return self.crowd.trails[self.k]

    def settle(self, renderer: Any, moment: Moment) -> None:
        """Heads move on."""

    def draw(self, renderer: Any, moment: Moment, settled: Moment) -> None:
        trail = self.trail
        if not trail.head:
            return
        gone = trail.exit(moment)
        if gone:
            at, direction = gone
            gc = pen(trail.casing, edge_of(trail.head), None, renderer)
            turned = Affine2D().scale(trail.head).rotate(direction).translate(*at)
            renderer.draw_path(gc, ARROW, turned, rgba(trail.look.color))
            return
        true, drawn = self.spots(moment)
        if trail.route.turning and not within(true, trail.route.clip):
            return  # the camera has gone near to something else
        hidden = trail.route.at(moment)[1]
        seen = self.faint if hidden is not None and hidden[trail.route.end(moment)] else self.whole
        if hypot(drawn[0] - true[0], drawn[1] - true[1]) > 2.0:
            self.truth.put(renderer, *true)
        seen.put(renderer, *drawn)

    @cached_property
    def whole(self) -> Stamp:
        """The marker."""
        return self.marker(1.0)

    @cached_property
    def faint(self) -> Stamp:
        """The marker of a head behind a hill."""
        return self.marker(HIDDEN)

    def marker(self, alpha: float) -> Stamp:
        """The marker of the run, seen as strongly as `alpha` says."""
        trail = self.trail
        color = (*rgba(trail.look.color)[:3], alpha)

        def paint(renderer: Any, x: float, y: float) -> None:
            gc = pen(trail.casing, edge_of(trail.head), None, renderer, alpha=alpha)
            place = Affine2D(np.array([[trail.head, 0, x], [0, trail.head, y], [0, 0, 1]]))
            renderer.draw_path(gc, marker_path(trail.look.marker), place, color)

        return Stamp(paint, REACH * trail.head + 2)

    @cached_property
    def truth(self) -> Stamp:
        """The dot at the true place of a head that stands beside it."""

        def paint(renderer: Any, x: float, y: float) -> None:
            dots(renderer, np.array([[x, y]]), "o", TRUTH, rgba(INK), self.trail.casing, 1.0, None)

        return Stamp(paint, TRUTH)

    def box(self, moment: Moment, settled: Moment) -> Box:
        trail = self.trail
        if not trail.head:
            return (0, 0, 0, 0)
        gone = trail.exit(moment)
        places = gone[0][None] if gone else np.array(self.spots(moment))
        return around(places, REACH * trail.head + 3)

    def spots(self, moment: Moment) -> list[list[float]]:
        """The true place of the head, and where it is drawn."""
        true, drawn = self.crowd.spots(moment)
        return [true[self.k], drawn[self.k]]
