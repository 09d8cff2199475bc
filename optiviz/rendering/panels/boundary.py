"""Decision regions of a classifier over the plane of its two inputs."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from contourpy import contour_generator
from numpy.typing import NDArray

from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array
from optiviz.nn import losses
from optiviz.nn.activations import sigmoid, softmax, step
from optiviz.objectives.training import Training
from optiviz.rendering.cell import Cell
from optiviz.rendering.glyphs import Box, Glyphs
from optiviz.rendering.marks.agg import box_of, dots, pen, rgba, stroke
from optiviz.rendering.marks.shapes import Image, Words
from optiviz.rendering.panels._shared.accuracy_heading import draw_accuracy_heading
from optiviz.rendering.panels._shared.batches import ReplayedBatches, batch_size_of
from optiviz.rendering.panels._shared.cell_map import interpolation_weights
from optiviz.rendering.panels._shared.needs import classes_of_run, two_inputs
from optiviz.rendering.panels._shared.network_runs import (
    CLASS_COLORS,
    OUTLINE,
    Learner,
    cached_by_step,
    class_looks,
    classes_from_targets,
    learner,
    names_of,
    shortened_name,
    verbatim,
)
from optiviz.rendering.panels._shared.network_runs import classes as kinds_of
from optiviz.rendering.panels._shared.spec import PanelSpec, Settings, Subject
from optiviz.rendering.style import Theme
from optiviz.rendering.ticks import has_room_beside
from optiviz.runs.trajectory import Comparison

GRID, NEAR = 100, 4.0  # places along the longer side at which a network is asked, at most; pixels between two
COARSE, LARGE = 64, 50_000  # places for networks of so many weights: asking them is all that a frame takes
CERTAIN = (0.15, 0.35)  # how far from one half a probability is, at which a class gets its next shade
SHARES = (0.20, 0.40, 0.62)  # how much of its colour a class gives the ground
BANDS = len(SHARES)
PAPER = "#ffffff"  # of rows held out, in both themes: outline and x are ink
WIDEST = 2.3  # times as wide as high, a panel: in a wider one the data would be a spot
CROSS, RING = 7.0, 22.0  # twenty-fourths of the type, an x on a row that is told wrong, a ring round a row
FINE = 4096  # steps of a score between certain and certain


@dataclass(frozen=True, eq=False)
class Regions:
    """A network's outputs over a window, as an image of `size` (width, height) pixels.

    `scores` (S, rows, columns) are on a grid of even places, and are interpolated. With two classes it is one
    score that is positive where class 1 wins, and `share` makes it the probability of class 1. With more,
    S = k shares.
    """

    training: Training
    xlim: tuple[float, float]
    ylim: tuple[float, float]
    size: tuple[int, int]

    @cached_property
    def grid(self) -> tuple[int, int]:
        """Places (across, up) at which the network is asked."""
        longer = max(self.size)
        most = COARSE if self.training.network.size > LARGE else GRID
        apart = max(NEAR, longer / most)
        return max(round(self.size[0] / apart), 2), max(round(self.size[1] / apart), 2)

    @cached_property
    def places(self) -> Array:
        """(rows * columns, 2) the points of the plane, row by row from below."""
        (across, up) = self.grid
        x, y = np.linspace(*self.xlim, across), np.linspace(*self.ylim, up)
        return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)

    @cached_property
    def stretch(self) -> tuple[NDArray[np.intp], NDArray[np.float32], NDArray[np.intp], NDArray[np.float32]]:
        """The grid row below each row of pixels, from the top, and the way on to the next; so for columns."""
        (left, on), (below, up) = map(interpolation_weights, self.size, self.grid)
        return below[::-1].copy(), up[::-1, np.newaxis].astype(np.float32), left, on.astype(np.float32)

    def fine(self, small: Array) -> NDArray[np.float32]:
        """(height, width) a grid, linearly interpolated to all pixels.

        Not by matrix products: their threads would stand in the way of frames drawn side by side.
        """
        below, up, left, on = self.stretch
        grid = small.astype(np.float32)
        rows = grid[below] + up * (grid[below + 1] - grid[below])
        near: NDArray[np.float32] = np.take(rows, left, axis=1)
        beyond = np.take(rows, left + 1, axis=1)
        beyond -= near
        beyond *= on
        near += beyond
        return near

    @cached_property
    def kind(self) -> str:
        """How a score becomes a share: by "sigmoid", "step", "clip", or "shares" for several classes."""
        if self.training.network.outputs > 2:
            return "shares"
        rule, last = losses.loss(self.training.loss), self.training.network.plan[-1].run
        if getattr(rule, "from_logits", False) or last in (sigmoid, softmax):
            return "sigmoid"
        return "step" if last is step else "clip"

    @cached_property
    def span(self) -> tuple[float, float]:
        """The middle between the targets of the two classes, and the distance between them."""
        if self.training.network.outputs == 2:
            return 0.0, 2.0
        low, high = float(self.training.targets.min()), float(self.training.targets.max())
        return (low + high) / 2, (high - low) or 1.0

    def scores(self, theta: Array) -> Array:
        """(S, rows, columns) of the network with weights theta."""
        network, training = self.training.network, self.training
        last = network.names[-1]
        # before a sigmoid, a softmax or a step the sums tell the same, and are smooth
        with np.errstate(all="ignore"):
            signals = network.forward(theta, self.places, training.statistics(theta))[last]
            if self.kind == "shares":
                scores = signals.a.T
                if getattr(losses.loss(training.loss), "from_logits", False):
                    scores = softmax(signals.a)[0].T
            else:
                smooth = self.kind != "clip" and network.plan[-1].run in (sigmoid, softmax, step)
                out = signals.z if smooth else signals.a
                two = network.outputs == 2
                scores = (out[:, 1] - out[:, 0] if two else out[:, 0])[np.newaxis]
                if self.kind == "clip":
                    scores = scores - self.span[0]
        return np.nan_to_num(scores).reshape(-1, *self.grid[::-1])

    def share(self, score: Array) -> Array:
        """The probability of class 1, or what stands for it, in [0, 1]."""
        if self.kind == "step":
            return (score >= 0).astype(float)
        if self.kind == "clip":
            return np.clip(0.5 + score / self.span[1], 0, 1)
        share: Array = 1 / (1 + np.exp(-score))
        return share

    @cached_property
    def reach(self) -> float:
        """Scores beyond it count as it: the class is certain from there on."""
        return {"sigmoid": 8.0, "step": 1e-6, "clip": self.span[1] / 2}.get(self.kind, 1.0)

    @cached_property
    def shade_of(self) -> NDArray[np.uint8]:
        """(FINE,) a score from -reach to reach, in even steps -> class times BANDS, plus how certain."""
        share = self.share(self.reach * (2 * (np.arange(FINE) + 0.5) / FINE - 1))
        band = np.searchsorted(CERTAIN, np.abs(share - 0.5)).astype(np.uint8)
        found: NDArray[np.uint8] = band + np.uint8(BANDS) * (share >= 0.5)
        return found

    def places_in_table(self, score: Array) -> NDArray[np.uint16]:
        """(height, width) the place of each pixel in `shade_of`."""
        # to places first, while the image is small; interpolation keeps them in order
        small = np.clip(score / self.reach, -1e6, 1e6) * (FINE / 2) + FINE / 2
        fine = self.fine(small)
        np.clip(fine, 0, FINE - 1, out=fine)
        return fine.astype(np.uint16)

    def shades(self, scores: Array) -> NDArray[np.uint8]:
        """(height, width) the place of each pixel among the colours: class times BANDS, plus how certain."""
        if len(scores) == 1:
            return np.take(self.shade_of, self.places_in_table(scores[0]))
        stack = np.stack([self.fine(score) for score in scores])
        best = stack.argmax(axis=0)
        top = np.partition(stack, -2, axis=0)[-2:]
        margin = np.clip(top[1] - top[0], 0, 1 - 1e-6)
        found: NDArray[np.uint8] = (BANDS * best + np.searchsorted(CERTAIN, margin / 2)).astype(np.uint8)
        return found

    def pixels(self, scores: Array, colors: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """(height, width, 4) of the colours (classes * BANDS, 4)."""
        whole = colors.view(np.uint32)[:, 0]
        if len(scores) == 1:
            whole, places = whole[self.shade_of], self.places_in_table(scores[0])
        else:
            places = self.shades(scores)  # type: ignore[assignment]
        return np.take(whole, places).view(np.uint8).reshape(*self.size[::-1], 4)

    def borders(self, scores: Array) -> list[Array]:
        """The lines on which two classes are equally likely: pixels (M, 2) from the lower left corner."""
        width, height = self.size
        x, y = np.linspace(0, width, self.grid[0]), np.linspace(0, height, self.grid[1])
        if len(scores) == 1:
            leads = scores
        else:
            top = np.sort(scores, axis=0)
            rest = np.where(scores == top[-1], top[-2], top[-1])
            leads = scores - rest
        found = [contour_generator(x, y, lead, line_type="Separate").lines(0.0) for lead in leads]
        return [np.asarray(line) for lines in found for line in lines]


def boundary(
    cell: Cell,
    comparison: Comparison,
    *,
    run: str = "",
    classes: tuple[str, ...] = (),
    batch: bool = False,
) -> None:
    """Decision regions over two inputs, with the data; darker where the network is more certain.

    Rows whose class is told wrong wear an x; a line below the panels tells the classes.

    Parameters
    ----------
    run : str
        The label of the run whose network is shown; the first one unless given.
    classes : list of text
        What the line below the panels calls the classes, in their order; as the data do unless given.
    batch : bool, default False
        A ring round the rows that the last step was taken on.
    """
    shown = learner(comparison, "boundary", run)
    training = shown.training
    if training.network.inputs != 2:
        raise BadInput(f"panel 'boundary' needs 2 inputs, this network has {training.network.inputs}")
    kinds = kinds_of(training)
    if training.network.outputs > len(CLASS_COLORS):
        raise BadInput(f"panel 'boundary' shows up to {len(CLASS_COLORS)} classes")
    em = cell.sizes["text"]
    across, up = names_of(training)
    across = shortened_name(cell, across, cell.box[2] - 3 * em)
    up = shortened_name(cell, up, cell.box[3] - 4.5 * em)
    ax = cell.axes([""], verbatim(across), widest=WIDEST)
    points = training.X if training.held_out is None else np.concatenate([training.X, training.held_out[0]])
    low, high = points.min(axis=0), points.max(axis=0)
    room = 0.08 * np.where(high > low, high - low, 1.0)
    left, bottom, right, top = box_of(ax)  # of a wide cell more of the plane is shown on either side
    room[0] += max((right - left) / (top - bottom) - 1, 0.0) * (0.5 * (high - low)[0] + room[0])
    (x0, y0), (x1, y1) = (low - room).tolist(), (high + room).tolist()
    ax.set(xlim=(x0, x1), ylim=(y0, y1))
    beside = has_room_beside(ax, up, em)
    ax.set_ylabel(verbatim(up) if beside else "")
    clip = left + 1, bottom + 1, right - 1, top - 1
    regions = Regions(training, (x0, x1), (y0, y1), (clip[2] - clip[0], clip[3] - clip[1]))
    # by row of the record, since a long one is thinned: a large network is asked once for many frames
    known = cached_by_step(lambda row: regions.scores(shown.run.path[row]))
    scores = lambda step: known(shown.row(step))
    colors = ground_colors(cell.theme)
    picture = cached_by_step(lambda step: regions.pixels(scores(step), colors))
    cell.marks.append(Image(picture, clip))
    cell.scenery(
        lambda renderer, moment: draw_borders(cell, renderer, regions, scores(moment.step), clip), clip
    )
    if batch:
        cell.scenery(batch_painter(cell, ax, shown, clip), clip)
    cell.scenery(data_painter(cell, ax, training, kinds, clip), clip)
    cell.scenery(wrong_row_painter(cell, ax, shown, clip), clip)
    if not beside:  # in the plot, above the regions
        name, up = (
            Glyphs(em, cell.theme.ink, rim=cell.theme.casing),
            shortened_name(cell, up, right - left - em),
        )
        cell.marks.append(Words(lambda step: up, clip[0] + 0.4 * em, clip[3] - 1.1 * em, name))
    draw_accuracy_heading(cell, shown, clip, list(comparison.trajectories), training.accuracy)


def ground_colors(theme: Theme) -> NDArray[np.uint8]:
    """(classes * BANDS, 4) each class's colour over the ground, from faint to strong."""
    below = np.array(rgba(theme.ground))
    shares = np.array(SHARES)[:, np.newaxis]
    rows = [below + shares * (np.array(rgba(look.color)) - below) for look in class_looks(theme)]
    return (np.concatenate(rows) * 255 + 0.5).astype(np.uint8)


