"""What a run leaves behind: the record between mathematics and drawing, and the files that keep it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optiviz.errors import BadInput
from optiviz.files import replacing
from optiviz.notation import Array
from optiviz.objectives.base import Objective
from optiviz.shown import shown
from optiviz.store import read_arrays, said, size_of, write_arrays

FORMAT = 1  # of the files; a newer one is refused, an older one read
SUFFIXES = (".npz", ".json")
STATUSES = ("finished", "diverged")


@dataclass(frozen=True, eq=False)
class Evaluations:
    """How often the rule asked for the loss and for its slope: what a run costs, whoever runs it.

    A rule of ours asks for one gradient a step and for no value; a line search asks for more. What is
    asked for the sake of the record does not count.

    Parameters
    ----------
    values, gradients : int, or array (N,) of int
        In all, the step that was lost and the search that led nowhere included.
    values_at, gradients_at : array (R,) of int
        By the time each row was reached; runs side by side have the same.
    """

    values: Any
    gradients: Any
    values_at: NDArray[np.int64]
    gradients_at: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Trajectory:
    """What a run did, or N runs side by side. All recorded numbers are finite, save perhaps the first loss.

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

    @property
    def steps(self) -> int:
        """The steps taken and kept."""
        return int(self.at[-1])

    def save(self, path: str | Path) -> None:
        """Write everything to an `.npz`, or path and losses to a readable `.json`.

        The same run gives the same bytes; the file is whole or not there. `load_trajectory` reads it.

        Parameters
        ----------
        path : path
            Ends in `.npz`, or in `.json` for a single run: one line a step, floats to the last bit.

        Raises
        ------
        BadInput
            When the file cannot be written.
        """
        save({self.label: self}, path)


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
    """

    objective: Objective
    trajectories: Mapping[str, Trajectory]
    objectives: Mapping[str, Objective] = field(default_factory=dict)
    times: Mapping[str, Array] = field(default_factory=dict)

    def __post_init__(self) -> None:
        own = {label: self.objectives.get(label, self.objective) for label in self.trajectories}
        at = {label: self.times.get(label, run.at.astype(float)) for label, run in self.trajectories.items()}
        object.__setattr__(self, "objectives", MappingProxyType(own))
        object.__setattr__(self, "times", MappingProxyType(at))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """The last frame and the summary, in a notebook."""
        return shown(self, include, exclude)

    def row(self, label: str, time: float) -> int:
        """The last row of a run that was reached by `time`, which is counted in steps of the clip."""
        return max(int(np.searchsorted(self.times[label], time, side="right")) - 1, 0)

    def save(self, path: str | Path) -> None:
        """Write all runs to one file, as `Trajectory.save` does; `load_trajectories` reads it.

        The objective is code and stays behind: `Comparison(objective, load_trajectories(path))`.
        """
        save(self.trajectories, path)


def load_trajectory(path: str | Path, label: str | None = None) -> Trajectory:
    """A run from a file.

    Parameters
    ----------
    path : path
        An `.npz` or a `.json` that `save` wrote.
    label : str, optional
        Which run; needed when the file has several.

    Returns
    -------
    Trajectory
        From `.json` it comes without gradients and state.

    Raises
    ------
    BadInput
        When there is no such file or run, or the file is damaged or of a newer format.
    """
    runs = load_trajectories(path)
    if label is None and len(runs) == 1:
        return next(iter(runs.values()))
    if label not in runs:
        known = ", ".join(repr(name) for name in runs)
        asked = f"no run '{label}' in it" if label is not None else "which run?"
        raise BadInput(f"{path}: {asked} - known: {known}")
    return runs[label]


def load_trajectories(path: str | Path) -> dict[str, Trajectory]:
    """All runs of a file, by label; see `load_trajectory`."""
    path = Path(path)
    suffix = known_suffix(path)
    parts = read_arrays(path) if suffix == ".npz" else read_json(path)
    try:
        return from_arrays(parts, path)
    except BadInput:
        raise
    except (KeyError, ValueError, TypeError, IndexError, AttributeError) as error:
        raise BadInput(f"{path}: is damaged, or not a file of trajectories: {said(error)}") from error


def save(runs: Mapping[str, Trajectory], path: str | Path) -> None:
    """Write runs to a file; its suffix says how."""
    path = Path(path)
    if not runs:
        raise BadInput("there are no runs to write down")
    if known_suffix(path) == ".npz":
        write_arrays(path, to_arrays(runs))
        return
    text = json_text(runs)
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def known_suffix(path: Path) -> str:
    """`.npz` or `.json`; refuses another."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise BadInput(f"{path}: a file of trajectories ends in {' or '.join(SUFFIXES)}")
    return suffix


