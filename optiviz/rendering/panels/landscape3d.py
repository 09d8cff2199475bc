"""Loss surface in three dimensions over its own contours, from a camera that may turn."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.typing import Array, Bounds
from optiviz.rendering.cell import Cell
from optiviz.rendering.glyphs import Box
from optiviz.rendering.marks.notes import BEGIN, Anchor
from optiviz.rendering.marks.trails import Route
from optiviz.rendering.panels._shared.crosshair import crosshair as cross_lines
from optiviz.rendering.panels._shared.height_bands import Bands, bands, ground
from optiviz.rendering.panels._shared.landmarks import landmarks_of, paint_landmarks
from optiviz.rendering.panels._shared.needs import a_number_somewhere, two_parameters, two_parameters_each
from optiviz.rendering.panels._shared.run_selection import runs_of
from optiviz.rendering.panels._shared.spec import PanelSpec
from optiviz.rendering.panels._shared.window import fit_to_panel, window_of
from optiviz.rendering.panels.landscape import axis_words
from optiviz.rendering.surface3d.camera import Camera
from optiviz.rendering.surface3d.poses import Pose, near, pose_at, poses_of
from optiviz.rendering.surface3d.surface import Terrain, terrain
from optiviz.rendering.timeline import Moment
from optiviz.runs.recorded_landscape import RecordedLandscape
from optiviz.runs.trajectory import Comparison
from optiviz.scene.numbers import number
from optiviz.scene.words import misplaced

GRID = 161
PIECES = 24  # at most, that one step is cut into so that it follows the ground
LIFT = 0.012  # of a trail above the surface
USUAL = -60.0  # degrees
SEEN = 800  # places of all paths that are looked for from each direction
ROOTS = {1 / 2: "root", 1 / 3: "cube root", 1 / 4: "4th root", 1 / 6: "6th root"}


def landscape3d(
    cell: Cell,
    comparison: Comparison,
    *,
    elevation: Annotated[float, Bounds(5, 90)] = 38.0,
    azimuth: Annotated[float, Bounds(-360, 360)] | None = None,
    orbit: Annotated[float, Bounds(-3600, 3600)] = 0.0,
    contours: bool = False,
    window: Literal["paths", "surface"] = "paths",
    xlim: tuple[float, float] | None = None,
    ylim: tuple[float, float] | None = None,
    aspect: Literal["equal", "fill"] = "equal",
    critical: bool = True,
    outline: float | None = None,
    crosshair: bool = False,
    run: str = "",
) -> None:
    """The loss as height over its two parameters, with its level lines and the path of each run on it.

    A step is drawn along the ground below it; what a hill hides of a path is dotted.

    Parameters
    ----------
    elevation : float, default 38
        How high the camera stands, in degrees; from above is 90.
    azimuth : float, optional
        From where it looks at the start, in degrees; unless given, from where most of all paths is seen.
    orbit : float, default 0
        Degrees that the camera turns around the surface until the end of the clip.
    contours : bool, default False
        Draw axes, and the level lines once more on the floor below the surface.
    window : "paths" or "surface"
        The part of the plane in which the runs move, or the surface's own.
    xlim, ylim : (low, high), optional
        The part to show, grown to a square.
    aspect : "equal" or "fill"
        One unit as long across as up; or each side as long as the other.
    critical : bool, default True
        Mark the minima, local minima and saddles of a surface in the window; they are named here where no
        map names them. False leaves the known minima.
    outline : float, optional
        A loss whose level line is bold.
    crosshair : bool, default False
        Two lines on the ground through the head of the first run, along x and along y.
    run : str
        The label of the only run to draw, which then stands above; all of them unless given.
    """
    runs = runs_of(comparison, "landscape3d", run)
    objective = comparison.objective
    seen = window_of(comparison, window, (xlim, ylim), "landscape3d")
    aspect = "fill" if isinstance(objective, RecordedLandscape) else aspect  # it ends with its grid
    (xlim, ylim), _ = fit_to_panel(seen, (1.0, 1.0), aspect=aspect)
    scale = bands(comparison, xlim, ylim)
    x, y, _ = ground(objective, xlim, ylim, GRID)
    _, xlabel, ylabel = axis_words(objective)
    headings = (run,) if run else ("Surface and level lines", "Both") if contours else ("Surface",)
    cell.heading([heading + words_of_height(scale) for heading in headings] + list(headings))
    left, bottom, wide, high = cell.box
    room = (left, bottom, wide, high - 1.5 * cell.sizes["text"])
    glyphs, turning = cell.glyphs("text"), bool(orbit or cell.camera)

    def height_at(x: Array, y: Array) -> Array:
        with np.errstate(all="ignore"):
            loss = objective.value(np.stack([x, y]))
            return np.where(np.isfinite(loss), scale.height(loss), np.nan)

    level = None if outline is None else float(scale.height(np.array(outline)))
    land = terrain(x, y, height_at, contours, room, cell.theme, glyphs, (xlabel, ylabel), bool(orbit), level)
    clip = (int(left), int(bottom), int(left + wide), int(bottom + room[3]))

    courses = []
    for one in runs:
        path, last = draped(one.path, np.array([xlim, ylim]))
        over = bridged(height_at(*path.T))
        placed = land.place(np.column_stack([path, over])) + np.array([0, 0, LIFT])
        courses.append((placed, last, comparison.times[one.label][: len(last)]))
    begin = best_azimuth(land, elevation, courses) if azimuth is None else azimuth
    if orbit:
        land = replace(land, swing=(begin, begin + orbit))

    def on_hill(x: float, y: float) -> Array:
        if not (xlim[0] <= x <= xlim[1] and ylim[0] <= y <= ylim[1]):
            where = next((k for k, move in enumerate(cell.camera) if move.to == (x, y)), 0)
            told = f"({number(x)}, {number(y)}) is outside of panel 'landscape3d'"
            raise misplaced(f"camera.{where}.to", told)
        height = float(height_at(np.array([x]), np.array([y]))[0])
        return np.asarray(land.place(np.array([[x, y, height]]))[0] + [0, 0, LIFT])

    poses = poses_of(Pose(elevation, begin), cell.camera, on_hill)
    middle = np.array([room[0] + room[2] / 2, room[1] + room[3] / 2])

    @lru_cache(maxsize=4)
    def seen_from(pose: Pose, turned: float) -> Camera:
        return near(land.camera(pose.elevation, pose.azimuth + turned), pose, middle)

    def camera(moment: Moment) -> Camera:
        return seen_from(pose_at(poses, moment.camera), orbit * moment.phase)

    def place(moment: Moment, points: Array) -> tuple[Array, NDArray[np.bool_]]:
        """Pixels (M, 2) of places (M, 2) on the hill, and which of them it hides."""
        placed = land.place(np.column_stack([points, height_at(*points.T)])) + np.array([0, 0, LIFT])
        return camera(moment).pixels(placed), land.hidden(placed, camera(moment))

    found = landmarks_of(objective, xlim, ylim, critical)
    spots = np.array([mark.at for mark in found]).reshape(-1, 2)
    cell.landmarks.extend(found if critical else [])
    cell.anchors.append(Anchor(place, (xlim, ylim), clip, turning))

    def paint(renderer: Any, moment: Moment) -> None:
        land.draw(renderer, camera(moment), pose_at(poses, moment.camera).flat)
        pixels, hidden = place(moment, spots)
        pixels[hidden] = np.nan
        paint_landmarks(cell, renderer, found, pixels, clip)

    still = Standing(paint, lambda moment: (pose_at(poses, moment.camera), orbit * moment.phase), clip)

    if turning:
        cell.scenery(still.draw, clip)
    else:
        cell.stills.append(lambda renderer: paint(renderer, BEGIN))
    if crosshair and runs:
        cross_lines(cell, comparison, runs[0], (xlim, ylim), lambda *at: place(*at)[0], clip)
    cell.trails(routes(land, courses, clip, camera, turning), runs)


@dataclass(eq=False)
class Standing:
    """A ground that is painted anew only when `key` of a moment is another; it stays within `clip`."""

    paint: Callable[[Any, Moment], None]
    key: Callable[[Moment], Any]
    clip: Box
    known: Any = None
    picture: NDArray[np.uint8] | None = None

    def draw(self, renderer: Any, moment: Moment) -> None:
        """Put it into the picture."""
        pixels = np.asarray(renderer.buffer_rgba())
        height, (left, bottom, right, top) = len(pixels), self.clip
        window = slice(height - top, height - bottom), slice(left, right)
        if self.picture is None or self.key(moment) != self.known:
            before = pixels.copy()
            self.paint(renderer, moment)
            self.known, self.picture = self.key(moment), pixels[window].copy()
            pixels[:] = before  # what is near may reach beyond its cell
        pixels[window] = self.picture


def words_of_height(scale: Bands) -> str:
    """What the height of the hill is, for the heading; nothing where it is the loss itself."""
    if scale.power == 1:
        return ""
    low, high = float(scale.levels[0]), float(scale.levels[-1])
    counted = "the loss" if abs(low) <= 1e-12 * (high - low) else "(loss \N{MINUS SIGN} lowest)"
    return f", height: {ROOTS[scale.power]} of {counted}"


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


def bridged(heights: Array) -> Array:
    """(V,) heights along a path; where there is none, on a straight line between those beside, or 0.

    >>> bridged(np.array([np.nan, 1.0, np.nan, 2.0])).tolist()
    [1.0, 1.0, 1.5, 2.0]
    """
    known = np.isfinite(heights)
    if known.all() or not known.any():
        return np.nan_to_num(heights)
    every = np.arange(len(heights))
    return np.interp(every, every[known], heights[known])


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


def best_azimuth(
    land: Terrain, elevation: float, courses: list[tuple[Array, NDArray[np.int64], Array]]
) -> float:
    """Of 24 directions the one from which most of all paths is seen, the usual one among equals."""
    points = np.concatenate([np.empty((0, 3)), *(placed for placed, *_ in courses)])
    points = points[np.isfinite(points).all(axis=1)]
    points = points[:: max(1, len(points) // SEEN)]
    best, most = USUAL, 0.0
    for azimuth in (USUAL + 15.0 * k for k in range(24)):
        if not len(points) or most >= 1.0:  # there is nothing more to see
            break
        seen = round(1.0 - float(land.hidden(points, land.camera(elevation, azimuth)).mean()), 2)
        best, most = (azimuth, seen) if seen > most else (best, most)
    return best


SPEC = PanelSpec(problem=(two_parameters, a_number_somewhere), runs=(two_parameters_each,), without_runs=True)
