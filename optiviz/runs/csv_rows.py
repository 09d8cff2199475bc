"""Run records as columns of equal length, and as CSV: a row a step."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from optiviz._lib.errors import BadInput

if TYPE_CHECKING:
    from optiviz.runs.trajectory import Trajectory


def csv_of_runs(runs: Mapping[str, "Trajectory"]) -> str:
    """The text of a CSV file; floats to the last bit."""
    if any(run.path.ndim > 2 for run in runs.values()):
        raise BadInput("a .csv holds single runs, these are side by side; write runs[k], or an .npz")
    if len({run.path.shape[1] for run in runs.values()}) > 1:
        raise BadInput("a .csv needs runs with the same number of parameters; write an .npz")
    columns = columns_of_runs(list(runs.values()))
    statuses = [str(run.status) for run in runs.values() for _ in run.at]
    place = io.StringIO(newline="")
    rows = csv.writer(place, lineterminator="\n")
    rows.writerow([*columns, "status"])
    values = [column.tolist() for column in columns.values()]
    rows.writerows(zip(*values, statuses, strict=True))
    return place.getvalue()


def columns_of_runs(runs: Sequence["Trajectory"], names: Sequence[str] | None = None) -> dict[str, Any]:
    """The records of runs as columns of equal length: run, step, coordinates and loss."""
    count = runs[0].path.shape[1] if runs else 0
    usual = ("x", "y") if count == 2 else tuple(f"theta[{k}]" for k in range(count))
    called = usual if names is None or len(names) != count else names
    places = np.concatenate([run.path for run in runs])
    return {
        "run": np.concatenate([np.full(len(run.at), run.label, dtype=object) for run in runs]),
        "step": np.concatenate([run.at for run in runs]),
        **{name: places[:, k] for k, name in enumerate(called)},
        "loss": np.concatenate([run.losses for run in runs]),
    }
