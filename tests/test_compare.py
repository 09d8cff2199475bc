"""A race in numbers, and the table of it."""

import csv
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import optiviz as ov
from optiviz.cli import cli
from optiviz.runs.summary import Reached, Yardstick, yardstick

BOWL = ov.surface("x**2 + y**2 + 1", xlim=(-2, 2), ylim=(-2, 2), start=(1, 0), minima=[(0, 0)])
SCENE = """
steps = 5
[problem]
formula = "x**2 + y**2 + 1"
xlim = [-2, 2]
ylim = [-2, 2]
start = [1, 0]
minima = [[0, 0]]
[runs]
"half | way" = { optimizer = "gd", learning_rate = 0.25 }
lost = { optimizer = "gd", learning_rate = 3e6 }
"""


def test_numbers_worked_by_hand():
    # x halves: 1, 1/2, 1/4, 1/8; loss - 1 is 1, 1/4, 1/16, 1/64, and the drop is from 2 to 1
    race = ov.compare(BOWL, {"half": ov.GD(0.25)}, steps=3)
    assert yardstick(race) == Yardstick(2.0, 1.0, "known minimum")
    (row,) = ov.summary(race, [0.25, 0.1, 0.01])
    assert row.reached == {0.25: Reached(1, 1, 0), 0.1: Reached(2, 2, 0), 0.01: None}
    assert (row.final_loss, row.best_loss) == (1 + 1 / 64, 1 + 1 / 64)
    assert (row.distance, row.path_length) == (1 / 8, 7 / 8)
    assert (row.steps, row.gradients, row.values, row.status, row.stopped_at) == (3, 3, 0, "finished", None)


def test_there_and_back():
    # rate 1: x jumps between 1 and -1; the length of the way is 2 a step
    (row,) = ov.summary(ov.compare(BOWL, {"GD": ov.GD(1.0)}, steps=6), [0.5])
    assert row.path_length == 12 and row.distance == 1 and row.reached == {0.5: None}
    # Momentum 0.9 overshoots: best before the end
    (row,) = ov.summary(ov.compare(BOWL, {"ball": ov.Momentum(0.1, 0.9)}, steps=12))
    assert row.best_loss < row.final_loss


def test_a_run_that_is_lost():
    race = ov.compare(BOWL, {"lost": ov.GD(3e6), "half": ov.GD(0.25)}, steps=3)
    lost, _ = ov.summary(race)
    # x = 1 - 6e6 is beyond 1e6 widths of 4: nothing but the start is kept, yet one gradient was asked for
    assert (lost.status, lost.stopped_at, lost.steps, lost.gradients) == ("diverged", 1, 0, 1)
    assert (lost.final_loss, lost.path_length, lost.distance) == (2, 0, 1)


def test_without_a_known_minimum_the_best_run_counts():
    slope = ov.surface("x + 0*y", xlim=(-99, 99), ylim=(-2, 2), start=(0, 0))
    race = ov.compare(slope, {"one": ov.GD(1.0), "three": ov.GD(3.0)}, steps=4)
    # -4 and -12; half of the way down is -6: the slower one never gets there
    assert yardstick(race) == Yardstick(0.0, -12.0, "best of all runs")
    one, three = ov.summary(race, [0.5])
    assert one.reached == {0.5: None} and three.reached == {0.5: Reached(2, 2, 0)}
    assert one.distance is None


def test_several_starts_are_measured_by_the_highest():
    runs = {"far": ov.Run(ov.GD(0.25), start=(2, 0)), "near": ov.Run(ov.GD(0.25))}
    race = ov.play(ov.Scene(BOWL, runs, steps=3))
    assert yardstick(race) == Yardstick(5.0, 1.0, "known minimum")
    far, near = ov.summary(race, [0.25])
    assert far.reached[0.25] == Reached(1, 1, 0) and near.reached[0.25] == Reached(0, 0, 0)


def test_a_fit_knows_its_best():
    line = ov.Fit(ov.Data([0, 1, 2], [1, 3, 5]))  # on the line y = 2 x + 1
    race = ov.compare(line, {"GD": ov.GD(0.0)}, steps=1)
    measure = yardstick(race)
    assert measure.start == pytest.approx(35 / 3) and measure.lowest == pytest.approx(0, abs=1e-25)
    (row,) = ov.summary(race)
    assert row.distance == pytest.approx(np.sqrt(5))


def test_solvers_pay_for_their_searches():
    (row,) = ov.summary(ov.compare(BOWL, {"NM": ov.Scipy("Nelder-Mead")}, steps=200), [0.01])
    assert row.gradients == 0 and row.values > row.steps
    reached = row.reached[0.01]
    assert reached and reached.step < reached.values < row.values


def test_runs_with_networks_of_their_own_size():
    data = ov.Data([[0.0], [1.0]], [0.0, 1.0])
    line = ov.training(data, [ov.Dense(1)], start=(0.0, 0.0))
    larger = ov.Run(ov.GD(0.1), layers=[ov.Dense(3), ov.Dense(1)])
    rows = ov.summary(ov.play(ov.Scene(line, {"2": ov.GD(0.1), "10": larger}, steps=3)))
    assert [row.distance for row in rows] == [None, None] and rows[0].path_length > 0


