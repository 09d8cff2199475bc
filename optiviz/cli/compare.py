"""optiviz compare"""

import csv
import io
import json
import sys
from typing import TYPE_CHECKING, Any

import click

from optiviz.cli.changes import change_options
from optiviz.cli.results import quiet_option
from optiviz.cli.scenes import read_scene, scene_argument
from optiviz.scene.numbers import number

if TYPE_CHECKING:
    from optiviz.runs.summary import Summary
    from optiviz.scenefile import Change

EPILOG = """\b
Examples:
  optiviz compare race_beale
  optiviz compare race_beale --tolerance 0.1 --tolerance 1e-6 --csv > race.csv

\b
A tolerance is the share that may be left of the drop from the start to the least loss: 0.01 is
reached when 99 % of the way down is done. "57 (120)" is 57 steps and 120 gradients.
"""


@click.command("compare", epilog=EPILOG)
@scene_argument
@change_options
@click.option(
    "-t", "--tolerance", "tolerances", type=float, multiple=True, default=(1e-2, 1e-4), metavar="SHARE",
    help="When was all but this share of the drop done? As often as you like.  [0.01 and 0.0001]",
)  # fmt: skip
@click.option("--csv", "form", flag_value="csv", help="Comma-separated, floats to the last bit.")
@click.option("--json", "form", flag_value="json", help="One JSON object, floats to the last bit.")
@click.option("--markdown", "form", flag_value="markdown", help="A table for a Markdown page.")
@quiet_option
def compare_command(
    scene: str, tolerances: tuple[float, ...], form: str | None, changes: "list[Change]"
) -> None:
    """A table of the runs of a scene: how low, how soon, at what price."""
    from optiviz.runs.summary import summary, yardstick
    from optiviz.scene.play import play

    _, content, _ = read_scene(scene, None, changes)
    comparison = play(content)
    measure, rows = yardstick(comparison), summary(comparison, tolerances)
    if form == "json":
        told = {
            "scene": scene,
            "steps": content.steps,
            "start_loss": finite(measure.start),
            "least_loss": finite(measure.lowest),
            "least_loss_from": measure.source,
            "runs": [record(row) for row in rows],
        }
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
        return
    if form == "csv":
        click.echo(comma_separated(rows), nl=False)
        return
    cells = [row_texts(row) for row in rows]
    drop = f"from {number(measure.start, 6)} to {number(measure.lowest, 6)} ({measure.source})"
    note = f"tolerances: share left of the drop {drop}; in brackets the gradients asked for by then"
    if form == "markdown":
        click.echo(markdown(cells))
        click.echo(f"\n{note[0].upper()}{note[1:]}.")
    elif sys.stdout.isatty():
        terminal(cells, note)
    else:
        click.echo(aligned(cells))
        click.echo(note)


def record(row: "Summary") -> dict[str, Any]:
    """A row for JSON."""
    reached = [
        {"tolerance": tolerance, **(vars(when) if when else dict.fromkeys(("step", "gradients", "values")))}
        for tolerance, when in row.reached.items()
    ]
    plain = {name: finite(value) for name, value in vars(row).items()}
    return {**plain, "reached": reached}


def finite(value: Any) -> Any:
    """None for a float that JSON cannot spell."""
    return None if isinstance(value, float) and not abs(value) < float("inf") else value


def comma_separated(rows: "list[Summary]") -> str:
    """Rows for a spreadsheet; what is not known or was not reached is empty."""
    flat = []
    for row in rows:
        entry = {name: value for name, value in vars(row).items() if name != "reached"}
        for tolerance, when in row.reached.items():
            for name in ("step", "gradients", "values"):
                entry[f"{name}_to_{tolerance:g}"] = getattr(when, name) if when else None
        flat.append(entry)
    out = io.StringIO()
    writer = csv.DictWriter(out, list(flat[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(flat)
    return out.getvalue()


def row_texts(row: "Summary") -> dict[str, str]:
    """A row for eyes: heading -> cell."""
    return {
        "run": row.label,
        "final loss": number(row.final_loss, 6),
        "best loss": number(row.best_loss, 6),
        **{
            f"to {tolerance:g}": f"{when.step} ({when.gradients})" if when else "-"
            for tolerance, when in row.reached.items()
        },
        "steps": str(row.steps),
        "gradients": str(row.gradients),
        "values": str(row.values),
        "from minimum": "-" if row.distance is None else number(row.distance, 4),
        "path length": number(row.path_length, 4),
        "status": row.status if row.stopped_at is None else f"{row.status} at {row.stopped_at}",
    }


def aligned(rows: list[dict[str, str]]) -> str:
    """Columns for pipes and files: names to the left, numbers to the right."""
    lines = [list(rows[0]), *(list(row.values()) for row in rows)]
    widths = [max(len(line[k]) for line in lines) for k in range(len(lines[0]))]
    last = len(widths) - 1
    return "\n".join(
        "  ".join(
            cell.ljust(width) if k in (0, last) else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def markdown(rows: list[dict[str, str]]) -> str:
    """A table for a Markdown page."""
    heads = list(rows[0])
    rule = [":--", *["--:"] * (len(heads) - 2), ":--"]
    lines = [heads, rule, *([cell.replace("|", "\\|") for cell in row.values()] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def terminal(rows: list[dict[str, str]], note: str) -> None:
    """A table for the terminal; in a narrow one two or three below each other, no number cut short."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    names, *heads = rows[0]
    beside = console.width - min(console.width // 3, column_width(rows, names)) - 3
    for group in groups(rows, heads, beside):
        grid = Table(box=SIMPLE_HEAD, pad_edge=False)
        grid.add_column(names, overflow="fold", max_width=console.width // 3)
        for head in group:
            grid.add_column(head, justify="left" if head == heads[-1] else "right", no_wrap=True)
        for row in rows:
            grid.add_row(*(Text(row[head]) for head in (names, *group)))
        console.print(grid)
    console.print(Text(note))


def groups(rows: list[dict[str, str]], heads: list[str], width: int) -> list[list[str]]:
    """Columns that fit beside each other, in their order.

    >>> groups([{"a": "12345", "b": "1", "c": "1234"}], ["a", "b", "c"], 13)
    [['a', 'b'], ['c']]
    """
    found: list[list[str]] = [[]]
    left = width
    for head in heads:
        need = column_width(rows, head) + 3
        if need > left and found[-1]:
            found.append([])
            left = width
        found[-1].append(head)
        left -= need
    return found


def column_width(rows: list[dict[str, str]], head: str) -> int:
    """The width of a column."""
    return max(len(head), *(len(row[head]) for row in rows))
