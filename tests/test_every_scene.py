"""Every shipped scene: each run is seen in each panel that shows it, time is well spent, cells are filled."""

import tomllib
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import optiviz as ov
from optiviz.objectives.training import Training
from optiviz.rendering.encode import Film, html_panels
from optiviz.rendering.encode.html import page_payload
from optiviz.rendering.layout import layout
from optiviz.rendering.marks.agg import meet
from optiviz.rendering.marks.names import Names
from optiviz.rendering.marks.trails import Head
from optiviz.rendering.panels.check import has_own_clock
from optiviz.rendering.stage import set_stage
from optiviz.rendering.style import theme_of, type_sizes
from optiviz.rendering.timeline import STANDING, timeline
from optiviz.rendering.typeface import DPI
from optiviz.scene.pacing import paths_in_window
from optiviz.scenefile import load, shipped

SCENES = list(shipped())
# maps of very many runs and planes of large networks take many seconds to be set, and show one run or none
COSTLY = {"basins_rates", "wide_narrow", "edge_of_stability", "trainability"}
SEEN = 40  # pixels of its own colour, of a run that is alive and in view
MOTION = 15  # different frames in a second of motion
FILLED, ALONG = 0.70, 0.60  # of the place of a panel, and of a path in the end
CROWDED = {
    "race_beale": 0.50,
    "graphs": 0.50,
    # the same rule with the same noise: one path until the rate of one run falls
    "river_valley": 0.1,
    "schedule_free": 0.5,
}  # where seven share one valley, or a cross-hair lies on the path
STANDS = {"motion": 400, "rest": 550}  # hundredths of a second without anything new
JUMP = 100  # pixels from one frame to the next, of a head whose step takes two frames or more
FIFTH, ONE = 0.55, 0.85  # of all paths, and of one, in the first fifth of the motion
# runs whose first steps are what the scene is about: one that goes all the way, one whose rate was tuned
AT_ONCE = {"newton_quadratic": "Newton", "tuned_race": "GD"}


@cache
def played(name):
    """A scene and its runs; networks learn for two epochs, which is enough to see them."""
    scene = load(shipped()[name])
    if isinstance(scene.objective, Training) and scene.epochs:
        short = {"epochs": min(scene.epochs, 2), "steps": type(scene).steps}
        marks = {"captions": (), "marks": (), "ask": None, "poster": None, "verdict": "none", "pauses": ()}
        scene = replace(scene, **short, **marks)
    return scene, ov.play(scene)


@pytest.fixture(scope="module", params=[name for name in SCENES if name not in COSTLY])
def stage(request):
    """A scene with its background drawn; all tests of one are run before the next is set."""
    return set_stage(*played(request.param))


def crowds_of(stage):
    """The heads of each panel that shows runs."""
    return list({id(mark.crowd): mark.crowd for mark in stage.marks if isinstance(mark, Head)}.values())


def rgb(color):
    return [int(color[k : k + 2], 16) for k in (1, 3, 5)]


