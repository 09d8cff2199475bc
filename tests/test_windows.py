"""Other systems, simulated: no POSIX calls, consoles with few letters, files that others hold, no sync."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from optiviz._lib import atomic
from optiviz._lib.atomic import replacing
from optiviz._lib.errors import BadInput

SCENE = """
title = "Gefälle θ"
panels = ["loss"]
steps = 5
seconds = 0.5
hold = 0.2
opening = 0
size = [320, 180]
[problem]
surface = "sphere"
[runs]
"Läufer" = { optimizer = "gd", learning_rate = 0.1 }
"""
DECK = 'title = "Kurs"\n[[sections]]\nscenes = ["a"]\n'
# What Windows has not, taken away after the libraries are there: those choose by the system when they load.
BARE = """
import sys, os, signal, select, subprocess, socket, multiprocessing, ctypes, asyncio
import numpy, scipy.optimize, matplotlib.figure, matplotlib.font_manager, matplotlib.backends.backend_agg
import matplotlib.backends.backend_pdf, matplotlib.backends.backend_svg
import pydantic, click, rich.progress, imageio.v3, PIL.Image, click.shell_completion
from optiviz.rendering.encode.pptx import clip_suffix
clip_suffix()  # the ffmpeg is found
gone = {
    os: "fork forkpty register_at_fork waitid killpg setsid getuid geteuid fchmod "
    "sched_getaffinity mkfifo statvfs nice",
    signal: "pthread_sigmask SIGALRM SIGHUP SIGCHLD SIG_BLOCK SIG_SETMASK alarm setitimer sigwait",
}
for module, names in gone.items():
    for name in names.split():
        vars(module).pop(name, None)
for name in ("fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "syslog"):
    sys.modules[name] = None
send = os.kill
os.kill = lambda pid, number: send(pid, {9: 9}[number])  # there it ends the process that is asked for
sys.platform = "win32"
sys.argv = ["optiviz", *sys.argv[1:]]
from optiviz.__main__ import main
for line in sys.stdin.read().splitlines():
    sys.argv[1:] = line.split()
    try:
        main()
    except SystemExit as end:
        code = end.code
    print("CODE", line, code, flush=True)
"""
COMMANDS = """
list surfaces
check a.toml
check b.toml
new mine
render a.toml -o a.gif
render a.toml -j 2 -o b.gif
render a.toml -f png,svg,apng,webp,frames,npz,json,txt -o out/
render a.toml -o a.pptx
frame a.toml --at 3 -o c.png
run a.toml -o a.npz
record a.toml -o a.json
verify a.toml a.json
compare a.toml
gallery a.toml -o gallery/
deck deck.toml -o deck.html
race sphere --rules gd,adam --steps 5 -o race.png
schema -o s.json
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there it is no simulation")
def test_the_main_commands_need_no_posix(tmp_path):
    (tmp_path / "a.toml").write_text(SCENE, encoding="utf-8")
    (tmp_path / "b.toml").write_text("steps = 0\n")
    (tmp_path / "deck.toml").write_text(DECK)
    lines = "\n".join(COMMANDS.split("\n")[1:-1])
    done = subprocess.run(
        [sys.executable, "-c", BARE], input=lines.encode(), cwd=tmp_path, capture_output=True, check=False
    )
    told = [line for line in done.stdout.decode().splitlines() if line.startswith("CODE")]
    wanted = [f"CODE {line} {2 * (line == 'check b.toml')}" for line in lines.splitlines()]
    assert told == wanted, done.stderr.decode()[-2000:]
    assert (tmp_path / "a.gif").read_bytes() == (tmp_path / "b.gif").read_bytes()
    assert not [path for path in tmp_path.rglob(".*.tmp*")]
    # the same bytes as with all calls
    plain = subprocess.run([sys.executable, "-m", "optiviz", "render", "a.toml", "-o", "d.gif"], cwd=tmp_path)
    assert plain.returncode == 0
    assert (tmp_path / "a.gif").read_bytes() == (tmp_path / "d.gif").read_bytes()


def command(*words, cwd, **environment):
    inherited = {
        key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "LC_", "LANG"))
    }
    program = [sys.executable, "-m", "optiviz", *words]
    return subprocess.run(
        program, cwd=cwd, capture_output=True, env={**inherited, **environment}, check=False
    )


