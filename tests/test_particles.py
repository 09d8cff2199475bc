"""Particles: independent copies of a noisy run, counted; what theory says of them; their panel."""

from dataclasses import replace

import numpy as np
import pytest

import optiviz as ov
from optiviz.analysis.particles import gibbs_density, particles
from optiviz.rendering.marks.shapes import Curve
from optiviz.rendering.stage import set_stage

BOWL = ov.surface("0.5*x**2 + 0.5*y**2", xlim=(-3, 3), ylim=(-3, 3), start=(0, 0))


def test_gradient_descent_in_a_bowl_settles_at_the_variance_of_a_linear_recurrence():
    # x' = (1 - a) x - a s n: variance a s^2 / (2 - a), here 0.2 * 4 / 1.8
    found = particles(
        replace(BOWL, noise=2.0), ov.GD(0.2), limits=(-6, 6), count=20_000, bins=240, steps=60, seed=3
    )
    middles = (found.edges[1:] + found.edges[:-1]) / 2
    last = found.counts[-1] / found.counts[-1].sum()
    assert last @ middles == pytest.approx(0, abs=0.02)
    assert last @ middles**2 == pytest.approx(0.8 / 1.8, rel=0.03)
    assert found.counts[0].max() == 20_000 and found.density[-1].sum() * 0.05 == pytest.approx(1)


def test_memory_is_kept_for_each_particle():
    # heavy ball, the same recurrence with momentum: variance a s^2 (1 + m) / ((1 - m) (2 (1 + m) - a))
    found = particles(
        replace(BOWL, noise=2.0), ov.Momentum(0.2, 0.5), limits=(-6, 6), count=20_000, bins=240, steps=80
    )
    middles, last = (found.edges[1:] + found.edges[:-1]) / 2, found.counts[-1] / 20_000
    assert last @ middles**2 == pytest.approx(0.8 * 1.5 / (0.5 * 2.8), rel=0.03)


def test_the_density_of_a_bowl_is_normal():
    x = np.linspace(-8, 8, 1601)
    density = gibbs_density(x**2 / 2, 0.25, 0.01)
    np.testing.assert_allclose(density, np.exp(-(x**2) / 0.5) / np.sqrt(2 * np.pi * 0.25), atol=1e-9)


def test_a_seed_is_the_same_luck_and_particles_have_their_own():
    noisy = replace(BOWL, noise=1.0)
    made = [
        particles(noisy, ov.GD(0.1), limits=(-2, 2), count=500, steps=5, seed=seed).counts
        for seed in (1, 1, 2)
    ]
    assert (made[0] == made[1]).all() and (made[0] != made[2]).any()
    assert (made[0][-1] > 0).sum() > 5  # not all at one place


def test_what_cannot_be_counted_is_refused():
    with pytest.raises(ov.BadInput, match="low then high, got 2 and 1"):
        particles(BOWL, ov.GD(0.1), limits=(2, 1))
    with pytest.raises(ov.BadInput, match="1 to 1000 bins"):
        particles(BOWL, ov.GD(0.1), limits=(-1, 1), bins=0)


def test_the_panel_draws_a_rim_for_each_run_and_theory_once_for_equals():
    runs = {
        "one": ov.Run(ov.GD(0.1), noise=2.0),
        "same": ov.Run(ov.GD(0.4), noise=1.0),
        "ball": ov.Run(ov.Momentum(0.1, 0.5), noise=2.0),
    }
    panel = ov.Panel("particles", {"count": 400, "bins": 8})
    scene = ov.Scene(BOWL, runs, (panel,), steps=6, size=(640, 360))
    stage = set_stage(scene, ov.play(scene))
    rims = [mark for mark in stage.marks if isinstance(mark, Curve)]
    assert len(rims) == 3 and all(rim.points(6).shape == (16, 2) for rim in rims)
    axes = stage.figure.axes[0]
    assert len(axes.lines) == 1  # T = 0.2 twice, and none for the ball
    own = particles(
        replace(BOWL, noise=2.0), ov.GD(0.1), limits=(-3, 3), count=400, bins=8, steps=6, seed=scene.seed
    )
    heights = axes.transData.inverted().transform(rims[0].points(6))[::2, 1]
    np.testing.assert_allclose(heights, own.density[6], atol=1e-9)
