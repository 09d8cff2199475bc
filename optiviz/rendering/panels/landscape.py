"""Loss contours over two parameters, with a trail behind the head of each run."""

from typing import Annotated, Any, Literal

import numpy as np

from optiviz._lib.typing import Array, Bounds
from optiviz.objectives.base import Objective
from optiviz.objectives.fit import Fit
from optiviz.objectives.formula import parse
from optiviz.objectives.surface import Surface
from optiviz.objectives.training import Training
from optiviz.rendering.cell import BOLD, Cell
from optiviz.rendering.marks.agg import box_of
from optiviz.rendering.panels._shared.crosshair import crosshair as cross_lines
from optiviz.rendering.panels._shared.height_bands import bands, ground
from optiviz.rendering.panels._shared.landmarks import LEAST, draw_landmarks, landmarks_of
from optiviz.rendering.panels._shared.look_ahead import lines_ahead, points_ahead
from optiviz.rendering.panels._shared.needs import (
    a_number_somewhere,
    steps_with_memory,
    two_parameters,
    two_parameters_each,
)
from optiviz.rendering.panels._shared.recorded_plane import recorded_axis_names, recorded_headings
from optiviz.rendering.panels._shared.run_selection import path_routes, runs_of
from optiviz.rendering.panels._shared.spec import PanelSpec, Settings, Subject
from optiviz.rendering.panels._shared.step_arrows import overlay
from optiviz.rendering.panels._shared.window import fit_to_panel, window_of
from optiviz.rendering.style import band_colors
from optiviz.runs.recorded_landscape import RecordedLandscape
from optiviz.runs.trajectory import Comparison

GRID = 240
THIN = 0.72  # points, of a level line
THIN_LINE_ABOVE_STEPS = 700  # steps; a longer path is drawn with a thinner line


def landscape(
    cell: Cell,
    comparison: Comparison,
    *,
    levels: Annotated[int, Bounds(2, 60)] = 14,
    colorbar: bool = False,
    run: str = "",
    aspect: Literal["equal", "fill"] = "equal",
    window: Literal["paths", "surface"] = "paths",
    xlim: tuple[float, float] | None = None,
    ylim: tuple[float, float] | None = None,
    critical: bool = True,
    look_ahead: bool = False,
    anatomy: str = "",
    curvature: str = "",
    outline: float | None = None,
    crosshair: bool = False,
) -> None:
    """Level lines of the loss over its two parameters, and the path of each run across them.

    Parameters
    ----------
    levels : int, default 14
        How many bands of height, with a level line between every two.
    colorbar : bool, default False
        Say beside the map which grey is which loss.
    run : str
        The label of the only run to draw, which then stands above the map; all of them unless given. Maps
        side by side share their window.
    aspect : "equal" or "fill"
        One unit as long across as up, unless the window were longer than 5 : 1; or bent to fill the panel.
    window : "paths" or "surface"
        The part of the plane in which the runs move, with all minima; or the surface's own.
    xlim, ylim : (low, high), optional
        The part to show, grown to the shape of the panel.
    critical : bool, default True
        Mark the minima, local minima and saddles of a surface in the window, computed from its slopes, and
        name each kind once; of more than six only the known minima. False leaves the known minima unnamed.
    look_ahead : bool, default False
        A hollow marker where a run with Nesterov's rule measures the slope, ahead of its weights.
    anatomy : str
        The label of a run whose next step is drawn with its parts; see the panel `anatomy`.
    curvature : str
        The label of a run at whose head the axes of the curvature are drawn: the steep one bold, the flat one
        thin, dotted where the loss bends down.
    outline : float, optional
        A loss whose level line is bold.
    crosshair : bool, default False
        Two lines through the head of the first run, along x and along y.
    """
    runs = runs_of(comparison, "landscape", run)
    objective = comparison.objective
    headings, xlabel, ylabel = axis_words(objective)
    if isinstance(objective, Surface):
        headings = ("Level lines",)
    beside = 4.2 if colorbar else 0.0
    left, low, right, top = cell.inner(beside, xlabel)
    seen = window_of(comparison, window, (xlim, ylim), "landscape")
    recorded = isinstance(objective, RecordedLandscape)
    aspect = "fill" if recorded else aspect  # such a ground ends with its grid
    limits, bent = fit_to_panel(seen, (right - left, top - low), 44 / 24 * cell.sizes["text"], aspect)
    scale = bands(comparison, *limits, count=levels)
    if bent and not recorded:
        headings = (*(f"{name}, axes not to scale" for name in headings), *headings)
    if run:  # of a fit both are said where there is room
        wide = [] if isinstance(objective, Surface) else [f"{{}}: {headings[0]}"]
        forms = cell.form([*wide, "{}"], comparison.trajectories)
        headings = tuple(dict.fromkeys([*(form.format(run) for form in forms), run]))
    if colorbar:  # what it shows is written above it
        size = cell.glyphs("heading")
        headings = tuple(one for one in headings if BOLD * size.width(one) <= right - left) or headings[-1:]
    ax = cell.axes(headings, xlabel, ylabel, beside)
    x, y, z = ground(objective, *limits, GRID)
    filled = contours(cell, ax, x, y, z, scale.levels)
    if colorbar and filled is not None:
        cell.colorbar(ax, filled, scale.levels)
    if outline is not None:
        draw_outline(cell, ax, x, y, z, outline)
    found = landmarks_of(objective, *limits, critical)
    draw_landmarks(cell, ax, found)
    cell.landmarks.extend(found if critical else [])
    thin = max((len(one.path) for one in runs), default=0) > THIN_LINE_ABOVE_STEPS
    if curvature:
        from optiviz.rendering.panels.curvature import axes_of_bowl  # and all that it needs

        axes_of_bowl(cell, ax, comparison, curvature)
    pitch = 0.0 if thin else cell.line_width + 1.0
    if crosshair and runs:
        on_map = lambda moment, points: ax.transData.transform(points)
        cross_lines(cell, comparison, runs[0], limits, on_map, box_of(ax))
    if look_ahead:
        lines_ahead(cell, ax, comparison, runs)
    cell.trails(path_routes(ax, comparison, runs, pitch, cell.looks), runs, thin=thin, stage=not thin)
    if look_ahead:
        points_ahead(cell, ax, comparison, runs)
    if anatomy:
        overlay(cell, ax, comparison, "landscape", anatomy)


