"""What the page gives back: scene, Python, framework code, address; and the scales that hands move on.

The JavaScript is asked by one Node process for all cases; what it writes is read by the library.
"""

import json
import subprocess
import tomllib
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from javascript import NODE, needs_node

import optiviz as ov
from optiviz.flavours import FLAVOURS
from optiviz.optimizers import OPTIMIZERS, schedules
from optiviz.rendering.encode.html_runs import own_settings
from optiviz.scenefile import read_text, shipped
from optiviz.web.programs import RECORDED_ONLY

JS = Path(ov.__file__).parent / "web" / "js"
MODULES = (
    "address_text",
    "as_frameworks",
    "as_python",
    "as_toml",
    "changes",
    "framework_code",
    "pad_scale",
    "rule_table",
)
DRIVER = """
const parts = await Promise.all(%s.map((name) => import(name)));
const all = Object.assign({}, ...parts);
let text = "";
for await (const piece of process.stdin) text += piece;
const answers = JSON.parse(text).map(([name, ...args]) => (
  typeof all[name] === "function" ? all[name](...args) : all[name]));
console.log(JSON.stringify(answers));
"""

pytestmark = needs_node


def asked(calls):
    """The answers of the page's functions: each call is (name, argument, ...)."""
    driver = DRIVER % json.dumps([(JS / f"{name}.js").as_uri() for name in MODULES])
    done = subprocess.run(
        [NODE, "--input-type=module", "-e", driver],
        input=json.dumps(calls), capture_output=True, text=True, encoding="utf-8", timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def one_case(name, *args):
    return asked([(name, *args)])[0]


# ---- scenes as the page has them


def rule_and_settings(rule):
    """A rule's name and all of its settings, AdamW's decay among them."""
    if type(rule).__name__ == "WeightDecay":
        name, settings = rule_and_settings(rule.optimizer)
        coupled = {} if rule.decoupled else {"decoupled": False}
        return name, {**settings, "weight_decay": rule.weight_decay, **coupled}
    if type(rule).__name__ == "Clip":  # as `rule_program` names them
        name, settings = rule_and_settings(rule.optimizer)
        limits = {key: getattr(rule, key) for key in ("value", "norm", "global_norm") if getattr(rule, key)}
        epsilon = "clip_epsilon" if "epsilon" in settings else "epsilon"
        return name, {**settings, **limits, epsilon: rule.epsilon}
    return type(rule).__name__.lower(), {f.name: getattr(rule, f.name) for f in fields(rule) if f.name != "_"}


def payload(scene, document=None, name="race"):
    """The parts of the page's data that the share panel reads."""
    runs = []
    for label, run in scene.runs.items():
        rule, settings = rule_and_settings(run.optimizer)
        runs.append({"label": label, "rule": rule, "settings": settings, "recorded": None})
        runs[-1] |= {"noise": run.noise} if run.noise else {}
        runs[-1] |= {"start": list(run.start)} if run.start is not None else {}
    problem = scene.objective
    known = isinstance(problem, ov.Surface)
    kind = "surface" if known and problem.name in ov.surfaces else "formula" if known else "fit"
    told = {"kind": kind, "name": getattr(problem, "name", ""), "start": np.asarray(problem.start).tolist()}
    if known:
        told |= {"formula": problem.formula, "xlim": list(problem.xlim), "ylim": list(problem.ylim)}
    given = {"title": scene.title, "name": name, "theme": "light", "steps": scene.steps, "seed": scene.seed}
    return {**given, "runs": runs, "problem": told, **({"document": document} if document else {})}


def shipped_payload(name):
    path = shipped()[name]
    text = path.read_text(encoding="utf-8")
    return payload(ov.load(path), tomllib.loads(text), name), path


def state(scene, **patch):
    return {"scene": scene, "changes": {}, "start": None, "time": 0, "hidden": [], **patch}


def text_of(lines):
    return "\n".join(line["text"] for line in lines) + "\n"


def same(one, other):
    """Whether two parts of scenes have the same settings, to the last bit."""
    if is_dataclass(one) and not isinstance(one, type):
        return type(one) is type(other) and all(
            same(getattr(one, f.name), getattr(other, f.name)) for f in fields(one) if f.name != "function"
        )
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other, equal_nan=True)
    if isinstance(one, dict) or hasattr(one, "items"):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other or (callable(one) and type(one) is type(other))


