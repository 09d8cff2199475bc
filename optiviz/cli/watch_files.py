"""File watching: polls a scene file and its data, and rebuilds what depends on them after each save."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep

from optiviz._lib.errors import BadInput
from optiviz.scenefile.header import data_file
from optiviz.scenefile.source import parse_toml, read_scene_text

PAUSE = 0.2  # seconds between two looks

Stamp = tuple[tuple[int, int, int] | None, ...]  # of each file: when it was written, its size, its number


class Changed(Exception):
    """Raised when a file is saved again while it is being rendered."""


class Watch:
    """A scene file and the data file it reads.

    Parameters
    ----------
    path : Path
        Of the scene; it may be missing for a while, as when an editor replaces it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.data: Path | None = None
        self.read: Stamp = ()
        self.seen: Stamp = ()
        self.looked = 0.0

    def look(self) -> Stamp:
        """The stamps of the files as they are now; None for one that is not there."""
        own = (stamp(self.path),)
        if own != self.read:
            self.read = own
            try:
                document = parse_toml(read_scene_text(self.path), "")
                self.data = data_file(document, self.path.resolve().parent)
            except BadInput:
                pass  # half a scene; it reads what it read before
        return own if self.data is None else (*own, stamp(self.data))

    def versions(self) -> Iterator[None]:
        """Comes back at once, and then each time that the files were saved and have come to rest."""
        while True:
            now = self.look()
            if now != self.seen:
                while True:  # an editor may write in several strokes
                    sleep(PAUSE / 2)
                    later = self.look()
                    if later == now:
                        break
                    now = later
                self.seen = now
                yield
            sleep(PAUSE)

    def check(self) -> None:
        """Raise `Changed` when the version that is worked on is not the last one any more; cheap."""
        if monotonic() > self.looked + PAUSE:
            self.looked = monotonic()
            if self.look() != self.seen:
                raise Changed


def stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def rebuild_on_change(watch: Watch, make: Callable[[], None], tell: Callable[[BadInput], None]) -> None:
    """Call `make` for every version, for ever; what it refuses is told, and the watch goes on."""
    for _ in watch.versions():
        try:
            make()
        except Changed:
            continue
        except BadInput as error:
            tell(error)
        except MemoryError:
            tell(BadInput(f"{watch.path}: not rendered: not enough memory"))
        except OSError as error:
            tell(BadInput(f"{watch.path}: not rendered: {error.strerror or error}"))
