"""Render: play, set the stage, write. The whole story in a few lines."""

import warnings
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, overload

from optiviz.errors import BadInput
from optiviz.files import replacing
from optiviz.names import hint
from optiviz.rendering.encode import CLIPS, STILLS, VIDEOS, WRITERS, Film, Progress, Take
from optiviz.rendering.encode.budget import write_within
from optiviz.rendering.encode.gif import write_gif
from optiviz.rendering.encode.png import is_sequence, replacing_frames
from optiviz.rendering.encode.video import ffmpeg
from optiviz.rendering.timeline import timeline
from optiviz.scene import Scene, play
from optiviz.trajectory import Comparison

Several = list[Any] | tuple[Any, ...]  # paths; a str would be a sequence of them too


@dataclass(frozen=True)
class Made:
    """A file that was made: its frames and seconds (of a still 1 and 0), and what should be known of it."""

    path: Path
    frames: int
    seconds: float
    notes: tuple[str, ...] = ()


@overload
def render(
    scene: Scene, out: str | Path, *, comparison: Comparison | None = ..., max_kb: float | None = ...,
    processes: int | None = ..., progress: Progress = ...,
) -> Path: ...  # fmt: skip
@overload
def render(
    scene: Scene, out: Several, *, comparison: Comparison | None = ...,
    max_kb: float | None = ..., processes: int | None = ..., progress: Progress = ...,
) -> list[Path]: ...  # fmt: skip
def render(
    scene: Scene,
    out: str | Path | Several,
    *,
    comparison: Comparison | None = None,
    max_kb: float | None = None,
    processes: int | None = None,
    progress: Progress = lambda done, total: None,
) -> Path | list[Path]:
    """Write `scene` to the file `out`, or to several at once; the suffix says in which format.

    Parameters
    ----------
    scene : Scene
    out : path, or sequence of paths
        `.gif`, `.mp4`, `.webm`, `.webp` and `.apng` for the clip; `.png`, `.pdf` and `.svg` for its last
        frame; `.npz` for its numbers; `NAME.frames` or a name such as `shots/%04d.png` for every frame in
        a file of its own. Several files share the frames. Each is whole or not there: it is written
        beside its place, synced and renamed.
    comparison : Comparison, optional
        What `play(scene)` gave, where it was already asked.
    max_kb : float, optional
        The most kilobytes (1000 bytes) of a GIF: colours, frames and size are given up for it, in this
        order, and a warning says what was.
    processes : int, optional
        How many draw a GIF; as many as pay unless given. The bytes do not depend on it.
    progress : callable, optional
        Is told (frames done, frames in all).

    Returns
    -------
    Path, or list of Path
        `out`.

    Raises
    ------
    BadInput
        When a suffix is not known, a file cannot be written, ffmpeg is missing for a video, or `max_kb`
        cannot be met.
    """
    one = isinstance(out, str | Path)
    outs: Sequence[str | Path] = [out] if isinstance(out, str | Path) else out
    made = make(scene, outs, comparison, max_kb=max_kb, processes=processes, progress=progress)
    for file in made:
        for note in file.notes:
            warnings.warn(f"{file.path}: {note}", stacklevel=2)
    return made[0].path if one else [file.path for file in made]


def make(
    scene: Scene,
    outs: Sequence[str | Path],
    comparison: Comparison | None = None,
    *,
    max_kb: float | None = None,
    processes: int | None = None,
    progress: Progress = lambda done, total: None,
) -> list[Made]:
    """Write `scene` as `render` does, and tell of each file what was made."""
    kinds = [suffix_of(out) for out in outs]
    if max_kb is not None and not (max_kb > 0 and ".gif" in kinds):
        raise BadInput(f"a size of at most {max_kb:g} kB: only a GIF can keep to one, and it must be above 0")
    if VIDEOS.intersection(kinds):
        ffmpeg()  # a missing program is told before the work
    return write(Film(scene, comparison or play(scene)), outs, max_kb, processes, progress)


