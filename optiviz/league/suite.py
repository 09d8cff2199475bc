"""Suites: the rules, problems and budget of a league, read from TOML; every fault with its line.

    rules      each as a run of a scene
    classes    what is tuned, with how many trials
    families   problems of a kind: races to a minimum, values reached, escapes from a saddle

A suite is input that may be hostile: it executes nothing, reads no other file, and its counts have limits.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

from optiviz._lib.errors import BadInput
from optiviz._lib.registry import hint
from optiviz._lib.typing import Bounds
from optiviz.analysis.many_runs import stepping, with_settings
from optiviz.analysis.outcomes import lowest_loss
from optiviz.league.jobs import canonical, scene_and_faults
from optiviz.objectives.surface import Surface
from optiviz.objectives.surfaces import surfaces
from optiviz.scenefile.field_types import list_of, literal, table_model
from optiviz.scenefile.introspection import REQUIRED, Setting
from optiviz.scenefile.line_numbers import KeyPath, dotted_key, key_line_numbers, line_number
from optiviz.scenefile.messages import error_sentence, unknown_key, value_at, where
from optiviz.scenefile.partial_schema import EVERYTHING
from optiviz.scenefile.source import Fault, SceneFault, clip, parse_toml, read_scene_text
from optiviz.scenefile.validation import plain_values

OF_RUNS = ("batch_size",)  # keys of a problem here that a scene has in its runs
MAX_RULES, MAX_PROBLEMS, MAX_CLASSES = 64, 200, 4
MAX_WORK = 10_000_000_000  # steps of all runs
GROUND = {"formula": "x**2 + y**2", "xlim": [-2, 2], "ylim": [-2, 2], "start": [1, 1]}  # rules are made on it


@dataclass(frozen=True)
class Class:
    """What is tuned: with `budget` trials the rate, and of rules in `second` another setting too."""

    budget: int
    second: Mapping[str, str]


@dataclass(frozen=True)
class Family:
    """Problems of a kind.

    Parameters
    ----------
    kind : "race", "value" or "escape"
        Steps until a loss is met for good; the share of the drop that is gone at the end; steps until a run
        is below a saddle.
    problems : mapping of str to mapping
        Each as [problem] of a scene.
    runs : mapping of str to mapping
        What a problem asks of all runs on it: `batch_size`.
    lowest : mapping of str to float
        The least loss, or that of the saddle, of problems where it is not known otherwise.
    targets : tuple of float
        Shares of the drop; the first decides.
    turned : float
        Degrees by which the held-out twin of each surface is turned; 0 for none.
    spread : float
        Share of the window within which starts are drawn.
    """

    kind: str
    problems: Mapping[str, Mapping[str, Any]]
    runs: Mapping[str, Mapping[str, Any]]
    lowest: Mapping[str, float]
    targets: tuple[float, ...] = (1e-3,)
    turned: float = 0.0
    spread: float = 0.1


@dataclass(frozen=True)
class Suite:
    """A league as its file has it.

    Parameters
    ----------
    name, title : str
    steps : int
        Of each run.
    starts, fresh : int
        To tune on, and to be scored on; of networks so many seeds.
    seed : int
    rules : mapping of str to mapping
        Each as a run of a scene.
    classes : mapping of str to Class
    families : mapping of str to Family
    """

    name: str
    title: str
    steps: int
    starts: int
    fresh: int
    seed: int
    rules: Mapping[str, Mapping[str, Any]]
    classes: Mapping[str, Class]
    families: Mapping[str, Family]
    document: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def digest(self) -> str:
        """The SHA-256 of what stands in the file, its comments left out."""
        return hashlib.sha256(canonical(self.document).encode()).hexdigest()


@cache
def suite_model() -> Any:
    """The pydantic model of a suite file; the tables of rules and problems are read as those of a scene."""
    whole = Annotated[int, Bounds(low=2, high=64)]
    share = Annotated[float, Bounds(low=0.0, high=1.0, open_low=True, open_high=True)]
    kind = table_model(
        EVERYTHING,
        "class of a suite",
        [
            Setting("budget", Annotated[int, Bounds(low=2, high=1024)], REQUIRED, "Trials of each rule."),
            Setting("second", dict[str, str], None, "By rule, a memory that is tuned with the rate."),
        ],
    )
    family = table_model(
        EVERYTHING,
        "family of a suite",
        [
            Setting("kind", Literal["race", "value", "escape"], REQUIRED, "What counts."),
            Setting("targets", list_of(Annotated[float, share]), (1e-3,), "Shares of the drop."),
            Setting("turned", float, 0.0, "Degrees by which twins are turned."),
            Setting("spread", share, 0.1, "Of the window, within which starts are drawn."),
            Setting("surfaces", list_of(literal(surfaces)), None, "Surfaces of the catalogue."),
            Setting("problems", dict[str, dict[str, Any]], None, "Others, each as [problem] of a scene."),
            Setting("lowest", dict[str, float], None, "Least losses that are not known otherwise."),
        ],
    )
    return table_model(
        EVERYTHING,
        "suite",
        [
            Setting("title", str, "", "Of the report."),
            Setting("steps", Annotated[int, Bounds(low=1, high=100_000)], REQUIRED, "Of each run."),
            Setting("starts", whole, 8, "To tune on."),
            Setting("fresh", whole, 8, "To be scored on."),
            Setting("seed", Annotated[int, Bounds(low=0, high=2**31)], 0, "Of starts and grids."),
            Setting("rules", dict[str, dict[str, Any]], REQUIRED, "Who takes part."),
            Setting("classes", dict[str, kind], REQUIRED, "What is tuned."),  # type: ignore[valid-type]
            Setting("families", dict[str, family], REQUIRED, "On what."),  # type: ignore[valid-type]
        ],
    )


def read_suite(name: str | Path) -> Suite:
    """The suite in a TOML file, or a shipped one by its name.

    Raises
    ------
    SceneFault
        With everything that is wrong with the file, each with its line.
    """
    path = resolve_suite(str(name))
    return suite_of(read_scene_text(path), str(path), path.stem)


def suite_of(text: str, file: str, name: str) -> Suite:
    """The suite that a text describes; `file` is what faults are told of."""
    from pydantic import ValidationError

    document = parse_toml(text, file)
    try:
        given = plain_values(suite_model().model_validate(document))
    except ValidationError as invalid:
        raise located_faults_of(file, text, structure_faults(invalid, document)) from None
    classes = {
        label: Class(told["budget"], told.get("second", {})) for label, told in given["classes"].items()
    }
    families = {
        label: family_of({**told, "problems": document["families"][label].get("problems", {})})
        for label, told in given["families"].items()
    }
    suite = Suite(
        name=name,
        title=given.get("title", "") or name,
        steps=given["steps"],
        starts=given.get("starts", 8),
        fresh=given.get("fresh", 8),
        seed=given.get("seed", 0),
        rules=document["rules"],
        classes=classes,
        families=families,
        document=document,
    )
    found = [*faults_of_counts(suite)]
    found = found or [*faults_of_parts(suite, document)]
    if found:
        raise located_faults_of(file, text, found)
    return suite


def family_of(told: Mapping[str, Any]) -> Family:
    """A family from its table."""
    given = {**{name: {"surface": name} for name in told.get("surfaces", [])}, **told["problems"]}
    problems = {label: {k: v for k, v in table.items() if k not in OF_RUNS} for label, table in given.items()}
    runs = {label: {k: v for k, v in table.items() if k in OF_RUNS} for label, table in given.items()}
    optional = {name: told[name] for name in ("turned", "spread") if name in told}
    targets = tuple(told.get("targets", Family.targets))
    return Family(told["kind"], problems, runs, told.get("lowest", {}), targets, **optional)


def structure_faults(invalid: Any, document: Mapping[str, Any]) -> list[tuple[KeyPath, str]]:
    """What is wrong with the names, types and bounds of a suite."""
    keys = {
        1: ["title", "steps", "starts", "fresh", "seed", "rules", "classes", "families"],
        "classes": ["budget", "second"],
        "families": ["kind", "targets", "turned", "spread", "surfaces", "problems", "lowest"],
    }
    found = []
    for error in invalid.errors(include_url=False, include_input=False):
        path = where(error["loc"], document)
        if error["type"] == "extra_forbidden":
            known = keys[1] if len(path) == 1 else keys.get(path[0], [])
            found.append((path, unknown_key(path, known, value_at(document, path[:-1]) or {})))
        else:
            found.append(error_sentence(error, path, document))
    return found


def faults_of_counts(suite: Suite) -> Iterator[tuple[KeyPath, str]]:
    """Too many of something, or none."""
    problems = sum(len(family.problems) for family in suite.families.values())
    limits = (("rules", suite.rules, MAX_RULES), ("classes", suite.classes, MAX_CLASSES))
    for name, given, most in limits:
        if not 1 <= len(given) <= most:
            yield (name,), f"must be 1 to {most} of them, got {len(given)}"
    for label, family in suite.families.items():
        if not family.problems:
            yield ("families", label), "names no problem: give surfaces or problems"
        if not 1 <= len(family.targets) <= 10 or len(set(family.targets)) < len(family.targets):
            yield ("families", label, "targets"), "must be 1 to 10 different shares"
        plain = all({"surface", "formula"} & problem.keys() for problem in family.problems.values())
        if family.turned and not plain:
            yield ("families", label, "turned"), "only a surface can be turned"
        if family.kind == "value" and not plain:
            yield ("families", label, "kind"), "shares of the drop are compared on surfaces only"
    if problems > MAX_PROBLEMS:
        yield ("families",), f"{problems:,} problems; a suite has at most {MAX_PROBLEMS}"
    trials = sum(kind.budget for kind in suite.classes.values())
    work = problems * len(suite.rules) * suite.steps * (trials * suite.starts + 4 * suite.fresh)
    if work > MAX_WORK:
        yield ("steps",), f"{work:,} steps of all runs together; the limit is {MAX_WORK:,}"


def faults_of_parts(suite: Suite, document: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    """What is wrong with a rule, a problem, or the settings to be tuned."""
    rules: dict[str, Any] = {}
    runs = {label: dict(run) for label, run in suite.rules.items()}
    scene, found = scene_and_faults({"problem": dict(GROUND), "runs": runs}, Path())
    for place, why in found:
        yield ("rules", *place[1:]) if place[:1] == ("runs",) else ("rules",), why
    for label in suite.rules if scene is not None else ():
        try:
            rules[label] = stepping(scene.runs[label].optimizer)
            with_settings(rules[label], {"learning_rate": 0.1})
        except BadInput as error:
            yield ("rules", label), str(error)
    for name, kind in suite.classes.items():
        for label, setting in kind.second.items():
            if label not in suite.rules:
                yield ("classes", name, "second", label), f"unknown rule{hint(label[:80], suite.rules)}"
            elif label in rules:
                try:
                    with_settings(rules[label], {setting: 0.0})
                    with_settings(rules[label], {setting: 0.99})
                except BadInput as error:
                    yield ("classes", name, "second", label), str(error)
    if len(rules) == len(suite.rules):
        for name, family in suite.families.items():
            yield from faults_of_family(suite, name, family, document)


def faults_of_family(
    suite: Suite, name: str, family: Family, document: Mapping[str, Any]
) -> Iterator[tuple[KeyPath, str]]:
    """What is wrong with the problems of a family."""
    for label in family.lowest:
        if label not in family.problems:
            yield ("families", name, "lowest", label), f"unknown problem{hint(label[:80], family.problems)}"
    first = next(iter(suite.rules.items()))
    for label, problem in family.problems.items():
        place: KeyPath = ("families", name, "problems", label)
        if value_at(document, place) is None:  # one of the catalogue, by its name alone
            place = ("families", name, "surfaces")
            if family.kind != "escape" and surfaces[label].f_min is None and label not in family.lowest:
                yield place, f"the least loss of {label} is not known: lowest = {{ {label} = ... }}"
            if family.kind == "escape" and label not in family.lowest:
                yield place, f"the loss at the saddle is not known: lowest = {{ {label} = ... }}"
            continue
        if "csv" in problem.get("data", {}) if isinstance(problem.get("data"), dict) else False:
            yield (*place, "data"), "a suite makes its data: kind = ..., not from a file"
            continue
        runs = {first[0]: {**first[1], **family.runs[label]}}
        scene, found = scene_and_faults({"problem": dict(problem), "runs": runs}, Path())
        for at, why in found:
            inside = at[1:] if at[:1] == ("problem",) else at[2:] if at[2:] in {(k,) for k in OF_RUNS} else ()
            yield (*place, *inside), why
        if scene is None or label in family.lowest:
            continue
        if family.kind == "escape":
            yield place, f"the loss at the saddle is not known: lowest = {{ {label} = ... }}"
        elif not isinstance(scene.objective, Surface) or scene.objective.f_min is None:
            try:
                lowest_loss(scene.objective)
            except BadInput:
                yield place, f"its least loss is not known: lowest = {{ {clip(label)} = ... }}"


def located_faults_of(file: str, text: str, found: Iterable[tuple[KeyPath, str]]) -> SceneFault:
    """Faults of a suite, each with its line."""
    lines = key_line_numbers(text)
    faults = [
        Fault(line_number(place, lines), dotted_key(place), clip(message, 300)) for place, message in found
    ]
    return SceneFault(file, sorted(faults, key=lambda fault: fault.line))


def suites() -> Mapping[str, Path]:
    """The suites that come with the package, by name."""
    installed = Path(str(files("optiviz"))) / "suites"
    folder = installed if installed.is_dir() else Path(__file__).parents[2] / "suites"
    return MappingProxyType({path.stem: path for path in sorted(folder.glob("*.toml"))})


def resolve_suite(name: str) -> Path:
    """The file of a suite, from its path or from the name of a shipped one; a path goes first.

    Raises
    ------
    BadInput
        When there is neither.
    """
    known = suites()
    if os.path.lexists(name) or (name not in known and name.endswith(".toml")):
        return Path(name)
    if name in known:
        return known[name]
    raise BadInput(f"unknown suite '{clip(name)}'{hint(name[:80], known) or ' - a suite is a TOML file'}")
