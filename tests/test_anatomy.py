"""The inside of a step: its parts by hand, in the marks that draw them, and in slow motion."""

import dataclasses
import hashlib

import numpy as np
import pytest

import optiviz as ov
from optiviz.analysis.anatomy import PARTS, parts_of
from optiviz.rendering.marks.shapes import Arrow, Bars, Figurine, Words
from optiviz.rendering.marks.trails import Trail
from optiviz.rendering.panels._shared.step_arrows import part_opacity
from optiviz.rendering.panels.check import check_panels
from optiviz.rendering.stage import set_stage
from optiviz.rendering.timeline import Moment, timeline
from optiviz.scene.numbers import number

BOWL = ov.surface("0.5*x**2 + 2*y**2", xlim=(-4, 4), ylim=(-3, 3), start=(3, 2))  # slopes x and 4 y
SMALL = {
    "size": (640, 360),
    "seconds": 1.0,
    "hold": 0.0,
    "fps": 20,
    "steps": 12,
}
SMALL |= {"opening": 0.0, "ease": "linear"}  # frames by hand


def panel(kind, /, **settings):
    return ov.Panel(kind, settings)


def inside(rule, step, steps=6, objective=BOWL):
    return ov.anatomy_of(ov.minimize(objective, rule, steps=steps), rule, step)


def close(found, expected, **tolerance):
    np.testing.assert_allclose(found, expected, **{"rtol": 1e-12, "atol": 1e-13, **tolerance})


# ---- by hand


def test_momentum_by_hand():
    # rate 0.1, momentum 0.5: v = (-0.3, -0.8), theta = (2.7, 1.2); then 0.5 v, and -0.1 (2.7, 4.8)
    one = inside(ov.Momentum(0.1, 0.5), 2)
    close(one.start, [2.7, 1.2])
    close(one.memory, [-0.15, -0.4])
    close(one.slope, [-0.27, -0.48])
    close(one.end, [2.28, 0.32])
    close(one.rate, [0.1, 0.1])
    assert one.direction is None and not one.looks_ahead and one.count == 1
    close(one.readings["momentum x velocity"], [-0.15, -0.4])
    assert list(one.readings) == ["gradient", "momentum x velocity", "effective rate", "step"]


def test_nesterov_by_hand():
    # the same first step; then it looks at theta + 0.5 v = (2.55, 0.8), where the slope is (2.55, 3.2)
    one = inside(ov.NAG(0.1, 0.5), 2)
    close(one.start, [2.7, 1.2])
    close(one.memory, [-0.15, -0.4])
    close(one.seen, [2.55, 0.8])
    close(one.slope, [-0.255, -0.32])
    close(one.end, [2.295, 0.48])
    assert one.looks_ahead


@pytest.mark.parametrize("inside_velocity", [True, False])
def test_nesterov_is_where_its_path_says_minus_momentum_times_velocity(inside_velocity):
    rate = lambda k: 0.1 / (1 + 0.2 * k)
    rule = ov.NAG(rate, 0.9, rate_inside=inside_velocity)
    run = ov.minimize(BOWL, rule, steps=20)
    for k in range(1, 20):
        one = ov.anatomy_of(run, rule, k + 1)
        scale = 1.0 if inside_velocity else rate(k - 1)
        close(one.start, run.path[k] - 0.9 * scale * run.state["velocity"][k])
        close(one.memory, 0.9 * scale * run.state["velocity"][k])
        close(one.slope, -rate(k) * run.gradients[k])
        close(one.start + one.memory + one.slope, one.end, rtol=0, atol=1e-15)


