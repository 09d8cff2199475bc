"""What losses share: sums over rows and outputs, what they are divided by, and the checks of targets."""

from typing import Any

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array
from optiviz.nn.parts import refuse_first_row


def check_reduction(rule: Any) -> None:
    """Refuse a reduction that there is not."""
    if rule.reduction not in ("mean", "sum"):
        kind = type(rule).__name__
        raise BadInput(f"must be mean or sum, got {rule.reduction!r}", field="reduction", part=kind)


def count(rule: Any, y: Array) -> int:
    """What the sum over rows and outputs is divided by: both, or the outputs alone where rows are summed."""
    return y.size if rule.reduction == "mean" else y.shape[-1]


def total(a: Array) -> Array:
    """The sum over rows and outputs: (..., n, k) -> (...)."""
    summed: Array = np.add.reduce(a, axis=(-2, -1))
    return summed


def columns(name: str, y: Array, outputs: int) -> Array:
    """y as float64 (n, k); (n,) will do for one output."""
    y = np.asarray(y, dtype=float)
    y = y[:, np.newaxis] if y.ndim == 1 and outputs == 1 else y
    if y.ndim != 2 or y.shape[1] != outputs:
        wanted = "(n,) or (n, 1)" if outputs == 1 else f"(n, {outputs})"
        raise BadInput(f"{name}: y must be {wanted}, one column an output, got shape {y.shape}")
    return y


def class_shares(name: str, y: Array, outputs: int) -> Array:
    """One-hot rows, or any shares of 1, as float64 (n, k)."""
    if np.ndim(y) == 1:
        raise BadInput(
            f"{name}: y must be one-hot rows (n, {outputs}), got shape {np.shape(y)}; "
            f"for class numbers use sparse_{name}"
        )
    y = columns(name, y, outputs)
    whole = np.abs(y.sum(axis=1, keepdims=True) - 1) < 1e-9
    refuse_first_row(f"{name}: each row of y must be shares of 1, one a class", y, (y >= 0) & whole)
    return y


def one_hot(name: str, y: Array, outputs: int) -> Array:
    """Class numbers (n,) or (n, 1) as rows (n, k) with one 1."""
    y = np.asarray(y, dtype=float)
    y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    if y.ndim != 1:
        raise BadInput(
            f"{name}: y must be class numbers (n,), got shape {y.shape}; "
            f"for one-hot rows use {name.removeprefix('sparse_')}"
        )
    whole = (y >= 0) & (y < outputs) & (y == np.floor(y))
    refuse_first_row(f"{name}: y must be class numbers from 0 to {outputs - 1}", y, whole)
    rows: Array = np.eye(outputs)[y.astype(int)]
    return rows