# ---- arrays: everything


def to_arrays(runs: Mapping[str, Trajectory]) -> dict[str, NDArray[Any]]:
    """All that runs hold, as named arrays: `0/path`, `0/losses`, ..., `1/path`, ..."""
    head = {"optiviz": "trajectories", "format": FORMAT, "runs": list(runs)}
    arrays: dict[str, NDArray[Any]] = {"header": np.array(json.dumps(head))}
    for k, run in enumerate(runs.values()):
        stopped = -1 if run.stopped_at is None else run.stopped_at
        counts = vars(run.evaluations)
        named = {
            "path": run.path,
            "losses": run.losses,
            "at": run.at,
            "status": np.array(run.status),
            "stopped_at": np.array(stopped, dtype=np.int64),
            **{f"evaluations/{name}": np.array(count, np.int64) for name, count in counts.items()},
            "gradients": run.gradients,
            **{f"state/{name}": rows for name, rows in run.state.items()},
        }
        arrays |= {f"{k}/{name}": array for name, array in named.items()}
    return arrays


def from_arrays(arrays: Mapping[str, NDArray[Any]], path: Path) -> dict[str, Trajectory]:
    """The runs in named arrays, each held to the shapes that `Trajectory` promises."""
    if "header" not in arrays:
        raise BadInput(f"{path}: is not a file of trajectories: it has no header")
    head = json.loads(str(arrays["header"]))
    check_head(head, path)
    return {str(label): one_run(str(label), arrays, k) for k, label in enumerate(head["runs"])}


def one_run(label: str, arrays: Mapping[str, NDArray[Any]], k: int) -> Trajectory:
    """Run k of a file."""
    mine = {name.removeprefix(f"{k}/"): array for name, array in arrays.items() if name.startswith(f"{k}/")}
    path, at, status, stopped_at = mine["path"], mine["at"], mine["status"], mine["stopped_at"]
    rows, shape = len(at), path.shape[1:]
    beside = shape[1:]
    counts = {name: mine[f"evaluations/{name}"] for name in Evaluations.__dataclass_fields__}
    state = {name.removeprefix("state/"): a for name, a in mine.items() if name.startswith("state/")}
    wanted = {
        "path": (path, (rows, *shape)),
        "losses": (mine["losses"], (rows, *beside)),
        "status": (status, beside),
        "stopped_at": (stopped_at, beside),
        "evaluations/values_at": (counts["values_at"], (rows,)),
        "evaluations/gradients_at": (counts["gradients_at"], (rows,)),
        "gradients": (mine["gradients"], (rows - 1 if len(mine["gradients"]) else 0, *shape)),
        **{f"state/{name}": (array, (rows, *shape)) for name, array in state.items()},
    }
    for name, (array, fitting) in wanted.items():
        if array.shape != fitting:
            raise ValueError(f"run '{label}': {name} has the shape {array.shape}, not {fitting}")
    if at.ndim != 1 or not rows or len(shape) not in (1, 2):
        raise ValueError(f"run '{label}' has no rows of theta")
    if any(array.dtype.kind != "f" for array in (path, mine["losses"], mine["gradients"], *state.values())):
        raise ValueError(f"run '{label}' has text where numbers should be")
    if any(array.dtype.kind != "i" for array in (at, stopped_at, *counts.values())):
        raise ValueError(f"run '{label}' has no whole numbers where steps are counted")
    if at[0] != 0 or (np.diff(at) <= 0).any():
        raise ValueError(f"run '{label}': its steps do not count up from 0")
    if not np.isin(status, STATUSES).all():
        raise ValueError(f"run '{label}' has a status that is none of {', '.join(STATUSES)}")
    single = not beside
    evaluations = Evaluations(
        values=plain(counts["values"]),
        gradients=plain(counts["gradients"]),
        values_at=counts["values_at"],
        gradients_at=counts["gradients_at"],
    )
    return Trajectory(
        label=label,
        path=path,
        losses=mine["losses"],
        gradients=mine["gradients"],
        state=state,
        status=str(status) if single else status,
        stopped_at=(int(stopped_at) if stopped_at >= 0 else None) if single else stopped_at,
        at=at,
        evaluations=evaluations,
    )


