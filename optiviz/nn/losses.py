"""How wrong a prediction is, and which way it should move.

A loss takes predictions p (..., n, k) and targets y (n, k) and gives the mean over the n rows; `pull`
gives the slope dL/dp with it. n rows, k outputs (classes). With `reduction = "sum"` the rows are summed
instead, as in Keras: n times as much.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Annotated, Any, Literal, Protocol

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.errors import BadInput
from optiviz._lib.registry import check_settings
from optiviz._lib.typing import Array, Bounds, Positive
from optiviz.nn.activations import Activation, sigmoid, softmax
from optiviz.nn.loss_parts import check_reduction, class_shares, columns, count, one_hot, total
from optiviz.nn.more_losses import (
    Hinge,
    KLDivergence,
    LogCosh,
    MeanAbsolutePercentageError,
    MeanSquaredLogarithmicError,
    Poisson,
)
from optiviz.nn.parts import look_up_part, refuse_first_row

Half = Annotated[float, Bounds(low=0.0, high=0.5)]
Smoothing = Annotated[float, Bounds(low=0.0, high=1.0)]
Reduction = Literal["mean", "sum"]
EPSILON = 1e-7  # Keras' `epsilon()`: probabilities are kept this far from 0 and 1
TORCH_EPSILON = 9.999999960041972e-13  # 1e-12 as torch has it, in float32


class Loss(Protocol):
    """Settings, and three pure functions."""

    def targets(self, y: Array, outputs: int) -> Array:
        """What the user gave as y, checked, as float64 (n, k)."""
        ...

    def value(self, p: Array, y: Array) -> Array:
        """(..., n, k), (n, k) -> (...)."""
        ...

    def pull(self, p: Array, y: Array) -> tuple[Array, Array]:
        """The value, and dL/dp shaped like p."""
        ...


@checked_settings
@dataclass(frozen=True)
class MeanSquaredError:
    """L = mean over rows and outputs of r^2, r = p - y; so dL/dp = 2 r / (n k).

    Examples
    --------
    >>> value, slope = MeanSquaredError().pull(np.array([[121.5, 62.5]]), np.array([[1.0, 0.0]]))
    >>> float(value), slope.tolist()
    (9213.25, [[120.5, 62.5]])
    """

    reduction: Reduction = "mean"

    def __post_init__(self) -> None:
        check_reduction(self)

    def targets(self, y: Array, outputs: int) -> Array:
        return columns("mse", y, outputs)

    def value(self, p: Array, y: Array) -> Array:
        r = p - y
        return total(r * r) / count(self, y)

    def pull(self, p: Array, y: Array) -> tuple[Array, Array]:
        r = p - y
        return total(r * r) / count(self, y), r * (2.0 / count(self, y))


@checked_settings
@dataclass(frozen=True)
class MeanAbsoluteError:
    """L = mean over rows and outputs of |p - y|; so dL/dp = sign(p - y) / (n k), 0 where they are equal.

    Examples
    --------
    >>> value, slope = MeanAbsoluteError().pull(np.array([[3.0, -1.0]]), np.array([[1.0, -1.0]]))
    >>> float(value), slope.tolist()
    (1.0, [[0.5, 0.0]])
    """

    reduction: Reduction = "mean"

    def __post_init__(self) -> None:
        check_reduction(self)

    def targets(self, y: Array, outputs: int) -> Array:
        return columns("mae", y, outputs)

    def value(self, p: Array, y: Array) -> Array:
        return total(np.abs(p - y)) / count(self, y)

    def pull(self, p: Array, y: Array) -> tuple[Array, Array]:
        r = p - y
        return total(np.abs(r)) / count(self, y), np.sign(r.real) / count(self, y)


@checked_settings
@dataclass(frozen=True)
class Huber:
    """Squared near 0, absolute far out: L = mean of r^2 / 2 where |r| <= delta, else delta |r| - delta^2 / 2.

    With c = r held within +-delta both branches are c (r - c / 2), and dL/dp = c / (n k).

    Examples
    --------
    >>> value, slope = Huber(delta=1.0).pull(np.array([[0.5, 3.0]]), np.zeros((1, 2)))
    >>> float(value), slope.tolist()
    (1.3125, [[0.25, 0.5]])
    """

    delta: Positive = 1.0
    reduction: Reduction = "mean"

    def __post_init__(self) -> None:
        check_settings(self)
        check_reduction(self)

    def targets(self, y: Array, outputs: int) -> Array:
        return columns("huber", y, outputs)

    def value(self, p: Array, y: Array) -> Array:
        return self.pull(p, y)[0]

    def pull(self, p: Array, y: Array) -> tuple[Array, Array]:
        r = p - y
        c = np.maximum(np.minimum(r, self.delta), -self.delta)
        return total(c * (r - 0.5 * c)) / count(self, y), c / count(self, y)


@checked_settings
@dataclass(frozen=True)
class BinaryCrossentropy:
    """Two classes: L = mean of -(y ln p + (1 - y) ln(1 - p)), p the probability of class 1.

    From a probability:  dL/dp = (p - y) / (p (1 - p)) / (n k).
    From a score z (`from_logits`), p = sigmoid(z): ln p = -ln(1 + e^-z), ln(1 - p) = -ln(1 + e^z), so
        L = mean of ln(1 + e^z) - y z,   dL/dz = (sigmoid(z) - y) / (n k): nothing is divided.

    Parameters
    ----------
    from_logits : bool, default False
        Whether predictions are scores, any number, rather than probabilities.
    joined : bool, default True
        Behind a sigmoid, compute from its z, as Keras does on TensorFlow: exact, and a neuron that is
        sure and wrong still learns. False goes through p, as Keras does on torch.
    epsilon : float, default 1e-7
        Keras: p is held within [epsilon, 1 - epsilon], and its slope is 0 outside.
    clamp_log : bool, default False
        torch's `BCELoss`: p as it is, logarithms held above -100, p (1 - p) above 1e-12.
    label_smoothing : float, default 0
        The share s by which labels are drawn to the middle: y (1 - s) + s / 2.
    reduction : "mean" or "sum", default "mean"

    Examples
    --------
    >>> p, y = np.array([[0.5], [0.0]]), np.array([[1.0], [1.0]])
    >>> BinaryCrossentropy().value(p, y).round(4), BinaryCrossentropy(clamp_log=True).value(p, y).round(4)
    (np.float64(8.4056), np.float64(50.3466))
    >>> BinaryCrossentropy(from_logits=True).value(np.array([[1000.0], [-1000.0]]), y).tolist()
    500.0
    """

    from_logits: bool = False
    joined: bool = True
    epsilon: Half = EPSILON
    clamp_log: bool = False
    label_smoothing: Smoothing = 0.0
    reduction: Reduction = "mean"

    def __post_init__(self) -> None:
        check_settings(self)
        check_reduction(self)

    def targets(self, y: Array, outputs: int) -> Array:
        y = columns("binary_crossentropy", y, outputs)
        refuse_first_row("binary_crossentropy: y must lie between 0 and 1", y, (y >= 0) & (y <= 1))
        return y

    def smoothed(self, y: Array) -> Array:
        """Labels drawn to the middle."""
        return y * (1.0 - self.label_smoothing) + 0.5 * self.label_smoothing if self.label_smoothing else y

    def value(self, p: Array, y: Array) -> Array:
        y = self.smoothed(y)
        if self.from_logits:
            return total((np.maximum(p, 0.0) - p * y) + np.log1p(np.exp(np.minimum(p, -p)))) / count(self, y)
        if self.clamp_log:
            with np.errstate(divide="ignore"):
                yes, no = np.maximum(np.log(p), -100.0), np.maximum(np.log(1 - p), -100.0)
        else:
            p = np.maximum(np.minimum(p, 1 - self.epsilon), self.epsilon)
            yes, no = np.log(p), np.log(1 - p)
        return total(y * yes + (1 - y) * no) / -count(self, y)

    def pull(self, p: Array, y: Array) -> tuple[Array, Array]:
        value = self.value(p, y)
        y = self.smoothed(y)
        if self.from_logits:
            return value, (sigmoid(p)[0] - y) / count(self, y)
        if self.clamp_log:
            return value, (p - y) / np.maximum(p * (1 - p), TORCH_EPSILON) / count(self, y)
        q = np.maximum(np.minimum(p, 1 - self.epsilon), self.epsilon)
        return value, np.where(q == p, (q - y) / (q * (1 - q)), 0.0) / count(self, y)


@checked_settings
@dataclass(frozen=True)
class CategoricalCrossentropy:
    """k classes, y one-hot: L = mean over rows of -sum_j y_j ln p_j.

    From probabilities, Keras divides a row by its sum S first: q = p / S, held within [epsilon, 1 - epsilon].
    With h_j = dL/dq_j = -y_j / q_j / n (0 outside),   dL/dp_j = (h_j - sum_i h_i q_i) / S.
    From scores z (`from_logits`), p = softmax(z): ln p_j = z_j - ln sum_i e^z_i, and as sum_j y_j = 1,
        L = mean of ln sum_i e^z_i - sum_j y_j z_j,   dL/dz = (softmax(z) - y) / n.

    Parameters
    ----------
    from_logits : bool, default False
        Whether predictions are scores, any numbers, rather than probabilities.
    joined : bool, default True
        Behind a softmax, compute from its z, as Keras does on TensorFlow and the lecture's
        `SoftmaxCrossEntropy` does (there without the division by n). False goes through p.
    epsilon : float, default 1e-7
    sparse : bool, default False
        Whether y holds class numbers (n,) rather than one-hot rows.
    label_smoothing : float, default 0
        The share s of each row that is spread over all classes: y (1 - s) + s / k.
    reduction : "mean" or "sum", default "mean"

    Examples
    --------
    >>> rule = CategoricalCrossentropy(from_logits=True)
    >>> value, slope = rule.pull(np.array([[0.0, 0.0]]), np.array([[1.0, 0.0]]))
    >>> value.round(6), slope.tolist()
    (np.float64(0.693147), [[-0.5, 0.5]])
    """

    from_logits: bool = False
    joined: bool = True
    epsilon: Half = EPSILON
    sparse: bool = False
    label_smoothing: Smoothing = 0.0
    reduction: Reduction = "mean"

    def __post_init__(self) -> None:
        check_settings(self)
        check_reduction(self)

    def targets(self, y: Array, outputs: int) -> Array:
        name = "sparse_categorical_crossentropy" if self.sparse else "categorical_crossentropy"
        if outputs < 2:
            raise BadInput(f"{name} needs an output for each class, the network has {outputs}")
        return one_hot(name, y, outputs) if self.sparse else class_shares(name, y, outputs)

    def value(self, p: Array, y: Array) -> Array:
        return self.pull(p, y)[0]

    def pull(self, p: Array, y: Array) -> tuple[Array, Array]:
        n = len(y) if self.reduction == "mean" else 1
        if self.label_smoothing:
            y = y * (1.0 - self.label_smoothing) + self.label_smoothing / y.shape[-1]
        if self.from_logits:
            shifted = p - np.maximum.reduce(p, axis=-1, keepdims=True)
            e = np.exp(shifted)
            whole = np.add.reduce(e, axis=-1, keepdims=True)
            return total(y * (np.log(whole) - shifted)) / n, (e / whole - y) / n
        whole = np.add.reduce(p, axis=-1, keepdims=True)
        share = p / whole
        q = np.maximum(np.minimum(share, 1 - self.epsilon), self.epsilon)
        h = np.where(q == share, y / q, 0.0) / -n
        slope = (h - np.add.reduce(h * share, axis=-1, keepdims=True)) / whole
        return total(y * np.log(q)) / -n, slope


def SparseCategoricalCrossentropy(
    from_logits: bool = False, joined: bool = True, epsilon: Half = EPSILON, reduction: Reduction = "mean"
) -> CategoricalCrossentropy:
    """`CategoricalCrossentropy` of class numbers: y (n,) holds 0, 1, ..., k - 1.

    Examples
    --------
    >>> SparseCategoricalCrossentropy().targets(np.array([1, 0]), 2).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    return CategoricalCrossentropy(from_logits, joined, epsilon, sparse=True, reduction=reduction)


