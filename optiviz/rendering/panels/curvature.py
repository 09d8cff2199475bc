"""Curvature along a run: sharpness against the stability limit, and principal axes at the head."""

from functools import lru_cache
from typing import Any, Literal

import numpy as np
from matplotlib.ticker import MaxNLocator

from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array
from optiviz.analysis.curvature import condition_number, lanczos, stability_limit
from optiviz.objectives.base import Objective
from optiviz.objectives.second_derivatives import hessian, hessian_product
from optiviz.objectives.training import Training
from optiviz.optimizers import GD, Momentum
from optiviz.rendering.cell import TICKS, Cell
from optiviz.rendering.marks.agg import box_of
from optiviz.rendering.marks.shapes import Figurine
from optiviz.rendering.panels._shared.log_axis import tick_text
from optiviz.rendering.panels._shared.network_runs import route_of
from optiviz.rendering.panels._shared.run_selection import runs_of
from optiviz.rendering.panels._shared.spec import PanelSpec, Settings, Subject
from optiviz.rendering.panels._shared.step_arrows import CIRCLE
from optiviz.rendering.style import Look
from optiviz.rendering.timeline import Moment
from optiviz.runs.trajectory import Comparison, Trajectory
from optiviz.scene.numbers import number

PLACES = 160  # of a run at which the curvature is worked out, at most,
FEWEST = 12  # and at least
WORK = 3e7  # of all places of all runs, counted in `hessian_product_cost`
LARGEST = 8_000_000  # of one place
NEURON = 30  # weights that take as long as a neuron's activation does, in complex numbers
MOST = 64  # parameters that a condition number is worked out for
ROOM = 0.4  # of the width of a panel, for what a limit is called
BEFORE = 0.35  # heights of the type, from the axes to what a limit is called
STEEP = 30.0  # times the lowest: from there on the axis is logarithmic
DASH = (4.0, 2.0)


def curvature(
    cell: Cell,
    comparison: Comparison,
    *,
    show: Literal["sharpness", "condition"] = "sharpness",
    run: str = "",
) -> None:
    """The largest curvature of the loss where each run stands; dashed, the one that its rule can bear.

    Above 2 / rate gradient descent swings ever further across the steepest direction of a bowl. Training
    often raises the sharpness up to there and then hovers: the edge of stability.

    Parameters
    ----------
    show : "sharpness" or "condition"
        The largest eigenvalue of the Hessian, or its ratio to the smallest, by size (up to 64 parameters).
    run : str
        The label of the only run to draw; all of them unless given.
    """
    runs = runs_of(comparison, "curvature", run)
    curves = {one.label: along(comparison, one, show) for one in runs}
    limits = {one.label: stability_limit_curve(comparison, one, cell.rules[one.label]) for one in runs}
    if show == "condition" or not any(np.isfinite(values).any() for _, values in limits.values()):
        limits = {}
    settled = [curves[one.label][1] for one in runs if one.status == "finished"]
    low, high, log = extent(settled or [values for _, values in curves.values()], list(limits.values()))
    title = "Sharpness: the largest curvature" if show == "sharpness" else "Condition number"
    words = limit_labels(cell, limits, low, high)
    beside = max(map(cell.glyphs("text").width, words.values()), default=0) / cell.sizes["text"]
    beside += BEFORE * bool(beside)
    ax = cell.axes((title, title.partition(":")[0], "Condition"), cell.counted, beside=beside)
    last = max(float(times[-1]) for times in comparison.times.values())
    ax.set_ylim(low, high)
    cell.time_axis(ax, last)
    if log:
        ax.set_yscale("log")
        ax.minorticks_off()
        ax.yaxis.set_major_formatter(lambda value, _: tick_text(value))
    across = box_of(ax)[2] - box_of(ax)[0]
    ax.xaxis.set_major_locator(
        MaxNLocator(max(2, min(5, int(across / (4.5 * cell.sizes["text"])))), steps=TICKS)
    )
    ax.grid(True, color=cell.theme.faint, linewidth=0.8 * cell.fine)
    ax.set_axisbelow(True)
    dashed(cell, ax, limits, words)
    cell.trails([route_of(ax, *curves[one.label], (low, high)) for one in runs], runs, thin=True)


