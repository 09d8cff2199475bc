"""Regression: goldens of scenes, and paths in other people's tests."""

import doctest
import json
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import optiviz as ov
from optiviz._lib.machine import provenance
from optiviz.cli import cli
from optiviz.runs.load import load_saved_runs
from optiviz.scene.sensitivity import Shaken
from optiviz.testing import assert_same_path, differences

BOWL = ov.surface("x**2 + y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1, 1))
GUIDE = Path(__file__).parents[1] / "docs" / "howto" / "regression.md"
SCENE = """
steps = 4
[problem]
formula = "x**2 + y**2"
xlim = [-2, 2]
ylim = [-2, 2]
start = [1, 0.5]
[runs]
slow = { optimizer = "gd", learning_rate = 0.25 }
ball = { optimizer = "momentum", learning_rate = 0.1, momentum = 0.5 }
"""


def halving(steps=4):
    """x and y halve at each step."""
    return ov.minimize(BOWL, ov.GD(0.25), steps=steps)


# ---- assert_same_path


def test_the_same_path_passes(tmp_path):
    run = halving()
    assert_same_path(run, run, rtol=0)
    assert_same_path(run, [[1, 1], [0.5, 0.5], [0.25, 0.25], [0.125, 0.125], [0.0625, 0.0625]], rtol=0)
    assert_same_path(run.path, run.path * (1 + 9e-10))
    for name in ("a.npz", "a.json"):
        run.save(tmp_path / name)
        assert_same_path(run, tmp_path / name, rtol=0)
        assert_same_path(run.path, str(tmp_path / name), rtol=0)
    ov.Comparison(BOWL, {"other": halving(2), "GD": run}).save(tmp_path / "both.npz")
    assert_same_path(run, tmp_path / "both.npz", rtol=0)


def test_comparisons_are_held_against_each_other_run_by_run(tmp_path):
    race = ov.Comparison(BOWL, {"GD": halving(), "two": halving(2)})
    race.save(tmp_path / "race.npz")
    for reference in (race, race.trajectories, tmp_path / "race.npz"):
        assert_same_path(race, reference, rtol=0)
        assert_same_path(race["GD"], reference, rtol=0)
    moved = ov.Comparison(BOWL, {"GD": halving(), "two": ov.minimize(BOWL, ov.GD(0.5), steps=2)})
    with pytest.raises(AssertionError, match=r"step 1, coordinate 0: 0\.5 here, 0\.0 in the reference"):
        assert_same_path(race, moved)
    others = ov.Comparison(BOWL, {"GD": halving(), "NAG": halving()})
    with pytest.raises(AssertionError) as caught:
        assert_same_path(race, others)
    assert str(caught.value) == "run 'NAG' is missing here; run 'two' is missing in the reference"
    with pytest.raises(ov.BadInput, match="a comparison is held against a comparison"):
        assert_same_path(race, halving())
    with pytest.raises(ov.BadInput, match="the reference: which run\\? - known: 'GD', 'two'"):
        assert_same_path(halving().path, race)


def test_the_first_difference_is_named():
    wrong = halving().path.copy()
    wrong[3, 1], wrong[4, 0] = 0.25, 7
    with pytest.raises(AssertionError) as caught:
        assert_same_path(halving(), wrong)
    assert str(caught.value) == (
        "run 'GD', step 3, coordinate 1: 0.125 here, 0.25 in the reference; off by 1.2e-01, 5.0e-01 of it\n"
        "2 of 5 rows differ (rtol=1e-09, atol=0)"
    )


def test_tolerances_count_from_the_reference():
    # 0.5 against 0.5 + 1e-3: off by 1e-3, which is 0.001996 of it
    here, there = [[1.0], [0.5]], [[1.0], [0.501]]
    assert_same_path(here, there, rtol=0.002)
    assert_same_path(here, there, rtol=0, atol=0.0010001)
    for limits in ({"rtol": 0.0019}, {"rtol": 0, "atol": 0.0009}):
        with pytest.raises(AssertionError, match="step 1, coordinate 0: 0.5 here, 0.501 in the reference"):
            assert_same_path(here, there, **limits)


def test_paths_of_other_lengths_and_shapes():
    with pytest.raises(AssertionError, match="has 5 rows here, 3 in the reference; the first 3 are the same"):
        assert_same_path(halving(), halving(2))
    with pytest.raises(AssertionError, match=r"the shape \(2,\) here, \(1,\) in the reference"):
        assert_same_path(halving(), [[1.0], [0.5]])
    thinned = ov.minimize(BOWL, ov.GD(0.25), steps=4, every=2)
    with pytest.raises(AssertionError, match="not recorded at the same steps"):
        assert_same_path(thinned, halving())
    other = thinned.path.copy()
    other[1] = 9
    with pytest.raises(AssertionError, match="run 'GD', step 2, coordinate 0: 0.25 here, 9.0"):
        assert_same_path(thinned, other)


@pytest.mark.parametrize(
    ("reference", "settings", "sentence"),
    [
        ("none.npz", {}, "cannot be read"),
        ([1.0, 2.0], {}, r"a path is an array \(rows, coordinates\)"),
        (BOWL, {}, r"a path is an array \(rows, coordinates\), got Surface"),
        ([[1.0, 2.0]], {"rtol": -1}, "rtol must be a finite number of at least 0"),
        ([[1.0, 2.0]], {"atol": float("nan")}, "atol must be"),
    ],
)
def test_bad_references(reference, settings, sentence):
    with pytest.raises(ov.BadInput, match=sentence):
        assert_same_path(halving(), reference, **settings)


# ---- differences of comparisons


def test_coordinates_have_their_names():
    line = ov.Fit(ov.Data([0, 1, 2], [1, 3, 5]))
    here, there = (ov.compare(line, {"GD": ov.GD(rate)}, steps=3) for rate in (0.1, 0.2))
    (first,) = differences(here, there.trajectories)
    # slope at (0, 0): residuals -1, -3, -5; dL/dw = -2 (0 + 3 + 10) / 3, times -0.1 and -0.2
    assert (first.run, first.step, first.what) == ("GD", 1, "w")
    assert first.here == pytest.approx(26 / 30) and first.there == pytest.approx(52 / 30)
    assert first.off == pytest.approx(26 / 30) and first.relative == pytest.approx(0.5)


def test_what_else_may_differ():
    run = halving()
    whole = ov.Comparison(BOWL, {"GD": run})
    assert not differences(whole, {"GD": run})
    changed = {
        "loss": {"losses": run.losses + [0, 0, 1, 0, 0]},
        "status": {"status": "diverged"},
        "stopped_at": {"stopped_at": 5},
    }
    for what, fields in changed.items():
        (first,) = differences(whole, {"GD": type(run)(**{**vars(run), **fields})})
        assert first.what == what
        assert first.step == (2 if what == "loss" else 4)
    (first,) = differences(whole, {"GD": halving(6)})
    assert (first.what, first.step, first.here, first.there) == ("rows", 4, 5, 7)
    found = differences(ov.Comparison(BOWL, {"a": run}), {"b": run})
    assert [(d.run, d.what, d.here) for d in found] == [("b", "run", "missing"), ("a", "run", "there")]


# ---- record and verify


@pytest.fixture
def scene(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("bowl.toml").write_text(SCENE)
    return "bowl.toml"


def call(*arguments):
    result = CliRunner().invoke(cli, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize("golden", ["golden.json", "golden.npz"])
def test_a_scene_is_the_same_as_its_golden(scene, golden):
    assert call("record", scene, "-o", golden) == (0, f"{golden}\n", "")
    first = Path(golden).read_bytes()
    assert call("record", scene, "-o", golden)[0] == 0
    assert Path(golden).read_bytes() == first
    code, out, _ = call("verify", scene, golden, "--rtol", "0")
    assert (code, out) == (0, f"bowl.toml: same as {golden}: 2 runs, 10 rows (rtol 0, atol 0)\n")
    code, out, _ = call("verify", scene, golden)
    limits = "each step within what the file says"
    assert (code, out) == (0, f"bowl.toml: same as {golden}: 2 runs, 10 rows ({limits})\n")
    told = json.loads(call("verify", scene, golden, "--rtol", "1e-9", "--until", "3", "--json")[1])
    assert told.pop("recorded") == {"scene": "bowl.toml", **provenance()}
    assert told == {
        "scene": scene, "golden": golden, "same": True, "rtol": 1e-9, "atol": 0.0,
        "until": {"slow": 3, "ball": 3}, "differences": [],
    }  # fmt: skip
    assert json.loads(call("verify", scene, golden, "--json")[1])["rtol"] is None


def test_a_golden_is_readable(scene):
    call("record", scene, "-o", "golden.json")
    rows = json.loads(Path("golden.json").read_text())["runs"]["slow"]["rows"]
    # x halves: 1, 0.5, ...; loss (1 + 0.25) / 4^k
    assert [row["theta"] for row in rows] == [[0.5**k, 0.5 * 0.5**k] for k in range(5)]
    assert [row["loss"] for row in rows] == [1.25 / 4**k for k in range(5)]


def test_the_first_step_run_and_coordinate_that_differ(scene):
    call("record", scene, "-o", "golden.json")
    text = Path("golden.json").read_text()
    assert text.count("[0.25, 0.125]") == 1
    Path("golden.json").write_text(text.replace("[0.25, 0.125]", "[0.25, 0.1250001]"))
    code, out, _ = call("verify", scene, "golden.json")
    assert code == 1
    assert out.splitlines() == [
        "bowl.toml: differs from golden.json (each step within what the file says), first at",
        "  run 'slow', step 2, y: 0.125 here, 0.1250001 in the reference; off by 1.0e-07, 8.0e-07 of it",
    ]
    code, out, _ = call("verify", scene, "golden.json", "--json")
    (told,) = json.loads(out)["differences"]
    assert code == 1 and not json.loads(out)["same"]
    assert (told["run"], told["step"], told["what"], told["here"]) == ("slow", 2, "y", 0.125)
    assert told["relative"] == pytest.approx(8e-7, rel=1e-6)
    assert call("verify", scene, "golden.json", "--rtol", "1e-6")[0] == 0
    assert call("verify", scene, "golden.json", "--atol", "1.1e-7")[0] == 0


# ---- what rounding does


def test_a_record_says_what_each_step_may_be_off(scene):
    call("record", scene, "-o", "golden.json")
    rows = json.loads(Path("golden.json").read_text())["runs"]["slow"]["rows"]
    for row in rows:  # x halves: some units in the last place, a hundred times, and 1e-12 of the row
        theta, loss = row["within"]
        assert 0.9e-12 * row["theta"][0] < theta < 1e-12 * row["theta"][0] + 400 * 2.0**-52
        assert 0.9e-12 * row["loss"] < loss < 1e-12 * row["loss"] + 1000 * 2.0**-52
    text = Path("golden.json").read_text()
    for off, code in ((1e-13, 0), (1e-10, 1)):  # within and beyond, where rtol = 1e-9 would let pass both
        Path("golden.json").write_text(text.replace("[0.25, 0.125]", f"[0.25, {0.125 + off!r}]"))
        assert call("verify", scene, "golden.json")[0] == code


WILD = """
steps = 100
[problem]
formula = "cos(x) + 0.01*y**2"
xlim = [-90, 90]
ylim = [-2, 2]
start = [0.3, 0.5]
[runs]
wild = { optimizer = "gd", learning_rate = 4.6 }
calm = { optimizer = "gd", learning_rate = 0.1 }
"""


@pytest.mark.parametrize("golden", ["golden.json", "golden.npz"])
def test_a_chaotic_run_is_compared_until_rounding_decides(scene, golden):
    # x + 4.6 sin x is chaotic: an error doubles or so in a step, so that some 40 steps lose all digits
    Path(scene).write_text(WILD)
    code, out, said = call("record", scene, "-o", golden)
    assert (code, out) == (0, f"{golden}\n")
    (last,) = re.findall(r"run 'wild' can be compared until step (\d+) of 100: later rounding alone", said)
    assert 10 < int(last) < 70 and "calm" not in said
    kept = load_saved_runs(golden)
    assert np.isfinite(kept.within["calm"]).all()
    assert np.isfinite(kept.within["wild"]).all(axis=1).sum() == int(last) + 1
    code, out, said = call("verify", scene, golden)
    assert code == 0 and said == f"{golden}: note: run 'wild' is compared until step {last} of 100\n"
    # a few units in the last place of the start are within for both; at rtol 1e-9 the wild one would be lost
    Path(scene).write_text(WILD.replace("0.3, 0.5", "0.3000000000000005, 0.5"))
    assert call("verify", scene, golden)[0] == 0
    assert call("verify", scene, golden, "--rtol", "1e-9")[0] == 1
    Path(scene).write_text(WILD.replace("4.6", "4.6000001"))
    code, out, _ = call("verify", scene, golden)
    assert code == 1 and "run 'wild', step 1, x" in out


def test_shaken_objectives_are_moved_in_their_last_digits():
    shaken = Shaken(ov.beale, 0)
    theta = np.array([1.0, 1.5])
    loss, gradient = shaken.value_and_gradient(theta)
    exact, slope = ov.beale.value_and_gradient(theta)
    assert 0 < abs(loss / exact - 1) < 1e-14 and (np.abs(gradient / slope - 1) < 1e-14).all()
    assert (gradient != slope).any() and shaken.far == ov.beale.far
    again = Shaken(ov.beale, 0).value_and_gradient(theta)
    assert again[0] == loss and (again[1] == gradient).all()


def test_another_machine_is_told_where_something_differs(scene):
    call("record", scene, "-o", "golden.json")
    text = Path("golden.json").read_text().replace("[0.25, 0.125]", "[0.25, 0.1250001]")
    text = re.sub('"numpy": "[^"]*"', '"numpy": "1.0"', text)
    Path("golden.json").write_text(re.sub('"processor": "[^"]*"', '"processor": "z80"', text))
    code, out, _ = call("verify", scene, "golden.json")
    here = provenance()
    assert code == 1 and out.splitlines()[2:] == [
        f"  numpy: {here['versions']['numpy']} here, 1.0 in the reference",
        f"  processor: {here['processor']} here, z80 in the reference",
    ]


def test_what_is_missing_is_told_with_its_side(scene):
    call("record", scene, "-o", "golden.json")
    Path(scene).write_text(SCENE.replace("slow =", "fast ="))
    code, out, _ = call("verify", scene, "golden.json")
    assert code == 1 and out.splitlines()[1:] == [
        "  run 'slow' is missing here",
        "  run 'fast' is missing in the reference",
    ]


def test_a_change_of_the_scene_is_seen(scene):
    call("record", scene, "-o", "golden.npz")
    Path(scene).write_text(SCENE.replace("momentum = 0.5", "momentum = 0.6"))
    code, out, _ = call("verify", scene, "golden.npz")
    # both start with v = -0.2; the second step keeps 0.6 of it, not 0.5: x = 0.8 - 0.28, not 0.8 - 0.26
    assert code == 1 and "run 'ball', step 2, x: 0.52" in out and "slow" not in out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("verify", "bowl.toml", "none.json"), "none.json: cannot be read"),
        (("verify", "bowl.toml", "bowl.toml"), "a file of trajectories ends in .npz, .json, .csv"),
        (
            ("verify", "bowl.toml", "golden.json", "--rtol", "-1"),
            "rtol must be a finite number of at least 0",
        ),
        (("verify", "bowll.toml", "golden.json"), "did you mean 'bowl.toml'"),
        (("record", "bowl.toml", "-o", "a.gif"), "ends in .npz, .json, .csv"),
        (("record", "bowl.toml", "-o", "none/a.json"), "there is no folder"),
        (("record", "bowl.toml"), "Missing option '-o'"),
        (("run", "bowl.toml", "-o", "a.gif"), "ends in .npz, .json, .csv"),
    ],
)
def test_bad_input_exits_with_2(scene, arguments, sentence):
    call("record", scene, "-o", "golden.json")
    code, out, said = call(*arguments)
    assert (code, out) == (2, "") and sentence in said and "Traceback" not in said


