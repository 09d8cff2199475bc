"""Rendering: from a scene to animation, video and image files.

Whoever comes here needs matplotlib. It is imported at this door unless the process has it already, so that a
backend that is not there, or a matplotlibrc that cannot be read, stops no render.
"""

import os
import sys
import warnings
from contextlib import chdir
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path


def import_matplotlib() -> None:
    """Import matplotlib as the environment asks; where that fails, with its own settings."""
    if "matplotlib" in sys.modules:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of settings that no picture of ours has
        try:
            import_module("matplotlib")
        except ImportError:
            raise
        except Exception:  # a backend, an encoding, a locale that is not there
            for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
                del sys.modules[name]
            import_plain()


def import_plain() -> None:
    """Import matplotlib with the settings that it brings along; the environment stays what it is."""
    spec = find_spec("matplotlib")
    home = Path(spec.origin or "").parent / "mpl-data" if spec else Path()
    own = {"MPLBACKEND": None, "MATPLOTLIBRC": str(home / "matplotlibrc")}
    before = {name: os.environ.get(name) for name in own}
    try:
        set_variables(own)
        with chdir(home):  # a matplotlibrc in the current folder comes first
            import_module("matplotlib")
    finally:
        set_variables(before)


def set_variables(values: dict[str, str | None]) -> None:
    """Set variables of the environment; None takes one away."""
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


import_matplotlib()
