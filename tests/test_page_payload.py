"""What a page is told of a scene: numbers, words, luck and pictures, against the library."""

import base64
import io
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

import optiviz as ov
from optiviz.cli import cli
from optiviz.rendering.encode import Film
from optiviz.rendering.encode import html_panels as panels
from optiviz.rendering.encode.html import page_of_film, page_payload
from optiviz.rendering.encode.html_runs import recorded_note
from optiviz.scene.scene import Panel, Run, Scene
from optiviz.scene.words import Ask, Caption, Mark
from optiviz.scenefile import load, resolve
from optiviz.web.programs import RECORDED_ONLY

SMALL = {
    "size": (320, 240),
    "steps": 8,
    "seconds": 0.5,
    "fps": 10,
    "opening": 0.0,
    "hold": 0.0,
    "verdict": "none",
}
RULES = {"GD": ov.GD(0.02), "SGD": Run(ov.GD(0.02), noise=0.5), "Adam": ov.Adam(0.3)}


def film_of(objective="booth", runs=RULES, shown=("landscape", "loss"), **settings):
    scene = Scene(objective, runs, shown, "Three rules", **{**SMALL, **settings})
    return Film(scene, ov.play(scene), name="three")


def doubles(text):
    return np.frombuffer(base64.b64decode(text), "<f8")


def pixels(url):
    kind, _, data = url.partition(",")
    assert kind == "data:image/webp;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
        return np.asarray(picture.convert("RGB"))


@pytest.fixture(scope="module")
def told():
    return page_payload(film_of())


def test_it_is_plain_data_and_twice_the_same(told):
    assert json.loads(json.dumps(told, allow_nan=False)) == json.loads(json.dumps(page_payload(film_of())))
    assert page_of_film(film_of()) == page_of_film(film_of())


def test_the_clock_runs_at_twenty_a_second_without_rests():
    # 0.5 s are 10 frames at even pace over 9 steps, whatever the rate of the clip and its rests
    even = film_of(steps=9, ease="linear", pauses=(3,), opening=2.0)
    assert page_payload(even)["clock"] == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert page_payload(even)["pauses"] == [3]


def test_captions_name_their_runs_and_rest_until_they_are_read():
    captions = [Caption(0, "GD and Adam begin."), Caption(6, "x = {x:GD@6!2} now.", rest=4.0)]
    told = page_payload(film_of(captions=captions, ease="linear", seconds=4.05))
    first, second = told["captions"]
    assert first["text"] == [("GD", "GD"), ("", " and "), ("Adam", "Adam"), ("", " begin.")]
    # 81 frames over 8 steps are 10 a step: 60 of them, 3 s, are more than the 2.5 s that four words need
    assert (first["time"], first["rest"], second["rest"], second["late"]) == (0, 0, 4, False)
    x = ov.minimize("booth", ov.GD(0.02), steps=6).path[-1, 0]
    assert second["text"] == [("", f"x = {x:.2g} now.")]
    brief = page_payload(film_of(captions=captions, ease="linear", seconds=1.05))
    # 21 frames: 15 of them, 0.75 s, leave 1.75 s of 2.5
    assert brief["captions"][0]["rest"] == 1.75


def test_a_question_is_told_apart_and_the_poster_does_not_answer_it():
    film = film_of(ask=Ask(4, "Who wins?", 2.0), captions=[Caption(6, "GD does.")])
    told = page_payload(film)
    assert told["ask"] == {"time": 4.0, "question": "Who wins?", "seconds": 2.0}
    assert [one["late"] for one in told["captions"]] == [True]
    plain = page_payload(film_of())["poster"]
    assert not np.array_equal(pixels(plain), pixels(told["poster"]))


def test_runs_carry_looks_and_settings_of_both_themes(told):
    gd, sgd, adam = told["runs"]
    assert (gd["color"], gd["dark"], gd["marker"], gd["rule"]) == ("#16181d", "#f4f2ec", "o", "gd")
    assert (adam["rule"], adam["settings"]["learning_rate"], adam["settings"]["beta_2"]) == (
        "adam",
        0.3,
        0.999,
    )
    assert [run["recorded"] for run in told["runs"]] == [None] * 3 and not any(
        "path" in r for r in told["runs"]
    )
    assert sgd["noise"] == 0.5 and "noise" not in gd and gd["program"] == sgd["program"] != adam["program"]


def test_luck_is_what_the_steps_saw(told):
    run = ov.play(film_of().scene).trajectories["SGD"]
    exact = np.array([ov.booth.gradient(theta) for theta in run.path[:-1]])
    assert list(told["luck"]) == ["SGD"]
    np.testing.assert_allclose(exact + doubles(told["luck"]["SGD"]).reshape(-1, 2), run.gradients, atol=1e-12)


