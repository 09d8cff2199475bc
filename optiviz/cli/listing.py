"""optiviz list"""

import json
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from optiviz.scenefile.catalogue import Entry

KINDS = (
    "surfaces", "optimizers", "schedules", "panels", "datasets", "layers", "activations", "initializers",
    "losses", "scenes", "themes", "formats",
)  # fmt: skip

EPILOG = """\b
Examples:
  optiviz list optimizers
  optiviz list surfaces --json
"""


@click.command("list", epilog=EPILOG)
@click.argument("kind", type=click.Choice(KINDS), required=False, metavar=f"[{'|'.join(KINDS)}]")
@click.option("--json", "as_json", is_flag=True, help="A list of objects; without a kind, a list for each.")
def list_command(kind: str | None, as_json: bool) -> None:
    """What a scene may name: with settings, their defaults, and what it is.

    A setting without a default is optional, or must be given.
    """
    from optiviz.scenefile.catalogue import CATALOGUE

    found = {name: CATALOGUE[name]() for name in ([kind] if kind else KINDS)}
    if as_json:
        plain = {name: [entry._asdict() for entry in entries] for name, entries in found.items()}
        click.echo(json.dumps(plain[kind] if kind else plain, ensure_ascii=False, indent=1))
        return
    for name, entries in found.items():
        (print_table if sys.stdout.isatty() else text)(name, entries)


def text(name: str, entries: "list[Entry]") -> None:
    """Aligned columns, for pipes and files."""
    width = max(len(entry.name) for entry in entries) if entries else 0
    click.echo(f"{name}:")
    for entry in entries:
        words = entry.words()
        click.echo(f"  {entry.name:<{width}}  {entry.about}{f'  ({words})' if words else ''}")


def print_table(name: str, entries: "list[Entry]") -> None:
    """A table as wide as the terminal."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table(title=name, title_justify="left", expand=True)
    grid.add_column("name", no_wrap=True)
    grid.add_column("settings", ratio=2)
    grid.add_column("about", ratio=3)
    for entry in entries:
        grid.add_row(Text(entry.name), Text(entry.words()), Text(entry.about))
    Console().print(grid)
