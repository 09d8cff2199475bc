"""What a file asks for: of the parts in an index, models are made of those alone that it names.

A model of every rule, panel and layer there is takes longer to make than a clip to draw. A scene names a few
of them, and only these can be told right or wrong in it; `schema` wants them all.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache, wraps
from typing import Any, ParamSpec, TypeVar

Given = ParamSpec("Given")
Made = TypeVar("Made")
WANTED: ContextVar[frozenset[str] | None] = ContextVar("wanted", default=None)


@contextmanager
def wanting(document: Any) -> Iterator[None]:
    """Within it, `only` knows the texts in `document` alone."""
    token = WANTED.set(frozenset(text for text in texts_in(document) if len(text) < 40))
    try:
        yield
    finally:
        WANTED.reset(token)


def texts_in(value: Any) -> Iterator[str]:
    """Every text in a document, keys and values.

    >>> sorted(texts_in({"a": "x", "b": [{"c": "y"}, 3]}))
    ['a', 'b', 'c', 'x', 'y']
    """
    if isinstance(value, str):
        yield value
    for part in (
        (*value, *value.values()) if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        yield from texts_in(part)


def asked(*keys: str) -> bool:
    """Whether any of these keys is wanted."""
    wanted = WANTED.get()
    return wanted is None or not wanted.isdisjoint(keys)


def only(index: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of an index that are wanted, and its first two: a choice needs something to choose from."""
    wanted = WANTED.get()
    if wanted is None:
        return dict(index)
    return {name: part for k, (name, part) in enumerate(index.items()) if k < 2 or name in wanted}


def remembered(make: Callable[Given, Made]) -> Callable[Given, Made]:
    """Like `functools.lru_cache`, apart for each set of wanted names."""

    @lru_cache(maxsize=200)
    def made(wanted: frozenset[str] | None, *given: Any) -> Any:
        return make(*given)  # type: ignore[call-arg]

    @wraps(make)
    def ask(*given: Given.args, **named: Given.kwargs) -> Made:
        return made(WANTED.get(), *given)  # type: ignore[no-any-return]

    return ask
