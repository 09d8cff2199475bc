"""optiviz check"""

from typing import TYPE_CHECKING

import click

from optiviz._lib.errors import BadInput
from optiviz.cli.changes import change_options
from optiviz.cli.results import quiet_option, tell
from optiviz.cli.scenes import (
    clip_size,
    code_for,
    faults_of,
    print_json,
    read_scene,
    rehearsed,
    scenes_argument,
)

if TYPE_CHECKING:
    from optiviz.scenefile import Change

EPILOG = """\b
Example:
  optiviz check lectures/*.toml
"""


@click.command("check", epilog=EPILOG)
@scenes_argument
@change_options
@click.option("--json", "as_json", is_flag=True, help="One JSON object a scene, on a line of its own.")
@quiet_option
@click.pass_context
def check_command(
    ctx: click.Context, scenes: tuple[str, ...], as_json: bool, changes: "list[Change]"
) -> None:
    """Find all faults of scenes; only runs that take a moment are run, for what captions and marks say.

    A fault reads FILE:LINE: KEY: what is wrong. A good scene is told with its frames and length.
    """
    from optiviz.objectives.data import many

    bad = 0
    for name in scenes:
        try:
            path, scene, notes = read_scene(name, None, changes)
            frames = rehearsed(path, scene)
        except BadInput as error:
            bad += 1
            if as_json:
                print_json({"scene": name, "ok": False, "faults": faults_of(error)})
            else:
                click.echo(str(error), err=True)
            continue
        size = clip_size(scene, frames)
        if as_json:
            print_json({"scene": str(path), "ok": True, **size, "runs": len(scene.runs), "notes": notes})
            continue
        width, height = size["size"]
        longer = frames is None and bool(scene.captions or scene.ask)  # they may let the clip stand
        runs = f"{many(len(scene.runs), 'run')} of {many(scene.steps, 'step')}" if scene.runs else "no runs"
        length = f"{size['frames']} frames of {width} x {height}, {'at least ' * longer}{size['seconds']:g} s"
        click.echo(f"{path}: good: {runs}, {length}")
        for note in notes:
            tell(f"{path}: note: {note}")
    ctx.exit(code_for(len(scenes) - bad, [2] * bad))
