"""What each frame shows: lengths in seconds on one side, steps on the other."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from optiviz.scene import Scene

# progress of the clip in [0, 1] -> progress through the steps in [0, 1]
CURVES: Mapping[str, Callable[[float], float]] = MappingProxyType(
    {
        "linear": lambda u: u,
        "in": lambda u: u * u,
        "out": lambda u: u * (2 - u),
        "in-out": lambda u: u * u * (3 - 2 * u),
    }
)


@dataclass(frozen=True)
class Moment:
    """One frame: the step it shows, how far the clip has come in [0, 1], and how long it stands."""

    step: int
    phase: float
    centiseconds: int


def timeline(scene: Scene) -> tuple[Moment, ...]:
    """The frames of a scene in order: step 0 first, the last step last, which then holds.

    >>> from optiviz.objectives.surface import surface
    >>> from optiviz.optimizers import GD
    >>> bowl = surface("x**2 + y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1, 1))
    >>> scene = Scene(bowl, {"GD": GD()}, steps=8, seconds=0.5, fps=10, hold=2)
    >>> [(m.step, m.centiseconds) for m in timeline(scene)]
    [(0, 10), (2, 10), (4, 10), (6, 10), (8, 210)]
    """
    count = max(2, round(scene.seconds * scene.fps))
    delay = round(100 / scene.fps)
    curve = CURVES[scene.ease]
    phases = [k / (count - 1) for k in range(count)]
    moments = [Moment(round(curve(phase) * scene.steps), phase, delay) for phase in phases]
    last = moments[-1]
    return (*moments[:-1], Moment(last.step, last.phase, last.centiseconds + round(100 * scene.hold)))
