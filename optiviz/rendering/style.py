"""House style: themes, the colour of each rule, line weights and type sizes.

Everything is measured in shares of the frame height, so that a clip looks the same at every size and
is legible from the back row: no type is smaller than 3.3 % of the height.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import cycle
from types import MappingProxyType


@dataclass(frozen=True)
class Theme:
    """The colours of everything that is not a run."""

    ground: str
    ink: str
    soft: str  # axes with their numbers and names
    faint: str  # grids
    data: str  # points of a data set
    ramp: tuple[str, ...]  # height, from the lowest loss to the highest
    line: str  # level lines, half clear
    casing: str  # around trails, so that they stand off whatever is below
    star: str  # a minimum
    clear: bool = False  # the ground is left out of formats that can leave it out; `ground` is the matte
    lighter: Mapping[str, str] = field(default_factory=dict)  # for runs that would drown in the ground

    @property
    def rim(self) -> str:
        """The outline of type that stands on a ground which is left clear; "" on one that is known."""
        return self.ground if self.clear else ""

    @property
    def flat(self) -> tuple[str, ...]:
        """The colours that cover whole areas, or are small and alone, and must be exact in every file."""
        return (
            self.ground,
            self.ink,
            self.soft,
            self.faint,
            self.data,
            self.casing,
            *band_colors((self.ink, self.star), 3)[1:],  # and its rim, half ink
            *band_colors(self.ramp, BANDS),
        )


# Of each rule on light and on dark ground. Of seven, the two most alike are 23 (CIEDE2000) apart, and 17 for
# those who see no red or no green; in grey print, markers tell them apart.
INK, BLUE, VERMILION, GREEN = "#16181d", "#2446e0", "#f23a0c", "#2f9a66"
BROWN, PLUM, GREY, AZURE = "#872d1e", "#9d0866", "#8d8794", "#0791f5"
ON_DARK = {
    INK: "#f4f2ec",
    BLUE: "#6f8dff",
    VERMILION: "#ff8f1a",
    GREEN: "#3cd797",
    BROWN: "#97824a",
    PLUM: "#fd7dbb",
    GREY: "#648a84",
    AZURE: "#12e0ff",
}
BANDS = 14  # of height


@cache
def band_colors(ramp: tuple[str, ...], count: int) -> tuple[str, ...]:
    """The flat colours of `count` bands of height, evenly spaced along a ramp in CIELAB.

    >>> band_colors(("#000000", "#ffffff"), 3)[::2], band_colors(("#000000", "#ffffff"), 1)
    (('#000000', '#ffffff'), ('#777777',))
    """
    corners = [lab(color) for color in ramp]
    places = [k * (len(ramp) - 1) / (count - 1) for k in range(count)] if count > 1 else [(len(ramp) - 1) / 2]
    found = []
    for place in places:
        k = min(int(place), len(ramp) - 2)
        found.append(from_lab([a + (place - k) * (b - a) for a, b in zip(*corners[k : k + 2], strict=True)]))
    return tuple(found)


def lab(color: str) -> tuple[float, float, float]:
    """L*, a*, b* of a colour such as "#2446e0", under the white of daylight (D65).

    >>> [round(part, 2) + 0.0 for part in lab("#ffffff")]
    [100.0, 0.0, 0.0]
    """
    r, g, b = (linear_light(int(color[k : k + 2], 16) / 255) for k in (1, 3, 5))
    x = (0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.9504700
    y = 0.2126729 * r + 0.7151522 * g + 0.0721750 * b
    z = (0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.0888300
    fx, fy, fz = (t ** (1 / 3) if t > (6 / 29) ** 3 else t / (3 * (6 / 29) ** 2) + 4 / 29 for t in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def from_lab(parts: Iterable[float]) -> str:
    """The colour nearest to L*, a*, b*."""
    level, a, b = parts
    fy = (level + 16) / 116
    x, y, z = (
        t**3 if t > 6 / 29 else 3 * (6 / 29) ** 2 * (t - 4 / 29) for t in (fy + a / 500, fy, fy - b / 200)
    )
    x, z = 0.9504700 * x, 1.0888300 * z
    rows = (
        3.2404542 * x - 1.5371385 * y - 0.4985314 * z,
        -0.9692660 * x + 1.8760108 * y + 0.0415560 * z,
        0.0556434 * x - 0.2040259 * y + 1.0572252 * z,
    )
    bent = (12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055 for c in rows)
    return "#" + "".join(f"{round(255 * min(max(c, 0.0), 1.0)):02x}" for c in bent)


def linear_light(part: float) -> float:
    """Light of a part of an sRGB colour in [0, 1]."""
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


LIGHT = Theme(
    ground="#ffffff",
    ink="#16181d",
    soft="#5d646d",
    faint="#e3e5e8",
    data="#8a9098",
    ramp=("#fffaec", "#e6edef", "#b6c7d4", "#7f9ab4"),
    line="#2d42564d",
    casing="#ffffff",
    star="#ffd23f",
)
DARK = Theme(
    ground="#11151b",
    ink="#f1efe9",
    soft="#a9b0b8",
    faint="#2a313a",
    data="#a3a9b0",
    ramp=("#141a21", "#27384a", "#456079", "#6f8ca6"),
    line="#ffffff29",
    casing="#0b0e12",
    star="#ffd23f",
    lighter=MappingProxyType(ON_DARK),
)
THEMES: Mapping[str, Theme] = MappingProxyType(
    {"light": LIGHT, "dark": DARK, "transparent": replace(LIGHT, clear=True)}
)


def theme_of(name: str, on: str = "light") -> Theme:
    """The theme of a scene; the transparent one in the colours for slides of that kind.

    >>> theme_of("transparent", on="dark").ink == DARK.ink, theme_of("light", on="dark").ink == LIGHT.ink
    (True, True)
    """
    theme = THEMES[name]
    return replace(THEMES[on], clear=True) if theme.clear else theme


@dataclass(frozen=True)
class Look:
    """Colour, marker and dashes of a run in every panel; the marker tells it apart in grey print.

    Runs have no dash: it means theory, truth or a limit.
    """

    color: str
    marker: str
    dash: tuple[float, ...] = ()
    quiet: bool = False  # a thin line without a head, one of many


LOOK_OF_RULE: Mapping[str, Look] = MappingProxyType(
    {
        "GD": Look(INK, "o"),
        "Momentum": Look(BLUE, "s"),
        "NAG": Look(VERMILION, "D"),
        "Adagrad": Look(GREEN, "^"),
        "RMSprop": Look(BROWN, "v"),
        "Adam": Look(PLUM, "P"),
        "SGD": Look(GREY, "h"),
        "Adadelta": Look(AZURE, "X"),
    }
)
# Those of further runs of a rule, the farthest from each other first; azure is near blue, so it comes last.
OWN = tuple(
    map(LOOK_OF_RULE.__getitem__, ("Adagrad", "NAG", "Adam", "GD", "RMSprop", "SGD", "Momentum", "Adadelta"))
)
SPARE_LOOKS = (
    *OWN,
    *(
        look
        for marker in "PXhDv^so"
        for look in (Look(color, marker) for color in (GREEN, PLUM, BROWN, GREY, VERMILION, INK))
        if look not in OWN
    ),
)


def looks(
    rules: Iterable[tuple[str, str]], theme: Theme = LIGHT, loud: Collection[str] | None = None
) -> dict[str, Look]:
    """A look for each (label, name of its rule), no two alike as long as there are any left.

    The first run of a rule wears the rule's own look in every scene. Runs that are not `loud`, if that is
    given, are quiet.

    >>> looks([("decay 0.5", "Momentum"), ("decay 0.9", "Momentum")])["decay 0.5"].color
    '#2446e0'
    """
    every = list(rules)
    rules = every if loud is None else [(label, name) for label, name in every if label in loud]
    own = {name: LOOK_OF_RULE[name] for _, name in rules if name in LOOK_OF_RULE}
    taken = {look.color for look in own.values()}
    near = {GREY} if len(rules) < len(every) else set()  # the colour of quiet runs
    fresh = [look for look in SPARE_LOOKS if look.color not in taken | near]
    used = [*fresh, *own.values()]
    spare = cycle(fresh + [look for look in SPARE_LOOKS if look not in used])
    worn = {label: own.pop(name) if name in own else next(spare) for label, name in rules}
    return {
        label: replace(worn[label], color=theme.lighter.get(worn[label].color, worn[label].color))
        if label in worn
        else Look(theme.data, "o", quiet=True)  # one each: by its look a panel finds the line of a run
        for label, _ in every
    }


SHARES = {"title": 36 / 720, "heading": 26 / 720, "text": 24 / 720}  # of the shorter side of the frame


def larger(width: float, height: float) -> float:
    """How much larger a frame is than 720 pixels; of a smaller one lines are thinner, but not by much.

    >>> larger(1280, 720), larger(3840, 2160), larger(640, 360)
    (1.0, 3.0, 0.7)
    """
    return max(0.7, min(width, height) / 720)


def type_sizes(shorter: int, scale: float = 1.0) -> dict[str, float]:
    """Pixels of each kind of type in a frame with a `shorter` side of so many, `scale` times the usual."""
    return {kind: scale * share * shorter for kind, share in SHARES.items()}
