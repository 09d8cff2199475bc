"""The command `optiviz`; `python -m optiviz` is the same."""

import gc
import os
import sys
import warnings
from typing import Any


def main() -> None:
    """Run the command line and leave with its exit code."""
    lighten()
    try:
        from optiviz.cli.signals import heed

        heed()
        from optiviz.cli import cli

        cli(prog_name="optiviz")
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        sys.exit(130)
    finally:
        gc.freeze()  # what is left goes with the process; no last search through it


def lighten() -> None:
    """Leave out what a process of its own need not do; start-up is half of a short clip."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the last bits must not depend on the cores
    gc.set_threshold(100_000)  # imports leave no garbage, and looking for it is a tenth of their time
    modules: dict[str, Any] = sys.modules
    modules.setdefault("mpl_toolkits.mplot3d", None)  # matplotlib brings it along; we draw depth ourselves
    warnings.filterwarnings("ignore", "Unable to import Axes3D")


if __name__ == "__main__":
    main()
