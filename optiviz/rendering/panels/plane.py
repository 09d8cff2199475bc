"""Loss on a two-dimensional section through weight space, with the projected paths of the runs.

A path does not lie on the plane, so what it stands on in the picture is not its loss. How far it is off is
drawn below: a path that comes down to 0 there arrives on the ground that is drawn.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

import numpy as np
from contourpy import contour_generator
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array, Batch, Bounds
from optiviz.analysis.planes import MAX_RESOLUTION, Through, check_plane_cost, heights
from optiviz.analysis.planes import plane as plane_of
from optiviz.objectives.base import Objective
from optiviz.objectives.training import Training, rebuilt
from optiviz.rendering.cell import TICKS, Cell
from optiviz.rendering.glyphs import Box
from optiviz.rendering.marks.agg import box_of, pen, rgba, stroke
from optiviz.rendering.marks.shapes import Image
from optiviz.rendering.marks.trails import Route
from optiviz.rendering.panels._shared.batches import ReplayedBatches, batch_size_of
from optiviz.rendering.panels._shared.cell_map import interpolation_weights, palette_of
from optiviz.rendering.panels._shared.height_bands import contour_levels
from optiviz.rendering.panels._shared.network_runs import (
    cached_by_step,
    route_of,
    rows_at,
    shortened_name,
    verbatim,
)
from optiviz.rendering.panels._shared.recorded_plane import (
    recorded_axis_names,
    recorded_headings,
    recorded_section,
    refuse_of_recorded,
)
from optiviz.rendering.panels._shared.run_selection import path_route
from optiviz.rendering.panels._shared.spec import PanelSpec, Settings, Subject
from optiviz.rendering.panels._shared.uphill import count_uphill, share_below
from optiviz.rendering.panels.landscape import THIN, THIN_LINE_ABOVE_STEPS, contours, draw_outline, draw_stars
from optiviz.rendering.style import band_colors
from optiviz.runs.minimize import minimize
from optiviz.runs.plane import Plane
from optiviz.runs.recorded_landscape import RecordedLandscape
from optiviz.runs.trajectory import Comparison, Trajectory
from optiviz.scene.numbers import percent

FRAME = 2e9  # multiplications of the ground of one frame: a fifth of a second
STRIP = 7.0  # heights of the type that the distances take,
ROOM = 20.0  # in a cell of at least so many
PAINTED = 10.0  # pixels between the places of a ground that is painted anew in each frame, at least
FIRST_STEPS = 20  # in which a run that moves at all has moved


def plane(
    cell: Cell,
    comparison: Comparison,
    *,
    through: Through = "pca",
    runs: tuple[str, ...] = (),
    resolution: Annotated[int, Bounds(5, MAX_RESOLUTION)] = 61,
    span: Annotated[float, Bounds(0.01, 100)] = 1.0,
    margin: Annotated[float, Bounds(0, 10)] = 0.15,
    seed: Annotated[int, Bounds(0, 2**63 - 1)] = 0,
    levels: Annotated[int, Bounds(2, 60)] = 15,
    limits: tuple[float, float] | None = None,
    log: bool = True,
    colorbar: bool = False,
    batch: bool = False,
    moving: bool = False,
    outline: float | None = None,
    uphill: bool = False,
    distance: bool | None = None,
    heading: str = "",
) -> None:
    """Level lines of the loss on a plane through the space of all weights, and the runs seen from above.

    Parameters
    ----------
    through : "pca", "random" or "solutions"
        What spans the plane: the two directions in which the runs go farthest; two random ones through the
        end of the first run, in the lengths of its neurons; or the ends of three runs, or of two and their
        start.
    runs : list of str
        The labels of the runs that span the plane and are drawn; unless given all that have the network of
        the first one, or, for a random plane, that one alone.
    resolution : int, default 61
        Places along each axis at which the loss is worked out.
    span : float, default 1
        Of a random plane, on either side of the end of the run.
    margin : float, default 0.15
        Room around what spans the other planes, as a share of its width.
    seed : int, default 0
        Of random directions.
    levels : int, default 15
        How many level lines.
    limits : (low, high), optional
        The loss of the lowest and the highest line, so that panels side by side mean the same.
    log : bool, default True
        Lines evenly spaced in the logarithm of the loss, not in the loss.
    colorbar : bool, default False
        Say beside the map which grey is which loss.
    batch : bool, default False
        The loss over the rows that the last step of the first run was taken on, not over all.
    moving : bool, default False
        In every frame the plane through the weights as they are, parallel to the one that is spanned: the
        ground under the head is then the loss of the first run.
    outline : float, optional
        A loss whose level line is bold; above a random plane stands how much of it is lower.
    uphill : bool, default False
        Count the steps of the first run that went up on this ground, and colour its last step by that.
    distance : bool, optional
        Below, the distance of the runs from the plane; unless given, where there is room for it.
    heading : str, default ""
        Above the panel; what it shows unless given.
    """
    cell = inset(cell)
    objective: Any = comparison.objective
    recorded = objective if isinstance(objective, RecordedLandscape) else None
    if recorded is not None:
        through = "random" if recorded.through == "random" else "pca"
        shown, found, places, off = recorded_section(recorded, runs)
    else:
        labels = spanning(comparison.objectives, runs, alone=through == "random")
        shown = [comparison.trajectories[label] for label in labels]
        objective = comparison.objectives[shown[0].label]
        try:
            found = plane_of(
                objective, shown, through=through, resolution=resolution, span=span, margin=margin, seed=seed
            )
        except BadInput as error:
            raise BadInput(f"panel 'plane': {error}") from error
        places = [found.project(run.path) for run in shown]
        off = [found.distance(run.path) for run in shown]
    lines = plane_levels(objective, found, levels, limits, log)
    if distance is None:
        beyond = recorded is not None or np.size(objective.start) > 2
        distance = cell.box[3] > ROOM * cell.sizes["text"] and beyond
    beside = 4.2 if colorbar else 0.0
    upper = split_off_distances(cell, comparison, shown, off, beside) if distance else cell
    names = ("", "") if uphill or heading else axis_names(upper, found, through, shown, recorded)
    told = (
        plane_headings(through, len(shown) == 1, batch, moving)
        if recorded is None
        else recorded_headings(recorded)
    )
    if uphill:  # the count has the other half of the line
        told = ["Loss on its batch" if batch else "Loss on all rows"]
    told = [verbatim(heading).replace("{", "{{").replace("}", "}}")] if heading else told
    if through == "random":  # both directions in one unit, from -span to span
        upper = upper.at_true_scale(((-span, span), (-span, span)), names[0], beside)
    left, bottom, wide, high = upper.box
    over = replace(upper, box=(left, bottom, wide - beside * upper.sizes["text"], high))
    forms = over.form(told, comparison.trajectories)
    ax = upper.axes([form.format(shown[0].label) for form in forms], *names, beside=beside)
    few_ticks(upper, ax)
    filled = contours(upper, ax, found.x, found.y, found.z, lines)
    if colorbar:
        upper.colorbar(ax, filled, lines)
    if outline is not None:
        draw_outline(upper, ax, found.x, found.y, found.z, outline)
        if through == "random" and not (batch or moving):
            share_below(upper, ax, found, outline)
    if batch or moving:
        for part in ax.collections:  # nothing of the still ground is to shine through in a PDF
            part.set_visible(False)
        ground = Ground(objective, thinned(found, max(*ax.bbox.size) / PAINTED), lines)
        repaint(upper, ax, comparison, shown[0], ground, batch, moving)
    elif through == "solutions":
        draw_stars(upper, ax, found.project(np.stack([run.path[-1] for run in shown])))
    thin = max(len(run.path) for run in shown) > THIN_LINE_ABOVE_STEPS
    routes = [path_route(ax, comparison, run, where) for run, where in zip(shown, places, strict=True)]
    upper.trails(
        [redrawn_each_frame(route) if batch or moving else route for route in routes], shown, thin=thin
    )
    if uphill:
        count_uphill(upper, ax, objective, shown[0], found, batch)


def inset(cell: Cell) -> Cell:
    """A cell with more room on its left, for numbers with a sign and places."""
    left, bottom, wide, high = cell.box
    room = 0.5 * cell.sizes["text"]
    return replace(cell, box=(left + room, bottom, wide - room, high))


def redrawn_each_frame(route: Route) -> Route:
    """A route that is drawn whole in every frame, over a ground that is."""
    hidden = np.zeros(len(route.points), dtype=bool)
    return replace(route, hidden=hidden, turning=lambda moment: (route.pixels, hidden))


def spanning(objectives: Mapping[str, Any], labels: Sequence[str], alone: bool = False) -> list[str]:
    """The labels of runs that share one network: these, which must, or unless given all that do."""
    first, *others = labels or objectives
    same = [label for label in others if same_objective(objectives[first], objectives[label])]
    for label in others if labels else ():
        if label not in same:
            raise BadInput(
                f"'{label}' has another network or loss than '{first}', and so other weights", field="runs"
            )
    return [first] if alone and not labels else [first, *same]


def same_objective(one: Any, two: Any) -> bool:
    """Whether two objectives are one function of theta, wherever their runs begin and whatever they see."""
    if isinstance(one, Training) and isinstance(two, Training):
        nets = [rebuilt(each.network, kernel_initializer="zeros") for each in (one, two)]
        return bool(nets[0] == nets[1] and one.loss == two.loss)
    return type(one) is type(two) and getattr(one, "loss", "") == getattr(two, "loss", "")


def plane_levels(
    objective: Objective, found: Plane, count: int, limits: tuple[float, float] | None, log: bool
) -> Array:
    """(count,) ascending losses."""
    if limits is None:
        if not np.isfinite(found.z).any():
            raise BadInput("panel 'plane': the loss is nowhere finite on this plane")
        ends = contour_levels(objective, found.z, count)
        return ends if log else np.linspace(ends[0], ends[-1], count)
    low, high = limits
    return np.geomspace(low, high, count) if log else np.linspace(low, high, count)


# ------------------------------------------------------------------------------------------ what is said


def plane_headings(through: str, alone: bool, batch: bool, moving: bool = False) -> list[str]:
    """From the longest to the shortest, {} for the label of the first run."""
    if moving:
        return ["The ground where the weights are now", "The ground now", "Now"]
    if batch:
        return ["{}: loss on the batch of the step", "{}: loss on its batch", "Loss on its batch"]
    if through == "random":
        return ["{}: loss in random directions", "{}: random directions", "{}"]
    if through == "solutions":
        return ["Loss between solutions", "Between solutions"]
    if alone:
        return ["{}: loss on the plane of its path", "{}: plane of its path", "Plane of the path"]
    return ["Loss on the plane of the paths", "Plane of the paths", "PCA plane"]


def axis_names(
    cell: Cell, found: Plane, through: str, shown: Sequence[Trajectory], recorded: Any = None
) -> tuple[str, str]:
    """What the two axes are called."""
    names: Sequence[str]
    if recorded is not None:
        names = recorded_axis_names(recorded)
    elif found.explained is not None:
        names = [f"PC {k + 1} ({percent(share)})" for k, share in enumerate(found.explained.tolist())]
    elif through == "random":
        names = ["direction 1", "direction 2"]
    else:
        third = shown[2].label if len(shown) == 3 else "start"
        names = [f"{shown[0].label} \N{RIGHTWARDS ARROW} {shown[1].label}", f"\N{RIGHTWARDS ARROW} {third}"]
    em, (_, _, wide, high) = cell.sizes["text"], cell.box
    return shortened_name(cell, names[0], wide - 6 * em), shortened_name(cell, names[1], high - 4.8 * em)


def few_ticks(cell: Cell, ax: Any) -> None:
    """No more numbers along an axis than stand apart."""
    count = int(ax.bbox.width / (3.6 * cell.sizes["text"]))
    ax.xaxis.set_major_locator(MaxNLocator(min(max(count, 1), 5), steps=TICKS))


def split_off_distances(
    cell: Cell, comparison: Comparison, shown: Sequence[Trajectory], off: Sequence[Array], beside: float
) -> Cell:
    """Draw the distances along the foot of a cell, one growing curve a run; the part above it is left."""
    left, bottom, wide, high = cell.box
    foot = STRIP * cell.sizes["text"]
    lower = replace(cell, box=(left, bottom, wide, foot))
    upper = replace(cell, box=(left, bottom + foot, wide, high - foot))
    whole = [curve for curve, run in zip(off, shown, strict=True) if run.status == "finished"] or off
    top = max(float(curve.max()) for curve in whole) or 1.0
    headings = [f"Distance from the plane, by {cell.counted}", "Distance from the plane", "Distance"]
    ax = lower.axes(headings, "", " ", beside)
    times = [comparison.times[run.label] for run in shown]
    longest = max(1.0, *(float(time[-1]) for time in times))
    ax.set(xlim=(0, longest / cell.pace), ylim=(0, 1.1 * top))
    ax.yaxis.set_major_locator(MaxNLocator(2, steps=TICKS))
    few_ticks(lower, ax)
    ax.grid(True, axis="y", color=cell.theme.faint, linewidth=0.8 * cell.fine)
    ax.set_axisbelow(True)
    limits = (0.0, 1.1 * top)
    routes = [route_of(ax, time, curve, limits, cell.pace) for time, curve in zip(times, off, strict=True)]
    lower.trails(routes, shown, thin=True)
    return upper


# ------------------------------------------------------------------------------- what a batch sees of it


@dataclass(frozen=True, eq=False)
class Ground:
    """The loss over some of the rows on the grid of a plane, as an image and as level lines."""

    objective: Any
    found: Plane
    lines: Array

    def z(self, batch: Batch, theta: Array | None = None) -> Array:
        """(R, R) the loss over the rows in `batch`, all if None; on the plane, or the one through theta."""
        one = self.found if theta is None else parallel(self.found, theta)
        return heights(self.objective, one.origin, one.axes, one.x, one.y, batch=batch, processes=1)


def thinned(found: Plane, most: float) -> Plane:
    """A plane on a grid of at most so many places along each axis; its `z` is old."""
    count = max(min(len(found.x), round(most)), 5)
    x, y = (np.linspace(axis[0], axis[-1], count) for axis in (found.x, found.y))
    return replace(found, x=x, y=y)


def parallel(found: Plane, theta: Array) -> Plane:
    """The parallel plane that theta (P,) lies on, at the same coordinates as on the other; its `z` is old.

    >>> one = Plane(np.zeros(3), np.eye(3)[:2], np.zeros(1), np.zeros(1), np.zeros((1, 1)))
    >>> parallel(one, np.array([1.0, 2.0, 3.0])).origin
    array([0., 0., 3.])
    """
    return replace(found, origin=theta - found.project(theta[np.newaxis])[0] @ found.axes)


def check_batches(objective: Objective, label: str, resolution: int) -> None:
    """Refuse a ground of batches where there are none, or where every frame would wait for it."""
    rows = batch_size_of(objective, label)
    try:
        check_plane_cost(objective, resolution, np.arange(rows), FRAME)
    except BadInput as error:
        raise BadInput(f"with `batch`, in every frame: {error}", field="batch") from error


def repaint(
    cell: Cell, ax: Any, comparison: Comparison, run: Trajectory, ground: Ground, batch: bool, moving: bool
) -> None:
    """Paint the ground anew in every frame: as the batch of the last step saw it, or through the weights."""
    luck, times = ReplayedBatches(ground.objective, cell.seed), comparison.times[run.label]
    row = lambda step: int(rows_at(times, np.array([step]))[0])

    def height(step: int) -> Array:
        seen = luck(max(int(run.at[row(step)]) - 1, 0)) if batch else None
        return ground.z(seen, run.path[row(step)] if moving else None)

    z = cached_by_step(height)
    left, bottom, right, top = box_of(ax)
    clip = left + 1, bottom + 1, right - 1, top - 1
    ramp = band_colors(cell.theme.ramp, len(ground.lines) - 1)
    colors = palette_of([np.array(rgba(color)) for color in (ramp[0], *ramp, ramp[-1])])
    size = (clip[2] - clip[0], clip[3] - clip[1])

    def picture(step: int) -> NDArray[np.uint8]:
        found: NDArray[np.uint8] = colors[np.searchsorted(ground.lines, enlarged(z(step), size))]
        return found

    cell.marks.append(Image(cached_by_step(picture), clip))
    cell.scenery(level_painter(cell, ground.lines[1:-1], z, clip), clip)


def level_painter(
    cell: Cell, lines: Array, z: Callable[[int], Array], clip: Box
) -> Callable[[Any, Any], None]:
    """What draws the level lines of z(step) over an image of it."""

    def paint(renderer: Any, moment: Any) -> None:
        grid = z(moment.step)
        x, y = np.linspace(clip[0], clip[2], grid.shape[1]), np.linspace(clip[1], clip[3], grid.shape[0])
        generator: Any = contour_generator(x, y, grid, line_type="Separate")
        line = pen(cell.theme.line, THIN * cell.fine * renderer.dpi / 72, clip, renderer)
        for level in lines.tolist():
            for places in generator.lines(level):
                stroke(renderer, line, places)

    return paint


def enlarged(grid: Array, size: tuple[int, int]) -> Array:
    """(height, width) the values of a grid at every pixel, linearly interpolated, the top row first."""
    (left, on), (below, up) = (
        interpolation_weights(count, cells) for count, cells in zip(size, grid.shape[::-1], strict=True)
    )
    rows = grid[below] + up[:, np.newaxis] * (grid[below + 1] - grid[below])
    found: Array = rows[:, left] + on * (rows[:, left + 1] - rows[:, left])
    return found[::-1]


def check_limits(objective: Objective, settings: Settings) -> None:
    """Refuse losses between which there are no level lines."""
    if settings["limits"] is None:
        return
    (low, high), above = settings["limits"], " above 0" * settings["log"]
    if not low < high or (above and low <= 0):
        raise BadInput(f"must be two losses{above}, low then high, got [{low}, {high}]", field="limits")


def check_runs(subject: Subject, settings: Settings) -> None:
    """Refuse runs that span no plane, and planes that would take too long."""
    if isinstance(subject.scene.objective, RecordedLandscape):
        refuse_of_recorded(settings)
        return
    through, resolution = settings["through"], settings["resolution"]
    labels = spanning(subject.objectives, settings["runs"], alone=through == "random")
    objective = subject.objectives[labels[0]]
    if np.size(objective.start) < 2:
        raise BadInput("takes two parameters, this problem has one")
    check_plane_cost(objective, resolution)
    if settings["batch"]:
        check_batches(objective, labels[0], resolution)
    if through == "solutions" and not 2 <= len(labels) <= 3:
        raise BadInput(
            f"goes through the ends of three runs, or of two and their start; got {len(labels)}", field="runs"
        )
    if through == "pca" and not any_moves(subject, labels):
        raise BadInput("draws where runs go, and these never move: a single place spans no plane")


def any_moves(subject: Subject, labels: Sequence[str]) -> bool:
    """Whether runs come to more than one place: they begin apart, or a first step leads away."""
    scene = subject.scene
    begin = [
        np.asarray(subject.objectives[label].start if scene.runs[label].start is None
                   else scene.runs[label].start, dtype=float)
        for label in labels
    ]  # fmt: skip
    if any((place != begin[0]).any() for place in begin):
        return True
    for label, place in zip(labels, begin, strict=True):
        run = minimize(
            subject.objectives[label], scene.runs[label].optimizer, steps=min(scene.steps, FIRST_STEPS),
            start=place, seed=scene.seed, label=label,
        )  # fmt: skip
        if (run.path != run.path[:1]).any():
            return True
    return False


SPEC = PanelSpec(problem=(check_limits,), runs=(check_runs,), labels=("runs",))
