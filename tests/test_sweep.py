"""Sweeps: jobs as plain data, executors that agree to the byte, the store, the spec file, the commands."""

import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest

import optiviz as ov
from optiviz.analysis import starts
from optiviz.league import jobs
from optiviz.league.executors import Failure, InProcess, Processes, Result

ADAM = {"optimizer": "adam"}
RATES = {"learning_rate": {"low": 1e-3, "high": 1.0, "count": 7, "log": True}}


def small_job(**changes):
    settings = {"vary": [RATES, {"beta_1": [0.0, 0.9]}], "starts": {"count": 3}, "seeds": [0, 5], "steps": 40}
    return jobs.job_of({"surface": "himmelblau", "noise": 0.5}, ADAM, **{**settings, **changes})


def same(one, two):
    assert list(one) == list(two)
    for name in one:
        assert one[name].dtype == two[name].dtype and one[name].tobytes() == two[name].tobytes(), name


def test_a_run_of_a_block_is_the_run_that_minimize_makes():
    job = small_job()
    assert jobs.shape_of(job) == (2, 3, 7, 2) and jobs.runs_in(job) == 84
    found = jobs.run_block(job)
    surface = ov.surfaces["himmelblau"]
    noisy = jobs.objective_and_rule(job, 5)[0]
    assert noisy.noise == 0.5
    # seed 5, its own start, the fourth of seven rates from 0.001 to 1 (10^-1.5), beta_1 = 0.9
    number = 1 * 42 + 0 * 14 + 3 * 2 + 1
    alone = ov.minimize(noisy, ov.Adam(10**-1.5, beta_1=0.9), steps=40, start=surface.start[:, None], seed=5)
    np.testing.assert_allclose(found["loss"][number], alone.losses[-1, 0], rtol=1e-12)
    np.testing.assert_allclose(found["best"][number], alone.losses[:, 0].min(), rtol=1e-12)
    np.testing.assert_allclose([found["x"][number], found["y"][number]], alone.path[-1, :, 0], rtol=1e-12)


def test_arrivals_by_hand():
    # x halves at each step: the loss x^2 is a quarter, 4^-k of the first; 4^-5 = 0.00098 is the first
    # below 0.001, 4^-4 = 0.0039 below 0.01. Rate 1.5 doubles x; out of the window nothing counts.
    bowl = {"formula": "x**2 + y**2", "xlim": [-4, 4], "ylim": [-4, 4], "start": [1, 0]}
    job = jobs.job_of(
        bowl, {"optimizer": "gd"}, steps=30, vary=[{"learning_rate": [0.25, 1.0, 1.5]}],
        measure={"targets": [1e-2, 1e-3], "lowest": 0.0},
    )  # fmt: skip
    found = jobs.run_block(job)
    assert found["steps_to_0.001"].tolist() == [5, -1, -1] and found["steps_to_0.01"].tolist() == [4, -1, -1]
    # (x, y) is lost when a million domain widths, 8e6, away: 2^23 = 8388608
    assert found["stopped_at"].tolist() == [-1, -1, 23]
    assert found["best"].tolist() == [0.25**30, 1.0, 1.0] and found["loss"][1] == 1.0
    # a slope down to the right: the loss falls below every level, but out there it does not count
    slope = {"formula": "-x + 0*y", "xlim": [-4, 4], "ylim": [-4, 4], "start": [0, 0]}
    level = {"targets": [-1.0], "of": "loss"}
    out = {"steps": 10, "vary": [{"learning_rate": [0.25, 1.0]}]}
    inside = jobs.run_block(jobs.job_of(slope, {"optimizer": "gd"}, measure=level, **out))
    assert inside["steps_to_-1"].tolist() == [4, -1]
    anywhere = jobs.run_block(
        jobs.job_of(slope, {"optimizer": "gd"}, measure={**level, "inside": False}, **out)
    )
    assert anywhere["steps_to_-1"].tolist() == [4, 1]
    # on its way out it stands at 1, 2, 3, 4: four steps inside
    kept = jobs.run_block(jobs.job_of(slope, {"optimizer": "gd"}, measure={**level, "kept": 4}, **out))
    assert kept["steps_to_-1"].tolist() == [4, 1]
    longer = jobs.run_block(jobs.job_of(slope, {"optimizer": "gd"}, measure={**level, "kept": 5}, **out))
    assert longer["steps_to_-1"].tolist() == [4, -1]


