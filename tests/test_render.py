"""Pictures: the marks carry the numbers of the run, and the file carries the picture."""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import imageio.v3 as imageio
import numpy as np
import pytest
from PIL import Image

import optiviz as ov
from optiviz.rendering.encode.frame_diff import long_runs
from optiviz.rendering.encode.gif import (
    INVISIBLE_MSE,
    Palette,
    centred,
    codes,
    make_palette,
    merge_colors,
    update,
    write_gif,
)
from optiviz.rendering.marks.agg import join, meet
from optiviz.rendering.marks.shapes import Curve, Words
from optiviz.rendering.marks.trails import Head
from optiviz.rendering.panels import PANELS
from optiviz.rendering.panels._shared.height_bands import contour_levels, ground
from optiviz.rendering.panels.check import check_panels
from optiviz.rendering.stage import set_stage
from optiviz.rendering.style import LOOK_OF_RULE, THEMES, looks, type_sizes
from optiviz.rendering.surface3d.surface import grid_points, snap_to_rim
from optiviz.rendering.timeline import Moment

ROOT = Path(__file__).parents[1]
SMALL = {"size": (480, 270), "seconds": 1.0, "hold": 0.5, "fps": 20, "steps": 30}
RACE = {"GD": ov.GD(0.02), "Momentum": ov.Momentum(0.005), "Adam": ov.Adam(0.5)}


@pytest.fixture(scope="module")
def race():
    scene = ov.Scene(ov.beale, RACE, ("landscape", "loss"), "Beale", **SMALL)
    return scene, ov.play(scene), set_stage(scene, ov.play(scene))


@pytest.fixture(scope="module")
def line():
    data = ov.DATASETS["line"](slope=2.0, intercept=1.0, noise=0.3, n=50)
    runs = {"Batch GD": ov.GD(0.05), "Momentum": ov.Momentum(0.05)}
    scene = ov.Scene(ov.Fit(data, start=(-1, -1.5)), runs, ("fit", "landscape", "loss"), **SMALL)
    return scene, ov.play(scene), set_stage(scene, ov.play(scene))


def marks(stage, kind):
    return [mark for mark in stage.marks if isinstance(mark, kind)]


def trails(stage):
    """The lines of all runs, panel by panel, in the order of the runs."""
    crowds = {id(head.crowd): head.crowd for head in marks(stage, Head)}
    return [trail for crowd in crowds.values() for trail in crowd.trails]


def test_trails_are_the_paths_and_the_losses(race):
    _, comparison, stage = race
    runs = list(comparison.trajectories.values())
    lines = trails(stage)
    assert len(lines) == 2 * len(runs)
    for run, on_the_map, curve in zip(runs, lines[:3], lines[3:], strict=True):
        np.testing.assert_array_equal(on_the_map.route.points[on_the_map.route.last], run.path)
        np.testing.assert_array_equal(curve.route.points[:, 0], np.arange(31))
        np.testing.assert_array_equal(curve.route.points[:, 1], run.losses)


def test_one_run_one_colour_everywhere(race, line):
    for _, comparison, stage in (race, line):
        by_label = dict.fromkeys(comparison.trajectories)
        for label in by_label:
            worn = {m.look for m in trails(stage) if m.look == looks_of(stage, label)}
            assert len(worn) == 1
    _, _, stage = race
    assert trails(stage)[0].look == LOOK_OF_RULE["GD"]
    assert trails(stage)[2].look == trails(stage)[5].look == LOOK_OF_RULE["Adam"]


def looks_of(stage, label):
    rules = [(name, type(run.optimizer).__name__) for name, run in stage.scene.runs.items()]
    return looks(rules)[label]


