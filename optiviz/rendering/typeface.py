"""The typeface of all pictures: Lato (SIL Open Font License), DejaVu Sans, installed fonts for the rest.

A scene may name families of its own (`font`); they go first. Letters that none of these has are looked for
in the fonts of the system, those named after the script of the letter first, so that the choice does not
depend on the order in which a system lists them.
"""

import hashlib
import os
import string
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import fields, is_dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from matplotlib import get_data_path
from matplotlib.font_manager import (
    FontEntry,
    FontProperties,
    findfont,
    findSystemFonts,
    fontManager,
    get_font,
)

from optiviz._lib.errors import BadInput
from optiviz._lib.registry import hint
from optiviz.scene.limits import FONT_FILES

# the choice, whose files are in `fonts`; those of the other are matplotlib's
FAMILY, FALLBACK = "Lato", "DejaVu Sans"
MAX_FONT = 32 * 2**20  # bytes of a font file
DPI = 100.0  # pixels an inch, of every figure
FACES = {False: "Regular", True: "Bold"}
FONTS: ContextVar[tuple[str, ...]] = ContextVar("FONTS", default=())  # in use; ours if none are set
EAST_ASIAN = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "IDEOGRAPHIC", "FULLWIDTH", "BOPOMOFO")
STYLED = ("bold", "italic", "oblique", "light", "thin", "medium", "black", "serif", "mono", "ui", "display")


@cache
def font_file(bold: bool = False, fallback: bool = False) -> str:
    """Where a font file is: of the typeface if it is there, else of the fallback."""
    path = Path(str(files("optiviz") / "rendering" / "fonts")) / f"{FAMILY}-{FACES[bold]}.ttf"
    if fallback or not path.is_file():
        path = Path(get_data_path(), "fonts", "ttf", f"DejaVuSans{'-Bold' * bold}.ttf")
    return str(path) if path.is_file() else str(findfont(f"{FALLBACK}:bold" if bold else FALLBACK))


@cache
def file_for(char: str, bold: bool = False, fonts: tuple[str, ...] = ()) -> Any:
    """The font file that has a letter, of these families or of ours; the last one where none has it."""
    for family in fonts or families():
        file = family_file(family, bold)
        face: Any = get_font(file)
        if face.get_char_index(ord(char)):
            return file
    return font_file(bold, fallback=True)


@cache
def family_file(family: str, bold: bool = False) -> Any:
    """The file of a family that is installed, and with it the number of the face."""
    if family in (FAMILY, FALLBACK):
        return font_file(bold, fallback=family == FALLBACK)
    weight = "bold" if bold else "normal"
    return findfont(FontProperties(family=family, weight=weight), fallback_to_default=False)


def families() -> list[str]:
    """The families for matplotlib, the first of them first."""
    return [*FONTS.get()] or ours()


@cache
def own_families() -> tuple[str, ...]:
    """The families that come with the package and with matplotlib, which finds their files at once."""
    found = (FAMILY, FALLBACK) if font_file() != font_file(fallback=True) else (FALLBACK,)
    own = [
        FontEntry(
            fname=font_file(bold, fallback=family == FALLBACK),
            name=family,
            style="normal",
            variant="normal",
            stretch="normal",
            weight="bold" if bold else "normal",
            size="scalable",
        )
        for family in found
        for bold in FACES
    ]
    fontManager.ttflist[:0] = own
    return found


def ours() -> list[str]:
    """The families of a scene that names none and has no letter they lack."""
    return [*own_families()]


# ---- families of a scene, and letters that ours lack


