"""The alt text of a scene: what it shows in a sentence or two, for those who cannot see the clip."""

from collections.abc import Sequence

from optiviz.rendering.panels import SPECS
from optiviz.runs.trajectory import Comparison
from optiviz.scene.alttext import describe_outcome, one_line
from optiviz.scene.scene import Panel, Scene


def alt_text(scene: Scene, comparison: Comparison) -> str:
    """The result of a played scene in one or two plain sentences, from its numbers.

    Which run is down to which loss at which step, and where the others end; of classifiers, the share of
    rows told right; which run diverges. Of a scene without runs, what is drawn.

    Parameters
    ----------
    scene : Scene
    comparison : Comparison
        What `play(scene)` gave.

    Returns
    -------
    str
        Plain text on one line; whoever writes it into a page escapes it.

    Examples
    --------
    >>> from optiviz.objectives.surface import surface
    >>> from optiviz.optimizers import GD
    >>> from optiviz.scene.play import play
    >>> from optiviz.scene.scene import Scene
    >>> bowl = surface("x**2 + y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1, 1), minima=[(0, 0)])
    >>> scene = Scene(bowl, {"slow": GD(0.1), "fast": GD(0.25), "wild": GD(20.0)}, steps=20)
    >>> alt_text(scene, play(scene))
    'fast reaches loss 0.02 at step 4 and slow at 11. wild diverges at step 5.'
    """
    if scene.objective is None or not scene.runs or all(SPECS[panel.name].words for panel in scene.panels):
        return one_line(pictures(scene))
    return describe_outcome(scene, comparison)


def pictures(scene: Scene) -> str:
    """What panels draw that show no run, those of a kind together."""
    kinds: dict[str, list[Panel]] = {}
    for panel in scene.panels:
        kinds.setdefault(panel.name, []).append(panel)
    told = [(SPECS[name].words or default_words)(scene, panels) for name, panels in kinds.items()]
    return f"{'; '.join(told)}." if told else ""


def default_words(scene: Scene, panels: Sequence[Panel]) -> str:
    """The words for panels that declare none."""
    name = getattr(scene.objective, "name", "")
    return f"A picture of {panels[0].name.replace('_', ' ')}{' on ' * bool(name)}{name.replace('_', ' ')}"
