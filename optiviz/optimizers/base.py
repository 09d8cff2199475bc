"""What every optimizer is: settings, and two pure functions."""

from typing import Protocol

from optiviz.notation import Array, State


class Optimizer(Protocol):
    """How to step. Hyperparameters are frozen fields; what is remembered is passed in and out.

    `theta` and `gradient` are (P,), or (P, N) for N runs at once; hyperparameters of shape (N,) broadcast.
    The state holds named arrays shaped like theta, and `count`, the number of finished steps.
    """

    def init(self, theta: Array) -> State:
        """The state before the first step."""
        ...

    def step(self, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
        """The next theta and state; neither argument is changed."""
        ...
