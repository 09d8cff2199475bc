"""The panels of the lecture: their marks carry the numbers, and draw only where they say."""

import hashlib
import math

import numpy as np
import pytest

import optiviz as ov
from optiviz.rendering.marks.shapes import Bars, Curve, Words
from optiviz.rendering.marks.trails import Head, Trail
from optiviz.rendering.panels._shared.window import fit_to_panel, window_of
from optiviz.rendering.panels.curve import KINDS, LOSSES, Clocked, known
from optiviz.rendering.panels.descent1d import NOWHERE
from optiviz.rendering.panels.rates import effective
from optiviz.rendering.stage import set_stage

SMALL = {"size": (640, 360), "seconds": 1.2, "hold": 0.0, "fps": 20, "steps": 24}
PARABOLA = ov.surface("(x - 1)**2", xlim=(-2, 4), ylim=(-1, 1), start=(3, 0))
ONE_WEIGHT = {"slow": ov.GD(0.1), "to and fro": ov.GD(1.0), "out": ov.GD(1.1)}


def stage_of(objective, runs, *panels, **settings):
    scene = ov.Scene(objective, runs, panels, **{**SMALL, **settings})
    comparison = ov.play(scene)
    return comparison, set_stage(scene, comparison)


def line(**settings):
    return ov.Fit(ov.DATASETS["line"](n=32), start=(-1, -1.5), **settings)


def marks(stage, kind):
    return [mark for mark in stage.marks if isinstance(mark, kind)]


def panel(kind, /, **settings):
    return ov.Panel(kind, settings)


BATCHES = {"all": ov.Run(ov.GD(0.05)), "one": ov.Run(ov.GD(0.05), batch_size=1)}
SETS = {
    "descent1d": (PARABOLA, ONE_WEIGHT, (panel("descent1d"), panel("descent1d", run="out", name="w"))),
    "curves": (PARABOLA, {"none": ov.GD()}, [panel("curve", function=f) for f in ("step", "gcu", "mae")]),
    "ewma": (line(), {"none": ov.GD(0.0)}, (panel("ewma"), panel("ewma", show="weights"))),
    "rates": (line(), {"a": ov.Adagrad(1.0), "b": ov.GD(0.1)}, ("rates", panel("rates", parameter="b"))),
    "effort": (
        line(), BATCHES,
        ("effort", panel("effort", against="updates", log=True), panel("landscape", run="one")),
    ),
}  # fmt: skip


@pytest.fixture(scope="module", params=SETS)
def stage(request):
    objective, runs, panels = SETS[request.param]
    more = {"steps": 100, "epochs": 2} if request.param == "effort" else {}
    return stage_of(objective, runs, *panels, **more)[1]


def test_frames_are_functions_of_k_and_change_only_where_touched(stage):
    count = len(stage.moments)
    before, sums = stage.frame(0).copy(), []
    sums.append(hashlib.sha256(before).hexdigest())
    for k in range(1, count):
        now = stage.frame(k).copy()
        for window in stage.touched(k):
            before[window] = now[window]
        np.testing.assert_array_equal(before, now)
        sums.append(hashlib.sha256(now).hexdigest())
    assert sums[::-1] == [hashlib.sha256(stage.frame(k)).hexdigest() for k in reversed(range(count))]
    assert sums[0] != sums[-1]


