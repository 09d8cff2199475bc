"""Preconditions of panels on the problem and the runs, checked before a step is taken."""

from typing import Any

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz._lib.registry import hint
from optiviz.objectives.base import Objective
from optiviz.objectives.fit import Fit
from optiviz.objectives.surface import Surface
from optiviz.objectives.training import Training
from optiviz.optimizers import innermost
from optiviz.rendering.panels._shared.spec import Settings, Subject
from optiviz.scene.recording import recordings

LOOKS = 64  # places along each side at which a window is looked at


def two_parameters(objective: Objective, settings: Settings) -> None:
    """Refuse a problem whose parameters are not the two axes of a map."""
    count = np.size(objective.start)
    if count != 2:
        raise BadInput(f"draws the loss over 2 parameters, this problem has {count}")


def a_number_somewhere(objective: Objective, settings: Settings) -> None:
    """Refuse a window in which the loss is nowhere a number, unless runs begin at one outside of it."""
    if not isinstance(objective, Surface):
        return
    (x0, x1), (y0, y1) = settings.get("xlim") or objective.xlim, settings.get("ylim") or objective.ylim
    places = np.stack(np.meshgrid(np.linspace(x0, x1, LOOKS), np.linspace(y0, y1, LOOKS))).reshape(2, -1)
    with np.errstate(all="ignore"):
        values = np.append(objective.value(places), objective.value(objective.start))
    if not np.isfinite(values).any():
        at = f"x from {x0:g} to {x1:g}, y from {y0:g} to {y1:g}"
        raise BadInput(f"draws the loss, which is nowhere a finite number in this window, {at}")


def a_surface(objective: Objective, settings: Settings) -> None:
    """Refuse what is no surface."""
    if not isinstance(objective, Surface):
        raise BadInput("draws the minima of a surface, this problem is none")


def a_network(objective: Objective, settings: Settings) -> None:
    """Refuse what is no network."""
    if not isinstance(objective, Training):
        raise BadInput("draws networks, this problem has none; give `layers`")


def two_inputs(objective: Objective, settings: Settings) -> None:
    """Refuse a network whose inputs are not the two axes of a map."""
    a_network(objective, settings)
    count = objective.network.inputs  # type: ignore[attr-defined]
    if count != 2:
        raise BadInput(f"draws the plane of 2 inputs, this network has {count}")


def rows_of_data(objective: Objective, settings: Settings) -> None:
    """Refuse a problem without data."""
    if not isinstance(objective, Fit | Training):
        raise BadInput("draws what is learned from data, this problem has none")


def one_column(objective: Objective, settings: Settings) -> None:
    """Refuse a model that is no curve over one column of data."""
    if not isinstance(objective, Fit | Training):
        raise BadInput("draws a model beside its data, this problem has none")
    count = objective.data.x.shape[1] if isinstance(objective, Fit) else objective.network.inputs
    if count != 1:
        raise BadInput(f"draws a model of one column of data, this problem has {count}")
    if isinstance(objective, Training) and objective.network.outputs != 1:
        outputs = objective.network.outputs
        raise BadInput(f"draws a model with one output, this network has {outputs}")


def ascending(name: str) -> Any:
    """The need that a pair of numbers, if it is given, is low then high."""

    def need(objective: Objective, settings: Settings) -> None:
        given = settings[name]
        if given is not None and not given[0] < given[1]:
            raise BadInput(
                f"must be two numbers, low then high, got {given[0]:g} and {given[1]:g}", field=name
            )

    return need


# ---- of runs


def two_parameters_each(subject: Subject, settings: Settings) -> None:
    """Refuse a run with a network of its own that does not lie on the map."""
    for label, objective in subject.objectives.items():
        if np.size(objective.start) != 2:
            count = np.size(objective.start)
            raise BadInput(f"draws the loss over 2 parameters, run '{label}' has {count}")


def one_output_each(subject: Subject, settings: Settings) -> None:
    """Refuse networks without a run that trains them, and a run with one of its own that is no curve."""
    if isinstance(subject.scene.objective, Training) and not subject.objectives:
        raise BadInput("draws the curve of each run of a network, and this scene has no runs")
    for objective in subject.objectives.values():
        one_column(objective, settings)


def classes_each(subject: Subject, settings: Settings) -> None:
    """Refuse a run that learns no classes."""
    for objective in subject.objectives.values():
        if isinstance(objective, Training):
            classes_of_rows(objective)


def classes_of_run(subject: Subject, settings: Settings) -> None:
    """Refuse the one run that is shown if it learns no classes."""
    classes_of_rows(subject.objectives[subject.chosen(settings["run"])[0]])


def classes_of_rows(training: Training) -> None:
    """Refuse targets that are no classes."""
    targets = training.targets
    if targets.shape[1] > 1:
        if not np.all(np.isin(targets, (0, 1)) & (targets.sum(axis=1, keepdims=True) == 1)):
            raise BadInput("draws classes: with several outputs, y must be one-hot")
    elif len(found := np.unique(targets)) > 2:
        raise BadInput(f"draws classes, but y has {len(found)} different values")


def steps_with_memory(subject: Subject, label: str, field: str = "") -> None:
    """Refuse a run whose steps cannot be taken apart."""
    chosen, run = subject.chosen(label)
    why = ""
    if not callable(getattr(innermost(run.optimizer), "init", None)):
        why = "its rule does not name its state, as solvers of scipy and plain functions do not"
    elif not recordings(subject.scene)[chosen].memory:
        why = "it is too large for its memory to be recorded"
    if why:
        raise BadInput(f"cannot look inside a step of run '{chosen}': {why}", field=field)


def innermost_rule(subject: Subject, label: str) -> Any:
    """The rule of a run without what is wrapped around it."""
    return innermost(subject.scene.runs[label].optimizer)


def parameter_names(objective: Objective) -> tuple[str, ...]:
    """What the coordinates of theta are called."""
    if names := getattr(objective, "parameter_names", None):
        return tuple(names)
    count = int(np.size(objective.start))
    return ("x", "y") if count == 2 else tuple(str(k + 1) for k in range(count))


def named_parameters(subject: Subject, given: tuple[str, ...], field: str) -> None:
    """Refuse the name of a parameter that the problem, or a run with a network of its own, does not have."""
    names = parameter_names(subject.scene.objective)  # type: ignore[arg-type]
    for name in given:
        if name not in names:
            raise BadInput(f"unknown parameter '{name}'{hint(name, names)}", field=field)
    for label, objective in subject.objectives.items():
        count = int(np.size(objective.start))
        beyond = [name for name in given if names.index(name) >= count]
        if beyond:
            raise BadInput(f"run '{label}' has {count} parameters, and no '{beyond[0]}'", field=field)
