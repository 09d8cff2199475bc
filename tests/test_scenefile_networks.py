"""Networks in scene files: what they give, what can be wrong with them, epochs, and what is recorded."""

import json
import re
import tomllib
from pathlib import Path

import hypothesis
import jsonschema
import numpy as np
import pytest
from hypothesis import strategies as st

from optiviz.nn import ACTIVATIONS, INITIALIZERS, LAYERS, LOSSES, BatchNormalization, Dense, PReLU
from optiviz.objectives.datasets import DATASETS, line
from optiviz.objectives.fit import Fit
from optiviz.objectives.labelled import blobs, moons
from optiviz.objectives.training import Training, training
from optiviz.optimizers import GD, Adam, AdamW, Clip, WeightDecay
from optiviz.runs.minimize import compare, minimize
from optiviz.runs.scipy_solvers import SOLVERS, Scipy
from optiviz.scene.play import play
from optiviz.scene.recording import Recording, recordings, rows_of_large
from optiviz.scene.scene import Run, Scene
from optiviz.scenefile import SceneFault, load, schema
from optiviz.scenefile.introspection import settings_of
from optiviz.scenefile.models import RUN_KEYS, WRAPPERS, scalars
from optiviz.scenefile.template import STARTER

GD_RUN = 'a = { optimizer = "gd" }'
ONE = "layers = [{ units = 1 }]"


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write scene.toml in a folder of its own, which is the current one, and give its name."""
    monkeypatch.chdir(tmp_path)

    def put(problem=ONE, runs=GD_RUN, data='kind = "moons"', top=""):
        text = f'panels = ["loss"]\n{top}[problem]\ndata = {{ {data} }}\n{problem}\n[runs]\n{runs}\n'
        (tmp_path / "scene.toml").write_text(text)
        return "scene.toml"

    return put


def said(name):
    """What is said of a faulty scene, line by line, without the name of the file."""
    with pytest.raises(SceneFault) as caught:
        load(name)
    return [line.removeprefix("scene.toml:") for line in str(caught.value).split("\n")]


# What a scene gives


def test_a_network_with_everything(write):
    scene = load(
        write(
            """\
