"""Sweeps: jobs as plain data, executors that agree to the byte, the store, the spec file, the commands."""

import csv
import json
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import optiviz as ov
from optiviz.analysis import starts
from optiviz.cli import cli
from optiviz.league import jobs
from optiviz.league.executors import Failure, InProcess, Processes, Result
from optiviz.league.spec import read_spec, spec_of
from optiviz.league.store import open_store
from optiviz.league.sweep import stored_columns, work_off

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


# ------------------------------------------------------------------------------------------ store and sweep


SPEC = """
steps = 30
seeds = 2
starts = { count = 3, own = false }
targets = [0.1]

[problems]
booth = { surface = "booth" }
noisy = { surface = "himmelblau", noise = 0.1 }

[runs]
GD = { optimizer = "gd", vary = { learning_rate = [0.01, 0.1, 0.2] } }
Heavy = { optimizer = "momentum", vary = { momentum = { low = 0, high = 0.9, count = 4 } } }
"""


def spec(text=SPEC, folder=Path("."), name="spec.toml"):
    return spec_of(text, name, folder)


def worked_off(store, executor=None, text=SPEC):
    """How many blocks were worked out, each of at most 10 runs."""
    found = spec(text)
    store.begin(found.title, text, found.legs)
    return len([*work_off([leg.job for leg in found.legs], store, executor or InProcess())])


@pytest.fixture
def narrow(monkeypatch):
    """Blocks of ten runs."""
    monkeypatch.setattr(jobs, "WIDEST", 10)


def test_a_sweep_that_was_stopped_goes_on_with_what_is_missing(tmp_path, narrow):
    # 2 problems: GD has 2 * 3 * 3 = 18 runs, 2 blocks; Heavy has 2 * 3 * 4 = 24 runs, 3 blocks
    with open_store(tmp_path / "whole.db") as store:
        assert worked_off(store) == 10
        whole = [stored_columns(leg.job, store) for leg in store.legs()]
        assert worked_off(store) == 0
    with open_store(tmp_path / "parts.db") as store:
        found = spec()
        store.begin("", SPEC, found.legs)
        news = work_off([leg.job for leg in found.legs], store, InProcess())
        for _ in range(4):
            next(news)
        news.close()
    with open_store(tmp_path / "parts.db", new=False) as store:
        assert sum(len(store.done(leg.job)) for leg in store.legs()) == 4
        assert worked_off(store) == 6
        for one, leg in zip(whole, store.legs(), strict=True):
            same(one, stored_columns(leg.job, store))
        more = SPEC + 'Adam = { optimizer = "adam" }\n'  # 6 runs on each problem are all that is new
        assert worked_off(store, text=more) == 2 and len(store.legs()) == 6


def test_a_block_that_fails_is_told_and_tried_again(tmp_path, narrow, monkeypatch):
    working = jobs.run_block

    def sick(job):
        if job["block"] == [10, 18] and job["run"]["optimizer"] == "gd":
            raise ZeroDivisionError("for once")
        return working(job)

    monkeypatch.setattr("optiviz.league.executors.run_block", sick)
    with open_store(tmp_path / "r.db") as store:
        assert worked_off(store) == 10
        legs = store.legs()
        assert [len(store.done(leg.job)) for leg in legs] == [1, 3, 1, 3]
        assert store.failures(legs[0].job) == {(10, 18): "ZeroDivisionError: for once"}
        monkeypatch.setattr("optiviz.league.executors.run_block", working)
        assert worked_off(store) == 2 and store.failures(legs[0].job) == {}


def test_a_full_disk_and_a_locked_store_end_in_a_sentence(tmp_path, narrow, monkeypatch):
    path = tmp_path / "r.db"
    with open_store(path) as store:
        pages = store.connection.execute("PRAGMA page_count").fetchone()[0]
        store.connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.raises(OSError, match="the disk is full; what was done is kept"):
            worked_off(store)
        kept = sum(len(store.done(leg.job)) for leg in store.legs())
        store.connection.execute("PRAGMA max_page_count = 100000")
        assert kept < 10 and worked_off(store) == 10 - kept
    monkeypatch.setattr("optiviz.league.store.PATIENCE", 0.05)
    held = pytest.raises(ov.BadInput, match=r"r\.db: another program is writing to it")
    with open_store(path) as other, open_store(path) as store, other.transaction(), held:
        worked_off(store)
    path.write_bytes(b"no database at all, but some text that is long enough " * 20)
    with pytest.raises(ov.BadInput, match="is no store of results"), open_store(path):
        pass


