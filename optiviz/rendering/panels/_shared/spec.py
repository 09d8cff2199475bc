"""The declaration of a panel: what it needs of problem and runs, its clock, its words for the alt text.

Each panel states one, `SPEC`, below its function. Everybody who asks about panels asks it: `check`, `render`,
the alt text, notebooks, the tables of the documentation.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from inspect import Parameter, signature
from types import MappingProxyType
from typing import Any

from optiviz._lib.errors import BadInput
from optiviz._lib.registry import hint
from optiviz.objectives.base import Objective
from optiviz.scene.scene import Panel, Run, Scene

Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Subject:
    """A scene before it is played, as the needs of a panel see it."""

    scene: Scene

    @cached_property
    def objectives(self) -> Mapping[str, Any]:
        """What each run descends, by its label."""
        ground: Any = self.scene.objective
        return MappingProxyType({label: run.objective(ground) for label, run in self.scene.runs.items()})

    def chosen(self, label: str) -> tuple[str, Run]:
        """The run of that label, the first one for ""."""
        runs = self.scene.runs
        return (label, runs[label]) if label else next(iter(runs.items()))


@dataclass(frozen=True)
class PanelSpec:
    """Declaration of a panel: preconditions, clock, alt text.

    Parameters
    ----------
    problem : tuple of (objective, settings) -> None
        What it needs of the problem and of its own settings. A need raises `BadInput`: with a `field`, the
        setting that it is about; without, a sentence that goes on from the name of the panel.
    runs : tuple of (subject, settings) -> None
        What it needs of the runs, in the same way; asked when all else is right.
    labels : tuple of str
        The settings that name runs.
    without_runs, without_problem : bool, default False
        Whether it shows something where there are none.
    own_clock : settings -> bool
        Whether it shows no steps of runs: a scene of such panels alone counts none in its title.
    inside_step : settings -> bool
        Whether it tells a step in slow motion part by part.
    words : (scene, panels) -> str, optional
        A sentence, without its stop, on panels of this kind that show no run.
    """

    problem: tuple[Callable[[Objective, Settings], None], ...] = ()
    runs: tuple[Callable[[Subject, Settings], None], ...] = ()
    labels: tuple[str, ...] = ("run",)
    without_runs: bool = False
    without_problem: bool = False
    own_clock: Callable[[Settings], bool] = lambda settings: False
    inside_step: Callable[[Settings], bool] = lambda settings: False
    words: Callable[[Scene, Sequence[Panel]], str] | None = None


def settings_with_defaults(draw: Callable[..., Any], panel: Panel) -> Settings:
    """All settings of a panel, those that it leaves at their defaults too."""
    known = {
        name: parameter.default
        for name, parameter in signature(draw).parameters.items()
        if parameter.kind is Parameter.KEYWORD_ONLY
    }
    for name in panel.settings:
        if name not in known:
            raise BadInput(f"unknown setting '{name}'{hint(name, known)}", field=name)
    return {**known, **panel.settings}
