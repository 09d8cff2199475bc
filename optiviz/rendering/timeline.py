"""The timeline of a clip: which step each frame shows, and how long it stands."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from types import MappingProxyType
from typing import TypeVar

import numpy as np

from optiviz._lib.typing import Array
from optiviz.analysis.anatomy import parts_of
from optiviz.runs.trajectory import Comparison
from optiviz.scene.pacing import arc_times
from optiviz.scene.scene import Scene
from optiviz.scene.script import script

FADE_LINE = 0.25  # seconds in which a line below the title comes

GLIDE = 0.9  # of a step's time in which its head moves; then it rests
EVEN = 4  # frames that a step must have to glide and rest; with fewer it moves evenly
STANDING = 60  # hundredths of a second; a frame that stands so long is a rest: the names are shown
FADE = 0.3  # seconds in which names come and go
LEVELS = 2  # steps in which a text comes, or goes

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

    `ahead` in [0, 1) is how much of the step to come is drawn already, on a straight line. `pause` is the
    pause of the scene that the frame is for, if it is for one. In slow motion `part` names what is shown of
    the step to come, and `share` in [0, 1] how much of it. `names` in [0, 1] is how strongly the names
    beside the heads are seen: fully while the clip rests, and in their place of the frame `rest` while they
    come and go. `line` is the line of the script below the title, seen as strongly as `strength` in [0, 1]
    says; -1 before the first.
    `camera` counts the moves of the camera that are done, with what is done of the one at work.
    """

    step: int
    phase: float
    centiseconds: int
    pause: int | None = None
    part: str = ""
    share: float = 0.0
    line: int = -1
    strength: float = 1.0
    ahead: float = 0.0
    names: float = 0.0
    rest: "Moment | None" = None
    camera: float = 0.0

    @property
    def time(self) -> float:
        """In steps of the clip."""
        return self.step + self.ahead


T = TypeVar("T")


def once_a_moment(asked: Callable[[Moment], T]) -> Callable[[Moment], T]:
    """The same, asked once for each of the last two moments: a frame asks for boxes, then for pixels.

    They are known by what they are, not by what they hold, which would take longer than most answers.

    >>> asked = []
    >>> known = once_a_moment(lambda moment: asked.append(moment.step) or moment.step)
    >>> one, two = Moment(1, 0.0, 5), Moment(2, 0.5, 5)
    >>> [known(moment) for moment in (one, one, two, one)], asked
    ([1, 1, 2, 1], [1, 2])
    """
    known: list[tuple[Moment, T]] = []

    def answer(moment: Moment) -> T:
        for one, found in known:
            if one is moment:
                return found
        found = asked(moment)
        known[:] = [(moment, found), *known[:1]]
        return found

    return answer


def timeline(scene: Scene, comparison: Comparison | None = None) -> tuple[Moment, ...]:
    """The frames of a scene in order: step 0 first, the last step last, which then holds; pauses stand too.

    With `ease = "arc"` the times depend on the runs, a `comparison` at positions; how many frames there are
    and how long they stand does not, and is told without one.

    >>> from optiviz.objectives.surface import surface
    >>> from optiviz.optimizers import GD
    >>> bowl = surface("x**2 + y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1, 1))
    >>> scene = Scene(bowl, {"GD": GD()}, steps=6, seconds=0.5, fps=10, hold=2, opening=1, ease="linear")
    >>> [(m.time, m.centiseconds) for m in timeline(scene)]
    [(0.0, 110), (1.5, 10), (3.0, 10), (4.5, 10), (6.0, 210)]
    """
    moving = with_slow_motion(with_pauses(motion(scene, comparison), scene), scene)
    moments = with_captions(
        with_opening_and_hold(with_camera_moves(moving, scene), scene),
        scene,
        comparison,
    )
    return with_names_at_rest(moments, scene.fps)


def motion(scene: Scene, comparison: Comparison | None) -> tuple[Moment, ...]:
    """The steps, spread over the seconds of the scene; between two steps the heads glide."""
    count = max(2, round(scene.seconds * scene.fps))
    delay = round(100 / scene.fps)
    phases = [k / (count - 1) for k in range(count)]
    glided = glide(motion_times(scene, comparison, count)).tolist()
    return tuple(
        Moment(int(time), phase, delay, ahead=time - int(time))
        for time, phase in zip(glided, phases, strict=True)
    )


