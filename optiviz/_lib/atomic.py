"""Atomic file writes: temporary file, fsync, rename; temporaries of dead processes are swept."""

import errno
import os
import re
import shutil
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from platform import node
from time import sleep

from optiviz._lib.errors import BadInput

NO_SYNC = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EROFS, errno.EBADF}
WAITS = (0.05, 0.1, 0.15, 0.2, 0.5)  # seconds between tries to replace a file that is held
STEM = 40  # letters of a name that its temporary keeps: names may be 255 bytes long
TEMPORARY = re.compile(r"\..*\.(?P<pid>\d+)-(?P<machine>[0-9a-f]{8})-[0-9a-f]{8}\.tmp(\..*)?", re.S)


def temporary_path(target: Path) -> Path:
    """A hidden name beside `target` that no other writer has; the suffix stays last, writers choose by it."""
    mine = f"{os.getpid()}-{machine()}-{os.urandom(4).hex()}"
    return target.with_name(f".{target.stem[:STEM]}.{mine}.tmp{target.suffix}")


@cache
def machine() -> str:
    """Eight letters for this machine: in a shared folder, the processes of others cannot be asked for."""
    return f"{zlib.crc32(node().encode('utf-8', 'surrogateescape')):08x}"


def sweep(folder: Path) -> None:
    """Remove temporaries in `folder` that killed processes of this machine left behind.

    What cannot be removed, or asked for, stays.
    """
    if sys.platform == "win32":  # to ask for a process there is to end it
        return
    with suppress(OSError):
        for name in os.listdir(folder):
            found = TEMPORARY.fullmatch(name)
            if found and found["machine"] == machine() and not lives(int(found["pid"])):
                path = folder / name
                with suppress(OSError):
                    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def lives(pid: int) -> bool:
    """Whether a process of this machine is there; in doubt it is."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def sync(file: int) -> None:
    """Let the system write down what it holds of an open file or folder.

    Some file systems, of networks above all, know no sync and say so; what they cannot write is still told.
    """
    try:
        os.fsync(file)
    except OSError as error:
        if error.errno not in NO_SYNC:
            raise


def put_in_place(made: Path, target: Path) -> None:
    """Rename a file that is done, and write down the rename.

    On Windows a file that another program has open cannot be replaced: virus scanners and previews let go
    soon, so it is tried again for a second; a slide show does not, and is told of.

    Raises
    ------
    BadInput
        When the target is still held.
    """
    for wait in (*WAITS, None):
        try:
            os.replace(made, target)
            break
        except PermissionError as error:
            if wait is None:
                said = error.strerror or "no permission"
                raise BadInput(
                    f"{target}: cannot be replaced ({said}): close it where it is open, or name another file"
                ) from None
            sleep(wait)
    if sys.platform != "win32":  # where folders cannot be opened
        with suppress(OSError):
            folder = os.open(target.parent, os.O_RDONLY)
            try:
                sync(folder)
            finally:
                os.close(folder)


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A temporary file beside `target` to write into; it takes the target's place when all went well.

    The new bytes are synced before the rename, so that an interrupted or failed write leaves the old
    file or none, never a torn one. Two writers never share a temporary file, and those that killed
    processes left in the folder are removed.

    Raises
    ------
    BadInput
        When the folder is missing or not writable, or `target` is a folder.
    """
    target = Path(target)
    if target.is_dir():
        raise BadInput(f"{target}: is a folder; name a file in it")
    if not target.parent.is_dir():
        raise BadInput(f"{target}: there is no folder {target.parent}")
    if target.exists() and not target.is_file():
        raise BadInput(f"{target}: is a device or a pipe; name a file")
    sweep(target.parent)
    temporary = temporary_path(target)
    try:
        try:
            temporary.touch()
        except OSError as error:
            raise BadInput(f"{target}: cannot be written: {error.strerror}") from None
        yield temporary
        with open(temporary, "rb+") as file:
            sync(file.fileno())
        put_in_place(temporary, target)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()
