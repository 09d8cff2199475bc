"""The panels of maps: every pixel has the colour of what its start or its rate came to."""

import hashlib

import numpy as np
import pytest

import optiviz as ov
from optiviz.rendering.marks.shapes import Image, Words
from optiviz.rendering.marks.trails import Trail
from optiviz.rendering.panels._shared.cell_map import band_of, diverged_color, tints, wrap_spans
from optiviz.rendering.panels.basins import ON_LIGHT, hues
from optiviz.rendering.stage import set_stage
from optiviz.rendering.style import THEMES

SMALL = {"size": (640, 360), "seconds": 1.0, "hold": 0.0, "fps": 20}
RACE = {"GD": ov.GD(0.01), "Momentum": ov.Momentum(0.01, 0.9)}
DITCH = ov.ill_conditioned_quadratic


def panel(kind, /, **settings):
    return ov.Panel(kind, settings)


def stage_of(objective, runs, *panels, **settings):
    scene = ov.Scene(objective, runs, panels, **{**SMALL, "steps": 60, **settings})
    comparison = ov.play(scene)
    return comparison, set_stage(scene, comparison)


def marks(stage, kind):
    return [mark for mark in stage.marks if isinstance(mark, kind)]


def texts(stage):
    return [text.get_text() for text in stage.figure.texts]


SETS = {
    "steps": (ov.himmelblau, RACE, [panel("basins", path=True), panel("basins", run="Momentum", starts=60)]),
    "rates": (
        ov.himmelblau, RACE,
        [panel("basins", over="learning_rate", rates=(0.005, 0.03), starts=40, maps=5, log=True)],
    ),
    "stability": (
        DITCH, {"ball": ov.Momentum(0.05, 0.6)},
        [panel("stability", x_range=(0.001, 0.1), x_log=True, cells=30), panel("robustness", count=31)],
    ),
}  # fmt: skip


@pytest.fixture(scope="module", params=SETS)
def stage(request):
    objective, runs, panels = SETS[request.param]
    return stage_of(objective, runs, *panels)[1]


def test_frames_are_functions_of_k_and_change_only_where_touched(stage):
    count = len(stage.moments)
    before, sums = stage.frame(0).copy(), []
    sums.append(hashlib.sha256(before).hexdigest())
    for k in range(1, count):
        now = stage.frame(k).copy()
        for window in stage.touched(k):
            before[window] = now[window]
        np.testing.assert_array_equal(before, now)
        sums.append(hashlib.sha256(now).hexdigest())
    assert sums[::-1] == [hashlib.sha256(stage.frame(k)).hexdigest() for k in reversed(range(count))]
    assert len(set(sums)) > 3


def test_nothing_is_written_beyond_the_frame(stage):
    renderer = stage.figure.canvas.get_renderer()
    width, height = stage.size
    ticks = [
        tick.label1
        for ax in stage.figure.axes
        for axis, limits in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim()))
        for tick in axis.get_major_ticks()
        if limits[0] <= tick.get_loc() <= limits[1]
    ]
    assert len(ticks) > 5
    for text in stage.figure.texts + ticks:
        if text.get_text():
            box = text.get_window_extent(renderer)
            assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height, text.get_text()


# ---- basins


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pixels_of_a_map_have_the_colour_of_their_minimum_once_the_run_is_there(theme):
    _, stage = stage_of(ov.himmelblau, RACE, panel("basins", run="Momentum", starts=1000), theme=theme)
    (image,), axes, style = marks(stage, Image), stage.figure.axes[0], THEMES[theme]
    left, bottom, right, top = image.clip
    colors = [tints(color, style) for color in hues(style)]
    ground = np.append(np.array(tints(style.ground, style)[0][:3]), 1.0)
    rng, back = np.random.default_rng(2), axes.transData.inverted().transform
    seen = set()
    for px, py in rng.integers((left, bottom), (right, top), (40, 2)):
        run = ov.minimize(ov.himmelblau, RACE["Momentum"], steps=60, start=back((px + 0.5, py + 0.5)))
        near = np.linalg.norm(run.path[:, None] - ov.himmelblau.minima, axis=-1) <= 0.1
        home = int(near[-1].argmax()) if near[-1].any() else None
        since = None if home is None else int(np.flatnonzero(~near[:, home]).max(initial=-1)) + 1
        for step in (0, 30, 45, 60):
            if home is None or step < since:
                expected = ground if run.status == "finished" else None
            else:
                expected = colors[home][band_of(np.array([since]), 60)[0]]
                seen.add(home)
            if expected is not None:
                got = image.colors(step)[top - 1 - py, px - left]
                np.testing.assert_allclose(got / 255, expected, atol=0.004)
    assert len(seen) >= 3


