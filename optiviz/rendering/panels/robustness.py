"""Robustness: the range of learning rates with which each rule converges."""

from typing import Annotated, Any

import numpy as np
from matplotlib.patches import Rectangle

from optiviz._lib.errors import BadInput
from optiviz._lib.parallel import spare_processes
from optiviz._lib.typing import Bounds
from optiviz.analysis.many_runs import hyperparameters, part_with
from optiviz.analysis.stability import StabilityMap, stability_map
from optiviz.objectives.base import Objective
from optiviz.rendering.cell import Cell
from optiviz.rendering.glyphs import Box
from optiviz.rendering.marks.agg import dots, rgba
from optiviz.rendering.marks.shapes import Image, Words
from optiviz.rendering.panels._shared.cell_map import above_key, draw_key, inner_box
from optiviz.rendering.panels._shared.log_axis import tick_text
from optiviz.rendering.panels._shared.spec import PanelSpec, Settings, Subject
from optiviz.rendering.panels.stability import (
    check_map,
    check_stability_cost,
    stability_cells,
    stability_swatches,
    stepping_run,
    without_noise,
)
from optiviz.runs.trajectory import Comparison

ROW = 1.75  # heights of the type that a rule takes at least
MOST = 1e100  # of a rate; the least is as far from 1
AROUND = 5.0  # the same of heading, ticks and label


def robustness(
    cell: Cell,
    comparison: Comparison,
    *,
    rates: tuple[float, float] = (1e-4, 10.0),
    count: Annotated[int, Bounds(5, 400)] = 61,
    tolerance: Annotated[float, Bounds(0, 1, open_low=True, open_high=True)] = 1e-3,
    lowest: float | None = None,
) -> None:
    """A bar of learning rates for each run: blue where it arrives, red where it diverges; how many are blue.

    Every rule is run with each of the rates, from the start of its run; noise and batches are left aside. A
    rate takes its colour at the step at which its run arrives, for good, or is lost.

    Parameters
    ----------
    rates : (low, high), default (0.0001, 10)
        The least and the largest rate.
    count : int, default 61
        How many rates, evenly spaced in their logarithm.
    tolerance : float, default 0.001
        The share of the first loss, above the lowest there is, at which a run has arrived.
    lowest : float
        The lowest loss there is, where it is not known.
    """
    low, high = rates
    steps, values = cell.steps, np.geomspace(low, high, count)
    found: dict[str, StabilityMap] = {}
    for label, run in comparison.trajectories.items():
        rule, objective = cell.competitors[label], without_noise(comparison.objectives[label])
        found[label] = stability_map(
            objective,
            rule,
            {"learning_rate": values},
            steps=steps,
            tolerance=tolerance,
            start=run.path[0],
            lowest=lowest,
            processes=spare_processes(),
        )
    every = {
        entry.text: entry for one in found.values() for entry in stability_swatches(one, steps, cell.theme)
    }
    entries = list(every.values())
    left = above_key(cell, entries)
    if left.box[3] < (AROUND + ROW * len(found)) * cell.sizes["text"]:
        left = cell  # the bars come first
    else:
        draw_key(cell, entries)
    ax = left.axes(["Which learning rates arrive", "Rates that arrive"], "learning rate")
    step = (high / low) ** (0.5 / (count - 1))
    ax.set(xscale="log", xlim=(low / step, high * step), yticks=[])
    ax.minorticks_off()
    ax.xaxis.set_major_formatter(lambda value, _: tick_text(value))
    for side in ("left", "right", "top"):
        ax.spines[side].set_visible(False)
    rows(cell, ax, found, steps)


def rows(cell: Cell, ax: Any, found: dict[str, StabilityMap], steps: int) -> None:
    """A bar for each run over the rates, below its label, and how many of them have arrived."""
    em, glyphs = cell.sizes["text"], cell.glyphs("text")
    across, up = cell.figure.canvas.get_width_height()
    left, bottom, right, top = inner_box(ax)
    height = (top - bottom) / len(found)
    if height < ROW * em:
        most = int((top - bottom) / (ROW * em))
        raise BadInput(f"panel 'robustness' has room for {most} runs here, this scene has {len(found)}")
    for number, (label, one) in enumerate(found.items()):
        base = top - (number + 1) * height
        clip = left, round(base + 0.12 * em), right, round(base + height - 1.35 * em)
        words = (base + height - 1.05 * em) / up
        text = cell.figure.text(left / across, words, label, color=cell.looks[label].color, weight="bold")
        text.set_fontsize(cell.points("text"))
        draw_bar_border(cell, clip)
        cell.marks.append(Image(stability_cells(one, steps, cell.theme, clip).pixels, clip))
        cell.marks.append(Words(arrived_count(one), right, words * up, glyphs, 1.0))
        own_rate(cell, ax, label, (clip[1] + clip[3]) / 2, clip)


def draw_bar_border(cell: Cell, clip: Box) -> None:
    """A thin line around a bar."""
    across, up = cell.figure.canvas.get_width_height()
    left, bottom, right, top = clip[0] - 1, clip[1] - 1, clip[2] + 1, clip[3] + 1
    size = (right - left) / across, (top - bottom) / up
    place = (left / across, bottom / up)
    cell.figure.add_artist(
        Rectangle(place, *size, transform=cell.figure.transFigure, color=cell.theme.faint, linewidth=0)
    )


def arrived_count(one: StabilityMap) -> Any:
    """What is written beside a bar at a step."""
    arrived = np.sort(one.steps[one.steps >= 0])
    return lambda step: f"{np.searchsorted(arrived, step, side='right')} of {one.steps.size}"


def own_rate(cell: Cell, ax: Any, label: str, y: float, clip: Box) -> None:
    """The marker of a run at the rate that it has in the scene."""
    rate = part_with(cell.competitors[label], "learning_rate").learning_rate
    if not isinstance(rate, int | float) or rate <= 0:
        return
    x = ax.transData.transform((rate, 0))[0]
    place, look, size = np.array([[x, y]]), cell.looks[label], 0.62 * cell.sizes["text"]
    color, edge = rgba(look.color), cell.theme.casing
    cell.scenery(lambda drawn, _: dots(drawn, place, look.marker, size, color, edge, 2.0, clip), clip)


def check_rate_limits(objective: Objective, settings: Settings) -> None:
    """Refuse rates that cannot be spaced evenly in their logarithm."""
    low, high = settings["rates"]
    if not 0 < low < high:
        raise BadInput(f"must be two numbers above 0, low then high, got {low:g} and {high:g}", field="rates")
    if not 1 / MOST <= low < high <= MOST:
        raise BadInput(f"must be from {1 / MOST:g} to {MOST:g}, got {low:g} and {high:g}", field="rates")


def check_runs(subject: Subject, settings: Settings) -> None:
    """Refuse a rule without a learning rate, and a loss of which nobody knows how low it gets."""
    values = np.array(settings["rates"])
    runs = settings["count"] * len(subject.scene.runs)
    for label in subject.scene.runs:
        rule, objective = stepping_run(subject, label)
        if "learning_rate" not in hyperparameters(rule):
            raise BadInput(f"tries learning rates, and run '{label}' has none")
        check_stability_cost(runs, subject.scene.steps, objective)
        check_map(subject, label, objective, {"learning_rate": values}, settings)


SPEC = PanelSpec(problem=(check_rate_limits,), runs=(check_runs,), labels=())
