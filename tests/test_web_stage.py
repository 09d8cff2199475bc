"""The stage of the page, its pure modules run by Node: they draw and count as the clip does."""

import json
import re
import subprocess

import numpy as np
import pytest
from javascript import NODE, needs_node

from optiviz.objectives.surface import surface
from optiviz.optimizers import GD, Adam, Momentum
from optiviz.rendering.marks.agg import marker_path
from optiviz.rendering.marks.lanes import side_by_side
from optiviz.rendering.marks.trails import Route, kept_apart
from optiviz.rendering.panels._shared.height_bands import bands
from optiviz.rendering.panels._shared.log_axis import decades, tick_text
from optiviz.rendering.panels._shared.window import fit_to_panel, window_of
from optiviz.rendering.timeline import glide
from optiviz.runs.minimize import compare
from optiviz.scene.numbers import number
from optiviz.web.page import modules

pytestmark = needs_node


SERVER = """
import { createInterface } from "node:readline";
const floats = (list) => Float64Array.from(list);
for await (const line of createInterface({ input: process.stdin })) {
  const { names, body, given } = JSON.parse(line);
  let reply;
  try {
    const parts = {};
    for (const [file, what] of Object.entries(names)) {
      const module = await import(`./${file}.js`);
      for (const name of what.split(", ")) parts[name] = module[name];
    }
    const run = new Function("given", "floats", ...Object.keys(parts), body);
    reply = { answer: run(given, floats, ...Object.values(parts)) };
  } catch (fault) {
    reply = { fault: String(fault.stack) };
  }
  console.log(JSON.stringify(reply));
}
"""


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    """A function that runs a script over exported names of modules, in one process for all tests."""
    folder = tmp_path_factory.mktemp("stage")
    for name, text in modules().items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    (folder / "server.mjs").write_text(SERVER, encoding="utf-8")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "encoding": "utf-8"}
    with subprocess.Popen([NODE, folder / "server.mjs"], **pipes) as process:

        def run(names, body, *given):
            process.stdin.write(json.dumps({"names": names, "body": body, "given": given}) + "\n")
            process.stdin.flush()
            told = json.loads(process.stdout.readline())
            assert "fault" not in told, told["fault"]
            return told["answer"]

        yield run
        process.stdin.close()


# ---- what the clip draws


@pytest.mark.parametrize("marker", list("sD^vPXh*"))
def test_markers_have_the_corners_of_the_clips(node, marker):
    text = node({"markers": "markerOutline"}, "return markerOutline(given[0]);", marker)
    at, corners = [0.0, 0.0], []
    for letter, rest in re.findall(r"([MLHVZ])([^MLHVZ]*)", text):
        values = [float(one) for one in re.findall(r"-?[\d.]+", rest)]
        if letter == "H":
            at = [values[0], at[1]]
        elif letter == "V":
            at = [at[0], values[0]]
        elif letter != "Z":
            at = values
        if letter != "Z":
            corners.append((round(at[0], 3) + 0.0, round(-at[1], 3) + 0.0))
    clip = {(round(x, 3) + 0.0, round(y, 3) + 0.0) for x, y in marker_path(marker).vertices.tolist()}
    assert len(corners) == len(set(corners))
    assert max(min(np.hypot(x - a, y - b) for a, b in corners) for x, y in clip) < 2e-3
    assert len(corners) == len(clip)


def test_numbers_read_as_in_the_clip(node):
    values = [0.06423, 317.98, -13.4, 9213.0, 12345.6, 0.0, 3e-8, -2.18e12, 0.28, 1e-4, 1e6, 999.96, 9.99e-4]
    told = node(
        {"number_text": "numberText"},
        """
        return given[0].map((value) => [numberText(value), numberText(value, 2), numberText(value, 3, true)]);
    """,
        values,
    )
    assert told == [[number(v), number(v, 2), number(v, zeros=True)] for v in values]
    assert node({"number_text": "numberText"}, "return [numberText(NaN), numberText(-Infinity)];") == [
        number(float("nan")), number(float("-inf"))]  # fmt: skip


def test_decades_and_their_texts_are_those_of_the_clip(node):
    ends = [(0.05, 20.0, 5), (1e-8, 2.0, 5), (2.0, 9.0, 5), (1e-12, 30.0, 3)]
    told = node(
        {"number_text": "decadeTicks, decadeText"},
        """
        return given[0].map(([low, high, most]) => {
          const ticks = decadeTicks(low, high, most);
          return [ticks, ticks.map(decadeText)];
        });
    """,
        ends,
    )
    assert told == [[decades(*one), [*map(tick_text, decades(*one))]] for one in ends]


