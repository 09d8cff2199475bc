"""Imports other people's packages when they are used; one that is missing is named."""

from importlib import import_module
from typing import Any

from optiviz._lib.errors import BadInput


def imported(name: str, asker: str, also: str = "") -> Any:
    """A framework, imported when it is used; one that is missing is named."""
    try:
        return import_module(name)
    except ImportError:
        wanted = also or name
        raise BadInput(f"{asker} needs {wanted}, which is not installed: pip install {wanted}") from None
