"""Direction pairs for loss planes: PCA, filter-normalised random, through solutions."""

from collections.abc import Sequence

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array
from optiviz.objectives.base import Objective
from optiviz.objectives.training import Training
from optiviz.optimizers.base import Variables

PCA_ROWS = 256  # places of all runs, evenly chosen, of which principal components are taken
LINE = 1e-12  # a share of the variance that is nothing
FLAT = 1e-7  # the sine of an angle that is none


def principal_axes(paths: Sequence[Array], origin: Array, seed: int = 0) -> tuple[Array, Array]:
    """The two directions (2, P) along which paths spread most, and the share of the variance on each.

    Of the rows, less their mean, M (R, P): the eigenvectors u of M M^T (R, R) give the directions M^T u, so
    that nothing of size P x P is made, nor a copy of M. The first row lies on the left of the origin, above.

    Parameters
    ----------
    paths : sequence of array (T+1, P)
        At most 256 rows in all are taken, evenly from each.
    origin : array (P,)
    seed : int
        Of a second direction, where all rows lie on one line.

    References
    ----------
    L. Sirovich, Turbulence and the dynamics of coherent structures, 1987 (the method of snapshots).
    """
    most = max(PCA_ROWS // len(paths), 2)
    rows = [np.unique(np.linspace(0, len(p) - 1, min(most, len(p))).round().astype(int)) for p in paths]
    P, count = paths[0].shape[1], sum(map(len, rows))
    columns = [slice(k, k + max(2**20 // count, 1)) for k in range(0, P, max(2**20 // count, 1))]

    def centred(part: slice) -> Array:
        block = np.concatenate(
            [path[some, part].astype(float, copy=False) for path, some in zip(paths, rows, strict=True)]
        )
        block -= block[0]  # what stands still is exactly 0
        return np.asarray(block - block.mean(axis=0))

    products = np.zeros((count, count))
    for part in columns:
        block = centred(part)
        products += block @ block.T
    total = float(np.trace(products))
    if not total > 0:
        raise BadInput("the runs never moved: a single place spans no plane")
    variances, ways = np.linalg.eigh(products)
    best = ways[:, [-1, -2]] if count > 1 else np.ones((1, 2))
    axes = np.empty((2, P))
    for part in columns:
        axes[:, part] = best.T @ centred(part)
    explained = np.maximum(variances[[-1, -2]], 0.0) / total
    if explained[1] < LINE:  # a straight line: any direction across it will do
        axes[1] = np.random.default_rng(seed).standard_normal(P)
    axes = orthonormal(axes)
    away = axes @ (paths[0][0] - origin)
    return axes * np.where([away[0] > 0, away[1] < 0], -1.0, 1.0)[:, np.newaxis], explained


def variables_of(objective: Objective) -> Variables | None:
    """What theta of an objective is made of; None where it is one."""
    return objective.variables if isinstance(objective, Training) else None


def random_axes(
    variables: Variables | None, theta: Array, seed: int = 0, filters: str = "last", normalized: bool = True
) -> Array:
    """(2, P) two normal directions, each in the lengths that the filters of theta have, or as drawn."""
    drawn = np.random.default_rng(seed).standard_normal((2, len(theta)))
    if not normalized:
        return np.asarray(drawn)
    return np.stack([filter_normalized(variables, direction, theta, filters) for direction in drawn])


def filter_normalized(
    variables: Variables | None, direction: Array, theta: Array, filters: str = "last"
) -> Array:
    """A direction (P,) in which every filter is as long as the same filter of theta (P,).

    A filter is what leads to one neuron or one channel: a column of a kernel whose `filters` stand on its
    last axis, as ours and Keras', a slice along the first axis of torch's. All that is no kernel (biases,
    normalisations, slopes of PReLU) becomes 0, as in the published code of Li et al. Without variables the
    direction as a whole is brought to the length of theta.

    Examples
    --------
    >>> variables = {"kernel": (slice(0, 4), (2, 2)), "bias": (slice(4, 6), (2,))}
    >>> theta, direction = np.array([3.0, 0.0, 4.0, 1.0, 5.0, 5.0]), np.array([0.0, 2.0, 1.0, 0.0, 7.0, 7.0])
    >>> filter_normalized(variables, direction, theta).tolist()        # filters (3, 4) and (0, 1)
    [0.0, 1.0, 5.0, 0.0, 0.0, 0.0]
    >>> filter_normalized(variables, direction, theta, "first").tolist()        # (3, 0) and (4, 1)
    [0.0, 3.0, 4.123105625617661, 0.0, 0.0, 0.0]
    """
    if variables is None:
        return scaled(direction, theta)
    found = np.zeros_like(direction)
    for at, shape in variables.values():
        if len(shape) < 2:
            continue
        form = (-1, shape[-1]) if filters == "last" else (shape[0], -1)
        given, like = direction[at].reshape(form), theta[at].reshape(form)
        found[at] = (scaled(given, like) if filters == "last" else scaled(given.T, like.T).T).ravel()
    return found


def scaled(direction: Array, like: Array) -> Array:
    """Each column as long as that of `like`; one without a length stays 0."""
    lengths = np.linalg.norm(direction, axis=0)
    ratio = np.linalg.norm(like, axis=0) / np.where(lengths > 0, lengths, 1.0)
    return np.asarray(direction * ratio)


def solutions(paths: Sequence[Array]) -> Array:
    """(3, P) the ends of three runs, or of two and the start of the first."""
    ends = [path[-1] for path in paths]
    if len(paths) == 2 and len(paths[0]) > 1:
        ends.append(paths[0][0])
    if len(ends) != 3:
        raise BadInput(
            f"a plane goes through the ends of three runs, or of two and their start; got {len(paths)}"
        )
    return np.stack(ends)


def corners_axes(corners: Array) -> Array:
    """(2, P) from the first of three corners (3, P) to the second, and from this line to the third."""
    sides = corners[1:] - corners[0]
    if independent(sides) < FLAT:
        raise BadInput("the three places lie on one line, or two of them are one: they span no plane")
    return orthonormal(sides)


def orthonormal(axes: Array) -> Array:
    """Two directions (2, P) of length 1, the second square to the first; twice, for the last digits."""
    one = axes[0] / np.linalg.norm(axes[0])
    two = axes[1] / np.linalg.norm(axes[1])
    for _ in range(2):
        two = two - (two @ one) * one
        two = two / np.linalg.norm(two)
    return np.stack([one, two])


def independent(axes: Array) -> float:
    """The sine of the angle between two directions; 0 where one has no length."""
    lengths = np.linalg.norm(axes, axis=1)
    if not lengths.all() or not np.isfinite(lengths).all():
        return 0.0
    one, two = axes / lengths[:, np.newaxis]
    return float(np.linalg.norm(two - (one @ two) * one))
