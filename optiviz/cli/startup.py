"""Start-up time of the command: skips imports and help texts that it never shows.

`OPTIVIZ_PLAIN_START=1` leaves the libraries as they are, should a release of one no longer fit.
"""

import codecs
import gc
import os
import sys
import warnings
from contextlib import suppress
from typing import Any

ESCAPED = "optiviz.escaped"  # how streams treat letters that they lack


def lighten() -> None:
    """Leave out what a command never shows and never needs; for `__main__`, before anything is imported."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the last bits must not depend on the cores
    os.environ["MPLBACKEND"] = "agg"  # the only one that draws here, whatever others are wished for
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # a warning is for those who program
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")  # no search through all that is installed
    gc.set_threshold(500_000)  # imports leave no garbage, and looking for it is a tenth of their time
    if os.environ.get("OPTIVIZ_PLAIN_START", "0") not in ("", "0"):
        return
    modules: dict[str, Any] = sys.modules
    modules.setdefault("mpl_toolkits.mplot3d", None)  # matplotlib brings it along; we draw depth ourselves
    warnings.filterwarnings("ignore", "Unable to import Axes3D")
    from optiviz.cli.import_hooks import Finder

    sys.meta_path.insert(0, Finder())


def open_streams() -> None:
    """Make standard streams that take everything: closed ones lead nowhere, letters they lack are escaped.

    What goes into a pipe or a file is UTF-8, on Windows and under `LANG=C`, too, unless `PYTHONIOENCODING`
    says otherwise; a terminal keeps its own letters.
    """
    own = os.environ.get("PYTHONIOENCODING")
    codecs.register_error(ESCAPED, escape_letters)
    for name in ("stdout", "stderr"):
        stream: Any = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        else:
            stream.reconfigure(encoding=None if own or stream.isatty() else "utf-8", errors=ESCAPED)


def escape_letters(error: UnicodeError) -> tuple[str | bytes, int]:
    """Write letters that a stream lacks as escapes, and a name of UTF-8 bytes as it is."""
    if isinstance(error, UnicodeEncodeError) and error.encoding.lower() in ("utf-8", "utf8"):
        raw = error.object[error.start : error.end].encode("utf-8", "surrogateescape")
        with suppress(UnicodeDecodeError):
            raw.decode("utf-8")
            return raw, error.end
    return codecs.backslashreplace_errors(error)
