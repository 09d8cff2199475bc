"""The rules: worked by hand, held to the promises that all of them make, and driven with anything."""

import json
from dataclasses import FrozenInstanceError, fields, is_dataclass
from math import sqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optiviz._lib.errors import BadInput
from optiviz._lib.registry import array_settings, bounds_of, scheduled_settings
from optiviz.flavours import FLAVOURS
from optiviz.optimizers import (
    GD,
    LAMB,
    LARS,
    NAG,
    OPTIMIZERS,
    SGD,
    AdaBelief,
    Adadelta,
    Adafactor,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    Adan,
    AdEMAMix,
    BarzilaiBorwein,
    Clip,
    Ftrl,
    Langevin,
    Lion,
    Momentum,
    Muon,
    Nadam,
    Prodigy,
    RAdam,
    RMSprop,
    Rprop,
    ScheduleFreeAdamW,
    ScheduleFreeSGD,
    Shampoo,
    Signum,
    WeightDecay,
    Yogi,
    innermost,
)
from optiviz.optimizers.base import asks
from optiviz.optimizers.schedules import ExponentialDecay

# Every rule of the index, and every option that takes another way through one.
EACH = [make(0.1) for name, make in OPTIMIZERS.items() if name != "sgd" and not asks(make)] + [
    Momentum(0.1, 0.9, rate_inside=False, dampening=0.5),
    NAG(0.1, 0.9, rate_inside=False),
    Adagrad(0.1, 0.0, epsilon_inside_sqrt=False, learning_rate_decay=0.1),
    Adadelta(),
    RMSprop(0.1, epsilon_inside_sqrt=False, momentum=0.9, rate_inside=False),
    RMSprop(0.1, momentum=0.9, nesterov=True, centered=True, initial_scale=1.0, bias_correction=True),
    Adam(0.1, epsilon_hat=False, epsilon_root=1e-4),
    Adam(0.1, amsgrad=True),
    Adam(0.1, amsgrad="max_v_hat", epsilon_hat=False),
    Adam(0.1, amsgrad="max_v", bias_correction=False),
    Nadam(0.1, momentum_decay=None),
    Adamax(0.1, epsilon_inside_max=True),
    RAdam(0.1, beta_2=0.9, epsilon_hat=False),
    Clip(Adam(0.1), norm=0.5),
    WeightDecay(Momentum(0.1), 0.1, decoupled=False),
]
each = pytest.mark.parametrize("rule", EACH, ids=str)
ASKING = {name: make for name, make in OPTIMIZERS.items() if asks(make)}  # tested in test_second_order.py
# what moves without a slope: noise, means that begin at 1e-6, a leader worked out from penalties
RESTLESS = (WeightDecay, Langevin, Yogi, Ftrl)


def walk(rule, theta, gradients):
    """The path (T+1, ...) and the state at its end."""
    theta = np.asarray(theta, dtype=float)
    path, state = [theta], rule.init(theta)
    for gradient in gradients:
        theta, state = rule.step(theta, np.asarray(gradient, dtype=float), state)
        path.append(theta)
    return np.stack(path), state


