"""Step anatomy: a window that follows one run, with the arrows that make its next step."""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array
from optiviz.objectives.base import Objective
from optiviz.rendering.cell import Cell
from optiviz.rendering.glyphs import Box
from optiviz.rendering.marks.shapes import Arrow, Bars, Figurine, Image, Words
from optiviz.rendering.panels._shared.follow_window import Following, map_of, round_number, smallest_reach
from optiviz.rendering.panels._shared.needs import (
    named_parameters,
    steps_with_memory,
    two_parameters_each,
)
from optiviz.rendering.panels._shared.spec import PanelSpec, Settings, Subject
from optiviz.rendering.panels._shared.step_arrows import (
    DASH,
    ROUND,
    StepView,
    arrow_marks,
    memory_color,
    part_opacity,
    step_view,
)
from optiviz.rendering.panels._shared.step_table import MOST, table_of_bars
from optiviz.rendering.panels._shared.window import bottom
from optiviz.rendering.style import Look
from optiviz.rendering.timeline import Moment
from optiviz.runs.trajectory import Comparison
from optiviz.scene.numbers import number

TAIL = 60  # places behind the ball
LINE = 1.45  # heights of the type from one line below the window to the next
FEWER = {
    "momentum × velocity": "memory",
    "first moment so far": "memory",
    "− rate × gradient": "slope",
    "− rate × gradient there": "slope there",
    "share of this gradient": "gradient",
    "each coordinate scaled": "scaled",
}


def anatomy(
    cell: Cell,
    comparison: Comparison,
    *,
    run: str = "",
    same_scale: bool = False,
    show: Literal["arrows", "bars"] = "arrows",
    parameters: tuple[str, ...] = (),
    rows: tuple[str, ...] = (),
) -> None:
    """What the next step of one run is made of: arrows in a window that follows it, or bars with numbers.

    The arrows are true to scale, and a unit is equally long in both directions: what is remembered
    (momentum x velocity), what the slope adds, and their sum, the step. For NAG the ring is the look-ahead
    point at which the slope is measured. Where each coordinate has a rate of its own, the dashed ellipse
    holds all steps that a gradient (or first moment) of this length could make. With `slow` in the scene one
    step is told part by part.

    Parameters
    ----------
    run : str
        The label of the run; the first one unless given.
    same_scale : bool, default False
        Make the window large enough for the step of any run, so that windows side by side have one scale.
    show : "arrows" or "bars"
        The window, or a bar and a number for all that is worked out in a step, coordinate by coordinate. In
        each row the largest coordinate has a full bar.
    parameters : list of str
        The coordinates that have bars, three at most: "w" and "b" of a line, "x" and "y" of a surface, or
        "1", "2", ...; the first two unless given.
    rows : list of str
        The rows of the table, such as "gradient" and "step"; unless given as many as have room.
    """
    inside = step_view(cell, comparison, "anatomy", run)
    if show == "bars":
        table_of_bars(cell, comparison, inside, parameters, rows)
        return
    em, told = cell.sizes["text"], shortened_to_fit(cell, part_descriptions(inside))
    left, low, wide, high = cell.box
    below = low + (0.5 + LINE * len(told)) * em
    clip = int(left + 0.7 * em), int(below), int(left + wide - 0.7 * em), int(low + high - 1.5 * em)
    forms = cell.form(("{}: the next step", "{}"), comparison.trajectories)
    cell.heading([form.format(inside.run.label) for form in forms], clip[0], clip[3])
    held = [inside]
    if same_scale:
        held = [step_view(cell, comparison, "anatomy", label) for label in comparison.trajectories]
    view = Following(comparison.objective, inside, clip, smallest_reach(comparison), held)
    cell.marks.append(Image(map_of(cell, view), clip))
    draw_minima(cell, comparison, view, clip)
    trail(cell, inside, view, clip)
    cell.marks.extend(arrow_marks(cell, inside, view.place, clip, 1.25).values())
    scale_bar(cell, view, clip)
    draw_part_lines(cell, inside, told, clip[0], below)


def draw_minima(cell: Cell, comparison: Comparison, view: Following, clip: Box) -> None:
    """The known minima, when they are in the window."""
    best = bottom(comparison.objective)
    if len(best):
        look = Look(cell.theme.ink, "*")
        size = 0.9 * cell.sizes["text"]
        cell.marks.append(Figurine(lambda moment: best, view.place, look, 1.0, cell.theme.casing, clip, size))


def trail(cell: Cell, inside: StepView, view: Following, clip: Box) -> None:
    """The last places of the ball, with a dot at each."""
    look, unit = cell.looks[inside.run.label], cell.sizes["text"]

    def behind(moment: Moment) -> Array | None:
        row = inside.row(moment.step)
        if row == 0:
            return None
        places = [inside.of_row(k).start for k in range(max(row - TAIL, 0), row)]
        return np.array([*places, inside.of_row(row - 1).end])

    plain = Look(look.color, "o")
    cell.marks.append(Figurine(behind, view.place, plain, 0.08 * unit, cell.theme.casing, clip))
    cell.marks.append(Figurine(behind, view.place, plain, 1.0, cell.theme.casing, clip, 0.28 * unit))


