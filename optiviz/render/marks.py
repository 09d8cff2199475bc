"""What moves: a few marks that know how to draw themselves at any moment, in any order.

A panel declares its marks once, in data coordinates. All the speed of drawing lives here: marks are
drawn with bare Agg calls over a copy of the still part, never through a full figure.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.markers import MarkerStyle
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, IdentityTransform

from optiviz.notation import Array
from optiviz.render.style import Look
from optiviz.render.timeline import Moment

FAR = 1e6  # pixels; Agg's integers end not far beyond


class Mark(Protocol):
    """Something that moves: draws itself as it stands at one moment, a pure function of it."""

    def draw(self, renderer: Any, moment: Moment) -> None: ...


@dataclass(frozen=True)
class View:
    """From the data coordinates of an axes to pixels, at one moment.

    `turn` sets a 3-D axes to its camera at that moment; without it the view never changes and the
    pixels are computed once.
    """

    axes: Any
    turn: Callable[[Moment], None] | None = None
    known: dict[int, Array] = field(default_factory=dict, compare=False, repr=False)

    def pixels(self, points: Array) -> Array:
        """(M, 2) pixels of `points` (M, 2) or (M, 3)."""
        if self.turn is None and id(points) in self.known:
            return self.known[id(points)]
        where = points
        if points.shape[1] == 3:
            ones = np.ones((len(points), 1))
            projected = np.hstack([points, ones]) @ self.axes.get_proj().T
            where = projected[:, :2] / projected[:, 3:]
        pixels: Array = np.clip(self.axes.transData.transform(where), -FAR, FAR)
        self.known[id(points)] = pixels
        return pixels


def pen(renderer: Any, axes: Any, color: Any, width: float, dash: tuple[float, ...] = ()) -> Any:
    """A graphics context: `width` in pixels, clipped to the axes."""
    gc = renderer.new_gc()
    points = width * 72 / renderer.dpi
    gc.set_linewidth(points)
    gc.set_foreground(to_rgba(color), isRGBA=True)
    gc.set_joinstyle("round")
    gc.set_capstyle("butt" if dash else "round")
    if dash:
        gc.set_dashes(0, [length * points for length in dash])
    gc.set_clip_rectangle(axes.bbox)
    return gc


def stroke(renderer: Any, gc: Any, pixels: Array) -> None:
    """One open line through `pixels` (M, 2)."""
    path = Path(pixels)
    path.should_simplify = False  # old pixels must not change when points are added
    renderer.draw_path(gc, path, IdentityTransform())


@dataclass(frozen=True)
class Trail:
    """A line that grows: the points of steps 0 to t, then the head that leads it.

    `points` (T+1, 2) or (T+1, 3); a run that ended early waits at its last point.
    """

    view: View
    points: Array
    look: Look
    width: float
    casing: str
    head: float  # pixels across; 0 for none

    def draw(self, renderer: Any, moment: Moment) -> None:
        axes = self.view.axes
        shown = self.view.pixels(self.points)[: moment.step + 1]
        if len(shown) > 1:
            stroke(renderer, pen(renderer, axes, self.casing, 1.8 * self.width), shown)
            stroke(renderer, pen(renderer, axes, self.look.color, self.width, self.look.dash), shown)

    def draw_head(self, renderer: Any, moment: Moment) -> None:
        if self.head:
            x, y = self.view.pixels(self.points)[: moment.step + 1][-1]
            marker = MarkerStyle(self.look.marker)
            shape = marker.get_path().transformed(marker.get_transform())
            gc = pen(renderer, self.view.axes, self.casing, max(1.5, self.head / 9))
            place = Affine2D().scale(self.head).translate(x, y)
            renderer.draw_path(gc, shape, place, to_rgba(self.look.color))


@dataclass(frozen=True)
class Heads:
    """The heads of several trails, above all of them."""

    trails: tuple[Trail, ...]

    def draw(self, renderer: Any, moment: Moment) -> None:
        for trail in self.trails:
            trail.draw_head(renderer, moment)


@dataclass(frozen=True)
class Line:
    """A line that changes its shape: `x` (M,) and one row of `y` (T+1, M) a step."""

    view: View
    x: Array
    y: Array
    look: Look
    width: float
    casing: str

    def draw(self, renderer: Any, moment: Moment) -> None:
        row = self.y[min(moment.step, len(self.y) - 1)]
        axes = self.view.axes
        pixels = np.clip(axes.transData.transform(np.column_stack([self.x, row])), -FAR, FAR)
        stroke(renderer, pen(renderer, axes, self.casing, 1.8 * self.width), pixels)
        stroke(renderer, pen(renderer, axes, self.look.color, self.width, self.look.dash), pixels)


@dataclass(frozen=True)
class Words:
    """A text that changes: `text` says what a step reads."""

    artist: Text
    text: Callable[[int], str]

    def draw(self, renderer: Any, moment: Moment) -> None:
        self.artist.set_text(self.text(moment.step))
        self.artist.draw(renderer)


@dataclass(frozen=True)
class Turntable:
    """A whole 3-D axes, seen from a camera that moves."""

    view: View

    def draw(self, renderer: Any, moment: Moment) -> None:
        if self.view.turn is not None:
            self.view.turn(moment)
        self.view.axes.draw(renderer)
