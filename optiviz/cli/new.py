"""optiviz new"""

from pathlib import Path

import click

from optiviz.cli.completion import SCENE_NAME
from optiviz.cli.results import result_options, tell, tell_file

EPILOG = """\b
Examples:
  optiviz new ravine                    ravine.toml, with every setting explained
  optiviz new mine --like cars          a copy of that scene, and of the CSV file it reads
"""


@click.command("new", epilog=EPILOG)
@click.argument("name")
@click.option("--like", metavar="SCENE", type=SCENE_NAME, help="Copy this scene instead, comments and all.")
@click.option(
    "--schema", is_flag=True, help="Write scene.schema.json beside it, too, and name it: editors complete."
)
@click.option("--force", is_flag=True, help="Write over NAME.toml if it is there.")
@result_options
def new_command(name: str, like: str | None, schema: bool, force: bool) -> None:
    """Write NAME.toml, a scene to begin with."""
    from optiviz.scenefile.template import begin, write_schema

    if schema:
        write_schema(Path(name))
    written, kept = begin(Path(name), like, force=force)
    for path in kept:
        tell(f"{path}: is there already and stays as it is")
    for path in written:
        tell_file(path)
