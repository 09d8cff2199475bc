"""Start-up time of the command: skips imports and help texts that it never shows.

`OPTIVIZ_PLAIN_START=1` leaves matplotlib as it is, should a release of it no longer fit.
"""

import gc
import os
import sys
import warnings
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import LazyLoader
from types import ModuleType
from typing import Any

HELP = "matplotlib.artist"
GLYPHS = "fontTools.agl"  # names of letters, for those who have TeX draw them


def lighten() -> None:
    """Leave out what a command never shows and never needs; for `__main__`, before anything is imported."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the last bits must not depend on the cores
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")  # no search through all that is installed
    gc.set_threshold(500_000)  # imports leave no garbage, and looking for it is a tenth of their time
    if os.environ.get("OPTIVIZ_PLAIN_START", "0") not in ("", "0"):
        return
    modules: dict[str, Any] = sys.modules
    modules.setdefault("mpl_toolkits.mplot3d", None)  # matplotlib brings it along; we draw depth ourselves
    warnings.filterwarnings("ignore", "Unable to import Axes3D")
    sys.meta_path.insert(0, Finder())


class Finder:
    """Import hook that loads two modules in other ways: `Mute`, and lazily."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in (HELP, GLYPHS):
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec and isinstance(spec.loader, SourceFileLoader):
            spec.loader = Mute(name, spec.loader.path) if name == HELP else LazyLoader(spec.loader)
        return spec


class Mute(SourceFileLoader):
    """Loader that skips matplotlib's generated property docs, a third of its import time."""

    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        artist: Any = module
        artist.kwdoc = lambda of: ""
        artist.Artist._update_set_signature_and_docstring = classmethod(lambda of: None)
