"""What hands do on the page, against the library: changed races, parts of a step, starts, ghosts, votes."""

from io import BytesIO
from itertools import islice

import javascript
import numpy as np
import pytest
from PIL import Image
from test_web_share import payload, rule_and_settings

import optiviz as ov
from optiviz.web.programs import program_table, programs_module, programs_of

pytestmark = javascript.needs_node

RULES = {
    "GD": ov.GD(0.005),
    "Momentum": ov.Momentum(0.004, 0.8),
    "NAG": ov.NAG(0.002, 0.9),
    "Adam": ov.Adam(0.2, beta_1=0.8),
    "RMSprop": ov.RMSprop(0.05),
}
STEPS = 60


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    carried = programs_module(program_table((), programs_of(RULES, STEPS), all_rules=True, all_surfaces=True))
    process = javascript.Node(tmp_path_factory.mktemp("page"), carried)
    yield process
    process.close()


def scene_of(runs, **settings):
    """A scene and what the page is told of it."""
    scene = ov.Scene(ov.beale, runs, steps=STEPS, seed=5, **settings)
    told = payload(scene)
    told["problem"]["program"] = "surface:beale"
    told["luck"] = {}
    for run in told["runs"]:
        run["program"] = run["rule"]
        if run.get("noise"):
            drawn = scene.runs[run["label"]].objective(scene.objective).batches(np.random.default_rng(5))
            told["luck"][run["label"]] = javascript.plain(np.concatenate(list(islice(drawn, STEPS))))["f64"]
    return scene, told


def raced(node, told, changes, start=(1.0, 1.5)):
    return {run["label"]: run for run in node("of", "race", "raceOf", told, list(start), changes)}


def test_a_changed_race_is_the_librarys_race(node):
    scene, told = scene_of({**RULES, "SGD": ov.Run(ov.GD(0.005), noise=1.0)})
    changes = {
        "runs": {
            "Momentum": {"settings": {"momentum": 0.5}},
            "GD": {"rule": "adagrad", "settings": {"learning_rate": 0.5}},
            "SGD": {"noise": 2.0},
            "NAG": {"noise": 0.5},
            "new": {"rule": "lion", "settings": {"learning_rate": 0.05}},
        }
    }
    seen = raced(node, told, changes, (0.75, 1.25))
    expected = {
        "Momentum": ov.Momentum(0.004, 0.5),
        "GD": ov.Adagrad(0.5),
        "SGD": ov.Run(ov.GD(0.005), noise=2.0),
        "NAG": ov.Run(ov.NAG(0.002, 0.9), noise=0.5),  # what another run drew, at this run's size
        "new": ov.Lion(0.05),
        "Adam": RULES["Adam"],
    }
    runs = {label: ov.Run(run) if not isinstance(run, ov.Run) else run for label, run in expected.items()}
    from dataclasses import replace

    runs = {label: replace(run, start=[0.75, 1.25]) for label, run in runs.items()}
    played = ov.play(ov.Scene(ov.beale, runs, steps=STEPS, seed=5)).at_positions
    for label, path in played.trajectories.items():
        np.testing.assert_array_equal(seen[label]["path"].reshape(-1, 2), path.path, err_msg=label)
    assert list(seen) == [*scene.runs, "new"]
    assert seen["new"]["run"]["rule"] == "lion"


def test_another_surface_and_a_formula(node):
    _, told = scene_of(RULES)
    seen = raced(node, told, {"problem": {"kind": "surface", "name": "booth"}, "runs": {}}, (1.0, 2.0))
    for label, rule in RULES.items():
        path = ov.compare("booth", {label: rule}, steps=STEPS, start=[1.0, 2.0]).at_positions
        np.testing.assert_array_equal(seen[label]["path"].reshape(-1, 2), path.trajectories[label].path)
    formula = {"kind": "formula", "formula": "x**2 + 20*y**2 - x*y", "xlim": [-4, 4], "ylim": [-3, 3]}
    seen = raced(node, told, {"problem": formula, "runs": {}}, (-3.0, 1.5))
    own = ov.surface("x**2 + 20*y**2 - x*y", xlim=(-4, 4), ylim=(-3, 3), start=(-3, 1.5))
    for label, path in ov.compare(own, RULES, steps=STEPS).at_positions.trajectories.items():
        np.testing.assert_array_equal(seen[label]["path"].reshape(-1, 2), path.path)


def test_the_words_of_a_region_stand_in_its_middle(node):
    # 9 x 3 cells: the left seven arrive, the others are lost
    arrived = np.array([5] * 7 + [-1] * 2 + [5] * 7 + [-1] * 2 + [5] * 7 + [-1] * 2, dtype=np.int32)
    lost = np.where(arrived < 0, 3, -1).astype(np.int32)
    middles = node(
        "of", "pad_regions", "middlesOf", {"columns": 9, "rows": 3, "arrived": arrived, "lost": lost}
    )
    assert set(middles) == {"arrives", "runs away"}
    assert middles["arrives"] == {
        "column": 3,
        "row": 1,
        "room": 1,
    }  # three cells to both sides, one up and down
    assert middles["runs away"]["room"] == 0


