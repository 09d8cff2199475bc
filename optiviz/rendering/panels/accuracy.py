"""Classification accuracy against steps."""

import numpy as np
from matplotlib.ticker import MultipleLocator

from optiviz.rendering.cell import Cell
from optiviz.rendering.panels._shared.needs import a_network, classes_each
from optiviz.rendering.panels._shared.network_runs import held_out_trail, learners, route_of
from optiviz.rendering.panels._shared.spec import PanelSpec
from optiviz.runs.trajectory import Comparison

MANY_EPOCHS = 30  # from which on a curve has a point an epoch: in between it only trembles


def accuracy(cell: Cell, comparison: Comparison) -> None:
    """The share of rows told right against steps; thinner, of the rows held out."""
    found = learners(comparison, "accuracy")
    known, others = [], []
    for one in found:
        rows = one.rows_by_epoch(cell.pace, MANY_EPOCHS)
        known.append(one.along(one.training.accuracy, rows))
        if one.training.held_out is not None:
            others.append(one.along(one.training.held_out_accuracy, rows))
    headings = ["% correct (thin: held out)", "% correct"] if others else ["% correct"]
    ax = cell.axes(headings, cell.counted)
    last = max(one.times[-1] for one in found) / cell.pace
    low = min(float(np.min(shares)) for _, shares in known + others)
    limits = (max(-0.03, np.floor(10 * low - 0.3) / 10), 1.03)
    ax.set_ylim(limits)
    cell.time_axis(ax, last)
    ax.yaxis.set_major_locator(MultipleLocator(0.1 if limits[0] > 0.45 else 0.2))
    ax.yaxis.set_major_formatter(lambda value, _: f"{round(100 * value)}")
    ax.grid(True, color=cell.theme.faint, linewidth=0.8 * cell.fine)
    ax.set_axisbelow(True)
    dashed = (one for one in found if one.training.held_out is not None)
    for one, (steps, shares) in zip(dashed, others, strict=True):
        held_out_trail(cell, route_of(ax, steps, shares, limits, cell.pace), one.run)
    routes = [route_of(ax, *curve, limits, cell.pace) for curve in known]
    cell.trails(routes, [one.run for one in found], thin=True)


SPEC = PanelSpec(problem=(a_network,), runs=(classes_each,))
