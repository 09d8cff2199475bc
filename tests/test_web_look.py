"""The stage of the page in a browser: what stays in its place, what is linked, what keys do."""

import json
from pathlib import Path

import pytest
from browser import needs_browser

from optiviz.objectives.surfaces import surfaces
from optiviz.web.page import explorer_page
from optiviz.web.programs import program_table

pytestmark = needs_browser
BEALE = Path(__file__).parent / "web" / "beale.json"
STATE = "window.optiviz.state"
# the first pixel of the map's ground at a share of its width and height, as "#rrggbb"
PIXEL = """(() => {
  const canvas = document.querySelector('[data-kind="map"] [data-layer="ground"]');
  const at = [Math.floor(%s * canvas.width), Math.floor(%s * canvas.height)];
  const data = canvas.getContext("2d").getImageData(...at, 1, 1).data;
  return "#" + [...data.slice(0, 3)].map((one) => one.toString(16).padStart(2, "0")).join("");
})()"""


@pytest.fixture(scope="module")
def text():
    scene = json.loads(BEALE.read_text(encoding="utf-8"))
    return explorer_page(scene, programs=program_table([surfaces["beale"]]))


@pytest.fixture
def page(browser, text):
    found = browser.open(html=text)
    found.wait(f"{STATE}.fonts")
    yield found
    assert [said for said in found.messages if not said.startswith("warning")] == []
    found.close()


def put(page, **patch):
    page.evaluate(f"window.optiviz.set({json.dumps(patch)})")
    page.frames(3)


def boxes(page):
    """Where title, caption, stage, bar and play button are."""
    return page.evaluate("""["h1", ".in-stage .plot", ".bar-track", "#play", "#counter"].map((one) => {
        const { x, y, width, height } = document.querySelector(one).getBoundingClientRect();
        return [x, y, width, height];
    })""")


def test_the_stage_has_the_pixels_of_its_direction_and_never_moves(page):
    put(page, time=64)
    before = boxes(page)
    assert before[1] == [450, 138, 806, 506]
    assert (before[2][0], before[2][0] + before[2][2]) == (262, 1082)
    assert before[3][2:] == [60, 60]
    for panel in ("explore", "share", "keys", "numbers", "views"):
        put(page, panel=panel)
        assert boxes(page) == before, panel
        shown = page.evaluate("!document.querySelector('#panel').hidden")
        assert shown == (panel != "views")


@pytest.mark.parametrize(("width", "height", "stage"), [(1024, 768, [376, 132, 628, 480]), (390, 844, None)])
def test_other_screens(page, width, height, stage):
    page.screen(width, height, touch=width < 500)
    page.frames(4)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if stage:
        assert boxes(page)[1] == stage
        return
    rows = page.evaluate("[...document.querySelectorAll('.key-row')].map((one) => one.offsetHeight)")
    assert rows == [44] * 7
    assert boxes(page)[1][0::2] == [0, 390]  # from edge to edge
    page.click("#tabs button:nth-child(3)")
    assert page.evaluate("document.querySelector('.in-stage').dataset.kind") == "loss"


def test_the_ground_has_the_colours_of_the_clip_in_both_themes(page):
    levels = page.evaluate(f"{STATE}.scene.levels")
    assert page.evaluate(PIXEL % (0.98, 0.98)) == levels["ramp"][-1]
    view = page.evaluate(f"{STATE}.view")
    (left, right), (low, high) = view["xlim"], view["ylim"]
    star = (3.0 - left) / (right - left), (high - 0.5) / (high - low)
    assert page.evaluate(PIXEL % star) == levels["ramp"][0]
    assert (right - left) / view["width"] == pytest.approx((high - low) / view["height"])  # equal scale
    page.evaluate("document.activeElement.blur()")
    page.press("t")
    page.frames(3)
    assert page.evaluate(PIXEL % (0.98, 0.98)) == levels["dark"][-1]
    assert page.evaluate(PIXEL % star) == levels["dark"][0]


