"""Frame pacing: how many frames each step gets, by the length of path that it draws."""

import numpy as np

from optiviz._lib.typing import Array
from optiviz.runs.trajectory import Comparison
from optiviz.scene.scene import Scene

ROOM = 0.12  # of the longer side, that a window has around the paths
LEAST = 0.002  # of the diagonal: a step that draws nothing still takes some time
LONGEST = 0.7  # seconds that one step may take, where there are enough others


def arc_times(scene: Scene, comparison: Comparison, count: int) -> Array:
    """When each frame is, in steps of the clip: long steps take longer, as the root of what they draw.

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
    weights = np.sqrt(np.maximum(drawn_lengths(scene, comparison), LEAST))
    shares = capped(weights / weights.sum() * (count - 1), LONGEST * scene.fps)
    ends = np.concatenate([[0.0], np.cumsum(shares)])
    return np.interp(np.arange(count), ends * (count - 1) / ends[-1], np.arange(scene.steps + 1))


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


def drawn_lengths(scene: Scene, comparison: Comparison) -> Array:
    """(steps,) the longest line that a run draws in each step, in shares of the picture's diagonal."""
    runs = comparison.trajectories
    whole = np.arange(scene.steps + 1)
    if not runs:
        return np.zeros(scene.steps)
    flat = all(run.path.shape[1:] == (2,) for run in runs.values())
    lines = paths_in_window(comparison) if flat else loss_curves(comparison)
    found = np.zeros(scene.steps)
    for label, line in lines.items():
        steps = np.sqrt((np.diff(line, axis=0) ** 2).sum(axis=1))
        along = np.concatenate([[0.0], np.cumsum(steps)])
        found = np.maximum(found, np.diff(np.interp(whole, comparison.times[label], along)))
    return found


def paths_in_window(comparison: Comparison) -> dict[str, Array]:
    """The path (R, 2) of each run, cut to the window of those that stay, whose diagonal is 1."""
    runs = comparison.trajectories
    staying = [run.path for run in runs.values() if run.status == "finished"]
    seen = np.concatenate([*staying, *(run.path[:1] for run in runs.values())])
    low, high = seen.min(axis=0), seen.max(axis=0)
    room = ROOM * max(float((high - low).max()), 1e-12)
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
