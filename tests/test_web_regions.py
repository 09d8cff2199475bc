"""The page's other views: forward pass, decision regions, lines of a fit, recorded pictures and weights."""

import base64
import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from javascript import NODE, needs_node

import optiviz as ov
from optiviz.nn import Dense, Network
from optiviz.objectives.training import Training
from optiviz.rendering.encode.html_curves import accuracy_record, rates_record
from optiviz.rendering.encode.html_networks import boundary_record
from optiviz.rendering.panels.boundary import Regions, ground_colors
from optiviz.rendering.style import DARK, LIGHT
from optiviz.scene.play import play
from optiviz.scene.scene import Scene
from optiviz.web.networks import FORWARD, dense_layers

FOLDER = Path(__file__).parents[1] / "optiviz" / "web" / "js"
pytestmark = needs_node

XOR = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)
SCRIPT = """
import * as forward from "FOLDER/forward_pass.js";
import * as regions from "FOLDER/regions.js";
import * as fit from "FOLDER/fit_lines.js";
import { neuronShades } from "FOLDER/neurons_view.js";
import { pictureAt } from "FOLDER/picture_view.js";
import { valuesByStep } from "FOLDER/curves_view.js";
import { recordedWeights } from "FOLDER/recorded_weights.js";
const given = JSON.parse(process.argv[2]);
const bare = (_, one) => (ArrayBuffer.isView(one) ? Array.from(one) : one);
const plain = (value) => JSON.parse(JSON.stringify(value, bare));
const flat = (scores) => ({ across: 3, down: 2, scores: scores.map((one) => Float32Array.from(one)) });
const weights = recordedWeights(given.boundary.network);
const { network, rows } = given.boundary;
const scores = regions.regionScores(network, weights(2).theta, Float64Array.from(rows.places));
const places = regions.gridPlaces([-0.5, 1.5], [-0.5, 1.5], 40, 40);
const grid = { across: 40, down: 40, scores: regions.regionScores(network, weights(2).theta, places) };
console.log(JSON.stringify(plain({
  names: Object.keys(forward.ACTIVATIONS),
  passes: given.passes.map(({ layers, theta, X, inputs }) =>
    forward.forwardPass(layers, theta, Float64Array.from(X), inputs).a),
  layers: given.passes.slice(0, 1).map(({ layers, theta, X, inputs }) =>
    forward.layersPass(layers, Float64Array.from(theta), Float64Array.from(X), inputs)),
  seen: [[0, 2, 1], [-1, 1, 0], [3, 3, 3], [-4, -2, -3]].map(neuronShades),
  places: regions.gridPlaces([0, 2], [0, 1], 3, 2),
  step: regions.regionShades(flat([[-1, 0, 1, -1, 0, 1]]), 4, 1, regions.shadeLimits("step", 1)),
  sigmoid: regions.regionShades(flat([[-3, 0, 3, -3, 0, 3]]), 12, 1, regions.shadeLimits("sigmoid", 1)),
  shares: regions.regionShades(flat([[0.9, 0.2, 0.2, 0.9, 0.2, 0.2], [0.1, 0.8, 0.3, 0.1, 0.8, 0.3],
    [0, 0, 0.5, 0, 0, 0.5]]), 4, 1, regions.shadeLimits("shares", 1)),
  leads: regions.leadsOf([[0.5, 0.2], [0.3, 0.2], [0.2, 0.6]].map((one) => Float32Array.from(one))),
  classes: [regions.classesOf([[-1, 0, 2]]), regions.classesOf([[0.5, 0.2], [0.3, 0.2], [0.2, 0.6]])],
  colors: ["#ffffff", "#11151b"].map((paper) => regions.regionColors(paper, 3)),
  told: regions.classesOf(scores),
  at: [0, 1.5, 2, 9].map((time) => weights(time).row),
  shades: regions.regionShades(grid, 120, 120, regions.shadeLimits(network.kind, network.span)),
  limits: fit.dataLimits([0, 10, 4], [-1, 1, 0]),
  line: [0, 0.25, 9].map((time) => fit.lineAt(Float64Array.from([0, 0, 4, -8]), time)),
  lanes: [fit.lineLanes([[10, 90], [10, 90], [11, 92]], 4), fit.lineLanes([[10, 90], [20, 90]], 4),
    fit.lineLanes([[10, 90], [40, 50]], 4)],
  steps: [valuesByStep([0, 2, 3], [10, 20, 0], 5), valuesByStep([1], [7], 2)],
  pictures: [0, 0.9, 1, 7].map((time) => pictureAt([0, 1, 5], time)),
})));
"""


