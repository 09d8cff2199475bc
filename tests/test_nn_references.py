"""The engine against Keras and torch: see references_nn/make_references.py for what was written down."""

import json
from pathlib import Path

import numpy as np
import pytest

from optiviz.flavours import FLAVOURS
from optiviz.nn import ACTIVATIONS, LAYERS, LOSSES, Network, loss
from optiviz.objectives.training import Training
from optiviz.runs.minimize import minimize

HERE = Path(__file__).parent / "references_nn"
CASES = json.loads((HERE / "networks.json").read_text(encoding="utf-8"))
ARRAYS = np.load(HERE / "networks.npz", allow_pickle=False)
CLOSE = 1e-11


def arrays(case: str) -> dict[str, np.ndarray]:
    prefix = f"{case}/"
    return {name.removeprefix(prefix): ARRAYS[name] for name in ARRAYS.files if name.startswith(prefix)}


def worst(ours, theirs) -> float:
    """The largest difference, against the size of what is compared where that is over 1."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape
    return float(np.max(np.abs(ours - theirs) / np.maximum(1.0, np.abs(theirs)), initial=0.0))


def names(kind: str) -> set[str]:
    """Every activation, layer or loss that the trainings go through."""
    name = lambda part: part if isinstance(part, str) else part["kind"]
    layers = [layer for case in CASES["trainings"] for layer in case["layers"]]
    return {
        "layers": {name(layer) for layer in layers},
        "activations": {name(layer["activation"]) for layer in layers if "activation" in layer},
        "losses": {name(case["loss"]) for case in CASES["trainings"]},
    }[kind]


@pytest.mark.parametrize("k", range(len(CASES["trainings"])), ids=[c["name"] for c in CASES["trainings"]])
def test_24_steps_of_training(k):
    case, their = CASES["trainings"][k], arrays(f"training{k}")
    network = Network(case["layers"], inputs=CASES["inputs"])
    training = Training(
        network, their["X"], their["y"], case["loss"], CASES["batch"], their["start"], losses="batch"
    )
    rows = training.batches(np.random.default_rng(case["seed"]))
    assert all((next(rows) == row).all() for row in their["rows"])

    name, settings = case["optimizer"]
    steps = len(their["losses"])
    run = minimize(training, FLAVOURS[name](**settings), steps=steps, seed=case["seed"])
    assert worst(run.gradients[0], their["gradient"]) < CLOSE
    assert worst(run.losses[:-1], their["losses"]) < CLOSE
    assert worst(run.path[CASES["kept"]], their["theta"]) < CLOSE

    found = training.moving_statistics(run.path, case["seed"])
    assert worst(network.predict(run.path[-1], their["X"], found), their["predictions"]) < CLOSE
    norms = [key.removesuffix("/mean") for key in found if key.endswith("/mean")]
    for j, norm in enumerate(norms):
        for what in ("mean", "variance"):
            assert worst(found[f"{norm}/{what}"], their[f"{what}{j}"]) < CLOSE


@pytest.mark.parametrize("k", range(len(CASES["losses"])))
def test_a_loss_at_the_edges_of_its_predictions(k):
    case, their = CASES["losses"][k], arrays(f"loss{k}")
    rule = loss(case["loss"])
    y = rule.targets(their["y"], their["p"].shape[1])
    value, slope = rule.pull(their["p"], y)
    assert np.isfinite(value) and np.isfinite(slope).all()
    assert rule.value(their["p"], y) == value
    assert worst(value, their["value"]) < CLOSE
    assert worst(slope, their["slope"]) < CLOSE


def test_every_part_of_the_indices_is_among_the_references():
    assert names("activations") == set(ACTIVATIONS)
    assert names("layers") == set(LAYERS)
    assert names("losses") == set(LOSSES)