# The index: Keras' names.
LOSSES: Mapping[str, Callable[..., Loss]] = MappingProxyType(
    {
        "mse": MeanSquaredError,
        "mae": MeanAbsoluteError,
        "huber": Huber,
        "log_cosh": LogCosh,
        "hinge": Hinge,
        "kl_divergence": KLDivergence,
        "poisson": Poisson,
        "mape": MeanAbsolutePercentageError,
        "msle": MeanSquaredLogarithmicError,
        "binary_crossentropy": BinaryCrossentropy,
        "categorical_crossentropy": CategoricalCrossentropy,
        "sparse_categorical_crossentropy": SparseCategoricalCrossentropy,
    }
)


def loss(given: Any) -> Loss:
    """The loss that a user writes: a name, a table with settings, or a loss.

    Examples
    --------
    >>> loss({"kind": "huber", "delta": 2.0})
    Huber(delta=2.0, reduction='mean')
    >>> loss("binary_crossentrpy")
    Traceback (most recent call last):
    optiviz.BadInput: unknown loss 'binary_crossentrpy' - did you mean 'binary_crossentropy'?
    """
    if not isinstance(given, str | Mapping):
        return given  # type: ignore[no-any-return]
    maker, settings = look_up_part("loss", LOSSES, given)
    return maker(**settings)  # type: ignore[no-any-return]


def from_scores(rule: Loss, last: Activation) -> Loss | None:
    """The same loss, taken from the z of the last activation; None where the two do not belong together.

    Examples
    --------
    >>> from_scores(BinaryCrossentropy(), sigmoid).from_logits, from_scores(MeanSquaredError(), sigmoid)
    (True, None)
    """
    if isinstance(rule, BinaryCrossentropy) and last is sigmoid:
        fits = not rule.clamp_log
    else:
        fits = isinstance(rule, CategoricalCrossentropy) and last is softmax
    if not fits or rule.from_logits or not rule.joined:  # type: ignore[attr-defined]
        return None
    return replace(rule, from_logits=True)  # type: ignore[type-var]
