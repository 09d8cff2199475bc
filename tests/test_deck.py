"""Lectures: slides for PowerPoint, pages, and the deck files that name them."""

import base64
import hashlib
import io
import json
import re
import zipfile
from dataclasses import replace
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

import optiviz as ov
from optiviz._lib.errors import BadInput
from optiviz.cli import cli
from optiviz.deck import decks, read_deck
from optiviz.rendering.encode.pdf_document import objects_of
from optiviz.rendering.encode.pptx import pptx
from optiviz.scenefile import shipped

SMALL = {"size": (320, 180), "seconds": 1.0, "hold": 0.5, "fps": 10, "steps": 10, "opening": 0.0}
SMALL |= {"ease": "linear"}
SCENE = ov.Scene(
    ov.beale, {"GD": ov.GD(0.02), "Adam": ov.Adam(0.1)}, ["loss"], title='A "bend" & <more>',
    pauses=(4,), pause=0.5, notes="First line.\nSecond line.", author="A. Author", **SMALL,
)  # fmt: skip
FILE = """
title = "{title}"
steps = 5
size = [320, 180]
seconds = 0.5
hold = 0.2
opening = 0
panels = ["loss"]
{more}
[problem]
surface = "sphere"
[runs]
GD = {{ optimizer = "gd", learning_rate = 0.1 }}
"""
DECK = """
title = "Two <steps>"
author = "A. Author"
builds = true
[[sections]]
title = "One"
scenes = ["a", { scene = "b.toml", title = "Another", notes = "Say this.", set = { pauses = [2] } }]
"""
NAMES = {
    "p": "http://schemas.openxmlformats.org/presentationml/2006/main",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "p14": "http://schemas.microsoft.com/office/powerpoint/2010/main",
    "rel": "http://schemas.openxmlformats.org/package/2006/relationships",
    "ct": "http://schemas.openxmlformats.org/package/2006/content-types",
}
LINK = f"{{{NAMES['r']}}}"


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """The scene as slides: the folder, and the parts of the file."""
    folder = tmp_path_factory.mktemp("shown")
    ov.render(SCENE, [folder / "a.pptx", folder / "a.mp4", folder / "a.png"])
    return folder, parts(folder / "a.pptx")


@pytest.fixture(scope="module")
def lecture(tmp_path_factory):
    """The deck in all its formats: its folder."""
    folder = tmp_path_factory.mktemp("lecture")
    (folder / "a.toml").write_text(FILE.format(title="First", more=""))
    (folder / "b.toml").write_text(FILE.format(title="Second", more='notes = "Own notes."'))
    (folder / "deck.toml").write_text(DECK)
    done = run("deck", f"{folder}/deck.toml", "-o", f"{folder}/", "-f", "pptx,html,pdf", "--json")
    assert done[0] == 0, done
    return folder, [json.loads(line) for line in done[1].splitlines()]


def run(*args):
    done = CliRunner().invoke(cli, args, prog_name="optiviz")
    return done.exit_code, done.stdout, done.stderr


def parts(file):
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def tree(found, name):
    return ElementTree.fromstring(found[name])


def links(found, name):
    """Relation number -> (kind, part) of a part; every target is there."""
    path = PurePosixPath(name)
    rels = f"{path.parent}/_rels/{path.name}.rels"
    told = {}
    for link in tree(found, rels):
        target = re.sub(r"[^/]+/\.\./", "", str(path.parent / link.get("Target")))
        assert target in found, f"{name} names {target}"
        assert link.get("Id") not in told
        told[link.get("Id")] = link.get("Type").rsplit("/", 1)[1], target
    return told


def check_package(found):
    """What PowerPoint asks of any presentation: types, relations, numbers that are there once."""
    types = tree(found, "[Content_Types].xml")
    suffixes = {part.get("Extension") for part in types.findall("ct:Default", NAMES)}
    named = {part.get("PartName").lstrip("/") for part in types.findall("ct:Override", NAMES)}
    assert named <= set(found)
    for name, body in found.items():
        assert name in named or name.rpartition(".")[2] in suffixes
        if name.endswith((".xml", ".rels")):
            ElementTree.fromstring(body)
            rels = f"{PurePosixPath(name).parent}/_rels/{PurePosixPath(name).name}.rels"
            used = set(re.findall(rb'r:(?:id|embed|link)="(\w+)"', body))
            there = {key.encode() for key in links(found, name)} if rels in found else set()
            assert used <= there, name
    deck = tree(found, "ppt/presentation.xml")
    listed = [part.get("id") for part in deck.findall(".//p:sldId", NAMES)]
    assert len(set(listed)) == len(listed) and min(map(int, listed)) >= 256
    sections = [part.get("id") for part in deck.findall(".//p14:sectionLst//p14:sldId", NAMES)]
    assert sections in ([], listed)  # every slide in one section, in their order
    known = links(found, "ppt/presentation.xml")
    return [known[part.get(f"{LINK}id")][1] for part in deck.findall(".//p:sldId", NAMES)]


