"""Signal handlers: Ctrl-C and SIGTERM exit by an exception, so that half-written files are cleaned up."""

import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

stopped: list[int] = []  # the signal that was sent, if one was


def install_handlers() -> None:
    """Let Ctrl-C and SIGTERM end the process in order."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, exit_on_signal)


def exit_on_signal(number: int, frame: FrameType | None) -> None:
    """Leave, quietly: what is half made may complain when it is taken down."""
    warnings.simplefilter("ignore")
    stopped.append(number)
    exit_if_signalled()


def exit_if_signalled() -> None:
    """Leave if it was asked for; Python loses an exception that is raised while it tidies up."""
    if stopped and stopped[0] == signal.SIGINT:
        raise KeyboardInterrupt
    if stopped:
        sys.exit(128 + stopped[0])


@contextmanager
def hold_signals() -> Iterator[None]:
    """Hold signals back while compiled libraries load: interrupted there, they take the process down."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
