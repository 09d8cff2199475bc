"""The page's hill in a browser: turned, folded into the map, drawn when something changes, lost and found."""

import io

import numpy as np
import pytest
from browser import Page, needs_browser
from PIL import Image

import optiviz as ov
from optiviz.rendering.encode import Film
from optiviz.rendering.encode.html import page_of_film
from optiviz.scene.scene import Panel, Scene

pytestmark = needs_browser
HILL = '[data-kind="hill"] .plot'
CANVAS = '[data-layer="hill"]'
DRAWN = f"({{...document.querySelector('{CANVAS}').dataset}})"
START = """(() => {
    const {xlim: [low, high], ylim: [bottom, top]} = optiviz.state.view, [x, y] = optiviz.state.start;
    const box = document.querySelector('[data-kind="hill"] .plot').getBoundingClientRect();
    return [(x - low) / (high - low) * box.width, (top - y) / (top - bottom) * box.height];
})()"""  # its pixel on the map of the stage
SURFACE = 2 * 90 * 90  # triangles


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    panels = (
        Panel("landscape", settings={"critical": False}),
        Panel("landscape3d", settings={"azimuth": -120, "elevation": 48}),
        Panel("loss"),
    )
    runs = {"GD": ov.GD(0.005), "Adam": ov.Adam(0.1)}
    scene = Scene("beale", runs, panels, steps=30, size=(480, 270), seconds=2.0, opening=0.0, hold=0.0)
    found = tmp_path_factory.mktemp("hill") / "hill.html"
    found.write_text(page_of_film(Film(scene, ov.play(scene), name="hill")), encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def opened(browser, file):
    return browser.open(file)


@pytest.fixture
def page(opened):
    """The page as it opens, at rest: all that it draws sharp is drawn."""
    opened.evaluate("""optiviz.set({time: 0, hidden: [], hover: null, names: true, swapped: false,
        pose: {azimuth: -120, elevation: 48, fold: 0}}); document.activeElement.blur()""")
    at_rest(opened)
    yield opened
    assert (opened.messages, opened.requests) == ([], [])


def at_rest(page):
    """Wait until the hill is drawn no more: it is sharp 140 ms after it moved."""
    page.frames(3)
    page.evaluate(f"""new Promise((done) => {{
        const told = document.querySelector('{CANVAS}').dataset;
        const look = (last) => (told.draws === last ? done() : setTimeout(look, 250, told.draws));
        look();
    }})""")
    page.frames(2)


def draws(page):
    told = page.evaluate(DRAWN)
    return int(told["draws"]), int(told["triangles"])


def picture(page, selector):
    """Pixels (h, w, 3) of an element, without the 4 at its rim."""
    box = page.evaluate(f"document.querySelector('{selector}').getBoundingClientRect().toJSON()")
    seen = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB")).astype(int)
    left, top = round(box["x"]), round(box["y"])
    return seen[top + 4 : top + round(box["height"]) - 4, left + 4 : left + round(box["width"]) - 4]


def test_it_is_drawn_when_something_changes_and_then_no_more(page):
    before = draws(page)
    page.frames(30)
    assert draws(page) == before
    page.evaluate("optiviz.set({time: 20, hover: {run: 'GD', step: 3}})")
    at_rest(page)
    count, triangles = draws(page)
    assert count == before[0] + 2  # at once, and once more when it rests, sharp
    # the ground, two walls of 90 quads, and rectangles: two edges, two lines behind and before, with a casing
    # (on a slow machine a picture of a motion has a quarter of the ground)
    assert (1 + 1 / 4) / 2 * SURFACE + 2 * 180 < (triangles - before[1]) / 2 < SURFACE + 3000
    page.frames(30)
    assert draws(page)[0] == count


def test_a_drag_turns_it_by_half_a_degree_a_pixel_and_keys_by_five(page):
    x, y = page.middle(HILL)
    page.drag((x - 20, y), (x + 20, y + 10))
    told = page.evaluate("optiviz.state.pose")
    assert told == {"azimuth": -140, "elevation": 53, "fold": 0}  # 40 px: 20 degrees; 10 px: 5
    page.drag((x, y - 60), (x, y + 60))
    assert page.evaluate("optiviz.state.pose.elevation") == 90  # no further than straight from above
    page.evaluate(f"document.querySelector('{HILL}').focus()")
    time = page.evaluate("optiviz.state.time")
    page.press("ArrowLeft", "shift+ArrowRight", "ArrowDown")
    assert page.evaluate("optiviz.state.pose") == {"azimuth": -150, "elevation": 85, "fold": 0}
    assert page.evaluate("optiviz.state.time") == time  # the arrows were the hill's
    words = f"document.querySelector('{HILL}').getAttribute('aria-label')"
    assert page.evaluate(words) == "Hill turned by -30 degrees, seen from 85 above"
    page.press("0")
    page.wait("optiviz.state.pose.azimuth === -120 && optiviz.state.pose.elevation === 48")
    page.frames(2)
    assert page.evaluate(words) == "Hill turned by 0 degrees, seen from 48 above"


def test_the_fold_ends_on_the_very_pixels_of_the_map(page):
    page.evaluate("optiviz.set({time: 30, names: false, hover: null})")
    at_rest(page)
    plain = picture(page, '[data-kind="map"] .plot')
    page.press("v")
    at_rest(page)
    hill = picture(page, HILL)
    assert hill.shape == plain.shape  # where the map was
    assert (np.abs(hill - plain).max(axis=2) > 40).mean() > 0.3
    page.evaluate("document.querySelector('#fold input').value = 1")
    page.evaluate("document.querySelector('#fold input').dispatchEvent(new Event('input'))")
    at_rest(page)
    folded = picture(page, HILL)
    apart = np.abs(folded - plain).max(axis=2)
    x, y = page.evaluate(START)
    apart[int(y) - 32 : int(y) + 32, max(int(x) - 34, 0) : int(x) + 80] = 0  # the handle and its word
    assert (apart > 2).mean() < 0.0005 and page.evaluate("optiviz.state.pose.fold") == 1
    assert page.evaluate(f"document.querySelector('{HILL}').getAttribute('aria-label')") == (
        "Hill folded into the map"
    )


def test_a_link_brings_the_turn_back(browser, file):
    page = browser.open(file, at="#turn=-30,60,0.25")
    assert page.evaluate("optiviz.state.pose") == {"azimuth": -30, "elevation": 60, "fold": 0.25}
    page.evaluate("optiviz.set({pose: {azimuth: 12.34, elevation: 48, fold: 0}})")
    page.wait("location.hash === '#turn=12.3,48,0'")
    page.evaluate("optiviz.set({pose: {...optiviz.state.bestPose}})")
    page.wait("location.hash === ''")  # as it opens
    page.evaluate("location.hash = 'turn=0,5,0'")
    page.wait("document.querySelector('.bad-link')?.textContent.endsWith('turn=0,5,0')")
    assert page.messages == []
    page.close()


def test_from_above_and_unlit_bands_have_the_colours_of_the_ramp(page):
    page.evaluate("optiviz.set({pose: {azimuth: -90, elevation: 90, fold: 0.84}, hidden: ['GD', 'Adam']})")
    at_rest(page)
    seen = picture(page, CANVAS).reshape(-1, 3)
    ramp = page.evaluate("optiviz.state.scene.levels.ramp")
    top = np.array([int(ramp[-1][at : at + 2], 16) for at in (1, 3, 5)])
    flat = np.abs(seen - top).max(axis=1) <= 2  # the cut tops: level, so unchanged by what light is left
    assert flat.mean() > 0.08
    ground = np.abs(seen - 255).max(axis=1) > 0
    nearest = np.min(
        [np.abs(seen - [int(one[at : at + 2], 16) for at in (1, 3, 5)]).max(axis=1) for one in ramp], 0
    )
    assert np.median(nearest[ground]) <= 4  # light takes or gives less than half a band


def test_a_run_under_the_pointer_is_looked_at_everywhere(page):
    page.evaluate("optiviz.set({time: 30, hidden: ['Adam']})")
    at_rest(page)
    box = page.evaluate(f"document.querySelector('{HILL}').getBoundingClientRect().toJSON()")
    found = set()
    for share in np.linspace(0.3, 0.7, 9):
        page.hover((box["x"] + share * box["width"], box["y"] + 0.55 * box["height"]))
        page.frames(1)
        found.add(page.evaluate("optiviz.state.hover?.run ?? null"))
    assert "GD" in found and "Adam" not in found  # what is hidden is not found
    page.hover((5, 5))
    page.frames(1)
    assert page.evaluate("optiviz.state.hover") is None


def test_a_lost_context_leaves_the_poster_and_comes_back(page):
    context = f"document.querySelector('{CANVAS}').getContext('webgl2')"
    page.evaluate(f"window.lost = {context}.getExtension('WEBGL_lose_context')")
    page.evaluate("lost.loseContext()")
    page.wait(
        f"document.querySelector('{HILL}.no-webgl figcaption')?.textContent === 'picture only: no WebGL'"
    )
    assert page.evaluate(f"document.querySelector('{HILL} img').src.startsWith('data:image/webp')")
    assert page.evaluate(
        "[...document.querySelectorAll('#fold button, #fold input')].every((e) => e.disabled)"
    )
    page.press("ArrowRight")
    assert page.evaluate("optiviz.state.time") == 1  # everything else is alive
    page.evaluate("lost.restoreContext()")
    page.wait(f"!document.querySelector('{HILL}').classList.contains('no-webgl')")
    at_rest(page)
    assert draws(page)[0] > 0 and not page.evaluate("document.querySelector('#fold input').disabled")
    assert (np.abs(picture(page, HILL) - 255).max(axis=2) > 8).mean() > 0.1


def test_without_webgl_there_is_the_poster(browser, file):
    page = Page(browser, {})
    page.call("Page.addScriptToEvaluateOnNewDocument", source="""
        const own = HTMLCanvasElement.prototype.getContext;
        HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
          return kind === "webgl2" ? null : own.call(this, kind, ...more);
        };""")  # fmt: skip
    page.go(file.as_uri())
    page.frames(3)
    assert (
        page.evaluate(f"document.querySelector('{HILL} figcaption').textContent") == "picture only: no WebGL"
    )
    assert page.evaluate("document.querySelector('#fold input').title") == "picture only: no WebGL"
    assert page.messages == []
    page.close()


def test_a_picture_of_the_stage_has_the_hill_on_it(page):
    page.evaluate("""optiviz.set({swapped: true, time: 20, panel: "share"});
        URL.createObjectURL = (content) => { window.saved = content; return "#"; }""")
    at_rest(page)  # what WebGL drew is shown, and gone from its canvas
    shown = picture(page, CANVAS)
    page.evaluate("""[...document.querySelectorAll("#panel button")]
        .find((one) => one.textContent === "Save PNG").click()""")
    page.wait("Boolean(window.saved)")
    content = bytes.fromhex(
        page.evaluate("""saved.arrayBuffer().then((content) =>
        [...new Uint8Array(content)].map((byte) => byte.toString(16).padStart(2, "0")).join(""))""")
    )
    saved = np.asarray(Image.open(io.BytesIO(content)).convert("RGB")).astype(int)
    inked = [float((pixels < 250).any(axis=2).mean()) for pixels in (shown, saved)]
    # the same ground, in a picture that has a head and margins around it
    assert inked[0] > 0.15 and inked[1] > 0.6 * inked[0]
    page.evaluate("optiviz.set({swapped: false, panel: 'views'})")
