"""RAdam: Adam that waits until its mean square can be trusted."""

from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import Annotated, Any

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.powers import Powers
from optiviz._lib.registry import check_settings
from optiviz._lib.typing import Array, Bounds, Decay, Rate, Small, State
from optiviz.optimizers.base import rate_of_step


@checked_settings
@dataclass(frozen=True)
class RAdam:
    """Momentum at first, then Adam, with steps that grow as v comes to rest on more gradients.

    m and v as in Adam; rho_t = rho_inf - 2 t beta_2^t / (1 - beta_2^t) with rho_inf = 2 / (1 - beta_2) - 1
    counts the gradients that v has seen. While rho_t <= 5,

        theta = theta - rate m / (1 - beta_1^t);

    then, with r^2 = (rho_t - 4) (rho_t - 2) rho_inf / ((rho_inf - 4) (rho_inf - 2) rho_t),

        theta = theta - rate r sqrt(1 - beta_2^t) / (1 - beta_1^t)  m / (sqrt(v) + epsilon).

    The first steps are as long as the slope is steep: on a steep surface choose the rate for those.

    Parameters
    ----------
    learning_rate : float, array (N,) or schedule, default 0.001
    beta_1, beta_2 : float or array (N,), default 0.9 and 0.999
        The shares of the two means kept at each step, in [0, 1).
    epsilon : float or array (N,), default 1e-8
    epsilon_hat : bool, default True
        Added before the bias correction, as in torch; False after it, as in optax.
    threshold : float or array (N,), default 5.0
        The rho_t to pass; the paper has 4, which is the least that makes sense.

    Examples
    --------
    >>> rule = RAdam(learning_rate=0.1)
    >>> theta, state = rule.step(np.ones(1), np.full(1, 7.0), rule.init(np.ones(1)))
    >>> round(float(theta[0]), 12)    # 1 - 0.1 * 7
    0.3

    References
    ----------
    L. Liu et al., On the variance of the adaptive learning rate and beyond, ICLR 2020; form and
    defaults of torch (Keras 3 has no RAdam).
    """

    learning_rate: Rate = 0.001
    beta_1: Decay = 0.9
    beta_2: Decay = 0.999
    epsilon: Small = 1e-8
    _: KW_ONLY
    epsilon_hat: bool = True
    threshold: Annotated[float | Array, Bounds(low=4.0)] = 5.0

    def __post_init__(self) -> None:
        check_settings(self)

    def init(self, theta: Array) -> State:
        zeros = np.zeros_like(theta)
        return {"count": 0, "first_moment": zeros, "second_moment": zeros}

    def step(self, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
        m = self.beta_1 * state["first_moment"] + (1 - self.beta_1) * gradient
        v = self.beta_2 * state["second_moment"] + (1 - self.beta_2) * gradient * gradient
        now = {"count": state["count"] + 1, "first_moment": m, "second_moment": v}
        return theta - self.effective_rate(now) * m, now

    @cached_property
    def decays(self) -> tuple[Powers, Powers]:
        """t -> beta_1^t and t -> beta_2^t."""
        return Powers(self.beta_1), Powers(self.beta_2)

    def trust(self, t: int) -> Any:
        """r at step t; 0 while v is not to be trusted."""
        far = 2 / (1 - self.beta_2) - 1
        left = self.decays[1](t)
        rho = far - 2 * t * left / (1 - left)
        trusted = rho > self.threshold
        rho, far = np.where(trusted, rho, 5.0), np.where(trusted, far, 5.0)  # no root of a negative number
        return trusted * np.sqrt((rho - 4) * (rho - 2) * far / ((far - 4) * (far - 2) * rho))

    def effective_rate(self, state: State) -> Any:
        """What m is multiplied by in the step that ended in `state`, shaped like theta."""
        t = state["count"] or 1
        rate = rate_of_step(self.learning_rate, state["count"]) / (1 - self.decays[0](t))
        fair, r = np.sqrt(1 - self.decays[1](t)), self.trust(t)
        epsilon = self.epsilon if self.epsilon_hat else self.epsilon * fair
        return rate * np.where(r > 0, r * fair / (np.sqrt(state["second_moment"]) + epsilon), 1.0)
