"""The page in a browser: silent, alone, with the library's numbers, and nothing that a title could do.

Skipped where no Chromium is found; `.ci/run` installs one.
"""

import base64
import gzip
import importlib.util
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from browser import needs_browser
from click.testing import CliRunner

import optiviz as ov
from optiviz.cli import cli
from optiviz.notebook.widget import SCRIPT
from optiviz.rendering.encode import Film
from optiviz.rendering.encode.html import page_of_film
from optiviz.scene.numbers import number
from optiviz.scene.scene import Scene
from optiviz.scene.script import script
from optiviz.scenefile import load, resolve
from optiviz.web import page as assembler
from optiviz.web.squeeze import KEPT, declarations, roles_of, tokens

pytestmark = needs_browser
KINDS = ["momentum", "zigzag", "convexity", "relu_softmax", "activations"]
SMALL = {"size": (480, 270), "seconds": 2.0, "opening": 0.0, "hold": 0.0}
HOSTILE = '</script><img src=x onerror=alert(1)><!-- {{"'
RUN_SCRIPT = re.compile(r'<script type="module">(.*)</script>', re.S)
OPENS = 'if(typeof document!=="undefined")openPage();'
LONG = {}  # of each page's script, as it is written, the same with the names of its modules


@pytest.fixture(scope="module", autouse=True)
def long_names():
    """Remembers of each script what it was before its names were shortened: tests call functions by name."""

    def joined_script(*parts, **settings):
        text = joined(*parts, **settings)
        LONG[text] = joined(*parts, **settings | {"short": False})
        return text

    joined, patch = assembler.joined_script, pytest.MonkeyPatch()
    patch.setattr(assembler, "joined_script", joined_script)
    yield
    patch.undo()


def text_of(scene, **settings):
    """The page of a scene."""
    return page_of_film(Film(scene, ov.play(scene), name="scene"), **settings)


@pytest.fixture(scope="module")
def beale():
    """The page of the scene that all directions are about, in a small frame: its poster is drawn faster."""
    return text_of(replace(load(resolve("race_beale")), size=(640, 360)))


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Pages of other kinds of scenes, by name, each made when it is first asked for."""
    folder, made = tmp_path_factory.mktemp("pages"), {}

    def page(name):
        if name not in made:
            scene = replace(load(resolve(name)), size=(640, 360))
            made[name] = folder / f"{name}.html"
            made[name].write_text(text_of(scene), encoding="utf-8")
        return made[name]

    return page


@pytest.fixture
def open_page(browser):
    """Opens pages, and finds afterwards that they said nothing and asked for nothing."""
    opened = []

    def open_one(text=None, path=None, **settings):
        opened.append(browser.open(path, html=text, **settings))
        return opened[-1]

    yield open_one
    for page in opened:
        page.frames(1) if page.scripted else None
        assert (page.messages, page.requests) == ([], [])
        page.close()


def own_program(text, ending):
    """An expression that runs the page's own script, without opening it, and then `ending`."""
    script = LONG[RUN_SCRIPT.search(text)[1]].replace(OPENS, "")
    assert OPENS not in script
    read = "const scene = JSON.parse(document.getElementById('scene').textContent);"
    return f"(() => {{ {script}\n{read} {ending} }})()"


def paths_in(page, text, start="scene.problem.start", changes="{ runs: {} }"):
    """Paths (T + 1, 2) and losses of all runs, by label, as the page computes them."""
    told = page.evaluate(
        own_program(
            text,
            f"return raceOf(scene, {start}, {changes}).map((one) => "
            "[one.label, Array.from(one.path), Array.from(one.losses), one.stopped]);",
        )
    )
    return {
        label: (np.reshape(path, (-1, 2)), np.array(losses), stopped) for label, path, losses, stopped in told
    }


# ---- the file


def test_the_file_is_small_and_complete(beale):
    assert len(gzip.compress(beale.encode(), 9, mtime=0)) <= 119_000
    assert not re.search(r"""(?:src|href)=["'](?!data:|#)""", beale)
    spaces = beale.replace("http://www.w3.org/2000/svg", "")  # a name, not an address
    assert not re.search("https?://", spaces)