def test_adam_by_hand():
    # step 2 at rate 0.5: m = 0.09 g1 + 0.1 g2, v = 0.000999 g1^2 + 0.001 g2^2
    rule = ov.Adam(0.5, epsilon=0.0)
    run = ov.minimize(BOWL, rule, steps=3)
    g1, g2 = run.gradients[:2]
    one = ov.anatomy_of(run, rule, 2)
    m, v = 0.09 * g1 + 0.1 * g2, 0.000999 * g1**2 + 0.001 * g2**2
    rate = 0.5 * np.sqrt(1 - 0.999**2) / (1 - 0.9**2) / np.sqrt(v)
    close(one.memory, -rate * 0.09 * g1)
    close(one.slope, -rate * 0.1 * g2, atol=1e-12)
    close(one.direction, m, atol=1e-12)
    close(one.rate, rate)
    close(one.readings["corrected first moment"], m / 0.19)
    close(one.readings["root of second moment"], np.sqrt(v))
    close(one.readings["corrected root"], np.sqrt(v / (1 - 0.999**2)))
    memory, slope = one.unscaled  # one rate, the smaller one, for both coordinates
    close(memory, -rate.min() * 0.09 * g1)
    close(slope, -rate.min() * 0.1 * g2, atol=1e-12)


def test_adagrad_and_rmsprop_divide_the_slope_alone():
    one = inside(ov.Adagrad(0.5, 0.0, 0.0), 1)
    close(one.slope, [-0.5, -0.5])  # each coordinate by its own slope
    close(one.direction, [3, 8])
    close(one.unscaled[1], [-0.5 * 3 / 8, -0.5])
    assert not one.memory.any()
    close(one.readings["root of accumulator"], [3, 8])
    rule = ov.RMSprop(0.1, 0.75, 0.0, momentum=0.5)
    first, second = inside(rule, 1), inside(rule, 2)
    close(first.slope, [-0.2, -0.2])  # 0.1 g / sqrt(g^2 / 4)
    close(second.memory, [-0.1, -0.1])
    close(second.unscaled[0], second.memory)  # speed is not scaled again
    close(inside(ov.GD(0.1), 1).slope, [-0.3, -0.8])


class Hasty:
    """A rule that nobody has seen before, with named state: it averages its last two gradients."""

    def init(self, theta):
        return {"count": 0, "last_gradient": np.zeros_like(theta)}

    def step(self, theta, gradient, state):
        mean = (gradient + state["last_gradient"]) / 2
        return theta - 0.1 * mean, {"count": state["count"] + 1, "last_gradient": gradient}


RULES = {
    **{name: maker(0.05) for name, maker in ov.OPTIMIZERS.items() if name != "sgd"},
    "hasty": Hasty(),
    "clipped": ov.Clip(ov.Adam(0.1), norm=1.0),
    "decayed": ov.WeightDecay(ov.NAG(0.05), 0.1),
}


@pytest.mark.parametrize("name", RULES)
def test_the_parts_of_every_rule_add_up_to_its_step(name):
    rule = RULES[name]
    run = ov.minimize(BOWL, rule, steps=6)
    for step in range(1, 7):
        one = ov.anatomy_of(run, rule, step)
        close(one.start + one.memory + one.slope, one.end, rtol=0, atol=1e-15)
        close(one.seen, run.path[step - 1], rtol=0, atol=0)
        if not one.looks_ahead:
            close(one.end, run.path[step], rtol=0, atol=0)
        assert all(np.isfinite(values).all() for values in one.readings.values())


def test_a_rule_with_named_state_is_asked_what_it_would_do_without_a_slope():
    run = ov.minimize(BOWL, Hasty(), steps=3)
    one = ov.anatomy_of(run, Hasty(), 3)
    close(one.memory, -0.05 * run.gradients[1])
    close(one.slope, -0.05 * run.gradients[2])


@pytest.mark.parametrize(
    "rule", [ov.Adam(0.1), ov.Adam(0.1, amsgrad=True), ov.Adam(0.1, bias_correction=False), ov.Adamax(0.1),
             ov.RAdam(0.1)]
)  # fmt: skip
@pytest.mark.parametrize("away", [0.0, 1e6])
def test_a_rule_that_steps_along_its_first_moment_remembers_beta_1_of_it(rule, away):
    # theta - rate m with m = 0.9 m' + 0.1 g: of the step, -0.9 rate m' was there before;
    # a million away from 0 the step is known to 1e-10 only
    bowl = ov.objective(
        lambda theta: ((theta - away) ** 2).sum(axis=0), start=np.array([away + 3.0, away - 4.0])
    )
    run = ov.minimize(bowl, rule, steps=8)
    for step in range(1, 9):
        one = ov.anatomy_of(run, rule, step)
        close(one.memory, -0.9 * one.rate * run.state["first_moment"][step - 1], rtol=1e-9)


