"""Scene files: what they give, and everything that can be wrong with one, to the letter."""

import json
import os
import random
import time
import tomllib
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import optiviz.scenefile as scenefile
from optiviz._lib.errors import BadInput
from optiviz.objectives.data import quote_value
from optiviz.objectives.datasets import DATASETS
from optiviz.objectives.fit import Fit
from optiviz.objectives.surface import Surface
from optiviz.objectives.surfaces import surfaces
from optiviz.optimizers import GD, NAG, SCHEDULES, Adam, Momentum
from optiviz.optimizers.schedules import CosineDecay, LinearWarmup
from optiviz.rendering.panels import PANELS
from optiviz.scene.play import play
from optiviz.scene.scene import Panel, Scene
from optiviz.scene.script import script
from optiviz.scenefile import SceneFault, load, read, resolve, schema, shipped
from optiviz.scenefile.introspection import REQUIRED, panel_settings, settings_of
from optiviz.scenefile.line_numbers import dotted_key, key_line_numbers, line_number
from optiviz.scenefile.messages import closest_name
from optiviz.scenefile.models import RULES, file_model, part_names, scalars
from optiviz.scenefile.partial_schema import wanted_by
from optiviz.scenefile.source import MAX_BYTES, TOO_MANY_PARTS, read_scene_text

pytestmark = pytest.mark.usefixtures("no_system_fonts")

