"""The cell: what a panel is given to draw in, and all it needs to know of the house style."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from optiviz.notation import Array
from optiviz.rendering.glyphs import Box, Glyphs
from optiviz.rendering.marks import Heads, Line, Mark, Route, Scenery, Trail
from optiviz.rendering.style import Look, Theme
from optiviz.rendering.timeline import Moment
from optiviz.run import Trajectory

DPI = 100.0
TICKS = (1, 2, 2.5, 5, 10)


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
    competitors: Mapping[str, Any] = field(default_factory=dict)  # the same with what is wrapped around it

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
        scale = 0.65 if thin else 1.0
        size, width = scale * 0.6 * self.sizes["text"], scale * self.line_width
        trails = [
            Trail(route, self.looks[run.label], width, self.theme.casing, size, cased=not thin)
            for route, run in zip(routes, runs, strict=True)
        ]
        self.marks.extend([*trails, Heads(trails)])

    def line(self, axes: Any, x: Array, y: Array, run: Trajectory) -> None:
        """A line of `run` that takes the shape y[t] (M,) over x (M,) at step t."""
        look, several, width = self.looks[run.label], len(self.looks) > 1, 0.65 * self.line_width
        self.marks.append(Line(axes, x, y, look, width, self.theme.casing, cased=several))

    def scenery(self, paint: Callable[[Any, Moment], None], clip: Box) -> None:
        """Paint a ground anew in every frame, below the marks declared after it."""
        self.marks.append(Scenery(paint, clip))
