"""Landmarks of a map: minima, local minima and saddles within its window, and their symbols."""

from typing import Any

import numpy as np

from optiviz._lib.typing import Array
from optiviz.analysis.critical_points import critical_points
from optiviz.objectives.base import Objective
from optiviz.objectives.surface import Surface
from optiviz.rendering.cell import Cell
from optiviz.rendering.glyphs import Box
from optiviz.rendering.marks.agg import dots, rgba
from optiviz.rendering.marks.notes import Landmark, ring
from optiviz.rendering.panels._shared.window import Limits, bottom

MOST = 6  # points that are computed; of more only the known minima are shown
STAR = 0.62  # of its size, a star on a hill
LEAST, HILL = 16.0, 11.0  # pixels of a star, at least; of one on a hill
RIM = 1.6  # twenty-fourths of the type, the outline of a star


def landmarks_of(objective: Objective, xlim: Limits, ylim: Limits, critical: bool) -> list[Landmark]:
    """The known minima, and with `critical` what else is found in the window, if that is not too much."""
    known = [(x, y) for x, y in bottom(objective).tolist()]
    if not isinstance(objective, Surface) or not critical:
        return [Landmark(at, "minimum") for at in known]
    found = [one for one in critical_points(objective, xlim, ylim) if one.kind != "maximum"]
    if len(found) > MOST:
        return [Landmark(at, "minimum") for at in known]
    span = np.array([xlim[1] - xlim[0], ylim[1] - ylim[0]])

    def same(one: tuple[float, float], two: tuple[float, float]) -> bool:
        return bool((np.abs(np.subtract(one, two)) < 1e-3 * span).all())

    others = [at for at in known if not any(same(at, one.at) for one in found)]
    return [*(Landmark(one.at, one.kind) for one in found), *(Landmark(at, "minimum") for at in others)]


def draw_landmarks(cell: Cell, ax: Any, landmarks: list[Landmark]) -> None:
    """Gold stars at minima, hollow ones at local minima, rings at saddles, on flat axes."""
    theme, em = cell.theme, cell.sizes["text"]
    edge = theme.ink if theme.ground > "#8" else theme.casing
    point = 72 / ax.figure.dpi
    for kind, face in (("minimum", theme.star), ("local minimum", theme.casing)):
        points = places(landmarks, kind)
        ax.plot(
            *points.T,
            "*",
            color=face,
            markeredgecolor=edge if kind == "minimum" else theme.ink,
            markeredgewidth=1.2 * min(cell.fine, em / 20),
            markersize=max(em, LEAST) * point,
            clip_on=True,
        )
    saddles = places(landmarks, "saddle")
    for color, width in ((theme.casing, 5.5), (theme.ink, 2.5)):
        ax.plot(
            *saddles.T,
            "o",
            color="none",
            markeredgecolor=color,
            markeredgewidth=width * em / 24 * point,
            markersize=18 / 24 * em * point,
            clip_on=True,
        )


def paint_landmarks(cell: Cell, renderer: Any, landmarks: list[Landmark], pixels: Array, clip: Box) -> None:
    """The same, smaller, at `pixels` (K, 2) of a hill; those that are not finite are hidden."""
    theme, em = cell.theme, cell.sizes["text"]
    edge = theme.ink if theme.ground > "#8" else theme.casing
    for mark, spot in zip(landmarks, pixels, strict=True):
        if not np.isfinite(spot).all():
            continue
        if mark.kind == "saddle":
            ring(renderer, spot[None], theme.ink, theme.casing, STAR * em / 24, clip)
            continue
        deepest = mark.kind == "minimum"
        face, rim = rgba(theme.star if deepest else theme.casing), edge if deepest else theme.ink
        dots(renderer, spot[None], "*", max(STAR * em, HILL), face, rim, STAR * RIM * em / 24, clip)


def places(landmarks: list[Landmark], kind: str) -> Array:
    """(K, 2) those of one kind."""
    return np.array([mark.at for mark in landmarks if mark.kind == kind]).reshape(-1, 2)
