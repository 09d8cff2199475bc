"""Writes run records: everything as `.npz`, path and losses as `.json` or `.csv`."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.atomic import replacing
from optiviz._lib.errors import BadInput
from optiviz._lib.npz import write_arrays
from optiviz.runs.csv_rows import csv_of_runs

if TYPE_CHECKING:
    from optiviz.runs.trajectory import Trajectory

FORMAT = 1  # of the files; a newer one is refused, an older one read
SUFFIXES = (".npz", ".json", ".csv")


def save(
    runs: Mapping[str, "Trajectory"],
    path: str | Path,
    within: Mapping[str, NDArray[np.float64]] = MappingProxyType({}),
    about: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """Write runs to a file; its suffix says how.

    Parameters
    ----------
    runs : mapping of str to Trajectory
    path : path
    within : mapping of str to array (R, 2), optional
        By run, what theta and loss of each row may be off elsewhere; inf where that is not said.
    about : mapping, optional
        Of what and where the record was made.
    """
    path = Path(path)
    if not runs:
        raise BadInput("there are no runs to write down")
    if known_suffix(path) == ".npz":
        write_arrays(path, to_arrays(runs, within, about))
        return
    text = csv_of_runs(runs) if path.suffix.lower() == ".csv" else json_text(runs, within, about)
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def known_suffix(path: Path) -> str:
    """`.npz` or `.json`; refuses another."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise BadInput(f"{path}: a file of trajectories ends in {', '.join(SUFFIXES)}")
    return suffix


def to_arrays(
    runs: Mapping[str, "Trajectory"],
    within: Mapping[str, Any] = MappingProxyType({}),
    about: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, NDArray[Any]]:
    """All that runs hold, as named arrays: `0/path`, `0/losses`, ..., `1/path`, ..."""
    head = {"optiviz": "trajectories", "format": FORMAT, **({"about": about} if about else {})}
    head["runs"] = list(runs)
    arrays: dict[str, NDArray[Any]] = {"header": np.array(json.dumps(head))}
    for k, (label, run) in enumerate(runs.items()):
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
            **({} if run.positions is run.path else {"positions": run.positions}),
            **({"within": within[label]} if label in within else {}),
        }
        arrays |= {f"{k}/{name}": array for name, array in named.items()}
    return arrays


def json_text(runs: Mapping[str, "Trajectory"], within: Mapping[str, Any], about: Mapping[str, Any]) -> str:
    """Path and losses of runs; each float is the shortest text that gives it back to the last bit."""
    blocks = []
    for label, run in runs.items():
        if run.path.ndim != 2:
            raise BadInput(f"run '{label}' is {run.path.shape[2]:,} runs side by side; save them as .npz")
        spent = run.evaluations
        may = [within_text(*row) for row in within.get(label, np.full((len(run.at), 2), np.inf))]
        rows = zip(run.at, spent.values_at, spent.gradients_at, run.losses, run.path, may, strict=True)
        lines = [
            f'    {{"step": {step}, "asked": [{values}, {gradients}], "loss": {json_number(loss)}, '
            f'"theta": [{", ".join(json_number(x) for x in theta)}]{off}}}'
            for step, values, gradients, loss, theta, off in rows
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
    told = f' "about": {json.dumps(about, ensure_ascii=False)},\n' if about else ""
    head = f' "optiviz": "trajectories",\n "format": {FORMAT},\n{told}'
    return f'{{\n{head} "runs": {{\n{joined}\n }}\n}}\n'


def within_text(theta: float, loss: float) -> str:
    """What a row may be off, for its line; nothing where that is not said."""
    return f', "within": [{theta:.1e}, {loss:.1e}]' if np.isfinite([theta, loss]).all() else ""


def json_number(x: Any) -> str:
    """A float for JSON, which has no word for what is not finite: such are quoted."""
    x = float(x)
    return repr(x) if np.isfinite(x) else f'"{x}"'
