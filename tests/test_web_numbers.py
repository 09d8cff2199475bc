"""The page's numbers against the library's: the same bits where arithmetic is exact, run by Node."""

import json
import re
from dataclasses import replace
from difflib import get_close_matches
from itertools import islice, repeat
from types import SimpleNamespace

import javascript
import numpy as np
import pytest
from click.testing import CliRunner
from test_formula import PICKED, REFUSED, test_edges
from test_formula_spellings import MORE

import optiviz as ov
from optiviz._lib.errors import BadInput
from optiviz._lib.powers import Powers
from optiviz.cli import cli
from optiviz.nn import BatchNormalization, Dense, Network
from optiviz.objectives.fit import Fit
from optiviz.objectives.formula import parse
from optiviz.objectives.formula_duals import FUNCTIONS, SEVERAL
from optiviz.objectives.surfaces import surfaces
from optiviz.objectives.training import Training
from optiviz.optimizers import OPTIMIZERS
from optiviz.optimizers.schedules import CosineDecay, ExponentialDecay, LinearWarmup, StepDecay
from optiviz.rendering.encode.base import Film
from optiviz.rendering.encode.html_runs import course_of, networks_of, runs_of_page
from optiviz.scene import events
from optiviz.web.networks import training_record
from optiviz.web.programs import RECORDED_ONLY, program_table, programs_module, programs_of
from optiviz.web.recorded import NotRecordable
from optiviz.web.rules import rule_program
from optiviz.web.surfaces import program_of

pytestmark = javascript.needs_node

STEPS = 300
# + - * / sqrt abs sign alone
ALGEBRAIC = (
    "sphere", "ill_conditioned_quadratic", "rotated_quadratic", "ravine", "sparse_bowl", "linear_regression",
    "booth", "matyas", "l1_norm", "rosenbrock", "beale", "himmelblau", "three_hump_camel", "six_hump_camel",
    "goldstein_price", "bukin6", "styblinski_tang", "saddle", "monkey_saddle", "lecture_saddle",
    "double_well",
)  # fmt: skip
# V8 in Node 20 is an ulp off at 3 % of the places of a sine, and this raises sines to the 20th power
LOOSE = {"michalewicz": 5e-15}
NOISY = {"noisy": ov.Momentum(0.01), "noisy adam": ov.Adam(0.1)}
SCHEDULED = {
    "cosine": ov.Momentum(CosineDecay(0.01, decay_steps=200), rate_inside=False),
    "stairs": ov.Adam(StepDecay(0.2, decay_steps=50, decay_rate=0.3)),
    "warm": ov.NAG(LinearWarmup(0.01, warmup_steps=20), rate_inside=False),
    "fading": ov.AdamW(ExponentialDecay(0.1, decay_steps=30, decay_rate=0.7)),
}
WRAPPED = {
    "by value": ov.Clip(ov.Momentum(0.01), value=0.5),
    "by norm": ov.Clip(ov.NAG(0.01), norm=2.0, epsilon=1e-6),
    "decay": ov.WeightDecay(ov.Adam(0.1), 0.05),
    "coupled": ov.Clip(ov.WeightDecay(ov.RMSprop(0.05), 0.1, decoupled=False), global_norm=1.0),
}
FORMS = {
    "damped": ov.Momentum(0.01, dampening=0.5),
    "torch's ball": ov.Momentum(0.01, 0.8, rate_inside=False),
    "paper's adagrad": ov.Adagrad(1.0, epsilon_inside_sqrt=False, learning_rate_decay=0.01),
    "centered": ov.RMSprop(0.01, centered=True, momentum=0.9, nesterov=True, bias_correction=True),
    "rms ball": ov.RMSprop(0.01, momentum=0.5, epsilon_inside_sqrt=False, rate_inside=False),
    "amsgrad": ov.Adam(0.1, amsgrad="max_v_hat", epsilon_root=1e-6, epsilon_hat=False),
    "uncorrected": ov.Adam(0.1, bias_correction=False, amsgrad=True),
    "dozat": ov.Nadam(0.1, momentum_decay=0.004),
    "optax's nadam": ov.Nadam(0.1, momentum_decay=None),
    "inside": ov.Adamax(0.1, epsilon_inside_max=True),
    "radam of optax": ov.RAdam(0.1, 0.9, 0.9, epsilon_hat=False, threshold=4.0),
}
RULES = {name: make() for name, make in OPTIMIZERS.items() if name not in RECORDED_ONLY}
CLASSIC = list(OPTIMIZERS)[: list(OPTIMIZERS).index("sgd") + 1]  # on every surface; the others on some
SOME = ("rotated_quadratic", "rosenbrock", "beale", "saddle")
PROGRAMS = programs_of({**RULES, **NOISY, **SCHEDULED, **WRAPPED, **FORMS}, STEPS)


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    carried = programs_module(program_table((), PROGRAMS, all_rules=True, all_surfaces=True))
    process = javascript.Node(tmp_path_factory.mktemp("page"), carried)
    yield process
    process.close()


