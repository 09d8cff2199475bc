"""The frameworks' own numbers: every flavour, replayed and walked, against what the framework really did."""

import json
from inspect import signature
from pathlib import Path
from typing import get_type_hints

import numpy as np
import pytest

from optiviz._lib.errors import BadInput
from optiviz.flavours import FLAVOURS
from optiviz.objectives.surfaces import surfaces
from optiviz.optimizers import GD, OPTIMIZERS, SCHEDULES, Clip

HERE = Path(__file__).parent / "references"
TABLE = json.loads((HERE / "references.json").read_text(encoding="utf-8"))
with np.load(HERE / "references.npz") as arrays:
    PATHS = dict(arrays)
EXACT = 1e-12
# what test_rules.py compares
OTHERS = json.loads((HERE / "rules.json").read_text(encoding="utf-8"))["rules"].values()
LATER = {entry["ours"][0] for entry in OTHERS if "." in entry["ours"][0]}


def schedule(call):
    name, settings = call
    nested = {
        k: schedule(v) if isinstance(v, list) and isinstance(v[0], str) else v for k, v in settings.items()
    }
    return SCHEDULES[name](**nested)


def optimizer(entry):
    """The optimizer that a line of the table asks for."""
    framework = entry["flavour"].split(".")[0]
    settings = dict(entry["settings"])
    if "schedule" in entry:
        settings["lr" if framework == "torch" else "learning_rate"] = schedule(entry["schedule"]["ours"])
    rule = FLAVOURS[entry["flavour"]](**settings)
    if "clip" in entry:
        rule = Clip(rule, **entry["clip"], epsilon=1e-6 if framework == "torch" else 0.0)
    return rule


def shaken(gradient, rng):
    """(P,) -> (P, 17): the gradient as it is, and 16 times with its last bits changed."""
    noise = 1e-15 * rng.uniform(-1, 1, (len(gradient), 17))
    noise[:, 0] = 0.0
    return gradient * (1 + noise)


def walk(rule, start, gradient, steps):
    """The path (T+1, P) and the share of its size by which rounding alone can move it."""
    rng = np.random.default_rng(0)
    theta = np.repeat(start[:, None], 17, axis=1)
    state, path = rule.init(theta), [theta]
    for k in range(steps):
        theta, state = rule.step(theta, shaken(gradient(k, theta), rng), state)
        path.append(theta)
    paths = np.stack(path)
    scale = np.abs(paths[..., 0]).max(axis=0)  # of each coordinate
    return paths[..., 0], np.max(np.abs(paths - paths[..., :1]) / scale[:, None])


def label(entry):
    settings = ", ".join(f"{k}={v}" for k, v in entry["settings"].items())
    more = " + ".join(name for name in ("schedule", "clip", "surface") if name in entry)
    return f"{entry['flavour']}({settings}) {more and entry.get('surface', more)}".strip()


def distance(found, told):
    """The largest difference, in units of the coordinate's largest size on the way."""
    return np.max(np.abs(found - told) / np.abs(told).max(axis=0))


def of(section):
    return [
        pytest.param(*pair, id=label(pair[0])) for pair in zip(TABLE[section], PATHS[section], strict=True)
    ]


@pytest.mark.parametrize("entry, told", of("replay"))
def test_replay(entry, told):
    """The same gradients, large, tiny and zero, lead along the same path."""
    rule = optimizer(entry)
    theta, path = PATHS["start"], [PATHS["start"]]
    state = rule.init(theta)
    for gradient in PATHS["tape"]:
        theta, state = rule.step(theta, gradient, state)
        path.append(theta)
    # at step 1 v_hat - m_hat^2 is 0 but for rounding: here alone digits are lost, by us and by optax
    cancelled = {"centered", "bias_correction"} <= set(entry["settings"])
    assert distance(np.stack(path), told) < (1e-10 if cancelled else EXACT)


@pytest.mark.parametrize("entry, told", of("closed"))
def test_closed_loop(entry, told):
    """100 steps down a surface end where the framework's do, as nearly as rounding lets anyone say."""
    ground = surfaces[entry["surface"]]
    found, rounding = walk(optimizer(entry), told[0], lambda _, theta: ground.gradient(theta), len(told) - 1)
    assert distance(found, told) < EXACT + 10 * rounding


