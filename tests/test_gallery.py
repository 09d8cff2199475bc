"""The gallery: a page that is whole, safe and offline, and draws only what changed."""

import base64
import configparser
import hashlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

import optiviz
from optiviz._lib.fork import ChildEnded, run_jobs
from optiviz.cli import cli
from optiviz.gallery.page import Card, File, page
from optiviz.gallery.sections import SECTIONS
from optiviz.gallery.show import MANIFEST, Gallery, card
from optiviz.rendering.render import make
from optiviz.scene.quality import at_quality
from optiviz.scenefile import build_cache as cache
from optiviz.scenefile import shipped

HOME = Path(optiviz.__file__).parents[1]
HEAD = """\
panels = ["loss"]
steps = 5
seconds = 0.4
hold = 0
fps = 10
size = [320, 240]
"""
BALL = """\
# One ball rolls.
# Tell the class to watch it.
#
# (Twice.)
title = "Down the bowl"
""" + HEAD + """\
[problem]
surface = "sphere"
[runs]
GD = { optimizer = "gd", learning_rate = 0.25 }
Momentum = { optimizer = "momentum", learning_rate = 0.001 }
"""  # fmt: skip
LINE = 'title = "A line"\n' + HEAD.replace('"loss"', '"fit"') + """\
[problem]
data = { csv = "points.csv", x = "a", y = "b" }
[runs]
GD = { optimizer = "gd", learning_rate = 0.25 }
"""  # fmt: skip
EVIL = 'it\'s <b>&"$name" #1 %41'
HOSTILE = """\
# </p><script>alert(1)</script> Tell the class <img src=x onerror=alert(2)> $title
title = "</h2><script>alert('3')</script>"
""" + HEAD + """\
[problem]
surface = "sphere"
[runs]
'"><img src=y onerror=alert(4)>' = { optimizer = "gd", learning_rate = 0.25 }
"""  # fmt: skip


def run(*args):
    """The exit code, what stands on stdout, what stands on stderr; clips alone unless formats are given."""
    if args[:1] == ("gallery",) and "-f" not in args:
        args = (*args, "-f", "gif")
    result = CliRunner().invoke(cli, args, prog_name="optiviz")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def drawn(*args):
    """The names of the scenes that a gallery drew anew."""
    code, out, err = run("gallery", *args, "--json")
    assert (code, err) == (0, ""), err
    return [told["scene"] for told in map(json.loads, out.splitlines()) if told.get("drawn")]


class Read(HTMLParser):
    """What stands in a page: its elements, and the text in some of them."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.texts, self.stack = [], {}, []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "img", "input"):
            self.stack.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag

    def handle_data(self, data):
        for tag in set(self.stack):
            self.texts[tag][-1] += data

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]

    def linked(self):
        """All that the page asks for, as names of files."""
        named = [
            attrs[key] for _, attrs in self.elements for key in ("href", "src", "data-clip") if key in attrs
        ]
        return {unquote(name) for name in named if not name.startswith(("#", "data:,"))}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with three scenes and their gallery, drawn once; tests work on copies."""
    folder = tmp_path_factory.mktemp("gallery")
    (folder / "ball.toml").write_text(BALL)
    (folder / "line.toml").write_text(LINE)
    (folder / "points.csv").write_text("a,b\n0,1\n1,3\n2,5\n")
    (folder / f"{EVIL}.toml").write_text(HOSTILE)
    before = Path.cwd()
    os.chdir(folder)
    try:
        assert run("gallery", "ball.toml", "line.toml", f"{EVIL}.toml", "-o", "show") == (
            0,
            "show/index.html\n",
            "3 scenes to draw: 12 frames\n3 scenes, 3 drawn anew\n",
        )
    finally:
        os.chdir(before)
    return folder


