"""The landscape in three dimensions: the surface over its own contours, from a camera that may turn."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import numpy as np
from matplotlib.colors import LightSource, LinearSegmentedColormap
from matplotlib.ticker import MaxNLocator

from optiviz.notation import Array, Bounds
from optiviz.objectives.base import Objective
from optiviz.objectives.surface import Surface
from optiviz.render.marks import View
from optiviz.render.panels.landscape import contour_levels, ground, window, words
from optiviz.render.timeline import Moment
from optiviz.run import Comparison

if TYPE_CHECKING:
    from optiviz.render.stage import Cell

GRID = 61


def landscape3d(
    cell: "Cell",
    comparison: Comparison,
    *,
    elevation: Annotated[float, Bounds(-90, 90)] = 38.0,
    azimuth: Annotated[float, Bounds(-360, 360)] = -60.0,
    orbit: Annotated[float, Bounds(-3600, 3600)] = 0.0,
    contours: bool = True,
) -> None:
    """The loss as height over its two parameters, with the path of each run on it.

    Parameters
    ----------
    elevation, azimuth : float, default 38 and -60
        Where the camera stands at the start, in degrees.
    orbit : float, default 0
        Degrees that the camera turns around the surface until the end of the clip.
    contours : bool, default True
        Draw the level lines on the floor below the surface.
    """
    objective = comparison.objective
    xlim, ylim = window(comparison)
    x, y, z = ground(objective, xlim, ylim, GRID)
    height, scale = heights(objective, z)
    headings, xlabel, ylabel = words(objective)
    ax = cell.axes([heading + scale for heading in headings], xlabel, ylabel, flat=False)
    ax.view_init(elevation, azimuth)
    theme = cell.theme
    h = height(z)
    low, high = float(np.nanmin(h)), float(np.nanmax(h))
    high = high if high > low else low + 1.0
    drop = 0.45 * (high - low) if contours else 0.0
    ramp = LinearSegmentedColormap.from_list("hill", ["#26456e", "#7fa8c9", "#f2f2ee"])
    mesh_x, mesh_y = np.meshgrid(x, y)
    colors = LightSource(azdeg=315, altdeg=55).shade(h, ramp, vert_exag=0.1, blend_mode="soft")
    whole = {"rcount": GRID, "ccount": GRID, "linewidth": 0, "antialiased": False, "shade": False}
    ax.plot_surface(mesh_x, mesh_y, h, facecolors=colors, **whole)
    if contours:
        levels = np.unique(height(contour_levels(objective, z)[::2]))
        line = {"colors": theme.line, "linewidths": 0.9, "linestyles": "solid"}
        ax.contour(mesh_x, mesh_y, h, levels, zdir="z", offset=low - drop, **line)
    ax.set(xlim=xlim, ylim=ylim, zlim=(low - drop, high))
    for axis in (ax.xaxis, ax.yaxis, ax.zaxis):
        axis.set_major_locator(MaxNLocator(3, steps=[1, 2, 5, 10], prune="both"))
        axis.labelpad = 0.7 * cell.points("text")
        axis.set_pane_color((1, 1, 1, 0))
        axis._axinfo["grid"].update(color=theme.faint, linewidth=0.8)
    ax.set_box_aspect((1, 1, 0.8), zoom=0.92)
    view = View(ax, turn=(lambda moment: turn(ax, elevation, azimuth, orbit, moment)) if orbit else None)
    if orbit:
        cell.turntable(view)
    lift = 0.01 * (high - low)
    paths = [
        np.column_stack([run.path, np.clip(height(run.losses), low, high) + lift])
        for run in comparison.trajectories.values()
    ]
    runs = comparison.trajectories.values()
    cell.heads([cell.trail(view, path, run) for path, run in zip(paths, runs, strict=True)])


def turn(ax: object, elevation: float, azimuth: float, orbit: float, moment: Moment) -> None:
    """Set the camera of `ax` to where it stands at `moment`."""
    ax.view_init(elevation, azimuth + orbit * moment.phase)  # type: ignore[attr-defined]


def heights(objective: Objective, z: Array) -> tuple[Callable[[Array], Array], str]:
    """From loss to height in the picture, and what the heading then says of it."""
    if isinstance(objective, Surface) and objective.levels == "linear":
        return (lambda loss: loss), ""
    floor = float(np.nanmin(z))
    if isinstance(objective, Surface) and objective.f_min is not None:
        floor = objective.f_min
    return (lambda loss: np.log10(1.0 + np.maximum(loss - floor, 0.0))), r", $\log_{10}(1 + f)$"
