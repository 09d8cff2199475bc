"""Maps at true scale, the law of height, the palette, logarithmic axes: numbers of the art direction."""

from itertools import combinations

import numpy as np
import pytest

import optiviz as ov
from optiviz.rendering.panels._shared.height_bands import power_levels
from optiviz.rendering.panels._shared.log_axis import decades, tick_text
from optiviz.rendering.panels._shared.window import fit_to_panel, window_of
from optiviz.rendering.stage import set_stage
from optiviz.rendering.style import BANDS, LOOK_OF_RULE, THEMES, band_colors, lab, linear_light, looks
from optiviz.rendering.surface3d.surface import SHADES
from optiviz.scenefile import resolve

SEVEN = ("GD", "Momentum", "NAG", "Adagrad", "RMSprop", "Adam", "SGD")


def staged(objective, runs, panels, **settings):
    scene = ov.Scene(objective, runs, panels, **{"steps": 30, "seconds": 1.0, **settings})
    comparison = ov.play(scene)
    return comparison, set_stage(scene, comparison)


def map_of(stage):
    return next(axes for axes in stage.figure.axes if any(len(c.get_paths()) > 5 for c in axes.collections))


# ---- scale and window


@pytest.mark.parametrize("size", [(1280, 720), (1024, 768), (640, 360)])
@pytest.mark.parametrize("name", ["momentum", "race_beale", "race_saddle", "local_minimum", "zigzag"])
def test_one_unit_is_as_long_across_as_up(name, size):
    from dataclasses import replace

    scene = replace(ov.load(resolve(name)), size=size, seconds=0.5)
    axes = map_of(set_stage(scene, ov.play(scene)))
    (x, y), (right, top) = axes.transData.transform([[0.0, 0.0], [1.0, 1.0]])
    assert abs((right - x) / (top - y) - 1) < 0.01


def test_the_first_step_stands_at_right_angles_on_its_level_line():
    ravine = ov.surface("x**2 + 9*y**2", xlim=(-4, 4), ylim=(-3, 3), start=(3, 1))
    comparison, stage = staged(ravine, {"GD": ov.GD(0.02)}, ["landscape"])
    path = comparison.trajectories["GD"].path
    to = map_of(stage).transData.transform
    step = np.subtract(*to(path[[1, 0]]))
    # at (3, 1) the slope is (6, 18), so the level line goes along (18, -6)
    line = np.subtract(*to([[3 + 18e-3, 1 - 6e-3], [3, 1]]))
    angle = np.degrees(np.arccos(step @ line / np.hypot(*step) / np.hypot(*line)))
    assert abs(angle - 90) < 2


def test_the_window_is_grown_not_bent():
    assert fit_to_panel(((-1, 1), (0, 1)), (300, 300)) == (((-1.0, 1.0), (-0.5, 1.5)), False)
    long = ((0.0, 5.1), (0.0, 1.0))
    assert fit_to_panel(long, (300, 300)) == (long, True)  # longer than 5 : 1
    assert fit_to_panel(((-1, 1), (0, 1)), (300, 300), aspect="fill") == (((-1, 1), (0, 1)), True)


def test_the_window_is_where_the_runs_are():
    scene = ov.Scene(ov.beale, {"GD": ov.GD(0.01)}, ["landscape"], steps=60)
    comparison = ov.play(scene)
    (x0, x1), (y0, y1) = window_of(comparison)
    seen = np.vstack([comparison.trajectories["GD"].path, ov.beale.minima])
    low, high = seen.min(axis=0), seen.max(axis=0)
    room = 0.12 * (high - low).max()
    np.testing.assert_allclose([x0, y0], low - room)
    np.testing.assert_allclose([x1, y1], high + room)
    assert window_of(comparison, "surface") == (ov.beale.xlim, ov.beale.ylim)
    assert window_of(comparison, given=((0, 1), None))[0] == (0, 1)
    with pytest.raises(ov.BadInput, match=r"panel 'landscape': xlim must be two numbers, low then high"):
        window_of(comparison, given=((1, 0), None))


