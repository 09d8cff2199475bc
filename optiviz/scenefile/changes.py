"""Changes to a scene in passing: `steps=30` on the command line stands in for that line of the file."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from optiviz._lib.errors import BadInput
from optiviz.scenefile.line_numbers import KeyPath
from optiviz.scenefile.source import TOO_MANY_PARTS, clip

MOST = 10_000  # characters of one change
NOT_BARE = re.compile(r"""[\[{"']|[-+]?\.?\d|(true|false|inf|nan)\s*$""")


@dataclass(frozen=True)
class Change:
    """A value for a key of a scene, and where it was asked for."""

    path: KeyPath
    value: Any
    place: str


def change_of(text: str, place: str = "") -> Change:
    """The change that `KEY=VALUE` asks for, as TOML has both; a bare word is taken for text.

    Parameters
    ----------
    text : str
    place : str, optional
        Where it was asked for, for what is said of faults; `--set TEXT` unless given.

    Raises
    ------
    BadInput
        When it is no such pair.

    Examples
    --------
    >>> change_of('runs."Momentum 0.9".learning_rate=0.02').path
    ('runs', 'Momentum 0.9', 'learning_rate')
    >>> change_of("theme=dark").value, change_of("size=[640, 360]").value
    ('dark', [640, 360])
    """
    place = place or f"--set {clip(text)}"
    key, equals, value = text.partition("=")
    if '"' in key or "'" in key:  # the sign may stand within quotes
        quoted = re.match(r"""(?:[^"'=]|"(?:[^"\\]|\\.)*"|'[^']*')*""", text)
        key, equals, value = (quoted[0], "=", text[quoted.end() + 1 :]) if quoted else (key, equals, value)
    if not equals or not key.strip() or "\n" in key or len(text) > MOST or TOO_MANY_PARTS.search(text):
        raise BadInput(f"{place}: this is no KEY=VALUE, such as steps=30")
    bare = not NOT_BARE.match(value.strip())
    quotes = '"' + value.strip().replace("\\", "\\\\").replace('"', '\\"') + '"'
    try:
        document = tomllib.loads(f"{key.strip()} = {quotes if bare else value}")
    except (tomllib.TOMLDecodeError, RecursionError, ValueError):
        raise BadInput(f"{place}: neither key nor value is as TOML has them, such as steps=30") from None
    path: list[str] = []
    inner: Any = document
    for _ in range(key_parts(key.strip())):
        if not isinstance(inner, dict) or len(inner) != 1:
            raise BadInput(f"{place}: one change at a time")
        ((name, inner),) = inner.items()
        path.append(name)
    return Change(tuple(path), inner, place)


def key_parts(key: str) -> int:
    """How many parts a dotted key has.

    >>> key_parts('runs."Momentum 0.9".learning_rate'), key_parts("steps")
    (3, 1)
    """
    return 1 + len(re.findall(r"\.", re.sub(r""""(?:[^"\\]|\\.)*"|'[^']*'""", "q", key)))


def changed(document: dict[str, Any], changes: Iterable[Change]) -> None:
    """Put changes into a document; a table that is not there is made.

    Raises
    ------
    BadInput
        When what should hold a key is no table.
    """
    for change in changes:
        *outer, last = change.path
        table: Any = document
        for name in outer:
            table = table.setdefault(name, {})
            if not isinstance(table, dict):
                raise BadInput(f"{change.place}: '{clip(str(name))}' of this scene is no table")
        table[last] = change.value


def place_of(where: KeyPath, changes: Iterable[Change]) -> str:
    """Which change a fault at `where` is of; nothing if it is of the file."""
    for change in reversed(list(changes)):
        if where[: len(change.path)] == change.path:
            return change.place
    return ""
