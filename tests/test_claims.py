"""What the words of the shipped scenes claim, computed another way; one function a scene, by name.

What `test_scenes*.py` holds already (basins, stability, robustness, the worked examples) is not repeated.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import optiviz as ov
from optiviz.analysis.particles import particles
from optiviz.rendering.panels._shared.uphill import climbs
from optiviz.rendering.panels.curve import known as curve_of
from optiviz.rendering.panels.plane import parallel
from optiviz.scene.script import script

SCENES = Path(__file__).parents[1] / "scenes"
SEEDS = range(8)


def played(name):
    """The scene, its runs where their weights are, and its lines as the class reads them."""
    scene = ov.load(SCENES / f"{name}.toml")
    comparison = ov.play(scene).at_positions
    return scene, comparison.trajectories, [line.text for line in script(scene, comparison)]


def first_kept(condition):
    """From which row on a condition holds to the end."""
    return len(condition) - int(np.argmin(condition[::-1])) if not condition.all() else 0


def scene_of(name):
    return ov.load(SCENES / f"{name}.toml")


def seeded(scene, seed, labels=None, **more):
    """The comparison of a scene under another seed, of some of its runs."""
    runs = scene.runs if labels is None else {label: scene.runs[label] for label in labels}
    silent = {"captions": (), "marks": (), "verdict": "none", "ask": None, "poster": None, "steps": 100}
    return ov.play(replace(scene, seed=seed, runs=runs, **{**silent, **more}))


def right(comparison, label, row=-1):
    run = comparison.trajectories[label]
    return float(comparison.objectives[label].accuracy(run.path[row]))


def test_activations_where_the_slope_dies():
    slope = lambda name, z: float(curve_of(name, 1.0, 1)(np.array([float(z)]))[1][0])
    assert round(slope("sigmoid", -4), 2) == 0.02 and round(slope("tanh", -4), 3) == 0.001
    assert slope("relu", -4) == 0 and slope("sigmoid", 0) == 0.25 and slope("tanh", 0) == 1


def test_anatomy_adam():
    scene, runs, lines = played("anatomy_adam")
    assert scene.objective.gradient(np.array([-7.0, 2.0])) == pytest.approx([-7 / 6, 4])
    np.testing.assert_allclose(np.abs(np.diff(runs["Adam"].path[:2], axis=0)), [[0.6, 0.6]], rtol=1e-5)
    assert lines[-1] == "Even, not fast: GD is home at step 23, Adam at 32."
    assert abs(runs["GD"].path[1, 1]) < 1e-12  # y' = y - 0.5 * 2 y: on the floor at once


def test_anatomy_nag():
    _, runs, lines = played("anatomy_nag")
    rate, decay, curvature = 0.013, 0.9, np.array([1.0, 50.0])  # f = (x^2 + 50 y^2) / 2

    def by_hand(ahead):
        theta, v = np.array([-9.0, 1.5]), np.zeros(2)
        for _ in range(3):
            v = decay * v - rate * curvature * (theta + ahead * decay * v)
            theta = theta + v
        return theta

    for label, ahead in (("Momentum", 0), ("NAG", 1)):
        np.testing.assert_allclose(runs[label].path[3], by_hand(ahead), rtol=1e-9)
    assert lines[-1] == "Momentum was thrown across the ravine to y = −1.34, NAG only to −0.25."
    longer = ov.minimize(
        "ill_conditioned_quadratic", ov.NAG(rate, 0.9), start=[-9.0, 1.5], steps=40
    ).positions
    assert longer[:, 1].min() > -0.25 and abs(longer[:, 1]).max() == 1.5  # and it stays there


def test_batch_landscape_each_step_goes_down_on_its_own_ground():
    scene = scene_of("batch_landscape")
    comparison = ov.play(scene)
    (run,), (objective,) = comparison.trajectories.values(), comparison.objectives.values()
    batches = objective.batches(np.random.default_rng(scene.seed))
    own = []
    for k, rows in zip(range(run.steps), batches, strict=False):
        share = [objective.predict(run.path[j], objective.X[rows])[:, 0] for j in (k, k + 1)]
        y = objective.targets[rows, 0]
        before, after = (-np.mean(np.log(np.where(y == 1, p, 1 - p))) for p in share)
        own.append(before - after)
    assert min(own) > 0 and len(own) == 60
    assert not climbs(objective, run, scene.seed, batch=True).any()  # what the picture counts
    assert climbs(objective, run, scene.seed, batch=False).sum() == 21
    assert int((np.diff(run.losses) < 0).sum()) == 39  # "in this run"


def test_batch_normalisation_is_ahead_under_every_seed():
    scene = scene_of("batch_normalisation")
    x, y = scene.objective.X, scene.objective.targets[:, 0]
    centres = [x[30 * k : 30 * k + 30].mean(axis=0) for k in range(4)]
    np.testing.assert_allclose(centres, [(12, 10.4), (12, 8), (8, 9.4), (8, 7)], atol=0.25)
    assert y.reshape(4, 30).mean(axis=1).tolist() == [1, 0, 1, 0]
    for seed in SEEDS:
        comparison = seeded(scene, seed)
        assert right(comparison, "With BN") > 0.95 > 0.9 > right(comparison, "Without BN")


def test_wide_narrow_has_more_room_under_every_seed():
    scene = scene_of("wide_narrow")
    told = scene.verdict
    for seed in SEEDS:
        comparison = seeded(scene, seed)
        shares = []
        for label in scene.runs:
            run, objective = comparison.trajectories[label], comparison.objectives[label]
            found = ov.plane(objective, [run], through="random", resolution=21 if seed else 61)
            shares.append(float(np.mean(found.z < np.log(2))))
        assert shares[1] > shares[0]
        if seed == scene.seed:
            assert f"{100 * shares[0]:.0f}\u00a0%" in told.replace(" %", "\u00a0%") and "51 %" in told
            assert round(100 * shares[1]) == 51


def test_batch_sizes_need_as_many_updates_and_rows_by_their_size():
    scene = scene_of("batch_sizes")
    for seed in SEEDS:
        comparison = seeded(scene, seed, epochs=12)
        runs = comparison.trajectories
        floor = comparison.objective.value(comparison.objective.best)
        level = floor + 0.01 * (runs["Batch"].losses[0] - floor)
        needed = [int(np.argmax(run.losses <= level)) for run in runs.values()]
        assert all(8 <= count <= 15 for count in needed[:4])  # a dozen updates, whatever the batch
        assert 5 <= needed[4] <= 40  # of a single row by luck
        rows = np.array(needed) * [256, 64, 32, 16, 1]
        assert (np.diff(rows) < 0).all() and rows[0] > 50 * rows[4]
        assert runs["1 row"].losses[-256:].max() > level  # and it never comes to rest


def test_capacity_regions_one_line_or_the_spiral():
    scene = scene_of("capacity_regions")
    for seed in SEEDS:
        comparison = seeded(scene, seed, ["1 neuron", "50 x 4"])
        assert right(comparison, "1 neuron") < 0.7 and right(comparison, "50 x 4") > 0.95
        unseen = comparison.objectives["50 x 4"].held_out_rows_right(
            comparison.trajectories["50 x 4"].path[-1]
        )
        assert unseen.mean() > 0.9  # "and so place the hollow points right, nearly all"


def test_cars():
    _, runs, lines = played("cars")
    assert runs["NAG 0.9"].path[:, 0].max() < 3.9 and runs["Momentum 0.9"].path[:, 0].argmax() == 2
    assert "Momentum 0.9 swings across, out to w = 5.7. NAG 0.9 stays below 3.9." in lines
    assert lines[-1] == (
        "After 600: Batch GD is at b = −3.7, Momentum 0.9 and NAG 0.9 at −16.2; best is −17.6."
    )
    assert runs["NAG 0.9"].path[-1, 1] == pytest.approx(-16.2, abs=0.05)
    x = scene_of("cars").objective.data.x[:, 0]
    along, across = np.linalg.eigvalsh([[np.mean(x * x), np.mean(x)], [np.mean(x), 1.0]])
    assert round(across / along, -2) == 2600  # "about 2,600 times steeper across than along"


def test_convexity():
    scene, _, _ = played("convexity")
    w = np.linspace(
        -5, 5, 200_001
    )  # of the sum, at its best on the left: who is below −0.7 is in the deepest
    height = 0.2 * w**2 + 1.1 * np.cos(2 * w + 0.6)
    valleys = w[1:-1][(height[1:-1] < height[:-2]) & (height[1:-1] < height[2:])]
    deep = np.sort(0.2 * valleys**2 + 1.1 * np.cos(2 * valleys + 0.6))
    assert len(valleys) == 4 and deep[0] < -0.7 < deep[1] and scene.goal.when == "loss<-0.7"
    _, runs, lines = played("convexity")
    assert (
        lines[-1]
        == "Convex: 0 for all. Not convex: Momentum, left at 1.15, GD, right at 4, the others −1.71."
    )
    y = {label: run.path[:, 1] for label, run in runs.items()}
    np.testing.assert_allclose([y["GD, left"][-1], y["Momentum, right"][-1]], -1.71, atol=0.005)
    assert y["Momentum, right"][20] < 1.16 < y["Momentum, right"][12]  # over the deepest valley by then
    assert all(abs(run.path[-1, 0]) < 0.05 for run in runs.values())


def test_edge_of_stability_in_this_run():
    scene, runs, lines = played("edge_of_stability")
    sharp = {label: ov.sharpness(scene.objective, run.path[-1]) for label, run in runs.items()}
    told = [float(word.strip(",")) for word in lines[-1].split() if word[0].isdigit()]
    # at the edge the last bits of a CPU are seen
    assert told[:3] == pytest.approx([sharp[f"rate {rate}"] for rate in (0.05, 0.1, 0.2)], abs=0.3)
    assert told[:3] == pytest.approx([40, 20, 10], rel=0.02) and "limits of 40, 20 and 10." in lines[-1]


def test_edge_of_stability_sharpens_to_the_limit_under_every_seed():
    """From below 2 / rate to about it; of rate 0.2 only who is not lost (in one of eight he is)."""
    scene, ends = scene_of("edge_of_stability"), []
    for seed in SEEDS:
        comparison = seeded(scene, seed, ["rate 0.1"], steps=1200)
        run, objective = comparison.trajectories["rate 0.1"], comparison.objective
        ends.append([ov.sharpness(objective, run.path[row]) for row in (0, 1100, 1150, 1200)])
    ends = np.array(ends)
    assert (ends[:, 0] < 20).all() and (abs(ends[:, 1:].mean(axis=1) / 20 - 1) < 0.1).all()


def test_curvature_just_below_two_over_the_rate():
    assert 4 < 2 / scene_of("curvature").runs["GD"].optimizer.learning_rate < 4.05


def test_ewma():
    """A wave of a year is late by the phase of beta: atan2(beta sin, 1 - beta cos) / frequency."""
    turn = 2 * np.pi / 365
    lags = [np.arctan2(b * np.sin(turn), 1 - b * np.cos(turn)) / turn for b in (0.5, 0.9, 0.98)]
    np.testing.assert_allclose(lags, [1, 9, 40], atol=0.6)
    assert "by 1, 9 and 40 days" in played("ewma")[2][-1]


def test_graphs():
    scene, runs, _ = played("graphs")
    height = runs["Gradient descent"].losses
    near = np.flatnonzero(abs(height - 0.25) < 0.01)
    assert (near[0], near[-1], len(near)) == (13, 25, 13)
    slopes = np.linalg.norm(scene.objective.gradient(runs["Gradient descent"].path.T), axis=0)
    assert abs(int(slopes[:30].argmin()) - 18) <= 1 and slopes[18] < 0.08


def test_ground_moves_is_the_loss_under_the_ball():
    scene = scene_of("ground_moves")
    comparison = ov.play(scene)
    (run,), objective = comparison.trajectories.values(), comparison.objective
    frozen = ov.plane(objective, [run], through="random", seed=1, resolution=5)
    apart = []
    for row in range(0, run.steps + 1, 10):
        moved = parallel(frozen, run.path[row])
        x, y = moved.project(run.path[row : row + 1])[0]
        assert objective.value(moved.at(x, y)) == pytest.approx(run.losses[row], rel=1e-12, abs=1e-12)
        np.testing.assert_allclose(frozen.project(run.path[row : row + 1])[0], (x, y), atol=1e-9)
        apart.append(abs(float(objective.value(frozen.at(x, y)) - run.losses[row])))
    assert (
        apart[0] > 0.5 and apart[-1] < 1e-9
    )  # the frozen ground is not what the ball stands on, but at the end


def test_initialisation_schemes_he_is_first_under_every_seed():
    scene = scene_of("initialisation_schemes")
    for seed in SEEDS:
        ends = {label: run.losses[-1] for label, run in seeded(scene, seed, epochs=6).trajectories.items()}
        assert min(ends, key=ends.get) == "He"


def test_local_minimum():
    _, runs, lines = played("local_minimum")
    top = np.sort(np.roots([1, 0, -3, 1.4]).real)[1]  # the pass of x^4/4 - 1.5 x^2 + 1.4 x
    assert top == pytest.approx(0.51, abs=0.01)
    assert (runs["Momentum 0.5"].path[1] == runs["Batch GD"].path[1]).all()  # the same first step
    assert lines[-1] == "Batch GD stays at loss −0.02; Momentum 0.5 is in the global minimum, at −4.82."
    longer = ov.minimize(played("local_minimum")[0].objective, ov.GD(0.1), steps=75)
    assert longer.losses[-1] == pytest.approx(-0.0201, abs=5e-5)  # 75 epochs do not help


def test_local_minimum_fit():
    """One neuron z cos z, by a plain loop."""
    scene, runs, lines = played("local_minimum_fit")
    x = np.linspace(-3, 3, 60)
    y = (1.2 * x - 0.5) * np.cos(1.2 * x - 0.5)
    for label, decay in (("Batch GD", 0.0), ("Momentum 0.5", 0.5)):
        theta, v = np.array([-3.0, 0.0]), np.zeros(2)
        for row in runs[label].path[:60]:
            np.testing.assert_allclose(row, theta, rtol=1e-7, atol=1e-9)
            z = theta[0] * x + theta[1]
            pull = 2 * (z * np.cos(z) - y) * (np.cos(z) - z * np.sin(z))
            v = decay * v - 0.05 * np.array([np.mean(pull * x), np.mean(pull)])
            theta = theta + v
    assert runs["Momentum 0.5"].losses[42] < 1e-4  # 0.0000 in the notes
    np.testing.assert_allclose(runs["Momentum 0.5"].path[-1], [1.2, -0.5], atol=1e-6)
    assert runs["Batch GD"].losses[-1] == pytest.approx(1.957, abs=0.001)
    (mark,) = (mark for mark in scene.marks if mark.text == "local minimum")
    np.testing.assert_allclose(mark.at, runs["Batch GD"].path[-1], atol=0.002)  # the ring is where it stops
    before = runs["Batch GD"].path[-2] - runs["Batch GD"].path[-1]
    assert np.abs(before).max() < 1e-3  # it stands
    below = first_kept(runs["Momentum 0.5"].losses < 1e-4)
    assert lines[-1] == f"Batch GD ends at loss 1.957; Momentum 0.5 is below 0.0001 from epoch {below} on."


def test_losses_the_outlier_pulls_one_line_only():
    runs = ov.play(scene_of("losses")).trajectories
    assert abs(runs["MAE"].path[-1, 0] - 2) < 0.05 < 1 < runs["MSE"].path[-1, 0] - 2


def test_meshc_is_flat_along_y_0_and_steep_where_it_is_not_high():
    f = scene_of("meshc").objective
    x = np.linspace(-6, 6, 121)
    assert np.abs(f.gradient(np.stack([x, np.zeros(121)]))).max() == 0
    beside = f.value(np.stack([x, np.full(121, 0.1)]))  # a valley where it rises to the sides, else a crest
    valley = x[beside > 0]
    assert (np.abs(valley) < np.pi / 2 + 1e-9).sum() == 31 and np.abs(x[beside < 0]).min() > np.pi / 2
    assert np.abs(x[beside < 0]).max() < 3 * np.pi / 2 < np.abs(valley).max()
    steep = np.array([np.pi / 2, 2.0])  # as steep as it gets along x, and at height 0
    assert np.hypot(*f.gradient(steep)) == pytest.approx(4) and abs(f.value(steep)) < 1e-12


def test_momentum_decay():
    _, runs, lines = played("momentum_decay")
    assert [int(run.path[:, 0].argmax()) for run in runs.values()] == [5, 5, 5]
    assert "The longer the memory, the further past the minimum: w = 2.5, 3.8, 4.4." in lines
    assert lines[-1] == "A walk, a swing, a spiral: home at epoch 7, 18 and 42."


def test_momentum_regions():
    """Heavy ball on curvature 1: the roots of r^2 - (1 + m - rate) r + m tell regions; its noise floor."""
    scene, _, _ = played("momentum_regions")
    by_name = {mark.text: np.roots([1, mark.at[0] - 1 - mark.at[1], mark.at[1]]) for mark in scene.marks}
    inside = {name: bool(np.abs(roots).max() < 1) for name, roots in by_name.items()}
    assert inside == {"damped": True, "ringing": True, "zig-zag": True, "diverging": False}
    assert (by_name["damped"] > 0).all() and (by_name["zig-zag"].real < 0).all()
    assert [name for name, roots in by_name.items() if not np.isreal(roots).any()] == ["ringing"]

    # x' = x + m (x - x_before) - rate (x + noise) settles at the variance
    # noise^2 rate (1 + m) / ((1 - m) (2 (1 + m) - rate)); two coordinates of half a square each
    noise, level = 0.15, 0.01 * (3**2 + 2**2) / 2
    floor = lambda rate, m: noise**2 * rate * (1 + m) / ((1 - m) * (2 * (1 + m) - rate))
    rng = np.random.default_rng(0)
    for rate, m in ((0.3, 0.6), (1.0, 0.0), (1.6, 0.3)):
        x, v, seen = np.zeros((2, 4000)), np.zeros((2, 4000)), []
        for step in range(120):
            v = m * v - rate * (x + noise * rng.standard_normal(x.shape))
            x = x + v
            seen += [0.5 * (x**2).sum(axis=0).mean()] if step >= 60 else []
        assert np.mean(seen) == pytest.approx(floor(rate, m), rel=0.03)

    rule, noisy = scene.runs["noise"].optimizer, replace(scene.objective, noise=noise)
    rates, momenta = np.linspace(0.05, 3.95, 40), np.linspace(0, 0.95, 20)
    across, up = np.meshgrid(rates, momenta)
    radius = np.vectorize(lambda rate, m: np.abs(np.roots([1, rate - 1 - m, m])).max())(across, up)
    left = floor(across, up)
    # where the start is forgotten by step 40 and the level is 12 floors high: exp(-12) a step; all stay.
    # where the floor itself is above the level, and little is remembered: at most 1 - 1/e a step; nobody does
    sure = (radius**40 < 1e-3) & (left > 0) & (12 * left < level)
    never = (radius < 1) & (left > level) & (up <= 0.5)
    assert sure.sum() > 20 and never.sum() > 40
    stay = []
    for seed in SEEDS:
        grid = {"learning_rate": rates, "momentum": momenta}
        steps = ov.stability_map(noisy, rule, grid, steps=120, tolerance=0.01, seed=seed).steps
        stay.append((steps >= 0) & (steps <= 60))
    assert np.mean([one[sure].mean() for one in stay]) > 0.99
    assert np.mean([one[never].mean() for one in stay]) < 0.01


def test_nag():
    _, runs, lines = played("nag")
    np.testing.assert_allclose(runs["NAG"].path[1], runs["Momentum"].path[1], rtol=1e-12)
    assert [int(run.path[:, 0].argmax()) for run in runs.values()] == [5, 5]  # never earlier in time
    assert "Both turn at epoch 5: Momentum at w = 4.43, NAG at 3.03." in lines
    assert lines[-1] == "NAG overshoots less: it is home at epoch 9, Momentum at 42."


def test_one_weight():
    _, _, lines = played("one_weight")
    assert pytest.approx(18.8, abs=0.05) == 1 + 2 * 1.2**12
    home = [next(k for k in range(99) if 4 * (1 - 2 * rate) ** (2 * k) <= 0.04) for rate in (0.8, 0.1)]
    assert lines[-1] == (
        f"rate 0.8 is home at step {home[0]}, rate 0.1 at {home[1]}, rate 1 never; rate 1.1 is at w = 18.8."
    )


def test_placement_starts_off_the_points_with_one_of_three_right():
    scene = scene_of("placement")
    comparison = ov.play(scene)
    start, X = comparison.trajectories["GD"].path[0], scene.objective.X
    assert np.abs(X @ start[:2] + start[2]).min() > 0.1  # no point lies on the line
    assert [right(comparison, label, 0) for label in scene.runs] == [pytest.approx(1 / 3)] * 3
    assert right(comparison, "GD", 10) < 1 == right(comparison, "Adam", 10)


def test_race_beale():
    scene, runs, lines = played("race_beale")
    steps = np.linalg.norm(np.diff(runs["Adagrad"].path, axis=0), axis=1)
    assert steps.argmax() == 0  # its first step was its longest
    assert runs["Momentum"].path[:, 1].min() == pytest.approx(-1.86, abs=0.005)
    home = {label: first_kept(run.losses <= 0.01 * run.losses[0]) for label, run in runs.items()}
    assert min(home, key=home.get) == "Adagrad" and max(home, key=home.get) == "RMSprop"
    assert runs["Adam"].path[:100, 0].max() > 3.1  # past the minimum at 3
    for seed in range(8):  # the noise of SGD changes neither who is lowest nor who is home first
        sgd = ov.play(replace(scene, seed=seed)).trajectories["SGD"]
        assert sgd.losses[-1] > runs["Adam"].losses[-1]
        assert first_kept(sgd.losses <= 0.01 * sgd.losses[0]) > home["Adagrad"]
    assert home["Adagrad"] == 20
    ends = sorted((float(run.losses[-1]), label) for label, run in runs.items())
    assert [label for _, label in ends[:2]] == ["Adam", "Momentum"] and round(ends[1][0], 3) == 0.001
    assert lines[-1].startswith("Loss after 200 steps: Adam 3·10")


def test_race_himmelblau():
    scene, runs, _ = played("race_himmelblau")
    ends = {
        label: int(np.linalg.norm(scene.objective.minima - run.path[-1], axis=1).argmin())
        for label, run in runs.items()
    }
    assert ends["GD"] == ends["Momentum"] == ends["Adam 0.5"]
    assert len({ends["GD"], ends["Adam 2"], ends["Adam 2.1"], ends["Adam 2.9"]}) == 4
    apart = np.linalg.norm(runs["Adam 2"].path - runs["Adam 2.1"].path, axis=1)
    assert apart[8] < 1 and apart[12:].min() > 2


def test_race_rosenbrock():
    _, runs, lines = played("race_rosenbrock")
    for run in runs.values():
        x, y = run.path[20:].T
        assert np.abs(y - x * x).max() < 0.15  # on the floor
    past = {label: first_kept(run.path[:, 0] > 0) for label, run in runs.items() if run.path[-1, 0] > 0}
    assert past == {"Momentum": 134, "NAG": 30, "Adam": 209}
    assert lines[-1] == "Past the bend: NAG at 30, Momentum at 134, Adam at 209; GD is still at x = −1.2."


def test_race_saddle():
    _, runs, lines = played("race_saddle")
    out = {label: first_kept(abs(run.path[:, 1]) > 1) for label, run in runs.items()}
    assert out == {"GD": 38, "Momentum": 19, "NAG": 16, "Adagrad": 28, "RMSprop": 4, "Adam": 11}
    assert lines[-1] == "Out at 4: RMSprop; 11: Adam; 16: NAG; 19: Momentum; 28: Adagrad; 38: GD."
    growth = runs["GD"].path[1:, 1] / runs["GD"].path[:-1, 1]
    np.testing.assert_allclose(growth, 1.2, rtol=1e-9)  # by a fifth a step


def test_relu_softmax_both_beat_the_line_under_every_seed():
    scene = scene_of("relu_softmax")
    for seed in SEEDS:
        comparison = seeded(scene, seed)
        assert min(right(comparison, label) for label in scene.runs) > 0.87


def test_sgd_temperature_is_rate_over_batch():
    """Two runs of one rate / batch end in one histogram, near exp(-loss / T); the hotter one does not."""
    scene, _, lines = played("sgd_temperature")
    edges = np.linspace(-2, 2, 41)
    middles = (edges[1:] + edges[:-1]) / 2
    for label, (rows, temperature) in zip(scene.runs, ((16, 0.5), (8, 0.5), (4, 2.0)), strict=True):
        run = scene.runs[label]
        noise = run.objective(scene.objective).noise
        assert noise**2 == pytest.approx(800 / rows) and run.optimizer.learning_rate * noise**2 / 2 == (
            pytest.approx(temperature)
        )

    def ends():
        found = []
        for run in scene.runs.values():
            ground = run.objective(scene.objective)
            made = particles(ground, run.optimizer, limits=(-2, 2), bins=40, steps=1600, count=10_000)
            found.append(made.counts[-1] / 10_000)
        return found

    apart = lambda one, two: float(np.abs(one - two).sum() / 2)
    cold, same, hot = ends()
    assert lines[-1] == (
        f"Same rate / batch: {100 * apart(cold, same):.0f} of 100 particles differ. "
        f"A quarter of the batch: {100 * apart(cold, hot):.0f} of 100."
    )
    for density, temperature in ((cold, 0.5), (same, 0.5), (hot, 2.0)):
        theory = np.exp(-((middles**2 - 1) ** 2) / temperature)
        assert apart(density / density.sum(), theory / theory.sum()) < 0.06

    def plain(rate, rows):
        """(8, 1000) places in the end under eight seeds, by a loop of its own: x' = x - rate (f' + noise)."""
        places, rngs = np.full((8, 1000), -1.0), [np.random.default_rng(100 + seed) for seed in SEEDS]
        for _ in range(1600):
            noise = np.stack([rng.standard_normal(1000) for rng in rngs]) * np.sqrt(800 / rows)
            places = places - rate * (4 * places * (places**2 - 1) + noise)
        return [np.histogram(row, edges)[0] / 1000 for row in places]

    cold, same, hot = plain(0.02, 16), plain(0.01, 8), plain(0.02, 4)
    for one, two, three in zip(cold, same, hot, strict=True):  # of 1,000 some 8 of 100 differ by chance alone
        assert apart(one, two) < 0.13 < 0.19 < min(apart(one, three), apart(two, three))


def test_solutions_a_wall_between_the_starts():
    comparison = ov.play(scene_of("solutions"))  # "in this run"
    ends = {label: run.path[-1] for label, run in comparison.trajectories.items()}
    between = {
        label: max(
            float(comparison.objective.value(ends["GD"] + t * (ends[label] - ends["GD"])))
            for t in np.linspace(0, 1, 41)
        )
        for label in ("Momentum", "GD elsewhere")
    }
    assert between["Momentum"] < 0.03 and between["GD elsewhere"] > np.log(2)
    assert between["GD elsewhere"] == pytest.approx(0.93, abs=0.005)
    assert max(run.losses[-1] for run in comparison.trajectories.values()) < 0.03


def test_sparse_features_who_is_home_first():
    comparison = ov.play(scene_of("sparse_features"))
    home = {label: float(event.time) for label, event in ov.scene.events.homes(comparison).items()}
    assert list(home)[0] == "Adagrad" and list(home)[-1] == "RMSProp"


def test_xor_a_line_never_gets_more_than_three_corners():
    scene = scene_of("xor")
    for seed in SEEDS:
        comparison = seeded(scene, seed, epochs=12)
        shares = [right(comparison, "Perceptron", row) for row in range(0, 1441, 30)]
        assert max(shares) < 0.8
        assert right(comparison, "2-4-1") == 1 and right(comparison, "z cos z") > 0.85


def test_zigzag():
    _, runs, lines = played("zigzag")
    assert runs["SGD"].path[22, 0] == pytest.approx(-9 * (1 - 0.038) ** 22)
    assert "After 22 steps: SGD is at x = −3.8, with momentum at −0.2. The minimum is at 0." in lines
    assert lines[-1] == "With momentum home at step 18, without at 54: half the rate, three times as fast."


def test_newton_quadratic():
    scene, runs, lines = played("newton_quadratic")
    np.testing.assert_allclose(np.linalg.eigvalsh(ov.hessian(scene.objective, np.zeros(2))), [1, 13])
    home = {label: first_kept(run.losses <= 0.01 * run.losses[0]) for label, run in runs.items()}
    assert home["Newton"] == 1
    assert home["Exact line search"] == 15 and home["Gradient descent"] > 20
    exact = runs["Exact line search"]
    np.testing.assert_allclose(exact.losses, exact.losses[0] * (12 / 14) ** (2 * exact.at), rtol=1e-4)
    steps = np.diff(exact.path[:12], axis=0)
    assert np.abs((steps[1:] * steps[:-1]).sum(axis=1)).max() < 1e-8  # right angles
    assert "the bottom, loss" in lines[1]


def test_gradient_flow():
    scene, runs, _ = played("gradient_flow")
    x, y = scene.objective.start  # along the diagonals, of curvature 1 and 13
    along, across = (
        (x + y) / 2 * np.exp(-0.07 * runs["Flow"].at),
        (x - y) / 2 * np.exp(-0.91 * runs["Flow"].at),
    )
    np.testing.assert_allclose(runs["Flow"].path, np.c_[along + across, along - across], atol=1e-7)
    sides = {label: np.sign(run.path[1:, 0] - run.path[1:, 1]) for label, run in runs.items()}
    assert (np.diff(sides["Rate 0.14"][:20]) != 0).all() and (sides["Rate 0.07"][:8] == -1).all()
    # half the rate is half the distance from the flow, at time 2.8 of runs with rates of 0.02 and 0.01
    fine = ov.minimize(scene.objective, ov.GD(0.01), steps=20).path[20]
    there = np.exp(-0.2) * (x + y) / 2 + np.exp(-2.6) * (x - y) / 2
    off = abs(runs["Rate 0.02"].path[10, 0] - there), abs(fine[0] - there)
    assert off[0] / off[1] == pytest.approx(2, rel=0.2)


def test_averaging_noise():
    scene, runs, _ = played("averaging_noise")
    recorded = ov.play(scene).trajectories
    np.testing.assert_array_equal(recorded["Its mean"].path, recorded["SGD"].path)
    ends = []
    for seed in range(20):
        path = seeded(scene, seed, ["SGD"], steps=120).trajectories["SGD"].path
        ends.append(scene.objective.value(np.c_[path[-1], path[41:].mean(axis=0)]))
    last, mean = np.array(ends).T
    assert (mean < last).all() and mean.mean() < last.mean() / 5
    np.testing.assert_allclose(runs["Its mean"].path[-1], recorded["SGD"].path[41:].mean(axis=0))


def test_schedule_free():
    scene, _, _ = played("schedule_free")
    losses = {label: [] for label in scene.runs}
    for seed in range(20):
        for label, run in seeded(scene, seed, steps=120).at_positions.trajectories.items():
            losses[label].append(run.losses[[40, -1]])
    middle, end = np.transpose([np.mean(rows, axis=0) for rows in losses.values()])
    sgd, cosine, free = range(3)
    assert middle[free] < middle[cosine] / 2 and middle[free] < middle[sgd] / 2
    assert end[free] < end[sgd] / 6 and end[cosine] < end[sgd] / 6


def test_river_valley():
    scene, runs, _ = played("river_valley")
    above = lambda run: 14 * (run.path[:, 1] - np.sin(run.path[:, 0]) / 2) ** 2
    for seed in SEEDS:
        constant, cosine, level = seeded(scene, seed, steps=240).trajectories.values()
        assert above(level)[-1] < above(constant)[-20:].mean() / 2
        assert level.path[-1, 0] > cosine.path[-1, 0] + 2
        np.testing.assert_array_equal(level.at, constant.at)
    assert runs["Level, then down"].losses[-1] < min(
        runs[label].losses[-1] for label in ("Constant", "Cosine")
    )
