"""The landscape: contours of the loss from above, with a trail behind each head."""

from typing import Annotated, Any

import numpy as np
from matplotlib.colors import BoundaryNorm, LinearSegmentedColormap

from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array, Bounds
from optiviz.objectives.base import Objective
from optiviz.objectives.fit import Fit
from optiviz.objectives.formula import parse
from optiviz.objectives.surface import Surface
from optiviz.rendering.cell import Cell
from optiviz.rendering.panels._shared.needs import steps_with_memory, two_parameters, two_parameters_each
from optiviz.rendering.panels._shared.run_selection import path_routes, runs_of
from optiviz.rendering.panels._shared.spec import PanelSpec, Settings, Subject
from optiviz.rendering.panels._shared.step_arrows import overlay
from optiviz.runs.trajectory import Comparison

GRID = 240
THIN = 0.5  # points, of a level line
THIN_LINE_ABOVE_STEPS = 700  # steps; a longer path is drawn with a thinner line


def landscape(
    cell: Cell,
    comparison: Comparison,
    *,
    levels: Annotated[int, Bounds(2, 60)] = 24,
    colorbar: bool = False,
    run: str = "",
    anatomy: str = "",
    curvature: str = "",
) -> None:
    """Level lines of the loss over its two parameters, and the path of each run across them.

    Parameters
    ----------
    levels : int, default 24
        How many level lines.
    colorbar : bool, default False
        Say beside the map which grey is which loss.
    run : str
        The label of the only run to draw, which then stands above the map; all of them unless given. Maps
        side by side share their window.
    anatomy : str
        The label of a run whose next step is drawn with its parts; see the panel `anatomy`.
    curvature : str
        The label of a run at whose head the axes of the curvature are drawn: the steep one bold, the flat one
        thin, dotted where the loss bends down.
    """
    runs = runs_of(comparison, "landscape", run)
    objective = comparison.objective
    xlim, ylim = window(comparison)
    x, y, z = ground(objective, xlim, ylim, GRID)
    heights = contour_levels(objective, z, levels)
    headings, xlabel, ylabel = words(objective)
    ax = cell.axes((run,) if run else headings, xlabel, ylabel, beside=4.2 if colorbar else 0.0)
    filled = contours(cell, ax, x, y, z, heights)
    if colorbar:
        cell.colorbar(ax, filled, heights)
    stars(cell, ax, bottom(objective))
    thin = max((len(one.path) for one in runs), default=0) > THIN_LINE_ABOVE_STEPS
    if curvature:
        from optiviz.rendering.panels.curvature import axes_of_bowl  # and all that it needs

        axes_of_bowl(cell, ax, comparison, curvature)
    pitch = 0.0 if thin else cell.line_width + 1.0
    cell.trails(path_routes(ax, comparison, runs, pitch), runs, thin=thin, stage=not thin)
    if anatomy:
        overlay(cell, ax, comparison, "landscape", anatomy)


