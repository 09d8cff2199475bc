"""Clipping and weight decay, around any rule."""

import numpy as np
import pytest

from optiviz._lib.errors import BadInput
from optiviz.optimizers import GD, OPTIMIZERS, Adam, AdamW, Clip, Momentum, WeightDecay, innermost
from optiviz.optimizers.base import asks
from optiviz.optimizers.schedules import StepDecay

EACH = {name: make() for name, make in OPTIMIZERS.items() if name != "adamw" and not asks(make)}


def one(rule, theta, gradient):
    theta, gradient = np.array(theta, dtype=float), np.array(gradient, dtype=float)
    return rule.step(theta, gradient, rule.init(theta))


class TestClip:
    def test_by_norm_keeps_the_direction(self):
        theta, _ = one(Clip(GD(1.0), norm=1.0), [0, 0], [30, 40])
        np.testing.assert_allclose(theta, [-0.6, -0.8], rtol=1e-15)

    def test_a_short_gradient_passes_untouched(self):
        for limit in ({"norm": 50.0}, {"norm": 60.0}, {"value": 40.0}, {"global_norm": 50.0}):
            np.testing.assert_array_equal(one(Clip(GD(1.0), **limit), [0, 0], [30, 40])[0], [-30, -40])

    def test_by_value_holds_each_coordinate(self):
        np.testing.assert_array_equal(
            one(Clip(GD(1.0), value=2.0), [0, 0, 0], [5, -0.5, -9])[0], [-2, 0.5, 2]
        )

    def test_global_norm_is_the_norm_of_one_vector(self):
        for limit in (0.5, 7.0, 100.0):
            theta, _ = one(Clip(GD(1.0), norm=limit), [0, 0], [30, 40])
            np.testing.assert_array_equal(one(Clip(GD(1.0), global_norm=limit), [0, 0], [30, 40])[0], theta)

    def test_torch_adds_a_millionth(self):
        theta, _ = one(Clip(GD(1.0), norm=1.0, epsilon=1e-6), [0, 0], [3, 4])
        np.testing.assert_allclose(theta, [-3 / 5.000001, -4 / 5.000001], rtol=1e-15)

    def test_a_zero_gradient_stays_zero(self):
        for limit in ({"norm": 1.0}, {"value": 1.0}):
            np.testing.assert_array_equal(one(Clip(GD(1.0), **limit), [1, 2], [0, 0])[0], [1, 2])

    def test_runs_side_by_side_are_clipped_each_by_its_own_length(self):
        rng = np.random.default_rng(0)
        gradient = 5 * rng.standard_normal((3, 8))
        limits = np.linspace(0.5, 20.0, 8)
        for kind in ("norm", "value"):
            both, _ = one(Clip(GD(1.0), **{kind: limits}), np.zeros((3, 8)), gradient)
            for k, limit in enumerate(limits):
                alone, _ = one(Clip(GD(1.0), **{kind: limit}), np.zeros(3), gradient[:, k])
                np.testing.assert_array_equal(both[:, k], alone)

    @pytest.mark.parametrize(
        "limits, message",
        [
            ({}, "exactly one of value, norm and global_norm must be given, got none"),
            ({"value": 1.0, "norm": 2.0}, "got value, norm"),
            ({"norm": 0.0}, "Clip: norm must be greater than 0, got 0.0"),
            ({"value": -1.0}, "Clip: value must be greater than 0, got -1.0"),
            ({"global_norm": np.nan}, "Clip: global_norm must be greater than 0, got nan"),
            ({"norm": 1.0, "epsilon": -1.0}, "Clip: epsilon must be at least 0, got -1.0"),
        ],
    )
    def test_what_cannot_be_is_refused(self, limits, message):
        with pytest.raises(BadInput, match=message):
            Clip(GD(1.0), **limits)


