"""Nothing of the environment stops or changes a render; no output is its own source; nothing is left."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import optiviz as ov
from optiviz._lib.atomic import lives, machine, replacing, sweep, temporary_path
from optiviz.cli import cli
from optiviz.scenefile import load

SCENE = """
title = "bowl \N{GREEK SMALL LETTER THETA}"
panels = ["loss"]
steps = 3
size = [200, 150]
[problem]
formula = "x**2 + y**2"
xlim = [-1, 1]
ylim = [-1, 1]
start = [1, 1]
[runs]
"GD" = { optimizer = "gd", learning_rate = 0.1 }
"""
CSV_SCENE = """
panels = ["loss"]
steps = 3
[problem]
data = { csv = "data.csv", x = "a", y = "b" }
[runs]
"GD" = { optimizer = "gd", learning_rate = 0.1 }
"""


@pytest.fixture
def scene(tmp_path):
    path = tmp_path / "\N{GREEK SMALL LETTER THETA}.toml"
    path.write_text(SCENE, encoding="utf-8")
    return path


def command(*words, **settings):
    """The command in a process of its own."""
    return subprocess.run([sys.executable, "-m", "optiviz", *words], capture_output=True, **settings)


@pytest.mark.skipif(sys.platform == "win32", reason="its streams are others")
def test_a_hostile_environment_changes_no_byte(scene, tmp_path):
    ov.still(load(scene), tmp_path / "plain.png")
    (tmp_path / "matplotlibrc").write_bytes(b"backend: nosuch\ntoolbar: toolmanager\n\xff\n")
    hostile = {**os.environ, "MPLBACKEND": "nosuch", "PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    words = ["frame", scene.name, "-o", "hostile.png"]
    done = command(*words, cwd=tmp_path, env=hostile)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"hostile.png\n", b"")
    assert (tmp_path / "hostile.png").read_bytes() == (tmp_path / "plain.png").read_bytes()


STILL = """
import optiviz as ov
ov.still(ov.load("\u03b8.toml"), "library.png")
"""
LIBRARY = {
    "a backend that is not there": (
        {"MPLBACKEND": "nosuch", "PYTHONIOENCODING": "ascii", "LC_ALL": "C"},
        b"toolbar: toolmanager\naxes.formatter.use_locale: True\nfont.size: 31\n",
    ),
    "settings that cannot be read": ({"LC_ALL": "xx_XX.UTF-8"}, b"axes.formatter.use_locale: True\n\xff\n"),
}


@pytest.mark.parametrize("case", LIBRARY)
def test_a_hostile_environment_changes_no_byte_of_a_library_call(case, scene, tmp_path):
    ov.still(load(scene), tmp_path / "plain.png")
    variables, settings = LIBRARY[case]
    (tmp_path / "matplotlibrc").write_bytes(settings)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", STILL],
        cwd=tmp_path,
        env={**os.environ, **variables},
        capture_output=True,
    )
    assert (done.returncode, done.stdout) == (0, b"") and b"Warning" not in done.stderr, done.stderr
    assert (tmp_path / "library.png").read_bytes() == (tmp_path / "plain.png").read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="its streams are others")
def test_closed_streams_and_letters_they_lack(scene, tmp_path):
    line = f'"{sys.executable}" -m optiviz check "{scene.name}"'
    closed = subprocess.run(["sh", "-c", f"{line} >&- 2>&-"], cwd=tmp_path)
    assert closed.returncode == 0
    said = command("check", scene.name, cwd=tmp_path, env={**os.environ, "PYTHONIOENCODING": "cp1252"})
    assert said.returncode == 0 and said.stdout.startswith(rb"\u03b8.toml: good")


def test_no_output_is_its_own_source(scene, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("s.json").write_text(SCENE, encoding="utf-8")
    Path("s.txt").write_text(SCENE, encoding="utf-8")
    Path("data.csv").write_text("a,b\n1,2\n2,3\n3,5\n", encoding="utf-8")
    Path("c.toml").write_text(CSV_SCENE, encoding="utf-8")
    os.symlink("data.csv", "link.json")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    for words, said in [
        (["render", "s.json", "-o", "s.json"], "s.json: is the scene itself; name another file"),
        (["render", "s.txt", "-o", "s.gif", "--sidecar"], "s.txt: is the scene itself; name another file"),
        (["run", "s.json", "-o", "s.json"], "s.json: is the scene itself; name another file"),
        (["record", "s.json", "-o", "s.json"], "s.json: is the scene itself; name another file"),
        (["record", "c.toml", "-o", "link.json"], "link.json: is the data of the scene; name another file"),
    ]:
        result = CliRunner().invoke(cli, words)
        assert (result.exit_code, result.stderr.strip()) == (2, said)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_settings_stand_in_one_order(tmp_path):
    path = tmp_path / "a.toml"
    text = SCENE.replace(
        '["loss"]',
        '[{ panel = "landscape", ylim = [-1, 1], xlim = [-1, 1], window = "paths", aspect = "fill", '
        'run = "GD", colorbar = true, levels = 9 }]',
    )
    path.write_text(text, encoding="utf-8")
    given = ["levels", "colorbar", "run", "aspect", "window", "xlim", "ylim"]  # as `landscape` has them
    assert list(load(path).panels[0].settings) == given


# ---- temporaries


def dead_process():
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return done.pid


@pytest.mark.skipif(sys.platform == "win32", reason="nothing is swept there")
def test_temporaries_of_dead_processes_are_swept(tmp_path):
    dead = dead_process()
    assert lives(os.getpid()) and not lives(dead)
    swept = [f".a.{dead}-{machine()}-0123abcd.tmp.gif", f".b.{dead}-{machine()}-0123abcd.tmp"]
    kept = [
        f".a.{os.getpid()}-{machine()}-0123abcd.tmp.gif",  # at work
        f".a.{dead}-00000000-0123abcd.tmp.gif",  # of another machine
        f"a.{dead}-{machine()}-0123abcd.tmp.gif",  # not hidden: somebody's
    ]
    for name in [swept[0], *kept]:
        (tmp_path / name).write_text("", encoding="utf-8")
    (tmp_path / swept[1]).mkdir()
    (tmp_path / swept[1] / "0000.png").write_text("", encoding="utf-8")
    with replacing(tmp_path / "new.txt") as file:
        file.write_text("new", encoding="utf-8")
    assert sorted(os.listdir(tmp_path)) == sorted([*kept, "new.txt"])
    sweep(tmp_path / "missing")


KILLED = """
import os, signal
from pathlib import Path
from optiviz._lib.atomic import replacing
from optiviz.rendering.encode.png import replacing_frames
with replacing(Path("a.gif")) as file, replacing_frames(Path("b.frames"), []) as folder:
    file.write_bytes(b"GIF89a half")
    (folder / "0000.png").write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="nothing is swept there")
