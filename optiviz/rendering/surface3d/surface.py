"""A surface in three dimensions: a lit mesh over its own contours, seen from a camera that may turn.

The projection is parallel. What hills hide of a trail is found by looking from each of its points towards the
camera. All of it is drawn anew in every frame of a turning scene, so the surface comes column by column
(`columns`) unless it has holes, and the rest by bare Agg calls.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from contourpy import contour_generator
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_rgba
from matplotlib.path import Path
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import IdentityTransform
from numpy.typing import NDArray
from PIL import Image

from optiviz._lib.typing import Array
from optiviz.rendering.glyphs import Glyphs
from optiviz.rendering.style import BANDS, Theme, band_colors, from_lab, lab, larger
from optiviz.rendering.surface3d.camera import Camera, camera_axes
from optiviz.rendering.surface3d.floating_horizon import FINE, Relief, Single, draw_relief
from optiviz.rendering.surface3d.lines import Lines, bundled, polylines
from optiviz.scene.numbers import number

TALL = 1.0  # height of the surface where its base is 2 x 2
FLOOR = 0.75  # how far the floor with the contours lies below it
TOUCH = 1e-9  # of the height, on either side of a bold level
WALL = 0.12  # how far the side walls reach below it
SHADES = np.linspace(-7.0, 5.0, 13)  # L* that light takes or gives: less than half a band
LIGHT = np.array([-0.55, 0.35, 0.75])  # fixed to the ground
SAMPLES = 40  # looks along the ray from a point to the camera


@dataclass(frozen=True, eq=False)
class Terrain:
    """Heights over a grid in a box: x and y from -1 to 1, z from 0 to `TALL`, the floor below.

    Parameters
    ----------
    x, y : array (n,)
        Ascending coordinates of the grid.
    z : array (n, n)
        Heights, row by row of y; NaN where there is none.
    mesh : array (n, n, 3)
        Where the corners of the faces are: the points of the grid, those beside a hole moved to its rim.
    boxed : bool
        Axes around the surface, and the contour lines once more on a floor below it.
    box : left, bottom, width, height
        The pixels to stay within, labels included.
    """

    x: Array
    y: Array
    z: Array
    mesh: Array
    boxed: bool
    box: tuple[float, float, float, float]
    theme: Theme
    type: Glyphs
    labels: tuple[str, str]
    colors: Array
    lines: Lines
    draped: Lines
    bold: Lines
    turning: bool
    swing: tuple[float, float] = (0.0, 360.0)

    @cached_property
    def limits(self) -> Array:
        """(3, 2) the ends of x, y and z."""
        return np.array([self.x[[0, -1]], self.y[[0, -1]], [0.0, 1.0]])

    @property
    def floor(self) -> float:
        """Its z in the box."""
        return -FLOOR if self.boxed else -WALL * TALL

    def place(self, points: Array) -> Array:
        """(M, 3) points of the data, in the box."""
        low, high = self.limits.T
        size, corner = np.array([2.0, 2.0, TALL]), np.array([1.0, 1.0, 0.0])
        return np.asarray((points - low) / (high - low) * size - corner)

    def camera(self, elevation: float, azimuth: float) -> Camera:
        """The camera at two angles in degrees; the scale is one for all angles of a turning scene."""
        right, up, towards = camera_axes(elevation, azimuth)
        left, bottom, width, height = self.box
        em = self.type.size
        side, upright, lift = (1.8, 3.4, 0.8) if self.boxed else (0.4, 0.8, 0.0)  # room for numbers
        corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (self.floor, TALL)], float)
        across = np.abs(corners @ right).max()
        tall = corners @ up
        if not (self.turning or self.boxed):  # no corner of the box is seen, but its floor and the surface
            tall = np.append(tall[::2], (self.placed @ up)[np.isfinite(self.z)])
        if self.turning:
            every = [camera_axes(elevation, angle)[:2] for angle in np.linspace(*self.swing, 25)]
            across = max(np.abs(corners @ axis).max() for axis, _ in every)
            tall = np.concatenate([corners @ axis for _, axis in every])
        scale = min((width / 2 - side * em) / across, (height - upright * em) / np.ptp(tall))
        middle = (tall.min() + tall.max()) / 2
        centre = np.array([left + width / 2, bottom + height / 2 + lift * em - scale * middle])
        return Camera(right, up, towards, float(scale), centre)

    # ------------------------------------------------------------------------------------ drawing

    def draw(self, renderer: Any, camera: Camera, flat: float = 0.0) -> None:
        """Everything but the trails: the box if there is one, the surface with its level lines, the walls.

        `flat` in [0, 1] is how much of the light is taken away.
        """
        if self.boxed:
            self.draw_box(renderer, camera)
        patch, left, top = draw_relief(self.dimmed(flat), camera) if self.relief else self.faces(camera)
        composite(np.asarray(renderer.buffer_rgba()), patch, left, top)
        for lines, color, width in ((self.draped, self.theme.line, 1.0), (self.bold, self.theme.ink, 2.4)):
            points, codes = lines
            if len(points):
                seen = ~self.hidden(points, camera)
                kept = np.where(seen & np.roll(seen, 1), codes, Path.MOVETO).astype(np.uint8)
                polylines(renderer, camera, (points, kept), color, width)
        if not self.boxed:
            self.draw_walls(renderer, camera)

    def draw_walls(self, renderer: Any, camera: Camera) -> None:
        """The two near sides of the block, from the rim of the surface down to its floor."""
        gc = renderer.new_gc()
        gc.set_linewidth(1.2 * larger(renderer.width, renderer.height) * 72 / renderer.dpi)
        gc.set_foreground(to_rgba(self.theme.soft), isRGBA=True)
        gc.set_joinstyle("round")
        tints = band_colors(self.theme.ramp, 8)[2:4]
        for axis, tint in zip((0, 1), tints, strict=True):
            at = -1 if camera.towards[axis] >= 0 else 0
            rim = self.placed[:, at] if axis == 0 else self.placed[at]
            if abs(camera.towards[axis]) < 1e-6 or camera.towards[2] > 0.999 or not np.isfinite(rim).all():
                continue
            foot = rim[[-1, 0]] * [1, 1, 0] + [0, 0, self.floor]
            outline = camera.pixels(np.vstack([rim, foot, rim[:1]]))
            renderer.draw_path(gc, Path(outline, closed=True), IdentityTransform(), to_rgba(tint))

    def draw_box(self, renderer: Any, camera: Camera) -> None:
        """Walls and floor, axes with numbers, and contours on the floor."""
        theme = self.theme
        toward = np.sign(camera.towards[:2])
        toward[toward == 0] = 1.0
        back = -toward
        floor = self.floor
        grid, frame = [], []
        ticks = [
            *(ticks_of(*limit) for limit in self.limits[:2]),
            np.empty(0),
        ]  # heights are told by the lines
        for axis in (0, 1):
            other = 1 - axis
            for tick in ticks[axis]:
                at = self.along(axis, tick)
                ends = np.zeros((3, 3))
                ends[:, axis] = at
                ends[:, other] = toward[other], back[other], back[other]
                ends[:, 2] = floor, floor, TALL
                grid.append(ends)
        for tick in ticks[2]:
            z = self.along(2, tick)
            grid.append(np.array([[toward[0], back[1], z], [back[0], back[1], z], [back[0], toward[1], z]]))
        for corner in ((toward[0], back[1]), (back[0], back[1]), (back[0], toward[1])):
            frame.append(np.array([[*corner, floor], [*corner, TALL]]))
        ring = [(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]
        frame.append(np.array([[*corner, floor] for corner in ring], float))
        polylines(renderer, camera, bundled(grid), theme.faint, 1.0)
        polylines(renderer, camera, bundled(frame), theme.line, 1.3)
        polylines(renderer, camera, self.lines, theme.line, 1.1)
        self.draw_labels(renderer, camera, ticks, toward)

    @cached_property
    def relief(self) -> Relief | None:
        """The surface, where it is without holes."""
        return Relief(self.placed[..., 2], self.colors) if np.isfinite(self.z).all() else None

    def dimmed(self, flat: float) -> Relief:
        """The surface with so much of the light taken away."""
        assert self.relief is not None
        if not flat:
            return self.relief
        if flat == 1.0:
            return self.flattened
        return Relief(self.placed[..., 2], self.colors + flat * (shaded_colors(self, 0.0) - self.colors))

    @cached_property
    def flattened(self) -> Relief:
        """The surface without light: its bands have the colours of a map."""
        return Relief(self.placed[..., 2], shaded_colors(self, 0.0))

    @cached_property
    def placed(self) -> Array:
        """(n, n, 3) the grid, in the box."""
        return self.place(grid_points(self.x, self.y, self.z))

    @cached_property
    def placed_mesh(self) -> Array:
        """(n, n, 3) the corners of the faces, in the box."""
        return self.place(self.mesh)

    def along(self, axis: int, value: float) -> float:
        """A tick's place on its axis in the box."""
        points = self.limits[:, 0].copy()
        points[axis] = value
        return float(self.place(points)[axis])

    def draw_labels(self, renderer: Any, camera: Camera, ticks: list[Array], toward: Array) -> None:
        """Names and numbers beside the two near edges of the floor.

        A number that would run into what is written already is left out.
        """
        pixels = np.asarray(renderer.buffer_rgba())
        em = self.type.size
        taken: list[tuple[float, float, float]] = []  # half its width and the middle of each word

        def write(word: str, x: float, y: float) -> None:
            half = self.type.width(word) / 2
            if all(abs(x - a) > half + other or abs(y - b) > 0.85 * em for other, a, b in taken):
                taken.append((half, x, y))
                self.type.write(pixels, word, x, y - 0.36 * em, 0.5)

        middle = camera.pixels(np.array([0.0, 0.0, self.floor]))
        for axis in (0, 1):
            edge = np.zeros((len(ticks[axis]) + 1, 3))
            edge[:, 1 - axis] = toward[1 - axis]
            edge[:, 2] = self.floor
            edge[:-1, axis] = [self.along(axis, tick) for tick in ticks[axis]]
            places = camera.pixels(edge)
            out = places[-1] - middle
            out = out / max(float(np.hypot(*out)), 1e-9)
            words = [number(tick) for tick in ticks[axis]] + [self.labels[axis]]
            far = [1.0] * len(ticks[axis]) + [2.4]
            for word, place, reach in list(zip(words, places, far, strict=True))[::-1]:  # the name first
                write(word, *(place + out * em * np.array([0.95, 0.9]) * reach))

    def faces(self, camera: Camera) -> tuple[NDArray[np.uint8], int, int]:
        """What `draw_relief` gives, of a surface with holes: face by face, the far ones first."""
        rows, columns = self.z.shape
        places = camera.pixels(self.placed_mesh)
        colors = self.colors
        if camera.towards[1] < 0:
            places, colors = places[::-1], colors[::-1]
        if camera.towards[0] < 0:
            places, colors = places[:, ::-1], colors[:, ::-1]
        seen = places[np.isfinite(places).all(axis=-1)]
        if not len(seen):
            return np.zeros((1, 1, 4), np.uint8), 0, 1
        low = np.floor(seen.min(axis=0)).astype(int) - 1
        high = np.ceil(seen.max(axis=0)).astype(int) + 2
        width, height = (high - low).tolist()
        fine: Any = RendererAgg(FINE * width, FINE * height, 100.0)
        large = np.asarray(fine.buffer_rgba())
        large[:] = 0
        gc = fine.new_gc()
        gc.set_linewidth(0)
        places = np.ascontiguousarray((places - low) * FINE)
        flat = np.ascontiguousarray(colors.reshape(-1, 4))
        here, nowhere, no_edges = IdentityTransform(), np.zeros((1, 2)), np.empty((0, 4))
        fine.draw_quad_mesh(gc, here, columns - 1, rows - 1, places, nowhere, here, flat, False, no_edges)
        image = Image.frombuffer("RGBa", (FINE * width, FINE * height), large, "raw", "RGBa", 0, 1)
        return np.asarray(image.reduce(FINE)), int(low[0]), int(high[1])

    # ------------------------------------------------------------------------------------ occlusion

    def hidden(self, points: Array, camera: Camera) -> NDArray[np.bool_]:
        """(M,) whether the surface stands between each of `points` (M, 3), in the box, and the camera."""
        known = np.isfinite(points).all(axis=1)
        if not known.all():
            found = np.zeros(len(points), dtype=bool)
            found[known] = self.hidden(points[known], camera)
            return found
        towards, points = camera.towards.astype(np.float32), points.astype(np.float32)
        steep = max(towards[2], np.float32(1e-3))
        reach = np.minimum((np.float32(TALL) - points[:, 2:]) / steep, np.float32(3.0))
        far = reach * np.linspace(0.02, 1.0, SAMPLES, dtype=np.float32)
        x, y, z = (points[:, [axis]] + far * towards[axis] for axis in range(3))
        above = self.height_at(x, y) > z + np.float32(0.004)
        above &= (np.abs(x) <= 1) & (np.abs(y) <= 1)
        return np.asarray(above.any(axis=1))

    def height_at(self, x: Single, y: Single) -> Single:
        """Heights in the box over places in the box, bilinear in the grid."""
        rows, columns = self.z.shape
        half = np.float32(0.5)
        u = np.clip((x + 1) * half, 0, 1) * np.float32(columns - 1)
        v = np.clip((y + 1) * half, 0, 1) * np.float32(rows - 1)
        i, j = np.minimum(u.astype(np.int32), columns - 2), np.minimum(v.astype(np.int32), rows - 2)
        u -= i
        v -= j
        here = columns * j + i
        low, right, high, across = (np.take(self.heights, here + far) for far in (0, 1, columns, columns + 1))
        low += u * (right - low)
        high += u * (across - high)
        low += v * (high - low)
        return np.asarray(low)

    @cached_property
    def heights(self) -> Single:
        """(n, n) the heights, in the box."""
        return self.placed[..., 2].astype(np.float32)