class TestWeightDecay:
    def test_decoupled_shrinks_theta_and_leaves_the_rule_alone(self):
        by_place = ("lars", "lamb", "adafactor", "ftrl", "prodigy", "barzilaiborwein")
        for name, rule in EACH.items():
            if name in by_place or name.startswith("schedulefree"):
                continue  # whose step depends on where theta is
            plain, state = one(rule, [2, -4], [0.3, 0.5])
            theta, same = one(WeightDecay(rule, 0.1), [2, -4], [0.3, 0.5])
            shrunk = np.array([2.0, -4.0]) * 0.1 * rule.learning_rate
            np.testing.assert_allclose(theta, plain - shrunk, rtol=1e-14)
            for name in state:
                np.testing.assert_array_equal(state[name], same[name])

    def test_coupled_is_the_gradient_of_a_penalty(self):
        for rule in EACH.values():
            plain, state = one(rule, [2, -4], [0.3 + 0.1 * 2, 0.5 - 0.1 * 4])
            theta, same = one(WeightDecay(rule, 0.1, decoupled=False), [2, -4], [0.3, 0.5])
            np.testing.assert_array_equal(theta, plain)
            for name in state:
                np.testing.assert_array_equal(state[name], same[name])

    def test_for_plain_descent_both_are_the_same(self):
        a, _ = one(WeightDecay(GD(0.1), 0.5), [2, -4], [0.3, 0.5])
        b, _ = one(WeightDecay(GD(0.1), 0.5, decoupled=False), [2, -4], [0.3, 0.5])
        np.testing.assert_allclose(a, b, rtol=1e-15)

    def test_for_momentum_they_are_not(self):
        paths = []
        for decoupled in (True, False):
            rule = WeightDecay(Momentum(0.1, 0.9), 0.5, decoupled)
            theta = np.array([2.0, -4.0])
            state = rule.init(theta)
            for _ in range(3):
                theta, state = rule.step(theta, np.ones(2), state)
            paths.append(theta)
        assert np.abs(paths[0] - paths[1]).min() > 0.1

    def test_the_decay_follows_a_schedule(self):
        rule = WeightDecay(GD(StepDecay(0.5, 1, 0.5)), 1.0)
        theta, state = one(rule, [1.0], [0.0])
        assert theta[0] == 0.5
        assert rule.step(theta, np.zeros(1), state)[0][0] == 0.5 * 0.75

    def test_one_decay_a_run(self):
        decays = np.array([0.0, 0.1, 0.5])
        for decoupled in (True, False):
            both, _ = one(WeightDecay(GD(0.1), decays, decoupled), np.ones((2, 3)), np.ones((2, 3)))
            for k, decay in enumerate(decays):
                alone, _ = one(WeightDecay(GD(0.1), decay, decoupled), np.ones(2), np.ones(2))
                np.testing.assert_array_equal(both[:, k], alone)

    def test_out_of_bounds(self):
        with pytest.raises(BadInput, match="WeightDecay: weight_decay must be at least 0, got -0.1"):
            WeightDecay(GD(0.1), -0.1)


def test_clip_then_decay_then_rule():
    """The decay is not clipped: g = clip(100) = 1, then g + 0.5 * 10 = 6."""
    rule = Clip(WeightDecay(GD(1.0), 0.5, decoupled=False), value=1.0)
    assert one(rule, [10.0], [100.0])[0][0] == 4.0


def test_wrappers_nest_and_tell_the_rate():
    rule = WeightDecay(Clip(WeightDecay(Adam(0.25), 0.1), norm=1.0), 0.1)
    assert rule.learning_rate == 0.25
    assert innermost(rule) == Adam(0.25) and innermost(Adam(0.25)) == Adam(0.25)
    one(rule, [1, 2], [3, 4])


def test_adamw_is_adam_in_a_wrapper():
    assert AdamW() == WeightDecay(Adam(), 0.004)
    rule = AdamW(
        0.1,
        0.5,
        0.8,
        0.9,
        1e-3,
        epsilon_hat=False,
        epsilon_root=1e-4,
        amsgrad="max_v_hat",
        bias_correction=False,
    )
    assert rule == WeightDecay(
        Adam(
            0.1,
            0.8,
            0.9,
            1e-3,
            epsilon_hat=False,
            epsilon_root=1e-4,
            amsgrad="max_v_hat",
            bias_correction=False,
        ),
        0.5,
    )
