"""Keras' model interface: the lecture's printed lines, rows held out, the order of rows, files of weights."""

from types import SimpleNamespace

import numpy as np
import pytest

import optiviz as ov
from optiviz.flavours import FLAVOURS
from optiviz.nn import BatchNormalization, Dense

# the lecture notes, as printed; instead of their imports the names come from here
MODEL = """
model = Sequential()

model.add(Dense(3, activation='relu', input_dim=2))
model.add(BatchNormalization())
model.add(Dense(2, activation='relu'))
model.add(BatchNormalization())
model.add(Dense(1, activation='sigmoid'))
"""
RULE = """
tf.keras.optimizers.SGD(
    learning_rate=0.01, momentum=0.0, nesterov=False, name="SGD", **kwargs
)
"""
PLACED = [[8, 80], [9, 90], [7, 70]], [1, 1, 0]  # cgpa and iq, placed


def test_the_lines_of_the_notes_run_as_printed():
    names = {"Sequential": ov.Sequential, "Dense": ov.Dense, "BatchNormalization": ov.BatchNormalization}
    exec(MODEL, names)
    model = names["model"]
    # weights: 2*3+3, gamma and beta of 3, 3*2+2, gamma and beta of 2, 2*1+1
    assert model.network().size == 9 + 6 + 8 + 4 + 3
    assert model.network().widths == (2, 3, 3, 2, 2, 1)
    tf = SimpleNamespace(keras=SimpleNamespace(optimizers=SimpleNamespace(SGD=FLAVOURS["keras.SGD"])))
    for kwargs in ({}, {"clipnorm": None, "weight_decay": None}):
        printed = eval(RULE.strip(), {"tf": tf, "kwargs": kwargs})
        own = ov.SGD(learning_rate=0.01, momentum=0.0, nesterov=False)
        runs = [model.fit(*PLACED, rule, loss="binary_crossentropy", epochs=5) for rule in (printed, own)]
        np.testing.assert_array_equal(runs[0].path, runs[1].path)
        assert runs[0].losses[-1] < runs[0].losses[0]


def test_a_layer_is_held_to_the_inputs_that_it_says():
    model = ov.Sequential([Dense(3, input_dim=2)])
    with pytest.raises(ov.BadInput, match="X has 3 columns, the network takes 2 inputs"):
        model.fit([[1, 2, 3]], [1], "sgd")
    with pytest.raises(ov.BadInput, match="layer 'dense_1' is given 3 inputs, its input_dim says 2"):
        model.add(Dense(1, input_dim=2))
    assert len(model.layers) == 1  # what does not fit is not added
    with pytest.raises(ov.BadInput, match="layer 'dense' is given 3 inputs, its input_dim says 2"):
        ov.Sequential([Dense(3, input_dim=2)], inputs=3)
    with pytest.raises(ov.BadInput, match="input_dim must be a whole number, got 'two'"):
        Dense(3, input_dim="two")


def test_rows_in_their_own_order():
    model = ov.Sequential([Dense(1)])
    training = model.training([[1], [2], [3]], [1, 2, 3], batch_size=2, shuffle=False)
    batches = training.batches(np.random.default_rng(0))
    assert [next(batches).tolist() for _ in range(4)] == [[0, 1], [2], [0, 1], [2]]
    plain = ov.Sequential([Dense(1, use_bias=False, kernel_initializer="zeros")])
    # slope 2 (w x - y) x, rate 1/8: row (1, 1) gives w = 1/4, row (2, 0) then w = 1/4 - (1/8) 2 (1/2) 2 = 0
    run = plain.fit([[1], [2]], [1, 0], ov.GD(0.125), batch_size=1, shuffle=False)
    assert run.path[:, 0].tolist() == [0, 0.25, 0]


def test_patience_watches_the_rows_held_out():
    # w halves its way to 1: 0, 1/2, 3/4, 7/8; the rows held out want 1/2, so step 1 is the best
    model = ov.Sequential([Dense(1, use_bias=False, kernel_initializer="zeros")])
    held_out = [[1]], [0.5]
    given = dict(epochs=50, patience=2)
    run = model.fit([[1]], [1], ov.GD(0.25), validation_data=held_out, **given)
    assert run.path[:, 0].tolist() == [0, 0.5, 0.75, 0.875]
    assert model.evaluate(run.path.T, *held_out).tolist() == [0.25, 0, 0.0625, 0.140625]
    assert model.fit([[1]], [1], ov.GD(0.25), **given).steps > 3  # the training loss falls on
    with pytest.raises(ov.BadInput, match="held out: X must be"):
        model.fit([[1]], [1], "sgd", validation_data=([[1, 2]], [1]))


