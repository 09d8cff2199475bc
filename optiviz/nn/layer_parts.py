"""What layers are made of: the stages of their chain, the affine map, and moments over rows or features.

n  rows      i  inputs of a layer      k  its outputs      ...  nothing, or N networks side by side
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from optiviz._lib.typing import Array
from optiviz.nn.activations import Pullback


class Operation(NamedTuple):
    """One function of the chain, and which of the layer's weights it takes, in order."""

    run: Callable[..., tuple[Array, Pullback]]
    weights: tuple[str, ...] = ()


def affine(
    x: Array, kernel: Array, bias: Array | None = None, *, first: bool = False
) -> tuple[Array, Pullback]:
    """z = x W + b, row by row: z_rk = sum_i x_ri W_ik + b_k.

    Of the loss, with g_rk = dL/dz_rk:

        dL/dW_ik = sum_r g_rk dz_rk/dW_ik = sum_r x_ri g_rk        x^T g       (i, k)
        dL/db_k  = sum_r g_rk                                      columns' sums (1, k)
        dL/dx_ri = sum_k g_rk dz_rk/dx_ri = sum_k g_rk W_ik        g W^T       (n, i)

    Parameters
    ----------
    x : array (..., n, i)
    kernel : array (..., i, k)
    bias : array (..., 1, k), optional
    first : bool
        Nobody asks for dL/dx of the data, so the first layer saves that product.

    Examples
    --------
    >>> z, back = affine(np.array([[3.0, 5.0]]), np.array([[0.5], [1.0]]), np.array([[1.0]]))
    >>> kernel, bias = np.empty((2, 1)), np.empty((1, 1))
    >>> z.tolist(), back(np.array([[2.0]]), kernel, bias).tolist(), kernel.tolist(), bias.tolist()
    ([[7.5]], [[1.0, 2.0]], [[6.0], [10.0]], [[2.0]])
    """
    one = kernel.ndim == 2  # one network: `dot` takes half the time of `@` for a single row
    z: Array = x.dot(kernel) if one else x @ kernel
    if bias is not None:
        z += bias  # z is ours: large layers save a copy

    def pull(g: Array, into_kernel: Array, into_bias: Array | None = None) -> Array:
        if one:
            x.T.dot(g, out=into_kernel)
        else:
            np.matmul(x.swapaxes(-1, -2), g, out=into_kernel)
        if into_bias is not None:
            np.add.reduce(g, axis=-2, keepdims=True, out=into_bias)
        if first:
            return g
        return g.dot(kernel.T) if one else g @ kernel.swapaxes(-1, -2)

    return z, pull


def moments(x: Array) -> tuple[Array, Array]:
    """Mean and (biased) variance over the rows: (..., n, i) -> (..., 1, i) each.

    Examples
    --------
    >>> [m.tolist() for m in moments(np.array([[1.0], [3.0]]))]
    [[[2.0]], [[1.0]]]
    """
    mean = x.mean(axis=-2, keepdims=True)
    away = x - mean
    return mean, (away * away).mean(axis=-2, keepdims=True)
