"""Jobs on a Dask cluster: a scheduler and workers on any machines, or worker processes on this one."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from optiviz._lib.errors import BadInput
from optiviz._lib.machine import NUMERIC, version_of
from optiviz.interop.packages import import_package
from optiviz.league.executors import AHEAD, Answer, Failure, answer_to
from optiviz.league.jobs import Job

PATIENCE = "20s"  # for a scheduler to answer
TRIM = 2**27  # bytes that a worker keeps; with Dask's 64 KiB each temporary is given back: 13 % slower
ENVIRONMENT = {"MALLOC_TRIM_THRESHOLD_": TRIM, "OPENBLAS_NUM_THREADS": 1}


@dataclass(frozen=True)
class Dask:
    """Works on jobs on the workers of a Dask scheduler.

    A worker that is ended is Dask's to replace, and its block goes to another; one that took several workers
    with it is given up.

    Parameters
    ----------
    address : str
        Of the scheduler, such as `tcp://10.0.0.1:8786`.

    Raises
    ------
    BadInput
        When Dask is not installed, nobody answers, there are no workers, or theirs are other versions of
        what the last bits depend on.
    """

    address: str

    def map_unordered(self, jobs: Iterable[Job]) -> Generator[tuple[int, Answer]]:
        distributed = import_package("distributed", "a Dask cluster")
        with connected(self.address) as client:
            check_workers(client)
            numbered = enumerate(jobs)
            numbers: dict[str, int] = {}
            running = distributed.as_completed(loop=client.loop)
            more = True
            while more or numbers:
                ahead = AHEAD * max(sum(client.nthreads().values()), 1)
                while more and len(numbers) < ahead:
                    entry = next(numbered, None)
                    if entry is None:
                        more = False
                        break
                    future = client.submit(answer_to, entry[1], pure=False)
                    numbers[future.key] = entry[0]
                    running.add(future)
                if numbers:
                    future = next(running)
                    yield numbers.pop(future.key), answer_from(future, self.address)


def answer_from(future: Any, address: str) -> Answer:
    """What a task came to; a scheduler that is gone ends the sweep, a block that cannot be does not."""
    if future.status in ("cancelled", "lost"):
        raise BadInput(f"{address}: the scheduler is gone; what was done is kept, go on with --resume")
    if future.status == "error":
        error = future.exception()
        return Failure(f"{type(error).__name__}: {' '.join(str(error).split())[:200]}")
    return future.result()  # type: ignore[no-any-return]


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """A client of the scheduler at an address."""
    distributed = import_package("distributed", "a Dask cluster")
    try:
        client = distributed.Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        said = " ".join(str(error).split())[:120]
        raise BadInput(f"{address}: no Dask scheduler answers there ({said})") from None
    try:
        yield client
    finally:
        client.close()


def own_versions() -> dict[str, str | None]:
    """Of this process, what the last bits depend on."""
    return {name: version_of(name) for name in NUMERIC}


def check_workers(client: Any) -> None:
    """Refuse a cluster of which a worker would give other bits, or none.

    Raises
    ------
    BadInput
    """
    if not client.nthreads():
        raise BadInput(f"{client.scheduler.address}: there are no workers; start some with `dask worker`")
    try:
        told = client.run(own_versions)
    except Exception as error:
        said = " ".join(str(error).split())[:120]
        raise BadInput(f"the workers have no optiviz that this one can talk to ({said})") from None
    mine = own_versions()
    for worker, theirs in told.items():
        for name, version in mine.items():
            if theirs[name] != version:
                raise BadInput(
                    f"{worker}: has {name} {theirs[name]}, this process {version}; the last bits would differ"
                )


@contextmanager
def local_cluster(workers: int) -> Iterator[str]:
    """Dask workers of one thread each, as processes on this machine, for as long as it lasts: the address."""
    dask = import_package("dask", "a Dask cluster")
    distributed = import_package("distributed", "a Dask cluster")
    environment = {
        f"distributed.nanny.pre-spawn-environ.{name}": value for name, value in ENVIRONMENT.items()
    }
    with (
        dask.config.set(environment),
        distributed.LocalCluster(
            n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
    ):
        yield cluster.scheduler_address