def test_thinned_runs_know_their_steps():
    run = ov.minimize(BOWL, ov.GD(0.25), steps=10, every=4)
    (row,) = ov.summary(ov.Comparison(BOWL, {"GD": run}), [0.01])
    assert row.reached[0.01] == Reached(4, 4, 0)  # 1/256 of the drop is left there, 1 before


@pytest.mark.parametrize("tolerance", [-0.1, 1, float("nan")])
def test_bad_tolerances(tolerance):
    with pytest.raises(ov.BadInput, match="a tolerance is a share of the drop"):
        ov.summary(ov.compare(BOWL, {"GD": ov.GD()}), [tolerance])


def test_runs_side_by_side_are_no_row():
    many = ov.minimize(BOWL, ov.GD(), start=np.ones((2, 3)))
    with pytest.raises(ov.BadInput, match="3 runs side by side"):
        ov.summary(ov.Comparison(BOWL, {"GD": many}))


# ---- the command


@pytest.fixture
def scene(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("bowl.toml").write_text(SCENE)
    return "bowl.toml"


def call(*arguments):
    result = CliRunner().invoke(cli, ["compare", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_plain_text_is_aligned(scene):
    code, out, _ = call(scene, "--tolerance", "0.1")
    assert code == 0
    *rows, note = out.splitlines()
    heads = ["run", "final loss", "best loss", "to 0.1", "steps", "gradients", "values"]
    heads += ["from minimum", "path length", "status"]
    assert [re.split(r"  +", row) for row in rows] == [
        heads,
        ["half | way", "1.00098", "1.00098", "2 (2)", "5", "5", "0", "0.03125", "0.9688", "finished"],
        ["lost", "2", "2", "-", "0", "1", "0", "1", "0", "diverged at 1"],
    ]
    for head in heads[1:-1]:  # numbers end where their heading ends
        end = rows[0].index(head) + len(head)
        assert all(row[end - 1] != " " and row[end] == " " for row in rows)
    assert note.startswith("tolerances: share left of the drop from 2 to 1 (known minimum);")


def test_csv(scene):
    code, out, _ = call(scene, "--csv", "-t", "0.1", "-t", "1e-6")
    half, lost = csv.DictReader(io.StringIO(out))
    assert code == 0 and half["label"] == "half | way"
    assert float(half["final_loss"]) == 1 + 1 / 4**5 and half["gradients_to_0.1"] == "2"
    assert half["step_to_1e-06"] == "" and lost["stopped_at"] == "1" and lost["status"] == "diverged"


def test_json(scene):
    told = json.loads(call(scene, "--json", "-t", "0.1")[1])
    assert (told["start_loss"], told["least_loss"], told["least_loss_from"]) == (2, 1, "known minimum")
    half, lost = told["runs"]
    assert half["reached"] == [{"tolerance": 0.1, "step": 2, "gradients": 2, "values": 0}]
    assert lost["reached"] == [{"tolerance": 0.1, "step": None, "gradients": None, "values": None}]
    assert half["distance"] == 1 / 32 and half["path_length"] == 31 / 32


def test_markdown(scene):
    lines = call(scene, "--markdown")[1].splitlines()
    assert lines[0].startswith("| run | final loss | best loss | to 0.01 | to 0.0001 |")
    assert lines[1] == "| :-- | --: | --: | --: | --: | --: | --: | --: | --: | --: | :-- |"
    assert lines[2].startswith("| half \\| way | 1.00098 |")


@pytest.mark.parametrize(("columns", "headings"), [(140, 1), (60, 3), (30, 8)])
def test_a_terminal_gets_tables_that_fit(scene, monkeypatch, capsys, columns, headings):
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    with pytest.raises(SystemExit) as left:
        cli(["compare", scene, "-t", "0.1"])
    out = re.sub(r"\x1b\[[\d;]*m", "", capsys.readouterr().out)
    assert left.value.code == 0 and "diverged at 1" in out and "\u2026" not in out
    assert len(re.findall(r"^ ?run ", out, re.M)) == headings
    for number in ("1.00098", "0.03125", "0.9688", "2 (2)"):
        assert number in out
    assert all(len(line) <= columns for line in out.splitlines())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("bowl.toml", "-t", "2"), "a tolerance is a share of the drop"),
        (("bowl.toml", "-t", "x"), "'x' is not a valid float"),
        (("none.toml",), "none.toml"),
    ],
)
def test_bad_input_exits_with_2(scene, arguments, sentence):
    code, out, said = call(*arguments)
    assert (code, out) == (2, "") and sentence in said and "Traceback" not in said


@pytest.mark.parametrize("command", ["compare", "record", "verify", "run"])
def test_help_has_an_example(command):
    result = CliRunner().invoke(cli, [command, "-h"])
    assert result.exit_code == 0 and f"optiviz {command} " in result.stdout.split("Example")[1]
