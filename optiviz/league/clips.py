"""The clips behind a league's heat map: a problem with its tuned rules, as a scene file and a GIF."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz._lib.registry import hint
from optiviz.league.play import contests_of
from optiviz.league.record import filled
from optiviz.league.report import CLIPS, write_text
from optiviz.league.suite import Family, Suite
from optiviz.rendering.render import make
from optiviz.scenefile import read_text
from optiviz.scenefile.introspection import settings_of
from optiviz.scenefile.models import RULES

MOST = 6  # rules in a clip: the quickest


def check_clips(suite: Suite, names: Sequence[str]) -> None:
    """Refuse problems that a suite does not have."""
    known = [name for family in suite.families.values() for name in family.problems]
    for name in names:
        if name not in known:
            raise BadInput(f"unknown problem '{name[:80]}' of suite '{suite.name}'{hint(name[:80], known)}")


def write_clip(record: Mapping[str, Any], suite: Suite, name: str, folder: Path) -> Path:
    """Write the scene of a problem, and draw it: `clips/NAME.toml` and `.gif` in the folder of a league."""
    (folder / CLIPS).mkdir(parents=True, exist_ok=True)
    text = clip_scene(record, suite, name)
    file = folder / CLIPS / f"{name}.toml"
    write_text(file, text)
    scene, _ = read_text(text, str(file), file.parent)
    make(scene, [file.with_suffix(".gif")])
    return file.with_suffix(".gif")


def clip_scene(record: Mapping[str, Any], suite: Suite, name: str) -> str:
    """The scene file of a problem: from the first fresh start, the rules that are quickest when tuned."""
    label, family = next((k, f) for k, f in suite.families.items() if name in f.problems)
    kind = next(iter(record["classes"]))
    told = record["classes"][kind]["families"][label]
    p = told["problems"].index(name)
    order = quickest(told, p)[:MOST]
    contest = next(one for one in contests_of(suite, family) if one.label == name)
    starts, plain = contest.scored_on["starts"], "data" in contest.problem
    problem = {**contest.problem, **({} if starts is None else {"start": starts[0]})}
    times = filled(told["times"][0])[p][order]
    finite = np.median(times, axis=1)
    last = finite[np.isfinite(finite)].max(initial=20.0)
    budget = record["classes"][kind]["budget"]
    lines = [
        f"# {name} in the league '{suite.name}': the {len(order)} quickest rules, tuned.",
        f"title = {json.dumps(title_of(name))}",
        f"panels = {toml_value(['loss'] if plain else ['landscape', 'loss'])}",
        f"steps = {int(min(max(1.5 * last, 30), suite.steps))}",
        f"seed = {contest.scored_on['seeds'][0]}",
        f"captions = [{{ at = 0, text = {json.dumps(frame_words(record, budget, family))} }}]",
        "",
        "[problem]",
        *(f"{json.dumps(key)} = {toml_value(value)}" for key, value in problem.items()),
        "",
        "[runs]",
    ]
    for k in order:
        rule = record["rules"][k]
        settings = spelled(suite.rules[rule]["optimizer"], told["tuned"][p][k]["settings"])
        table = {**suite.rules[rule], **contest.run, **settings}
        lines.append(f"{json.dumps(rule, ensure_ascii=False)} = {toml_value(table)}")
    return "\n".join(lines) + "\n"


def spelled(optimizer: str, settings: Mapping[str, float]) -> dict[str, float]:
    """Settings by the names that a rule, or a framework's flavour of it, has for them in a scene.

    >>> spelled("torch.SGD", {"learning_rate": 0.1})
    {'lr': 0.1}
    """
    known = settings_of(RULES[optimizer])
    return {
        "lr" if name == "learning_rate" and name not in known else name: v for name, v in settings.items()
    }


def quickest(told: Mapping[str, Any], p: int) -> list[int]:
    """The rules of the suite on a problem, the quickest first; those that miss come last."""
    if told["kind"] == "value":
        return [
            int(k)
            for k in np.argsort(-np.mean(np.array(told["gone"][p], dtype=float), axis=1), kind="stable")
        ]
    tuned = [k for k, one in enumerate(told["tuned"][p]) if one["settings"]]
    times = np.median(filled(told["times"][0])[p], axis=1)
    return sorted(tuned, key=lambda k: (times[k], k))


def title_of(name: str) -> str:
    """A problem as a title."""
    return f"{name.replace('_', ' ').capitalize()}: tuned with the same budget"


def frame_words(record: Mapping[str, Any], budget: int, family: Family) -> str:
    """The budget, as the frame says it."""
    goal = f", target {100 * family.targets[0]:g} % kept" if family.kind == "race" else ""
    return f"Tuned: {budget} rates, {record['starts']} starts, {record['steps']} steps{goal}."


def toml_value(value: Any) -> str:
    """A value of JSON as TOML spells it, on one line.

    >>> toml_value({"optimizer": "gd", "rates": [0.5, True]})
    '{ "optimizer" = "gd", "rates" = [0.5, true] }'
    """
    if isinstance(value, Mapping):
        inside = ", ".join(f"{json.dumps(str(key))} = {toml_value(item)}" for key, item in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_value, value))}]"
    return json.dumps(value)
