"""Translates pydantic's validation errors into user messages."""

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from optiviz._lib.registry import hint, synonym
from optiviz.nn import LAYERS, LOSSES
from optiviz.objectives.datasets import DATASETS
from optiviz.optimizers import OPTIMIZERS, SCHEDULES
from optiviz.runs.scipy_solvers import SOLVERS
from optiviz.scenefile.field_types import TAG, choices_of, schedule_kind
from optiviz.scenefile.introspection import settings_of
from optiviz.scenefile.line_numbers import KeyPath
from optiviz.scenefile.models import (
    PROBLEMS,
    RULES,
    WRAPPERS,
    data_kind,
    file_model,
    panel_kind,
    problem_kind,
    recorded_table,
    run_kind,
    scalars,
    wrapper_table,
)
from optiviz.scenefile.network_models import PARTS, layer_kind, part_kind
from optiviz.scenefile.partial_schema import Wanted
from optiviz.scenefile.source import clip


def where(loc: Sequence[str | int], document: Any) -> KeyPath:
    """The key path of a pydantic place: its tags taken out."""
    path: list[str | int] = []
    at = document
    for part in loc:
        there = part in at if isinstance(at, dict) else isinstance(at, list) and isinstance(part, int)
        if not there and isinstance(part, str) and TAG.match(part):
            continue
        path.append(part)
        at = at[part] if there else None
    return tuple(path)


def value_at(document: Any, path: KeyPath) -> Any:
    """What stands at a path; None if nothing does."""
    for part in path:
        try:
            document = document[part]
        except (KeyError, IndexError, TypeError):
            return None
    return document


def toml_text(value: Any) -> str:
    """A TOML value, in a message."""
    if isinstance(value, str):
        return f"'{clip(value)}'"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return clip(text)


def unknown_key(path: KeyPath, known: Sequence[str], given: Mapping[str, Any]) -> str:
    """What to say of a key that its table does not have; the keys still free are the likelier ones."""
    name = clip(str(path[-1]))
    free = [key for key in known if key not in set(given)]
    near = closest_name(name, free) or closest_name(name, known)
    if near:
        return f"unknown setting '{name}' - did you mean '{near}'?"
    top = (*scalars(), "panels", "problem", "runs")
    if len(path) > 1 and name in top:
        return f"unknown setting '{name}' - it belongs at the top of the file, above the first [table]"
    if path[0] == "problem" and name in ("batch_size", "optimizer", "learning_rate"):
        return f"unknown setting '{name}' - it belongs to a run"
    if path[:-1] == ("problem",) and "data" in given:
        if "layers" not in given and closest_name(name, ["layers"]):
            return f"unknown setting '{name}' - did you mean 'layers'?"
        if name == "weights_seed":
            return f"unknown setting '{name}' - it belongs to a network; give `layers`"
    if len(path) == 3 and path[0] == "runs":
        with_it = [rule for rule in OPTIMIZERS if name in settings_of(RULES[rule])]
        if with_it:
            return f"unknown setting '{name}' - a setting of {', '.join(with_it)}"
        if given.get("optimizer") not in SOLVERS:
            known = [*known, *(wrapper for wrapper in WRAPPERS if wrapper not in known)]
    choice = ", ".join(known)
    return f"unknown setting '{name}'" + (f" - known: {choice}" if len(choice) <= 400 else "")


def closest_name(name: str, known: Sequence[str]) -> str | None:
    """The one of `known` that `name` most likely was to be: one slip away, or at least alike."""
    if meant := synonym(name, known):
        return meant
    slips = [key for key in known if one_slip(name.lower(), key.lower())]
    if len(slips) == 1:
        return slips[0]
    folded = {key.lower(): key for key in (slips or known)}
    near = get_close_matches(name.lower(), folded, n=1, cutoff=0.6)
    return folded[near[0]] if near else None


def one_slip(a: str, b: str) -> bool:
    """Whether one letter added, left out, changed or swapped with its neighbour turns a into b."""
    if a == b:
        return True
    if abs(len(a) - len(b)) > 1 or min(len(a), len(b)) < 1 or max(len(a), len(b)) < 2:
        return False
    k = next((k for k, (p, q) in enumerate(zip(a, b, strict=False)) if p != q), min(len(a), len(b)))
    swapped = a[k : k + 2] == b[k : k + 2][::-1] and a[k + 2 :] == b[k + 2 :]
    return a[k + 1 :] == b[k + 1 :] or a[k + 1 :] == b[k:] or a[k:] == b[k + 1 :] or swapped