def recorded(shape, steps=12, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((steps, *shape)) * 10.0 ** rng.uniform(-3, 2, (steps, *shape))


# Three steps by hand, from theta = 1. Where there are two means both keep a round share of the past.


BY_HAND = [
    (GD(0.5), [2, -1, 4], [0, 0.5, -1.5]),
    # v = -1, then -1/2 + 1/2 = 0, then -2
    (Momentum(0.5, 0.5), [2, -1, 4], [0, 0, -2]),
    # v = -2, -1 + 1 = 0, -4; theta = theta + v / 2
    (Momentum(0.5, 0.5, rate_inside=False), [2, -1, 4], [0, 0, -2]),
    # the first is undamped: v = -2, -1 + 1/2, -1/4 - 2
    (Momentum(0.5, 0.5, rate_inside=False, dampening=0.5), [2, -1, 4], [0, -0.25, -1.375]),
    # v = -1, 0, -2; phi = phi + v / 2 - g / 2
    (NAG(0.5, 0.5), [2, -1, 4], [-0.5, 0, -3]),
    (NAG(0.5, 0.5, rate_inside=False), [2, -1, 4], [-0.5, 0, -3]),
    # a = 9, 25, 169
    (Adagrad(1.0, 0.0, 0.0), [3, 4, 12], [0, -4 / 5, -4 / 5 - 12 / 13]),
    # a = 7 + 9 = 16, 32, 57; + 4 under the root
    (Adagrad(1.0, 7.0, 4.0), [3, 4, 5], [1 - 3 / sqrt(20), 1 - 3 / sqrt(20) - 4 / 6,
                                         1 - 3 / sqrt(20) - 4 / 6 - 5 / sqrt(61)]),
    # rate 1, 1/2, 1/3; root + 1
    (Adagrad(1.0, 0.0, 1.0, epsilon_inside_sqrt=False, learning_rate_decay=1.0), [3, 4, 12],
     [1 - 3 / 4, 1 / 4 - 4 / 6 / 2, -1 / 12 - 12 / 14 / 3]),
    # a = 8, d = 4 / 3, u = 8 / 9;  a = 4, d = 0;  a = 10, u = 4 / 9, d = 4 sqrt(13 / 9) / sqrt(11)
    (Adadelta(1.0, 0.5, 1.0), [4, 0, 4], [-1 / 3, -1 / 3, -1 / 3 - 4 * sqrt(13) / 3 / sqrt(11)]),
    # a = 1, 3/4 + 1/4 = 1, 3/4 + 25/4 = 7
    (RMSprop(1.0, 0.75, 0.0), [2, 1, -5], [-1, -2, -2 + 5 / sqrt(7)]),
    # g / sqrt(a) = 2, 1, -5 / sqrt(7), into a ball of momentum 1/2
    (RMSprop(1.0, 0.75, 0.0, momentum=0.5), [2, 1, -5], [-1, -3, -4 + 5 / sqrt(7)]),
    # a = 1, 1; m = 1/2, 5/8: a - m^2 = 3/4, 39/64
    (RMSprop(1.0, 0.75, 0.0, centered=True), [2, 1], [1 - 4 / sqrt(3), 1 - 4 / sqrt(3) - 8 / sqrt(39)]),
    # m_hat = 2, 2, -2/7; v_hat = 4
    (Adam(1.0, 0.5, 0.75, 0.0), [2, 2, -2], [0, -1, -6 / 7]),
    # m = 1, 3/2, -1/4; v = 1, 7/4, 37/16: epsilon-hat adds 1 to sqrt(v)
    (Adam(1.0, 0.5, 0.75, 1.0), [2, 2], [1 - 1 / 2, 1 / 2 - sqrt(7) / 3 * 3 / 2 / (sqrt(7) / 2 + 1)]),
    # epsilon after the correction: 2 / (2 + 2) each
    (Adam(1.0, 0.5, 0.75, 2.0, epsilon_hat=False), [2, 2, -2], [1 / 2, 0, 1 / 14]),
    # under the root: 2 / sqrt(4 + 12)
    (Adam(1.0, 0.5, 0.75, 0.0, epsilon_hat=False, epsilon_root=12.0), [2, 2, -2], [1 / 2, 0, 1 / 14]),
    # m = 1, 1/2; v = 1, 3/4, the largest is 1; c_1 = 1/2, 3/4; c_2 = 1/4, 7/16
    (Adam(1.0, 0.5, 0.75, 0.0, amsgrad=True), [2, 0], [0, -sqrt(7) / 4 / 0.75 / 2]),
    # v_hat = 4, 12/7, the largest is 4: m_hat / 2 = (1/2 / (3/4)) / 2
    (Adam(1.0, 0.5, 0.75, 0.0, amsgrad="max_v_hat"), [2, 0], [0, -1 / 3]),
    # no corrections: m / sqrt(v) = 1, (3/2) / sqrt(7/4)
    (Adam(1.0, 0.5, 0.75, 0.0, bias_correction=False), [2, 2], [0, -3 / sqrt(7)]),
    # theta halves before each of Adam's steps
    (AdamW(1.0, 0.5, 0.5, 0.75, 0.0), [2, 2, -2], [-1 / 2, -5 / 4, -5 / 8 + 1 / 7]),
    # m_hat = 2/3 + 2, 6/7 + 4/3, -2/15 - 8/7; v_hat = 4
    (Nadam(1.0, 0.5, 0.75, 0.0, momentum_decay=None), [2, 2, -2], [-1 / 3, -10 / 7, -83 / 105]),
    # momentum_decay 0: mu = 1/4 always; m_hat = (1/4)(1) / (1 - 1/16) + (3/4)(2) / (1 - 1/4) = 34/15
    (Nadam(1.0, 0.5, 0.75, 0.0, momentum_decay=0.0), [2], [1 - 17 / 15]),
    # m_hat = 4, 2, -10/7; u = 4, 2, 4
    (Adamax(1.0, 0.5, 0.5, 0.0), [4, 1, -4], [0, -1, -9 / 14]),
    (Adamax(1.0, 0.5, 0.5, 4.0), [4], [1 / 2]),
    (Adamax(1.0, 0.5, 0.5, 4.0, epsilon_inside_max=True), [4, 0], [1 / 2, 1 / 2 - 4 / 3 / 4]),
    # m = 1/4, -1/16: signs of 1/2, 1/8 - 1/2, -1/32
    (Lion(0.5, 0.5, 0.75), [1, -1, 0], [0.5, 1, 1.5]),
    # never rectified, since rho_inf = 7 comes too late: m_hat = 2, 2, -2/7
    (RAdam(0.25, 0.5, 0.75, 0.0), [2, 2, -2], [1 / 2, 0, 1 / 14]),
    # m = 1, 3/2; g - m = 1, 1/2; s = 1/4, 1/4: m_hat = 2, 2; s_hat = 1, 4/7
    (AdaBelief(0.5, 0.5, 0.75, 0.0, 0.0), [2, 2], [0, -sqrt(7 / 4)]),
    # 1 is added to s = 1/4 at once, and stays in it: 5/4, 15/16 + 1/16 + 1 = 2; hats 5, 32/7
    (AdaBelief(1.0, 0.5, 0.75, 0.0, 1.0), [2, 2], [1 - 2 / sqrt(5), 1 - 2 / sqrt(5) - 2 / sqrt(32 / 7)]),
    # v = 1 (sign(0 - 4) = -1), then 1 + 1/4 (1 < 4: up by a quarter of 4), 2 - 1/4 (of 1, down)
    (Yogi(1.0, 0.5, 0.75, 0.0, 0.0), [2, 2, 1],
     [0, -2 / sqrt(2 / (7 / 16)), -2 / sqrt(2 / (7 / 16)) - 5 / 4 / (7 / 8) / sqrt(7 / 4 / (37 / 64))]),
    # d = 0, 2; ahead = 2, 4 + 2/2 = 5; m = 1, 5/2; v = 0, 1; n = 1, 3/4 + 25/4 = 7;
    # (m_hat + v_hat / 2) / sqrt(n_hat) = 2 / 2, (10/3 + 2/3) / sqrt(7 / (7/16))
    (Adan(1.0, 0.5, 0.5, 0.75, 0.0, 0.0), [2, 4], [0, -1]),
    # m_hat = 2, 2; slow = 1, 3/2; v_hat = 4: (2 + 3) / 2, (2 + 9/2) / 2
    (AdEMAMix(1.0, 0.5, 0.75, 0.5, 3.0, 0.0), [2, 2], [-3 / 2, -19 / 4]),
    # first 1/2; same sign: 3/4; turned: 3/8 and no step; then as it is, since that gradient was put to 0
    (Rprop(0.5, 0.5, 1.5), [2, 9, -1, -1], [1 / 2, -1 / 4, -1 / 4, 1 / 8]),
    # m = 1, 1/4, -1/8 - 2: signs
    (Signum(0.5, 0.5), [2, -0.5, -4], [1 / 2, 0, 1 / 2]),
    (Signum(0.5, 0.0), [2, 0, -4], [1 / 2, 1 / 2, 1]),
    # a = 9, 25: z = 3 - 3, then 0 + 4 - 2 * 0; theta = -0 / 3, -4 / 5
    (Ftrl(1.0, 0.0), [3, 4], [0, -4 / 5]),
    # l1 holds back 1 of z; 2 l2 = 2 and beta = 1 are added below: z = 3 - 3 = 0, then 4; -3 / (5 + 2 + 1)
    (Ftrl(1.0, 0.0, 1.0, 1.0, 0.0, 1.0), [3, 4], [0, -3 / 8]),
    # z = 0, -1; x = 0, -1/2; y = 0, -3/4
    (ScheduleFreeSGD(0.5, 0.5), [2, 2], [0, -3 / 4]),
    # v_hat = 4, 4: z = 0, -1
    (ScheduleFreeAdamW(1.0, 0.5, 0.75, 0.0), [2, 2], [0, -3 / 4]),
    # d = 1, m = 1, v = 1: theta = 0; d grows to 2 / (2 sqrt(3/4) + 2) < 1, so not at all; m = 3/2, v = 7/4
    (Prodigy(1.0, 0.5, 0.75, 0.0, 1.0), [2, 2], [0, -3 / 2 / sqrt(7 / 4)]),
    # |theta| = 1, |g| = 2: half of 1; v = -1/2, -1/4 - 1/4 (|theta| = 1/2)
    (LARS(1.0, 0.5, 0.5), [2, 2], [1 / 2, 0]),
    # u = g / 2 = 1 or -1: half of |theta| each
    (LAMB(0.5, 0.5, 0.75, 0.0), [2, 2], [1 / 2, 1 / 4]),
    # rate 1/2 of |theta| along the sign at first; then b = 1/2: v = (4 + 0) / 2 = 2, u = 0
    (Adafactor(0.5, 1.0), [2, 0], [1 / 2, 1 / 2]),
    # b = 1/2: v = (4 + 16) / 2 = 10; u = 4 / sqrt(10) > 1 is cut to 1
    (Adafactor(0.5, 1.0), [2, 4], [1 / 2, 1 / 4]),
    # on a vector Adam's
    (Muon(1.0, adam_beta_1=0.5, adam_beta_2=0.75, adam_epsilon=0.0), [2, 2, -2], [0, -1, -6 / 7]),
    # L = 5 + 4, 9 + 16
    (Shampoo(1.0, 5.0), [2, 4], [1 / 3, 1 / 3 - 4 / 5]),
    # s = -1, y = 2: it grew the wrong way, 1/2 again; then s = -2, y = -6: rate 4 / 12
    (BarzilaiBorwein(0.5), [2, 4, -2], [0, -2, -4 / 3]),
    (BarzilaiBorwein(0.5, "short"), [2, 4, -2], [0, -2, -2 + 2 * 12 / 36]),
    (Langevin(0.5, 0.0), [2, -1, 4], [0, 0.5, -1.5]),
]  # fmt: skip


@pytest.mark.parametrize(
    "rule, gradients, path", BY_HAND, ids=lambda value: str(value) if is_dataclass(value) else ""
)
def test_by_hand(rule, gradients, path):
    found, _ = walk(rule, np.ones(1), [[g] for g in gradients])
    np.testing.assert_allclose(found[1:, 0], path, rtol=1e-14, atol=1e-15)


def test_radam_rectifies_as_its_formula_says():
    """beta_2 = 0.9: rho_inf = 19; with v_hat = 1 and m_hat = 1 the step is rate, then rate r."""
    path, _ = walk(RAdam(1.0, 0.5, 0.9, 0.0), np.zeros(1), np.ones((30, 1)))
    for t, step in enumerate(-np.diff(path[:, 0]), start=1):
        rho = 19 - 2 * t * 0.9**t / (1 - 0.9**t)
        r = sqrt((rho - 4) * (rho - 2) * 19 / (15 * 17 * rho)) if rho > 5 else 1.0
        assert step == pytest.approx(r, rel=1e-12)
    assert step != 1.0


@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if name not in ASKING])
def test_every_rule_has_a_path_worked_by_hand_or_a_golden_of_a_framework(name):
    entries = json.loads((Path(__file__).parent / "references/references.json").read_text("utf-8"))["closed"]
    golden = {type(innermost(FLAVOURS[entry["flavour"]](**entry["settings"]))) for entry in entries}
    assert type(innermost(OPTIMIZERS[name]())) in golden | {type(innermost(rule)) for rule, _, _ in BY_HAND}


