"""Notebook display hook: MIME bundles of records, made by `optiviz.notebook` when asked for.

Records lie on low floors, and drawing on a high one. This is the one place that looks up: `HOME` is imported
by its name when a notebook asks, and not before.
"""

from importlib import import_module
from typing import Any

HOME = "optiviz.notebook.display"


def mime_bundle(part: Any, include: Any = None, exclude: Any = None) -> dict[str, Any]:
    """What a notebook shows of `part`, by MIME type: text, a picture, a page with a clip or a table.

    It never raises; what cannot be drawn is left out, and the text is there in any case.

    Parameters
    ----------
    part : Scene, Comparison or Surface
    include, exclude : collection of str, optional
        The MIME types that are wanted, all of them unless given, and those that are not.
    """
    try:
        return dict(import_module(HOME).bundle(part, include, exclude))
    except Exception:  # a notebook must go on
        return {"text/plain": object.__repr__(part)}
