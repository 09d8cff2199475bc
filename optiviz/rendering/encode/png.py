"""PNG: the last frame as a still."""

from pathlib import Path

import imageio.v3 as imageio

from optiviz.rendering.encode.base import Progress
from optiviz.rendering.stage import Stage


def write_png(file: Path, stage: Stage, progress: Progress) -> None:
    """The last frame of the clip, for a poster or a printed page."""
    imageio.imwrite(file, stage.frame(len(stage.moments) - 1)[..., :3], extension=".png")
    progress(1, 1)
