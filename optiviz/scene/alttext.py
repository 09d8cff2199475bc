"""Alt text of a played scene's outcome: who arrives, who diverges, with which loss."""

from collections.abc import Sequence
from math import ceil
from typing import Any

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz.nn.losses import BinaryCrossentropy, CategoricalCrossentropy
from optiviz.objectives.training import Training
from optiviz.runs.trajectory import Comparison, Trajectory
from optiviz.scene.events import homes
from optiviz.scene.numbers import apart, number, percent
from optiviz.scene.scene import Scene, counter
from optiviz.scene.script import counter_text, leavings

MOST = 6  # runs that are told one by one


def describe_outcome(scene: Scene, comparison: Comparison) -> str:
    """How the runs of a scene came out, on one line; empty where there are none."""
    comparison = comparison.at_positions
    runs = list(comparison.trajectories.values())
    sentences = [
        results(scene, comparison, [run for run in runs if run.stopped_at is None]),
        divergences(scene, [run for run in runs if run.stopped_at is not None]),
    ]
    return one_line(" ".join(f"{sentence}." for sentence in sentences if sentence))


# ---- what became of the runs


def results(scene: Scene, comparison: Comparison, runs: Sequence[Trajectory]) -> str:
    """How the runs that did not diverge came out; empty when all did."""
    if not runs:
        return ""
    objectives = [comparison.objectives[run.label] for run in runs]
    shares = [right(objective, run.path[-1]) for objective, run in zip(objectives, runs, strict=True)]
    measures = {repr(getattr(objective, "loss", "")) for objective in objectives}
    same = len(runs) > 1 and len(measures) == 1 and len(set(shares)) == 1
    if all(shares) and not same:
        return classified(scene, objectives, runs, [share for share in shares if share])
    if len(measures) > 1:
        return end_positions(scene, objectives, runs)
    others = [held_out_loss(objective, run.path[-1]) for objective, run in zip(objectives, runs, strict=True)]
    if not any(others):
        told = descent(scene, runs[0]) if len(runs) == 1 else race(scene, comparison, runs)
        every = f"; each classifies {percent(shares[0][0])} of the rows correctly" if shares[0] else ""
        if told:
            return f"{told}{every}"
    finals = sorted(
        zip((float(run.losses[-1]) for run in runs), runs, others, strict=True), key=lambda end: end[0]
    )
    texts = apart([loss for loss, _, _ in finals])
    told_of = [f"{text} for {run.label}{other}" for text, (_, run, other) in zip(texts, finals, strict=True)]
    return f"After {length(scene)} the loss is {comma_list(told_of)}"


def race(scene: Scene, comparison: Comparison, runs: Sequence[Trajectory]) -> str:
    """When each run came home or left, by the events that key and verdict tell; empty where none did."""
    found, verb = homes(comparison), "is home"
    if not found:
        found, verb = leavings(comparison), "leaves the window"
    there = [one for label, one in found.items() if any(run.label == label for run in runs)]
    if not there:
        return ""
    count, _ = counter(scene)
    told = [
        f"{one.label}{f' {verb} at {count}' if not k else ' at'} {counter_text(scene, one.time)}"
        for k, one in enumerate(there)
    ]
    left = [f"{run.label} {final(run)}" for run in runs if run.label not in found]
    return f"{comma_list(told)}{'; ' * bool(left)}{comma_list(left)}"


def final(run: Trajectory) -> str:
    """Where a run ends that does not come home."""
    first, last = float(run.losses[0]), float(run.losses[-1])
    verb = "stays at" if number(first) == number(last) else "climbs to" if last > first else "ends at"
    return f"{verb} loss {number(last)}"


def descent(scene: Scene, run: Trajectory) -> str:
    """A run alone: from where to where."""
    first, last = number(run.losses[0], 3), number(run.losses[-1], 3)
    return f"{run.label} goes from loss {first} to {last} in {length(scene)}"


