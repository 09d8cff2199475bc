"""One panel in the axes of somebody's own figure."""

import re
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.contour import QuadContourSet
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch

import optiviz as ov
from optiviz.rendering.stage import set_stage
from optiviz.rendering.style import DARK, LIGHT

BOWL = ov.surface("x**2 + 2*y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1.5, 1.2), minima=[(0, 0)])
RACE = ov.compare(BOWL, {"GD": ov.GD(0.1), "Adam": ov.Adam(0.2)}, steps=12)
LONE = ov.compare(BOWL, {"GD": ov.GD(0.1)}, steps=12)

DEEP = ov.compare(
    ov.objective(lambda theta: theta @ theta, start=[1.0, 2.0, 3.0]),
    {"GD": ov.GD(0.1), "NAG": ov.NAG(0.1)},
    steps=4,
)


def axes(**settings):
    return Figure(**settings).add_subplot()


def of_kind(ax, kind):
    return [child for child in ax.get_children() if isinstance(child, kind)]


@pytest.mark.parametrize("at", [0, 5, None])
def test_paths_and_heads_are_artists_at_places_of_the_data(at):
    ax = axes()
    assert ov.draw("landscape", LONE, ax=ax, at=at) is ax
    path = LONE["GD"].path[: 13 if at is None else at + 1]
    spots = [marks.get_offsets()[0] for marks in of_kind(ax, PathCollection)]
    assert min(np.hypot(*(spot - path[-1])) for spot in spots) < 1e-9  # the head
    if at:
        lines = [patch.get_path().vertices for patch in of_kind(ax, PathPatch)]
        assert any(line.shape == path.shape and np.allclose(line, path, atol=1e-9) for line in lines)


def test_the_same_panel_draws_as_in_a_frame():
    scene = ov.Scene(BOWL, {"GD": ov.GD(0.1)}, ["loss"], steps=12)
    framed, own = set_stage(scene, ov.play(scene)).figure.axes[0], ov.draw("loss", scene, ax=axes())
    assert own.get_yscale() == framed.get_yscale() == "log"
    np.testing.assert_allclose(own.get_ylim(), framed.get_ylim())
    assert own.get_xlabel() == framed.get_xlabel() == "step"
    assert own.get_title(loc="left") == "Loss, log scale"
    assert of_kind(ov.draw("landscape", RACE, ax=axes(), levels=6), QuadContourSet)


def test_a_figure_of_ones_own_in_any_format(tmp_path):
    ax = axes(figsize=(4, 3), layout="constrained")
    ov.draw("landscape", RACE, ax=ax)
    ax.plot([-1, 1], [0, 0], "k--")
    ax.set_xlim(-1, 1)
    assert [text.get_text() for text in ax.legend().get_texts()] == ["GD", "Adam"]
    drawn = ax.get_children()
    assert drawn.index(of_kind(ax, PathPatch)[-1]) < drawn.index(ax.lines[-1])  # what comes later is above
    for kind, dpi in (("png", 50), ("png", 180), ("svg", 72), ("pdf", 72)):
        file = tmp_path / f"own-{dpi}.{kind}"
        ax.figure.savefig(file, dpi=dpi)
        assert file.stat().st_size > 3000


def test_pixels_become_an_image_over_the_axes():
    network = ov.Sequential([ov.Dense(1, activation="sigmoid")])
    training = network.training([[0, 0], [0, 1], [1, 1]], [0, 0, 1], loss="binary_crossentropy")
    ax = ov.draw("boundary", ov.compare(training, {"GD": ov.GD(1.0)}, steps=5), ax=axes())
    (image,) = ax.images
    left, right, low, high = image.get_extent()
    np.testing.assert_allclose((left, right, low, high), (0, 1, 0, 1), atol=0.02)
    assert any(text.get_text().endswith("%") for text in ax.texts)


def test_the_callers_style_stays_and_the_ground_chooses_the_colours():
    before = dict(matplotlib.rcParams)
    with matplotlib.rc_context({"axes.titlesize": 31, "font.family": "serif", "xtick.labelsize": 5}):
        ax = ov.draw("loss", LONE, ax=axes(facecolor="#101010"))
        assert ax.title.get_size() == ax._left_title.get_size() == 31
        assert ax.xaxis.get_ticklabels()[0].get_size() == 5
    assert dict(matplotlib.rcParams) == before
    inks = [line.get_color() for line in ax.get_lines() if line.get_label() == "GD"]
    assert inks == [DARK.lighter["#16181d"]]
    ax = ov.draw("loss", LONE, ax=axes())
    assert [line.get_color() for line in ax.get_lines() if line.get_label() == "GD"] == ["#16181d"]
    assert LIGHT.ground == "#ffffff"


REFUSED = {
    "several axes": (
        "plane",
        DEEP,
        {"resolution": 5},
        "panel 'plane' owns several axes here, and `ax` is one",
    ),
    "a colour bar": ("landscape", RACE, {"colorbar": True}, "panel 'landscape' owns several axes here"),
    "no axes": ("landscape3d", RACE, {}, "panel 'landscape3d' draws in no axes of matplotlib: ov.still"),
    "a key below": ("basins", RACE, {"starts": 20}, "panel 'basins' draws outside of axes, too: ov.still"),
    "no network": ("boundary", RACE, {}, "panel 'boundary' draws networks, this problem has none"),
    "a slip": ("lanscape", RACE, {}, "unknown panel 'lanscape' - did you mean 'landscape'?"),
    "no setting": ("loss", RACE, {"lgo": True}, "panel 'loss' has no setting 'lgo' - did you mean 'log'?"),
    "no run": ("landscape", RACE, {"run": "Adm"}, "unknown run 'Adm' - did you mean 'Adam'?"),
    "no step": ("loss", RACE, {"at": 13}, "there is no step 13: this scene goes from 0 to 12"),
    "half a step": ("loss", RACE, {"at": 1.5}, "there is no step 1.5"),
    "nothing to show": ("loss", BOWL, {}, "a scene shows runs"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_drawn_leaves_the_axes_alone(name):
    panel, shown, settings, sentence = REFUSED[name]
    ax = axes()
    before = [repr(child) for child in ax.get_children()]
    with pytest.raises(ov.BadInput) as caught:
        ov.draw(panel, shown, ax=ax, **settings)
    assert sentence in str(caught.value)
    assert [repr(child) for child in ax.get_children()] == before and len(ax.figure.axes) == 1


@pytest.mark.parametrize("ax", [None, 3, Figure(), Figure().add_subplot(projection="polar")])
def test_what_is_no_plain_axes(ax):
    with pytest.raises(ov.BadInput, match="ax must be plain axes of matplotlib"):
        ov.draw("loss", RACE, ax=ax)


def test_parts_that_are_left_away_make_room():
    ov.draw("plane", DEEP, ax=axes(), resolution=5, distance=False)
    ov.draw("basins", RACE, ax=axes(), starts=20, key=False)


def test_the_scripts_of_the_page_run_as_printed(monkeypatch):
    monkeypatch.setitem(matplotlib.rcParams, "backend", "agg")
    page = Path(__file__).parents[1] / "docs" / "howto" / "library.md"
    model, figures = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.S)
    names = {}
    exec(model, names)
    assert names["trained"].path.shape == (101, names["model"].network().size)  # 50 epochs of 2 steps
    exec(figures, names)
    assert names["picture"].shape == (720, 1280, 4)
    names["plt"].close(names["figure"])
