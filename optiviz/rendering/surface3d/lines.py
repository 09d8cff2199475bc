"""Many open lines in space as one path, drawn by one Agg call."""

from typing import Any

import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.path import Path
from matplotlib.transforms import IdentityTransform
from numpy.typing import NDArray

from optiviz._lib.typing import Array
from optiviz.rendering.style import larger
from optiviz.rendering.surface3d.camera import Camera

Lines = tuple[Array, NDArray[np.uint8]]  # points (M, 3) of many lines, and where each begins, in Agg's codes


def bundled(lines: list[Array]) -> Lines:
    """Many open lines, each (M, 3), as one."""
    points = np.concatenate([np.empty((0, 3)), *lines])
    codes = np.full(len(points), Path.LINETO, dtype=np.uint8)
    codes[np.cumsum([0, *map(len, lines)])[:-1]] = Path.MOVETO
    return points, codes


def polylines(renderer: Any, camera: Camera, lines: Lines, color: str, width: float) -> None:
    """Many open lines in one call."""
    points, codes = lines
    if not len(points):
        return
    gc = renderer.new_gc()
    gc.set_linewidth(width * larger(renderer.width, renderer.height) * 72 / renderer.dpi)
    gc.set_foreground(to_rgba(color), isRGBA=True)
    renderer.draw_path(gc, Path(camera.pixels(points), codes), IdentityTransform())
