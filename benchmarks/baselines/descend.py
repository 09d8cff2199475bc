"""What the baselines draw: the runs of the benchmark's scenes, by a hand-written NumPy loop."""

import tomllib
from pathlib import Path

import numpy as np

SCENES = Path(__file__).parents[1] / "scenes"
START = (-2.0, -3.5)
DOTS = 40  # steps of a run that leave a dot


def beale(x, y):
    """Value and gradient."""
    a, b, c = 1.5 - x + x * y, 2.25 - x + x * y**2, 2.625 - x + x * y**3
    dx = 2 * (a * (y - 1) + b * (y**2 - 1) + c * (y**3 - 1))
    dy = 2 * x * (a + 2 * b * y + 3 * c * y**2)
    return a**2 + b**2 + c**2, np.array([dx, dy])


def gd(g, rate, memory, t):
    return -rate * g, memory


def momentum(g, rate, memory, t, decay=0.9):
    v = decay * memory.get("v", 0.0) - rate * g
    return v, {"v": v}


def nag(g, rate, memory, t, decay=0.9):
    v = decay * memory.get("v", 0.0) - rate * g
    return decay * v - rate * g, {"v": v}


def adagrad(g, rate, memory, t):
    a = memory.get("a", 0.1) + g * g
    return -rate * g / np.sqrt(a + 1e-7), {"a": a}


def rmsprop(g, rate, memory, t):
    a = 0.9 * memory.get("a", 0.0) + 0.1 * g * g
    return -rate * g / np.sqrt(a + 1e-7), {"a": a}


def adam(g, rate, memory, t):
    m = 0.9 * memory.get("m", 0.0) + 0.1 * g
    v = 0.999 * memory.get("v", 0.0) + 0.001 * g * g
    return -rate * m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-7), {"m": m, "v": v}


RULES = {"gd": gd, "momentum": momentum, "nag": nag, "adagrad": adagrad, "rmsprop": rmsprop, "adam": adam}


def descend(function, start, rule, rate, steps):
    """The path (steps + 1, 2) and the losses (steps + 1,) of one run."""
    theta, memory, path, losses = np.array(start), {}, [], []
    for t in range(1, steps + 2):
        value, gradient = function(*theta)
        path.append(theta)
        losses.append(value)
        move, memory = RULES[rule](gradient, rate, memory, t)
        theta = theta + move
    return np.array(path), np.array(losses)


def race():
    """By label, path and losses of the six runs of race.toml."""
    scene = tomllib.loads((SCENES / "race.toml").read_text())
    return {
        label: descend(beale, START, run["optimizer"], run["learning_rate"], scene["steps"])
        for label, run in scene["runs"].items()
    }


def pace(paths, frames):
    """The time of each frame, in steps: long steps take longer, by the root of the longest line they draw."""
    room = np.ptp(np.concatenate(paths), axis=0).max()
    drawn = np.max([np.hypot(*np.diff(path, axis=0).T) for path in paths], axis=0) / room
    ends = np.concatenate([[0.0], np.cumsum(np.sqrt(np.maximum(drawn, 0.002)))])
    return np.interp(np.linspace(0, ends[-1], frames), ends, np.arange(len(ends)))


def until(rows, time):
    """The rows (M, d) up to a time, the last of them on the line between two steps."""
    step = min(int(time), len(rows) - 1)
    after = rows[min(step + 1, len(rows) - 1)]
    return np.vstack([rows[: step + 1], rows[step] + (time - step) * (after - rows[step])])


def dots(rows, time):
    """The rows (M, d) at which steps ended, the first ones only."""
    return rows[: min(int(time), DOTS) + 1]
