"""Panels of networks: the marks carry what the network does, and frames stay functions of their number."""

import hashlib

import numpy as np
import pytest
from PIL import Image as Picture

import optiviz as ov
from optiviz.nn import BatchNormalization, Dense, Network
from optiviz.objectives.training import Training
from optiviz.rendering.marks.shapes import Bars, Bundle, Curve, Image, Scenery, Words
from optiviz.rendering.marks.trails import Trail
from optiviz.rendering.panels._shared.backprop_steps import Worked
from optiviz.rendering.panels._shared.layer_histograms import histogram
from optiviz.rendering.panels._shared.network_runs import Learner, class_looks, rows_at
from optiviz.rendering.panels.activations import signals
from optiviz.rendering.panels.backpropagation import Board
from optiviz.rendering.panels.boundary import BANDS, Regions
from optiviz.rendering.panels.network import pairs, weight_label_positions
from optiviz.rendering.panels.weights import diverging
from optiviz.rendering.stage import set_stage
from optiviz.rendering.style import THEMES
from optiviz.rendering.timeline import Moment

SMALL = {
    "size": (480, 270),
    "seconds": 1.0,
    "hold": 0.5,
    "fps": 20,
    "steps": 30,
}
SMALL |= {"opening": 0.0, "ease": "linear"}  # frames by hand
RELU = {"activation": "relu", "kernel_initializer": "he_normal"}


def clouds(count, seed=0, kinds=2):
    rng = np.random.default_rng(seed)
    y = np.arange(count) % kinds
    return np.column_stack([2 * np.cos(2.2 * y), 2 * np.sin(2.2 * y)]) + rng.normal(size=(count, 2)), y


def two_runs(first, second, panels, steps=30, **settings):
    """A scene of two networks, played."""
    runs = {"one": ov.Run(ov.GD(0.1)), "two": ov.Run(ov.GD(0.1), layers=second.network.layers)}
    scene = ov.Scene(first, runs, panels, **{**SMALL, "steps": steps, **settings})
    comparison = ov.play(scene)
    return comparison, set_stage(scene, comparison)


@pytest.fixture(scope="module")
def classifiers():
    X, y = clouds(60)
    held_out = clouds(40, seed=1)
    one = Training(
        Network([Dense(1, "sigmoid")], 2), X, y, "binary_crossentropy", held_out=held_out, batch_size=20
    )
    two = Training(
        Network([Dense(6, **RELU), Dense(5, **RELU), Dense(1, "sigmoid")], 2), X, y, "binary_crossentropy"
    )
    return one, two


def marks(stage, kind):
    return [mark for mark in stage.marks if isinstance(mark, kind)]


def class_in(image, spot, clip, axes):
    """The class whose colour an image has at a point of the data."""
    x, y = axes.transData.transform(spot)
    row, column = clip[3] - 1 - int(y), int(x) - clip[0]
    colors = [np.array(c, int) for c in ground()]
    seen = image[row, column].astype(int)
    return int(np.argmin([np.abs(c - seen).sum() for c in colors])) // BANDS


def ground():
    from optiviz.rendering.panels.boundary import ground_colors

    return ground_colors(THEMES["light"])


@pytest.mark.parametrize("run", ["one", "two"])
def test_the_boundary_is_what_the_network_predicts(classifiers, run):
    comparison, stage = two_runs(*classifiers, [ov.Panel("boundary", {"run": run})], size=(800, 600))
    (image,), axes = marks(stage, Image), stage.figure.axes[0]
    training, path = comparison.objectives[run], comparison.trajectories[run].path
    rng = np.random.default_rng(3)
    low, high = np.array([axes.get_xlim(), axes.get_ylim()]).T
    spots = low + (high - low) * rng.uniform(0.03, 0.97, (400, 2))
    for step in (0, 11, 30):
        p = training.predict(path[step], spots)[:, 0]
        clear = np.abs(p - 0.5) > 0.02  # the grid's own error
        seen = np.array([class_in(image.colors(step), s, image.clip, axes) for s in spots])
        assert clear.sum() > 200
        np.testing.assert_array_equal(seen[clear], (p >= 0.5)[clear])
        fills = image.colors(step)
        assert fills.shape == (image.clip[3] - image.clip[1], image.clip[2] - image.clip[0], 4)