def test_heads_lie_on_their_trails_in_pixels(race):
    _, comparison, stage = race
    frame = stage.frame(12).copy()
    height = frame.shape[0]
    run = comparison.trajectories["Momentum"]
    trail = trails(stage)[1]
    moment = stage.moments[12]
    before, after = run.path[moment.step], run.path[moment.step + 1]
    x, y = stage.figure.axes[0].transData.transform(before + moment.ahead * (after - before))
    np.testing.assert_allclose(trail.route.place(moment), [x, y], rtol=1e-9)
    row, column = height - 1 - int(y), int(x)
    around = frame[row - 1 : row + 2, column - 1 : column + 2, :3].reshape(-1, 3).tolist()
    assert [0x24, 0x46, 0xE0] in around
    assert len(marks(stage, Head)) == 6


def test_the_model_line_is_the_prediction(line, monkeypatch):
    scene, comparison, stage = line
    drawn, axes = marks(stage, Curve)[1], stage.figure.axes[0]
    w, b = comparison.trajectories["Momentum"].path[7]
    x, y = axes.transData.inverted().transform(drawn.points(7)).T
    np.testing.assert_allclose(y, w * x + b, rtol=1e-9)
    np.testing.assert_allclose(x, axes.get_xlim(), rtol=1e-12)
    painted = []
    monkeypatch.setattr(
        sys.modules["optiviz.rendering.panels.fit"],
        "dots",
        lambda renderer, spots, *rest: painted.append(spots),
    )
    stage.frame(7)
    rows = np.column_stack([scene.objective.data.x, scene.objective.data.y])
    np.testing.assert_allclose(axes.transData.inverted().transform(painted[0]), rows, rtol=1e-9)
    (truth,) = axes.lines
    np.testing.assert_allclose(truth.get_ydata(), 2 * truth.get_xdata() + 1, rtol=1e-12)
    assert [text.get_text() for text in stage.figure.texts if "&" in text.get_text()] == [
        "Ground truth & Model",
        "Weights & Loss",
    ]


def test_the_star_is_the_minimum(race, line):
    _, _, stage = race
    assert star_of(stage.figure.axes[0]).tolist() == [[3.0, 0.5]]
    scene, _, stage = line
    np.testing.assert_allclose(star_of(stage.figure.axes[1])[0], scene.objective.best)


def star_of(axes):
    """The places (n, 2) of gold stars; those of local minima are hollow."""
    (star,) = [
        one for one in axes.lines if one.get_marker() == "*" and one.get_markerfacecolor() == "#ffd23f"
    ]
    return star.get_xydata()


def test_the_counter_counts(race, line):
    for stage, word in ((race[2], "step:"), (line[2], "epoch:")):
        assert marks(stage, Words)[0].reads(Moment(17, 0.5, 5)) == "17"
        assert word in [text.get_text() for text in stage.figure.texts]


def test_frame_k_is_a_function_of_k(race):
    *_, stage = race
    count = len(stage.moments)
    forth = [hashlib.sha256(stage.frame(k)).hexdigest() for k in range(count)]
    back = [hashlib.sha256(stage.frame(k)).hexdigest() for k in reversed(range(count))]
    assert forth == back[::-1]
    assert len(set(forth)) == count


PANEL_SETS = [
    ("landscape", "loss"),
    ("fit", "landscape", "loss"),
    (ov.Panel("landscape3d", {"orbit": 90.0}), "landscape3d"),
]


@pytest.mark.parametrize("panels", PANEL_SETS, ids=str)
def test_nothing_changes_outside_what_was_touched(line, race, panels):
    scene, comparison, _ = line if "fit" in panels else race
    stage = set_stage(ov.Scene(scene.objective, scene.runs, panels, **SMALL), comparison)
    before = stage.frame(0).copy()
    for k in range(1, len(stage.moments)):
        now = stage.frame(k).copy()
        for window in stage.touched(k):
            before[window] = now[window]
        np.testing.assert_array_equal(before, now)


def test_every_panel_draws_its_first_and_last_frame(line):
    scene, comparison, _ = line
    for name in PANELS:
        try:
            check_panels(ov.Scene(scene.objective, scene.runs, (name,), **SMALL))
        except ov.BadInput:
            continue  # of surfaces, of networks: drawn in test_panels_lecture and test_panels_nn
        stage = set_stage(ov.Scene(scene.objective, scene.runs, (name,), **SMALL), comparison)
        first = stage.frame(0).copy()
        assert (first != stage.frame(len(stage.moments) - 1)).any()
        assert (first[..., 3] == 255).all()


