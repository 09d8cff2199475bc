"""The command line: one file a command, loaded when it is asked for.

Exit codes: 0 done, 1 a render failed, 2 usage or a fault in a scene, 3 some of several scenes failed,
130 stopped by Ctrl-C (`watch`, which is meant to be, 0).
"""

import os
import sys
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any

import click

from optiviz._lib.errors import BadInput

# The index: a command -> the module that holds it, as a function of the same name.
COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "render": "optiviz.cli.render",
        "check": "optiviz.cli.check",
        "new": "optiviz.cli.new",
        "race": "optiviz.cli.race",
        "fit": "optiviz.cli.fit",
        "frame": "optiviz.cli.frame",
        "explore": "optiviz.cli.explore",
        "deck": "optiviz.cli.deck",
        "gallery": "optiviz.cli.gallery",
        "league": "optiviz.cli.league",
        "tune": "optiviz.cli.tune",
        "watch": "optiviz.cli.watch",
        "list": "optiviz.cli.listing",  # a module called list would hide Python's own here
        "schema": "optiviz.cli.schema",
        "run": "optiviz.cli.run",
        "compare": "optiviz.cli.compare",
        "record": "optiviz.cli.record",
        "verify": "optiviz.cli.verify",
        "sweep": "optiviz.cli.sweep",
        "export": "optiviz.cli.export",
    }
)


class Commands(click.Group):
    """Finds commands in `COMMANDS`, and turns what goes wrong into one sentence and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = getattr(import_module(COMMANDS[cmd_name]), f"{cmd_name}_command")
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            from optiviz._lib.registry import hint

            ctx.fail(f"no such command '{args[0]}'{hint(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise click.Abort from None

    def main(self, *args: Any, **settings: Any) -> Any:
        try:
            code = super().main(*args, **{**settings, "standalone_mode": False})
        except click.ClickException as error:
            error.show()
            code = error.exit_code
        except click.Abort:
            click.echo("\n" * sys.stderr.isatty() + "stopped", err=True)  # the terminal wrote ^C
            code = 130
        except BadInput as error:
            click.echo(str(error), err=True)
            code = 2
        except (OSError, MemoryError) as error:
            click.echo(f"failed: {reason(error)}", err=True)
            code = 1
        except Exception as error:
            if tracebacks_wanted():
                raise
            hidden = system_error(error)
            click.echo(f"failed{f': {reason(hidden)}' if hidden else f', {our_mistake(error)}'}", err=True)
            code = 1
        raise SystemExit(code if isinstance(code, int) else 0)


def reason(error: BaseException) -> str:
    """What an error of the system says, in one line."""
    if isinstance(error, MemoryError):
        return "not enough memory"
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    file = getattr(error, "filename", None)
    return f"{file}: {said}" if file else str(said)


def system_error(error: BaseException | None) -> OSError | None:
    """The error of the system behind another one: a library that cleans up after a full disk may hide it."""
    while error is not None and not isinstance(error, OSError):
        error = error.__cause__ or error.__context__
    return error


def our_mistake(error: BaseException) -> str:
    """What is said of an error that should not have escaped."""
    said = " ".join(str(error).split())[:200]
    return (
        f"by a mistake of ours: {type(error).__name__}: {said} - OPTIVIZ_TRACEBACK=1 shows where; "
        "please tell us, with the scene"
    )


def tracebacks_wanted() -> bool:
    """Whether errors of ours are to be shown as Python does."""
    return os.environ.get("OPTIVIZ_TRACEBACK", "0") not in ("", "0")


def known_version() -> str:
    """The version of the installed package."""
    from importlib.metadata import PackageNotFoundError, version  # slow: not for every call

    try:
        return version("optiviz-lab")
    except PackageNotFoundError:
        return "unknown (not installed)"


def tell_version(ctx: click.Context, option: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        click.echo(f"optiviz {known_version()}")
        ctx.exit()


EPILOG = """\b
Example:
  optiviz new ravine && optiviz check ravine.toml && optiviz render ravine.toml
"""


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=EPILOG,
)
@click.option(
    "-V", "--version", is_flag=True, is_eager=True, expose_value=False, callback=tell_version,
    help="Show the version and exit.",
)  # fmt: skip
def cli() -> None:
    """Watch optimizers move: lecture animations from declarative scenes."""
