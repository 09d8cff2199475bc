"""`landscape`: the loss of somebody's own model on a plane through the weights that were recorded.

P  parameters      R  places along an axis, or rows of a log      K  places at once
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.calls import checked_call
from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array
from optiviz.analysis.directions import (
    FLAT,
    corners_axes,
    independent,
    principal_axes,
    random_axes,
    solutions,
)
from optiviz.analysis.planes import MAX_RESOLUTION, Progress, Through, window
from optiviz.runs.model_weights import ModelWeights, weights_of_model
from optiviz.runs.plane import Plane, points_on, project
from optiviz.runs.recorded_landscape import RecordedLandscape, run_in_plane, whole_rows
from optiviz.runs.weight_log import WeightLog, first_rows, read_weight_log


@checked_call
def landscape(
    loss: Callable[[Any], Any],
    runs: Any,
    *,
    model: Any = None,
    through: Through = "pca",
    axes: Any = None,
    filter_normalized: bool = True,
    resolution: int = 41,
    span: float = 1.0,
    margin: float = 0.15,
    xlim: tuple[float, float] | None = None,
    ylim: tuple[float, float] | None = None,
    seed: int = 0,
    places: int = 1,
    progress: Progress = lambda done, total: None,
) -> RecordedLandscape:
    """The loss of a model of your own on a plane through the weights that a `Recorder` wrote down.

    Parameters
    ----------
    loss : callable
        `weights -> number`. What it is given is `model` with other weights in it; without `model` a mapping
        of name to array, in the precision of the log. It says itself over which data, on which device, in
        training or in evaluation mode.
    runs : mapping of str to path, or path
        Logs by label, such as `{"SGD": "sgd.npz", "Adam": "adam.npz"}`, of models with the same variables.
    model : torch module, Keras model, or tree of arrays, optional
        A module or a Keras model is changed in place, and given its own weights back at the end.
    through : "pca", "random" or "solutions", default "pca"
        As in `plane`: the principal components of all that was recorded, through the end of the run whose
        last loss is least; random directions through the end of the first run; the ends of three runs, or of
        two and the start of the first.
    axes : array (2, P), optional
        Directions of your own, as they are, through the end of the first run.
    filter_normalized : bool, default True
        Of random directions: whether each filter's share has the length of that filter's weights, and biases
        and normalisations stay as they are. False leaves them normal numbers.
    resolution : int, default 41
        Places along each axis, 2 to 301: the function is called for each of their pairs.
    span : float, default 1
        Of a random plane, from -span to span.
    margin : float, default 0.15
        Of the other planes: the room around the runs, as a share of their width.
    xlim, ylim : (low, high), optional
        The window, instead.
    seed : int, default 0
        Of random directions.
    places : int, default 1
        How many places the function takes at once. With more than 1 it is given arrays (K, *shape), K of at
        most so many, and gives (K,) losses, as `torch.func.vmap` and `jax.vmap` make it; not with a module
        or a Keras model.
    progress : callable, optional
        Is told (calls done, calls in all).

    Returns
    -------
    RecordedLandscape
        For `render`, and to `save` for scenes.

    Raises
    ------
    BadInput
        When logs do not fit each other or the model, or span no plane.

    Notes
    -----
    ::

        runs = {"SGD": "sgd.npz", "Adam": "adam.npz"}
        found = ov.landscape(lambda net: criterion(net(X), y), runs, model=net)
        ov.render(found, "landscape.gif")

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from optiviz.interop.recorder import Recorder
    >>> w = np.array([2.0, 1.0, 0.0])
    >>> with TemporaryDirectory() as folder:
    ...     with Recorder({"w": w}, f"{folder}/gd.npz", every=1, dtype="float64") as run:
    ...         for _ in range(30):
    ...             w = w - 0.1 * np.array([1.0, 4.0, 1.0]) * w
    ...             run.step({"w": w})
    ...     found = landscape(lambda now: float(now["w"] @ now["w"]), f"{folder}/gd.npz", resolution=3)
    >>> found.runs["gd"].losses[0].item(), found.distances["gd"].max() < 1e-12
    (5.0, np.True_)
    """
    check_settings_of_plane(resolution, span, margin, places)
    logs = logs_of(runs)
    first = next(iter(logs.values()))
    ask = loss_of_rows(loss, model, first, places)
    restore = ask.known.snapshot() if ask.known is not None else None
    try:
        lengths = {label: whole_rows(log) for label, log in logs.items()}
        calls = Calls(progress, sum(lengths.values()) + resolution**2)
        losses = {
            label: ask.over(partial(rows_of_log, log), lengths[label], calls) for label, log in logs.items()
        }
        paths = [rows_up_to(log, lengths[label]) for label, log in logs.items()]
        ends = [losses[label][-1] for label in logs]
        origin, own, explained, corners = spanned(paths, ends, first, through, axes, seed, filter_normalized)
        sides: Sequence[tuple[float, float]] = [(-span, span)] * 2
        if corners:
            sides = window(np.concatenate([project(origin, own, path) for path in corners]), margin)
        limits = (xlim or sides[0], ylim or sides[1])
        if not all(np.isfinite(limit).all() and limit[0] < limit[1] for limit in limits):
            raise BadInput("xlim and ylim must be two finite numbers each, low then high")
        x, y = (np.linspace(*limit, resolution) for limit in limits)
        across, up = (part.ravel() for part in np.meshgrid(x, y))
        on_grid = lambda part: points_on(origin, own, across[part], up[part])
        z = ask.over(on_grid, len(across), calls)
    finally:
        if restore is not None:
            restore()
    plane = Plane(origin, own, x, y, np.where(np.isfinite(z), z, np.nan).reshape(len(y), len(x)), explained)
    if not np.isfinite(plane.z).any():
        raise BadInput("the loss is nowhere on this plane a finite number")
    made = {label: run_in_plane(label, plane, log, losses[label]) for label, log in logs.items()}
    return RecordedLandscape(
        plane,
        {label: run for label, (run, _) in made.items()},
        {label: off for label, (_, off) in made.items()},
        "axes" if axes is not None else through,
    )


@dataclass
class Calls:
    """Counts the calls of a user's function, and tells of them."""

    progress: Progress
    count: int
    done: int = 0

    def more(self, places: int) -> None:
        self.done += places
        self.progress(self.done, self.count)


