"""Backpropagation by hand: one row goes through a small network and back, number by number, then the step."""

from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, IdentityTransform

from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array
from optiviz.rendering.cell import Cell
from optiviz.rendering.glyphs import Box, Glyphs
from optiviz.rendering.marks.agg import marker_path, pen, rgba, stroke
from optiviz.rendering.panels._shared.backprop_steps import (
    Beat,
    Shown,
    Worked,
    check,
    full_number,
    repeatable_number,
    short_number,
)
from optiviz.rendering.panels._shared.needs import a_network
from optiviz.rendering.panels._shared.network_runs import learner
from optiviz.rendering.panels._shared.spec import PanelSpec, Settings, Subject
from optiviz.rendering.panels.network import pairs
from optiviz.rendering.style import BLUE, GREEN, VERMILION
from optiviz.rendering.timeline import Moment
from optiviz.runs.trajectory import Comparison

FLOW = 0.3  # of a beat, in which signals are on their way; then the numbers stand there
TICKS = 24  # places on that way
TONES = {"forward": BLUE, "back": VERMILION, "new": GREEN}
ASIDE = 16.8  # heights of the type that the matrices take, at the right of the network,
ROOM = 45.0  # in a cell of at least so many
COLUMN, ROW = 4.15, 1.3  # of a matrix
LONGEST = "\N{MINUS SIGN}0.0000"  # number that a line has room for


def backpropagation(cell: Cell, comparison: Comparison, *, run: str = "") -> None:
    """Forward pass, backward pass and update of a small network, one after the other, with all numbers.

    The clip is dealt out evenly among the beats: the inputs, each layer forward, the loss, each slope on
    its way back, the update, and so on for all steps; a last forward pass shows the loss that was reached.
    The data are one row, the layers dense with a bias, and there are 24 weights at most.

    Parameters
    ----------
    run : str
        The label of the run whose network is shown; the first one unless given.
    """
    shown = learner(comparison, "backpropagation", run)
    worked = Worked(shown.training, shown.run.path, cell.rules.get(shown.run.label))
    board = Board(cell, worked)
    board.check()
    cell.stills.append(board.remember)
    cell.marks.append(board)


