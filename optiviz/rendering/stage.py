"""The stage: what stands still is drawn once, then only what moves.

Frame k is a copy of a layer with the open ends of all marks drawn over it. The layer holds the still part
and everything that had settled by the last multiple of `COMMIT` frames; both depend on k alone, so frames
can be drawn in any order and by any process. From one frame to the next only the boxes that marks touch are
restored, and `touched` tells an encoder the same.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from optiviz.notation import Array
from optiviz.objectives.fit import Fit
from optiviz.optimizers import innermost
from optiviz.rendering.glyphs import Box, Glyphs
from optiviz.rendering.marks import Heads, Line, Mark, Route, Scenery, Trail, Words, join
from optiviz.rendering.panels import OWN_CLOCK, PANELS
from optiviz.rendering.style import THEMES, Look, Theme, looks, type_sizes
from optiviz.rendering.timeline import Moment, timeline
from optiviz.run import Comparison, Trajectory
from optiviz.scene import Scene

Frame = NDArray[np.uint8]  # (height, width, 4)
DPI = 100.0
TICKS = (1, 2, 2.5, 5, 10)
COMMIT = 16  # frames between two layers


def own_style() -> AbstractContextManager[None]:
    """matplotlib as it comes: nobody's matplotlibrc changes a frame."""
    defaults = {
        key: value
        for key, value in matplotlib.rcParamsDefault.items()
        if not key.startswith(("backend", "interactive", "toolbar", "webagg", "date.epoch", "tk."))
    }
    return matplotlib.rc_context(defaults)


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
    counted: str  # what a step is called: "epoch" or "step"
    marks: list[Mark]
    stills: list[Callable[[Any], None]]  # drawn over the figure once, by bare Agg calls
    rules: Mapping[str, Any] = field(default_factory=dict)  # the optimizer of each run, by its label

    @property
    def line_width(self) -> float:
        """Pixels of a trail."""
        return 0.16 * self.sizes["text"]

    def points(self, kind: str) -> float:
        """A type size in matplotlib's points."""
        return self.sizes[kind] * 72 / DPI

    def glyphs(self, kind: str) -> Glyphs:
        """Type of one kind for what is drawn in every frame."""
        return Glyphs(self.sizes[kind], self.theme.ink)

    def axes(self, headings: Sequence[str], xlabel: str = "", ylabel: str = "", beside: float = 0.0) -> Any:
        """Axes that fill the cell, below the first of `headings` that is not too wide for it.

        `beside` leaves room on the right, in heights of the type.
        """
        width, height = self.figure.canvas.get_width_height()
        em = self.sizes["text"]
        left, below = 4.0 * em if ylabel else 3.2 * em, 2.8 * em if xlabel else 1.7 * em
        x, y = self.box[0] + left, self.box[1] + below
        wide, high = self.box[2] - left - (1.3 + beside) * em, self.box[3] - below - 2.0 * em
        self.heading(headings, x + wide / 2)
        ax = self.figure.add_axes((x / width, y / height, wide / width, high / height))
        ink, theme = self.theme.ink, self.theme
        ax.set_facecolor(theme.ground)
        ax.set_xlabel(xlabel, fontsize=self.points("text"), color=ink, labelpad=2)
        ax.set_ylabel(ylabel, fontsize=self.points("text"), color=ink, labelpad=2)
        ax.tick_params(labelsize=self.points("text"), colors=ink, length=0.2 * em * 72 / DPI, pad=3)
        for spine in ax.spines.values():
            spine.set(color=theme.faint, linewidth=1.2)
        ax.xaxis.set_major_locator(MaxNLocator(5, steps=TICKS))
        ax.yaxis.set_major_locator(MaxNLocator(5, steps=TICKS, prune="lower"))  # no labels meet in the corner
        return ax

    def colorbar(self, axes: Any, filled: Any, levels: Array) -> None:
        """Beside `axes`, in the room left for it, the colours of a filled contour and a few of its levels."""
        width, _ = self.figure.canvas.get_width_height()
        em, box = self.sizes["text"], axes.get_position()
        place = self.figure.add_axes((box.x1 + 0.5 * em / width, box.y0, 0.7 * em / width, box.height))
        every = max(1, -(-len(levels) // 6))
        bar = self.figure.colorbar(filled, cax=place, ticks=levels[::every], drawedges=False)
        bar.ax.set_yticklabels([f"{level:.2g}".replace("e+0", "e") for level in levels[::every]])
        bar.ax.tick_params(labelsize=self.points("text"), colors=self.theme.ink, length=0, pad=4)
        bar.ax.minorticks_off()
        bar.outline.set(edgecolor=self.theme.faint, linewidth=1.2)

    def heading(self, choices: Sequence[str], x: float | None = None) -> None:
        """Write the first of `choices` that fits, the last one in any case, on top, centred at pixel x."""
        width, height = self.figure.canvas.get_width_height()
        left, bottom, wide, high = self.box
        x, y = left + wide / 2 if x is None else x, bottom + high - 1.1 * self.sizes["text"]
        text = self.figure.text(x / width, y / height, "", ha="center", va="center", color=self.theme.ink)
        text.set_fontsize(self.points("heading"))
        for choice in choices:
            text.set_text(choice)
            if text.get_window_extent().width < wide - self.sizes["text"]:
                break

    def trails(self, routes: Sequence[Route], runs: Sequence[Trajectory], *, thin: bool = False) -> None:
        """A growing line for each run along its route, the heads on top of all; thin ones have no casing."""
        scale = 0.7 if thin else 1.0
        size, width = scale * 0.6 * self.sizes["text"], scale * self.line_width
        trails = [
            Trail(route, self.looks[run.label], width, self.theme.casing, size, cased=not thin)
            for route, run in zip(routes, runs, strict=True)
        ]
        self.marks.extend([*trails, Heads(trails)])

    def line(self, axes: Any, x: Array, y: Array, run: Trajectory) -> None:
        """A line of `run` that takes the shape y[t] (M,) over x (M,) at step t."""
        look, several, width = self.looks[run.label], len(self.looks) > 1, 0.8 * self.line_width
        self.marks.append(Line(axes, x, y, look, width, self.theme.casing, cased=several))

    def scenery(self, paint: Callable[[Any, Moment], None], clip: Box) -> None:
        """Paint a ground anew in every frame, below the marks declared after it."""
        self.marks.append(Scenery(paint, clip))


@dataclass(eq=False)
class Stage:
    """A scene that is ready to be shown: `frame(k)` is a pure function of k."""

    scene: Scene
    moments: tuple[Moment, ...]
    figure: Figure
    marks: tuple[Mark, ...]
    still: Frame
    colors: tuple[str, ...]  # those that a file must keep exactly
    block: int = -1  # the layer that is held, and what of it is drawn over
    layer: Frame = field(default_factory=lambda: np.empty((0, 0, 4), np.uint8))
    covered: list[Box] = field(default_factory=list)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.scene.size

    def frame(self, k: int) -> Frame:
        """(height, width, 4) pixels of frame k; the array is reused by the next call."""
        canvas: Any = self.figure.canvas
        renderer = canvas.get_renderer()
        pixels: Frame = np.asarray(renderer.buffer_rgba())
        block = k // COMMIT
        if block != self.block:
            pixels[:] = self.still
            for mark in self.marks:
                mark.settle(renderer, self.moments[block * COMMIT])
            self.block, self.layer = block, pixels.copy()
        else:
            for box in self.covered:
                window = self.window(box)
                pixels[window] = self.layer[window]
        self.covered = self.boxes(k, block)
        for mark in self.marks:
            mark.draw(renderer, self.moments[k], self.moments[block * COMMIT])
        return pixels

    def boxes(self, k: int, block: int) -> list[Box]:
        """What frame k draws over the layer of `block`."""
        settled = self.moments[block * COMMIT]
        return join([mark.box(self.moments[k], settled) for mark in self.marks], (0, 0, *self.size))

    def touched(self, k: int) -> list[tuple[slice, slice]]:
        """Windows of the array outside which frame k equals frame k - 1; all of it for frame 0."""
        if k == 0:
            return [(slice(None), slice(None))]
        boxes = self.boxes(k - 1, (k - 1) // COMMIT) + self.boxes(k, k // COMMIT)
        if k % COMMIT == 0:  # what the new layer took up on its way
            boxes += [mark.box(self.moments[k], self.moments[k - 1]) for mark in self.marks]
        return [self.window(box) for box in join(boxes, (0, 0, *self.size))]

    def window(self, box: Box) -> tuple[slice, slice]:
        """The rows and columns of the array that a box of pixels covers."""
        left, bottom, right, top = box
        return slice(self.size[1] - top, self.size[1] - bottom), slice(left, right)


def set_stage(scene: Scene, comparison: Comparison) -> Stage:
    """Draw all that stands still, and collect the marks."""
    width, height = scene.size
    theme, sizes = THEMES[scene.theme], type_sizes(height)
    rules = {label: innermost(run.optimizer) for label, run in scene.runs.items()}
    look = looks([(label, type(rule).__name__) for label, rule in rules.items()], theme)
    with own_style():
        ground = "none" if theme.clear else theme.ground
        figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor=ground)
        canvas = FigureCanvasAgg(figure)
        marks: list[Mark] = []
        stills: list[Callable[[Any], None]] = []
        em = sizes["text"]
        top = height - 2.6 * em
        counted = name_of_steps(scene)
        marks.append(header(figure, scene, counted, theme, sizes))
        ends = {run.label: run.stopped_at for run in comparison.trajectories.values()}
        bottom, notices = legend(figure, look, ends, theme, sizes)
        marks.extend(notices)
        for panel, box in zip(scene.panels, layout(len(scene.panels), width, bottom, top), strict=True):
            cell = Cell(figure, box, theme, look, sizes, counted, marks, stills, rules)
            PANELS[panel.name](cell, comparison, **panel.settings)
        canvas.draw()
        for paint in stills:
            paint(canvas.get_renderer())
        still = np.array(canvas.buffer_rgba())
    colors = (*theme.flat, *(style.color for style in look.values()))
    return Stage(scene, timeline(scene), figure, tuple(marks), still, colors)


def layout(count: int, width: float, bottom: float, top: float) -> list[tuple[float, float, float, float]]:
    """A box for each panel: up to three side by side, more in two rows."""
    height = top - bottom
    first = count if count <= 3 else (count + 1) // 2
    rows = [(first, height)] if first == count else [(first, height / 2), (count - first, height / 2)]
    boxes, y = [], top
    for across, high in rows:
        y -= high
        boxes += [(k * width / across, y, width / across, high) for k in range(across)]
    return boxes


def name_of_steps(scene: Scene) -> str:
    """An "epoch" when every step of every run sees all the data, else a "step"."""
    whole = isinstance(scene.objective, Fit) and not scene.objective.batch_size
    return "epoch" if whole and not any(run.batch_size for run in scene.runs.values()) else "step"


def header(figure: Figure, scene: Scene, counted: str, theme: Theme, sizes: Mapping[str, float]) -> Words:
    """The title on the left, and the count of steps on the right, which runs where a panel shows steps."""
    width, height = scene.size
    em, points = sizes["text"], sizes["title"] * 72 / DPI
    base = height - 1.4 * em - 0.36 * sizes["title"]
    only = next(iter(scene.runs)) if len(scene.runs) == 1 else ""
    figure.text(0.9 * em / width, base / height, scene.title or only, size=points, color=theme.ink)
    glyphs = Glyphs(sizes["title"], theme.ink)
    if all(panel.name in OWN_CLOCK for panel in scene.panels):
        return Words(lambda step: "", width, base, glyphs)
    count: Callable[[int], str] = str
    last, epochs = scene.steps, scene.epochs
    if epochs is not None:
        counted, last = "epoch", epochs
        count = lambda step: str(step * epochs // scene.steps)
    # the word stands still; the number starts at a fixed place, so that it does not tremble
    number = width - 0.9 * em - glyphs.width(str(last))
    figure.text(number / width, base / height, f"{counted}: ", size=points, color=theme.ink, ha="right")
    return Words(count, number, base, glyphs)


def legend(
    figure: Figure,
    look: Mapping[str, Look],
    ends: Mapping[str, int | None],
    theme: Theme,
    sizes: Mapping[str, float],
) -> tuple[float, list[Mark]]:
    """Below the panels, a line with its marker and the label of each run; the pixels it takes up.

    A run that diverges says so behind its label from the step on at which it was lost (`ends`). Labels
    that do not fit into one row go into more of them; one run that stays needs no legend.
    """
    width, height = figure.canvas.get_width_height()
    em = sizes["text"]
    if len(look) == 1 and not any(ends.values()):
        return 0.3 * em, []
    sample, gap, between, leading = 2.0 * em, 0.5 * em, 1.5 * em, 1.35 * em
    glyphs = Glyphs(em, theme.ink)
    words = {label: figure.text(0, 0, label, fontsize=em * 72 / DPI, color=theme.ink) for label in look}
    lengths = {label: word.get_window_extent().width for label, word in words.items()}
    notices = {label: f" diverged at {ends[label]}" if ends[label] else "" for label in look}
    spans = {label: sample + gap + lengths[label] + glyphs.width(notices[label]) for label in look}
    rows = wrap(spans, between, width - em)
    marks: list[Mark] = []
    for number, row in enumerate(rows):
        y = (len(rows) - 1 - number) * leading + 0.95 * em
        x = (width - sum(spans[label] for label in row) - (len(row) - 1) * between) / 2
        for label in row:
            style = look[label]
            figure.add_artist(
                Line2D(
                    [x / width, (x + sample / 2) / width, (x + sample) / width],
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
            )
            left, base = x + sample + gap, y - 0.36 * em
            words[label].set_position((left / width, base / height))
            if notices[label]:
                text = lambda step, label=label: notices[label] if step >= (ends[label] or 0) else ""
                marks.append(Words(text, left + lengths[label], base, glyphs))
            x += spans[label] + between
    return 0.55 * em + len(rows) * leading, marks


def wrap(spans: Mapping[str, float], between: float, room: float) -> list[list[str]]:
    """The labels in as few rows as fit into `room`, each about equally long.

    >>> wrap({"a": 4, "b": 4, "c": 4}, between=1, room=14)
    [['a', 'b', 'c']]
    >>> wrap({"a": 4, "b": 4, "c": 4, "d": 4}, between=1, room=14)
    [['a', 'b'], ['c', 'd']]
    """
    labels = list(spans)
    for count in range(1, len(labels) + 1):
        across = -(-len(labels) // count)
        rows = [labels[k : k + across] for k in range(0, len(labels), across)]
        if all(sum(spans[label] + between for label in row) - between <= room for row in rows):
            break
    return rows
