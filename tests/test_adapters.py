"""Anyone's optimizer: plain functions, classes, and torch and optax through small stand-ins for them.

The stand-ins implement what the adapters call, no more; the true frameworks are tried by hand:
`benchmarks/frameworks.py` says what came out.
"""

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

import optiviz as ov

BOWL = ov.surface("x**2 + y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1, 1))


# ---- plain functions and classes


def step_down(theta, gradient, rate=0.25):
    return theta - rate * gradient


def heavy_ball(theta, gradient, state):
    velocity = 0.5 * state["velocity"] - 0.1 * gradient
    return theta + velocity, {"velocity": velocity}


def careless(theta, gradient, state):
    """The same, but writes into everything it is given."""
    state["velocity"] *= 0.5
    gradient *= 0.1
    state["velocity"] -= gradient
    theta += state["velocity"]
    return theta, state


class Halving:
    """A small class, with a state that is no dict."""

    def init(self, theta):
        return None

    def step(self, theta, gradient, state):
        return theta / 2, None


def test_a_plain_function_is_a_rule():
    # rate 0.25, slope 2 x: x halves
    run = ov.minimize(BOWL, step_down, steps=3)
    assert run.path[:, 0].tolist() == [1, 0.5, 0.25, 0.125]
    assert (run.label, run.status, dict(run.state)) == ("step_down", "finished", {})


def test_a_function_with_a_memory():
    # as in test_run: v = -0.2, -0.26, -0.238   x = 0.8, 0.54, 0.302
    run = ov.minimize(BOWL, ov.rule(heavy_ball, velocity=0.0), steps=3)
    np.testing.assert_allclose(run.path[:, 0], [1, 0.8, 0.54, 0.302], rtol=1e-15)
    np.testing.assert_allclose(run.state["velocity"][:, 1], [0, -0.2, -0.26, -0.238], rtol=1e-14)
    np.testing.assert_array_equal(run.path, ov.minimize(BOWL, ov.Momentum(0.1, 0.5), steps=3).path)


def test_a_function_that_writes_into_its_arguments_changes_no_record():
    tidy = ov.minimize(BOWL, ov.rule(heavy_ball, velocity=0.0), steps=20)
    messy = ov.minimize(BOWL, ov.rule(careless, velocity=0.0), steps=20)
    for name in ("path", "losses", "gradients"):
        np.testing.assert_allclose(getattr(messy, name), getattr(tidy, name), rtol=1e-12)
    rule = ov.rule(careless, velocity=1.0)
    state = rule.init(np.ones(2))
    first, again = (rule.step(np.ones(2), np.ones(2), state) for _ in range(2))
    np.testing.assert_array_equal(first[0], again[0])
    assert state["velocity"].tolist() == [1, 1]


def test_a_rule_runs_side_by_side_and_in_scenes():
    starts = np.array([[1.0, -2.0], [1.0, 0.5]])
    both = ov.minimize(BOWL, ov.rule(heavy_ball, velocity=0.0), steps=5, start=starts)
    for k in range(2):
        one = ov.minimize(BOWL, ov.rule(heavy_ball, velocity=0.0), steps=5, start=starts[:, k])
        np.testing.assert_array_equal(both.path[:, :, k], one.path)
    race = ov.play(ov.Scene(BOWL, {"half": Halving(), "down": step_down}, steps=2))
    assert race.trajectories["half"].path[:, 0].tolist() == [1, 0.5, 0.25]
    assert race.trajectories["half"].evaluations.gradients == 2
    compared = ov.compare(BOWL, {"a": step_down, "b": Halving()}, steps=2)
    np.testing.assert_array_equal(compared.trajectories["a"].path, compared.trajectories["b"].path)


def test_what_a_function_starts_with():
    rule = ov.rule(heavy_ball, velocity=0.5, place=lambda theta: 2 * theta)
    state = rule.init(np.array([1.0, 3.0]))
    assert state["velocity"].tolist() == [0.5, 0.5] and state["place"].tolist() == [2, 6]


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: ov.rule(lambda theta: theta), "takes 1 arguments"),
        (
            lambda: ov.rule(step_down, velocity=0.0),
            r"that remembers \(velocity\) takes \(theta, gradient, state\)",
        ),
        (lambda: ov.rule(3), "a rule is a function"),
        (lambda: ov.minimize(BOWL, ov.Adam), r"Adam is a class; an optimizer is made of it: Adam\(\.\.\.\)"),
        (lambda: ov.minimize(BOWL, 0.1), "an optimizer has init"),
        (lambda: ov.minimize(BOWL, lambda t, g: t[:1]), r"theta must keep its shape \(2,\), got \(1,\)"),
        (lambda: ov.minimize(BOWL, lambda t, g, s: t), r"must return \(theta, state\)"),
    ],
)
def test_what_is_no_rule_is_told(make, sentence):
    with pytest.raises(ov.BadInput, match=sentence):
        make()