def test_boxes():
    assert meet((0, 0, 4, 4), (2, 1, 9, 3)) == (2, 1, 4, 3)
    assert meet((0, 0, 2, 2), (2, 0, 4, 2)) == (0, 0, 0, 0)
    boxes = [(0, 0, 4, 4), (20, 20, 30, 30), (3, 3, 6, 6), (90, 90, 120, 95)]
    assert sorted(join(boxes, (0, 0, 100, 100))) == [(0, 0, 6, 6), (20, 20, 30, 30), (90, 90, 100, 95)]


def tick_labels(axes):
    """Those that are drawn: inside the limits."""
    for axis, (low, high) in ((axes.xaxis, sorted(axes.get_xlim())), (axes.yaxis, sorted(axes.get_ylim()))):
        for place, label in zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=True):
            if low <= place <= high:
                yield label


def test_type_is_legible_from_the_back_row(line):
    *_, stage = line
    height = stage.size[1]
    assert min(type_sizes(height).values()) >= 0.033 * height
    seen = [text for axes in stage.figure.axes for text in tick_labels(axes)]
    seen += [
        *stage.figure.texts,
        *(text for axes in stage.figure.axes for text in (axes.xaxis.label, axes.yaxis.label)),
    ]
    assert len(seen) > 20
    for text in seen:
        assert text.get_fontsize() * 100 / 72 >= 0.033 * height, text


def test_no_label_leaves_the_frame_or_meets_another():
    for name in ("momentum", "cars", "race_beale", "race_saddle", "zigzag", "graphs"):
        scene = ov.load(ROOT / "scenes" / f"{name}.toml")
        stage = set_stage(scene, ov.play(scene))
        boxes = []
        texts = [text for axes in stage.figure.axes for text in tick_labels(axes)]
        texts += [text for axes in stage.figure.axes for text in (axes.xaxis.label, axes.yaxis.label)]
        for text in [*texts, *stage.figure.texts]:
            box = text.get_window_extent()
            if text.get_text() and box.width:
                assert box.x0 >= 0 and box.y0 >= 0, (name, text)
                assert box.x1 <= scene.size[0] and box.y1 <= scene.size[1], (name, text)
                boxes.append((text, box.shrunk(0.9, 0.7)))
        for k, (text, box) in enumerate(boxes):
            for other, beside in boxes[:k]:
                if text.get_visible() and other.get_visible() and text.get_text() != other.get_text():
                    assert not box.overlaps(beside), (name, text, other)


def test_every_look_is_another():
    rules = [(f"run {k}", "Momentum") for k in range(20)]
    worn = looks(rules)
    assert len({(look.color, look.marker, look.dash) for look in worn.values()}) == 20
    assert worn["run 0"] == LOOK_OF_RULE["Momentum"]


def test_log_levels_are_even_in_the_logarithm_above_the_minimum():
    *_, z = ground(ov.beale, ov.beale.xlim, ov.beale.ylim, 50)
    levels = contour_levels(ov.beale, z, 24)
    steps = np.diff(np.log(levels))
    np.testing.assert_allclose(steps, steps[0], rtol=1e-6)
    assert levels[-1] == pytest.approx(z.max())
    assert levels[0] == pytest.approx(1e-3 * float(ov.beale.value(ov.beale.start)))
    *_, flat = ground(ov.saddle, ov.saddle.xlim, ov.saddle.ylim, 50)
    np.testing.assert_allclose(np.diff(contour_levels(ov.saddle, flat, 24)), np.ptp(flat) / 23)


def test_holes_and_flats_are_drawn():
    for formula in ("sqrt(x) + y**2", "0*x + 3", "1/x + y"):
        odd = ov.surface(formula, xlim=(-1, 1), ylim=(-1, 1), start=(0.5, 0.5))
        scene = ov.Scene(odd, {"GD": ov.GD(0.1)}, ("landscape", "landscape3d", "loss"), **SMALL)
        stage = set_stage(scene, ov.play(scene))
        stage.frame(len(stage.moments) - 1)


