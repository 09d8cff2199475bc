"""The command `optiviz`; `python -m optiviz` is the same."""

import os
import signal
import sys
import warnings
from types import FrameType


def main() -> None:
    """Run the command line and leave with its exit code."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the last bits must not depend on the cores
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, stop)
        from optiviz.cli import cli

        cli(prog_name="optiviz")
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        sys.exit(130)


def stop(number: int, frame: FrameType | None) -> None:
    """Leave by an exception, so that half-written files are cleaned up, and quietly."""
    warnings.simplefilter("ignore")  # what is half made may complain when it is taken down
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