# ---- a stand-in for torch: tensors are arrays in a coat


class Tensor:
    def __init__(self, values):
        self.values, self.grad = np.array(values, dtype=float), None

    shape = property(lambda self: self.values.shape)
    dtype = property(lambda self: self.values.dtype)

    def numpy(self):
        return self.values

    def detach(self):
        return self

    def clone(self):
        return Tensor(self.values)

    def copy_(self, other):
        self.values[...] = other.values


class Parameters:
    """The bookkeeping of torch.optim.Optimizer."""

    def __init__(self, parameters, **settings):
        self.param_groups = [{"params": parameters, **settings}]
        self.state = {}


class FakeMomentum(Parameters):
    """torch.optim.SGD: the buffer is there from the first step on, and is written in place."""

    def step(self):
        group = self.param_groups[0]
        for p in group["params"]:
            held = self.state.setdefault(p, {})
            if "momentum_buffer" not in held:
                held["momentum_buffer"] = p.grad.clone()
                held["step"] = 0
            else:
                held["momentum_buffer"].values *= group["momentum"]
                held["momentum_buffer"].values += p.grad.values
            held["step"] += 1
            p.values -= group["lr"] * held["momentum_buffer"].values
        group["lr"] *= group["shrink"]  # some rules keep their schedule in their settings


class NeedsClosure(Parameters):
    def step(self, closure):
        raise AssertionError


@pytest.fixture
def torch(monkeypatch):
    fake = ModuleType("torch")
    fake.Tensor, fake.float64 = Tensor, np.dtype(float)
    fake.tensor = lambda values, **_: Tensor(getattr(values, "values", values))
    fake.from_numpy = Tensor
    fake.zeros_like = lambda tensor: Tensor(np.zeros(tensor.shape))
    fake.no_grad = lambda: np.errstate()
    monkeypatch.setitem(sys.modules, "torch", fake)
    return fake


def momentum(parameters):
    return FakeMomentum(parameters, lr=0.1, momentum=0.5, shrink=1.0)


def test_torch_steps_as_torch(torch):
    # b = 2, 2.6, 2.38   x = 0.8, 0.54, 0.302: torch's buffer is -v / rate of ours
    run = ov.minimize(BOWL, ov.from_torch(momentum), steps=3)
    np.testing.assert_allclose(run.path[:, 0], [1, 0.8, 0.54, 0.302], rtol=1e-14)
    np.testing.assert_allclose(run.state["momentum_buffer"][:, 0], [0, 2, 2.6, 2.38], rtol=1e-14)
    assert list(run.state) == ["momentum_buffer"] and run.label == "torch"
    assert run.evaluations.gradients == 3


def test_torch_is_pure_from_outside(torch):
    rule = ov.from_torch(lambda p: FakeMomentum(p, lr=0.1, momentum=0.5, shrink=0.5))
    theta, gradient = np.ones(2), np.array([2.0, 4.0])
    state = rule.init(theta)
    for _ in range(3):
        first, after = rule.step(theta, gradient, state)
        rule.step(first * 7, gradient * 3, after)  # what somebody does elsewhere
        again, after_again = rule.step(theta, gradient, state)
        np.testing.assert_array_equal(first, again)
        np.testing.assert_array_equal(after["momentum_buffer"], after_again["momentum_buffer"])
        theta, state = first, after
    # rates 0.1, 0.05, 0.025 and buffers 1, 1.5, 1.75 times the slope of 2: 1 - 0.2 - 0.15 - 0.0875
    assert theta[0] == pytest.approx(0.5625, rel=1e-14)
    assert gradient.tolist() == [2, 4]


