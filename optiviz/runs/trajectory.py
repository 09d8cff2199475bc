"""Run records: `Trajectory`, `Comparison`, `Evaluations`, all that drawing knows of a run."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.calls import checked_settings
from optiviz._lib.display import mime_bundle, short_repr
from optiviz._lib.errors import BadInput
from optiviz._lib.frozen import frozen
from optiviz._lib.registry import UnknownName, hint
from optiviz._lib.typing import Array
from optiviz.objectives.base import Objective
from optiviz.runs.csv_rows import columns_of_runs
from optiviz.runs.save import save


@checked_settings
@dataclass(frozen=True, eq=False)
class Evaluations:
    """Counts of loss and gradient evaluations: what a run costs, whoever runs it.

    Most rules of ours ask for one gradient a step and for no value; SAM, line searches and Newton's rule for
    what they need, where a product with the Hessian counts as one gradient and a Hessian as P of them; one of
    your own for as many gradients as its `gradients_per_step` says. What is asked for the sake of the record
    does not count.

    Parameters
    ----------
    values, gradients : int, or array (N,) of int
        In all, the step that was lost and the search that led nowhere included.
    values_at, gradients_at : array (R,) of int
        By the time each row was reached; runs side by side have the same, or (R, N) where each asks for what
        it needs.
    """

    __repr__ = short_repr

    values: Any
    gradients: Any
    values_at: NDArray[np.int64]
    gradients_at: NDArray[np.int64]


@checked_settings
@dataclass(frozen=True, eq=False)
class Trajectory:
    """Record of one run, or of N runs side by side. All numbers are finite, save perhaps the first loss.

    R rows are recorded: R = T + 1, one for each step and one for the start, unless `every` thinned them.

    Parameters
    ----------
    label : str
    path : array (R, P) or (R, P, N)
        Where it stood, the start first. For NAG these are look-ahead points.
    losses : array (R,) or (R, N)
        The exact loss there, also when the gradients were noisy.
    gradients : array (R-1, P) or (R-1, P, N)
        What the rule was told at path[:-1]; empty when not recorded, or never asked for.
    state : mapping of str to array (R, P) or (R, P, N)
        What the rule remembered (`velocity`, `first_moment`, ...) at each row; empty when not recorded.
    status : "finished" or "diverged", or an array (N,) of them
        A solver that was content before its last step is "finished" with fewer rows.
    stopped_at : int or None, or an array (N,) with -1 for None
        The step that left for good: to a value that is not finite, or beyond `objective.far`. It is not
        recorded; a single run ends before it, a run among others stands still from there on.
    at : array (R,) of int
        The number of finished steps at each row.
    evaluations : Evaluations
        How many values and gradients the rule asked for.
    positions : array shaped like `path`, optional
        Where the weights are: `path` itself, but for rules that look ahead (NAG) theta instead of phi.
    """

    label: str
    path: Array
    losses: Array
    gradients: Array
    state: Mapping[str, Array]
    status: Any
    stopped_at: Any
    at: NDArray[np.int64]
    evaluations: Evaluations
    positions: Any = None

    def __post_init__(self) -> None:
        if self.positions is None:
            object.__setattr__(self, "positions", self.path)

    @staticmethod
    def of(
        path: Any, losses: Any, *, label: str = "logged", at: Any = None, diverged: bool = False
    ) -> "Trajectory":
        """A run from logged weights: what others have run, drawn and compared like our own.

        Parameters
        ----------
        path : array (R, P) or (R,)
            The weights at each row, the start first; a list of lists, an array or a DataFrame of pandas.
        losses : array (R,), or function
            The loss at each row, or the function of theta (P,) that gives it.
        label : str, default "logged"
        at : array (R,) of int, optional
            The number of finished steps at each row, from 0 on; 0, 1, 2, ... unless given.
        diverged : bool, default False
            Whether the run was lost after the last row. A row that is not finite ends it as well.

        Raises
        ------
        BadInput
            When the shapes do not fit, or the steps do not count up from 0.

        Examples
        --------
        >>> run = Trajectory.of([[2.0, 0.0], [1.0, 0.0], [0.5, 0.0]], losses=lambda w: w @ w, label="mine")
        >>> run, run.losses.tolist()
        (Trajectory('mine': 2 steps of theta (2,), loss 0.25, finished), [4.0, 1.0, 0.25])
        """
        rows = logged_array(path, "path")
        rows = rows[:, None] if rows.ndim == 1 else rows
        if rows.ndim != 2 or not rows.size:
            raise BadInput(f"path must have a row of weights for each step, got the shape {rows.shape}")
        told = [float(losses(row)) for row in rows] if callable(losses) else losses
        values = logged_array(told, "losses")
        steps = np.arange(len(rows)) if at is None else logged_array(at, "at")
        for name, found in (("losses", values), ("at", steps)):
            if found.shape != (len(rows),):
                raise BadInput(f"{name} must have one number for each of the {len(rows):,} rows of path, "
                               f"got the shape {found.shape}")  # fmt: skip
        if (steps != np.floor(steps)).any() or steps[0] != 0 or (np.diff(steps) <= 0).any():
            raise BadInput("at must be whole numbers that count up from 0")
        steps = steps.astype(np.int64)
        bad = ~np.isfinite(rows).all(axis=1) | ~np.isfinite(values)
        bad[0] = not np.isfinite(rows[0]).all()
        if bad[0]:
            raise BadInput("the first row of path is not finite")
        end = int(np.argmax(bad)) if bad.any() else len(rows)
        lost = int(steps[end]) if bad.any() else int(steps[-1]) + 1 if diverged else None
        unknown_counts = np.zeros(end, dtype=np.int64)
        return Trajectory(
            label=label,
            path=rows[:end],
            losses=values[:end],
            gradients=np.empty((0, rows.shape[1])),
            state={},
            status="finished" if lost is None else "diverged",
            stopped_at=lost,
            at=steps[:end],
            evaluations=Evaluations(0, 0, unknown_counts, unknown_counts),
        )

    def __repr__(self) -> str:
        """What it is, how far it came, and how it ended."""
        count = f"{self.steps:,} step{'s' * (self.steps != 1)} of theta {self.path.shape[1:2]}"
        if self.path.ndim == 2:
            return f"Trajectory({self.label!r}: {count}, loss {self.losses[-1]:.6g}, {self.status})"
        fine = int(np.sum(np.asarray(self.status) == "finished"))
        return f"Trajectory({self.label!r}: {self.path.shape[2]:,} runs of {count}, {fine:,} finished)"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """A line and a small table, in a notebook."""
        return mime_bundle(self, include, exclude)

    def __getitem__(self, k: int) -> "Trajectory":
        """Run k of runs side by side, cut where it was lost.

        Examples
        --------
        >>> from optiviz.objectives.surfaces import surfaces
        >>> from optiviz.optimizers import GD
        >>> from optiviz.runs.minimize import minimize
        >>> runs = minimize(surfaces["beale"], GD([0.001, 0.002]), steps=3)
        >>> runs[1].path.shape, runs[1].path[-1].tolist() == runs.path[-1, :, 1].tolist()
        ((4, 2), True)
        """
        if self.path.ndim == 2:
            raise BadInput(f"'{self.label}' is one run; runs[k] is for runs side by side")
        count = self.path.shape[2]
        if not -count <= k < count:
            raise IndexError(f"there is no run {k}: '{self.label}' has {count:,}")
        lost = int(self.stopped_at[k])
        last = len(self.at) if lost < 0 else int(np.searchsorted(self.at, lost))
        spent = self.evaluations
        values, gradients = (int(np.broadcast_to(c, count)[k]) for c in (spent.values, spent.gradients))
        return Trajectory(
            label=f"{self.label} {k % count}",
            path=self.path[:last, :, k],
            losses=self.losses[:last, k],
            gradients=self.gradients[: max(last - 1, 0), :, k],
            state={name: rows[:last, :, k] for name, rows in self.state.items()},
            status=str(self.status[k]),
            stopped_at=None if lost < 0 else lost,
            at=self.at[:last],
            evaluations=Evaluations(
                values,
                gradients,
                *(
                    counts[:last] if counts.ndim == 1 else counts[:last, k]
                    for counts in (spent.values_at, spent.gradients_at)
                ),
            ),
            positions=None if self.positions is self.path else self.positions[:last, :, k],
        )

    def __iter__(self) -> Iterator["Trajectory"]:
        """The runs of runs side by side, one by one; a single run is the only one."""
        if self.path.ndim == 2:
            return iter([self])
        return (self[k] for k in range(self.path.shape[2]))

    def to_frame(self) -> Any:
        """A pandas DataFrame with a row for each step recorded: run, step, coordinates and loss.

        Raises
        ------
        BadInput
            When pandas is not installed.
        """
        return frame_of(list(self))

    @property
    def steps(self) -> int:
        """The steps taken and kept."""
        return int(self.at[-1])

    def save(self, path: str | Path) -> None:
        """Write everything to an `.npz`, or path and losses to a readable `.json` or a `.csv`.

        The same run gives the same bytes; the file is whole or not there. `load_trajectory` reads it.

        Parameters
        ----------
        path : path
            Ends in `.npz`, or in `.json` or `.csv` for a single run: one line a step, floats to the last bit.

        Raises
        ------
        BadInput
            When the file cannot be written.
        """
        save({self.label: self}, path)


@checked_settings
@dataclass(frozen=True, eq=False)
class Comparison:
    """Runs on one objective, by label.

    Parameters
    ----------
    objective : Objective
        What all runs have in common: the ground they are drawn on.
    trajectories : mapping of str to Trajectory
    objectives : mapping of str to Objective, optional
        What each run itself descended, where a run has its own batches, noise, loss or network.
    times : mapping of str to array (R,), optional
        When in the clip each row of a run was reached; its `at` unless given. They differ where runs take
        steps of different length in the same time, as in a scene that counts epochs.
    recorded : mapping of str to Trajectory, optional
        The runs as they were recorded; they differ from `trajectories` in a comparison at positions.
    """

    objective: Objective
    trajectories: Mapping[str, Trajectory]
    objectives: Mapping[str, Objective] = field(default_factory=dict)
    times: Mapping[str, Array] = field(default_factory=dict)
    recorded: Mapping[str, Trajectory] = field(default_factory=dict)

    def __post_init__(self) -> None:
        own = {label: self.objectives.get(label, self.objective) for label in self.trajectories}
        at = {label: self.times.get(label, run.at.astype(float)) for label, run in self.trajectories.items()}
        recorded = {label: self.recorded.get(label, run) for label, run in self.trajectories.items()}
        object.__setattr__(self, "objectives", frozen(own))
        object.__setattr__(self, "recorded", frozen(recorded))
        object.__setattr__(self, "times", frozen(at))

    def __repr__(self) -> str:
        """The ground and the labels of the runs."""
        ground = getattr(self.objective, "name", type(self.objective).__name__)
        return f"Comparison({ground}: {', '.join(self.trajectories)})"

    def __getitem__(self, label: str) -> Trajectory:
        """The run of a label.

        Examples
        --------
        >>> from optiviz.runs.minimize import compare
        >>> race = compare("beale", ["gd", "adam"], steps=3)
        >>> race["Adam"].steps, list(race)
        (3, ['GD', 'Adam'])
        """
        if label not in self.trajectories:
            raise UnknownName(f"unknown run '{label}'{hint(str(label), self.trajectories)}")
        return self.trajectories[label]

    def __iter__(self) -> Iterator[str]:
        """The labels, as of a mapping; it has no length, so that an empty one is not false."""
        return iter(self.trajectories)

    def to_frame(self) -> Any:
        """A pandas DataFrame of all runs, as `Trajectory.to_frame`."""
        names = getattr(self.objective, "parameter_names", None)
        return frame_of([one for run in self.trajectories.values() for one in run], names)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """The last frame and the summary, in a notebook."""
        return mime_bundle(self, include, exclude)

    @cached_property
    def at_positions(self) -> "Comparison":
        """The same runs where their weights are: what pictures, tables and words show.

        For a rule that looks ahead (NAG) `path` holds theta instead of the look-ahead point, and `losses`
        the loss there; any other run is the same object. `recorded` keeps the runs as they were.
        """
        runs = {label: self.located(run) for label, run in self.trajectories.items()}
        if all(run is self.trajectories[label] for label, run in runs.items()):
            return self
        return Comparison(self.objective, runs, self.objectives, self.times, self.recorded)

    def located(self, run: Trajectory) -> Trajectory:
        """A run where its weights are, with the loss there."""
        if run.positions is run.path:
            return run
        places = np.moveaxis(run.positions, 0, 1)  # (P, R) or (P, R, N)
        with np.errstate(all="ignore"):
            losses = self.objectives[run.label].value(places.reshape(len(places), -1))
        return replace(run, path=run.positions, losses=losses.reshape(run.losses.shape))

    def row(self, label: str, time: float) -> int:
        """The last row of a run that was reached by `time`, which is counted in steps of the clip."""
        return max(int(np.searchsorted(self.times[label], time, side="right")) - 1, 0)

    def save(self, path: str | Path) -> None:
        """Write all runs to one file, as `Trajectory.save` does; `load_trajectories` reads it.

        The objective is code and stays behind: `Comparison(objective, load_trajectories(path))`.
        """
        save(self.trajectories, path)


def logged_array(given: Any, name: str) -> Array:
    """An array of floats from what somebody has logged."""
    try:
        return np.array(given, dtype=float)
    except (TypeError, ValueError):
        raise BadInput(f"{name} must be numbers, in rows of equal length") from None


def frame_of(runs: Sequence[Trajectory], names: Sequence[str] | None = None) -> Any:
    """The same as a pandas DataFrame."""
    try:
        import pandas  # type: ignore[import-not-found, import-untyped, unused-ignore]
    except ImportError:
        raise BadInput("to_frame needs pandas: pip install pandas") from None
    if not runs or len({run.path.shape[1] for run in runs}) > 1:
        raise BadInput("to_frame needs runs with the same number of parameters")
    return pandas.DataFrame(columns_of_runs(runs, names))
