"""What `check` calls good can be drawn: every panel on many problems, and both answers compared."""

import re
from pathlib import Path

import pytest

import optiviz as ov
from optiviz.rendering.panels import NAMES, PANELS, SPECS
from optiviz.rendering.panels._shared.spec import settings_with_defaults
from optiviz.rendering.stage import set_stage
from optiviz.scenefile import read
from optiviz.scenefile.partial_schema import EVERYTHING

LINE = 'data = { kind = "line", n = 8 }'
PROBLEMS = {
    "surface": 'surface = "himmelblau"',
    "formula": 'formula = "x**2 + cos(y)"\nxlim = [-3, 3]\nylim = [-3, 3]\nstart = [2, 1]',
    "line": LINE,
    "polynomial": LINE + "\ndegree = 3",
    "classes": 'data = { kind = "blobs", n = 12 }\n'
    'layers = [{ units = 3 }, { units = 2, activation = "softmax" }]\n'
    'loss = "categorical_crossentropy"',
    "regression": LINE + '\nlayers = [{ units = 2, activation = "tanh" }, { units = 1 }]',
    "batch norm": LINE + '\nlayers = [{ units = 2 }, "batch_normalization", { units = 1 }]',
    "one row": 'data = { csv = "row.csv", x = "x", y = "y" }\nlayers = [{ units = 2 }, { units = 1 }]',
    "none": "",
}
ONE = '"a" = { optimizer = "gd", learning_rate = 0.01 }'
RUNS = {
    "none": "",
    "one": ONE,
    "two": ONE + '\n"b" = { optimizer = "adam", learning_rate = 0.1 }',
    "three": ONE + '\n"b" = { optimizer = "nag" }\n"c" = { optimizer = "momentum" }',
    "scipy": '"a" = { optimizer = "scipy.BFGS" }',
}


def answers(text, tmp_path):
    """What `check` and `render` say: None, or a sentence."""
    file = tmp_path / "scene.toml"
    file.write_text(text, encoding="utf-8")
    try:
        scene, _ = read(file)
    except ov.BadInput as error:
        return str(error)
    stage = set_stage(scene, ov.play(scene))  # no refusal here: what is checked can be drawn
    stage.frame(0)
    stage.frame(len(stage.moments) - 1)
    return None


def text_of(panel, problem, runs):
    head = f'panels = [{panel}]\nsteps = 3\nseconds = 0.3\nhold = 0\nverdict = "none"\nsize = [480, 320]\n'
    problem = f"[problem]\n{problem}\n" if problem else ""
    return f"{head}{problem}[runs]\n{runs}\n" if runs else f"{head}{problem}"


# Each problem, and each number of runs: in pairs, those in which a panel may answer otherwise.
CASES = [(problem, "two") for problem in PROBLEMS if problem not in ("none", "polynomial")]
CASES += [("surface", "one"), ("surface", "scipy"), ("formula", "none"), ("polynomial", "scipy")]
CASES += [("regression", "none"), ("regression", "one"), ("regression", "three"), ("none", "none")]
SMALL = {"basins": ", starts = 20", "stability": ", cells = 10", "robustness": ", count = 5",
         "plane": ", resolution = 5"}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_what_is_checked_can_be_drawn(name, tmp_path, monkeypatch):
    # the models of all parts, made once, instead of those that each file names, which test_scenefile looks at
    monkeypatch.setattr("optiviz.scenefile.wanted_by", lambda *_, **__: EVERYTHING)
    drawn = 0
    (tmp_path / "row.csv").write_text("x,y\n1,2\n", encoding="utf-8")
    for problem, runs in CASES:
        panel = f'{{ panel = "{name}"{SMALL.get(name, "")} }}'
        said = answers(text_of(panel, PROBLEMS[problem], RUNS[runs]), tmp_path)
        assert said is None or re.match(r".*scene\.toml(:\d+)?: \S", said), said
        drawn += said is None
    assert drawn


BEALE = PROBLEMS["surface"]
UNKNOWN = "unknown run 'c' - known: a, b"


