"""From TOML to a `Scene`: the one place that knows how a scene is spelled.

    text       a guarded read of the file; what it may be and how large
    lines      on which line each key stands, which the TOML reader does not tell
    kinds      the indexes (optimizers, panels, ...) turned into the settings a scene may have
    faults     everything that is wrong, in plain sentences, at once
    scene      the parts, made and put together

A scene executes nothing, reads only files below its own folder, and names no output.
"""

import json
import os
import re
import stat
import tomllib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from inspect import Parameter, cleandoc, signature
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType, NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

import numpy as np

from optiviz.errors import BadInput
from optiviz.flavours import FLAVOURS
from optiviz.names import hint
from optiviz.notation import Bounds
from optiviz.objectives.base import Objective
from optiviz.objectives.datasets import DATASETS, Data, below, read_csv
from optiviz.objectives.fit import Fit
from optiviz.objectives.surface import Surface, surface
from optiviz.objectives.surfaces import surfaces
from optiviz.optimizers import OPTIMIZERS, SCHEDULES
from optiviz.scene import EASES, FRAME_RATES, Panel, Run, Scene, starting_point

MAX_BYTES = 64 * 1024
MAX_FAULTS = 100  # as many as are told
MAX_TITLE, MAX_LABEL = 200, 80  # characters
KeyPath = tuple[str | int, ...]

# What a run may name: our rules by our names, and those of the frameworks by theirs.
RULES: Mapping[str, Callable[..., Any]] = MappingProxyType({**OPTIMIZERS, **FLAVOURS})


class Fault(NamedTuple):
    """One thing that cannot be: the line it stands on (0: the whole file), its key path, and why."""

    line: int
    path: str
    message: str


class SceneFault(BadInput):
    """All that is wrong with a scene file, a line each: `FILE:LINE: PATH: message`."""

    def __init__(self, file: str, faults: Sequence[Fault]) -> None:
        super().__init__(file, faults)
        self.file, self.faults = file, tuple(faults)

    def __str__(self) -> str:
        shown = [f"{self.where(f)}: {f.path + ': ' if f.path else ''}{f.message}" for f in self.faults]
        if len(shown) > MAX_FAULTS:
            rest = self.faults[MAX_FAULTS]
            shown[MAX_FAULTS:] = [f"{self.where(rest)}: and {len(shown) - MAX_FAULTS:,} more from here on"]
        return "\n".join(shown)

    def where(self, fault: Fault) -> str:
        """`FILE:LINE`, or the file alone."""
        return f"{self.file}:{fault.line}" if fault.line else self.file


# ---- the public face -------------------------------------------------------------------------------


def load(path: str | Path) -> Scene:
    """The scene that a TOML file describes.

    Parameters
    ----------
    path : path

    Returns
    -------
    Scene

    Raises
    ------
    SceneFault
        With everything that is wrong with the file, each with its line.
    """
    return read(path)[0]


def read(path: str | Path) -> tuple[Scene, list[str]]:
    """The scene in a file, and what should be known of it: where a wish was not met to the letter."""
    text = text_of(path)
    document = parsed(text, str(path))
    found: list[tuple[KeyPath, str]] = []
    scene, notes = Reader(document, Path(path).resolve().parent, found).scene()
    if scene is None or found:
        lines = lines_of(text)
        faults = {Fault(line_of(where, lines), spelled(where), message): None for where, message in found}
        raise SceneFault(str(path), sorted(faults, key=lambda fault: fault.line))
    return scene, notes


def schema() -> dict[str, Any]:
    """The JSON schema of scene files, for editors that complete and check TOML."""
    plain = untitled(file_model().model_json_schema(by_alias=True))
    about = "A lecture animation of optimizers, drawn by optiviz."
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "optiviz scene",
        "description": about,
        **plain,
    }


def shipped() -> Mapping[str, Path]:
    """The scenes that come with the package, by name."""
    installed = Path(str(files("optiviz"))) / "scenes"
    folder = installed if installed.is_dir() else Path(__file__).parents[1] / "scenes"
    return MappingProxyType({path.stem: path for path in sorted(folder.glob("*.toml"))})


def resolve(name: str | Path) -> Path:
    """The file of a scene, from its path or from the name of a shipped one; a path goes first.

    Raises
    ------
    BadInput
        When there is neither.
    """
    path, known = Path(name), shipped()
    if path.is_file():
        return path
    if str(name) in known:
        return known[str(name)]
    if os.path.lexists(path):
        return path  # a folder, a broken link: the reader says what is wrong with it
    if path.suffix == ".toml" or path.parent != Path("."):
        beside = [other.name for other in path.parent.glob("*.toml")] if path.parent.is_dir() else []
        raise BadInput(f"{clip(str(name), 200)}: no such file{hint(path.name[:80], beside) if beside else ''}")
    here = [other.name for other in Path().glob("*.toml")]
    raise BadInput(f"unknown scene '{clip(str(name))}'{hint(str(name)[:80], [*known, *here])}")


