"""One-dimensional descent: a ball on a curve, its tangent, and the next step."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array
from optiviz.objectives.base import Objective
from optiviz.objectives.formula import Formula
from optiviz.objectives.surface import Surface
from optiviz.rendering.cell import Cell
from optiviz.rendering.glyphs import Glyphs
from optiviz.rendering.marks.agg import box_of
from optiviz.rendering.marks.shapes import Curve, Words
from optiviz.rendering.marks.trails import Route
from optiviz.rendering.panels._shared.broken_curve import drawn_curve
from optiviz.rendering.panels._shared.look_ahead import lines_ahead, points_ahead
from optiviz.rendering.panels._shared.run_selection import path_route, rows_of_steps, runs_of
from optiviz.rendering.panels._shared.spec import PanelSpec, Settings
from optiviz.rendering.style import Look
from optiviz.runs.trajectory import Comparison, Trajectory
from optiviz.scene.numbers import MINUS, number

FINE = 400  # places at which the curve is looked at
BETWEEN = 12  # pieces of the way of a step
NAMED = 0.22  # of the height of the curve, for names below its valleys
ARC = 0.18  # of the height of the curve, of a hop
NOWHERE = np.full((2, 2), -1e4)  # pixels of what is not there
DROP = (1.5, 2.0)  # the dash from the ball down to its place on the axis


def descent1d(
    cell: Cell,
    comparison: Comparison,
    *,
    along: Literal["x", "y"] = "x",
    run: str = "",
    name: str = "",
    heading: str = "",
    tangents: bool = True,
    way: Literal["curve", "hop"] = "curve",
    look_ahead: bool = False,
    names: bool = False,
) -> None:
    """A function of one weight, with a ball for each run, the way it came by, its tangent and its next step.

    The surface must be a function of one coordinate, or a sum of two: descent then goes along each of
    them as if the other were not there. Of a sum, the loss is counted from the lowest point of the part; of a
    part with poles it is the loss with the other one at its start. The axis says so.

    Parameters
    ----------
    along : "x" or "y"
        The coordinate that is shown.
    run : str
        The label of the only run to draw; all of them unless given.
    name : str
        What the coordinate is called; "x" or "y" unless given.
    heading : str
        Above the panel; the label of the run, or the surface, unless given.
    tangents : bool, default True
        Draw tangents and steps, and write the number that a single run has come to.
    way : "curve" or "hop", default "curve"
        The line from step to step: along the function, or in an arc over it, as a step jumps.
    look_ahead : bool, default False
        A hollow marker where a run with Nesterov's rule measures the slope, ahead of its weights.
    names : bool, default False
        The label of each run beside its ball while the clip rests.
    """
    surface, runs = comparison.objective, runs_of(comparison, "descent1d", run)
    assert isinstance(surface, Surface)
    axis = "xy".index(along)
    name = name or along
    xlim = (surface.xlim, surface.ylim)[axis]
    curve = drawn_curve(lambda at: slice_of(surface, axis, at), *xlim)
    _, beside = slice_of(surface, 1 - axis, np.linspace(*(surface.ylim, surface.xlim)[axis], FINE))
    low, high = curve.low, curve.high
    shift, counted = 0.0, "loss"
    if np.nan_to_num(beside).any():  # a sum: what is shown is one of its parts
        shift, counted = (0.0, f"loss at {'yx'[axis]} = {number(surface.start[1 - axis])}")
        if not curve.poles:
            shift, counted = low, "loss above its lowest"
    height, low, high = curve.height - shift, low - shift, high - shift
    room = (high - low) or max(1.0, 1e-3 * abs(high))
    below = 0.17 if tangents else NAMED if names else 0.05
    ax = cell.axes((heading or run or surface.formula or surface.name,), name, counted)
    ax.set(xlim=xlim, ylim=(low - below * room, high + 0.03 * room))
    ax.plot(curve.x, height, color=cell.theme.data, linewidth=1.4 * cell.line_width * 0.72)

    def place(at: Array) -> Array:
        """Points (M, 2) on the curve; what is no number is below it."""
        over = slice_of(surface, axis, at)[0] - shift
        over = np.where(np.isfinite(over), np.clip(over, low - 9 * room, high + 9 * room), low - 9 * room)
        return np.column_stack([at, over])

    routes = []
    for k, one in enumerate(runs):
        x = one.path[:, axis]
        y, dy = slice_of(surface, axis, x)
        y = np.where(np.isfinite(y), np.clip(y - shift, low - 9 * room, high + 9 * room), low - 9 * room)
        if tangents:
            floor = low - (0.085 if len(runs) == 1 else 0.03 + 0.11 * k / (len(runs) - 1)) * room
            hints(cell, ax, comparison, one, np.stack([x, y, dy]), floor)
        arc = ARC * room if way == "hop" else 0.0
        routes.append(way_of(ax, comparison, one, x, place, arc))

    def on_curve(path: Array) -> Array:
        return place(path[:, axis])

    if look_ahead:
        lines_ahead(cell, ax, comparison, runs, on_curve)
    cell.trails(routes, runs, named=names)
    if look_ahead:
        points_ahead(cell, ax, comparison, runs, on_curve)
    if tangents and len(runs) == 1:
        reading(cell, ax, comparison, runs[0], name, runs[0].path[:, axis])


def way_of(
    ax: Any, comparison: Comparison, run: Trajectory, x: Array, place: Callable[[Array], Array], arc: float
) -> Route:
    """The route of a run with places `x` (R,): along the curve, or `arc` above the chord of each step."""
    if len(x) < 2:
        return path_route(ax, comparison, run, place(x))
    share = np.arange(BETWEEN) / BETWEEN
    fine = np.append((x[:-1, None] + share * np.diff(x)[:, None]).ravel(), x[-1])
    points = place(fine)
    if arc:
        y = place(x)[:, 1]
        far = np.minimum(np.abs(np.diff(x)), 1.0)[:, None]  # short steps are low hops
        over = y[:-1, None] + share * np.diff(y)[:, None] + 4 * arc * far * share * (1 - share)
        points[:, 1] = np.append(over.ravel(), y[-1])
    whole = path_route(ax, comparison, run, points)
    return replace(whole, last=np.arange(len(x)) * BETWEEN, times=comparison.times[run.label])


def is_sum(surface: Surface) -> bool:
    """Whether the slope along each coordinate is the same wherever the other one is, in the window.

    A formula is asked for its parts; of other functions the slopes are looked at, where they are numbers.
    """
    if surface.formula and isinstance(surface.function, Formula) and surface.function.is_sum:
        return True
    x, y = np.meshgrid(np.linspace(*surface.xlim, 9), np.linspace(*surface.ylim, 9))
    with np.errstate(all="ignore"):
        dx, dy = surface.gradient(np.stack([x.ravel(), y.ravel()])).reshape(2, 9, 9)
    return bool(np.isfinite(dx).any()) and all(map(same_in_rows, (dx.T, dy)))


def same_in_rows(slopes: Array) -> bool:
    """Whether all numbers in each row (K, M) are the same; what is none is passed over."""
    known = np.isfinite(slopes)
    first = np.where(known, slopes, 0.0)[np.arange(len(slopes)), known.argmax(axis=1)]
    return bool(np.isclose(slopes, first[:, None], rtol=1e-9, atol=1e-9)[known].all())


def slice_of(surface: Surface, axis: int, at: Array) -> tuple[Array, Array]:
    """Height (M,) and slope (M,) at places (M,) along one axis, the other coordinate that of the start."""
    theta = np.repeat(surface.start[:, np.newaxis], len(at), axis=1)
    theta[axis] = at
    with np.errstate(all="ignore"):
        value, gradient = surface.value_and_gradient(theta)
    return value, gradient[axis]


def hints(cell: Cell, ax: Any, comparison: Comparison, run: Trajectory, known: Array, floor: float) -> None:
    """The tangent of a run, and on the floor an arrow from where it is to where it will be.

    `known` (3, R) are place, height and slope at each row.
    """
    rows, look, theme, clip = rows_of_steps(comparison, run), cell.looks[run.label], cell.theme, box_of(ax)
    places = ax.transData.transform(known[:2].T)
    scale = np.diff(ax.transData.transform([[0.0, 0.0], [1.0, 1.0]]), axis=0)[0]
    bottom = float(ax.transData.transform((0.0, floor))[1])
    reach, barb = 3.4 * cell.sizes["text"], 0.45 * cell.sizes["text"]
    inside = (places >= clip[:2]) & (places <= clip[2:])

    def row(step: int) -> int:
        return int(rows[min(step, len(rows) - 1)])

    def tangent(step: int) -> Array:
        r = row(step)
        direction = np.array([1.0, known[2, r]]) * scale
        length = np.hypot(*direction)
        if not inside[r].all() or not 0 < length < np.inf:
            return NOWHERE
        direction *= reach / length
        return np.array([places[r] - direction, places[r] + direction])

    def drop(step: int) -> Array:
        r = row(step)
        return np.array([places[r], [places[r, 0], bottom]]) if inside[r].all() else NOWHERE

    def arrow(step: int) -> Array:
        r = row(step)
        if r + 1 >= len(places) or not inside[r].all():
            return NOWHERE
        start, end = places[r, 0], float(np.clip(places[r + 1, 0], clip[0] - 99, clip[2] + 99))
        back = end - np.sign(end - start) * min(barb, abs(end - start))
        tip = [end, bottom]
        return np.array([[start, bottom], tip, [back, bottom + barb], tip, [back, bottom - barb]])

    dotted, ink, solid = Look(theme.ink, "", DROP), Look(theme.ink, ""), Look(look.color, "")
    for points, worn, width in ((drop, dotted, 0.35), (tangent, ink, 0.55), (arrow, solid, 0.7)):
        cell.marks.append(Curve(points, worn, width * cell.line_width, theme.casing, clip))


def reading(cell: Cell, ax: Any, comparison: Comparison, run: Trajectory, name: str, values: Array) -> None:
    """The number that the run has come to, at the right of the heading, or in the plot if it is too long."""
    rows, (left, _, right, top) = rows_of_steps(comparison, run), box_of(ax)
    glyphs = Glyphs(cell.sizes["heading"], cell.looks[run.label].color, bold=True, rim=cell.theme.rim)

    def text(step: int) -> str:
        value = round(float(values[rows[min(step, len(rows) - 1)]]), 3) + 0.0
        return f"{name} = {number(value)}"

    heading = cell.headings[-1]
    free = right - left - heading.get_window_extent().width
    need = glyphs.width(f"{name} = {MINUS}0.00")
    if free > need + glyphs.size:
        base = cell.box[1] + cell.box[3] - 1.1 * cell.sizes["text"] - 0.36 * cell.sizes["heading"]
        cell.marks.append(Words(text, right, base, glyphs, 1.0))
        if free < 2 * need and cell.given is None:
            heading.set(x=left / cell.figure.canvas.get_width_height()[0], ha="left")
    else:
        cell.marks.append(Words(text, (left + right) / 2, top - 1.3 * glyphs.size, glyphs, 0.5))


def check_problem(objective: Objective, settings: Settings) -> None:
    """Refuse what is no sum of two functions of one coordinate each, and one without a number to show."""
    if not isinstance(objective, Surface) or not is_sum(objective):
        raise BadInput("draws a surface of one coordinate or a sum of two, such as x**2 + cos(y)")
    axis = "xy".index(settings["along"])
    xlim = (objective.xlim, objective.ylim)[axis]
    if not np.isfinite(slice_of(objective, axis, np.linspace(*xlim, FINE))[0]).any():
        at = f"{settings['along']} from {xlim[0]:g} to {xlim[1]:g}"
        raise BadInput(f"draws the loss, which is nowhere a finite number in this window, {at}")


SPEC = PanelSpec(problem=(check_problem,), without_runs=True)
