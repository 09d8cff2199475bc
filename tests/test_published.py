"""Runs that others have printed, run again here."""

import numpy as np
import pytest

import optiviz as ov

# A. Zhang, Z. Lipton, M. Li, A. Smola, Dive into Deep Learning, chapters on gradient descent, momentum,
# Adagrad and RMSProp: f = 0.1 x1^2 + 2 x2^2 from (-5, -2), the last line each example prints, after 20 steps.
DIVE = {
    "gradient descent, 0.4": (ov.GD(0.4), (-0.943467, -0.000073)),
    "gradient descent, 0.6": (ov.GD(0.6), (-0.387814, -1673.365109)),
    "momentum 0.5": (ov.Momentum(0.6, 0.5), (0.007188, 0.002553)),
    "momentum 0.25": (ov.Momentum(0.6, 0.25), (-0.126340, -0.186632)),
    "Adagrad, 0.4": (ov.Adagrad(0.4, 0.0, 1e-6), (-2.382563, -0.158591)),
    "Adagrad, 2": (ov.Adagrad(2.0, 0.0, 1e-6), (-0.002295, -0.000000)),
    "RMSProp, 0.4": (ov.RMSprop(0.4, 0.9, 1e-6), (-0.010599, 0.000000)),
}


@pytest.mark.parametrize(("rule", "printed"), DIVE.values(), ids=DIVE)
def test_dive_into_deep_learning(rule, printed):
    assert ov.sparse_bowl.start.tolist() == [-5.0, -2.0]
    end = ov.minimize(ov.sparse_bowl, rule, steps=20).path[-1]
    np.testing.assert_allclose(end, printed, rtol=0, atol=5.1e-7)


def test_adam_of_a_course():
    # https://github.com/tienhyu/AIO-Exercise-Module-05: Adam with rate 0.2 and epsilon 1e-6, the printed rows
    printed = [
        (-4.8000002, -1.80000002), (-4.60025478, -1.60082451), (-4.40094848, -1.40317262),
        (-4.20227764, -1.20787822), (-4.00445033, -1.01592745), (-3.80768638, -0.82847307),
        (-3.61221732, -0.64684159), (-3.41828623, -0.47252765), (-3.22614739, -0.30716934),
    ]  # fmt: skip
    run = ov.minimize(ov.sparse_bowl, ov.Adam(0.2, epsilon=1e-6, epsilon_hat=False), steps=9)
    # its first row was in single precision
    np.testing.assert_allclose(run.path[1:], printed, rtol=0, atol=3e-7)


def test_rosenbrock_of_ensmallen():
    # https://apoorvalal.github.io/pyensmallen/notebooks/banana.html: a = 2, L-BFGS from (-1.2, 1) to [2, 4]
    banana = ov.surface("(2 - x)**2 + 100*(y - x**2)**2", xlim=(-2, 3), ylim=(-1, 5), start=(-1.2, 1))
    run = ov.minimize(banana, ov.Scipy("L-BFGS-B"), steps=1000)
    np.testing.assert_allclose(run.path[-1], [2.0, 4.0], atol=1e-4)


def test_beale_of_tiao():
    # L. Tiao, Visualizing and animating optimization algorithms with Matplotlib, 2016: Newton-CG from (3, 4)
    run = ov.minimize(ov.beale, ov.Scipy("Newton-CG"), steps=1000, start=(3.0, 4.0))
    np.testing.assert_allclose(run.path[-1], [3.0, 0.5], atol=1e-6)


@pytest.mark.parametrize("rule", [ov.GD(0.002), ov.Momentum(0.0005), ov.RMSprop(0.01), ov.Adam(0.05)])
def test_rastrigin_keeps_first_order_rules_in_the_nearest_cell(rule):
    # L. Rastrigin, 1974: minima near the integers; the one nearest to (2.2, -1.3) is (1.99, -0.995)
    run = ov.minimize(ov.rastrigin, rule, steps=500)
    np.testing.assert_allclose(run.path[-1], [1.98991223, -0.99495863], atol=0.02)
    assert run.losses[-1] == pytest.approx(4.9748, abs=0.1)