# ---- text ------------------------------------------------------------------------------------------

# tomllib needs memory in the square of the parts of a dotted key: 32 parts are more than any scene has.
TOO_MANY_PARTS = re.compile(r"""(?<![\w-])(?:(?>[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*+\.[ \t]*+){32}""")


def text_of(path: str | Path) -> str:
    """The text of a scene file; refuses what cannot be one before it is read."""

    def refuse(message: str, line: int = 0) -> SceneFault:
        return SceneFault(str(path), [Fault(line, "", message)])

    try:
        info = os.stat(path)
        if stat.S_ISDIR(info.st_mode):
            raise refuse("this is a folder; a scene is a TOML file")
        if not stat.S_ISREG(info.st_mode):
            raise refuse("this is not an ordinary file")
        with open(path, "rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise refuse("no such file") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise refuse(f"the file cannot be read: {why}") from None
    if b"\0" in raw:
        raise refuse("a NUL byte; a scene is a text file in UTF-8", raw[: raw.index(0)].count(b"\n") + 1)
    if len(raw) > MAX_BYTES:
        raise refuse(f"larger than {MAX_BYTES:,} bytes (64 KiB), which no scene needs")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refuse("not UTF-8 text", raw[: error.start].count(b"\n") + 1) from None
    many = TOO_MANY_PARTS.search(text)
    if many:
        raise refuse("a key of more than 32 parts", text.count("\n", 0, many.start()) + 1)
    return text


# What tomllib says -> what we say of it.
TOML_WORDS = {
    "Cannot overwrite a value": "this key is there twice",
    "Cannot declare": "this table is there twice",
    "Cannot mutate immutable namespace": "this table is closed already: it was written in braces",
    "Invalid value": 'this is no value: text stands in quotes ("light"), numbers are written as 0.1, '
    "and it is true and false",
    "Invalid statement": "this is neither `key = value` nor a [table]",
    "Unescaped '\\' in a string": "a backslash in \"...\" begins an escape; write mathematics in single quotes",
    "Unclosed array": "a list is not closed: ] is missing",
    "Unclosed inline table": "a table is not closed: } is missing on this line",
    "Unterminated string": "a quote is not closed",
    'Expected \'"""\'': 'a text opened by """ is not closed',
    "Illegal character": "a quote is not closed on this line, or there is a control character in it",
    "Expected '=' after a key": "a key needs `= value` after it; a key with spaces stands in quotes",
}


def parsed(text: str, file: str) -> dict[str, Any]:
    """The TOML document; whatever the reader trips over becomes one sentence with its line."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", str(error))
        said = str(error)[: place.start()] if place else str(error)
        line = int(place[1]) if place and place[1] else len(text.rstrip().splitlines()) or 1
        ours = next((ours for theirs, ours in TOML_WORDS.items() if said.startswith(theirs)), None)
        message = ours or f"not TOML: {clip(said[:1].lower() + said[1:], 120)}"
        column = f" (column {place[2]})" if place and place[2] and not ours else ""
        fault = Fault(line, "", message + column)
    except RecursionError:
        fault = Fault(deepest_line(text), "", "brackets nested too deep")
    except ValueError:  # Python reads no whole number of more than 4300 digits
        long = re.search(r"[\d_]{4300,}", text)
        fault = Fault(text.count("\n", 0, long.start() if long else 0) + 1, "", "a number with too many digits")
    raise SceneFault(file, [fault])


def deepest_line(text: str) -> int:
    """The line with the most opening brackets."""
    lines = text.split("\n")
    return 1 + max(range(len(lines)), key=lambda k: lines[k].count("[") + lines[k].count("{"))


# ---- lines -----------------------------------------------------------------------------------------

GAP = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
KEY = re.compile(r"""[ \t]*(?:"((?:[^"\\\n]|\\.)*)"|'([^'\n]*)'|([A-Za-z0-9_-]+))[ \t]*""")
STRING = re.compile(
    r'''"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*\'''', re.DOTALL
)
SCALAR = re.compile(r"[^,\]}#\n]*")


