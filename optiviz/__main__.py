"""The command `optiviz`; `python -m optiviz` is the same."""

import gc
import sys

from optiviz.lightly import lighten


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


if __name__ == "__main__":
    main()
