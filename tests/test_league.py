"""Fair races: tuning with an equal budget, twins, suites, the league and its report."""

import json
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import optiviz as ov
from optiviz.analysis import tuning
from optiviz.analysis.starts import starts_at
from optiviz.cli import cli
from optiviz.league import figures, report
from optiviz.league.clips import clip_scene
from optiviz.league.play import Playing, contests_of
from optiviz.league.record import play_suite
from optiviz.league.store import open_store
from optiviz.league.suite import read_suite, suite_of
from optiviz.objectives.surface import rotated, turned_surface
from optiviz.rendering.charts import write_figure
from optiviz.scenefile import read, read_text, tuned
from optiviz.web.surfaces import program_of

FOUR = ["ill_conditioned_quadratic", "rosenbrock", "mccormick", "cliff"]


# ---- turned surfaces


@pytest.mark.parametrize("name", FOUR)
def test_a_turned_surface_is_the_surface_turned(name):
    surface = ov.surfaces[name]
    twin = turned_surface(surface, 30)
    x, y = np.random.default_rng(0).uniform(-1, 1, (2, 20)) * 3 + np.array(surface.middle)[:, None]
    there = np.array(rotated(x, y, 30, surface.middle))
    np.testing.assert_allclose(twin.value(there), surface.value(np.array([x, y])), rtol=1e-9, atol=1e-12)
    # slopes by central differences of the twin itself
    step = 1e-6
    for axis, slope in enumerate(twin.gradient(there)):
        by = step * np.eye(2)[axis][:, None]
        around = (twin.value(there + by) - twin.value(there - by)) / (2 * step)
        np.testing.assert_allclose(slope, around, rtol=1e-4, atol=1e-4 * (1 + abs(around).max()))
    assert (twin.contains(there) == surface.contains(np.array([x, y]))).all()
    np.testing.assert_allclose(twin.value(twin.start), surface.value(surface.start), rtol=1e-9)
    np.testing.assert_allclose(twin.value(twin.minima[0]), surface.f_min, atol=1e-9)


@pytest.mark.parametrize("rule", [ov.GD(), ov.Momentum(), ov.NAG()], ids=lambda rule: type(rule).__name__)
def test_rules_that_know_no_axes_fare_the_same_on_turned_twins(rule):
    for name in FOUR:
        surface = ov.surfaces[name]
        twin, starts = turned_surface(surface, 37), surface.start[:, None] + [[0.0, 0.1], [0.0, -0.1]]
        there = np.array(rotated(*starts, 37, surface.middle))
        units = tuning.units_of(surface, starts, surface.f_min)
        one = tuning.tune(rule, surface, starts, trials=5, steps=120, units=units)
        two = tuning.tune(rule, twin, there, trials=5, steps=120, units=units)
        assert one.times.tolist() == two.times.tolist(), name


def test_turned_in_a_scene_file(tmp_path):
    text = '[problem]\nsurface = "beale"\nstart = [2.0, 1.0]\nturned = 90\n[runs]\nGD = {optimizer = "gd"}\n'
    (tmp_path / "a.toml").write_text(text, encoding="utf-8")
    scene = ov.load(tmp_path / "a.toml")
    np.testing.assert_allclose(scene.objective.start, [-1.0, 2.0], atol=1e-12)
    assert "slope(x, y, out)" in program_of(scene.objective)  # a page can compute it
    (tmp_path / "a.toml").write_text(text.replace("90", '"right"'), encoding="utf-8")
    with pytest.raises(ov.BadInput, match=r"a.toml:4: problem.turned: must be a number"):
        ov.load(tmp_path / "a.toml")


# ---- the tuning protocol


def test_grids_are_log_and_equally_shifted():
    grid = np.log10(tuning.log_grid(20, -3.5, seed=4))
    np.testing.assert_allclose(np.diff(grid), 0.2)
    assert -3.5 <= grid[0] < -3.3
    other = np.log10(tuning.log_grid(20, -3.0, seed=4))
    np.testing.assert_allclose(other - grid, 0.5)  # one shift for all
    rates, memory = tuning.sobol_pairs(64, -3.0)
    assert np.log10(rates).min() >= -3 and np.log10(rates).max() <= 1
    assert memory.min() >= 0 and memory.max() <= 0.99
    # a (0, 6, 2)-net in base 2: each of 8 x 8 boxes has one of 64 points
    across, up = (np.log10(rates) + 3) / 4 * 8, -np.log10(1 - memory) / 2 * 8
    assert len({*zip(across.astype(int), up.astype(int), strict=True)}) == 64
    assert memory.min() < 0.08 and (tuning.sobol_pairs(64, -3.0, seed=1)[0] != rates).all()


