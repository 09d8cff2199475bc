"""Every record that a job may need can be pickled and deep-copied."""

import copy
import os
import pickle
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import optiviz as ov
from optiviz.optimizers import OPTIMIZERS
from optiviz.optimizers.schedules import CosineDecay
from optiviz.runs.scipy_solvers import BFGS
from optiviz.scene.words import BadWords
from optiviz.scenefile.source import Fault, SceneFault

HOME = Path(__file__).parents[1]


def importable(theta, gradient):
    return theta - 0.1 * gradient


def value_of(x, y):
    return x * x + 3 * y * y


def records():
    bowl = ov.surface("x**2 + 3*y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1, 1))
    fit = ov.load(HOME / "scenes/momentum.toml")
    network = ov.load(HOME / "scenes/wide_narrow.toml")
    race = ov.compare(bowl, {"GD": ov.GD(0.1), "BFGS": BFGS()}, steps=3)
    return {
        **ov.surfaces,
        "formula": bowl,
        "callable": ov.surface(value_of, xlim=(-2, 2), ylim=(-2, 2), start=(1, 1)),
        "fit scene": fit,
        "Fit": fit.objective,
        "network scene": network,
        "Training": network.objective,
        "Network": network.objective.network,
        "Dense": ov.Dense(3, "relu"),
        "Sequential": ov.Sequential([ov.Dense(3), ov.BatchNormalization()] * 20),
        "Data": network.objective.data,
        "Trajectory": race.trajectories["GD"],
        "Evaluations": race.trajectories["GD"].evaluations,
        "Comparison": race,
        "Scene": ov.Scene(bowl, {"GD": ov.GD(0.1)}),
        "Plane": ov.plane(bowl, race, through="random", resolution=3),
        "BasinMap": ov.basin_map(ov.himmelblau, ov.GD(0.01), 3, steps=2),
        "StabilityMap": ov.stability_map(ov.sphere, ov.GD(), {"learning_rate": [0.1, 0.2]}, steps=2),
        "Anatomy": ov.anatomy_of(race.trajectories["GD"], ov.GD(0.1), 1),
        "rule": ov.rule(importable),
        "wrapped rule": ov.Clip(ov.WeightDecay(ov.rule(importable), 0.01), norm=1.0),
        "Scipy": BFGS(),
        "schedule": ov.Adam(CosineDecay(0.1, 10)),
        **{name: make() for name, make in OPTIMIZERS.items()},
    }


RECORDS = records()


def content(part):
    """The numbers in a record, whatever it is made of."""
    if isinstance(part, np.ndarray):
        return part.tobytes()
    if isinstance(part, dict | type(type.__dict__)):
        return {name: content(value) for name, value in part.items()}
    if isinstance(part, tuple | list):
        return [content(value) for value in part]
    if isinstance(part, partial):
        return [part.func, content(part.args)]
    if hasattr(part, "__dataclass_fields__"):
        return {name: content(getattr(part, name)) for name in part.__dataclass_fields__}
    return part


@pytest.mark.parametrize("name", RECORDS)
def test_records_can_be_pickled_and_copied(name):
    part = RECORDS[name]
    for again in (pickle.loads(pickle.dumps(part)), copy.deepcopy(part)):
        assert type(again) is type(part)
        assert content(again) == content(part)


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_is_told_in_a_line(name):
    told = repr(RECORDS[name])
    assert len(told) < 260 and "\n" not in told and " at 0x" not in told
    assert told.partition("(")[0] == type(RECORDS[name]).__name__


def test_a_decorated_rule_is_pickled_by_its_name(tmp_path, monkeypatch):
    """In another process too, which imports the module anew."""
    source = "import optiviz as ov\n\n\n@ov.rule\ndef halve(theta, gradient):\n    return theta / 2\n"
    (tmp_path / "lecture_rules.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    import lecture_rules

    data = pickle.dumps(lecture_rules.halve)
    assert pickle.loads(data) is lecture_rules.halve and copy.deepcopy(lecture_rules.halve).name == "halve"
    run = f"import pickle; print(pickle.loads({data!r}).step([8.0], [0.0], {{'count': 0}}))"
    run = run.replace("[8.0], [0.0]", "__import__('numpy').array([8.0]), __import__('numpy').array([0.0])")
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    done = subprocess.run([sys.executable, "-c", run], capture_output=True, text=True, env=env, check=True)
    assert done.stdout.startswith("(array([4.]), {'count': 1})")


@pytest.mark.parametrize(
    "error",
    [
        ov.BadInput("must be at least 0, got -1", field="momentum", part="NAG"),
        SceneFault("a.toml", [Fault(3, "runs.a", "unknown setting")]),
        BadWords([(("marks", "0", "at"), "is outside"), (("title",), "has no glyph")]),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_is_refused_keeps_its_fields_through_a_pickle(error):
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error) and str(again) == str(error)
    assert vars(again) == vars(error)
