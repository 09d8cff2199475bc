"""What a scene asks of tuning, and what came of it: the budget, and the settings of each run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Self

from optiviz._lib.calls import checked_settings
from optiviz._lib.registry import check_settings
from optiviz._lib.typing import Bounds

Trials = Annotated[int, Bounds(low=2, high=256)]
Starts = Annotated[int, Bounds(low=2, high=64)]


@checked_settings
@dataclass(frozen=True)
class Tune:
    """The budget with which the learning rates of a scene's runs are tuned, the same for all.

    Parameters
    ----------
    budget : int, default 20
        Rates that each rule tries, on a log grid of four decades with one shift for all, 2 to 256.
    starts : int, default 8
        On surfaces: places drawn round the scene's own start, never that one itself, 2 to 64.
    seeds : int, default 8
        With data: seeds of batches and first weights, never the scene's own, 2 to 64.
    untuned : bool, default False
        Whether each run is there as it stands in the file, too, as a thin grey line.
    """

    budget: Trials = 20
    starts: Starts = 8
    seeds: Starts = 8
    untuned: bool = False

    def __post_init__(self) -> None:
        check_settings(self)

    @classmethod
    def made(cls, given: Any) -> Self | None:
        """From a table of a scene file; one that is made already stays as it is."""
        return cls(**given) if isinstance(given, Mapping) else given


@dataclass(frozen=True)
class TunedRun:
    """What a run was tuned to.

    Parameters
    ----------
    learning_rate : float
    works : int
        Of the rates that were tried so many reach the target from the median start; of a problem without
        one, so many are not lost.
    steps : float or None
        Until the target, from the median start; None where it is not met, or there is none.
    edge : bool
        Whether the rate is the lowest or the highest that was tried.
    """

    learning_rate: float
    works: int
    steps: float | None
    edge: bool
