"""Without opening an editor: race, fit, changes in passing, standard input, dry runs."""

import json
import tomllib
from pathlib import Path

import click
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

import optiviz as ov
from optiviz._lib.errors import BadInput
from optiviz.cli import COMMANDS, cli
from optiviz.cli.changes import SHAPES
from optiviz.scenefile import SceneFault, change_of, read_text, shipped
from optiviz.scenefile.quick import RATES, document_text, race_document

SMALL = ("-ql", "--set", "seconds=0.5", "--set", "hold=0", "--set", "opening=0", "--set", "verdict=none")
BAD_CHANGES = ("", "=", "=3", "steps", "a.b.c", "steps=[1", "[runs]=3", "x=\n3\ny=2", "a" * 20_000)
CARS = shipped()["momentum"].parent / "data" / "cars.csv"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*args, stdin=None):
    result = CliRunner().invoke(cli, args, input=stdin)
    return result.exit_code, result.stdout, result.stderr


def test_a_race_on_a_surface_and_the_scene_that_it_drew(folder):
    code, out, _ = run("race", "beale", "--rules", "gd,adam", "--steps", "9", "--save", "mine.toml", *SMALL)
    assert code == 0 and out.split() == ["outputs/beale.gif", "mine.toml"]
    with Image.open("outputs/beale.gif") as clip:
        assert clip.size == (640, 360)
    saved = tomllib.loads(Path("mine.toml").read_text())
    assert saved["problem"] == {"surface": "beale"} and saved["steps"] == 9 and saved["verdict"] == "none"
    scene = ov.load("mine.toml")
    own = ov.surfaces["beale"].learning_rates
    assert {label: one.optimizer.learning_rate for label, one in scene.runs.items()} == {
        "GD": own["GD"],
        "Adam": own["Adam"],
    }
    run("render", "mine.toml", "-o", "again.gif", *SMALL)
    assert Path("again.gif").read_bytes() == Path("outputs/beale.gif").read_bytes()


def test_rates_on_a_formula_are_tuned_alike():
    """GD on x**2 + y**2 multiplies theta by 1 - 2 rate: 0.5 lands in one step, no other rate does."""
    runs = race_document("x**2 + y**2", ["gd"], start=(-4, 2), steps=50)["runs"]
    assert runs == {"GD": {"optimizer": "gd", "learning_rate": 0.5}}
    document = race_document("x**2 + 20*y**2", ["gd", "momentum", "adam"], start=(-4, 2), steps=100)
    for entry in document["runs"].values():
        settings = {"learning_rate": entry["learning_rate"]}
        bowl = ov.surface("x**2 + 20*y**2", xlim=(-6, 6), ylim=(-6, 6), start=(-4, 2))
        down = 1e-3 * bowl.value(np.array([-4.0, 2.0]))

        def arrival(rate, entry=entry, bowl=bowl, down=down):
            rule = ov.OPTIMIZERS[entry["optimizer"]](learning_rate=rate)
            run = ov.minimize(bowl, rule, steps=100)
            above = np.flatnonzero(run.losses > down)
            return 999 if run.stopped_at is not None else above[-1] + 1 if len(above) else 0

        assert arrival(settings["learning_rate"]) == min(map(arrival, RATES))


