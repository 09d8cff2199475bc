"""Sums, lengths and matrices of theta, run by run: each of N runs gets the bits that it would get alone."""

from collections.abc import Callable
from typing import Any

import numpy as np

from optiviz._lib.typing import Array


def column_sums(values: Array) -> Array:
    """The sum over the coordinates of (P,) or (P, N): () or (N,).

    >>> column_sums(np.array([[1.0, 2.0], [3.0, 4.0]])).tolist()
    [4.0, 6.0]
    """
    if type(values) is np.ndarray and values.ndim == 1:  # the same sum, sooner
        return np.add.reduce(values)  # type: ignore[no-any-return]
    return np.copy(values.T, order="C").sum(axis=-1)  # type: ignore[no-any-return]


def lengths(values: Array) -> Array:
    """The Euclidean length of (P,) or of each column of (P, N).

    >>> float(lengths(np.array([3.0, 4.0])))
    5.0
    """
    return np.sqrt(column_sums(values * values))


def ratio_or_one(above: Any, below: Any, epsilon: Any = 0.0) -> Any:
    """above / (below + epsilon), and 1 where above or below is 0; of numbers without a detour by arrays.

    >>> ratio_or_one(np.float64(3.0), np.float64(2.0)), ratio_or_one(np.zeros(1), np.ones(1)).tolist()
    (1.5, [1.0])
    """
    if type(above) is type(below) is np.float64 and type(epsilon) is float:
        return float(above) / (float(below) + epsilon) if above and below else 1.0
    none = (above == 0) | (below == 0)
    return np.where(none, 1.0, above / np.where(none, 1.0, below + epsilon))


def run_by_run(function: Callable[..., Any], *arrays: Array) -> Any:
    """A function of one run's arrays (..., ) on those of N runs (..., N), column by column.

    >>> run_by_run(lambda a: a[::-1], np.array([[1.0, 2.0], [3.0, 4.0]])).tolist()
    [[3.0, 4.0], [1.0, 2.0]]
    """
    one, *_ = arrays
    columns = range(one.shape[-1])
    answers = [function(*(np.ascontiguousarray(array[..., k]) for array in arrays)) for k in columns]
    if isinstance(answers[0], tuple):
        return tuple(np.stack(parts, axis=-1) for parts in zip(*answers, strict=True))
    return np.stack(answers, axis=-1)