@dataclasses.dataclass(frozen=True)
class Tilted:
    """Along the first moment, and 1e-8 of the first weight towards 0."""

    learning_rate: float = 0.1
    beta_1: float = 0.9

    def init(self, theta):
        return {"count": 0, "first_moment": np.zeros_like(theta)}

    def step(self, theta, gradient, state):
        m = 0.9 * state["first_moment"] + 0.1 * gradient
        return theta - 0.1 * m - np.array([1e-8, 0.0]) * theta, {
            "count": state["count"] + 1,
            "first_moment": m,
        }


@pytest.mark.parametrize("rule", [Tilted(), ov.Nadam(0.1), ov.Lion(0.1)])
def test_a_rule_that_steps_elsewhere_is_asked_for_a_step_without_a_slope(rule):
    run = ov.minimize(BOWL, rule, steps=5)
    for step in range(2, 6):
        before = {"count": step - 1, **{name: rows[step - 1] for name, rows in run.state.items()}}
        coasted, _ = rule.step(run.path[step - 1], np.zeros(2), before)
        one = ov.anatomy_of(run, rule, step)
        close(one.memory, coasted - run.path[step - 1], rtol=0, atol=1e-15)


@dataclasses.dataclass(frozen=True)
class Normed:
    """A step of 0.1 along the gradient: 0 / 0 where there is none."""

    def init(self, theta):
        return {"count": 0}

    def step(self, theta, gradient, state):
        return theta - 0.1 * gradient / np.abs(gradient), {"count": state["count"] + 1}


@dataclasses.dataclass(frozen=True)
class Diary:
    """Gradient descent that keeps a list of what it saw: no array, so no run records it."""

    def init(self, theta):
        return {"count": 0, "seen": []}

    def step(self, theta, gradient, state):
        return theta - 0.1 * gradient, {"count": state["count"] + 1, "seen": [*state["seen"], gradient]}


@pytest.mark.parametrize("rule", [Normed(), Diary()])
def test_a_rule_that_cannot_be_asked_remembers_nothing(rule):
    one = inside(rule, 3)
    close(one.memory, [0.0, 0.0])
    close(one.slope, one.end - one.start)


def test_parts():
    assert parts_of([ov.GD()]) == ("gradient", "move")
    assert parts_of([ov.GD(), ov.RMSprop()]) == ("gradient", "scaling", "move")
    assert parts_of([lambda theta, gradient: theta, ov.Momentum()]) == ("memory", "gradient", "move")
    assert parts_of([ov.Clip(ov.Adam(), norm=1.0)]) == PARTS


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: inside(ov.GD(0.1), 7), "run 'GD' has the steps 1 to 6, and no step 7"),
        (lambda: inside(ov.Scipy("BFGS"), 1), "a solver of scipy does not name its state"),
        (
            lambda: ov.anatomy_of(ov.minimize(BOWL, ov.GD(), steps=4, every=2), ov.GD(), 1),
            "run 'GD' was not recorded step by step",
        ),
        (
            lambda: ov.anatomy_of(ov.minimize(BOWL, ov.GD(), start=np.ones((2, 3))), ov.GD(), 1),
            "these are several side by side",
        ),
    ],
)
def test_what_cannot_be_taken_apart(make, sentence):
    with pytest.raises(ov.BadInput, match=sentence):
        make()


# ---- slow motion


def scene(*panels, runs=None, **settings):
    runs = runs or {"NAG": ov.NAG(0.1, 0.9), "Adam": ov.Adam(0.3)}
    return ov.Scene(BOWL, runs, panels, **{**SMALL, **settings})