LAST = {
    "step": ([Dense(1, "step")], "mse"),
    "linear": ([Dense(1)], "mse"),
    "scores": ([Dense(1)], {"kind": "binary_crossentropy", "from_logits": True}),
    "gcu": ([Dense(1, "gcu")], "mse"),
    "two outputs": ([Dense(5, "tanh"), Dense(2)], "mse"),
    "softmax": ([Dense(5, "tanh"), Dense(2, "softmax")], "categorical_crossentropy"),
    "three": ([Dense(5, "tanh"), Dense(3, "softmax")], "categorical_crossentropy"),
    "normalised": ([Dense(5), BatchNormalization(), Dense(1, "sigmoid")], "binary_crossentropy"),
}


@pytest.mark.parametrize("name", LAST)
def test_regions_of_every_kind_of_output(name):
    layers, loss = LAST[name]
    kinds = layers[-1].units if layers[-1].units > 1 else 2
    X, y = clouds(90, kinds=kinds)
    targets = np.eye(kinds)[y] if layers[-1].units > 1 else y
    training = Training(Network(layers, 2), X, targets, loss)
    theta = training.network.initial(3)
    regions = Regions(training, (-4, 4), (-3, 3), (160, 120))
    shades = regions.shades(regions.scores(theta)) // BANDS
    x, up = (np.arange(160) + 0.5) / 160 * 8 - 4, 3 - (np.arange(120) + 0.5) / 120 * 6
    spots = np.stack(np.meshgrid(x, up), axis=-1).reshape(-1, 2)
    p = training.predict(theta, spots)
    if kinds == 2 and layers[-1].units == 1:
        truth = p[:, 0] >= (0.0 if name == "scores" else 0.5)
    else:
        truth = p.argmax(axis=1)
    assert (shades.ravel() == truth).mean() > 0.985  # all but a pixel along the border


def test_the_perceptrons_line_is_where_its_sum_is_zero(classifiers):
    one, _ = classifiers
    theta = np.array([1.0, -2.0, 0.5])
    regions = Regions(one, (-3, 3), (-3, 3), (300, 300))
    (line,) = regions.borders(regions.scores(theta))
    x, y = line.T / 50 - 3
    np.testing.assert_allclose(x - 2 * y + 0.5, 0, atol=1e-9)


def test_the_headline_counts_the_correct_rows(classifiers):
    comparison, stage = two_runs(*classifiers, [ov.Panel("boundary", {"run": "two"})], size=(800, 600))
    (words,) = [mark for mark in marks(stage, Words) if mark.reads(Moment(0, 0.0, 5)).endswith("\xa0%")]
    training, run = comparison.objectives["two"], comparison.trajectories["two"]
    for step in (0, 30):
        share = 100 * float(training.accuracy(run.path[step]))
        assert words.text(step) == f"{int(share + 0.5)}\xa0%"  # rounded half up
    assert "two" in {text.get_text() for text in stage.figure.texts}


