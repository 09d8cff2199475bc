"""Hands on the page in a browser: what is dragged, typed and voted is what is raced, shared and told."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from browser import needs_browser

import optiviz as ov
from optiviz.rendering.encode import Film
from optiviz.rendering.encode.html import page_of_film
from optiviz.scenefile import load, read_text, resolve

pytestmark = needs_browser
STATE = "optiviz.state"


def written(scene, path):
    path.write_text(page_of_film(Film(scene, ov.play(scene), name="race"), explore=True), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def beale(tmp_path_factory):
    """Three rules, one of them with noise, in a small frame: its poster is drawn fast."""
    runs = {"SGD": ov.Run(ov.GD(0.02), noise=1.0), "Momentum": ov.Momentum(0.005), "Adam": ov.Adam(0.5)}
    panels, small = ["landscape", "loss"], {"size": (320, 180), "seconds": 1.0, "opening": 0.0, "hold": 0.0}
    scene = ov.Scene(ov.beale, runs, panels, title="Three", steps=80, seed=3, **small)
    return written(scene, tmp_path_factory.mktemp("hands") / "race.html")


@pytest.fixture
def opened(browser, beale):
    pages = []

    def open_at(address="", path=None):
        pages.append(browser.open(path or beale, at=address))
        return pages[-1]

    yield open_at
    for page in pages:
        page.close()


def paths_now(page):
    """The paths that the page shows, by label."""
    told = page.evaluate(
        f"JSON.stringify({STATE}.race.map(({{ label, path }}) => [label, Array.from(path)]))"
    )
    return {label: np.array(path).reshape(-1, 2) for label, path in json.loads(told)}


def text_shared(page):
    return page.evaluate("document.querySelector('.share .code').textContent")


def test_a_dragged_start_is_raced_shared_and_linked(opened):
    page = opened("#k=10&panel=share")
    before = page.evaluate(f"{STATE}.start")
    page.drag(".start-handle", (700, 420))
    page.wait(f"{STATE}.dragging === null")
    start = page.evaluate(f"{STATE}.start")
    assert start != before
    scene, _ = read_text(text_shared(page), "copy.toml", Path())
    assert scene.objective.start.tolist() == start
    played = ov.play(scene).at_positions.trajectories
    seen = paths_now(page)
    assert list(seen) == list(played)
    for label, path in played.items():
        np.testing.assert_array_equal(seen[label], path.path, err_msg=label)
    page.wait("location.hash.includes('start=')")
    again = opened(page.evaluate("location.hash"))
    assert again.evaluate(f"[{STATE}.start, {STATE}.time]") == [start, 10]


def test_escape_while_dragging_brings_the_start_back(opened):
    page = opened()
    before = page.evaluate(f"{STATE}.start")
    page.drag(".start-handle", (700, 420), drop=False)
    assert page.evaluate(f"{STATE}.start") != before
    page.press("Escape")
    page.frames()
    assert page.evaluate(f"[{STATE}.start, {STATE}.dragging]") == [before, None]


def test_the_pad_by_keyboard(opened):
    page = opened("#run=Momentum")
    page.press("p")
    page.frames(3)
    assert page.evaluate("document.activeElement.getAttribute('role')") == "slider"
    own = page.evaluate(f"{STATE}.scene.runs.find((run) => run.label === 'Momentum').settings.momentum")
    page.press("ArrowDown", "ArrowDown")
    page.frames(3)
    changed = page.evaluate(f"{STATE}.changes.runs.Momentum.settings")
    assert changed == {"momentum": pytest.approx(own - 0.02)}
    page.wait("/arrives|runs away|on its way/.test(document.activeElement.getAttribute('aria-valuetext'))")
    expected = ov.minimize("beale", ov.Momentum(0.005, changed["momentum"]), steps=80).path
    np.testing.assert_array_equal(paths_now(page)["Momentum"], expected)
    rates, words = [], "document.activeElement.getAttribute('aria-valuetext')"
    for key in ("Home", "End"):  # the borders of where it arrives
        page.press(key)
        page.frames(3)
        rates.append(page.evaluate(f"{STATE}.changes.runs.Momentum.settings.learning_rate"))
        assert "arrives at step" in page.evaluate(words)
    assert rates[0] < 0.005 < rates[1] < 1
    page.press(*3 * ["ArrowRight"])  # a twentieth of a decade: the next cell of the ground
    page.frames(3)
    assert "arrives" not in page.evaluate(words)
    page.click(".explore .reset")
    page.frames(3)
    assert page.evaluate(f"{STATE}.changes.runs") in (None, {})


def test_the_window_grows_and_does_not_jump(opened):
    page = opened()
    told = page.evaluate("""new Promise((done) => {
      const seen = [optiviz.state.view.xlim];
      optiviz.on(["view", "growing"], () => {
        seen.push(optiviz.state.view.xlim);
        if (!optiviz.state.growing) done(seen);
      });
      optiviz.set({ start: [-4.2, 3.9] });
    })""")
    wide = np.diff(told).ravel()
    assert len(wide) >= 3 and (np.diff(wide) >= -1e-12).all() and wide[-1] > 1.2 * wide[0]
    assert wide[1] - wide[0] < 0.1 * (wide[-1] - wide[0])
    np.testing.assert_array_less(told[-1][0], -4.2)


def test_a_formula_is_raced_and_a_bad_one_is_told(opened):
    page = opened("#panel=explore")
    put = "field = document.querySelector('#formula'); field.focus(); field.value = {}; " + (
        "field.dispatchEvent(new Event('input'))"
    )
    page.evaluate(put.format("'x**2 + 3*sn(y)'"))
    page.wait("document.querySelector('.fault').textContent !== ''")
    assert page.evaluate("document.querySelector('.fault').textContent").startswith("Place 10: ")
    assert page.evaluate(f"{STATE}.changes.problem ?? null") is None  # the map keeps what it was
    page.evaluate(put.format("'x**2 + 20*y**2'"))
    page.wait(f"{STATE}.changes.problem?.kind === 'formula'")
    page.frames(3)
    bowl = ov.surface("x**2 + 20*y**2", xlim=(-4, 4), ylim=(-4, 4), start=(1.0, 1.5))
    expected = ov.minimize(bowl, ov.Momentum(0.005, 0.9), steps=80).path
    np.testing.assert_array_equal(paths_now(page)["Momentum"], expected)


def test_a_bad_link_is_told_in_one_line_and_the_rest_holds(opened):
    page = opened("#rate=abc&k=7")
    assert page.evaluate("document.querySelector('.bad-link').textContent") == (
        "part of the link was not understood: rate=abc"
    )
    assert page.evaluate(f"{STATE}.time") == 7


def test_votes_are_hands_and_nothing_is_told_before_the_reveal(browser, tmp_path):
    page = browser.open(
        written(replace(load(resolve("race_saddle")), size=(320, 180)), tmp_path / "saddle.html")
    )
    page.wait(f"{STATE}.panel === 'ask'")
    page.press("6", "6", "2")
    page.frames(3)
    assert page.evaluate(f"{STATE}.votes") == {"Adam": 2, "Momentum": 1}
    told = page.evaluate("document.querySelector('[data-panel=ask]').textContent")
    assert "out at" not in told and "3 votes" in told
    page.press("Enter")
    page.frames(3)
    assert page.evaluate(f"{STATE}.asked")
    told = page.evaluate("[...document.querySelectorAll('.choice')].map((row) => row.ariaLabel)")
    assert told[:2] == ["RMSprop, 0 hands, out at 4", "Adam, 2 hands, out at 11"]


def test_a_setting_that_decides_which_program_runs_cannot_be_slid(browser, tmp_path):
    scene = ov.Scene(
        ov.booth, {"RMSprop": ov.RMSprop(0.05)}, ["landscape"], steps=9, seconds=0.5, size=(320, 180)
    )
    page = browser.open(written(scene, tmp_path / "one.html"))
    page.evaluate("optiviz.set({panel: 'explore'})")
    page.frames()
    disabled = "document.querySelector('input[type=range][aria-label=\"{} of RMSprop\"]').disabled"
    assert page.evaluate(disabled.format("momentum")) and not page.evaluate(disabled.format("rate"))