def test_slow_motion_stands_before_the_step_part_by_part():
    slow = timeline(scene("anatomy", slow=ov.Slow(5, 2.0)))
    usual = timeline(scene("anatomy"))
    inside = [moment for moment in slow if moment.part]
    outside = tuple(m for m in slow if not m.part)
    assert [m.time for m in outside] == [5.0 if 4 < m.time < 5 else m.time for m in usual]
    assert len(inside) == 40 and [m.part for m in inside[::10]] == list(PARTS)
    assert {(m.step, m.phase, m.centiseconds) for m in inside} == {(4, inside[0].phase, 5)}
    first = slow.index(inside[0])
    assert slow[first - 1].step <= 4 < 5 <= slow[first + 40].step and slow[first - 1].phase == inside[0].phase
    assert [inside[k].share for k in (0, 9, 10)] == [0.0, 1.0, 0.0]


def test_slow_motion_of_a_step_that_the_clip_jumps_over():
    jumpy = timeline(scene("anatomy", steps=200, slow=ov.Slow(101, 1.0), seconds=0.5))
    assert [m.step for m in jumpy if m.part] == [100] * 20
    assert [m.step for m in jumpy] == sorted(m.step for m in jumpy)


def test_only_its_part_grows():
    moment = Moment(4, 0.5, 5, part="gradient", share=0.6)
    assert [part_opacity(moment, part) for part in PARTS] == [1.0, 1.0, 0.0, 0.0]
    assert 0 < part_opacity(dataclasses.replace(moment, share=0.1), "gradient") < 0.2


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"slow": ov.Slow(13)}, "there is no step 13: this scene takes 12"),
        ({"slow": ov.Slow(3, 60.0), "seconds": 550, "fps": 10}, "6,100 frames are too many"),
    ],
)
def test_limits_of_slow_motion(settings, sentence):
    with pytest.raises(ov.BadInput, match=sentence):
        scene("anatomy", **settings)


def test_slow_motion_wants_a_panel_that_looks_inside():
    with pytest.raises(ov.BadInput, match="no panel of this scene looks inside a step; 'anatomy' does"):
        check_panels(scene("landscape", slow=ov.Slow(3)))
    check_panels(scene(panel("landscape", anatomy="NAG"), slow=ov.Slow(3)))
    assert scene(panel("landscape", anatomy="NAG"), slow=ov.Slow(3)).slow == ov.Slow(3, 6.0)
    with pytest.raises(ov.BadInput, match="Slow: seconds must be at least 1 and at most 60"):
        ov.Slow(3, 0.5)


FILE = """panels = [{ panel = "anatomy", run = "a" }, { panel = "anatomy", show = "bars" }]
steps = 20
slow = { step = 7, seconds = 5 }
[problem]
surface = "beale"
[runs]
a = { optimizer = "nag" }
"""


def test_a_scene_file_says_it_in_one_line(tmp_path):
    file = tmp_path / "scene.toml"
    file.write_text(FILE, encoding="utf-8")
    assert ov.load(file).slow == ov.Slow(7, 5)
    wrong = {
        "slow = { step = 7, seconds = 5 }": [
            ("slow = { step = 70 }", r"toml:3: slow: there is no step 70: this scene takes 20"),
            ("slow = { stp = 7 }", r"toml:3: slow.stp: unknown setting 'stp' - did you mean 'step'\?"),
            ("slow = { step = 7, seconds = 600 }", "toml:3: slow.seconds: .* 60"),
            ("slow = 7", "toml:3: slow: "),
        ]
    }  # fmt: skip
    for line, faults in wrong.items():
        for instead, sentence in faults:
            file.write_text(FILE.replace(line, instead), encoding="utf-8")
            with pytest.raises(ov.BadInput, match=sentence):
                ov.load(file)


def test_arrows_need_two_parameters_and_bars_do_not(tmp_path):
    text = FILE.replace('surface = "beale"', 'data = { kind = "line" }\ndegree = 3')
    file = tmp_path / "scene.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(
        ov.BadInput, match="panel 'anatomy' draws arrows over 2 parameters, this problem has 4"
    ) as e:
        ov.load(file)
    assert len(e.value.faults) == 1  # the bars are fine


# ---- the marks


def stage_of(*panels, **settings):
    made = scene(*panels, **settings)
    comparison = ov.play(made)
    return comparison, set_stage(made, comparison)


