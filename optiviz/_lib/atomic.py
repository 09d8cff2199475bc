"""Atomic file writes: temporary file, fsync, rename."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from optiviz._lib.errors import BadInput


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A temporary file beside `target` to write into; it takes the target's place when all went well.

    The new bytes are synced before the rename, so that an interrupted or failed write leaves the old
    file or none, never a torn one. Two writers never share a temporary file.

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
    # the suffix stays last, because writers choose by it
    temporary = target.with_name(f".{target.stem}.{os.getpid()}-{secrets.token_hex(4)}.tmp{target.suffix}")
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
