"""Planes through parameter space, against loops over layers, numpy's SVD and the objective itself."""

import numpy as np
import pytest

import optiviz as ov
from optiviz.analysis.directions import filter_normalized, principal_axes
from optiviz.analysis.planes import MAX_WORK, check_plane_cost, heights


def moons(n=40, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 2))
    return X, (X[:, 0] * X[:, 1] > 0).astype(float)


@pytest.fixture(scope="module")
def training():
    layers = (
        ov.Dense(6, "tanh"), ov.BatchNormalization(), ov.PReLU(), ov.Dense(4, "relu"), ov.Dense(1, "sigmoid"),
    )  # fmt: skip
    return ov.Training(ov.Network(layers, 2), *moons(), "binary_crossentropy", batch_size=8)


@pytest.fixture(scope="module")
def race(training):
    rules = {"GD": ov.GD(0.1), "Adam": ov.Adam(0.02), "ball": ov.Momentum(0.05)}
    return ov.compare(training, rules, steps=60)


def test_filter_normalisation_written_as_loops_over_neurons(training):
    rng = np.random.default_rng(1)
    theta, direction = rng.normal(size=(2, training.network.size))
    found = filter_normalized(training.variables, direction, theta)
    weights, drawn = training.network.unpack(theta), training.network.unpack(direction)
    for name, part in training.network.unpack(found).items():
        if not name.endswith("kernel"):
            assert (part == 0).all()  # biases, gamma, beta, the slope of PReLU
            continue
        inputs, units = part.shape
        for k in range(units):
            length = sum(weights[name][i, k] ** 2 for i in range(inputs)) ** 0.5
            own = sum(drawn[name][i, k] ** 2 for i in range(inputs)) ** 0.5
            expected = [drawn[name][i, k] * length / own for i in range(inputs)]
            np.testing.assert_allclose(part[:, k], expected, rtol=1e-13)


def test_a_neuron_without_weights_stays_where_it_is():
    training = ov.Training(ov.Network([ov.Dense(2, use_bias=False)], 2), np.eye(2), np.eye(2))
    theta = np.array([3.0, 0.0, 4.0, 0.0])  # the columns of the kernel are (3, 4) and (0, 0)
    found = filter_normalized(training.variables, np.array([0.0, 1.0, 2.0, 1.0]), theta)
    assert found.tolist() == [0.0, 0.0, 5.0, 0.0]


def test_random_plane(training, race):
    plane = ov.plane(training, race.trajectories["Adam"], through="random", seed=3, span=0.5, resolution=5)
    end = race.trajectories["Adam"].path[-1]
    np.testing.assert_array_equal(plane.origin, end)
    drawn = np.random.default_rng(3).standard_normal((2, len(end)))
    for axis, direction in zip(plane.axes, drawn, strict=True):
        np.testing.assert_array_equal(axis, filter_normalized(training.variables, direction, end))
    np.testing.assert_array_equal(plane.x, [-0.5, -0.25, 0.0, 0.25, 0.5])
    assert plane.explained is None
    assert plane.z[2, 2] == pytest.approx(race.trajectories["Adam"].losses[-1], rel=1e-12)


def test_without_layers_a_direction_is_as_long_as_theta():
    theta, direction = np.array([3.0, 4.0]), np.array([0.0, 2.0])
    assert filter_normalized(None, direction, theta).tolist() == [0.0, 5.0]


def test_pca_is_numpys_svd(race):
    paths = [run.path for run in race.trajectories.values()]
    rows = np.concatenate(paths)
    _, sizes, ways = np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)
    axes, explained = principal_axes(paths, paths[0][-1])
    np.testing.assert_allclose(np.abs((axes * ways[:2]).sum(axis=1)), 1, atol=1e-12)
    np.testing.assert_allclose(explained, sizes[:2] ** 2 / (sizes**2).sum(), rtol=1e-12)
    np.testing.assert_allclose(axes @ axes.T, np.eye(2), atol=1e-14)
    x, y = axes @ (paths[0][0] - paths[0][-1])
    assert x < 0 < y  # the start of the first run is above on the left of the origin


def test_pca_goes_through_the_end_of_the_best_run(training, race):
    plane = ov.plane(training, race, resolution=9)
    best = min(race.trajectories.values(), key=lambda run: run.losses[-1])
    np.testing.assert_array_equal(plane.origin, best.path[-1])
    assert plane.distance(best.path)[-1] == 0
    assert 0.8 < plane.explained.sum() <= 1
    seen = np.concatenate([plane.project(run.path) for run in race.trajectories.values()])
    for side, coordinates in zip((plane.x, plane.y), seen.T, strict=True):
        width = np.ptp(coordinates)
        assert side[0] == pytest.approx(coordinates.min() - 0.15 * width)
        assert side[-1] == pytest.approx(coordinates.max() + 0.15 * width)


