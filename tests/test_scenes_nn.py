"""The scenes of networks: what each tells the class is a number here."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

import optiviz as ov
from optiviz.nn import BatchNormalization, Dense, Network
from optiviz.rendering.panels._shared.backprop_steps import Shown, Worked
from optiviz.rendering.stage import set_stage

SCENES = Path(__file__).parents[1] / "scenes"
NAMES = (
    "perceptron", "worked_example", "blobs_linear", "xor", "relu_softmax", "capacity", "initialisation",
    "batch_normalisation", "placement", "capacity_regions", "initialisation_schemes",
)  # fmt: skip


@cache
def played(name):
    scene = ov.load(SCENES / f"{name}.toml")
    return scene, ov.play(scene)


def accuracies(comparison):
    """Of every run, at every recorded row."""
    return {
        label: comparison.objectives[label].accuracy(run.path.T)
        for label, run in comparison.trajectories.items()
    }


@pytest.fixture(scope="module", params=NAMES)
def stage(request):
    """The background of a scene; both tests of one are run before the next is set."""
    return set_stage(*played(request.param))


def test_every_frame_can_be_drawn_in_any_order(stage):
    last = len(stage.moments) - 1
    first = stage.frame(0).copy()
    assert (stage.frame(last // 2) != first).any()
    assert (stage.frame(last) != first).any()
    np.testing.assert_array_equal(stage.frame(0), first)


def test_no_label_leaves_the_frame(stage):
    width, height = stage.size
    for text in stage.figure.texts:
        box = text.get_window_extent()
        if text.get_text():
            assert box.x0 >= 0 and box.x1 <= width, text
            assert box.y0 >= 0 and box.y1 <= height, text


def test_perceptron():
    scene, comparison = played("perceptron")
    (run,) = comparison.trajectories.values()
    (share,) = accuracies(comparison).values()
    assert run.steps == 400 and scene.objective.network.size == 3  # five epochs, sample by sample
    assert share[0] == pytest.approx(0.40) and share[80] >= 0.8 and share[-1] == pytest.approx(0.95)
    angle = np.unwrap(np.arctan2(run.path[:, 1], run.path[:, 0]))
    turns = np.abs(np.diff(angle))
    assert turns[:80].sum() > 5 * turns[320:].sum()  # the first turns are large, the later ones small
    norm = np.linalg.norm(run.path[:, :2], axis=1)
    assert norm[-1] > norm[100]  # more certain all the time


def test_worked_example():
    # the numbers of the notes; the loss after the step from an independent framework
    scene, comparison = played("worked_example")
    (run,) = comparison.trajectories.values()
    assert scene.objective.X.tolist() == [[3, 5]] and scene.objective.targets.tolist() == [[1, 0]]
    assert run.losses[0] == 9213.25
    assert run.losses[1] == pytest.approx(196.5612128857, abs=5e-11)
    beats = Worked(scene.objective, run.path, ov.GD(0.001))
    assert beats.count == 12 and scene.seconds / beats.count >= 3  # time to read
    titles = [beats.at(k).title for k in range(beats.count)]
    assert titles[:4] == [
        "Forward: the inputs", "Forward: the hidden layer", "Forward: the output layer", "The loss",
    ]  # fmt: skip
    assert [beats.at(2).neurons[k].numbers.tolist() for k in range(3)] == [
        [3, 5], [7.5, 14, 27, 12.5], [121.5, 62.5],
    ]  # fmt: skip
    assert beats.at(2).examples[0] == "o₁ = 7.5 · 1 + 14 · 0.5 + 27 · 3 + 12.5 · 2 + 1 = 121.5"
    assert beats.at(3).examples[0] == "L = ((121.5 − 1)² + (62.5 − 0)²) / 2 = 9213.25"
    assert beats.at(4).neurons[2] == Shown(beats.at(4).neurons[2].numbers, "back")
    assert beats.at(4).neurons[2].numbers.tolist() == [120.5, 62.5]
    assert beats.at(5).lines[1].numbers.tolist() == [
        [903.75, 468.75],
        [1687, 875],
        [3253.5, 1687.5],
        [1506.25, 781.25],
    ]
    assert beats.at(5).biases[1].numbers.tolist() == [120.5, 62.5]
    assert beats.at(5).examples[0] == "the first weight: 7.5 · 120.5 = 903.75"
    assert beats.at(6).neurons[1].numbers.tolist() == [245.5, 91.5, 424, 303.5]
    assert beats.at(6).lines[1].numbers.tolist() == [[1, 2], [0.5, 0.5], [3, 1], [2, 1]]  # the old weights
    assert beats.at(6).examples[0] == "∂L/∂h₁ = 120.5 · 1 + 62.5 · 2 = 245.5"
    assert beats.at(7).lines[0].numbers.tolist() == [
        [736.5, 274.5, 1272, 910.5],
        [1227.5, 457.5, 2120, 1517.5],
    ]
    assert beats.at(7).biases[0].numbers.tolist() == [245.5, 91.5, 424, 303.5]
    assert beats.at(8).title == "Update: a step down the slope"
    np.testing.assert_allclose(beats.at(8).lines[0].numbers[:, 0], [0.5 - 0.7365, 1 - 1.2275], rtol=1e-12)
    assert beats.at(8).examples[0] == "the first weight: 0.5 − 0.001 · 736.5 = −0.2365"
    assert beats.at(11).loss == "9213.25 → 196.56" and beats.at(11).title == "The loss after 1 step"
    # the matrices beside the network: dW once it is told, W anew after the update
    assert beats.matrices(4)[1][1].numbers is None
    known = beats.matrices(5)[1][1]
    assert known.tone == "back" and known.numbers.tolist() == beats.at(5).lines[1].numbers.tolist()
    assert beats.matrices(6)[1][1].tone == "plain" and beats.matrices(6)[0][1].numbers is None
    assert beats.matrices(8)[0][0].tone == "new"
    np.testing.assert_allclose(beats.matrices(8)[1][0].numbers[0], [1 - 0.90375, 2 - 0.46875], rtol=1e-12)
    # the last loss again with a calculator, from the digits that are shown
    assert beats.at(11).examples[0].startswith("L = ((−14.19783 − 1)² + (−12.73375 − 0)²) / 2 = 196.56")
    assert round(((-14.19783 - 1) ** 2 + 12.73375**2) / 2, 2) == 196.56


def test_blobs_linear():
    scene, comparison = played("blobs_linear")
    (run,), (share,) = comparison.trajectories.values(), accuracies(comparison).values()
    assert scene.objective.network.widths == (2, 4, 2) and scene.objective.network.size == 22
    assert run.steps == 1000  # ten epochs of a hundred samples, one at a time
    assert share[0] < 0.1 and share[100] > 0.95 and share[-1] > 0.95
    drop = run.losses[0] - run.losses[-1]
    assert run.losses[0] - run.losses[100] > 0.98 * drop  # nearly all of it in the first epoch
    weights = scene.objective.network.unpack(run.path[-1])
    product = weights["dense/kernel"] @ weights["dense_1/kernel"]  # a line of lines
    shift = weights["dense/bias"] @ weights["dense_1/kernel"] + weights["dense_1/bias"]
    places = np.random.default_rng(0).normal(size=(50, 2)) * 3
    np.testing.assert_allclose(scene.objective.predict(run.path[-1], places), places @ product + shift)


def test_xor():
    _, comparison = played("xor")
    share = accuracies(comparison)
    assert share["Perceptron"].max() <= 0.85 and share["Perceptron"][-1] < 0.76  # three corners at best
    assert share["2-4-1"][-1] == 1
    assert share["z cos z"][-1] == 1
    assert comparison.objectives["z cos z"].network.size == 3  # two weights and a bias
    for label in ("2-4-1", "z cos z"):
        objective, run = comparison.objectives[label], comparison.trajectories[label]
        corners = objective.predict(run.path[-1], [[0, 0], [0, 1], [1, 0], [1, 1]])[:, 0] >= 0.5
        assert corners.tolist() == [False, True, True, False]


def test_relu_softmax():
    scene, comparison = played("relu_softmax")
    assert [objective.network.widths for objective in comparison.objectives.values()] == [(2, 10, 10, 2)] * 2
    starts = [run.path[0] for run in comparison.trajectories.values()]
    np.testing.assert_array_equal(*starts)  # the same start
    X, y = scene.objective.X, scene.objective.targets[:, 1]
    design = np.column_stack([X, np.ones(len(X))])
    line, *_ = np.linalg.lstsq(design, 2 * y - 1, rcond=None)
    best_line = ((design @ line >= 0) == y).mean()
    share = accuracies(comparison)
    assert best_line < 0.88 < share["MSE"][-1]
    assert share["Softmax"][-1] > 0.94
    for label, run in comparison.trajectories.items():
        assert comparison.objectives[label].held_out_accuracy(run.path[-1]) > 0.9
        assert run.losses[-1] < 0.5 * run.losses[60]


def test_capacity():
    _, comparison = played("capacity")
    known = {label: run.losses[-1] for label, run in comparison.trajectories.items()}
    apart = {
        label: float(comparison.objectives[label].held_out_value(run.path[-1]))
        for label, run in comparison.trajectories.items()
    }
    assert [run.steps for run in comparison.trajectories.values()] == [100] * 4
    assert known["1 neuron"] > 0.4 and apart["1 neuron"] > 0.4
    for label in ("50 x 4", "257 x 4"):
        assert known[label] < 0.0625  # below the noise of 0.25, squared
        assert 1.6 * known[label] < apart[label] < 0.12
        assert known[label] < 0.7 * known["1025 x 4"]  # which is still behind
    assert 1.6 * known["1025 x 4"] < apart["1025 x 4"] < 0.14
    sizes = [objective.network.size for objective in comparison.objectives.values()]
    assert sizes == [2, 7801, 199_690, 3_158_026]


def spread(comparison, label, row):
    """The standard deviation of each hidden layer's activations, and the share that is saturated."""
    objective, run = comparison.objectives[label], comparison.trajectories[label]
    found = list(objective.network.forward(run.path[row], objective.X).values())[:-1]
    return [layer.a.std() for layer in found], [(np.abs(layer.a) > 0.95).mean() for layer in found]


