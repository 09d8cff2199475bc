"""Where nothing is as it should be: a located fault or a sensible picture, no exception and no warning."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from degenerate import PROBLEMS, Drawn, draw, formula, played, rule

import optiviz as ov
from optiviz.cli import cli
from optiviz.rendering.panels import PANELS
from optiviz.rendering.panels._shared.broken_curve import drawn_curve
from optiviz.rendering.panels.check import check_panels
from optiviz.rendering.panels.descent1d import slice_of
from optiviz.rendering.panels.landscape3d import bridged
from optiviz.rendering.stage import set_stage
from optiviz.scene.scene import Panel
from optiviz.scenefile import read

ELSEWHERE = {"accuracy", "curve", "ewma", "rates"}  # what they draw is no loss
QUICK = {
    "robustness": {"count": 5, "lowest": -1e3},
    "basins": {"starts": 12},
    "stability": {"cells": 5, "lowest": -1e3},
    "plane": {"resolution": 15},
}


def scene_of(tmp_path, text, panels='["loss"]'):
    path = tmp_path / "scene.toml"
    path.write_text(f"panels = {panels}\n{text}", encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return read(path)[0]


def can_show(scene, panel):
    try:
        check_panels(replace(scene, panels=(panel,)))
    except ov.BadInput:
        return False
    return True


@pytest.mark.parametrize("name", PROBLEMS)
def test_all_panels_over_what_is_degenerate(name, tmp_path):
    try:
        scene = scene_of(tmp_path, PROBLEMS[name])
    except ov.BadInput as error:
        assert "the loss is" in str(error) and "scene.toml:" in str(error)
        return
    comparison = played(scene)
    shown = [Panel(one, QUICK.get(one, {})) for one in PANELS if one not in ELSEWHERE]
    shown = [panel for panel in shown if can_show(scene, panel)]
    assert len(shown) > 3
    for some in (tuple(shown[k : k + 6]) for k in range(0, len(shown), 6)):
        small = replace(scene, panels=some, size=(480, 360), seconds=0.5, fps=10)
        assert draw(small, comparison, (1.0,)) == Drawn("drawn"), [panel.name for panel in some]


# ---- what check says


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (formula("log(x) + y**2", (-0.5, 0.5)), "5: problem.start: the loss is nan there"),
        (formula("1/(x**2 + y**2)", (0, 0)), "5: problem.start: the loss is inf there"),
        (formula("x**8", (1e77, 0)), "5: problem.start: the loss is inf there"),
        (
            formula("log(x) + y", (0.5, 0), 1.0, rule("1", ", start = [-1, 0]", "a")),
            "9: runs.a.start: the loss is nan there",
        ),
    ],
)
def test_a_start_without_a_loss_has_its_line(text, said, tmp_path):
    with pytest.raises(ov.BadInput) as caught:
        scene_of(tmp_path, text)
    assert str(caught.value) == f"{tmp_path / 'scene.toml'}:{said}"


def test_a_window_without_a_loss_has_its_line(tmp_path):
    for panel in ("landscape", "landscape3d"):
        with pytest.raises(ov.BadInput, match="1: panels.1.: .* is nowhere a finite number in this window"):
            text = formula("log(x - 5) + y", (0.5, 0.5), 1.0, rule("0.1", ", start = [6, 0]"))
            scene_of(tmp_path, text, f'["{panel}"]')
    with pytest.raises(ov.BadInput, match="in this window, x from -1 to 1"):
        scene_of(tmp_path, formula("log(x - 5) + y", (6, 0.5)), '["descent1d"]')


def test_one_run_that_begins_somewhere_is_enough(tmp_path):
    runs = rule("0.01", name="lost"), rule("0.01", ", start = [0.5, 0.5]", "near")
    scene = scene_of(tmp_path, formula("log(x) + y**2", (-0.5, 0.5), 1.0, *runs))
    found = played(scene).trajectories
    assert (found["lost"].status, found["lost"].stopped_at) == ("diverged", 1)
    assert found["near"].status == "finished"


# ---- the height of a hill


@pytest.mark.parametrize(
    ("text", "minima", "told"),
    [
        ("x**4 + 0*y", [(0, 0)], "Surface, height: cube root of the loss"),
        ("x**4 + 0*y - 7", [(0, 0)], "Surface, height: cube root of (loss − lowest)"),
        ("x + y", [], "Surface"),
    ],
)
def test_the_heading_says_what_the_height_is(text, minima, told):
    # half of all |x| are below 1/2, so the median of x^4 is 1/16, and its cube root, 0.40, is nearest to 0.42
    surface = ov.surface(text, xlim=(-1, 1), ylim=(-1, 1), start=(1, 1), minima=minima)
    scene = ov.Scene(surface, {"GD": ov.GD(0.01)}, panels=("landscape3d",), steps=3, size=(1280, 720))
    assert told in [words.get_text() for words in set_stage(scene, played(scene)).figure.texts]


# ---- curves with poles


def reciprocal(x):
    with np.errstate(all="ignore"):
        return 1 / (x - 2), -1 / (x - 2) ** 2


def test_no_line_crosses_a_pole():
    curve = drawn_curve(reciprocal, -4.0, 4.0)
    gap = np.flatnonzero(np.isnan(curve.height))
    assert curve.poles and len(gap) == 1
    k = int(gap[0])
    assert curve.x[k - 1] < 2 < curve.x[k + 1] and curve.height[k - 1] < 0 < curve.height[k + 1]
    assert -20 < curve.low < -1 / 6 and 0.4 < curve.high < 20  # f(-4) is -1/6, f(4) is 1/2


def test_a_pole_of_even_order_is_no_jump():
    curve = drawn_curve(lambda x: (1 / (x - 0.001) ** 2, -2 / (x - 0.001) ** 3), -1.0, 1.0)
    assert curve.poles and np.isfinite(curve.height).all() and curve.high < 1000


def test_a_jump_is_no_pole():
    curve = drawn_curve(lambda x: (np.where(x > 0.3, 1.0, 0.0), np.zeros_like(x)), -1.0, 1.0)
    assert not curve.poles and (curve.low, curve.high) == (0.0, 1.0)
    assert np.isnan(curve.height).sum() == 1


@pytest.mark.parametrize(
    "text", ["x**4 - 3*x**3 + 2", "exp(3*x)", "sin(20*x)", "tanh(300*x)", "abs(x)", "sqrt(abs(x))", "5"]
)
def test_what_is_smooth_is_not_broken(text):
    surface = ov.surface(text, xlim=(-2, 2), start=0.5)
    curve = drawn_curve(lambda at: slice_of(surface, 0, at), *surface.xlim)
    x = np.linspace(-2, 2, 400)
    assert not curve.poles and len(curve.x) == 400
    assert (curve.low, curve.high) == (surface.value([x, 0 * x]).min(), surface.value([x, 0 * x]).max())


def stage_of(text, start, **settings):
    surface = ov.surface(text, xlim=(-4, 4), ylim=(-4, 4), start=start)
    scene = ov.Scene(
        surface, {"GD": ov.GD(0.01)}, panels=(Panel("descent1d", settings),), steps=3, size=(400, 300)
    )
    return set_stage(scene, played(scene))


def test_a_part_with_poles_shows_the_loss_itself():
    # tan(0) + 0.5**2 is 0.25: no window's lowest value is taken away
    stage = stage_of("tan(x) + y**2", (0.0, 0.5))
    ax = stage.figure.axes[0]
    assert ax.yaxis.label.get_text() == "loss at y = 0.5"
    x, y = ax.lines[0].get_data()
    near = np.nanargmin(np.abs(x))
    assert abs(y[near] - (np.tan(x[near]) + 0.25)) < 1e-12
    assert -50 < ax.get_ylim()[0] < ax.get_ylim()[1] < 50


def test_a_part_without_poles_says_from_where_it_counts():
    ax = stage_of("x**2 + y**2 - 100", (1.0, 0.5)).figure.axes[0]
    assert ax.yaxis.label.get_text() == "loss above its lowest"
    assert stage_of("x**2 + 5", (1.0, 0.5)).figure.axes[0].yaxis.label.get_text() == "loss"


def test_a_formula_is_asked_for_its_parts():
    stage_of("cos(1/x)", (0.5, 0.0))  # at x = 0 its slope is no number
    stage_of("-(log(x) - y)", (0.5, 0.0))
    with pytest.raises(ov.BadInput, match="a surface of one coordinate or a sum of two"):
        stage_of("log(x*y)", (0.5, 0.5))


def test_a_path_over_a_hole_goes_straight():
    assert bridged(np.array([0.0, np.nan, np.nan, 0.6])).round(12).tolist() == [0.0, 0.2, 0.4, 0.6]
    assert bridged(np.full(3, np.nan)).tolist() == [0.0, 0.0, 0.0]


# ---- what should never happen


def test_what_escapes_ends_in_one_sentence(monkeypatch, tmp_path):
    def broken(*args, **settings):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("optiviz.rendering.render.play", broken)
    result = CliRunner().invoke(cli, ["render", "momentum", "-o", str(tmp_path / "a.gif")])
    assert result.exit_code == 1 and not list(tmp_path.iterdir())
    said = result.stderr.splitlines()[-1]
    assert said.startswith(
        "momentum: not rendered, by a mistake of ours: ZeroDivisionError: division by zero"
    )
    monkeypatch.setenv("OPTIVIZ_TRACEBACK", "1")
    result = CliRunner().invoke(cli, ["render", "momentum", "-o", str(tmp_path / "a.gif")])
    assert isinstance(result.exception, ZeroDivisionError)