def test_no_name_of_the_browser_is_shortened(open_page, beale):
    """Names of its window that modules use as variables of their own are declared where they are used."""
    asked = {}
    for piece in declarations(assembler.joined_modules()):
        parts = tokens(piece)
        for k, role in enumerate(roles_of(piece)):
            if role and (word := parts[k].text) not in KEPT:
                bound = parts[k - 1].text in ("const", "let", "function", "(", "[", ",", "{", ":", "...")
                asked[word] = asked.get(word, False) or bound
    taken = open_page(beale).evaluate(f"{json.dumps(sorted(asked))}.filter((word) => word in window)")
    assert [word for word in taken if not asked[word]] == []


def test_without_a_script_it_is_a_page_to_read(open_page, beale):
    page = open_page(beale, script=False)
    picture = page.screenshot()
    assert len(picture) > 20_000  # there is something to see
    page.call("Emulation.setScriptExecutionDisabled", value=False)
    seen = page.evaluate("document.body.innerText")
    scene = load(resolve("race_beale"))
    first, *_, verdict = script(scene, ov.play(scene).at_positions)
    assert scene.title in seen and first.text in seen and verdict.text in seen
    assert page.evaluate("document.querySelector('#poster').naturalWidth") == 480
    rows = page.evaluate(
        "[...document.querySelectorAll('#still tbody tr')].map((row) => row.cells[0].textContent)"
    )
    assert rows == list(scene.runs)


@pytest.mark.parametrize("name", KINDS)
def test_it_opens_without_a_word_or_a_request(open_page, pages, name):
    page = open_page(path=pages(name))
    page.offline()
    page.frames(3)
    assert page.evaluate("document.documentElement.classList.contains('live')")


def test_titles_stay_text(open_page):
    runs = {HOSTILE: ov.GD(0.02), "<b>Adam</b>": ov.Adam(0.3)}
    scene = Scene("booth", runs, ("landscape", "loss"), HOSTILE, steps=5, notes=HOSTILE, author=HOSTILE,
                  captions=[{"at": 0, "text": HOSTILE.replace("{", "(")}], **SMALL)  # fmt: skip
    page = open_page(text_of(scene))
    assert page.evaluate("[document.title, document.querySelector('h1').textContent]") == [HOSTILE] * 2
    assert page.evaluate("document.querySelectorAll('img[src=x], main b b').length") == 0


# ---- the numbers


def test_paths_are_those_of_the_library_to_the_last_bit(open_page, beale):
    page = open_page(beale)
    scene = load(resolve("race_beale"))
    race = ov.play(scene).at_positions
    found = paths_in(page, beale)
    assert list(found) == list(scene.runs)
    for label, (path, losses, stopped) in found.items():
        run = race.trajectories[label]
        np.testing.assert_array_equal(path, run.path, err_msg=label)
        np.testing.assert_array_equal(losses, run.losses, err_msg=label)
        assert stopped == -1


def test_another_start_has_the_same_luck(open_page, beale):
    page = open_page(beale)
    scene = load(resolve("race_beale"))
    moved = replace(scene, objective=replace(scene.objective, start=(0.5, 1.25)))
    race = ov.play(moved).at_positions
    for label, (path, *_) in paths_in(page, beale, "[0.5, 1.25]").items():
        expected = race.trajectories[label].path
        np.testing.assert_array_equal(path[: len(expected)], expected, err_msg=label)


def test_recorded_runs_play_their_paths(open_page):
    runs = {"BFGS": ov.Scipy("BFGS"), "GD": ov.GD(0.02)}
    scene = Scene("booth", runs, ("landscape", "loss"), "scipy", steps=12, **SMALL)
    text = text_of(scene)
    page = open_page(text)
    race = ov.play(scene)
    for label, (path, losses, _) in paths_in(page, text).items():
        run = race.trajectories[label]
        rows = len(run.path)
        np.testing.assert_array_equal(path[:rows], run.path)
        np.testing.assert_array_equal(path[rows:], np.repeat(run.path[-1:], 13 - rows, axis=0))
        np.testing.assert_array_equal(losses[:rows], run.losses)