def draw_borders(cell: Cell, renderer: Any, regions: Regions, scores: Array, clip: Box) -> None:
    """The line between the classes; straight for a single neuron: w.x + b = 0."""
    for line in regions.borders(scores):
        places = line + np.array(clip[:2])
        stroke(renderer, pen(cell.theme.casing, 6 / 24 * cell.sizes["text"], clip, renderer), places)
        stroke(renderer, pen(cell.theme.ink, 3 / 24 * cell.sizes["text"], clip, renderer), places)


def data_painter(
    cell: Cell, ax: Any, training: Training, kinds: NDArray[np.int64], clip: Box
) -> Callable[[Any, Any], None]:
    """What draws the data over the regions: a colour and a marker a class; held-out rows are hollow."""
    size = 0.44 * cell.sizes["text"] if len(kinds) <= 150 else 0.34 * cell.sizes["text"]
    groups = [(training.X[kinds == kind], kind, True) for kind in np.unique(kinds)]
    if training.held_out is not None:
        X, targets = training.held_out
        others = classes_from_targets(training, targets)
        groups += [(X[others == kind], kind, False) for kind in np.unique(others)]
    worn = class_looks(cell.theme)
    pixels = [(ax.transData.transform(rows), worn[kind], whole) for rows, kind, whole in groups]

    def paint(renderer: Any, moment: Any) -> None:
        for places, look, whole in pixels:
            if whole:
                color, edge, width = rgba(look.color), OUTLINE, 1.3 * cell.fine
                dots(renderer, places, look.marker, size, color, edge, width, clip)
            else:
                dots(
                    renderer,
                    places,
                    look.marker,
                    size,
                    rgba(PAPER),
                    OUTLINE,
                    1.3 * cell.fine,
                    clip,
                )

    return paint


