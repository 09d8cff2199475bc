"""The watch: a scene is rendered when it is saved, faults are told, and Ctrl-C ends it in order."""

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import optiviz
from optiviz._lib.errors import BadInput
from optiviz.cli.watch_files import Changed, Watch, rebuild_on_change

HOME = Path(optiviz.__file__).parents[1]
SCENE = """\
panels = ["fit"]
steps = 5
seconds = 0.4
hold = 0
fps = 10
size = [1280, 720]
[problem]
data = { csv = "points.csv", x = "a", y = "b" }
[runs]
GD = { optimizer = "gd", learning_rate = 0.25 }
"""


class Watched:
    """A watch in a process of its own; what it says comes line by line."""

    def __init__(self, folder, *args):
        command = [sys.executable, "-W", "error", "-m", "optiviz", "watch", "a.toml", *args]
        env = {**os.environ, "PYTHONPATH": str(HOME)}
        both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        self.child = subprocess.Popen(command, cwd=folder, env=env, text=True, **both)
        self.lines = queue.Queue()
        threading.Thread(
            target=lambda: [self.lines.put(line) for line in self.child.stdout], daemon=True
        ).start()

    def says(self):
        return self.lines.get(timeout=20)


@pytest.fixture
def watched(tmp_path):
    (tmp_path / "a.toml").write_text(SCENE)
    (tmp_path / "points.csv").write_text("a,b\n0,1\n1,3\n2,5\n")
    begun = []

    def start(*args):
        begun.append(Watched(tmp_path, *args))
        return begun[0]

    yield start
    for one in begun:
        one.child.kill()
        one.child.wait()
        one.child.stdout.close()


def test_a_scene_is_rendered_each_time_it_is_saved(tmp_path, watched):
    watch = watched()
    clip = tmp_path / "outputs/a.gif"
    assert watch.says().startswith("outputs/a.gif: 4 frames of 640 x 360 in ")
    first = clip.read_bytes()
    (tmp_path / "a.toml").write_text(SCENE.replace("0.25", "2.5e-1x"))
    assert watch.says().startswith("a.toml:10: ")
    assert clip.read_bytes() == first
    (tmp_path / "a.toml").write_text(SCENE.replace("0.25", "0.1"))
    assert watch.says().startswith("outputs/a.gif: 4 frames")
    second = clip.read_bytes()
    assert second != first
    (tmp_path / "points.csv").write_text("a,b\n0,1\n1,3\n2,7\n")
    assert watch.says().startswith("outputs/a.gif: 4 frames")
    assert clip.read_bytes() != second
    (tmp_path / "a.toml").rename(tmp_path / "b.toml")
    assert watch.says() == "a.toml: no such file - did you mean 'b.toml'?\n"
    (tmp_path / "b.toml").rename(tmp_path / "a.toml")
    assert watch.says().startswith("outputs/a.gif: 4 frames")
    watch.child.send_signal(signal.SIGINT)
    assert watch.child.wait(timeout=20) == 0
    assert watch.says() == "watch ended\n"
    assert [path.name for path in (tmp_path / "outputs").iterdir()] == ["a.gif"]


def test_ctrl_c_at_work_leaves_nothing_half_written(tmp_path, watched):
    (tmp_path / "a.toml").write_text(SCENE.replace("seconds = 0.4", "seconds = 240"))
    watch = watched("-qh", "-f", "gif,png", "-o", "clips/")
    limit = time.monotonic() + 30
    while not list(tmp_path.glob("clips/.*tmp.gif")) and time.monotonic() < limit:
        time.sleep(0.02)
    watch.child.send_signal(signal.SIGINT)
    assert watch.child.wait(timeout=20) == 0 and watch.says() == "watch ended\n"
    assert list((tmp_path / "clips").iterdir()) == []


def test_what_is_worked_on_is_given_up_when_the_file_is_saved_again(tmp_path, monkeypatch):
    monkeypatch.setattr("optiviz.cli.watch_files.PAUSE", 0.01)
    scene = tmp_path / "a.toml"
    scene.write_text("steps = 1")
    watch, made, told = Watch(scene), [], []

    def make():
        made.append(scene.read_text())
        if len(made) == 1:
            scene.write_text("steps = 22")
            time.sleep(0.02)
            watch.check()
            raise AssertionError
        if len(made) == 2:
            scene.write_text("steps = 333")
            raise OSError(28, "No space left on device")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild_on_change(watch, make, told.append)
    assert made == ["steps = 1", "steps = 22", "steps = 333"]
    assert [str(error) for error in told] == [f"{scene}: not rendered: No space left on device"]


def test_half_a_scene_reads_the_data_it_read_before(tmp_path):
    scene, data = tmp_path / "a.toml", tmp_path / "points.csv"
    scene.write_text(SCENE)
    watch = Watch(scene)
    assert [found is None for found in watch.look()] == [False, True]
    data.write_text("a,b\n")
    watch.seen = watch.look()
    scene.write_text("half a")
    assert watch.look()[1] == watch.seen[1] is not None
    with pytest.raises(Changed):
        watch.check()
    scene.write_text(SCENE.replace("points.csv", "../../etc/passwd"))
    assert len(watch.look()) == 1  # nothing outside its folder
    assert isinstance(Changed(), Exception) and not issubclass(Changed, BadInput)
