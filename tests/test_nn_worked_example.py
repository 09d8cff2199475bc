"""The lecture's numbers: row 5 of its table of scenes, and the one weight of row 2."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from optiviz.nn import Dense, Network
from optiviz.objectives.training import Training
from optiviz.optimizers import GD
from optiviz.runs.minimize import minimize

SCRIPT = Path(__file__).parents[1] / "examples" / "worked_example.py"
X, Y = np.array([[3.0, 5.0]]), np.array([[1.0, 0.0]])
FORWARD = {"h": [[7.5, 14, 27, 12.5]], "o": [[121.5, 62.5]], "loss": 9213.25}
BACKWARD = {
    "dW2": [[903.75, 468.75], [1687, 875], [3253.5, 1687.5], [1506.25, 781.25]],
    "db2": [120.5, 62.5],
    "dW1": [[736.5, 274.5, 1272, 910.5], [1227.5, 457.5, 2120, 1517.5]],
    "db1": [245.5, 91.5, 424, 303.5],
}
PLACES = {"dW1": "dense/kernel", "db1": "dense/bias", "dW2": "dense_1/kernel", "db2": "dense_1/bias"}
LOSSES = [9213.25, 196.5612128857, 79.38, 36.79, 18.09]


@pytest.fixture
def network():
    return Network([Dense(4), Dense(2)], inputs=2)


@pytest.fixture
def theta(network):
    return network.pack(
        {
            "dense/kernel": [[0.5, 1, 7, 3], [1, 2, 1, 0.5]],
            "dense/bias": [1, 1, 1, 1],
            "dense_1/kernel": [[1, 2], [0.5, 0.5], [3, 1], [2, 1]],
            "dense_1/bias": [1, 1],
        }
    )


def test_forward(network, theta):
    signals = network.forward(theta, X)
    assert list(signals) == ["dense", "dense_1"]
    for name, layer in {"h": "dense", "o": "dense_1"}.items():
        np.testing.assert_array_equal(signals[layer].a, FORWARD[name])
        np.testing.assert_array_equal(signals[layer].z, FORWARD[name])
    np.testing.assert_array_equal(network.predict(theta, X), FORWARD["o"])
    assert network.value(theta, X, Y, "mse") == FORWARD["loss"]


def test_backward(network, theta):
    value, gradient = network.value_and_gradient(theta, X, Y, "mse")
    assert value == FORWARD["loss"]
    slopes = network.unpack(gradient)
    for name, place in PLACES.items():
        np.testing.assert_array_equal(slopes[place], BACKWARD[name])


def test_update(network, theta):
    run = minimize(Training(network, X, Y, start=theta), GD(0.001), steps=4)
    assert run.losses[1] == pytest.approx(LOSSES[1], abs=5e-11)
    assert run.losses.round(2).tolist() == [9213.25, 196.56, *LOSSES[2:]]
    before, after = network.unpack(run.path[0]), network.unpack(run.path[1])
    for name, place in PLACES.items():
        np.testing.assert_allclose(after[place], before[place] - 0.001 * np.array(BACKWARD[name]), rtol=1e-15)


def test_the_script_gives_the_same_numbers_by_hand_and_by_network(capsys):
    script = runpy.run_path(str(SCRIPT), run_name="__main__")
    printed = capsys.readouterr().out
    assert "196.5612128857" in printed and "[7.5, 14.0, 27.0, 12.5]" in printed
    seen = script["by_hand"](5)
    losses, gradients = script["by_network"](5)
    assert np.round(losses, 2).tolist() == [9213.25, 196.56, *LOSSES[2:]]
    np.testing.assert_allclose(seen["loss"], losses, rtol=1e-13)
    for name, expected in (FORWARD | BACKWARD).items():
        np.testing.assert_array_equal(seen[name][0], expected)
    for step, slopes in enumerate(gradients):
        for name, place in PLACES.items():
            np.testing.assert_allclose(np.squeeze(seen[name][step]), slopes[place], rtol=1e-10)


@pytest.mark.parametrize(
    ("rate", "weights"), [(1.0, [3, -1, 3, -1, 3]), (0.8, [3, -0.2, 1.72, 0.568]), (0.1, [3, 2.6, 2.28])]
)
def test_one_weight(rate, weights):
    # (w - 1)^2 has the slope 2 (w - 1): 3 - 4 rate, ...
    one = Training(Network([Dense(1, use_bias=False)], inputs=1), [[1.0]], [1.0], start=[3.0])
    run = minimize(one, GD(rate), steps=len(weights) - 1)
    np.testing.assert_allclose(run.path[:, 0], weights, rtol=1e-14)
