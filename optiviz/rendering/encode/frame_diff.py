"""Frame differences: the smallest rectangle that changed, transparent where nothing did."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Window = tuple[slice, slice]
Change = tuple[Any, tuple[int, int]]  # pixels (h, w), and the (x, y) of their upper left corner


def changes(shown: NDArray[Any], parts: Iterable[tuple[Window, NDArray[Any]]], clear: int) -> Change | None:
    """Bring `shown` up to date in place with the fresh `parts`; what changed, or None if nothing did.

    Long runs of still pixels in the rectangle are `clear`; short ones would cost more than they save.
    """
    moving = []
    for window, fresh in parts:
        moved = fresh != shown[window]
        rows, columns = np.flatnonzero(moved.any(axis=1)), np.flatnonzero(moved.any(axis=0))
        if len(rows):
            inner = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
            top, left = (window[0].start or 0) + rows[0], (window[1].start or 0) + columns[0]
            moving.append((int(top), int(left), fresh[inner], moved[inner]))
    if not moving:
        return None
    top, left = min(part[0] for part in moving), min(part[1] for part in moving)
    bottom = max(part[0] + part[2].shape[0] for part in moving)
    right = max(part[1] + part[2].shape[1] for part in moving)
    pixels = np.full((bottom - top, right - left), clear, dtype=shown.dtype)
    for row, column, fresh, moved in moving:
        moved = moved | ~long_runs(~moved)
        high, wide = fresh.shape
        y, x = row - top, column - left
        pixels[y : y + high, x : x + wide] = np.where(moved, fresh, shown.dtype.type(clear))
        shown[row : row + high, column : column + wide] = fresh
    return pixels, (left, top)


def long_runs(still: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which of the True pixels stand in runs of at least 8, along the rows and on into the next.

    >>> long_runs(np.array([[1, 1, 1, 1, 0, 1, 1, 1], [1, 1, 1, 1, 1, 0, 1, 1]], dtype=bool)).astype(int)
    array([[0, 0, 0, 0, 0, 1, 1, 1],
           [1, 1, 1, 1, 1, 0, 0, 0]])
    """
    first = still.ravel()
    for far in (1, 2, 4):  # a run of two where one begins here and one there, of four, of eight
        first = first[:-far] & first[far:]
    found = np.zeros(still.size, dtype=bool)
    found[: len(first)] = first
    for far in (1, 2, 4):  # and all that is in it
        found[far:] |= found[:-far].copy()
    return found.reshape(still.shape)
