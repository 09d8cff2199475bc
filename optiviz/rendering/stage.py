"""Renders the static background once, and animated artists over it in every frame.

Frame k is a copy of a layer with the open ends of all marks drawn over it. The layer holds the still part
and everything that had settled by the last multiple of `COMMIT` frames; both depend on k alone, so frames
can be drawn in any order and by any process. From one frame to the next only the boxes that marks touch are
restored, and `touched` tells an encoder the same.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from numpy.typing import NDArray

from optiviz.optimizers import innermost
from optiviz.rendering.annotations import AnnotatedPanel, among, annotations
from optiviz.rendering.cell import Cell
from optiviz.rendering.class_key import class_key
from optiviz.rendering.glyphs import Box
from optiviz.rendering.header import CaptionLines, header
from optiviz.rendering.key import key_extent, legend
from optiviz.rendering.layout import Place, fitting_type_scale, layout
from optiviz.rendering.marks.agg import join, meet
from optiviz.rendering.marks.base import MovingMark
from optiviz.rendering.marks.notes import flat_anchor
from optiviz.rendering.panels import PANELS
from optiviz.rendering.panels.check import check_panels
from optiviz.rendering.prominence import prominent
from optiviz.rendering.style import Look, Theme, looks, theme_of, type_sizes
from optiviz.rendering.ticks import place_names, thin_labels
from optiviz.rendering.timeline import Moment, timeline
from optiviz.rendering.typeface import DPI, FONTS, chosen_families, families, texts_in
from optiviz.runs.trajectory import Comparison
from optiviz.scene.scene import Scene, counter
from optiviz.scene.script import script

Frame = NDArray[np.uint8]  # (height, width, 4)
COMMIT = 25  # frames between two layers


@contextmanager
def own_style(fonts: Sequence[str] = ()) -> Iterator[None]:
    """matplotlib's default style: nobody's matplotlibrc changes a frame; `fonts` are families before ours."""
    defaults = {
        key: value
        for key, value in matplotlib.rcParamsDefault.items()
        if not key.startswith(("backend", "interactive", "toolbar", "webagg", "date.epoch", "tk."))
    }
    token = FONTS.set(tuple(fonts))
    try:
        with matplotlib.rc_context({**defaults, "font.family": families()}):
            yield
    finally:
        FONTS.reset(token)


def scene_families(scene: Scene, comparison: Comparison) -> tuple[str, ...]:
    """The families that draw all texts of a scene."""
    words = [*texts_in(scene), *comparison.trajectories]
    return chosen_families(scene.font, words)


@dataclass(eq=False)
class Stage:
    """A scene with its background drawn: `frame(k)` is a pure function of k."""

    scene: Scene
    comparison: Comparison
    moments: tuple[Moment, ...]
    figure: Figure
    marks: tuple[MovingMark, ...]
    still: Frame
    colors: tuple[str, ...]  # those that a file must keep exactly
    places: tuple[Place, ...]  # of the panels: left, bottom, width and height in pixels
    block: int = -1  # the layer that is held, and what of it is drawn over
    layer: Frame = field(default_factory=lambda: np.empty((0, 0, 4), np.uint8))
    covered: list[Box] = field(default_factory=list)
    known: dict[int, list[Box]] = field(default_factory=dict)  # the boxes of the last two frames asked for

    def of(self, moments: tuple[Moment, ...]) -> "Stage":
        """The same with other frames: figure, marks and pixels are shared."""
        self.block = -1  # whoever goes on here draws all anew
        kept = self.scene, self.comparison, moments, self.figure, self.marks, self.still, self.colors
        return Stage(*kept, self.places)

    def __reduce__(self) -> tuple[Any, ...]:
        """To another process goes what it is made of; a figure cannot be sent, and is drawn there again."""
        return set_stage, (self.scene, self.comparison, self.moments)

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


def outline_texts(figure: Figure, rim: str) -> None:
    """Give all texts of a figure an outline, so that they can be read on any slide."""
    texts: Any = figure.findobj(Text)
    for text in texts:
        text.set_path_effects([withStroke(linewidth=0.2 * text.get_fontsize(), foreground=rim)])


def uncoloured(scene: Scene) -> bool:
    """Whether no panel wears the colours of runs: then no name does, as a colour would tell nothing."""
    return all(panel.name in ("boundary", "confusion_matrix") for panel in scene.panels)


def looks_of_runs(scene: Scene, theme: Theme, loud: Sequence[str]) -> dict[str, Look]:
    """How each run of a scene looks; those that are not `loud` are quiet."""
    rules = ((label, innermost(run.optimizer)) for label, run in scene.runs.items())
    return looks([(label, type(rule).__name__) for label, rule in rules], theme, loud)


def cell_of(
    scene: Scene, figure: Figure, box: tuple[float, float, float, float], theme: Theme,
    look: Mapping[str, Look], sizes: Mapping[str, float], marks: list[MovingMark],
    stills: list[Callable[[Any], None]], given: Any = None,
) -> Cell:  # fmt: skip
    """What a panel of a scene draws in: a box of a figure, or `given` axes."""
    counted, pace = counter(scene)
    return Cell(
        figure,
        box,
        theme,
        look,
        sizes,
        counted,
        pace,
        marks,
        stills,
        {label: run.optimizer for label, run in scene.runs.items()},
        scene.seed,
        scene.camera,
        scene.steps,
        given=given,
    )


def set_stage(scene: Scene, comparison: Comparison, moments: tuple[Moment, ...] | None = None) -> Stage:
    """Render the static background and collect the animated artists; frames are `moments`, or the clip's."""
    check_panels(scene)
    comparison = comparison.at_positions
    width, height = scene.size
    theme = theme_of(scene.theme, scene.on)
    loud = prominent(scene, comparison)
    keyed = loud if len(loud) == len(scene.runs) else [*loud, "more"]
    sizes = type_sizes(
        min(scene.size), fitting_type_scale(scene.scale_text, scene.panels, keyed, scene.size, scene.layout)
    )
    look = looks_of_runs(scene, theme, loud)
    with own_style(scene_families(scene, comparison)):
        ground = "none" if theme.clear else theme.ground
        figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor=ground)
        canvas = FigureCanvasAgg(figure)
        marks: list[MovingMark] = []
        stills: list[Callable[[Any], None]] = []
        grounds: list[AnnotatedPanel] = []
        em = sizes["text"]
        counted, pace = counter(scene)
        lines = script(scene, comparison)
        told = look
        if uncoloured(scene):
            told = {label: replace(one, color=theme.ink) for label, one in look.items()}
        marks.extend(header(figure, scene, lines, told, counted, pace, theme, sizes))
        rows = max((mark.rows for mark in marks if isinstance(mark, CaptionLines)), default=1)
        places = layout(scene.panels, keyed, scene.size, em, scene.layout, rows)
        if places.key:
            marks.extend(legend(figure, places.key, scene, comparison, look, theme, sizes))
        if places.classes:
            class_key(figure, places.classes, scene, theme, sizes)
        for panel, box in zip(scene.panels, places.panels, strict=True):
            cell = cell_of(scene, figure, box, theme, look, sizes, marks, stills)
            before, first = len(figure.axes), len(marks)
            PANELS[panel.name](cell, comparison, **panel.settings)
            flat = map(flat_anchor, figure.axes[before : before + 1])
            anchor = next(iter([*cell.anchors, *flat]), None)
            grounds.append(AnnotatedPanel(panel, anchor, cell.landmarks, marks[first:]))
        marks = among(marks, grounds, annotations(grounds, scene, comparison, look, theme, em))
        thin_labels(figure.axes, em, [key_extent(places.key, len(keyed), em)] if places.key else [])
        place_names(figure.axes, em, theme.casing)
        if theme.clear:
            outline_texts(figure, theme.rim)
        canvas.draw()
        for paint in stills:
            paint(canvas.get_renderer())
        still = np.array(canvas.buffer_rgba())
        if theme.clear:  # what is clear has the colour of its slides: no edge of a letter shows another
            still[still[..., 3] == 0, :3] = (255 * np.array(to_rgb(theme.ground))).round()
    colors = (*theme.flat, *(style.color for style in look.values()))
    frames = timeline(scene, comparison) if moments is None else moments
    return Stage(scene, comparison, frames, figure, tuple(marks), still, colors, places.panels)