def test_initialisation():
    scene, comparison = played("initialisation")
    runs, guess = comparison.trajectories, np.log(2)
    assert scene.objective.network.inputs == 500
    # zeros: nothing is said, and no slope comes back to any kernel
    assert max(spread(comparison, "Zeros", -1)[0]) == 0
    kernels = [at for name, (at, _) in scene.objective.network.parameters.items() if name.endswith("kernel")]
    assert all((runs["Zeros"].path[-1, at] == 0).all() for at in kernels)
    # small: each layer has a tenth of the one before, and it stays stuck
    width, _ = spread(comparison, "Small (0.01)", 0)
    assert all(b < 0.15 * a for a, b in zip(width, width[1:], strict=False))
    for stuck in ("Zeros", "Small (0.01)"):
        np.testing.assert_allclose(runs[stuck].losses, guess, atol=2e-3)
    # large: saturated everywhere, and worse than guessing
    _, saturated = spread(comparison, "Large (1)", 0)
    assert min(saturated) > 0.75
    assert runs["Large (1)"].losses[0] > 4 * guess
    # Glorot: the signal keeps its width, so do the slopes
    width, saturated = spread(comparison, "Glorot", 0)
    assert min(width) > 0.3 and max(saturated) < 0.25
    objective = comparison.objectives["Glorot"]
    slope = objective.gradient(runs["Glorot"].path[0])
    sizes = [np.sqrt(np.mean(slope[at] ** 2)) for at in kernels]
    assert max(sizes) / min(sizes) < 10
    assert runs["Glorot"].losses[-1] < 0.2 * runs["Large (1)"].losses[-1]