def test_pca_of_many_rows_and_of_a_straight_line():
    bowl = ov.surface("x**2 + y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1.0, 0.5))
    angle = np.linspace(0, 2 * np.pi, 20_001)[:-1]
    ellipse = np.column_stack([2 * np.cos(angle), np.sin(angle)])  # variances 2 and 1/2
    axes, explained = principal_axes([ellipse], np.array([9.0, 9.0]))
    np.testing.assert_allclose(explained, [0.8, 0.2], atol=0.002)
    np.testing.assert_allclose(np.abs(axes), np.eye(2), atol=0.02)
    straight = ov.plane(bowl, ov.minimize(bowl, ov.GD(0.1), steps=20), resolution=11)
    np.testing.assert_allclose(straight.axes @ straight.axes.T, np.eye(2), atol=1e-14)
    assert straight.explained[0] == pytest.approx(1) and straight.explained[1] < 1e-12
    assert np.ptp(straight.y) == pytest.approx(0.25 * np.ptp(straight.x) / 1.3, rel=1e-6)


@pytest.mark.parametrize("through", ["pca", "random", "solutions"])
def test_points_of_the_plane_are_at_distance_0(training, race, through):
    plane = ov.plane(training, race, through=through, resolution=7)
    where = np.random.default_rng(2).uniform(-2, 2, (50, 2))
    path = plane.at(*where.T).T
    scale = np.abs(path).max()
    np.testing.assert_allclose(plane.project(path), where, atol=1e-12 * scale)
    assert plane.distance(path).max() < 1e-12 * scale


def test_distance_is_that_to_the_nearest_point(training, race):
    plane = ov.plane(training, race, through="random", resolution=3)  # its axes are not square to each other
    path = race.trajectories["GD"].path
    nearest, *_ = np.linalg.lstsq(plane.axes.T, (path - plane.origin).T, rcond=None)
    np.testing.assert_allclose(plane.project(path), nearest.T, rtol=1e-9, atol=1e-12)
    off = np.linalg.norm((path - plane.origin).T - plane.axes.T @ nearest, axis=0)
    np.testing.assert_allclose(plane.distance(path), off, rtol=1e-12, atol=1e-13)


def test_z_is_the_loss_at_its_place(training, race):
    plane = ov.plane(training, race, resolution=40)
    rng = np.random.default_rng(5)
    for i, j in rng.integers(0, 40, (30, 2)):
        theta = plane.at(plane.x[i], plane.y[j])
        np.testing.assert_allclose(
            theta, plane.origin + plane.x[i] * plane.axes[0] + plane.y[j] * plane.axes[1]
        )
        assert plane.z[j, i] == pytest.approx(float(training.value(theta)), rel=1e-12)


def test_any_number_of_processes_gives_the_same_bytes(training, race):
    plane, told = ov.plane(training, race, resolution=31), []
    grid = (plane.origin, plane.axes, plane.x, plane.y)
    progress = lambda done, total: told.append((done, total))
    two = heights(training, *grid, processes=2, progress=progress)
    assert two.tobytes() == plane.z.tobytes() == heights(training, *grid, processes=1).tobytes()
    assert told[-1] == (961, 961) and told == sorted(told)


def test_z_of_a_batch(training, race):
    plane, rows = ov.plane(training, race, resolution=5), np.array([3, 5, 8])
    z = heights(training, plane.origin, plane.axes, plane.x, plane.y, batch=rows)
    few = ov.Training(training.network, training.X[rows], training.y[rows], "binary_crossentropy")
    theta = plane.at(plane.x[1], plane.y[4])
    assert z[4, 1] == pytest.approx(float(few.value(theta)), rel=1e-12)
    assert float(training.value(theta, rows)) == pytest.approx(float(few.value(theta)), rel=1e-14)


def test_fit_of_a_batch():
    fit = ov.Fit(ov.Data([0, 1, 2], [1, 3, 6]), batch_size=1)
    assert float(fit.value(np.array([2.0, 1.0]), np.array([2]))) == 1.0  # 2 * 2 + 1 is 1 short of 6


def test_plane_through_three_solutions(training, race):
    plane = ov.plane(training, race, through="solutions", resolution=5)
    ends = np.stack([run.path[-1] for run in race.trajectories.values()])
    np.testing.assert_array_equal(plane.origin, ends[0])
    assert plane.distance(ends).max() < 1e-13
    corners = plane.project(ends)
    np.testing.assert_allclose(corners[0], 0, atol=1e-13)
    np.testing.assert_allclose(corners[1], [np.linalg.norm(ends[1] - ends[0]), 0], atol=1e-13)
    assert corners[2, 1] > 0
    assert np.linalg.norm(corners[2] - corners[1]) == pytest.approx(np.linalg.norm(ends[2] - ends[1]))
    assert (corners > [plane.x[0], plane.y[0]]).all() and (corners < [plane.x[-1], plane.y[-1]]).all()


def test_two_solutions_and_their_start(training, race):
    runs = [race.trajectories["GD"], race.trajectories["Adam"]]
    plane = ov.plane(training, runs, through="solutions", resolution=3)
    points = np.stack([runs[0].path[-1], runs[1].path[-1], runs[0].path[0]])
    assert plane.distance(points).max() < 1e-13


def test_axes_of_ones_own_and_a_window(training, race):
    P = training.network.size
    axes = np.eye(P)[[0, 3]] * 2
    plane = ov.plane(training, race.trajectories["GD"], axes=axes, xlim=(-1, 1), ylim=(0, 2), resolution=3)
    theta = race.trajectories["GD"].path[-1].copy()
    theta[[0, 3]] += [2.0, 4.0]
    assert plane.z[2, 2] == pytest.approx(float(training.value(theta)), rel=1e-12)


def test_runs_that_diverged_do_not_take_part():
    bowl = ov.surface("x**2 + 3*y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1.0, 0.5))
    race = ov.compare(bowl, {"GD": ov.GD(0.1), "lost": ov.GD(2.0)}, steps=60)
    assert race.trajectories["lost"].status == "diverged"
    plane, alone = ov.plane(bowl, race), ov.plane(bowl, race.trajectories["GD"])
    np.testing.assert_array_equal(plane.axes, alone.axes)
    assert ov.plane(bowl, race.trajectories["lost"], resolution=5).z.shape == (5, 5)


def test_thinned_runs(training):
    whole = ov.minimize(training, ov.Adam(0.02), steps=60)
    thin = ov.minimize(training, ov.Adam(0.02), steps=60, every=7, memory=False)
    plane = ov.plane(training, thin, resolution=5)
    np.testing.assert_array_equal(plane.origin, whole.path[-1])
    assert plane.project(thin.path).shape == (len(thin.at), 2)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"resolution": 302}, "resolution must be a whole number from 2 to 301, got 302"),
        ({"span": 0.0}, "span must be above 0"),
        ({"axes": np.ones((2, 3))}, "axes must be two directions of 69 numbers, got shape"),
        ({"axes": np.ones((2, 69))}, "the two axes are one line"),
        ({"xlim": (1, -1)}, "xlim and ylim must be two finite numbers each, low then high"),
        ({"through": "pac"}, "through must be pca, random or solutions, got 'pac'"),
    ],
)
def test_bad_settings(training, race, settings, problem):
    with pytest.raises(ov.BadInput, match=problem):
        ov.plane(training, race, **settings)


