"""GIF: one palette for the clip, and of each frame only what changed.

The colours of the theme and of the runs, and all flat areas, are exact; only the soft edges between
them are approximated. A pixel that stands still keeps its index through the whole clip, so nothing
flickers and a frame is as small as its motion. Frames are written as they come; none is kept.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

import numpy as np
from matplotlib.colors import to_rgb
from numpy.typing import NDArray
from PIL import Image
from PIL.GifImagePlugin import getdata

from optiviz.render.stage import Frame, Stage

CLEAR = 255  # the index that leaves a pixel as it was
EXACT = 96  # commonest colours that enter the palette as they are
SAMPLES = 5  # frames that the palette is made from

Indices = NDArray[np.uint8]
Codes = NDArray[np.uint32]  # colours as 0xBBGGRR


def write_gif(file: Path, stage: Stage, progress: Callable[[int, int], None]) -> None:
    """An endless GIF of all moments."""
    width, height = stage.size
    total = len(stage.moments)
    picks = np.linspace(0, total - 1, min(SAMPLES, total)).round().astype(int)
    kept = [to_code(color) for color in stage.colors]
    palette = Palette(make_palette((codes(stage.frame(stage.moments[k])) for k in picks), kept))
    with open(file, "wb") as out:
        out.write(b"GIF89a" + width.to_bytes(2, "little") + height.to_bytes(2, "little"))
        out.write(bytes([0b1111_0111, 0, 0]) + palette.table())  # 256 colours, 8 bits each
        out.write(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00")  # for ever
        shown = palette.indices(codes(stage.frame(stage.moments[0])))
        waiting: tuple[Indices, tuple[int, int]] = (shown, (0, 0))
        delay = stage.moments[0].centiseconds
        for done, moment in enumerate(stage.moments[1:], start=1):
            progress(done, total)
            now = palette.indices(codes(stage.frame(moment)))
            change = changed(shown, now)
            if change is None:  # a frame like the last one only lengthens it
                delay += moment.centiseconds
                continue
            write_block(out, *waiting, delay)
            waiting, delay, shown = change, moment.centiseconds, now
        write_block(out, *waiting, delay)
        out.write(b"\x3b")
    progress(total, total)


def to_code(color: str) -> int:
    """A colour as 0xBBGGRR."""
    red, green, blue = (round(255 * part) for part in to_rgb(color))
    return red | green << 8 | blue << 16


def codes(frame: Frame) -> Codes:
    """(height, width) colours of an RGBA frame, alpha dropped."""
    return np.bitwise_and(frame.view(np.uint32)[..., 0], np.uint32(0xFFFFFF))


def split(code: Codes) -> NDArray[np.int32]:
    """(M, 3) red, green and blue of (M,) colours."""
    return np.stack([code & 255, code >> 8 & 255, code >> 16 & 255], axis=-1).astype(np.int32)


def make_palette(samples: Iterable[Codes], kept: list[int]) -> Codes:
    """At most 255 colours: `kept`, the commonest ones, and the best few for all others."""
    tally: dict[int, int] = {}
    for sample in samples:
        flat = sample.ravel()
        starts = np.flatnonzero(np.diff(flat, prepend=~flat[:1]))  # runs of one colour: fewer to sort
        lengths = np.diff(starts, append=flat.size)
        found, where = np.unique(flat[starts], return_inverse=True)
        counts = np.bincount(where, weights=lengths)
        for code, count in zip(found.tolist(), counts.tolist(), strict=True):
            tally[code] = tally.get(code, 0) + int(count)
    common = sorted(tally, key=lambda code: (-tally[code], code))
    if len(set(common) | set(kept)) <= CLEAR:
        return np.array(sorted(set(common) | set(kept)), dtype=np.uint32)
    exact = list(dict.fromkeys([*kept, *common[:EXACT]]))
    rest = np.array([code for code in common if code not in set(exact)], dtype=np.uint32)
    weights = np.array([min(tally[int(code)], 64) for code in rest])
    swatch = split(np.repeat(rest, weights)).astype(np.uint8)[None]
    best = Image.fromarray(swatch, "RGB").quantize(CLEAR - len(exact), Image.Quantize.MEDIANCUT, kmeans=4)
    filled = np.array(best.getpalette(), dtype=np.uint32).reshape(-1, 3)
    fill = filled[:, 0] | filled[:, 1] << 8 | filled[:, 2] << 16
    return np.array(list(dict.fromkeys([*exact, *fill.tolist()]))[:CLEAR], dtype=np.uint32)


class Palette:
    """A palette, and for every colour met so far the index of the nearest one in it."""

    def __init__(self, palette: Codes) -> None:
        self.palette = palette
        self.nearest = np.zeros(1 << 24, dtype=np.uint8)  # index + 1; 0 is not met yet
        self.nearest[palette] = np.arange(1, len(palette) + 1)

    def table(self) -> bytes:
        """The 768 bytes of a colour table of 256."""
        colors = np.zeros((256, 3), dtype=np.uint8)
        colors[: len(self.palette)] = split(self.palette)
        return colors.tobytes()

    def indices(self, code: Codes) -> Indices:
        """(height, width) palette indices of a frame."""
        found = np.take(self.nearest, code, mode="clip")
        if not found.all():
            self.meet(np.unique(code[found == 0]))
            found = np.take(self.nearest, code, mode="clip")
        return found - np.uint8(1)

    def meet(self, new: Codes) -> None:
        """Find the nearest colour of the palette for each of `new` (M,)."""
        table = split(self.palette)
        for part in np.array_split(new, len(new) // 4096 + 1):
            apart = split(part)[:, None, :] - table[None]
            self.nearest[part] = (apart * apart).sum(axis=2).argmin(axis=1) + 1


def changed(before: Indices, now: Indices) -> tuple[Indices, tuple[int, int]] | None:
    """The smallest rectangle that changed, and its (x, y); None when nothing did.

    Where little changed the rest of the rectangle is clear; where much did, only long runs of still
    pixels are, because short ones cost more than they save.
    """
    moved = before != now
    rows, columns = np.flatnonzero(moved.any(axis=1)), np.flatnonzero(moved.any(axis=0))
    if not len(rows):
        return None
    window = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    moved = moved[window]
    if moved.mean() > 0.1:
        moved = moved | ~long_runs(~moved)
    return np.where(moved, now[window], np.uint8(CLEAR)), (int(columns[0]), int(rows[0]))


def long_runs(still: NDArray[np.bool_], least: int = 8) -> NDArray[np.bool_]:
    """Which of the True pixels stand in runs of at least `least`, along the rows."""
    flat = still.ravel()
    edges = np.flatnonzero(np.diff(flat, prepend=~flat[:1]))
    lengths = np.diff(edges, append=flat.size)
    return np.repeat(flat[edges] & (lengths >= least), lengths).reshape(still.shape)


def write_block(out: BinaryIO, pixels: Indices, offset: tuple[int, int], delay: int) -> None:
    """One frame: its control block and its compressed pixels."""
    image = Image.fromarray(np.ascontiguousarray(pixels))
    for block in getdata(image, offset, duration=10 * delay, transparency=CLEAR, disposal=1):
        out.write(block)
