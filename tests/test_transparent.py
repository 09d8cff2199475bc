"""The transparent theme: ink for light or dark slides, type with an outline, edges without a third colour."""

from dataclasses import replace

import numpy as np
import pytest

import optiviz as ov
from optiviz.rendering.stage import set_stage
from optiviz.rendering.style import DARK, LIGHT

BOWL = ov.surface("x**2 + y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1, 1), minima=[(0, 0)])
SCENE = ov.Scene(
    BOWL, {"GD": ov.GD(0.1), "Adam": ov.Adam(0.1)}, steps=6, seconds=1.0, theme="transparent",
    title="A bowl", captions=[{"at": 0, "text": "Two rules, one start."}],
)  # fmt: skip
PLAYED = ov.play(SCENE)


def channels(color):
    return [int(color[k : k + 2], 16) for k in (1, 3, 5)]


@pytest.mark.parametrize(("on", "theme"), [("light", LIGHT), ("dark", DARK)])
def test_type_and_its_outline_are_those_of_the_slides(on, theme):
    frame = set_stage(replace(SCENE, on=on), PLAYED).frame(0)
    head = frame[20:104, 40:500].reshape(-1, 4)  # the title and the caption
    solid = head[head[:, 3] == 255, :3]
    for color in (theme.ink, theme.ground):  # letters, and around them the matte
        assert (solid == channels(color)).all(axis=1).sum() > 300, color
    ends = np.array([channels(theme.ink), channels(theme.ground)])
    seen = head[head[:, 3] > 0, :3].astype(int)
    assert ((seen >= ends.min(axis=0) - 2) & (seen <= ends.max(axis=0) + 2)).all()  # no third colour
    clear = frame[frame[..., 3] == 0]
    assert len(clear) > 1e5 and (clear[:, :3] == channels(theme.ground)).all()


def test_panels_stay_opaque():
    stage = set_stage(replace(SCENE, on="dark"), PLAYED)
    box, high = stage.figure.axes[0].bbox, stage.size[1]
    rows = slice(high - int(box.y1) + 2, high - int(box.y0) - 2)
    assert (stage.frame(0)[rows, int(box.x0) + 2 : int(box.x1) - 2, 3] == 255).all()


def test_slides_are_light_or_dark():
    with pytest.raises(ov.BadInput, match="must be 'light' or 'dark', got 'grey'"):
        replace(SCENE, on="grey")