def test_a_run_is_looked_at_everywhere_at_once(page):
    put(page, time=64)
    page.hover(".key-row:nth-child(7)")
    page.frames(3)
    assert page.evaluate(f"{STATE}.hover") == {"run": "Adam", "step": None}
    told = page.evaluate("document.querySelector('.tip').innerText").split("\n")
    assert [line for line in told if line][0] == "Adam · step 64"
    assert page.evaluate("document.querySelectorAll('.key-row.is-dim').length") == 6
    page.hover(".badge:nth-child(1)")
    page.frames(3)
    label, step = page.evaluate(f"[{STATE}.hover.run, {STATE}.hover.step]")
    assert (label, step) == ("Adagrad", 20)  # the first within 1 % of the drop, as the scene's notes say
    assert page.evaluate("document.querySelector('.badge').title") == "Adagrad home at 20"
    page.click(".key-row:nth-child(7)")
    page.hover((640, 4))
    page.frames(3)
    assert page.evaluate("document.querySelectorAll('.key-row.is-dim').length") == 6  # it is pinned
    page.press("Escape")
    page.frames(3)
    assert page.evaluate("document.querySelectorAll('.key-row.is-dim').length") == 0


def test_digits_show_one_run_or_hide_it(page):
    page.press("3")
    page.frames()
    assert page.evaluate(f"{STATE}.only") == "Momentum"
    page.press("3")
    for k in range(1, 8):
        page.press(f"shift+{k}")
    page.frames(3)
    assert page.evaluate(f"{STATE}.only") is None
    assert (
        page.evaluate("[...document.querySelectorAll('.number')].map((one) => one.textContent)")
        == ["hidden"] * 7
    )
    page.click(".message")
    assert page.evaluate(f"{STATE}.hidden") == []


def test_the_bar_goes_where_it_is_pressed_and_plays_on_only_if_it_played(page):
    page.drag((500, 738), (900, 738))
    time = page.evaluate(f"{STATE}.time")
    assert time == round(time) > 100 and page.evaluate(f"{STATE}.playing") is False
    share = page.evaluate("document.querySelector('.bar-knob').getBoundingClientRect().x")
    assert abs(share + 13 - 900) < 4
    page.press("Home")
    page.press(" ")
    page.frames()
    page.drag((500, 738), (600, 738))
    assert page.evaluate(f"{STATE}.playing") is True


def test_chapters_captions_and_verdict_come_at_their_times(page):
    seen = []
    for _ in range(5):
        page.press("]")
        page.frames(3)
        seen.append(
            (page.evaluate(f"{STATE}.time"), page.evaluate("document.querySelector('#caption').innerText"))
        )
    assert [time for time, _ in seen] == [2, 9, 48, 100, 200]
    assert seen[0][1].startswith("Adagrad turns at once") and seen[4][1].startswith("Loss after 200 steps")
    assert page.evaluate("document.querySelector('#caption').classList.contains('is-verdict')")
    page.press("[")
    page.frames()
    assert page.evaluate(f"{STATE}.time") == 100


def test_paper_has_all_captions_and_numbers_and_gives_the_screen_back(page):
    put(page, time=64, theme="dark")
    before = boxes(page)
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    told = page.evaluate(
        "[document.querySelector('#print').textContent, document.documentElement.dataset.theme]"
    )
    assert "step 48: RMSprop turns late" in told[0] and "Loss after 200 steps" in told[0]
    assert told[1] == "light"
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    page.frames(3)
    assert boxes(page) == before and page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_the_table_of_numbers_is_that_of_the_runs(page):
    put(page, time=64, panel="numbers")
    rows = page.evaluate("""[...document.querySelectorAll("[data-panel=numbers] tbody tr")]
        .map((row) => [...row.children].map((cell) => cell.textContent))""")
    assert rows[0] == ["GD", "0.0645", "0.00342", "at 27"]  # of the alt text and the notes of the scene
    notes = page.evaluate("document.querySelector('.notes').textContent")
    assert notes.startswith("Each rule has the rate that suits it best here") and "\n" not in notes
    assert [row[0] for row in rows] == ["GD", "SGD", "Momentum", "NAG", "Adagrad", "RMSprop", "Adam"]