def passes():
    """Networks with every activation that the page has, their weights and rows, and what comes out."""
    rng = np.random.default_rng(1)
    found = []
    for name in sorted(FORWARD):
        network = Network([Dense(3, "tanh"), Dense(4, name), Dense(2, name, use_bias=False)], inputs=2)
        theta = rng.normal(size=network.size)
        X = np.concatenate([rng.normal(size=(5, 2)), [[0.0, 0.0], [-30.0, 40.0]]])
        layers = dense_layers(Training(network, X, np.zeros((7, 2))))
        found.append((name, layers, theta, X, network.predict(theta, X)))
    return found


@pytest.fixture(scope="module")
def race():
    network = Network([Dense(4, "tanh"), Dense(1, "sigmoid")], inputs=2)
    task = Training(network, XOR, [0, 1, 1, 0], loss="binary_crossentropy", held_out=(XOR[:1], [0]))
    return ov.compare(task, {"GD": ov.GD(2.0)}, steps=60)


@pytest.fixture(scope="module")
def told(tmp_path_factory, race):
    file = tmp_path_factory.mktemp("regions") / "regions.mjs"
    file.write_text(SCRIPT.replace("FOLDER", FOLDER.as_posix()), encoding="utf-8")
    boundary = boundary_record(race, {})
    boundary["network"]["times"] = boundary["network"]["times"][:3]  # the last of them is step 2
    size = race.objective.network.size
    weights = np.frombuffer(base64.b64decode(boundary["network"]["weights"]), "<f4").reshape(-1, size)[
        [0, 1, -1]
    ]
    boundary["network"]["weights"] = base64.b64encode(weights.tobytes()).decode()
    given = {
        "passes": [
            {"layers": layers, "theta": theta.tolist(), "X": X.ravel().tolist(), "inputs": 2}
            for _, layers, theta, X, _ in passes()
        ],
        "boundary": boundary,
    }
    done = subprocess.run(
        [NODE, "--no-warnings", str(file), json.dumps(given)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_network_says_what_the_librarys_says(told):
    assert {*told["names"], "softmax"} == FORWARD
    for (name, _, _, X, meant), found in zip(passes(), told["passes"], strict=True):
        scale = 1 + np.abs(meant).max()
        np.testing.assert_allclose(np.reshape(found, (len(X), 2)), meant, atol=1e-14 * scale, err_msg=name)


def test_places_go_row_by_row_from_the_top(told):
    assert told["places"] == [0, 1, 1, 1, 2, 1, 0, 0, 1, 0, 2, 0]


def test_a_score_has_the_shade_of_its_probability(told):
    # 4 pixels at -0.75, -0.25, 0.25, 0.75: a step is certain on either side
    assert told["step"] == [2, 2, 5, 5]
    # 12 pixels at -2.75, -2.25, ..., 2.75; the sigmoid passes 0.65 at 0.619 and 0.85 at 1.735
    assert told["sigmoid"] == [2, 2, 2, 1, 1, 0, 3, 4, 4, 5, 5, 5]
    # at 1/4, 3/4 of the way from (0.9, 0.1, 0) to (0.2, 0.8, 0): leads 0.45 and 0.25, halves 0.225 and 0.125
    # then to (0.2, 0.3, 0.5): 0.675 to 0.2, half 0.2375; 0.425 to 0.375, half 0.025
    assert told["shares"] == [1, 3, 4, 3]


def test_borders_are_where_no_class_is_ahead(told):
    np.testing.assert_allclose(told["leads"], [[0.2, -0.4], [-0.2, -0.4], [-0.3, 0.4]], atol=1e-6)
    assert told["classes"] == [[0, 1, 1], [0, 2]]


@pytest.mark.parametrize(("k", "theme"), [(0, LIGHT), (1, DARK)])
def test_the_ground_has_the_colours_of_the_clip(told, k, theme):
    meant = ["#" + bytes(color[:3]).hex() for color in ground_colors(theme)[:9].tolist()]
    assert told["colors"][k] == meant


def test_regions_and_rows_are_those_of_the_clip(told, race):
    task, theta = race.objective, np.float32(race.trajectories["GD"].path[-1]).astype(float)
    assert (np.array(told["told"])[:4] == [0, 1, 1, 0]).tolist() == task.rows_right(theta).tolist()
    assert told["at"] == [0, 1, 2, 2]
    regions = Regions(task, (-0.5, 1.5), (-0.5, 1.5), (120, 120))
    meant = regions.shades(regions.scores(theta))
    same = np.reshape(told["shades"], (120, 120)) == meant
    assert same.mean() > 0.98  # of pixels: some on a border fall to the other side
    assert len(np.unique(meant)) == 6


def test_limits_and_lanes_of_lines(told):
    # x 0..10 with a twentieth around, y -1..1 with 12 % around
    np.testing.assert_allclose(told["limits"]["xlim"], [-0.5, 10.5])
    np.testing.assert_allclose(told["limits"]["ylim"], [-1.24, 1.24])
    assert told["line"] == [[0, 0], [1, -2], [4, -8]]
    # three within 4 pixels are one pitch apart, centred; 10 pixels apart weigh (16 - 10) / 12 = half; 30 none
    assert told["lanes"] == [[-4, 0, 4], [-1, 1], [0, 0]]


def test_a_recorded_curve_is_known_at_every_step(told):
    # 10 to 20 in two steps, then to 0 in one, where it stays; one point is a level line
    assert told["steps"] == [[10, 15, 20, 0, 0, 0], [7, 7, 7]]


def test_shares_and_rates_are_those_of_the_clip(race):
    scene = Scene(race.objective, {"GD": ov.GD(2.0)}, ["accuracy"], steps=60)
    found = accuracy_record(scene, race)
    path = race.trajectories["GD"].path
    assert [curve.get("held", False) for curve in found["curves"]] == [False, True]
    for curve, share in zip(
        found["curves"], (race.objective.accuracy, race.objective.held_out_accuracy), strict=True
    ):
        meant = [100 * float(share(path[int(time)])) for time in curve["times"]]
        np.testing.assert_allclose(curve["values"], meant, rtol=1e-5)
    assert found["limits"][1] == 103 and not found["log"]
    # Adagrad from sums of 0: after one slope g the rate is 0.1 / |g|; that of GD stays 0.3
    rules = {"Adagrad": ov.Adagrad(0.1, initial_accumulator_value=0.0, epsilon=1e-12), "GD": ov.GD(0.3)}
    bowl = Scene("booth", rules, ["landscape"], steps=3, seconds=1)
    runs = play(bowl)
    gx, gy = np.abs(runs.trajectories["Adagrad"].gradients[0])
    found = rates_record(bowl, runs, {})
    first, second = found["curves"]
    assert first["values"][:2] == pytest.approx([0.1 / gx] * 2, rel=1e-5) and second["values"] == [0.3] * 4
    ratio = rates_record(bowl, runs, {"parameter": "x", "against": "y", "run": "Adagrad"})
    assert len(ratio["curves"]) == 1
    assert ratio["curves"][0]["values"][1] == pytest.approx(gy / gx, rel=1e-5)


def test_no_picture_is_of_a_later_time(told):
    assert told["pictures"] == [0, 0, 1, 2]


def test_what_the_page_cannot_pass_forward_stays_a_picture(race):
    odd = Network([Dense(3, lambda z: (z, lambda g: g)), Dense(1)], inputs=2)
    assert dense_layers(Training(odd, XOR, [0, 1, 1, 0])) is None
    deep = Network([Dense(3, "gelu"), Dense(1)], inputs=2)
    assert dense_layers(Training(deep, XOR, [0, 1, 1, 0])) is None
    slope = Network([Dense(3, {"kind": "leaky_relu", "negative_slope": 0.01}), Dense(1)], inputs=2)
    assert dense_layers(Training(slope, XOR, [0, 1, 1, 0]))[0]["setting"] == 0.01
    assert boundary_record(race, {"batch": True}) is None
    record = boundary_record(race, {"classes": ("no", "yes")})
    assert record["rows"]["held"] == 4 and record["rows"]["classes"] == [0, 1, 1, 0, 0]
    assert record["rows"]["classNames"] == ["no", "yes"] and len(record["network"]["times"]) == 61


def test_each_layer_says_what_its_neurons_put_out(told):
    """The first is tanh(X W + b), the last what the whole network says."""
    (_, _, theta, X, _), layers = passes()[0], told["layers"][0]
    first = np.tanh(X @ theta[:6].reshape(2, 3) + theta[6:9])
    np.testing.assert_allclose(np.reshape(layers[0], (-1, 3)), first, atol=1e-14)
    assert [len(one) for one in layers] == [3 * len(X), 4 * len(X), 2 * len(X)]
    np.testing.assert_array_equal(layers[-1], told["passes"][0])


def test_a_neuron_is_shaded_from_nothing_to_its_most_and_a_dead_one_not_at_all(told):
    assert told["seen"] == [[0, 1, 0.5], [0, 1, 0.5], None, [0, 1, 0.5]]