@dataclass(frozen=True, eq=False)
class Board:
    """The network and two lines of text; what it shows goes by the clip's progress, not by steps of runs."""

    cell: Cell
    worked: Worked
    blank: list[Any] = field(default_factory=list)  # the pixels below, once they are drawn

    # ------------------------------------------------------------------------------ when

    def key(self, moment: Moment) -> tuple[int, int]:
        """The beat of a moment, and how far signals are on their way: `TICKS` when they have arrived."""
        beat, part = divmod(moment.phase * self.worked.count, 1.0)
        if beat >= self.worked.count:
            return self.worked.count - 1, TICKS
        tick = min(int(TICKS * part / FLOW), TICKS)
        return int(beat), tick if tick == TICKS or self.worked.at(int(beat)).moving else 0

    def settle(self, renderer: Any, moment: Moment) -> None:
        self.paint(renderer, *self.key(moment))

    def draw(self, renderer: Any, moment: Moment, settled: Moment) -> None:
        if self.key(moment) != self.key(settled):
            self.paint(renderer, *self.key(moment))

    def box(self, moment: Moment, settled: Moment) -> Box:
        return self.clip if self.key(moment) != self.key(settled) else (0, 0, 0, 0)

    # ------------------------------------------------------------------------------ where

    @property
    def em(self) -> float:
        return self.cell.sizes["text"]

    @cached_property
    def clip(self) -> Box:
        left, bottom, wide, high = self.cell.box
        return int(left), int(bottom), int(left + wide), int(bottom + high)

    @cached_property
    def glyphs(self) -> dict[str, Glyphs]:
        """Type by its tone."""
        theme, size = self.cell.theme, self.em
        tones = {tone: Glyphs(size, theme.lighter.get(color, color)) for tone, color in TONES.items()}
        return {
            "plain": Glyphs(size, theme.ink),
            "quiet": Glyphs(size, theme.soft),
            "heading": Glyphs(self.cell.sizes["heading"], theme.ink, bold=True),
            "count": Glyphs(self.cell.sizes["heading"], theme.soft),
            **tones,
        }

    @cached_property
    def aside(self) -> float:
        """Pixels at the right that the matrices take; none where they have no room."""
        high = sum(2 * (1 + width) * ROW + 0.5 for width in self.widths[:-1])
        fits = self.cell.box[2] > ROOM * self.em and self.cell.box[3] > (high - 2) * self.em
        return ASIDE * self.em if fits and max(self.widths[1:]) * COLUMN <= ASIDE else 0.0

    @cached_property
    def widths(self) -> tuple[int, ...]:
        return self.worked.training.network.widths

    @cached_property
    def pitch(self) -> float:
        """Pixels from neuron to neuron in the largest column."""
        return (self.cell.box[3] - 8.2 * self.em) / max(self.widths)

    @cached_property
    def radius(self) -> float:
        return min(1.75 * self.em, 0.375 * self.pitch)

    @cached_property
    def spots(self) -> list[Array]:
        """For each column, the middles of its neurons, (width, 2) pixels."""
        left, bottom, wide, _ = self.cell.box
        wide -= self.aside
        rim = self.radius + 1.6 * self.em
        ends = left + rim, left + wide - rim
        middle = bottom + 4.0 * self.em + self.pitch * max(self.widths) / 2
        found = []
        for x, count in zip(np.linspace(*ends, len(self.widths)), self.widths, strict=True):
            apart = self.pitch * min(max(self.widths) / count, 2.0)  # a small column stands wider
            y = middle - apart * (np.arange(count) - (count - 1) / 2)
            found.append(np.column_stack([np.full(count, x), y]))
        return found

    @cached_property
    def fans(self) -> list[Array]:
        """For each layer its lines, (L, 2, 2) pixels."""
        return [pairs(a, b) for a, b in zip(self.spots, self.spots[1:], strict=False)]

    @cached_property
    def labels(self) -> list[Array]:
        """For each layer the places (L, 2) of the numbers at its lines."""
        half = 0.5 * self.glyphs["plain"].width(LONGEST)
        beside = max(self.radius, half + 0.5 * self.em)  # a bias is wider than its neuron
        return [fan_label_positions(fan, beside, (half + 4, 0.62 * self.em)) for fan in self.fans]

    def check(self) -> None:
        """Refuse a cell in which nothing could be read."""
        between = self.fans[0][0, 1, 0] - self.fans[0][0, 0, 0]
        if between < 2 * self.radius + 8 * self.em or self.radius < 1.2 * self.em:
            raise BadInput("panel 'backpropagation' needs more room: let it be alone in the frame")

    # ------------------------------------------------------------------------------ how

    def remember(self, renderer: Any) -> None:
        """Keep the pixels below."""
        self.blank[:] = [np.asarray(renderer.buffer_rgba())[self.window(renderer)].copy()]

    def window(self, renderer: Any) -> tuple[slice, slice]:
        height = len(np.asarray(renderer.buffer_rgba()))
        left, bottom, right, top = self.clip
        return slice(height - top, height - bottom), slice(left, right)

    def paint(self, renderer: Any, k: int, tick: int) -> None:
        """Everything, at a beat: while signals are on their way, with the numbers of the beat before."""
        pixels = np.asarray(renderer.buffer_rgba())
        pixels[self.window(renderer)] = self.blank[0]
        beat = self.worked.at(k)
        there = beat if tick == TICKS or k == 0 else self.worked.at(k - 1)
        self.draw_lines(renderer, beat, tick)
        for shown, places in zip(there.lines, self.labels, strict=True):
            self.draw_numbers(renderer, shown, places)
        self.draw_neurons(renderer, beat, there)
        self.draw_words(pixels, k, beat, there)
        if self.aside:
            self.draw_matrices(pixels, k if there is beat else k - 1)

    def draw_lines(self, renderer: Any, beat: Beat, tick: int) -> None:
        theme, clip = self.cell.theme, self.clip
        for layer, fan in enumerate(self.fans, 1):
            active = layer == beat.active or beat.tone == "new"
            color = self.glyphs[beat.tone].color if active else theme.data
            for line in fan:
                stroke(renderer, pen(color, (0.14 if active else 0.06) * self.em, clip, renderer), line)
            if layer == beat.active and beat.moving and tick < TICKS:
                share = (tick + 0.5) / TICKS
                share = 1 - share if beat.tone == "back" else share
                for start, end in fan:
                    self.disc(renderer, start + share * (end - start), 0.32 * self.em, color, color)

    def disc(self, renderer: Any, at: Array, radius: float, edge: str, fill: Any, width: float = 1.0) -> None:
        place = Affine2D().scale(2 * radius).translate(*at)
        renderer.draw_path(pen(edge, width, self.clip, renderer), marker_path("o"), place, rgba(fill))

    def draw_numbers(self, renderer: Any, shown: Shown, places: Array) -> None:
        """The numbers of a layer in its lines, each on a patch of ground."""
        pixels, glyphs = np.asarray(renderer.buffer_rgba()), self.glyphs[shown.tone]
        em, ground = self.em, tuple(self.blank[0][0, 0] / 255)
        assert shown.numbers is not None
        for (x, y), value in zip(places, shown.numbers.ravel(), strict=True):
            text = repeatable_number(value)  # as in the matrices, where that has room
            text = text if glyphs.width(text) <= glyphs.width(LONGEST) else full_number(value)
            half = glyphs.width(text) / 2 + 3
            left, right = int(x - half), int(x + half)
            low, high = int(y - 0.55 * em), int(y + 0.55 * em)
            patch = Path([(left, low), (right, low), (right, high), (left, high), (left, low)], closed=True)
            renderer.draw_path(
                pen(self.cell.theme.ground, 0, self.clip, renderer), patch, IdentityTransform(), ground
            )
            glyphs.write(pixels, text, x, y - 0.36 * em, 0.5)

    def draw_neurons(self, renderer: Any, beat: Beat, there: Beat) -> None:
        """A circle a neuron with its number, its bias below it; a thick rim where something happens."""
        pixels, theme = np.asarray(renderer.buffer_rgba()), self.cell.theme
        for column, (spots, shown) in enumerate(zip(self.spots, there.neurons, strict=True)):
            lit = column == beat.lit
            edge = self.glyphs[beat.tone].color if lit else theme.ink
            bias = there.biases[column - 1] if column else Shown(None)
            for k, at in enumerate(spots):
                self.disc(renderer, at, self.radius, edge, theme.ground, (0.2 if lit else 0.08) * self.em)
                if shown.numbers is not None:
                    text = short_number(shown.numbers[k])
                    self.glyphs[shown.tone].write(pixels, text, at[0], at[1] - 0.36 * self.em, 0.5)
                if bias.numbers is not None:
                    y = at[1] - self.radius - 0.95 * self.em
                    self.glyphs[bias.tone].write(pixels, f"b {full_number(bias.numbers[k])}", at[0], y, 0.5)

    def draw_matrices(self, pixels: Any, k: int) -> None:
        """W and dW of each layer; narrow ones stand beside each other."""
        left, bottom, wide, high = self.cell.box
        em, plain, heading = self.em, self.glyphs["plain"], self.glyphs["heading"]
        start, y = left + wide - self.aside, bottom + high - 3.4 * em
        for layer, pair in enumerate(self.worked.matrices(k), 1):
            across = self.widths[layer] * COLUMN * em
            x = start
            for name, shown in zip(("W", "dW"), pair, strict=True):
                if name == "dW" and 2 * across > self.aside:
                    x, y = start, y - (self.widths[layer - 1] + 1.25) * ROW * em
                elif name == "dW":
                    x = start + across + 0.2 * em
                known = shown.numbers is not None
                glyphs = plain if known or name == "W" else self.glyphs["quiet"]
                (heading if known else glyphs).write(pixels, f"{name}{layer}", x, y)
                for i, row in enumerate(shown.numbers if shown.numbers is not None else ()):
                    for j, value in enumerate(row):
                        at = x + (j + 1) * COLUMN * em - 0.3 * em
                        self.glyphs[shown.tone].write(
                            pixels, repeatable_number(value), at, y - (i + 1) * ROW * em, 1.0
                        )
            y -= (self.widths[layer - 1] + 1.25) * ROW * em

    def draw_words(self, pixels: Any, k: int, beat: Beat, there: Beat) -> None:
        """What happens on top, with its number and the loss; columns' names; formula and example below."""
        left, bottom, wide, high = self.cell.box
        em, plain, heading = self.em, self.glyphs["plain"], self.glyphs["heading"]
        top = bottom + high - 1.1 * em - 0.36 * heading.size
        counted = f"{k + 1} of {self.worked.count}   "
        self.glyphs["count"].write(pixels, counted, left + 0.9 * em, top)
        heading.write(pixels, beat.title, left + 0.9 * em + self.glyphs["count"].width(counted), top)
        if there.loss:
            heading.write(pixels, f"loss {there.loss}", left + wide - 0.9 * em, top, 1.0)
        row = max(spots[0, 1] for spots in self.spots) + self.radius + 0.5 * em
        for column, spots in enumerate(self.spots):
            plain.write(pixels, self.worked.letter(column), spots[0, 0], row, 0.5)
        targets = self.worked.training.targets[0]
        for (x, y), value in zip(self.spots[-1], targets, strict=True):
            plain.write(pixels, f"y = {full_number(value)}", x, y + self.radius + 0.4 * em, 0.5)
        room = wide - 1.8 * em
        fitting = [text for text in beat.examples if plain.width(text) <= room]
        self.glyphs[beat.tone].write(pixels, beat.formula, left + 0.9 * em, bottom + 2.3 * em)
        plain.write(pixels, fitting[0] if fitting else "", left + 0.9 * em, bottom + 0.7 * em)


