"""Reads TOML scene files into `Scene` records; reports every fault with its line.

    source          a guarded read of the file, and TOML's own faults
    changes         what the command line changes in passing
    line_numbers    on which line each key stands
    introspection   the settings of a part, from its signature
    field_types     the same for pydantic
    models          the tables a scene may have, from the indexes
    partial_schema  of these the ones that a file names
    validation      a document against the models
    branches        choices of the JSON schema, told apart by kind
    messages        pydantic's errors as user messages
    drawable        whether a text can be drawn
    font_files      fonts beside a scene
    rules           schedules, and what is put around a rule
    tuned           runs tuned with the budget of a scene
    reader          the parts, made and put together
    notes           where a wish is not met to the letter
    catalogue       what there is to name
    template        a scene to begin with
    build_cache     what clips depend on, and which were made

A scene executes nothing, reads only files below its own folder, and names no output.
"""

import os
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any

from optiviz._lib.calls import checked_call
from optiviz._lib.errors import BadInput
from optiviz._lib.registry import hint
from optiviz.scene.given import is_to_be_tuned
from optiviz.scene.scene import Scene
from optiviz.scene.words import BadWords
from optiviz.scenefile.branches import branched
from optiviz.scenefile.build_cache import digest
from optiviz.scenefile.changes import Change, change_of, changed, place_of
from optiviz.scenefile.font_files import font_files
from optiviz.scenefile.header import data_file
from optiviz.scenefile.line_numbers import KeyPath, dotted_key, key_line_numbers, line_number
from optiviz.scenefile.models import file_model, part_names, untitled
from optiviz.scenefile.partial_schema import wanted_by
from optiviz.scenefile.source import Fault, SceneFault, clip, parse_toml, read_scene_text, stdin_text
from optiviz.scenefile.tuned import key_of_tuning, tuned_scene
from optiviz.scenefile.validation import well_spelled


@checked_call
def load(path: str | Path) -> Scene:
    """The scene that a TOML file describes.

    Parameters
    ----------
    path : path, or the name of a shipped scene where there is no such file

    Returns
    -------
    Scene

    Raises
    ------
    BadInput
        When there is no such file or scene.
    SceneFault
        With everything that is wrong with the file, each with its line.
    """
    if not isinstance(path, str | Path):
        raise BadInput(f"a scene is loaded from a path, or by the name of a shipped one, got {path!r:.80}")
    return read(resolve(path))[0]


def read(
    path: str | Path, changes: Sequence[Change] = (), kept: Path | None = None
) -> tuple[Scene, list[str]]:
    """The scene in a file, and what should be known of it: where a wish was not met to the letter.

    `changes` stand in for lines of the file; what is wrong with one is told with its place. What runs are
    tuned to is kept in the file `kept`, if that is given.
    """
    return read_text(read_scene_text(path), str(path), Path(path).resolve().parent, changes, kept)


def read_text(
    text: str, name: str, folder: Path, changes: Sequence[Change] = (), kept: Path | None = None
) -> tuple[Scene, list[str]]:
    """What `read` gives of a text: `name` is what faults are told of, data are files below `folder`."""
    from optiviz.scenefile.reader import Reader  # and all that panels draw with: lists need none of it

    document = parse_toml(text, name)
    changed(document, changes)
    found: list[tuple[KeyPath, str]] = []
    wanted = wanted_by(document, part_names(), every_setting=False)
    if not well_spelled(document, wanted):
        wanted = wanted_by(document, part_names(), every_setting=True)
    with font_files(document, folder, found):
        scene, notes = Reader(document, folder, found, wanted).scene()
    if scene is None or found:
        lines = key_line_numbers(text)
        faults = {
            Fault(line_number(where, lines), dotted_key(where), message, place_of(where, changes)): None
            for where, message in found
        }
        raise SceneFault(name, sorted(faults, key=lambda fault: (fault.place, fault.line)))
    if is_to_be_tuned(scene):
        scene = tuned_from_file(scene, document, folder, text, name, kept)
    return scene, notes


def tuned_from_file(
    scene: Scene, document: Mapping[str, Any], folder: Path, text: str, name: str, kept: Path | None
) -> Scene:
    """The scene of a file with its rates tuned; faults stand at the line of `tune`."""
    data = data_file(document, folder)
    key = key_of_tuning(document, digest(data) if data is not None else "")
    try:
        return tuned_scene(scene, kept, key)
    except BadInput as error:
        line = line_number(("tune",), key_line_numbers(text))
        raise SceneFault(name, [Fault(line, "tune", error.message)]) from None


def located_faults(path: str | Path, error: BadWords) -> SceneFault:
    """What is wrong with texts of a scene that was read from a file, each with its line."""
    lines = key_line_numbers(read_scene_text(path)) if os.path.isfile(path) else {}  # standard input is gone
    faults = [
        Fault(line_number(place, lines), dotted_key(place), clip(problem, 200))
        for place, problem in error.faults
    ]
    return SceneFault(str(path), sorted(faults, key=lambda fault: fault.line))


def schema() -> dict[str, Any]:
    """The JSON schema of scene files, for editors that complete and check TOML."""
    plain = branched(untitled(file_model().model_json_schema(by_alias=True)))
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
    folder = installed if installed.is_dir() else Path(__file__).parents[2] / "scenes"
    return MappingProxyType({path.stem: path for path in sorted(folder.glob("*.toml"))})


def resolve(name: str | Path) -> Path:
    """The file of a scene, from its path or from the name of a shipped one; a path goes first.

    Raises
    ------
    BadInput
        When there is neither.
    """
    path, known = Path(name), shipped()
    if os.path.isfile(path):
        return path
    if str(name) in known:
        return known[str(name)]
    if os.path.lexists(path):
        return path  # a folder, a broken link: the reader says what is wrong with it
    if path.suffix == ".toml" or path.parent != Path("."):
        beside = [other.name for other in path.parent.glob("*.toml")] if os.path.isdir(path.parent) else []
        advice = hint(path.name[:80], beside) if beside else ""
        if path.stem in known and "did you mean" not in advice:
            advice = f" - '{path.stem}' alone is the shipped scene"
        raise SceneFault(clip(str(name), 200), [Fault(0, "", f"no such file{advice}")])
    here = [other.name for other in Path().glob("*.toml")]
    advice = hint(str(name)[:80], [*known, *here]) or " - `optiviz list scenes` has them all"
    raise BadInput(f"unknown scene '{clip(str(name))}'{advice}")


__all__ = [
    "Change",
    "Fault",
    "SceneFault",
    "change_of",
    "changed",
    "load",
    "located_faults",
    "parse_toml",
    "read",
    "read_text",
    "resolve",
    "schema",
    "shipped",
    "stdin_text",
    "tuned_scene",
]
