"""optiviz render"""

from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click

from optiviz._lib.errors import BadInput
from optiviz.cli.changes import change_options
from optiviz.cli.outputs import formats_of, is_folder, output_files, output_options, spare_sources
from optiviz.cli.progress import ProgressReporter
from optiviz.cli.quality import quality_option
from optiviz.cli.render_jobs import Job, Refused, in_words, render_jobs, report
from optiviz.cli.scenes import (
    clip_size,
    code_for,
    print_json,
    read_scene,
    report_failure,
    scenes_argument,
)
from optiviz.cli.signals import hold_signals

if TYPE_CHECKING:
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
    help="How many processes draw; the files stay the same.  [as many as pay]",
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
    targets = targets_of(scenes, wanted, out)
    if sidecar:
        targets = {name: with_sidecar(name, paths) for name, paths in targets.items()}
    if poster_first and not any(path.suffix.lower() == ".gif" for path in targets[scenes[0]]):
        raise click.UsageError("--poster-first is for GIF only, and none is asked for")
    if max_kb is not None and not any(path.suffix.lower() == ".gif" for path in targets[scenes[0]]):
        raise click.UsageError("--max-kb is for GIF only, and none is asked for")
    codes: list[int] = []
    jobs: list[Job] = []
    for name in scenes:  # all faults of all scenes, before the first one is drawn
        try:
            begun = perf_counter()
            kept = None if dry_run else tuned_file(name, targets[name])
            path, scene, notes = read_scene(name, quality, changes, kept)
            took = perf_counter() - begun
            spare_sources(path, targets[name])
            jobs.append(Job(name, path, scene, targets[name], notes, took, max_kb, slides, poster_first))
        except BadInput as error:
            codes.append(report_failure(name, error, str(error), as_json, 2))
    done = 0
    with ProgressReporter(as_json or quiet, len(jobs)) as teller:
        if slides and "mp4" not in (wanted or ""):
            teller.say("note: no ffmpeg was found, so there is no mp4")
        for job in jobs if dry_run else ():
            for note in job.notes:
                teller.say(f"{job.name}: note: {note}")
            for planned in plan(job):
                print_json(planned) if as_json else click.echo(in_words(planned))
            done += 1
        for job, became in render_jobs([] if dry_run else jobs, teller, processes):
            if isinstance(became, Refused):
                with teller.paused():
                    said = became.error, became.text
                    codes.append(report_failure(job.name, *said, as_json, became.code))
            else:
                report(job, became, teller, as_json=as_json, verbose=verbose, opens=opens)
                done += 1
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
    first = named_file(scene, paths[0])
    beside = [first.with_name(f"{first.stem}{suffix}") for suffix in (".txt", ".json")]
    return [*paths, *(path for path in beside if path not in paths)]


def named_file(scene: str, first: Path) -> Path:
    """The first file, or for a sequence its folder: what lies beside a clip is named after it."""
    from optiviz.rendering.encode.png import is_pattern

    if not is_pattern(first.name):
        return first
    return first.parent.parent / (first.parent.name or Path(scene).stem)


def tuned_file(scene: str, paths: list[Path]) -> Path:
    """Where what a scene is tuned to is kept: beside its first file, under the name of the scene."""
    first = named_file(scene, paths[0])
    stem = Path(scene).stem if scene != "-" else first.stem
    return first.with_name(f"{stem}.tuned.toml")


def plan(job: Job) -> list[dict[str, Any]]:
    """What would be made of a scene: a record of each file."""
    from optiviz.rendering.encode import CLIPS
    from optiviz.rendering.render import suffix_of

    size = clip_size(job.scene)
    return [
        {
            "scene": job.name,
            "path": str(path),
            "frames": frames,
            "seconds": size["seconds"] if suffix_of(path) in CLIPS else 0.0,
            "size": size["size"],
        }
        for path, frames in job.files
    ]