# Promises


@each
def test_the_state_has_names_and_the_shape_of_theta(rule):
    for shape in ((2,), (3, 4)):
        theta = np.ones(shape)
        _, state = walk(rule, theta, recorded(shape))
        assert state["count"] == 12
        assert rule.init(theta)["count"] == 0
        assert set(rule.init(theta)) == set(state)
        own = ("left", "right")  # Shampoo's, of which there is one for each side of a matrix
        assert all(state[name].shape == shape for name in state if name not in ("count", *own))
        assert all(state[name].dtype == np.float64 for name in state if name != "count")


@each
def test_nothing_is_written_in_place(rule):
    """Read-only arrays would raise; and the same step twice gives the same twice."""
    theta = np.linspace(-1, 1, 6).reshape(3, 2)
    state = rule.init(theta)
    for gradient in recorded((3, 2)):
        for array in (theta, gradient, *state.values()):
            if isinstance(array, np.ndarray):
                array.flags.writeable = False
        before = dict(state)
        once, again = rule.step(theta, gradient, state), rule.step(theta, gradient, state)
        np.testing.assert_array_equal(once[0], again[0])
        assert state.keys() == before.keys() and all(state[name] is before[name] for name in state)
        theta, state = once


@each
def test_a_zero_gradient_moves_nothing(rule):
    theta = np.array([1.0, -2.0])
    path, _ = walk(rule, theta, np.zeros((5, 2)))
    assert isinstance(rule, RESTLESS) or (path == theta).all()
    assert not isinstance(rule, WeightDecay) or (np.abs(path[-1]) < np.abs(theta)).all()


