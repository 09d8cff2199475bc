"""Loss curves: how fast, and whether at all."""

import numpy as np

from optiviz._lib.typing import Array
from optiviz.objectives.fit import Fit
from optiviz.objectives.surface import Surface
from optiviz.rendering.cell import Cell
from optiviz.rendering.panels._shared.log_axis import (
    LOWEST,
    decades,
    even_limits,
    level_grid,
    log_axis,
    log_limits,
    seen_of,
    tick_text,
)
from optiviz.rendering.panels._shared.network_runs import Learner, held_out_trail, learners_of, route_of
from optiviz.rendering.panels._shared.spec import PanelSpec
from optiviz.runs.trajectory import Comparison

LOG_SPAN = 10**1.5  # between the highest and the lowest loss, from which on an axis is logarithmic
SPIKES = 100.0  # times the highest loss at a start, up to which all losses are seen on a logarithmic axis
HEADS = 0.8  # heights of the type above the highest loss, for the heads at the start
HEAD_ROOM, HEAD_SHARE = 10**0.5, 0.1  # above the highest loss, on a logarithmic axis; of the axis, at least
NAMES = {
    "mse": "MSE",
    "mae": "MAE",
    "mean_squared_error": "MSE",
    "mean_absolute_error": "MAE",
    "binary_crossentropy": "cross-entropy",
    "categorical_crossentropy": "cross-entropy",
    "sparse_categorical_crossentropy": "cross-entropy",
}


def loss(cell: Cell, comparison: Comparison, *, log: bool | None = None) -> None:
    """Loss against steps, one growing curve a run; thinner, the loss on the rows held out.

    Parameters
    ----------
    log : bool, optional
        A logarithmic axis; unless given, when all losses are positive and span one and a half decades. Where
        no loss is positive it is an even one.
    """
    runs = list(comparison.trajectories.values())
    curves = [run.losses for run in runs]
    held_out = held_out_curves(learners_of(comparison))
    finite = seen_of(curves)
    # a run that climbs or dives out of sight must not flatten the others
    starts = seen_of([curve[:1] for curve in curves])
    settled = [run.losses for run in runs if run.status == "finished"] or curves
    low = float(seen_of(settled).min())
    high = float(max([*starts, *(np.quantile(seen_of([curve]), 0.9) for curve in settled)]))
    if isinstance(comparison.objective, Surface):
        low = max(low, lowest_in_window(comparison.objective, high))
    for one, (_, values) in held_out:
        if one.run.status == "finished":
            low, high = min(low, float(values.min())), max(high, float(np.quantile(values, 0.9)))
    best = least_loss(comparison)
    if best is not None and (best > 0 or finite.min() <= 0):
        low = min(low, best)
    if log is None:
        log = bool(finite.min() > 0 and low > 0 and high > LOG_SPAN * low)
    log = log and high > LOWEST
    if log:
        high = max(high, min(float(seen_of(settled).max()), SPIKES * float(max(starts))))
        low, _ = log_limits(max(low, high * 1e-12), high, 0.06)
        limits = (low, high * max(HEAD_ROOM, (high / low) ** HEAD_SHARE))
    else:
        limits = even_limits(low, high, 0.06)
    name = f" ({NAMES[shared_loss_name(comparison)]})" if shared_loss_name(comparison) in NAMES else ""
    thin = " (thin: held out)" if held_out else ""
    scales = [", log scale", ", log"] if log else [""]
    told = [(kind, scale, of) for of in dict.fromkeys((thin, "")) for scale in scales for kind in (name, "")]
    told += [("", "", thin)] if thin and log else []  # the numbers at the axis tell that it is a log
    headings = [f"Loss{kind}{scale}{of}" for kind, scale, of in sorted(told, key=lambda one: one[2] != thin)]
    ax = cell.axes(headings, cell.counted, numbers=[*map(tick_text, decades(*limits))] if log else ())
    limits = with_head_room(limits, high, ax.bbox.height, cell.sizes["text"], log)
    last = max(times[-1] for times in comparison.times.values()) / cell.pace
    ax.set_ylim(limits)
    cell.time_axis(ax, last)
    if log:
        log_axis(cell, ax, limits)
    else:
        level_grid(cell, ax)
    if best is not None and limits[0] <= best <= limits[1]:
        ax.axhline(best, color=cell.theme.soft, linewidth=1.1 * cell.fine, linestyle=(0, (4, 3)), zorder=1)
    for one, curve in held_out:
        held_out_trail(cell, route_of(ax, *curve, limits, cell.pace), one.run)
    routes = [route_of(ax, comparison.times[run.label], run.losses, limits, cell.pace) for run in runs]
    cell.trails(routes, runs, thin=True)


def with_head_room(
    limits: tuple[float, float], high: float, tall: float, em: float, log: bool
) -> tuple[float, float]:
    """Limits with room for a fan of heads at the highest loss, in axes so many pixels tall.

    >>> with_head_room((0.0, 10.0), 10.0, 100.0, 25.0, log=False)
    (0.0, 12.5)
    """
    low, top = limits
    share = HEADS * em / max(tall - HEADS * em, 1.0)
    return low, max(top, high * (high / low) ** share if log else high + share * (high - low))


def lowest_in_window(surface: Surface, high: float) -> float:
    """The lowest loss worth showing of a surface without a bottom: a little below that of its window."""
    places = np.stack(np.meshgrid(np.linspace(*surface.xlim, 40), np.linspace(*surface.ylim, 40)))
    with np.errstate(all="ignore"):
        values = surface.value(places.reshape(2, -1))
    least = float(np.min(values[np.isfinite(values)], initial=high))
    return least - max(high - least, 0.0)


def shared_loss_name(comparison: Comparison) -> str:
    """The loss of all runs by its name; "" where they have several, or none that has one."""
    kinds = {str(getattr(objective, "loss", "")) for objective in comparison.objectives.values()}
    return kinds.pop() if len(kinds) == 1 else ""


def least_loss(comparison: Comparison) -> float | None:
    """The best possible loss, where it is known: of a fit, or a surface with a known bottom."""
    objective = comparison.objective
    if isinstance(objective, Surface):
        return objective.f_min
    if (
        not isinstance(objective, Fit)
        or objective.best is None
        or shared_loss_name(comparison) not in ("mse", "mae")
    ):
        return None
    return float(objective.value(objective.best))


def held_out_curves(found: list[Learner]) -> list[tuple[Learner, tuple[Array, Array]]]:
    """Of each network with rows held out, steps and the loss on them."""
    return [
        (one, one.along(one.training.held_out_value)) for one in found if one.training.held_out is not None
    ]


SPEC = PanelSpec(labels=())
