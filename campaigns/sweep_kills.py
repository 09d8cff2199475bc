"""40 kill -9 at random moments, of a sweep, of a worker of its own or of Dask's; what is left is looked at.

After each kill of a sweep its store must be whole and hold every block that was done before; `--resume` must
end with the rows of a sweep that nobody disturbed. A killed worker must cost nothing but the block that it
was at: the sweep ends by itself, with the same rows.

    python campaigns/sweep_kills.py [--kills 40] [--seed 0]
"""

import argparse
import hashlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing, contextmanager, suppress
from pathlib import Path

RULES = ("gd", "momentum", "nag", "adagrad", "rmsprop", "adam", "adamax", "nadam")
SPEC = """
steps = 150
seeds = 3
targets = [0.5]

[problems.moons]
data = { kind = "moons" }
loss = "binary_crossentropy"
layers = [{ units = 8, activation = "tanh" }, { units = 1, activation = "sigmoid" }]

[problems.spiral]
data = { kind = "spiral", n = 60 }
loss = "binary_crossentropy"
layers = [{ units = 8, activation = "tanh" }, { units = 1, activation = "sigmoid" }]
""" + "".join(
    f"""
[runs.{rule}]
optimizer = "{rule}"
batch_size = 20
vary.learning_rate = {{ low = 1e-3, high = 1, count = 10, log = true }}
"""
    for rule in RULES
)
OPTIVIZ = [sys.executable, "-m", "optiviz"]
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
ENV = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "MALLOC_TRIM_THRESHOLD_": str(2**27)}