@each
def test_runs_side_by_side_are_runs_alone(rule):
    gradients = recorded((3, 5))
    starts = recorded((3, 5), 1, seed=1)[0]
    together, _ = walk(rule, starts, gradients)
    for k in range(5):
        alone, _ = walk(rule, starts[:, k], gradients[:, :, k])
        np.testing.assert_array_equal(together[:, :, k], alone)


def numbers(rule):
    """The settings of a rule that are numbers, without switches."""
    values = {field.name: getattr(rule, field.name) for field in fields(rule)}
    return {k: v for k, v in values.items() if isinstance(v, int | float) and not isinstance(v, bool)}


@pytest.mark.parametrize("rule", [r for r in EACH if not isinstance(r, Clip)], ids=str)
def test_every_number_may_be_one_a_run(rule):
    """Each hyperparameter as an array (N,) equals N runs with its values."""
    gradients, theta = recorded((2, 3)), np.ones((2, 3))
    for name, value in numbers(rule).items():
        if name not in array_settings(type(rule)):
            continue  # a count, a seed
        high = 1.0 if name == "threshold" else (1 - value) / 2  # stays in [0, 1) for shares
        values = value + high * np.array([0.0, 0.5, 1.0]) * (value < 1 or name == "threshold")
        together, _ = walk(replaced(rule, name, values), theta, gradients)
        for k, one in enumerate(values):
            alone, _ = walk(replaced(rule, name, float(one)), theta[:, k], gradients[:, :, k])
            np.testing.assert_array_equal(together[:, :, k], alone, err_msg=name)