def test_marks_stay_in_their_boxes(stage):
    renderer = stage.figure.canvas.get_renderer()
    pixels = np.asarray(renderer.buffer_rgba())
    for moment in (stage.moments[0], stage.moments[len(stage.moments) // 2], stage.moments[-1]):
        for mark in stage.marks:
            if isinstance(mark, Curve | Clocked | Bars | Words):
                pixels[:] = 7
                mark.draw(renderer, moment, moment)
                touched = np.argwhere((pixels != 7).any(axis=-1))
                if len(touched):
                    left, bottom, right, top = mark.box(moment, moment)
                    rows, columns = stage.size[1] - 1 - touched[:, 0], touched[:, 1]
                    assert left <= columns.min() and columns.max() < right
                    assert bottom <= rows.min() and rows.max() < top
    stage.block = -1  # the layers are drawn anew


# ---- descent1d


def test_the_ball_lies_on_the_parabola_with_its_tangent_and_its_step():
    _, stage = stage_of(PARABOLA, {"rule": ov.GD(0.8)}, panel("descent1d", name="w"), steps=3)
    (trail,), axes = marks(stage, Trail), stage.figure.axes[0]
    w = np.array([3, -0.2, 1.72, 0.568])
    landed = np.column_stack([w, (w - 1) ** 2])
    np.testing.assert_allclose(trail.route.points[trail.route.last], landed, rtol=1e-12, atol=1e-12)
    on_its_way = trail.route.points  # along the curve
    np.testing.assert_allclose(on_its_way[:, 1], (on_its_way[:, 0] - 1) ** 2, atol=1e-12)
    _, tangent, arrow = marks(stage, Curve)
    back = axes.transData.inverted().transform
    for t in range(3):
        (x0, y0), (x1, y1) = back(tangent.points(t))
        assert (y1 - y0) / (x1 - x0) == pytest.approx(2 * (w[t] - 1))
        assert [(x0 + x1) / 2, (y0 + y1) / 2] == pytest.approx([w[t], (w[t] - 1) ** 2])
        start, tip = back(arrow.points(t))[:2]
        assert start[0] == pytest.approx(w[t]) and tip[0] == pytest.approx(w[t + 1])
        assert start[1] == tip[1] < 0
    assert arrow.points(3) is NOWHERE  # no step follows the last
    texts = [mark.text for mark in marks(stage, Words)][-1]
    assert [texts(t) for t in range(4)] == ["w = 3", "w = −0.2", "w = 1.72", "w = 0.568"]


def test_a_hop_is_an_arc_above_the_chord_of_a_step():
    _, stage = stage_of(PARABOLA, {"rule": ov.GD(1.0)}, panel("descent1d", name="w", way="hop"), steps=2)
    (trail,) = marks(stage, Trail)
    points, last = trail.route.points, trail.route.last
    np.testing.assert_allclose(points[last], [[3, 4], [-1, 4], [3, 4]], atol=1e-12)  # to and fro
    top = points[(last[0] + last[1]) // 2]
    assert top[0] == pytest.approx(1) and top[1] > 5  # above the chord at 4, where the loss is 0


def test_a_sum_is_descended_along_each_coordinate():
    both = ov.surface("x**2 + cos(y)", xlim=(-2, 2), ylim=(-3, 3), start=(1, 0.5))
    panels = [panel("descent1d", along=axis, tangents=False) for axis in "xy"]
    comparison, stage = stage_of(both, {"GD": ov.GD(0.1)}, *panels)
    x, y = comparison.trajectories["GD"].path.T
    one, two = (trail.route.points[trail.route.last] for trail in marks(stage, Trail))
    np.testing.assert_allclose(one, np.column_stack([x, x * x]), atol=1e-4)  # each from its own lowest point
    np.testing.assert_allclose(two, np.column_stack([y, np.cos(y) - np.cos(3)]), atol=1e-4)
    assert not marks(stage, Curve)


def test_descent1d_refuses_what_is_no_sum():
    for objective in (ov.beale, line()):
        with pytest.raises(ov.BadInput, match="panel 'descent1d' draws a surface of one coordinate"):
            stage_of(objective, {"GD": ov.GD(0.001)}, "descent1d")
    with pytest.raises(ov.BadInput, match="panel 'descent1d': unknown run 'slwo' - did you mean 'slow'"):
        stage_of(PARABOLA, ONE_WEIGHT, panel("descent1d", run="slwo"))


# ---- curve

ALPHA, SCALE = 1.6732632423543772848, 1.0507009873554804934
BY_HAND = {
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "tanh": lambda z: (math.exp(z) - math.exp(-z)) / (math.exp(z) + math.exp(-z)),
    "relu": lambda z: z if z >= 0 else 0.0,
    "leaky_relu": lambda z: z if z >= 0 else 0.01 * z,
    "prelu": lambda z: z if z >= 0 else 0.01 * z,
    "elu": lambda z: z if z >= 0 else 0.01 * (math.exp(z) - 1),
    "selu": lambda z: SCALE * (z if z >= 0 else ALPHA * (math.exp(z) - 1)),
    "softplus": lambda z: math.log(1 + math.exp(z)),
    "silu": lambda z: z / (1 + math.exp(-z)),
    "gelu": lambda z: z * (1 + math.erf(z / math.sqrt(2))) / 2,
    "softmax": lambda z: math.exp(z) / (math.exp(z) + 2),
    "gcu": lambda z: z * math.cos(z),
    "step": lambda z: 1.0 if z >= 0 else 0.0,
    "mse": lambda p: (p - 1) ** 2,
    "mae": lambda p: abs(p - 1),
    "huber": lambda p: (p - 1) ** 2 / 2 if abs(p - 1) <= 1 else abs(p - 1) - 0.5,
    "binary_crossentropy": lambda p: -math.log(p),
    "categorical_crossentropy": lambda p: -math.log(p),
}


@pytest.mark.parametrize("function", KINDS)
def test_curves_and_slopes(function):
    places = np.array([0.1, 0.35, 0.8]) if "entropy" in function else np.array([-2.2, -0.7, 0.4, 1.9])
    value, slope = known(function, 0.01, 1)(places)
    f, h = BY_HAND[function], 1e-6
    np.testing.assert_allclose(value, [f(z) for z in places], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(slope, [(f(z + h) - f(z - h)) / (2 * h) for z in places], rtol=1e-6, atol=1e-8)


def test_binary_cross_entropy_of_the_other_class():
    value, slope = known("binary_crossentropy", 1.0, 0)(np.array([0.2, 0.75]))
    np.testing.assert_allclose(value, [-math.log(0.8), -math.log(0.25)], rtol=1e-9)
    np.testing.assert_allclose(slope, [1 / 0.8, 4], rtol=1e-9)


@pytest.mark.parametrize("function", KINDS)
def test_every_curve_is_drawn_with_a_sliding_tangent(function):
    _, stage = stage_of(PARABOLA, {"none": ov.GD()}, panel("curve", function=function))
    axes = stage.figure.axes[0]
    solid, dashed = axes.lines[2:4]
    work = known(function, {"leaky_relu": 0.01, "prelu": 0.25}.get(function, 1.0), 1)
    value, slope = work(solid.get_xdata())
    for drawn, true in ((solid.get_ydata(), value), (dashed.get_ydata(), slope)):
        seen = np.isfinite(drawn)
        assert seen.sum() >= len(drawn) - 1
        np.testing.assert_array_equal(drawn[seen], true[seen])
    tangent, _, ball, reading = (mark.mark for mark in marks(stage, Clocked))
    back = axes.transData.inverted().transform
    for tick in (0, 333, 1000):
        (x0, y0), (x1, y1) = back(tangent.points(tick))
        ((x, y),) = back(ball.points(tick))
        value, slope = work(np.array([x]))
        assert (y1 - y0) / (x1 - x0) == pytest.approx(slope[0], rel=1e-6, abs=1e-9)
        assert y == pytest.approx(value[0], rel=1e-6, abs=1e-9)
        told = reading.text(tick).removeprefix("slope ").replace("−", "-").replace("·10⁻⁴", "e-4")
        small = abs(slope[0]) < 0.0095  # one digit, to four decimals
        assert float(told) == pytest.approx(slope[0], rel=0.5 if small else 0, abs=5e-5 if small else 0.00501)
    texts = [text.get_text() for text in stage.figure.texts]
    assert not any("step: " in text for text in texts)  # it has its own clock


def test_curves_of_losses_are_the_index():
    assert set(LOSSES) < set(KINDS)
    with pytest.raises(ov.BadInput, match="xlim must be two numbers, low then high"):
        stage_of(PARABOLA, {"none": ov.GD()}, panel("curve", xlim=(1.0, 1.0)))


# ---- ewma


def test_ewma_trails_and_bars():
    fit = line()
    y, beta = fit.data.y, 0.9
    _, stage = stage_of(fit, {"none": ov.GD(0.0)}, panel("ewma"), panel("ewma", show="weights", days=10))
    plain, corrected = marks(stage, Trail)
    v = 0.0
    for t in range(1, len(y) + 1):
        v = beta * v + (1 - beta) * y[t - 1]
        np.testing.assert_allclose(plain.route.points[t], [t, v], rtol=1e-12)
        np.testing.assert_allclose(corrected.route.points[t], [t, v / (1 - beta**t)], rtol=1e-12)
    (bars,), axes = marks(stage, Bars), stage.figure.axes[1]
    drawn = bars.bars(4)
    heights = axes.transData.inverted().transform(drawn[:, [0, 3]])[:, 1]
    expected = [0.1, 0.09, 0.081, 0.0729, 0, 0, 0, 0, 0, 0]
    np.testing.assert_allclose(heights, expected, atol=0.13 / 100)
    total = marks(stage, Words)[-1].text
    assert (total(0), total(1), total(4)) == (
        "all days: 0.00", "all days: 0.10", f"all days: {1 - 0.9**4:.2f}",
    )  # fmt: skip
    assert len(marks(stage_of(fit, {"none": ov.GD(0.0)}, panel("ewma", correction=False))[1], Trail)) == 1


def test_ewma_needs_data():
    with pytest.raises(ov.BadInput, match="panel 'ewma' draws what is learned from data"):
        stage_of(ov.beale, {"GD": ov.GD(0.001)}, "ewma")


# ---- rates


def test_rates_are_what_slopes_are_multiplied_by():
    rules = {
        "GD": ov.GD(0.1), "Adagrad": ov.Adagrad(1.0), "RMSprop": ov.RMSprop(0.1),
        "Momentum": ov.Momentum(0.05), "clipped": ov.Clip(ov.Adagrad(0.5), norm=1.0),
        "decay": ov.GD(lambda t: 0.1 / (1 + t)),
    }  # fmt: skip
    comparison, stage = stage_of(line(), rules, panel("rates", parameter="b"))
    crowd = marks(stage, Head)[0].crowd  # in the order of the runs; what is drawn first is the longest
    trails = dict(zip(rules, crowd.trails, strict=True))
    for label in ("GD", "Adagrad", "RMSprop", "decay"):  # rules without memory of speed: step over slope
        run = comparison.trajectories[label]
        rate = -np.diff(run.path[:, 1]) / run.gradients[:, 1]
        np.testing.assert_allclose(trails[label].route.points[1:, 1], rate, rtol=1e-6)
        np.testing.assert_array_equal(trails[label].route.points[:, 0], np.arange(25))
    assert (trails["Momentum"].route.points[:, 1] == 0.05).all()
    rule, run = ov.Adagrad(0.5), comparison.trajectories["clipped"]
    np.testing.assert_allclose(
        trails["clipped"].route.points[1:, 1],
        0.5 / np.sqrt(run.state["accumulator"][1:, 1] + 1e-7),
        rtol=1e-12,
    )
    assert np.isnan(effective(rule, run)[0]).all()


def test_rates_of_what_is_not_there():
    with pytest.raises(ov.BadInput, match="panel 'rates': unknown parameter 'z' - known: w, b"):
        stage_of(line(), {"GD": ov.GD(0.1)}, panel("rates", parameter="z"))
    with pytest.raises(ov.BadInput, match="shows learning rates, and run 'L-BFGS-B' has none"):
        stage_of(ov.beale, {"L-BFGS-B": ov.Scipy("L-BFGS-B")}, "rates")


# ---- effort and maps of single runs


def test_effort_counts_what_was_spent():
    runs = {"all": ov.Run(ov.GD(0.05)), "twelve": ov.Run(ov.GD(0.05), batch_size=12)}
    panels = [panel("effort", against=against) for against in ("epochs", "samples", "updates")]
    comparison, stage = stage_of(line(), runs, *panels, steps=100, epochs=2)
    spent = [trail.route.points[:, 0].tolist() for trail in marks(stage, Trail)]
    np.testing.assert_allclose(spent[1], np.array([0, 12, 24, 32, 44, 56, 64]) / 32)
    assert spent[0] == [0, 1, 2] and spent[2] == [0, 32, 64] and spent[4] == [0, 1, 2]
    assert spent[3] == [0, 12, 24, 32, 44, 56, 64] and spent[5] == list(range(7))
    losses = comparison.trajectories["twelve"].losses
    for trail in marks(stage, Trail)[1::2]:
        np.testing.assert_array_equal(trail.route.points[:, 1], losses)
    last = stage.moments[-1]
    assert [trail.route.end(last) for trail in marks(stage, Trail)[:2]] == [2, 6]
    assert marks(stage, Words)[0].reads(last) == "2"  # the header counts epochs
    assert "epoch:" in [text.get_text() for text in stage.figure.texts]
    twice = ov.rule(lambda theta, gradient: theta - 0.001 * gradient, gradients_per_step=2)
    comparison, stage = stage_of(line(), {"twice": twice}, panel("effort", against="samples"), steps=3)
    rows = len(line().data.y)  # each gradient of all rows
    assert marks(stage, Trail)[0].route.points[:, 0].tolist() == [0, 2 * rows, 4 * rows, 6 * rows]
    with pytest.raises(ov.BadInput, match="panel 'effort' draws what is learned from data"):
        stage_of(ov.beale, {"GD": ov.GD(0.001)}, "effort")


def test_a_map_of_one_run_shares_the_window_of_all():
    runs = {"slow": ov.GD(0.01), "fast": ov.Momentum(0.1, 0.9)}
    comparison, stage = stage_of(line(), runs, panel("landscape", run="slow"), panel("landscape", run="fast"))
    for trail, run in zip(marks(stage, Trail), comparison.trajectories.values(), strict=True):
        np.testing.assert_array_equal(trail.route.points, run.path)
    one, two = stage.figure.axes
    assert one.get_xlim() == two.get_xlim() and one.get_ylim() == two.get_ylim()
    headings = {text.get_text(): text.get_color() for text in stage.figure.texts}
    assert (
        headings["slow: Weights & Loss"] != headings["fast: Weights & Loss"]
    )  # each in the colour of its run


def test_maps_and_fits_keep_the_time_of_epochs():
    comparison, stage = stage_of(line(), BATCHES, "landscape", "landscape3d", "fit", steps=100, epochs=2)
    crowds = {id(head.crowd): head.crowd for head in marks(stage, Head)}
    whole, single, whole_3d, single_3d = (trail for crowd in crowds.values() for trail in crowd.trails)
    lines, axes = marks(stage, Curve), stage.figure.axes[-1]
    for moment in stage.moments:
        rows = moment.time / 32, moment.time
        assert [trail.route.times[-1] for trail in (whole, single)] == [64, 64]
        for trail, curve, row, run in zip(
            (whole_3d, single_3d), lines, rows, comparison.trajectories.values(), strict=True
        ):
            at = np.interp(row, np.arange(len(run.path)), trail.route.last)
            assert trail.route.vertex(moment) == pytest.approx(at, rel=1e-9)
            before = int(row + 1e-9)
            after = run.path[min(before + 1, len(run.path) - 1)]
            weights = run.path[before] + (row - before) * (after - run.path[before])
            place = trail.route.points[round(at), :2] if row == before else None
            low, high = np.array(fit_to_panel(window_of(comparison), (1.0, 1.0))[0]).T
            if place is not None:
                np.testing.assert_allclose((place + 1) / 2 * (high - low) + low, run.path[before], rtol=1e-9)
            x, y = axes.transData.inverted().transform(curve.points(moment.time)).T
            np.testing.assert_allclose(y, weights @ [x, np.ones(2)], rtol=1e-9)


def test_axes_count_what_the_title_counts():
    comparison, stage = stage_of(line(), BATCHES, "loss", "rates", steps=100, epochs=2)
    assert [axes.get_xlabel() for axes in stage.figure.axes] == ["epoch", "epoch"]
    for axes in stage.figure.axes:  # half a head has room beside epoch 2
        assert axes.get_xlim()[0] == 0
        assert axes.bbox.x1 - axes.transData.transform((2, 1))[0] == pytest.approx(
            6, abs=1e-6
        )  # the type is 12 high
    for trail in marks(stage, Trail):
        np.testing.assert_allclose(trail.route.points[:, 0], np.linspace(0, 2, len(trail.route.points)))
        assert trail.route.points[trail.route.end(stage.moments[-1]), 0] == 2


def test_one_run_of_several_in_every_picture():
    runs = {"slow": ov.GD(0.01), "fast": ov.Momentum(0.1, 0.9)}
    panels = [ov.Panel(name, each=True) for name in ("fit", "landscape3d")]
    comparison, stage = stage_of(line(), runs, *panels)
    assert len(marks(stage, Curve)) == len(marks(stage, Trail)) == 2
    fits = stage.figure.axes
    assert fits[0].get_xlim() == fits[1].get_xlim() and fits[0].get_ylim() == fits[1].get_ylim()
    texts = [text.get_text() for text in stage.figure.texts]
    assert texts.count("slow") == 2  # above the fit and the surface: there is no key
    assert sum(text.startswith("slow") for text in texts) == 2


def test_headings_and_titles_keep_to_their_room():
    runs = {f"A label that is much too long for a third of a frame, {k}": ov.GD(0.1) for k in range(3)}
    title = "A title that would run into the counter on its right if nobody made it smaller"
    _, stage = stage_of(line(), runs, ov.Panel("landscape", each=True), title=title, size=(640, 480))
    words = [text for text in stage.figure.texts if "label" in text.get_text()]
    headings = sorted(
        (text.get_window_extent() for text in words if text.get_text().endswith("…")), key=lambda b: b.x0
    )
    assert len(headings) == 3
    for k, box in enumerate(headings):
        assert k * 640 / 3 <= box.x0 and box.x1 <= (k + 1) * 640 / 3
    (shown,) = (text for text in stage.figure.texts if text.get_text().startswith("A title"))
    (before,) = (text for text in stage.figure.texts if text.get_text() == "epoch:")
    assert shown.get_window_extent().x1 < before.get_window_extent().x0
    assert shown.get_fontsize() * 100 / 72 >= 0.033 * 480
    _, wide = stage_of(line(), runs, ov.Panel("landscape", each=True), title="Short", size=(640, 480))
    assert wide.figure.texts[0].get_fontsize() * 100 / 72 == pytest.approx(0.05 * 480)


def test_a_loss_without_a_bottom_does_not_flatten_the_others():
    _, stage = stage_of(ov.saddle, {"GD": ov.GD(0.1), "slow": ov.GD(0.001)}, "loss", steps=120)
    low, high = stage.figure.axes[0].get_ylim()
    assert -30 < low < -9 and 4 < high < 10  # the window of x^2 - y^2 has values from -9 to 9
