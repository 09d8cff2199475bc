"""Everyday slips in the library: they work where the meaning is plain, or are told with the right word."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.optimize

import optiviz as ov
from optiviz.flavours import FLAVOURS
from optiviz.objectives.function import objective
from optiviz.scene.given import as_scene

ROSEN = {"xlim": (-2, 2), "ylim": (-1, 3), "start": (-1.2, 1)}


class Alone:
    """A rule that returns theta without its state."""

    def init(self, theta):
        return {"count": 0}

    def step(self, theta, gradient, state):
        return theta - 0.01 * gradient


class Short(Alone):
    def step(self, theta, gradient, state):
        return theta[:1], state


SLIPS = {
    "unknown setting": (lambda: ov.Adam(lr=0.1), "Adam has no setting 'lr' - did you mean 'learning_rate'?"),
    "wrapper": (
        lambda: ov.Clip("adm", norm=1),
        "Clip: optimizer must be a rule such as Adam(0.1), got 'adm'",
    ),
    "flavour": (
        lambda: FLAVOURS["keras.Adam"](lr=0.1),
        "keras.Adam: argument 'lr' is not supported here - did you mean 'learning_rate'?",
    ),
    "flavour's name": (
        lambda: FLAVOURS["keras.adam"],
        "unknown name 'keras.adam' - did you mean 'keras.Adam'?",
    ),
    "rule's name": (lambda: ov.OPTIMIZERS["adm"], "unknown name 'adm' - did you mean 'adam'?"),
    "flavour as rule": (
        lambda: ov.minimize(ov.beale, "torch.Adam"),
        "'torch.Adam' is a flavour: optiviz.flavours.FLAVOURS['torch.Adam'](...) makes the rule",
    ),
    "class for rule": (
        lambda: ov.minimize(ov.beale, ov.GD),
        "GD is a class; an optimizer is made of it: GD(...)",
    ),
    "surface's name": (
        lambda: ov.minimize("bealle", "gd"),
        "unknown surface 'bealle' - did you mean 'beale'?",
    ),
    "no objective": (
        lambda: ov.minimize(None, "gd"),
        "there is nothing to descend: give a surface, or ov.objective(f, start=...)",
    ),
    "no start": (
        lambda: ov.minimize(lambda p: p @ p, "gd"),
        "a function has no start of its own: give start, or ov.objective(f, start=...)",
    ),
    "text as start": (
        lambda: ov.minimize(ov.beale, "gd", start="here"),
        "start must be 2 finite numbers, or (2, N) of them, got 'here'",
    ),
    "ragged start": (
        lambda: ov.minimize(ov.beale, "gd", start=[[1, 2], [3]]),
        "start must be 2 finite numbers, or (2, N) of them, got [[1, 2], [3]]",
    ),
    "text as steps": (
        lambda: ov.minimize(ov.beale, "gd", steps="10"),
        "steps must be a whole number from 0 to 1,000,000, got '10'",
    ),
    "step for steps": (
        lambda: ov.minimize(ov.beale, "gd", step=3),
        "minimize has no setting 'step' - did you mean 'steps'?",
    ),
    "text as seed": (
        lambda: ov.minimize(ov.beale, "gd", seed="a"),
        "seed must be a whole number from 0 to 9,223,372,036,854,775,807, got 'a'",
    ),
    "text as rate": (
        lambda: ov.GD("fast"),
        "GD: learning_rate must be at least 0, got 'fast', which is no number",
    ),
    "a class as rate": (
        lambda: ov.GD(int),
        "GD: learning_rate must be at least 0, got <class 'int'>, which is no number",
    ),
    "a schedule for momentum": (
        lambda: ov.Momentum(0.1, abs),
        "Momentum: momentum must be at least 0 and at most 1, "
        "got <built-in function abs>, which is no number",
    ),
    "nan as rate": (
        lambda: ov.GD(math.nan),
        "GD: learning_rate must be at least 0, got nan, which is no number",
    ),
    "None as rate": (
        lambda: ov.GD(None),
        "GD: learning_rate must be at least 0, got None, which is no number",
    ),
    "ragged rate": (
        lambda: ov.GD([[1], [1, 2]]),
        "GD: learning_rate must be at least 0, got [[1], [1, 2]], which is no number",
    ),
    "schedule of nothing": (
        lambda: ov.minimize(ov.beale, ov.GD(lambda: 0.1)),
        "GD: learning_rate must be a "
        "number or a function of the steps taken so far, such as lambda k: 0.1 / (1 + k)",
    ),
    "schedule of text": (
        lambda: ov.minimize(ov.beale, ov.GD(lambda k: "a")),
        "GD: learning_rate must give numbers, at least 0, got 'a' for step 1",
    ),
    "theta alone": (
        lambda: ov.minimize(ov.beale, Alone()),
        "Alone: step must return (theta, state), got an array of shape (2,)",
    ),
    "theta cut": (lambda: ov.minimize(ov.beale, Short()), "Short: theta must keep its shape (2,), got (1,)"),
    "panel": (
        lambda: ov.Scene(ov.beale, ["gd"], panels=("lanscape",)),
        "unknown panel 'lanscape' - did you mean 'landscape'?",
    ),
    "setting of a panel": (
        lambda: ov.render(ov.Scene(ov.beale, ["gd"], panels=[ov.Panel("loss", {"lgo": 1})]), "c.png"),
        "panel 'loss' has no setting 'lgo' - did you mean 'log'?",
    ),
    "setting of a scene": (
        lambda: ov.Scene(ov.beale, ["gd"], step=3),
        "Scene has no setting 'step' - did you mean 'steps'?",
    ),
    "steps of a scene": (
        lambda: ov.Scene(ov.beale, ["gd"], steps="x"),
        "steps must be a whole number, got 'x'",
    ),
    "size of a scene": (
        lambda: ov.Scene(ov.beale, ["gd"], size="big"),
        "size must be two whole numbers, (width, height), got 'big'",
    ),
    "scene's name": (lambda: ov.load("momentm"), "unknown scene 'momentm' - did you mean 'momentum'?"),
    "scene's file": (
        lambda: ov.render("momentum.toml", "c.png"),
        "momentum.toml: no such file - 'momentum' alone is the shipped scene",
    ),
    "no scene": (
        lambda: ov.render(ov.beale, "c.png"),
        "a scene shows runs: ov.Scene(objective, {...}), "
        "ov.compare(...), or the name of a scene file; got Surface",
    ),
    "no path": (
        lambda: ov.render("momentum", 3),
        "out must be a path such as 'clip.gif', or a list of them, got 3",
    ),
    "missing": (lambda: ov.surface("x**2 + y**2", start=(1, 1)), "surface needs xlim"),
    "surface of text": (
        lambda: ov.surface(lambda x, y: "a", **ROSEN),
        "<lambda>: gives 'a' where numbers are needed",
    ),
    "surface of nothing": (
        lambda: ov.surface(lambda x, y: None, **ROSEN),
        "<lambda>: gives None where numbers are needed",
    ),
    "surface of a vector": (
        lambda: ov.surface(lambda p: p, **ROSEN),
        "<lambda>: gives [-1.2, 1.0] at the start, one number is needed",
    ),
    "surface of a surface": (
        lambda: ov.surface(SimpleNamespace(), **ROSEN),
        "a surface is made of a formula or a function (x, y), got namespace()",
    ),
    "sharpness of a name": (lambda: ov.sharpness("beale"), "sharpness needs theta"),
    "sharpness somewhere": (
        lambda: ov.sharpness("beale", math.nan),
        "curvature: theta must be (2,) and a direction (2,) or (2, N), got () and ()",
    ),
    "sharpness at a text": (
        lambda: ov.sharpness("beale", "here"),
        "sharpness: theta must be numbers, got 'here'",
    ),
    "fit of a number": (lambda: ov.Fit(3), "Fit: data must be a Data, got 3"),
    "summary of a run": (
        lambda: ov.summary(ov.minimize("beale", "gd", steps=0)),
        "summary: comparison must be a Comparison, got "
        "Trajectory('GD': 0 steps of theta (2,), loss 41.25, finished)",
    ),
    "a protocol": (
        lambda: ov.Optimizer(),
        "Optimizer says what a rule must have; a rule is Adam(0.1), or a function: ov.rule",
    ),
    "an objective that is none": (
        lambda: ov.hessian(SimpleNamespace(value=abs, name="half"), [1.0]),
        "hessian: objective must be an Objective and lacks start, far, gradient, value_and_gradient, batches "
        "or a text, got namespace(value=<built-in function abs>, name='half')",
    ),
    "a limit of nothing": (
        lambda: ov.stability_limit(3),
        "an optimizer has init(theta) and step(theta, gradient, state), or is a function; got 3",
    ),
    "numbers for layers": (
        lambda: ov.Sequential([1, 2]),
        "a layer is such as Dense(4), or a table with its kind, got 1",
    ),
    "steps to slow": (lambda: ov.Slow([1, 2]), "Slow: step must be one number, got [1, 2]"),
    "runs of a plane": (
        lambda: ov.plane("beale", 3),
        "runs must be a comparison, a run, a path or a list of them, got 3",
    ),
    "layer": (
        lambda: ov.Dense(3, activaton="relu"),
        "Dense has no setting 'activaton' - did you mean 'activation'?",
    ),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_told_with_the_nearest_right_word(slip, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    call, sentence = SLIPS[slip]
    with pytest.raises(ov.BadInput) as caught:
        call()
    assert str(caught.value) == sentence
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("name", "near"), [("NAdam", "Nadam"), ("bealle", "beale"), ("adam", "Adam")])
def test_a_name_of_the_library(name, near):
    with pytest.raises(AttributeError, match=f"no attribute '{name}' - did you mean '{near}'"):
        getattr(ov, name)


def test_a_mistake_inside_is_not_taken_for_a_slip():
    def broken(theta):
        return theta + "a"

    with pytest.raises(TypeError):
        ov.minimize(ov.objective(broken, start=[1.0, 2.0]), "gd", steps=1)


def test_an_index_stays_a_mapping():
    assert ov.OPTIMIZERS.get("adm") is None and "adm" not in FLAVOURS
    with pytest.raises(KeyError):
        ov.OPTIMIZERS["adm"]


# ---- every public name, called with what it is not for

JUNK = {
    "nothing": (),
    "a number": (3,),
    "a name": ("zzz",),
    "nan": (math.nan,),
    "None": (None,),
    "a list": ([1, 2],),
    "an object": (object(),),
    "a dict": ({},),
    "a class": (int,),
    "two numbers": (3, 3),
    "two Nones": (None, None),
    "a surface": (ov.beale,),
    "a surface and a name": (ov.beale, "zzz"),
    "a surface and nan": (ov.beale, math.nan),
    "a run": (ov.minimize("beale", "gd", steps=1),),
    "three texts": ("a", "b", "c"),
    "three numbers": (1, 2, 3),
    "far too many": (1,) * 30,
}
PUBLIC = [name for name in ov.HOME_OF if callable(getattr(ov, name)) and name != "BadInput"]


@pytest.mark.parametrize("name", PUBLIC)
def test_no_public_name_fails_from_inside(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    call = getattr(ov, name)
    for told, args in JUNK.items():
        for settings in ({}, {"zzz": 1}):
            try:
                call(*args, **settings)
            except ov.BadInput as error:
                assert str(error) and "\n" not in str(error), (told, settings)
            else:
                assert told not in ("an object", "far too many") and not settings, told
    assert not list(tmp_path.iterdir())


# ---- what works, as its meaning is plain


def test_a_surface_by_its_name():
    place = [3.0, 0.5]
    assert ov.sharpness("beale", place) == ov.sharpness(ov.beale, np.array(place))
    assert ov.local_minima("beale").tolist() == [place]


def test_names_stand_for_parts():
    run = ov.minimize("beale", "adam", steps=1e1)
    assert run.steps == 10 and run.label == "Adam"
    np.testing.assert_array_equal(run.path, ov.minimize(ov.beale, ov.Adam(), steps=10).path)
    scene = ov.Scene("beale", {"a": "adam", "b": ov.GD(0.01)}, panels="loss", steps=1e1)
    assert scene.objective is ov.beale and scene.runs["a"].optimizer == ov.Adam()
    assert scene.steps == 10 and [panel.name for panel in scene.panels] == ["loss"]
    assert list(ov.play("momentum").trajectories) == list(ov.load("momentum").runs)


def test_lists_of_rules_are_labelled_by_their_names():
    race = ov.compare(ov.beale, [ov.GD(0.01), ov.GD(0.02), "adam"], steps=2)
    assert list(race.trajectories) == ["GD", "GD 2", "Adam"]
    assert list(ov.Scene(ov.beale, [ov.GD(0.01), "adam"]).runs) == ["GD", "Adam"]


def test_a_list_of_rates_is_a_run_for_each():
    # x' = x - rate 2 x on x^2 from 1: 0.8 and 0.4
    bowl = ov.surface("x**2 + y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1, 1))
    runs = ov.minimize(bowl, ov.GD([0.1, 0.3]), steps=1)
    np.testing.assert_allclose(runs.path[1], [[0.8, 0.4], [0.8, 0.4]])


def test_a_comparison_and_a_shipped_scene_are_rendered(tmp_path):
    race = ov.compare(ov.beale, ["gd", "adam"], steps=3)
    assert ov.render(race, tmp_path / "c.npz") == tmp_path / "c.npz"
    np.testing.assert_array_equal(
        ov.load_trajectories(tmp_path / "c.npz")["Adam"].path, race.trajectories["Adam"].path
    )
    assert ov.still("momentum", tmp_path / "m.txt").read_text(encoding="utf-8")
    scene, runs = as_scene(race)
    assert runs is race and list(scene.runs) == ["GD", "Adam"] and scene.steps == 3


def test_functions_of_numbers_alone_do():
    # slope of sin at 0.3 is cos 0.3; rate 0.1
    run = ov.minimize(lambda x: math.sin(x), ov.GD(0.1), start=[0.3], steps=1)
    assert run.path[1, 0] == pytest.approx(0.3 - 0.1 * math.cos(0.3), abs=1e-9)
    assert objective(math.sin, start=0.3).value(np.array([0.3])) == math.sin(0.3)
    hill = ov.surface(lambda x, y: math.log(x) if x > y else y, xlim=(-1, 3), ylim=(-1, 3), start=(2, 1))
    with np.errstate(all="raise"):
        values = hill.value(np.array([[2.0, 1.0, -0.5], [1.0, 2.0, -1.0]]))
    np.testing.assert_array_equal(values, [math.log(2), 2, np.nan])
    assert hill.gradient(np.array([2.0, 1.0])) == pytest.approx([0.5, 0.0], abs=1e-9)


def test_functions_of_scipy_are_surfaces():
    ground = ov.surface(scipy.optimize.rosen, scipy.optimize.rosen_der, **ROSEN)
    places = np.array([[-1.2, 1.0, 0.0], [1.0, 1.0, 0.0]])
    np.testing.assert_allclose(ground.value(places), [24.2, 0, 1])  # 100 (1 - 1.44)^2 + 2.2^2
    np.testing.assert_allclose(ground.gradient(places)[:, 0], [-215.6, -88])
    assert ground.name == "rosen"
