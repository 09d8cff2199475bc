"""Builds a `Scene` from a TOML document; collects every fault with its key path."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz.nn import Network, layer
from optiviz.objectives.base import Objective
from optiviz.objectives.data import Data
from optiviz.objectives.datasets import DATASETS
from optiviz.objectives.fit import Fit
from optiviz.objectives.formula import parse
from optiviz.objectives.surface import Surface, surface, turned_surface
from optiviz.objectives.surfaces import surfaces
from optiviz.objectives.table import path_inside, read_csv
from optiviz.objectives.training import Training, training
from optiviz.optimizers import OPTIMIZERS
from optiviz.rendering.panels import SPECS
from optiviz.rendering.panels._shared.spec import Subject
from optiviz.rendering.panels.check import check_labels, check_panels, check_problem, check_runs
from optiviz.scene.camera import CameraMove
from optiviz.scene.limits import EXTENT, Extent
from optiviz.scene.play import check_starts
from optiviz.scene.recorded_runs import recorded_runs
from optiviz.scene.recording import MAX_PATHS, recordings
from optiviz.scene.scene import Panel, Run, Scene, Slow
from optiviz.scene.words import FIELD, BadWords
from optiviz.scenefile.drawable import undrawable, unknown_fonts
from optiviz.scenefile.introspection import settings_of
from optiviz.scenefile.line_numbers import KeyPath
from optiviz.scenefile.messages import error_sentence, known_at, unknown_key, value_at, where
from optiviz.scenefile.models import (
    PROBLEMS,
    RULES,
    RUN_KEYS,
    WRAPPERS,
    data_kind,
    file_model,
    panel_kind,
    problem_kind,
    run_kind,
    scalars,
)
from optiviz.scenefile.network_models import layer_of
from optiviz.scenefile.notes import nearest_rate, notes_of, notes_on_formula
from optiviz.scenefile.partial_schema import Wanted
from optiviz.scenefile.recorded import recorded_problem
from optiviz.scenefile.rules import AROUND, scheduled, wrap_rule
from optiviz.scenefile.source import MAX_FAULTS, clip
from optiviz.scenefile.validation import adapter, plain_values

MAX_TITLE, MAX_LABEL = 200, 80  # characters
KEY_OF_PART = {"WeightDecay": "weight_decay", **{part.__name__: key for key, (part, _) in AROUND.items()}}


@dataclass(frozen=True)
class Reader:
    """Reads one document, which it may trim; faults are collected in `found`, as (path, message).

    `spoiled` are the paths with something misspelt at or below them: nothing is made of these. `values` is
    the document as Python has it, where all is spelled well, `wanted` what models are to know.
    """

    document: dict[str, Any]
    folder: Path
    found: list[tuple[KeyPath, str]]
    wanted: Wanted
    spoiled: set[KeyPath] = field(default_factory=set)
    values: dict[str, Any] = field(default_factory=dict)

    def scene(self) -> tuple[Scene | None, list[str]]:
        """The scene, or None when something is wrong, and its notes."""
        self.check_spelling()
        objective = self.problem() if self.clean("problem") else None
        if ("problem",) in self.spoiled:
            self.parts_of_problem()
        runs = {label: self.run(label, objective) for label in self.labels()}
        panels = self.panels(objective)
        given = {name: self.document[name] for name in scalars(self.wanted) if self.clean(name)}
        values: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in given.items()}
        self.check_texts()
        self.check_limits(values, tuple(panel for panel, _ in panels))
        if self.found or (objective is None and "problem" in self.document):
            return None, []
        settled = {label: run for label, run in runs.items() if run is not None}
        try:
            scene = Scene(objective, settled, panels=tuple(panel for panel, _ in panels), **values)
            recordings(scene)
        except BadWords as error:
            self.found.extend((place, clip(problem, 200)) for place, problem in error.faults)
            return None, []
        except BadInput as error:
            self.fault((error.field,), error.message)
            return None, []
        try:
            check_starts(scene)
        except BadInput as error:
            self.attach_start(error)
            return None, []
        self.check_runs_of_panels(panels, scene)
        if self.found:
            return None, []
        typed = value_at(self.document, ("problem", "formula"))
        return scene, notes_on_formula(typed, objective) + notes_of(scene, values.get("fps", scene.fps))

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
            self.values.update(plain_values(file_model(self.wanted).model_validate(self.document)))
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
                        path, known_at(error["loc"], self.wanted), value_at(self.document, path[:-1]) or {}
                    )
                    self.fault(path, message)
                    meant.add((*path[:-1], message.partition("did you mean '")[2].removesuffix("'?")))
            self.spoiled.update({("problem",), ("runs",)} & meant)
            for error, path in places:
                if error["type"] == "extra_forbidden":
                    continue
                self.spoiled.update(path[:k] for k in range(1, len(path) + 1))
                if not (error["type"] == "missing" and path in meant):
                    self.fault(*error_sentence(error, path, self.document))
            for error, path in places:  # the rest can then be looked at without them
                if error["type"] == "extra_forbidden":
                    value_at(self.document, path[:-1]).pop(path[-1], None)

    def plain(self, kind: Callable[[Wanted], Any], *path: str | int) -> Any:
        """What stands at `path`, spelled well, as Python has it: whole numbers are floats where due."""
        if self.values:
            return value_at(self.values, path)
        return plain_values(adapter(kind(self.wanted)).validate_python(value_at(self.document, path)))

    # ---- parts

    def problem(self) -> Objective | None:
        """The objective that [problem] describes."""
        entry = dict(self.plain(problem_kind, "problem"))
        path: KeyPath = ("problem",)
        degrees = entry.pop("turned", 0.0)
        try:
            if "surface" in entry:
                return turned_surface(replace(surfaces[entry.pop("surface")], **entry), degrees)
            if "formula" in entry:
                return turned_surface(surface(entry.pop("formula"), **entry), degrees)
            if "recorded" in entry:
                return recorded_problem(self.folder, entry["recorded"])
        except BadInput as error:
            self.attach(error, path, self.document["problem"], "recorded" if "recorded" in entry else "")
            return None
        data = self.data(entry.pop("data"), entry.get("loss"))
        if data is None:
            return None
        share = entry.pop("held_out", None)
        try:
            data = data if share is None else data.split(share, self.seed)
            if "layers" in entry:
                layers = self.layers(path, entry.pop("layers"), data.x.shape[1])
                return training(data, layers, **{"weights_seed": self.seed, **entry}) if layers else None
            return Fit(data, **entry)
        except BadInput as error:
            self.attach(error, path, self.document["problem"])
        return None

    @property
    def seed(self) -> int:
        """The seed of the scene, or that of all scenes where it is misspelt."""
        seed = self.document.get("seed", 0)
        return seed if self.clean("seed") and 0 <= seed < 2**63 else 0

    def layers(self, path: KeyPath, entries: tuple[Any, ...], inputs: int) -> list[Any]:
        """The layers of a network; empty when they are none."""
        found = []
        for k, entry in enumerate(entries):
            try:
                found.append(layer(layer_of(entry)))
            except BadInput as error:
                self.fault((*path, "layers", k), error.sentence)
        if len(found) < len(entries):
            return []
        try:
            size = Network(tuple(found), inputs).size
        except BadInput as error:
            self.fault((*path, "layers"), str(error))
            return []
        if 24 * size > MAX_PATHS:
            most = MAX_PATHS // 24
            self.fault((*path, "layers"), f"{size:,} weights are too many for a scene; the limit is {most:,}")
            return []
        return found

    def parts_of_problem(self) -> None:
        """Look at the formula or the data of a problem that is misspelt elsewhere."""
        entry = self.document.get("problem")
        if not isinstance(entry, dict) or sum(kind in entry for kind in PROBLEMS) != 1:
            return
        if self.clean("problem", "data"):
            self.data(dict(self.plain(data_kind, "problem", "data")))
        if self.clean("problem", "formula"):
            try:
                own = {key: entry[key] for key in ("constants", "variables") if self.clean("problem", key)}
                parse(entry["formula"], **own)
            except BadInput as error:
                self.attach(error, ("problem",), entry)

    def data(self, entry: dict[str, Any], loss: Any = None) -> Data | None:
        """The data that `data = { ... }` describes."""
        path, raw = ("problem", "data"), self.document["problem"]["data"]
        try:
            if "kind" in entry:
                return DATASETS[entry.pop("kind")](**entry)
            name = entry.pop("csv")
            data = read_csv(path_inside(self.folder, name), **entry, loss=loss)
        except BadInput as error:
            self.attach(error, path, raw, whole="csv" if "csv" in raw else "")
            return None
        for drawn in (*data.x_names, data.y_name):
            if problem := undrawable(drawn.replace("$", r"\$")):  # no mathematics in it
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
        entry = dict(self.plain(run_kind, *path))
        special = {key: entry.pop(key) for key in RUN_KEYS if key in entry}
        name = entry.pop("optimizer")
        own = settings_of(RULES[name])
        around = {key: entry.pop(key) for key in WRAPPERS if key in entry and key not in own}
        if "layers" in special:
            inputs = objective.network.inputs if isinstance(objective, Training) else 1
            special["layers"] = self.layers(path, special["layers"], inputs)
            if not special["layers"]:
                return None
        try:
            rule = RULES[name](**{key: scheduled(value) for key, value in entry.items()})
            if isinstance(objective, Surface) and name in OPTIMIZERS and "learning_rate" not in entry:
                rate = objective.learning_rates.get(type(rule).__name__)
                rule = rule if rate is None else replace(rule, learning_rate=rate)
            run = Run(wrap_rule(rule, **around), **special)
        except BadInput as error:
            self.attach(error, path, raw)
            return None
        if objective is None:
            return run
        misplaced = {}
        if not isinstance(objective, Surface):
            misplaced["noise"] = "belongs to surfaces; with data give batch_size"
        else:
            misplaced["batch_size"] = "belongs to problems with data; on a surface give noise"
            misplaced["loss"] = "belongs to problems with data; a surface is its own loss"
        if not isinstance(objective, Training):
            misplaced |= dict.fromkeys(("layers", "kernel_initializer"), "belongs to problems with `layers`")
        wrong = [key for key in misplaced if key in special]
        for key in wrong:
            self.fault((*path, key), misplaced[key])
        if wrong:
            return None
        try:
            descended = run.objective(objective)
        except BadInput as error:
            self.attach(error, path, raw)
            return None
        count = np.size(descended.start)
        if run.start is not None and len(run.start) != count:
            self.fault((*path, "start"), f"must be {count} numbers, got {len(run.start)}")
        return run

    def panels(self, objective: Objective | None) -> list[tuple[Panel, KeyPath]]:
        """The panels and where they stand, each able to draw the problem."""
        panels: list[tuple[Panel, KeyPath]]
        if "panels" not in self.document:
            panels = [(panel, ("problem",)) for panel in settings_of(Scene)["panels"].default]
        elif not isinstance(self.document["panels"], list):
            return []
        else:
            count = len(self.document["panels"])
            paths: list[KeyPath] = [("panels", k) for k in range(count) if self.clean("panels", k)]
            panels = [(self.panel(*path), path) for path in paths]
        runs = self.document.get("runs", recorded_runs(objective))
        labels = list(runs) if isinstance(runs, dict) else []
        for panel, path in panels:
            if objective is not None or SPECS[panel.name].without_problem:
                self.ask(path, check_problem, panel, objective)
            if panel.each and panel.settings.get("run"):
                self.fault((*path, "each"), "shows every run, and `run` only one; give one of the two")
            elif panel.each and not labels and ("runs",) not in self.spoiled:
                self.fault((*path, "each"), "shows every run, and there is none")
            elif labels or SPECS[panel.name].without_runs:
                self.ask(path, check_labels, panel, labels)
        self.check_whole([panel for panel, _ in panels])
        return panels

    def panel(self, *path: str | int) -> Panel:
        """The panel at that place, spelled well."""
        entry = self.plain(panel_kind, *path)
        settings = {"panel": entry} if isinstance(entry, str) else dict(entry)
        name, each, weight = settings.pop("panel"), settings.pop("each", False), settings.pop("weight", 1)
        return Panel(name, settings, bool(each), float(weight))

    def ask(self, path: KeyPath, check: Callable[..., None], *given: Any) -> bool:
        """Whether a panel passes; what is wrong is noted at the setting that it is about."""
        try:
            check(*given)
        except BadInput as error:
            named = value_at(self.document, (*path, error.field)) is not None if error.field else False
            whole = path[:1] == ("problem",)  # the panels that a scene has unless it names some
            self.fault((*path, error.field) if named and not whole else path, error.message)
            return False
        return True

    def check_runs_of_panels(self, panels: list[tuple[Panel, KeyPath]], scene: Scene) -> None:
        """The panels are able to draw the runs; of one for each run, one fault is enough."""
        subject = Subject(scene)
        for panel, path in panels:
            for one in panel.spread(scene.runs):
                if not self.ask(path, check_runs, one, subject):
                    break
        if not self.found:
            self.ask((), check_panels, scene)

    def check_whole(self, panels: Sequence[Panel]) -> None:
        """What the panels show is in the file: a problem, and runs."""
        runs = self.document.get("runs", {})
        shows = next((panel.name for panel in panels if not SPECS[panel.name].without_problem), "")
        if "problem" not in self.document and ("problem",) not in self.spoiled and (shows or runs):
            whose = f", which panel '{shows}' shows" if shows else ""
            self.fault((), f"[problem] is missing{whose}: it names one of {', '.join(PROBLEMS)}")
        shows = next((panel.name for panel in panels if not SPECS[panel.name].without_runs), "")
        recorded = value_at(self.document, ("problem", "recorded")) is not None  # brings its own
        if shows and runs == {} and ("runs",) not in self.spoiled and not recorded:
            advice = 'label = { optimizer = "gd", learning_rate = 0.1 }'
            if "runs" in self.document:
                self.fault(("runs",), f"there is none, and panel '{shows}' shows runs: {advice}")
            else:
                self.fault((), f"[runs] is missing, which panel '{shows}' shows: {advice}")

    # ---- the rest

    def check_texts(self) -> None:
        """The title and the labels can be drawn."""
        title = self.document.get("title", "")
        if isinstance(title, str):
            self.check_text(("title",), title, MAX_TITLE)
        for path in (("verdict",), ("author",), ("ask", "question"), *self.places_of_texts()):
            text = value_at(self.document, path)
            if isinstance(text, str):
                self.check_text(path, FIELD.sub("", text).replace("$", ""), MAX_TITLE)
        self.found.extend(unknown_fonts(self.document.get("font")))
        runs = self.document.get("runs")
        for label in runs if isinstance(runs, dict) else ():
            self.check_text(("runs", label), label, MAX_LABEL)
            if not label.strip():
                self.fault(("runs", label), "a label is the name of a run in the legend; this one is empty")

    def places_of_texts(self) -> list[KeyPath]:
        """Where the texts of captions and marks stand."""
        counts = {name: self.document.get(name) for name in ("captions", "marks")}
        return [
            (name, k, "text")
            for name, entries in counts.items()
            if isinstance(entries, list)
            for k in range(len(entries))
        ]

    def check_text(self, path: KeyPath, text: str, most: int) -> None:
        problem = (
            f"{len(text):,} characters are too many, at most {most}" if len(text) > most else undrawable(text)
        )
        if problem:
            self.fault(path, problem)

    def check_limits(self, values: Mapping[str, Any], panels: tuple[Panel, ...]) -> None:
        """The limits of a scene, all of them at once."""
        runs = self.document.get("runs")
        listed = self.document.get("panels", panels)
        if isinstance(listed, list):
            each = len(runs) if isinstance(runs, dict) else 1
            wide = [isinstance(entry, dict) and entry.get("each") is True for entry in listed]
            listed = [
                entry for entry, many in zip(listed, wide, strict=True) for _ in range(each if many else 1)
            ]
        known = {**{name: setting.default for name, setting in scalars(self.wanted).items()}, **values}
        known["runs"] = len(runs) if isinstance(runs, dict) else 1
        known["panels"] = len(listed) if isinstance(listed, list | tuple) else 1
        known["fps"] = nearest_rate(known["fps"])
        known["slow"] = Slow.made(known["slow"])
        known["camera"] = [CameraMove.made(move) for move in known["camera"]]
        for name, problem in Extent(**{name: known[name] for name in EXTENT}).faults():
            self.fault((name,), clip(problem, 200))
        if {"steps", "epochs"} <= self.document.keys():
            self.fault(
                ("epochs",), "'steps' and 'epochs' both say how long the runs take; give one of the two"
            )

    def attach_start(self, error: BadInput) -> None:
        """Note a start where there is no loss, at the line that says where it is."""
        places: list[KeyPath] = [("runs", error.part, "start")] if error.part else []
        places += [("problem", "start"), ("problem",)]
        at = next(path for path in places if value_at(self.document, path) is not None)
        self.fault(at, error.message if at[-1] == "start" else f"the start: {error.message}")

    def attach(self, error: BadInput, path: KeyPath, entry: Mapping[str, Any], whole: str = "") -> None:
        """Note what a part refused: at the setting that it is about, else at `whole`."""
        key = KEY_OF_PART.get(error.part, error.field)
        if key == "clip" and any(other[:-1] == (*path, key) for other, _ in self.found):
            return  # a misspelt limit is told already
        if key not in entry:
            self.fault((*path, whole) if whole else path, str(error))
        else:
            self.fault((*path, key), error.message if key == error.field else error.sentence)
