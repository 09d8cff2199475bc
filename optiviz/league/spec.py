"""Reads sweep files: TOML to the jobs of every rule on every problem; reports every fault with its line.

    steps    = 500
    seeds    = 4                       # so many, or a list of them
    starts   = 8                       # so many, or places, or { grid = [200, 200] }
    targets  = [1e-3]                  # shares of the drop, or `levels`: losses as they are

    [problems]
    beale    = { surface = "beale" }   # each as [problem] of a scene

    [runs.Adam]                        # each as in a scene; `vary` has settings with their values
    optimizer = "adam"
    vary.learning_rate = { low = 1e-4, high = 1, count = 41, log = true }

It is input that may be hostile: it executes nothing, reads only files below its own folder, and its counts
have limits.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz._lib.registry import hint
from optiviz.analysis.many_runs import check_layer_rate, stepping, with_settings
from optiviz.analysis.outcomes import MEASURE, lowest_loss
from optiviz.league.jobs import job_of, runs_in, scene_and_faults, values_along
from optiviz.league.store import Leg
from optiviz.objectives.csv_text import read_csv_text
from optiviz.objectives.surface import Surface
from optiviz.objectives.table import path_inside
from optiviz.runs.minimize import MAX_STEPS
from optiviz.scenefile.line_numbers import KeyPath, dotted_key, key_line_numbers, line_number
from optiviz.scenefile.messages import toml_text
from optiviz.scenefile.source import Fault, SceneFault, clip, parse_toml, read_scene_text

MAX_PROBLEMS, MAX_RULES = 200, 64
MAX_AXES = 4
MAX_VALUES = 1_000_000  # of a setting
MAX_STARTS = 100_000_000
MAX_SEEDS = 10_000
MAX_SWEEP = 10_000_000_000  # runs in all
MAX_DATA = 2**20  # bytes of a CSV file, which goes with each job
MAX_TARGETS = 20
KEYS = (
    "title", "steps", "seeds", "starts", "targets", "levels", "lowest", "inside", "kept", "problems", "runs",
)  # fmt: skip


@dataclass(frozen=True)
class Spec:
    """A sweep as its file has it: a leg for each rule on each problem."""

    title: str
    text: str
    legs: tuple[Leg, ...]

    @property
    def runs(self) -> int:
        """How many runs it is."""
        return sum(runs_in(leg.job) for leg in self.legs)


def read_spec(path: str | Path) -> Spec:
    """The sweep in a file.

    Raises
    ------
    SceneFault
        With everything that is wrong with it, each with its line.
    """
    text = read_scene_text(path)
    return spec_of(text, str(path), Path(path).resolve().parent)


def spec_of(text: str, name: str, folder: Path) -> Spec:
    """The sweep in a text: `name` is what faults are told of, data are files below `folder`."""
    document = parse_toml(text, name)
    reader = SpecReader(document, folder)
    spec = reader.spec(text)
    if reader.found or spec is None:
        lines = key_line_numbers(text)
        faults = {
            Fault(line_number(where, lines), dotted_key(where), clip(message, 400)): None
            for where, message in reader.found
        }
        raise SceneFault(name, sorted(faults, key=lambda fault: fault.line))
    return spec


@dataclass(frozen=True)
class SpecReader:
    """Reads one document; faults are collected in `found`, as (path, message)."""

    document: dict[str, Any]
    folder: Path
    found: list[tuple[KeyPath, str]] = field(default_factory=list)

    def spec(self, text: str) -> Spec | None:
        """The sweep, or None when something is wrong."""
        for key in self.document:
            if key not in KEYS:
                near = hint(clip(key), KEYS) or f" - known: {', '.join(KEYS)}"
                self.fault((key,), f"unknown setting '{clip(key)}'{near}")
        title = self.document.get("title", "")
        if not isinstance(title, str) or len(title) > 200:
            self.fault(("title",), "must be text in quotes, of at most 200 characters")
        steps = self.whole(("steps",), 1, MAX_STEPS, None)
        seeds, starts, measure = self.seeds(), self.starts(), self.measure()
        problems = self.tables("problems", MAX_PROBLEMS, '{ surface = "beale" }')
        runs = self.tables("runs", MAX_RULES, '{ optimizer = "gd" }')
        varied = {label: self.vary(label, runs[label].pop("vary", {})) for label in runs}
        if not problems or not runs or self.found:
            self.scenes(problems, runs)  # what is wrong with them is told, too
            return None
        legs = []
        for label, objective, scene, files in self.scenes(problems, runs):
            self.check_problem(label, objective, starts, measure)
            for run, part in scene.runs.items():
                self.check_vary(run, part.optimizer, varied[run], objective)
                settings = {"steps": steps, "vary": varied[run], "starts": starts, "seeds": seeds}
                job = job_of(
                    without_encoding(problems[label]), runs[run], measure=measure, files=files, **settings
                )
                legs.append(Leg(label, run, job))
        count = sum(runs_in(leg.job) for leg in legs)
        if count > MAX_SWEEP:
            self.fault((), f"{count:,} runs are too many; the limit is {MAX_SWEEP:,}")
        return None if self.found else Spec(title, text, tuple(legs))

    def fault(self, path: KeyPath, message: str) -> None:
        self.found.append((path, message))

    # ---- counts and lists

    def whole(self, path: KeyPath, low: int, high: int, default: int | None) -> int:
        """A whole number at the top of the file."""
        value = self.document.get(str(path[-1]), default)
        if value is None:
            self.fault((), f"'{path[-1]}' is missing")
        elif not is_whole_in(value, low, high):
            self.fault(path, f"must be a whole number from {low:,} to {high:,}, got {toml_text(value)}")
        else:
            return int(value)
        return low

    def seeds(self) -> list[int]:
        """The seeds: 0, 1, 2, ..., or those that are listed."""
        value = self.document.get("seeds", 1)
        if isinstance(value, list):
            good = 1 <= len(value) <= MAX_SEEDS and all(is_whole_in(one, 0, 2**63 - 1) for one in value)
            if good and len(set(value)) == len(value):
                return value
            self.fault(("seeds",), f"must be up to {MAX_SEEDS:,} whole numbers from 0, each once")
            return [0]
        if not is_whole_in(value, 1, MAX_SEEDS):
            wanted = f"a whole number from 1 to {MAX_SEEDS:,}, or a list of seeds"
            self.fault(("seeds",), f"must be {wanted}, got {toml_text(value)}")
            return [0]
        return list(range(value))

    def starts(self) -> Any:
        """The starts as a job has them; None for the problem's own alone."""
        value = self.document.get("starts", 1)
        if isinstance(value, list):
            good = value and all(isinstance(place, list) and all(map(is_number, place)) for place in value)
            if not good or len({len(place) for place in value}) > 1:
                self.fault(("starts",), "must be a list of places of as many numbers: [[1, 2], [0.5, -1]]")
            return value
        table = value if isinstance(value, dict) else {"count": value}
        known = ("grid",) if "grid" in table else ("count", "spread", "seed", "own")
        for key in table:
            if key not in known:
                self.fault(("starts", key), f"unknown setting '{clip(key)}'{hint(clip(key), known)}")
        if "grid" in table:
            pair = table["grid"]
            good = isinstance(pair, list) and len(pair) == 2 and all(is_whole_in(n, 1, 10_000) for n in pair)
            if not good:
                self.fault(("starts",), "grid must be two whole numbers from 1 to 10,000: across, up")
            return {"grid": pair}
        if not is_whole_in(table.get("count"), 1, MAX_STARTS):
            self.fault(("starts",), f"must be a count from 1 to {MAX_STARTS:,}, places, or a grid")
        if not (is_number(table.get("spread", 0.1)) and 0 < table.get("spread", 0.1) <= 10):
            self.fault(("starts", "spread"), "must be a number above 0, at most 10")
        if not is_whole_in(table.get("seed", 0), 0, 2**63 - 1) or not isinstance(
            table.get("own", True), bool
        ):
            self.fault(("starts",), "seed must be a whole number from 0, and own true or false")
        return None if table == {"count": 1} else table

    def measure(self) -> dict[str, Any]:
        """What is kept of each run, as a job has it."""
        measure = dict(MEASURE)
        given = [key for key in ("targets", "levels") if key in self.document]
        if len(given) == 2:
            self.fault(
                ("levels",), "'targets' are shares of the drop and 'levels' losses; give one of the two"
            )
        for key in given:
            value = self.document[key]
            good = isinstance(value, list) and len(value) <= MAX_TARGETS and all(map(is_number, value))
            if not good or len(set(value)) < len(value):
                self.fault((key,), f"must be a list of up to {MAX_TARGETS} numbers, each once")
            elif key == "targets" and not all(0 < share < 1 for share in value):
                self.fault((key,), "must be shares of the drop, greater than 0 and less than 1")
            measure |= {"targets": value, "of": "drop" if key == "targets" else "loss"}
        lowest = self.document.get("lowest")
        if lowest is not None and not is_number(lowest):
            self.fault(("lowest",), f"must be a number, got {toml_text(lowest)}")
        inside = self.document.get("inside", True)
        if not isinstance(inside, bool):
            self.fault(("inside",), f"must be true or false, got {toml_text(inside)}")
        return {**measure, "lowest": lowest, "inside": inside, "kept": self.whole(("kept",), 0, MAX_STEPS, 0)}

    # ---- problems and runs

    def tables(self, key: str, most: int, example: str) -> dict[str, dict[str, Any]]:
        """The tables of [problems] or [runs], by label."""
        value = self.document.get(key, {})
        if not isinstance(value, dict) or not value:
            self.fault((key,) if key in self.document else (), f"[{key}] needs a table: label = {example}")
            return {}
        if len(value) > most:
            self.fault((key,), f"{len(value):,} are too many; the limit is {most}")
            return {}
        for label, entry in value.items():
            if not isinstance(entry, dict):
                self.fault((key, label), f"must be a table such as {example}, got {toml_text(entry)}")
        return {label: dict(entry) for label, entry in value.items() if isinstance(entry, dict)}

    def vary(self, label: str, given: Any) -> list[dict[str, Any]]:
        """The axes of a run: one for each setting, in the order of the file."""
        path: KeyPath = ("runs", label, "vary")
        if not isinstance(given, dict):
            self.fault(
                path, f"must be a table such as {{ learning_rate = [0.01, 0.1] }}, got {toml_text(given)}"
            )
            return []
        if len(given) > MAX_AXES:
            self.fault(path, f"{len(given)} settings are too many; the limit is {MAX_AXES}")
            return []
        axes = []
        for name, values in given.items():
            problem = fault_of_values(values)
            if problem:
                self.fault((*path, name), problem)
            else:
                axes.append({name: values})
        return axes

    def scenes(
        self, problems: Mapping[str, dict[str, Any]], runs: Mapping[str, dict[str, Any]]
    ) -> Iterator[tuple[str, Any, Any, dict[str, str]]]:
        """(label, objective, scene, data files) of each problem on which all runs can be."""
        made = []
        runs = runs or {"run": {"optimizer": "gd"}}  # that there are none has been told
        for label, problem in problems.items():
            scene, found = scene_and_faults(json_copy({"problem": problem, "runs": runs}), self.folder)
            for where, message in found:
                self.fault(("problems", label, *where[1:]) if where[:1] == ("problem",) else where, message)
            if scene is None:
                continue
            try:
                made.append((label, scene.objective, scene, self.data_files(problem)))
            except BadInput as error:
                self.fault(("problems", label, "data", "csv"), str(error))
        return iter(made)

    def data_files(self, problem: Mapping[str, Any]) -> dict[str, str]:
        """The text of the CSV file that a problem reads, by its name."""
        data = problem.get("data", {})
        if "csv" not in data:
            return {}
        path = path_inside(self.folder, data["csv"])
        if path.stat().st_size > MAX_DATA:
            raise BadInput(f"larger than {MAX_DATA // 2**20} MiB; it would be sent with every block")
        return {data["csv"]: read_csv_text(path, data["csv"], data.get("encoding"))}

    def check_problem(self, label: str, objective: Any, starts: Any, measure: Mapping[str, Any]) -> None:
        """Starts fit the problem, and its lowest loss is known where targets are shares of the drop."""
        count = np.size(objective.start)
        if isinstance(starts, list) and starts and len(starts[0]) != count:
            self.fault(("starts",), f"problem '{clip(label)}' takes places of {count} numbers")
        if isinstance(starts, dict) and not isinstance(objective, Surface):
            if "grid" in starts:
                self.fault(("starts",), f"a grid lies on a surface; problem '{clip(label)}' is none")
            elif hasattr(objective, "network"):
                self.fault(("starts",), f"the network '{clip(label)}' begins anew with each of its `seeds`")
        if measure["of"] == "drop" and measure["targets"] and measure["lowest"] is None:
            try:
                lowest_loss(objective)
            except BadInput:
                why = "its lowest loss is not known: give `lowest`, `levels`, or `targets = []`"
                self.fault(("problems", label), why)

    def check_vary(self, label: str, rule: Any, axes: list[dict[str, Any]], objective: Any) -> None:
        """The rule has these settings, and bears their values."""
        for axis in axes:
            for name, values in axis.items():
                try:
                    with_settings(stepping(rule), {name: values_along(name, values)})
                    check_layer_rate(stepping(rule), name, getattr(objective, "variables", None))
                except BadInput as error:
                    self.fault(("runs", label, "vary", name), str(error))