def test_diverged_runs_do_not_move_the_axes():
    wild = ov.Scene(ov.beale, {"GD": ov.GD(0.02), "too fast": ov.GD(0.3)}, **SMALL)
    tame = ov.Scene(ov.beale, {"GD": ov.GD(0.02)}, **SMALL)
    played = ov.play(wild)
    assert played.trajectories["too fast"].status == "diverged"
    limits = [[axes.get_ylim() for axes in set_stage(s, ov.play(s)).figure.axes] for s in (wild, tame)]
    assert limits[0][0] == limits[1][0]
    assert limits[0][1][1] < 100 * limits[1][1][1]


# ----------------------------------------------------------------------------------------- the file


@pytest.fixture(scope="module")
def clip(race, tmp_path_factory):
    scene, comparison, stage = race
    file = ov.render(scene, tmp_path_factory.mktemp("clip") / "race.gif", comparison=comparison)
    return file, stage


def test_gif_keeps_its_time_and_loops(clip):
    file, stage = clip
    with Image.open(file) as gif:
        assert gif.size == (480, 270)
        assert gif.info["loop"] == 0
        total = 0
        for k in range(gif.n_frames):
            gif.seek(k)
            total += gif.info["duration"]
    assert total == 10 * sum(moment.centiseconds for moment in stage.moments)


def test_two_decoders_see_the_frames_that_were_drawn(clip):
    file, stage = clip
    frames = imageio.imread(file, index=None, mode="RGB")
    assert len(frames) == len(stage.moments)
    flat = {tuple(int(c[i : i + 2], 16) for i in (1, 3, 5)) for c in stage.colors}
    with Image.open(file) as gif:
        for k in range(len(stage.moments)):
            drawn = stage.frame(k)[..., :3].astype(int)
            gif.seek(k)
            for seen in (frames[k].astype(int), np.asarray(gif.convert("RGB")).astype(int)):
                off = np.abs(seen - drawn)
                assert (off**2).mean() < INVISIBLE_MSE and off.max() <= 48
                for color in flat:  # white, ink and every run: exact
                    where = (drawn == color).all(axis=-1)
                    assert (seen[where] == color).all()


def test_png_is_the_last_frame(race, tmp_path):
    scene, _, stage = race
    file = ov.render(scene, tmp_path / "race.png")
    np.testing.assert_array_equal(imageio.imread(file), stage.frame(len(stage.moments) - 1)[..., :3])
    middle = ov.still(scene, tmp_path / "middle.png", at=12)
    assert (imageio.imread(middle) != imageio.imread(file)).any()
    with pytest.raises(ov.BadInput, match="there is no step 31: this scene goes from 0 to 30"):
        ov.still(scene, tmp_path / "x.png", at=31)


