"""Marks that a scene asks for: words at places, at runs and at lines, in a panel's own coordinates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array
from optiviz.rendering.glyphs import Box
from optiviz.rendering.header import segments, strip_of
from optiviz.rendering.marks.agg import box_of, dots, meet, pen, stroke
from optiviz.rendering.marks.base import Mark
from optiviz.rendering.style import Look, Theme
from optiviz.rendering.timeline import Moment
from optiviz.runs.trajectory import Comparison
from optiviz.scene.numbers import number
from optiviz.scene.scene import Panel, Scene, counter
from optiviz.scene.script import filled, time_of
from optiviz.scene.words import Mark as Asked

SIDES = ((1, 0), (-1, 0), (0, -1), (0, 1), (1, 1), (1, -1), (-1, 1), (-1, -1))
AWAY = (16.0, 40.0, 70.0)  # twenty-fourths of the type; from the second on a line leads to the word
RING, LINE, HALO = 16.0, 2.4, 3.0
PLACE = ("landscape", "plane", "weights", "boundary")  # panels that a run has a place in


def annotations(
    axes: Any, panel: Panel, scene: Scene, comparison: Comparison, look: Mapping[str, Look], theme: Theme,
    em: float,
) -> list[Mark]:  # fmt: skip
    """The marks of one panel, in the order of the scene; refuses those that it cannot show."""
    found: list[Mark] = []
    taken: list[Box] = []
    for k, mark in enumerate(scene.marks):
        elsewhere = mark.step is None and mark.run not in ("", panel.settings.get("run"))
        if mark.panel != panel.name or elsewhere:
            continue
        if axes is None or axes.name != "rectilinear":
            raise BadInput(f"marks.{k}.panel: panel '{panel.name}' has no flat axes for marks")
        spot = spot_of(axes, panel, scene, comparison, mark, k)
        if spot is None:
            continue
        time, place = spot
        text = filled(scene, comparison, mark.text, time or float(scene.steps), f"marks.{k}.text")
        color = look[mark.run].color if mark.step is not None else theme.ink
        word = None
        if text:
            parts = segments(text, look, color) if mark.step is None else [(text, color, True)]
            word = haloed(strip_of(parts, em, em, 1e4).pixels, theme.casing, HALO * em / 24)
        trodden = pixels_of(axes, comparison) if panel.name in PLACE else np.empty((0, 2))
        box = place_word(word, place, box_of(axes), taken, trodden, em, mark.line is not None)
        taken.append(box)
        found.append(Note(mark, word, box, place, time, color, theme.casing, box_of(axes), em))
    return found


def spot_of(
    axes: Any, panel: Panel, scene: Scene, comparison: Comparison, mark: Asked, k: int
) -> tuple[float, tuple[float, float]] | None:
    """From which time on a mark is seen, and its pixels; None in a panel of another run."""
    (x0, x1), (y0, y1) = sorted(axes.get_xlim()), sorted(axes.get_ylim())
    time, where = 0.0, f"marks.{k}"
    if mark.step is not None:
        if panel.settings.get("run", mark.run) not in ("", mark.run):
            return None
        at = mark.step if not isinstance(mark.step, str) or ":" in mark.step else f"{mark.step}:{mark.run}"
        time = time_of(scene, comparison, at, f"{where}.step")
        run, row = comparison.trajectories[mark.run], comparison.row(mark.run, time)
        if panel.name == "loss":
            point = (time / counter(scene)[1], float(run.losses[row]))
        elif panel.name in PLACE and run.path.shape[1] == 2:
            point = (float(run.path[row, 0]), float(run.path[row, 1]))
        else:
            raise BadInput(f"{where}.panel: panel '{panel.name}' has no place of a run; say at = [x, y]")
    elif mark.line is not None:
        point = (x1, mark.line)
    else:
        assert mark.at is not None
        point = mark.at
    if not (x0 <= point[0] <= x1 and y0 <= point[1] <= y1):
        key = "at" if mark.at is not None else "line" if mark.line is not None else "step"
        window = f"x from {number(x0)} to {number(x1)}, y from {number(y0)} to {number(y1)}"
        raise BadInput(
            f"{where}.{key}: ({number(point[0])}, {number(point[1])}) is outside of '{panel.name}': {window}"
        )
    x, y = axes.transData.transform(point)
    return time, (float(x), float(y))


def pixels_of(axes: Any, comparison: Comparison) -> Array:
    """(M, 2) the pixels of all places of runs with two parameters."""
    paths = [run.path for run in comparison.trajectories.values() if run.path.shape[1] == 2]
    return np.asarray(axes.transData.transform(np.vstack(paths))) if paths else np.empty((0, 2))


def haloed(strip: NDArray[np.uint8], halo: str, width: float) -> NDArray[np.uint8]:
    """(h, w, 4) a line of text over a rim of another colour, its edges trimmed to what is inked."""
    room = int(np.ceil(width)) + 1
    columns = np.flatnonzero(strip[..., 3].any(axis=0))
    strip = strip[:, columns[0] : columns[-1] + 1] if len(columns) else strip[:, :1]
    ink = np.pad(strip, ((room, room), (room, room), (0, 0))).astype(float)
    cover = ink[..., 3] / 255
    rim = cover
    for dx, dy in product(range(-room, room + 1), repeat=2):
        if dx * dx + dy * dy <= width * width:
            rim = np.maximum(rim, np.roll(cover, (dy, dx), (0, 1)))
    below = np.array([int(halo[k : k + 2], 16) for k in (1, 3, 5)])
    mixed = cover[..., None] * ink[..., :3] + (1 - cover[..., None]) * below
    return np.dstack([mixed, 255 * rim]).round().astype(np.uint8)


def place_word(
    word: NDArray[np.uint8] | None, place: tuple[float, float], clip: Box, taken: Sequence[Box],
    trodden: Array, em: float, line: bool,
) -> Box:  # fmt: skip
    """The pixels of a word beside its place, where it covers least of paths and of other words."""
    if word is None:
        return (0, 0, 0, 0)
    high, wide = word.shape[:2]
    x, y = place
    if line:
        right = clip[2] - int(0.4 * em)
        return (right - wide, int(y), right, int(y) + high)
    choices = []
    for n, (away, (right, up)) in enumerate(product(AWAY, SIDES)):
        gap = away * em / 24 * (0.8 if right and up else 1.0)
        left = x + right * gap - (0 if right > 0 else wide if right < 0 else wide / 2)
        low = y + up * gap * (1.0 if not right else 0.8) - (0 if up > 0 else high if up < 0 else high / 2)
        box = (int(left), int(low), int(left) + wide, int(low) + high)
        cost = 0.05 * n + 1e4 * (meet(box, clip) != box) + 100.0 * sum(meet(box, one)[2] > 0 for one in taken)
        cost += int(((trodden >= box[:2]) & (trodden <= box[2:])).all(axis=1).sum())
        choices.append((cost, n, box))
    return min(choices)[2]


@dataclass(frozen=True, eq=False)
class Note:
    """A mark of the scene: a ring with its word, a word at a run, or a line; from its time on, to the end."""

    asked: Asked
    word: NDArray[np.uint8] | None
    word_box: Box
    place: tuple[float, float]
    time: float
    color: str
    casing: str
    clip: Box
    em: float

    def settle(self, renderer: Any, moment: Moment) -> None:
        """It stands above what moves."""

    def draw(self, renderer: Any, moment: Moment, settled: Moment) -> None:
        if moment.step < self.time:
            return
        unit, (x, y) = self.em / 24, self.place
        if self.asked.line is not None:
            ends = np.array([[self.clip[0], y], [self.clip[2], y]])
            for color, width in ((self.casing, (LINE + 3.6) * unit), (self.color, LINE * unit)):
                stroke(renderer, pen(color, width, self.clip, renderer, cap="butt"), ends)
        else:
            left, bottom, right, top = self.word_box
            end = np.clip([x, y], [left, bottom], [right, top])
            if self.word is not None and np.hypot(*(end - [x, y])) > 1.2 * AWAY[0] * unit:
                stroke(renderer, pen(self.color, 1.5 * unit, None, renderer), np.array([[x, y], end]))
            if self.asked.at is not None:
                self.ring(renderer, unit)
        if self.word is not None:
            blend(np.asarray(renderer.buffer_rgba()), self.word, self.word_box)

    def ring(self, renderer: Any, unit: float) -> None:
        """A ring around the place."""
        spot = np.array([self.place])
        dots(renderer, spot, "o", RING * unit, None, self.casing, 5.5 * unit, self.clip)
        dots(renderer, spot, "o", RING * unit, None, self.color, 2.5 * unit, self.clip)

    def box(self, moment: Moment, settled: Moment) -> Box:
        if moment.step < self.time:
            return (0, 0, 0, 0)
        (x, y), room = self.place, int(RING * self.em / 24) + 4
        left, bottom, right, top = self.word_box if self.word is not None else (x, y, x, y)
        if self.asked.line is not None:
            left, right = self.clip[0], max(self.clip[2], right)
        around = (min(left, x - room), min(bottom, y - room), max(right, x + room), max(top, y + room))
        return tuple(int(part) for part in around)  # type: ignore[return-value]


def blend(pixels: NDArray[np.uint8], word: NDArray[np.uint8], box: Box) -> None:
    """Lay a word over (height, width, 4) pixels at a box, cut where the picture ends."""
    height, width = pixels.shape[:2]
    left, bottom, right, top = meet(box, (0, 0, width, height))
    if right <= left:
        return
    part = word[box[3] - top : box[3] - bottom, left - box[0] : right - box[0]].astype(float)
    patch = pixels[height - top : height - bottom, left:right]
    share = part[..., 3:] / 255
    part[..., 3] = 255
    patch[:] = (share * part + (1 - share) * patch + 0.5).astype(np.uint8)