def terrain(
    x: Array,
    y: Array,
    height: Callable[[Array, Array], Array],
    boxed: bool,
    box: tuple[float, float, float, float],
    theme: Theme,
    type: Glyphs,
    labels: tuple[str, str],
    turning: bool,
    outline: float | None = None,
) -> Terrain:
    """A `Terrain` of a function, with its mesh, colours and contour lines worked out.

    `height` gives heights (M,) from 0 to 1 over places (M,) and (M,); NaN where there is none. The line of
    height `outline` is bold.
    """
    z = height(*(part.ravel() for part in np.meshgrid(x, y))).reshape(len(y), len(x))
    if not np.isfinite(z).all():  # drawn face by face, which takes four times as long at this resolution
        x, y, z = x[::2], y[::2], z[::2, ::2]
    mesh = snap_to_rim(grid_points(x, y, z), height)
    empty = bundled([])
    bare = Terrain(
        x, y, z, mesh, boxed, box, theme, type, labels, np.empty(0), empty, empty, empty, turning
    )  # fmt: skip
    above, below = outlines(bare, (np.arange(1, BANDS) / BANDS).tolist())
    # where the ground only touches the level there is a line from one side: both are asked
    bold = [] if outline is None else outlines(bare, [outline - TOUCH, outline + TOUCH])[0]
    return replace(
        bare, colors=shaded_colors(bare), draped=bundled(above), bold=bundled(bold),
        lines=bundled(below if boxed else []),
    )  # fmt: skip


