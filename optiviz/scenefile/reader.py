"""The scene: its parts made and put together, and everything found wrong with them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from optiviz.errors import BadInput
from optiviz.objectives.base import Objective
from optiviz.objectives.datasets import DATASETS, Data, below, read_csv
from optiviz.objectives.fit import Fit
from optiviz.objectives.formula import parse
from optiviz.objectives.surface import Surface, surface
from optiviz.objectives.surfaces import surfaces
from optiviz.optimizers import OPTIMIZERS, SCHEDULES
from optiviz.run import MAX_RECORD
from optiviz.scene import FRAME_RATES, Panel, Run, Scene
from optiviz.scenefile.drawn import undrawable
from optiviz.scenefile.lines import KeyPath
from optiviz.scenefile.settings import settings_of
from optiviz.scenefile.tables import (
    PROBLEMS,
    RULES,
    RUN_KEYS,
    data_kind,
    file_model,
    panel_kind,
    problem_kind,
    run_kind,
    scalars,
)
from optiviz.scenefile.text import MAX_FAULTS, clip
from optiviz.scenefile.words import in_words, known_at, unknown_key, value_at, where

MAX_TITLE, MAX_LABEL = 200, 80  # characters


def two_parameters(objective: Objective) -> str:
    """Why a landscape cannot be drawn of an objective; empty if it can."""
    count = np.size(objective.start)
    return "" if count == 2 else f"draws the loss over 2 parameters, this problem has {count}"


def one_column(objective: Objective) -> str:
    """Why a fit cannot be drawn of an objective; empty if it can."""
    if not isinstance(objective, Fit):
        return "draws a model beside its data, this problem has none"
    count = objective.data.x.shape[1]
    return "" if count == 1 else f"draws a model of one column of data, this problem has {count}"


# What a panel needs of the problem; one that is not named here can draw any.
NEEDS: Mapping[str, Callable[[Objective], str]] = MappingProxyType(
    {"landscape": two_parameters, "landscape3d": two_parameters, "fit": one_column}
)


@dataclass(frozen=True)
class Reader:
    """Reads one document, which it may trim; faults are collected in `found`, as (path, message).

    `spoiled` are the paths with something misspelt at or below them: nothing is made of these.
    """

    document: dict[str, Any]
    folder: Path
    found: list[tuple[KeyPath, str]]
    spoiled: set[KeyPath] = field(default_factory=set)

    def scene(self) -> tuple[Scene | None, list[str]]:
        """The scene, or None when something is wrong, and its notes."""
        self.check_spelling()
        objective = self.problem() if self.clean("problem") else self.parts_of_problem()
        runs = {label: self.run(label, objective) for label in self.labels()}
        panels = self.panels(objective)
        given = {name: self.document[name] for name in scalars() if self.clean(name)}
        values: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in given.items()}
        self.check_texts()
        self.check_limits(values, panels)
        if self.found or objective is None:
            return None, []
        settled = {label: run for label, run in runs.items() if run is not None}
        scene = Scene(objective, settled, panels=panels, **values)
        self.check_memory(scene)
        return scene, notes_on(values.get("fps", scene.fps))

    def fault(self, path: KeyPath, message: str) -> None:
        self.found.append((path, message))

    def clean(self, *path: str | int) -> bool:
        """Whether `path` is in the document and everything in it is spelled well."""
        return value_at(self.document, path) is not None and path not in self.spoiled

    # ---- spelling

    def check_spelling(self) -> None:
        """Names, types and bounds of everything."""
        from pydantic import ValidationError

        try:
            file_model().model_validate(self.document)
        except ValidationError as invalid:
            errors = invalid.errors(include_url=False, include_input=False)
            places = [(error, where(error["loc"], self.document)) for error in errors]
            meant = set()
            for error, path in places:
                if error["type"] == "extra_forbidden":
                    if len(self.found) > MAX_FAULTS:
                        self.fault(path, "unknown setting")
                        continue
                    message = unknown_key(
                        path, known_at(error["loc"]), value_at(self.document, path[:-1]) or {}
                    )
                    self.fault(path, message)
                    meant.add((*path[:-1], message.partition("did you mean '")[2].removesuffix("'?")))
            for error, path in places:
                if error["type"] == "extra_forbidden":
                    continue
                self.spoiled.update(path[:k] for k in range(1, len(path) + 1))
                if not (error["type"] == "missing" and path in meant):
                    self.fault(*self.explained(error, path))
            for error, path in places:  # the rest can then be looked at without them
                if error["type"] == "extra_forbidden":
                    value_at(self.document, path[:-1]).pop(path[-1], None)

    def explained(self, error: Mapping[str, Any], path: KeyPath) -> tuple[KeyPath, str]:
        """A fault of spelling; what a file lacks as a whole gets a word of advice."""
        if error["type"] == "missing" and path == ("problem",):
            return (), f"[problem] is missing: it names one of {', '.join(PROBLEMS)}"
        if error["type"] == "missing" and path == ("runs",):
            return (), '[runs] is missing: label = { optimizer = "gd", learning_rate = 0.1 }'
        return in_words(error, path, self.document)

    # ---- parts

    def problem(self) -> Objective | None:
        """The objective that [problem] describes."""
        entry = dict(plain(problem_kind(), self.document["problem"]))
        path: KeyPath = ("problem",)
        try:
            if "surface" in entry:
                return replace(surfaces[entry.pop("surface")], **entry)
            if "formula" in entry:
                return surface(entry.pop("formula"), **entry)
        except BadInput as error:
            self.attach(error, path, self.document["problem"])
            return None
        data = self.data(entry.pop("data"))
        if data is None:
            return None
        try:
            return Fit(data, **entry)
        except BadInput as error:
            self.attach(error, path, self.document["problem"])
        return None

    def parts_of_problem(self) -> None:
        """Look at the formula or the data of a problem that is misspelt elsewhere."""
        if self.clean("problem", "data"):
            self.data(dict(plain(data_kind(), self.document["problem"]["data"])))
        formula = value_at(self.document, ("problem", "formula"))
        if isinstance(formula, str):
            try:
                parse(formula)
            except BadInput as error:
                self.attach(error, ("problem",), self.document["problem"])

    def data(self, entry: dict[str, Any]) -> Data | None:
        """The data that `data = { ... }` describes."""
        path, raw = ("problem", "data"), self.document["problem"]["data"]
        try:
            if "kind" in entry:
                return DATASETS[entry.pop("kind")](**entry)
            name = entry.pop("csv")
            data = read_csv(below(self.folder, name), **entry)
        except BadInput as error:
            self.attach(error, path, raw)
            return None
        for drawn in (*data.x_names, data.y_name):
            if problem := undrawable(drawn):
                self.fault((*path, "csv"), f"column '{clip(drawn)}' cannot be drawn: {problem}")
        return data

    def labels(self) -> list[str]:
        """The labels of the runs that are spelled well."""
        runs = self.document.get("runs")
        if not isinstance(runs, dict):
            return []
        return [label for label in runs if self.clean("runs", label)]

    def run(self, label: str, objective: Objective | None) -> Run | None:
        """The run of that label."""
        path: KeyPath = ("runs", label)
        raw = self.document["runs"][label]
        entry = dict(plain(run_kind(), raw))
        special = {key: entry.pop(key) for key in RUN_KEYS if key in entry}
        name = entry.pop("optimizer")
        try:
            rule = RULES[name](**{key: scheduled(value) for key, value in entry.items()})
            if isinstance(objective, Surface) and name in OPTIMIZERS and "learning_rate" not in entry:
                rate = objective.learning_rates.get(type(rule).__name__)
                rule = rule if rate is None else replace(rule, learning_rate=rate)
            run = Run(rule, **special)
        except BadInput as error:
            self.attach(error, path, raw)
            return None
        if objective is None:
            return run
        if isinstance(objective, Fit) and run.noise is not None:
            self.fault((*path, "noise"), "belongs to surfaces; with data give batch_size")
        elif isinstance(objective, Surface) and run.batch_size is not None:
            self.fault((*path, "batch_size"), "belongs to problems with data; on a surface give noise")
        count = np.size(objective.start)
        if run.start is not None and len(run.start) != count:
            self.fault((*path, "start"), f"must be {count} numbers, got {len(run.start)}")
        if isinstance(objective, Fit) and run.batch_size is not None:
            try:
                run.objective(objective)
            except BadInput as error:
                self.attach(error, path, raw)
        return run

    def panels(self, objective: Objective | None) -> tuple[Panel, ...]:
        """The panels, each able to draw the problem."""
        if "panels" not in self.document:
            panels: tuple[Panel, ...] = settings_of(Scene)["panels"].default
            places: list[KeyPath] = [()] * len(panels)
        elif not isinstance(self.document["panels"], list):
            return ()
        else:
            places = [("panels", k) for k in range(len(self.document["panels"])) if self.clean("panels", k)]
            entries = [plain(panel_kind(), value_at(self.document, place)) for place in places]
            named = [{"panel": entry} if isinstance(entry, str) else dict(entry) for entry in entries]
            panels = tuple(Panel(entry.pop("panel"), entry) for entry in named)
        for panel, place in zip(panels, places, strict=True):
            problem = NEEDS[panel.name](objective) if objective is not None and panel.name in NEEDS else ""
            if problem:
                self.fault(place or ("problem",), f"panel '{panel.name}' {problem}")
        return panels

    # ---- the rest

    def check_texts(self) -> None:
        """The title and the labels can be drawn."""
        title = self.document.get("title", "")
        if isinstance(title, str):
            self.check_text(("title",), title, MAX_TITLE)
        runs = self.document.get("runs")
        for label in runs if isinstance(runs, dict) else ():
            self.check_text(("runs", label), label, MAX_LABEL)
            if not label.strip():
                self.fault(("runs", label), "a label is the name of a run in the legend; this one is empty")

    def check_text(self, path: KeyPath, text: str, most: int) -> None:
        problem = (
            f"{len(text):,} characters are too many, at most {most}" if len(text) > most else undrawable(text)
        )
        if problem:
            self.fault(path, problem)

    def check_limits(self, values: Mapping[str, Any], panels: tuple[Panel, ...]) -> None:
        """The limits of a scene, all of them at once."""
        draft = object.__new__(Scene)  # a scene is not made of faults, but can tell them
        runs = self.document.get("runs")
        listed = self.document.get("panels", panels)
        known = {
            **{name: setting.default for name, setting in scalars().items()},
            **values,
            "runs": runs if isinstance(runs, dict) else {"": None},
            "panels": listed if isinstance(listed, list | tuple) else [None],
        }
        known["fps"] = nearest_rate(known["fps"])
        for name, value in known.items():
            object.__setattr__(draft, name, value)
        for name, problem in draft.faults():
            self.fault((name,), clip(problem, 200))

    def check_memory(self, scene: Scene) -> None:
        """What all runs write down fits into memory."""
        size = np.size(scene.objective.start)
        columns = sum(1 + len(run.optimizer.init(np.zeros(size))) for run in scene.runs.values())
        need = (scene.steps + 1) * size * 8 * columns
        if need > MAX_RECORD:
            runs = f"{len(scene.runs)} run{'s' * (len(scene.runs) > 1)}"
            self.fault(
                ("steps",),
                f"{scene.steps:,} steps of {runs} would take {need / 2**30:.1f} GiB to record; "
                f"the limit is {MAX_RECORD / 2**30:.0f} GiB",
            )

    def attach(self, error: BadInput, path: KeyPath, entry: Mapping[str, Any]) -> None:
        """Note what a part refused, at the setting that its sentence is about."""
        text = re.sub(r"^formula: ", "", str(error))
        named = re.search(r"column '([^']*)'", text.partition("\n")[0])
        words = re.findall(r"^(?:[\w.]+: )?(\w+) ", text)
        key: str | None = words[0] if words and words[0] in entry else None
        if str(error).startswith("formula: "):
            key = "formula"
        elif "csv" in entry and not key:
            columns = {
                c: k for k in ("x", "y") for c in ([entry[k]] if isinstance(entry[k], str) else entry[k])
            }
            missing = named and "unknown column" in text
            key = columns.get(named[1], "csv") if named and missing else "csv"
        self.fault((*path, key) if key else path, text.removeprefix(f"{key} ") if "must be" in text else text)


@cache
def adapter(kind: Any) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def plain(kind: Any, value: Any) -> Any:
    """A value that is spelled well, as Python has it: whole numbers made floats where they should be."""
    return unpacked(adapter(kind).validate_python(value))


def unpacked(value: Any) -> Any:
    """Dicts for models and tuples for lists, all the way down."""
    if isinstance(value, list):
        return tuple(map(unpacked, value))
    known = getattr(type(value), "model_fields", None)
    if known is None:
        return value
    return {known[name].alias: unpacked(getattr(value, name)) for name in value.model_fields_set}


def scheduled(value: Any) -> Any:
    """A setting: a table with a `schedule` becomes that schedule."""
    if not isinstance(value, dict):
        return value
    settings = {key: scheduled(item) for key, item in value.items() if key != "schedule"}
    return SCHEDULES[value["schedule"]](**settings)


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