NASTY = 'a "b" c.d, e=f & #1 % ü ’ </script>\'s'
KEPT = (
    "race_beale",
    "race_saddle",
    "zigzag",
    "convexity",
    "momentum",
    "xor",
    "batch_sizes",
    "learning_rates",
)


@pytest.fixture(scope="module")
def kept_scenes():
    names = [name for name in KEPT if name in shipped()]
    cases = [shipped_payload(name) for name in names]
    written = asked([("tomlLines", state(scene)) for scene, _ in cases])
    return {
        name: (scene, path, lines) for name, (scene, path), lines in zip(names, cases, written, strict=True)
    }


def test_an_unchanged_scene_comes_back_whole(kept_scenes):
    assert len(kept_scenes) >= 6
    for scene, path, lines in kept_scenes.values():
        assert tomllib.loads(text_of(lines)) == scene["document"], path
        back, _ = read_text(text_of(lines), "copy.toml", path.parent)
        assert same(back.runs, ov.load(path).runs), path
        assert back.title == scene["title"] and back.captions == ov.load(path).captions
        assert not any(line["changed"] for line in lines)


def test_a_changed_scene_gives_the_changed_runs():
    scene, path = shipped_payload("race_beale")
    changes = {
        "runs": {
            "Momentum": {"settings": {"learning_rate": 0.01, "momentum": 0.7}},
            "GD": {"rule": "adam", "settings": {"learning_rate": 0.25}},
            "SGD": {"noise": 0.125},
            NASTY: {"rule": "lion", "settings": {"learning_rate": 0.03}},
        }
    }
    lines = one_case("tomlLines", state(scene, changes=changes, start=[0.5, -1.25]))
    back, _ = read_text(text_of(lines), "copy.toml", path.parent)
    own = ov.load(path)
    assert back.runs["Momentum"].optimizer == ov.Momentum(0.01, 0.7)
    assert back.runs["GD"].optimizer == ov.Adam(0.25)
    assert (back.runs["SGD"].optimizer, back.runs["SGD"].noise) == (own.runs["SGD"].optimizer, 0.125)
    assert back.runs[NASTY].optimizer == ov.Lion(0.03)
    for label in ("NAG", "Adagrad", "RMSprop", "Adam"):
        assert back.runs[label].optimizer == own.runs[label].optimizer
    assert back.objective.start.tolist() == [0.5, -1.25]
    assert (back.title, back.steps) == (own.title, own.steps)
    assert not back.captions and not back.verdict  # they tell of another race
    gold = [line["text"] for line in lines if line["changed"]]
    assert 'Momentum.optimizer = "momentum"' in gold and "Momentum.momentum = 0.7" in gold
    assert "start = [0.5, -1.25]" in gold and not any(line.startswith("NAG") for line in gold)


def test_rates_stay_when_the_surface_changes():
    # a rate that the file leaves out is the surface's: on another surface it must be written
    scene, path = shipped_payload("race_beale")
    changes = {"problem": {"kind": "surface", "name": "himmelblau"}}
    lines = one_case("tomlLines", state(scene, changes=changes, start=[1.0, 1.0]))
    back, _ = read_text(text_of(lines), "copy.toml", path.parent)
    assert back.objective.name == "himmelblau"
    for label, run in ov.load(path).runs.items():
        assert back.runs[label].optimizer == run.optimizer
    changes = {"problem": {"kind": "formula", "formula": "x**2 + 3*sin(y)", "xlim": [-4, 4], "ylim": [-3, 3]}}
    lines = one_case("tomlLines", state(scene, changes=changes, start=[-3.0, 2.0]))
    back, _ = read_text(text_of(lines), "copy.toml", path.parent)
    assert (back.objective.formula, back.objective.xlim) == ("x**2 + 3*sin(y)", (-4, 4))


def test_batches_of_a_run_change():
    scene, path = shipped_payload("batch_sizes")
    label = next(run["label"] for run in scene["runs"] if run["label"] == "1 row")
    lines = one_case("tomlLines", state(scene, changes={"runs": {label: {"batch": 7}}}))
    back, _ = read_text(text_of(lines), "copy.toml", path.parent)
    assert back.runs[label].batch_size == 7
    lines = one_case("tomlLines", state(scene, changes={"runs": {label: {"batch": 0}}}))
    assert read_text(text_of(lines), "copy.toml", path.parent)[0].runs[label].batch_size is None