def main() -> None:
    """Run the campaign and tell what it found."""
    sys.stdout.reconfigure(line_buffering=True)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", default="sweep,worker,dask")
    asked = parser.parse_args()
    luck = random.Random(asked.seed)
    shares = [asked.kills - 2 * (asked.kills // 3), asked.kills // 3, asked.kills // 3]
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        Path("s.toml").write_text(SPEC)
        begun = time.monotonic()
        subprocess.run(
            [*OPTIVIZ, "sweep", "s.toml", "-o", "whole.db", "-j", "2"], check=True, **QUIET, env=ENV
        )
        length = time.monotonic() - begun
        whole, count = rows_of("whole.db"), blocks_in("whole.db")
        print(f"undisturbed: {count} blocks in {length:.1f} s, rows {whole[:12]}")
        if "sweep" in asked.kinds:
            print(kill_sweeps(shares[0], whole, length, luck))
        if "worker" in asked.kinds:
            print(kill_workers(shares[1], whole, count, luck))
        if "dask" in asked.kinds:
            with dask_cluster() as (address, nannies):
                print(kill_dask_workers(shares[2], whole, count, address, nannies, luck))
    print("all rows were the same")


def kill_sweeps(kills: int, whole: str, length: float, luck: random.Random) -> str:
    """Kill the process that leads, at moments over all of its life; go on with what it left."""
    done = rounds = orphans = fewest = 0
    left = []
    while done < kills:
        path, rounds = f"sweep{rounds}.db", rounds + 1
        while True:
            before = blocks_in(path)
            sweep = begin(path)
            try:
                sweep.wait(luck.uniform(0.2, 0.8 * length))
                break  # it ended before it was killed
            except subprocess.TimeoutExpired:
                seen, workers = blocks_in(path), children(sweep.pid)
                os.kill(sweep.pid, signal.SIGKILL)
                sweep.wait()
                done += 1
                check_whole(path, max(before, seen))
                left.append(blocks_in(path) - before)
                time.sleep(1.0)
                orphans += sum(map(lives, workers))
                if done == kills:
                    assert begin(path).wait() == 0
                    break
        check_rows(path, whole)
    fewest = min(left)
    return (
        f"sweep killed {done} times in {rounds} sweeps: every store whole, no block lost that was done "
        f"({fewest} to {max(left)} were added by each that was killed), {orphans} workers left behind"
    )


def kill_workers(kills: int, whole: str, count: int, luck: random.Random) -> str:
    """Kill the interpreters that work, one at a time; the sweep ends by itself."""
    done = rounds = 0
    while done < kills:
        path, rounds = f"worker{rounds}.db", rounds + 1
        sweep, since = begin(path), 0
        while sweep.poll() is None:
            time.sleep(luck.uniform(0.1, 1.5))
            workers = children(sweep.pid)
            advanced = blocks_in(path) > since  # a block that takes three workers with it is given up
            if workers and advanced and done < kills and sweep.poll() is None:
                since = blocks_in(path)
                with suppress(ProcessLookupError):
                    os.kill(luck.choice(workers), signal.SIGKILL)
                    done += 1
        assert sweep.returncode == 0, f"exit code {sweep.returncode}"
        assert blocks_in(path) == count
        check_rows(path, whole)
    return (
        f"worker killed {done} times in {rounds} sweeps: each sweep ended by itself, with all {count} blocks"
    )


def kill_dask_workers(
    kills: int, whole: str, count: int, address: str, nannies: list[int], luck: random.Random
) -> str:
    """Kill the worker processes of Dask's nannies."""
    done = rounds = resumed = 0
    while done < kills:
        path, rounds = f"dask{rounds}.db", rounds + 1
        sweep = begin(path, "--on", address)
        while sweep.poll() is None:
            time.sleep(luck.uniform(2.0, 6.0))
            workers = [child for nanny in nannies for child in children(nanny)]
            if workers and done < kills and sweep.poll() is None and blocks_in(path):
                with suppress(ProcessLookupError):
                    os.kill(luck.choice(workers), signal.SIGKILL)
                    done += 1
        while (
            blocks_in(path) < count or sweep.returncode
        ):  # a block that took three workers with it is told of
            resumed += 1
            assert resumed < 10, f"exit code {sweep.returncode}"
            sweep = begin(path, "--on", address)
            sweep.wait()
        check_rows(path, whole)
    return (
        f"Dask worker killed {done} times in {rounds} sweeps: all {count} blocks each time, {resumed} times "
        "only after --resume"
    )


def begin(path: str, *words: str) -> "subprocess.Popen[bytes]":
    """Start a sweep, or go on with it."""
    how = words or ("-j", "2")
    return subprocess.Popen([*OPTIVIZ, "sweep", "s.toml", "-o", path, "--resume", *how], **QUIET, env=ENV)


@contextmanager
def dask_cluster():
    """A scheduler and two workers, started as the documentation says: the address, and the nannies."""
    python = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    scheduler = subprocess.Popen(
        [*python, "--host", "127.0.0.1", "--port", "8799", "--no-dashboard"], **QUIET, env=ENV
    )
    address = "tcp://127.0.0.1:8799"
    work = [
        sys.executable,
        "-m",
        "distributed.cli.dask_worker",
        address,
        "--nworkers",
        "1",
        "--nthreads",
        "1",
    ]
    workers = [subprocess.Popen([*work, "--no-dashboard"], **QUIET, env=ENV) for _ in range(2)]
    try:
        time.sleep(8)
        yield address, [worker.pid for worker in workers]
    finally:
        for process in (*workers, scheduler):
            process.terminate()
        for process in (*workers, scheduler):
            process.wait()


def children(process: int) -> list[int]:
    """The processes that one has started, workers of Dask among them, trackers of resources not."""
    found = []
    with suppress(FileNotFoundError, ProcessLookupError):
        for thread in Path(f"/proc/{process}/task").iterdir():
            for child in (thread / "children").read_text().split():
                words = Path(f"/proc/{child}/cmdline").read_bytes()
                if b"resource_tracker" not in words:
                    found.append(int(child))
    return found


def lives(process: int) -> bool:
    """Whether a process is there, and no zombie."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def blocks_in(path: str) -> int:
    """How many blocks are done; 0 where there is no store yet."""
    if not os.path.exists(path):
        return 0
    with closing(sqlite3.connect(path, timeout=10)) as file, suppress(sqlite3.OperationalError):
        return int(file.execute("SELECT COUNT(*) FROM block WHERE state = 'done'").fetchone()[0])
    return 0


def check_whole(path: str, least: int) -> None:
    """The file is sound, each block that is done has all of its columns, and none is lost."""
    if not os.path.exists(path):
        assert not least
        return
    with closing(sqlite3.connect(path, timeout=10)) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        if not file.execute("SELECT 1 FROM sqlite_master WHERE name = 'block'").fetchone():
            assert not least
            return
        query = "SELECT leg, low, high, sha256 FROM block WHERE state = 'done'"
        for leg, low, high, digest in file.execute(query).fetchall():
            query = "SELECT data FROM result WHERE leg = ? AND low = ? AND high = ? ORDER BY rowid"
            data = b"".join(row[0] for row in file.execute(query, (leg, low, high)))
            assert hashlib.sha256(data).hexdigest() == digest
    assert blocks_in(path) >= least, f"{blocks_in(path)} blocks of {least} are left"


def rows_of(path: str) -> str:
    """The SHA-256 of all results, in order."""
    with closing(sqlite3.connect(path)) as file:
        query = "SELECT leg, low, name, data FROM result ORDER BY leg, low, name"
        return hashlib.sha256(repr(file.execute(query).fetchall()).encode()).hexdigest()


def check_rows(path: str, whole: str) -> None:
    """The results are those of the sweep that nobody disturbed."""
    assert rows_of(path) == whole, f"{path} has other rows"


if __name__ == "__main__":
    main()