RACES = {
    "bowl": ("x**2 + 4*y**2", (-4, 4), (-3, 3), (3, 2), [(0, 0)], "(x, y) => x * x + 4 * y * y"),
    "saddle": ("x**2 - y**2", (-3, 3), (-3, 3), (-2, 0.001), [], "(x, y) => x * x - y * y"),
    "ditch": ("x**2 + 100*y**2", (-9, 9), (-9, 9), (1, 0.05), [(0, 0)], "(x, y) => x * x + 100 * y * y"),
}


@pytest.fixture(scope="module", params=RACES)
def race(request):
    formula, xlim, ylim, start, minima, script = RACES[request.param]
    problem = surface(formula, xlim=xlim, ylim=ylim, start=start, **({"minima": minima} if minima else {}))
    rules = {"GD": GD(0.05), "Momentum": Momentum(0.02), "Adam": Adam(0.2)}
    if request.param == "ditch":  # above 2 / 200 it runs away
        rules |= {"lost": GD(0.02)}
    found = compare(problem, rules, steps=40)
    told = {
        "runs": [
            {"label": one.label, "path": np.nan_to_num(one.path).ravel().tolist(),
             "losses": np.nan_to_num(one.losses).tolist(),
             "stopped": -1 if one.stopped_at is None else one.stopped_at}
            for one in found.trajectories.values()
        ],
        "problem": {"xlim": xlim, "ylim": ylim, "start": start, "saddles": [],
                    "minima": [[*one, "minimum"] for one in minima]},
    }  # fmt: skip
    return found, told, script


RUNS = """const race = given[0].runs.map((run) => (
    { ...run, path: floats(run.path), losses: floats(run.losses) }));"""


def test_the_window_is_that_of_the_clip(node, race):
    found, told, _ = race
    for size in ((806, 506), (390, 318)):
        got = node({"map_window": "windowOf"}, f"""{RUNS}
            return windowOf(given[0].problem, race, given[0].problem.start, ...given[1]);
        """, told, size)  # fmt: skip
        limits, bent = fit_to_panel(window_of(found), size)
        assert np.allclose([got["xlim"], got["ylim"]], limits, rtol=1e-12, atol=1e-12)
        assert got["bent"] is bent


def test_a_window_that_the_scene_gives_is_grown_to_the_plot_alone(node, race):
    _, told, _ = race
    got = node({"map_window": "windowOf"}, f"""{RUNS}
        const wanted = {{ xlim: [0, 2], ylim: [0, 1], grows: false }};
        return windowOf(given[0].problem, race, given[0].problem.start, 200, 200, wanted);
    """, told)  # fmt: skip
    assert got == {"xlim": [0, 2], "ylim": [-0.5, 1.5], "bent": False}


def test_bands_of_height_are_those_of_the_clip(node, race):
    found, told, script = race
    limits, _ = fit_to_panel(window_of(found), (806, 506))
    got = node({"heights": "bandsOf, heightOf"}, f"""{RUNS}
        const bands = bandsOf({script}, race, given[0].problem.minima, ...given[1]);
        return {{ ...bands, heights: given[2].map((loss) => heightOf(bands, loss)) }};""",
        told, limits, [0.0, 1.0, 2.5, 1e9])  # fmt: skip
    clip = bands(found, *limits)
    assert got["power"] == clip.power
    assert np.allclose([got["low"], got["high"]], clip.levels[[0, -1]], rtol=1e-12)
    assert np.allclose(got["heights"], clip.height(np.array([0.0, 1.0, 2.5, 1e9])), rtol=1e-12)


def test_heads_that_would_cover_each_other_stand_as_in_the_clip(node):
    rng = np.random.default_rng(5)
    for places in (np.zeros((7, 2)), rng.uniform(0, 60, (6, 2)), np.array([[0.0, 0.0], [30.0, 0.0]])):
        down = (places * [1, -1]).tolist()
        got = node({"heads": "keptApart"}, "return keptApart(given[0], 19);", down)
        assert np.allclose(np.array(got) * [1, -1], kept_apart(places, np.full(len(places), 19.0)), atol=1e-9)


