"""Captions and verdict of a played scene, with times and numbers filled from the runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

from optiviz.objectives.surface import Surface
from optiviz.runs.summary import best
from optiviz.runs.trajectory import Comparison
from optiviz.scene.crossings import crosses, crossing_of
from optiviz.scene.events import KINDS, WINDOWED, Event, home_level, homes, leaves
from optiviz.scene.numbers import apart, number, percent, thousands
from optiviz.scene.scene import Scene, counter
from optiviz.scene.words import FIELD, field_of, letters, misplaced

READING = 0.28  # seconds a word
LEAST = 2.5  # seconds that any line is on screen
NONE = "none"  # of a verdict: there is to be none
NO_VERDICT = frozenset({"backpropagation", "basins", "curve", "ewma", "robustness", "stability"})


@dataclass(frozen=True)
class CaptionLine:
    """A caption with its start time, in steps of the clip, and how long the clip then stands.

    A `question` is asked; what is said `late` comes after one, and begins to be seen at its time, not before.
    """

    time: float
    text: str
    rest: float = 0.0
    verdict: bool = False
    question: bool = False
    late: bool = False

    @property
    def needed(self) -> float:
        """Seconds that it takes to be read.

        >>> CaptionLine(0, "Four rules, one start.").needed, CaptionLine(0, "word " * 10).needed
        (2.5, 2.8000000000000003)
        """
        return max(LEAST, READING * len(self.text.split()))


def script(scene: Scene, comparison: Comparison) -> tuple[CaptionLine, ...]:
    """The captions in the order in which they appear, then the verdict if there is one.

    Parameters
    ----------
    scene : Scene
    comparison : Comparison
        At positions, as `play(scene).at_positions` gives it.

    Raises
    ------
    BadInput
        When a caption waits for what never happens, or asks for a number that is not there.
    """
    lines = []
    for k, caption in enumerate(scene.captions):
        time = time_of(scene, comparison, caption.at, f"captions.{k}.at")
        text = fill_fields(scene, comparison, caption.text, time, f"captions.{k}.text")
        lines.append(CaptionLine(time, text, caption.rest))
    if scene.ask is not None:
        time = time_of(scene, comparison, scene.ask.at, "ask.at")
        text = fill_fields(scene, comparison, scene.ask.question, time, "ask.question")
        lines = [replace(line, late=line.time > time) for line in lines]
        lines.append(CaptionLine(time, text, scene.ask.seconds, question=True))
    lines.sort(key=lambda line: (line.time, line.question))
    last = verdict(scene, comparison)
    return (*lines, CaptionLine(float(scene.steps), last, verdict=True)) if last else tuple(lines)


def time_of(scene: Scene, comparison: Comparison, at: int | str, where: str) -> float:
    """When a step, an epoch or an event is, in steps of the clip."""
    if not isinstance(at, str):
        return at * scene.steps / scene.last
    kind, _, label = at.partition(":")
    found = event_of(comparison, kind, label)
    if found is None:
        raise misplaced(where, f"'{at}' never happens in {scene.steps:,} steps")
    return found.time


def event_of(comparison: Comparison, kind: str, label: str) -> Event | None:
    """The event, or the crossing, of that kind of a run; None if it does not happen."""
    if crossing := crossing_of(kind):
        return crosses(comparison, label, crossing, kind)
    if kind != WINDOWED:
        return KINDS[kind](comparison, label)
    objective = comparison.objective
    if not isinstance(objective, Surface):
        return None
    return leaves(comparison, label, objective.xlim, objective.ylim)


def fill_fields(scene: Scene, comparison: Comparison, text: str, time: float, where: str) -> str:
    """A text with its fields filled: the loss and the place of a run at `time`, its events when they are."""

    def value(match: Any) -> str:
        field = field_of(match[1], scene.runs)
        if field.what in KINDS or field.what == WINDOWED or crossing_of(field.what):
            return counter_text(scene, time_of(scene, comparison, f"{field.what}:{field.run}", where))
        at = time
        if field.when:
            when = int(field.when) if field.when.isdigit() else f"{field.when}:{field.run}"
            at = time_of(scene, comparison, when, where)
        run, row = comparison.trajectories[field.run], comparison.row(field.run, at)
        objective: Any = comparison.objectives[field.run]
        if field.what == "loss":
            return number(run.losses[row], field.digits)
        if field.what == "accuracy":
            return percent(float(objective.accuracy(run.path[row])))
        names = getattr(objective, "parameter_names", None) or ("x", "y")
        return number(run.path[row, list(names).index(field.what)], field.digits)

    return FIELD.sub(value, text)


def counter_text(scene: Scene, time: float) -> str:
    """A time as the counter of the clip shows it: whole steps, or the epoch that it lies in."""
    return thousands(ceil(time / counter(scene)[1] - 1e-9))


# ---- the verdict


def verdict(scene: Scene, comparison: Comparison) -> str:
    """The line on the last frame: the scene's own with its fields filled, else one from the results."""
    if scene.verdict == NONE:
        return ""
    if scene.verdict:
        return fill_fields(scene, comparison, scene.verdict, float(scene.steps), "verdict")
    if not comparison.trajectories or all(panel.name in NO_VERDICT for panel in scene.panels):
        return ""
    room = letters(scene.size)
    found = (told(scene, comparison) for told in (arrivals, departures, rights, endings))
    return next((text for text in found if text and len(text) <= room), "")


