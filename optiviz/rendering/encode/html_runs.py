"""The runs of a page: which of them it computes itself, and the recorded paths of the others."""

import base64
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from itertools import islice
from types import MappingProxyType
from typing import Any

import numpy as np

from optiviz._lib.typing import Array
from optiviz.objectives.fit import Fit
from optiviz.objectives.surface import Surface
from optiviz.objectives.training import Training
from optiviz.optimizers import OPTIMIZERS, Clip, WeightDecay, innermost
from optiviz.optimizers.base import asks, told_variables
from optiviz.optimizers.schedules import SCHEDULES
from optiviz.rendering.encode.base import Film
from optiviz.rendering.prominence import prominent
from optiviz.rendering.stage import looks_of_runs
from optiviz.rendering.style import DARK, LIGHT, OWN
from optiviz.runs.scipy_solvers import Scipy
from optiviz.runs.trajectory import Comparison, Trajectory
from optiviz.scene.scene import Run, Scene
from optiviz.web.networks import training_record
from optiviz.web.programs import program_table, programs_of
from optiviz.web.recorded import NotRecordable
from optiviz.web.surfaces import facts_of, is_formula, program_of

MOST_ROWS = 2000  # of data that the page computes with
TRUTH = 41  # points of the curve that data were made of
TRIED = 3  # steps that tell whether a record is of the scene's own run
# why a run cannot be run by the page, in words for the terminal
SOURCES: Mapping[str, str] = MappingProxyType(
    {
        "scipy": "by scipy",
        "torch": "by another library",
        "function": "a function of Python",
        "rule": "a rule that the page does not have",
        "problem": "a problem that the page does not have",
        "path": "a path whose settings are not known",
    }
)


@dataclass(frozen=True)
class Course:
    """What the page of a scene computes by itself: its problem, the programs that it needs, the luck drawn.

    `recorded` tells for each run why the page has only its path, by a name of `SOURCES`; None where it runs
    it. `rules` has the program of each run that it runs, as `programs_of` tells it, and `networks` what each
    run trains that trains one.
    """

    problem: Mapping[str, Any]
    programs: Mapping[str, str]
    luck: Mapping[str, str]
    recorded: Mapping[str, str | None]
    rules: Mapping[str, Mapping[str, Any]]
    networks: Mapping[str, Mapping[str, Any]]


def packed(values: Any, kind: str = "<f8") -> str:
    """Numbers as base64 of their bytes, little-endian doubles unless another `kind` is asked for.

    >>> packed([1.0]), packed([1, 2], "<i4")
    ('AAAAAAAA8D8=', 'AQAAAAIAAAA=')
    """
    return base64.b64encode(np.ascontiguousarray(values, dtype=kind).tobytes()).decode("ascii")


def course_of(scene: Scene, comparison: Comparison, explore: bool = False) -> Course:
    """The problem of a scene as the page has it, and which of the runs it can run.

    All rules are there to choose from where it runs any; with `explore` all surfaces of the catalogue too.
    """
    problem, networks = problem_record(scene.objective), networks_of(scene)
    if networks:
        problem |= rows_to_train(scene.objective)
    recorded = {
        label: why_recorded(run, problem["kind"], label in networks) for label, run in scene.runs.items()
    }
    own = {label: scene.runs[label].optimizer for label, reason in recorded.items() if not reason}
    found = programs_of(own, scene.steps)
    luck: dict[str, str] = {}
    for label in own:
        if found.runs[label]["program"] is None:
            recorded[label] = "rule"
        elif not repeats(scene.runs[label], scene, comparison.trajectories[label]):
            recorded[label] = "path"
        elif drawn := luck_of(scene.runs[label].objective(scene.objective), scene):
            luck[label] = drawn
    shown = [scene.objective] if problem["kind"] == "surface" else []
    table = program_table(
        shown,  # type: ignore[arg-type]
        found,
        all_rules=explore or not all(recorded.values()),
        all_surfaces=explore,
    )
    rules = {label: found.runs[label] for label in own if not recorded[label]}
    return Course(problem, table, luck, recorded, rules, networks)


def course_of_film(film: Film, explore: bool = False) -> Course:
    """The same of a film, worked out once for all that is made of it."""
    key = f"course{' to explore' * explore}"
    if key not in film.worked_out:
        film.worked_out[key] = film.worked_out["course"] = course_of(film.scene, film.comparison, explore)
    return film.worked_out[key]  # type: ignore[no-any-return]


def why_recorded(run: Run, kind: str, trained: bool = False) -> str | None:
    """Why the page has only the path of a run, which trains a network or not; None where it may run it."""
    rule = innermost(run.optimizer)
    if isinstance(rule, Scipy):
        return "scipy"
    if type(rule).__module__.startswith("optiviz.interop"):
        return "torch"
    if type(rule).__name__.lower() not in OPTIMIZERS:
        return "function"
    if asks(run.optimizer):
        return "rule"
    return "problem" if kind == "recorded" or (kind == "network" and not trained) else None


