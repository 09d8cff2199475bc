"""Weight logs: bytes that numpy reads, growth that survives a kill, and hostile files."""

import json
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path
from struct import pack_into

import numpy as np
import pytest

import optiviz as ov
from optiviz.runs.model_weights import weights_of_model
from optiviz.runs.weight_log import (
    LogWriter,
    first_rows,
    header_bytes,
    member_head,
    npy_head,
    read_weight_log,
)


def written(path, rows, dtype="float64", losses=None, variables=None):
    with LogWriter(path, variables or {"w": (rows.shape[1],)}, "last", dtype) as log:
        for k, row in enumerate(rows):
            log.write(10 * k, row, np.nan if losses is None else losses[k])
    return path


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_numpy_and_zip_read_what_was_written(tmp_path, dtype):
    rows = np.random.default_rng(0).normal(size=(3, 6))
    path = written(tmp_path / "a.npz", rows, dtype, [3.0, 2.0, 1.0], {"k": (2, 2), "b": (2,)})
    assert zipfile.ZipFile(path).testzip() is None  # every checksum
    found = np.load(path)
    np.testing.assert_array_equal(found["weights/000000000020"], rows[2].astype(dtype))
    assert found["loss/000000000010"] == 2.0
    log = read_weight_log(path)
    assert log.variables == {"k": (2, 2), "b": (2,)} and log.rows.dtype == dtype
    np.testing.assert_array_equal(log.rows, rows.astype(dtype))
    assert log.at.tolist() == [0, 10, 20] and log.losses.tolist() == [3.0, 2.0, 1.0]


def test_the_same_run_gives_the_same_bytes(tmp_path):
    rows = np.arange(12.0).reshape(3, 4)
    one, two = (written(tmp_path / name, rows).read_bytes() for name in ("a.npz", "b.npz"))
    assert one == two


def test_a_torn_end_costs_the_last_record_alone(tmp_path):
    rows = np.arange(40.0).reshape(4, 10)
    whole = written(tmp_path / "a.npz", rows).read_bytes()
    log = LogWriter(tmp_path / "b.npz", {"w": (10,)}, "last", "float64")
    begins, length = log.layout.begins, log.layout.length
    log.close()
    for cut in (begins + 3 * length, begins + 3 * length + 1, begins + 4 * length - 1):
        (tmp_path / "cut.npz").write_bytes(whole[:cut])
        assert read_weight_log(tmp_path / "cut.npz").at.tolist() == [0, 10, 20]
    (tmp_path / "cut.npz").write_bytes(whole[: begins + length - 1])
    with pytest.raises(ov.BadInput, match="has no whole record yet"):
        read_weight_log(tmp_path / "cut.npz")


