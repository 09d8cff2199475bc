"""Jobs: a block of runs as plain data, and the function that works it out, the same wherever it runs.

A job is a dict of JSON values, so that it can be hashed, stored and sent to any machine:

    problem   the table [problem] of a scene
    run       the table of a run of a scene
    vary      a list of axes: each a table of settings of the rule and their values, gone through together
    starts    null for the problem's own, a list of places, or a table that says how to draw them
    seeds     a list of seeds: of batches, noise and, where the problem does not say, first weights
    steps     how many all runs take
    measure   what is kept of each run, see `measures`
    files     the text of data files that the problem names
    block     [low, high]: which of all runs, counted with the last axis fastest: seeds, starts, then `vary`

Runs with the same seed have equal luck, as in a scene. A run fares the same to the bit in every block.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array
from optiviz.analysis.many_runs import run_batch, size_of_pass, stepping, with_settings
from optiviz.analysis.outcomes import MEASURE, Columns, watched
from optiviz.analysis.starts import start_count, starts_at
from optiviz.objectives.table import path_inside
from optiviz.scenefile.models import RUN_KEYS, part_names
from optiviz.scenefile.partial_schema import wanted_by
from optiviz.scenefile.reader import Reader
from optiviz.scenefile.source import MAX_FAULTS

Job = dict[str, Any]

FORMAT = 1  # of jobs: another one gives other hashes
SECOND = 60_000_000  # numbers times steps that are worked on in about a second
WIDEST = 100_000  # runs of a block, however short they are


def job_of(
    problem: Mapping[str, Any],
    run: Mapping[str, Any],
    *,
    steps: int,
    vary: Any = (),
    starts: Any = None,
    seeds: Any = (0,),
    measure: Mapping[str, Any] | None = None,
    files: Mapping[str, str] | None = None,
) -> Job:
    """The job of all runs of a rule on a problem; `blocks_of` makes blocks of it.

    Parameters
    ----------
    problem : mapping
        The table [problem] of a scene.
    run : mapping
        The table of a run: `{"optimizer": "adam", "learning_rate": 0.1}`.
    steps : int
    vary : list of mapping
        Each is an axis: settings of the rule with a list of values, or `{"low", "high", "count", "log"}`.
        Several settings in one table are gone through together, and have as many values each.
    starts : list of list of float, or mapping, optional
        Places, `{"count", "spread", "seed", "own"}` for places drawn round the problem's own (which is the
        first of them unless `own` is false), or `{"grid": [across, up]}` over the window of a surface.
    seeds : list of int, default [0]
    measure : mapping, optional
        What differs from `MEASURE`: `targets`, loss levels as shares of the drop (`of = "drop"`) or as they
        are (`of = "loss"`); `lowest`, the least loss where it is not known; whether a run must be `inside`
        the domain of a surface; `kept`, for so many steps on end instead of to the last one.
    files : mapping of str to str, optional
        The text of the files of data that the problem names.

    Examples
    --------
    >>> job = job_of({"surface": "booth"}, {"optimizer": "gd"}, steps=50,
    ...              vary=[{"learning_rate": [0.01, 0.05]}])
    >>> runs_in(job), sorted(run_block(job))
    (2, ['best', 'loss', 'steps_to_0.001', 'stopped_at', 'x', 'y'])
    """
    job = {
        "format": FORMAT,
        "problem": dict(problem),
        "run": dict(run),
        "vary": [dict(axis) for axis in vary],
        "starts": starts,
        "seeds": [int(seed) for seed in seeds],
        "steps": int(steps),
        "measure": {**MEASURE, **(measure or {})},
        "files": dict(files or {}),
    }
    return {**job, "block": [0, int(np.prod(shape_of(job)))]}


def hash_of(job: Job) -> str:
    """The SHA-256 of a job's canonical JSON: the key of its results."""
    return hashlib.sha256(canonical(job).encode()).hexdigest()


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces; floats to the last bit."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def shape_of(job: Job) -> tuple[int, ...]:
    """Counts of seeds, starts and the values of each axis: runs are numbered with the last one fastest."""
    places = start_count(job["starts"])
    return (len(job["seeds"]), places, *(axis_length(axis) for axis in job["vary"]))


def axis_length(axis: Mapping[str, Any]) -> int:
    """How many values an axis has; those that are gone through together must have as many."""
    counts = {name: v["count"] if isinstance(v, dict) else len(v) for name, v in axis.items()}
    (name, count), *others = counts.items()
    for other, n in others:
        if n != count:
            raise BadInput(f"{name} has {count:,} values and {other} has {n:,}; together they need as many")
    return int(count)


def runs_in(job: Job) -> int:
    """How many runs a job is."""
    low, high = job["block"]
    return int(high - low)


