"""Name indexes with lazy imports, suggestions for misspelled names, and bounds of settings."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from inspect import isclass
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Bounds


class UnknownName(BadInput, KeyError):
    """A name that an index does not have: a `KeyError`, as of any mapping, that knows the nearest one."""

    @property
    def message(self) -> str:
        """As it is; a `KeyError` would put it into quotes."""
        return str(self.args[0])


class Parts(dict[str, Any]):
    """A dict of parts by name; a name that it lacks is an `UnknownName`.

    >>> Parts(nag=1, gd=2)["nagg"]
    Traceback (most recent call last):
    optiviz._lib.registry.UnknownName: unknown name 'nagg' - did you mean 'nag'?
    """

    def __missing__(self, name: object) -> Any:
        raise UnknownName(f"unknown name '{name}'{hint(str(name), self)}")


class Index(Mapping[str, Any]):
    """The parts of a package by name; each is imported when it is first asked for, as start-up is dear.

    `homes` says of each name in which module of `package` the part is, and under which name there.

    >>> Index("optiviz.optimizers", {"nag": "nag:NAG"})["nag"]
    <class 'optiviz.optimizers.nag.NAG'>
    """

    def __init__(self, package: str, homes: Mapping[str, str]) -> None:
        self.package, self.homes = package, homes

    def __getitem__(self, name: str) -> Any:
        if name not in self.homes:
            raise UnknownName(f"unknown name '{name}'{hint(str(name), self)}")
        module, _, part = self.homes[name].partition(":")
        return getattr(import_module(f"{self.package}.{module}"), part)

    def __contains__(self, name: object) -> bool:
        return name in self.homes

    def __iter__(self) -> Iterator[str]:
        return iter(self.homes)

    def __len__(self) -> int:
        return len(self.homes)


# what other libraries call our settings; the first that is known is meant
SYNONYMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        **dict.fromkeys(("lr", "rate", "eta", "step_size", "learningrate"), ("learning_rate",)),
        "alpha": ("rho", "learning_rate"),
        "decay": ("rho", "weight_decay"),
        "gamma": ("rho", "momentum"),
        "mu": ("momentum",),
        "b1": ("beta_1",),
        "b2": ("beta_2",),
        "betas": ("beta_1",),
        "eps": ("epsilon",),
        **dict.fromkeys(("x0", "init", "initial", "theta0"), ("start",)),
        **dict.fromkeys(
            ("maxiter", "max_iter", "iterations", "n_steps", "num_steps", "n_iter"), ("steps", "epochs")
        ),
        **dict.fromkeys(("size", "n", "neurons"), ("units",)),
        "criterion": ("loss",),
        "optimizers": ("runs",),
    }
)


def synonym(name: str, known: Collection[str]) -> str | None:
    """The setting that another library's word for it stands for, of those known."""
    return next((ours for ours in SYNONYMS.get(name.lower(), ()) if ours in known), None)


def hint(name: str, known: Iterable[str]) -> str:
    """` - did you mean 'learning_rate'?`, or the whole choice when nothing is near and it is short."""
    known = list(known)
    folded = {k.lower(): k for k in known}
    near = [synonym(name, known) or ""]
    near = near if near[0] else get_close_matches(name.lower(), folded, n=1, cutoff=0.6)
    if near:
        return f" - did you mean '{folded[near[0].lower()]}'?"
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


@cache
def optional_settings(part: Any) -> frozenset[str]:
    """The settings that may be None, read from its annotations."""
    hints = get_type_hints(part, include_extras=True)
    return frozenset(name for name, kind in hints.items() if NoneType in get_args(kind))


@cache
def array_settings(part: Any) -> frozenset[str]:
    """The settings that may be an array, one number a run, read from its annotations."""
    return frozenset(
        name
        for name, kind in get_type_hints(part).items()
        if np.ndarray in [get_origin(choice) for choice in get_args(kind)]
    )


@cache
def single_settings(part: Any) -> frozenset[str]:
    """The settings that are one number, read from their annotations."""
    return frozenset(
        name
        for name, kind in get_type_hints(part).items()
        if {*(get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,))}
        <= {int, float, NoneType}
    )


@cache
def scheduled_settings(part: Any) -> frozenset[str]:
    """The settings that may be a function of the steps taken so far, read from their annotations."""
    return frozenset(
        name
        for name, kind in get_type_hints(part).items()
        if Callable in [get_origin(choice) for choice in get_args(kind)]
    )


def check_settings(part: Any) -> None:
    """Refuse a setting outside the bounds in its annotation; a schedule is taken at its word.

    A list of numbers becomes an array (N,).
    """
    for name, bounds in bounds_of(part.__class__).items():
        value = getattr(part, name)
        scheduled = callable(value) and not isclass(value) and name in scheduled_settings(part.__class__)
        if scheduled or (value is None and name in optional_settings(part.__class__)):
            continue
        if isinstance(value, list | tuple) and name in array_settings(part.__class__) and bounds.hold(value):
            object.__setattr__(part, name, np.array(value, dtype=float))
        elif name in single_settings(part.__class__) and bounds.hold(value) and np.ndim(value):
            raise BadInput(f"must be one number, got {value!r:.80}", field=name, part=type(part).__name__)
        elif not bounds.hold(value):
            raise BadInput(bounds_message(bounds, value), field=name, part=type(part).__name__)


def bounds_message(bounds: Bounds, value: Any) -> str:
    """What to say of a value outside its bounds, or of one that is no number."""
    try:
        array = np.asarray(value)
    except ValueError:  # a ragged list
        array = np.asarray(None)
    told = f"must be {bounds}, got {value!r:.80}"
    if array.dtype.kind not in "biuf" or np.isnan(array).any():
        return f"{told}, which is no number"
    return told
