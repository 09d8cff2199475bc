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
from optiviz.runs.recorded_landscape import RecordedLandscape
from optiviz.runs.trajectory import Comparison
from optiviz.scene.recorded_runs import rule_from_label
from optiviz.scene.scene import Run, Scene

READER = "optiviz.scenefile"
Shown = (
    Scene | Comparison | RecordedLandscape | str | Path
)  # a text is a scene file, or the name of a shipped scene


def as_scene(given: Any) -> tuple[Scene, Comparison | None]:
    """A scene, and its runs where they have been made already.

    Parameters
    ----------
    given : Scene, Comparison, RecordedLandscape, str or Path
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
        return (import_module(READER).tuned_scene(given) if is_to_be_tuned(given) else given), None
    if isinstance(given, RecordedLandscape):
        given = given.comparison
    if isinstance(given, Comparison):
        return scene_of(given), given
    if isinstance(given, str | Path):
        return import_module(READER).load(given), None
    advice = "a scene shows runs: ov.Scene(objective, {...}), ov.compare(...), or the name of a scene file"
    raise BadInput(f"{advice}; got {type(given).__name__}")


def is_to_be_tuned(scene: Scene) -> bool:
    """Whether a scene has runs to tune, and has not been tuned yet."""
    wanted = scene.tune is not None or any(run.tune for run in scene.runs.values())
    return wanted and scene.tuned is None


def scene_of(comparison: Comparison) -> Scene:
    """A scene around runs that were made without one: the ground they went over, and their losses."""
    objective, runs = comparison.objective, comparison.trajectories
    flat, data = np.size(objective.start) == 2, getattr(objective, "data", None)
    ground = ["landscape"] if flat and not isinstance(objective, Training) else []
    ground = ["plane"] if isinstance(objective, RecordedLandscape) else ground
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