def test_luck_of_data_are_rows_in_the_order_of_the_batches():
    data = ov.Data([0.0, 1.0, 2.0, 3.0, 4.0], [1.0, 3.0, 5.0, 7.0, 9.5])
    runs = {"two": Run(ov.GD(0.05), batch_size=2), "all": ov.GD(0.05)}
    told = page_payload(film_of(ov.Fit(data), runs, ("fit", "landscape"), steps=5))
    rows = np.frombuffer(base64.b64decode(told["luck"]["two"]), "<i4")
    # batches of 2, 2 and 1 are one pass over five rows; then 2 and 2
    assert len(rows) == 9 and sorted(rows[:5]) == [0, 1, 2, 3, 4] and "all" not in told["luck"]
    fit = ov.Fit(data)
    first = ov.minimize(replace(fit, batch_size=2), ov.GD(0.05), steps=1).gradients[0]
    np.testing.assert_array_equal(fit.gradient(fit.start, rows[:2]), first)
    problem = told["problem"]
    assert (
        problem["kind"] == "fit"
        and problem["data"]["y"] == [1, 3, 5, 7, 9.5]
        and problem["names"] == ["w", "b"]
    )
    # the least squares of the hand: x mean 2, y mean 5.1; w = sum (x - 2)(y - 5.1) / 10 = 2.1, b = 0.9
    np.testing.assert_allclose(problem["best"], [2.1, 0.9])


@pytest.mark.parametrize(
    ("runs", "why", "words"),
    [
        ({"BFGS": ov.Scipy("BFGS")}, "scipy", "BFGS (by scipy)"),
        (
            {"mine": lambda theta, gradient: theta - 0.01 * gradient},
            "function",
            "mine (a function of Python)",
        ),
    ],
)
def test_runs_of_others_are_recorded_and_said_to_be(runs, why, words, tmp_path):
    film = film_of(runs={**runs, "GD": ov.GD(0.02)})
    other, gd = page_payload(film)["runs"]
    (label,) = runs
    run = film.comparison.trajectories[label]
    assert (other["recorded"], gd["recorded"], other["program"]) == (why, None, None)
    np.testing.assert_array_equal(doubles(other["path"]), run.path.ravel())
    np.testing.assert_array_equal(doubles(other["losses"]), run.losses)
    with pytest.warns(UserWarning, match=rf"plays what was recorded.*{label} \("):
        ov.render(film.scene, tmp_path / "a.html", comparison=film.comparison)
    assert words in recorded_note(film)[0]


def test_a_comparison_whose_settings_nobody_knows_plays_its_paths():
    race = ov.compare(
        "booth", {"Adam": ov.Adam(0.03)}, steps=4
    )  # of the label alone, one would think of 0.001
    film = Film(ov.Scene("booth", {"Adam": ov.Adam()}, ["landscape"], **{**SMALL, "steps": 4}), race)
    assert page_payload(film)["runs"][0]["recorded"] == "path"


def test_a_function_of_ones_own_that_branches_is_a_recorded_problem():
    hill = ov.surface(lambda x, y: x * x if x > 0 else y * y, xlim=(-2, 2), ylim=(-2, 2), start=(1, 1))
    told = page_payload(film_of(hill, {"GD": ov.GD(0.1)}))
    assert told["problem"]["kind"] == "recorded" and told["runs"][0]["recorded"] == "problem"
    (board,) = told["panels"]  # the stage is a picture, so all is
    assert board["board"] and len(board["images"]) == len(board["times"]) > 1


def test_own_formulas_go_as_text():
    bowl = ov.surface("x**2 + 3*sin(y)", xlim=(-4, 4), ylim=(-3, 3), start=(-3, 2))
    told = page_payload(film_of(bowl, {"GD": ov.GD(0.1)}))["problem"]
    assert (told["kind"], told["formula"], told["start"]) == ("formula", "x**2 + 3*sin(y)", [-3, 2])


def test_the_map_has_the_bands_of_the_clip_in_the_shape_of_the_stage(told):
    levels, problem = told["levels"], told["problem"]
    assert len(levels["bands"]) == 15 and len(levels["ramp"]) == len(levels["dark"]) == 14
    assert np.all(np.diff(levels["bands"]) > 0)
    assert levels["bands"][0] == 0  # booth is 0 at (1, 3), and that is in the window
    (x, y, kind), *others = problem["minima"]
    np.testing.assert_allclose((x, y), (1, 3), atol=1e-9)
    assert kind == "minimum" and not others and not problem["saddles"]
    low, high = told["panels"][0]["xlim"]
    assert low < 0 < high and (told["panels"][0]["kind"], told["panels"][1]["kind"]) == ("map", "loss")


