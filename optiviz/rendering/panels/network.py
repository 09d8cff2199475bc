"""Network diagram: neurons, and the weights between them as lines of one width and colour each."""

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
from matplotlib.colors import to_hex
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, IdentityTransform
from numpy.typing import NDArray

from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array, Bounds
from optiviz.objectives.base import Objective
from optiviz.rendering.cell import Cell
from optiviz.rendering.glyphs import Glyphs
from optiviz.rendering.marks.agg import CODES, marker_path, pen, rgba
from optiviz.rendering.panels._shared.needs import a_network
from optiviz.rendering.panels._shared.network_runs import Learner, cached_by_step, learner
from optiviz.rendering.panels._shared.spec import PanelSpec, Settings
from optiviz.rendering.panels.weights import figures, largest_weight
from optiviz.rendering.style import BLUE, VERMILION
from optiviz.runs.trajectory import Comparison

MOST_NEURONS = 14  # of a layer that are drawn; of a larger one every so-many-th
WIDTHS = 8  # classes of width; all lines of one class are drawn at once
SMALL = 24  # weights of a network whose numbers are written


def network(
    cell: Cell,
    comparison: Comparison,
    *,
    run: str = "",
    numbers: bool | None = None,
    example: Annotated[int, Bounds(low=0, high=1_000_000)] = 0,
) -> None:
    """The neurons, and between them the weights: blue below zero, red above, wider for larger ones.

    Parameters
    ----------
    run : str
        The label of the run whose network is shown; the first one unless given.
    numbers : bool, optional
        Whether weights stand at the lines and activations in the neurons; in small networks unless given.
    example : int
        The row of the data, from 0, that is sent through the network for these activations.
    """
    shown = learner(comparison, "network", run)
    net = shown.training.network
    cell.heading([f"{shown.run.label}: network", "Network"])
    layers = [name.rsplit("/", 1)[0] for name in net.parameters if name.endswith("/kernel")]
    places = [net.parameters[f"{name}/kernel"] for name in layers]
    widths = [places[0].shape[0], *(place.shape[1] for place in places)]
    drawn = [neurons_to_draw(width) for width in widths]
    if numbers is None:
        numbers = sum(int(np.prod(place.shape)) for place in places) <= SMALL and cell.box[2] > 500
    em = cell.sizes["text"]
    left, bottom, wide, high = cell.box
    most = max(map(len, drawn))
    radius = min(0.36 * (high - 4.0 * em) / most, 2.1 * em if numbers else 0.95 * em)
    x = np.linspace(left + 1.6 * em + radius, left + wide - 1.6 * em - radius, len(drawn))
    middle, pitch = bottom + 1.4 * em + (high - 3.8 * em) / 2, (high - 3.8 * em) / most
    spots = [
        np.column_stack(
            [np.full(len(some), at), middle - pitch * (np.arange(len(some)) - (len(some) - 1) / 2)]
        )
        for at, some in zip(x, drawn, strict=True)
    ]
    fans = [pairs(a, b) for a, b in zip(spots, spots[1:], strict=False)]
    labels = [weight_label_positions(fan, radius, em) for fan in fans]
    lines, cuts = np.concatenate(fans), np.cumsum([len(fan) for fan in fans])[:-1]  # lines (L, 2, 2)
    glyphs = cell.glyphs("text")
    limit = largest_weight(shown)

    def values(step: int) -> Array:
        """(L,) the weights of the lines that are drawn."""
        theta = shown.theta(step)
        kernels = [theta[place.at].reshape(place.shape) for place in places]
        parts = [k[np.ix_(a, b)] for k, a, b in zip(kernels, drawn, drawn[1:], strict=False)]
        return np.concatenate([part.ravel() for part in parts])

    worth = cached_by_step(values)
    signals = cached_by_step(lambda step: activations_of(shown, layers, drawn, example, shown.theta(step)))
    box = (int(left), int(bottom), int(left + wide), int(bottom + high - 2.2 * em))

    def paint(renderer: Any, moment: Any) -> None:
        weights = worth(moment.step)
        if numbers:
            renderer.buffer_rgba()  # says at once that this is no drawing of paths alone
        draw_lines(cell, renderer, lines, weights, limit)
        if numbers:
            for some, places_of in zip(np.split(weights, cuts), labels, strict=True):
                if places_of is not None:
                    write_weights(glyphs, renderer, cell.theme.ground, places_of, some)
        written = glyphs if numbers else None
        draw_neurons(cell, renderer, spots, signals(moment.step), radius, written)

    cell.scenery(paint, box)
    draw_layer_sizes(cell, widths, drawn, x, middle - pitch * most / 2)


def neurons_to_draw(width: int) -> NDArray[np.int64]:
    """Which neurons of a layer are drawn."""
    return np.unique(np.linspace(0, width - 1, min(width, MOST_NEURONS)).round().astype(np.int64))


def pairs(a: Array, b: Array) -> Array:
    """(len(a) * len(b), 2, 2) a line from each of a to each of b, ordered as a kernel is."""
    return np.stack([np.repeat(a, len(b), axis=0), np.tile(b, (len(a), 1))], axis=1)


