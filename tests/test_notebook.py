"""Notebooks: what a surface, a comparison and a scene show of themselves, and the example that uses them."""

import json
import os
import re
import subprocess
import sys
from base64 import b64decode
from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

import optiviz as ov
from optiviz._lib import display as shown
from optiviz.notebook import display as jupyter

TEXT, PICTURE, PAGE = "text/plain", "image/png", "text/html"
EXAMPLE = Path(ov.__file__).parents[1] / "examples" / "notebook.ipynb"
RACE = {"GD": ov.GD(0.02), "Adam": ov.Adam(0.1), "wild <b>": ov.GD(9.0)}
SCENE = ov.Scene(ov.beale, RACE, title="Beale", steps=40, seconds=1, hold=0.5, pauses=(10,), size=(1200, 600),
                 opening=0, verdict="none")  # fmt: skip

# Runs the cells of a notebook as IPython does, and tells what each displays.
PLAYER = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.io import capture_output
shell = InteractiveShell.instance()
told = []
for cell in json.load(open(sys.argv[1], encoding="utf-8"))["cells"]:
    if cell["cell_type"] == "code":
        with capture_output(display=False) as seen:
            done = shell.run_cell("".join(cell["source"]))
        done.raise_error()
        data = {} if done.result is None else shell.display_formatter.format(done.result)[0]
        told.append({"id": cell["id"], "data": data, "stdout": seen.stdout})
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def race():
    return ov.compare(ov.beale, RACE, steps=40)


@pytest.fixture(scope="module")
def shown_scene():
    return SCENE._repr_mimebundle_()


def picture(bundle):
    image = Image.open(BytesIO(b64decode(bundle[PICTURE])))
    image.load()
    return image


