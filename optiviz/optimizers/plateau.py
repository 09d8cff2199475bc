"""Reduce-on-plateau: a smaller rate once the loss no longer falls."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated, Any, ClassVar

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.registry import check_settings
from optiviz._lib.typing import Array, Bounds, Decay, Small, State, rate_at
from optiviz.optimizers.base import Optimizer, Variables, answers_for, told_variables
from optiviz.optimizers.wrappers import check_wrapped, position_of


@checked_settings
@dataclass(frozen=True)
class Plateau:
    """Multiply the rate of `optimizer` by `factor` once the loss has not fallen for over `patience` steps.

    A loss counts as lower when it is below best (1 - threshold), or best - threshold where not `relative`.
    After a cut the next `cooldown` steps do not count. Each step asks for the loss where it begins.

    Parameters
    ----------
    optimizer : Optimizer
    factor : float or array (N,), default 0.1
    patience : int, default 10
        Keras' patience of n is n - 1 here, with `relative` off.
    threshold : float or array (N,), default 1e-4
    relative : bool, default True
    cooldown : int, default 0
    least : float or array (N,), default 0.0
        Of the first rate: the factors are multiplied up to here.

    Examples
    --------
    >>> import optiviz as ov
    >>> bowl = ov.surface("x**2 + y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1, 0))
    >>> run = ov.minimize(bowl, Plateau(ov.GD(1.0), factor=0.25, patience=1), steps=4)    # to and fro
    >>> run.path[:, 0].tolist()    # the second loss that is no lower cuts the rate
    [1.0, -1.0, 1.0, -1.0, -0.5]

    References
    ----------
    As torch's `ReduceLROnPlateau`, asked after every step.
    """

    asks: ClassVar[bool] = True

    optimizer: Optimizer
    factor: Decay = 0.1
    patience: Annotated[int, Bounds(low=0.0)] = 10
    threshold: Small = 1e-4
    relative: bool = True
    cooldown: Annotated[int, Bounds(low=0.0)] = 0
    least: Small = 0.0

    def __post_init__(self) -> None:
        check_wrapped(self)
        check_settings(self)

    @property
    def learning_rate(self) -> Any:
        """The rate of the rule inside, before any cut."""
        return self.optimizer.learning_rate  # type: ignore[attr-defined]

    def with_variables(self, variables: Variables) -> "Plateau":
        """The same for theta that is made of `variables`."""
        return replace(self, optimizer=told_variables(self.optimizer, variables))

    def position(self, theta: Array, state: State) -> Array:
        """Where the rule inside has its weights."""
        return position_of(self.optimizer, theta, state)

    def init(self, theta: Array) -> State:
        own = {"rate_share": 1.0, "lowest_loss": np.inf, "bad_steps": 0.0, "cooling": 0.0}
        return self.optimizer.init(theta) | {
            name: value + np.zeros_like(theta) for name, value in own.items()
        }

    def step(self, theta: Array, gradient: Array, state: State, *asked: Any) -> tuple[Array, State]:
        (questions,) = asked
        own = {name: state[name] for name in ("rate_share", "lowest_loss", "bad_steps", "cooling")}
        if state["count"]:  # the loss before the first step is nobody's work
            own = self.judged(questions.loss(), **own)
        rule = self.at_share(own["rate_share"][0]) if len(theta) else self.optimizer
        inside = {name: value for name, value in state.items() if name not in own}
        theta, now = rule.step(theta, gradient, inside, *answers_for(rule, asked))
        return theta, now | own

    def judged(
        self, loss: Array, rate_share: Array, lowest_loss: Array, bad_steps: Array, cooling: Array
    ) -> State:
        """What is remembered once a loss has been seen; all shaped like theta, a number a run."""
        goal = lowest_loss * (1 - self.threshold) if self.relative else lowest_loss - self.threshold
        better = (loss < goal) | ~np.isfinite(lowest_loss)
        lowest = np.where(better, loss, lowest_loss)
        bad = np.where(better, 0.0, bad_steps + 1)
        bad, cooling = np.where(cooling > 0, 0.0, bad), np.maximum(cooling - 1, 0.0)
        cut = bad > self.patience
        share = np.where(cut, np.maximum(rate_share * self.factor, self.least), rate_share)
        return {
            "rate_share": share,
            "lowest_loss": lowest,
            "bad_steps": np.where(cut, 0.0, bad),
            "cooling": np.where(cut, float(self.cooldown), cooling),
        }

    def at_share(self, share: Array) -> Any:
        """The rule inside with a share of its rate, () or (N,); made once for each share."""
        key = np.asarray(share).tobytes()
        if key not in self.rules:
            self.rules[key] = with_share(self.optimizer, share)
        return self.rules[key]

    @cached_property
    def rules(self) -> dict[bytes, Any]:
        """Those that have been made."""
        return {}


@dataclass(frozen=True)
class ShareOfRate:
    """A schedule: a share of another rate."""

    learning_rate: Any
    share: Any = 1.0

    def __call__(self, count: int) -> Any:
        return rate_at(self.learning_rate, count) * self.share


def with_share(part: Any, share: Array) -> Any:
    """A rule, wrapped or not, with a share of its rate."""
    if getattr(part, "optimizer", None) is not None:
        return replace(part, optimizer=with_share(part.optimizer, share))
    return replace(part, learning_rate=ShareOfRate(part.learning_rate, share))
