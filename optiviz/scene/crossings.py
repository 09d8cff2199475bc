"""Level crossings as events: from where on a coordinate, its size or the loss of a run is beyond a limit."""

import re
from dataclasses import dataclass

import numpy as np

from optiviz.runs.trajectory import Comparison
from optiviz.scene.events import Event, event

FORM = re.compile(r"(\|?)([A-Za-z_]\w*)(\|?) *([<>]) *(-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)")


@dataclass(frozen=True)
class Crossing:
    """A limit, and the side of it on which something has happened.

    Parameters
    ----------
    name : str
        "loss", or a coordinate of the problem.
    size : bool
        Whether its absolute value is meant.
    above : bool
        Whether it happens above the limit, else below.
    limit : float
    """

    name: str
    size: bool
    above: bool
    limit: float


def crossing_of(kind: str) -> Crossing | None:
    """The crossing that a text asks for; None where it asks for none.

    >>> crossing_of("|y| > 1"), crossing_of("home")
    (Crossing(name='y', size=True, above=True, limit=1.0), None)
    """
    found = FORM.fullmatch(kind.strip())
    if not found or found[1] != found[3]:
        return None
    return Crossing(found[2], bool(found[1]), found[4] == ">", float(found[5]))


def crosses(comparison: Comparison, label: str, crossing: Crossing, kind: str) -> Event | None:
    """From where on, to the end, a run is beyond the limit; None where it is not in the end, or is lost."""
    run = comparison.trajectories[label]
    values = run.losses
    if crossing.name != "loss":
        names = getattr(comparison.objectives[label], "parameter_names", None) or ("x", "y")
        values = run.path[:, list(names).index(crossing.name)]
    values = np.abs(values) if crossing.size else values
    beyond = values > crossing.limit if crossing.above else values < crossing.limit
    before = np.flatnonzero(~beyond)
    first = int(before[-1]) + 1 if len(before) else 0
    return event(comparison, kind, label, first) if first < len(beyond) else None


__all__ = ["Crossing", "crosses", "crossing_of"]
