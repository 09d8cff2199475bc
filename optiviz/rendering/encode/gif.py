"""GIF: one palette for the clip, and of each frame only what changed.

The colours of the theme and of the runs, and all flat areas, are exact; only the soft edges between
them are approximated. A pixel that stands still keeps its index through the whole clip, so nothing
flickers and a frame is as small as its motion. Frames are written as they come; none is kept.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any

import numpy as np
from matplotlib.colors import to_rgb
from numpy.typing import NDArray
from PIL import Image
from PIL.GifImagePlugin import getdata

from optiviz._lib.parallel import map_jobs, spare_processes
from optiviz.rendering.encode.base import Film, Progress, Take, flattened, text_metadata
from optiviz.rendering.encode.frame_diff import Change, Window, changes
from optiviz.rendering.stage import Frame, Stage

CLEAR = 255  # the index that leaves a pixel as it was
EXACT = 24  # commonest colours that enter a full palette as they are
SAMPLES = 5  # frames that the palette is made from
STRAYS, FAR_OFF = 8, 48  # rare colours that are kept, and by how much a channel may be off
ROUNDS = 4  # of moving its colours to where they serve best
PART = 512  # colours compared with the palette at a time: what fits the cache of a processor
INVISIBLE_MSE = 0.7  # mean squared error of a channel that nobody sees; smaller ones spend bytes on nothing
WORTH = 20_000_000  # pixels of all frames that are worth a second process
INSTANT = 10  # hundredths of a second: browsers play shorter ones longer
FOREVER = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"

Indices = NDArray[np.uint8]
Codes = NDArray[np.uint32]  # colours as 0xBBGGRR
Blocks = Iterator[tuple[bytes, int]]  # a picture, or nothing where nothing changed, and its hundredths


@contextmanager
def gif(file: Path, film: Film) -> Iterator[Take]:
    """A clip that plays everywhere: slides, web pages, chats; 256 colours, no alpha."""
    stage = film.stage
    palette = sampled(stage)
    shown = np.empty((0, 0), np.uint8)
    with open(file, "wb") as out:
        tape = Tape(out, stage, palette, film.poster_first)

        def take(k: int, pixels: Frame) -> None:
            nonlocal shown
            change: Change | None
            now = codes(flattened(stage, pixels))
            if not shown.size:
                shown = palette.indices(now)
                change = shown, (0, 0)
            else:
                change = update(shown, now, stage.touched(k), palette)
            tape.add(encode_picture(*change) if change else b"", stage.moments[k].centiseconds)

        yield take
        tape.end()


def write_gif(
    file: Path,
    stage: Stage,
    progress: Progress,
    processes: int | None = None,
    colors: int = CLEAR,
    *,
    poster_first: bool = False,
) -> None:
    """The same GIF, drawn by up to `processes` at once; the bytes do not depend on them.

    None are as many as pay where they can be forked, else one; see `optiviz._lib.parallel`.
    """
    count = len(stage.moments)
    palette = sampled(stage, colors)
    if processes is None:
        width, height = stage.size
        processes = spare_processes() if count * width * height > WORTH else 1
    bounds = np.linspace(0, count, min(processes, count) + 1).round().astype(int).tolist()
    shares = list(zip(bounds[:-1], bounds[1:], strict=True))
    with (
        open(file, "wb") as out,
        closing(map_jobs(partial(draw_share, stage, palette), shares, processes)) as blocks,
    ):
        tape = Tape(out, stage, palette, poster_first)
        for done, (block, centiseconds) in enumerate(blocks, start=1):
            tape.add(block, centiseconds)
            progress(done, count)
        tape.end()


def comment(told: Mapping[str, str]) -> bytes:
    """A comment extension with the title, the author, the notes and the alt text of a scene.

    >>> comment({"Title": "A", "Author": "B"})
    b'!\\xfe\\x04A\\n\\nB\\x00'
    """
    text = "\n\n".join(told.values()).encode()
    blocks = [text[k : k + 255] for k in range(0, len(text), 255)]
    return b"\x21\xfe" + b"".join(bytes([len(block)]) + block for block in blocks) + b"\x00"


class Tape:
    """Writer of GIF blocks: each picture is buffered until its duration is known."""

    def __init__(self, out: IO[bytes], stage: Stage, palette: "Palette", poster_first: bool = False) -> None:
        width, height = stage.size
        out.write(b"GIF89a" + struct.pack("<HH", width, height))
        out.write(bytes([0b1111_0111, 0, 0]) + palette.table())  # 256 colours, 8 bits each
        out.write(FOREVER if stage.scene.loop else b"")
        out.write(comment(text_metadata(stage.scene, stage.comparison)))
        self.out, self.held, self.delay = out, b"", 0
        if poster_first:
            poster = palette.indices(codes(flattened(stage, stage.frame(len(stage.moments) - 1))))
            self.add(encode_picture(poster, (0, 0)), INSTANT)

    def add(self, block: bytes, centiseconds: int) -> None:
        """The next picture; nothing, where it is like the last one, which then stands longer."""
        if block and self.held:
            self.out.write(timed(self.held, self.delay))
            self.delay = 0
        self.held, self.delay = block or self.held, self.delay + centiseconds

    def end(self) -> None:
        """The last picture, and the end of the file."""
        self.out.write(timed(self.held, self.delay) + b"\x3b")


def sampled(stage: Stage, most: int = CLEAR) -> "Palette":
    """The palette of a clip, at most so many colours, from a few of its frames."""
    count = len(stage.moments)
    picks = set(np.linspace(0, count - 1, min(SAMPLES, count)).round().astype(int).tolist())
    for fading in (lambda moment: moment.names, lambda moment: moment.strength):  # tints that no rest has
        picks.update([k for k, moment in enumerate(stage.moments) if 0 < fading(moment) < 1][-1:])
    kept = [to_code(color) for color in stage.colors]
    return Palette(make_palette((codes(flattened(stage, stage.frame(k))) for k in sorted(picks)), kept, most))


def draw_share(stage: Stage, palette: "Palette", share: tuple[int, int]) -> Blocks:
    """Frames from the first of `share` to before its end, as GIF blocks."""
    first, end = share
    shown = palette.indices(codes(flattened(stage, stage.frame(max(first - 1, 0)))))
    for k in range(first, end):
        if k == 0:
            change: Change | None = shown, (0, 0)
        else:
            change = update(shown, codes(flattened(stage, stage.frame(k))), stage.touched(k), palette)
        yield (encode_picture(*change) if change else b""), stage.moments[k].centiseconds


# ---------------------------------------------------------------------------------------- colours


def to_code(color: str) -> int:
    """A colour as 0xBBGGRR."""
    red, green, blue = (round(255 * part) for part in to_rgb(color))
    return red | green << 8 | blue << 16


def codes(frame: Frame) -> Codes:
    """(height, width) colours of an RGBA frame, alpha still in the highest byte."""
    return frame.view(np.uint32)[..., 0]


def to_channels(code: Any) -> NDArray[np.int32]:
    """(M, 3) red, green and blue of (M,) colours."""
    return np.stack([code & 255, code >> 8 & 255, code >> 16 & 255], axis=-1).astype(np.int32)


def make_palette(samples: Iterable[Codes], kept: list[int], most: int = CLEAR) -> Codes:
    """At most `most` colours: `kept`, the commonest ones, and the best few for all others."""
    most = min(max(most, len(set(kept)) + 8), CLEAR)
    first, *others = (np.bitwise_and(sample, 0xFFFFFF).ravel() for sample in samples)
    moved = [sample[sample != first] for sample in others]  # what stands still counts once
    colors, tally = np.unique(np.concatenate([first, *moved]), return_counts=True)
    common = colors[np.lexsort((colors, -tally))].tolist()
    every = list(dict.fromkeys([*kept, *common]))
    if len(every) <= most:
        return np.array(sorted(every), dtype=np.uint32)
    exact = every[: len(set(kept)) + EXACT]
    rest = ~np.isin(colors, exact)
    # the quantiser weighs a colour by how often it is told of it: more for a common one, within reason
    swatch = to_channels(np.repeat(colors[rest], np.minimum(tally[rest], 16))).astype(np.uint8)[None]
    best = Image.fromarray(swatch).quantize(CLEAR - len(exact), Image.Quantize.MEDIANCUT)
    fill = from_channels(np.array(best.getpalette()).reshape(-1, 3)).tolist()
    palette = np.array(list(dict.fromkeys([*exact, *fill]))[:CLEAR], dtype=np.uint32)
    palette = centred(palette, len(exact), colors, tally)
    firm = len(set(kept)) + EXACT * most // CLEAR
    palette = merge_colors(palette, firm, most, colors, tally)
    return with_strays(palette, firm, most, colors, tally)


def with_strays(palette: Codes, firm: int, most: int, colors: Codes, tally: NDArray[np.int64]) -> Codes:
    """The palette with those colours, however rare, that would else be shown as quite another one.

    Each takes a free place, or that of the colour after the first `firm` that fewest pixels need.

    >>> palette, colors = np.array([0, 0xFFFFFF, 0xFEFEFE]), np.array([0, 0xFFFFFF, 0xFF])
    >>> with_strays(palette, 1, 3, colors, np.array([9, 9, 1])).tolist()
    [0, 16777215, 255]
    """
    wanted, found = to_channels(colors).astype(np.float32), palette.tolist()
    for stray in range(STRAYS):
        table = to_channels(np.array(found)).astype(np.float32)
        which, _ = nearest_colors(wanted, table)
        off = np.abs(wanted - table[which]).max(axis=1)
        worst = int(off.argmax())
        if off[worst] <= FAR_OFF:
            break
        if len(found) == most:
            needed = np.bincount(which, weights=tally, minlength=len(found))
            needed[:firm] = np.inf
            needed[len(found) - stray :] = np.inf  # those that were just put in
            del found[int(needed.argmin())]
        found.append(int(colors[worst]))
    return np.array(found, dtype=np.uint32)


def from_channels(parts: Any) -> Codes:
    """(M,) colours from (M, 3) red, green and blue; the opposite of `to_channels`."""
    return np.asarray(np.asarray(parts).astype(np.uint32) @ np.array([1, 1 << 8, 1 << 16], dtype=np.uint32))


def centred(palette: Codes, exact: int, colors: Codes, tally: NDArray[np.int64]) -> Codes:
    """The palette, each colour after the first `exact` amid those that it stands for (Lloyd 1982)."""
    wanted, table = to_channels(colors).astype(np.float32), to_channels(palette).astype(np.float32)
    weight = np.minimum(tally, 16).astype(np.float32)
    for _ in range(ROUNDS):
        which, _ = nearest_colors(wanted, table)
        mass = np.bincount(which, weight, len(table))
        sums = [np.bincount(which, weight * channel, len(table)) for channel in wanted.T]
        free = (np.arange(len(table)) >= exact) & (mass > 0)
        table[free] = (np.stack(sums, axis=1)[free] / mass[free, None]).round()
    return np.array(list(dict.fromkeys(from_channels(table).tolist())), dtype=np.uint32)


def merge_colors(palette: Codes, exact: int, most: int, colors: Codes, tally: NDArray[np.int64]) -> Codes:
    """The palette without the colours that hardly anybody would miss: fewer of them make a smaller file.

    Pairs of colours after the first `exact` become one, or one of them an exact one, the least loss first
    (Ward 1963), until `most` are left and the mean squared error over all pixels is
    `INVISIBLE_MSE`. `colors` (M,)
    are those of the clip, `tally` (M,) how many pixels have each.
    """
    wanted, table = to_channels(colors).astype(np.float32), to_channels(palette).astype(float)
    which, apart = nearest_colors(wanted, table.astype(np.float32))
    room = INVISIBLE_MSE * 3 * tally.sum() - float(tally @ apart)
    weights = np.bincount(which, weights=tally, minlength=len(palette))
    movable = np.arange(len(palette)) >= exact
    loss = np.full((len(palette), len(palette)), np.inf)
    alive = np.ones(len(palette), dtype=bool)

    def price(i: NDArray[np.intp]) -> None:
        """What it costs to give up each of the colours `i` for each other one."""
        far = ((table - table[i, None]) ** 2).sum(axis=2)
        mean = weights[i, None] * weights / np.maximum(weights[i, None] + weights, 1)
        cost = np.where(alive, far * np.where(movable, mean, weights[i, None]), np.inf)
        cost[np.arange(len(i)), i] = np.inf
        loss[i] = cost
        loss[:, i] = np.where(movable[:, None], cost.T, loss[:, i])

    price(np.flatnonzero(movable))
    while movable.sum() > 8:
        i, j = divmod(int(loss.argmin()), len(palette))
        room -= loss[i, j]
        if room < 0 and alive.sum() <= most:
            break
        if movable[j]:
            table[j] = (weights[i] * table[i] + weights[j] * table[j]) / max(weights[i] + weights[j], 1)
        weights[j] += weights[i]
        alive[i] = movable[i] = False
        loss[i], loss[:, i] = np.inf, np.inf
        if movable[j]:
            price(np.array([j]))
    kept = from_channels(table[alive].round())
    return np.array(list(dict.fromkeys(kept.tolist())), dtype=np.uint32)


def nearest_colors(colors: NDArray[np.float32], table: NDArray[np.float32]) -> tuple[Any, Any]:
    """For each of (M, 3) colours the nearest row of `table`, and its squared distance.

    Single precision holds all the whole numbers that come up.
    """
    which, least = np.empty(len(colors), np.intp), (colors * colors).sum(axis=1)
    lengths, twice = (table * table).sum(axis=1), 2 * table.T
    for first in range(0, len(colors), PART):
        part = slice(first, first + PART)
        apart = lengths - colors[part] @ twice  # squared, but for the colour's own length
        which[part] = found = apart.argmin(axis=1)
        least[part] += apart[np.arange(len(found)), found]
    return which, least


class Palette:
    """A palette, and for every colour met so far the index of the nearest one in it."""

    def __init__(self, palette: Codes) -> None:
        self.colors = to_channels(palette).astype(np.float32)
        self.nearest = np.zeros(1 << 24, dtype=np.uint8)  # index + 1; 0 is not met yet
        self.nearest[palette] = np.arange(1, len(palette) + 1)

    def __reduce__(self) -> tuple[Any, ...]:
        """Its colours alone travel to another process; 16 MB of what was met are found again."""
        return Palette, (from_channels(self.colors),)

    def table(self) -> bytes:
        """The 768 bytes of a colour table of 256."""
        colors = np.zeros((256, 3), dtype=np.uint8)
        colors[: len(self.colors)] = self.colors
        return colors.tobytes()

    def indices(self, code: Codes) -> Indices:
        """(height, width) palette indices of a part of a frame."""
        code = np.bitwise_and(code, 0xFFFFFF)
        found = np.take(self.nearest, code, mode="clip")
        if not found.all():
            unknown = found == 0
            new = code[unknown]
            self.meet(np.unique(new))
            found[unknown] = self.nearest[new]
        found -= 1
        return found

    def meet(self, new: Codes) -> None:
        """Find the nearest colour of the palette for each of `new` (M,)."""
        self.nearest[new] = nearest_colors(to_channels(new).astype(np.float32), self.colors)[0] + 1


# ------------------------------------------------------------------------------------------ changes


def update(shown: Indices, now: Codes, windows: list[Window], palette: Palette) -> Change | None:
    """Bring `shown` up to date in place; the smallest rectangle that changed and its (x, y), or None."""
    return changes(shown, ((window, palette.indices(now[window])) for window in windows), CLEAR)


def encode_picture(pixels: Indices, offset: tuple[int, int]) -> bytes:
    """The bytes of one frame that is shown for no time yet: its control block and compressed pixels."""
    image = Image.fromarray(np.ascontiguousarray(pixels))
    return b"".join(getdata(image, offset, duration=10, transparency=CLEAR, disposal=1))


def timed(block: bytes, centiseconds: int) -> bytes:
    """The same frame, shown for some time: the control block comes first, the delay at its fifth byte."""
    return block[:4] + struct.pack("<H", min(centiseconds, 65535)) + block[6:]
