"""A view window that follows a run, as wide as its steps are long."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from contourpy import contour_generator
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.path import Path
from matplotlib.transforms import IdentityTransform
from numpy.typing import NDArray

from optiviz._lib.typing import Array
from optiviz.analysis.anatomy import Anatomy
from optiviz.objectives.base import Objective
from optiviz.rendering.cell import Cell
from optiviz.rendering.glyphs import Box
from optiviz.rendering.marks.agg import pen, rgba, stroke
from optiviz.rendering.panels._shared.height_bands import ground
from optiviz.rendering.panels._shared.step_arrows import StepView
from optiviz.rendering.panels._shared.window import window_of
from optiviz.rendering.style import band_colors
from optiviz.rendering.timeline import Moment
from optiviz.runs.trajectory import Comparison

GRID = 72
LINES = 9  # level lines in the window, about
LONGEST = 3.4  # times the arrows, an ellipse that still fits into the window
SMOOTHING_STEPS = 4  # steps on either side over which the window changes its size


class Following:
    """View window centred on a run and scaled to the steps around: a function of the step."""

    def __init__(
        self, objective: Objective, inside: StepView, clip: Box, least: float, held: Sequence[StepView]
    ) -> None:
        self.objective, self.inside, self.clip, self.least, self.held = objective, inside, clip, least, held
        self.reach = lru_cache(maxsize=1024)(self._reach)
        self.half = lru_cache(maxsize=256)(self._half)

    def _reach(self, row: int) -> float:
        """How far the arrows of the step from a row go from where it starts."""
        there = [one.of_row(min(row, len(one.run.path) - 2)) for one in self.held if len(one.run.path) > 1]
        return max((reach_of(one) for one in there), default=0.0)

    def _half(self, row: int) -> float:
        """Half of the shorter side of the window, in data: it changes slowly from step to step."""
        last = max(len(self.inside.run.path) - 2, 0)
        row = min(row, last)
        near = [
            self.reach(k) for k in range(max(row - SMOOTHING_STEPS, 0), min(row + SMOOTHING_STEPS, last) + 1)
        ]
        mean = float(np.exp(np.log(np.maximum(near, self.least)).mean()))
        least = 1e-9 * float(np.abs(self.inside.run.path[row]).max())  # or places beside have one coordinate
        return max(1.15 * mean, 1.15 * self.reach(row), least)

    def scale(self, step: int) -> float:
        """Pixels of one unit."""
        left, low, right, top = self.clip
        return min(right - left, top - low) / (2 * self.half(self.inside.row(step)))

    def place(self, moment: Moment, points: Array) -> Array:
        """Pixels of places (M, 2)."""
        left, low, right, top = self.clip
        middle = np.array([(left + right) / 2, (low + top) / 2])
        return np.asarray(middle + (points - self.inside.ball(moment.step)) * self.scale(moment.step))

    def limits(self, step: int) -> tuple[tuple[float, float], tuple[float, float]]:
        """The part of the plane that it shows."""
        left, low, right, top = self.clip
        (x, y), unit = self.inside.ball(step), self.scale(step)
        across, up = (right - left) / 2 / unit, (top - low) / 2 / unit
        return (float(x - across), float(x + across)), (float(y - up), float(y + up))


def reach_of(one: Anatomy) -> float:
    """How far the arrows of a step go from where it starts, and its ellipse unless it is very long."""
    ends = [one.end, one.start + one.memory, one.start + one.slope, one.seen]
    far = max(float(np.abs(end - one.start).max()) for end in ends)
    if one.direction is not None:  # a very long ellipse is cut off, or there would be no seeing the arrows
        far = max(far, min(float((one.rate * np.linalg.norm(one.direction)).max()), LONGEST * far))
    return far if np.isfinite(far) else 0.0


def smallest_reach(comparison: Comparison) -> float:
    """A step below which the window shrinks no more: a millionth of the landscape."""
    (x0, x1), (y0, y1) = window_of(comparison)
    return 1e-6 * max(x1 - x0, y1 - y0)


def map_of(cell: Cell, view: Following) -> Callable[[int], NDArray[np.uint8]]:
    """The level lines around the ball at a step, as pixels; they stand still in the data as it moves on."""
    theme, (left, low, right, top) = cell.theme, view.clip
    wide, high = right - left, top - low

    @lru_cache(maxsize=4)
    def painted(step: int) -> NDArray[np.uint8]:
        x, y, z = ground(view.objective, *view.limits(step), GRID)
        renderer: Any = RendererAgg(wide, high, 100.0)
        pixels = np.asarray(renderer.buffer_rgba())
        pixels[:] = (np.array(rgba(theme.ground)) * 255 + 0.5).astype(np.uint8)
        levels = (
            round_levels(float(np.nanmin(z)), float(np.nanmax(z))) if np.isfinite(z).any() else np.empty(0)
        )
        generator = contour_generator(x, y, np.ma.masked_invalid(z))
        corner, unit = np.array([x[0], y[0]]), np.array([wide / np.ptp(x), high / np.ptp(y)])
        colors = band_colors(theme.ramp, max(len(levels) - 1, 1))
        for color, below, above in zip(colors, levels[:-1], levels[1:], strict=False):
            edge = pen(color, 1.0, None, renderer)
            for points, offsets in zip(*generator.filled(below, above), strict=True):
                codes = np.full(len(points), Path.LINETO, dtype=np.uint8)
                codes[offsets[:-1].astype(int)] = Path.MOVETO
                codes[offsets[1:].astype(int) - 1] = Path.CLOSEPOLY
                path = Path((points - corner) * unit, codes)
                renderer.draw_path(edge, path, IdentityTransform(), rgba(color))
        for level in levels[1:-1]:
            for points in generator.lines(float(level)):
                stroke(renderer, pen(theme.line, 1.0, None, renderer), (np.asarray(points) - corner) * unit)
        frame = np.array([[0, 0], [wide, 0], [wide, high], [0, high], [0, 0]], float)
        stroke(renderer, pen(theme.faint, 2.4, None, renderer), frame)
        return pixels.copy()

    return painted


def round_levels(low: float, high: float) -> Array:
    """Ascending multiples of a round number, from below `low` to above `high`.

    >>> round_levels(0.13, 1.9).tolist()
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0]
    """
    if not high > low:
        return np.empty(0)
    apart = round_number((high - low) / LINES)
    first, last = np.floor(low / apart), np.ceil(high / apart)
    levels = np.arange(first, last + 1) * apart
    return np.round(levels, 12) if 1e-9 < apart < 1e9 else levels


def round_number(value: float) -> float:
    """The nearest of 1, 2, 5 times a power of ten."""
    ten = 10.0 ** np.floor(np.log10(value))
    return float(min((1.0, 2.0, 5.0, 10.0), key=lambda k: abs(np.log(k * ten / value))) * ten)