def test_evaluation_behind_a_batch_normalisation_asks_for_statistics():
    model = ov.Sequential([BatchNormalization(epsilon=1e-9), Dense(1, use_bias=False)])
    theta = np.array([1.0, 0.0, 1.0])  # gamma, beta, w
    with pytest.raises(ov.BadInput, match="evaluate needs the statistics of the batch normalisation"):
        model.evaluate(theta, [[1.0]], [1.0])
    known = model.training([[1.0], [3.0]], [0, 0]).statistics(theta)  # mean 2, variance 1
    assert model.evaluate(theta, [[5.0]], [1.0], statistics=known) == pytest.approx((5 - 2 - 1) ** 2)


# ---- files of weights


def test_weights_come_back_to_the_bit(tmp_path):
    model = ov.Sequential([Dense(3, activation="tanh"), BatchNormalization(), Dense(1)])
    X, y = np.random.default_rng(0).normal(size=(20, 4)), np.arange(20.0)
    run = model.fit(X, y, ov.Adam(0.1), epochs=7)
    file = model.save_weights(run, tmp_path / "one.npz")
    np.testing.assert_array_equal(model.load_weights(file), run.path[-1])
    with np.load(file) as arrays:  # other programs read it, too
        np.testing.assert_array_equal(
            arrays["dense/kernel"], model.network(4).unpack(run.path[-1])["dense/kernel"]
        )
    other = model.save_weights(run.path[-1], str(tmp_path / "two.npz"))
    assert file.read_bytes() == other.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.npz", "two.npz"]


WRONG = {
    "other width": ([Dense(4), Dense(1)], r"'dense/kernel' is \(2, 3\) in the file, \(2, 4\) here"),
    "one layer less": ([Dense(3)], "it has 'dense_1/kernel', this one has not"),
    "one layer more": ([Dense(3), Dense(1), Dense(1)], "it has no 'dense_2/kernel'"),
    "other inputs": (
        [Dense(3, input_dim=5), Dense(1)],
        r"'dense/kernel' is \(2, 3\) in the file, \(5, 3\) here",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_weights_of_another_network_are_refused(name, tmp_path):
    layers, sentence = WRONG[name]
    file = ov.Sequential([Dense(3), Dense(1)], inputs=2).save_weights(np.zeros(13), tmp_path / "w.npz")
    with pytest.raises(ov.BadInput, match=rf"w\.npz: is of another network: {sentence}"):
        ov.Sequential(layers).load_weights(file)


def test_what_is_no_file_of_weights_is_refused(tmp_path):
    model = ov.Sequential([Dense(1)], inputs=2)
    run = ov.minimize(ov.beale, "gd", steps=1)
    run.save(tmp_path / "run.npz")
    (tmp_path / "text.npz").write_text("no zip", encoding="utf-8")
    good = model.save_weights(np.zeros(3), tmp_path / "good.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(good[: len(good) // 2])
    for file, sentence in {
        "run.npz": "is not a file of weights that optiviz wrote",
        "text.npz": "is damaged, or not a file that optiviz wrote",
        "cut.npz": "is damaged, or not a file that optiviz wrote",
        "none.npz": "cannot be read: No such file or directory",
        "weights.h5": "weights are kept in an .npz, such as 'weights.npz', got ",
    }.items():
        with pytest.raises(ov.BadInput, match=sentence):
            model.load_weights(tmp_path / file)
    with pytest.raises(ov.BadInput, match=r"the network has 3 weights, theta has the shape \(4,\)"):
        model.save_weights(np.zeros(4), tmp_path / "new.npz")
    with pytest.raises(ov.BadInput, match="there is no folder"):
        model.save_weights(np.zeros(3), tmp_path / "no" / "new.npz")
    assert not (tmp_path / "new.npz").exists()