def test_a_map_over_rates_shows_the_map_of_the_rate_that_it_tells():
    settings = {"over": "learning_rate", "rates": (0.01, 0.022), "starts": 30, "maps": 4}
    comparison, stage = stage_of(ov.himmelblau, {"GD": ov.GD(0.01)}, panel("basins", **settings))
    (image,), heading = marks(stage, Image), marks(stage, Words)[-1]
    assert [heading.text(t) for t in (0, 20, 40, 60)] == [
        f"GD: learning rate {rate}" for rate in ("0.010", "0.014", "0.018", "0.022")
    ]
    style, (left, bottom, _, top) = THEMES["light"], image.clip
    x, y = ov.himmelblau.minima[0]  # the steepest: lost from 0.0149 on
    px, py = (stage.figure.axes[0].transData.transform((x + 0.3, y + 0.3)) - (left, bottom)).astype(int)
    pixels = [image.colors(t)[top - bottom - 1 - py, px] / 255 for t in (0, 20, 40, 60)]
    own = tints(ON_LIGHT[0], style)
    assert all(min(np.abs(pixel - one).max() for one in own) < 0.004 for pixel in pixels[:2])
    assert (pixels[2] == 1).all() and (pixels[3] == 1).all()  # none: white
    assert "none" in texts(stage) and "diverged" not in texts(stage)
    assert not {"step:", "epoch:"} & set(texts(stage))  # the clock is the rate's, no step is counted


def test_the_key_says_what_is_there_and_where_there_is_room():
    _, wide = stage_of(ov.himmelblau, RACE, panel("basins", starts=60), size=(1280, 720))
    assert {"(3, 2)", "(−3.78, −3.28)", "(−2.81, 3.13)", "4 to 60 steps"} <= set(texts(wide))
    assert not {"others", "none", "diverged"} & set(texts(wide))
    three = [panel("basins", starts=40, run=run) for run in ("GD", "Momentum", "GD")]
    _, narrow = stage_of(ov.himmelblau, RACE, *three, size=(1280, 720))
    assert not any("3.78" in text for text in texts(narrow)) and texts(narrow).count("4 to 60 steps") == 3
    _, without = stage_of(ov.himmelblau, RACE, panel("basins", starts=40, key=False))
    assert "4 to 60 steps" not in texts(without)
    _, eggs = stage_of(ov.surfaces["rastrigin"], {"GD": ov.GD(0.002)}, panel("basins", starts=50))
    assert "others" in texts(eggs)


def test_a_path_lies_above_its_map():
    comparison, stage = stage_of(ov.himmelblau, RACE, panel("basins", path=True, starts=40))
    (trail,) = marks(stage, Trail)
    np.testing.assert_array_equal(trail.route.points, comparison.trajectories["GD"].path)
    x, y = trail.route.pixels[2:4].mean(axis=0).astype(int)
    frame = stage.frame(len(stage.moments) - 1)
    assert frame[stage.size[1] - 1 - y, x, :3].max() < 60  # GD is black


def test_a_long_path_is_thinned_and_still_where_it_was():
    comparison, stage = stage_of(
        ov.himmelblau, {"GD": ov.GD(1e-5)}, panel("basins", path=True, starts=20), steps=9000
    )
    (trail,), path = marks(stage, Trail), comparison.trajectories["GD"].path
    assert len(trail.route.points) == 4000
    for moment in stage.moments:
        off = np.linalg.norm(trail.route.points[trail.route.end(moment)] - path[moment.step])
        assert off <= 3 * np.linalg.norm(np.diff(path, axis=0), axis=1).max()


def test_shades_halve():
    assert band_of(np.array([0, 6, 7, 12, 13, 25, 26, 50, 51, 100]), 100).tolist() == [
        0, 0, 1, 1, 2, 2, 3, 3, 4, 4
    ]  # fmt: skip
    assert wrap_spans([4, 4, 4, 20], between=1, room=9) == [[0, 1], [2], [3]]