def test_the_closed_loops_are_not_chaotic():
    """A reference that rounding moves by more than 1e-9 would prove nothing; few may come near."""
    moved = []
    for entry, told in zip(TABLE["closed"], PATHS["closed"], strict=True):
        ground = surfaces[entry["surface"]]
        gradient = lambda _, theta, at=ground: at.gradient(theta)
        moved.append(walk(optimizer(entry), told[0], gradient, len(told) - 1)[1])
    assert np.max(moved) < 1e-9
    assert np.mean(np.array(moved) > 1e-12) < 0.1


def test_every_flavour_has_a_golden_and_no_golden_is_an_orphan():
    assert {entry["flavour"] for entry in TABLE["replay"]} | LATER == set(FLAVOURS)
    assert {entry["flavour"] for entry in TABLE["closed"]} | LATER == set(FLAVOURS)
    assert len(TABLE["replay"]) >= 100


def test_every_argument_of_every_flavour_stands_in_some_line_of_the_table():
    """Where two rules share their wrapper or their moments, one of them tries it for both."""
    shared = {
        "relative_step",  # changes nothing
        "weight_decay",
        "ns_coefficients",
        "clipnorm",
        "clipvalue",
        "global_clipnorm",
        "b1",
        "b2",
        "beta_1",
        "beta_2",
        "betas",
        "eps",
        "epsilon",
    }
    for name, make in FLAVOURS.items():
        tried = {key for entry in TABLE["replay"] if entry["flavour"] == name for key in entry["settings"]}
        tried |= {key for entry in OTHERS if entry["ours"][0] == name for key in entry["ours"][1]}
        assert set(signature(make).parameters) <= tried | shared, name


@pytest.mark.parametrize("name", FLAVOURS)
class TestArguments:
    """What a flavour does not have it refuses by name."""

    required = {"learning_rate": 0.1}

    def settings(self, name):
        return self.required if name.startswith("optax.") and ".contrib." not in name else {}

    def test_an_argument_that_we_do_not_have(self, name):
        first = next(iter(signature(FLAVOURS[name]).parameters))
        expected = rf"^{name}: argument 'lookahead' is not supported here - supported: {first}"
        with pytest.raises(BadInput, match=expected):
            FLAVOURS[name](**self.settings(name), lookahead=True)

    def test_the_rate_is_bounded_under_its_own_name(self, name):
        word = next(iter(signature(FLAVOURS[name]).parameters))
        for bad in (-0.1, np.nan, np.inf, "fast", None):
            with pytest.raises(BadInput, match=f"^{name}: {word} must be at least 0, got "):
                FLAVOURS[name](**{word: bad})

    def test_the_signature_can_be_read(self, name):
        form, hints = signature(FLAVOURS[name]), get_type_hints(FLAVOURS[name], include_extras=True)
        assert set(hints) == {*form.parameters, "return"}
        assert FLAVOURS[name].__doc__

    def test_a_schedule_is_a_rate(self, name):
        if name == "torch.Rprop":
            return  # its rate is that of the first step
        word = next(iter(signature(FLAVOURS[name]).parameters))
        rule = FLAVOURS[name](**{word: SCHEDULES["step"](0.5, 1, 0.5)})
        theta, state = rule.step(np.ones(2), np.ones(2), rule.init(np.ones(2)))
        rule.step(theta, np.ones(2), state)
        assert rule.learning_rate(2) == 0.125


def test_optax_has_no_default_rate():
    with pytest.raises(BadInput, match="^optax.adam: missing a required argument: 'learning_rate'$"):
        FLAVOURS["optax.adam"]()