TRAINS = """new Promise((done) => {
  const [seen, races, old] = [[], [], optiviz.state.race];
  const rated = (learning_rate) =>
    optiviz.set({ changes: { runs: { Softmax: { settings: { learning_rate } } } } });
  optiviz.on(["race"], () => races.push(optiviz.state.race.map(({ run }) => run.settings.learning_rate)));
  optiviz.on(["training"], () => {
    const { training, race } = optiviz.state;
    if (training) seen.push([training, race === old]);
    if (seen.length === 1 && training) rated(0.07);
    if (training === null) done([seen, races]);
  });
  rated(0.05);
})"""


def test_a_network_is_trained_in_slices_and_a_newer_change_takes_the_place_of_an_older(open_page, pages):
    page = open_page(path=pages("relu_softmax"))
    seen, races = page.evaluate(TRAINS)
    assert all(same and 0 < share <= 1 for share, same in seen)  # until the end the race is the one before
    assert len(seen) >= 2
    assert [rates[1] for rates in races] == [0.07]  # the older one never came to its end
    page.evaluate("[...document.querySelectorAll('#pick button')].at(-1).click()")
    page.frames(3)
    inside = page.evaluate("document.querySelector('[data-kind=neurons] .plot').getAttribute('aria-label')")
    assert "what each neuron sees: 10 relu, 10 relu, 2 " in inside


# ---- play

STATE = "window.optiviz.state"


def state(page, *names):
    """Parts of the page's state, after the frame in which they are told."""
    page.frames(2)
    found = page.evaluate(
        f"(() => {{ const s = {STATE}; return [{', '.join(f's.{one}' for one in names)}]; }})()"
    )
    return found[0] if len(names) == 1 else found


def test_keys_play_and_step(open_page, beale):
    page = open_page(beale)
    assert state(page, "time", "playing") == [0, False]
    page.press("ArrowRight", "ArrowRight", "shift+ArrowRight", "ArrowLeft")
    assert state(page, "time") == 11
    page.press("End")
    assert state(page, "time") == 200
    page.press("Home", "]")
    second = script(load(resolve("race_beale")), ov.play("race_beale").at_positions)[1]
    assert state(page, "time") == pytest.approx(second.time)
    page.press("t", "2")
    assert state(page, "theme", "only") == ["dark", "SGD"]
    page.press("2", "shift+1")
    assert state(page, "only", "hidden") == [None, ["GD"]]
    page.press(" ")
    assert state(page, "playing") is True
    page.wait(f"{STATE}.time > {second.time} + 0.5", 8)
    page.press(" ")
    assert state(page, "playing") is False


def test_a_place_on_the_bar_shows_that_step_of_the_library(open_page, beale):
    page = open_page(beale)
    race = ov.play("race_beale").at_positions
    left, top, wide, high = page.evaluate(
        "(() => { const b = document.querySelector('#bar').getBoundingClientRect(); "
        "return [b.x, b.y, b.width, b.height]; })()"
    )
    for share in (0.7, 0.25):
        page.click((left + share * wide, top + 0.6 * high))
        time = state(page, "time")
        assert time == round(time) and 0 < time < 200
        shown = dict(page.evaluate(
            "[...document.querySelectorAll('.key-row')].map((row) => "
            "['.name', '.number'].map((part) => row.querySelector(part).textContent))"
        ))  # fmt: skip
        for label, run in race.trajectories.items():
            digits = (number(run.losses[round(time)], count, zeros=True) for count in (1, 2, 3))
            assert shown[label] in {*digits}  # as there is room


def test_nothing_is_drawn_while_it_stands(open_page, beale):
    page = open_page(beale)
    page.frames(10)
    before = page.evaluate("window.optivizDraws")
    page.frames(30)
    assert page.evaluate("window.optivizDraws") == before
    page.press("ArrowRight")
    page.frames(4)
    assert 0 < page.evaluate("window.optivizDraws") - before < 20