def lines_of(text: str) -> dict[KeyPath, int]:
    """The line of every key and list item in a text that is valid TOML.

    >>> lines_of('steps = 5\\n[runs]\\n"a b" = { start = [1,\\n 2] }')[("runs", "a b", "start", 1)]
    4
    """
    text = text.replace("\r\n", "\n")
    ends = [at for at, letter in enumerate(text) if letter == "\n"]
    found: dict[KeyPath, int] = {}
    counts: dict[KeyPath, int] = {}  # of the tables in each [[list]]

    def note(path: KeyPath, at: int) -> None:
        found.setdefault(path, bisect_right(ends, at - 1) + 1)

    def keys(at: int) -> tuple[int, list[tuple[str, int]]]:
        """The parts of the dotted key at `at` with their places, and where it ends."""
        parts = []
        while token := KEY.match(text, at):
            basic, literal, bare = token.groups()
            escaped = basic is not None and "\\" in basic
            name = tomllib.loads(f'k = "{basic}"')["k"] if escaped else basic or literal or bare or ""
            parts.append((name, token.start(token.lastindex or 0)))
            at = token.end()
            if text[at : at + 1] != ".":
                break
            at += 1
        return at, parts

    def pair(at: int, path: KeyPath) -> int:
        """Past the `key = value` at `at`."""
        at, parts = keys(at)
        for name, place in parts:
            path = (*path, name)
            note(path, place)
        return value(text.index("=", at) + 1, path)

    def value(at: int, path: KeyPath) -> int:
        """Past the value at `at`."""
        at = skip(at)
        if text[at] in "\"'":
            token = STRING.match(text, at)
            return token.end() if token else len(text)
        if text[at] not in "[{":
            token = SCALAR.match(text, at)
            return token.end() if token else len(text)
        close, count = ("]", 0) if text[at] == "[" else ("}", None)
        at = skip(at + 1)
        while text[at] != close:
            if count is None:
                at = pair(at, path)
            else:
                note((*path, count), at)
                at = value(at, (*path, count))
                count += 1
            at = skip(at)
            at = skip(at + 1) if text[at] == "," else at
        return at + 1

    def header(at: int) -> tuple[int, KeyPath]:
        """Past the [table] or [[list of tables]] at `at`, and the path it opens."""
        double = text.startswith("[[", at)
        at, parts = keys(at + 1 + double)
        path: KeyPath = ()
        for k, (name, place) in enumerate(parts, 1):
            path = (*path, name)
            note(path, place)
            if double and k == len(parts):
                counts[path] = counts.get(path, 0) + 1
            if path in counts:
                path = (*path, counts[path] - 1)
                note(path, place)
        return at + 1 + double, path

    def skip(at: int) -> int:
        token = GAP.match(text, at)
        return token.end() if token else at

    table: KeyPath = ()
    at = skip(0)
    while at < len(text):
        if text[at] == "[":
            at, table = header(at)
        else:
            at = pair(at, table)
        at = skip(at)
    return found


