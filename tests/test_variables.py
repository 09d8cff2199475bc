"""Rules that work on each variable of a network by itself, against Keras, optax and torch.

references/make_variables.py wrote the numbers down; the frameworks' own rules are asked where they are there.
"""

import json
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import scipy.optimize

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


class Shared:
    """A rule that steps by its velocity, over the number of entries of each variable."""

    def __init__(self, variables=None):
        self.variables = variables

    def with_variables(self, variables):
        return Shared(variables)

    def init(self, theta):
        return {"count": 0, "velocity": np.zeros_like(theta)}

    def step(self, theta, gradient, state):
        counts = np.full(theta.shape, float(theta.size))
        for at, shape in (self.variables or {}).values():
            counts[at] = np.prod(shape)
        velocity = state["velocity"] - 0.1 * gradient
        return theta + velocity / counts, {"count": state["count"] + 1, "velocity": velocity}


def test_a_step_of_a_network_is_taken_apart_variable_by_variable():
    run = ov.minimize(TRAINING, Shared(), steps=3)
    inside = ov.anatomy_of(run, Shared(), 3, variables=TRAINING.variables)
    counts = np.repeat([6.0, 3.0, 3.0, 1.0], [6, 3, 3, 1])  # a kernel, its bias, the next, its bias
    np.testing.assert_allclose(inside.memory, run.state["velocity"][2] / counts, rtol=1e-12)
    np.testing.assert_allclose(inside.slope, -0.1 * run.gradients[2] / counts, rtol=1e-9)
    flat = ov.anatomy_of(run, Shared(), 3)  # nobody said what theta is made of
    np.testing.assert_allclose(flat.memory, run.state["velocity"][2] / 13, rtol=1e-12)


def test_the_bars_of_a_network_are_told_its_variables():
    from optiviz.rendering.panels._shared.step_arrows import StepView

    race = ov.compare(TRAINING, {"shared": Shared()}, steps=3)
    seen = StepView(race, race["shared"], Shared()).coming(2)
    told = ov.anatomy_of(race["shared"], Shared(), 3, variables=TRAINING.variables)
    np.testing.assert_array_equal(seen.memory, told.memory)


def test_scipy_is_told_variables():
    # one step of rate 1: of the first variable the slope (3, 4) is cut to (0.6, 0.8), the second stays 0.5
    parts = {"a": (slice(0, 2), (2,)), "b": (slice(2, 3), (1,))}
    slope = np.array([3.0, 4.0, 0.5])
    given = dict(fun=lambda x: float(slope @ x), x0=np.zeros(3), jac=lambda x: slope, options={"maxiter": 1})
    rule = ov.Clip(ov.GD(1.0), norm=1.0)
    found = scipy.optimize.minimize(**given, method=ov.scipy_method(rule, parts))
    np.testing.assert_allclose(found.x, [-0.6, -0.8, -0.5], rtol=1e-12)
    whole = scipy.optimize.minimize(**given, method=ov.scipy_method(rule))
    np.testing.assert_allclose(whole.x, -slope / np.sqrt(25.25), rtol=1e-12)


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