layers = [
  { units = 10, activation = "relu", kernel_initializer = "he_normal" },
  { layer = "batch_normalization", momentum = 0.9 },
  { layer = "dense", units = 5, activation = { kind = "elu", alpha = 0.5 }, use_bias = false },
  "prelu",
  { units = 3, activation = "softmax", kernel_initializer = { kind = "random_normal", stddev = 1 } },
]
loss = "sparse_categorical_crossentropy"
held_out = 0.25
weights_seed = 5""",
            data='kind = "spiral", arms = 3, n = 40',
        )
    )
    problem = scene.objective
    assert isinstance(problem, Training)
    assert problem.network.layers == (
        Dense(10, "relu", kernel_initializer="he_normal"),
        BatchNormalization(0.9),
        Dense(5, {"kind": "elu", "alpha": 0.5}, use_bias=False),
        PReLU(),
        Dense(3, "softmax", kernel_initializer={"kind": "random_normal", "stddev": 1.0}),
    )
    assert (len(problem.X), len(problem.held_out[0]), problem.name) == (30, 10, "spiral")
    assert problem.class_names == ("0", "1", "2") and problem.targets.shape == (30, 3)
    np.testing.assert_array_equal(problem.start, problem.network.initial(5))


def test_the_perceptron_of_the_notes(write):
    scene = load(
        write(
            'layers = [{ units = 1, activation = "step" }]\nstart = [1, -1, 0.5]',
            'a = { optimizer = "gd", learning_rate = 0.1, batch_size = 1 }',
            data='kind = "blobs", n = 40',
        )
    )
    race = play(scene)
    alone = training(blobs(n=40), [Dense(1, "step")], batch_size=1, start=[1.0, -1.0, 0.5])
    np.testing.assert_array_equal(race.trajectories["a"].path, minimize(alone, GD(0.1), steps=100).path)
    assert race.objectives["a"].accuracy(race.trajectories["a"].path[-1]) == 1.0


def test_the_seed_of_the_scene_draws_weights_and_rows_unless_told_otherwise(write):
    held = ONE + "\nheld_out = 0.5"
    one, same, other = (load(write(held, top=f"seed = {k}\n")).objective for k in (3, 3, 4))
    np.testing.assert_array_equal(one.start, same.start)
    assert np.all(one.start[:2] != other.start[:2]) and not np.array_equal(one.X, other.X)
    np.testing.assert_array_equal(one.start, one.network.initial(3))
    kept = load(write(held + "\nweights_seed = 3", top="seed = 4\n")).objective
    np.testing.assert_array_equal(kept.start, one.start)
    np.testing.assert_array_equal(kept.X, other.X)


def test_held_out_rows_of_a_line(write):
    fit = load(write("held_out = 0.2", data='kind = "line"')).objective
    assert isinstance(fit, Fit) and (len(fit.data.y), len(fit.data.held_out.y)) == (40, 10)


def test_runs_with_networks_of_their_own(write):
    scene = load(
        write(
            'layers = [{ units = 4, activation = "tanh" }, { units = 1, activation = "sigmoid" }]\n'
            'loss = "binary_crossentropy"',
            'a = { optimizer = "gd" }\n'
            'zero = { optimizer = "gd", kernel_initializer = "zeros" }\n'
            'large = { optimizer = "gd", kernel_initializer = { kind = "random_normal", stddev = 3 } }\n'
            'two = { optimizer = "gd", layers = [{ units = 2, activation = "softmax" }], '
            'loss = "categorical_crossentropy" }\n',
        )
    )
    race = play(scene)
    own = race.objectives
    assert [own[label].network.widths for label in own] == [(2, 4, 1), (2, 4, 1), (2, 4, 1), (2, 2)]
    assert race.objective is scene.objective and own["a"] is scene.objective
    assert not own["zero"].start.any() and own["large"].start[:8].std() > 1.5
    assert own["two"].targets.shape == (100, 2) and own["two"].loss == "categorical_crossentropy"
    assert float(own["two"].value(np.zeros(6))) == pytest.approx(np.log(2))
    for label, run in race.trajectories.items():
        assert run.path.shape == (101, own[label].network.size)
        np.testing.assert_array_equal(run.path[0], own[label].start)


def test_a_layer_without_a_name_is_dense_whatever_stands_beside_it(write):
    mixed = 'layers = [{ units = 2 }, { layer = "prelu" }, { layer = "batch_normalization" }, { units = 1 }]'
    kinds = [type(layer).__name__ for layer in load(write(mixed)).objective.network.layers]
    assert kinds == ["Dense", "PReLU", "BatchNormalization", "Dense"]


def test_a_run_with_a_loss_of_its_own(write):
    race = play(load(write("", GD_RUN + '\nmae = { optimizer = "gd", loss = "mae" }', data='kind = "line"')))
    assert (race.objectives["a"].loss, race.objectives["mae"].loss) == ("mse", "mae")


def test_wrappers_stand_clip_first_then_decay(write):
    runs = load(
        write(
            runs="""\
