"""The protocol of animated artists: marks that draw themselves at any moment, in any order.

A panel declares its marks once, in data coordinates; all the speed of drawing lives here. A mark draws in
two parts. What stays for good is settled into a layer every few frames, in the order of the marks; what
came since, and what changes its shape, is drawn over a copy of that layer in every frame. Both are bare Agg
calls, and both depend on the moment alone.
"""

from typing import Any, Protocol

from optiviz.rendering.glyphs import Box
from optiviz.rendering.timeline import Moment


class MovingMark(Protocol):
    """An animated artist: a pure function of the moment."""

    def settle(self, renderer: Any, moment: Moment) -> None:
        """Draw what will stand from `moment` on."""
        ...

    def draw(self, renderer: Any, moment: Moment, settled: Moment) -> None:
        """Draw the rest of what `moment` shows, when all up to `settled` is there already."""
        ...

    def box(self, moment: Moment, settled: Moment) -> Box:
        """The pixels that `draw` touches."""
        ...