def rate_for(surface, name):
    """A rate at which a rule does something on a surface."""
    classes = {"gd": "GD", "sgd": "GD", "momentum": "Momentum", "nag": "NAG", "adagrad": "Adagrad",
               "adadelta": "Adadelta", "rmsprop": "RMSprop"}  # fmt: skip
    share = {"lion": 0.1}.get(name, 1.0)
    return share * surfaces[surface].learning_rates[classes.get(name, "Adam")]


def played(node, surface, rules, steps=STEPS, objective=None, luck=None):
    """Paths of the library and of the page, by label: two `(path, positions, losses, stopped)`."""
    objective = objective or surfaces[surface]
    asked = [{"label": label, **PROGRAMS.runs[label], "luck": luck} for label in rules]
    for run in asked:
        if run["rates"] is None:
            run["settings"] = {**run["settings"], "learning_rate": rules[run["label"]].learning_rate}
    for label, answer in zip(rules, node("race", surface, asked, steps), strict=True):
        run = ov.minimize(objective, rules[label], steps=steps)
        rows = len(run.losses)
        page = answer["looked"].reshape(-1, 2), answer["path"].reshape(-1, 2), answer["seen"]
        lost = -1 if run.stopped_at is None else run.stopped_at
        mine = run.path, run.path if run.positions is None else run.positions, run.losses
        yield label, mine, tuple(part[:rows] for part in page), (lost, answer["stopped"])


def differing(mine, page):
    return sum(int((a != b).sum()) for a, b in zip(mine, page, strict=True))


class Stack:
    """Surfaces side by side, a column each: one run of a rule on all of them, each as it would be alone."""

    name, far = "stack", np.inf

    def __init__(self, surfaces):
        self.surfaces = surfaces
        self.start = np.zeros(2)

    def value(self, theta):
        return self.value_and_gradient(theta)[0]

    def gradient(self, theta, batch=None):
        return self.value_and_gradient(theta)[1]

    def value_and_gradient(self, theta, batch=None):
        if theta.ndim == 1:
            theta = np.repeat(theta[:, None], len(self.surfaces), axis=1)
        found = [one.value_and_gradient(place) for one, place in zip(self.surfaces, theta.T, strict=True)]
        return np.array([value for value, _ in found]), np.array([slope for _, slope in found]).T

    def batches(self, rng):
        return repeat(None)


