"""Which runs of a scene wear colours; of more than eight the others are thin grey lines."""

from collections.abc import Mapping

import numpy as np

from optiviz.runs.trajectory import Comparison
from optiviz.scene.scene import Scene

MOST = 8  # colours that are told apart
SHOWN = 7  # of more runs


def prominent(scene: Scene, comparison: Comparison) -> list[str]:
    """The labels of the runs that wear colours, in the order of the scene.

    Those that the scene highlights, or all up to `MOST`; of more the first, the best, the worst, and some
    between that are evenly apart in the file, `SHOWN` in all.
    """
    labels = list(scene.runs)
    if scene.highlight:
        return [label for label in labels if label in scene.highlight]
    if len(labels) <= MOST:
        return labels
    ends = last_losses(comparison)
    ranked = sorted(labels, key=ends.__getitem__)
    kept = list(dict.fromkeys([labels[0], ranked[0], ranked[-1]]))
    rest = [label for label in labels if label not in kept]
    places = np.linspace(0, len(rest), 2 * (SHOWN - len(kept)) + 1)[1::2]  # the middles of equal parts
    kept += [rest[int(place)] for place in places]
    return [label for label in labels if label in kept]


def last_losses(comparison: Comparison) -> Mapping[str, float]:
    """The loss at which each run ended; infinite for one that was lost."""
    ends = {label: float(run.losses[-1]) for label, run in comparison.trajectories.items()}
    return {label: end if np.isfinite(end) else np.inf for label, end in ends.items()}