PROBLEM = '[problem]\nsurface = "beale"\n'
RUNS = '[runs]\nGD = { optimizer = "gd" }\n'
GOOD = PROBLEM + RUNS


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write scene.toml in a folder of its own, which is the current one, and give its name."""
    monkeypatch.chdir(tmp_path)

    def put(text):
        data = text if isinstance(text, bytes) else text.encode()
        (tmp_path / "scene.toml").write_bytes(data)
        return "scene.toml"

    return put


def said(name):
    """What is said of a faulty scene, line by line."""
    with pytest.raises(SceneFault) as caught:
        load(name)
    return str(caught.value).split("\n")


# What a scene gives


@pytest.mark.parametrize("settings", [False, True])
def test_models_of_a_file_know_its_settings_and_all_only_when_asked(settings):
    wanted = wanted_by(tomllib.loads(GOOD), part_names(), every_setting=settings)
    known = {field.alias for field in file_model(wanted).model_fields.values()}
    assert known == ({"problem", "runs", "panels", *scalars()} if settings else {"problem", "runs"})


def test_the_smallest_scene_has_the_defaults_of_the_record(write):
    scene = load(write(GOOD))
    assert isinstance(scene.objective, Surface)
    assert scene.objective is not surfaces["beale"] and scene.objective.name == "beale"
    bare = Scene(scene.objective, {"GD": GD()})
    for name in ("panels", "title", "steps", "seed", "seconds", "hold", "fps", "ease", "theme", "size"):
        assert getattr(scene, name) == getattr(bare, name), name


def test_everything_at_the_top_is_read(write):
    scene, notes = read(
        write(
            'title = "T"\npanels = ["loss", { panel = "landscape3d", orbit = 90, contours = false }]\n'
            'steps = 7\nseed = 3\nseconds = 2\nhold = 0\nfps = 12.5\nease = "in-out"\ntheme = "light"\n'
            "size = [320, 180]\n" + GOOD
        )
    )
    assert scene.panels == (Panel("loss"), Panel("landscape3d", {"orbit": 90.0, "contours": False}))
    assert isinstance(scene.panels[1].settings["orbit"], float)
    assert (scene.title, scene.steps, scene.seed, scene.seconds) == ("T", 7, 3, 2)
    assert (scene.hold, scene.fps, scene.ease, scene.theme, scene.size) == (
        0,
        12.5,
        "in-out",
        "light",
        (320, 180),
    )
    assert notes == []


def test_a_surface_brings_its_instructive_rates(write):
    runs = load(
        write(
            PROBLEM + '[runs]\na = { optimizer = "adam" }\nb = { optimizer = "sgd", momentum = 0.5, '
            "nesterov = true }\n"
            'c = { optimizer = "gd", learning_rate = 1 }\nd = { optimizer = "torch.Adam" }\n'
        )
    ).runs
    rates = surfaces["beale"].learning_rates
    assert runs["a"].optimizer == Adam(rates["Adam"])
    assert runs["b"].optimizer == NAG(rates["NAG"], 0.5)
    assert runs["c"].optimizer == GD(1.0) and isinstance(runs["c"].optimizer.learning_rate, float)
    assert runs["d"].optimizer.learning_rate == 1e-3  # a framework's name means its defaults


def test_without_a_catalogue_surface_the_rule_has_its_own_default(write):
    scene = load(
        write('[problem]\nformula = "x**2 + y"\nxlim = [-1, 1]\nylim = [-1, 1]\nstart = [1, 1]\n' + RUNS)
    )
    assert scene.runs["GD"].optimizer == GD()
    assert float(scene.objective.value(np.array([2.0, 1.0]))) == 5.0


def test_a_formula_with_all_its_settings(write):
    scene = load(
        write(
            '[problem]\nformula = "x**2 + y**2"\nxlim = [-1, 1]\nylim = [-2, 2]\nstart = [1, '
            '0]\nlevels = "log"\n'
            "minima = [[0, 0]]\nnoise = 0.5\n" + RUNS
        )
    )
    surface = scene.objective
    assert (surface.xlim, surface.ylim, surface.levels, surface.noise) == ((-1, 1), (-2, 2), "log", 0.5)
    assert surface.minima.tolist() == [[0.0, 0.0]] and surface.start.tolist() == [1.0, 0.0]


def test_data_made_and_runs_with_circumstances(write):
    scene = load(
        write(
            'panels = ["fit"]\n[problem]\ndata = { kind = "polynomial", coefficients = [0, 1, 2], n = 9 }\n'
            'degree = 2\nloss = "mae"\nstart = [1, 2, 3]\n[runs]\n'
            '"A b" = { optimizer = "momentum", momentum = 0, batch_size = 3, start = [0, 0, 1] }\n'
        )
    )
    assert isinstance(scene.objective, Fit)
    assert (scene.objective.degree, scene.objective.loss, len(scene.objective.data.y)) == (2, "mae", 9)
    assert scene.objective.start.tolist() == [1, 2, 3]
    run = scene.runs["A b"]
    assert run.optimizer == Momentum(momentum=0.0)
    assert (run.batch_size, run.noise, run.start) == (3, None, (0.0, 0.0, 1.0))


def test_a_scene_of_curves_has_no_problem_and_no_runs(write):
    scene = load(write('panels = ["curve", { panel = "curve", function = "mse" }]\n'))
    assert scene.objective is None and dict(scene.runs) == {} and scene.steps == 100
    scene = load(write('panels = ["landscape", "landscape3d"]\n' + PROBLEM))
    assert scene.objective.name == "beale" and dict(scene.runs) == {}


def test_each_is_a_panel_for_every_run(write):
    two = RUNS + 'Adam = { optimizer = "adam" }\n'
    text = 'panels = [{ panel = "landscape", levels = 9, each = true }, "loss"]\n' + PROBLEM + two
    wide = [Panel("landscape", {"levels": 9, "run": label}) for label in ("GD", "Adam")]
    assert load(write(text)).panels == (*wide, Panel("loss"))
    assert said(write(text.replace('"landscape"', '"effort"').replace("levels = 9, ", "")))[0].startswith(
        "scene.toml:1: panels[1].each: unknown setting 'each'"
    )


def test_several_columns_are_the_targets_of_several_outputs(write, tmp_path):
    (tmp_path / "d.csv").write_text("a,b,c\n3,5,1\n4,6,0\n")
    problem = '[problem]\ndata = { csv = "d.csv", x = "a", y = ["b", "c"] }\n'
    layers = "layers = [{ units = 2 }]\n"
    training = load(write('panels = ["loss"]\n' + problem + layers + RUNS)).objective
    assert training.targets.tolist() == [[5, 1], [6, 0]] and training.network.outputs == 2
    assert said(write('panels = ["loss"]\n' + problem + RUNS)) == [
        "scene.toml:2: problem: a model without `layers` predicts one column, y has 2"
    ]
    assert said(write('panels = ["loss"]\n' + problem.replace('"b", "c"', "") + layers + RUNS)) == [
        "scene.toml:3: problem.data.y: d.csv: y must name at least one column"
    ]


def test_data_from_a_csv_below_the_folder_of_the_scene(write, tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "cars.csv").write_text("speed,dist\n4,2\n7,22\n8,16\n")
    name = write(
        'panels = ["fit"]\n[problem]\ndata = { csv = "data/cars.csv", x = ["speed"], y = "dist", '
        "standardize = true }\n" + RUNS
    )
    monkeypatch.chdir("/")
    data = load(tmp_path / name).objective.data
    assert data.x_names == ("speed (standardised)",) and abs(float(data.x.sum())) < 1e-12


def test_schedules_also_one_within_another(write):
    scene = load(
        write(
            PROBLEM
            + '[runs.a]\noptimizer = "gd"\n[runs.a.learning_rate]\nschedule = "warmup"\nwarmup_steps = 2\n'
            'learning_rate = { schedule = "cosine", initial_learning_rate = 1, decay_steps = 10 }\n'
            '[runs.b]\noptimizer = "torch.Adam"\nlr = { schedule = "piecewise", boundaries = [1], '
            "values = [1, 0.5] }\n"
            "betas = [0.5, 0.9]\n"
        )
    )
    assert scene.runs["a"].optimizer.learning_rate == LinearWarmup(CosineDecay(1.0, 10), 2)
    assert scene.runs["b"].optimizer.learning_rate.values == (1.0, 0.5)
    assert (scene.runs["b"].optimizer.beta_1, scene.runs["b"].optimizer.beta_2) == (0.5, 0.9)


@pytest.mark.parametrize("name", list(RULES))
def test_every_rule_runs_from_a_scene(write, name):
    needed = "".join(f", {key} = 0.1" for key, s in settings_of(RULES[name]).items() if s.default is REQUIRED)
    scene = load(write(PROBLEM + f'[runs]\na = {{ optimizer = "{name}"{needed} }}\n'))
    assert list(scene.runs) == ["a"]


@pytest.mark.parametrize("name", list(surfaces))
def test_every_surface_loads(write, name):
    assert (
        load(write(f'[problem]\nsurface = "{name}"\nstart = [0, 1]\nnoise = 1\n' + RUNS)).objective.noise
        == 1.0
    )


@pytest.mark.parametrize("name", list(DATASETS))
def test_every_dataset_loads_with_all_its_defaults_written_out(write, name):
    made = DATASETS[name]()
    written = "".join(f", {key} = {toml(s.default)}" for key, s in settings_of(DATASETS[name]).items())
    layers = f"layers = [{{ units = {len(made.classes)} }}]\n" if len(made.classes) > 2 else ""
    problem = f'[problem]\ndata = {{ kind = "{name}"{written} }}\n{layers}'
    data = load(write('panels = ["loss"]\n' + problem + RUNS)).objective.data
    assert (data.x.tolist(), data.y.tolist()) == (made.x.tolist(), made.y.tolist())


def test_a_byte_order_mark_and_windows_lines_are_fine(write):
    assert load(write(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())).steps == 100
    assert said(write(b"\xef\xbb\xbf" + b"step = 3\r\n" + GOOD.replace("\n", "\r\n").encode())) == [
        "scene.toml:1: step: unknown setting 'step' - did you mean 'steps'?"
    ]


@pytest.mark.parametrize(
    "fps, rate, note",
    [
        (20, 20, None),
        (33.3, 100 / 3, None),
        (
            30,
            100 / 3,
            "fps 30 becomes 33.3: a GIF counts in hundredths of a second and has 10, 12.5, 20, 25, 33.3, 50",
        ),
        (
            60,
            50,
            "fps 60 becomes 50: a GIF counts in hundredths of a second and has 10, 12.5, 20, 25, 33.3, 50",
        ),
    ],
)
def test_a_frame_rate_that_gif_lacks_is_rounded_and_noted(write, fps, rate, note):
    scene, notes = read(write(f"fps = {fps}\n" + GOOD))
    assert scene.fps == rate and notes == [note] * (note is not None)


def test_the_examples_of_the_reference_load(write):
    text = (Path(__file__).parents[1] / "docs" / "reference" / "scenes.md").read_text()
    first, said, _, schedules = (block.partition("```")[0] for block in text.split("```toml\n")[1:])
    assert list(load(write(first)).runs) == ["Batch GD", "SGD", "Momentum 0.9", "torch Adam"]
    scene = load(write(said))
    lines = script(scene, play(scene).at_positions)
    assert len(lines) == 3 and not any("{" in line.text for line in lines)
    assert isinstance(
        load(write(PROBLEM + schedules)).runs["Warm, then cool"].optimizer.learning_rate, LinearWarmup
    )


# What is wrong with it

FORMULA = "xlim = [-1, 1]\nylim = [-1, 1]\nstart = [1, 1]\n"
LINE = '[problem]\ndata = { kind = "line" }\n'
FAULTS = {
    # keys
    "typo in a run": (
        PROBLEM + '[runs]\n"Momentum 0.9" = { optimizer = "momentum", learning_rte = 0.1 }\n',
        "4: runs.\"Momentum 0.9\".learning_rte: unknown setting 'learning_rte' - did you mean "
        "'learning_rate'?",
    ),
    "typo at the top": ("stesp = 5\n" + GOOD, "1: stesp: unknown setting 'stesp' - did you mean 'steps'?"),
    "typo of a table": (
        GOOD.replace("[problem]", "[problm]"),
        "1: problm: unknown setting 'problm' - did you mean 'problem'?",
    ),
    "typo of optimizer": (
        PROBLEM + '[runs]\na = { optimiser = "gd" }\n',
        "4: runs.a.optimiser: unknown setting 'optimiser' - did you mean 'optimizer'?",
    ),
    "typo of surface": (
        '[problem]\nsurfce = "beale"\n' + RUNS,
        "2: problem.surfce: unknown setting 'surfce' - did you mean 'surface'?",
    ),
    "typo of panel": (
        'panels = [\n  "loss",\n  { pannel = "loss" },\n]\n' + GOOD,
        "3: panels[2].pannel: unknown setting 'pannel' - did you mean 'panel'?",
    ),
    "typo of kind": (
        '[problem]\ndata = { knd = "line" }\n' + RUNS,
        "2: problem.data.knd: unknown setting 'knd' - did you mean 'kind'?",
    ),
    "typo of csv": (
        '[problem]\ndata = { cvs = "a.csv", x = "a", y = "b" }\n' + RUNS,
        "2: problem.data.cvs: unknown setting 'cvs' - did you mean 'csv'?",
    ),
    "typo in a schedule": (
        PROBLEM + '[runs.a]\noptimizer = "gd"\n[runs.a.learning_rate]\nschedule = '
        '"constant"\nlearnin_rate = 1\n',
        "7: runs.a.learning_rate.learnin_rate: unknown setting 'learnin_rate' - did you mean "
        "'learning_rate'?",
    ),
    "nothing near": (
        '[problem]\ndata = { kind = "sine", qqq = 1 }\n' + RUNS,
        "2: problem.data.qqq: unknown setting 'qqq' - known: kind, "
        + ", ".join(settings_of(DATASETS["sine"])),
    ),
    "top setting in a table": (
        PROBLEM + "steps = 5\n" + RUNS,
        "3: problem.steps: unknown setting 'steps' - it belongs at the top of the file, above the "
        "first [table]",
    ),
    "top setting among the runs": (
        GOOD + "fps = 10\n",
        "5: runs.fps: 'fps' is no run; it belongs at the top of the file, above the first [table]",
    ),
    "run setting in the problem": (
        LINE + "batch_size = 5\n" + RUNS,
        "3: problem.batch_size: unknown setting 'batch_size' - it belongs to a run",
    ),
    # what is missing
    "no problem": (
        RUNS,
        "1: [problem] is missing, which panel 'landscape' shows: it names one of surface, formula, data, "
        "recorded",
    ),
    "no problem for runs": (
        'panels = ["curve"]\n' + RUNS,
        "1: [problem] is missing: it names one of surface, formula, data, recorded",
    ),
    "no runs": (
        PROBLEM,
        "1: [runs] is missing, which panel 'loss' shows: "
        'label = { optimizer = "gd", learning_rate = 0.1 }',
    ),
    "no runs with empty table": (
        PROBLEM + "[runs]\n",
        "3: runs: there is none, and panel 'loss' shows runs: "
        'label = { optimizer = "gd", learning_rate = 0.1 }',
    ),
    "no runs for each": (
        'panels = [{ panel = "landscape", each = true }]\n' + PROBLEM,
        "1: panels[1].each: shows every run, and there is none",
    ),
    "each of too many": (
        'panels = [{ panel = "landscape", each = true }]\n'
        + PROBLEM
        + "[runs]\n"
        + "".join(f'r{k} = {{ optimizer = "gd" }}\n' for k in range(7)),
        "1: panels: a scene has from 1 to 6 panels, this one has 7",
    ),
    "each and one": (
        'panels = [{ panel = "landscape", each = true, run = "GD" }]\n' + GOOD,
        "1: panels[1].each: shows every run, and `run` only one; give one of the two",
    ),
    "an unknown run in a panel": (
        'panels = ["loss", { panel = "landscape", run = "gd" }]\n' + GOOD,
        "1: panels[2].run: unknown run 'gd' - did you mean 'GD'?",
    ),
    "descent1d of no sum": (
        'panels = ["descent1d"]\n' + GOOD,
        "1: panels[1]: panel 'descent1d' draws a surface of one coordinate or a sum of two, such as "
        "x**2 + cos(y)",
    ),
    "no optimizer": (
        PROBLEM + "[runs]\na = { learning_rate = 1.0 }\n",
        "4: runs.a: 'optimizer' is missing; `optiviz list` has them all",
    ),
    "no kind": (
        "[problem]\ndata = { n = 5 }\n" + RUNS,
        "2: problem.data: 'kind' is missing: one of " + ", ".join(DATASETS),
    ),
    "no panel": (
        "panels = [{ orbit = 5 }]\n" + GOOD,
        "1: panels[1]: 'panel' is missing; `optiviz list` has them all",
    ),
    "no rate": (
        PROBLEM + '[runs]\na = { optimizer = "optax.adam" }\n',
        "4: runs.a: 'learning_rate' is missing",
    ),
    "no window": (
        '[problem]\nformula = "x"\nylim = [0, 1]\nstart = [0, 0]\n' + RUNS,
        "1: problem: 'xlim' is missing",
    ),
    "two problems": (
        PROBLEM + 'formula = "x"\n' + RUNS,
        "1: problem: has 'surface' and 'formula'; give exactly one of surface, formula, data, recorded",
    ),
    "none of the problems": (
        "[problem]\nstart = [1, 2]\n" + RUNS,
        "1: problem: needs exactly one of surface, formula, data, recorded",
    ),
    "kind and csv": (
        '[problem]\ndata = { kind = "line", csv = "a.csv" }\n' + RUNS,
        "2: problem.data: 'kind' makes data and 'csv' reads them; give one of the two",
    ),
    # types
    "text for a number": (
        PROBLEM + '[runs]\na = { optimizer = "gd", learning_rate = "0.1" }\n',
        "4: runs.a.learning_rate: must be a number or a table with a schedule, got '0.1'",
    ),
    "true for a number": (
        PROBLEM + '[runs]\na = { optimizer = "gd", learning_rate = true }\n',
        "4: runs.a.learning_rate: must be a number, got true",
    ),
    "true for a float": ("seconds = true\n" + GOOD, "1: seconds: must be a number, got true"),
    "float for a whole number": ("steps = 5.0\n" + GOOD, "1: steps: must be a whole number, got 5"),
    "number for text": ("title = 5\n" + GOOD, "1: title: must be text in quotes, got 5"),
    "number for true": (
        'panels = [{ panel = "loss", log = 1 }]\n' + GOOD,
        "1: panels[1].log: must be true or false, got 1",
    ),
    "number for a list": ("size = 5\n" + GOOD, "1: size: must be a list in square brackets, got 5"),
    "date for a number": ("seconds = 2020-01-01\n" + GOOD, "1: seconds: must be a number, got 2020-01-01"),
    "text for the panels": ('panels = "loss"\n' + GOOD, "1: panels: must be a list in square "
    "brackets, got 'loss'"),
    "number for a panel": (
        "panels = [3]\n" + GOOD,
        '1: panels[1]: must be a name or a table such as { panel = "landscape3d", orbit = 90 }, got 3',
    ),
    "number for a run": (
        PROBLEM + "[runs]\na = 3\n",
        '4: runs.a: must be a table such as { optimizer = "gd" }, got 3',
    ),
    "list for the runs": ("runs = [1]\n" + PROBLEM, "1: runs: must be a table, got a list"),
    "text for the problem": ('problem = "beale"\n' + RUNS, "1: problem: must be a table, [problem], "
    "got 'beale'"),
    "text for the data": (
        '[problem]\ndata = "a.csv"\n' + RUNS,
        '2: problem.data: must be a table such as { kind = "line" } or '
        '{ csv = "cars.csv", x = "speed", y = "dist" }, got \'a.csv\'',
    ),
    "number for a column": (
        '[problem]\ndata = { csv = "a.csv", x = 3, y = "b" }\n' + RUNS,
        "2: problem.data.x: must be text or a list of texts, got 3",
    ),
    "three numbers for two": (
        "size = [1, 2, 3]\n" + GOOD,
        "1: size: must be a list of 2 numbers, got 3",
    ),
    "text among numbers": (
        PROBLEM + 'start = [\n  1,\n  "two",\n]\n' + RUNS,
        "5: problem.start[2]: must be a number, got 'two'",
    ),
    # numbers
    "nan": ("hold = nan\n" + GOOD, "1: hold: must be a finite number, got nan"),
    "infinite": ("seconds = -inf\n" + GOOD, "1: seconds: must be a finite number, got -inf"),
    "1e400": (
        PROBLEM + '[runs]\na = { optimizer = "gd", learning_rate = 1e400 }\n',
        "4: runs.a.learning_rate: must be a finite number, got inf",
    ),
    "a huge whole number": (f"steps = {10**400}\n" + GOOD, "1: steps: this whole number is too large"),
    "a huge number": (f"seconds = {10**400}\n" + GOOD, "1: seconds: this number is too large"),
    "negative": (
        PROBLEM + '[runs]\na = { optimizer = "gd", learning_rate = -1 }\n',
        "4: runs.a.learning_rate: must be at least 0, got -1",
    ),
    "one": (
        PROBLEM + '[runs]\na = { optimizer = "momentum", momentum = 2 }\n',
        "4: runs.a.momentum: must be at most 1, got 2",
    ),
    "an angle": (
        'panels = [{ panel = "landscape3d", elevation = 91 }]\n' + GOOD,
        "1: panels[1].elevation: must be at most 90, got 91",
    ),
    "no frames": ("fps = 0\n" + GOOD, "1: fps: must be greater than 0, got 0"),
    "no steps": ("steps = 0\n" + GOOD, "1: steps: must be from 1 to 1,000,000, got 0"),
    "a small picture": ("size = [100, 720]\n" + GOOD, "1: size: must be from 120 to 8,192, got 100"),
    "a large picture": (
        "size = [8000, 8000]\n" + GOOD,
        "1: size: 8000 x 8000 is larger than 4K (3840 x 2160)",
    ),
    "a long clip": ("seconds = 500\n" + GOOD, "1: seconds: 10,000 frames are too many; the limit is 3,000"),
    "seven panels": (
        'panels = ["loss", "loss", "loss", "loss", "loss", "loss", "loss"]\n' + GOOD,
        "1: panels: a scene has from 1 to 6 panels, this one has 7",
    ),
    "no panels": ("panels = []\n" + GOOD, "1: panels: a scene has from 1 to 6 panels, this one has 0"),
    "more than the memory": (
        "steps = 1_000_000\n"
        + PROBLEM
        + "[runs]\n"
        + "".join(f'r{k} = {{ optimizer = "adam" }}\n' for k in range(64)),
        "1: steps: 1,000,000 steps of 64 runs would take 3.8 GiB to record; the limit is 2 GiB",
    ),
    # names
    "unknown surface": (
        '[problem]\nsurface = "bealle"\n' + RUNS,
        "2: problem.surface: unknown surface 'bealle' - did you mean 'beale'?",
    ),
    "unknown optimizer": (
        PROBLEM + '[runs]\na = { optimizer = "Adam" }\n',
        "4: runs.a.optimizer: unknown optimizer 'Adam' - did you mean 'adam'?",
    ),
    "an optimizer like no other": (
        PROBLEM + '[runs]\na = { optimizer = "zzzzzz" }\n',
        "4: runs.a.optimizer: unknown optimizer 'zzzzzz' - `optiviz list` has them all",
    ),
    "unknown flavour": (
        PROBLEM + '[runs]\na = { optimizer = "torch.adam" }\n',
        "4: runs.a.optimizer: unknown optimizer 'torch.adam' - did you mean 'torch.Adam'?",
    ),
    "unknown theme": ('theme = "ligth"\n' + GOOD, "1: theme: unknown theme 'ligth' - did you mean 'light'?"),
    "unknown ease": (
        'ease = "bouncy"\n' + GOOD,
        "1: ease: unknown ease 'bouncy' - known: arc, linear, in, out, in-out",
    ),
    "no name at all": ("ease = 3\n" + GOOD, "1: ease: must be one of arc, linear, in, out, in-out, got 3"),
    "unknown panel": (
        'panels = ["landscap"]\n' + GOOD,
        "1: panels[1]: unknown panel 'landscap' - did you mean 'landscape'?",
    ),
    "unknown panel in a table": (
        'panels = [{ panel = "los" }]\n' + GOOD,
        "1: panels[1].panel: unknown panel 'los' - did you mean 'loss'?",
    ),
    "unknown loss": (
        LINE + 'loss = "mea"\n' + RUNS,
        "3: problem.loss: unknown loss 'mea' - did you mean 'mae'?",
    ),
    "unknown levels": (
        '[problem]\nformula = "x"\nlevels = "logg"\n' + FORMULA + RUNS,
        "3: problem.levels: unknown levels 'logg' - did you mean 'log'?",
    ),
    "unknown kind of data": (
        '[problem]\ndata = { kind = "lin" }\n' + RUNS,
        "2: problem.data.kind: unknown kind of data 'lin' - did you mean 'line'?",
    ),
    "unknown schedule": (
        PROBLEM + '[runs]\na = { optimizer = "gd", learning_rate = { schedule = "cosinus" } }\n',
        "4: runs.a.learning_rate.schedule: unknown schedule 'cosinus' - did you mean 'cosine'?",
    ),
    # parts that do not go together
    "batch size on a surface": (
        PROBLEM + '[runs]\na = { optimizer = "gd", batch_size = 1 }\n',
        "4: runs.a.batch_size: belongs to problems with data; on a surface give noise",
    ),
    "noise with data": (
        LINE + '[runs]\na = { optimizer = "gd", noise = 1 }\n',
        "4: runs.a.noise: belongs to surfaces; with data give batch_size",
    ),
    "a batch too large": (
        LINE + '[runs]\na = { optimizer = "gd", batch_size = 51 }\n',
        "4: runs.a.batch_size: batch_size 51 is larger than the data's 50 rows",
    ),
    "a start of three": (
        PROBLEM + '[runs]\na = { optimizer = "gd", start = [1, 2, 3] }\n',
        "4: runs.a.start: must be 2 numbers, got 3",
    ),
    "a start of one for a line": (
        LINE + "start = [1]\n" + RUNS,
        "3: problem.start: must be 2 finite numbers (w, b), got (1.0,)",
    ),
    "a fit of a surface": (
        'panels = ["loss", "fit"]\n' + GOOD,
        "1: panels[2]: panel 'fit' draws a model beside its data, this problem has none",
    ),
    "a landscape of three weights": (
        'panels = [{ panel = "landscape3d" }]\n' + LINE + "degree = 2\n" + RUNS,
        "1: panels[1]: panel 'landscape3d' draws the loss over 2 parameters, this problem has 3",
    ),
    "the default panels of three weights": (
        LINE + "degree = 2\n" + RUNS,
        "1: problem: panel 'landscape' draws the loss over 2 parameters, this problem has 3",
    ),
    "a window upside down": (
        '[problem]\nformula = "x"\n' + FORMULA.replace("-1, 1", "1, -1", 1) + RUNS,
        "3: problem.xlim: must be two finite numbers, low then high, got [1, -1]",
    ),
    "data upside down": (
        '[problem]\ndata = { kind = "line", xlim = [1, 0] }\n' + RUNS,
        "2: problem.data.xlim: must be two numbers, low then high, got (1.0, 0.0)",
    ),
    "a refusing rule": (
        PROBLEM + '[runs]\na = { optimizer = "torch.SGD", nesterov = true }\n',
        "4: runs.a.nesterov: torch.SGD: nesterov needs a momentum greater than 0",
    ),
    # texts that are drawn
    "a lone dollar": (
        "title = '5 $ a step'\n" + GOOD,
        "1: title: a lone '$'; mathematics stands between two of them, and a dollar sign is written \\$",
    ),
    "broken mathematics": (
        "title = '$\\frac{1}{x$'\n" + GOOD,
        "1: title: mathematics that cannot be set: Expected \\frac{num}{den}, found '{'",
    ),
    "no glyph": (
        'title = "最適化"\n' + GOOD,
        "1: title: no installed font has '最' (U+6700): install one, such as Noto Sans "
        "(Debian and Ubuntu: fonts-noto-cjk)",
    ),
    "a control character": ('title = "a\\tb"\n' + GOOD, "1: title: U+0009 is not a printable "
    "character; mathematics such as \\t... stands in single quotes"),
    "a long title": (f'title = "{"a" * 201}"\n' + GOOD, "1: title: 201 characters are too many, at most 200"),
    "no label": (
        PROBLEM + '[runs]\n"" = { optimizer = "gd" }\n',
        '4: runs."": a label is the name of a run in the legend; this one is empty',
    ),
    "a label of mathematics": (
        PROBLEM + "[runs]\n'$\\alpa$' = { optimizer = \"gd\" }\n",
        '4: runs."$\\alpa$": mathematics that cannot be set: Unknown symbol: \\alpa, found \'\\\'',
    ),
}  # fmt: skip


@pytest.mark.parametrize("text, message", FAULTS.values(), ids=FAULTS)
def test_a_fault_is_told_in_one_sentence(write, text, message):
    assert said(write(text)) == [f"scene.toml:{message}"]


CSV_FAULTS = {
    "missing": ('csv = "no.csv", x = "speed", y = "dist"', "csv: no.csv: no such file in {folder}"),
    "bad column": (
        'csv = "cars.csv", x = "sped", y = "dist"',
        "x: cars.csv:1: unknown column 'sped' - did you mean 'speed'?",
    ),
    "bad target": (
        'csv = "cars.csv", x = "speed", y = "dst"',
        "y: cars.csv:1: unknown column 'dst' - did you mean 'dist'?",
    ),
    "bad cell": (
        'csv = "bad.csv", x = "speed", y = "dist"',
        "csv: bad.csv:3: column 'dist': 'n/a' is not a number - a missing value? say missing = \"drop\"",
    ),
    "outside": (
        'csv = "../cars.csv", x = "speed", y = "dist"',
        "csv: file '../cars.csv': a name with '..' may leave the scene's folder",
    ),
    "absolute": (
        'csv = "/etc/passwd", x = "speed", y = "dist"',
        "csv: file '/etc/passwd': the name must be relative to the scene's folder",
    ),
    "a link outside": (
        'csv = "link.csv", x = "speed", y = "dist"',
        "csv: file 'link.csv': a symbolic link leads out of the scene's folder",
    ),
    "a folder": ('csv = "folder.csv", x = "speed", y = "dist"', "csv: folder.csv: this is a folder, "
    "a CSV file is needed"),
    "a name not to be drawn": (
        'csv = "odd.csv", x = "模", y = "dist"',
        "csv: column '模' cannot be drawn: no installed font has '模' (U+6A21): install one, such as Noto "
        "Sans "
        "(Debian and Ubuntu: fonts-noto-cjk)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("data, message", CSV_FAULTS.values(), ids=CSV_FAULTS)
def test_a_fault_of_the_data_stands_on_its_line(write, tmp_path, data, message):
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "cars.csv").write_text("speed,dist\n1,2\n3,4\n")
    for name, text in {
        "cars": "speed,dist\n1,2\n3,4\n",
        "bad": "speed,dist\n1,2\n3,n/a\n",
        "odd": "模,dist\n1,2\n3,4\n",
    }.items():
        (home / f"{name}.csv").write_text(text)
    (home / "link.csv").symlink_to(tmp_path / "cars.csv")
    (home / "folder.csv").mkdir()
    os.chdir(home)
    (home / "scene.toml").write_text(f"[problem]\n\ndata = {{ {data} }}\n" + RUNS)
    assert said("scene.toml") == [
        "scene.toml:3: problem.data." + message.format(folder=quote_value(str(home.resolve())))
    ]


def test_a_formula_is_marked_under_the_offending_part(write):
    assert said(write('[problem]\n\nformula = "x**2 + 3*z"\n' + FORMULA + RUNS)) == [
        "scene.toml:3: problem.formula: unknown name 'z' - a formula knows x, y, pi and e",
        "    x**2 + 3*z",
        "             ^",
    ]


@pytest.mark.parametrize(
    "attack",
    [
        "__import__('os').system('touch made')",
        "().__class__.__base__.__subclasses__()",
        "open('made','w')",
        "[exec('x=1') for i in (1,)]",
        "lambda: 1",
        "x.__class__",
        "9**9**9**9",
        "f'{x}'",
        "x;y",
        "(" * 60 + "x" + ")" * 60,
        "x+" * 249 + "x",
        "",
    ],
)
def test_a_formula_executes_nothing(write, tmp_path, attack):
    started = time.perf_counter()
    name = write(f"[problem]\nformula = {json.dumps(attack)}\n" + FORMULA + RUNS)
    if attack == "9**9**9**9":  # a formula: infinite everywhere
        assert "nowhere a finite number in this window" in said(name)[0]
    else:
        first, *rest = said(name)
        assert first.startswith("scene.toml:2: problem.formula: ") and all(r.startswith("    ") for r in rest)
    assert time.perf_counter() - started < 2
    assert [path.name for path in tmp_path.iterdir()] == ["scene.toml"]


def test_all_faults_are_told_at_once_with_their_lines(write):
    text = """\
