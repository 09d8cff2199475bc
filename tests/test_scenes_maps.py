"""The scenes of maps: what each claims on its top line is a number here."""

from pathlib import Path

import numpy as np

import optiviz as ov

SCENES = Path(__file__).parents[1] / "scenes"


def rules(name):
    scene = ov.load(SCENES / f"{name}.toml")
    return scene, {label: run.optimizer for label, run in scene.runs.items()}


def border(minimum):
    """The share of neighbouring starts that end at different minima."""
    across, up = minimum[:, 1:] != minimum[:, :-1], minimum[1:] != minimum[:-1]
    return (across.sum() + up.sum()) / (across.size + up.size)


def test_basins_himmelblau():
    scene, race = rules("basins_himmelblau")
    maps = {
        label: ov.basin_map(scene.objective, rule, 150, steps=scene.steps) for label, rule in race.items()
    }
    x, y = np.meshgrid(maps["GD"].x, maps["GD"].y)
    apart = (x[..., None] - scene.objective.minima[:, 0]) ** 2 + (
        y[..., None] - scene.objective.minima[:, 1]
    ) ** 2
    nearest = {label: float((found.minimum == apart.argmin(-1)).mean()) for label, found in maps.items()}
    assert 0.975 < nearest["GD"] < 0.99
    assert 0.68 < nearest["Momentum"] < 0.72 and 0.7 < nearest["Adam"] < 0.82
    length = {label: border(found.minimum) for label, found in maps.items()}
    assert length["Momentum"] > 10 * length["GD"] and 2 < length["Adam"] / length["GD"] < 4
    assert all((found.minimum == -1).mean() < 1e-4 for found in maps.values())


def test_basins_rates():
    scene, race = rules("basins_rates")
    surface, h = scene.objective, 1e-5
    steep = []
    for place in surface.minima:
        columns = [
            (surface.gradient(place + h * e) - surface.gradient(place - h * e)) / (2 * h) for e in np.eye(2)
        ]
        steep.append(np.linalg.eigvalsh(np.array(columns))[-1])
    np.testing.assert_allclose(2 / np.sort(steep)[::-1], [0.0149, 0.0190, 0.0243, 0.0248], atol=5e-5)
    assert int(np.argmax(steep)) == 0 and surface.minima[0].max() < 0  # the lower left
    first, last = scene.panels[0].settings["rates"]
    rates = np.array([first, 0.0135, 0.016, 0.018, 0.0205, 0.0215, 0.0237, last])
    frayed = []
    for label, most in (("GD", 2.0), ("Momentum", 3.0)):
        for rate, found in zip(
            rates, ov.basin_maps(surface, race[label], rates, 60, steps=scene.steps), strict=True
        ):
            holds = rate < most / np.array(steep)
            close = np.abs(rate * np.array(steep) / most - 1) < 0.02
            np.testing.assert_array_equal(
                (found.shares > 0.02)[~close], holds[~close], err_msg=f"{label} {rate}"
            )
            frayed.append(border(found.minimum))
        assert (holds.sum() == 0) if label == "GD" else (holds.tolist() == [False, True, True, True])
    assert frayed[6] > 5 * frayed[0]  # GD just before the last two minima go


def test_stability_momentum():
    scene, race = rules("stability_momentum")
    share = (np.arange(120) + 0.5) / 120
    grid = {"learning_rate": 0.1 * share, "momentum": share}
    found = {
        label: ov.stability_map(scene.objective, rule, grid, steps=scene.steps)
        for label, rule in race.items()
    }
    ball, nesterov = found["Momentum"].limit, found["NAG"].limit
    assert (np.diff(ball) > 0).all() and (np.diff(nesterov) < 0).all()
    np.testing.assert_allclose([ball[0], ball[-1], nesterov[0]], [0.04, 0.08, 0.04], atol=3e-4)
    # Polyak's pair for curvatures 50 and 1, and the markers
    polyak = 4 / (50**0.5 + 1) ** 2, ((50**0.5 - 1) / (50**0.5 + 1)) ** 2
    np.testing.assert_allclose(polyak, [0.061, 0.57], atol=5e-3)
    steps = np.where(found["Momentum"].steps >= 0, found["Momentum"].steps, scene.steps)
    row, column = np.unravel_index(steps.argmin(), steps.shape)
    assert (
        abs(grid["learning_rate"][column] - polyak[0]) < 0.01 and abs(grid["momentum"][row] - polyak[1]) < 0.1
    )
    for label, rule in race.items():
        own = ov.stability_map(scene.objective, rule, {"learning_rate": [rule.learning_rate]}).steps[0]
        assert 0 < own < 1.5 * found[label].steps[found[label].steps >= 0].min()


def test_robustness():
    scene, race = rules("robustness")
    (low, high), count = scene.panels[0].settings["rates"], scene.panels[0].settings["count"]
    rates = {"learning_rate": np.geomspace(low, high, count)}
    found = {
        label: ov.stability_map(scene.objective, rule, rates, steps=scene.steps)
        for label, rule in race.items()
    }
    works = {label: int((one.steps >= 0).sum()) for label, one in found.items()}
    assert (
        works == {"GD": 7, "Momentum": 34, "NAG": 25, "Adagrad": 45, "RMSprop": 7, "Adam": 63}
        and count == 121
    )
    assert [label for label, one in found.items() if (one.stopped_at >= 0).any()] == ["GD", "Momentum", "NAG"]
    assert (found["Adagrad"].steps[rates["learning_rate"] > 0.6] > 0).all()
    adam = rates["learning_rate"][found["Adam"].steps >= 0]
    assert np.log10(adam[-1] / adam[0]) > 3
