"""Progress reports on stderr: a bar in a terminal, else a line for each file."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from time import monotonic
from types import TracebackType
from typing import Any

import click

from optiviz.cli.signals import exit_if_signalled

Progress = Callable[[int, int], None]
REFRESH = 0.1  # seconds


class ProgressReporter:
    """Reports progress on stderr while files are made; nothing when silent.

    rich is imported only for a terminal.
    """

    def __init__(self, silent: bool, count: int) -> None:
        self.silent, self.drawn = silent, 0.0
        self.bar: Any = None
        if not silent and count and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
            )
            # no thread that refreshes it: while it counts, processes are born
            self.bar = Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False)

    def __enter__(self) -> "ProgressReporter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.bar:
            self.bar.stop()

    def say(self, text: str) -> None:
        """A line of talk."""
        if not self.silent:
            with self.paused():
                click.echo(text, err=True)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Take the bar off the terminal while something is written to it."""
        counting = bool(self.bar and self.bar.tasks)
        if counting:
            self.bar.stop()
        yield
        if counting:
            self.bar.start()

    @contextmanager
    def tasks(self, files: Iterable[tuple[str, int]], size: tuple[int, int]) -> Iterator[Progress]:
        """Follow the making of several files at once, each with its number of frames."""
        with ExitStack() as stack:
            told = [stack.enter_context(self.task(name, frames, size)) for name, frames in files]

            def tell(done: int, total: int) -> None:
                for tell_one in told:
                    tell_one(done, total)

            yield tell

    @contextmanager
    def task(self, name: str, frames: int, size: tuple[int, int] | None = None) -> Iterator[Progress]:
        """Follow the making of one file, or of many; gives what the renderer tells its progress to."""
        if not self.bar:
            of = f" of {size[0]} x {size[1]}" if size else ""
            self.say(f"{name}: {frames:,} frame{'s' * (frames != 1)}{of}" if frames else name)
            yield lambda done, total: exit_if_signalled()
            return
        task = self.bar.add_task(name, total=max(frames, 1))
        self.bar.start()  # only while it counts
        try:

            def tell(done: int, total: int) -> None:
                exit_if_signalled()
                self.bar.update(task, completed=done, total=total)
                if monotonic() > self.drawn + REFRESH:
                    self.bar.refresh()
                    self.drawn = monotonic()

            yield tell
        finally:
            self.bar.remove_task(task)
            if not self.bar.tasks:
                self.bar.stop()
