"""The typeface: whole files beside their licence, digits of one width, another font for what it lacks."""

import re
from dataclasses import replace
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font

import optiviz as ov
from optiviz._lib.errors import BadInput
from optiviz.rendering.glyphs import Glyphs
from optiviz.rendering.header import CaptionLines
from optiviz.rendering.marks.shapes import Words
from optiviz.rendering.stage import own_style, set_stage
from optiviz.rendering.typeface import (
    FALLBACK,
    FAMILY,
    chosen_families,
    family_file,
    family_with,
    file_for,
    font_file,
    has_letter,
    suits,
    texts_in,
)
from optiviz.scenefile.build_cache import key_of

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


# ------------------------------------------------------------------------------------------ other scripts

SHIN_VAV = "\u05d5\u05e9"  # vav, then shin: a thin letter, then a wide one


def inked_columns(mask):
    """The widths of the runs of columns that have ink."""
    ink = (mask > 0.1).any(axis=0).astype(int)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], ink, [0]])))
    return (edges[1::2] - edges[::2]).tolist()


def test_hebrew_runs_from_right_to_left_in_glyphs_and_titles():
    # the first letter is the thin one, and stands on the right
    thin, wide = (inked_columns(Glyphs(40, "#000000").letter(letter)[0])[0] for letter in SHIN_VAV)
    assert 2 * thin < wide
    left, right = inked_columns(Glyphs(40, "#000000").word(SHIN_VAV)[0])
    assert left > 2 * right
    text = Glyphs(40, "#000000")
    assert text.width(SHIN_VAV) == text.word(SHIN_VAV)[3] and len(text.pens(SHIN_VAV)) == 1
    scene = ov.Scene(ov.beale, {"GD": ov.GD(0.01)}, ["loss"], title=2 * SHIN_VAV, steps=3, verdict="none")
    row = (ov.still(scene)[20:66, -200:, :3].min(axis=(0, 2)) < 100).astype(float)[None]
    columns = inked_columns(row)  # wide, thin, wide, thin from the left
    assert len(columns) == 4 and min(columns[::2]) > 1.5 * max(columns[1::2])


def test_a_line_from_right_to_left_stands_on_the_right(tmp_path):
    """Title, caption, verdict and its bar are mirrored, and the count of steps stands on the left."""
    words = 3 * SHIN_VAV
    scene = ov.Scene(
        ov.beale, {"GD": ov.GD(0.01)}, ["loss"], title=words, captions=({"at": 0, "text": f"{words} GD"},),
        verdict=f"{words} 3.", steps=3, size=(640, 360),
    )  # fmt: skip
    latin = replace(scene, title="Words", captions=({"at": 0, "text": "Words"},), verdict="Words.")
    left, right = 20, 620  # 40/24 of type of 12 pixels
    for one, mirrored in ((scene, True), (latin, False)):
        stage = set_stage(one, ov.play(one))
        title = next(text for text in stage.figure.texts if text.get_text() == one.title)
        count = next(text for text in stage.figure.texts if text.get_text() == "step:")
        ends = title.get_window_extent().x0, title.get_window_extent().x1
        assert ends[mirrored] == pytest.approx((left, right)[mirrored], abs=2)
        assert count.get_window_extent().x0 == pytest.approx(left, abs=2) if mirrored else (
            count.get_window_extent().x1 > 550
        )  # fmt: skip
        (number,) = (mark for mark in stage.marks if isinstance(mark, Words))
        assert (number.x < 100) == mirrored
        (lines,) = (mark for mark in stage.marks if isinstance(mark, CaptionLines))
        for (row,), bar in zip(lines.strips, (0, 9), strict=True):  # a verdict is moved in by its bar
            ink = np.flatnonzero((row.pixels[..., 3] > 0).any(axis=0)) + lines.x
            assert ink[-1 if mirrored else 0] == pytest.approx((left, right)[mirrored], abs=3)
            assert bool(row.bar) == bool(bar)
    # in lines and letters, too: the bar is a thin box at the right end (points, 72 for 100 pixels)
    for one, x in ((scene, 620 - 3), (latin, 20)):
        svg = ov.still(one, tmp_path / "a.svg").read_text(encoding="utf-8")
        boxes = re.findall(r'd="M ([\d.]+) ([\d.]+) \s*L ([\d.]+) \2 \s*L \3 ([\d.]+) \s*L \1 \4 ', svg)
        assert any(
            float(begin) == pytest.approx(0.72 * x, abs=0.8) and 1 < float(end) - float(begin) < 4
            for begin, _, end, _ in boxes
        ), boxes  # fmt: skip


def test_arabic_letters_join():
    # seen, meem: apart they have other forms than joined, and the word is narrower than its letters
    text = Glyphs(40, "#000000")
    word = "\u0633\u0645"
    assert len(inked_columns(text.word(word)[0])) == 1
    assert text.width(word) < sum(text.letter(letter)[3] for letter in word)


def test_latin_text_is_drawn_as_before_letter_by_letter():
    text = Glyphs(24, "#000000")
    assert [unit for unit, _ in text.pens("w = 2")] == ["w", "=", "2"]