SETS = {
    "arrows": (panel("anatomy", run="NAG"), panel("anatomy", run="Adam", same_scale=True)),
    "bars": (panel("anatomy", run="Adam", show="bars"), panel("landscape", anatomy="NAG", curvature="Adam")),
    "curvature": (
        "curvature",
        panel("curvature", show="condition"),
        panel("anatomy", run="NAG", show="bars"),
    ),
}


@pytest.fixture(scope="module", params=SETS)
def stage(request):
    return stage_of(*SETS[request.param], slow=ov.Slow(4, 1.0))[1]


def test_frames_are_functions_of_k_and_change_only_where_touched(stage):
    before, sums = stage.frame(0).copy(), []
    count = len(stage.moments)
    for k in range(1, count):
        now = stage.frame(k).copy()
        for window in stage.touched(k):
            before[window] = now[window]
        np.testing.assert_array_equal(before, now)
        sums.append(hashlib.sha256(now).hexdigest())
    assert sums[::-1] == [hashlib.sha256(stage.frame(k)).hexdigest() for k in reversed(range(1, count))]


def drawn(stage, kind, color=None):
    return [m for m in stage.marks if isinstance(m, kind) and (color is None or m.color == color)]


@pytest.mark.parametrize("where", ["landscape", "anatomy"])
def test_the_drawn_points_of_nesterov_are_those_of_its_velocity_form(where):
    picture = panel("landscape", anatomy="NAG") if where == "landscape" else panel("anatomy", run="NAG")
    comparison, stage = stage_of(picture)
    run = comparison.trajectories["NAG"]
    step, memory, gradient = drawn(stage, Arrow)[:3]
    rings = [mark for mark in drawn(stage, Figurine) if mark.hollow]
    balls = [mark for mark in drawn(stage, Figurine) if mark.head and mark.look == stage_look(stage, "NAG")]
    for k in range(12):
        moment = Moment(k, 0.0, 5)
        phi, v = run.path[k], run.state["velocity"][k]
        theta = phi - 0.9 * v
        new = theta + 0.9 * v - 0.1 * run.gradients[k]
        close(balls[-1].points(moment), [theta], atol=1e-12)
        close(rings[0].points(moment), [phi], rtol=0, atol=0)
        close(step.points(moment), [theta, new], atol=1e-12)
        close(gradient.points(moment), [phi, new], atol=1e-12)
        if k:
            close(memory.points(moment), [theta, phi], atol=1e-12)
        else:
            assert memory.points(moment) is None  # no speed yet
        # and the next look-ahead point of the path is theta + momentum v from there
        close(run.path[k + 1], new + 0.9 * run.state["velocity"][k + 1], atol=1e-12)
    assert step.points(Moment(12, 1.0, 5)) is None  # no step is left
    close(balls[-1].points(Moment(12, 1.0, 5)), [run.path[12] - 0.9 * run.state["velocity"][12]], atol=1e-12)


def stage_look(stage, label):
    from optiviz.rendering.style import LIGHT, looks

    return looks([(name, type(run.optimizer).__name__) for name, run in stage.scene.runs.items()], LIGHT)[
        label
    ]


def test_a_window_is_true_to_scale_and_holds_its_arrows():
    comparison, stage = stage_of(panel("anatomy", run="NAG"), panel("anatomy", run="Adam", same_scale=True))
    step = drawn(stage, Arrow)[0]
    for k in range(12):
        moment = Moment(k, 0.0, 5)
        (x0, y0), (x1, y1), (x2, y2) = step.place(moment, np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))
        assert x1 - x0 == pytest.approx(y2 - y0) and y1 == pytest.approx(y0) and x2 == pytest.approx(x0)
        pixels = step.place(moment, step.points(moment))
        left, bottom, right, top = step.clip
        assert ((pixels > [left, bottom]) & (pixels < [right, top])).all()
    left, bottom, right, top = step.clip
    middle = [(left + right) / 2, (bottom + top) / 2]
    close(step.place(Moment(5, 0, 5), step.points(Moment(5, 0, 5)))[0], middle)


