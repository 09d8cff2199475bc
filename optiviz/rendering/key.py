"""The legend of a frame: marker and label of each run, and its current loss."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import Bbox

from optiviz.rendering.glyphs import Glyphs
from optiviz.rendering.marks.agg import marker_scale
from optiviz.rendering.marks.base import MovingMark
from optiviz.rendering.marks.shapes import Words
from optiviz.rendering.style import Look, Theme
from optiviz.rendering.timeline import Moment
from optiviz.rendering.typeface import DPI
from optiviz.runs.trajectory import Comparison
from optiviz.scene.numbers import DIGITS, MINUS, number
from optiviz.scene.scene import Scene
from optiviz.scene.script import arrivals_of, standings

Place = tuple[float, float, float, float]
Value = tuple[Callable[[Moment, int], str], Callable[[Moment], str], bool, str]
ONE, TWO, LEADING, NAME = 34.0, 62.0, 28.0, 24.0  # twenty-fourths of the type: rows of one and two lines
CLOSER = 10.0  # that a single column moves to the left, for the longest of names
COLUMN = 9.1  # heights of the type, the least width of a column
LEAST = 9.0  # pixels of a marker
APART = 0.8  # between the number of one column and the marker of the next


def legend(
    figure: Figure,
    box: Place,
    scene: Scene,
    comparison: Comparison,
    look: Mapping[str, Look],
    theme: Theme,
    sizes: Mapping[str, float],
) -> list[MovingMark]:
    """In `box`, the marker and the label of each run with its running loss; in columns where there is room.

    On the last frame the loss gives way to what became of the run: "home at 8". What has no room is counted.
    """
    width, height = figure.canvas.get_width_height()
    em, unit = sizes["text"], sizes["text"] / 24
    left, bottom, wide, high = box
    across = max(1, min(int(wide / (COLUMN * em)), len(look)))
    left, wide = (left - CLOSER * unit, wide + (CLOSER + 10) * unit) if across == 1 else (left, wide)
    loud = [label for label, worn in look.items() if not worn.quiet]
    rest = len(look) - len(loud)
    needed = -(-(len(loud) + bool(rest)) // across)
    pitch = pitch_of(needed, high, unit)
    rows = max(1, int((high + 0.2 * em) / pitch))
    room = rows * across
    shown = loud if len(loud) + bool(rest) <= room else loud[: room - 1]
    marks: list[MovingMark] = []
    runs, found = values_of(scene, comparison), list[tuple[Value, Place]]()
    bold = Glyphs(em, theme.ink, bold=True)
    names = cut_apart(shown, lambda name: bold.width(name) <= wide / across - NAME * unit)
    for k, label in enumerate(shown):
        x, column = left + (k % across) * wide / across, wide / across
        y = bottom + high - 0.36 * em - pitch * (k // across) - 0.5 * em
        text = figure.text((x + NAME * unit) / width, y / height, label, color=look[label].color)
        text.set(fontsize=em * 72 / DPI, weight="bold")
        text.set_text(names[label])
        spot = Line2D([(x + 0.34 * em) / width], [(y + 0.36 * em) / height], transform=figure.transFigure)
        size = max(0.62 * em, LEAST) * marker_scale(look[label].marker)
        spot.set(color=look[label].color, marker=look[label].marker, markersize=size * 72 / DPI)
        spot.set(linestyle="none", markeredgecolor=theme.casing, markeredgewidth=min(1.0, em / 24))
        figure.add_artist(spot)
        if pitch > 1.5 * ONE * unit:
            places = (x + NAME * unit, y - LEADING * unit, 0.0, column - NAME * unit)
        else:
            end = x + column - (APART * em if across > 1 else 0.0)
            places = (end, y, 1.0, end - text.get_window_extent().x1 - 0.25 * em)
        found.append((runs[label], places))
    brief = any(not (has_room(value, place, theme, em) or value[3][:5] == "loss ") for value, place in found)
    for value, place in found:
        marks += value_marks(value, place, pitch <= 1.5 * ONE * unit, brief, theme, em)
    if len(shown) < len(look):
        y = bottom + high - 0.86 * em - pitch * (len(shown) // across)
        more = figure.text((left + NAME * unit) / width, y / height, f"and {len(look) - len(shown)} more")
        more.set(fontsize=em * 72 / DPI, color=theme.soft)
    return marks


def pitch_of(rows: int, high: float, unit: float) -> float:
    """Pixels from one entry to the next: of two lines where so many rows have room for them."""
    return unit * (TWO if rows * TWO * unit <= high + 1 else ONE)


def key_extent(box: Place, count: int, em: float) -> Bbox:
    """The pixels that the entries of so many runs take in the box of a key, where all stand in one column."""
    left, bottom, wide, high = box
    unit = em / 24
    tall = count * pitch_of(count, high, unit)
    return Bbox.from_extents(
        left - CLOSER * unit, bottom + high - min(tall, high), left + wide, bottom + high
    )


def cut_apart(labels: Sequence[str], fits: Callable[[str], bool]) -> dict[str, str]:
    """The labels, cut where they do not fit, so that no two become alike.

    What is too long loses its end, or its beginning where another label would look the same then.

    >>> cut_apart(["Momentum from the left", "Momentum from 4", "GD"], lambda name: len(name) <= 12)
    {'Momentum from the left': '…om the left', 'Momentum from 4': '…ntum from 4', 'GD': 'GD'}
    >>> cut_apart(["Momentum, slowly"], lambda name: len(name) <= 12)
    {'Momentum, slowly': 'Momentum, s…'}
    """
    dots = "\N{HORIZONTAL ELLIPSIS}"

    def end_cut(name: str) -> str:
        kept = name
        while not fits(kept) and len(kept) > 2:
            kept = kept.rstrip(dots)[:-1].rstrip() + dots
        return kept

    def begin_cut(name: str) -> str:
        kept = name
        while not fits(kept) and len(kept) > 2:
            kept = dots + kept.lstrip(dots)[1:].lstrip()
        return kept

    found = {name: end_cut(name) for name in labels}
    counts = Counter(found.values())
    return {name: kept if counts[kept] == 1 else begin_cut(name) for name, kept in found.items()}


def values_of(scene: Scene, comparison: Comparison) -> Mapping[str, Value]:
    """Of each run its loss at a moment, what the last frame says, whether it is first, and how it ends."""
    ends, found = standings(scene, comparison), arrivals_of(scene, comparison)
    first = min(found.values(), default=None)
    return {
        label: (
            loss_text(comparison, label, ends[label])
            if scene.goal is None
            else arrival_text(ends[label], found.get(label)),
            lambda moment, label=label: ends[label] if last(scene, moment) else "",  # type: ignore[misc]
            label in found and found[label] == first,
            ends[label],
        )
        for label in comparison.trajectories
    }


def last(scene: Scene, moment: Moment) -> bool:
    """Whether this is the frame that holds at the end."""
    return moment.phase >= 1.0 and moment.step >= scene.steps


def loss_text(comparison: Comparison, label: str, end: str) -> Callable[[Moment, int], str]:
    """What says the loss of a run in so many digits, trailing zeros too; `end` once the run is lost."""
    run, last = comparison.trajectories[label], comparison.times[label][-1]

    @lru_cache(maxsize=8)  # a frame asks for its box, to draw, and for the next one's box
    def at(step: int, digits: int) -> str:
        if run.stopped_at is not None and step > last:
            return end
        return number(float(run.losses[comparison.row(label, step)]), digits, zeros=True)

    return lambda moment, digits: at(moment.step, digits)


def arrival_text(end: str, time: float | None) -> Callable[[Moment, int], str]:
    """What says that a run has arrived, from then on."""
    return lambda moment, digits: end if time is not None and moment.step >= time else ""


def has_room(value: Value, place: Place, theme: Theme, em: float) -> bool:
    """Whether there is room for what is said of a run on the last frame."""
    return Glyphs(em, theme.ink, bold=True).width(value[3]) <= place[3]


def value_marks(
    value: Value, place: Place, short: bool, brief: bool, theme: Theme, em: float
) -> list[MovingMark]:
    """The loss of a run at its name, in as many digits as have room, and on the last frame its end.

    `brief` where one of them has no room for its words: "home at 8" becomes "at 8" then, "not home" a dash.
    """
    running, ended, first, _ = value
    x, y, anchor, room = place
    soft = Glyphs(em, theme.soft, rim=theme.rim)
    ink = Glyphs(em, theme.ink, bold=first, rim=theme.rim)

    def loss(moment: Moment) -> str:
        if ended(moment):
            return ""
        for digits in range(DIGITS, 0, -1):
            text = running(moment, digits)
            if not short and (text[:1].isdigit() or text[:1] == MINUS):
                text = f"loss {text}"
            if soft.width(text) <= room:
                return text
        return ""

    def end(moment: Moment) -> str:
        text = ended(moment)
        if text.startswith("loss "):  # in as many digits as have room
            forms = [running(moment, digits) for digits in range(DIGITS, 0, -1)]
            forms = [text, *(form if short else f"loss {form}" for form in forms)]
            return next((form for form in forms[short:] if ink.width(form) <= room), "")
        if brief:
            text = f"at {text.rpartition(' ')[2]}" if text[-1:].isdigit() else "\N{EN DASH}" * bool(text)
        return text if ink.width(text) <= room else ""

    texts: tuple[tuple[Any, Glyphs], ...] = ((loss, soft), (end, ink))
    return [Words(text, x, y, glyphs, anchor, by_moment=True) for text, glyphs in texts]