def grid_points(x: Array, y: Array, z: Array) -> Array:
    """(n, m, 3) the points of a grid: heights z (n, m) over x (m,) and y (n,)."""
    return np.stack(np.broadcast_arrays(x[None, :], y[:, None], z), axis=-1)


def snap_to_rim(points: Array, height: Callable[[Array, Array], Array]) -> Array:
    """The points of a grid (n, m, 3), those in a hole beside its rim moved onto it: it is then no saw.

    Each goes towards that of its eight neighbours on the ground from which the hole is farthest; how far, is
    found by halving. It goes no higher and no lower than the rest, however steep the ground is there.
    """
    rows, columns = points.shape[:2]
    moved, farthest = points.copy(), np.zeros((rows, columns))
    holes = np.argwhere(~np.isfinite(points[..., 2]))
    if not 0 < len(holes) < rows * columns:
        return points
    for step in ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1)):
        beside = holes + step
        known = ((beside >= 0) & (beside < (rows, columns))).all(axis=1)
        hole, ground = tuple(holes[known].T), tuple(beside[known].T)
        firm = np.isfinite(points[(*ground, 2)])
        hole, ground = tuple(part[firm] for part in hole), tuple(part[firm] for part in ground)
        here, there = points[ground], points[hole][:, :2]
        low, high, best = np.zeros(len(here)), np.ones(len(here)), here[:, 2]
        for _ in range(12):
            middle = (low + high) / 2
            x, y = (here[:, :2] + middle[:, None] * (there - here[:, :2])).T
            z = height(x, y)
            there_is = np.isfinite(z)
            low, high = np.where(there_is, middle, low), np.where(there_is, high, middle)
            best = np.where(there_is, z, best)
        better = low > farthest[hole]
        at = tuple(part[better] for part in hole)
        place = here[:, :2] + low[:, None] * (there - here[:, :2])
        moved[at] = np.column_stack([place, best])[better]
        farthest[at] = low[better]
    moved[..., 2] = moved[..., 2].clip(np.nanmin(points[..., 2]), np.nanmax(points[..., 2]))
    return moved


