"""`[problem] recorded`: runs that were made elsewhere, read as data from files beside the scene."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from optiviz._lib.errors import BadInput
from optiviz.objectives.table import path_inside
from optiviz.runs.recorded_landscape import MOST_RUNS, RecordedLandscape, load_landscape


def recorded_problem(folder: Path, entry: Mapping[str, Any]) -> RecordedLandscape:
    """The landscape in the file `plane`, with the weight logs `runs` laid into it where there are some.

    Raises
    ------
    BadInput
        When a file leads out of the folder, is none of ours, or does not fit the others.
    """
    names = list(entry.get("runs") or ())
    labels = [PurePosixPath(name).stem for name in names]
    if len(set(labels)) < len(labels) or len(labels) > MOST_RUNS:
        raise BadInput(f"runs must be at most {MOST_RUNS} files, each of another name")
    logs = {label: path_inside(folder, name) for label, name in zip(labels, names, strict=True)}
    return load_landscape(path_inside(folder, entry["plane"]), logs or None)