def test_what_the_runs_fill_is_nearly_half_of_the_stage():
    scene = ov.load(resolve("race_beale"))
    comparison = ov.play(scene)
    axes = map_of(set_stage(scene, comparison))
    paths = [run.path for run in comparison.trajectories.values()]
    box = axes.transData.transform([np.min(np.vstack(paths), axis=0), np.max(np.vstack(paths), axis=0)])
    shown = axes.bbox
    share = np.prod(np.subtract(*box[::-1])) / (shown.width * shown.height)
    assert share >= 0.40  # of the paths alone; 0.15 in the surface's own window
    edge = np.concatenate([box[0] - [shown.x0, shown.y0], [shown.x1, shown.y1] - box[1]])
    assert edge.min() >= 44


def test_a_window_that_is_bent_says_so():
    _, stage = staged(ov.beale, {"GD": ov.GD(0.01)}, [ov.Panel("landscape", {"aspect": "fill"})])
    assert any("axes not to scale" in text.get_text() for text in stage.figure.texts)


# ---- height


def test_the_power_puts_the_median_near_two_fifths():
    z = np.linspace(0, 1, 1001)
    for power in (1, 1 / 2, 1 / 3, 1 / 4, 1 / 6):
        levels, found = power_levels(z ** (np.log(0.42 ** (1 / power)) / np.log(0.5)), 0.0, 1.0, BANDS)
        assert found == power
        np.testing.assert_allclose(np.diff(levels**power), 1 / BANDS, atol=1e-9)


def luminance(color):
    parts = [linear_light(int(color[k : k + 2], 16) / 255) for k in (1, 3, 5)]
    return float(np.dot((0.2126, 0.7152, 0.0722), parts))