def short_scene():
    return ov.Scene(
        ov.beale,
        {
            "GD": ov.Run(ov.GD(0.01)),
            NASTY: ov.Run(ov.Adam(0.3, beta_1=0.8), noise=0.5),
            "ball": ov.Momentum(0.004, 0.75),
            "far": ov.Run(ov.RMSprop(0.02), start=[2.0, -0.5]),
            "decay": ov.AdamW(0.1, 0.02),
            "clipped": ov.Clip(ov.WeightDecay(ov.RMSprop(0.05), 0.1, False), global_norm=1.0),
            "by value": ov.Clip(ov.Momentum(0.01), value=0.5, epsilon=1e-6),
        },
        title=NASTY, steps=25, seed=3,
    )  # fmt: skip


def test_python_and_toml_play_to_the_same_last_bits():
    scene = payload(short_scene())
    changes = {"runs": {"ball": {"settings": {"momentum": 0.5}}}}
    cases = [
        state(scene),
        state(scene, changes=changes, start=[0.1, 0.7]),
        state(scene, changes={"problem": {"kind": "formula", "formula": "x**2 + 3*sin(y)", "xlim": [-4, 4],
                                          "ylim": [-3, 3]}}, start=[-3.0, 2.0]),
        state(scene, changes={"problem": {"kind": "surface", "name": "booth"}}, start=[1.0, 2.0]),
    ]  # fmt: skip
    answers = asked([(name, case) for case in cases for name in ("pythonLines", "tomlLines")])
    expected = [
        short_scene(),
        replace(
            short_scene(),
            objective=replace(ov.beale, start=np.array([0.1, 0.7])),
            runs={**short_scene().runs, "ball": ov.Momentum(0.004, 0.5)},
        ),
    ]
    for k in range(len(cases)):
        python, toml = answers[2 * k], answers[2 * k + 1]
        names: dict = {}
        exec(text_of(line for line in python if not line["text"].startswith("ov.render")), names)
        copied = ov.play(read_text(text_of(toml), "copy.toml", Path())[0]).trajectories
        assert list(copied) == list(names["race"].trajectories) == [run["label"] for run in scene["runs"]]
        for label, path in names["race"].trajectories.items():
            assert np.array_equal(path.path, copied[label].path, equal_nan=True), label
        if k < len(expected):
            for label, run in ov.play(expected[k]).trajectories.items():
                assert np.array_equal(run.path, copied[label].path), label


def test_data_and_networks_are_loaded_from_their_file():
    scene, _ = shipped_payload("momentum")
    unchanged, changed = asked([
        ("pythonLines", state(scene)),
        ("pythonLines", state(scene, changes={"runs": {"NAG 0.9": {"settings": {"momentum": 0.5}}}})),
    ])  # fmt: skip
    assert 'ov.load("momentum")' in text_of(unchanged)
    assert 'ov.load("momentum.toml")' in text_of(changed)


# ---- the table of rules, and the frameworks' spellings


def test_the_table_of_rules_is_the_librarys():
    table = one_case("RULE_TABLE")
    made = {name: make() for name, make in OPTIMIZERS.items() if name != "sgd"}  # a spelling of three of them
    assert set(table) == set(made) - set(RECORDED_ONLY)  # of which a page shows no more than the path
    for name in table:
        rule = made[name]
        assert table[name]["name"] == OPTIMIZERS[name].__name__
        settings = json.loads(json.dumps(rule_and_settings(rule)[1]))  # a tuple is an array there
        assert table[name]["settings"] == settings, name