def fault_of_values(values: Any) -> str:
    """What is wrong with the values of a setting; empty if nothing is."""
    if isinstance(values, list):
        if not values or not all(map(is_number, values)):
            return "must be a list of numbers, or { low, high, count, log }"
        return ""
    if not isinstance(values, dict):
        return f"must be a list of numbers, or {{ low, high, count, log }}, got {toml_text(values)}"
    known = ("low", "high", "count", "log")
    for key in values:
        if key not in known:
            return f"unknown setting '{clip(key)}'{hint(clip(key), known)}"
    if not (is_number(values.get("low")) and is_number(values.get("high"))):
        return "low and high must be two numbers"
    if not is_whole_in(values.get("count"), 1, MAX_VALUES):
        return f"count must be a whole number from 1 to {MAX_VALUES:,}, got {toml_text(values.get('count'))}"
    if not isinstance(values.get("log", False), bool):
        return f"log must be true or false, got {toml_text(values['log'])}"
    if not values["low"] <= values["high"] or (values.get("log") and values["low"] <= 0):
        above = " above 0" * bool(values.get("log"))
        return f"low and high must be two numbers{above}, low then high"
    return ""


def is_number(value: Any) -> bool:
    """Whether it is a finite number that a float can be."""
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and abs(value) < 1e308
        and isfinite(value)
    )


def is_whole_in(value: Any, low: int, high: int) -> bool:
    """Whether it is a whole number of a range."""
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def without_encoding(problem: Mapping[str, Any]) -> dict[str, Any]:
    """A problem whose data file goes along as text."""
    data = problem.get("data", {})
    if "encoding" not in data:
        return dict(problem)
    return {**problem, "data": {key: value for key, value in data.items() if key != "encoding"}}


def json_copy(value: Any) -> Any:
    """A copy of a TOML document that may be trimmed; dates are texts, which no setting is."""
    return json.loads(json.dumps(value, default=str))
