"""Processes: none unless asked for, the same bits from any number, and none that outlives its parent."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import optiviz as ov
from optiviz._lib import fork, interpreters, parallel
from optiviz._lib.errors import BadInput
from optiviz._lib.parallel import map_jobs

HOME = Path(__file__).parents[1]


def squares(base, job):
    for k in range(job):
        yield base + k * k, os.getpid()


def fails(job):
    yield job
    if job == 2:
        raise BadInput("two is too many")


def dies(job):
    yield job
    os._exit(3)


def waits(folder, job):
    (Path(folder) / f"{os.getpid()}").touch()
    time.sleep(60)
    yield job


def forking_or_not(monkeypatch, forks):
    for module in (fork, parallel):
        monkeypatch.setattr(module, "is_single_threaded", lambda: forks)


@pytest.mark.parametrize("forks", [False, True])
@pytest.mark.parametrize("processes", [1, 2, 5])
def test_jobs_come_in_their_order(monkeypatch, forks, processes):
    forking_or_not(monkeypatch, forks)
    found = list(map_jobs(partial(squares, 100), [3, 0, 1, 4], processes))
    assert [value for value, _ in found] == [100, 101, 104, 100, 100, 101, 104, 109]
    assert ({pid for _, pid in found} == {os.getpid()}) == (processes == 1)


@pytest.mark.parametrize("forks", [False, True])
def test_what_fails_there_is_raised_here(monkeypatch, forks):
    forking_or_not(monkeypatch, forks)
    with pytest.raises(BadInput, match="two is too many"):
        list(map_jobs(fails, [1, 2, 3], 2))
    with pytest.raises(RuntimeError, match="a process that shared the work ended early"):
        list(map_jobs(dies, [1, 2, 3], 2))


@pytest.mark.parametrize("forks", [False, True])
def test_whoever_stops_asking_ends_the_others(monkeypatch, forks):
    forking_or_not(monkeypatch, forks)
    news = map_jobs(partial(squares, 0), [2, 2, 2], 2)
    pid = next(news)[1]
    news.close()
    assert not running(pid)


def running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] not in "ZX"
    except OSError:
        return False


def script(text, *flags, **settings):
    return subprocess.run(
        [sys.executable, *flags, *([] if "input" in settings else ["-c", textwrap.dedent(text)])],
        capture_output=True, text=True, timeout=60, **settings,
    )  # fmt: skip


@pytest.mark.parametrize("forks", [False, True])
def test_a_killed_parent_leaves_no_child(tmp_path, forks):
    text = f"""
        import sys; sys.path.insert(0, {str(HOME / "tests")!r})
        from functools import partial
        from optiviz._lib import fork, parallel
        fork.is_single_threaded = parallel.is_single_threaded = lambda: {forks}
        from test_parallel import waits
        list(parallel.map_jobs(partial(waits, {str(tmp_path)!r}), [1, 2], 2))
    """
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(text)]) as parent:
        limit = time.monotonic() + 30
        while len(list(tmp_path.iterdir())) < 2 and time.monotonic() < limit:
            time.sleep(0.05)
        children = [int(path.name) for path in tmp_path.iterdir()]
        assert len(children) == 2 and parent.pid not in children
        parent.send_signal(signal.SIGKILL)
    limit = time.monotonic() + 10
    while any(map(running, children)) and time.monotonic() < limit:
        time.sleep(0.05)
    assert not any(map(running, children))


def test_a_second_thread_is_seen():
    text = """
        import threading
        from optiviz._lib.fork import is_single_threaded
        print(is_single_threaded())
        stop = threading.Event(); thread = threading.Thread(target=stop.wait); thread.start()
        print(is_single_threaded())
        stop.set()
    """
    said = script(text).stdout.split()
    assert said == (["True", "False"] if sys.platform == "linux" else ["False", "False"])


def test_there_is_one_place_that_forks():
    places = [
        p.relative_to(HOME).as_posix() for p in (HOME / "optiviz").rglob("*.py") if "os.fork" in p.read_text()
    ]
    assert places == ["optiviz/_lib/fork.py"]


class Locked:
    """A rule that takes a lock: forked while another thread holds it, a child would wait for ever."""

    lock = threading.Lock()

    def init(self, theta):
        return {"count": 0}

    def step(self, theta, gradient, state):
        with self.lock:
            return theta - 0.01 * gradient, {"count": state["count"] + 1}


@pytest.mark.parametrize("processes", [None, 2])
def test_a_busy_thread_that_holds_a_lock_stops_nobody(processes, monkeypatch):
    stop = threading.Event()

    def busy():
        while not stop.is_set():
            with Locked.lock:
                sum(range(2000))

    monkeypatch.setattr(os, "fork", lambda: pytest.fail("a fork beside a living thread"))
    thread = threading.Thread(target=busy)
    thread.start()
    try:
        starts = np.random.default_rng(0).uniform(-4, 4, (2, 10_000))
        run = ov.minimize(ov.himmelblau, Locked(), steps=20, start=starts, every=0, processes=processes)
        found = ov.basin_map(ov.himmelblau, Locked(), 150, steps=30, processes=processes)
        swept = ov.stability_map(
            ov.himmelblau, ov.GD(), {"learning_rate": np.linspace(0.001, 0.1, 500)}, processes=processes
        )
        plane = ov.plane(ov.himmelblau, run.path[..., 0], through="random", resolution=9, processes=processes)
    finally:
        stop.set()
        thread.join()
    np.testing.assert_array_equal(
        run.path, ov.minimize(ov.himmelblau, ov.GD(0.01), steps=20, start=starts, every=0).path
    )
    assert (found.minimum >= 0).any() and (swept.steps >= 0).any() and np.isfinite(plane.z).all()


def test_a_script_needs_no_main_guard_and_may_come_from_standard_input():
    text = """
