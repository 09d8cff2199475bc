"""Averages of the weights along a run: Polyak-Ruppert, SWA, EMA."""

from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.errors import BadInput
from optiviz._lib.registry import check_settings
from optiviz._lib.typing import Array, Bounds, Decay, State, Steps
from optiviz.optimizers.base import Optimizer, Variables, answers_for, told_variables
from optiviz.optimizers.wrappers import check_wrapped, position_of


@checked_settings
@dataclass(frozen=True)
class Average:
    """Let `optimizer` run, and stand at an average of where it has been.

    After the first `begin` steps every `every`-th theta enters the average a, the first one as it is:

        mean    a = a + (theta - a) / n,                   n of them so far: Polyak-Ruppert, SWA
        ema     a = decay a + (1 - decay) theta,           a moving mean that forgets

    The run itself goes on from theta; `Trajectory.positions` and pictures show a, `path` shows theta.

    Parameters
    ----------
    optimizer : Optimizer
    kind : "mean" or "ema", default "mean"
    decay : float or array (N,), default 0.99
        The share of the average kept, of "ema"; torch has 0.999, Keras' `use_ema` 0.99.
    begin : int, default 0
        Steps that do not count; until then the average is theta.
    every : int, default 1
        Steps from one theta that counts to the next: an epoch, in SWA.

    Examples
    --------
    >>> from optiviz.optimizers.gd import GD
    >>> rule = Average(GD(1.0))
    >>> theta, state = np.array([4.0]), rule.init(np.array([4.0]))
    >>> for _ in range(3):
    ...     theta, state = rule.step(theta, np.ones(1), state)
    >>> theta.tolist(), rule.position(theta, state).tolist()    # 1; the mean of 3, 2 and 1
    ([1.0], [2.0])

    References
    ----------
    B. Polyak, A. Juditsky, Acceleration of stochastic approximation by averaging, 1992.
    P. Izmailov et al., Averaging weights leads to wider optima and better generalization, UAI 2018; as
    torch's `AveragedModel` and Keras' `use_ema`, which copy the first theta.
    """

    optimizer: Optimizer
    kind: Literal["mean", "ema"] = "mean"
    decay: Decay = 0.99
    begin: Annotated[int, Bounds(low=0.0)] = 0
    every: Steps = 1

    def __post_init__(self) -> None:
        check_wrapped(self)
        check_settings(self)
        if self.kind not in ("mean", "ema"):
            raise BadInput(f"must be mean or ema, got {self.kind!r}", field="kind", part="Average")

    @property
    def learning_rate(self) -> Any:
        """The rate of the rule inside."""
        return self.optimizer.learning_rate  # type: ignore[attr-defined]

    def with_variables(self, variables: Variables) -> "Average":
        """The same for theta that is made of `variables`."""
        return replace(self, optimizer=told_variables(self.optimizer, variables))

    def position(self, theta: Array, state: State) -> Array:
        """The average."""
        return np.asarray(state["average"])

    def init(self, theta: Array) -> State:
        return self.optimizer.init(theta) | {"average": np.array(theta)}

    def step(self, theta: Array, gradient: Array, state: State, *asked: Any) -> tuple[Array, State]:
        own = {name: value for name, value in state.items() if name != "average"}
        theta, now = self.optimizer.step(theta, gradient, own, *answers_for(self.optimizer, asked))
        return theta, now | {"average": self.after(theta, now, state["average"])}

    def after(self, theta: Array, now: State, average: Array) -> Array:
        """The average once the step that ended in `now` has been taken."""
        place, later = position_of(self.optimizer, theta, now), now["count"] - self.begin - 1
        if later <= 0:
            return place
        if later % self.every:
            return average
        if self.kind == "ema":
            return np.asarray(self.decay * average + (1 - self.decay) * place)
        return np.asarray(average + (place - average) / (later // self.every + 1))