def contrast(one, two):
    low, high = sorted((luminance(one), luminance(two)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    ("name", "low", "high", "ratio", "levels"),
    [("light", 0.957, 0.309, 2.8, (98, 62)), ("dark", 0.010, 0.249, 5.0, (9, 57))],
)
def test_the_ramp_is_monotone_and_spans_what_it_must(name, low, high, ratio, levels):
    ramp = band_colors(THEMES[name].ramp, BANDS)
    tones = [lab(color)[0] for color in ramp]
    assert sorted(tones, reverse=name == "light") == tones and len(set(ramp)) == BANDS
    assert (ramp[0], ramp[-1]) == (THEMES[name].ramp[0], THEMES[name].ramp[-1])
    assert [luminance(ramp[0]), luminance(ramp[-1])] == pytest.approx([low, high], abs=0.005)
    assert contrast(ramp[0], ramp[-1]) == pytest.approx(ratio, abs=0.06)
    assert [tones[0], tones[-1]] == pytest.approx(levels, abs=1.0)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_runs_stand_off_the_lowest_and_the_highest_band(name):
    theme = THEMES[name]
    for look in looks([(rule, rule) for rule in SEVEN], theme).values():
        assert contrast(look.color, theme.casing) >= 3.2
        # in between, the least is 2.2: vermilion in white on "#b6c7d4"; there the line is told by its hue
        for band in (theme.ramp[0], theme.ramp[-1]):
            assert max(contrast(theme.casing, band), contrast(look.color, band)) >= 2.8


# ---- colour differences: CIEDE2000 (Sharma 2005), and Machado's matrices (2009, severity 1)

BLIND = {
    "normal": np.eye(3),
    "deuteranope": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "protanope": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
}


def seen_as(color, eye):
    rgb = np.array(BLIND[eye]) @ [linear_light(int(color[k : k + 2], 16) / 255) for k in (1, 3, 5)]
    rgb = np.clip(rgb, 0, 1)
    bent = np.where(rgb <= 0.0031308, 12.92 * rgb, 1.055 * rgb ** (1 / 2.4) - 0.055)
    return lab("#" + "".join(f"{round(255 * part):02x}" for part in bent))


def ciede2000(one, two):
    (l1, a1, b1), (l2, a2, b2) = one, two
    mean = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 0.5 * (1 - np.sqrt(mean**7 / (mean**7 + 25.0**7)))
    c1, c2 = np.hypot((1 + g) * a1, b1), np.hypot((1 + g) * a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, (1 + g) * a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    dh = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    big_h = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(dh / 2))
    level, c, h = (l1 + l2) / 2, (c1 + c2) / 2, (h1 + dh / 2) % 360 if c1 * c2 else h1 + h2
    t = 1 - 0.17 * np.cos(np.radians(h - 30)) + 0.24 * np.cos(np.radians(2 * h))
    t += 0.32 * np.cos(np.radians(3 * h + 6)) - 0.20 * np.cos(np.radians(4 * h - 63))
    sl = 1 + 0.015 * (level - 50) ** 2 / np.sqrt(20 + (level - 50) ** 2)
    sc, sh = 1 + 0.045 * c, 1 + 0.015 * c * t
    turn = -2 * np.sqrt(c**7 / (c**7 + 25.0**7)) * np.sin(np.radians(60 * np.exp(-(((h - 275) / 25) ** 2))))
    dl, dc, dh = (l2 - l1) / sl, (c2 - c1) / sc, big_h / sh
    return float(np.sqrt(dl**2 + dc**2 + dh**2 + turn * dc * dh))


def test_ciede2000_has_the_published_values():
    # pairs 1, 7 and 17 of Sharma, Wu and Dalal
    assert ciede2000((50, 2.6772, -79.7751), (50, 0, -82.7485)) == pytest.approx(2.0425, abs=1e-4)
    assert ciede2000((50, 0, 0), (50, -1, 2)) == pytest.approx(2.3669, abs=1e-4)
    assert ciede2000((50, 2.5, 0), (73, 25, -18)) == pytest.approx(27.1492, abs=1e-4)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_seven_rules_are_told_apart_by_everybody(name):
    colors = [look.color for look in looks([(rule, rule) for rule in SEVEN], THEMES[name]).values()]
    for eye, least in (("normal", 22.0), ("deuteranope", 15.0), ("protanope", 12.95)):
        worst = min(ciede2000(seen_as(a, eye), seen_as(b, eye)) for a, b in combinations(colors, 2))
        assert worst >= least, eye


def test_no_run_is_dashed():
    worn = looks([(str(k), rule) for k, rule in enumerate([*LOOK_OF_RULE, *["Momentum"] * 24])])
    assert not any(look.dash for look in worn.values())
    assert len({(look.color, look.marker) for look in worn.values()}) == len(worn)


def test_the_flagship_wears_its_colours():
    scene = ov.load(resolve("momentum"))
    rules = [(label, type(run.optimizer).__name__) for label, run in scene.runs.items()]
    assert [look.color for look in looks(rules).values()] == ["#16181d", "#2446e0", "#2f9a66", "#f23a0c"]


def test_light_never_looks_like_height():
    for color in band_colors(THEMES["light"].ramp, BANDS):
        level, a, b = lab(color)
        for shade in (SHADES[0], SHADES[-1]):
            assert ciede2000((level, a, b), (level + shade, a, b)) <= 8


# ---- logarithmic axes


def test_log_axes_have_decades_in_plain_numbers():
    assert decades(0.05, 2000) == [0.1, 1, 10, 100, 1000]
    assert [tick_text(value) for value in (0.001, 0.01, 1.0, 10.0, 1000.0)] == [
        "0.001",
        "0.01",
        "1",
        "10",
        "1000",
    ]
    assert [tick_text(value) for value in (1e-8, 1e4)] == ["10⁻⁸", "10⁴"]
    _, stage = staged(ov.beale, {"Adam": ov.Adam(0.1)}, ["loss"], steps=200)
    axes = stage.figure.axes[0]
    ticks = axes.get_yticks()
    assert axes.get_yscale() == "log" and not len(axes.get_yticks(minor=True))
    np.testing.assert_allclose(np.log10(ticks) % 1, 0, atol=1e-12)
    assert any("log scale" in text.get_text() for text in stage.figure.texts)


def test_a_small_span_is_not_logarithmic():
    bowl = ov.surface("x**2 + y**2 + 1", xlim=(-2, 2), ylim=(-2, 2), start=(1, 1))
    _, stage = staged(bowl, {"GD": ov.GD(0.1)}, ["loss"])  # from 3 to 1: half a decade
    assert stage.figure.axes[0].get_yscale() == "linear"


# ---- vector files


@pytest.mark.parametrize("kind", ["pdf", "svg"])
def test_worked_example_is_lines_and_letters(tmp_path, kind):
    scene = ov.load(resolve("worked_example"))
    out = tmp_path / f"page.{kind}"
    ov.render(scene, out)
    written = out.read_bytes()
    assert b"/Subtype /Image" not in written and b"<image" not in written