def test_marks_belong_to_their_panels():
    marks = [
        Mark("landscape", "here", at=(1.0, 2.0)),
        Mark("loss", "half", line=100.0),
        Mark("landscape", "a step of {x:GD@3!2}", run="GD", step=3),
    ]
    told = page_payload(film_of(marks=marks, shown=("loss", "landscape")))
    assert [panel["kind"] for panel in told["panels"]] == ["map", "loss"]  # the stage first
    x = ov.minimize("booth", ov.GD(0.02), steps=3).path[-1, 0]
    assert told["marks"] == [
        {"panel": 0, "at": [1.0, 2.0], "text": "here"},
        {"panel": 1, "at": None, "line": 100.0, "text": "half"},
        {
            "panel": 0,
            "at": None,
            "run": "GD",
            "time": 3.0,
            "text": f"a step of {x:.2g}".replace("-", "\N{MINUS SIGN}"),
        },
    ]


def test_what_the_page_cannot_draw_are_pictures_of_the_clip(monkeypatch):
    monkeypatch.setattr(panels, "PICTURES", 4)
    film = film_of(shown=("loss", "curvature"), pauses=(4,), ease="linear", size=(640, 360))
    loss, curvature = page_payload(film)["panels"]
    assert (loss["kind"], curvature["kind"]) == ("loss", "picture") and "cannot be changed" in curvature[
        "why"
    ]
    times = curvature["times"]
    assert times[0] == 0 and 4 in times and times[-1] == 8 and len(times) == len(curvature["images"]) <= 6
    left, bottom, wide, high = film.stage.places[1]
    last = film.stage.frame(len(film.moments) - 1)[..., :3]
    rows = slice(int(360 - bottom - high), int(360 - bottom))
    part = last[rows, int(left) : int(left + wide)].astype(float)
    seen = pixels(curvature["images"][-1]).astype(float)
    assert seen.shape == part.shape and np.abs(seen - part).mean() < 3  # WebP loses a little


def test_pictures_are_bounded_in_bytes(monkeypatch):
    monkeypatch.setattr(panels, "PICTURE_BYTES", 30_000)
    film = film_of(shown=("curvature", "curvature", "loss"), size=(640, 360))
    told = page_payload(film)["panels"]
    urls = [url for panel in told for url in panel.get("images", [])]
    assert len(urls) > 4 and sum(map(len, urls)) <= 40_000 + 200


def test_the_poster_is_small(told):
    race = load(resolve("race_beale"))
    told = page_payload(Film(race, ov.play(race)))
    assert len(base64.b64decode(told["poster"].partition(",")[2])) <= 8_000
    assert pixels(told["poster"]).shape[1] == 480 and told["posterTime"] == 64
    assert [panel["kind"] for panel in told["panels"]] == ["map", "hill", "loss"]
    own = race.panels[0].settings
    assert (told["panels"][1]["azimuth"], told["panels"][1]["elevation"]) == (
        own["azimuth"],
        own["elevation"],
    )


def test_each_panel_of_one_run_says_which():
    told = page_payload(film_of(shown=(Panel("landscape", each=True), "loss")))
    assert [panel.get("run") for panel in told["panels"]] == ["GD", "SGD", "Adam", None]


def test_explore_makes_a_page_of_a_surface_with_everything_to_choose(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    opened = []
    monkeypatch.setattr("click.launch", opened.append)
    small = ("--set", "steps=5", "--set", "size=[320, 240]")
    done = CliRunner().invoke(cli, ["explore", "booth", "--start=2,2", *small])
    assert (done.exit_code, done.stdout, opened) == (0, "outputs/booth.html\n", ["outputs/booth.html"])
    text = (tmp_path / "outputs/booth.html").read_text(encoding="utf-8")
    told = json.loads(re.search(r'id="scene">(.*?)</script>', text, re.S)[1])
    assert (told["explore"], told["name"], told["problem"]["start"]) == (True, "booth", [2, 2])
    assert [panel["kind"] for panel in told["panels"]] == ["map", "hill", "loss"]
    assert all(f'"surface:{name}"' in text for name in ov.surfaces)
    forms = {"adamw": "adam_2", "sgd": "gd"}  # which two rules are forms of
    assert all(f'"rule:{forms.get(name, name)}"' in text for name in set(ov.OPTIMIZERS) - set(RECORDED_ONLY))
    refused = CliRunner().invoke(cli, ["explore", "booth", "-o", "a.gif"])
    assert refused.exit_code == 2 and "a page is a .html file" in refused.stderr