a = { optimizer = "adam", clip = { norm = 1 }, weight_decay = 0.01 }
b = { optimizer = "gd", weight_decay = { rate = 0.1, decoupled = false } }
c = { optimizer = "gd", clip = { value = 0.5 } }
d = { optimizer = "adamw", weight_decay = 0.5 }
e = { optimizer = "torch.SGD", weight_decay = 0.5, clip = { global_norm = 2, epsilon = 1e-6 } }"""
        )
    ).runs
    assert runs["a"].optimizer == Clip(WeightDecay(Adam(), 0.01), norm=1.0)
    assert runs["b"].optimizer == WeightDecay(GD(), 0.1, decoupled=False)
    assert runs["c"].optimizer == Clip(GD(), value=0.5)
    assert runs["d"].optimizer == AdamW(weight_decay=0.5)  # its own setting, not a wrapper
    assert runs["e"].optimizer.optimizer.weight_decay == 0.5 and not runs["e"].optimizer.optimizer.decoupled


@pytest.mark.parametrize("name", list(SOLVERS))
def test_solvers_of_scipy_run_from_a_scene(write, name):
    scene = load(write("", f'a = {{ optimizer = "{name}" }}', data='kind = "line"', top="steps = 3\n"))
    assert isinstance(scene.runs["a"].optimizer, Scipy) and scene.runs["a"].optimizer.name == name
    assert play(scene).trajectories["a"].losses[-1] < scene.objective.value(scene.objective.start)


@pytest.mark.parametrize("name", list(ACTIVATIONS))
def test_every_activation_by_name_and_as_a_table(write, name):
    known = settings_of(ACTIVATIONS[name]).items()
    settings = "".join(f", {key} = {json.dumps(setting.default)}" for key, setting in known)
    second = f'{{ layer = "activation", activation = {{ kind = "{name}"{settings} }} }}'
    layers = f'layers = [{{ units = 2, activation = "{name}" }}, {second}]'
    assert len(load(write(layers)).objective.network.layers) == 2


@pytest.mark.parametrize("name", list(INITIALIZERS))
def test_every_initializer(write, name):
    layers = (
        f'layers = [{{ units = 1, kernel_initializer = "{name}", bias_initializer = {{ kind = "{name}" }} }}]'
    )
    assert load(write(layers)).objective.network.size == 3


@pytest.mark.parametrize("name", list(LOSSES))
def test_every_loss(write, name):
    layers = 'layers = [{ units = 2, activation = "softmax" }]\n'
    for loss in (f'"{name}"', f'{{ kind = "{name}" }}'):
        assert load(write(layers + f"loss = {loss}")).objective.targets.shape == (100, 2)


def test_the_network_of_the_reference_learns(tmp_path):
    text = (Path(__file__).parents[1] / "docs" / "reference" / "scenes.md").read_text()
    (tmp_path / "scene.toml").write_text(text.split("```toml\n")[3].partition("```")[0])
    race = play(load(tmp_path / "scene.toml"))
    right = {label: race.objectives[label].accuracy(run.path[-1]) for label, run in race.trajectories.items()}
    assert right["Adam"] > 0.9 and right["all zeros"] < 0.5
    assert {run.steps for run in race.trajectories.values()} == {270, 30}


def test_the_reference_names_every_part():
    text = (Path(__file__).parents[1] / "docs" / "reference" / "scenes.md").read_text()
    words = set(re.findall(r"\w+", text))
    assert {*LAYERS, *ACTIVATIONS, *INITIALIZERS, *LOSSES, *DATASETS} <= words
    settings = {name for index in (LAYERS, ACTIVATIONS, INITIALIZERS, LOSSES) for part in index.values()
                for name in settings_of(part)}  # fmt: skip
    assert settings - words <= {"clamp_log", "sparse"}  # torch's clamp, and what a name of its own says
    assert {*scalars(), *RUN_KEYS, *WRAPPERS} <= words


def test_the_network_of_the_starter_is_good(tmp_path):
    lines = STARTER.replace('["landscape", "loss"] ', '["boundary", "loss"] ').split("\n")
    lines = [re.sub(r"^#   (?=\w)", "", line) for line in lines]
    (tmp_path / "scene.toml").write_text("\n".join(line for line in lines if not line.startswith("surface")))
    assert load(tmp_path / "scene.toml").objective.network.widths == (2, 10, 1)


# Epochs


def test_epochs_show_every_run_the_data_equally_often(write):
    sizes = "".join(f'b{k} = {{ optimizer = "gd", batch_size = {k} }}\n' for k in (1, 30, 100))
    scene = load(write(ONE, GD_RUN + "\n" + sizes, top="epochs = 3\n"))
    assert (scene.epochs, scene.steps_per_epoch, scene.steps) == (3, 100, 300)
    race = play(scene)
    taken = {label: run.steps for label, run in race.trajectories.items()}
    assert taken == {"a": 3, "b1": 300, "b30": 12, "b100": 3}
    assert all(race.times[label][-1] == 300 for label in taken)
    assert race.times["b30"].tolist() == [25.0 * k for k in range(13)]
    assert [race.row("b30", time) for time in (0, 24, 25, 299, 300)] == [0, 0, 1, 11, 12]
    assert [race.row("b1", time) for time in (0, 24, 300, 999)] == [0, 24, 300, 300]


def test_epochs_of_a_line_too(write):
    scene = load(
        write("", 'a = { optimizer = "gd", batch_size = 8 }', data='kind = "line"', top="epochs = 2\n")
    )
    assert scene.steps == 14


def test_steps_are_the_same_for_all_runs(write):
    scene = load(write(ONE, GD_RUN + '\nb = { optimizer = "gd", batch_size = 1 }', top="steps = 7\n"))
    race = play(scene)
    assert [run.steps for run in race.trajectories.values()] == [7, 7]
    assert race.times["b"].tolist() == list(range(8))


def test_a_comparison_knows_objectives_and_times_without_being_told():
    race = compare(Fit(line()), {"a": GD(0.1)}, steps=4)
    assert race.objectives["a"] is race.objective and race.times["a"].tolist() == [0, 1, 2, 3, 4]
    assert race.row("a", 2.5) == 2


# What is recorded


def plan(units, steps, runs=1, epochs=None, n=20):
    layers = [*(Dense(unit, "relu") for unit in units), Dense(1)]
    problem = training(moons(n=n), layers)
    scene = Scene(problem, {f"r{k}": Run(Adam()) for k in range(runs)}, steps=steps, epochs=epochs)
    return recordings(scene)


def test_a_small_network_is_recorded_whole():
    assert plan([30, 25], 5000) == {"r0": Recording(5000, 1, True)}  # 891 weights


def test_a_large_one_without_memory_and_at_most_601_times():
    assert plan([40, 40], 100) == {"r0": Recording(100, 1, False)}  # 1,801 weights
    assert plan([40, 40], 5000) == {"r0": Recording(5000, 9, False)}


def test_a_thinned_run_says_when_its_rows_were():
    problem = training(moons(n=20), [Dense(40, "tanh"), Dense(40, "tanh"), Dense(1)])
    race = play(Scene(problem, {"a": Run(GD(0.01))}, steps=1300))
    run = race.trajectories["a"]
    assert run.path.shape == (435, 1801) and run.gradients.size == 0 and not run.state
    assert race.times["a"].tolist() == run.at.tolist() == [*range(0, 1300, 3), 1300]


def test_the_capacity_scene_of_the_lecture_leaves_room_below_a_gibibyte():
    sizes = {"1": 3, "50": 7_901, "257": 200_461, "1025": 3_159_051}
    rows = rows_of_large({label: (size, 100) for label, size in sizes.items() if size > 1000})
    assert rows == {"50": 101, "257": 101, "1025": 14}
    assert sum(8 * sizes[label] * count for label, count in rows.items()) < 544 * 2**20


@pytest.mark.parametrize(
    "sizes", [[23_767_722], [5 * 10**6] * 4, [11 * 10**6, 11 * 10**6, 2000], [2000] * 64]
)
def test_all_large_runs_together_stay_under_the_limit(sizes):
    rows = rows_of_large({str(k): (size, 10**6) for k, size in enumerate(sizes)})
    assert all(2 <= count <= 601 for count in rows.values())
    assert sum(8 * size * (rows[str(k)] + 1) for k, size in enumerate(sizes)) <= 544 * 2**20


# What is wrong with it

WRONG = {
    "no layers": ({"problem": "layers = []"}, "4: problem.layers: a network needs at least one layer"),
    "layers of a number": (
        {"problem": "layers = 5"},
        "4: problem.layers: must be a list in square brackets, got 5",
    ),
    "a layer of a number": (
        {"problem": "layers = [5]"},
        '4: problem.layers[1]: must be a table such as { units = 10, activation = "relu" }, got 5',
    ),
    "a bare dense": (
        {"problem": 'layers = ["dense"]'},
        "4: problem.layers[1]: layer 'dense' needs settings, in a table: { layer = \"dense\", ... }",
    ),
    "a bare typo": (
        {"problem": 'layers = ["prelo"]'},
        "4: problem.layers[1]: unknown layer 'prelo' - did you mean 'prelu'?",
    ),
    "typo of layers": (
        {"problem": "laers = [{ units = 1 }]"},
        "4: problem.laers: unknown setting 'laers' - did you mean 'layers'?",
    ),
    "typo of units": (
        {"problem": "layers = [\n  { units = 2 },\n  { unts = 3 },\n]"},
        "6: problem.layers[2].unts: unknown setting 'unts' - did you mean 'units'?",
    ),
    "no units": (
        {"problem": 'layers = [{ activation = "relu" }]'},
        "4: problem.layers[1]: 'units' is missing",
    ),
    "no neurons": (
        {"problem": "layers = [{ units = 0 }]"},
        "4: problem.layers[1].units: must be at least 1, got 0",
    ),
    "typo of a layer": (
        {"problem": 'layers = [{ layer = "desne", units = 3 }]'},
        "4: problem.layers[1].layer: unknown layer 'desne' - did you mean 'dense'?",
    ),
    "typo of an activation": (
        {"problem": 'layers = [{ units = 1, activation = "rleu" }]'},
        "4: problem.layers[1].activation: unknown activation 'rleu' - did you mean 'relu'?",
    ),
    "prelu as an activation": (
        {"problem": 'layers = [{ units = 1, activation = "prelu" }]'},
        "4: problem.layers[1].activation: 'prelu' has weights to train: it is a layer of its own, "
        '"prelu", after this one',
    ),
    "a number for an activation": (
        {"problem": "layers = [{ units = 1, activation = 3 }]"},
        '4: problem.layers[1].activation: must be a name or a table such as { kind = "linear" }, got 3',
    ),
    "typo in an activation": (
        {"problem": 'layers = [{ units = 1, activation = { kind = "elu", alpa = 1 } }]'},
        "4: problem.layers[1].activation.alpa: unknown setting 'alpa' - did you mean 'alpha'?",
    ),
    "typo of an initializer": (
        {"problem": 'layers = [{ units = 1, kernel_initializer = "he_norml" }]'},
        "4: problem.layers[1].kernel_initializer: unknown initializer 'he_norml' - did you mean 'he_normal'?",
    ),
    "an initializer upside down": (
        {"problem": 'layers = [{ units = 1, bias_initializer = { kind = "random_uniform", minval = 1 } }]'},
        "4: problem.layers[1]: maxval 0.05 is below minval 1.0",
    ),
    "two names": (
        {"problem": 'layers = [{ units = 1, name = "a" }, { units = 1, name = "a" }]'},
        "4: problem.layers: two layers are named 'a'",
    ),
    "three outputs": (
        {"problem": "layers = [{ units = 3 }]"},
        "4: problem.layers: 'class' has 2 classes, so the last layer needs 2 units, or one alone; it has 3",
    ),
    "typo of the loss": (
        {"problem": ONE + '\nloss = "binary_crosentropy"'},
        "5: problem.loss: unknown loss 'binary_crosentropy' - did you mean 'binary_crossentropy'?",
    ),
    "typo in the loss": (
        {"problem": ONE + '\nloss = { kind = "huber", dleta = 1 }'},
        "5: problem.loss.dleta: unknown setting 'dleta' - did you mean 'delta'?",
    ),
    "a loss of networks": (
        {"problem": 'loss = "binary_crossentropy"'},
        "4: problem.loss: 'binary_crossentropy' is a loss of networks; give `layers`, or one of mse, mae",
    ),
    "all rows held out": (
        {"problem": ONE + "\nheld_out = 1"},
        "5: problem.held_out: must be less than 1, got 1",
    ),
    "a seed below 0": (
        {"problem": ONE + "\nweights_seed = -1"},
        "5: problem.weights_seed: must be at least 0, got -1",
    ),
    "a seed of no network": (
        {"problem": "weights_seed = 1"},
        "4: problem.weights_seed: unknown setting 'weights_seed' - it belongs to a network; give `layers`",
    ),
    "a start of one": (
        {"problem": ONE + "\nstart = [1]"},
        "5: problem.start: must be 3 finite numbers, got (1.0,)",
    ),
    "classes without layers": (
        {"problem": "", "data": 'kind = "iris"'},
        "2: problem: 'species' holds 3 classes; a model without `layers` is fitted to numbers",
    ),
    "a column of the irises": (
        {"data": 'kind = "iris", columns = ["petal_lngth"]'},
        "3: problem.data.columns[1]: unknown column 'petal_lngth' - did you mean 'petal_length'?",
    ),
    "one class": (
        {"problem": ONE + '\nloss = "binary_crossentropy"', "data": 'csv = "one.csv", x = "a", y = "b"'},
        "2: problem: y is 0 in every row: there is one class only, and two are needed to tell apart",
    ),
    # runs
    "three outputs of a run": (
        {"runs": 'a = { optimizer = "gd", layers = [{ units = 3 }] }'},
        "6: runs.a.layers: 'class' has 2 classes, so the last layer needs 2 units, or one alone; it has 3",
    ),
    "layers of a run on a line": (
        {
            "problem": "",
            "data": 'kind = "line"',
            "runs": 'a = { optimizer = "gd", layers = [{ units = 1 }] }',
        },
        "6: runs.a.layers: belongs to problems with `layers`",
    ),
    "a loss that a line has not": (
        {"problem": "", "data": 'kind = "line"', "runs": 'a = { optimizer = "gd", loss = "huber" }'},
        "6: runs.a.loss: unknown loss 'huber' - known: mse, mae",
    ),
    "noise": (
        {"runs": 'a = { optimizer = "gd", noise = 1 }'},
        "6: runs.a.noise: belongs to surfaces; with data give batch_size",
    ),
    "a large batch": (
        {"runs": 'a = { optimizer = "gd", batch_size = 101 }'},
        "6: runs.a.batch_size: batch_size 101 is larger than the data's 100 rows",
    ),
    "a start for other layers": (
        {"runs": 'a = { optimizer = "gd", start = [1, 2, 3], layers = [{ units = 2 }] }'},
        "6: runs.a.start: must be 6 numbers, got 3",
    ),
    "a clip without a limit": (
        {"runs": 'a = { optimizer = "gd", clip = {} }'},
        "6: runs.a.clip: exactly one of value, norm and global_norm must be given, got none",
    ),
    "typo in a clip": (
        {"runs": 'a = { optimizer = "gd", clip = { nrm = 1 } }'},
        "6: runs.a.clip.nrm: unknown setting 'nrm' - did you mean 'norm'?",
    ),
    "a number for a clip": (
        {"runs": 'a = { optimizer = "gd", clip = 3 }'},
        "6: runs.a.clip: must be a table, got 3",
    ),
    "text for a decay": (
        {"runs": 'a = { optimizer = "gd", weight_decay = "a" }'},
        "6: runs.a.weight_decay: must be a number or a table such as { rate = 0.01 }, got 'a'",
    ),
    "typo in a decay": (
        {"runs": 'a = { optimizer = "gd", weight_decay = { rate = 1, decoupld = true } }'},
        "6: runs.a.weight_decay.decoupld: unknown setting 'decoupld' - did you mean 'decoupled'?",
    ),
    "a clipped solver": (
        {"runs": 'a = { optimizer = "scipy.BFGS", clip = { norm = 1 } }'},
        "6: runs.a.clip: unknown setting 'clip' - a setting of adafactor",
    ),
    # how long, how large
    "steps and epochs": (
        {"top": "epochs = 3\nsteps = 4\n"},
        "2: epochs: 'steps' and 'epochs' both say how long the runs take; give one of the two",
    ),
    "no epochs": ({"top": "epochs = 0\n"}, "2: epochs: must be from 1 to 100,000, got 0"),
    "many epochs": (
        {"top": "epochs = 20_000\n", "runs": 'a = { optimizer = "gd", batch_size = 1 }'},
        "2: epochs: 20,000 epochs of 100 steps are 2,000,000 steps; the limit is 1,000,000",
    ),
    "many records": (
        {"top": "steps = 900_000\n", "problem": "layers = [{ units = 100 }, { units = 1 }]"},
        "2: steps: 900,000 steps of 1 run would take 5.4 GiB to record; the limit is 2 GiB",
    ),
    "a huge network": (
        {"problem": "layers = [{ units = 10_000 }, { units = 10_000 }, { units = 1 }]"},
        "4: problem.layers: 100,050,001 weights are too many for a scene; the limit is 23,767,722",
    ),
    "an impossible network": (
        {"problem": "layers = [{ units = 100_000 }, { units = 100_000 }]"},
        "4: problem.layers: a network may have 134,217,728 weights, this one would have 10,000,400,000",
    ),
    "many large runs": (
        {
            "problem": "layers = [{ units = 1_700 }, { units = 1_700 }, { units = 1 }]",
            "runs": "\n".join(f'r{k} = {{ optimizer = "gd", batch_size = 1 }}' for k in range(16)),
        },
        "5: runs: 46,376,016 weights would take 1,061 MiB for the start, the first and the last place alone; "
        "the limit is 544 MiB - fewer units or runs",
    ),
    "many rows": (
        {"problem": "layers = [{ units = 1000 }, { units = 1 }]", "data": 'kind = "moons", n = 100_000'},
        "5: runs: 100,000 rows through the 1,003 neurons of 'a' would take 2.2 GiB; the limit is 1 GiB",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_fault_of_a_network_is_told_in_one_sentence(write, tmp_path, what):
    settings, sentence = WRONG[what]
    (tmp_path / "one.csv").write_text("a,b\n1,0\n2,0\n")
    assert said(write(**settings)) == [sentence]


def test_panels_of_networks_need_one(write, tmp_path):
    panels = 'panels = ["boundary", "weights", "fit"]\n'
    good = (tmp_path / write()).read_text().partition("\n")[2]
    (tmp_path / "scene.toml").write_text(panels + good.replace(ONE, ""))
    assert said("scene.toml") == [
        "1: panels[1]: panel 'boundary' draws networks, this problem has none; give `layers`",
        "1: panels[2]: panel 'weights' draws networks, this problem has none; give `layers`",
        "1: panels[3]: panel 'fit' draws a model of one column of data, this problem has 2",
    ]
    (tmp_path / "scene.toml").write_text(panels + good.replace("moons", "line"))
    assert said("scene.toml") == [
        "1: panels[1]: panel 'boundary' draws the plane of 2 inputs, this network has 1"
    ]


def test_surfaces_have_no_epochs_and_no_layers(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    begin = 'panels = ["loss"]\nepochs = 3\n[problem]\nsurface = "beale"\n[runs]\n'
    (tmp_path / "scene.toml").write_text(begin + GD_RUN)
    assert said("scene.toml") == [
        "2: epochs: must be left out, as this problem has no data to pass over; give steps"
    ]
    runs = 'a = { optimizer = "gd", loss = "mse" }\nb = { optimizer = "gd", kernel_initializer = "zeros" }\n'
    (tmp_path / "scene.toml").write_text(begin + runs)
    assert said("scene.toml") == [
        "6: runs.a.loss: belongs to problems with data; a surface is its own loss",
        "7: runs.b.kernel_initializer: belongs to problems with `layers`",
    ]


# Near-valid networks

odd = st.one_of(st.integers(-3, 300), st.booleans(), st.floats(-9, 9), st.sampled_from(["", "relu", "x"]))
inner = odd | st.lists(odd, max_size=2)
part = st.sampled_from(["relu", "softmax", "zeros", "he_normal", "mse", "huber"])
part = (
    part | st.fixed_dictionaries({}, optional={"kind": part | odd, "alpha": inner, "stddev": inner}) | inner
)
one_layer = st.fixed_dictionaries(
    {},
    optional={
        "layer": st.sampled_from(["dense", "prelu", "batch_normalization", "activation"]) | odd,
        "units": st.integers(-1, 9) | odd,
        "activation": part,
        "kernel_initializer": part,
        "momentum": inner,
        "name": odd,
    },
)
layers = st.lists(one_layer | inner, max_size=3) | inner
near = st.fixed_dictionaries(
    {"data": st.sampled_from([{"kind": "moons"}, {"kind": "iris"}, {"kind": "line"}]), "layers": layers},
    optional={"loss": part, "held_out": odd, "weights_seed": odd, "start": inner, "degree": odd},
)
wrap = st.fixed_dictionaries({}, optional={"norm": inner, "value": inner, "rate": inner, "decoupled": inner})
near_run = st.fixed_dictionaries(
    {"optimizer": st.sampled_from(["gd", "scipy.BFGS", "adamw"])},
    optional={
        "layers": layers,
        "kernel_initializer": part,
        "loss": part,
        "clip": wrap | inner,
        "weight_decay": wrap | inner,
        "batch_size": odd,
        "start": inner,
    },
)


def spelled(value):
    """A value in TOML."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {spelled(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(spelled, value)) + "]"
    return json.dumps(value) if isinstance(value, str | bool) else repr(value)