def test_a_fit_of_two_columns_of_a_csv_file(folder):
    Path("cars.csv").write_bytes(CARS.read_bytes())
    code, out, _ = run("fit", "cars.csv", "speed", "dist", "--rules", "gd", "--save", "cars.toml", *SMALL)
    assert code == 0 and out.split() == ["outputs/cars.gif", "cars.toml"]
    scene = ov.load("cars.toml")
    end = ov.play(scene).trajectories["GD"].path[-1]
    speed, dist = np.loadtxt("cars.csv", delimiter=",", skiprows=1, usecols=(0, 1)).T
    header = Path("cars.csv").read_text().splitlines()[0].replace('"', "").split(",")
    assert header[:2] == ["speed", "dist"]
    slope = np.corrcoef(speed, dist)[0, 1]  # of standardised columns
    np.testing.assert_allclose(end, [slope, 0.0], atol=1e-6)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("race", "beal"), "unknown surface 'beal' - did you mean 'beale'?"),
        (("race", "x**2 + y**2"), "a formula needs a start, such as --start=-4,2"),
        (("race", "beale", "--rules", "gd,adm"), "unknown optimizer 'adm' - did you mean 'adam'?"),
        (("race", "beale", "--rules", "gd,gd"), "rules: 'gd' is there twice"),
        (("race", "beale", "--rules", ","), "rules: 1 to 8 of them, got 0"),
        (("race", "beale", "--save", "scene.txt", *SMALL), "--save scene.txt: a scene is a .toml file"),
        (("fit", "none.csv", "a", "b"), "none.csv"),
        (("render", "momentum", "--set", "stepz=3"), "--set stepz=3: stepz: unknown setting 'stepz'"),
        (("render", "momentum", "--set", "steps"), "--set steps: this is no KEY=VALUE, such as steps=30"),
        (("render", "momentum", "--theme", "drk"), "--theme drk: theme: unknown theme 'drk'"),
        (("render", "momentum", "--size", "big"), "--size big is none of 16:9, 4:3, 1:1, 9:16"),
        (("race", "beale", "--start", "1"), "--start 1 is no pair of numbers"),
    ],
)
def test_faults_are_one_sentence_with_the_option_as_their_place(args, said):
    code, out, err = run(*args)
    assert code == 2 and said in err and not out
    assert not Path("outputs").exists() and not Path("scene.txt").exists()


def test_what_is_there_is_not_written_over(folder):
    Path("mine.toml").write_text("precious")
    code, _, err = run("race", "beale", "--save", "mine.toml", *SMALL)
    assert code == 2 and "is there already" in err and Path("mine.toml").read_text() == "precious"


def test_any_key_changes_in_passing():
    text = shipped()["momentum"].read_text()
    changes = [
        change_of("steps=30"),
        change_of('runs."Momentum 0.9".learning_rate=0.02'),
        change_of("theme = dark"),
        change_of("captions=[]"),
        change_of("marks=[]"),
    ]
    scene, _ = read_text(text, "momentum.toml", shipped()["momentum"].parent, changes)
    assert (scene.steps, scene.theme) == (30, "dark")
    assert scene.runs["Momentum 0.9"].optimizer.learning_rate == 0.02
    assert scene.runs["NAG 0.9"].optimizer.learning_rate == 0.05


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("title=a = b", ("title",), "a = b"),
        ('runs."a=b".noise=0.5', ("runs", "a=b", "noise"), 0.5),
        ("size=[640, 360]", ("size",), [640, 360]),
        ("loop=false", ("loop",), False),
        ("verdict=none", ("verdict",), "none"),
        ("title='it is'", ("title",), "it is"),
        (r"title=C:\new", ("title",), r"C:\new"),
        ("problem.start=[-1, 2]", ("problem", "start"), [-1, 2]),
    ],
)
def test_a_change_is_read_as_toml_or_as_a_bare_word(text, path, value):
    change = change_of(text)
    assert (change.path, change.value) == (path, value)


@pytest.mark.parametrize(
    "text", ["", "=", "=3", "steps", "a.b.c", "steps=[1", "[runs]=3", "x=\n3\ny=2", "a" * 20_000]
)
def test_what_is_no_change_is_refused(text):
    with pytest.raises(BadInput, match="--set "):
        change_of(text)


def test_a_fault_of_the_file_keeps_its_line_beside_one_of_an_option():
    text = 'steps = 5\nthem = "dark"\n[problem]\nsurface = "beale"\n[runs]\nGD = { optimizer = "gd" }\n'
    with pytest.raises(SceneFault) as told:
        read_text(text, "x.toml", Path(), [change_of("fps=-1")])
    said = str(told.value)
    assert "x.toml:2: them: unknown setting" in said and "--set fps=-1: fps: " in said