def test_the_matrix_counts_who_is_taken_for_whom():
    # x1 + x2 - 0.5 > 0 is the or of two inputs where their and is wanted; the rows held out are all ones
    rows, wanted = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 0, 0, 1]
    held_out = [[0.0, 0.0], [1.0, 1.0], [1.0, 1.0]], [1, 1, 0]
    network = Network([Dense(1, "step")], inputs=2)
    training = Training(network, rows, wanted, start=[1.0, 1.0, -0.5], held_out=held_out)
    assert training.confusion_matrix(training.start).tolist() == [[1, 2], [0, 1]]
    assert training.confusion_matrix(training.start, held_out=True).tolist() == [[0, 1], [1, 1]]
    three = Training(
        Network([Dense(3, use_bias=False)], 3), np.eye(3), np.eye(3), start=np.eye(3)[[1, 1, 2]].ravel()
    )
    assert three.confusion_matrix(three.start).tolist() == [[0, 1, 0], [0, 1, 0], [0, 0, 1]]

    panels = ["confusion_matrix", ov.Panel("confusion_matrix", {"held_out": True, "classes": ("no", "yes")})]
    scene = ov.Scene(training, {"still": ov.GD(0.0)}, panels, steps=2, size=(960, 540))
    stage = set_stage(scene, ov.play(scene))
    frame = stage.frame(0)[::-1]  # from below
    left, right = stage.figure.axes
    assert [t.get_text() for t in left.get_yticklabels()] == ["0", "1"]
    assert [t.get_text() for t in right.get_xticklabels()] == ["no", "yes"]
    texts = {text.get_text() for text in stage.figure.texts}
    assert {"still", "still, held out"} <= texts

    def color(axes, row, column):  # near the upper left corner of a cell, beside its number
        x, y = axes.transData.transform((column + 0.1, row + 0.1)).astype(int)
        return frame[y, x, :3].astype(int)

    gold = np.array([0xF5, 0xC9, 0x2E])
    light = lambda axes, row, column: int(color(axes, row, column).sum())
    # a third of the zeros told right, two thirds not; of the ones held out half are
    shares = {(left, 0, 0): (gold, 0.3 + 0.7 / 3), (right, 0, 0): (gold, 0.3)}
    for spot, (most, share) in shares.items():
        np.testing.assert_allclose(color(*spot), 255 + share * (most - 255), atol=2)
    assert light(right, 0, 1) < light(left, 0, 1) < light(right, 1, 0) < light(left, 1, 0)


def test_matrices_side_by_side_are_alike_whatever_the_classes_are_called(classifiers):
    named = {"classes": ("not placed at all", "placed")}
    panels = [ov.Panel("confusion_matrix", {**named, "run": run}) for run in ("one", "two", "one")]
    _, stage = two_runs(*classifiers, panels, size=(1280, 720), steps=2)
    sizes = [axes.bbox.size for axes in stage.figure.axes]
    assert np.ptp(sizes, axis=0).max() <= 1 and sizes[0][0] > 200
    for axes in stage.figure.axes:
        names = [label.get_text() for label in axes.get_yticklabels()]
        assert names[1] == "placed" and names[0].startswith("not pl")
        for label in axes.get_yticklabels():
            assert label.get_window_extent().x0 > 0


def test_histograms_are_those_of_numpy(classifiers):
    settings = {"run": "two", "limits": (0.0, 2.0), "bins": 10}
    comparison, stage = two_runs(*classifiers, [ov.Panel("activations", settings)])
    (bars,) = marks(stage, Bars)
    training, run = comparison.objectives["two"], comparison.trajectories["two"]
    layers = signals(training, run.path[20], "a")
    assert [values.shape for values in layers] == [(60, 6), (60, 5)]
    hidden = training.network.forward(run.path[20], training.X)
    np.testing.assert_array_equal(layers[1], hidden["dense_1"].a)
    drawn = bars.bars(20).reshape(2, 10, 4)
    for values, boxes in zip(layers, drawn, strict=True):
        counts, _ = np.histogram(np.clip(values, 0, 2), 10, (0, 2))
        np.testing.assert_array_equal(histogram(values, (0.0, 2.0), 10), counts)
        widths = (boxes[:, 2] - boxes[:, 0]).astype(float)
        full = np.maximum(counts * widths.max() / counts.max(), np.where(counts > 0, 2, 0))
        np.testing.assert_allclose(widths, full, atol=1.5)
        assert (widths[counts == 0] == 0).all()


def test_gradient_lines_are_the_slopes_that_were_told(classifiers):
    comparison, stage = two_runs(*classifiers, ["gradients"])
    one, two = marks(stage, Curve)
    axes, run = stage.figure.axes[0], comparison.trajectories["two"]
    network = comparison.objectives["two"].network
    heights = axes.transData.inverted().transform(two.points(7))
    sizes = [
        np.sqrt(np.mean(run.gradients[7][network.parameters[f"{name}/kernel"].at] ** 2))
        for name in network.names
    ]
    np.testing.assert_allclose(heights[:, 0], [1, 2, 3])
    np.testing.assert_allclose(10 ** heights[:, 1], sizes, rtol=1e-9)
    assert len(one.points(7)) == 1
    comparison, stage = two_runs(*classifiers, [ov.Panel("gradients", {"show": "histograms", "run": "two"})])
    assert len(marks(stage, Bars)) == 1