def check_head(head: Any, path: Path) -> None:
    """Refuse what is not ours, and what is newer than we are."""
    if not isinstance(head, dict) or head.get("optiviz") != "trajectories":
        raise BadInput(f"{path}: is not a file of trajectories")
    number = head.get("format")
    if not isinstance(number, int) or number < 1:
        raise BadInput(f"{path}: has no format number")
    if number > FORMAT:
        raise BadInput(
            f"{path}: has the format {number}; this optiviz reads up to {FORMAT} - a newer one wrote it"
        )
    labels = head.get("runs")
    if not isinstance(labels, list | dict) or not labels or len(set(map(str, labels))) != len(labels):
        raise BadInput(f"{path}: has no runs, or two of one name")


def plain(count: NDArray[Any]) -> Any:
    """An int for (), the array for (N,)."""
    return int(count) if count.ndim == 0 else count


# ---- text: path and losses, one line a row, for eyes and for `git diff`


def json_text(runs: Mapping[str, Trajectory]) -> str:
    """Path and losses of runs; each float is the shortest text that gives it back to the last bit."""
    blocks = []
    for label, run in runs.items():
        if run.path.ndim != 2:
            raise BadInput(f"run '{label}' is {run.path.shape[2]:,} runs side by side; save them as .npz")
        spent = run.evaluations
        rows = zip(run.at, spent.values_at, spent.gradients_at, run.losses, run.path, strict=True)
        lines = [
            f'    {{"step": {step}, "asked": [{values}, {gradients}], "loss": {number(loss)}, '
            f'"theta": [{", ".join(number(x) for x in theta)}]}}'
            for step, values, gradients, loss, theta in rows
        ]
        facts = {
            "status": run.status,
            "stopped_at": run.stopped_at,
            "values": int(spent.values),
            "gradients": int(spent.gradients),
        }
        told = "".join(f"   {json.dumps(name)}: {json.dumps(fact)},\n" for name, fact in facts.items())
        body = ",\n".join(lines)
        blocks.append(
            f'  {json.dumps(label, ensure_ascii=False)}: {{\n{told}   "rows": [\n{body}\n   ]\n  }}'
        )
    joined = ",\n".join(blocks)
    return f'{{\n "optiviz": "trajectories",\n "format": {FORMAT},\n "runs": {{\n{joined}\n }}\n}}\n'


def number(x: Any) -> str:
    """A float for JSON, which has no word for what is not finite: such are quoted."""
    x = float(x)
    return repr(x) if np.isfinite(x) else f'"{x}"'


def read_json(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays that `json_text` spelled out."""
    if size_of(path) > MAX_TEXT:
        raise BadInput(f"{path}: is too long for text; the limit is {MAX_TEXT / 2**20:.0f} MiB, use .npz")
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path}: is damaged, or not JSON: {said(error)}") from error
    check_head(document, path)
    try:
        return arrays_of(document)
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise BadInput(f"{path}: is damaged, or not a file of trajectories: {said(error)}") from error


MAX_TEXT = 2**28  # bytes


def arrays_of(document: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """A document of `json_text` as `to_arrays` would have it."""
    head = {**document, "runs": list(document["runs"])}
    arrays: dict[str, NDArray[Any]] = {"header": np.array(json.dumps(head))}
    for k, run in enumerate(document["runs"].values()):
        rows = run["rows"]
        path = np.array([[float(x) for x in row["theta"]] for row in rows])
        asked = np.array([row["asked"] for row in rows], dtype=np.int64).reshape(len(rows), 2)
        stopped = -1 if run["stopped_at"] is None else run["stopped_at"]
        named = {
            "path": path,
            "losses": np.array([float(row["loss"]) for row in rows]),
            "at": np.array([row["step"] for row in rows], dtype=np.int64),
            "status": np.array(str(run["status"])),
            "stopped_at": np.array(stopped, dtype=np.int64),
            "evaluations/values": np.array(run["values"], dtype=np.int64),
            "evaluations/gradients": np.array(run["gradients"], dtype=np.int64),
            "evaluations/values_at": asked[:, 0],
            "evaluations/gradients_at": asked[:, 1],
            "gradients": np.empty((0, *path.shape[1:])),
        }
        arrays |= {f"{k}/{name}": array for name, array in named.items()}
    return arrays
