"""Trajectories in files: the same bytes each time, everything back to the last bit, nothing believed."""

import io
import json
import os
import zipfile

import numpy as np
import pytest

import optiviz as ov
from optiviz._lib import npz as store
from optiviz.runs.save import to_arrays

BOWL = ov.surface("x**2 + y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1, 1))
FIELDS = ("path", "losses", "gradients", "status", "stopped_at", "at")


def same(one, two, fields=FIELDS):
    assert one.label == two.label
    for name in fields:
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
        assert type(getattr(one, name)) is type(getattr(two, name))
    assert vars(one.evaluations).keys() == vars(two.evaluations).keys()
    for name, count in vars(one.evaluations).items():
        np.testing.assert_array_equal(count, getattr(two.evaluations, name))


def race():
    rules = {
        "Adam": ov.Adam(0.1),
        "away": ov.GD(1.5),
        "BFGS": ov.Scipy("BFGS"),
        'an odd "läbel"/': ov.GD(0.1),
    }
    return ov.compare(BOWL, rules, steps=40)


def test_everything_comes_back(tmp_path):
    runs = race()
    runs.save(tmp_path / "race.npz")
    back = ov.Comparison(BOWL, ov.load_trajectories(tmp_path / "race.npz"))
    assert list(back.trajectories) == list(runs.trajectories)
    for label, run in runs.trajectories.items():
        same(run, back.trajectories[label])
        assert list(run.state) == list(back.trajectories[label].state)
        for name, rows in run.state.items():
            np.testing.assert_array_equal(rows, back.trajectories[label].state[name])
    assert back.trajectories["away"].status == "diverged" and back.trajectories["away"].stopped_at == 22


def test_one_run_and_one_of_several(tmp_path):
    run = ov.minimize(BOWL, ov.Adam(0.1), steps=5, label="mine")
    run.save(tmp_path / "one.npz")
    same(run, ov.load_trajectory(tmp_path / "one.npz"))
    race().save(tmp_path / "race.npz")
    assert ov.load_trajectory(tmp_path / "race.npz", "BFGS").label == "BFGS"
    with pytest.raises(ov.BadInput, match="which run. - known: 'Adam', 'away', 'BFGS'"):
        ov.load_trajectory(tmp_path / "race.npz")
    with pytest.raises(ov.BadInput, match="no run 'adam' in it - known: 'Adam'"):
        ov.load_trajectory(tmp_path / "race.npz", "adam")


def test_runs_side_by_side(tmp_path):
    many = ov.minimize(BOWL, ov.Momentum(np.array([0.1, 2.5])), steps=200, start=np.ones((2, 2)), every=7)
    assert many.status.tolist() == ["finished", "diverged"]
    # each asks for one gradient a step, the one that was lost for as many as it took
    assert many.evaluations.gradients.tolist() == [200, many.stopped_at[1]]
    many.save(tmp_path / "many.npz")
    same(many, ov.load_trajectory(tmp_path / "many.npz"))
    with pytest.raises(ov.BadInput, match=r"2 runs side by side; save them as \.npz"):
        many.save(tmp_path / "many.json")


@pytest.mark.parametrize("suffix", [".npz", ".json"])
def test_the_same_run_gives_the_same_bytes(tmp_path, suffix, monkeypatch):
    race().save(tmp_path / f"one{suffix}")
    monkeypatch.setattr("time.time", lambda: 2e9)
    monkeypatch.setattr("time.localtime", lambda *_: (2033, 5, 18, 3, 33, 20, 2, 138, 0))
    os.chmod(tmp_path / f"one{suffix}", 0o600)
    race().save(tmp_path / f"two{suffix}")
    assert (tmp_path / f"one{suffix}").read_bytes() == (tmp_path / f"two{suffix}").read_bytes()
    ov.Comparison(BOWL, ov.load_trajectories(tmp_path / f"one{suffix}")).save(tmp_path / f"three{suffix}")
    assert (tmp_path / f"one{suffix}").read_bytes() == (tmp_path / f"three{suffix}").read_bytes()


def test_numpy_reads_it(tmp_path):
    run = ov.minimize(BOWL, ov.Momentum(0.1, 0.5), steps=3)
    run.save(tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz", allow_pickle=False) as file:
        np.testing.assert_array_equal(file["0/path"], run.path)
        np.testing.assert_array_equal(file["0/state/velocity"], run.state["velocity"])
        assert json.loads(str(file["header"])) == {
            "optiviz": "trajectories",
            "format": 1,
            "runs": ["Momentum"],
        }


def test_text_is_for_eyes_and_exact(tmp_path):
    # x = 1, 0.8, 0.54; loss 2, 1.28, 0.5832: as in test_run
    run = ov.minimize(BOWL, ov.Momentum(0.1, 0.5), steps=2)
    run.save(tmp_path / "a.json")
    lines = (tmp_path / "a.json").read_text().splitlines()
    assert lines[10].strip() == '{"step": 0, "asked": [0, 0], "loss": 2.0, "theta": [1.0, 1.0]},'
    assert len([line for line in lines if '"step"' in line]) == 3
    back = ov.load_trajectory(tmp_path / "a.json")
    same(run, back, ("path", "losses", "status", "stopped_at", "at"))
    assert not len(back.gradients) and not back.state
    nowhere = ov.surface("sqrt(x) + y**2", xlim=(-1, 1), ylim=(-1, 1), start=(-0.5, 0))
    ov.minimize(nowhere, ov.GD()).save(tmp_path / "nan.json")
    assert json.loads((tmp_path / "nan.json").read_text())["runs"]["GD"]["rows"][0]["loss"] == "nan"
    assert np.isnan(ov.load_trajectory(tmp_path / "nan.json").losses[0])


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    target = tmp_path / "a.npz"
    race().save(target)
    before = target.read_bytes()
    monkeypatch.setattr(store.npy, "write_array", lambda *_, **__: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        race().save(target)
    assert target.read_bytes() == before and os.listdir(tmp_path) == ["a.npz"]


# ---- files that somebody else made


def with_header(**changes):
    arrays = to_arrays({"GD": ov.minimize(BOWL, ov.GD(), steps=3)})
    return {**arrays, "header": np.array(json.dumps(json.loads(str(arrays["header"])) | changes))}


def test_a_newer_format_is_refused(tmp_path):
    store.write_arrays(tmp_path / "new.npz", with_header(format=2))
    with pytest.raises(
        ov.BadInput, match="has the format 2; this optiviz reads up to 1 - a newer one wrote it"
    ):
        ov.load_trajectories(tmp_path / "new.npz")
    text = json.dumps({"optiviz": "trajectories", "format": 99, "runs": {"a": {}}})
    (tmp_path / "new.json").write_text(text)
    with pytest.raises(ov.BadInput, match="has the format 99"):
        ov.load_trajectories(tmp_path / "new.json")


@pytest.mark.parametrize(
    "changes",
    [
        {"optiviz": "sweep"},
        {"format": "1"},
        {"format": 0},
        {"runs": []},
        {"runs": ["a", "a"]},
        {"runs": ["a", "b"]},
    ],
)
def test_a_header_that_does_not_fit_is_refused(tmp_path, changes):
    store.write_arrays(tmp_path / "odd.npz", with_header(**changes))
    with pytest.raises(ov.BadInput, match=r"odd\.npz: (is|has) "):
        ov.load_trajectories(tmp_path / "odd.npz")


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("0/path", np.zeros((3, 2))),
        ("0/path", np.zeros(4)),
        ("0/losses", np.zeros((4, 2))),
        ("0/gradients", np.zeros((4, 2))),
        ("0/state/velocity", np.zeros((4, 3))),
        ("0/status", np.array("lost")),
        ("0/at", np.array([0, 2, 1, 3])),
        ("0/at", np.array([1, 2, 3, 4])),
        ("0/at", np.array([0, 1, 1, 2])),  # a step twice
        ("0/at", np.zeros(4)),
        ("0/path", np.full((4, 2), "x")),
        ("0/evaluations/values_at", np.zeros(3, int)),
    ],
)
def test_arrays_that_do_not_fit_are_refused(tmp_path, name, array):
    store.write_arrays(tmp_path / "odd.npz", {**with_header(), name: array})
    with pytest.raises(ov.BadInput, match="is damaged, or not a file of trajectories"):
        ov.load_trajectories(tmp_path / "odd.npz")


def test_every_flipped_byte_is_told_or_harmless(tmp_path):
    ov.minimize(BOWL, ov.GD(), steps=2).save(tmp_path / "a.npz")
    good = (tmp_path / "a.npz").read_bytes()
    rng = np.random.default_rng(0)
    for place in rng.integers(len(good), size=300):
        bad = bytearray(good)
        bad[place] ^= int(rng.integers(1, 256))
        (tmp_path / "b.npz").write_bytes(bad)
        try:
            run = ov.load_trajectory(tmp_path / "b.npz")
        except ov.BadInput as error:
            assert "\n" not in str(error)
        else:  # a date, a permission: nothing that counts
            assert run.path.tolist() == ov.load_trajectory(tmp_path / "a.npz").path.tolist()


@pytest.mark.parametrize("length", [0, 1, 100, 1000])
def test_torn_files_are_told(tmp_path, length):
    race().save(tmp_path / "a.npz")
    (tmp_path / "b.npz").write_bytes((tmp_path / "a.npz").read_bytes()[:length])
    with pytest.raises(ov.BadInput, match="is damaged, or not a file that optiviz wrote"):
        ov.load_trajectories(tmp_path / "b.npz")


@pytest.mark.parametrize(
    "text", ["", "{", "[1]", "3", '{"optiviz": "trajectories"}', "[" * 5000,
             '{"optiviz": "trajectories", "format": 1, "runs": {"a": {"rows": 3}}}',
             '{"optiviz": "trajectories", "format": 1, "runs": {"a": 1}}',
             '{"optiviz": "trajectories", "format": 1, "runs": {"a": {"rows": [], "status": "finished", '
             '"stopped_at": null, "values": 0, "gradients": 0}}}'],
)  # fmt: skip
def test_other_json_is_told(tmp_path, text):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(ov.BadInput, match=r"a\.json: (is|has)"):
        ov.load_trajectories(tmp_path / "a.json")


class Trap:
    """What a pickle would run."""

    def __reduce__(self):
        return (os.abort, ())


def test_pickles_are_refused(tmp_path):
    trap = np.array([Trap()], dtype=object)
    np.savez(tmp_path / "trap.npz", header=trap)
    with pytest.raises(ov.BadInput, match="arrays of a foreign kind"):
        ov.load_trajectories(tmp_path / "trap.npz")


def npy_header(shape):
    stream = io.BytesIO()
    header = {"descr": "<f8", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, header)
    return stream.getvalue()


@pytest.mark.parametrize("shape", [(2**40,), (2**62, 4), (-1,), (2**70,), (0, 2**60, 3)])
def test_an_array_that_claims_more_than_there_is(tmp_path, shape):
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w") as file:
        file.writestr("header.npy", npy_header(shape) + bytes(64))
    with pytest.raises(ov.BadInput, match="an array of another length than it says"):
        ov.load_trajectories(tmp_path / "bomb.npz")


def test_a_zip_bomb_is_refused_unread(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("header.npy", npy_header((2**21,)) + bytes(2**24))
    assert (tmp_path / "bomb.npz").stat().st_size < 2**16
    with pytest.raises(ov.BadInput, match="it is compressed"):
        ov.load_trajectories(tmp_path / "bomb.npz")


def test_a_member_that_claims_more_than_the_file(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as file:
        file.writestr("header.npy", bytes(100))
    data = bytearray((tmp_path / "a.npz").read_bytes())
    entry = data.index(b"PK\x01\x02")
    data[entry + 20 : entry + 28] = (2**31).to_bytes(4, "little") * 2  # both sizes in the directory
    (tmp_path / "a.npz").write_bytes(data)
    with pytest.raises(ov.BadInput, match="its parts claim more than its length"):
        ov.load_trajectories(tmp_path / "a.npz")


def test_a_member_that_is_listed_twice_counts_twice(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as file:
        file.writestr("header.npy", bytes(600))
        file.filelist.append(file.filelist[0])  # 2 x 600 bytes in a file of 600 and some 200 for its lists
    assert 600 < (tmp_path / "a.npz").stat().st_size < 1200
    with pytest.raises(ov.BadInput, match="its parts claim more than its length"):
        ov.load_trajectories(tmp_path / "a.npz")


def test_places_that_cannot_be_read_or_written(tmp_path, monkeypatch):
    with pytest.raises(ov.BadInput, match="cannot be read: No such file"):
        ov.load_trajectories(tmp_path / "none.npz")
    (tmp_path / "folder.npz").mkdir()
    with pytest.raises(ov.BadInput, match="is not a file"):
        ov.load_trajectories(tmp_path / "folder.npz")
    with pytest.raises(ov.BadInput, match=r"a file of trajectories ends in .npz, .json, .csv"):
        race().save(tmp_path / "a.gif")
    with pytest.raises(ov.BadInput, match="there is no folder"):
        race().save(tmp_path / "none" / "a.npz")
    race().save(tmp_path / "a.npz")
    monkeypatch.setattr(store, "MAX_FILE", 1000)
    with pytest.raises(ov.BadInput, match="the limit is"):
        ov.load_trajectories(tmp_path / "a.npz")


@pytest.mark.parametrize("more", [0, 1])
def test_a_file_has_at_most_four_gibibytes(tmp_path, more):
    """A file with a hole: it takes no room on the disk."""
    path = tmp_path / "long.npz"
    with open(path, "wb") as file:
        file.truncate(4 * 1024**3 + more)
    if more:
        with pytest.raises(ov.BadInput, match="long.npz: has 4.0 GiB; the limit is 4 GiB"):
            ov.load_trajectories(path)
    else:
        assert store.checked_file_size(path) == 4 * 1024**3
