"""The scenes of the lecture: what each claims on its top line is a number here, worked out another way."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import optiviz as ov
from optiviz.rendering.panels import PANELS
from optiviz.rendering.panels.curve import known as curve_of
from optiviz.rendering.panels.ewma import averages, ewma_weights
from optiviz.rendering.stage import set_stage

SCENES = Path(__file__).parents[1] / "scenes"
NAMES = (
    "one_weight", "batch_sizes", "momentum_decay", "nag", "local_minimum", "convexity", "sparse_features",
    "activations", "rectifiers", "losses", "ewma", "race_rosenbrock", "race_himmelblau",
)  # fmt: skip


def played(name):
    scene = ov.load(SCENES / f"{name}.toml")
    return scene, ov.play(scene)


def runs_of(name):
    scene, comparison = played(name)
    return scene, comparison.trajectories


@pytest.mark.parametrize("name", NAMES)
def test_tells_the_class_and_nothing_overlaps(name):
    scene, comparison = played(name)
    words = (SCENES / f"{name}.toml").read_text(encoding="utf-8").split("title", 1)[0]
    assert words.startswith("# ") and "ell the class" in words + scene.notes
    assert all(panel.name in PANELS for panel in scene.panels)
    for size in (scene.size, (1024, 768)):
        stage = set_stage(replace(scene, size=size), comparison)
        boxes = []
        for text in [*stage.figure.texts, *(t for axes in stage.figure.axes for t in labels_of(axes))]:
            box = text.get_window_extent()
            if text.get_text() and box.width:
                assert text.get_fontsize() * 100 / 72 >= 0.033 * size[1]
                assert box.x0 >= 0 and box.y0 >= 0, text
                assert box.x1 <= size[0] and box.y1 <= size[1], text
                for other in boxes:
                    assert not box.shrunk(0.9, 0.7).overlaps(other), text
                boxes.append(box.shrunk(0.9, 0.7))


def labels_of(axes):
    yield from (axes.xaxis.label, axes.yaxis.label, *axes.texts)
    for axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
        for place, label in zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=True):
            if low <= place <= high:
                yield label


def test_one_weight():
    # w' = w - rate 2 (w - 1), from 3: with rate 0.8 that is 1.6 - 0.6 w, with 1 it is 2 - w
    _, runs = runs_of("one_weight")
    w = {label: run.path[:, 0] for label, run in runs.items()}
    np.testing.assert_allclose(w["rate 0.8"][:4], [3, -0.2, 1.72, 0.568], rtol=1e-12)
    np.testing.assert_array_equal(w["rate 1"], [3, -1] * 6 + [3])
    np.testing.assert_allclose(w["rate 0.1"][:3], [3, 2.6, 2.28], rtol=1e-12)
    assert (np.diff(w["rate 0.1"]) < 0).all() and w["rate 0.1"][-1] > 1  # creeps, from above
    away = np.abs(w["rate 1.1"] - 1)
    np.testing.assert_allclose(away[1:] / away[:-1], 1.2, rtol=1e-12)  # climbs out
    for run in runs.values():
        np.testing.assert_allclose(run.losses, (run.path[:, 0] - 1) ** 2, rtol=1e-9, atol=1e-15)
        assert (run.path[:, 1] == 0).all()


def overshoot(run, best):
    """How far past the minimum a path goes, along the line from its start to the minimum, at each step."""
    ahead = best - run.path[0]
    return (run.path - best) @ ahead / np.linalg.norm(ahead)


def heavy_ball(data, start, rate, decay, steps):
    """Momentum on the mean squared error of a line, written down once more."""
    x, y = data.x[:, 0], data.y
    (w, b), v, path = start, (0.0, 0.0), [start]
    for _ in range(steps):
        r = w * x + b - y
        v = decay * v[0] - rate * 2 * np.mean(r * x), decay * v[1] - rate * 2 * np.mean(r)
        w, b = w + v[0], b + v[1]
        path.append((w, b))
    return np.array(path)


def test_momentum_decay():
    scene, runs = runs_of("momentum_decay")
    best = scene.objective.best
    past = []
    for decay, run in zip((0.5, 0.8, 0.9), runs.values(), strict=True):
        by_hand = heavy_ball(scene.objective.data, (-1.0, -1.5), 0.1, decay, 49)
        np.testing.assert_allclose(run.path, by_hand, rtol=1e-9)
        assert run.label == f"decay {decay}"
        past.append(overshoot(run, best).max())
    assert 0 < past[0] < past[1] < past[2]
    assert past[1] > 3 * past[0]


def test_nag():
    scene, runs = runs_of("nag")
    best = scene.objective.best
    ball, looks_ahead = runs["Momentum"], runs["NAG"]
    one, two = overshoot(ball, best), overshoot(looks_ahead, best)
    assert 0 < two.max() < 0.6 * one.max()
    assert two.argmax() < one.argmax()  # turns earlier
    far = {run.label: np.linalg.norm(run.path[24:] - best, axis=1).max() for run in runs.values()}
    assert far[looks_ahead.label] < 0.05 < 0.5 < far[ball.label]


KERAS = """
panels = ["loss"]
steps  = 30
[problem]
data  = { kind = "line", n = 20 }
start = [-1.0, -1.5]
[runs]
"SGD"      = { optimizer = "keras.SGD", learning_rate = 0.01, momentum = 0.0, nesterov = false }
"Momentum" = { optimizer = "keras.SGD", learning_rate = 0.01, momentum = 0.9, nesterov = false }
"NAG"      = { optimizer = "keras.SGD", learning_rate = 0.01, momentum = 0.9, nesterov = true }
"""


def test_the_three_ways_to_set_keras_sgd(tmp_path):
    # SGD(learning_rate=0.01, momentum=0.0, nesterov=False) of the notes: plain, with momentum, with both
    (tmp_path / "sgd.toml").write_text(KERAS)
    comparison = ov.play(ov.load(tmp_path / "sgd.toml"))
    data = comparison.objective.data
    for run, decay, ahead in zip(comparison.trajectories.values(), (0, 0.9, 0.9), (0, 0, 1), strict=True):
        place, v = np.array([-1.0, -1.5]), np.zeros(2)
        for t in range(31):
            np.testing.assert_allclose(run.path[t], place, rtol=1e-10)
            r = place[0] * data.x[:, 0] + place[1] - data.y
            g = 2 * np.array([np.mean(r * data.x[:, 0]), np.mean(r)])
            v = decay * v - 0.01 * g
            place = place + (decay * v - 0.01 * g if ahead else v)
    default = ov.flavours.keras.SGD()
    assert default == ov.GD(0.01) == ov.flavours.keras.SGD(learning_rate=0.01, momentum=0.0, nesterov=False)


def test_local_minimum():
    # f = x^4 / 4 - 1.5 x^2 + 1.4 x + 0.6 y^2 stands still where x^3 - 3 x + 1.4 = 0 and y = 0
    deep, top, shallow = np.sort(np.roots([1, 0, -3, 1.4]).real)
    height = lambda x: 0.25 * x**4 - 1.5 * x**2 + 1.4 * x
    assert height(deep) < height(shallow) - 4 and deep < top < shallow
    scene, runs = runs_of("local_minimum")
    np.testing.assert_allclose(scene.objective.minima, [[deep, 0]], atol=2e-4)
    still, rolls = runs["Batch GD"], runs["Momentum 0.5"]
    np.testing.assert_allclose(still.path[-1], [shallow, 0], atol=0.02)
    assert (still.path[:, 0] > top).all()
    np.testing.assert_allclose(rolls.path[-1], [deep, 0], atol=0.01)
    assert len(still.path) == 43  # the epoch of the notes


def test_convexity():
    scene, runs = runs_of("convexity")
    y = np.linspace(-5, 5, 100_001)
    rough = 0.2 * y * y + 1.1 * np.cos(2 * y + 0.6)
    inside = rough[1:-1]
    wells = y[1:-1][(inside < rough[:-2]) & (inside < rough[2:])]
    assert len(wells) == 4
    deepest = y[np.argmin(rough)]
    ends = {label: run.path[-1] for label, run in runs.items()}
    assert all(abs(end[0]) < 0.05 for end in ends.values())  # convex: one answer
    found = {label: wells[np.argmin(np.abs(wells - end[1]))] for label, end in ends.items()}
    for label, well in found.items():
        assert abs(ends[label][1] - well) < 0.05
    assert len(set(found.values())) == 3
    assert found["GD, left"] != found["Momentum, left"] == deepest
    rolled = runs["Momentum, right"].path[:, 1]
    assert rolled[0] > deepest > rolled[-1] + 2  # over the deepest valley and on
    starts = {tuple(run.path[0]) for run in runs.values()}
    assert starts == {(-3.4, -3.4), (4.6, 4.6)}
    assert (0.8 > 0) and (0.4 - 4.4 * np.cos(2 * y + 0.6)).min() < 0  # second derivatives of the two parts


def detour(run, best):
    """The largest distance of a path from the straight line between its start and the minimum."""
    along = (best - run.path[0]) / np.linalg.norm(best - run.path[0])
    x, y = (run.path - run.path[0]).T
    return np.abs(x * along[1] - y * along[0]).max()


def test_sparse_features():
    scene, runs = runs_of("sparse_features")
    x, y = scene.objective.data.x[:, 0], scene.objective.data.y
    assert np.count_nonzero(x) == 10 and len(x) == 100
    best = scene.objective.best
    aside = {label: detour(run, best) for label, run in runs.items()}
    for label in ("Adagrad", "RMSProp", "Adam"):
        assert 3 * aside[label] < aside["Batch GD"] < aside["Momentum"]
    r = -2 * x - 2 - y  # at the start, w = b = -2
    np.testing.assert_allclose(runs["Adagrad"].gradients[0], [2 * np.mean(r * x), 2 * np.mean(r)], rtol=1e-9)
    assert abs(np.mean(r)) > 3 * abs(np.mean(r * x))  # small pull at w, large at b
    # Adagrad's rates, from its gradients: rate / sqrt(0.1 + sum of squares)
    squares = 0.1 + np.cumsum(runs["Adagrad"].gradients ** 2, axis=0)
    own = 1.5 / np.sqrt(squares)
    assert (own[:, 0] > 3 * own[:, 1]).all()


def straight_line(w, b, x, y):
    r = w * x + b - y
    return 2 * r * x, 2 * r


def test_batch_sizes():
    scene, comparison = played("batch_sizes")
    runs = comparison.trajectories
    data, rate = scene.objective.data, 0.08
    order = {
        label: comparison.objectives[label].batches(np.random.default_rng(5)) for label in list(runs)[1:]
    }
    by_one = np.concatenate([next(order["1 row"]) for _ in range(512)])
    by_sixteen = np.concatenate([next(order["16 rows"]) for _ in range(32)])
    np.testing.assert_array_equal(by_one, by_sixteen)  # the same rows in the same order
    assert sorted(by_one[:256].tolist()) == list(range(256))
    # sixteen single rows, and one batch of them: which rows were they? those that explain both
    w, b = runs["1 row"].path[0]
    seen = []
    for after in runs["1 row"].path[1:17]:
        dw, db = straight_line(w, b, data.x[:, 0], data.y)
        off = np.abs(w - rate * dw - after[0]) + np.abs(b - rate * db - after[1])
        seen.append(int(np.argmin(off)))
        assert off.min() < 1e-12
        w, b = after
    assert len(set(seen)) == 16
    start = runs["16 rows"].path[0]
    dw, db = straight_line(*start, data.x[seen, 0], data.y[seen])
    expected = start - rate * np.array([dw.mean(), db.mean()])
    np.testing.assert_allclose(runs["16 rows"].path[1], expected, rtol=1e-12)
    # smooth, wobbling, noisy: the share of steps that make the loss worse
    worse = [float((np.diff(run.losses) > 0).mean()) for run in runs.values()]
    assert worse[0] == 0 < worse[3] < worse[4]
    assert list(runs) == ["Batch", "64 rows", "32 rows", "16 rows", "1 row"]
    assert [len(run.path) - 1 for run in runs.values()] == [12, 12 * 4, 12 * 8, 12 * 16, 12 * 256]
    assert {panel.settings.get("against") for panel in scene.panels} >= {"epochs", "samples"}
    # after one epoch: SGD is there, Batch has made a step
    assert runs["1 row"].losses[:257].min() < 0.05 * runs["Batch"].losses[1]


def test_activations():
    shown = [
        (panel.settings["function"], panel.settings.get("a"))
        for name in ("activations", "rectifiers")
        for panel in ov.load(SCENES / f"{name}.toml").panels
    ]
    of_the_notes = {"step", "sigmoid", "tanh", "relu", "leaky_relu", "prelu", "elu", "selu", "softmax", "gcu"}
    assert of_the_notes <= {function for function, _ in shown} and ("leaky_relu", 0.01) in shown
    z = np.linspace(-7, 7, 1401)
    slope = {function: curve_of(function, a or 1.0, 1)(z)[1] for function, a in shown}
    assert (slope["step"] == 0).all()
    assert slope["sigmoid"].max() == pytest.approx(1 / 4) and slope["sigmoid"][[0, -1]].max() < 1e-3
    assert slope["tanh"].max() == pytest.approx(1)
    assert set(slope["relu"].tolist()) == {0, 1}
    assert set(slope["leaky_relu"].round(12).tolist()) == {0.01, 1}
    assert slope["softmax"].min() > 0 and slope["gcu"].min() < 0 < slope["gcu"].max()
    floor = {name: curve_of(name, 1.0, 1)(np.array([-50.0]))[0][0] for name in ("elu", "selu")}
    assert floor["elu"] == pytest.approx(-1) and floor["selu"] == pytest.approx(-1.0507009874 * 1.6732632423)
    draws = np.random.default_rng(0).standard_normal(400_000)
    passed, _ = curve_of("selu", 1.0, 1)(draws)
    assert abs(passed.mean()) < 0.01 and abs(passed.var() - 1) < 0.02  # variance 1 stays 1


def test_losses():
    # y = 2 x + 1 for x = 0..9, and 30 more at x = 8: mean x 4.5, sum of squares about it 82.5
    slope = 2 + 30 * (8 - 4.5) / 82.5
    intercept = (10 + 3) - 4.5 * slope
    scene, runs = runs_of("losses")
    assert (scene.objective.data.y - 2 * scene.objective.data.x[:, 0] - 1).tolist() == [0] * 8 + [30, 0]
    np.testing.assert_allclose(runs["MSE"].path[-1], [slope, intercept], atol=0.05)
    np.testing.assert_allclose(runs["MAE"].path[-1], [2, 1], atol=0.05)
    np.testing.assert_allclose(scene.objective.best, [slope, intercept], rtol=1e-9)
    tame, wild = np.array([2.0, 31.0])[:, np.newaxis]  # off by 1 and by 30, y = 1
    pull = lambda name: curve_of(name, 1.0, 1)(wild)[1] / curve_of(name, 1.0, 1)(tame)[1]
    assert (pull("mse"), pull("mae")) == (30, 1)
    for name in ("binary_crossentropy", "categorical_crossentropy"):
        value, slope = curve_of(name, 1.0, 1)(np.array([1e-3, 0.5]))
        np.testing.assert_allclose(value, [np.log(1000), np.log(2)], rtol=1e-9)
        assert slope[0] < -900  # sure and wrong


def test_ewma_is_the_expansion_of_the_notes():
    scene, _ = runs_of("ewma")
    theta = scene.objective.data.y
    assert len(theta) == 365 == scene.steps
    for beta in (0.5, 0.9, 0.98):
        plain, corrected = averages(theta, beta)
        assert plain[0] == 0
        one, two, three, four = theta[:4]
        v_4 = (1 - beta) * (beta**3 * one + beta**2 * two + beta * three + four)
        np.testing.assert_allclose(plain[4], v_4, rtol=1e-12)
        np.testing.assert_allclose(corrected[4], v_4 / (1 - beta**4), rtol=1e-12)
        np.testing.assert_allclose(plain[4], ewma_weights(beta, 4, 4) @ theta[:4][::-1], rtol=1e-12)
        np.testing.assert_allclose(ewma_weights(beta, 365, 20).sum(), 1 - beta**20, rtol=1e-12)
        assert beta > beta**2 > beta**3
        np.testing.assert_allclose(corrected[1], one, rtol=1e-12)  # right from day 1; V is drawn to 0
        assert abs(plain[1]) < abs(one)
    rough = [np.abs(np.diff(averages(theta, beta)[1])).sum() for beta in (0.5, 0.9, 0.98)]
    assert rough[0] > 2 * rough[1] > 4 * rough[2]
    assert [panel.settings["beta"] for panel in scene.panels] == [0.5, 0.9, 0.98] * 2


def test_race_rosenbrock():
    _, runs = runs_of("race_rosenbrock")
    assert list(runs) == ["GD", "Momentum", "NAG", "Adagrad", "RMSprop", "Adam"]
    for run in runs.values():
        x, y = run.path[40:].T
        assert np.abs(y - x * x).max() < 0.2  # on the floor of the valley, y = x^2
    ends = {label: run.path[-1, 0] for label, run in runs.items()}
    assert all(ends[label] > 0.5 for label in ("NAG", "Momentum", "Adam"))
    assert all(ends[label] < -0.5 for label in ("GD", "Adagrad", "RMSprop"))


def test_race_himmelblau():
    # f = (x^2 + y - 11)^2 + (x + y^2 - 7)^2 is 0 at these four (Himmelblau, 1972)
    minima = [(3, 2), (-2.805118, 3.131313), (-3.77931, -3.283186), (3.584428, -1.848127)]
    for x, y in minima:
        assert (x * x + y - 11) ** 2 + (x + y * y - 7) ** 2 < 1e-8
    _, runs = runs_of("race_himmelblau")
    found = {}
    for label, run in runs.items():
        gaps = np.linalg.norm(np.array(minima) - run.path[-1], axis=1)
        assert gaps.min() < 0.05
        found[label] = int(gaps.argmin())
    assert found["GD"] == found["Momentum"] == found["Adam 0.5"] == 1
    assert {found[f"Adam {rate}"] for rate in ("0.5", "2", "2.1", "2.9")} == {0, 1, 2, 3}
