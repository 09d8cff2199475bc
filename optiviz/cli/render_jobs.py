"""Scenes rendered for a command, side by side where there are processes for it; what is reported of each."""

from collections.abc import Generator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click

from optiviz._lib.errors import BadInput
from optiviz.cli import our_mistake, reason, system_error, tracebacks_wanted
from optiviz.cli.progress import Progress, ProgressReporter
from optiviz.cli.scenes import clip_size, faults_with_lines, print_json

if TYPE_CHECKING:
    from optiviz.rendering.encode import Made
    from optiviz.scene.scene import Scene


@dataclass(frozen=True)
class Job:
    """A scene to be rendered, and the files it is to become.

    Parameters
    ----------
    name : str
        As it was asked for.
    path : Path
        Of the scene file.
    scene : Scene
    targets : list of Path
    notes : sequence of str
        What is to be known of the scene.
    reading : float
        Seconds that reading it took.
    max_kb, poster_first
        As for `make`.
    slides : bool
        Whether its pauses become stills.
    """

    name: str
    path: Path
    scene: "Scene"
    targets: list[Path]
    notes: Sequence[str] = ()
    reading: float = 0.0
    max_kb: float | None = None
    slides: bool = False
    poster_first: bool = False

    @property
    def stops(self) -> dict[Path, int]:
        """The stills of pauses."""
        from optiviz.rendering.render import stills_of_pauses

        asked = self.slides and self.scene.pauses
        return stills_of_pauses(self.scene, self.targets[0].with_suffix(".png")) if asked else {}

    @property
    def files(self) -> list[tuple[Path, int]]:
        """All its files, each with its number of frames."""
        from optiviz.rendering.encode import CLIPS, STILLS
        from optiviz.rendering.render import suffix_of

        frames = clip_size(self.scene)["frames"]
        kinds = [(path, suffix_of(path)) for path in (*self.targets, *self.stops)]
        return [(path, frames if kind in CLIPS else int(kind in STILLS)) for path, kind in kinds]


@dataclass
class Clock:
    """Where the time of a render goes: until its first frame, from then on, and its end."""

    begun: float = field(default_factory=perf_counter)
    first: float | None = None
    end: float = 0.0
    frames: int = 0

    def tick(self, total: int) -> None:
        """A frame is done, of `total`."""
        self.first = self.first or perf_counter()
        self.frames = total

    def words(self, name: str, reading: float) -> str:
        """What `-v` says."""
        first = self.first or self.end
        each = f" ({self.frames} frames, {1000 * (self.end - first) / self.frames:.1f} ms each)" * bool(
            self.frames
        )
        return (
            f"{name}: read {reading:.2f} s, run and drawn up to the first frame {first - self.begun:.2f} s, "
            f"drawn and written {self.end - first:.2f} s{each}"
        )


@dataclass(frozen=True)
class Rendered:
    """What became of a scene: a record of each file for `--json`, lines to be said, and its times."""

    records: list[dict[str, Any]]
    said: list[str]
    clock: Clock


@dataclass(frozen=True)
class Refused:
    """Why a scene was not rendered: the error, what is said of it, and the exit code."""

    error: BadInput
    text: str
    code: int


def render_jobs(
    jobs: Sequence[Job], teller: ProgressReporter, processes: int | None
) -> Generator[tuple[Job, Rendered | Refused]]:
    """Render scenes: what became of each, in their order, as soon as it and all before it are done.

    Several scenes have a process each, where there is more than one; a single one shares its frames.
    """
    from optiviz._lib.parallel import run_side_by_side, spare_processes

    counting: dict[int, tuple[ExitStack, Progress]] = {}
    ready: dict[int, Rendered | Refused] = {}
    reported = 0
    with ExitStack() as everything:

        def progress(k: int, done: int, total: int) -> None:
            if k not in counting:
                for note in jobs[k].notes:
                    teller.say(f"{jobs[k].name}: note: {note}")
                tasks = everything.enter_context(ExitStack())
                files = [(str(path), frames) for path, frames in jobs[k].files]
                counting[k] = tasks, tasks.enter_context(teller.tasks(files, jobs[k].scene.size))
            counting[k][1](done, total)

        def work(k: int, tell: Progress, share: int | None) -> Rendered | Refused:
            return attempt(jobs[k], tell, share)

        available = spare_processes() if processes is None else processes
        if min(len(jobs), available) > 1 and not tracebacks_wanted():
            news = run_side_by_side(work, len(jobs), processes, progress)
        else:
            news = ((k, work(k, partial(progress, k), processes)) for k in range(len(jobs)))
        everything.enter_context(closing(news))
        for k, became in news:
            if k in counting:
                counting[k][0].close()
            died = None if isinstance(became, Rendered | Refused) else became.reason
            ready[k] = became if died is None else refused(jobs[k].name, BadInput(f"not rendered: {died}"), 1)
            while reported in ready:
                yield jobs[reported], ready.pop(reported)
                reported += 1


