"""Frame pacing: how many frames each step gets, by the length of path that it draws."""

from collections.abc import Sequence

import numpy as np

from optiviz._lib.typing import Array
from optiviz.runs.trajectory import Comparison
from optiviz.scene.scene import Scene

ROOM = 0.12  # of the longer side, that a window has around the paths
LEAST = 0.002  # of the diagonal: a step that draws nothing still takes some time
POWERS = (0.5, 0.6, 0.7, 0.85, 1.0)  # of a length, that its time goes by
EARLY, EARLY_ONE = 0.54, 0.84  # of all lines, and of one, that may be drawn in the first fifth of the motion
LONGEST = 0.7  # seconds that one step may take, where there are enough others


def arc_times(scene: Scene, comparison: Comparison, count: int) -> Array:
    """When each frame is, in steps of the clip: long steps take longer, as the root of what they draw.

    Or as a higher power, where too much would be drawn in the first fifth of the motion.

    Parameters
    ----------
    scene : Scene
    comparison : Comparison
        What `play(scene)` gave, at positions.
    count : int
        Frames, 2 or more.

    Returns
    -------
    array (count,)
        From 0 to `scene.steps`, ascending.
    """
    drawn = drawn_along(scene, comparison)
    steps = [np.full(scene.steps, LEAST), *map(np.diff, drawn)]
    lengths = np.max(steps, axis=0)
    times = np.linspace(0.0, scene.steps, count)
    for power in POWERS:
        weights = lengths**power
        shares = capped(weights / weights.sum() * (count - 1), LONGEST * scene.fps)
        ends = np.concatenate([[0.0], np.cumsum(shares)])
        times = np.interp(np.arange(count), ends * (count - 1) / ends[-1], np.arange(scene.steps + 1))
        if not hurried(drawn, float(times[count // 5])):
            break
    return times


def hurried(drawn: Sequence[Array], fifth: float) -> bool:
    """Whether by the time `fifth` a run, or all together, have drawn more than is left to be watched.

    `drawn` has for each run how much of its line (steps + 1,) there is at each step.

    >>> hurried([np.array([0.0, 9.0, 10.0])], 1.0), hurried([np.array([0.0, 5.0, 10.0])], 1.0)
    (True, False)
    """
    whole = [float(along[-1]) for along in drawn]
    early = [float(np.interp(fifth, np.arange(len(along)), along)) for along in drawn]
    alone = any(part > EARLY_ONE * all_ for part, all_ in zip(early, whole, strict=True) if all_ > 0)
    return alone or sum(early) > EARLY * sum(whole)


def capped(frames: Array, most: float) -> Array:
    """Frames of each step, none more than `most`; what is cut off goes to the others, in proportion.

    >>> capped(np.array([8.0, 1.0, 1.0]), 4.0).tolist()
    [4.0, 3.0, 3.0]
    >>> capped(np.array([8.0, 2.0]), 4.0).tolist()
    [8.0, 2.0]
    """
    total = frames.sum()
    if most * len(frames) <= total:  # too few steps for their time: the proportions stay
        return frames
    full = np.zeros(len(frames), dtype=bool)
    while (over := ~full & (frames > most)).any():
        full |= over
        rest = frames[~full]
        frames = np.where(full, most, frames)
        frames[~full] = rest * (total - most * full.sum()) / rest.sum()
    return frames


def drawn_along(scene: Scene, comparison: Comparison) -> list[Array]:
    """Of each run (steps + 1,) how long its line is at each step, in shares of the picture's diagonal."""
    runs = comparison.trajectories
    whole = np.arange(scene.steps + 1)
    if not runs:
        return []
    flat = all(run.path.shape[1:] == (2,) for run in runs.values())
    lines = paths_in_window(comparison) if flat else loss_curves(comparison)
    found = []
    for label, line in lines.items():
        steps = np.sqrt((np.diff(line, axis=0) ** 2).sum(axis=1))
        along = np.concatenate([[0.0], np.cumsum(steps)])
        found.append(np.asarray(np.interp(whole, comparison.times[label], along)))
    return found


def paths_in_window(comparison: Comparison) -> dict[str, Array]:
    """The path (R, 2) of each run, cut to the window of those that stay, whose diagonal is 1."""
    runs = comparison.trajectories
    staying = [run.path for run in runs.values() if run.status == "finished"]
    seen = np.concatenate([*staying, *(run.path[:1] for run in runs.values())])
    low, high = seen.min(axis=0), seen.max(axis=0)
    room = ROOM * max(float((high - low).max()), 1e-9 * float(np.abs(seen).max()), 1e-12)  # far out, too
    low, high = low - room, high + room
    diagonal = float(np.hypot(*(high - low)))
    return {label: np.clip(run.path, low, high) / diagonal for label, run in runs.items()}


def loss_curves(comparison: Comparison) -> dict[str, Array]:
    """The loss (R, 1) of each run over the range of all, its logarithm where it spans a factor of 5."""
    losses = {label: run.losses for label, run in comparison.trajectories.items()}
    finite = np.concatenate([curve[np.isfinite(curve)] for curve in losses.values()])
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    scaled = np.log if low > 0 and high > 5 * low else np.asarray
    ends = scaled(np.array([low, high]))
    span = float(ends[1] - ends[0]) or 1.0
    return {
        label: (scaled(np.nan_to_num(curve, nan=high, posinf=high, neginf=low)) - ends[0])[:, None] / span
        for label, curve in losses.items()
    }