def contours(cell: Cell, ax: Any, x: Array, y: Array, z: Array, heights: Array) -> Any:
    """Fill axes with the level lines `heights` of z (len(y), len(x)); gives the filled ones."""
    ramp, norm = greys(cell, heights)
    filled = ax.contourf(x, y, z, heights, cmap=ramp, norm=norm, extend="both")
    ax.contour(x, y, z, heights[::2], colors=cell.theme.line, linewidths=THIN * cell.fine, linestyles="solid")
    ax.set(xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
    return filled


def greys(cell: Cell, heights: Array) -> tuple[Any, Any]:
    """The colours of a ground, and which of them a loss gets."""
    ramp = LinearSegmentedColormap.from_list("ground", [cell.theme.low, cell.theme.high])
    return ramp, BoundaryNorm(heights, ramp.N, extend="both")


def stars(cell: Cell, ax: Any, points: Array) -> None:
    """Mark points (K, 2): minima, solutions."""
    ax.plot(
        points[:, 0],
        points[:, 1],
        "*",
        color=cell.theme.ink,
        markersize=0.75 * cell.points("text"),
        clip_on=True,
    )


def words(objective: Objective) -> tuple[tuple[str, ...], str, str]:
    """Headings, the best first, x label and y label of a picture of `objective` over its parameters."""
    if isinstance(objective, Fit):
        return ("Weights & Loss",), *objective.parameter_names  # type: ignore[return-value]
    formula = objective.formula if isinstance(objective, Surface) else ""
    name = "Landscape" if objective.name == formula else objective.name.replace("_", " ").capitalize()
    latex = parse(formula).latex if formula else ""
    if not latex or r"\frac" in latex:  # a fraction is too tall for one line, or too small to read
        return (name,), "x", "y"
    return (f"$f = {latex}$", name), "x", "y"


def bottom(objective: Objective) -> Array:
    """(K, 2) the known minima."""
    if isinstance(objective, Surface):
        return objective.minima
    best = objective.best if isinstance(objective, Fit) else None
    return np.empty((0, 2)) if best is None else best[None, :]


def window(comparison: Comparison) -> tuple[tuple[float, float], tuple[float, float]]:
    """The part of the plane to draw: a surface's own, or where the runs that finished went."""
    objective = comparison.objective
    if isinstance(objective, Surface):
        return objective.xlim, objective.ylim
    if np.size(objective.start) != 2:
        raise BadInput(f"a landscape has two parameters; {objective.name} has {np.size(objective.start)}")
    runs = list(comparison.trajectories.values())
    paths = [run.path for run in runs if run.status == "finished"]
    starts = [run.path[:1] for run in runs] or [objective.start[np.newaxis]]
    seen = np.concatenate([*paths, *starts, bottom(objective)])
    low, high = seen.min(axis=0), seen.max(axis=0)
    room = 0.12 * np.where(high > low, high - low, 1.0)
    (x0, y0), (x1, y1) = low - room, high + room
    return (float(x0), float(x1)), (float(y0), float(y1))


def ground(
    objective: Objective, xlim: tuple[float, float], ylim: tuple[float, float], count: int
) -> tuple[Array, Array, Array]:
    """x (count,), y (count,) and the loss z (count, count) over them; holes are NaN."""
    x, y = np.linspace(*xlim, count), np.linspace(*ylim, count)
    plane = np.stack(np.meshgrid(x, y)).reshape(2, -1)
    with np.errstate(all="ignore"):
        z = objective.value(plane).reshape(count, count)
    return x, y, np.where(np.isfinite(z), z, np.nan)


def contour_levels(objective: Objective, z: Array, count: int) -> Array:
    """Ascending levels of the loss: even in itself, or in its logarithm above the lowest.

    The logarithmic ones reach down to a thousandth of the loss at the start, so that the valley in
    which the runs end has lines too, however high the corners of the window are.
    """
    low, high = float(np.nanmin(z)), float(np.nanmax(z))
    if not high > low:
        return np.array([low - 1.0, low, low + 1.0])
    if isinstance(objective, Surface) and objective.levels == "linear":
        return np.linspace(low, high, count)
    floor = low
    if isinstance(objective, Surface) and objective.f_min is not None:
        floor = min(low, objective.f_min)
    drop = float(objective.value(objective.start)) - floor
    least = np.clip(1e-3 * drop, 1e-9 * (high - floor), 1e-2 * (high - floor))
    return floor + np.geomspace(least, high - floor, count)


def check_runs(subject: Subject, settings: Settings) -> None:
    """Refuse runs that do not lie on the map, and one that cannot be looked into."""
    two_parameters_each(subject, settings)
    if settings["anatomy"]:
        steps_with_memory(subject, settings["anatomy"], "anatomy")


SPEC = PanelSpec(
    problem=(two_parameters,),
    runs=(check_runs,),
    labels=("run", "anatomy", "curvature"),
    without_runs=True,
    inside_step=lambda settings: bool(settings["anatomy"]),
)
