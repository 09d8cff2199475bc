"""Encoders: one file a format; the suffix picks the writer.

`base` says what a writer is. Several writers may take the same frames, which are then drawn once.
"""

from optiviz._lib.registry import Index
from optiviz.rendering.encode.base import Film, Made, Progress, Take, Writer

# The index: a suffix -> its writer, in the table of the frames that it takes.
EVERY_FRAME = {
    ".gif": "gif:gif",
    ".mp4": "video:mp4",
    ".webm": "video:webm",
    ".webp": "webp:webp",
    ".apng": "apng:apng",
    ".frames": "png:frames",
    ".pdfs": "vector:pdfs",
    ".pptx": "pptx:pptx",
}
LAST_FRAME = {".png": "png:png", ".pdf": "vector:pdf", ".svg": "vector:svg"}
NO_FRAME = {  # .html draws those few that it needs by itself
    ".html": "html:html",
    ".npz": "data:npz",
    ".txt": "metadata:txt",
    ".json": "metadata:json",
}

WRITERS = Index("optiviz.rendering.encode", EVERY_FRAME | LAST_FRAME | NO_FRAME)
CLIPS, STILLS = frozenset(EVERY_FRAME), frozenset(LAST_FRAME)
VIDEOS = frozenset(suffix for suffix, home in EVERY_FRAME.items() if home.startswith("video:"))  # need ffmpeg

__all__ = ["CLIPS", "STILLS", "VIDEOS", "WRITERS", "Film", "Made", "Progress", "Take", "Writer"]
