"""Heading of a classifier: the label of its run, and the share of rows that it tells right."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from optiviz._lib.typing import Array
from optiviz.rendering.cell import BOLD, Cell
from optiviz.rendering.glyphs import Box, Glyphs
from optiviz.rendering.marks.shapes import Words
from optiviz.rendering.panels._shared.network_runs import Learner, cached_by_step
from optiviz.scene.numbers import percent


def draw_accuracy_heading(
    cell: Cell,
    shown: Learner,
    clip: Box,
    labels: Sequence[str],
    accuracy: Callable[[Array], Array],
    remark: str = "",
) -> None:
    """The label of the run, and on the right the share of rows it tells right; one form for all `labels`.

    The `remark` stands behind the label.
    """
    large = Glyphs(1.5 * cell.sizes["text"], cell.theme.ink, bold=True)
    share = cached_by_step(lambda step: float(accuracy(shown.theta(step))))
    right, top, wide = clip[2] + 1, clip[3] + 1, clip[2] - clip[0]
    room = wide - BOLD * max(cell.glyphs("heading").width(label + remark) for label in labels)
    glyphs = large if room > large.width(" 100 %") else replace(cell.glyphs("heading"), bold=True)
    form = "{}" if room > glyphs.width("100 %") else ""
    narrow = replace(cell, box=(cell.box[0], cell.box[1], right - cell.box[0], cell.box[3]))
    heading = narrow.heading((shown.run.label + remark,), clip[0] - 1, top)
    heading.set_color(cell.theme.ink)  # no run's colour stands here
    text = lambda step: form.format(percent(share(step)))
    cell.marks.append(Words(text, right, top + 0.42 * cell.sizes["text"], glyphs, 1.0))
