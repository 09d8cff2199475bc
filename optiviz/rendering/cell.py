"""The cell: what a panel is given to draw in, and all it needs to know of the house style."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from optiviz._lib.typing import Array
from optiviz.optimizers import innermost
from optiviz.rendering.glyphs import Box, Glyphs
from optiviz.rendering.marks.base import Mark
from optiviz.rendering.marks.shapes import Scenery
from optiviz.rendering.marks.trails import Heads, Route, Trail
from optiviz.rendering.style import Look, Theme, larger
from optiviz.rendering.timeline import Moment
from optiviz.runs.trajectory import Trajectory
from optiviz.scene.numbers import number

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
    counted: str  # what is counted: "epoch" or "step"
    pace: float  # steps of the clip in one of what is counted
    marks: list[Mark]
    stills: list[Callable[[Any], None]]  # drawn over the figure once, by bare Agg calls
    competitors: Mapping[str, Any] = field(default_factory=dict)  # what each run steps by, by its label
    seed: int = 0  # of the batches that the runs saw

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
        return self.sizes[kind] * 72 / DPI

    def glyphs(self, kind: str) -> Glyphs:
        """Type of one kind for what is drawn in every frame."""
        return Glyphs(self.sizes[kind], self.theme.ink)

    def axes(self, headings: Sequence[str], xlabel: str = "", ylabel: str = "", beside: float = 0.0) -> Any:
        """Axes that fill the cell, below the first of `headings` that is not too wide for them.

        `beside` leaves room on the right, in heights of the type.
        """
        width, height = self.figure.canvas.get_width_height()
        em = self.sizes["text"]
        left, below = 4.2 * em if ylabel else 3.2 * em, 2.8 * em if xlabel else 1.7 * em
        x, y = self.box[0] + left, self.box[1] + below
        wide, high = self.box[2] - left - (1.3 + beside) * em, self.box[3] - below - 2.1 * em
        self.heading(headings, x + wide / 2)
        ax = self.figure.add_axes((x / width, y / height, wide / width, high / height))
        ink, theme = self.theme.ink, self.theme
        ax.set_facecolor(theme.ground)
        ax.set_xlabel(xlabel, fontsize=self.points("text"), color=ink, labelpad=2)
        ax.set_ylabel(ylabel, fontsize=self.points("text"), color=ink, labelpad=2)
        for axis in (ax.xaxis, ax.yaxis):  # a power of ten that all numbers share
            axis.get_offset_text().set(fontsize=self.points("text"), color=ink)
        ax.tick_params(
            labelsize=self.points("text"),
            colors=ink,
            length=0.2 * em * 72 / DPI,
            pad=3,
            width=0.8 * self.fine,
        )
        for spine in ax.spines.values():
            spine.set(color=theme.faint, linewidth=1.2 * self.fine)
        across = int(np.clip(wide / (2.3 * em), 2, 5))
        up = int(np.clip(high / (1.2 * em), 2, 5))
        ax.xaxis.set_major_locator(MaxNLocator(across, steps=TICKS))
        ax.yaxis.set_major_locator(MaxNLocator(up, steps=TICKS, prune="lower"))  # none meet in the corner
        return ax

    def colorbar(self, axes: Any, filled: Any, levels: Array) -> None:
        """Beside `axes`, in the room left for it, the colours of a filled contour and a few of its levels."""
        width, _ = self.figure.canvas.get_width_height()
        em, box = self.sizes["text"], axes.get_position()
        place = self.figure.add_axes((box.x1 + 0.5 * em / width, box.y0, 0.7 * em / width, box.height))
        ticks = levels[:: max(1, -(-len(levels) // 6))]
        if np.allclose(np.diff(levels), levels[1] - levels[0]):  # even levels: round numbers among them
            ticks = np.array(MaxNLocator(5, steps=TICKS).tick_values(levels[0], levels[-1]))
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
        room = self.box[2] - 2.3 * self.sizes["text"]  # beside axes, about their middle
        return [form for form in forms if glyphs.width(form.format(longest)) < room] or [forms[-1]]

    def heading(self, choices: Sequence[str], x: float | None = None) -> None:
        """Write the first of `choices` that fits, else the last one, cut, on top, centred at pixel x."""
        width, height = self.figure.canvas.get_width_height()
        left, bottom, wide, high = self.box
        em = self.sizes["text"]
        x, y = left + wide / 2 if x is None else x, bottom + high - 1.1 * em
        room = 2 * min(x - left, left + wide - x) - 0.4 * em  # centred, it must not reach a neighbour
        text = self.figure.text(x / width, y / height, "", ha="center", va="center", color=self.theme.ink)
        text.set_fontsize(self.points("heading"))

        def fits(choice: str) -> bool:
            text.set_text(choice)
            if hopeless(choice, room / self.sizes["heading"]):
                return False
            return bool(text.get_window_extent().width <= room)

        if not any(map(fits, choices)) and "$" not in choices[-1]:
            words = choices[-1]
            while len(words) > 2 and not fits(f"{words}\N{HORIZONTAL ELLIPSIS}"):
                words = words[:-1].rstrip()

    def trails(self, routes: Sequence[Route], runs: Sequence[Trajectory], *, thin: bool = False) -> None:
        """A growing line for each run along its route, the heads on top of all; thin ones have no casing."""
        scale = 0.65 if thin else 1.0
        size, width = scale * 0.6 * self.sizes["text"], scale * self.line_width
        trails = [
            Trail(route, self.looks[run.label], width, self.theme.casing, size, cased=not thin)
            for route, run in zip(routes, runs, strict=True)
        ]
        self.marks.extend([*trails, Heads(trails)])

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
