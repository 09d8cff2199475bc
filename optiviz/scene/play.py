"""Runs all competitors of a scene; nothing is drawn."""

from collections.abc import Callable
from pathlib import Path
from typing import cast

import numpy as np

from optiviz._lib.calls import checked_call
from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array
from optiviz.objectives.base import Objective
from optiviz.runs.minimize import minimize
from optiviz.runs.recorded_landscape import RecordedLandscape
from optiviz.runs.trajectory import Comparison, Trajectory
from optiviz.scene.given import as_scene
from optiviz.scene.recording import recordings
from optiviz.scene.scene import Scene


def check_starts(scene: Scene) -> None:
    """Refuse a scene of which no run begins where the loss is a number; one that does is enough.

    Raises
    ------
    BadInput
        About `start`: of the problem, or of the first run, its label as `part`, if that has one of its own.
    """
    if isinstance(scene.objective, RecordedLandscape):
        return
    losses = {}
    for label, run in scene.runs.items():
        objective = run.objective(scene.objective)
        start = np.asarray(objective.start if run.start is None else run.start, dtype=float)
        with np.errstate(all="ignore"):
            losses[label] = float(objective.value(start))
        if np.isfinite(losses[label]):
            return
    for label, loss in losses.items():
        own = scene.runs[label].start is not None
        raise BadInput(f"the loss is {loss:g} there", field="start", part=label if own else "")


@checked_call
def play(scene: Scene | str | Path) -> Comparison:
    """Let every run of a scene take its steps; nothing is drawn.

    Parameters
    ----------
    scene : Scene, or path
        A scene file, or the name of a shipped scene.

    Returns
    -------
    Comparison

    Examples
    --------
    >>> play("momentum").trajectories["Batch GD"].steps
    60
    """
    scene, played = as_scene(scene)
    if played is not None:
        return played
    if scene.objective is None:  # and no panel that will ask for one
        recordings(scene)
        return Comparison(cast(Objective, None), {})
    if isinstance(scene.objective, RecordedLandscape):
        return scene.objective.comparison
    trajectories, times = play_runs(scene)
    objectives = {label: run.objective(scene.objective) for label, run in scene.runs.items()}
    return Comparison(scene.objective, trajectories, objectives, times)


def play_runs(
    scene: Scene, seen_as: Callable[[Objective], Objective] = lambda objective: objective
) -> tuple[dict[str, Trajectory], dict[str, Array]]:
    """The runs of a scene by label, and when their rows were reached; `seen_as` wraps each objective."""
    plans = recordings(scene)
    trajectories: dict[str, Trajectory] = {}
    times: dict[str, Array] = {}
    for label, plan in plans.items():
        run = scene.runs[label]
        path = minimize(
            seen_as(run.objective(scene.objective)),
            run.optimizer,
            steps=plan.steps,
            start=run.start,
            seed=scene.seed,
            label=label,
            every=plan.every,
            memory=plan.memory,
        )
        trajectories[label] = path
        times[label] = path.at.astype(float) * scene.steps / plan.steps
    return trajectories, times