def test_without_motion_play_goes_from_rest_to_rest(open_page, beale):
    page = open_page(beale, calm=True)
    lines = script(load(resolve("race_beale")), ov.play("race_beale").at_positions)
    assert state(page, "playing") is False
    page.press(" ")
    page.wait(f"{STATE}.time > 0", 3)
    assert any(state(page, "time") == pytest.approx(line.time) for line in lines[1:])


def test_a_question_hides_what_comes_after_it(open_page):
    scene = Scene("booth", {"GD": ov.GD(0.02), "Adam": ov.Adam(0.3)}, ("landscape", "loss"), "Ask", steps=20,
                  ask={"at": 5, "question": "Who is home first?"}, **SMALL)  # fmt: skip
    page = open_page(text_of(scene))
    page.press("End")
    assert state(page, "time") <= 5
    assert "Who is home first?" in page.evaluate("document.body.innerText")
    assert "home at" not in page.evaluate("document.body.innerText")


@pytest.mark.parametrize("wide", [320, 640, 1920])
def test_nothing_scrolls_sideways(open_page, beale, wide):
    page = open_page(beale, width=wide, height=844 if wide < 900 else 768, touch=wide < 500)
    page.frames(3)
    assert page.evaluate("document.documentElement.scrollWidth") <= wide
    assert page.evaluate("document.querySelector('#play').getBoundingClientRect().width") >= 44


def test_without_webgl_all_else_lives(open_page, beale):
    none = "HTMLCanvasElement.prototype.getContext = new Proxy(HTMLCanvasElement.prototype.getContext, "
    none += "{apply: (f, self, args) => args[0].startsWith('webgl') ? null : f.apply(self, args)});"
    page = open_page(beale, before=none)
    page.press("ArrowRight")
    assert state(page, "time") == 1


# ---- touch


def race_now(page):
    """The paths (T + 1, 2) that the page shows, by label."""
    told = page.evaluate(f"{STATE}.race.map((one) => [one.label, Array.from(one.path)])")
    return {label: np.reshape(path, (-1, 2)) for label, path in told}


def assert_paths(page, race):
    """What the page shows are the library's paths, to the last bit."""
    for label, path in race_now(page).items():
        expected = race.at_positions.trajectories[label].path
        np.testing.assert_array_equal(path[: len(expected)], expected, err_msg=label)


def test_a_click_or_a_drag_moves_the_start_and_the_link_brings_it_back(open_page, beale, browser):
    page = open_page(beale)
    scene = load(resolve("race_beale"))
    left, top, wide, high = page.evaluate(
        "(() => { const b = document.querySelector('[data-kind=map] .plot').getBoundingClientRect(); "
        "return [b.x, b.y, b.width, b.height]; })()"
    )
    page.click((left + 0.45 * wide, top + 0.8 * high))
    clicked = state(page, "start")
    assert clicked != list(scene.objective.start)
    assert_paths(page, ov.play(replace(scene, objective=replace(scene.objective, start=clicked))))
    handle = page.middle(".start-handle")
    page.drag(handle, (handle[0] + 60, handle[1] - 90))
    dragged = state(page, "start")
    assert dragged[0] > clicked[0] and dragged[1] > clicked[1]
    moved = ov.play(replace(scene, objective=replace(scene.objective, start=dragged)))
    assert_paths(page, moved)
    before = page.evaluate("document.activeElement.blur(), location.hash")
    page.press("ArrowRight", "ArrowRight")
    page.wait(f"location.hash !== {json.dumps(before)}")
    page.evaluate("new Promise((done) => setTimeout(done, 350))")  # the last word is written
    hash_ = page.evaluate("location.hash")
    again = open_page(beale, at=hash_)
    assert state(again, "start", "time") == [dragged, 2]
    assert_paths(again, moved)


