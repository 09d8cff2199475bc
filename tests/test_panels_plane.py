"""The panel of planes and its scenes: every mark asked for its data, every claim a number."""

import sys
from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

import optiviz as ov
from optiviz.rendering.marks.agg import box_of
from optiviz.rendering.marks.shapes import Curve, Image
from optiviz.rendering.marks.trails import Trail
from optiviz.rendering.panels._shared.batches import ReplayedBatches
from optiviz.rendering.panels.plane import enlarged
from optiviz.rendering.stage import set_stage
from optiviz.rendering.style import THEMES, band_colors
from optiviz.scene.numbers import percent

SCENES = Path(__file__).parents[1] / "scenes"
NAMES = ("weight_space", "wide_narrow", "solutions", "batch_landscape")
SMALL = {"size": (640, 480), "seconds": 1.0, "hold": 0.5, "fps": 10}


@cache
def played(name):
    scene = ov.load(SCENES / f"{name}.toml")
    comparison = ov.play(scene)
    return scene, comparison, set_stage(scene, comparison)


@pytest.fixture(scope="module")
def network():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 2))
    y = (X[:, 0] * X[:, 1] > 0).astype(float)
    layers = [ov.Dense(5, "tanh"), ov.Dense(1, "sigmoid")]
    return ov.Training(ov.Network(layers, 2), X, y, "binary_crossentropy", batch_size=5)


def staged(network, panel, runs=None, steps=30, **settings):
    runs = runs or {"GD": ov.GD(0.3), "Adam": ov.Adam(0.05)}
    scene = ov.Scene(network, runs, [ov.Panel("plane", panel)], **{**SMALL, "steps": steps, **settings})
    comparison = ov.play(scene)
    return comparison, set_stage(scene, comparison)


def trails(stage):
    return [mark for mark in stage.marks if isinstance(mark, Trail)]


def shown_levels(axes):
    """Of the filled contours."""
    filled = next(part for part in axes.collections if part.filled)
    return filled.levels


# ------------------------------------------------------------------------------------------ what is drawn


def test_paths_are_projected_and_distances_stand_below(network):
    comparison, stage = staged(network, {"resolution": 21})
    plane = ov.plane(network, comparison, resolution=21)
    below, above = stage.figure.axes
    drawn = trails(stage)
    assert len(drawn) == 4
    for trail, run in zip(drawn[:2], comparison.trajectories.values(), strict=True):
        distance = plane.distance(run.path)
        np.testing.assert_allclose(trail.route.points, np.column_stack([np.arange(31), distance]), atol=1e-14)
        np.testing.assert_allclose(trail.route.pixels, below.transData.transform(trail.route.points))
    for trail, run in zip(drawn[2:], comparison.trajectories.values(), strict=True):
        np.testing.assert_allclose(trail.route.points, plane.project(run.path), atol=1e-14)
        np.testing.assert_allclose(trail.route.pixels, above.transData.transform(trail.route.points))
    assert above.get_xlim() == pytest.approx((plane.x[0], plane.x[-1]))
    one, two = plane.explained
    assert above.get_xlabel() == f"PC 1 ({percent(one)})" and above.get_ylabel() == f"PC 2 ({percent(two)})"


def test_distances_may_be_left_out_and_are_where_there_is_no_room(network):
    assert len(staged(network, {"distance": False})[1].figure.axes) == 1
    panels = [ov.Panel("plane", {"resolution": 11}), *["loss"] * 5]
    scene = ov.Scene(network, {"GD": ov.GD(0.3)}, panels, steps=10, layout="trio")
    assert len(set_stage(scene, ov.play(scene)).figure.axes) == 6


def test_two_parameters_lie_in_their_plane():
    scene = ov.Scene(ov.beale, {"Adam": ov.Adam(0.1)}, ["plane"], steps=50)
    assert len(set_stage(scene, ov.play(scene)).figure.axes) == 1


def test_levels_and_limits(network):
    levels = shown_levels(staged(network, {"limits": (0.1, 1.6), "levels": 5})[1].figure.axes[-1])
    np.testing.assert_allclose(levels, [0.1, 0.2, 0.4, 0.8, 1.6])
    levels = shown_levels(staged(network, {"limits": (0, 1), "levels": 5, "log": False})[1].figure.axes[-1])
    np.testing.assert_allclose(levels, [0, 0.25, 0.5, 0.75, 1])


