"""One job as one process: how long it took, how busy it was, how much memory it held.

Imports nothing heavy: Linux counts the memory of whoever starts a process as the process's own.
"""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parent
ENVIRONMENT = os.environ | {
    "MPLBACKEND": "Agg",
    "PYTHONPATH": os.pathsep.join([str(CHECKOUT), *filter(None, [os.environ.get("PYTHONPATH")])]),
}
ENVIRONMENT.pop("PYTHONDONTWRITEBYTECODE", None)  # everybody's second start finds the byte code of the first


@dataclass(frozen=True)
class Cost:
    """Seconds on the clock, seconds of processor (children included), MiB of the largest process."""

    wall: float
    cpu: float
    memory: float


class Failed(Exception):
    """A job that did not end well; the last line it wrote."""


def measure(command: list[str]) -> tuple[Cost, str]:
    """Run `command` in the checkout to its end; its cost, and what it printed."""
    with tempfile.TemporaryFile("w+") as words, tempfile.TemporaryFile("w+") as complaints:
        begin = time.perf_counter()
        child = subprocess.Popen(command, cwd=CHECKOUT, env=ENVIRONMENT, stdout=words, stderr=complaints)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - begin
        child.returncode = os.waitstatus_to_exitcode(status)
        words.seek(0)
        complaints.seek(0)
        if child.returncode:
            last = (complaints.read().strip().splitlines() or ["no word why"])[-1]
            raise Failed(f"{Path(command[0]).name} ended with {child.returncode}: {last}")
        unit = 1 if sys.platform == "darwin" else 1024
        memory = usage.ru_maxrss * unit / 2**20
        return Cost(wall, usage.ru_utime + usage.ru_stime, memory), words.read()


def python(script: str, *arguments: object) -> list[str]:
    """The command that runs a script of this folder in a fresh interpreter."""
    return [sys.executable, str(HERE / script), *map(str, arguments)]
