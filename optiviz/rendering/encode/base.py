"""What a writer is."""

from collections.abc import Callable

Progress = Callable[[int, int], None]  # frames done, frames in all