def test_a_random_plane_is_around_the_first_run_alone(network):
    comparison, stage = staged(network, {"through": "random", "seed": 4, "span": 0.5, "resolution": 11})
    (trail,) = trails(stage)[1:]
    run = comparison.trajectories["GD"]
    plane = ov.plane(network, run, through="random", seed=4, span=0.5, resolution=11)
    np.testing.assert_allclose(trail.route.points, plane.project(run.path), atol=1e-13)
    np.testing.assert_allclose(trail.route.points[-1], 0, atol=1e-14)
    assert stage.figure.axes[-1].get_xlim() == (-0.5, 0.5)


def test_runs_of_another_network_are_left_out_or_refused(network):
    other = ov.Run(ov.GD(0.3), layers=[ov.Dense(1, "sigmoid")])
    runs = {"GD": ov.GD(0.3), "line": other, "zeros": ov.Run(ov.GD(0.3), kernel_initializer="zeros")}
    _, stage = staged(network, {"resolution": 11}, runs)
    starts = [trail.route.points[0, 1] for trail in trails(stage)[:2]]
    assert len(trails(stage)) == 4 and starts[0] != starts[1]  # GD and zeros, below and above
    with pytest.raises(ov.BadInput, match="'line' has another network or loss than 'GD'"):
        staged(network, {"runs": ("GD", "line")}, runs)
    with pytest.raises(ov.BadInput, match="panel 'plane': unknown run 'Adma' - did you mean 'Adam'"):
        staged(network, {"runs": ("Adma",)})


@pytest.mark.parametrize(
    ("panel", "problem"),
    [
        ({"limits": (2.0, 1.0)}, "limits must be two losses above 0, low then high"),
        ({"limits": (0.0, 1.0)}, "limits must be two losses above 0, low then high"),
        (
            {"through": "solutions", "runs": ("GD",)},
            "panel 'plane': goes through the ends of three runs",
        ),
        ({"batch": True, "resolution": 301}, "in every frame: resolution: 301 x 301 places of 20"),
    ],
)
def test_what_cannot_be(network, panel, problem):
    wide = ov.Training(ov.Network([ov.Dense(300), ov.Dense(1)], 2), network.X, network.y, batch_size=20)
    with pytest.raises(ov.BadInput, match=problem):
        staged(wide if "batch" in panel else network, panel, steps=3)


def test_a_run_without_batches_has_no_ground_of_them(network):
    with pytest.raises(ov.BadInput, match="'GD' has no batches, it sees all rows: give it a batch_size"):
        staged(ov.Training(network.network, network.X, network.y), {"batch": True})


# ------------------------------------------------------------------------------------- what a batch sees


def test_luck_is_what_the_run_saw_in_any_order(network):
    source, luck = network.batches(np.random.default_rng(7)), ReplayedBatches(network, 7)
    rows = [next(source) for _ in range(20)]
    for k in (3, 4, 19, 0, 7, 7, 6):
        np.testing.assert_array_equal(luck(k), rows[k])


def test_the_ground_of_a_batch_is_its_loss(network):
    settings = {"batch": True, "resolution": 31, "limits": (0.05, 2.0), "levels": 20, "distance": False}
    comparison, stage = staged(network, settings, {"GD": ov.GD(0.3)}, seed=3)
    run, (axes,) = comparison.trajectories["GD"], stage.figure.axes
    (image,) = [mark for mark in stage.marks if isinstance(mark, Image)]
    plane = ov.plane(network, run, resolution=31)
    lines = np.geomspace(0.05, 2.0, 20)
    luck = network.batches(np.random.default_rng(3))
    rows = [next(luck) for _ in range(30)]
    rng = np.random.default_rng(1)
    for step, batch in ((0, 0), (1, 0), (17, 16), (30, 29)):
        picture, right = image.colors(step), 0
        for column, row in rng.integers(5, np.array(picture.shape[1::-1]) - 5, (60, 2)):
            place = image.clip[0] + column + 0.5, image.clip[3] - row - 0.5
            theta = plane.at(*axes.transData.inverted().transform(place))
            loss = float(network.value(theta, rows[batch]))
            band = np.searchsorted(lines, [0.98 * loss, loss, 1.02 * loss])
            right += any(
                (picture[row, column] == color).all() for color in (colors_of(lines)[k] for k in band)
            )
        assert right >= 58  # all but a place between two lines


def colors_of(lines):
    ramp = band_colors(THEMES["light"].ramp, len(lines) - 1)
    return [np.array([*bytes.fromhex(color[1:]), 255], np.uint8) for color in (ramp[0], *ramp, ramp[-1])]


