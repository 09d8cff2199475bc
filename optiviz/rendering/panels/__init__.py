"""The index of panels: one file a panel, one function each.

A panel is `draw(cell, comparison, **settings)`: it draws what stands still on axes it asks of the
cell, and declares the marks that move. Keyword settings with defaults are what a scene may set. Below it
`SPEC` declares what the panel needs of problem and runs, its clock, and its words for the alt text.
"""

from optiviz._lib.registry import Index
from optiviz.scene.panel_names import NAMES

# The index: a scene's spelling -> the panel, a function of that name in a file of that name.
PANELS = Index("optiviz.rendering.panels", {name: f"{name}:{name}" for name in NAMES})

# What each of them needs, its clock and its words: the same spelling -> `SPEC`, in the same file.
SPECS = Index("optiviz.rendering.panels", {name: f"{name}:SPEC" for name in NAMES})

__all__ = ["PANELS", "SPECS"]
