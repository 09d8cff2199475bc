"""The command line: what it writes, what it says, and how it leaves."""

import hashlib
import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner
from PIL import Image

import optiviz
from optiviz.cli import COMMANDS, cli
from optiviz.cli.listing import KINDS
from optiviz.cli.outputs import output_files
from optiviz.optimizers import OPTIMIZERS
from optiviz.rendering.encode import WRITERS
from optiviz.rendering.render import make
from optiviz.scenefile import load, shipped
from optiviz.scenefile.catalogue import CATALOGUE

HOME = Path(optiviz.__file__).parents[1]
TINY = """\
title = "Tiny"
panels = ["loss"]
steps = 5
seconds = 0.5
hold = 0
opening = 0
verdict = "none"
fps = 10
size = [320, 180]
[problem]
surface = "sphere"
[runs]
GD = { optimizer = "gd" }
"""
LONG = TINY.replace("seconds = 0.5", "seconds = 240").replace(
    '"loss"', '{ panel = "landscape3d", orbit = 90 }'
)
FORMATS = ", ".join(WRITERS)
BAD = TINY.replace("steps", "stepz")
FAULT = "bad.toml:3: stepz: unknown setting 'stepz' - did you mean 'steps'?"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty current folder, but for a good scene and a bad one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.toml").write_text(TINY)
    (tmp_path / "bad.toml").write_text(BAD)
    return tmp_path


def run(*args):
    """The exit code, what stands on stdout, what stands on stderr."""
    result = CliRunner().invoke(cli, args, prog_name="optiviz")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def process(*args, cwd, **settings):
    """The same in a process of its own."""
    command = [sys.executable, "-W", "error", "-m", "optiviz", *args]
    env = {**os.environ, "PYTHONPATH": str(HOME), "COLUMNS": "100"}
    return subprocess.Popen(command, cwd=cwd, env=env, text=True, **settings)


# render


def test_render_writes_a_clip_below_outputs_and_names_it(folder):
    assert run("render", "tiny.toml") == (
        0,
        "outputs/tiny.gif\n",
        "outputs/tiny.gif: 5 frames of 320 x 180\n",
    )
    assert names(folder) == ["bad.toml", "outputs/tiny.gif", "tiny.toml"]
    with Image.open("outputs/tiny.gif") as image:
        assert image.size == (320, 180)


def test_render_to_a_file_and_to_folders_in_several_formats(folder):
    assert run("render", "tiny.toml", "--quiet", "-o", "a.png") == (0, "a.png\n", "")
    assert run("render", "tiny.toml", "--quiet", "-f", "gif, PNG", "-o", "clips/") == (
        0,
        "clips/tiny.gif\nclips/tiny.png\n",
        "",
    )
    (folder / "there").mkdir()
    assert run("render", "tiny.toml", "--quiet", "-f", "png", "-o", "there") == (0, "there/tiny.png\n", "")
    assert (folder / "a.png").read_bytes() == (folder / "there/tiny.png").read_bytes()


def test_render_tells_json_a_line_a_file(folder):
    (folder / "odd.toml").write_text(TINY.replace("fps = 10", "fps = 9"))
    code, out, err = run("render", "odd.toml", "--json", "-f", "gif,png")
    clip, still = map(json.loads, out.splitlines())
    data = (folder / "outputs/odd.gif").read_bytes()
    assert (code, err) == (0, "")
    note = "fps 9 becomes 10: a GIF counts in hundredths of a second and has 10, 12.5, 20, 25, 33.3, 50"
    assert clip == {
        "scene": "odd.toml",
        "path": "outputs/odd.gif",
        "frames": 5,
        "seconds": 0.5,
        "size": [320, 180],
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "notes": [note],
    }
    assert (still["path"], still["frames"], still["seconds"]) == ("outputs/odd.png", 1, 0.0)
    assert f"odd.toml: note: {note}\n" in run("render", "odd.toml")[2]


def test_render_a_shipped_scene_by_name(folder, monkeypatch):
    monkeypatch.setattr("optiviz.scenefile.shipped", lambda: {"small": folder / "tiny.toml"})
    assert run("render", "small", "--quiet") == (0, "outputs/small.gif\n", "")


def test_a_faulty_scene_writes_nothing_and_leaves_with_2(folder):
    before = names(folder)
    assert run("render", "bad.toml") == (2, "", FAULT + "\n")
    code, out, err = run("render", "bad.toml", "--json")
    assert (code, err) == (2, "")
    assert json.loads(out) == {
        "scene": "bad.toml",
        "ok": False,
        "faults": [{"line": 3, "path": "stepz", "message": FAULT.partition("stepz: ")[2]}],
    }
    assert names(folder) == before and not (folder / "outputs").exists()


