"""How it looks: themes, the colour of each rule, line weights and type sizes.

Everything is measured in shares of the frame height, so that a clip looks the same at every size and
is legible from the back row: no type is smaller than 3.3 % of the height.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import cycle
from types import MappingProxyType


@dataclass(frozen=True)
class Theme:
    """The colours of everything that is not a run; grey ramps go from the lowest loss to the highest."""

    ground: str
    ink: str
    soft: str  # axes with their numbers and names
    faint: str  # grids
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
        return (self.ground, self.ink, self.soft, self.faint, self.data, self.line, self.casing)


# Okabe and Ito's colour-blind-safe colours (2008), without the yellow that is lost on white.
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
BLUE, VERMILION, PURPLE, GREY = "#0072B2", "#D55E00", "#CC79A7", "#6b6b6b"

LIGHT = Theme(
    ground="#ffffff",
    ink="#16181d",
    soft="#5d646d",
    faint="#e3e5e8",
    data="#8a9098",
    low="#fafafa",
    high="#a8adb3",
    line="#8b9198",
    casing="#ffffff",
    hill=("#3d5a80", "#98bdd6", "#f4f1ea"),
)
DARK = Theme(
    ground="#11151b",
    ink="#f1efe9",
    soft="#a9b0b8",
    faint="#2a313a",
    data="#a3a9b0",
    low="#1b2128",
    high="#4a545f",
    line="#66717d",
    casing="#0b0e12",
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


SHARES = {"title": 36 / 720, "heading": 26 / 720, "text": 24 / 720}  # of the shorter side of the frame


def larger(width: float, height: float) -> float:
    """How much larger a frame is than 720 pixels; 1 for a smaller one.

    >>> larger(1280, 720), larger(3840, 2160), larger(640, 360)
    (1.0, 3.0, 1.0)
    """
    return max(1.0, min(width, height) / 720)


def type_sizes(shorter: int, scale: float = 1.0) -> dict[str, float]:
    """Pixels of each kind of type in a frame with a `shorter` side of so many, `scale` times the usual."""
    return {kind: scale * share * shorter for kind, share in SHARES.items()}
