"""The interface of writers, and `Film`, the played scene that they encode.

A writer is a context `writer(file, film)` in which one file is made. It gives a function `take(k, pixels)`
that is handed, in their order, the frames that the file lives on: all of them, the last, or none
(`CLIPS`, `STILLS`). Leaving the context finishes the file; an exception leaves nothing running and nothing
but `file`, which its owner removes. `pixels` is reused for the next frame: a writer copies what it keeps.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.colors import to_rgb

from optiviz.rendering.alttext import alt_text
from optiviz.rendering.stage import Frame, Stage, set_stage
from optiviz.rendering.style import theme_of
from optiviz.rendering.timeline import Moment, timeline
from optiviz.runs.trajectory import Comparison
from optiviz.scene.scene import Scene
from optiviz.scene.script import time_of

Progress = Callable[[int, int], None]  # frames done, frames in all
Take = Callable[[int, Frame], None]
FINER, LARGEST = 2, 6000  # times the pixels of a frame that an image has, and pixels at most


@dataclass(frozen=True)
class Made:
    """Report on a written file: its frames and seconds, and notes for the user.

    A still has one frame and no seconds, numbers and words have neither.
    """

    path: Path
    frames: int
    seconds: float
    notes: tuple[str, ...] = ()


@dataclass
class Film:
    """A scene that was played; its stage is set when a writer first asks for it.

    `files` are those that are made of it in one go, as soon as all their frames are drawn.
    `drawn` are the frames that are shown where these are not all of the clip, as of a still. With
    `poster_first` a GIF begins with its last frame, for an instant: it is what a printed slide shows. `name`
    is that of the scene or, unless given, of the first file: a page names by it what is copied out of it.
    """

    scene: Scene
    comparison: Comparison
    files: Sequence[Made] = ()
    drawn: tuple[Moment, ...] | None = None
    poster_first: bool = False
    name: str = ""
    worked_out: dict[str, Any] = field(default_factory=dict, repr=False)  # by writers, for those after them

    @cached_property
    def moments(self) -> tuple[Moment, ...]:
        """The frames of the whole clip."""
        return timeline(self.scene, self.comparison.at_positions)

    @cached_property
    def stage(self) -> Stage:
        """Drawn once for all writers."""
        return set_stage(self.scene, self.comparison, self.drawn or self.moments)

    @cached_property
    def finer(self) -> "Finer":
        """The same for what is an image among lines and letters."""
        return Finer(self.stage)

    def of(self, moment: Moment) -> "Film":
        """One frame of it, on the same stage: what took long to draw is not drawn again."""
        one = Film(self.scene, self.comparison, drawn=(moment,))
        one.__dict__.update(stage=self.stage.of((moment,)), finer=self.finer)
        return one


@dataclass(eq=False)
class Finer:
    """A stage, and the same picture in `FINER` times the pixels, drawn when it is first asked for."""

    coarse: Stage

    @cached_property
    def stage(self) -> Stage:
        """Itself where the other would be too large, or would not hold the same marks."""
        coarse = self.coarse
        width, height = (FINER * side for side in coarse.size)
        if max(width, height) > LARGEST:
            return coarse
        fine = set_stage(replace(coarse.scene, size=(width, height)), coarse.comparison, coarse.moments)
        return fine if len(fine.marks) == len(coarse.marks) else coarse


def telling_moment(film: Film, at: int | None = None) -> Moment:
    """The frame of a still: of step `at`, else of the scene's poster, else the last one."""
    scene, step = film.scene, at
    if step is None and scene.poster is not None:
        step = round(time_of(scene, film.comparison.at_positions, scene.poster, "poster"))
    step = scene.steps if step is None else step
    moment = film.moments[-1] if step == scene.steps else moment_at(film.moments, step)
    return replace(moment, step=step, ahead=0.0, part="", names=1.0, rest=None)


def moment_at(moments: Sequence[Moment], step: int) -> Moment:
    """The first frame from a step on, its line below the title as strong as that line gets."""
    after = [moment for moment in moments if moment.time >= step] or [moments[-1]]
    return next((one for one in after if one.line == after[0].line and one.strength == 1), after[0])


Writer = Callable[[Path, Film], AbstractContextManager[Take]]


def flattened(stage: Stage, pixels: Frame) -> Frame:
    """A frame for formats without alpha: a ground that is left clear gets the colour of its theme."""
    theme = theme_of(stage.scene.theme, stage.scene.on)
    if not theme.clear:
        return pixels
    ground = 255 * np.array(to_rgb(theme.ground))
    share = pixels[..., 3:] / 255
    solid = np.full_like(pixels, 255)
    solid[..., :3] = share * pixels[..., :3] + (1 - share) * ground + 0.5
    return solid


def text_metadata(scene: Scene, comparison: Comparison | None = None) -> dict[str, str]:
    """What the metadata of a file say: the title, the author and the notes, where the scene has them.

    With what was played also the alt text.

    >>> from optiviz.objectives.surfaces import surfaces
    >>> text_metadata(Scene(surfaces["beale"], title="A valley", notes="Tell the class."))
    {'Title': 'A valley', 'Description': 'Tell the class.'}
    """
    told = {"Title": scene.title, "Author": scene.author, "Description": scene.notes.strip()}
    if comparison is not None:
        told["Alt"] = alt_text(scene, comparison)
    return {name: text for name, text in told.items() if text}
