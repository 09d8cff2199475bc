"""Rules that work on each variable of a network by itself, against Keras, optax and torch.

references/make_variables.py wrote the numbers down; the frameworks' own rules are asked where they are there.
"""

import json
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import optiviz as ov
from optiviz.flavours import FLAVOURS
from optiviz.nn import Dense, Network
from optiviz.objectives.training import Training
from optiviz.optimizers.base import told_variables
from optiviz.optimizers.wrappers import ClipVariables, innermost

KNOWN = json.loads((Path(__file__).parent / "references" / "variables.json").read_text(encoding="utf-8"))
START, TAPE = np.array(KNOWN["start"]), np.array(KNOWN["tape"])
NETWORK = Network([Dense(3), Dense(1)], inputs=2)
TRAINING = Training(NETWORK, np.eye(2), np.array([1.0, 2.0]))


def walked(rule, variables=NETWORK.parameters):
    """The path of a rule along the recorded gradients."""
    rule = told_variables(rule, variables)
    theta, state, path = START, rule.init(START), []
    for gradient in TAPE:
        theta, state = rule.step(theta, gradient, state)
        path.append(theta)
    return np.array(path)


def test_the_variables_of_a_network_are_those_of_the_reference():
    shapes = [list(shape) for _, shape in NETWORK.parameters.values()]
    assert shapes == [shape for _, shape in KNOWN["shapes"]]
    assert TRAINING.variables is NETWORK.parameters


@pytest.mark.parametrize(
    ("rule", "reference"),
    [
        (FLAVOURS["keras.RMSprop"](0.1, clipnorm=1.0), "keras.RMSprop clipnorm"),
        (FLAVOURS["keras.SGD"](0.1, clipnorm=1.0), "keras.SGD clipnorm"),
        (FLAVOURS["keras.SGD"](0.1, global_clipnorm=1.0), "keras.SGD global_clipnorm"),
        (FLAVOURS["keras.Adam"](0.1, clipnorm=1.0, weight_decay=0.01), "keras.Adam clipnorm weight_decay"),
    ],
)
def test_clipnorm_is_that_of_each_variable(rule, reference):
    np.testing.assert_allclose(walked(rule), KNOWN["paths"][reference], rtol=1e-11, atol=1e-12)
    if "global" not in reference:  # one flat vector is something else
        assert np.abs(walked(rule, None) - KNOWN["paths"][reference]).max() > 1e-4


def test_runs_on_networks_are_told_their_variables():
    # the same gradients by hand: each of the four variables is made no longer than 0.01
    rule = ov.Clip(ov.GD(1.0), norm=0.01)
    run = ov.minimize(TRAINING, rule, steps=3)
    theta = TRAINING.start
    for gradient, there in zip(run.gradients, run.path[1:], strict=True):
        step = np.concatenate([gradient[at] / max(np.linalg.norm(gradient[at]) / 0.01, 1)
                               for at, _ in NETWORK.parameters.values()])  # fmt: skip
        theta = theta - step
        np.testing.assert_allclose(there, theta, rtol=1e-12)
    many = ov.minimize(TRAINING, rule, steps=3, start=np.stack([TRAINING.start, 2 * TRAINING.start], axis=1))
    np.testing.assert_array_equal(many.path[:, :, 0], run.path)


def test_wrappers_pass_variables_on():
    rule = told_variables(ov.WeightDecay(ov.Clip(ov.NAG(0.1), norm=1.0), 0.1), NETWORK.parameters)
    assert isinstance(rule.optimizer, ClipVariables) and isinstance(innermost(rule), ov.NAG)
    plain = ov.Clip(ov.GD(0.1), norm=1.0)
    assert told_variables(plain, None) is plain  # a surface is one variable of shape (2,)
    assert told_variables(ov.GD(0.1), NETWORK.parameters) == ov.GD(0.1)


# ---- the frameworks themselves, where they are there


@pytest.mark.parametrize("name", ["lamb", "lars", "adafactor", "contrib.muon"])
def test_optax_sees_variables(name):
    jax, optax = pytest.importorskip("jax"), pytest.importorskip("optax")
    jax.config.update("jax_enable_x64", True)
    made = {
        "lamb": lambda: optax.lamb(0.01),
        "lars": lambda: optax.lars(0.1, trust_coefficient=0.05),
        "adafactor": lambda: optax.adafactor(0.01, min_dim_size_to_factor=2),
        "contrib.muon": lambda: optax.contrib.muon(0.02),
    }[name]()
    found = walked(ov.from_optax(made))
    np.testing.assert_allclose(found, KNOWN["paths"][f"optax.{name}"], rtol=1e-7)


@pytest.mark.parametrize("name", ["Adafactor", "Adam", "Muon kernels"])
def test_torch_sees_variables(name):
    torch = pytest.importorskip("torch")
    made = {
        "Adafactor": lambda ps: torch.optim.Adafactor(ps, lr=0.1),
        "Adam": lambda ps: torch.optim.Adam(ps, lr=0.1),
        "Muon kernels": lambda ps: torch.optim.Muon([p for p in ps if p.ndim == 2], lr=0.02),
    }[name]
    np.testing.assert_allclose(walked(ov.from_torch(made)), KNOWN["paths"][f"torch.{name}"], rtol=1e-9)
    with pytest.raises(ov.BadInput, match=r"it was given variables of shape \(2,\)"):
        ov.minimize(ov.beale, ov.from_torch(lambda ps: torch.optim.Muon(ps, lr=0.02)), steps=1)


# ---- and stand-ins where they are not


def test_a_rule_of_optax_is_given_a_tree(monkeypatch):
    fake = ModuleType("jax")
    fake.config = type("Config", (), {"jax_enable_x64": True})
    fake.numpy, fake.jit = np, lambda function: function
    leaves = lambda tree, way=(): (
        [leaf for name, part in tree.items() for leaf in leaves(part, (*way, Key(name)))]
        if isinstance(tree, dict)
        else [(way, tree)]
    )

    class Key:
        def __init__(self, name):
            self.key = self.name = name

        def __repr__(self):
            return self.name

    fake.tree_util = type("Tree", (), {
        "GetAttrKey": Key,
        "tree_flatten_with_path": staticmethod(lambda tree: (leaves(tree), None)),
        "tree_leaves": staticmethod(lambda tree: [leaf for _, leaf in leaves(tree)]),
    })  # fmt: skip
    monkeypatch.setitem(sys.modules, "jax", fake)
    monkeypatch.setitem(sys.modules, "optax", ModuleType("optax"))

    class Normed:
        """Each variable goes as far as 0.1 times its own length; what was seen is remembered."""

        @staticmethod
        def init(tree):
            return {"seen": {name: np.zeros_like(part) for name, part in tree.items()}}

        @staticmethod
        def update(gradient, state, tree):
            change = {
                name: -0.1 * np.linalg.norm(tree[name]) * g / np.linalg.norm(g)
                for name, g in gradient.items()
            }
            return change, {"seen": gradient}

    rule = told_variables(ov.from_optax(Normed), NETWORK.parameters)
    theta, state = rule.step(START, TAPE[0], rule.init(START))
    for at, _ in NETWORK.parameters.values():
        far = 0.1 * np.linalg.norm(START[at]) / np.linalg.norm(TAPE[0][at])
        np.testing.assert_allclose(theta[at], START[at] - far * TAPE[0][at], rtol=1e-12)
    np.testing.assert_array_equal(state["seen"], TAPE[0])