def test_slow_motion_of_adam_goes_from_the_circle_to_the_ellipse():
    comparison, stage = stage_of(panel("anatomy", run="Adam"), slow=ov.Slow(3, 2.0))
    one = ov.anatomy_of(comparison.trajectories["Adam"], ov.Adam(0.3), 3)
    step, memory, gradient = drawn(stage, Arrow)[:3]
    ellipse = next(mark for mark in drawn(stage, Figurine) if mark.look.dash)
    at = lambda part, share: Moment(2, 0.2, 5, part=part, share=share)
    assert gradient.points(at("memory", 1.0)) is None and ellipse.points(at("memory", 1.0)) is None
    plain, flat = one.unscaled
    close(memory.points(at("memory", 1.0)), [one.start, one.start + plain])
    close(gradient.points(at("gradient", 1.0))[1], one.start + plain + flat)
    length = np.linalg.norm(one.direction)
    radius = np.linalg.norm(ellipse.points(at("gradient", 1.0)) - one.start, axis=1)
    close(radius, np.full(len(radius), one.rate.min() * length))
    axes = np.abs(ellipse.points(at("scaling", 1.0)) - one.start).max(axis=0)
    close(axes, one.rate * length)
    close(gradient.points(at("scaling", 1.0)), [one.start + one.memory, one.end])
    on = (one.end - one.start) / axes  # the step ends on the ellipse
    assert on @ on == pytest.approx(1, rel=1e-9)
    assert step.points(at("scaling", 1.0)) is None
    close(step.points(at("move", 1.0)), [one.start, one.end])
    said = [mark.text(at("gradient", 0.1)) for mark in drawn(stage, Words) if mark.by_moment]
    assert "share of this gradient" in said and "the step" not in said
    trail_places = [mark for mark in drawn(stage, Figurine) if not mark.head and not mark.look.dash]
    assert len(trail_places[0].points(at("move", 0.5))) == 3  # what came before stands still


def test_bars_are_numbers_of_the_step():
    comparison, stage = stage_of(panel("anatomy", run="Adam", show="bars"))
    rows = list(ov.anatomy_of(comparison.trajectories["Adam"], ov.Adam(0.3), 4).readings.items())
    words = drawn(stage, Words)[1:]  # the first one counts the steps
    bars = drawn(stage, Bars)
    assert len(words) == len(bars) == 2 * len(rows) == 14
    for k, (_, values) in enumerate(rows):
        assert [words[2 * k + j].text(3) for j in (0, 1)] == [number(value) for value in values]
        lengths = []
        for j in (0, 1):
            left, _, right, _ = bars[2 * k + j].bars(3)[1]
            middle = bars[2 * k + j].bars(3)[0, 0] + 1
            lengths.append((right - middle) - (middle - left))
        most = np.abs(values).max()
        assert max(map(abs, lengths)) > 60
        assert np.abs(np.array(lengths) / max(map(abs, lengths)) - values / most).max() < 0.02
    names = {text.get_text() for text in stage.figure.texts}
    assert {"gradient", "corrected root", "effective rate", "step", "x", "y"} <= names


def test_bars_of_a_network_by_number_and_refusals():
    X = np.linspace(-1, 1, 8)[:, None]
    training = ov.Training(ov.Network([ov.Dense(3, "tanh"), ov.Dense(1)], 1), X, X[:, 0] ** 2)
    made = ov.Scene(
        training, {"Adam": ov.Adam(0.1)}, (panel("anatomy", show="bars", parameters=("2", "9")),), **SMALL
    )
    comparison = ov.play(made)
    stage = set_stage(made, comparison)
    gradient = comparison.trajectories["Adam"].gradients[5]
    assert [mark.text(5) for mark in drawn(stage, Words)[1:3]] == [number(gradient[1]), number(gradient[8])]
    for settings, sentence in (
        ({"show": "arrows"}, "draws arrows over 2 parameters, this problem has 10"),
        ({"show": "bars", "parameters": ("w",)}, "panel 'anatomy': unknown parameter 'w'"),
        (
            {"show": "bars", "parameters": ("1", "2", "3", "4")},
            "bars are drawn of 3 parameters at most, got 4",
        ),
    ):
        with pytest.raises(ov.BadInput, match=sentence):
            set_stage(dataclasses.replace(made, panels=(panel("anatomy", **settings),)), comparison)


