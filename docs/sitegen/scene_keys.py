"""The page of all keys of a scene file, from its JSON schema."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from optiviz.scenefile import schema
from optiviz.scenefile.models import RUN_KEYS, WRAPPERS
from sitegen.markdown import page, table

HEAD = """\
# All keys of a scene

From the JSON schema that `optiviz schema` writes and editors read. What the keys mean together, with
examples, is told in
[scene files](scenes.md).
"""
OF_A_RUN = ("optimizer", *RUN_KEYS, *WRAPPERS)
WIDEST = 2**53  # limits beyond are those of integers as such


def scene_keys() -> str:
    """Keys at the top of the file, of a problem and of a run, and of every table within."""
    whole = schema()
    top = whole["properties"]
    tables = {
        name: part for name, part in whole["$defs"].items() if "_" not in name or part.get("properties")
    }
    return page(
        HEAD,
        "## At the top of the file",
        rows_of(top),
        "## `[problem]`",
        rows_of(top["problem"]["properties"]),
        "## `[runs]`",
        "Of each run, beside the settings of its rule:",
        rows_of({name: key for name, key in run_keys(top["runs"]).items() if name in OF_A_RUN}),
        "## Tables",
        "`panel_loss` is the table of the panel `loss`, `run_adam` a run of the rule `adam`.",
        *(line for name, part in tables.items() for line in section(name, part)),
    )


def run_keys(runs: Mapping[str, Any]) -> Mapping[str, Any]:
    """The keys that a run of any rule may have."""
    return runs["additionalProperties"]["properties"]


def section(name: str, part: Mapping[str, Any]) -> list[str]:
    """One table of the schema."""
    keys = part.get("properties") or {}
    return [f"### {name}", str(part.get("description", "")), rows_of(keys) if keys else ""]


def rows_of(keys: Mapping[str, Any]) -> str:
    """Keys with type, default and meaning."""
    lines = [[f"`{key}`", kind(k), default(k), str(k.get("description", ""))] for key, k in keys.items()]
    return table(["key", "type", "default", "what it is"], lines)


def default(key: Mapping[str, Any]) -> str:
    """The default of a key as TOML, where the schema has one."""
    return f"`{json.dumps(key['default'], ensure_ascii=False)}`" if "default" in key else ""


def kind(key: Mapping[str, Any]) -> str:
    """The type of a key, with its choices and limits."""
    if "const" in key:
        return f"`{json.dumps(key['const'])}`"
    if "enum" in key:
        return ", ".join(f"`{json.dumps(choice)}`" for choice in key["enum"])
    if "$ref" in key:
        return key["$ref"].rpartition("/")[2]
    given = key.get("type", "")
    names = " or ".join(given) if isinstance(given, list) else str(given)
    if names == "array" and isinstance(key.get("items"), dict):
        return f"list of {kind(key['items']) or 'values'}"
    return f"{names}{limits(key)}"


def limits(key: Mapping[str, Any]) -> str:
    """The limits of a number."""
    words = {"minimum": "from", "exclusiveMinimum": "above", "maximum": "to", "exclusiveMaximum": "below"}
    told = [f"{word} {key[name]:g}" for name, word in words.items() if abs(key.get(name, WIDEST)) < WIDEST]
    return f", {' '.join(told)}" if told else ""


PAGES: Mapping[str, Callable[[], str]] = {"reference/scene_keys.md": scene_keys}