@pytest.mark.usefixtures("no_system_fonts")
def test_a_machine_without_fonts_says_which_package_has_them(tmp_path):
    assert family_with("\u6700") == ""
    (tmp_path / "a.toml").write_text(
        'title = "\u092a"\nfont = ["Nowhere Sans"]\n[problem]\nsurface = "beale"\n'
        '[runs]\nGD = { optimizer = "gd" }\n',
        encoding="utf-8",
    )
    with pytest.raises(BadInput) as refused:
        ov.load(tmp_path / "a.toml")
    title, font = str(refused.value).splitlines()
    assert title.endswith(
        "a.toml:1: title: no installed font has '\u092a' (U+092A): install one, such as Noto Sans "
        "(Debian and Ubuntu: fonts-noto-core)"
    )
    assert "a.toml:2: font[1]: no font 'Nowhere Sans' is installed" in font
    with pytest.raises(BadInput, match="no font 'Nowhere Sans' is installed"):
        ov.still(ov.Scene(ov.beale, {"GD": ov.GD(0.01)}, ["loss"], steps=2, font=("Nowhere Sans",)))


def test_fonts_of_a_scene_go_first():
    scene = ov.Scene(ov.beale, {"GD": ov.GD(0.01)}, ["loss"], title="Plain", steps=2, verdict="none")
    assert chosen_families(("DejaVu Sans",), texts_in(scene)) == (FALLBACK, FAMILY)
    assert file_for("a", False, (FALLBACK, FAMILY)) == font_file(fallback=True)
    other = ov.still(replace(scene, font=("DejaVu Sans",)))
    assert (other != ov.still(scene)).any()
    assert (ov.still(replace(scene, font=("Lato",))) == ov.still(scene)).all()


def test_fonts_named_after_the_script_are_tried_first():
    files = ["a/NotoSans-Regular.ttf", "a/NotoSansDevanagari-Bold.ttf", "a/NotoSansDevanagari-Regular.ttf",
             "a/NotoSerifCJK-Regular.ttc", "a/NotoSansCJK-Regular.ttc"]  # fmt: skip
    for letter, first in (("\u092a", files[2]), ("\u6700", files[4]), ("\u3042", files[4])):
        assert min(files, key=lambda file, letter=letter: suits(file, letter)) == first


# ------------------------------------------------------------------------------------------ font files

WITH_FONT = """title = "{title}"
font = {font}
panels = ["loss"]
steps = 2
size = [320, 240]
[problem]
surface = "beale"
[runs]
GD = {{ optimizer = "gd" }}
"""


def written(folder, font, title="Words"):
    file = folder / "a.toml"
    file.write_text(WITH_FONT.format(font=font, title=title), encoding="utf-8")
    return file


@pytest.mark.usefixtures("no_system_fonts")
def test_a_scene_may_bring_its_font(tmp_path):
    """A file below its folder: used for its letters, and under a name that stands in for no other."""
    (tmp_path / "fonts").mkdir()
    own = tmp_path / "fonts" / "Lato-Own.ttf"
    own.write_bytes(Path(font_file(bold=True)).read_bytes())  # says of itself that it is Lato
    before = {entry.name for entry in fontManager.ttflist}
    scene = ov.load(written(tmp_path, '["fonts/Lato-Own.ttf"]'))
    assert scene.font == (str(own.resolve()),)
    plain = replace(scene, font=())
    assert (ov.still(scene) != ov.still(plain)).any()  # the ticks are bold
    (name,) = {entry.name for entry in fontManager.ttflist} - before
    assert name.startswith("Lato-Own ") and family_file(name) == str(own.resolve())
    assert family_file(FAMILY) == font_file()
    told = ov.render(scene, tmp_path / "a.json").read_text(encoding="utf-8")
    assert '"Lato-Own.ttf"' in told and str(tmp_path) not in told
    # another content of the file, another key
    key = key_of({"font": ["fonts/Lato-Own.ttf"]}, tmp_path, None)
    own.write_bytes(Path(font_file()).read_bytes())
    assert key_of({"font": ["fonts/Lato-Own.ttf"]}, tmp_path, None) != key


@pytest.mark.usefixtures("no_system_fonts")
def test_letters_that_only_the_font_of_a_scene_has(tmp_path):
    symbols = Path(matplotlib.get_data_path(), "fonts/ttf/STIXGeneral.ttf")
    (tmp_path / "own.ttf").write_bytes(symbols.read_bytes())
    letter = "\u210a"  # a script g
    assert get_font(symbols).get_char_index(ord(letter)) and not has_letter(FALLBACK, letter)
    with pytest.raises(BadInput, match="no installed font has"):
        ov.load(written(tmp_path, "[]", title=letter))
    assert ov.load(written(tmp_path, '["own.ttf"]', title=letter)).title == letter


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("../own.ttf", None, "file '../own.ttf': a name with '..' may leave the scene's folder"),
        ("/etc/own.ttf", None, "file '/etc/own.ttf': "),
        ("none.ttf", None, "font file 'none.ttf': there is no such file"),
        ("text.ttf", b"no font", "font file 'text.ttf': is broken, or no font with outlines"),
        ("half.otf", 20_000, "font file 'half.otf': is broken, or no font with outlines"),
        (
            "huge.ttc",
            2**25 + 1,
            "font file 'huge.ttc': 33,554,433 bytes, at most 33,554,432 (32 MiB) are read",
        ),
    ],
)
def test_a_font_file_that_cannot_be_used_is_a_sentence(tmp_path, name, content, sentence):
    if content == 20_000:
        (tmp_path / name).write_bytes(Path(font_file()).read_bytes()[:content])
    elif isinstance(content, int):
        with open(tmp_path / name, "wb") as file:
            file.truncate(content)
    elif content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput) as refused:
        ov.load(written(tmp_path, f'["{name}"]'))
    (line,) = str(refused.value).splitlines()
    assert line.startswith(f"{tmp_path / 'a.toml'}:2: font[1]: {sentence}")
