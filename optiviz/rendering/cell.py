"""Drawing area of one panel: axes factory, theme, type sizes."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import compress
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from optiviz._lib.typing import Array
from optiviz.optimizers import innermost
from optiviz.rendering.glyphs import Box, Glyphs
from optiviz.rendering.marks.base import MovingMark
from optiviz.rendering.marks.names import Names
from optiviz.rendering.marks.notes import Anchor, Landmark
from optiviz.rendering.marks.shapes import Scenery
from optiviz.rendering.marks.trails import Crowd, Route, Trail
from optiviz.rendering.style import Look, Theme, larger
from optiviz.rendering.timeline import Moment
from optiviz.rendering.typeface import DPI
from optiviz.runs.trajectory import Trajectory
from optiviz.scene.camera import CameraMove
from optiviz.scene.numbers import number

TICKS = (1, 2, 5, 10)
BOLD = 1.12  # times as wide as the regular letters
BAR = 14 / 24  # heights of the type, the width of a colour bar
QUIET = 1.6 / 24  # heights of the type, the line of a run that is one of many
STRIP = 5.0  # times as long as wide, from which on a picture teaches more when it is not true to scale
SMALL_HEAD, LEAST_HEAD = 0.64, 9.0  # a head in a panel that is not the stage, in heights of the type; pixels


@dataclass(frozen=True, eq=False)
class Cell:
    """A panel's part of the frame: makes axes in the house style and takes the marks that move.

    `box` is left, bottom, width, height in pixels. A panel asks `looks` for the colours of a run and
    `sizes` for type; it never sets a colour or a size of its own.
    """

    figure: Figure
    box: tuple[float, float, float, float]
    theme: Theme
    looks: Mapping[str, Look]
    sizes: Mapping[str, float]
    counted: str  # what is counted: "epoch" or "step"
    pace: float  # steps of the clip in one of what is counted
    marks: list[MovingMark]
    stills: list[Callable[[Any], None]]  # drawn over the figure once, by bare Agg calls
    competitors: Mapping[str, Any] = field(default_factory=dict)  # what each run steps by, by its label
    seed: int = 0  # of the batches that the runs saw
    camera: Sequence[CameraMove] = ()  # of the scene
    steps: int = 1  # of the scene, however early its runs are lost
    anchors: list[Anchor] = field(default_factory=list)  # of a panel without flat axes: where its places are
    landmarks: list[Landmark] = field(default_factory=list)  # what may be named in it
    headings: list[Any] = field(default_factory=list)  # that were written
    handed: list[Any] = field(default_factory=list)  # as often as they were asked for, those that are
    given: Any = None  # axes of somebody's own figure, drawn into instead of new ones and in their own type

    @property
    def rules(self) -> Mapping[str, Any]:
        """The optimizer of each run without what is wrapped around it, by its label."""
        return {label: innermost(competitor) for label, competitor in self.competitors.items()}

    @property
    def line_width(self) -> float:
        """Pixels of a trail."""
        return 0.16 * self.sizes["text"]

    @property
    def fine(self) -> float:
        """What widths of grids and frames are multiplied by, so that they are still seen on a large frame."""
        return larger(*self.figure.canvas.get_width_height())

    def points(self, kind: str) -> float:
        """A type size in matplotlib's points."""
        return self.sizes[kind] * 72 / self.figure.dpi

    def glyphs(self, kind: str) -> Glyphs:
        """Type of one kind for what is drawn in every frame."""
        return Glyphs(self.sizes[kind], self.theme.ink, rim=self.theme.rim)

    def axes(
        self,
        headings: Sequence[str],
        xlabel: str = "",
        ylabel: str = "",
        beside: float = 0.0,
        *,
        numbers: Sequence[str] = (),
        widest: float = 0.0,
    ) -> Any:
        """Axes that fill the cell, below the first of `headings` that is not too wide for them.

        `beside` leaves room on the right, in heights of the type; `numbers` are those that will stand on the
        left, so that the widest of them has its room. With `widest` axes are as wide as high at
        least, and at most so many times as wide.
        """
        width, height = self.figure.canvas.get_width_height()
        em = self.sizes["text"]
        left, bottom, right, top = self.inner(beside, xlabel, numbers, widest)
        right, top = (
            max(right, left + 1),
            max(top, bottom + 1),
        )  # words and keys may have taken all of a tiny cell
        self.heading(headings, left, top)
        if self.given is not None:
            self.given.set(xlabel=xlabel, ylabel=ylabel)
            self.handed.append(self.given)
            return self.given
        place = (left / width, bottom / height, (right - left) / width, (top - bottom) / height)
        ax = self.figure.add_axes(place)
        theme = self.theme
        ax.set_facecolor(theme.ground)
        ax.set_xlabel(xlabel, fontsize=self.points("text"), color=theme.soft, ha="right", va="top")
        ax.xaxis.set_label_coords(right / width, (bottom - 1.35 * em) / height, self.figure.transFigure)
        ax.set_ylabel(ylabel, fontsize=self.points("text"), color=theme.soft, rotation=0)
        for axis in (ax.xaxis, ax.yaxis):  # a power of ten that all numbers share
            axis.get_offset_text().set(fontsize=self.points("text"), color=theme.soft)
        ax.tick_params(
            labelsize=self.points("text"),
            labelcolor=theme.soft,
            color=theme.soft,
            length=0.2 * em * 72 / DPI,
            pad=0.14 * em * 72 / DPI,
            width=0.9 * self.fine,
        )
        ax.spines[["top", "right"]].set_visible(False)
        ax.spines[["left", "bottom"]].set(color=theme.soft, linewidth=0.9 * self.fine)
        across = int(np.clip((right - left) / (2.3 * em), 2, 6))
        up = int(np.clip((top - bottom) / (1.6 * em), 2, 5))
        ax.xaxis.set_major_locator(MaxNLocator(across, steps=TICKS))
        ax.yaxis.set_major_locator(MaxNLocator(up, steps=TICKS, prune="lower"))  # none meet in the corner
        return ax

    def inner(
        self, beside: float = 0.0, xlabel: str = "", numbers: Sequence[str] = (), widest: float = 0.0
    ) -> tuple[float, float, float, float]:
        """Left, bottom, right, top of the axes in the cell, in pixels.

        Numbers that are wider than usual may reach into the margin of the frame, but not into a neighbour.
        """
        if self.given is not None:
            return tuple(float(round(side)) for side in self.given.bbox.extents)  # type: ignore[return-value]
        em, glyphs = self.sizes["text"], self.glyphs("text")
        left, low, wide, high = self.box
        needed = max(map(glyphs.width, numbers), default=0) + 0.4 * em
        free = left - 0.4 * em if left < 2 * em else 0.0
        x0, x1 = left + max(44 / 24 * em, needed - free), left + wide - beside * em
        y0, y1 = low + (54 / 24 if xlabel else 1.5) * em, low + high - 1.5 * em
        if widest:
            side = min(x1 - x0, y1 - y0)
            free = y1 - y0 - side
            x1, y0, y1 = min(x1, x0 + widest * side), y0 + 0.6 * free, y1 - 0.4 * free
        return float(round(x0)), float(round(y0)), float(round(x1)), float(round(y1))

    def at_true_scale(
        self, limits: Sequence[tuple[float, float]], xlabel: str, beside: float = 0.0
    ) -> "Cell":
        """The middle of the cell, in which axes over `limits` of x and y have one scale for both.

        Where that would leave a strip, and where there is no room at all, it is the whole cell.
        """
        if self.given is not None:
            return self
        x0, y0, x1, y1 = self.inner(beside, xlabel)
        (left, right), (low, high) = limits
        if not 1 / STRIP < (right - left) / (high - low) < STRIP or x1 <= x0 or y1 <= y0:
            return self
        unit = min((x1 - x0) / (right - left), (y1 - y0) / (high - low))
        across, up = x1 - x0 - unit * (right - left), y1 - y0 - unit * (high - low)
        x, y, wide, tall = self.box
        return replace(self, box=(x + across / 2, y + up / 2, wide - across, tall - up))

    def time_axis(self, ax: Any, last: float) -> None:
        """Count along x from 0 to `last`; room for half a head on the right keeps off what stands there."""
        width, _ = self.figure.canvas.get_width_height()
        across, room = width * ax.get_position().width, 0.5 * self.sizes["text"]
        ax.set_xlim(0.0, max(last, 1.0) * across / max(across - room, room))

    def colorbar(self, axes: Any, filled: Any, levels: Array) -> None:
        """Beside `axes`, in the room left for it, the colours of a filled contour and a few of its levels."""
        width, height = self.figure.canvas.get_width_height()
        em, box = self.sizes["text"], axes.get_position()
        left = box.x1 + 0.5 * em / width
        place = self.figure.add_axes((left, box.y0, BAR * em / width, box.height))
        name = self.figure.text(left, box.y1 + 0.42 * em / height, "loss", color=self.theme.soft)
        name.set_fontsize(self.points("text"))
        ticks = levels[:: max(1, -(-len(levels) // 5))]
        if np.allclose(np.diff(levels), levels[1] - levels[0]):  # even levels: round numbers among them
            ticks = np.array(MaxNLocator(4, steps=TICKS).tick_values(levels[0], levels[-1]))
            ticks = ticks[(ticks >= levels[0]) & (ticks <= levels[-1])]
        bar = self.figure.colorbar(filled, cax=place, ticks=ticks, drawedges=False)
        words = [number(tick, 2) for tick in ticks]
        bar.ax.set_yticklabels(words)
        bar.ax.tick_params(labelsize=self.points("text"), colors=self.theme.ink, length=0, pad=4)
        bar.ax.minorticks_off()
        bar.outline.set(edgecolor=self.theme.faint, linewidth=1.2 * self.fine)

    def form(self, forms: Sequence[str], labels: Iterable[str]) -> list[str]:
        """The forms of a heading, {} for a label, that fit for all labels: panels side by side are alike."""
        glyphs, longest = self.glyphs("heading"), max(labels, key=len, default="")
        room = (self.box[2] - 1.9 * self.sizes["text"]) / BOLD
        return [form for form in forms if glyphs.width(form.format(longest)) < room] or [forms[-1]]

    def heading(self, choices: Sequence[str], x: float | None = None, top: float | None = None) -> Any:
        """Write the first of `choices` that fits, else the last one, cut, from pixel x on, above `top`.

        It stands above the axes, or in the upper left of the cell. The label of a run wears its colour.
        """
        width, height = self.figure.canvas.get_width_height()
        left, bottom, wide, high = self.box
        em = self.sizes["text"]
        x = left if x is None else x
        y = (bottom + high - 1.5 * em if top is None else top) + 0.42 * em
        room = left + wide - x - (0.0 if left + wide > width - 2 * em else 0.3 * em)
        if self.given is not None:
            text = self.given.set_title("", loc="left")
        else:
            text = self.figure.text(x / width, y / height, "", ha="left", va="baseline", weight="bold")
            text.set(fontsize=self.points("heading"), color=self.theme.ink)
        self.headings.append(text)

        def fits(choice: str) -> bool:
            text.set_text(choice)
            if hopeless(choice, room / self.sizes["heading"]):
                return False
            return bool(text.get_window_extent().width <= room)

        if not any(map(fits, choices)) and "$" not in choices[-1]:
            words = choices[-1]
            while len(words) > 2 and not fits(f"{words}\N{HORIZONTAL ELLIPSIS}"):
                words = words[:-1].rstrip()
        if label := next((choice for choice in choices if choice in self.looks), ""):
            text.set_color(self.looks[label].color)
        return text

    def trails(
        self,
        routes: Sequence[Route],
        runs: Sequence[Trajectory],
        *,
        thin: bool = False,
        stage: bool = False,
        named: bool = False,
    ) -> None:
        """A growing line for each run along its route, the heads on top of all; thin ones have no casing.

        On a `stage`, the one picture to look at, heads are large, a dot stays where each step ended, and the
        names stand beside the heads while the clip rests; so they do in what is `named`. Quiet runs are thin
        lines below all others.
        """
        em = self.sizes["text"]
        for route, run in zip(routes, runs, strict=True):
            look = self.looks[run.label]
            if look.quiet:
                self.marks.append(Trail(route, look, QUIET * em, self.theme.casing, 0.0, cased=False))
        loud = [not self.looks[run.label].quiet for run in runs]
        routes, runs = list(compress(routes, loud)), list(compress(runs, loud))
        few = len(runs) < 5
        scale = 0.65 if thin else 1.0
        size = max(em * ((0.85 if few else 0.77) if stage else SMALL_HEAD), LEAST_HEAD)
        dot = em * (0.34 if few else 0.3) if stage else 0.0
        width = scale * self.line_width * (0.85 if stage and not few else 1.0)
        trails = [
            Trail(route, self.looks[run.label], width, self.theme.casing, size, cased=not thin, dot=dot)
            for route, run in zip(routes, runs, strict=True)
        ]
        crowd = Crowd(trails)
        below = sorted(trails, key=lambda trail: -trail.route.drawn) if stage else trails
        self.marks.extend([*below, *crowd.heads()])  # a shorter path would be hidden by longer ones
        if (stage or named) and len(runs) > 1:
            names = Glyphs(em, self.theme.ink, bold=True)
            self.marks.append(Names(crowd, [run.label for run in runs], names, self.theme.casing))

    def scenery(self, paint: Callable[[Any, Moment], None], clip: Box) -> None:
        """Paint a ground anew in every frame, below the marks declared after it."""
        self.marks.append(Scenery(paint, clip))


def hopeless(words: str, room: float) -> bool:
    """Whether a formula is sure to be wider than `room`, in heights of its type, without laying it out.

    That takes matplotlib longer than the rest of a panel. A letter of it is about 0.6 wide.

    >>> hopeless("$f = x^{2} + y^{2}$", room=5), hopeless("$f = x^{2} + y^{2}$", room=3)
    (False, True)
    """
    if "$" not in words:
        return False
    return 0.55 * len(re.sub(r"[{}^_$ ]", "", re.sub(r"\\[a-zA-Z]+", "x", words))) > room
