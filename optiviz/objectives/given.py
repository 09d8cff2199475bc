"""What a run may be told to descend: an objective, the name of a surface, or a plain function."""

from inspect import isclass
from typing import Any, TypeVar, cast

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz._lib.registry import unknown
from optiviz.objectives.base import Objective
from optiviz.objectives.function import objective
from optiviz.objectives.surfaces import surfaces

Given = TypeVar("Given")
NEEDED = ("start", "far", "value", "value_and_gradient", "batches")


def named_surface(given: Given | str) -> Given:
    """The surface of the catalogue that a text names; anything else as it is.

    >>> named_surface("bealle")
    Traceback (most recent call last):
    optiviz.BadInput: unknown surface 'bealle' - did you mean 'beale'?
    """
    if not isinstance(given, str):
        return given
    if given not in surfaces:
        raise unknown("surface", given, surfaces)
    return cast(Given, surfaces[given])


def as_objective(given: Any, start: Any = None) -> Objective:
    """What can be descended: an objective, the name of a surface, or a function where a start is known.

    Raises
    ------
    BadInput
        For a name that there is not, and for a class of one's own by what it lacks.
    """
    given = named_surface(given)
    known = [name for name in NEEDED if getattr(given, name, None) is not None]
    if len(known) == len(NEEDED):
        return given  # type: ignore[no-any-return]
    if given is None:
        raise BadInput("there is nothing to descend: give a surface, or ov.objective(f, start=...)")
    if "value" in known or isclass(given) or not callable(given):
        kind = given.__name__ if isclass(given) else type(given).__name__
        if isclass(given):
            raise BadInput(f"{kind} is a class; an objective is made of it: {kind}(...)")
        missing = ", ".join(name for name in NEEDED if name not in known)
        raise BadInput(f"{kind} is no objective, it lacks {missing}; or see ov.objective(f, start=...)")
    if start is None:
        raise BadInput("a function has no start of its own: give start, or ov.objective(f, start=...)")
    try:
        place = np.asarray(start, dtype=float)
    except (TypeError, ValueError):
        raise BadInput(f"start must be finite numbers, one a parameter, got {start!r:.80}") from None
    return objective(given, start=place if place.ndim < 2 else place[:, 0])
