"""Catalogue of all names that a scene may use, with settings and one sentence each."""

import json
import tomllib
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

from optiviz.nn import ACTIVATIONS, INITIALIZERS, LAYERS, LOSSES
from optiviz.objectives.datasets import DATASETS
from optiviz.objectives.surfaces import surfaces
from optiviz.optimizers import SCHEDULES
from optiviz.scenefile.introspection import REQUIRED, Setting, first_sentence, panel_settings, settings_of
from optiviz.scenefile.line_numbers import dotted_key
from optiviz.scenefile.models import RULES


class Entry(NamedTuple):
    """One thing by its name: its settings with their defaults (None: none, or it must be given)."""

    name: str
    settings: Mapping[str, Any]
    about: str
    meanings: Mapping[str, str] = MappingProxyType({})

    def words(self) -> str:
        """The settings on one line, as TOML spells them."""
        return ", ".join(
            key if value is None else f"{key} = {toml(value)}" for key, value in self.settings.items()
        )


def toml(value: Any) -> str:
    """A value as it would be written in a scene.

    >>> print(toml({"a b": [1, True], "c": 'say "x"'}))
    { "a b" = [1, true], c = "say \\"x\\"" }
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{dotted_key((key,))} = {toml(part)}' for key, part in value.items())} }}"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)


def entries(
    parts: Mapping[str, Any], read: Callable[[Any], Mapping[str, Setting]] = settings_of
) -> list[Entry]:
    """An entry for each part of an index."""
    found = []
    for name, part in parts.items():
        settings = read(part)
        meanings = {key: setting.about for key, setting in settings.items()}
        found.append(Entry(name, defaults(settings.values()), part_description(part), meanings))
    return found


def part_description(part: Any) -> str:
    """What a part is; of one that is another with its settings made, these too."""
    return (
        f"{first_sentence(part.func)} This is {part()}."
        if isinstance(part, partial)
        else first_sentence(part)
    )


def defaults(settings: Iterable[Setting]) -> dict[str, Any]:
    return {s.name: None if s.default is REQUIRED else s.default for s in settings}


def listed_surfaces() -> list[Entry]:
    return [
        Entry(s.name, {"start": s.start.tolist(), "noise": s.noise}, f"{s.formula}: {s.about}")
        for s in surfaces.values()
    ]


def listed_panels() -> list[Entry]:
    from optiviz.rendering.panels import PANELS

    return entries(PANELS, panel_settings)


def listed_scenes() -> list[Entry]:
    from optiviz.scenefile import shipped

    return [Entry(name, {}, scene_title(path.read_text("utf-8"))) for name, path in shipped().items()]


def scene_title(text: str) -> str:
    return str(tomllib.loads(text).get("title", ""))


def listed_themes() -> list[Entry]:
    from optiviz.rendering.style import THEMES

    return [Entry(name, {}, f"{theme.ink} on {theme.ground}") for name, theme in THEMES.items()]


def listed_formats() -> list[Entry]:
    from optiviz.rendering.encode import WRITERS

    return [Entry(suffix.lstrip("."), {}, first_sentence(writer)) for suffix, writer in WRITERS.items()]


# The index: a kind of thing -> its entries.
CATALOGUE: Mapping[str, Callable[[], list[Entry]]] = MappingProxyType(
    {
        "surfaces": listed_surfaces,
        "optimizers": lambda: entries(RULES),
        "schedules": lambda: entries(SCHEDULES),
        "panels": listed_panels,
        "datasets": lambda: entries(DATASETS),
        "layers": lambda: entries(LAYERS),
        "activations": lambda: entries(ACTIVATIONS),
        "initializers": lambda: entries(INITIALIZERS),
        "losses": lambda: entries(LOSSES),
        "scenes": listed_scenes,
        "themes": listed_themes,
        "formats": listed_formats,
    }
)
