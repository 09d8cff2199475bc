"""optiviz render"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click

from optiviz._lib.errors import BadInput
from optiviz.cli import our_mistake, reason, system_error, tracebacks_wanted
from optiviz.cli.changes import change_options
from optiviz.cli.outputs import formats_of, is_folder, output_files, output_options, spare_sources
from optiviz.cli.progress import ProgressReporter
from optiviz.cli.quality import quality_option
from optiviz.cli.scenes import (
    clip_size,
    code_for,
    faults_with_lines,
    print_json,
    read_scene,
    report_failure,
    scenes_argument,
)
from optiviz.cli.signals import hold_signals

if TYPE_CHECKING:
    from optiviz.scene.scene import Scene
    from optiviz.scenefile import Change

EPILOG = """\b
Examples:
  optiviz render momentum                          outputs/momentum.gif
  optiviz render a.toml b.toml -o clips/ -f gif,mp4,png
  optiviz render ravine.toml -o slides/ravine.gif --max-kb 500
  optiviz render ravine.toml -ql                   a first look: 640 x 360, 12.5 frames a second
  optiviz render ravine.toml -o shots/%04d.png     shots/0000.png, shots/0001.png, ...
  optiviz render ravine.toml --slides -o deck/     all that a slide may need

\b
Formats: gif, mp4, webm, webp, apng are clips; png, pdf, svg show the last frame; frames are all
frames as PNG files in a folder NAME.frames, pdfs as PDF in NAME.pdfs; npz are the numbers, txt
is an alt text, json tells all that was rendered and how the runs ended; html is a
page to play and touch. Formats share the frames.
"""


@click.command("render", epilog=EPILOG)
@scenes_argument
@output_options("gif")
@click.option(
    "--max-kb", type=click.FloatRange(min=0, min_open=True), metavar="KB",
    help="The most kB (1000 bytes) of a GIF: gives up colours, then frames, then size.",
)  # fmt: skip
@click.option(
    "-j", "--processes", type=click.IntRange(1, 64), metavar="N",
    help="How many processes draw a GIF; its bytes stay the same.  [as many as pay]",
)  # fmt: skip
@quality_option()
@click.option(
    "--slides", is_flag=True,
    help="gif, mp4, png, pdf, txt, json, and a PNG of each pause; no mp4 without ffmpeg.",
)  # fmt: skip
@click.option(
    "--poster-first", is_flag=True,
    help="Begin a GIF with its last frame, for an instant: that one is printed.",
)  # fmt: skip
@click.option("--sidecar", is_flag=True, help="Write the alt text and the JSON beside the clip, too.")
@change_options
@click.option("-n", "--dry-run", is_flag=True, help="Say what would be made, and make nothing.")
@click.option("--open", "opens", is_flag=True, help="Open what was made with the program of the system.")
@click.option("-v", "--verbose", is_flag=True, help="Say where the time goes.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a file, on a line of its own.")
@click.option("--quiet", is_flag=True, help="Say nothing but what goes wrong.")
@click.pass_context
def render_command(
    ctx: click.Context,
    scenes: tuple[str, ...],
    out: str | None,
    wanted: str | None,
    max_kb: float | None,
    processes: int | None,
    quality: str | None,
    slides: bool,
    poster_first: bool,
    sidecar: bool,
    changes: "list[Change]",
    dry_run: bool,
    opens: bool,
    verbose: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Make clips from scenes.

    SCENE is a TOML file, the name of a shipped scene, or - for standard input. The files made are named on
    stdout.
    """
    if slides:
        wanted = slide_formats(wanted, out)
    from optiviz.scenefile import SceneFault

    targets = targets_of(scenes, wanted, out)
    if sidecar:
        targets = {name: with_sidecar(name, paths) for name, paths in targets.items()}
    if poster_first and not any(path.suffix.lower() == ".gif" for path in targets[scenes[0]]):
        raise click.UsageError("--poster-first is for GIF only, and none is asked for")
    if max_kb is not None and not any(path.suffix.lower() == ".gif" for path in targets[scenes[0]]):
        raise click.UsageError("--max-kb is for GIF only, and none is asked for")
    codes: list[int] = []
    good: list[tuple[str, Path, Scene, list[str]]] = []
    read_in: dict[str, float] = {}
    for name in scenes:  # all faults of all scenes, before the first one is drawn
        try:
            begun = perf_counter()
            path, scene, notes = read_scene(name, quality, changes)
            read_in[name] = perf_counter() - begun
            spare_sources(path, targets[name])
            good.append((name, path, scene, notes))
        except BadInput as error:
            codes.append(report_failure(name, error, str(error), as_json, 2))
    done = 0
    with ProgressReporter(as_json or quiet, len(good)) as teller:
        if slides and "mp4" not in (wanted or ""):
            teller.say("note: no ffmpeg was found, so there is no mp4")
        for name, path, scene, notes in good:
            try:
                for note in notes:
                    teller.say(f"{name}: note: {note}")
                if dry_run:
                    for planned in plan(name, scene, targets[name]):
                        print_json(planned) if as_json else click.echo(in_words(planned))
                    done += 1
                    continue
                clock = Clock()
                with faults_with_lines(path):
                    making = max_kb, processes, teller, slides, clock, poster_first
                    records = made(name, scene, targets[name], *making)
                for record in records:
                    record["notes"] = notes + record["notes"]
                    if as_json:
                        print_json(record | fingerprint(Path(record["path"]), record["frames"]))
                    else:
                        click.echo(record["path"])
                        if verbose or teller.bar:
                            took = perf_counter() - clock.begun
                            teller.say(in_words(record | {"bytes": size_on_disk(record), "took": took}))
                    if opens:
                        click.launch(record["path"])
                if verbose:
                    teller.say(clock.words(name, read_in[name]))
                done += 1
            except SceneFault as error:
                codes.append(report_failure(name, error, str(error), as_json, 2))
            except BadInput as error:
                codes.append(report_failure(name, error, f"{name}: {error}", as_json, 2))
            except (OSError, MemoryError) as error:
                refusal = BadInput(f"not rendered: {reason(error)}")
                codes.append(report_failure(name, refusal, f"{name}: {refusal}", as_json, 1))
            except Exception as error:
                if tracebacks_wanted():
                    raise
                hidden = system_error(error)
                refusal = BadInput(
                    f"not rendered{f': {reason(hidden)}' if hidden else f', {our_mistake(error)}'}"
                )
                codes.append(report_failure(name, refusal, f"{name}: {refusal}", as_json, 1))
    ctx.exit(code_for(done, codes))


