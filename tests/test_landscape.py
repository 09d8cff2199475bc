"""Landscapes of recorded runs: against planes that torch computed, in pictures and scenes, from bad files."""

import json
from pathlib import Path

import numpy as np
import pytest

import optiviz as ov
from optiviz._lib.npz import read_arrays, write_arrays
from optiviz.runs.weight_log import LogWriter
from optiviz.scenefile.recorded import recorded_problem

ROOT = Path(__file__).parents[1]
SHAPES = {
    "0.weight": (8, 3), "0.bias": (8,), "2.weight": (4, 8), "2.bias": (4,), "4.weight": (2, 4),
    "4.bias": (2,),
}  # fmt: skip
CLOSE = {"float32": 1e-6, "float64": 1e-12}


@pytest.fixture(scope="module")
def golden():
    with np.load(ROOT / "tests" / "references" / "planes.npz") as file:
        return {name: file[name] for name in file.files}


@pytest.fixture(scope="module", params=["float32", "float64"])
def net(request, golden, tmp_path_factory):
    """The logs of a net, its loss in numpy, and what torch says of both."""
    known = {k.partition("/")[2]: a for k, a in golden.items() if k.startswith(request.param)}
    folder, logs = tmp_path_factory.mktemp(request.param), {}
    for rule in ("sgd", "adam"):
        logs[rule] = folder / f"{rule}.npz"
        with LogWriter(logs[rule], SHAPES, "first", request.param) as log:
            for k, row in enumerate(known[f"{rule}/rows"]):
                log.write(2 * k, row)
    X, y = known["X"], known["y"]

    def loss(w):
        assert w["0.weight"].dtype == request.param
        a = np.tanh(X @ w["0.weight"].T + w["0.bias"])
        a = np.tanh(a @ w["2.weight"].T + w["2.bias"])
        return np.mean((a @ w["4.weight"].T + w["4.bias"] - y) ** 2)

    return request.param, known, logs, loss


@pytest.mark.parametrize("through", ["pca", "random"])
def test_a_plane_is_the_one_that_torch_computes(net, through):
    kind, known, logs, loss = net
    side = known[f"{through}/side"]
    limits = (side[0], side[-1])
    found = ov.landscape(loss, logs, through=through, seed=7, resolution=len(side), xlim=limits, ylim=limits)
    near = {"rtol": CLOSE[kind], "atol": CLOSE[kind]}
    np.testing.assert_allclose(found.plane.axes, known[f"{through}/axes"], **near)
    np.testing.assert_allclose(found.plane.origin, known[f"{through}/origin"], **near)
    np.testing.assert_allclose(found.plane.z, known[f"{through}/z"], **near)
    for rule in logs:
        run = found.runs[rule]
        assert run.at.tolist() == list(range(0, 25, 2))
        np.testing.assert_allclose(run.path, known[f"{through}/{rule}/where"], **near)
        np.testing.assert_allclose(found.distances[rule], known[f"{through}/{rule}/distance"], **near)
        np.testing.assert_allclose(run.losses, known[f"{rule}/losses"], **near)
    if through == "pca":
        np.testing.assert_allclose(found.plane.explained, known["pca/explained"], **near)


def test_many_places_at_once(net):
    _, _, logs, loss = net
    calls = []

    def together(w):
        calls.append(len(w["0.bias"]))
        return [loss({name: array[k] for name, array in w.items()}) for k in range(len(w["0.bias"]))]

    done = []
    one = ov.landscape(loss, logs, resolution=4)
    many = ov.landscape(together, logs, resolution=4, places=7, progress=lambda k, n: done.append((k, n)))
    np.testing.assert_array_equal(one.plane.z, many.plane.z)
    assert max(calls) == 7 and sum(calls) == 16 + 26 and done[-1] == (42, 42)


def test_solutions_and_axes_of_ones_own(net):
    _, known, logs, loss = net
    found = ov.landscape(loss, logs, through="solutions", resolution=3)
    ends = np.stack([known["sgd/rows"][-1], known["adam/rows"][-1]]).astype(float)
    np.testing.assert_allclose(found.plane.distance(ends), 0, atol=1e-6)  # both ends lie in it
    own = ov.landscape(loss, logs, axes=np.eye(78)[:2], resolution=3)
    away = known["adam/rows"].astype(float) - known["sgd/rows"][-1]
    np.testing.assert_allclose(own.runs["adam"].path, away[:, :2], atol=1e-12)
    plain = ov.landscape(loss, logs, through="random", filter_normalized=False, seed=2, resolution=3)
    np.testing.assert_array_equal(plain.plane.axes, np.random.default_rng(2).standard_normal((2, 78)))


def bowl(folder, name="gd", losses=None, count=6):
    path = folder / f"{name}.npz"
    with LogWriter(path, {"w": (3,)}, dtype="float64") as log:
        for k in range(count):
            row = np.array([2.0, 1.0, 0.5]) * np.array([0.8, 0.4, 0.6]) ** k
            log.write(10 * k, row, np.nan if losses is None else losses(row))
    return path