def test_every_rule_on_every_algebraic_surface_has_the_library_s_bits(node):
    """13 names of rules on 21 surfaces, the others on four, 300 steps each."""
    stack = Stack([surfaces[name] for name in ALGEBRAIC])
    start = np.array([one.start for one in stack.surfaces]).T
    pairs, wrong, lost = 0, {}, []
    for name in RULES:
        make = OPTIMIZERS[name]
        rates = np.array([rate_for(surface, name) for surface in ALGEBRAIC])
        run = ov.minimize(stack, make(learning_rate=rates), steps=STEPS, start=start)
        places = run.path if run.positions is None else run.positions
        for j, surface in enumerate(ALGEBRAIC):
            if name not in CLASSIC and surface not in SOME:
                continue
            settings = {**PROGRAMS.runs[name]["settings"], "learning_rate": rates[j]}
            (page,) = node("race", surface, [{**PROGRAMS.runs[name], "settings": settings}], STEPS)
            rows = page["stopped"] if page["stopped"] >= 0 else STEPS + 1
            found = page["looked"].reshape(-1, 2), page["path"].reshape(-1, 2), page["seen"]
            mine = run.path[..., j], places[..., j], run.losses[:, j]
            pairs += 1
            if count := differing([part[:rows] for part in mine], [part[:rows] for part in found]):
                wrong[surface, name] = count
            if page["stopped"] >= 0:
                lost.append((surface, name, rates[j], page["stopped"]))
    assert pairs == 21 * 13 + 4 * (len(RULES) - 13) and not wrong
    for surface, name, rate, stopped in lost:
        alone = ov.minimize(surface, OPTIMIZERS[name](learning_rate=rate), steps=stopped)
        assert alone.stopped_at == stopped, (surface, name)
    # nothing holds a run on a saddle, and RAdam's first steps are as long as the slope is steep
    assert all(
        name not in CLASSIC or name == "radam" or not len(surfaces[surface].minima)
        for surface, name, _, _ in lost
    )


@pytest.mark.parametrize("rules", [SCHEDULED, WRAPPED, FORMS], ids=["schedules", "wrappers", "forms"])
def test_forms_of_the_rules_have_the_library_s_bits(node, rules):
    for surface in ("beale", "himmelblau"):
        for label, mine, page, stopped in played(node, surface, rules):
            assert len(set(stopped)) == 1, label
            assert differing(mine, page) == 0, (surface, label)


def test_losses_are_those_where_the_weights_are(node):
    runs = {"NAG": ov.NAG(0.002), "GD": ov.GD(0.02)}
    there = ov.compare("beale", runs, steps=50).at_positions.trajectories
    asked = [{"label": label, **run} for label, run in programs_of(runs, 50).runs.items()]
    for answer in node("race", "beale", asked, 50):
        run = there[answer["label"]]
        assert (answer["losses"] == run.losses).all() and (answer["path"] == run.path.ravel()).all()


def test_noise_is_the_same_luck(node):
    noisy = replace(surfaces["beale"], noise=0.5)
    batches = noisy.batches(np.random.default_rng(0))
    luck = np.concatenate([next(batches) for _ in range(STEPS)])
    for label, mine, page, _ in played(node, "beale", NOISY, objective=noisy, luck=luck):
        assert differing(mine, page) == 0, label
    quiet = ov.minimize("beale", NOISY["noisy"], steps=STEPS)
    assert np.abs(quiet.path[-1] - mine[0][-1]).max() > 0  # the noise does something


def test_a_setting_that_is_dragged_is_live(node):
    """One program for all values: the settings of another rule of the same form give that rule's path."""
    for first, second in (
        (ov.Adam(0.1), ov.Adam(0.03, 0.8, 0.99, 1e-3)),
        (ov.NAG(0.01, 0.9), ov.NAG(0.002, 0.5)),
        (ov.Clip(ov.GD(0.01), norm=1.0), ov.Clip(ov.GD(0.02), norm=3.0)),
        (ov.RMSprop(0.01, momentum=0.5), ov.RMSprop(0.01, momentum=0.7)),
    ):
        one, other = rule_program(first), rule_program(second)
        assert one.text == other.text and one.settings != other.settings


def test_slopes_of_all_surfaces_at_the_library_s_own_places(node):
    assert len(surfaces) == 39
    rng = np.random.default_rng(1)
    worst = {}
    for name, surface in surfaces.items():
        window = np.array([surface.xlim, surface.ylim])
        drawn = rng.uniform(window[:, :1], window[:, 1:], (2, 500))
        walked = ov.minimize(surface, ov.Momentum(rate_for(name, "momentum")), steps=100).path.T
        special = np.hstack([surface.minima.T, surface.start[:, None], np.zeros((2, 1))])
        x, y = np.hstack([drawn, walked[:, np.abs(walked).max(0) < 1e3], special])
        places = zip(x, y, strict=True)
        one = [surface.value_and_gradient(np.array(place)) for place in places]  # as a run asks: one place
        value, slope = np.array([v for v, _ in one]), np.array([g for _, g in one]).T
        found = node("slopes", name, x, y)
        steepest = np.abs(np.array(surface.function(*drawn)[1])).max()
        highest = max(np.abs(value).max(), 1e-300)
        gap = np.abs(np.array([found["dx"], found["dy"]]) - slope).max() / steepest
        worst[name] = gap, np.abs(found["value"] - value).max() / highest
        assert (found["alone"] == found["value"]).all(), name
        if name in ALGEBRAIC:
            assert worst[name] == (0.0, 0.0), name
    assert not {name: gaps for name, gaps in worst.items() if max(gaps) > LOOSE.get(name, 1e-15)}