def rows_of_log(log: WeightLog, part: slice) -> NDArray[Any]:
    """Some rows of a log."""
    found: NDArray[Any] = log.rows[part]
    return found


def check_settings_of_plane(resolution: int, span: float, margin: float, places: int) -> None:
    """Refuse what is out of bounds."""
    if isinstance(resolution, bool) or not 2 <= resolution <= MAX_RESOLUTION:
        raise BadInput(f"resolution must be a whole number from 2 to {MAX_RESOLUTION}, got {resolution}")
    if not 0 < span < np.inf or not 0 <= margin < np.inf:
        raise BadInput(f"span must be above 0 and margin not below it, got {span:g} and {margin:g}")
    if isinstance(places, bool) or not isinstance(places, int) or places < 1:
        raise BadInput(f"must be a whole number from 1, got {places!r}", field="places")


def logs_of(runs: Any) -> dict[str, WeightLog]:
    """The logs by label; refuses models that are not the same."""
    if isinstance(runs, str | Path):
        runs = {Path(runs).stem: runs}
    if not isinstance(runs, Mapping) or not runs:
        raise BadInput(f'runs must be logs by label, such as {{"SGD": "sgd.npz"}}, got {runs!r:.80}')
    logs = {
        str(label): log if isinstance(log, WeightLog) else read_weight_log(log) for label, log in runs.items()
    }
    for (one, first), (two, second) in pairwise(logs.items()):
        if odd := different_variables(first.variables, second.variables):
            raise BadInput(f"'{one}' and '{two}' are logs of different models: only one of them has {odd}")
    return logs


def rows_up_to(log: WeightLog, count: int) -> Any:
    """The rows of a log before the first that is not finite."""
    if not count:
        raise BadInput("the first record of a log is not finite")
    return first_rows(log.rows, count)