def test_every_run_is_seen(stage):
    crowds = crowds_of(stage)
    if not crowds:
        pytest.skip("shows no heads of runs")
    last, high = len(stage.moments) - 1, stage.size[1]
    for k in (0, last // 4, last // 2, last):
        frame = stage.frame(k)
        for crowd in crowds:
            for trail in crowd.trails:
                left, bottom, right, top = trail.route.clip
                if trail.exit(stage.moments[k]) or not trail.head:
                    continue
                room = int(3 * trail.head)  # heads at one place are petals around it, the key is on the right
                rows = slice(max(high - top - room, 0), high - bottom + room)
                part = frame[rows, max(left - room, 0) : right + int(trail.head)]
                seen = int((part[..., :3] == rgb(trail.look.color)).all(axis=-1).sum())
                assert seen >= SEEN, (k, trail.look.color, trail.route.clip, seen)


def test_pictures_fill_their_places(stage):
    """What is drawn in the place of a panel and its key reaches over 70 % of it."""
    scene = stage.scene
    em = type_sizes(min(scene.size), scene.scale_text)["text"]
    places = layout(scene.panels, list(scene.runs), scene.size, em, scene.layout)
    frame = stage.frame(len(stage.moments) - 1)[..., :3].astype(int)
    inked = np.abs(frame - rgb(theme_of(scene.theme, scene.on).ground)).max(axis=-1) > 12
    for panel, (left, bottom, wide, high) in zip(scene.panels, places.panels, strict=True):
        rows = slice(int(scene.size[1] - bottom - high), int(scene.size[1] - bottom))
        part = inked[rows, int(left) : int(left + wide)]
        across, up = np.flatnonzero(part.any(axis=0)), np.flatnonzero(part.any(axis=1))
        filled = (across[-1] - across[0] + 1) * (up[-1] - up[0] + 1) / part.size
        assert round(filled, 2) >= FILLED, (panel.name, filled)


def test_no_heading_is_written_twice(stage):
    sizes = type_sizes(min(stage.size), stage.scene.scale_text)
    high = sizes["heading"] * 72 / DPI
    texts = [text for text in stage.figure.texts if text.get_text() and text.get_weight() == "bold"]
    headings = [text.get_text() for text in texts if abs(text.get_fontsize() - high) < 0.01]
    assert len({*headings}) == len(headings), headings


def test_names_stand_apart_in_their_panels_and_off_its_words(stage):
    for names in (mark for mark in stage.marks if isinstance(mark, Names)):
        for moment in (stage.moments[0], stage.moments[-1]):
            if not moment.names:
                continue
            boxes = [box for box, _ in names.boxes(moment)]
            words = [note.now(moment)[1] for note in names.notes if moment.time >= note.time]
            for k, box in enumerate(boxes):
                assert meet(box, names.crowd.trails[0].route.clip) == box, names.labels[k]
                for other in [*boxes[:k], *words]:
                    assert meet(box, other)[2] == 0, (names.labels[k], box, other)


def test_most_of_each_path_is_seen_in_the_end(stage, request):
    """In the last frame without names, six pixels of ten along a path on the stage have its colour."""
    if request.node.callspec.params["stage"] == "race_rosenbrock":
        pytest.skip("six runs chatter across a floor of ten pixels: they are told apart by their heads")
    last = replace(stage.moments[-1], names=0.0, rest=None)
    flat = replace(stage, moments=(last,), block=-1, covered=[], known={})
    frame = flat.frame(0)
    for crowd in crowds_of(stage):
        for trail in crowd.trails:
            if not trail.dot or trail.route.turning:
                continue  # not the picture to look at
            route = trail.route
            line = route.pixels[: route.end(last) + 1]
            steps = np.hypot(*np.diff(line, axis=0).T)
            along = np.concatenate([[0.0], np.cumsum(steps)])
            every = np.arange(0.0, along[-1], 2.0)
            x, y = (np.interp(every, along, line[:, axis]) for axis in (0, 1))
            left, bottom, right, top = route.clip
            inside = (x > left + 3) & (x < right - 3) & (y > bottom + 3) & (y < top - 3)
            for spot in crowd.spread(last)[1]:  # heads may cover what they like
                inside &= np.hypot(x - spot[0], y - spot[1]) > 0.8 * trail.head
            if inside.sum() < 60:
                continue  # 120 pixels long
            rows, columns = (stage.size[1] - 1 - y[inside]).round().astype(int), x[inside].astype(int)
            near = [frame[rows + a, columns + b, :3] for a in (-1, 0, 1) for b in (-1, 0, 1)]
            seen = np.mean([(part == rgb(trail.look.color)).all(axis=-1) for part in near], axis=0) > 0
            least = CROWDED.get(request.node.callspec.params["stage"], ALONG)
            assert seen.mean() >= least, (trail.look.color, seen.mean())


def test_no_run_wears_its_colour_among_classes(stage):
    """Where regions and rows of classes are drawn, the border is ink: no run is taken for a third class."""
    scene = stage.scene
    if not any(panel.name == "boundary" for panel in scene.panels):
        pytest.skip("shows no classes")
    places = layout(scene.panels, list(scene.runs), scene.size, 24.0 * min(scene.size) / 720, scene.layout)
    frame = stage.frame(len(stage.moments) - 1)
    ink = theme_of(scene.theme, scene.on).ink
    worn = {trail.look.color for crowd in crowds_of(stage) for trail in crowd.trails} - {ink}
    for panel, (left, bottom, wide, high) in zip(scene.panels, places.panels, strict=True):
        if panel.name == "boundary":
            rows = slice(int(scene.size[1] - bottom - high), int(scene.size[1] - bottom))
            part = frame[rows, int(left) : int(left + wide), :3]
            for color in worn:
                assert not (part == rgb(color)).all(axis=-1).any(), color


def in_motion(moments):
    """The numbers of the frames that do not stand and differ in time, or in what they show of a step."""
    clock = [(one.time, one.part, one.share, one.camera) for one in moments]
    return [
        k for k in range(1, len(moments)) if clock[k] != clock[k - 1] and moments[k].centiseconds < STANDING
    ]


def test_a_second_of_motion_shows_many_pictures(stage):
    scene = stage.scene
    if isinstance(scene.objective, Training) or any(moment.part for moment in stage.moments):
        pytest.skip("two epochs only, whose steps are few; slow motion, which stands at each part of a step")
    count, moving = round(min(scene.fps, 20)), in_motion(stage.moments)
    whole = [k for k in moving if set(range(k, k + count)) <= set(moving)]
    if not whole:
        pytest.skip("stands most of the time")
    first = whole[len(whole) // 3]
    shown = {stage.frame(k).tobytes() for k in range(first, first + count)}
    assert len(shown) >= MOTION * count / 20


def test_heads_move_all_the_time_and_never_far(stage):
    """On a map, in 85 % of the frames of motion some head moves; a step of two frames or more is no jump."""
    moments, scene = stage.moments, stage.scene
    if any(moment.part for moment in moments):
        pytest.skip("slow motion stands at each part of a step")
    on_maps = [crowd for crowd in crowds_of(stage) if any(trail.dot for trail in crowd.trails)]
    frames = [k for k in in_motion(moments) if 0 < moments[k].time < scene.steps]
    if not on_maps or not frames:
        pytest.skip("no heads on a map")
    moved = np.zeros(len(frames), dtype=bool)
    for crowd in on_maps:
        for n, k in enumerate(frames):
            before, after = moments[k - 1], moments[k]
            gone = [trail.exit(before) or trail.exit(after) for trail in crowd.trails]
            ways = np.hypot(*(crowd.places(after) - crowd.places(before)).T)[[not one for one in gone]]
            longest = ways.max(initial=0.0)
            moved[n] |= longest >= 0.25
            assert longest <= JUMP or after.time - before.time > 0.5, (after.time, longest)
    assert moved.mean() >= 0.85, moved.mean()


def on_a_map(name):
    """Whether a scene has runs on a map, from its file alone: scenes are read when they are tested."""
    document = tomllib.loads(shipped()[name].read_text(encoding="utf-8"))
    panels = [
        panel if isinstance(panel, str) else panel["panel"]
        for panel in document.get("panels", ["landscape", "loss"])
    ]
    return document.get("runs") and not {"landscape", "landscape3d", "anatomy"}.isdisjoint(panels)


@pytest.mark.parametrize("name", [name for name in SCENES if on_a_map(name)])
def test_time_is_spent_where_something_is_drawn(name):
    scene, comparison = played(name)
    comparison = comparison.at_positions
    every = timeline(scene, comparison)
    moments = [one for one in every if not one.part and one.camera == int(one.camera)]
    fifth = max(one.time for one in moments if one.phase < 0.2)
    drawn, early, most = 0.0, 0.0, 0.0
    for label, line in paths_in_window(comparison).items():
        along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
        if not along[-1]:
            continue
        then = float(np.interp(fifth, comparison.times[label], along))
        share = 0.0 if AT_ONCE.get(name) == label else then / along[-1]
        drawn, early, most = drawn + along[-1], early + then, max(most, share)
    assert not drawn or early / drawn <= FIFTH, early / drawn
    assert most <= ONE, most


@pytest.mark.parametrize("name", SCENES)
def test_motion_is_smooth(name):
    """Of the frames of motion so many a second show another time, or a panel's own clock going on."""
    scene, comparison = played(name) if name not in COSTLY else (load(shipped()[name]), None)
    moments = timeline(scene, comparison.at_positions if comparison else None)
    seconds = sum(round(100 / scene.fps) for _ in moments) / 100
    different = len({(one.time, one.part, one.share, one.camera) for one in moments})
    if any(map(has_own_clock, scene.panels)):
        different = len({one.phase for one in moments})
    assert different / seconds >= MOTION * min(scene.fps, 20) / 20


@pytest.mark.parametrize("name", SCENES)
def test_something_new_is_seen_every_four_seconds(name):
    """A caption, a landing, a part of a step or a move of the camera; a caption is given time to be read."""
    scene = load(shipped()[name])
    if any(map(has_own_clock, scene.panels)):
        return  # it moves all the time
    trains = isinstance(scene.objective, Training)  # of those the time without the paths is looked at
    moments = timeline(scene, None if trains or name in COSTLY else played(name)[1].at_positions)
    stood, most = 0, 0
    for before, moment in pairwise(moments):
        stood += before.centiseconds
        most = max(most, STANDS["rest" if before.centiseconds >= STANDING else "motion"])
        if (int(before.time), before.line, before.part, before.camera) != (
            int(moment.time), moment.line, moment.part, moment.camera,
        ):  # fmt: skip
            assert stood <= most, (before.time, stood)
            stood, most = 0, 0


# ---- as a page


PAGE_TABLE = Path(__file__).parents[1] / "docs" / "reference" / "page.md"


def page_row(name, told):
    """The row of a scene in the reference: what the page computes, what it plays, what it has pictures of."""
    runs = {run["recorded"] is None for run in told["runs"]}
    live = told["problem"]["kind"] != "recorded"
    native = [panel["kind"] for panel in told["panels"] if panel["kind"] not in ("picture", "neurons")]
    pictures = [panel["of"] for panel in told["panels"] if panel["kind"] == "picture"]
    played = ("rates", "accuracy") if live and runs != {False} else tuple(native)
    columns = [
        [kind for kind in native if kind not in played],
        [kind for kind in native if kind in played],
        pictures,
    ]
    count = lambda names: ", ".join(
        f"{one} x {names.count(one)}" if names.count(one) > 1 else one for one in dict.fromkeys(names)
    )
    return f"| `{name}` | {' | '.join(count(names) for names in columns)} |"


def test_every_scene_becomes_a_page_and_its_row_says_what_of_it_is_live(stage, request, monkeypatch):
    monkeypatch.setattr(html_panels, "PICTURES", 2)
    name = request.node.callspec.params["stage"]
    film = Film(stage.scene, stage.comparison, name=name)
    film.__dict__.update(stage=stage, moments=stage.moments)
    told = page_payload(film)
    board = any("board" in panel for panel in told["panels"])
    shown = [panel for panel in told["panels"] if panel["kind"] != "neurons"]  # which the clip has not
    assert len(shown) == (1 if board else len(stage.scene.panels))
    assert told["poster"].startswith("data:image/webp")
    for panel in told["panels"]:
        assert panel["kind"] != "picture" or len(panel["images"]) == len(panel["times"]) > 1
    assert page_row(name, told) in PAGE_TABLE.read_text(encoding="utf-8")
