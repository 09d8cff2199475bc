"""One panel in the axes of somebody's own figure: what stands still, and what moves as it is at one step.

The panel is the one of a scene: its cell gives it the axes of the caller. What moves is recorded as it is
drawn, and becomes artists at places of the data, so that they follow a zoom, another size and a vector file.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Affine2D, IdentityTransform

from optiviz._lib.calls import checked_call
from optiviz._lib.errors import BadInput
from optiviz._lib.registry import unknown
from optiviz._lib.typing import Array
from optiviz.rendering.annotations import AnnotatedPanel, annotations
from optiviz.rendering.encode.vector import RecordedPath, recorded_strokes
from optiviz.rendering.glyphs import LETTERS, Written
from optiviz.rendering.marks.base import MovingMark
from optiviz.rendering.marks.notes import flat_anchor
from optiviz.rendering.panels import PANELS
from optiviz.rendering.panels.check import check_panels
from optiviz.rendering.prominence import prominent
from optiviz.rendering.stage import Frame, cell_of, looks_of_runs, own_style
from optiviz.rendering.style import SHARES, THEMES, Look, Theme
from optiviz.rendering.timeline import Moment
from optiviz.rendering.typeface import FONTS, families
from optiviz.runs.trajectory import Comparison
from optiviz.scene.given import Shown, as_scene
from optiviz.scene.play import play
from optiviz.scene.scene import Panel, Scene

ABOVE = 2.0  # all artists that are added, in their order; what the caller plots later stands above them
USERS = ("font.", "axes.title", "axes.label", "xtick.", "ytick.")  # what stays as in the caller's own style
ELSEWHERE = "ov.still(scene) gives the whole picture as an array"


@checked_call
def draw(panel: str, shown: Shown, *, ax: Any, at: int | None = None, **settings: Any) -> Axes:
    """Draw one panel into axes of your own: its last state, or that of step `at`.

    The axes keep their type, ticks and place; limits, scale, title and names of the axes are the panel's.
    The ground of the figure decides between the colours for light and for dark. All that is drawn are
    artists at places of the data, and each run has an entry for `ax.legend()`. Draw when the size of the
    figure is settled: heads that stand side by side, and words, keep their places.

    Parameters
    ----------
    panel : str
        The name of a panel: `"landscape"`, `"loss"`, ...
    shown : Scene, Comparison, or path
        As for `render`; of a scene its runs and problem, not its panels.
    ax : matplotlib Axes
    at : int, optional
        The step of the scene, the last unless given.
    settings
        Of the panel: `colorbar=True`, `run="Adam"`.

    Returns
    -------
    Axes
        `ax`.

    Raises
    ------
    BadInput
        For what a scene with this panel would be refused for, and for a panel that owns several axes, or
        draws outside of them.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from optiviz.runs.minimize import compare
    >>> ax = Figure().add_subplot()
    >>> draw("landscape", compare("beale", ["gd", "adam"], steps=20), ax=ax, at=10).get_title(loc="left")
    'Level lines'
    """
    if not isinstance(ax, Axes) or ax.name != "rectilinear":
        raise BadInput(
            f"must be plain axes of matplotlib, such as plt.subplots()[1], got {ax!r:.60}", field="ax"
        )
    if panel not in PANELS:
        raise unknown("panel", panel, PANELS)
    scene, played = as_scene(shown)
    marks = tuple(mark for mark in scene.marks if mark.panel == panel)
    alone = (Panel(panel, settings),)
    scene = replace(scene, panels=alone, marks=marks, layout="", slow=None, camera=(), pauses=())
    check_panels(scene)
    last = scene.steps
    if at is not None and not (isinstance(at, int | np.integer) and 0 <= at <= last):
        raise BadInput(f"there is no step {at}: this scene goes from 0 to {last}")
    comparison = (played or play(scene)).at_positions
    with user_style():
        refuse_more_than_axes(scene, comparison, ax)
        drawn = DrawnPanel.of(scene, comparison, ax)
        step = last if at is None else int(at)
        drawn.add_moving(Moment(step, step / max(last, 1), 0, names=1.0))
    for label in prominent(scene, comparison):
        look = drawn.looks[label]
        ax.plot([], [], color=look.color, marker=look.marker, label=label)
    return ax


def user_style() -> AbstractContextManager[None]:
    """matplotlib's default style but for the type of the caller."""
    with own_style(FONTS.get()):
        own = dict(matplotlib.rcParams)
    kept = {key: value for key, value in matplotlib.rcParams.items() if key.startswith(USERS)}
    own = {
        key: value for key, value in own.items() if not key.startswith(("backend", "interactive", "toolbar"))
    }
    return matplotlib.rc_context({**own, **kept})