def test_powers_are_the_library_s_to_the_bit(node):
    rng = np.random.default_rng(2)
    bases = np.concatenate(
        [[0.9, 0.999, 0.99, 0.95, 0.98, 0.5, 0.9999, 0.96, 0.0, 1.0], rng.uniform(0, 1.2, 40)]
    )
    exponents = np.concatenate(
        [np.arange(130), rng.integers(0, 5000, 20), rng.uniform(0, 300, 50), [2.0**31, 2.0**32, 1e12]]
    )
    base, exponent = (grid.ravel() for grid in np.meshgrid(bases, exponents))
    found = np.asarray(node("powers", base, exponent), dtype=float)
    tables = {one: Powers(float(one)) for one in bases}
    with np.errstate(all="ignore"):
        mine = np.array([tables[b](float(t)) for b, t in zip(base, exponent, strict=True)])
    assert len(mine) == 50 * 203
    assert (found == mine).sum() == len(mine)


def test_what_an_index_names_is_in_the_page_or_said_to_be_recorded_only(node):
    names = node("names")
    carried = {name.partition(":")[2] for name in names["programs"] if name.startswith("surface:")}
    assert carried | set(RECORDED_ONLY) >= set(surfaces)
    assert set(names["index"]) | set(RECORDED_ONLY) >= set(OPTIMIZERS)
    assert not set(RECORDED_ONLY) - {*surfaces, *OPTIMIZERS}
    for kind, name in (("optimizers", "adam"), ("surfaces", "beale")):
        listed = CliRunner().invoke(cli, ["list", kind, name]).output
        assert ("a page runs it live" in listed) == (name not in RECORDED_ONLY), listed


def test_what_cannot_be_written_down_is_refused_by_name():
    bent = ov.surface(
        lambda x, y: x * x if x > 0 else y, xlim=(-1, 1), ylim=(-1, 1), start=(1, 1), name="bent"
    )
    with pytest.raises(NotRecordable, match="^bent "):
        program_of(bent)

    def looks(theta, gradient):
        return theta - 0.1 * gradient if theta[0] > 0 else theta

    with pytest.raises(NotRecordable, match="Rule"):
        rule_program(ov.rule(looks))
    mixed = programs_of({"scipy": ov.Scipy("BFGS"), "GD": ov.GD(0.1)}, 10).runs
    assert mixed["scipy"]["program"] is None and mixed["scipy"]["why"]
    assert mixed["GD"]["program"] == "gd"


def test_a_surface_of_one_s_own_is_recorded():
    own = ov.surface(lambda x, y: np.sqrt(x * x + 1) + np.where(y > 0, y, 2 * y) + np.maximum(x, y),
                     lambda x, y: (x / np.sqrt(x * x + 1), np.sign(y)),
                     xlim=(-1, 1), ylim=(-1, 1), start=(1, 1), name="own")  # fmt: skip
    text = program_of(own)
    assert "Math.sqrt(v0) + (y > 0 ? y : 2 * y) + Math.max(x, y)" in text.replace("x * x + 1", "v0")


# ---- formulas: one list, good and bad

