"""From what a user writes for a part of a network - a name, a table, numbers - to the part."""

from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.errors import BadInput
from optiviz._lib.registry import bounds_of, hint, holds, unknown
from optiviz._lib.typing import Array


def look_up_part(
    kind: str, index: Mapping[str, Callable[..., Any]], given: Any
) -> tuple[Any, dict[str, Any]]:
    """The maker that `given` names, and the settings it gives along.

    Parameters
    ----------
    kind : str
        What is asked for, as a message would say it: `"activation"`.
    index : mapping of str to maker
    given : str or mapping
        `"elu"`, or `{"kind": "elu", "alpha": 0.5}`.

    Returns
    -------
    (maker, settings)

    Raises
    ------
    BadInput
        For a name that the index does not know, or a setting that the part does not have or that is out of
        bounds.

    Examples
    --------
    >>> look_up_part("number", {"int": int}, {"kind": "itn"})
    Traceback (most recent call last):
    optiviz.BadInput: unknown number 'itn' - did you mean 'int'?
    """
    settings = dict(given) if isinstance(given, Mapping) else {}
    name = settings.pop("kind", None) if isinstance(given, Mapping) else given
    if not isinstance(name, str):
        raise BadInput(f"must be a name, or a table with a 'kind', got {given!r}", field=kind)
    if name not in index:
        raise unknown(kind, name, index, field=kind)
    maker = index[name]
    form = signature(maker).parameters
    known = [p for p in form if form[p].kind is not form[p].POSITIONAL_ONLY]
    for setting in settings:
        if setting not in known:
            raise BadInput(f"unknown setting '{setting}'{hint(setting, known)}", part=f"{kind} {name}")
    for setting in known:
        if form[setting].default is form[setting].empty and setting not in settings:
            raise BadInput(f"setting '{setting}' is missing", part=f"{kind} {name}")
    for setting, bounds in (bounds_of(maker) if settings else {}).items():
        if setting in settings and settings[setting] is not None and not holds(bounds, settings[setting]):
            raise BadInput(
                f"must be {bounds}, got {settings[setting]!r}", field=setting, part=f"{kind} {name}"
            )
    return maker, settings


def as_floats(name: str, given: Any) -> Array:
    """`given` as float64, or a sentence.

    Examples
    --------
    >>> as_floats("X", [[1], [2, 3]])
    Traceback (most recent call last):
    optiviz.BadInput: X must be numbers, in rows of one length
    """
    try:
        return np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        raise BadInput(f"{name} must be numbers, in rows of one length") from None


def refuse_first_row(wanted: str, table: Array, fine: NDArray[np.bool_]) -> None:
    """Say which row of `table` is the first that is not `fine`.

    Examples
    --------
    >>> table = np.array([[1.0, 2.0], [3.0, np.nan]])
    >>> refuse_first_row("X must be finite numbers", table, np.isfinite(table))
    Traceback (most recent call last):
    optiviz.BadInput: X must be finite numbers, got [3.0, nan] in row 1
    """
    if not fine.all():
        row = int(np.argmin(fine.reshape(len(table), -1).all(axis=1)))
        raise BadInput(f"{wanted}, got {table[row].tolist()} in row {row}")
