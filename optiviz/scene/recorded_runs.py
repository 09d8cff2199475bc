"""The runs of a scene that were made elsewhere: of each only its label and its path are known."""

from typing import Any

from optiviz.optimizers import OPTIMIZERS
from optiviz.runs.recorded_landscape import RecordedLandscape


def recorded_runs(objective: Any) -> dict[str, Any]:
    """The rules of the runs in a recorded landscape, by label; none of any other objective."""
    if not isinstance(objective, RecordedLandscape):
        return {}
    return {label: rule_from_label(label) for label in objective.runs}


def rule_from_label(label: str) -> Any:
    """The rule that a label names, for its colour.

    >>> rule_from_label("Momentum 0.9"), rule_from_label("mine").__name__
    (Momentum(learning_rate=0.01, momentum=0.9, rate_inside=True, dampening=0.0), 'unknown_rule')
    """
    named = [word for word in label.lower().split() if word in OPTIMIZERS]
    return OPTIMIZERS[named[0]]() if named else unknown_rule


def unknown_rule(theta: Any, gradient: Any) -> Any:
    """Stands for a rule of which only the path is known."""
    return theta
