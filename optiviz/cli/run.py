"""optiviz run"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from optiviz.cli.changes import change_options
from optiviz.cli.outputs import DEFAULT_FOLDER, spare_sources
from optiviz.cli.results import result_options, tell_file
from optiviz.cli.scenes import read_scene, scene_argument

if TYPE_CHECKING:
    from optiviz.scenefile import Change

EPILOG = """\b
Example:
  optiviz run momentum -o momentum.npz
  python -c "import optiviz as ov; print(ov.load_trajectories('momentum.npz').keys())"
"""


@click.command("run", epilog=EPILOG)
@scene_argument
@change_options
@click.option(
    "-o", "--out", metavar="FILE", type=click.Path(path_type=Path),
    help="A .npz (everything) or a .json (path and losses).  [outputs/NAME.npz]",
)  # fmt: skip
@result_options
def run_command(scene: str, out: Path | None, changes: "list[Change]") -> None:
    """Run a scene and keep its numbers: no pictures."""
    from optiviz.runs.save import known_suffix
    from optiviz.scene.play import play

    if out is not None:
        known_suffix(out)
    path, content, _ = read_scene(scene, None, changes)
    target = Path(DEFAULT_FOLDER) / f"{path.stem}.npz" if out is None else out
    if out is None:
        target.parent.mkdir(exist_ok=True)
    spare_sources(path, [target])
    play(content).save(target)
    tell_file(target)