@pytest.mark.parametrize("width", [5, 42, 50])
def test_any_split_gives_the_same_bytes(width):
    job = small_job(steps=15)
    parts = [jobs.run_block(block) for block in jobs.blocks_of(job, width)]
    same(jobs.run_block(job), {name: np.concatenate([p[name] for p in parts]) for name in parts[0]})


def test_networks_split_alike_and_two_seeds_differ():
    net = {"data": {"kind": "moons", "n": 30}, "layers": [{"units": 5, "activation": "tanh"}, {"units": 1,
           "activation": "sigmoid"}], "loss": "binary_crossentropy"}  # fmt: skip
    run = {"optimizer": "momentum", "batch_size": 10}
    job = jobs.job_of(net, run, steps=20, vary=[RATES], seeds=[0, 1, 0])
    whole = jobs.run_block(job)
    parts = [jobs.run_block(block) for block in jobs.blocks_of(job, 4)]
    same(whole, {name: np.concatenate([p[name] for p in parts]) for name in parts[0]})
    loss = whole["loss"].reshape(3, 7)
    assert (loss[0] != loss[1]).all() and (loss[0] == loss[2]).all()


def test_starts_by_number():
    surface = ov.surfaces["himmelblau"]
    drawn = {"count": 10_000, "spread": 0.1, "seed": 3}
    one = starts.starts_at(drawn, surface, np.arange(10_000))
    assert (one[:, 0] == surface.start).all() and len(np.unique(one[0])) == 10_000
    width = np.ptp(surface.xlim)
    assert np.abs(one[0] - surface.start[0]).max() <= 0.1 * width and np.ptp(one[0]) > 0.19 * width
    assert (starts.starts_at(drawn, surface, np.array([9000, 5])) == one[:, [9000, 5]]).all()
    assert (starts.starts_at({**drawn, "own": False}, surface, np.arange(1))[:, 0] != surface.start).all()
    grid = starts.starts_at({"grid": [3, 2]}, surface, np.arange(6))
    (left, right), (below, above) = surface.xlim, surface.ylim
    assert grid[0].tolist() == [left, (left + right) / 2, right] * 2
    assert grid[1].tolist() == [below] * 3 + [above] * 3


def test_a_job_is_plain_data_with_a_hash_of_its_own():
    job = small_job()
    assert json.loads(jobs.canonical(job)) == job
    assert jobs.hash_of(job) == jobs.hash_of(dict(reversed(job.items()))) != jobs.hash_of(small_job(steps=41))
    with pytest.raises(ov.BadInput, match="learning_rate has 2 values and beta_1 has 1"):
        small_job(vary=[{"learning_rate": [0.1, 0.2], "beta_1": [0.5]}])
    with pytest.raises(ov.BadInput, match="did you mean 'learning_rate'"):
        jobs.run_block(small_job(vary=[{"learning_rte": [0.1]}]))


def gathered(executor, blocks):
    return dict(executor.map_unordered(blocks))


def test_processes_agree_and_one_that_is_killed_is_replaced():
    blocks = [*jobs.blocks_of(small_job(), 20)]
    here = gathered(InProcess(), blocks)
    told, killed = {}, False
    executor = Processes(1)
    broken = small_job(vary=[{"learning_rate": [-1.0]}])
    for k, found in executor.map_unordered(iter([*blocks, broken])):
        told[k] = found
        if not killed:
            killed = kill_a_child()
    assert killed and isinstance(told.pop(len(blocks)), Failure)
    assert told.keys() == here.keys() and all(isinstance(found, Result) for found in told.values())
    for k, found in told.items():
        same(found.columns, here[k].columns)


def kill_a_child():
    """Kill one process that this one started, where the system tells which they are."""
    file = f"/proc/{os.getpid()}/task/{os.getpid()}/children"
    threads = os.listdir(f"/proc/{os.getpid()}/task") if os.path.exists(file) else []
    children = [
        child for thread in threads
        for child in Path(f"/proc/{os.getpid()}/task/{thread}/children").read_text().split()
    ]  # fmt: skip
    if not children:
        pytest.skip("this system does not tell the children of a process")
    os.kill(int(children[0]), signal.SIGKILL)
    return True