def test_lanes_lie_where_the_clip_has_them(node):
    t = np.linspace(0.0, 1.0, 9)
    bent = np.column_stack([40 + 300 * t, 100 + 80 * t**2])
    ways = [bent, bent + [0, 1], np.column_stack([60 + 0 * t, 20 + 200 * t])]
    got = node({"lanes": "sideBySide"}, """
        const ways = given[0].map((way) => floats(way.flat()));
        return sideBySide(ways, 4.4, 400, 250).map(({ pixels, last }) => [[...pixels], [...last]]);
    """, [(way * [1, -1] + [0, 250]).tolist() for way in ways])  # fmt: skip
    clip = side_by_side(
        [Route(way, way, np.arange(9), (0, 0, 400, 250), np.arange(9.0)) for way in ways], pitch=4.4
    )
    for (pixels, last), route in zip(got, clip, strict=True):
        assert last == route.last.tolist()
        assert np.allclose(np.reshape(pixels, (-1, 2)) * [1, -1] + [0, 250], route.pixels, atol=1e-9)


def test_a_run_that_leaves_ends_in_an_arrow_on_the_rim(node):
    got = node({"heads": "exitOf"}, """
        const pixels = floats([50, 50, 150, 50, 900, 50]);
        return [exitOf(pixels, 1, 200, 100, 20), exitOf(pixels, 2, 200, 100, 20)];
    """)  # fmt: skip
    assert got == [None, {"at": [188, 50], "angle": 0, "step": 2}]  # 0.6 of a head within the rim


def test_names_never_stand_on_each_other_or_outside(node):
    rng = np.random.default_rng(2)
    crowds = [rng.normal([200, 120], spread, (7, 2)).tolist() for spread in (3, 15, 40, 90) for _ in range(6)]
    got = node({"name_places": "namePlaces", "heads": "headPlaces"}, """
        const sides = new Map();
        return given[0].map((crowd) => {
          const ways = crowd.map((place, k) => ({ label: `${k}`, pixels: floats(place) }));
          const heads = headPlaces(ways, 0, 400, 240, 19);
          const sizes = { size: 19, em: 17, width: 400, height: 240 };
          return namePlaces(heads, crowd.map((_, k) => 40 + 10 * k), sizes, crowd, [], sides);
        });
    """, crowds)  # fmt: skip
    placed = 0
    for names in got:
        boxes = [(b["left"], b["top"], b["right"], b["bottom"]) for b in names if b]
        placed += len(boxes)
        for k, (left, top, right, bottom) in enumerate(boxes):
            assert min(left, top) > -1e-9 and right < 400 + 1e-9 and bottom < 240 + 1e-9
            for other in boxes[:k]:
                across = min(right, other[2]) - max(left, other[0])
                down = min(bottom, other[3]) - max(top, other[1])
                assert across <= 1e-9 or down <= 1e-9
    assert placed > 0.9 * 7 * len(crowds)


def test_level_lines_lie_on_their_level(node):
    got = node({"contours": "sampledHeights, traceLevel"}, """
        const view = { width: 200, height: 200, xlim: [-1, 1], ylim: [-1, 1] };
        const bands = { low: 0, high: 1, power: 1 };
        const grid = sampledHeights((x, y) => x * x + y * y, bands, view);
        const points = [];
        const pen = { moveTo: (...at) => points.push(at), lineTo: (...at) => points.push(at) };
        traceLevel(pen, grid, 0.25, 200, 200);
        return points;
    """)  # fmt: skip
    radius = np.hypot(*(np.array(got) - 100).T)
    assert len(got) > 200 and np.abs(radius - 50).max() < 0.1  # the circle of radius 1/2 is 50 pixels
    assert np.ptp(np.arctan2(*(np.array(got) - 100).T)) > 6.2  # all around


def test_bands_are_flat_and_holes_stay_clear(node):
    got = node({"contours": "fillBands"}, """
        const seen = {};
        const pen = { canvas: { width: 4, height: 2 },
          createImageData: (w, h) => ({ data: new Uint8ClampedArray(4 * w * h) }),
          putImageData: ({ data }) => Object.assign(seen, { data: [...data] }) };
        const fill = (heights) =>
          fillBands(pen, { across: 2, down: 2, heights: Float32Array.from(heights) }, ["#010203", "#0a0b0c"]);
        fill([0, 1, 0, 1]);
        const filled = seen.data;
        fill([0, NaN, 0, 1]);
        return [filled, seen.data];
    """)  # fmt: skip
    low, high = [1, 2, 3, 255], [10, 11, 12, 255]
    assert got[0] == 2 * [*low, *low, *high, *high]
    assert got[1] == [0] * 32


# ---- the time


