"""optiviz list"""

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from optiviz.cli.results import quiet_option

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from optiviz.scenefile.catalogue import Entry

KINDS = (
    "surfaces", "optimizers", "schedules", "panels", "datasets", "layers", "activations", "initializers",
    "losses", "scenes", "themes", "formats",
)  # fmt: skip


class KindParam(click.Choice):  # type: ignore[type-arg]
    """One of `KINDS`, completed by the shell; of another the nearest is named."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value not in KINDS:
            from optiviz._lib.registry import unknown

            raise unknown("kind", str(value), KINDS)
        return value


class PartName(click.ParamType):  # type: ignore[type-arg]
    """The name of a part, completed from those of its kind."""

    name = "name"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> "list[CompletionItem]":
        from click.shell_completion import CompletionItem

        from optiviz.scenefile.catalogue import CATALOGUE

        kind = str(ctx.params.get("kind"))
        entries = CATALOGUE[kind]() if kind in CATALOGUE else []
        return [CompletionItem(entry.name) for entry in entries if entry.name.startswith(incomplete)]


EPILOG = """\b
Examples:
  optiviz list optimizers
  optiviz list optimizers adam
  optiviz list surfaces --json
"""


@click.command("list", epilog=EPILOG)
@click.argument("kind", type=KindParam(KINDS), required=False, metavar=f"[{'|'.join(KINDS)}]")
@click.argument("name", required=False, type=PartName())
@click.option("--json", "as_json", is_flag=True, help="A list of objects; without a kind, a list for each.")
@quiet_option
def list_command(kind: str | None, name: str | None, as_json: bool) -> None:
    """What a scene may name: with settings, their defaults, and what it is; of one part all that is known.

    A setting without a default is optional, or must be given.
    """
    from optiviz._lib.registry import unknown
    from optiviz.scenefile.catalogue import CATALOGUE

    found = {one: CATALOGUE[one]() for one in ([kind] if kind else KINDS)}
    if kind and name:
        known = {entry.name: entry for entry in found[kind]}
        if name not in known:
            raise unknown(kind.removesuffix("s"), name, known)
        found[kind] = [known[name]]
        if not as_json:
            click.echo(entry_details(known[name], page_note(str(kind), name)))
            return
    if as_json:
        plain = {name: [plain_entry(entry) for entry in entries] for name, entries in found.items()}
        click.echo(json.dumps(plain[kind] if kind else plain, ensure_ascii=False, indent=1))
        return
    for name, entries in found.items():
        (print_table if sys.stdout.isatty() else text)(name, entries)


def plain_entry(entry: "Entry") -> dict[str, Any]:
    """An entry for `--json`."""
    return {"name": entry.name, "settings": dict(entry.settings), "about": entry.about}


def page_note(kind: str, name: str) -> str:
    """Whether a page runs a rule or a surface itself; nothing of other kinds."""
    if kind not in ("surfaces", "optimizers"):
        return ""
    from optiviz.web.programs import RECORDED_ONLY

    return "a page plays it as it was recorded" if name in RECORDED_ONLY else "a page runs it live"


def entry_details(entry: "Entry", note: str = "") -> str:
    """One part with each of its settings on a line: its default, and what it means; `note` on the third."""
    from optiviz.scenefile.catalogue import toml

    width = max(map(len, entry.settings), default=0)
    lines = [entry.name, f"  {entry.about}", *([f"  ({note})"] if note else [])]
    for key, value in entry.settings.items():
        default = "" if value is None else f"  [{toml(value)}]"
        lines.append(f"  {key:<{width}}  {entry.meanings.get(key, '')}{default}".rstrip())
    return "\n".join(lines)


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
