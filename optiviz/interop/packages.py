"""Import of optional packages at the time of use; one that is missing is named."""

from importlib import import_module
from typing import Any

from optiviz._lib.errors import BadInput


def import_package(name: str, asker: str, also: str = "") -> Any:
    """A framework as a module for `asker`; `also` is what pip calls it, where that is another name."""
    try:
        return import_module(name)
    except ImportError:
        wanted = also or name
        raise BadInput(f"{asker} needs {wanted}, which is not installed: pip install {wanted}") from None
