"""The sentences that tell what a clip shows: each number in them is worked out here by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

import optiviz as ov
from optiviz.rendering.alttext import alt_text, ending
from optiviz.scenefile import shipped


def bowl(formula="x**2 + y**2", **settings):
    return ov.surface(formula, xlim=(-2, 2), ylim=(-2, 2), **{"start": (1, 0), **settings})


def told(objective, runs, **settings):
    scene = ov.Scene(objective, runs, **settings)
    return ending(scene, ov.play(scene))


def test_a_race_is_told_by_when_each_was_down():
    # x is multiplied by 1 - 2 rate at each step, the loss by its square; 0.01 of the first loss, 1, is left:
    # 0.5^2k <= 0.01 for k >= 3.3;  0.9^2k for k >= 21.9;  0.99^60 = 0.547 is left after 30
    runs = {"walk": ov.GD(0.05), "run": ov.GD(0.25), "crawl": ov.GD(0.005)}
    text = told(bowl(minima=[(0, 0)]), runs, steps=30)
    assert text == "run is home at step 4 and walk at 22; crawl ends at loss 0.547."


def test_home_is_a_hundredth_of_the_drop_above_the_best_and_no_threshold_is_told():
    # start 3^2 + 1 = 10, least 1: home is 1.09 or less;  9 x 0.25^k + 1 <= 1.09: k = 4, with 0.04^k k = 2
    text = told(bowl("x**2 + y**2 + 1", start=(3, 0), minima=[(0, 0)]), {"a": ov.GD(0.25), "b": ov.GD(0.4)})
    assert text == "b is home at step 2 and a at 4."


def test_runs_that_get_nowhere():
    # 1 - 2 rate = -1: to and fro for ever;  1.2: 1.44 times the loss at each of 4 steps, 4.3 in the end
    runs = {"home": ov.GD(0.5), "to and fro": ov.GD(1.0), "out": ov.GD(1.1)}
    text = told(bowl(minima=[(0, 0)]), runs, steps=4)
    assert text == "home is home at step 1; to and fro stays at loss 1 and out climbs to loss 4.3."


def test_those_that_diverge_are_named_with_their_step():
    # (1 - 2 rate)^k passes 4e6, a million widths of the window: 19^6 = 4.7e7 (19^5 = 2.5e6), 199^3 = 7.9e6;
    # 0.5^16 = 1.526e-5
    runs = {"slow": ov.GD(10.0), "fast": ov.GD(100.0), "good": ov.GD(0.25)}
    text = told(bowl(minima=[(0, 0)]), runs, steps=8)
    assert text == "good goes from loss 1 to 1.53·10⁻⁵ in 8 steps. fast diverges at step 3 and slow at 6."
    assert told(bowl(), {"slow": ov.GD(10.0)}, steps=8) == "slow diverges at step 6."


def test_one_run_is_told_from_where_to_where():
    assert told(bowl(), {"GD": ov.GD(0.25)}, steps=2) == "GD goes from loss 1 to 0.0625 in 2 steps."


def test_where_nobody_knows_how_low_it_goes_the_last_losses_are_told():
    # y is multiplied by 1 + 2 rate: -0.0001 x 4^3 = -0.0064 and -0.0001 x 2.25^3 = -0.0011 after 3 steps
    saddle = bowl("-(y**2) + 0*x", start=(0, 0.01))
    text = told(saddle, {"a": ov.GD(0.25), "b": ov.GD(0.5)}, steps=3)
    assert text == "After 3 steps the loss is −0.0064 for b and −0.0011 for a."


def test_epochs_are_counted_by_their_ends():
    # the loss w^2 over rows that all say w = 0: w is halved at each step, 4 steps an epoch for "one by one"
    line = ov.Fit(ov.Data([1.0, -1.0, 1.0, -1.0], [0.0] * 4), start=(1.0, 0.0))
    runs = {"all rows": ov.Run(ov.GD(0.25)), "one by one": ov.Run(ov.GD(0.25), batch_size=1)}
    scene = ov.Scene(line, runs, panels=("fit",), epochs=5)
    comparison = ov.play(scene)
    losses = {label: run.losses for label, run in comparison.trajectories.items()}
    first = {label: int(np.argmax(values <= 0.01)) for label, values in losses.items()}
    assert first["all rows"] == 4 and 1 <= first["one by one"] <= 20
    epoch = -(-first["one by one"] // 4)
    assert ending(scene, comparison) in (
        f"one by one is home at epoch {epoch} and all rows at 4.",
        f"all rows is home at epoch 4 and one by one at {epoch}.",
    )
    whole = ov.Scene(line, {"a": ov.GD(0.25), "b": ov.GD(0.05)}, panels=("fit",), steps=30)
    assert ending(whole, ov.play(whole)) == "a is home at epoch 4 and b at 22."


def test_classifiers_are_told_by_what_they_get_right():
    # a neuron with w = 1, b = 0 and the points -1, 1, 2, 3: right about those of which the sign is the class
    def scene(labels, rates, **settings):
        data = ov.Data([-1.0, 1.0, 2.0, 3.0], labels, classes=("no", "yes"))
        neuron = ov.training(data, [ov.Dense(1, "sigmoid")], loss="binary_crossentropy", start=(1.0, 0.0))
        return ov.Scene(
            neuron, {f"rate {rate:g}": ov.GD(rate) for rate in rates}, panels=("loss",), **settings
        )

    still = scene([0, 1, 0, 1], [0.0], steps=1)
    assert ending(still, ov.play(still)) == (
        "After 1 step rate 0 classifies 75 % of the rows correctly, from 75 % at the start."
    )
    both = scene([0, 0, 1, 1], [0.0, 2.0], epochs=40)
    assert ending(both, ov.play(both)) == (
        "After 40 epochs rate 0 classifies 75 % of the rows correctly and rate 2 100 %."
    )


def test_losses_of_several_kinds_are_not_compared():
    data = ov.Data([0.0, 1.0, 2.0], [1.0, 3.0, 5.0])  # y = 2 x + 1
    runs = {"squares": ov.Run(ov.GD(0.1)), "amounts": ov.Run(ov.GD(0.0), loss="mae")}
    text = told(ov.Fit(data, start=(2.0, 1.0)), runs, panels=("fit",), steps=10)
    assert text == (
        "After 10 epochs, each on a loss of its own, the runs are here: "
        "squares at w = 2, b = 1 and amounts at w = 2, b = 1."
    )


def test_scenes_without_runs_say_what_is_drawn():
    curves = [ov.Panel("curve", {"function": name}) for name in ("relu", "leaky_relu")]
    averages = [ov.Panel("ewma", {"beta": 0.9}), ov.Panel("ewma", {"beta": 0.9, "show": "weights"})]
    data = ov.Fit(ov.Data([1, 2, 3], [4, 5, 6], y_name="temperature"))
    scene = ov.Scene(data, {"none": ov.GD()}, panels=(*curves, *averages))
    assert alt_text(scene, ov.play(scene)) == (
        "Curves of relu and leaky relu, each with its slope and a tangent that slides along; "
        "Exponentially weighted moving averages of the values of temperature: "
        "beta 0.9 looks back over about 10."
    )


def test_a_scene_may_have_no_problem_at_all():
    bare = SimpleNamespace(objective=None, runs={}, panels=[ov.Panel("curve", {"function": "tanh"})])
    assert alt_text(bare, ov.Comparison(None, {})) == (
        "Curves of tanh, each with its slope and a tangent that slides along."
    )
    bare = SimpleNamespace(objective=ov.beale, runs={}, panels=[ov.Panel("landscape3d")])
    assert alt_text(bare, ov.Comparison(ov.beale, {})) == "A picture of landscape3d on beale."


def test_many_runs_are_counted():
    text = told(bowl(minima=[(0, 0)]), {f"run {k}": ov.GD(0.25) for k in range(9)}, steps=5)
    assert text.startswith("run 0 is home at step 4, run 1 at 4,") and text.endswith("and 3 more.")


def test_it_tells_panels_then_captions_then_the_verdict_of_the_scene():
    scene = ov.Scene(
        bowl(minima=[(0, 0)]), {"GD": ov.GD(0.25)}, ("landscape", "loss"), steps=8,
        captions=[{"at": 2, "text": "Loss {loss:GD}"}], verdict="Home at {home:GD}.",
    )  # fmt: skip
    assert alt_text(scene, ov.play(scene)) == (
        "Level lines of the loss over its two parameters, and the path of each run across them. "
        "Loss against steps, one growing curve a run. "
        "Step 2: Loss 0.0625. Home at 4."  # 0.25^2; 0.25^4 < 0.01
    )


def test_where_all_leave_the_window_it_is_told_when():
    # y is multiplied by 2: 4 after 2 steps; 2 itself is on the rim of the window
    saddle = bowl("-(y**2) + 0*x", start=(0, 1))
    assert (
        told(saddle, {"a": ov.GD(0.1), "b": ov.GD(0.5)}, steps=4)
        == "b leaves the window at step 2 and a at 4."
    )


QUICK = ("momentum", "one_weight", "local_minimum", "perceptron", "activations", "race_saddle")


@pytest.mark.parametrize("name", QUICK)
def test_shipped_scenes_tell_what_is_drawn_and_how_it_ends(name):
    scene = ov.load(shipped()[name])
    comparison = ov.play(scene)
    text = alt_text(scene, comparison)
    assert text.endswith(".") and "\n" not in text and len(text) < 1500
    assert "reaches loss" not in text  # a threshold that is not in the picture
    for label in scene.runs if scene.verdict in ("", "none") else ():
        assert label in text