def along(comparison: Comparison, run: Trajectory, show: str) -> tuple[Array, Array]:
    """Steps (M,) of some places of a run, evenly spread, and what is shown (M,) at each."""
    objective, count = comparison.objectives[run.label], run.path.shape[1]
    rows = places_of(comparison, run)
    if show == "condition":
        values = [condition_number(objective, run.path[row]) for row in rows]
    else:
        values, vector = [], np.zeros(count)
        for row in rows:  # each place begins with what the one before has found
            value, vector = lanczos(objective, run.path[row], vector)
            values.append(value)
    return comparison.times[run.label][rows], np.array(values)


def places_of(comparison: Comparison, run: Trajectory) -> list[int]:
    """Rows of a run at which there is time for its curvature."""
    need = hessian_product_cost(comparison.objectives[run.label])
    most = int(np.clip(WORK / len(comparison.trajectories) / need, FEWEST, PLACES))
    total = len(run.path)
    return sorted(set(np.linspace(0, total - 1, min(most, total)).round().astype(int).tolist()))


def hessian_product_cost(objective: Objective) -> int:
    """What one product with the Hessian takes, in rows x weights."""
    if not isinstance(objective, Training):
        return int(np.size(objective.start))
    return len(objective.X) * (objective.network.size + NEURON * sum(objective.network.widths))


def stability_limit_curve(comparison: Comparison, run: Trajectory, rule: Any) -> tuple[Array, Array]:
    """Steps and what the rule can bear at each: a line, or a curve where its rate follows a schedule."""
    times = comparison.times[run.label]
    if not callable(getattr(rule, "learning_rate", None)):
        last = max(float(each[-1]) for each in comparison.times.values())
        return np.array([0.0, max(last, 1.0)]), np.full(2, stability_limit(rule))
    rows = np.unique(np.linspace(0, len(run.at) - 1, PLACES).round().astype(int))
    return times[rows], np.array([stability_limit(rule, int(run.at[row]) + 1) for row in rows])


def extent(curves: list[Array], limits: list[tuple[Array, Array]]) -> tuple[float, float, bool]:
    """The axis from low to high, and whether it is logarithmic; no limit far above it pulls it up."""
    seen = np.concatenate(curves)
    seen = seen[np.isfinite(seen)]
    if not len(seen):
        return 0.0, 1.0, False
    low, high = float(seen.min()), float(np.quantile(seen, 0.995))
    near = [float(at.max()) for _, at in limits if np.isfinite(at).all() and at.max() < 4 * max(high, 1e-300)]
    high = max([high, *near])
    if low > 0 and high > STEEP * low:
        return low / 1.6, high * 1.6, True
    room = 0.1 * (high - min(low, 0.0)) or 1.0
    return (min(low, 0.0) - (room if low < 0 else 0.0)), high + 1.6 * room, False


def limit_labels(
    cell: Cell, limits: dict[str, tuple[Array, Array]], low: float, high: float
) -> dict[str, str]:
    """What the limits that end between low and high are called, in few letters where there is little room."""
    seen = [label for label, (_, values) in limits.items() if low < values[-1] < high]
    words = {label: words_of(cell.rules[label], label) for label in seen}
    exact = {  # a rate that stays has a limit that is a number
        label: f"{text} = {number(float(limits[label][1][0]))}"
        if len(np.unique(limits[label][1])) == 1
        else text
        for label, text in words.items()
    }
    room = ROOM * cell.box[2]
    for texts in (exact, words):
        if max(map(cell.glyphs("text").width, texts.values()), default=0) <= room:
            return texts
    return dict.fromkeys(words, "limit")


def words_of(rule: Any, label: str) -> str:
    """What a limit is, in letters."""
    return "2 / rate" if isinstance(rule, GD) else "(2 + 2m) / rate" if isinstance(rule, Momentum) else label


