"""Rates that change on the way: hand-worked values, and the frameworks' own."""

import json
from pathlib import Path

import numpy as np
import pytest

from optiviz._lib.errors import BadInput
from optiviz.optimizers import GD, SCHEDULES, Adam
from optiviz.optimizers.cycles import CosineRestarts, Cyclical
from optiviz.optimizers.schedules import (
    Constant,
    CosineDecay,
    ExponentialDecay,
    InverseTimeDecay,
    Linear,
    LinearWarmup,
    OneCycle,
    PiecewiseConstantDecay,
    PolynomialDecay,
    StepDecay,
    WarmupStableDecay,
)

HERE = Path(__file__).parent / "references"
CALLS = json.loads((HERE / "references.json").read_text(encoding="utf-8"))["schedules"]
with np.load(HERE / "references.npz") as arrays:
    RATES = arrays["schedules"]

EACH = [
    Constant(0.1),
    StepDecay(0.1, 3, 0.5),
    ExponentialDecay(0.1, 3, 0.5),
    InverseTimeDecay(0.1, 3, 0.5),
    CosineDecay(0.1, 10, 0.1),
    LinearWarmup(0.1, 4),
    OneCycle(0.1, 10),
    PiecewiseConstantDecay([2, 5], [0.1, 0.05, 0.01]),
    Linear(0.1, 0.01, 10),
    PolynomialDecay(0.1, 10, 0.01, 2.0, cycle=True),
    WarmupStableDecay(0.1, 2, 6, 4),
    CosineRestarts(0.1, 5, m_mul=0.9, alpha=0.1),
    Cyclical(0.01, 0.1, 4),
]
# the first line of each by hand, all by rates.json; `make_rates.py` wrote what the frameworks say
LATER = json.loads((HERE / "rates.json").read_text(encoding="utf-8"))
LATER_IDS = [entry["theirs"] for entry in LATER]


def made(call):
    name, settings = call
    nested = {k: made(v) if isinstance(v, list) and isinstance(v[0], str) else v for k, v in settings.items()}
    return SCHEDULES[name](**nested)


@pytest.mark.parametrize(
    "call, told", list(zip(CALLS, RATES, strict=True)), ids=[c["theirs"][0] for c in CALLS]
)
def test_as_the_framework_has_it(call, told):
    ours = made(call["ours"])
    np.testing.assert_allclose([ours(count) for count in range(len(told))], told, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("entry", LATER, ids=LATER_IDS)
def test_as_the_framework_has_it_today(entry):
    ours = made(entry["ours"])
    found = [ours(count) for count in range(len(entry["rates"]))]
    np.testing.assert_allclose(found, entry["rates"], rtol=entry["rtol"], atol=1e-15)


def test_every_schedule_has_a_golden_and_stands_in_the_index():
    golden = {call["ours"][0] for call in [*CALLS, *LATER]}
    assert golden | {"warmup_stable_decay"} == set(SCHEDULES)  # which no framework has
    assert {type(schedule) for schedule in EACH} == set(SCHEDULES.values())


@pytest.mark.parametrize(
    "schedule, rates",
    [
        (Constant(3.0), [3, 3, 3]),
        (StepDecay(8.0, 2, 0.5), [8, 8, 4, 4, 2]),
        (StepDecay(8.0, 1), [8, 0.8, 0.08]),
        (ExponentialDecay(8.0, 2, 0.25), [8, 4, 2, 1]),
        (ExponentialDecay(8.0, 2, 0.25, staircase=True), [8, 8, 2, 2, 0.5]),
        (InverseTimeDecay(6.0, 2, 1.0), [6, 4, 3, 2.4, 2]),
        (InverseTimeDecay(6.0, 2, 1.0, staircase=True), [6, 6, 3, 3, 2]),
        (CosineDecay(8.0, 4, 0.5), [8, 4 + 4 * (1 + 0.5**0.5) / 2, 6, 4 + 4 * (1 - 0.5**0.5) / 2, 4, 4]),
        (LinearWarmup(8.0, 4, 4.0), [4, 5, 6, 7, 8, 8]),
        (LinearWarmup(StepDecay(8.0, 1, 0.5), 2), [0, 4, 8, 4, 2]),
        (PiecewiseConstantDecay([1, 2], [4.0, 2.0, 1.0]), [4, 4, 2, 1, 1]),
        (OneCycle(8.0, 5, 0.6, 8.0, 1.0, "linear"), [1, 4.5, 8, 4.5, 1, 1]),
        # peak at 0.4 * 10 - 1 = 3, back at 6, end at 9
        (
            OneCycle(8.0, 10, 0.4, 4.0, 2.0, "linear", three_phase=True),
            [2, 4, 6, 8, 6, 4, 2, 5 / 3, 4 / 3, 1],
        ),
        (Linear(8.0, 2.0, 3, begin=1), [8, 8, 6, 4, 2, 2]),
        (PolynomialDecay(8.0, 4, 4.0, 2.0), [8, 6.25, 5, 4.25, 4, 4]),
        (PolynomialDecay(8.0, 2, 0.0, cycle=True), [8, 4, 0, 2, 0, 8 / 6]),
        (WarmupStableDecay(8.0, 2, 4, 4, "sqrt", 0.5), [0, 4, 8, 8, 8, 6, 8 - 4 * 0.5**0.5]),
        (WarmupStableDecay(8.0, 0, 1, 2, "cosine"), [8, 8, 4, 0]),
        (CosineRestarts(8.0, 2, 1.0, 0.5, 0.25), [8, 5, 5, 3.5, 3.5]),
        (Cyclical(1.0, 5.0, 2, 4, "triangular2"), [1, 3, 5, 4, 3, 2, 1, 2, 3]),
        (Cyclical(1.0, 5.0, 1, mode="exp_range", gamma=0.5), [1, 3, 1, 1.5]),
    ],
)
def test_by_hand(schedule, rates):
    np.testing.assert_allclose([schedule(count) for count in range(len(rates))], rates, rtol=1e-14)


@pytest.mark.parametrize("schedule", EACH, ids=lambda s: type(s).__name__)
class TestPromises:
    def test_a_rate_is_finite_and_at_least_0_for_ever(self, schedule):
        found = np.array([schedule(count) for count in [*range(50), 10**6]])
        assert np.isfinite(found).all() and (found >= 0).all()

    def test_asking_changes_nothing(self, schedule):
        assert [schedule(k) for k in (7, 0, 7, 3, 0)] == [schedule(k) for k in (7, 0, 7, 3, 0)]

    def test_it_is_frozen(self, schedule):
        with pytest.raises(AttributeError):
            schedule.anything = 1

    def test_the_first_step_has_the_rate_of_count_0(self, schedule):
        theta, state = GD(schedule).step(np.zeros(2), np.ones(2), {"count": 0})
        np.testing.assert_array_equal(theta, -schedule(0))
        assert GD(schedule).step(theta, np.ones(2), state)[0][0] == theta[0] - schedule(1)


def test_a_warmup_can_wrap_any_schedule():
    for schedule in EACH:
        wrapped = LinearWarmup(schedule, 5)
        assert wrapped(0) == 0.0
        assert [wrapped(5 + k) for k in range(20)] == [schedule(k) for k in range(20)]


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 0.999])
@pytest.mark.parametrize("wave", ["cos", "linear"])
def test_the_shortest_cycles_stand_too(steps, share, wave):
    cycle = OneCycle(1.0, steps, share, anneal_strategy=wave)
    found = np.array([cycle(k) for k in range(steps + 3)])
    assert (found > 0).all() and (found <= 1).all()
    np.testing.assert_allclose(found[steps - 1 :], 1 / 25e4)


