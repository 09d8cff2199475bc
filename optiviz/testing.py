"""For test suites: whether a run still takes the path it took, and where it first leaves it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array
from optiviz.runs.load import load_trajectories
from optiviz.runs.trajectory import Comparison, Trajectory


@dataclass(frozen=True)
class Difference:
    """Where a run first leaves its reference.

    Parameters
    ----------
    run : str
    step : int
        Finished steps.
    what : str
        The coordinate (`x`, `w`, `theta[3]`, ...), or `loss`, `status`, `rows`, `run`.
    here, there : float, int or str
        What it is in the run, and what in the reference.
    """

    run: str
    step: int
    what: str
    here: Any
    there: Any

    @property
    def off(self) -> float | None:
        """By how much two numbers differ; None for what is no number."""
        numbers = isinstance(self.here, float) and isinstance(self.there, float)
        return abs(self.here - self.there) if numbers else None

    @property
    def relative(self) -> float | None:
        """The same as a share of the reference; None where that is 0."""
        return self.off / abs(self.there) if self.off is not None and self.there else None

    def __str__(self) -> str:
        if self.what == "run":
            return f"run '{self.run}' is missing {'here' if self.here == 'missing' else 'in the reference'}"
        if self.what == "rows":
            return f"run '{self.run}' has {self.here} rows here, {self.there} in the reference"
        where = f"run '{self.run}', step {self.step}, {self.what}: "
        told = f"{self.here!r} here, {self.there!r} in the reference"
        if self.off is None:
            return where + told
        share = "" if self.relative is None else f", {self.relative:.1e} of it"
        return f"{where}{told}; off by {self.off:.1e}{share}"


def assert_same_path(
    trajectory: Trajectory | Any, reference: Trajectory | Any, rtol: float = 1e-9, atol: float = 0.0
) -> None:
    """Fail unless a run, or each run of a comparison, takes the path of its reference, step by step.

    A number fits when |here - there| <= atol + rtol |there|. The default of 1e-9 lets pass what another
    processor or another NumPy does to the last bits over some hundred steps; 0 asks for the same bits.

    Parameters
    ----------
    trajectory : Trajectory, Comparison or array (R, P)
        Of a comparison every run is held against the one of the same label.
    reference : Trajectory, Comparison, mapping of str to Trajectory, array (R, P), or path of a file
        A file is one that `Trajectory.save`, `Comparison.save` or `optiviz record` wrote; of several runs
        the one with the label of `trajectory` is taken.
    rtol, atol : float, default 1e-9 and 0

    Raises
    ------
    AssertionError
        Its text names the first step and coordinate that differ, both numbers, and how many rows do.
    BadInput
        When the reference is a file that cannot be read, or lacks the label.

    Examples
    --------
    >>> assert_same_path([[1.0, 1.0], [0.5, 0.5]], [[1.0, 1.0], [0.5, 0.25]])
    Traceback (most recent call last):
    AssertionError: step 1, coordinate 1: 0.5 here, 0.25 in the reference; off by 2.5e-01, 1.0e+00 of it
    1 of 2 rows differ (rtol=1e-09, atol=0)
    """
    check_tolerances(rtol, atol)
    runs = runs_of_reference(reference)
    if isinstance(trajectory, Comparison):
        assert_same_runs(trajectory.trajectories, runs, rtol, atol)
        return
    label = trajectory.label if isinstance(trajectory, Trajectory) else None
    if runs is not None:
        if len(runs) > 1 and label not in runs:
            asked = "which run?" if label is None else f"no run '{label}' in it"
            raise BadInput(f"the reference: {asked} - known: {', '.join(map(repr, runs))}")
        reference = next((run for name, run in runs.items() if name == label), next(iter(runs.values())))
    here, there = rows_of_path(trajectory), rows_of_path(reference)
    at = steps_of_rows(trajectory, len(here))
    if here.shape[1:] != there.shape[1:]:
        raise AssertionError(f"theta has the shape {here.shape[1:]} here, {there.shape[1:]} in the reference")
    if isinstance(reference, Trajectory) and not same_steps(at, steps_of_rows(reference, len(there))):
        raise AssertionError("the two were not recorded at the same steps (`every` differs)")
    wrong = unlike(here, there, rtol, atol)
    limits = f"(rtol={rtol:g}, atol={atol:g})"
    if wrong.any():
        spot = tuple(np.argwhere(wrong)[0])
        first = Difference(
            label or "", int(at[spot[0]]), f"coordinate {spot[1]}", float(here[spot]), float(there[spot])
        )
        rows = int(wrong.reshape(len(wrong), -1).any(axis=1).sum())
        text = str(first).removeprefix(f"run '{first.run}', ") if not label else str(first)
        raise AssertionError(f"{text}\n{rows} of {len(wrong)} rows differ {limits}")
    if len(here) != len(there):
        raise AssertionError(
            f"the path has {len(here)} rows here, {len(there)} in the reference; "
            f"the first {min(len(here), len(there))} are the same {limits}"
        )


def runs_of_reference(reference: Any) -> Mapping[str, Trajectory] | None:
    """The runs of a file, a comparison or a mapping, by label; None for one run alone."""
    if isinstance(reference, str | Path):
        return load_trajectories(reference)
    if isinstance(reference, Comparison):
        return reference.trajectories
    return reference if isinstance(reference, Mapping) else None


def assert_same_runs(
    runs: Mapping[str, Trajectory], reference: Mapping[str, Trajectory] | None, rtol: float, atol: float
) -> None:
    """Fail unless both have the same labels, and each run takes the path of its reference."""
    if reference is None:
        raise BadInput("a comparison is held against a comparison, a mapping of runs, or a file of them")
    here = [f"run '{label}' is missing here" for label in reference if label not in runs]
    there = [f"run '{label}' is missing in the reference" for label in runs if label not in reference]
    if here or there:
        raise AssertionError("; ".join([*here, *there]))
    for label, run in runs.items():
        assert_same_path(run, reference[label], rtol, atol)


def differences(
    comparison: Comparison,
    reference: Mapping[str, Trajectory],
    rtol: float = 1e-9,
    atol: float = 0.0,
    until: int | None = None,
    within: Mapping[str, Array] = MappingProxyType({}),
) -> list[Difference]:
    """Where each run first leaves its reference; empty when none does, the earliest step first.

    Compared are path, losses, the steps recorded, status and the step that was lost.

    Parameters
    ----------
    comparison : Comparison
    reference : mapping of str to Trajectory
        From `load_trajectories`.
    rtol, atol : float, default 1e-9 and 0
        As in `assert_same_path`, but a place is held against the size of its whole row, so that a coordinate
        that passes through 0 is not asked for digits that it does not have.
    until : int, optional
        The last step that is compared: chaotic runs leave each other sooner or later on other processors.
    within : mapping of str to array (R, 2), optional
        By run, what theta's coordinates and the loss of each row may be off, in place of `rtol` and `atol`;
        from the first row on that is not finite, nothing is compared. `SavedRuns` has it.

    Returns
    -------
    list of Difference
        At most one a run.
    """
    check_tolerances(rtol, atol)
    runs = comparison.trajectories
    found = [Difference(label, 0, "run", "missing", "there") for label in reference if label not in runs]
    for label, run in runs.items():
        if label not in reference:
            found.append(Difference(label, 0, "run", "there", "missing"))
            continue
        names, allowed = coordinates(comparison.objective, run.path.shape[1]), within.get(label)
        last = comparable_until(reference[label], allowed, until)
        if last == -1:
            continue
        mine, its = up_to(run, last), up_to(reference[label], last)
        found += [first for first in [next(leaving(mine, its, names, rtol, atol, allowed), None)] if first]
    return sorted(found, key=lambda difference: difference.step)


def comparable_until(run: Trajectory, within: Array | None, until: int | None = None) -> int | None:
    """The last step at which a run is compared with its reference, -1 for none; None for all of it.

    Parameters
    ----------
    run : Trajectory
        The reference.
    within : array (R, 2) or None
        What its rows may be off.
    until : int, optional
        The last step that is asked for.
    """
    if within is None or np.isfinite(within).all():
        return until
    row = int(np.argmin(np.isfinite(within).all(axis=1)))
    last = int(run.at[row - 1]) if row else -1
    return last if until is None else min(last, until)


def up_to(run: Trajectory, step: int | None) -> Trajectory:
    """The rows of a run until a step; how it ended later is left out."""
    lost = run.stopped_at if run.path.ndim == 2 else None
    if step is None or (run.at[-1] <= step and (lost is None or lost <= step)):
        return run
    rows = int(np.searchsorted(run.at, step, side="right"))
    kept: dict[str, Any] = {name: getattr(run, name)[:rows] for name in ("path", "losses", "at", "positions")}
    if run.path.ndim == 2:
        kept |= {"status": "finished", "stopped_at": None}
    return replace(run, **kept)


def leaving(
    run: Trajectory,
    reference: Trajectory,
    names: Sequence[str],
    rtol: float,
    atol: float,
    within: Array | None = None,
) -> Iterator[Difference]:
    """Where a run leaves its reference, the first place first."""
    here, there = run.path, reference.path
    if here.shape[1:] != there.shape[1:]:
        yield Difference(run.label, 0, "shape of theta", str(here.shape[1:]), str(there.shape[1:]))
        return
    if not same_steps(run.at, reference.at):
        yield Difference(run.label, 0, "steps recorded", str(run.at[:9]), str(reference.at[:9]))
        return
    rows = min(len(here), len(there))
    if within is not None:
        wrong = ~(np.abs(here[:rows] - there[:rows]) <= within[:rows, :1])
        off_loss = unlike(run.losses, reference.losses, 0.0, within[:rows, 1])
    else:
        size = np.abs(there[:rows]).max(axis=1, keepdims=True, initial=0.0)  # of each row
        near = np.abs(here[:rows] - there[:rows]) <= atol + rtol * size
        wrong = ~near & unlike(here, there, rtol, atol)
        off_loss = unlike(run.losses, reference.losses, rtol, atol)
    row, loss_row = first_row(wrong), first_row(off_loss)
    if min(row, loss_row) < len(wrong):
        k = min(row, loss_row)
        if row == k:
            spot = (k, *np.argwhere(wrong[k])[0])
            beside = f" of run {spot[2]}" if here.ndim == 3 else ""
            pair, what = (float(here[spot]), float(there[spot])), names[spot[1]] + beside
        else:
            spot = (k, *np.argwhere(off_loss[k])[0]) if off_loss.ndim == 2 else (k,)
            pair, what = (float(run.losses[spot]), float(reference.losses[spot])), "loss"
        yield Difference(run.label, int(run.at[k]), what, *pair)
    last = int(min(run.at[-1], reference.at[-1]))
    if len(here) != len(there):
        yield Difference(run.label, last, "rows", len(here), len(there))
    for what in ("status", "stopped_at"):
        mine, its = getattr(run, what), getattr(reference, what)
        if not np.array_equal(mine, its):
            yield Difference(run.label, last, what, str(mine), str(its))


def unlike(here: Array, there: Array, rtol: float, atol: Any) -> NDArray[np.bool_]:
    """Where the rows that both have do not fit; two that are not numbers do."""
    rows = min(len(here), len(there))
    return ~np.isclose(here[:rows], there[:rows], rtol=rtol, atol=atol, equal_nan=True)


def first_row(wrong: NDArray[np.bool_]) -> int:
    """The first row with a fault; the number of rows when there is none."""
    faulty = wrong.reshape(len(wrong), -1).any(axis=1)
    return int(faulty.argmax()) if faulty.any() else len(wrong)


def rows_of_path(part: Any) -> Array:
    """(R, P) or (R, P, N) of a trajectory or of plain rows."""
    try:
        rows = part.path if isinstance(part, Trajectory) else np.asarray(part, dtype=float)
    except (TypeError, ValueError):
        raise BadInput(f"a path is an array (rows, coordinates), got {part!r:.80}") from None
    if rows.ndim not in (2, 3):
        raise BadInput(f"a path is an array (rows, coordinates), got the shape {rows.shape}")
    return rows


def steps_of_rows(part: Any, rows: int) -> NDArray[np.int64]:
    """(R,) finished steps of each row; plain rows are 0, 1, 2, ..."""
    return part.at if isinstance(part, Trajectory) else np.arange(rows)


def same_steps(here: NDArray[np.int64], there: NDArray[np.int64]) -> bool:
    """Whether the rows that both have are of the same steps."""
    rows = min(len(here), len(there))
    return bool((here[:rows] == there[:rows]).all())


def coordinates(objective: Any, count: int) -> Sequence[str]:
    """(P,) what the coordinates of theta are called."""
    named = getattr(objective, "parameter_names", None) or (("x", "y") if count == 2 else ())
    return named if len(named) == count else [f"theta[{k}]" for k in range(count)]


def check_tolerances(rtol: float, atol: float) -> None:
    """Both are finite and at least 0."""
    for name, value in (("rtol", rtol), ("atol", atol)):
        if not (np.isfinite(value) and value >= 0):
            raise BadInput(f"{name} must be a finite number of at least 0, got {value!r}")