@pytest.mark.parametrize("label", ["Momentum", "Adam", "RMSprop", "GD"])
def test_the_arrows_are_the_parts_of_a_step(node, label):
    rule = RULES[label]
    name, settings = rule_and_settings(rule)
    run = {"label": label, "program": name, "settings": settings, "start": [1.0, 1.5]}
    parts = node("parts", "beale", run, {"label": label, "rule": name, "settings": settings}, 7)
    told = ov.anatomy_of(ov.minimize(ov.beale, rule, steps=8, start=[1.0, 1.5]), rule, 8)
    np.testing.assert_allclose(parts["sum"], told.end - told.start, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(parts["kept"] or [0, 0], told.memory, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(parts["slope"], told.slope, rtol=1e-9, atol=1e-12)
    assert ("divided" in parts["slopeWords"]) == (label in ("Adam", "RMSprop"))


def test_the_factor_of_the_arrows(node):
    factors = [
        node("of", "anatomy_arrows", "arrowFactor", length) for length in (1, 7, 14, 25, 40, 100, 500, 0)
    ]
    assert factors == [10, 10, 5, 3, 2, 1, 1, 1]


def test_a_start_has_no_more_digits_than_a_pixel_and_snaps(node):
    view = {"width": 800, "height": 400, "xlim": [-4, 4], "ylim": [-2, 2]}  # a pixel is 0.01
    places = [[3, 0.5, "minimum"]]
    under = [node("of", "start_handle", "startUnder", view, *at, places) for at in
             ((123.4, 50.2), (700 + 5, 150 - 5), (700 + 6, 150 - 6), (-50, 900))]  # fmt: skip
    assert under == [[-2.77, 1.5], [3, 0.5], [3.06, 0.56], [-4, -2]]
    assert node("of", "start_handle", "keyStep", view) == 0.1
    assert node("of", "start_handle", "keyStep", {**view, "xlim": [0, 1]}) == 0.01


def test_a_ghost_is_the_path_before_the_first_change(node):
    def after(kept, before, now):
        return node("of", "ghost", "ghostsAfter", kept, {"before": before, "now": now})

    race = [{"label": "a", "path": [1, 2]}, {"label": "b", "path": [3, 4]}]
    other = [{"label": "a", "path": [9, 9]}, {"label": "b", "path": [3, 4]}]
    untouched = {"changes": {}, "race": race, "start": [0, 0]}
    changed = {"changes": {"runs": {"a": {"settings": {"momentum": 0.5}}}}, "race": other, "start": [0, 0]}
    kept = after({}, untouched, changed)
    assert kept == {"a": [1, 2]}
    again = {**changed, "changes": {"runs": {"a": {"settings": {"momentum": 0.1}}}}}
    assert after(kept, changed, again) == {"a": [1, 2]}  # the first one stays
    assert after(kept, changed, untouched) == {}  # Reset
    assert after(kept, changed, {**changed, "start": [1, 0]}) == {}  # it began elsewhere


def test_hands(node):
    votes = node("of", "ask", "withHand", {}, "Adam", 1)
    votes = node("of", "ask", "withHand", votes, "Adam", 1)
    assert votes == {"Adam": 2}
    assert node("of", "ask", "withHand", {"Adam": 0}, "Adam", -1) == {"Adam": 0}
    scene = {"ask": {"time": 4}, "steps": 10}
    waiting = [{"scene": scene, "asked": asked, "time": time, "playing": playing}
               for asked, time, playing in ((False, 4, False), (False, 3, False), (False, 4, True),
                                            (True, 4, False))]  # fmt: skip
    assert [node("of", "ask", "isWaiting", one) for one in waiting] == [True, False, False, False]
    assert not node("of", "ask", "isWaiting", {**waiting[0], "scene": {"ask": None, "steps": 10}})


def test_a_gif_holds_the_frames_that_were_put_in(node):
    rng = np.random.default_rng(2)
    colors = rng.integers(0, 32, (40, 3)) * 8 + 4  # in the middle of their bins, so none is moved
    ground = colors[rng.integers(0, 40, (60, 90))]
    frames = []
    for k in range(3):
        frame = ground.copy()
        frame[10 : 20 + k, 5 : 30 + k] = colors[k]
        frames.append(frame)
    frames.append(frames[-1])
    told = []
    for frame in frames:
        pixels = np.full((60, 90, 4), 255, dtype=np.uint8)
        pixels[..., :3] = frame
        told.append({"pixels": pixels.ravel().tolist(), "delay": 7})
    data = bytes(node("of", "gif_encoder", "encodedGif", told, 90, 60).values())
    with Image.open(BytesIO(data)) as film:
        assert film.size == (90, 60) and film.info["loop"] == 0
        # Pillow leaves out a frame like the one before it, and adds its delay
        seen = []
        for k in range(film.n_frames):
            film.seek(k)
            seen.append(np.asarray(film.convert("RGB")))
    assert len(seen) in (3, 4)
    for k in range(3):
        np.testing.assert_array_equal(seen[k], frames[k])


def test_a_gif_goes_as_far_as_may_be_shown(node):
    clock = list(range(0, 200))
    scene = {"clock": clock, "steps": 199, "ask": {"time": 40}}
    times = node("of", "save_picture", "gifTimes", {"scene": scene, "asked": True})
    assert len(times) == 60 and times[0] == 0 and times[-1] == 199
    assert node("of", "save_picture", "gifTimes", {"scene": scene, "asked": False})[-1] == 40


def test_each_map_has_a_view_of_its_own(node):
    assert node("ownViews") == {"state": {"view": 1, "view 2": 5, "time": 3}, "seen": [5, 3], "told": ["own"]}