CLOCK = {
    "clock": [0, 0.5, 1, 1, 2, 6],
    "steps": 6,
    "perUnit": 1,
    "unit": "step",
    "captions": [],
    "pauses": [],
}


def test_the_bar_is_linear_in_the_seconds_of_the_motion(node):
    got = node({"clock": "shareOfTime, timeOfShare"}, """
        const shares = [0, 0.5, 1, 1.5, 2, 4, 6].map((time) => shareOfTime(given[0], time));
        return [shares, [0, 0.1, 0.9, 1].map((share) => timeOfShare(given[0], share))];
    """, CLOCK)  # fmt: skip
    assert np.allclose(got[0], [0, 0.2, 0.6, 0.7, 0.8, 0.9, 1])  # the frames at 1 are passed when it is 1
    assert np.allclose(got[1], [0, 0.25, 4, 6])


def test_heads_glide_as_in_the_clip(node):
    times = np.array([0.0, 0.225, 0.45, 0.9, 1.0, 1.5, 2.0])
    got = node({"clock": "glidedTime"}, """
        return given[0].map((time) => glidedTime({ clock: given[0] }, time));
    """, times.tolist())  # fmt: skip
    assert np.allclose(got, glide(times))


def test_playing_stands_at_captions_and_stops_at_pauses_and_questions(node):
    scene = CLOCK | {
        "clock": [k / 20 for k in range(121)],  # a step a second
        "captions": [{"time": 2, "rest": 1.5, "text": [["GD", "GD"], ["", " turns."]]}],
        "pauses": [4],
        "problem": {"start": [0, 0]},
    }
    state = {"scene": scene, "start": [0, 0], "changes": {"runs": {}}}
    got = node({"clock": "played, restsOf"}, """
        const [state] = given;
        const at = played(state, { seconds: 1.5, rest: 0 }, 1);
        const standing = played(state, at, 1);
        const onwards = played(state, standing, 1);
        const paused = played(state, { seconds: 3.9, rest: 0 }, 0.5);
        const end = played(state, { seconds: 5.9, rest: 0 }, 9);
        const asks = { ...state, asked: false, scene: { ...state.scene, ask: { time: 1 } } };
        const asked = played(asks, { seconds: 0.5, rest: 0 }, 5);
        const moved = restsOf({ ...state, start: [1, 0] });
        return { at, standing, onwards, paused, end, asked, moved };
    """, state)  # fmt: skip
    assert (got["at"]["seconds"], got["at"]["rest"]) == (2, 1.5)
    assert got["standing"] == {"seconds": 2, "rest": 0.5, "stop": False}
    assert got["onwards"] == {"seconds": 2.5, "rest": 0, "stop": False}
    assert (got["paused"]["seconds"], got["paused"]["stop"]) == (4, True)
    assert (got["end"]["seconds"], got["end"]["stop"]) == (6, True)
    assert (got["asked"]["seconds"], got["asked"]["stop"]) == (1, True)
    assert [one["time"] for one in got["moved"]] == [4]  # the scene's words would lie, its pauses stay


def test_chapters_are_named_by_the_run_that_they_speak_of(node):
    captions = [{"time": 2, "rest": 0, "text": [["GD", "GD"], ["", " turns."]]},
                {"time": 4, "rest": 1, "text": [["", "Nobody knows."]]}]  # fmt: skip
    got = node({"clock": "chaptersOf"}, "return chaptersOf(given[0]);", CLOCK | {"captions": captions})
    assert [(one["time"], one["end"], one["name"]) for one in got] == [
        (0, 2, ""), (2, 4, "GD"), (4, 6, "Nobody knows")]  # fmt: skip


def test_ticks_of_the_bar_keep_apart(node):
    got = node({"bar_ticks": "numberedTicks"}, """
        return [numberedTicks(45, (count) => 10 * count), numberedTicks(6, (count) => 100 * count)];
    """)  # fmt: skip
    assert got == [[0, 5, 10, 15, 20, 30, 40, 45], [0, 1, 2, 3, 4, 6]]


# ---- the state and the words


def test_listeners_are_told_once_a_frame_in_their_order(node):
    got = node({"store": "makeStore"}, """
        const [frames, told] = [[], []];
        const store = makeStore({ a: 1, b: 0 }, (run) => frames.push(run));
        store.on(["b"], () => told.push(`first ${store.state.b}`));
        store.on(["a"], () => { told.push(`a ${store.state.a}`); store.set({ b: store.state.a }); });
        store.on(["b"], () => told.push(`last ${store.state.b}`));
        store.set({ a: 1 });
        store.set({ a: 2 });
        store.set({ a: 3 });
        const waiting = frames.length;
        while (frames.length > 0) frames.shift()();
        return { waiting, told };
    """)  # fmt: skip
    assert got == {"waiting": 1, "told": ["a 3", "last 3", "first 3"]}


