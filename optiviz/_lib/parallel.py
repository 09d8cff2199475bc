"""Ordered results of independent jobs, from this process, forked children or fresh interpreters."""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from functools import partial
from typing import Any

from optiviz._lib.errors import BadInput
from optiviz._lib.fork import ChildEnded, is_single_threaded, picklable, run_jobs

Job = Callable[[Any], Iterable[Any]]
Progress = Callable[[int, int], None]


def cores() -> int:
    """How many processors this process may use."""
    allowed = getattr(os, "process_cpu_count", None)  # Python 3.13
    if allowed is not None:
        return int(allowed() or 1)
    affinity = getattr(os, "sched_getaffinity", None)  # Linux
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def spare_processes() -> int:
    """How many processes cost nothing to start: one for each core where a fork is safe, else one.

    For commands and for drawing; a library call that computes has one process unless it is asked for more.
    """
    return cores() if is_single_threaded() else 1


def checked_processes(processes: int | None) -> int:
    """A number of processes as given by a user; None is one."""
    if processes is None:
        return 1
    if isinstance(processes, bool) or not isinstance(processes, int) or processes < 1:
        raise BadInput(f"processes must be a whole number of at least 1, got {processes!r}")
    return processes


def map_jobs(function: Job, jobs: Sequence[Any], processes: int = 1) -> Generator[Any]:
    """All that `function(job)` yields for each job, in the order of the jobs.

    With one process they are worked on here, when asked for. With more, children are forked where this
    process has no other thread (Linux), and fresh interpreters are started everywhere else; both end with
    this process. The results are the same.

    Parameters
    ----------
    function : callable
        A function at the top of a module, or a `functools.partial` of one: it yields the results of one job.
    jobs : sequence
        With several processes everything in `function`, the jobs and the results must be picklable; only
        fresh interpreters need the first two.
    processes : int, default 1

    Raises
    ------
    BadInput
        When something cannot be sent to another process.
    RuntimeError
        When a process ended early.
    """
    processes = min(processes, len(jobs))
    if processes <= 1:
        for job in jobs:
            yield from function(job)
        return
    if is_single_threaded():
        news = forked(function, jobs, processes)
    else:
        from optiviz._lib.interpreters import run_in_interpreters  # few need it, and start-up is dear

        news = run_in_interpreters(function, jobs, processes)
    with closing(news):
        yield from in_order(news, len(jobs))


def run_side_by_side(
    work: Callable[[int, Progress, int | None], Any],
    count: int,
    processes: int | None,
    progress: Callable[[int, int, int], None],
) -> Generator[tuple[int, Any]]:
    """The results of `count` long jobs, each with its number, as they end.

    Each job has a forked child of its own, so that one which takes its process down spares the others; with
    fewer jobs than processes each job is given its share. Where no child can be forked, they are worked on
    here, one after the other.

    Parameters
    ----------
    work : callable
        `work(k, progress, processes)` does job k, tells `progress` (steps done, steps in all), may use that
        many processes itself (None: as many as pay), and gives what can be pickled; it raises nothing.
    count : int
    processes : int or None
        As many as there are cores unless given.
    progress : callable
        Is told (k, steps done, steps in all), here.

    Yields
    ------
    (int, Any)
        k and what `work` gave, or `ChildEnded` with a reason, where its process ended without a result.
    """
    if not is_single_threaded():
        for k in range(count):
            yield k, work(k, partial(progress, k), processes)
        return
    total = cores() if processes is None else processes
    workers = max(1, min(count, total))
    share = processes if count <= 1 else total // workers

    def child(k: int, tell: Callable[[Any], None]) -> None:
        tell((True, work(k, lambda done, steps: tell((False, (done, steps))), share)))

    ended: set[int] = set()
    with closing(run_jobs(child, count, workers)) as news:
        for k, message in news:
            if isinstance(message, ChildEnded):
                if k not in ended:
                    yield k, ChildEnded(message.reason or "it told nothing")
            elif message[0]:
                ended.add(k)
                yield k, message[1]
            else:
                progress(k, *message[1])


def in_order(news: Iterator[tuple[int, bool, Any]], count: int) -> Generator[Any]:
    """The results of jobs 0, 1, 2, ... from (job, whether it is done, result), as they come."""
    waiting: list[deque[Any]] = [deque() for _ in range(count)]
    done = [False] * count
    current = 0
    for k, ended, result in news:
        if ended:
            done[k] = True
        else:
            waiting[k].append(result)
        while current < count:
            while waiting[current]:
                yield waiting[current].popleft()
            if not done[current]:
                break
            current += 1


def forked(function: Job, jobs: Sequence[Any], processes: int) -> Generator[tuple[int, bool, Any]]:
    """The news of jobs dealt out to forked children."""

    def work(first: int, tell: Callable[[Any], None]) -> None:
        try:
            for k in range(first, len(jobs), processes):
                for result in function(jobs[k]):
                    tell((k, False, result))
                tell((k, True, None))
        except Exception as error:
            tell((-1, True, picklable(error)))

    with closing(run_jobs(work, processes, processes)) as news:
        for _, message in news:
            if isinstance(message, ChildEnded):
                if message.reason:
                    raise RuntimeError(f"a process that shared the work ended early: {message.reason}")
            elif message[0] < 0:
                raise message[2]
            else:
                yield message