def test_bad_runs(training, race):
    start = training.start
    wrong = {
        "a run must be a path": np.zeros((3, 2)),
        "the runs never moved": np.tile(start, (7, 1)),
        "at least one run": [],
    }
    for problem, runs in wrong.items():
        with pytest.raises(ov.BadInput, match=problem):
            ov.plane(training, runs)
    with pytest.raises(ov.BadInput, match="of three runs, or of two and their start; got 1"):
        ov.plane(training, race.trajectories["GD"], through="solutions")
    with pytest.raises(ov.BadInput, match="lie on one line"):
        ov.plane(training, [start, start + 1, start + 2], through="solutions")
    zeros = ov.Training(ov.Network([ov.Dense(1, kernel_initializer="zeros")], 2), *moons())
    with pytest.raises(ov.BadInput, match="have no length"):
        ov.plane(zeros, zeros.start, through="random")


def test_too_much_work_is_refused_with_what_would_do():
    X, y = moons(2000)
    layers = (ov.Dense(500), ov.Dense(500), ov.Dense(1))
    training = ov.Training(ov.Network(layers, 2), X, y)  # 252,501 weights
    with pytest.raises(
        ov.BadInput, match="61 x 61 places of 2,000 rows and 252,501 weights each .* of 28 would"
    ):
        ov.plane(training, training.start, through="random")
    check_plane_cost(training, 28)
    assert MAX_WORK < 29**2 * 252_501 * 2020


def test_a_long_path_is_seen_at_the_rows_nearest_to_even_ones():
    # 256 of 384 rows, 383 / 255 = 1.502 apart: 0, 2, 3, 5, ...; a spike at row 2 is seen, at row 1 not
    for row, along in ((2, 1.0), (1, 0.0)):
        path = np.column_stack([np.zeros(384), np.linspace(0, 1e-3, 384)])
        path[row, 0] = 1.0
        axes, _ = principal_axes([path], path[-1])
        assert abs(axes[0, 0]) == pytest.approx(along, abs=1e-3)
