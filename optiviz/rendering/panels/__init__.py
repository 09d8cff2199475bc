"""The pictures of a frame: one file a panel, one function each.

A panel is `draw(cell, comparison, **settings)`: it draws what stands still on axes it asks of the
cell, and declares the marks that move. Keyword settings with defaults are what a scene may set.
"""

from optiviz.names import Index

NAMES = (
    "accuracy",
    "activations",
    "boundary",
    "curve",
    "descent1d",
    "effort",
    "ewma",
    "fit",
    "gradients",
    "landscape",
    "landscape3d",
    "loss",
    "network",
    "rates",
    "weights",
)

# The index: a scene's spelling -> the panel, a function of that name in a file of that name.
PANELS = Index("optiviz.rendering.panels", {name: f"{name}:{name}" for name in NAMES})

# Panels that show no steps of runs; a scene of these alone has no counter in its title.
OWN_CLOCK = frozenset({"curve", "ewma"})

__all__ = ["OWN_CLOCK", "PANELS"]
