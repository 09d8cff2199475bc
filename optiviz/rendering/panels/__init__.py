"""The pictures of a frame: one file a panel, one function each.

A panel is `draw(cell, comparison, **settings)`: it draws what stands still on axes it asks of the
cell, and declares the marks that move. Keyword settings with defaults are what a scene may set.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from optiviz.rendering.panels.accuracy import accuracy
from optiviz.rendering.panels.activations import activations
from optiviz.rendering.panels.anatomy import anatomy
from optiviz.rendering.panels.boundary import boundary
from optiviz.rendering.panels.curvature import curvature
from optiviz.rendering.panels.curve import curve
from optiviz.rendering.panels.descent1d import descent1d
from optiviz.rendering.panels.effort import effort
from optiviz.rendering.panels.ewma import ewma
from optiviz.rendering.panels.fit import fit
from optiviz.rendering.panels.gradients import gradients
from optiviz.rendering.panels.landscape import landscape
from optiviz.rendering.panels.landscape3d import landscape3d
from optiviz.rendering.panels.loss import loss
from optiviz.rendering.panels.network import network
from optiviz.rendering.panels.rates import rates
from optiviz.rendering.panels.weights import weights

# The index: a scene's spelling -> the panel.
PANELS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "accuracy": accuracy,
        "activations": activations,
        "anatomy": anatomy,
        "boundary": boundary,
        "curvature": curvature,
        "curve": curve,
        "descent1d": descent1d,
        "effort": effort,
        "ewma": ewma,
        "fit": fit,
        "gradients": gradients,
        "landscape": landscape,
        "landscape3d": landscape3d,
        "loss": loss,
        "network": network,
        "rates": rates,
        "weights": weights,
    }
)

# Panels that show no steps of runs; a scene of these alone has no counter in its title.
OWN_CLOCK = frozenset({"curve", "ewma"})

__all__ = ["OWN_CLOCK", "PANELS"]
