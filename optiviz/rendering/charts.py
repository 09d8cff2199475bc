"""Charts of a benchmark: curves with bands, intervals, ranks, small multiples, a heat map; light or dark.

Each takes plain numbers and gives a figure; `write_figure` writes it as PNG or SVG, without a clock.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from optiviz._lib.typing import Array
from optiviz.rendering.style import LOOK_OF_RULE, THEMES, Look, Theme, looks
from optiviz.rendering.typeface import families

SIZE = (8.0, 4.6)  # inches
SETTINGS: Any = {
    "svg.hashsalt": "optiviz",
    "svg.fonttype": "path",
    "font.size": 11.0,
    "axes.unicode_minus": True,
}
# of rules beyond the eight of a race, on light and on dark ground
FURTHER = (
    ("#00828c", "#a86e00", "#7446c4", "#c2557f", "#5b7a1f"),
    ("#4fd1d6", "#e3b04b", "#b79bff", "#ff9ec0", "#b5d46b"),
)
LARGE = 2.0  # pixels of a PNG for each pixel on a page

Band = tuple[float, float, float]  # value, low, high


@contextmanager
def chart_style() -> Iterator[None]:
    """The house type for what is drawn within, whatever matplotlib was told elsewhere."""
    with matplotlib.rc_context({**SETTINGS, "font.family": families()}):
        yield


def write_figure(figure: Figure, file: Path) -> None:
    """Write a chart as PNG or SVG, by its suffix; the same numbers give the same bytes."""
    kind = file.suffix.lstrip(".")
    told: Any = {"svg": {"Date": None, "Creator": None}, "png": {"Software": None}}[kind]
    with chart_style():
        figure.savefig(file, format=kind, dpi=100 * LARGE, metadata=told, facecolor=figure.get_facecolor())


def blank_axes(
    theme: Theme, width: float = SIZE[0], height: float = SIZE[1], rows: int = 1, columns: int = 1
) -> tuple[Figure, Any]:
    """A figure with empty axes (rows, columns) in the house style."""
    figure = Figure(figsize=(width, height), layout="constrained", facecolor=theme.ground)
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns, squeeze=False)
    for ax in axes.flat:
        ax.set_facecolor(theme.ground)
        ax.tick_params(colors=theme.soft, labelcolor=theme.ink)
        ax.grid(color=theme.faint, linewidth=0.8)
        ax.set_axisbelow(True)
        for side, spine in ax.spines.items():
            spine.set_visible(side in ("left", "bottom"))
            spine.set_color(theme.soft)
    return figure, axes


def rule_looks(labels: Sequence[str], theme: Theme) -> dict[str, Look]:
    """A look for each rule, its own where it has one; of more than eight the others wear further colours."""
    worn = looks([(label, label) for label in labels], theme)
    taken = {worn[label].color for label in labels if label in LOOK_OF_RULE}
    further = iter(FURTHER[theme.ink == THEMES["dark"].ink])
    for label in labels:
        if label not in LOOK_OF_RULE:
            if worn[label].color in taken:
                worn[label] = replace(worn[label], color=next(further, worn[label].color))
            taken.add(worn[label].color)
    return worn


def label_axes(ax: Any, theme: Theme, x: str, y: str, title: str = "") -> None:
    """The words of two axes."""
    ax.set_xlabel(x, color=theme.ink)
    ax.set_ylabel(y, color=theme.ink)
    if title:
        ax.set_title(title, color=theme.ink, fontsize=11, loc="left")


def curves(
    x: Array,
    lines: Mapping[str, Array],
    *,
    bands: Mapping[str, tuple[Array, Array]] | None = None,
    words: tuple[str, str],
    log: int = 0,
    theme: str = "light",
) -> Figure:
    """Shares over x, a staircase for each rule, with a key on the right in the order of their areas.

    Parameters
    ----------
    x : array (T,)
    lines : mapping of str to array (T,)
    bands : mapping of str to (array (T,), array (T,)), optional
        Of some of them.
    words : (str, str)
        What x and y are.
    log : int, default 0
        The base of a logarithmic axis, 0 for a plain one.
    theme : "light" or "dark"
    """
    told = THEMES[theme]
    with chart_style():
        figure, axes = blank_axes(told)
        ax, worn = axes[0, 0], rule_looks(list(lines), told)
        order = sorted(lines, key=lambda label: -float(np.mean(lines[label])))
        for label in order:
            look = worn[label]
            every = max(len(x) // 9, 1)
            start = (list(lines).index(label) * every // max(len(lines), 1)) % every
            ax.step(
                x, lines[label], where="post", color=look.color, linewidth=1.8, label=label,
                marker=look.marker, markersize=5, markevery=(start, every),
            )  # fmt: skip
            if bands and label in bands:
                low, high = bands[label]
                ax.fill_between(x, low, high, step="post", color=look.color, alpha=0.14, linewidth=0)
        if log:
            ax.set_xscale("log", base=log)
            ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            ax.xaxis.set_minor_locator(NullLocator())
        ax.set_xlim(x[0], x[-1])
        ax.set_ylim(0, 1.02)
        label_axes(ax, told, *words)
        ax.legend(
            loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, labelcolor=told.ink, fontsize=10
        )
    return figure


def intervals(
    rows: Mapping[str, Band], *, words: str, high: float | None = None, theme: str = "light"
) -> Figure:
    """A value with its interval for each rule, the first on top."""
    told = THEMES[theme]
    with chart_style():
        figure, axes = blank_axes(told, height=0.9 + 0.34 * len(rows))
        ax, worn = axes[0, 0], rule_looks(list(rows), told)
        for k, (label, (value, low, up)) in enumerate(rows.items()):
            look = worn[label]
            ax.plot([low, up], [k, k], color=look.color, linewidth=2.2, alpha=0.55, solid_capstyle="round")
            ax.plot([value], [k], color=look.color, marker=look.marker, markersize=8, linestyle="")
        ax.set_yticks(range(len(rows)), [*rows])
        ax.set_ylim(len(rows) - 0.4, -0.6)
        ax.set_xlim(0, high)
        ax.grid(visible=False, axis="y")
        label_axes(ax, told, words, "")
    return figure


def ratio_map(
    values: Array, rows: Sequence[str], columns: Sequence[str], *, words: str, theme: str = "light"
) -> Figure:
    """Ratios to the quickest (rows, columns), dark for quick; a cross where the problem is missed."""
    told = THEMES[theme]
    with chart_style():
        figure, axes = blank_axes(told, width=3.2 + 0.42 * len(columns), height=1.9 + 0.29 * len(rows))
        ax = axes[0, 0]
        shades = LinearSegmentedColormap.from_list("quick", [*told.ramp[::-1]])
        shown = np.ma.masked_invalid(np.log2(values))
        mesh = ax.imshow(shown, cmap=shades, vmin=0, vmax=6, aspect="auto", interpolation="nearest")
        for r, c in zip(*np.nonzero(~np.isfinite(values)), strict=True):
            ax.text(c, r, "×", ha="center", va="center", color=told.soft, fontsize=9)
        ax.set_xticks(range(len(columns)), columns, rotation=40, ha="right", rotation_mode="anchor")
        ax.set_yticks(range(len(rows)), [name.replace("_", " ") for name in rows], fontsize=9)
        ax.grid(visible=False)
        bar = figure.colorbar(mesh, ax=ax, ticks=range(7), shrink=0.6)
        bar.ax.set_yticklabels([f"{2**k}" for k in range(7)], color=told.ink)
        bar.set_label(words, color=told.ink)
        bar.outline.set_edgecolor(told.soft)
    return figure


def small_multiples(
    lines: Mapping[str, Sequence[tuple[Array, Array]]],
    shares: Mapping[str, tuple[Array, Array]],
    *,
    words: tuple[str, str],
    theme: str = "light",
) -> Figure:
    """For each rule its curves over the rate, one a problem; below, shaded, the share that works.

    Parameters
    ----------
    lines : mapping of str to sequence of (rates (B,), steps (B,))
    shares : mapping of str to (rates (B,), share (B,))
    words : (str, str)
        What x and y are.
    """
    told = THEMES[theme]
    across = min(4, len(lines))
    down = -(-len(lines) // across)
    with chart_style():
        figure, axes = blank_axes(told, width=9.6, height=0.4 + 2.1 * down, rows=down, columns=across)
        worn = rule_looks(list(lines), told)
        for ax, (label, group) in zip(axes.flat, lines.items(), strict=False):
            look = worn[label]
            for rates, steps in group:
                ax.plot(rates, steps, color=look.color, linewidth=0.9, alpha=0.45)
            for axis in (ax.set_xscale, ax.set_yscale):
                axis("log")
            for each in (ax.xaxis, ax.yaxis):
                each.set_minor_locator(NullLocator())
            ax.set_ylim(1, 600)
            ax.yaxis.set_major_locator(FixedLocator([1, 10, 100]))
            ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            beside = ax.twinx()
            beside.fill_between(*shares[label], step="mid", color=look.color, alpha=0.13, linewidth=0)
            beside.set_ylim(0, 1)
            beside.set_yticks([])
            beside.spines[:].set_visible(False)
            ax.set_title(label, color=look.color, fontsize=11, fontweight="bold", loc="left")
        for ax in axes.flat[len(lines) :]:
            ax.set_visible(False)
        figure.supxlabel(words[0], color=told.ink, fontsize=11)
        figure.supylabel(words[1], color=told.ink, fontsize=11)
    return figure


def against(
    points: Mapping[str, tuple[Array, Array]], *, words: tuple[str, str], theme: str = "light"
) -> Figure:
    """Points of each rule over two logarithmic axes of steps, with the diagonal."""
    told = THEMES[theme]
    with chart_style():
        figure, axes = blank_axes(told, width=6.6, height=5.0)
        ax, worn = axes[0, 0], rule_looks(list(points), told)
        ax.plot([1, 700], [1, 700], color=told.soft, linewidth=1.0, dashes=(4, 3))
        for label, (x, y) in points.items():
            look = worn[label]
            ax.plot(
                x,
                y,
                color=look.color,
                marker=look.marker,
                markersize=5,
                linestyle="",
                alpha=0.75,
                label=label,
            )
        for axis, limit in ((ax.set_xscale, ax.set_xlim), (ax.set_yscale, ax.set_ylim)):
            axis("log")
            limit(0.8, 900)
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        label_axes(ax, told, *words)
        ax.legend(
            loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, labelcolor=told.ink, fontsize=10
        )
    return figure


def rank_bars(ranks: Mapping[str, Array], *, words: str, theme: str = "light") -> Figure:
    """Probability of each rank, stacked from the first (dark) on, a bar for each rule."""
    told = THEMES[theme]
    with chart_style():
        figure, axes = blank_axes(told, height=1.0 + 0.34 * len(ranks))
        ax = axes[0, 0]
        shades = LinearSegmentedColormap.from_list("ranks", [*told.ramp[::-1]])
        for k, chances in enumerate(ranks.values()):
            left = np.concatenate([[0.0], np.cumsum(chances)[:-1]])
            for rank, (begin, chance) in enumerate(zip(left, chances, strict=True)):
                if chance <= 0:
                    continue
                color = shades(rank / max(len(chances) - 1, 1))
                ax.barh(k, chance, left=begin, color=color, edgecolor=told.ground, height=0.78)
                if chance > 0.055:
                    light = sum(color[:3]) < 1.6
                    ink = "#ffffff" if light else "#16181d"
                    ax.text(
                        begin + chance / 2, k, f"{rank + 1}", ha="center", va="center", color=ink, fontsize=9
                    )
        ax.set_yticks(range(len(ranks)), [*ranks])
        ax.set_ylim(len(ranks) - 0.4, -0.6)
        ax.set_xlim(0, 1)
        ax.grid(visible=False)
        label_axes(ax, told, words, "")
    return figure
