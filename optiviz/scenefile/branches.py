"""Schema branches: a choice between kinds becomes one condition a kind; a fault is told once, by name.

pydantic writes a choice as `oneOf`. A validator can then only say that a table is none of 49 kinds, at each
of its keys. Here the key that says the kind has its names as an enumeration, and the settings of a kind are
asked of tables of that kind alone; beside them stand all settings there are, for editors that complete keys.
"""

from collections.abc import Mapping, Sequence
from typing import Any

Schema = dict[str, Any]
TABLE = "object"


def branched(schema: Schema) -> Schema:
    """A schema with every choice by type or by kind as conditions; it takes and refuses the same."""
    defs: Mapping[str, Schema] = schema.get("$defs", {})

    def walk(part: Any) -> Any:
        if isinstance(part, list):
            return [walk(item) for item in part]
        if not isinstance(part, dict):
            return part
        inner = {key: walk(value) for key, value in part.items()}
        members = part.get("oneOf")
        found = conditions(members, inner["oneOf"], defs) if members else None
        if found is None:
            return inner
        del inner["oneOf"]
        return {**inner, **found}

    walked: Schema = walk(schema)
    return walked


def conditions(
    plain: Sequence[Schema], walked: Sequence[Schema], defs: Mapping[str, Schema]
) -> Schema | None:
    """The conditions of a choice; None where neither type nor kind tells its members apart."""
    tables: list[tuple[Schema, Schema]] = []  # what stands behind a reference, and the reference
    others: dict[str, Schema] = {}
    for member, new in zip(plain, walked, strict=True):
        inner = member.get("oneOf", [member])
        targets = [referred(one, defs) for one in inner]
        if all(target.get("type") == TABLE for target in targets):
            tables += zip(targets, inner, strict=True)
        elif (kind := member.get("type")) and kind not in others:
            others[kind] = new
        else:
            return None
    branches = [{"if": {"type": kind}, "then": rest(one)} for kind, one in others.items()]
    kinds = [*others, *([TABLE] if tables else [])]
    told: Schema = {"type": kinds[0] if len(kinds) == 1 else kinds}
    if len(tables) == 1:
        branches.append({"if": {"type": TABLE}, "then": tables[0][1]})
    elif tables:
        named = by_kind(tables) or by_kind_or_key(tables) or by_key(tables)
        if named is None:
            return None
        branches += named["allOf"]
        told["properties"] = named["properties"]
    return {**told, "allOf": branches}


def referred(member: Schema, defs: Mapping[str, Schema]) -> Schema:
    """A member, or what it refers to."""
    return defs[member["$ref"].rpartition("/")[2]] if "$ref" in member else member


def rest(member: Schema) -> Schema:
    """What a member says beside its type."""
    return {key: value for key, value in member.items() if key != "type"}


def by_kind(tables: Sequence[tuple[Schema, Schema]]) -> Schema | None:
    """Conditions on the key that has another constant in each table; None where there is no such key."""
    keys = [
        {key for key, value in table["properties"].items() if "const" in value and key in table["required"]}
        for table, _ in tables
    ]
    shared = set.intersection(*keys)
    if len(shared) != 1:
        return None
    (key,) = shared
    names = [table["properties"][key]["const"] for table, _ in tables]
    branches: list[Schema] = [{"if": {"type": TABLE}, "then": {"required": [key]}}]
    for name, (_, reference) in zip(names, tables, strict=True):
        own = {"type": TABLE, "required": [key], "properties": {key: {"const": name}}}
        branches.append({"if": own, "then": reference})
    return {"properties": all_settings(tables) | {key: {"enum": names}}, "allOf": branches}


def by_kind_or_key(tables: Sequence[tuple[Schema, Schema]]) -> Schema | None:
    """The same where one table has no kind, but a key that it alone must have."""
    plain = [pair for pair in tables if not any("const" in value for value in pair[0]["properties"].values())]
    kinds = [pair for pair in tables if pair not in plain]
    if len(plain) != 1 or len(kinds) < 2 or (named := by_kind(kinds)) is None:
        return None
    ((table, reference),) = plain
    key, mark = named["allOf"][0]["then"]["required"][0], table["required"][0]
    either = {"anyOf": [{"required": [key]}, {"required": [mark]}]}
    own = {"if": {"type": TABLE, "required": [mark]}, "then": reference}
    branches = [{"if": {"type": TABLE}, "then": either}, own, *named["allOf"][1:]]
    return {"properties": all_settings(plain) | named["properties"], "allOf": branches}


def by_key(tables: Sequence[tuple[Schema, Schema]]) -> Schema | None:
    """Conditions on keys that a table must have and others have not; None where they do not tell apart.

    A table whose keys another one must have as well is the one where that one's are missing.
    """
    needs = [set(table.get("required", ())) for table, _ in tables]
    if len(set(map(frozenset, needs))) < len(needs) or not all(needs):
        return None
    branches: list[Schema] = []
    wanted: list[list[str]] = []
    for k, (_, reference) in enumerate(tables):
        elsewhere = set().union(*(need for n, need in enumerate(needs) if n != k))
        marks = sorted(needs[k] - elsewhere)[:1]
        marks = [name for name in tables[k][0]["required"] if name in needs[k] - elsewhere][:1] or marks
        without = [
            mark for n, need in enumerate(needs) if n != k and need > needs[k] for mark in need - needs[k]
        ]
        marks = marks or tables[k][0]["required"][:1]
        own: Schema = {"type": TABLE, "required": marks}
        if without:
            own["not"] = {"anyOf": [{"required": [name]} for name in sorted(without)]}
        branches.append({"if": own, "then": reference})
        wanted.append(marks)
    either: Schema = {"anyOf": [{"required": list(one)} for one in dict.fromkeys(map(tuple, wanted))]}
    branches.append({"if": {"type": TABLE}, "then": either})
    return {"properties": all_settings(tables), "allOf": branches}


def all_settings(tables: Sequence[tuple[Schema, Schema]]) -> Schema:
    """All settings of some tables, with what each is about; their bounds are for the table of a kind."""
    found: Schema = {}
    for table, _ in tables:
        for name, setting in table["properties"].items():
            about = setting.get("description")
            found.setdefault(name, {"description": about} if about else {})
    return dict(sorted(found.items()))
