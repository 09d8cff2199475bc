"""Animated texts, backgrounds, images, bars, curves and arrows."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, IdentityTransform
from numpy.typing import NDArray

from optiviz._lib.typing import Array
from optiviz.rendering.glyphs import Box, Glyphs
from optiviz.rendering.marks.agg import FAR, around, marker_path, meet, pen, rgba, stroke
from optiviz.rendering.marks.trails import OVERLAP
from optiviz.rendering.style import Look
from optiviz.rendering.timeline import Moment, once_a_moment


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
        return self.known(moment)

    @cached_property
    def known(self) -> Callable[[Moment], str]:
        return once_a_moment(lambda moment: self.text(moment if self.by_moment else moment.step))

    def settle(self, renderer: Any, moment: Moment) -> None:
        """Nothing of it stays."""

    def draw(self, renderer: Any, moment: Moment, settled: Moment) -> None:
        pixels = np.asarray(renderer.buffer_rgba())
        self.glyphs.write(pixels, self.reads(moment), self.x, self.y, self.anchor)

    def box(self, moment: Moment, settled: Moment) -> Box:
        return self.glyphs.box(self.reads(moment), self.x, self.y, self.anchor)


@dataclass(frozen=True, eq=False)
class Scenery:
    """A background that is redrawn in every frame, below the marks declared after it."""

    paint: Callable[[Any, Moment], None]
    clip: Box

    def settle(self, renderer: Any, moment: Moment) -> None:
        """It turns on."""

    def draw(self, renderer: Any, moment: Moment, settled: Moment) -> None:
        self.paint(renderer, moment)

    def box(self, moment: Moment, settled: Moment) -> Box:
        return self.clip


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

    With `by_time` it is asked for at any time between two steps.

    With a `head`, pixels across, each of its points wears the marker of the look.
    """

    points: Callable[[Any], Array]
    look: Look
    width: float
    casing: str
    clip: Box
    head: float = 0.0
    cased: bool = True
    by_time: bool = False

    def pixels(self, moment: Moment) -> Array:
        return np.clip(self.points(moment.time if self.by_time else moment.step), -FAR, FAR)

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
