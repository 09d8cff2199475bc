"""Muon: steps that turn every direction of a matrix equally far."""

from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.errors import BadInput
from optiviz._lib.registry import check_settings
from optiviz._lib.typing import Array, Decay, Rate, Share, Small, State, Steps, rate_at
from optiviz.optimizers.adam import Adam
from optiviz.optimizers.base import Variables
from optiviz.optimizers.columns import run_by_run
from optiviz.optimizers.each_variable import EachVariable

SCALES = ("original", "match_rms_adamw")
QUINTIC = (3.4445, -4.775, 2.0315)


@checked_settings
@dataclass(frozen=True)
class Muon:
    """Momentum whose step in each matrix is made orthogonal: all of its singular values become about 1.

    m = momentum m + (1 - momentum) g,   u = (1 - momentum) g + momentum m (m itself without `nesterov`),
    X = u / max(|u|, epsilon), then `iterations` times   A = X X^T,   X = a X + (b A + c A A) X,
    theta = theta - rate scale X,   scale = sqrt(max(1, out / in)) for a kernel (in, out).

    (a, b, c) = (3.4445, -4.775, 2.0315) takes singular values to between 0.7 and 1.2 in five iterations.
    Vectors (biases, and theta on a surface) take Adam's steps.

    Parameters
    ----------
    learning_rate : float, array (N,) or schedule, default 0.001
    momentum : float or array (N,), default 0.95
        In [0, 1].
    nesterov : bool, default True
    iterations : int, default 5
    scale : "original" or "match_rms_adamw", default "original"
        The second is 0.2 sqrt(max(in, out)), which makes steps as large as Adam's: Keras' default.
    adam_beta_1, adam_beta_2, adam_epsilon : float or array (N,), default 0.9, 0.999 and 1e-7
        Of Adam, for vectors.
    epsilon : float or array (N,), default 1e-7
        The least |u|; added to it where `summed`.
    coefficients : three numbers
    summed : bool, default False
        Keras' form: m = momentum m + g and u = g + momentum m, which is as long again, in the same direction.

    Examples
    --------
    >>> rule = Muon(1.0, momentum=0.0, iterations=30, coefficients=(1.5, -0.5, 0.0))
    >>> rule = rule.with_variables({"kernel": (slice(0, 4), (2, 2))})
    >>> theta = np.zeros(4)
    >>> rule.step(theta, np.array([9.0, 0.0, 0.0, 0.5]), rule.init(theta))[0].round(9).tolist()
    [-1.0, 0.0, 0.0, -1.0]

    References
    ----------
    K. Jordan et al., Muon: an optimizer for hidden layers in neural networks, 2024; form and defaults of
    torch, in float64 throughout (torch iterates in bfloat16) and without its weight decay of 0.1.
    J. Liu et al., Muon is scalable for LLM training, 2025.
    """

    learning_rate: Rate = 0.001
    momentum: Share = 0.95
    nesterov: bool = True
    iterations: Steps = 5
    scale: Literal["original", "match_rms_adamw"] = "original"
    _: KW_ONLY
    adam_beta_1: Decay = 0.9
    adam_beta_2: Decay = 0.999
    adam_epsilon: Small = 1e-7
    epsilon: Small = 1e-7
    coefficients: tuple[float, float, float] = QUINTIC
    summed: bool = False

    def __post_init__(self) -> None:
        check_settings(self)
        if self.scale not in SCALES:
            raise BadInput(f"must be {' or '.join(SCALES)}, got {self.scale!r}", field="scale", part="Muon")
        if np.shape(self.coefficients) != (3,):
            raise BadInput(f"must be three numbers, got {self.coefficients!r:.80}", field="coefficients",
                           part="Muon")  # fmt: skip

    def with_variables(self, variables: Variables) -> EachVariable:
        """The same for theta that is made of `variables`."""
        return EachVariable(self, variables)

    @cached_property
    def for_vectors(self) -> Adam:
        """The rule of what is no matrix."""
        return Adam(self.learning_rate, self.adam_beta_1, self.adam_beta_2, self.adam_epsilon)

    def init(self, theta: Array) -> State:
        return self.for_vectors.init(theta)

    def step(self, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
        return self.for_vectors.step(theta, gradient, state)

    def init_variable(self, theta: Array, shape: tuple[int, ...]) -> State:
        if len(shape) != 2:
            return self.for_vectors.init(theta)
        return {"count": 0, "velocity": np.zeros_like(theta)}

    def step_variable(
        self, theta: Array, gradient: Array, state: State, shape: tuple[int, ...]
    ) -> tuple[Array, State]:
        if len(shape) != 2:
            return self.for_vectors.step(theta, gradient, state)
        fresh = 1.0 if self.summed else 1 - self.momentum
        m = self.momentum * state["velocity"] + fresh * gradient
        u = fresh * gradient + self.momentum * m if self.nesterov else m
        rate = rate_at(self.learning_rate, state["count"]) * self.ratio(shape)
        epsilon = self.epsilon + np.zeros(theta.shape[1:])
        turned: Any = (
            self.orthogonal(u, epsilon, shape)
            if theta.ndim == 1
            else run_by_run(lambda one, least: self.orthogonal(one, least, shape), u, epsilon)
        )
        return theta - rate * turned, {"count": state["count"] + 1, "velocity": m}

    def ratio(self, shape: tuple[int, ...]) -> float:
        """What a step of a kernel (in, out) is multiplied by."""
        inputs, outputs = shape
        if self.scale == "original":
            return float(np.sqrt(max(1.0, outputs / inputs)))
        return 0.2 * float(np.sqrt(max(inputs, outputs)))

    def orthogonal(self, u: Array, epsilon: Array, shape: tuple[int, ...]) -> Array:
        """(m n,) the matrix u with singular values near 1."""
        long = np.sqrt((u * u).sum())
        x = u.reshape(shape) / (long + epsilon if self.summed else max(long, epsilon))
        return newton_schulz(x, self.iterations, self.coefficients).ravel()


def newton_schulz(
    matrix: Array, iterations: int = 5, coefficients: tuple[float, float, float] = QUINTIC
) -> Array:
    """(m, n) with the same singular vectors and each singular value s made p(p(...p(s))).

    p(s) = a s + b s^3 + c s^5; the matrix is no longer than 1.

    Examples
    --------
    >>> newton_schulz(np.diag([0.6, 0.3])).round(2).tolist()    # not quite 1, by design
    [[0.72, 0.0], [0.0, 1.08]]
    """
    a, b, c = coefficients
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if tall else matrix
    for _ in range(iterations):
        gram = x @ x.T
        x = a * x + (b * gram + c * (gram @ gram)) @ x
    return x.T if tall else x
