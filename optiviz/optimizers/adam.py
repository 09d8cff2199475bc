"""Adam: momentum and RMSprop at once, with a fair start."""

from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.errors import BadInput
from optiviz._lib.powers import Powers, root_of
from optiviz._lib.registry import check_settings
from optiviz._lib.typing import Array, Decay, Rate, Small, State
from optiviz.optimizers.base import rate_of_step


@checked_settings
@dataclass(frozen=True)
class Adam:
    """Step along a moving mean of the gradient, divided by the root of its moving mean square.

    m = beta_1 m + (1 - beta_1) g,   v = beta_2 v + (1 - beta_2) g^2,
    theta = theta - rate sqrt(1 - beta_2^t) / (1 - beta_1^t)  m / (sqrt(v) + epsilon).

    Both means start at 0 and are too small at first; the factors with beta^t undo that. The first
    step is therefore `learning_rate` long in every coordinate, whatever the slope.

    Parameters
    ----------
    learning_rate : float, array (N,) or schedule, default 0.001
    beta_1, beta_2 : float or array (N,), default 0.9 and 0.999
        The shares of the two means kept at each step, in [0, 1).
    epsilon : float or array (N,), default 1e-7
        Keeps the division finite; 0 is allowed where no gradient is exactly 0.
    epsilon_hat : bool, default True
        The paper's epsilon-hat: added before the bias correction. False adds it after, as the
        paper's Algorithm 1, torch and optax do: m_hat / (sqrt(v_hat) + epsilon).
    epsilon_root : float or array (N,), default 0.0
        optax's `eps_root`: added under the root, to v or v_hat as `epsilon_hat` says.
    amsgrad : False, True, "max_v" or "max_v_hat", default False
        Divide by the largest v so far. "max_v", which is True, is the form of Keras and torch;
        "max_v_hat", optax's, takes the largest bias-corrected v, so that one large first gradient
        shortens every later step; epsilon then counts as in `epsilon_hat=False`.
    bias_correction : bool, default True
        False leaves out the factors with beta^t; with `amsgrad` that is Reddi's paper.

    Examples
    --------
    >>> rule = Adam(learning_rate=0.1, epsilon=0.0)
    >>> theta, state = rule.step(np.ones(1), np.full(1, 7.0), rule.init(np.ones(1)))
    >>> round(float(theta[0]), 12), sorted(state)
    (0.9, ['count', 'first_moment', 'second_moment'])

    References
    ----------
    D. Kingma, J. Ba, Adam: a method for stochastic optimization, ICLR 2015; form and defaults of
    Keras 3. S. Reddi, S. Kale, S. Kumar, On the convergence of Adam and beyond, ICLR 2018.
    """

    learning_rate: Rate = 0.001
    beta_1: Decay = 0.9
    beta_2: Decay = 0.999
    epsilon: Small = 1e-7
    _: KW_ONLY
    epsilon_hat: bool = True
    epsilon_root: Small = 0.0
    amsgrad: bool | Literal["max_v", "max_v_hat"] = False
    bias_correction: bool = True

    def __post_init__(self) -> None:
        check_settings(self)
        if self.amsgrad not in (False, True, "max_v", "max_v_hat"):
            raise BadInput(
                f"must be false, true, 'max_v' or 'max_v_hat', got {self.amsgrad!r}",
                field="amsgrad",
                part="Adam",
            )

    def init(self, theta: Array) -> State:
        zeros = np.zeros_like(theta)
        largest = {"largest_second_moment": zeros} if self.amsgrad else {}
        return {"count": 0, "first_moment": zeros, "second_moment": zeros} | largest

    def step(self, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
        m = self.beta_1 * state["first_moment"] + (1 - self.beta_1) * gradient
        v = self.beta_2 * state["second_moment"] + (1 - self.beta_2) * gradient * gradient
        now = {"count": state["count"] + 1, "first_moment": m, "second_moment": v}
        if self.amsgrad:
            v_hat = v / self.corrections(now["count"])[1] if self.amsgrad == "max_v_hat" else v
            now["largest_second_moment"] = np.maximum(state["largest_second_moment"], v_hat)
        return theta - self.effective_rate(now) * m, now

    def corrections(self, t: int) -> tuple[Any, Any]:
        """1 - beta_1^t and 1 - beta_2^t: the share of the true mean that m and v have at step t."""
        if not self.bias_correction:
            return 1.0, 1.0
        first, second = self.decays
        return 1 - first(t), 1 - second(t)

    @cached_property
    def decays(self) -> tuple[Powers, Powers]:
        """t -> beta_1^t and t -> beta_2^t."""
        return Powers(self.beta_1), Powers(self.beta_2)

    @cached_property
    def rooted(self) -> bool:
        """Whether there is an epsilon under the root; asked once, since an addition is a tenth of a step."""
        return bool(np.any(self.epsilon_root))

    def effective_rate(self, state: State) -> Any:
        """What m is multiplied by in the step that ended in `state`, shaped like theta."""
        rate = rate_of_step(self.learning_rate, state["count"])
        c_1, c_2 = self.corrections(state["count"] or 1)
        v = state["second_moment"]
        if self.amsgrad:
            v = state["largest_second_moment"]
            c_2 = 1.0 if self.amsgrad == "max_v_hat" else c_2
        root, epsilon = root_of(c_2), self.epsilon
        if not self.epsilon_hat:  # epsilon after the correction is sqrt(c_2) epsilon before it
            epsilon = root * epsilon
        if self.rooted:
            v = v + (self.epsilon_root if self.epsilon_hat else c_2 * self.epsilon_root)
        return rate * root / c_1 / (np.sqrt(v) + epsilon)
