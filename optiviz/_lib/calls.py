"""Calls with wrong arguments as user messages: the unknown, missing or unfit argument by its name."""

import collections.abc
from collections.abc import Callable, Mapping
from functools import wraps
from inspect import Parameter, isclass, signature
from numbers import Real
from os import PathLike
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz._lib.registry import hint

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")

BY_NAME = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)


def checked_call(function: F) -> F:
    """Let a function refuse arguments that it does not take with a sentence; a call that fits costs nothing.

    Only when it has failed its arguments are held to their annotations.

    Examples
    --------
    >>> @checked_call
    ... def walk(steps, *, learning_rate=0.1): ...
    >>> walk(3, lr=0.2)
    Traceback (most recent call last):
    optiviz.BadInput: walk has no setting 'lr' - did you mean 'learning_rate'?
    >>> walk()
    Traceback (most recent call last):
    optiviz.BadInput: walk needs steps
    """

    @wraps(function)
    def call(*args: Any, **settings: Any) -> Any:
        try:
            return function(*args, **settings)
        except BadInput:
            raise
        except (TypeError, AttributeError, ValueError, LookupError) as error:
            fault = fault_of_call(function, args, settings) if isinstance(error, TypeError) else None
            fault = fault or unfit_argument(function, args, settings)
            if fault is None:
                raise  # a mistake inside of it
            raise fault from None

    return call  # type: ignore[return-value]


def checked_settings(cls: type[T]) -> type[T]:
    """The same for the settings that a class is made with."""
    cls.__init__ = checked_call(cls.__init__)  # type: ignore[method-assign]
    return cls


def fault_of_call(
    function: Callable[..., Any], args: tuple[Any, ...], settings: Mapping[str, Any]
) -> BadInput | None:
    """What is wrong with the arguments of a call; None where they fit."""
    form = signature(function)
    try:
        form.bind(*args, **settings)
    except TypeError as error:
        reason = str(error)
    else:
        return None
    name = called(function)
    parameters = [p for p in form.parameters.values() if p.name not in ("self", "cls")]
    known = [p.name for p in parameters if p.kind in BY_NAME]
    free = [one for one in known if one not in settings]
    for given in settings:
        if given not in known and not any(p.kind is Parameter.VAR_KEYWORD for p in parameters):
            return BadInput(f"{name} has no setting '{given}'{hint(given, free)}")
    if reason.startswith("missing"):
        told = form.bind_partial(*args, **settings).arguments
        wanted = [p.name for p in parameters if p.kind in BY_NAME and p.default is Parameter.empty]
        return BadInput(f"{name} needs {' and '.join(one for one in wanted if one not in told)}")
    return BadInput(f"{name}: {reason}")


def called(function: Callable[..., Any]) -> str:
    """What a user calls a function, or the class that it makes."""
    return function.__qualname__.removesuffix(".__init__").rpartition("<locals>.")[2]


def unfit_argument(
    function: Callable[..., Any], args: tuple[Any, ...], settings: Mapping[str, Any]
) -> BadInput | None:
    """The first argument of a call that is not what its annotation says; None where all are.

    Examples
    --------
    >>> def walk(steps: int, way: tuple[float, float] = (0, 1)): ...
    >>> print(unfit_argument(walk, (3, "east"), {}))
    walk: way must be a list, got 'east'
    >>> unfit_argument(walk, (3, [0, 1]), {}) is None
    True
    """
    try:
        kinds = get_type_hints(function, include_extras=True)
    except (NameError, TypeError):  # written for type checkers alone
        return None
    form = signature(function)
    for name, value in form.bind(*args, **settings).arguments.items():
        if form.parameters[name].kind in BY_NAME and not fits(kinds.get(name, Any), value):
            told = f"must be {described(kinds[name], value)}, got {repr(value):.80}"
            return BadInput(told, field=name, part=called(function))
    return None


def fits(kind: Any, value: Any) -> bool:
    """Whether a value may be meant as what an annotation says; in doubt it may.

    Examples
    --------
    >>> fits(int | None, None), fits(float, np.float32(1)), fits(list[int], "ab"), fits(Literal["a"], "b")
    (True, True, False, False)
    """
    base, parts = get_origin(kind), get_args(kind)
    if kind is Any:
        return True
    if base is Annotated:
        return fits(parts[0], value)
    if base in (Union, UnionType):
        return any(fits(one, value) for one in parts)
    if base is Literal:
        return value in parts if isinstance(value, str | int | NoneType) else False
    if kind is None or kind is NoneType:
        return value is None
    if base is np.ndarray:
        return is_numbers(value)
    if kind in (int, float):
        one = isinstance(value, Real) or is_numbers(value) and np.ndim(value) == 0
        return one and (kind is float or float(value).is_integer())
    if kind in (str, Path) or base is PathLike:
        return isinstance(value, str | PathLike)
    base = base or kind
    if base in (tuple, list, collections.abc.Sequence, collections.abc.Collection):
        return isinstance(value, collections.abc.Sequence | np.ndarray) and not isinstance(value, str)
    if not isclass(base) or base in (bool, object):
        return True
    return not lacking(base, value) if is_protocol(base) else isinstance(value, base)


def is_numbers(value: Any) -> bool:
    """Whether a value is a number, or numbers in rows of one length."""
    if value is None or isinstance(value, str):
        return False
    try:
        return bool(np.asarray(value, dtype=float).dtype == float)
    except (TypeError, ValueError):
        return False


def is_protocol(kind: Any) -> bool:
    """Whether a class says what others must have."""
    return bool(getattr(kind, "_is_protocol", False))


def lacking(protocol: Any, value: Any) -> list[str]:
    """What a protocol asks for and a value has not."""
    wanted = [name for name in vars(protocol) if not name.startswith("_")]
    return [name for name in wanted if isclass(value) or getattr(value, name, None) is None]


def described(kind: Any, value: Any) -> str:
    """What an annotation asks for, in words.

    Examples
    --------
    >>> described(str | Path, 3), described(int | None, "a"), described(Literal["mse", "mae"], 3)
    ('a text or a path', 'a whole number', "'mse' or 'mae'")
    """
    base, parts = get_origin(kind), get_args(kind)
    if base is Annotated:
        return described(parts[0], value)
    if base in (Union, UnionType):
        choices = [described(one, value) for one in parts if one not in (None, NoneType)]
        return " or ".join(dict.fromkeys(choices))
    if base is Literal:
        return " or ".join(map(repr, parts))
    if is_protocol(kind):
        missing, whole = lacking(kind, value), lacking(kind, None)
        return article(kind.__name__) + (f" and lacks {', '.join(missing)}" if missing != whole else "")
    words: Mapping[Any, str] = {
        int: "a whole number", float: "a number", str: "a text", Path: "a path", np.ndarray: "numbers",
        tuple: "a list", list: "a list", collections.abc.Sequence: "a list", dict: "a dict",
        collections.abc.Mapping: "a dict", collections.abc.Callable: "a function",
    }  # fmt: skip
    base = base or kind
    return words.get(base) or article(getattr(base, "__name__", str(base)))


def article(name: str) -> str:
    """A name with a or an before it."""
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"