def shaded_colors(ground: Terrain, light: float = 1.0) -> Array:
    """(n-1, n-1, 4) the colour of each face: its band's, a little lighter where it faces the `light`."""
    corners = ground.placed_mesh
    one, two = corners[1:, 1:] - corners[:-1, :-1], corners[1:, :-1] - corners[:-1, 1:]
    normal = np.cross(one, two)
    normal = normal / np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-12)
    facing = np.abs(normal @ (LIGHT / np.linalg.norm(LIGHT)))
    flat = float(LIGHT[2] / np.linalg.norm(LIGHT))  # of level ground, which keeps its colour
    tone = light * np.where(facing > flat, 5.0 * (facing - flat) / (1 - flat), 7.0 * (facing - flat) / flat)
    height = (corners[:-1, :-1, 2] + corners[1:, 1:, 2]) / 2 / TALL
    band = np.clip(np.nan_to_num(height) * BANDS, 0, BANDS - 1).astype(int)
    table = np.array([
        [to_rgba(from_lab((level + shade, a, b))) for shade in SHADES]
        for level, a, b in map(lab, band_colors(ground.theme.ramp, BANDS))
    ])  # fmt: skip
    colors = table[band, np.rint(np.nan_to_num(tone) - SHADES[0]).astype(int)]
    colors[~np.isfinite(facing + height)] = 0.0
    return np.asarray(colors)


