"""What every optimizer is: settings, and two pure functions."""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array, State, rate_at

# What theta is made of, by name and in order: which coordinates, and the shape of the array that they are
Variables = Mapping[str, tuple[slice, tuple[int, ...]]]


class Optimizer(Protocol):
    """How to step. Hyperparameters are frozen fields; what is remembered is passed in and out.

    `theta` and `gradient` are (P,), or (P, N) for N runs at once; hyperparameters of shape (N,) broadcast.
    The state holds named arrays shaped like theta, and `count`, the number of finished steps.
    A rule whose step asks for more gradients than the one that it is given says how many there are in all
    in an attribute `gradients_per_step`; they count in `Trajectory.evaluations`.
    """

    def __init__(self, *_: Any, **__: Any) -> None:
        if type(self) is Optimizer:
            raise BadInput(
                "Optimizer says what a rule must have; a rule is Adam(0.1), or a function: ov.rule"
            )

    def init(self, theta: Array) -> State:
        """The state before the first step."""
        ...

    def step(self, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
        """The next theta and state; neither argument is changed."""
        ...


class Rated(Optimizer, Protocol):
    """An optimizer that tells its rate, as all of ours do; decoupled weight decay asks for it."""

    @property
    def learning_rate(self) -> Any:
        """A number, one number a run (N,), or a schedule."""
        ...


def told_variables(optimizer: Any, variables: Variables | None) -> Any:
    """The rule for theta that is made of several variables, such as the kernels and biases of a network.

    A rule that works on each of them by itself has a method `with_variables`; one that works on each
    coordinate, or on theta as a whole, has none and stays what it is. Without `variables` theta is one.
    """
    told = getattr(optimizer, "with_variables", None)
    return optimizer if told is None or not variables else told(variables)


def rate_of_step(learning_rate: Any, t: int) -> Any:
    """The rate of step t = 1, 2, 3, ...; nan for t = 0, when there has been none."""
    return rate_at(learning_rate, t - 1) if t else np.nan