class Tags(HTMLParser):
    """The tags of a page with their attributes, and its texts."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.texts = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data)


def frame_of(bundle):
    """The attributes of the frame that a page stands in."""
    return next(told for tag, told in Tags(bundle[PAGE]).tags if tag == "iframe")


def test_a_scene_is_a_page_a_picture_and_a_line(shown_scene):
    assert shown_scene[TEXT] == "Scene 'Beale': GD, Adam, wild <b>; 40 steps on beale; landscape, loss"
    assert picture(shown_scene).size == (800, 400)  # 1200 x 600, no wider than 800
    ((tag, told),) = Tags(shown_scene[PAGE]).tags
    assert (tag, told["sandbox"], told["width"]) == ("iframe", "allow-scripts", "100%")
    assert told["title"] == ov.alt_text(SCENE, ov.play(SCENE)) and "wild <b> diverges" in told["title"]
    assert told["srcdoc"].startswith("<!DOCTYPE html>") and "default-src 'none'" in told["srcdoc"]
    inside = json.loads(re.search(r'id="scene">(.*?)</script>', told["srcdoc"], re.S)[1])
    assert [run["label"] for run in inside["runs"]] == list(RACE) and inside["pauses"] == [10]


def test_a_comparison_is_its_landscape_its_losses_and_a_table(race):
    bundle = race._repr_mimebundle_()
    scene = jupyter.scene_of(race)
    assert [panel.name for panel in scene.panels] == ["landscape", "loss"] and scene.steps == 40
    page = Tags(bundle[PAGE])
    runs = json.loads(re.search(r'id="scene">(.*?)</script>', frame_of(bundle)["srcdoc"], re.S)[1])["runs"]
    # the rates of the comparison are not those of the labels: what it has are its paths
    assert [run["recorded"] for run in runs] == ["path", "path", "function"]
    assert [tag for tag, _ in page.tags].count("tr") == 4 and "b" not in [tag for tag, _ in page.tags]
    assert page.texts[:5] == ["run", "final loss", "best loss", "from minimum", "end"]
    row = ov.summary(race)[1]
    assert page.texts[10:15] == [
        "Adam", f"{row.final_loss:.6g}", f"{row.best_loss:.6g}", f"{row.distance:.4g}", "finished, 40 steps",
    ]  # fmt: skip
    assert (
        page.texts[15] == "wild <b>"
        and page.texts[-1] == f"diverged at {race.trajectories['wild <b>'].stopped_at}"
    )
    lines = bundle[TEXT].splitlines()
    assert lines[0] == "Comparison on beale" and lines[2].split()[:2] == ["Adam", f"{row.final_loss:.6g}"]
    assert picture(bundle).size == (800, 450)


def test_rules_keep_their_colours(race):
    rules = [type(run.optimizer).__name__ for run in jupyter.scene_of(race).runs.values()]
    assert rules[:2] == ["GD", "Adam"] and rules[2] not in ov.OPTIMIZERS


def test_a_surface_is_its_map():
    bundle = ov.beale._repr_mimebundle_()
    assert (
        bundle[TEXT].startswith("Surface beale: f = (1.5 - x + x*y)**2 + ")
        and "start (1, 1.5)" in bundle[TEXT]
    )
    assert picture(bundle).size == (800, 600)
    assert len(np.unique(np.asarray(picture(bundle).convert("L")))) > 50  # not an empty frame


def test_other_problems_show_what_can_be_drawn_of_them():
    data = ov.DATASETS["line"](slope=2.0, intercept=1.0, noise=0.3, n=50)
    panels = [
        [panel.name for panel in jupyter.scene_of(ov.compare(objective, {"GD": ov.GD(0.01)}, steps=3)).panels]
        for objective in (
            ov.Fit(data),
            ov.Fit(data, degree=3),
            ov.training(data, [ov.Dense(4), ov.Dense(1)]),
        )
    ]
    assert panels == [["landscape", "loss"], ["fit", "loss"], ["fit", "loss"]]
    for objective in (ov.Fit(data, degree=3), ov.training(data, [ov.Dense(4), ov.Dense(1)])):
        found = ov.compare(objective, {"GD": ov.GD(0.01)}, steps=3)._repr_mimebundle_()
        assert set(found) == {TEXT, PICTURE, PAGE} and "not drawn" not in found[TEXT]


def test_include_and_exclude_are_honoured(monkeypatch, race):
    assert set(race._repr_mimebundle_(exclude={PAGE})) == {TEXT, PICTURE}
    assert set(race._repr_mimebundle_(include=[PICTURE])) == {PICTURE}
    assert set(race._repr_mimebundle_(include={TEXT, PAGE}, exclude=[PAGE])) == {TEXT}
    monkeypatch.setattr(jupyter, "play", None)  # text alone plays nothing
    assert set(SCENE._repr_mimebundle_(include={TEXT})) == {TEXT}


def test_what_would_take_long_is_said_and_not_done(monkeypatch):
    monkeypatch.setattr(jupyter, "play", None)
    long = replace(SCENE, steps=1_000_000)
    assert jupyter.work(long) == pytest.approx(150, rel=0.01)  # 3 runs of a million steps of 50 microseconds
    found = long._repr_mimebundle_()
    assert set(found) == {TEXT}
    assert found[TEXT].endswith(
        "\n(not drawn: its runs may take long; optiviz.render(scene, 'clip.gif') makes the clip)"
    )


def test_a_page_that_is_too_large_becomes_a_picture(monkeypatch, shown_scene):
    monkeypatch.setattr(jupyter, "MOST_BYTES", 1000)
    found = SCENE._repr_mimebundle_()
    assert found[PICTURE] == shown_scene[PICTURE]
    assert f"data:image/png;base64,{found[PICTURE]}" in found[PAGE]


def test_a_picture_in_a_notebook_is_small():
    assert jupyter.notebook_sized(replace(SCENE, size=(3840, 2160))).size == (800, 450)
    assert jupyter.notebook_sized(replace(SCENE, size=(300, 1200))).size == (150, 600)


def test_nothing_ever_raises(monkeypatch, race):
    side_by_side = ov.compare(ov.beale, {"GD": ov.GD(0.01)}, steps=5, start=np.ones((2, 4)))
    assert side_by_side._repr_mimebundle_() == {
        TEXT: "Comparison on beale\n  GD\n(not drawn: run 'GD' is 4 runs side by side)"
    }
    hole = ov.surface(lambda x, y: x + np.nan, xlim=(-1, 1), ylim=(-1, 1), start=(0, 0))
    assert hole._repr_mimebundle_()[TEXT].startswith("Surface ")
    with monkeypatch.context() as patch:
        patch.setattr(jupyter, "write", lambda *given, **named: 1 / 0)
        assert race._repr_mimebundle_()[TEXT].endswith("(not drawn: division by zero)")
    monkeypatch.setattr(shown, "HOME", "optiviz.nowhere")
    assert re.fullmatch(
        r"<optiviz.runs.trajectory.Comparison object at 0x\w+>", race._repr_mimebundle_()[TEXT]
    )


def played(folder):
    pytest.importorskip("IPython", reason="one of the test extras")
    command = [sys.executable, "-c", PLAYER, str(EXAMPLE)]
    # a profile of its own: nobody's start-up files change what the example shows
    environment = {**os.environ, "PYTHONPATH": str(EXAMPLE.parents[1]), "IPYTHONDIR": str(folder / "ipython")}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return {cell["id"]: cell for cell in json.loads(done.stdout.splitlines()[-1])}


def test_the_example_runs_cell_by_cell(tmp_path):
    cells = played(tmp_path)
    for name in ("surface", "comparison", "scene", "formula"):
        assert {TEXT, PICTURE, PAGE} <= set(cells[name]["data"]), name
    assert "<iframe" in cells["scene"]["data"][PAGE] and "<table>" in cells["comparison"]["data"][PAGE]
    assert cells["files"]["stdout"].startswith("Level lines of the loss ")
    with Image.open(tmp_path / "beale.gif") as clip:
        assert clip.size == (960, 540)
    assert json.loads(EXAMPLE.read_text(encoding="utf-8"))["nbformat"] == 4


def test_a_terminal_gets_text_alone_and_at_once(monkeypatch):
    terminal = SimpleNamespace(display_formatter=SimpleNamespace(active_types=[TEXT]))
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: terminal))
    monkeypatch.setattr(jupyter, "play", None)
    assert SCENE._repr_mimebundle_() == {TEXT: jupyter.scene_text(SCENE)}


def test_the_example_has_no_outputs():
    cells = json.loads(EXAMPLE.read_text(encoding="utf-8"))["cells"]
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells)


def test_a_widget_without_anywidget_says_what_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.raises(ov.BadInput, match="ov.widget needs anywidget, which is not installed"):
        ov.widget(SCENE)
