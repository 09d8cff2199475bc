"""A rehearsal: what a scene says is tried on its runs, where they cost little, before a frame is drawn."""

from optiviz.objectives.fit import Fit
from optiviz.objectives.surface import Surface
from optiviz.rendering.stage import set_stage
from optiviz.rendering.timeline import Moment, timeline
from optiviz.scene.play import play
from optiviz.scene.scene import Scene

MOST = 30_000  # steps of all runs together, about a second
QUICK = frozenset({"landscape", "landscape3d", "loss", "fit", "descent1d", "rates", "anatomy", "effort"})


def rehearse(scene: Scene) -> tuple[Moment, ...] | None:
    """The frames of a scene as they will be, captions and all; None where its runs would take long.

    Raises
    ------
    BadWords
        When a caption waits for what never happens, a number is asked for that is not there, or a mark lies
        outside of its window.

    Examples
    --------
    >>> from optiviz.objectives.surfaces import surfaces
    >>> from optiviz.optimizers import GD
    >>> scene = Scene(surfaces["beale"], {"GD": GD(0.01)}, steps=10, seconds=1, fps=20, captions=[
    ...     {"at": 0, "text": "A line of ten words takes longer than one second."}])
    >>> sum(one.centiseconds for one in rehearse(scene) or ()) > 100 * (1.2 + 1 + 2.5)
    True
    """
    quick = scene.objective is None or isinstance(scene.objective, Surface | Fit)
    if not quick or scene.steps * len(scene.runs) > MOST:
        return None
    comparison = play(scene)
    moments = timeline(scene, comparison.at_positions)
    if (scene.marks or scene.camera) and all(panel.name in QUICK for panel in scene.panels):
        set_stage(scene, comparison, moments)
    return moments
