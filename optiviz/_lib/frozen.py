"""Read-only mappings for the fields of records: they can be pickled and deep-copied."""

import copyreg
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any


def frozen(mapping: Mapping[str, Any]) -> MappingProxyType[str, Any]:
    """A read-only copy of a mapping.

    >>> frozen({"a": 1})["a"]
    1
    """
    return MappingProxyType(dict(mapping))


def plain_form(view: MappingProxyType[Any, Any]) -> tuple[Any, ...]:
    """A read-only view as pickle and copy write it: a view of a copy."""
    return frozen, (dict(view),)


copyreg.pickle(MappingProxyType, plain_form)  # Python gives them no form of their own