def activations_of(
    shown: Learner, layers: Sequence[str], drawn: Sequence[NDArray[np.int64]], example: int, theta: Array
) -> list[Array]:
    """The inputs and what each layer of neurons makes of them, up to the next one."""
    net, training = shown.training.network, shown.training
    row = training.X[example : example + 1]
    found = net.forward(theta, row, training.statistics(theta) if net.normalizes else None)
    names = list(net.names)
    ends = [names[names.index(name) - 1] for name in layers[1:]] + [names[-1]]
    results = [row[0], *(found[name].a[0] for name in ends)]
    return [values[some] for values, some in zip(results, drawn, strict=True)]


def draw_lines(cell: Cell, renderer: Any, lines: Array, weights: Array, limit: float) -> None:
    """All weights, the thin ones first; lines of about one width share one stroke."""
    size = np.clip(np.abs(weights) / limit, 0, 1)
    kinds = np.minimum((WIDTHS * size).astype(int), WIDTHS - 1)
    thickest = min(2.6 * cell.line_width, 60 * cell.line_width / np.sqrt(len(lines)))
    ground = np.array(rgba(cell.theme.ground))
    for kind in range(WIDTHS):
        share = (kind + 0.5) / WIDTHS
        for color, sign in ((BLUE, weights < 0), (VERMILION, weights >= 0)):
            some = lines[(kinds == kind) & sign]
            if len(some):
                tint = to_hex(ground + (0.2 + 0.8 * share) * (np.array(rgba(color)) - ground))
                gc = pen(tint, 0.6 + thickest * share, None, renderer)
                path = Path(some.reshape(-1, 2), np.tile(CODES, len(some)))
                path.should_simplify = False
                renderer.draw_path(gc, path, IdentityTransform())


def draw_neurons(
    cell: Cell,
    renderer: Any,
    spots: Sequence[Array],
    signals: Sequence[Array],
    radius: float,
    glyphs: Glyphs | None,
) -> None:
    """A circle a neuron, with its activation in it or as dark as it is active."""
    ground, ink = np.array(rgba(cell.theme.ground)), np.array(rgba(cell.theme.ink))
    circle, gc = marker_path("o"), pen(cell.theme.ink, 2.0, None, renderer)
    for places, values in zip(spots, signals, strict=True):
        strongest = np.abs(values).max() or 1.0
        for (x, y), value in zip(places, values, strict=True):
            share = 0.0 if glyphs else 0.75 * abs(value) / strongest
            fill = tuple(ground + share * (ink - ground))
            renderer.draw_path(gc, circle, Affine2D().scale(2 * radius).translate(x, y), fill)
            if glyphs:
                glyphs.write(
                    np.asarray(renderer.buffer_rgba()), figures(value), x, y - 0.36 * glyphs.size, 0.5
                )


def weight_label_positions(lines: Array, radius: float, em: float) -> Array | None:
    """(L, 2) where the weights are written: before lines cross; None where there is no room for that.

    That is near the neuron at which fewer lines lie closer together: the one of the smaller layer.
    """
    starts, ends = (len(np.unique(lines[:, k], axis=0)) for k in (0, 1))
    share = 1 / (max(starts, ends) + 1)  # there the fans of two neighbours are as far apart as their lines
    shares = share if starts <= ends else 1 - share
    places: Array = lines[:, 0] + shares * (lines[:, 1] - lines[:, 0])
    apart = np.abs(places[:, np.newaxis] - places)
    close = (apart[..., 0] < 3.2 * em) & (apart[..., 1] < 1.05 * em) & ~np.eye(len(lines), dtype=bool)
    near = lines[:, 0] if starts <= ends else lines[:, 1]
    if close.any() or (np.abs(places - near)[:, 0] < radius + 1.7 * em).any():
        return None
    return places


def write_weights(glyphs: Glyphs, renderer: Any, ground: str, places: Array, weights: Array) -> None:
    """Each weight on a patch of ground in its line."""
    pixels = np.asarray(renderer.buffer_rgba())
    height, em = len(pixels), glyphs.size
    patch = (np.array(rgba(ground)) * 255 + 0.5).astype(np.uint8)
    for (x, y), value in zip(places, weights, strict=True):
        text = figures(value)
        half = glyphs.width(text) / 2 + 3
        pixels[height - int(y + 0.55 * em) : height - int(y - 0.5 * em), int(x - half) : int(x + half)] = (
            patch
        )
        glyphs.write(pixels, text, x, y - 0.36 * em, 0.5)


def draw_layer_sizes(
    cell: Cell, widths: Sequence[int], drawn: Sequence[NDArray[np.int64]], x: Array, below: float
) -> None:
    """How many neurons a layer has, where not all are drawn."""
    width, height = cell.figure.canvas.get_width_height()
    for count, some, at in zip(widths, drawn, x, strict=True):
        if len(some) < count:
            y = (below - 0.7 * cell.sizes["text"]) / height
            text = f"{count:,}"
            cell.figure.text(
                at / width, y, text, size=cell.points("text"), color=cell.theme.ink, ha="center", va="center"
            )


def check_problem(objective: Objective, settings: Settings) -> None:
    """Refuse an example that is not among the data."""
    a_network(objective, settings)
    rows = len(objective.X)  # type: ignore[attr-defined]
    if settings["example"] >= rows:
        got = settings["example"]
        raise BadInput(f"example {got} is not among the {rows} rows of the data", field="example")


SPEC = PanelSpec(problem=(check_problem,))
