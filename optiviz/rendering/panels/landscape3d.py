"""The landscape in three dimensions: the surface over its own contours, from a camera that may turn."""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.typing import Array, Bounds
from optiviz.objectives.base import Objective
from optiviz.objectives.surface import Surface
from optiviz.rendering.cell import Cell
from optiviz.rendering.marks.trails import Route
from optiviz.rendering.panels._shared.needs import two_parameters, two_parameters_each
from optiviz.rendering.panels._shared.run_selection import runs_of
from optiviz.rendering.panels._shared.spec import PanelSpec
from optiviz.rendering.panels.landscape import contour_levels, ground, window, words
from optiviz.rendering.surface3d.camera import Camera
from optiviz.rendering.surface3d.surface import Terrain, terrain
from optiviz.rendering.timeline import Moment
from optiviz.runs.trajectory import Comparison

GRID = 161
PIECES = 24  # at most, that one step is cut into so that it follows the ground
BEGIN = Moment(0, 0.0, 0)
LIFT = 0.012  # of a trail above the surface


def landscape3d(
    cell: Cell,
    comparison: Comparison,
    *,
    elevation: Annotated[float, Bounds(5, 90)] = 38.0,
    azimuth: Annotated[float, Bounds(-360, 360)] = -60.0,
    orbit: Annotated[float, Bounds(-3600, 3600)] = 0.0,
    contours: bool = True,
    run: str = "",
) -> None:
    """The loss as height over its two parameters, above its level lines, with the path of each run on it.

    A step is drawn along the ground below it; what a hill hides of a path is dotted.

    Parameters
    ----------
    elevation, azimuth : float, default 38 and -60
        Where the camera stands at the start, in degrees; from above is 90.
    orbit : float, default 0
        Degrees that the camera turns around the surface until the end of the clip.
    contours : bool, default True
        Draw the level lines on the floor below the surface.
    run : str
        The label of the only run to draw, which then stands above; all of them unless given.
    """
    runs = runs_of(comparison, "landscape3d", run)
    objective = comparison.objective
    xlim, ylim = window(comparison)
    x, y, z = ground(objective, xlim, ylim, GRID)
    height, scale = heights(objective, z)
    headings, xlabel, ylabel = words(objective)
    if run:
        headings = (run,)
    cell.heading([heading + scale for heading in headings] + [scale.removeprefix(", ") or headings[-1]])
    left, bottom, wide, high = cell.box
    room = (left, bottom, wide, high - 2.0 * cell.sizes["text"])
    levels = np.unique(height(contour_levels(objective, z, 13))) if contours else np.empty(0)
    glyphs, turning = cell.glyphs("text"), bool(orbit)

    def height_at(x: Array, y: Array) -> Array:
        with np.errstate(all="ignore"):
            loss = objective.value(np.stack([x, y]))
            return np.where(np.isfinite(loss), height(loss), np.nan)

    land = terrain(x, y, height_at, levels, room, cell.theme, glyphs, (xlabel, ylabel), turning)
    clip = (int(left), int(bottom), int(left + wide), int(bottom + high))

    @lru_cache(maxsize=2)
    def camera(moment: Moment) -> Camera:
        return land.camera(elevation, azimuth + orbit * moment.phase)

    if turning:
        cell.scenery(lambda renderer, moment: land.draw(renderer, camera(moment)), clip)
    else:
        cell.stills.append(lambda renderer: land.draw(renderer, camera(BEGIN)))
    courses = []
    for one in runs:
        path, last = draped(one.path, np.array([xlim, ylim]))
        with np.errstate(all="ignore"):
            at_height = height(objective.value(path.T))
        placed = land.place(np.column_stack([path, at_height])) + np.array([0, 0, LIFT])
        courses.append((placed, last, comparison.times[one.label][: len(last)]))
    cell.trails(routes(land, courses, clip, camera, turning), runs)


def routes(
    land: Terrain,
    courses: list[tuple[Array, NDArray[np.int64], Array]],
    clip: Any,
    camera: Callable[[Moment], Camera],
    turning: bool,
) -> list[Route]:
    """The routes of points (V, 3) in the box of a terrain, with the last vertex and the time of each row."""
    everything = [len(placed) for placed, _, _ in courses]

    def seen(moment: Moment, counts: list[int]) -> list[tuple[Array, NDArray[np.bool_]]]:
        """Pixels of all points, and which of the first so many of each a hill hides: all asked at once."""
        eye = camera(moment)
        first = [placed[:count] for (placed, *_), count in zip(courses, counts, strict=True)]
        found = np.split(land.hidden(np.concatenate(first), eye), np.cumsum(counts)[:-1])
        hidden = [np.zeros(len(placed), dtype=bool) for placed, *_ in courses]
        for whole, part in zip(hidden, found, strict=True):
            whole[: len(part)] = part
        return [(eye.pixels(placed), whole) for (placed, *_), whole in zip(courses, hidden, strict=True)]

    @lru_cache(maxsize=1)  # all lines and heads of one frame ask one after the other
    def drawn(moment: Moment) -> list[tuple[Array, NDArray[np.bool_]]]:
        ends = [np.interp(moment.time, times, last) for _, last, times in courses]
        return seen(moment, [int(np.ceil(end)) + 1 for end in ends])

    begin = seen(BEGIN, everything) if courses else []
    return [
        Route(placed, pixels, last, clip, times, hidden, partial(pick, drawn, k) if turning else None)
        for k, ((placed, last, times), (pixels, hidden)) in enumerate(zip(courses, begin, strict=True))
    ]


def pick(drawn: Callable[[Moment], Any], k: int, moment: Moment) -> Any:
    """What `drawn` gives for one of the routes."""
    return drawn(moment)[k]


def draped(path: Array, limits: Array) -> tuple[Array, NDArray[np.int64]]:
    """A path (T+1, 2) cut finely enough to follow the ground, and the vertex (T+1,) of each of its steps.

    It ends where it first leaves `limits` (2, 2): no trail goes on into the sky.
    """
    inside = np.asarray(((path >= limits[:, 0]) & (path <= limits[:, 1])).all(axis=1))
    if not inside.all() and inside[0]:
        out = int(np.argmin(inside))
        before, after = path[out - 1], path[out]
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = (limits.T - before) / (after - before)
        share = np.min(shares[shares > 0], initial=1.0)
        path = np.vstack([path[:out], before + share * (after - before)])
    steps = np.diff(path, axis=0)
    lengths = np.abs(steps / np.ptp(limits, axis=1)).max(axis=1, initial=0.0)
    pieces = np.clip(np.ceil(60 * lengths), 1, PIECES).astype(np.int64)
    starts = np.repeat(np.arange(len(steps)), pieces)
    last = np.concatenate([[0], np.cumsum(pieces)])
    shares = (np.arange(len(starts)) - last[starts] + 1) / pieces[starts]
    return np.vstack([path[:1], path[starts] + shares[:, None] * steps[starts]]), last


def heights(objective: Objective, z: Array) -> tuple[Callable[[Array], Array], str]:
    """From loss to height in the picture, and what the heading then says of it."""
    if isinstance(objective, Surface) and objective.levels == "linear":
        return (lambda loss: loss), ""
    floor = float(np.nanmin(z))
    if isinstance(objective, Surface) and objective.f_min is not None:
        floor = objective.f_min
    return (
        lambda loss: np.log10(1.0 + np.maximum(loss - floor, 0.0))
    ), ", height log\N{SUBSCRIPT ONE}\N{SUBSCRIPT ZERO}(1 + f)"


SPEC = PanelSpec(problem=(two_parameters,), runs=(two_parameters_each,), without_runs=True)
