"""Loss planes: the loss on a two-dimensional section through parameter space.

P  parameters      R  places along an axis      T  steps of a run
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, Literal

import numpy as np

from optiviz._lib.calls import checked_call
from optiviz._lib.errors import BadInput
from optiviz._lib.parallel import checked_processes, map_jobs
from optiviz._lib.typing import Array, Batch
from optiviz.analysis.directions import (
    FLAT,
    corners_axes,
    independent,
    principal_axes,
    random_axes,
    solutions,
    variables_of,
)
from optiviz.objectives.base import Objective
from optiviz.objectives.fit import Fit
from optiviz.objectives.given import named_surface
from optiviz.objectives.training import Training
from optiviz.runs.plane import Plane, points_on, project
from optiviz.runs.trajectory import Comparison, Trajectory

MAX_RESOLUTION = 301
MAX_WORK = 4e11  # multiplications and additions of a plane: about half a minute
MAKING = 20  # what it costs to make the weights of a place, as rows that pass through them
NEAR = 2**18  # numbers in hand at once: 2 MiB, which the processor keeps near

Through = Literal["pca", "random", "solutions"]
Progress = Callable[[int, int], Any]


@checked_call
def plane(
    objective: Objective | str,
    runs: Any,
    *,
    through: Through = "pca",
    axes: Any = None,
    resolution: int = 61,
    span: float = 1.0,
    margin: float = 0.15,
    xlim: tuple[float, float] | None = None,
    ylim: tuple[float, float] | None = None,
    seed: int = 0,
    processes: int | None = None,
    progress: Progress = lambda done, total: None,
) -> Plane:
    """The loss on a plane that runs span, or on a random one through the place where a run ended.

    Parameters
    ----------
    objective : Objective
        Whose exact loss it is: that over all rows.
    runs : Trajectory, array (T+1, P) or (P,), a list of them, or a Comparison
        One with a record of some steps only will do. Runs that diverged do not take part, unless all did.
    through : "pca", "random" or "solutions", default "pca"
        "pca": the two principal components of all recorded places, through the end of the run whose last
        loss is least, so that this end lies in the plane. As usual the variance is that around the mean.
        "random": two random directions through the end of the first run. Each neuron's share of a direction
        has the length of that neuron's weights, which makes planes of different networks comparable; the
        directions leave biases and the parameters of batch normalisations alone.
        "solutions": the plane through the ends of three runs, or of two and the start of the first.
    axes : array (2, P), optional
        Directions of your own, as they are, through the end of the first run.
    resolution : int, default 61
        Places along each axis, 2 to 301.
    span : float, default 1
        Of a random plane, from -span to span.
    margin : float, default 0.15
        Of the other planes: the room around what spans them, as a share of its width.
    xlim, ylim : (low, high), optional
        The window, instead.
    seed : int, default 0
        Of random directions.
    processes : int, default 1
        How many work on it, as in `minimize`.
    progress : callable, optional
        Is told (places done, places in all).

    Returns
    -------
    Plane

    Raises
    ------
    BadInput
        When the runs span no plane, or the grid would take too long, with a resolution that would not.

    Examples
    --------
    >>> from optiviz.objectives.surface import surface
    >>> bowl = surface("x**2 + y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1, 1))
    >>> path = np.array([[1.0, 1.0], [0.0, 2.0], [0.0, 0.0]])
    >>> found = plane(bowl, path, resolution=3, xlim=(-1, 1), ylim=(-1, 1))
    >>> found.z.round(12).tolist(), found.explained.round(2).tolist()
    ([[2.0, 1.0, 2.0], [1.0, 0.0, 1.0], [2.0, 1.0, 2.0]], [0.75, 0.25])

    References
    ----------
    H. Li, Z. Xu, G. Taylor, C. Studer, T. Goldstein, Visualizing the loss landscape of neural nets, NeurIPS
    2018 (filter normalisation, and principal components with the origin at the end).
    E. Lorch, Visualizing deep network training trajectories with PCA, ICML workshop 2016.
    T. Garipov and others, Loss surfaces, mode connectivity, and fast ensembling of DNNs, NeurIPS 2018 (the
    plane through three solutions).
    """
    if isinstance(resolution, bool) or not 2 <= resolution <= MAX_RESOLUTION:
        raise BadInput(f"resolution must be a whole number from 2 to {MAX_RESOLUTION}, got {resolution}")
    if not 0 < span < np.inf or not 0 <= margin < np.inf:
        raise BadInput(f"span must be above 0 and margin not below it, got {span:g} and {margin:g}")
    objective = named_surface(objective)
    check_plane_cost(objective, resolution)
    if np.size(objective.start) < 2:
        raise BadInput(f"a plane takes two parameters; {objective.name} has one")
    paths = checked_paths(objective, runs)
    origin, explained = paths[0][-1], None
    corners = paths  # what the window holds
    if axes is not None:
        axes = np.array(axes, dtype=float)
        if axes.shape != (2, len(origin)):
            raise BadInput(f"axes must be two directions of {len(origin):,} numbers, got shape {axes.shape}")
    elif through == "pca":
        origin = best_end(objective, paths)
        axes, explained = principal_axes(paths, origin, seed)
    elif through == "random":
        axes, corners = random_axes(variables_of(objective), origin, seed), []
    elif through == "solutions":
        corners = [solutions(paths)]
        origin, axes = corners[0][0], corners_axes(corners[0])
    else:
        raise BadInput(f"through must be pca, random or solutions, got '{through}'")
    if independent(axes) < FLAT:
        raise BadInput("the two axes are one line, or have no length: they span no plane")
    sides: Sequence[tuple[float, float]] = [(-span, span)] * 2
    if corners:
        sides = window(np.concatenate([project(origin, axes, path) for path in corners]), margin)
    limits = (xlim or sides[0], ylim or sides[1])
    if not all(np.isfinite(limit).all() and limit[0] < limit[1] for limit in limits):
        raise BadInput("xlim and ylim must be two finite numbers each, low then high")
    x, y = (np.linspace(*limit, resolution) for limit in limits)
    z = heights(objective, origin, axes, x, y, processes=processes, progress=progress)
    return Plane(origin, axes, x, y, z, explained)


# ------------------------------------------------------------------------------------------ who spans it


def checked_paths(objective: Objective, runs: Any) -> list[Array]:
    """(R, P) of each run; refuses what is no path of this objective."""
    given: Iterable[Any] = [runs]
    if isinstance(runs, Comparison):
        given = runs.trajectories.values()
    elif isinstance(runs, Iterable) and not isinstance(runs, str | Trajectory | np.ndarray):
        given = runs
    elif not isinstance(runs, Trajectory | np.ndarray):
        raise BadInput(f"runs must be a comparison, a run, a path or a list of them, got {runs!r:.80}")
    known = list(given)
    lost = [isinstance(run, Trajectory) and np.all(run.status == "diverged") for run in known]
    left = [run for run, gone in zip(known, lost, strict=True) if not gone] or known
    paths = [np.atleast_2d(getattr(run, "path", run)) for run in left]
    if not paths:
        raise BadInput("a plane needs at least one run")
    count = np.size(objective.start)
    for path in paths:
        if path.ndim != 2 or path.shape[1] != count or not len(path) or not np.isfinite(path[-1]).all():
            raise BadInput(
                f"a run must be a path (T+1, {count}) of finite numbers, as many as {objective.name} has "
                f"parameters, got shape {path.shape}; of runs side by side give one, path[..., k]"
            )
    return paths


def best_end(objective: Objective, paths: Sequence[Array]) -> Array:
    """(P,) the last place of the path that ends lowest."""
    with np.errstate(all="ignore"):
        ends = [float(objective.value(path[-1])) for path in paths]
    return np.asarray(paths[int(np.argmin(np.nan_to_num(ends, nan=np.inf)))][-1])


def window(seen: Array, margin: float) -> list[tuple[float, float]]:
    """The sides of a window around points (M, 2); what is flat gets a quarter of the other side's width."""
    low, high = seen.min(axis=0), seen.max(axis=0)
    wide = high - low
    room = np.maximum(margin * wide, 0.125 * (wide.max() or 1.0) * (wide < 0.05 * wide.max()))
    return [(float(a), float(b)) for a, b in zip(low - room, high + room, strict=True)]


# ------------------------------------------------------------------------------------------ the loss on it


def heights(
    objective: Any,
    origin: Array,
    axes: Array,
    x: Array,
    y: Array,
    *,
    batch: Batch = None,
    processes: int | None = None,
    progress: Progress = lambda done, total: None,
) -> Array:
    """(R, R) the loss at every place of a grid, or over the rows in `batch`; NaN where it is not finite.

    The places are worked on in blocks of a size that stays near the processor.
    """
    rows, widest = sizes_of(objective, batch)
    across, up = (part.ravel() for part in np.meshgrid(x, y))
    count, z = len(across), np.empty(len(across))
    most = max(NEAR // (rows * widest + len(origin)), 1)
    parts = [slice(low, low + most) for low in range(0, count, most)]
    jobs = [(across[part], up[part]) for part in parts]
    found = map_jobs(
        partial(plane_losses, objective, origin, axes, batch), jobs, checked_processes(processes)
    )
    for part, losses in zip(parts, found, strict=True):
        z[part] = losses
        progress(min(part.stop, count), count)
    return np.where(np.isfinite(z), z, np.nan).reshape(len(y), len(x))


def plane_losses(
    objective: Any, origin: Array, axes: Array, batch: Batch, job: tuple[Array, Array]
) -> Iterator[Array]:
    """(N,) the losses at places x (N,), y (N,) of a plane: one job of `heights`."""
    known = {} if batch is None else {"batch": batch}
    with np.errstate(all="ignore"):
        yield np.asarray(objective.value(points_on(origin, axes, *job).T, **known))


def sizes_of(objective: Objective, batch: Batch = None) -> tuple[int, int]:
    """The rows that a value looks at, and the most numbers that one of them becomes on its way."""
    if isinstance(objective, Training):
        return len(objective.X if batch is None else batch), max(objective.network.widths)
    if isinstance(objective, Fit):
        return len(objective.data.y if batch is None else batch), 1
    return 1, 1


def check_plane_cost(
    objective: Objective, resolution: int, batch: Batch = None, limit: float = MAX_WORK
) -> None:
    """Refuse a grid that would take too long, before any of it is worked out."""
    rows, weights = sizes_of(objective, batch)[0], int(np.size(objective.start))
    place = weights * (rows + MAKING)
    if resolution**2 * place > limit:
        fits = int(np.sqrt(limit / place))
        fewer = f"a resolution of {fits} would do" if fits >= 2 else "the network is too large for it"
        raise BadInput(
            f"resolution: {resolution} x {resolution} places of {rows:,} rows and {weights:,} weights each "
            f"would take too long; {fewer}"
        )


__all__ = ["MAX_RESOLUTION", "heights", "plane"]