def test_natural_units_know_a_rule_by_its_steps():
    by_slope = {"gd", "momentum", "nag", "sgd"}
    for name in ("gd", "momentum", "nag", "adam", "adagrad", "rmsprop", "lion", "radam", "adadelta", "nadam"):
        wanted = "slope" if name in by_slope else "step"
        assert tuning.kind_of_step(ov.optimizers.OPTIMIZERS[name]()) == wanted, name
    assert tuning.kind_of_step(ov.Clip(ov.GD(), norm=1.0)) == "step"
    assert tuning.kind_of_step(ov.rule(lambda theta, gradient: theta - 0.1 * gradient)) == "slope"


def test_the_choice():
    # median of the starts: 30, inf, 20; the third is chosen. Without the third: the first.
    times = np.array([[30.0, 30.0, 30.0], [5.0, np.inf, np.inf], [20.0, 10.0, np.inf]])
    last = np.zeros((3, 3))
    rates = {"learning_rate": np.array([0.1, 1.0, 10.0])}
    assert tuning.Trials(rates, times, last).chosen == {"learning_rate": 10.0}
    assert tuning.Trials(rates, times, last).at_edge
    assert tuning.Trials(rates, times, last).working.tolist() == [True, False, True]
    # nobody serves the median start: the one that serves most, then the lowest loss at the end
    never = np.full((3, 3), np.inf)
    never[1, 0] = 7.0
    assert tuning.Trials(rates, never, last).best == 1
    ends = np.array([[3.0] * 3, [1.0] * 3, [np.inf] * 3])
    assert tuning.Trials(rates, np.full((3, 3), np.inf), ends).best == 1


def test_gradient_descent_at_condition_50_is_as_quick_as_theory_says():
    # eigenvalues 1 and 50: the best rate is 2/51, the error then shrinks by 49/51 a step, its square, the
    # loss, to a millionth in ln(1e6) / (2 ln(51/49)) = 172.7 steps
    valley = ov.surface("0.5*(x**2 + 50*y**2)", xlim=(-10, 10), ylim=(-10, 10), start=(7, 1), f_min=0.0)
    start = np.array([[7.07106781], [1.0]])  # both coordinates weigh the same: 50 * 1 = 7.07^2
    found = tuning.tune(ov.GD(), valley, start, trials=400, steps=250, share=1e-6)
    theory = np.log(1e6) / (2 * np.log(51 / 49))
    assert abs(found.times[found.best, 0] / theory - 1) < 0.05
    assert abs(found.chosen["learning_rate"] / (2 / 51) - 1) < 0.03


@pytest.mark.parametrize("rule", [ov.Momentum(), ov.NAG()], ids=lambda rule: type(rule).__name__)
def test_momentum_tuned_is_never_slower_than_gradient_descent(rule):
    # gradient descent is the rule with momentum 0, so a grid that has 0 in it has all its trials
    for name in FOUR:
        surface = ov.surfaces[name]
        starts = starts_at({"count": 4, "own": False}, surface, np.arange(4))
        plain = tuning.tune(ov.GD(), surface, starts, trials=10, steps=150)
        grid = {
            "learning_rate": np.tile(plain.settings["learning_rate"], 3),
            "momentum": np.repeat([0.0, 0.5, 0.9], 10),
        }
        both = tuning.run_trials(rule, surface, starts, grid, steps=150)
        assert (both.times[:10] == plain.times).all()
        best = np.median(both.times[both.best]), np.median(plain.times[plain.best])
        assert best[0] <= best[1]


# ---- suites

SMALL = """\
title = "Small"
steps = 60
starts = 3
fresh = 3
[rules]
GD = { optimizer = "gd" }
Momentum = { optimizer = "momentum" }
Clipped = { optimizer = "torch.SGD", clip = { norm = 1e9 } }
[classes.rate]
budget = 6
[classes.both]
budget = 8
second = { Momentum = "momentum" }
[families.races]
kind = "race"
targets = [0.01, 0.1]
turned = 37.0
surfaces = ["sphere", "booth"]
[families.deep]
kind = "value"
surfaces = ["rastrigin"]
[families.out]
kind = "escape"
targets = [0.1]
surfaces = ["saddle"]
lowest = { saddle = 0.0 }
[families.nets]
kind = "race"
targets = [0.3]
[families.nets.problems.line]
data = { kind = "line", n = 10 }
batch_size = 5
"""


