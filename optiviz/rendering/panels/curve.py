"""A function of one number and its slope, with a tangent that slides along: activations and losses."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, Literal

import numpy as np

from optiviz._lib.typing import Array, Bounds
from optiviz.nn import activation, loss
from optiviz.rendering.cell import Cell
from optiviz.rendering.glyphs import Box
from optiviz.rendering.marks.agg import box_of
from optiviz.rendering.marks.base import MovingMark
from optiviz.rendering.marks.shapes import Curve, Words
from optiviz.rendering.panels._shared.needs import ascending
from optiviz.rendering.panels._shared.spec import PanelSpec
from optiviz.rendering.style import BLUE, VERMILION, Look
from optiviz.rendering.timeline import Moment
from optiviz.runs.trajectory import Comparison
from optiviz.scene.alttext import comma_list
from optiviz.scene.numbers import number
from optiviz.scene.scene import Panel, Scene

FINE = 400  # places at which curves are drawn
TICKS = 1000  # places at which the tangent can stand
AWAY = 1e-9  # from a kink, on either side of it
STRIP = 1.7  # heights of the type below the curves, for the reading
DASH = (3.0, 1.5)  # of slopes
CROSSING = 0.03  # of the axis, below which a small slope is only on its way through 0
LITTLE, LOW = 0.07, 5.0  # room above curves; heights of the type, below which a plot has no formula in it
# Room above the curves for a formula that would cover them, as a share of its height.
ABOVE = {
    "step": 1.2, "tanh": 0.7, "softmax": 0.3, "prelu": 0.5, "elu": 0.3, "selu": 0.9,
    "binary_crossentropy": 0.7, "categorical_crossentropy": 1.1,
}  # fmt: skip
WIDE = 0.465  # of the plot, at most, for a formula in its corner

Function = Literal[
    "step", "sigmoid", "tanh", "relu", "leaky_relu", "prelu", "elu", "selu", "softplus", "silu", "gelu",
    "softmax", "gcu", "mse", "mae", "huber", "binary_crossentropy", "categorical_crossentropy",
]  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """How a function is shown: its name, its formula (over the plot, or in a corner of it), and where."""

    title: str
    formula: str
    xlim: tuple[float, float] = (-4.0, 4.0)
    corner: bool = True
    kink: float | None = None
    right: bool = False  # whether the corner is the right one


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "step": Kind("Step", "$1\\ \\ (z \\geq 0)$\n$0\\ \\ (z < 0)$", kink=0.0),
        "sigmoid": Kind("Sigmoid", r"$\dfrac{1}{1 + e^{-z}}$", (-7.0, 7.0)),
        "tanh": Kind("tanh", r"$\dfrac{e^{z} - e^{-z}}{e^{z} + e^{-z}}$", (-7.0, 7.0)),
        "relu": Kind("ReLU", "$z\\ \\ (z \\geq 0)$\n$0\\ \\ (z < 0)$", kink=0.0),
        "leaky_relu": Kind("Leaky ReLU", "$z\\ \\ (z \\geq 0)$\n${a}\\,z\\ \\ (z < 0)$", kink=0.0),
        "prelu": Kind("PReLU, $a$ is learned", "$z\\ \\ (z \\geq 0)$\n$a z,\\ a = {a}$", kink=0.0),
        "elu": Kind("ELU", "$z\\ \\ (z \\geq 0)$\n${a}(e^{z} - 1)$", kink=0.0),
        "selu": Kind(
            "SELU",
            "$\\lambda z,\\ \\lambda = 1.0507$\n$\\lambda\\alpha\\,(e^{z} - 1),\\ \\alpha = 1.6733$",
            kink=0.0,
        ),
        "softplus": Kind("Softplus", r"$\ln(1 + e^{z})$"),
        "silu": Kind("SiLU", r"$\dfrac{z}{1 + e^{-z}}$"),
        "gelu": Kind("GELU", r"$z\,\Phi(z)$"),
        "softmax": Kind("Softmax, 3 scores", r"$\dfrac{e^{z}}{e^{z} + e^{0} + e^{0}}$", (-7.0, 7.0)),
        "gcu": Kind("GCU", r"$z\,\cos z$", (-7.0, 7.0), False),
        "mse": Kind("MSE", "$(p - y)^2$", (-1.2, 3.2), False),
        "mae": Kind("MAE", "$|p - y|$", (-1.2, 3.2), False),
        "huber": Kind("Huber", "", (-1.2, 3.2), False),
        "binary_crossentropy": Kind("Binary cross-entropy", "", (0.02, 0.98), right=True),
        "categorical_crossentropy": Kind(
            "Categorical cross-entropy",
            "$-\\Sigma\\ y_k\\,\\ln p_k$\nsparse: $-\\ln p_y$",
            (0.02, 0.98),
            right=True,
        ),
    }
)
LOSSES = ("mse", "mae", "huber", "binary_crossentropy", "categorical_crossentropy")


def curve(
    cell: Cell,
    comparison: Comparison,
    *,
    function: Function = "sigmoid",
    a: float | None = None,
    target: Literal[0, 1] = 1,
    xlim: tuple[float, float] | None = None,
    flat: Annotated[float, Bounds(0, 100)] = 0.0,
) -> None:
    """A function (solid) and its slope (dashed); a tangent slides along as the clip goes on.

    The panel shows no run and needs no problem: it has a clock of its own.

    Parameters
    ----------
    function : str
        An activation against its sum z, or a loss against the prediction p.
    a : float, optional
        The slope below 0 of `leaky_relu` (0.01 unless given) and `prelu` (0.25), or the alpha of `elu` (1).
    target : 0 or 1
        The y of a loss.
    xlim : (low, high), optional
        The part to show.
    flat : float, default 0
        Shade where the slope stays nearer to 0 than this.
    """
    kind, letter = KINDS[function], "p" if function in LOSSES else "z"
    low, high = xlim or kind.xlim
    a = a if a is not None else {"leaky_relu": 0.01, "prelu": 0.25}.get(function, 1.0)
    work = known(function, a, target)
    kink = float(target) if function in ("mae",) else kind.kink
    grid, broken = sample_points(low, high, kink)
    value, slope = work(grid)
    value[broken], slope[broken] = (np.nan if function == "step" else value[broken]), np.nan
    both = np.concatenate([value, slope])
    floor, ceiling = float(np.nanmin(both)), float(np.nanmax(both))
    if letter == "p" and low >= 0 and high <= 1:  # near 0 and 1 a logarithm and its slope have no end
        floor, ceiling = max(floor, -5.0), min(ceiling, 5.0)
    room = ceiling - floor
    title, formula = title_and_formula(function, a, target)
    whole = f"{title}   {formula}" if formula and not kind.corner else title
    short = kind.title.partition(",")[0]
    ax = cell.axes(
        (
            whole,
            kind.title,
            short,
            short.replace("cross-entropy", "CE"),
            short.replace("egorical cross-entropy", ". CE"),
        ),
        letter,
    )
    _, bottom, _, top = box_of(ax)
    tall, em = top - bottom, cell.sizes["text"]
    written = (
        corner_text(cell, ax, formula, kind.right) if formula and kind.corner and tall > LOW * em else 0.0
    )
    strip = min(STRIP * em / tall, 0.5)
    free = min(ABOVE.get(function, 0.0) * written / (tall * (1 - strip)), 0.6)
    high_y = ceiling + (free / (1 - free) + LITTLE) * room
    low_y = floor - LITTLE * room
    ax.set(xlim=(low, high), ylim=(high_y - (high_y - low_y) / (1 - strip), high_y))
    theme, width = cell.theme, cell.line_width
    for start, end in flats(grid, slope, flat):
        ax.axvspan(start, end, color=theme.faint, alpha=0.55, linewidth=0, zorder=0)
    for line in (ax.axhline, ax.axvline):
        line(0.0, color=theme.faint, linewidth=1.2 * cell.fine)
    colors = [theme.lighter.get(color, color) for color in (BLUE, VERMILION)]
    ax.plot(grid, value, color=colors[0], linewidth=0.72 * 1.2 * width)
    ax.plot(grid, slope, color=colors[1], linewidth=0.72 * 0.9 * width, dashes=DASH)
    slide(cell, ax, work, colors)


def known(function: str, a: float, target: float) -> Callable[[Array], tuple[Array, Array]]:
    """What gives values and slopes (M,) at places (M,), from the network's own parts."""
    if function == "softmax":
        return softmax_of_three
    if function == "step":  # its way back is a stand-in, so that a perceptron can learn; this is its slope
        step = activation("step")
        return lambda z: (step(z)[0], np.zeros_like(z))
    if function in LOSSES:
        return lambda p: loss_of_prediction(function, p, target)
    part: Any = function
    if function in ("leaky_relu", "prelu"):
        part = {"kind": "leaky_relu", "negative_slope": a}
    elif function == "elu":
        part = {"kind": "elu", "alpha": a}
    rule = activation(part)

    def work(z: Array) -> tuple[Array, Array]:
        value, back = rule(z)
        return np.array(value), back(np.ones_like(z))

    return work


