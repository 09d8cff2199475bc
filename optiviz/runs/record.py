"""Observers of a descent: what is written down of each step, row by row."""

from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.typing import Array, State
from optiviz.optimizers.base import Optimizer
from optiviz.optimizers.wrappers import position_of
from optiviz.runs.questions import Answers


def recorded(state: Any, theta: Array) -> list[str]:
    """The names in a state that are written down: of arrays of floats shaped like theta."""
    named = state.items() if isinstance(state, dict) else ()
    return [name for name, a in named if isinstance(a, np.ndarray) and a.shape == theta.shape]


class Rows(Protocol):
    """Observer of a descent: is given the steps in `at`, in order, and records them or keeps what matters."""

    @property
    def at(self) -> NDArray[np.int64]: ...

    def columns(self, block: slice) -> Self:
        """The same for some of the runs alone, as views."""
        ...

    def emptied(self, count: int) -> Self:
        """The same before its first row, for so many runs; of 0 it is a recipe that costs nothing to send."""
        ...

    def fill(self, block: slice, part: Self) -> None:
        """Copy what was written of some of the runs into this."""
        ...

    def write(self, row: int, theta: Array, loss: Array, gradient: Array, state: State) -> None:
        """Step `at[row]` has been taken."""
        ...


@dataclass(frozen=True, eq=False)
class Record:
    """Preallocated arrays of a run's record, filled row by row."""

    path: Array
    losses: Array
    gradients: Array
    state: dict[str, Array]
    at: NDArray[np.int64]
    positions: Array | None = None  # where the weights are, if `rule` looks ahead
    rule: Optimizer | None = None
    answers: Answers | None = None  # who counts what the steps ask for, if they do

    @staticmethod
    def empty(
        shape: tuple[int, ...],
        at: NDArray[np.int64],
        names: list[str],
        memory: bool,
        rule: Optimizer | None,
    ) -> "Record":
        rows = len(at)
        return Record(
            path=np.empty((rows, *shape)),
            losses=np.empty((rows, *shape[1:])),
            gradients=np.empty((rows - 1 if memory else 0, *shape)),
            state={name: np.empty((rows, *shape)) for name in names},
            at=at,
            positions=np.empty((rows, *shape)) if rule else None,
            rule=rule,
        )

    def columns(self, block: slice) -> "Record":
        """The same rows of some of the runs, as views."""
        state = {name: rows[..., block] for name, rows in self.state.items()}
        gradients = self.gradients[..., block]
        positions = None if self.positions is None else self.positions[..., block]
        rule = slice_hyperparameters(self.rule, block, self.path.shape[-1])
        return Record(
            self.path[..., block], self.losses[..., block], gradients, state, self.at, positions, rule
        )

    def emptied(self, count: int) -> "Record":
        """A record of the same rows for so many runs (P, count)."""
        shape = (*self.path.shape[1:-1], count)
        return Record.empty(shape, self.at, [*self.state], bool(len(self.gradients)), self.rule)

    def fill(self, block: slice, part: "Record") -> None:
        """Copy the rows of some of the runs."""
        mine = self.columns(block)
        pairs = [(mine.path, part.path), (mine.losses, part.losses), (mine.gradients, part.gradients)]
        if mine.positions is not None and part.positions is not None:
            pairs.append((mine.positions, part.positions))
        for to, made in [*pairs, *((mine.state[name], part.state[name]) for name in mine.state)]:
            to[...] = made

    def write(self, row: int, theta: Array, loss: Array, gradient: Array, state: State) -> None:
        """Fill one row in place."""
        self.path[row] = theta
        self.losses[row] = loss
        if row < len(self.gradients):
            self.gradients[row] = gradient
        for name, rows in self.state.items():
            rows[row] = state[name]
        if self.positions is not None:
            self.positions[row] = position_of(self.rule, theta, state)
        if self.answers is not None:
            self.answers.note(row)


def slice_hyperparameters(part: Any, block: slice, count: int) -> Any:
    """An optimizer with the hyperparameters (count,) cut to one block of runs, wrapped ones too."""
    if isinstance(part, np.ndarray) and part.shape[-1:] == (count,):
        return part[..., block]
    if is_dataclass(part) and not isinstance(part, type):
        own = {field.name: getattr(part, field.name) for field in fields(part) if field.init}
        cut = {name: slice_hyperparameters(value, block, count) for name, value in own.items()}
        changed = {name: value for name, value in cut.items() if value is not own[name]}
        return replace(part, **changed) if changed else part
    return part
