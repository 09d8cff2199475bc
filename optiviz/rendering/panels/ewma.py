"""The exponentially weighted moving average: what a memory of yesterday makes of a noisy series."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array, Bounds
from optiviz.objectives.base import Objective
from optiviz.objectives.fit import Fit
from optiviz.objectives.training import Training
from optiviz.rendering.cell import Cell
from optiviz.rendering.marks.agg import box_of
from optiviz.rendering.marks.shapes import Bars, Words
from optiviz.rendering.marks.trails import Crowd, Trail, flat_route
from optiviz.rendering.panels._shared.needs import rows_of_data
from optiviz.rendering.panels._shared.spec import PanelSpec, Settings
from optiviz.rendering.style import BLUE, VERMILION, Look
from optiviz.runs.trajectory import Comparison
from optiviz.scene.alttext import comma_list
from optiviz.scene.numbers import number
from optiviz.scene.scene import Panel, Scene

GAPS = 6.0  # pixels from bar to bar, below which bars touch


def ewma(
    cell: Cell,
    comparison: Comparison,
    *,
    beta: Annotated[float, Bounds(low=0.0, high=1.0, open_high=True)] = 0.9,
    show: Literal["series", "weights"] = "series",
    correction: bool = True,
    days: Annotated[int, Bounds(low=2, high=400)] = 40,
) -> None:
    """The y of the data one after the other, and their average V_t = beta V_(t-1) + (1 - beta) y_t, V_0 = 0.

    Step t of the clip shows t values; no run takes part.

    Parameters
    ----------
    beta : float, default 0.9
        The share of the average that is kept, in [0, 1): it looks back over about 1 / (1 - beta) values.
    show : "series" or "weights"
        The averages over the series; or how much each earlier value counts, (1 - beta) beta^k, as bars.
    correction : bool, default True
        Draw also, thin, V_t / (1 - beta^t): divided by the sum of its weights, it is not drawn to 0.
    days : int, default 40
        How far back the bars go.
    """
    series = series_of(comparison)
    back = f"{1 / (1 - beta):.0f}"
    if show == "weights":
        draw_weight_bars(cell, beta, days, len(series))
        return
    title = rf"$\beta$ = {beta:g}"
    ax = cell.axes((f"{title}: about {back} days", title), "day")
    plain, corrected = averages(series, beta)
    day = np.arange(len(series) + 1.0)
    low, high = float(min(series.min(), 0.0)), float(max(series.max(), 0.0))
    room = 0.06 * (high - low or 1.0)
    ax.set(xlim=(0, len(series)), ylim=(low - room, high + room))
    theme, text = cell.theme, cell.sizes["text"]
    size = 0.12 * cell.points("text")
    ax.plot(day[1:], series, "o", color=theme.data, markersize=size, markeredgewidth=0)
    ax.plot(day[1:], series, color=theme.faint, linewidth=0.8 * cell.fine, zorder=1.5)
    looks = [
        Look(theme.lighter.get(color, color), marker) for color, marker in ((BLUE, "o"), (VERMILION, "D"))
    ]
    routes = [flat_route(ax, np.column_stack([day, y])) for y in (plain, corrected)]
    wide = 1.2 * cell.line_width
    trails = [Trail(routes[0], looks[0], wide, theme.casing, 0.6 * text, cased=False)]
    if correction:  # thin and above: where both are one, both are seen
        trails.append(Trail(routes[1], looks[1], 0.4 * wide, theme.casing, 0.5 * text, cased=False))
    cell.marks.extend([*trails, *Crowd(trails).heads()])


def series_of(comparison: Comparison) -> Array:
    """(n,) the values, in the order of the data."""
    objective: Any = comparison.objective
    if isinstance(objective, Fit):
        return objective.data.y
    column: Array = objective.targets[:, 0]
    return column


def averages(series: Array, beta: float) -> tuple[Array, Array]:
    """V (n+1,) with V_0 = 0, and V_t / (1 - beta^t) (n+1,), which begins with the first value.

    Examples
    --------
    >>> plain, corrected = averages(np.array([8.0, 4.0]), beta=0.5)
    >>> plain.tolist(), corrected.round(6).tolist()         # 0.5 * 8;  0.5 * 4 + 0.5 * 4;  4 / 0.75
    ([0.0, 4.0, 4.0], [8.0, 8.0, 5.333333])
    """
    plain = np.zeros(len(series) + 1)
    for t, value in enumerate(series.tolist(), start=1):
        plain[t] = beta * plain[t - 1] + (1 - beta) * value
    corrected = plain[1:] / (1 - beta ** np.arange(1.0, len(series) + 1))
    return plain, np.concatenate([corrected[:1], corrected])


def ewma_weights(beta: float, count: int, t: int) -> Array:
    """(count,) how much the value of k days ago counts in V_t: (1 - beta) beta^k, nothing before day 1.

    Examples
    --------
    >>> ewma_weights(0.5, 4, t=3).tolist()
    [0.5, 0.25, 0.125, 0.0]
    """
    k = np.arange(count)
    return np.where(k < t, (1 - beta) * beta**k, 0.0)


def draw_weight_bars(cell: Cell, beta: float, days: int, most: int) -> None:
    """The weights of V_t, newest first, and their sum over all days."""
    now = number(1 - beta)
    ax = cell.axes(
        (rf"Weights ${now} \cdot {number(beta)}^k$", rf"${now} \cdot {number(beta)}^k$"), "$k$ days ago"
    )
    ax.set(xlim=(-0.7, days - 0.3), ylim=(0, 1.3 * (1 - beta)))
    edges = np.arange(days)
    to = ax.transData.transform
    pitch = float(np.diff(to([[0.0, 0.0], [1.0, 0.0]])[:, 0])[0])
    half = 0.4 if pitch > GAPS else 0.5  # gaps that cannot all be equally wide are none
    left, right = (to(np.column_stack([edges + side, np.zeros(days)]))[:, 0] for side in (-half, half))
    bottom = round(float(to((0, 0))[1])) + 1

    def rectangles(step: int) -> Any:
        tops = to(np.column_stack([edges, ewma_weights(beta, days, step)]))[:, 1]
        ends = np.maximum(np.round(right), np.round(left) + 1), np.maximum(np.round(tops), bottom)
        return np.column_stack([np.round(left), np.full(days, bottom), *ends]).astype(np.int64)

    clip, text = box_of(ax), cell.sizes["text"]
    inner = clip[0] + 2, clip[1], clip[2] - 2, clip[3] - 2
    cell.marks.append(Bars(rectangles, cell.theme.lighter.get(BLUE, BLUE), inner))
    total = lambda step: f"all days: {1 - beta ** min(step, most):.2f}"
    cell.marks.append(Words(total, clip[2] - 0.5 * text, clip[3] - 1.3 * text, cell.glyphs("text"), 1.0))


def check_problem(objective: Objective, settings: Settings) -> None:
    """Refuse data that are no single series."""
    rows_of_data(objective, settings)
    if isinstance(objective, Training) and (count := objective.targets.shape[1]) > 1:
        raise BadInput(f"averages one column of y, this problem has {count}")


def ewma_words(scene: Scene, panels: Sequence[Panel]) -> str:
    """The series, and how far each average looks back."""
    betas = dict.fromkeys(float(panel.settings.get("beta", 0.9)) for panel in panels)
    series = getattr(getattr(scene.objective, "data", None), "y_name", "") or "a series"
    told = [f"beta {beta:g} looks back over about {1 / (1 - beta):.0f}" for beta in betas]
    return f"Exponentially weighted moving averages of the values of {series}: {comma_list(told)}"


SPEC = PanelSpec(
    problem=(check_problem,), labels=(), without_runs=True, own_clock=lambda settings: True, words=ewma_words
)