@hypothesis.settings(max_examples=100, deadline=None, suppress_health_check=list(hypothesis.HealthCheck))
@hypothesis.given(near, near_run, st.none() | odd)
def test_a_network_that_is_nearly_right_is_told_where_it_is_not(tmp_path_factory, problem, run, epochs):
    file = tmp_path_factory.getbasetemp() / "near.toml"
    top = "" if epochs is None else f"epochs = {spelled(epochs)}\n"
    rest = "".join(f"{key} = {spelled(value)}\n" for key, value in problem.items())
    file.write_text(f'panels = ["loss"]\n{top}[problem]\n{rest}[runs]\na = {spelled(run)}\n')
    try:
        assert isinstance(load(file), Scene)
    except SceneFault as fault:
        assert all(1 <= f.line <= 12 and f.message.strip() and f.path for f in fault.faults), str(fault)


# The schema


@pytest.fixture(scope="module")
def validator():
    return jsonschema.Draft202012Validator(schema())


SIGNS = ("unknown", "missing", "must be a ")
SPELLED = [what for what, (_, sentence) in WRONG.items() if any(sign in sentence for sign in SIGNS)]


@pytest.mark.parametrize("what", SPELLED)
def test_the_schema_refuses_a_misspelt_network(write, validator, tmp_path, what):
    if what == "a loss that a line has not":
        return  # a matter of the problem
    write(**WRONG[what][0])
    assert not validator.is_valid(tomllib.loads((tmp_path / "scene.toml").read_text()))