def test_results_that_were_changed_are_told(tmp_path):
    with open_store(tmp_path / "r.db") as store:
        worked_off(store)
        job = store.legs()[0].job
        store.connection.execute("UPDATE result SET data = zeroblob(length(data)) WHERE name = 'loss'")
        with pytest.raises(ov.BadInput, match="changed or damaged"):
            stored_columns(job, store)


@pytest.mark.parametrize(
    "text, told",
    [
        ("steps = 5", ["spec.toml:1: [problems] needs a table", "spec.toml:1: [runs] needs a table"]),
        (SPEC.replace("steps = 30", "stps = 30"), [":2: stps: unknown setting 'stps' - did you mean 'steps'?",
                                                   ":1: 'steps' is missing"]),
        (SPEC.replace("[0.1]", "[0.1, 2]"), [":5: targets: must be shares of the drop"]),
        (SPEC.replace("booth\" }", "both\" }"), [":8: problems.booth.surface: unknown surface 'both'"]),
        (SPEC.replace("momentum = {", "momentun = {"), [":13: runs.Heavy.vary.momentun: unknown"]),
        (SPEC.replace("count = 4", "count = 1e9"), [":13: runs.Heavy.vary.momentum: count must"]),
        (SPEC.replace("high = 0.9", "high = 1.9"), [":13: runs.Heavy.vary.momentum: Momentum: "]),
        (SPEC.replace("seeds = 2", "seeds = [1, 1]"), [":3: seeds: must be up to 10,000 whole numbers"]),
        (SPEC.replace("count = 3", "count = 99999999999"), [":4: starts: must be a count from 1"]),
        (SPEC.replace("\"gd\"", "\"gd\", batch_size = 3"), [":12: runs.GD.batch_size: belongs to"]),
        (SPEC.replace("{ surface = \"booth\" }", "3"), [":8: problems.booth: must be a table"]),
        (SPEC.replace('surface = "booth"', 'data = { csv = "../x.csv", x = "a", y = "b" }'),
         [":8: problems.booth.data.csv: file '../x.csv': a name with '..' may leave"]),
        (SPEC.replace("count = 3, own = false", "grid = [1, 99999]"), [":4: starts: grid must be two whole"]),
        ('[problems.a]\nsurface = "both"', [":2: problems.a.surface: unknown", "[runs] needs a table"]),
        ("a" * 70_000, ["larger than 65,536 bytes"]),
    ],
)  # fmt: skip
def test_faults_of_a_sweep_file_stand_on_their_lines(text, told, tmp_path):
    file = tmp_path / "spec.toml"
    file.write_text(text)
    with pytest.raises(ov.BadInput) as refused:
        read_spec(file)
    for part in told:
        assert part in str(refused.value)
    assert "panel" not in str(refused.value)  # a sweep has none


def test_data_of_a_csv_file_go_with_the_job(tmp_path):
    (tmp_path / "d.csv").write_bytes("x;y\n0;1\n1;3\n2;5\n3;7,5 \xb0\n".replace(" \xb0", "").encode("utf-16"))
    text = """
steps = 40
levels = [0.05]
[problems]
line = { data = { csv = "d.csv", x = "x", y = "y", encoding = "utf-16" }, start = [0, 0] }
[runs]
GD = { optimizer = "gd", learning_rate = 0.2 }
"""
    (leg,) = spec(text, tmp_path).legs
    (tmp_path / "d.csv").unlink()
    found = jobs.run_block(json.loads(jobs.canonical(leg.job)))
    # least squares through (0, 1), (1, 3), (2, 5), (3, 7.5): slope 2.15, intercept 0.9, mean square 0.01875
    assert found["steps_to_0.05"][0] > 0 and abs(found["loss"][0] - 0.01875) < 0.02


