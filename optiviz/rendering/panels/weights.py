"""Weight matrices of a network: as heat maps, one a layer, or as lines over time."""

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from optiviz.nn.network import Network
from optiviz.rendering.cell import Cell
from optiviz.rendering.glyphs import Box, Glyphs
from optiviz.rendering.marks.agg import box_of, rgba
from optiviz.rendering.marks.shapes import Bundle, Image, Scenery
from optiviz.rendering.panels._shared.needs import a_network
from optiviz.rendering.panels._shared.network_runs import (
    Learner,
    cached_by_step,
    class_looks,
    learner,
    rows_at,
)
from optiviz.rendering.panels._shared.spec import PanelSpec
from optiviz.rendering.style import BLUE, VERMILION
from optiviz.runs.trajectory import Comparison
from optiviz.scene.numbers import MINUS, number

MOST_LINES = 240  # of a layer; a larger one shows every so-many-th weight
MOST_CELLS = 300  # rows and columns of a heat map; a larger matrix shows every so-many-th
MOST_PLACES = 800  # of a line over time


class Matrix(NamedTuple):
    """A weight of the network, and where it is drawn."""

    name: str
    shape: tuple[int, int]
    box: Box


def weights(
    cell: Cell, comparison: Comparison, *, run: str = "", show: Literal["maps", "lines"] = "maps"
) -> None:
    """Every weight of a network: blue below zero, red above, on one scale for the whole clip.

    Parameters
    ----------
    run : str
        The label of the run whose network is shown; the first one unless given.
    show : "maps" or "lines"
        A heat map of each layer, a row for each input and one apart for the bias; or each weight as a line
        over time, in the colour of its layer.
    """
    shown = learner(comparison, "weights", run)
    headings = [f"{shown.run.label}: weights", "Weights"]
    if show == "lines":
        lines(cell, shown, headings)
    else:
        maps(cell, shown, headings)


def largest_weight(shown: Learner) -> float:
    """The largest size that a weight has in the whole run."""
    path = shown.run.path
    return float(max(path.max(), -path.min())) or 1.0


# ------------------------------------------------------------------------------------------- heat maps


def maps(cell: Cell, shown: Learner, headings: Sequence[str]) -> None:
    """A heat map of each weight matrix."""
    cell.heading(headings)
    network, limit = shown.training.network, largest_weight(shown)
    colors = diverging(cell.theme.ground)
    matrices = matrix_layout(cell, network)
    for matrix in matrices:
        cell.marks.append(Image(heat_map(shown, matrix, limit, colors), matrix.box))
        draw_map_border(cell, matrix.box)
    draw_matrix_shapes(cell, network, matrices)
    scale(cell, limit, colors)
    draw_weight_values(cell, shown, matrices)


def diverging(ground: str) -> NDArray[np.uint8]:
    """(255, 4) colours from the most negative over the ground, at 127, to the most positive."""
    middle = np.array(rgba(ground))
    share = np.abs(np.linspace(-1, 1, 255))[:, np.newaxis] ** 0.8
    ends = np.where(np.arange(255)[:, np.newaxis] < 127, rgba(BLUE), rgba(VERMILION))
    found: NDArray[np.uint8] = ((middle + share * (ends - middle)) * 255 + 0.5).astype(np.uint8)
    return found


def matrix_layout(cell: Cell, network: Network) -> list[Matrix]:
    """The kernels side by side, wider for more units, each with its bias below it."""
    em = cell.sizes["text"]
    left, bottom, wide, high = cell.box
    x, room = left + 1.2 * em, wide - 6.2 * em  # the rest is for the scale
    top, below = bottom + high - 2.2 * em, bottom + 2.4 * em
    layers = layer_weights(network)
    share = np.sqrt([shape[-1] for _, shape in (layer[0] for layer in layers)])
    gap = 0.9 * em
    widths = (room - gap * (len(layers) - 1)) * share / share.sum()
    found = []
    for layer, width in zip(layers, widths, strict=True):
        rows = sum(shape[0] for _, shape in layer)
        apart = 0.35 * em * (len(layer) - 1)
        y, unit = top, (top - below - apart) / rows
        for name, shape in layer:
            height = unit * shape[0]
            if len(layer) > 1:  # a bias under many rows is still seen
                least = 0.6 * em
                height = max(height, least) if len(shape) > 1 and name != layer[0][0] else height
                height = min(height, top - below - apart - least * (len(layer) - 1))
            found.append(Matrix(name, shape, (int(x), int(y - height), int(x + width), int(y))))
            y -= height + 0.35 * em
        x += width + gap
    return found