def test_a_killed_process_leaves_its_records(tmp_path):
    code = (
        "import sys, time, numpy as np\n"
        "from optiviz.runs.weight_log import LogWriter\n"
        "log = LogWriter(sys.argv[1], {'w': (1000,)}, 'last', 'float32')\n"
        "for k in range(10**6):\n"
        "    log.write(k, np.full(1000, float(k)))\n"
        "    if k == 50: print('fifty', flush=True)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "a.npz")], stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stdout.readline() == b"fifty\n"
    process.send_signal(signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
    process.wait()
    process.stdout.close()
    log = read_weight_log(tmp_path / "a.npz")
    assert len(log.at) > 50 and (log.at == np.arange(len(log.at))).all()
    np.testing.assert_array_equal(log.rows, np.repeat(log.at, 1000).reshape(-1, 1000))


def test_going_on_after_a_kill(tmp_path):
    rows = np.arange(40.0).reshape(4, 10)
    path = written(tmp_path / "a.npz", rows)
    path.write_bytes(path.read_bytes()[:-100])  # without its directory, the last loss torn
    with LogWriter(path, {"w": (10,)}, "last", "float64", append=True) as log:
        assert log.steps[-1] in (20, 30)
        log.write(40, rows[0])
    assert zipfile.ZipFile(path).testzip() is None
    assert read_weight_log(path).at[-1] == 40
    with pytest.raises(ov.BadInput, match="is a log of other variables"):
        LogWriter(path, {"other": (10,)}, "last", "float64", append=True)


def test_long_logs_stay_in_their_file(tmp_path, monkeypatch):
    rows = np.random.default_rng(0).normal(size=(7, 11))
    path = written(tmp_path / "a.npz", rows)
    monkeypatch.setattr("optiviz.runs.weight_log.MAX_MAPPED", 100)
    mapped = read_weight_log(path).rows
    assert not isinstance(mapped, np.ndarray) and mapped.shape == (7, 11) and len(mapped) == 7
    np.testing.assert_array_equal(mapped[np.array([0, 3]), 2:5], rows[[0, 3], 2:5])
    np.testing.assert_array_equal(mapped[-1], rows[-1])
    np.testing.assert_array_equal(first_rows(mapped, 2)[1:], rows[1:2])


def test_a_directory_in_the_long_form(tmp_path, monkeypatch):
    """What 65,535 members need of zip, written for few and read by Python's own zipfile."""
    monkeypatch.setattr("optiviz.runs.weight_log.MOST_ENTRIES", 5)
    path = written(tmp_path / "a.npz", np.arange(12.0).reshape(4, 3))
    assert b"PK\6\6" in path.read_bytes()
    with zipfile.ZipFile(path) as file:
        assert file.testzip() is None and len(file.namelist()) == 9


# ---- hostile files


def changed_header(path, **changes):
    """The same records behind a header that says something else."""
    head = json.loads(str(np.load(path)["header"])) | changes
    text = np.array(json.dumps(head))
    body = path.read_bytes()
    old = read_weight_log(path)
    begins = len(header_bytes(old.variables, old.filters, str(old.rows.dtype)))
    head_bytes = npy_head(text.dtype.str, ()) + text.tobytes()
    path.write_bytes(member_head("header.npy", 0, len(head_bytes)) + head_bytes + body[begins:])


@pytest.mark.parametrize(
    "changes",
    [
        {"dtype": "object"},
        {"dtype": "O"},
        {"variables": [["w", [10**15]]]},
        {"variables": [["w", [-4]]]},
        {"variables": [["w", [2.5]]]},
        {"variables": [["w", [2] * 40]]},
        {"variables": []},
        {"variables": "w"},
        {"filters": "middle"},
        {"optiviz": "trajectories"},
        {"format": "1"},
    ],
)
def test_headers_that_lie_are_refused(tmp_path, changes):
    path = written(tmp_path / "a.npz", np.arange(8.0).reshape(2, 4))
    changed_header(path, **changes)
    with pytest.raises(ov.BadInput, match="is no log of weights|has no whole record|is damaged"):
        read_weight_log(path)


def test_a_newer_format_is_named(tmp_path):
    path = written(tmp_path / "a.npz", np.arange(8.0).reshape(2, 4))
    changed_header(path, format=2)
    with pytest.raises(ov.BadInput, match="has the format 2; this optiviz reads up to 1"):
        read_weight_log(path)


def test_more_weights_than_the_file_has(tmp_path):
    path = written(tmp_path / "a.npz", np.arange(8.0).reshape(2, 4))
    changed_header(path, variables=[["w", [100_000_000]]])  # 800 MB a record: nothing is allocated for it
    with pytest.raises(ov.BadInput, match="has no whole record yet"):
        read_weight_log(path)


def test_other_files_are_refused(tmp_path):
    np.savez(tmp_path / "objects.npz", np.array([{"a": 1}], dtype=object))
    np.savez_compressed(tmp_path / "packed.npz", np.zeros(9))
    (tmp_path / "empty.npz").write_bytes(b"")
    (tmp_path / "text.npz").write_text("not a zip, but long enough to be looked at as one")
    for name in ("objects", "packed", "empty", "text"):
        with pytest.raises(ov.BadInput, match="is no log of weights"):
            read_weight_log(tmp_path / f"{name}.npz")
    with pytest.raises(ov.BadInput, match="cannot be read"):
        read_weight_log(tmp_path / "missing.npz")
    with pytest.raises(ov.BadInput, match="recorded in an .npz"):
        read_weight_log("a.txt")


def test_a_header_longer_than_allowed(tmp_path):
    path = written(tmp_path / "a.npz", np.arange(8.0).reshape(2, 4))
    data = bytearray(path.read_bytes())
    pack_into("<LL", data, 18, 2**31, 2**31)
    path.write_bytes(data)
    with pytest.raises(ov.BadInput, match="is no log of weights"):
        read_weight_log(path)


def test_steps_must_go_up(tmp_path):
    with LogWriter(tmp_path / "a.npz", {"w": (2,)}) as log:
        log.write(3, np.zeros(2))
        with pytest.raises(ov.BadInput, match="steps must go up"):
            log.write(3, np.zeros(2))
        with pytest.raises(ov.BadInput, match="the model had 2 weights"):
            log.write(4, np.zeros(3))
    with pytest.raises(ov.BadInput, match="must be float16, float32, float64"):
        LogWriter(tmp_path / "b.npz", {"w": (2,)}, "last", "int8")


# ---- recorders without a framework


class Tensor:
    """What a recorder asks of a parameter of torch."""

    requires_grad = True

    def __init__(self, numbers):
        self.numbers = np.asarray(numbers, dtype=np.float32)
        self.shape = self.numbers.shape

    def detach(self):
        return self

    cpu = detach

    def element_size(self):
        return 4

    def numpy(self):
        return self.numbers


class Module:
    def named_parameters(self):
        return [("weight", Tensor([[1.0, 2.0], [3.0, 4.0]])), ("bias", Tensor([5.0, 6.0]))]


def test_a_module_is_read_by_its_own_names():
    known = weights_of_model(Module())
    assert known.variables == {"weight": (2, 2), "bias": (2,)} and known.filters == "first"
    assert known.row("float32").tolist() == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]


def test_a_tree_and_back():
    tree = {"b": [np.ones(2), (np.zeros(1),)], "a": np.full((1, 2), 7.0)}
    known = weights_of_model(tree)
    assert list(known.variables.items()) == [("a", (1, 2)), ("b/0", (2,)), ("b/1/0", (1,))]
    made = known.loaded({"a": np.zeros((1, 2)), "b/0": np.full(2, 3.0), "b/1/0": np.ones(1)})
    assert made["b"][0].tolist() == [3.0, 3.0] and type(made["b"][1]) is tuple and made["a"].sum() == 0
    with pytest.raises(ov.BadInput, match="a model is a torch module"):
        weights_of_model({"a": np.zeros(2, dtype=int)})
    with pytest.raises(ov.BadInput, match="a model is a torch module"):
        weights_of_model(3)


def test_a_recorder_records_start_multiples_and_end(tmp_path):
    w = np.zeros(3)
    losses = iter(range(100))
    with ov.jax.record({"w": w}, tmp_path / "a.npz", every=4, dtype="float64") as run:
        for _ in range(10):
            w = w + 1
            run.step({"w": w})
    log = read_weight_log(tmp_path / "a.npz")
    assert log.at.tolist() == [0, 4, 8, 10] and log.rows[:, 0].tolist() == [0, 4, 8, 10]
    assert np.isnan(log.losses).all()
    tree = {"w": np.zeros(1)}
    with ov.Recorder(tree, tmp_path / "b.npz", every=1, loss=lambda: next(losses)) as run:
        run.step()
    assert read_weight_log(tmp_path / "b.npz").losses.tolist() == [0.0, 1.0]
    with pytest.raises(ov.BadInput, match="every must be a whole number from 1"):
        ov.Recorder(tree, tmp_path / "b.npz", every=0)


@pytest.mark.parametrize("framework", ["keras", "lightning", "transformers"])
def test_a_missing_framework_is_one_sentence(framework, monkeypatch):
    for name in ("keras", "lightning", "lightning.pytorch", "transformers"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ov.BadInput, match=f"needs {framework}, which is not installed"):
        getattr(ov, framework).Recorder("a.npz")
    with pytest.raises(ov.BadInput, match="from_keras needs keras, which is not installed"):
        ov.from_keras(lambda: None)


def test_importing_the_face_imports_no_framework():
    code = "import sys, optiviz as ov; ov.keras, ov.jax, ov.lightning, ov.transformers, ov.Recorder; "
    code += "print([n for n in ('torch', 'keras', 'jax', 'lightning', 'transformers') if n in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
    assert Path(ov.__file__).name == "__init__.py"