def replaced(rule, name, value):
    settings = {field.name: getattr(rule, field.name) for field in fields(rule)}
    return type(rule)(**settings | {name: value})


@each
def test_a_rule_is_frozen(rule):
    with pytest.raises(FrozenInstanceError):
        rule.learning_rate = 1.0


@each
def test_a_rule_tells_its_rate_and_takes_a_schedule(rule):
    assert innermost(rule).learning_rate == rule.learning_rate
    if "learning_rate" not in scheduled_settings(type(innermost(rule))):
        return  # its first step alone has it
    scheduled = replaced(innermost(rule), "learning_rate", ExponentialDecay(0.1, 1, 0.5))
    path, _ = walk(scheduled, np.ones(2), np.ones((400, 2)))
    assert (
        isinstance(rule, Ftrl | ScheduleFreeSGD | ScheduleFreeAdamW)
        or np.abs(np.diff(path[-3:], axis=0)).max() < 1e-9
    )


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_settings_out_of_bounds_are_refused_in_a_sentence(name):
    make = OPTIMIZERS[name]
    for setting, bounds in bounds_of(make).items():
        bad = [np.nan, np.inf, bounds.low - 1, np.array([0.5, np.nan])]
        if np.isfinite(bounds.high):
            bad += [bounds.high + 1] + [bounds.high] * bounds.open_high
        if setting not in array_settings(make):
            bad.pop()  # of numbers that are one for all runs
        if name == "sgd" and setting == "dampening":
            continue  # it belongs to Momentum
        for value in bad:
            with pytest.raises(BadInput, match=f"{setting} must be {bounds}, got "):
                make(**{setting: value})