def layer_weights(network: Network) -> list[list[tuple[str, tuple[int, int]]]]:
    """For each layer with a kernel the names and shapes, as tables, of its kernel and bias."""
    found = []
    for name, place in network.parameters.items():
        if name.endswith("/kernel"):
            layer = [(name, (place.shape[0], place.shape[1]))]
            bias = name.removesuffix("kernel") + "bias"
            if bias in network.parameters:
                layer.append((bias, (1, place.shape[1])))
            found.append(layer)
    return found


def heat_map(
    shown: Learner, matrix: Matrix, limit: float, colors: NDArray[np.uint8]
) -> Callable[[int], NDArray[np.uint8]]:
    """The picture of one matrix at a step, one rectangle a weight."""
    left, bottom, right, top = matrix.box
    rows = ((np.arange(top - bottom) + 0.5) / (top - bottom) * matrix.shape[0]).astype(int)
    columns = ((np.arange(right - left) + 0.5) / (right - left) * matrix.shape[1]).astype(int)
    at = shown.training.network.parameters[matrix.name].at
    whole = colors.view(np.uint32)[:, 0]

    def picture(step: int) -> NDArray[np.uint8]:
        table = shown.theta(step)[at].reshape(matrix.shape)
        small = whole[np.clip(np.round(127 + 127 * table / limit), 0, 254).astype(np.intp)]
        found: NDArray[np.uint8] = small[rows[:, np.newaxis], columns].view(np.uint8)
        return found.reshape(len(rows), len(columns), 4)

    return cached_by_step(picture)


def draw_map_border(cell: Cell, box: Box) -> None:
    """A hairline around a map."""
    from matplotlib.patches import Rectangle

    width, height = cell.figure.canvas.get_width_height()
    left, bottom, right, top = box
    place, size = (
        ((left - 1) / width, (bottom - 1) / height),
        ((right - left + 2) / width, (top - bottom + 2) / height),
    )
    cell.figure.add_artist(
        Rectangle(place, *size, fill=False, edgecolor=cell.theme.faint, transform=cell.figure.transFigure)
    )


def draw_matrix_shapes(cell: Cell, network: Network, matrices: Sequence[Matrix]) -> None:
    """Below each layer, from how many inputs to how many units it leads."""
    width, height = cell.figure.canvas.get_width_height()
    em = cell.sizes["text"]
    y = (cell.box[1] + 1.1 * em) / height
    kernels = [matrix for matrix in matrices if matrix.name.endswith("/kernel")]
    glyphs = cell.glyphs("text")
    words = [f"{matrix.shape[0]}→{matrix.shape[1]}" for matrix in kernels]
    if any(glyphs.width(word) > m.box[2] - m.box[0] + em for word, m in zip(words, kernels, strict=True)):
        words = [str(k + 1) for k in range(len(kernels))]
    for word, matrix in zip(words, kernels, strict=True):
        x = (matrix.box[0] + matrix.box[2]) / 2 / width
        cell.figure.text(x, y, word, size=cell.points("text"), color=cell.theme.ink, ha="center", va="center")


def scale(cell: Cell, limit: float, colors: NDArray[np.uint8]) -> None:
    """What the colours mean, on the right."""
    em = cell.sizes["text"]
    width, height = cell.figure.canvas.get_width_height()
    left, bottom, wide, high = cell.box
    right, top = int(left + wide - 3.6 * em), int(bottom + high - 2.2 * em)
    box = (right - int(0.6 * em), int(bottom + 2.4 * em), right, top)
    rows = ((np.arange(box[3] - box[1])[::-1] + 0.5) / (box[3] - box[1]) * len(colors)).astype(int)
    picture = np.repeat(colors[rows][:, np.newaxis], box[2] - box[0], axis=1)

    def paint(renderer: object) -> None:
        pixels = np.asarray(renderer.buffer_rgba())  # type: ignore[attr-defined]
        pixels[height - box[3] : height - box[1], box[0] : box[2]] = picture

    cell.stills.append(paint)
    for value, y in ((limit, box[3] - 0.4 * em), (0.0, (box[1] + box[3]) / 2), (-limit, box[1] + 0.4 * em)):
        text = number(value, 2)
        x = (box[2] + 0.3 * em) / width
        cell.figure.text(x, y / height, text, size=cell.points("text"), color=cell.theme.ink, va="center")