def test_heat_maps_are_the_weights(classifiers):
    comparison, stage = two_runs(*classifiers, [ov.Panel("weights", {"run": "two"})], size=(800, 600))
    network, run = comparison.objectives["two"].network, comparison.trajectories["two"]
    images = marks(stage, Image)
    assert len(images) == 6
    colors, limit = diverging("#ffffff"), np.abs(run.path).max()
    views = network.unpack(run.path[30])
    for image, (name, place) in zip(images, network.parameters.items(), strict=True):
        rows, columns = place.shape if len(place.shape) == 2 else (1, *place.shape)
        table = views[name].reshape(rows, columns)
        pixels = image.colors(30)
        height, width, _ = pixels.shape
        for i, k in np.ndindex(rows, columns):
            seen = pixels[int((i + 0.5) * height / rows), int((k + 0.5) * width / columns)]
            np.testing.assert_array_equal(seen, colors[round(127 + 127 * table[i, k] / limit)])
    np.testing.assert_array_equal(colors[127], [255, 255, 255, 255])


def test_bundles_are_the_weights_over_time(classifiers):
    comparison, stage = two_runs(*classifiers, [ov.Panel("weights", {"run": "two", "show": "lines"})])
    bundles, axes = marks(stage, Bundle), stage.figure.axes[0]
    run, network = comparison.trajectories["two"], comparison.objectives["two"].network
    assert [len(bundle.pixels) for bundle in bundles] == [6, 35, 18]  # the last layer lies lowest
    last = axes.transData.inverted().transform(bundles[0].pixels[:, 12])
    kernel = network.parameters["dense_2/kernel"].at
    np.testing.assert_allclose(last[:5, 1], run.path[12, kernel], atol=1e-9)
    np.testing.assert_allclose(last[:, 0], 12, atol=1e-9)


def test_loss_and_accuracy_of_rows_held_out(classifiers):
    comparison, stage = two_runs(*classifiers, ["loss", "accuracy"])
    one, run = comparison.objectives["one"], comparison.trajectories["one"]
    dotted = [trail for trail in marks(stage, Trail) if not trail.head]
    assert len(dotted) == 4  # both runs see the same data, in both panels
    np.testing.assert_allclose(dotted[0].route.points[:, 1], one.held_out_value(run.path.T))
    np.testing.assert_allclose(dotted[2].route.points[:, 1], one.held_out_accuracy(run.path.T))
    shares = [trail for trail in marks(stage, Trail) if trail.head][2]
    np.testing.assert_allclose(shares.route.points[:, 1], one.accuracy(run.path.T))


def test_fits_are_the_predictions():
    x = np.linspace(-2, 2, 30)[:, np.newaxis]
    training = Training(
        Network([Dense(8, "tanh"), Dense(1)], 1),
        x[::2],
        np.sin(x[::2, 0]),
        held_out=(x[1::2], np.sin(x[1::2])),
    )
    runs = {"GD": ov.GD(0.1), "Adam": ov.Adam(0.05)}
    scene = ov.Scene(training, runs, ["fit", ov.Panel("fit", {"run": "Adam"})], **SMALL)
    comparison = ov.play(scene)
    stage = set_stage(scene, comparison)
    curves = marks(stage, Curve)
    assert len(curves) == 3
    axes = stage.figure.axes[0]
    spots = axes.transData.inverted().transform(curves[1].points(30))
    theta = comparison.trajectories["Adam"].path[30]
    np.testing.assert_allclose(spots[:, 1], training.predict(theta, spots[:, :1])[:, 0], atol=1e-9)
    assert curves[1].look == curves[2].look != curves[0].look


