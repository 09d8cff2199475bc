"""Stability maps of a window that is halved again and again about one place: the frames of a zoom."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.errors import BadInput
from optiviz._lib.kept import keep_arrays, kept_arrays
from optiviz._lib.machine import processor, provenance
from optiviz._lib.parallel import map_jobs
from optiviz._lib.typing import Array
from optiviz.analysis.many_runs import size_of_pass
from optiviz.analysis.stability import lowest_of, stability_map
from optiviz.objectives.base import Objective

BAND = 40_000_000  # numbers times steps that are worked out, and kept, at once
DEEPEST = 1e12  # times; the two ends of a window are then still different numbers

Axis = tuple[float, float, bool]  # low, high, whether it is spaced in the logarithm


def zoomed_axis(axis: Axis, place: float, times: float, count: int) -> Array:
    """(count,) values in the middle of the cells of an axis that is enlarged so many times about a place.

    The place stays where it is in the window.

    >>> zoomed_axis((0.0, 8.0, False), 2.0, 2.0, 4).tolist()      # the window 1 to 5
    [1.5, 2.5, 3.5, 4.5]
    >>> zoomed_axis((1.0, 100.0, True), 10.0, 2.0, 1).round(6).tolist()
    [10.0]
    """
    low, high, log = axis
    share = place_in(axis, place)
    shares = share + ((np.arange(count) + 0.5) / count - share) / times
    return low * (high / low) ** shares if log else low + (high - low) * shares


def place_in(axis: Axis, place: float) -> float:
    """Where a value lies in its axis, from 0 to 1."""
    low, high, log = axis
    return float(np.log(place / low) / np.log(high / low) if log else (place - low) / (high - low))


def halvings(times: float) -> int:
    """How often a window is halved until it is so many times as small.

    >>> halvings(1), halvings(64), halvings(65)
    (0, 6, 7)
    """
    return int(np.ceil(np.log2(times) - 1e-9))


def zoom_maps(
    objective: Objective,
    rule: Any,
    axes: Mapping[str, Axis],
    place: tuple[float, float],
    times: float,
    cells: int,
    *,
    steps: int,
    tolerance: float,
    start: Array,
    lowest: float | None,
    processes: int,
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """The maps of windows 1, 2, 4, ... times as small: (steps to arrive, step of loss), (cells, cells) each.

    They are worked out in bands of rows; those that were kept (`keeping_in`) are not worked out again. The
    numbers are the same for any count of `processes`.

    Parameters
    ----------
    axes : mapping of str to (low, high, log)
        Two settings, the one across first.
    place : (x, y)
        What is enlarged.
    times : float
        How many times at the end; the last window is at least so small.
    objective, rule, steps, tolerance, start, lowest, processes
        As in `stability_map`.
    """
    if lowest is None:
        lowest = lowest_of(objective)
    across, up = axes
    work = steps * (len(start) + size_of_pass(objective)) * cells
    rows = int(np.clip(BAND // work, 1, cells))
    jobs = []
    for k in range(halvings(times) + 1):
        x, y = (zoomed_axis(axes[name], at, 2.0**k, cells) for name, at in zip(axes, place, strict=True))
        jobs += [{across: x, up: y[low : low + rows]} for low in range(0, cells, rows)]
    settings = {"steps": steps, "tolerance": tolerance, "start": start, "lowest": lowest}
    bands = [*kept_bands(partial(band_of_map, objective, rule, settings), jobs, processes,
                         map_fingerprint(objective, rule, settings))]  # fmt: skip
    each = -(-cells // rows)
    whole = [
        tuple(
            np.concatenate([band[name] for band in bands[k : k + each]]) for name in ("steps", "stopped_at")
        )
        for k in range(0, len(bands), each)
    ]
    return whole  # type: ignore[return-value]


def kept_bands(
    work: Any, jobs: list[dict[str, Array]], processes: int, prints: str
) -> Iterator[dict[str, NDArray[Any]]]:
    """The result of each job in order, from what was kept or worked out and kept now."""
    keys = [
        hashlib.sha256(b"".join([prints.encode(), *(n.encode() + v.tobytes() for n, v in job.items())]))
        .hexdigest()[:32] for job in jobs
    ]  # fmt: skip
    known = {key: found for key in keys if (found := kept_arrays(key)) is not None}
    missing = [k for k, key in enumerate(keys) if key not in known]
    with closing(map_jobs(work, [jobs[k] for k in missing], processes)) as made:
        for key in keys:
            if key not in known:
                known[key] = next(made)
                keep_arrays(key, known[key])
            yield known[key]


def band_of_map(
    objective: Objective, rule: Any, settings: Mapping[str, Any], values: Mapping[str, Array]
) -> Iterator[dict[str, NDArray[Any]]]:
    """Some rows of a map."""
    found = stability_map(objective, rule, values, **settings)
    yield {"steps": found.steps, "stopped_at": found.stopped_at}


def map_fingerprint(objective: Objective, rule: Any, settings: Mapping[str, Any]) -> str:
    """A text that differs where a map would: what is said at some places, the rule, the processor."""
    start = np.asarray(settings["start"], dtype=float)
    places = start[:, None] + np.random.default_rng(0).standard_normal((len(start), 3))
    with np.errstate(all="ignore"):
        said = objective.value_and_gradient(places, next(objective.batches(np.random.default_rng(0))))
    digest = hashlib.sha256(b"".join(np.asarray(part, dtype=float).tobytes() for part in (start, *said)))
    plain = {key: value for key, value in settings.items() if key != "start"}
    return repr((digest.hexdigest(), rule, plain, provenance(), processor()))


def check_zoom(axes: Mapping[str, Axis], place: tuple[float, float], times: float) -> None:
    """Refuse a zoom of one setting, out of the map, or beyond what numbers can tell apart."""
    if len(axes) != 2:
        raise BadInput("needs a map of two settings, and the rule has one", field="zoom")
    if not 1 < times <= DEEPEST:
        raise BadInput(f"must enlarge 1 to {DEEPEST:g} times, got {times:g}", field="zoom")
    for (name, (low, high, _)), at in zip(axes.items(), place, strict=True):
        if not low < at < high:
            raise BadInput(
                f"must be a place in the map, {name} from {low:g} to {high:g}, got {at:g}", field="zoom"
            )
