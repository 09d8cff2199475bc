"""From frames to a file: one file a format; the suffix picks the writer.

`base` says what a writer is. Several writers may take the same frames, which are then drawn once.
"""

from optiviz._lib.registry import Index
from optiviz.rendering.encode.base import Film, Made, Progress, Take, Writer

# The index: a suffix -> its writer.
WRITERS = Index(
    "optiviz.rendering.encode",
    {
        ".gif": "gif:gif",
        ".mp4": "video:mp4",
        ".webm": "video:webm",
        ".webp": "webp:webp",
        ".apng": "apng:apng",
        ".frames": "png:frames",
        ".pdfs": "vector:pdfs",
        ".png": "png:png",
        ".pdf": "vector:pdf",
        ".svg": "vector:svg",
        ".npz": "data:npz",
        ".txt": "metadata:txt",
        ".json": "metadata:json",
    },
)
CLIPS = frozenset({".gif", ".mp4", ".webm", ".webp", ".apng", ".frames", ".pdfs"})  # take every frame
VIDEOS = frozenset({".mp4", ".webm"})  # of them, need ffmpeg
STILLS = frozenset({".png", ".pdf", ".svg"})  # take the last; what is in neither takes none

__all__ = ["CLIPS", "STILLS", "VIDEOS", "WRITERS", "Film", "Made", "Progress", "Take", "Writer"]
