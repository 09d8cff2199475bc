"""Forked child processes: quick, and only where the process has one thread; the one place that forks."""

import os
import pickle
import select
import signal
import struct
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any

STOPS = {signal.SIGINT, signal.SIGTERM}
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)
LENGTH = struct.Struct("<Q")  # of the message that follows

Tell = Callable[[Any], None]


def is_single_threaded() -> bool:
    """Whether this process may fork: on Linux, with no thread but this one, not even a library's own.

    A child has none of its parent's other threads, but all the locks that they held at that moment, and
    waits for them for ever.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        return len(os.listdir("/proc/self/task")) == 1
    except OSError:
        return False


def run_jobs(work: Callable[[int, Tell], None], count: int, processes: int) -> Generator[tuple[int, Any]]:
    """Call `work(0, tell)`, ..., `work(count - 1, tell)`, each in a forked child, some at a time.

    Where this process has other threads they are called one after the other in this one.

    Parameters
    ----------
    work : callable
        What it hands to `tell`, anything that can be pickled, arrives in the parent.
    count : int
    processes : int
        How many children there are at once.

    Yields
    ------
    (int, Any)
        k and what `work(k)` told, as it comes; at last `(k, Ended(reason))`, the reason being empty if it
        returned. Closing the generator terminates the children, who are given the time to tidy up.
    """
    if not is_single_threaded():
        for k in range(count):
            messages: list[Any] = []
            work(k, messages.append)
            yield from ((k, message) for message in messages)
            yield k, ChildEnded()
        return
    waiting = iter(range(count))
    at_work: dict[int, tuple[int, int, bytes]] = {}  # pipe -> k, its process, part of a message
    try:
        while True:
            while len(at_work) < processes and (k := next(waiting, -1)) >= 0:
                with blocked_signals():  # a signal between the fork and the note of it would leave an orphan
                    pipe, child = spawn(work, k, [*at_work])
                    at_work[pipe] = k, child, b""
            if not at_work:
                return
            for pipe in select.select([*at_work], [], [])[0]:
                k, child, rest = at_work[pipe]
                data = os.read(pipe, 2**20)
                messages, rest = split_messages(rest + data)
                at_work[pipe] = k, child, rest
                yield from ((k, message) for message in messages)
                if not data:
                    del at_work[pipe]
                    os.close(pipe)
                    yield k, ChildEnded(exit_reason(os.waitpid(child, 0)[1]))
    finally:
        for _, child, _ in at_work.values():
            os.kill(child, signal.SIGTERM)
        for pipe, (_, child, _) in at_work.items():
            os.close(pipe)
            terminate(child)


@dataclass(frozen=True)
class ChildEnded:
    """Reports the end of a child; `reason` says why, if not by returning."""

    reason: str = ""


def with_length(message: Any) -> bytes:
    """A message with its length in front."""
    data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return LENGTH.pack(len(data)) + data


def split_messages(data: bytes) -> tuple[list[Any], bytes]:
    """The whole messages in `data`, and the rest of it."""
    messages, begin = [], 0
    while len(data) - begin >= LENGTH.size:
        (length,) = LENGTH.unpack_from(data, begin)
        end = begin + LENGTH.size + length
        if end > len(data):
            break
        messages.append(pickle.loads(memoryview(data)[begin + LENGTH.size : end]))
        begin = end
    return messages, data[begin:]


def spawn(work: Callable[[int, Tell], None], k: int, others: list[int]) -> tuple[int, int]:
    """Fork a child that does `work(k)`: the pipe from it, and its process number."""
    parent = os.getpid()
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
            data = memoryview(with_length(message))
            while data:
                data = data[os.write(mouth, data) :]

        try:
            for other in (pipe, *others):
                os.close(other)
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all; the parent passes it on
            signal.signal(signal.SIGTERM, leave)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
            die_with(parent)
            work(k, tell)
            status = 0
        finally:
            os._exit(status)
    os.close(mouth)
    return pipe, child


def die_with(parent: int) -> None:
    """Have the system end this process as soon as its parent has ended, in whatever way."""
    import ctypes

    with suppress(AttributeError, OSError):  # a C library without prctl
        ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        raise SystemExit


@contextmanager
def blocked_signals() -> Iterator[None]:
    """Let no signal in until this is done."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def exit_reason(status: int) -> str:
    """Why a process ended, from its wait status; empty when all went well."""
    if not os.WIFSIGNALED(status):
        return "it ended early" if os.WEXITSTATUS(status) else ""
    number = signal.Signals(os.WTERMSIG(status))
    memory = "; perhaps there was not enough memory" if number == signal.SIGKILL else ""
    return f"it was ended by {number.name}{memory}"


def terminate(child: int, patience: float = 5.0) -> None:
    """Wait for a process that was asked to end; kill it after so many seconds."""
    limit = monotonic() + patience
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        if monotonic() > limit:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return
        sleep(0.01)


def picklable(error: Exception) -> Exception:
    """An exception, or where it cannot be pickled one that says the same."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
