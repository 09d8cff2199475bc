"""The stage: what stands still is drawn once, then only what moves."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from optiviz.notation import Array
from optiviz.objectives.fit import Fit
from optiviz.render.marks import Heads, Line, Mark, Trail, Turntable, View, Words
from optiviz.render.panels import PANELS
from optiviz.render.style import THEMES, Look, Theme, looks, type_sizes
from optiviz.render.timeline import Moment, timeline
from optiviz.run import Comparison, Trajectory
from optiviz.scene import Scene

Frame = NDArray[np.uint8]  # (height, width, 4), opaque
DPI = 100.0


def own_style() -> AbstractContextManager[None]:
    """matplotlib as it comes: nobody's matplotlibrc changes a frame."""
    defaults = {
        key: value
        for key, value in matplotlib.rcParamsDefault.items()
        if not key.startswith(("backend", "interactive", "toolbar", "webagg", "date.epoch", "tk."))
    }
    return matplotlib.rc_context(defaults)


@dataclass(frozen=True)
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
    marks: list[Mark] = field(default_factory=list)

    @property
    def line_width(self) -> float:
        """Pixels of a trail."""
        return 0.16 * self.sizes["text"]

    def points(self, kind: str) -> float:
        """A type size in matplotlib's points."""
        return self.sizes[kind] * 72 / DPI

    def axes(self, title: str, xlabel: str = "", ylabel: str = "", *, flat: bool = True) -> Any:
        """Axes that fill the cell, leaving room for a title, tick labels and axis labels."""
        width, height = self.figure.canvas.get_width_height()
        left, bottom, wide, high = self.box
        em = self.sizes["text"]
        if flat:
            margins = (3.9 * em if ylabel else 3.0 * em, 2.8 * em if xlabel else 1.7 * em, 0.9 * em, 2.0 * em)
        else:
            margins = (0.0, 0.0, 0.0, 1.6 * em)
        left, bottom = left + margins[0], bottom + margins[1]
        wide, high = wide - margins[0] - margins[2], high - margins[1] - margins[3]
        where = (left / width, bottom / height, wide / width, high / height)
        ax = self.figure.add_axes(where, projection=None if flat else "3d")
        ink, theme = self.theme.ink, self.theme
        ax.set_facecolor(theme.ground)
        ax.set_title(title, fontsize=self.points("heading"), color=ink, pad=0.3 * self.points("heading"))
        ax.set_xlabel(xlabel, fontsize=self.points("text"), color=ink, labelpad=2)
        ax.set_ylabel(ylabel, fontsize=self.points("text"), color=ink, labelpad=2)
        ax.tick_params(labelsize=self.points("text"), colors=ink, length=0.2 * em * 72 / DPI, pad=3)
        for spine in ax.spines.values():
            spine.set(color=theme.faint, linewidth=1.2)
        if flat:
            ax.locator_params(nbins=5)
        return ax

    def trail(self, view: View, points: Array, run: Trajectory, head: bool = True) -> Trail:
        """A growing line for `run` through `points` (T+1, 2 or 3)."""
        size = 0.62 * self.sizes["text"] if head else 0.0
        trail = Trail(view, points, self.looks[run.label], self.line_width, self.theme.casing, size)
        self.marks.append(trail)
        return trail

    def heads(self, trails: list[Trail]) -> None:
        """Lift the heads of `trails` above all trails declared so far."""
        self.marks.append(Heads(tuple(trails)))

    def line(self, view: View, x: Array, y: Array, run: Trajectory) -> None:
        """A line of `run` that takes the shape y[t] (M,) over x (M,) at step t."""
        self.marks.append(Line(view, x, y, self.looks[run.label], self.line_width, self.theme.casing))

    def turntable(self, view: View) -> None:
        """Draw the axes of `view` anew in every frame, below the marks declared after it."""
        view.axes.set_visible(False)
        self.marks.append(Turntable(view))


@dataclass(frozen=True)
class Stage:
    """A scene that is ready to be shown: `frame(k)` is a pure function of k."""

    scene: Scene
    moments: tuple[Moment, ...]
    figure: Figure
    marks: tuple[Mark, ...]
    still: Frame
    looks: Mapping[str, Look]

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.scene.size

    def frame(self, moment: Moment) -> Frame:
        """(height, width, 4) pixels of one moment; the array is reused by the next call."""
        canvas: Any = self.figure.canvas
        renderer = canvas.get_renderer()
        pixels = np.asarray(renderer.buffer_rgba())
        pixels[:] = self.still
        with own_style():
            for mark in self.marks:
                mark.draw(renderer, moment)
        return pixels


