"""optiviz record"""

from pathlib import Path

import click

from optiviz.cli.outputs import spare_sources
from optiviz.cli.scenes import read_scene, scene_argument

EPILOG = """\b
Example:
  optiviz record momentum -o golden/momentum.json
  optiviz verify momentum golden/momentum.json
"""


@click.command("record", epilog=EPILOG)
@scene_argument
@click.option(
    "-o", "--out", metavar="GOLDEN", required=True, type=click.Path(path_type=Path),
    help="A .json (path and losses, a line a step, for git diff) or a .npz (everything).",
)  # fmt: skip
def record_command(scene: str, out: Path) -> None:
    """Write down the path of every run of a scene, for `optiviz verify`.

    The same scene gives the same bytes.
    """
    from optiviz.runs.save import known_suffix
    from optiviz.scene.play import play

    known_suffix(out)
    path, content, _ = read_scene(scene)
    spare_sources(path, [out])
    play(content).save(out)
    click.echo(str(out))
