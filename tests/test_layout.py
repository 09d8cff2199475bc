"""Where panels and key stand in a frame."""

import pytest

import optiviz as ov
from optiviz.rendering.layout import HEADER, MARGIN, PADS, layout

RUNS = ["GD", "Momentum", "NAG", "Adam"]
WIDE = (1280, 720)


def panels(*names, **settings):
    return [ov.Panel(name, settings) for name in names]


def placed(names, runs=RUNS, size=WIDE, named=""):
    return layout(panels(*names), runs, size, 24 * min(size) / 720, named)


def overlap(one, two):
    x = min(one[0] + one[2], two[0] + two[2]) - max(one[0], two[0])
    y = min(one[1] + one[3], two[1] + two[3]) - max(one[1], two[1])
    return max(x, 0.0) * max(y, 0.0)


@pytest.mark.parametrize("size", [WIDE, (1024, 768), (1080, 1080), (640, 360), (720, 1280)])
@pytest.mark.parametrize("named", ["", "stage", "ravines", "valley", "trio"])
@pytest.mark.parametrize(
    "names",
    [
        ("landscape",),
        ("landscape", "loss"),
        ("fit", "landscape", "loss"),
        ("landscape", "landscape", "loss"),
        ("fit", "landscape", "landscape", "loss"),
        ("fit", "landscape", "rates", "rates"),
        ("boundary",) * 3,
        ("fit",) * 4 + ("loss",),
        ("landscape",) * 3 + ("effort",) * 2,
        ("curve",) * 6,
    ],
)
def test_boxes_are_apart_and_in_the_frame(names, named, size):
    places = placed(names, size=size, named=named)
    boxes = [*places.panels, *([places.key] if places.key else [])]
    assert len(places.panels) == len(names)
    unit = min(size) / 720
    for k, box in enumerate(boxes):
        left, bottom, wide, high = box
        assert wide > 0 and high > 0
        assert left >= (MARGIN - 1e-6) * unit and bottom >= 0 and left + wide <= size[0]
        assert bottom + high <= size[1] - HEADER * unit + 1e-6
        assert all(overlap(box, other) < 1e-6 for other in boxes[:k])
    assert (places.key is not None) == bool({*names} - {"boundary", "curve"})


def test_the_stage_is_larger_than_all_others():
    fit, stage, loss = placed(("fit", "landscape", "loss")).panels
    assert stage[2] * stage[3] >= 2.5 * max(fit[2] * fit[3], loss[2] * loss[3])
    # of 1280 pixels: margins of 40, a column of 428, a gap of 16, and 44 for the ticks
    assert stage[2] - PADS[0] == pytest.approx(1280 - 80 - 428 - 16 - 44)
    assert stage[3] - PADS[2] - PADS[3] == pytest.approx(492)  # from 144 to 636
    assert placed(("landscape", "fit", "loss")).panels[0] == stage


def test_a_weight_makes_a_stage():
    heavy = [ov.Panel("fit", weight=2), *panels("landscape", "loss")]
    places = layout(heavy, RUNS, WIDE, 24.0)
    assert places.panels[0] == placed(("fit", "landscape", "loss")).panels[1]


@pytest.mark.parametrize(
    "names",
    [("boundary",) * n for n in range(2, 7)] + [("fit",) * 4 + ("loss",), ("landscape",) * 2 + ("loss",)],
)
def test_panels_of_each_run_are_equal(names):
    boxes = [box for box, name in zip(placed(names).panels, names, strict=True) if name == names[0]]
    assert max(wide for *_, wide, _ in boxes) - min(wide for *_, wide, _ in boxes) < 1
    assert max(high for *_, high in boxes) - min(high for *_, high in boxes) < 1
    columns, rows = len({round(box[0]) for box in boxes}), len({round(box[1]) for box in boxes})
    assert (columns, rows) == {2: (2, 1), 3: (3, 1), 4: (2, 2), 5: (3, 2), 6: (3, 2)}[len(boxes)]


def test_no_map_is_a_narrow_column():
    for names in (("landscape", "landscape", "loss"), ("fit", "landscape", "landscape", "loss")):
        places = placed(names)
        widths = [
            box[2] - PADS[0] for box, name in zip(places.panels, names, strict=True) if name == "landscape"
        ]
        assert min(widths) > 290


def test_every_run_with_a_picture_of_its_own_needs_no_key():
    own = [ov.Panel("landscape", {"run": label}) for label in RUNS]
    assert layout(own, RUNS, WIDE, 24.0).key is None
    assert layout([*own, ov.Panel("loss")], RUNS, WIDE, 24.0).key is not None
    assert placed(("landscape", "loss"), runs=["GD"]).key is None


FOUR_TO_THREE = (1024, 768)


def test_in_4_to_3_the_key_of_several_maps_is_beside_the_small_panels_or_at_the_foot():
    places = placed(("landscape",) * 3 + ("loss",), size=FOUR_TO_THREE)
    unit = 768 / 720
    maps, loss, key = places.panels[:3], places.panels[3], places.key
    assert [box[2] for box in maps] == pytest.approx([unit * (960 - 80 - 2 * 16) / 3] * 3)  # the whole width
    assert key[1] == loss[1] and key[0] > loss[0] + loss[2]
    places = placed(("activations",) * 4 + ("gradients", "loss"), size=FOUR_TO_THREE, named="trio")
    assert all(places.key[1] + places.key[3] < box[1] for box in places.panels)  # below all of them
    assert places.key[2] == pytest.approx(unit * (960 - 80))


def test_in_4_to_3_a_hill_has_a_column_of_its_own():
    """Above the key, beside the map: in a row of small panels it would be 150 pixels high."""
    hill, stage, loss = placed(("landscape3d", "landscape", "loss"), size=FOUR_TO_THREE).panels
    key = placed(("landscape3d", "landscape", "loss"), size=FOUR_TO_THREE).key
    assert hill[2] > 300 and hill[3] > 300
    assert key[1] + key[3] < hill[1] and key[0] < stage[0] == loss[0] and loss[1] < stage[1]


def test_in_4_to_3_a_valley_keeps_its_side_view_below_its_map():
    stage, side, *_ = placed(
        ("landscape", "descent1d", "landscape3d", "loss"), size=FOUR_TO_THREE, named="valley"
    ).panels
    assert stage[0] == side[0] and stage[2] == side[2] and side[1] + side[3] < stage[1]
