"""View windows of maps: the region in which the runs move, grown to the shape of the panel."""

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array
from optiviz.objectives.base import Objective
from optiviz.objectives.fit import Fit
from optiviz.objectives.surface import Surface
from optiviz.objectives.training import Training
from optiviz.runs.recorded_landscape import RecordedLandscape
from optiviz.runs.trajectory import Comparison

TALLEST = 5.0  # times as long as wide, a window that still keeps one unit as long across as up
Limits = tuple[float, float]


def bottom(objective: Objective) -> Array:
    """(K, 2) the known minima."""
    if isinstance(objective, Surface):
        return objective.minima
    best = objective.best if isinstance(objective, Fit) else None
    return np.empty((0, 2)) if best is None else best[None, :]


def window_of(
    comparison: Comparison,
    window: str = "paths",
    given: tuple[Limits | None, Limits | None] = (None, None),
    panel: str = "landscape",
) -> tuple[Limits, Limits]:
    """The part of the plane that must be seen: where runs and minima are, with an eighth around it.

    A run that leaves for ever, three times as far as all others are, is cropped. The surface's own window is
    taken where the runs fill 45 % of it, where none moves, and where it is asked for.
    """
    objective = comparison.objective
    if np.size(objective.start) != 2:
        raise BadInput(f"a landscape has two parameters; {objective.name} has {np.size(objective.start)}")
    for name, limits in zip(("xlim", "ylim"), given, strict=True):
        if limits is not None and not limits[0] < limits[1]:
            got = f"{limits[0]:g} and {limits[1]:g}"
            raise BadInput(f"panel '{panel}': {name} must be two numbers, low then high, got {got}")
    low, high = moved_in(comparison)
    drawn = isinstance(objective, Surface | RecordedLandscape)
    own = np.array([objective.xlim, objective.ylim]).T if drawn else None  # type: ignore[attr-defined]
    window = "surface" if isinstance(objective, RecordedLandscape) else window  # there is nothing beyond
    if own is not None:
        inside = np.prod(np.clip(np.minimum(high, own[1]) - np.maximum(low, own[0]), 0, None))
        if window == "surface" or not comparison.trajectories or inside >= 0.45 * np.prod(own[1] - own[0]):
            low, high = own
        else:
            low, high = padded(low, high)
    else:
        low, high = padded(low, high)
    (x0, y0), (x1, y1) = low.tolist(), high.tolist()
    return given[0] or (x0, x1), given[1] or (y0, y1)


def moved_in(comparison: Comparison) -> tuple[Array, Array]:
    """The lower left and the upper right corner of where runs and minima are, leaving runs cropped."""
    objective = comparison.objective
    runs = list(comparison.trajectories.values())
    # of a network no minimum is known: the lowest places that were found stand for it
    found = [run.path[[np.nanargmin(run.losses)]] for run in runs if isinstance(objective, Training)]
    named = np.concatenate([*(run.path[:1] for run in runs), np.reshape(objective.start, (1, 2)),
                            bottom(objective), *found])  # fmt: skip
    low, high = named.min(axis=0), named.max(axis=0)
    paths = [run.path[np.isfinite(run.path).all(axis=1)] for run in runs if run.status == "finished"]
    for path in sorted(paths, key=lambda path: float(np.ptp(path, axis=0).max(initial=0.0))):
        others = (low + high) / 2, np.maximum((high - low) / 2, 0.5 * np.ptp(path, axis=0).min())
        far = np.abs(path - others[0]) > 3 * np.maximum(others[1], 0.25 * others[1].max())
        leaves = bool(far[-1].any())  # and does not come back
        kept = path[: int(np.argmax(far.any(axis=1)))] if leaves else path
        if len(kept):
            low, high = np.minimum(low, kept.min(axis=0)), np.maximum(high, kept.max(axis=0))
    if isinstance(objective, Surface):  # beyond its own window a surface is not made to be looked at
        own = np.array([objective.xlim, objective.ylim]).T
        room = 0.25 * (own[1] - own[0])
        named_low, named_high = named.min(axis=0), named.max(axis=0)
        low = np.maximum(low, np.minimum(own[0] - room, named_low))
        high = np.minimum(high, np.maximum(own[1] + room, named_high))
    return low, high


def padded(low: Array, high: Array) -> tuple[Array, Array]:
    """Corners with 12 % of the longer side around them, or of each side where one is five times the other."""
    spans = np.where(high > low, high - low, 0.0)
    longest = float(spans.max())
    if longest <= 1e-12 * float(np.abs([low, high]).max()):  # one place, but for rounding
        spans, longest = np.zeros(2), 1.0
    spans = np.maximum(spans, 0.0)
    similar = spans.min() * TALLEST >= longest or spans.min() == 0
    room = 0.12 * (np.full(2, longest) if similar else spans)
    room = np.maximum(
        room, 1e-9 * np.abs([low, high]).max(axis=0)
    )  # or there is nothing between the two ends
    return low - room, high + room


def fit_to_panel(
    seen: tuple[Limits, Limits], pixels: tuple[float, float], edge: float = 0.0, aspect: str = "equal"
) -> tuple[tuple[Limits, Limits], bool]:
    """The window grown to the shape of a panel so that one unit is as long across as up; whether it is bent.

    What is seen keeps its place in the middle. One that is more than five times as long as it is wide fills
    the panel instead, as every window does with `aspect = "fill"`.

    >>> fit_to_panel(((0, 2), (0, 1)), (200, 200))
    (((0.0, 2.0), (-0.5, 1.5)), False)
    """
    (x0, x1), (y0, y1) = seen
    spans = np.array([x1 - x0, y1 - y0])
    if aspect == "fill" or spans.max() > TALLEST * spans.min():
        return seen, True
    unit = float(np.max(spans / pixels))  # of the data, a pixel
    half = unit * np.array(pixels) / 2
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    across, up = (float(x - half[0]), float(x + half[0])), (float(y - half[1]), float(y + half[1]))
    return (across, up), False
