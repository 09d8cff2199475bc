"""Executors: what works on jobs; this process, several of its own, or a Dask cluster; results as they come.

All have one method, `map_unordered(jobs)`, which takes jobs as it needs them and yields (number of the job,
`Result` or `Failure`). A job that fails is told of, and the rest goes on.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Thread
from time import perf_counter
from typing import Any, Protocol

from optiviz._lib.errors import BadInput
from optiviz._lib.interpreters import BOOT, read_message, write_message
from optiviz._lib.machine import processor
from optiviz._lib.parallel import cores
from optiviz.analysis.outcomes import Columns
from optiviz.league.jobs import Job, run_block

TRIES = 3  # a job that took so many processes with it is given up
AHEAD = 2  # jobs that wait for each worker


@dataclass(frozen=True, eq=False)
class Result:
    """What came of a job: its columns, the seconds that it took, and the processor that worked on it."""

    columns: Columns
    seconds: float
    processor: str


@dataclass(frozen=True)
class Failure:
    """Why nothing came of a job, in one sentence."""

    reason: str


Answer = Result | Failure


class Executor(Protocol):
    """What works on jobs."""

    def map_unordered(self, jobs: Iterable[Job]) -> Generator[tuple[int, Answer]]:
        """(number of the job, what came of it) in the order in which they end.

        Closing the generator leaves what is under way.
        """
        ...


def answer_to(job: Job) -> Answer:
    """Run a job; what goes wrong becomes a `Failure`."""
    begun = perf_counter()
    try:
        columns = run_block(job)
    except BadInput as error:
        return Failure(str(error))
    except MemoryError:
        return Failure("not enough memory")
    except Exception as error:
        return Failure(" ".join(f"{type(error).__name__}: {error}".split())[:300])
    return Result(columns, perf_counter() - begun, processor())


def answers_to(job: Job) -> Iterator[Answer]:
    """The same as a worker interpreter asks for it."""
    yield answer_to(job)


@dataclass(frozen=True)
class InProcess:
    """Works on jobs here, one after the other."""

    def map_unordered(self, jobs: Iterable[Job]) -> Generator[tuple[int, Answer]]:
        for k, job in enumerate(jobs):
            yield k, answer_to(job)


@dataclass(frozen=True)
class Processes:
    """Works on jobs in interpreters of its own; one that is killed is started anew, and its job with it.

    Parameters
    ----------
    workers : int, default one for each core
    """

    workers: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "workers", self.workers or cores())

    def map_unordered(self, jobs: Iterable[Job]) -> Generator[tuple[int, Answer]]:
        waiting: SimpleQueue[Any] = SimpleQueue()  # (k, job), None to go home
        news: SimpleQueue[tuple[int, Answer | BaseException]] = SimpleQueue()
        hands = [Hand() for _ in range(self.workers)]
        threads = [Thread(target=hand.attend, args=(waiting, news), daemon=True) for hand in hands]
        for thread in threads:
            thread.start()
        numbered, under_way = enumerate(jobs), 0
        try:
            for entry in numbered:
                waiting.put(entry)
                under_way += 1
                if under_way >= AHEAD * self.workers:
                    yield told(news)
                    under_way -= 1
            while under_way:
                yield told(news)
                under_way -= 1
        finally:
            for hand in hands:
                hand.dismiss()
            for _ in hands:
                waiting.put(None)
            for thread in threads:
                thread.join()


def told(news: "SimpleQueue[tuple[int, Answer | BaseException]]") -> tuple[int, Answer]:
    """The next news; what kept a worker from being started is raised."""
    k, found = news.get()
    if isinstance(found, BaseException):
        raise found
    return k, found


class Hand:
    """One worker interpreter, with the thread that hands it jobs and starts it anew when it was ended."""

    def __init__(self) -> None:
        self.process: Any = None
        self.dismissed = False

    def attend(self, waiting: "SimpleQueue[Any]", news: "SimpleQueue[Any]") -> None:
        """Take jobs until there is None."""
        while (entry := waiting.get()) is not None and not self.dismissed:
            k, job = entry
            try:
                news.put((k, self.work(job)))
            except Exception as error:
                news.put((k, error))
        self.end()

    def work(self, job: Job) -> Answer:
        """What came of a job; it is tried anew in another process when this one is ended."""
        for _ in range(TRIES):
            if self.dismissed:
                break
            if self.process is None:
                self.start()
            try:
                write_message(self.process.stdin, pickle.dumps(job))
                found = None
                ended = False
                while not ended:
                    failed, ended, result = pickle.loads(read_message(self.process.stdout))
                    found = found if ended and not failed else result
                if isinstance(found, BaseException):
                    raise found
                assert found is not None
                return found  # type: ignore[no-any-return]
            except (OSError, EOFError, ValueError, pickle.UnpicklingError):
                self.end()
        return Failure(f"{TRIES} processes that worked on it were ended; perhaps there was not enough memory")

    def start(self) -> None:
        """Start the interpreter; it ends by itself when this process does."""
        if not sys.executable:
            raise BadInput("workers: this Python does not know its own program, and so can start no other")
        environment = {"OPENBLAS_NUM_THREADS": "1", **os.environ}  # last bits must not depend on the cores
        self.process = subprocess.Popen([sys.executable, "-c", BOOT], stdin=-1, stdout=-1, env=environment)
        with suppress(OSError):
            self.process.stdin.write(pickle.dumps(sys.path))
            write_message(self.process.stdin, pickle.dumps(answers_to))

    def dismiss(self) -> None:
        """End the interpreter, whatever it works on."""
        self.dismissed = True
        process = self.process
        if process is not None:
            process.kill()

    def end(self) -> None:
        """Leave no process and no pipe behind."""
        process, self.process = self.process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            with suppress(OSError):
                stream.close()


def executor_for(workers: int | None = None) -> Executor:
    """The executor that was asked for: so many processes; one is this one.

    Parameters
    ----------
    workers : int, optional
        One for each core unless given.
    """
    count = cores() if workers is None else workers
    return InProcess() if count == 1 else Processes(count)