def test_some_of_several_leaves_with_3_and_all_with_2(folder):
    code, out, err = run("render", "bad.toml", "tiny.toml")
    assert (code, out) == (3, "outputs/tiny.gif\n")
    assert err.splitlines() == [FAULT, "outputs/tiny.gif: 5 frames of 320 x 180"]
    assert run("render", "bad.toml", "none.toml", "--quiet")[0] == 2


def test_a_full_disk_is_a_sentence_and_leaves_with_1(folder, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    code, out, err = run("render", "tiny.toml", "--quiet")
    assert (code, out, err) == (1, "", "tiny.toml: not rendered: No space left on device\n")
    assert names(folder) == ["bad.toml", "tiny.toml"]
    code, out, err = run("render", "tiny.toml", "--json")
    assert (code, err) == (1, "")
    assert json.loads(out)["faults"][0]["message"] == "not rendered: No space left on device"


@pytest.mark.parametrize(
    "args, message",
    [
        (["-o", "a.mpx"], f"a.mpx: unknown format '.mpx' - known: {FORMATS}; a folder ends in /"),
        (["-o", "no/a.gif"], "no/a.gif: there is no folder no"),
        (["-f", "gfi"], "unknown format 'gfi' - did you mean 'gif'?"),
        (["-o", "tiny.toml/"], "tiny.toml: is a file, a folder is needed"),
        (["-f", "gif", "-o", "a.png"], "-f gif and -o a.png do not agree; a file has one format"),
        (["-f", ","], "-f names no format, such as gif or gif,png"),
        (["bad.toml", "-o", "a.gif"], "-o a.gif is one file for 2 scenes; give a folder, ending in /"),
        (["sub/tiny.toml"], "two scenes would be written to outputs/tiny.gif; render them apart"),
        (["--speed", "3"], "No such option"),
    ],
)
def test_what_cannot_be_asked_of_render(folder, args, message):
    before = names(folder)
    code, out, err = run("render", "tiny.toml", *args)
    assert (code, out) == (2, "")
    assert err.splitlines()[-1].removeprefix("Error: ").startswith(message)
    assert names(folder) == before and not (folder / "outputs").exists()


def test_places_are_named_after_the_scene():
    assert output_files(("a/b.toml", "momentum"), [".gif"], None) == {
        "a/b.toml": [Path("outputs/b.gif")],
        "momentum": [Path("outputs/momentum.gif")],
    }


def test_ctrl_c_leaves_with_130_one_line_and_nothing_behind(folder):
    (folder / "long.toml").write_text(LONG)
    (folder / "more.toml").write_text(LONG)
    one, two = ["long.toml"], ["long.toml", "more.toml", "-j", "2"]
    for asked, number, code in (
        (one, signal.SIGINT, 130),
        (two, signal.SIGINT, 130),
        (two, signal.SIGTERM, 143),
    ):
        child = process("render", *asked, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        until = time.monotonic() + 20
        while len(list(folder.glob("outputs/.*"))) < asked.count("-j") + 1 and time.monotonic() < until:
            time.sleep(0.02)
        time.sleep(0.2)
        child.send_signal(number)
        out, err = child.communicate(timeout=20)
        assert (child.returncode, out) == (code, "")
        assert err.split("\n")[len(asked[:2]) :] == (["stopped", ""] if code == 130 else [""]), err
        assert names(folder) == ["bad.toml", "long.toml", "more.toml", "tiny.toml"]


def test_several_scenes_share_the_processes(folder):
    """In their order on stdout, with the bytes of one alone; one that fails on its way spares the others."""
    for k, name in enumerate("acd"):
        (folder / f"{name}.toml").write_text(TINY.replace("steps = 5", f"steps = {6 + k}"))
    (folder / "b.toml").write_text(TINY.replace('"none"', '"Home at {home:GD}"'))
    words = ["a.toml", "b.toml", "c.toml", "d.toml", "-j", "2", "-v"]
    child = process("render", *words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = child.communicate(timeout=60)
    assert (child.returncode, out) == (3, "".join(f"outputs/{name}.gif\n" for name in "acd")), err
    lines = err.splitlines()
    assert sorted(line for line in lines if "made in" not in line and "read " not in line) == [
        "b.toml:7: verdict: 'home:GD' never happens in 5 steps",
        *(f"outputs/{name}.gif: 5 frames of 320 x 180" for name in "abcd"),
    ]
    results = [line.split(":")[0] for line in lines if "made in" in line or "read " in line or ":7:" in line]
    assert results == [
        "outputs/a.gif",
        "a.toml",
        "b.toml",
        "outputs/c.gif",
        "c.toml",
        "outputs/d.gif",
        "d.toml",
    ]
    assert run("render", "d.toml", "--quiet", "-o", "alone.gif")[0] == 0
    assert (folder / "alone.gif").read_bytes() == (folder / "outputs/d.gif").read_bytes()


def test_a_scene_that_takes_its_process_down_spares_the_others(folder, monkeypatch):
    for module in ("fork", "parallel"):  # as in a command; a test has threads
        monkeypatch.setattr(f"optiviz._lib.{module}.is_single_threaded", lambda: True)
    (folder / "fatal.toml").write_text(TINY)

    def made(scene, targets, **settings):
        if targets[0].stem == "fatal":
            os.kill(os.getpid(), signal.SIGKILL)
        return make(scene, targets, **settings)

    monkeypatch.setattr("optiviz.rendering.render.make", made)
    code, out, err = run("render", "fatal.toml", "tiny.toml", "-j", "2", "--json")
    killed, good = map(json.loads, out.splitlines())
    assert (code, err, good["scene"], killed["scene"]) == (3, "", "tiny.toml", "fatal.toml")
    assert killed["faults"][0]["message"].startswith("not rendered: it was ended by SIGKILL")
    assert run("render", "tiny.toml", "--quiet", "-o", "alone.gif")[0] == 0
    assert hashlib.sha256((folder / "alone.gif").read_bytes()).hexdigest() == good["sha256"]


def test_a_bar_is_drawn_in_a_terminal_only(folder):
    ours, theirs = pty.openpty()
    (folder / "more.toml").write_text(TINY)
    scenes = "tiny.toml", "more.toml"  # a bar each, at once
    child = process("render", *scenes, "-j", "2", cwd=folder, stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    out, _ = child.communicate(timeout=30)
    told = b""
    while True:
        try:
            more = os.read(ours, 4096)
        except OSError:
            break
        if not more:
            break
        told += more
    os.close(ours)
    assert (child.returncode, out) == (0, "outputs/tiny.gif\noutputs/more.gif\n")
    assert b"outputs/tiny.gif" in told and b"\x1b[" in told
    assert told.count(b"frames of") == 2  # when they are made


# check


def test_check_tells_what_a_clip_will_be_and_draws_nothing(folder):
    assert run("check", "tiny.toml") == (
        0,
        "tiny.toml: good: 1 run of 5 steps, 5 frames of 320 x 180, 0.5 s\n",
        "",
    )
    assert run("check", "tiny.toml", "bad.toml")[0] == 3
    assert run("check", "bad.toml") == (2, "", FAULT + "\n")
    assert names(folder) == ["bad.toml", "tiny.toml"]


def test_check_in_json(folder):
    code, out, err = run("check", "tiny.toml", "bad.toml", "--json")
    good, bad = map(json.loads, out.splitlines())
    assert (code, err) == (3, "")
    assert good == {
        "scene": "tiny.toml",
        "ok": True,
        "frames": 5,
        "seconds": 0.5,
        "size": [320, 180],
        "fps": 10.0,
        "runs": 1,
        "notes": [],
    }
    assert bad["faults"] == [{"line": 3, "path": "stepz", "message": FAULT.partition("stepz: ")[2]}]
    assert json.loads(run("check", "nosuch.toml", "--json")[1])["faults"][0]["line"] is None


@pytest.mark.parametrize("command", ["render", "check", "frame"])
@pytest.mark.parametrize(
    "data, start",
    [
        (b"\0\1\2", "odd.toml:1: a NUL byte"),
        (b"\xff\xfe", "odd.toml:1: not UTF-8 text"),
        (b"a." * 100_000, "odd.toml: larger than 65,536 bytes"),
        (b"a." * 30_000 + b"b = 1", "odd.toml:1: a key of more than 32 parts"),
        (b"a = " + b"[" * 30_000, "odd.toml:1: brackets nested too deep"),
        (b"\xef\xbb\xbf" + BAD.encode(), "odd.toml:3: stepz: unknown setting 'stepz'"),
        (b"steps = 1\nsteps = 2\n", "odd.toml:2: this key is there twice"),
        (b'[problem]\nsurface = "sphere"\n[runs]\n', "odd.toml:3: runs: there is none, and panel"),
        (TINY.replace('surface = "sphere"', 'data = { csv = "../a.csv", x = "a", y = "b" }').encode(),
         "odd.toml:11: problem.data.csv: file '../a.csv': a name with '..' may leave"),
    ],
    ids=lambda value: None if isinstance(value, bytes) else value,
)  # fmt: skip
def test_bad_files_are_a_sentence_in_every_command(folder, command, data, start):
    (folder / "odd.toml").write_bytes(data)
    code, out, err = run(command, "odd.toml")
    assert (code, out) == (2, "")
    assert err.startswith(start) and err.count("\n") == 1, err
    assert names(folder) == ["bad.toml", "odd.toml", "tiny.toml"]


# frame


def test_frame_shows_a_step_or_the_end(folder):
    assert run("frame", "tiny.toml") == (0, "outputs/tiny.png\n", "")
    assert run("frame", "tiny.toml", "--at", "end", "-o", "end.png") == (0, "end.png\n", "")
    assert run("frame", "tiny.toml", "--at", "2", "-o", "two.png") == (0, "two.png\n", "")
    assert run("frame", "tiny.toml", "-o", "stills/") == (0, "stills/tiny.png\n", "")
    pictures = [
        (folder / name).read_bytes() for name in ("outputs/tiny.png", "end.png", "stills/tiny.png", "two.png")
    ]
    assert pictures[0] == pictures[1] == pictures[2] != pictures[3]
    assert run("frame", "tiny.toml", "--at", "6") == (
        2,
        "",
        "there is no step 6: this scene goes from 0 to 5\n",
    )
    code, _, err = run("frame", "tiny.toml", "--at", "soon")
    assert code == 2 and err.endswith("'soon' is neither a step, such as 12, nor 'end' or 'pauses'\n")
    assert run("frame", "tiny.toml", "-o", "a.mpx") == (
        2,
        "",
        f"a.mpx: unknown format '.mpx' - known: {FORMATS}; a folder ends in /\n",
    )


# new


def test_new_writes_a_scene_that_is_good(folder):
    assert run("new", "ravine") == (0, "ravine.toml\n", "")
    text = (folder / "ravine.toml").read_text()
    assert text.startswith("# ") and load("ravine.toml").title == "Down the ravine"
    assert run("new", "ravine") == (2, "", "ravine.toml: is there already; --force writes over it\n")
    (folder / "ravine.toml").write_text("mine")
    assert run("new", "ravine.toml", "--force") == (0, "ravine.toml\n", "")
    assert (folder / "ravine.toml").read_text() == text
    assert run("new", "no/ravine") == (2, "", "no/ravine.toml: there is no folder no\n")
    assert run("new", ".hidden")[2] == "'.hidden' is no name for a scene\n"


def test_every_line_of_the_starter_that_is_commented_out_is_good(folder):
    run("new", "all")
    lines = (folder / "all.toml").read_text().split("\n")
    alone = ["pauses", "scale_text", "fps", "ease", "theme", "size", "seed", "start", "noise"]
    for name in alone:
        text = "\n".join(line.removeprefix("# ") if line.startswith(f"# {name} ") else line for line in lines)
        text = text.replace("start   = [-7, 2]", "", 1)
        (folder / "all.toml").write_text(text)
        load("all.toml")
    text = "\n".join(line for line in lines if not line.startswith("surface"))
    formula = "\n".join(
        line.removeprefix("# ") if line.startswith(("# formula", "# xlim", "# ylim", "# start   ")) else line
        for line in text.split("\n")
    )
    (folder / "all.toml").write_text(formula)
    load("all.toml")
    runs = "\n".join(lines).replace('# "Noisy"', '"Noisy"').replace('# "Weary"', '"Weary"')
    (folder / "all.toml").write_text(runs.replace("0.9,\n#  ", "0.9, "))
    assert len(load("all.toml").runs) == 5
    (folder / "all.toml").write_text(
        text.replace("# data  = { kind", "data  = { kind").replace("# loss", "loss")
    )
    load("all.toml")


def test_new_like_copies_comments_and_data_and_overwrites_nothing(folder):
    there = folder / "there"
    (there / "data").mkdir(parents=True)
    (there / "data" / "d.csv").write_text("a,b\n1,2\n3,4\n")
    text = "#:schema ../x.json\n# a comment\n" + TINY.replace(
        'surface = "sphere"', 'data = { csv = "data/d.csv", x = "a", y = "b" }  # why'
    )
    (there / "s.toml").write_text(text)
    assert run("new", "mine", "--like", "there/s.toml") == (0, "mine.toml\ndata/d.csv\n", "")
    assert (folder / "mine.toml").read_text() == text.partition("\n")[2]
    assert (folder / "data/d.csv").read_text() == "a,b\n1,2\n3,4\n"
    (folder / "data/d.csv").write_text("mine")
    assert run("new", "other", "--like", "there/s.toml") == (
        0,
        "other.toml\n",
        "data/d.csv: is there already and stays as it is\n",
    )
    assert (folder / "data/d.csv").read_text() == "mine"
    assert run("new", "third", "--like", "bad.toml") == (2, "", FAULT + "\n")
    assert not (folder / "third.toml").exists()


def test_new_points_at_a_schema_that_is_there(folder):
    assert run("schema", "-o", "scene.schema.json") == (0, "scene.schema.json\n", "")
    run("new", "ravine")
    assert (folder / "ravine.toml").read_text().startswith("#:schema ./scene.schema.json\n")


# list, schema


@pytest.mark.parametrize("kind", KINDS)
def test_list_tells_everything(kind):
    code, out, err = run("list", kind)
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == f"{kind}:"
    found = json.loads(run("list", kind, "--json")[1])
    assert [line.split()[0] for line in out.splitlines()[1:]] == [entry["name"] for entry in found]
    assert all(entry["about"] for entry in found)


def test_list_knows_settings_and_defaults():
    assert tuple(CATALOGUE) == KINDS
    everything = json.loads(run("list", "--json")[1])
    assert list(everything) == list(KINDS)
    momentum = next(entry for entry in everything["optimizers"] if entry["name"] == "momentum")
    assert momentum["settings"]["momentum"] == 0.9
    assert [entry["name"] for entry in everything["optimizers"]][: len(OPTIMIZERS)] == list(OPTIMIZERS)
    assert "learning_rate = 0.01, momentum = 0.9" in run("list", "optimizers")[1]
    code, _, err = run("list", "optimisers")
    assert code == 2 and "unknown kind 'optimisers' - did you mean 'optimizers'?" in err


def test_list_in_a_terminal_is_a_table(folder):
    ours, theirs = pty.openpty()
    child = process("list", "panels", cwd=folder, stdout=theirs, stderr=subprocess.PIPE)
    os.close(theirs)
    told = b""
    while True:
        try:
            told += os.read(ours, 4096)
        except OSError:
            break
    os.close(ours)
    assert child.wait(timeout=20) == 0
    assert "landscape3d" in told.decode() and "━" in told.decode()
    child.communicate()


def test_schema_is_json(folder):
    code, out, err = run("schema")
    assert (code, err) == (0, "") and json.loads(out)["title"] == "optiviz scene"
    assert run("schema", "-o", "no/s.json") == (2, "", "no/s.json: there is no folder no\n")


# help, version, completion, pipes


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_every_command_has_help_with_an_example(command, flag):
    code, out, err = run(command, flag)
    assert (code, err) == (0, "")
    assert f"Usage: optiviz {command}" in out and f"  optiviz {command}" in out.split("Example")[1]


def test_help_and_version():
    code, out, _ = run("-h")
    assert code == 0 and all(f"  {name} " in out for name in COMMANDS)
    assert run("--help")[1] == out
    assert run("-V")[1].startswith("optiviz ") and run("--version") == run("-V")
    code, _, err = run("rendr")
    assert code == 2 and err.splitlines()[-1] == "Error: no such command 'rendr' - did you mean 'render'?"


HELP = """
import sys
sys.argv = ["optiviz", "-h"]
from optiviz.__main__ import main
try:
    main()
except SystemExit as leave:
    assert not leave.code
print([name for name in ("numpy", "pydantic", "rich", "matplotlib", "scipy") if name in sys.modules])
"""


def test_help_imports_no_numpy_and_is_quick(folder):
    env = {**os.environ, "PYTHONPATH": str(HOME)}
    out = subprocess.run(
        [sys.executable, "-c", HELP], env=env, cwd=folder, capture_output=True, text=True, check=True
    )
    assert out.stdout.splitlines()[-1] == "[]"

    def seconds(*command):  # of work: others may keep this computer busy
        before = os.times()
        subprocess.run([sys.executable, *command], env=env, cwd=folder, stdout=subprocess.DEVNULL, check=True)
        after = os.times()
        return after.children_user + after.children_system - before.children_user - before.children_system

    # in pairs, as a share of what click alone takes: 1.6 when it was written; numpy would make it 3
    assert any(seconds("-m", "optiviz", "-h") < 2 * seconds("-c", "import click") for _ in range(20))


QUICK = """
import sys
sys.argv = ["optiviz", "render", "tiny.toml", "-o", "quick.gif"]
from optiviz.__main__ import main
try:
    main()
except SystemExit as leave:
    assert not leave.code
from matplotlib.lines import Line2D
line = Line2D([0, 1], [0, 1])
line.set(linewidth=3)
told = len(Line2D.set.__doc__ or ""), line.get_linewidth()
later = sys.modules.get("fontTools.agl")  # older releases of matplotlib do without
kind, alpha = type(later).__name__, later.toUnicode("alpha") if later else ""
print(told, kind, alpha, "mpl_toolkits.mplot3d.axes3d" in sys.modules)
"""


def test_a_quick_start_leaves_out_help_and_changes_no_picture(folder):
    env = {**os.environ, "PYTHONPATH": str(HOME)}
    out = subprocess.run(
        [sys.executable, "-c", QUICK], env=env, cwd=folder, capture_output=True, text=True, check=True
    )
    told = ("(0, 3.0) _LazyModule \N{GREEK SMALL LETTER ALPHA} False", "(0, 3.0) NoneType  False")
    assert out.stdout.splitlines()[-1] in told
    code = "from optiviz import load, render; render(load('tiny.toml'), 'slow.gif')"
    subprocess.run([sys.executable, "-c", code], env=env, cwd=folder, check=True)
    assert (folder / "quick.gif").read_bytes() == (folder / "slow.gif").read_bytes()


def test_numbers_do_not_depend_on_the_cores():
    code = "import os, sys; sys.argv = ['optiviz', '-V']\nfrom optiviz.__main__ import main\n"
    code += "try: main()\nexcept SystemExit: print(os.environ['OPENBLAS_NUM_THREADS'])"
    env = {k: v for k, v in os.environ.items() if k != "OPENBLAS_NUM_THREADS"} | {"PYTHONPATH": str(HOME)}
    for given, expected in (({}, "1"), ({"OPENBLAS_NUM_THREADS": "4"}, "4")):
        out = subprocess.run(
            [sys.executable, "-c", code], env=env | given, capture_output=True, text=True, check=True
        )
        assert out.stdout.splitlines()[-1] == expected


def test_the_shell_completes_scenes_and_kinds():
    complete = ShellComplete(cli, {}, "optiviz", "_OPTIVIZ_COMPLETE")

    def offered(args, incomplete):
        return [item.value for item in complete.get_completions(args, incomplete)]

    assert offered([], "ren") == ["render"]
    assert offered(["list"], "s") == ["surfaces", "schedules", "scenes"]
    first = next(iter(shipped()), None)
    if first:
        assert first in offered(["render"], first[:2])
    kinds = {item.type for item in complete.get_completions(["check"], "x")}
    assert "file" in kinds


def test_a_broken_pipe_is_silent(folder):
    child = process("list", cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    child.stdout.readline()
    child.stdout.close()
    assert child.stderr.read() == ""
    child.stderr.close()
    child.wait(timeout=20)


def test_a_process_says_the_same_as_the_function(folder):
    child = process(
        "check", "bad.toml", "tiny.toml", cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    out, err = child.communicate(timeout=20)
    assert child.returncode == 3 and "Traceback" not in err
    assert err == FAULT + "\n" and out.startswith("tiny.toml: good")


def test_a_scene_without_runs_in_every_command(folder):
    assert run("new", "bare", "--like", "activations") == (0, "bare.toml\n", "")
    scene = load("bare.toml")
    frames = round(scene.seconds * scene.fps)  # after these it stands, as before the first
    code, out, err = run("check", "bare.toml")
    assert (code, err) == (0, "")
    begin, _, seconds = out.removesuffix(" s\n").rpartition(", ")
    assert begin == f"bare.toml: good: no runs, {frames} frames of 1280 x 720"
    assert float(seconds) > scene.opening + scene.seconds + scene.hold  # its captions are read meanwhile
    assert run("run", "bare.toml", "-o", "bare.npz") == (2, "", "there are no runs to write down\n")
    assert run("compare", "bare.toml") == (2, "", "there are no runs to compare\n")
    assert not (folder / "bare.npz").exists()