def test_the_next_render_sweeps_what_a_killed_one_left(scene, tmp_path):
    done = subprocess.run([sys.executable, "-c", KILLED], cwd=tmp_path)
    assert done.returncode == -9
    left = [name for name in os.listdir(tmp_path) if name.startswith(".")]
    assert sorted(name.split(".")[1] for name in left) == ["a", "b"]  # hidden, and nobody's output
    ov.still(load(scene), tmp_path / "next.png")
    assert sorted(os.listdir(tmp_path)) == sorted(["next.png", scene.name])


@pytest.mark.skipif(sys.platform != "linux", reason="names are text elsewhere")
def test_names_that_are_no_text_and_names_that_would_paint(scene, tmp_path):
    odd = [os.fsdecode(b"a\xff.toml"), "b\x1b[31m.toml", "-c.toml"]
    for name in odd:
        (tmp_path / name).write_text(SCENE, encoding="utf-8")
    done = command("render", *[f"./{name}" for name in odd], "-f", "txt", "-o", "./", cwd=tmp_path)
    assert done.returncode == 0 and b"\x1b" not in done.stdout + done.stderr, done.stderr
    assert len(done.stdout.splitlines()) == 3
    assert all((tmp_path / name).with_suffix(".txt").is_file() for name in odd)


def test_a_long_name_has_a_temporary_too(tmp_path):
    target = tmp_path / ("n" * 251 + ".txt")
    with replacing(target) as file:
        file.write_text("a", encoding="utf-8")
    assert target.read_text(encoding="utf-8") == "a"
    assert (
        len(os.fsencode(temporary_path(tmp_path / ("\N{GREEK SMALL LETTER THETA}" * 120 + ".gif")).name))
        < 256
    )


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes in folders there")
def test_a_pipe_is_no_output(tmp_path):
    os.mkfifo(tmp_path / "a.txt")
    with (
        pytest.raises(ov.BadInput, match=r"a.txt: is a device or a pipe; name a file"),
        replacing(tmp_path / "a.txt"),
    ):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="no limits on files there")
def test_a_full_disk_is_told_in_one_sentence(scene, tmp_path):
    for name, blocks in (("a.pdf", 2), ("a.png", 0)):
        line = f'ulimit -f {blocks}; "{sys.executable}" -m optiviz render "{scene.name}" -o {name} --quiet'
        done = subprocess.run(["bash", "-c", line], cwd=tmp_path, capture_output=True)
        assert done.returncode == 1
        assert done.stderr.decode() == f"{scene.name}: not rendered: File too large\n"
    assert os.listdir(tmp_path) == [scene.name]