def test_views_take_their_places(node):
    got = node({"layout": "placesOfViews"}, """
        const panels = given[0].map((kind) => ({ kind }));
        return [placesOfViews(panels, {}, false), placesOfViews(panels, { swapped: true }, false),
          placesOfViews(panels, { small: 3 }, false), placesOfViews(panels, { tab: 2 }, true)];
    """, ["map", "hill", "loss", "picture"])  # fmt: skip
    assert got == [
        ["stage", "small", "loss", "none"],
        ["small", "stage", "loss", "none"],
        ["stage", "none", "loss", "small"],
        ["none", "none", "stage", "none"],
    ]


def test_the_nearest_step_is_found_on_the_way(node):
    got = node({"map_hover": "nearestStep"}, """
        const way = (label, y) => ({ label, truth: floats([0, y, 100, y]) });
        const ways = [way("a", 0), way("b", 40)];
        return [nearestStep(ways, 1, 30, 5), nearestStep(ways, 1, 70, 33), nearestStep(ways, 1, 50, 20),
          nearestStep(ways, 0, 70, 5)];
    """)  # fmt: skip
    assert got == [
        {"run": "a", "step": 0},
        {"run": "b", "step": 1},
        None,
        None,
    ]  # of what is to come, nothing


def test_a_question_and_a_change_take_the_place_of_the_captions(node):
    scene = CLOCK | {
        "captions": [{"time": 0, "rest": 0, "text": [["", "Look."]]}],
        "verdict": [["", "Done."]],
        "problem": {"start": [0, 0], "kind": "recorded", "minima": []},
        "runs": [],
    }
    run = {"label": "GD", "losses": [4, 2, 1, 0.02, 0.01, 0.01, 0.01], "stopped": -1, "path": [0] * 14}
    other = run | {"label": "B", "losses": [4, 2, 1, 0.5, 0.4, 0.03, 0.01]}
    state = {"scene": scene, "start": [0, 0], "changes": {"runs": {}}, "time": 1, "race": [run, other]}
    got = node({"caption": "captionNow"}, """
        const [state] = given;
        const asks = { ...state.scene, ask: { time: 1, question: "Who?" } };
        const moved = { ...state, start: [0.5, 1.25] };
        const states = [state, { ...state, time: 6 }, { ...state, scene: asks }, moved];
        return states.map((one) => captionNow(one).parts.map((part) => part[1]).join(""));
    """, state)  # fmt: skip
    assert got == ["Look.", "Done.", "Who?", "Start 0.5, 1.25. GD is home first, at 3."]


def test_what_is_told_says_who_is_lowest_and_highest(node):
    scene = CLOCK | {"problem": {"start": [0, 0], "minima": [[3, 4, "minimum"]], "kind": "recorded"}}
    runs = [{"label": "GD", "losses": [4, 2], "path": [0, 0, 3, 3], "stopped": -1},
            {"label": "Adam", "losses": [4, 3], "path": [0, 0, 0, 0], "stopped": -1}]  # fmt: skip
    state = {"scene": scene | {"steps": 1}, "start": [0, 0], "changes": {"runs": {}}, "time": 1, "race": runs,
             "hidden": [], "only": None}  # fmt: skip
    got = node({"live_text": "sentencesNow"}, "return sentencesNow(given[0]);", state)
    assert got == "Step 1 of 1. GD is lowest, loss 2, 1 from the minimum. Adam is highest, 3."


def test_a_curve_that_runs_away_does_not_flatten_the_others(node):
    got = node({"curves": "curveLimits"}, """
        const calm = { losses: floats([10, 1, 0.1]), stopped: -1 };
        const even = { losses: floats([2, 1.5, 1]), stopped: -1 };
        return [curveLimits([calm, { losses: floats([10, 1e30, 1e99]), stopped: 2 }]), curveLimits([even])];
    """)  # fmt: skip
    margin = 100**0.06
    assert got[0]["log"] and np.allclose(got[0]["limits"], [0.1 / margin, 31.6])
    assert not got[1]["log"] and np.allclose(got[1]["limits"], [0.94, 2.06])