titel = "T"
panels = [
  "fit",
  { panel = "loss", lug = true },
]
steps = "many"

[problem]
surface = "beale"

[runs]
"A" = { optimizer = "gd", learning_rte = 1 }
"B" = { optimizer = "gd", batch_size = 2 }

[runs.C]
optimizer = "adm"

[runs.D]
optimizer = "adam"
beta_1 = 1.5
start = [0, 0,
  nan]
"""
    assert said(write(text)) == [
        "scene.toml:1: titel: unknown setting 'titel' - did you mean 'title'?",
        "scene.toml:3: panels[1]: panel 'fit' draws a model beside its data, this problem has none",
        "scene.toml:4: panels[2].lug: unknown setting 'lug' - did you mean 'log'?",
        "scene.toml:6: steps: must be a whole number, got 'many'",
        "scene.toml:12: runs.A.learning_rte: unknown setting 'learning_rte' - did you mean 'learning_rate'?",
        "scene.toml:13: runs.B.batch_size: belongs to problems with data; on a surface give noise",
        "scene.toml:16: runs.C.optimizer: unknown optimizer 'adm' - did you mean 'adam'?",
        "scene.toml:20: runs.D.beta_1: must be less than 1, got 1.5",
        "scene.toml:22: runs.D.start[3]: must be a finite number, got nan",
    ]
    with pytest.raises(SceneFault) as caught:
        load("scene.toml")
    assert caught.value.faults[0][:3] == (1, "titel", "unknown setting 'titel' - did you mean 'title'?")
    assert len(caught.value.faults) == 9


def test_one_slip_does_not_hide_another(write):
    text = """\
