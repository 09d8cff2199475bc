"""The loss curve: how fast, and whether at all."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import LogLocator

from optiviz.rendering.marks import flat_route
from optiviz.run import Comparison

if TYPE_CHECKING:
    from optiviz.rendering.stage import Cell


def loss(cell: "Cell", comparison: Comparison, *, log: bool | None = None) -> None:
    """Loss against steps, one growing curve a run.

    Parameters
    ----------
    log : bool, optional
        A logarithmic axis; unless given, when all losses are positive and span a factor of 5.
    """
    runs = list(comparison.trajectories.values())
    curves = [run.losses for run in runs]
    finite = np.concatenate([curve[np.isfinite(curve)] for curve in curves] or [np.zeros(1)])
    # a run that climbs or dives out of sight must not flatten the others
    starts = [curve[0] for curve in curves if np.isfinite(curve[0])]
    settled = [run.losses for run in runs if run.status == "finished"] or curves
    low = min(curve[np.isfinite(curve)].min(initial=np.inf) for curve in settled)
    high = max([*starts, *(np.quantile(curve, 0.9) for curve in settled)])
    if log is None:
        log = bool(finite.min() > 0 and high > 5 * low)
    if log:
        low = max(low, high * 1e-12)
        limits = (low / (high / low) ** 0.06, high * (high / low) ** 0.06)
    else:
        margin = 0.06 * (high - low) or 1.0
        limits = (low - margin, high + margin)
    ax = cell.axes(["Loss"], cell.counted)
    last = max(run.steps for run in runs)
    ax.set(xlim=(0, max(last, 1)), ylim=limits)
    if log:
        ax.set_yscale("log")
        ax.minorticks_off()
        ax.yaxis.set_major_formatter(lambda value, _: power_of_ten(value))
        if limits[1] < 50 * limits[0]:  # hardly a decade: powers of ten alone would be too few
            ax.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
            ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.grid(True, color=cell.theme.faint, linewidth=0.8)
    ax.set_axisbelow(True)
    cell.trails([flat_route(ax, curve_points(curve, limits)) for curve in curves], runs, thin=True)


def curve_points(curve: np.ndarray, limits: tuple[float, float]) -> np.ndarray:
    """(T+1, 2) points of a loss curve; values out of sight stay just outside the axes."""
    low, high = limits
    reach = high - low
    shown = np.nan_to_num(curve, nan=high + reach, posinf=high + reach, neginf=low - reach)
    floor = low / 2 if low > 0 else low - reach
    return np.column_stack([np.arange(len(curve)), np.clip(shown, floor, high + reach)])


def power_of_ten(value: float) -> str:
    """A tick such as 10 to the -3, in plain letters: mathematical typesetting takes longer than the frame."""
    raised = str.maketrans("-0123456789", "\N{SUPERSCRIPT MINUS}⁰¹²³⁴⁵⁶⁷⁸⁹")
    return "10" + str(round(np.log10(value))).translate(raised)
