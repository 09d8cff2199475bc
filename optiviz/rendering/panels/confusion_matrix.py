"""Confusion matrix of a classifier: rows of each class by the class that they are told as."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from matplotlib.path import Path
from matplotlib.transforms import IdentityTransform
from numpy.typing import NDArray

from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array
from optiviz.objectives.base import Objective
from optiviz.objectives.training import Training
from optiviz.rendering.cell import Cell
from optiviz.rendering.glyphs import Box, Glyphs
from optiviz.rendering.marks.agg import box_of, pen, rgba
from optiviz.rendering.panels._shared.accuracy_heading import draw_accuracy_heading
from optiviz.rendering.panels._shared.needs import a_network, classes_of_run
from optiviz.rendering.panels._shared.network_runs import (
    CLASS_COLORS,
    GOLD,
    OUTLINE,
    cached_by_step,
    class_names,
    learner,
    shortened_name,
    verbatim,
)
from optiviz.rendering.panels._shared.spec import PanelSpec, Settings
from optiviz.rendering.style import Theme
from optiviz.runs.trajectory import Comparison
from optiviz.scene.numbers import number

MOST = 10  # classes: the digits
GAP = 2.0  # twenty-fourths of the type, between two cells
EMPTY, WRONG = 0.06, 0.55  # of the ink in a cell off the diagonal with none, and with all rows of a class
RIGHT = 0.3  # of the colour of a class in its cell when none of its rows is told right
NAMES_SHARE = 0.3  # of the width of the panel that the names on the left may take
PAPER = "#ffffff"
FULL = 0.86  # of a cell that its number may take


@dataclass(frozen=True)
class Grid:
    """Cells (k, k) in pixels, the first row on top, and the two colours of the type in them."""

    clip: Box
    count: int
    gap: float

    def box(self, row: int, column: int) -> Box:
        """The pixels of a cell, without the gap around it."""
        left, bottom, right, top = self.clip
        x = np.linspace(left, right, self.count + 1).round().astype(int)
        y = np.linspace(top, bottom, self.count + 1).round().astype(int)
        room = max(round(self.gap / 2), 1)
        return (
            int(x[column]) + room, int(y[row + 1]) + room, int(x[column + 1]) - room, int(y[row]) - room,
        )  # fmt: skip

    @property
    def side(self) -> float:
        """Pixels of the shorter side of a cell."""
        left, bottom, right, top = self.clip
        return min(right - left, top - bottom) / self.count - self.gap


def confusion_matrix(
    cell: Cell,
    comparison: Comparison,
    *,
    run: str = "",
    held_out: bool = False,
    classes: tuple[str, ...] = (),
) -> None:
    """How many rows of each class are told as which class; told right on the diagonal, in the class's colour.

    Parameters
    ----------
    run : str
        The label of the run whose network is shown; the first one unless given.
    held_out : bool, default False
        Count the rows held out instead of those that are learned from.
    classes : list of text
        What the classes are called, in their order; as the data do unless given.
    """
    shown = learner(comparison, "confusion_matrix", run)
    training = shown.training
    names = [*(classes or plain_names(training))]
    em, theme = cell.sizes["text"], cell.theme
    rows = [shortened_name(cell, name, NAMES_SHARE * cell.box[2]) for name in names]
    ax = with_room_for(cell, rows).axes([""], "told as", "is", widest=1.0)
    count = len(names)
    grid = Grid(box_of(ax), count, GAP / 24 * em)
    columns = [shortened_name(cell, name, grid.side) for name in names]
    ax.set(xlim=(0, count), ylim=(count, 0))
    ax.set_xticks(np.arange(count) + 0.5, [verbatim(name) for name in columns])
    ax.set_yticks(np.arange(count) + 0.5, [verbatim(name) for name in rows])
    ax.tick_params(length=0)
    ax.spines[["left", "bottom"]].set_visible(False)
    counts = cached_by_step(lambda step: training.confusion_matrix(shown.theta(step), held_out))
    glyphs = number_glyphs(grid.side, em, int(counts(0).sum(axis=1).max()))
    cell.scenery(matrix_painter(counts, grid, theme, glyphs), grid.clip)
    accuracy = training.held_out_accuracy if held_out else training.accuracy
    remark = ", held out" if held_out else ""
    draw_accuracy_heading(cell, shown, grid.clip, list(comparison.trajectories), accuracy, remark)


def with_room_for(cell: Cell, names: Sequence[str]) -> Cell:
    """The cell less what names on the left need beyond the usual; alike in every place of a frame."""
    em, (left, bottom, wide, high) = cell.sizes["text"], cell.box
    more = max(max(map(cell.glyphs("text").width, names)) + 0.4 * em - 44 / 24 * em, 0.0)
    return replace(cell, box=(left + more, bottom, wide - more, high))


def plain_names(training: Training) -> tuple[str, ...]:
    """What the classes are called; those that have no names are their numbers."""
    return tuple(name.removeprefix("class ") for name in class_names(training))


def number_glyphs(side: float, em: float, most: int) -> dict[str, Glyphs]:
    """The type of the numbers on light and on dark cells; none where the largest has no room."""
    for size in (1.5 * em, em):
        found = {color: Glyphs(size, color) for color in (OUTLINE, PAPER)}
        if found[OUTLINE].width(number(most)) <= FULL * side and size <= FULL * side:
            return found
    return {}


def matrix_painter(
    counts: Callable[[int], NDArray[np.int64]], grid: Grid, theme: Theme, glyphs: dict[str, Glyphs]
) -> Callable[[Any, Any], None]:
    """What draws all cells of a step: their colour, and the number in them."""

    def paint(renderer: Any, moment: Any) -> None:
        found = counts(moment.step)
        shares = found / np.maximum(found.sum(axis=1, keepdims=True), 1)
        for row, column in np.ndindex(found.shape):
            box = grid.box(row, column)
            color = cell_color(theme, row, column, float(shares[row, column]))
            fill(renderer, box, color)
            if glyphs and (found[row, column] or row == column):
                ink = glyphs[readable_on(color)]
                x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2 - 0.36 * ink.size
                ink.write(np.asarray(renderer.buffer_rgba()), number(int(found[row, column])), x, y, 0.5)

    return paint


def fill(renderer: Any, box: Box, color: Array) -> None:
    """A rectangle of pixels in one colour."""
    left, bottom, right, top = box
    corners = np.array([[left, bottom], [right, bottom], [right, top], [left, top], [left, bottom]], float)
    gc = pen("#000000", 0.0, None, renderer)
    renderer.draw_path(gc, Path(corners, closed=True), IdentityTransform(), tuple(color))


def cell_color(theme: Theme, row: int, column: int, share: float) -> Array:
    """The colour (4,) of a cell: from the ground to that of the class where told right, to grey where not."""
    ground, ink = np.array(rgba(theme.ground)), np.array(rgba(theme.ink))
    if row != column:
        return np.asarray(ground + (EMPTY + (WRONG - EMPTY) * share) * (ink - ground))
    most = np.array(rgba(CLASS_COLORS[row] if row < len(CLASS_COLORS) - 1 else GOLD))
    return np.asarray(ground + (RIGHT + (1 - RIGHT) * share) * (most - ground))


def readable_on(color: Array) -> str:
    """The colour of the type that stands off a cell."""
    light = float(np.dot(color[:3], (0.2126, 0.7152, 0.0722)))
    return OUTLINE if light > 0.45 else PAPER


def check_classes(objective: Objective, settings: Settings) -> None:
    """Refuse more than ten classes, names for other classes, and rows held out where there are none."""
    if not isinstance(objective, Training):
        return
    count, names = max(objective.network.outputs, 2), settings["classes"]
    if count > MOST:
        raise BadInput(f"shows up to {MOST} classes, this network has {count} outputs")
    if names and len(names) != count:
        raise BadInput(f"must be {count} names, one a class, got {len(names)}", field="classes")
    if settings["held_out"] and objective.held_out is None:
        raise BadInput("needs rows held out: held_out = 0.25 in the problem", field="held_out")


SPEC = PanelSpec(problem=(a_network, check_classes), runs=(classes_of_run,))
