"""The alt text of a scene: what is drawn, what happens, how it ends, for those who cannot see the clip."""

from collections import Counter
from collections.abc import Sequence
from inspect import getdoc

from optiviz._lib.calls import checked_call
from optiviz.rendering.panels import PANELS, SPECS
from optiviz.runs.trajectory import Comparison
from optiviz.scene.alttext import describe_outcome, one_line
from optiviz.scene.scene import Panel, Scene, counter
from optiviz.scene.script import NONE, counter_text, script, verdict


@checked_call
def alt_text(scene: Scene, comparison: Comparison) -> str:
    """What a played scene draws, what happens in it and how it ends, in plain sentences from its numbers.

    First the panels, each in a sentence; then the captions, with their steps; then the verdict of the scene,
    or the result that one would be written from: who is home when, who leaves, where the others end, who
    diverges; of classifiers, the share of rows told right. No number is told that key, captions or panels do
    not show.

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
    >>> scene = Scene(bowl, {"slow": GD(0.1), "fast": GD(0.25), "wild": GD(20.0)}, ["loss"], steps=20)
    >>> print(alt_text(scene, play(scene)).partition(". ")[2])
    fast is home at step 4 and slow at 11. wild diverges at step 5.
    """
    if scene.objective is None or not scene.runs or all(SPECS[panel.name].words for panel in scene.panels):
        return one_line(pictures(scene))
    return one_line(" ".join([*drawn(scene), *happening(scene, comparison), ending(scene, comparison)]))


def drawn(scene: Scene) -> list[str]:
    """A sentence for each kind of panel: the first clause of what the panel says of itself."""
    counts = Counter(panel.name for panel in scene.panels)
    told = []
    for name, count in counts.items():
        about = " ".join((getdoc(PANELS[name]) or name).split("\n\n")[0].split())
        clause = about.partition(";")[0].rstrip(".")
        told.append(f"{clause}{f' ({count} times)' if count > 1 else ''}.")
    return told


def happening(scene: Scene, comparison: Comparison) -> list[str]:
    """The captions and the question, each with the step or the epoch at which it comes."""
    unit = counter(scene)[0].capitalize()
    lines = script(scene, comparison.at_positions)
    return [
        f"{unit} {counter_text(scene, line.time)}: {line.text}{'' if line.text[-1:] in '.?!:' else '.'}"
        for line in lines
        if not line.verdict
    ]


def ending(scene: Scene, comparison: Comparison) -> str:
    """The verdict that a scene says, else how its runs came out."""
    if scene.verdict not in ("", NONE):
        return verdict(scene, comparison.at_positions)
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
