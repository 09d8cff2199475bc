"""Reads runs from CSV files, ours and logs of others."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from optiviz._lib.errors import BadInput
from optiviz.runs.trajectory import Trajectory

NAMED = ("run", "step", "loss", "status")  # all other columns are coordinates
MOST_ROWS = 2_000_000


def runs_of_csv(text: str, path: Path) -> dict[str, Trajectory]:
    """The runs in the text of a CSV file.

    `step`, `loss`, `run` and `status` may be missing: rows then count up from 0, losses are not told (0), all
    rows are one run, and it is finished. Every other column is a coordinate, in the order of the file.

    Raises
    ------
    BadInput
        With the line, where a cell is no number, and where no column is a coordinate.
    """
    rows = csv.reader(io.StringIO(text, newline=""))
    names = [name.strip() for name in next(rows, [])]
    if len(set(names)) < len(names):
        raise BadInput(f"{path}:1: two columns have the same name")
    coordinates = [name for name in names if name not in NAMED]
    if not coordinates:
        raise BadInput(f"{path}:1: no column is a coordinate: {', '.join(names) or 'the file is empty'}")
    found: dict[str, list[tuple[int, dict[str, str]]]] = {}
    for cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(names):
            raise BadInput(f"{path}:{rows.line_num}: {len(cells)} cells under {len(names)} columns")
        row = dict(zip(names, cells, strict=True))
        found.setdefault(row.get("run", path.stem), []).append((rows.line_num, row))
        if rows.line_num > MOST_ROWS:
            raise BadInput(f"{path}: more than {MOST_ROWS:,} rows")
    if not found:
        raise BadInput(f"{path}: there is no row under the names of the columns")

    def column(name: str, lines: Sequence[tuple[int, dict[str, str]]]) -> list[float]:
        return [number_in(path, line, name, row[name]) for line, row in lines]

    runs = {}
    for label, lines in found.items():
        at = column("step", lines) if "step" in names else None
        losses = column("loss", lines) if "loss" in names else [0.0] * len(lines)
        places = list(zip(*(column(name, lines) for name in coordinates), strict=True))
        lost = lines[-1][1].get("status") == "diverged"
        try:
            runs[label] = Trajectory.of(places, losses, label=label, at=at, diverged=lost)
        except BadInput as error:
            raise BadInput(f"{path}: run '{label}': {error}") from None
    return runs


def number_in(path: Path, line: int, name: str, cell: str) -> float:
    """The number in a cell."""
    try:
        return float(cell)
    except ValueError:
        raise BadInput(f"{path}:{line}: column '{name}': '{cell[:40]}' is no number") from None