def fan_label_positions(fan: Array, radius: float, room: tuple[float, float]) -> Array:
    """(L, 2) the places in the lines of a fan (L, 2, 2) at which their numbers are furthest apart.

    The lines of one neuron of the smaller column have them at one share of their length; `room` is half the
    width and half the height of a number.
    """
    starts, ends = (np.unique(fan[:, k], axis=0, return_inverse=True)[1].ravel() for k in (0, 1))
    group = starts if starts.max() <= ends.max() else ends
    count = int(group.max()) + 1
    least = (radius + room[0]) / abs(fan[0, 1, 0] - fan[0, 0, 0])
    choices = np.linspace(least, 1 - least, {1: 9, 2: 17, 3: 9}.get(count, 5 if count < 6 else 2))
    best, found = -1.0, np.asarray(fan.mean(axis=1))
    for shares in product(choices, repeat=min(count, 6)):
        share = np.resize(shares, count)[group][:, np.newaxis]
        places = fan[:, 0] + share * (fan[:, 1] - fan[:, 0])
        free = clearance(places, fan, room)
        if free > best + 1e-9:
            best, found = free, places
    return found


def clearance(places: Array, fan: Array, room: tuple[float, float]) -> float:
    """How far numbers are from each other, and from the lines of others, in heights and widths of them."""
    apart = np.abs(places[:, np.newaxis] - places) / (2 * np.array(room))
    labels = apart.max(axis=-1) + 9 * np.eye(len(places))
    share: Array = (places[:, :1] - fan[:, 0, 0]) / (fan[:, 1, 0] - fan[:, 0, 0])  # (L, L) along each line
    heights = fan[:, 0, 1] + share * (fan[:, 1, 1] - fan[:, 0, 1])
    lines = np.abs(heights - places[:, 1:]) / room[1] + 9 * np.eye(len(places))
    return min(float(labels.min()), float(lines.min()))


def check_runs(subject: Subject, settings: Settings) -> None:
    """Refuse a network whose step nobody could follow by hand."""
    check(subject.objectives[subject.chosen(settings["run"])[0]])


SPEC = PanelSpec(problem=(a_network,), runs=(check_runs,), own_clock=lambda settings: True)
