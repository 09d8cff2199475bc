"""The page of all commands with all their options, from click."""

import re
from collections.abc import Callable, Mapping
from inspect import cleandoc

import click

from optiviz.cli import COMMANDS, cli
from sitegen.markdown import page, table

HEAD = """\
# All commands and options

As `optiviz COMMAND -h` tells them. What they do together is told in [the command line](cli.md).
"""


def commands() -> str:
    """Every command: usage, what it does, options, examples."""
    whole = click.Context(cli, info_name="optiviz")
    return page(HEAD, *(line for name in COMMANDS for line in command(whole, name)))


def command(whole: click.Context, name: str) -> list[str]:
    """One command; those of a group follow it."""
    found = cli.get_command(whole, name)
    assert found is not None
    return described(found, click.Context(found, info_name=name, parent=whole), 2)


def described(found: click.Command, context: click.Context, level: int) -> list[str]:
    """A command as paragraphs; the commands of a group a level below."""
    path = context.command_path
    options = [
        record for part in found.get_params(context) if (record := part.get_help_record(context)) is not None
    ]
    lines = [
        f"{'#' * level} {path}",
        f"```text\n{' '.join([path, *found.collect_usage_pieces(context)])}\n```",
    ]
    lines += [plain(found.help or found.short_help or "")]
    lines += [table(["option", "what it does"], [[f"`{option}`", about] for option, about in options])]
    lines += [f"```text\n{plain(found.epilog)}\n```" if found.epilog else ""]
    if isinstance(found, click.Group):
        for name in found.list_commands(context):
            inner = found.get_command(context, name)
            if inner is not None:
                lines += described(inner, click.Context(inner, info_name=name, parent=context), level + 1)
    return lines


def plain(text: str) -> str:
    """A text of click without its marks for line breaks."""
    return cleandoc(re.sub(r"\x08\n?", "", text))


PAGES: Mapping[str, Callable[[], str]] = {"reference/commands.md": commands}
