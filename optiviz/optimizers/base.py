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
    in an attribute `gradients_per_step`; they count in `Trajectory.evaluations`. One that leaves the asking
    to the run has an attribute `asks = True` and a fourth argument of `step`: `Questions`.
    """

    def __init__(self, *_: Any, **__: Any) -> None:
        if type(self) is Optimizer:
            raise BadInput(
                "Optimizer says what a rule must have; a rule is Adam(0.1), or a function: ov.rule"
            )

    def init(self, theta: Array) -> State:
        """The state before the first step."""
        ...

    def step(self, theta: Array, gradient: Array, state: State, *asked: Any) -> tuple[Array, State]:
        """The next theta and state; neither argument is changed.

        `asked` is one `Questions` where the rule has `asks = True`, and nothing otherwise: no other rule
        need take it.
        """
        ...


class Questions(Protocol):
    """What a step may ask besides the gradient that it is given: of the same batch, at any theta.

    Every answer counts in `Trajectory.evaluations`: a value as one value, a gradient as one gradient, a
    product with the Hessian as one gradient, a Hessian as P of them. Of runs side by side `among` (N,) says
    for which of them an answer is wanted; the others are answered too, and not counted.
    """

    def loss(self) -> Array:
        """The loss at the theta of this step: () or (N,)."""
        ...

    def value(self, theta: Array, among: Any = True) -> Array:
        """The loss at theta (P,) or (P, N): () or (N,)."""
        ...

    def gradient(self, theta: Array, among: Any = True) -> Array:
        """The gradient at theta, shaped like it."""
        ...

    def value_and_gradient(self, theta: Array, among: Any = True) -> tuple[Array, Array]:
        """Both."""
        ...

    def hessian(self, theta: Array, among: Any = True) -> Array:
        """The matrix of second derivatives at theta: (P, P) or (P, P, N)."""
        ...

    def hessian_product(self, theta: Array, direction: Array, among: Any = True) -> Array:
        """The Hessian at theta times a direction, shaped like both."""
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


def asks(optimizer: Any) -> bool:
    """Whether the steps of a rule, or of one inside its wrappers, ask `Questions`."""
    while optimizer is not None:
        if getattr(optimizer, "asks", False) is True:
            return True
        optimizer = getattr(optimizer, "optimizer", None)
    return False


def answers_for(optimizer: Any, asked: tuple[Any, ...]) -> tuple[Any, ...]:
    """What a wrapper hands on of its own `Questions`: all to a rule that asks, nothing to others."""
    return asked if asks(optimizer) else ()


def check_asks_nothing(optimizer: Any, where: str) -> None:
    """Refuse a rule that asks `Questions` where only gradients are given."""
    if asks(optimizer):
        name = getattr(optimizer, "name", type(optimizer).__name__)
        raise BadInput(f"{where}: {name} asks for more than a gradient a step; run it by minimize or compare")


def rate_of_step(learning_rate: Any, t: int) -> Any:
    """The rate of step t = 1, 2, 3, ...; nan for t = 0, when there has been none."""
    return rate_at(learning_rate, t - 1) if t else np.nan
