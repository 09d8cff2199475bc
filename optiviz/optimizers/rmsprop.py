"""RMSprop: Adagrad that forgets."""

from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.powers import Powers
from optiviz._lib.registry import check_settings
from optiviz._lib.typing import Array, Decay, Rate, Share, Small, State
from optiviz.optimizers.base import Optimizer, rate_of_step
from optiviz.optimizers.nag import NAG
from optiviz.optimizers.sgd import SGD


@checked_settings
@dataclass(frozen=True)
class RMSprop:
    """Divide each coordinate's step by a moving root mean square of its gradients.

    a = rho a + (1 - rho) g^2, then theta = theta - rate g / sqrt(a + epsilon). With a constant rate
    the path ends in a small cycle about rate / 2 wide around the minimum; that is the rule, not a fault.

    Parameters
    ----------
    learning_rate : float, array (N,) or schedule, default 0.001
    rho : float or array (N,), default 0.9
        The share of the mean square kept at each step, in [0, 1).
    epsilon : float or array (N,), default 1e-7
        Keeps the division finite; 0 is allowed where no gradient is exactly 0.
    epsilon_inside_sqrt : bool, default True
        False is the form of torch: sqrt(a) + epsilon.
    momentum : float or array (N,), default 0.0
        Give the divided gradient to `Momentum` instead of plain descent.
    nesterov, rate_inside : bool, default False and True
        Which momentum: see `SGD`. torch has `rate_inside=False`.
    centered : bool, default False
        Divide by the standard deviation: a - m^2 in place of a, m the moving mean of g. Rounding can
        bring that below 0; we take 0 then, where Keras and torch go astray (torch: NaN at step 331 of a
        constant gradient of 0.1).
    initial_scale : float or array (N,), default 0.0
        The a before the first step.
    bias_correction : bool, default False
        Divide a and m by 1 - rho^t, as Adam does.

    Examples
    --------
    >>> rule = RMSprop(learning_rate=0.5, rho=0.75, epsilon=0.0)
    >>> theta, state = rule.step(np.ones(1), np.full(1, 4.0), rule.init(np.ones(1)))
    >>> float(theta[0]), float(state["mean_square"][0])
    (0.0, 4.0)

    References
    ----------
    T. Tieleman, G. Hinton, Neural networks for machine learning, lecture 6.5, 2012; centered:
    A. Graves, Generating sequences with recurrent neural networks, arXiv 1308.0850, 2013; form and
    defaults of Keras 3; `nesterov`, `initial_scale`, `bias_correction` of optax.
    """

    learning_rate: Rate = 0.001
    rho: Decay = 0.9
    epsilon: Small = 1e-7
    _: KW_ONLY
    epsilon_inside_sqrt: bool = True
    momentum: Share = 0.0
    nesterov: bool = False
    rate_inside: bool = True
    centered: bool = False
    initial_scale: Small = 0.0
    bias_correction: bool = False

    def __post_init__(self) -> None:
        check_settings(self)

    @cached_property
    def descent(self) -> Optimizer:
        """What the divided gradient is given to: plain descent, or a ball."""
        return SGD(self.learning_rate, self.momentum, self.nesterov, rate_inside=self.rate_inside)

    def init(self, theta: Array) -> State:
        zeros = np.zeros_like(theta)
        mean = {"mean_gradient": zeros} if self.centered else {}
        return self.descent.init(theta) | {"mean_square": zeros + self.initial_scale} | mean

    def step(self, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
        now = {"count": state["count"] + 1}
        now["mean_square"] = self.rho * state["mean_square"] + (1 - self.rho) * gradient * gradient
        if self.centered:
            now["mean_gradient"] = self.rho * state["mean_gradient"] + (1 - self.rho) * gradient
        theta, moved = self.descent.step(theta, gradient / self.root(now), state)
        return theta, moved | now

    def position(self, theta: Array, state: State) -> Any:
        """Where the weights are: with `nesterov` the look-ahead point minus the speed, else theta itself."""
        descent = self.descent
        return descent.position(theta, state) if isinstance(descent, NAG) else theta

    @cached_property
    def decay(self) -> Powers:
        """t -> rho^t."""
        return Powers(self.rho)

    def root(self, state: State) -> Any:
        """sqrt(a + epsilon) with all options, shaped like theta."""
        a = state["mean_square"]
        fair = 1 - self.decay(state["count"] or 1) if self.bias_correction else 1.0
        if self.bias_correction:
            a = a / fair
        if self.centered:
            mean = state["mean_gradient"] / fair
            a = np.maximum(a - mean * mean, 0.0)
        return np.sqrt(a + self.epsilon) if self.epsilon_inside_sqrt else np.sqrt(a) + self.epsilon

    def effective_rate(self, state: State) -> Any:
        """rate / sqrt(a + epsilon) of the step that ended in `state`, shaped like theta."""
        return rate_of_step(self.learning_rate, state["count"]) / self.root(state)
