"""`RecordedLandscape`: runs that others made, in one plane through their weights, as plain data."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np

from optiviz._lib.calls import checked_call, checked_settings
from optiviz._lib.display import short_repr
from optiviz._lib.errors import BadInput
from optiviz._lib.npz import first_line, read_arrays, write_arrays
from optiviz._lib.typing import Array, Batch, Batches
from optiviz.runs.load import from_arrays
from optiviz.runs.plane import Plane
from optiviz.runs.save import to_arrays
from optiviz.runs.trajectory import Comparison, Trajectory
from optiviz.runs.weight_log import WeightLog, first_rows, read_weight_log

FORMAT = 1  # of the files; a newer one is refused
KIND = "landscape"  # what a file says that it is
MOST_PLACES = 301  # along an axis
MOST_RUNS = 64
WAYS = ("pca", "random", "solutions", "axes")


@checked_settings
@dataclass(frozen=True, eq=False)
class RecordedLandscape:
    """The loss on a plane, and runs in its two coordinates: what `landscape` gives, and `render` takes.

    As an objective its parameters are the coordinates of the plane, and its value is interpolated between the
    places of the grid; there is none beyond it.

    Parameters
    ----------
    plane : Plane
    runs : mapping of str to Trajectory
        By label, with the path (R, 2) in the plane, and the losses where the weights themselves were.
    distances : mapping of str to array (R,)
        How far the weights lie off the plane.
    through : "pca", "random", "solutions" or "axes"
        What spans the plane.
    name : str
    """

    __repr__ = short_repr

    plane: Plane
    runs: Mapping[str, Trajectory]
    distances: Mapping[str, Array]
    through: str = "pca"
    name: str = "recorded landscape"

    def __post_init__(self) -> None:
        if not self.runs:
            raise BadInput("a recorded landscape needs at least one run")

    # ---- the record as a problem

    @property
    def start(self) -> Array:
        """(2,) where the first run begins."""
        return np.array(next(iter(self.runs.values())).path[0])

    @property
    def far(self) -> float:
        """A run is never lost: it is recorded."""
        return float("inf")

    @property
    def steps(self) -> int:
        """Those of the longest run."""
        return max(run.steps for run in self.runs.values())

    @property
    def xlim(self) -> tuple[float, float]:
        """The window of the grid."""
        return float(self.plane.x[0]), float(self.plane.x[-1])

    @property
    def ylim(self) -> tuple[float, float]:
        return float(self.plane.y[0]), float(self.plane.y[-1])

    @cached_property
    def comparison(self) -> Comparison:
        """The runs beside their ground."""
        return Comparison(self, self.runs)

    def value(self, theta: Array) -> Array:
        """The loss at a place of the plane (2,) -> () or places (2, N) -> (N,); NaN beyond the grid."""
        corners, u, v, inside = self._cell(theta)
        low, high = corners[0] + u * (corners[1] - corners[0]), corners[2] + u * (corners[3] - corners[2])
        return np.where(inside, low + v * (high - low), np.nan)

    def gradient(self, theta: Array, batch: Batch = None) -> Array:
        """The slope of what `value` interpolates, shaped like theta."""
        (a, b, c, d), u, v, inside = self._cell(theta)
        wide, high = self.plane.x[1] - self.plane.x[0], self.plane.y[1] - self.plane.y[0]
        slope = np.stack([((b - a) + v * (d - c - b + a)) / wide, ((c - a) + u * (d - c - b + a)) / high])
        return np.where(inside, slope, np.nan)

    def value_and_gradient(self, theta: Array, batch: Batch = None) -> tuple[Array, Array]:
        """Both at once."""
        return self.value(theta), self.gradient(theta)

    def batches(self, rng: np.random.Generator) -> Batches:
        """None for ever: nothing is hidden."""
        return repeat(None)

    def _cell(self, theta: Array) -> tuple[list[Array], Array, Array, Any]:
        """Losses at the corners of the cells in which places lie, the shares of the way across them."""
        where, found, inside = [], [], np.ones(np.shape(theta)[1:], dtype=bool)
        for axis, place in zip((self.plane.x, self.plane.y), theta, strict=True):
            room = 1e-9 * (axis[-1] - axis[0])
            inside = inside & (place >= axis[0] - room) & (place <= axis[-1] + room)
            at = np.clip(np.searchsorted(axis, place, side="right") - 1, 0, len(axis) - 2)
            where.append(at)
            found.append((place - axis[at]) / (axis[at + 1] - axis[at]))
        (i, j), (u, v), z = where, found, self.plane.z
        return [z[j, i], z[j, i + 1], z[j + 1, i], z[j + 1, i + 1]], u, v, inside

    # ---- files

    def save(self, path: str | Path, *, axes: bool = True) -> None:
        """Write everything to an `.npz`; `load_landscape` and scenes read it.

        Parameters
        ----------
        path : path
        axes : bool, default True
            Whether the directions of the plane go along: three numbers a weight. Without them the file is
            small, and shows the runs that it has, but no other one can be laid into its plane.
        """
        if Path(path).suffix.lower() != ".npz":
            raise BadInput(f"a landscape is kept in an .npz, such as 'plane.npz', got {str(path)!r}")
        plane = self.plane if axes else without_axes(self.plane)
        arrays = to_arrays(self.runs)
        told = {"optiviz": KIND, "format": FORMAT, "through": self.through, "name": self.name}
        explained = np.empty(0) if plane.explained is None else plane.explained
        named = {"x": plane.x, "y": plane.y, "z": plane.z, "explained": explained, "origin": plane.origin,
                 "axes": plane.axes}  # fmt: skip
        off = {f"distance/{k}": self.distances[label] for k, label in enumerate(self.runs)}
        planes = {f"plane/{name}": array for name, array in named.items()}
        write_arrays(path, {"landscape": np.array(json.dumps(told)), **planes, **off, **arrays})

    def with_logs(self, logs: Mapping[str, WeightLog]) -> "RecordedLandscape":
        """The same ground with other runs: those of weight logs, laid into the plane.

        Raises
        ------
        BadInput
            When a log is of another number of weights than the plane, or told no losses.
        """
        runs, distances = {}, {}
        for label, log in logs.items():
            if log.rows.shape[1] != len(self.plane.origin):
                raise BadInput(
                    f"'{label}' has {log.rows.shape[1]:,} weights, and the plane lies in a space of "
                    f"{len(self.plane.origin):,}; one saved without its axes takes no other runs"
                )
            if np.isnan(log.losses).any():
                raise BadInput(
                    f"'{label}' tells no losses: record it with loss=..., or lay it into the plane by "
                    "ov.landscape"
                )
            runs[label], distances[label] = run_in_plane(label, self.plane, log, log.losses)
        return replace(self, runs=runs, distances=distances)


def run_in_plane(label: str, plane: Plane, log: WeightLog, losses: Array) -> tuple[Trajectory, Array]:
    """A logged run in the coordinates of a plane, and its distances (R,) from it."""
    count = whole_rows(log)
    rows = first_rows(log.rows, count)
    at = log.at[:count] - log.at[0]
    run = Trajectory.of(
        plane.project(rows), losses[:count], label=label, at=at, diverged=count < len(log.rows)
    )
    return run, plane.distance(rows)[: len(run.path)]


def whole_rows(log: WeightLog) -> int:
    """How many rows come before the first that is not finite."""
    for k in range(len(log.rows)):
        if not np.isfinite(log.rows[k]).all():
            return k
    return len(log.rows)


def without_axes(plane: Plane) -> Plane:
    """The plane as a space of its own: its coordinates are its parameters."""
    return replace(plane, origin=np.zeros(2), axes=np.eye(2))


@checked_call
def load_landscape(path: str | Path, logs: Mapping[str, str | Path] | None = None) -> RecordedLandscape:
    """A landscape from the file that its `save` wrote.

    Nothing in the file is executed; what does not fit together is refused.

    Parameters
    ----------
    path : path
    logs : mapping of str to path, optional
        Weight logs by label, to show instead of the runs in the file; their losses must have been recorded.

    Raises
    ------
    BadInput
        When there is no such file, or it is damaged, of another kind, or of a newer format.
    """
    path = Path(path)
    arrays = read_arrays(path)
    told = landscape_header(arrays, path)
    try:
        found = landscape_from_arrays(arrays, told, path)
    except BadInput:
        raise
    except (KeyError, ValueError, TypeError, IndexError, AttributeError) as error:
        raise BadInput(f"{path}: is damaged: {first_line(error)}") from error
    return found.with_logs({label: read_weight_log(log) for label, log in logs.items()}) if logs else found


def landscape_header(arrays: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """What the file says of itself."""
    try:
        told = json.loads(str(arrays["landscape"]))
        if told["optiviz"] != KIND or told["through"] not in WAYS or not isinstance(told["format"], int):
            raise ValueError
    except (KeyError, ValueError, TypeError, RecursionError):
        raise BadInput(f"{path}: is no landscape that optiviz saved") from None
    if told["format"] > FORMAT:
        raise BadInput(f"{path}: has the format {told['format']}; this optiviz reads up to {FORMAT}")
    return dict(told)


def landscape_from_arrays(
    arrays: Mapping[str, Array], told: Mapping[str, Any], path: Path
) -> RecordedLandscape:
    """A landscape from the arrays of its file; a ValueError says what does not fit."""
    own = {name.removeprefix("plane/"): a for name, a in arrays.items() if name.startswith("plane/")}
    x, y, z, axes, origin, shares = (own[name] for name in ("x", "y", "z", "axes", "origin", "explained"))
    if any(array.dtype.kind != "f" for array in own.values()):
        raise ValueError("its plane has no numbers")
    for name, axis in (("x", x), ("y", y)):
        if (
            axis.ndim != 1
            or not 2 <= len(axis) <= MOST_PLACES
            or not np.isfinite(axis).all()
            or (np.diff(axis) <= 0).any()
        ):
            raise ValueError(f"{name} must be 2 to {MOST_PLACES} places that go up")
    if z.shape != (len(y), len(x)) or not np.isfinite(z).any() or shares.shape not in ((0,), (2,)):
        raise ValueError("its losses do not fit its grid")
    if origin.ndim != 1 or axes.shape != (2, len(origin)) or not np.isfinite(axes).all():
        raise ValueError("its axes do not fit its origin")
    runs = from_arrays(arrays, path).runs
    if len(runs) > MOST_RUNS:
        raise ValueError(f"it has {len(runs):,} runs; the limit is {MOST_RUNS}")
    distances = {}
    for k, (label, run) in enumerate(runs.items()):
        if run.path.ndim != 2 or run.path.shape[1] != 2 or not np.isfinite(run.path).all():
            raise ValueError(f"run '{label}' does not lie in a plane")
        distances[label] = arrays[f"distance/{k}"]
        if distances[label].shape != run.losses.shape or not np.isfinite(distances[label]).all():
            raise ValueError(f"run '{label}' has no distance for each of its rows")
    plane = Plane(origin, axes, x, y, z, shares if len(shares) else None)
    return RecordedLandscape(
        plane, runs, distances, str(told["through"]), str(told.get("name", "recorded"))[:200]
    )
