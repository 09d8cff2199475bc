"""What a command changes in a scene in passing: `--set KEY=VALUE`, and the commonest keys by name."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

from optiviz.cli.completion import SCENE_KEYS, THEME_NAMES

if TYPE_CHECKING:
    from optiviz.scenefile import Change

Command = TypeVar("Command", bound=Callable[..., Any])
SHAPES = {  # what --size may say beside 1280x720
    "16:9": (1280, 720), "4:3": (960, 720), "1:1": (720, 720), "9:16": (720, 1280),
}  # fmt: skip


def change_options(command: Command) -> Command:
    """`--set`, `--title`, `--theme`, `--size` and `--seed`, given to the command as `changes`."""

    @click.option(
        "--set",
        "assignments",
        multiple=True,
        metavar="KEY=VALUE",
        type=SCENE_KEYS,
        help="Change a key of the scene: --set steps=30, --set 'runs.Adam.learning_rate=0.1'.",
    )
    @click.option("--title", metavar="TEXT", help="Another title.")
    @click.option("--theme", metavar="THEME", type=THEME_NAMES, help="Another theme.")
    @click.option("--size", metavar="SIZE", help="4:3, 16:9, 1:1, 9:16 or pixels, such as 1280x720.")
    @click.option("--seed", type=int, metavar="N", help="Another luck: of noise, batches and data.")
    @wraps(command)
    def with_changes(
        *args: Any,
        assignments: tuple[str, ...],
        title: str | None,
        theme: str | None,
        size: str | None,
        seed: int | None,
        **options: Any,
    ) -> Any:
        given = {"title": title, "theme": theme, "size": size, "seed": seed}
        return command(*args, changes=changes_of(assignments, given), **options)

    return with_changes  # type: ignore[return-value]


def changes_of(assignments: tuple[str, ...], given: dict[str, Any]) -> "list[Change]":
    """The changes of the options that were given, in the scene's words."""
    if not assignments and all(value is None for value in given.values()):
        return []
    from optiviz.scenefile.changes import Change, change_of

    found = [change_of(text) for text in assignments]
    for key, value in given.items():
        if value is not None:
            wanted = list(parse_size(value)) if key == "size" else value
            found.append(Change((key,), wanted, f"--{key} {value}"))
    return found


def parse_size(size: str) -> tuple[int, int]:
    """The pixels of a shape or of WIDTHxHEIGHT.

    >>> parse_size("4:3"), parse_size("640x360")
    ((960, 720), (640, 360))
    """
    if size in SHAPES:
        return SHAPES[size]
    width, cross, height = size.lower().partition("x")
    if not (cross and width.strip().isdecimal() and height.strip().isdecimal()):
        raise click.UsageError(f"--size {size[:40]} is none of {', '.join(SHAPES)}, and no 1280x720")
    return int(width), int(height)
