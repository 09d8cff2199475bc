"""optiviz tune"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from optiviz._lib.errors import BadInput
from optiviz.cli.changes import change_options
from optiviz.cli.outputs import DEFAULT_FOLDER
from optiviz.cli.results import as_json, result_options, tell
from optiviz.cli.scenes import print_json, read_scene, scene_argument

if TYPE_CHECKING:
    from optiviz.scenefile import Change

EPILOG = """\b
Examples:
  optiviz tune mine.toml                       what its runs are tuned to
  optiviz tune race_beale --set tune.budget=40 another scene, with a budget of its own

\b
The choice is kept in outputs/NAME.tuned.toml, where `optiviz render` finds it. A star: the rate is
the lowest or the highest that was tried, so a better one may lie beyond.
"""


@click.command("tune", epilog=EPILOG)
@scene_argument
@change_options
@click.option("-o", "--out", metavar="DIR", help=f"Where NAME.tuned.toml is kept.  [{DEFAULT_FOLDER}/]")
@result_options
def tune_command(scene: str, out: str | None, changes: "list[Change]") -> None:
    """Tune the learning rates of a scene, and print the table.

    SCENE has a line such as tune = { budget = 20, starts = 8 }, or is given one by --set.
    """
    from optiviz.scene.numbers import number
    from optiviz.scene.tune import Tune
    from optiviz.scenefile.tuned import budget_words

    kept = Path(DEFAULT_FOLDER if out is None else out) / f"{Path(scene).stem}.tuned.toml"
    _, content, _ = read_scene(scene, None, changes, kept)
    if not content.tuned:
        raise BadInput(f"{scene}: nothing is to be tuned; a scene asks for it by tune = {{ budget = 20 }}")
    budget = content.tune or Tune()
    if as_json():
        print_json(
            {"scene": scene, "kept": str(kept), "runs": {k: vars(v) for k, v in content.tuned.items()}}
        )
        return
    tell(f"{budget_words(content, budget)}; kept in {kept}")
    rows = [("run", "learning rate", "steps", "rates that work")]
    for label, one in content.tuned.items():
        steps = "-" if one.steps is None else number(one.steps, 4)
        works = f"{one.works} of {budget.budget}"
        rows.append((label, f"{number(one.learning_rate, 4)}{'*' * one.edge}", steps, works))
    widths = [max(len(row[k]) for row in rows) for k in range(4)]
    for row in rows:
        cells = (
            cell.rjust(w) if k else cell.ljust(w) for k, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        click.echo("  ".join(cells))