OPERATIONS = re.compile(r"(?:[-+*/()., \d]|\b(?:x|y|pi|e|sqrt|abs|sign|relu|max|min)\b)*")
PRODUCT = re.compile(r"\*\*(?:-?(?:\d|1[0-6])(?![\d.*]))")  # a power that is made of products
GOOD = [
    *PICKED, *MORE, *(text for text, *_ in test_edges.pytestmark[0].args[1]),
    *(one.formula for one in surfaces.values()), "x**2\n  + y**2", "100(y-x^2)^2 + (1-x)^2", "|x| + |y|",
    "|x| + |y - |x||",
    "sin^2(x) + cos²(y)", "2√x - π", "where(x ≥ 0, 2x, -x)", "-x**2", "2**-x", "x**-2**y", "1e3x", "+-+x",
    "x - (y - 1) - 2", "(x + y)**-7", "max(x, min(y, 0.5))**3", "where(x*y < 0.1, sqrt(abs(x)), x/y)",
]  # fmt: skip
BAD = [
    *(text for text in REFUSED if isinstance(text, str) and "\ud800" not in text), "2^-3x", "2pi x", "1/2x",
    "x^2y", "x/2(y+1)", "1/(x)(y)", "y/x²y", "sin x*y", "√x²", "sin^-1(x)", "1e", ")2x(", "|x", "√", "²",
    "sine(z) + 2", "100(y-x^2)^2 + Z + ln(z)", "1/2x + 3x^2y + foo", "sin(x, y) + max(x) + q", "x + (y*(2",
    "f(x) = x", "y = x**2", "|x + sin x*y + е", "where(x, 1, 2) + log(1, 2", "np.sin(x) + 1", "max(x)",
    "tg(x) + hypott(x, y)", "heaviside(x)", "where(x, 1, 2)", "where(x > 0, 1)", "x > 0", "max(x > 0, y)",
    "where(1 < x < 2, 1, 2)", "where(x > 0, x < 1, 2)", "lambda x: x", "x if x > 0 else -x", "x + 0777", "_x",
    "Sigmoid(x)", "arcsinh(x)",
]  # fmt: skip


def library_faults(text):
    """What the library says of a bad formula: column (or None) -> sentence."""
    with pytest.raises(BadInput) as caught:
        parse(text)
    first, *lines = str(caught.value).removeprefix("formula: ").split("\n")
    if re.fullmatch(r"\d+ faults", first):
        rows = [re.fullmatch(r"    column (\d+): (.*)", line) for line in lines[2:]]
        return int(first.split()[0]), {int(row[1]) - 1: row[2] for row in rows if row}
    column = None
    if lines and not lines[0].startswith("    ..."):  # else the caret is in a part of the formula
        column = lines[1].index("^") - 4
    return 1, {column: first}


def test_the_page_reads_the_library_s_formulas(node):
    assert len(GOOD) > 140
    for text, found in zip(GOOD, node("formulas", GOOD), strict=True):
        known = parse(text)
        assert (found["faults"], found["text"]) == ([], known.text), text
        assert json.dumps(found["tree"]) == json.dumps(known.tree, default=float).replace(".0]", "]"), text


def test_the_page_refuses_what_the_library_refuses_at_the_same_places(node):
    assert len(BAD) > 240
    for text, found in zip(BAD, node("formulas", BAD), strict=True):
        assert found["tree"] is None and found["faults"], text
        count, faults = library_faults(text)
        mine = {fault["column"]: fault["told"] for fault in found["faults"]}
        assert len(mine) == count, (text, mine, faults)
        for column, sentence in faults.items():
            sentence = re.sub(r"(U\+\w+) \([^)]*\)", r"\1", sentence)  # names of letters are not in the page
            if column is None:
                assert sentence in mine.values(), (text, mine)
            elif all(len(letter.encode("unicode_escape")) == 1 for letter in text):
                assert mine.get(column) == sentence, (text, mine)
            else:
                assert sentence in mine.values(), (text, mine)


