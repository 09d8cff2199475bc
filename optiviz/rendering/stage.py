"""The stage: what stands still is drawn once, then only what moves.

Frame k is a copy of a layer with the open ends of all marks drawn over it. The layer holds the still part
and everything that had settled by the last multiple of `COMMIT` frames; both depend on k alone, so frames
can be drawn in any order and by any process. From one frame to the next only the boxes that marks touch are
restored, and `touched` tells an encoder the same.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from optiviz.optimizers import innermost
from optiviz.rendering.cell import DPI, Cell
from optiviz.rendering.glyphs import Box, Glyphs
from optiviz.rendering.marks.agg import join, meet
from optiviz.rendering.marks.base import Mark
from optiviz.rendering.marks.shapes import Words
from optiviz.rendering.panels import PANELS
from optiviz.rendering.panels.check import check_panels, has_own_clock
from optiviz.rendering.style import THEMES, Look, Theme, fitting, looks, type_sizes
from optiviz.rendering.ticks import thin_labels
from optiviz.rendering.timeline import Moment, timeline
from optiviz.runs.trajectory import Comparison
from optiviz.scene.scene import Scene, counter

Frame = NDArray[np.uint8]  # (height, width, 4)
COMMIT = 25  # frames between two layers
LEGEND = 0.25  # of the frame's height that a legend may take


def own_style() -> AbstractContextManager[None]:
    """matplotlib as it comes: nobody's matplotlibrc changes a frame."""
    defaults = {
        key: value
        for key, value in matplotlib.rcParamsDefault.items()
        if not key.startswith(("backend", "interactive", "toolbar", "webagg", "date.epoch", "tk."))
    }
    return matplotlib.rc_context(defaults)


@dataclass(eq=False)
class Stage:
    """A scene that is ready to be shown: `frame(k)` is a pure function of k."""

    scene: Scene
    comparison: Comparison
    moments: tuple[Moment, ...]
    figure: Figure
    marks: tuple[Mark, ...]
    still: Frame
    colors: tuple[str, ...]  # those that a file must keep exactly
    block: int = -1  # the layer that is held, and what of it is drawn over
    layer: Frame = field(default_factory=lambda: np.empty((0, 0, 4), np.uint8))
    covered: list[Box] = field(default_factory=list)
    known: dict[int, list[Box]] = field(default_factory=dict)  # the boxes of the last two frames asked for

    def __reduce__(self) -> tuple[Any, ...]:
        """To another process goes what it is made of; a figure cannot be sent, and is drawn there again."""
        return staged, (self.scene, self.comparison, self.moments)

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
        self.covered = self.boxes(k)
        for mark in self.marks:
            mark.draw(renderer, self.moments[k], self.moments[block * COMMIT])
        return pixels

    def boxes(self, k: int) -> list[Box]:
        """What frame k draws over its layer."""
        if k not in self.known:
            settled, frame = self.moments[k // COMMIT * COMMIT], (0, 0, *self.size)
            found = [meet(mark.box(self.moments[k], settled), frame) for mark in self.marks]
            self.known = {**dict([*self.known.items()][-1:]), k: [box for box in found if box[2] > box[0]]}
        return self.known[k]

    def touched(self, k: int) -> list[tuple[slice, slice]]:
        """Windows of the array outside which frame k equals frame k - 1; all of it for frame 0."""
        if k == 0:
            return [(slice(None), slice(None))]
        boxes = self.boxes(k - 1) + self.boxes(k)
        if k % COMMIT == 0:  # what the new layer took up on its way
            boxes += [mark.box(self.moments[k], self.moments[k - 1]) for mark in self.marks]
        return [self.window(box) for box in join(boxes, (0, 0, *self.size))]

    def window(self, box: Box) -> tuple[slice, slice]:
        """The rows and columns of the array that a box of pixels covers."""
        left, bottom, right, top = box
        return slice(self.size[1] - top, self.size[1] - bottom), slice(left, right)


def set_stage(scene: Scene, comparison: Comparison) -> Stage:
    """Draw all that stands still, and collect the marks."""
    check_panels(scene)
    width, height = scene.size
    theme = THEMES[scene.theme]
    sizes = type_sizes(height, fitting(scene.scale_text, scene.size, len(scene.panels), list(scene.runs)))
    rules = {label: innermost(run.optimizer) for label, run in scene.runs.items()}
    competitors = {label: run.optimizer for label, run in scene.runs.items()}
    look = looks([(label, type(rule).__name__) for label, rule in rules.items()], theme)
    with own_style():
        ground = "none" if theme.clear else theme.ground
        figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor=ground)
        canvas = FigureCanvasAgg(figure)
        marks: list[Mark] = []
        stills: list[Callable[[Any], None]] = []
        em = sizes["text"]
        top = height - 2.6 * em
        counted, pace = counter(scene)
        marks.append(header(figure, scene, counted, pace, theme, sizes))
        ends = {run.label: run.stopped_at for run in comparison.trajectories.values()}
        bottom, notices = legend(figure, look, ends, theme, sizes)
        marks.extend(notices)
        for panel, box in zip(scene.panels, layout(len(scene.panels), width, bottom, top), strict=True):
            cell = Cell(
                figure, box, theme, look, sizes, counted, pace, marks, stills, competitors, scene.seed
            )
            PANELS[panel.name](cell, comparison, **panel.settings)
        thin_labels(figure.axes, em)
        canvas.draw()
        for paint in stills:
            paint(canvas.get_renderer())
        still = np.array(canvas.buffer_rgba())
    colors = (*theme.flat, *(style.color for style in look.values()))
    return Stage(scene, comparison, timeline(scene), figure, tuple(marks), still, colors)


