"""Basins of attraction: which minimum a rule finds from every start, as a map that fills step by step."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.errors import BadInput
from optiviz._lib.parallel import spare_processes
from optiviz._lib.typing import Array, Bounds
from optiviz.analysis.basins import DIVERGED, NONE, BasinMap, local_minima, maps_of
from optiviz.analysis.many_runs import with_settings
from optiviz.objectives.base import Objective, replaced
from optiviz.objectives.surface import Limits, Surface
from optiviz.optimizers.function import as_optimizer
from optiviz.rendering.cell import Cell
from optiviz.rendering.glyphs import Box, Glyphs
from optiviz.rendering.marks.agg import dots, rgba
from optiviz.rendering.marks.notes import Landmark
from optiviz.rendering.marks.shapes import Image, Words
from optiviz.rendering.marks.trails import Route
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
from optiviz.rendering.panels._shared.needs import a_surface, ascending
from optiviz.rendering.panels._shared.run_selection import path_route, runs_of
from optiviz.rendering.panels._shared.spec import PanelSpec, Settings, Subject
from optiviz.rendering.style import GREY, Theme
from optiviz.runs.scipy_solvers import Scipy
from optiviz.runs.trajectory import Comparison
from optiviz.scene.numbers import exact

MAX_WORK = 1_000_000_000  # starts times steps times rates: about half a minute of two cores
MAX_CELLS = 2**26  # of all maps of a panel, a byte each
# Of the minima, in their order. Pale as they are in a map they stay apart, and off the ground, for eyes too
# that see no red or no green. Okabe and Ito's do not: their green and purple become one.
ON_LIGHT = ("#56b4e9", "#e69f00", "#00664b", "#ddcc77", "#4a3ab0")
ON_DARK = ("#8fd0f5", "#f0a830", "#009e73", "#fff3b0", "#8a5be8")
OTHERS, OTHER = GREY, len(ON_LIGHT)  # of all further minima
TIME = 99  # the entry of a key that tells what the shades mean
MOST_VERTICES = 4000  # of a path over a map
LETTERS = "ABCDE"  # of the minima, where their places have no room in the key
MOST_LINES = 2  # of a key; where the places of the minima would take more they have letters


def basins(
    cell: Cell,
    comparison: Comparison,
    *,
    run: str = "",
    starts: Annotated[int, Bounds(20, 1000)] = 300,
    over: Literal["steps", "learning_rate"] = "steps",
    rates: tuple[float, float] | None = None,
    log: bool = False,
    maps: Annotated[int, Bounds(2, 200)] = 60,
    xlim: tuple[float, float] | None = None,
    ylim: tuple[float, float] | None = None,
    tolerance: Annotated[float, Bounds(0, open_low=True)] | None = None,
    path: bool = False,
    key: bool = True,
) -> None:
    """A map of starts in the colours of the minima that are reached from there; paler where it takes longer.

    Parameters
    ----------
    run : str
        The label of the run whose rule is started everywhere, without noise; the first one unless given.
    starts : int, default 300
        The map has at most so many starts squared; fewer where it has fewer pixels.
    over : "steps" or "learning_rate"
        What changes in the course of the clip. "steps": each start takes its colour when its run arrives.
        "learning_rate": the whole map again for each of `maps` rates, which the heading tells; every run
        takes the steps of the scene.
    rates : (low, high)
        With `over = "learning_rate"`: the first and the last rate.
    log : bool, default False
        Space the rates evenly in their logarithm.
    maps : int, default 60
        How many rates are worked out.
    xlim, ylim : (low, high)
        The part of the plane; the window of the surface unless given.
    tolerance : float
        How near a run must come to a minimum, and stay; a hundredth of the window unless given.
    path : bool, default False
        Draw the way of the run itself over the map.
    key : bool, default True
        Say below the map which colour is which minimum.
    """
    one, surface = runs_of(comparison, "basins", run)[0], comparison.objective
    assert isinstance(surface, Surface)
    steps, growing = cell.steps, over == "steps"
    window = xlim or surface.xlim, ylim or surface.ylim
    surface = replaced(surface, noise=0.0)
    minima = local_minima(surface)
    entries, lettered = basin_swatches(cell, minima, window, steps)
    left = above_key(cell, list(entries.values())) if key else cell
    left = left.at_true_scale(window, "x")
    ax = left.axes([one.label if growing else ""], "x")
    ax.set(xlim=window[0], ylim=window[1])
    clip = inner_box(ax)
    grid = grid_of(clip, ax.transData.inverted().transform(np.reshape(clip, (2, 2))), starts)
    count = 1 if growing else min(maps, steps + 1)
    check_basin_cost(len(grid[0]), len(grid[1]), steps, count)
    values = None if rates is None else np.geomspace(*rates, count) if log else np.linspace(*rates, count)
    palette, rule = palette_of(colors_of(cell.theme)), cell.competitors[one.label]
    pictures, present = [], set[int]()
    many = spare_processes()
    for found in maps_of(surface, rule, values, grid, steps, tolerance, minima, processes=many):
        pictures.append(basin_cells(found, steps, palette, clip, growing))
        present |= outcomes_of(found)
    if key:
        draw_key(cell, [entry for outcome, entry in entries.items() if outcome in present])
    shown = lambda step: round(step / steps * (count - 1))  # which of the maps
    cell.marks.append(Image(lambda step: pictures[shown(step)].pixels(step), clip))
    draw_basin_stars(cell, ax.transData.transform(minima), clip, lettered and key)
    cell.landmarks.extend(Landmark((x, y), "") for x, y in minima.tolist())
    name_over_map(cell, ax, "y")
    if values is not None:
        draw_map_heading(left, rate_headings(left, one.label, values), shown, clip[0] - 1.0)
    if path:
        cell.trails([over_picture(path_route(ax, comparison, one, one.path))], [one])


def check_basin_cost(across: int, up: int, steps: int, count: int) -> None:
    """Refuse a map that would take minutes, before it is begun."""
    work = across * up * steps * count
    if work > MAX_WORK or across * up * count > MAX_CELLS:
        times = f" times {count} rates" if count > 1 else ""
        fewer = " or `maps`" if count > 1 else ""
        raise BadInput(
            f"panel 'basins': {across} x {up} starts times {steps:,} steps{times} are {work:,} steps in all; "
            f"the limit is {MAX_WORK:,} - a smaller `starts`{fewer} will do"
        )


def grid_of(clip: Box, corners: Array, starts: int) -> tuple[Array, Array]:
    """x (X,) and y (Y,): a start in the middle of each square of pixels, about `starts` squared at most.

    `corners` (2, 2) are the lower left and the upper right one of `clip`, in the data.
    """
    sides = clip[2] - clip[0], clip[3] - clip[1]
    square = max(int(np.ceil(np.sqrt(sides[0] * sides[1]) / starts - 0.25)), 1)
    counts = [max(round(side / square), 1) for side in sides]
    (x0, y0), (x1, y1) = corners
    across, up = ((np.arange(count) + 0.5) / count for count in counts)
    return x0 + (x1 - x0) * across, y0 + (y1 - y0) * up


def hues(theme: Theme) -> tuple[str, ...]:
    """The colours of the first minima, and that of all others."""
    return (*(ON_DARK if sum(rgba(theme.ground)[:3]) < 1.5 else ON_LIGHT), OTHERS)


def colors_of(theme: Theme) -> list[Array]:
    """The ground, the shades of each minimum and of all others, and the colour of the runs that diverged."""
    shades = [shade for color in hues(theme) for shade in tints(color, theme)]
    return [np.array(rgba(theme.ground)), *shades, diverged_color(theme)]


def basin_cells(found: BasinMap, steps: int, palette: NDArray[np.uint8], clip: Box, growing: bool) -> Cells:
    """A map as cells in the colours of `colors_of`; not `growing`, it is there from the first frame on."""
    minimum = np.minimum(found.minimum, OTHER)
    color = (1 + BANDS * np.maximum(minimum, 0) + band_of(found.steps, steps)).astype(np.uint8)
    color[minimum == NONE] = 0
    color[minimum == DIVERGED] = len(palette) - 1
    since = np.where(found.steps >= 0, found.steps, NEVER) if growing else np.zeros((1, 1), dtype=np.int64)
    return Cells(color, since, palette, clip)


def basin_swatches(
    cell: Cell, minima: Array, window: tuple[Limits, Limits], steps: int
) -> tuple[dict[int, Swatch], bool]:
    """What a key may say, by the outcome: a minimum in the window by its place, others, none, diverged.

    Where the places have no room the minima have letters instead, and it is told that they do.
    """
    theme, (x_limits, y_limits) = cell.theme, window
    rest = {
        NONE: Swatch([np.array(rgba(theme.ground))], "none"),
        DIVERGED: Swatch([diverged_color(theme)], "diverged"),
        TIME: Swatch(tints(theme.ink, theme), duration(steps)),
    }
    if len(minima) > OTHER:
        rest[OTHER] = Swatch([tints(OTHERS, theme)[0]], "others")
    named = {
        k: Swatch([tints(hues(theme)[k], theme)[0]], f"({exact(x, 2)}, {exact(y, 2)})")
        for k, (x, y) in enumerate(minima[:OTHER])
        if x_limits[0] <= x <= x_limits[1] and y_limits[0] <= y <= y_limits[1]
    }
    letters = {k: replace(swatch, text=LETTERS[k]) for k, swatch in named.items()}
    for found, lines in ((named, MOST_LINES), (letters, MOST_LINES), (letters, MOST_LINES + 1)):
        if key_line_count(cell, [*found.values(), *rest.values()]) <= lines:
            return found | rest, found is letters
    return rest, False


def outcomes_of(found: BasinMap) -> set[int]:
    """What a map shows, as `basin_swatches` calls it; what less than 1 in 2,000 starts do is left out."""
    outcomes, counts = np.unique(np.minimum(found.minimum, OTHER), return_counts=True)
    common = counts > found.minimum.size / 2000
    return {TIME, *outcomes[common].tolist()}


def draw_basin_stars(cell: Cell, pixels: Array, clip: Box, lettered: bool) -> None:
    """A star at each minimum, above the map, in its colour; `lettered` with its letter above it."""
    em, theme = cell.sizes["text"], cell.theme
    size = max(0.85 * em, 13.0)
    colors = [rgba(color) for color in (*hues(theme), *[OTHERS] * len(pixels))]

    def paint(renderer: Any, moment: Any) -> None:
        for place, color in zip(pixels, colors, strict=False):
            dots(renderer, place[None], "*", size, color, theme.ink, min(2.0, em / 12), clip)

    cell.scenery(paint, clip)
    glyphs = Glyphs(cell.sizes["text"], theme.ink, bold=True, rim=theme.casing)
    for letter, (x, y) in zip(LETTERS, pixels.tolist() if lettered else (), strict=False):
        if clip[0] < x < clip[2] and clip[1] < y < clip[3]:
            cell.marks.append(Words(partial(said, letter), x, y + 0.6 * size, glyphs, 0.5))


def said(text: str, step: int) -> str:
    """A text that stays."""
    return text


def over_picture(route: Route) -> Route:
    """A route that is drawn whole in every frame, as the picture below it is; a very long one is thinned."""
    kept = np.unique(np.linspace(0, len(route.pixels) - 1, MOST_VERTICES).round().astype(np.int64))
    pixels, seen = route.pixels[kept], np.zeros(len(kept), dtype=bool)
    last = np.searchsorted(kept, route.last, side="right") - 1
    turning = lambda moment: (pixels, seen)
    return replace(route, points=route.points[kept], pixels=pixels, last=np.maximum(last, 0), turning=turning)


def rate_headings(cell: Cell, label: str, rates: Array) -> list[str]:
    """The label of a run with each of the rates, in as many words as there is room for."""
    finest = float(np.diff(rates).min()) if len(rates) > 1 else float(rates[0])
    decimals = min(max(0, -int(np.floor(np.log10(finest)))), 9)
    forms = (f"{label}: learning rate {{}}", f"{label}: rate {{}}", f"{label}: {{}}", "{}")
    texts = [[form.format(f"{rate:.{decimals}f}") for rate in rates] for form in forms]
    room, glyphs = cell.box[2] - 2.9 * cell.sizes["text"], heading_glyphs(cell)
    return next((some for some in texts if glyphs.width(some[-1]) < room), texts[-1])


def draw_map_heading(cell: Cell, texts: Sequence[str], shown: Callable[[int], int], x: float) -> None:
    """Above the map one of some texts, where the heading of a panel stands: from pixel `x` on."""
    _, bottom, _, high = cell.box
    base = bottom + high - 1.08 * cell.sizes["text"]
    cell.marks.append(Words(lambda step: texts[shown(step)], x, base, heading_glyphs(cell)))


def heading_glyphs(cell: Cell) -> Glyphs:
    """The type of a heading that changes."""
    return Glyphs(cell.sizes["heading"], cell.theme.ink, bold=True, rim=cell.theme.rim)


def check_problem(objective: Objective, settings: Settings) -> None:
    """Refuse what is no surface, and settings that do not belong together."""
    a_surface(objective, settings)
    rates = settings["rates"]
    if settings["over"] == "steps":
        if rates is not None:
            raise BadInput("rates belong to over = 'learning_rate'", field="rates")
    elif rates is None or not 0 < rates[0] < rates[1]:
        got = "" if rates is None else f", got {rates[0]:g} and {rates[1]:g}"
        raise BadInput(f"must be two numbers above 0, low then high{got}", field="rates")
    elif settings["path"]:
        raise BadInput("a path has one rate; it belongs to over = 'steps'", field="path")


def check_runs(subject: Subject, settings: Settings) -> None:
    """Refuse a rule that takes one start at a time, or has no rate to change."""
    label, run = subject.chosen(settings["run"])
    own = "run" if settings["run"] else ""
    if isinstance(as_optimizer(run.optimizer), Scipy):
        raise BadInput(f"cannot run '{label}' from many starts: a solver of scipy takes one", field=own)
    if settings["over"] == "learning_rate":
        with_settings(as_optimizer(run.optimizer), {"learning_rate": np.array(settings["rates"])})


SPEC = PanelSpec(
    problem=(check_problem, ascending("xlim"), ascending("ylim")),
    runs=(check_runs,),
    own_clock=lambda settings: settings["over"] != "steps",
)