def softmax_of_three(z: Array) -> tuple[Array, Array]:
    """The share of a score z beside two scores of 0, and its slope."""
    scores = np.column_stack([z, np.zeros((len(z), 2))])
    shares, back = activation("softmax")(scores)
    return shares[:, 0], back(np.eye(3)[np.zeros(len(z), dtype=int)])[:, 0]


def loss_of_prediction(name: str, p: Array, target: float) -> tuple[Array, Array]:
    """A loss at predictions p (M,) for one row; of several classes, the others share what is left."""
    if name == "categorical_crossentropy":
        y, direction = np.array([[1.0, 0.0, 0.0]]), np.array([1.0, -0.5, -0.5])
        rows = np.column_stack([p, (1 - p) / 2, (1 - p) / 2])[:, np.newaxis, :]
    else:
        y, direction = np.array([[float(target)]]), np.ones(1)
        rows = p[:, np.newaxis, np.newaxis]
    value, pull = loss(name).pull(rows, y)
    return value, (pull[:, 0, :] * direction).sum(axis=-1)


def sample_points(low: float, high: float, kink: float | None) -> tuple[Array, Any]:
    """Ascending places from low to high, and the index of one at which lines break."""
    if kink is None or not low < kink < high:
        return np.linspace(low, high, FINE), slice(0, 0)
    left = np.linspace(low, kink - AWAY, FINE // 2)
    right = np.linspace(kink + AWAY, high, FINE // 2)
    return np.concatenate([left, [kink], right]), len(left)


def title_and_formula(function: str, a: float, target: int) -> tuple[str, str]:
    """Title and formula of a function with its settings."""
    kind = KINDS[function]
    if function == "binary_crossentropy":
        share = "p" if target else "(1 - p)"
        return f"{kind.title}, $y = {target}$", f"$-\\ln {share}\\ \\ (y = {target})$"
    if function in LOSSES:
        return kind.title, kind.formula
    if function == "elu" and a == 1:
        return kind.title, kind.formula.replace("${a}(e^{z} - 1)$", "$e^{z} - 1$")
    return kind.title, kind.formula.replace("{a}", f"{a:g}")


def flats(grid: Array, slope: Array, limit: float) -> list[tuple[float, float]]:
    """The stretches of `grid` (M,) on which a slope stays nearer to 0 than `limit`; none of a mere crossing.

    >>> flats(np.arange(6.0), np.array([0.0, 0.1, 0.1, 0.9, 0.1, 0.9]), 0.2)
    [(0.0, 2.0)]
    """
    low = np.abs(np.nan_to_num(slope)) < limit
    edges = np.flatnonzero(np.diff(np.concatenate([[False], low, [False]]).astype(int)))
    ends = [(float(grid[a]), float(grid[b - 1])) for a, b in edges.reshape(-1, 2).tolist()]
    return [(a, b) for a, b in ends if b - a > CROSSING * (grid[-1] - grid[0])]


def corner_text(cell: Cell, ax: Any, text: str, right: bool = False) -> float:
    """A formula in the upper left, or right, of the plot, if there is room for it; gives its height."""
    x, side = (0.98, "right") if right else (0.03, "left")
    written = ax.text(x, 0.5, text, transform=ax.transAxes, va="baseline", ha=side, linespacing=1.15)
    written.set(fontsize=cell.points("text"), color=cell.theme.ink)
    clip = box_of(ax)
    if written.get_window_extent().width > 0.95 * (clip[2] - clip[0]):  # its last part has a line of its own
        written.set_text("$\n$".join(text.rsplit(",\\ ", 1)))
    box = written.get_window_extent()
    tall = "frac" in text
    if tall and box.width > WIDE * (clip[2] - clip[0]):  # it would reach into the curves
        written.remove()
        return 0.0
    room = 1.15 if tall else 0.3  # a fraction stands out above the box that matplotlib gives it
    lower = clip[3] - room * cell.sizes["text"] - box.y1
    written.set_y(0.5 + lower / (clip[3] - clip[1]))
    return float(box.height + room * cell.sizes["text"])


def slide(cell: Cell, ax: Any, work: Callable[[Array], tuple[Array, Array]], colors: list[str]) -> None:
    """The tangent with its ball, a dot on the slope, and the number, all moved by the clip's own clock."""
    (low, high), theme, em, clip = ax.get_xlim(), cell.theme, cell.sizes["text"], box_of(ax)
    x = low + (high - low) * np.linspace(0.04, 0.96, TICKS + 1)
    value, slope = work(x)
    to = ax.transData.transform
    balls, dots = to(np.column_stack([x, value])), to(np.column_stack([x, slope]))
    scale = np.diff(to([[0.0, 0.0], [1.0, 1.0]]), axis=0)[0]
    along = np.column_stack([np.ones_like(slope), slope]) * scale
    along *= (3.2 * em / np.hypot(*along.T))[:, np.newaxis]
    ends = np.stack([balls - along, balls + along], axis=1)
    ink, head = Look(theme.ink, "o"), 0.5 * em
    reading = lambda tick: f"slope {decimals(float(slope[tick]))}"
    parts: list[MovingMark] = [
        Curve(lambda tick: ends[tick], ink, 0.7 * cell.line_width, theme.casing, clip),
        Curve(lambda tick: dots[tick : tick + 1], Look(colors[1], "D"), 0.0, theme.casing, clip, 0.8 * head),
        Curve(lambda tick: balls[tick : tick + 1], Look(colors[0], "o"), 0.0, theme.casing, clip, 1.2 * head),
        Words(reading, clip[2] - 0.4 * em, clip[1] + 0.4 * em, cell.glyphs("text"), 1.0),
    ]
    cell.marks.extend(Clocked(part) for part in parts)


def decimals(slope: float) -> str:
    """Two decimals; of less than a hundredth one digit, to four decimals.

    >>> decimals(-2.5), decimals(0.00134), decimals(-1e-9)
    ('−2.50', '0.001', '0.00')
    """
    few = round(slope, 4)
    if 0 < abs(few) < 0.01:
        return number(few, 1)
    return f"{few + 0.0:.2f}".replace("-", "\N{MINUS SIGN}")


@dataclass(frozen=True, eq=False)
class Clocked:
    """A mark that goes by the clip's progress, in thousandths, not by the steps of runs."""

    mark: MovingMark

    def settle(self, renderer: Any, moment: Moment) -> None:
        self.mark.settle(renderer, clock(moment))

    def draw(self, renderer: Any, moment: Moment, settled: Moment) -> None:
        self.mark.draw(renderer, clock(moment), clock(settled))

    def box(self, moment: Moment, settled: Moment) -> Box:
        return self.mark.box(clock(moment), clock(settled))


def clock(moment: Moment) -> Moment:
    """The same moment, its progress as a step."""
    return Moment(round(TICKS * moment.phase), moment.phase, moment.centiseconds)


def curve_words(scene: Scene, panels: Sequence[Panel]) -> str:
    """The functions that are shown."""
    names = [str(panel.settings.get("function", "sigmoid")).replace("_", " ") for panel in panels]
    return f"Curves of {comma_list(names)}, each with its slope and a tangent that slides along"


SPEC = PanelSpec(
    problem=(ascending("xlim"),),
    labels=(),
    without_runs=True,
    without_problem=True,
    own_clock=lambda settings: True,
    words=curve_words,
)
