"""The pictures of a frame: one file a panel, one function each.

A panel is `draw(cell, comparison, **settings)`: it draws what stands still on axes it asks of the
cell, and declares the marks that move. Keyword settings with defaults are what a scene may set.
"""

from optiviz._lib.registry import Index

NAMES = (
    "accuracy",
    "activations",
    "anatomy",
    "backpropagation",
    "basins",
    "boundary",
    "curvature",
    "curve",
    "descent1d",
    "effort",
    "ewma",
    "fit",
    "gradients",
    "interpolation",
    "landscape",
    "landscape3d",
    "loss",
    "network",
    "plane",
    "rates",
    "robustness",
    "stability",
    "weights",
)

# The index: a scene's spelling -> the panel, a function of that name in a file of that name.
PANELS = Index("optiviz.rendering.panels", {name: f"{name}:{name}" for name in NAMES})

# Panels that show no steps of runs; a scene of these alone has no counter in its title.
OWN_CLOCK = frozenset({"backpropagation", "curve", "ewma"})

# Panels that have something to show where there are no runs, and where there is no problem either.
NO_RUNS = frozenset({"curve", "descent1d", "ewma", "fit", "landscape", "landscape3d"})
NO_PROBLEM = frozenset({"curve"})

__all__ = ["NO_PROBLEM", "NO_RUNS", "OWN_CLOCK", "PANELS"]
