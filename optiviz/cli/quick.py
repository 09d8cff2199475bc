"""What `race` and `fit` have in common: options, and the clip of a scene that no file holds yet."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optiviz._lib.errors import BadInput
from optiviz.cli.changes import change_options
from optiviz.cli.completion import RULE_NAMES
from optiviz.cli.outputs import Command, formats_of, output_files, output_options
from optiviz.cli.progress import ProgressReporter
from optiviz.cli.quality import quality_option
from optiviz.cli.results import as_json, is_silent, result_options, tell_file
from optiviz.cli.scenes import ready_to_draw

if TYPE_CHECKING:
    from optiviz.scenefile import Change


def quick_options(steps: int) -> Callable[[Command], Command]:
    """The options of both; `steps` is the default number."""
    options = (
        click.option(
            "--rules", metavar="NAMES", type=RULE_NAMES, default="gd,momentum,adam",
            help="Rules, with commas between.  [gd,momentum,adam]",
        ),
        click.option(
            "--steps", type=click.IntRange(1, 1_000_000), default=steps, metavar="N",
            help=f"How many steps.  [{steps}]",
        ),
        change_options,
        output_options("gif"),
        quality_option(),
        click.option(
            "--save", metavar="FILE", type=click.Path(path_type=Path),
            help="Write the scene to a TOML file, too.",
        ),
        click.option("--open", "opens", is_flag=True, help="Open the clip when it is made."),
        result_options,
    )  # fmt: skip

    def with_options(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return with_options


def render_document(
    content: dict[str, Any],
    name: str,
    folder: Path,
    out: str | None,
    save: Path | None,
    *,
    wanted: str | None,
    quality: str | None,
    changes: "list[Change]",
    opens: bool,
) -> None:
    """Render the scene `content`, whose data are files below `folder`; `name` is that of the clip."""
    ready_to_draw()
    from optiviz.cli.render_jobs import Job, render_job, report
    from optiviz.scene.quality import at_quality
    from optiviz.scenefile import read_text
    from optiviz.scenefile.changes import changed
    from optiviz.scenefile.quick import document_text

    targets = output_files((name,), formats_of(wanted, out), out)[name]
    changed(content, changes)
    text = document_text(content)
    scene, notes = read_text(text, name, folder, changes)
    scene = scene if quality is None else at_quality(scene, quality)
    if save is not None:
        keep(text, save, folder)
    job = Job(name, folder, scene, targets)
    files = [(str(path), frames) for path, frames in job.files]
    with ProgressReporter(silent=is_silent(), count=1) as teller:
        for note in notes:
            teller.say(f"note: {note}")
        with teller.tasks(files, scene.size) as progress:
            done = render_job(job, progress, processes=None)
        report(job, done, teller, as_json=as_json(), opens=opens)
    if save is not None:
        tell_file(save)


def keep(text: str, save: Path, folder: Path) -> None:
    """Write a scene beside its data; a file that is there stays.

    Raises
    ------
    BadInput
        When the file is there, is no TOML file, or is not beside the data it names.
    """
    from optiviz._lib.atomic import replacing

    if save.suffix != ".toml":
        raise BadInput(f"--save {save}: a scene is a .toml file")
    if save.exists():
        raise BadInput(f"--save {save}: is there already; nothing was written over")
    if "csv = " in text and save.resolve().parent != folder:
        raise BadInput(f"--save {save}: a scene stands beside its data: {folder / save.name}")
    with replacing(save) as file:
        file.write_text(text, encoding="utf-8")
