"""PNG: the last frame as a still."""

from collections.abc import Callable
from pathlib import Path

import imageio.v3 as imageio

from optiviz.render.stage import Stage


def write_png(file: Path, stage: Stage, progress: Callable[[int, int], None]) -> None:
    """The last moment of the clip, for a poster or a printed page."""
    imageio.imwrite(file, stage.frame(stage.moments[-1])[..., :3], extension=".png")
    progress(1, 1)
