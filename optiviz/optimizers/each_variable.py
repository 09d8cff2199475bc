"""A rule at work on each variable of theta by itself: each kernel and each bias of a network."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from optiviz._lib.typing import Array, State
from optiviz.optimizers.base import Variables


class PerVariable(Protocol):
    """A rule whose step needs the norm, the rows or the columns of a variable."""

    @property
    def learning_rate(self) -> Any: ...

    def init_variable(self, theta: Array, shape: tuple[int, ...]) -> State:
        """The state of one variable (n,) or (n, N), whose entries make an array of `shape`."""
        ...

    def step_variable(
        self, theta: Array, gradient: Array, state: State, shape: tuple[int, ...]
    ) -> tuple[Array, State]:
        """One step of one variable."""
        ...


@dataclass(frozen=True)
class EachVariable:
    """What a rule that works per variable becomes where theta has several.

    The state holds what is shaped like a variable as one array shaped like theta, 0 where a variable has
    none; anything else under the name of the variable and its own, `dense/kernel left`.

    Parameters
    ----------
    optimizer : PerVariable
    variables : mapping of str to (slice, shape)
        As an objective names them.

    Examples
    --------
    >>> from optiviz.optimizers.lars import LARS
    >>> two = {"a": (slice(0, 1), (1,)), "b": (slice(1, 2), (1,))}
    >>> rule = LARS(1.0, trust_coefficient=0.5, momentum=0.0).with_variables(two)
    >>> theta = np.array([4.0, 2.0])
    >>> rule.step(theta, np.array([100.0, -0.01]), rule.init(theta))[0].tolist()
    [2.0, 3.0]
    """

    optimizer: PerVariable
    variables: Variables

    @property
    def learning_rate(self) -> Any:
        """That of the rule."""
        return self.optimizer.learning_rate

    @property
    def name(self) -> str:
        """That of the rule."""
        return type(self.optimizer).__name__

    def init(self, theta: Array) -> State:
        whole: State = {"count": 0}
        for name, (at, shape) in self.variables.items():
            self.enter(whole, name, at, self.optimizer.init_variable(theta[at], shape), theta)
        return whole

    def step(self, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
        moved = np.empty_like(theta)
        after: State = {"count": state["count"] + 1}
        for name, (at, shape) in self.variables.items():
            own: State = {"count": state["count"]}
            shared = {k: v for k, v in state.items() if k != "count" and v.shape == theta.shape}
            own |= {key: value[at] for key, value in shared.items()}
            own |= {k[len(name) + 1 :]: v for k, v in state.items() if k.startswith(f"{name} ")}
            moved[at], kept = self.optimizer.step_variable(theta[at], gradient[at], own, shape)
            self.enter(after, name, at, kept, theta)
        return moved, after

    def enter(self, whole: State, name: str, at: slice, part: State, theta: Array) -> None:
        """Put the state of one variable into that of theta."""
        for key, value in part.items():
            if key == "count":
                continue
            if value.shape == theta[at].shape:
                if key not in whole:
                    whole[key] = np.zeros_like(theta)
                whole[key][at] = value
            else:
                whole[f"{name} {key}"] = value