REFUSED = {
    "draws the minima of a surface": (ov.Fit(ov.DATASETS["line"]()), {}),
    "rates belong to over = 'learning_rate'": (ov.himmelblau, {"rates": (0.1, 0.2)}),
    "rates must be two numbers above 0, low then high, got 0.2 and 0.1": (
        ov.himmelblau, {"over": "learning_rate", "rates": (0.2, 0.1)},
    ),
    "rates must be two numbers above 0, low then high$": (ov.himmelblau, {"over": "learning_rate"}),
    "a path has one rate": (
        ov.himmelblau, {"over": "learning_rate", "rates": (0.1, 0.2), "path": True},
    ),
    "xlim must be two numbers, low then high": (ov.himmelblau, {"xlim": (1.0, 1.0)}),
    "the limit is 1,000,000,000 - a smaller `starts` or `maps` will do": (
        ov.himmelblau, {"over": "learning_rate", "rates": (0.1, 0.2), "starts": 1000, "maps": 200},
    ),
    "panel 'basins': unknown run 'Momentun' - did you mean 'Momentum'": (
        ov.himmelblau, {"run": "Momentun"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("said", REFUSED)
def test_basins_refuse(said):
    objective, settings = REFUSED[said]
    runs = {"GD": ov.GD(0.001), "Momentum": ov.Momentum(0.001)}
    steps = 200 if "limit" in said else 10
    with pytest.raises(ov.BadInput, match=said):
        stage_of(objective, runs, panel("basins", **settings), steps=steps)


# ---- stability and robustness


def said(stage):
    """What stands over the pictures from the first frame on."""
    return {mark.text(0) for mark in marks(stage, Words) if not mark.by_moment}


def test_stability_draws_its_map_with_theory_and_the_run_itself():
    _, stage = stage_of(
        DITCH, {"ball": ov.Momentum(0.05, 0.6)},
        panel("stability", x_range=(0.0, 0.1), cells=50), size=(800, 600), steps=200,
    )  # fmt: skip
    (image,), axes, style = marks(stage, Image), stage.figure.axes[0], THEMES["light"]
    left, bottom, right, top = image.clip
    assert axes.get_xlim() == (0.0, 0.1) and axes.get_ylim() == (0.0, 1.0)
    assert axes.get_xlabel() == "learning rate" and "momentum" in said(stage)

    def pixel(rate, momentum, step):
        x, y = axes.transData.transform((rate, momentum)).astype(int)
        return image.colors(step)[top - 1 - y, x - left] / 255

    for rate, momentum in ((0.051, 0.61), (0.021, 0.51), (0.031, 0.91), (0.091, 0.21)):
        run = ov.minimize(DITCH, ov.Momentum(rate, momentum), steps=200)
        below = run.losses <= 1e-3 * run.losses[0]
        since = int(np.flatnonzero(~below).max()) + 1 if run.stopped_at is None else run.stopped_at
        color = (
            diverged_color(style)
            if run.stopped_at
            else tints("#2446e0", style)[band_of(np.array([since]), 200)[0]]
        )
        np.testing.assert_allclose(pixel(rate, momentum, 200), color, atol=0.004)
        assert (pixel(rate, momentum, since - 1) == 1).all()
        np.testing.assert_allclose(pixel(rate, momentum, since), color, atol=0.004)
    assert {"theory", "diverged", "not there", "12 to 200 steps"} <= set(texts(stage))
    frame = stage.frame(len(stage.moments) - 1)[..., :3].astype(int)
    for momentum in (0.25, 0.55, 0.85):  # a black line on 2 (1 + momentum) / 50
        x, y = axes.transData.transform((2 * (1 + momentum) / 50, momentum)).astype(int)
        assert frame[stage.size[1] - 1 - y, x - 1 : x + 2].sum(axis=-1).min() < 150
    x, y = axes.transData.transform((0.05, 0.6)).astype(int)
    np.testing.assert_allclose(frame[stage.size[1] - 1 - y, x], [0x24, 0x46, 0xE0], atol=2)


def test_stability_of_a_rule_with_one_hyperparameter_and_of_one_with_many():
    _, stage = stage_of(DITCH, {"GD": ov.GD(0.03)}, panel("stability", x_range=(0.0, 0.1), cells=40))
    axes, frame = stage.figure.axes[0], stage.frame(len(stage.moments) - 1)[..., :3].astype(int)
    assert "momentum" not in said(stage) and len(axes.get_yticks()) == 0
    for height in (0.1, 0.9):
        x, y = axes.transData.transform((0.04, height)).astype(int)
        assert frame[stage.size[1] - 1 - y, x - 1 : x + 2].sum(axis=-1).min() < 150
    _, stage = stage_of(DITCH, {"Adam": ov.Adam(0.5)}, panel("stability", cells=10))
    assert "beta 1" in said(stage) and stage.figure.axes[0].get_xlim() == (0.0, 1.5)
    _, stage = stage_of(DITCH, {"ball": ov.Momentum(0.05)}, panel("stability", x="momentum", cells=10))
    assert "learning rate" in said(stage)


def test_robustness_counts_the_rates_that_arrive():
    runs = {"GD": ov.GD(0.02), "Adam": ov.Run(ov.Adam(0.5)), "clipped": ov.Clip(ov.GD(0.01), norm=1.0)}
    comparison, stage = stage_of(DITCH, runs, panel("robustness", rates=(1e-3, 10.0), count=41), steps=150)
    shares = marks(stage, Words)[1:]
    values = np.geomspace(1e-3, 10, 41)
    for label, word in zip(runs, shares, strict=True):
        rule = runs[label].optimizer if isinstance(runs[label], ov.Run) else runs[label]
        found = ov.stability_map(DITCH, rule, {"learning_rate": values}, steps=150)
        assert word.text(150) == f"{(found.steps >= 0).sum()} of 41" != "0 of 41"
        assert word.text(0) == "0 of 41"
    assert {"GD", "Adam", "clipped"} <= set(texts(stage))
    assert len(marks(stage, Image)) == 3


def test_noise_and_batches_are_left_aside():
    fit = ov.Fit(ov.DATASETS["line"](n=32), start=(-1, -1.5))
    runs = {"one row": ov.Run(ov.GD(0.1), batch_size=1)}
    _, stage = stage_of(fit, runs, panel("robustness", rates=(0.01, 1.0), count=21), steps=100)
    found = ov.stability_map(fit, ov.GD(), {"learning_rate": np.geomspace(0.01, 1, 21)}, steps=100)
    assert marks(stage, Words)[-1].text(100) == f"{(found.steps >= 0).sum()} of 21"


def test_stability_may_ask_a_run_to_stay():
    bowl = ov.surface("x**2 + y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1, 1))  # GD: (1 - 2 rate)^2 a step
    settings = {"x_range": (0.0, 0.5), "cells": 10}  # rates 0.025, 0.075, ...
    _, stage = stage_of(bowl, {"GD": ov.GD(0.2)}, panel("stability", stays=0.5, **settings), steps=60)
    # a thousandth is reached where (1 - 2 rate)^(2 k) <= 0.001: at rate 0.025 for k = 68, at 0.075 for 23
    pixels = marks(stage, Image)[0].colors(60)
    white = (pixels[10, :, :3] == 255).all(axis=-1)
    assert white[5] and not white[len(white) // 10 + 9 :].any()
    _, stage = stage_of(bowl, {"GD": ov.GD(0.2)}, panel("stability", stays=0.7, **settings), steps=60)
    white = (marks(stage, Image)[0].colors(60)[10, :, :3] == 255).all(axis=-1)  # 23 > 0.3 * 60 = 18
    assert white[len(white) // 10 + 9] and not white[2 * len(white) // 10 + 9 :].any()


REFUSALS = {
    "unknown hyperparameter of Adam 'momentum' - known: learning_rate, beta_1": (
        panel("stability", run="Adam", y="momentum"), 10,
    ),
    "has two hyperparameters, got 'momentum' twice": (panel("stability", x="momentum", y="momentum"), 10),
    "x_range must be two numbers above 0, low then high, got 0 and 1": (
        panel("stability", x_log=True, x_range=(0.0, 1.0)), 10,
    ),
    "panel 'stability' takes too long: 160,000 runs times 7,000 steps times 2 numbers each": (
        panel("stability", cells=400), 7_000,
    ),
    "panel 'robustness': rates must be two numbers above 0": (panel("robustness", rates=(0.0, 1.0)), 10),
    "cannot run 'BFGS' with many settings at once": (panel("robustness"), 10),
}  # fmt: skip


@pytest.mark.parametrize("said", REFUSALS)
def test_stability_and_robustness_refuse(said):
    asked, steps = REFUSALS[said]
    runs = {"ball": ov.Momentum(0.05), "Adam": ov.Adam()} | (
        {"BFGS": ov.Scipy("BFGS")} if "BFGS" in said else {}
    )
    with pytest.raises(ov.BadInput, match=said):
        stage_of(DITCH, runs, asked, steps=steps)


def test_too_many_bars():
    runs = {f"run {k}": ov.GD(0.01) for k in range(12)}
    with pytest.raises(
        ov.BadInput, match="panel 'robustness' has room for \\d+ runs here, this scene has 12"
    ):
        stage_of(DITCH, runs, panel("robustness", count=5))


def test_minima_have_letters_where_their_places_have_no_room():
    runs = {"GD": ov.GD(0.01)}
    wide = stage_of(ov.himmelblau, runs, panel("basins", starts=30), steps=40)[1]
    narrow = stage_of(ov.himmelblau, runs, *[panel("basins", starts=30)] * 3, steps=40)[1]
    letters = lambda stage: sorted(said(stage) & set("ABCDE"))
    assert letters(wide) == [] and "(3, 2)" in texts(wide)
    assert letters(narrow) == ["A", "B", "C", "D"] and {"A", "B", "C", "D"} <= set(texts(narrow))
    assert "(3, 2)" not in texts(narrow)