def test_values_and_slopes_of_formulas_are_the_library_s(node):
    rng = np.random.default_rng(3)
    x = np.concatenate([rng.uniform(-3, 3, 20), [0.0, 0.0, 1.0, -1.0, 1e3, 0.5, -2.0]])
    y = np.concatenate([rng.uniform(-3, 3, 20), [0.0, 1.0, 0.0, -1.0, -1e3, 0.5, 2.0]])
    exact = 0
    for text in GOOD:
        one = parse(text)
        with np.errstate(all="ignore"):
            rows = [one(a, b) for a, b in zip(x, y, strict=True)]
        mine = np.array([(value, *slopes) for value, slopes in rows], dtype=float).T
        found = node("formulaSlopes", text, x, y)
        page = np.array([found[name] for name in ("value", "dx", "dy")])
        np.testing.assert_array_equal(found["alone"], found["value"])
        assert (np.isnan(page) == np.isnan(mine)).all(), text
        bare = PRODUCT.sub("", one.text)
        if OPERATIONS.fullmatch(bare) and "**" not in bare:
            np.testing.assert_array_equal(page, mine, err_msg=text)
            exact += 1
        else:
            scale = np.where(np.isfinite(mine), np.abs(mine), 0).max(axis=1, keepdims=True)
            np.testing.assert_allclose(page, mine, rtol=1e-13, atol=1e-14 * scale.max(), err_msg=text)
    assert exact >= 60, exact


def test_the_nearest_word_is_python_s(node):
    known = [*FUNCTIONS, *SEVERAL]
    for word in (
        "sine",
        "sinn",
        "hypott",
        "sqroot",
        "exponential",
        "arcsinh",
        "tanhh",
        "signum",
        "abss",
        "wher",
        "lg2",
    ):
        near = get_close_matches(word, known, n=1, cutoff=0.6)
        assert node("nearest", word, known) == (near[0] if near else None), word


# ---- what is told of a race


def test_events_are_those_of_the_library(node):
    found, kinds = 0, set()
    for surface in ("beale", "himmelblau", "saddle", "double_well", "booth", "rosenbrock"):
        shown = surfaces[surface]
        names = ("gd", "momentum", "nag", "adam")
        rules = {name: OPTIMIZERS[name](rate_for(surface, name)) for name in names} | {"lost": ov.GD(3.0)}
        race = ov.compare(shown, rules, steps=120).at_positions
        asked = [{"label": label, **run} for label, run in programs_of(rules, 120).runs.items()]
        xlim, ylim = ((low / 2, high / 2) for low, high in (shown.xlim, shown.ylim))  # runs leave this one
        for told in node("events", surface, asked, 120, list(xlim), list(ylim)):
            label = told["label"]
            turned = events.turn(race, label)
            mine = {
                "home": events.home(race, label),
                "leaves": events.leaves(race, label, xlim, ylim),
                "diverges": events.diverges(race, label),
            }
            for kind, one in mine.items():
                assert told[kind] == (-1 if one is None else one.time), (surface, label, kind)
                kinds |= {kind} if one else set()
            assert told["turn"] == (turned and {"step": turned.row, "axis": turned.axis}), (surface, label)
            found += bool(turned)
    assert kinds == {"home", "leaves", "diverges"} and found > 10


@pytest.mark.parametrize(
    ("rule", "second", "values"),
    [
        (ov.Momentum(), "momentum", (0.0, 0.95)),
        (ov.NAG(), "momentum", (0.0, 0.95)),
        (ov.RMSprop(), "rho", (0.1, 0.99)),
    ],
)
def test_the_pad_s_ground_is_the_library_s_map(node, rule, second, values):
    across, up = {"name": "learning_rate", "low": 0.001, "high": 0.1}, {"name": second}
    up |= {"low": values[0], "high": values[1]}
    (run,) = programs_of({"run": rule}, 1).runs.values()
    options = {"steps": 60, "grids": [[4, 3], [16, 11]]}
    grid = node("ground", "beale", {"label": "run", **run}, across, up, options)
    mine = ov.stability_map("beale", rule, {"learning_rate": grid["x"], second: grid["y"]}, steps=60)
    assert grid["slices"] > 1  # it was given up and taken up again
    np.testing.assert_allclose(grid["x"], np.linspace(0.001, 0.1, 16), rtol=1e-14)
    assert grid["arrived"].tolist() == mine.steps.ravel().tolist()
    assert grid["lost"].tolist() == mine.stopped_at.ravel().tolist()
    assert 0 < mine.share < 1  # some arrive, some do not


