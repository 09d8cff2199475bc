"""The key of a frame: line, marker and label of each run."""

from collections.abc import Mapping

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from optiviz.rendering.cell import DPI
from optiviz.rendering.glyphs import Glyphs
from optiviz.rendering.marks.base import Mark
from optiviz.rendering.marks.shapes import Words
from optiviz.rendering.style import Look, Theme

LEGEND = 0.25  # of the frame's height that a legend may take


def legend(
    figure: Figure,
    look: Mapping[str, Look],
    ends: Mapping[str, int | None],
    theme: Theme,
    sizes: Mapping[str, float],
) -> tuple[float, list[Mark]]:
    """Below the panels, a line with its marker and the label of each run; the pixels it takes up.

    A run that diverges says so behind its label from the step on at which it was lost (`ends`). Labels
    that do not fit into one row go into more of them, while the pictures keep their room; after that it says
    how many more runs there are. One run that stays needs no legend.
    """
    width, height = figure.canvas.get_width_height()
    em = sizes["text"]
    if len(look) <= 1 and not any(ends.values()):
        return 0.3 * em, []
    sample, gap, between, leading = 2.0 * em, 0.5 * em, 1.5 * em, 1.35 * em
    glyphs = Glyphs(em, theme.ink)
    words = {label: figure.text(0, 0, label, fontsize=em * 72 / DPI, color=theme.ink) for label in look}
    lengths = {label: word.get_window_extent().width for label, word in words.items()}
    notices = {label: f" diverged at {ends[label]}" if ends[label] else "" for label in look}
    spans = {label: sample + gap + lengths[label] + glyphs.width(notices[label]) for label in look}
    room, rows, hidden = spans, wrap(spans, between, width - em), 0
    while len(rows) > max(1, LEGEND * height / leading) and hidden < len(look) - 1:
        hidden += 1
        more = f"and {hidden} more"
        room = {label: spans[label] for label in list(look)[:-hidden]} | {more: float(glyphs.width(more))}
        rows = wrap(room, between, width - em)
    for label in list(look)[len(look) - hidden :]:
        words[label].remove()
    marks: list[Mark] = []
    for number, row in enumerate(rows):
        y = (len(rows) - 1 - number) * leading + 0.95 * em
        x = (width - sum(room[label] for label in row) - (len(row) - 1) * between) / 2
        for label in row:
            left, base = x + sample + gap, y - 0.36 * em
            if label not in look:
                figure.text(x / width, base / height, label, fontsize=em * 72 / DPI, color=theme.ink)
                continue
            style = look[label]
            figure.add_artist(
                Line2D(
                    [x / width, (x + sample / 2) / width, (x + sample) / width],
                    [y / height] * 3,
                    transform=figure.transFigure,
                    color=style.color,
                    linewidth=0.16 * em * 72 / DPI,
                    dashes=style.dash or (None, None),
                    marker=style.marker,
                    markevery=[1],
                    markersize=0.62 * em * 72 / DPI,
                    markeredgecolor=theme.casing,
                )
            )
            words[label].set_position((left / width, base / height))
            if notices[label]:
                text = lambda step, label=label: notices[label] if step >= (ends[label] or 0) else ""
                marks.append(Words(text, left + lengths[label], base, glyphs))
            x += spans[label] + between
    return 0.55 * em + len(rows) * leading, marks


def wrap(spans: Mapping[str, float], between: float, room: float) -> list[list[str]]:
    """The labels in as few rows as fit into `room`, each about equally long.

    >>> wrap({"a": 4, "b": 4, "c": 4}, between=1, room=14)
    [['a', 'b', 'c']]
    >>> wrap({"a": 4, "b": 4, "c": 4, "d": 4}, between=1, room=14)
    [['a', 'b'], ['c', 'd']]
    """
    labels = list(spans)
    for count in range(1, len(labels) + 1):
        across = -(-len(labels) // count)
        rows = [labels[k : k + across] for k in range(0, len(labels), across)]
        if all(sum(spans[label] + between for label in row) - between <= room for row in rows):
            break
    return rows