import numpy as np, optiviz as ov
starts = np.random.default_rng(0).uniform(-4, 4, (2, 20_000))
a, b = (ov.minimize(ov.beale, ov.Adam(0.1), steps=5, start=starts, processes=n).path for n in (1, 2))
print("same" if a.tobytes() == b.tobytes() else "other")
"""
    for done in (script(text, "-W", "error"), script("", "-W", "error", "-", input=text)):
        assert (done.stdout, done.stderr) == ("same\n", "")


def test_what_cannot_be_sent_gets_one_sentence():
    bowl = ov.surface(lambda x, y: x * x + y * y, xlim=(-1, 1), ylim=(-1, 1), start=(0, 0))
    with pytest.raises(BadInput, match="cannot be sent to another process .* or processes=1"):
        interpreters.pickle_job(bowl)
    text = """
        import numpy as np, optiviz as ov
        def f(x, y): return x * x + y * y
        bowl = ov.surface(f, xlim=(-1, 1), ylim=(-1, 1), start=(0, 0))
        stay = __import__("threading").Event()
        __import__("threading").Thread(target=stay.wait).start()
        try:
            ov.minimize(bowl, ov.GD(), start=np.zeros((2, 20_000)), steps=1, processes=2)
        except ov.BadInput as error:
            print(error)
        finally:
            stay.set()
    """
    assert script(text).stdout.startswith("processes: 'f' is defined in the script itself")
    for wrong in (0, -1, 1.5, True, "2"):
        with pytest.raises(BadInput, match="processes must be a whole number of at least 1"):
            ov.minimize(ov.beale, ov.GD(), steps=1, processes=wrong)


def test_cores_are_those_that_the_process_may_use():
    if sys.platform == "linux":
        before = os.sched_getaffinity(0)
        try:
            os.sched_setaffinity(0, {min(before)})
            assert parallel.cores() == 1
        finally:
            os.sched_setaffinity(0, before)
        assert parallel.cores() == len(before)


# ---- long jobs side by side


def lengths(k, progress, processes):
    for done in range(k):
        progress(done + 1, k)
    if k == 2:
        os._exit(3)
    return {"k": k, "processes": processes, "pid": os.getpid()}


def test_long_jobs_have_a_process_each_and_share_those_left(monkeypatch):
    forking_or_not(monkeypatch, True)
    told = []
    found = dict(parallel.run_side_by_side(lengths, 4, 9, lambda *news: told.append(news)))
    assert {k: found[k]["processes"] for k in (0, 1, 3)} == dict.fromkeys((0, 1, 3), 2)  # 9 among 4
    assert len({found[k]["pid"] for k in (0, 1, 3)} | {os.getpid()}) == 4
    assert found[2] == fork.ChildEnded("it ended early")  # and the others are done
    assert sorted(told) == [(1, 1, 1), (2, 1, 2), (2, 2, 2), (3, 1, 3), (3, 2, 3), (3, 3, 3)]
    ((_, alone),) = parallel.run_side_by_side(lengths, 1, None, lambda *news: None)
    assert alone["processes"] is None and alone["pid"] != os.getpid()  # as many as pay


def test_long_jobs_are_worked_on_here_where_no_child_is_forked(monkeypatch):
    forking_or_not(monkeypatch, False)
    told = []
    found = list(parallel.run_side_by_side(lengths, 2, 3, lambda *news: told.append(news)))
    here = {"processes": 3, "pid": os.getpid()}
    assert found == [(0, {"k": 0, **here}), (1, {"k": 1, **here})] and told == [(1, 1, 1)]
