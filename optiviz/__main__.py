"""The command `optiviz`; `python -m optiviz` is the same."""

import atexit
import gc
import os
import sys

from optiviz.cli.startup import lighten, open_streams


def main() -> None:
    """Run the command line and leave with its exit code."""
    lighten()
    open_streams()
    try:
        from optiviz.cli.signals import install_handlers

        install_handlers()
        from optiviz.cli import cli

        cli(prog_name="optiviz")
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        sys.exit(130)
    finally:
        gc.freeze()  # what is left goes with the process; no last search through it


def leave() -> None:
    """Run `main`, and then go at once: to take down all that was imported takes as long as many frames."""
    try:
        main()
    except SystemExit as end:
        if not isinstance(end.code, int):
            raise
        atexit._run_exitfuncs()
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        except OSError:
            raise end from None  # Python tells of it in its own way
        os._exit(end.code)


if __name__ == "__main__":
    leave()
