"""Name indexes with lazy imports, suggestions for misspelled names, and bounds of settings."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Bounds


class Index(Mapping[str, Any]):
    """The parts of a package by name; each is imported when it is first asked for, as start-up is dear.

    `homes` says of each name in which module of `package` the part is, and under which name there.

    >>> Index("optiviz.optimizers", {"nag": "nag:NAG"})["nag"]
    <class 'optiviz.optimizers.nag.NAG'>
    """

    def __init__(self, package: str, homes: Mapping[str, str]) -> None:
        self.package, self.homes = package, homes

    def __getitem__(self, name: str) -> Any:
        module, _, part = self.homes[name].partition(":")
        return getattr(import_module(f"{self.package}.{module}"), part)

    def __contains__(self, name: object) -> bool:
        return name in self.homes

    def __iter__(self) -> Iterator[str]:
        return iter(self.homes)

    def __len__(self) -> int:
        return len(self.homes)


def hint(name: str, known: Iterable[str]) -> str:
    """` - did you mean 'learning_rate'?`, or the whole choice when nothing is near and it is short."""
    known = list(known)
    folded = {k.lower(): k for k in known}
    near = get_close_matches(name.lower(), folded, n=1, cutoff=0.6)
    if near:
        return f" - did you mean '{folded[near[0]]}'?"
    choice = ", ".join(known)
    return f" - known: {choice}" if len(choice) <= 200 else ""


def unknown(kind: str, name: str, known: Iterable[str], field: str = "") -> BadInput:
    """The error for a name that no index knows; `field` is the setting that has it."""
    return BadInput(f"unknown {kind} '{name}'{hint(name, known)}", field=field)


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


def holds(bounds: Bounds, value: Any) -> bool:
    """Whether `value` is a number, or numbers, within `bounds`; anything else is not.

    Examples
    --------
    >>> holds(Bounds(low=0.0), 1), holds(Bounds(low=0.0), "one")
    (True, False)
    """
    try:
        return bounds.hold(value)
    except TypeError:
        return False


def check_settings(part: Any) -> None:
    """Refuse a setting outside the bounds in its annotation; a schedule is taken at its word."""
    for name, bounds in bounds_of(part.__class__).items():
        value = getattr(part, name)
        if value is not None and not callable(value) and not bounds.hold(value):
            raise BadInput(f"must be {bounds}, got {value!r}", field=name, part=type(part).__name__)