def square(w):
    return float(w["w"] @ w["w"])


def test_a_tree_is_given_with_other_weights(tmp_path):
    path = bowl(tmp_path)
    seen = ov.landscape(
        lambda tree: float(tree["w"] @ tree["w"]), path, model={"w": np.zeros(3)}, resolution=3
    )
    assert seen.runs["gd"].losses[0] == 5.25
    with pytest.raises(ov.BadInput, match=r"the model is not that of the log: only one of them has 'v'"):
        ov.landscape(square, path, model={"v": np.zeros(3)})


def test_what_landscape_refuses(tmp_path):
    path, other = bowl(tmp_path), tmp_path / "other.npz"
    with LogWriter(other, {"v": (3,)}) as log:
        log.write(0, np.zeros(3))
    for settings, told in (
        ({"runs": {"a": path, "b": other}}, "are logs of different models: only one of them has 'v'"),
        ({"runs": {}}, "runs must be logs by label"),
        ({"runs": path, "resolution": 1}, "resolution must be a whole number from 2"),
        ({"runs": path, "places": 0}, "places must be a whole number from 1"),
        ({"runs": path, "axes": np.eye(2)}, r"axes must be two directions of 3 numbers, got shape"),
        ({"runs": path, "xlim": (1.0, 0.0)}, "xlim and ylim must be two finite numbers"),
        ({"runs": path, "loss": lambda w: "high"}, "gave 'high', where a number is needed"),
        ({"runs": path, "loss": lambda w: [1.0, 2.0]}, "gave 2 numbers, one number was needed"),
        ({"runs": path, "loss": lambda w: np.nan}, "nowhere on this plane a finite number"),
        ({"runs": other, "loss": lambda w: 0.0}, "the runs never moved"),
    ):  # fmt: skip
        with pytest.raises(ov.BadInput, match=told):
            ov.landscape(**{"loss": square, **settings})


def test_a_run_that_was_lost_ends_there(tmp_path):
    path = tmp_path / "gd.npz"
    with LogWriter(path, {"w": (3,)}, dtype="float64") as log:
        for k, row in enumerate([[1.0, 0, 0], [3.0, 1, 0], [9.0, 4, 1], [np.inf, 0, 0], [1.0, 1, 1]]):
            log.write(k, np.array(row))
    run = ov.landscape(square, path, resolution=3).runs["gd"]
    assert (run.steps, run.status, run.stopped_at) == (2, "diverged", 3)


def test_the_ground_between_the_places_of_a_grid(tmp_path):
    found = ov.landscape(square, bowl(tmp_path), resolution=5)
    x, y, z = found.plane.x, found.plane.y, found.plane.z
    middle = np.array([(x[1] + x[2]) / 2, (y[0] + y[1]) / 2])
    assert found.value(middle) == pytest.approx(z[:2, 1:3].mean(), rel=1e-14)
    assert found.value(np.array([x[3], y[4]])) == z[4, 3] and np.isnan(
        found.value(np.array([x[4] + 1, y[0]]))
    )
    across = (z[0, 2] - z[0, 1] + z[1, 2] - z[1, 1]) / 2 / (x[1] - x[0])
    assert found.gradient(middle)[0] == pytest.approx(across, rel=1e-12)


def test_files_give_back_what_was_saved(tmp_path):
    found = ov.landscape(square, {"GD": bowl(tmp_path)}, resolution=5)
    found.save(tmp_path / "plane.npz")
    again = ov.load_landscape(tmp_path / "plane.npz")
    for name in ("origin", "axes", "x", "y", "z", "explained"):
        np.testing.assert_array_equal(getattr(again.plane, name), getattr(found.plane, name))
    np.testing.assert_array_equal(again.runs["GD"].path, found.runs["GD"].path)
    np.testing.assert_array_equal(again.distances["GD"], found.distances["GD"])
    found.save(tmp_path / "small.npz", axes=False)
    small = ov.load_landscape(tmp_path / "small.npz")
    assert small.plane.axes.shape == (2, 2)
    np.testing.assert_array_equal(small.runs["GD"].path, found.runs["GD"].path)
    two = bowl(tmp_path, "two", lambda row: float(row @ row), 4)
    other = ov.load_landscape(tmp_path / "plane.npz", {"two": two})
    np.testing.assert_allclose(other.runs["two"].path, found.runs["GD"].path[:4], atol=1e-14)
    with pytest.raises(ov.BadInput, match="'two' has 3 weights, and the plane lies in a space of 2"):
        ov.load_landscape(tmp_path / "small.npz", {"two": two})