def test_rates_side_by_side():
    """A schedule may carry one rate a run, like any other rate."""
    many = np.array([0.1, 0.2, 0.4])
    for make in (
        lambda r: StepDecay(r, 3, 0.5),
        lambda r: ExponentialDecay(r, 3, 0.5),
        lambda r: InverseTimeDecay(r, 3, 0.5),
        lambda r: CosineDecay(r, 10),
        lambda r: LinearWarmup(CosineDecay(r, 10), 4),
        lambda r: OneCycle(r, 12),
    ):
        for count in (0, 3, 11):
            np.testing.assert_array_equal(make(many)(count), [make(r)(count) for r in many])
    rule = Adam(StepDecay(many, 3, 0.5))
    theta, _ = rule.step(np.zeros((2, 3)), np.ones((2, 3)), rule.init(np.zeros((2, 3))))
    np.testing.assert_allclose(theta, [-many, -many], rtol=1e-5)


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: StepDecay(0.1, 0), "StepDecay: decay_steps must be at least 1, got 0"),
        (lambda: StepDecay(-0.1, 5), "StepDecay: initial_learning_rate must be at least 0, got -0.1"),
        (lambda: ExponentialDecay(0.1, 5, np.nan), "ExponentialDecay: decay_rate must be at least 0"),
        (lambda: CosineDecay(0.1, 5, 1.5), "CosineDecay: alpha must be at least 0 and at most 1, got 1.5"),
        (lambda: OneCycle(0.1, 5, 1.0), "OneCycle: pct_start must be at least 0 and less than 1, got 1.0"),
        (
            lambda: OneCycle(0.1, 5, anneal_strategy="poly"),
            "anneal_strategy must be 'cos' or 'linear', got 'poly'",
        ),
        (lambda: LinearWarmup(0.1, 0), "LinearWarmup: warmup_steps must be at least 1, got 0"),
        (
            lambda: PiecewiseConstantDecay([1], [0.1]),
            "one value more than boundaries, got 1 boundaries and 1 val",
        ),
        (lambda: PiecewiseConstantDecay([3, 1], [1, 1, 1]), "boundaries must increase"),
        (lambda: PiecewiseConstantDecay([1], [0.1, -1]), "values must be at least 0"),
        (lambda: Constant(np.inf), "Constant: learning_rate must be at least 0, got inf"),
    ],
)
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises(BadInput, match=message):
        make()