def refuse_more_than_axes(scene: Scene, comparison: Comparison, ax: Any) -> None:
    """Try a panel in a figure of the same shape; refuse one that draws more than what is in its axes."""
    root = ax.get_figure(root=True)
    trial = Figure(figsize=root.get_size_inches(), dpi=root.dpi, facecolor=root.get_facecolor())
    FigureCanvasAgg(trial)
    own = trial.add_axes(ax.get_position())
    drawn, (panel,) = DrawnPanel.of(scene, comparison, own), scene.panels
    if drawn.asked > 1 or len(trial.axes) > 1:
        raise BadInput(f"panel '{panel.name}' owns several axes here, and `ax` is one: {ELSEWHERE}")
    if not drawn.asked:
        raise BadInput(f"panel '{panel.name}' draws in no axes of matplotlib: {ELSEWHERE}")
    if trial.texts or trial.artists or trial.patches or trial.lines:
        raise BadInput(f"panel '{panel.name}' draws outside of axes, too: {ELSEWHERE}")


@dataclass(frozen=True, eq=False)
class DrawnPanel:
    """A panel whose still part stands in given axes, and the marks that move in it."""

    ax: Any
    theme: Theme
    marks: list[MovingMark]
    stills: list[Callable[[Any], None]]
    looks: Mapping[str, Look]
    asked: int  # how often it asked for axes

    @staticmethod
    def of(scene: Scene, comparison: Comparison, ax: Any) -> "DrawnPanel":
        """Draw the still part of the one panel of a scene."""
        figure, (panel,) = ax.get_figure(root=True), scene.panels
        light = np.dot(to_rgb(figure.get_facecolor()), (0.21, 0.72, 0.07)) > 0.4
        theme = THEMES["light" if light else "dark"]
        em = ax.xaxis.label.get_size() * figure.dpi / 72  # of the caller's own names of axes
        sizes = {kind: em * share / SHARES["text"] for kind, share in SHARES.items()}
        x0, y0, x1, y1 = ax.bbox.extents.tolist()
        marks: list[MovingMark] = []
        stills: list[Callable[[Any], None]] = []
        box = (x0, y0, x1 - x0, y1 - y0 + 1.5 * em)
        look = looks_of_runs(scene, theme, prominent(scene, comparison))
        cell = cell_of(scene, figure, box, theme, look, sizes, marks, stills, given=ax)
        PANELS[panel.name](cell, comparison, **panel.settings)
        ground = AnnotatedPanel(panel, next(iter([*cell.anchors, flat_anchor(ax)])), cell.landmarks, [*marks])
        marks += annotations([ground], scene, comparison, cell.looks, theme, em)
        return DrawnPanel(ax, theme, marks, stills, look, len(cell.handed))

    def add_moving(self, moment: Moment) -> None:
        """Add what moves, as it is at a moment."""
        calls: list[Callable[[Any], None]] = [*self.stills]
        calls += [lambda to, mark=mark: mark.settle(to, moment) for mark in self.marks]  # type: ignore[misc]
        calls += [lambda to, mark=mark: mark.draw(to, moment, moment) for mark in self.marks]  # type: ignore[misc]
        figure = self.ax.get_figure(root=True)
        blank = np.zeros((*map(int, figure.bbox.size[::-1]), 4), np.uint8)
        for call in calls:
            strokes = recorded_strokes(call, blank, figure.dpi)
            if strokes is None:
                self.image(call)
            for stroke in strokes or ():
                if isinstance(stroke, RecordedPath):
                    self.path(stroke)
                else:
                    self.words(stroke)

    def to_data(self, pixels: Array) -> Array:
        """Places of the data under pixels (M, 2)."""
        return np.asarray(self.ax.transData.inverted().transform(pixels))

    def keep(self, artist: Any, clipped: bool) -> None:
        """Add an artist, above all before it; what is not clipped may reach out of the axes."""
        artist.set_zorder(ABOVE)
        artist.set_clip_on(clipped)
        self.ax.add_artist(artist)

    def path(self, stroke: RecordedPath) -> None:
        """A line through places of the data, or a marker at some."""
        pen, moved = stroke.pen, not isinstance(stroke.transform, IdentityTransform)
        offset, dashes = pen.get_dashes()
        look: dict[str, Any] = {
            "facecolor": "none" if stroke.face is None else stroke.face,
            "edgecolor": pen.get_rgb() if pen.get_linewidth() else "none",
            "linewidth": pen.get_linewidth(),
            "linestyle": "solid" if dashes is None else (offset, tuple(dashes)),
            "capstyle": pen.get_capstyle(),
            "joinstyle": pen.get_joinstyle(),
        }
        clipped = pen.get_clip_rectangle() is not None
        if not moved and stroke.spots is None:
            place = self.ax.transData.inverted().transform_path(stroke.path)
            self.keep(PathPatch(place, transform=self.ax.transData, **look), clipped)
            return
        matrix = stroke.transform.get_matrix()
        shape = Affine2D(np.array([[*matrix[0, :2], 0], [*matrix[1, :2], 0], [0, 0, 1]]))
        spots = matrix[:2, 2] + (np.zeros((1, 2)) if stroke.spots is None else stroke.spots)
        figure = self.ax.get_figure(root=True)
        inches = Affine2D().scale(1 / figure.dpi) + figure.dpi_scale_trans
        marker = PathCollection(
            [shape.transform_path(stroke.path)],
            offsets=self.to_data(spots),
            offset_transform=self.ax.transData,
            **look,
        )
        marker.set_transform(inches)
        self.keep(marker, clipped)

    def words(self, written: Written) -> None:
        """A text, over a rim if it has one."""
        glyphs, words, x, y, anchor, halo = written
        if not words.strip():
            return
        ((x, y),) = self.to_data(np.array([[x, y]])).tolist()
        size = glyphs.size * 72 / self.ax.get_figure(root=True).dpi
        text = self.ax.text(x, y, words, color=glyphs.color, fontsize=size, family=families())
        text.set(ha=("left", "center", "right")[round(2 * anchor)], parse_math=False, clip_on=False)
        text.set(weight="bold" if glyphs.bold else "normal", zorder=ABOVE)
        if halo:
            text.set_path_effects([withStroke(linewidth=0.2 * size, foreground=halo)])

    def image(self, call: Callable[[Any], None]) -> None:
        """What a call works out pixel by pixel, as an image over its part of the axes, and its letters."""
        figure = self.ax.get_figure(root=True)
        width, height = map(int, figure.bbox.size)
        agg: Any = RendererAgg(width, height, figure.dpi)
        texts: list[Written] = []
        token = LETTERS.set(texts)
        try:
            call(agg)
        finally:
            LETTERS.reset(token)
        pixels: Frame = np.asarray(agg.buffer_rgba())
        seen = pixels[..., 3] > 0
        if seen.any():
            rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
            top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
            corners = np.array([[left, height - bottom], [right, height - top]], dtype=float)
            extent = self.ax.transAxes.inverted().transform(corners).T.ravel().tolist()
            patch = pixels[top:bottom, left:right].copy()
            limits = self.ax.get_xlim(), self.ax.get_ylim()
            image = self.ax.imshow(
                patch, extent=extent, aspect="auto", interpolation="nearest", transform=self.ax.transAxes
            )
            image.set_zorder(ABOVE)
            self.ax.set(xlim=limits[0], ylim=limits[1])
        for text in texts:
            self.words(text)
