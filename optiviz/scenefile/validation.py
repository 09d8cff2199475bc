"""Validates documents with pydantic models, and turns validated models into plain Python values."""

from functools import cache
from typing import Any

from optiviz.scenefile.models import file_model
from optiviz.scenefile.partial_schema import Wanted


@cache
def adapter(kind: Any) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def well_spelled(document: Any, wanted: Wanted) -> bool:
    """Whether `Reader` would find all names, types and bounds right."""
    from pydantic import ValidationError

    try:
        file_model(wanted).model_validate(document)
    except ValidationError:
        return False
    return True


def plain_values(value: Any) -> Any:
    """Dicts for models and tuples for lists, all the way down."""
    if isinstance(value, list):
        return tuple(map(plain_values, value))
    if isinstance(value, dict):
        return {key: plain_values(part) for key, part in value.items()}
    known = getattr(type(value), "model_fields", None)
    if known is None:
        return value
    given = (name for name in known if name in value.model_fields_set)  # a set has no order of its own
    return {known[name].alias: plain_values(getattr(value, name)) for name in given}