def test_the_schema_takes_networks_and_names_their_parts(write, validator, tmp_path):
    write(
        'layers = [{ units = 3, activation = { kind = "elu", alpha = 0.5 } }, "prelu", '
        '{ layer = "dense", units = 1 }]\n'
        'loss = { kind = "huber", delta = 2 }\nheld_out = 0.2',
        'a = { optimizer = "adam", layers = [{ units = 1 }], clip = { norm = 1 }, '
        "weight_decay = { rate = 0.1 } }\n"
        'b = { optimizer = "scipy.BFGS", kernel_initializer = "zeros" }',
        top="epochs = 3\n",
    )
    validator.validate(tomllib.loads((tmp_path / "scene.toml").read_text()))
    text = json.dumps(validator.schema)
    for name in (*LAYERS, *ACTIVATIONS, *INITIALIZERS, *LOSSES, *SOLVERS):
        assert f'"{name}"' in text, name


def test_what_cannot_be_followed_by_hand_is_told_with_its_line(write, tmp_path):
    (tmp_path / "one.csv").write_text("a,b,c,d\n3,5,1,0\n")
    text = Path(
        write(
            data='csv = "one.csv", x = ["a", "b"], y = "c"', problem="layers = [{ units = 9 }, { units = 2 }]"
        )
    )
    scene = text.read_text().replace('y = "c"', 'y = ["c", "d"]').replace('"loss"', '"backpropagation"')
    text.write_text(scene)
    assert said("scene.toml") == [
        "1: panels[1]: panel 'backpropagation' has room for 24 weights in at most 6 layers; this network "
        "has 36 in 2 - see 'network'"
    ]
    text.write_text(scene.replace("units = 9", "units = 4"))
    assert load("scene.toml").objective.targets.tolist() == [[1, 0]]
