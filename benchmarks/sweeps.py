"""What a sweep costs beside the bare loop: CPU seconds of a block, a million runs, one worker and two.

python benchmarks/sweeps.py [--runs 1000000] [--dask]
"""

import argparse
import os
import resource
import tempfile
import time
from pathlib import Path

import numpy as np

import optiviz as ov
from optiviz.analysis.many_runs import with_settings
from optiviz.league.executors import Executor, InProcess, Processes
from optiviz.league.jobs import blocks_of, job_of, run_block, runs_in
from optiviz.league.store import open_store
from optiviz.league.sweep import work_off

STEPS = 200


def main() -> None:
    """Measure, and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1_000_000)
    parser.add_argument("--dask", action="store_true")
    asked = parser.parse_args()
    rates = {"learning_rate": {"low": 1e-3, "high": 1.0, "count": 1000, "log": True}}
    job = job_of(
        {"surface": "himmelblau"}, {"optimizer": "adam"}, steps=STEPS, vary=[rates],
        starts={"count": asked.runs // 1000},
    )  # fmt: skip
    overhead(next(blocks_of(job)))
    whole(job, InProcess(), "in this process")
    whole(job, Processes(1), "one worker")
    whole(job, Processes(2), "two workers")
    if asked.dask:
        from optiviz.league.cluster import Dask, local_cluster

        with local_cluster(2) as address:
            whole(job, Dask(address), "two Dask workers")


def overhead(block: dict) -> None:
    """One block: the bare loop, `run_block`, and with the store; by turns, the least of nine each."""
    bare, made, kept = [], [], []
    run_block(block)
    for _ in range(9):
        bare.append(cpu(lambda: bare_loop(block)))
        made.append(cpu(lambda: run_block(block)))
        with tempfile.TemporaryDirectory() as folder, open_store(Path(folder, "r.db")) as store:
            kept.append(cpu(lambda store=store: [*work_off([block], store, InProcess())]))
    loop, alone, stored = map(min, (bare, made, kept))
    print(
        f"{runs_in(block):,} runs: loop {loop:.3f} s of CPU, block {100 * (alone / loop - 1):+.1f} %, "
        f"with the store {100 * (stored / loop - 1):+.1f} %",
        flush=True,
    )


def bare_loop(block: dict) -> np.ndarray:
    """The rule and the gradient alone, in pieces that fit the cache, with the last loss and the lowest."""
    low, high = block["block"]
    surface = ov.surfaces["himmelblau"]
    rates = np.geomspace(1e-3, 1.0, 1000)[np.arange(low, high) % 1000]
    best = np.full(high - low, np.inf)
    for first in range(0, high - low, 8000):
        piece = slice(first, first + 8000)
        rule = with_settings(ov.Adam(), {"learning_rate": rates[piece]})
        theta = np.repeat(surface.start[:, None], len(rates[piece]), axis=1)
        state = rule.init(theta)
        limit = surface.far**2
        loss, gradient = surface.value_and_gradient(theta)
        for _ in range(STEPS):
            theta, state = rule.step(theta, gradient, state)
            loss, gradient = surface.value_and_gradient(theta)
            alive = (np.einsum("pn,pn->n", theta, theta) <= limit) & (loss - loss == 0)
            assert alive.all()
            np.fmin(best[piece], loss, out=best[piece])
    return best


def whole(job: dict, executor: Executor, name: str) -> None:
    """All runs through an executor into a store."""
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder, "r.db")) as store:
        begun, spent = time.monotonic(), sum(os.times()[:4])
        worked = sum(answer.seconds for _, answer in work_off([job], store, executor))
        took, cost = time.monotonic() - begun, sum(os.times()[:4]) - spent
        size = Path(folder, "r.db").stat().st_size
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{name}: {runs_in(job):,} runs x {STEPS} steps in {took:.1f} s, CPU {cost:.1f} s, "
        f"blocks {worked:.1f} s; {size / runs_in(job):.0f} bytes a run, peak {peak} MiB",
        flush=True,
    )


def cpu(work: object) -> float:
    """CPU seconds of a call."""
    begun = time.process_time()
    work()  # type: ignore[operator]
    return time.process_time() - begun


if __name__ == "__main__":
    main()
