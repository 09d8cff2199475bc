"""Reads run records back, and refuses damaged files and newer formats."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.calls import checked_call
from optiviz._lib.errors import BadInput
from optiviz._lib.npz import checked_file_size, first_line, read_arrays
from optiviz.runs.load_csv import runs_of_csv
from optiviz.runs.save import FORMAT, known_suffix
from optiviz.runs.trajectory import Evaluations, Trajectory

STATUSES = ("finished", "diverged")


@checked_call
def load_trajectory(path: str | Path, label: str | None = None) -> Trajectory:
    """A run from a file.

    Parameters
    ----------
    path : path
        An `.npz` or a `.json` that `save` wrote, or a `.csv`: there every column is a coordinate that is not
        called run, step, loss or status.
    label : str, optional
        Which run; needed when the file has several.

    Returns
    -------
    Trajectory
        From `.json` and `.csv` it comes without gradients and state.

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


@checked_call
@dataclass(frozen=True)
class SavedRuns:
    """What a file of trajectories holds: runs, what each row of them may be off, and whose it is.

    Parameters
    ----------
    runs : mapping of str to Trajectory
    within : mapping of str to array (R, 2)
        By run, how far theta's coordinates and the loss may be off; inf where that is not said. Empty for a
        file that says nothing of it.
    about : mapping
        Scene, versions and processor, as `optiviz record` writes them.
    """

    runs: Mapping[str, Trajectory]
    within: Mapping[str, NDArray[np.float64]]
    about: Mapping[str, Any]


@checked_call
def load_trajectories(path: str | Path) -> dict[str, Trajectory]:
    """All runs of a file, by label; see `load_trajectory`."""
    return dict(load_saved_runs(path).runs)


def load_saved_runs(path: str | Path) -> SavedRuns:
    """All that a file holds; see `load_trajectory`."""
    path = Path(path)
    suffix = known_suffix(path)
    if suffix == ".csv":
        return SavedRuns(runs_of_csv(csv_text(path), path), {}, {})
    parts = read_arrays(path) if suffix == ".npz" else read_json(path)
    try:
        return from_arrays(parts, path)
    except BadInput:
        raise
    except (KeyError, ValueError, TypeError, IndexError, AttributeError) as error:
        raise BadInput(f"{path}: is damaged, or not a file of trajectories: {first_line(error)}") from error


def from_arrays(arrays: Mapping[str, NDArray[Any]], path: Path) -> SavedRuns:
    """The runs in named arrays, each held to the shapes that `Trajectory` promises."""
    if "header" not in arrays:
        raise BadInput(f"{path}: is not a file of trajectories: it has no header")
    head = json.loads(str(arrays["header"]))
    check_head(head, path)
    labels = [str(label) for label in head["runs"]]
    runs = {label: one_run(label, arrays, k) for k, label in enumerate(labels)}
    named = {label: arrays.get(f"{k}/within") for k, label in enumerate(labels)}
    within = {label: array for label, array in named.items() if array is not None}
    for label, array in within.items():
        if array.dtype.kind != "f" or array.shape != (len(runs[label].at), 2) or not (array >= 0).all():
            raise ValueError(f"run '{label}' has no two tolerances for each row")
    about = head.get("about", {})
    return SavedRuns(runs, within, about if isinstance(about, dict) else {})


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
        **{
            f"evaluations/{name}": (counts[name], (rows, *beside) if counts[name].ndim > 1 else (rows,))
            for name in ("values_at", "gradients_at")
        },
        "gradients": (mine["gradients"], (rows - 1 if len(mine["gradients"]) else 0, *shape)),
        **{f"state/{name}": (array, (rows, *shape)) for name, array in state.items()},
        "positions": (mine.get("positions", path), (rows, *shape)),
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
        values=count_of(counts["values"]),
        gradients=count_of(counts["gradients"]),
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
        positions=mine.get("positions"),
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


def count_of(count: NDArray[Any]) -> Any:
    """An int for (), the array for (N,)."""
    return int(count) if count.ndim == 0 else count


def read_json(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays that `json_text` spelled out."""
    if checked_file_size(path) > MAX_TEXT:
        raise BadInput(f"{path}: is too long for text; the limit is {MAX_TEXT / 2**20:.0f} MiB, use .npz")
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path}: is damaged, or not JSON: {first_line(error)}") from error
    check_head(document, path)
    try:
        return arrays_from_document(document)
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise BadInput(f"{path}: is damaged, or not a file of trajectories: {first_line(error)}") from error


def csv_text(path: Path) -> str:
    """The text of a CSV file."""
    if checked_file_size(path) > MAX_TEXT:
        raise BadInput(f"{path}: is too long for text; the limit is {MAX_TEXT / 2**20:.0f} MiB, use .npz")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(f"{path}: is not UTF-8 text") from None


MAX_TEXT = 2**28  # bytes


def arrays_from_document(document: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
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
        if any("within" in row for row in rows):
            may = [[float(x) for x in row.get("within", (np.inf, np.inf))] for row in rows]
            named["within"] = np.array(may).reshape(len(rows), 2)
        arrays |= {f"{k}/{name}": array for name, array in named.items()}
    return arrays
