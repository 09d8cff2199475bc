"""optiviz deck"""

from pathlib import Path

import click

from optiviz._lib.errors import BadInput
from optiviz.cli.completion import DECK_NAME
from optiviz.cli.outputs import DEFAULT_FOLDER, is_folder
from optiviz.cli.progress import ProgressReporter
from optiviz.cli.quality import quality_option
from optiviz.cli.scenes import clip_size, print_json, ready_to_draw, report_failure
from optiviz.cli.signals import hold_signals

EPILOG = """\b
Examples:
  optiviz deck optimizers -o lecture.pptx          the whole lecture, for PowerPoint
  optiviz deck lecture.toml -f pptx,html,pdf       outputs/lecture.pptx, .html and .pdf

\b
Clips are kept beside the lecture, in NAME.clips: the next time only what changed is drawn.

\b
A deck is a TOML file:
  title = "Optimizers"
  [[sections]]
  title = "Memory"
  scenes = ["momentum", { scene = "nag", notes = "What to say here." }]
"""


@click.command("deck", epilog=EPILOG)
@click.argument("deck", metavar="DECK", type=DECK_NAME)
@click.option("-o", "--out", metavar="OUT", help="A file, or a folder.  [outputs/]")
@click.option(
    "-f", "--format", "wanted", metavar="FORMATS", help="pptx, html, pdf, with commas between.  [pptx]"
)
@quality_option()
@click.option(
    "-j", "--processes", type=click.IntRange(1, 64), metavar="N", help="How many draw.  [as many as pay]"
)
@click.option("-n", "--dry-run", is_flag=True, help="Say what would be made, and make nothing.")
@click.option("--open", "opens", is_flag=True, help="Open what was made with the program of the system.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a file, on a line of its own.")
@click.option("--quiet", is_flag=True, help="Say nothing but what goes wrong.")
@click.pass_context
def deck_command(
    ctx: click.Context,
    deck: str,
    out: str | None,
    wanted: str | None,
    quality: str | None,
    processes: int | None,
    dry_run: bool,
    opens: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Make slides of a lecture: PowerPoint, one offline page, or a PDF.

    DECK is a TOML file that names scenes in teaching order, or the name of a shipped one (optimizers).
    """
    ready_to_draw()
    with hold_signals():
        from optiviz.deck.clips import Clips, plan_deck
        from optiviz.deck.declaration import read_deck, resolve_deck
        from optiviz.deck.slides import clip_kinds, write_deck
        from optiviz.objectives.data import many

    targets = deck_targets(deck, wanted, out)
    try:
        told = read_deck(resolve_deck(deck))
        planned = plan_deck(told, quality)
    except BadInput as error:
        ctx.exit(report_failure(deck, error, str(error), as_json, 2))
    if dry_run:
        for target in targets:
            record = {"deck": deck, "path": str(target), "scenes": len(planned)}
            print_json(record) if as_json else click.echo(f"{target}: {many(len(planned), 'scene')}")
        return
    clips = targets[0].with_suffix(".clips")
    stale = Clips(clips, clip_kinds(told, targets)).stale(planned)
    frames = sum(clip_size(one.scene)["frames"] for one in stale)
    for target in targets:
        target.parent.mkdir(parents=True, exist_ok=True)
    with ProgressReporter(as_json or quiet, 1) as teller:
        for one in planned:
            for note in one.notes:
                teller.say(f"{one.entry.path.stem}: note: {note}")
        task = f"{many(len(planned), 'scene')}, {len(stale) or 'none'} to draw"
        with teller.task(task, frames) as progress:
            counts = write_deck(told, targets, planned, clips=clips, processes=processes, progress=progress)
    for target, count in zip(targets, counts, strict=True):
        size = target.stat().st_size
        if as_json:
            print_json({"deck": deck, "path": str(target), "slides": count, "bytes": size})
        else:
            click.echo(str(target))
            teller.say(f"{target}: {size / 1e6:.3g} MB, {many(count, 'slide')}")
        if opens:
            click.launch(str(target))


def deck_targets(deck: str, wanted: str | None, out: str | None) -> list[Path]:
    """The files of a deck, from `-f` and `-o`."""
    from optiviz._lib.registry import hint
    from optiviz.deck.slides import FORMATS

    named = [f".{name.strip().lower().lstrip('.')}" for name in (wanted or "").split(",") if name.strip()]
    for suffix in named:
        if suffix not in FORMATS:
            known = [other.lstrip(".") for other in FORMATS]
            raise BadInput(f"unknown format '{suffix[1:21]}' of a deck{hint(suffix[1:21], known)}")
    if out is not None and not is_folder(out):
        path = Path(out)
        if path.suffix.lower() not in FORMATS:
            raise BadInput(f"{out}: a deck is {', '.join(FORMATS)}; a folder ends in /")
        if named and named != [path.suffix.lower()]:
            raise click.UsageError(f"-f {wanted} and -o {out} do not agree; a file has one format")
        return [path]
    folder = Path(DEFAULT_FOLDER if out is None else out)
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"{folder}: is a file, a folder is needed")
    stem = Path(deck).stem
    return [folder / f"{stem}{suffix}" for suffix in dict.fromkeys(named or [".pptx"])]
