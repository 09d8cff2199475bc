"""Where weights begin: drawn from an own generator, so that one seed gives one network.

An initializer takes a generator and a shape and gives an array of that shape. For a matrix (in, out) the
fans are in and out; a vector (k,) counts as fan in = fan out = k, as in Keras.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from math import sqrt
from types import MappingProxyType
from typing import Annotated, Any, Literal

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.errors import BadInput
from optiviz._lib.registry import check_settings
from optiviz._lib.typing import Array, Bounds, Positive
from optiviz.nn.parts import look_up_part

Shape = tuple[int, ...]
Initializer = Callable[[np.random.Generator, Shape], Array]
Real = Annotated[float, Bounds(low=-1e6, high=1e6)]
Spread = Annotated[float, Bounds(low=0.0, high=1e6)]

CUT = 0.87962566103423978  # standard deviation of a normal number that is drawn again outside -2 ... 2


@checked_settings
@dataclass(frozen=True)
class Constant:
    """Every weight the same; neurons of one layer then stay equal for ever.

    Examples
    --------
    >>> Constant(0.5)(np.random.default_rng(0), (2,)).tolist()
    [0.5, 0.5]
    """

    value: Real = 0.0

    def __post_init__(self) -> None:
        check_settings(self)

    def __call__(self, rng: np.random.Generator, shape: Shape) -> Array:
        return np.full(shape, float(self.value))


@checked_settings
@dataclass(frozen=True)
class RandomNormal:
    """Normal numbers; a small or a large `stddev` is the lecture's small or large random start.

    Examples
    --------
    >>> RandomNormal(stddev=0.01)(np.random.default_rng(0), (2,)).round(6).tolist()
    [0.001257, -0.001321]
    """

    mean: Real = 0.0
    stddev: Spread = 0.05

    def __post_init__(self) -> None:
        check_settings(self)

    def __call__(self, rng: np.random.Generator, shape: Shape) -> Array:
        return self.mean + self.stddev * rng.standard_normal(shape)


@checked_settings
@dataclass(frozen=True)
class TruncatedNormal:
    """Normal numbers, each drawn again until it lies within 2 `stddev` of the mean.

    The spread of what is left is 0.88 `stddev`, as in Keras.

    Examples
    --------
    >>> drawn = TruncatedNormal(stddev=0.5)(np.random.default_rng(0), (1000,))
    >>> bool(np.abs(drawn).max() <= 1.0), round(float(drawn.std()), 2)
    (True, 0.43)
    """

    mean: Real = 0.0
    stddev: Spread = 0.05

    def __post_init__(self) -> None:
        check_settings(self)

    def __call__(self, rng: np.random.Generator, shape: Shape) -> Array:
        return self.mean + self.stddev * truncated_normal(rng, shape)


@checked_settings
@dataclass(frozen=True)
class Orthogonal:
    """A matrix whose columns, or rows where these are fewer, are square to each other and `gain` long.

    Signals pass a layer of such weights with their lengths kept. A vector is taken as one row.

    Examples
    --------
    >>> kernel = Orthogonal(gain=2.0)(np.random.default_rng(0), (3, 2))
    >>> (np.abs(kernel.T @ kernel)).round(12).tolist()
    [[4.0, 0.0], [0.0, 4.0]]

    References
    ----------
    A. M. Saxe, J. L. McClelland, S. Ganguli, Exact solutions to the nonlinear dynamics of learning in deep
    linear neural networks, ICLR 2014.
    """

    gain: Real = 1.0

    def __post_init__(self) -> None:
        check_settings(self)

    def __call__(self, rng: np.random.Generator, shape: Shape) -> Array:
        down, across = (1, shape[0]) if len(shape) == 1 else shape
        drawn = rng.standard_normal((max(down, across), min(down, across)))
        q, r = np.linalg.qr(drawn)
        q = q * np.where(np.diag(r) < 0, -1.0, 1.0)  # or it were not spread evenly over all rotations
        return np.asarray(float(self.gain) * (q if down >= across else q.T).reshape(shape))


@checked_settings
@dataclass(frozen=True)
class RandomUniform:
    """Numbers spread evenly from `minval` to `maxval`.

    Examples
    --------
    >>> RandomUniform(0.0, 1.0)(np.random.default_rng(0), (2,)).round(6).tolist()
    [0.636962, 0.269787]
    """

    minval: Real = -0.05
    maxval: Real = 0.05

    def __post_init__(self) -> None:
        check_settings(self)
        if self.maxval < self.minval:
            raise BadInput(f"maxval {self.maxval} is below minval {self.minval}", part="RandomUniform")

    def __call__(self, rng: np.random.Generator, shape: Shape) -> Array:
        return rng.uniform(self.minval, self.maxval, shape)


@checked_settings
@dataclass(frozen=True)
class VarianceScaling:
    """Weights of variance scale / fan, so that signals neither die out nor blow up on their way.

    A neuron sums `fan_in` terms w x of variance Var(w) Var(x). With Var(w) = 1 / fan_in (LeCun) the sum
    varies as its inputs do; ReLU throws half of it away, so He takes 2 / fan_in; Glorot wants the same
    for the way back and takes the mean of both fans.

    Parameters
    ----------
    scale : float
    mode : "fan_in", "fan_out" or "fan_avg"
    distribution : "truncated_normal", "untruncated_normal" or "uniform"
        Keras' normal numbers are drawn again beyond 2 standard deviations, and widened so that the
        variance comes out right. Uniform: +- sqrt(3 scale / fan).

    Examples
    --------
    >>> weights = VarianceScaling(2.0)(np.random.default_rng(0), (50, 1000))
    >>> round(float(weights.std()), 3)    # sqrt(2 / 50) = 0.2
    0.2
    """

    scale: Positive = 1.0
    mode: Literal["fan_in", "fan_out", "fan_avg"] = "fan_in"
    distribution: Literal["truncated_normal", "untruncated_normal", "uniform"] = "truncated_normal"

    def __post_init__(self) -> None:
        check_settings(self)
        if self.mode not in ("fan_in", "fan_out", "fan_avg"):
            raise BadInput(
                f"must be fan_in, fan_out or fan_avg, got {self.mode!r}", field="mode", part="VarianceScaling"
            )
        if self.distribution not in ("truncated_normal", "untruncated_normal", "uniform"):
            wanted = "truncated_normal, untruncated_normal or uniform"
            raise BadInput(
                f"must be {wanted}, got {self.distribution!r}", field="distribution", part="VarianceScaling"
            )

    def __call__(self, rng: np.random.Generator, shape: Shape) -> Array:
        fan_in, fan_out = shape[0], shape[-1]
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        variance = float(self.scale) / max(1.0, fan)
        if self.distribution == "uniform":
            limit = sqrt(3 * variance)
            return rng.uniform(-limit, limit, shape)
        if self.distribution == "untruncated_normal":
            return sqrt(variance) * rng.standard_normal(shape)
        return sqrt(variance) / CUT * truncated_normal(rng, shape)


def truncated_normal(rng: np.random.Generator, shape: Shape) -> Array:
    """Normal numbers, drawn again until all lie within -2 ... 2.

    Examples
    --------
    >>> drawn = truncated_normal(np.random.default_rng(0), (10_000,))
    >>> bool(np.abs(drawn).max() <= 2), round(float(drawn.std()), 2)
    (True, 0.88)
    """
    drawn = rng.standard_normal(shape)
    outside = np.abs(drawn) > 2
    while outside.any():
        drawn[outside] = rng.standard_normal(int(outside.sum()))
        outside = np.abs(drawn) > 2
    return drawn


# The index: Keras' names -> a maker with Keras' defaults.
INITIALIZERS: Mapping[str, Callable[..., Initializer]] = MappingProxyType(
    {
        "zeros": partial(Constant, 0.0),
        "ones": partial(Constant, 1.0),
        "constant": Constant,
        "random_normal": RandomNormal,
        "random_uniform": RandomUniform,
        "truncated_normal": TruncatedNormal,
        "orthogonal": Orthogonal,
        "glorot_normal": partial(VarianceScaling, 1.0, "fan_avg", "truncated_normal"),
        "glorot_uniform": partial(VarianceScaling, 1.0, "fan_avg", "uniform"),
        "he_normal": partial(VarianceScaling, 2.0, "fan_in", "truncated_normal"),
        "he_uniform": partial(VarianceScaling, 2.0, "fan_in", "uniform"),
        "lecun_normal": partial(VarianceScaling, 1.0, "fan_in", "truncated_normal"),
        "lecun_uniform": partial(VarianceScaling, 1.0, "fan_in", "uniform"),
        "variance_scaling": VarianceScaling,
    }
)


def initializer(given: Any) -> Initializer:
    """The initializer that a user writes: a name, a table with settings, or a function (rng, shape).

    Examples
    --------
    >>> initializer({"kind": "random_normal", "stddev": 1.0})
    RandomNormal(mean=0.0, stddev=1.0)
    >>> initializer("he_norml")
    Traceback (most recent call last):
    optiviz.BadInput: unknown initializer 'he_norml' - did you mean 'he_normal'?
    """
    if callable(given):
        return given  # type: ignore[no-any-return]
    maker, settings = look_up_part("initializer", INITIALIZERS, given)
    return maker(**settings)  # type: ignore[no-any-return]