def test_a_scene_comes_from_standard_input():
    text = document_text(race_document("booth", ["gd"], steps=5))
    code, out, _ = run("render", "-", "-o", "clip.gif", *SMALL, stdin=text)
    assert code == 0 and out == "clip.gif\n" and Path("clip.gif").stat().st_size > 1000
    code, _, err = run("render", "-", "-o", "clip.gif", stdin="steps = ")
    assert code == 2 and err.startswith("standard input:1: ")


def test_a_dry_run_makes_nothing(folder):
    code, out, _ = run("render", "momentum", "-n", "-f", "gif,png", "--size", "4:3")
    size = " x ".join(map(str, SHAPES["4:3"]))
    assert code == 0 and not list(folder.iterdir())
    clip, still = out.splitlines()
    assert clip.startswith("outputs/momentum.gif: ") and clip.endswith(f"160 frames of {size}")
    assert still == f"outputs/momentum.png: 1 frame of {size}"
    code, out, _ = run("render", "momentum", "-n", "--json")
    assert json.loads(out)["frames"] == 160


def test_verbose_says_where_the_time_goes():
    run("race", "booth", "--save", "b.toml", *SMALL)
    code, _, err = run("render", "b.toml", "-v", *SMALL)
    assert code == 0
    assert "read " in err and "up to the first frame" in err and "(6 frames, " in err


def test_the_same_changes_for_check_frame_run_and_compare(folder):
    Path("b.toml").write_text(document_text(race_document("booth", ["gd"], steps=50)))
    assert "30 steps" in run("check", "b.toml", "--set", "steps=30")[1]
    run("frame", "b.toml", "--size", "320x180", "-o", "f.png")
    with Image.open("f.png") as still:
        assert still.size == (320, 180)
    run("run", "b.toml", "--set", "steps=12", "-o", "n.npz")
    assert len(ov.load_trajectories("n.npz")["GD"].losses) == 13
    told = json.loads(run("compare", "b.toml", "--json", "--set", "steps=12")[1])
    assert told["steps"] == 12


# ------------------------------------------------------------------------------------------ every command


def test_every_command_takes_json_and_quiet():
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        options = {option for parameter in command.params for option in parameter.opts}
        assert {"--json", "--quiet"} <= options, name


def test_files_are_told_as_json(folder):
    told = json.loads(run("frame", "momentum", "--at", "3", "-ql", "-o", "a.png", "--json")[1])
    assert told == {"path": "a.png", "bytes": (folder / "a.png").stat().st_size}
    assert json.loads(run("new", "fresh", "--json")[1])["path"] == "fresh.toml"
    assert json.loads(run("record", "fresh.toml", "-o", "g.json", "--json")[1])["path"] == "g.json"
    code, out, err = run("race", "sphere", "--rules", "gd", "--steps", "3", "-o", "b.png", "--json")
    assert (code, err) == (0, "") and json.loads(out)["bytes"] == (folder / "b.png").stat().st_size
    assert run("race", "sphere", "--rules", "gd", "--steps", "3", "-o", "b.png", "--quiet") == (
        0,
        "b.png\n",
        "",
    )


def completed(*words):
    """What a shell offers for the last of some words."""
    from click.shell_completion import ShellComplete

    found = ShellComplete(cli, {}, "optiviz", "_OPTIVIZ_COMPLETE").get_completions(
        list(words[:-1]), words[-1]
    )
    return [item.value for item in found]


def test_shells_are_offered_formats_rules_themes_keys_and_parts():
    assert completed("render", "momentum", "-f", "p") == ["pdf", "pdfs", "png", "pptx"]
    assert completed("render", "momentum", "-f", "gif,mp") == ["gif,mp4"]
    assert completed("race", "beale", "--rules", "gd,adama") == ["gd,adamax"]
    assert completed("render", "momentum", "--theme", "d") == ["dark"]
    assert completed("render", "momentum", "--set", "scale") == ["scale_text="]
    assert completed("list", "surf") == ["surfaces"] and completed("list", "surfaces", "beal") == ["beale"]
    assert completed("deck", "opti")[0] == "optimizers" and "deck" in completed("de")
