"""Loss along straight lines between solutions: is there a barrier between two networks?"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array
from optiviz.analysis.planes import check_plane_cost, heights
from optiviz.rendering.cell import Cell
from optiviz.rendering.marks.agg import box_of
from optiviz.rendering.marks.shapes import Curve
from optiviz.rendering.panels._shared.network_runs import cached_by_step
from optiviz.rendering.panels._shared.run_selection import rows_of_steps
from optiviz.rendering.panels._shared.spec import PanelSpec, Settings, Subject
from optiviz.rendering.panels.plane import FRAME, spanning
from optiviz.rendering.style import Look
from optiviz.runs.trajectory import Comparison

PLACES = 85  # of a line,
FIRST, LAST = 12, 72  # of which these are the two runs
DOTS = (1.2, 1.4)  # of what lies beyond them
SAMPLES = 20  # steps that are looked at for the limits


def interpolation(
    cell: Cell, comparison: Comparison, *, runs: tuple[str, ...] = (), log: bool = False
) -> None:
    """The loss along the straight lines from where one run stands to where the others do, at every step.

    Halfway all weights are the mean of those of two networks. The line is solid between the two and goes on
    a little beyond; a marker is a run, at its own loss.

    Parameters
    ----------
    runs : list of str
        The labels of the first run and of the others, at least two; unless given all that have the network
        of the first one.
    log : bool, default False
        A logarithmic axis.

    References
    ----------
    I. Goodfellow, O. Vinyals, A. Saxe, Qualitatively characterizing neural network optimization problems,
    ICLR 2015.
    """
    first, *others = (comparison.trajectories[label] for label in spanning(comparison.objectives, runs))
    objective: Any = comparison.objectives[first.label]
    rows = {run.label: rows_of_steps(comparison, run) for run in (first, *others)}
    shares = (np.arange(PLACES) - FIRST) / (LAST - FIRST)

    def place(run: Any, step: int) -> Array:
        found: Array = run.path[rows[run.label][min(step, len(rows[run.label]) - 1)]]
        return found

    def along(step: int) -> Array:
        """(others, PLACES) the loss on each line."""
        a = place(first, step)
        ways = [np.stack([place(run, step) - a, np.zeros_like(a)]) for run in others]
        return np.concatenate([heights(objective, a, way, shares, np.zeros(1), processes=1) for way in ways])

    last = max(len(steps) for steps in rows.values()) - 1
    seen = np.stack([along(step) for step in np.unique(np.linspace(0, last, SAMPLES).astype(int)).tolist()])
    ax = cell.axes(
        [f"Loss on the way from {first.label}", "Loss on the way"],
        f"{first.label} \N{RIGHTWARDS ARROW} {others[0].label if len(others) == 1 else 'the others'}",
    )
    ax.set(xlim=(shares[0], shares[-1]), ylim=loss_limits(seen, log))
    if log:
        ax.set_yscale("log")
    ax.set_xticks([0, 0.5, 1])
    ax.grid(True, color=cell.theme.faint, linewidth=0.8 * cell.fine)
    ax.set_axisbelow(True)
    values = cached_by_step(along)
    clip, casing, head = box_of(ax), cell.theme.casing, 0.6 * cell.sizes["text"]

    def pixels(k: int, part: slice) -> Callable[[int], Array]:
        """Of some places of the k-th line."""
        return lambda step: ax.transData.transform(
            np.column_stack([shares[part], np.nan_to_num(values(step)[k, part], nan=1e300)])
        )

    for k, run in enumerate(others):
        look = cell.looks[run.label]
        dotted = Look(look.color, look.marker, DOTS)
        for part in (slice(0, FIRST + 1), slice(LAST, None)):
            cell.marks.append(Curve(pixels(k, part), dotted, 0.55 * cell.line_width, casing, clip))
        cell.marks.append(Curve(pixels(k, slice(FIRST, LAST + 1)), look, cell.line_width, casing, clip))
    for k, at, run in [*((k, LAST, run) for k, run in enumerate(others)), (0, FIRST, first)]:
        look = replace(cell.looks[run.label], dash=())
        cell.marks.append(Curve(pixels(k, slice(at, at + 1)), look, 0.0, casing, clip, head))


def loss_limits(seen: Array, log: bool) -> tuple[float, float]:
    """The ends of the axis: all that lies between two runs is seen."""
    finite = seen[..., FIRST : LAST + 1][np.isfinite(seen[..., FIRST : LAST + 1])]
    if not len(finite):
        raise BadInput("panel 'interpolation': the loss is nowhere finite on these lines")
    low, high = float(finite.min()), float(finite.max())
    if log and low > 0:
        return low / (high / low) ** 0.08, high * (high / low) ** 0.08
    room = 0.08 * (high - low) or 1.0
    return (low - room, high + room)


def check_runs(subject: Subject, settings: Settings) -> None:
    """Refuse fewer than two runs of one network, and a network that is too large."""
    first, *others = spanning(subject.objectives, settings["runs"])
    if not others:
        raise BadInput("goes from one run to others of the same network: it needs two")
    try:
        check_plane_cost(subject.objectives[first], round(np.sqrt(PLACES * len(others))), None, FRAME)
    except BadInput:
        raise BadInput("asks a network in every frame, and this one is too large for it") from None


SPEC = PanelSpec(runs=(check_runs,), labels=("runs",))