def outlines(ground: Terrain, levels: Sequence[float]) -> tuple[list[Array], list[Array]]:
    """The lines at some heights, each (M, 3) in the box: on the surface, and on the floor."""
    generator = contour_generator(ground.x, ground.y, np.ma.masked_invalid(ground.z))
    above, below = [], []
    for level in levels:
        for line in generator.lines(level):
            line = np.asarray(line)[:: 2 if len(line) > 20 else 1]
            placed = ground.place(np.column_stack([line, np.full(len(line), level)]))
            above.append(placed + np.array([0.0, 0.0, 0.004]))
            below.append(np.column_stack([placed[:, :2], np.full(len(line), ground.floor)]))
    return above, below


def composite(pixels: Any, patch: Any, left: int, top: int) -> None:
    """Lay a patch, its colours times its alpha, over `pixels`: its upper left corner at (left, top)."""
    height, width = pixels.shape[:2]
    row, column = height - top, left
    r0, c0 = max(row, 0), max(column, 0)
    r1, c1 = min(row + patch.shape[0], height), min(column + patch.shape[1], width)
    if r0 >= r1 or c0 >= c1:
        return
    patch = patch[r0 - row : r1 - row, c0 - column : c1 - column]
    under = pixels[r0:r1, c0:c1]
    alpha = patch[..., 3]
    solid, rim = alpha == 255, np.nonzero((alpha > 0) & (alpha < 255))
    np.copyto(under.view(np.uint32)[..., 0], patch.view(np.uint32)[..., 0], where=solid)
    clear = 1 - patch[rim][:, 3:] / 255
    under[rim] = (patch[rim] + clear * under[rim] + 0.5).astype(np.uint8)


def ticks_of(low: float, high: float) -> Array:
    """A few round numbers strictly inside."""
    ticks = np.asarray(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high))
    room = 0.04 * (high - low)
    return ticks[(ticks > low + room) & (ticks < high - room)]
