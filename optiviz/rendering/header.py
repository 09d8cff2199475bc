"""The head of a frame: the title, and the counter that runs."""

from collections.abc import Callable, Mapping
from typing import Any

from matplotlib.figure import Figure

from optiviz.rendering.cell import DPI
from optiviz.rendering.glyphs import Glyphs
from optiviz.rendering.marks.shapes import Words
from optiviz.rendering.panels import OWN_CLOCK
from optiviz.rendering.style import Theme, type_sizes
from optiviz.scene.scene import Panel, Scene


def header(
    figure: Figure, scene: Scene, counted: str, pace: float, theme: Theme, sizes: Mapping[str, float]
) -> Words:
    """The title on the left, and the count of steps on the right, which runs where a panel shows steps."""
    width, height = scene.size
    em, points = sizes["text"], sizes["title"] * 72 / DPI
    base = height - 1.4 * em - 0.36 * sizes["title"]
    only = next(iter(scene.runs)) if len(scene.runs) == 1 else ""
    title = figure.text(0.9 * em / width, base / height, scene.title or only, size=points, color=theme.ink)
    glyphs = Glyphs(em, theme.ink)  # it changes in every frame, so its size is that of the file
    if not scene.runs or all(map(by_own_clock, scene.panels)):
        fit_title(title, width - 1.8 * em, type_sizes(height)["text"])
        return Words(lambda step: "", width, base, glyphs)
    count: Callable[[int], str] = lambda step: str(int(step / pace + 1e-9))
    # the word stands still; the number starts at a fixed place, so that it does not tremble
    number = width - 0.9 * em - glyphs.width(count(scene.steps))
    word = {"size": em * 72 / DPI, "color": theme.ink, "ha": "right"}
    before = figure.text(number / width, base / height, f"{counted}: ", fontdict=word)
    fit_title(title, before.get_window_extent().x0 - 1.9 * em, type_sizes(height)["text"])
    return Words(count, number, base, glyphs)


def by_own_clock(panel: Panel) -> bool:
    """Whether a panel shows no steps of runs."""
    return panel.name in OWN_CLOCK or panel.settings.get("over", "steps") != "steps"


def fit_title(title: Any, room: float, least: float) -> None:
    """Make a title that is too long for `room` pixels smaller, to `least` pixels of type; then cut it."""
    while title.get_window_extent().width > room and title.get_fontsize() > least * 72 / DPI:
        title.set_fontsize(max(0.97 * title.get_fontsize(), least * 72 / DPI))
    words = title.get_text()
    while title.get_window_extent().width > room and len(words) > 1 and "$" not in words:
        words = words[:-1].rstrip()
        title.set_text(f"{words}\N{HORIZONTAL ELLIPSIS}")
