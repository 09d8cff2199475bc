"""Notebook display hook: MIME bundles of records, made by `optiviz.notebook` when asked for.

Records lie on low floors, and drawing on a high one. This is the one place that looks up: `HOME` is imported
by its name when a notebook asks, and not before.
"""

from collections.abc import Mapping
from dataclasses import fields
from importlib import import_module
from typing import Any

HOME = "optiviz.notebook.display"


MOST_LETTERS = 240  # of a record on one line


def short_repr(record: Any) -> str:
    """A frozen record on one line: shapes for arrays, names for mappings, and no functions.

    Examples
    --------
    >>> from optiviz.objectives.data import Data
    >>> Data([0, 1, 2], [1, 3, 5])
    Data(x=array (3, 1), y=array (3,), x_names=('x',))
    """
    parts = []
    for field in fields(record):
        value = getattr(record, field.name)
        plain = value is None or isinstance(value, bool | int | float | str | tuple)
        usual = plain and (value in ("", ()) or value == field.default)
        if field.repr and not callable(value) and not usual:
            parts.append(f"{field.name}={shortened_text(value)}")
    told = f"{type(record).__name__}({', '.join(parts)})"
    return told if len(told) <= MOST_LETTERS else f"{told[:MOST_LETTERS]}...)"


def shortened_text(value: Any) -> str:
    """A field of a record in some letters.

    >>> shortened_text({"GD": 1, "Adam": 2}), shortened_text(range(99))
    ('{GD, Adam}', 'range(0, 99)')
    """
    shape = getattr(value, "shape", None)
    if shape:
        return f"array {shape}"
    told = f"{{{', '.join(map(str, value))}}}" if isinstance(value, Mapping) else repr(value)
    return told if len(told) <= 60 else f"{told[:57]}..."


def mime_bundle(part: Any, include: Any = None, exclude: Any = None) -> dict[str, Any]:
    """What a notebook shows of `part`, by MIME type: text, a picture, a page with a clip or a table.

    It never raises; what cannot be drawn is left out, and the text is there in any case.

    Parameters
    ----------
    part : Scene, Comparison, Trajectory or Surface
    include, exclude : collection of str, optional
        The MIME types that are wanted, all of them unless given, and those that are not.
    """
    try:
        return dict(import_module(HOME).bundle(part, include, exclude))
    except Exception:  # a notebook must go on
        return {"text/plain": object.__repr__(part)}
