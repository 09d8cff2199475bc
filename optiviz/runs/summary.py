"""Summary statistics of a comparison: losses, steps to tolerance, distances, evaluations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from optiviz._lib.calls import checked_call
from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array
from optiviz.objectives.base import Objective
from optiviz.objectives.fit import Fit
from optiviz.objectives.surface import Surface
from optiviz.runs.trajectory import Comparison, Trajectory

TOLERANCES = (1e-2, 1e-4)


@dataclass(frozen=True)
class Yardstick:
    """Reference losses of a comparison: those between which tolerances are measured.

    Parameters
    ----------
    start : float
        The loss at the start; of several starts the highest.
    lowest : float
        The least loss there is, or that is known.
    source : "known minimum" or "best of all runs"
        Where `lowest` is from.
    """

    start: float
    lowest: float
    source: str

    def target(self, tolerance: float) -> float:
        """The loss at which all but the share `tolerance` of the drop is done."""
        return self.lowest + tolerance * (self.start - self.lowest)


@dataclass(frozen=True)
class Reached:
    """When a run first had a loss as low as asked: steps, and what was asked for by then."""

    step: int
    gradients: int
    values: int


@dataclass(frozen=True)
class Summary:
    """Summary statistics of one run.

    Parameters
    ----------
    label, status : str
    stopped_at : int or None
        See `Trajectory`.
    steps : int
    final_loss, best_loss : float
    reached : mapping of float to Reached or None
        For each tolerance, when; None if never.
    distance : float or None
        From the last place to the nearest known minimum; None when none is known.
    path_length : float
        Summed over the recorded rows.
    gradients, values : int
        Evaluations in all.
    """

    label: str
    status: str
    stopped_at: int | None
    steps: int
    final_loss: float
    best_loss: float
    reached: Mapping[float, Reached | None]
    distance: float | None
    path_length: float
    gradients: int
    values: int


def yardstick(comparison: Comparison) -> Yardstick:
    """The start and the lowest loss that tolerances are measured between.

    Examples
    --------
    >>> from optiviz.objectives.surface import surface
    >>> from optiviz.optimizers import GD
    >>> from optiviz.runs.minimize import compare
    >>> bowl = surface("x**2 + y**2 + 1", xlim=(-2, 2), ylim=(-2, 2), start=(1, 1), minima=[(0, 0)])
    >>> measure = yardstick(compare(bowl, {"GD": GD(0.1)}, steps=3))
    >>> measure, measure.target(0.5)
    (Yardstick(start=3.0, lowest=1.0, source='known minimum'), 2.0)
    """
    runs = comparison.at_positions.trajectories.values()
    if not runs:
        raise BadInput("there are no runs to compare")
    starts = [float(run.losses[0]) for run in runs if np.isfinite(run.losses[0])]
    start = max(starts, default=np.nan)
    known = known_lowest(comparison.objective)
    if known is not None:
        return Yardstick(start, known, "known minimum")
    return Yardstick(start, min((best(run) for run in runs), default=np.nan), "best of all runs")


@checked_call
def summary(comparison: Comparison, tolerances: Sequence[float] = TOLERANCES) -> list[Summary]:
    """Summary statistics of each run of a comparison, in their order.

    Parameters
    ----------
    comparison : Comparison
        Of single runs, not of runs side by side.
    tolerances : sequence of float, default (1e-2, 1e-4)
        Shares of the drop from the start to the least loss that may be left: see `yardstick`.

    Returns
    -------
    list of Summary

    Raises
    ------
    BadInput
        For a tolerance that is no share, or runs side by side.

    Examples
    --------
    >>> from optiviz.objectives.surface import surface
    >>> from optiviz.optimizers import GD
    >>> from optiviz.runs.minimize import compare
    >>> bowl = surface("x**2 + y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1, 0), minima=[(0, 0)])
    >>> (row,) = summary(compare(bowl, {"GD": GD(0.25)}, steps=5), [0.1])       # x halves at each step
    >>> row.final_loss, row.distance, row.path_length, row.reached[0.1]
    (0.0009765625, 0.03125, 0.96875, Reached(step=2, gradients=2, values=0))
    """
    for tolerance in tolerances:
        if not 0 <= tolerance < 1:
            raise BadInput(f"a tolerance is a share of the drop, from 0 to below 1, got {tolerance!r}")
    for run in comparison.trajectories.values():
        if run.path.ndim != 2:
            count = run.path.shape[2]
            raise BadInput(f"run '{run.label}' is {count:,} runs side by side; a row is one run")
    comparison = comparison.at_positions
    measure, minima = yardstick(comparison), known_minima(comparison.objective)
    return [
        one(run, {t: measure.target(t) for t in tolerances}, minima)
        for run in comparison.trajectories.values()
    ]


def one(run: Trajectory, targets: Mapping[float, float], minima: Array) -> Summary:
    """Summary statistics of one run; `targets` are losses to be reached, by tolerance, `minima` (K, P)."""
    # a run may have weights of its own, more than those of a problem whose minima nobody knows
    gaps = np.sqrt(((run.path[-1] - minima) ** 2).sum(axis=1)) if len(minima) else minima
    return Summary(
        label=run.label,
        status=run.status,
        stopped_at=run.stopped_at,
        steps=run.steps,
        final_loss=float(run.losses[-1]),
        best_loss=best(run),
        reached={tolerance: first_below(run, loss) for tolerance, loss in targets.items()},
        distance=float(gaps.min()) if len(gaps) else None,
        path_length=float(np.sqrt((np.diff(run.path, axis=0) ** 2).sum(axis=1)).sum()),
        gradients=int(run.evaluations.gradients),
        values=int(run.evaluations.values),
    )


def first_below(run: Trajectory, loss: float) -> Reached | None:
    """When a run first was at `loss` or below."""
    there = np.flatnonzero(run.losses <= loss)
    if not len(there):
        return None
    k, spent = int(there[0]), run.evaluations
    return Reached(int(run.at[k]), int(spent.gradients_at[k]), int(spent.values_at[k]))


def best(run: Trajectory) -> float:
    """The lowest finite loss of a run; inf when there is none."""
    return float(run.losses[np.isfinite(run.losses)].min(initial=np.inf))


def known_minima(objective: Objective) -> Array:
    """(K, P) where the objective is known to be lowest."""
    if isinstance(objective, Surface):
        return objective.minima
    return objective.best[np.newaxis] if isinstance(objective, Fit) else np.empty((0, len(objective.start)))


def known_lowest(objective: Objective) -> float | None:
    """The least loss there is, if that is known."""
    if isinstance(objective, Surface) and objective.f_min is not None:
        return float(objective.f_min)
    minima = known_minima(objective)
    return min((float(objective.value(place)) for place in minima), default=None)
