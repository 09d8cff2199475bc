"""The option `-q`: a quality preset by its letter."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Command = TypeVar("Command", bound=Callable[..., Any])
LETTERS = "lmhk"  # those of optiviz.scene.quality, which `-h` does not import


class QualityLetter(click.ParamType):  # type: ignore[type-arg]
    """l, m, h or k."""

    name = "quality"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if len(value) != 1 or value not in LETTERS:
            has_quiet = ctx and any(other.name == "quiet" for other in ctx.command.params)
            quiet = "; to be quiet, write --quiet" if has_quiet else ""
            self.fail(f"'{value[:40]}' is none of {', '.join(LETTERS)}{quiet}", param, ctx)
        return value

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> "list[CompletionItem]":
        from click.shell_completion import CompletionItem

        return [CompletionItem(letter) for letter in LETTERS if letter.startswith(incomplete)]


def quality_option(default: str | None = None) -> Callable[[Command], Command]:
    """`-ql`, `-qm`, `-qh`, `-qk`; as the scene says unless given, or `default`."""
    unless = f"  [{default}]" if default else "  [as the scene says]"
    return click.option(
        "-q", "--quality", type=QualityLetter(), metavar="[l|m|h|k]", default=default,
        help="Low, 640 x 360 (-ql), medium, 960 x 540 (-qm), high, 1280 x 720 (-qh), or 4K (-qk); the shape "
             f"of the frame stays.{unless}",
    )  # fmt: skip