def set_stage(scene: Scene, comparison: Comparison) -> Stage:
    """Draw all that stands still, and collect the marks."""
    width, height = scene.size
    theme, sizes = THEMES[scene.theme], type_sizes(height)
    look = looks((label, type(run.optimizer).__name__) for label, run in scene.runs.items())
    with own_style():
        figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor=theme.ground)
        canvas = FigureCanvasAgg(figure)
        marks: list[Mark] = []
        em = sizes["text"]
        top = height - 2.6 * em
        bottom = 1.9 * em if len(scene.runs) > 1 else 0.3 * em
        marks.append(header(figure, scene, theme, sizes))
        if len(scene.runs) > 1:
            legend(figure, look, theme, sizes, 0.95 * em)
        for panel, box in zip(scene.panels, layout(len(scene.panels), width, bottom, top), strict=True):
            cell = Cell(figure, box, theme, look, sizes, marks)
            PANELS[panel.name](cell, comparison, **panel.settings)
        canvas.draw()
        still = np.array(canvas.buffer_rgba())
        for mark in marks:
            if isinstance(mark, Turntable):
                mark.view.axes.set_visible(True)
    return Stage(scene, timeline(scene), figure, tuple(marks), still, look)


def layout(count: int, width: float, bottom: float, top: float) -> list[tuple[float, float, float, float]]:
    """A box for each panel: up to two side by side, three with the last one beneath, then rows of three."""
    height = top - bottom
    if count <= 2:
        rows = [(count, height)]
    elif count == 3:
        rows = [(2, 0.60 * height), (1, 0.40 * height)]
    else:
        columns = (count + 1) // 2
        rows = [(columns, height / 2), (count - columns, height / 2)]
    boxes, y = [], top
    for across, high in rows:
        y -= high
        boxes += [(k * width / across, y, width / across, high) for k in range(across)]
    return boxes


def header(figure: Figure, scene: Scene, theme: Theme, sizes: Mapping[str, float]) -> Words:
    """The title on the left, and the count of steps on the right, which runs."""
    width, height = scene.size
    em, points = sizes["text"], sizes["title"] * 72 / DPI
    y = 1 - 1.4 * em / height
    only = next(iter(scene.runs)) if len(scene.runs) == 1 else ""
    figure.text(
        0.9 * em / width, y, scene.title or only, fontsize=points, color=theme.ink, ha="left", va="center"
    )
    whole = isinstance(scene.objective, Fit) and not any(run.batch_size for run in scene.runs.values())
    word = "epoch" if whole else "step"
    widest = f"{word}: {scene.steps}"
    artist = figure.text(0, y, widest, fontsize=points, color=theme.ink, ha="left", va="center")
    long = artist.get_window_extent().width  # left-aligned at a fixed place, so that it does not tremble
    artist.set(x=1 - (0.9 * em + long) / width, visible=False)

    def reads(step: int) -> str:
        artist.set_visible(True)
        return f"{word}: {step}"

    return Words(artist, reads)


def legend(
    figure: Figure, look: Mapping[str, Look], theme: Theme, sizes: Mapping[str, float], y: float
) -> None:
    """One row below the panels: a line with its marker, and the label, for each run."""
    width, height = figure.canvas.get_width_height()
    em = sizes["text"]
    shrink = 1.0
    words = [
        figure.text(0, y / height, label, fontsize=em * 72 / DPI, color=theme.ink, va="center_baseline")
        for label in look
    ]
    spans = [word.get_window_extent().width for word in words]
    sample, gap, between = 2.0 * em, 0.5 * em, 1.5 * em
    total = sum(spans) + len(spans) * (sample + gap) + (len(spans) - 1) * between
    if total > width - em:
        shrink = (width - em) / total
    x = (width - min(total, width - em)) / 2
    for word, span, (_, style) in zip(words, spans, look.items(), strict=True):
        ends = [x / width, (x + sample * shrink) / width]
        line = Line2D(
            [ends[0], sum(ends) / 2, ends[1]],
            [y / height] * 3,
            transform=figure.transFigure,
            color=style.color,
            linewidth=0.16 * em * 72 / DPI,
            dashes=style.dash or (None, None),
            marker=style.marker,
            markevery=[1],
            markersize=0.62 * em * 72 / DPI,
            markeredgecolor=theme.casing,
        )
        figure.add_artist(line)
        word.set(x=(x + (sample + gap) * shrink) / width, fontsize=shrink * em * 72 / DPI)
        x += (sample + gap + span + between) * shrink
