"""Stability maps: which hyperparameters let a rule converge, how soon, and which diverge."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.calls import checked_call, checked_settings
from optiviz._lib.display import short_repr
from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array
from optiviz.analysis.basins import local_minima
from optiviz.analysis.many_runs import Below, check_memory, run_batch, stepping, with_settings
from optiviz.objectives.base import Objective
from optiviz.objectives.fit import Fit
from optiviz.objectives.given import named_surface
from optiviz.objectives.surface import Surface
from optiviz.optimizers import GD, NAG, Momentum
from optiviz.optimizers.function import as_optimizer
from optiviz.runs.minimize import MAX_RECORD, Competitor, starting_point

MOST_CURVED = 64  # parameters of which all curvatures are worked out
GRID_SAMPLES = 40  # places at which a slope is compared; a hundred times as many on a surface


@checked_settings
@dataclass(frozen=True, eq=False)
class StabilityMap:
    """Convergence of a rule over a grid of one or two hyperparameters: arrival and divergence steps.

    Parameters
    ----------
    names : tuple of str
        Of the hyperparameters, the one that runs along the last axis first.
    values : tuple of array (X,), or of array (X,) and array (Y,)
    steps : array (X,) or (Y, X) of int
        The step from which on the loss was at most `target`; -1 where it was not at the end.
    stopped_at : array (X,) or (Y, X) of int
        The step at which the run was lost; -1 where it stayed.
    target : float
        The loss that counts as arrived.
    limit : array, or None
        The largest stable learning rate by theory, for each value of the other hyperparameter: (Y,), (X,),
        or () if there is no other. None where theory is silent; it speaks of GD, Momentum and NAG on
        quadratics.
    round : float, or None
        Of GD, Momentum and NAG on a quadratic that is equally curved in all directions, its curvature.
    """

    __repr__ = short_repr

    names: tuple[str, ...]
    values: tuple[Array, ...]
    steps: NDArray[np.int64]
    stopped_at: NDArray[np.int64]
    target: float
    limit: Array | None
    round: float | None = None

    @property
    def share(self) -> float:
        """The part of all combinations that arrived: how robust the rule is over these values."""
        return float((self.steps >= 0).mean())


@checked_call
def stability_map(
    objective: Objective | str,
    optimizer: Competitor,
    hyperparameters: Mapping[str, Any],
    *,
    steps: int = 200,
    tolerance: float = 1e-3,
    start: Any = None,
    lowest: float | None = None,
    seed: int = 0,
    processes: int | None = None,
) -> StabilityMap:
    """Run a rule with every combination of hyperparameters, all from one start, as one batch.

    Parameters
    ----------
    objective : Objective
    optimizer : Optimizer
        Its other hyperparameters stay what they are; of a wrapped rule those of the wrapper count too.
    hyperparameters : mapping of str to array
        One or two of them, each with its values: `{"learning_rate": (X,), "momentum": (Y,)}`;
        `"learning_rate@dense_1"` is the rate of one layer of a network. At most 4 million combinations.
    steps : int, default 200
    tolerance : float, default 1e-3
        A run has arrived when its loss is at most lowest + tolerance (loss at the start - lowest), and
        stays so until the last step.
    start : array (P,), default the objective's own
    lowest : float, optional
        The least loss there is. Of a surface and of a line through data it is known or searched for; of a
        network it is 0 unless given.
    seed : int, default 0
        Of batches and noise; all combinations have equal luck.
    processes : int, default 1
        How many work on it, as in `minimize`.

    Returns
    -------
    StabilityMap

    Raises
    ------
    BadInput
        For a name that the rule does not have, a value out of its bounds, too many combinations, a start
        that is as low as can be, and where no lowest loss is known.

    Examples
    --------
    Gradient descent on a bowl of curvature 2 bears rates below 2 / 2:

    >>> from optiviz.objectives.surface import surface
    >>> bowl = surface("x**2 + y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1, 1))
    >>> found = stability_map(bowl, GD(), {"learning_rate": np.array([0.1, 0.5, 0.9, 1.1])})
    >>> found.steps.tolist(), found.stopped_at.tolist(), float(found.limit)
    ([16, 1, 16, -1], [-1, -1, -1, 82], 1.0)
    >>> found.share
    0.75
    """
    objective = named_surface(objective)
    values = {name: axis_values(name, given) for name, given in hyperparameters.items()}
    if not 1 <= len(values) <= 2:
        raise BadInput(f"a map has one or two hyperparameters, got {len(values)}")
    shape = tuple(len(axis) for axis in values.values())[::-1]
    count = int(np.prod(shape))
    check_memory(count, steps)
    one = starting_point(objective, start)
    if one.ndim != 1:
        raise BadInput(f"a map has one start ({len(one)},), got an array of shape {one.shape}")
    if 16 * one.nbytes * count > MAX_RECORD:
        raise BadInput(f"{count:,} runs of {len(one):,} parameters would not fit into memory")
    target = target_of(objective, one, tolerance, lowest)
    grids = np.meshgrid(*values.values())
    settings = {name: grid.ravel() for name, grid in zip(values, grids, strict=True)}
    rule = stepping(optimizer)
    watch = Below.of(count, steps, target)
    theta = np.broadcast_to(one[:, None], (len(one), count))
    lost = run_batch(objective, with_settings(rule, settings), theta, watch, seed, processes)
    arrived = (watch.since <= steps) & (lost < 0)
    since = np.where(arrived, watch.since, -1).astype(np.int64)
    curvatures = curvatures_of(objective, one) if type(rule) in (GD, Momentum, NAG) else None
    limit = theoretical_limit(curvatures, rule, values)
    axes = tuple(values.values())
    return StabilityMap(
        tuple(values),
        axes,
        since.reshape(shape),
        lost.reshape(shape),
        target,
        limit,
        round_curvature(curvatures),
    )


def axis_values(name: str, values: Any) -> Array:
    """The values of a hyperparameter as (N,)."""
    axis = np.array(values, dtype=float)
    if axis.ndim != 1 or not len(axis) or not np.isfinite(axis).all():
        raise BadInput(f"{name} must be finite numbers (N,), got {values!r:.80}")
    return axis


def target_of(objective: Objective, start: Array, tolerance: float, lowest: float | None) -> float:
    """The loss that counts as arrived."""
    if not 0 < tolerance < 1:
        raise BadInput(f"tolerance must be greater than 0 and less than 1, got {tolerance:g}")
    least = lowest_of(objective) if lowest is None else float(lowest)
    if least is None:
        raise BadInput(f"the lowest loss of {objective.name} is not known; give `lowest`")
    first = float(objective.value(start))
    if not (np.isfinite(first) and first > least):
        raise BadInput(f"the loss at the start, {first:g}, is not above the lowest, {least:g}")
    return least + tolerance * (first - least)


def lowest_of(objective: Objective) -> float | None:
    """The least loss there is, where that is known or can be found."""
    if isinstance(objective, Surface):
        if objective.f_min is not None:
            return float(objective.f_min)
        minima = local_minima(objective)
        return float(objective.value(minima.T).min()) if len(minima) else None
    if isinstance(objective, Fit):
        return float(objective.value(objective.best))
    return 0.0


# ---- theory


@checked_call
def largest_stable_rate(optimizer: Any, curvature: float) -> Any:
    """The learning rate from which on a rule runs away on a quadratic of that largest curvature L.

    Along an eigenvector of curvature a each of the three rules is a linear recurrence; with c = 1 - rate a
    its characteristic polynomial is

        GD          r - c
        Momentum    r^2 - (momentum + c) r + momentum
        NAG         r^2 - (1 + momentum) c r + momentum c

    and it shrinks while all |r| < 1. A polynomial r^2 + p r + q has its roots there when |q| < 1 and
    |p| < 1 + q, which for 0 < rate and momentum in [0, 1) comes to 1 - p + q > 0, or

        GD          rate < 2 / L
        Momentum    rate < 2 (1 + momentum) / L
        NAG         rate < (2 + 2 momentum) / (L (1 + 2 momentum))

    (with `dampening` the rate of Momentum counts as rate (1 - dampening)). So momentum nearly doubles the
    rates that the heavy ball bears, and lowers those of Nesterov's rule by up to a third.

    Parameters
    ----------
    optimizer : Optimizer
        Its momentum may be an array (N,).
    curvature : float
        L, greater than 0.

    Returns
    -------
    float, array (N,), or None
        None for any other rule, and for one that is wrapped.

    Examples
    --------
    >>> largest_stable_rate(GD(), 50.0), round(largest_stable_rate(Momentum(momentum=0.9), 50.0), 12)
    (0.04, 0.076)

    References
    ----------
    B. T. Polyak, Some methods of speeding up the convergence of iteration methods, 1964.
    B. O'Donoghue, E. Candes, Adaptive restart for accelerated gradient schemes, 2015.
    L. Lessard, B. Recht, A. Packard, Analysis and design of optimization algorithms via integral quadratic
    constraints, 2016.
    """
    optimizer = as_optimizer(optimizer)
    if not (isinstance(curvature, int | float) and curvature > 0):
        raise BadInput(
            f"must be a number greater than 0, such as sharpness(objective, theta), got {curvature!r:.60}",
            field="curvature",
        )
    if type(optimizer) is GD:
        return 2 / curvature
    if type(optimizer) is Momentum:
        kept = 1 - np.asarray(optimizer.dampening)
        with np.errstate(divide="ignore"):
            limit = 2 * (1 + np.asarray(optimizer.momentum)) / (curvature * kept)
        return float(limit) if limit.ndim == 0 else limit
    if type(optimizer) is NAG:
        mu = optimizer.momentum
        return (2 + 2 * mu) / (curvature * (1 + 2 * mu))
    return None


def theoretical_limit(curvatures: Array | None, rule: Any, values: Mapping[str, Array]) -> Array | None:
    """`StabilityMap.limit`: the theory for a rule whose learning rate is one of the hyperparameters."""
    others = {name: axis for name, axis in values.items() if name != "learning_rate"}
    if len(others) == len(values) or curvatures is None or any("@" in name for name in values):
        return None
    limit = largest_stable_rate(with_settings(rule, others), float(curvatures[-1]))
    return np.broadcast_to(limit, [len(axis) for axis in others.values()])


def critical_momentum(learning_rate: Array, curvature: float) -> Array:
    """The momentum from which on the heavy ball rings on a quadratic of curvature L, (1 - sqrt(rate L))^2.

    With c = 1 - rate L the roots of r^2 - (momentum + c) r + momentum are complex where
    (momentum + c)^2 < 4 momentum, which is (1 - sqrt(rate L))^2 < momentum < (1 + sqrt(rate L))^2. Below it
    both are real: positive for rate L < 1, where the run creeps home, and negative beyond, where it changes
    sides at every step.

    >>> critical_momentum(np.array([0.25, 1.0, 2.25]), 1.0).tolist()
    [0.25, 0.0, 0.25]
    """
    return np.asarray((1.0 - np.sqrt(learning_rate * curvature)) ** 2)


def round_curvature(curvatures: Array | None) -> float | None:
    """The one curvature of a quadratic that is equally curved in all directions; None for anything else."""
    if curvatures is None or curvatures[-1] - curvatures[0] > 1e-9 * curvatures[-1]:
        return None
    return float(curvatures[-1])


def largest_curvature(objective: Objective, theta: Array) -> float | None:
    """The largest eigenvalue of the Hessian of a quadratic with a lowest point; None for anything else."""
    curvatures = curvatures_of(objective, theta)
    return None if curvatures is None else float(curvatures[-1])


def curvatures_of(objective: Objective, theta: Array) -> Array | None:
    """(P,) ascending eigenvalues of the Hessian of a quadratic with a lowest point; None for anything else.

    A function is quadratic where its slope is affine: here it is asked for along each axis, which gives the
    Hessian, and then at places all over the window, where it must be what the Hessian says.
    """
    count = len(theta)
    if count > MOST_CURVED:
        return None
    scale = max(1.0, float(np.abs(theta).max()))
    low, high, looks = theta - 3 * scale, theta + 3 * scale, GRID_SAMPLES
    if isinstance(objective, Surface):
        (low, high), looks = np.array([objective.xlim, objective.ylim]).T, 100 * GRID_SAMPLES
    moves = np.random.default_rng(0).uniform(low, high, (looks, count)).T - theta[:, None]
    with np.errstate(all="ignore"):
        slope = objective.gradient(theta)[:, None]
        hessian = (objective.gradient(theta[:, None] + scale * np.eye(count)) - slope) / scale
        error = objective.gradient(theta[:, None] + moves) - slope - hessian @ moves
        size = np.abs(hessian) @ np.abs(moves) + np.abs(slope)
    if not np.abs(error).max() <= 1e-8 * size.max():
        return None
    curvatures = np.asarray(np.linalg.eigvalsh((hessian + hessian.T) / 2), dtype=float)
    return curvatures if curvatures[0] >= -1e-9 * curvatures[-1] and curvatures[-1] > 0 else None
