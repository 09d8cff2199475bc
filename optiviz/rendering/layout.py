"""Frame layout: the boxes of the panels and of the legend, by a named layout or by the panels.

Lengths are in twenty-fourths of the type, which are pixels in a frame of 1280 x 720. A box holds a panel with
its heading, ticks and names. The picture that proves the point is the stage: it gets most of the room.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from optiviz.rendering.style import type_sizes
from optiviz.scene.scene import Panel

Place = tuple[float, float, float, float]  # left, bottom, width, height

MARGIN, HEADER, FOOT = 40.0, 108.0, 30.0  # at the sides, above and below the panels
LEADING = 36.0  # what a second row of a caption needs above them
CLASSES = 52.0  # the line that tells the classes, below the panels
GAP = 16.0  # between boxes; the room for ticks is inside of them
PADS = (44.0, 0.0, 36.0, 54.0)  # in a box, left, right, above and below its axes
COLUMN = 428.0  # of the small panels beside the stage
LEAST = (7.6, 7.5)  # heights of the type, below which numbers and names would meet in a box
KEY, KEY_ROW, KEY_ROWS = 226.0, 34.0, 62.0  # width of a key; heights of an entry of one line and of two
NARROW = 184.0  # a curve with the key on its right
KEY_COLUMN = 218.5  # of a key that stands in columns
CLOSER = 10.0  # a key of one column reaches so far to the left of its box
# The first name that a scene has is its stage, unless weights say otherwise.
MAPS = ("anatomy", "landscape", "plane", "boundary", "basins", "landscape3d")
CURVES = frozenset({"accuracy", "curvature", "effort", "gradients", "loss", "rates"})
# Panels in which no run wears its colour, so that no key is needed.
COLOURLESS = frozenset(
    {"activations", "backpropagation", "basins", "boundary", "confusion_matrix", "curve", "ewma", "network"}
    | {"robustness", "stability", "weights"}
)
ROWS: Mapping[int, tuple[int, int]] = {1: (1, 1), 2: (2, 1), 3: (3, 1), 4: (2, 2), 5: (3, 2), 6: (3, 2)}


@dataclass(frozen=True)
class Places:
    """Boxes, in pixels, of the panels of a frame, its legend, and the line of its classes."""

    panels: tuple[Place, ...]
    key: Place | None
    classes: Place | None = None


def layout(
    panels: Sequence[Panel],
    runs: Sequence[str],
    size: tuple[int, int],
    em: float,
    named: str = "",
    rows: int = 1,
) -> Places:
    """A box for each panel, and one for the key of the runs where a panel shows several.

    Parameters
    ----------
    panels : sequence of Panel
        One to six; those with the greatest `weight` above 1 are the stage.
    runs : sequence of str
        The labels in the key.
    size : (width, height)
        Of the frame, in pixels.
    em : float
        Pixels of the type.
    named : "", "stage", "ravines", "valley" or "trio"
        The layout; by the panels unless given.
    rows : int, default 1
        Of the longest caption.
    """
    unit = em / 24
    width, height = size[0] / unit, size[1] / unit
    told = CLASSES if any(panel.name == "boundary" for panel in panels) else 0.0
    left, bottom = MARGIN, FOOT + told
    room = (left, bottom, width - 2 * MARGIN, height - HEADER - (rows - 1) * LEADING - bottom)
    main = main_of(panels, named)
    order = [k for k in range(len(panels)) if k not in main]
    key = len(runs) if has_key(panels, runs) else 0
    boxes, keyed = arranged(panels, main, order, room, key, named)
    found = tuple(tuple(unit * part for part in boxes[k]) for k in range(len(panels)))
    line = (left + PADS[0], FOOT, width - 2 * MARGIN - PADS[0], told)  # below the first axes
    return Places(
        found,  # type: ignore[arg-type]
        keyed and tuple(unit * part for part in keyed),  # type: ignore[arg-type]
        tuple(unit * part for part in line) if told else None,  # type: ignore[arg-type]
    )


def fitting_type_scale(
    scale: float, panels: Sequence[Panel], runs: Sequence[str], size: tuple[int, int], named: str = ""
) -> float:
    """The scale of type that is asked for, or less where the panels have no room for it.

    It never shrinks below 1, the size for which panels are made.

    >>> fitting_type_scale(1.2, [Panel("landscape"), Panel("loss")], ["GD"], (1280, 720))
    1.2
    """
    while scale > 1:
        em = type_sizes(min(size), scale)["text"]
        places = layout(panels, runs, size, em, named).panels
        if all(wide >= LEAST[0] * em and high >= LEAST[1] * em for *_, wide, high in places):
            break
        scale = max(1.0, round(scale - 0.05, 2))
    return scale


def main_of(panels: Sequence[Panel], named: str) -> list[int]:
    """Which panels make up the stage."""
    every = list(range(len(panels)))
    heaviest = max(panel.weight for panel in panels)
    if heaviest > min(panel.weight for panel in panels):
        return [k for k in every if panels[k].weight == heaviest]
    if named == "trio" or len(panels) == 1:
        return every
    names = [panel.name for panel in panels]
    for name in MAPS:
        if name in names:
            return [k for k in every if names[k] == name]
    most = max(names, key=names.count)
    return [k for k in every if names[k] == most] if names.count(most) > 1 else [0]


def has_key(panels: Sequence[Panel], runs: Sequence[str]) -> bool:
    """Whether a panel shows several runs by their colours."""
    several = [
        p for p in panels
        if p.name not in COLOURLESS and not p.settings.get("run") and len(p.settings.get("runs") or runs) > 1
    ]  # fmt: skip
    return len(runs) > 1 and bool(several)


def key_height(count: int) -> float:
    """What the entries of a key take, below each other."""
    return count * (KEY_ROWS if count < 5 else KEY_ROW)


def arranged(
    panels: Sequence[Panel], main: list[int], order: list[int], room: Place, key: int, named: str
) -> tuple[dict[int, Place], Place | None]:
    """Boxes by the number of the panel, and that of the key."""
    left, bottom, width, height = room
    whole = height + HEADER + FOOT
    if width < 1.45 * whole and not (width > whole and beside_in_4_to_3(panels, main, order, key, named)):
        return upright(panels, main, order, room, key)
    if not order:
        keyed = None
        if key and len(main) > 3:
            keyed, bottom, height = at_foot(key, room)
            room = (left, bottom, width, height)
        elif key:
            keyed = (left + width - KEY, bottom, KEY, height - PADS[2])
            room = (left, bottom, width - KEY - GAP, height)
        return dict(zip(main, grid(len(main), room), strict=True)), keyed
    if named == "valley" and len(panels) > 1:
        return valley(main, order, room, key, panels)
    if named == "ravines":
        aside = min(340.0, 0.3 * width)
        rows = column(len(main), (left, bottom, width - aside - GAP, height))
        others, keyed = side(panels, order, (left + width - aside, bottom, aside, height), key)
        return {**dict(zip(main, rows, strict=True)), **others}, keyed
    if len(main) == 3 or len(main) > 4:
        return above(panels, main, order, room, key)
    if len(main) == 1:
        aside = min(COLUMN, 0.37 * width) if len(order) < 4 else 0.5 * width
    else:
        aside = (width - 2 * GAP) / 3 if len(main) == 2 else 0.29 * width
    first = order[0] < main[0]
    x, wide = (left + aside + GAP, left) if first else (left, left + width - aside)
    if len(main) == 1:
        x, wide = left + aside + GAP, left  # the stage is on the right, whatever comes first in the file
    boxes = dict(zip(main, grid(len(main), (x, bottom, width - aside - GAP, height)), strict=True))
    others, keyed = side(panels, order, (wide, bottom, aside, height), key)
    return {**boxes, **others}, keyed


def beside_in_4_to_3(
    panels: Sequence[Panel], main: list[int], order: list[int], key: int, named: str
) -> bool:
    """Whether side by side has more room than one below the other, in a frame that is little wider than high.

    So it is of a stage that is as high as wide, of one other panel, of very many, and of a valley.
    """
    if named == "valley" and len(main) == 1 and order:
        return True
    square = panels[main[0]].name == "boundary" and not key and len(order) == 2
    return (len(order) == 1 and len(main) in (1, 4)) or (len(main) == 1 and (square or len(order) > 3))


def grid(count: int, room: Place) -> list[Place]:
    """Equal boxes: two beside each other, three, two rows of two, two rows of three."""
    left, bottom, width, height = room
    across, rows = ROWS[count]
    wide, high = (width - (across - 1) * GAP) / across, (height - (rows - 1) * GAP) / rows
    return [
        (
            left + (k % across) * (wide + GAP),
            bottom + (rows - 1 - k // across) * (high + GAP),
            wide,
            high,
        )
        for k in range(count)
    ]


def column(count: int, room: Place) -> list[Place]:
    """Equal boxes below each other."""
    left, bottom, width, height = room
    high = (height - (count - 1) * GAP) / count
    return [(left, bottom + (count - 1 - k) * (high + GAP), width, high) for k in range(count)]


def boxes_in_row(count: int, room: Place) -> list[Place]:
    """Equal boxes beside each other."""
    left, bottom, width, height = room
    wide = (width - (count - 1) * GAP) / max(count, 1)
    return [(left + k * (wide + GAP), bottom, wide, height) for k in range(count)]


def side(
    panels: Sequence[Panel], order: list[int], room: Place, key: int
) -> tuple[dict[int, Place], Place | None]:
    """The small panels below each other, the key at the right of the last curve, or below a single one."""
    left, bottom, width, height = room
    if len(order) > 3:
        rows = ceil(key / 2)
        high = rows * (KEY_ROWS if rows * KEY_ROWS <= 0.3 * height else KEY_ROW)
        above = high + GAP if key else 0.0
        places = grid(len(order), (left, bottom + above, width, height - above))
        return dict(zip(order, places, strict=True)), (left, bottom, width, high) if key else None
    beside = key > 0 and len(order) > 1 and panels[order[-1]].name in CURVES and width >= NARROW + 200
    if key and not beside:
        high = min(key_height(key), 0.45 * height)
        places = column(len(order), (left, bottom + high + GAP, width, height - high - GAP))
        return dict(zip(order, places, strict=True)), (left + PADS[0], bottom, width - PADS[0], high)
    places = column(len(order), room)
    if not key:
        return dict(zip(order, places, strict=True)), None
    needed = min(key_height(key) + PADS[2], 0.62 * height)
    if len(order) > 1 and places[-1][3] < needed:  # the key of many runs needs more than a half
        upper = column(len(order) - 1, (left, bottom + needed + GAP, width, height - needed - GAP))
        places = [*upper, (left, bottom, width, needed)]
    x, y, _, high = places[-1]
    places[-1] = (x, y, NARROW, high)
    keyed = (x + NARROW + 30, y, width - NARROW - 30, high - PADS[2])
    return dict(zip(order, places, strict=True)), keyed


def above(
    panels: Sequence[Panel], main: list[int], order: list[int], room: Place, key: int
) -> tuple[dict[int, Place], Place | None]:
    """The stage in equal boxes above a strip of the others, the key at the right end of it."""
    left, bottom, width, height = room
    strip = 0.38 * height
    boxes = boxes_in_row(len(main), (left, bottom + strip + GAP, width, height - strip - GAP))
    wide = width - KEY - GAP if key else width
    boxes += boxes_in_row(len(order), (left, bottom, wide, strip))
    keyed = (left + width - KEY, bottom, KEY, strip - 8) if key else None
    return dict(zip([*main, *order], boxes, strict=True)), keyed


def valley(
    main: list[int], order: list[int], room: Place, key: int, panels: Sequence[Panel]
) -> tuple[dict[int, Place], Place | None]:
    """A map above the first other panel, on the same left and right ends; the rest at the right."""
    left, bottom, width, height = room
    wide = 0.57 * width
    rest = order[1:]
    strip = 0.4 * height if rest else 0.0
    boxes = dict(zip(main, grid(len(main), (left, bottom + strip, wide, height - strip)), strict=True))
    if not rest:
        others, keyed = side(panels, order, (left + wide + GAP, bottom, width - wide - GAP, height), key)
        return {**boxes, **others}, keyed
    boxes[order[0]] = (left, bottom, wide, strip - GAP)
    others, keyed = side(panels, rest, (left + wide + GAP, bottom, width - wide - GAP, height), key)
    return {**boxes, **others}, keyed


def upright(
    panels: Sequence[Panel], main: list[int], order: list[int], room: Place, key: int
) -> tuple[dict[int, Place], Place | None]:
    """In frames of 4:3 and narrower: the stage on top, the others in a row below it.

    The key is at the right of a single stage, at the right end of the row below several, or at the foot:
    where no row has room for it, and where the frame is no wider than it is high.
    """
    left, bottom, width, height = room
    strip = 0.36 * height if order else 0.0
    several, keyed = len(main) > 1, None
    hills = [k for k in order if panels[k].name == "landscape3d"]
    if hills and not several and len(order) > 1 and width > height + HEADER + FOOT:
        return beside_the_hill(main, hills[0], [k for k in order if k != hills[0]], room, key)
    if key and (width < height + HEADER + FOOT or (several and key * KEY_ROW > strip - GAP)):
        keyed, bottom, height = at_foot(key, room)
        strip = 0.36 * height if order else 0.0
    stage, row = width, width
    if key and keyed is None and several:
        aside = KEY if len(order) > 1 else 1.4 * KEY
        row = width - aside - GAP
        keyed = (left + row + GAP, bottom, aside, strip - GAP)
    elif key and keyed is None:
        stage = width - KEY + 6
        keyed = (left + stage + 18, bottom + strip, KEY - 24, height - strip - PADS[2])
    top = (left, bottom + strip, stage, height - strip)
    boxes = grid(len(main), top) + boxes_in_row(len(order), (left, bottom, row, strip - GAP))
    return dict(zip([*main, *order], boxes, strict=True)), keyed


def at_foot(key: int, room: Place) -> tuple[Place, float, float]:
    """A key in columns at the foot of `room`, and the bottom and the height of what is left above it."""
    left, bottom, width, height = room
    high = ceil(key / max(int(width / KEY_COLUMN), 1)) * KEY_ROW
    above = high + 1.5 * GAP
    return (left, bottom, width, high), bottom + above, height - above


def beside_the_hill(
    main: list[int], hill: int, others: list[int], room: Place, key: int
) -> tuple[dict[int, Place], Place | None]:
    """A hill above the key, at their right the stage above the other panels: in a row a hill is too small."""
    left, bottom, width, height = room
    aside = 0.36 * width
    high = min(key * KEY_ROW, 0.5 * height)
    strip = 0.38 * height
    x, wide = left + aside + GAP, width - aside - GAP
    boxes = {hill: (left, bottom + high + GAP, aside, height - high - GAP)}
    boxes[main[0]] = (x, bottom + strip, wide, height - strip)
    boxes |= dict(zip(others, boxes_in_row(len(others), (x, bottom, wide, strip - GAP)), strict=True))
    return boxes, (left + CLOSER, bottom, aside - CLOSER, high) if key else None
