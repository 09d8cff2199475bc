"""optiviz frame"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optiviz.cli.changes import change_options
from optiviz.cli.outputs import DEFAULT_FOLDER, formats_of, is_folder, output_options, spare_sources
from optiviz.cli.quality import quality_option
from optiviz.cli.results import result_options, tell_file
from optiviz.cli.scenes import faults_with_lines, read_scene, scene_argument

if TYPE_CHECKING:
    from optiviz.scenefile import Change

EPILOG = """\b
Examples:
  optiviz frame momentum                          outputs/momentum.png, the last step
  optiviz frame momentum --at 12 -o poster.png
  optiviz frame momentum -qk                      3840 x 2160
  optiviz frame momentum --at pauses              outputs/momentum-010.png, ...: a still of each pause
  optiviz frame momentum -f pdf,svg               outputs/momentum.pdf, outputs/momentum.svg
"""


class StepParam(click.ParamType):  # type: ignore[type-arg]
    """A step, the end, or all pauses."""

    name = "step"

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | str | None:
        if value == "end":
            return None
        if value == "pauses":
            return str(value)
        try:
            return int(value)
        except ValueError:
            self.fail(f"'{value}' is neither a step, such as 12, nor 'end' or 'pauses'", param, ctx)


@click.command("frame", epilog=EPILOG)
@scene_argument
@change_options
@click.option(
    "--at", metavar="STEP|end|pauses", type=StepParam(), default="end",
    help="The step to show, or `pauses` for a file for each.  [end]",
)  # fmt: skip
@output_options("png", "png, pdf, svg")
@quality_option()
@result_options
def frame_command(
    scene: str, at: Any, out: str | None, wanted: str | None, quality: str | None, changes: "list[Change]"
) -> None:
    """One still of a scene, for a poster or a printed page."""
    formats = formats_of(wanted or (None if out and not is_folder(out) else "png"), out)
    path, content, _ = read_scene(scene, quality, changes)
    from optiviz.rendering.render import still

    folder = Path(DEFAULT_FOLDER if out is None else out)
    targets = [folder]
    if out is None or is_folder(out):
        folder.mkdir(parents=True, exist_ok=True)
        targets = [folder / f"{path.stem}{suffix}" for suffix in formats]
    spare_sources(path, targets)
    with faults_with_lines(path):
        made = still(content, targets, at=at)
    for target in made:
        tell_file(target)