def test_torch_refuses(torch):
    with pytest.raises(ov.BadInput, match="NeedsClosure evaluates the loss itself"):
        ov.minimize(BOWL, ov.from_torch(lambda p: NeedsClosure(p)))
    with pytest.raises(ov.BadInput, match="one start at a time, got 3"):
        ov.minimize(BOWL, ov.from_torch(momentum), start=np.ones((2, 3)))


# ---- a stand-in for jax and optax: nothing is compiled, a state is a nest of tuples


class Key(SimpleNamespace):
    """jax.tree_util.GetAttrKey"""


def leaves_with_path(tree, way=()):
    if isinstance(tree, dict):
        return [
            leaf for name, part in tree.items() for leaf in leaves_with_path(part, (*way, Key(name=name)))
        ]
    if isinstance(tree, tuple):
        return [leaf for part in tree for leaf in leaves_with_path(part, (*way, "index"))]
    return [(way, tree)]


@pytest.fixture
def jax(monkeypatch):
    fake = ModuleType("jax")
    fake.config = SimpleNamespace(jax_enable_x64=True)
    fake.numpy = SimpleNamespace(asarray=np.asarray)
    fake.jit = lambda function: function
    fake.tree_util = SimpleNamespace(
        GetAttrKey=Key,
        tree_flatten_with_path=lambda tree: (leaves_with_path(tree), None),
        tree_leaves=lambda tree: [leaf for _, leaf in leaves_with_path(tree)],
    )
    monkeypatch.setitem(sys.modules, "jax", fake)
    monkeypatch.setitem(sys.modules, "optax", ModuleType("optax"))
    return fake


def trace(decay=0.5, rate=0.1):
    def update(gradient, state, theta):
        inner, other = state
        moved = gradient + decay * inner["trace"]
        state = ({"trace": moved, "count": inner["count"] + 1}, {"trace": theta})
        return -rate * moved, state

    def init(theta):
        return ({"trace": np.zeros_like(theta), "count": np.array(0)}, {"trace": theta})

    return SimpleNamespace(init=init, update=update)


def test_optax_steps_as_optax(jax):
    run = ov.minimize(BOWL, ov.from_optax(trace()), steps=3)
    np.testing.assert_allclose(run.path[:, 0], [1, 0.8, 0.54, 0.302], rtol=1e-14)
    np.testing.assert_allclose(run.state["trace"][:, 0], [0, 2, 2.6, 2.38], rtol=1e-14)
    # the second array of that name holds where the step began
    np.testing.assert_array_equal(run.state["trace_2"][1:], run.path[:-1])
    assert list(run.state) == ["trace", "trace_2"]


def test_optax_refuses(jax):
    def greedy(gradient, state, theta, *, value):
        return gradient, state

    with pytest.raises(ov.BadInput, match="takes a transformation such as"):
        ov.from_optax(trace)
    with pytest.raises(ov.BadInput, match="it needs more than a gradient"):
        ov.minimize(BOWL, ov.from_optax(SimpleNamespace(init=trace().init, update=greedy)))
    jax.config.jax_enable_x64 = False
    with pytest.raises(ov.BadInput, match=r"jax is in 32 bits; .*jax_enable_x64"):
        ov.from_optax(trace())


def test_a_framework_that_is_missing_is_named(monkeypatch):
    for name in ("torch", "optax", "jax"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(
        ov.BadInput, match="from_torch needs torch, which is not installed: pip install torch"
    ):
        ov.from_torch(momentum)
    with pytest.raises(ov.BadInput, match="from_optax needs optax, which is not installed"):
        ov.from_optax(trace())