def blocks_of(job: Job, width: int | None = None) -> Iterator[Job]:
    """Blocks of a job, of `width` runs; of about a second's work unless given."""
    low, high = job["block"]
    width = width or block_width(job)
    for at in range(low, high, width):
        yield {**job, "block": [at, min(at + width, high)]}


def block_width(job: Job) -> int:
    """Runs that are worked out in about a second, by a count of numbers: the same on every machine."""
    own = {key: value for key, value in job["run"].items() if key in RUN_KEYS}
    # whatever the rule: one objective serves all jobs on a problem
    objective, _ = objective_and_rule({**job, "run": {"optimizer": "gd", **own}}, job["seeds"][0])
    work = job["steps"] * (np.size(objective.start) + size_of_pass(objective))
    return int(min(max(SECOND // max(work, 1), 1), WIDEST))


# ---- working it out


def run_block(job: Job, rule: Any = None) -> Columns:
    """Run the block of a job: by name, an array with an entry for each of its runs.

    Parameters
    ----------
    job : dict
        As `job_of` or `blocks_of` make it.
    rule : Optimizer, optional
        In place of the one that the job names, for rules that are no table.

    Returns
    -------
    dict of str to array (N,)
        `loss` at the end and `best` on the way; `stopped_at`, the step at which a run was lost, or -1;
        `steps_to_S` for each target S, the first step of the last stretch below it, or -1 where the run was
        not there at the end or was lost; the last place, by the names of the coordinates, if there are few.

    Raises
    ------
    BadInput
        When something in the job cannot be.
    """
    low, high = job["block"]
    shape = shape_of(job)
    each = int(np.prod(shape[1:]))  # runs of a seed
    parts = []
    for k in range(low // each, -(-high // each)):
        first, last = max(low, k * each), min(high, (k + 1) * each)
        numbers = np.unravel_index(np.arange(first, last) - k * each, shape[1:])
        parts.append(run_seed(job, job["seeds"][k], numbers, rule))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def run_seed(job: Job, seed: int, numbers: tuple[NDArray[np.int64], ...], rule: Any = None) -> Columns:
    """The runs of one seed: `numbers` are the indices (N,) of the start and of each axis."""
    objective, named = objective_and_rule(job, seed)
    rule = named if rule is None else rule
    places, *along = numbers
    theta = starts_at(job["starts"], objective, places)
    settings = {
        name: values_along(name, values)[index]
        for axis, index in zip(job["vary"], along, strict=True)
        for name, values in axis.items()
    }
    watch = watched(objective, theta, job["steps"], {**MEASURE, **job["measure"]})
    lost = run_batch(objective, with_settings(rule, settings), theta, watch, seed)
    return watch.columns_of(objective, lost)


def values_along(name: str, values: Any) -> Array:
    """The values of a setting: a list, or `count` from `low` to `high`, evenly or in their logarithm."""
    if not isinstance(values, dict):
        return np.array(values, dtype=float)
    low, high, count = values["low"], values["high"], values["count"]
    if values.get("log"):
        if not low > 0:
            raise BadInput(f"{name}: low must be above 0 for a logarithm, got {low:g}")
        return np.geomspace(low, high, count)
    return np.linspace(low, high, count)


def objective_and_rule(job: Job, seed: int) -> tuple[Any, Any]:
    """The objective and the rule of a job, with this seed."""
    return built(canonical([job["problem"], job["run"], job["files"]]), seed)


@lru_cache(maxsize=512)
def built(parts: str, seed: int) -> tuple[Any, Any]:
    """The objective and the rule from their tables, read as those of a scene file are."""
    problem, run, files = json.loads(parts)
    scene = scene_of_tables({"problem": problem, "runs": {"run": run}, "seed": seed}, files)
    one = scene.runs["run"]
    objective = one.objective(scene.objective)
    if one.start is not None:
        objective = replace(objective, start=one.start)
    return objective, stepping(one.optimizer)


def scene_of_tables(document: dict[str, Any], files: Mapping[str, str]) -> Any:
    """The scene of a document that names no panels and no steps, its data files given as text.

    Raises
    ------
    BadInput
        With all that is wrong with it, a line each.
    """
    with TemporaryDirectory() as folder:
        for name, text in files.items():
            path = path_inside(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
        scene, found = scene_and_faults(document, Path(folder))
    if scene is None:
        lines = [f"{'.'.join(map(str, path))}: {message}" for path, message in found[:MAX_FAULTS]]
        raise BadInput("\n".join(lines))
    return scene


def scene_and_faults(
    document: dict[str, Any], folder: Path
) -> tuple[Any, list[tuple[tuple[str | int, ...], str]]]:
    """The scene of a document that names no panels and no steps, or None and what is wrong with it."""
    document = {**document, "panels": ["loss"], "steps": 1}
    found: list[tuple[tuple[str | int, ...], str]] = []
    wanted = wanted_by(document, part_names(), every_setting=True)
    scene, _ = Reader(document, folder, found, wanted).scene()
    return (None if found else scene), found