FORMS = (
    ov.GD(0.01), ov.Momentum(0.005, 0.8), ov.Momentum(0.005, 0.8, dampening=0.3), ov.NAG(0.002, 0.7),
    ov.Adagrad(0.5), ov.Adagrad(0.5, 0.0, 1e-3, epsilon_inside_sqrt=False, learning_rate_decay=0.01),
    ov.Adagrad(0.5, epsilon_inside_sqrt=False), ov.Adadelta(1.0, 0.9), ov.RMSprop(0.02, 0.8),
    ov.RMSprop(0.02, epsilon=1e-2, epsilon_inside_sqrt=False, momentum=0.5, rate_inside=False, centered=True),
    ov.RMSprop(0.02, epsilon=1e-2, momentum=0.5, centered=True),
    ov.RMSprop(0.02, initial_scale=1.0), ov.RMSprop(0.02, nesterov=True, momentum=0.5),
    ov.RMSprop(0.02, bias_correction=True), ov.Adam(0.1), ov.Adam(0.1, 0.8, 0.95, 1e-3, epsilon_hat=False),
    ov.Adam(0.1, amsgrad=True), ov.Adam(0.1, epsilon_hat=False, amsgrad="max_v_hat"),
    ov.Adam(0.1, epsilon_hat=False, epsilon_root=1e-3), ov.Adam(0.1, bias_correction=False),
    ov.Adam(0.1, epsilon_hat=False, amsgrad=True, bias_correction=False), ov.AdamW(0.1, 0.03),
    ov.AdamW(0.1, 0.03, epsilon_hat=False), ov.Nadam(0.1), ov.Nadam(0.1, momentum_decay=None),
    ov.Nadam(0.1, momentum_decay=0.004), ov.Adamax(0.1),
    ov.Adamax(0.1, epsilon_inside_max=True, epsilon=1e-2),
    ov.Lion(0.01), ov.RAdam(0.01, epsilon=1e-3), ov.RAdam(0.01, epsilon_hat=False, epsilon=1e-2),
    ov.RAdam(0.01, threshold=4.5),
)  # fmt: skip


@pytest.fixture(scope="module")
def framework_calls():
    cases = [(name, rule) for rule in FORMS for name in ("torch", "keras", "optax")]
    answers = asked([("frameworkCall", name, *rule_and_settings(rule)) for name, rule in cases])
    return list(zip(cases, answers, strict=True))


def flavour_of(call):
    """The library's rule of a framework's call, read from its text."""
    maker, _, rest = call.partition("(")
    args = rest[:-1].removeprefix("params, ")
    name = maker.replace("torch.optim", "torch").replace("keras.optimizers", "keras")
    return eval(f"make({args})", {"make": FLAVOURS[name]})


def test_a_frameworks_call_takes_the_same_steps(framework_calls):
    made = 0
    for (name, rule), told in framework_calls:
        assert bool(told["call"]) != bool(told["reason"]), (name, rule)
        if not told["call"]:
            continue
        made += 1
        ours = ov.minimize(ov.beale, rule, steps=40, start=[1.0, 1.5]).path
        theirs = ov.minimize(ov.beale, flavour_of(told["call"]), steps=40, start=[1.0, 1.5]).path
        apart = float(np.abs(ours - theirs).max())
        # a note that epsilon stands elsewhere is due where paths part, and only there
        assert (apart > 1e-11) == bool(told["note"]), (told, apart)
    assert made >= 55


def test_what_a_framework_lacks_is_told(framework_calls):
    reasons = {(name, rule): told["reason"] for (name, rule), told in framework_calls if told["reason"]}
    assert reasons["torch", ov.Lion(0.01)] == "no torch rule"
    assert reasons["keras", ov.RAdam(0.01, epsilon=1e-3)] == "no keras rule"
    assert "dampening" in reasons["keras", ov.Momentum(0.005, 0.8, dampening=0.3)]
    assert ("torch", ov.Momentum(0.005, 0.8, dampening=0.3)) not in reasons
    assert one_case("frameworkCall", "torch", "gd", {"learning_rate": {"kind": "cosine"}})["reason"] == (
        "the rate is a schedule"
    )


def test_framework_programs_are_python():
    scene = payload(short_scene())
    formula = {"problem": {"kind": "formula", "formula": "x**2 + exp(-abs(y))*sin(pi*y)", "xlim": [-4, 4],
                           "ylim": [-3, 3]}}  # fmt: skip
    programs = asked([
        ("frameworkLines", state(scene, changes=changes), name)
        for name in ("torch", "keras", "optax") for changes in ({}, formula)
    ])  # fmt: skip
    for program in programs:
        text = text_of(program["lines"])
        compile(text, "program", "exec")
        assert "its noise of 0.5 is not here" in text
    assert "from torch import exp, sin" in text_of(programs[1]["lines"])
    assert "from math import pi" in text_of(programs[1]["lines"])
    lion = state(scene, changes={"runs": {"GD": {"rule": "lion"}}})
    assert one_case("frameworkLines", lion, "torch")["reasons"] == [
        "GD (Lion): no torch rule",
        "clipped (RMSprop): the gradient is clipped",
        "by value (Momentum): the gradient is clipped",
    ]


