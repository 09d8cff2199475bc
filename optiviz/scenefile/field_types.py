"""Pydantic field types from Python's annotations, and unions with a discriminator key."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import numpy as np

from optiviz._lib.typing import Bounds
from optiviz.optimizers import SCHEDULES
from optiviz.scenefile.introspection import REQUIRED, Setting, first_sentence, settings_of
from optiviz.scenefile.partial_schema import KEPT, Wanted


def field_type(wanted: Wanted, annotation: Any, bounds: Bounds | None = None, *, nested: bool = False) -> Any:
    """What an annotated setting is in TOML, for pydantic; None for what has no spelling there."""
    from pydantic import Field

    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        marks = [mark for mark in args[1:] if isinstance(mark, Bounds)]
        return field_type(wanted, args[0], marks[0] if marks else bounds, nested=nested)
    if origin in (Union, UnionType):
        plain = [a for a in args if a is not NoneType and not is_array(a) and get_origin(a) is not Callable_]
        options = [
            field_type(wanted, a, bounds, nested=nested) for a in plain or [a for a in args if is_array(a)]
        ]
        if any(get_origin(a) is Callable_ for a in args) and SCHEDULES:
            options.append(schedule_kind(wanted, nested))
        options = [option for option in options if option is not None]
        return by_type(options) if options else None
    if annotation is bool:
        return Annotated[bool, Field(strict=True)]
    if annotation is str:
        return Annotated[str, Field(strict=True)]
    if annotation is int:
        limits: dict[str, Any] = {"ge": -(2**63), "le": 2**63 - 1} | pydantic_bounds(bounds)
        return Annotated[int, Field(strict=True, **limits)]
    if annotation is float:
        return Annotated[float, Field(strict=True, allow_inf_nan=False, **pydantic_bounds(bounds))]
    if is_array(annotation):
        return list_of(field_type(wanted, float, bounds))
    if origin is tuple and Ellipsis not in args:
        return list_of(field_type(wanted, args[0], bounds), len(args))
    if origin in (tuple, list, Sequence):
        return list_of(field_type(wanted, args[0], bounds))
    return annotation if origin is Literal else None


Callable_ = get_origin(Callable[[int], Any])


def is_array(annotation: Any) -> bool:
    return get_origin(annotation) is np.ndarray


def pydantic_bounds(bounds: Bounds | None) -> dict[str, Any]:
    """Bounds in pydantic's words."""
    if bounds is None:
        return {}
    low = {"gt" if bounds.open_low else "ge": bounds.low} if np.isfinite(bounds.low) else {}
    high = {"lt" if bounds.open_high else "le": bounds.high} if np.isfinite(bounds.high) else {}
    return low | high


def list_of(kind: Any, count: int | None = None) -> Any:
    """A list of `kind`, of `count` items if given."""
    from pydantic import Field

    return Annotated[list[kind], Field(strict=True, min_length=count, max_length=count)]


# A tag stands in pydantic's places of errors but not in the file; `where` takes it out again.
TAG = re.compile(r"(?:as|optimizer|panel|problem|data|schedule|layer|activation|initializer|loss):")
TOML_TYPES: Mapping[str, Any] = {"text": str, "list": list, "table": dict, "number": (int, float)}


def by_type(options: Sequence[Any]) -> Any:
    """One of several kinds, told apart by their TOML type."""
    if len(options) == 1:
        return options[0]
    inner = [get_args(option)[0] if get_origin(option) is Annotated else option for option in options]
    words = [
        "text" if kind is str else "list" if get_origin(kind) is list else
        "number" if kind in (int, float) else "table"
        for kind in inner
    ]  # fmt: skip

    def tag(value: Any) -> str | None:
        return next((f"as:{w}" for w, t in TOML_TYPES.items() if isinstance(value, t) and w in words), None)

    return one_of({f"as:{word}": option for word, option in zip(words, options, strict=True)}, tag)


def one_of(choices: Mapping[str, Any], tag: Callable[[Any], str | None]) -> Any:
    """The union of `choices`; `tag(value)` says which of them a value wants to be."""
    from pydantic import Discriminator, Tag

    members = tuple(Annotated[choice, Tag(name)] for name, choice in choices.items())
    return Annotated[Union[members], Discriminator(tag)]  # noqa: UP007


def choices_of(union: Any) -> dict[str | int, Any]:
    """The members of a union made by `one_of`, by their tags."""
    members = [get_args(member) for member in get_args(get_args(union)[0])]
    return {marks[-1].tag: choice for choice, *marks in members}


def alias(name: str, kind: Any) -> Any:
    """A kind under a name: a schema then has it once, however often it is used."""
    from typing_extensions import TypeAliasType

    return TypeAliasType(name, kind)


