"""What a neuron makes of its sum z: each is one function, with the way back beside it.

An activation takes z (..., n, k) and gives a, shaped like z, and a pullback: from g = dL/da it makes
dL/dz, by the chain rule g a'(z). Derivatives at a kink are torch's: at 0 that of the left side.
"""

from collections.abc import Callable, Mapping
from functools import partial
from math import pi, sqrt
from types import MappingProxyType
from typing import Annotated, Any

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array, Bounds
from optiviz.nn.parts import look_up_part

Pullback = Callable[..., Array]
Activation = Callable[[Array], tuple[Array, Pullback]]
Slope = Annotated[float, Bounds(low=-1e6, high=1e6)]

SELU_ALPHA = 1.6732632423543772848
SELU_SCALE = 1.0507009873554804934
LARGEST = 709.0  # e to this power is still a number


def linear(z: Array, /) -> tuple[Array, Pullback]:
    """a = z, a' = 1.

    Examples
    --------
    >>> linear(np.array([-2.0, 3.0]))[0].tolist()
    [-2.0, 3.0]
    """
    return z, lambda g: g


def step(z: Array, /) -> tuple[Array, Pullback]:
    """a = 1 where z >= 0, else 0: the perceptron's yes or no. The way back takes a' = 1.

    The true derivative is 0 everywhere but at the jump, so descent would stand still. The perceptron
    rule passes the error back as if the neuron were linear (the delta rule): with the squared error of
    one sample that is w = w - rate 2 (a - y) x, which moves only when the answer was wrong.

    Examples
    --------
    >>> a, back = step(np.array([-0.1, 0.0, 2.0]))
    >>> a.tolist(), back(np.ones(3)).tolist()
    ([0.0, 1.0, 1.0], [1.0, 1.0, 1.0])
    """
    return np.greater_equal(z, 0.0).astype(z.dtype), lambda g: g


def sigmoid(z: Array, /) -> tuple[Array, Pullback]:
    """a = 1 / (1 + e^-z), and a' = e^-z / (1 + e^-z)^2 = a (1 - a).

    Examples
    --------
    >>> a, back = sigmoid(np.array([0.0, -1000.0]))
    >>> a.round(6).tolist(), back(np.ones(2)).round(6).tolist()
    ([0.5, 0.0], [0.25, 0.0])
    """
    a = 1.0 / (1.0 + np.exp(np.minimum(-z, LARGEST)))
    return a, lambda g: g * (a * (1.0 - a))


def tanh(z: Array, /) -> tuple[Array, Pullback]:
    """a = (e^z - e^-z) / (e^z + e^-z), and a' = 1 - a^2.

    Examples
    --------
    >>> a, back = tanh(np.array([0.0, 20.0]))
    >>> a.tolist(), back(np.ones(2)).tolist()
    ([0.0, 1.0], [1.0, 0.0])
    """
    a = np.tanh(z)
    return a, lambda g: g * (1.0 - a * a)


def relu(z: Array, /) -> tuple[Array, Pullback]:
    """a = max(z, 0), and a' = 1 where z > 0, else 0.

    Examples
    --------
    >>> a, back = relu(np.array([-2.0, 0.0, 3.0]))
    >>> a.tolist(), back(np.ones(3)).tolist()
    ([0.0, 0.0, 3.0], [0.0, 0.0, 1.0])
    """
    a = np.maximum(z, 0.0)
    return a, lambda g: g * np.sign(a.real)  # 1 where something came through, else 0; half the time of a > 0


def leaky_relu(z: Array, /, negative_slope: Slope = 0.2) -> tuple[Array, Pullback]:
    """a = z where z > 0, else negative_slope z, and a' = 1 or negative_slope.

    The default is that of `keras.activations`; the lecture and torch have 0.01, Keras' layer 0.3.

    Examples
    --------
    >>> a, back = leaky_relu(np.array([-2.0, 3.0]), negative_slope=0.5)
    >>> a.tolist(), back(np.ones(2)).tolist()
    ([-1.0, 3.0], [0.5, 1.0])
    """
    slope = np.where(np.greater(z, 0.0), 1.0, negative_slope)
    return z * slope, lambda g: g * slope


def elu(z: Array, /, alpha: Slope = 1.0) -> tuple[Array, Pullback]:
    """a = z where z > 0, else alpha (e^z - 1), and a' = 1 or alpha e^z = a + alpha.

    Examples
    --------
    >>> a, back = elu(np.array([-1.0, 3.0]))
    >>> a.round(6).tolist(), back(np.ones(2)).round(6).tolist()
    ([-0.632121, 3.0], [0.367879, 1.0])
    """
    up = np.greater(z, 0.0)
    below = np.minimum(z, 0.0)  # so that no power overflows where it is not used
    a = np.where(up, z, alpha * np.expm1(below))
    return a, lambda g: g * np.where(up, 1.0, alpha * np.exp(below))


