"""Steps that go up: their count above a map, and the last step in a colour of its own."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.typing import Array
from optiviz.rendering.cell import Cell
from optiviz.rendering.glyphs import Glyphs
from optiviz.rendering.marks.agg import box_of
from optiviz.rendering.marks.shapes import Arrow, Words
from optiviz.rendering.panels._shared.batches import ReplayedBatches
from optiviz.rendering.style import GREEN, VERMILION
from optiviz.rendering.timeline import Moment
from optiviz.runs.plane import Plane
from optiviz.runs.trajectory import Trajectory
from optiviz.scene.numbers import percent

WIDTH = 0.34  # heights of the type, the shaft of the last step


def climbs(objective: Any, run: Trajectory, seed: int, batch: bool) -> NDArray[np.bool_]:
    """(T,) whether each step of a run went up: over all rows, or over the `batch` that it was taken on.

    Examples
    --------
    >>> from optiviz.objectives.surfaces import surfaces
    >>> from optiviz.optimizers import GD
    >>> from optiviz.runs.minimize import minimize
    >>> run = minimize(surfaces["sphere"], GD(1.1), steps=3)
    >>> climbs(surfaces["sphere"], run, seed=0, batch=False).tolist()  # too large a rate
    [True, True, True]
    """
    if not batch:
        return np.diff(np.asarray(run.losses)) > 0
    seen = ReplayedBatches(objective, seed)
    pairs = [
        [float(objective.value(run.path[row], seen(int(run.at[k])))) for row in (k, k + 1)]
        for k in range(len(run.path) - 1)
    ]
    return np.array([after > before for before, after in pairs])


def count_uphill(cell: Cell, ax: Any, objective: Any, run: Trajectory, found: Plane, batch: bool) -> None:
    """Write "uphill 3 of 12" above the map, and draw the last step as an arrow: green down, red up."""
    up = climbs(objective, run, cell.seed, batch)
    total = np.concatenate([[0], np.cumsum(up)])
    left, bottom, right, top = clip = box_of(ax)
    pixels: Array = ax.transData.transform(found.project(run.path))
    row = lambda moment: min(moment.step, len(up))

    def last(kind: bool) -> Any:
        def points(moment: Moment) -> Array | None:
            k = row(moment)
            return pixels[k - 1 : k + 1] if k and bool(up[k - 1]) == kind else None

        return points

    em, theme = cell.sizes["text"], cell.theme
    for kind, color in ((False, GREEN), (True, VERMILION)):
        tone = theme.lighter.get(color, color)
        as_it_is = lambda moment, points: points
        cell.marks.append(Arrow(last(kind), as_it_is, tone, WIDTH * em, theme.casing, clip))
    words = lambda moment: f"uphill {int(total[row(moment)])} of {row(moment)}"
    glyphs = Glyphs(cell.sizes["heading"], theme.ink, bold=True, rim=theme.rim)
    cell.marks.append(Words(words, right, top + 0.42 * em, glyphs, 1.0, by_moment=True))


def share_below(cell: Cell, ax: Any, found: Plane, level: float) -> None:
    """On the right above the map, how much of it is lower than a level."""
    width, height = cell.figure.canvas.get_width_height()
    _, _, right, top = box_of(ax)
    share = percent(float(np.mean(found.z < level)))
    text = cell.figure.text(right / width, (top + 0.42 * cell.sizes["text"]) / height, share, ha="right")
    text.set(fontsize=1.5 * cell.points("text"), color=cell.theme.ink, weight="bold")