def test_shipped_suites_are_as_the_reference_has_them():
    classic, nets = read_suite("classic"), read_suite("small-nets")
    assert [len(family.problems) for family in classic.families.values()] == [25, 10, 4]
    everything = [name for family in classic.families.values() for name in family.problems]
    assert len(set(everything)) == 39 and "AdamW" not in classic.rules and len(classic.rules) == 11
    races = classic.families["races"]
    assert (
        races.targets[0] == 1e-3
        and races.turned
        and (classic.steps, classic.starts, classic.fresh) == (500, 8, 8)
    )
    assert [one.budget for one in classic.classes.values()] == [20, 64]
    assert len(nets.families["networks"].problems) == 6 and len(nets.families["networks"].targets) == 2


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("steps = 60", "stps = 60", r":2: stps: unknown setting 'stps' - did you mean 'steps'\?"),
        ("steps = 60", "steps = 0", r":2: steps: must be"),
        ("fresh = 3", "fresh = 3000", r":4: fresh: must be"),
        ('"gd"', '"gdd"', r":6: rules.GD.optimizer: .*did you mean 'gd'"),
        ("norm = 1e9", "norm = -1", r":8: rules.Clipped.clip"),
        ("budget = 6", 'budget = "many"', r":10: classes.rate.budget: must be"),
        ('Momentum = "momentum" }', 'Momentum = "mass" }', r":13: classes.both.second.Momentum: unknown"),
        ('second = { Momentum', 'second = { Momentun', r"Momentun: unknown rule.*'Momentum'"),
        ('"booth"', '"both"', r":18: families.races.surfaces.*did you mean 'booth'"),
        ("targets = [0.01, 0.1]", "targets = [0.1, 0.1]", r":16: families.races.targets: must be 1 to"),
        ("saddle = 0.0", "sadle = 0.0", r"lowest.sadle: unknown problem - did you mean 'saddle'"),
        ("lowest = { saddle = 0.0 }", "", r"out.surfaces: the loss at the saddle is not known"),
        ('kind = "line"', 'kind = "lines"', r"families.nets.problems.line.data"),
        ('kind = "line", n = 10', 'csv = "/etc/passwd", x = "a", y = "b"', "a suite makes its data"),
        ("batch_size = 5", "batch_size = 0", r":3\d: families.nets.problems.line.batch_size: must be"),
        ("batch_size = 5", "batch_size = 5\nloss = 7", r":3\d: families.nets.problems.line.loss"),
    ],
)  # fmt: skip
def test_faults_of_a_suite_stand_with_their_lines(before, after, told):
    assert before in SMALL
    with pytest.raises(ov.BadInput, match=told):
        suite_of(SMALL.replace(before, after, 1), "small.toml", "small")


def test_a_suite_has_limits():
    large = SMALL.replace("= 60", "= 90_000").replace("= 6\n", "= 1024\n").replace("= 8\n", "= 1024\n")
    with pytest.raises(ov.BadInput, match=r":2: steps: .*the limit is 10,000,000,000"):
        suite_of(large.replace("starts = 3", "starts = 64"), "small.toml", "small")


# ---- the league


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """A small league, played in this process with a function of one's own, and the times it took."""
    suite = suite_of(SMALL, "small.toml", "small")
    with open_store(tmp_path_factory.mktemp("league") / "runs.db") as store:
        yield suite, store, play_suite(suite, Playing(store), {"Mine": halved}, resamples=100)


def halved(theta, gradient):
    """A rule that knows the sphere: half of the slope is the way to its minimum."""
    return theta - 0.5 * gradient