def test_the_network_of_the_notes_has_its_numbers():
    network = Network([Dense(4), Dense(2)], 2)
    start = network.pack(
        {
            "dense/kernel": [[0.5, 1, 7, 3], [1, 2, 1, 0.5]], "dense/bias": np.ones(4),
            "dense_1/kernel": [[1, 2], [0.5, 0.5], [3, 1], [2, 1]], "dense_1/bias": np.ones(2),
        }
    )  # fmt: skip
    training = Training(network, [[3.0, 5.0]], [[1.0, 0.0]], start=start)
    from optiviz.rendering.panels.network import activations_of, neurons_to_draw

    run = ov.minimize(training, ov.GD(0.001), steps=1)
    shown = Learner(training, run, run.at.astype(float))
    found = activations_of(
        shown, ["dense", "dense_1"], [neurons_to_draw(2), neurons_to_draw(4), neurons_to_draw(2)], 0, start
    )
    assert [a.tolist() for a in found] == [[3, 5], [7.5, 14, 27, 12.5], [121.5, 62.5]]
    scene = ov.Scene(training, {"GD": ov.GD(0.001)}, ["network"], **SMALL | {"size": (1280, 720)})
    stage = set_stage(scene, ov.play(scene))
    assert (stage.frame(0) != stage.still).any()


def by_hand(*layers, loss="mse", rows=1, **start):
    """A network on the row of the notes."""
    X, y = np.array([[3.0, -2.0]] * rows), np.array([[1.0, 0.0]] * rows)
    return Training(Network(layers, 2), X, y[:, : layers[-1].outputs(1)], loss, **start)


def test_each_beat_of_a_deeper_network_is_the_chain_rule():
    deep = by_hand(Dense(2, "tanh"), Dense(3, "relu"), Dense(2, "sigmoid"), loss="mae")
    run = ov.minimize(deep, ov.Adam(0.1), steps=3)
    worked = Worked(deep, run.path, ov.Adam(0.1))
    assert worked.per_step == 12 and worked.count == 3 * 12 + 4
    for step in (0, 2):
        theta, h = run.path[step], 1e-6
        slope = np.array([
            float(deep.value(theta + h * e) - deep.value(theta - h * e)) / (2 * h) for e in np.eye(len(theta))
        ])  # fmt: skip
        parts = deep.network.unpack(slope)
        last = worked.at(12 * step + 10)  # the first layer's weights: everything is known by now
        assert last.title == "Backward: the hidden 1 layer's weights"
        for k, name in enumerate(deep.network.names):
            np.testing.assert_allclose(last.lines[k].numbers, parts[f"{name}/kernel"], atol=1e-8)
            np.testing.assert_allclose(last.biases[k].numbers, parts[f"{name}/bias"], atol=1e-8)
            np.testing.assert_allclose(last.neurons[k + 1].numbers, parts[f"{name}/bias"], atol=1e-8)
        after = worked.at(12 * step + 11)
        assert after.formula == "W and b take the step of Adam"
        for k, name in enumerate(deep.network.names):
            kernel = deep.network.unpack(run.path[step + 1])[f"{name}/kernel"]
            np.testing.assert_array_equal(after.lines[k].numbers, kernel)
    assert worked.at(worked.count - 1).title == "The loss after 3 steps"


def test_the_board_is_a_function_of_the_frame():
    training = by_hand(Dense(4), Dense(2))
    settings = SMALL | {"size": (800, 450), "steps": 1, "seconds": 4}
    for theme in ("light", "transparent"):
        scene = ov.Scene(training, {"GD": ov.GD(0.001)}, ["backpropagation"], theme=theme, **settings)
        stage = set_stage(scene, ov.play(scene))
        count, before, sums = len(stage.moments), stage.frame(0).copy(), {}
        for k in range(1, count):
            now = stage.frame(k).copy()
            sums[k] = hashlib.sha256(now).hexdigest()
            for window in stage.touched(k):
                before[window] = now[window]
            np.testing.assert_array_equal(before, now)
        for k in (count - 1, 17, 16, 31):
            assert hashlib.sha256(stage.frame(k)).hexdigest() == sums[k]
        assert 15 < len(set(sums.values())) < count / 2  # things move, then stand and can be read
        assert not any("step" in text.get_text() for text in stage.figure.texts)


def test_the_still_of_the_board_is_its_end(tmp_path):
    training = by_hand(Dense(4), Dense(2))
    scene = ov.Scene(
        training, {"GD": ov.GD(0.001)}, ["backpropagation"], **SMALL | {"size": (800, 450), "steps": 1}
    )
    stage = set_stage(scene, ov.play(scene))
    with Picture.open(ov.still(scene, tmp_path / "end.png")) as still:
        last = stage.frame(len(stage.moments) - 1)[..., :3]
        np.testing.assert_array_equal(np.asarray(still.convert("RGB")), last)


