"""What may be shown: a scene, the name or the file of one, or a comparison made without a scene.

Scene files are read on a higher floor: `READER` is imported by its name, when a file is given.
"""

from importlib import import_module
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz.objectives.training import Training
from optiviz.optimizers import OPTIMIZERS
from optiviz.runs.trajectory import Comparison
from optiviz.scene.scene import Run, Scene

READER = "optiviz.scenefile"
Shown = Scene | Comparison | str | Path  # a text is a scene file, or the name of a shipped scene


def as_scene(given: Any) -> tuple[Scene, Comparison | None]:
    """A scene, and its runs where they have been made already.

    Parameters
    ----------
    given : Scene, Comparison, str or Path
        A text is a scene file, or the name of a shipped scene.

    Raises
    ------
    BadInput
        When it is none of these, or there is no such file.

    Examples
    --------
    >>> from optiviz.optimizers import GD
    >>> from optiviz.runs.minimize import compare
    >>> as_scene(compare("beale", {"GD": GD(0.001)}, steps=5))[0].steps
    5
    """
    if isinstance(given, Scene):
        return given, None
    if isinstance(given, Comparison):
        return scene_of(given), given
    if isinstance(given, str | Path):
        return import_module(READER).load(given), None
    advice = "a scene shows runs: ov.Scene(objective, {...}), ov.compare(...), or the name of a scene file"
    raise BadInput(f"{advice}; got {type(given).__name__}")


def scene_of(comparison: Comparison) -> Scene:
    """A scene around runs that were made without one: the ground they went over, and their losses."""
    objective, runs = comparison.objective, comparison.trajectories
    flat, data = np.size(objective.start) == 2, getattr(objective, "data", None)
    ground = ["landscape"] if flat and not isinstance(objective, Training) else []
    ground += ["fit"] if not flat and data is not None and np.shape(data.x)[1:] in ((), (1,)) else []
    steps = max(ceil(times[-1]) for times in comparison.times.values())
    return Scene(
        objective,
        {label: Run(rule_from_label(label)) for label in runs},
        panels=(*ground, "loss"),
        title=objective_title(objective),
        steps=max(steps, 1),
    )


def objective_title(objective: Any) -> str:
    """The name of an objective, if it is one; a formula stands above its map already."""
    name = getattr(objective, "name", "")
    if not name or name == getattr(objective, "formula", ""):
        return "Landscape"
    return str(name.replace("_", " ").capitalize())


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