@pytest.fixture
def folder(made, tmp_path, monkeypatch):
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_page_has_all_that_is_known_of_a_scene(made):
    read = Read((made / "show/index.html").read_text(encoding="utf-8"))
    assert not read.stack
    assert read.texts["h3"][:2] == ["Down the bowl", "A line"] and read.texts["h2"] == ["scenes"]
    assert read.texts["strong"] == ["Tell the class"] * 2
    assert "One ball rolls. Tell the class to watch it." in read.texts["p"] and "(Twice.)" in read.texts["p"]
    commands = ["optiviz render ball.toml", "optiviz render line.toml"]
    assert read.texts["code"][:4] == [commands[0], BALL, commands[1], LINE]
    assert shlex.split(read.texts["code"][4]) == ["optiviz", "render", f"{EVIL}.toml"]
    assert read.texts["code"][5] == HOSTILE
    pictures = read.all("img")
    # x is halved at each step, the loss quartered: less than 0.01 of it is left after 4
    assert "GD is home at step 4; Momentum ends at" in pictures[0]["alt"]
    assert "GD goes from loss 11.7 to " in pictures[1]["alt"]  # (1 + 9 + 25) / 3
    assert [(p["width"], p["height"]) for p in pictures] == [("320", "240")] * 3
    assert all(p["loading"] == "lazy" for p in pictures)
    assert [c["data-clip"] for c in read.all("div") if "data-clip" in c][:2] == ["ball.gif", "line.gif"]
    links = [attrs["href"] for attrs in read.all("a")]
    assert links[:3] == ["#ball", "ball.gif", "ball.png"]
    with Image.open(made / "show/ball.gif") as gif:
        assert gif.size == (320, 240) and gif.n_frames == 4
    with Image.open(made / "show/ball.png") as png:
        assert png.size == (320, 240)


def test_nothing_is_missing_and_nothing_comes_from_elsewhere(made):
    text = (made / "show/index.html").read_text(encoding="utf-8")
    linked = Read(text).linked()
    files = {path.name for path in (made / "show").iterdir()}
    assert linked <= files
    assert files - linked == {"index.html", MANIFEST}
    assert "http:" not in text and "https:" not in text and "//" not in "".join(linked)
    assert str(made) not in text and str(Path.home()) not in text


def test_a_strangers_scene_stays_text(made):
    read = Read((made / "show/index.html").read_text(encoding="utf-8"))
    assert len(read.all("script")) == 1 and len(read.all("img")) == 3
    assert not any(key.startswith("on") for _, attrs in read.elements for key in attrs)
    assert read.texts["h3"][2] == "</h2><script>alert('3')</script>"
    assert any(
        p.startswith("</p><script>alert(1)</script> Tell the class <img src=x") for p in read.texts["p"]
    )
    assert '"><img src=y onerror=alert(4)> goes from loss' in read.all("img")[2]["alt"]
    assert read.all("pre")[2]["aria-label"] == f"{EVIL}.toml"
    assert {f"{EVIL}.gif", f"{EVIL}.png"} <= read.linked()


