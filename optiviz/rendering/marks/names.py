"""Run labels beside the heads while the clip rests: placed where they cover least, then faded."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.typing import Array
from optiviz.rendering.glyphs import Box, Glyphs
from optiviz.rendering.marks.agg import pen, stroke
from optiviz.rendering.marks.notes import NOTHING, Note
from optiviz.rendering.marks.trails import Crowd
from optiviz.rendering.timeline import Moment

SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1))
AWAY = (0.45, 1.3, 2.4)  # heights of the type between a head and its name; beyond the first with a line
SYMBOL = 0.25  # what a pixel of a star, a ring or a line costs that a name covers; of another name 4
OUTSIDE = 1e4  # what leaving the panel costs
HALO = 0.1  # of the height of the type
TOGETHER, COLUMN = 0.3, 1.15  # heights of the type: heads at one place; from one name of a column to the next


@dataclass(frozen=True, eq=False)
class Names:
    """The label of each run beside its head, in its colour, with a halo; seen as `Moment.names` says.

    They keep away from `notes`, the words and lines that stand in the panel, and from the symbols at `spots`.
    """

    crowd: Crowd
    labels: Sequence[str]
    glyphs: Glyphs
    halo: str
    notes: list[Note] = field(default_factory=list)
    spots: list[Box] = field(default_factory=list)

    @cached_property
    def inks(self) -> list[Glyphs]:
        """The type in the colour of each run."""
        return [replace(self.glyphs, color=trail.look.color) for trail in self.crowd.trails]

    def settle(self, renderer: Any, moment: Moment) -> None:
        """Names go as they came."""

    def draw(self, renderer: Any, moment: Moment, settled: Moment) -> None:
        if moment.names <= 0:
            return
        pixels = np.asarray(renderer.buffer_rgba())
        at = moment.rest or moment
        for k, (box, far) in enumerate(self.boxes(moment)):
            if box == NOTHING:
                continue
            trail = self.crowd.trails[k]
            if far:
                head = self.head(k, at)
                end = np.clip(head, box[:2], box[2:])
                way = end - head
                start = head + way * min(1.0, 0.5 * trail.head / max(float(np.hypot(*way)), 1e-9))
                line = pen(trail.look.color, 1.5, None, renderer, alpha=moment.names)
                stroke(renderer, line, np.array([start, end]))
            base = box[1] + 0.36 * self.glyphs.size
            self.inks[k].write_haloed(pixels, self.labels[k], box[0] + 2, base, self.halo, moment.names)

    def box(self, moment: Moment, settled: Moment) -> Box:
        if moment.names <= 0:
            return (0, 0, 0, 0)
        at = moment.rest or moment
        boxes = [box for box, _ in self.boxes(moment) if box != NOTHING]
        places = [self.head(k, at).tolist() for k in range(len(self.labels))]
        x0, y0, x1, y1 = zip(*boxes, *((x, y, x, y) for x, y in places), strict=True)
        room = int(self.glyphs.size * HALO) + 4
        return int(min(x0)) - room, int(min(y0)) - room, int(max(x1)) + room, int(max(y1)) + room

    def head(self, k: int, moment: Moment) -> Array:
        """(2,) where the head of a run is drawn; of one that left the view, its arrow on the rim."""
        gone = self.crowd.trails[k].exit(moment)
        return np.asarray(gone[0] if gone else self.crowd.spread(moment)[1][k])

    def boxes(self, moment: Moment) -> list[tuple[Box, bool]]:
        """Of each name the pixels it takes, and whether a line must lead to it: those of the rest."""
        return self.placed(moment.rest or moment)

    @cached_property
    def placed(self) -> Callable[[Moment], list[tuple[Box, bool]]]:
        """`place`, worked out once for each rest."""
        return lru_cache(maxsize=32)(self.place)

    def place(self, moment: Moment) -> list[tuple[Box, bool]]:
        """Name by name, the candidate that covers least of heads, trails and the names before."""
        true, heads = self.crowd.spread(moment)
        clip = self.crowd.trails[0].route.clip
        if np.ptp(true, axis=0).max() < TOGETHER * self.glyphs.size:
            return self.column(heads, clip, [*self.words(moment), *self.spots])
        trodden = np.vstack([self.trodden(k, moment) for k in range(len(heads))])
        squares = [square(place, trail.head) for place, trail in zip(heads, self.crowd.trails, strict=True)]
        sides = list(product(AWAY, SIDES))
        order = 0.02 * np.arange(len(sides))  # the nearer and the earlier side, where all else is equal
        taken, symbols = self.words(moment), self.symbols(moment)
        found = []
        for k, (label, trail) in enumerate(zip(self.labels, self.crowd.trails, strict=True)):
            head = self.head(k, moment)
            boxes = np.array([self.candidate(label, head, trail.head, away, *side) for away, side in sides])
            inside = (trodden >= boxes[:, None, :2]) & (trodden <= boxes[:, None, 2:])
            cost = order + 20.0 * inside.all(axis=2).sum(axis=1) + shared(boxes, squares)
            cost += 4.0 * shared(boxes, taken) + SYMBOL * shared(boxes, symbols)
            cost += OUTSIDE * ((boxes[:, :2] < clip[:2]) | (boxes[:, 2:] > clip[2:])).any(axis=1)
            best = int(cost.argmin())
            if cost[best] >= OUTSIDE:  # in so small a panel there is no room for it
                found.append((NOTHING, False))
                continue
            left, bottom, right, top = boxes[best].tolist()
            taken.append((left, bottom, right, top))
            found.append((taken[-1], best >= len(SIDES)))
        return found

    def words(self, moment: Moment) -> list[Box]:
        """The pixels of the notes that are seen at a moment."""
        return [
            box for note in self.notes if (box := note.now(moment)[1])[2] > 0 and moment.time >= note.time
        ]

    def symbols(self, moment: Moment) -> list[Box]:
        """The pixels of the symbols, and of the lines that are seen at a moment."""
        lines = [note for note in self.notes if note.kind == "line" and moment.time >= note.time]
        return [*self.spots, *(note.across for note in lines)]

    def column(self, heads: Array, clip: Box, words: Sequence[Box]) -> list[tuple[Box, bool]]:
        """All names under each other beside heads that are at one place, in the order of the key.

        They stand on the right unless they would leave the panel there, or cover more of what is written.
        """
        em, widest = self.glyphs.size, max(self.glyphs.width(label) for label in self.labels) + 4
        half = self.crowd.trails[0].head / 2
        right, left = heads[:, 0].max() + half + 0.6 * em, heads[:, 0].min() - half - 0.6 * em - widest
        tall = COLUMN * em * len(self.labels)
        top = float(np.clip(heads[:, 1].mean() + tall / 2, clip[1] + tall, clip[3]))

        def boxes(x: float) -> list[Box]:
            rows = [
                (int(top - COLUMN * em * (k + 1)), int(top - COLUMN * em * k))
                for k in range(len(self.labels))
            ]
            wide = [self.glyphs.width(label) + 4 for label in self.labels]
            return [(int(x), low, int(x) + w, high) for (low, high), w in zip(rows, wide, strict=True)]

        def cost(x: float) -> float:
            outside = float(x + widest > clip[2]) + float(x < clip[0])
            return 1e6 * outside + float(shared(np.array(boxes(x)), words).sum())

        return [(box, False) for box in boxes(min((float(right), float(left)), key=cost))]

    def trodden(self, k: int, moment: Moment) -> Array:
        """(M, 2) pixels along a trail, as far as it has come."""
        route = self.crowd.trails[k].route
        part = route.pixels[: route.end(moment) + 1]
        return np.asarray(part[:: max(1, len(part) // 200)])

    def candidate(self, label: str, head: Array, size: float, away: float, right: int, up: int) -> Box:
        """The pixels of a name on one side of its head."""
        em = self.glyphs.size
        width, height = self.glyphs.width(label) + 4, 1.1 * em
        gap = size / 2 + away * em * (0.7 if right and up else 1.0)
        x = head[0] + right * gap - (0 if right > 0 else width if right < 0 else width / 2)
        y = head[1] + up * gap * (0.8 if right else 1.0) - height / 2 + up * height / 2 * (not right)
        return int(x), int(y), int(x + width), int(y + height)


def shared(boxes: NDArray[np.int64], others: Sequence[Box]) -> Array:
    """(M,) pixels that each of `boxes` (M, 4) shares with all `others` together."""
    if not others:
        return np.zeros(len(boxes))
    theirs = np.array(others)
    low = np.maximum(boxes[:, None, :2], theirs[:, :2])
    high = np.minimum(boxes[:, None, 2:], theirs[:, 2:])
    return np.asarray(np.maximum(high - low, 0).prod(axis=2).sum(axis=1), dtype=float)


def square(place: Array, size: float) -> Box:
    """The box of a head."""
    x, y, half = float(place[0]), float(place[1]), size / 2
    return int(x - half), int(y - half), int(x + half), int(y + half)
