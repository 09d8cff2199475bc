"""Text records of a scene - captions, marks, a question, a verdict - and their checks."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Self

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.errors import BadInput
from optiviz._lib.registry import check_settings, hint
from optiviz._lib.typing import Bounds
from optiviz.scene.crossings import crossing_of

if TYPE_CHECKING:
    from optiviz.scene.scene import Scene

EVENTS = ("home", "turn", "leaves", "diverges", "overtaken")
FIELD = re.compile(r"\{([^{}]*)\}")
LINE = ((1.7, 90), (1.3, 72), (0.0, 50))  # width over height of the frame from which on so many letters fit
TOO_LONG = 1.25  # times as many do not fit even in the smallest type
MAX_TEXTS = 40
MAX_NOTES = 20_000
Path = tuple[str | int, ...]
Pause = Annotated[float, Bounds(low=0.0, high=30.0)]


class BadWords(BadInput):
    """Raised for invalid texts of a scene: `faults` has (where, what is wrong) for each."""

    def __init__(self, faults: list[tuple[Path, str]]) -> None:
        place, problem = faults[0]
        super().__init__(f"{'.'.join(map(str, place))}: {problem}")
        self.faults = faults

    def __reduce__(self) -> Any:
        """How it is pickled, as on its way from a worker: anew, from its faults."""
        return BadWords, (self.faults,)


def misplaced(where: str, problem: str) -> BadWords:
    """What is wrong with one text, at a place such as "marks.0.at".

    >>> misplaced("marks.0.at", "is outside").faults
    [(('marks', 0, 'at'), 'is outside')]
    """
    path = tuple(int(part) if part.isdigit() else part for part in where.split("."))
    return BadWords([(path, problem)])


@checked_settings
@dataclass(frozen=True)
class Caption:
    """A line below the title, from a moment on until the next one.

    Parameters
    ----------
    at : int or str
        A step, an epoch where the scene counts them, or an event: "home:LABEL", "turn:LABEL",
        "diverges:LABEL", "overtaken:LABEL", "leaves:LABEL", or a crossing such as "|y|>1:LABEL".
    text : str
        With fields such as {home:LABEL} that are filled from the run.
    rest : float, default 0
        Seconds that the clip stands when it appears, 0 to 30.
    """

    at: int | str
    text: str
    rest: Pause = 0.0

    def __post_init__(self) -> None:
        check_settings(self)

    @classmethod
    def made(cls, given: Any) -> Self:
        """From a table of a scene file; one that is made already stays as it is."""
        return cls(**given) if isinstance(given, Mapping) else given


@checked_settings
@dataclass(frozen=True)
class Mark:
    """A word, or a line, in a panel's own coordinates.

    Parameters
    ----------
    panel : str
        The name of the panel; all of that name that show `run`.
    text : str, default ""
        With fields such as {x:LABEL@turn}.
    at : (x, y), optional
        Where, in the units of the panel's axes.
    line : float, optional
        A level line across the panel instead: y = `line`.
    run : str, default ""
        With `step`, the run that is marked; else the one whose panel is meant.
    step : int or str, optional
        A step, an epoch or an event of the run, at which it is marked: from then on, to the end.
    ring : bool, default True
        A ring around the place `at`, and the text beside it; without one the text stands on the place, as the
        name of a region.
    """

    panel: str
    text: str = ""
    at: tuple[float, float] | None = None
    line: float | None = None
    run: str = ""
    step: int | str | None = None
    ring: bool = True

    @classmethod
    def made(cls, given: Any) -> Self:
        """From a table of a scene file; one that is made already stays as it is."""
        if not isinstance(given, Mapping):
            return given  # type: ignore[no-any-return]
        at = given.get("at")
        return cls(**{**given, "at": None if at is None else tuple(map(float, at))})


@checked_settings
@dataclass(frozen=True)
class Ask:
    """A question to the class: the clip stops, and what comes later is not shown before.

    Parameters
    ----------
    at : int or str
        A step, an epoch or an event, as of a caption.
    question : str
    seconds : float, default 3
        How long it stands, 0.5 to 60.
    """

    at: int | str
    question: str
    seconds: Annotated[float, Bounds(low=0.5, high=60.0)] = 3.0

    def __post_init__(self) -> None:
        check_settings(self)

    @classmethod
    def made(cls, given: Any) -> Self | None:
        """From a table of a scene file; one that is made already stays as it is."""
        return cls(**given) if isinstance(given, Mapping) else given


@dataclass(frozen=True)
class Goal:
    """What an arrival is in a scene where no loss says it: told in the key instead of the loss.

    Parameters
    ----------
    when : str
        A crossing, such as "|y|>1".
    word : str, default "there"
        The key says "there at 4".
    """

    when: str
    word: str = "there"

    def __post_init__(self) -> None:
        check_settings(self)

    @classmethod
    def made(cls, given: Any) -> Self | None:
        """From a table of a scene file; one that is made already stays as it is."""
        return cls(**given) if isinstance(given, Mapping) else given


@dataclass(frozen=True)
class Field:
    """A part of a text that is filled from a run: {what:run@when!digits}."""

    what: str
    run: str
    when: str = ""
    digits: int = 3


def field_of(inside: str, labels: Any) -> Field:
    """The field between two braces; refuses one of an unknown run.

    >>> field_of("home:GD", ["GD"]), field_of("w:GD 0.9@turn!2", ["GD 0.9"])
    (Field(what='home', run='GD', when='', digits=3), Field(what='w', run='GD 0.9', when='turn', digits=2))
    """
    what, colon, rest = inside.partition(":")
    name, mark, digits = rest.rpartition("!")
    if mark and digits.isdigit() and rest not in labels:
        rest, count = name, int(digits)
    else:
        count = 3
    label, at, when = rest.rpartition("@")
    if not at or rest in labels:
        label, when = rest, ""
    if not colon:
        raise BadInput(f"unknown field '{{{inside}}}': one reads {{home:LABEL}} or {{loss:LABEL}}")
    if label not in labels:
        raise BadInput(f"field '{{{inside}}}': unknown run '{label}'{hint(label[:80], labels)}")
    if not 1 <= count <= 9:
        raise BadInput(f"field '{{{inside}}}': 1 to 9 digits, got {count}")
    return Field(what, label, when, count)


def quantities(objective: Any) -> tuple[str, ...]:
    """What a field may ask of a run: its events, its loss, and where it stands."""
    accuracy = ("accuracy",) if has_classes(objective) else ()
    return (*EVENTS, *accuracy, *measured(objective))


def measured(objective: Any) -> tuple[str, ...]:
    """What of a run can cross a limit: its loss, and its coordinates where they have names."""
    names = getattr(objective, "parameter_names", None)
    if names is None:
        names = ("x", "y") if np.size(objective.start) == 2 else ()
    return ("loss", *(names if len(names) <= 20 else ()))


def has_classes(objective: Any) -> bool:
    """Whether a problem has classes that can be told right."""
    return bool(getattr(objective, "class_names", ()))


def letters(size: tuple[int, int]) -> int:
    """How many letters of a caption fit in a frame of that shape."""
    return next(most for shape, most in LINE if size[0] / size[1] >= shape)


def caption_rows(size: tuple[int, int]) -> int:
    """How many rows a caption may take in a frame of that shape.

    >>> caption_rows((1280, 720)), caption_rows((960, 720)), caption_rows((1080, 1080))
    (1, 2, 2)
    """
    return 1 if letters(size) == LINE[0][1] else 2


# ---- faults


def faults_of_words(scene: "Scene") -> Iterator[tuple[Path, str]]:
    """(where, what is wrong) with all that a scene says, as far as can be told before it is played."""
    every: list[tuple[Path, str, str]] = []
    for k, caption in enumerate(scene.captions):
        yield from ((("captions", k, "at"), problem) for problem in faults_of_time(scene, caption.at))
        every.append((("captions", k, "text"), caption.text, "line"))
    for k, mark in enumerate(scene.marks):
        yield from ((("marks", k, key), problem) for key, problem in faults_of_mark(scene, mark))
        every.append((("marks", k, "text"), mark.text, "mark"))
    if scene.ask is not None:
        yield from ((("ask", "at"), problem) for problem in faults_of_time(scene, scene.ask.at))
        every.append((("ask", "question"), scene.ask.question, "line"))
    if scene.goal is not None:
        yield from ((("goal", "when"), problem) for problem in faults_of_goal(scene, scene.goal))
    if scene.poster is not None:
        yield from ((("poster",), problem) for problem in faults_of_time(scene, scene.poster))
    for label in scene.highlight:
        if label not in scene.runs:
            told = str(label)[:80]
            yield ("highlight",), f"unknown run '{told}'{hint(told, scene.runs)}"
    every.append((("verdict",), scene.verdict, "line"))
    for path, text, kind in every:
        yield from ((path, problem) for problem in faults_of_text(scene, text, kind))
    for name, count in (("captions", len(scene.captions)), ("marks", len(scene.marks))):
        if count > MAX_TEXTS:
            yield (name,), f"a scene has at most {MAX_TEXTS} of them, this one has {count}"
    if len(scene.notes) > MAX_NOTES:
        yield ("notes",), f"{len(scene.notes):,} characters are too many, at most {MAX_NOTES:,}"


def faults_of_time(scene: "Scene", at: int | str) -> Iterator[str]:
    """What is wrong with a step, an epoch or an event."""
    counted, last = ("step", scene.steps) if scene.epochs is None else ("epoch", scene.epochs)
    if not isinstance(at, str):
        if isinstance(at, bool) or int(at) != at or not 0 <= at <= last:
            yield f"there is no {counted} {at}: this scene goes from 0 to {last:,}"
        return
    kind, colon, label = at.partition(":")
    if not colon or not happens(scene, kind):
        yield f"unknown event '{at[:80]}'{hint(kind[:80], EVENTS)}; one reads 'home:LABEL'"
    elif label not in scene.runs:
        yield f"unknown run '{label[:80]}'{hint(label[:80], scene.runs)}"


def happens(scene: "Scene", kind: str) -> bool:
    """Whether that is an event, or a crossing of something that this scene has."""
    crossing = crossing_of(kind)
    if crossing is None:
        return kind in EVENTS
    return scene.objective is not None and crossing.name in measured(scene.objective)


def faults_of_goal(scene: "Scene", goal: Goal) -> Iterator[str]:
    """What is wrong with an arrival that a scene defines."""
    if crossing_of(goal.when) is None or not happens(scene, goal.when):
        names = measured(scene.objective) if scene.objective is not None else ()
        yield f"must be a crossing such as '|y|>1', of {', '.join(names)}; got '{goal.when[:80]}'"


def faults_of_mark(scene: "Scene", mark: Mark) -> Iterator[tuple[str, str]]:
    """(key, what is wrong) with a mark."""
    names = [panel.name for panel in scene.panels]
    if mark.panel not in names:
        yield "panel", f"this scene has no panel '{mark.panel[:80]}'{hint(mark.panel[:80], names)}"
    if mark.run and mark.run not in scene.runs:
        yield "run", f"unknown run '{mark.run[:80]}'{hint(mark.run[:80], scene.runs)}"
    given = [key for key in ("at", "line", "step") if getattr(mark, key) is not None]
    if len(given) != 1:
        yield "panel", "a mark has one of at = [x, y], line = y, or step = ... with run = ..."
    elif not mark.ring and (given != ["at"] or not mark.text):
        yield "ring", "a name of a region, without a ring, has text and at = [x, y]"
    elif given == ["step"]:
        if not mark.run:
            yield "step", "marks a run at a step: say which with run = ..."
        at = mark.step
        if isinstance(at, str) and ":" not in at:
            at = f"{at}:{mark.run}"
        yield from (("step", problem) for problem in faults_of_time(scene, at if at is not None else 0))


def faults_of_text(scene: "Scene", text: str, kind: str) -> Iterator[str]:
    """What is wrong with a text: its fields, its length."""
    known = quantities(scene.objective) if scene.objective is not None else ()
    for inside in FIELD.findall(text):
        try:
            found = field_of(inside, scene.runs)
        except BadInput as error:
            yield str(error)
            continue
        if found.what not in known and not (crossing_of(found.what) and happens(scene, found.what)):
            yield f"unknown field '{{{inside}}}'{hint(found.what[:80], known)}"
        elif found.when and not found.when.isdigit() and not happens(scene, found.when):
            yield f"field '{{{inside}}}': unknown event '{found.when[:80]}'{hint(found.when[:80], EVENTS)}"
    if "{" in FIELD.sub("", text) or "}" in FIELD.sub("", text):
        yield "a lone brace: a field reads {home:LABEL}"
    if "$" in text:
        yield "mathematics between dollar signs can stand in the title, not here"
    long, most = (
        len(FIELD.sub("0.00", text)),
        letters(scene.size) * caption_rows(scene.size) if kind == "line" else 40,
    )
    if long > TOO_LONG * most:
        yield f"{long} characters are too long for its line, about {most} fit"


def notes_of_words(scene: "Scene") -> list[str]:
    """Texts that are drawn smaller than others, to fit."""
    most = letters(scene.size) * caption_rows(scene.size)
    texts = [*(caption.text for caption in scene.captions), scene.verdict]
    return [
        f"'{text[:24]}...' has {len(FIELD.sub('0.00', text))} characters, of which {most} fit in full size"
        for text in texts
        if len(FIELD.sub("0.00", text)) > most
    ]
