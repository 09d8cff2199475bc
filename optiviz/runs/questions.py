"""Answers to what the steps of a rule ask besides their gradient, with counts of them."""

from dataclasses import dataclass, field
from inspect import signature
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.typing import Array, Batch
from optiviz.objectives.second_derivatives import hessian, hessian_product


@dataclass(eq=False)
class Answers:
    """`Questions` about an objective for one run, or for N side by side: each counts what it asked for.

    Parameters
    ----------
    objective : Objective
    runs : tuple of int
        () or (N,).
    rows : int, default 0
        How many rows of a record `note` will be told of.
    """

    objective: Any
    runs: tuple[int, ...]
    rows: int = 0
    values: NDArray[np.int64] = field(init=False)
    gradients: NDArray[np.int64] = field(init=False)
    values_at: NDArray[np.int64] = field(init=False)
    gradients_at: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        self.values, self.gradients = np.zeros((2, *self.runs), dtype=np.int64)
        self.values_at, self.gradients_at = np.zeros((2, self.rows, *self.runs), dtype=np.int64)
        self.takes_batch = "batch" in signature(self.objective.value).parameters
        self.of_step(None, np.zeros(self.runs), np.ones(self.runs, dtype=bool))

    def of_step(self, batch: Batch, loss: Array, alive: NDArray[np.bool_]) -> "Answers":
        """The same for the next step: what it gets to see, the loss where it begins, which runs go on."""
        self.batch, self.here, self.alive = batch, loss, alive
        return self

    def note(self, row: int) -> None:
        """Write down what has been asked for by the time of a row of the record."""
        self.values_at[row], self.gradients_at[row] = self.values, self.gradients

    def loss(self) -> Array:
        """The loss at the theta of this step, as it was recorded."""
        self.values = self.values + self.alive
        return self.here

    def value(self, theta: Array, among: Any = True) -> Array:
        """The loss at theta, of the rows of this step where the objective tells them apart."""
        self.values = self.values + (self.alive & among)
        if self.batch is None or not self.takes_batch:
            return np.asarray(self.objective.value(theta), dtype=float)[()]
        return np.asarray(self.objective.value(theta, self.batch), dtype=float)[()]

    def gradient(self, theta: Array, among: Any = True) -> Array:
        """The gradient at theta."""
        self.gradients = self.gradients + (self.alive & among)
        return np.asarray(self.objective.gradient(theta, self.batch), dtype=float)

    def value_and_gradient(self, theta: Array, among: Any = True) -> tuple[Array, Array]:
        """Both."""
        return self.value(theta, among), self.gradient(theta, among)

    def hessian(self, theta: Array, among: Any = True) -> Array:
        """(P, P) or (P, P, N): each run's as it would be alone."""
        self.gradients = self.gradients + len(theta) * (self.alive & among)
        if theta.ndim == 1:
            return hessian(self.objective, theta, batch=self.batch)
        each = [hessian(self.objective, column, batch=self.batch) for column in theta.T]
        return np.stack(each, axis=-1)

    def hessian_product(self, theta: Array, direction: Array, among: Any = True) -> Array:
        """The Hessian at theta times a direction, shaped like both."""
        self.gradients = self.gradients + (self.alive & among)
        if theta.ndim == 1:
            return hessian_product(self.objective, theta, direction, batch=self.batch)
        pairs = zip(theta.T, direction.T, strict=True)
        return np.stack([hessian_product(self.objective, *pair, batch=self.batch) for pair in pairs], axis=-1)
