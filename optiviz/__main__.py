"""The command `optiviz`; `python -m optiviz` is the same."""

import gc
import os
import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the last bits must not depend on the cores
    gc.set_threshold(100_000)  # imports leave no garbage, and looking for it is a tenth of their time
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


if __name__ == "__main__":
    main()