def line_of(path: KeyPath, lines: Mapping[KeyPath, int]) -> int:
    """The line of a path, or of the nearest one above it that is there."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def spelled(path: KeyPath) -> str:
    """A path as TOML would have it: `runs."Momentum 0.9".start[1]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part + 1}]"
            continue
        bare = re.fullmatch(r"[A-Za-z0-9_-]+", part) and len(part) <= 80
        text += ("." if text else "") + (part if bare else '"' + clip(part, 80).replace('"', '\\"') + '"')
    return text


def clip(text: str, most: int = 40) -> str:
    """`text` fit for a message: at most so long, and without control characters."""
    cut = text if len(text) <= most else text[:most] + "..."
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in cut)


# ---- kinds -----------------------------------------------------------------------------------------

REQUIRED = Parameter.empty


@dataclass(frozen=True)
class Setting:
    """One setting of a part: its Python annotation, its default (or `REQUIRED`), and what it means."""

    name: str
    kind: Any
    default: Any
    about: str = ""


@cache
def settings_of(part: Callable[..., Any], keywords_only: bool = False) -> Mapping[str, Setting]:
    """The settings of a dataclass or a function, read from its signature and its docstring.

    >>> settings_of(OPTIMIZERS["momentum"])["momentum"].default
    0.9
    """
    wanted = [
        parameter
        for parameter in signature(part).parameters.values()
        if parameter.kind in (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
        and (parameter.kind is Parameter.KEYWORD_ONLY or not keywords_only)
    ]
    hints: Mapping[str, Any] = {p.name: p.annotation for p in wanted}
    if any(isinstance(kind, str) for kind in hints.values()):
        hints = get_type_hints(part, include_extras=True)
    words = meanings(part.__doc__ or "")
    return MappingProxyType(
        {p.name: Setting(p.name, hints[p.name], p.default, words.get(p.name, "")) for p in wanted}
    )


def meanings(doc: str) -> dict[str, str]:
    """What the "Parameters" section of a docstring says of each name."""
    section = re.search(r"^Parameters\n-+\n(.*?)(?=^\w[^\n]*\n-+$|\Z)", cleandoc(doc), re.DOTALL | re.MULTILINE)
    found: dict[str, str] = {}
    for entry in re.findall(r"^(\S[^\n]*)\n((?:[ ]+[^\n]*\n?|\n)*)", (section[1] if section else "") + "\n", re.M):
        names, text = entry[0].partition(" :")[0], " ".join(entry[1].split())
        found |= {name.strip(): text for name in names.split(",")}
    return found


def summary(part: Any) -> str:
    """The first sentence of a docstring, on one line."""
    first = cleandoc(part.__doc__ or "").split("\n\n")[0]
    return " ".join(first.split())


def panel_settings(panel: Callable[..., Any]) -> Mapping[str, Setting]:
    """The settings of a panel: what stands behind the cell and the comparison."""
    return settings_of(panel, keywords_only=True)


def kind_of(annotation: Any, bounds: Bounds | None = None, *, nested: bool = False) -> Any:
    """What an annotated setting is in TOML, for pydantic; None for what has no spelling there."""
    from pydantic import Field

    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        marks = [mark for mark in args[1:] if isinstance(mark, Bounds)]
        return kind_of(args[0], marks[0] if marks else bounds, nested=nested)
    if origin in (Union, UnionType):
        plain = [a for a in args if a is not NoneType and not is_array(a) and get_origin(a) is not Callable_]
        options = [kind_of(a, bounds, nested=nested) for a in plain or [a for a in args if is_array(a)]]
        if any(get_origin(a) is Callable_ for a in args) and SCHEDULES:
            options.append(schedule_kind(nested))
        options = [option for option in options if option is not None]
        return by_type(options) if options else None
    if annotation is bool:
        return Annotated[bool, Field(strict=True)]
    if annotation is str:
        return Annotated[str, Field(strict=True)]
    if annotation is int:
        limits = {"ge": -(2**63), "le": 2**63 - 1} | limits_of(bounds)
        return Annotated[int, Field(strict=True, **limits)]
    if annotation is float:
        return Annotated[float, Field(strict=True, allow_inf_nan=False, **limits_of(bounds))]
    if is_array(annotation):
        return list_of(kind_of(float, bounds))
    if origin is tuple and Ellipsis not in args:
        return list_of(kind_of(args[0], bounds), len(args))
    if origin in (tuple, list, Sequence):
        return list_of(kind_of(args[0], bounds))
    return annotation if origin is Literal else None


Callable_ = get_origin(Callable[[int], Any])


def is_array(annotation: Any) -> bool:
    return get_origin(annotation) is np.ndarray


def limits_of(bounds: Bounds | None) -> dict[str, float]:
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
TAG = re.compile(r"(?:as|optimizer|panel|problem|data|schedule):")
TOML_TYPES = {"text": str, "list": list, "table": dict, "number": (int, float)}


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


def table(name: str, settings: Iterable[Setting], *, about: str = "", **literal: str) -> Any:
    """The model of a table with these settings; `literal` are keys that have one value only."""
    from pydantic import ConfigDict, Field, create_model

    columns: dict[str, Any] = {
        f"{key}_": (Literal[value], Field(alias=key)) for key, value in literal.items()
    }
    for setting in settings:
        kind = kind_of(setting.kind) if not is_made(setting.kind) else setting.kind
        if kind is None:
            continue
        told = {"alias": setting.name, "description": setting.about or None}
        if setting.default is REQUIRED:
            columns[f"{setting.name}_"] = (kind, Field(**told))
        else:
            columns[f"{setting.name}_"] = (
                kind, Field(None, json_schema_extra=with_default(setting.default), **told)
            )  # fmt: skip
    config = ConfigDict(strict=True, extra="forbid", protected_namespaces=())
    return create_model(name, __config__=config, __doc__=about or None, **columns)


def is_made(kind: Any) -> bool:
    """Whether `kind` is one of our own unions or tables rather than an annotation from the code."""
    from pydantic import BaseModel, Discriminator
    from pydantic.fields import FieldInfo

    if get_origin(kind) is Annotated:
        return any(isinstance(mark, Discriminator | FieldInfo) for mark in get_args(kind)[1:])
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


@cache
def schedule_kind(nested: bool) -> Any:
    """A table that names a schedule; one that holds a rate may hold any schedule that does not."""
    parts = dict(SCHEDULES)
    if nested:
        parts = {name: part for name, part in parts.items() if not any(map(is_rate, settings_of(part).values()))}
    choices = {}
    for name, part in parts.items():
        settings = [
            replace(s, kind=kind_of(s.kind, nested=True)) if is_rate(s) else s for s in settings_of(part).values()
        ]
        title = f"{name}{' inside' * nested} schedule"
        choices[f"schedule:{name}"] = table(title, settings, about=summary(part), schedule=name)
    return one_of(choices, named("schedule", parts))


def is_rate(setting: Setting) -> bool:
    """Whether a setting may be a schedule."""
    kind = setting.kind
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    return any(get_origin(option) is Callable_ for option in get_args(kind))


def named(key: str, known: Iterable[str]) -> Callable[[Any], str | None]:
    """The tag of a table that says what it is by `key`."""
    known = frozenset(known)

    def tag(value: Any) -> str | None:
        name = value.get(key) if isinstance(value, dict) else None
        return f"{key}:{name}" if isinstance(name, str) and name in known else None

    return tag


def literal(names: Iterable[str]) -> Any:
    return Literal[tuple(names)]


def picked(part: Callable[..., Any], *names: str) -> list[Setting]:
    """Some settings of a part."""
    known = settings_of(part)
    return [known[name] for name in names]


PROBLEMS = ("surface", "formula", "data")
RUN_KEYS = ("batch_size", "noise", "start")
NOISE = Annotated[float, Bounds(low=0.0)]


@cache
def run_kind() -> Any:
    """A run: one table for each rule."""
    common = [
        Setting("batch_size", picked(Fit, "batch_size")[0].kind, None, "Rows each step sees; with data only."),
        Setting("noise", NOISE, None, "Standard deviation of the gradient's noise; on surfaces only."),
        Setting("start", list[float], None, "Where this run begins, if not where all others do."),
    ]
    choices = {}
    for name, part in RULES.items():
        own = list(settings_of(part).values())
        choices[f"optimizer:{name}"] = table(f"run {name}", [*own, *common], about=summary(part), optimizer=name)
    return one_of(choices, named("optimizer", RULES))


@cache
def panel_kind() -> Any:
    """A panel: its name, or a table with its settings."""
    from optiviz.render.panels import PANELS

    choices: dict[str, Any] = {"panel:": literal(PANELS)}
    for name, part in PANELS.items():
        settings = panel_settings(part).values()
        choices[f"panel:{name}"] = table(f"panel {name}", settings, about=summary(part), panel=name)
    by_key = named("panel", PANELS)
    return one_of(choices, lambda value: "panel:" if isinstance(value, str) else by_key(value))


@cache
def data_kind() -> Any:
    """Data: made by one of the generators, or read from a CSV file."""
    columns = one_of(
        {"as:text": kind_of(str), "as:list": list_of(kind_of(str))},
        lambda value: {str: "as:text", list: "as:list"}.get(type(value)),
    )
    csv = [
        Setting("csv", str, REQUIRED, "A file below the folder of the scene."),
        Setting("x", columns, REQUIRED, "The column, or a list of the columns, to predict from."),
        Setting("y", str, REQUIRED, "The column to predict."),
        Setting("standardize", bool, False, "Give each column mean 0 and standard deviation 1."),
    ]
    choices = {"data:csv": table("data csv", csv, about=summary(read_csv))}
    for name, maker in DATASETS.items():
        choices[f"data:{name}"] = table(
            f"data {name}", settings_of(maker).values(), about=summary(maker), kind=name
        )
    by_key = named("kind", DATASETS)

    def which(value: Any) -> str | None:
        keys = {"csv", "kind"} & set(value) if isinstance(value, dict) else set()
        return "data:csv" if keys == {"csv"} else by_key(value) if keys == {"kind"} else None

    return one_of(choices, which)


@cache
def problem_kind() -> Any:
    """A problem: a surface of the catalogue, a formula, or data."""
    pair, spot = tuple[float, float], "Where runs begin, unless they say otherwise."
    start = Setting("start", pair, None, spot)
    noise = Setting("noise", NOISE, 0.0, "Standard deviation of the noise on each gradient.")
    catalogue = [
        Setting("surface", literal(surfaces), REQUIRED, "A surface of the catalogue."),
        replace(start, about="Where runs begin; the surface's own start unless given."),
        noise,
    ]
    formula = [
        Setting("formula", str, REQUIRED, "A function of x and y, such as x**2 + 3*sin(y)."),
        Setting("xlim", pair, REQUIRED, "The window worth drawing: low, high."),
        Setting("ylim", pair, REQUIRED, "The window worth drawing: low, high."),
        replace(start, default=REQUIRED),
        Setting("levels", Literal["linear", "log"], "linear", "How contour levels are spaced."),
        Setting("minima", list_of(list_of(kind_of(float), 2)), None, "Known minima, each a pair."),
        noise,
    ]
    data = [
        Setting("data", data_kind(), REQUIRED, "Made by a formula and a seed, or from a CSV file."),
        *picked(Fit, "loss", "degree"),
        Setting("start", kind_of(list[float]), None, spot + " Zeros unless given."),
    ]

    def which(value: Any) -> str | None:
        kinds = [kind for kind in PROBLEMS if kind in value] if isinstance(value, dict) else []
        return f"problem:{kinds[0]}" if len(kinds) == 1 else None

    return one_of(
        {
            "problem:surface": table("problem surface", catalogue, about="A surface of the catalogue."),
            "problem:formula": table("problem formula", formula, about="A surface from a formula."),
            "problem:data": table("problem data", data, about="A model fitted to data."),
        },
        which,
    )


SCENE_WORDS = {
    "title": "Above the panels. Mathematics between dollar signs: '$\\theta$'.",
    "steps": "Steps that every run takes, 1 to 1,000,000.",
    "seed": "Of the batches and the noise; all runs see the same.",
    "seconds": "How long the motion lasts.",
    "hold": "Seconds that the last frame then stands.",
    "fps": "Frames a second; a GIF has 10, 12.5, 20, 25, 33.3 or 50.",
    "ease": "Whether the motion is slow at its start, its end, or both.",
    "theme": "The colours of everything that is not a run.",
    "size": "Width and height in pixels.",
}


@cache
def scalars() -> Mapping[str, Setting]:
    """The settings at the top of a file, with the defaults of `Scene`."""
    from optiviz.render.style import THEMES

    kinds = {
        "ease": literal(EASES),
        "theme": literal(THEMES),
        "fps": Annotated[float, Bounds(low=0.0, open_low=True)],
    }
    known = settings_of(Scene)
    return {
        name: replace(known[name], kind=kinds.get(name, known[name].kind), about=words)
        for name, words in SCENE_WORDS.items()
    }


@cache
def file_model() -> Any:
    """The pydantic model of a whole file: what `schema` tells and `Reader` asks."""
    tables = [
        Setting("panels", list_of(panel_kind()), ("landscape", "loss"), "The pictures of a frame, 1 to 6."),
        Setting("problem", problem_kind(), REQUIRED, "What to descend."),
        Setting("runs", dict[str, run_kind()], REQUIRED, "The competitors, by their labels."),  # type: ignore[misc]
    ]
    return table("scene", [*scalars().values(), *tables])


def untitled(part: Any) -> Any:
    """A JSON schema without the titles that pydantic makes up."""
    if isinstance(part, dict):
        return {key: untitled(v) for key, v in part.items() if not (key == "title" and isinstance(v, str))}
    return [untitled(item) for item in part] if isinstance(part, list) else part


# ---- faults ----------------------------------------------------------------------------------------


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


def told(value: Any) -> str:
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


def unknown_key(path: KeyPath, known: Sequence[str], given: Iterable[str]) -> str:
    """What to say of a key that its table does not have; the keys still free are the likelier ones."""
    name = clip(str(path[-1]))
    free = [key for key in known if key not in set(given)]
    near = nearest(name, free) or nearest(name, known)
    if near:
        return f"unknown setting '{name}' - did you mean '{near}'?"
    top = (*scalars(), "panels", "problem", "runs")
    if len(path) > 1 and name in top:
        return f"unknown setting '{name}' - it belongs at the top of the file, above the first [table]"
    if path[0] == "problem" and name in ("batch_size", "optimizer", "learning_rate"):
        return f"unknown setting '{name}' - it belongs to a run"
    choice = ", ".join(known)
    return f"unknown setting '{name}'" + (f" - known: {choice}" if len(choice) <= 400 else "")


def nearest(name: str, known: Sequence[str]) -> str | None:
    """The one of `known` that `name` most likely was to be: one slip away, or at least alike."""
    slips = [key for key in known if one_slip(name.lower(), key.lower())]
    if len(slips) == 1:
        return slips[0]
    folded = {key.lower(): key for key in (slips or known)}
    near = get_close_matches(name.lower(), folded, n=1, cutoff=0.6)
    return folded[near[0]] if near else None


def one_slip(a: str, b: str) -> bool:
    """Whether one letter added, left out, changed or swapped with its neighbour turns a into b; of short names
    at least one letter stays."""
    if a == b:
        return True
    if abs(len(a) - len(b)) > 1 or min(len(a), len(b)) < 1 or max(len(a), len(b)) < 2:
        return False
    k = next((k for k, (p, q) in enumerate(zip(a, b, strict=False)) if p != q), min(len(a), len(b)))
    swapped = a[k : k + 2] == b[k : k + 2][::-1] and a[k + 2 :] == b[k + 2 :]
    return a[k + 1 :] == b[k + 1 :] or a[k + 1 :] == b[k:] or a[k:] == b[k + 1 :] or swapped


def in_words(error: Mapping[str, Any], path: KeyPath, document: Any) -> tuple[KeyPath, str]:
    """One of pydantic's errors as a sentence of ours, and where it belongs."""
    kind, context, value = error["type"], error.get("ctx", {}), value_at(document, path)
    name = str(path[-1]) if path else ""
    got = f", got {told(value)}"
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
        return path, f"must be a list of {least}, got {context['actual_length']}"
    if kind == "literal_error":
        noun = name if isinstance(path[-1], str) else "panel"
        return choice_fault(path, noun, value, re.findall(r"'([^']*)'", context["expected"]))
    if kind == "missing":
        return path[:-1], f"'{path[-1]}' is missing"
    if kind in ("union_tag_not_found", "union_tag_invalid"):
        return no_choice(path, value)
    return path, clip(str(error["msg"]), 200)


def choice_fault(path: KeyPath, noun: str, value: Any, known: Sequence[str]) -> tuple[KeyPath, str]:
    """A name that is not one of those known."""
    if not isinstance(value, str):
        return path, f"must be one of {', '.join(known)}, got {told(value)}"
    near = nearest(clip(value), known)
    return path, f"unknown {noun} '{clip(value)}'" + (f" - did you mean '{near}'?" if near else hint("", known))


def no_choice(path: KeyPath, value: Any) -> tuple[KeyPath, str]:
    """What to say of something that must name what it is, and does not."""
    from optiviz.render.panels import PANELS

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
        return path, f'must be a name or a table such as {{ panel = "landscape3d", orbit = 90 }}, got {told(value)}'
    if top == "runs" and len(path) == 2:
        if isinstance(value, dict):
            return by("optimizer", "optimizer", OPTIMIZERS if "optimizer" not in value else RULES)
        if path[1] in scalars():
            return path, f"'{path[1]}' is no run; it belongs at the top of the file, above the first [table]"
        return path, f'must be a table such as {{ optimizer = "gd" }}, got {told(value)}'
    if top == "problem" and len(path) == 1:
        return problem_choice(value)
    if path == ("problem", "data"):
        if not isinstance(value, dict):
            return path, f'must be a table such as {{ kind = "line" }} or {{ csv = "cars.csv", ... }}, got {told(value)}'
        if "kind" in value and "csv" in value:
            return path, "'kind' makes data and 'csv' reads them; give one of the two"
        if "kind" not in value and (slip := nearest_key("csv", value)):
            return (*path, slip), f"unknown setting '{clip(slip)}' - did you mean 'csv'?"
        return by("kind", "kind of data", DATASETS)
    if isinstance(value, dict):
        return by("schedule", "schedule", SCHEDULES)
    wanted = "text or a list of texts" if path[-1] == "x" else "a number or a table with a schedule"
    return path, f"must be {wanted}, got {told(value)}"


def nearest_key(key: str, value: Mapping[str, Any]) -> str | None:
    """A key of `value` that was probably to be `key`."""
    return next((name for name in value if nearest(clip(name), [key])), None)


def problem_choice(value: Any) -> tuple[KeyPath, str]:
    """A [problem] that is none of the three, or more than one."""
    if not isinstance(value, dict):
        return ("problem",), f"must be a table, [problem], got {told(value)}"
    kinds = [kind for kind in PROBLEMS if kind in value]
    if kinds:
        return ("problem",), f"has {' and '.join(map(repr, kinds))}; give exactly one of {', '.join(PROBLEMS)}"
    for kind in PROBLEMS:
        slip = nearest_key(kind, value)
        if slip:
            return ("problem", slip), f"unknown setting '{clip(slip)}' - did you mean '{kind}'?"
    return ("problem",), f"needs exactly one of {', '.join(PROBLEMS)}"


def known_at(loc: Sequence[str | int]) -> list[str]:
    """The keys of the table that a pydantic place lies in: its last tag says which."""
    kinds = (run_kind(), panel_kind(), problem_kind(), data_kind(), schedule_kind(False))
    models = [choices_of(kind)[part] for part in loc[:-1] for kind in kinds if part in choices_of(kind)]
    return [field.alias for field in [file_model(), *models][-1].model_fields.values()]


# ---- drawn text ------------------------------------------------------------------------------------


def undrawable(text: str) -> str:
    """Why a text cannot be drawn; empty if it can."""
    odd = next((letter for letter in text if not letter.isprintable()), None)
    if odd:
        return f"U+{ord(odd):04X} is not a printable character"
    if not text.isascii():
        missing = [letter for letter in text if letter > "~" and not has_glyph(letter)]
        if missing:
            return f"the font DejaVu Sans has no '{missing[0]}' (U+{ord(missing[0]):04X})"
    dollars = len(re.findall(r"(?<!\\)\$", text))
    if dollars % 2:
        return r"a lone '$'; mathematics stands between two of them, and a dollar sign is written \$"
    return broken_mathematics(text) if dollars else ""


@cache
def has_glyph(letter: str) -> bool:
    """Whether the font of all pictures can draw a letter."""
    import matplotlib
    from matplotlib.ft2font import FT2Font

    return FT2Font(f"{matplotlib.get_data_path()}/fonts/ttf/DejaVuSans.ttf").get_char_index(ord(letter)) != 0


@cache
def broken_mathematics(text: str) -> str:
    """Why the mathematics in a text cannot be set; empty if it can."""
    from matplotlib.mathtext import MathTextParser

    try:
        MathTextParser("path").parse(text)
    except (ValueError, RecursionError) as error:
        said = [line.strip() for line in str(error).splitlines() if line.strip().startswith(("Expected", "Unknown"))]
        return f"mathematics that cannot be set{': ' + clip(said[0], 80) if said else ''}"
    return ""


# ---- scene -----------------------------------------------------------------------------------------


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
    """Reads one document; faults are collected in `found`, as (path, message)."""

    document: dict[str, Any]
    folder: Path
    found: list[tuple[KeyPath, str]]

    def scene(self) -> tuple[Scene | None, list[str]]:
        """The scene, or None when something is wrong, and its notes."""
        self.check_spelling()
        objective = self.problem() if self.clean("problem") else None
        runs = {label: self.run(label, objective) for label in self.labels()}
        panels = self.panels(objective)
        given = {name: self.document[name] for name in scalars() if self.clean(name)}
        values = {name: tuple(v) if isinstance(v, list) else v for name, v in given.items()}
        self.check_texts()
        self.check_limits(values, panels)
        if self.found or objective is None:
            return None, []
        settled = {label: run for label, run in runs.items() if run is not None}
        scene = Scene(objective, settled, panels=panels, **values)
        return scene, notes_on(values.get("fps", scene.fps))

    def fault(self, path: KeyPath, message: str) -> None:
        self.found.append((path, message))

    def clean(self, *path: str | int) -> bool:
        """Whether `path` is in the document and nothing in it is wrong so far."""
        there = value_at(self.document, path) is not None
        return there and not any(at[: len(path)] == path for at, _ in self.found)

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
                    message = unknown_key(path, known_at(error["loc"]), value_at(self.document, path[:-1]) or {})
                    self.fault(path, message)
                    meant.add((*path[:-1], message.partition("did you mean '")[2].removesuffix("'?")))
            for error, path in places:
                slip = error["type"] == "missing" and path in meant
                if error["type"] != "extra_forbidden" and not slip:
                    self.fault(*self.explained(error, path))

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

    def data(self, entry: dict[str, Any]) -> Data | None:
        """The data that `data = { ... }` describes."""
        path, raw = ("problem", "data"), self.document["problem"]["data"]
        try:
            if "kind" in entry:
                return DATASETS[entry.pop("kind")](**entry)
            name = entry.pop("csv")
            if not Path(name).suffix:
                raise BadInput(f"file '{clip(name)}': the name of a CSV file ends in .csv")
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
        else:
            try:
                starting_point(objective, run.start)
                run.objective(objective)
            except BadInput as error:
                self.attach(error, path, raw)
        return run

    def panels(self, objective: Objective | None) -> tuple[Panel, ...]:
        """The panels, each able to draw the problem."""
        if "panels" not in self.document:
            panels = next(field.default for field in fields(Scene) if field.name == "panels")
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
        problem = f"{len(text):,} characters are too long, at most {most}" if len(text) > most else undrawable(text)
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

    def attach(self, error: BadInput, path: KeyPath, entry: Mapping[str, Any]) -> None:
        """Note what a part refused, at the setting that its sentence is about."""
        text = re.sub(r"^formula: ", "", str(error))
        named = re.search(r"column '([^']*)'", text.partition("\n")[0])
        words = re.findall(r"^(?:[\w.]+: )?(\w+) ", text)
        key: str | None = words[0] if words and words[0] in entry else None
        if str(error).startswith("formula: "):
            key = "formula"
        elif "csv" in entry and not key:
            columns = {c: k for k in ("x", "y") for c in ([entry[k]] if isinstance(entry[k], str) else entry[k])}
            missing = named and "unknown column" in text
            key = columns.get(named[1], "csv") if named and missing else "csv"
        self.fault((*path, key) if key else path, text)


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
