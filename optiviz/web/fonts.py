"""Font subsets for the page: only the letters that it can show, as WOFF."""

from functools import lru_cache
from io import BytesIO

# what the page itself writes beside ASCII: numbers, signs on buttons, quotation marks
OWN = "\N{MINUS SIGN}·×…–’“”¹²³⁰⁴⁵⁶⁷⁸⁹⁻\N{NO-BREAK SPACE}"
SELDOM = set('$#@\\^`{|}~<>_*"')  # in no text of the page; what a scene needs of them it takes


def letters_of(text: str) -> str:
    """All letters that a page of this text can show, in order.

    >>> "A" in letters_of("") and "ß" in letters_of("groß") and "ß" not in letters_of("")
    True
    """
    ascii_letters = "".join(map(chr, range(32, 127)))
    return "".join(sorted({*ascii_letters, *OWN} - SELDOM | {*text} - {"\n", "\r", "\t"}))


EM = 512  # units of an outline: a sixteenth of a pixel at 32, and a sixth fewer bytes than of 2000


@lru_cache(maxsize=8)
def web_font(content: bytes, letters: str) -> bytes:
    """A TrueType file cut down to `letters` as WOFF, on a coarser grid, without kerning; same bytes twice."""
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont
    from fontTools.ttLib.scaleUpem import scale_upem

    font = TTFont(BytesIO(content), recalcTimestamp=False)
    for table in ("GPOS", "GSUB", "GDEF"):  # kerning and ligatures: to read them takes seconds
        if table in font:
            del font[table]
    options = Options(layout_features=[], hinting=False, glyph_names=False)
    options.name_IDs, options.notdef_outline = [1, 2, 13, 14], True  # the licence goes with it
    subsetter = Subsetter(options)
    subsetter.populate(text=letters)
    subsetter.subset(font)
    scale_upem(font, EM)
    font.flavor = "woff"
    out = BytesIO()
    font.save(out, reorderTables=False)
    return out.getvalue()
