"""Option types that a shell completes: formats, rules, themes, keys of a scene; names between commas."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class CompletedText(click.ParamType):  # type: ignore[type-arg]
    """A text that is completed by names; of several, with commas between, the last.

    `names` are asked for when a shell completes, not before. With `file` the text is one name, or a path.
    """

    def __init__(
        self, name: str, names: Callable[[], Iterable[str]], *, end: str = "", file: bool = False
    ) -> None:
        self.name, self.names, self.end, self.file = name, names, end, file

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> "list[CompletionItem]":
        from click.shell_completion import CompletionItem

        before, comma, last = ("", "", incomplete) if self.file else incomplete.rpartition(",")
        found = sorted(name for name in self.names() if name.startswith(last))
        items = [CompletionItem(f"{before}{comma}{name}{self.end}") for name in found]
        return [*items, CompletionItem(incomplete, type="file")] if self.file else items


def format_names() -> Iterable[str]:
    """The formats of clips and stills."""
    from optiviz.rendering.encode import WRITERS

    return [suffix.lstrip(".") for suffix in WRITERS]


def rule_names() -> Iterable[str]:
    """The rules of scenes."""
    from optiviz.optimizers import OPTIMIZERS

    return OPTIMIZERS


def theme_names() -> Iterable[str]:
    """The themes."""
    from optiviz.rendering.style import THEMES

    return THEMES


def scene_keys() -> Iterable[str]:
    """The keys at the top of a scene."""
    from optiviz.scenefile.models import SCENE_WORDS

    return SCENE_WORDS


def scene_names() -> Iterable[str]:
    """The shipped scenes."""
    from optiviz import scenefile

    return scenefile.shipped()


def explored_names() -> Iterable[str]:
    """The shipped scenes and the surfaces."""
    from optiviz.objectives.surfaces import surfaces

    return [*scene_names(), *surfaces]


def suite_names() -> Iterable[str]:
    """The shipped suites."""
    from optiviz.league.suite import suites

    return suites()


def deck_names() -> Iterable[str]:
    """The shipped decks."""
    from optiviz.deck import decks

    return decks()


SCENE_NAME = CompletedText("scene", scene_names, file=True)
EXPLORED = CompletedText("scene", explored_names, file=True)
SUITE_NAME = CompletedText("suite", suite_names, file=True)
DECK_NAME = CompletedText("deck", deck_names, file=True)
FORMAT_NAMES = CompletedText("formats", format_names)
RULE_NAMES = CompletedText("rules", rule_names)
THEME_NAMES = CompletedText("theme", theme_names)
SCENE_KEYS = CompletedText("key", scene_keys, end="=")
