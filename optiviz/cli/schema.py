"""optiviz schema"""

import json
from pathlib import Path

import click

from optiviz.cli.results import result_options, tell_file

EPILOG = """\b
Example:
  optiviz schema -o scene.schema.json

\b
A scene beside it that begins with
  #:schema ./scene.schema.json
is completed and checked by editors (Even Better TOML, taplo, tombi).
"""


@click.command("schema", epilog=EPILOG)
@click.option(
    "-o", "--out", metavar="FILE", type=click.Path(path_type=Path), help="Write it there.  [stdout]"
)
@result_options
def schema_command(out: Path | None) -> None:
    """The JSON schema of scene files, for editors that complete and check TOML."""
    from optiviz._lib.atomic import replacing
    from optiviz.scenefile import schema

    text = json.dumps(schema(), ensure_ascii=False, indent=1)
    if out is None:
        click.echo(text)
        return
    with replacing(out) as file:
        file.write_text(text + "\n", encoding="utf-8")
    tell_file(out)