def selu(z: Array, /) -> tuple[Array, Pullback]:
    """a = lambda elu(z, alpha) with alpha 1.67326..., lambda 1.05070...: mean 0 and variance 1 last.

    a' = lambda where z > 0, else lambda alpha e^z.

    Examples
    --------
    >>> a, back = selu(np.array([-1.0, 1.0]))
    >>> a.round(6).tolist(), back(np.ones(2)).round(6).tolist()
    ([-1.111331, 1.050701], [0.646769, 1.050701])
    """
    a, back = elu(z, SELU_ALPHA)
    return SELU_SCALE * a, lambda g: SELU_SCALE * back(g)


def softplus(z: Array, /) -> tuple[Array, Pullback]:
    """a = ln(1 + e^z), computed as max(z, 0) + ln(1 + e^-|z|), and a' = e^z / (1 + e^z) = sigmoid(z).

    Examples
    --------
    >>> a, back = softplus(np.array([0.0, 1000.0]))
    >>> a.round(6).tolist(), back(np.ones(2)).tolist()
    ([0.693147, 1000.0], [0.5, 1.0])
    """
    return log_one_plus_exp(z), lambda g: g * sigmoid(z)[0]


def silu(z: Array, /) -> tuple[Array, Pullback]:
    """a = z s with s = sigmoid(z), and a' = s + z s (1 - s) = s (1 + z (1 - s)).

    Examples
    --------
    >>> a, back = silu(np.array([0.0, 1.0]))
    >>> a.round(6).tolist(), back(np.ones(2)).round(6).tolist()
    ([0.0, 0.731059], [0.5, 0.927671])
    """
    s, _ = sigmoid(z)
    return z * s, lambda g: g * (s * (1.0 + z * (1.0 - s)))


def gelu(z: Array, /, approximate: bool = False) -> tuple[Array, Pullback]:
    """a = z Phi(z), Phi the normal distribution: z passes as often as a normal number lies below it.

    Phi(z) = (1 + erf(z / sqrt 2)) / 2, Phi'(z) = e^(-z^2 / 2) / sqrt(2 pi), and a' = Phi + z Phi'.
    With `approximate`, Phi = (1 + tanh u) / 2 with u = sqrt(2 / pi) (z + 0.044715 z^3), and
    a' = Phi + z (1 - tanh^2 u) u' / 2.

    Examples
    --------
    >>> a, back = gelu(np.array([0.0, 1.0]))
    >>> a.round(6).tolist(), back(np.ones(2)).round(6).tolist()
    ([0.0, 0.841345], [0.5, 1.083315])
    >>> gelu(np.array([1.0]), approximate=True)[0].round(6).tolist()
    [0.841192]
    """
    squares = z * z
    if approximate:
        t = np.tanh(sqrt(2 / pi) * (z + 0.044715 * squares * z))
        share = 0.5 * (1.0 + t)
        slope = 0.5 * (1.0 - t * t) * sqrt(2 / pi) * (1.0 + 3 * 0.044715 * squares)
    else:
        from scipy.special import erf

        share = 0.5 * (1.0 + erf(z / sqrt(2)))
        slope = np.exp(-0.5 * squares) / sqrt(2 * pi)
    return z * share, lambda g: g * (share + z * slope)


def softmax(z: Array, /) -> tuple[Array, Pullback]:
    """a_i = e^z_i / sum_j e^z_j over the last axis: shares of 1, one a class.

    da_i/dz_j = a_i (delta_ij - a_j), so dL/dz_j = sum_i g_i a_i (delta_ij - a_j) = a_j (g_j - sum_i g_i a_i).
    The largest z is taken off first, which changes no share and keeps every power finite.

    Examples
    --------
    >>> a, back = softmax(np.array([[0.0, 1000.0], [2.0, 2.0]]))
    >>> a.tolist(), back(np.array([[1.0, 0.0], [1.0, 0.0]])).tolist()
    ([[0.0, 1.0], [0.5, 0.5]], [[0.0, 0.0], [0.25, -0.25]])
    """
    e = np.exp(z - np.maximum.reduce(z, axis=-1, keepdims=True))
    a = e / np.add.reduce(e, axis=-1, keepdims=True)

    def back(g: Array) -> Array:
        ga = g * a
        pulled: Array = ga - a * np.add.reduce(ga, axis=-1, keepdims=True)
        return pulled

    return a, back


def gcu(z: Array, /) -> tuple[Array, Pullback]:
    """a = z cos z, and a' = cos z - z sin z: it swings, so one neuron alone can learn XOR.

    Examples
    --------
    >>> a, back = gcu(np.array([0.0, np.pi]))
    >>> a.round(6).tolist(), back(np.ones(2)).round(6).tolist()
    ([0.0, -3.141593], [1.0, -1.0])

    References
    ----------
    M. M. Noel et al., Growing cosine unit: a novel oscillatory activation function, 2021.
    """
    cosine = np.cos(z)
    return z * cosine, lambda g: g * (cosine - z * np.sin(z))