def draw_weight_values(cell: Cell, shown: Learner, matrices: Sequence[Matrix]) -> None:
    """The weights in figures, where all rectangles have room for them."""
    em = cell.sizes["text"]
    for *_, shape, (left, bottom, right, top) in matrices:
        if (right - left) / shape[1] < 2.6 * em or (top - bottom) / shape[0] < 1.3 * em:
            return
    network = shown.training.network
    light, dark = Glyphs(em, cell.theme.ground), Glyphs(em, cell.theme.ink)
    limit = largest_weight(shown)

    def paint(renderer: object, moment: object) -> None:
        pixels = np.asarray(renderer.buffer_rgba())  # type: ignore[attr-defined]
        theta = shown.theta(moment.step)  # type: ignore[attr-defined]
        for name, shape, (left, bottom, right, top) in matrices:
            table = theta[network.parameters[name].at].reshape(shape)
            wide, high = (right - left) / shape[1], (top - bottom) / shape[0]
            for (i, k), value in np.ndenumerate(table):
                glyphs = light if abs(value) > 0.6 * limit else dark
                x, y = left + (k + 0.5) * wide, top - (i + 0.5) * high - 0.36 * em
                glyphs.write(pixels, figures(value), x, y, 0.5)

    for *_, box in matrices:
        cell.marks.append(Scenery(lambda renderer, moment: None, box))
    cell.marks[-1] = Scenery(paint, around_all([matrix.box for matrix in matrices]))


def figures(value: float) -> str:
    """A number in about four letters.

    >>> figures(-0.123), figures(121.5), figures(3253.5)
    ('−0.12', '121.5', '3254')
    """
    places = 2 if abs(value) < 9.995 else 1 if abs(value) < 999.95 else 0
    return f"{value:.{places}f}".replace("-", MINUS)


def around_all(boxes: Sequence[Box]) -> Box:
    """The smallest box that holds all of them."""
    left, bottom, right, top = zip(*boxes, strict=True)
    return min(left), min(bottom), max(right), max(top)


# ---------------------------------------------------------------------------------------------- lines


def lines(cell: Cell, shown: Learner, headings: Sequence[str]) -> None:
    """Each weight against the steps, the layers in different colours."""
    run, network = shown.run, shown.training.network
    rows = shown.rows(MOST_PLACES)
    steps = shown.times[rows]
    limit = 1.06 * largest_weight(shown)
    ax = cell.axes(headings, cell.counted)
    ax.set(xlim=(0, max(steps[-1] / cell.pace, 1)), ylim=(-limit, limit))
    ax.axhline(0, color=cell.theme.faint, linewidth=cell.fine)
    last = rows_at(steps, np.arange(int(np.ceil(steps[-1])) + 1))
    layers = layer_weights(network)
    width = cell.line_width * (0.45 if network.size > 30 else 0.9)
    for layer, look in reversed(list(zip(layers, class_looks(cell.theme), strict=False))):
        places = np.concatenate([np.arange(network.size)[network.parameters[name].at] for name, _ in layer])
        values = run.path[np.ix_(rows, evenly_spaced(places, MOST_LINES))].T  # (L, V)
        points = np.stack([np.broadcast_to(steps / cell.pace, values.shape), values], axis=-1)
        pixels = ax.transData.transform(points.reshape(-1, 2)).reshape(points.shape)
        cell.marks.append(Bundle(pixels, last, look.color, width, box_of(ax)))
    names_of_layers(cell, ax, len(layers))


def evenly_spaced(places: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """At most so many of them, evenly."""
    some: NDArray[np.int64] = np.unique(np.linspace(0, len(places) - 1, min(most, len(places))).astype(int))
    return places[some]


def names_of_layers(cell: Cell, ax: object, count: int) -> None:
    """The numbers of the layers in their colours, within the axes on top."""
    width, height = cell.figure.canvas.get_width_height()
    em = cell.sizes["text"]
    left, _, _, top = box_of(ax)
    x, glyphs = left + 0.5 * em, cell.glyphs("text")
    for k, look in enumerate(class_looks(cell.theme)[:count]):
        word = f"layer {k + 1}" if k == 0 else str(k + 1)
        cell.figure.text(
            x / width, (top - 0.9 * em) / height, word,
            size=cell.points("text"), color=look.color, va="center", weight="bold",
        )  # fmt: skip
        x += 1.15 * glyphs.width(word) + 0.7 * em


SPEC = PanelSpec(problem=(a_network,))
