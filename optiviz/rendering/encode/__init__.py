"""From frames to a file: one file a format; the suffix picks the writer.

`base` says what a writer is. Several writers may take the same frames, which are then drawn once.
"""

from collections.abc import Mapping
from types import MappingProxyType

from optiviz.rendering.encode.apng import apng
from optiviz.rendering.encode.base import Film, Made, Progress, Take, Writer
from optiviz.rendering.encode.data import npz
from optiviz.rendering.encode.gif import gif
from optiviz.rendering.encode.png import frames, png
from optiviz.rendering.encode.sidecar import json, txt
from optiviz.rendering.encode.vector import pdf, pdfs, svg
from optiviz.rendering.encode.video import mp4, webm
from optiviz.rendering.encode.webp import webp

# The index: a suffix -> its writer.
WRITERS: Mapping[str, Writer] = MappingProxyType(
    {
        ".gif": gif,
        ".mp4": mp4,
        ".webm": webm,
        ".webp": webp,
        ".apng": apng,
        ".frames": frames,
        ".pdfs": pdfs,
        ".png": png,
        ".pdf": pdf,
        ".svg": svg,
        ".npz": npz,
        ".txt": txt,
        ".json": json,
    }
)
CLIPS = frozenset({".gif", ".mp4", ".webm", ".webp", ".apng", ".frames", ".pdfs"})  # take every frame
VIDEOS = frozenset({".mp4", ".webm"})  # of them, need ffmpeg
STILLS = frozenset({".png", ".pdf", ".svg"})  # take the last; what is in neither takes none

__all__ = ["CLIPS", "STILLS", "VIDEOS", "WRITERS", "Film", "Made", "Progress", "Take", "Writer"]