def mish(z: Array, /) -> tuple[Array, Pullback]:
    """a = z t with t = tanh(ln(1 + e^z)), and a' = t + z (1 - t^2) sigmoid(z).

    Examples
    --------
    >>> a, back = mish(np.array([0.0, 1.0]))
    >>> a.round(6).tolist(), back(np.ones(2)).round(6).tolist()
    ([0.0, 0.865098], [0.6, 1.049036])

    References
    ----------
    D. Misra, Mish: a self regularized non-monotonic activation function, 2019.
    """
    t = np.tanh(log_one_plus_exp(z))
    return z * t, lambda g: g * (t + z * (1.0 - t * t) * sigmoid(z)[0])


def softsign(z: Array, /) -> tuple[Array, Pullback]:
    """a = z / (1 + |z|), and a' = 1 / (1 + |z|)^2.

    Examples
    --------
    >>> a, back = softsign(np.array([-1.0, 3.0]))
    >>> a.tolist(), back(np.ones(2)).tolist()
    ([-0.5, 0.75], [0.25, 0.0625])
    """
    wide = 1.0 + np.maximum(z, -z)
    return z / wide, lambda g: g / (wide * wide)


def hard_sigmoid(z: Array, /) -> tuple[Array, Pullback]:
    """a = z / 6 + 1 / 2 held within 0 and 1, and a' = 1 / 6 between -3 and 3, else 0.

    Examples
    --------
    >>> a, back = hard_sigmoid(np.array([-4.0, 0.0, 3.0]))
    >>> a.tolist(), back(np.full(3, 6.0)).tolist()
    ([0.0, 0.5, 1.0], [0.0, 1.0, 0.0])
    """
    inside = (z.real > -3.0) & (z.real < 3.0)
    return np.maximum(np.minimum(z + 3.0, 6.0), 0.0) / 6.0, lambda g: g * inside / 6.0


def exponential(z: Array, /) -> tuple[Array, Pullback]:
    """a = e^z = a'.

    Examples
    --------
    >>> a, back = exponential(np.array([0.0, 1.0]))
    >>> a.round(6).tolist(), back(np.ones(2)).round(6).tolist()
    ([1.0, 2.718282], [1.0, 2.718282])
    """
    a = np.exp(np.minimum(z, LARGEST))
    return a, lambda g: g * a


def log_softmax(z: Array, /) -> tuple[Array, Pullback]:
    """a_i = z_i - ln sum_j e^z_j over the last axis, the logarithms of `softmax`.

    da_i/dz_j = delta_ij - s_j with s = softmax(z), so dL/dz_j = g_j - s_j sum_i g_i.

    Examples
    --------
    >>> a, back = log_softmax(np.array([[2.0, 2.0]]))
    >>> a.round(6).tolist(), back(np.array([[1.0, 0.0]])).tolist()
    ([[-0.693147, -0.693147]], [[0.5, -0.5]])
    """
    shifted = z - np.maximum.reduce(z, axis=-1, keepdims=True)
    e = np.exp(shifted)
    whole = np.add.reduce(e, axis=-1, keepdims=True)

    def back(g: Array) -> Array:
        pulled: Array = g - e / whole * np.add.reduce(g, axis=-1, keepdims=True)
        return pulled

    return shifted - np.log(whole), back


# The index: Keras names (and `step`, `gcu`). PReLU has weights of its own and is a layer.
ACTIVATIONS: Mapping[str, Callable[..., tuple[Array, Pullback]]] = MappingProxyType(
    {
        "linear": linear,
        "step": step,
        "sigmoid": sigmoid,
        "tanh": tanh,
        "relu": relu,
        "leaky_relu": leaky_relu,
        "elu": elu,
        "selu": selu,
        "softplus": softplus,
        "silu": silu,
        "gelu": gelu,
        "softmax": softmax,
        "gcu": gcu,
        "mish": mish,
        "softsign": softsign,
        "hard_sigmoid": hard_sigmoid,
        "exponential": exponential,
        "log_softmax": log_softmax,
    }
)


def activation(given: Any) -> Activation:
    """The activation that a user writes: a name, a table with settings, or a function like those above.

    Parameters
    ----------
    given : str, mapping, callable or None
        `"relu"`, `{"kind": "elu", "alpha": 0.5}`; None is linear, as in Keras.

    Raises
    ------
    BadInput
        For an unknown name or setting.

    Examples
    --------
    >>> activation("tanh") is tanh
    True
    >>> activation({"kind": "leaky_relu", "negative_slope": 0.01})(np.array([-1.0]))[0].tolist()
    [-0.01]
    """
    if given is None:
        return linear
    if callable(given):
        return given  # type: ignore[no-any-return]
    if given == "prelu":
        raise BadInput("activation 'prelu' has weights to train: put the layer PReLU() after this one")
    function, settings = look_up_part("activation", ACTIVATIONS, given)
    return partial(function, **settings) if settings else function


def log_one_plus_exp(z: Array) -> Array:
    """ln(1 + e^z) without overflow; min(z, -z) is -|z|, and analytic on either side of 0.

    Examples
    --------
    >>> log_one_plus_exp(np.array([-1000.0, 1000.0])).tolist()
    [0.0, 1000.0]
    """
    return np.maximum(z, 0.0) + np.log1p(np.exp(np.minimum(z, -z)))