def scale_bar(cell: Cell, view: Following, clip: Box) -> None:
    """In the lower left corner, how long a round number is."""
    em, ink = cell.sizes["text"], cell.theme.ink
    corner = np.array(clip[:2]) + 0.6 * em

    def length(moment: Moment) -> float:
        return round_number(0.2 * (clip[2] - clip[0]) / view.scale(moment.step))

    def bar(moment: Moment) -> Array:
        return np.array([[0.0, 0.0], [length(moment), 0.0]])

    place = lambda moment, points: corner + points * view.scale(moment.step)
    glyphs = cell.glyphs("text")

    def plate(step: int) -> NDArray[np.int64]:
        moment = Moment(step, 0.0, 0)
        across = max(length(moment) * view.scale(step), glyphs.width(number(length(moment)))) + 1.2 * em
        return np.array([[clip[0], clip[1], int(clip[0] + across), int(clip[1] + 2.0 * em)]])

    cell.marks.append(Bars(plate, cell.theme.ground, clip))
    cell.marks.append(Figurine(bar, place, Look(ink, ""), 0.13 * em, cell.theme.casing, clip))
    text = lambda moment: number(length(moment))
    cell.marks.append(Words(text, float(corner[0]), float(corner[1] + 0.35 * em), glyphs, by_moment=True))


def part_descriptions(inside: StepView) -> dict[str, str]:
    """The parts that the steps of a run have, and what each of them is."""
    one = inside.of_row(0) if len(inside.run.path) > 1 else None
    names = inside.run.state
    said = {}
    if "velocity" in names:
        said["memory"] = "momentum × velocity"
    elif "first_moment" in names:
        said["memory"] = "first moment so far"
    ahead = " there" if one is not None and one.looks_ahead else ""
    said["gradient"] = "share of this gradient" if "first_moment" in names else f"− rate × gradient{ahead}"
    if one is not None and one.direction is not None:
        said["scaling"] = "each coordinate scaled"
    return said | {"move": "the step"}


def shortened_to_fit(cell: Cell, told: dict[str, str]) -> dict[str, str]:
    """The lines as they are, or all of them in fewer words where one would run out of the cell."""
    em, glyphs = cell.sizes["text"], cell.glyphs("text")
    if all(glyphs.width(words) < cell.box[2] - 4.0 * em for words in told.values()):
        return told
    return {part: FEWER.get(words, words) for part, words in told.items()}


def draw_part_lines(cell: Cell, inside: StepView, told: dict[str, str], left: float, top: float) -> None:
    """Below the window, a line for each part with its arrow; in slow motion each appears in its time."""
    em, theme, glyphs = cell.sizes["text"], cell.theme, cell.glyphs("text")
    colors = {"memory": memory_color(cell), "gradient": theme.ink, "move": cell.looks[inside.run.label].color}
    oval = np.column_stack([0.9 * np.cos(ROUND), 0.36 * np.sin(ROUND)]) * em
    as_it_is = lambda moment, pixels: pixels
    for k, (part, words) in enumerate(told.items()):
        y = top - (1.1 + LINE * k) * em
        clip = (int(left), int(y - 0.5 * em), int(left + 2.4 * em), int(y + 0.9 * em))
        sample = np.array([[left + 0.2 * em, y + 0.32 * em], [left + 2.1 * em, y + 0.32 * em]])
        if part in colors:
            points, width = visible_during(part, sample), (0.24 if part == "move" else 0.14) * em
            cell.marks.append(Arrow(points, as_it_is, colors[part], width, theme.casing, clip))
        else:
            ring, look = visible_during(part, sample.mean(axis=0) + oval), Look(theme.ink, "", DASH)
            cell.marks.append(Figurine(ring, as_it_is, look, 0.08 * em, theme.casing, clip))
        cell.marks.append(Words(visible_during(part, words, ""), left + 2.7 * em, y, glyphs, by_moment=True))


def visible_during(part: str, there: Any, gone: Any = None) -> Callable[[Moment], Any]:
    """What a line shows at a moment: nothing in slow motion before its part has begun."""
    return lambda moment: there if part_opacity(moment, part) > 0 or moment.part == part else gone


def check_problem(objective: Objective, settings: Settings) -> None:
    """Refuse arrows over anything but two parameters; bars are drawn of any."""
    count = np.size(objective.start)
    if settings["show"] == "arrows" and count != 2:
        raise BadInput(f"draws arrows over 2 parameters, this problem has {count}; show bars")


def check_runs(subject: Subject, settings: Settings) -> None:
    """Refuse a run that cannot be looked into, and coordinates that it does not have."""
    arrows = settings["show"] == "arrows"
    every = arrows and settings["same_scale"]
    for label in subject.scene.runs if every else (settings["run"],):
        steps_with_memory(subject, label)
    if arrows:
        two_parameters_each(subject, settings)
    elif len(settings["parameters"]) > MOST:
        got = len(settings["parameters"])
        raise BadInput(f"bars are drawn of {MOST} parameters at most, got {got}", field="parameters")
    else:
        named_parameters(subject, settings["parameters"], "parameters")


SPEC = PanelSpec(problem=(check_problem,), runs=(check_runs,), inside_step=lambda settings: True)
