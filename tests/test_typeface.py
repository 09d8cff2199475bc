"""The typeface: whole files beside their licence, digits of one width, another font for what it lacks."""

from pathlib import Path

from matplotlib.font_manager import FontProperties, findfont, get_font

from optiviz.rendering.glyphs import Glyphs
from optiviz.rendering.stage import own_style
from optiviz.rendering.typeface import FALLBACK, FAMILY, file_for, font_file

FONTS = Path(font_file()).parent


def test_the_files_are_whole_and_beside_their_licence():
    assert "SIL OPEN FONT LICENSE" in (FONTS / "OFL.txt").read_text(encoding="utf-8")
    assert [get_font(font_file(bold)).family_name for bold in (False, True)] == [FAMILY, FAMILY]
    assert get_font(font_file(True)).style_name == "Bold"


def test_matplotlib_draws_with_it():
    with own_style():
        assert findfont(FontProperties()) == font_file()
        assert findfont(FontProperties(weight="bold")) == font_file(bold=True)


def test_letters_that_it_lacks_are_of_the_other_font():
    for letter in "a9−·":
        assert file_for(letter) == font_file()
    for letter in "∇★":
        assert FALLBACK.replace(" ", "") in file_for(letter)


def test_digits_are_equally_wide():
    for bold in (False, True):
        assert len({Glyphs(24, "#000000", bold).width(digit) for digit in "0123456789"}) == 1