def motion_times(scene: Scene, comparison: Comparison | None, count: int) -> Array:
    """When each of `count` frames is, in steps of the clip, as the scene's ease says; nothing glides yet."""
    if scene.ease == "arc" and comparison is not None:
        return arc_times(scene, comparison, count)
    curve = CURVES.get(scene.ease, CURVES["linear"])
    return np.array([curve(k / (count - 1)) * scene.steps for k in range(count)])


def glide(times: Array) -> Array:
    """Times of frames (F,) such that each step that has frames enough moves smoothly, and then rests.

    >>> glide(np.array([0.0, 0.225, 0.45, 0.9, 1.0, 1.5, 2.0])).tolist()  # 4 frames, then 2
    [0.0, 0.15625, 0.5, 1.0, 1.0, 1.5, 2.0]
    """
    times = np.where(np.abs(times - np.rint(times)) < 1e-9, np.rint(times), times)
    whole = np.floor(times)
    u = np.minimum((times - whole) / GLIDE, 1.0)
    frames = np.bincount(whole.astype(np.int64))[whole.astype(np.int64)]
    return np.where(frames >= EVEN, whole + u * u * (3 - 2 * u), times)


def with_names_at_rest(moments: tuple[Moment, ...], fps: float) -> tuple[Moment, ...]:
    """The same, told where names are shown: at every rest, and fading in and out beside it."""
    rests = [k for k, moment in enumerate(moments) if moment.centiseconds >= STANDING]
    if not rests:
        return moments
    fade = max(1, round(FADE * fps)) + 1
    away = np.abs(np.arange(len(moments))[:, None] - np.array(rests))  # (frames, rests)
    nearest = away.argmin(axis=1).tolist()
    seen = np.maximum(0.0, 1.0 - away.min(axis=1) / fade).tolist()
    return tuple(
        replace(moment, names=faded(share), rest=moments[rests[k]])
        for moment, share, k in zip(moments, seen, nearest, strict=True)
    )


def faded(share: float) -> float:
    """How strongly a text is seen that comes or goes, in few steps: each repaints all of its pixels.

    >>> [faded(share) for share in (0.0, 0.1, 0.9, 1.0)]
    [0.0, 0.5, 0.5, 1.0]
    """
    return min(max(round(LEVELS * share), 1), LEVELS - 1) / LEVELS if 0 < share < 1 else share


def with_pauses(moments: tuple[Moment, ...], scene: Scene) -> tuple[Moment, ...]:
    """The same with a frame for each pause of the scene, which shows exactly its step and stands."""
    return with_stops(moments, scene.paused_steps, round(100 * scene.pause))


def with_slow_motion(moments: tuple[Moment, ...], scene: Scene) -> tuple[Moment, ...]:
    """The same with one step in slow motion before it is taken; all the while the clock of the clip stands.

    Every part takes equally long: memory, gradient, scaling and move, as far as the rules have them.
    """
    if scene.slow is None:
        return moments
    parts = parts_of(run.optimizer for run in scene.runs.values())
    each = max(2, round(scene.slow.seconds * scene.fps / len(parts)))
    first = next(k for k, moment in enumerate(moments) if moment.time > scene.slow.step - 1)
    before, delay = moments[max(first - 1, 0)], round(100 / scene.fps)
    taken = [
        replace(moment, step=scene.slow.step, ahead=0.0) if moment.time < scene.slow.step else moment
        for moment in moments[first:]
    ]
    inside = [
        Moment(scene.slow.step - 1, before.phase, delay, part=part, share=k / (each - 1))
        for part in parts
        for k in range(each)
    ]
    return (*moments[:first], *inside, *taken)


def with_camera_moves(moments: tuple[Moment, ...], scene: Scene) -> tuple[Moment, ...]:
    """The same with the moves of the camera, each after the first frame of its step; the clip stands then.

    >>> from optiviz.scene.camera import CameraMove
    >>> from optiviz.objectives.surfaces import surfaces
    >>> scene = Scene(surfaces["beale"], panels=["landscape3d"], fps=10, steps=2,
    ...               camera=[CameraMove(1, "fold", seconds=0.2)])
    >>> frames = tuple(Moment(step, step / 2, 10) for step in range(3))
    >>> [(one.step, one.camera) for one in with_camera_moves(frames, scene)]
    [(0, 0.0), (1, 0.0), (1, 0.5), (1, 1.0), (2, 1.0)]
    """
    found = list(moments)
    delay = round(100 / scene.fps)
    for n, move in enumerate(scene.camera):
        step = move.at * scene.steps / scene.last
        there = (k for k, one in enumerate(found) if one.time >= step and one.camera == n)
        after = next(there, len(found) - 1)
        count = max(2, round(move.seconds * scene.fps))
        still = replace(found[after], centiseconds=delay, pause=None)
        moving = [replace(still, camera=n + (k + 1) / count) for k in range(count)]
        found[after + 1 :] = [*moving, *(replace(one, camera=n + 1.0) for one in found[after + 1 :])]
    return tuple(found)