def targets_of(scenes: tuple[str, ...], wanted: str | None, out: str | None) -> dict[str, list[Path]]:
    """The files of each scene; a frame sequence is a folder, or a name with a place for the number."""
    with hold_signals():
        from optiviz.rendering.encode.png import is_sequence

    if wanted is not None:
        wanted = wanted.lower().replace("png-frames", "frames")
    if out is not None and is_sequence(Path(out)):
        if len(scenes) > 1:
            raise click.UsageError(
                f"-o {out} is one sequence for {len(scenes)} scenes; give a folder, ending in /"
            )
        each = Path(out).suffix.lower().lstrip(".")
        if wanted is not None and wanted.strip() not in ("frames" if each == "png" else f"{each}s", each):
            raise click.UsageError(
                f"-f {wanted} and -o {out} do not agree; these are frames as {each.upper()}"
            )
        return {scenes[0]: [Path(out)]}
    return output_files(scenes, formats_of(wanted, out), out)


def slide_formats(wanted: str | None, out: str | None) -> str:
    """The formats of `--slides`, and those named beside."""
    with hold_signals():
        from optiviz.rendering.encode.video import ffmpeg

    if out is not None and not is_folder(out):
        raise click.UsageError(f"--slides makes several files; -o {out} is no folder - one ends in /")
    formats = ["gif", "mp4", "png", "pdf", "txt", "json", *([wanted] if wanted else [])]
    try:
        ffmpeg()
    except BadInput:
        formats.remove("mp4")
    return ",".join(formats)


