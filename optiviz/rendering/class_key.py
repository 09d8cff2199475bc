"""The key of the classes: a line below the panels with marker and name of each, and what the x means."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from optiviz.rendering.marks.agg import marker_scale
from optiviz.rendering.panels._shared.network_runs import OUTLINE, class_looks, class_names
from optiviz.rendering.style import Look, Theme
from optiviz.rendering.typeface import DPI
from optiviz.scene.scene import Scene

MARKER, BESIDE, GAP = (
    15.0,
    24.0,
    34.0,
)  # twenty-fourths of the type: a marker, from it to its word, to the next
WRONG, FAINTER = "on the wrong side", "fainter: less certain"


def class_key(
    figure: Figure,
    box: tuple[float, float, float, float],
    scene: Scene,
    theme: Theme,
    sizes: Mapping[str, float],
) -> list[str]:
    """Draw the line in `box`, and give the words in it; what has no room is left out, from the right."""
    training: Any = scene.objective
    given = next((panel.settings.get("classes") for panel in scene.panels if panel.name == "boundary"), ())
    width, height = figure.canvas.get_width_height()
    em, unit = sizes["text"], sizes["text"] / 24
    x, y = box[0], box[1] + box[3] / 2
    end = box[0] + box[2]
    looks = class_looks(theme)
    entries: Sequence[tuple[str, Look | None]] = [
        *zip(given or class_names(training), looks, strict=False), (WRONG, None)
    ]  # fmt: skip
    told: list[str] = []
    for words, look in entries:
        text = figure.text((x + BESIDE * unit) / width, (y - 0.36 * em) / height, words, color=theme.ink)
        text.set(fontsize=em * 72 / DPI, parse_math=False)
        right = text.get_window_extent().x1
        if right > end:
            text.remove()
            break
        spot = Line2D([(x + MARKER / 2 * unit) / width], [y / height], transform=figure.transFigure)
        spot.set(marker=look.marker if look else "x", linestyle="none", markeredgecolor=OUTLINE)
        spot.set(markerfacecolor=look.color if look else OUTLINE)
        size = MARKER * marker_scale(look.marker) if look else 0.7 * MARKER
        spot.set(markersize=size * unit * 72 / DPI)
        spot.set(markeredgewidth=(1.3 if look else 2.2) * unit * 72 / DPI)
        if look is None:
            spot.set(markeredgecolor=theme.ink)
        figure.add_artist(spot)
        told.append(words)
        x = right + GAP * unit
    fainter = figure.text(end / width, (y - 0.36 * em) / height, FAINTER, color=theme.soft, ha="right")
    fainter.set_fontsize(em * 72 / DPI)
    if fainter.get_window_extent().x0 < x:
        fainter.remove()
    else:
        told.append(FAINTER)
    return told