def test_run_keeps_the_numbers(scene):
    assert call("run", scene) == (0, f"{Path('outputs/bowl.npz')}\n", "")
    runs = ov.load_trajectories("outputs/bowl.npz")
    np.testing.assert_array_equal(runs["slow"].path, ov.play(ov.load(scene)).trajectories["slow"].path)
    assert list(runs["ball"].state) == ["velocity"]
    assert call("run", scene, "-o", "mine.json")[:2] == (0, "mine.json\n")


# ---- the guide


def test_the_guide_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = GUIDE.read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.S)
    assert len(blocks) >= 2
    for block in blocks:
        if ">>>" in block:
            test = doctest.DocTestParser().get_doctest(block, {}, "guide", str(GUIDE), 0)
            assert not doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test).failed
        else:
            Path("test_mine.py").write_text(block)
    space: dict = {"__name__": "test_mine", "__file__": str(tmp_path / "test_mine.py")}
    exec(compile(Path("test_mine.py").read_text(), "test_mine.py", "exec"), space)
    for name, function in list(space.items()):
        if name.startswith("test_"):
            function()


def test_the_commands_of_the_guide_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = re.findall(r"^\$ optiviz (.*)$", GUIDE.read_text(encoding="utf-8"), re.M)
    assert lines
    Path("golden").mkdir()
    for line in lines:
        assert call(*line.split())[0] == 0, line
