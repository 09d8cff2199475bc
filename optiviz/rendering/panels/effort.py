"""Loss against cost: epochs, samples seen, or updates made."""

from typing import Literal

import numpy as np

from optiviz._lib.typing import Array
from optiviz.objectives.fit import Fit
from optiviz.objectives.training import Training
from optiviz.rendering.cell import Cell
from optiviz.rendering.panels._shared.log_axis import LOWEST, even_limits, log_limits, seen_of, tick_text
from optiviz.rendering.panels._shared.needs import rows_of_data
from optiviz.rendering.panels._shared.run_selection import path_route, runs_of
from optiviz.rendering.panels._shared.spec import PanelSpec
from optiviz.runs.trajectory import Comparison, Trajectory

HEAD_ROOM = 10**0.5  # above the highest loss, for the heads at the start
FIRST = 0.7  # where the start, after no update, stands on a logarithmic axis


def effort(
    cell: Cell,
    comparison: Comparison,
    *,
    against: Literal["epochs", "samples", "updates"] = "epochs",
    log: bool = False,
) -> None:
    """Loss on a logarithmic axis against epochs, samples seen or updates made, one curve a run.

    Where no loss is positive the axis is an even one.

    Parameters
    ----------
    against : "epochs", "samples" or "updates"
        What is counted: passes over the data, rows that gradients were taken of, or steps.
    log : bool, default False
        Count on a logarithmic axis, too.
    """
    runs = runs_of(comparison, "effort", "")
    spent = {run.label: spent_effort(comparison, run, against) for run in runs}
    low = float(seen_of([run.losses for run in runs]).min())
    high = float(seen_of([run.losses[:1] for run in runs]).max())
    falls = high > LOWEST
    limits = log_limits(max(low, 1e-12 * high), high, 0.06) if falls else even_limits(low, high, 0.06)
    limits = (limits[0], high * HEAD_ROOM) if falls else limits
    ax = cell.axes((f"Loss against {against}", "Loss"), against)
    most = max(float(x[-1]) for x in spent.values()) or 1.0
    if log:
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter(lambda value, _: tick_text(value))
    if falls:
        ax.set_yscale("log")
    ax.set_ylim(limits)
    if log:
        ax.set_xlim(FIRST, 1.6 * most)
    else:
        cell.time_axis(ax, most)
    ax.minorticks_off()
    if falls:
        ax.yaxis.set_major_formatter(lambda value, _: tick_text(value))
    ax.grid(True, color=cell.theme.faint, linewidth=0.8 * cell.fine)
    ax.set_axisbelow(True)
    routes = []
    for run in runs:
        x = np.maximum(spent[run.label], FIRST) if log else spent[run.label]
        above = limits[1] + 8 * abs(limits[1])
        y = np.clip(np.nan_to_num(run.losses, nan=above), limits[0] - abs(limits[0]) / 2, above)
        routes.append(path_route(ax, comparison, run, np.column_stack([x, y])))
    cell.trails(routes, runs, thin=True)


def spent_effort(comparison: Comparison, run: Trajectory, against: str) -> Array:
    """(R,) what a run had spent by each row of its record."""
    objective = comparison.objectives[run.label]
    assert isinstance(objective, Fit | Training)
    steps = run.at.astype(float)
    if against == "updates":
        return steps
    rows = len(objective.data.y) if isinstance(objective, Fit) else len(objective.X)
    size = objective.batch_size or rows
    whole, rest = np.divmod(steps, objective.steps_per_epoch)
    gradients = run.evaluations.gradients_at / np.maximum(steps, 1)  # a step may ask for several
    samples: Array = (whole * rows + rest * size) * gradients  # the last batch of an epoch may be shorter
    return samples if against == "samples" else samples / rows


SPEC = PanelSpec(problem=(rows_of_data,), labels=())
