"""optiviz fit"""

from pathlib import Path
from typing import Any

import click

from optiviz.cli.quick import quick_options, render_document

EPILOG = """\b
Examples:
  optiviz fit cars.csv speed dist
  optiviz fit cars.csv speed dist --rules gd,momentum,adam -o cars.gif --save cars.toml
"""


@click.command("fit", epilog=EPILOG)
@click.argument("csv", metavar="CSV", type=click.Path(path_type=Path))
@click.argument("x")
@click.argument("y")
@quick_options(60)
def fit_command(
    csv: Path, x: str, y: str, rules: str, steps: int, out: str | None, save: Path | None, **options: Any
) -> None:
    """Rules fit a line to two columns of a CSV file, without a scene file.

    X and Y are names of columns; each rule has the best learning rate of a grid.
    """
    from optiviz.scenefile.quick import fit_document

    content = fit_document(csv, x, y, rules.split(","), steps=steps)
    render_document(content, csv.stem, csv.resolve().parent, out, save, **options)
