"""How it looks: themes, the colour of each rule, line weights and type sizes.

Everything is measured in shares of the frame height, so that a clip looks the same at every size and
is legible from the back row: no type is smaller than 3.3 % of the height.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import cycle
from math import ceil
from types import MappingProxyType


@dataclass(frozen=True)
class Theme:
    """The colours of everything that is not a run; grey ramps go from the lowest loss to the highest."""

    ground: str
    ink: str
    faint: str  # grids and frames
    data: str  # points of a data set
    low: str
    high: str
    line: str  # contour lines
    casing: str  # around trails, so that they stand off whatever is below
    hill: tuple[str, str, str]  # a surface in 3-D, from the lowest to the highest
    clear: bool = False  # the ground is left out of formats that can leave it out; `ground` is the matte
    lighter: Mapping[str, str] = field(default_factory=dict)  # for runs that would drown in the ground

    @property
    def flat(self) -> tuple[str, ...]:
        """The colours that cover whole areas and must be exact in every file."""
        return (self.ground, self.ink, self.faint, self.data, self.line, self.casing)


# Okabe and Ito's colour-blind-safe colours (2008), without the yellow that is lost on white.
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
BLUE, VERMILION, PURPLE, GREY = "#0072B2", "#D55E00", "#CC79A7", "#6b6b6b"

LIGHT = Theme(
    ground="#ffffff",
    ink="#1a1a1a",
    faint="#d0d0d0",
    data="#7f7f7f",
    low="#fafafa",
    high="#a8adb3",
    line="#8b9198",
    casing="#ffffff",
    hill=("#3d5a80", "#98bdd6", "#f4f1ea"),
)
DARK = Theme(
    ground="#14181d",
    ink="#f2f2f2",
    faint="#3b424a",
    data="#a3a9b0",
    low="#1b2128",
    high="#4a545f",
    line="#66717d",
    casing="#14181d",
    hill=("#27435f", "#5f8fb3", "#dfe7ea"),
    lighter=MappingProxyType({BLACK: "#ffffff", BLUE: "#2f9be0", GREEN: "#12bf8e", GREY: "#b4b4b4"}),
)
THEMES: Mapping[str, Theme] = MappingProxyType(
    {"light": LIGHT, "dark": DARK, "transparent": replace(LIGHT, clear=True)}
)


@dataclass(frozen=True)
class Look:
    """What one run looks like in every panel; marker and dash tell it apart in grey print."""

    color: str
    marker: str
    dash: tuple[float, ...] = ()


LOOK_OF_RULE: Mapping[str, Look] = MappingProxyType(
    {
        "GD": Look(BLACK, "o"),
        "Momentum": Look(BLUE, "s"),
        "NAG": Look(VERMILION, "D"),
        "Adagrad": Look(GREEN, "^"),
        "RMSprop": Look(PURPLE, "v"),
        "Adam": Look(ORANGE, "P"),
        "Adadelta": Look(SKY, "X"),
    }
)
SPARE_LOOKS = tuple(
    Look(color, marker, dash)
    for dash in ((4.0, 1.5), (1.5, 1.5), ())
    for color, marker in zip(
        (SKY, GREEN, PURPLE, ORANGE, GREY, VERMILION, BLUE, BLACK), "XvP^<Dso", strict=True
    )
)


def looks(rules: Iterable[tuple[str, str]], theme: Theme = LIGHT) -> dict[str, Look]:
    """A look for each (label, name of its rule), no two alike as long as there are any left.

    The first run of a rule wears the rule's own look in every scene.

    >>> looks([("decay 0.5", "Momentum"), ("decay 0.9", "Momentum")])["decay 0.5"].color
    '#0072B2'
    """
    rules = list(rules)
    own = {name: LOOK_OF_RULE[name] for _, name in rules if name in LOOK_OF_RULE}
    taken = {look.color for look in own.values()}
    fresh = [look for look in SPARE_LOOKS if look.color not in taken]
    spare = cycle(fresh + [look for look in SPARE_LOOKS if look not in fresh])
    worn = {label: own.pop(name) if name in own else next(spare) for label, name in rules}
    return {
        label: replace(look, color=theme.lighter.get(look.color, look.color)) for label, look in worn.items()
    }


SHARES = {"title": 0.050, "heading": 0.040, "text": 0.0345}  # of the height of the frame
PANEL_WIDTH, PANEL_HEIGHT = 12.0, 10.0  # heights of the type, below which labels would meet in a panel
HEADER, LEADING, LETTER, SAMPLE = 2.9, 1.35, 0.6, 4.0  # of the title, a row, a letter, an entry of the legend


def larger(width: float, height: float) -> float:
    """How much larger a frame is than 720 pixels; 1 for a smaller one.

    >>> larger(1280, 720), larger(3840, 2160), larger(640, 360)
    (1.0, 3.0, 1.0)
    """
    return max(1.0, min(width, height) / 720)


def type_sizes(height: int, scale: float = 1.0) -> dict[str, float]:
    """Pixels of each kind of type in a frame of `height` pixels, `scale` times as large as usual."""
    return {kind: scale * share * height for kind, share in SHARES.items()}


def fitting(scale: float, size: tuple[int, int], panels: int, labels: Sequence[str]) -> float:
    """The scale of type that is asked for, or less where panels and legend have no room for it.

    It never shrinks below 1, the size for which panels are made.

    >>> fitting(1.3, (1280, 720), 3, ["GD"]), fitting(1.6, (1024, 768), 3, ["GD"])
    (1.3, 1.05)
    """
    width, height = size
    across, rows = (panels, 1) if panels <= 3 else ((panels + 1) // 2, 2)
    while scale > 1:
        em = type_sizes(height, scale)["text"]
        entries = sum((len(label) * LETTER + SAMPLE) * em for label in labels)
        legend = LEADING * ceil(entries / width) if len(labels) > 1 else 0.0
        needed = rows * PANEL_HEIGHT + HEADER + legend
        if width >= across * PANEL_WIDTH * em and height >= needed * em:
            break
        scale = max(1.0, round(scale - 0.05, 2))
    return scale
