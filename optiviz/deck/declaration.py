"""The declaration of a lecture, and its reader: from TOML to a `Deck`, every fault with its line."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from optiviz._lib.errors import BadInput
from optiviz._lib.registry import hint
from optiviz.objectives.table import path_inside
from optiviz.scenefile import Change, SceneFault, shipped
from optiviz.scenefile.field_types import by_type, list_of, literal, table_model
from optiviz.scenefile.introspection import REQUIRED, Setting
from optiviz.scenefile.line_numbers import KeyPath, dotted_key, key_line_numbers, line_number
from optiviz.scenefile.messages import error_sentence, unknown_key, value_at, where
from optiviz.scenefile.partial_schema import EVERYTHING
from optiviz.scenefile.source import Fault, clip, parse_toml, read_scene_text
from optiviz.scenefile.validation import plain_values

MOVIES = ("mp4", "gif", "still")
MOST = 200  # scenes of a deck


@dataclass(frozen=True)
class DeckScene:
    """A scene of a lecture: its file, and what differs from it here.

    `changes` are settings of the scene.
    """

    path: Path
    title: str = ""
    notes: str = ""
    changes: Sequence[Change] = ()


@dataclass(frozen=True)
class Section:
    """Scenes under a title, which is a slide of its own; without one they have no such slide."""

    title: str
    scenes: Sequence[DeckScene]


@dataclass(frozen=True)
class Deck:
    """The declaration of a lecture.

    Parameters
    ----------
    title : str
    sections : sequence of Section
    author : str
    size : (width, height), optional
        Of every scene, and with it the shape of the slides; the scenes' own unless given.
    theme : str, optional
        Of every scene.
    movie : "mp4", "gif", "page" or "still", default "mp4"
        What is on a slide; a GIF where MP4 is wanted and there is no ffmpeg. A page, to play and touch, is on
        those of an HTML file; others have a still in its place.
    builds : bool, default True
        Whether a still of each pause follows on a slide of its own.
    loop : bool, optional
        Whether clips begin anew when they end; what each scene says unless given.
    """

    title: str
    sections: Sequence[Section]
    author: str = ""
    size: tuple[int, int] | None = None
    theme: str | None = None
    movie: str = "mp4"
    builds: bool = True
    loop: bool | None = None
    path: Path = field(default=Path(), compare=False)

    @property
    def scenes(self) -> list[DeckScene]:
        """All scenes, in teaching order."""
        return [scene for section in self.sections for scene in section.scenes]


@cache
def deck_model() -> Any:
    """The pydantic model of a deck file."""
    from optiviz.rendering.style import THEMES

    entry = table_model(
        EVERYTHING,
        "scene of a deck",
        [
            Setting("scene", str, REQUIRED, "A scene file below the folder of the deck, or a shipped scene."),
            Setting("title", str, None, "Of the slide, in outline and notes; the scene's own unless given."),
            Setting("notes", str, None, "What to say; the scene's own unless given."),
            Setting("set", dict[str, Any], None, "Settings of the scene that differ here."),
        ],
    )
    section = table_model(
        EVERYTHING,
        "section of a deck",
        [
            Setting("title", str, "", "On a slide of its own; none without it."),
            Setting("scenes", list_of(by_type([str, entry])), REQUIRED, "In teaching order."),
        ],
    )
    return table_model(
        EVERYTHING,
        "deck",
        [
            Setting("title", str, REQUIRED, "Of the lecture."),
            Setting("author", str, "", "Who made it."),
            Setting("size", tuple[int, int], None, "Width and height of every scene in pixels."),
            Setting("theme", literal(THEMES), None, "Of every scene."),
            Setting("movie", Literal["mp4", "gif", "page", "still"], "mp4", "What is on a slide."),
            Setting("builds", bool, True, "Whether a still of each pause follows."),
            Setting("loop", bool, None, "Whether clips begin anew; what each scene says unless given."),
            Setting("sections", list_of(section), REQUIRED, "The parts of the lecture."),
        ],
    )


def read_deck(path: Path) -> Deck:
    """The deck that a TOML file describes.

    Raises
    ------
    SceneFault
        With everything that is wrong with the file, each with its line.
    """
    from pydantic import ValidationError

    text = read_scene_text(path)
    document = parse_toml(text, str(path))
    found: list[tuple[KeyPath, str]] = []
    try:
        told = plain_values(deck_model().model_validate(document))
    except ValidationError as invalid:
        raise located(path, text, deck_faults(invalid, document)) from None
    lines = key_line_numbers(text)
    sections, count = [], 0
    for k, part in enumerate(told["sections"]):
        scenes = []
        for n, given in enumerate(part["scenes"]):
            place: KeyPath = ("sections", k, "scenes", n)
            entry = {"scene": given} if isinstance(given, str) else given
            settings = {} if isinstance(given, str) else document["sections"][k]["scenes"][n].get("set", {})
            at = f"{path}:{line_number(place, lines)}"
            try:
                home = scene_file(path.resolve().parent, entry["scene"])
                changes = list(changes_in(settings, at))
                scenes.append(DeckScene(home, entry.get("title", ""), entry.get("notes", ""), changes))
            except BadInput as error:
                found.append((place, str(error)))
        count += len(part["scenes"])
        sections.append(Section(part.get("title", ""), scenes))
    if count > MOST:
        found.append((("sections",), f"{count} scenes; a deck has at most {MOST}"))
    if not count:
        found.append((("sections",), "names no scene"))
    if found:
        raise located(path, text, found)
    rest = {name: value for name, value in told.items() if name != "sections"}
    return Deck(sections=sections, path=path, **rest)


def deck_faults(invalid: Any, document: Mapping[str, Any]) -> list[tuple[KeyPath, str]]:
    """What is wrong with the names, types and bounds of a document."""
    found = []
    for error in invalid.errors(include_url=False, include_input=False):
        path = where(error["loc"], document)
        if error["type"] == "extra_forbidden":
            keys = [key for key in ("scene", "title", "notes", "set") if len(path) > 3]
            keys = keys or (["title", "scenes"] if len(path) > 1 else list(Deck.__dataclass_fields__)[:-1])
            found.append((path, unknown_key(path, keys, value_at(document, path[:-1]) or {})))
        else:
            found.append(error_sentence(error, path, document))
    return found


def located(path: Path, text: str, found: Iterable[tuple[KeyPath, str]]) -> SceneFault:
    """Faults of a deck file, each with its line."""
    lines = key_line_numbers(text)
    faults = [Fault(line_number(place, lines), dotted_key(place), message) for place, message in found]
    return SceneFault(str(path), sorted(faults, key=lambda fault: fault.line))


def scene_file(folder: Path, name: str) -> Path:
    """The file of a scene that a deck names: below its folder, or shipped."""
    known = shipped()
    for candidate in (name, f"{name}.toml"):
        if (folder / candidate).is_file():
            return path_inside(folder, candidate)
    if name in known:
        return known[name]
    raise BadInput(f"unknown scene '{clip(name)}'{hint(name[:80], known)}")


def changes_in(table: Mapping[str, Any], place: str, path: KeyPath = ()) -> Iterable[Change]:
    """The changes that a table of settings at `place` asks for, one for each value.

    >>> [change.path for change in changes_in({"steps": 30, "runs": {"Adam": {"noise": 0.1}}}, "a.toml:3")]
    [('steps',), ('runs', 'Adam', 'noise')]
    """
    for name, value in table.items():
        if isinstance(value, dict):
            yield from changes_in(value, place, (*path, name))
        else:
            yield Change((*path, name), value, place)


def decks() -> Mapping[str, Path]:
    """The decks that come with the package, by name."""
    installed = Path(str(files("optiviz"))) / "scenes" / "decks"
    folder = installed if installed.is_dir() else Path(__file__).parents[2] / "scenes" / "decks"
    return MappingProxyType({path.stem: path for path in sorted(folder.glob("*.toml"))})


def resolve_deck(name: str) -> Path:
    """The file of a deck, from its path or from the name of a shipped one; a path goes first.

    Raises
    ------
    BadInput
        When there is neither.
    """
    known = decks()
    if os.path.lexists(name) or name not in known and name.endswith(".toml"):
        return Path(name)
    if name in known:
        return known[name]
    raise BadInput(f"unknown deck '{clip(name)}'{hint(name[:80], known) or ' - a deck is a TOML file'}")
