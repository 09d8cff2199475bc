"""The typeface of all pictures: font files of Lato (SIL Open Font License), with DejaVu Sans as fallback."""

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from matplotlib.font_manager import FontEntry, findfont, fontManager, get_font

FAMILY, FALLBACK = (
    "Lato",
    "DejaVu Sans",
)  # the choice; its files are in `fonts`, those of the other are matplotlib's
DPI = 100.0  # pixels an inch, of every figure
FACES = {False: "Regular", True: "Bold"}


@cache
def font_file(bold: bool = False, fallback: bool = False) -> str:
    """Where a font file is: of the typeface if it is there, else of the fallback."""
    path = Path(str(files("optiviz") / "rendering" / "fonts")) / f"{FAMILY}-{FACES[bold]}.ttf"
    if fallback or not path.is_file():
        return str(findfont(f"{FALLBACK}:bold" if bold else FALLBACK))
    return str(path)


@cache
def file_for(char: str, bold: bool = False) -> str:
    """The font file that has a letter."""
    own: Any = get_font(font_file(bold))
    return font_file(bold) if own.get_char_index(ord(char)) else font_file(bold, fallback=True)


@cache
def families() -> list[str]:
    """The families for matplotlib, which learns the files of the first without opening them."""
    if font_file() == font_file(fallback=True):
        return [FALLBACK]
    own = [
        FontEntry(
            fname=font_file(bold),
            name=FAMILY,
            style="normal",
            variant="normal",
            stretch="normal",
            weight="bold" if bold else "normal",
            size="scalable",
        )  # fmt: skip
        for bold in FACES
    ]
    fontManager.ttflist[:0] = own
    return [FAMILY, FALLBACK]