def error_sentence(error: Mapping[str, Any], path: KeyPath, document: Any) -> tuple[KeyPath, str]:
    """One of pydantic's errors as a sentence of ours, and where it belongs."""
    kind, context, value = error["type"], error.get("ctx", {}), value_at(document, path)
    name = str(path[-1]) if path else ""
    got = f", got {toml_text(value)}"
    limits = {
        "greater_than": "greater than",
        "greater_than_equal": "at least",
        "less_than": "less than",
        "less_than_equal": "at most",
    }
    kinds = {
        "float_type": "a number",
        "int_type": "a whole number",
        "string_type": "text in quotes",
        "bool_type": "true or false",
        "list_type": "a list in square brackets",
        "model_type": "a table",
        "dict_type": "a table",
        "finite_number": "a finite number",
    }
    if kind in limits:
        limit = next(iter(context.values()))
        if abs(limit) >= 2**63 - 1:
            return path, "this whole number is too large"
        return path, f"must be {limits[kind]} {limit:,g}{got}"
    if kind == "float_type" and isinstance(value, int) and not isinstance(value, bool):
        return path, "this number is too large"
    if kind in kinds:
        return path, f"must be {kinds[kind]}{got}"
    if kind in ("too_short", "too_long"):
        least = context.get("min_length", context.get("max_length"))
        return path, f"must be a list of {least} numbers, got {context['actual_length']}"
    if kind == "literal_error":
        known = re.findall(r"'([^']*)'", context["expected"])
        if isinstance(path[-1], int):
            noun = {"layers": "layer", "columns": "column"}.get(str(path[-2]), "panel")
            if noun == "layer" and value in LAYERS:
                return path, f"layer '{value}' needs settings, in a table: {{ layer = \"{value}\", ... }}"
            return choice_fault(path, noun, value, known)
        if name == "activation" and value == "prelu":
            return path, "'prelu' has weights to train: it is a layer of its own, \"prelu\", after this one"
        if name == "loss" and isinstance(value, str) and value in LOSSES:
            return path, f"'{value}' is a loss of networks; give `layers`, or one of {', '.join(known)}"
        return choice_fault(path, PARTS[name][0] if name in PARTS else name, value, known)
    if kind == "missing":
        return path[:-1], f"'{path[-1]}' is missing"
    if kind in ("union_tag_not_found", "union_tag_invalid"):
        return no_choice(path, value)
    return path, clip(str(error["msg"]), 200)


def choice_fault(path: KeyPath, noun: str, value: Any, known: Sequence[str]) -> tuple[KeyPath, str]:
    """A name that is not one of those known."""
    if not isinstance(value, str):
        return path, f"must be one of {', '.join(known)}, got {toml_text(value)}"
    near = closest_name(clip(value), known)
    advice = f" - did you mean '{near}'?" if near else hint("", known) or " - `optiviz list` has them all"
    return path, f"unknown {noun} '{clip(value)}'{advice}"