def attempt(job: Job, progress: Progress, processes: int | None) -> Rendered | Refused:
    """Render a scene, or find out why it cannot be."""
    from optiviz.scenefile import SceneFault

    try:
        progress(0, clip_size(job.scene)["frames"])
        with faults_with_lines(job.path):
            return render_job(job, progress, processes)
    except SceneFault as error:
        return Refused(error, str(error), 2)
    except BadInput as error:
        return refused(job.name, error, 2)
    except (OSError, MemoryError) as error:
        return refused(job.name, BadInput(f"not rendered: {reason(error)}"), 1)
    except Exception as error:
        if tracebacks_wanted():
            raise
        hidden = system_error(error)
        why = f": {reason(hidden)}" if hidden else f", {our_mistake(error)}"
        return refused(job.name, BadInput(f"not rendered{why}"), 1)


def refused(name: str, error: BadInput, code: int) -> Refused:
    """The refusal of a scene by its name."""
    return Refused(error, f"{name}: {error}", code)


def render_job(job: Job, progress: Progress, processes: int | None) -> Rendered:
    """Write a scene to all its targets at once, for slides its pauses too."""
    from optiviz._lib.kept import keeping_in
    from optiviz.rendering.encode.png import animategraphics, is_pattern
    from optiviz.rendering.render import make

    clock = Clock()
    for target in job.targets:
        folder = target.parent.parent if is_pattern(target.name) else target.parent
        folder.mkdir(parents=True, exist_ok=True)

    def tick(done: int, total: int) -> None:
        clock.tick(total)
        progress(done, total)

    first = job.targets[0]
    with keeping_in(first.with_name(f".{first.stem}.maps")):  # what was worked out, should this be stopped
        files = make(
            job.scene, job.targets, max_kb=job.max_kb, processes=processes, progress=tick, stops=job.stops,
            poster_first=job.poster_first,
        )  # fmt: skip
    clock.end = perf_counter()
    said, records = [], []
    for file in files:
        line = animategraphics(file.path, file.frames, job.scene)
        said += [f"{file.path}: for Beamer: {line}"] if line else []
        said += [f"{file.path}: note: {note}" for note in file.notes]
        records.append(json_record(job, file, line))
    return Rendered(records, said, clock)


def json_record(job: Job, file: "Made", animategraphics: str) -> dict[str, Any]:
    """A file for `--json`."""
    return {
        "scene": job.name,
        "path": str(file.path),
        "frames": file.frames,
        "seconds": file.seconds,
        "size": list(job.scene.size),
        "notes": [*job.notes, *file.notes],
        **({"animategraphics": animategraphics} if animategraphics else {}),
    }


def report(
    job: Job, done: Rendered, teller: ProgressReporter, *, as_json: bool, verbose: bool = False,
    opens: bool = False,
) -> None:  # fmt: skip
    """Name the files of a scene on stdout, and say how they are on stderr."""
    for line in done.said:
        teller.say(line)
    for record in done.records:
        with teller.paused():
            if as_json:
                print_json(record | fingerprint(Path(record["path"]), record["frames"]))
            else:
                click.echo(record["path"])
        if verbose or teller.bar:
            took = done.clock.end - done.clock.begun
            teller.say(in_words(record | {"bytes": size_on_disk(record), "took": took}))
        if opens:
            click.launch(record["path"])
    if verbose:
        teller.say(done.clock.words(job.name, job.reading))


def in_words(record: dict[str, Any]) -> str:
    """A line of a file, made or to be made: bytes, length, frames, size, time, as far as it has them.

    >>> in_words({"path": "a.gif", "frames": 160, "seconds": 12.3, "size": [1280, 720], "bytes": 1_394_973})
    'a.gif: 1.39 MB, 12.3 s, 160 frames of 1280 x 720'
    """
    parts = []
    if (size := record.get("bytes")) is not None:
        parts.append(f"{size / 1e6:.3g} MB" if size >= 1e6 else f"{size / 1000:.3g} kB")
    if record["seconds"]:
        parts.append(f"{record['seconds']:.1f} s")
    if record["frames"]:
        of = " of {} x {}".format(*record["size"]) if record.get("size") else ""
        parts.append(f"{record['frames']:,} frame{'s' * (record['frames'] != 1)}{of}")
    if took := record.get("took"):
        parts.append(f"made in {took:.1f} s")
    return f"{record['path']}: {', '.join(parts)}" if parts else str(record["path"])


def size_on_disk(record: dict[str, Any]) -> int:
    """The bytes of a file, or of all files of a sequence."""
    return sum(file.stat().st_size for file in files_of(Path(record["path"]), record["frames"]))


def files_of(path: Path, frames: int) -> list[Path]:
    """A file, or all files of a sequence."""
    from optiviz.rendering.encode.png import is_sequence, pattern_of

    folder, pattern = pattern_of(path)
    return [folder / (pattern % k) for k in range(frames)] if is_sequence(path) else [path]


def fingerprint(path: Path, frames: int) -> dict[str, Any]:
    """The bytes of a file, or of all files of a sequence one after the other, and their sum."""
    import hashlib

    files = files_of(path, frames)
    total, checksum = 0, hashlib.sha256()
    for file in files:
        data = file.read_bytes()
        total += len(data)
        checksum.update(data)
    return {"bytes": total, "sha256": checksum.hexdigest()}
