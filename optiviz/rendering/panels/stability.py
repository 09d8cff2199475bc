"""Stability map: with which hyperparameters a rule converges, how soon, and with which it diverges."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz._lib.parallel import spare_processes
from optiviz._lib.registry import bounds_of, hint
from optiviz._lib.typing import Array, Bounds
from optiviz.analysis.many_runs import (
    check_layer_rate,
    hyperparameters,
    part_with,
    size_of_pass,
    stepping,
    with_settings,
)
from optiviz.analysis.stability import StabilityMap, critical_momentum, stability_map, target_of
from optiviz.analysis.stability_zoom import check_zoom, halvings, place_in, zoom_maps
from optiviz.objectives.surface import Limits
from optiviz.optimizers import Momentum
from optiviz.rendering.cell import Cell
from optiviz.rendering.glyphs import Box, Glyphs
from optiviz.rendering.marks.agg import dots, pen, rgba, stroke
from optiviz.rendering.marks.shapes import Image, Words
from optiviz.rendering.panels._shared.cell_map import (
    BANDS,
    NEVER,
    Cells,
    Swatch,
    above_key,
    band_of,
    diverged_color,
    draw_key,
    duration,
    inner_box,
    key_line_count,
    name_over_map,
    palette_of,
    tints,
)
from optiviz.rendering.panels._shared.log_axis import tick_text
from optiviz.rendering.panels._shared.run_selection import runs_of
from optiviz.rendering.panels._shared.spec import PanelSpec, Settings, Subject
from optiviz.rendering.panels._shared.zoom_image import ZoomImage, zoom_colors, zoom_palette, zoom_swatches
from optiviz.rendering.style import BLUE, Theme
from optiviz.runs.minimize import starting_point
from optiviz.runs.trajectory import Comparison

MAX_WORK = 2_000_000_000  # runs times steps times parameters times rows of data: about half a minute
MAX_ZOOM_WORK = 100 * MAX_WORK


def stability(
    cell: Cell,
    comparison: Comparison,
    *,
    run: str = "",
    x: str = "learning_rate",
    x_range: tuple[float, float] | None = None,
    x_log: bool = False,
    y: str = "",
    y_range: tuple[float, float] | None = None,
    y_log: bool = False,
    cells: Annotated[int, Bounds(10, 400)] = 120,
    tolerance: Annotated[float, Bounds(0, 1, open_low=True, open_high=True)] = 1e-3,
    lowest: float | None = None,
    theory: bool = True,
    noise: bool = False,
    stays: Annotated[float, Bounds(0, 1)] = 0.0,
    zoom: tuple[float, float, float] | None = None,
) -> None:
    """A map of two hyperparameters: blue where the rule arrives, paler the later, red where it diverges.

    The rule, the start and the steps are those of a run of the scene, whose own place is marked; noise and
    batches are left aside unless `noise` asks for them. A cell takes its colour at the step at which the run
    it stands for arrives, for good, or is lost.

    Parameters
    ----------
    run : str
        The label of the run; the first one unless given.
    x : str, default "learning_rate"
        A hyperparameter, as the rule calls it.
    y : str
        Another one; unless given momentum, or the first that the rule has. With none the map is one row.
    x_range, y_range : (low, high)
        From where to where; unless given all of [0, 1) for a share such as momentum, and from 0 to three
        times the run's own value for the rest.
    x_log, y_log : bool, default False
        Whether they are spaced evenly in their logarithm.
    cells : int, default 120
        How many values of each.
    tolerance : float, default 0.001
        The share of the first loss, above the lowest there is, at which a run has arrived.
    lowest : float
        The lowest loss there is, where it is not known.
    theory : bool, default True
        Draw the largest stable rate by theory, for GD, Momentum and NAG on quadratics; of Momentum on a round
        one also, thin, the momentum from which on it rings.
    noise : bool, default False
        Keep the noise and the batches of the run, with equal luck for all cells.
    stays : float, default 0
        The share of all steps for which a run must have stayed, at the end, to have arrived: under noise
        the last of them may be luck.
    zoom : (x, y, times)
        The map shows how its runs end, and is enlarged about the place (x, y), so many times at the last
        step. An hour of work at most, in pieces that are kept: a render that was stopped goes on.
    """
    one = runs_of(comparison, "stability", run)[0]
    rule, objective = cell.competitors[one.label], comparison.objectives[one.label]
    objective = objective if noise else without_noise(objective)
    given = {"x": (x, x_range, x_log), "y": (y, y_range, y_log)}
    axes = map_axes(rule, given, cells)
    y = list(axes)[1] if len(axes) > 1 else ""
    steps = cell.steps
    if zoom is not None:
        logs = {x: x_log, y: y_log}
        whole = {name: (*ends, logs[name]) for name, (_, ends) in axes.items()}
        maps = zoom_maps(
            objective, rule, whole, zoom[:2], zoom[2], cells, steps=steps, tolerance=tolerance,
            start=one.path[0], lowest=lowest, processes=spare_processes(),
        )  # fmt: skip
        draw_zoom(cell, one.label, maps, whole, zoom)
        return
    found = stability_map(
        objective,
        rule,
        {name: values for name, (values, _) in axes.items()},
        steps=steps,
        tolerance=tolerance,
        start=one.path[0],
        lowest=lowest,
        processes=spare_processes(),
    )
    found = replace(found, steps=np.where(found.steps > (1 - stays) * steps, -1, found.steps))
    entries = stability_swatches(found, steps, cell.theme)
    x_ends, y_ends = axes[x][1], axes[y][1] if y else (0.0, 1.0)
    line = border(found, y_ends) if theory else None
    if (
        line is not None
        and not ((line > (x_ends[0], y_ends[0])) & (line < (x_ends[1], y_ends[1]))).all(1).any()
    ):
        line = None  # out of sight
    told = [*entries, Swatch([np.array(rgba(cell.theme.ink))], "theory")]
    if line is not None and key_line_count(cell, told) == key_line_count(cell, entries):
        entries = told
    draw_key(cell, entries)
    left = above_key(cell, entries)
    across, up = map(spoken, (x, y))
    ax = left.axes([f"{one.label}: steps to arrive", one.label], across)
    ax.set(xlim=x_ends, ylim=y_ends)
    if not y:
        ax.set_yticks([])
    for log, scale, values in ((x_log, ax.set_xscale, ax.xaxis), (y_log, ax.set_yscale, ax.yaxis)):
        if log:
            scale("log")
            values.set_major_formatter(lambda value, _: tick_text(value))
    ax.minorticks_off()
    clip = inner_box(ax)
    cell.marks.append(Image(stability_cells(found, steps, cell.theme, clip).pixels, clip))
    if line is not None:
        draw_line(cell, ax.transData.transform(line), clip)
    if theory and found.round is not None and rings(rule, axes):
        rates = np.linspace(*x_ends, 400)
        thin = np.column_stack([rates, critical_momentum(rates, found.round)])
        draw_line(cell, ax.transData.transform(thin), clip, 0.45)
    name_over_map(cell, ax, up)
    own = [own_value(rule, name) for name in axes] + [0.5] * (not y)
    if all(isinstance(value, int | float) for value in own):
        place, look, size = ax.transData.transform([own]), cell.looks[one.label], 0.62 * cell.sizes["text"]
        color = rgba(look.color)
        cell.scenery(
            lambda drawn, _: dots(drawn, place, look.marker, size, color, cell.theme.casing, 2.0, clip), clip
        )


def draw_zoom(
    cell: Cell, label: str, maps: Any, axes: Mapping[str, Any], zoom: tuple[float, float, float]
) -> None:
    """A map that is enlarged about a place; how many times stands in its corner, and no numbers beside it."""
    entries = zoom_swatches(cell.steps, cell.theme)
    draw_key(cell, entries)
    across, up = map(spoken, axes)
    ax = above_key(cell, entries).axes([f"{label}: steps to arrive", label], across)
    ax.set(xticks=[], yticks=[])
    clip = inner_box(ax)
    place = [place_in(axis, at) for axis, at in zip(axes.values(), zoom, strict=False)]
    colors = [zoom_colors(arrived, lost, cell.steps) for arrived, lost in maps]
    palette = palette_of(zoom_palette(cell.theme))
    image = ZoomImage(colors, palette, (place[0], place[1]), zoom[2], cell.steps, clip)
    cell.marks.append(Image(image.pixels, clip))
    name_over_map(cell, ax, up)
    em = cell.sizes["text"]
    glyphs = Glyphs(em, cell.theme.ink, rim=cell.theme.casing)
    right, top = clip[2] - 0.5 * em, clip[3] - 1.2 * em
    cell.marks.append(Words(lambda step: f"{image.enlarged(step):,.0f}×", right, top, glyphs, 1.0))


def spoken(name: str) -> str:
    """A setting in words: `learning_rate@dense_1` is the learning rate of dense 1."""
    return name.replace("@", " of ").replace("_", " ")


def own_value(rule: Any, name: str) -> Any:
    """What a rule has for a setting; for that of a layer, its own."""
    base = name.partition("@")[0]
    return getattr(part_with(rule, base), base)


def rings(rule: Any, axes: Mapping[str, Any]) -> bool:
    """Whether the map is of the heavy ball over learning rate and momentum."""
    return type(rule) is Momentum and not rule.dampening and list(axes) == ["learning_rate", "momentum"]


def map_axes(
    rule: Any, given: Mapping[str, tuple[str, Limits | None, bool]], cells: int
) -> dict[str, tuple[Array, Limits]]:
    """The axes of a map by their hyperparameters: one, or two where the rule has another."""
    (x, x_range, x_log), (y, y_range, y_log) = given["x"], given["y"]
    if x == y:
        raise BadInput(f"has two hyperparameters, got '{x}' twice")
    axes = {x: axis(rule, "x", x, x_range, x_log, cells)}
    y = y or next((name for name in ("momentum", *hyperparameters(rule)) if is_other(rule, name, x)), "")
    return {**axes, y: axis(rule, "y", y, y_range, y_log, cells)} if y else axes


def is_other(rule: Any, name: str, taken: str) -> bool:
    """Whether a rule has that hyperparameter, as a number, besides the one that is taken."""
    if name == taken or name not in hyperparameters(rule):
        return False
    return isinstance(getattr(part_with(rule, name), name), int | float)


def axis(
    rule: Any, letter: str, name: str, ends: Limits | None, log: bool, count: int
) -> tuple[Array, Limits]:
    """The values of a hyperparameter in the middle of each cell, and the ends of its axis."""
    base = name.partition("@")[0]
    if base not in hyperparameters(rule):
        text = f"unknown hyperparameter of {type(rule).__name__} '{name}'{hint(name, hyperparameters(rule))}"
        raise BadInput(text, field=letter)
    part = part_with(rule, base)
    if ends is None:
        kind: Any = type(part)
        own, bounds = getattr(part, base), bounds_of(kind).get(base)
        if bounds is not None and bounds.high == 1:
            ends = (0.0, 1.0)
        elif isinstance(own, int | float) and own > 0:
            ends = (own / 30 if log else 0.0, 3.0 * own)
        else:
            raise BadInput(f"give {letter}_range, two numbers, for {name}", field=letter)
    low, high = ends
    if not low < high or (log and low <= 0):
        above = " above 0" * log
        raise BadInput(
            f"must be two numbers{above}, low then high, got {low:g} and {high:g}", field=f"{letter}_range"
        )
    middle = (np.arange(count) + 0.5) / count
    values = low * (high / low) ** middle if log else low + (high - low) * middle
    return values, (low, high)


def without_noise(objective: Any) -> Any:
    """The objective without noise, all of its data seen at every step."""
    none = {"noise": 0.0, "batch_size": None}
    own = {name: value for name, value in none.items() if getattr(objective, name, None)}
    return replace(objective, **own) if own else objective


def check_stability_cost(runs: int, steps: int, objective: Any, most: int = MAX_WORK) -> None:
    """Refuse a map that would take minutes, before it is begun; one that is kept in pieces may take hours."""
    size = int(np.size(objective.start)) * size_of_pass(objective)
    work = runs * steps * size
    if work > most:
        raise BadInput(
            f"takes too long: {runs:,} runs times {steps:,} steps times {size:,} numbers each are {work:,}; "
            f"the limit is {most:,} - fewer cells, or fewer steps"
        )


def palette(theme: Theme) -> list[Array]:
    """The ground, the shades of those that arrive, and the colour of those that diverge."""
    blue = theme.lighter.get(BLUE, BLUE)
    return [np.array(rgba(theme.ground)), *tints(blue, theme), diverged_color(theme)]


def stability_cells(found: StabilityMap, steps: int, theme: Theme, clip: Box) -> Cells:
    """A map as cells that take their colour when a run arrives or is lost."""
    gone = found.stopped_at >= 0
    color = np.where(gone, BANDS + 1, 1 + band_of(found.steps, steps)).astype(np.uint8)
    since = np.where(gone, found.stopped_at, np.where(found.steps >= 0, found.steps, NEVER))
    rows = (-1, color.shape[-1])
    return Cells(color.reshape(rows), since.reshape(rows), palette_of(palette(theme)), clip)


def stability_swatches(found: StabilityMap, steps: int, theme: Theme) -> list[Swatch]:
    """What the key says of a map."""
    ground, *shades, gone = palette(theme)
    entries = [Swatch(shades, duration(steps))]
    if ((found.steps < 0) & (found.stopped_at < 0)).any():
        entries.append(Swatch([ground], "not there"))
    if (found.stopped_at >= 0).any():
        entries.append(Swatch([gone], "diverged"))
    return entries


def border(found: StabilityMap, y_ends: Limits) -> Array | None:
    """(M, 2) the largest stable rates as a line in the data; None where theory is silent."""
    if found.limit is None:
        return None
    if len(found.names) == 1:  # from the bottom to the top
        return np.column_stack([np.full(9, found.limit), np.linspace(*y_ends, 9)])
    across = found.names[0] == "learning_rate"
    other = found.values[1 if across else 0]
    return np.column_stack([found.limit, other] if across else [other, found.limit])


def draw_line(cell: Cell, pixels: Array, clip: Box, width: float = 0.75) -> None:
    """A line above the map, `width` times as wide as a trail."""

    def paint(renderer: Any, moment: Any) -> None:
        stroke(renderer, pen(cell.theme.casing, 2 * width * cell.line_width, clip, renderer), pixels)
        stroke(renderer, pen(cell.theme.ink, width * cell.line_width, clip, renderer), pixels)

    cell.scenery(paint, clip)


def check_runs(subject: Subject, settings: Settings) -> None:
    """Refuse hyperparameters that the rule does not have, and maps that would take minutes."""
    label, _ = subject.chosen(settings["run"])
    rule, objective = stepping_run(subject, label)
    given = {key: (settings[key], settings[f"{key}_range"], settings[f"{key}_log"]) for key in "xy"}
    axes = map_axes(rule, given, settings["cells"])
    values = {name: values for name, (values, _) in axes.items()}
    for name in axes:
        check_layer_rate(rule, name, getattr(objective, "variables", None))
    maps, most, zoom = 1, MAX_WORK, settings["zoom"]
    if zoom is not None:
        logs = (settings["x_log"], settings["y_log"])
        whole = {name: (*ends, log) for (name, (_, ends)), log in zip(axes.items(), logs, strict=False)}
        check_zoom(whole, zoom[:2], zoom[2])
        maps, most = 1 + halvings(zoom[2]), MAX_ZOOM_WORK
    check_stability_cost(maps * settings["cells"] ** len(axes), subject.scene.steps, objective, most)
    check_map(subject, label, objective, values, settings)


def stepping_run(subject: Subject, label: str) -> tuple[Any, Any]:
    """The rule of a run, which must take many places at once, and what it descends, without noise."""
    try:
        rule = stepping(subject.scene.runs[label].optimizer)
    except BadInput:
        raise BadInput(
            f"cannot run '{label}' with many settings at once: a solver of scipy takes one"
        ) from None
    return rule, without_noise(subject.objectives[label])


def check_map(
    subject: Subject, label: str, objective: Any, values: dict[str, Array], settings: Settings
) -> None:
    """Refuse what `stability_map` would, before any of it is worked out."""
    with_settings(stepping(subject.scene.runs[label].optimizer), values)
    own = subject.scene.runs[label].start
    start = starting_point(objective, own)
    target_of(objective, start, settings["tolerance"], settings["lowest"])


SPEC = PanelSpec(runs=(check_runs,), own_clock=lambda settings: settings["zoom"] is not None)