def test_options_out_of_range_are_refused():
    with pytest.raises(BadInput, match="amsgrad must be false, true, 'max_v' or 'max_v_hat', got 'maximum'"):
        Adam(amsgrad="maximum")
    with pytest.raises(BadInput, match="momentum_decay must be at least 0, got -1.0"):
        Nadam(momentum_decay=-1.0)
    with pytest.raises(BadInput, match="no dampening"):
        SGD(0.1, 0.9, nesterov=True, dampening=0.5)


# Relations between rules


def test_sgd_is_one_of_three():
    assert SGD(0.1) == GD(0.1)
    assert SGD(0.1, 0.9) == Momentum(0.1, 0.9)
    assert SGD(0.1, 0.9, True) == NAG(0.1, 0.9)
    assert SGD(0.1, 0.9, rate_inside=False, dampening=0.5) == Momentum(
        0.1, 0.9, rate_inside=False, dampening=0.5
    )
    assert SGD(0.1, 0.9, True, rate_inside=False) == NAG(0.1, 0.9, rate_inside=False)


@pytest.mark.parametrize("inside", [True, False])
def test_the_rate_may_stand_inside_or_outside_as_long_as_it_is_constant(inside):
    gradients = recorded((3,))
    for make in (Momentum, NAG):
        a, _ = walk(make(0.1, 0.9, rate_inside=True), np.ones(3), gradients)
        b, _ = walk(make(0.1, 0.9, rate_inside=False), np.ones(3), gradients)
        np.testing.assert_allclose(a, b, rtol=1e-13)
        fading = ExponentialDecay(0.1, 5, 0.5)
        a, _ = walk(make(fading, 0.9, rate_inside=True), np.ones(3), gradients)
        b, _ = walk(make(fading, 0.9, rate_inside=False), np.ones(3), gradients)
        assert np.abs(a - b).max() > 1e-3


def test_the_exact_bridge_between_the_two_forms():
    """The Keras form with momentum_k = momentum rate_k / rate_(k-1) is the torch and optax form."""
    rate, gradients = ExponentialDecay(0.1, 5, 0.5), recorded((3,))
    outside, _ = walk(Momentum(rate, 0.9, rate_inside=False), np.ones(3), gradients)
    theta, state, path = np.ones(3), {"count": 0, "velocity": np.zeros(3)}, [np.ones(3)]
    for k, gradient in enumerate(gradients):
        theta, state = Momentum(rate, 0.9 * rate(k) / rate(max(k - 1, 0))).step(theta, gradient, state)
        path.append(theta)
    np.testing.assert_allclose(np.stack(path), outside, rtol=1e-13)


@pytest.mark.parametrize("rate", [0.02, ExponentialDecay(0.02, 20, 0.5)], ids=["constant", "schedule"])
def test_nesterov_as_sutskever_wrote_it(rate):
    """theta = phi - momentum v walks as v = momentum v - rate g(theta + momentum v), theta = theta + v."""
    slope = lambda at: np.array([1.0, 25.0]) * at + np.array([25.0, 1.0]) * np.sin(at)
    rule = NAG(rate, 0.9)
    theta, v = np.array([2.0, -1.0]), np.zeros(2)
    phi, state = theta, rule.init(theta)
    for k in range(100):
        v = 0.9 * v - (rate(k) if callable(rate) else rate) * slope(theta + 0.9 * v)
        theta = theta + v
        phi, state = rule.step(phi, slope(phi), state)
        np.testing.assert_allclose(rule.position(phi, state), theta, rtol=0, atol=1e-14)
        np.testing.assert_allclose(state["velocity"], v, rtol=0, atol=1e-14)


def test_nesterovs_position_is_a_gradient_step_from_the_look_ahead_point_before():
    """In both forms theta_(k+1) = phi_k - rate_k g(phi_k), also when the rate changes."""
    rate = ExponentialDecay(0.1, 5, 0.5)
    for inside in (True, False):
        rule = NAG(rate, 0.9, rate_inside=inside)
        phi, state = np.ones(3), rule.init(np.ones(3))
        np.testing.assert_array_equal(rule.position(phi, state), phi)
        for k, gradient in enumerate(recorded((3,))):
            position = phi - rate(k) * gradient
            phi, state = rule.step(phi, gradient, state)
            np.testing.assert_allclose(rule.position(phi, state), position, rtol=1e-12)


