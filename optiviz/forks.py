"""Work shared between processes: on one core where a process cannot split."""

import mmap
import os
import signal
from collections.abc import Callable
from math import prod

import numpy as np

from optiviz.notation import Array


def cores() -> int:
    """How many processes are worth having here."""
    return (os.cpu_count() or 1) if hasattr(os, "fork") else 1


def shared(shape: tuple[int, ...]) -> Array:
    """An array of zeros that processes split off later write into together."""
    size = 8 * max(prod(shape), 1)
    return np.frombuffer(mmap.mmap(-1, size), dtype=float, count=prod(shape)).reshape(shape)


def in_processes(work: Callable[[int], None], count: int) -> None:
    """Call `work(0)`, ..., `work(count - 1)`, each in a process of its own; the first in this one.

    What they are to leave behind they write into arrays made by `shared`.

    Raises
    ------
    RuntimeError
        When one of them failed.
    """
    children: list[int] = []
    try:
        for k in range(1, count):
            child = os.fork()
            if child == 0:
                status = 1
                try:
                    work(k)
                    status = 0
                finally:
                    os._exit(status)
            children.append(child)
        work(0)
        while children:
            if os.waitpid(children.pop(), 0)[1]:
                raise RuntimeError("a process that shared the work ended early")
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
