"""Sweeps worked off: the blocks that a store lacks go through an executor, and are kept one by one."""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing

import numpy as np

from optiviz.analysis.outcomes import Columns
from optiviz.league.executors import Answer, Executor
from optiviz.league.jobs import Job, blocks_of, runs_in
from optiviz.league.store import Store

Told = Callable[[int, int], None]


def work_off(
    jobs: Iterable[Job], store: Store, executor: Executor, progress: Told | None = None
) -> Generator[tuple[Job, Answer]]:
    """Work out what a store lacks of some jobs: each block as it ends, kept by then.

    Parameters
    ----------
    jobs : iterable of dict
        Whole jobs; they are cut into blocks here.
    store : Store
    executor : Executor
    progress : callable, optional
        Is told (runs done, runs in all), those that were there before included.

    Yields
    ------
    (dict, Result or Failure)
        A block and what came of it. Closing the generator, or an exception, keeps all that is done.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from optiviz.league.executors import InProcess
    >>> from optiviz.league.jobs import job_of
    >>> from optiviz.league.store import open_store
    >>> job = job_of({"surface": "booth"}, {"optimizer": "gd"}, steps=9, vary=[{"learning_rate": [0.1, 9.0]}])
    >>> with TemporaryDirectory() as folder, open_store(Path(folder, "results.db")) as store:
    ...     made = list(work_off([job], store, InProcess()))
    ...     again = list(work_off([job], store, InProcess()))
    ...     lost = stored_columns(job, store)["stopped_at"].tolist()
    >>> len(made), len(again), lost
    (1, 0, [-1, 3])
    """
    jobs = list(jobs)
    total = sum(map(runs_in, jobs))
    under_way: dict[int, Job] = {}
    done = 0

    def missing() -> Iterator[Job]:
        nonlocal done
        count = 0
        for job in jobs:
            known = store.done(job)
            for block in blocks_of(job):
                if tuple(block["block"]) in known:
                    done += runs_in(block)
                    continue
                under_way[count] = block
                count += 1
                yield block

    with closing(executor.map_unordered(missing())) as answers:
        for k, answer in answers:
            block = under_way.pop(k)
            store.write(block, answer)
            done += runs_in(block)
            if progress is not None:
                progress(done, total)
            yield block, answer
    if progress is not None:
        progress(done, total)


def stored_columns(job: Job, store: Store) -> Columns | None:
    """All columns of a job from a store, its blocks put together; None where one is missing."""
    parts = [store.read(block) for block in blocks_of(job)]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    return {name: np.concatenate([part[name] for part in known]) for name in known[0]}
