"""Quantities of a decomposed step as a table: a bar and a number for each, coordinate by coordinate."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.errors import BadInput
from optiviz._lib.registry import unknown
from optiviz.rendering.cell import Cell
from optiviz.rendering.marks.shapes import Bars, Words
from optiviz.rendering.panels._shared.needs import parameter_names
from optiviz.rendering.panels._shared.step_arrows import StepView
from optiviz.runs.trajectory import Comparison
from optiviz.scene.numbers import number

LEAST = 2.75  # heights of the type that a row needs,
AIR = 0.5  # and what of more than that goes between its name, its numbers and its bars, at most
FEW = 5  # rows that stand further apart
FIRST = (
    "step",
    "gradient",
    "effective rate",
    "momentum x velocity",
    "corrected first moment",
    "corrected root",
)
COLUMNS = 2  # coordinates that bars are drawn of, unless others are asked for
MOST = 3


def table_of_bars(
    cell: Cell,
    comparison: Comparison,
    inside: StepView,
    parameters: tuple[str, ...],
    wanted: tuple[str, ...] = (),
) -> None:
    """A row for each number of a step, a column for each coordinate."""
    names = parameter_names(comparison.objective)
    chosen = parameters or names[:COLUMNS]
    at = np.array([names.index(name) for name in chosen])
    em, theme, glyphs = cell.sizes["text"], cell.theme, cell.glyphs("text")
    left, low, wide, high = cell.box
    label = inside.run.label
    cell.heading((f"{label}: inside the next step", f"{label}: inside a step", label))
    known = list(inside.of_row(0).readings) if len(inside.run.path) > 1 else []
    top, column = low + high - 2.1 * em, (wide - 1.0 * em) / len(at)
    for row in wanted:
        if known and row not in known:
            raise BadInput(f"panel 'anatomy': {unknown(f'row of {label}', row, known)}", field="rows")
    rows = those_that_fit([*wanted] or known, int((top - low - 1.3 * em) / (LEAST * em)))
    each = min((top - low - 1.6 * em) / max(len(rows), 1), (3.4 if len(rows) > FEW else 4.6) * em)
    air = min(max(each / em - LEAST, 0.0) / 3, AIR)
    tall, reading_at, name_at = (0.42 + 0.4 * air) * em, (0.62 + 0.8 * air) * em, (1.6 + 1.8 * air) * em
    figure, (width, height) = cell.figure, cell.figure.canvas.get_width_height()

    def write(text: str, x: float, y: float, anchor: str = "left") -> None:
        figure.text(x / width, y / height, text, fontsize=cell.points("text"), color=theme.ink, ha=anchor)

    starts = [left + 0.8 * em + k * column for k in range(len(at))]
    room, digits = column - 0.6 * em, 3 if column > 7 * em else 2
    for k, name in enumerate(chosen):
        write(name, starts[k] + room / 2, top - 0.9 * em, "center")
    for j, row in enumerate(rows):
        y = top - 1.3 * em - (j + 1) * each
        write(row, starts[0], y + name_at)
        for k, x in enumerate(starts):
            color = cell.looks[label].color if row == "step" else theme.data
            bars = bars_of(inside, row, at, k, (x, y, room, tall))
            clip = (int(x), int(y), int(x + room) + 1, int(y + tall + 0.08 * em) + 1)
            cell.marks.append(Bars(bars, color, clip))
            reading = lambda step, row=row, k=k: number(
                float(inside.latest(step).readings[row][at[k]]), digits
            )
            cell.marks.append(Words(reading, x + room / 2, y + reading_at, glyphs, 0.5))


def those_that_fit(rows: list[str], most: int) -> list[str]:
    """As many of the rows as there is room for, in their order; what matters most stays.

    >>> those_that_fit(["gradient", "first moment", "effective rate", "step"], 2)
    ['gradient', 'step']
    """
    by_weight = sorted(rows, key=lambda row: FIRST.index(row) if row in FIRST else len(FIRST))
    return [row for row in rows if row in by_weight[: max(most, 1)]]


def bars_of(
    inside: StepView, row: str, at: NDArray[np.intp], k: int, box: tuple[float, float, float, float]
) -> Callable[[int], NDArray[np.int64]]:
    """A bar to the right of the middle for a number above 0, to the left for one below."""
    x, y, room, tall = box
    middle = round(x + room / 2)

    def bars(step: int) -> NDArray[np.int64]:
        values = inside.latest(step).readings[row][at]
        most = float(np.nanmax(np.abs(values), initial=0.0))
        share = float(values[k]) / most if most > 0 and np.isfinite(values[k]) else 0.0
        end = middle + round(share * room / 2)
        axis = [middle - 1, y - 2, middle + 1, y + tall + 2]
        return np.array([axis, [min(middle, end), y, max(middle, end), y + tall]]).round().astype(np.int64)

    return bars