# ---- the address


STATES = (
    {},
    {"time": 64, "start": [0.5, 1.2], "selected": "Momentum", "panel": "explore", "arrows": True},
    {"time": 3.5, "hidden": ["GD", "SGD"], "only": "Adam", "theme": "dark", "names": False, "swapped": True,
     "speed": 0.25},
    {"changes": {"runs": {"Momentum": {"settings": {"learning_rate": 0.01, "momentum": 0.7}},
                          "SGD": {"noise": 0.1},
                          "GD": {"rule": "rmsprop", "settings": {"epsilon": 1e-7, "centered": True}},
                          "Adam": {"settings": {"amsgrad": "max_v_hat", "bias_correction": False}}}}},
    {"changes": {"runs": {NASTY: {"rule": "lion", "settings": {"learning_rate": 0.1 + 0.2}}}},
     "hidden": [NASTY]},
    {"changes": {"problem": {"kind": "surface", "name": "booth"}}, "start": [-1e-12, 1e21]},
    {"changes": {"problem": {"kind": "formula", "name": "x^2 & y=#1", "formula": "x^2 & y=#1",
                             "xlim": [-4, 4.5], "ylim": [-3, 3]}}},
)  # fmt: skip


def test_a_link_brings_the_state_back():
    scene, _ = shipped_payload("race_beale")
    written = asked([("addressOf", state(scene, **patch)) for patch in STATES])
    read = asked([("readAddress", f"#{text}", scene) for text in written])
    assert written[0] == ""
    assert written[1] == "k=64&start=0.5,1.2&run=Momentum&panel=explore&arrows=1"
    for patch, text, back in zip(STATES, written, read, strict=True):
        assert back == {"patch": patch, "faults": []}, text
        assert text.isascii() and not set(text) & set("<>\"' \n"), text


def test_bad_links_tell_what_was_not_understood():
    scene, _ = shipped_payload("race_beale")
    bad = {
        "rate=abc": ["rate=abc"],
        "Momentum.rate=abc&k=5": ["Momentum.rate=abc"],
        "Momentum.rate=-1": ["Momentum.rate=-1"],
        "Momentum.rate=": ["Momentum.rate="],
        "Momentum.rate=0x10": ["Momentum.rate=0x10"],
        "Adam.beta_1=1": ["Adam.beta_1=1"],
        "Nobody.rate=0.1": ["Nobody.rate=0.1"],
        "Momentum.__proto__=1": ["Momentum.__proto__=1"],
        "__proto__.rule=adam&constructor=1": ["constructor=1"],
        "start=1": ["start=1"],
        "start=1,NaN": ["start=1,NaN"],
        "k=201": ["k=201"],
        "k=%E0%A4%A": ["k=%E0%A4%A"],
        "only=Nobody": ["only=Nobody"],
        "GD.rule=sophia": ["GD.rule=sophia"],
        "surface=nowhere": ["surface=nowhere"],
        "x=1,2": ["x=1,2"],
        "f=x&x=2,1": ["x=2,1"],
        "panel=<script>": ["panel=<script>"],
        "=5&&k": ["=5", "k"],
        "title=" + "a" * 100: ["title=" + "a" * 33 + "…"],
        "k=1&" + "a" * 8000: ["8,004 characters: the longest is 8,000"],
    }
    read = asked([("readAddress", text, scene, {"surfaces": ["beale"]}) for text in bad])
    for (text, faults), told in zip(bad.items(), read, strict=True):
        assert told["faults"] == faults, text
    assert read[1]["patch"] == {"time": 5}  # the rest of the link is still good
    assert read[-1]["patch"] == {}


# ---- changes, and scales