def with_sidecar(scene: str, paths: list[Path]) -> list[Path]:
    """The same files, and an alt text and a JSON named after the first, or after the folder of a sequence."""
    from optiviz.rendering.encode.png import is_pattern

    first = paths[0]
    if is_pattern(first.name):
        first = first.parent.parent / (first.parent.name or Path(scene).stem)
    beside = [first.with_name(f"{first.stem}{suffix}") for suffix in (".txt", ".json")]
    return [*paths, *(path for path in beside if path not in paths)]


def made(
    name: str,
    scene: "Scene",
    targets: list[Path],
    max_kb: float | None,
    processes: int | None,
    teller: ProgressReporter,
    slides: bool,
    clock: "Clock",
    poster_first: bool = False,
) -> list[dict[str, Any]]:
    """Write a scene to all of `targets` at once, for slides its pauses too; a record of each file."""
    from optiviz.rendering.encode import CLIPS, STILLS
    from optiviz.rendering.encode.png import animategraphics, is_pattern
    from optiviz.rendering.render import make, stills_of_pauses, suffix_of

    stops = stills_of_pauses(scene, targets[0].with_suffix(".png")) if slides and scene.pauses else {}
    for target in targets:
        folder = target.parent.parent if is_pattern(target.name) else target.parent
        folder.mkdir(parents=True, exist_ok=True)
    frames = clip_size(scene)["frames"]
    with ExitStack() as tasks:
        told: list[Callable[[int, int], None]] = [
            tasks.enter_context(
                teller.task(f"{target}", frames if kind in CLIPS else int(kind in STILLS), scene.size)
            )
            for target in (*targets, *stops)
            for kind in [suffix_of(target)]
        ]

        def progress(done: int, total: int) -> None:
            clock.tick(total)
            for tell_one in told:
                tell_one(done, total)

        files = make(
            scene, targets, max_kb=max_kb, processes=processes, progress=progress, stops=stops,
            poster_first=poster_first,
        )  # fmt: skip
    lines = {file.path: animategraphics(file.path, file.frames, scene) for file in files}
    for file in files:
        if lines[file.path]:
            teller.say(f"{file.path}: for Beamer: {lines[file.path]}")
        for note in file.notes:
            teller.say(f"{file.path}: note: {note}")
    return [
        {
            "scene": name,
            "path": str(file.path),
            "frames": file.frames,
            "seconds": file.seconds,
            "size": list(scene.size),
            "notes": list(file.notes),
            **({"animategraphics": lines[file.path]} if lines[file.path] else {}),
        }
        for file in files
    ]


def plan(name: str, scene: "Scene", targets: list[Path]) -> list[dict[str, Any]]:
    """What would be made of a scene: a record of each file."""
    from optiviz.rendering.encode import CLIPS, STILLS
    from optiviz.rendering.render import suffix_of

    size = clip_size(scene)
    return [
        {
            "scene": name,
            "path": str(target),
            "frames": size["frames"] if kind in CLIPS else int(kind in STILLS),
            "seconds": size["seconds"] if kind in CLIPS else 0.0,
            "size": size["size"],
        }
        for target in targets
        for kind in [suffix_of(target)]
    ]


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


@dataclass
class Clock:
    """Where the time of a render goes: until its first frame, and from then on."""

    begun: float = field(default_factory=perf_counter)
    first: float | None = None
    frames: int = 0

    def tick(self, total: int) -> None:
        """A frame is done, of `total`."""
        self.first = self.first or perf_counter()
        self.frames = total

    def words(self, name: str, reading: float) -> str:
        """What `-v` says."""
        end = perf_counter()
        first = self.first or end
        each = f" ({self.frames} frames, {1000 * (end - first) / self.frames:.1f} ms each)" * bool(
            self.frames
        )
        return (
            f"{name}: read {reading:.2f} s, run and drawn up to the first frame {first - self.begun:.2f} s, "
            f"drawn and written {end - first:.2f} s{each}"
        )


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
