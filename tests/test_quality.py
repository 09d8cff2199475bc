"""Presets of size and frame rate: the shape of a scene stays, and its limits hold."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner
from PIL import Image

import optiviz as ov
from optiviz.cli import cli
from optiviz.cli.quality import LETTERS
from optiviz.rendering.stage import set_stage
from optiviz.rendering.typeface import DPI
from optiviz.scene.quality import QUALITIES, at_quality


@pytest.fixture
def scene():
    return ov.Scene(ov.beale, {"GD": ov.GD(0.001)}, panels=("loss",), steps=3, seconds=1, fps=25)


@pytest.mark.parametrize(
    ("size", "low", "medium", "high", "most"),
    [
        ((1280, 720), (640, 360), (960, 540), (1280, 720), (3840, 2160)),
        ((1024, 768), (480, 360), (720, 540), (960, 720), (2880, 2160)),
        ((720, 1280), (360, 640), (540, 960), (720, 1280), (2160, 3840)),
        ((1000, 1000), (360, 360), (540, 540), (720, 720), (2160, 2160)),
        ((320, 180), (320, 180), (320, 180), (1280, 720), (3840, 2160)),  # l and m only take away
        ((321, 181), (321, 181), (321, 181), (1276, 720), (3830, 2160)),  # 720 x 321 / 181 = 1276.9
    ],
)
def test_the_frame_fills_a_box_and_keeps_its_shape(scene, size, low, medium, high, most):
    sizes = [at_quality(replace(scene, size=size), letter).size for letter in "lmhk"]
    assert sizes == [low, medium, high, most]


def test_only_low_and_medium_take_frames_away(scene):
    assert [at_quality(scene, letter).fps for letter in "lmhk"] == [12.5, 20.0, 25.0, 25.0]
    slow = replace(scene, fps=10)
    assert [at_quality(slow, letter).fps for letter in "lmhk"] == [10.0] * 4
    assert at_quality(scene, "l").runs == scene.runs and at_quality(scene, "l").seconds == scene.seconds


def test_epochs_stay_epochs():
    line = ov.Fit(ov.Data([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]), batch_size=1)
    scene = ov.Scene(line, {"SGD": ov.GD(0.01)}, panels=("fit",), epochs=4)
    assert at_quality(scene, "m").steps == scene.steps == 12


def test_limits_are_told_in_a_sentence(scene):
    with pytest.raises(
        ov.BadInput, match=r"quality l makes 640 x 80 of 2560 x 320, .*: size must be from 120"
    ):
        at_quality(replace(scene, size=(2560, 320)), "l")
    with pytest.raises(ov.BadInput, match=r"quality k makes 3840 x 2160 .*: 1,500 frames .* 12.4 gigapixels"):
        at_quality(replace(scene, seconds=60), "k")
    with pytest.raises(ov.BadInput, match="unknown quality 'x' - known: l, m, h, k"):
        at_quality(scene, "x")


TINY = """\
panels = ["loss"]
steps = 2
seconds = 0.2
hold = 0
fps = 25
size = [1280, 960]
[problem]
surface = "sphere"
[runs]
GD = { optimizer = "gd" }
"""


def run(*args):
    result = CliRunner().invoke(cli, args, prog_name="optiviz")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def test_the_letter_goes_with_the_option_or_after_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.toml").write_text(TINY)
    assert tuple(QUALITIES) == tuple(LETTERS)
    assert run("render", "tiny.toml", "-ql", "--quiet") == (0, "outputs/tiny.gif\n", "")
    with Image.open("outputs/tiny.gif") as gif:
        assert gif.size == (480, 360) and gif.info["duration"] == 1280  # 80 ms, after 1.2 s of opening
    assert run("frame", "tiny.toml", "-q", "m") == (0, "outputs/tiny.png\n", "")
    with Image.open("outputs/tiny.png") as still:
        assert still.size == (720, 540)
    told = json.loads(run("render", "tiny.toml", "--quality", "l", "--json")[1])
    assert (told["frames"], told["path"]) == (2, "outputs/tiny.gif")
    code, _, err = run("render", "tiny.toml", "-q", "tiny.toml")
    assert code == 2 and err.endswith("'tiny.toml' is none of l, m, h, k; to be quiet, write --quiet\n")
    (tmp_path / "long.toml").write_text(TINY.replace("0.2", "100"))
    code, out, err = run("render", "long.toml", "-qk")
    assert (code, out) == (2, "") and err.startswith("long.toml: quality k makes 2880 x 2160 of 1280 x 960,")


@pytest.mark.parametrize("size, times", [((640, 360), 0.7), ((1280, 720), 1.0), ((1920, 1080), 1.5)])
def test_thin_lines_grow_with_a_large_frame(size, times):
    def widths(size):
        scene = ov.Scene(ov.beale, {"GD": ov.GD(0.01)}, ("loss",), steps=3, size=size)
        (axes,) = set_stage(scene, ov.play(scene)).figure.axes
        spines = [spine.get_linewidth() for spine in axes.spines.values() if spine.get_visible()]
        grid = [line.get_linewidth() for line in axes.get_ygridlines()]
        return spines, grid[:1], [axes.xaxis.get_ticklines()[0].get_markeredgewidth()]

    for small, large in zip(widths((1280, 720)), widths(size), strict=True):
        assert small and large == pytest.approx([times * width for width in small])
        assert all(1.0 <= width * DPI / 72 < 2.0 for width in small)  # pixels: seen, and thinner than a trail
