"""From a name to a part: "did you mean", and settings held within their bounds."""

from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from optiviz.errors import BadInput
from optiviz.notation import Bounds


def hint(name: str, known: Iterable[str]) -> str:
    """` - did you mean 'learning_rate'?`, or the whole choice when nothing is near and it is short."""
    known = list(known)
    folded = {k.lower(): k for k in known}
    near = get_close_matches(name.lower(), folded, n=1, cutoff=0.6)
    if near:
        return f" - did you mean '{folded[near[0]]}'?"
    choice = ", ".join(known)
    return f" - known: {choice}" if len(choice) <= 200 else ""


def unknown(kind: str, name: str, known: Iterable[str]) -> BadInput:
    """The error for a name that no index knows."""
    return BadInput(f"unknown {kind} '{name}'{hint(name, known)}")


@cache
def bounds_of(part: Any) -> dict[str, Bounds]:
    """The settings of a dataclass or factory that have bounds, read from its annotations."""
    hints = get_type_hints(part, include_extras=True)  # of a dataclass or a factory
    return {name: mark for name, kind in hints.items() for mark in marks(kind)}


def marks(kind: Any) -> list[Bounds]:
    """The bounds in an annotation, those of `Annotated[...] | None` too."""
    own = [mark for mark in getattr(kind, "__metadata__", ()) if isinstance(mark, Bounds)]
    choices = get_args(kind) if get_origin(kind) in (Union, UnionType) else ()
    return own or [mark for choice in choices for mark in marks(choice)]


def check_settings(part: Any) -> None:
    """Refuse a setting outside the bounds in its annotation; a schedule is taken at its word."""
    for name, bounds in bounds_of(part.__class__).items():
        value = getattr(part, name)
        if value is not None and not callable(value) and not bounds.hold(value):
            raise BadInput(f"{type(part).__name__}: {name} must be {bounds}, got {value!r}")