def test_a_league(played):
    suite, _, (record, _) = played
    races = record["classes"]["rate"]["families"]["races"]
    assert record["rules"] == ["GD", "Momentum", "Clipped", "Mine"] and races["problems"] == [
        "sphere",
        "booth",
    ]
    # on the sphere the function is there at the first step, from wherever, and so it is on the twin
    assert np.array(races["times"])[:, 0, 3].tolist() == [[1, 1, 1], [1, 1, 1]]
    assert races["twins"][0][3] == [1, 1, 1]
    # torch's SGD that is clipped at a length it never sees is gradient descent
    times = np.array(races["times"], dtype=float)
    assert (times[:, :, 0] == times[:, :, 2])[~np.isnan(times[:, :, 0])].all()
    twins = np.array(races["twins"], dtype=float)
    assert (twins[:, :3] == times[0][:, :3]).all() or np.isnan(twins).any()
    for told in record["classes"].values():
        for family in told["families"].values():
            scores = [row["score"] for row in family["scores"]["rows"]]
            assert all(s["low"] - 1e-12 <= s["value"] <= s["high"] + 1e-12 for s in scores)
            assert [s["value"] for s in scores] == sorted((s["value"] for s in scores), reverse=True)
    tuned = races["tuned"][1][0]
    assert (
        len(tuned["tried"]["learning_rate"]) == 6
        and tuned["settings"]["learning_rate"] in tuned["tried"]["learning_rate"]
    )
    both = record["classes"]["both"]["families"]["races"]["tuned"][0][1]["settings"]
    assert set(both) == {"learning_rate", "momentum"}


def test_a_time_of_the_league_is_that_of_a_run(played):
    suite, _, (record, _) = played
    races = record["classes"]["rate"]["families"]["races"]
    contest = contests_of(suite, suite.families["races"])[1]
    chosen = races["tuned"][1][1]["settings"]["learning_rate"]
    surface = ov.surfaces["booth"]
    own = {tuple(np.round(place, 12)) for place in contest.tuned_on["starts"]}
    for k, start in enumerate(contest.scored_on["starts"]):
        assert tuple(np.round(start, 12)) not in own and list(start) != surface.start.tolist()
        run = ov.minimize(surface, ov.Momentum(chosen), steps=60, start=start)
        f0 = run.losses[0]
        above = np.flatnonzero(run.losses > surface.f_min + 0.01 * (f0 - surface.f_min))
        wanted = None if above[-1] == 60 else max(int(above[-1]) + 1, 1)
        assert races["times"][0][1][1][k] == wanted


def test_a_league_is_the_same_again_and_on_all_cores(played):
    suite, store, (record, _) = played
    again, _ = play_suite(suite, Playing(store), {"Mine": halved}, resamples=100)
    assert json.dumps(again) == json.dumps(record)


def league(*words):
    """`optiviz league` with these words."""
    return CliRunner().invoke(cli, ["league", *map(str, words)])


def test_the_command_writes_page_figures_and_changes(tmp_path, monkeypatch):
    # the others are drawn by the test of charts
    monkeypatch.setattr(report, "charts_of", lambda view, first: [figures.profile_chart(view)])
    small = tmp_path / "small.toml"
    text = SMALL[: SMALL.index("[families.deep]")].split("[classes.both]")
    small.write_text(f"{text[0]}[families{text[1].partition('[families')[2]}", encoding="utf-8")
    out = tmp_path / "out"
    assert league(small, "-o", out, "-j", 1, "--quiet").exit_code == 0
    made = {file.relative_to(out).as_posix(): file.read_bytes() for file in out.rglob("*") if file.is_file()}
    assert {"index.html", "league.json", "times.json", "figures/profile-rate-races.svg"} <= set(made)
    page = made["index.html"].decode()
    assert (
        "default-src 'none'" in page and "<script src" not in page and "http" not in page.split("</style>")[1]
    )
    for name in re.findall(r'(?:src|srcset|href)="((?!#|data:)[^"]+)"', page):
        assert (out / name).is_file(), name
    assert "of 2</td>" in page and " to " in page  # no score without its band
    record = json.loads(made["league.json"])
    profile = made["figures/profile-rate-races.csv"].decode().splitlines()
    assert profile[0] == "rule,ratio,share,low,high" and len(profile) == 1 + 97 * len(record["rules"])
    # again: nothing changes but nothing at all; against an older one in which momentum never arrives
    for problem in record["classes"]["rate"]["families"]["races"]["times"][0]:
        problem[1] = [None] * len(problem[1])
    old = tmp_path / "old.json"
    old.write_text(json.dumps(record), encoding="utf-8")
    told = league(small, "-o", out, "-j", 1, "--against", old)
    assert told.exit_code == 0 and told.stdout.strip() == str(out / "index.html")
    assert "races, rate: Momentum: 0.000 -> " in told.stderr
    again = {file.relative_to(out).as_posix(): file.read_bytes() for file in out.rglob("*") if file.is_file()}
    assert {name for name in made if made[name] != again[name]} <= {"runs.db", "runs.db-wal", "runs.db-shm"}
    assert (
        "unknown problem 'both' of suite 'small' - did you mean 'booth'?"
        in league(small, "--clip", "both").stderr
    )
    old.write_text("{}", encoding="utf-8")
    refused = league(small, "--against", old)
    assert refused.exit_code == 2 and "is no record of a league" in refused.stderr