def contours(cell: Cell, ax: Any, x: Array, y: Array, z: Array, heights: Array) -> Any:
    """Fill axes with flat bands of z (len(y), len(x)) between the `heights`; gives the filled contours.

    Of what is nowhere a number there is nothing to fill, and None is given.
    """
    ax.set(xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
    if not np.isfinite(z).any():
        return None
    colors = band_colors(cell.theme.ramp, len(heights) - 1)
    z = np.clip(z, heights[0], heights[-1])  # above the last band the ground is flat
    filled = ax.contourf(x, y, z, heights, colors=colors, antialiased=False)
    inside = heights[1:-1]
    ax.contour(x, y, z, inside, colors=cell.theme.line, linewidths=THIN * cell.fine, linestyles="solid")
    return filled


def draw_outline(cell: Cell, ax: Any, x: Array, y: Array, z: Array, level: float) -> None:
    """A bold line, in its casing, where the loss z (len(y), len(x)) has one level."""
    if not np.isfinite(z).any() or not np.nanmin(z) < level < np.nanmax(z):
        return  # out of sight
    for color, width in ((cell.theme.casing, 6.0), (cell.theme.ink, 2.4)):
        ax.contour(x, y, z, [level], colors=[color], linewidths=0.72 * width * cell.fine, linestyles="solid")


def draw_stars(cell: Cell, ax: Any, points: Array) -> None:
    """Mark points (K, 2): minima, solutions."""
    ax.plot(
        points[:, 0],
        points[:, 1],
        "*",
        color=cell.theme.star,
        markeredgecolor=cell.theme.ink if cell.theme.ground > "#8" else cell.theme.casing,
        markeredgewidth=1.2 * min(cell.fine, cell.sizes["text"] / 20),
        markersize=max(cell.sizes["text"], LEAST) * 72 / ax.figure.dpi,
        clip_on=True,
    )


def axis_words(objective: Objective) -> tuple[tuple[str, ...], str, str]:
    """Headings, the best first, x label and y label of a picture of `objective` over its parameters."""
    if isinstance(objective, Fit | Training):
        return ("Weights & Loss",), *(objective.parameter_names or ("1st weight", "2nd"))  # type: ignore[return-value]
    if isinstance(objective, RecordedLandscape):
        return tuple(recorded_headings(objective)), *recorded_axis_names(objective)
    formula = objective.formula if isinstance(objective, Surface) else ""
    name = "Landscape" if objective.name == formula else objective.name.replace("_", " ").capitalize()
    latex = parse(formula).latex if formula else ""
    if not latex or r"\frac" in latex:  # a fraction is too tall for one line, or too small to read
        return (name,), "x", "y"
    return (f"$f = {latex}$", name), "x", "y"


def check_runs(subject: Subject, settings: Settings) -> None:
    """Refuse runs that do not lie on the map, and one that cannot be looked into."""
    two_parameters_each(subject, settings)
    if settings["anatomy"]:
        steps_with_memory(subject, settings["anatomy"], "anatomy")


SPEC = PanelSpec(
    problem=(two_parameters, a_number_somewhere),
    runs=(check_runs,),
    labels=("run", "anatomy", "curvature"),
    without_runs=True,
    inside_step=lambda settings: bool(settings["anatomy"]),
)