def test_the_batch_of_all_rows_is_the_still_ground(network):
    """Both ways of painting agree: matplotlib's contours, and our image with its lines."""
    whole = ov.Training(network.network, network.X, network.y, "binary_crossentropy", batch_size=30)
    panel = {"resolution": 61, "distance": False}
    _, still = staged(whole, panel, {"GD": ov.GD(0.3)})
    _, moving = staged(whole, {**panel, "batch": True}, {"GD": ov.GD(0.3)})
    one, two = still.frame(5)[..., :3].astype(int), moving.frame(5)[..., :3].astype(int)
    left, bottom, right, top = box_of(still.figure.axes[0])
    inside = slice(480 - top + 2, 480 - bottom - 2), slice(left + 2, right - 2)
    off = np.abs(one[inside] - two[inside]).max(axis=-1)
    assert (off <= 8).mean() > 0.97 and off.mean() < 1


def test_enlarging_is_linear():
    grid = np.arange(5.0)[:, np.newaxis] + 10 * np.arange(4.0)
    fine = enlarged(grid, (30, 40))
    up, across = (np.arange(40) + 0.5) / 40 * 4, (np.arange(30) + 0.5) / 30 * 3
    np.testing.assert_allclose(fine, up[::-1, np.newaxis] + 10 * across)


# ------------------------------------------------------------------------------------ from run to run


def test_the_loss_on_the_way_from_one_run_to_the_others(network):
    runs = {"GD": ov.GD(0.3), "Adam": ov.Adam(0.05), "ball": ov.Momentum(0.1)}
    scene = ov.Scene(network, runs, ["interpolation"], **{**SMALL, "steps": 20})
    comparison = ov.play(scene)
    stage = set_stage(scene, comparison)
    (axes,) = stage.figure.axes
    lines = [mark for mark in stage.marks if isinstance(mark, Curve) and not mark.head]
    heads = [mark for mark in stage.marks if isinstance(mark, Curve) and mark.head]
    assert len(lines) == 6 and len(heads) == 3  # to each of two: before, behind, between
    paths = [comparison.trajectories[label].path for label in runs]
    for step in (0, 7, 20):
        for k, other in enumerate(paths[1:]):
            for part in lines[3 * k : 3 * k + 3]:
                share, loss = axes.transData.inverted().transform(part.points(step)).T
                for t, value in zip(share[::9], loss[::9], strict=True):
                    theta = (1 - t) * paths[0][step] + t * other[step]
                    assert value == pytest.approx(float(network.value(theta)), rel=1e-9, abs=1e-12)
        shown = [axes.transData.inverted().transform(mark.points(step))[0] for mark in heads]
        expected = [[1, path[step]] for path in paths[1:]] + [[0, paths[0][step]]]
        for (x, y), (at, theta) in zip(shown, expected, strict=True):
            assert (x, y) == (pytest.approx(at, abs=1e-12), pytest.approx(float(network.value(theta))))
    shares = [axes.transData.inverted().transform(part.points(0))[[0, -1], 0] for part in lines[:3]]
    np.testing.assert_allclose(shares, [[-0.2, 0], [1, 1.2], [0, 1]], atol=1e-12)


def test_interpolation_takes_two_runs_of_one_network(network, monkeypatch):
    def set_up(runs, panel, objective=network):
        scene = ov.Scene(objective, runs, [ov.Panel("interpolation", panel)], **{**SMALL, "steps": 2})
        set_stage(scene, ov.play(scene))

    with pytest.raises(ov.BadInput, match="from one run to others of the same network: it needs two"):
        set_up({"GD": ov.GD(0.3)}, {})
    with pytest.raises(ov.BadInput, match="panel 'interpolation': unknown run 'Adm'"):
        set_up({"GD": ov.GD(0.3), "Adam": ov.Adam()}, {"runs": ("GD", "Adm")})
    monkeypatch.setattr(sys.modules["optiviz.rendering.panels.interpolation"], "FRAME", 50_000)
    with pytest.raises(ov.BadInput, match="asks a network in every frame, and this one is too large for it"):
        set_up({"GD": ov.GD(0.01), "Adam": ov.Adam()}, {})


# --------------------------------------------------------------------------------------------- the scenes