def chosen_families(wanted: Sequence[str], words: Iterable[str]) -> tuple[str, ...]:
    """The families that draw `words`: those wanted, ours, and installed ones for what these lack.

    What is wanted is a family that is installed, or a font file.

    Raises
    ------
    BadInput
        When a wanted family is not installed, or a file is no font.
    """
    chosen = []
    for k, family in enumerate(wanted, start=1):
        if family.lower().endswith(FONT_FILES):
            try:
                family = family_of_file(family)
            except BadInput as error:
                raise BadInput(error.message, field=f"font[{k}]") from None
        elif not is_installed(family):
            known = sorted({entry.name for entry in fontManager.ttflist})
            raise BadInput(
                f"no font '{family[:80]}' is installed{hint(family[:80], known)}", field=f"font[{k}]"
            )
        chosen.append(family)
    found = [*dict.fromkeys([*chosen, *ours()])]
    letters = sorted({letter for text in words for letter in text if letter > "~"})
    lacking = [letter for letter in letters if not any(has_letter(family, letter) for family in found)]
    for letter in lacking:
        if not any(has_letter(family, letter) for family in found):
            more = family_with(letter, japanese=any(map(is_kana, letters)))
            found += [more] if more else []
    return tuple(found)


def family_of_file(file: str) -> str:
    """The family that a font file is made known as: a name of its own, so that it stands in for no other.

    Raises
    ------
    BadInput
        When there is no such file, it is too large, or it is no font with outlines for plain letters.
    """
    path = Path(file)
    told = f"font file '{path.name[:80]}'"
    try:
        if not path.is_file():
            raise BadInput(f"{told}: there is no such file")
        if (size := path.stat().st_size) > MAX_FONT:
            raise BadInput(f"{told}: {size:,} bytes, at most {MAX_FONT:,} (32 MiB) are read")
        family = f"{path.stem} {hashlib.sha256(path.read_bytes()).hexdigest()[:10]}"
    except OSError as error:
        raise BadInput(f"{told}: cannot be read: {error.strerror or error}") from None
    if not any(entry.name == family and entry.fname == file for entry in fontManager.ttflist):
        check_outlines(file, told)
        entry = FontEntry(
            fname=file,
            name=family,
            style="normal",
            variant="normal",
            stretch="normal",
            weight="normal",
            size="scalable",
        )
        fontManager.ttflist.append(entry)
    return family


def check_outlines(file: str, told: str) -> None:
    """Refuse a file that is no font, or whose plain letters cannot be drawn."""
    try:
        face: Any = get_font(file)
        sound = bool(face.scalable)
        for letter in map(ord, string.printable.strip()):
            face.load_char(letter)
    except (OSError, RuntimeError, ValueError):
        sound = False
    if not sound:
        raise BadInput(f"{told}: is broken, or no font with outlines (.ttf, .otf, .ttc)")


def texts_in(part: Any) -> Iterable[str]:
    """Every text in a record and in what it is made of.

    >>> list(texts_in({"a": ["b", 3]}))
    ['a', 'b']
    """
    if isinstance(part, str):
        yield part
    elif isinstance(part, Mapping):
        for key, value in part.items():
            yield from texts_in(key)
            yield from texts_in(value)
    elif isinstance(part, list | tuple):
        for value in part:
            yield from texts_in(value)
    elif is_dataclass(part) and not isinstance(part, type):
        for field in fields(part):
            yield from texts_in(getattr(part, field.name, None))


@cache
def has_letter(family: str, letter: str) -> bool:
    """Whether a family that is installed has a letter."""
    face: Any = get_font(family_file(family))
    return bool(face.get_char_index(ord(letter)))


def is_kana(letter: str) -> bool:
    """Whether a letter is of Japanese alone: Chinese characters beside it then look as they do there."""
    return "\u3040" <= letter <= "\u30ff"


@cache
def family_with(letter: str, japanese: bool = False) -> str:
    """The family of an installed font that has a letter; nothing where there is none."""
    for file in sorted(system_fonts(), key=lambda file: suits(file, letter)):
        try:
            face: Any = get_font(file)
            if not face.get_char_index(ord(letter)):
                continue
        except (OSError, RuntimeError):  # a file that is no font
            continue
        learn(file)
        bold = file.replace("Regular", "Bold")
        if bold != file and os.path.isfile(bold):
            learn(bold)
        names = [entry.name for entry in fontManager.ttflist if entry.fname == file]
        place = " JP" if japanese else " KR" if is_hangul(letter) else " SC"  # of a file for all three
        return next((name for name in names if name.endswith(place)), names[0])
    return ""