def batch_painter(cell: Cell, ax: Any, shown: Learner, clip: Box) -> Callable[[Any, Any], None]:
    """What draws a ring round each row that the last step saw."""
    seen, unit = ReplayedBatches(shown.training, cell.seed), cell.sizes["text"] / 24
    pixels = np.asarray(ax.transData.transform(shown.training.X))

    def paint(renderer: Any, moment: Any) -> None:
        steps = int(shown.run.at[shown.row(moment.step)])
        if steps:
            spots = pixels[seen(steps - 1)]
            dots(renderer, spots, "o", RING * unit, rgba(cell.theme.casing), cell.theme.ink, 3 * unit, clip)

    return paint


def wrong_row_painter(cell: Cell, ax: Any, shown: Learner, clip: Box) -> Callable[[Any, Any], None]:
    """What draws an x on each row whose class is told wrong."""
    training, unit, ink = shown.training, cell.sizes["text"] / 24, cell.theme.ink
    held = training.held_out
    rows = training.X if held is None else np.concatenate([training.X, held[0]])
    pixels = np.asarray(ax.transData.transform(rows))

    def wrong(step: int) -> NDArray[np.bool_]:
        theta = shown.theta(step)
        parts = [training.rows_right(theta)]
        parts += [] if held is None else [training.held_out_rows_right(theta)]
        return ~np.concatenate(parts)

    wrong_at = cached_by_step(wrong)

    def paint(renderer: Any, moment: Any) -> None:
        spots = pixels[wrong_at(moment.step)]
        if len(spots):
            if ink != OUTLINE:  # a light x on a light row: it stands on a dark one
                dots(renderer, spots, "x", CROSS * unit, None, OUTLINE, 3.2 * unit, clip)
            dots(renderer, spots, "x", CROSS * unit, None, ink, 1.6 * unit, clip)

    return paint


def rings_have_batches(subject: Subject, settings: Settings) -> None:
    """Refuse rings where every step sees all rows."""
    if settings["batch"]:
        label = settings["run"] or next(iter(subject.scene.runs))
        batch_size_of(subject.objectives[label], label)


SPEC = PanelSpec(problem=(two_inputs,), runs=(classes_of_run, rings_have_batches))