def test_theory_s_line_is_the_library_s(node):
    # the Hessian of 0.5 (x^2 + 50 y^2) is diag(1, 50); of the rotated one its largest value is 50, too
    for surface in ("ill_conditioned_quadratic", "rotated_quadratic"):
        for rule, settings, limit in (
            ("gd", {}, 2 / 50),
            ("momentum", {"momentum": 0.9, "dampening": 0.5}, 2 * 1.9 / (50 * 0.5)),
            ("nag", {"momentum": 0.5}, 3 / (50 * 2)),
        ):
            curvature, found = node("theory", surface, 0.3, -0.2, rule, settings)
            assert curvature == pytest.approx(50, rel=1e-8) and found == pytest.approx(limit, rel=1e-8)
    assert node("theory", "sphere", 0.0, 0.0, "adam", {})[1] is None


# ---- data


def test_sums_are_added_in_numpy_s_order(node):
    rng = np.random.default_rng(4)
    for count in (0, 1, 7, 8, 9, 15, 127, 128, 129, 200, 1000, 2001):
        values = rng.normal(size=count) * 10.0 ** rng.integers(-8, 8, count)
        assert node("pairwise", values) == np.add.reduce(values), count


@pytest.mark.parametrize("loss", ["mse", "mae"])
@pytest.mark.parametrize("degree", [1, 3])
def test_lines_and_curves_through_data_have_the_library_s_bits(node, loss, degree):
    rng = np.random.default_rng(5)
    x = rng.uniform(-1, 1, 47)  # batches of 12, 12, 12, 11
    data = ov.Data(x, 2 * x + 1 + 0.3 * rng.normal(size=47))
    start = [-1.0, -1.5] if degree == 1 else [1.0, -1.0, 0.5, 0.0]
    rules = {"all": ov.GD(0.1), "few": ov.Momentum(0.02), "one": ov.Adam(0.05)}
    sizes = {"all": None, "few": 12, "one": 1}
    asked, mine = [], []
    for label, rule in rules.items():
        fit = Fit(data, loss, degree, start, sizes[label])
        (run,) = programs_of({label: rule}, 1).runs.values()
        drawn = [*islice(fit.batches(np.random.default_rng(0)), STEPS)]
        luck = None if drawn[0] is None else np.concatenate(drawn)
        asked.append({"label": label, **run, "batch": sizes[label], "luck": luck})
        mine.append(ov.minimize(fit, rule, steps=STEPS))
    record = {"data": {"x": x, "y": data.y}, "loss": loss, "degree": degree, "start": start, "far": fit.far}
    for run, page in zip(mine, node("fit", record, asked, STEPS), strict=True):
        assert differing((run.path.ravel(), run.losses), (page["path"], page["losses"])) == 0, run.label


# layers, loss, outputs as classes (how many) or numbers (0), batch
BINARY, SPARSE = "binary_crossentropy", "sparse_categorical_crossentropy"
TRAINED = {
    "tanh": ([Dense(6, "tanh"), Dense(1, "sigmoid")], BINARY, 2, 12),
    "through p": ([Dense(1, "sigmoid")], {"kind": BINARY, "joined": False}, 2, None),
    "as torch": (
        [Dense(3, "silu"), Dense(1, "sigmoid")],
        {"kind": BINARY, "clamp_log": True},
        2,
        5,
    ),
    "softmax": ([Dense(5, "relu"), Dense(3, "softmax")], SPARSE, 3, 20),
    "shares": ([Dense(3, "softmax")], {"kind": SPARSE, "joined": False}, 3, None),
    "scores": (
        [Dense(4, "elu"), Dense(3)],
        {"kind": SPARSE, "from_logits": True},
        3,
        7,
    ),
    "huber": ([Dense(4, "softplus", use_bias=False), Dense(1)], {"kind": "huber", "delta": 0.5}, 0, None),
    "leaky": ([Dense(4, {"kind": "leaky_relu", "negative_slope": 0.01}), Dense(1)], "mae", 0, 10),
    "swings": ([Dense(2, "gcu"), Dense(2, "selu"), Dense(1)], "mse", 0, None),
    "perceptron": ([Dense(1, "step")], "mse", 2, 1),
    "soft squares": ([Dense(3, "tanh"), Dense(2, "softmax")], "mse", 22, None),  # one-hot rows
}