def is_hangul(letter: str) -> bool:
    """Whether a letter is Korean."""
    return unicodedata.name(letter, "").startswith("HANGUL")


def suits(file: str, letter: str) -> tuple[bool, int, str]:
    """The order in which font files are tried: named after the script, plain, sans serif, by name."""
    stem = Path(file).stem.lower()
    script = unicodedata.name(letter, "?").split()[0].split("-")[0]
    word = "cjk" if script in EAST_ASIAN else script.lower()
    return word not in stem, sum(style in stem for style in STYLED), stem


@cache
def system_fonts() -> tuple[str, ...]:
    """The font files of the system."""
    return tuple(sorted(findSystemFonts()))


@cache
def learn(file: str) -> None:
    """Tell matplotlib of a font file; its own list may be older than the file."""
    if not any(entry.fname == file for entry in fontManager.ttflist):
        try:
            fontManager.addfont(file)
        except (OSError, RuntimeError):  # a file that is no font
            return


@cache
def is_installed(family: str) -> bool:
    """Whether a family is installed; files that are named like it are looked at first."""
    if family in (FAMILY, FALLBACK) or any(entry.name == family for entry in fontManager.ttflist):
        return True
    name = family.lower().replace(" ", "")
    nearest = sorted(system_fonts(), key=lambda file: -len(os.path.commonprefix([plain_stem(file), name])))
    for k, file in enumerate(nearest):
        if k > 8 and len(os.path.commonprefix([plain_stem(file), name])) < 4:
            return False
        learn(file)
        if any(entry.name == family for entry in fontManager.ttflist):
            for other in nearest[:8]:  # its bold face
                learn(other)
            return True
    return False


def plain_stem(file: str) -> str:
    """The name of a font file without what may be written in several ways."""
    return Path(file).stem.lower().replace("-", "").replace("_", "").replace(" ", "")


def no_font_for(letter: str) -> str:
    """What to do about a letter that no installed font has; empty where one has it."""
    if any(has_letter(family, letter) for family in ours()) or family_with(letter):
        return ""
    script = unicodedata.name(letter, "?").split()[0].split("-")[0]
    package = "fonts-noto-cjk" if script in EAST_ASIAN else "fonts-noto-core"
    return (
        f"no installed font has '{letter}' (U+{ord(letter):04X}): install one, such as Noto Sans "
        f"(Debian and Ubuntu: {package})"
    )


def needs_shaping(text: str) -> bool:
    """Whether letters of a text change beside each other, or run from right to left.

    >>> needs_shaping("Verlust 0.1"), needs_shaping("勾配"), needs_shaping("ढलान"), needs_shaping("تدرج")
    (False, False, True, True)
    """
    return not text.isascii() and any(
        "\u0590" <= letter < "\u1100"
        or "\u1780" <= letter < "\u1800"
        or "\ufb1d" <= letter <= "\ufeff"
        or unicodedata.combining(letter)
        for letter in text
    )


def starts_right(text: str) -> bool:
    """Whether a line begins at its right end: where its first letter of a direction runs from right to left.

    >>> starts_right("3 \u05e9\u05d5"), starts_right("GD \u05e9\u05d5"), starts_right("GD"), starts_right("")
    (True, False, False, False)
    """
    directions = () if text.isascii() else map(unicodedata.bidirectional, text)
    return next((one for one in directions if one in ("L", "R", "AL")), "L") != "L"


def runs_left(text: str) -> bool:
    """Whether a text has letters that run from right to left."""
    return not text.isascii() and any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in text)