def test_a_clip_of_a_league_is_a_scene(played, tmp_path):
    suite, _, (record, _) = played
    text = clip_scene(record, suite, "booth")
    scene, _ = read_text(text, "booth.toml", tmp_path)
    chosen = record["classes"]["rate"]["families"]["races"]["tuned"][1][1]["settings"]["learning_rate"]
    assert scene.runs["Momentum"].optimizer.learning_rate == chosen and "Mine" not in scene.runs
    assert scene.captions[0].text == "Tuned: 6 rates, 3 starts, 60 steps, target 1 % kept."
    line, _ = read_text(clip_scene(record, suite, "line"), "line.toml", tmp_path)
    assert line.runs["GD"].batch_size == 5


def test_charts_are_the_same_twice_and_hold_all_rules(played, tmp_path):
    _, _, (record, _) = played
    races, deep = (
        next(v for v in figures.record_views(record) if (v.kind, v.name) == ("rate", name))
        for name in ("races", "deep")
    )
    charts = [*figures.charts_of(races, True), *figures.charts_of(deep, True)]
    assert len({chart.name for chart in charts}) == len(charts) == 10
    for chart in charts:
        assert chart.rows and {len(row) for row in chart.rows} == {len(chart.head)}
    works = next(chart for chart in charts if chart.name.startswith("works"))
    for label, value, low, high in works.rows:  # of 6 trials the mean over two problems
        k = record["rules"].index(label)
        assert value == pytest.approx(np.mean([told[k]["works"] for told in races.family["tuned"]]))
        assert low <= value + 1e-9 and value <= high + 1e-9
    drawn = [works.draw("dark") for _ in range(2)]
    for k, figure in enumerate(drawn):
        write_figure(figure, tmp_path / f"{k}.svg")
    assert (tmp_path / "0.svg").read_bytes() == (tmp_path / "1.svg").read_bytes()
    ticks = [text.get_text() for text in drawn[0].axes[0].get_yticklabels()]
    assert ticks == [row[0] for row in works.rows]  # the rule that is not tuned is not there


# ---- `tune` in a scene

TUNED = """\
steps = 40
tune = { budget = 8, starts = 4 }
panels = ["loss"]
[problem]
surface = "booth"
[runs]
GD = { optimizer = "gd" }
Adam = { optimizer = "adam" }
Own = { optimizer = "gd", learning_rate = 0.01, tune = false }
"""


def test_a_scene_is_tuned_once_and_says_so(tmp_path, monkeypatch):
    file, kept = tmp_path / "a.toml", tmp_path / "out" / "a.tuned.toml"
    file.write_text(TUNED, encoding="utf-8")
    scene, _ = read(file, (), kept)
    chosen = tomllib.loads(kept.read_text(encoding="utf-8"))["runs"]
    assert [*chosen] == ["GD", "Adam"] and scene.runs["Own"].optimizer.learning_rate == 0.01
    surface, drawn = ov.surfaces["booth"], {"count": 4, "own": False, "seed": 0}
    by_hand = tuning.tune(ov.GD(), surface, starts_at(drawn, surface, np.arange(4)), trials=8, steps=40)
    assert chosen["GD"]["learning_rate"] == by_hand.chosen["learning_rate"]
    text = scene.captions[0].text
    assert text.startswith("Tuned: 8 rates, 4 starts, 40 steps, target 0.1 % kept. GD 0.0") and "Adam" in text
    # again, nothing is tuned: the file tells; the same race to the bit
    monkeypatch.setattr(tuned, "tuned_run", None)
    again, _ = read(file, (), kept)
    for label, run in ov.play(scene).trajectories.items():
        assert (run.path == ov.play(again).trajectories[label].path).all()
    told = json.loads((ov.render(again, tmp_path / "a.json")).read_text(encoding="utf-8"))["scene"]
    assert (
        told["tune"]["budget"] == 8 and told["tuned"]["GD"]["learning_rate"] == chosen["GD"]["learning_rate"]
    )
    # another scene, or a value changed by hand, is tuned anew
    before = kept.read_text(encoding="utf-8")
    for other in (
        before.replace("learning_rate = 0", "learning_rate = 1"),
        before.replace("\nsteps = ", '\nsteps = "x"  # '),
        before.replace("\nworks = ", "\nworks = inf  # "),
        f"{before}x = {'[' * 50_000}",
    ):
        kept.write_text(other, encoding="utf-8")
        assert other != before
        with pytest.raises(TypeError):  # there is no `tuned_run` to call
            read(file, (), kept)
    kept.write_text(before, encoding="utf-8")
    file.write_text(TUNED.replace("40", "41"), encoding="utf-8")
    with pytest.raises(TypeError):
        read(file, (), kept)
    monkeypatch.undo()
    assert read(file, (), kept)[0].tuned and kept.read_text(encoding="utf-8") != before