def networks_of(scene: Scene) -> dict[str, dict[str, Any]]:
    """What the runs train that train a network which the page can train, by label."""
    found = {}
    for label, run in scene.runs.items():
        objective: Any = run.objective(scene.objective) if isinstance(scene.objective, Training) else None
        if objective is None or told_variables(run.optimizer, objective.variables) != run.optimizer:
            continue  # a norm of each kernel and bias is no sum over all of them
        if (record := training_record(objective, steps_of(objective, scene))) is not None:
            found[label] = record
    return found


def rows_to_train(training: Any) -> dict[str, Any]:
    """The inputs of the networks of a scene."""
    return {"kind": "network", "inputs": training.network.inputs, "rows": packed(training.X)}


def steps_of(objective: Any, scene: Scene) -> int:
    """How many steps a run takes in a scene that may count epochs."""
    return (
        scene.steps if scene.epochs is None else scene.epochs * int(getattr(objective, "steps_per_epoch", 1))
    )


def repeats(run: Run, scene: Scene, record: Trajectory) -> bool:
    """Whether the scene's own rule, problem and seed take the first steps that were recorded.

    They do not where the scene was made around runs of which only the label is known.
    """
    objective: Any = run.objective(scene.objective)  # type: ignore[arg-type]
    rule: Any = run.optimizer
    batches = objective.batches(np.random.default_rng(scene.seed))
    theta = record.path[0]
    state = rule.init(theta)
    if not len(record.gradients):
        return False
    with np.errstate(all="ignore"):
        for gradient, place in zip(record.gradients[:TRIED], record.path[1 : TRIED + 1], strict=True):
            _, seen = objective.value_and_gradient(theta, next(batches))
            theta, state = rule.step(theta, seen, state)
            if not (np.array_equal(seen, gradient) and np.array_equal(theta, place)):
                return False
    return True


def luck_of(objective: Any, scene: Scene) -> str:
    """What the steps of a run get to see, drawn as `minimize` draws it; "" where nothing is left to luck.

    On a surface the noise (steps, 2) on each gradient, on data the numbers of the rows, batch after batch.
    """
    drawn = objective.batches(np.random.default_rng(scene.seed))
    batches = list(islice(drawn, steps_of(objective, scene)))
    if not batches or batches[0] is None:
        return ""
    return packed(np.concatenate(batches), "<f8" if isinstance(objective, Surface) else "<i4")


def problem_record(objective: Any) -> dict[str, Any]:
    """The problem of a scene: of what kind it is for the page, its window, start and data."""
    small = objective is not None and np.size(objective.start) == 2
    told: dict[str, Any] = {
        "kind": "recorded",
        "name": "" if objective is None else str(objective.name),
        "start": np.asarray(objective.start).tolist() if small else [],
        "names": list(getattr(objective, "parameter_names", None) or ("x", "y"))[:2],
    }
    if isinstance(objective, Surface):
        told |= facts_of(objective)
        if is_formula(objective):
            return told | {"kind": "formula", "formula": objective.formula}
        with suppress(NotRecordable):
            program_of(objective)
            told |= {"kind": "surface", "program": f"surface:{objective.name}"}
    elif isinstance(objective, Fit) and small and len(objective.data.y) <= MOST_ROWS:
        told |= fit_record(objective)
    return told


def fit_record(fit: Fit) -> dict[str, Any]:
    """A line through data: the data, what they were made of, the loss, and where it is least."""
    x = fit.data.x[:, 0]
    places = np.linspace(x.min(), x.max(), TRUTH)
    truth = None if fit.data.truth is None else np.column_stack([places, fit.data.truth(places)]).tolist()
    return {
        "kind": "fit",
        "data": {"x": x.tolist(), "y": fit.data.y.tolist()},
        **({} if truth is None else {"truth": truth}),
        "loss": fit.loss,
        "far": fit.far,
        "best": np.asarray(fit.best).tolist(),
        "axes": [fit.data.x_names[0], fit.data.y_name],
    }


def recorded_note(film: Film) -> list[str]:
    """What the page of a film cannot run itself, in a sentence for the terminal; none where it runs all."""
    why: dict[str, list[str]] = {}
    for label, reason in course_of_film(film).recorded.items():
        if reason:
            why.setdefault(SOURCES[reason], []).append(label)
    told = [f"{', '.join(labels)} ({source})" for source, labels in why.items()]
    return [f"plays what was recorded, and cannot be changed: {'; '.join(told)}"] if told else []


# ---- runs


