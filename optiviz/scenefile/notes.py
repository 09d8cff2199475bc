"""Notes on a valid scene: settings that were adjusted, and what was inferred from its data."""

from optiviz.objectives.base import Objective
from optiviz.objectives.data import many
from optiviz.objectives.fit import Fit
from optiviz.objectives.surface import Surface
from optiviz.objectives.training import Training
from optiviz.scene.scene import FRAME_RATES, Scene
from optiviz.scene.words import notes_of_words


def notes_of(scene: Scene, fps: float) -> list[str]:
    """All notes on a scene whose file asked for `fps` frames a second."""
    return notes_on(fps) + notes_on_type(scene) + notes_on_data(scene) + notes_of_words(scene)


def notes_on_formula(typed: object, objective: Objective | None) -> list[str]:
    """The normal form of a formula that was typed in another one."""
    if not isinstance(typed, str) or not isinstance(objective, Surface):
        return []
    if "".join(typed.split()) == "".join(objective.formula.split()):
        return []
    return [f"formula is read as {' '.join(objective.formula.split())}"]


def nearest_rate(fps: float) -> float:
    """The frame rate of a GIF that comes nearest."""
    return min(FRAME_RATES, key=lambda rate: abs(rate - fps))


def notes_on(fps: float) -> list[str]:
    """What a scene does not do to the letter."""
    got = nearest_rate(fps)
    if abs(got - fps) < 0.05:
        return []
    rates = ", ".join(f"{rate:.3g}" for rate in FRAME_RATES)
    return [f"fps {fps:g} becomes {got:.3g}: a GIF counts in hundredths of a second and has {rates}"]


def notes_on_data(scene: Scene) -> list[str]:
    """What was found out about a file of data."""
    objective = scene.objective
    data = objective.data if isinstance(objective, Fit | Training) else None
    return [] if data is None else list(data.notes)


def notes_on_type(scene: Scene) -> list[str]:
    """That the type is smaller than asked for, where it is."""
    if scene.scale_text <= 1:
        return []
    from optiviz.rendering.layout import fitting_type_scale

    got = fitting_type_scale(scene.scale_text, scene.panels, list(scene.runs), scene.size, scene.layout)
    if got == scene.scale_text:
        return []
    width, height = scene.size
    room = f"{many(len(scene.panels), 'panel')} in {width} x {height} have no room for larger type"
    return [f"scale_text {scene.scale_text:g} becomes {got:g}: {room}"]