def check_slide(found, name):
    """Numbers of a slide: shapes once, times once, targets that are there, the clip it plays."""
    slide = tree(found, name)
    shapes = [part.get("id") for part in slide.findall(".//p:cNvPr", NAMES)]
    times = [part.get("id") for part in slide.findall(".//p:cTn", NAMES)]
    assert len(set(shapes)) == len(shapes) and len(set(times)) == len(times)
    targets = {part.get("spid") for part in slide.findall(".//p:spTgt", NAMES)}
    assert targets <= {part.get("id") for part in slide.findall(".//p:pic//p:cNvPr", NAMES)}
    waits = {part.get("val") for part in slide.findall(".//p:cond/p:tn", NAMES)}
    assert waits <= set(times)
    return slide


# ------------------------------------------------------------------------------------------ PowerPoint


def test_a_presentation_hangs_together(shown):
    _, found = shown
    names = check_package(found)
    assert names == ["ppt/slides/slide1.xml", "ppt/slides/slide2.xml"]
    for name in names:
        check_slide(found, name)


def test_the_clip_plays_by_itself_and_stops_where_the_scene_pauses(shown):
    folder, found = shown
    slide, known = check_slide(found, "ppt/slides/slide1.xml"), links(found, "ppt/slides/slide1.xml")
    video = slide.find(".//a:videoFile", NAMES).get(f"{LINK}link")
    media = slide.find(".//p14:media", NAMES)
    assert known[video] == ("video", "ppt/media/clip1.mp4")
    assert known[media.get(f"{LINK}embed")] == ("media", "ppt/media/clip1.mp4")
    assert found["ppt/media/clip1.mp4"] == (folder / "a.mp4").read_bytes()
    # 10 frames of 0.1 s, the pause of step 4 in the fifth (0, 1.1, 2.2, 3.3, 4.4 -> 4): it begins at 0.4 s
    marks = [(mark.get("name"), mark.get("time")) for mark in media.findall(".//p14:bmk", NAMES)]
    assert marks == [("step 4", "400")]
    play, halt = slide.findall(".//p:cmd", NAMES)
    assert (play.get("cmd"), halt.get("cmd")) == ("playFrom(0.0)", "togglePause")
    # 1 s of motion, 0.5 s of the pause, 0.5 s of hold; the verdict may stand longer to be read
    seconds = ov.play(SCENE) and int(play.find(".//p:cTn", NAMES).get("dur")) / 1000
    assert seconds == pytest.approx(length_of(folder / "a.mp4"), abs=0.11) and seconds >= 2.0
    assert slide.find(".//p:video//p:cTn", NAMES).get("repeatCount") == "indefinite"


def length_of(video):
    """The seconds of an MP4, from its movie header box (ISO 14496-12, 8.2.2, version 0)."""
    data = video.read_bytes()
    at = data.index(b"mvhd") + 4
    rate, count = (int.from_bytes(data[at + k : at + k + 4], "big") for k in (12, 16))
    return count / rate


def test_title_poster_alt_text_and_notes_of_a_slide(shown):
    folder, found = shown
    slide, known = tree(found, "ppt/slides/slide1.xml"), links(found, "ppt/slides/slide1.xml")
    assert "".join(slide.find(".//p:sp", NAMES).itertext()) == SCENE.title
    assert slide.find(".//p:ph", NAMES).get("type") == "title"
    alt = ov.alt_text(SCENE, ov.play(SCENE))
    assert slide.find(".//p:pic//p:cNvPr", NAMES).get("descr") == alt
    poster = found[known[slide.find(".//a:blip", NAMES).get(f"{LINK}embed")][1]]
    with Image.open(io.BytesIO(poster)) as one, Image.open(folder / "a.png") as other:
        assert np.array_equal(np.asarray(one), np.asarray(other))  # the last frame
    notes = tree(found, next(part for kind, part in known.values() if kind == "notesSlide"))
    said = ["".join(line.itertext()) for line in notes.findall(".//a:p", NAMES)]
    assert said[:2] == ["First line.", "Second line."] and said[2].startswith("Verdict: ")
    core = ElementTree.fromstring(found["docProps/core.xml"])
    assert [part.text for part in core] == [SCENE.title, "A. Author"]


