"""Marks of a scene in its panels: what it asks for, and the names of minima and saddles by themselves."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from optiviz._lib.typing import Array
from optiviz.rendering.glyphs import Box
from optiviz.rendering.header import segments, strip_of
from optiviz.rendering.marks.agg import meet
from optiviz.rendering.marks.base import MovingMark
from optiviz.rendering.marks.names import Names
from optiviz.rendering.marks.notes import (
    BEGIN,
    HALO,
    NOTHING,
    Anchor,
    Landmark,
    Note,
    Word,
    place_word,
    word_of,
)
from optiviz.rendering.marks.trails import Crowd, Head, Trail
from optiviz.rendering.style import Look, Theme
from optiviz.rendering.timeline import Moment, faded
from optiviz.runs.trajectory import Comparison
from optiviz.scene.numbers import number
from optiviz.scene.scene import Panel, Scene
from optiviz.scene.script import fill_fields, time_of
from optiviz.scene.words import Mark, misplaced

PLACE = ("landscape", "landscape3d", "plane", "weights", "boundary")  # panels that a run has a place in
NEAR, CLEAR = 1.2, 2.2  # heights of the type from a head, where the name of a minimum is gone, and whole


@dataclass(frozen=True, eq=False)
class AnnotatedPanel:
    """A panel that was drawn: its anchor, landmarks and marks, and the words that stand in it already."""

    panel: Panel
    anchor: Anchor | None
    landmarks: Sequence[Landmark]
    marks: Sequence[MovingMark]
    taken: list[Box] = field(default_factory=list)
    spots: list[tuple[float, float]] = field(default_factory=list)

    @property
    def trails(self) -> list[Trail]:
        """The lines of its runs."""
        return [mark for mark in self.marks if isinstance(mark, Trail)]


def annotations(
    grounds: Sequence[AnnotatedPanel], scene: Scene, comparison: Comparison,
    look: Mapping[str, Look], theme: Theme, em: float,
) -> list[MovingMark]:  # fmt: skip
    """The marks of a scene, panel by panel, then the names of landmarks; refuses what cannot be."""
    found = [note for one in grounds for note in scene_marks(one, scene, comparison, look, theme, em)]
    return [*found, *names_of_landmarks(grounds, scene, comparison, theme, em)]


def among(
    marks: Sequence[MovingMark], grounds: Sequence[AnnotatedPanel], notes: Sequence[MovingMark]
) -> list[MovingMark]:
    """All marks in their order: a line across is drawn below the heads of its panel, words above all."""
    found = list(marks)
    for note in notes:
        own = [one for one in grounds if isinstance(note, Note) and one.anchor is note.anchor]
        heads = [mark for one in own for mark in one.marks if isinstance(mark, Head)]
        line = isinstance(note, Note) and note.kind == "line"
        found.insert(found.index(heads[0]) if line and heads else len(found), note)
    return found


def scene_marks(
    ground: AnnotatedPanel,
    scene: Scene,
    comparison: Comparison,
    look: Mapping[str, Look],
    theme: Theme,
    em: float,
) -> list[MovingMark]:
    """The marks of one panel, in the order of the scene."""
    panel, anchor, found = ground.panel, ground.anchor, []
    for k, mark in enumerate(scene.marks):
        elsewhere = mark.step is None and mark.run not in ("", panel.settings.get("run"))
        if mark.panel != panel.name or elsewhere:
            continue
        if anchor is None:
            raise misplaced(f"marks.{k}.panel", f"panel '{panel.name}' has no axes for marks")
        if mark.line is not None and panel.name == "landscape3d":
            raise misplaced(f"marks.{k}.line", "a line lies in a flat panel, such as 'landscape' or 'loss'")
        spot = spot_of(ground, scene, comparison, look, mark, k)
        if spot is None:
            continue
        time, point = spot
        text = fill_fields(scene, comparison, mark.text, time or float(scene.steps), f"marks.{k}.text")
        color = look[mark.run].color if mark.step is not None else theme.ink
        parts = segments(text, look, color) if mark.step is None else [(text, color, True)]
        word = set_word(parts, theme, em) if text else None
        pixels = anchor.place(BEGIN, np.array([point]))[0][0].tolist()
        box = NOTHING
        if word is not None:
            trodden = pixels_of(anchor, comparison) if panel.name in PLACE else pixels_of_trails(ground)
            shape = word.pixels.shape[:2]
            line = mark.line is not None
            box, _ = place_word(shape, tuple(pixels), anchor.clip, ground.taken, trodden, em, line)
            box = box if mark.ring else word_over(shape, pixels, anchor.clip)
        ground.taken.append(box)
        ground.spots.append(tuple(pixels))
        known = mark.at is not None and is_landmark(ground, pixels, em)
        ringed = mark.at is not None and mark.ring and not known
        kind = "line" if mark.line is not None else "ring" if ringed else "word"
        found.append(Note(kind, word, box, point, anchor, time, color, theme.casing, em))  # type: ignore[arg-type]
    symbols = [] if anchor is None else [symbol_box(anchor, one, em) for one in ground.landmarks]
    for names in (one for one in ground.marks if isinstance(one, Names)):
        names.notes.extend(found)
        names.spots.extend(symbols)
    return found  # type: ignore[return-value]


def word_over(shape: tuple[int, int], pixels: Sequence[float], clip: Box) -> Box:
    """The pixels of a word of `shape` (h, w) with its middle at a pixel, or as near as its panel allows."""
    (high, wide), (left, bottom, right, top) = shape, clip
    x = int(np.clip(pixels[0] - wide / 2, left, max(right - wide, left)))
    y = int(np.clip(pixels[1] - high / 2, bottom, max(top - high, bottom)))
    return x, y, x + wide, y + high


def is_landmark(ground: AnnotatedPanel, pixels: Sequence[float], em: float) -> bool:
    """Whether a minimum or a saddle that the panel shows stands at a pixel: a mark there needs no ring."""
    assert ground.anchor is not None
    spots = np.array([one.at for one in ground.landmarks]).reshape(-1, 2)
    places = ground.anchor.place(BEGIN, spots)[0]
    return bool((np.hypot(*(places - pixels).T) < 0.3 * em).any())


def set_word(parts: Sequence[tuple[str, str, bool]], theme: Theme, em: float) -> Word:
    """A text in parts of (text, colour, bold), over a rim in the colour of the casings."""
    strip = strip_of(parts, em, em, 1e4)
    return word_of(strip.pixels, strip.parts, strip.size, theme.casing, HALO * em / 24)


def spot_of(
    ground: AnnotatedPanel,
    scene: Scene,
    comparison: Comparison,
    look: Mapping[str, Look],
    mark: Mark,
    k: int,
) -> tuple[float, tuple[float, float]] | None:
    """From which time on a mark is seen, and its place in the data; None in a panel of another run."""
    panel, anchor = ground.panel, ground.anchor
    assert anchor is not None
    (x0, x1), (y0, y1) = anchor.limits
    time, where = 0.0, f"marks.{k}"
    if mark.step is not None:
        if panel.settings.get("run", mark.run) not in ("", mark.run):
            return None
        at = mark.step if not isinstance(mark.step, str) or ":" in mark.step else f"{mark.step}:{mark.run}"
        time = time_of(scene, comparison, at, f"{where}.step")
        run, row = comparison.trajectories[mark.run], comparison.row(mark.run, time)
        if panel.name in PLACE and run.path.shape[1] == 2:
            point = (float(run.path[row, 0]), float(run.path[row, 1]))
        elif route := next((one.route for one in ground.trails if one.look is look[mark.run]), None):
            vertex = route.last[min(int(np.searchsorted(route.times, time - 1e-9)), len(route.last) - 1)]
            point = (float(route.points[vertex, 0]), float(route.points[vertex, 1]))
        else:
            raise misplaced(f"{where}.panel", f"panel '{panel.name}' has no place of a run; say at = [x, y]")
    elif mark.line is not None:
        point = (x1, mark.line)
    else:
        assert mark.at is not None
        point = mark.at
    if not (x0 <= point[0] <= x1 and y0 <= point[1] <= y1):
        key = "at" if mark.at is not None else "line" if mark.line is not None else "step"
        window = f"x from {number(x0)} to {number(x1)}, y from {number(y0)} to {number(y1)}"
        raise misplaced(
            f"{where}.{key}",
            f"({number(point[0])}, {number(point[1])}) is outside of '{panel.name}': {window}",
        )
    return time, point


def pixels_of_trails(ground: AnnotatedPanel) -> Array:
    """(M, 2) pixels on the lines of runs in a flat panel."""
    lines = [one.route.pixels for one in ground.trails]
    return np.vstack([np.empty((0, 2)), *(part for line in lines for part in dense(line))])


def pixels_of(anchor: Anchor, comparison: Comparison) -> Array:
    """(M, 2) pixels on the paths of runs with two parameters, also between places that are far apart."""
    paths = [run.path for run in comparison.trajectories.values() if run.path.shape[1] == 2]
    lines = [anchor.place(BEGIN, path)[0] for path in paths]
    return np.vstack([np.empty((0, 2)), *(part for line in lines for part in dense(line))])


def dense(line: Array) -> list[Array]:
    """A line (R, 2) in pixels, and up to 15 points of each of its first 200 pieces that is long."""
    ends = np.nan_to_num(line[:201])
    long = np.hypot(*np.diff(ends, axis=0).T) > 8
    shares = np.linspace(0, 1, 17)[1:-1, None, None]
    return [line, (ends[:-1][long] + shares * (ends[1:] - ends[:-1])[long]).reshape(-1, 2)]


# ---- names by themselves


def names_of_landmarks(
    grounds: Sequence[AnnotatedPanel], scene: Scene, comparison: Comparison, theme: Theme, em: float
) -> list[MovingMark]:
    """The words "minimum", "local minimum" and "saddle" beside landmarks, each at most once in a frame.

    They stand in the first flat map, where they cover no path, and give way to heads and their names. A mark
    of the scene at the same place, or with the same word, is there instead.
    """
    flat_first = sorted(grounds, key=lambda one: one.panel.name == "landscape3d")
    said = {mark.text.strip().lower() for mark in scene.marks}
    found: list[MovingMark] = []
    for ground in flat_first:
        if ground.anchor is None or not ground.landmarks:
            continue
        anchor, trodden = ground.anchor, pixels_of(ground.anchor, comparison)
        free = [mark for mark in ground.landmarks if mark.kind and mark.kind not in said]
        symbols = {mark.at: symbol_box(anchor, mark, em) for mark in ground.landmarks}
        for kind in dict.fromkeys(mark.kind for mark in free):
            word = set_word([(kind, theme.ink, False)], theme, em)
            choices: list[tuple[float, int, Box, tuple[float, float]]] = []
            for mark in free:
                (x, y), hidden = (part[0] for part in anchor.place(BEGIN, np.array([mark.at])))
                taken = any(np.hypot(x - a, y - b) < NEAR * em for a, b in ground.spots)
                if mark.kind != kind or hidden or taken:
                    continue
                others = [*ground.taken, *(box for at, box in symbols.items() if at != mark.at)]
                box, cost = place_word(word.pixels.shape[:2], (x, y), anchor.clip, others, trodden, em)
                choices.append((cost, len(choices), box, mark.at))
            if not choices:
                continue
            cost, _, box, point = min(choices)
            if cost >= 1e4:
                continue  # it would stand outside of its panel
            ground.taken.append(box)
            said.add(kind)
            seen = giving_way(ground, em)
            found.append(Note("word", word, box, point, anchor, 0.0, theme.ink, theme.casing, em, seen))
    return found


def symbol_box(anchor: Anchor, mark: Landmark, em: float) -> Box:
    """The pixels around a landmark that belong to it: a word in them would seem to name it."""
    x, y = anchor.place(BEGIN, np.array([mark.at]))[0][0].tolist()
    half = 0.9 * em
    return int(x - half), int(y - half), int(x + half), int(y + half)


def giving_way(ground: AnnotatedPanel, em: float) -> Callable[[Moment, Box], float]:
    """How strongly a word is seen: not where a head is near, or the name beside one covers it."""
    crowds: list[Crowd] = []
    for one in ground.marks:
        if isinstance(one, Head) and one.crowd not in crowds:
            crowds.append(one.crowd)
    names = [one for one in ground.marks if isinstance(one, Names)]

    def seen(moment: Moment, box: Box) -> float:
        strength, low, high = 1.0, np.array(box[:2]), np.array(box[2:])
        for crowd in crowds:
            heads = crowd.spread(moment)[1]
            gap = np.hypot(*(heads - np.clip(heads, low, high)).T).min()
            strength = min(strength, float(np.clip((gap / em - NEAR) / (CLEAR - NEAR), 0.0, 1.0)))
        if moment.names > 0 and any(meet(box, one)[2] > 0 for mark in names for one, _ in mark.boxes(moment)):
            strength *= 1.0 - moment.names
        return faded(strength)

    return seen