def end_positions(scene: Scene, objectives: Sequence[Any], runs: Sequence[Trajectory]) -> str:
    """Where runs end whose losses cannot be compared: each has a loss of its own."""
    told = []
    for objective, run in zip(objectives, runs, strict=True):
        names = getattr(objective, "parameter_names", None) or ()
        where = [f"{name} = {number(x, 3)}" for name, x in zip(names, run.path[-1], strict=False)]
        told.append(
            f"{run.label} at {', '.join(where)}"
            if 0 < len(names) <= 2
            else f"{run.label} at loss {number(run.losses[-1])}"
        )
    return f"After {length(scene)}, each on a loss of its own, the runs are here: {comma_list(told)}"


def classified(
    scene: Scene, objectives: Sequence[Any], runs: Sequence[Trajectory], shares: Sequence[tuple[float, ...]]
) -> str:
    """The share of rows that classifiers tell right; of one alone, also at the start."""
    told: list[str] = []
    for run, (known, *unseen) in zip(runs, shares, strict=True):
        others = f" ({percent(*unseen)}{' of those held out' if not told else ''})" if unseen else ""
        if not told:
            told.append(f"{run.label} classifies {percent(known)} of the rows correctly{others}")
        else:
            told.append(f"{run.label} {percent(known)}{others}")
    before = right(objectives[0], runs[0].path[0]) if len(runs) == 1 else None
    begin = f", from {percent(before[0])} at the start" if before else ""
    return f"After {length(scene)} {comma_list(told)}{begin}"


def divergences(scene: Scene, runs: Sequence[Trajectory]) -> str:
    """Which runs diverge, and when."""
    count, _ = counter(scene)
    ends = sorted(
        (step_as_counted(scene, run.label, run.stopped_at), k, run.label) for k, run in enumerate(runs)
    )
    return comma_list(
        [f"{label} {'at' if k else f'diverges at {count}'} {end}" for k, (end, _, label) in enumerate(ends)]
    )


# ---- what their numbers are


def right(objective: Any, theta: Any) -> tuple[float, ...] | None:
    """The share of rows that a classifier tells right, and of those held out; None of other problems."""
    if not isinstance(objective, Training):
        return None
    if not objective.class_names and not isinstance(
        objective.aim.loss, BinaryCrossentropy | CategoricalCrossentropy
    ):
        return None
    try:
        with np.errstate(all="ignore"):
            known = float(objective.accuracy(theta))
            return (known,) if objective.held_out is None else (
                known, float(objective.held_out_accuracy(theta)))  # fmt: skip
    except BadInput:  # a cross-entropy of shares: no row has one class
        return None


def held_out_loss(objective: Any, theta: Any) -> str:
    """The loss over the rows that no gradient saw, in brackets; empty where there are none."""
    if not isinstance(objective, Training) or objective.held_out is None:
        return ""
    with np.errstate(all="ignore"):
        return f" ({number(float(objective.held_out_value(theta)))} on rows held out)"


def step_as_counted(scene: Scene, label: str, step: int) -> int:
    """A step of a run, counted as the scene counts: by its end, in epochs."""
    if scene.epochs is None or scene.objective is None:
        return step
    return ceil(step / int(scene.runs[label].steps_per_epoch(scene.objective)))


def whole(run: Trajectory) -> bool:
    """Whether every step was recorded."""
    return len(run.at) == run.steps + 1


def length(scene: Scene) -> str:
    """`60 epochs`."""
    name, pace = counter(scene)
    count = round(scene.steps / pace)
    return f"{count:,} {name}{'s' * (count != 1)}"


# ---- words


def comma_list(parts: Sequence[str]) -> str:
    """Parts with commas between, the last ones only counted when there are many.

    >>> comma_list(["a"]), comma_list(["a", "b", "c"]), comma_list([str(k) for k in range(9)])
    ('a', 'a, b and c', '0, 1, 2, 3, 4, 5 and 3 more')
    """
    parts = [*parts[:MOST], f"{len(parts) - MOST} more"] if len(parts) > MOST + 1 else parts
    return " and ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)


def one_line(text: str) -> str:
    return " ".join(text.split())