def test_a_change_that_is_taken_back_leaves_no_trace():
    scene, _ = shipped_payload("race_beale")
    own = {run["label"]: run["settings"] for run in scene["runs"]}
    there = one_case("withRunChange", scene, {}, "Momentum", {"settings": {"momentum": 0.5}})
    assert there == {"runs": {"Momentum": {"settings": {"momentum": 0.5}}}}
    back = {"settings": {"momentum": own["Momentum"]["momentum"]}}
    assert one_case("withRunChange", scene, there, "Momentum", back) == {}
    other = one_case("withRunChange", scene, there, "Momentum", {"rule": "adam"})
    assert other == {"runs": {"Momentum": {"rule": "adam"}}}  # another rule has its own settings
    assert one_case("withRunChange", scene, other, "Momentum", {"rule": "momentum"}) == {}


def test_scales_by_hand():
    pad = one_case("rateAxis", 0.01)
    assert pad == {"scale": "log", "low": 0.001, "high": 1}  # as in the picture of the page
    share = {"scale": "linear", "low": 0, "high": 0.99}
    nines = {"scale": "nines", "low": 0, "high": 0.9999}
    answers = asked([
        ("rateAxis", 0.005), ("rateAxis", 2.0), ("rateAxis", 0),
        ("fractionOf", pad, 0.01), ("fractionOf", pad, 5), ("fractionOf", share, 0.495),
        ("fractionOf", nines, 0.99), ("valueAt", pad, 1 / 3), ("valueAt", nines, 0.75),
        ("valueAt", share, 0.5),
        ("roundValues", {"scale": "log", "low": 0.01, "high": 1}),
        ("roundValues", nines),
        ("snappedValue", pad, 0.0103, 300), ("snappedValue", pad, 0.013, 300),
        ("snappedValue", pad, 0.0133, 300, [0.013]),
        ("nudgedValue", share, 0.7, 1), ("nudgedValue", share, 0.7, -10), ("nudgedValue", pad, 0.1, 60),
        ("nudgedValue", share, 0.99, 1),
    ])  # fmt: skip
    assert [axis["low"] for axis in answers[:3]] == [0.001, 0.1, 0.001]
    assert answers[3:7] == pytest.approx([1 / 3, 1, 0.5, 0.5])
    assert answers[7:10] == [0.01, 0.999, 0.495]
    assert answers[10] == [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1]
    assert answers[11] == [0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9998, 0.9999]
    # 300 pixels are three decades: 0.0103 lies 1.3 pixels from 0.01, 0.013 lies 11 from it and 19 from 0.02
    assert answers[12:15] == [0.01, 0.013, 0.013]
    assert answers[15:] == [0.71, 0.6, 1, 0.99]


def test_a_schedule_is_shared_whole_until_the_rate_is_changed():
    """Read again by the library it is the very schedule; no framework is told its first rate alone."""
    bent = schedules.LinearWarmup(schedules.CosineDecay(0.5, 90, 0.1), 10, 0.01)
    scene = ov.Scene("booth", {"Heavy": ov.Run(ov.Momentum(bent, 0.5))}, ("landscape",), steps=9)
    own = own_settings(
        scene.runs["Heavy"], scene, {"settings": {"learning_rate": 0.01}, "rates": [0.01, 0.06]}
    )
    run = {"label": "Heavy", "rule": "momentum", "recorded": None, **own}
    told = {"title": "", "steps": 9, "panels": [], "name": "s", "runs": [run],
            "problem": {"kind": "surface", "name": "booth", "start": [9, 9]}}  # fmt: skip
    kept = {"scene": told, "changes": {"runs": {}}, "start": [9, 9]}
    other = {**kept, "changes": {"runs": {"Heavy": {"settings": {"learning_rate": 0.02}}}}}
    toml, changed, python, torch = asked(
        [("tomlLines", kept), ("tomlLines", other), ("pythonLines", kept), ("frameworkLines", kept, "torch")]
    )
    read = lambda lines: read_text("\n".join(line["text"] for line in lines), "s", Path())[0]
    assert read(toml).runs["Heavy"].optimizer == ov.Momentum(bent, 0.5)
    assert read(changed).runs["Heavy"].optimizer == ov.Momentum(0.02, 0.5)
    text = "\n".join(line["text"] for line in python if "ov.render" not in line["text"])
    names: dict = {}
    exec(text, names)
    assert names["scene"].runs["Heavy"].optimizer == ov.Momentum(bent, 0.5)
    assert torch == {"lines": [], "reasons": ["Heavy (Momentum): the rate is a schedule"]}