def runs_of_page(film: Film, course: Course) -> list[dict[str, Any]]:
    """The runs in their order: their looks and settings, and the paths of those that are recorded."""
    scene, comparison = film.scene, film.comparison.at_positions
    loud = prominent(scene, comparison)
    light, dark = (looks_of_runs(scene, theme, loud) for theme in (LIGHT, DARK))
    return [
        {
            "label": label,
            "color": light[label].color,
            "dark": dark[label].color,
            "marker": light[label].marker,
            **({"quiet": True} if light[label].quiet else {}),
            "rule": type(innermost(run.optimizer)).__name__.lower(),
            **own_settings(run, scene, course.rules.get(label, {})),
            **({"network": course.networks[label]} if label in course.rules and course.networks else {}),
            "recorded": course.recorded[label],
            "program": course.rules[label]["program"] if label in course.rules else None,
            # a network is trained anew where something is changed; until then its record is played
            **(
                record_of_run(scene, comparison, label)
                if course.recorded[label] or label in course.networks
                else {}
            ),
        }
        for label, run in scene.runs.items()
    ]


def spare_looks() -> list[dict[str, str]]:
    """Looks for runs that are added on the page."""
    return [
        {"color": look.color, "dark": DARK.lighter.get(look.color, look.color), "marker": look.marker}
        for look in OWN
    ]


def own_settings(run: Run, scene: Scene, program: Mapping[str, Any]) -> dict[str, Any]:
    """What a run says of its rule, its noise, its batches, its loss and its start."""
    rule, objective = innermost(run.optimizer), scene.objective
    own: dict[str, Any] = {}
    known = fields(rule) if type(rule).__name__.lower() in OPTIMIZERS else ()
    given = {field.name: getattr(rule, field.name) for field in known}
    plain = {
        name: value for name, value in given.items() if isinstance(value, bool | int | float | str | None)
    }
    coupled = {} if decays_apart(run.optimizer) else {"decoupled": False}
    own |= {"settings": plain | program.get("settings", {}) | coupled}
    own |= {name: program[name] for name in ("folded", "rates") if program.get(name)}
    entry = schedule_entry(getattr(rule, "learning_rate", None))
    own |= {"schedule": {**entry, "python": repr(rule.learning_rate)}} if entry else {}
    noise = run.noise if run.noise is not None else getattr(objective, "noise", 0.0)
    batch = run.batch_size if run.batch_size is not None else getattr(objective, "batch_size", None)
    own |= {"noise": noise} if noise else {}
    own |= {"batch": batch} if batch else {}
    own |= {"loss": run.loss} if isinstance(run.loss, str) else {}
    if (
        objective is not None
        and scene.epochs is not None
        and (count := scene.epochs * run.steps_per_epoch(objective)) != scene.steps
    ):
        own["steps"] = count
    return own | ({"start": np.asarray(run.start).tolist()} if run.start is not None else {})


def schedule_entry(rate: Any) -> dict[str, Any] | None:
    """A schedule as a scene's table has it; None of a number, and of a function of one's own.

    >>> from optiviz.optimizers.schedules import Constant, LinearWarmup
    >>> schedule_entry(LinearWarmup(Constant(0.5), 9))["learning_rate"]
    {'schedule': 'constant', 'learning_rate': 0.5}
    """
    name = next((name for name, made in SCHEDULES.items() if type(rate) is made), None)
    if name is None:
        return None
    found: dict[str, Any] = {"schedule": name}
    for field in fields(rate):
        value = getattr(rate, field.name)
        nested = schedule_entry(value)
        if nested is None and callable(value):
            return None
        found[field.name] = nested or (list(value) if isinstance(value, tuple) else value)
    return found


def decays_apart(optimizer: Any) -> bool:
    """Whether weight decay around a rule, if there is any, leaves the gradient alone."""
    while isinstance(optimizer, Clip | WeightDecay):
        if isinstance(optimizer, WeightDecay) and not optimizer.decoupled:
            return False
        optimizer = optimizer.optimizer
    return True


def record_of_run(scene: Scene, comparison: Comparison, label: str) -> dict[str, Any]:
    """The path, where it is of two parameters, and the losses of a run, a row for each step of the clip."""
    run, times = comparison.trajectories[label], comparison.times[label]
    last = int(np.floor(times[-1] + 1e-9))
    steps = np.arange(last + 1)

    def at_steps(values: Array) -> Array:
        return np.asarray(values if len(values) == len(steps) else np.interp(steps, times, values))

    told: dict[str, Any] = {"losses": packed(at_steps(run.losses))}
    if run.path.shape[1:] == (2,):
        told["path"] = packed(np.column_stack([at_steps(run.path[:, 0]), at_steps(run.path[:, 1])]))
    if run.stopped_at is not None:
        told["stopped"] = last + 1
    return told
