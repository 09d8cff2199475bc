"""How soon the command answers: processor seconds of whole processes, against a start without shortcuts.

python benchmarks/start.py               each command five times, in turns with its references
python benchmarks/start.py --turns 15    on a busy machine: the least of many means most
"""

import argparse
import os
import subprocess
import sys

from process import CHECKOUT, ENVIRONMENT

COMMANDS = (
    ("-h",),
    ("list", "optimizers"),
    ("list",),
    ("check", "momentum"),
    ("compare", "race_beale"),
)
LIBRARIES = "import numpy, pydantic, matplotlib.figure, matplotlib.backends.backend_agg"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--turns", type=int, default=5, help="runs of each  [5]")
    turns = parser.parse_args().turns
    libraries = [sys.executable, "-c", LIBRARIES]
    print(f"{'command':20} {'ours':>7} {'plain':>7} {'libraries':>10}   ours to plain, ours to libraries")
    for words in COMMANDS:
        command = [sys.executable, "-m", "optiviz", *words]
        contestants = {
            "ours": (command, {}),
            "plain": (command, {"OPTIVIZ_PLAIN_START": "1"}),
            "libraries": (libraries, {}),
        }
        spent = {name: [cpu(*one)] for name, one in contestants.items()}  # byte code, disk cache
        for _ in range(turns):
            for name, one in contestants.items():
                spent[name].append(cpu(*one))
        ours, plain, known = (1000 * min(spent[name][1:]) for name in contestants)
        figures = f"{ours:7.0f} {plain:7.0f} {known:10.0f}   {ours / plain:.2f}, {ours / known:.2f}"
        print(f"{' '.join(words):20} {figures}")


def cpu(command: list[str], more: dict[str, str]) -> float:
    """Seconds of processor that a command takes, what it prints thrown away."""
    child = subprocess.Popen(
        command,
        cwd=CHECKOUT,
        env={**ENVIRONMENT, **more, "PYTHONWARNINGS": "ignore"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{' '.join(command)} ended with {child.returncode}")
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
