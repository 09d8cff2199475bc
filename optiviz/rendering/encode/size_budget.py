"""Size budget of a GIF: which quality is given up, and in which order, to fit so many kilobytes.

First colours, then frames, then size, because that is the order in which a class notices. Runs and theme
keep their colours exactly. What a cut would save is estimated from a few frames, and only a cut that
promises to fit is made.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz.rendering.encode.base import Film, Progress, flattened
from optiviz.rendering.encode.gif import CLEAR, codes, encode_picture, sampled, update, write_gif
from optiviz.rendering.stage import Stage, set_stage

COLORS = (128, 64)
SLOWEST = 8.0  # frames a second
SMALLEST = 120  # pixels, as of any scene
TRIALS = 10  # frames that an estimate looks at
FALLBACK_SLACK = 1.5  # an estimate so many times too large needs no trial


@dataclass(frozen=True)
class Cut:
    """One reduction of a clip: colours, every n-th frame, a share of the width and height."""

    colors: int = CLEAR
    every: int = 1
    share: float = 1.0

    def stage(self, film: Film) -> Stage:
        """The stage of what is left; a frame that is left stands as long as those after it that are not."""
        if self == Cut(self.colors):
            return film.stage
        scene = replace(film.scene, size=self.size(film))
        moments = film.stage.moments
        pauses = (k for k, moment in enumerate(moments) if moment.pause is not None)
        picks = sorted({*range(0, len(moments), self.every), *pauses, len(moments) - 1})
        ends = [*picks[1:], len(moments)]
        left = tuple(
            replace(moments[k], centiseconds=sum(moment.centiseconds for moment in moments[k:end]))
            for k, end in zip(picks, ends, strict=True)
        )
        return set_stage(scene, film.comparison, left)

    def size(self, film: Film) -> tuple[int, int]:
        """(width, height), even ones where something was cut."""
        width, height = film.scene.size
        if self.share == 1:
            return width, height
        return 2 * round(width * self.share / 2), 2 * round(height * self.share / 2)

    def words(self, film: Film) -> str:
        """What is left, beside what there was."""
        (width, height), fps = film.scene.size, film.scene.fps
        wide, high = self.size(film)
        parts = [
            (self.colors < CLEAR, f"{self.colors} colours instead of {CLEAR}"),
            (self.every > 1, f"{fps / self.every:.3g} frames a second instead of {fps:.3g}"),
            (self.share < 1, f"{wide} x {high} pixels instead of {width} x {height}"),
        ]
        return ", ".join(part for there, part in parts if there)


def cuts(film: Film) -> Iterator[Cut]:
    """What may be given up, step by step."""
    cut = Cut()
    for colors in COLORS:
        yield (cut := replace(cut, colors=colors))
    while film.scene.fps / (2 * cut.every) >= SLOWEST and len(film.stage.moments) > 2 * cut.every:
        yield (cut := replace(cut, every=2 * cut.every))
    while min((cut := replace(cut, share=0.75 * cut.share)).size(film)) >= SMALLEST:
        yield cut


def write_within(
    file: Path, film: Film, kilobytes: float, progress: Progress, processes: int | None = None
) -> tuple[str, int]:
    """A GIF of at most so many kilobytes (1000 bytes): what was given up for it, if anything, and its frames.

    Raises
    ------
    BadInput
        When even the smallest clip is too large.
    """
    write_gif(file, film.stage, progress, processes, poster_first=film.poster_first)
    full = size = file.stat().st_size
    if size <= 1000 * kilobytes:
        return "", len(film.stage.moments)
    truth = full / estimate(film.stage, CLEAR)  # how far estimates of this clip are off
    cut = Cut()
    ladder = list(cuts(film))
    for cut in ladder:
        stage = cut.stage(film)
        size = round(truth * estimate(stage, cut.colors))
        slack = FALLBACK_SLACK if cut is ladder[-1] else 1.05
        if size > slack * 1000 * kilobytes:
            continue
        write_gif(file, stage, progress, processes, cut.colors, poster_first=film.poster_first)
        size = file.stat().st_size
        if size <= 1000 * kilobytes:
            was = f"{full / 1000:.0f} kB instead of at most {kilobytes:g}"
            return f"was {was}, and so has {cut.words(film)}", len(stage.moments)
    raise BadInput(
        f"{kilobytes:g} kB are too few for this clip: with {cut.words(film)} it still has about "
        f"{size / 1000:.0f} kB; fewer seconds, fewer frames a second or MP4 would help"
    )


def estimate(stage: Stage, colors: int) -> float:
    """Bytes of the GIF of a stage, from its first picture and a few of the others."""
    palette = sampled(stage, colors)
    shown = palette.indices(codes(flattened(stage, stage.frame(0))))
    first, rest = len(encode_picture(shown, (0, 0))), []
    last = len(stage.moments) - 1
    for k in np.unique(np.linspace(min(1, last), last, TRIALS).round().astype(int)).tolist():
        shown = palette.indices(codes(flattened(stage, stage.frame(max(k - 1, 0)))))
        change = update(shown, codes(flattened(stage, stage.frame(k))), stage.touched(k), palette)
        rest.append(len(encode_picture(*change)) if change else 0)
    return 800 + first + float(np.mean(rest)) * last