FEW_LETTERS = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}


def test_a_pipe_gets_utf_8_whatever_the_locale(tmp_path):
    (tmp_path / "a.toml").write_text(SCENE, encoding="utf-8")
    done = command("compare", "a.toml", "--json", cwd=tmp_path, **FEW_LETTERS)
    assert done.returncode == 0 and "Läufer" in json.dumps(
        json.loads(done.stdout.decode("utf-8")), ensure_ascii=False
    )
    name = "模型-" + 60 * "long" + ".toml"
    (tmp_path / name).write_text("stepz = 3\n")
    done = command("check", name, cwd=tmp_path, **FEW_LETTERS)
    assert (
        done.returncode == 2
        and done.stdout + done.stderr
        and "模型-long" in (done.stdout + done.stderr).decode()
    )


def test_a_console_of_cp1252_escapes_what_it_lacks(tmp_path):
    (tmp_path / "模型.toml").write_text("stepz = 3\n")
    done = command("check", "模型.toml", cwd=tmp_path, PYTHONIOENCODING="cp1252", PYTHONUTF8="1")
    said = (done.stdout + done.stderr).decode("cp1252")
    assert done.returncode == 2 and "\\u6a21\\u578b.toml:1: stepz" in said


def test_odd_names_are_printed_safely(tmp_path):
    odd = "a\x1b[31m\n.toml"
    (tmp_path / odd).write_text("stepz = 3\n")
    done = command("check", odd, cwd=tmp_path)
    assert done.returncode == 2 and b"\x1b[31m" not in done.stdout + done.stderr


# ---------------------------------------------------------------------------------- files that are held


@pytest.fixture
def held(monkeypatch):
    """A file that another program holds for so many tries; the waits that were made."""
    waits, left = [], [0]
    replace = os.replace

    def refuse(source, target):
        if left[0]:
            left[0] -= 1
            raise PermissionError(errno.EACCES, "Permission denied", str(target))
        replace(source, target)

    monkeypatch.setattr(os, "replace", refuse)
    monkeypatch.setattr(atomic, "sleep", waits.append)
    return left, waits


def test_a_file_that_is_held_for_a_moment_is_replaced(tmp_path, held):
    left, waits = held
    left[0] = 2
    with replacing(tmp_path / "a.txt") as file:
        file.write_text("new")
    assert (tmp_path / "a.txt").read_text() == "new" and waits == [0.05, 0.1]


def test_a_file_that_stays_held_is_told_and_stays(tmp_path, held):
    left, waits = held
    left[0] = 99
    (tmp_path / "a.txt").write_text("old")
    with (
        pytest.raises(BadInput, match=r"a.txt: cannot be replaced \(Permission denied\): close it"),
        replacing(tmp_path / "a.txt") as file,
    ):
        file.write_text("new")
    assert (tmp_path / "a.txt").read_text() == "old" and sum(waits) == pytest.approx(1.0)
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOTSUP, errno.ENOSYS])
def test_a_file_system_without_sync_is_written_to(code, tmp_path, monkeypatch):
    def refuse(file):
        raise OSError(code, "no sync here")

    monkeypatch.setattr(os, "fsync", refuse)
    with replacing(tmp_path / "a.txt") as file:
        file.write_text("new")
    assert (tmp_path / "a.txt").read_text() == "new"


def test_a_full_disk_is_still_told(tmp_path, monkeypatch):
    def refuse(file):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="No space left"), replacing(tmp_path / "a.txt") as file:
        file.write_text("new")
    assert list(tmp_path.iterdir()) == []


def test_ffmpeg_is_in_a_group_of_its_own():
    from optiviz.rendering.encode.video import APART

    own = {"creationflags": 0x200} if sys.platform == "win32" else {"start_new_session": True}
    assert own == APART


def test_the_matrix_names_the_pythons_and_systems_of_the_package():
    root = Path(__file__).parents[1]
    text = (root / ".github/workflows/test.yml").read_text(encoding="utf-8")
    told = (root / "setup.cfg").read_text(encoding="utf-8")
    for minor in (11, 12, 13, 14):
        assert f'"3.{minor}"' in text and f"Python :: 3.{minor}\n" in told
    for system in ("ubuntu", "macos", "windows"):
        assert f"{system}-latest" in text