[problem]
formula = "x + z"
xlim = [1, -1]
ylim = [0, 1]
start = [0, 0]
steps = 5
[runs]
a = { optimizer = "gd", learning_rte = 1, batch_size = 2 }
b = { optimizer = "gd", lerning_rate = 1, start = [1] }
"""
    assert said(write(text)) == [
        "scene.toml:2: problem.formula: unknown name 'z' - a formula knows x, y, pi and e",
        "    x + z",
        "        ^",
        "scene.toml:6: problem.steps: unknown setting 'steps' - it belongs at the top of the file, "
        "above the first [table]",
        "scene.toml:8: runs.a.learning_rte: unknown setting 'learning_rte' - did you mean 'learning_rate'?",
        "scene.toml:9: runs.b.lerning_rate: unknown setting 'lerning_rate' - did you mean 'learning_rate'?",
    ]
    assert said(write(text.replace("x + z", "x"))) == [
        "scene.toml:3: problem.xlim: must be two finite numbers, low then high, got [1, -1]",
        *said(write(text))[3:],
    ]
    assert said(write(text.replace("x + z", "x").replace("1, -1", "-1, 1"))) == [
        *said(write(text))[3:5],
        "scene.toml:8: runs.a.batch_size: belongs to problems with data; on a surface give noise",
        said(write(text))[5],
        "scene.toml:9: runs.b.start: must be 2 numbers, got 1",
    ]


def test_a_hundred_faults_are_enough(write):
    started = time.perf_counter()
    lines = said(write("".join(f"k{k} = 1\n" for k in range(6000)) + GOOD))
    assert time.perf_counter() - started < 5
    assert len(lines) == 101
    assert lines[-1] == "scene.toml:101: and 5,900 more from here on"


# What is no scene at all


@pytest.mark.parametrize(
    "data, message",
    [
        ('title = "\\alpha"', "scene.toml:1: a backslash in \"...\" begins an escape; write "
        "mathematics in single quotes"),
        (b"\x89PNG\r\n\x1a\n\0\0", "scene.toml:3: a NUL byte; a scene is a text file in UTF-8"),
        (b"GIF89a\xff\xfe", "scene.toml:1: not UTF-8 text"),
        (b"title = 1\n# \xe4\n", "scene.toml:2: not UTF-8 text"),
        (b"#" * (MAX_BYTES + 1), "scene.toml: larger than 65,536 bytes (64 KiB), which no scene needs"),
        ("a." * 100_000 + "b = 1", "scene.toml: larger than 65,536 bytes (64 KiB), which no scene needs"),
        ("\n" + "a." * 20_000 + "b = 1", "scene.toml:2: a key of more than 32 parts"),
        ("[" + "'a' . " * 5_000 + "b]", "scene.toml:1: a key of more than 32 parts"),
        ("\na = " + "[" * 5000 + "]" * 5000, "scene.toml:2: brackets nested too deep"),
        ("\na = " + "{a=" * 5000 + "1" + "}" * 5000, "scene.toml:2: brackets nested too deep"),
        ("\n\nsteps = " + "9" * 5000, "scene.toml:3: a number with too many digits"),
        ("steps = 5\nsteps = 6\n", "scene.toml:2: this key is there twice"),
        ("[problem]\n[runs]\n[problem]\n", "scene.toml:3: this table is there twice"),
        ("steps = five\n", 'scene.toml:1: this is no value: text stands in quotes ("light"), '
        'numbers are written as '
         "0.1, and it is true and false"),
        ("a b = 1\n", "scene.toml:1: a key needs `= value` after it; a key with spaces stands in quotes"),
        ('title = "a\n', "scene.toml:1: a quote is not closed on this line, or there is a control "
        "character in it"),
        ("size = [1, 2\n", "scene.toml:1: a list is not closed: ] is missing"),
        ("?\n", "scene.toml:1: this is neither `key = value` nor a [table]"),
        ("", "scene.toml:1: [problem] is missing, which panel 'landscape' shows: it names one of surface, "
         "formula, data, recorded\nscene.toml:1: [runs] is missing, which panel 'loss' shows: "
         'label = { optimizer = "gd", learning_rate = 0.1 }'),
    ],
    ids=lambda value: str(value)[:24].encode("unicode_escape").decode(),
)  # fmt: skip
def test_what_is_no_scene_is_refused_in_a_sentence(write, data, message):
    started = time.perf_counter()
    assert "\n".join(said(write(data))) == message
    assert time.perf_counter() - started < 2


def test_only_ordinary_files_are_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.mkdir("folder.toml")
    os.mkfifo("pipe.toml")
    os.symlink("nowhere", "link.toml")
    assert said("folder.toml") == ["folder.toml: this is a folder; a scene is a TOML file"]
    assert said("pipe.toml") == ["pipe.toml: this is not an ordinary file"]
    assert said("link.toml") == ["link.toml: no such file"]
    assert said("none.toml") == ["none.toml: no such file - did you mean 'folder.toml'?"]
    assert said("/dev/zero") == ["/dev/zero: this is not an ordinary file"]
    with pytest.raises(BadInput, match=r"unknown scene 'a\\x00b'"):
        load("a\0b")


def test_a_file_that_may_not_be_read_says_so(write, monkeypatch):
    name = write(GOOD)

    def refuse(*args, **settings):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(SceneFault) as caught:
        read_scene_text(name)
    monkeypatch.undo()
    assert str(caught.value) == "scene.toml: the file cannot be read: Permission denied"


HOSTILE = {
    "parts": "a." * 31 + "a=",
    "long names": "a" * 2000 + ".",
    "quotes": "'\"",
    "double quotes": '"a".',
    "open quotes": '"a.b ',
    "spaces": "a   . " * 31 + "a\n",
    "tabs": "a\t\t\t\t\t\t\t\t.",
    "only spaces": "a" + " " * 500,
    "dots": ".",
    "dashes": "-",
    "letters": "a",
    "mixed": "'a'.\"b\".c." * 10 + "\n",
    "single quotes": "'a.'",
    "empty parts": "''." * 31 + "=",
    "quotes in quotes": '\'"."."\'.' * 31 + ",",
    "three spaces": "a.   " * 31 + "=",
    "five spaces": "a.     " * 31 + "\n",
    "five spaces, quoted": "''.     " * 31 + "=",
    "three spaces, quoted": "''.   " * 31 + "=",
}


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE)
def test_the_guard_against_long_keys_is_quick(piece):
    text = (piece * (MAX_BYTES // len(piece) + 1))[:MAX_BYTES]
    best = min(timed(TOO_MANY_PARTS.search, text) for _ in range(5))
    assert best < 0.05, best


def timed(function, *args):
    started = time.process_time()  # others may keep this computer busy
    function(*args)
    return time.process_time() - started


def test_the_guard_lets_real_files_through():
    assert not TOO_MANY_PARTS.search('title = "one. two. three."\na.b.c = 1.5\nx = [0.1, 0.2, 0.3]\n' * 100)
    assert TOO_MANY_PARTS.search("a." * 32 + "b = 1")
    assert not TOO_MANY_PARTS.search("a." * 31 + "b = 1")
    assert TOO_MANY_PARTS.search("x = 1\n[ " + "'a' .  \"b\".c.   " * 11 + "b]")
    assert TOO_MANY_PARTS.search("""k = { a = '"', """ + "a." * 40 + """b = 1, c = '".x.' }""")


# Lines

TOUR = r'''
# a comment = "no key"
title = """
steps = 3 [runs] # not a key
"""
'single quoted' = 'C:\dir # no comment'
"with \"quotes\" \u00e9" = 1
a . b."c d" = { x = 1, y.z = [1, { deep = 2 }] }   # a comment
list = [
  1,  # one
  [2, 3],
  """two
