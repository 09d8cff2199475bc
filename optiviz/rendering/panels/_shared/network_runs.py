"""Accessors of network runs for panels: the training of each run, and its weights at any step."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.errors import BadInput
from optiviz._lib.registry import unknown
from optiviz._lib.typing import Array
from optiviz.objectives.training import Training
from optiviz.rendering.cell import Cell
from optiviz.rendering.marks.agg import box_of
from optiviz.rendering.marks.trails import Route, Trail
from optiviz.rendering.style import Look, Theme
from optiviz.runs.trajectory import Comparison, Trajectory

MOST_ROWS = 400  # places of a curve at which the held-out loss or the accuracy is worked out
KEPT = 64  # pictures of steps that are remembered; a frame is asked for more than once

# Light fills with an outline of ink, so that no class looks like a run; from the fourth on, markers tell.
GOLD, AQUA, PALE = "#f5c92e", "#62c8ec", "#c9f0b0"
CLASS_COLORS, CLASS_MARKERS = (GOLD, AQUA, PALE, "#f0d9f2", "#f7b9a0", "#d8d8d8", "#ffffff"), "os^DvPX"
OUTLINE = "#16181d"

Result = TypeVar("Result")


@dataclass(frozen=True, eq=False)
class Learner:
    """A run of a network; `times` (R,) are the steps of the clip at which its rows were reached."""

    training: Training
    run: Trajectory
    times: Array

    def row(self, step: int) -> int:
        """The last row of the record that was reached by `step`; a run that ended waits at its end."""
        return int(rows_at(self.times, np.array([step]))[0])

    def theta(self, step: int) -> Array:
        """(P,) the weights at that step."""
        theta: Array = self.run.path[self.row(step)]
        return theta

    def position(self, time: float) -> float:
        """Where any time is, counted in rows: between two that are a step apart, or at one.

        A long record is thinned; between its rows no line is the network's, and the last row stays.
        """
        at = float(np.interp(time, self.times, np.arange(len(self.times))))
        row = int(at)
        return float(row) if at == row or self.run.at[row + 1] - self.run.at[row] > 1 else at

    def weights(self, position: float) -> Array:
        """(P,) the weights at a position: on a straight line between two rows."""
        row = int(position)
        if position == row:
            return np.asarray(self.run.path[row])
        share = position - row
        return np.asarray(self.run.path[row] + share * (self.run.path[row + 1] - self.run.path[row]))

    def rows(self, most: int = MOST_ROWS) -> NDArray[np.int64]:
        """At most so many rows of the record, the first and the last among them."""
        count = len(self.times)
        return np.unique(np.linspace(0, count - 1, min(most, count)).round().astype(np.int64))

    def rows_by_epoch(self, pace: float, least: int) -> NDArray[np.int64]:
        """The rows at whole epochs of `pace` steps; where there are fewer epochs than `least`, as `rows`."""
        epochs = int(self.times[-1] / pace + 1e-9)
        if pace <= 1 or epochs < least:
            return self.rows()
        whole = np.array([pace * epoch for epoch in range(epochs + 1)])
        return np.unique(rows_at(self.times, whole))

    def along(
        self, value: Callable[[Array], Array], rows: NDArray[np.int64] | None = None
    ) -> tuple[Array, Array]:
        """The steps of some rows, of `rows()` unless given, and `value` (P, N) -> (N,) at each."""
        rows = self.rows() if rows is None else rows
        block = max(1, 2**20 // self.run.path.shape[1])  # weights at once
        values = [value(self.stretch(rows[k : k + block]).T) for k in range(0, len(rows), block)]
        return self.times[rows], np.concatenate(values)

    def stretch(self, rows: NDArray[np.int64]) -> Array:
        """(len(rows), P) of the path: a view where rows follow each other, as a copy may be a gigabyte."""
        first, last = int(rows[0]), int(rows[-1])
        whole = last - first < len(rows)
        return np.asarray(self.run.path[first : last + 1] if whole else self.run.path[rows])


def class_looks(theme: Theme) -> list[Look]:
    """A colour and a marker for each class: told apart in grey print, too."""
    pairs = zip(CLASS_COLORS, CLASS_MARKERS, strict=True)
    return [Look(color, marker) for color, marker in pairs]


def learners_of(comparison: Comparison) -> list[Learner]:
    """The runs that are networks, each with its own."""
    return [
        Learner(objective, run, comparison.times[label])
        for label, run in comparison.trajectories.items()
        if isinstance(objective := comparison.objectives[label], Training)
    ]


def learners(comparison: Comparison, panel: str) -> list[Learner]:
    """The same, and a word to those who have none."""
    found = learners_of(comparison)
    if not found:
        raise BadInput(f"panel '{panel}' draws networks, and this problem has none: give it `layers`")
    return found


def learner(comparison: Comparison, panel: str, label: str) -> Learner:
    """The run of that label, the first one for ""."""
    found = {one.run.label: one for one in learners(comparison, panel)}
    if label and label not in found:
        raise unknown(f"run in panel '{panel}'", label, found)
    return found[label] if label else next(iter(found.values()))


def rows_at(times: Array, steps: Array | NDArray[np.int64]) -> NDArray[np.int64]:
    """The last row that was reached by each of `steps`; times are quotients, so a hair early is in time."""
    found: NDArray[np.int64] = np.searchsorted(times, steps + 1e-9 * (1 + steps), side="right") - 1
    return np.maximum(found, 0)


def names_of(training: Training) -> tuple[str, ...]:
    """What the columns of X are called."""
    few = ("x",) if training.network.inputs == 1 else tuple(f"x{k}" for k in "₁₂₃₄₅₆₇₈₉")
    return training.x_names or few[: training.network.inputs]


def class_names(training: Training) -> tuple[str, ...]:
    """What the classes are called: by the data, else by the column, else by their numbers.

    A column `placed` of 0 and 1 has the classes "not placed" and "placed".
    """
    names = training.class_names
    numbered = [name for name in names if not name.replace(".", "").isdigit()] == []
    column = "" if training.data is None else training.data.y_name
    if names and not numbered:
        return names
    count = max(training.network.outputs, len(np.unique(training.targets)), 2)
    if count == 2 and column not in ("", "y", "class") and not column.isdigit():
        return f"not {column}", column
    return tuple(f"class {name}" for name in (names or range(count)))


def verbatim(text: str) -> str:
    """A text that is no scene's, such as the name of a column, for Matplotlib: no mathematics in it.

    >>> print(verbatim("fee ($), $x$"))
    fee (\\$), \\$x\\$
    """
    return text.replace("$", r"\$")


def shortened_name(cell: Cell, name: str, room: float) -> str:
    """The name of a column, without its remark in brackets, or cut, where `room` pixels are too few."""
    glyphs = cell.glyphs("text")
    if glyphs.width(name) > room:
        name = name.partition(" (")[0]
    while glyphs.width(name) > room and len(name) > 2:
        name = name[:-2] + "\N{HORIZONTAL ELLIPSIS}"
    return name


def truth_of(training: Training) -> Callable[[Array], Array] | None:
    """What made data were made of, x (m,) -> y (m,); None where it is not known."""
    return None if training.data is None else training.data.truth


def cached_by_step(work: Callable[[int], Result]) -> Callable[[int], Result]:
    """A function of the step that is not worked out twice in a row."""
    return lru_cache(maxsize=KEPT)(work)


def classes(training: Training) -> NDArray[np.int64]:
    """(n,) the class of each row, from 0; refuses data that have none."""
    return classes_from_targets(training, training.targets)


def classes_from_targets(training: Training, targets: Array) -> NDArray[np.int64]:
    """(n,) the classes of rows of targets, the training's own or those held out."""
    training.accuracy(training.start)  # says what is wrong where there are no classes
    if targets.shape[1] > 1:
        found: NDArray[np.int64] = targets.argmax(axis=1)
    else:
        found = (targets[:, 0] >= np.unique(training.targets).mean()).astype(np.int64)
    return found


def route_of(ax: Any, steps: Array, values: Array, limits: tuple[float, float], pace: float = 1.0) -> Route:
    """The route of a curve that is known at some steps only: it stands at the last of them.

    The axis counts the steps in units of `pace`. Values out of sight stay just outside the axes.
    """
    low, high = limits
    reach = high - low
    shown = np.nan_to_num(values, nan=high + reach, posinf=high + reach, neginf=low - reach)
    shown = np.clip(shown, low / 2 if low > 0 else low - reach, high + reach)
    points = np.column_stack([steps / pace, shown])
    return Route(points, ax.transData.transform(points), np.arange(len(points)), box_of(ax), steps)


def held_out_trail(cell: Cell, route: Route, run: Trajectory) -> None:
    """A thinner curve in the colour of `run`, without a casing."""
    look = cell.looks[run.label]
    cell.marks.append(Trail(route, look, 1.6 / 24 * cell.sizes["text"], cell.theme.casing, 0.0, cased=False))
