"""The same frame by matplotlib alone: every mark an ordinary artist, all of it drawn anew.

The artists are those of the vector files; a mark that has none there is an image, and proves nothing.
"""

from io import BytesIO

import numpy as np
from PIL import Image

from optiviz.rendering.encode.vector import Added
from optiviz.rendering.stage import own_style


def redraw(film, moment):
    """(height, width, 4) pixels of a moment: the still figure, and all artists on it, whole."""
    stage = film.stage
    added, out = Added(film), BytesIO()
    kept = np.asarray(stage.figure.canvas.get_renderer().buffer_rgba()).copy()
    with own_style():
        try:
            added.everything(moment)
            stage.figure.savefig(out, format="png", dpi=stage.figure.dpi)
        finally:
            added.remove()
    np.asarray(stage.figure.canvas.get_renderer().buffer_rgba())[:] = kept  # the stage counts on its pixels
    return np.asarray(Image.open(out).convert("RGBA"))