def test_batch_normalisation():
    _, comparison = played("batch_normalisation")
    runs = comparison.trajectories
    for row in (0, 60, -1):
        for label in runs:
            objective, run = comparison.objectives[label], runs[label]
            found = objective.network.forward(run.path[row], objective.X, objective.statistics(run.path[row]))
            given = [found[name].z for name in objective.network.names if name.startswith("activation")]
            assert [z.shape[1] for z in given] == [3, 2]  # the notes' 2-3-2-1
            if label == "With BN":
                assert all(0.3 < z.std() < 3 and abs(z.mean()) < 1.5 for z in given)
            else:
                assert np.abs(given[0]).max() > 3  # so far out that tanh is flat
    share = accuracies(comparison)
    assert share["With BN"][-1] > 0.95 > 0.9 > share["Without BN"][-1]


def test_the_keras_model_of_the_notes():
    # Dense(3), BN, Dense(2), BN, Dense(1): Keras counts 9 + 12 + 8 + 8 + 3, of which 10 are moving statistics
    relu = {"activation": "relu"}
    layers = [
        Dense(3, **relu),
        BatchNormalization(),
        Dense(2, **relu),
        BatchNormalization(),
        Dense(1, "sigmoid"),
    ]
    network = Network(layers, inputs=2)
    counts = {name: at.stop - at.start for name, (at, _) in network.parameters.items()}
    trained = [sum(n for name, n in counts.items() if name.startswith(f"{part}/")) for part in network.names]
    assert trained == [9, 6, 8, 4, 3]
    assert sum(len(row) for row in network.initial_statistics().values()) == 10


def test_placement():
    scene, comparison = played("placement")
    data = scene.objective.data
    assert data.x.shape == (3, 2) and scene.objective.y.tolist() == [1, 1, 0]
    assert scene.objective.x_names == ("cgpa (standardised)", "iq (standardised)")
    for share in accuracies(comparison).values():
        assert share[0] < 1 and share[-1] == 1
    runs = comparison.trajectories
    assert runs["Adam"].losses[-1] < 0.2 * runs["GD"].losses[-1]
    assert runs["Momentum 0.9"].losses[-1] < 0.2 * runs["GD"].losses[-1]


def test_capacity_regions():
    _, comparison = played("capacity_regions")
    share = accuracies(comparison)
    assert share["1 neuron"].max() < 0.7 and min(share[label][-1] for label in ("50 x 4", "257 x 4")) > 0.97


def test_initialisation_schemes():
    scene, comparison = played("initialisation_schemes")
    weights = {
        label: comparison.objectives[label].network.unpack(run.path[0])
        for label, run in comparison.trajectories.items()
    }
    # the variance of the second kernel, 50 x 50: 2 / (n + m), 2 / n, 1 / n
    for label, variance in (("Xavier", 2 / 100), ("He", 2 / 50), ("LeCun", 1 / 50)):
        assert weights[label]["dense_1/kernel"].var() == pytest.approx(variance, rel=0.1)
    last = comparison.objectives["Constant"].network.unpack(comparison.trajectories["Constant"].path[-1])
    assert np.ptp(last["dense_1/kernel"], axis=1).max() < 1e-12  # all neurons of the layer are one
