"""Lanes: trails that share a way are set side by side, so that each is seen.

Offsets are worked out once from the complete paths, so nothing wobbles while they grow; they are pixels added
at drawing, the heads stay at the true places.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.typing import Array
from optiviz.rendering.marks.trails import Route

SPACING = 3.0  # pixels of arc between two samples of a path
NEAR, ALONG = 6.0, np.cos(np.radians(20.0))  # how near, and how parallel, paths are that share a way
SMOOTH = 5.0  # samples, the deviation of the Gaussian that eases an offset in and out
MOST = 6000  # samples of all paths together; beyond, lanes would cost more than they show


def side_by_side(routes: Sequence[Route], pitch: float) -> list[Route]:
    """Routes with their pixels set beside each other where they share a way, `pitch` pixels apart.

    The order across is that of the routes, centred on the truth: of n that share a way the outermost is
    (n - 1) / 2 pitches off.
    """
    cut = [resampled(route) for route in routes]
    if sum(len(samples) for samples, _ in cut) > MOST:
        return list(routes)
    headings = [unit_tangents(samples) for samples, _ in cut]
    found = []
    for k, (route, (samples, last)) in enumerate(zip(routes, cut, strict=True)):
        offset = np.zeros_like(samples)
        lead, ahead, sharing = headings[k].copy(), np.zeros(len(samples)), np.ones(len(samples))
        led = np.full(len(samples), k)
        for j, (others, _) in enumerate(cut):
            if j == k or not len(others):
                continue
            nearest, gap = closest(samples, others)
            with_it = headings[j][nearest]
            shared = (gap < NEAR) & (np.abs((with_it * headings[k]).sum(axis=1)) > ALONG)
            sharing += shared
            ahead += shared * (j < k)
            first = shared & np.greater(led, j)
            lead[first], led[first] = with_it[first], j
        rank = ahead - (sharing - 1) / 2
        across = np.column_stack([-lead[:, 1], lead[:, 0]])
        offset = smoothed((rank * pitch)[:, None] * across)
        inside = np.clip(samples, route.clip[:2], route.clip[2:])
        away = (np.abs(inside - samples) > 0).any(axis=1)
        offset[away] = 0.0
        points = np.column_stack(
            [np.interp(np.arange(len(samples)), last, route.points[:, c]) for c in (0, 1)]
        )
        found.append(replace(route, points=points, pixels=samples + offset, last=last, truth=samples))
    return found


def resampled(route: Route) -> tuple[Array, NDArray[np.int64]]:
    """(V, 2) the pixels of a route with places added along long steps, and the vertex of each of its rows."""
    steps = np.diff(route.pixels, axis=0)
    lengths = np.hypot(*steps.T)
    low, high = np.array(route.clip[:2]), np.array(route.clip[2:])
    seen = np.all((route.pixels >= low) & (route.pixels <= high), axis=1)
    pieces = np.clip(np.ceil(lengths / SPACING), 1, 400).astype(np.int64)
    pieces[~np.logical_or(seen[1:], seen[:-1])] = 1
    starts = np.repeat(np.arange(len(steps)), pieces)
    ends = np.concatenate([[0], np.cumsum(pieces)])
    shares = (np.arange(len(starts)) - ends[starts] + 1) / pieces[starts]
    samples = np.vstack([route.pixels[:1], route.pixels[starts] + shares[:, None] * steps[starts]])
    samples[ends] = route.pixels  # rows stay exactly where they are
    return samples, ends[route.last]


def unit_tangents(samples: Array) -> Array:
    """(V, 2) of unit length, along the line at each sample; 0 where it does not move."""
    if len(samples) < 2:
        return np.zeros_like(samples)
    along = np.gradient(samples, axis=0)
    lengths = np.hypot(*along.T)[:, None]
    return np.asarray(np.divide(along, lengths, out=np.zeros_like(along), where=lengths > 1e-9))


def closest(samples: Array, others: Array) -> tuple[NDArray[np.int64], Array]:
    """For each of `samples` (V, 2) the index of the nearest of `others`, and how far it is."""
    found, gaps = [], []
    for block in np.array_split(samples, max(1, len(samples) * len(others) // 400_000)):
        away = (block[:, None, 0] - others[:, 0]) ** 2 + (block[:, None, 1] - others[:, 1]) ** 2
        nearest = away.argmin(axis=1)
        found.append(nearest)
        gaps.append(np.sqrt(away[np.arange(len(block)), nearest]))
    return np.concatenate(found), np.concatenate(gaps)


def smoothed(offset: Array) -> Array:
    """(V, 2) eased along the line by a Gaussian; at the ends the line goes on as it ends."""
    reach = int(4 * SMOOTH)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / SMOOTH) ** 2)
    padded = np.pad(offset, ((reach, reach), (0, 0)), mode="edge")
    eased = [np.convolve(column, weights / weights.sum(), mode="valid") for column in padded.T]
    return np.column_stack(eased)