def test_a_run_that_is_lost_at_once_is_still_drawn():
    runs = {"lost": ov.GD(1e12), "GD": ov.GD(0.1)}
    _, stage = stage_of(panel("anatomy", run="lost"), panel("anatomy", run="lost", show="bars"), runs=runs)
    stage.frame(len(stage.moments) - 1)
    assert drawn(stage, Arrow)[0].points(Moment(3, 0.0, 5)) is None


# ---- curvature, drawn


def test_the_cross_lies_along_the_eigenvectors():
    comparison, stage = stage_of(panel("landscape", curvature="Adam"))
    ellipse, *arms = drawn(stage, Figurine)
    for k in (0, 5, 12):
        moment, place = Moment(k, 0.0, 5), comparison.trajectories["Adam"].path[k]
        flat, _, steep, _ = (arm.points(moment) for arm in arms)
        close((flat[0] + flat[1]) / 2, place)
        assert (
            abs(flat[1, 1] - flat[0, 1]) < 1e-12 and abs(steep[1, 0] - steep[0, 0]) < 1e-12
        )  # x flat, y steep
        width, height = np.ptp(ellipse.points(moment), axis=0)
        assert width / height == pytest.approx(2, rel=2e-3)  # sqrt(4 / 1)
        lengths = [
            np.hypot(*np.diff(arm.place(moment, arm.points(moment)), axis=0)[0]) for arm in (arms[0], arms[2])
        ]
        assert lengths[0] == pytest.approx(lengths[1])


def test_sharpness_is_drawn_beside_what_the_rule_bears():
    runs = {"GD": ov.GD(0.1), "Momentum": ov.Momentum(0.4, 0.5), "Adam": ov.Adam(0.1)}
    _, stage = stage_of("curvature", runs=runs)
    trails, axes = drawn(stage, Trail), stage.figure.axes[0]
    assert len(trails) == 3
    close(trails[0].route.points[:, 1], np.full(13, 4.0))
    close([line.get_ydata()[0] for line in axes.lines], [20.0, 7.5])
    assert [text.get_text() for text in axes.texts] == [
        "(2 + 2m) / rate = 7.5"
    ]  # 2 / 0.1 is far above the picture
    _, stage = stage_of("curvature", panel("curvature", show="condition", run="GD"), runs=runs)
    told = [text.get_text() for text in stage.figure.axes[0].texts]
    assert told == ["(2 + 2m) / rate"]  # there is little room: the number is left out
    close(drawn(stage, Trail)[3].route.points[:, 1], np.full(13, 4.0))
    many = ov.training(ov.DATASETS["sine"](n=30), [ov.Dense(40, "tanh"), ov.Dense(1)])
    with pytest.raises(ov.BadInput, match="a condition number is shown of 64 parameters at most, not 121"):
        made = ov.Scene(many, {"GD": ov.GD(0.1)}, (panel("curvature", show="condition"),), **SMALL)
        set_stage(made, ov.play(made))


def test_a_still_is_no_part_of_slow_motion(tmp_path):
    panels = (panel("anatomy", run="NAG"), panel("anatomy", run="Adam", show="bars"))
    plain = ov.still(scene(*panels), tmp_path / "plain.png", at=4)
    slow = ov.still(scene(*panels, slow=ov.Slow(5, 2.0)), tmp_path / "slow.png", at=4)
    assert plain.read_bytes() == slow.read_bytes()


def test_captions_are_type_in_svg(tmp_path):
    file = ov.still(scene(panel("anatomy", run="NAG")), tmp_path / "still.svg", at=4)
    text = file.read_text(encoding="utf-8")
    assert "− rate × gradient there" in text and "momentum × velocity" in text


def test_a_network_too_large_for_its_curvature_is_refused_before_any_work():
    X = np.zeros((2000, 1))
    large = ov.Training(ov.Network([ov.Dense(2000, "tanh"), ov.Dense(1)], 1), X, X[:, 0])
    made = ov.Scene(large, {"GD": ov.GD(0.0)}, ("curvature",), **{**SMALL, "steps": 1})
    with pytest.raises(ov.BadInput, match="cannot draw run 'GD': its network or its data are too large"):
        set_stage(made, ov.play(made))
