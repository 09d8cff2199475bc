"""Rendering pipeline: play the scene, draw its background, write the files."""

import warnings
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, overload

from optiviz._lib.atomic import replacing
from optiviz._lib.calls import checked_call
from optiviz._lib.errors import BadInput
from optiviz._lib.registry import hint
from optiviz.rendering.encode import CLIPS, STILLS, VIDEOS, WRITERS, Film, Made, Progress, Take
from optiviz.rendering.encode.base import telling_moment
from optiviz.rendering.encode.gif import write_gif
from optiviz.rendering.encode.png import SEQUENCES, is_sequence, replacing_frames
from optiviz.rendering.encode.size_budget import write_within
from optiviz.rendering.encode.video import ffmpeg
from optiviz.rendering.stage import Frame
from optiviz.runs.trajectory import Comparison
from optiviz.scene.given import Shown, as_scene
from optiviz.scene.play import play
from optiviz.scene.scene import Scene
from optiviz.scene.script import script

NO_STOPS: Mapping[Path, int] = MappingProxyType({})
SIDECAR, PAGE = ".json", ".html"
Several = list[Any] | tuple[Any, ...]  # paths; a str would be a sequence of them too


@overload
def render(
    scene: Shown, out: str | Path, *, comparison: Comparison | None = ..., max_kb: float | None = ...,
    processes: int | None = ..., progress: Progress = ...,
) -> Path: ...  # fmt: skip
@overload
def render(
    scene: Shown, out: Several, *, comparison: Comparison | None = ...,
    max_kb: float | None = ..., processes: int | None = ..., progress: Progress = ...,
) -> list[Path]: ...  # fmt: skip
@checked_call
def render(
    scene: Shown,
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
    scene : Scene, Comparison, or path
        A path is a scene file, or the name of a shipped scene; a comparison is shown over its ground and in
        its losses.
    out : path, or sequence of paths
        `.gif`, `.mp4`, `.webm`, `.webp` and `.apng` for the clip; `.png`, `.pdf` and `.svg` for its last
        frame; `.npz` for its numbers, `.txt` for its alt text, `.json` for all that was rendered and how
        the runs ended; `NAME.frames`, `NAME.pdfs` or a name such as `shots/%04d.png` for every frame in a
        file of its own. Several files share the frames. Each is whole or not there: it is written beside
        its place, synced and renamed.
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
    scene, played = as_scene(scene)
    one, outs, known = isinstance(out, str | Path), paths_of(out), comparison or played
    made = make(scene, outs, known, max_kb=max_kb, processes=processes, progress=progress)
    for file in made:
        for note in file.notes:
            warnings.warn(f"{file.path}: {note}", stacklevel=3)
    return made[0].path if one else [file.path for file in made]


def make(
    scene: Scene,
    outs: Sequence[str | Path],
    comparison: Comparison | None = None,
    *,
    max_kb: float | None = None,
    processes: int | None = None,
    progress: Progress = lambda done, total: None,
    stops: Mapping[Path, int] = NO_STOPS,
    posters: Sequence[Path] = (),
    poster_first: bool = False,
) -> list[Made]:
    """Write `scene` as `render` does, and tell of each file what was made; `stops` as for `write`.

    The `posters`, stills, show the moment that the scene has for one, on the same stage. With `poster_first`
    a GIF shows its last frame for an instant at its start.
    """
    kinds = [suffix_of(out) for out in outs]
    if max_kb is not None and not (max_kb > 0 and ".gif" in kinds):
        raise BadInput(f"a size of at most {max_kb:g} kB: only a GIF can keep to one, and it must be above 0")
    if VIDEOS.intersection(kinds):
        ffmpeg()  # a missing program is told before the work
    film = Film(scene, comparison or play(scene), poster_first=poster_first)
    made = write(film, outs, max_kb, processes, progress, stops)
    shown = write(film.of(telling_moment(film)), posters) if posters else []
    return [*made, *shown, *questions(film, outs)]


@overload
def still(scene: Shown, out: None = ..., *, at: int | None = ...) -> Frame: ...
@overload
def still(scene: Shown, out: str | Path, *, at: int | None = ...) -> Path: ...
@overload
def still(scene: Shown, out: str | Path, *, at: Literal["pauses"]) -> list[Path]: ...
@overload
def still(scene: Shown, out: Several, *, at: int | Literal["pauses"] | None = ...) -> list[Path]: ...
@checked_call
def still(
    scene: Shown, out: str | Path | Several | None = None, *, at: int | Literal["pauses"] | None = None
) -> Path | list[Path] | Frame:
    """Draw one moment of `scene`, to one file or several: the one of step `at`, the last unless given.

    Without a file it is an array, for `plt.imshow` and for tests.

    `at="pauses"` writes each pause of the scene to a file of its own, and the name says which: `bowl.png`
    becomes `bowl-010.png`, `bowl-025.png`, ...

    Returns
    -------
    Path, or list of Path, or array (height, width, 4) of uint8
        What was made.

    Examples
    --------
    >>> still("momentum", at=10).shape
    (720, 1280, 4)

    Raises
    ------
    BadInput
        As `render` does, and when the scene has no step `at`, or no pauses.
    """
    scene, played = as_scene(scene)
    one, outs = isinstance(out, str | Path), [] if out is None else paths_of(out)
    kinds = [suffix_of(path) for path in outs]
    if at == "pauses":
        if out is None:
            raise BadInput("pauses are written to files, such as still(scene, 'bowl.png', at='pauses')")
        for path, kind in zip(outs, kinds, strict=True):
            if kind not in STILLS:
                raise BadInput(f"{path}: a pause is a still: {', '.join(sorted(STILLS))}")
        stops = {path: at for out in outs for path, at in stills_of_pauses(scene, Path(out)).items()}
        return [made.path for made in write(Film(scene, played or play(scene)), [], stops=stops)]
    if at is not None and not 0 <= at <= scene.steps:
        raise BadInput(f"there is no step {at}: this scene goes from 0 to {scene.steps}")
    film = Film(scene, played or play(scene))
    if out is None or CLIPS.union(STILLS).intersection(kinds):
        film = replace(film, drawn=(telling_moment(film, at),))
    if out is None:
        return film.stage.frame(0).copy()
    made = [*write(film, outs), *(questions(Film(scene, film.comparison), outs) if at is None else ())]
    return made[0].path if one else [file.path for file in made]


def paths_of(out: Any) -> Sequence[str | Path]:
    """One file, or several."""
    outs = [out] if isinstance(out, str | Path) else out
    if not isinstance(outs, list | tuple) or not all(isinstance(path, str | Path) for path in outs):
        raise BadInput(f"out must be a path such as 'clip.gif', or a list of them, got {out!r:.80}")
    return outs


def questions(film: Film, outs: Sequence[str | Path]) -> list[Made]:
    """Beside each still of a scene that asks, `NAME.question.png`: the frame of the question."""
    stills = [Path(out) for out in outs if suffix_of(out) in STILLS and not is_sequence(Path(out))]
    if film.scene.ask is None or not stills:
        return []
    lines = script(film.scene, film.comparison.at_positions)
    asked = next(k for k, line in enumerate(lines) if line.question)
    moment = next(one for one in film.moments if one.line == asked and one.strength == 1)
    asking = replace(film, drawn=(replace(moment, names=1.0, rest=None),))
    return write(asking, [path.with_suffix(f".question{path.suffix}") for path in stills])


def stills_of_pauses(scene: Scene, out: Path) -> dict[Path, int]:
    """A file beside `out` for each pause, named after it, and the pause."""
    if not scene.pauses:
        raise BadInput(f"{out}: this scene has no pauses, such as pauses = [10, 25]")
    digits = max(3, len(str(scene.last)))
    return {out.with_name(f"{out.stem}-{pause:0{digits}d}{out.suffix}"): pause for pause in scene.pauses}


def page_notes(film: Film) -> list[str]:
    """What is to be said of a scene as a page; what runs in pages is loaded for pages alone."""
    from optiviz.rendering.encode.html_runs import recorded_note

    return recorded_note(film)


def write(
    film: Film,
    outs: Sequence[str | Path],
    max_kb: float | None = None,
    processes: int | None = None,
    progress: Progress = lambda done, total: None,
    stops: Mapping[Path, int] = NO_STOPS,
) -> list[Made]:
    """Show a film once to all the writers that `outs` name; `stops` are stills of pauses."""
    outs = [*outs, *stops]
    paths, kinds = [Path(out) for out in outs], [suffix_of(out) for out in outs]
    if len(set(paths)) < len(paths):
        raise BadInput(f"{', '.join(map(str, paths))}: the same file twice")
    # a GIF that shares its frames with no other clip may be drawn by several processes, and may be cut
    apart = max_kb is not None or CLIPS.intersection(kinds) == {".gif"}
    told: list[list[str]] = [page_notes(film) if kind == PAGE else [] for kind in kinds]
    film.name = film.name or next((path.stem for path in paths), "")
    frames = [len(film.moments) if kind in CLIPS else int(kind in STILLS) for kind in kinds]
    with ExitStack() as places:
        files = [places.enter_context(opened(*each)) for each in zip(paths, kinds, told, strict=True)]
        with ExitStack() as writers:
            takes: list[tuple[range, Take]] = []
            for n, (path, kind, file) in enumerate(zip(paths, kinds, files, strict=True)):
                if kind == SIDECAR:
                    continue
                if kind != ".gif" or not apart:
                    take = writers.enter_context(WRITERS[kind](file, film))
                    takes.append((frames_for(film, kind, stops.get(path)), take))
                elif max_kb is None:
                    write_gif(file, film.stage, progress, processes, poster_first=film.poster_first)
                else:
                    note, frames[n] = write_within(file, film, max_kb, progress, processes)
                    told[n] += [note] if note else []
            show(film, takes, progress)
        seconds = sum(moment.centiseconds for moment in film.moments) / 100
        film.files = [
            Made(path, count, seconds if kind in CLIPS else 0.0, tuple(notes))
            for path, kind, count, notes in zip(paths, kinds, frames, told, strict=True)
        ]
        for file in (file for file, kind in zip(files, kinds, strict=True) if kind == SIDECAR):
            with WRITERS[SIDECAR](file, film):  # the last: it tells what became of all others
                pass
    return [replace(made, notes=tuple(notes)) for made, notes in zip(film.files, told, strict=True)]


def frames_for(film: Film, kind: str, stop: int | None) -> range:
    """The frames on which a writer lives: all, one (the last, or that of the pause `stop`), or none."""
    if kind not in CLIPS | STILLS:
        return range(0)
    count = len(film.stage.moments)
    if kind in CLIPS:
        return range(count)
    pauses = {moment.pause: k for k, moment in enumerate(film.stage.moments)}
    k = count - 1 if stop is None else pauses[stop]
    return range(k, k + 1)


def show(film: Film, takes: Sequence[tuple[range, Take]], progress: Progress) -> None:
    """Draw each frame that a writer wants, once, and hand it to all who do."""
    wanted = sorted(set().union(*(frames for frames, _ in takes)))
    for done, k in enumerate(wanted, start=1):
        pixels = film.stage.frame(k)
        for frames, take in takes:
            if k in frames:
                take(k, pixels)
        progress(done, len(wanted))


def opened(path: Path, kind: str, notes: list[str]) -> AbstractContextManager[Path]:
    """A temporary place for what is to stand at `path`."""
    return replacing_frames(path, notes) if kind in SEQUENCES else replacing(path)


def suffix_of(out: str | Path) -> str:
    """The suffix in `WRITERS` that the name of a file stands for."""
    path = Path(out)
    suffix = path.suffix.lower()
    if is_sequence(path):
        return next((kind for kind, each in SEQUENCES.items() if suffix == each), suffix)
    if suffix not in WRITERS:
        raise BadInput(f"{out}: unknown format '{suffix}'{hint(suffix, WRITERS)}")
    return suffix