def staged(scene: Scene, comparison: Comparison, moments: tuple[Moment, ...]) -> Stage:
    """A stage with moments of its own, as of a clip that was cut."""
    stage = set_stage(scene, comparison)
    stage.moments = moments
    return stage


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


def header(
    figure: Figure, scene: Scene, counted: str, pace: float, theme: Theme, sizes: Mapping[str, float]
) -> Words:
    """The title on the left, and the count of steps on the right, which runs where a panel shows steps."""
    width, height = scene.size
    em, points = sizes["text"], sizes["title"] * 72 / DPI
    base = height - 1.4 * em - 0.36 * sizes["title"]
    only = next(iter(scene.runs)) if len(scene.runs) == 1 else ""
    title = figure.text(0.9 * em / width, base / height, scene.title or only, size=points, color=theme.ink)
    glyphs = Glyphs(em, theme.ink)  # it changes in every frame, so its size is that of the file
    if not scene.runs or all(map(has_own_clock, scene.panels)):
        fit_title(title, width - 1.8 * em, type_sizes(height)["text"])
        return Words(lambda step: "", width, base, glyphs)
    count: Callable[[int], str] = lambda step: str(int(step / pace + 1e-9))
    # the word stands still; the number starts at a fixed place, so that it does not tremble
    number = width - 0.9 * em - glyphs.width(count(scene.steps))
    word = {"size": em * 72 / DPI, "color": theme.ink, "ha": "right"}
    before = figure.text(number / width, base / height, f"{counted}: ", fontdict=word)
    fit_title(title, before.get_window_extent().x0 - 1.9 * em, type_sizes(height)["text"])
    return Words(count, number, base, glyphs)


def fit_title(title: Any, room: float, least: float) -> None:
    """Make a title that is too long for `room` pixels smaller, to `least` pixels of type; then cut it."""
    while title.get_window_extent().width > room and title.get_fontsize() > least * 72 / DPI:
        title.set_fontsize(max(0.97 * title.get_fontsize(), least * 72 / DPI))
    words = title.get_text()
    while title.get_window_extent().width > room and len(words) > 1 and "$" not in words:
        words = words[:-1].rstrip()
        title.set_text(f"{words}\N{HORIZONTAL ELLIPSIS}")


def legend(
    figure: Figure,
    look: Mapping[str, Look],
    ends: Mapping[str, int | None],
    theme: Theme,
    sizes: Mapping[str, float],
) -> tuple[float, list[Mark]]:
    """Below the panels, a line with its marker and the label of each run; the pixels it takes up.

    A run that diverges says so behind its label from the step on at which it was lost (`ends`). Labels
    that do not fit into one row go into more of them, while the pictures keep their room; after that it says
    how many more runs there are. One run that stays needs no legend.
    """
    width, height = figure.canvas.get_width_height()
    em = sizes["text"]
    if len(look) <= 1 and not any(ends.values()):
        return 0.3 * em, []
    sample, gap, between, leading = 2.0 * em, 0.5 * em, 1.5 * em, 1.35 * em
    glyphs = Glyphs(em, theme.ink)
    words = {label: figure.text(0, 0, label, fontsize=em * 72 / DPI, color=theme.ink) for label in look}
    lengths = {label: word.get_window_extent().width for label, word in words.items()}
    notices = {label: f" diverged at {ends[label]}" if ends[label] else "" for label in look}
    spans = {label: sample + gap + lengths[label] + glyphs.width(notices[label]) for label in look}
    room, rows, hidden = spans, wrap(spans, between, width - em), 0
    while len(rows) > max(1, LEGEND * height / leading) and hidden < len(look) - 1:
        hidden += 1
        more = f"and {hidden} more"
        room = {label: spans[label] for label in list(look)[:-hidden]} | {more: float(glyphs.width(more))}
        rows = wrap(room, between, width - em)
    for label in list(look)[len(look) - hidden :]:
        words[label].remove()
    marks: list[Mark] = []
    for number, row in enumerate(rows):
        y = (len(rows) - 1 - number) * leading + 0.95 * em
        x = (width - sum(room[label] for label in row) - (len(row) - 1) * between) / 2
        for label in row:
            left, base = x + sample + gap, y - 0.36 * em
            if label not in look:
                figure.text(x / width, base / height, label, fontsize=em * 72 / DPI, color=theme.ink)
                continue
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