@pytest.mark.parametrize("name", TRAINED)
def test_dense_networks_are_trained_as_by_the_library(node, name):
    layers, loss, classes, batch = TRAINED[name]
    rng = np.random.default_rng(6)
    X = rng.normal(size=(47, 2))
    y = {0: np.sin(X[:, 0]) + X[:, 1], 2: (X[:, 0] * X[:, 1] > 0), 3: rng.integers(0, 3, 47)}
    y[22] = np.eye(2)[y[2].astype(int)]
    training = Training(Network(layers, inputs=2), X, np.asarray(y[classes], dtype=float), loss, batch)
    record = training_record(training, 100)
    assert record is not None
    for rule in (ov.Momentum(0.02, 0.5), ov.Adam(0.01)):
        mine = ov.minimize(training, rule, steps=100)
        (run,) = programs_of({"run": rule}, 1).runs.values()
        drawn = [*islice(training.batches(np.random.default_rng(0)), 100)]
        luck = None if batch is None else np.concatenate(drawn)
        page = node("train", record, X.ravel(), 2, {"label": "run", **run, "batch": batch, "luck": luck}, 100)
        path = page["path"].reshape(mine.path.shape)
        assert np.abs(path - mine.path).max() <= 1e-12 * np.abs(mine.path).max()
        assert np.abs(page["losses"] - mine.losses).max() <= 1e-12 * np.abs(mine.losses).max()
    assert np.abs(mine.path[-1] - mine.path[0]).max() > 1e-3  # it has learnt something


def test_networks_that_are_not_dense_or_too_large_are_replayed():
    def record(layers, steps=100):
        rows = np.random.default_rng(0).normal(size=(50, 2))
        return training_record(Training(Network(layers, inputs=2), rows, rows[:, 0]), steps)

    assert record([Dense(4, "gelu"), Dense(1)]) is None
    assert record([Dense(4), BatchNormalization(), Dense(1)]) is None
    assert record([Dense(4), Dense(1)]) is not None and record([Dense(4), Dense(1)], 10**6) is None


LIVE = {"race_beale": 7, "momentum": 4, "batch_sizes": 5, "anatomy_adam": 2, "placement": 3}


@pytest.mark.parametrize("name", LIVE)
def test_scenes_run_in_the_page_as_in_the_library(node, name):
    """From the payload: noise, batches of several sizes in one scene, a formula, small networks."""
    scene = ov.load(f"scenes/{name}.toml")
    film = Film(scene, ov.play(scene), name=name)
    course, race = course_of(scene, film.comparison), film.comparison.at_positions
    runs = runs_of_page(film, course)
    changes = {"runs": {run["label"]: {} for run in runs}}  # nothing, but no run is as it was recorded
    told = {"runs": runs, "problem": course.problem, "luck": course.luck, "steps": scene.steps}
    asked = [run["label"] for run in runs if not run["recorded"]]
    assert len(asked) == len(runs) == LIVE[name]
    for label, page in zip(asked, node("page", told, course.problem["start"], changes), strict=True):
        losses = np.interp(np.arange(scene.steps + 1), race.times[label], race.trajectories[label].losses)
        if course.problem["kind"] == "network":
            assert np.abs(page["losses"] - losses).max() <= 1e-12 * np.abs(losses).max()
        else:  # interpolated where a run counts epochs
            np.testing.assert_allclose(page["losses"], losses, rtol=2e-15, atol=0)


def test_a_norm_of_each_variable_of_a_network_is_replayed():
    training = ov.load("scenes/placement.toml").objective
    rules = {"norm": ov.Clip(ov.GD(0.1), norm=1.0), "whole": ov.Clip(ov.GD(0.1), global_norm=1.0)}
    runs = {label: ov.Run(rule) for label, rule in (rules | {"decay": ov.AdamW(0.1)}).items()}
    scene = SimpleNamespace(objective=training, runs=runs, steps=60, epochs=None)
    assert list(networks_of(scene)) == ["whole", "decay"]