# ------------------------------------------------------------------------------------------ commands


def run(*words):
    done = CliRunner().invoke(cli, [str(word) for word in words])
    return done.exit_code, done.stdout, done.stderr


def test_the_commands(tmp_path, narrow, monkeypatch):
    file, store, table = tmp_path / "s.toml", tmp_path / "r.db", tmp_path / "r.csv"
    file.write_text(SPEC)
    assert run("sweep", file, "-o", store, "-n")[2].endswith("84 runs of 4 pairs of a rule and a problem\n")
    code, out, _ = run("sweep", file, "-o", store, "-j", 1)
    assert (code, out) == (0, f"{store}\n")
    code, _, err = run("sweep", file, "-o", store, "-j", 1)
    assert code == 2 and "--resume goes on with it" in err
    code, out, _ = run("sweep", file, "-o", store, "-j", 1, "--resume", "--json")
    assert json.loads(out) == {"path": str(store), "runs": 84, "failed": 0}
    assert run("export", store, "-o", table)[0] == 0
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert len(rows) == 84 and list(rows[0])[:6] == [
        "problem",
        "run",
        "seed",
        "start",
        "learning_rate",
        "momentum",
    ]
    row = rows[42 + 18 + 12 + 4 + 3]  # noisy, Heavy, seed 1, start 1, the last momentum
    assert [row[key] for key in ("problem", "run", "seed", "start", "learning_rate", "momentum")] == [
        "noisy", "Heavy", "1", "1", "", "0.9"]  # fmt: skip
    noisy = replace(ov.surfaces["himmelblau"], noise=0.1)
    begun = starts.starts_at({"count": 3, "own": False}, noisy, np.array([1]))
    alone = ov.minimize(noisy, ov.Momentum(0.01, 0.9), steps=30, start=begun, seed=1)
    assert float(row["loss"]) == alone.losses[-1, 0] and float(row["x"]) == alone.path[-1, 0, 0]
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    code, _, err = run("export", store, "-o", tmp_path / "r.parquet")
    assert (code, err) == (2, "Parquet needs pyarrow, which is not installed: pip install pyarrow\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r.csv", "r.db", "s.toml"]
    assert run("export", tmp_path / "none.db", "-o", table)[0] == 2
    assert "known: .csv, .parquet" in run("export", store, "-o", tmp_path / "r.xls")[2]


def test_ctrl_c_keeps_what_is_done(tmp_path, narrow, monkeypatch):
    file, store = tmp_path / "s.toml", tmp_path / "r.db"
    file.write_text(SPEC)
    working, calls = jobs.run_block, []

    def interrupted(job):
        calls.append(job)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return working(job)

    monkeypatch.setattr("optiviz.league.executors.run_block", interrupted)
    code, _, err = run("sweep", file, "-o", store, "-j", 1)
    assert code == 130 and "28 of 84 runs are kept; --resume goes on with them" in err  # 10 + 8 + 10
    code, out, _ = run("sweep", file, "-o", store, "-j", 1, "--resume")
    assert code == 0 and len(calls) == 4 + 7


def test_a_dask_cluster_gives_the_same_bytes(narrow, monkeypatch):
    pytest.importorskip("distributed", reason="dask is not installed: pip install distributed")
    from optiviz.league.cluster import Dask, local_cluster

    blocks = [*jobs.blocks_of(small_job())]
    here = gathered(InProcess(), blocks)
    with local_cluster(1) as address:
        there = gathered(Dask(address), blocks)
    assert there.keys() == here.keys()
    for k, found in there.items():
        same(found.columns, here[k].columns)
    monkeypatch.setattr("optiviz.league.cluster.PATIENCE", "0.5s")
    with pytest.raises(ov.BadInput, match="no Dask scheduler answers there"):
        gathered(Dask("tcp://127.0.0.1:1"), blocks)
