"""Work shared between processes: on one core where a process cannot split."""

import json
import mmap
import os
import select
import signal
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from time import monotonic, sleep
from typing import Any

import numpy as np

from optiviz._lib.typing import Array

STOPS = {signal.SIGINT, signal.SIGTERM}


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


def dealt(
    work: Callable[[int, Callable[[Any], None]], None], count: int, processes: int
) -> Generator[tuple[int, Any]]:
    """Call `work(0, tell)`, ..., `work(count - 1, tell)`, each in a process of its own, a few at a time.

    Parameters
    ----------
    work : callable
        What it hands to `tell`, anything that JSON can spell, arrives in the parent.
    count : int
    processes : int
        How many are at work at once.

    Yields
    ------
    (int, Any)
        k and what `work(k)` told, as it comes; at last `(k, Ended(why))`, `why` being empty if it returned.
        Whoever stops asking early ends the others: they are given the time to tidy up.
    """
    if not hasattr(os, "fork"):
        for k in range(count):
            told: list[Any] = []
            work(k, told.append)
            yield from ((k, message) for message in told)
            yield k, Ended()
        return
    waiting = iter(range(count))
    at_work: dict[int, tuple[int, int, bytes]] = {}  # pipe -> k, its process, half a line
    try:
        while True:
            while len(at_work) < processes and (k := next(waiting, -1)) >= 0:
                with held_back():  # a signal between the birth and the note of it would leave an orphan
                    pipe, child = born(work, k, [*at_work])
                    at_work[pipe] = k, child, b""
            if not at_work:
                return
            for pipe in select.select([*at_work], [], [])[0]:
                k, child, half = at_work[pipe]
                data = os.read(pipe, 65536)
                *lines, half = (half + data).split(b"\n")
                at_work[pipe] = k, child, half
                yield from ((k, json.loads(line)) for line in lines)
                if not data:
                    del at_work[pipe]
                    os.close(pipe)
                    yield k, Ended(why(os.waitpid(child, 0)[1]))
    finally:
        for _, child, _ in at_work.values():
            os.kill(child, signal.SIGTERM)
        for pipe, (_, child, _) in at_work.items():
            os.close(pipe)
            end(child)


@dataclass(frozen=True)
class Ended:
    """A process has ended; `why` says how, if not by returning."""

    why: str = ""


def born(work: Callable[[int, Callable[[Any], None]], None], k: int, others: list[int]) -> tuple[int, int]:
    """A process that does `work(k)`: the pipe from it, and its number."""
    pipe, mouth = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        asked_to_end = False

        def leave(number: int, frame: Any) -> None:
            nonlocal asked_to_end
            asked_to_end = True
            raise SystemExit

        def tell(message: Any) -> None:
            if asked_to_end:  # Python loses an exception that is raised while it tidies up
                raise SystemExit
            data = json.dumps(message).encode() + b"\n"
            while data:
                data = data[os.write(mouth, data) :]

        try:
            for other in (pipe, *others):
                os.close(other)
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all; the parent passes it on
            signal.signal(signal.SIGTERM, leave)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
            work(k, tell)
            status = 0
        finally:
            os._exit(status)
    os.close(mouth)
    return pipe, child


@contextmanager
def held_back() -> Iterator[None]:
    """Let no signal in until this is done."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def why(status: int) -> str:
    """How a process ended, in words; empty when all went well."""
    if not os.WIFSIGNALED(status):
        return "it ended early" if os.WEXITSTATUS(status) else ""
    number = signal.Signals(os.WTERMSIG(status))
    memory = "; perhaps there was not enough memory" if number == signal.SIGKILL else ""
    return f"it was ended by {number.name}{memory}"


def end(child: int, patience: float = 5.0) -> None:
    """Wait for a process that was asked to end; after so many seconds without mercy."""
    limit = monotonic() + patience
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        if monotonic() > limit:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return
        sleep(0.01)
