"""Runs that others have logged: from arrays, and as CSV there and back."""

import numpy as np
import pytest

import optiviz as ov
from optiviz._lib.errors import BadInput


def test_logged_weights_are_a_run_like_ours():
    # f = x^2 + y^2, rate 0.25: every step halves
    path = [[2.0, 4.0], [1.0, 2.0], [0.5, 1.0]]
    run = ov.Trajectory.of(path, losses=[20.0, 5.0, 1.25], label="mine")
    ours = ov.minimize(ov.sphere, ov.GD(0.25), steps=2, start=(2.0, 4.0), label="ours")
    np.testing.assert_allclose(run.path, ours.path)
    np.testing.assert_allclose(run.losses, ours.losses)
    assert (run.status, run.stopped_at, run.steps, run.at.tolist()) == ("finished", None, 2, [0, 1, 2])
    assert run.gradients.shape == (0, 2) and run.positions is run.path
    race = ov.Comparison(ov.sphere, {"mine": run, "ours": ours})
    assert ov.still(race)[..., :3].min() < 100  # it is drawn
    computed = ov.Trajectory.of(np.array(path), losses=lambda theta: theta @ theta)
    assert computed.losses.tolist() == [20.0, 5.0, 1.25]


def test_logged_every_so_often_and_lost():
    run = ov.Trajectory.of([1.0, 2.0, np.nan, 3.0], [1.0, 4.0, np.nan, 9.0], at=[0, 10, 20, 30])
    assert (run.status, run.stopped_at, run.path.tolist(), run.at.tolist()) == (
        "diverged", 20, [[1.0], [2.0]], [0, 10],
    )  # fmt: skip
    lost = ov.Trajectory.of([[1.0], [2.0]], [1.0, 4.0], diverged=True)
    assert (lost.status, lost.stopped_at) == ("diverged", 2)


ROWS = "path must have a row of weights for each step, got the shape"


@pytest.mark.parametrize(
    ("path", "losses", "more", "message"),
    [
        (
            [1.0, 2.0],
            [1.0],
            {},
            "losses must have one number for each of the 2 rows of path, got the shape (1,)",
        ),
        ([[1.0], [2.0, 3.0]], [1.0, 2.0], {}, "path must be numbers, in rows of equal length"),
        (np.zeros((2, 2, 2)), [1.0, 2.0], {}, f"{ROWS} (2, 2, 2)"),
        ([], [], {}, f"{ROWS} (0, 1)"),
        ([1.0, 2.0], [1.0, 2.0], {"at": [1, 2]}, "at must be whole numbers that count up from 0"),
        ([1.0, 2.0], [1.0, 2.0], {"at": [0, 0.5]}, "at must be whole numbers that count up from 0"),
        ([np.inf, 2.0], [1.0, 2.0], {}, "the first row of path is not finite"),
    ],
)
def test_logs_that_do_not_fit(path, losses, more, message):
    with pytest.raises(BadInput) as refused:
        ov.Trajectory.of(path, losses, **more)
    assert str(refused.value) == message


def test_csv_there_and_back_to_the_last_bit(tmp_path):
    race = ov.compare(ov.beale, {"GD, 0.01": ov.GD(0.01), "wild": ov.GD(2.0)}, steps=20)
    race.save(tmp_path / "race.csv")
    text = (tmp_path / "race.csv").read_text()
    assert text.splitlines()[0] == "run,step,x,y,loss,status"
    # (1.5 - 1 + 1.5)^2 + (2.25 - 1 + 2.25)^2 + (2.625 - 1 + 3.375)^2 = 4 + 12.25 + 25
    assert text.splitlines()[1] == '"GD, 0.01",0,1.0,1.5,41.25,finished'
    back = ov.load_trajectories(tmp_path / "race.csv")
    assert list(back) == ["GD, 0.01", "wild"]
    for label, run in race.trajectories.items():
        assert (back[label].path == run.path).all() and (back[label].losses == run.losses).all()
        assert (back[label].status, back[label].stopped_at) == (run.status, run.stopped_at)
    assert race.trajectories["wild"].status == "diverged"


def test_a_log_of_others_reads(tmp_path):
    log = tmp_path / "log.csv"
    log.write_bytes("\ufeffstep,w,b,loss\r\n0,1,2,5\r\n5,0.5,1,1.25\r\n\r\n".encode())
    run = ov.load_trajectory(log)
    assert (run.label, run.at.tolist(), run.losses.tolist()) == ("log", [0, 5], [5.0, 1.25])
    assert run.path.tolist() == [[1.0, 2.0], [0.5, 1.0]]
    log.write_text("w\n3\n2\n")
    assert ov.load_trajectory(log).path.tolist() == [[3.0], [2.0]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("step,loss\n0,1\n", "log.csv:1: no column is a coordinate: step, loss"),
        ("w\n1\ntwo\n", "log.csv:3: column 'w': 'two' is no number"),
        ("w,v\n1,2\n1\n", "log.csv:3: 1 cells under 2 columns"),
        ("w,w\n1,2\n", "log.csv:1: two columns have the same name"),
        ("w\n", "log.csv: there is no row under the names of the columns"),
        ("step,w\n1,2\n", "log.csv: run 'log': at must be whole numbers that count up from 0"),
    ],
)
def test_faults_of_a_log_have_their_line(text, message, tmp_path):
    (tmp_path / "log.csv").write_text(text)
    with pytest.raises(BadInput) as refused:
        ov.load_trajectory(tmp_path / "log.csv")
    assert str(refused.value) == f"{tmp_path}/{message}"
