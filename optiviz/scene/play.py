"""Runs all competitors of a scene; nothing is drawn."""

from typing import cast

from optiviz._lib.typing import Array
from optiviz.objectives.base import Objective
from optiviz.runs.minimize import minimize
from optiviz.runs.trajectory import Comparison, Trajectory
from optiviz.scene.recording import recordings
from optiviz.scene.scene import Scene


def play(scene: Scene) -> Comparison:
    """Let every run of a scene take its steps; nothing is drawn."""
    plans = recordings(scene)
    if scene.objective is None:  # and no panel that will ask for one
        return Comparison(cast(Objective, None), {})
    objectives = {label: run.objective(scene.objective) for label, run in scene.runs.items()}
    trajectories: dict[str, Trajectory] = {}
    times: dict[str, Array] = {}
    for label, plan in plans.items():
        run = scene.runs[label]
        path = minimize(
            objectives[label],
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
    return Comparison(scene.objective, trajectories, objectives, times)
