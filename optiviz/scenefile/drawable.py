"""Validates texts: glyph coverage and mathtext."""

import re
from functools import cache
from typing import Any

from optiviz._lib.errors import BadInput
from optiviz.scene.limits import FONT_FILES
from optiviz.scenefile.line_numbers import KeyPath
from optiviz.scenefile.source import clip


def undrawable(text: str) -> str:
    """Why a text cannot be drawn; empty if it can."""
    odd = next((letter for letter in text if not letter.isprintable()), None)
    if odd:
        escape = {"\t": "t", "\n": "n", "\f": "f", "\b": "b", "\r": "r"}.get(odd)
        advice = f"; mathematics such as \\{escape}... stands in single quotes" if escape else ""
        return f"U+{ord(odd):04X} is not a printable character{advice}"
    if not text.isascii():
        missing = [letter for letter in text if letter > "~" and not has_glyph(letter)]
        if missing:
            from optiviz.rendering.typeface import FONTS, has_letter, no_font_for

            own = FONTS.get()  # font files of the scene
            missing = [letter for letter in missing if not any(has_letter(font, letter) for font in own)]
            problem = next(filter(None, map(no_font_for, dict.fromkeys(missing))), "")
            if problem:
                return problem
    dollars = len(re.findall(r"(?<!\\)\$", text))
    if dollars % 2:
        return r"a lone '$'; mathematics stands between two of them, and a dollar sign is written \$"
    return broken_mathematics(text) if dollars else ""


def unknown_fonts(families: Any) -> list[tuple[KeyPath, str]]:
    """Why families of a scene cannot be used, each with its place; empty if all are installed."""
    if not families or not isinstance(families, list):
        return []
    from optiviz.rendering.typeface import chosen_families

    found: list[tuple[KeyPath, str]] = []
    for k, family in enumerate(families):
        if isinstance(family, str) and family.lower().endswith(FONT_FILES):
            continue  # `font_files` has looked at it
        try:
            chosen_families([family] if isinstance(family, str) else [], ())
        except BadInput as error:
            found.append((("font", k), error.message))
    return found


@cache
def has_glyph(letter: str) -> bool:
    """Whether the font that comes with matplotlib has a letter; others are asked for those that it lacks."""
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
        said = re.search(r"(?:Expected|Unknown)[^\n]*?(?=  ?\(at|\n|$)", str(error))
        return "mathematics that cannot be set" + (f": {clip(said[0], 80)}" if said else "")
    return ""