def dashed(cell: Cell, ax: Any, limits: dict[str, tuple[Array, Array]], words: dict[str, str]) -> None:
    """A dashed line for what each rule can bear, in the colour of its run, and beside it what it is."""
    em, heights = cell.sizes["text"], list[float]()
    for label, (times, values) in limits.items():
        if not np.isfinite(values).any():
            continue
        color = cell.looks[label].color
        ax.plot(times, values, color=color, linewidth=0.55 * cell.line_width * 0.72, dashes=DASH)
        y = float(ax.transData.transform((0.0, float(values[-1])))[1])
        if label in words and all(abs(y - other) > 1.2 * em for other in heights):
            heights.append(y)
            place, size = (box_of(ax)[2] + BEFORE * em, y), cell.points("text")
            ax.annotate(
                words[label], place, xycoords="figure pixels", va="center", color=color, fontsize=size
            )


# ---- at the head, on the landscape


def axes_of_bowl(cell: Cell, ax: Any, comparison: Comparison, label: str) -> None:
    """At the head of one run the ellipse of its curvature: the steep axis bold, the flat one thin.

    The ellipse reaches as far as steps go that change the loss by one amount, 1 / sqrt(curvature); the axes
    are equally long, so that the steep one is seen. A dotted axis bends down instead of up.
    """
    run = runs_of(comparison, "landscape", label)[0]
    objective = comparison.objectives[run.label]
    reach = 3.4 * cell.sizes["text"]

    @lru_cache(maxsize=256)
    def axes(row: int) -> tuple[Array, Array, Array]:
        """(2, 2) the flat and the steep half axis, in data, their signs, and what makes them equally long."""
        matrix = hessian(objective, run.path[row])
        if not np.isfinite(matrix).all() or not matrix.any():
            return np.zeros((2, 2)), np.zeros(2), np.ones(2)
        values, vectors = np.linalg.eigh(
            matrix / np.abs(matrix).max()
        )  # of an ellipse only the shape is drawn
        order = np.argsort(np.abs(values))
        values, vectors = values[order], vectors[:, order]
        arms = (vectors / np.sqrt(np.maximum(np.abs(values), 1e-4 * np.abs(values).max()))).T
        arms *= float(np.ptp(ax.get_xlim()))
        to = ax.transData.get_matrix()[:2, :2]
        lengths = np.hypot(*(to @ arms.T))
        return arms * reach / lengths.max(), np.sign(values), lengths.max() / lengths

    def row(moment: Moment) -> int:
        return comparison.row(run.label, moment.step)

    def ellipse(moment: Moment) -> Array | None:
        arms, signs, _ = axes(row(moment))
        return np.asarray(run.path[row(moment)] + CIRCLE @ arms) if signs.any() else None

    def arm(k: int, sign: int) -> Any:
        def ends(moment: Moment) -> Array | None:
            arms, signs, longer = axes(row(moment))
            middle, half = run.path[row(moment)], longer[k] * arms[k]
            there = signs[k] != 0 and (signs[k] > 0) == (sign > 0)
            return np.array([middle - half, middle + half]) if there else None

        return ends

    place = lambda moment, points: ax.transData.transform(points)
    ink, casing, clip, thick = cell.theme.ink, cell.theme.casing, box_of(ax), cell.sizes["text"]
    cell.marks.append(Figurine(ellipse, place, Look(ink, ""), 0.07 * thick, casing, clip))
    for k, width in ((0, 0.07), (1, 0.17)):
        for sign, dash in ((1, ()), (-1, (1.0, 1.6))):
            cell.marks.append(Figurine(arm(k, sign), place, Look(ink, "", dash), width * thick, casing, clip))


def check_runs(subject: Subject, settings: Settings) -> None:
    """Refuse networks without a curvature, and those that it would take minutes to work out."""
    for label in (settings["run"],) if settings["run"] else subject.scene.runs:
        objective = subject.objectives[label]
        count, need = int(np.size(objective.start)), hessian_product_cost(objective)
        if settings["show"] == "condition" and count > MOST:
            raise BadInput(
                f"a condition number is shown of {MOST} parameters at most, not {count}", field="show"
            )
        if need > LARGEST:
            raise BadInput(
                f"cannot draw run '{label}': its network or its data are too large: rows x (weights + "
                f"{NEURON} neurons) are {need:,}; the limit is {LARGEST:,}"
            )
        try:
            hessian_product(objective, objective.start, np.zeros((count, 0)))
        except BadInput as error:
            raise BadInput(f"cannot draw run '{label}': {error}") from None


SPEC = PanelSpec(runs=(check_runs,))