def test_a_copied_scene_renders_to_the_same_path(open_page, beale, tmp_path):
    page = open_page(beale)
    page.evaluate(
        "window.optiviz.set({start: [0.5, 1.25], changes: {runs: "
        "{Adam: {settings: {learning_rate: 0.05}}, NAG: {settings: {momentum: 0.5}}}}})"
    )
    page.press("shift+C", "c")
    page.frames(3)
    lines = page.evaluate("[...document.querySelectorAll('.share pre > *')].map((line) => line.textContent)")
    file = tmp_path / "copied.toml"
    file.write_text("\n".join(line.rstrip("\n") for line in lines) + "\n", encoding="utf-8")
    scene = ov.load(file)
    assert scene.runs["Adam"].optimizer.learning_rate == 0.05 and scene.runs["NAG"].optimizer.momentum == 0.5
    assert_paths(page, ov.play(scene))


def test_the_page_of_explore_has_all_surfaces_and_rules(open_page):
    scene = Scene("booth", {"GD": ov.GD(0.02)}, ("landscape", "loss"), "Explore", steps=20, **SMALL)
    page = open_page(text_of(scene, explore=True))
    assert state(page, "panel") == "explore"
    change = {"problem": {"kind": "surface", "name": "himmelblau"}, "runs": {"GD": {"rule": "adam"}}}
    page.evaluate(f"window.optiviz.set({{changes: {json.dumps(change)}, start: [1, 1]}})")
    page.frames(3)
    (path,) = race_now(page).values()
    np.testing.assert_array_equal(path, ov.minimize("himmelblau", ov.Adam(), start=[1, 1], steps=20).path)


# ---- carriers

GALLERY = """\
title = "{name}"
panels = ["landscape", "loss"]
steps = 5
seconds = 0.5
hold = 0
fps = 10
size = [320, 240]
[problem]
surface = "booth"
[runs]
GD = {{ optimizer = "gd", learning_rate = 0.02 }}
"""
INSIDE = "document.querySelector('.clip iframe')"


def test_a_gallery_plays_one_scene_at_a_time_in_its_place(open_page, tmp_path):
    for name in ("one", "two"):
        (tmp_path / f"{name}.toml").write_text(GALLERY.format(name=name))
    made = CliRunner().invoke(cli, ["gallery", *(f"{tmp_path}/{n}.toml" for n in ("one", "two")),
                                    "-o", f"{tmp_path}/show", "--quiet"])  # fmt: skip
    assert made.exit_code == 0, made.output
    assert {"one.html", "two.gif", "two.html"} <= {file.name for file in (tmp_path / "show").iterdir()}
    page = open_page(path=tmp_path / "show/index.html")
    page.offline()
    for k, name in enumerate(("one", "two")):
        page.evaluate(f"document.querySelectorAll('.touch')[{k}].click()")
        page.wait(f"document.querySelectorAll('iframe').length === 1 && {INSIDE}.src.endsWith('{name}.html')")
    assert page.evaluate(f"{INSIDE}.getAttribute('sandbox')") == "allow-scripts"
    page.wait(f"{INSIDE}.getBoundingClientRect().height > 300")
    page.evaluate("document.querySelectorAll('.touch')[1].click()")
    assert page.evaluate("document.querySelectorAll('iframe').length") == 0
    assert all(one.startswith("file:") for one in page.requests)
    page.requests.clear()


def test_a_deck_has_pages_that_give_the_keys_back(open_page, tmp_path):
    (tmp_path / "one.toml").write_text(GALLERY.format(name="one"))
    scenes = '["one.toml", { scene = "one.toml", title = "again" }]'
    (tmp_path / "deck.toml").write_text(f'title = "Deck"\nmovie = "page"\n[[sections]]\nscenes = {scenes}\n')
    made = CliRunner().invoke(
        cli, ["deck", f"{tmp_path}/deck.toml", "-o", f"{tmp_path}/deck.html", "--quiet"]
    )
    assert made.exit_code == 0, made.output
    page = open_page(path=tmp_path / "deck.html", at="#slide-2")
    page.offline()
    page.evaluate("new Promise((done) => setTimeout(done, 700))")
    assert page.evaluate("[document.querySelectorAll('iframe').length, document.activeElement.tagName]") == [
        1, "BODY",
    ]  # fmt: skip
    page.click((640, 400))
    page.press("ArrowRight")  # is the page's
    assert page.evaluate("[location.hash, document.activeElement.tagName]") == ["#slide-2", "IFRAME"]
    page.press("Escape", "Escape", "Escape")
    page.press("ArrowRight")
    page.wait("location.hash === '#slide-3' && document.querySelectorAll('iframe').length === 1")


