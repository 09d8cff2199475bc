"""The batches that the steps of a run saw, for panels that show them."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Batch
from optiviz.objectives.base import Objective


@dataclass(eq=False)
class ReplayedBatches:
    """Replays the batches of a run: the one that each step saw, in any order."""

    objective: Objective
    seed: int
    given: int = 0
    last: Batch = None
    source: Iterator[Batch] = field(default_factory=lambda: iter(()))

    def __call__(self, step: int) -> Batch:
        """What the gradient of the step after `step` finished ones saw."""
        if step < self.given or not self.given:
            self.source, self.given = self.objective.batches(np.random.default_rng(self.seed)), 0
        while self.given <= step:
            self.last, self.given = next(self.source), self.given + 1
        return self.last


def batch_size_of(objective: Objective, label: str) -> int:
    """How many rows a step sees; refuses a run of which every step sees all."""
    rows = getattr(objective, "batch_size", None)
    if not rows:
        raise BadInput(f"'{label}' has no batches, it sees all rows: give it a batch_size", field="batch")
    return int(rows)