def test_adam_first_steps_are_as_long_as_the_rate():
    for gradient in (1e-6, 1.0, 1e6):
        for rule in (Adam(0.1, epsilon=0.0), Adam(0.1, epsilon=0.0, amsgrad=True), Adamax(0.1, epsilon=0.0)):
            path, _ = walk(rule, np.zeros(2), [[gradient, -gradient]])
            np.testing.assert_allclose(path[1], [-0.1, 0.1], rtol=1e-12)


def test_amsgrad_never_takes_a_larger_rate_than_before():
    for kind in ("max_v", "max_v_hat"):
        rule = Adam(0.1, amsgrad=kind, bias_correction=False)
        theta, state = np.ones(3), rule.init(np.ones(3))
        rates = []
        for gradient in recorded((3,), 30):
            theta, state = rule.step(theta, gradient, state)
            rates.append(rule.effective_rate(state))
        assert (np.diff(rates, axis=0) <= 0).all()


# What the pictures ask for

ADAPTIVE = [rule for rule in EACH if getattr(rule, "effective_rate", None)]


@pytest.mark.parametrize("rule", ADAPTIVE, ids=str)
def test_the_effective_rate_has_the_shape_of_theta_and_is_nan_before_the_first_step(rule):
    theta = np.ones((2, 3))
    assert np.isnan(rule.effective_rate(rule.init(theta))).all()
    _, state = walk(rule, theta, recorded((2, 3)))
    rates = rule.effective_rate(state)
    assert rates.shape == (2, 3) and (rates > 0).all() and np.isfinite(rates).all()


def test_the_effective_rate_is_what_the_gradient_was_multiplied_by():
    gradients = recorded((3,))
    for rule in (
        Adagrad(0.1),
        Adagrad(0.1, learning_rate_decay=0.5),
        RMSprop(0.1),
        RMSprop(0.1, centered=True),
    ):
        theta, state = np.ones(3), rule.init(np.ones(3))
        for gradient in gradients:
            before = theta
            theta, state = rule.step(theta, gradient, state)
            np.testing.assert_allclose(before - theta, rule.effective_rate(state) * gradient, rtol=1e-9)
    state = {"count": 4, "second_moment": np.array([4.0])}
    assert Nadam(0.1, beta_2=0.5, epsilon=0.0).effective_rate(state) == pytest.approx(0.1 / 2 * sqrt(15 / 16))


# Anything


def setting(bounds, name, rule):
    """A sane value of a setting: shares not quite 1, denominators not quite 0."""
    if "epsilon" in name or name == "initial_scale":
        return st.floats(1e-12, 10.0)
    if name in ("threshold", "least_side", "iterations", "seed"):
        return st.floats(4.0, 10.0) if name == "threshold" else st.integers(1, 4)
    if bounds.open_low or (name == "learning_rate" and isinstance(rule, Ftrl)):  # which divides by it
        return st.floats(1e-3, 1.0)
    return st.floats(max(bounds.low, 0.0), min(bounds.high, 10.0) * (0.9999 if bounds.open_high else 1.0))


LARGE = st.floats(-1e50, 1e50)


@pytest.mark.parametrize("rule", [r for r in EACH if not isinstance(r, Clip | WeightDecay)], ids=str)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_no_start_and_no_gradient_makes_a_rule_stumble(rule, data):
    """Warnings are errors here: no overflow, no 0 / 0, nothing that is not finite."""
    sane = {
        name: data.draw(setting(bounds, name, rule), name) for name, bounds in bounds_of(type(rule)).items()
    }
    for name, value in sane.items():
        rule = replaced(rule, name, value)
    theta = np.array(data.draw(st.lists(LARGE, min_size=2, max_size=2), "theta"))
    gradients = data.draw(
        st.lists(st.tuples(LARGE | st.just(0.0), LARGE), min_size=1, max_size=6), "gradients"
    )
    path, state = walk(rule, theta, gradients)
    assert np.isfinite(path).all()
    assert all(np.isfinite(array).all() for array in state.values())
