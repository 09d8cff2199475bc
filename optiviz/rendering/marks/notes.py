"""Words, rings and lines at places of a panel, flat or on a hill: their pixels, and their drawing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.typing import Array
from optiviz.rendering.glyphs import LETTERS, Box, Glyphs
from optiviz.rendering.marks.agg import box_of, dots, meet, pen, stroke
from optiviz.rendering.timeline import Moment, once_a_moment

SIDES = ((1, 0), (-1, 0), (0, -1), (0, 1), (1, 1), (1, -1), (-1, 1), (-1, -1))
AWAY = (16.0, 40.0, 70.0)  # twenty-fourths of the type; from the second on a line leads to the word
RING, LINE, HALO = 16.0, 2.4, 3.0
BEGIN = Moment(0, 0.0, 0)
NOTHING: Box = (0, 0, 0, 0)
Limits = tuple[tuple[float, float], tuple[float, float]]
Placed = tuple[Array, NDArray[np.bool_]]  # pixels (M, 2), and which of them a hill hides (M,)
Part = tuple[float, str, str, bool]  # x from the left end, text, colour, bold


@dataclass(frozen=True, eq=False)
class Anchor:
    """What ties places (M, 2) in the data of a panel to pixels, at any moment.

    `limits` are the window in the data, `clip` the pixels of the panel. With `turning` the pixels are others
    at another moment.
    """

    place: Callable[[Moment, Array], Placed]
    limits: Limits
    clip: Box
    turning: bool = False


def flat_anchor(axes: Any) -> Anchor:
    """The anchor of 2-D axes."""
    limits = (tuple(sorted(axes.get_xlim())), tuple(sorted(axes.get_ylim())))

    def place(moment: Moment, points: Array) -> Placed:
        return np.asarray(axes.transData.transform(points)), np.zeros(len(points), dtype=bool)

    return Anchor(place, limits, box_of(axes))


@dataclass(frozen=True)
class Landmark:
    """A minimum, a local minimum or a saddle that a panel shows: its symbol is drawn, its name can be."""

    at: tuple[float, float]
    kind: str


@dataclass(frozen=True, eq=False)
class Word:
    """A text over a rim: its pixels (h, w, 4), and its parts with the baseline `base` above its lower end."""

    pixels: NDArray[np.uint8]
    parts: tuple[Part, ...]
    size: float
    base: float
    halo: str


def haloed(strip: NDArray[np.uint8], halo: str, width: float) -> tuple[NDArray[np.uint8], int]:
    """(h, w, 4) a line of text over a rim of another colour, its ends trimmed to what is inked.

    And the pixels by which its left end moved to the left.
    """
    room = int(np.ceil(width)) + 1
    columns = np.flatnonzero(strip[..., 3].any(axis=0))
    first = int(columns[0]) if len(columns) else 0
    strip = strip[:, first : columns[-1] + 1] if len(columns) else strip[:, :1]
    ink = np.pad(strip, ((room, room), (room, room), (0, 0))).astype(float)
    cover = ink[..., 3] / 255
    rim = cover
    for dx, dy in product(range(-room, room + 1), repeat=2):
        if dx * dx + dy * dy <= width * width:
            rim = np.maximum(rim, np.roll(cover, (dy, dx), (0, 1)))
    below = np.array([int(halo[k : k + 2], 16) for k in (1, 3, 5)])
    mixed = cover[..., None] * ink[..., :3] + (1 - cover[..., None]) * below
    return np.dstack([mixed, 255 * rim]).round().astype(np.uint8), room - first


def word_of(
    strip: NDArray[np.uint8], parts: Sequence[Part], size: float, halo: str, width: float
) -> Word:  # fmt: skip
    """A set line of text, the baseline a third from below, as a word with a rim `width` pixels wide."""
    pixels, moved = haloed(strip, halo, width)
    room = (pixels.shape[0] - strip.shape[0]) / 2
    placed = tuple((x + moved, text, color, bold) for x, text, color, bold in parts)
    return Word(pixels, placed, size, room + strip.shape[0] / 3, halo)


def place_word(
    shape: tuple[int, int], place: tuple[float, float], clip: Box, taken: Sequence[Box], trodden: Array,
    em: float, line: bool = False,
) -> tuple[Box, float]:  # fmt: skip
    """The pixels of a word of `shape` (h, w) beside its place, where it covers least of paths and of words.

    And how much that is: below 1 it covers nothing.
    """
    high, wide = shape
    x, y = place
    if line:
        right = clip[2] - int(0.4 * em)
        return (right - wide, int(y), right, int(y) + high), 0.0
    choices = []
    for n, (away, (right, up)) in enumerate(product(AWAY, SIDES)):
        gap = away * em / 24 * (0.8 if right and up else 1.0)
        left = x + right * gap - (0 if right > 0 else wide if right < 0 else wide / 2)
        low = y + up * gap * (1.0 if not right else 0.8) - (0 if up > 0 else high if up < 0 else high / 2)
        box = (int(left), int(low), int(left) + wide, int(low) + high)
        cost = 0.01 * n + 1e4 * (meet(box, clip) != box) + 100.0 * sum(meet(box, one)[2] > 0 for one in taken)
        cost += int(((trodden >= box[:2]) & (trodden <= box[2:])).all(axis=1).sum())
        choices.append((cost, n, box))
    cost, _, box = min(choices)
    return box, cost


def always(moment: Moment, box: Box) -> float:
    """Seen whole."""
    return 1.0


@dataclass(frozen=True, eq=False)
class Note:
    """A ring with its word, a word alone, or a line across with its word; from its time on, to the end.

    `word_box` are the pixels of the word at the first moment; where the ground turns it keeps its distance
    from `point` (2,), and nothing is seen while a hill hides that. `seen` in [0, 1] is how strongly, by the
    moment and the pixels of the word.
    """

    kind: Literal["ring", "word", "line"]
    word: Word | None
    word_box: Box
    point: tuple[float, float]
    anchor: Anchor
    time: float
    color: str
    casing: str
    em: float
    seen: Callable[[Moment, Box], float] = always
    kept: dict[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def clip(self) -> Box:
        """The pixels of its panel."""
        return self.anchor.clip

    @property
    def place(self) -> tuple[float, float]:
        """Its pixel at the first moment."""
        if "first" not in self.kept:
            self.kept["first"] = self.located(BEGIN)[0]
        return self.kept["first"]

    @property
    def across(self) -> Box:
        """The pixels of its line, from side to side."""
        y, half = int(self.place[1]), int(0.15 * self.em) + 1
        return self.clip[0], y - half, self.clip[2], y + half

    def located(self, moment: Moment) -> tuple[tuple[float, float], bool]:
        """Its pixel at a moment, and whether a hill hides it."""
        pixels, hidden = self.anchor.place(moment, np.array([self.point]))
        return (float(pixels[0, 0]), float(pixels[0, 1])), bool(hidden[0])

    @cached_property
    def now(self) -> Callable[[Moment], tuple[tuple[float, float], Box, float]]:
        """Gives its pixel, the pixels of its word, and how strongly it is seen at a moment."""
        return once_a_moment(self.seen_at)

    def seen_at(self, moment: Moment) -> tuple[tuple[float, float], Box, float]:
        """See `now`."""
        place, begun = self.place, moment.time >= self.time - 1e-9
        if not (begun and self.anchor.turning):
            return place, self.word_box, self.seen(moment, self.word_box) if begun else 0.0
        spot, hidden = self.located(moment)
        dx, dy = round(spot[0] - place[0]), round(spot[1] - place[1])
        left, bottom, right, top = self.word_box
        inside = meet((int(spot[0]), int(spot[1]), int(spot[0]) + 1, int(spot[1]) + 1), self.clip)[2] > 0
        box = left + dx, bottom + dy, right + dx, top + dy
        return spot, box, self.seen(moment, box) if inside and not hidden else 0.0

    def settle(self, renderer: Any, moment: Moment) -> None:
        """It stands above what moves."""

    def draw(self, renderer: Any, moment: Moment, settled: Moment) -> None:
        (x, y), box, strength = self.now(moment)
        if strength <= 0:
            return
        unit = self.em / 24
        if self.kind == "line":
            ends = np.array([[self.clip[0], y], [self.clip[2], y]])
            for color, width in ((self.casing, (LINE + 3.6) * unit), (self.color, LINE * unit)):
                stroke(renderer, pen(color, width, self.clip, renderer, cap="butt"), ends)
        else:
            end = np.clip([x, y], box[:2], box[2:])
            if self.word is not None and np.hypot(*(end - [x, y])) > 1.2 * AWAY[0] * unit:
                line = pen(self.color, 1.5 * unit, None, renderer, alpha=strength)
                way = end - [x, y]  # it begins beside what stands at the place
                stroke(renderer, line, np.array([[x, y] + way * 0.5 * self.em / np.hypot(*way), end]))
            if self.kind == "ring":
                ring(renderer, np.array([[x, y]]), self.color, self.casing, unit, self.clip)
        if self.word is not None:
            self.write(renderer, box, strength)

    def write(self, renderer: Any, box: Box, strength: float) -> None:
        """Its word, as letters where letters are wanted."""
        word = self.word
        assert word is not None
        texts = LETTERS.get()
        if texts is None:
            blend_word(np.asarray(renderer.buffer_rgba()), word.pixels, box, strength)
            return
        for x, text, color, bold in word.parts:
            glyphs = Glyphs(word.size, color, bold)
            texts.append((glyphs, text, box[0] + x, box[1] + word.base, 0.0, word.halo))

    def box(self, moment: Moment, settled: Moment) -> Box:
        (x, y), word_box, strength = self.now(moment)
        if strength <= 0:
            return NOTHING
        room = int(RING * self.em / 24) + 4 if self.kind != "word" else 3
        left, bottom, right, top = word_box if self.word is not None else (x, y, x, y)
        if self.kind == "line":
            left, right = self.clip[0], max(self.clip[2], right)
        around = (min(left, x - room), min(bottom, y - room), max(right, x + room), max(top, y + room))
        return tuple(int(np.ceil(part)) for part in around)  # type: ignore[return-value]


def ring(renderer: Any, spots: Array, color: str, casing: str, unit: float, clip: Box) -> None:
    """A ring around each of (M, 2) pixels, in its casing."""
    dots(renderer, spots, "o", RING * unit, None, casing, 5.5 * unit, clip)
    dots(renderer, spots, "o", RING * unit, None, color, 2.5 * unit, clip)


def blend_word(pixels: NDArray[np.uint8], word: NDArray[np.uint8], box: Box, strength: float = 1.0) -> None:
    """Lay a word over (height, width, 4) pixels at a box, cut where the picture ends."""
    height, width = pixels.shape[:2]
    left, bottom, right, top = meet(box, (0, 0, width, height))
    if right <= left:
        return
    part = word[box[3] - top : box[3] - bottom, left - box[0] : right - box[0]].astype(float)
    patch = pixels[height - top : height - bottom, left:right]
    share = strength * part[..., 3:] / 255
    part[..., 3] = 255
    patch[:] = (share * part + (1 - share) * patch + 0.5).astype(np.uint8)
