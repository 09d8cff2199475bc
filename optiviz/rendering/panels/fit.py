"""The model beside the data it is fitted to."""

from typing import TYPE_CHECKING

import numpy as np

from optiviz.errors import BadInput
from optiviz.objectives.fit import Fit
from optiviz.run import Comparison

if TYPE_CHECKING:
    from optiviz.rendering.stage import Cell


def fit(cell: "Cell", comparison: Comparison) -> None:
    """The data, the truth behind them where it is known, and the line each run has come to."""
    objective = comparison.objective
    if not isinstance(objective, Fit) or objective.data.x.shape[1] != 1:
        raise BadInput("panel 'fit' draws a model of one column of `data`; a surface has none")
    data, theme = objective.data, cell.theme
    x, y = data.x[:, 0], data.y
    ax = cell.axes(["Ground truth & Model"], data.x_names[0], data.y_name)
    room_x, room_y = 0.05 * np.ptp(x), 0.12 * np.ptp(y)
    xlim, ylim = (x.min() - room_x, x.max() + room_x), (y.min() - room_y, y.max() + room_y)
    ax.plot(x, y, "o", color=theme.data, markersize=0.34 * cell.points("text"), markeredgewidth=0)
    grid = np.linspace(*xlim, 2 if objective.degree == 1 else 200)
    if data.truth is not None:
        fine = np.linspace(*xlim, 400)
        ax.plot(fine, data.truth(fine), color=theme.ink, linewidth=1.5, linestyle=(0, (4, 3)))
    ax.set(xlim=xlim, ylim=ylim)
    for run in comparison.trajectories.values():
        cell.line(ax, grid, objective.predict(run.path.T, grid).T, run)
