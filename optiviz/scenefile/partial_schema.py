"""What a file asks for: of the parts in an index, models are made of those alone that it names.

A model of every rule, panel and layer there is takes longer to make than a clip to draw. A scene names a few
of them, and only these can be told right or wrong in it; `schema` wants them all. Of their settings, too,
those that a file gives are enough to find it right; to say what is wrong with it takes the others.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache, wraps
from typing import Any, NamedTuple, ParamSpec, TypeVar

Given = ParamSpec("Given")
Made = TypeVar("Made")


class Wanted(NamedTuple):
    """The keys of a document, and its other texts: a setting is asked for by a key, a part by its name."""

    keys: frozenset[str]
    texts: frozenset[str]
    settings: bool  # whether settings are wanted that the document does not give


WANTED: ContextVar[Wanted | None] = ContextVar("wanted", default=None)


@contextmanager
def wanting(document: Any, *, settings: bool) -> Iterator[None]:
    """Within it, `only` knows the texts in `document` alone, and `given` its keys unless all `settings`."""
    keys, texts = (frozenset(text for text in found if len(text) < 40) for found in words_in(document))
    token = WANTED.set(Wanted(keys, texts, settings))
    try:
        yield
    finally:
        WANTED.reset(token)


def words_in(value: Any) -> tuple[list[str], list[str]]:
    """Every key of a document, and every other text.

    >>> words_in({"a": "x", "b": [{"c": "y"}, 3]})
    (['a', 'b', 'c'], ['x', 'y'])
    """
    if isinstance(value, str):
        return [], [value]
    keys = list(value) if isinstance(value, dict) else []
    texts: list[str] = []
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        more = words_in(part)
        keys += more[0]
        texts += more[1]
    return keys, texts


def asked(*keys: str) -> bool:
    """Whether any of these keys is wanted."""
    wanted = WANTED.get()
    return wanted is None or not wanted.keys.isdisjoint(keys)


def given(setting: str) -> bool:
    """Whether a setting need be known: one that the file does not give need not, while nothing is wrong."""
    wanted = WANTED.get()
    return wanted is None or wanted.settings or setting in wanted.keys


def only(index: Mapping[str, Any], *always: str) -> dict[str, Any]:
    """The parts of an index that are wanted, by the file or `always`.

    They are two at least: a choice needs something to choose from.
    """
    wanted = WANTED.get()
    if wanted is None:
        return dict(index)
    names = [name for name in index if name in wanted.texts or name in always]
    spare = [name for name in index if name not in names]
    return {name: index[name] for name in [*names, *spare[: max(2 - len(names), 0)]]}


def remembered(make: Callable[Given, Made]) -> Callable[Given, Made]:
    """Like `functools.lru_cache`, apart for each set of wanted names."""

    @lru_cache(maxsize=200)
    def made(wanted: Wanted | None, *given: Any) -> Any:
        return make(*given)  # type: ignore[call-arg]

    @wraps(make)
    def ask(*given: Given.args, **named: Given.kwargs) -> Made:
        return made(WANTED.get(), *given)  # type: ignore[no-any-return]

    return ask