def test_a_pause_is_a_slide_of_its_own(shown):
    _, found = shown
    slide, known = tree(found, "ppt/slides/slide2.xml"), links(found, "ppt/slides/slide2.xml")
    assert "".join(slide.find(".//p:sp", NAMES).itertext()) == f"{SCENE.title}: step 4"
    picture = found[known[slide.find(".//a:blip", NAMES).get(f"{LINK}embed")][1]]
    with Image.open(io.BytesIO(picture)) as image:
        assert np.array_equal(np.asarray(image), ov.still(SCENE, at=4)[..., :3])
    assert slide.find(".//p:timing", NAMES) is None


def test_slides_are_the_same_bytes_and_the_layout_of_theirs(shown, tmp_path):
    folder, _ = shown
    again = ov.render(SCENE, tmp_path / "b.pptx").read_bytes()
    assert again == (folder / "a.pptx").read_bytes()


@pytest.mark.parametrize(("size", "wide"), [((320, 180), 12192000), ((160, 120), 9144000)])
def test_slides_have_the_shape_of_the_scene(size, wide, tmp_path, monkeypatch):
    monkeypatch.setattr("optiviz.rendering.encode.pptx.clip_suffix", lambda: ".gif")  # no ffmpeg is there
    scene = replace(SCENE, size=size, pauses=(), notes="", loop=False)
    found = parts(ov.render(scene, tmp_path / "a.pptx"))
    check_package(found)
    deck = tree(found, "ppt/presentation.xml")
    extent = deck.find("p:sldSz", NAMES)
    assert (extent.get("cx"), extent.get("cy")) == (str(wide), "6858000")
    slide = check_slide(found, "ppt/slides/slide1.xml")
    room = slide.find(".//p:pic//a:ext[@cx]", NAMES)
    assert (room.get("cx"), room.get("cy")) == (str(wide), "6858000")
    assert slide.find(".//p:timing", NAMES) is None  # a GIF plays without being told
    assert found["ppt/media/poster1.gif"] == ov.render(scene, tmp_path / "a.gif").read_bytes()


def test_every_part_is_closed_when_drawing_fails(tmp_path):
    from optiviz.rendering.encode import Film

    film = Film(SCENE, ov.play(SCENE))
    with pytest.raises(RuntimeError, match="halfway"), pptx(tmp_path / "a.pptx", film) as take:
        take(0, film.stage.frame(0))
        raise RuntimeError("halfway")
    assert list(tmp_path.iterdir()) == []


# ------------------------------------------------------------------------------------------ decks


def test_a_deck_is_its_title_its_sections_and_a_slide_a_scene(lecture):
    folder, told = lecture
    found = parts(folder / "deck.pptx")
    titles = []
    for name in check_package(found):
        slide = check_slide(found, name)
        titles.append("".join(slide.find(".//p:sp", NAMES).itertext()))
    assert titles == ["Two <steps>", "One", "First", "Another", "Another: step 2"]
    assert [record["slides"] for record in told] == [5, 4, 5]  # a page's clip stops by itself
    deck = tree(found, "ppt/presentation.xml")
    assert [part.get("name") for part in deck.findall(".//p14:section", NAMES)] == ["Two <steps>", "One"]
    notes = [b"".join(found[name].split()) for name in sorted(found) if "notesSlides/notes" in name]
    assert any(b"Saythis." in text for text in notes) and not any(b"Ownnotes." in text for text in notes)
    core = ElementTree.fromstring(found["docProps/core.xml"])
    assert [part.text for part in core] == ["Two <steps>", "A. Author"]