@pytest.mark.parametrize(
    "name, settings, message",
    [
        ("torch.SGD", {"nesterov": True}, "nesterov needs a momentum greater than 0"),
        ("torch.SGD", {"nesterov": True, "momentum": 0.9, "dampening": 0.5}, "has no dampening"),
        ("torch.Adam", {"betas": [0.9]}, "betas must be two numbers"),
        ("torch.Adam", {"betas": [0.9, 1.0]}, "beta_2 must be at least 0 and less than 1, got 1.0"),
        ("torch.NAdam", {"momentum_decay": -1.0}, "momentum_decay must be at least 0"),
        ("keras.Adam", {"clipnorm": 1.0, "clipvalue": 1.0}, "exactly one of value, norm and global_norm"),
        ("keras.Adam", {"clipnorm": 0.0}, "norm must be greater than 0, got 0.0"),
        ("keras.Adam", {"weight_decay": -1.0}, "weight_decay must be at least 0"),
        ("optax.adam", {"learning_rate": 0.1, "nesterov": True, "eps_root": 1e-3}, "eps_root must be 0"),
        ("optax.amsgrad", {"learning_rate": 0.1, "bias_correction_mu": False}, "must be equal here"),
        ("optax.radam", {"learning_rate": 0.1, "threshold": 3.0}, "threshold must be at least 4"),
    ],
)
def test_what_cannot_be_is_refused_in_the_name_of_the_flavour(name, settings, message):
    with pytest.raises(BadInput, match=f"^{name}: .*{message}"):
        FLAVOURS[name](**settings)


def test_our_rules_are_keras_rules_by_default():
    for name in ("SGD", "Adagrad", "RMSprop", "Adam", "AdamW", "Nadam", "Adamax", "Lion"):
        assert FLAVOURS[f"keras.{name}"]() == OPTIMIZERS[name.lower()]()
    assert FLAVOURS["keras.Adadelta"](learning_rate=1.0) == OPTIMIZERS["adadelta"]()
    assert FLAVOURS["keras.SGD"]() == OPTIMIZERS["gd"]()
    for name, settings in {"momentum": {}, "nag": {"nesterov": True}}.items():
        assert FLAVOURS["keras.SGD"](momentum=0.9, **settings) == OPTIMIZERS[name]()
    assert FLAVOURS["torch.RAdam"]() == OPTIMIZERS["radam"]()  # Keras has none


def test_where_torch_loses_its_way_we_do_not():
    """torch's centered RMSprop: NaN at step 331 of a constant slope 0.1, 1e8 away after 2000 steps of 0.3."""
    for slope in (0.1, 0.3):
        rule = FLAVOURS["torch.RMSprop"](centered=True)
        theta, state = np.zeros(1), rule.init(np.zeros(1))
        for _ in range(2000):
            theta, state = rule.step(theta, np.full(1, slope), state)
        assert np.isfinite(theta).all()


OWN = json.loads((HERE / "own_configurations.json").read_text(encoding="utf-8"))["configurations"]


@pytest.mark.parametrize("name", OWN)
def test_the_configurations_that_frameworks_write_themselves(name):
    """`get_config()` of Keras, `defaults` of torch and the defaults of optax, every key of them."""
    rate = {"torch": "lr"}.get(name.partition(".")[0], "learning_rate")
    assert FLAVOURS[name](**OWN[name]) == FLAVOURS[name](**{rate: 0.125})


def test_no_momentum_at_all_is_plain_descent():
    assert FLAVOURS["optax.sgd"](0.1, momentum=None, nesterov=False) == GD(0.1)


def test_a_momentum_of_1_is_as_the_frameworks_have_it():
    # b_1 = g, b_2 = b_1 + g; theta falls by 0.1, then by 0.2 at a slope of 1
    for rule in (FLAVOURS["torch.SGD"](lr=0.1, momentum=1.0), FLAVOURS["keras.SGD"](0.1, momentum=1.0)):
        theta, state = np.ones(1), rule.init(np.ones(1))
        for expected in (0.9, 0.7):
            theta, state = rule.step(theta, np.ones(1), state)
            assert theta[0] == pytest.approx(expected)


def test_what_would_change_the_numbers_is_refused():
    for name, given in [("keras.Adam", {"use_ema": True}), ("torch.Adam", {"maximize": True})]:
        with pytest.raises(BadInput, match=f"argument '{next(iter(given))}' is not supported here"):
            FLAVOURS[name](**given)
