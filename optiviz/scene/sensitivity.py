"""How far rounding alone moves the runs of a scene: tolerances for records, measured by shaken replays.

Another processor, or another NumPy, rounds the last digit of a function differently, at any step. So a scene
is played again with each place moved by up to one unit in the last place before its slope is asked for, and
the slope moved as much: that is how far the same formulas may come apart elsewhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from optiviz._lib.typing import Array, Batch
from optiviz.runs.trajectory import Trajectory
from optiviz.scene.play import play_runs
from optiviz.scene.scene import Scene

REPLAYS = 3
UNIT = 2.0**-52  # one unit in the last place of 1
SAFETY = 100.0  # times what the replays moved
LEAST = 1e-12  # of the size of a row: some thousand units
LOST = 1e-4  # of the extent of a path; what rounding moves further is no reference for anybody


@dataclass(eq=False)
class Shaken:
    """An objective with a last digit that nobody can rely on; its noise is that of `seed`."""

    objective: Any
    seed: int
    rng: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.objective, name)

    def moved(self, numbers: Any) -> Array:
        """Numbers, each moved by up to a unit in its last place."""
        return np.asarray(numbers * (1.0 + UNIT * self.rng.uniform(-1.0, 1.0, np.shape(numbers))))

    def value(self, theta: Array) -> Array:
        return self.moved(self.objective.value(self.moved(theta)))

    def gradient(self, theta: Array, batch: Batch = None) -> Array:
        return self.moved(self.objective.gradient(self.moved(theta), batch))

    def value_and_gradient(self, theta: Array, batch: Batch = None) -> tuple[Array, Array]:
        loss, gradient = self.objective.value_and_gradient(self.moved(theta), batch)
        return self.moved(loss), self.moved(gradient)


def tolerances(scene: Scene, runs: dict[str, Trajectory]) -> dict[str, Array]:
    """By run, what each row may be off (R, 2): theta's coordinates and the loss; inf once rounding decides.

    It is a hundred times what three shaken replays moved the row, half of what the row before may be off at
    least, and at least 1e-12 of the row's size.

    Examples
    --------
    >>> from optiviz.scene.play import play
    >>> from optiviz.scenefile import load
    >>> scene = load("momentum")
    >>> found = tolerances(scene, dict(play(scene).trajectories))["Batch GD"]
    >>> found.shape, bool((found < 1e-10).all())
    ((61, 2), True)
    """
    replays = [play_runs(scene, shaken(seed))[0] for seed in range(REPLAYS)]
    return {label: allowed_rows(run, [one[label] for one in replays]) for label, run in runs.items()}


def shaken(seed: int) -> Any:
    """What makes an objective a shaken one."""
    return lambda objective: Shaken(objective, seed)


def allowed_rows(run: Trajectory, replays: list[Trajectory]) -> Array:
    """(R, 2) for one run and its shaken replays."""
    rows = len(run.at)
    moved = np.zeros((rows, 2))
    with np.errstate(all="ignore"):
        for other in replays:
            both = min(rows, len(other.at))
            theta = np.abs(run.path[:both] - other.path[:both]).max(axis=1)
            loss = np.abs(run.losses[:both] - other.losses[:both])
            moved[:both] = np.fmax(moved[:both], np.column_stack([theta, loss]))
            moved[both:] = np.inf  # one of them was lost there, or content
        size = np.column_stack([np.abs(run.path).max(axis=1), np.nan_to_num(np.abs(run.losses))])
        extent = np.nanmax(np.abs(run.path - run.path[0]), initial=0.0), np.nanmax(size[:, 1], initial=0.0)
        moved = np.array(list(fading_maximum(moved)))
        decided = (moved > LOST * np.array(extent)).any(axis=1)
        allowed = SAFETY * moved + LEAST * size
    if decided.any():
        allowed[int(decided.argmax()) :] = np.inf
    return allowed


def fading_maximum(values: Array) -> Iterator[Array]:
    """Each row, or half of the one before where that is more."""
    last = np.zeros_like(values[0])
    for row in values:
        last = np.maximum(row, last / 2)
        yield last