@pytest.mark.parametrize("name", NAMES)
def test_every_frame_can_be_drawn_in_any_order(name):
    _, _, stage = played(name)
    last = len(stage.moments) - 1
    first = stage.frame(0).copy()
    assert (stage.frame(last // 2) != first).any() and (stage.frame(last) != first).any()
    np.testing.assert_array_equal(stage.frame(0), first)


@pytest.mark.parametrize("name", NAMES)
def test_no_label_leaves_the_frame(name):
    scene, _, stage = played(name)
    texts = [*stage.figure.texts]
    for axes in stage.figure.axes:
        texts += [axes.xaxis.label, axes.yaxis.label]
    for text in texts:
        if text.get_text():
            box = text.get_window_extent()
            assert box.x0 >= 0 and box.x1 <= scene.size[0] and box.y0 >= 0 and box.y1 <= scene.size[1], text


def test_weight_space():
    scene, comparison, _ = played("weight_space")
    runs = comparison.trajectories
    plane = ov.plane(scene.objective, comparison, resolution=3)
    assert scene.objective.network.size == 337 and plane.explained.sum() > 0.9
    ways = {label: run.path[-1] - run.path[0] for label, run in runs.items()}
    cosine = {
        (one, two): ways[one] @ ways[two] / np.linalg.norm(ways[one]) / np.linalg.norm(ways[two])
        for one, two in combinations(ways, 2)
    }
    assert cosine["SGD", "Momentum"] > 0.88  # one direction; Momentum is ahead on it, Adam goes another
    assert np.linalg.norm(ways["Momentum"]) > 2 * np.linalg.norm(ways["SGD"])
    assert cosine["SGD", "Adam"] < 0.75 and cosine["Momentum", "Adam"] < 0.75
    assert runs["Adam"].losses[-1] < runs["Momentum"].losses[-1] < 0.6 * runs["SGD"].losses[-1]
    assert plane.distance(runs["Adam"].path)[-1] == 0 and plane.distance(runs["SGD"].path).min() > 0.4


def test_wide_narrow():
    """The wide network is better than guessing, ln 2, on more of the plane, whatever the directions."""
    _, comparison, _ = played("wide_narrow")
    shares = {}
    for label, run in comparison.trajectories.items():
        planes = [
            ov.plane(comparison.objectives[label], run, through="random", seed=k, resolution=15)
            for k in range(5)
        ]
        shares[label] = [(plane.z < np.log(2)).mean() for plane in planes]
    narrow, wide = shares["4 + 4 neurons"], shares["64 + 64 neurons"]
    assert max(narrow) < min(wide) and 0.05 < narrow[0] < 0.15 and 0.4 < wide[0] < 0.6
    run = comparison.trajectories["64 + 64 neurons"]
    plane = ov.plane(comparison.objectives[run.label], run, through="random", resolution=2)
    assert np.abs(plane.project(run.path[:1])).max() < 0.05 and plane.distance(run.path[:1]) > 6


def test_solutions():
    scene, comparison, stage = played("solutions")
    ends = {label: run.path[-1] for label, run in comparison.trajectories.items()}
    along = np.linspace(0, 1, 51)
    top = {
        pair: scene.objective.value(
            np.multiply.outer(ends[pair[0]], 1 - along) + np.outer(ends[pair[1]], along)
        )
        for pair in combinations(ends, 2)
    }
    valley = top["GD", "Momentum"]
    assert valley.max() == max(valley[0], valley[-1])  # no climb
    assert top["GD", "GD elsewhere"].max() > np.log(2) and top["Momentum", "GD elsewhere"].max() > np.log(2)
    assert all(run.losses[-1] < 0.025 for run in comparison.trajectories.values())
    begin = {label: run.path[0] for label, run in comparison.trajectories.items()}
    way = np.outer(begin["GD"], 1 - along) + np.outer(begin["GD elsewhere"], along)
    first = scene.objective.value(way)
    assert first.max() == max(first[0], first[-1])  # no wall at first
    assert top["GD", "GD elsewhere"].max() > 0.9 + max(top["GD", "GD elsewhere"][[0, -1]])
    starts = [*begin.values()]
    assert (starts[0] == starts[1]).all() and (starts[0] != starts[2]).any()
    axes = stage.figure.axes[0]  # of the map, the first panel
    marked = np.column_stack(axes.lines[0].get_data())
    plane = ov.plane(
        scene.objective, [ends[k] for k in ("GD", "GD elsewhere", "Momentum")], through="solutions"
    )
    np.testing.assert_allclose(
        marked, plane.project(np.stack([ends[k] for k in ("GD", "GD elsewhere", "Momentum")]))
    )


def test_batch_landscape():
    scene, comparison, _ = played("batch_landscape")
    (run,), (objective,) = comparison.trajectories.values(), comparison.objectives.values()
    source = objective.batches(np.random.default_rng(scene.seed))
    down = [
        objective.value(after, batch) - objective.value(before, batch)
        for before, after, batch in zip(run.path[:-1], run.path[1:], source, strict=False)
    ]
    assert objective.batch_size == 8 and len(down) == 60 and max(down) < 0
    assert 0.3 < (np.diff(run.losses) > 0).mean() < 0.4