def test_only_what_changed_is_drawn_again(tmp_path):
    """The clips stand beside the lecture, by all that they depend on."""
    first, second = tmp_path / "a.toml", tmp_path / "b.toml"
    first.write_text("# Tell this.\n" + FILE.format(title="First", more="pauses = [2]\npause = 0.2"))
    second.write_text(FILE.format(title="Second", more=""))
    asked = '["a", "b", { scene = "b", title = "Once more" }, { scene = "b", set = { steps = 4 } }]'
    (tmp_path / "deck.toml").write_text(f'title = "D"\nmovie = "gif"\n[[sections]]\nscenes = {asked}\n')
    clips = tmp_path / "deck.clips"

    def drawn(*args):
        """The stems of the files that were written, and what is said."""
        before = {path.name: path.stat().st_ino for path in clips.glob("[ab]*")}
        code, out, err = run("deck", f"{tmp_path}/deck.toml", "-o", f"{tmp_path}/", *args)
        assert (code, out) == (0, f"{tmp_path}/deck.{'pdf' if 'pdf' in args else 'pptx'}\n")
        now = {path.name: path.stat().st_ino for path in clips.glob("[ab]*")}
        return sorted(name[0] + name[12:] for name in now if before.get(name) != now[name]), err

    of_a = ["a-002.png", "a.gif", "a.json", "a.png"]
    of_b = ["b.gif", "b.json", "b.png"]
    names, err = drawn()
    assert names == sorted([*of_a, *of_b, *of_b]) and err.startswith("4 scenes, 3 to draw: ")
    told = (tmp_path / "deck.pptx").read_bytes()
    names, err = drawn()
    assert names == [] and err.startswith("4 scenes, none to draw\n")
    assert (tmp_path / "deck.pptx").read_bytes() == told
    # a comment changes the notes alone
    first.write_text(first.read_text().replace("Tell this", "Say that"))
    assert drawn()[0] == [] and (tmp_path / "deck.pptx").read_bytes() != told
    notes = [body for name, body in parts(tmp_path / "deck.pptx").items() if "notesSlides/notes" in name]
    assert any(b"Say that." in body for body in notes) and not any(b"Tell this." in body for body in notes)
    # another format needs its stills alone
    assert drawn("-f", "pdf")[0] == ["a-002.pdf", "a.pdf", "b.pdf", "b.pdf"]
    # one scene, one file that is gone, one that is not as it was
    first.write_text(first.read_text().replace("learning_rate = 0.1", "learning_rate = 0.2"))
    assert drawn()[0] == of_a
    assert len(list(clips.glob("a*"))) == len(of_a)  # those of before are removed
    next(clips.glob("a*-002.png")).unlink()
    assert drawn()[0] == ["a-002.png", "a.png"]
    next(clips.glob("a*.gif")).write_bytes(b"mine")
    assert drawn()[0] == ["a.gif"]
    # a first look does not cost the clips
    assert drawn("-ql")[0] == sorted([*of_a, *of_b, *of_b])
    assert drawn()[0] == []


def test_a_scene_that_cannot_be_drawn_does_not_cost_the_others(tmp_path):
    (tmp_path / "a.toml").write_text(FILE.format(title="First", more=""))
    (tmp_path / "b.toml").write_text(FILE.format(title="Second", more='verdict = "Home at {home:GD}"'))
    (tmp_path / "deck.toml").write_text('title = "D"\nmovie = "still"\n[[sections]]\nscenes = ["b", "a"]\n')
    for _ in range(2):
        code, out, err = run("deck", f"{tmp_path}/deck.toml", "-o", f"{tmp_path}/d.pptx", "--quiet")
        assert (code, out) == (2, "") and err.startswith(f"{tmp_path}/b.toml: ") and "home:GD" in err
        assert not (tmp_path / "d.pptx").exists()
        assert [path.name[0] + path.name[12:] for path in sorted((tmp_path / "d.clips").glob("[ab]*"))] == [
            "a.json", "a.png"
        ]  # fmt: skip


def test_a_slide_shows_the_telling_moment(tmp_path):
    more = "poster = 2\npauses = [1]\npause = 0.2\nask = { at = 2, question = 'Who?' }"
    (tmp_path / "a.toml").write_text(FILE.format(title="First", more=more))
    (tmp_path / "deck.toml").write_text(
        'title = "D"\nmovie = "still"\nbuilds = false\n[[sections]]\nscenes = ["a"]\n'
    )
    assert run("deck", f"{tmp_path}/deck.toml", "-o", f"{tmp_path}/d.pptx", "--quiet")[0] == 0
    (poster,) = [body for name, body in parts(tmp_path / "d.pptx").items() if name.endswith(".png")]
    scene = ov.load(tmp_path / "a.toml")
    with Image.open(io.BytesIO(poster)) as image:
        assert np.array_equal(np.asarray(image), ov.still(scene, at=2)[..., :3])
        assert not np.array_equal(np.asarray(image), ov.still(scene, at=5)[..., :3])


