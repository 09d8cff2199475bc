"""Versions and processor that the last bits of a run depend on; no host, no path, no clock."""

import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

NUMERIC = ("optiviz-lab", "numpy", "scipy")  # another version of these may give other bits


def version_of(package: str) -> str | None:
    """The installed version of a package."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def processor() -> str:
    """The kind of processor, and the instruction sets of it that NumPy uses: "x86_64 X86_V2 X86_V3"."""
    import numpy as np

    told: Any = np.show_config(mode="dicts")
    sets = told.get("SIMD Extensions", {})
    return " ".join([platform.machine(), *sets.get("baseline", []), *sets.get("found", [])])


def provenance(packages: Sequence[str] = NUMERIC) -> dict[str, Any]:
    """What a record says of where it was made."""
    return {"versions": {name: version_of(name) for name in packages}, "processor": processor()}