lines""", { k = 1 },
]
date = 1979-05-27 07:32:00
[table]
key = 1
[ table . 'sub' ]
key = 2
[[many]]
name = 1
[[many.inner]]
v = 1
[[many.inner]]
v = 2
[[many]]
name = 2
[many.plain]
q = """a""""
z = 1
'''


def test_every_key_of_a_tour_of_toml_has_its_line():
    lines = key_line_numbers(TOUR)
    expected = {
        ("title",): 3,
        ("single quoted",): 6,
        ('with "quotes" é',): 7,
        ("a",): 8,
        ("a", "b", "c d", "y", "z", 1, "deep"): 8,
        ("list",): 9,
        ("list", 0): 10,
        ("list", 1, 1): 11,
        ("list", 2): 12,
        ("list", 3, "k"): 13,
        ("date",): 15,
        ("table", "key"): 17,
        ("table", "sub"): 18,
        ("table", "sub", "key"): 19,
        ("many",): 20,
        ("many", 0, "name"): 21,
        ("many", 0, "inner", 0, "v"): 23,
        ("many", 0, "inner", 1, "v"): 25,
        ("many", 1, "name"): 27,
        ("many", 1, "plain", "q"): 29,
        ("many", 1, "plain", "z"): 30,
    }
    assert {path: lines[path] for path in expected} == expected
    assert set(paths_of(tomllib.loads(TOUR))) <= set(lines)


def paths_of(value, path=()):
    """The path of everything in a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from paths_of(inner, (*path, key))


