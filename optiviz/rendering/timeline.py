"""What each frame shows: lengths in seconds on one side, steps on the other."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from optiviz.anatomy import parts_of
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
    """One frame: the step it shows, how far the clip has come in [0, 1], and how long it stands.

    In slow motion `part` names what is shown of the step to come, and `share` in [0, 1] how much of it.
    """

    step: int
    phase: float
    centiseconds: int
    part: str = ""
    share: float = 0.0


def timeline(scene: Scene) -> tuple[Moment, ...]:
    """The frames of a scene in order: step 0 first, the last step last, which then holds.

    >>> from optiviz.objectives.surface import surface
    >>> from optiviz.optimizers import GD
    >>> bowl = surface("x**2 + y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1, 1))
    >>> scene = Scene(bowl, {"GD": GD()}, steps=8, seconds=0.5, fps=10, hold=2)
    >>> [(m.step, m.centiseconds) for m in timeline(scene)]
    [(0, 10), (2, 10), (4, 10), (6, 10), (8, 210)]
    """
    return held(slowed(motion(scene), scene), scene)


def motion(scene: Scene) -> tuple[Moment, ...]:
    """The steps, spread over the seconds of the scene."""
    count = max(2, round(scene.seconds * scene.fps))
    delay = round(100 / scene.fps)
    curve = CURVES[scene.ease]
    phases = [k / (count - 1) for k in range(count)]
    return tuple(Moment(round(curve(phase) * scene.steps), phase, delay) for phase in phases)


def slowed(moments: tuple[Moment, ...], scene: Scene) -> tuple[Moment, ...]:
    """The same with one step in slow motion before it is taken; all the while the clock of the clip stands.

    Every part takes equally long: memory, gradient, scaling and move, as far as the rules have them.
    """
    if scene.slow is None:
        return moments
    parts = parts_of(run.optimizer for run in scene.runs.values())
    each = max(2, round(scene.slow.seconds * scene.fps / len(parts)))
    first = next(k for k, moment in enumerate(moments) if moment.step >= scene.slow.step)
    before, delay = moments[max(first - 1, 0)], round(100 / scene.fps)
    inside = [
        Moment(scene.slow.step - 1, before.phase, delay, part=part, share=k / (each - 1))
        for part in parts
        for k in range(each)
    ]
    return (*moments[:first], *inside, *moments[first:])


def held(moments: tuple[Moment, ...], scene: Scene) -> tuple[Moment, ...]:
    """The same with the last frame standing for its `hold`."""
    last = moments[-1]
    return (*moments[:-1], replace(last, centiseconds=last.centiseconds + round(100 * scene.hold)))
