"""The run: gradient and step alternate, and everything a picture will need is written down."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from optiviz.errors import BadInput
from optiviz.notation import Array, State
from optiviz.objectives.base import Objective
from optiviz.optimizers.base import Optimizer

MAX_STEPS = 1_000_000
MAX_RECORD = 2**31  # bytes


@dataclass(frozen=True)
class Trajectory:
    """What one run did. Every number in it is finite, save perhaps the loss of the start.

    Parameters
    ----------
    label : str
    path : array (T+1, P)
        Where it stood, the start included. For NAG these are look-ahead points.
    losses : array (T+1,)
        The exact loss there, also when the gradients were noisy.
    gradients : array (T, P)
        What each step was told; row k led from path[k] to path[k + 1].
    state : mapping of str to array (T+1, P)
        What the rule remembered (`velocity`, `first_moment`, ...), before the first step and after each.
    status : "finished" or "diverged"
    stopped_at : int or None
        The step that left for good (a value that is not finite, or beyond `objective.far`); it is
        not recorded, so `len(path) == stopped_at`. None for a run that finished.
    """

    label: str
    path: Array
    losses: Array
    gradients: Array
    state: Mapping[str, Array]
    status: str = "finished"
    stopped_at: int | None = None

    @property
    def steps(self) -> int:
        """T, the steps recorded."""
        return len(self.path) - 1


@dataclass(frozen=True)
class Comparison:
    """Runs on one objective, by label."""

    objective: Objective
    trajectories: Mapping[str, Trajectory]


def minimize(
    objective: Objective,
    optimizer: Optimizer,
    *,
    steps: int = 100,
    start: Any = None,
    seed: int = 0,
    label: str | None = None,
) -> Trajectory:
    """Take `steps` steps and write down what happened.

    Parameters
    ----------
    objective : Objective
    optimizer : Optimizer
    steps : int, default 100
    start : array (P,), default the objective's own
    seed : int, default 0
        The same seed gives the same batches and the same noise, so optimizers compared under one
        seed have equal luck.
    label : str, default the name of the rule

    Returns
    -------
    Trajectory
        A run that diverges is a result: it ends early and says so in `status`.

    Raises
    ------
    BadInput
        When the start does not fit the objective, or the record would not fit into memory.

    Examples
    --------
    >>> from optiviz.objectives.surface import surface
    >>> from optiviz.optimizers import GD
    >>> bowl = surface("x**2 + y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1, 1))
    >>> minimize(bowl, GD(0.25), steps=2).path.tolist()
    [[1.0, 1.0], [0.5, 0.5], [0.25, 0.25]]
    """
    theta = starting_point(objective, start)
    if not 0 <= steps <= MAX_STEPS:
        raise BadInput(f"steps must be a whole number from 0 to {MAX_STEPS:,}, got {steps}")
    batches = objective.batches(np.random.default_rng(seed))
    state = optimizer.init(theta)
    names = [name for name in state if name != "count"]
    need = (steps + 1) * theta.nbytes * (2 + len(names))
    if need > MAX_RECORD:
        raise BadInput(
            f"{steps:,} steps of {theta.size:,} numbers would take {need / 2**30:.1f} GiB to record; "
            f"the limit is {MAX_RECORD / 2**30:.0f} GiB"
        )
    path, gradients = np.empty((steps + 1, *theta.shape)), np.empty((steps, *theta.shape))
    losses = np.empty(steps + 1)
    memory = {name: np.empty_like(path) for name in names}
    record(path, memory, 0, theta, state)
    taken = 0
    limit = objective.far**2
    with np.errstate(all="ignore"):
        losses[0], gradient = objective.value_and_gradient(theta, next(batches))
        for k in range(steps):
            theta, state = optimizer.step(theta, gradient, state)
            if not theta.dot(theta) <= limit:
                break
            gradients[k] = gradient
            losses[k + 1], gradient = objective.value_and_gradient(theta, next(batches))
            if not np.isfinite(losses[k + 1]):
                break
            record(path, memory, k + 1, theta, state)
            taken = k + 1
    return Trajectory(
        label=label or type(optimizer).__name__,
        path=path[: taken + 1],
        losses=losses[: taken + 1],
        gradients=gradients[:taken],
        state={name: rows[: taken + 1] for name, rows in memory.items()},
        status="finished" if taken == steps else "diverged",
        stopped_at=None if taken == steps else taken + 1,
    )


def compare(
    objective: Objective,
    optimizers: Mapping[str, Optimizer],
    *,
    steps: int = 100,
    start: Any = None,
    seed: int = 0,
) -> Comparison:
    """The same problem, start and luck for several rules.

    Examples
    --------
    >>> from optiviz.objectives.surface import surface
    >>> from optiviz.optimizers import GD, Momentum
    >>> bowl = surface("x**2 + y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1, 1))
    >>> race = compare(bowl, {"GD": GD(0.1), "ball": Momentum(0.1, 0.5)}, steps=3)
    >>> [round(float(t.losses[-1]), 4) for t in race.trajectories.values()]
    [0.5243, 0.1568]
    """
    runs = {
        label: minimize(objective, optimizer, steps=steps, start=start, seed=seed, label=label)
        for label, optimizer in optimizers.items()
    }
    return Comparison(objective, runs)


def starting_point(objective: Objective, start: Any) -> Array:
    """`start`, or the objective's own, as an array of its own; refuses what does not fit."""
    theta = np.array(objective.start if start is None else start, dtype=float)
    if theta.shape != np.shape(objective.start) or not np.isfinite(theta).all():
        raise BadInput(f"start must be {np.size(objective.start)} finite numbers, got {start!r}")
    return theta


def record(path: Array, memory: dict[str, Array], k: int, theta: Array, state: State) -> None:
    """Write row k of the record in place."""
    path[k] = theta
    for name, rows in memory.items():
        rows[k] = state[name]