def no_choice(path: KeyPath, value: Any) -> tuple[KeyPath, str]:
    """What to say of something that must name what it is, and does not."""
    from optiviz.rendering.panels import PANELS

    def by(key: str, noun: str, known: Iterable[str]) -> tuple[KeyPath, str]:
        if key in value:
            return choice_fault((*path, key), noun, value[key], list(known))
        slip = nearest_key(key, value)
        if slip:
            return (*path, slip), f"unknown setting '{clip(slip)}' - did you mean '{key}'?"
        choice = ", ".join(known)
        listed = f": one of {choice}" if len(choice) <= 200 else "; `optiviz list` has them all"
        return path, f"'{key}' is missing{listed}"

    top = path[0]
    if isinstance(value, dict) and "schedule" in value:
        return by("schedule", "schedule", SCHEDULES)
    if top == "panels":
        if isinstance(value, dict):
            return by("panel", "panel", PANELS)
        return (
            path,
            'must be a name or a table such as { panel = "landscape3d", orbit = 90 }, '
            f"got {toml_text(value)}",
        )
    if top == "runs" and len(path) == 2:
        if isinstance(value, dict):
            return by("optimizer", "optimizer", OPTIMIZERS if "optimizer" not in value else RULES)
        if path[1] in scalars():
            return path, f"'{path[1]}' is no run; it belongs at the top of the file, above the first [table]"
        return path, f'must be a table such as {{ optimizer = "gd" }}, got {toml_text(value)}'
    if top == "problem" and len(path) == 1:
        return problem_choice(value)
    if path == ("problem", "data"):
        if not isinstance(value, dict):
            wanted = 'a table such as { kind = "line" } or { csv = "cars.csv", x = "speed", y = "dist" }'
            return path, f"must be {wanted}, got {toml_text(value)}"
        if "kind" in value and "csv" in value:
            return path, "'kind' makes data and 'csv' reads them; give one of the two"
        if "kind" not in value and (slip := nearest_key("csv", value)):
            return (*path, slip), f"unknown setting '{clip(slip)}' - did you mean 'csv'?"
        return by("kind", "kind of data", DATASETS)
    if path[-1] in PARTS:
        noun, index = PARTS[str(path[-1])]
        if isinstance(value, dict):
            return by("kind", noun, index)
        return (
            path,
            f'must be a name or a table such as {{ kind = "{next(iter(index))}" }}, got {toml_text(value)}',
        )
    if len(path) > 1 and path[-2] == "layers":
        if isinstance(value, dict):
            return by("layer", "layer", LAYERS)
        return path, f'must be a table such as {{ units = 10, activation = "relu" }}, got {toml_text(value)}'
    if path[-1] == "weight_decay":
        return path, f"must be a number or a table such as {{ rate = 0.01 }}, got {toml_text(value)}"
    if isinstance(value, dict):
        return by("schedule", "schedule", SCHEDULES)
    wanted = "text or a list of texts" if path[-1] in ("x", "y") else "a number or a table with a schedule"
    return path, f"must be {wanted}, got {toml_text(value)}"


def nearest_key(key: str, value: Mapping[str, Any]) -> str | None:
    """A key of `value` that was probably to be `key`."""
    return next((name for name in value if closest_name(clip(name), [key])), None)


def problem_choice(value: Any) -> tuple[KeyPath, str]:
    """A [problem] that is none of the three, or more than one."""
    if not isinstance(value, dict):
        return ("problem",), f"must be a table, [problem], got {toml_text(value)}"
    kinds = [kind for kind in PROBLEMS if kind in value]
    if kinds:
        return (
            "problem",
        ), f"has {' and '.join(map(repr, kinds))}; give exactly one of {', '.join(PROBLEMS)}"
    for kind in PROBLEMS:
        slip = nearest_key(kind, value)
        if slip:
            return ("problem", slip), f"unknown setting '{clip(slip)}' - did you mean '{kind}'?"
    return ("problem",), f"needs exactly one of {', '.join(PROBLEMS)}"


def known_at(loc: Sequence[str | int], wanted: Wanted) -> list[str]:
    """The keys of the table that a pydantic place lies in: its last tag says which."""
    parts = (part_kind(wanted, noun) for noun, _ in PARTS.values())
    kinds = [
        run_kind(wanted),
        panel_kind(wanted),
        problem_kind(wanted),
        data_kind(wanted),
        schedule_kind(wanted, False),
        layer_kind(wanted),
        *parts,
    ]
    models = [file_model(wanted)]
    if len(loc) > 1 and loc[0] in ("slow", "ask", "goal", "tune", "captions", "marks", "camera"):
        kind = scalars(wanted)[str(loc[0])].kind
        models = [kind if loc[0] in ("slow", "ask", "goal", "tune") else get_args(get_args(kind)[0])[0]]
    for part in loc[:-1]:
        models += [choices_of(kind)[part] for kind in kinds if part in choices_of(kind)]
        models += [recorded_table(wanted)] * (part == "recorded")
        models += [wrapper_table(wanted, str(part))] * (len(models) > 1 and part in WRAPPERS)
    return [field.alias for field in models[-1].model_fields.values()]