@overload
def still(scene: Scene, out: str | Path, *, at: int | None = ...) -> Path: ...
@overload
def still(scene: Scene, out: Several, *, at: int | None = ...) -> list[Path]: ...
def still(scene: Scene, out: str | Path | Several, *, at: int | None = None) -> Path | list[Path]:
    """Write one moment of `scene`, to one file or several: the one of step `at`, the last unless given.

    Raises
    ------
    BadInput
        As `render` does, and when the scene has no step `at`.
    """
    one = isinstance(out, str | Path)
    outs: Sequence[str | Path] = [out] if isinstance(out, str | Path) else out
    kinds = [suffix_of(path) for path in outs]
    if at is not None and not 0 <= at <= scene.steps:
        raise BadInput(f"there is no step {at}: this scene goes from 0 to {scene.steps}")
    step = scene.steps if at is None else at
    film = Film(scene, play(scene))
    if CLIPS.union(STILLS).intersection(kinds):
        moment = min(film.stage.moments, key=lambda moment: abs(moment.step - step))
        film.stage.moments = (replace(moment, step=step, part=""),)
    made = write(film, outs)
    return made[0].path if one else [file.path for file in made]


def write(
    film: Film,
    outs: Sequence[str | Path],
    max_kb: float | None = None,
    processes: int | None = None,
    progress: Progress = lambda done, total: None,
) -> list[Made]:
    """Show a film once to all the writers that `outs` name."""
    paths, kinds = [Path(out) for out in outs], [suffix_of(out) for out in outs]
    if len(set(paths)) < len(paths):
        raise BadInput(f"{', '.join(map(str, paths))}: the same file twice")
    # a GIF that shares its frames with no other clip may be drawn by several processes, and may be cut
    apart = max_kb is not None or CLIPS.intersection(kinds) == {".gif"}
    told: list[list[str]] = [[] for _ in paths]
    frames = [len(timeline(film.scene)) if kind in CLIPS else 1 for kind in kinds]
    with ExitStack() as files:
        takes: list[tuple[str, Take]] = []
        for n, (path, kind) in enumerate(zip(paths, kinds, strict=True)):
            file = files.enter_context(opened(path, kind, told[n]))
            if kind != ".gif" or not apart:
                takes.append((kind, files.enter_context(WRITERS[kind](file, film))))
            elif max_kb is None:
                write_gif(file, film.stage, progress, processes)
            else:
                note, frames[n] = write_within(file, film, max_kb, progress, processes)
                told[n] += [note] if note else []
        show(film, takes, progress)
    seconds = sum(moment.centiseconds for moment in timeline(film.scene)) / 100
    return [
        Made(path, count, seconds if kind in CLIPS else 0.0, tuple(notes))
        for path, kind, count, notes in zip(paths, kinds, frames, told, strict=True)
    ]


def show(film: Film, takes: Sequence[tuple[str, Take]], progress: Progress) -> None:
    """Draw each frame that a writer wants, once, and hand it to all who do."""
    clips = [take for kind, take in takes if kind in CLIPS]
    stills = [take for kind, take in takes if kind in STILLS]
    if not clips and not stills:
        return
    last = len(film.stage.moments) - 1
    first = 0 if clips else last
    for k in range(first, last + 1):
        pixels = film.stage.frame(k)
        for take in [*clips, *stills] if k == last else clips:
            take(k, pixels)
        progress(k + 1 - first, last + 1 - first)


def opened(path: Path, kind: str, notes: list[str]) -> AbstractContextManager[Path]:
    """A temporary place for what is to stand at `path`."""
    return replacing_frames(path, notes) if kind == ".frames" else replacing(path)


def suffix_of(out: str | Path) -> str:
    """The suffix in `WRITERS` that the name of a file stands for."""
    path = Path(out)
    if is_sequence(path):
        return ".frames"
    suffix = path.suffix.lower()
    if suffix not in WRITERS:
        raise BadInput(f"{out}: unknown format '{suffix}'{hint(suffix, WRITERS)}")
    return suffix