def table_model(
    wanted: Wanted,
    name: str,
    settings: Iterable[Setting],
    *,
    about: str = "",
    optional: bool = False,
    **literal: str,
) -> Any:
    """The model of a table with these settings; `literal` are keys that have one value only.

    Files of which a table tells the same share its model, whatever else they ask for.
    """
    given = tuple(setting for setting in settings if setting.required or wanted.gives(setting.name))
    told = wanted.of(schedule_words()), name, given, about, optional, tuple(literal.items())
    try:
        return known_model(*told)
    except TypeError:  # a default that has no hash
        return known_model.__wrapped__(*told)


@cache
def schedule_words() -> frozenset[str]:
    """All that a file may say of schedules: their names, and their settings."""
    return frozenset([*SCHEDULES, *(key for part in SCHEDULES.values() for key in settings_of(part))])


@lru_cache(maxsize=KEPT * 10)
def known_model(
    wanted: Wanted,
    name: str,
    settings: tuple[Setting, ...],
    about: str,
    optional: bool,
    literal: tuple[tuple[str, str], ...],
) -> Any:
    """The model of a table, of which `wanted` tells what it is to know of schedules."""
    from pydantic import ConfigDict, Field, create_model

    columns: dict[str, Any] = {
        f"{key}_": (Literal[value], Field(value, alias=key) if optional else Field(alias=key))
        for key, value in literal
    }
    for setting in settings:
        kind = field_type(wanted, setting.kind) if not is_made(setting.kind) else setting.kind
        if kind is None:
            continue
        told: dict[str, Any] = {"alias": setting.name, "description": setting.about or None}
        if setting.default is REQUIRED:
            columns[f"{setting.name}_"] = (kind, Field(**told))
        else:
            columns[f"{setting.name}_"] = (
                kind, Field(None, json_schema_extra=with_default(setting.default), **told)
            )  # fmt: skip
    config = ConfigDict(strict=True, extra="forbid", protected_namespaces=(), defer_build=True)
    return create_model(name, __config__=config, __doc__=about or None, **columns)


def is_made(kind: Any) -> bool:
    """Whether `kind` is one of our own unions or tables rather than an annotation from the code."""
    from pydantic import BaseModel, Discriminator
    from pydantic.fields import FieldInfo

    if get_origin(kind) is Annotated:
        return any(isinstance(mark, Discriminator | FieldInfo) for mark in get_args(kind)[1:])
    if type(kind).__name__ == "TypeAliasType":
        return True
    if get_origin(kind) is dict:
        return True
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def with_default(default: Any) -> Callable[[dict[str, Any]], None]:
    """Put a Python default in the JSON schema, where it can be said there."""

    def tell(field: dict[str, Any]) -> None:
        field.pop("default", None)
        plain = list(default) if isinstance(default, tuple) else default
        if plain not in (None, []) and isinstance(plain, bool | int | float | str | list):
            field["default"] = plain

    return tell


@lru_cache(maxsize=KEPT)
def schedule_kind(wanted: Wanted, nested: bool) -> Any:
    """A table that names a schedule; one that holds a rate may hold any schedule that does not."""
    parts = dict(SCHEDULES)
    if nested:
        parts = {
            name: part for name, part in parts.items() if not any(map(is_rate, settings_of(part).values()))
        }
    choices = {}
    for name, part in wanted.only(parts).items():
        settings = [
            replace(s, kind=field_type(wanted, s.kind, nested=True)) if is_rate(s) else s
            for s in settings_of(part).values()
        ]
        title = f"{name}{' inside' * nested} schedule"
        choices[f"schedule:{name}"] = table_model(
            wanted, title, settings, about=first_sentence(part), schedule=name
        )
    return one_of(choices, discriminator("schedule", "schedule", parts))


def is_rate(setting: Setting) -> bool:
    """Whether a setting may be a schedule."""
    kind = setting.kind
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    return any(get_origin(option) is Callable_ for option in get_args(kind))


def discriminator(noun: str, key: str, known: Iterable[str]) -> Callable[[Any], str | None]:
    """The tag of a table that says what it is by `key`."""
    known = frozenset(known)

    def tag(value: Any) -> str | None:
        name = value.get(key) if isinstance(value, dict) else None
        return f"{noun}:{name}" if isinstance(name, str) and name in known else None

    return tag


def literal(names: Iterable[str]) -> Any:
    return Literal[tuple(names)]


def picked(part: Callable[..., Any], *names: str) -> list[Setting]:
    """Some settings of a part."""
    known = settings_of(part)
    return [known[name] for name in names]
