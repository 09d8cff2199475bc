"""Names beside the heads, while the clip rests: placed where they cover least, then faded."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import product
from typing import Any

import numpy as np

from optiviz._lib.typing import Array
from optiviz.rendering.glyphs import Box, Glyphs
from optiviz.rendering.marks.agg import meet, pen, stroke
from optiviz.rendering.marks.trails import Crowd
from optiviz.rendering.timeline import Moment

SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1))
AWAY = (0.45, 1.3, 2.4)  # heights of the type between a head and its name; beyond the first with a line
HALO = 0.1  # of the height of the type
TOGETHER, COLUMN = 0.3, 1.15  # heights of the type: heads at one place; from one name of a column to the next


@dataclass(frozen=True, eq=False)
class Names:
    """The label of each run beside its head, in its colour, with a halo; seen as `Moment.names` says."""

    crowd: Crowd
    labels: Sequence[str]
    glyphs: Glyphs
    halo: str

    def settle(self, renderer: Any, moment: Moment) -> None:
        """Names go as they came."""

    def draw(self, renderer: Any, moment: Moment, settled: Moment) -> None:
        if moment.names <= 0:
            return
        pixels = np.asarray(renderer.buffer_rgba())
        for k, (box, far) in enumerate(self.boxes(moment)):
            trail = self.crowd.trails[k]
            if far:
                head = self.head(k, moment)
                end = np.clip(head, box[:2], box[2:])
                way = end - head
                start = head + way * min(1.0, 0.5 * trail.head / max(float(np.hypot(*way)), 1e-9))
                line = pen(trail.look.color, 1.5, None, renderer, alpha=moment.names)
                stroke(renderer, line, np.array([start, end]))
            ink = replace(self.glyphs, color=trail.look.color)
            base = box[1] + 0.36 * self.glyphs.size
            ink.write_haloed(pixels, self.labels[k], box[0] + 2, base, self.halo, moment.names)

    def box(self, moment: Moment, settled: Moment) -> Box:
        if moment.names <= 0:
            return (0, 0, 0, 0)
        boxes = [box for box, _ in self.boxes(moment)]
        places = [self.head(k, moment).tolist() for k in range(len(self.labels))]
        x0, y0, x1, y1 = zip(*boxes, *((x, y, x, y) for x, y in places), strict=True)
        room = int(self.glyphs.size * HALO) + 4
        return int(min(x0)) - room, int(min(y0)) - room, int(max(x1)) + room, int(max(y1)) + room

    def head(self, k: int, moment: Moment) -> Array:
        """(2,) where the head of a run is drawn; of one that left the view, its arrow on the rim."""
        gone = self.crowd.trails[k].exit(moment)
        return np.asarray(gone[0] if gone else self.crowd.spread(moment)[1][k])

    def boxes(self, moment: Moment) -> list[tuple[Box, bool]]:
        """Of each name the pixels it takes, and whether a line must lead to it."""
        return self.placed(replace(moment, names=1.0, centiseconds=0, share=0.0))

    @cached_property
    def placed(self) -> Callable[[Moment], list[tuple[Box, bool]]]:
        """`place`, worked out once for each moment."""
        return lru_cache(maxsize=32)(self.place)

    def place(self, moment: Moment) -> list[tuple[Box, bool]]:
        """Name by name, the candidate that covers least of heads, trails and the names before."""
        heads = self.crowd.spread(moment)[1]
        clip = self.crowd.trails[0].route.clip
        trodden = np.vstack([self.trodden(k, moment) for k in range(len(heads))])
        taken: list[Box] = []
        found = []
        if np.ptp(self.crowd.spread(moment)[0], axis=0).max() < TOGETHER * self.glyphs.size:
            return self.column(heads, clip)
        for k, trail in enumerate(self.crowd.trails):
            head = self.head(k, moment)
            choices = []
            for n, (away, (right, up)) in enumerate(product(AWAY, SIDES)):
                box = self.candidate(self.labels[k], head, trail.head, away, right, up)
                cost = 0.02 * n + 1e4 * (meet(box, clip) != box)
                cost += 4.0 * sum(overlap(box, other) for other in taken)
                cost += sum(overlap(box, square(place, trail.head)) for place in heads)
                inside = (trodden >= box[:2]) & (trodden <= box[2:])
                cost += 20.0 * int(inside.all(axis=1).sum())
                choices.append((cost, n, box))
            _, n, box = min(choices)
            taken.append(box)
            found.append((box, n >= len(SIDES)))
        return found

    def column(self, heads: Array, clip: Box) -> list[tuple[Box, bool]]:
        """All names under each other beside heads that are at one place, in the order of the key."""
        em, widest = self.glyphs.size, max(self.glyphs.width(label) for label in self.labels) + 4
        half = self.crowd.trails[0].head / 2
        x = float(heads[:, 0].max()) + half + 0.6 * em
        if x + widest > clip[2]:
            x = float(heads[:, 0].min()) - half - 0.6 * em - widest
        tall = COLUMN * em * len(self.labels)
        top = float(np.clip(heads[:, 1].mean() + tall / 2, clip[1] + tall, clip[3]))
        return [
            (
                (
                    int(x),
                    int(top - COLUMN * em * (k + 1)),
                    int(x) + self.glyphs.width(label) + 4,
                    int(top - COLUMN * em * k),
                ),
                False,
            )
            for k, label in enumerate(self.labels)
        ]

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


def overlap(one: Box, two: Box) -> float:
    """Pixels that two boxes share."""
    left, bottom, right, top = meet(one, two)
    return float((right - left) * (top - bottom))


def square(place: Array, size: float) -> Box:
    """The box of a head."""
    x, y, half = float(place[0]), float(place[1]), size / 2
    return int(x - half), int(y - half), int(x + half), int(y + half)
