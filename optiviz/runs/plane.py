"""`Plane`: a two-dimensional section through parameter space, with the loss on a grid.

P  parameters      R  places along an axis      T  steps of a run
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.display import short_repr
from optiviz._lib.typing import Array


@checked_settings
@dataclass(frozen=True, eq=False)
class Plane:
    """A two-dimensional section through parameter space, with the loss on a grid.

    The place (x, y) is theta = origin + x axes[0] + y axes[1].

    Parameters
    ----------
    origin : array (P,)
    axes : array (2, P)
    x, y : array (R,)
        Ascending coordinates of the grid.
    z : array (R, R)
        The loss, row by row of y; NaN where it is not finite.
    explained : array (2,), optional
        Of principal components, the share of the variance along each axis.

    Examples
    --------
    >>> flat = Plane(np.zeros(3), np.eye(3)[:2], np.arange(2.0), np.arange(2.0), np.zeros((2, 2)))
    >>> path = np.array([[1.0, 2.0, 5.0]])
    >>> flat.project(path).tolist(), flat.distance(path).tolist()
    ([[1.0, 2.0]], [5.0])
    """

    __repr__ = short_repr

    origin: Array
    axes: Array
    x: Array
    y: Array
    z: Array
    explained: Array | None = None

    def at(self, x: Any, y: Any) -> Array:
        """theta (P,) at one place of the plane, (P, N) at places x (N,), y (N,)."""
        flat = np.broadcast_arrays(np.atleast_1d(x), np.atleast_1d(y))
        theta = points_on(self.origin, self.axes, *flat).T
        return theta[:, 0] if np.ndim(x) == np.ndim(y) == 0 else theta

    def project(self, path: Array) -> Array:
        """(T+1, 2) where in the plane the points of a path (T+1, P) are seen, straight from above."""
        return project(self.origin, self.axes, path)

    def distance(self, path: Array) -> Array:
        """(T+1,) how far the points of a path (T+1, P) lie off the plane."""
        where, found = self.project(path), np.empty(len(path))
        for rows in blocks(len(path), path.shape[1]):
            found[rows] = np.linalg.norm(
                path[rows] - points_on(self.origin, self.axes, *where[rows].T), axis=1
            )
        return found


def points_on(origin: Array, axes: Array, x: Array, y: Array) -> Array:
    """(N, P) origin + x axes[0] + y axes[1], for x and y (N,); without BLAS, whose threads get in the way."""
    theta = np.multiply.outer(x, axes[0])
    theta += origin
    theta += np.multiply.outer(y, axes[1])
    return np.asarray(theta)


def project(origin: Array, axes: Array, path: Array) -> Array:
    """(R, 2) the coordinates of the nearest points of the plane, for a path (R, P)."""
    inner, found = axes @ axes.T, np.empty((len(path), 2))
    for rows in blocks(len(path), path.shape[1]):
        away = path[rows] - origin
        first = np.linalg.solve(inner, axes @ away.T).T
        rest = away - points_on(np.zeros_like(origin), axes, *first.T)
        found[rows] = first + np.linalg.solve(inner, axes @ rest.T).T  # once more, for the last digits
    return found


def blocks(count: int, size: int) -> list[slice]:
    """Slices of `count` rows of `size` numbers, each of 8 MiB at most."""
    most = max(2**20 // size, 1)
    return [slice(low, low + most) for low in range(0, count, most)]
