"""The key of a frame: marker and label of each run."""

from collections.abc import Mapping

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from optiviz.rendering.cell import DPI
from optiviz.rendering.glyphs import Glyphs
from optiviz.rendering.marks.base import Mark
from optiviz.rendering.marks.shapes import Words
from optiviz.rendering.style import Look, Theme

Place = tuple[float, float, float, float]


def legend(
    figure: Figure,
    box: Place,
    look: Mapping[str, Look],
    ends: Mapping[str, int | None],
    theme: Theme,
    sizes: Mapping[str, float],
) -> list[Mark]:
    """In `box`, the marker and the label of each run below each other, in columns where there is room.

    A run that diverges says so behind its label from the step on at which it was lost (`ends`). What has no
    room is counted.
    """
    width, height = figure.canvas.get_width_height()
    em = sizes["text"]
    left, bottom, wide, high = box
    glyphs = Glyphs(em, theme.ink)
    across = max(1, int(wide / (9.5 * em)))
    rows = max(1, int(high / (1.4 * em)))
    room = rows * across
    shown = list(look) if len(look) <= room else list(look)[: room - 1]
    marks: list[Mark] = []
    for k, label in enumerate(
        [*shown, *([f"and {len(look) - len(shown)} more"] if len(shown) < len(look) else [])]
    ):
        x = left + (k % across) * wide / across
        y = bottom + high - (0.7 + 1.4 * (k // across)) * em
        text = figure.text((x + 1.1 * em) / width, (y - 0.36 * em) / height, label, color=theme.ink)
        text.set_fontsize(em * 72 / DPI)
        if label not in look:
            continue
        text.set(weight="bold")
        while text.get_window_extent().x1 > x + wide / across and len(text.get_text()) > 2:
            text.set_text(text.get_text().rstrip("\N{HORIZONTAL ELLIPSIS}")[:-1] + "\N{HORIZONTAL ELLIPSIS}")
        text.set(color=look[label].color, weight="bold")
        spot = Line2D([(x + 0.4 * em) / width], [y / height], transform=figure.transFigure, linestyle="none")
        spot.set(color=look[label].color, marker=look[label].marker, markersize=0.62 * em * 72 / DPI)
        spot.set_markeredgecolor(theme.casing)
        figure.add_artist(spot)
        if ends[label]:
            notice = f" diverged at {ends[label]}"
            words = lambda step, label=label, notice=notice: notice if step >= (ends[label] or 0) else ""
            marks.append(Words(words, text.get_window_extent().x1, y - 0.36 * em, glyphs))
    return marks
