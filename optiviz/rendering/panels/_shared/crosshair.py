"""Cross-hair: two lines through the head of a run, along x and along y, on a map or on a hill."""

from collections.abc import Callable

import numpy as np

from optiviz._lib.typing import Array
from optiviz.rendering.cell import Cell
from optiviz.rendering.glyphs import Box
from optiviz.rendering.marks.shapes import Figurine
from optiviz.rendering.panels._shared.run_selection import between_rows
from optiviz.rendering.panels._shared.window import Limits
from optiviz.rendering.style import Look
from optiviz.rendering.timeline import Moment
from optiviz.runs.trajectory import Comparison, Trajectory

FINE = 80  # places of a line, so that it follows the ground
WIDTH = 1.6  # twenty-fourths of the type


def crosshair(
    cell: Cell,
    comparison: Comparison,
    run: Trajectory,
    limits: tuple[Limits, Limits],
    place: Callable[[Moment, Array], Array],
    clip: Box,
) -> None:
    """The lines through where a run is now, from end to end of the window; `place` gives their pixels."""
    weights = between_rows(comparison, run)
    look, width = Look(cell.theme.ink, ""), WIDTH * cell.sizes["text"] / 24

    def line(axis: int) -> Callable[[Moment], Array]:
        along = np.linspace(*limits[axis], FINE)

        def points(moment: Moment) -> Array:
            found = np.tile(weights(moment.time), (FINE, 1))
            found[:, axis] = along
            return found

        return points

    for axis in (0, 1):
        cell.marks.append(Figurine(line(axis), place, look, width, cell.theme.casing, clip))
