"""Calls with wrong arguments as user messages: the unknown, missing or surplus argument by its name."""

from collections.abc import Callable, Mapping
from functools import wraps
from inspect import Parameter, signature
from typing import Any, TypeVar

from optiviz._lib.errors import BadInput
from optiviz._lib.registry import hint

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")

BY_NAME = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)


def checked_call(function: F) -> F:
    """Let a function refuse arguments that it does not take with a sentence; one that fits costs nothing.

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
        except TypeError:
            fault = fault_of_call(function, args, settings)
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
    name = function.__qualname__.removesuffix(".__init__").rpartition("<locals>.")[2]
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