def spanned(
    paths: Sequence[Any],
    ends: Sequence[float],
    log: WeightLog,
    through: str,
    axes: Any,
    seed: int,
    normalized: bool,
) -> tuple[Array, Array, Array | None, Sequence[Any]]:
    """Origin (P,), axes (2, P), the shares of the variance, and the paths that the window holds."""
    origin, explained = np.asarray(paths[0][-1], dtype=float), None
    corners: Sequence[Any] = paths
    if axes is not None:
        own = np.array(axes, dtype=float)
        if own.shape != (2, len(origin)):
            raise BadInput(f"axes must be two directions of {len(origin):,} numbers, got shape {own.shape}")
    elif through == "pca":
        best = int(np.argmin(np.nan_to_num(ends, nan=np.inf)))
        origin = np.asarray(paths[best][-1], dtype=float)
        own, explained = principal_axes(paths, origin, seed)
    elif through == "random":
        variables = row_places(log.variables)
        own, corners = random_axes(variables, origin, seed, log.filters, normalized), []
    elif through == "solutions":
        places = solutions(paths).astype(float)
        own, origin, corners = corners_axes(places), places[0], [places]
    else:
        raise BadInput(f"through must be pca, random or solutions, got '{through}'")
    if independent(own) < FLAT:
        raise BadInput("the two axes are one line, or have no length: they span no plane")
    return origin, own, explained, corners


def row_places(variables: Mapping[str, tuple[int, ...]]) -> dict[str, tuple[slice, tuple[int, ...]]]:
    """Where each variable stands in a row, and its shape.

    >>> row_places({"kernel": (2, 3), "bias": (3,)})["bias"]
    (slice(6, 9, None), (3,))
    """
    found, first = {}, 0
    for name, shape in variables.items():
        found[name] = (slice(first, first + prod(shape)), shape)
        first += prod(shape)
    return found


@dataclass(frozen=True, eq=False)
class LossOfRows:
    """A user's loss as a function of rows (K, P) of weights."""

    loss: Callable[[Any], Any]
    known: ModelWeights | None
    cuts: Mapping[str, tuple[slice, tuple[int, ...]]]
    dtype: str
    most: int

    def over(self, rows: Callable[[slice], NDArray[Any]], count: int, calls: Calls) -> Array:
        """(count,) the losses at rows that are made piece by piece; NaN where one is not finite."""
        found = np.empty(count)
        for low in range(0, count, self.most):
            part = slice(low, min(low + self.most, count))
            found[part] = self.at(rows(part))
            calls.more(part.stop - low)
        return np.where(np.isfinite(found), found, np.nan)

    def at(self, rows: NDArray[Any]) -> Array:
        """(K,) the losses at rows (K, P)."""
        if self.most == 1:
            return np.array([number_of_loss(self.loss(self.given(row)), 1)[0] for row in rows])
        return number_of_loss(self.loss(self.given(rows)), len(rows))

    def given(self, rows: NDArray[Any]) -> Any:
        """What the function takes: rows (P,) or (K, P) as named arrays, or as a model that has them."""
        cast = np.asarray(rows, dtype=self.dtype)
        named = {
            name: cast[..., at].reshape(*cast.shape[:-1], *shape) for name, (at, shape) in self.cuts.items()
        }
        return named if self.known is None else self.known.loaded(named)


def loss_of_rows(loss: Any, model: Any, log: WeightLog, most: int) -> LossOfRows:
    """The loss of models with the weights of a log; refuses a model that is another."""
    if not callable(loss):
        raise BadInput(f"loss must be a function of the weights, got {loss!r:.80}")
    known = None if model is None else weights_of_model(model)
    if known is not None and (odd := different_variables(known.variables, log.variables)):
        raise BadInput(f"the model is not that of the log: only one of them has {odd}")
    if known is not None and known.in_place and most > 1:
        raise BadInput("a model takes one set of weights at a time: leave it out", field="places")
    dtype = "float64" if np.asarray(log.rows[0]).dtype == np.float64 else "float32"
    return LossOfRows(loss, known, row_places(log.variables), dtype, most)


def different_variables(one: Mapping[str, Any], two: Mapping[str, Any]) -> str:
    """The first variable that only one of two models has; "" where they are the same."""
    odd = set(one.items()) ^ set(two.items())
    name, shape = min(odd, key=str, default=("", ()))
    return f"'{name}' {shape}" if odd else ""


def number_of_loss(found: Any, count: int) -> Array:
    """(count,) what a user's function gave, a tensor of any framework or a number."""
    plain = found.detach().cpu() if callable(getattr(found, "detach", None)) else found
    try:
        numbers = np.asarray(plain, dtype=float).reshape(-1)
    except (TypeError, ValueError):
        raise BadInput(f"the loss function gave {found!r:.80}, where a number is needed") from None
    if len(numbers) != count:
        told = "one number" if count == 1 else f"{count} numbers, one a place"
        raise BadInput(f"the loss function gave {len(numbers)} numbers, {told} was needed")
    return numbers
