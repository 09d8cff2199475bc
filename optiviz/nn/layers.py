"""The layers: what they are made of, how a signal passes through, and how the error comes back.

n  rows      i  inputs of a layer      k  its outputs      ...  nothing, or N networks side by side

A layer is a frozen table of settings and holds no weights. It is a chain of stages; a stage is a function
from x (..., n, i) and its weights to what goes on, with a pullback. The pullback takes g = dL/d(output)
and one slot a weight, writes dL/d(weight) into each, and returns dL/dx.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Annotated, Any, Protocol

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.display import short_repr
from optiviz._lib.errors import BadInput
from optiviz._lib.registry import check_settings
from optiviz._lib.typing import Array, Bounds, Share, Small
from optiviz.nn.activations import Pullback, activation, linear
from optiviz.nn.initializers import Initializer, Shape, initializer
from optiviz.nn.layer_parts import Operation, affine, moments
from optiviz.nn.more_layers import LayerNormalization, Residual
from optiviz.nn.parts import look_up_part
from optiviz.nn.regularizers import regularizer

NEEDED = ("outputs", "weights", "stages")  # of a layer
Units = Annotated[int, Bounds(low=1, high=100_000)]


class Layer(Protocol):
    """Settings; what depends on the number of inputs is asked with it."""

    @property
    def kind(self) -> str:
        """Its name in the index, and the beginning of its name in a network."""
        ...

    @property
    def name(self) -> str:
        """A name of its own; "" to be numbered by its kind."""
        ...

    def outputs(self, inputs: int) -> int: ...

    def weights(self, inputs: int) -> Mapping[str, tuple[Shape, Initializer]]:
        """What is trained: name -> shape and where it begins."""
        ...

    def stages(self) -> tuple[Operation, ...]: ...


@checked_settings
@dataclass(frozen=True)
class Dense:
    """Every input to every neuron: a = f(x W + b).

    Parameters
    ----------
    units : int
        Neurons, 1 to 100,000.
    activation : str, mapping or callable, default linear
        See `ACTIVATIONS`; `{"kind": "leaky_relu", "negative_slope": 0.01}` gives settings.
    use_bias : bool, default True
    kernel_initializer, bias_initializer : str, mapping or callable
        See `INITIALIZERS`; Keras' defaults.
    name : str, optional
    input_dim : int, optional
        How many numbers it is given, as Keras lets a first layer say; a network holds it to that.
    kernel_regularizer : str, mapping or callable, optional
        What the loss pays for large weights, see `REGULARIZERS`: `{"kind": "l2", "l2": 0.001}`.

    Examples
    --------
    >>> layer = Dense(4, activation="relu")
    >>> {name: shape for name, (shape, _) in layer.weights(2).items()}
    {'kernel': (2, 4), 'bias': (4,)}
    """

    __repr__ = short_repr

    units: Units
    activation: Any = "linear"
    use_bias: bool = True
    kernel_initializer: Any = "glorot_uniform"
    bias_initializer: Any = "zeros"
    name: str = ""
    input_dim: Units | None = None
    kernel_regularizer: Any = None
    kind = "dense"

    def __post_init__(self) -> None:
        for field in ("units", "input_dim"):
            value = getattr(self, field)
            whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
            if not whole and not (field == "input_dim" and value is None):
                raise BadInput(f"must be a whole number, got {value!r}", field=field, part="Dense")
        check_settings(self)
        activation(self.activation), initializer(self.kernel_initializer), initializer(self.bias_initializer)
        regularizer(self.kernel_regularizer)

    def outputs(self, inputs: int) -> int:
        return self.units

    def weights(self, inputs: int) -> Mapping[str, tuple[Shape, Initializer]]:
        kernel = ((inputs, self.units), initializer(self.kernel_initializer))
        bias = ((self.units,), initializer(self.bias_initializer))
        return {"kernel": kernel, "bias": bias} if self.use_bias else {"kernel": kernel}

    def stages(self) -> tuple[Operation, ...]:
        function = activation(self.activation)
        affine_stage = Operation(affine, ("kernel", "bias") if self.use_bias else ("kernel",))
        return (affine_stage,) if function is linear else (affine_stage, Operation(function))


@checked_settings
@dataclass(frozen=True)
class Activation:
    """An activation as a layer of its own.

    Examples
    --------
    >>> Activation("relu").outputs(3)
    3
    """

    __repr__ = short_repr

    activation: Any
    name: str = ""
    kind = "activation"

    def __post_init__(self) -> None:
        activation(self.activation)

    def outputs(self, inputs: int) -> int:
        return inputs

    def weights(self, inputs: int) -> Mapping[str, tuple[Shape, Initializer]]:
        return {}

    def stages(self) -> tuple[Operation, ...]:
        return (Operation(activation(self.activation)),)


@checked_settings
@dataclass(frozen=True)
class PReLU:
    """A leaky ReLU that learns its slope: a = x where x > 0, else alpha x.

    Parameters
    ----------
    alpha_initializer : str, mapping or callable, default zeros
        Keras' start; torch's is `{"kind": "constant", "value": 0.25}`.
    shared : bool, default False
        One alpha for all features, as torch has by default, rather than one a feature.
    name : str, optional

    Examples
    --------
    >>> PReLU().weights(3)["alpha"][0], PReLU(shared=True).weights(3)["alpha"][0]
    ((3,), (1,))
    """

    __repr__ = short_repr

    alpha_initializer: Any = "zeros"
    shared: bool = False
    name: str = ""
    kind = "prelu"

    def __post_init__(self) -> None:
        initializer(self.alpha_initializer)

    def outputs(self, inputs: int) -> int:
        return inputs

    def weights(self, inputs: int) -> Mapping[str, tuple[Shape, Initializer]]:
        return {"alpha": ((1 if self.shared else inputs,), initializer(self.alpha_initializer))}

    def stages(self) -> tuple[Operation, ...]:
        return (Operation(prelu, ("alpha",)),)


def prelu(x: Array, alpha: Array) -> tuple[Array, Pullback]:
    """a = max(x, 0) + alpha min(x, 0).

    da/dx = 1 where x > 0, else alpha; da/dalpha = min(x, 0), so dL/dalpha = sum of g min(x, 0) over the
    rows, and over the features too when they share one alpha.

    Parameters
    ----------
    x : array (..., n, i)
    alpha : array (..., 1, i) or (..., 1, 1)

    Examples
    --------
    >>> a, back = prelu(np.array([[-2.0, 3.0]]), np.array([[0.5]]))
    >>> slot = np.empty((1, 1))
    >>> a.tolist(), back(np.ones((1, 2)), slot).tolist(), slot.tolist()
    ([[-1.0, 3.0]], [[0.5, 1.0]], [[-2.0]])
    """
    low = np.minimum(x, 0.0)

    def pull(g: Array, into_alpha: Array) -> Array:
        rows = np.add.reduce(g * low, axis=-2, keepdims=True)
        into_alpha[...] = rows if rows.shape == into_alpha.shape else rows.sum(axis=-1, keepdims=True)
        return np.where(np.greater(x, 0.0), g, alpha * g)

    return np.maximum(x, 0.0) + alpha * low, pull


@checked_settings
@dataclass(frozen=True)
class BatchNormalization:
    """Bring each feature to mean 0 and variance 1 over the batch; then gamma and beta, which are trained.

    In training the statistics are those of the rows at hand. For predictions they are values passed in:
    those of the whole data (`Network.statistics`), or running ones (`Network.moving_statistics`). A batch of
    one row has no variance: it comes out as beta, and teaches the layers below nothing.

    torch's `BatchNorm1d` is `BatchNormalization(0.1, 1e-5, momentum_on_new=True, unbiased=True)`.

    Parameters
    ----------
    momentum : float, default 0.99
        What a running statistic keeps of itself at each step.
    epsilon : float, default 1e-3
        Added to the variance under the root.
    center, scale : bool, default True
        Whether there is a beta, a gamma.
    momentum_on_new : bool, default False
        torch's meaning: momentum is the weight of the new value, not of the old.
    unbiased : bool, default False
        torch divides the running variance by n - 1; the batch itself is always scaled with n.
    name : str, optional

    Examples
    --------
    >>> sorted(BatchNormalization(center=False).weights(3))
    ['gamma']

    References
    ----------
    S. Ioffe, C. Szegedy, Batch normalization: accelerating deep network training by reducing internal
    covariate shift, ICML 2015; names and defaults of Keras 3.
    """

    __repr__ = short_repr

    momentum: Share = 0.99
    epsilon: Small = 1e-3
    center: bool = True
    scale: bool = True
    momentum_on_new: bool = False
    unbiased: bool = False
    name: str = ""
    kind = "batch_normalization"

    def __post_init__(self) -> None:
        check_settings(self)

    def outputs(self, inputs: int) -> int:
        return inputs

    def weights(self, inputs: int) -> Mapping[str, tuple[Shape, Initializer]]:
        gamma, beta = ((inputs,), initializer("ones")), ((inputs,), initializer("zeros"))
        return ({"gamma": gamma} if self.scale else {}) | ({"beta": beta} if self.center else {})

    def stages(self) -> tuple[Operation, ...]:
        names = ("gamma",) * self.scale + ("beta",) * self.center
        return (Operation(partial(normalize, self), names),)

    def split(self, weights: Sequence[Array]) -> tuple[Any, Any]:
        """gamma and beta, 1 and 0 where they are not trained."""
        return weights[0] if self.scale else 1.0, weights[-1] if self.center else 0.0

    def infer(self, x: Array, weights: Sequence[Array], mean: Array, variance: Array) -> Array:
        """The same with statistics passed in, (..., 1, i) each."""
        gamma, beta = self.split(weights)
        normalized: Array = (x - mean) * (gamma / np.sqrt(variance + self.epsilon)) + beta
        return normalized

    def moved(self, old: tuple[Array, Array], batch: tuple[Array, Array], rows: int) -> tuple[Array, Array]:
        """Running mean and variance after one more batch, whose variance is the biased one."""
        keep = 1 - self.momentum if self.momentum_on_new else self.momentum
        fair = rows / max(rows - 1, 1) if self.unbiased else 1.0
        return keep * old[0] + (1 - keep) * batch[0], keep * old[1] + (1 - keep) * (fair * batch[1])


def normalize(layer: BatchNormalization, x: Array, *weights: Array) -> tuple[Array, Pullback]:
    """y = gamma u + beta, u = (x - m) s: m the batch's mean, v its variance, s = 1 / sqrt(v + epsilon).

    A feature at a time, over its n rows, with g = dL/dy:

        dL/dbeta = sum_r g_r,   dL/dgamma = sum_r g_r u_r,   h_r = dL/du_r = gamma g_r.

    Each x_r moves every u through m and v: dm/dx_r = 1/n and dv/dx_r = 2 (x_r - m) / n, so with
    ds/dv = -s^3 / 2

        du_q/dx_r = s (delta_qr - 1/n) + (x_q - m) ds/dv dv/dx_r = s (delta_qr - 1/n - u_q u_r / n)
        dL/dx_r = sum_q h_q du_q/dx_r = s (h_r - mean(h) - u_r mean(h u)).

    A push along all ones or along u itself is lost: shift and scale are what is taken out.

    Parameters
    ----------
    layer : BatchNormalization
        For its settings.
    x : array (..., n, i)
    weights : gamma and beta, (..., 1, i), as far as they are trained

    Examples
    --------
    >>> layer = BatchNormalization(epsilon=0.0, center=False, scale=False)
    >>> y, back = normalize(layer, np.array([[1.0], [3.0]]))
    >>> y.tolist(), back(np.array([[1.0], [5.0]])).tolist()
    ([[-1.0], [1.0]], [[0.0], [0.0]])
    """
    n = x.shape[-2]
    mean, variance = moments(x)
    s = 1.0 / np.sqrt(variance + layer.epsilon)
    u = (x - mean) * s
    gamma, beta = layer.split(weights)

    def pull(g: Array, *slots: Array) -> Array:
        sum_g = np.add.reduce(g, axis=-2, keepdims=True)
        sum_gu = np.add.reduce(g * u, axis=-2, keepdims=True)
        if layer.scale:
            slots[0][...] = sum_gu
        if layer.center:
            slots[-1][...] = sum_g
        return gamma * s * (g - sum_g / n - u * (sum_gu / n))  # type: ignore[no-any-return]

    return gamma * u + beta, pull


# The index: a scene's spelling -> the layer.
LAYERS: Mapping[str, Callable[..., Layer]] = MappingProxyType(
    {
        "dense": Dense,
        "activation": Activation,
        "prelu": PReLU,
        "batch_normalization": BatchNormalization,
        "layer_normalization": LayerNormalization,
        "residual": Residual,
    }
)


def layer(given: Any) -> Layer:
    """The layer that a user writes: a table with its kind and settings, a name alone, or a layer.

    Examples
    --------
    >>> layer({"kind": "dense", "units": 4, "activation": "relu"}).outputs(2)
    4
    >>> layer({"kind": "dense"})
    Traceback (most recent call last):
    optiviz.BadInput: layer dense: setting 'units' is missing
    """
    if not isinstance(given, str | Mapping):
        if isinstance(given, type) or not all(callable(getattr(given, part, None)) for part in NEEDED):
            raise BadInput(f"a layer is such as Dense(4), or a table with its kind, got {given!r:.80}")
        return given  # type: ignore[no-any-return]
    maker, settings = look_up_part("layer", LAYERS, given)
    return maker(**settings)  # type: ignore[no-any-return]
