"""Particles: many copies of each noisy run, as a histogram that changes; dashed, where theory has it end."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Literal

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array, Bounds
from optiviz.analysis.particles import gibbs_density
from optiviz.analysis.particles import particles as histograms_of
from optiviz.objectives.base import Objective
from optiviz.objectives.surface import Surface
from optiviz.optimizers import GD
from optiviz.rendering.cell import Cell
from optiviz.rendering.marks.agg import box_of
from optiviz.rendering.marks.shapes import Curve
from optiviz.rendering.panels._shared.needs import innermost_rule
from optiviz.rendering.panels._shared.run_selection import runs_of
from optiviz.rendering.panels._shared.spec import PanelSpec, Settings, Subject
from optiviz.rendering.panels.descent1d import is_sum, slice_of
from optiviz.runs.scipy_solvers import Scipy
from optiviz.runs.trajectory import Comparison

MAX_WORK = 400_000_000  # particles times steps times runs: about half a minute
DASH = (4.0, 2.5)
FINE = 600  # places of the theory's curve


def particles(
    cell: Cell,
    comparison: Comparison,
    *,
    along: Literal["x", "y"] = "x",
    run: str = "",
    count: Annotated[int, Bounds(100, 100_000)] = 10_000,
    bins: Annotated[int, Bounds(5, 200)] = 40,
    theory: bool = True,
    name: str = "",
) -> None:
    """A histogram of many copies of each run, each with noise of its own, at every step.

    Parameters
    ----------
    along : "x" or "y"
        The coordinate that is counted.
    run : str
        The label of the only run to draw; all of them unless given.
    count : int, default 10000
        How many copies of each run.
    bins : int, default 40
        Of the histogram, over the window of the surface.
    theory : bool, default True
        Dashed, for gradient descent with noise, exp(-loss / T) with T = rate noise^2 / 2.
    name : str
        What the coordinate is called; "x" or "y" unless given.

    References
    ----------
    S. Mandt, M. Hoffman, D. Blei, Stochastic gradient descent as approximate Bayesian inference, 2017.
    """
    axis = "xy".index(along)
    surface, runs = comparison.objective, runs_of(comparison, "particles", run)
    assert isinstance(surface, Surface)
    limits = (surface.xlim, surface.ylim)[axis]
    densities: dict[str, Array] = {}
    for one in runs:
        ground: Any = comparison.objectives[one.label]
        found = histograms_of(
            ground, cell.competitors[one.label], limits=limits, along=axis, count=count, bins=bins,
            steps=cell.steps, start=one.path[0], seed=cell.seed,
        )  # fmt: skip
        densities[one.label] = found.density
    curves = theories(cell, comparison, limits, axis, list(densities)) if theory else {}
    peaks = [*(density[-1].max() for density in densities.values()), *(y.max() for _, y in curves.values())]
    top = 1.35 * max((peak for peak in peaks if 0 < peak < np.inf), default=1.0)  # all of them may be lost
    heading = f"{count:,} particles: where they are".replace(",", " " if count >= 10_000 else "")
    ax = cell.axes((heading, f"{count} particles", "Particles"), name or along)
    ax.set(xlim=limits, ylim=(0.0, top), yticks=[])
    for label, (x, density) in curves.items():
        color = cell.looks[label].color
        ax.plot(x, density, color=color, linewidth=0.5 * cell.line_width * 0.72, dashes=DASH, zorder=1.5)
    edges = np.linspace(*limits, bins + 1)
    for label, density in densities.items():
        points = partial(outline, ax.transData.transform, edges, density)
        look, clip = cell.looks[label], box_of(ax)
        cell.marks.append(Curve(points, look, 0.85 * cell.line_width, cell.theme.casing, clip))


def outline(to: Callable[[Array], Array], edges: Array, density: Array, step: int) -> Array:
    """(2 B, 2) pixels of a histogram's upper rim at a step."""
    tops = density[min(step, len(density) - 1)]
    return np.asarray(to(np.column_stack([np.repeat(edges, 2)[1:-1], np.repeat(tops, 2)])))


def theories(
    cell: Cell, comparison: Comparison, limits: tuple[float, float], axis: int, labels: list[str]
) -> dict[str, tuple[Array, Array]]:
    """Places (M,) and density (M,) in the end, of each run for which theory speaks; of equals the first."""
    x = np.linspace(*limits, FINE)
    found: dict[float, tuple[str, Array]] = {}
    for label in labels:
        ground: Any = comparison.objectives[label]
        rule = cell.rules[label]
        if type(rule) is not GD or not isinstance(rule.learning_rate, int | float) or not ground.noise:
            continue
        temperature = float(rule.learning_rate) * ground.noise**2 / 2
        heights, _ = slice_of(ground, axis, x)
        found.setdefault(round(temperature, 9), (label, gibbs_density(heights, temperature, x[1] - x[0])))
    return {label: (x, density) for label, density in found.values()}


def check_problem(objective: Objective, settings: Settings) -> None:
    """Refuse what is no sum of two functions of one coordinate each."""
    if not isinstance(objective, Surface) or not is_sum(objective):
        raise BadInput("counts particles on a surface of one coordinate or a sum of two, such as x**4 + y**2")


def check_runs(subject: Subject, settings: Settings) -> None:
    """Refuse a rule that takes one start at a time, and what would take minutes."""
    labels = [subject.chosen(settings["run"])[0]] if settings["run"] else list(subject.scene.runs)
    for label in labels:
        if isinstance(innermost_rule(subject, label), Scipy):
            raise BadInput(f"cannot step '{label}' many times at once: a solver of scipy takes one start")
    work = len(labels) * settings["count"] * subject.scene.steps
    if work > MAX_WORK:
        raise BadInput(
            f"takes too long: {settings['count']:,} particles times {subject.scene.steps:,} steps times "
            f"{len(labels)} runs are {work:,}; the limit is {MAX_WORK:,}"
        )


SPEC = PanelSpec(problem=(check_problem,), runs=(check_runs,))