def test_the_policy_lets_one_script_run(made):
    read = Read((made / "show/index.html").read_text(encoding="utf-8"))
    policy = next(m["content"] for m in read.all("meta") if m.get("http-equiv") == "Content-Security-Policy")
    digest = base64.b64encode(hashlib.sha256(read.texts["script"][0].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy and "default-src 'none'" in policy


def test_nothing_is_drawn_twice(folder):
    names = ("ball.toml", "line.toml", f"{EVIL}.toml", "-o", "show")
    before = {path.name: (path.read_bytes(), path.stat().st_ino) for path in (folder / "show").iterdir()}
    assert drawn(*names) == []
    after = {path.name: (path.read_bytes(), path.stat().st_ino) for path in (folder / "show").iterdir()}
    assert {name: data for name, (data, _) in after.items()} == {name: d for name, (d, _) in before.items()}
    assert after["ball.gif"] == before["ball.gif"]
    # a comment changes the page alone
    (folder / "ball.toml").write_text(BALL.replace("One ball", "A single ball"))
    assert drawn(*names) == []
    assert "A single ball rolls" in (folder / "show/index.html").read_text()


def test_what_changed_is_drawn_anew(folder, monkeypatch):
    names = ("ball.toml", "line.toml", "-o", "show")
    (folder / "ball.toml").write_text(BALL.replace("0.25", "0.2"))
    assert drawn(*names) == ["ball.toml"]
    (folder / "points.csv").write_text("a,b\n0,1\n1,3\n2,7\n")
    assert drawn(*names) == ["line.toml"]
    (folder / "show/ball.gif").write_bytes(bytes((folder / "show/ball.gif").stat().st_size))
    assert drawn(*names) == ["ball.toml"]
    (folder / "show/line.png").unlink()
    assert drawn(*names) == ["line.toml"]
    assert drawn(*names, "-qm") == ["ball.toml", "line.toml"]
    assert drawn(*names, "-qm") == []
    monkeypatch.setattr(cache, "made_with", lambda: {"numpy": "another"})
    assert drawn("ball.toml", "-o", "show", "-qm") == ["ball.toml"]
    (folder / "show" / MANIFEST).write_text('{"optiviz": "gallery", "format": 1, "scenes": {"ball": []}}')
    assert drawn("ball.toml", "-o", "show", "-qm") == ["ball.toml"]


def test_versions_and_code_are_part_of_what_a_clip_is_made_of():
    found = cache.made_with()
    assert found["numpy"] == __import__("numpy").__version__ and found["matplotlib"] and found["pillow"]
    assert len(found["optiviz"]) == 64


def test_the_same_scenes_give_the_same_bytes(folder):
    assert drawn("line.toml", "ball.toml", f"{EVIL}.toml", "-o", "there/again", "-j", "1")
    run("gallery", "ball.toml", "line.toml", f"{EVIL}.toml", "-o", "there/again")
    for path in (folder / "show").iterdir():
        if path.name != MANIFEST:
            assert (folder / "there/again" / path.name).read_bytes() == path.read_bytes(), path.name


def test_only_what_the_gallery_made_is_cleared_away(folder):
    show = folder / "show"
    (show / "notes.txt").write_text("mine")
    (show / "line.png").write_bytes(b"mine, in place of theirs")
    assert drawn("ball.toml", "-o", "show") == []
    assert {path.name for path in show.iterdir()} == {
        "ball.gif", "ball.png", "index.html", MANIFEST, "notes.txt", "line.png"
    }  # fmt: skip
    assert (show / "notes.txt").read_text() == "mine"


def test_a_manifest_leads_nowhere_else(folder):
    (folder / "precious.txt").write_text("mine")
    noted = cache.file_record(folder / "precious.txt")
    scenes = {"x": {"key": "", "files": {"../precious.txt": noted, "show/../../precious.txt": noted}}}
    known = {"optiviz": "gallery", "format": 1, "scenes": scenes, "left": {"../precious.txt": noted, "a": 3}}
    (folder / "show" / MANIFEST).write_text(json.dumps(known))
    assert drawn("ball.toml", "-o", "show") == ["ball.toml"]
    assert (folder / "precious.txt").read_text() == "mine"


def test_somebody_elses_page_stays(folder):
    (folder / "site").mkdir()
    (folder / "site/index.html").write_text("<h1>My own page</h1>")
    code, out, err = run("gallery", "ball.toml", "-o", "site")
    assert (code, out) == (2, "")
    assert err == "site/index.html: is not a page of a gallery, and stays as it is; name another folder\n"
    assert [path.name for path in (folder / "site").iterdir()] == ["index.html"]
    assert run("gallery", "ball.toml", "-o", "ball.toml")[2] == "ball.toml: is a file, a folder is needed\n"


def test_a_scene_that_fails_is_told_and_the_others_are_made(folder, monkeypatch):
    def refuse(scene, targets, *rest, **settings):
        if targets[0].stem == "line":
            raise optiviz.BadInput("panel 'fit': there is no such line")
        return make(scene, targets, *rest, **settings)

    monkeypatch.setattr("optiviz.rendering.render.make", refuse)
    (folder / "bad.toml").write_text(BALL.replace("steps", "stepz"))
    (folder / "line.toml").write_text(LINE.replace("0.25", "0.2"))
    code, out, err = run("gallery", "bad.toml", "ball.toml", "line.toml", "-o", "show", "--quiet")
    assert (code, out) == (3, "show/index.html\n")
    faulty, refused = err.splitlines()
    assert faulty.startswith("bad.toml:7: stepz: unknown setting 'stepz' - did you mean 'steps'?")
    assert refused == "line.toml: panel 'fit': there is no such line"
    assert Read((folder / "show/index.html").read_text()).texts["h3"] == ["Down the bowl"]
    assert (folder / "show/line.gif").exists()  # it was good the last time, and may be so again
    (folder / "line.toml").write_text(LINE)
    assert drawn("ball.toml", "line.toml", "-o", "show") == []
    code, out, err = run("gallery", "bad.toml", "-o", "none", "--json")
    assert (code, err) == (2, "") and json.loads(out)["faults"][0]["line"] == 7
    assert not (folder / "none").exists()


def test_a_scene_that_takes_its_process_down_is_told(folder, monkeypatch):
    for module in ("fork", "parallel"):  # as in a command; a test has threads
        monkeypatch.setattr(f"optiviz._lib.{module}.is_single_threaded", lambda: True)
    monkeypatch.setattr("optiviz.rendering.alttext.alt_text", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    code, out, err = run("gallery", "ball.toml", "-o", "other", "--quiet")
    assert (code, out) == (1, "")
    assert err.startswith("ball.toml: not rendered: it was ended by SIGKILL;") and err.count("\n") == 1
    monkeypatch.setattr("optiviz.rendering.alttext.alt_text", lambda *_: 1 / 0)
    assert run("gallery", "ball.toml", "-o", "other", "--quiet")[2] == (
        "ball.toml: not rendered, by a mistake of ours: ZeroDivisionError: division by zero\n"
    )


def test_without_fork_scenes_are_drawn_one_after_the_other(folder, monkeypatch):
    monkeypatch.setattr("optiviz._lib.parallel.is_single_threaded", lambda: False)
    assert drawn("ball.toml", "line.toml", "-o", "other") == ["ball.toml", "line.toml"]
    assert (folder / "other/ball.gif").read_bytes() == (folder / "show/ball.gif").read_bytes()


def test_other_formats_are_linked_and_frames_are_refused(folder):
    assert drawn("ball.toml", "-o", "show", "-f", "webp,svg,npz") == ["ball.toml"]
    read = Read((folder / "show/index.html").read_text())
    assert read.linked() == {"ball.webp", "ball.svg", "ball.npz", "ball.png"}
    assert [c["data-clip"] for c in read.all("div") if "data-clip" in c] == ["ball.webp"]
    assert not (folder / "show/ball.gif").exists()
    assert run("gallery", "ball.toml", "-f", "frames")[0] == 2
    assert drawn("ball.toml", "-o", "show", "-f", "pdf") == ["ball.toml"]
    assert not [
        b for b in Read((folder / "show/index.html").read_text()).all("button") if b["class"] == "play"
    ]


def test_a_video_is_played_as_one():
    files = [File(".mp4", "a.mp4", 99)]
    card = Card("a", "A", [], "told", "steps = 1", "a.png", "a.mp4", (640, 360), files, "optiviz render a")
    read = Read(page([card], 'Week 3: "Adam" & co'))
    assert [c["data-kind"] for c in read.all("div") if "data-kind" in c] == ["video"]
    assert read.texts["title"] == read.texts["h1"] == ['Week 3: "Adam" & co']


def test_two_scenes_of_one_name(folder):
    (folder / "other").mkdir()
    shutil.copy("ball.toml", "other/ball.toml")
    code, _, err = run("gallery", "ball.toml", "other/ball.toml")
    assert code == 2 and "two scenes would be written to outputs/gallery/ball.gif" in err


def test_without_a_scene_all_shipped_ones_are_shown(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    few = {name: shipped()[name] for name in ("zigzag", "nag")}
    monkeypatch.setattr("optiviz.scenefile.shipped", lambda: few)
    monkeypatch.setattr("optiviz.gallery.show.resolve", lambda name: few[name])
    assert drawn() == ["zigzag", "nag"]
    assert len(Read((tmp_path / "outputs/gallery/index.html").read_text()).all("article")) == 2


def test_every_shipped_scene_is_in_one_section_and_the_readme_has_them_all():
    names = [name for section in SECTIONS.values() for name in section]
    assert sorted(names) == sorted(shipped())
    text = (HOME / "README.md").read_text(encoding="utf-8")
    table = text[text.index("| to show | scenes |") :].split("\n\n")[0].splitlines()[2:]
    rows = [[part.strip() for part in row.strip("|").split("|")] for row in table]
    assert {name: tuple(re.findall(r"`(\w+)`", scenes)) for name, scenes in rows} == dict(SECTIONS)


def shown_card(name, section, notes=()):
    return Card(
        name, name.title(), list(notes), "told", "steps = 1", f"{name}.png", "", (640, 360), [], "", section
    )


def test_sections_stand_in_teaching_order_and_others_last():
    first, *_, last = SECTIONS
    cards = [shown_card("mine", ""), shown_card("solutions", last), shown_card("nag", first)]
    cards.append(shown_card("one_weight", first))
    read = Read(page(cards, "All"))
    assert read.texts["h2"] == [first, last, "scenes"]
    assert [a["id"] for a in read.all("article")] == ["one_weight", "nag", "solutions", "mine"]
    links = [a["href"] for a in read.all("a") if a.get("class") != "pin"]
    assert links == [f"#{h['id']}" for h in read.all("h2")] and len(set(links)) == 3
    assert not Read(page(cards[:1], "All")).texts.get("nav", [""])[0]  # one section needs no links


def test_a_scene_on_the_page_is_named_and_its_notes_are_found(made):
    read = Read((made / "show/index.html").read_text(encoding="utf-8"))
    assert "ball" in read.texts["p"]
    item = Gallery(made / "show").item("nag")
    told = card(replace(item, record={"size": [640, 360], "alt": "", "files": {"nag.gif": {"bytes": 1}}}))
    assert told.section == "the first lecture" and told.command == "optiviz render nag"
    assert any("Tell the class" in words for words in told.lesson)


def test_a_poster_is_the_telling_moment(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    asking = 'poster = 2\nask = { at = 1, question = "Who is first?" }\n'
    (tmp_path / "ball.toml").write_text(BALL.replace("steps = 5\n", "steps = 5\n" + asking))
    assert drawn("ball.toml", "-o", "show", "-f", "gif,svg") == ["ball.toml"]
    with Image.open(tmp_path / "show/ball.png") as png:
        poster = np.asarray(png.convert("RGB"))
    scene = at_quality(optiviz.load(tmp_path / "ball.toml"), "l")
    np.testing.assert_array_equal(poster, optiviz.still(scene, at=2)[..., :3])
    assert (poster != optiviz.still(scene, at=5)[..., :3]).any()
    read = Read((tmp_path / "show/index.html").read_text())
    assert [picture["src"] for picture in read.all("img")] == ["ball.png"]
    files = {path.name for path in (tmp_path / "show").iterdir()}
    assert files - read.linked() == {"index.html", MANIFEST}


def test_every_file_of_the_package_is_in_the_wheel():
    setup = configparser.ConfigParser()
    setup.read(HOME / "setup.cfg")
    listed = {name.strip() for name in setup["options.package_data"]["optiviz.gallery"].split(",")}
    files = {path.name for path in (HOME / "optiviz/gallery").iterdir() if path.is_file()}
    assert listed == {name for name in files if not name.endswith(".py")}


# processes


def test_work_is_dealt_to_so_many_processes_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr("optiviz._lib.fork.is_single_threaded", lambda: True)

    def work(k, tell):
        (tmp_path / f"{k}").touch()
        tell({"at once": len(list(tmp_path.iterdir())), "pid": os.getpid()})
        time.sleep(0.05)
        (tmp_path / f"{k}").unlink()
        tell("x" * 200_000)  # longer than a pipe holds
        if k == 3:
            raise RuntimeError

    news = list(run_jobs(work, 5, 2))
    first = [message for _, message in news if isinstance(message, dict)]
    assert len(first) == 5 and max(message["at once"] for message in first) <= 2
    assert len({message["pid"] for message in first} | {os.getpid()}) == 6
    assert sorted(k for k, message in news if message == "x" * 200_000) == [0, 1, 2, 3, 4]
    assert {k: message.reason for k, message in news if isinstance(message, ChildEnded)} == {
        **dict.fromkeys((0, 1, 2, 4), ""), 3: "it ended early"
    }  # fmt: skip


def test_whoever_stops_asking_ends_the_processes_in_order(tmp_path, monkeypatch):
    monkeypatch.setattr("optiviz._lib.fork.is_single_threaded", lambda: True)

    def work(k, tell):
        (tmp_path / f"{k}").touch()
        try:
            tell("begun")
            time.sleep(30)
        finally:
            (tmp_path / f"{k}").unlink()

    news = run_jobs(work, 2, 2)
    assert sorted([next(news), next(news)]) == [(0, "begun"), (1, "begun")]
    assert len(list(tmp_path.iterdir())) == 2
    began = time.monotonic()
    news.close()
    assert not list(tmp_path.iterdir()) and time.monotonic() - began < 4


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_nothing_half_written(tmp_path, number):
    long = BALL.replace("seconds = 0.4", "seconds = 240").replace(
        '"loss"', '{ panel = "landscape3d", orbit = 90 }'
    )
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.toml").write_text(long)
    command = [
        sys.executable,
        "-m",
        "optiviz",
        "gallery",
        "a.toml",
        "b.toml",
        "c.toml",
        "-o",
        "show",
        "-j",
        "2",
    ]
    env = {**os.environ, "PYTHONPATH": str(HOME)}
    with subprocess.Popen(command, cwd=tmp_path, env=env, text=True, stderr=subprocess.PIPE) as child:
        limit = time.monotonic() + 30
        while len(list(tmp_path.glob("show/.*tmp*"))) < 2 and time.monotonic() < limit:
            time.sleep(0.02)
        child.send_signal(number)
        _, err = child.communicate(timeout=20)
    assert child.returncode == (130 if number == signal.SIGINT else 143) and "Traceback" not in err
    assert list(tmp_path.glob("show/*")) == list(tmp_path.glob("show/.*")) == []


def test_an_interrupted_gallery_goes_on_where_it_stopped(folder):
    quick = Gallery(Path("other"))
    items = [quick.readied(quick.item(name)) for name in ("ball.toml", "line.toml")]
    news = quick.draw(items, lambda done, total: None, processes=1)
    assert next(news)[0].name == "ball.toml"
    news.close()
    assert {path.name for path in Path("other").iterdir()} == {"ball.gif", "ball.png", MANIFEST}
    assert drawn("ball.toml", "line.toml", "-o", "other") == ["line.toml"]