@pytest.mark.parametrize(
    ("panel", "problem", "runs", "sentence"),
    [
        ('"interpolation"', "line", "one", "it needs two"),
        ('"robustness"', "surface", "scipy", "cannot run 'a' with many settings at once"),
        ('{ panel = "basins", over = "learning_rate" }', "surface", "one", "must be two numbers above 0"),
        ('{ panel = "curvature", run = "c" }', "surface", "two", f"panels[1].run: {UNKNOWN}"),
        ('{ panel = "rates", run = "c" }', "surface", "two", f"panels[1].run: {UNKNOWN}"),
        ('{ panel = "stability", run = "c" }', "surface", "two", f"panels[1].run: {UNKNOWN}"),
        ('{ panel = "landscape", anatomy = "c" }', "surface", "two", f"panels[1].anatomy: {UNKNOWN}"),
        ('{ panel = "landscape", curvature = "c" }', "surface", "two", f"panels[1].curvature: {UNKNOWN}"),
        ('{ panel = "plane", runs = ["a", "c"] }', "line", "two", f"panels[1].runs: {UNKNOWN}"),
        ('{ panel = "interpolation", runs = ["c"] }', "line", "two", f"panels[1].runs: {UNKNOWN}"),
        ('"accuracy"', "regression", "one", "draws classes, but y has 8 different values"),
    ],
)
def test_check_locates_what_render_would_refuse(panel, problem, runs, sentence, tmp_path):
    said = answers(text_of(panel, PROBLEMS[problem], RUNS[runs]), tmp_path)
    assert said is not None and "scene.toml:1: panels[1]" in said and sentence in said


def test_a_plane_of_runs_that_never_move_is_refused(tmp_path):
    still = 'formula = "x**2 + y**2"\nxlim = [-1, 1]\nylim = [-1, 1]\nstart = [0, 0]'
    assert "these never move" in answers(text_of('"plane"', still, ONE), tmp_path)


def test_an_unknown_lowest_loss_is_refused(tmp_path):
    slope = 'formula = "x + y"\nxlim = [-1, 1]\nylim = [-1, 1]\nstart = [0, 0]'
    said = answers(text_of('"robustness"', slope, ONE), tmp_path)
    assert "the lowest loss of" in said and "scene.toml:1: panels[1]" in said


def test_every_panel_declares_its_needs_in_its_own_file():
    for name in NAMES:
        assert PANELS[name].__module__ == f"optiviz.rendering.panels.{name}"
        assert type(SPECS[name]).__name__ == "PanelSpec"


def needs_in_words(spec):
    """What a panel declares to need: the common needs by their names, its own by what they refuse."""
    words = []
    for need in (*spec.problem, *spec.runs):
        if need.__name__.startswith("check_"):
            sentence = " ".join(need.__doc__.split("\n\n")[0].split())
            words.append(sentence.replace("Refuse ", "refuses ", 1).rstrip("."))
        elif need.__name__ != "need":  # an order of two settings
            words.append(re.sub(" each$", " of each run", need.__name__.replace("_", " ")))
    return "; ".join(words)


def rows_of_docs():
    """The table of all panels in the documentation: name -> its other cells."""
    text = (Path(__file__).parents[1] / "docs" / "reference" / "panels.md").read_text(encoding="utf-8")
    lines = text.split("## All panels\n")[1].split("\n## ")[0].splitlines()
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| `")
    ]
    return {name.strip("`"): rest for name, *rest in cells}


def test_the_documentation_has_every_panel_as_it_is_declared():
    rows = rows_of_docs()
    assert tuple(rows) == NAMES
    for name, (settings, needs, shows_without, clock) in rows.items():
        spec, defaults = SPECS[name], settings_with_defaults(PANELS[name], ov.Panel(name))
        assert re.findall(r"`(\w+)`", settings) == list(defaults), name
        assert needs == needs_in_words(spec), name
        bare = "problem" if spec.without_problem else "runs" if spec.without_runs else ""
        assert shows_without == bare, name
        assert clock == ("its own" if spec.own_clock(defaults) else "steps"), name
