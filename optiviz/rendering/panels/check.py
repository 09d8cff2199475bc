"""Checks panels against a scene before a step is taken: what passes can be drawn."""

from collections.abc import Callable, Sequence
from inspect import Parameter, signature
from typing import Any

from optiviz._lib.errors import BadInput
from optiviz._lib.registry import hint, unknown
from optiviz.objectives.base import Objective
from optiviz.rendering.panels import PANELS, SPECS
from optiviz.rendering.panels._shared.spec import Settings, Subject, settings_with_defaults
from optiviz.scene.play import check_starts
from optiviz.scene.scene import Panel, Scene


def check_panels(scene: Scene) -> None:
    """Refuse panels that cannot draw a scene.

    Raises
    ------
    BadInput
        With the name of the panel, for the first one that cannot.
    """
    for panel in scene.panels:
        if panel.name not in PANELS:
            raise unknown("panel", panel.name, PANELS)
        draw = PANELS[panel.name]
        known = [name for name, p in signature(draw).parameters.items() if p.kind is Parameter.KEYWORD_ONLY]
        for setting in panel.settings:
            if setting not in known:
                raise BadInput(f"panel '{panel.name}' has no setting '{setting}'{hint(setting, known)}")
        spec = SPECS[panel.name]
        if scene.objective is None and not spec.without_problem:
            raise BadInput(f"panel '{panel.name}' shows a problem, and this scene has none")
        if not scene.runs and not spec.without_runs:
            raise BadInput(f"panel '{panel.name}' shows runs, and this scene has none")
        check_problem(panel, scene.objective)
        check_labels(panel, list(scene.runs))
    check_starts(scene)
    subject = Subject(scene)
    for panel in scene.panels:
        check_runs(panel, subject)
    if scene.slow is not None and not any(map(is_inside_step, scene.panels)):
        raise BadInput("no panel of this scene looks inside a step; 'anatomy' does", field="slow")


def check_problem(panel: Panel, objective: Objective | None) -> None:
    """Refuse a problem that a panel cannot draw, or settings that cannot be."""
    ask(panel, lambda settings: [need(objective, settings) for need in SPECS[panel.name].problem])


def check_labels(panel: Panel, labels: Sequence[str]) -> None:
    """Refuse a setting that names a run which is not there."""

    def check(settings: Settings) -> None:
        for field in SPECS[panel.name].labels:
            given = settings.get(field, ())
            for label in (given,) if isinstance(given, str) else given:
                if label and label not in labels:
                    raise BadInput(f"unknown run '{label[:40]}'{hint(label[:80], labels)}", field=field)

    ask(panel, check)


def check_runs(panel: Panel, subject: Subject) -> None:
    """Refuse runs that a panel cannot draw."""
    ask(panel, lambda settings: [need(subject, settings) for need in SPECS[panel.name].runs])


def ask(panel: Panel, needs: Callable[[Settings], Any]) -> None:
    """Put needs to the settings of a panel; what they refuse gets its name."""
    named = f"panel '{panel.name}'"
    try:
        needs(settings_of_panel(panel))
    except BadInput as error:
        if error.field:
            raise BadInput(error.message, field=error.field, part=named) from error
        raise BadInput(f"{named} {error}") from error


def settings_of_panel(panel: Panel) -> Settings:
    """All settings of a panel, those that it leaves at their defaults too."""
    return settings_with_defaults(PANELS[panel.name], panel)


def has_own_clock(panel: Panel) -> bool:
    """Whether a panel shows no steps of runs."""
    return bool(SPECS[panel.name].own_clock(settings_of_panel(panel)))


def is_inside_step(panel: Panel) -> bool:
    """Whether a panel tells a step in slow motion part by part."""
    return bool(SPECS[panel.name].inside_step(settings_of_panel(panel)))
