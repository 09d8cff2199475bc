"""Results of a command: a file a line on stdout, as its path or as JSON; `--json` and `--quiet`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from optiviz.cli.scenes import print_json

Command = TypeVar("Command", bound=Callable[..., Any])
JSON, QUIET = "optiviz.json", "optiviz.quiet"  # in the context: whether they were asked for


def remember(key: str) -> Callable[[click.Context, click.Parameter, bool], None]:
    """A callback that keeps an option in the context."""

    def keep_option(ctx: click.Context, option: click.Parameter, wanted: bool) -> None:
        ctx.meta[key] = wanted

    return keep_option


def quiet_option(command: Command) -> Command:
    """`--quiet`, which `tell` heeds."""
    return click.option(
        "--quiet", is_flag=True, expose_value=False, callback=remember(QUIET),
        help="Say nothing but what goes wrong.",
    )(command)  # fmt: skip


def result_options(command: Command) -> Command:
    """`--json` and `--quiet`, which `tell_file` and `tell` heed."""
    return click.option(
        "--json", is_flag=True, expose_value=False, callback=remember(JSON),
        help="One JSON object a file, on a line of its own.",
    )(quiet_option(command))  # fmt: skip


def as_json() -> bool:
    """Whether results are to be JSON."""
    return bool(click.get_current_context().meta.get(JSON))


def is_silent() -> bool:
    """Whether there is to be no talk."""
    return as_json() or bool(click.get_current_context().meta.get(QUIET))


def tell_file(path: Path | str) -> None:
    """Name a file that was made."""
    if as_json():
        print_json({"path": str(path), "bytes": Path(path).stat().st_size})
    else:
        click.echo(str(path))


def tell(text: str) -> None:
    """A line of talk, on stderr."""
    if not is_silent():
        click.echo(text, err=True)
