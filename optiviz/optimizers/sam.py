"""SAM: the gradient of the worst place nearby, so that a run prefers wide valleys."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.registry import check_settings
from optiviz._lib.typing import Array, Small, State
from optiviz.optimizers.base import Optimizer, Variables, answers_for, told_variables
from optiviz.optimizers.columns import lengths
from optiviz.optimizers.wrappers import check_wrapped, position_of


@checked_settings
@dataclass(frozen=True)
class SAM:
    """Climb `radius` up the slope, take the gradient there, and let `optimizer` step with it from here.

    e = radius g / (|g| + epsilon),   h = gradient(theta + e),   then a step of the rule at theta with h.

    Adaptive (ASAM) measures the neighbourhood in units of each weight: with |theta| coordinate by coordinate,
    e = radius theta^2 g / (||theta| g| + epsilon), so that rescaling the weights changes nothing.

    |g| is the length of the whole gradient. Both gradients see the same batch; a step costs two.

    Parameters
    ----------
    optimizer : Optimizer
    radius : float or array (N,), default 0.05
        The paper's rho; 0 is the rule itself.
    adaptive : bool, default False
    epsilon : float or array (N,), default 1e-12
        Keeps the division finite where the slope is 0; optax has 0.

    Examples
    --------
    >>> import optiviz as ov
    >>> bowl = ov.surface("x**2 + y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1, 0))
    >>> run = ov.minimize(bowl, SAM(ov.GD(0.25), radius=0.5, epsilon=0.0), steps=1)
    >>> run.path[1].tolist(), run.evaluations.gradients    # 1 - 0.25 * 2 * 1.5
    ([0.25, 0.0], 2)

    References
    ----------
    P. Foret, A. Kleiner, H. Mobahi, B. Neyshabur, Sharpness-aware minimization for efficiently improving
    generalization, ICLR 2021. J. Kwon et al., ASAM: adaptive sharpness-aware minimization, ICML 2021.
    """

    asks: ClassVar[bool] = True

    optimizer: Optimizer
    radius: Small = 0.05
    adaptive: bool = False
    epsilon: Small = 1e-12

    def __post_init__(self) -> None:
        check_wrapped(self)
        check_settings(self)

    @property
    def learning_rate(self) -> Any:
        """The rate of the rule inside."""
        return self.optimizer.learning_rate  # type: ignore[attr-defined]

    def with_variables(self, variables: Variables) -> "SAM":
        """The same for theta that is made of `variables`; the length is that of all of them together."""
        return replace(self, optimizer=told_variables(self.optimizer, variables))

    def position(self, theta: Array, state: State) -> Array:
        """Where the rule inside has its weights."""
        return position_of(self.optimizer, theta, state)

    def init(self, theta: Array) -> State:
        return self.optimizer.init(theta)

    def step(self, theta: Array, gradient: Array, state: State, *asked: Any) -> tuple[Array, State]:
        (questions,) = asked
        slope = questions.gradient(theta + self.climb(theta, gradient))
        return self.optimizer.step(theta, slope, state, *answers_for(self.optimizer, asked))

    def climb(self, theta: Array, gradient: Array) -> Array:
        """The way to the worst place nearby, shaped like theta."""
        if self.adaptive:
            scaled = np.abs(theta) * gradient
            return np.abs(theta) * scaled * (self.radius / (lengths(scaled) + self.epsilon))
        return gradient * (self.radius / (lengths(gradient) + self.epsilon))
