"""What each frame shows: lengths in seconds on one side, steps on the other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from types import MappingProxyType

from optiviz.analysis.anatomy import parts_of
from optiviz.runs.trajectory import Comparison
from optiviz.scene.scene import Scene
from optiviz.scene.script import script

FADE_LINE = 0.25  # seconds in which a line below the title comes, and goes

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

    `pause` is the pause of the scene that the frame is for, if it is for one. In slow motion `part` names
    what is shown of the step to come, and `share` in [0, 1] how much of it. `line` is the line of the script
    below the title, seen as strongly as `strength` in [0, 1] says; -1 before the first.
    """

    step: int
    phase: float
    centiseconds: int
    pause: int | None = None
    part: str = ""
    share: float = 0.0
    line: int = -1
    strength: float = 1.0


def timeline(scene: Scene, comparison: Comparison | None = None) -> tuple[Moment, ...]:
    """The frames of a scene in order: step 0 first, the last step last, which then holds; pauses stand too.

    >>> from optiviz.objectives.surface import surface
    >>> from optiviz.optimizers import GD
    >>> bowl = surface("x**2 + y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1, 1))
    >>> scene = Scene(bowl, {"GD": GD()}, steps=8, seconds=0.5, fps=10, hold=2)
    >>> [(m.step, m.centiseconds) for m in timeline(scene)]
    [(0, 10), (2, 10), (4, 10), (6, 10), (8, 210)]
    """
    return captioned(held(slowed(paused(motion(scene), scene), scene), scene), scene, comparison)


def motion(scene: Scene) -> tuple[Moment, ...]:
    """The steps, spread over the seconds of the scene."""
    count = max(2, round(scene.seconds * scene.fps))
    delay = round(100 / scene.fps)
    curve = CURVES[scene.ease]
    phases = [k / (count - 1) for k in range(count)]
    return tuple(Moment(round(curve(phase) * scene.steps), phase, delay) for phase in phases)


def paused(moments: tuple[Moment, ...], scene: Scene) -> tuple[Moment, ...]:
    """The same with a frame for each pause of the scene, which shows exactly its step and stands."""
    return stopped(moments, scene.paused_steps, round(100 * scene.pause))


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
    return (*moments[:-1], standing(moments[-1], round(100 * scene.hold)))


def standing(moment: Moment, centiseconds: int) -> Moment:
    """The same frame, standing so much longer."""
    return replace(moment, centiseconds=moment.centiseconds + centiseconds)


def stopped(moments: Sequence[Moment], stops: Mapping[int, int], centiseconds: int) -> tuple[Moment, ...]:
    """The same frames, the one nearest to each stop {pause: step} showing that step, and standing longer.

    Frame 0 is for the first step alone and the last frame for the last; no frame is for two stops, so there
    must be as many frames as stops. Steps still never go back.

    >>> moments = [Moment(step, step / 90, 10) for step in (0, 30, 60, 90)]
    >>> [(m.step, m.centiseconds) for m in stopped(moments, {40: 40, 90: 90}, 100)]
    [(0, 10), (40, 110), (60, 10), (90, 110)]
    """
    found, end = list(moments), len(moments) - 1
    first, last = moments[0].step, moments[-1].step
    inside = sorted(step for step in stops.values() if first < step < last)
    taken = {first: 0, last: end}
    after = 0
    for n, step in enumerate(inside):
        free = range(after + 1, end - (len(inside) - 1 - n))
        taken[step] = after = min(free, key=lambda k: abs(moments[k].step - step))
    for pause, step in stops.items():
        k = taken[step]
        found[k] = replace(standing(found[k], centiseconds), step=step, pause=pause)
    edges = sorted((k, found[k].step) for k in taken.values())
    for (left, low), (right, high) in pairwise(edges):
        for k in range(left + 1, right):
            found[k] = replace(found[k], step=min(max(found[k].step, low), high))
    return tuple(found)


def begins(moments: Sequence[Moment]) -> list[int]:
    """When each frame is first seen, in hundredths of a second."""
    return list(accumulate((moment.centiseconds for moment in moments[:-1]), initial=0))


def captioned(moments: tuple[Moment, ...], scene: Scene, comparison: Comparison | None) -> tuple[Moment, ...]:
    """The same, told which line of the script stands below the title, and how strongly.

    A line is whole in the frame of its time, which stands until the line can be read; the one before it fades
    away and it fades in ahead of that.
    """
    lines = script(scene, comparison) if comparison is not None else ()
    if not lines:
        return moments
    fade = max(1, round(FADE_LINE * scene.fps))
    times, begun, last = [moment.step for moment in moments], begins(moments), len(moments) - 1
    firsts = [
        last if line.verdict else next((k for k, time in enumerate(times) if time >= line.time), last)
        for line in lines
    ]
    found = list(moments)
    for n, (line, first) in enumerate(zip(lines, firsts, strict=True)):
        following = firsts[n + 1] if n + 1 < len(firsts) else last
        if following <= first and n + 1 < len(firsts):
            continue  # another line takes its frame
        until = begun[max(following - 2 * fade, first)] if n + 1 < len(firsts) else begun[last]
        shown = (until - begun[first] + (moments[last].centiseconds if first == last else 0)) / 100
        rest = max(line.rest, line.needed - shown) if comparison is not None else line.rest
        found[first] = standing(found[first], round(100 * max(rest, 0.0)))
        for k in range(max(first - 2 * fade, 0), first) if n else ():
            old = found[k].line
            ahead = first - k
            if ahead > fade and old >= 0:
                found[k] = replace(found[k], strength=min(found[k].strength, (ahead - fade) / (fade + 1)))
            elif ahead <= fade:
                found[k] = replace(found[k], line=n, strength=1 - ahead / (fade + 1))
        if not n:
            for k in range(max(first - fade, 0), first):
                found[k] = replace(found[k], line=n, strength=1 - (first - k) / (fade + 1))
        for k in range(first, len(found)):
            found[k] = replace(found[k], line=n, strength=1.0)
    return tuple(found)
