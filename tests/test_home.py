"""Records at home in a session: one line each, parts by their names, frames, arrays, and types."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import optiviz as ov
from optiviz.cli import cli

ROOT = Path(__file__).parents[1]
BOWL = ov.surface("x**2 + y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1, 1))


def test_every_record_is_told_in_a_line():
    run = ov.minimize(BOWL, ov.GD(0.25), steps=2)
    # x halves: 1, 0.5, 0.25; the loss there is 2 / 16
    assert repr(run) == "Trajectory('GD': 2 steps of theta (2,), loss 0.125, finished)"
    runs = ov.minimize(BOWL, ov.GD([0.25, 9.0]), steps=30)
    assert repr(runs) == "Trajectory('GD': 2 runs of 30 steps of theta (2,), 1 finished)"
    race = ov.compare(ov.beale, ["gd", "adam"], steps=2)
    assert repr(race) == "Comparison(beale: GD, Adam)"
    records = [
        ov.beale, ov.load("momentum"), ov.load("momentum").objective, ov.load("xor").objective,
        run.evaluations,
        ov.basin_map(ov.himmelblau, ov.GD(0.01), starts=5, steps=20), ov.anatomy_of(run, ov.GD(0.25), 1),
    ]  # fmt: skip
    for record in records:
        assert repr(record).startswith(type(record).__name__) and len(repr(record)) < 260
        assert "\n" not in repr(record)


def test_runs_by_label_and_by_number():
    race = ov.compare(BOWL, {"GD": ov.GD(0.25), "ball": ov.Momentum(0.1)}, steps=2)
    assert race["ball"] is race.trajectories["ball"] and list(race) == ["GD", "ball"]
    with pytest.raises(KeyError, match="unknown run 'bal' - did you mean 'ball'"):
        race["bal"]
    assert bool(ov.Comparison(BOWL, {}))  # as in `comparison or play(scene)`


def test_a_run_of_runs_side_by_side_is_the_run_alone():
    runs = ov.minimize(BOWL, ov.NAG([0.1, 3.0, 0.2], 0.5), steps=60)
    for k, rate in enumerate((0.1, 3.0, 0.2)):
        alone = ov.minimize(BOWL, ov.NAG(rate, 0.5), steps=60)
        one = runs[k]
        for name in ("path", "losses", "gradients", "positions", "at", "status", "stopped_at"):
            np.testing.assert_array_equal(getattr(one, name), getattr(alone, name), err_msg=name)
        np.testing.assert_array_equal(one.state["velocity"], alone.state["velocity"])
        assert one.evaluations.gradients == alone.evaluations.gradients
    assert [run.status for run in runs] == ["finished", "diverged", "finished"]
    assert runs[-1].label == "NAG 2"
    with pytest.raises(IndexError, match="no run 3: 'NAG' has 3"):
        runs[3]
    with pytest.raises(ov.BadInput, match=r"runs\[k\] is for runs side by side"):
        runs[0][0]


def test_a_frame_has_a_row_a_step(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", type("pandas", (), {"DataFrame": dict}))
    frame = ov.compare(BOWL, {"GD": ov.GD(0.25), "fast": ov.GD(0.5)}, steps=2).to_frame()
    assert list(frame) == ["run", "step", "x", "y", "loss"]
    assert frame["run"].tolist() == ["GD"] * 3 + ["fast"] * 3
    assert frame["step"].tolist() == [0, 1, 2, 0, 1, 2]
    assert frame["x"].tolist() == [1, 0.5, 0.25, 1, 0, 0]
    assert frame["loss"].tolist() == [2, 0.5, 0.125, 2, 0, 0]
    assert (
        ov.minimize(BOWL, ov.GD([0.25, 0.5]), steps=1).to_frame()["run"].tolist()
        == ["GD 0"] * 2 + ["GD 1"] * 2
    )
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ov.BadInput, match="to_frame needs pandas"):
        ov.minimize(BOWL, ov.GD(0.25), steps=1).to_frame()


def test_a_trajectory_in_a_notebook():
    run = ov.minimize(BOWL, ov.GD(0.25), steps=9)
    bundle = run._repr_mimebundle_()
    assert bundle["text/plain"] == repr(run)
    assert re.findall(r"<tr><td>(\d+)</td><td>([\d.]+)", bundle["text/html"])[:2] == [
        ("0", "1"),
        ("1", "0.5"),
    ]


def test_a_still_is_an_array_and_the_file_of_it(tmp_path):
    from PIL import Image

    scene = ov.Scene(ov.beale, {"GD": "gd"}, panels="loss", steps=5, size=(320, 240))
    pixels = ov.still(scene, at=3)
    assert pixels.shape == (240, 320, 4) and pixels.dtype == np.uint8
    ov.still(scene, tmp_path / "a.png", at=3)
    with Image.open(tmp_path / "a.png") as picture:
        np.testing.assert_array_equal(np.asarray(picture.convert("RGB")), pixels[..., :3])
    with pytest.raises(ov.BadInput, match="no step 6"):
        ov.still(scene, at=6)


def test_the_scripts_of_the_readme_are_typed(tmp_path, request):
    cache = request.config.cache.mkdir("typed_scripts")  # what has not changed since the last run is known
    pages = [(ROOT / page).read_text(encoding="utf-8") for page in ("README.md", "docs/howto/library.md")]
    blocks = [block for page in pages for block in re.findall(r"```python\n(.*?)```", page, re.S)]
    assert len(blocks) >= 5
    for k, block in enumerate(blocks):
        (tmp_path / f"script{k}.py").write_text(block)
    command = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", f"--cache-dir={cache}"]
    scripts = [str(path) for path in sorted(tmp_path.glob("script*.py"))]
    done = subprocess.run([*command, *scripts], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout


# ---- the command


def call(*arguments):
    result = CliRunner().invoke(cli, arguments)
    return result.exit_code, result.stdout, result.stderr


def test_list_tells_one_part_whole():
    code, out, _ = call("list", "optimizers", "adam")
    lines = out.splitlines()
    assert code == 0 and lines[0] == "adam"
    assert lines[2] == "  (a page runs it live)"
    assert [line.split()[0] for line in lines[3:6]] == ["learning_rate", "beta_1", "beta_2"]
    assert lines[4].endswith("[0.9]") and "shares of the two means" in lines[4]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("list", "optimizer"), "unknown kind 'optimizer' - did you mean 'optimizers'?"),
        (("list", "optimizers", "adm"), "unknown optimizer 'adm' - did you mean 'adam'?"),
    ],
)
def test_list_knows_what_was_meant(arguments, sentence):
    code, out, said = call(*arguments)
    assert (code, out) == (2, "") and sentence in said


def test_a_setting_of_another_rule(tmp_path):
    scene = tmp_path / "s.toml"
    head = '[problem]\nsurface = "beale"\n[runs]\n'
    scene.write_text(head + 'a = { optimizer = "gd", rho = 0.9 }\nb = { optimizer = "gd", zzz = 1 }\n')
    with pytest.raises(ov.BadInput) as caught:
        ov.load(scene)
    first, second = str(caught.value).splitlines()
    assert first.endswith("unknown setting 'rho' - a setting of adadelta, rmsprop")
    assert second.endswith("start, tune, clip, sam, lookahead, plateau, average, weight_decay")
