"""Atomic file writes: temporary file, fsync, rename; temporaries of dead processes are swept."""

import os
import re
import secrets
import shutil
import socket
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from optiviz._lib.errors import BadInput

STEM = 40  # letters of a name that its temporary keeps: names may be 255 bytes long
TEMPORARY = re.compile(r"\..*\.(?P<pid>\d+)-(?P<machine>[0-9a-f]{8})-[0-9a-f]{8}\.tmp(\..*)?", re.S)


def temporary_path(target: Path) -> Path:
    """A hidden name beside `target` that no other writer has; the suffix stays last, writers choose by it."""
    mine = f"{os.getpid()}-{machine()}-{secrets.token_hex(4)}"
    return target.with_name(f".{target.stem[:STEM]}.{mine}.tmp{target.suffix}")


@cache
def machine() -> str:
    """Eight letters for this machine: in a shared folder, the processes of others cannot be asked for."""
    return f"{zlib.crc32(socket.gethostname().encode('utf-8', 'surrogateescape')):08x}"


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
            os.fsync(file.fileno())
        os.replace(temporary, target)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()
