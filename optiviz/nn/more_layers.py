"""More layers: layer normalisation, and a block with a way around it.

n  rows      i  inputs of a layer      ...  nothing, or N networks side by side
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.display import short_repr
from optiviz._lib.errors import BadInput
from optiviz._lib.registry import check_settings
from optiviz._lib.typing import Array, Bounds, Small
from optiviz.nn.activations import Activation, Pullback, activation
from optiviz.nn.initializers import Initializer, Shape, initializer
from optiviz.nn.layer_parts import Operation, affine

Width = Annotated[int, Bounds(low=1, high=100_000)]


@checked_settings
@dataclass(frozen=True)
class LayerNormalization:
    """Bring each row to mean 0 and variance 1 over its features; then gamma and beta, which are trained.

    Nothing depends on the other rows, so predictions need no statistics.

    Parameters
    ----------
    epsilon : float, default 1e-3
        Added to the variance under the root; torch has 1e-5.
    center, scale : bool, default True
        Whether there is a beta, a gamma.
    name : str, optional

    Examples
    --------
    >>> sorted(LayerNormalization(scale=False).weights(3))
    ['beta']

    References
    ----------
    J. L. Ba, J. R. Kiros, G. E. Hinton, Layer normalization, 2016.
    """

    __repr__ = short_repr

    epsilon: Small = 1e-3
    center: bool = True
    scale: bool = True
    name: str = ""
    kind = "layer_normalization"

    def __post_init__(self) -> None:
        check_settings(self)

    def outputs(self, inputs: int) -> int:
        return inputs

    def weights(self, inputs: int) -> Mapping[str, tuple[Shape, Initializer]]:
        gamma, beta = ((inputs,), initializer("ones")), ((inputs,), initializer("zeros"))
        return ({"gamma": gamma} if self.scale else {}) | ({"beta": beta} if self.center else {})

    def stages(self) -> tuple[Operation, ...]:
        names = ("gamma",) * self.scale + ("beta",) * self.center
        return (Operation(partial(normalize_rows, self), names),)


def normalize_rows(layer: LayerNormalization, x: Array, *weights: Array) -> tuple[Array, Pullback]:
    """y = gamma u + beta, u = (x - m) s: m the mean of a row, v its variance, s = 1 / sqrt(v + epsilon).

    As for batches, with features in the place of rows: with g = dL/dy and h = gamma g,

        dL/dx = s (h - mean(h) - u mean(h u)),   dL/dgamma = sum of g u over rows,   dL/dbeta = sum of g.

    Examples
    --------
    >>> layer = LayerNormalization(epsilon=0.0, center=False, scale=False)
    >>> normalize_rows(layer, np.array([[1.0, 3.0]]))[0].tolist()
    [[-1.0, 1.0]]
    """
    mean = x.mean(axis=-1, keepdims=True)
    away = x - mean
    s = 1.0 / np.sqrt((away * away).mean(axis=-1, keepdims=True) + layer.epsilon)
    u = away * s
    gamma: Any = weights[0] if layer.scale else 1.0
    beta: Any = weights[-1] if layer.center else 0.0

    def pull(g: Array, *slots: Array) -> Array:
        if layer.scale:
            slots[0][...] = np.add.reduce(g * u, axis=-2, keepdims=True)
        if layer.center:
            slots[-1][...] = np.add.reduce(g, axis=-2, keepdims=True)
        h = gamma * g
        inner = h - h.mean(axis=-1, keepdims=True) - u * (h * u).mean(axis=-1, keepdims=True)
        return s * inner  # type: ignore[no-any-return]

    return gamma * u + beta, pull


@checked_settings
@dataclass(frozen=True)
class Residual:
    """Two dense layers with a way around them: a = x + f(x W + b) V + c, as wide as what it is given.

    Parameters
    ----------
    units : int
        Neurons inside, 1 to 100,000.
    activation : str, mapping or callable, default "relu"
        f; see `ACTIVATIONS`.
    kernel_initializer : str, mapping or callable
        Of both kernels.
    name : str, optional

    Examples
    --------
    >>> {name: shape for name, (shape, _) in Residual(4).weights(2).items()}
    {'kernel': (2, 4), 'bias': (4,), 'kernel_out': (4, 2), 'bias_out': (2,)}

    References
    ----------
    K. He, X. Zhang, S. Ren, J. Sun, Deep residual learning for image recognition, CVPR 2016.
    """

    __repr__ = short_repr

    units: Width
    activation: Any = "relu"
    kernel_initializer: Any = "glorot_uniform"
    name: str = ""
    kind = "residual"

    def __post_init__(self) -> None:
        if not isinstance(self.units, int | np.integer) or isinstance(self.units, bool):
            raise BadInput(f"must be a whole number, got {self.units!r}", field="units", part="Residual")
        check_settings(self)
        activation(self.activation), initializer(self.kernel_initializer)

    def outputs(self, inputs: int) -> int:
        return inputs

    def weights(self, inputs: int) -> Mapping[str, tuple[Shape, Initializer]]:
        kernel, bias = initializer(self.kernel_initializer), initializer("zeros")
        return {
            "kernel": ((inputs, self.units), kernel),
            "bias": ((self.units,), bias),
            "kernel_out": ((self.units, inputs), kernel),
            "bias_out": ((inputs,), bias),
        }

    def stages(self) -> tuple[Operation, ...]:
        run = partial(residual_block, activation(self.activation))
        return (Operation(run, ("kernel", "bias", "kernel_out", "bias_out")),)


def residual_block(
    function: Activation, x: Array, kernel: Array, bias: Array, kernel_out: Array, bias_out: Array
) -> tuple[Array, Pullback]:
    """a = x + f(x W + b) V + c: the error comes back on both ways, dL/dx = g + (g through the two layers).

    Examples
    --------
    >>> one, zero = np.ones((1, 1)), np.zeros((1, 1))
    >>> a, back = residual_block(activation("linear"), np.array([[3.0]]), 2 * one, zero, one, zero)
    >>> a.tolist(), back(np.ones((1, 1)), *(np.empty((1, 1)) for _ in range(4))).tolist()
    ([[9.0]], [[3.0]])
    """
    z, back_in = affine(x, kernel, bias)
    inside, back_through = function(z)
    y, back_out = affine(inside, kernel_out, bias_out)

    def pull(g: Array, into: Array, into_bias: Array, out: Array, out_bias: Array) -> Array:
        return g + back_in(back_through(back_out(g, out, out_bias)), into, into_bias)

    return x + y, pull