@pytest.mark.parametrize("size", [(1280, 720), (1024, 768), (1920, 1080)])
def test_numbers_at_the_lines_do_not_meet(size):
    training = by_hand(Dense(4), Dense(2))
    scene = ov.Scene(
        training, {"GD": ov.GD(0.001)}, ["backpropagation"], **SMALL | {"size": size, "steps": 1}
    )
    (board,) = (mark for mark in set_stage(scene, ov.play(scene)).marks if isinstance(mark, Board))
    em, half = board.em, board.glyphs["plain"].width("−0.0000") / 2
    for fan, places in zip(board.fans, board.labels, strict=True):
        apart = np.abs(places[:, None] - places) + 1e9 * np.eye(8)[..., None]
        assert ((apart[..., 0] > 2 * half) | (apart[..., 1] > 0.9 * em)).all()
        share = (places - fan[:, 0])[:, 0] / (fan[:, 1] - fan[:, 0])[:, 0]
        np.testing.assert_allclose(places[:, 1], fan[:, 0, 1] + share * (fan[:, 1] - fan[:, 0])[:, 1])
        assert (np.abs(places[:, 0] - fan[0, 0, 0]) > half + board.radius).all()
        assert (np.abs(places[:, 0] - fan[0, 1, 0]) > half + board.radius).all()


@pytest.mark.parametrize(
    ("training", "panels", "sentence"),
    [
        (by_hand(Dense(4), Dense(2), rows=3), 1, "follows one row through the network; the data have 3"),
        (
            by_hand(Dense(4), BatchNormalization(), Dense(2)),
            1,
            "follows dense layers with a bias, and no others",
        ),
        (by_hand(Dense(4, use_bias=False), Dense(2)), 1, "follows dense layers with a bias, and no others"),
        (
            by_hand(Dense(9), Dense(2)),
            1,
            "has room for 24 weights in at most 6 layers; this network has 36 in 2",
        ),
        (by_hand(Dense(4), Dense(2)), 2, "needs more room: let it be alone in the frame"),
    ],
)
def test_what_cannot_be_followed_by_hand(training, panels, sentence):
    scene = ov.Scene(training, {"GD": ov.GD(0.001)}, ["backpropagation"] * panels, **SMALL)
    with pytest.raises(ov.BadInput, match=f"panel 'backpropagation' {sentence}"):
        set_stage(scene, ov.play(scene))


def test_numbers_stand_apart_or_not_at_all():
    left, right = np.array([[0.0, 0], [0, 150]]), np.array([[600.0, y] for y in (-150, 0, 150, 300)])
    places = weight_label_positions(pairs(left, right), 40, 25)
    assert places is not None and len(places) == 8
    apart = np.abs(places[:, None] - places) + 1e9 * np.eye(8)[..., None]
    assert ((apart[..., 0] > 70) | (apart[..., 1] > 25)).all()
    assert weight_label_positions(pairs(left, right / 3), 40, 25) is None


ALL_PANELS = [
    ("boundary", ov.Panel("boundary", {"run": "two"})),
    ("loss", "accuracy", "gradients"),
    (ov.Panel("activations", {"run": "two"}), ov.Panel("gradients", {"run": "two", "show": "histograms"})),
    (ov.Panel("weights", {"run": "two"}), ov.Panel("weights", {"run": "two", "show": "lines"})),
    (ov.Panel("network", {"run": "two"}), ov.Panel("network", {"numbers": True})),
]


@pytest.mark.parametrize("panels", ALL_PANELS, ids=str)
def test_frames_are_functions_of_k_and_change_only_where_touched(classifiers, panels):
    _, stage = two_runs(*classifiers, panels)
    count = len(stage.moments)
    before, sums = stage.frame(0).copy(), []
    sums.append(hashlib.sha256(before).hexdigest())
    for k in range(1, count):
        now = stage.frame(k).copy()
        sums.append(hashlib.sha256(now).hexdigest())
        for window in stage.touched(k):
            before[window] = now[window]
        np.testing.assert_array_equal(before, now)
    for k in (count - 1, 7, 16, 0):
        assert hashlib.sha256(stage.frame(k)).hexdigest() == sums[k]
    assert len(set(sums)) == count