def test_same_bytes_wherever_and_however_it_runs(tmp_path):
    code = (
        "import sys, hashlib, optiviz as ov\n"
        "bowl = ov.surface('x**2 + 3*sin(y)', xlim=(-4, 4), ylim=(-3, 3), start=(-3, 2))\n"
        "scene = ov.Scene(bowl, {'GD': ov.GD(0.1), 'Adam': ov.Adam(0.3)},\n"
        "                 ('landscape', 'landscape3d', 'loss'), steps=20, seconds=0.5, size=(480, 270))\n"
        "print(hashlib.sha256(ov.render(scene, sys.argv[1]).read_bytes()).hexdigest())\n"
    )
    sums = set()
    for k, seed in enumerate(("0", "1")):
        folder = tmp_path / str(k)
        folder.mkdir()
        if k:
            (folder / "matplotlibrc").write_text("axes.grid: True\nfont.size: 30\npath.simplify: False\n")
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": "UTC" if k else "Asia/Tokyo"}
        done = subprocess.run(
            [sys.executable, "-c", code, str(folder / "clip.gif")],
            cwd=folder, env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        sums.add(done.stdout.strip())
    assert len(sums) == 1


def test_unknown_format_and_missing_folder(race, tmp_path):
    scene, comparison, _ = race
    with pytest.raises(ov.BadInput, match=r"unknown format '.gfi' - did you mean '.gif'\?"):
        ov.render(scene, tmp_path / "race.gfi")
    with pytest.raises(ov.BadInput, match="there is no folder"):
        ov.render(scene, tmp_path / "none" / "race.gif", comparison=comparison)


def test_a_failed_render_leaves_the_old_file(race, tmp_path):
    scene, comparison, _ = race
    file = tmp_path / "race.gif"
    file.write_bytes(b"old")

    def interrupt(done, total):
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ov.render(scene, file, comparison=comparison, progress=interrupt)
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


def test_progress_covers_every_frame(race, tmp_path):
    scene, comparison, _ = race
    told = []
    ov.render(scene, tmp_path / "race.gif", comparison=comparison, progress=lambda *now: told.append(now))
    assert told == [(k, 20) for k in range(1, 21)]


def test_palette_keeps_flat_colours_and_is_near_for_the_rest():
    rng = np.random.default_rng(0)
    soft = rng.integers(0, 1 << 24, 4000, dtype=np.uint32)
    image = np.concatenate([np.full(50_000, 0xFFFFFF, np.uint32), np.full(9_000, 0x123456, np.uint32), soft])
    palette = make_palette([image[None]], kept=[0x0000FF])
    assert len(palette) <= 255
    assert {0xFFFFFF, 0x123456, 0x0000FF} <= set(palette.tolist())
    table = Palette(palette)
    shown = palette[table.indices(image[None])[0]]
    exact = np.isin(image, [0xFFFFFF, 0x123456])
    np.testing.assert_array_equal(shown[exact], image[exact])


def test_colours_nobody_would_miss_are_merged():
    """Ward's loss of two colours is w1 w2 / (w1 + w2) times their squared distance, over all pixels."""
    white, greens = 0xFFFFFF, [30 * k << 8 for k in range(1, 9)]
    palette = np.array([white, 100, 102, 200, *greens], np.uint32)  # three reds, the first byte
    tally = np.array([1000, 100, 300, 100, *[100] * 8])
    # 100 and 102: 100 * 300 / 400 * 2**2 = 300, and 3 * 0.7 * 2300 = 4830 may be lost; of greens 50 * 30**2
    merged = (100 * 100 + 300 * 102) / 400
    assert set(merge_colors(palette, 1, 255, palette, tally).tolist()) == {white, round(merged), 200, *greens}
    # of two colours one of which is exact, that one stays: 100 pixels off by 2
    kept = merge_colors(np.array([white, 102, 100, 200, *greens], np.uint32), 2, 255, palette, tally)
    assert set(kept.tolist()) == {white, 102, 200, *greens}
    # asked for fewer, it goes on with the next least loss: two greens beside each other
    fewer = merge_colors(palette, 1, 10, palette, tally).tolist()
    assert len(fewer) == 10 and white in fewer and 200 in fewer


def test_colours_move_to_the_middle_of_what_they_stand_for():
    palette, seen = np.array([0xFFFFFF, 10], np.uint32), np.array([0xFFFFFF, 0xFEFEFE, 8, 14], np.uint32)
    found = centred(palette, 1, seen, np.array([100, 9, 5, 10]))
    assert found.tolist() == [0xFFFFFF, 12]  # (5 * 8 + 10 * 14) / 15; the exact one does not move


def test_only_what_changed_is_written():
    palette = Palette(np.array([0x000000, 0x0000FF, 0xFFFFFF], np.uint32))
    shown = np.full((20, 30), 2, np.uint8)
    now = np.full((20, 30), 0xFFFFFF, np.uint32)
    everything = [(slice(None), slice(None))]
    assert update(shown, now, everything, palette) is None
    now[5, 7] = now[9, 12] = 0x0000FF
    pixels, (x, y) = update(shown, now, [(slice(4, 6), slice(5, 9)), (slice(8, 12), slice(10, 14))], palette)
    assert (x, y, pixels.shape) == (7, 5, (5, 6))
    assert (pixels != 255).sum() == 2 and pixels[0, 0] == pixels[4, 5] == 1
    assert shown[5, 7] == shown[9, 12] == 1 and (shown != 2).sum() == 2


def test_three_processes_write_the_same_bytes(race, tmp_path):
    *_, stage = race
    for count in (1, 3):
        write_gif(tmp_path / f"{count}.gif", stage, lambda done, total: None, count)
    assert (tmp_path / "1.gif").read_bytes() == (tmp_path / "3.gif").read_bytes()


def test_codes_are_views():
    frame = np.zeros((2, 2, 4), np.uint8)
    frame[0, 1] = (1, 2, 3, 255)
    assert codes(frame)[0, 1] == 0xFF030201 and np.shares_memory(codes(frame), frame)


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
def test_long_runs(share):
    still = np.random.default_rng(3).random((30, 40)) < share
    said = "".join("x" if one else " " for one in still.ravel())
    kept = re.sub(r"x+", lambda run: run[0] if len(run[0]) >= 8 else " " * len(run[0]), said)
    assert long_runs(still).ravel().tolist() == [one == "x" for one in kept]


def test_themes_name_real_colours():
    for theme in THEMES.values():
        for color in (*theme.flat, *theme.ramp):
            assert len(color) == 7 and int(color[1:], 16) >= 0


def test_a_hole_has_a_round_rim():
    """Of a disc all corners beside its edge end on the circle, and stay next to their own place."""
    x = np.linspace(-2, 2, 17)
    height = lambda x, y: np.where(np.hypot(x, y) >= 1, x + 2 * y, np.nan)
    points = grid_points(x, x, height(*np.meshgrid(x, x)))
    moved = snap_to_rim(points, height)
    hole = np.isnan(points[..., 2])
    rim = hole & np.isfinite(moved[..., 2])
    assert hole.sum() == 45 and rim.sum() == 24  # inside, and with a neighbour outside
    np.testing.assert_allclose(np.hypot(*moved[rim][:, :2].T), 1, atol=1e-3)
    np.testing.assert_allclose(moved[rim][:, 2], moved[rim][:, :2] @ [1, 2], atol=1e-12)
    assert np.abs(moved[rim][:, :2] - points[rim][:, :2]).max() <= 0.25
    np.testing.assert_array_equal(moved[~hole], points[~hole])


def test_a_rim_beside_a_pole_stays_within_the_box():
    x = np.linspace(-1, 1, 21)
    height = lambda x, y: np.where(np.abs(x) > 1e-9, 1 / np.where(x == 0, 1.0, x), np.nan)
    points = grid_points(x, x, height(*np.meshgrid(x, x)))
    moved = snap_to_rim(points, height)
    assert np.isnan(points[:, 10, 2]).all() and np.isfinite(moved[:, 10, 2]).all()
    assert (np.abs(moved[:, 10, 2]) <= 10 + 1e-9).all() and np.abs(moved[:, 10, 0]).max() < 1e-3


def test_a_legend_of_many_runs_leaves_the_pictures_their_room():
    runs = {f"Run {k + 1}": ov.GD(0.0001 * (k + 1)) for k in range(64)}
    scene = ov.Scene(ov.himmelblau, runs, ("landscape",), "Many", **{**SMALL, "size": (640, 360), "steps": 3})
    figure = set_stage(scene, ov.play(scene)).figure
    words = [text.get_text() for text in figure.texts]
    named = [word for word in words if word.startswith("Run ")]
    # the first and worst, the best, and the middles of five equal parts of the 62 others
    every = [f"Run {k}" for k in (1, 8, 20, 33, 45, 57, 64)]
    assert named == every and "and 57 more" in words
    assert len(figure.artists) == len(named)  # a line each
    (axes,) = figure.axes
    assert axes.get_position().height > 0.4
