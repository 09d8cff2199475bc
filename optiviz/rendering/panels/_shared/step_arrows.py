"""Arrows of a decomposed step: memory, gradient, and their sum."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from optiviz._lib.typing import Array
from optiviz.analysis.anatomy import PARTS, Anatomy, anatomy_of
from optiviz.rendering.cell import Cell
from optiviz.rendering.glyphs import Box
from optiviz.rendering.marks.agg import box_of
from optiviz.rendering.marks.shapes import Arrow, Figurine
from optiviz.rendering.panels._shared.run_selection import runs_of
from optiviz.rendering.style import GREEN, Look
from optiviz.rendering.timeline import Moment
from optiviz.runs.trajectory import Comparison, Trajectory

KEPT = 512  # steps that are remembered, once taken apart
ROUND = np.linspace(0.0, 2 * np.pi, 73)
CIRCLE = np.column_stack([np.cos(ROUND), np.sin(ROUND)])
DASH = (3.0, 2.0)

Place = Callable[[Moment, Array], Array]


@dataclass(frozen=True, eq=False)
class StepView:
    """A run in the time of a clip, with the decomposition of the step that it is about to take."""

    comparison: Comparison
    run: Trajectory
    rule: Any
    of_row: Callable[[int], Anatomy] = field(init=False)

    def __post_init__(self) -> None:
        told = getattr(self.comparison.objectives[self.run.label], "variables", None)
        taken_apart = lambda row: anatomy_of(self.run, self.rule, row + 1, variables=told)
        object.__setattr__(self, "of_row", lru_cache(maxsize=KEPT)(taken_apart))

    def row(self, step: int) -> int:
        return self.comparison.row(self.run.label, step)

    def coming(self, step: int) -> Anatomy | None:
        """The step that begins where the run stands at `step`; None at its end."""
        row = self.row(step)
        return self.of_row(row) if row + 1 < len(self.run.path) else None

    def latest(self, step: int) -> Anatomy:
        """The same, and at the end the last one that was taken."""
        return self.of_row(min(self.row(step), len(self.run.path) - 2))

    def ball(self, step: int) -> Array:
        """(P,) where the ball is, which with a rule that looks ahead is not where its path is."""
        one = self.coming(step)
        if one is None:  # a run that was lost at its first step is where it began
            return self.latest(step).end if len(self.run.path) > 1 else self.run.path[-1]
        return one.start


def step_view(cell: Cell, comparison: Comparison, panel: str, label: str) -> StepView:
    """The run of that label, the first one for ""; refuses one that cannot be looked into."""
    run = comparison.recorded[runs_of(comparison, panel, label)[0].label]  # with its look-ahead points
    found = StepView(comparison, run, cell.rules[run.label])
    if len(run.path) > 1:
        found.latest(0)  # says what is missing before anything is drawn
    return found


def part_opacity(moment: Moment, part: str) -> float:
    """How much of a part is there, in [0, 1]: all of it, save in slow motion before its time.

    >>> slow = Moment(3, 0.5, 5, part="gradient", share=0.3)
    >>> [part_opacity(slow, part) for part in ("memory", "gradient", "move")]
    [1.0, 0.5, 0.0]
    >>> part_opacity(Moment(3, 0.5, 5), "move")
    1.0
    """
    if not moment.part or PARTS.index(part) < PARTS.index(moment.part):
        return 1.0
    if part != moment.part:
        return 0.0
    u = min(moment.share / 0.6, 1.0)  # it grows, and then stands for a while
    return u * u * (3 - 2 * u)


def pieces(inside: Anatomy, moment: Moment) -> tuple[Array, Array]:
    """Memory and slope as they are drawn: with one rate for all until slow motion has come to the scaling."""
    if not moment.part:
        return inside.memory, inside.slope
    (plain, flat), u = inside.unscaled, part_opacity(moment, "scaling")
    return plain + u * (inside.memory - plain), flat + u * (inside.slope - flat)


def memory_color(cell: Cell) -> str:
    return cell.theme.lighter.get(GREEN, GREEN)


def arrow_marks(cell: Cell, inside: StepView, place: Place, clip: Box, size: float = 1.0) -> dict[str, Any]:
    """The marks of a step: the arrows by their parts, the ellipse of all steps of that length, the balls."""
    theme, look, unit = cell.theme, cell.looks[inside.run.label], size * cell.sizes["text"]

    def memory(moment: Moment) -> Array | None:
        one = inside.coming(moment.step)
        if one is None or not one.memory.any():
            return None
        kept, _ = pieces(one, moment)
        return np.array([one.start, one.start + part_opacity(moment, "memory") * kept])

    def gradient(moment: Moment) -> Array | None:
        one, grown = inside.coming(moment.step), part_opacity(moment, "gradient")
        if one is None or not grown:
            return None
        kept, slope = pieces(one, moment)
        tip = one.end if not moment.part else one.start + kept + grown * slope
        return np.array([one.start + kept, tip])

    def step(moment: Moment) -> Array | None:
        one, grown = inside.coming(moment.step), part_opacity(moment, "move")
        if one is None or not grown:
            return None
        return np.array([one.start, one.end if grown == 1 else one.start + grown * (one.end - one.start)])

    def ellipse(moment: Moment) -> Array | None:
        one = inside.coming(moment.step)
        if one is None or one.direction is None or not part_opacity(moment, "gradient"):
            return None
        if moment.part == "gradient" and moment.share < 0.6:
            return None
        u = part_opacity(moment, "scaling")
        rate = one.rate if not moment.part else np.min(one.rate) + u * (one.rate - np.min(one.rate))
        centre = one.start if "first_moment" in one.state else one.start + one.memory
        return np.asarray(centre + np.linalg.norm(one.direction) * rate * CIRCLE)

    def ball(moment: Moment) -> Array | None:
        one = inside.coming(moment.step)
        if one is None or not moment.part:
            return inside.ball(moment.step)[None]
        return np.asarray(one.start + part_opacity(moment, "move") * (one.end - one.start))[None]

    def ahead(moment: Moment) -> Array | None:
        one = inside.coming(moment.step)
        return None if one is None or not one.looks_ahead else one.seen[None]

    thin, wide, head = 0.12 * unit, 0.29 * unit, 0.66 * unit
    dashed, ring = Look(theme.ink, "", DASH), Look(theme.ink, "o")
    return {
        "ellipse": Figurine(ellipse, place, dashed, 0.06 * unit, theme.casing, clip),
        "move": Arrow(step, place, look.color, wide, theme.casing, clip),
        "memory": Arrow(memory, place, memory_color(cell), thin, theme.casing, clip),
        "gradient": Arrow(gradient, place, theme.ink, thin, theme.casing, clip),
        "ahead": Figurine(ahead, place, ring, 0.08 * unit, theme.casing, clip, 0.8 * head, True),
        "ball": Figurine(ball, place, look, 0.08 * unit, theme.casing, clip, head),
    }


def overlay(cell: Cell, ax: Any, comparison: Comparison, panel: str, label: str) -> None:
    """The inside of the step to come, at the head of one run, on 2-D axes of the two parameters."""
    place = lambda moment, points: ax.transData.transform(points)
    inside = step_view(cell, comparison, panel, label)
    cell.marks.extend(arrow_marks(cell, inside, place, box_of(ax)).values())