def test_a_notebook_s_frame_holds_the_page(open_page):
    scene = Scene("booth", {"GD": ov.GD(0.02)}, ("landscape", "loss"), "Notebook", steps=5, **SMALL)
    page = open_page(f"<!DOCTYPE html><title>n</title>{scene._repr_mimebundle_()['text/html']}")
    page.frames(5)
    box = page.evaluate("(() => { const b = document.querySelector('iframe').getBoundingClientRect(); "
                        "return [b.x, b.y, b.width, b.height]; })()")  # fmt: skip
    assert box[2] > 900 and box[3] > 600
    page.click((box[0] + box[2] / 2, box[1] + 300))
    page.press("ArrowRight", "Escape")  # to the page inside, and back
    assert page.evaluate("document.activeElement.tagName") == "BODY" or page.evaluate("document.hasFocus()")


def test_a_widget_reads_the_state_back(open_page, tmp_path):
    """Its script in a browser, with a model as notebooks have one: a click in the page comes out as state."""
    scene = Scene("booth", {"GD": ov.GD(0.02)}, ("landscape", "loss"), "Widget", steps=5, **SMALL)
    esm = base64.b64encode(SCRIPT.encode()).decode()
    values = json.dumps({"page": text_of(scene), "title": "a page", "tall": 660})
    page = open_page("<!DOCTYPE html><title>w</title><body style='margin: 0'></body>")
    page.evaluate(f"""(async () => {{
        const values = {values};
        const model = {{ get: (name) => values[name], set: (name, to) => {{ values[name] = to; }},
            save_changes: () => {{ window.saved = values.state; }} }};
        const {{ default: widget }} = await import("data:text/javascript;base64,{esm}");
        widget.render({{ model, el: document.body }});
    }})()""")
    assert page.evaluate("document.querySelector('iframe').getAttribute('sandbox')") == "allow-scripts"
    page.evaluate("new Promise((done) => setTimeout(done, 800))")
    for _ in range(20):  # the frame may not listen yet
        page.click((900, 330))
        page.frames(20)
        if page.evaluate("Boolean(window.saved)"):
            break
    told = page.evaluate("window.saved")
    assert told["start"] != list(ov.booth.start) and told["changes"] == {"runs": {}}
    file = tmp_path / "touched.toml"
    file.write_text(told["toml"], encoding="utf-8")
    np.testing.assert_array_equal(ov.load(file).objective.start, told["start"])


def test_a_widget_is_made_of_the_page():
    pytest.importorskip("anywidget", reason="an extra: pip install anywidget")
    scene = Scene("booth", {"GD": ov.GD(0.02)}, ("landscape",), "Widget", steps=5, **SMALL)
    made = ov.widget(scene, explore=False)
    assert made.page == text_of(scene).replace('"name":"scene"', '"name":""') and made.state == {}
    assert "GD" in made.title


# ---- accessibility


def axe():
    """The text of axe-core, where the tests have it."""
    found = importlib.util.find_spec("axe_playwright_python")
    return found and Path(found.origin).with_name("axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing(open_page, beale, dark):
    if not axe():
        pytest.skip("axe-core is not there: pip install --no-deps axe-playwright-python")
    text = beale.replace('data-theme="light"', 'data-theme="dark"') if dark else beale
    text = text.replace('"theme":"light"', '"theme":"dark"') if dark else text
    page = open_page(text)
    page.evaluate(axe())
    told = page.evaluate(
        "axe.run({resultTypes: ['violations']}).then((found) => found.violations"
        ".map((one) => [one.id, one.nodes.map((node) => node.html.slice(0, 120))]))"
    )
    assert told == []
