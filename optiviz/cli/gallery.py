"""optiviz gallery"""

from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optiviz._lib.errors import BadInput
from optiviz.cli.completion import FORMAT_NAMES, SCENE_NAME
from optiviz.cli.outputs import DEFAULT_FOLDER, formats_of, output_files
from optiviz.cli.progress import Progress, ProgressReporter
from optiviz.cli.quality import quality_option
from optiviz.cli.scenes import clip_size, code_for, print_json, ready_to_draw, report_failure
from optiviz.cli.signals import hold_signals

if TYPE_CHECKING:
    from optiviz.gallery.show import Item

EPILOG = """\b
Examples:
  optiviz gallery                                   all shipped scenes, outputs/gallery/index.html
  optiviz gallery lectures/*.toml -o site/ --title "Optimizers, week 3"
  optiviz gallery momentum nag -qm -f gif,mp4,pdf

\b
With html a scene can be played, scrubbed and touched in the place of its clip. The page needs no
network. Scenes that did not change are not drawn again; files of scenes that no longer belong are
cleared away, those that the gallery did not make stay.
"""


@click.command("gallery", epilog=EPILOG)
@click.argument("scenes", metavar="[SCENE...]", type=SCENE_NAME, nargs=-1)
@click.option("-o", "--out", metavar="DIR", help=f"The folder.  [{DEFAULT_FOLDER}/gallery/]")
@click.option(
    "-f", "--format", "wanted", metavar="FORMATS", type=FORMAT_NAMES, default="gif,html",
    help="Formats, with commas between; a PNG, the poster, is always made.  [gif,html]",
)  # fmt: skip
@quality_option("l")
@click.option("--title", metavar="TEXT", default="optiviz gallery", help="Over the page.  [optiviz gallery]")
@click.option(
    "-j", "--processes", type=click.IntRange(1, 64), metavar="N",
    help="How many processes draw; the files stay the same.  [a process a core]",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="One JSON object a scene, on a line of its own.")
@click.option("--quiet", is_flag=True, help="Say nothing but what goes wrong.")
@click.pass_context
def gallery_command(
    ctx: click.Context,
    scenes: tuple[str, ...],
    out: str | None,
    wanted: str,
    quality: str,
    title: str,
    processes: int | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Make one offline page of many scenes: clips, what they teach, their files and sources.

    SCENE is a TOML file or the name of a shipped scene; all shipped scenes unless given.
    """
    with hold_signals():
        from optiviz.gallery.show import Failed, Gallery
        from optiviz.objectives.data import many
        from optiviz.scenefile import shipped

    suffixes = tuple(formats_of(wanted, None))
    if ".frames" in suffixes:
        raise click.UsageError("-f frames: a page shows files, and frames are a folder of them")
    folder = Path(f"{DEFAULT_FOLDER}/gallery" if out is None else out)
    names = tuple(dict.fromkeys(scenes or shipped()))
    output_files(names, list(suffixes), f"{folder}/")  # one name for each
    gallery = Gallery(folder, suffixes, quality)
    gallery.check()
    items: dict[str, Item] = {}
    codes: list[int] = []
    for name in names:  # all faults of all scenes, before the first one is drawn
        try:
            item = gallery.item(name)
            if item.record is None:
                ready_to_draw()
                item = gallery.readied(item)
            items[name] = item
        except BadInput as error:
            codes.append(report_failure(name, error, str(error), as_json, 2))
    stale = [item for item in items.values() if item.record is None]
    with ProgressReporter(as_json or quiet, len(stale)) as teller, ExitStack() as tasks:
        progress: Progress = lambda done, total: None
        if stale:
            frames = sum(clip_size(item.scene)["frames"] for item in stale if item.scene)
            progress = tasks.enter_context(teller.task(f"{many(len(stale), 'scene')} to draw", frames))
        news = tasks.enter_context(closing(gallery.draw(stale, progress, processes)))
        for item, became in news:
            if isinstance(became, Failed):
                del items[item.name]
                refusal = BadInput(became.why)
                codes.append(
                    report_failure(item.name, refusal, f"{item.name}: {refusal}", as_json, became.code)
                )
                continue
            items[item.name] = became
            for note in became.notes:
                teller.say(f"{item.name}: note: {note}")
    if items:
        page = gallery.hang(
            list(items.values()), title, [Path(name).stem for name in names if name not in items]
        )
        drawn = [item.name for item in stale if item.name in items]
        if as_json:
            for item in items.values():
                print_json(record_of(item, folder, item.name in drawn))
            print_json({"page": str(page)})
        else:
            teller.say(f"{many(len(items), 'scene')}, {len(drawn)} drawn anew")
            click.echo(str(page))
    ctx.exit(code_for(len(items), codes))


def record_of(item: "Item", folder: Path, drawn: bool) -> dict[str, Any]:
    """A scene of the page for `--json`."""
    record = item.record or {}
    files = [{"path": str(folder / name), **noted} for name, noted in record["files"].items()]
    return {"scene": item.name, "ok": True, "drawn": drawn, "alt": record["alt"], "files": files}
