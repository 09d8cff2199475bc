"""Font files of a scene: found below its folder, and in use while its texts are checked."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from optiviz._lib.errors import BadInput
from optiviz.objectives.table import path_inside
from optiviz.scene.limits import FONT_FILES
from optiviz.scenefile.line_numbers import KeyPath


def fonts_below(document: Mapping[str, Any], folder: Path) -> dict[int, Path | BadInput]:
    """The font files that a document names, by their places in its list, or why one cannot be named so."""
    fonts = document.get("font")
    found: dict[int, Path | BadInput] = {}
    for k, name in enumerate(fonts if isinstance(fonts, list) else ()):
        if isinstance(name, str) and name.lower().endswith(FONT_FILES):
            try:
                found[k] = path_inside(folder, name)
            except BadInput as error:
                found[k] = error
    return found


@contextmanager
def font_files(document: dict[str, Any], folder: Path, faults: list[tuple[KeyPath, str]]) -> Iterator[None]:
    """Put the places of font files into a document, and have its texts checked with the letters in them."""
    files = fonts_below(document, folder)
    if not files:
        yield
        return
    from optiviz.rendering.typeface import FONTS, family_of_file, ours

    families = []
    for k, file in files.items():
        try:
            if isinstance(file, BadInput):
                raise file
            families.append(family_of_file(str(file)))
            document["font"][k] = str(file)
        except BadInput as error:
            faults.append((("font", k), error.message))
    token = FONTS.set((*families, *ours()))
    try:
        yield
    finally:
        FONTS.reset(token)
