"""The loss curve: how fast, and whether at all."""

import numpy as np
from matplotlib.ticker import LogLocator

from optiviz._lib.typing import Array
from optiviz.objectives.surface import Surface
from optiviz.rendering.cell import Cell
from optiviz.rendering.panels._shared.network_runs import Learner, held_out_trail, learners_of, route_of
from optiviz.rendering.panels._shared.spec import PanelSpec
from optiviz.runs.trajectory import Comparison


def loss(cell: Cell, comparison: Comparison, *, log: bool | None = None) -> None:
    """Loss against steps, one growing curve a run; dotted and thinner, the loss on the rows held out.

    Parameters
    ----------
    log : bool, optional
        A logarithmic axis; unless given, when all losses are positive and span a factor of 5.
    """
    runs = list(comparison.trajectories.values())
    curves = [run.losses for run in runs]
    held_out = held_out_curves(learners_of(comparison))
    finite = np.concatenate([curve[np.isfinite(curve)] for curve in curves] or [np.zeros(1)])
    # a run that climbs or dives out of sight must not flatten the others
    starts = [curve[0] for curve in curves if np.isfinite(curve[0])]
    settled = [run.losses for run in runs if run.status == "finished"] or curves
    low = min(curve[np.isfinite(curve)].min(initial=np.inf) for curve in settled)
    high = max([*starts, *(np.quantile(curve, 0.9) for curve in settled)])
    if isinstance(comparison.objective, Surface):
        low = max(low, below(comparison.objective, high))
    if log is None:
        log = bool(finite.min() > 0 and high > 5 * low)
    for one, (_, values) in held_out:
        if one.run.status == "finished":
            low, high = min(low, float(values.min())), max(high, float(np.quantile(values, 0.9)))
    if log:
        low = max(low, high * 1e-12)
        limits = (low / (high / low) ** 0.06, high * (high / low) ** 0.06)
    else:
        margin = 0.06 * (high - low) or 1.0
        limits = (low - margin, high + margin)
    headings = ["Loss (dots: held out)", "Loss"] if held_out else ["Loss"]
    ax = cell.axes(headings, cell.counted)
    last = max(times[-1] for times in comparison.times.values()) / cell.pace
    ax.set(xlim=(0, max(last, 1)), ylim=limits)
    if log:
        ax.set_yscale("log")
        ax.minorticks_off()
        ax.yaxis.set_major_formatter(lambda value, _: power_of_ten(value))
        if limits[1] < 50 * limits[0]:  # hardly a decade: powers of ten alone would be too few
            ax.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
            ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.grid(True, color=cell.theme.faint, linewidth=0.8 * cell.fine)
    ax.set_axisbelow(True)
    for one, curve in held_out:
        held_out_trail(cell, route_of(ax, *curve, limits, cell.pace), one.run)
    routes = [route_of(ax, comparison.times[run.label], run.losses, limits, cell.pace) for run in runs]
    cell.trails(routes, runs, thin=True)


def below(surface: Surface, high: float) -> float:
    """The lowest loss worth showing of a surface without a bottom: a little below that of its window."""
    places = np.stack(np.meshgrid(np.linspace(*surface.xlim, 40), np.linspace(*surface.ylim, 40)))
    with np.errstate(all="ignore"):
        values = surface.value(places.reshape(2, -1))
    least = float(np.min(values[np.isfinite(values)], initial=high))
    return least - max(high - least, 0.0)


def held_out_curves(found: list[Learner]) -> list[tuple[Learner, tuple[Array, Array]]]:
    """Of each network with rows held out, steps and the loss on them."""
    return [
        (one, one.along(one.training.held_out_value)) for one in found if one.training.held_out is not None
    ]


def power_of_ten(value: float) -> str:
    """A tick such as 10 to the -3, in plain letters: mathematical typesetting takes longer than the frame."""
    raised = str.maketrans("-0123456789", "\N{SUPERSCRIPT MINUS}⁰¹²³⁴⁵⁶⁷⁸⁹")
    return "10" + str(round(np.log10(value))).translate(raised)


SPEC = PanelSpec(labels=())
