"""Intermediate results kept in a folder while something long is made, so that it can be gone on with."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from optiviz._lib.errors import BadInput
from optiviz._lib.npz import read_arrays, write_arrays

FOLDER: ContextVar[Path | None] = ContextVar("FOLDER", default=None)


@contextmanager
def keeping_in(folder: Path) -> Iterator[None]:
    """Keep intermediate results in a folder, which is made when there are some and removed when all is done.

    What breaks off leaves it behind, for the next attempt.
    """
    token = FOLDER.set(folder)
    try:
        yield
    finally:
        FOLDER.reset(token)
    shutil.rmtree(folder, ignore_errors=True)


def kept_arrays(key: str) -> dict[str, NDArray[Any]] | None:
    """What was kept under a key; None where nothing was, or what was is no longer whole."""
    folder = FOLDER.get()
    path = None if folder is None else folder / f"{key}.npz"
    if path is None or not path.is_file():
        return None
    try:
        return read_arrays(path)
    except BadInput:
        return None


def keep_arrays(key: str, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Keep arrays under a key, which says all that they depend on; nothing where no folder was named."""
    folder = FOLDER.get()
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        write_arrays(folder / f"{key}.npz", arrays)