def with_opening_and_hold(moments: tuple[Moment, ...], scene: Scene) -> tuple[Moment, ...]:
    """The same with the first frame standing for the `opening` of the scene, and the last for its `hold`."""
    opened = (lengthened(moments[0], round(100 * scene.opening)), *moments[1:])
    return (*opened[:-1], lengthened(opened[-1], round(100 * scene.hold)))


def lengthened(moment: Moment, centiseconds: int) -> Moment:
    """The same frame, standing so much longer."""
    return replace(moment, centiseconds=moment.centiseconds + centiseconds)


def with_stops(moments: Sequence[Moment], stops: Mapping[int, int], centiseconds: int) -> tuple[Moment, ...]:
    """The same frames, the one nearest to each stop {pause: step} showing that step, and standing longer.

    Frame 0 is for the first step alone and the last frame for the last; no frame is for two stops, so there
    must be as many frames as stops. Steps still never go back.

    >>> moments = [Moment(step, step / 90, 10) for step in (0, 30, 60, 90)]
    >>> [(m.step, m.centiseconds) for m in with_stops(moments, {40: 40, 90: 90}, 100)]
    [(0, 10), (40, 110), (60, 10), (90, 110)]
    """
    found, end = list(moments), len(moments) - 1
    first, last = moments[0].step, moments[-1].step
    inside = sorted(step for step in stops.values() if first < step < last)
    taken = {first: 0, last: end}
    after = 0
    for n, step in enumerate(inside):
        free = range(after + 1, end - (len(inside) - 1 - n))
        taken[step] = after = min(free, key=lambda k: abs(moments[k].time - step))
    for pause, step in stops.items():
        k = taken[step]
        found[k] = replace(lengthened(found[k], centiseconds), step=step, ahead=0.0, pause=pause)
    edges = sorted((k, found[k].step) for k in taken.values())
    for (left, low), (right, high) in pairwise(edges):
        for k in range(left + 1, right):
            if not low <= found[k].time <= high:
                found[k] = replace(found[k], step=low if found[k].time < low else high, ahead=0.0)
    return tuple(found)


def begins(moments: Sequence[Moment]) -> list[int]:
    """When each frame is first seen, in hundredths of a second."""
    return list(accumulate((moment.centiseconds for moment in moments[:-1]), initial=0))


def with_captions(
    moments: tuple[Moment, ...], scene: Scene, comparison: Comparison | None
) -> tuple[Moment, ...]:
    """The same, told which line of the script stands below the title, and how strongly.

    A line is whole in the frame of its time, which stands until the line can be read; it fades in ahead of
    that, in the place of the one before it.
    """
    lines = script(scene, comparison) if comparison is not None else ()
    if not lines:
        return moments
    fade = max(1, round(FADE_LINE * scene.fps))
    times, begun, last = [moment.step for moment in moments], begins(moments), len(moments) - 1
    firsts = [
        last
        if line.verdict
        else min(
            next((k for k, time in enumerate(times) if time >= line.time), last) + fade * line.late, last
        )
        for line in lines
    ]
    found = list(moments)
    for n, (line, first) in enumerate(zip(lines, firsts, strict=True)):
        following = firsts[n + 1] if n + 1 < len(firsts) else last
        if following <= first and n + 1 < len(firsts):
            continue  # another line takes its frame
        until = begun[max(following - fade, first)] if n + 1 < len(firsts) else begun[last]
        shown = (until - begun[first] + (moments[last].centiseconds if first == last else 0)) / 100
        rest = max(line.rest, line.needed - shown) if comparison is not None else line.rest
        found[first] = lengthened(found[first], round(100 * max(rest, 0.0)))
        since = firsts[n - 1] + 1 if n else 0  # the frame of a line stands until it is read
        for k in range(max(first - fade, since), first):
            found[k] = replace(found[k], line=n, strength=faded(1 - (first - k) / (fade + 1)))
        for k in range(first, len(found)):
            found[k] = replace(found[k], line=n, strength=1.0)
    return tuple(found)
