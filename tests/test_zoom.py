"""Zooms of stability maps: rates of layers, nested maps, kept pieces, the picture of a step."""

from pathlib import Path

import numpy as np
import pytest

import optiviz as ov
from optiviz._lib.kept import keeping_in
from optiviz.analysis.stability import stability_map
from optiviz.analysis.stability_zoom import zoom_maps
from optiviz.league import jobs
from optiviz.rendering.panels._shared.zoom_image import ZoomImage, zoom_colors
from optiviz.scenefile import read_text

NET = {
    "data": {"kind": "sine", "n": 5}, "loss": "mse",
    "layers": [{"units": 2, "activation": "tanh", "use_bias": False}, {"units": 1, "use_bias": False}],
}  # fmt: skip
ACROSS, UP = "learning_rate@dense", "learning_rate@dense_1"
AXES = {ACROSS: (0.1, 10.0, True), UP: (0.0, 2.0, False)}


@pytest.fixture(scope="module")
def net():
    """A network of four weights and gradient descent on it."""
    return jobs.objective_and_rule(jobs.job_of(NET, {"optimizer": "gd"}, steps=12), 0)


def zoomed(net, processes=1, times=4.0):
    objective, rule = net
    return zoom_maps(
        objective, rule, AXES, (1.0, 0.5), times, 6, steps=12, tolerance=0.5, start=objective.start,
        lowest=None, processes=processes,
    )  # fmt: skip


def test_each_layer_steps_by_its_own_rate(net):
    objective, _ = net
    rates = {ACROSS: [0.1, 0.3], UP: [0.2, 0.0]}
    job = jobs.job_of(NET, {"optimizer": "gd"}, steps=2, vary=[rates])
    found = jobs.run_block(job)
    for k in range(2):
        theta = objective.start.copy()
        for _ in range(2):
            step = objective.gradient(theta)
            step[:2] *= rates[ACROSS][k]
            step[2:] *= rates[UP][k]
            theta = theta - step
        np.testing.assert_allclose([found[f"theta_{n}"][k] for n in range(4)], theta, rtol=1e-12)
    same = jobs.run_block(
        jobs.job_of(NET, {"optimizer": "adam"}, steps=5, vary=[{UP: [0.1], "learning_rate": [0.1]}])
    )
    plain = jobs.run_block(jobs.job_of(NET, {"optimizer": "adam"}, steps=5, vary=[{"learning_rate": [0.1]}]))
    assert all((same[name] == plain[name]).all() for name in plain)


def test_a_zoom_is_a_map_at_each_depth_and_goes_on_from_what_was_kept(net, tmp_path, monkeypatch):
    objective, rule = net
    monkeypatch.setattr("optiviz.analysis.stability_zoom.BAND", 12 * 24 * 6 * 2)  # two rows at a time
    maps = zoomed(net)
    assert len(maps) == 3 and maps[0][0].shape == (6, 6)
    # window 2 is half as wide about (1, 0.5): across 0.1 * 100 ** (0.25 .. 0.75), up 0.25 .. 1.25
    shares = 0.25 + (np.arange(6) + 0.5) / 12
    values = {ACROSS: 0.1 * 100**shares, UP: 0.25 + (np.arange(6) + 0.5) / 6}
    alone = stability_map(objective, rule, values, steps=12, tolerance=0.5)
    assert (maps[1][0] == alone.steps).all() and (maps[1][1] == alone.stopped_at).all()
    assert len(np.unique(maps[0][0])) > 3  # it tells something
    folder = tmp_path / "kept"
    working, done = stability_map, []

    def breaks_off(*given, **settings):
        done.append(1)
        if len(done) == 6:
            raise KeyboardInterrupt
        return working(*given, **settings)

    monkeypatch.setattr("optiviz.analysis.stability_zoom.stability_map", breaks_off)
    with pytest.raises(KeyboardInterrupt), keeping_in(folder):
        zoomed(net)
    assert len(list(folder.iterdir())) == 5
    with keeping_in(folder):
        again = zoomed(net)
    assert len(done) == 6 + 4 and not folder.exists()  # nine bands in all
    two = zoomed(net, processes=2)
    for other in (again, two):
        for one, same in zip(maps, other, strict=True):
            assert (one[0] == same[0]).all() and (one[1] == same[1]).all()


def test_the_picture_of_a_step_is_the_finest_map_there_is():
    # maps of one colour each: 1, 2, 3; a window of 8 x 8 pixels about its own corner, four times in two steps
    colors = [np.full((4, 4), k, np.uint8) for k in (1, 2, 3)]
    palette = np.arange(16, dtype=np.uint8).reshape(4, 4)
    image = ZoomImage(colors, palette, (0.0, 0.0), 4.0, 2, (0, 0, 8, 8))
    assert [image.enlarged(step) for step in (0, 1, 2)] == [1.0, 2.0, 4.0]
    first = image.pixels(0)[..., 0] // 4  # the top row first: the corner is below on the left
    assert first.shape == (8, 8) and (first[4:, :4] == 2).all() and first.sum() == 64 + 16
    finer = np.logical_and.outer(np.arange(8) >= 4, np.arange(8) < 4)
    assert (image.pixels(1)[..., 0] // 4 == 2 + finer).all()
    assert (image.pixels(2)[..., 0] // 4 == 3).all()
    # of 16 steps: arrived at 1 is the first shade, at 16 the last; lost at 16 the last of the reds
    shades = zoom_colors(np.array([[1, 16, -1, 5]]), np.array([[-1, -1, -1, 16]]), 16)
    assert shades.tolist() == [[1, 5, 0, 10]]


SCENE = """
panels = [{{ panel = "stability", cells = 10, {} }}]
steps = 12
seconds = 0.5
fps = 10
size = [320, 180]
[problem]
data = {{ kind = "sine", n = 5 }}
layers = [{{ units = 2, activation = "tanh", use_bias = false }}, {{ units = 1, use_bias = false }}]
[runs]
GD = {{ optimizer = "gd", learning_rate = 0.1 }}
"""
GOOD = 'x = "learning_rate@dense", y = "learning_rate@dense_1", x_range = [0.1, 10], y_range = [0.1, 2]'


def test_a_scene_zooms():
    scene, _ = read_text(SCENE.format(GOOD + ", zoom = [1, 0.5, 4]"), "s.toml", Path("."))
    start, end = ov.still(scene, at=0), ov.still(scene, at=12)
    assert (start != end).any(axis=-1).mean() > 0.01


@pytest.mark.parametrize(
    "settings, told",
    [
        (GOOD + ", zoom = [20, 0.5, 4]", "panels[1].zoom: must be a place in the map, learning_rate@"),
        (GOOD + ", zoom = [1, 0.5, 1e13]", "panels[1].zoom: must enlarge 1 to 1e+12 times, got 1e+13"),
        (GOOD.replace("@dense_1", "@dens_1"), "did you mean 'dense_1'"),
        (GOOD.replace("rate@dense_1", "r@dense_1"), "hyperparameter of GD 'learning_r@dense_1'"),
        ('x = "learning_rate", zoom = [0.1, 0.1, 4]', "needs a map of two settings"),
    ],
)  # fmt: skip
def test_faults_of_a_zoom(settings, told):
    with pytest.raises(ov.BadInput) as refused:
        read_text(SCENE.format(settings), "s.toml", Path("."))
    assert told in str(refused.value)
