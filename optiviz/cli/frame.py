"""optiviz frame"""

from pathlib import Path

import click

from optiviz.cli.outputs import DEFAULT_FOLDER, formats_of, is_folder
from optiviz.cli.scenes import read_scene, scene_argument

EPILOG = """\b
Examples:
  optiviz frame momentum                          outputs/momentum.png, the last step
  optiviz frame momentum --at 12 -o poster.png
"""


class Step(click.ParamType):  # type: ignore[type-arg]
    """A step, or the end."""

    name = "step"

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | None:
        if value == "end":
            return None
        try:
            return int(value)
        except ValueError:
            self.fail(f"'{value}' is neither a step, such as 12, nor 'end'", param, ctx)


@click.command("frame", epilog=EPILOG)
@scene_argument
@click.option("--at", metavar="STEP|end", type=Step(), default="end", help="The step to show.  [end]")
@click.option("-o", "--out", metavar="OUT", help="A file, or a folder.  [outputs/NAME.png]")
def frame_command(scene: str, at: int | None, out: str | None) -> None:
    """One still of a scene, for a poster or a printed page."""
    path, content, _ = read_scene(scene)
    folder = Path(DEFAULT_FOLDER if out is None else out)
    target = folder / f"{path.stem}.png" if out is None or is_folder(out) else folder
    formats_of(None, str(target))
    from optiviz.rendering.movie import still

    if out is None or is_folder(out):
        folder.mkdir(parents=True, exist_ok=True)
    still(content, target, at=at)
    click.echo(str(target))
