"""The pictures of a frame: one file a panel, one function each.

A panel is `draw(cell, comparison, **settings)`: it draws what stands still on axes it asks of the
cell, and declares the marks that move. Keyword settings with defaults are what a scene may set.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from optiviz.rendering.panels.fit import fit
from optiviz.rendering.panels.landscape import landscape
from optiviz.rendering.panels.landscape3d import landscape3d
from optiviz.rendering.panels.loss import loss

# The index: a scene's spelling -> the panel.
PANELS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {"fit": fit, "landscape": landscape, "landscape3d": landscape3d, "loss": loss}
)

__all__ = ["PANELS"]
