"""A learning rate of its own for some layers of a network."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz._lib.registry import unknown
from optiviz._lib.typing import Array, State
from optiviz.optimizers.base import Variables


@dataclass(frozen=True)
class LayerRates:
    """A rule that steps each coordinate by itself, with other learning rates for the weights of some layers.

    Parameters
    ----------
    optimizer : Optimizer
        Its own rate, no schedule, is that of all other layers.
    names : tuple of K str
        Layers (`"dense_1"`), or single variables (`"dense_1/kernel"`).
    rates : array (K,) or (K, N)

    Examples
    --------
    >>> from optiviz.optimizers.gd import GD
    >>> two = {"dense/kernel": (slice(0, 2), (2, 1)), "dense_1/kernel": (slice(2, 3), (1, 1))}
    >>> rule = LayerRates(GD(1.0), ("dense_1",), np.array([0.5])).with_variables(two)
    >>> rule.step(np.zeros(3), np.ones(3), rule.init(np.zeros(3)))[0].tolist()
    [-1.0, -1.0, -0.5]
    """

    optimizer: Any
    names: tuple[str, ...]
    rates: Array

    def with_variables(self, variables: Variables) -> Any:
        """The rule with a rate for each coordinate, (P,) or (P, N).

        Raises
        ------
        BadInput
            For a layer that is not there, and a rule whose rate is a schedule or that works per variable.
        """
        base, rates = self.optimizer.learning_rate, np.asarray(self.rates, dtype=float)
        if callable(base) or hasattr(self.optimizer, "with_variables"):
            raise BadInput(
                f"{type(self.optimizer).__name__}: takes no rate for a layer, but for all of theta"
            )
        full = np.empty((max(at.stop for at, _ in variables.values()), *(rates.shape[1:] or np.shape(base))))
        full[...] = base
        for name, rate in zip(self.names, rates, strict=True):
            found = [at for key, (at, _) in variables.items() if name in (key, key.partition("/")[0])]
            if not found:
                raise unknown("layer", name, [key.partition("/")[0] for key in variables])
            for at in found:
                full[at] = rate
        return replace(self.optimizer, learning_rate=full)

    def init(self, theta: Array) -> State:
        raise BadInput("a learning rate of a layer is for networks; this problem has no layers")

    def step(self, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
        raise BadInput("a learning rate of a layer is for networks; this problem has no layers")
