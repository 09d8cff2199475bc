"""A recorded landscape as the panels see it: its plane, what stands above it and along its axes."""

from collections.abc import Sequence
from typing import Any

from optiviz._lib.errors import BadInput
from optiviz._lib.registry import unknown
from optiviz._lib.typing import Array
from optiviz.runs.plane import Plane
from optiviz.runs.recorded_landscape import RecordedLandscape
from optiviz.runs.trajectory import Trajectory
from optiviz.scene.numbers import percent

Section = tuple[list[Trajectory], Plane, list[Array], list[Array]]


def recorded_section(recorded: RecordedLandscape, labels: Sequence[str]) -> Section:
    """The runs that are shown, the plane, their paths (R, 2) in it and their distances (R,) from it."""
    for label in labels:
        if label not in recorded.runs:
            raise unknown("run in panel 'plane'", label, recorded.runs, "runs")
    shown = [recorded.runs[label] for label in labels or recorded.runs]
    return (
        shown,
        recorded.plane,
        [run.path for run in shown],
        [recorded.distances[run.label] for run in shown],
    )


def refuse_of_recorded(settings: Any) -> None:
    """Refuse what asks for losses that nobody recorded."""
    for name in ("batch", "moving", "uphill"):
        if settings[name]:
            raise BadInput("needs the problem itself, and of this one only a plane was recorded", field=name)


def recorded_axis_names(recorded: RecordedLandscape) -> tuple[str, str]:
    """What the axes of a recorded plane are called.

    >>> import numpy as np
    >>> side, shares = np.arange(2.0), np.array([0.9, 0.1])
    >>> flat = Plane(np.zeros(2), np.eye(2), side, side, np.zeros((2, 2)), shares)
    >>> run = Trajectory.of(np.zeros((1, 2)), [1.0], label="SGD")
    >>> print(recorded_axis_names(RecordedLandscape(flat, {"SGD": run}, {"SGD": np.zeros(1)}))[0])
    PC 1 (90\N{NO-BREAK SPACE}%)
    """
    shares, labels = recorded.plane.explained, list(recorded.runs)
    if shares is not None:
        return f"PC 1 ({percent(float(shares[0]))})", f"PC 2 ({percent(float(shares[1]))})"
    if recorded.through == "random":
        return "direction 1", "direction 2"
    if recorded.through == "solutions" and len(labels) > 1:
        arrow = "\N{RIGHTWARDS ARROW}"
        third = labels[2] if len(labels) == 3 else "start"
        return f"{labels[0]} {arrow} {labels[1]}", f"{arrow} {third}"
    return "axis 1", "axis 2"


def recorded_headings(recorded: RecordedLandscape) -> list[str]:
    """What stands above a recorded plane, from the longest to the shortest."""
    if recorded.through == "random":
        return ["Loss in random directions", "Random directions", "Loss"]
    if recorded.through == "solutions":
        return ["Loss between solutions", "Between solutions", "Loss"]
    if len(recorded.runs) == 1:
        return ["Loss on the plane of the path", "Plane of the path", "Loss"]
    return ["Loss on the plane of the paths", "Plane of the paths", "Loss"]
