"""Pens: each belongs to the one that asked for it."""

from matplotlib.backends.backend_agg import RendererAgg

from optiviz.rendering.marks.agg import pen


def test_two_pens_of_a_kind_keep_their_own_clip_and_dashes():
    renderer = RendererAgg(100, 100, 72)  # 72 dots an inch: a point is a pixel
    first = pen("#000000", 2.0, (0, 0, 10, 10), renderer, (3, 2))
    second = pen("#000000", 2.0, (5, 5, 20, 30), renderer, (1, 4), gone=2.0)
    assert first is not second
    assert first.get_clip_rectangle().extents.tolist() == [0, 0, 10, 10]
    assert second.get_clip_rectangle().extents.tolist() == [5, 5, 20, 30]
    assert [list(part) if k else part for k, part in enumerate(first.get_dashes())] == [0, [6, 4]]
    assert [list(part) if k else part for k, part in enumerate(second.get_dashes())] == [2, [2, 8]]
