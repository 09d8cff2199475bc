"""Worker interpreters started from plain data: the same code on Linux, macOS and Windows.

A worker is `python -c`, which imports this module and nothing of the script that started it: a script needs
no main guard, and standard input and notebooks start workers too. It reads pickled jobs from its standard
input; when that ends, because the parent closed it or died, the worker exits at once.
"""

import io
import os
import pickle
import struct
import subprocess
import sys
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from types import FunctionType
from typing import IO, Any

from optiviz._lib.errors import BadInput
from optiviz._lib.fork import picklable

LENGTH = struct.Struct("<Q")
BOOT = (
    "import sys, pickle; sys.path[:] = pickle.load(sys.stdin.buffer); "
    "from optiviz._lib.interpreters import serve; serve()"
)
FAILED = -1


def run_in_interpreters(
    function: Callable[[Any], Iterable[Any]], jobs: Sequence[Any], processes: int
) -> Generator[tuple[int, bool, Any]]:
    """(job, whether it is done, result) of all jobs as they come, worked on by so many interpreters."""
    if not sys.executable:
        raise BadInput("processes: this Python does not know its own program, and so can start no other")
    head = pickle_job(function)
    sent = [pickle_job(job) for job in jobs]
    workers = [subprocess.Popen([sys.executable, "-c", BOOT], stdin=-1, stdout=-1) for _ in range(processes)]
    news: SimpleQueue[tuple[int, bool, Any]] = SimpleQueue()
    waiting = iter(range(len(jobs)))  # `next` of it is atomic
    threads = [Thread(target=attend, args=(w, head, sent, waiting, news), daemon=True) for w in workers]
    try:
        for thread in threads:
            thread.start()
        left = len(jobs)
        while left:
            k, ended, result = news.get()
            if k == FAILED:
                raise result
            left -= ended
            yield k, ended, result
    finally:
        for worker in workers:
            worker.kill()
        for worker in workers:
            worker.wait()
        for thread in threads:
            thread.join()
        for worker in workers:
            for stream in (worker.stdin, worker.stdout):
                assert stream is not None
                with suppress(OSError):
                    stream.close()


def attend(worker: Any, head: bytes, sent: list[bytes], waiting: Any, news: Any) -> None:
    """Hand jobs to one worker, and its results to `news`, until none are left or it ends."""
    try:
        worker.stdin.write(pickle.dumps(sys.path))
        write_message(worker.stdin, head)
        for k in waiting:
            write_message(worker.stdin, sent[k])
            ended = False
            while not ended:
                failed, ended, result = pickle.loads(read_message(worker.stdout))
                news.put((FAILED if failed else k, ended, result))
                if failed:
                    return
    except (OSError, EOFError, ValueError):
        news.put((FAILED, True, RuntimeError("a process that shared the work ended early")))
    except Exception as error:
        news.put((FAILED, True, error))


def serve() -> None:
    """What a worker does: jobs from standard input, results to standard output, prints to standard error."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all; the parent ends its workers
    source, target = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    sys.stdin = open(os.devnull)  # noqa: SIM115 - for as long as the worker lives
    os.dup2(2, 1)
    frames: SimpleQueue[bytes] = SimpleQueue()
    Thread(target=receive, args=(source, frames), daemon=True).start()
    try:
        function = pickle.loads(frames.get())
        while True:
            for result in function(pickle.loads(frames.get())):
                write_message(target, pickle.dumps((False, False, result), pickle.HIGHEST_PROTOCOL))
            write_message(target, pickle.dumps((False, True, None)))
    except Exception as error:
        write_message(target, pickle.dumps((True, True, picklable(error))))


def receive(source: IO[bytes], frames: "SimpleQueue[bytes]") -> None:
    """Queue what arrives, also while the worker is busy; the end of it is the end of the parent."""
    try:
        while True:
            frames.put(read_message(source))
    except (EOFError, OSError):
        os._exit(0)


def write_message(stream: IO[bytes], data: bytes) -> None:
    """One message, its length in front."""
    stream.write(LENGTH.pack(len(data)))
    stream.write(data)
    stream.flush()


def read_message(stream: IO[bytes]) -> bytes:
    """One message."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        raise EOFError
    (length,) = LENGTH.unpack(head)
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    return data


class JobPickler(pickle.Pickler):
    """A pickler that refuses what only the script itself defines: a worker does not run the script."""

    def reducer_override(self, part: Any) -> Any:
        if isinstance(part, type | FunctionType) and part.__module__ == "__main__":
            raise BadInput(
                f"processes: '{part.__name__}' is defined in the script itself, where other processes do not "
                "find it; put it into a module of its own, or use processes=1"
            )
        return NotImplemented


def pickle_job(part: Any) -> bytes:
    """`part` as bytes that a worker can read.

    Raises
    ------
    BadInput
        When it holds something that cannot be sent: a lambda, an open file, a part of the script itself.
    """
    stream = io.BytesIO()
    try:
        JobPickler(stream, pickle.HIGHEST_PROTOCOL).dump(part)
    except BadInput:
        raise
    except Exception as error:  # PicklingError, TypeError, AttributeError: pickle has many words for it
        reason = str(error).splitlines()[0]
        raise BadInput(
            f"processes: something here cannot be sent to another process ({reason}); use functions of a "
            "module instead of lambdas, or processes=1"
        ) from None
    return stream.getvalue()