def test_a_page_holds_all_and_loads_nothing(lecture):
    folder, _ = lecture
    text = (folder / "deck.html").read_text(encoding="utf-8")
    assert "<h2>Two &lt;steps&gt;</h2>" in text and "<steps>" not in text
    assert re.findall(r"(?:src|poster|href)=\"(data:[^;,]*)", text).count("data:video/mp4") == 2
    assert not re.search(r"(?:src|poster|href)=\"(?!data:)", text)
    assert not re.search(r"https?:", text)
    script = re.search(r"<script>(.*?)</script>", text, re.S)[1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in text
    stops = re.findall(r'data-stops="([^"]*)"', text)
    assert stops[0] == "" and float(stops[1]) > 0
    assert '<aside class="notes" aria-label="Notes">\n<p>Say this.</p>' in text


def test_a_pdf_of_a_deck_is_tagged_and_titled(lecture):
    folder, _ = lecture
    data = (folder / "deck.pdf").read_bytes()
    objects = objects_of(data)
    for number, body in objects.items():  # the table of places is right
        assert re.search(rb"(?:^|\n)%d 0 obj\n" % number, data) and body
    pages = [body for body in objects.values() if re.search(rb"/Type /Page\b", body)]
    assert len(pages) == 5 and all(b"/StructParents" in page for page in pages)
    root = next(body for body in objects.values() if b"/Type /Catalog" in body)
    assert b"/MarkInfo << /Marked true >>" in root and b"/Lang (en)" in root
    figures = [body for body in objects.values() if b"/S /Figure" in body]
    alts = [alt_of(body) for body in figures]
    scene = ov.load(folder / "a.toml")
    assert alts[0] == ov.alt_text(scene, ov.play(scene)) and alts[2].startswith("Step 2 of")
    headings = [body for body in objects.values() if b"/S /H1" in body]
    assert len(headings) == 2 and len(figures) == 3
    assert data.count(b"/Dest [") == 5  # an outline


def alt_of(figure):
    return bytes.fromhex(re.search(rb"/Alt <([0-9a-f]+)>", figure)[1].decode()).decode("utf-16")


def test_a_pdf_is_one_tagged_figure(tmp_path):
    data = ov.render(SCENE, tmp_path / "a.pdf").read_bytes()
    objects = objects_of(data)
    figure = next(body for body in objects.values() if b"/S /Figure" in body)
    assert alt_of(figure) == ov.alt_text(SCENE, ov.play(SCENE))
    page = next(body for body in objects.values() if re.search(rb"/Type /Page\b", body))
    begin, _, end = (
        int(n) for n in re.search(rb"/Contents \[ (\d+) 0 R (\d+) 0 R (\d+) 0 R \]", page).groups()
    )
    assert b"/Figure << /MCID 0 >> BDC" in objects[begin] and b"EMC" in objects[end]
    assert b'A "bend" &amp; &lt;more&gt;' in data  # in its XMP


FAULTS = {
    'titel = "x"\n[[sections]]\nscenes = ["a"]\n': (
        "d.toml:1: titel: unknown setting 'titel' - did you mean 'title'?"
    ),
    'title = "x"\n[[sections]]\nscenes = ["momentun"]\n': (
        "d.toml:3: sections[1].scenes[1]: unknown scene 'momentun' - did you mean 'momentum'?"
    ),
    'title = "x"\nmovie = "mov"\n[[sections]]\nscenes = ["momentum"]\n': (
        "d.toml:2: movie: unknown movie 'mov'"
    ),
    'title = "x"\n[[sections]]\nscenes = ["../a.toml"]\n': "d.toml:3: sections[1].scenes[1]: ",
    'title = "x"\n[[sections]]\nscenes = [{ scene = "momentum", note = "a" }]\n': (
        "d.toml:3: sections[1].scenes[1].note: unknown setting 'note' - did you mean 'notes'?"
    ),
    'title = "x"\nsections = []\n': "d.toml:2: sections: names no scene",
}


@pytest.mark.parametrize(("text", "message"), FAULTS.items())
def test_faults_of_a_deck_have_their_line(text, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("d.toml").write_text(text)
    (tmp_path.parent / "a.toml").write_text("")
    with pytest.raises(BadInput) as refused:
        read_deck(Path("d.toml"))
    assert message in str(refused.value)


def test_a_setting_of_a_deck_that_a_scene_does_not_have_is_told_with_its_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    deck = 'title = "x"\n[[sections]]\nscenes = [\n  { scene = "momentum", set = { secondz = 3 } },\n]\n'
    Path("d.toml").write_text(deck)
    code, _, said = run("deck", "d.toml", "-n")
    assert (code, said) == (2, "d.toml:4: secondz: unknown setting 'secondz' - did you mean 'seconds'?\n")
    Path("d.toml").write_text(deck.replace("secondz", "seconds"))
    planned = "outputs/d.pdf: 1 scene\noutputs/d.html: 1 scene\n"
    assert run("deck", "d.toml", "-n", "-f", "pdf,html")[1] == planned
    known = "a.odp: a deck is .pptx, .html, .pdf; a folder ends in /\n"
    assert run("deck", "d.toml", "-o", "a.odp")[::2] == (2, known)
    assert run("deck", "optimisers")[::2] == (2, "unknown deck 'optimisers' - did you mean 'optimizers'?\n")


def test_the_shipped_deck_names_each_scene_once():
    deck = read_deck(decks()["optimizers"])
    names = [scene.path.stem for scene in deck.scenes]
    assert len(names) == len(set(names)) and set(names) <= set(shipped()) and len(names) > 40
    assert all(section.title for section in deck.sections)


# ------------------------------------------------------------------------------------------ what files say


def test_every_format_says_what_it_shows(shown, tmp_path):
    scene = replace(SCENE, pauses=())
    files = {suffix: tmp_path / f"b{suffix}" for suffix in (".gif", ".png", ".apng", ".webp", ".svg", ".mp4")}
    ov.render(scene, list(files.values()))
    alt = ov.alt_text(scene, ov.play(scene))
    with Image.open(files[".gif"]) as image:
        assert image.info["comment"].decode() == "\n\n".join([scene.title, "A. Author", scene.notes, alt])
    with Image.open(files[".png"]) as image:
        assert alt_in(image.text["XML:com.adobe.xmp"]) == alt
    with Image.open(files[".apng"]) as image:
        assert alt_in(image.text["XML:com.adobe.xmp"]) == alt and image.n_frames > 5
    with Image.open(files[".webp"]) as image:
        assert alt_in(image.info["xmp"].decode()) == alt and image.n_frames > 5
    svg = ElementTree.parse(files[".svg"]).getroot()
    title, about = svg[0], svg[1]
    assert (title.text, about.text) == (scene.title, alt) and svg.get("role") == "img"
    assert svg.get("aria-labelledby").split() == [title.get("id"), about.get("id")]
    assert alt.encode() in files[".mp4"].read_bytes()


def alt_in(packet):
    """The alt text of an XMP packet, where IPTC has it."""
    names = {"i": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"}
    body = packet[packet.index("<x:xmpmeta") : packet.index("<?xpacket end")]
    return "".join(ElementTree.fromstring(body).find(".//i:AltTextAccessibility", names).itertext())


@pytest.mark.parametrize("shared", [False, True])
def test_a_gif_may_begin_with_its_poster(shared, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("a.toml").write_text(FILE.format(title="First", more=""))
    wanted = "gif,webp" if shared else "gif"  # drawn along with another clip, or alone
    assert run("render", "a.toml", "-f", wanted, "--poster-first", "-o", "p/")[0] == 0
    assert run("render", "a.toml", "-f", "gif", "-o", "q/")[0] == 0
    pictures, plain = frames_of("p/a.gif"), frames_of("q/a.gif")
    assert pictures[0][1] == 100 and np.array_equal(pictures[0][0], plain[-1][0])
    assert len(pictures) == len(plain) + 1
    assert all(np.array_equal(one, other) for (one, _), (other, _) in zip(pictures[1:], plain, strict=True))
    assert run("render", "a.toml", "--poster-first", "-o", "a.mp4")[0] == 2


def frames_of(file):
    with Image.open(file) as image:
        found = []
        for k in range(image.n_frames):
            image.seek(k)
            found.append((np.asarray(image.convert("RGB")), image.info["duration"]))
    return found