@pytest.mark.parametrize(
    "name, array, told",
    [
        ("plane/x", np.array([0.0, 0.0, 1.0, 2.0, 3.0]), "x must be 2 to 301 places that go up"),
        ("plane/x", np.linspace(0, 1, 302), "x must be 2 to 301 places that go up"),
        ("plane/z", np.zeros((2, 2)), "losses do not fit its grid"),
        ("plane/z", np.full((5, 5), np.nan), "losses do not fit its grid"),
        ("plane/axes", np.zeros((3, 3)), "axes do not fit its origin"),
        ("plane/origin", np.array("text"), "its plane has no numbers"),
        ("distance/0", np.zeros(2), "has no distance for each of its rows"),
        ("0/path", np.zeros((6, 3)), "is damaged: run 'gd'"),
        ("0/at", np.zeros(6, dtype=int), "its steps do not count up"),
        ("landscape", np.array("{}"), "is no landscape that optiviz saved"),
        ("landscape", np.array("[" * 5000), "is no landscape that optiviz saved"),
    ],
)
def test_files_that_lie_are_refused(tmp_path, name, array, told):
    ov.landscape(square, bowl(tmp_path), resolution=5).save(tmp_path / "plane.npz")
    arrays = read_arrays(tmp_path / "plane.npz")
    write_arrays(tmp_path / "bad.npz", {**arrays, name: array})
    with pytest.raises(ov.BadInput, match=told):
        ov.load_landscape(tmp_path / "bad.npz")


def test_objects_newer_formats_and_other_files(tmp_path):
    ov.landscape(square, bowl(tmp_path), resolution=3).save(tmp_path / "plane.npz")
    arrays = read_arrays(tmp_path / "plane.npz")
    head = json.loads(str(arrays["landscape"])) | {"format": 2}
    write_arrays(tmp_path / "new.npz", {**arrays, "landscape": np.array(json.dumps(head))})
    np.savez(tmp_path / "objects.npz", landscape=np.array([{}], dtype=object))
    for name, told in (("new", "has the format 2"), ("objects", "is damaged, or not a file"),
                       ("gd", "is damaged|is no landscape")):  # fmt: skip
        with pytest.raises(ov.BadInput, match=told):
            ov.load_landscape(tmp_path / f"{name}.npz")


def scene_file(folder, text):
    path = folder / "scene.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_scene_of_recorded_runs(tmp_path):
    found = ov.landscape(square, {"GD": bowl(tmp_path, losses=lambda row: float(row @ row))}, resolution=9)
    found.save(tmp_path / "plane.npz")
    text = 'panels = ["plane", "landscape3d", "loss"]\n[problem]\nrecorded = { plane = "plane.npz"%s }\n'
    scene = ov.load(scene_file(tmp_path, text % ""))
    assert scene.steps == 50 and list(scene.runs) == ["GD"]
    run = ov.play(scene)["GD"]
    assert run.losses.tolist() == found.runs["GD"].losses.tolist()
    two = ov.load(scene_file(tmp_path, text % ', runs = ["gd.npz"]'))
    np.testing.assert_allclose(ov.play(two)["gd"].path, run.path, atol=1e-14)
    with pytest.raises(ov.BadInput, match="the recorded runs have 50 steps; leave it out"):
        ov.load(scene_file(tmp_path, "steps = 3\n" + text % ""))
    with pytest.raises(ov.BadInput, match=r"unknown setting 'plan' - did you mean 'plane'\?"):
        ov.load(scene_file(tmp_path, '[problem]\nrecorded = { plan = "plane.npz" }\n'))
    with pytest.raises(ov.BadInput, match="of a recorded problem are those of its files: 'GD'"):
        ov.Scene(found, {"Adam": ov.Adam()})
    for entry, told in (
        ({"plane": "../plane.npz"}, "may leave the scene's folder"),
        ({"plane": "gone.npz"}, "gone.npz: cannot be read"),
        ({"plane": "plane.npz", "runs": ["plane.npz"]}, "plane.npz: is no log of weights"),
        ({"plane": "plane.npz", "runs": ["gd.npz", "gd.npz"]}, "each of another name"),
    ):
        with pytest.raises(ov.BadInput, match=told):
            recorded_problem(tmp_path, entry)
    batch = ov.Scene(found, panels=[ov.Panel("plane", {"batch": True})])
    with pytest.raises(ov.BadInput, match="of this one only a plane was recorded"):
        ov.still(batch, tmp_path / "batch.png")


def test_the_shipped_recording_of_a_resnet_is_drawn(tmp_path):
    scene = ov.load(ROOT / "examples" / "resnet_digits.toml")
    recorded = scene.objective
    assert list(recorded.runs) == ["SGD", "Momentum", "Adam"] and scene.steps == 300
    for run in recorded.runs.values():
        assert run.losses[0] == pytest.approx(np.log(10), rel=0.3)  # ten classes, told apart by chance
        assert run.losses[-1] < 0.5
        np.testing.assert_array_equal(run.path[0], recorded.start)  # one start for all
    assert recorded.distances["SGD"][-1] >= 0 and 0.5 < recorded.plane.explained.sum() <= 1
    ov.still(scene, tmp_path / "resnet.png")
    assert (tmp_path / "resnet.png").stat().st_size > 20_000