def arrivals(scene: Scene, comparison: Comparison) -> str:
    """Who is home first, and who last or never."""
    found = homes(comparison)
    if not found:
        return ""
    (first, *others), unit = found.values(), counter(scene)[0]
    text = f"{first.label} is home first, at {unit} {counter_text(scene, first.time)}"
    if len(comparison.trajectories) == 1:
        return text.replace(" first,", "") + "."
    away = [label for label in comparison.trajectories if label not in found]
    if len(away) == 1:
        lost = comparison.trajectories[away[0]].stopped_at is not None
        return f"{text}; {away[0]} {'diverges' if lost else 'does not get there'}."
    if away:
        return f"{text}; {len(away)} of {len(comparison.trajectories)} do not get there."
    times = [one.time for one in others]
    if times and times.count(times[-1]) == 1 and times[-1] > first.time:
        return f"{text}; {others[-1].label} last, at {counter_text(scene, others[-1].time)}."
    return f"{text}."


def leavings(comparison: Comparison) -> Mapping[str, Event]:
    """The runs that leave the window of a surface on which nobody comes home, the first of them first.

    Empty where fewer than half of them do: then it is not what the scene is about.
    """
    objective = comparison.objective
    if not isinstance(objective, Surface) or len(objective.minima) or homes(comparison):
        return {}
    out = [one for label in comparison.trajectories if (one := event_of(comparison, WINDOWED, label))]
    if 2 * len(out) < len(comparison.trajectories):
        return {}
    return {one.label: one for one in sorted(out, key=lambda one: one.time)}


def departures(scene: Scene, comparison: Comparison) -> str:
    """Who leaves first, and who last or never, where nobody comes home."""
    found = leavings(comparison)
    if not found:
        return ""
    (first, *others), unit = found.values(), counter(scene)[0]
    stay = [label for label in comparison.trajectories if label not in found]
    alone = len(comparison.trajectories) == 1
    text = f"{first.label} leaves{'' if alone else ' first,'} at {unit} {counter_text(scene, first.time)}"
    if len(stay) == 1:
        return f"{text}; {stay[0]} stays."
    if stay:
        return f"{text}; {len(stay)} of {len(comparison.trajectories)} stay."
    if others and others[-1].time > first.time:
        return f"{text}; {others[-1].label} last, at {counter_text(scene, others[-1].time)}."
    return f"{text}."


def rights(scene: Scene, comparison: Comparison) -> str:
    """What share of the rows each classifier tells right in the end."""
    objectives: Sequence[Any] = list(comparison.objectives.values())
    if not all(getattr(part, "class_names", ()) for part in objectives):
        return ""
    shares = {
        label: percent(float(comparison.objectives[label].accuracy(run.path[-1])))  # type: ignore[attr-defined]
        for label, run in comparison.trajectories.items()
    }
    if len(set(shares.values())) == 1:
        return f"Right in the end: {next(iter(shares.values()))}{' each' * (len(shares) > 1)}."
    return f"Right in the end: {', '.join(f'{label} {share}' for label, share in shares.items())}."


def endings(scene: Scene, comparison: Comparison) -> str:
    """With which loss the runs end, the lowest first; who diverges."""
    runs = list(comparison.trajectories.values())
    lost = [run for run in runs if run.stopped_at is not None]
    kept = sorted((run for run in runs if run.stopped_at is None), key=lambda run: float(run.losses[-1]))
    if len({repr(getattr(part, "loss", "")) for part in comparison.objectives.values()}) > 1:
        return ""
    gone = f"{', '.join(run.label for run in lost)} diverge{'s' * (len(lost) == 1)}" if lost else ""
    if not kept:
        return f"{gone}."
    ends = [
        f"{run.label} {text}"
        for run, text in zip(kept, apart([run.losses[-1] for run in kept], 3), strict=True)
    ]
    text = f"Loss in the end: {', '.join(ends)}{'; ' * bool(gone)}{gone}."
    if len(text) <= letters(scene.size) or len(kept) < 3:
        return text
    return f"Lowest loss in the end: {ends[0]}, then {ends[1]}."


# ---- the key


def arrivals_of(scene: Scene, comparison: Comparison) -> Mapping[str, float]:
    """When each run that arrives does: where the scene says, else at home; in steps of the clip."""
    if scene.goal is None:
        return {label: one.time for label, one in homes(comparison).items()} if tells_home(scene) else {}
    found = {label: event_of(comparison, scene.goal.when, label) for label in comparison.trajectories}
    return {label: one.time for label, one in found.items() if one is not None}


def tells_home(scene: Scene) -> bool:
    """Whether the key tells who is home: where the scene's own verdict does, or the scene has none."""
    return scene.verdict in ("", NONE) or "{home:" in scene.verdict


def standings(scene: Scene, comparison: Comparison) -> Mapping[str, str]:
    """What became of each run, for the key of the last frame: "home at 8", "out at 9", its loss.

    Of runs on one problem of which nobody comes home, only the losses; so, too, where the scene's own verdict
    does not tell who is home. In a scene with a goal, who is there.
    """
    if scene.goal is not None:
        there, word = arrivals_of(scene, comparison), scene.goal.word
        return {
            label: f"{word} at {counter_text(scene, there[label])}" if label in there else f"not {word}"
            for label in comparison.trajectories
        }
    found, level, out = homes(comparison), home_level(comparison), leavings(comparison)
    if not tells_home(scene):
        found, level = {}, None
    told = {}
    for label, run in comparison.trajectories.items():
        if label in out:
            told[label] = f"out at {counter_text(scene, out[label].time)}"
        elif run.stopped_at is not None:
            gone = KINDS["diverges"](comparison, label)
            told[label] = f"diverged at {counter_text(scene, gone.time)}" if gone else "diverged"
        elif label in found:
            told[label] = f"home at {counter_text(scene, found[label].time)}"
        else:
            away = level is not None and best(run) > level
            told[label] = "not home" if away else f"loss {number(run.losses[-1])}"
    return told
