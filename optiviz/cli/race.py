"""optiviz race"""

from pathlib import Path
from typing import Any

import click

from optiviz.cli.quick import quick_options, render_document

EPILOG = """\b
Examples:
  optiviz race beale                                      GD, Momentum and Adam
  optiviz race beale --rules gd,momentum,nag,adam --steps 100 -o race.gif
  optiviz race "x**2 + 20*y**2" --start=-4,2 --save mine.toml
"""


@click.command("race", epilog=EPILOG)
@click.argument("problem", metavar="SURFACE|FORMULA")
@click.option("--start", metavar="X,Y", help="Where all begin, such as --start=-4,2.  [the surface's own]")
@quick_options(200)
def race_command(
    problem: str,
    start: str | None,
    rules: str,
    steps: int,
    out: str | None,
    save: Path | None,
    **options: Any,
) -> None:
    """Rules side by side on a surface or a formula, without a scene file.

    Each rule has the learning rate that suits the surface, or the best one of a grid.
    """
    from optiviz.scenefile.quick import race_document

    content = race_document(problem, rules.split(","), steps=steps, start=pair_of(start))
    render_document(content, problem if problem.isidentifier() else "race", Path.cwd(), out, save, **options)


def pair_of(start: str | None) -> list[float] | None:
    """The two numbers of `--start`."""
    if start is None:
        return None
    try:
        x, y = (float(part) for part in start.split(","))
    except ValueError:
        raise click.UsageError(f"--start {start[:40]} is no pair of numbers, such as --start=-4,2") from None
    return [x, y]
