"""From frames to a file: one file a format; the suffix picks the writer.

A writer is `write(file, stage, progress)`: it draws the moments it wants from the stage, one after the
other, tells `progress(done, total)` after each, and keeps none of them.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from optiviz.rendering.encode.base import Progress
from optiviz.rendering.encode.gif import write_gif
from optiviz.rendering.encode.png import write_png
from optiviz.rendering.stage import Stage

# The index: a suffix -> its writer.
WRITERS: Mapping[str, Callable[[Path, Stage, Progress], None]] = MappingProxyType(
    {".gif": write_gif, ".png": write_png}
)

__all__ = ["WRITERS", "Progress"]