def test_tuned_and_untuned_side_by_side():
    scene = ov.Scene("booth", {"GD": ov.GD(0.01)}, steps=20, tune={"budget": 8, "starts": 2, "untuned": True})
    played = ov.play(scene)
    assert [*played.trajectories] == ["GD", "GD, untuned"]
    plain = ov.minimize(ov.surfaces["booth"], ov.GD(0.01), steps=20)
    assert (played.trajectories["GD, untuned"].path == plain.path).all()
    assert played.trajectories["GD"].losses[-1] < plain.losses[-1]


def test_data_are_tuned_with_other_seeds():
    def best(seed):
        text = (
            f"steps = 15\nseed = {seed}\ntune = {{ budget = 6, seeds = 2 }}\npanels = ['loss']\n[problem]\n"
            "data = { kind = 'sine', n = 8 }\nlayers = [{ units = 2, activation = 'tanh' }, { units = 1 }]\n"
            "[runs]\nGD = { optimizer = 'gd', batch_size = 4 }\n"
        )
        return read_text(text, "net.toml", Path())[0]

    one, again, other = best(0), best(0), best(7)
    assert one.tuned == again.tuned and one.tuned != other.tuned
    assert "2 seeds" in one.captions[0].text and "target" not in one.captions[0].text


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("budget = 8", "budget = 1", "a.toml:2: tune.budget: must be"),
        ("budget = 8", "bugdet = 8", "a.toml:2: tune.bugdet: .*did you mean 'budget'"),
        ("tune = false", "tune = 7", "a.toml:9: runs.Own.tune: must be"),
        ("40\ntune = { budget = 8,", "900_000\ntune = { budget = 256, seeds = 64,", "2: tune: .* too many"),
    ],
)  # fmt: skip
def test_faults_of_tune(before, after, told, tmp_path):
    assert before in TUNED
    with pytest.raises(ov.BadInput, match=told):
        read_text(TUNED.replace(before, after), "a.toml", tmp_path)


def test_the_command_tune(tmp_path):
    file = tmp_path / "a.toml"
    file.write_text(TUNED, encoding="utf-8")
    done = CliRunner().invoke(cli, ["tune", str(file), "-o", str(tmp_path / "out")])
    rows = done.stdout.splitlines()
    assert done.exit_code == 0 and rows[0].split() == [
        "run",
        "learning",
        "rate",
        "steps",
        "rates",
        "that",
        "work",
    ]
    assert [row.split()[0] for row in rows[1:]] == ["GD", "Adam"] and "of 8" in rows[1]
    assert (tmp_path / "out" / "a.tuned.toml").is_file()
    refused = CliRunner().invoke(cli, ["tune", "zigzag", "-o", str(tmp_path)])
    assert refused.exit_code == 2 and "nothing is to be tuned" in refused.stderr


def test_the_finding_of_the_league():
    scene = ov.load("tuned_race")
    # quick when tuned: gradient descent and NAG, by far; robust: Adam's numbers are those of the classic
    # league as docs/howto/league.md has them
    runs = ov.play(scene).trajectories
    gone = {label: runs[label].losses[-1] for label in ("GD", "NAG", "Adam")}
    assert gone["GD"] < 1e-3 * gone["Adam"] and gone["NAG"] < 1e-3 * gone["Adam"]
    table = (Path(__file__).parents[1] / "docs" / "howto" / "league.md").read_text(encoding="utf-8")
    rows = {row.split("|")[1].strip(): row for row in table.splitlines() if row.startswith("| ")}
    for label, score, works in (("NAG", ("0.66", "0.51", "0.78"), ("8.1", "6.0", "10.2")),
                                ("Adam", ("0.37", "0.26", "0.51"), ("11.5", "9.2", "13.7"))):  # fmt: skip
        for numbers, caption in ((score, scene.captions[1]), (works, scene.captions[2])):
            assert all(number in rows[label] and number in caption.text for number in numbers)