@pytest.mark.parametrize("panels", ALL_PANELS, ids=str)
def test_marks_stay_in_their_boxes(classifiers, panels):
    _, stage = two_runs(*classifiers, panels)
    renderer = stage.figure.canvas.get_renderer()
    pixels = np.asarray(renderer.buffer_rgba())
    first, last = stage.moments[0], stage.moments[-1]
    for mark in stage.marks:
        if isinstance(mark, Image | Bars | Curve | Bundle | Scenery):
            before = pixels.copy()
            mark.draw(renderer, last, first)
            rows, columns = np.nonzero((pixels != before).any(axis=-1))
            left, bottom, right, top = mark.box(last, first)
            assert len(rows) == 0 or left <= columns.min() and columns.max() < right
            assert len(rows) == 0 or len(pixels) - top <= rows.min() and rows.max() < len(pixels) - bottom


def test_classes_are_told_apart_without_colour():
    looks = class_looks(THEMES["light"])
    assert len({look.marker for look in looks}) == len({look.color for look in looks}) == len(looks)
    assert class_looks(THEMES["dark"]) == looks  # light fills with an outline of ink, on every ground


def test_rows_of_runs_with_longer_steps():
    times = np.arange(7) * (20 / 6)  # 6 steps while the clip counts 20
    assert rows_at(times, np.array([0, 3, 4, 10, 20])).tolist() == [0, 0, 1, 3, 6]


def test_plain_words_for_what_cannot_be_drawn(classifiers):
    surface = ov.Scene(ov.beale, {"GD": ov.GD(0.01)}, ["boundary"], **SMALL)
    with pytest.raises(ov.BadInput, match="panel 'boundary' draws networks, this problem has none"):
        set_stage(surface, ov.play(surface))
    one, two = classifiers
    with pytest.raises(ov.BadInput, match=r"panel 'weights': unknown run 'twoo' - did you mean 'two'\?"):
        two_runs(one, two, [ov.Panel("weights", {"run": "twoo"})])
    with pytest.raises(
        ov.BadInput, match="panel 'fit' draws a model of one column of data, this problem has 2"
    ):
        two_runs(one, two, ["fit"])
    with pytest.raises(ov.BadInput, match="example 60 is not among the 60 rows"):
        two_runs(one, two, [ov.Panel("network", {"example": 60})])
    x = np.linspace(0, 1, 9)[:, np.newaxis]
    line = Training(Network([Dense(1)], 1), x, x[:, 0])
    with pytest.raises(ov.BadInput, match="panel 'boundary' draws the plane of 2 inputs, this network has 1"):
        two_runs(line, line, ["boundary"])
    with pytest.raises(ov.BadInput, match="panel 'accuracy' draws classes, but y has 9 different values"):
        two_runs(line, line, ["accuracy"])


def test_long_names_and_headings_stay_in_the_frame():
    flowers = ov.DATASETS["iris"](standardize=True)
    from optiviz.objectives.training import training

    learned = training(flowers, [Dense(4, "tanh"), Dense(3, "softmax")], loss="categorical_crossentropy")
    runs = {"A rather long label": ov.Adam(0.02)}
    for count in (3, 4, 6):
        panels = ("boundary", "activations", "gradients", "weights", "network", "accuracy")[:count]
        scene = ov.Scene(learned, runs, panels, size=(1280, 720), seconds=1, steps=9)
        stage = set_stage(scene, ov.play(scene))
        texts = [text for axes in stage.figure.axes for text in (axes.xaxis.label, axes.yaxis.label)]
        for text in [*texts, *stage.figure.texts]:
            box = text.get_window_extent()
            if text.get_text():
                assert box.x0 >= 0 and box.x1 <= 1280 and box.y0 >= 0 and box.y1 <= 720, text
                assert text.get_fontsize() * 100 / 72 >= 24, text


def test_a_run_that_diverges_still_has_its_pictures(classifiers):
    one, _ = classifiers
    scene = ov.Scene(
        one, {"far": ov.GD(1e9)}, ["boundary", "loss", "accuracy", "gradients", "weights"], **SMALL
    )
    stage = set_stage(scene, ov.play(scene))
    for k in (0, len(stage.moments) - 1):
        stage.frame(k)