def toml(value):
    """A value in TOML, on one line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{quoted(key)} = {toml(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def quoted(key):
    return (
        key
        if key.isascii() and key.replace("_", "a").replace("-", "a").isalnum()
        else json.dumps(key, ensure_ascii=False)
    )


def document_of(doc):
    """A document in TOML: plain keys first, a header for each table of tables."""
    plain = "".join(
        f"{quoted(key)} = {toml(value)}\n" for key, value in doc.items() if not isinstance(value, dict)
    )
    tables = ""
    for key, value in doc.items():
        if isinstance(value, dict):
            tables += f"[{quoted(key)}]\n" + "".join(f"{quoted(k)} = {toml(v)}\n" for k, v in value.items())
    return plain + tables


texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=8)
scalars_ = st.one_of(
    st.integers(-99, 99), st.booleans(), st.floats(allow_nan=False, allow_infinity=False), texts
)
values = st.recursive(
    scalars_,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@st.composite
def layouts(draw):
    """A valid TOML text, laid out in many ways."""
    doc = draw(st.dictionaries(texts, values, min_size=1, max_size=5))
    space = draw(st.sampled_from(["", " ", "\t"]))
    noise = draw(st.sampled_from(["", '# "k" = [ { comment\n', "\n\n"]))
    wrap = draw(st.booleans())

    def name(key):
        if "'" not in key and draw(st.booleans()):
            return f"'{key}'"
        return quoted(key) or '""'

    def text(value):
        if isinstance(value, dict):
            return "{" + ",".join(f"{space}{name(k)}{space}={space}{text(v)}" for k, v in value.items()) + "}"
        if isinstance(value, list):
            gap = "\n# , ]\n" if wrap else " "
            return "[" + gap + f",{gap}".join(map(text, value)) + gap + "]"
        if isinstance(value, str) and draw(st.booleans()):
            body = value.replace("\\", "\\\\").replace('"', '\\"')
            return f'"""\n{body} = [ # "" \n"""'
        return toml(value)

    out = ""
    for key, value in doc.items():
        if not isinstance(value, dict):
            out += f"{noise}{name(key)}{space}={space}{text(value)}{space}# tail = 1\n"
    for key, value in doc.items():
        if isinstance(value, dict):
            out += f"{noise}[{space}{name(key)}{space}]\n"
            out += "".join(f"{name(k)} = {text(v)}\n" for k, v in value.items())
    for k in range(draw(st.integers(0, 2))):
        out += f"[['\u00ff many']]\nn{k}.m = {{ a.b = 1 }}\n[['\u00ff many'.x]]\n"
    return out


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(layouts())
def test_every_key_stands_on_the_line_it_is_given(text):
    document, lines = tomllib.loads(text), key_line_numbers(text)
    rows = text.split("\n")
    for path in paths_of(document):
        assert path in lines, path
        if isinstance(path[-1], str):
            row = rows[lines[path] - 1]
            assert path[-1] in row or json.dumps(path[-1], ensure_ascii=False)[1:-1] in row, (path, row)


def test_a_path_that_is_not_there_has_the_line_of_its_parent():
    lines = key_line_numbers("a = 1\n[b]\nc = 1\n")
    assert line_number(("b", "d", "e"), lines) == 2
    assert line_number((), lines) == line_number(("z",), lines) == 1


def test_paths_are_spelled_like_toml():
    assert dotted_key(("runs", 'Momentum 0.9 "x"', "start", 0)) == 'runs."Momentum 0.9 \\"x\\"".start[1]'
    assert dotted_key(("runs", "a\x1b[31m")) == 'runs."a\\x1b[31m"'
    assert len(dotted_key(("a" * 60_000,))) < 100


# Did you mean


def slips(word, rng):
    """One letter added, left out, changed, or swapped with its neighbour."""
    k = rng.randrange(len(word))
    letter = rng.choice("abcdefghijklmnopqrstuvwxyz_")
    yield word[:k] + letter + word[k:]
    yield word[:k] + letter + word[k + 1 :]
    if len(word) > 1:
        yield word[:k] + word[k + 1 :]
        j = rng.randrange(len(word) - 1)
        yield word[:j] + word[j + 1] + word[j] + word[j + 2 :]


def tables_to_misspell():
    """(table, its keys, a document with `entry` in place of that table)"""
    gd = {"GD": {"optimizer": "gd"}}
    beale = {"problem": {"surface": "beale"}}
    yield "top", [*scalars(), "panels", "problem", "runs"], {**beale, "runs": gd}, lambda entry: entry
    needed = lambda part: {k: 0.1 for k, s in settings_of(part).items() if s.default is REQUIRED}
    for name, part in [*RULES.items()][::3]:  # all have their keys from one place
        keys = ["optimizer", *settings_of(part), "batch_size", "noise", "start"]
        yield f"run {name}", keys, {"optimizer": name, **needed(part)}, lambda e: {**beale, "runs": {"a": e}}
    for name, part in SCHEDULES.items():
        yield (
            f"schedule {name}",
            ["schedule", *settings_of(part)],
            {"schedule": name},
            lambda e: {**beale, "runs": {"a": {"optimizer": "gd", "learning_rate": e}}},
        )
    for name, part in PANELS.items():
        yield (
            f"panel {name}",
            ["panel", *panel_settings(part)],
            {"panel": name},
            lambda e: {"panels": [e], **beale, "runs": gd},
        )
    for name, part in DATASETS.items():
        keys = ["kind", *settings_of(part)]
        yield f"data {name}", keys, {"kind": name}, lambda e: {"problem": {"data": e}, "runs": gd}
    yield (
        "data csv",
        ["csv", "x", "y", "standardize"],
        {"csv": "a.csv", "x": "a", "y": "b"},
        lambda e: {"problem": {"data": e}, "runs": gd},
    )
    problem = lambda e: {"problem": e, "runs": gd}
    yield "surface", ["surface", "start", "noise"], {"surface": "beale"}, problem
    window = {"formula": "x", "xlim": [0, 1], "ylim": [0, 1], "start": [0, 0]}
    yield "formula", [*window, "levels", "minima", "noise"], window, problem
    yield "fit", ["data", "loss", "degree", "start"], {"data": {"kind": "line"}}, problem


def test_the_hint_names_the_right_key(write):
    """The first key says what the table is and is misspelled alone; all others in one go, for speed."""
    rng = random.Random(5)
    asked, wrong = 0, []
    for title, (first, *others), entry, document in tables_to_misspell():
        for keys in filter(None, ([first], others)):
            slipped = {key: rng.choice(sorted(set(slips(key, rng)) - {first, *others})) for key in keys}
            given = {**dict.fromkeys(keys, 1), **entry}
            odd = {slipped.get(key, key): value for key, value in given.items()}
            asked += len(keys)
            text = said(write(document_of(document(odd))))
            for key, slip in slipped.items():
                told = " ".join(line for line in text if f"'{slip}'" in line)
                if f"did you mean '{key}'?" not in told and not (
                    len(key) < 3 and key in told.split("known: ")[-1]
                ):
                    wrong.append((title, key, slip, told[:120]))
    assert asked > 500
    assert len(wrong) <= 0.01 * asked, (len(wrong), asked, wrong[:8])


def test_a_slip_goes_before_a_likeness():
    assert closest_name("beta_3", ["beta_1", "beta_2"]) in ("beta_1", "beta_2")
    assert closest_name("ylm", ["xlim", "ylim"]) == "ylim"
    assert closest_name("Adam", ["adam", "adamw"]) == "adam"
    assert closest_name("qqq", ["adam", "adamw"]) is None


# The schema


@pytest.fixture(scope="module")
def validator():
    found = schema()
    some = {name: found["$defs"][name] for name in [*found["$defs"]][::4]}  # one for each part, all alike
    jsonschema.Draft202012Validator.check_schema({**found, "$defs": some})
    return jsonschema.Draft202012Validator(found)


GOOD_SCENES = [
    GOOD,
    'title = "T"\npanels = ["loss", { panel = "landscape3d", orbit = 90 }]\nsteps = 5\nsize = [320, 180]\n'
    + GOOD,
    'panels = ["fit"]\n[problem]\ndata = { kind = "line", n = 5 }\nloss = "mae"\nstart = [0, 0]\n[runs]\n'
    '"torch Adam" = { optimizer = "torch.Adam", lr = 0.1, betas = [0.9, 0.999] }\n',
    '[problem]\ndata = { csv = "cars.csv", x = ["a", "b"], y = "dist" }\n' + RUNS,
    PROBLEM
    + '[runs]\na = { optimizer = "gd", learning_rate = { schedule = "constant", learning_rate = 1 } }\n',
    '[problem]\nformula = "x"\n' + FORMULA + RUNS,
]


@pytest.mark.parametrize("text", GOOD_SCENES)
def test_the_schema_takes_good_scenes(validator, text):
    validator.validate(tomllib.loads(text))


# what a schema cannot know, or TOML has and JSON has not
NOT_OF_SPELLING = [
    "parts that do not go together",
    "no problem",
    "no runs",
    "each of",
    "each and",
    "an unknown run",
    "descent1d of",
    "a refusing rule",
    "batch size",
    "noise with",
    "a batch",
    "a start",
    "a fit of",
    "a landscape of",
    "the default panels",
    "a window",
    "data upside",
    "a lone",
    "broken",
    "no glyph",
    "a control",
    "a long title",
    "no label",
    "more than",
    "a label",
    "no steps",
    "a small",
    "a large",
    "a long clip",
    "seven panels",
    "no panels",
    "float for a whole",
    "a huge",
    "nan",
    "infinite",
    "1e400",
    "date",
]


@pytest.mark.parametrize(
    "text", [text for name, (text, _) in FAULTS.items() if not name.startswith(tuple(NOT_OF_SPELLING))]
)
def test_the_schema_refuses_what_is_misspelt(validator, text):
    assert not validator.is_valid(tomllib.loads(text))


@pytest.mark.parametrize(
    ("text", "place", "keyword"),
    [
        (PROBLEM + '[runs]\na = { optimizer = "gdd", learning_rate = 1.0 }\n', "runs/a/optimizer", "enum"),
        (
            PROBLEM + '[runs]\na = { optimizer = "gd", learning_rat = 1.0 }\n',
            "runs/a",
            "additionalProperties",
        ),
        (PROBLEM + '[runs]\na = { optimizer = "momentum", momentum = 1.5 }\n', "runs/a/momentum", "maximum"),
        (PROBLEM + "[runs]\na = { learning_rate = 1.0 }\n", "runs/a", "required"),
        ('panels = ["landscap"]\n' + GOOD, "panels/0", "enum"),
        ('[problem]\nsurface = "beal"\n' + RUNS, "problem/surface", "enum"),
        ('[problem]\ndata = { kind = "lin" }\n' + RUNS, "problem/data/kind", "enum"),
        ("[problem]\nstart = [0, 0]\n" + RUNS, "problem", "anyOf"),
    ],
)
def test_the_schema_tells_a_slip_once_and_at_its_place(validator, text, place, keyword):
    found = list(validator.iter_errors(tomllib.loads(text)))
    assert [("/".join(map(str, error.absolute_path)), error.validator) for error in found] == [
        (place, keyword)
    ]


def test_the_schema_completes_settings_of_every_kind(validator):
    runs = validator.schema["properties"]["runs"]["additionalProperties"]
    assert set(runs["properties"]["optimizer"]["enum"]) == set(RULES)
    assert {"learning_rate", "lr", "momentum", "clip", "batch_size"} <= set(runs["properties"])
    assert "oneOf" not in json.dumps(validator.schema["properties"]["runs"])


def test_the_schema_is_made_from_the_indexes(validator):
    text = json.dumps(validator.schema)
    for name in (*RULES, *SCHEDULES, *DATASETS, *PANELS, *surfaces):
        assert f'"{name}"' in text, name
    assert validator.schema["additionalProperties"] is False
    assert validator.schema["properties"]["steps"]["default"] == 100
    assert "required" not in validator.schema  # a scene of curves has neither problem nor runs


# Near-valid scenes

panel = st.sampled_from(["loss", "fit", "landscape"]) | st.just({"panel": "loss", "log": True})
data = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from(["line", "sine"]) | values,
        "n": scalars_,
        "csv": texts,
        "x": values,
        "y": texts,
    },
)
schedule = st.fixed_dictionaries(
    {"schedule": st.sampled_from(["constant", "warmup", "piecewise"]), "values": st.lists(st.integers(-1, 3))}
)
near = st.fixed_dictionaries(
    {},
    optional={
        "title": texts | scalars_,
        "panels": st.lists(panel | values, max_size=3),
        "steps": st.integers(-5, 2000) | scalars_,
        "seconds": st.floats() | st.integers(-2, 700),
        "fps": st.floats() | scalars_,
        "size": st.lists(st.integers(-1, 9000), max_size=3),
        "ease": st.sampled_from(["in", "out"]) | texts,
        "problem": st.fixed_dictionaries(
            {},
            optional={
                "surface": st.sampled_from(["beale", "sphere"]) | values,
                "formula": st.sampled_from(["x", "x+"]) | texts,
                "data": data | values,
                "start": st.lists(st.floats() | scalars_, max_size=3),
                "xlim": st.lists(st.floats() | st.integers(-5, 5), min_size=1, max_size=3),
                "ylim": st.lists(st.integers(-5, 5), min_size=2, max_size=2),
                "degree": scalars_,
                "noise": scalars_,
            },
        )
        | values,
        "runs": st.dictionaries(
            texts,
            st.fixed_dictionaries(
                {"optimizer": st.sampled_from(["gd", "adam", "torch.SGD", "optax.adam"]) | values},
                optional={
                    "learning_rate": st.floats() | values | schedule,
                    "momentum": scalars_,
                    "batch_size": scalars_,
                    "start": values,
                },
            )
            | values,
            max_size=3,
        )
        | values,
    },
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(near, st.dictionaries(texts, values, max_size=1))
def test_a_scene_that_is_nearly_right_is_told_where_it_is_not(tmp_path_factory, doc, more):
    folder = tmp_path_factory.mktemp("near", numbered=True) if not FOLDER else FOLDER[0]
    FOLDER[:] = [folder]
    file = folder / "near.toml"
    text = document_of({**more, **doc})
    file.write_text(text, encoding="utf-8")
    try:
        assert isinstance(load(file), Scene)
    except SceneFault as fault:
        count = text.count("\n") + 1
        for line in str(fault).split("\n"):
            assert line.startswith((f"{file}:", "    ")), line
        assert all(1 <= f.line <= count and f.message and f.message.strip() for f in fault.faults)
        assert all(c.isprintable() or c == "\n" for c in str(fault))
    except BadInput as error:  # pragma: no cover
        raise AssertionError("a fault without a place") from error


FOLDER: list[Path] = []


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_at_all_give_one_sentence(tmp_path_factory, data):
    folder = FOLDER[0] if FOLDER else tmp_path_factory.mktemp("bytes")
    FOLDER[:] = [folder]
    file = folder / "bytes.toml"
    file.write_bytes(data)
    with pytest.raises(SceneFault) as caught:
        load(file)
    assert str(caught.value).startswith(f"{file}:")


# Names of scenes


def test_shipped_scenes_are_found_by_name():
    assert all(path.is_file() and path.stem == name for name, path in shipped().items())
    assert list(shipped()) == sorted(shipped())


def test_a_path_goes_before_a_shipped_name(write, tmp_path, monkeypatch):
    monkeypatch.setattr(
        scenefile, "shipped", lambda: {"momentum": Path("/s/momentum.toml"), "cars": Path("/s/c.toml")}
    )
    assert resolve("momentum") == Path("/s/momentum.toml")
    assert resolve(write(GOOD)) == Path("scene.toml")
    (tmp_path / "momentum").write_text("here")
    assert resolve("momentum") == Path("momentum")
    cases = {
        "momentm": "unknown scene 'momentm' - did you mean 'momentum'?",
        "scene.tml": "unknown scene 'scene.tml' - did you mean 'scene.toml'?",
        "scne.toml": "scne.toml: no such file - did you mean 'scene.toml'?",
        "no/where.toml": "no/where.toml: no such file",
    }
    for name, message in cases.items():
        with pytest.raises(BadInput) as caught:
            resolve(name)
        assert str(caught.value) == message
